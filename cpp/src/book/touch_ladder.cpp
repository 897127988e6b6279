#include "ai_trading/book/touch_ladder.hpp"

#include <algorithm>

namespace ai_trading::book {

TouchLadder::Place TouchLadder::far_place(Key key) const {
  const std::uint32_t at = far_.find(key);
  if (at == Ladder<Handle>::kNotFound) return {near_, false, kNone};
  return {near_, true, far_.value(at)};
}

void TouchLadder::insert_far(Key key, Value value) {
  far_.insert(far_.upper(key), key, value);
}

void TouchLadder::erase_far(Key key) { far_.erase(far_.find(key)); }

void TouchLadder::push_out() {
  for (std::uint32_t i = 0; i < kPushed; ++i)
    far_.insert(far_.count(), keys_[i], values_[i]);
  near_ -= kPushed;
  for (std::uint32_t i = 0; i < near_; ++i) {
    keys_[i] = keys_[i + kPushed];
    values_[i] = values_[i + kPushed];
  }
  for (std::uint32_t i = near_; i < kNear; ++i) {
    keys_[i] = kGuard;
    values_[i] = kNone;
  }
}

void TouchLadder::pull_in() {
  const std::uint32_t more = std::min(kEnough - near_, far_.count());
  for (std::uint32_t i = near_; i-- > 0;) {
    keys_[i + more] = keys_[i];
    values_[i + more] = values_[i];
  }
  near_ += more;
  for (std::uint32_t i = more; i-- > 0;) {
    const std::uint32_t best = far_.count() - 1;
    keys_[i] = far_.key(best);
    values_[i] = far_.value(best);
    far_.erase(best);
  }
}

}  // namespace ai_trading::book
