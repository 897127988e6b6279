// What every model of order flow owes.
#include <gtest/gtest.h>

#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "ai_trading/book/books.hpp"
#include "flow_tools.hpp"

namespace ai_trading::venue {
namespace {

struct Case {
  const char* name;
  FlowModelTerms terms;
  std::uint64_t pinned;  // digest of the day of 30,000 events

  friend void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
};

FlowSettings settings(const FlowModelTerms& model, double events,
                      std::uint64_t seed = 1) {
  FlowSettings s;
  s.symbols = {{Ticks{1'502'500}}, {Ticks{4'100'000}, Ticks{100}, 0.02, 2.0}};
  s.seed = seed;
  s.open = kOpen;
  s.close = kClose;
  s.events = events;
  s.model = model;
  return s;
}

class FlowModels : public testing::TestWithParam<Case> {};

TEST_P(FlowModels, GiveTheSameDayWhateverTheChunks) {
  const auto one = all_events(settings(GetParam().terms, 30'000));

  EXPECT_EQ(digest(one), digest(all_events(settings(GetParam().terms, 30'000), 7)));
  EXPECT_NE(digest(one), digest(all_events(settings(GetParam().terms, 30'000, 2))));
}

// Pinned: the same day on every machine.
TEST_P(FlowModels, GiveTheSameDayEverywhere) {
  EXPECT_EQ(digest(all_events(settings(GetParam().terms, 30'000))), GetParam().pinned);
}

TEST_P(FlowModels, GiveAboutAsManyEventsAsAsked) {
  for (const double events : {30'000.0, 200'000.0}) {
    const auto n =
        static_cast<double>(all_events(settings(GetParam().terms, events)).size());
    EXPECT_NEAR(n / events, 1.0, 0.2) << events;
  }
}

TEST_P(FlowModels, GiveABookThatIsNeverCrossedAndEmptyAtTheEnd) {
  book::Books books;
  std::int64_t before = 0;
  std::size_t inverted = 0;
  std::size_t both = 0;
  std::size_t events = 0;
  std::uint32_t last = 0;
  for (const feed::Event& event : all_events(settings(GetParam().terms, 100'000))) {
    ASSERT_EQ(books.apply(event), Reject::none);
    ASSERT_GE(event.timestamp, before);
    ASSERT_NE(event.flags & feed::flag::simulated, 0);
    before = event.timestamp;
    last = event.instrument;
    ++events;
    const auto bid = books.best(last, Side::buy);
    const auto ask = books.best(last, Side::sell);
    both += bid && ask;
    if (bid && ask && bid->price >= ask->price) ++inverted;
  }

  EXPECT_EQ(inverted, 0U);
  EXPECT_GT(both, events * 9 / 10);
  EXPECT_EQ(books.order_count(), 0U);
  EXPECT_EQ(before, kClose.n);
}

// Looking changes nothing: advance() in small steps reaches the state of a large one.
TEST_P(FlowModels, AreNotDisturbedByBeingWatched) {
  OrderFlow watched(settings(GetParam().terms, 30'000));
  OrderFlow other(settings(GetParam().terms, 30'000));

  watch(watched, 1.0, 5'000.0, 7.0, [](const matching::ShownBook&) {});
  watched.advance(kOpen + seconds(5'000.0));
  other.advance(kOpen + seconds(5'000.0));

  EXPECT_EQ(watched.books().state_hash(), other.books().state_hash());
  EXPECT_EQ(watched.trades(), other.trades());
}

TEST_P(FlowModels, TradeWithYourOrders) {
  OrderFlow flow(settings(GetParam().terms, 100'000));
  flow.advance(kOpen + seconds(60.0));
  matching::NewOrder order;
  order.owner = 1;
  order.id = OrderFlow::kOwnIds;
  order.side = Side::buy;
  order.type = OrderType::market;
  order.quantity = Lots{100};
  ASSERT_EQ(flow.submit(order), Reject::none);
  std::int64_t taken = 0;
  for (const matching::Answer& a : flow.take_answers())
    taken += a.kind == static_cast<std::uint8_t>(matching::AnswerKind::traded)
                 ? a.quantity
                 : 0;
  EXPECT_EQ(taken, 100);

  // Two that rest at the touch: over a day the market comes to one of them at least.
  order.type = OrderType::limit;
  for (const Side side : {Side::buy, Side::sell}) {
    const auto best = flow.books().best(0, side);
    ASSERT_TRUE(best);
    order.id = OrderFlow::kOwnIds + 1 + static_cast<OrderId>(side);
    order.side = side;
    order.price = best->price;
    ASSERT_EQ(flow.submit(order), Reject::none);
  }
  (void)flow.take_answers();
  flow.advance(kClose);
  std::int64_t given = 0;
  for (const matching::Answer& a : flow.take_answers())
    given += a.kind == static_cast<std::uint8_t>(matching::AnswerKind::traded)
                 ? a.quantity
                 : 0;
  EXPECT_GE(given, 100);
  EXPECT_FALSE(flow.books().best(0, Side::buy));
}

INSTANTIATE_TEST_SUITE_P(
    All, FlowModels,
    testing::Values(
        Case{"Hawkes", HawkesTerms{}, 12992166956840487895ULL},
        Case{"ZeroIntelligence", ZeroIntelligenceTerms{}, 18259797341235543914ULL},
        Case{"QueueReactive", QueueReactiveTerms{}, 11255210590159723732ULL},
        Case{"Agents", AgentTerms{}, 2321125237740031770ULL}),
    [](const auto& made) { return std::string(made.param.name); });

TEST(FlowModel, RefusesWhatIsOutsideItsDomain) {
  const std::vector<FlowModelTerms> bad{
      ZeroIntelligenceTerms{.market = 0.0},
      ZeroIntelligenceTerms{.limit = -1.0},
      ZeroIntelligenceTerms{.cancel = 1e-9},  // the book would never stop growing
      ZeroIntelligenceTerms{.market = 1e3},   // nothing would ever rest
      ZeroIntelligenceTerms{.band = 1},
      ZeroIntelligenceTerms{.size = 0},
      QueueReactiveTerms{.levels = {}},
      QueueReactiveTerms{.move = 1.5},
      QueueReactiveTerms{.redraw = -0.1},
      AgentTerms{.trend = 0.0},
      AgentTerms{.noise_limit = 0.0},
      AgentTerms{.maker_size = 0},
      AgentTerms{.herding = 1e9},
  };

  for (const FlowModelTerms& terms : bad)
    EXPECT_THROW(OrderFlow{settings(terms, 1'000)}, std::invalid_argument);
  EXPECT_THROW(OrderFlow{at_stated_rates(HawkesTerms{}, 100.0)}, std::invalid_argument);
  EXPECT_THROW(OrderFlow{settings(ZeroIntelligenceTerms{}, 0.0)},
               std::invalid_argument);
}

}  // namespace
}  // namespace ai_trading::venue
