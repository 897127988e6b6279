// A parent that sleeps through its reviews decides what one does that is always asked.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "ai_trading/algo/workers.hpp"
#include "ai_trading/base/rng.hpp"
#include "ai_trading/sim/event_session.hpp"
#include "ai_trading/venue/order_flow.hpp"

namespace ai_trading::algo {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kEnd = 900 * kSecond;

// One change of a market that does not react to us.
struct Tick {
  Nanos at;
  Market market;
  Lots traded;
};

std::vector<Tick> drawn_market(Rng& rng) {
  std::vector<Tick> out;
  Market market;
  market.closing_auction = rng.chance(0.5);
  std::int64_t middle = 10'000;
  for (std::int64_t at = 0; at < kEnd + 300 * kSecond;) {
    // Whole seconds now and then: reviews fall on the very instant of an event.
    at += rng.chance(0.3) ? kSecond - at % kSecond
                          : static_cast<std::int64_t>(1 + rng.below(2 * kSecond));
    if (rng.chance(0.15)) middle += rng.chance(0.5) ? 1 : -1;
    market.bid = Ticks{middle - 1};
    market.ask = Ticks{middle + 1 + static_cast<std::int64_t>(rng.below(2))};
    market.last = Ticks{middle};
    market.has_last = true;
    market.bid_quantity = Lots{static_cast<std::int64_t>(rng.below(10) * 40)};
    market.ask_quantity = Lots{static_cast<std::int64_t>(rng.below(10) * 40)};
    const bool trades = rng.chance(0.5);
    out.push_back(
        {Nanos{at}, market,
         trades ? Lots{static_cast<std::int64_t>(1 + rng.below(200))} : Lots{}});
  }
  return out;
}

Terms drawn_terms(Rng& rng) {
  Terms t;
  t.algorithm = static_cast<Algorithm>(rng.below(8));
  t.side = rng.chance(0.5) ? Side::buy : Side::sell;
  t.quantity = Lots{static_cast<std::int64_t>(1 + rng.below(5'000))};
  t.start = Nanos{static_cast<std::int64_t>(rng.below(60)) * kSecond};
  t.end = Nanos{kEnd};
  t.completion = rng.chance(0.5) ? Completion::cross : Completion::report;
  t.urgency = static_cast<std::int64_t>(rng.below(1'000'001));
  t.rate = static_cast<std::int64_t>(1'000 + rng.below(400'000));
  if (rng.chance(0.2)) t.max_participation = t.rate + 100'000;
  if (rng.chance(0.2)) t.min_participation = t.rate / 2;
  if (rng.chance(0.4))
    t.limit = Ticks{9'990 + static_cast<std::int64_t>(rng.below(20))};
  if (rng.chance(0.1))
    t.would = Ticks{9'990 + static_cast<std::int64_t>(rng.below(20))};
  t.round = Lots{static_cast<std::int64_t>(1 + rng.below(10))};
  t.min_child = Lots{static_cast<std::int64_t>(1 + rng.below(20))};
  if (rng.chance(0.3)) t.max_child = t.min_child + Lots{50};
  t.slices = rng.below(20);
  t.jitter = rng.chance(0.3) ? rng.uniform() : 0.0;
  t.seed = rng.next();
  t.k = rng.uniform() * 10.0;
  t.display = Lots{std::max<std::int64_t>(1, t.quantity.n / 7)};
  t.interval = Nanos{static_cast<std::int64_t>(1 + rng.below(120)) * kSecond};
  t.review = Nanos{static_cast<std::int64_t>(1 + rng.below(8)) * kSecond};
  if (rng.chance(0.4)) {
    t.forecast = schedule::VolumeForecast{schedule::Curve(Nanos{0}, Nanos{2 * kEnd}),
                                          1e5, rng.uniform()};
    t.adaptive = true;
  }
  if (rng.chance(0.2)) t.satiation = 0.0001 + rng.uniform() * 0.01;
  if (t.algorithm == Algorithm::close && rng.chance(0.5)) t.auction = 300'000;
  t.check();
  return t;
}

// What was sent, and when.
using Sent = std::tuple<std::int64_t, ParentId, OrderId, Action::Kind, std::int64_t,
                        std::int64_t>;

struct Told {
  std::vector<Sent> sent;
  std::vector<WorkRecord> records;
  std::uint64_t looks{};

  friend bool operator==(const Told& a, const Told& b) {
    const auto same = [](const WorkRecord& x, const WorkRecord& y) {
      return x.filled == y.filled && x.filled_value == y.filled_value &&
             x.done == y.done && x.market_volume == y.market_volume &&
             x.messages == y.messages && x.auction == y.auction &&
             x.arrival_twice == y.arrival_twice;
    };
    return a.sent == b.sent && std::ranges::equal(a.records, b.records, same);
  }
};

// A venue that answers a moment later and tells only of what changed.
class Replay {
 public:
  Replay(const std::vector<Tick>& ticks, const std::vector<Terms>& terms, bool sleeps)
      : ticks_(ticks) {
    workers_.sleep_between_reviews(sleeps);
    for (std::size_t i = 0; i < terms.size(); ++i) workers_.add(i + 1, terms[i]);
  }

  Told run() {
    for (const Tick& tick : ticks_) {
      settle(tick.at - Nanos{1});
      now_ = tick.at;
      market_ = tick.market;
      if (tick.traded.n > 0) workers_.on_trade(0, tick.market.last, tick.traded, now_);
      if (market_.bid_quantity.n > 0) workers_.on_best(0, Side::buy, market_.bid, now_);
      if (market_.ask_quantity.n > 0)
        workers_.on_best(0, Side::sell, market_.ask, now_);
      if (workers_.watches_touch(0)) workers_.on_touch(0, market_, now_);
      trade(tick);
      settle(now_);
    }
    for (const Worker& worker : workers_.all())
      told_.records.push_back(workers_.record(worker));
    return told_;
  }

  // The outlet.
  [[nodiscard]] Market market(InstrumentIndex) {
    ++told_.looks;
    return market_;
  }
  std::pair<OrderId, Reject> submit(const Worker& worker, const Action& action) {
    Order order;
    order.parent = worker.id();
    order.side = worker.terms().side;
    order.market = action.type == OrderType::market;
    order.at_once = action.time_in_force == TimeInForce::ioc;
    order.state.id = orders_.size() + 1;
    order.state.status = OrderStatus::accepted;
    order.state.price = action.price;
    order.state.quantity = action.quantity;
    note(worker.id(), order.state.id, action);
    orders_.push_back(order);
    answer(order.state.id);
    return {order.state.id, Reject::none};
  }
  Reject replace(const Action& action) {
    Order& order = orders_[action.child - 1];
    note(order.parent, action.child, action);
    if (action.child % 11 == 0) return Reject::price_collar;
    if (is_terminal(order.state.status)) return Reject::order_done;
    order.state.price = action.price;
    order.state.quantity = std::max(action.quantity, order.state.filled + Lots{1});
    answer(action.child);
    return Reject::none;
  }
  Reject cancel(const Action& action) {
    Order& order = orders_[action.child - 1];
    note(order.parent, action.child, action);
    if (!is_terminal(order.state.status)) order.state.status = OrderStatus::canceled;
    answer(action.child);
    return Reject::none;
  }

 private:
  struct Order {
    ParentId parent{};
    Side side{};
    bool market{}, at_once{};
    Child state;
  };

  void note(ParentId parent, OrderId id, const Action& action) {
    told_.sent.emplace_back(now_.n, parent, id, action.kind, action.price.n,
                            action.quantity.n);
  }
  void answer(OrderId id) { answers_.emplace(now_ + Nanos{1'000'000}, id); }

  // What is due up to a time, answers first.
  void settle(Nanos until) {
    for (;;) {
      const Nanos first = answers_.empty() ? kNever : answers_.begin()->first;
      const Nanos due = std::min(first, workers_.next_time());
      if (due > until) return;
      now_ = std::max(now_, due);
      if (first == due) {
        Order& order = orders_[answers_.begin()->second - 1];
        answers_.erase(answers_.begin());
        const Ticks far = order.side == Side::buy ? market_.ask : market_.bid;
        if (order.market || !better(order.side, far, order.state.price))
          fill(order, order.state.quantity - order.state.filled);
        if (order.at_once && !is_terminal(order.state.status))
          order.state.status = OrderStatus::canceled;
        workers_.on_child(order.parent, order.state, now_);
      } else {
        workers_.run(now_, *this);
      }
    }
  }
  void fill(Order& order, Lots lots) {
    if (is_terminal(order.state.status) || lots.n <= 0) return;
    order.state.filled += lots;
    order.state.filled_value += TickLots{lots.n * market_.last.n};
    order.state.status = order.state.filled == order.state.quantity
                             ? OrderStatus::filled
                             : OrderStatus::partially_filled;
  }
  void trade(const Tick& tick) {
    for (Order& order : orders_) {
      if (is_terminal(order.state.status) || order.at_once || order.market) continue;
      const Ticks far = order.side == Side::buy ? market_.ask : market_.bid;
      const bool crosses = !better(order.side, far, order.state.price);
      const bool met = tick.traded.n > 0 && (tick.traded.n + tick.at.n) % 29 == 0;
      if (!crosses && !met) continue;
      fill(order, std::min(order.state.quantity - order.state.filled,
                           Lots{1 + tick.traded.n}));
      answer(order.state.id);
    }
  }

  const std::vector<Tick>& ticks_;
  Workers workers_{1};
  Market market_;
  Nanos now_;
  std::vector<Order> orders_;
  std::multimap<Nanos, OrderId> answers_;
  Told told_;
};

TEST(Sleep, ParentsThatSleepDecideAsThoseThatAreAlwaysAsked) {
  Rng rng(1311);
  std::uint64_t asleep = 0;
  std::uint64_t awake = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const std::vector<Tick> ticks = drawn_market(rng);
    std::vector<Terms> terms;
    for (std::uint64_t n = 1 + rng.below(4); n > 0; --n)
      terms.push_back(drawn_terms(rng));

    const Told sleeping = Replay(ticks, terms, true).run();
    const Told looking = Replay(ticks, terms, false).run();

    ASSERT_TRUE(sleeping == looking) << "trial " << trial << ", algorithm "
                                     << static_cast<int>(terms.front().algorithm);
    asleep += sleeping.looks;
    awake += looking.looks;
  }
  EXPECT_LT(asleep, awake * 4 / 5);
}

// The same through a whole session: venue, desk, delays.
class SleepInSession : public testing::TestWithParam<std::int64_t> {};

struct Nobody final : sim::Handler {
  void on_start() override {}
  void on_stop() override {}
  void on_quote(sim::StrategyIndex, InstrumentIndex) override {}
  void on_book(sim::StrategyIndex, InstrumentIndex) override {}
  void on_trade(sim::StrategyIndex, const feed::Event&, Ticks) override {}
  void on_bar(sim::StrategyIndex, const feed::Bar&) override {}
  void on_timer(sim::StrategyIndex, std::uint64_t) override {}
  void on_order(const desk::OrderRecord&) override {}
  void on_fill(const desk::FillRecord&) override {}
};

std::uint64_t state_after(const std::vector<feed::Event>& events, bool sleep,
                          std::int64_t delay) {
  sim::Settings settings;
  settings.cash = from_micro(1'000'000'000'000'000);
  settings.latency = {Nanos{delay}, Nanos{50'000}, Nanos{50'000}};
  settings.limits = {risk::Limits{}};
  settings.parents_sleep = sleep;
  Instrument terms;
  terms.price_step = 100;
  sim::OrderSession run({terms}, settings, {});
  run.feed(events);
  run.finish_feed();
  Rng rng(5);
  for (int i = 0; i < 60; ++i) {
    Terms t = drawn_terms(rng);
    t.limit.reset();
    t.would.reset();
    t.interval = Nanos{60 * kSecond};
    t.end = Nanos{3'600 * kSecond};
    EXPECT_NE(run.work(t), 0U);
  }
  Nobody nobody;
  while (run.run(1U << 18, nobody) == sim::Progress::more) {
  }
  EXPECT_GT(run.desk().fills().size(), 100U);
  return run.state_hash();
}

TEST_P(SleepInSession, LeavesTheSameState) {
  venue::FlowSettings flow;
  venue::FlowSymbol symbol;
  symbol.price = Ticks{1'000'000};
  flow.symbols = {symbol};
  flow.open = Nanos{0};
  flow.close = Nanos{3'700 * kSecond};
  flow.events = 20'000;
  venue::OrderFlow made(flow);
  std::vector<feed::Event> events(40'000);
  events.resize(made.fill(events));

  EXPECT_EQ(state_after(events, true, GetParam()),
            state_after(events, false, GetParam()));
}

INSTANTIATE_TEST_SUITE_P(FeedDelays, SleepInSession, testing::Values(0, 200'000));

}  // namespace
}  // namespace ai_trading::algo
