// Continuous trading in price-time priority for many instruments.
//
// Limit and market orders, DAY and IOC, cancel, replace and amend.  Whoever listens is
// known at compile time: derive from Silent and hide what you want to hear.  A request
// is checked completely before anything trades; a refused one changes nothing.
//
// Units       price in ticks, quantity in lots, both whole.
// Priority    better price first, then earlier arrival.  A trade happens at the resting
//             order's price.  Shrinking keeps an order's place; growing, repricing and
//             renaming lose it, and a new price that crosses trades.
// Calls       a listener is called when the books are whole and not crossed.  It may
//             read the engine; it must not send it requests.
// Repeatable  the same requests give the same calls and the same state hash everywhere.
// Threads     const members may run together; any other call must run alone.
// Cost        that of the book for each order touched; no allocation once warm.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "ai_trading/base/digest.hpp"
#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/base/reject.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/book/books.hpp"
#include "ai_trading/book/id_index.hpp"
#include "ai_trading/matching/orders.hpp"

namespace ai_trading::matching {

template <class Listener = Silent>
class Engine {
 public:
  // Instruments 0 .. max_instruments - 1 may be used.  The listener must outlive this.
  explicit Engine(Listener& listener,
                  std::size_t max_instruments = std::size_t{1} << 20)
      : books_(max_instruments), listener_(&listener), instruments_(max_instruments) {}

  // Trades what it can; what is left of a DAY limit order rests.  Refuses, in this
  // order: side_missing, unknown_instrument, quantity_not_positive, quantity_too_large,
  // price_out_of_range, duplicate_id, no_liquidity (a market order facing an empty
  // side), quantity_overflow and too_many_orders.
  Reject submit(const NewOrder& order);

  // Refuses unknown_id.
  Reject cancel(OrderId id);

  // Gives a resting order a price and a quantity still to trade.  Refuses unknown_id
  // and what submit refuses.
  Reject amend(OrderId id, Ticks price, Lots left) {
    return replace(id, id, price, left);
  }

  // The same under another id, which always loses the place.
  Reject replace(OrderId id, OrderId new_id, Ticks price, Lots left);

  // The end of the day for one instrument: every resting order expires, bids first,
  // each side in priority order.  Returns how many.
  std::size_t expire(InstrumentIndex instrument);

  [[nodiscard]] const book::Books& books() const { return books_; }
  [[nodiscard]] OwnerId owner(OrderId id) const {
    const Handle known = owners_.find(id);
    return known == kNone ? 0 : known - 1;
  }
  [[nodiscard]] std::uint64_t trades() const { return matches_; }

  // A digest of every resting order, its owner and the number of trades.
  [[nodiscard]] std::uint64_t state_hash() const;

 private:
  struct Taker {
    OrderId id;
    InstrumentIndex instrument;
    OwnerId owner;
    Side side;
    bool any_price;
    Ticks price;
    Lots left;
  };

  [[nodiscard]] Reject check(const NewOrder& order) const;
  [[nodiscard]] static Reject check_terms(Ticks price, Lots quantity);
  [[nodiscard]] static bool acceptable(const Taker& taker, Ticks price) {
    return taker.any_price || !better(taker.side, price, taker.price);
  }
  [[nodiscard]] bool marketable(const Taker& taker) const {
    const auto touch = books_.best(taker.instrument, opposite(taker.side));
    return touch && acceptable(taker, touch->price);
  }
  [[nodiscard]] std::optional<book::RestingOrder> front(InstrumentIndex instrument,
                                                        Side side) const;
  [[nodiscard]] OrderView view(const book::RestingOrder& order) const {
    return {order.id,    order.instrument, owner(order.id), order.side,
            order.price, order.left,       order.left};
  }
  [[nodiscard]] static OrderView view(const Taker& taker) {
    return {taker.id,    taker.instrument, taker.owner, taker.side,
            taker.price, taker.left,       taker.left};
  }

  Reject refuse(OrderId id, Reject why) {
    listener_->rejected(id, why);
    return why;
  }
  void match(Taker& taker);
  void rest(const Taker& taker);
  void remember(OrderId id, OwnerId owner) {
    if (owner != 0) owners_.insert(id, owner + 1);
  }
  void forget(OrderId id, OwnerId owner) {
    if (owner != 0) owners_.erase(id);
  }

  book::Books books_;
  book::IdIndex owners_;  // resting orders of somebody: owner plus one
  Listener* listener_;
  std::size_t instruments_;
  std::uint64_t matches_{};
};

template <class Listener>
Reject Engine<Listener>::check_terms(Ticks price, Lots quantity) {
  if (quantity.n < 1) return Reject::quantity_not_positive;
  if (quantity.n > kMaxQuantity) return Reject::quantity_too_large;
  if (price.n > kMaxPrice || price.n < -kMaxPrice) return Reject::price_out_of_range;
  return Reject::none;
}

template <class Listener>
Reject Engine<Listener>::check(const NewOrder& order) const {
  if (order.side == Side::none) return Reject::side_missing;
  if (order.instrument >= instruments_) return Reject::unknown_instrument;
  const Ticks price = order.type == OrderType::market ? Ticks{} : order.price;
  if (const Reject bad = check_terms(price, order.quantity); bad != Reject::none)
    return bad;
  if (order.owner > kMaxOwner) return Reject::not_supported_here;
  return books_.order(order.id) ? Reject::duplicate_id : Reject::none;
}

template <class Listener>
Reject Engine<Listener>::submit(const NewOrder& order) {
  if (const Reject bad = check(order); bad != Reject::none)
    return refuse(order.id, bad);
  const bool any_price = order.type == OrderType::market;
  Taker taker{order.id,  order.instrument, order.owner,   order.side,
              any_price, order.price,      order.quantity};

  if (marketable(taker)) {
    listener_->accepted(order);
    match(taker);
    if (taker.left.n == 0) return Reject::none;
    if (!any_price && order.time_in_force == TimeInForce::day) {
      rest(taker);
      return Reject::none;
    }
    listener_->canceled(view(taker), Gone::unfilled);
    return Reject::none;
  }

  if (any_price) return refuse(order.id, Reject::no_liquidity);
  if (order.time_in_force != TimeInForce::day) {
    listener_->accepted(order);
    listener_->canceled(view(taker), Gone::unfilled);
    return Reject::none;
  }
  const Reject bad =
      books_.add(taker.instrument, taker.id, taker.side, taker.price, taker.left);
  if (bad != Reject::none) return refuse(order.id, bad);
  remember(taker.id, taker.owner);
  listener_->accepted(order);
  listener_->rested(view(taker));
  return Reject::none;
}

template <class Listener>
std::optional<book::RestingOrder> Engine<Listener>::front(InstrumentIndex instrument,
                                                          Side side) const {
  std::optional<book::RestingOrder> found;
  books_.for_each(instrument, side, [&](const book::RestingOrder& first) {
    found = first;
    return false;
  });
  return found;
}

template <class Listener>
void Engine<Listener>::match(Taker& taker) {
  const Side across = opposite(taker.side);
  while (taker.left.n > 0) {
    const auto maker = front(taker.instrument, across);
    if (!maker || !acceptable(taker, maker->price)) return;

    const Lots quantity = std::min(taker.left, maker->left);
    const OwnerId maker_owner = owner(maker->id);
    (void)books_.execute(maker->id, quantity);
    taker.left -= quantity;
    const Lots maker_left = maker->left - quantity;
    if (maker_left.n == 0) forget(maker->id, maker_owner);
    listener_->traded({.match = ++matches_,
                       .instrument = taker.instrument,
                       .maker_side = across,
                       .maker_shown = true,
                       .price = maker->price,
                       .quantity = quantity,
                       .maker = maker->id,
                       .taker = taker.id,
                       .maker_owner = maker_owner,
                       .taker_owner = taker.owner,
                       .maker_left = maker_left,
                       .taker_left = taker.left});
  }
}

// Nothing rests on this side at the price, which was across the touch a moment ago, and
// a maker has just given its place in the pool back: the book cannot refuse.
template <class Listener>
void Engine<Listener>::rest(const Taker& taker) {
  [[maybe_unused]] const Reject added =
      books_.add(taker.instrument, taker.id, taker.side, taker.price, taker.left);
  assert(added == Reject::none);
  remember(taker.id, taker.owner);
  listener_->rested(view(taker));
}

template <class Listener>
Reject Engine<Listener>::cancel(OrderId id) {
  const auto order = books_.order(id);
  if (!order) return refuse(id, Reject::unknown_id);
  const OrderView gone = view(*order);
  (void)books_.cancel(id);
  forget(id, gone.owner);
  listener_->canceled(gone, Gone::asked);
  return Reject::none;
}

template <class Listener>
Reject Engine<Listener>::replace(OrderId id, OrderId new_id, Ticks price, Lots left) {
  const auto order = books_.order(id);
  if (!order) return refuse(id, Reject::unknown_id);
  if (const Reject bad = check_terms(price, left); bad != Reject::none)
    return refuse(id, bad);
  if (new_id != id && books_.order(new_id)) return refuse(id, Reject::duplicate_id);

  const OrderView before = view(*order);
  Taker taker{new_id, before.instrument, before.owner, before.side, false, price, left};
  const bool crosses = marketable(taker);
  if (crosses) {
    (void)books_.cancel(id);
  } else {
    const Reject bad = new_id == id ? books_.modify(id, price, left)
                                    : books_.replace(id, new_id, price, left);
    if (bad != Reject::none) return refuse(id, bad);
  }
  if (crosses || new_id != id) forget(id, before.owner);
  if (!crosses && new_id != id) remember(new_id, before.owner);

  const bool shrunk = new_id == id && price == before.price && left <= before.left;
  const Place place = crosses ? Place::none : shrunk ? Place::kept : Place::back;
  listener_->replaced({before, new_id, price, left, crosses ? Lots{} : left, place});
  if (crosses) {
    match(taker);
    if (taker.left.n > 0) rest(taker);
  }
  return Reject::none;
}

template <class Listener>
std::size_t Engine<Listener>::expire(InstrumentIndex instrument) {
  std::size_t count = 0;
  for (const Side side : {Side::buy, Side::sell}) {
    while (const auto first = front(instrument, side)) {
      const OrderView gone = view(*first);
      (void)books_.cancel(gone.id);
      forget(gone.id, gone.owner);
      listener_->expired(gone);
      ++count;
    }
  }
  return count;
}

template <class Listener>
std::uint64_t Engine<Listener>::state_hash() const {
  Digest digest;
  digest.mix(books_.state_hash());
  digest.mix(matches_);
  for (InstrumentIndex i = 0; i < books_.instruments(); ++i) {
    for (const Side side : {Side::buy, Side::sell}) {
      books_.for_each(i, side, [&](const book::RestingOrder& order) {
        digest.mix(std::uint64_t{owner(order.id)});
        return true;
      });
    }
  }
  return digest.value();
}

}  // namespace ai_trading::matching
