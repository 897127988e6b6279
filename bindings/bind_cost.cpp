// _core.cost: tables of fees, and models of market impact.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <utility>

#include "ai_trading/cost/impact.hpp"
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

cost::Decay decay_of(bool power_law, double rate, double timescale, double exponent) {
  cost::Decay decay;
  decay.kind = power_law ? cost::Decay::Kind::power : cost::Decay::Kind::exponential;
  decay.rate = rate;
  decay.timescale = timescale;
  decay.exponent = exponent;
  return decay;
}

py::array_t<double> propagate(const Contiguous<double>& times,
                              const Contiguous<double>& volumes,
                              const Contiguous<double>& at, double scale,
                              double concavity, bool power_law, double rate,
                              double timescale, double exponent) {
  const auto when = view(times);
  const auto sizes = view(volumes);
  const auto asked = view(at);
  if (when.size() != sizes.size())
    throw py::value_error("times and volumes must be of one length; received " +
                          std::to_string(when.size()) + " and " +
                          std::to_string(sizes.size()));
  const cost::Propagator model{scale, concavity,
                               decay_of(power_law, rate, timescale, exponent)};
  std::vector<double> out(asked.size());
  {
    const py::gil_scoped_release nogil;
    model.path(when, sizes, asked, out);
  }
  return adopt(std::move(out));
}

// Every number of these may be an array; they are broadcast together.
void bind_models(py::module_& m) {
  m.def("almgren_permanent",
        py::vectorize([](double quantity, double daily_volume, double volatility,
                         double shares_outstanding, double gamma, double delta) {
          cost::Almgren2005 model;
          model.gamma = gamma;
          model.delta = delta;
          return model
              .cost({quantity, daily_volume, volatility, 1.0, shares_outstanding})
              .permanent;
        }),
        "quantity"_a, "daily_volume"_a, "volatility"_a, "shares_outstanding"_a,
        "gamma"_a, "delta"_a, "Permanent impact I of Almgren et al. (2005), in bp.");
  m.def("almgren_temporary",
        py::vectorize([](double quantity, double daily_volume, double volatility,
                         double duration, double eta, double beta) {
          cost::Almgren2005 model;
          model.eta = eta;
          model.beta = beta;
          return model.cost({quantity, daily_volume, volatility, duration, 1.0})
              .temporary;
        }),
        "quantity"_a, "daily_volume"_a, "volatility"_a, "duration"_a, "eta"_a, "beta"_a,
        "Temporary impact K of Almgren et al. (2005), in bp.");
  m.def("power_impact",
        py::vectorize([](double quantity, double daily_volume, double volatility,
                         double coefficient, double exponent) {
          return cost::PowerImpact{coefficient, exponent}.cost(
              {quantity, daily_volume, volatility, 1.0, 0.0});
        }),
        "quantity"_a, "daily_volume"_a, "volatility"_a, "coefficient"_a, "exponent"_a,
        "coefficient x volatility x (quantity / daily volume) ^ exponent, in bp.");
  m.def("i_star",
        py::vectorize([](double quantity, double daily_volume, double volatility,
                         double duration, double a1, double a2, double a3, double a4,
                         double b1, double days) {
          return cost::IStar{a1, a2, a3, a4, b1, days}
              .cost({quantity, daily_volume, volatility, duration, 0.0})
              .total;
        }),
        "quantity"_a, "daily_volume"_a, "volatility"_a, "duration"_a, "a1"_a, "a2"_a,
        "a3"_a, "a4"_a, "b1"_a, "days"_a, "Cost of Kissell's I-Star model, in bp.");
  m.def("decay",
        py::vectorize([](double time, bool power_law, double rate, double timescale,
                         double exponent) {
          return decay_of(power_law, rate, timescale, exponent).left(time);
        }),
        "time"_a, "power_law"_a, "rate"_a, "timescale"_a, "exponent"_a,
        "Share of an impact that is left after a time.");
  m.def("propagate", &propagate, "times"_a.noconvert(), "volumes"_a.noconvert(),
        "at"_a.noconvert(), "scale"_a, "concavity"_a, "power_law"_a, "rate"_a,
        "timescale"_a, "exponent"_a,
        "Shift of the price by signed trades, in bp, at each of rising times.");
  m.def(
      "fading_changes",
      [](const Contiguous<double>& volumes, const Contiguous<double>& gaps,
         double rate) {
        const auto sizes = view(volumes);
        const auto between = view(gaps);
        if (sizes.size() != between.size())
          throw py::value_error("volumes and gaps must be of one length");
        std::vector<double> out(between.size());
        cost::fading_changes(sizes, between, rate, out);
        return adopt(std::move(out));
      },
      "volumes"_a.noconvert(), "gaps"_a.noconvert(), "rate"_a,
      "Change of a fading sum of volumes over the gap after each.");
  m.def(
      "obizhaeva_wang",
      [](double quantity, double horizon, double resilience, double density,
         double permanent) {
        const auto best =
            cost::ObizhaevaWang{resilience, density, permanent}.best(quantity, horizon);
        return py::make_tuple(best.block, best.rate, best.cost);
      },
      "quantity"_a, "horizon"_a, "resilience"_a, "density"_a, "permanent"_a,
      "(block at each end, rate between, cost) of buying at least cost.");
  m.def(
      "obizhaeva_wang_cost",
      [](const Contiguous<double>& times, const Contiguous<double>& quantities,
         double resilience, double density, double permanent) {
        if (view(times).size() != view(quantities).size())
          throw py::value_error("times and quantities must be of one length");
        return cost::ObizhaevaWang{resilience, density, permanent}.cost(
            view(times), view(quantities));
      },
      "times"_a.noconvert(), "quantities"_a.noconvert(), "resilience"_a, "density"_a,
      "permanent"_a, "Cost of trades at rising times, in currency units.");
}

}  // namespace

void bind_cost(py::module_& m) {
  bind_tariff(m);
  bind_models(m);
}
