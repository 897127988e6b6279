// Records in one piece that grow at the end without being copied one by one.
//
// A vector that grows moves its rows into new memory, which the system must first clear
// and hand out page by page: for millions of records that is most of what keeping them
// costs.  Rows keeps a large block in large pages and grows it by mapping them elsewhere
// (base/growing_block.hpp), so that no byte of it moves.
//
// Only for types that may be moved as bytes.  Growing invalidates references, as a
// vector does.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "ai_trading/base/growing_block.hpp"
#include "ai_trading/base/pool.hpp"

namespace ai_trading {

template <class Row>
class Rows {
  static_assert(std::is_trivially_copyable_v<Row> &&
                alignof(Row) <= alignof(std::max_align_t));

 public:
  Rows() = default;
  Rows(const Rows& other) { *this = other; }
  Rows(Rows&& other) noexcept { swap(other); }
  Rows& operator=(const Rows& other) {
    if (this == &other) return *this;
    size_ = 0;
    if (other.size_ > room_) grow(other.size_);
    if (other.size_ > 0) std::memcpy(bytes(), other.rows_, other.size_ * sizeof(Row));
    size_ = other.size_;
    return *this;
  }
  Rows& operator=(Rows&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Rows() = default;

  // The reference is good until the next row is added.
  Row& push_back(const Row& row) {
    if (size_ == room_) [[unlikely]] {
      const Row kept = row;  // it may be one of ours
      make_room();
      return *new (rows_ + size_++) Row(kept);
    }
    load_ahead();
    return *new (rows_ + size_++) Row(row);
  }
  // A row of zeros and defaults, to be written where it lies.
  Row& emplace_back() {
    if (size_ == room_) [[unlikely]]
      make_room();
    load_ahead();
    // Copied: a loop that clears so little takes long to get going.
    static constexpr Row kBlank{};
    return *new (rows_ + size_++) Row(kBlank);
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] Row* data() { return rows_; }
  [[nodiscard]] const Row* data() const { return rows_; }
  [[nodiscard]] Row& operator[](std::size_t at) { return rows_[at]; }
  [[nodiscard]] const Row& operator[](std::size_t at) const { return rows_[at]; }
  [[nodiscard]] Row& back() { return rows_[size_ - 1]; }
  [[nodiscard]] const Row& back() const { return rows_[size_ - 1]; }
  [[nodiscard]] Row* begin() { return rows_; }
  [[nodiscard]] Row* end() { return rows_ + size_; }
  [[nodiscard]] const Row* begin() const { return rows_; }
  [[nodiscard]] const Row* end() const { return rows_ + size_; }

 private:
  static constexpr std::size_t kFirst = 16;
  static constexpr std::size_t kAhead = 6;

  // New rows are new memory: who fills them should not wait for it.
  AI_TRADING_ALWAYS_INLINE void load_ahead() const {
    const char* const row = reinterpret_cast<const char*>(rows_ + size_ + kAhead);
    __builtin_prefetch(row, 1);
    if constexpr (sizeof(Row) > 64) __builtin_prefetch(row + 64, 1);
  }
  void make_room() { grow(room_ < kFirst ? kFirst : 2 * room_); }

  [[nodiscard]] void* bytes() { return static_cast<void*>(rows_); }
  void swap(Rows& other) noexcept {
    block_.swap(other.block_);
    std::swap(rows_, other.rows_);
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
  }
  [[gnu::noinline]] void grow(std::size_t room) {
    if (room > static_cast<std::size_t>(-1) / 2 / sizeof(Row)) throw std::bad_alloc();
    block_.grow(room * sizeof(Row));
    rows_ = static_cast<Row*>(block_.data());
    room_ = block_.bytes() / sizeof(Row);
  }

  GrowingBlock block_;
  Row* rows_{};
  std::size_t size_{}, room_{};
};

}  // namespace ai_trading
