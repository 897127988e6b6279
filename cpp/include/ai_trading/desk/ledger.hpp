// Cash and positions, in exact money.
//
// Positions are carried at average cost.  After every fill
//   cash + cost of the positions = deposits + realised profit - fees
// to the last 1e-18, since a part of a position takes its cost with it by a single
// rounding, half to even, and the rest keeps what remains.
//
// Cost        booking a fill O(1); totals O(instruments).
#pragma once

#include <vector>

#include "ai_trading/base/instrument.hpp"
#include "ai_trading/base/money.hpp"
#include "ai_trading/base/units.hpp"

namespace ai_trading::desk {

struct Position {
  Lots quantity;   // signed
  Money cost;      // what it was bought for; negative for a short position
  Money realized;  // profit closed so far, before fees
  Money fees;
  Ticks mark;  // last known price
  bool marked{};
};

class Ledger {
 public:
  Ledger(std::vector<Instrument> instruments, Money cash)
      : instruments_(std::move(instruments)),
        positions_(instruments_.size()),
        cash_(cash) {}

  // Books one execution and returns the profit it closed, before fees.
  Money book(InstrumentIndex instrument, Side side, Ticks price, Lots quantity,
             Money fee);

  void mark(InstrumentIndex instrument, Ticks price) {
    positions_[instrument].mark = price;
    positions_[instrument].marked = true;
  }

  [[nodiscard]] Money cash() const { return cash_; }
  [[nodiscard]] const Position& position(InstrumentIndex instrument) const {
    return positions_[instrument];
  }
  [[nodiscard]] const Instrument& instrument(InstrumentIndex index) const {
    return instruments_[index];
  }
  [[nodiscard]] std::size_t instruments() const { return instruments_.size(); }

  // What the position would fetch at the last known price.
  [[nodiscard]] Money market_value(InstrumentIndex instrument) const;

  struct Totals {
    Money cash, value, realized, unrealized, fees, gross;
  };
  [[nodiscard]] Totals totals() const;

 private:
  std::vector<Instrument> instruments_;
  std::vector<Position> positions_;
  Money cash_;
};

}  // namespace ai_trading::desk
