#include "ai_trading/venue/bar_venue.hpp"

namespace ai_trading::venue {

Lots BarVenue::fill(OwnOrder& order, const feed::Bar& bar, Nanos at, Ticks price,
                    Liquidity liquidity, std::vector<Report>& out) {
  Lots& room = volume_left_[bar.instrument];
  const Lots quantity = std::min(order.left, room);
  if (quantity.n <= 0) return {};
  order.left -= quantity;
  room -= quantity;
  report_fill(at, order.id, bar.instrument, order.side, price, quantity, liquidity,
              out);
  return quantity;
}

// A bar shows no depth, so an order pays its own push besides that of earlier ones.
void BarVenue::fill_shifted(OwnOrder& order, const feed::Bar& bar, Ticks open,
                            std::vector<Report>& out) {
  const Lots quantity = std::min(order.left, volume_left_[bar.instrument]);
  if (quantity.n <= 0) return;
  shift_->move_to(bar.instrument, order.side, Nanos{bar.start});
  const double own = shift_->push_of(bar.instrument, quantity);
  const Ticks paid = shift_->paid(bar.instrument, order.side, open, own);
  if (better(order.side, paid, order.price)) return;
  shift_->push(bar.instrument, order.side, quantity);
  (void)fill(order, bar, Nanos{bar.start}, paid, Liquidity::taker, out);
}

void BarVenue::trade_at_open(const feed::Bar& bar, Side side,
                             std::vector<Report>& out) {
  auto& queue = own_[bar.instrument].side(side);
  if (queue.empty()) return;
  const Ticks paid{bar.open + sign(side) * model_.half_spread.n};
  for (OwnOrder& order : queue) {
    if (order.arrived > Nanos{bar.start}) continue;
    if (shift_) [[unlikely]] {
      fill_shifted(order, bar, paid, out);
      continue;
    }
    if (better(side, paid, order.price)) continue;
    (void)fill(order, bar, Nanos{bar.start}, paid, Liquidity::taker, out);
  }
  own_[bar.instrument].drop_filled(side);
  queue.erase_if([&](const OwnOrder& order) {
    if (!order.immediate || order.arrived > Nanos{bar.start}) return false;
    out.push_back(answer(Nanos{bar.start}, order.id, bar.instrument,
                         Report::Kind::canceled, Reject::no_liquidity));
    return true;
  });
}

void BarVenue::trade_inside(const feed::Bar& bar, Side side, std::vector<Report>& out) {
  auto& queue = own_[bar.instrument].side(side);
  if (queue.empty()) return;
  const Ticks reached{(side == Side::buy ? bar.low : bar.high) +
                      sign(side) * model_.half_spread.n};
  for (OwnOrder& order : queue) {
    if (order.arrived > Nanos{bar.start}) continue;
    const bool through = better(side, order.price, reached);
    if (!through && !(model_.touch_fills && order.price == reached)) continue;
    // Only a market order that lacked volume at the open is priced beyond all bars.
    if (order.price.n == kAnyPrice || order.price.n == -kAnyPrice) continue;
    (void)fill(order, bar, Nanos{bar.timestamp}, order.price, Liquidity::maker, out);
  }
  own_[bar.instrument].drop_filled(side);
}

void BarVenue::on_open(const feed::Bar& bar, std::vector<Report>& out) {
  if (model_.volume_cap == 0) {
    volume_left_[bar.instrument] = Lots{std::numeric_limits<std::int64_t>::max()};
  } else {
    const Int128 cap = Int128{bar.volume} * model_.volume_cap / 1'000'000;
    volume_left_[bar.instrument] = Lots{static_cast<std::int64_t>(cap)};
  }
  if (own_[bar.instrument].empty()) return;
  trade_at_open(bar, Side::buy, out);
  trade_at_open(bar, Side::sell, out);
}

bool BarVenue::high_first(const feed::Bar& bar) const {
  switch (model_.path) {
    case BarPath::low_first:
      return false;
    case BarPath::high_first:
      return true;
    case BarPath::nearest_first:
      break;
  }
  return bar.high - bar.open < bar.open - bar.low;
}

void BarVenue::on_end(const feed::Bar& bar, std::vector<Report>& out) {
  if (own_[bar.instrument].empty()) return;
  const Side first = high_first(bar) ? Side::sell : Side::buy;
  trade_inside(bar, first, out);
  trade_inside(bar, opposite(first), out);
}

}  // namespace ai_trading::venue
