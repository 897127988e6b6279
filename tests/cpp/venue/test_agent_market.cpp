// The stylised facts (Cont 2001) that the market of agents reproduces, and a Gaussian walk
// does not.
#include "ai_trading/venue/agent_market.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "flow_tools.hpp"

namespace ai_trading::venue {
namespace {

using Series = std::vector<double>;

double mean(const Series& x) {
  double sum = 0.0;
  for (const double v : x) sum += v;
  return sum / static_cast<double>(x.size());
}

double autocorrelation(const Series& x, std::size_t lag) {
  const double m = mean(x);
  double both = 0.0;
  double all = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    all += (x[i] - m) * (x[i] - m);
    if (i + lag < x.size()) both += (x[i] - m) * (x[i + lag] - m);
  }
  return both / all;
}

double kurtosis(const Series& x) {
  const double m = mean(x);
  double two = 0.0;
  double four = 0.0;
  for (const double v : x) {
    const double square = (v - m) * (v - m);
    two += square;
    four += square * square;
  }
  return four * static_cast<double>(x.size()) / (two * two);
}

Series moves(const Series& price, std::size_t every) {
  Series out;
  for (std::size_t i = every; i < price.size(); i += every)
    out.push_back(price[i] - price[i - every]);
  return out;
}

Series absolute(Series x) {
  for (double& v : x) v = std::abs(v);
  return x;
}

// Kurtosis far above 3 from one look to the next, nearer to it over 60 looks.
bool has_fat_tails(const Series& price) {
  const double fine = kurtosis(moves(price, 1));
  const double coarse = kurtosis(moves(price, 60));
  return fine > 8.0 && coarse < 0.5 * fine && coarse > 2.0;
}

// Absolute moves remember each other, and forget slowly.
bool has_clusters(const Series& price) {
  const Series x = absolute(moves(price, 1));
  const double first = autocorrelation(x, 1);
  const double tenth = autocorrelation(x, 10);
  const double fiftieth = autocorrelation(x, 50);
  return first > 0.2 && tenth > 0.15 && fiftieth > 0.1 && fiftieth < first;
}

// Moves themselves do not, beyond the bounce of the first step.
bool is_unpredictable(const Series& price) {
  const Series x = moves(price, 1);
  for (const std::size_t lag : {3U, 4U, 5U, 7U, 10U, 15U, 20U}) {
    if (std::abs(autocorrelation(x, lag)) > 0.05) return false;
  }
  return std::abs(autocorrelation(x, 1)) < 0.3;
}

// Five sessions in one, looked at every five seconds.
struct Seen {
  Series price;
  Series spread;
  Series queue;
};

Seen see(std::uint64_t seed) {
  Seen seen;
  FlowSettings s = at_stated_rates(AgentTerms{}, 117'000.0, seed);
  s.symbols[0].volatility = 0.01 * std::sqrt(5.0);
  OrderFlow flow(s);
  watch(flow, 300.0, 116'999.0, 5.0, [&](const matching::ShownBook& books) {
    const auto bid = books.best(0, Side::buy);
    const auto ask = books.best(0, Side::sell);
    if (!bid || !ask) return;
    seen.price.push_back(static_cast<double>((bid->price + ask->price).n) / 200.0);
    seen.spread.push_back(static_cast<double>((ask->price - bid->price).n) / 100.0);
    seen.queue.push_back(static_cast<double>(bid->quantity.n));
  });
  return seen;
}

class AgentMarketSeeds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(AgentMarketSeeds, PricesHaveTheStylisedFacts) {
  const Seen seen = see(GetParam());

  ASSERT_GT(seen.price.size(), 23'000U);  // both sides stand nearly always
  EXPECT_TRUE(has_fat_tails(seen.price))
      << kurtosis(moves(seen.price, 1)) << ' ' << kurtosis(moves(seen.price, 60));
  EXPECT_TRUE(has_clusters(seen.price))
      << autocorrelation(absolute(moves(seen.price, 1)), 1) << ' '
      << autocorrelation(absolute(moves(seen.price, 1)), 50);
  EXPECT_TRUE(is_unpredictable(seen.price)) << autocorrelation(moves(seen.price, 1), 1);
}

TEST_P(AgentMarketSeeds, SpreadsAndQueuesAreThoseOfAMarket) {
  const Seen seen = see(GetParam());

  // Narrow as a rule, with a long tail; queues of the order of their mean.
  std::size_t narrow = 0;
  std::size_t wide = 0;
  for (const double s : seen.spread) {
    narrow += s <= 2.0;
    wide += s >= 8.0;
  }
  const auto n = static_cast<double>(seen.spread.size());
  EXPECT_GT(static_cast<double>(narrow) / n, 0.4);
  EXPECT_GT(static_cast<double>(wide) / n, 0.002);
  EXPECT_LT(static_cast<double>(wide) / n, 0.1);
  const double average = mean(seen.queue);
  double squares = 0.0;
  for (const double q : seen.queue) squares += (q - average) * (q - average) / n;
  EXPECT_GT(std::sqrt(squares) / average, 0.4);
  EXPECT_LT(std::sqrt(squares) / average, 2.0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, AgentMarketSeeds, testing::Values(1, 2, 3));

TEST(AgentMarket, AGaussianWalkHasNoneOfTheFactsButItsUnpredictability) {
  Rng rng(1);
  Series price{15'000.0};
  while (price.size() < 23'340) price.push_back(price.back() + 3.0 * rng.normal());

  EXPECT_FALSE(has_fat_tails(price));
  EXPECT_FALSE(has_clusters(price));
  EXPECT_TRUE(is_unpredictable(price));
}

// With one rule only there is nothing to cluster: the switching makes it.
TEST(AgentMarket, WithoutSwitchingVolatilityDoesNotCluster) {
  FlowSettings s = at_stated_rates(AgentTerms{.switching = 0.0}, 60'000.0);
  OrderFlow flow(s);
  Series price;
  watch(flow, 300.0, 59'999.0, 5.0, [&](const matching::ShownBook& books) {
    const auto bid = books.best(0, Side::buy);
    const auto ask = books.best(0, Side::sell);
    if (bid && ask)
      price.push_back(static_cast<double>((bid->price + ask->price).n) / 200.0);
  });

  EXPECT_FALSE(has_clusters(price));
}

}  // namespace
}  // namespace ai_trading::venue
