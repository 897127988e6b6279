// Price-time matching for many instruments, with every order type of docs/matching.md.
//
// Whoever listens is known at compile time: derive from Silent and hide what you want to
// hear.  A request is checked completely before anything trades; a refused one changes
// nothing.  docs/matching.md says what each request does, exactly; the words here are
// its words.
//
// Units       price in ticks, quantity in lots, both whole; times in UTC nanoseconds.
// Calls       a listener is called when the books are whole.  It may read the engine; it
//             must not send it requests.
// Repeatable  the same requests give the same calls and the same state hash everywhere.
// Threads     const members may run together; any other call must run alone.
// Cost        O(1) for a plain order near the touch and for each order it trades with;
//             no allocation once warm.  What is not plain costs only when it is there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ai_trading/matching/auction.hpp"
#include "ai_trading/matching/engine_state.hpp"
#include "ai_trading/matching/shown_book.hpp"

namespace ai_trading::matching {

template <class Listener = Silent>
class Engine : private EngineState {
 public:
  // Instruments 0 .. max_instruments - 1 may be used.  The listener must outlive this.
  // `seed` draws the peaks of icebergs.
  explicit Engine(Listener& listener,
                  std::size_t max_instruments = std::size_t{1} << 20,
                  std::uint64_t seed = 0)
      : EngineState(max_instruments, seed), listener_(&listener) {}

  // A new order, with or without the terms that most do without.
  Reject submit(const NewOrder& order) {
    const auto side = static_cast<unsigned>(order.side);
    if (order.type != OrderType::limit || side > 1 ||
        order.instrument >= store_.max_instruments() ||
        static_cast<unsigned>(order.time_in_force) > 1 || order.quantity.n < 1 ||
        order.quantity.n > kMaxQuantity || order.price.n > kMaxPrice ||
        order.price.n < -kMaxPrice || order.owner >= kSpecial) [[unlikely]]
      return submit(order, kNoTerms);
    Market& m = store_.market(order.instrument);
    if (m.guard != 0 || (order.owner != 0 && !accounts_.empty())) [[unlikely]]
      return submit_guarded(m, order);
    return submit_plain(m, order);
  }
  Reject submit(const NewOrder& order, const Terms& terms);

  // Ends a live order.  Refuses unknown_id.
  Reject cancel(OrderId id);

  // Gives a live order a price and a quantity still to trade, perhaps another id.
  Reject replace(const Change& change);
  Reject replace(OrderId id, OrderId new_id, Ticks price, Lots left) {
    return replace(Change{id, new_id, price, left, {}});
  }
  Reject amend(OrderId id, Ticks price, Lots left) {
    return replace(id, id, price, left);
  }

  // Ends every order that the filter means; returns how many.  O(orders).
  std::size_t mass_cancel(const CancelFilter& filter);

  // Ends every order of an owner whose session is lost but GTC and GTD ones.
  std::size_t disconnect(OwnerId owner);

  // The end of the day for one instrument; returns how many orders expired.
  std::size_t expire(InstrumentIndex instrument);

  // Moves the clock, never back; returns how many GTD orders expired.
  std::size_t advance(Nanos now);

  Reject set_state(InstrumentIndex instrument, TradingState state,
                   AuctionKind kind = AuctionKind::intraday);
  Reject set_bands(InstrumentIndex instrument, Ticks low, Ticks high);
  Reject clear_bands(InstrumentIndex instrument);
  Reject set_reference(InstrumentIndex instrument, Ticks price);
  Reject set_account(OwnerId owner, Account account);
  Reject configure(InstrumentIndex instrument, const InstrumentSettings& settings);

  // The displayed books.
  [[nodiscard]] ShownBook books() const { return ShownBook(*this); }

  // A live order, displayed or not.
  [[nodiscard]] std::optional<OrderView> order(OrderId id) const {
    const Handle h = store_.find(id);
    if (h == kNone) return std::nullopt;
    return view(h);
  }
  // Where a stop that waits would trigger now.
  [[nodiscard]] std::optional<Ticks> stop_price(OrderId id) const {
    const Handle h = store_.find(id);
    if (h == kNone || !is_special(store_.at(h).mark)) return std::nullopt;
    const Extra& x = store_.extra(store_.at(h));
    return x.where == Where::stop ? std::optional(x.terms.stop) : std::nullopt;
  }
  [[nodiscard]] OwnerId owner(OrderId id) const {
    const Handle h = store_.find(id);
    return h == kNone ? 0 : owner_of(store_.at(h));
  }
  [[nodiscard]] TradingState state(InstrumentIndex instrument) const {
    return instrument < store_.instruments() ? store_.known(instrument).state
                                             : TradingState::continuous;
  }
  [[nodiscard]] std::uint64_t trades() const { return matches_; }
  [[nodiscard]] Nanos now() const { return EngineState::now(); }

  // What the auction would do now.
  [[nodiscard]] Indicative indicative(InstrumentIndex instrument) const;

  // A digest of every live order with its terms and place, and of all else that decides
  // what happens next.  Equal states, equal hashes.
  [[nodiscard]] std::uint64_t state_hash() const { return EngineState::state_hash(); }

  // Everything that decides what happens next, as bytes with version and checksum.  An
  // engine that restores them goes on exactly as this one would.
  [[nodiscard]] std::vector<std::byte> snapshot() const {
    return EngineState::snapshot();
  }
  // Becomes what the bytes say; where they are refused, stays what it was.
  [[nodiscard]] SnapshotError restore(std::span<const std::byte> bytes) {
    return EngineState::restore(bytes);
  }

  // For a driver that sees the requests to come: starts loading what one about this
  // order will touch.  Call the three in this order, some requests apart; they change
  // nothing and know no unknown id.
  AI_TRADING_ALWAYS_INLINE void prefetch(OrderId id) const { store_.prefetch(id); }
  AI_TRADING_ALWAYS_INLINE void prefetch_order(OrderId id) const {
    store_.prefetch_order(id);
  }
  AI_TRADING_ALWAYS_INLINE void prefetch_queue(OrderId id) const {
    store_.prefetch_queue(id);
  }

 private:
  static constexpr Terms kNoTerms{};

  Reject refuse(OrderId id, Reject why) {
    listener_->rejected(id, why);
    return why;
  }
  [[nodiscard]] static OrderView view_of(const Incoming& in) {
    return {in.id, in.instrument, in.owner, in.side, in.price, in.left, {}};
  }
  using EngineState::view;

  // True where an order without terms can meet nobody but displayed orders of others, in
  // continuous trading, with nothing to check but what a plain order is checked for.
  [[nodiscard]] bool meets_displayed_only(Market& m, Side side, Key worst,
                                          OwnerId owner) {
    if ((m.guard & (guard::state | guard::settings)) != 0) return false;
    if (owner != 0 && !accounts_.empty()) return false;
    return (m.guard & guard::dark) == 0 || !meets_dark(m, opposite(side), worst);
  }
  // True where a dark order of this side has a key of at least `worst`.
  [[nodiscard]] bool meets_dark(Market& m, Side side, Key worst) {
    if (m.special->tame && tame_reach(m, side) < worst) return false;
    look(m);
    if (m.special->reach[static_cast<std::size_t>(side)] < worst) return false;
    price_pegs(m);
    return best_dark(m, side) >= worst;
  }

  // The plain case: continuous trading, everybody it meets displayed.
  Reject submit_plain(Market& m, const NewOrder& order);
  // The same where some it may meet are dark, and nobody sets conditions.
  Reject submit_guarded(Market& m, const NewOrder& order);
  Reject submit_among_dark(Market& m, const NewOrder& order, Key worst);
  template <bool among_dark>
  void trade_plain(Market& m, const NewOrder& order, Key worst, Lots& left);
  void trade_special(Market& m, const NewOrder& order, Handle maker, Key dark,
                     Lots& left);
  AI_TRADING_ALWAYS_INLINE void rest_plain(Market& m, const NewOrder& order, Lots left,
                                           Handle level, Store::Place place);
  Reject replace_plain(Market& m, Handle h, const Change& change);

  // Whatever is not plain.
  Reject replace_special(Handle h, const Change& change);
  void put_back(Market& m, Incoming& in, Where where, const Change& change);
  void keep_place(Market& m, Handle h, Lots left);
  void start_stop(Market& m, Handle h);
  void hold(Market& m, Handle h);

  void walk(Market& m, Incoming& in);
  void meet_self(Market& m, Incoming& in, Handle maker);
  void share_level(Market& m, Incoming& in, Handle level);
  [[nodiscard]] Handle front(Handle level) const;
  void trade_shown(Market& m, Incoming& in, Handle maker, Lots quantity);
  void trade_dark(Market& m, Incoming& in, Handle maker, Ticks price);
  void take_from(Market& m, Incoming& in, Lots quantity);
  [[nodiscard]] bool reduce_shown(Market& m, Handle h, Lots quantity);
  void finish(Market& m, Incoming& in);
  void rest(Market& m, Incoming& in);
  [[nodiscard]] Handle record(Incoming& in);
  [[nodiscard]] bool place(Market& m, Incoming& in);
  void cancel_live(Market& m, Handle h, Gone why);
  void expire_live(Market& m, Handle h);
  [[nodiscard]] TimeInForce time_in_force(Handle h) const;
  template <class Meant>
  std::size_t cancel_where(InstrumentIndex instrument, Gone why, Meant&& meant);

  void after(Market& m, InstrumentIndex instrument) {
    if (m.guard == 0 || is_quiet(m)) [[likely]]
      return;
    settle(m, instrument);
  }
  void settle(Market& m, InstrumentIndex instrument);
  [[nodiscard]] bool retry(Market& m);
  void fire(Market& m, Handle stop);

  using AuctionSides = std::array<std::vector<AuctionLevel>, 2>;
  [[nodiscard]] std::optional<AuctionResult> auction(const Market& m,
                                                     AuctionSides& sides) const;
  void uncross(Market& m, InstrumentIndex instrument);
  [[nodiscard]] Handle auction_front(const Market& m, Side side, Ticks price) const;
  void auction_trade(Market& m, InstrumentIndex instrument, Handle buyer, Handle seller,
                     Ticks price, Lots quantity);
  [[nodiscard]] bool take_in_auction(Market& m, Handle h, Lots quantity);
  void end_waiting(Market& m, std::optional<Ticks> price);
  void end_leftovers(Market& m, InstrumentIndex instrument, TimeInForce tif);
  void join_held(Market& m);
  void tell_indicative(Market& m, InstrumentIndex instrument);

  // What pro-rata gives an order.
  struct Share {
    Handle order;
    std::int64_t lots;
  };

  Listener* listener_;
  std::vector<OrderId> doomed_;
  std::vector<InstrumentIndex> touched_;
  std::vector<Share> shares_;
  AuctionSides sides_;
};

}  // namespace ai_trading::matching

#include "ai_trading/matching/engine_auction.ipp"
#include "ai_trading/matching/engine_change.ipp"
#include "ai_trading/matching/engine_special.ipp"
#include "ai_trading/matching/engine_submit.ipp"
#include "ai_trading/matching/engine_walk.ipp"
