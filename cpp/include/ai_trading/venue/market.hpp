// An exchange in a box: the matching engine, driven through its day by market rules.
//
// Commands are those of matching::Engine, checked besides against tick tables and collars;
// states and bands are set by the rules (market_state.hpp) and by halt(), resume() and
// index().  One listener hears everything: what the engine says, and
//
//   phase_changed   an instrument enters a phase, and why; then what that does (trades of
//                   the uncross, cancels, expiries), then the engine's state_changed.
//                   The same phase again: it now lasts until another time
//   bands_changed   the price bands in force, after orders outside were canceled; or a
//                   limit state began or ended
//   market_wide     a level has halted the market; then every phase
//
// Time        an argument.  advance() moves it, never back; what falls due on the way
//             happens at its own time, by time and then by instrument, so the day does
//             not depend on how often it is called.
// Auctions    an uncross into continuous trading is finished, and the bands of its price
//             are in force, before the first stop or peg moves.
// Limit state bids at the upper band and offers at the lower stay executable; nothing
//             trades or rests beyond.  (Real venues reprice such orders to the band; here
//             they are refused, or canceled when the band moves over them.)
// Units, Repeatable, Threads, Cost: as the engine's; a trade under LULD costs its own
//             mean besides, and a due moment O(log instruments).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ai_trading/matching/engine.hpp"
#include "ai_trading/venue/market_state.hpp"

namespace ai_trading::venue {

// Hears everything and does nothing: derive and hide what you want to hear.
struct SilentMarket : matching::Silent {
  void phase_changed(const PhaseChange&) {}
  void bands_changed(const BandChange&) {}
  void market_wide(int, Nanos) {}  // the level, and until when
};

enum class MarketSnapshotError : std::uint8_t {
  none = 0,
  not_a_snapshot = 1,
  version = 2,
  damaged = 3,
  other_terms = 4,  // of a market with other rules or listings
};

template <class Listener = SilentMarket>
class Market : private MarketState {
 public:
  // The listener must outlive this.
  Market(Listener& listener, MarketTerms terms, std::vector<Listing> listings)
      : MarketState(std::move(terms), std::move(listings)),
        tap_(listener, size()),
        engine_(tap_, size(), terms_.seed) {
    tap_.muted = true;
    for (InstrumentIndex i = 0; i < size(); ++i) {
      const Listing& l = listing(i);
      if (const Ticks step = least_step(i);
          step.n != 1 || l.allocation != matching::Allocation{} || l.least_share.n != 1)
        (void)engine_.configure(i, {step, l.allocation, l.least_share});
      if (l.previous_close.n > 0) (void)engine_.set_reference(i, l.previous_close);
      if (driven()) (void)engine_.set_state(i, matching::TradingState::closed);
    }
    tap_.muted = false;
  }
  Market(const Market&) = delete;
  Market& operator=(const Market&) = delete;

  Reject submit(const matching::NewOrder& order) {
    return submit(order, matching::Terms{});
  }
  Reject submit(const matching::NewOrder& order, const matching::Terms& terms) {
    if (const Reject bad = check(order, terms); bad != Reject::none) [[unlikely]] {
      tap_.to->rejected(order.id, bad);
      return bad;
    }
    const Reject bad = terms == matching::Terms{} ? engine_.submit(order)
                                                  : engine_.submit(order, terms);
    if (bad == Reject::none && order.time_in_force == TimeInForce::gtd)
      date(terms.expire_at);
    settle();
    return bad;
  }
  Reject cancel(OrderId id) { return then(engine_.cancel(id)); }
  Reject replace(const matching::Change& change) {
    if (const Reject bad = check(change); bad != Reject::none) [[unlikely]] {
      tap_.to->rejected(change.id, bad);
      return bad;
    }
    return then(engine_.replace(change));
  }
  Reject replace(OrderId id, OrderId new_id, Ticks price, Lots left) {
    return replace(matching::Change{id, new_id, price, left, {}});
  }
  Reject amend(OrderId id, Ticks price, Lots left) {
    return replace(id, id, price, left);
  }
  std::size_t mass_cancel(const matching::CancelFilter& filter) {
    return then(engine_.mass_cancel(filter));
  }
  std::size_t disconnect(matching::OwnerId owner) {
    return then(engine_.disconnect(owner));
  }
  std::size_t expire(InstrumentIndex i) { return then(engine_.expire(i)); }
  Reject set_account(matching::OwnerId owner, matching::Account account) {
    return engine_.set_account(owner, account);
  }

  // Moves the time; returns how many orders expired by date.
  std::size_t advance(Nanos now);

  // A halt that lasts until it is lifted; trading then resumes with an auction whose call
  // is as long as the terms say.  Refuses unknown_instrument.
  Reject halt(InstrumentIndex i) {
    if (i >= size()) return refuse(Reject::unknown_instrument);
    if (!driven()) return refuse(Reject::not_supported_here);
    stop(i, now());
    follow(i);
    settle();
    return Reject::none;
  }
  Reject resume(InstrumentIndex i) {
    if (i >= size()) return refuse(Reject::unknown_instrument);
    go_on(i, now());
    follow(i);
    settle();
    return Reject::none;
  }
  // The market-wide index is at a value, in hundredths of a point; returns the level that
  // now halts the market, 0 for none.
  int index(std::int64_t value) {
    if (value < 1) return 0;
    const int level = index_at(now(), value);
    if (level == 0) return 0;
    tap_.to->market_wide(level,
                         level == 3 ? kNever : terms_.midnight + breaker_->until());
    for (InstrumentIndex i = 0; i < size(); ++i) follow(i);
    settle();
    return level;
  }

  using MarketState::bands;
  using MarketState::halt;
  using MarketState::listing;
  using MarketState::luld;
  using MarketState::market_wide_level;
  using MarketState::next_due;
  using MarketState::phase;
  using MarketState::reopening_collar;
  using MarketState::reopening_reference;
  using MarketState::size;
  using MarketState::terms;

  [[nodiscard]] matching::ShownBook books() const { return engine_.books(); }
  [[nodiscard]] std::optional<matching::OrderView> order(OrderId id) const {
    return engine_.order(id);
  }
  [[nodiscard]] std::optional<Ticks> stop_price(OrderId id) const {
    return engine_.stop_price(id);
  }
  [[nodiscard]] matching::OwnerId owner(OrderId id) const { return engine_.owner(id); }
  [[nodiscard]] matching::TradingState state(InstrumentIndex i) const {
    return engine_.state(i);
  }
  [[nodiscard]] matching::Indicative indicative(InstrumentIndex i) const {
    return engine_.indicative(i);
  }
  [[nodiscard]] std::uint64_t trades() const { return engine_.trades(); }
  [[nodiscard]] Nanos now() const { return engine_.now(); }

  // Orders, rules and time: equal hashes, equal futures.
  [[nodiscard]] std::uint64_t state_hash() const {
    Digest digest;
    digest.mix(engine_.state_hash());
    digest.mix(terms_digest());
    mix(digest);
    return digest.value();
  }

  [[nodiscard]] std::vector<std::byte> snapshot() const {
    std::vector<std::byte> out = room_for_seal();
    Packer pack(out);
    pack(terms_digest());
    save(*this, pack);
    pack.bytes(engine_.snapshot());
    seal(out, kMagic, kVersion);
    return out;
  }
  // Becomes what the bytes say; where they are refused, stays what it was.
  [[nodiscard]] MarketSnapshotError restore(std::span<const std::byte> bytes);

 private:
  static constexpr std::uint64_t kMagic = 0x31'74'6b'72'61'6d'74'61;  // "atmarkt1"
  static constexpr std::uint64_t kVersion = 1;

  // Passes on what the engine says and notes what the rules must know of.
  struct Tap {
    Listener* to;
    bool muted{};
    std::vector<std::uint8_t> marked;
    std::vector<InstrumentIndex> touched;
    struct Print {
      InstrumentIndex instrument;
      Ticks price;
    };
    std::vector<Print> prints;     // of continuous trading
    std::optional<Ticks> crossed;  // price of the last uncross

    Tap(Listener& listener, std::size_t instruments)
        : to(&listener), marked(instruments) {}

    void mark(InstrumentIndex i) {
      if (marked[i] != 0) return;
      marked[i] = 1;
      touched.push_back(i);
    }
    void accepted(const matching::NewOrder& o) { to->accepted(o); }
    void rejected(OrderId id, Reject why) {
      if (!muted) to->rejected(id, why);
    }
    void traded(const matching::Trade& t) {
      mark(t.instrument);
      if (t.auction) {
        crossed = t.price;
      } else {
        prints.push_back({t.instrument, t.price});
      }
      to->traded(t);
    }
    void rested(const matching::OrderView& o) { mark(o.instrument), to->rested(o); }
    void replenished(const matching::OrderView& o) { to->replenished(o); }
    void replaced(const matching::Replaced& r) {
      mark(r.before.instrument);
      to->replaced(r);
    }
    void decremented(const matching::OrderView& o, Lots by) {
      mark(o.instrument);
      to->decremented(o, by);
    }
    void triggered(const matching::OrderView& o) { to->triggered(o); }
    void canceled(const matching::OrderView& o, matching::Gone why) {
      mark(o.instrument);
      to->canceled(o, why);
    }
    void expired(const matching::OrderView& o) { mark(o.instrument), to->expired(o); }
    void state_changed(const matching::StateChange& c) {
      if (!muted) to->state_changed(c);
    }
    void indicative(const matching::Indicative& now) { to->indicative(now); }
  };

  Reject refuse(Reject why) {
    tap_.to->rejected(0, why);
    return why;
  }
  template <class T>
  T then(T result) {
    settle();
    return result;
  }

  [[nodiscard]] Reject check(const matching::NewOrder& order,
                             const matching::Terms& terms) const {
    if (order.instrument >= size()) return Reject::none;
    if (driven() && phase(order.instrument) != rules::Phase::continuous) [[unlikely]]
      if (const Reject bad = check_phase(order.instrument); bad != Reject::none)
        return bad;
    if (order.time_in_force >= TimeInForce::at_the_open) [[unlikely]]
      if (const Reject bad =
              check_auction(order.instrument, order.time_in_force, now());
          bad != Reject::none)
        return bad;
    if (order.type == OrderType::pegged) return Reject::none;
    const Listing& l = listing(order.instrument);
    if (l.increments.empty() && l.collar.empty() && !l.luld) return Reject::none;
    if (has_limit(order.type)) {
      // The limit of a stop is far from trading as yet.
      const Side side = has_stop_price(order.type) ? Side::none : order.side;
      const Reject bad = check_price(order.instrument, side, order.price);
      if (bad != Reject::none) return bad;
    }
    if (has_stop_price(order.type))
      return check_price(order.instrument, Side::none, terms.stop);
    return Reject::none;
  }
  // A price that stays passes, and so does that of an order that has none.
  [[nodiscard]] Reject check(const matching::Change& change) const {
    const auto before = engine_.order(change.id);
    if (!before) return Reject::none;
    const std::int64_t was = before->price.n;
    const bool none = was == 0 || was == kMaxPrice || was == -kMaxPrice;
    if (change.price != before->price && !none) {
      const Reject bad = check_price(before->instrument, before->side, change.price);
      if (bad != Reject::none) return bad;
    }
    if (change.stop) return check_price(before->instrument, Side::none, *change.stop);
    return Reject::none;
  }

  void follow(InstrumentIndex i);
  void enter(InstrumentIndex i, const Wanted& want);
  void open_trading(InstrumentIndex i, rules::Phase from);
  void quote(InstrumentIndex i) {
    const auto bid = engine_.books().best(i, Side::buy);
    const auto ask = engine_.books().best(i, Side::sell);
    quoted(i, now(), bid ? std::optional(bid->price) : std::nullopt,
           ask ? std::optional(ask->price) : std::nullopt);
  }
  void set_bands(InstrumentIndex i);
  // Tells the rules what the engine did, and the engine what follows, until both rest.
  void settle() {
    if (tap_.touched.empty()) return;
    if (!driven()) return forget_touched();
    settle_touched();
  }
  void forget_touched() {
    for (const auto& print : tap_.prints) listed_[print.instrument].last = print.price;
    for (const InstrumentIndex i : tap_.touched) tap_.marked[i] = 0;
    tap_.touched.clear();
    tap_.prints.clear();
  }
  void settle_touched();

  Tap tap_;
  matching::Engine<Tap> engine_;
  std::vector<typename Tap::Print> prints_;
};

template <class Listener>
std::size_t Market<Listener>::advance(Nanos until) {
  std::size_t expired = 0;
  for (Nanos at = next_due(); at <= until; at = next_due()) {
    expired += engine_.advance(std::max(at, now()));
    settle();
    while (!dated_.empty() && dated_.front() <= at) {
      std::ranges::pop_heap(dated_, std::greater<>());
      dated_.pop_back();
    }
    while (!due_.empty() && due_.front().at <= at) {
      follow(pop_due().instrument);
      settle();
      drop_stale_due();
    }
  }
  expired += engine_.advance(until);
  settle();
  return expired;
}

template <class Listener>
void Market<Listener>::follow(InstrumentIndex i) {
  std::optional<Ticks> price;
  if (asks_price(i, now())) {
    const matching::Indicative would = engine_.indicative(i);
    if (would.volume.n > 0) price = would.price;
  }
  happen(i, now(), price);
  const Wanted want = wanted(i, now());
  Listed& l = listed_[i];
  if (want.phase != l.phase || want.cause != l.cause || want.until != l.until)
    enter(i, want);
  set_bands(i);
  find_due(i, now());
}

template <class Listener>
void Market<Listener>::enter(InstrumentIndex i, const Wanted& want) {
  using matching::AuctionKind;
  using matching::TradingState;
  using rules::Phase;
  Listed& l = listed_[i];
  const Phase from = std::exchange(l.phase, want.phase);
  l.cause = want.cause;
  l.until = want.until;
  const bool known = want.until != kNever;
  tap_.to->phase_changed(
      {i, want.phase, want.cause, known ? terms_.midnight + want.until : kNever});
  if (from == want.phase) return;
  switch (want.phase) {
    case Phase::continuous:
      return open_trading(i, from);
    case Phase::closed:
      (void)engine_.set_state(i, TradingState::closed);
      (void)engine_.expire(i);
      return;
    case Phase::pre_open:
      (void)engine_.set_state(i, TradingState::pre_open);
      return;
    case Phase::halted:
      (void)engine_.set_state(i, TradingState::halted);
      return;
    case Phase::opening_auction:
      (void)engine_.set_state(i, TradingState::auction, AuctionKind::opening);
      return;
    case Phase::closing_auction:
      (void)engine_.set_state(i, TradingState::auction, AuctionKind::closing);
      return;
    case Phase::intraday_auction:
    case Phase::reopening_auction:
      (void)engine_.set_state(i, TradingState::auction,
                              l.opened ? AuctionKind::intraday : AuctionKind::opening);
      return;
  }
}

// The uncross comes first, then the bands of its price, then trading: closing the engine
// for a moment uncrosses without trading on.
template <class Listener>
void Market<Listener>::open_trading(InstrumentIndex i, rules::Phase from) {
  using matching::TradingState;
  const bool call = rules::is_auction(from) || from == rules::Phase::pre_open;
  tap_.crossed.reset();
  if (call) {
    tap_.muted = true;
    if (from == rules::Phase::pre_open)
      (void)engine_.set_state(i, TradingState::auction, matching::AuctionKind::opening);
    (void)engine_.set_state(i, TradingState::closed);
    tap_.muted = false;
  }
  began(i, now(), tap_.crossed);
  set_bands(i);
  (void)engine_.set_state(i, TradingState::continuous);
  quote(i);
}

template <class Listener>
void Market<Listener>::set_bands(InstrumentIndex i) {
  Listed& l = listed_[i];
  const std::optional<rules::PriceBands> want = wanted_bands(i);
  const rules::LuldState state = luld(i);
  if (want == l.bands && (!want || state == l.told)) return;
  const bool moved = want != l.bands;
  l.bands = want;
  l.told = state;
  if (!moved) {
    // The same bands: a limit state began or ended.
  } else if (want) {
    (void)engine_.set_bands(i, want->lower, want->upper);
  } else {
    (void)engine_.clear_bands(i);
  }
  tap_.to->bands_changed({i, want, reference(i), state});
}

template <class Listener>
void Market<Listener>::settle_touched() {
  while (!tap_.touched.empty() || !tap_.prints.empty()) {
    prints_.clear();
    prints_.swap(tap_.prints);
    for (const auto& print : prints_) traded(print.instrument, now(), print.price);
    while (!tap_.touched.empty()) {
      const InstrumentIndex i = tap_.touched.back();
      tap_.touched.pop_back();
      tap_.marked[i] = 0;
      Listed& l = listed_[i];
      if (!l.luld || l.phase != rules::Phase::continuous) continue;
      quote(i);
      follow(i);
    }
  }
}

template <class Listener>
MarketSnapshotError Market<Listener>::restore(std::span<const std::byte> bytes) {
  std::span<const std::byte> payload;
  switch (unseal(bytes, kMagic, kVersion, payload)) {
    case SealError::none:
      break;
    case SealError::stranger:
      return MarketSnapshotError::not_a_snapshot;
    case SealError::version:
      return MarketSnapshotError::version;
    case SealError::damaged:
      return MarketSnapshotError::damaged;
  }
  Unpacker read(payload);
  std::uint64_t of{};
  read(of);
  if (of != terms_digest()) return MarketSnapshotError::other_terms;
  MarketState fresh(static_cast<const MarketState&>(*this));
  if (!load(fresh, read)) return MarketSnapshotError::damaged;
  const std::span<const std::byte> orders = read.bytes();
  if (!read.done() || engine_.restore(orders) != matching::SnapshotError::none)
    return MarketSnapshotError::damaged;
  static_cast<MarketState&>(*this) = std::move(fresh);
  return MarketSnapshotError::none;
}

}  // namespace ai_trading::venue
