// What a just-in-time compiled strategy may ask and do: C functions of whole numbers.
//
// The first argument is the address of a sim::abi::Host, or 0 outside a run: then nothing
// happens, and the answer is what it is where there is nothing.  Only 64-bit integers
// cross, which any compiler of C functions can pass.
//
// Units       ticks, lots, UTC nanoseconds; amounts of the account in 1e-6.
#include <pybind11/pybind11.h>

#include <cstdint>
#include <exception>
#include <limits>
#include <string>

#include "ai_trading/base/reject.hpp"
#include "ai_trading/sim/order.hpp"
#include "ai_trading/sim/strategy_abi.hpp"
#include "py_compiled.hpp"

namespace ai_trading::bindings {

namespace {

using Whole = std::int64_t;
constexpr Whole kNoPrice = std::numeric_limits<Whole>::min();

const sim::abi::Host* at(Whole address) {
  return reinterpret_cast<const sim::abi::Host*>(address);
}
std::uint32_t index(Whole instrument) {
  return instrument < 0 || instrument > 0xFFFF'FFFF
             ? 0xFFFF'FFFF
             : static_cast<std::uint32_t>(instrument);
}

Whole now(Whole host) { return host == 0 ? 0 : at(host)->now(at(host)->of); }

Whole submit(Whole host, Whole instrument, Whole side, Whole quantity, Whole price,
             Whole limited, Whole immediate) {
  if (host == 0) return 0;
  desk::OrderRequest order{};
  order.instrument = index(instrument);
  order.side = side == 0 ? 0 : side == 1 ? 1 : 2;
  order.quantity = quantity;
  order.price = price;
  order.type = limited != 0 ? 1 : 0;
  order.time_in_force = immediate != 0 ? 1 : 0;
  return static_cast<Whole>(at(host)->submit(at(host)->of, &order));
}

// A code that is one of a few, or one that is refused.
template <class Code>
Code code(Whole value) {
  return static_cast<Code>(value < 0 || value > 254 ? 255 : value);
}

// An order of any terms; a price of kNoPrice is none.
sim::Order order_of(Whole instrument, Whole side, Whole quantity, Whole limit,
                    Whole stop, Whole trail, Whole trail_points, Whole trigger,
                    Whole post_only, Whole display, Whole hidden, Whole peg,
                    Whole offset, Whole time_in_force, Whole expires, Whole minimum = 0,
                    Whole all_or_none = 0, Whole market_to_limit = 0) {
  sim::Order order;
  order.instrument = index(instrument);
  order.side = code<Side>(side);
  order.quantity = Lots{quantity};
  if (limit != kNoPrice) order.limit = Ticks{limit};
  if (stop != kNoPrice) order.stop = Ticks{stop};
  order.trail = Ticks{trail};
  order.trail_points = trail_points;
  order.trigger = code<sim::Trigger>(trigger);
  order.post_only = code<sim::PostOnly>(post_only);
  order.display = Lots{display};
  order.hidden = hidden != 0;
  order.peg = code<sim::Peg>(peg);
  order.offset = Ticks{offset};
  order.time_in_force = code<TimeInForce>(time_in_force);
  order.expires = Nanos{expires};
  order.minimum = Lots{minimum};
  order.all_or_none = all_or_none != 0;
  order.market_to_limit = market_to_limit != 0;
  return order;
}

sim::abi::Exits exits_of(Whole take_profit, Whole stop_loss, Whole stop_limit,
                         Whole trigger) {
  sim::abi::Exits exits{};
  exits.take_profit = take_profit;
  exits.stop_loss = stop_loss;
  exits.limited = stop_limit == kNoPrice ? 0 : 1;
  exits.stop_limit = exits.limited != 0 ? stop_limit : 0;
  exits.trigger = code<std::uint8_t>(trigger);
  return exits;
}

// What is refused at once ends the run: a compiled call cannot catch it.
template <class Work>
Whole or_fail(const sim::abi::Host* host, Work&& work) {
  std::string why;
  try {
    const char* said = nullptr;
    const std::uint64_t id = work(&said);
    if (id != 0) return static_cast<Whole>(id);
    why = said;
  } catch (const std::exception& error) {
    why = error.what();
  }
  host->fail(host->of, why.c_str());
  return 0;
}

Whole submit_terms(Whole host, Whole instrument, Whole side, Whole quantity,
                   Whole limit, Whole stop, Whole trail, Whole trail_points,
                   Whole trigger, Whole post_only, Whole display, Whole hidden,
                   Whole peg, Whole offset, Whole time_in_force, Whole expires,
                   Whole minimum, Whole all_or_none, Whole market_to_limit) {
  if (host == 0) return 0;
  return or_fail(at(host), [&](const char** why) {
    const sim::detail::Written wanted = sim::detail::written(
        order_of(instrument, side, quantity, limit, stop, trail, trail_points, trigger,
                 post_only, display, hidden, peg, offset, time_in_force, expires,
                 minimum, all_or_none, market_to_limit));
    return at(host)->submit_terms(at(host)->of, &wanted.request, &wanted.terms, why);
  });
}

// An entry with or without a limit and a stop; its id, the exits' are the next two.
Whole bracket(Whole host, Whole instrument, Whole side, Whole quantity, Whole limit,
              Whole stop, Whole take_profit, Whole stop_loss, Whole stop_limit,
              Whole trigger) {
  if (host == 0) return 0;
  return or_fail(at(host), [&](const char** why) {
    const Whole watched = stop == kNoPrice ? 0 : trigger;
    const sim::detail::Written wanted = sim::detail::written(order_of(
        instrument, side, quantity, limit, stop, 0, 0, watched, 0, 0, 0, 0, 0, 0, 0));
    const sim::abi::Exits exits = exits_of(take_profit, stop_loss, stop_limit, trigger);
    return at(host)->bracket(at(host)->of, &wanted.request, &wanted.terms, &exits, why);
  });
}

// Exits of a position that is held; the id of the take-profit, the other is the next.
Whole protect(Whole host, Whole instrument, Whole quantity, Whole take_profit,
              Whole stop_loss, Whole stop_limit, Whole trigger) {
  if (host == 0) return 0;
  return or_fail(at(host), [&](const char** why) {
    const sim::abi::Exits exits = exits_of(take_profit, stop_loss, stop_limit, trigger);
    return at(host)->protect(at(host)->of, index(instrument), quantity, &exits, why);
  });
}

// Another limit, total quantity, stop, offset or slice; kNoPrice leaves it.  A Reject
// code.
Whole change(Whole host, Whole order, Whole price, Whole quantity, Whole stop,
             Whole offset, Whole display) {
  if (host == 0) return static_cast<Whole>(Reject::unknown_id);
  if ((stop != kNoPrice) + (offset != kNoPrice) + (display != kNoPrice) > 1)
    return static_cast<Whole>(Reject::terms_not_for_type);  // no type has two of them
  sim::abi::Change wanted{};
  const auto take = [&wanted](Whole value, std::int64_t& into, std::uint32_t bit) {
    if (value == kNoPrice) return;
    into = value;
    wanted.what |= bit;
  };
  take(price, wanted.price, sim::abi::kPrice);
  take(quantity, wanted.quantity, sim::abi::kQuantity);
  take(stop, wanted.stop, sim::abi::kStop);
  take(offset, wanted.stop, sim::abi::kOffset);
  take(display, wanted.stop, sim::abi::kDisplay);
  return at(host)->change(at(host)->of, static_cast<std::uint64_t>(order), &wanted);
}

// Where a stop would trigger now, or kNoPrice.
Whole stop_price(Whole host, Whole order) {
  if (host == 0) return kNoPrice;
  std::int64_t stop = 0;
  const auto id = static_cast<std::uint64_t>(order);
  return at(host)->stop_price(at(host)->of, id, &stop) == 0 ? kNoPrice : stop;
}

// Reject codes; 0 where it was asked for.
Whole cancel(Whole host, Whole order) {
  if (host == 0) return static_cast<Whole>(Reject::unknown_id);
  return at(host)->cancel(at(host)->of, static_cast<std::uint64_t>(order));
}
Whole modify(Whole host, Whole order, Whole price, Whole quantity) {
  if (host == 0) return static_cast<Whole>(Reject::unknown_id);
  return at(host)->modify(at(host)->of, static_cast<std::uint64_t>(order), price,
                          quantity);
}

sim::abi::Depth touch(Whole host, Whole instrument, Whole side) {
  sim::abi::Depth best{kNoPrice, 0, 0};
  if (host == 0) return best;
  const auto which = static_cast<std::uint8_t>(side == 0 ? 0 : 1);
  (void)at(host)->depth(at(host)->of, index(instrument), which, &best, 1);
  return best;
}
Whole best_price(Whole host, Whole instrument, Whole side) {
  return touch(host, instrument, side).price;
}
Whole best_quantity(Whole host, Whole instrument, Whole side) {
  return touch(host, instrument, side).quantity;
}
// Writes rows of (price, quantity, orders) at an address; returns how many.
Whole depth(Whole host, Whole instrument, Whole side, Whole address, Whole levels) {
  if (host == 0 || levels < 1) return 0;
  const auto which = static_cast<std::uint8_t>(side == 0 ? 0 : 1);
  return static_cast<Whole>(at(host)->depth(at(host)->of, index(instrument), which,
                                            reinterpret_cast<sim::abi::Depth*>(address),
                                            static_cast<std::uint64_t>(levels)));
}

Whole position(Whole host, Whole instrument) {
  return host == 0 ? 0 : at(host)->position(at(host)->of, index(instrument));
}
Whole mark(Whole host, Whole instrument) {
  Whole price = kNoPrice;
  if (host != 0) (void)at(host)->mark(at(host)->of, index(instrument), &price);
  return price;
}

// -1 where the order does not rest, or its place is not known.
Whole orders_ahead(Whole host, Whole order) {
  std::uint64_t orders{};
  Whole quantity{};
  if (host == 0 ||
      at(host)->queue_position(at(host)->of, static_cast<std::uint64_t>(order), &orders,
                               &quantity) == 0)
    return -1;
  return static_cast<Whole>(orders);
}
Whole quantity_ahead(Whole host, Whole order) {
  std::uint64_t orders{};
  Whole quantity{};
  if (host == 0 ||
      at(host)->queue_position(at(host)->of, static_cast<std::uint64_t>(order), &orders,
                               &quantity) == 0)
    return -1;
  return quantity;
}

// A field of an order; -1 where there is no such order.
template <class Field>
Whole of_order(Whole host, Whole order, Field&& field) {
  desk::OrderRecord row{};
  if (host == 0 ||
      at(host)->order(at(host)->of, static_cast<std::uint64_t>(order), &row) == 0)
    return -1;
  return field(row);
}
Whole order_status(Whole host, Whole order) {
  return of_order(host, order, [](const auto& row) -> Whole { return row.status; });
}
Whole order_filled(Whole host, Whole order) {
  return of_order(host, order, [](const auto& row) { return row.filled; });
}
Whole order_quantity(Whole host, Whole order) {
  return of_order(host, order, [](const auto& row) { return row.quantity; });
}
Whole order_limit(Whole host, Whole order) {
  return of_order(host, order, [](const auto& row) { return row.price; });
}

Whole cash(Whole host) {
  desk::AccountRecord row{};
  if (host != 0) at(host)->account(at(host)->of, &row);
  return row.cash;
}
Whole value(Whole host) {
  desk::AccountRecord row{};
  if (host != 0) at(host)->account(at(host)->of, &row);
  return row.value;
}

Whole set_timer(Whole host, Whole time, Whole repeat) {
  return host == 0
             ? 0
             : static_cast<Whole>(at(host)->set_timer(at(host)->of, time, repeat));
}
Whole cancel_timer(Whole host, Whole timer) {
  if (host != 0)
    at(host)->cancel_timer(at(host)->of, static_cast<std::uint64_t>(timer));
  return 0;
}

template <class... Arguments>
void list(py::dict& out, const char* name, Whole (*function)(Arguments...)) {
  out[name] =
      py::make_tuple(reinterpret_cast<std::uintptr_t>(function), sizeof...(Arguments));
}

}  // namespace

py::dict host_calls() {
  py::dict out;
  list(out, "now", now);
  list(out, "submit", submit);
  list(out, "submit_terms", submit_terms);
  list(out, "stop_price", stop_price);
  list(out, "bracket", bracket);
  list(out, "protect", protect);
  list(out, "change", change);
  list(out, "cancel", cancel);
  list(out, "modify", modify);
  list(out, "best_price", best_price);
  list(out, "best_quantity", best_quantity);
  list(out, "depth", depth);
  list(out, "position", position);
  list(out, "mark", mark);
  list(out, "orders_ahead", orders_ahead);
  list(out, "quantity_ahead", quantity_ahead);
  list(out, "order_status", order_status);
  list(out, "order_filled", order_filled);
  list(out, "order_limit", order_limit);
  list(out, "order_quantity", order_quantity);
  list(out, "cash", cash);
  list(out, "value", value);
  list(out, "set_timer", set_timer);
  list(out, "cancel_timer", cancel_timer);
  return out;
}

}  // namespace ai_trading::bindings
