#include "ai_trading/book/id_index.hpp"

#include <algorithm>
#include <utility>

namespace ai_trading::book {

void IdIndex::insert_slow(OrderId id, Handle handle) {
  const std::size_t page = id >> kPageBits;
  if (page < kMaxPages) {
    if (page >= pages_.size()) {
      pages_.resize(page + 1, nullptr);
      arrivals_.resize(page + 1, 0);
    }
    if (++arrivals_[page] >= kInsertsPerPage) {
      open_page(page);
      pages_[page][id & (kPageSize - 1)] = handle;
      return;
    }
  }
  if ((hashed_ + 1) * 2 > slots_.size()) {
    const std::vector<Slot> old = std::exchange(slots_, {});
    slots_.resize(old.size() * 2);
    mask_ = slots_.size() - 1;
    for (const Slot& slot : old)
      if (slot.handle != kNone) insert_hashed(slot.id, slot.handle);
  }
  insert_hashed(id, handle);
  ++hashed_;
}

void IdIndex::open_page(std::size_t page) {
  blocks_.emplace_back(kPageSize * sizeof(Handle));
  auto* handles = static_cast<Handle*>(blocks_.back().data());
  std::vector<Slot> moved;
  for (const Slot& slot : slots_)
    if (slot.handle != kNone && slot.id >> kPageBits == page) moved.push_back(slot);
  for (const Slot& slot : moved) {
    erase_hashed(slot.id);
    handles[slot.id & (kPageSize - 1)] = static_cast<Handle>(slot.handle);
  }
  pages_[page] = handles;
}

void IdIndex::insert_hashed(OrderId id, std::uint64_t handle) {
  std::size_t at = hash(id) & mask_;
  while (slots_[at].handle != kNone) at = (at + 1) & mask_;
  slots_[at] = {id, handle};
}

void IdIndex::erase_hashed(OrderId id) {
  std::size_t hole = hash(id) & mask_;
  while (slots_[hole].id != id || slots_[hole].handle == kNone) {
    if (slots_[hole].handle == kNone) return;
    hole = (hole + 1) & mask_;
  }
  // Close the gap: move back every later entry of the run that may stand there.
  for (std::size_t at = (hole + 1) & mask_; slots_[at].handle != kNone;
       at = (at + 1) & mask_) {
    const std::size_t home = hash(slots_[at].id) & mask_;
    if (((at - home) & mask_) >= ((at - hole) & mask_)) {
      slots_[hole] = slots_[at];
      hole = at;
    }
  }
  slots_[hole].handle = kNone;
  --hashed_;
}

void IdIndex::clear() {
  pages_.clear();
  arrivals_.clear();
  blocks_.clear();
  slots_.assign(kFirstSlots, Slot{});
  mask_ = kFirstSlots - 1;
  hashed_ = 0;
}

}  // namespace ai_trading::book
