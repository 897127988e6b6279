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

#include <algorithm>
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

  IdIndex() { clear(); }

  // Where an id is, or would be.  It holds until the next insert or erase.
  struct Place {
    Handle handle = kNone;  // kNone: the id is not present
    std::size_t slot = 0;   // in the hash table; no meaning for an id in a page
  };

  [[nodiscard]] Place place(OrderId id) const {
    if (const Handle* page = pages_[page_of(id)]) return {page[id % kPageSize], 0};
    for (std::size_t at = home(id);; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.handle == kNone || slot.id == id) {
        return {static_cast<Handle>(slot.handle), at};
      }
    }
  }

  // The handle of an id, or kNone.
  [[nodiscard]] Handle find(OrderId id) const { return place(id).handle; }

  // Starts loading the place where `id` is, or would be.
  AI_TRADING_ALWAYS_INLINE void prefetch(OrderId id) const {
    const Handle* page = pages_[page_of(id)];
    const void* at = page != nullptr ? static_cast<const void*>(page + id % kPageSize)
                                     : &slots_[home(id)];
    __builtin_prefetch(at, 1);
  }

  // `place` must be place(id), `id` not present and `handle` not kNone.
  void insert(OrderId id, Handle handle, Place place) {
    const std::size_t beyond = (id >> kPageBits) - page_count_;
    if (beyond < kMaxPages - page_count_) [[unlikely]]
      reach(id >> kPageBits);
    const std::size_t at = page_of(id);
    if (Handle* page = pages_[at]) {
      page[id % kPageSize] = handle;
      return;
    }
    if (++arrivals_[at] >= kInsertsPerPage && open_page(at)) [[unlikely]] {
      pages_[at][id % kPageSize] = handle;
      return;
    }
    if (hashed_ >= most_hashed_) [[unlikely]] {
      grow();
      place = this->place(id);
    }
    ++hashed_;
    slots_[place.slot] = {id, handle};
  }
  void insert(OrderId id, Handle handle) { insert(id, handle, place(id)); }

  // `place` must be place(id), and `id` present.
  void erase(OrderId id, Place place) {
    if (Handle* page = pages_[page_of(id)]) {
      page[id % kPageSize] = kNone;
      return;
    }
    close_gap(place.slot);
  }
  void erase(OrderId id) { erase(id, place(id)); }

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

  // The page of an id; the last place, which stays closed, for an id beyond them all.
  // Without a branch: whose ids come next cannot be predicted.
  [[nodiscard]] std::size_t page_of(OrderId id) const {
    return std::min<std::size_t>(id >> kPageBits, page_count_);
  }

  // Multiplicative hashing: the top bits of a product with an odd constant near 2^64
  // over the golden ratio, which spreads the runs and strides that feeds number by.
  [[nodiscard]] std::size_t home(OrderId id) const {
    return (id * 0x9e37'79b9'7f4a'7c15ULL) >> shift_;
  }

  // Takes the entry at `hole` out: moves back every later one of its run that may
  // stand nearer to its home.
  void close_gap(std::size_t hole) {
    for (std::size_t at = (hole + 1) & mask_; slots_[at].handle != kNone;
         at = (at + 1) & mask_) {
      const std::size_t wanted = home(slots_[at].id);
      if (((at - wanted) & mask_) >= ((at - hole) & mask_)) {
        slots_[hole] = slots_[at];
        hole = at;
      }
    }
    slots_[hole].handle = kNone;
    --hashed_;
  }

  void reach(std::size_t page);
  bool open_page(std::size_t page);
  void grow();
  void resize(std::size_t slots);

  std::size_t page_count_ = 0;
  std::vector<Handle*> pages_;           // one more than page_count_
  std::vector<std::uint32_t> arrivals_;  // by page: ids hashed so far
  std::vector<Block> blocks_;
  std::vector<Slot> slots_;
  std::size_t mask_{};
  unsigned shift_{};
  std::size_t hashed_{};
  std::size_t most_hashed_{};
};

}  // namespace ai_trading::book
