#include "ai_trading/algo/workers.hpp"

#include <gtest/gtest.h>

#include "algo/toy_market.hpp"

namespace ai_trading::algo {
namespace {

using test::ToyMarket;
using test::ToyOrder;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr Nanos kStart{100 * kSecond};
constexpr Nanos kEnd{700 * kSecond};

Terms terms(Algorithm algorithm, std::int64_t quantity = 1'000) {
  Terms t;
  t.algorithm = algorithm;
  t.quantity = Lots{quantity};
  t.start = kStart;
  t.end = kEnd;
  t.display = Lots{std::max<std::int64_t>(1, quantity / 10)};
  return t;
}

// One second of a market after the other, from before the start until well after the end.
template <class Check>
void play(Workers& workers, ToyMarket& market, Check&& check, bool quiet = false) {
  std::int64_t middle = 10'000;
  const auto over = [&] {
    return std::ranges::all_of(workers.all(), [](const Worker& w) { return w.done(); });
  };
  for (std::int64_t second = 90; second < 800 || !over(); ++second) {
    if (second > 20'000) break;  // somebody hangs: the caller will say so
    const Nanos now{second * kSecond};
    middle += static_cast<std::int64_t>(market.rng.below(5)) - 2;
    if (!quiet) market.quote(middle);
    for (std::uint64_t n = market.rng.below(4); n > 0; --n) {
      const auto lots = static_cast<std::int64_t>(1 + market.rng.below(200));
      market.trades_lots += lots;
      workers.on_trade(0, Ticks{middle}, Lots{lots}, now);
    }
    if (workers.watches_touch(0)) workers.on_touch(0, market.now, now);
    workers.run(now, market);
    check(now);
    market.venue(workers, now);
    check(now);
    workers.run(now, market);
    check(now);
  }
}

Terms drawn(Rng& rng) {
  Terms t = terms(static_cast<Algorithm>(rng.below(8)),
                  static_cast<std::int64_t>(1 + rng.below(20'000)));
  t.side = rng.chance(0.5) ? Side::buy : Side::sell;
  t.completion = rng.chance(0.5) ? Completion::cross : Completion::report;
  t.urgency = static_cast<std::int64_t>(rng.below(1'000'001));
  t.rate = static_cast<std::int64_t>(1'000 + rng.below(400'000));
  if (rng.chance(0.5)) t.max_participation = t.rate + 100'000;
  if (rng.chance(0.3)) t.min_participation = t.rate / 2;
  if (rng.chance(0.5))
    t.limit = Ticks{9'990 + static_cast<std::int64_t>(rng.below(20))};
  if (rng.chance(0.3))
    t.would = Ticks{9'990 + static_cast<std::int64_t>(rng.below(20))};
  t.round = Lots{static_cast<std::int64_t>(1 + rng.below(100))};
  t.min_child = Lots{static_cast<std::int64_t>(1 + rng.below(100))};
  if (rng.chance(0.5)) t.max_child = t.min_child + Lots{50};
  t.slices = rng.below(30);
  t.jitter = rng.chance(0.5) ? rng.uniform() : 0.0;
  t.seed = rng.next();
  t.k = rng.uniform() * 10.0;
  t.display = Lots{std::max<std::int64_t>(1, t.quantity.n / 7)};
  t.interval = Nanos{static_cast<std::int64_t>(1 + rng.below(120)) * kSecond};
  t.review = Nanos{static_cast<std::int64_t>(1 + rng.below(20)) * kSecond};
  if (rng.chance(0.5)) {
    t.forecast = schedule::VolumeForecast{
        schedule::Curve(Nanos{0}, Nanos{1'000 * kSecond}), 1e5, rng.uniform()};
    t.adaptive = rng.chance(0.7);
  }
  if (rng.chance(0.3)) t.satiation = 0.0001 + rng.uniform() * 0.01;
  if (t.algorithm == Algorithm::close && rng.chance(0.6))
    t.auction = static_cast<std::int64_t>(rng.below(1'000'001));
  t.check();
  return t;
}

// Everything that must hold for any parent at any moment, whatever the venue does.
TEST(Workers, KeepTheirPromisesUnderACarelessVenue) {
  Rng rng(2024);
  for (int trial = 0; trial < 600; ++trial) {
    const double refusals = trial % 3 == 0 ? 0.2 : 0.0;
    ToyMarket market(rng.next(), refusals, trial % 2 == 0 ? 1.0 : 0.4);
    Workers workers(1);
    std::vector<Terms> all;
    for (std::uint64_t n = 1 + rng.below(4); n > 0; --n) {
      all.push_back(drawn(rng));
      workers.add(all.size(), all.back());
    }
    Nanos at{};
    market.now.closing_auction = trial % 4 < 2;
    market.watch = [&](const ToyOrder& order, Ticks price, Lots quantity) {
      const Terms& t = all[order.parent - 1];
      ASSERT_GE(at, t.start);
      if (t.limit) {
        ASSERT_EQ(order.type, OrderType::limit);
        ASSERT_FALSE(better(t.side, price, *t.limit));
      }
      const Lots open = quantity - order.state.filled;
      ASSERT_GT(open.n, 0);
      if (t.max_child.n > 0) {
        ASSERT_LE(open, t.max_child);
      }
    };
    play(workers, market, [&](Nanos now) {
      at = now + Nanos{kSecond};
      for (const Worker& worker : workers.all()) {
        const Terms& t = worker.terms();
        ASSERT_EQ(worker.filled() + worker.working() + worker.shortfall(), t.quantity);
        ASSERT_GE(worker.working().n, 0);
        ASSERT_GE(worker.shortfall().n, 0);
        if (t.max_participation > 0) {
          const Lots cap =
              schedule::participation(Lots{market.trades_lots}, t.max_participation);
          ASSERT_LE(worker.filled() + worker.working(), cap);
        }
      }
    });
    for (const Worker& worker : workers.all()) {
      std::int64_t filled = 0;
      for (const ToyOrder& order : market.orders)
        if (order.parent == worker.id()) filled += order.state.filled.n;
      ASSERT_TRUE(worker.done())
          << "algorithm " << static_cast<int>(worker.terms().algorithm);
      ASSERT_EQ(worker.working().n, 0);
      ASSERT_EQ(worker.filled().n, filled);
      ASSERT_EQ(worker.record().shortfall, worker.terms().quantity.n - filled);
    }
  }
}

TEST(Workers, CompleteWhereNothingHoldsThemBack) {
  for (const Algorithm algorithm :
       {Algorithm::twap, Algorithm::vwap, Algorithm::shortfall, Algorithm::arrival,
        Algorithm::close, Algorithm::pov, Algorithm::iceberg, Algorithm::seek}) {
    ToyMarket market(5, 0.0, 1.0);
    Workers workers(1);
    Terms t = terms(algorithm, 500);
    t.k = 3.0;
    workers.add(1, t);
    play(workers, market, [](Nanos) {});
    EXPECT_EQ(workers.find(1)->filled().n, 500) << static_cast<int>(algorithm);
    EXPECT_EQ(workers.find(1)->shortfall().n, 0);
  }
}

TEST(Workers, FollowTheirScheduleWithinTheirBand) {
  for (const std::int64_t urgency : {0, 500'000, 1'000'000}) {
    ToyMarket market(9, 0.0, 1.0);
    Workers workers(1);
    Terms t = terms(Algorithm::twap, 6'000);
    t.slices = 10;
    t.urgency = urgency;
    workers.add(1, t);
    play(workers, market, [&](Nanos now) {
      if (now < kStart || now >= kEnd) return;
      const std::int64_t slice = (now - kStart).n / (60 * kSecond);
      const std::int64_t filled = workers.find(1)->filled().n;
      EXPECT_LE(filled, 600 * (slice + 1));
      // A careless venue fills in parts: one more slice than the band, in the worst case.
      EXPECT_GE(filled, 600 * (slice - 1) - 600);
    });
  }
}

TEST(Workers, SayWhereTheyCrossAfterDeviation) {
  // Nothing trades passively here: the child crosses when half the slice is due.
  ToyMarket market(1, 0.0, 1.0);
  Workers workers(1);
  Terms t = terms(Algorithm::twap, 1'000);
  t.slices = 10;
  workers.add(1, t);
  market.quote(10'000);
  std::vector<std::pair<Ticks, Nanos>> sent;
  Nanos at{};
  market.watch = [&](const ToyOrder&, Ticks price, Lots) {
    sent.emplace_back(price, at);
  };
  for (std::int64_t second = 100; second < 135; ++second) {
    at = Nanos{second * kSecond};
    workers.run(at, market);
    for (ToyOrder& order : market.orders) {
      if (order.state.status == OrderStatus::pending_replace)
        order.state.price = order.new_price;
      order.state.status = OrderStatus::accepted;
      workers.on_child(1, order.state, at);
    }
    workers.run(at, market);
  }
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].first, market.now.bid);
  EXPECT_EQ(sent[0].second, kStart);
  EXPECT_EQ(sent[1].first, market.now.ask);
  EXPECT_EQ(sent[1].second, kStart + Nanos{31 * kSecond});
}

TEST(Workers, SendMarketOrdersWhereThereAreOnlyBars) {
  ToyMarket market(3, 0.0, 1.0);
  market.now.last = Ticks{10'000};
  market.now.has_last = true;
  Workers workers(1);
  Terms t = terms(Algorithm::twap, 100);
  t.slices = 10;
  workers.add(1, t);
  market.watch = [&](const ToyOrder& order, Ticks, Lots) {
    EXPECT_EQ(order.type, OrderType::market);
  };
  play(workers, market, [](Nanos) {}, true);
  EXPECT_EQ(workers.find(1)->filled().n, 100);
}

TEST(Workers, WaitUntilThereIsAPrice) {
  ToyMarket market(3, 0.0, 1.0);
  Workers workers(1);
  workers.add(1, terms(Algorithm::twap, 100));
  play(workers, market, [](Nanos) {}, true);
  EXPECT_EQ(market.orders.size(), 0U);
  EXPECT_TRUE(workers.find(1)->done());
  EXPECT_EQ(workers.find(1)->shortfall().n, 100);
}

TEST(Workers, TakeTheIWouldPriceAtOnce) {
  ToyMarket market(3, 0.0, 1.0);
  Workers workers(1);
  Terms t = terms(Algorithm::twap, 1'000);
  t.would = Ticks{9'900};
  workers.add(1, t);
  market.quote(10'000);
  workers.run(kStart, market);
  EXPECT_EQ(market.orders.size(), 1U);
  market.quote(9'899, 1);  // an ask of 9,900
  market.now.ask_quantity = Lots{700};
  const Nanos later = kStart + Nanos{kSecond};
  market.orders[0].state.status = OrderStatus::filled;
  market.orders[0].state.filled = market.orders[0].state.quantity;
  workers.on_child(1, market.orders[0].state, later);
  ASSERT_TRUE(workers.watches_touch(0));
  workers.on_touch(0, market.now, later);
  workers.run(later, market);
  ASSERT_EQ(market.orders.size(), 2U);
  EXPECT_EQ(market.orders[1].state.price, Ticks{9'900});
  EXPECT_EQ(market.orders[1].state.quantity, Lots{700});
}

TEST(Workers, FollowTheVolumeAsItComes) {
  ToyMarket market(3, 0.0, 1.0);
  Workers workers(1);
  Terms t = terms(Algorithm::pov, 100'000);
  t.rate = 100'000;
  t.min_child = Lots{100};
  workers.add(1, t);
  market.quote(10'000);
  workers.run(kStart, market);
  EXPECT_TRUE(market.orders.empty());
  workers.on_trade(0, Ticks{10'000}, Lots{900}, kStart + Nanos{1});
  workers.run(kStart + Nanos{1}, market);
  EXPECT_TRUE(market.orders.empty());
  workers.on_trade(0, Ticks{10'000}, Lots{200}, kStart + Nanos{2});
  workers.run(kStart + Nanos{2}, market);
  ASSERT_EQ(market.orders.size(), 1U);
  EXPECT_EQ(market.orders[0].state.quantity.n, 110);
}

TEST(Workers, KeepPaceWithVolumeThatComesOnceAnInterval) {
  // As over minute bars: every time it is asked, an interval's volume has just come.
  ToyMarket market(3, 0.0, 1.0);
  Workers workers(1);
  Terms t = terms(Algorithm::pov, 100'000);
  workers.add(1, t);
  market.quote(10'000);
  for (std::int64_t minute = 0; minute < 9; ++minute) {
    const Nanos now = kStart + Nanos{minute * 60 * kSecond};
    if (minute > 0) workers.on_trade(0, Ticks{10'000}, Lots{1'000}, now);
    workers.run(now, market);
    for (ToyOrder& order : market.orders) {
      order.state.filled = order.state.quantity;
      order.state.status = OrderStatus::filled;
      workers.on_child(1, order.state, now);
    }
  }
  EXPECT_EQ(workers.find(1)->filled().n, 800);
}

TEST(Workers, WorkArrearsOffNoFasterThanTheirGreatestParticipation) {
  // Ten intervals nobody fills, then everything fills at once.
  ToyMarket market(3, 0.0, 1.0);
  Workers workers(1);
  Terms t = terms(Algorithm::pov, 100'000);
  t.max_participation = 200'000;
  t.limit = Ticks{9'000};
  t.review = Nanos{60 * kSecond};
  t.interval = Nanos{10 * kSecond};
  workers.add(1, t);
  market.now.last = Ticks{10'000};
  market.quote(8'000);
  market.now.ask = Ticks{20'000};
  std::int64_t before = 0;
  for (std::int64_t minute = 0; minute < 9; ++minute) {
    const Nanos now = kStart + Nanos{minute * 60 * kSecond};
    if (minute > 0) workers.on_trade(0, Ticks{10'000}, Lots{1'000}, now);
    workers.run(now, market);
    const Worker& worker = *workers.find(1);
    const std::int64_t committed = (worker.filled() + worker.working()).n;
    EXPECT_LE(committed - before, 201);
    before = committed;
    if (minute < 5) {  // the venue refuses until then
      for (ToyOrder& order : market.orders) {
        order.state.status = OrderStatus::rejected;
        order.state.reason = Reject::halted;
        workers.on_child(1, order.state, now);
      }
      before = 0;
      continue;
    }
    for (ToyOrder& order : market.orders) {
      if (order.state.status == OrderStatus::rejected) continue;
      order.state.filled = order.state.quantity;
      order.state.status = OrderStatus::filled;
      workers.on_child(1, order.state, now);
    }
  }
}

TEST(Workers, FollowTheDaysVolumeWhereTheyAdapt) {
  // Twice the expected volume, all of it early: the parent runs ahead of its curve.
  Terms t = terms(Algorithm::vwap, 10'000);
  t.slices = 10;
  t.adaptive = true;
  t.urgency = 1'000'000;
  t.forecast = schedule::VolumeForecast{schedule::Curve(kStart, kEnd), 10'000.0, 0.0};
  ToyMarket market(4, 0.0, 1.0);
  Workers workers(1);
  workers.add(1, t);
  market.quote(10'000);
  Lots sent;
  market.watch = [&](const ToyOrder&, Ticks, Lots quantity) { sent += quantity; };
  workers.run(kStart, market);
  EXPECT_EQ(sent.n, 1'000);
  market.orders[0].state.filled = Lots{1'000};
  market.orders[0].state.status = OrderStatus::filled;
  const Nanos next = kStart + Nanos{60 * kSecond};
  workers.on_trade(0, Ticks{10'000}, Lots{3'000}, next);
  workers.on_child(1, market.orders[0].state, next);
  workers.run(next, market);
  // Seen 3,000 where 1,000 were due: level 3, the rest is 27,000, the next slice 3,000.
  EXPECT_EQ(sent.n, 2'000);
}

TEST(Workers, GiveBackWhatACancelLeaves) {
  ToyMarket market(6, 0.0, 1.0);
  Workers workers(1);
  workers.add(1, terms(Algorithm::twap, 1'000));
  play(workers, market, [&](Nanos now) {
    if (now == Nanos{300 * kSecond}) workers.cancel(1, now);
  });
  const WorkRecord record = workers.find(1)->record();
  EXPECT_LT(record.done, kEnd.n);
  EXPECT_GT(record.shortfall, 0);
  EXPECT_EQ(record.working, 0);
  EXPECT_GT(record.market_volume, 0);
}

TEST(Workers, AreTheSameForTheSameSeeds) {
  const auto once = [] {
    ToyMarket market(77, 0.1, 0.5);
    Workers workers(1);
    Rng rng(3);
    for (ParentId id = 1; id <= 20; ++id) workers.add(id, drawn(rng));
    play(workers, market, [](Nanos) {});
    std::vector<std::int64_t> out;
    for (const Worker& worker : workers.all()) {
      const WorkRecord r = worker.record();
      out.insert(out.end(), {r.filled, r.filled_value, r.done,
                             static_cast<std::int64_t>(r.messages)});
    }
    return out;
  };
  EXPECT_EQ(once(), once());
}

TEST(Terms, AreRefusedWithTheirReason) {
  Terms t = terms(Algorithm::twap);
  t.urgency = 2'000'000;
  EXPECT_THROW(t.check(), std::invalid_argument);
  t = terms(Algorithm::pov);
  t.max_participation = 50'000;
  EXPECT_THROW(t.check(), std::invalid_argument);
  t = terms(Algorithm::iceberg);
  t.display = Lots{0};
  EXPECT_THROW(t.check(), std::invalid_argument);
  t = terms(Algorithm::twap);
  t.price_step = Ticks{100};
  t.limit = Ticks{10'050};
  EXPECT_THROW(t.check(), std::invalid_argument);
}

}  // namespace
}  // namespace ai_trading::algo
