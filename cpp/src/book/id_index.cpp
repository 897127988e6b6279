#include "ai_trading/book/id_index.hpp"

#include <bit>
#include <utility>

namespace ai_trading::book {

// A table that fits the inner caches is kept seven eighths empty, so that nearly every
// look-up ends at its first slot; a large one half empty, for the memory.
void IdIndex::resize(std::size_t slots) {
  constexpr std::size_t kLarge = std::size_t{1} << 14;
  slots_.assign(slots, Slot{});
  mask_ = slots - 1;
  shift_ = 64U - static_cast<unsigned>(std::countr_zero(slots));
  most_hashed_ = slots <= kLarge ? slots / 8 : slots / 2;
}

void IdIndex::grow() {
  const std::vector<Slot> old = std::exchange(slots_, {});
  resize(old.size() * 2);
  for (const Slot& slot : old)
    if (slot.handle != kNone) slots_[place(slot.id).slot] = slot;
}

// Makes room for a page that lies beyond all pages so far.
void IdIndex::reach(std::size_t page) {
  pages_.resize(page + 2, nullptr);
  arrivals_.resize(page + 2, 0);
  arrivals_[page_count_] = 0;  // it counted for the ids beyond
  page_count_ = page + 1;
}

// False for the place that stands for all pages beyond.
bool IdIndex::open_page(std::size_t page) {
  if (page == page_count_) {
    arrivals_[page] = 0;
    return false;
  }
  blocks_.emplace_back(kPageSize * sizeof(Handle));
  auto* handles = static_cast<Handle*>(blocks_.back().data());
  std::vector<Slot> moved;
  for (const Slot& slot : slots_)
    if (slot.handle != kNone && slot.id >> kPageBits == page) moved.push_back(slot);
  for (const Slot& slot : moved) {
    close_gap(place(slot.id).slot);
    handles[slot.id & (kPageSize - 1)] = static_cast<Handle>(slot.handle);
  }
  pages_[page] = handles;
  return true;
}

void IdIndex::clear() {
  page_count_ = 0;
  pages_.assign(1, nullptr);
  arrivals_.assign(1, 0);
  blocks_.clear();
  hashed_ = 0;
  resize(kFirstSlots);
}

}  // namespace ai_trading::book
