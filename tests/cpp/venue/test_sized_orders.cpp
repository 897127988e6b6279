// Orders that trade only so much at a time, take their limit from the market, outlive a
// session, or are given other terms while they work.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "ai_trading/venue/bar_venue.hpp"
#include "ai_trading/venue/level_venue.hpp"
#include "ai_trading/venue/order_venue.hpp"
#include "venue/venue_samples.hpp"

namespace ai_trading::venue {
namespace {

using matching::PegTo;
using matching::Terms;

const Story kNothing;

Terms at_least(std::int64_t quantity) {
  Terms terms;
  terms.minimum = Lots{quantity};
  return terms;
}
Terms whole() {
  Terms terms;
  terms.all_or_none = true;
  return terms;
}
Command gtc(Command c) {
  c.time_in_force = TimeInForce::gtc;
  return c;
}
Command to_limit(OrderId id, Side side, std::int64_t quantity) {
  Command c = market(id, side, quantity);
  c.type = OrderType::market_to_limit;
  return c;
}

template <class Venue>
Story send(Floor<Venue>& floor, const Command& c, const Terms& terms = {}) {
  floor.venue.prepare(c.order_id, terms);
  return floor.ours(c);
}
template <class Venue>
Story send(Floor<Venue>& floor, Command c, OrderType type, const Terms& terms) {
  c.type = type;
  return send(floor, c, terms);
}
template <class Venue>
Story amend(Floor<Venue>& floor, Command c, OrderType type, const Amendment& wanted) {
  c.type = type;
  c.request = 77;
  floor.venue.prepare_change(c.request, wanted);
  return floor.ours(c);
}

// Bids of 500 at 99 and 98, offers of 500 at 101 and 102.
template <class Venue>
class Crowd : public Floor<Venue> {
 public:
  Crowd() {
    for (const std::int64_t price : {99, 98}) offer(Side::buy, price, 500);
    for (const std::int64_t price : {101, 102}) offer(Side::sell, price, 500);
  }
  // So much more at a price; its story.
  Story offer(Side side, std::int64_t price, std::int64_t quantity) {
    if constexpr (std::is_same_v<Venue, OrderVenue>) {
      return this->market(add(++orders_, side, price, quantity));
    } else {
      std::int64_t& total = totals_[static_cast<std::size_t>(side)][price];
      total += quantity;
      return this->market(level(side, price, total));
    }
  }
  // The session, or all data, is over.
  Story end(bool data_over = false) {
    this->venue.expire(0, Nanos{50}, this->reports, data_over);
    return this->told();
  }

 private:
  OrderId orders_ = 1'000;
  std::array<std::map<std::int64_t, std::int64_t>, 2> totals_;
};

template <class Venue>
class SizedStories : public ::testing::Test {};
using Books = ::testing::Types<OrderVenue, LevelVenue>;
TYPED_TEST_SUITE(SizedStories, Books);

TYPED_TEST(SizedStories, AllOrNoneTakesTheWholeOnArrivalOrNothing) {
  Crowd<TypeParam> floor;

  EXPECT_EQ(send(floor, limit(1, Side::buy, 101, 501), whole()), Story{"accepted 1"});
  EXPECT_EQ(send(floor, limit(2, Side::buy, 102, 900), whole()),
            (Story{"accepted 2", "filled 2: 500 @ 101", "filled 2: 400 @ 102"}));
}

TYPED_TEST(SizedStories, AMinimumMustBeThereAtOnceAndTheRestMayFollowInSuchParts) {
  Crowd<TypeParam> floor;

  EXPECT_EQ(send(floor, limit(1, Side::buy, 101, 800), at_least(300)),
            (Story{"accepted 1", "filled 1: 500 @ 101"}));
  EXPECT_EQ(floor.offer(Side::sell, 101, 299), kNothing);  // 300 are left
  EXPECT_EQ(floor.offer(Side::sell, 101, 1), Story{"filled 1: 300 @ 101"});
}

TYPED_TEST(SizedStories, WhatIsImmediateEndsWhereTooLittleIsThere) {
  Crowd<TypeParam> floor;

  EXPECT_EQ(send(floor, ioc(limit(1, Side::buy, 101, 900)), at_least(501)),
            (Story{"accepted 1", "canceled 1 (no_liquidity)"}));
  EXPECT_EQ(send(floor, market(2, Side::buy, 2'000), at_least(1'001)),
            (Story{"accepted 2", "canceled 2 (no_liquidity)"}));
  EXPECT_EQ(send(floor, market(3, Side::sell, 1'000), whole()),
            (Story{"accepted 3", "filled 3: 500 @ 99", "filled 3: 500 @ 98"}));
}

TYPED_TEST(SizedStories, WhoeverCrossesWithTooLittleGoesToThoseBehind) {
  Crowd<TypeParam> floor;
  send(floor, limit(1, Side::buy, 100, 50), whole());
  floor.ours(limit(2, Side::buy, 100, 30));

  EXPECT_EQ(floor.offer(Side::sell, 100, 40), Story{"filled 2: 30 @ 100"});
  // With these 49 the 10 that are left of that make it enough.
  EXPECT_EQ(floor.offer(Side::sell, 99, 49),
            (Story{"filled 1: 49 @ 99", "filled 1: 1 @ 100"}));
}

TYPED_TEST(SizedStories, WhoeverCrossesWithEnoughTradesAtTheirPrice) {
  Crowd<TypeParam> floor;
  send(floor, limit(1, Side::buy, 100, 50), whole());

  EXPECT_EQ(floor.offer(Side::sell, 99, 50), Story{"filled 1: 50 @ 100"});
}

TYPED_TEST(SizedStories, ATradeBeyondTheirPriceFillsThemIfItIsLargeEnough) {
  Crowd<TypeParam> floor;
  send(floor, limit(1, Side::buy, 100, 50), at_least(20));

  EXPECT_EQ(floor.market(hidden_trade(99, 19, Side::buy)), kNothing);
  EXPECT_EQ(floor.market(hidden_trade(99, 40, Side::buy)), Story{"filled 1: 40 @ 100"});
  // The last 10 are less than the minimum, and all that is left.
  EXPECT_EQ(floor.market(hidden_trade(99, 9, Side::buy)), kNothing);
  EXPECT_EQ(floor.market(hidden_trade(99, 10, Side::buy)), Story{"filled 1: 10 @ 100"});
}

TYPED_TEST(SizedStories, TheyRestUnseenBehindAllThatIsDisplayedThere) {
  Crowd<TypeParam> floor;
  send(floor, limit(1, Side::buy, 99, 10), at_least(5));

  EXPECT_EQ(floor.market(hidden_trade(99, 500, Side::buy)), kNothing);
}

TYPED_TEST(SizedStories, AMarketToLimitOrderRestsAtThePriceItTradedAt) {
  Crowd<TypeParam> floor;

  EXPECT_EQ(send(floor, to_limit(1, Side::buy, 800)),
            (Story{"accepted 1", "filled 1: 500 @ 101", "restated 1: 800 @ 101"}));
  EXPECT_EQ(floor.offer(Side::sell, 100, 100), Story{"filled 1: 100 @ 101"});
  EXPECT_EQ(send(floor, to_limit(2, Side::sell, 100)),
            (Story{"accepted 2", "filled 2: 100 @ 99"}));
}

TEST(SizedAlone, AMarketToLimitOrderWithoutAPartnerEnds) {
  Floor<OrderVenue> floor;

  EXPECT_EQ(send(floor, to_limit(1, Side::buy, 10)),
            (Story{"accepted 1", "canceled 1 (no_liquidity)"}));
}

TYPED_TEST(SizedStories, WhatIsGoodTillCanceledOutlivesTheSession) {
  Crowd<TypeParam> floor;
  Terms stop;
  stop.stop = Ticks{95};
  Terms dated;
  dated.expire_at = Nanos{1'000};
  Command till = limit(4, Side::buy, 94, 10);
  till.time_in_force = TimeInForce::gtd;
  send(floor, gtc(limit(1, Side::buy, 96, 10)));
  floor.ours(limit(2, Side::buy, 96, 10));
  send(floor, gtc(market(3, Side::sell, 10)), OrderType::stop, stop);
  send(floor, till, dated);
  send(floor, limit(5, Side::sell, 104, 20), whole());
  send(floor, gtc(limit(6, Side::sell, 105, 20)), whole());

  Story ended = floor.end();
  std::ranges::sort(ended);
  EXPECT_EQ(ended, (Story{"expired 2", "expired 5"}));
  EXPECT_EQ(floor.market(hidden_trade(95, 10)),
            (Story{"filled 1: 10 @ 96", "triggered 3", "filled 3: 10 @ 99"}));
  ended = floor.end(true);
  std::ranges::sort(ended);
  EXPECT_EQ(ended, (Story{"expired 4", "expired 6"}));
}

TYPED_TEST(SizedStories, WhatContradictsItselfIsRefusedBeforeAnythingChanges) {
  Crowd<TypeParam> floor;
  Terms both = at_least(5);
  both.all_or_none = true;
  Command fok = limit(3, Side::buy, 101, 10);
  fok.time_in_force = TimeInForce::fok;
  Terms sliced = at_least(5);
  sliced.display = Lots{2};

  EXPECT_EQ(send(floor, limit(1, Side::buy, 101, 10), both),
            Story{"rejected 1 (terms_not_for_type)"});
  EXPECT_EQ(send(floor, limit(2, Side::buy, 101, 10), at_least(11)),
            Story{"rejected 2 (minimum_out_of_range)"});
  EXPECT_EQ(send(floor, fok, at_least(5)), Story{"rejected 3 (terms_not_for_type)"});
  EXPECT_EQ(send(floor, limit(4, Side::buy, 101, 10), OrderType::iceberg, sliced),
            Story{"rejected 4 (terms_not_for_type)"});
  EXPECT_EQ(send(floor, gtc(market(5, Side::buy, 10))),
            Story{"rejected 5 (time_in_force_not_for_type)"});
  EXPECT_EQ(send(floor, ioc(to_limit(6, Side::buy, 10))),
            Story{"rejected 6 (time_in_force_not_for_type)"});
  EXPECT_TRUE(floor.venue.own(0).empty());
}

TYPED_TEST(SizedStories, AnAmendedOrderStaysWhatItIs) {
  Crowd<TypeParam> floor;
  send(floor, limit(1, Side::buy, 98, 600), whole());

  EXPECT_EQ(floor.ours(modify(1, Side::buy, 101, 600)), Story{"modified 1"});
  EXPECT_EQ(floor.ours(modify(1, Side::buy, 101, 500)), Story{"modified 1"});
  // Only what changes shows whether enough is there.
  EXPECT_EQ(floor.offer(Side::sell, 103, 1), Story{"filled 1: 500 @ 101"});
}

TEST(SizedHalt, AHaltedMarketLetsThemSleep) {
  Crowd<OrderVenue> floor;
  send(floor, limit(1, Side::buy, 101, 600), whole());

  floor.market(status(feed::TradingState::halted));
  EXPECT_EQ(floor.offer(Side::sell, 101, 100), kNothing);
  EXPECT_EQ(floor.market(status(feed::TradingState::continuous)),
            Story{"filled 1: 600 @ 101"});
}

TYPED_TEST(SizedStories, AnotherSliceGoesToTheBack) {
  Crowd<TypeParam> floor;
  Terms terms;
  terms.display = Lots{30};
  send(floor, limit(1, Side::buy, 100, 100), OrderType::iceberg, terms);
  floor.ours(limit(2, Side::buy, 100, 10));
  const Command c = modify(1, Side::buy, 100, 100);

  EXPECT_EQ(amend(floor, c, OrderType::iceberg, {.display = Lots{30}}),
            Story{"modified 1"});  // it is what it was, and keeps its place
  EXPECT_EQ(floor.offer(Side::sell, 100, 35),
            (Story{"filled 1: 30 @ 100", "filled 2: 5 @ 100"}));
  EXPECT_EQ(amend(floor, c, OrderType::iceberg, {.display = Lots{40}}),
            Story{"modified 1"});
  EXPECT_EQ(floor.offer(Side::sell, 100, 45),
            (Story{"filled 2: 5 @ 100", "filled 1: 40 @ 100"}));
  EXPECT_EQ(amend(floor, c, OrderType::iceberg, {.display = Lots{31}}),  // 30 are left
            Story{"change rejected 1 (display_out_of_range)"});
  EXPECT_EQ(amend(floor, c, OrderType::iceberg, {.offset = Ticks{1}}),
            Story{"change rejected 1 (terms_not_for_type)"});
}

TYPED_TEST(SizedStories, APegTakesAnotherOffsetAndLimit) {
  Crowd<TypeParam> floor;
  Terms terms;
  terms.peg = PegTo::primary;
  send(floor, market(1, Side::buy, 100), OrderType::pegged, terms);
  const Command c = modify(1, Side::buy, 0, 100);

  EXPECT_EQ(amend(floor, c, OrderType::pegged, {.offset = Ticks{1}}),
            Story{"modified 1"});
  EXPECT_EQ(floor.offer(Side::sell, 100, 10), Story{"filled 1: 10 @ 100"});
  EXPECT_EQ(amend(floor, c, OrderType::pegged, {.peg_limit = Ticks{97}}),
            Story{"modified 1"});
  EXPECT_EQ(floor.market(hidden_trade(97, 5, Side::buy)), kNothing);
  EXPECT_EQ(floor.market(hidden_trade(96, 5, Side::buy)), Story{"filled 1: 5 @ 97"});
  EXPECT_EQ(amend(floor, c, OrderType::pegged, {.display = Lots{5}}),
            Story{"change rejected 1 (terms_not_for_type)"});
}

TYPED_TEST(SizedStories, WhereATrailingStopWouldTriggerIsTold) {
  Crowd<TypeParam> floor;
  Terms terms;
  terms.trail = 3;
  floor.venue.watch();
  floor.venue.tell_last(0, Ticks{100});
  send(floor, market(1, Side::sell, 10), OrderType::trailing_stop, terms);
  const auto stop = [&] { return floor.venue.stop_price(0, 1).value_or(Ticks{-1}).n; };

  EXPECT_EQ(stop(), 97);
  floor.market(hidden_trade(106, 1));
  EXPECT_EQ(stop(), 103);
  floor.market(hidden_trade(104, 1));
  EXPECT_EQ(stop(), 103);
  floor.market(hidden_trade(103, 1));
  EXPECT_EQ(stop(), -1);
}

TEST(SizedCross, AMarketToLimitOrderWaitsForTheAuctionAndRestsAtItsPrice) {
  Floor<OrderVenue> floor;
  const auto cross = [](std::int64_t price, std::int64_t quantity) {
    return event(EventKind::cross, Side::none, price, quantity, 'O');
  };
  floor.market(status(feed::TradingState::pre_open));
  EXPECT_EQ(send(floor, to_limit(1, Side::buy, 100)), Story{"accepted 1"});
  EXPECT_EQ(send(floor, market(2, Side::buy, 5), whole()),
            Story{"rejected 2 (not_in_this_state)"});
  EXPECT_EQ(send(floor, limit(3, Side::buy, 110, 5), whole()), Story{"accepted 3"});

  EXPECT_EQ(floor.market(cross(100, 60)),
            (Story{"filled 1: 60 @ 100", "restated 1: 100 @ 100"}));
  floor.market(status(feed::TradingState::continuous));
  EXPECT_EQ(floor.market(add(9, Side::sell, 100, 45)),
            (Story{"filled 3: 5 @ 110", "filled 1: 40 @ 100"}));
}

class Minutes : public Floor<BarVenue> {
 public:
  explicit Minutes(BarModel model = {}) : Floor(model) {}
  // The next bar: 100 at its open and end.
  Story pass(std::int64_t high, std::int64_t low, std::int64_t volume) {
    feed::Bar bar{};
    bar.start = start_;
    bar.timestamp = start_ += 60;
    bar.open = bar.close = 100;
    bar.high = high;
    bar.low = low;
    bar.volume = volume;
    venue.on_open(bar, reports);
    Story story = told();
    story.push_back("--");
    venue.on_end(bar, reports);
    for (std::string& line : told()) story.push_back(std::move(line));
    return story;
  }

 private:
  std::int64_t start_ = 60;
};

TEST(SizedBars, TheVolumeOfABarMustBeEnough) {
  Minutes bars;
  send(bars, market(1, Side::buy, 50), whole());
  send(bars, limit(2, Side::buy, 95, 80), at_least(30));

  EXPECT_EQ(bars.pass(105, 90, 29), Story{"--"});
  EXPECT_EQ(bars.pass(105, 90, 49), (Story{"--", "filled 2: 49 @ 95"}));
  EXPECT_EQ(bars.pass(105, 90, 50), (Story{"filled 1: 50 @ 100", "--"}));
  EXPECT_EQ(bars.pass(105, 90, 29), Story{"--"});
  EXPECT_EQ(bars.pass(105, 90, 40), (Story{"--", "filled 2: 31 @ 95"}));
}

TEST(SizedBars, WhatIsImmediateHasOneOpen) {
  Minutes bars;
  EXPECT_EQ(send(bars, ioc(limit(1, Side::buy, 100, 50)), whole()),
            Story{"accepted 1"});

  EXPECT_EQ(bars.pass(105, 90, 49), (Story{"canceled 1 (no_liquidity)", "--"}));
}

TEST(SizedBars, AMarketToLimitOrderRestsAtTheOpenItTradedAt) {
  BarModel model;
  model.half_spread = Ticks{1};
  Minutes bars(model);
  send(bars, to_limit(1, Side::buy, 80));

  EXPECT_EQ(bars.pass(105, 90, 50),
            (Story{"filled 1: 50 @ 101", "restated 1: 80 @ 101", "--"}));
  EXPECT_EQ(bars.pass(105, 90, 50), (Story{"filled 1: 30 @ 101", "--"}));
}

TEST(SizedBars, WhatIsGoodTillCanceledIsThereOnTheNextDay) {
  Minutes bars;
  send(bars, gtc(limit(1, Side::buy, 95, 10)));
  bars.ours(limit(2, Side::buy, 95, 10));

  bars.venue.expire(0, Nanos{50}, bars.reports);
  EXPECT_EQ(bars.told(), Story{"expired 2"});
  EXPECT_EQ(bars.pass(105, 90, 50), (Story{"--", "filled 1: 10 @ 95"}));
}

}  // namespace
}  // namespace ai_trading::venue
