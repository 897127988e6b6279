// One story for each rule of docs/matching.md.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/book/books.hpp"
#include "ai_trading/matching/engine.hpp"
#include "ai_trading/matching/feed_writer.hpp"

namespace ai_trading::matching {
namespace {

struct Diary : Silent {
  std::vector<std::string> lines;

  template <class... Parts>
  void write(const char* what, Parts... parts) {
    std::string line = what;
    ((line += ' ', line += std::to_string(parts)), ...);
    lines.push_back(line);
  }
  void accepted(const NewOrder& o) { write("accepted", o.id); }
  void rejected(OrderId id, Reject why) {
    lines.push_back("rejected " + std::to_string(id) + " " + std::string(name(why)));
  }
  void traded(const Trade& t) {
    write("traded", t.maker, t.taker, t.price.n, t.quantity.n);
  }
  void rested(const OrderView& o) {
    write("rested", o.id, o.price.n, o.left.n, o.shown.n);
  }
  void replenished(const OrderView& o) {
    write("replenished", o.id, o.left.n, o.shown.n);
  }
  void replaced(const Replaced& r) {
    write("replaced", r.id, r.price.n, r.left.n, r.shown.n, static_cast<int>(r.place));
  }
  void decremented(const OrderView& o, Lots by) { write("decremented", o.id, by.n); }
  void triggered(const OrderView& o) { write("triggered", o.id); }
  void canceled(const OrderView& o, Gone why) {
    write("canceled", o.id, o.left.n, static_cast<int>(why));
  }
  void expired(const OrderView& o) { write("expired", o.id, o.left.n); }
  void state_changed(const StateChange& s) {
    write("state", static_cast<int>(s.state), static_cast<int>(s.auction));
  }
  void indicative(const Indicative& i) {
    write("indicative", i.price.n, i.volume.n, i.imbalance.n);
  }
};

using Lines = std::vector<std::string>;
constexpr auto kBuy = Side::buy;
constexpr auto kSell = Side::sell;

struct OrderTypes : testing::Test {
  Diary diary;
  Engine<Diary> engine{diary, 4};

  Lines send(OrderId id, Side side, std::int64_t price, std::int64_t quantity,
             OrderType type = OrderType::limit, Terms terms = {},
             TimeInForce tif = TimeInForce::day, OwnerId owner = 0) {
    (void)engine.submit({id, 0, owner, side, type, tif, Ticks{price}, Lots{quantity}},
                        terms);
    return heard();
  }
  Lines heard() { return std::exchange(diary.lines, {}); }
  Lines state(TradingState to, AuctionKind kind = AuctionKind::intraday) {
    (void)engine.set_state(0, to, kind);
    return heard();
  }
};

Terms stop_at(std::int64_t price, TriggerOn on = TriggerOn::last) {
  Terms t;
  t.stop = Ticks{price};
  t.trigger = on;
  return t;
}
Terms showing(std::int64_t display) {
  Terms t;
  t.display = Lots{display};
  return t;
}
Terms at_least(std::int64_t minimum) {
  Terms t;
  t.minimum = Lots{minimum};
  return t;
}
Terms whole() {
  Terms t;
  t.all_or_none = true;
  return t;
}
Terms peg(PegTo to, std::int64_t offset = 0) {
  Terms t;
  t.peg = to;
  t.offset = Ticks{offset};
  return t;
}
Terms self(SelfTrade rule) {
  Terms t;
  t.self_trade = rule;
  return t;
}

TEST_F(OrderTypes, AnIcebergShowsItsNextPeakAtTheBackOfTheQueue) {
  send(1, kSell, 100, 25, OrderType::iceberg, showing(10));
  send(2, kSell, 100, 10);

  EXPECT_EQ(send(3, kBuy, 100, 22),
            (Lines{"accepted 3", "traded 1 3 100 10", "replenished 1 15 10",
                   "traded 2 3 100 10", "traded 1 3 100 2"}));
  EXPECT_EQ(engine.books().best(0, kSell)->quantity, Lots{8});
}

TEST_F(OrderTypes, ShrinkingAnIcebergTakesItsReserveFirstAndKeepsItsPlace) {
  send(1, kSell, 100, 25, OrderType::iceberg, showing(10));
  send(2, kSell, 100, 10);
  (void)engine.amend(1, Ticks{100}, Lots{12});
  EXPECT_EQ(heard(), (Lines{"replaced 1 100 12 10 0"}));
  (void)engine.amend(1, Ticks{100}, Lots{4});
  EXPECT_EQ(heard(), (Lines{"replaced 1 100 4 4 0"}));
  EXPECT_EQ(send(3, kBuy, 100, 5),
            (Lines{"accepted 3", "traded 1 3 100 4", "traded 2 3 100 1"}));
}

TEST_F(OrderTypes, ARandomPeakStaysInItsBoundsAndSums) {
  Terms t = showing(10);
  t.display_random = Lots{4};
  send(1, kSell, 100, 1000, OrderType::iceberg, t);
  std::int64_t seen = 0;
  bool varied = false;
  for (OrderId id = 2; engine.order(1); ++id) {
    const Lots shown = engine.order(1)->shown;
    if (engine.order(1)->left.n > 14) {
      EXPECT_GE(shown.n, 6);
      EXPECT_LE(shown.n, 14);
    }
    varied = varied || shown.n != 10;
    seen += shown.n;
    send(id, kBuy, 100, shown.n);
  }
  EXPECT_EQ(seen, 1000);
  EXPECT_TRUE(varied);
}

TEST_F(OrderTypes, HiddenOrdersTradeAfterDisplayedOnesAndBeforeWorsePrices) {
  send(1, kSell, 100, 5, OrderType::hidden);
  send(2, kSell, 100, 5);
  send(3, kSell, 101, 5);
  EXPECT_EQ(engine.books().best(0, kSell)->quantity, Lots{5});

  EXPECT_EQ(send(4, kBuy, 101, 12), (Lines{"accepted 4", "traded 2 4 100 5",
                                           "traded 1 4 100 5", "traded 3 4 101 2"}));
}

TEST_F(OrderTypes, AStopWaitsForATradeAndThenTakes) {
  send(1, kSell, 105, 10);
  EXPECT_EQ(send(2, kBuy, 0, 4, OrderType::stop, stop_at(102)), (Lines{"accepted 2"}));
  send(3, kSell, 102, 1);

  EXPECT_EQ(send(4, kBuy, 102, 1), (Lines{"accepted 4", "traded 3 4 102 1",
                                          "triggered 2", "traded 1 2 105 4"}));
}

TEST_F(OrderTypes, AStopLimitRestsWhereItsLimitIs) {
  send(1, kSell, 105, 10);
  send(2, kBuy, 103, 4, OrderType::stop_limit, stop_at(102));
  send(3, kSell, 102, 1);

  EXPECT_EQ(send(4, kBuy, 102, 1), (Lines{"accepted 4", "traded 3 4 102 1",
                                          "triggered 2", "rested 2 103 4 4"}));
}

TEST_F(OrderTypes, StopsCascadeNearestFirst) {
  for (int i = 0; i < 5; ++i) send(static_cast<OrderId>(10 + i), kBuy, 100 - i, 1);
  send(2, kSell, 0, 1, OrderType::stop, stop_at(99));
  send(1, kSell, 0, 1, OrderType::stop, stop_at(100));

  EXPECT_EQ(send(5, kSell, 100, 1),
            (Lines{"accepted 5", "traded 10 5 100 1", "triggered 1", "traded 11 1 99 1",
                   "triggered 2", "traded 12 2 98 1"}));
}

TEST_F(OrderTypes, AStopOnTheQuoteNeedsNoTrade) {
  send(1, kBuy, 98, 5);
  send(2, kBuy, 100, 1);
  send(3, kSell, 0, 2, OrderType::stop, stop_at(99, TriggerOn::quote));

  (void)engine.cancel(2);
  EXPECT_EQ(heard(), (Lines{"canceled 2 1 0", "triggered 3", "traded 1 3 98 2"}));
}

TEST_F(OrderTypes, ATrailingStopFollowsAndDoesNotGoBack) {
  send(1, kSell, 100, 1);
  send(2, kBuy, 100, 1);
  Terms t;
  t.trail = 5;
  send(3, kSell, 0, 2, OrderType::trailing_stop, t);
  send(4, kSell, 110, 1);
  send(5, kBuy, 110, 1);  // follows to 105
  send(6, kBuy, 106, 1);
  EXPECT_EQ(send(7, kSell, 106, 1), (Lines{"accepted 7", "traded 6 7 106 1"}));
  send(8, kBuy, 105, 1);
  send(9, kBuy, 104, 3);
  EXPECT_EQ(send(10, kSell, 105, 1), (Lines{"accepted 10", "traded 8 10 105 1",
                                            "triggered 3", "traded 9 3 104 2"}));
}

TEST_F(OrderTypes, ATrailingStopNeedsAPriceToFollow) {
  Terms t;
  t.trail = 100;
  t.trail_by = TrailBy::basis_points;
  EXPECT_EQ(send(1, kSell, 0, 2, OrderType::trailing_stop, t),
            (Lines{"rejected 1 no_reference"}));
}

TEST_F(OrderTypes, MarketToLimitRestsAtThePriceItFound) {
  send(1, kSell, 100, 3);
  send(2, kSell, 101, 3);
  EXPECT_EQ(send(3, kBuy, 0, 5, OrderType::market_to_limit),
            (Lines{"accepted 3", "traded 1 3 100 3", "rested 3 100 2 2"}));
}

TEST_F(OrderTypes, PostOnlyIsRefusedOrSteppedBack) {
  send(1, kSell, 100, 3);
  EXPECT_EQ(send(2, kBuy, 100, 5, OrderType::post_only),
            (Lines{"rejected 2 would_take"}));
  Terms t;
  t.slide = true;
  EXPECT_EQ(send(3, kBuy, 105, 5, OrderType::post_only, t),
            (Lines{"accepted 3", "rested 3 99 5 5"}));
}

TEST_F(OrderTypes, FillOrKillIsAllOrNothing) {
  send(1, kSell, 100, 3);
  send(2, kSell, 101, 3);
  EXPECT_EQ(send(3, kBuy, 100, 5, OrderType::limit, {}, TimeInForce::fok),
            (Lines{"accepted 3", "canceled 3 5 1"}));
  EXPECT_EQ(send(4, kBuy, 101, 5, OrderType::limit, {}, TimeInForce::fok),
            (Lines{"accepted 4", "traded 1 4 100 3", "traded 2 4 101 2"}));
}

TEST_F(OrderTypes, AMinimumIsCountedOverSeveralMakers) {
  send(1, kSell, 100, 3);
  send(2, kSell, 100, 3);
  EXPECT_EQ(send(3, kBuy, 100, 10, OrderType::limit, at_least(7), TimeInForce::ioc),
            (Lines{"accepted 3", "canceled 3 10 1"}));
  EXPECT_EQ(
      send(4, kBuy, 100, 10, OrderType::limit, at_least(6), TimeInForce::ioc),
      (Lines{"accepted 4", "traded 1 4 100 3", "traded 2 4 100 3", "canceled 4 4 1"}));
}

TEST_F(OrderTypes, AnAllOrNoneWaitsUntilTheWholeOfItCanTrade) {
  EXPECT_EQ(send(1, kBuy, 100, 10, OrderType::limit, whole()),
            (Lines{"accepted 1", "rested 1 100 10 0"}));
  EXPECT_EQ(send(2, kSell, 100, 6), (Lines{"accepted 2", "rested 2 100 6 6"}));
  EXPECT_EQ(send(3, kSell, 99, 4), (Lines{"accepted 3", "rested 3 99 4 4",
                                          "traded 3 1 99 4", "traded 2 1 100 6"}));
  EXPECT_FALSE(engine.order(1));
}

TEST_F(OrderTypes, AMidpointPegFollowsAndTradesInTheMiddle) {
  send(1, kBuy, 90, 5);
  send(2, kSell, 110, 5);
  send(3, kBuy, kMaxPrice, 4, OrderType::pegged, peg(PegTo::midpoint));
  EXPECT_EQ(send(4, kSell, 95, 1), (Lines{"accepted 4", "traded 3 4 100 1"}));
  send(5, kBuy, 94, 5);
  EXPECT_EQ(send(6, kSell, 95, 1), (Lines{"accepted 6", "traded 3 6 102 1"}));
}

TEST_F(OrderTypes, APrimaryPegStandsBehindTheDisplayedOnesAtItsPrice) {
  send(1, kBuy, 100, 5);
  send(2, kSell, 110, 5);
  send(3, kBuy, 105, 4, OrderType::pegged, peg(PegTo::primary));
  send(4, kBuy, 100, 5);
  EXPECT_EQ(send(5, kSell, 100, 12), (Lines{"accepted 5", "traded 1 5 100 5",
                                            "traded 4 5 100 5", "traded 3 5 100 2"}));
}

TEST_F(OrderTypes, APegThatTheMarketMovesOntoAHiddenOrderTrades) {
  send(1, kBuy, 90, 5);
  send(2, kSell, 110, 5);
  send(3, kSell, 102, 5, OrderType::hidden);
  send(4, kBuy, kMaxPrice, 4, OrderType::pegged, peg(PegTo::midpoint));
  EXPECT_EQ(send(5, kBuy, 95, 1),
            (Lines{"accepted 5", "rested 5 95 1 1", "traded 3 4 102 4"}));
}

TEST_F(OrderTypes, AMarketPegSleepsWithoutTheOtherSideAndTakesWhenItComes) {
  send(1, kBuy, kMaxPrice, 4, OrderType::pegged, peg(PegTo::market));
  EXPECT_EQ(send(2, kSell, 100, 3),
            (Lines{"accepted 2", "rested 2 100 3 3", "traded 2 1 100 3"}));
  EXPECT_EQ(engine.order(1)->left, Lots{1});
}

TEST_F(OrderTypes, SelfTradesArePreventedAsTheIncomingOrderAsks) {
  const auto try_rule = [&](SelfTrade rule, std::int64_t quantity) {
    send(1, kSell, 100, 5, OrderType::limit, {}, TimeInForce::day, 7);
    send(2, kSell, 100, 5, OrderType::limit, {}, TimeInForce::day, 8);
    Lines out =
        send(3, kBuy, 100, quantity, OrderType::limit, self(rule), TimeInForce::day, 7);
    (void)engine.mass_cancel({});
    (void)heard();
    return out;
  };
  EXPECT_EQ(try_rule(SelfTrade::cancel_newest, 8),
            (Lines{"accepted 3", "canceled 3 8 2"}));
  EXPECT_EQ(
      try_rule(SelfTrade::cancel_oldest, 8),
      (Lines{"accepted 3", "canceled 1 5 2", "traded 2 3 100 5", "rested 3 100 3 3"}));
  EXPECT_EQ(try_rule(SelfTrade::cancel_both, 8),
            (Lines{"accepted 3", "canceled 1 5 2", "canceled 3 8 2"}));
  EXPECT_EQ(
      try_rule(SelfTrade::decrement, 8),
      (Lines{"accepted 3", "decremented 3 5", "canceled 1 5 2", "traded 2 3 100 3"}));
  EXPECT_EQ(try_rule(SelfTrade::decrement, 3),
            (Lines{"accepted 3", "decremented 1 3", "canceled 3 3 2"}));
}

TEST_F(OrderTypes, AGroupIsOneParty) {
  (void)engine.set_account(7, {1, SelfTrade::cancel_newest});
  (void)engine.set_account(8, {1, SelfTrade::allow});
  send(1, kSell, 100, 5, OrderType::limit, {}, TimeInForce::day, 8);
  EXPECT_EQ(send(2, kBuy, 100, 5, OrderType::limit, {}, TimeInForce::day, 7),
            (Lines{"accepted 2", "canceled 2 5 2"}));
  EXPECT_EQ(send(3, kBuy, 100, 5, OrderType::limit, {}, TimeInForce::day, 8),
            (Lines{"accepted 3", "traded 1 3 100 5"}));
}

TEST_F(OrderTypes, GoodTillDateEndsWhenItsTimeComes) {
  (void)engine.advance(Nanos{10});
  Terms t;
  t.expire_at = Nanos{10};
  EXPECT_EQ(send(1, kBuy, 100, 5, OrderType::limit, t, TimeInForce::gtd),
            (Lines{"rejected 1 expiry_not_ahead"}));
  t.expire_at = Nanos{20};
  send(1, kBuy, 100, 5, OrderType::limit, t, TimeInForce::gtd);
  EXPECT_EQ(engine.advance(Nanos{19}), 0U);
  EXPECT_EQ(engine.advance(Nanos{20}), 1U);
  EXPECT_EQ(heard(), (Lines{"expired 1 5"}));
}

TEST_F(OrderTypes, TheDayEndsAndGoodTillCancelStays) {
  send(1, kBuy, 100, 5);
  send(2, kBuy, 101, 5, OrderType::limit, {}, TimeInForce::gtc);
  send(3, kBuy, 0, 5, OrderType::stop, stop_at(200));
  EXPECT_EQ(engine.expire(0), 2U);
  EXPECT_EQ(heard(), (Lines{"expired 1 5", "expired 3 5"}));
}

TEST_F(OrderTypes, ADisconnectCancelsTheDayOrdersOfItsOwner) {
  send(2, kBuy, 100, 5, OrderType::limit, {}, TimeInForce::day, 7);
  send(1, kSell, 110, 5, OrderType::hidden, {}, TimeInForce::day, 7);
  send(3, kBuy, 100, 5, OrderType::limit, {}, TimeInForce::gtc, 7);
  send(4, kBuy, 100, 5, OrderType::limit, {}, TimeInForce::day, 8);
  EXPECT_EQ(engine.disconnect(7), 2U);
  EXPECT_EQ(heard(), (Lines{"canceled 1 5 3", "canceled 2 5 3"}));
}

TEST_F(OrderTypes, AnAuctionGathersSaysItsPriceAndUncrosses) {
  state(TradingState::auction, AuctionKind::opening);
  send(1, kBuy, 102, 10);
  EXPECT_EQ(send(2, kSell, 100, 6),
            (Lines{"accepted 2", "rested 2 100 6 6", "indicative 102 6 4"}));
  EXPECT_EQ(send(3, kSell, 0, 1, OrderType::market, {}, TimeInForce::at_the_open),
            (Lines{"accepted 3", "indicative 102 7 3"}));
  send(4, kBuy, 90, 1, OrderType::limit, {}, TimeInForce::at_the_open);

  EXPECT_EQ(
      state(TradingState::continuous),
      (Lines{"traded 3 1 102 1", "traded 2 1 102 6", "canceled 4 1 1", "state 2 2"}));
  EXPECT_EQ(engine.order(1)->left, Lots{3});
}

TEST_F(OrderTypes, OrdersForTheCloseWaitForTheClosingAuction) {
  EXPECT_EQ(send(1, kBuy, 102, 10, OrderType::limit, {}, TimeInForce::at_the_close),
            (Lines{"accepted 1"}));
  EXPECT_EQ(send(2, kSell, 100, 4), (Lines{"accepted 2", "rested 2 100 4 4"}));
  EXPECT_EQ(state(TradingState::auction, AuctionKind::closing),
            (Lines{"state 1 1", "rested 1 102 10 10", "indicative 102 4 6"}));
  EXPECT_EQ(state(TradingState::closed),
            (Lines{"traded 2 1 102 4", "canceled 1 6 1", "state 4 2"}));
}

TEST_F(OrderTypes, StatesRefuseWhatTheyDoNotTake) {
  state(TradingState::halted);
  EXPECT_EQ(send(1, kBuy, 100, 5), (Lines{"rejected 1 halted"}));
  state(TradingState::closed);
  EXPECT_EQ(send(1, kBuy, 100, 5), (Lines{"rejected 1 market_closed"}));
  state(TradingState::pre_open);
  EXPECT_EQ(send(1, kBuy, 100, 5, OrderType::limit, {}, TimeInForce::ioc),
            (Lines{"rejected 1 not_in_this_state"}));
  EXPECT_EQ(send(1, kBuy, 100, 5), (Lines{"accepted 1", "rested 1 100 5 5"}));
}

TEST_F(OrderTypes, NothingTradesOutsideTheBand) {
  send(1, kSell, 100, 5);
  send(2, kSell, 111, 5);
  (void)engine.set_bands(0, Ticks{90}, Ticks{110});
  (void)heard();
  EXPECT_EQ(send(3, kBuy, 111, 5), (Lines{"rejected 3 outside_band"}));
  EXPECT_EQ(send(4, kBuy, 0, 8, OrderType::market),
            (Lines{"accepted 4", "traded 1 4 100 5", "canceled 4 3 1"}));
}

TEST_F(OrderTypes, OffTheIncrementIsRefused) {
  (void)engine.configure(0, {Ticks{5}, Allocation::price_time, Lots{1}});
  EXPECT_EQ(send(1, kBuy, 101, 5), (Lines{"rejected 1 price_off_increment"}));
  EXPECT_EQ(send(1, kBuy, -105, 5), (Lines{"accepted 1", "rested 1 -105 5 5"}));
}

TEST_F(OrderTypes, ProRataSharesBySizeAndGivesTheRestByTime) {
  (void)engine.configure(0, {Ticks{1}, Allocation::pro_rata, Lots{1}});
  send(1, kSell, 100, 10);
  send(2, kSell, 100, 20);
  send(3, kSell, 100, 30);
  EXPECT_EQ(send(4, kBuy, 100, 11), (Lines{"accepted 4", "traded 1 4 100 3",
                                           "traded 2 4 100 3", "traded 3 4 100 5"}));
}

TEST_F(OrderTypes, PriceSizeTimeServesTheLargestFirst) {
  (void)engine.configure(0, {Ticks{1}, Allocation::price_size_time, Lots{1}});
  send(1, kSell, 100, 10);
  send(2, kSell, 100, 30);
  send(3, kSell, 100, 30);
  EXPECT_EQ(send(4, kBuy, 100, 35),
            (Lines{"accepted 4", "traded 2 4 100 30", "traded 3 4 100 5"}));
}

TEST_F(OrderTypes, TermsThatATypeDoesNotUseAreRefused) {
  EXPECT_EQ(send(1, kBuy, 100, 5, OrderType::limit, showing(2)),
            (Lines{"rejected 1 terms_not_for_type"}));
  EXPECT_EQ(send(1, kBuy, 100, 5, OrderType::iceberg, showing(6)),
            (Lines{"rejected 1 display_out_of_range"}));
  EXPECT_EQ(send(1, kBuy, 100, 5, OrderType::hidden, {}, TimeInForce::ioc),
            (Lines{"rejected 1 time_in_force_not_for_type"}));
}

// Random commands of every kind.
struct Crowd {
  Rng rng;

  std::int64_t to(std::int64_t n) {
    return static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(n)));
  }
  NewOrder order() {
    NewOrder o;
    o.id = static_cast<OrderId>(1 + to(60));
    o.owner = static_cast<OwnerId>(to(4));
    o.side = to(2) == 0 ? kBuy : kSell;
    o.type = static_cast<OrderType>(to(3) == 0 ? to(10) : 1);
    o.time_in_force = static_cast<TimeInForce>(to(3) == 0 ? to(7) : 0);
    o.price = Ticks{to(16) - 4};
    o.quantity = Lots{1 + to(20)};
    return o;
  }
  Terms terms(const NewOrder& o) {
    Terms t;
    if (o.type == OrderType::iceberg) {
      t.display = Lots{1 + to(o.quantity.n)};
      t.display_random = Lots{to(t.display.n)};
    }
    const bool stop = o.type == OrderType::stop || o.type == OrderType::stop_limit;
    if (stop) t.stop = Ticks{to(16) - 4};
    if (stop || o.type == OrderType::trailing_stop)
      t.trigger = static_cast<TriggerOn>(to(3));
    if (o.type == OrderType::trailing_stop) t.trail = 1 + to(5);
    if (o.type == OrderType::pegged) {
      t.peg = static_cast<PegTo>(1 + to(3));
      t.offset = Ticks{to(5) - 2};
    }
    const bool sized = o.type == OrderType::limit || o.type == OrderType::hidden ||
                       o.type == OrderType::pegged || o.type == OrderType::market;
    if (sized && to(4) == 0) t.minimum = Lots{to(o.quantity.n + 1)};
    if (sized && t.minimum.n == 0 && to(6) == 0) t.all_or_none = true;
    if (o.type == OrderType::post_only) t.slide = to(2) == 0;
    if (o.time_in_force == TimeInForce::gtd) t.expire_at = Nanos{1'000'000};
    t.self_trade = static_cast<SelfTrade>(to(6));
    return t;
  }
  template <class Target>
  void act(Target& engine) {
    const auto id = static_cast<OrderId>(1 + to(60));
    switch (to(40)) {
      case 0:
        (void)engine.set_state(0, static_cast<TradingState>(to(5)),
                               static_cast<AuctionKind>(to(3)));
        return;
      case 1:
      case 2:
      case 3:
        (void)engine.set_state(0, TradingState::continuous);
        return;
      case 4:
        (void)engine.mass_cancel({static_cast<OwnerId>(to(4)), 0, {}, Side::none});
        return;
      case 5:
        if (to(8) == 0) (void)engine.expire(0);
        return;
      case 6:
        (void)engine.set_bands(0, Ticks{-to(6)}, Ticks{4 + to(8)});
        return;
      case 7:
        (void)engine.clear_bands(0);
        return;
      case 8:
      case 9:
      case 10:
      case 11:
      case 12:
        (void)engine.cancel(id);
        return;
      case 13:
      case 14:
      case 15:
      case 16:
      case 17: {
        Change c{id,
                 to(3) == 0 ? static_cast<OrderId>(1 + to(60)) : id,
                 Ticks{to(16) - 4},
                 Lots{1 + to(20)},
                 {}};
        if (to(10) == 0) c.stop = Ticks{to(16) - 4};
        (void)engine.replace(c);
        return;
      }
      default:
        break;
    }
    const NewOrder o = order();
    (void)engine.submit(o, terms(o));
  }
};

// Looks at every call whether what it says can be so.
struct Auditor : FeedWriter {
  using FeedWriter::FeedWriter;
  std::uint64_t accepts{}, refusals{}, trades{};
  bool refused{};

  void accepted(const NewOrder&) { ++accepts; }
  void rejected(OrderId, Reject) {
    ++refusals;
    refused = true;
  }
  void traded(const Trade& t) {
    ++trades;
    EXPECT_GT(t.quantity.n, 0);
    EXPECT_GE(t.maker_left.n, 0);
    EXPECT_GE(t.taker_left.n, 0);
    FeedWriter::traded(t);
  }
};

class Crowds : public testing::TestWithParam<Allocation> {};

TEST_P(Crowds, KeepTheBooksWholeAndThePublicInformed) {
  std::vector<feed::Event> events;
  Auditor auditor(events);
  Engine<Auditor> engine(auditor, 1, 5);
  Crowd crowd{Rng(20'260'101)};
  (void)engine.configure(0, {Ticks{1}, GetParam(), Lots{1}});
  book::Books copy;
  for (int step = 0; step < 60'000; ++step) {
    events.clear();
    auditor.begin(Nanos{step});
    auditor.refused = false;
    const std::uint64_t before = engine.state_hash();
    crowd.act(engine);
    if (auditor.refused) {
      ASSERT_EQ(engine.state_hash(), before) << step;
    }
    for (const feed::Event& event : events)
      ASSERT_EQ(copy.apply(event), Reject::none) << step;
    ASSERT_EQ(copy.state_hash(), engine.books().state_hash()) << step;
    const auto bid = engine.books().best(0, kBuy);
    const auto ask = engine.books().best(0, kSell);
    if (engine.state(0) == TradingState::continuous && bid && ask) {
      ASSERT_LT(bid->price, ask->price) << step;
    }
  }
  EXPECT_GT(auditor.trades, 2'000U);
  EXPECT_GT(auditor.refusals, 2'000U);
}

TEST_P(Crowds, GoOnFromASnapshotAsIfNothingHadHappened) {
  std::vector<feed::Event> events;
  std::vector<feed::Event> other_events;
  Auditor auditor(events);
  Auditor other_auditor(other_events);
  Engine<Auditor> engine(auditor, 1, 5);
  Crowd crowd{Rng(7)};
  (void)engine.configure(0, {Ticks{1}, GetParam(), Lots{1}});
  (void)engine.set_account(1, {4, SelfTrade::decrement});
  for (int round = 0; round < 40; ++round) {
    for (int step = 0; step < 200; ++step) crowd.act(engine);
    const std::vector<std::byte> bytes = engine.snapshot();
    Engine<Auditor> other(other_auditor, 1);
    ASSERT_EQ(other.restore(bytes), SnapshotError::none);
    ASSERT_EQ(other.state_hash(), engine.state_hash()) << round;
    ASSERT_EQ(other.snapshot(), bytes);
    Crowd same = crowd;
    events.clear();
    other_events.clear();
    for (int step = 0; step < 200; ++step) {
      crowd.act(engine);
      same.act(other);
      ASSERT_EQ(other.state_hash(), engine.state_hash()) << round << ' ' << step;
    }
    ASSERT_EQ(events.size(), other_events.size());
  }
}

TEST_F(OrderTypes, ADamagedSnapshotIsRefusedAndChangesNothing) {
  send(1, kBuy, 100, 5);
  const std::uint64_t before = engine.state_hash();
  std::vector<std::byte> bytes = engine.snapshot();
  EXPECT_EQ(engine.restore({}), SnapshotError::not_a_snapshot);
  bytes.back() ^= std::byte{1};
  EXPECT_EQ(engine.restore(bytes), SnapshotError::damaged);
  bytes.back() ^= std::byte{1};
  bytes[8] = std::byte{9};
  EXPECT_EQ(engine.restore(bytes), SnapshotError::version);
  bytes.pop_back();
  bytes[0] = std::byte{0};
  EXPECT_EQ(engine.restore(bytes), SnapshotError::not_a_snapshot);
  EXPECT_EQ(engine.state_hash(), before);
}

INSTANTIATE_TEST_SUITE_P(Policies, Crowds,
                         testing::Values(Allocation::price_time, Allocation::pro_rata,
                                         Allocation::price_size_time));

}  // namespace
}  // namespace ai_trading::matching
