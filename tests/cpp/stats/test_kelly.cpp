// The growth solver, against a plain search and worked cases.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "ai_trading/stats/kelly_kernels.hpp"
#include "ai_trading/stats/kelly_qp.hpp"
#include "ai_trading/stats/kelly_solver.hpp"

namespace ai_trading::stats {
namespace {

// Fractions between -1 and 1 from a fixed congruential sequence.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}
  double next() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(state_ >> 11) / 4503599627370496.0 - 1.0;
  }

 private:
  std::uint64_t state_;
};

TEST(KellyKernels, ColumnsAreTheTransposedRowsPaddedWithZeros) {
  const std::vector<double> rows{1, 2, 3, 4, 5, 6};  // three scenarios, two assets

  const Columns columns = columns_from_rows(rows, 2);

  ASSERT_EQ(columns.length(), kLanes);
  EXPECT_EQ(columns[0][2], 5);
  EXPECT_EQ(columns[1][0], 2);
  EXPECT_EQ(columns[1][3], 0);
}

TEST(KellyKernels, ProductsAgreeWithPlainLoops) {
  for (const std::size_t n : {1u, 2u, 3u, 4u, 5u, 9u}) {
    for (const std::size_t t : {1u, 7u, 8u, 300u, 517u}) {
      Draws draws(n * 1000 + t);
      std::vector<double> rows(n * t);
      std::generate(rows.begin(), rows.end(), [&] { return draws.next(); });
      const Columns columns = columns_from_rows(rows, n);
      std::vector<double> found(n * n);
      std::vector<double> sums(n);
      std::vector<double> weights(columns.length());
      for (std::size_t k = 0; k < t; ++k) weights[k] = draws.next();

      gram(columns, found);
      weighted_sums(columns, weights, sums);

      for (std::size_t i = 0; i < n; ++i) {
        double sum = 0.0;
        for (std::size_t k = 0; k < t; ++k) sum += rows[k * n + i] * weights[k];
        EXPECT_NEAR(sums[i], sum, 1e-12);
        for (std::size_t j = 0; j < n; ++j) {
          double product = 0.0;
          for (std::size_t k = 0; k < t; ++k) {
            product += rows[k * n + i] * rows[k * n + j];
          }
          EXPECT_NEAR(found[i * n + j], product, 1e-12) << n << " x " << t;
        }
      }
    }
  }
}

QuadraticProgram random_program(Draws& draws, std::size_t n, std::size_t m) {
  QuadraticProgram p;
  p.n = n;
  p.m = m;
  std::vector<double> factor(n * n);
  std::generate(factor.begin(), factor.end(), [&] { return draws.next(); });
  p.hessian.assign(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k) {
        p.hessian[i * n + j] += factor[i * n + k] * factor[j * n + k];
      }
    }
    p.hessian[i * n + i] += 0.1;
  }
  for (std::size_t i = 0; i < n; ++i) {
    p.gradient.push_back(3.0 * draws.next());
    p.lower.push_back(-std::abs(draws.next()));
    p.upper.push_back(std::abs(draws.next()));
  }
  for (std::size_t i = 0; i < m * n; ++i) p.rows.push_back(draws.next());
  for (std::size_t i = 0; i < m; ++i) p.limits.push_back(0.2 * std::abs(draws.next()));
  return p;
}

// What is left of the first-order conditions: slopes that a bound does not explain, and
// prices of limits that do not bind.
double unexplained(const QuadraticProgram& p, const QpSolver& solver) {
  double worst = 0.0;
  for (std::size_t i = 0; i < p.n; ++i) {
    double slope = p.gradient[i];
    for (std::size_t j = 0; j < p.n; ++j) {
      slope -= p.hessian[i * p.n + j] * solver.point()[j];
    }
    for (std::size_t r = 0; r < p.m; ++r) {
      slope -= solver.prices()[r] * p.rows[r * p.n + i];
    }
    const bool at_top = solver.point()[i] == p.upper[i];
    const bool at_bottom = solver.point()[i] == p.lower[i];
    if (!(at_top && slope > 0.0) && !(at_bottom && slope < 0.0)) {
      worst = std::max(worst, std::abs(slope));
    }
  }
  for (std::size_t r = 0; r < p.m; ++r) {
    double room = p.limits[r];
    for (std::size_t i = 0; i < p.n; ++i) {
      room -= p.rows[r * p.n + i] * solver.point()[i];
    }
    worst = std::max({worst, -room, solver.prices()[r] * room});
  }
  return worst;
}

TEST(KellyQp, RandomProgramsMeetTheirFirstOrderConditions) {
  Draws draws(7);
  QpSolver solver;
  for (int trial = 0; trial < 400; ++trial) {
    const auto n = static_cast<std::size_t>(1 + trial % 12);
    const QuadraticProgram p =
        random_program(draws, n, static_cast<std::size_t>(trial % 4));

    ASSERT_EQ(solver.solve(p), QpStatus::solved) << trial;

    ASSERT_LE(unexplained(p, solver), 1e-9) << trial;
  }
}

TEST(KellyQp, LimitsThatContradictAreRecognised) {
  Draws draws(8);
  QuadraticProgram p = random_program(draws, 3, 1);
  p.rows = {-1.0, -1.0, -1.0};
  p.limits = {-10.0};  // a sum of at least 10, of numbers up to 1
  QpSolver solver;

  EXPECT_EQ(solver.solve(p), QpStatus::contradictory);
}

TEST(KellyQp, CurvatureThatIsNotDefiniteIsRefused) {
  QuadraticProgram p;
  p.n = 1;
  p.hessian = {0.0};
  p.gradient = {1.0};
  p.lower = {0.0};
  p.upper = {1.0};
  QpSolver solver;

  EXPECT_EQ(solver.solve(p), QpStatus::not_definite);
}

GrowthLimits long_only(std::size_t n, double most) {
  GrowthLimits limits;
  for (std::size_t i = 0; i < n; ++i) {
    limits.moves.push_back({static_cast<std::int64_t>(i), 1.0, 0.0, most, 0.0});
  }
  limits.rows.assign(n, 1.0);
  limits.limits = {most};
  limits.start.assign(n, 0.0);
  return limits;
}

TEST(KellySolver, TwoCoinsDeserveFiveTwentySixthsEach) {
  const std::vector<double> outcomes{1, 1, 1, -1, -1, 1, -1, -1};
  const std::vector<double> chances{0.36, 0.24, 0.24, 0.16};
  const std::vector<double> base(4, 1.0);
  LogGrowth growth(outcomes, 2, chances, base);

  const GrowthSolution found = maximise(growth, long_only(2, 1.0), 1e-12, 50);

  EXPECT_EQ(found.status, GrowthStatus::solved);
  EXPECT_NEAR(found.amounts[0], 5.0 / 26.0, 1e-9);
  EXPECT_NEAR(found.amounts[1], 5.0 / 26.0, 1e-9);
  EXPECT_LE(found.gap, 1e-12);
}

TEST(KellySolver, NoRandomPortfolioBeatsItByMoreThanTheGap) {
  Draws draws(9);
  for (int trial = 0; trial < 30; ++trial) {
    const std::size_t n = 6;
    const std::size_t t = 60;
    std::vector<double> rows(n * t);
    for (double& r : rows) r = 0.2 * draws.next() + 0.01;
    const std::vector<double> base(t, 1.0);
    LogGrowth growth(rows, n, {}, base);
    const GrowthLimits limits = long_only(n, 1.0);

    const GrowthSolution found = maximise(growth, limits, 1e-11, 60);

    ASSERT_EQ(found.status, GrowthStatus::solved);
    for (int other = 0; other < 200; ++other) {
      std::vector<double> x(n);
      double sum = 0.0;
      for (double& v : x) sum += v = std::abs(draws.next());
      for (double& v : x) v /= std::max(sum, 1.0);
      ASSERT_TRUE(growth.go_to(limits.moves, x));
      ASSERT_LE(growth.value(), found.value + found.gap + 1e-15);
    }
  }
}

TEST(KellySolver, TwoMomentsWithoutLimitsThatBindAreSolvedByTheInverse) {
  // mean (.06, .08) less the rate .02, covariance [[.04, .012], [.012, .09]].
  const std::vector<double> mean{0.04, 0.06};
  const std::vector<double> covariance{0.04, 0.012, 0.012, 0.09};
  const std::vector<double> nothing(2, 0.0);
  QuadraticGrowth growth(mean, covariance, nothing, 0.02);

  const GrowthSolution found = maximise(growth, long_only(2, 10.0), 1e-13, 50);

  EXPECT_NEAR(found.amounts[0], 5.0 / 6.0, 1e-9);
  EXPECT_NEAR(found.amounts[1], 5.0 / 9.0, 1e-9);
  EXPECT_NEAR(found.value, 0.0533333333333333, 1e-12);
}

TEST(KellySolver, AStartThatRuinsAScenarioAndShapesThatDoNotFitAreRefused) {
  const std::vector<double> outcomes{1.0, -1.0};
  const std::vector<double> base{1.0, 1.0};
  LogGrowth growth(outcomes, 1, {}, base);
  GrowthLimits limits = long_only(1, 2.0);
  limits.start = {1.5};
  EXPECT_THROW((void)maximise(growth, limits, 1e-9, 10), std::invalid_argument);

  limits = long_only(1, 2.0);
  limits.moves[0].asset = 3;
  EXPECT_THROW((void)maximise(growth, limits, 1e-9, 10), std::invalid_argument);
  limits.rows.clear();
  EXPECT_THROW((void)maximise(growth, limits, 1e-9, 10), std::invalid_argument);
  EXPECT_THROW(LogGrowth(outcomes, 1, {}, {}), std::invalid_argument);
}

}  // namespace
}  // namespace ai_trading::stats
