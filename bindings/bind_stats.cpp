// _core.stats: kernels under the measures of ai_trading.risk.metrics.
//
// The Python layer checks what a series is and says what is wrong with it; here only
// what would read or write out of bounds is refused.
#include <pybind11/numpy.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "ai_trading/stats/garch.hpp"
#include "ai_trading/stats/normals.hpp"
#include "ai_trading/stats/rolling.hpp"
#include "ai_trading/stats/scenarios.hpp"
#include "ai_trading/stats/summary.hpp"
#include "ai_trading/stats/tail.hpp"
#include "arrays.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;
using namespace pybind11::literals;

namespace {

using Doubles = Contiguous<double>;

// Room that nobody has written to yet.
py::array_t<double> room(std::size_t n) {
  return py::array_t<double>(static_cast<py::ssize_t>(n));
}

std::span<double> places(py::array_t<double>& array) {
  return {array.mutable_data(), static_cast<std::size_t>(array.size())};
}

py::ssize_t first_unusable(const Doubles& values) {
  const auto x = view(values);
  const py::gil_scoped_release nogil;
  const std::size_t at = stats::first_unusable(x);
  return at == x.size() ? -1 : static_cast<py::ssize_t>(at);
}

py::tuple tail(const Doubles& values, std::size_t rank, bool upper) {
  const auto x = view(values);
  if (rank >= x.size()) {
    throw py::value_error("rank must be below the size, " + std::to_string(x.size()) +
                          "; received " + std::to_string(rank));
  }
  stats::Tail found{};
  std::size_t bad = 0;
  {
    const py::gil_scoped_release nogil;
    bad = stats::first_unusable(x);
    if (bad == x.size())
      found = upper ? stats::upper_tail(x, rank) : stats::lower_tail(x, rank);
  }
  if (bad != x.size())
    throw py::value_error("every value must be finite, and its square too");
  return py::make_tuple(found.at, found.next, found.below);
}

py::dict of_drawdowns(const stats::Drawdowns& d) {
  return py::dict(
      "deepest"_a = d.deepest, "current"_a = d.current, "sum"_a = d.sum,
      "sum_of_squares"_a = d.sum_of_squares, "sum_of_deepest"_a = d.sum_of_deepest,
      "sum_of_deepest_squares"_a = d.sum_of_deepest_squares, "falls"_a = d.falls,
      "under"_a = d.under, "longest"_a = d.longest, "deepest_at"_a = d.deepest_at);
}

py::array_t<double> depths(const Doubles& returns) {
  const auto x = view(returns);
  py::array_t<double> out = room(x.size());
  const auto to = places(out);
  const py::gil_scoped_release nogil;
  stats::depths(x, to);
  return out;
}

py::dict drawdowns(const Doubles& returns) {
  const auto x = view(returns);
  stats::Drawdowns found;
  {
    const py::gil_scoped_release nogil;
    found = stats::drawdowns(x);
  }
  return of_drawdowns(found);
}

py::dict summarize(const Doubles& returns, double target) {
  const auto x = view(returns);
  if (x.empty()) throw py::value_error("a summary needs at least one return");
  stats::Summary s;
  {
    const py::gil_scoped_release nogil;
    s = stats::summarize(x, target);
  }
  return py::dict("count"_a = s.count, "mean"_a = s.mean, "second"_a = s.second,
                  "third"_a = s.third, "fourth"_a = s.fourth, "lagged"_a = s.lagged,
                  "smallest"_a = s.smallest, "largest"_a = s.largest,
                  "gained"_a = s.gained, "lost"_a = s.lost, "gains"_a = s.gains,
                  "losses"_a = s.losses, "short_of"_a = s.short_of,
                  "short_of_squares"_a = s.short_of_squares, "beyond"_a = s.beyond,
                  "beyond_squares"_a = s.beyond_squares, "growth"_a = s.growth,
                  "stability"_a = s.stability,
                  "drawdowns"_a = of_drawdowns(s.drawdowns));
}

py::array_t<double> log_growth(const Doubles& values) {
  const auto x = view(values);
  py::array_t<double> out = room(x.size());
  const auto to = places(out);
  const py::gil_scoped_release nogil;
  stats::log_growth(x, to);
  return out;
}

void check_window(std::size_t window, std::size_t least) {
  if (window < least) {
    throw py::value_error("window must be at least " + std::to_string(least) +
                          "; received " + std::to_string(window));
  }
}

py::tuple rolling_moments(const Doubles& returns, std::size_t window) {
  check_window(window, 1);
  const auto x = view(returns);
  py::array_t<double> means = room(stats::windows(x.size(), window));
  py::array_t<double> squares = room(stats::windows(x.size(), window));
  const auto m = places(means), s = places(squares);
  {
    const py::gil_scoped_release nogil;
    stats::rolling_moments(x, window, m, s);
  }
  return py::make_tuple(means, squares);
}

py::array_t<double> rolling_sharpe(const Doubles& returns, std::size_t window,
                                   double hurdle, double scale) {
  check_window(window, 2);
  const auto x = view(returns);
  py::array_t<double> out = room(stats::windows(x.size(), window));
  const auto to = places(out);
  const py::gil_scoped_release nogil;
  stats::rolling_sharpe(x, window, hurdle, scale, to);
  return out;
}

py::array_t<double> rolling_drawdown(const Doubles& returns, std::size_t window) {
  check_window(window, 1);
  const auto x = view(returns);
  py::array_t<double> out = room(stats::windows(x.size(), window));
  const auto to = places(out);
  const py::gil_scoped_release nogil;
  stats::rolling_drawdown(x, window, to);
  return out;
}

double garch_likelihood(const Doubles& returns, double mean, double omega, double alpha,
                        double beta, double start) {
  const auto x = view(returns);
  const py::gil_scoped_release nogil;
  return stats::garch_likelihood(x, {mean, omega, alpha, beta}, start);
}

py::tuple garch_slopes(const Doubles& returns, double mean, double omega, double alpha,
                       double beta, double start, bool each) {
  const auto x = view(returns);
  py::array_t<double> scores(
      std::vector<py::ssize_t>{each ? static_cast<py::ssize_t>(x.size()) : 0, 4});
  const auto rows = places(scores);
  stats::GarchSlopes slopes{};
  double value = 0.0;
  {
    const py::gil_scoped_release nogil;
    value = stats::garch_slopes(x, {mean, omega, alpha, beta}, start, slopes, rows);
  }
  return py::make_tuple(
      value, py::make_tuple(slopes[0], slopes[1], slopes[2], slopes[3]), scores);
}

py::array_t<double> garch_variances(const Doubles& returns, double mean, double omega,
                                    double alpha, double beta, double start) {
  const auto x = view(returns);
  py::array_t<double> out = room(x.size() + 1);
  const auto to = places(out);
  const py::gil_scoped_release nogil;
  stats::garch_variances(x, {mean, omega, alpha, beta}, start, to);
  return out;
}

py::array_t<double> normals(std::uint64_t seed, std::size_t size) {
  py::array_t<double> out = room(size);
  const auto to = places(out);
  const py::gil_scoped_release nogil;
  stats::NormalSource(seed).fill(to);
  return out;
}

py::array_t<double> matrix(std::size_t rows, std::size_t columns) {
  return py::array_t<double>(std::vector<py::ssize_t>{
      static_cast<py::ssize_t>(rows), static_cast<py::ssize_t>(columns)});
}

stats::Simulation plan_of(std::size_t rows, const Doubles& mean, const Doubles& factor,
                          const Doubles& holdings, bool triangular, bool antithetic) {
  stats::Simulation plan;
  plan.rows = rows;
  plan.mean = view(mean);
  plan.factor = {factor.data(), static_cast<std::size_t>(factor.size())};
  plan.holdings = view(holdings);
  plan.triangular = triangular;
  plan.antithetic = antithetic;
  const std::size_t n = plan.mean.size();
  if (plan.factor.size() != n * n)
    throw py::value_error("factor must be square, with a row for each mean");
  if (!plan.holdings.empty() && plan.holdings.size() != n)
    throw py::value_error("holdings must be empty or have one for each mean");
  if (antithetic && rows % 2 != 0)
    throw py::value_error("antithetic rows must be even in number; received " +
                          std::to_string(rows));
  return plan;
}

py::tuple simulate(std::uint64_t seed, std::size_t rows, const Doubles& mean,
                   const Doubles& factor, const Doubles& holdings, bool triangular,
                   bool antithetic) {
  const stats::Simulation plan =
      plan_of(rows, mean, factor, holdings, triangular, antithetic);
  py::array_t<double> returns = matrix(rows, plan.mean.size());
  py::array_t<double> earned = room(plan.holdings.empty() ? 0 : rows);
  const auto to = places(returns), also = places(earned);
  {
    const py::gil_scoped_release nogil;
    stats::simulate(plan, seed, to, also);
  }
  return py::make_tuple(returns, earned);
}

py::tuple transform(const Doubles& normals, const Doubles& mean, const Doubles& factor,
                    const Doubles& holdings, bool triangular, bool antithetic) {
  const std::size_t n = static_cast<std::size_t>(mean.size());
  if (normals.ndim() != 2 || static_cast<std::size_t>(normals.shape(1)) != n)
    throw py::value_error("normals must have a column for each mean");
  const auto drawn = static_cast<std::size_t>(normals.shape(0));
  const std::size_t rows = antithetic ? 2 * drawn : drawn;
  const stats::Simulation plan =
      plan_of(rows, mean, factor, holdings, triangular, antithetic);
  const std::span<const double> z{normals.data(), drawn * n};
  py::array_t<double> returns = matrix(rows, n);
  py::array_t<double> earned = room(plan.holdings.empty() ? 0 : rows);
  const auto to = places(returns), also = places(earned);
  {
    const py::gil_scoped_release nogil;
    stats::transform(plan, z, to, also);
  }
  return py::make_tuple(returns, earned);
}

py::array_t<double> lattice_normals(std::size_t rows, std::uint64_t multiplier,
                                    const Doubles& shift) {
  const auto by = view(shift);
  if (rows == 0 || rows > (std::size_t{1} << 31))
    throw py::value_error("rows must lie between 1 and 2^31; received " +
                          std::to_string(rows));
  py::array_t<double> out = matrix(rows, by.size());
  const auto to = places(out);
  const py::gil_scoped_release nogil;
  stats::lattice_normals(rows, multiplier % rows, by, to);
  return out;
}

}  // namespace

void bind_stats(py::module_& m) {
  m.def("first_unusable", &first_unusable, "values"_a.noconvert(),
        "Position of the first NaN, infinity or number beyond 1.79e100; -1 for none.");
  m.def("tail", &tail, "values"_a.noconvert(), "rank"_a, "upper"_a = false,
        "(value with `rank` values before it, the one after it, sum of those before).");
  m.def("depths", &depths, "returns"_a.noconvert(),
        "How far below its former high the value is after each return.");
  m.def("drawdowns", &drawdowns, "returns"_a.noconvert(),
        "Sums over the falls from former highs.");
  m.def("summarize", &summarize, "returns"_a.noconvert(), "target"_a = 0.0,
        "Sums from which a tear sheet is made.");
  m.def("log_growth", &log_growth, "values"_a.noconvert(), "ln(1 + x) of each value.");
  m.def("rolling_moments", &rolling_moments, "returns"_a.noconvert(), "window"_a,
        "(mean, sum of squares about it) of each window.");
  m.def("rolling_sharpe", &rolling_sharpe, "returns"_a.noconvert(), "window"_a,
        "hurdle"_a = 0.0, "scale"_a = 1.0,
        "Mean over standard deviation of each window; NaN where it does not vary.");
  m.def("rolling_drawdown", &rolling_drawdown, "returns"_a.noconvert(), "window"_a,
        "The deepest fall inside each window, as a positive fraction.");
  m.def("garch_likelihood", &garch_likelihood, "returns"_a.noconvert(), "mean"_a,
        "omega"_a, "alpha"_a, "beta"_a, "start"_a = 0.0,
        "Gaussian log likelihood of GARCH(1,1).");
  m.def("garch_slopes", &garch_slopes, "returns"_a.noconvert(), "mean"_a, "omega"_a,
        "alpha"_a, "beta"_a, "start"_a = 0.0, "each"_a = false,
        "(log likelihood, its slopes, and with `each` those of every return).");
  m.def("garch_variances", &garch_variances, "returns"_a.noconvert(), "mean"_a,
        "omega"_a, "alpha"_a, "beta"_a, "start"_a = 0.0,
        "The variance before each return and before the next one.");
  m.def("normals", &normals, "seed"_a, "size"_a, "Independent normal draws.");
  m.def("normal_quantile", &stats::normal_quantile, "p"_a,
        "The point below which a share p of a normal distribution lies.");
  m.def("simulate", &simulate, "seed"_a, "rows"_a, "mean"_a.noconvert(),
        "factor"_a.noconvert(), "holdings"_a.noconvert(), "triangular"_a = true,
        "antithetic"_a = false,
        "(returns of each scenario and asset, what the holdings earn in each).");
  m.def("transform", &transform, "normals"_a.noconvert(), "mean"_a.noconvert(),
        "factor"_a.noconvert(), "holdings"_a.noconvert(), "triangular"_a = true,
        "antithetic"_a = false, "The same from normals.");
  m.def("lattice_normals", &lattice_normals, "rows"_a, "multiplier"_a,
        "shift"_a.noconvert(), "Normals at the points of a shifted lattice.");
}
