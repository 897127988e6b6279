// How far from a reference price an order may be priced, or trade.
//
// Rule        a collar is a percentage by the level of the reference price, but at least
//             some amount.  The one of NYSE Rule 7.31(a)(1)(B), whose percentages are
//             those of clearly erroneous executions (Rule 7.10), comes as data: the
//             greater of $0.15 and 10 % up to $25.00, 5 % up to $50.00, 3 % above.
// Rounding    inwards to the price step, so that a price on the edge is inside.
// Units       tables in 1e-9 of the currency, prices in ticks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ai_trading/base/reject.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/rules/tick_size.hpp"

namespace ai_trading::rules {

// For references up to `to_nano`, included.
struct CollarRow {
  std::int64_t to_nano{};
  std::int64_t basis_points{};
  std::int64_t least_nano{};
};

[[nodiscard]] std::span<const CollarRow> nyse_trading_collar();

struct CollarRange {
  Ticks lowest, highest;
};

class PriceCollar {
 public:
  // References beyond the last row use it.  Throws std::invalid_argument where rows are
  // missing, out of order or negative.
  PriceCollar(std::span<const CollarRow> rows, std::int64_t tick_nano,
              TickTable increments);

  // Throws std::invalid_argument where the reference is not positive.
  [[nodiscard]] CollarRange range(Ticks reference) const;

  // A buy may not be priced above the range, nor a sell below it: price_collar.  What
  // is priced away from trading passes.
  [[nodiscard]] Reject check(Side side, Ticks price, Ticks reference) const;

 private:
  std::vector<CollarRow> rows_;
  std::int64_t tick_nano_;
  TickTable increments_;
};

}  // namespace ai_trading::rules
