#include "ai_trading/venue/flow_market.hpp"

#include <algorithm>
#include <utility>

namespace ai_trading::venue {

using feed::EventKind;
using feed::TradingState;
using matching::Gone;
using matching::NewOrder;
using matching::OrderView;
using rules::Phase;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

constexpr bool yours(OrderId id) { return id >= FlowStage::kOwnIds; }

constexpr bool for_auction_only(const NewOrder& order) {
  return order.time_in_force == TimeInForce::at_the_open ||
         order.time_in_force == TimeInForce::at_the_close;
}

bool gathers(Phase phase) {
  return phase == Phase::pre_open || rules::is_auction(phase);
}

}  // namespace

FlowMarket::FlowMarket(FlowStage& stage, const FlowSettings& settings)
    : stage_(stage),
      ear_(*this),
      told_(settings.symbols.size()),
      market_(ear_, settings.rules->market, settings.rules->listings),
      crowd_(stage, settings) {
  for (std::size_t i = 0; i < told_.size(); ++i) {
    told_[i].last = settings.symbols[i].price;
    told_[i].close = settings.rules->listings[i].previous_close;
  }
  const MarketTerms& terms = settings.rules->market;
  const rules::SessionStep& last = terms.timetable.back();
  end_ = terms.midnight + last.at + last.random;
}

void FlowMarket::begin(Nanos now) {
  stage_.feed_.begin(now);
  stage_.writer_.begin(now, 0, 0, stage_.answers_);
}

void FlowMarket::advance(Nanos now) {
  while (market_.next_due() <= now) {
    const Nanos at = std::max(market_.next_due(), market_.now());
    begin(at);
    (void)market_.advance(at);
    tell_resumed();
  }
  begin(now);
  (void)market_.advance(now);
}

void FlowMarket::tell_resumed() {
  while (!resumed_.empty()) {
    const InstrumentIndex i = resumed_.back();
    resumed_.pop_back();
    crowd_.leave(i);
    stage_.model_->resumed(i);
  }
}

// Orders.

Ticks FlowMarket::within_bands(InstrumentIndex i, Side side, Ticks price) const {
  const auto bands = market_.bands(i);
  if (!bands) return price;
  const std::int64_t step = stage_.symbol(i).step.n;
  if (side == Side::buy) {
    const Ticks most{bands->upper.n / step * step};
    return std::min(price, std::max(most, bands->lower));
  }
  const Ticks least{(bands->lower.n + step - 1) / step * step};
  return std::max(price, std::min(least, bands->upper));
}

void FlowMarket::to_band(NewOrder& order) const {
  if (order.type == OrderType::market) return;
  order.price = within_bands(order.instrument, order.side, order.price);
}

void FlowMarket::send(NewOrder order) {
  to_band(order);
  (void)market_.submit(order);
}

void FlowMarket::send(NewOrder order, const matching::Terms& terms) {
  to_band(order);
  (void)market_.submit(order, terms);
}

Reject FlowMarket::replace(OrderId id, OrderId made, Ticks price, Lots left) {
  const auto order = market_.order(id);
  if (!order) return Reject::unknown_id;
  return market_.replace(id, made, within_bands(order->instrument, order->side, price),
                         left);
}

Reject FlowMarket::submit(const NewOrder& order, const matching::Terms& terms) {
  const Reject bad = market_.submit(order, terms);
  tell_resumed();
  return bad;
}

Reject FlowMarket::cancel(OrderId id) { return market_.cancel(id); }

Reject FlowMarket::amend(OrderId id, Ticks price, Lots left) {
  return market_.amend(id, price, left);
}

Reject FlowMarket::change(const matching::Change& change) {
  return market_.replace(change);
}

Reject FlowMarket::halt(InstrumentIndex i) { return market_.halt(i); }

Reject FlowMarket::resume(InstrumentIndex i) {
  const Reject bad = market_.resume(i);
  tell_resumed();
  return bad;
}

int FlowMarket::index(std::int64_t value) { return market_.index(value); }

// What the public hears.

feed::Event& FlowMarket::push(EventKind kind, InstrumentIndex i) {
  feed::Event event{};
  event.timestamp = market_.now().n;
  event.instrument = i;
  event.kind = static_cast<std::uint8_t>(kind);
  event.side = static_cast<std::uint8_t>(Side::none);
  event.flags = feed::flag::simulated;
  stage_.events_.push_back(event);
  return stage_.events_.back();
}

void FlowMarket::tell_status(InstrumentIndex i, TradingState state, char letter) {
  Told& t = told_[i];
  if (t.state == state && t.letter == letter) return;
  t.state = state;
  t.letter = letter;
  feed::Event& event = push(EventKind::status, i);
  event.order_id = static_cast<unsigned char>(letter);
  event.aux = static_cast<std::uint64_t>(state);
}

void FlowMarket::tell_collar(InstrumentIndex i) {
  const auto collar = market_.reopening_collar(i);
  if (!collar) return;
  feed::Event& event = push(EventKind::info, i);
  event.aux = 'J';
  event.price = market_.reopening_reference(i).n;
  event.quantity = collar->upper.n;
  event.order_id =
      static_cast<std::uint64_t>(std::max(collar->lower.n, std::int64_t{})) |
      std::uint64_t{told_[i].extensions} << 32;
}

void FlowMarket::tell_cross(InstrumentIndex i) {
  Told& t = told_[i];
  const char letter = std::exchange(t.uncross, 0);
  const Lots volume = std::exchange(t.volume, Lots{});
  if (letter == 0) return;
  if (volume.n == 0 && letter != 'O' && letter != 'C') return;
  feed::Event& event = push(EventKind::cross, i);
  event.order_id = static_cast<unsigned char>(letter);
  event.quantity = volume.n;
  if (volume.n == 0) return;
  event.price = t.price.n;
  event.aux = t.match;
}

void FlowMarket::cross(const matching::Trade& trade) {
  Told& t = told_[trade.instrument];
  t.last = t.price = trade.price;
  t.low = std::min(t.low, trade.price);
  t.volume += trade.quantity;
  t.match = trade.match;
  matching::Trade seen = trade;
  seen.maker_shown = trade.maker_shown && !unseen(trade.maker);
  seen.taker_shown = trade.taker_shown && !unseen(trade.taker);
  if (seen.maker_shown || seen.taker_shown) {
    std::vector<feed::Event>& events = stage_.events_;
    const std::size_t before = events.size();
    stage_.feed_.traded(seen);
    for (std::size_t k = before; k < events.size(); ++k)
      events[k].flags |= feed::flag::unprinted;
  }
  if (yours(trade.maker) || yours(trade.taker)) stage_.writer_.traded(trade);
  if (trade.maker_left.n == 0) unseen_.erase(trade.maker);
  if (trade.taker_left.n == 0) unseen_.erase(trade.taker);
  stage_.model_->crossed(trade);
}

void FlowMarket::Ear::accepted(const NewOrder& order) {
  if (!yours(order.id)) return;
  if (for_auction_only(order)) market->unseen_.insert(order.id);
  market->stage_.writer_.accepted(order);
}

void FlowMarket::Ear::rejected(OrderId id, Reject why) {
  if (yours(id)) market->stage_.writer_.rejected(id, why);
}

void FlowMarket::Ear::traded(const matching::Trade& trade) {
  if (trade.auction) return market->cross(trade);
  Told& told = market->told_[trade.instrument];
  told.last = trade.price;
  told.low = std::min(told.low, trade.price);
  market->stage_.listener_.traded(trade);
}

void FlowMarket::Ear::rested(const OrderView& order) {
  if (!market->unseen(order.id)) return market->stage_.listener_.rested(order);
  if (yours(order.id)) market->stage_.writer_.rested(order);
}

void FlowMarket::Ear::replenished(const OrderView& order) {
  market->stage_.listener_.replenished(order);
}

void FlowMarket::Ear::triggered(const OrderView& order) {
  market->stage_.listener_.triggered(order);
}

void FlowMarket::Ear::replaced(const matching::Replaced& change) {
  if (!market->unseen(change.before.id))
    return market->stage_.listener_.replaced(change);
  market->stage_.writer_.replaced(change);
}

void FlowMarket::Ear::canceled(const OrderView& order, Gone why) {
  if (!market->unseen(order.id)) {
    market->stage_.listener_.canceled(order, why);
    if (why == Gone::band && !yours(order.id)) market->stage_.model_->lost(order);
    return;
  }
  market->unseen_.erase(order.id);
  if (yours(order.id)) market->stage_.writer_.canceled(order, why);
}

void FlowMarket::Ear::expired(const OrderView& order) {
  if (!market->unseen(order.id)) return market->stage_.listener_.expired(order);
  market->unseen_.erase(order.id);
  if (yours(order.id)) market->stage_.writer_.expired(order);
}

void FlowMarket::Ear::indicative(const matching::Indicative& now) {
  Told& t = market->told_[now.instrument];
  const std::int64_t second = market->market_.now().n / kSecond;
  if (second == t.imbalance || now.volume.n == 0) return;
  t.imbalance = second;
  const std::int64_t over = now.imbalance.n;
  feed::Event& event = market->push(EventKind::imbalance, now.instrument);
  if (over != 0)
    event.side = static_cast<std::uint8_t>(over > 0 ? Side::buy : Side::sell);
  event.order_id = t.phase == Phase::closing_auction ? 'C' : t.opened ? 'H' : 'O';
  event.price = now.price.n;
  event.quantity = over < 0 ? -over : over;
  event.aux = static_cast<std::uint64_t>(now.volume.n);
}

void FlowMarket::Ear::market_wide(int level, Nanos) {
  feed::Event& event = market->push(EventKind::info, 0);
  event.aux = 'W';
  event.order_id = static_cast<std::uint64_t>('0' + level);
}

void FlowMarket::Ear::phase_changed(const PhaseChange& change) {
  const InstrumentIndex i = change.instrument;
  Told& t = market->told_[i];
  const Phase from = std::exchange(t.phase, change.phase);
  t.cause = change.halt;
  const char stopped = change.halt == Halt::luld ? 'P' : 'H';
  switch (change.phase) {
    case Phase::continuous:
    case Phase::closed:
      if (gathers(from))
        t.uncross = from == Phase::closing_auction    ? 'C'
                    : !t.opened                       ? 'O'
                    : from == Phase::intraday_auction ? 'I'
                                                      : 'H';
      return;  // told when it has traded
    case Phase::halted:
      return market->tell_status(i, TradingState::halted, stopped);
    case Phase::closing_auction:
      return;
    case Phase::reopening_auction:
      t.extensions = from == change.phase ? t.extensions + 1 : 0;
      if (from == Phase::continuous)
        market->tell_status(i, TradingState::halted, stopped);
      if (change.halt == Halt::luld) market->tell_collar(i);
      [[fallthrough]];
    case Phase::pre_open:
    case Phase::opening_auction:
    case Phase::intraday_auction:
      return market->tell_status(i, TradingState::quotation, 'Q');
  }
}

void FlowMarket::Ear::state_changed(const matching::StateChange& change) {
  const InstrumentIndex i = change.instrument;
  if (change.state == matching::TradingState::continuous) {
    market->tell_cross(i);
    market->tell_status(i, TradingState::continuous, 'T');
    market->told_[i].opened = true;
    market->resumed_.push_back(i);
  } else if (change.state == matching::TradingState::closed) {
    market->tell_cross(i);
    market->tell_status(i, TradingState::closed, 0);
  }
}

}  // namespace ai_trading::venue
