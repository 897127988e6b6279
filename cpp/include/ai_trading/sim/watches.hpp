// Who is woken for an instrument.
//
// With thousands of instruments every event reads this of another one, so that the first,
// and mostly only, watcher stands where the list does: half a cache line, not two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ai_trading::sim {

struct Watch {
  std::uint16_t strategy{};
  bool quotes{}, trades{}, bars{};
  std::uint32_t every{};  // on_book after so many events; 0 never
  std::uint32_t seen{};
};

class Watches {
 public:
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] Watch* begin() { return many_ ? many_->data() : &one_; }
  [[nodiscard]] Watch* end() { return begin() + count_; }
  [[nodiscard]] Watch& operator[](std::size_t at) { return begin()[at]; }

  // Adds one, or gives the one of this strategy; adding moves the others.
  Watch& of(std::uint16_t strategy) {
    for (Watch& watch : *this)
      if (watch.strategy == strategy) return watch;
    if (count_ == 1 && !many_) many_ = std::make_unique<std::vector<Watch>>(1, one_);
    if (many_) many_->push_back({});
    ++count_;
    Watch& added = end()[-1];
    added.strategy = strategy;
    return added;
  }

 private:
  Watch one_;
  std::uint32_t count_{};
  std::unique_ptr<std::vector<Watch>> many_;  // all of them, where there are several
};

static_assert(sizeof(Watches) == 32);

}  // namespace ai_trading::sim
