// The engine's stops: where they wait, what they watch and which one fires next.
#include <algorithm>

#include "ai_trading/matching/engine_state.hpp"
#include "special_places.hpp"

namespace ai_trading::matching {

namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t clamp_price(Wide price) {
  return static_cast<std::int64_t>(
      std::clamp<Wide>(price, -Wide{kMaxPrice}, Wide{kMaxPrice}));
}

// Larger is nearer to firing: low buy stops and high sell stops come first.
constexpr std::int64_t rank_of(Side side, Ticks stop) {
  return side == Side::buy ? -stop.n : stop.n;
}

constexpr bool meets(Side side, Ticks price, Ticks stop) {
  return side == Side::buy ? price >= stop : price <= stop;
}

constexpr bool fires_later(const StopPlace& a, const StopPlace& b) {
  return a.rank != b.rank ? a.rank < b.rank : a.stamp > b.stamp;
}

}  // namespace

Ticks EngineState::trail_stop(const Terms& terms, Side side, Ticks from) {
  std::int64_t distance = terms.trail;
  if (terms.trail_by == TrailBy::basis_points) {
    const Wide size = from.n < 0 ? -Wide{from.n} : Wide{from.n};
    distance = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(size * terms.trail / 10'000));
  }
  return {clamp_price(Wide{from.n} + Wide{sign(side)} * distance)};
}

bool EngineState::watched(const Market& m, TriggerOn on, Side side, Ticks& price) {
  if (on == TriggerOn::last) {
    price = m.last;
    return m.traded;
  }
  const Key bid = m.shown[0].best_key();
  const Key ask = m.shown[1].best_key();
  if (on == TriggerOn::quote) {
    price = side == Side::buy ? Ticks{-ask} : Ticks{bid};
    return (side == Side::buy ? ask : bid) != kNoKey;
  }
  if (bid == kNoKey || ask == kNoKey) return false;
  const Wide twice = Wide{bid} - Wide{ask};
  price = Ticks{static_cast<std::int64_t>((twice - (twice & 1)) / 2)};
  return true;
}

void EngineState::place_stop(Market& m, Handle h) {
  Extra& x = store_.extra(store_.at(h));
  Special& s = store_.special(m);
  x.where = Where::stop;
  x.stamp = ++stamps_;
  const std::size_t on = at(x.terms.trigger);
  ++s.stop_count;
  // Calm trades are not noted; where there were no others, only the last one counts.
  if (s.stop_count == 1 || !s.stops_stale) s.high = s.low = m.last;
  s.stops_stale = true;
  s.quiet = false;
  s.quote_stops += x.terms.trigger != TriggerOn::last ? 1U : 0U;
  m.guard |= guard::stops;
  if (x.type == OrderType::trailing_stop) {
    s.trailing[on][at(x.side)].push_back(h);
    return set_calm(s);
  }
  auto& list = s.stops[on][at(x.side)];
  const StopPlace place{rank_of(x.side, x.terms.stop), x.stamp, h};
  list.insert(std::ranges::upper_bound(list, place, fires_later), place);
  set_calm(s);
}

void EngineState::leave_stop(Market& m, Handle h) {
  const Extra& x = store_.extra(store_.at(h));
  Special& s = *m.special;
  const std::size_t on = at(x.terms.trigger);
  if (x.type == OrderType::trailing_stop) {
    std::erase(s.trailing[on][at(x.side)], h);
  } else {
    auto& list = s.stops[on][at(x.side)];
    const StopPlace place{rank_of(x.side, x.terms.stop), x.stamp, h};
    list.erase(std::ranges::lower_bound(list, place, fires_later));
  }
  --s.stop_count;
  s.quote_stops -= x.terms.trigger != TriggerOn::last ? 1U : 0U;
  set_calm(s);
  set_guard(m);
}

// The nearest triggers of stops on trades.  What trails them must see every trade.
void EngineState::set_calm(Special& s) {
  const std::size_t on = at(TriggerOn::last);
  const auto& buys = s.stops[on][at(Side::buy)];
  const auto& sells = s.stops[on][at(Side::sell)];
  s.calm_low = Ticks{sells.empty() ? -kMaxPrice - 1 : sells.back().rank};
  s.calm_high = Ticks{buys.empty() ? kMaxPrice + 1 : -buys.back().rank};
  if (!s.trailing[on][0].empty() || !s.trailing[on][1].empty())
    s.calm_low = Ticks{kMaxPrice};
}

// Whether the price meets a trailing stop; if not, the stop follows it.
bool EngineState::follow(Extra& x, Ticks price) {
  if (meets(x.side, price, x.terms.stop)) return true;
  if (better(opposite(x.side), price, x.trail_from)) {
    x.trail_from = price;
    x.terms.stop = trail_stop(x.terms, x.side, price);
  }
  return false;
}

void EngineState::note_trade(Market& m, Ticks price) {
  const bool first = !m.traded;
  m.last = m.reference = price;
  m.traded = true;
  if ((m.guard & guard::stops) == 0) return;
  Special& s = *m.special;
  s.stops_stale = true;
  s.quiet = false;
  s.high = first ? price : std::max(s.high, price);
  s.low = first ? price : std::min(s.low, price);
  for (const std::size_t side : {0U, 1U}) {
    for (const Handle h : s.trailing[at(TriggerOn::last)][side]) {
      Extra& x = store_.extra(store_.at(h));
      if (!x.met) x.met = follow(x, price);
    }
  }
}

void EngineState::remember_met(Market& m) {
  if (!m.special) return;
  Special& s = *m.special;
  for (const Side side : {Side::buy, Side::sell}) {
    for (const StopPlace& place : s.stops[at(TriggerOn::last)][at(side)]) {
      Extra& x = store_.extra(store_.at(place.order));
      const Ticks extreme = side == Side::buy ? s.high : s.low;
      x.met = x.met || (m.traded && meets(side, extreme, x.terms.stop));
      s.met_before = s.met_before || x.met;
    }
  }
  s.high = s.low = m.last;
}

Handle EngineState::next_met(Market& m) {
  Special& s = *m.special;
  // All that trail a quote look at it, before one fires; one that has gone is forgotten.
  for (const TriggerOn on : {TriggerOn::quote, TriggerOn::midpoint}) {
    for (const Side side : {Side::buy, Side::sell}) {
      const auto& trailing = s.trailing[at(on)][at(side)];
      Ticks price;
      const bool known = !trailing.empty() && watched(m, on, side, price);
      for (const Handle h : trailing) {
        Extra& x = store_.extra(store_.at(h));
        x.met = known && follow(x, price);
      }
    }
  }
  for (const TriggerOn on : {TriggerOn::last, TriggerOn::quote, TriggerOn::midpoint}) {
    for (const Side side : {Side::buy, Side::sell}) {
      const auto& fixed = s.stops[at(on)][at(side)];
      auto& trailing = s.trailing[at(on)][at(side)];
      if (fixed.empty() && trailing.empty()) continue;
      Ticks price;
      if (!watched(m, on, side, price)) continue;
      StopPlace first{0, 0, kNone};
      if (!fixed.empty()) {
        Ticks extreme = price;
        if (on == TriggerOn::last) extreme = side == Side::buy ? s.high : s.low;
        const StopPlace& nearest = fixed.back();
        if (nearest.rank >= rank_of(side, extreme)) first = nearest;
        for (const StopPlace& place : fixed) {
          if (!s.met_before || on != TriggerOn::last) break;
          if (!store_.extra(store_.at(place.order)).met) continue;
          if (first.order == kNone || fires_later(first, place)) first = place;
        }
      }
      for (const Handle h : trailing) {
        const Extra& x = store_.extra(store_.at(h));
        if (!x.met) continue;
        const StopPlace place{rank_of(side, x.terms.stop), x.stamp, h};
        if (first.order == kNone || fires_later(first, place)) first = place;
      }
      if (first.order != kNone) return first.order;
    }
  }
  s.high = s.low = m.last;
  s.met_before = false;
  s.stops_stale = false;
  s.stops_seen = {m.shown[0].best_key(), m.shown[1].best_key()};
  return kNone;
}

}  // namespace ai_trading::matching
