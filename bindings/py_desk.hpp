// What the bindings of the desk, alone and with a market, have in common.
#pragma once

#include <pybind11/numpy.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ai_trading/desk/desk.hpp"
#include "arrays.hpp"
#include "exclusive.hpp"
#include "py_gate.hpp"

namespace ai_trading::bindings {

namespace py = pybind11;
using namespace pybind11::literals;

// Money as a Python int of 1e-18 units, both ways and exact.
inline py::int_ to_python(Money money) {
  const auto high = static_cast<std::int64_t>(money.atto >> 64);
  const auto low = static_cast<std::uint64_t>(money.atto);
  if ((high == 0 && low < (std::uint64_t{1} << 63)) ||
      (high == -1 && low >= (std::uint64_t{1} << 63)))
    return py::int_(static_cast<std::int64_t>(low));
  return py::int_((py::int_(high) << py::int_(64)) | py::int_(low));
}

inline Money from_python(const py::int_& amount) {
  const py::int_ high_part(amount >> py::int_(64));
  const py::int_ low_part(amount & py::int_(~std::uint64_t{0}));
  const auto high = high_part.cast<std::int64_t>();
  if (high >= (std::int64_t{1} << 61) || high < -(std::int64_t{1} << 61))
    throw py::value_error(
        "an amount of money must lie within plus or minus 4e19 units");
  return {Int128{high} * (Int128{1} << 64) + Int128{low_part.cast<std::uint64_t>()}};
}

inline Side side_of(int side) {
  if (side == 0 || side == 1) return static_cast<Side>(side);
  throw py::value_error("side must be 0 (buy) or 1 (sell); received " +
                        std::to_string(side));
}

inline void check_size(std::int64_t price, std::int64_t quantity) {
  if (quantity < 1 || !notional(Ticks{price}, Lots{quantity}))
    throw py::value_error(
        "quantity must be 1 or more and price times quantity below "
        "2^63; received " +
        std::to_string(price) + " and " + std::to_string(quantity));
}

inline void check_accrual(std::int64_t rate, std::int64_t days,
                          std::int64_t days_of_year) {
  if (rate < -100 * kNano || rate > 100 * kNano || days < 0 || days > 36'600 ||
      days_of_year < 1 || days_of_year > 366)
    throw py::value_error(
        "a rate is within plus or minus 100 (1e-9 each), days 0 to "
        "36600 and the year 1 to 366 days");
}

inline desk::Terms terms_from(std::int64_t order_timeout, std::int64_t answer_timeout,
                              int attempts, std::size_t max_working,
                              std::int64_t share_ppm, bool cash_covers, bool margin,
                              bool fifo) {
  if (attempts < 1 || attempts > 255 || order_timeout < 0 || answer_timeout < 0)
    throw py::value_error("attempts must be 1 to 255 and time-outs 0 or more");
  desk::Terms terms;
  terms.patience = {Nanos{order_timeout}, Nanos{answer_timeout},
                    static_cast<std::uint8_t>(attempts)};
  terms.house = {max_working, share_ppm, cash_covers};
  if (margin) terms.margin = desk::MarginTerms{};
  if (fifo) terms.ledger.method = desk::CostMethod::fifo;
  return terms;
}

inline Instrument instrument_from(std::int64_t tick_nano, std::int64_t lot_nano,
                                  std::int64_t unit_nano, std::int64_t price_step) {
  Instrument made;
  made.tick_nano = tick_nano;
  made.lot_nano = lot_nano;
  made.unit_nano = unit_nano;
  made.price_step = price_step;
  made.check("the instrument");
  return made;
}

inline risk::Limits limits_from(std::int64_t max_quantity, std::int64_t collar_ppm) {
  risk::Limits limits;
  limits.max_quantity = Lots{max_quantity};
  limits.collar_ppm = collar_ppm;
  return limits;
}

inline desk::NewOrder order_from(InstrumentIndex instrument, int side, int type,
                                 int time_in_force, std::int64_t price,
                                 std::int64_t quantity, std::uint64_t client,
                                 std::uint64_t parent, std::uint32_t group) {
  if (type < 0 || type >= kOrderTypes || time_in_force < 0 ||
      time_in_force >= kTimesInForce)
    throw py::value_error("order_type must be below " + std::to_string(kOrderTypes) +
                          " and time_in_force below " + std::to_string(kTimesInForce));
  desk::NewOrder order;
  order.instrument = instrument;
  order.side = side_of(side);
  order.type = static_cast<OrderType>(type);
  order.time_in_force = static_cast<TimeInForce>(time_in_force);
  order.price = Ticks{price};
  order.quantity = Lots{quantity};
  order.client = client;
  order.parent = parent;
  order.group = group;
  return order;
}

inline OrderId known(const desk::Desk& desk, OrderId id) {
  if (desk.knows(id)) return id;
  throw py::index_error("no order has the number " + std::to_string(id) +
                        "; they run from 1 to " + std::to_string(desk.orders().size()));
}

inline InstrumentIndex listed(const desk::Desk& desk, InstrumentIndex instrument) {
  if (instrument < desk.ledger().instruments()) return instrument;
  throw py::index_error("the desk has " + std::to_string(desk.ledger().instruments()) +
                        " instruments; received index " + std::to_string(instrument));
}

template <class Row>
[[nodiscard]] std::vector<Row> copy(std::span<const Row> rows) {
  return {rows.begin(), rows.end()};
}

inline py::tuple order_tuple(const desk::OrderRecord& o) {
  return py::make_tuple(o.instrument, static_cast<int>(o.side),
                        static_cast<int>(o.type), static_cast<int>(o.time_in_force),
                        o.price, o.quantity, o.filled, o.filled_value, o.fee,
                        static_cast<int>(o.status), static_cast<int>(o.reason),
                        o.submitted, o.acknowledged, o.done, o.parent_id);
}

inline py::tuple fill_tuple(const desk::FillRecord& f) {
  return py::make_tuple(f.fill_id, f.order_id, f.price, f.quantity, f.fee, f.timestamp,
                        static_cast<int>(f.liquidity), f.instrument,
                        static_cast<int>(f.side));
}

inline py::tuple incident_tuple(const desk::Incident& i) {
  return py::make_tuple(i.timestamp, i.order_id, i.fill_id, i.execution, i.quantity,
                        i.instrument, static_cast<int>(i.code),
                        static_cast<int>(i.report), i.restricted != 0);
}

inline Report report_from(OrderId order_id, int kind, std::int64_t at,
                          std::int64_t price, std::int64_t quantity, std::int64_t fee,
                          int liquidity, int reason, InstrumentIndex instrument,
                          int side, std::uint64_t request, std::uint64_t execution,
                          std::uint64_t corrects, std::int64_t executed,
                          std::int64_t leaves) {
  if (kind < 0 || kind > static_cast<int>(Report::Kind::trade_corrected) ||
      liquidity < 0 || liquidity > 2 || side < 0 || side > 2)
    throw py::value_error("kind must be 0 to 16, liquidity and side 0 to 2; received " +
                          std::to_string(kind) + ", " + std::to_string(liquidity) +
                          " and " + std::to_string(side));
  if (!notional(Ticks{price}, Lots{quantity}))
    throw py::value_error("price times quantity must stay below 2^63");
  Report out;
  out.order_id = order_id;
  out.kind = static_cast<Report::Kind>(kind);
  out.at = Nanos{at};
  out.price = Ticks{price};
  out.quantity = Lots{quantity};
  out.fee = fee;
  out.liquidity = static_cast<Liquidity>(liquidity);
  out.reason = static_cast<Reject>(reason);
  out.instrument = instrument;
  out.side = static_cast<Side>(side);
  out.request = request;
  out.execution = execution;
  out.corrects = corrects;
  out.executed = Lots{executed};
  out.leaves = Lots{leaves};
  return out;
}

// The constructor of every class that holds a desk; `make` gets its cash and its terms.
template <class T, class Make>
void bind_desk_constructor(py::class_<Exclusive<T>>& cls, Make make) {
  cls.def(py::init([make](const py::int_& cash, std::int64_t order_timeout,
                          std::int64_t answer_timeout, int attempts,
                          std::size_t max_working, std::int64_t share_ppm,
                          bool cash_covers, bool margin, bool fifo) {
            return make(from_python(cash),
                        terms_from(order_timeout, answer_timeout, attempts, max_working,
                                   share_ppm, cash_covers, margin, fifo));
          }),
          "cash"_a, py::kw_only(), "order_timeout"_a = 0, "answer_timeout"_a = 0,
          "attempts"_a = 3, "max_working"_a = 0, "share_ppm"_a = 0,
          "cash_covers"_a = false, "margin"_a = false, "fifo"_a = false);
}

// What every class that holds a desk lets Python do.  `desk_of` finds the desk and
// `after` does what must follow a change of it.
template <class T, class DeskOf, class After>
void bind_desk_api(py::class_<Exclusive<T>>& cls, DeskOf desk_of, After after) {
  using One = Exclusive<T>;
  const auto with = [desk_of](One& self, auto&& work) {
    return self.use([&](T& held) { return work(desk_of(held)); });
  };
  cls.def(
         "report",
         [desk_of, after](One& self, OrderId order_id, int kind, std::int64_t at,
                          std::int64_t price, std::int64_t quantity, std::int64_t fee,
                          int liquidity, int reason, InstrumentIndex instrument,
                          int side, std::uint64_t request, std::uint64_t execution,
                          std::uint64_t corrects, std::int64_t executed,
                          std::int64_t leaves) {
           const Report report = report_from(
               order_id, kind, at, price, quantity, fee, liquidity, reason, instrument,
               side, request, execution, corrects, executed, leaves);
           return self.use([&](T& held) -> std::uint64_t {
             listed(desk_of(held), instrument);
             const auto fill = desk_of(held).on_report(report);
             after(held);
             return fill ? fill->fill_id : 0;
           });
         },
         "order_id"_a, "kind"_a, "at"_a, py::kw_only(), "price"_a = 0, "quantity"_a = 0,
         "fee"_a = 0, "liquidity"_a = 0, "reason"_a = 0, "instrument"_a = 0,
         "side"_a = 2, "request"_a = 0, "execution"_a = 0, "corrects"_a = 0,
         "executed"_a = -1, "leaves"_a = -1,
         "Book what a venue said; return the number of the fill, 0 where it was none.")
      .def(
          "refuse",
          [with](One& self, InstrumentIndex instrument, int side, int type,
                 int time_in_force, std::int64_t price, std::int64_t quantity,
                 std::int64_t now, int reason, std::uint64_t client) {
            const auto order = order_from(instrument, side, type, time_in_force, price,
                                          quantity, client, 0, 0);
            return with(self, [&](desk::Desk& d) {
              return d.refuse(order, static_cast<Reject>(reason), Nanos{now}).id;
            });
          },
          "instrument"_a, "side"_a, "order_type"_a, "time_in_force"_a, "price"_a,
          "quantity"_a, "now"_a, "reason"_a, "client"_a = 0,
          "Record an order that may not go out; return its number.")
      .def(
          "wake",
          [desk_of, after](One& self, std::int64_t now) {
            self.use([&](T& held) {
              desk_of(held).wake(Nanos{now});
              after(held);
            });
          },
          "now"_a, "Judge what is overdue.")
      .def(
          "commands",
          [with](One& self) {
            std::vector<Command> commands;
            with(self, [&](desk::Desk& d) { d.take_commands(commands); });
            py::list out;
            for (const Command& c : commands)
              out.append(py::make_tuple(static_cast<int>(c.kind), c.order_id, c.price.n,
                                        c.quantity.n, c.request, c.original));
            return out;
          },
          "(kind, order, price, quantity, request, original) of what is to be sent.")
      .def(
          "news",
          [with](One& self) {
            std::vector<OrderId> ids;
            with(self, [&](desk::Desk& d) { d.take_news(ids); });
            py::list out;
            for (const OrderId id : ids) out.append(id);
            return out;
          },
          "Numbers of the orders that the desk itself ended since the last call.")
      .def(
          "order",
          [with](One& self, OrderId order_id) {
            return order_tuple(
                with(self, [&](desk::Desk& d) { return d.order(known(d, order_id)); }));
          },
          "order_id"_a,
          "(instrument, side, type, time in force, price, quantity, filled, filled "
          "value, fee, status, reason, submitted, acknowledged, done, parent).")
      .def(
          "state",
          [with](One& self, OrderId order_id) {
            const auto state =
                with(self, [&](desk::Desk& d) { return d.state(known(d, order_id)); });
            return py::make_tuple(static_cast<int>(state.base), state.cancel_asked,
                                  state.replace_asked);
          },
          "order_id"_a, "(status without requests, cancel asked, replace asked).")
      .def(
          "current_request",
          [with](One& self, OrderId order_id) {
            return with(self, [&](desk::Desk& d) {
              return d.current_request(known(d, order_id));
            });
          },
          "order_id"_a, "The request by which the venue knows the order.")
      .def(
          "order_of",
          [with](One& self, std::uint64_t client) {
            return with(self, [&](desk::Desk& d) { return d.order_of(client); });
          },
          "client"_a, "The order that a client id names; 0 where there is none.")
      .def(
          "fills_after",
          [with](One& self, std::size_t number) {
            const auto rows = with(self, [&](desk::Desk& d) {
              return copy(d.fills().subspan(std::min(number, d.fills().size())));
            });
            py::list out;
            for (const auto& row : rows) out.append(fill_tuple(row));
            return out;
          },
          "number"_a,
          "(number, order, price, quantity, fee, time, liquidity, instrument, side) of "
          "the fills behind a number.")
      .def(
          "incidents_after",
          [with](One& self, std::size_t number) {
            const auto rows = with(self, [&](desk::Desk& d) {
              return copy(
                  d.incidents().subspan(std::min(number, d.incidents().size())));
            });
            py::list out;
            for (const auto& row : rows) out.append(incident_tuple(row));
            return out;
          },
          "number"_a,
          "(time, order, fill, execution, quantity, instrument, code, report, "
          "restricted) of the incidents behind the first `number`.")
      .def(
          "orders",
          [with](One& self) {
            return adopt(with(self, [](desk::Desk& d) { return copy(d.orders()); }));
          },
          "Every order, `order_dtype`.")
      .def(
          "fills",
          [with](One& self) {
            return adopt(with(self, [](desk::Desk& d) { return copy(d.fills()); }));
          },
          "Every fill, `fill_dtype`.")
      .def(
          "parents",
          [with](One& self) {
            return adopt(with(self, [](desk::Desk& d) { return copy(d.parents()); }));
          },
          "Every parent, `parent_dtype`.")
      .def(
          "incidents",
          [with](One& self) {
            return adopt(with(self, [](desk::Desk& d) { return copy(d.incidents()); }));
          },
          "Every incident, `incident_dtype`.")
      .def(
          "link",
          [with](One& self, bool reduce, OrderId entry) {
            return with(self, [&](desk::Desk& d) {
              if (entry != 0) known(d, entry);
              return d.link(
                  reduce ? desk::Link::reduce_others : desk::Link::cancel_others,
                  entry);
            });
          },
          "reduce"_a = false, "entry"_a = 0,
          "A group for orders that end, or with `reduce` shrink, each other, and wait "
          "for `entry` where it is given.")
      .def(
          "open_parent",
          [with](One& self, InstrumentIndex instrument, int side, std::int64_t quantity,
                 std::int64_t now, std::uint64_t outer, std::uint64_t client,
                 std::uint16_t strategy) {
            desk::NewParent wanted;
            wanted.strategy = strategy;
            wanted.instrument = instrument;
            wanted.side = side_of(side);
            wanted.quantity = Lots{quantity};
            wanted.outer = outer;
            wanted.client = client;
            const auto made = with(
                self, [&](desk::Desk& d) { return d.open_parent(wanted, Nanos{now}); });
            return py::make_tuple(made.id, static_cast<int>(made.reason));
          },
          "instrument"_a, "side"_a, "quantity"_a, "now"_a, "outer"_a = 0,
          "client"_a = 0, "strategy"_a = 0, "Open a parent; return (id, reject code).")
      .def(
          "cancel_parent",
          [desk_of, after](One& self, std::uint64_t parent, std::int64_t now) {
            return self.use([&](T& held) {
              const Reject code = desk_of(held).cancel_parent(parent, Nanos{now});
              after(held);
              return static_cast<int>(code);
            });
          },
          "parent"_a, "now"_a, "Cancel a parent and its children; return a code.")
      .def(
          "finish_parent",
          [with](One& self, std::uint64_t parent, std::int64_t now) {
            return with(self, [&](desk::Desk& d) {
              return static_cast<int>(d.finish_parent(parent, Nanos{now}));
            });
          },
          "parent"_a, "now"_a, "End a parent for which nothing works; return a code.")
      .def(
          "room",
          [with](One& self, std::uint64_t parent) {
            return with(self, [&](desk::Desk& d) {
              if (!d.knows_parent(parent))
                throw py::index_error("no parent has the number " +
                                      std::to_string(parent));
              return d.room(parent).n;
            });
          },
          "parent"_a, "Lots that may still be sent for a parent.")
      .def(
          "mark",
          [with](One& self, InstrumentIndex instrument, std::int64_t price,
                 std::optional<std::int64_t> at) {
            const Nanos when = at ? Nanos{*at} : kNever;
            with(self, [&](desk::Desk& d) {
              d.mark(listed(d, instrument), Ticks{price}, when);
            });
          },
          "instrument"_a, "price"_a, "at"_a = py::none(),
          "The last known price, and when it was; None: now.")
      .def(
          "mode",
          [with](One& self, InstrumentIndex instrument) {
            return with(self, [&](desk::Desk& d) {
              return static_cast<int>(d.mode(listed(d, instrument)));
            });
          },
          "instrument"_a, "0 active, 1 reduce only, 2 halted.")
      .def(
          "restrict",
          [with](One& self, InstrumentIndex instrument, int mode) {
            if (mode < 0 || mode > 2)
              throw py::value_error("mode must be 0 to 2; received " +
                                    std::to_string(mode));
            with(self, [&](desk::Desk& d) {
              d.restrict(listed(d, instrument), static_cast<desk::Mode>(mode));
            });
          },
          "instrument"_a, "mode"_a, "Tighten what may be done; never loosens.")
      .def(
          "enable",
          [with](One& self, InstrumentIndex instrument, const std::string& who,
                 const std::string& reason, std::int64_t now) {
            with(self, [&](desk::Desk& d) {
              d.enable(listed(d, instrument), who, reason, Nanos{now});
            });
          },
          "instrument"_a, "who"_a, "reason"_a = "looked into", "now"_a = 0,
          "Trade without restriction again, by a named person.")
      .def_property_readonly(
          "gate",
          py::cpp_function(
              [desk_of](One& self) {
                One* owner = &self;
                return std::make_unique<PyGate>(
                    [owner, desk_of](const PyGate::Work& work) {
                      owner->use([&](T& held) { work(desk_of(held).gate()); });
                    },
                    true);
              },
              py::keep_alive<0, 1>()),
          "The pre-trade gate of this desk.")
      .def(
          "arm",
          [with](One& self, std::size_t strategies) {
            with(self, [&](desk::Desk& d) { d.arm(strategies); });
          },
          "strategies"_a = 1, "Have the gate hold its limits from now on.")
      .def(
          "kill",
          [desk_of, after](One& self, int scope, std::uint32_t index,
                           const std::string& who, const std::string& reason,
                           std::int64_t now) {
            return killed_tuple(self.use([&](T& held) {
              auto killed =
                  desk_of(held).kill(scope_of(scope, index), who, reason, Nanos{now});
              after(held);
              return killed;
            }));
          },
          "scope"_a, "index"_a, "who"_a, "reason"_a, "now"_a,
          "Halt a scope and cancel all in it; return (mode before, orders asked to "
          "end, "
          "how many no venue had, had been asked before, parents).")
      .def(
          "disconnect",
          [desk_of, after](One& self, std::int64_t now) {
            return killed_tuple(self.use([&](T& held) {
              auto killed = desk_of(held).disconnect(Nanos{now});
              after(held);
              return killed;
            }));
          },
          "now"_a, "The venue cannot be reached; return as kill does.")
      .def(
          "reconnect",
          [with](One& self) { with(self, [](desk::Desk& d) { d.reconnect(); }); },
          "The venue can be reached again.")
      .def(
          "begin_day",
          [with](One& self) { with(self, [](desk::Desk& d) { d.begin_day(); }); },
          "Losses and counts of the day begin anew.")
      .def(
          "position",
          [with](One& self, InstrumentIndex instrument) {
            const auto held = with(self, [&](desk::Desk& d) {
              return d.ledger().position(listed(d, instrument));
            });
            return py::make_tuple(held.quantity.n, to_python(held.cost),
                                  to_python(held.realized), to_python(held.fees),
                                  held.mark.n, held.marked);
          },
          "instrument"_a, "(lots, cost, realised profit, fees, mark, whether marked).")
      .def(
          "statement",
          [with](One& self) {
            const auto made =
                with(self, [](desk::Desk& d) { return d.ledger().totals(); });
            return py::make_tuple(to_python(made.cash), to_python(made.value),
                                  to_python(made.realized), to_python(made.unrealized),
                                  to_python(made.fees), to_python(made.gross));
          },
          "(cash, value, realised, unrealised, fees, gross), in 1e-18 units.")
      .def_property_readonly(
          "working_orders",
          [with](One& self) {
            return with(self, [](desk::Desk& d) { return d.working_orders(); });
          },
          "How many orders have not ended.")
      .def_property_readonly(
          "counts",
          [with](One& self) {
            return with(self, [](desk::Desk& d) {
              return std::make_tuple(d.orders().size(), d.fills().size(),
                                     d.incidents().size());
            });
          },
          "(orders, fills, incidents) so far.")
      .def(
          "state_hash",
          [with](One& self) {
            return with(self, [](desk::Desk& d) { return d.state_hash(); });
          },
          "A digest of everything the desk knows.");
}

}  // namespace ai_trading::bindings
