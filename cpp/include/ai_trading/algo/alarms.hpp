// When each of a row of sleepers is to be woken: one time each, the earliest on top.
//
// A knockout: every sleeper has a leaf, and above each pair stands the one of them who is
// woken first, so that nothing is out of date however often a time changes.  Going up
// takes no branch that depends on the times, which nobody could predict.
//
// Repeatable  at one time the first of the row is on top.
// Cost        n below is the number of sleepers.  top() O(1); set() O(log n); add()
//             amortised O(1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
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
    if (size_ == leaves_) widen();
    ++size_;  // its leaf says kNever already
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] const Alarm& top() const { return first_[1]; }
  [[nodiscard]] Nanos at(std::size_t index) const { return first_[leaves_ + index].at; }

  void set(std::size_t index, Nanos at) {
    std::size_t place = leaves_ + index;
    std::int64_t best = at.n;
    auto who = static_cast<std::uint32_t>(index);
    first_[place].at = at;
    while (place > 1) {
      // The one beside it wins a tie where it stands to the left.
      const Alarm& beside = first_[place ^ 1];
      const auto left = static_cast<std::int64_t>(place & 1);
      const bool loses = beside.at.n - left < best;
      const std::int64_t mask = -static_cast<std::int64_t>(loses);
      best ^= (best ^ beside.at.n) & mask;
      who ^= (who ^ beside.index) & static_cast<std::uint32_t>(mask);
      place /= 2;
      first_[place] = {Nanos{best}, who};
    }
  }

 private:
  void widen() {
    const std::size_t wider = leaves_ == 0 ? 1 : 2 * leaves_;
    std::vector<Alarm> rows(2 * wider, Alarm{kNever, 0});
    for (std::size_t i = 0; i < wider; ++i) {
      const Nanos at = i < size_ ? this->at(i) : kNever;
      rows[wider + i] = {at, static_cast<std::uint32_t>(i)};
    }
    first_ = std::move(rows);
    leaves_ = wider;
    for (std::size_t place = leaves_ - 1; place > 0; --place)
      first_[place] =
          first_[2 * place + (first_[2 * place + 1].at < first_[2 * place].at)];
  }

  std::size_t size_{}, leaves_{};
  std::vector<Alarm> first_;  // by place: 1 on top, 2p and 2p + 1 below p
};

}  // namespace ai_trading::algo
