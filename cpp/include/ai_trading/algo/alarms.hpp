// When each of a row of sleepers is to be woken: one time each, the earliest on top.
//
// A sleeper has one place in the heap however often its time changes, so that the heap is
// as large as the row and nothing in it is out of date.
//
// Repeatable  at one time the first of the row is on top.
// Cost        n below is the number of sleepers.  top() O(1); set() O(log n).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ai_trading/base/units.hpp"

namespace ai_trading::algo {

class Alarms {
 public:
  struct Alarm {
    Nanos at;
    std::uint32_t index{};
  };

  // Adds a sleeper to the row whom nothing wakes yet.
  void add() {
    const auto index = static_cast<std::uint32_t>(heap_.size());
    heap_.push_back({kNever, index});
    places_.push_back(index);
  }

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] const Alarm& top() const { return heap_.front(); }
  [[nodiscard]] Nanos at(std::size_t index) const { return heap_[places_[index]].at; }

  void set(std::size_t index, Nanos at) {
    std::size_t place = places_[index];
    const Alarm moved{at, static_cast<std::uint32_t>(index)};
    while (place > 0) {
      const std::size_t above = (place - 1) / kWays;
      if (!before(moved, heap_[above])) break;
      put(place, heap_[above]);
      place = above;
    }
    for (;;) {
      const std::size_t first = place * kWays + 1;
      if (first >= heap_.size()) break;
      const std::size_t past = std::min(first + kWays, heap_.size());
      std::size_t least = first;
      for (std::size_t below = first + 1; below < past; ++below)
        if (before(heap_[below], heap_[least])) least = below;
      if (!before(heap_[least], moved)) break;
      put(place, heap_[least]);
      place = least;
    }
    put(place, moved);
  }

 private:
  static constexpr std::size_t kWays = 4;

  static bool before(const Alarm& a, const Alarm& b) {
    return a.at < b.at || (a.at == b.at && a.index < b.index);
  }
  void put(std::size_t place, const Alarm& alarm) {
    heap_[place] = alarm;
    places_[alarm.index] = static_cast<std::uint32_t>(place);
  }

  std::vector<Alarm> heap_;
  std::vector<std::uint32_t> places_;  // by index
};

}  // namespace ai_trading::algo
