#include "ai_trading/venue/bar_venue.hpp"

namespace ai_trading::venue {

namespace {

// What linked orders have left nothing of is no longer there to expire.
void drop_spent(OwnOrders& own) {
  for (const Side side : {Side::buy, Side::sell}) own.drop_filled(side);
}

}  // namespace

Lots BarVenue::fill(OwnOrder& order, const feed::Bar& bar, Nanos at, Ticks price,
                    Liquidity liquidity, std::vector<Report>& out) {
  Lots& room = volume_left_[bar.instrument];
  const Lots quantity = std::min(order.left, room);
  if (quantity.n <= 0 || declines(order, room)) return {};
  order.left -= quantity;
  room -= quantity;
  report_fill(at, order.id, bar.instrument, order.side, price, quantity, liquidity,
              out);
  if (special_) [[unlikely]] {
    if (order.style == Style::unpriced)
      priced_.push_back({order.id, order.side, price});
    spend_links(bar.instrument, order.id, quantity);
  }
  return quantity;
}

void BarVenue::spend_links(InstrumentIndex instrument, OrderId id, Lots quantity) {
  Stops& stops = special_->stops(instrument);
  for (const OrderId other : special_->linked(id)) {
    if (other == id) continue;
    if (WaitingStop* stop = stops.find(other)) {
      stop->quantity -= std::min(quantity, stop->quantity);
      if (stop->quantity.n > 0) continue;
      (void)stops.take(other);
      special_->spend(instrument, other);
      continue;
    }
    for (const Side side : {Side::buy, Side::sell}) {
      OwnOrder* order = own_[instrument].find(side, other);
      if (order == nullptr || order->left.n == 0) continue;
      const Lots cut = std::min(quantity, order->left);
      order->left -= cut;
      order->total -= cut;
      if (order->left.n == 0) special_->spend(instrument, other);
    }
  }
}

// A bar shows no depth, so an order pays its own push besides that of earlier ones.
void BarVenue::fill_shifted(OwnOrder& order, const feed::Bar& bar, Nanos at,
                            Ticks price, std::vector<Report>& out) {
  const Lots quantity = std::min(order.left, volume_left_[bar.instrument]);
  if (quantity.n <= 0 || declines(order, volume_left_[bar.instrument])) return;
  shift_->move_to(bar.instrument, order.side, at);
  const double own = shift_->push_of(bar.instrument, quantity);
  const Ticks paid = shift_->paid(bar.instrument, order.side, price, own);
  if (better(order.side, paid, order.price)) return;
  shift_->push(bar.instrument, order.side, quantity);
  (void)fill(order, bar, at, paid, Liquidity::taker, out);
}

void BarVenue::trade_at_open(const feed::Bar& bar, Side side,
                             std::vector<Report>& out) {
  auto& queue = own_[bar.instrument].side(side);
  if (queue.empty()) return;
  const Ticks paid{bar.open + sign(side) * model_.half_spread.n};
  for (OwnOrder& order : queue) {
    if (order.arrived > Nanos{bar.start}) continue;
    if (shift_) [[unlikely]] {
      fill_shifted(order, bar, Nanos{bar.start}, paid, out);
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

void BarVenue::give_limits(InstrumentIndex instrument, Nanos at,
                           std::vector<Report>& out) {
  for (const Priced& priced : std::exchange(priced_, {})) {
    const OwnOrder* order = own_[instrument].find(priced.side, priced.id);
    if (order == nullptr) continue;
    Command c;
    c.arrive = order->arrived;
    c.order_id = order->id;
    c.instrument = instrument;
    c.side = order->side;
    c.quantity = order->total;
    const Lots left = order->left;
    own_[instrument].erase(c.side, c.order_id);
    const std::size_t told = out.size();
    rest_at(c, priced.price, left, out);
    out[told].at = at;
  }
}

void BarVenue::trade_inside(const feed::Bar& bar, Side side, Ticks extreme,
                            std::vector<Report>& out) {
  auto& queue = own_[bar.instrument].side(side);
  if (queue.empty()) return;
  const Ticks reached{extreme.n + sign(side) * model_.half_spread.n};
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
  if (special_) [[unlikely]]
    trigger_at_open(bar, out);
  if (own_[bar.instrument].empty()) return;
  trade_at_open(bar, Side::buy, out);
  trade_at_open(bar, Side::sell, out);
  if (special_) [[unlikely]] {
    give_limits(bar.instrument, Nanos{bar.start}, out);
    drop_spent(own_[bar.instrument]);
  }
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
  if (special_) [[unlikely]]
    return walk(bar, out);
  if (own_[bar.instrument].empty()) return;
  const Side first = high_first(bar) ? Side::sell : Side::buy;
  const Ticks low{bar.low};
  const Ticks high{bar.high};
  trade_inside(bar, first, first == Side::buy ? low : high, out);
  trade_inside(bar, opposite(first), first == Side::buy ? high : low, out);
}

// A bar that opens at or through a stop triggers it: it trades as what waits for the open.
void BarVenue::trigger_at_open(const feed::Bar& bar, std::vector<Report>& out) {
  expire_due(Nanos{bar.start}, out);
  Stops& stops = special_->stops(bar.instrument);
  for (const Side side : {Side::buy, Side::sell})
    stops.list(matching::TriggerOn::last, side)
        .see(Ticks{bar.open}, stops.met, Nanos{bar.start});
  if (stopped(bar.instrument)) return;
  for (const WaitingStop& stop : stops.take_met()) {
    out.push_back(
        answer(Nanos{bar.start}, stop.id, bar.instrument, Report::Kind::restated));
    out.back().price = stop.stop;
    rest(order_of(stop, bar.instrument, stop.arrived), stop.quantity);
  }
}

// What on_end does, and what it triggers on the way.
void BarVenue::walk(const feed::Bar& bar, std::vector<Report>& out) {
  expire_due(Nanos{bar.timestamp - 1}, out);
  const Side first = high_first(bar) ? Side::sell : Side::buy;
  const Ticks low{bar.low};
  const Ticks high{bar.high};
  const Ticks close{bar.close};
  walk_to(bar, first, first == Side::buy ? low : high, out);
  walk_to(bar, opposite(first), first == Side::buy ? high : low, out);
  walk_to(bar, first, close, out);
  special_->stops(bar.instrument).last = close;
  drop_spent(own_[bar.instrument]);
}

// The price falls to one that buys wait for, or rises to one that sells do.
void BarVenue::walk_to(const feed::Bar& bar, Side reached, Ticks price,
                       std::vector<Report>& out) {
  trade_inside(bar, reached, price, out);
  Stops& stops = special_->stops(bar.instrument);
  const Nanos start{bar.start};
  // Falling prices meet stops of sells, and are followed by those of buys.
  stops.list(matching::TriggerOn::last, opposite(reached)).see(price, stops.met, start);
  stops.list(matching::TriggerOn::last, reached).see(price, stops.met, start);
  // One by one: an execution may take another one away.
  for (auto met = stops.take_met(); !met.empty(); met = stops.take_met()) {
    const WaitingStop first = met.front();
    stops.met.assign(met.begin() + 1, met.end());
    trigger_inside(bar, first, out);
  }
}

// Prices pass through the stop, so that is where it becomes an order.
void BarVenue::trigger_inside(const feed::Bar& bar, const WaitingStop& stop,
                              std::vector<Report>& out) {
  const Nanos at{bar.timestamp};
  out.push_back(answer(at, stop.id, bar.instrument, Report::Kind::restated));
  out.back().price = stop.stop;
  const Command c = order_of(stop, bar.instrument, stop.arrived);
  rest(c, stop.quantity);
  OwnOrder& order = *own_[bar.instrument].find(stop.side, stop.id);
  const Ticks paid{stop.stop.n + sign(stop.side) * model_.half_spread.n};
  if (shift_) [[unlikely]]
    fill_shifted(order, bar, at, paid, out);
  else if (!better(stop.side, paid, order.price))
    (void)fill(order, bar, at, paid, Liquidity::taker, out);
  if (order.left.n == 0) own_[bar.instrument].erase(stop.side, stop.id);
}

}  // namespace ai_trading::venue
