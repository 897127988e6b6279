#include "ai_trading/venue/order_venue.hpp"

namespace ai_trading::venue {

using feed::Event;
using feed::EventKind;

OrderVenue::Before OrderVenue::look(const Event& event) const {
  // Only these are asked about; a look costs a search.
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::execute:
    case EventKind::execute_at:
    case EventKind::replace:
    case EventKind::modify:
      break;
    default:
      return {};
  }
  Before before;
  before.order = books_.order(event.order_id);
  if (!before.order) return before;
  if (before.order->instrument != event.instrument) return {};
  before.stamp = *books_.stamp(event.order_id);
  return before;
}

void OrderVenue::arriving(InstrumentIndex instrument, OrderId id, Side side,
                          Ticks price, Lots quantity, Nanos at,
                          std::vector<Report>& out) {
  const OwnOrders::Queue& waiting = own_[instrument].side(opposite(side));
  if (waiting.empty() || better(side, waiting.front().price, price)) return;
  const auto before = taken_.find(id);
  if (before != taken_.end()) quantity -= Lots{before->second};
  const Lots used = fill_resting(
      instrument, opposite(side), at, quantity,
      [&](const OwnOrder& ours) { return !better(side, ours.price, price); }, out);
  if (used.n > 0) taken_[id] += used.n;
}

void OrderVenue::fill_from(const Event& event, const Before& before,
                           std::vector<Report>& out) {
  const Nanos at{event.timestamp};
  const InstrumentIndex instrument = event.instrument;
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::add:
      arriving(instrument, event.order_id, static_cast<Side>(event.side),
               Ticks{event.price}, Lots{event.quantity}, at, out);
      return;
    case EventKind::replace:
    case EventKind::modify: {
      const auto& old = before.order;
      if (!old || old->price == Ticks{event.price}) return;
      const bool renamed = event.kind == static_cast<std::uint8_t>(EventKind::replace);
      arriving(instrument, renamed ? event.aux : event.order_id, old->side,
               Ticks{event.price}, Lots{event.quantity}, at, out);
      return;
    }
    case EventKind::execute:
    case EventKind::execute_at: {
      if (event.flags & feed::flag::unprinted) return;
      const auto& hit = before.order;
      if (!hit) return;
      fill_resting(
          instrument, hit->side, at, Lots{event.quantity},
          [&](const OwnOrder& ours) {
            return better(hit->side, ours.price, hit->price) ||
                   (ours.price == hit->price && ours.stamp.before(before.stamp));
          },
          out);
      return;
    }
    case EventKind::trade: {
      Lots left{event.quantity};
      for (const Side side : {Side::buy, Side::sell}) {
        left -= fill_resting(
            instrument, side, at, left,
            [&](const OwnOrder& ours) {
              return better(side, ours.price, Ticks{event.price});
            },
            out);
      }
      return;
    }
    default:
      return;
  }
}

// What we took of an order goes where the order goes, and ends with it.
void OrderVenue::follow_taken(const Event& event) {
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::replace:
      if (auto row = taken_.extract(event.order_id)) {
        row.key() = event.aux;
        taken_.insert(std::move(row));
      }
      return;
    case EventKind::remove:
    case EventKind::execute:
    case EventKind::execute_at:
      if (!books_.order(event.order_id)) taken_.erase(event.order_id);
      return;
    case EventKind::clear:
      std::erase_if(taken_, [&](const auto& row) { return !books_.order(row.first); });
      return;
    default:
      return;
  }
}

std::optional<book::QueuePosition> OrderVenue::queue_position(
    InstrumentIndex instrument, Side side, OrderId id) const {
  if (instrument >= own_.size()) return std::nullopt;
  Lots ours;
  std::uint64_t our_orders = 0;
  for (const OwnOrder& order : own_[instrument].side(side)) {
    if (order.id == id) {
      book::QueuePosition position =
          books_.ahead_of(instrument, side, order.price, order.stamp);
      for (const OwnOrder& other : own_[instrument].side(side)) {
        if (other.id == id) break;
        if (other.price != order.price) continue;
        ++our_orders;
        ours += other.left;
      }
      position.orders_ahead += our_orders;
      position.quantity_ahead += ours;
      return position;
    }
  }
  return std::nullopt;
}

}  // namespace ai_trading::venue
