// One side's price levels: direct near the touch, sorted beyond.
//
// A key is the price of a bid and the negated price of an ask, so that on both sides
// the best key is the highest.  Around the touch a window holds one handle for each
// price step and one bit that says whether there is one; a bit above says which words of
// 64 have any, and one above that which 64 words.  What is worse than the window is in a
// sorted array.  The window moves when the touch leaves it and grows where the far levels
// are busy; a large one takes the memory of those of its pages that have held a level.
//
// Why not     book::Ladder alone: matching creates and empties levels far below the
// the ladder  touch of deep books, and each time it would move all that is better.
// Cost        find, insert, erase and best O(1) in the window; a window that moves costs
//             one pass over it; the more often it has moved, the larger it is.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "ai_trading/base/pool.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/book/ladder.hpp"

namespace ai_trading::matching {

using Key = std::int64_t;
// Below every key; negated, above every key.
inline constexpr Key kNoKey = -kMaxPrice - 1;

[[nodiscard]] constexpr Key key_of(Side side, Ticks price) {
  return side == Side::sell ? -price.n : price.n;
}
[[nodiscard]] constexpr Ticks price_of(Side side, Key key) {
  return {side == Side::sell ? -key : key};
}

class PriceLevels {
 public:
  [[nodiscard]] bool empty() const { return best_key_ == kNoKey; }
  [[nodiscard]] Key best_key() const { return best_key_; }
  [[nodiscard]] Handle best() const { return best_; }
  [[nodiscard]] std::uint32_t count() const { return count_; }

  // The level at a key, or kNone.
  [[nodiscard]] Handle find(Key key) const {
    if (inside(key)) [[likely]]
      return slots_[slot_of(key)];
    return find_far(key);
  }

  // `key` must not be there.
  void insert(Key key, Handle level) {
    ++count_;
    if (inside(key)) [[likely]] {
      put(slot_of(key), level);
    } else {
      insert_outside(key, level);
    }
    if (key > best_key_) {
      best_key_ = key;
      best_ = level;
    }
  }

  // `key` must be there.
  void erase(Key key) {
    --count_;
    if (inside(key)) [[likely]] {
      const std::uint32_t at = slot_of(key);
      slots_[at] = kNone;
      const std::uint32_t word = at / 64;
      if ((bits_[word] &= ~one(at)) == 0) [[unlikely]]
        empty_word(word);
      if (key == best_key_) find_best(word);
    } else {
      erase_far(key);
    }
  }

  // The best key below `key`, or kNoKey.
  [[nodiscard]] Key below(Key key) const;

  // Prices are multiples of `step` from now on; there must be no level.
  void set_step(std::int64_t step);

  void prefetch(Key key) const {
    if (inside(key)) __builtin_prefetch(&slots_[slot_of(key)], 1);
  }

 private:
  static constexpr std::uint32_t kFirst = 64;
  static constexpr std::uint32_t kMost = 65'536;
  static constexpr std::uint32_t kGroup = 64;  // words
  static_assert(kNone == 0, "slots begin as zeros");

  struct Release {
    void operator()(Handle* slots) const { std::free(slots); }
  };

  // Unsigned, so that one comparison answers both ends and nothing overflows.
  [[nodiscard]] std::uint64_t distance(Key key) const {
    return static_cast<std::uint64_t>(key) - static_cast<std::uint64_t>(base_);
  }
  [[nodiscard]] bool inside(Key key) const { return distance(key) < span_; }
  // inverse_ is 2^64 / step rounded up, which divides multiples of step exactly.
  [[nodiscard]] std::uint32_t slot_of(Key key) const {
    __extension__ using Wide = unsigned __int128;
    const std::uint64_t d = distance(key);
    if (step_ == 1) [[likely]]
      return static_cast<std::uint32_t>(d);
    return static_cast<std::uint32_t>((Wide{d} * inverse_) >> 64);
  }
  [[nodiscard]] Key key_at(std::uint32_t slot) const {
    return base_ + static_cast<std::int64_t>(slot) * step_;
  }
  [[nodiscard]] static std::uint64_t one(std::uint32_t at) {
    return std::uint64_t{1} << (at % 64);
  }
  [[nodiscard]] static std::uint32_t highest(std::uint64_t bits) {
    return static_cast<std::uint32_t>(63 - std::countl_zero(bits));
  }
  void put(std::uint32_t at, Handle level) {
    slots_[at] = level;
    std::uint64_t& word = bits_[at / 64];
    if (word == 0) [[unlikely]]
      fill_word(at / 64);
    word |= one(at);
  }
  void fill_word(std::uint32_t word) {
    groups_[word / kGroup] |= one(word);
    summary_ |= one(word / kGroup);
  }
  void empty_word(std::uint32_t word) {
    if ((groups_[word / kGroup] &= ~one(word)) == 0) summary_ &= ~one(word / kGroup);
  }
  // The last word of a group that has levels.
  [[nodiscard]] std::uint32_t last_word(std::uint32_t group) const {
    return group * kGroup + highest(groups_[group]);
  }
  // The best was in `word`: the next one is there too, or in a word before it.
  void find_best(std::uint32_t word) {
    if (bits_[word] == 0) [[unlikely]] {
      if (summary_ == 0) return best_beyond();
      word = last_word(highest(summary_));
    }
    const std::uint32_t at = word * 64 + highest(bits_[word]);
    best_key_ = key_at(at);
    best_ = slots_[at];
  }

  [[nodiscard]] Handle find_far(Key key) const;
  void insert_outside(Key key, Handle level);
  void erase_far(Key key);
  void best_beyond();
  // Puts `best` at so many quarters of the window.
  void move_window(Key best, std::uint32_t size, std::uint32_t quarters);
  void clear_window();
  [[nodiscard]] std::uint32_t size_for_move();
  void push_far(Key key, Handle level);

  Key best_key_ = kNoKey;
  Key base_{};
  std::uint64_t span_{};  // of the window in ticks; 0 before the first level
  std::int64_t step_ = 1;
  std::uint64_t summary_{};  // a bit for each group that has levels
  Handle best_ = kNone;
  std::uint32_t count_{};
  std::unique_ptr<Handle[], Release> slots_;
  std::vector<std::uint64_t> bits_;    // a bit for each slot
  std::vector<std::uint64_t> groups_;  // a bit for each word of these
  std::uint64_t inverse_{};
  book::Ladder<Handle> far_;
  std::uint32_t size_{};  // of the window in steps
  std::uint32_t far_calls_{};
  std::uint32_t moves_{};
};

}  // namespace ai_trading::matching
