// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/schedule/almgren_chriss.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/schedule/slices.hpp"

namespace ai_trading::schedule {

namespace {

// Inverse of sinh for y >= 0; a series where the logarithm would lose digits.
double inverse_sinh(double y) {
  if (y < 1e-2) {
    const double z = y * y;
    return y * (1.0 - z * (1.0 / 6.0 - z * (3.0 / 40.0 - z * (15.0 / 336.0))));
  }
  return portable_log(y + std::sqrt(y * y + 1.0));
}

double temporary(const Liquidation& p) {
  return p.eta - 0.5 * p.gamma * (p.horizon / static_cast<double>(p.periods));
}

}  // namespace

void Liquidation::check() const {
  const auto refuse = [](const char* what, double received) {
    throw std::invalid_argument(std::string(what) + "; received " +
                                std::to_string(received));
  };
  const auto positive = [&](const char* what, double x) {
    if (!(x > 0.0 && std::isfinite(x))) refuse(what, x);
  };
  const auto not_negative = [&](const char* what, double x) {
    if (!(x >= 0.0 && std::isfinite(x))) refuse(what, x);
  };
  positive("the quantity must be above 0 and finite", quantity);
  positive("the horizon must be above 0 and finite", horizon);
  if (periods < 1 || periods > (std::size_t{1} << 24))
    refuse("there must be between 1 and 2^24 periods", static_cast<double>(periods));
  not_negative("sigma must be 0 or more and finite", sigma);
  not_negative("epsilon must be 0 or more and finite", epsilon);
  not_negative("gamma must be 0 or more and finite", gamma);
  positive("eta must be above 0 and finite", eta);
  not_negative("the risk aversion must be 0 or more and finite", risk_aversion);
  positive("eta - gamma tau / 2 must be above 0: take shorter periods or a greater eta",
           temporary(*this));
}

Cost cost_of(const Liquidation& problem, const std::vector<double>& holdings) {
  const double tau = problem.horizon / static_cast<double>(problem.periods);
  double squares = 0.0;
  double trades = 0.0;
  double traded = 0.0;
  for (std::size_t k = 1; k < holdings.size(); ++k) {
    const double n = holdings[k - 1] - holdings[k];
    trades += n * n;
    traded += std::abs(n);
    squares += holdings[k] * holdings[k];
  }
  const double x = problem.quantity;
  return {0.5 * problem.gamma * x * x + problem.epsilon * traded +
              temporary(problem) / tau * trades,
          problem.sigma * problem.sigma * tau * squares};
}

Trajectory optimal(const Liquidation& problem) {
  problem.check();
  const double tau = problem.horizon / static_cast<double>(problem.periods);
  const double square =
      problem.risk_aversion * problem.sigma * problem.sigma / temporary(problem);
  // 2 (cosh u - 1) = 4 sinh^2(u / 2).
  Trajectory out;
  out.kappa = 2.0 / tau * inverse_sinh(0.5 * tau * std::sqrt(square));
  // Beyond this all but 1e-300 of it trades in the first period.
  const double k = std::min(out.kappa * problem.horizon, 700.0);
  out.holdings.resize(problem.periods + 1);
  for (std::size_t i = 0; i < out.holdings.size(); ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(problem.periods);
    out.holdings[i] = problem.quantity * (1.0 - shortfall_share(k, t));
  }
  const Cost cost = cost_of(problem, out.holdings);
  out.expected_cost = cost.expected;
  out.variance = cost.variance;
  return out;
}

}  // namespace ai_trading::schedule
