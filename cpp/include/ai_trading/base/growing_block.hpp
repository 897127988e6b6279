// Memory that grows and keeps its content.
//
// Small blocks come from the heap.  From kLarge bytes on, where the system can, they are
// mapped in large pages, one fault each instead of hundreds; growing maps those pages to a
// longer place, and neither copies nor clears what is there.
//
// Cost        grow() of a large block: O(large pages); of a small one: what it holds.
#pragma once

#include <cstddef>
#include <utility>

namespace ai_trading {

class GrowingBlock {
 public:
  static constexpr std::size_t kLargePage = std::size_t{1} << 21;
  static constexpr std::size_t kLarge = kLargePage / 4;

  GrowingBlock() = default;
  GrowingBlock(GrowingBlock&& other) noexcept { swap(other); }
  GrowingBlock& operator=(GrowingBlock&& other) noexcept {
    swap(other);
    return *this;
  }
  GrowingBlock(const GrowingBlock&) = delete;
  GrowingBlock& operator=(const GrowingBlock&) = delete;
  ~GrowingBlock();

  // At least so many bytes; what is new is not cleared.  Throws std::bad_alloc, and is
  // then what it was.
  void grow(std::size_t bytes);

  [[nodiscard]] void* data() const { return data_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  void swap(GrowingBlock& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    std::swap(mapped_, other.mapped_);
  }

 private:
  void* data_{};
  std::size_t bytes_{};
  bool mapped_{};
};

}  // namespace ai_trading
