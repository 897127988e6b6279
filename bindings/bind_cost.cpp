// _core.cost: tables of fees, and models of market impact.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <utility>

#include "ai_trading/cost/tariff.hpp"
#include "arrays.hpp"
#include "exclusive.hpp"
#include "py_fees.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;
using namespace pybind11::literals;
using cost::Tariff;

namespace {

using OneTariff = Exclusive<Tariff>;

// One fill by its numbers: see the signature below.
std::int64_t charge(OneTariff& self, OrderId order, std::int64_t at, int side,
                    int liquidity, std::int64_t price, std::int64_t quantity,
                    std::int64_t tick_nano, std::int64_t lot_nano,
                    std::int64_t unit_nano) {
  if (side != 0 && side != 1)
    throw py::value_error("side must be 0 (buy) or 1 (sell); received " +
                          std::to_string(side));
  if (liquidity != 1 && liquidity != 2)
    throw py::value_error("liquidity must be 1 (maker) or 2 (taker); received " +
                          std::to_string(liquidity));
  if (quantity < 1)
    throw py::value_error("quantity must be 1 or more; received " +
                          std::to_string(quantity));
  if (!notional(Ticks{price}, Lots{quantity}))
    throw py::value_error("price times quantity leaves 64 bits");
  Instrument instrument;
  instrument.tick_nano = tick_nano;
  instrument.lot_nano = lot_nano;
  instrument.unit_nano = unit_nano;
  instrument.check("fill");
  return self.use([&](Tariff& tariff) {
    return tariff.charge(
        instrument, {0, order, Nanos{at}, static_cast<Side>(side),
                     static_cast<Liquidity>(liquidity), Ticks{price}, Lots{quantity}});
  });
}

void bind_tariff(py::module_& m) {
  py::class_<OneTariff>(m, "Tariff",
                        R"(A table of fees at work: it remembers volume and orders.

`ai_trading.execution.fees.FeeSchedule` is the door for people.

Parameters
----------
lines : list of dict
    Rows in whole numbers, as `FeeSchedule.to_core` makes them.
prior_units, prior_value : int, default 0
    Volume before the first fill.
)")
      .def(py::init([](const py::list& lines, std::int64_t units, std::int64_t value) {
             return std::make_unique<OneTariff>(fee_lines(lines),
                                                cost::PriorVolume{units, value});
           }),
           "lines"_a, "prior_units"_a = 0, "prior_value"_a = 0)
      .def("charge", &charge, "order"_a, "at"_a, "side"_a, "liquidity"_a, "price"_a,
           "quantity"_a, "tick_nano"_a, "lot_nano"_a, "unit_nano"_a,
           "The fee of one fill in 1e-9 currency units; fills in the order of time.")
      .def_property_readonly(
          "totals",
          [](OneTariff& self) {
            return self.use([](Tariff& tariff) {
              const auto rows = tariff.totals();
              return std::vector<std::int64_t>(rows.begin(), rows.end());
            });
          },
          "What each line has charged so far, in 1e-9 currency units.");
}

}  // namespace

void bind_cost(py::module_& m) { bind_tariff(m); }
