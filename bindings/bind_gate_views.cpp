// _core.risk.Gate: states, positions, limits and sums.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "gate_parts.hpp"
#include "py_desk.hpp"

namespace ai_trading::bindings {

namespace {

constexpr std::array kOwners{"none", "all", "account", "strategy", "instrument"};

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

}  // namespace

void bind_gate_views(py::class_<PyGate>& cls) {
  bind_states(cls);
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

}  // namespace ai_trading::bindings
