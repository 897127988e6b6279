// What the tape's halts and auctions, and rules of the venue, do to our orders.
#include <gtest/gtest.h>

#include "ai_trading/rules/price_collar.hpp"
#include "ai_trading/venue/order_venue.hpp"
#include "venue/venue_samples.hpp"

namespace ai_trading::venue {
namespace {

using Orders = Floor<OrderVenue>;
using feed::TradingState;
const Story kNothing;

Event cross(char letter, std::int64_t price, std::int64_t quantity) {
  return event(EventKind::cross, Side::none, price, quantity,
               static_cast<OrderId>(letter), 900);
}
Event info(char type, char code = 0) {
  return event(EventKind::info, Side::none, 0, 0, static_cast<OrderId>(code),
               static_cast<OrderId>(type));
}
Command at_the_open(Command c) {
  c.time_in_force = TimeInForce::at_the_open;
  return c;
}
Command at_the_close(Command c) {
  c.time_in_force = TimeInForce::at_the_close;
  return c;
}

TEST(OrderVenueRules, HaltedOrdersAreRefusedCancelsPassAndNothingOfOursTrades) {
  Orders floor;
  floor.market(add(11, Side::buy, 100, 50));
  floor.ours(limit(1, Side::buy, 100, 10));
  floor.ours(limit(2, Side::sell, 103, 10));
  floor.market(status(TradingState::halted));

  EXPECT_EQ(floor.ours(limit(3, Side::buy, 100, 10)), Story{"rejected 3 (halted)"});
  EXPECT_EQ(floor.ours(modify(1, Side::buy, 101, 10)),
            Story{"change rejected 1 (halted)"});
  EXPECT_EQ(floor.market(executed(11, 50)), kNothing);
  EXPECT_EQ(floor.market(add(12, Side::buy, 105, 10)), kNothing);
  EXPECT_EQ(floor.ours(cancel(2, Side::sell)), Story{"canceled 2"});

  floor.market(status(TradingState::continuous));
  EXPECT_EQ(floor.market(add(13, Side::sell, 100, 4)), Story{"filled 1: 4 @ 100"});
}

TEST(OrderVenueRules, AMarketWideHaltAnAuctionCollarAndAnIpoStopOrdersToo) {
  for (const Event& stop : {info('W', '1'), info('J'), info('K', 'A')}) {
    Orders floor;
    floor.market(stop);
    EXPECT_EQ(floor.ours(limit(1, Side::buy, 100, 10)), Story{"rejected 1 (halted)"});
    floor.market(status(TradingState::continuous));
    EXPECT_EQ(floor.ours(limit(1, Side::buy, 100, 10)), Story{"accepted 1"});
  }
}

Event operational(char market, char action) {
  Event told = info('h', action);
  told.quantity = market;
  return told;
}

TEST(OrderVenueRules, AnOperationalHaltOfThisMarketStopsUsAndAnotherMarketsDoesNot) {
  Orders floor;
  floor.market(add(11, Side::sell, 101, 50));
  floor.market(operational('B', 'H'));
  EXPECT_EQ(floor.ours(limit(1, Side::buy, 100, 10)), Story{"accepted 1"});
  floor.market(operational('Q', 'H'));

  EXPECT_EQ(floor.ours(limit(2, Side::buy, 101, 10)), Story{"rejected 2 (halted)"});
  EXPECT_EQ(floor.market(add(12, Side::sell, 100, 5)), kNothing);
  // What the tape says of trading meanwhile counts when it is over.
  floor.market(status(TradingState::continuous));
  EXPECT_EQ(floor.ours(limit(3, Side::buy, 101, 10)), Story{"rejected 3 (halted)"});
  floor.market(operational('Q', 'T'));
  EXPECT_EQ(floor.ours(limit(4, Side::buy, 100, 10)),
            (Story{"accepted 4", "filled 4: 5 @ 100"}));
}

TEST(OrderVenueRules, AnotherMarketsTapeHasItsOwnOperationalHalts) {
  Orders floor;
  floor.venue.at_market('B');
  floor.market(operational('Q', 'H'));
  EXPECT_EQ(floor.ours(limit(1, Side::buy, 100, 10)), Story{"accepted 1"});
  floor.market(operational('B', 'H'));
  EXPECT_EQ(floor.ours(limit(2, Side::buy, 100, 10)), Story{"rejected 2 (halted)"});
}

TEST(OrderVenueRules, AnotherDaysTapeHasItsAuctionsBeforeIt) {
  Orders floor;
  floor.market(cross('O', 100, 1));
  floor.market(cross('C', 100, 1));
  EXPECT_EQ(floor.ours(at_the_close(market(1, Side::buy, 10))),
            Story{"rejected 1 (auction_over)"});
  floor.market(info('S', 'O'));
  EXPECT_EQ(floor.ours(at_the_open(market(2, Side::buy, 10))), Story{"accepted 2"});
  EXPECT_EQ(floor.ours(at_the_close(market(3, Side::buy, 10))), Story{"accepted 3"});
}

TEST(OrderVenueRules, InAQuotationPeriodOrdersRestAndMarketOrdersWaitForTheCross) {
  Orders floor;
  floor.market(status(TradingState::quotation));
  floor.market(add(11, Side::sell, 100, 50));

  EXPECT_EQ(floor.ours(limit(1, Side::buy, 101, 10)), Story{"accepted 1"});
  EXPECT_EQ(floor.ours(market(2, Side::buy, 10)), Story{"accepted 2"});
  EXPECT_EQ(floor.ours(ioc(limit(3, Side::buy, 101, 10))),
            Story{"rejected 3 (not_in_this_state)"});
  EXPECT_EQ(floor.ours(limit(4, Side::buy, 100, 5)), Story{"accepted 4"});
  EXPECT_EQ(floor.market(add(12, Side::sell, 99, 50)), kNothing);
  // 15 shares at 100: the market order first, then who pays more; at 100 itself nobody.
  EXPECT_EQ(floor.market(cross('H', 100, 15)),
            (Story{"filled 2: 10 @ 100", "filled 1: 5 @ 100"}));
}

TEST(OrderVenueRules, OrdersAtTheOpenTradeInTheOpeningCrossOrNotAtAll) {
  Orders floor;
  EXPECT_EQ(floor.ours(at_the_open(market(1, Side::buy, 10))), Story{"accepted 1"});
  EXPECT_EQ(floor.ours(at_the_open(limit(2, Side::buy, 100, 10))), Story{"accepted 2"});
  EXPECT_EQ(floor.ours(at_the_open(limit(3, Side::sell, 99, 30))), Story{"accepted 3"});
  EXPECT_EQ(floor.ours(at_the_close(market(4, Side::sell, 10))), Story{"accepted 4"});
  // No trading meanwhile is theirs.
  EXPECT_EQ(floor.market(add(11, Side::sell, 90, 50)), kNothing);
  EXPECT_EQ(floor.market(cross('O', 100, 25)),
            (Story{"filled 1: 10 @ 100", "filled 3: 25 @ 100",
                   "canceled 2 (no_liquidity)", "canceled 3 (no_liquidity)"}));
  EXPECT_EQ(floor.ours(at_the_open(market(5, Side::buy, 10))),
            Story{"rejected 5 (auction_over)"});
  EXPECT_EQ(floor.market(cross('C', 101, 4)),
            (Story{"filled 4: 4 @ 101", "canceled 4 (no_liquidity)"}));
}

TEST(OrderVenueRules, OrdersForACrossCanBeChangedCanceledAndExpire) {
  Orders floor;
  floor.ours(at_the_close(limit(1, Side::buy, 100, 10)));
  floor.ours(at_the_close(limit(2, Side::buy, 100, 10)));
  floor.ours(at_the_close(limit(3, Side::buy, 100, 10)));

  EXPECT_EQ(floor.ours(cancel(1, Side::buy)), Story{"canceled 1"});
  EXPECT_EQ(floor.ours(modify(2, Side::buy, 102, 7)), Story{"modified 2"});
  EXPECT_EQ(floor.market(cross('C', 101, 100)),
            (Story{"filled 2: 7 @ 101", "canceled 3 (no_liquidity)"}));
  floor.ours(at_the_open(limit(4, Side::buy, 100, 10)));
  floor.venue.expire(0, Nanos{50}, floor.reports);
  EXPECT_EQ(floor.told(), Story{"expired 4"});
}

TEST(OrderVenueRules, WhatRestsTradesInACrossThroughItsPriceAndDayOrdersEndAtTheLast) {
  Orders floor;
  OrderRules rules;
  rules.day_ends_with_closing_cross = true;
  floor.venue.keep_to({rules});
  floor.ours(limit(1, Side::buy, 102, 10));
  floor.ours(limit(2, Side::buy, 101, 10));

  EXPECT_EQ(floor.market(cross('C', 101, 500)),
            (Story{"filled 1: 10 @ 101", "expired 2"}));
}

TEST(OrderVenueRules, PricesKeepToTheTickTableAndTheCollar) {
  Orders floor;
  OrderRules rules;
  rules.increments = rules::TickTable(rules::rule_612(), 100'000);
  rules.collar.emplace(rules::nyse_trading_collar(), 100'000, *rules.increments);
  floor.venue.keep_to({rules});
  floor.market(add(11, Side::sell, 1'000'000, 50));  // an offer at $100.00

  EXPECT_EQ(floor.ours(limit(1, Side::buy, 9'999, 1)), Story{"accepted 1"});
  EXPECT_EQ(floor.ours(limit(2, Side::buy, 10'001, 1)),
            Story{"rejected 2 (price_off_increment)"});
  EXPECT_EQ(floor.ours(limit(3, Side::buy, 1'030'100, 1)),
            Story{"rejected 3 (price_collar)"});
  EXPECT_EQ(floor.ours(modify(1, Side::buy, 1'030'100, 1)),
            Story{"change rejected 1 (price_collar)"});
  EXPECT_EQ(floor.ours(limit(4, Side::buy, 1'030'000, 1)),
            (Story{"accepted 4", "filled 4: 1 @ 1000000"}));
}

TEST(OrderVenueRules, ARestrictedShortSaleMustBePricedAboveTheBid) {
  Orders floor;
  OrderRules rules;
  rules.short_sales = true;
  floor.venue.keep_to({rules});
  floor.market(add(11, Side::buy, 100, 50));
  floor.market(add(12, Side::sell, 101, 50));
  EXPECT_EQ(floor.ours(market(1, Side::buy, 10)),
            (Story{"accepted 1", "filled 1: 10 @ 101"}));
  floor.market(info('Y', '1'));

  EXPECT_EQ(floor.ours(limit(2, Side::sell, 100, 11)),
            Story{"rejected 2 (short_sale_restricted)"});
  EXPECT_EQ(floor.ours(limit(3, Side::sell, 102, 6)), Story{"accepted 3"});
  // Four of the ten held are free.
  EXPECT_EQ(floor.ours(market(4, Side::sell, 5)),
            Story{"rejected 4 (short_sale_restricted)"});
  EXPECT_EQ(floor.ours(market(5, Side::sell, 4)),
            (Story{"accepted 5", "filled 5: 4 @ 100"}));
  floor.market(info('Y', '0'));
  EXPECT_EQ(floor.ours(market(6, Side::sell, 5)),
            (Story{"accepted 6", "filled 6: 5 @ 100"}));
}

}  // namespace
}  // namespace ai_trading::venue
