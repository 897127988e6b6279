// The part of the matching engine that nobody listens to: what is stored, and questions
// asked of it.  Engine (engine.hpp) changes it and tells its listener.
//
// The words (candidate, need, dark, walk) are those of docs/matching.md.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "ai_trading/matching/store.hpp"

namespace ai_trading::matching {

// An order that looks for partners: new, replaced, triggered, or resting and retried.
struct Incoming {
  OrderId id{};
  InstrumentIndex instrument{};
  OwnerId owner{};
  Side side{};
  OrderType type{};
  TimeInForce time_in_force{};
  Ticks price;  // its limit, of a peg the peg's
  Key limit{};  // the worst candidate, as a key of the other side
  Lots left;
  SelfTrade rule = SelfTrade::allow;
  const Terms* terms{};   // none: all zero
  Handle record = kNone;  // where it has one already
  bool resting{};         // it stays in its queue while it trades
  bool gone{};            // canceled on the way

  [[nodiscard]] std::int64_t need() const {
    if (time_in_force == TimeInForce::fok) return left.n;
    if (terms == nullptr) return 0;
    if (terms->all_or_none) return left.n;
    return terms->minimum.n < left.n ? terms->minimum.n : left.n;
  }
  // What is left of it must not rest.
  [[nodiscard]] bool ends() const {
    return type == OrderType::market || time_in_force == TimeInForce::ioc ||
           time_in_force == TimeInForce::fok;
  }
};

// Why bytes were not taken for a snapshot.
enum class SnapshotError : std::uint8_t {
  none = 0,
  not_a_snapshot = 1,  // too short, or it begins otherwise
  version = 2,         // of another format
  damaged = 3,         // length or checksum is wrong
  too_many_instruments = 4,
};

// A dark order in its place among the candidates.
struct DarkPlace {
  Key key = std::numeric_limits<Key>::max();
  std::uint64_t stamp = 0;
  Handle order = kNone;
};

class EngineState {
 public:
  EngineState(std::size_t max_instruments, std::uint64_t seed)
      : store_(max_instruments), seed_(seed) {}

  [[nodiscard]] const Store& store() const { return store_; }
  [[nodiscard]] std::uint64_t matches() const { return matches_; }
  [[nodiscard]] Nanos now() const { return now_; }
  [[nodiscard]] OrderView view(Handle h) const {
    const Entry& e = store_.at(h);
    if (is_special(e.mark)) [[unlikely]]
      return view_special(e);
    const Entry& level = store_.at(e.level);
    const Side side = side_of(level.mark);
    return {e.name,      instrument_of(level.mark),   e.mark,
            side,        price_of(side, level.key()), {e.quantity},
            {e.quantity}};
  }
  [[nodiscard]] OwnerId owner_of(const Entry& e) const {
    return is_special(e.mark) ? store_.extra(e).owner : e.mark;
  }

  // Calls visit(Handle) for every order of the instrument that is not displayed.
  template <class Visit>
  void for_each_unshown(InstrumentIndex instrument, Visit&& visit) const;
  // The same of one side's displayed orders in priority order.
  template <class Visit>
  void for_each_shown(InstrumentIndex instrument, Side side, Visit&& visit) const;

  [[nodiscard]] std::uint64_t state_hash() const;

  // Everything that decides what happens next, as bytes with version and checksum.
  [[nodiscard]] std::vector<std::byte> snapshot() const;
  // Becomes what the bytes say; where they are refused, stays what it was.
  [[nodiscard]] SnapshotError restore(std::span<const std::byte> bytes);

 protected:
  // Everything that speaks against a new order, in the order of docs/matching.md;
  // `in` is the order ready to walk where it may at once.
  [[nodiscard]] Reject check_new(const NewOrder& order, const Terms& terms,
                                 Incoming& in);
  // The same of a change of a live order.
  [[nodiscard]] Reject check_change(Handle h, const Change& change, Incoming& in);
  [[nodiscard]] bool keeps_place(Handle h, const Change& change) const;
  [[nodiscard]] Incoming incoming(Handle h) const;
  // Sets how far it may go; refuses what cannot trade and must, or can and must not.
  [[nodiscard]] Reject price_incoming(Market& m, Incoming& in);
  [[nodiscard]] bool would_overflow(const Market& m, const Incoming& in) const;

  [[nodiscard]] Reject check_terms(const NewOrder& order, const Terms& terms) const;
  [[nodiscard]] static Reject check_state(const Market& m, OrderType type,
                                          TimeInForce tif, const Terms& terms);
  [[nodiscard]] static bool has_price(OrderType type);
  [[nodiscard]] static bool off_increment(const Market& m, Ticks price) {
    return m.special && price.n % m.special->settings.increment.n != 0;
  }
  [[nodiscard]] static bool gathers(const Market& m) {
    return m.state == TradingState::pre_open || m.state == TradingState::auction;
  }
  // Held outside the books until the closing auction.
  [[nodiscard]] static bool is_held(const Market& m, TimeInForce time_in_force) {
    return time_in_force == TimeInForce::at_the_close &&
           !(m.state == TradingState::auction && m.auction == AuctionKind::closing);
  }

  [[nodiscard]] static bool outside_band(const Market& m, Side side, Ticks price);

  [[nodiscard]] static Key worst_key(const Market& m, Side side);
  [[nodiscard]] bool one_party(OwnerId a, OwnerId b) const;
  [[nodiscard]] SelfTrade rule_of(OwnerId owner, const Terms* terms) const;
  [[nodiscard]] Account account(OwnerId owner) const;
  void remember(OwnerId owner, Account account);

  [[nodiscard]] static bool same_touch(const Market& m, const Special& s) {
    return m.shown[0].best_key() == s.touch_seen[0] &&
           m.shown[1].best_key() == s.touch_seen[1];
  }
  // Makes `reach` hold for the displayed touch as it is now.
  void look(Market& m) {
    const Special& s = *m.special;
    if (s.reach_stale || !same_touch(m, s)) look_anew(m);
  }
  void look_anew(Market& m);
  // Prices the pegs by the displayed touch as it is now.
  void price_pegs(Market& m) {
    if (!m.special || (m.guard & guard::dark) == 0) return;
    look(m);
    if (!m.special->pegs_priced) price_pegs_anew(m);
  }
  void price_pegs_anew(Market& m);
  // At the touch last looked at no pegged or conditional order can meet anybody.
  [[nodiscard]] static bool movers_apart(const Market& m) {
    const Special& s = *m.special;
    if (s.movers[0] + s.movers[1] == 0) return true;
    return s.reach[0] < -m.shown[1].best_key() && s.reach[1] < -m.shown[0].best_key() &&
           s.reach[0] < -s.reach[1];
  }
  // Nothing that rests or waits can have been stirred by the last command.
  [[nodiscard]] static bool is_quiet(const Market& m) {
    const Special& s = *m.special;
    return s.quiet && (s.quiet_anywhere || same_touch(m, s));
  }
  // Where all dark orders of a side are tame pegs: no less than the best of their keys.
  [[nodiscard]] static Key tame_reach(const Market& m, Side side) {
    const auto at = static_cast<std::size_t>(side);
    const Special& s = *m.special;
    const Key own = m.shown[at].best_key();
    const Key across = m.shown[at ^ 1].best_key();
    const PegBounds& primary =
        s.peg_bounds[at][static_cast<std::size_t>(PegTo::primary)];
    const PegBounds& middle =
        s.peg_bounds[at][static_cast<std::size_t>(PegTo::midpoint)];
    // Limits, bands and the least price only take away; their offsets are not above 0.
    Key reach = kNoKey;
    if (own == kNoKey) return reach;
    if (primary.groups != 0) reach = std::max(own + primary.offset.n, -kMaxPrice);
    if (middle.groups != 0 && across != kNoKey)
      reach = std::max({reach, ((own - across) >> 1) + middle.offset.n, -kMaxPrice});
    return reach;
  }
  // The best key of a side's dark orders, as of the last price_pegs.
  [[nodiscard]] static Key best_dark(const Market& m, Side side) {
    const auto at = static_cast<std::size_t>(side);
    return std::max(m.special->dark[at].best_key(), m.special->best_peg[at]);
  }
  // The price a peg of this side looks at, as a key of its side, or kNoKey.
  [[nodiscard]] static Key peg_reference(const Market& m, Side side, PegTo to);
  [[nodiscard]] static Key peg_key(const Market& m, Side side, Key reference,
                                   Ticks offset, Ticks limit);

  // The best dark order with a key of at least `worst` that stands behind `after`.
  [[nodiscard]] DarkPlace next_dark(const Market& m, Side side, Key worst,
                                    DarkPlace after) const;
  // The first dark order of a side, and its key, as of the last price_pegs.  O(1) while
  // one group leads.
  [[nodiscard]] DarkPlace first_dark(Market& m, Side side) const;
  // The key of the first candidate that is not passed over, or kNoKey.
  [[nodiscard]] Key first_candidate(const Market& m, const Incoming& in) const;
  // The dry walk's volume, counted up to `enough`.
  [[nodiscard]] std::int64_t dry_volume(const Market& m, const Incoming& in,
                                        std::int64_t enough) const;
  [[nodiscard]] bool can_trade(const Market& m, const Incoming& in) const {
    const std::int64_t need = in.need();
    if (need > 0) return dry_volume(m, in, need) >= need;
    return first_candidate(m, in) != kNoKey;
  }
  // The best key of a side, displayed or dark, as of the last price_pegs.
  [[nodiscard]] static Key best_of_all(const Market& m, Side side);

  // The next peak of an iceberg that has `left`.
  [[nodiscard]] std::int64_t next_peak(OrderId id, Extra& x, std::int64_t left) const;

  void place_dark(Market& m, Handle h);
  void place_pegged(Market& m, Handle h);
  void leave_dark(Market& m, Handle h);
  void place_waiting(Market& m, Handle h);
  // Out of whatever queue or list it stands in; the record stays.
  void detach(Market& m, Handle h);

  void place_stop(Market& m, Handle h);
  void leave_stop(Market& m, Handle h);
  void note_trade(Market& m, Ticks price);
  void note_trade_plain(Market& m, Ticks price) {
    if ((m.guard & guard::stops) != 0) [[unlikely]] {
      const Special& s = *m.special;
      if (!m.traded || price <= s.calm_low || price >= s.calm_high)
        return note_trade(m, price);
    }
    m.last = m.reference = price;
    m.traded = true;
  }
  // Nothing has happened that a stop could have waited for.
  [[nodiscard]] static bool stops_quiet(const Market& m) {
    const Special& s = *m.special;
    if (s.stops_stale) return false;
    return s.quote_stops == 0 || (m.shown[0].best_key() == s.stops_seen[0] &&
                                  m.shown[1].best_key() == s.stops_seen[1]);
  }
  // A record in no queue joins the back of a displayed level.
  void join_shown(Market& m, Handle h, InstrumentIndex instrument, Side side,
                  Ticks price) {
    const Handle level = store_.shown_level(m, instrument, side, key_of(side, price));
    store_.at(level).quantity += store_.at(h).quantity;
    store_.join(level, h);
  }
  // Lets trailing stops look at the quote, and returns the first stop that is met.
  [[nodiscard]] Handle next_met(Market& m);
  // Marks the stops that trades so far have met, before these are forgotten.
  void remember_met(Market& m);
  [[nodiscard]] static bool watched(const Market& m, TriggerOn on, Side side,
                                    Ticks& price);
  [[nodiscard]] static Ticks trail_stop(const Terms& terms, Side side, Ticks from);

  void set_guard(Market& m) const;
  [[nodiscard]] std::vector<OrderId>& collect(InstrumentIndex instrument);

  Store store_;
  struct KnownAccount {
    OwnerId owner;
    Account account;
  };
  std::vector<KnownAccount> accounts_;
  book::IdIndex account_index_;
  std::uint64_t matches_{};
  std::uint64_t stamps_{};
  std::uint64_t seed_;
  Nanos now_{std::numeric_limits<std::int64_t>::min()};
  std::vector<OrderId> scratch_;

  // GTD orders by the time they end: a heap, soonest first.  Entries of orders that have
  // gone are found out when they come up.
  struct Dated {
    Nanos at;
    OrderId id;
  };
  [[nodiscard]] static bool later(const Dated& a, const Dated& b) {
    return a.at != b.at ? a.at > b.at : a.id > b.id;
  }
  void date(const Extra& x, OrderId id) {
    dated_.push_back({x.terms.expire_at, id});
    std::ranges::push_heap(dated_, later);
  }
  std::vector<Dated> dated_;

 private:
  [[nodiscard]] OrderView view_special(const Entry& e) const;
  static void set_calm(Special& s);
  static void set_tame(Special& s);
  static void bound_pegs(Special& s, Side side);
  bool follow(Extra& x, Ticks price);
  [[nodiscard]] SnapshotError load(std::span<const std::byte> payload);
};

template <class Visit>
void EngineState::for_each_shown(InstrumentIndex instrument, Side side,
                                 Visit&& visit) const {
  if (instrument >= store_.instruments() || side == Side::none) return;
  const PriceLevels& levels =
      store_.known(instrument).shown[static_cast<std::size_t>(side)];
  for (Key key = levels.best_key(); key != kNoKey; key = levels.below(key)) {
    const Handle level = levels.find(key);
    for (Handle h = store_.at(level).next; h != level; h = store_.at(h).next)
      if (!visit(h)) return;
  }
}

template <class Visit>
void EngineState::for_each_unshown(InstrumentIndex instrument, Visit&& visit) const {
  if (instrument >= store_.instruments()) return;
  const Special* s = store_.known(instrument).special.get();
  if (s == nullptr) return;
  const auto ring = [&](Handle level) {
    if (level == kNone) return;
    for (Handle h = store_.at(level).next; h != level; h = store_.at(h).next) visit(h);
  };
  for (const std::size_t side : {0U, 1U}) {
    for (Key k = s->dark[side].best_key(); k != kNoKey; k = s->dark[side].below(k))
      ring(s->dark[side].find(k));
    for (const PegGroup& group : s->pegs[side]) ring(group.level);
    ring(s->waiting[side]);
    for (const auto& kind : s->stops)
      for (const StopPlace& stop : kind[side]) visit(stop.order);
    for (const auto& kind : s->trailing)
      for (const Handle h : kind[side]) visit(h);
  }
  for (const Handle h : s->held) visit(h);
}

}  // namespace ai_trading::matching
