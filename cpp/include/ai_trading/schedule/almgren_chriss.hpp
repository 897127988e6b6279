// The optimal liquidation of Almgren and Chriss (2000), in its discrete form.
//
// R. Almgren and N. Chriss, "Optimal execution of portfolio transactions", Journal of Risk
// 3 (2000/2001) 5-39.  A quantity X is traded in N periods of length tau; the price moves
// by sigma per square root of time, and trading n in a period moves it by gamma n for
// good and costs epsilon |n| + eta n^2 / tau besides.  With eta' = eta - gamma tau / 2,
//   E = gamma X^2 / 2 + epsilon X + eta'/tau sum n_k^2,   V = sigma^2 tau sum x_k^2,
// and E + lambda V is least for x_k = X sinh(kappa (T - t_k)) / sinh(kappa T), where
// 2 (cosh(kappa tau) - 1) / tau^2 = lambda sigma^2 / eta'.
//
// Units       free, but one set: a currency, a quantity, a unit of time.  lambda is in
//             one over currency; costs are currency, the variance currency squared.
// Repeatable  exponentials and logarithms are base/rng's.
#pragma once

#include <cstddef>
#include <vector>

namespace ai_trading::schedule {

struct Liquidation {
  double quantity{};       // X, above 0
  double horizon{};        // T, above 0
  std::size_t periods{1};  // N
  double sigma{};
  double epsilon{};  // half the spread and fees
  double gamma{};    // permanent impact per unit traded
  double eta{};      // temporary impact per unit of rate
  double risk_aversion{};

  // Throws std::invalid_argument where a number is out of its range, or eta' is not
  // above 0, without which trading faster would cost less.
  void check() const;
};

struct Trajectory {
  double kappa{};
  std::vector<double> holdings;  // x_0 = X .. x_N = 0
  double expected_cost{};
  double variance{};
};

[[nodiscard]] Trajectory optimal(const Liquidation& problem);

// E and V of any holdings x_0 .. x_N under the same model.
struct Cost {
  double expected{};
  double variance{};
};
[[nodiscard]] Cost cost_of(const Liquidation& problem,
                           const std::vector<double>& holdings);

}  // namespace ai_trading::schedule
