// _core.schedule: how parents are cut, and the optimal liquidation.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "ai_trading/schedule/almgren_chriss.hpp"
#include "ai_trading/schedule/curve.hpp"
#include "ai_trading/schedule/slices.hpp"
#include "arrays.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;
using namespace pybind11::literals;

namespace {

struct SliceRow {
  std::int64_t at;
  std::int64_t quantity;
};

schedule::Plan plan_of(std::int64_t quantity, std::int64_t start, std::int64_t end,
                       py::ssize_t slices, std::int64_t round) {
  schedule::Plan plan;
  plan.quantity = Lots{quantity};
  plan.start = Nanos{start};
  plan.end = Nanos{end};
  plan.slices = slices < 0 ? 0 : static_cast<std::size_t>(slices);
  plan.round = Lots{round};
  return plan;
}

// Hands the slices' memory to NumPy, which sees two whole numbers in each.
py::array rows(std::vector<schedule::Slice>&& slices) {
  static_assert(sizeof(schedule::Slice) == sizeof(SliceRow));
  auto owned = std::make_unique<std::vector<schedule::Slice>>(std::move(slices));
  const auto* data = owned->data();
  const auto size = static_cast<py::ssize_t>(owned->size());
  const py::capsule keep(owned.release(), [](void* p) {
    delete static_cast<std::vector<schedule::Slice>*>(p);
  });
  return py::array(py::dtype::of<SliceRow>(), {size}, data, keep);
}

// Cuts with the interpreter released.
template <class Work>
py::array cut(Work&& work) {
  std::vector<schedule::Slice> slices;
  {
    const py::gil_scoped_release nogil;
    slices = work();
  }
  return rows(std::move(slices));
}

std::unique_ptr<schedule::Curve> make_curve(
    std::int64_t open, std::int64_t close,
    const std::optional<Contiguous<double>>& weights) {
  if (!weights) return std::make_unique<schedule::Curve>(Nanos{open}, Nanos{close});
  return std::make_unique<schedule::Curve>(Nanos{open}, Nanos{close}, view(*weights));
}

schedule::Liquidation liquidation(double quantity, double horizon, py::ssize_t periods,
                                  double sigma, double epsilon, double gamma,
                                  double eta, double risk_aversion) {
  schedule::Liquidation problem;
  problem.quantity = quantity;
  problem.horizon = horizon;
  problem.periods = periods < 0 ? 0 : static_cast<std::size_t>(periods);
  problem.sigma = sigma;
  problem.epsilon = epsilon;
  problem.gamma = gamma;
  problem.eta = eta;
  problem.risk_aversion = risk_aversion;
  return problem;
}

}  // namespace

void bind_schedule(py::module_& m) {
  PYBIND11_NUMPY_DTYPE(SliceRow, at, quantity);
  m.attr("slice_dtype") = py::dtype::of<SliceRow>();

  py::class_<schedule::Curve>(m, "Curve", R"(The share of a session's volume by time.

Even inside each of its equal bins; without weights even over the whole session.
)")
      .def(py::init(&make_curve), "opens"_a, "closes"_a, "weights"_a = py::none())
      .def(
          "share",
          [](const schedule::Curve& c, std::int64_t at) { return c.share(Nanos{at}); },
          "at"_a, "The share that has traded by a time.")
      .def_property_readonly(
          "open", [](const schedule::Curve& c) { return c.open().n; },
          "When the session opens, UTC nanoseconds.")
      .def_property_readonly(
          "close", [](const schedule::Curve& c) { return c.close().n; },
          "When the session closes, UTC nanoseconds.")
      .def_property_readonly("bins", &schedule::Curve::bins, "Number of bins.");

  m.def(
      "twap",
      [](std::int64_t quantity, std::int64_t start, std::int64_t end,
         py::ssize_t slices, std::int64_t round, double jitter, std::uint64_t seed) {
        const auto plan = plan_of(quantity, start, end, slices, round);
        return cut([&] { return schedule::twap(plan, jitter, seed); });
      },
      "quantity"_a, "start"_a, "end"_a, "slices"_a, "round_lot"_a = 1, "jitter"_a = 0.0,
      "seed"_a = 0, "Even slices, `slice_dtype`; drawn inside a bound with `jitter`.");
  m.def(
      "vwap",
      [](std::int64_t quantity, std::int64_t start, std::int64_t end,
         const schedule::Curve& curve, py::ssize_t slices, std::int64_t round) {
        const auto plan = plan_of(quantity, start, end, slices, round);
        return cut([&] { return schedule::vwap(plan, curve); });
      },
      "quantity"_a, "start"_a, "end"_a, "curve"_a, "slices"_a, "round_lot"_a = 1,
      "Slices in proportion to a volume curve, `slice_dtype`.");
  m.def(
      "shortfall",
      [](std::int64_t quantity, std::int64_t start, std::int64_t end, double k,
         py::ssize_t slices, std::int64_t round) {
        const auto plan = plan_of(quantity, start, end, slices, round);
        return cut([&] { return schedule::shortfall(plan, k); });
      },
      "quantity"_a, "start"_a, "end"_a, "k"_a, "slices"_a, "round_lot"_a = 1,
      "Slices of the Almgren-Chriss trajectory with k = kappa T, `slice_dtype`.");
  m.def(
      "closing",
      [](std::int64_t quantity, std::int64_t start, std::int64_t end, double k,
         py::ssize_t slices, std::int64_t round) {
        const auto plan = plan_of(quantity, start, end, slices, round);
        return cut([&] { return schedule::closing(plan, k); });
      },
      "quantity"_a, "start"_a, "end"_a, "k"_a, "slices"_a, "round_lot"_a = 1,
      "The same trajectory in reverse, towards the close, `slice_dtype`.");
  m.def("shortfall_share", &schedule::shortfall_share, "k"_a, "t"_a,
        "The share done by time t of the unit stretch.");
  m.def(
      "participation",
      [](std::int64_t volume, std::int64_t rate_ppm) {
        return schedule::participation(Lots{volume}, rate_ppm).n;
      },
      "volume"_a, "rate_ppm"_a,
      "The part of a volume that a rate in millionths allows, rounded down.");
  m.def(
      "optimal_liquidation",
      [](double quantity, double horizon, py::ssize_t periods, double sigma,
         double epsilon, double gamma, double eta, double risk_aversion) {
        const auto found = schedule::optimal(liquidation(
            quantity, horizon, periods, sigma, epsilon, gamma, eta, risk_aversion));
        return std::make_tuple(found.kappa, adopt(std::vector<double>(found.holdings)),
                               found.expected_cost, found.variance);
      },
      "quantity"_a, "horizon"_a, "periods"_a, "sigma"_a, "epsilon"_a, "gamma"_a,
      "eta"_a, "risk_aversion"_a,
      "(kappa, holdings, expected cost, variance) of Almgren and Chriss (2000).");
}
