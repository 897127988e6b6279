// _core.risk: the pre-trade gate.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "ai_trading/risk/look_ahead.hpp"
#include "arrays.hpp"
#include "exclusive.hpp"
#include "py_desk.hpp"
#include "py_gate.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;

namespace {

constexpr std::array kUnits{"quantity", "money", "share", "time",
                            "count",    "milli", "flag",  "flip"};
constexpr std::array kOwners{"none", "all", "account", "strategy", "instrument"};

risk::Limit limit_named(const std::string& name) {
  for (const risk::LimitInfo& info : risk::kLimitTable)
    if (info.name == name) return info.limit;
  throw py::value_error("there is no limit called '" + name + "'");
}

// A limit's name to its value in the core's units; None lifts it.
risk::LimitSet set_from(const py::dict& values) {
  risk::LimitSet set;
  for (const auto& [key, value] : values) {
    const risk::Limit limit = limit_named(py::str(key));
    if (value.is_none()) {
      set.lift(limit);
    } else {
      set.set(limit, value.cast<std::int64_t>());
    }
  }
  return set;
}

std::vector<risk::LimitSet> sets_from(const py::dict& values, std::size_t count,
                                      const char* what) {
  std::vector<risk::LimitSet> sets;
  for (const auto& [key, value] : values) {
    const auto index = key.cast<std::size_t>();
    if (index >= count)
      throw py::index_error("there are " + std::to_string(count) + " " + what +
                            "; received limits of number " + std::to_string(index));
    if (sets.size() <= index) sets.resize(index + 1);
    sets[index] = set_from(py::reinterpret_borrow<py::dict>(value));
  }
  return sets;
}

InstrumentIndex known(const risk::Gate& gate, InstrumentIndex instrument) {
  if (instrument < gate.instruments()) return instrument;
  throw py::index_error("the gate has " + std::to_string(gate.instruments()) +
                        " instruments; received index " + std::to_string(instrument));
}

std::uint16_t known_strategy(const risk::Gate& gate, std::uint32_t strategy) {
  if (strategy < gate.strategies()) return static_cast<std::uint16_t>(strategy);
  throw py::index_error("the gate has " + std::to_string(gate.strategies()) +
                        " strategies; received " + std::to_string(strategy));
}

risk::NameTerms terms_of(std::uint16_t sector, std::uint16_t group, int asset_class,
                         bool easy_to_borrow, std::int64_t lot_step,
                         std::int64_t daily_volume, std::int64_t located,
                         std::int64_t margin_ppm) {
  if (asset_class < 0 || asset_class >= static_cast<int>(risk::kAssetClasses))
    throw py::value_error("asset_class must be 0 to 15; received " +
                          std::to_string(asset_class));
  risk::NameTerms terms;
  terms.sector = sector;
  terms.group = group;
  terms.asset_class = static_cast<std::uint8_t>(asset_class);
  terms.easy_to_borrow = easy_to_borrow;
  terms.lot_step = lot_step;
  terms.daily_volume = Lots{daily_volume};
  terms.located = Lots{located};
  terms.margin_ppm = margin_ppm;
  return terms;
}

risk::Intent intent_of(const risk::Gate& gate, const desk::OrderRequest& row) {
  (void)gate;
  risk::Intent order;
  order.instrument = row.instrument;
  order.strategy = row.strategy;
  order.side = static_cast<Side>(row.side);
  order.has_limit = desk::has_limit(static_cast<OrderType>(row.type));
  order.price = Ticks{row.price};
  order.quantity = Lots{row.quantity};
  return order;
}

py::tuple judge_batch(PyGate& self, const Contiguous<desk::OrderRequest>& orders,
                      std::int64_t now) {
  const auto rows = view(orders);
  std::vector<std::uint16_t> codes(rows.size());
  std::vector<std::int64_t> quantities(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].side > 1 || rows[i].type >= kOrderTypes)
      throw py::value_error("orders[" + std::to_string(i) +
                            "]: side must be 0 or 1 "
                            "and type below " +
                            std::to_string(kOrderTypes) + "; received " +
                            std::to_string(rows[i].side) + " and " +
                            std::to_string(rows[i].type));
  }
  constexpr std::size_t kAhead = 4;
  {
    const py::gil_scoped_release nogil;
    self.use([&](risk::Gate& gate) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i + kAhead < rows.size())
          risk::look_ahead(gate, rows[i + kAhead].instrument);
        const risk::Verdict verdict = gate.judge(intent_of(gate, rows[i]), Nanos{now});
        codes[i] = static_cast<std::uint16_t>(verdict.reason);
        quantities[i] = verdict.quantity.n;
      }
    });
  }
  return py::make_tuple(adopt(std::move(codes)), adopt(std::move(quantities)));
}

py::dict exposure_dict(const risk::Exposures& e) {
  py::dict out;
  out["gross"] = to_python(e.gross);
  out["up"] = to_python(e.up);
  out["down"] = to_python(e.down);
  out["margin"] = to_python(Money{e.margin});
  const auto list = [](const auto& amounts) {
    py::list all;
    for (const Money& amount : amounts) all.append(to_python(amount));
    return all;
  };
  out["sectors"] = list(e.sectors);
  out["groups"] = list(e.groups);
  out["asset_classes"] = list(e.asset_classes);
  out["factors"] = e.factor;
  out["own"] = to_python(Money{e.own});
  return out;
}

py::dict counters_dict(const risk::Counters& c) {
  py::dict out;
  out["messages"] = c.messages;
  out["trades"] = c.trades;
  out["open_orders"] = c.open_orders;
  out["open_notional"] = to_python(c.open_notional);
  out["executions"] = c.executions.sum();
  return out;
}

void bind_facts(py::class_<PyGate>& cls) {
  cls.def(
         "mark",
         [](PyGate& self, InstrumentIndex instrument, std::int64_t price,
            std::int64_t at) {
           if (std::abs(price) >= kMaxPrice)
             throw py::value_error("a price lies within plus or minus 2^62 ticks");
           self.use([&](risk::Gate& g) {
             g.mark(known(g, instrument), Ticks{price}, Nanos{at});
           });
         },
         "instrument"_a, "price"_a, "at"_a, "The reference price and when it was.")
      .def(
          "forget_mark",
          [](PyGate& self, InstrumentIndex instrument) {
            self.use([&](risk::Gate& g) { g.forget_mark(known(g, instrument)); });
          },
          "instrument"_a, "No reference price is known any more.")
      .def(
          "working",
          [](PyGate& self, InstrumentIndex instrument, std::uint32_t strategy, int side,
             std::int64_t price, std::int64_t was, std::int64_t now, bool rests) {
            const Side on = side_of(side);
            self.use([&](risk::Gate& g) {
              risk::Open before{known(g, instrument),
                                known_strategy(g, strategy),
                                on,
                                rests,
                                Ticks{price},
                                Lots{was}};
              risk::Open after = before;
              after.quantity = Lots{now};
              g.working(before, after);
            });
          },
          "instrument"_a, "strategy"_a, "side"_a, "price"_a, "was"_a, "now"_a,
          "rests"_a = true, "The open lots of an order, as they were and are.")
      .def(
          "executed",
          [](PyGate& self, InstrumentIndex instrument, std::uint32_t strategy,
             std::int64_t price, std::int64_t quantity, std::int64_t at,
             const py::int_& fee) {
            const Money paid = from_python(fee);
            self.use([&](risk::Gate& g) {
              g.executed(known(g, instrument), known_strategy(g, strategy),
                         Ticks{price}, Lots{quantity}, paid, Nanos{at});
            });
          },
          "instrument"_a, "strategy"_a, "price"_a, "quantity"_a, "at"_a, "fee"_a = 0,
          "An execution, negative for a sale.")
      .def(
          "hold",
          [](PyGate& self, InstrumentIndex instrument, std::uint32_t strategy,
             std::int64_t quantity) {
            self.use([&](risk::Gate& g) {
              g.hold(known(g, instrument), known_strategy(g, strategy), Lots{quantity});
            });
          },
          "instrument"_a, "strategy"_a, "quantity"_a,
          "Lots that came otherwise than by an execution.")
      .def(
          "message",
          [](PyGate& self, std::uint32_t strategy, InstrumentIndex instrument,
             std::int64_t now) {
            self.use([&](risk::Gate& g) {
              g.message(known_strategy(g, strategy), known(g, instrument), Nanos{now});
            });
          },
          "strategy"_a, "instrument"_a, "now"_a, "A cancel goes out; it is counted.")
      .def(
          "set_cash",
          [](PyGate& self, const py::int_& cash) {
            const Money to = from_python(cash);
            self.use([&](risk::Gate& g) { g.set_cash(to); });
          },
          "cash"_a, "The account's cash, in 1e-18 units.")
      .def(
          "set_rate",
          [](PyGate& self, InstrumentIndex instrument, std::int64_t rate) {
            self.use([&](risk::Gate& g) { g.set_rate(known(g, instrument), rate); });
          },
          "instrument"_a, "rate"_a,
          "What its currency is worth in the account's, in 1e-9.")
      .def(
          "set_bid",
          [](PyGate& self, InstrumentIndex instrument,
             std::optional<std::int64_t> price) {
            std::optional<Ticks> best;
            if (price) best = Ticks{*price};
            self.use([&](risk::Gate& g) { g.set_bid(known(g, instrument), best); });
          },
          "instrument"_a, "price"_a, "The market's best bid, None where unknown.")
      .def(
          "set_band",
          [](PyGate& self, InstrumentIndex instrument, std::optional<std::int64_t> low,
             std::optional<std::int64_t> high) {
            if (low.has_value() != high.has_value())
              throw py::value_error("a band has both ends, or none");
            std::optional<std::pair<Ticks, Ticks>> band;
            if (low) band = std::pair{Ticks{*low}, Ticks{*high}};
            self.use([&](risk::Gate& g) { g.set_band(known(g, instrument), band); });
          },
          "instrument"_a, "low"_a, "high"_a,
          "The limit-up limit-down band; None and None where there is none.")
      .def(
          "set_halted",
          [](PyGate& self, InstrumentIndex instrument, bool halted) {
            self.use(
                [&](risk::Gate& g) { g.set_halted(known(g, instrument), halted); });
          },
          "instrument"_a, "halted"_a, "Whether its market is halted.")
      .def(
          "set_restriction",
          [](PyGate& self, InstrumentIndex instrument, int to) {
            if (to < 0 || to > 2)
              throw py::value_error(
                  "a restriction is 0 (none), 1 (closing only) or 2 (forbidden); "
                  "received " +
                  std::to_string(to));
            self.use([&](risk::Gate& g) {
              g.set_restriction(known(g, instrument),
                                static_cast<risk::Restriction>(to));
            });
          },
          "instrument"_a, "to"_a, "0 none, 1 closing only, 2 forbidden.")
      .def(
          "set_price_test",
          [](PyGate& self, InstrumentIndex instrument, bool active) {
            self.use(
                [&](risk::Gate& g) { g.set_price_test(known(g, instrument), active); });
          },
          "instrument"_a, "active"_a, "Whether short sales must be above the bid.")
      .def(
          "set_located",
          [](PyGate& self, InstrumentIndex instrument, std::int64_t lots) {
            self.use([&](risk::Gate& g) {
              g.set_located(known(g, instrument), Lots{lots});
            });
          },
          "instrument"_a, "lots"_a, "What may be short in all.")
      .def(
          "set_loadings",
          [](PyGate& self, InstrumentIndex instrument,
             const std::vector<std::int32_t>& factors, std::int32_t own) {
            if (factors.size() > risk::kFactors)
              throw py::value_error(
                  "the risk model has " + std::to_string(risk::kFactors) +
                  " factors; received " + std::to_string(factors.size()));
            risk::Loadings loadings;
            std::copy(factors.begin(), factors.end(), loadings.factor.begin());
            loadings.own = own;
            self.use(
                [&](risk::Gate& g) { g.set_loadings(known(g, instrument), loadings); });
          },
          "instrument"_a, "factors"_a, "own"_a,
          "Deviations of its return by factor and of its own, in 2^-30.")
      .def(
          "set_quantile",
          [](PyGate& self, std::int64_t milli) {
            self.use([&](risk::Gate& g) { g.set_quantile(milli); });
          },
          "milli"_a, "Standard deviations that the value at risk is, in 1e-3.")
      .def(
          "begin_day",
          [](PyGate& self) { self.use([](risk::Gate& g) { g.begin_day(); }); },
          "Losses and counts of the day begin anew.")
      .def(
          "set_connected",
          [](PyGate& self, bool connected) {
            self.use([&](risk::Gate& g) { g.set_connected(connected); });
          },
          "connected"_a, "Whether the venue can be reached.");
}

void bind_states(py::class_<PyGate>& cls) {
  cls.def(
         "state",
         [](PyGate& self, int scope, std::uint32_t index) {
           const auto state = self.use(
               [&](risk::Gate& g) { return g.states().of(scope_of(scope, index)); });
           return py::make_tuple(static_cast<int>(state.mode),
                                 static_cast<int>(state.cause));
         },
         "scope"_a, "index"_a = 0,
         "(0 active, 1 reduce only or 2 halted; code of the cause) of a scope.")
      .def(
          "restrict",
          [](PyGate& self, int scope, std::uint32_t index, int mode,
             const std::string& who, const std::string& reason, std::int64_t at) {
            if (mode < 0 || mode > 2)
              throw py::value_error("mode must be 0 to 2; received " +
                                    std::to_string(mode));
            return self.use([&](risk::Gate& g) {
              return g.restrict(scope_of(scope, index), static_cast<risk::Mode>(mode),
                                Reject::none, who, reason, Nanos{at});
            });
          },
          "scope"_a, "index"_a, "mode"_a, "who"_a, "reason"_a, "at"_a,
          "Tighten a scope; whether that changed anything.")
      .def(
          "enable",
          [](PyGate& self, int scope, std::uint32_t index, const std::string& who,
             const std::string& reason, std::int64_t at) {
            return self.use([&](risk::Gate& g) {
              return g.enable(scope_of(scope, index), who, reason, Nanos{at});
            });
          },
          "scope"_a, "index"_a, "who"_a, "reason"_a, "at"_a,
          "Make a scope active again; whether that changed anything.")
      .def(
          "transitions",
          [](PyGate& self) {
            py::list out;
            const auto log =
                self.use([](risk::Gate& g) { return copy(g.states().log()); });
            for (const risk::Transition& t : log)
              out.append(py::make_tuple(t.at.n, static_cast<int>(t.scope.kind),
                                        t.scope.index, static_cast<int>(t.from),
                                        static_cast<int>(t.to),
                                        static_cast<int>(t.cause), t.who, t.reason));
            return out;
          },
          "(time, scope, index, from, to, cause, by whom, reason) of every change.");
}

void bind_views(py::class_<PyGate>& cls) {
  cls.def(
         "name",
         [](PyGate& self, InstrumentIndex instrument) {
           const risk::Name n =
               self.use([&](risk::Gate& g) { return g.name(known(g, instrument)); });
           const risk::Values v = risk::values(n);
           py::dict out;
           out["position"] = n.position.n;
           out["buys"] = n.buys.n;
           out["sells"] = n.sells.n;
           out["mark"] = n.marked ? py::object(py::int_(n.mark.n)) : py::none();
           out["worst"] = to_python(v.worst);
           out["up"] = to_python(v.up);
           out["down"] = to_python(v.down);
           return out;
         },
         "instrument"_a, "Position, open lots, mark and values of a name.")
      .def(
          "exposures",
          [](PyGate& self) {
            return exposure_dict(self.use([](risk::Gate& g) { return g.exposures(); }));
          },
          "The sums over all names, as they are kept.")
      .def(
          "recomputed",
          [](PyGate& self) {
            return exposure_dict(
                self.use([](risk::Gate& g) { return g.recomputed(); }));
          },
          "The same sums, added up anew.")
      .def(
          "counters",
          [](PyGate& self, int scope, std::uint32_t index) {
            return counters_dict(self.use([&](risk::Gate& g) {
              const risk::Scope of = scope_of(scope, index);
              if (!g.states().knows(of))
                throw py::index_error("there is no such scope");
              return g.counters(of);
            }));
          },
          "scope"_a = 0, "index"_a = 0, "What is counted of a scope.")
      .def(
          "profit",
          [](PyGate& self, int scope, std::uint32_t index) {
            return to_python(self.use([&](risk::Gate& g) {
              const risk::Scope of = scope_of(scope, index);
              if (!g.states().knows(of))
                throw py::index_error("there is no such scope");
              if (of.kind == risk::ScopeKind::strategy)
                return g.profit_of(static_cast<std::uint16_t>(index)).now();
              if (of.kind == risk::ScopeKind::instrument) return g.profit_in(index);
              return g.profit().now();
            }));
          },
          "scope"_a = 0, "index"_a = 0, "Profit so far, fees taken off.")
      .def(
          "row",
          [](PyGate& self, std::uint32_t strategy, InstrumentIndex instrument) {
            const risk::Row row = self.use([&](risk::Gate& g) {
              return g.row(known_strategy(g, strategy), known(g, instrument));
            });
            py::dict out;
            for (const risk::LimitInfo& info : risk::kLimitTable) {
              if (!row.has(info.limit)) continue;
              out[py::str(std::string(info.name))] =
                  py::make_tuple(row[info.limit],
                                 kOwners[static_cast<std::size_t>(row.of(info.limit))]);
            }
            return out;
          },
          "strategy"_a, "instrument"_a,
          "Limit to (value, who set it), quantities in lots.")
      .def_property_readonly(
          "equity",
          [](PyGate& self) {
            return to_python(self.use([](risk::Gate& g) { return g.equity(); }));
          },
          "Cash and positions, in 1e-18 units.")
      .def_property_readonly(
          "value_at_risk",
          [](PyGate& self) {
            return to_python(self.use([](risk::Gate& g) { return g.value_at_risk(); }));
          },
          "By the risk model if all open orders execute, in 1e-18 units.")
      .def_property_readonly(
          "strategies",
          [](PyGate& self) {
            return self.use([](risk::Gate& g) { return g.strategies(); });
          },
          "How many strategies it knows.")
      .def_property_readonly(
          "instruments",
          [](PyGate& self) {
            return self.use([](risk::Gate& g) { return g.instruments(); });
          },
          "How many instruments it knows.")
      .def_property_readonly(
          "connected",
          [](PyGate& self) {
            return self.use([](risk::Gate& g) { return g.connected(); });
          },
          "Whether the venue can be reached.")
      .def(
          "digest",
          [](PyGate& self) {
            return self.use([](risk::Gate& g) {
              Digest digest;
              g.digest(digest);
              return digest.value();
            });
          },
          "A digest of all that it knows.");
}

}  // namespace

void bind_gate(py::module_& m) {
  py::list table;
  for (const risk::LimitInfo& info : risk::kLimitTable)
    table.append(py::make_tuple(
        std::string(info.name), kUnits[static_cast<std::size_t>(info.unit)],
        static_cast<int>(info.reason), info.reducing_skips, std::string(info.meaning)));
  m.attr("limit_table") = py::tuple(table);
  m.attr("factors") = risk::kFactors;

  py::class_<PyGate> cls(m, "Gate", R"(The pre-trade gate of one account.

Parameters
----------
cash : int, default 0
    In 1e-18 currency units.
strategies : int, default 1
)");
  cls.def(py::init([](const py::int_& cash, std::size_t strategies) {
            auto held =
                std::make_shared<Exclusive<risk::Gate>>(from_python(cash), strategies);
            return std::make_unique<PyGate>(
                [held](const PyGate::Work& work) { held->use(work); }, false);
          }),
          "cash"_a = 0, "strategies"_a = 1)
      .def(
          "add_instrument",
          [](PyGate& self, std::int64_t tick_nano, std::int64_t lot_nano,
             std::int64_t unit_nano, std::int64_t price_step) {
            if (self.owned())
              throw py::value_error(
                  "the gate is a desk's: add the instrument to the desk");
            const Instrument made =
                instrument_from(tick_nano, lot_nano, unit_nano, price_step);
            return self.use([&](risk::Gate& g) { return g.add(made); });
          },
          py::kw_only(), "tick_nano"_a, "lot_nano"_a, "unit_nano"_a, "price_step"_a,
          "Add an instrument and return its index.")
      .def(
          "describe",
          [](PyGate& self, InstrumentIndex instrument, std::uint16_t sector,
             std::uint16_t group, int asset_class, bool easy_to_borrow,
             std::int64_t lot_step, std::int64_t daily_volume, std::int64_t located,
             std::int64_t margin_ppm) {
            const auto terms = terms_of(sector, group, asset_class, easy_to_borrow,
                                        lot_step, daily_volume, located, margin_ppm);
            self.use([&](risk::Gate& g) { g.describe(known(g, instrument), terms); });
          },
          "instrument"_a, py::kw_only(), "sector"_a = 0, "group"_a = 0,
          "asset_class"_a = 0, "easy_to_borrow"_a = false, "lot_step"_a = 1,
          "daily_volume"_a = 0, "located"_a = 0, "margin_ppm"_a = 500'000,
          "What is known of an instrument beside its terms of trading.")
      .def(
          "apply",
          [](PyGate& self, const py::dict& all, const py::dict& account,
             const py::dict& strategies, const py::dict& instruments,
             const std::vector<std::string>& required) {
            risk::LimitBook book;
            book.all = set_from(all);
            book.account = set_from(account);
            for (const std::string& name : required)
              book.required |= risk::bit(limit_named(name));
            self.use([&](risk::Gate& g) {
              book.strategies = sets_from(strategies, g.strategies(), "strategies");
              book.instruments = sets_from(instruments, g.instruments(), "instruments");
              g.apply(std::move(book));
            });
          },
          "all"_a, "account"_a = py::dict(), "strategies"_a = py::dict(),
          "instruments"_a = py::dict(), "required"_a = std::vector<std::string>{},
          "Put other limits in force, all at once; None lifts one.")
      .def(
          "judge",
          [](PyGate& self, InstrumentIndex instrument, std::uint32_t strategy, int side,
             std::optional<std::int64_t> price, std::int64_t quantity, std::int64_t now,
             std::int64_t created, bool replaces) {
            risk::Intent order;
            order.instrument = instrument;
            order.strategy = static_cast<std::uint16_t>(std::min(strategy, 65'535U));
            order.side = side_of(side);
            order.has_limit = price.has_value();
            order.price = Ticks{price.value_or(0)};
            order.quantity = Lots{quantity};
            order.created = Nanos{created};
            order.replaces = replaces;
            const risk::Verdict verdict =
                self.use([&](risk::Gate& g) { return g.judge(order, Nanos{now}); });
            return py::make_tuple(static_cast<int>(verdict.reason), verdict.quantity.n);
          },
          "instrument"_a, "strategy"_a, "side"_a, "price"_a, "quantity"_a, "now"_a,
          "created"_a = 0, "replaces"_a = false,
          "(reject code, lots that may be sent); a price of None is a market order.")
      .def("judge_batch", &judge_batch, "orders"_a.noconvert(), "now"_a,
           "(codes, lots that may be sent) of orders of `order_request_dtype`.");
  bind_facts(cls);
  bind_states(cls);
  bind_views(cls);
}
