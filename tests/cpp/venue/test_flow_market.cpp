#include "ai_trading/venue/flow_market.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "ai_trading/book/books.hpp"
#include "ai_trading/feed/itch_encoder.hpp"
#include "ai_trading/venue/order_venue.hpp"
#include "flow_tools.hpp"

namespace ai_trading::venue {
namespace {

using feed::Event;
using feed::EventKind;
using feed::TradingState;
using rules::Phase;

constexpr Nanos kMidnight = kOpen - rules::clock_time(9, 30);

Nanos at(int hour, int minute, int second = 0) {
  return kMidnight + rules::clock_time(hour, minute) + Nanos{second * 1'000'000'000LL};
}

FlowSettings ruled(FlowModelTerms model, double events = 20'000,
                   double volatility = 0.01, std::uint64_t seed = 1) {
  FlowSettings s;
  s.symbols = {{Ticks{1'502'500}, Ticks{100}, volatility},
               {Ticks{410'000}, Ticks{100}, volatility}};
  s.seed = seed;
  s.open = kOpen;
  s.close = kClose;
  s.events = events;
  s.model = std::move(model);
  FlowRules rules;
  rules.market = us_equities(kMidnight);
  rules.market.index_close = 500'000;
  for (const FlowSymbol& symbol : s.symbols)
    rules.listings.push_back(us_stock(symbol.price, rules::Tier::one));
  s.rules = std::move(rules);
  return s;
}

const std::vector<std::pair<std::string, FlowModelTerms>> kModels{
    {"hawkes", HawkesTerms{}},
    {"zero_intelligence", ZeroIntelligenceTerms{}},
    {"queue_reactive", QueueReactiveTerms{}},
    {"agents", AgentTerms{}}};

bool is(const Event& e, EventKind kind) {
  return e.kind == static_cast<std::uint8_t>(kind);
}

std::vector<Event> crosses(const std::vector<Event>& events, InstrumentIndex i) {
  std::vector<Event> out;
  for (const Event& e : events)
    if (is(e, EventKind::cross) && e.instrument == i) out.push_back(e);
  return out;
}

TEST(FlowMarket, ADayOpensAndClosesWithAnAuctionThatTrades) {
  for (const auto& [name, model] : kModels) {
    SCOPED_TRACE(name);
    const auto events = all_events(ruled(model));
    for (const InstrumentIndex i : {0U, 1U}) {
      const auto told = crosses(events, i);
      ASSERT_EQ(told.size(), 2U);
      EXPECT_EQ(told[0].order_id, 'O');
      EXPECT_EQ(told[0].timestamp, kOpen.n);
      EXPECT_GT(told[0].quantity, 0);
      EXPECT_EQ(told[1].order_id, 'C');
      EXPECT_EQ(told[1].timestamp, kClose.n + 1'000'000'000);
      EXPECT_GT(told[1].quantity, 0);
    }
    EXPECT_EQ(digest(events), digest(all_events(ruled(model), 7)));
    EXPECT_NE(digest(events), digest(all_events(ruled(model, 20'000, 0.01, 2))));
  }
}

// While trading is on, the public book of a day is never crossed; it ends empty.
TEST(FlowMarket, ABookMadeOfItHoldsTogether) {
  for (const auto& [name, model] : kModels) {
    SCOPED_TRACE(name);
    FlowSettings wild = ruled(model, 40'000, 0.4);
    wild.rules->halts = {{0, at(11, 0), at(11, 10)}, {1, at(15, 50), std::nullopt}};
    wild.rules->index = {{at(13, 0), 464'000}};
    book::Books books;
    std::vector<TradingState> states(2, TradingState::closed);
    std::int64_t before = 0;
    std::size_t crossed = 0;
    for (const Event& event : all_events(wild)) {
      ASSERT_EQ(books.apply(event), Reject::none)
          << int{event.kind} << " at " << event.timestamp;
      ASSERT_GE(event.timestamp, before);
      before = event.timestamp;
      if (is(event, EventKind::status))
        states[event.instrument] = static_cast<TradingState>(event.aux);
      if (states[event.instrument] != TradingState::continuous) continue;
      const auto bid = books.best(event.instrument, Side::buy);
      const auto ask = books.best(event.instrument, Side::sell);
      if (bid && ask && bid->price >= ask->price) ++crossed;
    }
    EXPECT_EQ(crossed, 0U);
    EXPECT_EQ(books.order_count(), 0U);
  }
}

TEST(FlowMarket, NothingIsPrintedOutsideTheBandsOrWhileHalted) {
  for (const auto& [name, model] : kModels) {
    SCOPED_TRACE(name);
    FlowSettings wild = ruled(model, 40'000, 0.4);
    wild.rules->index = {{at(12, 0), 430'000}};
    std::vector<TradingState> states(2, TradingState::closed);
    std::size_t printed = 0;
    for (const Event& e : all_events(wild)) {
      if (is(e, EventKind::status))
        states[e.instrument] = static_cast<TradingState>(e.aux);
      const bool trade =
          is(e, EventKind::execute) || is(e, EventKind::trade) ||
          (is(e, EventKind::execute_at) && (e.flags & feed::flag::unprinted) == 0);
      if (!trade) continue;
      ++printed;
      ASSERT_EQ(states[e.instrument], TradingState::continuous);
      // 12:00 to 12:15 nothing trades.
      ASSERT_FALSE(e.timestamp > at(12, 0).n && e.timestamp < at(12, 15).n);
    }
    EXPECT_GT(printed, 500U);
  }
}

TEST(FlowMarket, AWildDayPausesAndReopensWithAnAuction) {
  const auto events = all_events(ruled(HawkesTerms{}, 60'000, 0.8));
  std::size_t pauses = 0;
  std::size_t collars = 0;
  std::size_t reopened = 0;
  for (std::size_t k = 0; k < events.size(); ++k) {
    const Event& e = events[k];
    if (is(e, EventKind::status) && e.order_id == 'P') {
      ++pauses;
      ASSERT_LT(k + 2, events.size());
      EXPECT_EQ(events[k + 1].aux, std::uint64_t{'J'});
      EXPECT_GT(events[k + 1].price, 0);
      EXPECT_GT(events[k + 1].quantity,
                static_cast<std::int64_t>(events[k + 1].order_id & 0xffff'ffff));
      EXPECT_EQ(events[k + 2].order_id, std::uint64_t{'Q'});
    }
    if (is(e, EventKind::info) && e.aux == 'J') ++collars;
    if (is(e, EventKind::cross) && e.order_id == 'H') ++reopened;
  }
  EXPECT_GT(pauses, 0U);
  EXPECT_GE(collars, pauses);
  EXPECT_GT(reopened, 0U);
}

TEST(FlowMarket, AMarketWideHaltStopsEverySymbolForAQuarterOfAnHour) {
  FlowSettings s = ruled(HawkesTerms{});
  s.rules->index = {{at(11, 0), 465'000}};
  const auto events = all_events(s);
  const auto level = std::ranges::find_if(
      events, [](const Event& e) { return is(e, EventKind::info) && e.aux == 'W'; });
  ASSERT_NE(level, events.end());
  EXPECT_EQ(level->order_id, std::uint64_t{'1'});
  EXPECT_EQ(level->timestamp, at(11, 0).n);
  for (const InstrumentIndex i : {0U, 1U}) {
    std::vector<std::pair<std::int64_t, char>> states;
    for (const Event& e : events)
      if (is(e, EventKind::status) && e.instrument == i && e.timestamp > at(10, 0).n &&
          e.timestamp < at(15, 0).n)
        states.emplace_back(e.timestamp, static_cast<char>(e.order_id));
    EXPECT_EQ(states,
              (std::vector<std::pair<std::int64_t, char>>{
                  {at(11, 0).n, 'H'}, {at(11, 10).n, 'Q'}, {at(11, 15).n, 'T'}}));
  }
}

// Yours.

struct Floor {
  OrderFlow flow;
  OrderId next = OrderFlow::kOwnIds;

  explicit Floor(FlowSettings s) : flow(std::move(s)) {}
  Reject send(Side side, OrderType type, TimeInForce tif, std::int64_t price,
              std::int64_t quantity) {
    return flow.submit({next++, 0, 1, side, type, tif, Ticks{price}, Lots{quantity}});
  }
  std::vector<std::pair<int, std::int64_t>> heard() {
    std::vector<std::pair<int, std::int64_t>> out;
    for (const matching::Answer& a : flow.take_answers())
      out.emplace_back(a.kind, a.price);
    return out;
  }
};

TEST(FlowMarket, OrdersAtTheOpenAndTheCloseFillInTheCrossAtItsPrice) {
  const auto events = all_events(ruled(HawkesTerms{}));
  Floor floor(ruled(HawkesTerms{}));
  floor.flow.advance(at(9, 26));
  EXPECT_EQ(floor.send(Side::buy, OrderType::market, TimeInForce::at_the_open, 0, 100),
            Reject::none);
  EXPECT_EQ(floor.send(Side::buy, OrderType::market, TimeInForce::ioc, 0, 100),
            Reject::not_in_this_state);
  floor.flow.advance(at(9, 31));
  std::vector<matching::Answer> answers = floor.flow.take_answers();
  const auto opened = std::ranges::find_if(answers, [](const matching::Answer& a) {
    return a.kind == static_cast<std::uint8_t>(matching::AnswerKind::traded);
  });
  ASSERT_NE(opened, answers.end());
  EXPECT_EQ(opened->timestamp, kOpen.n);
  EXPECT_NE(opened->detail & matching::answer::auction, 0U);
  EXPECT_EQ(floor.send(Side::buy, OrderType::market, TimeInForce::at_the_open, 0, 1),
            Reject::auction_over);

  floor.flow.advance(at(15, 0));
  EXPECT_EQ(
      floor.send(Side::sell, OrderType::market, TimeInForce::at_the_close, 0, 300),
      Reject::none);
  EXPECT_EQ(floor.send(Side::sell, OrderType::limit, TimeInForce::at_the_close,
                       1'300'000, 300),
            Reject::price_collar);
  (void)floor.flow.take_answers();
  floor.flow.advance(at(16, 1));
  answers = floor.flow.take_answers();
  std::int64_t sold = 0;
  for (const matching::Answer& a : answers) {
    if (a.kind != static_cast<std::uint8_t>(matching::AnswerKind::traded)) continue;
    EXPECT_EQ(a.timestamp, kClose.n + 1'000'000'000);
    sold += a.quantity;
  }
  EXPECT_EQ(sold, 300);
  EXPECT_EQ(floor.send(Side::buy, OrderType::market, TimeInForce::day, 0, 1),
            Reject::market_closed);
  EXPECT_EQ(crosses(events, 0).size(), 2U);
}

TEST(FlowMarket, ItSaysWhyItRefuses) {
  FlowSettings s = ruled(HawkesTerms{});
  s.rules->market.on_close_until = rules::clock_time(15, 50);
  Floor floor(std::move(s));
  floor.flow.advance(at(10, 0));
  const auto limit = [&](Side side, std::int64_t price) {
    return floor.send(side, OrderType::limit, TimeInForce::day, price, 100);
  };
  EXPECT_EQ(limit(Side::buy, 1'502'550), Reject::price_off_increment);
  EXPECT_EQ(limit(Side::buy, 1'900'000), Reject::price_collar);
  EXPECT_EQ(floor.flow.index(400'100 + 64'000), 1);
  EXPECT_EQ(limit(Side::buy, 1'500'000), Reject::market_wide_halt);
  floor.flow.advance(at(10, 20));
  EXPECT_EQ(floor.flow.halt(0), Reject::none);
  EXPECT_EQ(limit(Side::buy, 1'500'000), Reject::halted);
  EXPECT_EQ(floor.flow.resume(0), Reject::none);
  EXPECT_EQ(limit(Side::buy, 1'400'000), Reject::none);
  floor.flow.advance(at(15, 49));
  EXPECT_EQ(floor.send(Side::sell, OrderType::market, TimeInForce::at_the_close, 0, 1),
            Reject::none);
  floor.flow.advance(at(15, 50));
  EXPECT_EQ(floor.send(Side::sell, OrderType::market, TimeInForce::at_the_close, 0, 1),
            Reject::on_close_cutoff);
}

TEST(FlowMarket, PlayingOnInStepsOrAtOnceIsTheSame) {
  for (const auto& [name, model] : kModels) {
    SCOPED_TRACE(name);
    OrderFlow once(ruled(model, 20'000, 0.3));
    OrderFlow steps(ruled(model, 20'000, 0.3));
    once.advance(at(15, 30));
    for (Nanos now = at(9, 0); now <= at(15, 30); now += rules::minutes(7))
      steps.advance(now);
    steps.advance(at(15, 30));
    EXPECT_EQ(once.state_hash(), steps.state_hash());
    EXPECT_EQ(once.orders_sent(), steps.orders_sent());
  }
}

// As a true file would tell it: through ITCH and back, event by event, and a replay of the
// file fills in the crosses.
TEST(FlowMarket, ItsItchSaysTheSameAndAReplayAgrees) {
  FlowSettings s = ruled(HawkesTerms{}, 30'000, 0.6);
  s.rules->halts = {{1, at(11, 0), at(11, 10)}};
  s.rules->index = {{at(13, 0), 464'000}};
  feed::ItchEncoder encoder(kMidnight);
  (void)encoder.add({"ONE", 0, false, {}});
  (void)encoder.add({"TWO", 0, false, {}});
  std::vector<std::byte> bytes;
  std::vector<Event> told;
  for (Event event : all_events(s)) {
    if (is(event, EventKind::status) &&
        event.aux == static_cast<std::uint64_t>(TradingState::closed))
      continue;
    ASSERT_EQ(encoder.encode(event, bytes), feed::EncodeRefusal::none)
        << int{event.kind};
    event.flags &=
        static_cast<std::uint16_t>(~(feed::flag::simulated | feed::flag::more));
    told.push_back(event);
  }
  std::vector<Event> read;
  feed::ItchDecoder decoder(kMidnight);
  std::vector<std::byte> listed;
  for (const auto& i : encoder.instruments()) feed::itch::append(listed, i.directory);
  (void)decoder.decode(listed, [](const Event&, std::uint64_t) {});
  (void)decoder.decode(bytes,
                       [&](const Event& e, std::uint64_t) { read.push_back(e); });
  ASSERT_FALSE(decoder.problem());
  ASSERT_EQ(read.size(), told.size());
  std::map<std::tuple<bool, char>, std::size_t> seen;
  for (std::size_t k = 0; k < read.size(); ++k) {
    const Event& a = read[k];
    const Event& b = told[k];
    ASSERT_EQ(std::tie(a.timestamp, a.instrument, a.kind, a.order_id),
              std::tie(b.timestamp, b.instrument, b.kind, b.order_id));
    if (!is(b, EventKind::remove)) {  // whose message has no quantity
      ASSERT_EQ(a.quantity, b.quantity);
    }
    if (is(b, EventKind::add) || is(b, EventKind::cross) || is(b, EventKind::replace)) {
      ASSERT_EQ(a.price, b.price);
    }
    ASSERT_EQ(a.flags & feed::flag::unprinted, b.flags & feed::flag::unprinted);
    if (is(b, EventKind::cross)) ++seen[{true, static_cast<char>(b.order_id)}];
    if (is(b, EventKind::status)) ++seen[{false, static_cast<char>(b.order_id)}];
  }
  for (const auto& [cross, letter] : std::vector<std::tuple<bool, char>>{{true, 'O'},
                                                                         {true, 'C'},
                                                                         {true, 'H'},
                                                                         {false, 'H'},
                                                                         {false, 'P'},
                                                                         {false, 'Q'},
                                                                         {false, 'T'}})
    EXPECT_GT((seen[{cross, letter}]), 0U) << letter;

  // A replay: an order at the open and one at the close get the crosses' prices.
  std::vector<Instrument> instruments(2);
  OrderVenue venue(instruments, {});
  std::vector<Report> reports;
  Command order;
  order.kind = Command::Kind::submit;
  order.order_id = 1;
  order.side = Side::buy;
  order.type = OrderType::market;
  order.quantity = Lots{100};
  order.time_in_force = TimeInForce::at_the_open;
  venue.execute(order, reports);
  order.order_id = 2;
  order.side = Side::sell;
  order.time_in_force = TimeInForce::at_the_close;
  venue.execute(order, reports);
  for (const Event& e : read) venue.on_event(e, reports);
  const auto shown = crosses(read, 0);
  std::vector<std::int64_t> prices;
  for (const Report& r : reports)
    if (r.kind == Report::Kind::filled) prices.push_back(r.price.n);
  EXPECT_EQ(prices,
            (std::vector<std::int64_t>{shown.front().price, shown.back().price}));
  EXPECT_EQ(venue.refused(), 0U);
}

TEST(FlowMarket, RulesThatDoNotFitAreRefused) {
  const auto refused = [](auto&& spoil) {
    FlowSettings s = ruled(HawkesTerms{});
    spoil(s);
    EXPECT_THROW(OrderFlow{s}, std::invalid_argument);
  };
  refused([](FlowSettings& s) { s.rules->listings.pop_back(); });
  refused([](FlowSettings& s) { s.rules->market.timetable.clear(); });
  refused([](FlowSettings& s) { s.rules->market.timetable.pop_back(); });
  refused([](FlowSettings& s) { s.close -= rules::minutes(1); });
  refused([](FlowSettings& s) { s.rules->opening = 100'001; });
  refused([](FlowSettings& s) { s.rules->halts = {{2, at(11, 0), {}}}; });
  refused([](FlowSettings& s) { s.rules->halts = {{0, at(9, 0), {}}}; });
  refused([](FlowSettings& s) { s.rules->halts = {{0, at(11, 0), at(11, 0)}}; });
  refused([](FlowSettings& s) { s.rules->index = {{at(11, 0), 0}}; });
  refused([](FlowSettings& s) {
    s.rules->market.index_close = 0;
    s.rules->index = {{at(11, 0), 1}};
  });
  refused([](FlowSettings& s) { s.rules->listings[0].previous_close = {}; });
}

TEST(FlowMarket, WithoutRulesThereIsNothingToHalt) {
  FlowSettings s = ruled(HawkesTerms{});
  s.rules.reset();
  OrderFlow flow(s);
  EXPECT_EQ(flow.halt(0), Reject::not_supported_here);
  EXPECT_EQ(flow.resume(0), Reject::not_supported_here);
  EXPECT_EQ(flow.index(1), 0);
  EXPECT_EQ(flow.rules(), nullptr);
}

}  // namespace
}  // namespace ai_trading::venue
