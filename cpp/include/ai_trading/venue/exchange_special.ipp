// What a simulated exchange does with orders of more terms than a price.
//
// Stops       watch the market as it is at the venue: trades (those of auctions, too), the
//             best displayed ask for buys and bid for sells, or their midpoint, each once
//             an event is told whole.  One that is met becomes a market or a limit order
//             at that instant; while nothing trades it waits for trading.  Nobody judges
//             it a second time.
// Post-only   refused where the market shows somebody it would trade with, also where we
//             have taken what that one offered; or, sliding, priced one step behind.
// Iceberg     shows a slice at a time; the next one joins the back of the queue.
// Hidden      stands behind everything displayed at its price, ours too.
// Pegs        are hidden, follow the best prices of the tape's book, in which none of ours
//             is, once an event is told whole, and lose their place at each move.  One
//             that can trade where it moved to does.
// All or none of an order at once (fok) is asked of what the venue shows.
// Choosy      orders (a minimum quantity, all or none) trade on arrival where the venue
//             offers enough, else not at all; what may stay rests unseen, behind all
//             displayed at its price. One event must bring enough, or it is passed over;
//             once an event is told whole, one for which the venue offers enough takes it.
//             In auctions they sleep.
// To a limit  a market-to-limit order trades at the first price there is; what is left
//             rests there as a limit order, or at the price of the auction it waited for.
// Lasting     orders (good till canceled, or till a date) outlive the ends of sessions.
#pragma once

#include "ai_trading/venue/exchange.hpp"

namespace ai_trading::venue {

template <class Market>
std::optional<Ticks> Exchange<Market>::touch(InstrumentIndex instrument,
                                             Side side) const {
  if constexpr (requires { market().book().best(instrument, side); }) {
    if (const auto level = market().book().best(instrument, side)) return level->price;
  }
  return std::nullopt;
}

template <class Market>
std::optional<Ticks> Exchange<Market>::watched(InstrumentIndex instrument, Side side,
                                               matching::TriggerOn what) const {
  switch (what) {
    case matching::TriggerOn::last:
      return special_->stops(instrument).last;
    case matching::TriggerOn::quote:
      return touch(instrument, opposite(side));
    case matching::TriggerOn::midpoint:
      break;
  }
  const auto bid = touch(instrument, Side::buy);
  const auto ask = touch(instrument, Side::sell);
  if (!bid || !ask) return std::nullopt;
  return Stops::between(*bid, *ask);
}

template <class Market>
bool Exchange<Market>::would_take(const Command& c) const {
  const auto across = touch(c.instrument, opposite(c.side));
  return across && !better(c.side, *across, c.price);
}

// The best price at which an order would not trade.
template <class Market>
Ticks Exchange<Market>::step_back(const Command& c) const {
  const std::int64_t step = instruments_[c.instrument].price_step;
  const std::int64_t towards = sign(c.side);
  const std::int64_t across = towards * touch(c.instrument, opposite(c.side))->n;
  std::int64_t below = (across - 1) / step * step;
  if (below > across - 1) below -= step;  // of a negative one
  return Ticks{towards * below};
}

template <class Market>
bool Exchange<Market>::offers(const Command& c, Lots quantity) {
  if constexpr (Market::kWaits) {
    return false;
  } else {
    Ticks limit = limit_of(c);
    if (shift_ && limit.n != kAnyPrice && limit.n != -kAnyPrice) {
      shift_->move_to(c.instrument, c.side, c.arrive);
      limit = shift_->reach(c.instrument, c.side, limit);
    }
    return market().offered(c.instrument, c.side, limit, quantity) >= quantity;
  }
}

// Trades what is there, unless that is less than the order's least.
template <class Market>
Lots Exchange<Market>::trade_enough(const Command& c, Lots wanted,
                                    std::vector<Report>& out) {
  const Lots least = std::min(wanted, special_->least(c.order_id));
  if (least.n > 0 && !offers(c, least)) return wanted;
  return trade_on_arrival(c, wanted, out);
}

template <class Market>
Reject Exchange<Market>::refuses_lasting(const Command& c,
                                         const matching::Terms& terms) const {
  const bool simple = c.type <= OrderType::limit;
  switch (c.time_in_force) {
    case TimeInForce::day:
      return Reject::none;
    case TimeInForce::ioc:
    case TimeInForce::fok:
      return simple ? Reject::none : Reject::time_in_force_not_for_type;
    case TimeInForce::gtc:
    case TimeInForce::gtd:
      if (c.type == OrderType::market) return Reject::time_in_force_not_for_type;
      if (c.time_in_force == TimeInForce::gtd && terms.expire_at <= c.arrive)
        return Reject::expiry_not_ahead;
      return Reject::none;
    default:
      return simple ? Reject::not_supported_here : Reject::time_in_force_not_for_type;
  }
}

template <class Market>
Reject Exchange<Market>::refuses_choosy(const Command& c,
                                        const matching::Terms& terms) const {
  const bool both = terms.all_or_none && terms.minimum.n != 0;
  const bool fits = c.type <= OrderType::limit || c.type == OrderType::hidden ||
                    c.type == OrderType::pegged;
  if (both || !fits || c.time_in_force == TimeInForce::fok)
    return Reject::terms_not_for_type;
  if (terms.minimum > c.quantity) return Reject::minimum_out_of_range;
  return Reject::none;
}

template <class Market>
Reject Exchange<Market>::refuses_stop(const Command& c,
                                      const matching::Terms& terms) const {
  using matching::TrailBy;
  using matching::TriggerOn;
  if (Market::kWaits && terms.trigger != TriggerOn::last)
    return Reject::not_supported_here;
  if (c.type == OrderType::trailing_stop) {
    const std::int64_t most = terms.trail_by == TrailBy::ticks ? kMaxPrice : 9'999;
    if (terms.trail < 1 || terms.trail > most) return Reject::trail_out_of_range;
    if (!watched(c.instrument, c.side, terms.trigger)) return Reject::no_reference;
  }
  if (!rules_.empty() && rules_[c.instrument].increments) {
    const rules::TickTable& steps = *rules_[c.instrument].increments;
    const bool limited = c.type == OrderType::stop_limit;
    if ((limited && !steps.allows(c.price)) ||
        (c.type != OrderType::trailing_stop && !steps.allows(terms.stop)))
      return Reject::price_off_increment;
  }
  return Reject::none;
}

template <class Market>
Reject Exchange<Market>::refuses_special(const Command& c,
                                         const matching::Terms& terms) const {
  if (const Reject why = closed(c.instrument); why != Reject::none) return why;
  const bool whole = c.time_in_force == TimeInForce::fok;
  const bool simple = c.type <= OrderType::limit;
  const bool to_limit = c.type == OrderType::market_to_limit;
  if (const Reject why = refuses_lasting(c, terms); why != Reject::none) return why;
  if (c.quantity.n < 1) return Reject::quantity_not_positive;
  const bool choosy = special_->choosy(c.order_id);
  if (choosy) {
    if (const Reject why = refuses_choosy(c, terms); why != Reject::none) return why;
  }
  const bool stop = is_stop(c.type);
  if (Market::kWaits && !stop && !to_limit && (whole || !simple))
    return Reject::not_supported_here;
  if (stop) {
    if (const Reject why = refuses_stop(c, terms); why != Reject::none) return why;
  }
  if (c.type == OrderType::iceberg &&
      (terms.display.n < 1 || terms.display > c.quantity))
    return Reject::display_out_of_range;
  if (c.type == OrderType::pegged && terms.peg == matching::PegTo::none)
    return Reject::terms_not_for_type;
  if (calls(c.instrument)) {
    const bool at_once = whole || c.time_in_force == TimeInForce::ioc;
    if (at_once || c.type == OrderType::post_only || c.type == OrderType::market ||
        (to_limit && !Market::kCrosses))
      return Reject::not_in_this_state;
  }
  if (!rules_.empty()) {
    Command asked = plain(c);
    if (stop) asked.type = OrderType::market;  // its prices have been looked at
    if (const Reject why = breaks_rules(asked); why != Reject::none) return why;
  }
  if (c.type == OrderType::post_only && !terms.slide && would_take(c))
    return Reject::would_take;
  return Reject::none;
}

template <class Market>
void Exchange<Market>::submit_special(const Command& c, std::vector<Report>& out) {
  if (!watches()) watch();
  const matching::Terms terms = special_->terms(c.order_id);
  if (const Reject why = refuses_special(c, terms); why != Reject::none) {
    out.push_back(
        answer(c.arrive, c.order_id, c.instrument, Report::Kind::rejected, why));
    return;
  }
  out.push_back(answer(c.arrive, c.order_id, c.instrument, Report::Kind::accepted));
  if (c.time_in_force == TimeInForce::gtd)
    special_->expire_at({terms.expire_at, c.order_id, c.instrument, c.side});
  if (c.time_in_force == TimeInForce::gtd || c.time_in_force == TimeInForce::gtc)
    special_->outlive_session(c.order_id);
  Command order = plain(c);
  switch (c.type) {
    case OrderType::stop:
    case OrderType::stop_limit:
    case OrderType::trailing_stop:
      return wait(c, terms, out);
    case OrderType::pegged: {
      const bool free = terms.stop.n == 0;  // a peg's own limit, where it has one
      auto& pegs = special_->pegs(c.instrument);
      pegs.push_back({c.order_id, c.side, terms.peg, terms.offset,
                      free ? std::nullopt : std::optional(terms.stop), c.quantity,
                      c.quantity, c.arrive, false});
      return follow_pegs(c.instrument, c.arrive, out);
    }
    case OrderType::post_only:
      if (would_take(c)) {
        order.price = step_back(c);
        Report moved =
            answer(c.arrive, c.order_id, c.instrument, Report::Kind::restated);
        moved.price = order.price;
        moved.quantity = c.quantity;
        out.push_back(moved);
      }
      return rest(order, c.quantity);
    case OrderType::market_to_limit:
      return enter_at_market(order, out);
    case OrderType::hidden:
      return enter(order, Style::dark, {}, out);
    case OrderType::iceberg:
      return enter(order, Style::sliced, terms.display, out);
    default:
      break;
  }
  if (c.time_in_force == TimeInForce::fok && !offers(order, order.quantity)) {
    out.push_back(answer(c.arrive, c.order_id, c.instrument, Report::Kind::canceled,
                         Reject::no_liquidity));
    return;
  }
  enter(order, Style::shown, {}, out);
}

// An order trades what it can; what may stay rests.
template <class Market>
void Exchange<Market>::enter(const Command& c, Style style, Lots display,
                             std::vector<Report>& out) {
  const Lots left = calls(c.instrument) ? c.quantity : trade_enough(c, c.quantity, out);
  if (left.n == 0) return;
  const bool at_once =
      c.type == OrderType::market || c.time_in_force == TimeInForce::ioc;
  if (!Market::kWaits && at_once) {
    out.push_back(answer(c.arrive, c.order_id, c.instrument, Report::Kind::canceled,
                         Reject::no_liquidity));
  } else if (style == Style::sliced) {
    slice(c, left, display);
  } else {
    rest(c, left, special_->choosy(c.order_id) ? Style::choosy : style);
  }
}

// Rounded away from the market.
template <class Market>
Ticks Exchange<Market>::on_step(InstrumentIndex instrument, Side side,
                                Ticks price) const {
  const std::int64_t step = instruments_[instrument].price_step;
  const std::int64_t towards = sign(side) * price.n;
  const std::int64_t past = (towards % step + step) % step;
  return Ticks{sign(side) * (towards - past)};
}

// What is left of an order gets a limit that it had not.
template <class Market>
void Exchange<Market>::rest_at(Command c, Ticks price, Lots left,
                               std::vector<Report>& out) {
  c.type = OrderType::limit;
  c.price = on_step(c.instrument, c.side, price);
  Report priced = answer(c.arrive, c.order_id, c.instrument, Report::Kind::restated);
  priced.price = c.price;
  priced.quantity = c.quantity;
  out.push_back(priced);
  rest(c, left);
}

template <class Market>
void Exchange<Market>::enter_at_market(const Command& c, std::vector<Report>& out) {
  if (calls(c.instrument)) {
    crossing_[c.instrument].add({c.order_id, c.side, c.time_in_force, false, c.price,
                                 c.quantity, c.quantity, true});
    return;
  }
  if constexpr (Market::kWaits) {
    rest(c, c.quantity, Style::unpriced);
  } else {
    auto first = market().first_price(c.instrument, c.side);
    if (!first) {
      out.push_back(answer(c.arrive, c.order_id, c.instrument, Report::Kind::canceled,
                           Reject::no_liquidity));
      return;
    }
    if (shift_) {
      shift_->move_to(c.instrument, c.side, c.arrive);
      first = shift_->paid(c.instrument, c.side, *first);
    }
    Command order = c;
    order.type = OrderType::limit;
    order.price = *first;
    const Lots left = trade_on_arrival(order, c.quantity, out);
    if (left.n > 0) rest_at(order, *first, left, out);
  }
}

template <class Market>
void Exchange<Market>::rest_after_cross(InstrumentIndex instrument,
                                        const CrossOrder& order, Ticks price, Nanos at,
                                        std::vector<Report>& out) {
  Command c;
  c.arrive = at;
  c.order_id = order.id;
  c.instrument = instrument;
  c.side = order.side;
  c.quantity = order.total;
  rest_at(c, price, order.left, out);
}

template <class Market>
template <class Reached>
Lots Exchange<Market>::fill_past_choosy(InstrumentIndex instrument, Side side, Nanos at,
                                        Lots available, Reached&& reached,
                                        std::vector<Report>& out,
                                        std::optional<Ticks> auction) {
  Lots used;
  OwnOrders::Queue& queue = own_[instrument].side(side);
  std::vector<OrderId> passed;
  for (bool again = true; again && used < available;) {
    again = false;
    for (OwnOrder& order : queue) {
      if (!reached(order)) break;
      if (std::ranges::find(passed, order.id) != passed.end()) continue;
      const bool sleeps = auction && order.style == Style::choosy;
      if (sleeps || declines(order, available - used)) {
        passed.push_back(order.id);
        continue;
      }
      const Lots quantity = std::min(order.left, available - used);
      order.left -= quantity;
      used += quantity;
      report_fill(at, order.id, instrument, side, auction.value_or(order.price),
                  quantity, Liquidity::maker, out);
      if (order.left.n == 0) {
        const bool sliced = order.style == Style::sliced;
        const OrderId id = order.id;
        queue.erase(id);
        if (sliced) show_next(instrument, id);
      }
      again = true;  // the walk may have lost its place
      break;
    }
  }
  return used;
}

// Resting orders for which the venue offers enough take it: buyers first, the better
// price first, then who rests longer.  What is left keeps its place.
template <class Market>
void Exchange<Market>::meet(InstrumentIndex instrument, Nanos at,
                            std::vector<Report>& out) {
  if constexpr (!Market::kWaits) {
    auto& resting = special_->choosy_at(instrument);
    if (resting.empty() || stopped(instrument)) return;
    std::erase_if(resting, [&](const Conditional::Place& place) {
      const OwnOrder* order = own_[instrument].find(place.side, place.id);
      return order == nullptr || order->style != Style::choosy;
    });
    for (;;) {
      OwnOrder* first = nullptr;
      Command found;
      for (const Conditional::Place& place : resting) {
        OwnOrder* order = own_[instrument].find(place.side, place.id);
        if (order == nullptr) continue;
        if (first != nullptr && (first->side < order->side ||
                                 (first->side == order->side &&
                                  !better(order->side, order->price, first->price))))
          continue;
        Command c;
        c.arrive = at;
        c.order_id = order->id;
        c.instrument = instrument;
        c.side = order->side;
        c.type = OrderType::limit;
        c.price = order->price;
        c.quantity = order->total;
        const auto across = touch(instrument, opposite(c.side));
        if (!across || (!shift_ && better(c.side, *across, c.price))) continue;
        if (!offers(c, std::min(order->left, special_->least(c.order_id)))) continue;
        first = order;
        found = c;
      }
      if (first == nullptr) return;
      const Lots left = trade_on_arrival(found, first->left, out);
      if (left == first->left) return;
      first->left = left;
      if (left.n == 0) own_[instrument].erase(found.side, found.order_id);
    }
  }
}

// The first slice of an iceberg.
template <class Market>
void Exchange<Market>::slice(const Command& c, Lots left, Lots display) {
  special_->icebergs(c.instrument)
      .push_back({c.order_id, c.side, c.price, c.quantity, display, left, c.arrive});
  (void)show_next(c.instrument, c.order_id);
}

template <class Market>
bool Exchange<Market>::show_next(InstrumentIndex instrument, OrderId id) {
  Iceberg* iceberg = special_->iceberg(instrument, id);
  if (iceberg == nullptr) return false;
  const Lots shown = std::min(iceberg->display, iceberg->reserve);
  if (shown.n == 0) {
    std::erase_if(special_->icebergs(instrument),
                  [id](const Iceberg& other) { return other.id == id; });
    return false;
  }
  iceberg->reserve -= shown;
  Command c;
  c.arrive = iceberg->arrived;
  c.order_id = id;
  c.instrument = instrument;
  c.side = iceberg->side;
  c.type = OrderType::limit;
  c.price = iceberg->price;
  c.quantity = iceberg->total;
  rest(c, shown, Style::sliced);
  return true;
}

template <class Market>
void Exchange<Market>::refill(InstrumentIndex instrument) {
  auto& icebergs = special_->icebergs(instrument);
  for (std::size_t i = icebergs.size(); i-- > 0;)
    if (own_[instrument].find(icebergs[i].side, icebergs[i].id) == nullptr)
      (void)show_next(instrument, icebergs[i].id);
}

template <class Market>
void Exchange<Market>::unfold(InstrumentIndex instrument, Side side, Ticks through) {
  for (Iceberg& iceberg : special_->icebergs(instrument)) {
    if (iceberg.side != side || !better(side, iceberg.price, through)) continue;
    OwnOrder* order = own_[instrument].find(side, iceberg.id);
    if (order != nullptr) order->left += std::exchange(iceberg.reserve, Lots{});
  }
}

template <class Market>
void Exchange<Market>::fold(InstrumentIndex instrument, Side side) {
  for (Iceberg& iceberg : special_->icebergs(instrument)) {
    OwnOrder* order =
        iceberg.side == side ? own_[instrument].find(side, iceberg.id) : nullptr;
    if (order == nullptr || order->left <= iceberg.display) continue;
    const Lots shown{(order->left.n - 1) % iceberg.display.n + 1};
    iceberg.reserve += order->left - shown;
    order->left = shown;
  }
}

template <class Market>
void Exchange<Market>::wait(const Command& c, const matching::Terms& terms,
                            std::vector<Report>& out) {
  WaitingStop stop;
  stop.id = c.order_id;
  stop.side = c.side;
  stop.type = c.type;
  stop.trigger = terms.trigger;
  stop.trail_by = terms.trail_by;
  stop.stop = terms.stop;
  stop.limit = c.price;
  stop.quantity = c.quantity;
  stop.trail = terms.trail;
  stop.arrived = c.arrive;
  stop.stamp = special_->next_stamp();
  const auto price = watched(c.instrument, c.side, terms.trigger);
  if (stop.trails()) stop.follow(*price);
  Stops& stops = special_->stops(c.instrument);
  stops.add(stop);
  if (price) stops.list(stop.trigger, stop.side).see(*price, stops.met);
  release_stops(c.instrument, c.arrive, out);
}

// Those that are met become orders, if the market trades.
template <class Market>
void Exchange<Market>::release_stops(InstrumentIndex instrument, Nanos at,
                                     std::vector<Report>& out) {
  Stops& stops = special_->stops(instrument);
  if (stops.met.empty() || stopped(instrument)) return;
  for (const WaitingStop& stop : stops.take_met()) {
    out.push_back(answer(at, stop.id, instrument, Report::Kind::restated));
    out.back().price = stop.stop;
    enter(order_of(stop, instrument, at), Style::shown, {}, out);
  }
}

template <class Market>
void Exchange<Market>::follow_market(InstrumentIndex instrument,
                                     std::optional<Ticks> traded, bool settled,
                                     Nanos at, std::vector<Report>& out) {
  using matching::TriggerOn;
  Stops& stops = special_->stops(instrument);
  if (traded) stops.see_trade(*traded);
  if (settled && (stops.watch(TriggerOn::quote) || stops.watch(TriggerOn::midpoint)) &&
      !stopped(instrument))
    stops.see_touch(touch(instrument, Side::buy), touch(instrument, Side::sell));
  if (!stops.met.empty()) release_stops(instrument, at, out);
  if (!settled) return;
  if (!special_->pegs(instrument).empty()) follow_pegs(instrument, at, out);
  meet(instrument, at, out);
}

template <class Market>
void Exchange<Market>::follow_pegs(InstrumentIndex instrument, Nanos at,
                                   std::vector<Report>& out) {
  if (stopped(instrument)) return;
  auto& pegs = special_->pegs(instrument);
  for (Peg& peg : pegs) move_peg(instrument, peg, at, out);
  std::erase_if(pegs, [](const Peg& peg) { return !peg.awake && peg.left.n == 0; });
}

template <class Market>
void Exchange<Market>::move_peg(InstrumentIndex instrument, Peg& peg, Nanos at,
                                std::vector<Report>& out) {
  OwnOrders& own = own_[instrument];
  const auto wanted =
      peg.price(touch(instrument, Side::buy), touch(instrument, Side::sell));
  if (peg.awake) {
    const OwnOrder* order = own.find(peg.side, peg.id);
    peg.left = order == nullptr ? Lots{} : order->left;
    if (order != nullptr && wanted == order->price) return;
    own.erase(peg.side, peg.id);
    peg.awake = false;
  }
  if (!wanted || peg.left.n == 0) return;
  Command c;
  c.arrive = at;
  c.order_id = peg.id;
  c.instrument = instrument;
  c.side = peg.side;
  c.type = OrderType::limit;
  c.price = *wanted;
  c.quantity = peg.total;
  peg.left = trade_enough(c, peg.left, out);
  if (peg.left.n == 0) return;
  rest(c, peg.left, special_->choosy(peg.id) ? Style::choosy : Style::dark);
  peg.awake = true;
}

template <class Market>
void Exchange<Market>::expire_due(Nanos now, std::vector<Report>& out) {
  while (const auto due = special_->take_expired(now)) {
    Command c;
    c.arrive = due->at;
    c.order_id = due->id;
    c.instrument = due->instrument;
    c.side = due->side;
    const std::size_t before = out.size();
    cancel(c, out);
    if (out.back().kind == Report::Kind::canceled) {
      out.back().kind = Report::Kind::expired;
    } else {
      out.resize(before);  // it has ended before
    }
  }
}

template <class Market>
template <class Goes>
void Exchange<Market>::expire_special(InstrumentIndex instrument, Nanos at, Goes&& goes,
                                      std::vector<Report>& out) {
  for (const WaitingStop& stop : special_->stops(instrument).take_if(goes)) {
    out.push_back(answer(at, stop.id, instrument, Report::Kind::expired));
    out.back().price = stop.stop;
  }
  for (const Peg& peg : special_->pegs(instrument))
    if (!peg.awake && goes(peg.id))
      out.push_back(answer(at, peg.id, instrument, Report::Kind::expired));
  std::erase_if(special_->spent(instrument), [&](OrderId id) {
    if (!goes(id)) return false;
    out.push_back(answer(at, id, instrument, Report::Kind::expired));
    return true;
  });
  std::erase_if(special_->pegs(instrument),
                [&](const Peg& peg) { return goes(peg.id); });
  std::erase_if(special_->icebergs(instrument),
                [&](const Iceberg& iceberg) { return goes(iceberg.id); });
}

template <class Market>
bool Exchange<Market>::cancel_special(const Command& c, std::vector<Report>& out) {
  const auto has_id = [&](const auto& order) { return order.id == c.order_id; };
  auto& pegs = special_->pegs(c.instrument);
  const auto peg = std::ranges::find_if(pegs, has_id);
  const auto stop = special_->stops(c.instrument).take(c.order_id);
  bool found = stop.has_value();
  if (special_->spent(c.instrument).erase(c.order_id) > 0) {
    found = true;
    own_[c.instrument].erase(c.side, c.order_id);
  }
  if (peg != pegs.end()) {
    const bool gone = peg->awake && !own_[c.instrument].find(c.side, c.order_id);
    found = !gone;
    own_[c.instrument].erase(c.side, c.order_id);
    pegs.erase(peg);
  }
  if (found) {
    out.push_back(answer(c.arrive, c.order_id, c.instrument, Report::Kind::canceled));
    if (stop) out.back().price = stop->stop;
  }
  std::erase_if(special_->icebergs(c.instrument), has_id);
  return found;
}

template <class Market>
bool Exchange<Market>::modify_special(const Command& c, std::vector<Report>& out) {
  const Amendment asked = special_->take_change(c.request);
  if (auto stop = special_->stops(c.instrument).take(c.order_id)) {
    modify_stop(c, *stop, asked, out);
    return true;
  }
  auto& pegs = special_->pegs(c.instrument);
  const auto peg = std::ranges::find(pegs, c.order_id, &Peg::id);
  if (peg != pegs.end()) {
    modify_peg(c, *peg, asked, out);
    return true;
  }
  if (c.type <= OrderType::limit && asked.empty() && !special_->choosy(c.order_id))
    return false;
  OwnOrder* order = own_[c.instrument].find(c.side, c.order_id);
  const bool triggered = asked.stop || asked.offset || asked.peg_limit;
  if (order == nullptr || triggered) {
    out.push_back(
        answer(c.arrive, c.order_id, c.instrument, Report::Kind::change_rejected,
               order == nullptr ? Reject::order_done : Reject::terms_not_for_type));
  } else {
    modify_resting(c, *order, asked, out);
  }
  return true;
}

// Only a smaller quantity at the same prices keeps its turn among stops met at once.
template <class Market>
void Exchange<Market>::modify_stop(const Command& c, WaitingStop stop,
                                   const Amendment& wanted, std::vector<Report>& out) {
  const auto& asked = wanted.stop;
  Stops& stops = special_->stops(c.instrument);
  Reject why = closed(c.instrument);
  if (why == Reject::none && c.quantity.n < 1) why = Reject::quantity_not_positive;
  const bool alien = wanted.offset || wanted.peg_limit || wanted.display;
  if (why == Reject::none && (alien || (asked && stop.trails())))
    why = Reject::terms_not_for_type;
  WaitingStop changed = stop;
  if (asked) changed.stop = *asked;
  if (stop.type == OrderType::stop_limit) changed.limit = c.price;
  if (why == Reject::none && !rules_.empty() && rules_[c.instrument].increments) {
    const rules::TickTable& steps = *rules_[c.instrument].increments;
    if ((asked && !steps.allows(changed.stop)) || !steps.allows(changed.limit))
      why = Reject::price_off_increment;
  }
  if (why != Reject::none) {
    stops.add(stop);
    out.push_back(
        answer(c.arrive, c.order_id, c.instrument, Report::Kind::change_rejected, why));
    return;
  }
  const bool keeps = changed.stop == stop.stop && changed.limit == stop.limit &&
                     c.quantity <= stop.quantity;
  if (!keeps) changed.stamp = special_->next_stamp();
  changed.quantity = c.quantity;
  Report modified = answer(c.arrive, c.order_id, c.instrument, Report::Kind::modified);
  modified.price = c.price;
  modified.quantity = c.quantity;
  out.push_back(modified);
  stops.add(changed);
  if (!asked) return;
  if (const auto price = watched(c.instrument, c.side, stop.trigger))
    stops.list(stop.trigger, stop.side).see(*price, stops.met);
  release_stops(c.instrument, c.arrive, out);
}

// Another offset or limit, or more of it, is a new arrival.
template <class Market>
void Exchange<Market>::modify_peg(const Command& c, Peg& peg, const Amendment& asked,
                                  std::vector<Report>& out) {
  OwnOrder* order = peg.awake ? own_[c.instrument].find(c.side, c.order_id) : nullptr;
  if (peg.awake) peg.left = order == nullptr ? Lots{} : order->left;
  const Lots done = peg.total - peg.left;
  const Reject why = peg.left.n == 0               ? Reject::order_done
                     : c.quantity <= done          ? Reject::quantity_not_positive
                     : asked.stop || asked.display ? Reject::terms_not_for_type
                     : c.quantity > peg.total || !asked.empty() ? closed(c.instrument)
                                                                : Reject::none;
  Report told = answer(
      c.arrive, c.order_id, c.instrument,
      why == Reject::none ? Report::Kind::modified : Report::Kind::change_rejected,
      why);
  told.price = c.price;
  told.quantity = c.quantity;
  out.push_back(told);
  if (why != Reject::none) return;
  const bool anew = c.quantity > peg.total ||
                    asked.offset.value_or(peg.offset) != peg.offset ||
                    (asked.peg_limit && asked.peg_limit != peg.limit);
  peg.total = c.quantity;
  peg.left = c.quantity - done;
  if (asked.offset) peg.offset = *asked.offset;
  if (asked.peg_limit) peg.limit = asked.peg_limit;
  if (anew) {
    own_[c.instrument].erase(c.side, c.order_id);
    peg.awake = false;
    return follow_pegs(c.instrument, c.arrive, out);
  }
  if (order == nullptr) return;
  order->total = peg.total;
  order->left = peg.left;
}

// As modify, of what rests with more behind it or under terms of its own.
template <class Market>
void Exchange<Market>::modify_resting(const Command& c, OwnOrder& order,
                                      const Amendment& asked,
                                      std::vector<Report>& out) {
  const matching::Terms terms = special_->terms(c.order_id);
  Iceberg* iceberg = special_->iceberg(c.instrument, c.order_id);
  const Style style = order.style;
  const Lots left = order.left + (iceberg == nullptr ? Lots{} : iceberg->reserve);
  const Lots done = order.total - left;
  Command wanted = c;
  wanted.type = OrderType::limit;
  if (order.price.n == kAnyPrice || order.price.n == -kAnyPrice) {
    wanted.type = OrderType::market;
    wanted.price = order.price;
  }
  const Lots peak = asked.display.value_or(terms.display);
  const bool keeps = wanted.price == order.price && c.quantity <= order.total &&
                     (iceberg == nullptr || peak == iceberg->display);
  Reject why = c.quantity <= done ? Reject::quantity_not_positive
               : keeps            ? Reject::none
                                  : closed(c.instrument);
  if (why == Reject::none && asked.display && style != Style::sliced)
    why = Reject::terms_not_for_type;
  if (why == Reject::none && asked.display && (peak.n < 1 || peak > c.quantity - done))
    why = Reject::display_out_of_range;
  if (why == Reject::none && !keeps && !rules_.empty()) why = breaks_rules(wanted);
  const bool post_only = c.type == OrderType::post_only && !keeps;
  if (why == Reject::none && post_only && would_take(wanted)) {
    if (!terms.slide) why = Reject::would_take;
    if (terms.slide) wanted.price = step_back(wanted);
  }
  Report told = answer(
      c.arrive, c.order_id, c.instrument,
      why == Reject::none ? Report::Kind::modified : Report::Kind::change_rejected,
      why);
  told.price = wanted.type == OrderType::limit ? wanted.price : c.price;
  told.quantity = c.quantity;
  out.push_back(told);
  if (why != Reject::none) return;
  special_->amend(c.order_id, asked);
  if (keeps) {
    const Lots shrinks = left - (c.quantity - done);
    const Lots hidden =
        iceberg == nullptr ? Lots{} : std::min(shrinks, iceberg->reserve);
    if (iceberg != nullptr) {
      iceberg->reserve -= hidden;
      iceberg->total = c.quantity;
    }
    order.total = c.quantity;
    order.left -= shrinks - hidden;
    return;
  }
  own_[c.instrument].erase(c.side, c.order_id);
  std::erase_if(special_->icebergs(c.instrument),
                [&](const Iceberg& other) { return other.id == c.order_id; });
  const Lots open = c.quantity - done;
  const Lots rests =
      calls(c.instrument) || post_only ? open : trade_enough(wanted, open, out);
  if (rests.n == 0) return;
  if (style == Style::sliced) return slice(wanted, rests, peak);
  rest(wanted, rests, style);
}

}  // namespace ai_trading::venue
