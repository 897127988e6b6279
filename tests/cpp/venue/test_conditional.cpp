#include "ai_trading/venue/conditional.hpp"

#include <gtest/gtest.h>

#include "ai_trading/venue/bar_venue.hpp"
#include "ai_trading/venue/level_venue.hpp"
#include "ai_trading/venue/order_venue.hpp"
#include "venue/venue_samples.hpp"

namespace ai_trading::venue {
namespace {

using matching::PegTo;
using matching::Terms;
using matching::TrailBy;
using matching::TriggerOn;

const Story kNothing;

Terms stop_at(std::int64_t price, TriggerOn trigger = TriggerOn::last) {
  Terms terms;
  terms.stop = Ticks{price};
  terms.trigger = trigger;
  return terms;
}
Terms trailing(std::int64_t by, TrailBy unit = TrailBy::ticks) {
  Terms terms;
  terms.trail = by;
  terms.trail_by = unit;
  return terms;
}

// Sends an order of any type with its terms.
template <class Venue>
Story send(Floor<Venue>& floor, Command c, OrderType type, const Terms& terms) {
  c.type = type;
  floor.venue.prepare(c.order_id, terms);
  return floor.ours(c);
}
Event at(std::int64_t time, Event e) {
  e.timestamp = time;
  return e;
}

// Bids of 500 at 99 and 98, offers of 500 at 101 and 102.
template <class Venue>
class Crowd : public Floor<Venue> {
 public:
  Crowd() {
    for (const std::int64_t price : {99, 98}) offer(Side::buy, price);
    for (const std::int64_t price : {101, 102}) offer(Side::sell, price);
  }

 private:
  void offer(Side side, std::int64_t price) {
    if constexpr (std::is_same_v<Venue, OrderVenue>) {
      this->market(add(static_cast<OrderId>(price), side, price, 500));
    } else {
      this->market(level(side, price, 500));
    }
  }
};

template <class Venue>
class StopStories : public ::testing::Test {};
using Books = ::testing::Types<OrderVenue, LevelVenue>;
TYPED_TEST_SUITE(StopStories, Books);

TYPED_TEST(StopStories, AStopWaitsForATradeAndThenTakesWhatThereIs) {
  Crowd<TypeParam> floor;

  EXPECT_EQ(send(floor, market(1, Side::sell, 70), OrderType::stop, stop_at(99)),
            Story{"accepted 1"});
  EXPECT_EQ(floor.market(hidden_trade(100, 5)), kNothing);
  EXPECT_EQ(floor.market(hidden_trade(99, 5)),
            (Story{"triggered 1", "filled 1: 70 @ 99"}));
  EXPECT_EQ(floor.market(hidden_trade(98, 5)), kNothing);
}

TYPED_TEST(StopStories, AStopLimitRestsAtItsLimitWhenNobodyIsThere) {
  Crowd<TypeParam> floor;

  send(floor, limit(1, Side::buy, 100, 70), OrderType::stop_limit, stop_at(101));

  EXPECT_EQ(floor.market(hidden_trade(101, 5)), Story{"triggered 1"});
  EXPECT_EQ(floor.market(hidden_trade(99, 30, Side::buy)), Story{"filled 1: 30 @ 100"});
}

TYPED_TEST(StopStories, AStopThatIsMetOnArrivalIsAcceptedFirst) {
  Crowd<TypeParam> floor;
  floor.venue.watch();
  floor.venue.tell_last(0, Ticks{97});

  EXPECT_EQ(send(floor, market(1, Side::sell, 70), OrderType::stop, stop_at(99)),
            (Story{"accepted 1", "triggered 1", "filled 1: 70 @ 99"}));
}

TYPED_TEST(StopStories, QuotesAndTheMiddleAreWatchedOnceAnEventIsWhole) {
  Crowd<TypeParam> floor;
  send(floor, market(1, Side::buy, 10), OrderType::stop,
       stop_at(102, TriggerOn::quote));
  send(floor, market(2, Side::buy, 10), OrderType::stop,
       stop_at(101, TriggerOn::midpoint));
  const auto gone = [](std::int64_t price) {
    return std::is_same_v<TypeParam, OrderVenue>
               ? event(EventKind::remove, Side::none, 0, 0, static_cast<OrderId>(price))
               : level(Side::sell, price, 0);
  };

  Event first = gone(101);
  first.flags = feed::flag::more;
  EXPECT_EQ(floor.market(first), kNothing);
  EXPECT_EQ(floor.market(gone(103)), (Story{"triggered 1", "filled 1: 10 @ 102"}));
  const Event higher = std::is_same_v<TypeParam, OrderVenue>
                           ? add(7, Side::buy, 100, 10)
                           : level(Side::buy, 100, 10);
  EXPECT_EQ(floor.market(higher), (Story{"triggered 2", "filled 2: 10 @ 102"}));
}

TYPED_TEST(StopStories, OfStopsMetAtOnceTheNearestGoesFirstAndBuysBeforeSells) {
  Crowd<TypeParam> floor;
  send(floor, market(1, Side::sell, 1), OrderType::stop, stop_at(95));
  send(floor, market(2, Side::sell, 1), OrderType::stop, stop_at(97));
  send(floor, market(3, Side::sell, 1), OrderType::stop, stop_at(97));
  send(floor, market(4, Side::buy, 1), OrderType::stop, stop_at(103));

  EXPECT_EQ(floor.market(hidden_trade(90, 5)),
            (Story{"triggered 2", "filled 2: 1 @ 99", "triggered 3", "filled 3: 1 @ 99",
                   "triggered 1", "filled 1: 1 @ 99"}));
}

TYPED_TEST(StopStories, ATrailingStopFollowsThePriceAndNeverGoesBack) {
  Crowd<TypeParam> floor;
  EXPECT_EQ(
      send(floor, market(1, Side::sell, 5), OrderType::trailing_stop, trailing(3)),
      Story{"rejected 1 (no_reference)"});
  floor.market(hidden_trade(100, 1));
  send(floor, market(2, Side::sell, 5), OrderType::trailing_stop, trailing(3));

  EXPECT_EQ(floor.market(hidden_trade(98, 1)), kNothing);   // stop 97
  EXPECT_EQ(floor.market(hidden_trade(103, 1)), kNothing);  // stop 100
  EXPECT_EQ(floor.market(hidden_trade(101, 1)), kNothing);
  EXPECT_EQ(floor.market(hidden_trade(100, 1)),
            (Story{"triggered 2", "filled 2: 5 @ 99"}));
}

TYPED_TEST(StopStories, AStopIsChangedCanceledAndExpires) {
  Crowd<TypeParam> floor;
  send(floor, market(1, Side::sell, 70), OrderType::stop, stop_at(95));
  send(floor, market(2, Side::sell, 70), OrderType::stop, stop_at(96));
  send(floor, market(3, Side::sell, 70), OrderType::stop, stop_at(97));
  Command change = modify(1, Side::sell, 0, 20);
  change.type = OrderType::stop;
  change.request = 44;
  floor.venue.prepare_change(44, {.stop = Ticks{98}});

  EXPECT_EQ(floor.ours(change), Story{"modified 1"});
  EXPECT_EQ(floor.ours(cancel(2, Side::sell)), Story{"canceled 2"});
  EXPECT_EQ(floor.ours(cancel(2, Side::sell)), Story{"change rejected 2 (order_done)"});
  EXPECT_EQ(floor.market(hidden_trade(98, 1)),
            (Story{"triggered 1", "filled 1: 20 @ 99"}));
  floor.venue.expire(0, Nanos{99}, floor.reports);
  EXPECT_EQ(floor.told(), Story{"expired 3"});
  EXPECT_EQ(floor.market(hidden_trade(90, 1)), kNothing);
}

TYPED_TEST(StopStories, AnOrderGoodTillADateEndsThen) {
  Crowd<TypeParam> floor;
  Command c = limit(1, Side::buy, 99, 10);
  c.time_in_force = TimeInForce::gtd;
  Terms terms;
  terms.expire_at = Nanos{50};
  EXPECT_EQ(send(floor, c, OrderType::limit, terms), Story{"accepted 1"});
  terms.expire_at = Nanos{5};
  c.order_id = 2;
  EXPECT_EQ(send(floor, c, OrderType::limit, terms),
            Story{"rejected 2 (expiry_not_ahead)"});

  EXPECT_EQ(floor.market(at(49, hidden_trade(100, 1))), kNothing);
  EXPECT_EQ(floor.market(at(51, hidden_trade(98, 1000, Side::buy))),
            Story{"expired 1"});
}

TYPED_TEST(StopStories, PostOnlyIsRefusedWhereItWouldTakeOrStepsBack) {
  Crowd<TypeParam> floor;

  EXPECT_EQ(send(floor, limit(1, Side::buy, 101, 10), OrderType::post_only, {}),
            Story{"rejected 1 (would_take)"});
  EXPECT_EQ(send(floor, limit(2, Side::buy, 100, 10), OrderType::post_only, {}),
            Story{"accepted 2"});
  Terms slide;
  slide.slide = true;
  EXPECT_EQ(send(floor, limit(3, Side::sell, 90, 10), OrderType::post_only, slide),
            (Story{"accepted 3", "restated 3: 10 @ 100"}));
  EXPECT_EQ(floor.market(hidden_trade(99, 10, Side::buy)), Story{"filled 2: 10 @ 100"});
}

TYPED_TEST(StopStories, FillOrKillIsAllOrNothing) {
  Crowd<TypeParam> floor;
  Command c = limit(1, Side::buy, 102, 1001);
  c.time_in_force = TimeInForce::fok;
  EXPECT_EQ(floor.ours(c), (Story{"accepted 1", "canceled 1 (no_liquidity)"}));
  c.order_id = 2;
  c.quantity = Lots{700};
  EXPECT_EQ(floor.ours(c),
            (Story{"accepted 2", "filled 2: 500 @ 101", "filled 2: 200 @ 102"}));
  c.order_id = 3;  // only 300 are left of what the market shows
  c.quantity = Lots{301};
  EXPECT_EQ(floor.ours(c), (Story{"accepted 3", "canceled 3 (no_liquidity)"}));
}

TYPED_TEST(StopStories, AnIcebergTradesWholeWhereTheMarketGoesThrough) {
  Crowd<TypeParam> floor;
  Terms terms;
  terms.display = Lots{10};
  EXPECT_EQ(send(floor, limit(1, Side::buy, 100, 35), OrderType::iceberg, terms),
            Story{"accepted 1"});

  Lots filled;
  floor.venue.on_event(hidden_trade(99, 25, Side::buy), floor.reports);
  for (const Report& r : floor.reports) filled += r.quantity;
  floor.reports.clear();
  EXPECT_EQ(filled, Lots{25});
  floor.venue.on_event(hidden_trade(99, 25, Side::buy), floor.reports);
  for (const Report& r : floor.reports) filled += r.quantity;
  EXPECT_EQ(filled, Lots{35});
}

TYPED_TEST(StopStories, APegFollowsTheTouchOfOthers) {
  Crowd<TypeParam> floor;
  Terms terms;
  terms.peg = PegTo::primary;
  EXPECT_EQ(send(floor, market(1, Side::buy, 10), OrderType::pegged, terms),
            Story{"accepted 1"});
  EXPECT_EQ(floor.venue.own(0).side(Side::buy).front().price, Ticks{99});
  floor.market(std::is_same_v<TypeParam, OrderVenue> ? add(7, Side::buy, 100, 10)
                                                     : level(Side::buy, 100, 10));
  EXPECT_EQ(floor.venue.own(0).side(Side::buy).front().price, Ticks{100});

  EXPECT_EQ(floor.market(hidden_trade(99, 4, Side::buy)), Story{"filled 1: 4 @ 100"});
  EXPECT_EQ(floor.ours(cancel(1, Side::buy)), Story{"canceled 1"});
}

TYPED_TEST(StopStories, APegThatReachesTheOtherSideTrades) {
  Crowd<TypeParam> floor;
  Terms terms;
  terms.peg = PegTo::midpoint;
  terms.offset = Ticks{1};
  EXPECT_EQ(send(floor, market(1, Side::buy, 10), OrderType::pegged, terms),
            (Story{"accepted 1", "filled 1: 10 @ 101"}));
}

TEST(OrderVenueSpecial, AHaltKeepsAStopUntilTradingIsOn) {
  Crowd<OrderVenue> floor;
  send(floor, market(1, Side::sell, 70), OrderType::stop, stop_at(99));
  floor.market(status(feed::TradingState::halted));

  EXPECT_EQ(floor.market(hidden_trade(97, 5)), kNothing);
  EXPECT_EQ(floor.market(status(feed::TradingState::continuous)),
            (Story{"triggered 1", "filled 1: 70 @ 99"}));
}

TEST(OrderVenueSpecial, TheNextSliceOfAnIcebergStandsAtTheBack) {
  Crowd<OrderVenue> floor;
  Terms terms;
  terms.display = Lots{10};
  send(floor, limit(1, Side::buy, 100, 30), OrderType::iceberg, terms);
  floor.market(add(7, Side::buy, 100, 20));  // behind our first slice

  EXPECT_EQ(floor.market(executed(7, 15)), Story{"filled 1: 10 @ 100"});
  EXPECT_EQ(floor.market(executed(7, 5)), kNothing);  // now we are behind it
  floor.market(add(8, Side::buy, 100, 20));
  EXPECT_EQ(floor.market(executed(8, 15)), Story{"filled 1: 10 @ 100"});
}

TEST(OrderVenueSpecial, AHiddenOrderStandsBehindWhateverIsDisplayed) {
  Crowd<OrderVenue> floor;
  send(floor, limit(1, Side::buy, 100, 10), OrderType::hidden, {});
  floor.ours(limit(2, Side::buy, 100, 10));
  floor.market(add(7, Side::buy, 100, 20));

  EXPECT_EQ(floor.market(executed(7, 5)), Story{"filled 2: 5 @ 100"});
  EXPECT_EQ(floor.market(executed(7, 15)), Story{"filled 2: 5 @ 100"});
  EXPECT_EQ(floor.market(executed(99, 4)), Story{"filled 1: 4 @ 100"});
}

class StopBars : public Floor<BarVenue> {
 public:
  explicit StopBars(BarPath path = BarPath::low_first) : Floor(model_of(path)) {}

  Story pass(std::int64_t open, std::int64_t high, std::int64_t low, std::int64_t close,
             std::int64_t start = 60) {
    feed::Bar bar{};
    bar.start = start;
    bar.timestamp = start + 60;
    bar.open = open;
    bar.high = high;
    bar.low = low;
    bar.close = close;
    bar.volume = 1000;
    venue.on_open(bar, reports);
    Story story = told();
    story.push_back("--");
    venue.on_end(bar, reports);
    for (std::string& line : told()) story.push_back(std::move(line));
    return story;
  }

 private:
  static BarModel model_of(BarPath path) {
    BarModel model;
    model.path = path;
    return model;
  }
};

TEST(BarVenueStops, AStopTradesAtItsPriceOrAtAnOpenThroughIt) {
  StopBars bars;
  send(bars, market(1, Side::sell, 10), OrderType::stop, stop_at(97));
  send(bars, market(2, Side::sell, 10), OrderType::stop, stop_at(90));

  EXPECT_EQ(bars.pass(100, 105, 98, 100), Story{"--"});
  EXPECT_EQ(bars.pass(100, 105, 96, 100, 120),
            (Story{"--", "triggered 1", "filled 1: 10 @ 97"}));
  EXPECT_EQ(bars.pass(88, 90, 85, 86, 180),
            (Story{"triggered 2", "filled 2: 10 @ 88", "--"}));
}

TEST(BarVenueStops, AStopDoesNotSeeTheBarInWhichItCame) {
  StopBars bars;
  send(bars, market(1, Side::sell, 10, Nanos{61}), OrderType::stop, stop_at(97));

  EXPECT_EQ(bars.pass(100, 105, 90, 100), Story{"--"});
  EXPECT_EQ(bars.pass(100, 105, 90, 100, 120),
            (Story{"--", "triggered 1", "filled 1: 10 @ 97"}));
}

TEST(BarVenueStops, WhatComesAfterTheTriggerIsThePathsAffair) {
  // Triggered at 103 on the way up, with a limit of 101: only a fall after it fills.
  const auto told = [](BarPath path, std::int64_t close) {
    StopBars bars(path);
    send(bars, limit(1, Side::buy, 101, 10), OrderType::stop_limit, stop_at(103));
    return bars.pass(102, 105, 99, close);
  };
  const Story filled{"--", "triggered 1", "filled 1: 10 @ 101"};

  EXPECT_EQ(told(BarPath::high_first, 104), filled);
  EXPECT_EQ(told(BarPath::low_first, 104), (Story{"--", "triggered 1"}));
  EXPECT_EQ(told(BarPath::low_first, 100), filled);
}

TEST(BarVenueStops, ATrailingStopFollowsThePath) {
  const auto told = [](BarPath path, std::int64_t close) {
    StopBars bars(path);
    bars.venue.watch();
    bars.venue.tell_last(0, Ticks{100});
    send(bars, market(1, Side::sell, 10), OrderType::trailing_stop, trailing(4));
    return bars.pass(100, 108, 97, close);
  };

  // Up to 108, so the stop is 104 on the way down.
  EXPECT_EQ(told(BarPath::high_first, 107),
            (Story{"--", "triggered 1", "filled 1: 10 @ 104"}));
  EXPECT_EQ(told(BarPath::low_first, 105), Story{"--"});
  EXPECT_EQ(told(BarPath::low_first, 104),
            (Story{"--", "triggered 1", "filled 1: 10 @ 104"}));
}

TEST(BarVenueStops, WhatABarCannotShowIsRefused) {
  StopBars bars;
  Terms terms = stop_at(97, TriggerOn::quote);
  EXPECT_EQ(send(bars, market(1, Side::sell, 10), OrderType::stop, terms),
            Story{"rejected 1 (not_supported_here)"});
  EXPECT_EQ(send(bars, limit(2, Side::sell, 100, 10), OrderType::hidden, {}),
            Story{"rejected 2 (not_supported_here)"});
}

TEST(Trail, APartOfThePriceIsRoundedTowardsZeroAndIsATickAtLeast) {
  WaitingStop stop;
  stop.side = Side::buy;
  stop.trail_by = TrailBy::basis_points;
  stop.trail = 150;

  stop.follow(Ticks{12'345});
  EXPECT_EQ(stop.stop, Ticks{12'345 + 185});
  stop.follow(Ticks{3});
  EXPECT_EQ(stop.stop, Ticks{4});
}

}  // namespace
}  // namespace ai_trading::venue
