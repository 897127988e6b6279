// A made-up market beside its desk: what it tells the gate, and orders with terms.
#include <gtest/gtest.h>

#include "ai_trading/risk/pre_trade.hpp"
#include "ai_trading/sim/synthetic.hpp"
#include "ai_trading/venue/flow_market.hpp"
#include "venue/flow_tools.hpp"

namespace ai_trading::sim {
namespace {

using venue::kClose;
using venue::kOpen;

constexpr Nanos kSecond{1'000'000'000};
constexpr Ticks kCent{100};

Nanos after(std::int64_t seconds) { return kOpen + Nanos{seconds * kSecond.n}; }

venue::FlowSettings quiet(std::uint64_t seed = 7) {
  venue::FlowSettings flow;
  flow.symbols = {{Ticks{1'000'000}}};
  flow.seed = seed;
  flow.open = kOpen;
  flow.close = kClose;
  flow.events = 20'000.0;
  return flow;
}

venue::FlowSettings under_rules() {
  venue::FlowSettings flow = quiet();
  venue::FlowRules rules;
  rules.market = venue::us_equities(kOpen - rules::clock_time(9, 30));
  rules.market.index_close = 500'000;
  rules.listings.push_back(venue::us_stock(flow.symbols[0].price, rules::Tier::one));
  flow.rules = std::move(rules);
  return flow;
}

Instrument share() {
  Instrument made;
  made.price_step = kCent.n;
  return made;
}

struct Floor {
  SyntheticDesk market;
  InstrumentIndex a{};

  explicit Floor(venue::FlowSettings flow = quiet(), std::int64_t cash = 1'000'000'000,
                 const desk::Terms& terms = {})
      : market(from_micro(cash * 1'000'000), terms) {
    a = market.open(share(), {}, std::move(flow));
    market.advance(after(60));
    market.listen();
  }
  desk::NewOrder order(Side side, OrderType type, Lots quantity, Ticks price = {}) {
    desk::NewOrder made;
    made.instrument = a;
    made.side = side;
    made.type = type;
    made.quantity = quantity;
    made.price = price;
    return made;
  }
  OrderId send(const desk::NewOrder& order, const matching::Terms& terms = {}) {
    return market.submit(order, terms, now()).order_id;
  }
  Nanos now() { return at; }
  const desk::OrderRecord& record(OrderId id) { return market.desk().order(id); }
  OrderStatus status(OrderId id) { return static_cast<OrderStatus>(record(id).status); }
  Ticks touch(Side side) { return market.best(a, side)->price; }
  void play(Nanos until) { market.advance(at = until); }

  Nanos at = after(60);
};

const risk::Gate& gate_of(const Floor& floor) { return floor.market.desk().gate(); }

Reject refused(Floor& floor, const desk::NewOrder& order,
               const matching::Terms& terms = {}) {
  const auto answer = floor.market.submit(order, terms, floor.now());
  EXPECT_EQ(static_cast<OrderStatus>(answer.status), OrderStatus::rejected);
  return static_cast<Reject>(answer.reason);
}

TEST(SyntheticNews, AHaltReachesTheGateAndSoDoesItsEnd) {
  Floor floor(under_rules());
  floor.market.desk().arm();
  const auto buy = floor.order(Side::buy, OrderType::market, Lots{1});
  EXPECT_FALSE(gate_of(floor).name(floor.a).halted);

  ASSERT_EQ(floor.market.halt(floor.a, floor.now()), Reject::none);
  EXPECT_TRUE(gate_of(floor).name(floor.a).halted);
  EXPECT_EQ(refused(floor, buy), Reject::trading_halt);

  // The call before the reopening takes orders that can wait.
  ASSERT_EQ(floor.market.resume(floor.a, floor.now()), Reject::none);
  EXPECT_FALSE(gate_of(floor).name(floor.a).halted);
  const OrderId waits =
      floor.send(floor.order(Side::buy, OrderType::limit, Lots{1}, Ticks{990'000}));
  EXPECT_EQ(floor.status(waits), OrderStatus::accepted);

  floor.play(floor.now() + Nanos{400 * kSecond.n});
  const OrderId trades = floor.send(buy);
  EXPECT_EQ(floor.status(trades), OrderStatus::filled);
}

TEST(SyntheticNews, AFallOfTheIndexHaltsEveryMarketForTheGate) {
  Floor floor(under_rules());
  const InstrumentIndex b = floor.market.open(share(), {}, under_rules());
  EXPECT_EQ(floor.market.index(464'000, floor.now()), 1);
  EXPECT_TRUE(gate_of(floor).name(floor.a).halted);
  EXPECT_TRUE(gate_of(floor).name(b).halted);
}

TEST(SyntheticNews, TheGateIsToldTheBandsBeforeEachOrder) {
  Floor floor(under_rules());
  floor.market.desk().arm();
  risk::LimitBook limits;
  limits.all.set(risk::Limit::price_band, 1);
  floor.market.desk().gate().apply(limits);
  const auto bands = floor.market.rules(floor.a)->bands(0);
  ASSERT_TRUE(bands);
  const Ticks above{(bands->upper.n / kCent.n + 1) * kCent.n};
  const Ticks inside{bands->lower.n / kCent.n * kCent.n + 2 * kCent.n};
  EXPECT_EQ(refused(floor, floor.order(Side::buy, OrderType::limit, Lots{1}, above)),
            Reject::price_band);
  floor.send(floor.order(Side::buy, OrderType::limit, Lots{1}, inside));
  EXPECT_EQ(static_cast<Reject>(floor.record(2).reason), Reject::none);
}

// Takes everything of the other side up to a price.
void sweep(Floor& floor, Side side, Ticks limit) {
  auto order = floor.order(side, OrderType::limit, Lots{1'000'000}, limit);
  order.time_in_force = TimeInForce::ioc;
  floor.send(order);
}

matching::Terms stop_at(Ticks price) {
  matching::Terms terms;
  terms.stop = price;
  return terms;
}

TEST(SyntheticTerms, AStopThatIsTriggeredIsRestatedThenFilled) {
  Floor floor;
  const Ticks bid = floor.touch(Side::buy);
  const Ticks stop{bid.n - 3 * kCent.n};
  const OrderId id = floor.send(
      floor.order(Side::sell, OrderType::stop, Lots{10}, stop), stop_at(stop));
  EXPECT_EQ(floor.status(id), OrderStatus::accepted);
  EXPECT_EQ(floor.record(id).price, 0);
  floor.market.forget_heard();

  sweep(floor, Side::sell, stop);

  EXPECT_EQ(floor.status(id), OrderStatus::filled);
  EXPECT_EQ(floor.market.special(id)->triggered, floor.now());
  std::vector<SyntheticDesk::Note> notes;
  for (const auto& heard : floor.market.heard())
    if (heard.report.order_id == id) notes.push_back(heard.note);
  ASSERT_GE(notes.size(), 2U);
  EXPECT_EQ(notes[0], SyntheticDesk::Note::triggered);
  EXPECT_TRUE(floor.market.desk().incidents().empty());
}

TEST(SyntheticTerms, WhatTheVenueCouldOnlyRefuseLaterIsRefusedAtOnce) {
  Floor floor;
  const auto stop = floor.order(Side::sell, OrderType::stop, Lots{10});
  EXPECT_EQ(refused(floor, stop, stop_at(Ticks{990'050})), Reject::price_off_increment);
  EXPECT_EQ(floor.market.submit(stop, floor.now()).reason,
            static_cast<std::uint16_t>(Reject::not_supported_here));
  auto dated = floor.order(Side::buy, OrderType::limit, Lots{10}, Ticks{990'000});
  dated.time_in_force = TimeInForce::gtd;
  EXPECT_EQ(refused(floor, dated), Reject::expiry_not_ahead);
  matching::Terms shows;
  shows.display = Lots{11};
  EXPECT_EQ(
      refused(floor,
              floor.order(Side::buy, OrderType::iceberg, Lots{10}, Ticks{990'000}),
              shows),
      Reject::display_out_of_range);
}

// Whoever looks only once an hour sees what somebody sees who looks every second.
TEST(SyntheticTerms, ABracketReactsWhenItsEntryAndExitsTrade) {
  const auto run = [](std::int64_t step) {
    Floor floor;
    desk::Desk& desk = floor.market.desk();
    const Ticks bid = floor.touch(Side::buy);
    const OrderId entry =
        floor.send(floor.order(Side::buy, OrderType::limit, Lots{50}, bid));
    const desk::GroupId exits = desk.link(desk::Link::reduce_others, entry);
    const Ticks up{bid.n + 4 * kCent.n}, down{bid.n - 4 * kCent.n};
    auto profit = floor.order(Side::sell, OrderType::limit, Lots{50}, up);
    auto loss = floor.order(Side::sell, OrderType::stop, Lots{50}, down);
    profit.group = loss.group = exits;
    floor.send(profit);
    floor.send(loss, stop_at(down));
    EXPECT_TRUE(desk.held(entry + 1));
    const Nanos end = floor.now() + Nanos{7'200 * kSecond.n};
    while (floor.now() < end) floor.play(floor.now() + Nanos{step * kSecond.n});
    EXPECT_EQ(floor.status(entry), OrderStatus::filled);
    EXPECT_EQ(desk.ledger().position(floor.a).quantity, Lots{0});
    return desk.state_hash();
  };
  EXPECT_EQ(run(7'200), run(1));
  EXPECT_EQ(run(7'200), run(60));
}

TEST(SyntheticTerms, LinkedOrdersOfTwoMarketsReactInTheOrderOfTime) {
  Floor floor;
  const InstrumentIndex b = floor.market.open(share(), {}, quiet(8));
  desk::Desk& desk = floor.market.desk();
  const desk::GroupId pair = desk.link(desk::Link::cancel_others);
  // The second market's order rests far away; its cancel comes when the first trades.
  auto far = floor.order(Side::buy, OrderType::limit, Lots{5}, Ticks{950'000});
  far.group = pair;
  const OrderId waits = floor.send(far);
  auto near = floor.order(Side::buy, OrderType::limit, Lots{5});
  near.instrument = b;
  near.price = floor.market.best(b, Side::buy)->price;
  near.group = pair;
  const OrderId trades = floor.send(near);

  floor.play(floor.now() + Nanos{3'600 * kSecond.n});

  ASSERT_EQ(floor.status(trades), OrderStatus::filled);
  EXPECT_EQ(floor.status(waits), OrderStatus::canceled);
  EXPECT_TRUE(desk.incidents().empty());
}

TEST(SyntheticTerms, TwoExitsOfOnePositionAskTheGateForItOnce) {
  desk::Terms terms;
  terms.house.cash_covers = true;
  Floor floor(quiet(), 10'100, terms);
  floor.send(floor.order(Side::buy, OrderType::market, Lots{100}));
  const desk::GroupId pair = floor.market.desk().link(desk::Link::reduce_others);
  auto profit = floor.order(Side::sell, OrderType::limit, Lots{100}, Ticks{1'100'000});
  auto loss = floor.order(Side::sell, OrderType::stop, Lots{100});
  profit.group = loss.group = pair;
  EXPECT_EQ(floor.status(floor.send(profit)), OrderStatus::accepted);
  EXPECT_EQ(floor.status(floor.send(loss, stop_at(Ticks{900'000}))),
            OrderStatus::accepted);
  // Another one is a short sale, for which there is no cash.
  EXPECT_EQ(refused(floor, floor.order(Side::sell, OrderType::limit, Lots{100},
                                       Ticks{1'000'000})),
            Reject::insufficient_cash);
}

}  // namespace
}  // namespace ai_trading::sim
