// _core.risk.Gate: what it is told.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "gate_parts.hpp"
#include "py_desk.hpp"

namespace ai_trading::bindings {

void bind_gate_news(py::class_<PyGate>& cls) {
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

}  // namespace ai_trading::bindings
