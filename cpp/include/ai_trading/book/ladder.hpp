// One side of a book: its price levels, best last.
//
// A key is the price of a bid and the negated price of an ask, so that on both sides
// keys rise towards the touch.  Keys stand apart from what they lead to, so that a
// search reads eight of them per cache line; it starts at the touch, where nearly all
// traffic is, and turns into a bisection when it has gone too deep.  Before the worst
// key stand guards below every key, so that the search need not ask how many there are.
//
// Cost        find O(1) near the touch and O(log n) away from it; insert and erase move
//             the levels that are better.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>

#include "ai_trading/base/pool.hpp"

namespace ai_trading::book {

// `Value` is what a level leads to: a 32-bit handle or a 64-bit quantity.
template <class Value>
class Ladder {
  static_assert(std::is_trivially_copyable_v<Value> && sizeof(Value) <= 8);

 public:
  using Key = std::int64_t;
  static constexpr std::uint32_t kNotFound = 0xffff'ffff;
  // Keys lie between the negative of this and this, both included.
  static constexpr Key kBound = Key{1} << 62;

  Ladder() = default;
  Ladder(Ladder&& other) noexcept
      : keys_(std::exchange(other.keys_, nullptr)),
        count_(std::exchange(other.count_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Ladder& operator=(Ladder&& other) noexcept {
    std::swap(keys_, other.keys_);
    std::swap(count_, other.count_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  Ladder(const Ladder&) = delete;
  Ladder& operator=(const Ladder&) = delete;
  ~Ladder() { release(); }

  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] Key key(std::uint32_t at) const { return keys_[at]; }
  [[nodiscard]] Value& value(std::uint32_t at) { return values()[at]; }
  [[nodiscard]] const Value& value(std::uint32_t at) const { return values()[at]; }

  // Where the last key not above `key` stands, plus one; 0 if all are above.
  [[nodiscard]] std::uint32_t upper(Key key) const {
    if (count_ == 0) [[unlikely]]
      return 0;
    // One test for both ends, where a difference might not fit.
    if (static_cast<std::uint64_t>(key) + static_cast<std::uint64_t>(kBound) >=
        std::uint64_t{1} << 63) [[unlikely]]
      return key < 0 ? 0 : count_;
    const Key* end = keys_ + count_;
    for (int block = 0; block < kBlocks; ++block) {
      const std::uint32_t above = above_in_block(end - kBlock, key);
      if (above < kBlock) [[likely]]
        return static_cast<std::uint32_t>(end - keys_) - above;
      end -= kBlock;
    }
    return upper_bisect(key, static_cast<std::uint32_t>(end - keys_));
  }

  // Where `key` stands, or kNotFound.
  [[nodiscard]] std::uint32_t find(Key key) const {
    const std::uint32_t at = upper(key);
    return at != 0 && keys_[at - 1] == key ? at - 1 : kNotFound;
  }

  // `at` must be upper(key), and `key` must not be present.
  void insert(std::uint32_t at, Key key, Value value) {
    if (count_ == capacity_) grow();
    shift(keys_ + at, keys_ + at + 1, count_ - at);
    shift(values() + at, values() + at + 1, count_ - at);
    keys_[at] = key;
    values()[at] = value;
    ++count_;
  }

  void erase(std::uint32_t at) {
    --count_;
    shift(keys_ + at + 1, keys_ + at, count_ - at);
    shift(values() + at + 1, values() + at, count_ - at);
  }

  void clear() { count_ = 0; }

  [[nodiscard]] std::size_t bytes() const { return bytes_for(capacity_); }

 private:
  static constexpr std::uint32_t kWidth = 8;
  static constexpr std::uint32_t kBlock = 8;
  static constexpr int kBlocks = 8;
  static constexpr std::uint32_t kFirstCapacity = 16;

  // How many of a block of rising keys are above `key`, which is below kBound so that
  // every difference fits.  Its sign is what every processor finds for two keys at once,
  // and without a branch: which level near the touch is meant cannot be predicted.
  [[nodiscard]] static std::uint32_t above_in_block(const Key* keys, Key key) {
    std::uint64_t above = 0;
    for (std::uint32_t i = 0; i < kBlock; ++i)
      above +=
          (static_cast<std::uint64_t>(key) - static_cast<std::uint64_t>(keys[i])) >> 63;
    return static_cast<std::uint32_t>(above);
  }

  [[nodiscard]] std::uint32_t upper_bisect(Key key, std::uint32_t end) const {
    std::uint32_t low = 0;
    while (low < end) {
      const std::uint32_t middle = low + (end - low) / 2;
      if (keys_[middle] > key) {
        end = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  [[nodiscard]] Value* values() const {
    return reinterpret_cast<Value*>(keys_ + capacity_ + kWidth);
  }

  // Moves `n` records, of which there are nearly always few: then always eight, into
  // the spare room behind the last one, because how many cannot be predicted.
  template <class T>
  static void shift(const T* from, T* to, std::size_t n) {
    if (n > kWidth) [[unlikely]] {
      std::memmove(to, from, n * sizeof(T));
      return;
    }
    std::array<T, kWidth> moved;
    std::memcpy(moved.data(), from, sizeof(moved));
    std::memcpy(to, moved.data(), sizeof(moved));
  }

  [[nodiscard]] static std::size_t bytes_for(std::uint32_t capacity) {
    return kBlock * sizeof(Key) + (capacity + kWidth) * (sizeof(Key) + sizeof(Value));
  }

  AI_TRADING_NEVER_INLINE void grow() {
    const std::uint32_t wanted = capacity_ == 0 ? kFirstCapacity : capacity_ * 2;
    if (wanted < capacity_) throw std::bad_alloc();
    const std::size_t bytes = (bytes_for(wanted) + 63) / 64 * 64;
    auto* guards = static_cast<Key*>(std::aligned_alloc(64, bytes));
    if (guards == nullptr) throw std::bad_alloc();
    std::fill_n(guards, kBlock, -kBound);
    Key* const keys = guards + kBlock;
    if (count_ > 0) {
      std::memcpy(keys, keys_, count_ * sizeof(Key));
      std::memcpy(reinterpret_cast<Value*>(keys + wanted + kWidth), values(),
                  count_ * sizeof(Value));
    }
    release();
    keys_ = keys;
    capacity_ = wanted;
  }

  void release() {
    if (keys_ != nullptr) std::free(keys_ - kBlock);
  }

  Key* keys_{};  // after kBlock guards
  std::uint32_t count_{};
  std::uint32_t capacity_{};
};

}  // namespace ai_trading::book
