#include "ai_trading/venue/level_venue.hpp"

#include <algorithm>

namespace ai_trading::venue {

using feed::Event;
using feed::EventKind;

void LevelVenue::watch_event(const Event& event, std::vector<Report>& out) {
  const Nanos at{event.timestamp};
  expire_due(at, out);
  const std::uint64_t refused = refused_;
  follow_event(event, out);
  if (event.instrument >= own_.size()) return;
  const bool happened = refused_ == refused;
  refill(event.instrument);
  const auto kind = static_cast<EventKind>(event.kind);
  const bool trades = (kind == EventKind::trade || kind == EventKind::cross) &&
                      event.quantity > 0 && (event.flags & feed::flag::unprinted) == 0;
  const bool settled = (event.flags & feed::flag::more) == 0;
  follow_market(event.instrument,
                trades && happened ? std::optional(Ticks{event.price}) : std::nullopt,
                settled, at, out);
}

Lots LevelVenue::offered(InstrumentIndex instrument, Side side, Ticks limit,
                         Lots wanted) const {
  const Side other = opposite(side);
  std::vector<book::Level> levels(book_.level_count(instrument, other));
  levels.resize(book_.depth(instrument, other, levels));
  const Takes& takes = taken(instrument, other);
  Lots found;
  for (const book::Level& level : levels) {
    if (found >= wanted || better(side, level.price, limit)) break;
    const auto before = std::ranges::find(takes, level.price, &Taken::price);
    const Lots gone = before == takes.end() ? Lots{} : before->quantity;
    found += std::max(Lots{}, level.quantity - gone);
  }
  return found;
}

std::optional<Ticks> LevelVenue::first_price(InstrumentIndex instrument,
                                             Side side) const {
  const Side other = opposite(side);
  std::vector<book::Level> levels(book_.level_count(instrument, other));
  levels.resize(book_.depth(instrument, other, levels));
  const Takes& takes = taken(instrument, other);
  for (const book::Level& level : levels) {
    const auto before = std::ranges::find(takes, level.price, &Taken::price);
    if (before == takes.end() || level.quantity > before->quantity) return level.price;
  }
  return std::nullopt;
}

void LevelVenue::trade(InstrumentIndex instrument, Side side, Ticks price, Lots& volume,
                       Nanos at, std::vector<Report>& out) {
  const Lots traded = volume;  // ours at better prices, and earlier, use it up first
  OwnOrders::Queue& queue = own_[instrument].side(side);
  if (special_) [[unlikely]]
    unfold(instrument, side, price);
  for (OwnOrder& ours : queue) {
    if (volume.n == 0 || better(side, price, ours.price)) break;
    const Lots available = ours.price != price ? volume
                           : ours.dark()       ? Lots{}
                                               : model_.reaching(ours.place, volume);
    if (available.n <= 0 || declines(ours, available)) continue;
    const Lots quantity = std::min(ours.left, available);
    ours.left -= quantity;
    volume -= quantity;
    report_fill(at, ours.id, instrument, side, ours.price, quantity, Liquidity::maker,
                out);
  }
  for (OwnOrder& ours : queue.at(price)) model_.traded(ours.place, traded);
  if (special_) [[unlikely]]
    fold(instrument, side);
  if (volume < traded) own_[instrument].drop_filled(side);
}

void LevelVenue::fill_from(const Event& event, std::vector<Report>& out) {
  const Nanos at{event.timestamp};
  const Ticks price{event.price};
  const bool trades = !stopped(event.instrument);
  if (event.kind == static_cast<std::uint8_t>(EventKind::trade)) {
    if (!trades) return;  // a print of before, or an auction's
    Lots volume{event.quantity};
    if (event.side <= 1) {
      trade(event.instrument, static_cast<Side>(event.side), price, volume, at, out);
      return;
    }
    // Whose orders were hit is not told: those on the side of the touch it printed at.
    const auto bid = book_.best(event.instrument, Side::buy);
    const auto ask = book_.best(event.instrument, Side::sell);
    if (!ask || price < ask->price)
      trade(event.instrument, Side::buy, price, volume, at, out);
    if (!bid || price > bid->price)
      trade(event.instrument, Side::sell, price, volume, at, out);
    return;
  }
  if (event.kind != static_cast<std::uint8_t>(EventKind::level) || event.side > 1)
    return;

  const auto side = static_cast<Side>(event.side);
  // Most levels concern no order of ours, and that is quickly seen.
  const OwnOrders& own = own_[event.instrument];
  const OwnOrders::Queue& across = own.side(opposite(side));
  const bool reached = !across.empty() && !better(side, across.front().price, price);
  const OwnOrders::Queue& here = own.side(side);
  if (!reached && here.at(price).empty()) return;

  const Lots before = book_.level(event.instrument, side, price).quantity;
  const Lots grown = Lots{event.quantity} - before;
  if (grown.n > 0 && trades) {
    const Lots used = fill_resting(
        event.instrument, opposite(side), at, grown,
        [&](const OwnOrder& ours) { return !better(side, ours.price, price); }, out);
    if (used.n > 0) note_taken(event.instrument, side, price, used);
  }
  follow_level(event, before, out);
}

// What a level's new total says about who is before us.
void LevelVenue::follow_level(const Event& event, Lots before,
                              std::vector<Report>& out) {
  const auto side = static_cast<Side>(event.side);
  const Ticks price{event.price};
  const Lots now{event.quantity};
  const auto touch = book_.best(event.instrument, side);
  if (now.n == 0 && touch && better(side, touch->price, price)) return;
  OwnOrders::Queue& queue = own_[event.instrument].side(side);
  if (model_.kind == QueueKind::shrink && now < before && !stopped(event.instrument)) {
    const auto ours = queue.at(price);
    if (ours.empty()) return;
    Lots volume = before - now - std::min(before - now, ours.front().place.traded);
    trade(event.instrument, side, price, volume, Nanos{event.timestamp}, out);
  }
  for (OwnOrder& ours : queue.at(price))
    if (!ours.dark()) model_.changed(ours.place, before, now);
}

Lots LevelVenue::waiting(InstrumentIndex instrument, Side side, Ticks price) const {
  const auto last = book_.last(instrument, side);
  if (!last) {
    const bool known = book_.level_count(instrument, opposite(side)) != 0;
    return known ? Lots{} : model_.assumed_ahead;
  }
  if (better(side, last->price, price)) return kUnknown;
  return book_.level(instrument, side, price).quantity;
}

void LevelVenue::note_taken(InstrumentIndex instrument, Side side, Ticks price,
                            Lots quantity) {
  Takes& takes = taken(instrument, side);
  const auto row = std::ranges::find(takes, price, &Taken::price);
  if (row == takes.end()) {
    takes.push_back({price, quantity});
    ++taken_rows_;
  } else {
    row->quantity += quantity;
  }
}

void LevelVenue::forget_taken(const Event& event) {
  if (event.kind == static_cast<std::uint8_t>(EventKind::clear)) {
    for (const Side side : {Side::buy, Side::sell}) {
      taken_rows_ -= taken(event.instrument, side).size();
      taken(event.instrument, side).clear();
    }
    return;
  }
  if (event.kind != static_cast<std::uint8_t>(EventKind::level) || event.side > 1)
    return;
  Takes& takes = taken(event.instrument, static_cast<Side>(event.side));
  if (takes.empty()) return;
  taken_rows_ -= std::erase_if(takes, [&](Taken& row) {
    if (row.price == Ticks{event.price})
      row.quantity = std::min(row.quantity, Lots{event.quantity});
    return row.quantity.n == 0;
  });
}

std::optional<book::QueuePosition> LevelVenue::queue_position(
    InstrumentIndex instrument, Side side, OrderId id) const {
  if (instrument >= own_.size()) return std::nullopt;
  const OwnOrder* ours = own_[instrument].side(side).find(id);
  if (ours == nullptr || !ours->place.known()) return std::nullopt;
  return book::QueuePosition{0, ours->place.ahead};
}

}  // namespace ai_trading::venue
