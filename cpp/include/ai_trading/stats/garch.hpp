// The GARCH(1,1) recursion, its Gaussian likelihood and the slopes of that.
//
//   e_t = r_t - mean,   h_t = omega + alpha e_{t-1}^2 + beta h_{t-1}
//
// What precedes the first return has the variance `start` (its square and its h); where
// that is not positive, the mean of e_t^2 takes its place, and its slope is counted.
//
// Units       returns in any unit; omega in its square.
// Repeatable  up to the last bits, which depend on fused products and sums and on log.
// Threads     free functions; they share nothing.
// Cost        about 2 ns a return for the likelihood, 4 with slopes.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace ai_trading::stats {

struct Garch {
  double mean, omega, alpha, beta;
};

using GarchSlopes = std::array<double, 4>;  // by mean, omega, alpha, beta

// Log likelihood with all its constants.  O(n).
[[nodiscard]] double garch_likelihood(std::span<const double> returns,
                                      const Garch& model, double start);

// The same, with its slopes.  Where `scores` is not empty (4 n places), each return's
// slopes are written to it, row by row.
[[nodiscard]] double garch_slopes(std::span<const double> returns, const Garch& model,
                                  double start, GarchSlopes& slopes,
                                  std::span<double> scores);

// The variance before every return and, at the end, before the next one: n + 1 places.
void garch_variances(std::span<const double> returns, const Garch& model, double start,
                     std::span<double> out);

}  // namespace ai_trading::stats
