#include "ai_trading/schedule/almgren_chriss.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "ai_trading/base/rng.hpp"

namespace ai_trading::schedule {
namespace {

// Table 1 of the paper: a share of 50 with 30 % annual volatility, spread 1/8, 5 million
// shares a day; a million shares over five days.
Liquidation published(double risk_aversion) {
  Liquidation p;
  p.quantity = 1e6;
  p.horizon = 5.0;
  p.periods = 5;
  p.sigma = 0.95;
  p.epsilon = 0.0625;
  p.gamma = 2.5e-7;
  p.eta = 2.5e-6;
  p.risk_aversion = risk_aversion;
  return p;
}

TEST(AlmgrenChriss, GivesThePublishedNumbers) {
  const Trajectory best = optimal(published(1e-6));
  EXPECT_NEAR(best.kappa, 0.6070762, 5e-8);
  const double holdings[] = {541'955.55, 289'854.22, 147'897.49, 62'141.80};
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(best.holdings[i + 1], holdings[i], 0.005);
  EXPECT_NEAR(best.expected_cost, 911'226.99, 0.005);
  EXPECT_NEAR(std::sqrt(best.variance), 603'430.67, 0.005);
}

TEST(AlmgrenChriss, WithoutRiskAversionIsEven) {
  const Trajectory even = optimal(published(0.0));
  EXPECT_DOUBLE_EQ(even.expected_cost, 662'500.0);
  EXPECT_NEAR(std::sqrt(even.variance), 1'040'673.0, 0.5);
  for (std::size_t i = 0; i <= 5; ++i)
    EXPECT_DOUBLE_EQ(even.holdings[i], 1e6 - 2e5 * static_cast<double>(i));
}

TEST(AlmgrenChriss, GivesThePublishedCharacteristicTimes) {
  EXPECT_NEAR(1.0 / optimal(published(1e-9)).kappa, 51.30, 0.005);
  EXPECT_NEAR(1.0 / optimal(published(9e-9)).kappa, 17.10, 0.005);
}

TEST(AlmgrenChriss, NoOtherTrajectoryCostsLess) {
  Rng rng(11);
  for (const double lambda : {0.0, 1e-9, 1e-6, 1e-4}) {
    const Liquidation problem = published(lambda);
    const Trajectory best = optimal(problem);
    const double least = best.expected_cost + lambda * best.variance;
    for (int trial = 0; trial < 500; ++trial) {
      auto other = best.holdings;
      for (std::size_t i = 1; i < 5; ++i) other[i] += (rng.uniform() - 0.5) * 2e4;
      const Cost cost = cost_of(problem, other);
      EXPECT_GE(cost.expected + lambda * cost.variance, least * (1.0 - 1e-12));
    }
  }
}

TEST(AlmgrenChriss, TradesCostAgainstRiskAlongTheFrontier) {
  double cost = 0.0;
  double risk = 1e300;
  for (const double lambda : {0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-2, 10.0}) {
    const Trajectory best = optimal(published(lambda));
    EXPECT_GT(best.expected_cost, cost);
    EXPECT_LT(best.variance, risk);
    cost = best.expected_cost;
    risk = best.variance;
  }
}

TEST(AlmgrenChriss, RefusesWhatHasNoOptimum) {
  Liquidation p = published(1e-6);
  p.gamma = 1e-5;  // faster would be cheaper
  EXPECT_THROW((void)optimal(p), std::invalid_argument);
  p = published(-1.0);
  EXPECT_THROW((void)optimal(p), std::invalid_argument);
  p = published(0.0);
  p.periods = 0;
  EXPECT_THROW((void)optimal(p), std::invalid_argument);
  p = published(0.0);
  p.sigma = std::nan("");
  EXPECT_THROW((void)optimal(p), std::invalid_argument);
}

}  // namespace
}  // namespace ai_trading::schedule
