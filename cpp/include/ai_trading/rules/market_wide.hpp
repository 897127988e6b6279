// The market-wide circuit breaker of the US stock markets on one day.
//
// Rule        NYSE Rule 7.12 (the other exchanges' rules read alike).  A decline of the
//             S&P 500 from its previous close of
//               7 %  (level 1) and 13 % (level 2) halts all trading for 15 minutes, each
//                    level once a day, when it comes after 9:30 up to and including
//                    15:25:00 New York time (12:25:00 before a close at 13:00);
//               20 % (level 3) ends trading for the day, whenever it comes.
//             The three index values are rounded to the nearest hundredth of a point.
// Ours        a fall straight to level 2 uses level 1 up as well; a deeper level reached
//             during a halt starts a halt of its own from then.
// Units       the index in hundredths of a point; time of day as in time_of_day.hpp.
#pragma once

#include <array>
#include <cstdint>

#include "ai_trading/rules/time_of_day.hpp"

namespace ai_trading::rules {

struct MarketWideSettings {
  std::int64_t previous_close{};  // of the index, in hundredths of a point
  Nanos open = clock_time(9, 30);
  Nanos close = clock_time(16, 0);
};

class MarketWideBreaker {
 public:
  // Throws std::invalid_argument where a setting makes no sense.
  explicit MarketWideBreaker(const MarketWideSettings& settings);

  // The index is at `value`.  Returns the level that now halts the market, 0 for none.
  // Throws std::invalid_argument where time falls or the value is not positive.
  int update(Nanos now, std::int64_t value);

  // The index value, in hundredths, at or below which a level is reached: 1, 2, 3.
  [[nodiscard]] std::int64_t threshold(int level) const;

  // The deepest level that halted the market so far, 0 for none.
  [[nodiscard]] int level() const { return level_; }
  [[nodiscard]] bool halted(Nanos now) const { return now < until_; }
  // Where the last halt ends; kNever after level 3, 0 before any.
  [[nodiscard]] Nanos until() const { return until_; }

  // Everything that changes, for snapshots and state hashes.
  template <class Visit, class Self>
  static void each_field(Visit& visit, Self& self) {
    visit(self.level_);
    visit(self.until_.n);
    visit(self.now_.n);
  }

 private:
  MarketWideSettings settings_;
  std::array<std::int64_t, 3> thresholds_;
  int level_{};
  Nanos until_;
  Nanos now_;
};

}  // namespace ai_trading::rules
