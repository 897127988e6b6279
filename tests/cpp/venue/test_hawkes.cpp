// Known answers of the Hawkes process: mean rate, and the variance of counts.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "ai_trading/venue/hawkes_process.hpp"

namespace ai_trading::venue {
namespace {

struct Counts {
  double mean;
  double variance;
};

// Of the arrivals in windows of `tau` seconds.
Counts count(double rate, double excitation, double decay, double tau,
             std::size_t windows) {
  HawkesProcess process(rate, excitation, decay);
  Rng rng(7);
  const double end = tau * static_cast<double>(windows);
  double bin_end = std::numeric_limits<double>::infinity();
  std::vector<double> counts(windows);
  for (;;) {
    const auto kind = process.next(rng, end, bin_end, [] {});
    if (kind == HawkesProcess::kKinds || process.time() >= end) break;
    counts[static_cast<std::size_t>(process.time() / tau)] += 1.0;
    process.happened(kind);
  }
  double mean = 0.0;
  for (const double c : counts) mean += c / static_cast<double>(windows);
  double variance = 0.0;
  for (const double c : counts)
    variance += (c - mean) * (c - mean) / static_cast<double>(windows - 1);
  return {mean, variance};
}

// Two types by two: market orders (second), which echo, and all the others.
using Matrix = std::array<std::array<double, 2>, 2>;

Matrix operator*(const Matrix& a, const Matrix& b) {
  Matrix out{};
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 2; ++j)
      out[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j];
  return out;
}

Matrix plus(const Matrix& a, const Matrix& b, double factor = 1.0) {
  Matrix out = a;
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 2; ++j) out[i][j] += factor * b[i][j];
  return out;
}

Matrix transposed(const Matrix& a) {
  return {{{a[0][0], a[1][0]}, {a[0][1], a[1][1]}}};
}

double sum(const Matrix& a) { return a[0][0] + a[0][1] + a[1][0] + a[1][1]; }

// Second moments of a linear Hawkes process with kernel A decay exp(-decay t) (Hawkes
// 1971; Da Fonseca and Zaatour 2014 for one type).  With M = decay (A - 1) and rates L,
// the covariance S of the intensities solves M S + S M' + decay^2 A L A' = 0, counts
// have covariance density exp(M t) (S + decay A L), and so
// Var N(tau) = sum L tau + 2 int_0^tau (tau - t) sum exp(M t) (S + decay A L) dt.
double variance(double rate, double n, double decay, double tau) {
  const Matrix a{{{0.94 * n, 0.94 * n}, {0.2 * 0.06 / 0.94 * n, 0.8 * n}}};
  const Matrix m{{{decay * (a[0][0] - 1.0), decay * a[0][1]},
                  {decay * a[1][0], decay * (a[1][1] - 1.0)}}};
  const Matrix rates{{{0.94 * rate, 0.0}, {0.0, 0.06 * rate}}};
  const Matrix jumps = plus({}, a * rates, decay);
  const Matrix noise = plus({}, a * rates * transposed(a), decay * decay);
  Matrix s{};
  const double small = 0.02 / decay;
  for (int i = 0; i < 20'000; ++i)
    s = plus(s, plus(plus(m * s, s * transposed(m)), noise), small);
  Matrix density = plus(s, jumps);
  double integral = 0.0;
  constexpr int kSteps = 20'000;
  const double dt = tau / kSteps;
  for (int i = 0; i < kSteps; ++i) {
    const Matrix halfway = plus(density, m * density, 0.5 * dt);  // midpoint rule
    integral += (tau - (i + 0.5) * dt) * sum(halfway) * dt;
    density = plus(density, m * halfway, dt);
  }
  return rate * tau + 2.0 * integral;
}

// One type, by hand: with kappa = 1 / (1 - n) and gamma = decay (1 - n),
// Var = rate (tau kappa^2 + (1 - kappa^2) (1 - exp(-gamma tau)) / gamma).
TEST(Hawkes, TheTwoTypesAreCloseToOneAndEqualToItWithoutExcitation) {
  EXPECT_NEAR(variance(4.0, 0.0, 10.0, 0.5), 2.0, 1e-9);
  const double kappa = 2.0;
  const double gamma = 5.0;
  const double one = 4.0 * (3.0 * kappa * kappa +
                            (1.0 - kappa * kappa) * (1.0 - std::exp(-15.0)) / gamma);

  EXPECT_NEAR(variance(4.0, 0.5, 10.0, 3.0) / one, 1.0, 0.05);
}

TEST(Hawkes, CountsHaveTheClosedFormMeanAndVariance) {
  for (const double n : {0.0, 0.5, 0.8}) {
    for (const double tau : {0.05, 0.5, 5.0}) {
      const Counts found = count(4.0, n, 10.0, tau, 40'000);
      const double expected = variance(4.0, n, 10.0, tau);

      // Four standard errors of a mean; a variance of 40,000 windows is known to about
      // 2 %, and worse where few windows hold anything.
      const double error = std::sqrt(expected / 40'000.0) / (1.0 - n);
      EXPECT_NEAR(found.mean, 4.0 * tau, 4.0 * error) << n << ' ' << tau;
      EXPECT_NEAR(found.variance / expected, 1.0, 0.06) << n << ' ' << tau;
    }
  }
}

}  // namespace
}  // namespace ai_trading::venue
