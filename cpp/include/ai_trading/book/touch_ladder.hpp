// One side of a book of orders: its price levels, the best eight beside each other.
//
// Nine of ten orders join one of the eight best levels of a side.  These stand in the
// record itself, which is two cache lines, so that a search neither follows a pointer nor
// asks how many there are: places that are empty hold a guard above every key.  The levels
// behind them are in a ladder of their own.
//
// Keys rise towards the touch on both sides; see ladder.hpp.
//
// Cost        all of it O(1) among the best; behind them as in the ladder.  A level that
//             pushes the eighth out, or leaves few, moves some between the two.
#pragma once

#include <array>
#include <cstdint>

#include "ai_trading/book/ladder.hpp"

namespace ai_trading::book {

class alignas(64) TouchLadder {
 public:
  using Key = std::int64_t;
  using Value = Handle;
  static constexpr std::uint32_t kNear = 8;
  // Keys lie between the negative of this and this, both included.
  static constexpr Key kBound = Ladder<Handle>::kBound;

  // Where a key stands, or would.
  struct Place {
    std::uint32_t better{};  // levels nearer to the touch, of those that were looked at
    bool there{};
    Value value{};  // what it leads to, if it is there
  };

  TouchLadder() { keys_.fill(kGuard); }

  [[nodiscard]] std::uint32_t count() const { return near_ + far_.count(); }
  [[nodiscard]] bool empty() const { return near_ == 0; }
  // The level with so many better ones, which must be fewer than count().
  [[nodiscard]] Key key(std::uint32_t better) const {
    return better < near_ ? keys_[near_ - 1 - better] : far_.key(behind(better));
  }
  [[nodiscard]] Value value(std::uint32_t better) const {
    return better < near_ ? values_[near_ - 1 - better] : far_.value(behind(better));
  }

  [[nodiscard]] Place place(Key key) const {
    const std::uint32_t at = upper(key);
    if (at != 0) [[likely]]
      return {near_ - at, keys_[at - 1] == key, values_[at - 1]};
    return far_.empty() ? Place{near_, false, Value{}} : far_place(key);
  }

  // What the level at `key`, or the next worse one of the best eight, leads to: a guess to
  // prefetch by, of any key at all.  Value{} where there is none.
  [[nodiscard]] Value near(Key key) const {
    const std::uint32_t above = signs(key);
    return values_[above < kNear ? kNear - 1 - above : 0];
  }

  // `place` must be place(key), and `key` not be there.
  void insert(const Place& place, Key key, Value value) {
    if (place.better < near_) {
      if (near_ == kNear) push_out();
      if (place.better > near_) return insert_far(key, value);
    } else if (near_ == kNear || (!far_.empty() && key < far_.key(far_.count() - 1))) {
      return insert_far(key, value);
    }
    const std::uint32_t at = near_ - place.better;
    for (std::uint32_t i = near_; i > at; --i) {
      keys_[i] = keys_[i - 1];
      values_[i] = values_[i - 1];
      keep_loop(i);
    }
    keys_[at] = key;
    values_[at] = value;
    ++near_;
  }

  // `key` must be there.
  void erase(Key key) {
    std::uint32_t at = upper(key);
    if (at == 0) [[unlikely]]
      return erase_far(key);
    for (; at < near_; ++at) {
      keys_[at - 1] = keys_[at];
      values_[at - 1] = values_[at];
      keep_loop(at);
    }
    --near_;
    keys_[near_] = kGuard;
    values_[near_] = kNone;
    if (near_ < kFew && !far_.empty()) [[unlikely]]
      pull_in();
  }

  AI_TRADING_ALWAYS_INLINE void prefetch() const {
    __builtin_prefetch(this, 1);
    __builtin_prefetch(&values_, 1);
  }

  // Memory beyond the record itself.
  [[nodiscard]] std::size_t bytes() const { return far_.bytes(); }

 private:
  // The ninth level pushes so many out, so that the tenth need not push again; with fewer
  // than kFew near the touch, as many are taken from behind as make kEnough.
  static constexpr std::uint32_t kPushed = 2;
  static constexpr std::uint32_t kFew = 3;
  static constexpr std::uint32_t kEnough = 6;

  static constexpr Key kGuard = kBound + 1;

  // Where the last of the best that is not above `key` stands, plus one; 0 if all are.
  [[nodiscard]] std::uint32_t upper(Key key) const {
    // One test for both ends, where a difference might not fit.
    if (static_cast<std::uint64_t>(key) + static_cast<std::uint64_t>(kBound) - 1 >=
        (std::uint64_t{1} << 63) - 1) [[unlikely]]
      return key > 0 ? near_ : std::uint32_t{near_ != 0 && keys_[0] == key};
    return kNear - signs(key);
  }
  // How many places of the best are above `key`, guards among them.  The sign of a
  // difference is what every processor finds for several keys at once, and without a
  // branch: which level near the touch is meant cannot be predicted.
  [[nodiscard]] std::uint32_t signs(Key key) const {
    std::uint64_t above = 0;
    for (const Key other : keys_)
      above +=
          (static_cast<std::uint64_t>(key) - static_cast<std::uint64_t>(other)) >> 63;
    return static_cast<std::uint32_t>(above);
  }
  [[nodiscard]] std::uint32_t behind(std::uint32_t better) const {
    return far_.count() - 1 - (better - near_);
  }

  // Few levels move, and how many is often guessed: quicker than a call that copies them.
  AI_TRADING_ALWAYS_INLINE static void keep_loop([[maybe_unused]] std::uint32_t& i) {
#if defined(__GNUC__)
    asm("" : "+r"(i));
#endif
  }

  [[nodiscard]] Place far_place(Key key) const;
  void insert_far(Key key, Value value);
  void erase_far(Key key);
  // Moves the worst of the best behind them, and some of those behind to them.
  void push_out();
  void pull_in();

  std::array<Key, kNear> keys_;        // worst first, guards behind the best
  std::array<Value, kNear> values_{};  // of the same places
  std::uint32_t near_{};               // how many are in use
  Ladder<Handle> far_;                 // every level worse than these
};

}  // namespace ai_trading::book
