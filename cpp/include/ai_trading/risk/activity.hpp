// What is counted of a scope: messages, trades, executions, open orders, profit.
//
// Repeatable  whole numbers; time is an argument.
// Cost        O(1).
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "ai_trading/base/money.hpp"
#include "ai_trading/base/units.hpp"

namespace ai_trading::risk {

// Messages allowed now, in 1e-12 of one, so that a rate in 1e-3 per second adds a whole
// number every nanosecond.
struct Bucket {
  static constexpr std::int64_t kOne = 1'000'000'000'000;
  static constexpr std::int64_t kNotBegun = std::numeric_limits<std::int64_t>::min();

  std::int64_t level{};
  Nanos at{kNotBegun};

  // Fills up to `now`.  A rate is up to 1e9 (a million a second), a burst up to 1e6.
  void fill(std::int64_t rate_milli, std::int64_t burst, Nanos now) {
    const std::int64_t full = burst * kOne;
    if (at.n == kNotBegun) {
      level = full;
      at = now;
      return;
    }
    if (now <= at) return;
    level = level_at(rate_milli, full, now);
    at = now;
  }
  // What it has at a time that is not before `at`, where `full` is all that it holds.
  [[nodiscard]] std::int64_t level_at(std::int64_t rate_milli, std::int64_t full,
                                      Nanos now) const {
    if (now <= at) return level;
    std::int64_t more;
    const bool much = __builtin_mul_overflow(now.n - at.n, rate_milli, &more);
    return much || more > full - level ? full : level + more;
  }
  [[nodiscard]] bool has_one() const { return level >= kOne; }
  void take() { level -= std::min(level, kOne); }
};

// Events of the present span of time and the one before it.
struct Spans {
  std::int64_t span{};
  std::uint32_t now{}, before{};

  void roll(std::int64_t length, Nanos at) {
    const std::int64_t present = at.n / length;
    if (present == span) return;
    before = present == span + 1 ? now : 0;
    now = 0;
    span = present;
  }
  [[nodiscard]] std::int64_t sum() const { return std::int64_t{now} + before; }
};

struct alignas(64) Counters {
  Money open_notional;
  Bucket bucket;
  std::uint32_t messages{};  // of the day
  std::uint32_t trades{};    // of the day
  Spans executions;
  std::uint32_t open_orders{};
};
static_assert(sizeof(Counters) == 64);

// Profit since the beginning, and what it is measured from.
struct Profit {
  Money flow;   // received less paid, fees included
  Money value;  // of what is held
  Money start;  // profit when the day began
  Money peak;

  [[nodiscard]] Money now() const { return flow + value; }
  [[nodiscard]] Money lost() const { return start - now(); }
};

}  // namespace ai_trading::risk
