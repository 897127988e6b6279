// When each of a row of sleepers is to be woken: one time each, the earliest on top.
//
// A knockout: every sleeper has a leaf, and above each pair stands the earlier of their
// times, so that nothing is out of date however often a time changes.  Going up takes the
// earlier one without a branch, which nobody could predict, and ends where nothing changes
// any more: soon, where many are to be woken at one time.  Who is first is found going
// down again, and only when he is wanted.
//
// Most who are woken are woken at once, by news.  They do not go up: beside the knockout
// there is one row of bits for those who are called at one instant.
//
// Repeatable  at one time the first of the row is on top.
// Cost        n below is the number of sleepers.  next() O(1); top(), set() O(log n);
//             call() O(1); the end of a call O(n / 64) at worst, O(1) where they end in
//             their order; add() amortised O(1).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
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
    if (size_ % 64 == 0) called_.push_back(0);
    ++size_;  // its leaf says kNever already
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  // When the earliest is woken; kNever where there is nobody.
  [[nodiscard]] Nanos next() const {
    const Nanos first = empty() ? kNever : times_[1];
    return calls_ == 0 ? first : std::min(first, called_at_);
  }
  // The row must not be empty.
  [[nodiscard]] Alarm top() const {
    const Nanos first = times_[1];
    if (calls_ > 0) {
      if (called_at_ < first) return {called_at_, next_called_};
      if (called_at_ == first) return {first, std::min(winner(), next_called_)};
    }
    return {first, winner()};
  }
  [[nodiscard]] Nanos at(std::size_t index) const {
    return is_called(index) ? called_at_ : times_[leaves_ + index];
  }
  // The next in the row, or the one after, where either is due by `now`; else nobody.
  // Mostly he comes next: many are due at one time.
  [[nodiscard]] std::optional<std::size_t> next_due(std::size_t index,
                                                    Nanos now) const {
    const Nanos* const beside = times_.data() + leaves_ + index + 1;
    const std::size_t skipped = beside[0] > now ? 1 : 0;
    if (beside[skipped] > now) return std::nullopt;
    return index + 1 + skipped;
  }

  void set(std::size_t index, Nanos at) {
    if (is_called(index)) end_call(index);
    climb(index, at);
  }

  // The same as set, to a time no later than at(index): for many who are woken at one
  // instant and soon set anew.
  void call(std::size_t index, Nanos at) {
    if (calls_ == 0) {
      called_at_ = at;
      next_called_ = static_cast<std::uint32_t>(index);
    } else if (at != called_at_) {
      return set(index, at);
    } else if (is_called(index)) {
      return;
    }
    ++calls_;
    called_[index / 64] |= bit(index);
    next_called_ = std::min(next_called_, static_cast<std::uint32_t>(index));
  }

 private:
  static constexpr std::size_t kBeyond = 2;  // places after the last, for next_due

  [[nodiscard]] static constexpr std::uint64_t bit(std::size_t index) {
    return std::uint64_t{1} << (index % 64);
  }
  [[nodiscard]] bool is_called(std::size_t index) const {
    return (called_[index / 64] & bit(index)) != 0;
  }

  void end_call(std::size_t index) {
    called_[index / 64] &= ~bit(index);
    if (--calls_ == 0 || index != next_called_) return;
    std::size_t word = index / 64;  // nobody before it is called
    while (called_[word] == 0) ++word;
    next_called_ = static_cast<std::uint32_t>(
        64 * word + static_cast<std::size_t>(std::countr_zero(called_[word])));
  }

  // The first of the row among those with the earliest time of all leaves.
  [[nodiscard]] std::uint32_t winner() const {
    const Nanos first = times_[1];
    std::size_t place = 1;
    while (place < leaves_) place = 2 * place + (times_[2 * place] != first ? 1 : 0);
    return static_cast<std::uint32_t>(place - leaves_);
  }

  void climb(std::size_t index, Nanos at) {
    Nanos* const times = times_.data();
    std::size_t place = leaves_ + index;
    while (times[place] != at) {
      times[place] = at;
      if (place == 1) return;
      at = std::min(at, times[place ^ 1]);
      place /= 2;
    }
  }

  void widen() {
    const std::size_t wider = leaves_ == 0 ? 1 : 2 * leaves_;
    std::vector<Nanos> times(2 * wider + kBeyond, kNever);
    for (std::size_t i = 0; i < size_; ++i) times[wider + i] = times_[leaves_ + i];
    times_ = std::move(times);
    leaves_ = wider;
    for (std::size_t place = leaves_ - 1; place > 0; --place)
      times_[place] = std::min(times_[2 * place], times_[2 * place + 1]);
  }

  std::size_t size_{}, leaves_{};
  std::vector<Nanos> times_;           // by place: 1 on top, 2p and 2p + 1 below p
  std::vector<std::uint64_t> called_;  // a bit for each
  std::size_t calls_{};
  Nanos called_at_;              // all of them
  std::uint32_t next_called_{};  // the first of them
};

}  // namespace ai_trading::algo
