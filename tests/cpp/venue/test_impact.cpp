#include <gtest/gtest.h>

#include <cmath>

#include "ai_trading/venue/bar_venue.hpp"
#include "ai_trading/venue/order_venue.hpp"
#include "venue/venue_samples.hpp"

namespace ai_trading::venue {
namespace {

// A whole day's 1,000,000 lots push by 2 %; half of a push is gone after a second.
cost::ShiftTerms terms() {
  cost::ShiftTerms t;
  t.markets = {{1'000'000, 0.02}};
  t.modes = {{1.0, std::log(2.0)}};
  return t;
}

Floor<OrderVenue> asks_and_bids() {
  Floor<OrderVenue> floor;
  floor.venue.shift_prices(terms());
  floor.market(add(11, Side::sell, 500'000, 10'000));
  floor.market(add(12, Side::sell, 500'500, 50'000));
  floor.market(add(13, Side::buy, 499'900, 50'000));
  return floor;
}

TEST(Impact, OurFirstOrderPaysTheBookAndOurNextPaysForIt) {
  Floor<OrderVenue> floor = asks_and_bids();

  EXPECT_EQ(floor.ours(market(1, Side::buy, 10'000, Nanos{0})),
            (Story{"accepted 1", "filled 1: 10000 @ 500000"}));
  // 20 basis points of 500,500 are 1,001.
  EXPECT_EQ(floor.ours(market(2, Side::buy, 100, Nanos{0})),
            (Story{"accepted 2", "filled 2: 100 @ 501501"}));
}

TEST(Impact, FadesWithTime) {
  Floor<OrderVenue> floor = asks_and_bids();
  floor.ours(market(1, Side::buy, 10'000, Nanos{0}));

  // Ten basis points after one half-life: 500.5, rounded against us.
  EXPECT_EQ(floor.ours(market(2, Side::buy, 100, Nanos{kNano})),
            (Story{"accepted 2", "filled 2: 100 @ 501001"}));
}

TEST(Impact, OfBuysIsNeverCreditedToSales) {
  Floor<OrderVenue> floor = asks_and_bids();
  floor.ours(market(1, Side::buy, 10'000, Nanos{0}));

  EXPECT_EQ(floor.ours(market(2, Side::sell, 100, Nanos{0})),
            (Story{"accepted 2", "filled 2: 100 @ 499900"}));
}

TEST(Impact, ALimitHoldsAfterTheShift) {
  Floor<OrderVenue> floor = asks_and_bids();
  floor.ours(market(1, Side::buy, 10'000, Nanos{0}));

  EXPECT_EQ(floor.ours(limit(2, Side::buy, 501'500, 100, Nanos{0})),
            Story{"accepted 2"});
  EXPECT_EQ(floor.ours(limit(3, Side::buy, 501'501, 100, Nanos{0})),
            (Story{"accepted 3", "filled 3: 100 @ 501501"}));
}

TEST(Impact, LeavesTheRecordedBookAsItIs) {
  Floor<OrderVenue> floor = asks_and_bids();
  const auto before = floor.venue.book().state_hash();
  floor.ours(market(1, Side::buy, 20'000, Nanos{0}));

  EXPECT_EQ(floor.venue.book().state_hash(), before);
}

TEST(Impact, OnBarsAnOrderPaysItsOwnPushAndThatOfEarlierOnes) {
  Floor<BarVenue> bars(BarModel{});
  bars.venue.shift_prices(terms());
  feed::Bar bar{};
  bar.timestamp = 60;
  bar.open = bar.high = bar.low = bar.close = 500'000;
  bar.volume = 1'000'000;
  bars.ours(market(1, Side::buy, 10'000, Nanos{0}));
  bars.ours(market(2, Side::sell, 10'000, Nanos{0}));
  bars.ours(market(3, Side::buy, 10'000, Nanos{0}));
  bars.ours(limit(4, Side::sell, 499'500, 10'000, Nanos{0}));

  bars.venue.on_open(bar, bars.reports);

  EXPECT_EQ(bars.told(), (Story{"filled 1: 10000 @ 501000", "filled 3: 10000 @ 502000",
                                "filled 2: 10000 @ 499000"}));
}

}  // namespace
}  // namespace ai_trading::venue
