#include "ai_trading/matching/batch.hpp"

#include <utility>

namespace ai_trading::matching {

BatchEngine::BatchEngine(std::size_t max_instruments, bool publish, std::uint16_t flags)
    : scribe_{publish, {}, FeedWriter(events_, flags)},
      engine_(scribe_, max_instruments) {}

void BatchEngine::apply(std::span<const Request> requests, std::vector<Answer>& out) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Nanos now{requests[i].timestamp};
    scribe_.answers.begin(now, requests[i].instrument, i, out);
    scribe_.feed.begin(now);
    apply_one(requests[i]);
  }
}

std::vector<feed::Event> BatchEngine::take_feed() { return std::exchange(events_, {}); }

void BatchEngine::apply_one(const Request& row) {
  switch (static_cast<Action>(row.action)) {
    case Action::submit:
      if (row.side > 1)
        return scribe_.answers.rejected(row.order_id, Reject::side_missing);
      if (row.type > 1 || row.time_in_force > 1) break;
      (void)engine_.submit({row.order_id, row.instrument, row.owner,
                            static_cast<Side>(row.side),
                            static_cast<OrderType>(row.type),
                            static_cast<TimeInForce>(row.time_in_force),
                            Ticks{row.price}, Lots{row.quantity}});
      return;
    case Action::cancel:
      (void)engine_.cancel(row.order_id);
      return;
    case Action::replace:
      (void)engine_.replace(row.order_id, row.new_id, Ticks{row.price},
                            Lots{row.quantity});
      return;
    case Action::expire:
      (void)engine_.expire(row.instrument);
      return;
  }
  scribe_.answers.rejected(row.order_id, Reject::not_supported_here);
}

void BatchEngine::Scribe::traded(const Trade& trade) {
  if (publish) feed.traded(trade);
  answers.traded(trade);
}

void BatchEngine::Scribe::rested(const OrderView& order) {
  if (publish) feed.rested(order);
  answers.rested(order);
}

void BatchEngine::Scribe::replaced(const Replaced& change) {
  if (publish) feed.replaced(change);
  answers.replaced(change);
}

void BatchEngine::Scribe::canceled(const OrderView& order, Gone why) {
  if (publish) feed.canceled(order, why);
  answers.canceled(order, why);
}

void BatchEngine::Scribe::expired(const OrderView& order) {
  if (publish) feed.expired(order);
  answers.expired(order);
}

void AnswerWriter::begin(Nanos now, InstrumentIndex instrument, std::size_t request,
                         std::vector<Answer>& out) {
  out_ = &out;
  now_ = now;
  instrument_ = instrument;
  request_ = static_cast<std::uint32_t>(request);
}

Answer& AnswerWriter::push(AnswerKind kind, OrderId id) {
  Answer row{};
  row.timestamp = now_.n;
  row.order_id = id;
  row.instrument = instrument_;
  row.request = request_;
  row.kind = static_cast<std::uint8_t>(kind);
  row.side = static_cast<std::uint8_t>(Side::none);
  out_->push_back(row);
  return out_->back();
}

Answer& AnswerWriter::push(AnswerKind kind, const OrderView& order) {
  Answer& row = push(kind, order.id);
  row.instrument = order.instrument;
  row.owner = order.owner;
  row.side = static_cast<std::uint8_t>(order.side);
  row.price = order.price.n;
  row.quantity = order.left.n;
  return row;
}

void AnswerWriter::accepted(const NewOrder& order) {
  Answer& row = push(AnswerKind::accepted, order.id);
  row.owner = order.owner;
  row.side = static_cast<std::uint8_t>(order.side);
  row.price = order.price.n;
  row.quantity = row.left = order.quantity.n;
}

void AnswerWriter::rejected(OrderId id, Reject why) {
  push(AnswerKind::rejected, id).reason = static_cast<std::uint16_t>(why);
}

void AnswerWriter::traded(const Trade& trade) {
  Answer& row = push(AnswerKind::traded, trade.taker);
  row.instrument = trade.instrument;
  row.other_id = trade.maker;
  row.price = trade.price.n;
  row.quantity = trade.quantity.n;
  row.left = trade.taker_left.n;
  row.other_left = trade.maker_left.n;
  row.match = trade.match;
  row.owner = trade.taker_owner;
  row.other_owner = trade.maker_owner;
  row.side = static_cast<std::uint8_t>(trade.maker_side);
}

void AnswerWriter::rested(const OrderView& order) {
  push(AnswerKind::rested, order).left = order.left.n;
}

void AnswerWriter::replaced(const Replaced& change) {
  Answer& row = push(AnswerKind::replaced, change.before);
  row.other_id = change.id;
  row.price = change.price.n;
  row.left = change.left.n;
}

void AnswerWriter::canceled(const OrderView& order, Gone) {
  push(AnswerKind::canceled, order);
}

void AnswerWriter::expired(const OrderView& order) { push(AnswerKind::expired, order); }

}  // namespace ai_trading::matching
