// Which phase of its day a market is in, from a timetable.
//
// Units       exchange-local time of day (time_of_day.hpp).
// Random ends an auction call may end at a random moment of a window, as on Xetra: the
//             draw comes from the seed, so a day is the same every time it is run.
// Cost        a search in a handful of rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ai_trading/rules/time_of_day.hpp"

namespace ai_trading::rules {

enum class Phase : std::uint8_t {
  closed = 0,
  pre_open = 1,         // orders are collected, nothing is published
  opening_auction = 2,  // orders are collected, indicative prices are published
  continuous = 3,
  intraday_auction = 4,
  closing_auction = 5,
  halted = 6,
  reopening_auction = 7,
};

// Orders rest and nothing trades until the phase ends with an uncross.
[[nodiscard]] constexpr bool is_auction(Phase phase) {
  return phase == Phase::opening_auction || phase == Phase::intraday_auction ||
         phase == Phase::closing_auction || phase == Phase::reopening_auction;
}

// From `at` on, or from a random moment of at most `random` later.
struct SessionStep {
  Nanos at;
  Phase phase{};
  Nanos random{};
};

// A US listing exchange: orders from 04:00, imbalances published from 09:25, opening
// cross and trading at 09:30; orders for the closing cross are collected beside trading
// until `close`, and the cross has a second from then.
[[nodiscard]] std::vector<SessionStep> us_equity_day(Nanos close = clock_time(16, 0));

// Xetra's blue chips: opening call 08:50, trading from 09:00, midday auction 13:00 to
// 13:02, closing call 17:30 to 17:35; calls end within 30 random seconds.
[[nodiscard]] std::vector<SessionStep> xetra_day();

class SessionClock {
 public:
  // Before the first step the market is closed.  Throws std::invalid_argument where
  // steps are missing, out of order, outside the day, or random windows overlap.
  explicit SessionClock(std::span<const SessionStep> steps, std::uint64_t seed = 0);

  [[nodiscard]] Phase phase(Nanos now) const;
  // The first change after `now`, or kNever.
  [[nodiscard]] Nanos next_change(Nanos now) const;
  // The steps with their random ends drawn.
  [[nodiscard]] std::span<const SessionStep> steps() const { return steps_; }

 private:
  std::vector<SessionStep> steps_;
};

}  // namespace ai_trading::rules
