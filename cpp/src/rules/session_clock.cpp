#include "ai_trading/rules/session_clock.hpp"

#include <stdexcept>
#include <string>

#include "ai_trading/base/rng.hpp"

namespace ai_trading::rules {

std::vector<SessionStep> us_equity_day(Nanos close) {
  return {{clock_time(4, 0), Phase::pre_open},
          {clock_time(9, 25), Phase::opening_auction},
          {clock_time(9, 30), Phase::continuous},
          {close, Phase::closing_auction},
          {close + kSecond, Phase::closed}};
}

std::vector<SessionStep> xetra_day() {
  const Nanos random = seconds(30);
  return {{clock_time(7, 30), Phase::pre_open},
          {clock_time(8, 50), Phase::opening_auction},
          {clock_time(9, 0), Phase::continuous, random},
          {clock_time(13, 0), Phase::intraday_auction},
          {clock_time(13, 2), Phase::continuous, random},
          {clock_time(17, 30), Phase::closing_auction},
          {clock_time(17, 35), Phase::closed, random}};
}

SessionClock::SessionClock(std::span<const SessionStep> steps, std::uint64_t seed)
    : steps_(steps.begin(), steps.end()) {
  if (steps.empty())
    throw std::invalid_argument("session clock: it needs one step or more");
  Rng rng(seed);
  Nanos earliest{0};
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    SessionStep& step = steps_[i];
    if (step.random.n < 0 || step.at < earliest || step.at > kDay - step.random)
      throw std::invalid_argument("session clock: step " + std::to_string(i) + " at " +
                                  std::to_string(step.at.n) +
                                  " ns: steps must follow one another, with their " +
                                  "random ends, within a day of 86400e9 ns");
    earliest = step.at + step.random + Nanos{1};
    if (step.random.n > 0)
      step.at += Nanos{static_cast<std::int64_t>(
          rng.below(static_cast<std::uint64_t>(step.random.n) + 1))};
  }
}

Phase SessionClock::phase(Nanos now) const {
  Phase phase = Phase::closed;
  for (const SessionStep& step : steps_) {
    if (step.at > now) break;
    phase = step.phase;
  }
  return phase;
}

Nanos SessionClock::next_change(Nanos now) const {
  for (const SessionStep& step : steps_)
    if (step.at > now) return step.at;
  return kNever;
}

}  // namespace ai_trading::rules
