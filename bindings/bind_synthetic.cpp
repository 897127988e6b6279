// _core.sim.SyntheticDesk: a desk on a made-up market.
#include <pybind11/stl.h>

#include <optional>
#include <utility>

#include "ai_trading/sim/synthetic.hpp"
#include "ai_trading/venue/flow_market.hpp"
#include "py_desk.hpp"
#include "py_ledger.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;

namespace {

using sim::SyntheticDesk;
using One = Exclusive<SyntheticDesk>;

desk::NewOrder order_of_row(const desk::OrderRequest& row) {
  desk::NewOrder order =
      order_from(row.instrument, row.side, row.type, row.time_in_force, row.price,
                 row.quantity, row.client_id, row.parent_id, row.group);
  order.strategy = row.strategy;
  return order;
}

InstrumentIndex known(const SyntheticDesk& held, InstrumentIndex instrument) {
  if (instrument < held.markets()) return instrument;
  throw py::index_error("instrument must be below " + std::to_string(held.markets()) +
                        "; received " + std::to_string(instrument));
}

py::array_t<desk::OrderAnswer> submit_batch(
    One& self, const Contiguous<desk::OrderRequest>& requests, std::int64_t now) {
  const auto rows = view(requests);
  std::vector<desk::NewOrder> orders;
  orders.reserve(rows.size());
  for (const desk::OrderRequest& row : rows) orders.push_back(order_of_row(row));
  std::vector<desk::OrderAnswer> answers;
  answers.reserve(orders.size());
  {
    const py::gil_scoped_release nogil;
    self.use([&](SyntheticDesk& held) {
      for (const desk::NewOrder& order : orders)
        answers.push_back(held.submit(order, Nanos{now}));
    });
  }
  return adopt(std::move(answers));
}

// Terms by the names of matching/orders.hpp; what is absent is zero.
matching::Terms terms_from(const py::dict& given) {
  matching::Terms terms;
  for (const auto& [key, value] : given) {
    const auto name = key.cast<std::string>();
    const auto number = value.cast<std::int64_t>();
    const auto code = [&](int below) {
      if (number >= 0 && number < below) return static_cast<std::uint8_t>(number);
      throw py::value_error(name + " must be 0 to " + std::to_string(below - 1) +
                            "; received " + std::to_string(number));
    };
    if (name == "display") {
      terms.display = Lots{number};
    } else if (name == "minimum") {
      terms.minimum = Lots{number};
    } else if (name == "all_or_none") {
      terms.all_or_none = code(2) != 0;
    } else if (name == "stop") {
      terms.stop = Ticks{number};
    } else if (name == "trigger") {
      terms.trigger = static_cast<matching::TriggerOn>(code(3));
    } else if (name == "trail") {
      terms.trail = number;
    } else if (name == "trail_by") {
      terms.trail_by = static_cast<matching::TrailBy>(code(2));
    } else if (name == "peg") {
      terms.peg = static_cast<matching::PegTo>(code(4));
    } else if (name == "offset") {
      terms.offset = Ticks{number};
    } else if (name == "slide") {
      terms.slide = code(2) != 0;
    } else if (name == "expire_at") {
      terms.expire_at = Nanos{number};
    } else {
      throw py::value_error("an order has no term '" + name + "'");
    }
  }
  return terms;
}

// What an order with terms has come to.
auto special_of(One& self, OrderId id) {
  return self.use([id](SyntheticDesk& held) {
    const auto* special = held.special(id);
    return special != nullptr ? std::optional(*special) : std::nullopt;
  });
}

}  // namespace

void bind_synthetic(py::module_& m) {
  py::class_<One> cls(m, "SyntheticDesk", R"(A desk whose orders go to a made-up market.

Parameters
----------
cash, max_working, share_ppm, cash_covers, margin, fifo
    As `desk.Desk`.
order_timeout, answer_timeout, attempts
    As `desk.Desk`.
)");
  bind_desk_constructor(cls, [](Money cash, const desk::Terms& terms) {
    return std::make_unique<One>(cash, terms);
  });
  cls.def(
         "open",
         [](One& self, std::int64_t tick_nano, std::int64_t lot_nano,
            std::int64_t unit_nano, std::int64_t price_step, std::int64_t max_quantity,
            std::int64_t collar_ppm, std::int64_t price, std::uint64_t seed,
            std::int64_t start, std::int64_t end, std::optional<double> events,
            std::optional<venue::FlowModelTerms> model, std::uint16_t currency,
            std::optional<venue::FlowRules> rules) {
           Instrument made =
               instrument_from(tick_nano, lot_nano, unit_nano, price_step);
           made.currency = currency;
           venue::FlowSettings flow;
           venue::FlowSymbol symbol;
           symbol.price = Ticks{price};
           symbol.step = Ticks{price_step};
           flow.symbols = {symbol};
           flow.seed = seed;
           flow.open = Nanos{start};
           flow.close = Nanos{end};
           flow.events = events;
           if (model) flow.model = std::move(*model);
           flow.rules = std::move(rules);
           const py::gil_scoped_release nogil;
           return self.use([&](SyntheticDesk& held) {
             return held.open(made, limits_from(max_quantity, collar_ppm),
                              std::move(flow));
           });
         },
         py::kw_only(), "tick_nano"_a, "lot_nano"_a, "unit_nano"_a, "price_step"_a,
         "max_quantity"_a = 0, "collar_ppm"_a = 0, "price"_a, "seed"_a, "start"_a,
         "end"_a, "events"_a, "model"_a = py::none(), "currency"_a = 0,
         "rules"_a = py::none(),
         "Open a market around a price in ticks; return the instrument's index.")
      .def(
          "halt",
          [](One& self, InstrumentIndex instrument, std::int64_t now) {
            return static_cast<int>(self.use([&](SyntheticDesk& held) {
              return held.halt(known(held, instrument), Nanos{now});
            }));
          },
          "instrument"_a, "now"_a, "Halt a market under rules; return a reject code.")
      .def(
          "resume",
          [](One& self, InstrumentIndex instrument, std::int64_t now) {
            return static_cast<int>(self.use([&](SyntheticDesk& held) {
              return held.resume(known(held, instrument), Nanos{now});
            }));
          },
          "instrument"_a, "now"_a, "End such a halt; return a reject code.")
      .def(
          "index",
          [](One& self, std::int64_t value, std::int64_t now) {
            return self.use(
                [&](SyntheticDesk& held) { return held.index(value, Nanos{now}); });
          },
          "value"_a, "now"_a, "Tell the index; return the level that now halts.")
      .def(
          "phase",
          [](One& self, InstrumentIndex instrument) {
            return self.use([&](SyntheticDesk& held) {
              const auto* rules = held.rules(known(held, instrument));
              return rules != nullptr ? std::optional(static_cast<int>(rules->phase(0)))
                                      : std::nullopt;
            });
          },
          "instrument"_a, "Place in `rules.phases`, or None without rules.")
      .def(
          "bands",
          [](One& self, InstrumentIndex instrument) {
            using Pair = std::pair<std::int64_t, std::int64_t>;
            return self.use([&](SyntheticDesk& held) -> std::optional<Pair> {
              const auto* rules = held.rules(known(held, instrument));
              const auto bands = rules != nullptr ? rules->bands(0) : std::nullopt;
              if (!bands) return std::nullopt;
              return Pair{bands->lower.n, bands->upper.n};
            });
          },
          "instrument"_a, "(lower, upper) in ticks, or None.")
      .def(
          "advance",
          [](One& self, std::int64_t now) {
            const py::gil_scoped_release nogil;
            self.use([&](SyntheticDesk& held) { held.advance(Nanos{now}); });
          },
          "now"_a, "Play every market on to a time, and book what happens.")
      .def(
          "submit",
          [](One& self, InstrumentIndex instrument, int side, int order_type,
             int time_in_force, std::int64_t price, std::int64_t quantity,
             std::int64_t now, std::uint64_t client, std::uint64_t parent,
             std::uint32_t group, std::uint16_t strategy) {
            desk::NewOrder order =
                order_from(instrument, side, order_type, time_in_force, price, quantity,
                           client, parent, group);
            order.strategy = strategy;
            const auto answer = self.use(
                [&](SyntheticDesk& held) { return held.submit(order, Nanos{now}); });
            return py::make_tuple(answer.order_id, static_cast<int>(answer.reason),
                                  static_cast<int>(answer.status));
          },
          "instrument"_a, "side"_a, "order_type"_a, "time_in_force"_a, "price"_a,
          "quantity"_a, "now"_a, "client"_a = 0, "parent"_a = 0, "group"_a = 0,
          "strategy"_a = 0,
          "Take an order and trade it; return (number, reject code, status).")
      .def(
          "submit_terms",
          [](One& self, InstrumentIndex instrument, int side, int order_type,
             int time_in_force, std::int64_t price, std::int64_t quantity,
             std::int64_t now, std::uint64_t client, std::uint64_t parent,
             std::uint32_t group, std::uint16_t strategy, const py::dict& terms) {
            desk::NewOrder order =
                order_from(instrument, side, order_type, time_in_force, price, quantity,
                           client, parent, group);
            order.strategy = strategy;
            const matching::Terms wanted = terms_from(terms);
            const auto answer = self.use([&](SyntheticDesk& held) {
              return held.submit(order, wanted, Nanos{now});
            });
            return py::make_tuple(answer.order_id, static_cast<int>(answer.reason),
                                  static_cast<int>(answer.status));
          },
          "instrument"_a, "side"_a, "order_type"_a, "time_in_force"_a, "price"_a,
          "quantity"_a, "now"_a, "client"_a, "parent"_a, "group"_a, "strategy"_a,
          "terms"_a,
          "As submit, with terms as `matching.Engine.submit` names them; the price of "
          "a "
          "peg is its limit.")
      .def(
          "special",
          [](One& self, OrderId order_id) -> py::object {
            const auto found = special_of(self, order_id);
            if (!found) return py::none();
            return py::make_tuple(found->terms.stop.n, found->triggered.n,
                                  found->refreshed);
          },
          "order_id"_a,
          "(stop, when it was triggered or 0, new peaks) of an order with terms, or "
          "None.")
      .def(
          "changed_terms",
          [](One& self, OrderId order_id) -> py::object {
            const auto found = special_of(self, order_id);
            if (!found) return py::none();
            return py::make_tuple(found->limit.n, found->terms.offset.n,
                                  found->terms.display.n);
          },
          "order_id"_a,
          "(limit and offset of a peg, slice of an iceberg) as last agreed, or None.")
      .def("submit_batch", &submit_batch, "requests"_a.noconvert(), "now"_a,
           "Take `desk.order_request_dtype` rows; return `desk.order_answer_dtype`.")
      .def(
          "cancel",
          [](One& self, OrderId order_id, std::int64_t now) {
            return static_cast<int>(self.use([&](SyntheticDesk& held) {
              return held.cancel(order_id, Nanos{now});
            }));
          },
          "order_id"_a, "now"_a, "Cancel an order; return a reject code.")
      .def(
          "modify",
          [](One& self, OrderId order_id, std::int64_t price, std::int64_t quantity,
             std::int64_t now, std::optional<std::int64_t> stop,
             std::optional<std::int64_t> offset, std::optional<std::int64_t> peg_limit,
             std::optional<std::int64_t> display) {
            const auto ticks = [](std::optional<std::int64_t> given) {
              return given ? std::optional(Ticks{*given}) : std::nullopt;
            };
            Amendment wanted{ticks(stop), ticks(offset), ticks(peg_limit), {}};
            if (display) wanted.display = Lots{*display};
            return static_cast<int>(self.use([&](SyntheticDesk& held) {
              return held.modify(order_id, Ticks{price}, Lots{quantity}, Nanos{now},
                                 wanted);
            }));
          },
          "order_id"_a, "price"_a, "quantity"_a, "now"_a, "stop"_a = py::none(),
          "offset"_a = py::none(), "peg_limit"_a = py::none(), "display"_a = py::none(),
          "Change price, total quantity, a waiting stop, offset and limit of a peg, or "
          "the slice of an iceberg; return a reject code.")
      .def(
          "stop_price",
          [](One& self, OrderId order_id) -> std::optional<std::int64_t> {
            const auto stop = self.use(
                [&](SyntheticDesk& held) { return held.stop_price(order_id); });
            return stop ? std::optional(stop->n) : std::nullopt;
          },
          "order_id"_a, "Where a stop would trigger now, in ticks, or None.")
      .def(
          "shown",
          [](One& self, InstrumentIndex instrument, int side) {
            return self.use([&](SyntheticDesk& held) {
              (void)known(held, instrument);
              py::list out;
              held.books(instrument)
                  .for_each(0, side_of(side), [&](const book::RestingOrder& order) {
                    out.append(py::make_tuple(order.id, order.price.n, order.left.n));
                    return true;
                  });
              return out;
            });
          },
          "instrument"_a, "side"_a,
          "(id, price, quantity) of every displayed order, in priority order.")
      .def(
          "best",
          [](One& self, InstrumentIndex instrument, int side) -> py::object {
            const auto level = self.use([&](SyntheticDesk& held) {
              return held.best(listed(held.desk(), instrument), side_of(side));
            });
            if (!level) return py::none();
            return py::make_tuple(level->price.n, level->quantity.n, level->orders);
          },
          "instrument"_a, "side"_a, "(price, quantity, orders) of the best level.")
      .def(
          "take_traded",
          [](One& self, InstrumentIndex instrument) {
            const auto traded = self.use([&](SyntheticDesk& held) {
              return held.take_traded(listed(held.desk(), instrument));
            });
            return py::make_tuple(traded.volume.n, traded.value.n);
          },
          "instrument"_a,
          "What others traded since the last call: lots, and ticks times lots.")
      .def(
          "arrivals",
          [](One& self) {
            return self.use([&](SyntheticDesk& held) {
              std::vector<std::int64_t> out;
              for (std::size_t i = 1; i <= held.desk().orders().size(); ++i)
                out.push_back(held.arrival(i));
              return adopt(std::move(out));
            });
          },
          "The middle price when each order was submitted, in ticks.")
      .def(
          "listen",
          [](One& self) { self.use([](SyntheticDesk& held) { held.listen(); }); },
          "Keep every report from now on for `heard`.")
      .def(
          "heard",
          [](One& self) {
            const auto rows = self.use([](SyntheticDesk& held) {
              std::vector<SyntheticDesk::Heard> out(held.heard().begin(),
                                                    held.heard().end());
              held.forget_heard();
              return out;
            });
            py::list out;
            for (const auto& [report, fill, note] : rows)
              out.append(py::make_tuple(
                  report.order_id, static_cast<int>(report.kind), report.at.n,
                  report.price.n, report.quantity.n, static_cast<int>(report.liquidity),
                  static_cast<int>(report.reason), fill, static_cast<int>(note)));
            return out;
          },
          "(order, kind, time, price, quantity, liquidity, reason, fill, note) of the "
          "reports since the last call; a note is 1 for a stop that was triggered and "
          "2 "
          "for a new peak.");
  bind_currencies<SyntheticDesk>(
      cls, [](SyntheticDesk& held) -> desk::Desk& { return held.desk(); });
  bind_desk_api<SyntheticDesk>(
      cls, [](SyntheticDesk& held) -> desk::Desk& { return held.desk(); },
      [](SyntheticDesk& held) { held.follow_desk(); });
}
