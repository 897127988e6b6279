// _core.kelly: the portfolio that grows fastest, over scenarios or by two moments.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <string>
#include <utility>

#include "ai_trading/stats/kelly_solver.hpp"
#include "arrays.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;
using namespace pybind11::literals;
using stats::GrowthLimits;
using stats::GrowthSolution;
using stats::Move;

namespace {

using Doubles = Contiguous<double>;

std::span<const double> table(const Doubles& array, const char* name) {
  if (array.ndim() != 2) {
    throw py::value_error(std::string(name) + " must be two-dimensional; received " +
                          std::to_string(array.ndim()) + " dimensions");
  }
  return {array.data(), static_cast<std::size_t>(array.size())};
}

std::vector<double> copied(std::span<const double> values) {
  return {values.begin(), values.end()};
}

GrowthLimits limits_from(const Contiguous<Move>& moves, const Doubles& rows,
                         const Doubles& limits, const Doubles& start) {
  const auto named = view(moves);
  return {{named.begin(), named.end()},
          copied(table(rows, "rows")),
          copied(view(limits)),
          copied(view(start))};
}

py::tuple answer(GrowthSolution&& found) {
  const bool solved = found.status == stats::GrowthStatus::solved;
  const double value = found.value;
  const double gap = found.gap;
  const std::size_t rounds = found.rounds;
  return py::make_tuple(adopt(std::move(found.amounts)), adopt(std::move(found.prices)),
                        value, gap, rounds, solved);
}

py::tuple maximise_log(const Doubles& returns, const Doubles& probabilities,
                       const Doubles& base, const Contiguous<Move>& moves,
                       const Doubles& rows, const Doubles& limits, const Doubles& start,
                       double tolerance, std::size_t rounds) {
  const auto scenarios = table(returns, "returns");
  const auto assets = static_cast<std::size_t>(returns.shape(1));
  const auto weights = view(probabilities);
  const auto wealth = view(base);
  const GrowthLimits within = limits_from(moves, rows, limits, start);
  GrowthSolution found;
  {
    const py::gil_scoped_release nogil;
    stats::LogGrowth growth(scenarios, assets, weights, wealth);
    found = stats::maximise(growth, within, tolerance, rounds);
  }
  return answer(std::move(found));
}

py::tuple maximise_quadratic(const Doubles& mean, const Doubles& covariance,
                             const Doubles& weights, double base,
                             const Contiguous<Move>& moves, const Doubles& rows,
                             const Doubles& limits, const Doubles& start,
                             double tolerance, std::size_t rounds) {
  const auto drift = view(mean);
  const auto bends = table(covariance, "covariance");
  const auto held = view(weights);
  const GrowthLimits within = limits_from(moves, rows, limits, start);
  GrowthSolution found;
  {
    const py::gil_scoped_release nogil;
    stats::QuadraticGrowth growth(drift, bends, held, base);
    found = stats::maximise(growth, within, tolerance, rounds);
  }
  return answer(std::move(found));
}

}  // namespace

void bind_kelly(py::module_& m) {
  PYBIND11_NUMPY_DTYPE(Move, asset, sign, offset, upper, price);
  m.attr("move_dtype") = py::dtype::of<Move>();
  m.def("maximise_log", &maximise_log, "returns"_a.noconvert(), py::kw_only(),
        "probabilities"_a.noconvert(), "base"_a.noconvert(), "moves"_a.noconvert(),
        "rows"_a.noconvert(), "limits"_a.noconvert(), "start"_a.noconvert(),
        "tolerance"_a, "rounds"_a,
        R"(Maximise mean log wealth over scenarios.

Parameters
----------
returns : ndarray of shape (n_scenarios, n_assets)
    Finite.
probabilities : ndarray of shape (n_scenarios,) or (0,)
    Empty: all scenarios alike.
base : ndarray of shape (n_scenarios,)
    Wealth without any move, positive with the moves of `start`.
moves : ndarray of shape (n_moves,), dtype `move_dtype`
    What may be bought or sold; see kelly_growth.hpp.
rows : ndarray of shape (n_limits, n_moves)
limits : ndarray of shape (n_limits,)
    ``rows @ amounts <= limits``.
start : ndarray of shape (n_moves,)
    Amounts to begin with, within the limits.
tolerance : float
    Of the gap.
rounds : int
    After which it stops.

Returns
-------
amounts, prices : ndarray
    Of the moves, and the multipliers of the limits.
value, gap : float
    What was reached, and how much more could be at most.
rounds : int
solved : bool
    Whether the gap is within the tolerance.
)");
  m.def("maximise_quadratic", &maximise_quadratic, "mean"_a.noconvert(), py::kw_only(),
        "covariance"_a.noconvert(), "weights"_a.noconvert(), "base"_a,
        "moves"_a.noconvert(), "rows"_a.noconvert(), "limits"_a.noconvert(),
        "start"_a.noconvert(), "tolerance"_a, "rounds"_a,
        R"(Maximise ``base + mean @ w - w @ covariance @ w / 2``.

`weights` are those before any move; all else is as in `maximise_log`.
)");
}
