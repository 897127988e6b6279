#include "ai_trading/cost/impact.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace ai_trading::cost {
namespace {

// The paper's IBM: 10 % of 6.561 million shares a day, 1,728 million outstanding, 1.57 %.
ImpactOrder ibm(double duration) {
  return {656'100, 6'561'000, 0.0157, duration, 1.728e9};
}

TEST(Almgren2005, GivesThePublishedCostsOfIbm) {
  const Almgren2005 model;

  EXPECT_NEAR(model.cost(ibm(0.1)).permanent, 19.86, 0.005);
  EXPECT_NEAR(model.cost(ibm(0.1)).temporary, 22.29, 0.005);
  EXPECT_NEAR(model.cost(ibm(0.2)).temporary, 14.71, 0.005);
  EXPECT_NEAR(model.cost(ibm(0.5)).temporary, 8.49, 0.005);
  EXPECT_NEAR(model.cost(ibm(0.1)).total, 32.22, 0.005);
  EXPECT_NEAR(model.cost(ibm(0.2)).total, 24.64, 0.005);
  EXPECT_NEAR(model.cost(ibm(0.5)).total, 18.42, 0.005);
}

TEST(PowerImpact, OfAQuarterOfADayIsHalfADaysVolatility) {
  EXPECT_NEAR(PowerImpact{}.cost({250'000, 1'000'000, 0.02}), 100.0, 1e-10);
  EXPECT_EQ(PowerImpact{}.cost({0, 1'000'000, 0.02}), 0.0);
}

TEST(IStar, IsItsFormula) {
  const IStar model;
  const double annual = 0.02 * std::sqrt(252.0);
  const double instant = 708 * std::pow(0.1, 0.55) * std::pow(annual, 0.71);
  const double share = 100'000.0 / (100'000.0 + 500'000.0);

  const IStar::Cost cost = model.cost({100'000, 1'000'000, 0.02, 0.5});

  EXPECT_NEAR(cost.instantaneous, instant, 1e-10);
  EXPECT_NEAR(cost.total, instant * (0.98 * std::sqrt(share) + 0.02), 1e-10);
}

TEST(ObizhaevaWang, GivesThePublishedBlocksAndRate) {
  const ObizhaevaWang model{2.2231, 5'000, 1.0 / 10'000};

  const auto best = model.best(100'000, 1.0);

  EXPECT_NEAR(best.block, 23'679.29, 0.005);
  EXPECT_NEAR(best.rate, 52'641.42, 0.005);
  EXPECT_NEAR(2 * best.block + best.rate, 100'000, 1e-6);
}

TEST(ObizhaevaWang, TheBestStrategyCostsWhatItSaysAndOthersMore) {
  const ObizhaevaWang model{2.2231, 5'000, 1.0 / 10'000};
  const auto best = model.best(100'000, 1.0);
  const int n = 4'000;
  std::vector<double> times, optimal, even;
  for (int i = 0; i <= n; ++i) {
    times.push_back(static_cast<double>(i) / n);
    const double edge = i == 0 || i == n ? 0.5 : 1.0;
    optimal.push_back(edge * best.rate / n + (edge < 1.0 ? best.block : 0.0));
    even.push_back(edge * 100'000.0 / n);
  }

  EXPECT_NEAR(model.cost(times, optimal), best.cost, 1e-5 * best.cost);
  EXPECT_GT(model.cost(times, even), best.cost * 1.01);
  const std::array<double, 1> at{0.0}, all{100'000.0};
  EXPECT_NEAR(model.cost(at, all), 100'000.0 * 100'000.0 / (2 * 5'000), 1e-3);
}

TEST(Decay, StartsAtOneAndFalls) {
  Decay power_law;
  power_law.kind = Decay::Kind::power;
  power_law.timescale = 2.0;
  power_law.exponent = 0.5;
  Decay exponential;
  exponential.rate = std::log(2.0);

  EXPECT_EQ(power_law.left(0.0), 1.0);
  EXPECT_NEAR(power_law.left(6.0), 0.5, 1e-15);
  EXPECT_NEAR(exponential.left(3.0), 0.125, 1e-15);
}

TEST(Propagator, AddsWhatEveryTradeHasLeft) {
  Propagator model;
  model.scale = 3.0;
  model.decay.rate = std::log(2.0);
  const std::array<double, 2> times{0.0, 1.0}, volumes{4.0, -9.0};
  const std::array<double, 4> at{0.0, 1.0, 1.5, 2.0};
  std::array<double, 4> shift{};

  model.path(times, volumes, at, shift);

  EXPECT_EQ(shift[0], 0.0);  // the trade of this instant is not included
  EXPECT_NEAR(shift[1], 3.0, 1e-14);
  EXPECT_NEAR(shift[3], 1.5 - 4.5, 1e-14);
  const std::array<double, 2> falling{1.0, 0.0};
  EXPECT_THROW(model.path(falling, volumes, at, shift), std::invalid_argument);
}

}  // namespace
}  // namespace ai_trading::cost
