#include "ai_trading/venue/flow_stage.hpp"

#include <algorithm>

#include "ai_trading/venue/flow_market.hpp"

namespace ai_trading::venue {

using matching::Gone;
using matching::NewOrder;
using matching::OrderView;

namespace {

constexpr bool yours(OrderId id) { return id >= FlowStage::kOwnIds; }

}  // namespace

FlowStage::FlowStage(const FlowSettings& settings, Nanos now)
    : symbols_(settings.symbols),
      feed_(events_, feed::flag::simulated),
      listener_(*this),
      engine_(listener_, settings.symbols.size()),
      market_(settings.rules ? std::make_unique<FlowMarket>(*this, settings) : nullptr),
      books_(market_ ? market_->books() : engine_.books()),
      now_(now) {
  if (market_ || !settings.keeps_steps) return;
  for (InstrumentIndex i = 0; i < symbols_.size(); ++i)
    if (symbols_[i].step.n != 1)
      (void)engine_.configure(i, {symbols_[i].step, {}, Lots{1}});
}

FlowStage::~FlowStage() = default;

void FlowStage::begin(Nanos now, InstrumentIndex instrument) {
  now_ = std::max(now_, now);
  if (market_) [[unlikely]]
    market_->advance(now_);
  feed_.begin(now_);
  writer_.begin(now_, instrument, 0, answers_);
  if (!market_) [[likely]]
    (void)engine_.advance(now_);
}

OrderId FlowStage::send(NewOrder order) {
  order.id = next_id_++;
  if (market_) [[unlikely]] {
    market_->send(order);
  } else {
    (void)engine_.submit(order);
  }
  return order.id;
}

OrderId FlowStage::send(NewOrder order, const matching::Terms& terms) {
  order.id = next_id_++;
  if (market_) [[unlikely]] {
    market_->send(order, terms);
  } else {
    (void)engine_.submit(order, terms);
  }
  return order.id;
}

OrderId FlowStage::send_to_auction(NewOrder order) {
  order.id = next_auction_id_++;
  market_->send(order);
  return order.id;
}

OrderId FlowStage::replace(OrderId id, Ticks price, Lots left) {
  const OrderId made = next_id_++;
  if (market_) [[unlikely]]
    return market_->replace(id, made, price, left) == Reject::none ? made : id;
  (void)engine_.replace(id, made, price, left);
  return made;
}

Reject FlowStage::market_submit(const NewOrder& order) {
  return market_->submit(order);
}
Reject FlowStage::market_submit(const NewOrder& order, const matching::Terms& terms) {
  return market_->submit(order, terms);
}
Reject FlowStage::market_change(const matching::Change& change) {
  return market_->change(change);
}
Reject FlowStage::market_cancel(OrderId id) { return market_->cancel(id); }
Reject FlowStage::market_amend(OrderId id, Ticks price, Lots left) {
  return market_->amend(id, price, left);
}

std::optional<OrderView> FlowStage::order(OrderId id) const {
  return market_ ? market_->order(id) : engine_.order(id);
}

std::optional<Ticks> FlowStage::stop_price(OrderId id) const {
  return market_ ? market_->stop_price(id) : engine_.stop_price(id);
}

std::uint64_t FlowStage::state_hash() const {
  return market_ ? market_->state_hash() : engine_.state_hash();
}

std::uint64_t FlowStage::trades() const {
  return market_ ? market_->trades() : engine_.trades();
}

void FlowStage::status(InstrumentIndex instrument, feed::TradingState state,
                       char letter) {
  feed::Event event{};
  event.timestamp = now_.n;
  event.instrument = instrument;
  event.kind = static_cast<std::uint8_t>(feed::EventKind::status);
  event.side = static_cast<std::uint8_t>(Side::none);
  event.flags = feed::flag::simulated;
  event.order_id = static_cast<unsigned char>(letter);
  event.aux = static_cast<std::uint64_t>(state);
  events_.push_back(event);
}

std::optional<std::int64_t> FlowStage::best_step(InstrumentIndex instrument,
                                                 Side side) const {
  const auto best = books().best(instrument, side);
  if (!best) return std::nullopt;
  const std::int64_t step = symbols_[instrument].step.n;
  return best->price.n / step +
         (side == Side::sell && best->price.n % step != 0 ? 1 : 0);
}

std::optional<std::int64_t> FlowStage::passive_step(InstrumentIndex instrument,
                                                    Side side) const {
  const auto across = books().best(instrument, opposite(side));
  if (!across) return std::nullopt;
  const std::int64_t step = symbols_[instrument].step.n;
  return side == Side::buy ? (across->price.n - 1) / step : across->price.n / step + 1;
}

// What leaves 64 bits is not told.
void FlowStage::count(const matching::Trade& trade) {
  const auto value = notional(trade.price, trade.quantity);
  const auto sum = value ? checked_add(traded_.value, *value) : std::nullopt;
  if (!sum) return;
  traded_.volume += trade.quantity;
  traded_.value = *sum;
}

void FlowStage::Listener::accepted(const NewOrder& order) {
  if (yours(order.id)) stage->writer_.accepted(order);
}

void FlowStage::Listener::rejected(OrderId id, Reject why) {
  if (yours(id)) stage->writer_.rejected(id, why);
}

void FlowStage::Listener::traded(const matching::Trade& trade) {
  stage->feed_.traded(trade);
  if (yours(trade.maker) || yours(trade.taker)) {
    stage->writer_.traded(trade);
  } else {
    stage->count(trade);
  }
  stage->model_->traded(trade);
}

void FlowStage::Listener::rested(const OrderView& order) {
  stage->feed_.rested(order);
  if (yours(order.id)) {
    stage->writer_.rested(order);
  } else {
    stage->model_->rested(order);
  }
}

void FlowStage::Listener::replenished(const OrderView& order) {
  stage->feed_.replenished(order);
  if (yours(order.id)) stage->writer_.replenished(order);
}

void FlowStage::Listener::triggered(const OrderView& order) {
  if (yours(order.id)) stage->writer_.triggered(order);
}

void FlowStage::Listener::replaced(const matching::Replaced& change) {
  stage->feed_.replaced(change);
  if (yours(change.before.id)) stage->writer_.replaced(change);
}

void FlowStage::Listener::canceled(const OrderView& order, Gone why) {
  stage->feed_.canceled(order, why);
  if (yours(order.id)) stage->writer_.canceled(order, why);
}

void FlowStage::Listener::expired(const OrderView& order) {
  stage->feed_.expired(order);
  if (yours(order.id)) stage->writer_.expired(order);
}

}  // namespace ai_trading::venue
