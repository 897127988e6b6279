// What a just-in-time compiled strategy may ask and do: C functions of whole numbers.
//
// The first argument is the address of a sim::abi::Host, or 0 outside a run: then nothing
// happens, and the answer is what it is where there is nothing.  Only 64-bit integers
// cross, which any compiler of C functions can pass.
//
// Units       ticks, lots, UTC nanoseconds; amounts of the account in 1e-6.
#include <pybind11/pybind11.h>

#include <cstdint>
#include <limits>

#include "ai_trading/base/reject.hpp"
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
