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
    case EventKind::remove:
      if (feed::flag::of_view(event.flags)) break;
      return {};
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

std::optional<Ticks> OrderVenue::trade_price(const Event& event) const {
  if (event.flags & feed::flag::unprinted || event.quantity < 1) return std::nullopt;
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::execute: {
      const auto order = books_.order(event.order_id);
      return order ? std::optional(order->price) : std::nullopt;
    }
    case EventKind::execute_at:
    case EventKind::trade:
    case EventKind::cross:
      return Ticks{event.price};
    default:
      return std::nullopt;
  }
}

void OrderVenue::watch_event(const Event& event, std::vector<Report>& out) {
  const Nanos at{event.timestamp};
  expire_due(at, out);
  const std::uint64_t refused = refused_;
  const auto traded = trade_price(event);
  follow_event(event, out);
  if (event.instrument >= own_.size()) return;
  const bool happened = refused_ == refused;
  refill(event.instrument);
  const bool settled = (event.flags & feed::flag::more) == 0;
  follow_market(event.instrument, happened ? traded : std::nullopt, settled, at, out);
}

Lots OrderVenue::offered(InstrumentIndex instrument, Side side, Ticks limit,
                         Lots wanted) const {
  Lots found;
  books_.for_each(instrument, opposite(side), [&](const book::RestingOrder& resting) {
    if (found >= wanted || better(side, resting.price, limit)) return false;
    const auto before = taken_.find(resting.id);
    const Lots gone{before == taken_.end() ? 0 : before->second};
    found += std::max(Lots{}, resting.left - gone);
    return true;
  });
  return found;
}

std::optional<Ticks> OrderVenue::first_price(InstrumentIndex instrument,
                                             Side side) const {
  std::optional<Ticks> found;
  books_.for_each(instrument, opposite(side), [&](const book::RestingOrder& resting) {
    const auto before = taken_.find(resting.id);
    const Lots gone{before == taken_.end() ? 0 : before->second};
    if (resting.left > gone) found = resting.price;
    return !found;
  });
  return found;
}

void OrderVenue::follow_state(const Event& event, std::vector<Report>& out) {
  Day& day = days_[event.instrument];
  const auto kind = static_cast<EventKind>(event.kind);
  if (kind == EventKind::status) {
    day.told = static_cast<feed::TradingState>(event.aux);
    return follow(event.instrument);
  }
  if (kind == EventKind::cross) {
    const Cross which = event.order_id == 'O'   ? Cross::opening
                        : event.order_id == 'C' ? Cross::closing
                                                : Cross::other;
    cross(event.instrument, which, Ticks{event.price}, Lots{event.quantity},
          Nanos{event.timestamp}, out);
    return;
  }
  switch (event.aux) {  // the source's type code
    case 'S':
      if (event.order_id != 'O') return;
      for (Day& fresh : days_)
        fresh.opened = fresh.closed = false;  // another day's tape
      return;
    case 'Y':
      day.restricted = event.order_id == '1' || event.order_id == '2';
      return;
    case 'W':
      for (InstrumentIndex i = 0; i < days_.size(); ++i) {
        days_[i].told = feed::TradingState::halted;
        follow(i);
      }
      return;
    case 'h':
      if (event.quantity != market_) return;
      day.interrupted = event.order_id == 'H';
      return follow(event.instrument);
    case 'J':
    case 'K':
      if (day.told == feed::TradingState::continuous)
        day.told = feed::TradingState::halted;
      return follow(event.instrument);
    default:
      return;
  }
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
  const auto kind = static_cast<EventKind>(event.kind);
  const bool leaves = kind == EventKind::remove || kind == EventKind::reduce;
  if (stopped(instrument) && !leaves) [[unlikely]] {
    if (kind == EventKind::add && feed::flag::of_view(event.flags))
      return_to_view(event);
    return;  // nothing of ours trades but in a cross
  }
  switch (kind) {
    case EventKind::add:
      if (feed::flag::of_view(event.flags)) return_to_view(event);
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
          instrument, hit->side, at, past_restored(event, before),
          [&](const OwnOrder& ours) {
            return better(hit->side, ours.price, hit->price) ||
                   (ours.price == hit->price && ours.stamp.before(before.stamp));
          },
          out);
      pass_on(event, before, out);
      return;
    }
    case EventKind::remove:
      if (before.order) leave_view(event, before);
      return follow_restored(event);
    case EventKind::reduce:
      return follow_restored(event);
    case EventKind::trade: {
      if (event.flags & feed::flag::displayed) return anonymous(event, out);
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

// Who was before us and is out of view is still before us.
void OrderVenue::leave_view(const Event& event, const Before& before) {
  for (OwnOrder& ours :
       own_[event.instrument].side(before.order->side).at(before.order->price))
    if (before.stamp.before(ours.stamp))
      ours.place.stand_behind(ours.place.ahead + before.order->left);
}

void OrderVenue::return_to_view(const Event& event) {
  const auto side = static_cast<Side>(event.side);
  const Ticks price{event.price};
  for (OwnOrder& ours : own_[event.instrument].side(side).at(price)) {
    ours.among = event.order_id;
    ours.place.stand_behind(std::min(ours.place.ahead, Lots{event.quantity}));
    restored_.insert_or_assign(event.order_id, Restored{side, price});
  }
}

// A restored order shrank without a trade: no more can be before us than is left of it.
void OrderVenue::follow_restored(const Event& event) {
  if (restored_.empty()) return;
  const auto row = restored_.find(event.order_id);
  if (row == restored_.end()) return;
  const auto [side, price] = row->second;
  const auto order = books_.order(event.order_id);
  const Lots most = order ? order->left : Lots{};
  for (OwnOrder& ours : own_[event.instrument].side(side).at(price)) {
    if (ours.among == event.order_id && most < ours.place.ahead)
      ours.place.stand_behind(most);
  }
  if (!order) restored_.erase(row);
}

// What is left for us of an execution once those in a restored order who are before us
// have had theirs.
Lots OrderVenue::past_restored(const Event& event, const Before& before) {
  Lots volume{event.quantity};
  if (restored_.empty() || !restored_.contains(before.order->id)) return volume;
  Lots taken;
  for (OwnOrder& ours :
       own_[event.instrument].side(before.order->side).at(before.order->price)) {
    if (ours.among != before.order->id || ours.place.ahead.n == 0) continue;
    taken = std::max(taken, std::min(volume, ours.place.ahead));
    ours.place.move_up(static_cast<double>(volume.n));
  }
  return volume - taken;
}

// An order before us trades that unnamed volume would have met earlier: whoever trades
// with it now would have met us.
void OrderVenue::pass_on(const Event& event, const Before& before,
                         std::vector<Report>& out) {
  if (!passed_) return;
  const Side side = before.order->side;
  const Ticks price = before.order->price;
  bool filled = false;
  for (OwnOrder& ours : own_[event.instrument].side(side).at(price)) {
    if (ours.place.traded.n == 0) continue;
    if (!before.stamp.before(ours.stamp) && ours.among != before.order->id) continue;
    const Lots still =
        books_.ahead_of(event.instrument, side, price, ours.stamp).quantity_ahead +
        ours.place.ahead + Lots{event.quantity};
    const Lots traded{event.quantity};
    const Lots without = std::max(Lots{}, still - ours.place.traded);
    const Lots past = std::max(Lots{}, traded - without);
    ours.place.traded = still - traded - std::max(Lots{}, without - traded);
    const Lots quantity = std::min(past, ours.left);
    if (quantity.n == 0 || declines(ours, past)) continue;
    ours.left -= quantity;
    filled = true;
    report_fill(Nanos{event.timestamp}, ours.id, event.instrument, side, ours.price,
                quantity, Liquidity::maker, out);
  }
  if (!filled) return;
  own_[event.instrument].side(side).erase_at(
      price, [](const OwnOrder& ours) { return ours.left.n == 0; });
}

void OrderVenue::anonymous(const Event& event, std::vector<Report>& out) {
  const auto side = static_cast<Side>(event.side);
  if (side == Side::none) return;
  const Ticks price{event.price};
  const Lots volume{event.quantity};
  Lots used;
  for (OwnOrder& ours : own_[event.instrument].side(side)) {
    if (better(side, price, ours.price)) break;
    Lots open = volume - used;
    if (ours.price == price) {
      const Lots before_us =
          books_.ahead_of(event.instrument, side, price, ours.stamp).quantity_ahead +
          ours.place.ahead;
      const Lots met = std::min(ours.place.traded, before_us);  // earlier volume did
      ours.place.traded = std::min(met + open, before_us);
      passed_ = true;
      open -= before_us - met;
    }
    if (open.n <= 0) break;
    if (declines(ours, open)) continue;
    const Lots quantity = std::min(ours.left, open);
    ours.left -= quantity;
    used += quantity;
    report_fill(Nanos{event.timestamp}, ours.id, event.instrument, side, ours.price,
                quantity, Liquidity::maker, out);
  }
  if (used.n > 0) own_[event.instrument].drop_filled(side);
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
  const OwnOrders::Queue& queue = own_[instrument].side(side);
  const OwnOrder* order = queue.find(id);
  if (order == nullptr) return std::nullopt;
  book::QueuePosition position =
      books_.ahead_of(instrument, side, order->price, order->stamp);
  position.quantity_ahead += order->place.ahead;
  for (const OwnOrder& other : queue.at(order->price)) {
    if (other.id == id) break;
    ++position.orders_ahead;
    position.quantity_ahead += other.left;
  }
  return position;
}

}  // namespace ai_trading::venue
