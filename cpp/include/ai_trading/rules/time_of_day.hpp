// Time as market rules speak of it: by the exchange's wall clock.
//
// Units       Nanos since local midnight of the trading day.  Rules name times such as
//             15:35 in New York, so whoever turns UTC into this (a calendar, once a
//             day: offset constant while a market is open) owns time zones; no object
//             in this folder knows a date or reads a clock.
#pragma once

#include <cstdint>

#include "ai_trading/base/units.hpp"

namespace ai_trading::rules {

inline constexpr Nanos kSecond{1'000'000'000};
inline constexpr Nanos kMinute{60 * kSecond.n};
inline constexpr Nanos kDay{24 * 60 * kMinute.n};

[[nodiscard]] constexpr Nanos clock_time(std::int64_t hours, std::int64_t minutes,
                                         std::int64_t seconds = 0) {
  return {(hours * 60 + minutes) * kMinute.n + seconds * kSecond.n};
}

[[nodiscard]] constexpr Nanos seconds(std::int64_t n) { return {n * kSecond.n}; }
[[nodiscard]] constexpr Nanos minutes(std::int64_t n) { return {n * kMinute.n}; }

}  // namespace ai_trading::rules
