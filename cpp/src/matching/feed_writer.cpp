#include "ai_trading/matching/feed_writer.hpp"

#include <algorithm>

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
  if (trade.auction) return crossed(trade);
  Event& event =
      push(trade.maker_shown ? EventKind::execute : EventKind::trade, trade.instrument,
           trade.maker_side, trade.maker_shown ? trade.maker : 0);
  if (!trade.maker_shown) event.flags |= feed::flag::hidden;
  event.price = trade.price.n;
  event.quantity = trade.quantity.n;
  event.aux = trade.match;
}

// Both sides rested: whoever was displayed leaves, and the trade is printed once.
void FeedWriter::crossed(const Trade& trade) {
  const auto print = [&](EventKind kind, Side side, OrderId id) -> Event& {
    Event& event = push(kind, trade.instrument, side, id);
    event.price = trade.price.n;
    event.quantity = trade.quantity.n;
    event.aux = trade.match;
    return event;
  };
  const Side across = opposite(trade.maker_side);
  if (trade.maker_shown)
    (void)print(EventKind::execute_at, trade.maker_side, trade.maker);
  if (trade.taker_shown) {
    Event& event = print(EventKind::execute_at, across, trade.taker);
    if (trade.maker_shown) event.flags |= feed::flag::unprinted;
  }
  if (!trade.maker_shown && !trade.taker_shown)
    (void)print(EventKind::cross, Side::none, 0);
}

void FeedWriter::rested(const OrderView& order) {
  if (order.shown.n == 0) return;
  Event& event = push(EventKind::add, order.instrument, order.side, order.id);
  event.price = order.price.n;
  event.quantity = order.shown.n;
}

void FeedWriter::reduced(const OrderView& before, Lots shown) {
  if (shown >= before.shown) return;
  Event& event = push(EventKind::reduce, before.instrument, before.side, before.id);
  event.price = before.price.n;
  event.quantity = (before.shown - shown).n;
}

void FeedWriter::replaced(const Replaced& change) {
  const OrderView& old = change.before;
  if (old.shown.n == 0) return;
  if (change.place == Place::none) return remove(old);
  if (change.place == Place::kept) return reduced(old, change.shown);
  Event& event = push(EventKind::replace, old.instrument, old.side, old.id);
  event.price = change.price.n;
  event.quantity = change.shown.n;
  event.aux = change.id;
}

// An iceberg gives up its reserve first.
void FeedWriter::decremented(const OrderView& before, Lots by) {
  reduced(before, std::min(before.shown, before.left - by));
}

// What an order that never rested leaves unfilled is none of the public's business.
void FeedWriter::canceled(const OrderView& order, Gone) { remove(order); }

void FeedWriter::expired(const OrderView& order) { remove(order); }

void FeedWriter::remove(const OrderView& order) {
  if (order.shown.n == 0) return;
  Event& event = push(EventKind::remove, order.instrument, order.side, order.id);
  event.price = order.price.n;
  event.quantity = order.shown.n;
}

void FeedWriter::state_changed(const StateChange& change) {
  Event& event = push(EventKind::status, change.instrument, Side::none, 0);
  event.aux = static_cast<std::uint64_t>(change.state);
}

void FeedWriter::indicative(const Indicative& now) {
  const std::int64_t over = now.imbalance.n;
  const Side side = over > 0 ? Side::buy : over < 0 ? Side::sell : Side::none;
  Event& event = push(EventKind::imbalance, now.instrument, side, 0);
  event.price = now.price.n;
  event.quantity = over < 0 ? -over : over;
  event.aux = static_cast<std::uint64_t>(now.volume.n);
}

}  // namespace ai_trading::matching
