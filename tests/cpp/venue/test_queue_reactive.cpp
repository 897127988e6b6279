// Known answers of the queue-reactive model: long-run queues while the price stays.
#include "ai_trading/venue/queue_reactive.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "flow_tools.hpp"

namespace ai_trading::venue {
namespace {

// Two queues a side: the nearest of the default, and one of a few orders.  The second has
// no market orders: those would depend on the first.
QueueReactiveTerms still() {
  QueueReactiveTerms terms;
  terms.levels = {
      terms.levels[0],
      {.limit = {0.5}, .cancel = {0.0, 0.1, 0.4, 0.6, 0.9}, .market = {0.0}}};
  terms.move = 0.0;
  return terms;
}

TEST(QueueReactive, TheDistributionIsTheProductFormula) {
  const QueueRates rates{
      .limit = {2.0, 1.0}, .cancel = {0.0, 1.0}, .market = {0.0, 1.0}};

  // pi(1) = pi(0) 2/2, pi(n + 1) = pi(n) 1/2: pi(0) = 1/3.
  const auto pi = queue_distribution(rates, true);

  EXPECT_NEAR(pi[0], 1.0 / 3.0, 1e-15);
  EXPECT_NEAR(pi[1], 1.0 / 3.0, 1e-15);
  EXPECT_NEAR(pi[2], 1.0 / 6.0, 1e-15);
  EXPECT_NEAR(pi[5], 1.0 / 48.0, 1e-15);
  EXPECT_NEAR(std::accumulate(pi.begin(), pi.end(), 0.0), 1.0, 1e-12);
}

TEST(QueueReactive, QueuesAtAStillPriceFollowTheProductFormula) {
  const QueueReactiveTerms terms = still();
  OrderFlow flow(at_stated_rates(terms, 250'000.0));
  std::vector<std::vector<double>> found(2, std::vector<double>(200));
  double samples = 0.0;

  watch(flow, 500.0, 249'000.0, 10.0, [&](const matching::ShownBook& books) {
    for (std::int64_t level = 0; level < 2; ++level) {
      auto& counts = found[static_cast<std::size_t>(level)];
      ++counts[books.level(0, Side::buy, Ticks{1'500'000 - 100 * level}).orders];
      ++counts[books.level(0, Side::sell, Ticks{1'500'100 + 100 * level}).orders];
    }
    samples += 2.0;
  });

  for (std::size_t level = 0; level < 2; ++level) {
    for (double& count : found[level]) count /= samples;
    const auto pi = queue_distribution(terms.levels[level], level == 0);
    // Sampling alone leaves about 0.02; a law with one rate wrong is far away.
    EXPECT_LT(half_l1(found[level], pi), 0.04) << level;
    QueueRates wrong = terms.levels[level];
    for (double& rate : wrong.limit) rate *= 0.85;
    EXPECT_GT(half_l1(found[level], queue_distribution(wrong, level == 0)), 0.1);
  }
}

TEST(QueueReactive, TheReferencePriceFollowsAndTheBookGoesWithIt) {
  QueueReactiveTerms terms;
  terms.move = 1.0;
  terms.redraw = 0.0;
  OrderFlow flow(at_stated_rates(terms, 50'000.0));
  double lowest = 1e9;
  double highest = 0.0;

  watch(flow, 100.0, 49'000.0, 5.0, [&](const matching::ShownBook& books) {
    // Four queues a side; one of them changes sides when the price moves.
    EXPECT_LE(books.level_count(0, Side::buy), 4U);
    EXPECT_LE(books.level_count(0, Side::sell), 4U);
    const auto bid = books.best(0, Side::buy);
    if (!bid) return;
    lowest = std::min(lowest, static_cast<double>(bid->price.n));
    highest = std::max(highest, static_cast<double>(bid->price.n));
  });

  EXPECT_GT(highest - lowest, 1000.0);  // ten steps
}

// Nobody joins a queue that somebody stands in: then yours keeps them out for good.
TEST(QueueReactive, YourOrderCountsInItsQueue) {
  QueueReactiveTerms terms;
  terms.levels = {{.limit = {1.0, 0.0}, .cancel = {0.0, 1.0}, .market = {0.0}}};
  terms.move = 0.0;
  OrderFlow flow(at_stated_rates(terms, 10'000.0));
  flow.advance(kOpen + seconds(10.0));
  matching::NewOrder yours;
  yours.id = OrderFlow::kOwnIds;
  yours.owner = 1;
  yours.side = Side::buy;
  yours.price = Ticks{1'500'000};
  yours.quantity = Lots{30};  // begun is counted whole
  ASSERT_EQ(flow.submit(yours), Reject::none);
  flow.advance(kOpen + seconds(60.0));

  std::size_t others_bid = 0;
  std::size_t others_ask = 0;
  watch(flow, 60.0, 9'000.0, 10.0, [&](const matching::ShownBook& books) {
    others_bid += books.level(0, Side::buy, Ticks{1'500'000}).orders != 1;
    others_ask += books.level(0, Side::sell, Ticks{1'500'100}).orders == 1;
  });

  EXPECT_EQ(others_bid, 0U);
  EXPECT_NEAR(static_cast<double>(others_ask), 447.0, 60.0);  // half of the time
}

TEST(QueueReactive, RefusesRatesThatMakeNoQueue) {
  const auto refused = [](QueueRates rates) {
    QueueReactiveTerms terms;
    terms.levels = {std::move(rates)};
    EXPECT_THROW(OrderFlow{at_stated_rates(terms, 100.0)}, std::invalid_argument);
  };

  refused({.limit = {1.0}, .cancel = {0.0, 1.0}, .market = {0.0}});  // without bound
  refused(
      {.limit = {1.0}, .cancel = {0.5, 2.0}, .market = {0.0}});  // from an empty one
  refused({.limit = {}, .cancel = {0.0, 2.0}, .market = {0.0}});
  refused({.limit = {0.0}, .cancel = {0.0, 2.0}, .market = {0.0}});
  refused({.limit = {1.0}, .cancel = {0.0, -2.0}, .market = {0.0, 5.0}});
  refused({.limit = {1.0}, .cancel = {0.0, 2.0}, .market = {0.0}, .size = 0});
  std::vector<double> late(10'000, 1e-6);  // ten thousand, and more than doubles hold
  late[0] = 0.0;
  late.back() = 1e6;
  refused({.limit = {1e5}, .cancel = late, .market = {0.0}});
}

}  // namespace
}  // namespace ai_trading::venue
