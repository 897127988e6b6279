#include "ai_trading/venue/bar_venue.hpp"

#include <gtest/gtest.h>

#include "venue/venue_samples.hpp"

namespace ai_trading::venue {
namespace {

const Story kNothing;

class Bars : public Floor<BarVenue> {
 public:
  explicit Bars(BarModel model = {}) : Floor(model) {}

  // A bar from 60 to 120 whose prices are given.
  Story pass(std::int64_t open, std::int64_t high, std::int64_t low,
             std::int64_t volume, std::int64_t start = 60) {
    feed::Bar bar{};
    bar.start = start;
    bar.timestamp = start + 60;
    bar.open = open;
    bar.high = high;
    bar.low = low;
    bar.close = open;
    bar.volume = volume;
    venue.on_open(bar, reports);
    Story story = told();
    story.push_back("--");
    venue.on_end(bar, reports);
    for (std::string& line : told()) story.push_back(std::move(line));
    return story;
  }
};

TEST(BarVenue, AMarketOrderTradesAtTheNextOpen) {
  Bars bars;
  EXPECT_EQ(bars.ours(market(1, Side::buy, 10)), Story{"accepted 1"});

  EXPECT_EQ(bars.pass(100, 105, 95, 1000), (Story{"filled 1: 10 @ 100", "--"}));
}

TEST(BarVenue, AnOrderThatComesAfterTheOpenWaitsForTheNextBar) {
  Bars bars;
  bars.ours(market(1, Side::buy, 10, Nanos{61}));
  bars.ours(limit(2, Side::buy, 99, 10, Nanos{61}));

  EXPECT_EQ(bars.pass(100, 105, 95, 1000), Story{"--"});
  EXPECT_EQ(bars.pass(101, 105, 95, 1000, 120),
            (Story{"filled 1: 10 @ 101", "--", "filled 2: 10 @ 99"}));
}

TEST(BarVenue, ThePathDecidesWhoComesFirstAndGetsTheVolume) {
  const auto first = [](BarPath path, std::int64_t open) {
    BarModel model;
    model.path = path;
    Bars bars(model);
    bars.ours(limit(1, Side::buy, 96, 10));
    bars.ours(limit(2, Side::sell, 104, 10));
    bars.told();
    return bars.pass(open, 105, 95, 15);
  };
  const Story low{"--", "filled 1: 10 @ 96", "filled 2: 5 @ 104"};
  const Story high{"--", "filled 2: 10 @ 104", "filled 1: 5 @ 96"};

  EXPECT_EQ(first(BarPath::low_first, 101), low);
  EXPECT_EQ(first(BarPath::high_first, 99), high);
  EXPECT_EQ(first(BarPath::nearest_first, 101), high);
  EXPECT_EQ(first(BarPath::nearest_first, 100), low);
  EXPECT_EQ(first(BarPath::nearest_first, 99), low);
}

TEST(BarVenue, ALimitAtTheOpenOrBetterTradesAtTheOpen) {
  Bars bars;
  bars.ours(limit(1, Side::buy, 102, 10));
  bars.ours(limit(2, Side::sell, 98, 10));

  EXPECT_EQ(bars.pass(100, 100, 100, 1000),
            (Story{"filled 1: 10 @ 100", "filled 2: 10 @ 100", "--"}));
}

TEST(BarVenue, TouchedIsNotTradedThrough) {
  Bars bars;
  bars.ours(limit(1, Side::buy, 95, 10));
  bars.ours(limit(2, Side::sell, 105, 10));

  EXPECT_EQ(bars.pass(100, 105, 95, 1000), Story{"--"});
  EXPECT_EQ(bars.pass(100, 106, 94, 1000, 120),
            (Story{"--", "filled 1: 10 @ 95", "filled 2: 10 @ 105"}));
}

TEST(BarVenue, TouchedSufficesWhereTheModelSaysSo) {
  Bars bars(BarModel{1'000'000, {}, true});
  bars.ours(limit(1, Side::buy, 95, 10));

  EXPECT_EQ(bars.pass(100, 105, 95, 1000), (Story{"--", "filled 1: 10 @ 95"}));
}

TEST(BarVenue, HalfTheSpreadIsPaidAtTheOpenAndNeverBeyondALimit) {
  Bars bars(BarModel{1'000'000, Ticks{2}, false});
  bars.ours(market(1, Side::buy, 10));
  bars.ours(market(2, Side::sell, 10));
  bars.ours(limit(3, Side::buy, 101, 10));

  EXPECT_EQ(bars.pass(100, 100, 100, 1000),
            (Story{"filled 1: 10 @ 102", "filled 2: 10 @ 98", "--"}));
}

TEST(BarVenue, AWaitingLimitIsGoneThroughByHalfTheSpreadToo) {
  Bars bars(BarModel{1'000'000, Ticks{2}, false});
  bars.ours(limit(1, Side::buy, 99, 10));
  bars.ours(limit(2, Side::sell, 101, 10));

  EXPECT_EQ(bars.pass(100, 103, 97, 1000), Story{"--"});
  EXPECT_EQ(bars.pass(100, 104, 96, 1000, 120),
            (Story{"--", "filled 1: 10 @ 99", "filled 2: 10 @ 101"}));
}

TEST(BarVenue, AllOurFillsStayWithinTheShareOfVolume) {
  Bars bars(BarModel{100'000, {}, false});  // a tenth
  bars.ours(market(1, Side::buy, 60));
  bars.ours(market(2, Side::buy, 60));

  EXPECT_EQ(bars.pass(100, 100, 100, 1000),
            (Story{"filled 1: 60 @ 100", "filled 2: 40 @ 100", "--"}));
  EXPECT_EQ(bars.pass(101, 101, 101, 1000, 120), (Story{"filled 2: 20 @ 101", "--"}));
}

TEST(BarVenue, ABarWithoutVolumeFillsNobody) {
  Bars bars;
  bars.ours(market(1, Side::buy, 10));
  bars.ours(limit(2, Side::buy, 99, 10));

  EXPECT_EQ(bars.pass(100, 105, 90, 0), Story{"--"});
}

TEST(BarVenue, WithoutACapVolumeIsNotAsked) {
  Bars bars(BarModel{0, {}, false});
  bars.ours(market(1, Side::buy, 10));

  EXPECT_EQ(bars.pass(100, 105, 90, 0), (Story{"filled 1: 10 @ 100", "--"}));
}

TEST(BarVenue, AnImmediateOrderHasOneOpen) {
  Bars bars;
  bars.ours(ioc(limit(1, Side::buy, 99, 10)));
  bars.ours(ioc(limit(2, Side::buy, 101, 2000)));

  EXPECT_EQ(bars.pass(100, 105, 90, 1000),
            (Story{"filled 2: 1000 @ 100", "canceled 2 (no_liquidity)",
                   "canceled 1 (no_liquidity)", "--"}));
}

}  // namespace
}  // namespace ai_trading::venue
