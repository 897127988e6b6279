#include "ai_trading/matching/feed_writer.hpp"

namespace ai_trading::matching {

using feed::Event;
using feed::EventKind;

Event& FeedWriter::push(EventKind kind, InstrumentIndex instrument, Side side,
                        OrderId id) {
  if (out_->size() > begin_) out_->back().flags |= feed::flag::more;
  Event event{};
  event.timestamp = now_.n;
  event.instrument = instrument;
  event.kind = static_cast<std::uint8_t>(kind);
  event.side = static_cast<std::uint8_t>(side);
  event.flags = flags_;
  event.order_id = id;
  out_->push_back(event);
  return out_->back();
}

void FeedWriter::traded(const Trade& trade) {
  Event& event =
      push(EventKind::execute, trade.instrument, trade.maker_side, trade.maker);
  event.price = trade.price.n;
  event.quantity = trade.quantity.n;
  event.aux = trade.match;
}

void FeedWriter::rested(const OrderView& order) {
  Event& event = push(EventKind::add, order.instrument, order.side, order.id);
  event.price = order.price.n;
  event.quantity = order.left.n;
}

void FeedWriter::replaced(const Replaced& change) {
  const OrderView& old = change.before;
  if (change.place == Place::none) return remove(old);
  if (change.place == Place::kept) {
    if (change.left == old.left) return;
    Event& event = push(EventKind::reduce, old.instrument, old.side, old.id);
    event.price = old.price.n;
    event.quantity = (old.left - change.left).n;
    return;
  }
  Event& event = push(EventKind::replace, old.instrument, old.side, old.id);
  event.price = change.price.n;
  event.quantity = change.left.n;
  event.aux = change.id;
}

// What an order that never rested leaves unfilled is none of the public's business.
void FeedWriter::canceled(const OrderView& order, Gone why) {
  if (why == Gone::asked) remove(order);
}

void FeedWriter::expired(const OrderView& order) { remove(order); }

void FeedWriter::remove(const OrderView& order) {
  Event& event = push(EventKind::remove, order.instrument, order.side, order.id);
  event.price = order.price.n;
  event.quantity = order.left.n;
}

}  // namespace ai_trading::matching
