#include "ai_trading/desk/ledger.hpp"

namespace ai_trading::desk {

namespace {

// The part of `cost` that belongs to `closed` of `held` lots.
Money share_of(Money cost, std::int64_t closed, std::int64_t held) {
  if (closed == held) return cost;
  const Int128 whole = cost.atto / held;
  const Int128 rest = cost.atto % held;
  // An even number is set apart, so that the rounding sees whether the sum is odd.
  const Int128 odd = (whole * closed) & 1;
  return {whole * closed - odd + divide_half_even(rest * closed + odd * held, held)};
}

}  // namespace

Money Ledger::book(InstrumentIndex instrument, Side side, Ticks price, Lots quantity,
                   Money fee) {
  Position& held = positions_[instrument];
  const Instrument& terms = instruments_[instrument];
  const std::int64_t direction = sign(side);
  const Money value = terms.value(price, quantity);
  cash_ -= Money{value.atto * direction} + fee;
  held.fees += fee;

  const bool against = held.quantity.n * direction < 0;
  const std::int64_t size = held.quantity.n < 0 ? -held.quantity.n : held.quantity.n;
  const std::int64_t closed = against ? std::min(size, quantity.n) : 0;
  Money profit;
  if (closed > 0) {
    const Money released = share_of(held.cost, closed, size);
    const Money proceeds = terms.value(price, Lots{closed});
    profit = Money{-direction * proceeds.atto} - released;
    held.cost -= released;
    held.realized += profit;
  }
  const Lots opened{quantity.n - closed};
  held.cost += Money{terms.value(price, opened).atto * direction};
  held.quantity += Lots{direction * quantity.n};
  return profit;
}

Money Ledger::market_value(InstrumentIndex instrument) const {
  const Position& held = positions_[instrument];
  if (held.quantity.n == 0) return {};
  if (!held.marked) return held.cost;
  return instruments_[instrument].value(held.mark, held.quantity);
}

Ledger::Totals Ledger::totals() const {
  Totals totals{};
  totals.cash = cash_;
  totals.value = cash_;
  for (InstrumentIndex i = 0; i < positions_.size(); ++i) {
    const Position& held = positions_[i];
    totals.realized += held.realized;
    totals.fees += held.fees;
    if (held.quantity.n == 0) continue;
    const Money worth = market_value(i);
    totals.value += worth;
    totals.unrealized += worth - held.cost;
    totals.gross += worth < Money{} ? -worth : worth;
  }
  return totals;
}

}  // namespace ai_trading::desk
