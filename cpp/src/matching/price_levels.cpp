#include "ai_trading/matching/price_levels.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace ai_trading::matching {

Handle PriceLevels::find_far(Key key) const {
  const std::uint32_t at = far_.find(key);
  return at == book::Ladder<Handle>::kNotFound ? kNone : far_.value(at);
}

void PriceLevels::push_far(Key key, Handle level) {
  far_.insert(far_.upper(key), key, level);
}

// A better key than the window holds takes it along; a worse one waits beyond.
void PriceLevels::insert_outside(Key key, Handle level) {
  if (key > best_key_) {
    move_window(key, size_for_move(), 3);
    return put(slot_of(key), level);
  }
  push_far(key, level);
  if (size_ >= kMost || (++far_calls_ < size_ && far_.count() < size_ / 4)) return;
  far_calls_ = 0;
  move_window(best_key_, std::min(size_ * 4, kMost), 3);
}

void PriceLevels::erase_far(Key key) { far_.erase(far_.find(key)); }

void PriceLevels::best_beyond() {
  if (far_.empty()) {
    best_key_ = kNoKey;
    best_ = kNone;
    return;
  }
  const std::uint32_t last = far_.count() - 1;
  best_key_ = far_.key(last);
  best_ = far_.value(last);
  // The touch has fallen far: the price it fell from is where it may soon be again.
  move_window(best_key_, size_for_move(), 1);
}

// A touch that moves far moves often: twice the room after every fourth move.
std::uint32_t PriceLevels::size_for_move() {
  const std::uint32_t size = std::max(size_, kFirst);
  return ++moves_ % 4 == 0 && size < kMost ? size * 2 : size;
}

// Its levels go beyond it, worst first, and the bits with them.
void PriceLevels::clear_window() {
  for (; summary_ != 0; summary_ &= summary_ - 1) {
    const auto group = static_cast<std::uint32_t>(std::countr_zero(summary_));
    for (auto words = std::exchange(groups_[group], 0); words != 0;
         words &= words - 1) {
      const std::uint32_t word =
          group * kGroup + static_cast<std::uint32_t>(std::countr_zero(words));
      for (auto bits = std::exchange(bits_[word], 0); bits != 0; bits &= bits - 1) {
        const std::uint32_t at =
            word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
        push_far(key_at(at), std::exchange(slots_[at], kNone));
      }
    }
  }
}

void PriceLevels::move_window(Key best, std::uint32_t size, std::uint32_t quarters) {
  clear_window();
  if (size != size_) {
    // Zeros from the system: pages of a large window that no level touches cost nothing.
    slots_.reset(static_cast<Handle*>(std::calloc(size, sizeof(Handle))));
    if (slots_ == nullptr) throw std::bad_alloc();
    bits_.resize(size / 64, 0);
    groups_.resize((size / 64 + kGroup - 1) / kGroup, 0);
    size_ = size;
  }
  base_ = best - static_cast<std::int64_t>(size / 4 * quarters) * step_;
  span_ = size * static_cast<std::uint64_t>(step_);
  while (!far_.empty() && inside(far_.key(far_.count() - 1))) {
    const std::uint32_t last = far_.count() - 1;
    put(slot_of(far_.key(last)), far_.value(last));
    far_.erase(last);
  }
}

Key PriceLevels::below(Key key) const {
  if (key <= base_ || span_ == 0) {
    const std::uint32_t at = far_.upper(key - 1);
    return at == 0 ? kNoKey : far_.key(at - 1);
  }
  if (!inside(key)) return best_key_ < key ? best_key_ : kNoKey;
  const std::uint32_t at = slot_of(key);
  const auto last_of = [this](std::uint32_t word, std::uint64_t bits) {
    return key_at(word * 64 + highest(bits));
  };
  std::uint32_t word = at / 64;
  if (const auto bits = bits_[word] & (one(at) - 1); bits != 0)
    return last_of(word, bits);
  std::uint32_t group = word / kGroup;
  if (const auto words = groups_[group] & (one(word) - 1); words != 0) {
    word = group * kGroup + highest(words);
    return last_of(word, bits_[word]);
  }
  if (const auto groups = summary_ & (one(group) - 1); groups != 0) {
    word = last_word(highest(groups));
    return last_of(word, bits_[word]);
  }
  return far_.empty() ? kNoKey : far_.key(far_.count() - 1);
}

void PriceLevels::set_step(std::int64_t step) {
  step_ = step;
  inverse_ = step == 1 ? 0 : ~std::uint64_t{0} / static_cast<std::uint64_t>(step) + 1;
  span_ = 0;  // the window is placed anew by the next level
}

}  // namespace ai_trading::matching
