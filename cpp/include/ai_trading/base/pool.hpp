// A growing array of records reached by 32-bit handles.
//
// Handle 0 is never given out, so that it can mean "none".  Growth moves the records:
// hold handles, not pointers, across a take().
//
// Cost        take and give back O(1), growth amortised; memory only ever grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

// Functions that only prefetch must be inlined: a compiler that sees a call without a
// result and without an effect removes it.
#if defined(__GNUC__)
#define AI_TRADING_ALWAYS_INLINE [[gnu::always_inline]] inline
#define AI_TRADING_NEVER_INLINE [[gnu::noinline]]
#else
#define AI_TRADING_ALWAYS_INLINE inline
#define AI_TRADING_NEVER_INLINE
#endif

namespace ai_trading {

using Handle = std::uint32_t;
inline constexpr Handle kNone = 0;

// Zeroed memory; large blocks ask for large pages, which saves address look-ups.
class Block {
 public:
  static constexpr std::size_t kLargePage = std::size_t{1} << 21;

  Block() = default;
  AI_TRADING_NEVER_INLINE explicit Block(std::size_t bytes) : bytes_(bytes) {
    if (bytes == 0) return;
    const bool large = bytes >= kLargePage;
    const std::size_t alignment = large ? kLargePage : 64;
    bytes_ = (bytes + alignment - 1) / alignment * alignment;
    data_ = std::aligned_alloc(alignment, bytes_);
    if (data_ == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    if (large) (void)::madvise(data_, bytes_, MADV_HUGEPAGE);
#endif
    std::memset(data_, 0, bytes_);
  }
  Block(Block&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)) {}
  Block& operator=(Block&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { std::free(data_); }

  [[nodiscard]] void* data() const { return data_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void* data_{};
  std::size_t bytes_{};
};

template <class T, Handle T::* Link>
class Pool {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  [[nodiscard]] T& operator[](Handle h) { return records_[h]; }
  [[nodiscard]] const T& operator[](Handle h) const { return records_[h]; }

  // A record nobody uses; its content is whatever was left there.
  [[nodiscard]] Handle take() {
    if (free_ != kNone) return std::exchange(free_, records_[free_].*Link);
    if (top_ == capacity_) grow();
    return top_++;
  }

  void give_back(Handle h) {
    records_[h].*Link = free_;
    free_ = h;
  }

  // True where take() could run out of handles.
  [[nodiscard]] bool full() const {
    return ((free_ ^ kNone) | (top_ ^ kLast)) == 0;  // one test, never so
  }
  [[nodiscard]] std::size_t bytes() const { return block_.bytes(); }

 private:
  static constexpr Handle kLast = 0xffff'fffe;

  AI_TRADING_NEVER_INLINE void grow() {
    const Handle wanted = capacity_ < kLast / 2 ? capacity_ * 2 : kLast;
    Block next(std::size_t{wanted} * sizeof(T));
    if (top_ > 0)
      std::memcpy(next.data(), block_.data(), std::size_t{top_} * sizeof(T));
    block_ = std::move(next);
    records_ = static_cast<T*>(block_.data());
    capacity_ = wanted;
  }

  Block block_{64 * sizeof(T)};
  T* records_ = static_cast<T*>(block_.data());
  Handle capacity_ = 64;
  Handle top_ = 1;
  Handle free_ = kNone;
};

}  // namespace ai_trading
