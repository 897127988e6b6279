// Known answers of zero intelligence: queues far from the touch, and the spread.
#include "ai_trading/venue/zero_intelligence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "flow_tools.hpp"

namespace ai_trading::venue {
namespace {

// Between the touch and the end of the band a queue is filled at one rate and every order
// in it leaves at another: M/M/infinity, in the long run Poisson of mean limit / cancel.
TEST(ZeroIntelligence, QueuesFarFromTheTouchArePoisson) {
  const ZeroIntelligenceTerms terms{
      .market = 0.2, .limit = 0.1, .cancel = 0.02, .band = 60};
  OrderFlow flow(at_stated_rates(terms, 100'000.0));
  std::vector<double> counts(40);
  double samples = 0.0;
  double sum = 0.0;
  double squares = 0.0;

  watch(flow, 200.0, 99'000.0, 100.0, [&](const matching::ShownBook& books) {
    for (const Side side : {Side::buy, Side::sell}) {
      const auto across = books.best(0, opposite(side));
      ASSERT_TRUE(across);
      for (const std::int64_t away : {25, 30, 35}) {
        const double n =
            books.level(0, side, across->price - Ticks{sign(side) * away * 100}).orders;
        ++counts[static_cast<std::size_t>(n)];
        ++samples;
        sum += n;
        squares += n * n;
      }
    }
  });

  const double mean = sum / samples;
  EXPECT_NEAR(mean, 5.0, 0.12);  // four standard errors of about 5,000 samples
  EXPECT_NEAR(squares / samples - mean * mean, 5.0, 0.5);
  std::vector<double> poisson{std::exp(-5.0)};
  for (double n = 1.0; n < 40.0; ++n) poisson.push_back(poisson.back() * 5.0 / n);
  for (double& c : counts) c /= samples;
  EXPECT_LT(half_l1(counts, poisson), 0.03);
}

double mean_spread(const ZeroIntelligenceTerms& terms, double length) {
  OrderFlow flow(at_stated_rates(terms, length));
  double sum = 0.0;
  double samples = 0.0;
  watch(flow, length / 20.0, length - 1.0, 1.0 / terms.market,
        [&](const matching::ShownBook& books) {
          const auto bid = books.best(0, Side::buy);
          const auto ask = books.best(0, Side::sell);
          if (!bid || !ask) return;
          sum += static_cast<double>((ask->price - bid->price).n) / 100.0;
          ++samples;
        });
  return sum / samples;
}

// Without market orders the book is reversible: Poisson queues of mean r = limit / cancel
// on both sides, given that they do not cross.  Each step of the spread then costs a
// factor exp(-r): P(spread = s) = (1 - q) q^(s-1) with q = exp(-r).
TEST(ZeroIntelligence, WithoutMarketOrdersTheSpreadIsGeometric) {
  const ZeroIntelligenceTerms terms{
      .market = 1e-9, .limit = 0.02, .cancel = 0.1, .band = 100};
  OrderFlow flow(at_stated_rates(terms, 200'000.0));
  std::vector<double> found(101);
  double samples = 0.0;
  watch(flow, 500.0, 199'000.0, 20.0, [&](const matching::ShownBook& books) {
    const auto bid = books.best(0, Side::buy);
    const auto ask = books.best(0, Side::sell);
    if (!bid || !ask) return;
    const auto steps = static_cast<std::size_t>((ask->price - bid->price).n / 100);
    ++found[std::min<std::size_t>(steps, 100)];
    ++samples;
  });

  const double q = std::exp(-0.2);
  std::vector<double> expected{0.0, 1.0 - q};
  while (expected.size() < 101) expected.push_back(expected.back() * q);
  double mean = 0.0;
  for (std::size_t s = 0; s <= 100; ++s) {
    found[s] /= samples;
    mean += static_cast<double>(s) * found[s];
  }
  EXPECT_NEAR(mean * (1.0 - q), 1.0, 0.05);
  EXPECT_LT(half_l1(found, expected), 0.04);
}

// Farmer, Patelli and Zovko (2005): spread = (mu / alpha) f(u), f(u) = a + b u^(3/4) and
// u = sigma delta / mu.  Equal slopes between three points mean that power.
TEST(ZeroIntelligence, TheSpreadGrowsWithThePowerOfThePaper) {
  std::vector<double> x;
  std::vector<double> f;
  for (const double cancel : {0.01, 0.05, 0.2}) {
    const ZeroIntelligenceTerms terms{
        .market = 1.0, .limit = 1.0 / 60.0, .cancel = cancel, .band = 200};
    x.push_back(std::pow(cancel, 0.75));
    f.push_back(mean_spread(terms, 40'000.0) / 60.0);
  }

  const double low = (f[1] - f[0]) / (x[1] - x[0]);
  const double high = (f[2] - f[1]) / (x[2] - x[1]);
  const double at_zero = f[0] - low * x[0];
  EXPECT_NEAR(high / low, 1.0, 0.2);
  EXPECT_GT(at_zero, 0.18);  // the paper has 0.28
  EXPECT_LT(at_zero, 0.32);
}

// Dimensional analysis: the spread goes with mu / alpha as long as steps are small, and
// a faster clock changes nothing.
TEST(ZeroIntelligence, TheSpreadScalesAsDimensionsSay) {
  const ZeroIntelligenceTerms terms{
      .market = 1.0, .limit = 1.0 / 60.0, .cancel = 0.05, .band = 200};
  ZeroIntelligenceTerms dense = terms;
  dense.limit *= 2.0;
  ZeroIntelligenceTerms fast = terms;
  fast.market *= 10.0;
  fast.limit *= 10.0;
  fast.cancel *= 10.0;

  const double spread = mean_spread(terms, 40'000.0);

  EXPECT_NEAR(mean_spread(dense, 40'000.0) / spread, 0.5, 0.03);
  EXPECT_NEAR(mean_spread(fast, 4'000.0) / spread, 1.0, 0.05);
}

}  // namespace
}  // namespace ai_trading::venue
