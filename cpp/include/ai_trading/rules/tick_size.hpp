// In which steps an order may be priced, where that depends on the price.
//
// Units       tables are data in 1e-9 of the currency; a TickTable holds one of them in
//             the ticks of an instrument.
// Boundaries  a row holds from its price, included, up to the next row's, excluded.
// Negative    prices below the first row step as the first row says.
// Cost        a search in at most some twenty rows.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ai_trading/base/units.hpp"

namespace ai_trading::rules {

// From `from_nano` upwards prices are multiples of `step_nano`.
struct TickRow {
  std::int64_t from_nano{};
  std::int64_t step_nano{};
};

// SEC Rule 612 of Regulation NMS (17 CFR 242.612): a cent from $1.00, 0.0001 below.
[[nodiscard]] std::span<const TickRow> rule_612();

// The same as amended in 2024 (Release 34-101070) for a stock whose time-weighted
// average quoted spread was 1.5 cents or less: half a cent from $1.00.
[[nodiscard]] std::span<const TickRow> rule_612_half_cent();

// Annex of Commission Delegated Regulation (EU) 2017/588 (MiFID II, RTS 11), for a
// share with this average daily number of transactions in its most relevant market.
// Throws std::invalid_argument where that is negative or not a number.
[[nodiscard]] std::vector<TickRow> mifid_2(double transactions_a_day);

class TickTable {
 public:
  // One step for all prices.
  explicit TickTable(Ticks step = Ticks{1});

  // Throws std::invalid_argument where rows are missing or out of order, a price or a
  // step is not a whole number of ticks, or a row does not begin on its own step and on
  // that of the row before.
  TickTable(std::span<const TickRow> rows, std::int64_t tick_nano);

  [[nodiscard]] Ticks step(Ticks price) const { return row(price).step; }
  [[nodiscard]] bool allows(Ticks price) const {
    return price.n % row(price).step.n == 0;
  }

  // The nearest allowed price that is not above, or not below.
  [[nodiscard]] Ticks down(Ticks price) const;
  [[nodiscard]] Ticks up(Ticks price) const;

  // Away from trading: a buy down, a sell up.
  [[nodiscard]] Ticks passive(Side side, Ticks price) const {
    return side == Side::buy ? down(price) : up(price);
  }

 private:
  struct Row {
    Ticks from, step;
  };
  [[nodiscard]] const Row& row(Ticks price) const;

  std::vector<Row> rows_;
};

}  // namespace ai_trading::rules
