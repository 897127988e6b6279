#include "ai_trading/sim/crew.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "ai_trading/sim/bar_session.hpp"
#include "ai_trading/sim/event_session.hpp"
#include "venue/venue_samples.hpp"

namespace ai_trading::sim {
namespace {

using feed::Event;
using venue::add;
using venue::executed;

Event at(std::int64_t time, Event e) {
  e.timestamp = time;
  return e;
}

std::vector<Event> small_market() {
  return {at(100, add(1, Side::buy, 100, 10)), at(110, add(2, Side::sell, 102, 10)),
          at(200, add(3, Side::buy, 101, 10)), at(300, executed(1, 4))};
}

Settings settings(std::size_t instruments = 1) {
  Settings s;
  s.cash = from_nano(1'000'000 * kNano);
  s.limits.assign(instruments, risk::Limits{});
  s.sample_every = Nanos{1'000'000};
  return s;
}

struct Replay {
  explicit Replay(std::vector<Event> market)
      : events(std::move(market)), session({Instrument{}}, settings(), {}) {}
  void go() {
    session.feed(events);
    session.finish_feed();
    while (session.run(1000, crew) == Progress::more) {
    }
  }
  std::vector<Event> events;
  OrderSession session;
  Crew crew{session, {"ACME"}};
};

// Writes down all it is told and buys on the quote of 101.
class Diary final : public Strategy {
 public:
  void on_start() override { note("start"); }
  void on_quote(const feed::Quote& q) override {
    note("quote " + std::to_string(q.bid_price) + " " + std::to_string(q.ask_quantity));
    if (q.bid_price == 101) bought = buy(0, Lots{3}, Ticks{102});
  }
  void on_trade(const Trade& t) override {
    note("trade " + std::to_string(t.quantity) + " @ " + std::to_string(t.price) +
         " by " + std::to_string(t.aggressor));
  }
  void on_order(const desk::OrderRecord& o) override {
    note("order " + std::to_string(o.order_id) + " is " + std::to_string(o.status));
  }
  void on_fill(const desk::FillRecord& f) override {
    note("fill " + std::to_string(f.quantity) + " @ " + std::to_string(f.price));
  }
  void on_stop() override { note("stop"); }

  std::vector<std::string> lines;
  OrderId bought{};

 private:
  void note(const std::string& what) {
    lines.push_back(std::to_string(now().n) + " " + what);
  }
};

TEST(Crew, AStrategyHearsWhatItOverridesAtItsTime) {
  Replay run(small_market());
  Diary diary;
  run.crew.add(diary, "diary");

  run.go();

  EXPECT_EQ(diary.lines, (std::vector<std::string>{
                             "100 start", "100 quote 100 0", "110 quote 100 10",
                             "200 quote 101 10", "200 order 1 is 1", "200 fill 3 @ 102",
                             "300 trade 4 @ 100 by 2", "300 stop"}));
  EXPECT_EQ(diary.bought, 1U);
}

// Every n-th event and timers, and asks for everything there is to ask.
class Asks final : public Strategy {
 public:
  std::function<void(Asks&)> answer;
  std::vector<std::int64_t> books, rings;

  void on_start() override {
    subscribe(0, {.book_every = 2});
    set_timer(Nanos{150}, Nanos{100});
  }
  void on_book(const feed::Quote& q) override {
    books.push_back(q.timestamp);
    if (answer) answer(*this);
  }
  void on_timer(std::uint64_t number) override {
    rings.push_back(now().n);
    if (rings.size() == 1) cancel_timer(number);
  }
  void on_quote(const feed::Quote&) override { ADD_FAILURE() << "not subscribed"; }
};

TEST(Crew, ASubscriptionReplacesWhatItWouldHear) {
  Replay run(small_market());
  Asks asks;
  run.crew.add(asks, "asks");

  run.go();

  EXPECT_EQ(asks.books, (std::vector<std::int64_t>{110, 300}));
  EXPECT_EQ(asks.rings, (std::vector<std::int64_t>{150}));
}

TEST(Crew, AStrategySeesBookAccountAndItsOrders) {
  Replay run(small_market());
  Asks asks;
  run.crew.add(asks, "asks");
  OrderId resting{};
  int calls = 0;
  asks.answer = [&](Asks& s) {
    if (++calls == 1) {
      resting = s.buy(0, Lots{2}, Ticks{100});
      EXPECT_EQ(s.instruments(), 1U);
      EXPECT_STREQ(s.symbol(0), "ACME");
      EXPECT_EQ(s.scale(0).price_step, 1);
      EXPECT_EQ(s.price(0), Ticks{101});
      std::array<Depth, 4> rows{};
      EXPECT_EQ(s.depth(0, Side::sell, rows), 1U);
      EXPECT_EQ(rows[0].price, 102);
      EXPECT_EQ(rows[0].orders, 1U);
      EXPECT_EQ(s.depth(0, Side::buy, std::span<Depth>{}), 0U);
      return;
    }
    const auto place = s.queue_position(resting);
    ASSERT_TRUE(place);
    EXPECT_EQ(place->orders_ahead, 1U);
    EXPECT_EQ(place->quantity_ahead, Lots{6});
    EXPECT_EQ(s.order(resting)->quantity, 2);
    EXPECT_FALSE(s.order(99));
    EXPECT_FALSE(s.queue_position(99));
    EXPECT_EQ(s.position(0), Lots{0});
    EXPECT_EQ(s.account().cash, 1'000'000'000'000);
    EXPECT_EQ(s.modify(resting, Ticks{100}, Lots{1}), Reject::none);
    EXPECT_EQ(s.cancel(99), Reject::unknown_id);
  };

  run.go();

  EXPECT_EQ(calls, 2);
  EXPECT_EQ(run.session.desk().order(resting).quantity, 1);
}

TEST(Crew, SeveralStrategiesAreToldInTheOrderOfTheirIndex) {
  Replay run(small_market());
  Diary first, second;
  EXPECT_EQ(run.crew.add(first, "first"), 0);
  EXPECT_EQ(run.crew.add(second, "second"), 1);

  run.go();

  EXPECT_EQ(first.bought, 1U);
  EXPECT_EQ(second.bought, 2U);
  EXPECT_EQ(run.session.desk().order(2).strategy, 1);
}

class Throws final : public Strategy {
 public:
  void on_quote(const feed::Quote&) override { throw std::runtime_error("on purpose"); }
};

TEST(Crew, AStrategyThatFailsEndsTheRunWithItsWords) {
  Replay run(small_market());
  Throws strategy;
  run.crew.add(strategy, "clumsy");

  try {
    run.go();
    FAIL() << "it went on";
  } catch (const StrategyFailed& error) {
    EXPECT_STREQ(error.what(), "strategy clumsy ended the run: on purpose");
  }
}

TEST(Crew, AnUnknownInstrumentEndsTheRun) {
  Replay run(small_market());
  Asks asks;
  run.crew.add(asks, "asks");
  asks.answer = [](Asks& s) { (void)s.sell(3, Lots{1}); };

  EXPECT_THROW(run.go(), StrategyFailed);
  EXPECT_TRUE(run.session.desk().orders().empty());
}

TEST(Crew, OutsideARunAStrategyCanDoNothing) {
  Diary diary;
  EXPECT_THROW((void)diary.buy(0, Lots{1}), std::logic_error);
  {
    Replay run(small_market());
    run.crew.add(diary, "diary");
    run.go();
  }
  EXPECT_THROW((void)diary.now(), std::logic_error);
}

class CountsBars final : public Strategy {
 public:
  void on_bar(const feed::Bar& bar) override {
    closes.push_back(bar.close);
    if (closes.size() == 1) (void)buy(bar.instrument, Lots{5});
  }
  void on_fill(const desk::FillRecord& fill) override { paid = fill.price; }
  std::vector<std::int64_t> closes;
  std::int64_t paid{};
};

TEST(Crew, BarsReachItToo) {
  std::vector<feed::Bar> bars(3);
  for (std::int64_t i = 0; i < 3; ++i)
    bars[static_cast<std::size_t>(i)] = {(i + 1) * 60, i * 60, 0,       0,    100 + i,
                                         105 + i,      95 + i, 102 + i, 1'000};
  BarSession session({Instrument{}}, settings(), {}, venue::BarModel{}, bars);
  Crew crew(session, {"ACME"});
  CountsBars strategy;
  crew.add(strategy, "bars");

  while (session.run(10, crew) == Progress::more) {
  }

  EXPECT_EQ(strategy.closes, (std::vector<std::int64_t>{102, 103, 104}));
  EXPECT_EQ(strategy.paid, 101);  // the open of the second bar
}

// A busy market for a run in a thread.
std::vector<Event> busy_market(std::uint64_t seed) {
  std::vector<Event> events;
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    const auto draw = static_cast<std::int64_t>(seed >> 40);
    const Side side = draw % 2 == 0 ? Side::buy : Side::sell;
    const std::int64_t price = side == Side::buy ? 100 - draw % 7 : 101 + draw % 7;
    events.push_back(
        at(static_cast<std::int64_t>(i) * 10, add(i, side, price, 1 + draw % 9)));
    if (i > 50 && draw % 3 == 0)
      events.push_back(at(static_cast<std::int64_t>(i) * 10 + 5, executed(i - 40, 1)));
  }
  return events;
}

class Busy final : public Strategy {
 public:
  void on_quote(const feed::Quote& q) override {
    if (q.bid_quantity == 0) return;
    if (working_ != 0) (void)cancel(working_);
    working_ = buy(0, Lots{1 + q.bid_quantity % 3}, Ticks{q.bid_price});
  }

 private:
  OrderId working_{};
};

std::uint64_t busy_hash(std::uint64_t seed) {
  Replay run(busy_market(seed));
  Busy strategy;
  run.crew.add(strategy, "busy");
  run.go();
  EXPECT_GT(run.session.desk().fills().size(), 10U);
  return run.session.state_hash();
}

TEST(Crew, RunsInTwoThreadsAreThoseInOne) {
  const std::uint64_t one = busy_hash(1);
  const std::uint64_t two = busy_hash(2);
  EXPECT_NE(one, two);

  for (int round = 0; round < 3; ++round) {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::thread a([&] { first = busy_hash(1); });
    std::thread b([&] { second = busy_hash(2); });
    a.join();
    b.join();
    EXPECT_EQ(first, one);
    EXPECT_EQ(second, two);
  }
}

}  // namespace
}  // namespace ai_trading::sim
