// The engine's dark orders: hidden, pegged and conditional ones, where they stand and in
// what order a walk meets them.
#include <algorithm>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/matching/engine_state.hpp"
#include "special_places.hpp"

namespace ai_trading::matching {

namespace {
__extension__ using UnsignedWide = unsigned __int128;
}  // namespace

Key EngineState::peg_reference(const Market& m, Side side, PegTo to) {
  if (m.state != TradingState::continuous) return kNoKey;
  const Key own = m.shown[at(side)].best_key();
  const Key across = m.shown[at(opposite(side))].best_key();
  if (to == PegTo::primary) return own;
  if (across == kNoKey) return kNoKey;
  if (to == PegTo::market) return -across;
  if (own == kNoKey) return kNoKey;
  // The mean, rounded down as a key: down for buyers and up for sellers.  Neither side
  // alone leaves 2^62, so that their sum stays inside 64 bits.
  const Key twice = own - across;
  return (twice - (twice & 1)) / 2;
}

// More aggressive is higher, whichever side's key it is.
Key EngineState::peg_key(const Market& m, Side side, Key reference, Ticks offset,
                         Ticks limit) {
  Key most = key_of(side, limit);
  if (m.special && m.special->banded) {
    const Ticks band = side == Side::buy ? m.special->band_high : m.special->band_low;
    most = std::min(most, key_of(side, band));
  }
  Key key;
  if (__builtin_add_overflow(reference, offset.n, &key))
    key = offset.n > 0 ? kMaxPrice : -kMaxPrice;
  return std::clamp(std::min(key, most), -kMaxPrice, kMaxPrice);
}

// Three additions for each side, however many pegs there are.
void EngineState::look_anew(Market& m) {
  Special& s = *m.special;
  s.touch_seen = {m.shown[0].best_key(), m.shown[1].best_key()};
  s.reach_stale = s.pegs_priced = false;
  s.quiet = s.quiet && s.quiet_anywhere;
  for (const Side side : {Side::buy, Side::sell}) {
    Key reach = s.dark[at(side)].best_key();
    for (const PegTo to : {PegTo::primary, PegTo::midpoint, PegTo::market}) {
      const PegBounds& bounds = s.peg_bounds[at(side)][at(to)];
      if (bounds.groups == 0) continue;
      const Key reference = peg_reference(m, side, to);
      if (reference == kNoKey) continue;
      const Ticks limit = price_of(side, bounds.limit);
      reach = std::max(reach, peg_key(m, side, reference, bounds.offset, limit));
    }
    s.reach[at(side)] = reach;
  }
}

// Every reference once for each side; then an addition and a bound for each group.
void EngineState::price_pegs_anew(Market& m) {
  Special& s = *m.special;
  s.pegs_priced = true;
  for (const Side side : {Side::buy, Side::sell}) {
    Key best = kNoKey;
    std::array<Key, 4> references{};  // by PegTo, as keys of this side
    for (const PegTo to : {PegTo::primary, PegTo::midpoint, PegTo::market})
      references[at(to)] =
          s.pegs[at(side)].empty() ? kNoKey : peg_reference(m, side, to);
    for (PegGroup& group : s.pegs[at(side)]) {
      const Key reference = references[at(group.to)];
      group.key = reference == kNoKey
                      ? kNoKey
                      : peg_key(m, side, reference, group.offset, group.limit);
      best = std::max(best, group.key);
    }
    s.best_peg[at(side)] = best;
    s.first_peg[at(side)] = kNone;
    s.reach[at(side)] = std::max(best, s.dark[at(side)].best_key());
  }
}

Key EngineState::best_of_all(const Market& m, Side side) {
  Key best = m.shown[at(side)].best_key();
  if (m.special) best = std::max(best, best_dark(m, side));
  return best;
}

DarkPlace EngineState::next_dark(const Market& m, Side side, Key worst,
                                 DarkPlace after) const {
  DarkPlace found{worst - 1, 0, kNone};
  if (!m.special || m.special->dark_orders[at(side)] == 0) return found;
  const Special& s = *m.special;
  const auto look = [&](Handle level, Key key) {
    for (Handle h = store_.at(level).next; h != level; h = store_.at(h).next) {
      const std::uint64_t stamp = store_.extra(store_.at(h)).stamp;
      if (key == after.key && stamp <= after.stamp) continue;
      if (key > found.key || (key == found.key && stamp < found.stamp))
        found = {key, stamp, h};
      return true;  // the ring is in order of stamps
    }
    return false;
  };
  const PriceLevels& levels = s.dark[at(side)];
  Key key = levels.best_key();
  if (key > after.key)
    key = levels.find(after.key) != kNone ? after.key : levels.below(after.key);
  for (; key >= worst; key = levels.below(key))
    if (look(levels.find(key), key)) break;
  if (s.best_peg[at(side)] >= worst) {
    for (const PegGroup& group : s.pegs[at(side)])
      if (group.key >= worst && group.key <= after.key && group.key >= found.key)
        (void)look(group.level, group.key);
  }
  return found;
}

DarkPlace EngineState::first_dark(Market& m, Side side) const {
  Special& s = *m.special;
  DarkPlace first{kNoKey, 0, kNone};
  const auto look = [&](Handle level, Key key) {
    const Handle h = store_.at(level).next;
    const std::uint64_t stamp = store_.extra(store_.at(h)).stamp;
    if (key < first.key || (key == first.key && stamp > first.stamp)) return false;
    first = {key, stamp, h};
    return true;
  };
  Handle& known = s.first_peg[at(side)];
  Key& known_key = s.first_peg_key[at(side)];
  if (known != kNone) {
    (void)look(known, known_key);
  } else {
    for (const PegGroup& group : s.pegs[at(side)])
      if (group.key != kNoKey && look(group.level, group.key)) known = group.level;
    known_key = first.key;
  }
  const PriceLevels& levels = s.dark[at(side)];
  if (!levels.empty()) (void)look(levels.best(), levels.best_key());
  return first;
}

Key EngineState::first_candidate(const Market& m, const Incoming& in) const {
  const Side across = opposite(in.side);
  const Key shown = m.shown[at(across)].best_key();
  const bool any_shown = shown >= in.limit;
  if (m.special && m.special->dark_orders[at(across)] > 0) {
    DarkPlace after;
    const Key worst = any_shown ? shown + 1 : in.limit;
    for (;;) {
      after = next_dark(m, across, worst, after);
      if (after.order == kNone) break;
      if (store_.extra(store_.at(after.order)).need(store_.at(after.order).quantity) <=
          in.left.n)
        return after.key;
    }
  }
  return any_shown ? shown : kNoKey;
}

// Displayed levels and dark orders in the order of a walk, without consequences.
std::int64_t EngineState::dry_volume(const Market& m, const Incoming& in,
                                     std::int64_t enough) const {
  const Side across = opposite(in.side);
  const PriceLevels& levels = m.shown[at(across)];
  const bool guarded = in.rule != SelfTrade::allow;
  std::int64_t left = in.left.n;
  std::int64_t volume = 0;
  bool ended = false;

  const auto meet = [&](Handle h, std::int64_t offered) {
    const Entry& e = store_.at(h);
    if (guarded && one_party(in.owner, owner_of(e))) {
      if (in.rule == SelfTrade::cancel_newest || in.rule == SelfTrade::cancel_both)
        ended = true;
      if (in.rule == SelfTrade::decrement) {
        const std::int64_t whole =
            e.quantity + (is_special(e.mark) ? store_.extra(e).reserve : 0);
        left -= std::min(left, whole);
      }
      return;
    }
    const std::int64_t traded = std::min(left, offered);
    left -= traded;
    volume += traded;
  };
  const auto done = [&] { return ended || left == 0 || volume >= enough; };
  const Allocation allocation =
      m.special ? m.special->settings.allocation : Allocation::price_time;
  const auto own = [&](Handle h) {
    return guarded && one_party(in.owner, owner_of(store_.at(h)));
  };
  // Peak after peak, the largest first: who is met first decides only where somebody of
  // the order's own party may be.
  const auto meet_by_size = [&](Handle level) {
    struct Peak {
      Handle order;
      std::int64_t shown, reserve;
      std::uint32_t peaks;
    };
    std::vector<Peak> queue;
    for (Handle h = store_.at(level).next; h != level; h = store_.at(h).next) {
      const Entry& e = store_.at(h);
      const bool special = is_special(e.mark);
      queue.push_back({h, e.quantity, special ? store_.extra(e).reserve : 0,
                       special ? store_.extra(e).peaks : 0});
    }
    while (!queue.empty() && !done()) {
      const auto first = std::ranges::max_element(queue, {}, &Peak::shown);
      Peak peak = *first;
      queue.erase(first);
      meet(peak.order, peak.shown);
      if (own(peak.order) || peak.reserve == 0) continue;
      const Entry& e = store_.at(peak.order);
      Extra x = store_.extra(e);
      x.peaks = peak.peaks;
      peak.shown = next_peak(e.name, x, peak.reserve);
      peak.reserve -= peak.shown;
      peak.peaks = x.peaks;
      queue.push_back(peak);
    }
  };
  const auto meet_level = [&](Handle level) {
    if (guarded && allocation == Allocation::price_size_time)
      return meet_by_size(level);
    const bool own_first = guarded && allocation == Allocation::pro_rata;
    if (own_first) {
      for (Handle h = store_.at(level).next; h != level && !done();
           h = store_.at(h).next)
        if (own(h)) meet(h, 0);
    }
    for (Handle h = store_.at(level).next; h != level && !done();
         h = store_.at(h).next) {
      if (own_first && own(h)) continue;
      meet(h, store_.at(h).quantity);
    }
    for (Handle h = store_.at(level).next; h != level && !done();
         h = store_.at(h).next) {
      const Entry& e = store_.at(h);
      if (!is_special(e.mark) || store_.extra(e).reserve == 0 || own(h)) continue;
      meet(h, store_.extra(e).reserve);
    }
  };

  Key shown = levels.best_key();
  DarkPlace after;
  while (!done()) {
    const bool any_shown = shown >= in.limit;
    const DarkPlace dark =
        next_dark(m, across, any_shown ? shown + 1 : in.limit, after);
    if (dark.order != kNone) {
      after = dark;
      const Entry& e = store_.at(dark.order);
      if (store_.extra(e).need(e.quantity) <= left) meet(dark.order, e.quantity);
    } else if (any_shown) {
      meet_level(levels.find(shown));
      shown = levels.below(shown);
    } else {
      break;
    }
  }
  return volume;
}

std::int64_t EngineState::next_peak(OrderId id, Extra& x, std::int64_t left) const {
  const std::int64_t spread = x.terms.display_random.n;
  std::int64_t peak = x.terms.display.n;
  if (spread > 0) {
    std::uint64_t state = seed_ ^ (id * 0x9e3779b97f4a7c15ULL);
    state += x.peaks * 0xd1342543de82ef95ULL;
    const std::uint64_t width = 2 * static_cast<std::uint64_t>(spread) + 1;
    const auto draw =
        static_cast<std::int64_t>((UnsignedWide{splitmix64(state)} * width) >> 64);
    peak += draw - spread;
  }
  ++x.peaks;
  return std::min(peak, left);
}

void EngineState::place_dark(Market& m, Handle h) {
  Extra& x = store_.extra(store_.at(h));
  Special& s = store_.special(m);
  x.where = Where::dark;
  x.stamp = ++stamps_;
  const Key key = key_of(x.side, x.price);
  PriceLevels& levels = s.dark[at(x.side)];
  Handle level = levels.find(key);
  if (level == kNone) {
    level = store_.take_level(key, level_mark(x.instrument, x.side, Where::dark));
    levels.insert(key, level);
  }
  store_.join(level, h);
  ++s.dark_orders[at(x.side)];
  s.movers[at(x.side)] += x.conditional() ? 1U : 0U;
  s.conditional[at(x.side)] += x.conditional() ? 1U : 0U;
  s.tame = false;
  s.stir();
  m.guard |= guard::dark;
}

void EngineState::place_pegged(Market& m, Handle h) {
  Extra& x = store_.extra(store_.at(h));
  Special& s = store_.special(m);
  x.where = Where::pegged;
  x.stamp = ++stamps_;
  auto& groups = s.pegs[at(x.side)];
  auto group = std::ranges::find_if(groups, [&](const PegGroup& g) {
    return g.to == x.terms.peg && g.offset == x.terms.offset && g.limit == x.price;
  });
  if (group == groups.end()) {
    const Handle level =
        store_.take_level(0, level_mark(x.instrument, x.side, Where::pegged));
    groups.push_back({x.terms.peg, x.terms.offset, x.price, level});
    group = groups.end() - 1;
    bound_pegs(s, x.side);
  }
  store_.join(group->level, h);
  ++s.dark_orders[at(x.side)];
  ++s.movers[at(x.side)];
  s.conditional[at(x.side)] += x.conditional() ? 1U : 0U;
  s.stir();
  m.guard |= guard::dark;
}

void EngineState::bound_pegs(Special& s, Side side) {
  auto& bounds = s.peg_bounds[at(side)];
  bounds = {};
  for (const PegGroup& group : s.pegs[at(side)]) {
    PegBounds& bound = bounds[at(group.to)];
    const Key limit = key_of(side, group.limit);
    const bool first = bound.groups++ == 0;
    bound.offset = first ? group.offset : std::max(bound.offset, group.offset);
    bound.limit = first ? limit : std::max(bound.limit, limit);
  }
  set_tame(s);
}

// A displayed bid is below every displayed ask.  So pegs at their own side's best price
// or behind it, and behind the midpoint, meet neither these nor each other; only hidden
// and conditional orders, which stay where they are, and pegs to the other side may.
void EngineState::set_tame(Special& s) {
  s.tame = s.dark[0].empty() && s.dark[1].empty();
  for (const auto& bounds : s.peg_bounds) {
    const PegBounds& primary = bounds[at(PegTo::primary)];
    const PegBounds& middle = bounds[at(PegTo::midpoint)];
    s.tame = s.tame && bounds[at(PegTo::market)].groups == 0 &&
             (primary.groups == 0 || primary.offset.n <= 0) &&
             (middle.groups == 0 || middle.offset.n < 0);
  }
}

void EngineState::leave_dark(Market& m, Handle h) {
  const Entry& e = store_.at(h);
  const Extra& x = store_.extra(e);
  Special& s = *m.special;
  const std::size_t side = at(x.side);
  --s.dark_orders[side];
  const bool pegged = x.where == Where::pegged;
  s.movers[side] -= pegged || x.conditional() ? 1U : 0U;
  s.conditional[side] -= x.conditional() ? 1U : 0U;
  s.first_peg[side] = kNone;
  s.stir();
  const Handle level = e.level;
  if (store_.leave(h) > 0) return set_guard(m);
  if (pegged) {
    std::erase_if(s.pegs[side], [&](const PegGroup& g) { return g.level == level; });
    bound_pegs(s, x.side);
    if (s.pegs[side].empty()) s.best_peg[side] = kNoKey;
  } else {
    s.dark[side].erase(store_.at(level).key());
    set_tame(s);
  }
  store_.drop_level(level);
  set_guard(m);
}

}  // namespace ai_trading::matching
