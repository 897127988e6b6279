// Engine: orders that are not plain, and what follows a command.  Included by engine.hpp.
#pragma once

namespace ai_trading::matching {

template <class Listener>
Reject Engine<Listener>::submit(const NewOrder& order, const Terms& terms) {
  Incoming in;
  const Reject bad = check_new(order, terms, in);
  if (bad != Reject::none) return refuse(order.id, bad);
  Market& m = store_.market(order.instrument);
  listener_->accepted(order);
  if (is_stop(in.type)) {
    start_stop(m, record(in));
  } else if (is_held(m, in.time_in_force)) {
    hold(m, record(in));
  } else if (!gathers(m)) {
    if (can_trade(m, in)) walk(m, in);
    finish(m, in);
  } else if (in.type == OrderType::market || in.type == OrderType::market_to_limit) {
    place_waiting(m, record(in));
  } else {
    rest(m, in);
  }
  after(m, order.instrument);
  return Reject::none;
}

template <class Listener>
void Engine<Listener>::start_stop(Market& m, Handle h) {
  Extra& x = store_.extra(store_.at(h));
  if (x.type == OrderType::trailing_stop) {
    (void)watched(m, x.terms.trigger, x.side, x.trail_from);
    x.terms.stop = trail_stop(x.terms, x.side, x.trail_from);
  }
  place_stop(m, h);
}

template <class Listener>
void Engine<Listener>::hold(Market& m, Handle h) {
  Extra& x = store_.extra(store_.at(h));
  x.where = Where::held;
  x.stamp = ++stamps_;
  store_.special(m).held.push_back(h);
}

template <class Listener>
void Engine<Listener>::settle(Market& m, InstrumentIndex instrument) {
  if (m.state == TradingState::auction) return tell_indicative(m, instrument);
  if (m.state != TradingState::continuous) return;
  if ((m.guard & (guard::dark | guard::stops)) == 0) return;
  for (;;) {
    if ((m.guard & guard::dark) != 0 && retry(m)) continue;
    if ((m.guard & guard::stops) == 0 || stops_quiet(m)) break;
    const Handle stop = next_met(m);
    if (stop == kNone) break;
    fire(m, stop);
  }
  // Stops have just been looked at; movers apart stay so while the touch does.
  Special& s = *m.special;
  s.quiet_anywhere = s.tame && s.quote_stops == 0;
  if (!s.tame || s.quote_stops != 0) look(m);
  s.quiet = s.tame || movers_apart(m);
}

// Lets the first resting order that can trade do so: see docs/matching.md, "settling".
template <class Listener>
bool Engine<Listener>::retry(Market& m) {
  const Special& s = *m.special;
  if (s.tame) return false;
  look(m);
  if (movers_apart(m)) return false;
  price_pegs(m);
  if (movers_apart(m)) return false;
  for (const Side side : {Side::buy, Side::sell}) {
    if (s.movers[static_cast<std::size_t>(side)] == 0) continue;
    const Key across = best_of_all(m, opposite(side));
    if (across == kNoKey || best_dark(m, side) < -across) continue;
    for (DarkPlace at = next_dark(m, side, -across, {}); at.order != kNone;
         at = next_dark(m, side, -across, at)) {
      const Extra& x = store_.extra(store_.at(at.order));
      if (x.where != Where::pegged && !x.conditional()) continue;
      Incoming in = incoming(at.order);
      in.limit = -at.key;
      in.resting = true;
      const std::int64_t need = std::max<std::int64_t>(1, in.need());
      if (dry_volume(m, in, need) < need) continue;
      walk(m, in);
      return true;
    }
  }
  return false;
}

template <class Listener>
void Engine<Listener>::fire(Market& m, Handle stop) {
  const OrderView was = view(stop);
  leave_stop(m, stop);
  Extra& x = store_.extra(store_.at(stop));
  x.type = x.type == OrderType::stop_limit ? OrderType::limit : OrderType::market;
  x.terms.stop = Ticks{};
  x.terms.trail = 0;
  x.terms.trail_by = TrailBy::ticks;
  x.terms.trigger = TriggerOn::last;
  x.where = Where::shown;
  listener_->triggered(was);
  Incoming in = incoming(stop);
  in.left = was.left;
  if (in.type == OrderType::limit && outside_band(m, in.side, in.price)) {
    store_.drop(stop);
    return listener_->canceled(view_of(in), Gone::band);
  }
  // A market order without a partner is canceled by finish.
  (void)price_incoming(m, in);
  if (can_trade(m, in)) walk(m, in);
  finish(m, in);
}

}  // namespace ai_trading::matching
