#include "ai_trading/base/growing_block.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace ai_trading {

namespace {

#if defined(__linux__)

constexpr std::size_t kPage = GrowingBlock::kLargePage;

// Address space, not yet memory, that begins and ends with a large page; null where
// there is none.
void* reserve(std::size_t bytes) {
  const std::size_t wider = bytes + kPage;
  void* found = ::mmap(nullptr, wider, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (found == MAP_FAILED) return nullptr;
  auto* const first = static_cast<unsigned char*>(found);
  const std::size_t before =
      (kPage - reinterpret_cast<std::uintptr_t>(first) % kPage) % kPage;
  if (before > 0) (void)::munmap(first, before);
  if (before < kPage) (void)::munmap(first + before + bytes, kPage - before);
  return first + before;
}

void* map(std::size_t bytes) {
  void* const place = reserve(bytes);
  if (place == nullptr) return nullptr;
  if (::mprotect(place, bytes, PROT_READ | PROT_WRITE) != 0) {
    (void)::munmap(place, bytes);
    return nullptr;
  }
  (void)::madvise(place, bytes, MADV_HUGEPAGE);
  return place;
}

void* remap(void* from, std::size_t was, std::size_t bytes) {
  void* const place = reserve(bytes);
  if (place == nullptr) return nullptr;
  if (::mremap(from, was, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, place) == MAP_FAILED) {
    (void)::munmap(place, bytes);
    return nullptr;
  }
  (void)::madvise(place, bytes, MADV_HUGEPAGE);
  return place;
}

void unmap(void* from, std::size_t bytes) { (void)::munmap(from, bytes); }

#endif

}  // namespace

GrowingBlock::~GrowingBlock() {
#if defined(__linux__)
  if (mapped_) {
    unmap(data_, bytes_);
    return;
  }
#endif
  std::free(data_);
}

void GrowingBlock::grow(std::size_t bytes) {
  if (bytes <= bytes_) return;
#if defined(__linux__)
  if (bytes >= kLarge) {
    const std::size_t whole = (bytes + kPage - 1) / kPage * kPage;
    void* const found = mapped_ ? remap(data_, bytes_, whole) : map(whole);
    if (found == nullptr) throw std::bad_alloc();
    if (!mapped_ && data_ != nullptr) {
      std::memcpy(found, data_, bytes_);
      std::free(data_);
    }
    data_ = found;
    bytes_ = whole;
    mapped_ = true;
    return;
  }
#endif
  void* const found = std::realloc(data_, bytes);
  if (found == nullptr) throw std::bad_alloc();
  data_ = found;
  bytes_ = bytes;
}

}  // namespace ai_trading
