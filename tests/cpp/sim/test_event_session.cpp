#include "ai_trading/sim/event_session.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "venue/venue_samples.hpp"

namespace ai_trading::sim {
namespace {

using feed::Event;
using venue::add;
using venue::executed;

// Writes down everything it is told with its time, and answers as the test wants.
class Diary final : public Handler {
 public:
  std::vector<std::string> lines;
  Session* session{};
  std::map<std::string, std::function<void()>> answers;  // by the line without time

  void on_start() override { note("start"); }
  void on_quote(StrategyIndex, InstrumentIndex i) override {
    const auto bid = session->best(i, Side::buy);
    note("quote " + std::to_string(bid ? bid->price.n : 0));
  }
  void on_book(StrategyIndex, InstrumentIndex) override { note("book"); }
  void on_trade(StrategyIndex, const Event& e, Ticks price) override {
    note("trade " + std::to_string(e.quantity) + " @ " + std::to_string(price.n));
  }
  void on_bar(StrategyIndex, const feed::Bar&) override { note("bar"); }
  void on_timer(StrategyIndex, std::uint64_t n) override {
    note("timer " + std::to_string(n));
  }
  void on_order(const desk::OrderRecord& o) override {
    static const char* const kStatus[] = {
        "pending",         "accepted", "partial",  "filled", "pending_cancel",
        "pending_replace", "canceled", "rejected", "expired"};
    note(std::string(kStatus[o.status]) + " " + std::to_string(o.order_id));
  }
  void on_fill(const desk::FillRecord& f) override {
    note("fill " + std::to_string(f.order_id) + ": " + std::to_string(f.quantity));
  }
  void on_stop() override { note("stop"); }

 private:
  void note(const std::string& what) {
    lines.push_back(std::to_string(session->now().n) + " " + what);
    if (const auto at = answers.find(what); at != answers.end()) at->second();
  }
};

Event at(std::int64_t time, Event e) {
  e.timestamp = time;
  return e;
}

struct Replay {
  explicit Replay(std::vector<Event> market, Latency latency = {},
                  std::vector<Nanos> ends = {})
      : events(std::move(market)), session({Instrument{}}, made(latency, ends), {}) {
    diary.session = &session;
  }
  static Settings made(Latency latency, std::vector<Nanos> ends) {
    Settings s;
    s.cash = from_nano(1'000'000 * kNano);
    s.latency = latency;
    s.limits = {risk::Limits{}};
    s.sample_every = Nanos{1'000'000};
    s.session_ends = std::move(ends);
    return s;
  }
  std::vector<std::string> go(std::size_t budget = 1000) {
    session.feed(events);
    session.finish_feed();
    while (session.run(budget, diary) == Progress::more) {
    }
    return diary.lines;
  }
  void watch(bool quotes, bool trades, std::uint32_t every = 0) {
    session.subscribe({0, 0, quotes, trades, false, every});
  }
  OrderId buy(std::int64_t price, std::int64_t quantity) {
    desk::NewOrder order;
    order.side = Side::buy;
    order.type = OrderType::limit;
    order.price = Ticks{price};
    order.quantity = Lots{quantity};
    return session.submit(order).id;
  }

  std::vector<Event> events;
  OrderSession session;
  Diary diary;
};

using Lines = std::vector<std::string>;

std::vector<Event> small_market() {
  return {at(100, add(1, Side::buy, 100, 10)), at(110, add(2, Side::sell, 102, 10)),
          at(200, add(3, Side::buy, 101, 10)), at(300, executed(1, 4))};
}

TEST(EventSession, WithoutDelaysEverythingHappensAtItsTime) {
  Replay run(small_market());
  run.watch(true, true);
  run.diary.answers["quote 101"] = [&] { run.buy(102, 3); };

  EXPECT_EQ(run.go(), (Lines{"100 start", "100 quote 100", "110 quote 100",
                             "200 quote 101", "200 accepted 1", "200 fill 1: 3",
                             "300 trade 4 @ 100", "300 stop"}));
}

TEST(EventSession, EveryDelayIsAddedWhereItBelongs) {
  Replay run(small_market(), {Nanos{7}, Nanos{20}, Nanos{30}});
  run.watch(true, true);
  run.diary.answers["quote 101"] = [&] { run.buy(102, 3); };

  EXPECT_EQ(run.go(), (Lines{"100 start", "107 quote 100", "117 quote 100",
                             "207 quote 101", "257 accepted 1", "257 fill 1: 3",
                             "307 trade 4 @ 100", "307 stop"}));
  const desk::OrderRecord& order = run.session.desk().order(1);
  EXPECT_EQ(order.submitted, 207);
  EXPECT_EQ(order.acknowledged, 227);  // the venue's time
  EXPECT_EQ(run.session.desk().fills()[0].timestamp, 227);
}

TEST(EventSession, AnOrderThatArrivesWithAMarketEventComesAfterIt) {
  // Sent at 200, at the venue at 300, together with the sell that takes the bid away.
  Replay run({at(100, add(1, Side::buy, 99, 10)), at(200, add(2, Side::sell, 102, 10)),
              at(300, venue::event(feed::EventKind::remove, Side::none, 0, 0, 2)),
              at(400, add(4, Side::buy, 98, 1))},
             {Nanos{0}, Nanos{100}, Nanos{0}});
  run.watch(true, false);
  run.diary.answers["quote 99"] = [&, sent = false]() mutable {
    if (!sent && run.session.best(0, Side::sell)) {
      sent = true;
      run.buy(102, 5);
    }
  };

  const Lines lines = run.go();

  EXPECT_EQ(run.session.desk().order(1).filled, 0);  // the offer had gone
  EXPECT_EQ(lines.back(), "400 stop");
}

TEST(EventSession, AtOneInstantReportsComeBeforeMarketDataBeforeTimers) {
  // The order sent at 110 (seen at 110 + 10) is reported at 120 + 40 = 160; the event of
  // 150 is seen at 160; the timer is set for 160.
  Replay run({at(100, add(1, Side::buy, 100, 10)), at(110, add(2, Side::sell, 102, 10)),
              at(150, add(3, Side::buy, 101, 10))},
             {Nanos{10}, Nanos{20}, Nanos{20}});
  run.watch(true, false);
  run.diary.answers["start"] = [&] { run.session.set_timer(0, Nanos{160}, {}); };
  run.diary.answers["quote 100"] = [&] {
    if (run.session.best(0, Side::sell)) run.buy(100, 1);
  };

  EXPECT_EQ(run.go(),
            (Lines{"100 start", "110 quote 100", "120 quote 100", "160 accepted 1",
                   "160 quote 101", "160 timer 1", "160 expired 1", "160 stop"}));
}

TEST(EventSession, TimersRepeatInOrderAndStopWhenTold) {
  Replay run({at(100, add(1, Side::buy, 100, 10)), at(200, add(2, Side::buy, 99, 10))});
  run.diary.answers["start"] = [&] {
    run.session.set_timer(0, Nanos{130}, Nanos{30});
    run.session.set_timer(0, Nanos{130}, {});
    run.session.set_timer(0, Nanos{5}, {});  // in the past: now
  };
  run.diary.answers["timer 2"] = [&] { run.session.cancel_timer(1); };

  EXPECT_EQ(run.go(), (Lines{"100 start", "100 timer 3", "130 timer 1", "130 timer 2",
                             "200 stop"}));
}

TEST(EventSession, DayOrdersEndWithTheSessionAndAtTheEnd) {
  Replay run({at(100, add(1, Side::buy, 100, 10)), at(110, add(2, Side::sell, 102, 10)),
              at(500, add(3, Side::buy, 99, 1)), at(600, add(4, Side::buy, 98, 1))},
             {}, {Nanos{300}});
  run.watch(false, false, 2);
  run.diary.answers["book"] = [&] { run.buy(100, 1); };

  EXPECT_EQ(run.go(),
            (Lines{"100 start", "110 book", "110 accepted 1", "300 expired 1",
                   "600 book", "600 accepted 2", "600 expired 2", "600 stop"}));
}

TEST(EventSession, ARefusedOrderIsToldAfterTheCallThatSentIt) {
  Replay run(small_market());
  run.diary.answers["start"] = [&] {
    EXPECT_EQ(run.buy(100, 1), 1U);
    run.diary.lines.push_back("sent");
  };

  const Lines lines = run.go();

  // Nothing is known yet, so the gate fails closed.
  EXPECT_EQ((Lines(lines.begin(), lines.begin() + 3)),
            (Lines{"100 start", "sent", "100 rejected 1"}));
  EXPECT_EQ(run.session.desk().order(1).reason,
            static_cast<std::uint16_t>(Reject::no_reference_price));
}

TEST(EventSession, WhoAnswersExpiryWithOrdersStillComesToAnEnd) {
  Replay run(small_market());
  run.watch(true, false);
  run.diary.answers["quote 101"] = [&] { run.buy(100, 1); };
  OrderId last = 1;
  const auto again = [&] { last = run.buy(100, 1); };
  run.diary.answers["expired 1"] = again;
  run.diary.answers["rejected 2"] = again;
  run.diary.answers["stop"] = [&] { EXPECT_EQ(run.buy(100, 1), 0U); };

  const Lines lines = run.go();

  EXPECT_EQ(last, 3U);
  EXPECT_EQ(run.session.desk().orders().size(), 3U);
  EXPECT_EQ(run.session.desk().order(3).reason,
            static_cast<std::uint16_t>(Reject::market_closed));
  EXPECT_EQ(lines.back(), "300 stop");
}

TEST(EventSession, AnUnprintedExecutionIsNoTrade) {
  Replay run({at(100, add(1, Side::buy, 100, 10)),
              at(110, executed(1, 4, feed::flag::unprinted)), at(120, executed(1, 3))});
  run.watch(false, true);

  EXPECT_EQ(run.go(), (Lines{"100 start", "120 trade 3 @ 100", "120 stop"}));
}

TEST(EventSession, GroupedEventsAreSeenWhole) {
  Event first = at(100, add(1, Side::buy, 100, 10));
  first.flags = feed::flag::more;
  Replay run({first, at(100, add(2, Side::buy, 101, 10))});
  run.watch(true, false);

  EXPECT_EQ(run.go(), (Lines{"100 start", "100 quote 101", "100 stop"}));
}

TEST(EventSession, APriceIsKnownWhetherOrNotSomeoneWatches) {
  Replay run({at(100, add(1, Side::buy, 100, 10)), at(110, executed(1, 4)),
              at(120, add(2, Side::buy, 99, 1))});
  run.diary.answers["start"] = [&] { run.session.set_timer(0, Nanos{115}, {}); };
  std::optional<Ticks> seen;
  run.diary.answers["timer 1"] = [&] { seen = run.session.mark(0); };

  run.go();

  EXPECT_EQ(seen, Ticks{100});
}

TEST(EventSession, PricesAtTheEndsOfTheirRangeHaveAMiddle) {
  Replay run({at(100, add(1, Side::buy, -kMaxPrice, 1)),
              at(110, add(2, Side::sell, kMaxPrice, 1))});

  run.go();

  EXPECT_EQ(run.session.mark(0), Ticks{0});
}

TEST(EventSession, TheLastAccountRowHoldsWhatTheLastInstantBrought) {
  Replay run(
      {at(100, add(1, Side::buy, 100, 10)), at(100, add(2, Side::sell, 102, 10))});
  run.diary.answers["start"] = [&] { run.session.set_timer(0, Nanos{100}, {}); };
  run.diary.answers["timer 1"] = [&] { run.buy(102, 3); };

  run.go();

  const auto account = run.session.account();
  ASSERT_EQ(account.size(), 1U);
  EXPECT_EQ(run.session.desk().order(1).filled, 3);
  EXPECT_EQ(account.back().cash, to_micro(run.session.desk().ledger().cash()));
  EXPECT_EQ(run.session.sampled_marks().size(), 1U);
}

TEST(EventSession, NeitherBudgetNorChunksChangeAnything) {
  std::vector<Event> market;
  for (std::int64_t i = 0; i < 300; ++i) {
    market.push_back(at(
        1000 + i * 10, add(static_cast<OrderId>(i), Side::buy, 90 + i % 9, 5 + i % 7)));
    if (i % 3 == 2)
      market.push_back(at(1005 + i * 10, executed(static_cast<OrderId>(i - 1), 2)));
  }
  const auto play = [&](std::size_t chunk, std::size_t budget, Nanos feed) {
    Replay run({}, {feed, Nanos{13}, Nanos{8}});
    run.watch(true, true, 5);
    run.diary.answers["book"] = [&] { run.buy(95, 2); };
    const std::span<const Event> all(market);
    for (std::size_t i = 0; i < all.size(); i += chunk) {
      run.session.feed(all.subspan(i, std::min(chunk, all.size() - i)));
      while (run.session.run(budget, run.diary) == Progress::more) {
      }
      (void)run.session.release_passed();
    }
    run.session.finish_feed();
    while (run.session.run(budget, run.diary) == Progress::more) {
    }
    return std::pair(run.diary.lines, run.session.state_hash());
  };
  for (const Nanos feed : {Nanos{0}, Nanos{25}}) {
    const auto whole = play(100'000, 100'000, feed);
    EXPECT_GT(whole.first.size(), 300U);
    EXPECT_EQ(play(1, 100'000, feed), whole);
    EXPECT_EQ(play(7, 3, feed), whole);
  }
}

// So many orders and instruments that the session looks ahead.
TEST(EventSession, LookingAheadChangesNothing) {
  constexpr std::uint32_t kInstruments = 300;
  std::vector<Event> market;
  std::vector<OrderId> live;
  std::uint64_t state = 7;
  const auto draw = [&state](std::uint64_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33) % below;
  };
  for (std::uint64_t i = 1; market.size() < 40'000; ++i) {
    Event e{};
    if (live.size() > 12'000) {
      const std::size_t place = draw(live.size());
      e = executed(live[place], 1);
      e.kind = static_cast<std::uint8_t>(draw(2) == 0 ? feed::EventKind::remove
                                                      : feed::EventKind::execute);
      e.instrument = static_cast<std::uint32_t>(live[place] % kInstruments);
      live[place] = live.back();
      live.pop_back();
    } else {
      const auto price = static_cast<std::int64_t>(draw(30));
      const bool buys = draw(2) == 0;
      e = add(i, buys ? Side::buy : Side::sell, buys ? 100 - price : 101 + price, 1);
      e.instrument = static_cast<std::uint32_t>(i % kInstruments);
      live.push_back(i);
    }
    market.push_back(at(static_cast<std::int64_t>(1'000 + i), e));
  }
  book::Books plain(kInstruments);
  ASSERT_EQ(plain.apply(market).refused, 0U);

  const auto play = [&](std::size_t chunk, Nanos feed) {
    Settings settings = Replay::made({feed, Nanos{3}, Nanos{3}}, {});
    settings.limits.assign(kInstruments, risk::Limits{});
    OrderSession session(std::vector<Instrument>(kInstruments), settings, {});
    Diary diary;
    diary.session = &session;
    for (InstrumentIndex i = 0; i < kInstruments; ++i)
      session.subscribe({i, 0, false, false, false, 50});
    diary.answers["book"] = [&] {
      desk::NewOrder order;
      order.instrument =
          static_cast<InstrumentIndex>(diary.lines.size() % kInstruments);
      order.side = Side::buy;
      order.type = OrderType::limit;
      order.price = Ticks{100};
      order.quantity = Lots{1};
      (void)session.submit(order);
    };
    const std::span<const Event> all(market);
    for (std::size_t i = 0; i < all.size(); i += chunk) {
      session.feed(all.subspan(i, std::min(chunk, all.size() - i)));
      while (session.run(777, diary) == Progress::more) {
      }
      (void)session.release_passed();
    }
    session.finish_feed();
    while (session.run(777, diary) == Progress::more) {
    }
    EXPECT_EQ(session.book().state_hash(), plain.state_hash());
    return std::pair(diary.lines, session.state_hash());
  };
  for (const Nanos feed : {Nanos{0}, Nanos{25}}) {
    const auto whole = play(market.size(), feed);
    EXPECT_GT(whole.first.size(), 500U);
    EXPECT_EQ(play(1'000, feed), whole);
    EXPECT_EQ(play(33, feed), whole);
  }
}

}  // namespace
}  // namespace ai_trading::sim
