#include "ai_trading/venue/level_venue.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "venue/venue_samples.hpp"

namespace ai_trading::venue {
namespace {

using Levels = Floor<LevelVenue>;
const Story kNothing;

// 300 bid at 100 and 200 at 99 stand before ours at 100.
Levels behind_three_hundred() {
  Levels floor;
  floor.market(level(Side::buy, 100, 300));
  floor.market(level(Side::buy, 99, 200));
  floor.market(level(Side::sell, 101, 50));
  EXPECT_EQ(floor.ours(limit(1, Side::buy, 100, 100)), Story{"accepted 1"});
  return floor;
}

Lots ahead(const Levels& floor) {
  return floor.venue.queue_position(0, Side::buy, 1)->quantity_ahead;
}

TEST(LevelVenue, TradesAtOurPriceServeUsOnceTheQueueIsThrough) {
  Levels floor = behind_three_hundred();

  EXPECT_EQ(floor.market(hidden_trade(100, 200, Side::buy)), kNothing);
  EXPECT_EQ(ahead(floor), Lots{100});
  EXPECT_EQ(floor.market(hidden_trade(100, 150, Side::buy)),
            Story{"filled 1: 50 @ 100"});
  EXPECT_EQ(floor.market(hidden_trade(100, 20, Side::buy)),
            Story{"filled 1: 20 @ 100"});
}

TEST(LevelVenue, InAHaltThatTheSourceTellsNothingOfOursFills) {
  for (const QueueKind kind : {QueueKind::risk_averse, QueueKind::shrink}) {
    Levels floor;
    floor.venue = LevelVenue(std::vector<Instrument>(1), {}, {.kind = kind});
    floor.market(level(Side::buy, 100, 300));
    floor.market(level(Side::sell, 101, 50));
    floor.ours(limit(1, Side::buy, 100, 100));
    floor.market(status(feed::TradingState::halted));

    EXPECT_EQ(floor.market(hidden_trade(99, 900, Side::buy)), kNothing);
    EXPECT_EQ(floor.market(hidden_trade(99, 900, Side::none)), kNothing);
    EXPECT_EQ(floor.market(level(Side::sell, 99, 40)), kNothing);
    EXPECT_EQ(floor.market(level(Side::sell, 99, 0)), kNothing);
    EXPECT_EQ(floor.market(level(Side::buy, 100, 0)), kNothing);
    floor.market(status(feed::TradingState::continuous));
    EXPECT_EQ(floor.market(hidden_trade(99, 70, Side::buy)),
              Story{"filled 1: 70 @ 100"});
  }
}

TEST(LevelVenue, TwoOrdersOfOursShareWhatIsLeftBehindTheQueue) {
  Levels floor = behind_three_hundred();
  floor.ours(limit(2, Side::buy, 100, 100));

  EXPECT_EQ(floor.market(hidden_trade(100, 340, Side::buy)),
            Story{"filled 1: 40 @ 100"});
  EXPECT_EQ(floor.market(hidden_trade(100, 90, Side::buy)),
            (Story{"filled 1: 60 @ 100", "filled 2: 30 @ 100"}));
}

TEST(LevelVenue, CancelsCountAsBehindUsUntilLessIsLeftThanWasAhead) {
  Levels floor = behind_three_hundred();

  floor.market(level(Side::buy, 100, 500));
  floor.market(level(Side::buy, 100, 310));
  EXPECT_EQ(ahead(floor), Lots{300});
  floor.market(level(Side::buy, 100, 120));
  EXPECT_EQ(ahead(floor), Lots{120});
  floor.market(level(Side::buy, 100, 400));
  EXPECT_EQ(ahead(floor), Lots{120});
}

TEST(LevelVenue, ATradeThroughOurPriceFillsUs) {
  Levels floor = behind_three_hundred();

  EXPECT_EQ(floor.market(hidden_trade(99, 30, Side::buy)), Story{"filled 1: 30 @ 100"});
  EXPECT_EQ(floor.market(hidden_trade(101, 30, Side::sell)), kNothing);
}

TEST(LevelVenue, TheOtherSideGrowingAcrossOurPriceFillsUsOnce) {
  Levels floor = behind_three_hundred();

  EXPECT_EQ(floor.market(level(Side::sell, 100, 40)), Story{"filled 1: 40 @ 100"});
  EXPECT_EQ(floor.market(level(Side::sell, 100, 60)), Story{"filled 1: 20 @ 100"});
  EXPECT_EQ(floor.market(level(Side::sell, 100, 50)), kNothing);
  // What filled us cannot be bought by us again.
  EXPECT_EQ(floor.ours(ioc(limit(2, Side::buy, 100, 50))),
            (Story{"accepted 2", "canceled 2 (no_liquidity)"}));
}

TEST(LevelVenue, ArrivingOrdersTakeDisplayedLevelsButNoShareTwice) {
  Levels floor;
  floor.market(level(Side::sell, 101, 50));
  floor.market(level(Side::sell, 102, 30));

  EXPECT_EQ(floor.ours(market(1, Side::buy, 60)),
            (Story{"accepted 1", "filled 1: 50 @ 101", "filled 1: 10 @ 102"}));
  EXPECT_EQ(floor.ours(market(2, Side::buy, 60)),
            (Story{"accepted 2", "filled 2: 20 @ 102", "canceled 2 (no_liquidity)"}));
  // The market shows fewer than we took, then more: only the growth is new.
  floor.market(level(Side::sell, 101, 20));
  floor.market(level(Side::sell, 101, 35));
  EXPECT_EQ(floor.ours(ioc(limit(3, Side::buy, 101, 60))),
            (Story{"accepted 3", "filled 3: 15 @ 101", "canceled 3 (no_liquidity)"}));
}

TEST(LevelVenue, ALevelThatLeavesTheViewKeepsItsQueue) {
  // A source of best prices only: the bid rises to 101, and 100 is no longer shown.
  Levels floor;
  floor.market(level(Side::buy, 100, 300));
  floor.ours(limit(1, Side::buy, 100, 10));

  floor.market(level(Side::buy, 101, 5));
  floor.market(level(Side::buy, 100, 0));
  EXPECT_EQ(ahead(floor), Lots{300});
  // It falls back to 100, where 500 stand: of these 300 were before us.
  floor.market(level(Side::buy, 100, 500));
  floor.market(level(Side::buy, 101, 0));
  EXPECT_EQ(ahead(floor), Lots{300});
  // The best level itself went: nothing stands there.
  floor.market(level(Side::buy, 100, 0));
  EXPECT_EQ(ahead(floor), Lots{0});
}

TEST(LevelVenue, BeyondTheLastLevelShownTheQueueIsUnknown) {
  Levels floor;
  floor.market(level(Side::buy, 100, 300));
  floor.ours(limit(1, Side::buy, 98, 10));

  EXPECT_EQ(floor.venue.queue_position(0, Side::buy, 1), std::nullopt);
  EXPECT_EQ(floor.market(hidden_trade(98, 1'000'000, Side::buy)), kNothing);
  EXPECT_EQ(floor.venue.queue_position(0, Side::buy, 1), std::nullopt);
  floor.market(level(Side::buy, 98, 40));
  EXPECT_EQ(ahead(floor), Lots{40});
}

TEST(LevelVenue, InsideTheSpreadAndOnAnEmptySideWeAreFirst) {
  Levels floor;
  floor.market(level(Side::sell, 105, 300));
  floor.ours(limit(1, Side::buy, 100, 10));
  EXPECT_EQ(ahead(floor), Lots{0});
  floor.ours(cancel(1, Side::buy));
  floor.market(level(Side::buy, 99, 300));
  floor.ours(limit(1, Side::buy, 100, 10));

  EXPECT_EQ(ahead(floor), Lots{0});
}

TEST(LevelVenue, WhereNoLevelIsEverShownTheQueueIsUnknownOrAssumed) {
  Levels floor;
  floor.ours(limit(1, Side::buy, 100, 10));
  EXPECT_EQ(floor.venue.queue_position(0, Side::buy, 1), std::nullopt);
  EXPECT_EQ(floor.market(hidden_trade(100, 900, Side::buy)), kNothing);
  EXPECT_EQ(floor.market(hidden_trade(99, 4, Side::buy)), Story{"filled 1: 4 @ 100"});

  QueueModel model;
  model.assumed_ahead = Lots{50};
  Levels told(model);
  told.ours(limit(1, Side::buy, 100, 10));
  EXPECT_EQ(told.market(hidden_trade(100, 53, Side::buy)), Story{"filled 1: 3 @ 100"});
}

TEST(LevelVenue, NumbersThatNoBookHoldsChangeNothing) {
  Levels floor = behind_three_hundred();
  for (const std::int64_t bad :
       {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
        std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(floor.market(level(Side::buy, 100, bad)), kNothing);
    EXPECT_EQ(floor.market(level(Side::sell, 100, bad)), kNothing);
    EXPECT_EQ(floor.market(hidden_trade(100, bad, Side::buy)), kNothing);
  }

  EXPECT_EQ(ahead(floor), Lots{300});
}

TEST(LevelVenue, FillsFromATradeNeverExceedIt) {
  std::mt19937_64 rng{3};
  Levels floor;
  for (OrderId step = 1; step < 20'000; ++step) {
    const auto side = static_cast<Side>(rng() % 2);
    const auto price = static_cast<std::int64_t>(95 + rng() % 10);
    const auto quantity = static_cast<std::int64_t>(1 + rng() % 50);
    std::int64_t most = quantity;
    switch (rng() % 4) {
      case 0:
        floor.venue.execute(limit(step, side, price, quantity), floor.reports);
        break;
      case 1:
        most = 1'000'000;  // a level grows by no more than its new total
        floor.venue.on_event(level(side, price, quantity), floor.reports);
        most = quantity;
        break;
      default:
        floor.venue.on_event(
            hidden_trade(price, quantity, static_cast<Side>(rng() % 3)), floor.reports);
    }
    std::int64_t total = 0;
    for (const Report& r : floor.reports)
      if (r.kind == Report::Kind::filled) total += r.quantity.n;
    floor.reports.clear();
    ASSERT_LE(total, most) << "step " << step;
  }
}

}  // namespace
}  // namespace ai_trading::venue
