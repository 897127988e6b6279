#include "ai_trading/venue/order_venue.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "venue/venue_samples.hpp"

namespace ai_trading::venue {
namespace {

using Orders = Floor<OrderVenue>;
const Story kNothing;

// Bids of 300 at 100 (order 11) stand before ours; 80 (order 12) come after it.
Orders behind_three_hundred() {
  Orders floor;
  floor.market(add(11, Side::buy, 100, 300));
  EXPECT_EQ(floor.ours(limit(1, Side::buy, 100, 100)), Story{"accepted 1"});
  floor.market(add(12, Side::buy, 100, 80));
  return floor;
}

TEST(OrderVenue, WhoWasBeforeUsTradesBeforeUs) {
  Orders floor = behind_three_hundred();
  EXPECT_EQ(floor.venue.queue_position(0, Side::buy, 1),
            (book::QueuePosition{1, Lots{300}}));

  EXPECT_EQ(floor.market(executed(11, 300)), kNothing);
  EXPECT_EQ(floor.venue.queue_position(0, Side::buy, 1), book::QueuePosition{});
  // The order behind us trades 50: its buyer would have met us first.
  EXPECT_EQ(floor.market(executed(12, 50)), Story{"filled 1: 50 @ 100"});
  EXPECT_EQ(floor.market(executed(12, 30)), Story{"filled 1: 30 @ 100"});
}

TEST(OrderVenue, ACancelBeforeUsBringsUsForward) {
  Orders floor = behind_three_hundred();

  EXPECT_EQ(floor.market(event(EventKind::reduce, Side::none, 0, 100, 11)), kNothing);
  EXPECT_EQ(floor.venue.queue_position(0, Side::buy, 1),
            (book::QueuePosition{1, Lots{200}}));
  EXPECT_EQ(floor.market(event(EventKind::remove, Side::none, 0, 0, 11)), kNothing);
  EXPECT_EQ(floor.venue.queue_position(0, Side::buy, 1), book::QueuePosition{});
}

TEST(OrderVenue, ATradeThroughOurPriceFillsUsAtOurPrice) {
  Orders floor = behind_three_hundred();
  floor.market(add(13, Side::buy, 99, 500));

  EXPECT_EQ(floor.market(executed(13, 70)), Story{"filled 1: 70 @ 100"});
}

TEST(OrderVenue, AHiddenTradeServesUsOnlyStrictlyThroughOurPrice) {
  Orders floor = behind_three_hundred();

  EXPECT_EQ(floor.market(hidden_trade(100, 60)), kNothing);
  EXPECT_EQ(floor.market(hidden_trade(101, 60)), kNothing);
  EXPECT_EQ(floor.market(hidden_trade(99, 60)), Story{"filled 1: 60 @ 100"});
}

TEST(OrderVenue, AnAuctionServesUsOnlyStrictlyThroughOurPriceAndAtItsOwn) {
  Orders floor = behind_three_hundred();

  EXPECT_EQ(floor.market(event(EventKind::cross, Side::none, 100, 1000)), kNothing);
  EXPECT_EQ(floor.market(event(EventKind::cross, Side::none, 90, 60)),
            Story{"filled 1: 60 @ 90"});
}

TEST(OrderVenue, AnUnprintedExecutionServesUsNothing) {
  Orders floor = behind_three_hundred();

  EXPECT_EQ(floor.market(executed(12, 50, feed::flag::unprinted)), kNothing);
}

TEST(OrderVenue, AnArrivalAcrossOurPriceFillsUsAndCannotServeUsAgain) {
  Orders floor;
  floor.ours(limit(1, Side::buy, 100, 30));

  EXPECT_EQ(floor.market(add(21, Side::sell, 99, 50)), Story{"filled 1: 30 @ 100"});
  // The tape still shows 50 at 99; to us 20 are left.
  EXPECT_EQ(floor.ours(market(2, Side::buy, 50)),
            (Story{"accepted 2", "filled 2: 20 @ 99", "canceled 2 (no_liquidity)"}));
}

TEST(OrderVenue, AnOrderThatServedUsServesNoMoreWhenItIsRepriced) {
  Orders floor;
  floor.ours(limit(1, Side::buy, 100, 80));
  EXPECT_EQ(floor.market(add(21, Side::sell, 100, 50)), Story{"filled 1: 50 @ 100"});

  EXPECT_EQ(floor.market(event(EventKind::modify, Side::none, 99, 50, 21)), kNothing);
  EXPECT_EQ(floor.market(event(EventKind::replace, Side::none, 98, 50, 21, 22)),
            kNothing);
  // Ten more than were ever there are new.
  EXPECT_EQ(floor.market(event(EventKind::replace, Side::none, 97, 60, 22, 23)),
            Story{"filled 1: 10 @ 100"});
}

TEST(OrderVenue, OurOrderWalksTheLevelsAndTakesNoShareTwice) {
  Orders floor;
  floor.market(add(31, Side::sell, 101, 40));
  floor.market(add(32, Side::sell, 101, 20));
  floor.market(add(33, Side::sell, 102, 100));

  EXPECT_EQ(floor.ours(market(1, Side::buy, 90)),
            (Story{"accepted 1", "filled 1: 60 @ 101", "filled 1: 30 @ 102"}));
  EXPECT_EQ(floor.ours(market(2, Side::buy, 100)),
            (Story{"accepted 2", "filled 2: 70 @ 102", "canceled 2 (no_liquidity)"}));
  EXPECT_EQ(floor.ours(market(3, Side::buy, 1)),
            (Story{"accepted 3", "canceled 3 (no_liquidity)"}));
  // A replaced order is the same shares; only what it grew by is new.
  floor.market(event(EventKind::replace, Side::none, 103, 45, 31, 34));
  EXPECT_EQ(floor.ours(market(4, Side::buy, 9)),
            (Story{"accepted 4", "filled 4: 5 @ 103", "canceled 4 (no_liquidity)"}));
}

TEST(OrderVenue, AnIdUsedAgainIsANewOrder) {
  Orders floor;
  floor.market(add(31, Side::sell, 101, 40));
  floor.ours(market(1, Side::buy, 40));
  floor.market(event(EventKind::remove, Side::none, 0, 0, 31));
  floor.market(add(31, Side::sell, 101, 40));

  EXPECT_EQ(floor.ours(market(2, Side::buy, 40)),
            (Story{"accepted 2", "filled 2: 40 @ 101"}));
}

TEST(OrderVenue, ALimitOrderNeverTradesBeyondItsLimitAndTheRestWaits) {
  Orders floor;
  floor.market(add(31, Side::sell, 101, 40));
  floor.market(add(32, Side::sell, 102, 40));

  EXPECT_EQ(floor.ours(limit(1, Side::buy, 101, 60)),
            (Story{"accepted 1", "filled 1: 40 @ 101"}));
  EXPECT_EQ(floor.venue.own(0).side(Side::buy).front().left, Lots{20});
}

TEST(OrderVenue, AnImmediateOrderLeavesNothingBehind) {
  Orders floor;
  floor.market(add(31, Side::sell, 101, 40));

  EXPECT_EQ(floor.ours(ioc(limit(1, Side::buy, 101, 60))),
            (Story{"accepted 1", "filled 1: 40 @ 101", "canceled 1 (no_liquidity)"}));
  EXPECT_TRUE(floor.venue.own(0).empty());
}

TEST(OrderVenue, ShrinkingKeepsOurPlaceAndGrowingLosesIt) {
  Orders floor = behind_three_hundred();

  EXPECT_EQ(floor.ours(modify(1, Side::buy, 100, 60)), Story{"modified 1"});
  EXPECT_EQ(floor.venue.queue_position(0, Side::buy, 1)->quantity_ahead, Lots{300});
  EXPECT_EQ(floor.ours(modify(1, Side::buy, 100, 61)), Story{"modified 1"});
  EXPECT_EQ(floor.venue.queue_position(0, Side::buy, 1),
            (book::QueuePosition{2, Lots{380}}));
}

TEST(OrderVenue, AModifyAcrossTheBookTradesAtOnce) {
  Orders floor = behind_three_hundred();
  floor.market(add(31, Side::sell, 101, 40));

  EXPECT_EQ(floor.ours(modify(1, Side::buy, 101, 100)),
            (Story{"modified 1", "filled 1: 40 @ 101"}));
}

TEST(OrderVenue, ACancelThatComesAfterTheFillIsRefused) {
  Orders floor;
  floor.ours(limit(1, Side::buy, 100, 30));
  floor.market(add(21, Side::sell, 100, 30));
  floor.told();

  EXPECT_EQ(floor.ours(cancel(1, Side::buy)), Story{"change rejected 1 (order_done)"});
  EXPECT_EQ(floor.ours(modify(1, Side::buy, 99, 10)),
            Story{"change rejected 1 (order_done)"});
}

TEST(OrderVenue, AModifyBelowWhatIsFilledIsRefused) {
  Orders floor;
  floor.ours(limit(1, Side::buy, 100, 30));
  floor.market(add(21, Side::sell, 100, 20));

  EXPECT_EQ(floor.ours(modify(1, Side::buy, 100, 20)),
            Story{"change rejected 1 (quantity_not_positive)"});
  EXPECT_EQ(floor.ours(modify(1, Side::buy, 100, 21)), Story{"modified 1"});
  EXPECT_EQ(floor.venue.own(0).side(Side::buy).front().left, Lots{1});
}

TEST(OrderVenue, AHaltRefusesArrivalsAndRepricingButNotCancels) {
  Orders floor = behind_three_hundred();
  floor.market(add(31, Side::sell, 101, 40));
  floor.market(status(feed::TradingState::halted));

  EXPECT_EQ(floor.ours(limit(2, Side::buy, 101, 10)), Story{"rejected 2 (halted)"});
  EXPECT_EQ(floor.ours(modify(1, Side::buy, 101, 100)),
            Story{"change rejected 1 (halted)"});
  EXPECT_EQ(floor.ours(modify(1, Side::buy, 100, 90)), Story{"modified 1"});
  EXPECT_EQ(floor.ours(cancel(1, Side::buy)), Story{"canceled 1"});
  floor.market(status(feed::TradingState::closed));
  EXPECT_EQ(floor.ours(limit(3, Side::buy, 9, 1)), Story{"rejected 3 (market_closed)"});
  floor.market(status(feed::TradingState::continuous));
  EXPECT_EQ(floor.ours(limit(4, Side::buy, 101, 10)),
            (Story{"accepted 4", "filled 4: 10 @ 101"}));
}

TEST(OrderVenue, AnEventTheBookRefusesServesUsNothing) {
  Orders floor = behind_three_hundred();
  floor.ours(limit(2, Side::buy, 105, 40));
  const std::uint64_t before = floor.venue.refused();

  EXPECT_EQ(floor.market(add(12, Side::sell, 90, 50)), kNothing);  // id in use
  EXPECT_EQ(floor.market(executed(12, 81)), kNothing);             // more than it has
  EXPECT_EQ(floor.market(executed(99, 1)), kNothing);              // unknown
  EXPECT_EQ(floor.market(add(40, Side::sell, 90, -5)), kNothing);
  EXPECT_EQ(floor.market(event(EventKind::replace, Side::none, 90, 5, 11, 12)),
            kNothing);

  EXPECT_EQ(floor.venue.refused() - before, 5U);
}

TEST(OrderVenue, OurOwnOrdersStandInTheOrderOfTheirArrival) {
  Orders floor;
  floor.ours(limit(1, Side::buy, 100, 10));
  floor.ours(limit(2, Side::buy, 100, 10));
  floor.ours(limit(3, Side::buy, 101, 10));
  EXPECT_EQ(floor.venue.queue_position(0, Side::buy, 2),
            (book::QueuePosition{1, Lots{10}}));

  EXPECT_EQ(floor.market(add(21, Side::sell, 100, 25)),
            (Story{"filled 3: 10 @ 101", "filled 1: 10 @ 100", "filled 2: 5 @ 100"}));
}

TEST(OrderVenue, ExpiryEndsWhatRests) {
  Orders floor = behind_three_hundred();
  floor.ours(limit(2, Side::sell, 110, 5));

  floor.venue.expire(0, Nanos{50}, floor.reports);

  EXPECT_EQ(floor.told(), (Story{"expired 1", "expired 2"}));
  EXPECT_TRUE(floor.venue.own(0).empty());
}

// Random traffic of a market that crosses now and then, with orders of ours in it.
class Traffic {
 public:
  explicit Traffic(std::uint64_t seed) : rng_(seed) {}

  Event next() {
    const auto pick = [&] { return live_[rng_() % live_.size()]; };
    switch (live_.size() < 5 ? 9 : rng_() % 10) {
      case 0:
        return event(EventKind::remove, Side::none, 0, 0, pick());
      case 1:
        return event(EventKind::reduce, Side::none, 0, small(), pick());
      case 2:
      case 3:
        return executed(pick(), small(), rng_() % 8 == 0 ? feed::flag::unprinted : 0);
      case 4: {
        live_.push_back(++last_);
        return event(EventKind::replace, Side::none, price(), small(), pick(), last_);
      }
      case 5:
        return event(EventKind::modify, Side::none, price(), small(), pick());
      case 6:
        return hidden_trade(price(), small());
      default:
        live_.push_back(++last_);
        return add(last_, static_cast<Side>(rng_() % 2), price(), small());
    }
  }
  std::int64_t price() { return 95 + static_cast<std::int64_t>(rng_() % 11); }
  std::int64_t small() { return 1 + static_cast<std::int64_t>(rng_() % 40); }
  std::uint64_t draw(std::uint64_t n) { return rng_() % n; }

 private:
  std::mt19937_64 rng_;
  std::vector<OrderId> live_;
  OrderId last_ = 1000;
};

TEST(OrderVenue, FillsNeverExceedTheirEventNorTheirLimitNorTheirOrder) {
  struct Ours {
    Side side;
    std::int64_t price, left;
  };
  Traffic traffic(17);
  Orders floor;
  std::map<OrderId, Ours> ours;
  std::int64_t fills = 0;
  const auto take_in = [&](std::int64_t most) {
    std::int64_t total = 0;
    for (const Report& r : floor.reports) {
      if (r.kind != Report::Kind::filled) continue;
      ++fills;
      Ours& order = ours.at(r.order_id);
      order.left -= r.quantity.n;
      total += r.quantity.n;
      ASSERT_GT(r.quantity.n, 0);
      ASSERT_GE(order.left, 0);
      ASSERT_FALSE(better(order.side, r.price, Ticks{order.price}) &&
                   r.liquidity == Liquidity::maker);
      ASSERT_FALSE(better(opposite(order.side), Ticks{order.price}, r.price) &&
                   r.price != Ticks{order.price})
          << "beyond the limit";
    }
    ASSERT_LE(total, most);
    floor.reports.clear();
  };
  for (OrderId step = 1; step < 20'000; ++step) {
    SCOPED_TRACE(step);
    if (traffic.draw(12) == 0) {
      const auto side = static_cast<Side>(traffic.draw(2));
      const Command c = limit(step, side, traffic.price(), traffic.small());
      ours[step] = {side, c.price.n, c.quantity.n};
      floor.venue.execute(c, floor.reports);
      take_in(c.quantity.n);
    } else {
      const Event e = traffic.next();
      floor.venue.on_event(e, floor.reports);
      take_in(e.flags & feed::flag::unprinted ? 0 : e.quantity);
    }
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(fills, 500);
}

TEST(OrderVenue, SharesOfTheMarketServeUsAtMostOnce) {
  // What we buy of one order of the market, by our arrival or by its own, stays within
  // what it ever showed.
  std::mt19937_64 rng{23};
  for (int run = 0; run < 300; ++run) {
    Orders floor;
    std::int64_t shown = 0, bought = 0;
    const auto count = [&] {
      for (const Report& r : floor.reports)
        if (r.kind == Report::Kind::filled) bought += r.quantity.n;
      floor.reports.clear();
    };
    OrderId seller = 500;
    const auto quantity = static_cast<std::int64_t>(1 + rng() % 50);
    OrderId id = 1;
    floor.venue.on_event(add(seller, Side::sell, 105, quantity), floor.reports);
    shown = quantity;
    for (int step = 0; step < 12; ++step) {
      const auto price = static_cast<std::int64_t>(98 + rng() % 8);
      if (rng() % 2) {
        const auto wanted = static_cast<std::int64_t>(1 + rng() % 20);
        floor.venue.execute(limit(id++, Side::buy, price, wanted), floor.reports);
      } else if (rng() % 2) {
        floor.venue.on_event(
            event(EventKind::modify, Side::none, price, quantity, seller),
            floor.reports);
      } else {
        floor.venue.on_event(
            event(EventKind::replace, Side::none, price, quantity, seller, seller + 1),
            floor.reports);
        ++seller;
      }
      count();
    }
    ASSERT_LE(bought, shown) << "run " << run;
  }
}

TEST(OrderVenue, QueuePositionIsThatOfASimulatedQueue) {
  // Twin: our order is put into a plain list of the orders at its price.
  struct Waiting {
    OrderId id;
    std::int64_t left;
  };
  std::mt19937_64 rng{41};
  for (int run = 0; run < 200; ++run) {
    Orders floor;
    std::vector<Waiting> queue;
    OrderId last = 100;
    for (int step = 0; step < 60; ++step) {
      const auto quantity = static_cast<std::int64_t>(1 + rng() % 30);
      if (step == 20) {
        floor.ours(limit(1, Side::sell, 100, 1'000'000));
        queue.push_back({1, 0});
        continue;
      }
      const std::size_t at = queue.empty() ? 0 : rng() % queue.size();
      const bool market_order = !queue.empty() && queue[at].id != 1;
      if (market_order && rng() % 3 == 0) {
        floor.market(event(EventKind::remove, Side::none, 0, 0, queue[at].id));
        queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(at));
      } else if (market_order && rng() % 3 == 0) {
        const std::int64_t done = std::min(quantity, queue[at].left);
        floor.market(executed(queue[at].id, done));
        queue[at].left -= done;
        if (queue[at].left == 0)
          queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(at));
      } else if (market_order && rng() % 3 == 0) {
        floor.market(
            event(EventKind::replace, Side::none, 100, quantity, queue[at].id, ++last));
        queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(at));
        queue.push_back({last, quantity});
      } else {
        floor.market(add(++last, Side::sell, 100, quantity));
        queue.push_back({last, quantity});
      }
      if (step < 20) continue;
      book::QueuePosition expected;
      for (const Waiting& w : queue) {
        if (w.id == 1) break;
        ++expected.orders_ahead;
        expected.quantity_ahead += Lots{w.left};
      }
      ASSERT_EQ(floor.venue.queue_position(0, Side::sell, 1), expected);
    }
  }
}

Event displayed_trade(std::int64_t price, std::int64_t quantity, Side side) {
  Event e = hidden_trade(price, quantity, side);
  e.flags = feed::flag::displayed;
  return e;
}

TEST(OrderVenue, UnnamedVolumeServesUsPastWhoStandsBeforeUs) {
  Floor<OrderVenue> floor;
  floor.market(add(1, Side::buy, 100, 100));
  floor.ours(limit(7, Side::buy, 100, 80));
  floor.told();

  EXPECT_EQ(floor.market(displayed_trade(100, 90, Side::buy)), Story{});
  EXPECT_EQ(floor.market(displayed_trade(100, 30, Side::buy)),
            Story{"filled 7: 20 @ 100"});
  EXPECT_EQ(floor.market(displayed_trade(101, 500, Side::buy)), Story{});
  EXPECT_EQ(floor.market(displayed_trade(99, 10, Side::buy)),
            Story{"filled 7: 10 @ 100"});
  EXPECT_EQ(floor.market(displayed_trade(100, 500, Side::sell)), Story{});
}

TEST(OrderVenue, WhoUnnamedVolumeMetCannotTradeAgainInOurStead) {
  Floor<OrderVenue> floor;
  floor.market(add(1, Side::buy, 100, 100));
  floor.told();
  floor.ours(limit(7, Side::buy, 100, 50));
  floor.market(displayed_trade(100, 60, Side::buy));

  // 40 of the 100 before us were left: of 30 none is ours, of the next 30 it is 20.
  EXPECT_EQ(floor.market(executed(1, 30)), Story{});
  EXPECT_EQ(floor.market(executed(1, 30)), Story{"filled 7: 20 @ 100"});
}

TEST(OrderVenue, WhoWasBeforeUsOutOfViewIsStillBeforeUs) {
  Floor<OrderVenue> floor;
  floor.market(add(1, Side::buy, 100, 300));
  floor.ours(limit(7, Side::buy, 100, 50));
  floor.told();
  Event gone = event(EventKind::remove, Side::buy, 100, 300, 1);
  gone.flags = feed::flag::simulated | feed::flag::snapshot;
  Event back = add(9, Side::buy, 100, 500);
  back.flags = feed::flag::simulated | feed::flag::snapshot;

  floor.market(gone);
  EXPECT_EQ(floor.venue.queue_position(0, Side::buy, 7)->quantity_ahead, Lots{300});
  floor.market(back);
  EXPECT_EQ(floor.venue.queue_position(0, Side::buy, 7)->quantity_ahead, Lots{300});
  EXPECT_EQ(floor.market(executed(9, 280)), Story{});
  EXPECT_EQ(floor.market(executed(9, 60)), Story{"filled 7: 40 @ 100"});
  // Less is left of it than was before us.
  EXPECT_EQ(floor.venue.queue_position(0, Side::buy, 7)->quantity_ahead, Lots{0});
}

}  // namespace
}  // namespace ai_trading::venue
