// From an order's id to its handle.
//
// Ids of one feed are dense and rising, so most of them live in pages indexed by the
// id itself.  A page opens once enough ids of its range have come to justify its
// memory; until then, and everywhere ids are sparse, they are hashed.  No input can
// make it use more than kBytesPerInsert per insertion.
//
// Repeatable  the table is looked up, never walked.
// Cost        find, insert and erase O(1) and one cache line; opening a page moves its
//             ids out of the hash table, once per page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ai_trading/base/pool.hpp"
#include "ai_trading/base/units.hpp"

namespace ai_trading::book {

class IdIndex {
 public:
  static constexpr unsigned kPageBits = 19;
  static constexpr std::size_t kPageSize = std::size_t{1} << kPageBits;
  static constexpr std::size_t kBytesPerInsert = 256;
  static constexpr std::size_t kInsertsPerPage =
      kPageSize * sizeof(Handle) / kBytesPerInsert;
  static constexpr std::size_t kMaxPages = std::size_t{1} << 17;

  IdIndex() : slots_(kFirstSlots), mask_(kFirstSlots - 1) {}

  // The handle of an id, or kNone.
  [[nodiscard]] Handle find(OrderId id) const {
    const std::size_t page = id >> kPageBits;
    if (page < pages_.size() && pages_[page] != nullptr) {
      return pages_[page][id & (kPageSize - 1)];
    }
    return find_hashed(id);
  }

  // Starts loading the place where `id` is, or would be.
  AI_TRADING_ALWAYS_INLINE void prefetch(OrderId id) const {
    const std::size_t page = id >> kPageBits;
    if (page < pages_.size() && pages_[page] != nullptr) {
      __builtin_prefetch(&pages_[page][id & (kPageSize - 1)], 1);
    } else {
      __builtin_prefetch(&slots_[hash(id) & mask_], 1);
    }
  }

  // `id` must not be present and `handle` must not be kNone.
  void insert(OrderId id, Handle handle) {
    const std::size_t page = id >> kPageBits;
    if (page < pages_.size() && pages_[page] != nullptr) {
      pages_[page][id & (kPageSize - 1)] = handle;
      return;
    }
    insert_slow(id, handle);
  }

  // `id` must be present.
  void erase(OrderId id) {
    const std::size_t page = id >> kPageBits;
    if (page < pages_.size() && pages_[page] != nullptr) {
      pages_[page][id & (kPageSize - 1)] = kNone;
      return;
    }
    erase_hashed(id);
  }

  void clear();
  [[nodiscard]] std::size_t bytes() const {
    return blocks_.size() * kPageSize * sizeof(Handle) + slots_.size() * sizeof(Slot) +
           pages_.size() * (sizeof(Handle*) + sizeof(std::uint32_t));
  }

 private:
  struct Slot {
    OrderId id;
    std::uint64_t handle;
  };
  static constexpr std::size_t kFirstSlots = 64;

  [[nodiscard]] static std::size_t hash(OrderId id) {
    std::uint64_t x = id ^ (id >> 32);
    x *= 0xd6e8feb86659fd93ULL;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ULL;
    return x ^ (x >> 32);
  }

  [[nodiscard]] Handle find_hashed(OrderId id) const {
    for (std::size_t at = hash(id) & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.handle == kNone) return kNone;
      if (slot.id == id) return static_cast<Handle>(slot.handle);
    }
  }

  void insert_slow(OrderId id, Handle handle);
  void open_page(std::size_t page);
  void insert_hashed(OrderId id, std::uint64_t handle);
  void erase_hashed(OrderId id);

  std::vector<Handle*> pages_;
  std::vector<std::uint32_t> arrivals_;  // by page: ids hashed so far
  std::vector<Block> blocks_;
  std::vector<Slot> slots_;
  std::size_t mask_;
  std::size_t hashed_{};
};

}  // namespace ai_trading::book
