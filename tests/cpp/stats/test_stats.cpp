// The kernels against slow, obvious twins; the Python tests hold them to published
// figures and to other libraries.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/stats/garch.hpp"
#include "ai_trading/stats/normals.hpp"
#include "ai_trading/stats/rolling.hpp"
#include "ai_trading/stats/scenarios.hpp"
#include "ai_trading/stats/summary.hpp"
#include "ai_trading/stats/tail.hpp"

namespace ai_trading::stats {
namespace {

std::vector<double> draws(std::size_t n, std::uint64_t seed, double scale = 0.01) {
  Rng rng(seed);
  std::vector<double> out(n);
  for (double& x : out) x = scale * rng.normal();
  return out;
}

TEST(Tail, IsWhatSortingFinds) {
  for (const std::size_t n : {1U, 5U, 300U, 40'000U}) {
    const std::vector<double> values = draws(n, n);
    std::vector<double> sorted = values;
    std::ranges::sort(sorted);
    for (const double share : {0.0, 0.01, 0.3, 0.9}) {
      const auto rank = static_cast<std::size_t>(share * static_cast<double>(n - 1));
      const auto edge = sorted.begin() + static_cast<std::ptrdiff_t>(rank);
      const Tail found = lower_tail(values, rank);
      EXPECT_EQ(found.at, *edge);
      EXPECT_EQ(found.next, rank + 1 < n ? *(edge + 1) : *edge);
      EXPECT_NEAR(found.below, std::accumulate(sorted.begin(), edge, 0.0), 1e-9);
      EXPECT_EQ(upper_tail(values, rank).at, sorted[n - 1 - rank]);
    }
  }
}

TEST(Tail, SeesWhatNoMeasureCanUse) {
  std::vector<double> values = draws(5'000, 1);
  EXPECT_EQ(first_unusable(values), values.size());
  values[4'321] = std::numeric_limits<double>::infinity();
  EXPECT_EQ(first_unusable(values), 4'321U);
  values[17] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(first_unusable(values), 17U);
  for (const std::size_t at : {std::size_t{3}, std::size_t{4'999}}) {
    std::vector<double> large = draws(5'000, 2);
    large[at] = -1.79e100;
    EXPECT_EQ(first_unusable(large), large.size());
    large[at] = -1.8e100;
    EXPECT_EQ(first_unusable(large), at);
  }
}

TEST(Summary, AddsUpWhatTheReturnsSay) {
  for (const std::size_t n : {1U, 2U, 3U, 4U, 7U, 2'047U, 2'049U, 5'000U}) {
    const std::vector<double> values = draws(n, n);
    const double target = 0.001;
    const Summary s = summarize(values, target);
    const double mean =
        std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(n);
    double second = 0.0, fourth = 0.0, lagged = 0.0, low = 0.0, growth = 0.0;
    std::size_t gains = 0;
    double wealth = 1.0, high = 1.0, deepest = 0.0, depths = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      const double d = values[i] - mean;
      second += d * d;
      fourth += d * d * d * d;
      if (i > 0) lagged += d * (values[i - 1] - mean);
      low += std::pow(std::min(values[i] - target, 0.0), 2);
      growth += std::log1p(values[i]);
      gains += values[i] > 0.0 ? 1U : 0U;
      wealth *= 1.0 + values[i];
      high = std::max(high, wealth);
      deepest = std::max(deepest, 1.0 - wealth / high);
      depths += 1.0 - wealth / high;
    }
    EXPECT_NEAR(s.mean, mean, 1e-15);
    EXPECT_NEAR(s.second, second, 1e-12);
    EXPECT_NEAR(s.fourth, fourth, 1e-14);
    EXPECT_NEAR(s.lagged, lagged, 1e-12);
    EXPECT_NEAR(s.short_of_squares, low, 1e-12);
    EXPECT_NEAR(s.growth, growth, 1e-11);
    EXPECT_EQ(s.gains, gains);
    EXPECT_EQ(s.smallest, *std::ranges::min_element(values));
    EXPECT_EQ(s.largest, *std::ranges::max_element(values));
    EXPECT_NEAR(s.drawdowns.deepest, deepest, 1e-12);
    EXPECT_NEAR(s.drawdowns.sum, depths, 1e-9);
  }
}

TEST(Summary, TakesRuinAsItIs) {
  const std::vector<double> values{0.1, -1.0, 0.5, 0.2, -0.1};
  const Summary s = summarize(values, 0.0);
  EXPECT_EQ(s.drawdowns.deepest, 1.0);
  EXPECT_EQ(s.drawdowns.current, 1.0);
  EXPECT_EQ(s.growth, -std::numeric_limits<double>::infinity());
}

TEST(Rolling, IsThatOfEachWindow) {
  const std::vector<double> values = draws(700, 3);
  for (const std::size_t window : {1U, 2U, 5U, 252U, 699U, 700U}) {
    const std::size_t n = windows(values.size(), window);
    std::vector<double> means(n), squares(n), falls(n);
    rolling_moments(values, window, means, squares);
    rolling_drawdown(values, window, falls);
    for (std::size_t i = 0; i < n; ++i) {
      const std::span<const double> part(values.data() + i, window);
      const double mean =
          std::accumulate(part.begin(), part.end(), 0.0) / static_cast<double>(window);
      double about = 0.0, wealth = 1.0, high = 1.0, deepest = 0.0;
      for (const double x : part) {
        about += (x - mean) * (x - mean);
        wealth *= 1.0 + x;
        high = std::max(high, wealth);
        deepest = std::max(deepest, 1.0 - wealth / high);
      }
      EXPECT_NEAR(means[i], mean, 1e-15);
      EXPECT_NEAR(squares[i], about, 1e-14);
      EXPECT_NEAR(falls[i], deepest, 1e-13);
    }
  }
}

TEST(Normals, AreTheSameOnEveryMachine) {
  // Bits, not digits: the draws must not depend on the processor.
  std::vector<double> first(4), again(300);
  NormalSource(42).fill(first);
  NormalSource(42).fill(again);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i], again[i]);
  double sum = 0.0, squares = 0.0;
  std::vector<double> many(200'000);
  NormalSource(7).fill(many);
  for (const double z : many) {
    sum += z;
    squares += z * z;
  }
  EXPECT_NEAR(sum / 200'000, 0.0, 0.01);
  EXPECT_NEAR(squares / 200'000, 1.0, 0.015);
}

TEST(Normals, QuantileInvertsTheDistribution) {
  for (const double p : {1e-12, 1e-4, 0.025, 0.4, 0.5, 0.8, 0.999999}) {
    const double x = normal_quantile(p);
    EXPECT_NEAR(0.5 * std::erfc(-x / std::sqrt(2.0)) / p, 1.0, 1e-12);
  }
  EXPECT_TRUE(std::isnan(normal_quantile(1.5)));
}

TEST(Garch, LikelihoodIsItsDefinition) {
  const std::vector<double> values = draws(1'001, 4, 1.0);
  const Garch model{0.05, 0.1, 0.08, 0.85};
  double start = 0.0;
  for (const double r : values) start += (r - model.mean) * (r - model.mean);
  start /= static_cast<double>(values.size());
  double h = model.omega + (model.alpha + model.beta) * start, slow = 0.0;
  for (const double r : values) {
    const double e = r - model.mean;
    slow -= 0.5 * (std::log(2.0 * M_PI * h) + e * e / h);
    h = model.omega + model.alpha * e * e + model.beta * h;
  }
  GarchSlopes slopes{};
  EXPECT_NEAR(garch_likelihood(values, model, 0.0), slow, 1e-8);
  EXPECT_NEAR(garch_slopes(values, model, 0.0, slopes, {}), slow, 1e-8);
}

TEST(Scenarios, MultiplyNormalsByTheFactor) {
  for (const std::size_t n : {1U, 5U, 12U, 14U}) {
    const std::vector<double> factor = draws(n * n, 5, 1.0), mean = draws(n, 6, 1.0);
    const std::vector<double> z = draws(70 * n, 7, 1.0), held = draws(n, 8, 1.0);
    for (const bool triangular : {true, false}) {
      std::vector<double> used = factor;
      for (std::size_t i = 0; triangular && i < n; ++i)
        for (std::size_t j = i + 1; j < n; ++j) used[i * n + j] = 0.0;
      Simulation plan;
      plan.rows = 70;
      plan.mean = mean;
      plan.factor = used;
      plan.triangular = triangular;
      plan.holdings = held;
      std::vector<double> out(70 * n), earned(70);
      transform(plan, z, out, earned);
      for (std::size_t i = 0; i < 70; ++i) {
        double profit = 0.0;
        for (std::size_t j = 0; j < n; ++j) {
          double x = mean[j];
          for (std::size_t k = 0; k < n; ++k) x += used[j * n + k] * z[i * n + k];
          EXPECT_NEAR(out[i * n + j], x, 1e-12);
          profit += x * held[j];
        }
        EXPECT_NEAR(earned[i], profit, 1e-11);
      }
    }
  }
}

}  // namespace
}  // namespace ai_trading::stats
