// Orders with terms from compiled strategies: what is refused at once and why, and that
// nothing they may ask brings a session down.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "ai_trading/sim/bar_session.hpp"
#include "ai_trading/sim/crew.hpp"
#include "ai_trading/sim/event_session.hpp"
#include "venue/venue_samples.hpp"

namespace ai_trading::sim {
namespace {

constexpr std::int64_t kFarthest = std::numeric_limits<std::int64_t>::max();

std::vector<feed::Event> market(std::size_t count = 400) {
  std::vector<feed::Event> events;
  for (std::uint64_t i = 1; i <= count; ++i) {
    const auto n = static_cast<std::int64_t>(i);
    const Side side = i % 2 == 0 ? Side::buy : Side::sell;
    const std::int64_t price = side == Side::buy ? 100 - n % 5 : 102 + n % 5;
    feed::Event e = venue::add(i, side, price, 300);
    e.timestamp = n * 10;
    events.push_back(e);
    if (i > 20 && i % 3 == 0) {
      feed::Event x = venue::executed(i - 15, 300);
      x.timestamp = n * 10 + 5;
      events.push_back(x);
    }
  }
  return events;
}

Settings settings() {
  Settings out;
  out.cash = from_nano(1'000'000 * kNano);
  out.limits = {risk::Limits{}};
  out.sample_every = Nanos{1'000'000};
  return out;
}

// Does something once, 1,000 ns into the market, and keeps what was said of it.
class Once final : public Strategy {
 public:
  using Act = std::function<void(Once&)>;
  explicit Once(Act act) : act_(std::move(act)) {}

  void on_start() override { (void)set_timer(Nanos{1'000}); }
  void on_timer(std::uint64_t) override {
    try {
      act_(*this);
    } catch (const std::invalid_argument& error) {
      said = error.what();
    }
  }
  void on_order(const desk::OrderRecord& o) override { told.push_back(o); }
  void on_fill(const desk::FillRecord& f) override { fills.push_back(f); }

  std::string said;
  std::vector<desk::OrderRecord> told;
  std::vector<desk::FillRecord> fills;

 private:
  Act act_;
};

struct Story {
  explicit Story(Once::Act act, std::optional<Shows> shows = {})
      : events(market()), strategy(std::move(act)) {
    if (shows) crew.tell_shows([shows] { return *shows; });
    crew.add(strategy, "once");
    session.feed(events);
    session.finish_feed();
    while (session.run(100, crew) == Progress::more) {
    }
  }
  [[nodiscard]] std::size_t sent() const { return session.desk().orders().size(); }

  std::vector<feed::Event> events;
  OrderSession session{{Instrument{}}, settings(), {}};
  Crew crew{session, {"ACME"}};
  Once strategy;
};

// What is said of an order that is refused at once.
std::string refused(const Order& order, std::optional<Shows> shows = {}) {
  const Story story([&](Once& s) { (void)s.submit(order); }, shows);
  EXPECT_EQ(story.sent(), 0U);
  return story.strategy.said;
}
bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Wanted, AStopAfterAFillWaitsForItsPrice) {
  OrderId stop = 0;
  const Story story([&](Once& s) {
    (void)s.submit({.quantity = Lots{5}});
    stop = s.submit({.side = Side::sell, .quantity = Lots{5}, .stop = Ticks{97}});
  });

  ASSERT_EQ(story.sent(), 2U);
  const desk::OrderRecord& waiting = story.session.desk().order(stop);
  EXPECT_EQ(waiting.type, static_cast<std::uint8_t>(OrderType::stop));
  ASSERT_EQ(story.session.order_terms().size(), 1U);
  const desk::TermsRecord& terms = story.session.order_terms()[0];
  EXPECT_EQ(terms.order_id, stop);
  EXPECT_EQ(terms.stop, 97);
  ASSERT_EQ(story.strategy.fills.size(), 2U);
  EXPECT_EQ(story.strategy.fills[1].order_id, stop);
}

TEST(Wanted, TermsThatContradictEachOtherAreRefusedWithTheReason) {
  const Lots one{1};
  EXPECT_TRUE(says(refused({.quantity = one, .stop = Ticks{9}, .hidden = true}),
                   "received stop and hidden"));
  EXPECT_TRUE(says(refused({.quantity = one, .display = Lots{1}}), "needs a limit"));
  EXPECT_TRUE(says(refused({.quantity = one, .limit = Ticks{9}, .trail = Ticks{1}}),
                   "has no limit"));
  EXPECT_TRUE(says(
      refused({.quantity = one, .stop = Ticks{9}, .time_in_force = TimeInForce::fok}),
      "cannot be fok"));
  EXPECT_TRUE(says(refused({.quantity = one, .time_in_force = TimeInForce::gtc}),
                   "a market order ends at once and cannot be gtc"));
  EXPECT_TRUE(says(refused({.quantity = one, .limit = Ticks{9}, .minimum = Lots{2}}),
                   "not above the quantity of 1; received 2"));
  EXPECT_TRUE(says(refused({.quantity = one, .minimum = one, .all_or_none = true}),
                   "leave minimum out"));
  EXPECT_TRUE(says(refused({.quantity = one, .stop = Ticks{9}, .minimum = one}),
                   "minimum does not go with a stop order"));
  EXPECT_TRUE(says(refused({.quantity = one,
                            .limit = Ticks{9},
                            .all_or_none = true,
                            .time_in_force = TimeInForce::fok}),
                   "all_or_none and fok contradict each other"));
  EXPECT_TRUE(
      says(refused({.quantity = one, .limit = Ticks{9}, .market_to_limit = true}),
           "takes its limit from the market"));
  EXPECT_TRUE(says(refused({.quantity = one, .market_to_limit = true},
                           Shows{Shows::Kind::trades, true, false}),
                   "trades without a book"));
  EXPECT_TRUE(says(refused({.quantity = one, .expires = Nanos{5'000}}),
                   "a market order ends at once"));
  EXPECT_TRUE(says(refused({.quantity = one, .trail_points = 10'000}),
                   "between 1 and 9999; received 10000"));
  EXPECT_TRUE(says(refused({.quantity = one, .offset = Ticks{1}}),
                   "offset does not go with a market order (day); received 1"));
  EXPECT_TRUE(
      says(refused({.quantity = one, .stop = Ticks{kFarthest}}), "within 2^62 ticks"));
  EXPECT_TRUE(says(refused({.instrument = 3, .quantity = one}), "no instrument 3"));
}

TEST(Wanted, WhatTheDataCannotShowIsRefusedAndTheUsualTriggerFollowsIt) {
  const Shows quotes{Shows::Kind::quotes, false, true};
  const Shows trades{Shows::Kind::trades, true, false};
  const Order on_trades{
      .quantity = Lots{1}, .stop = Ticks{105}, .trigger = Trigger::last};
  const Order on_mid{.quantity = Lots{1}, .stop = Ticks{105}, .trigger = Trigger::mid};
  const Order hidden{.quantity = Lots{1}, .limit = Ticks{99}, .hidden = true};

  EXPECT_TRUE(says(refused(on_trades, quotes), "needs trades"));
  EXPECT_TRUE(says(refused(on_mid, trades), "needs quotes"));
  EXPECT_TRUE(says(refused(hidden, trades), "a hidden order cannot be simulated"));

  const Story story(
      [](Once& s) { (void)s.submit({.quantity = Lots{1}, .stop = Ticks{105}}); },
      quotes);
  EXPECT_EQ(story.session.order_terms()[0].trigger, 1);
}

TEST(Wanted, ABracketIsLookedAtWholeBeforeAnythingIsSent) {
  const Story wrong([](Once& s) {
    (void)s.bracket({.quantity = Lots{3}, .limit = Ticks{100}},
                    {.take_profit = Ticks{99}, .stop_loss = Ticks{90}});
  });
  EXPECT_EQ(wrong.sent(), 0U);
  EXPECT_TRUE(says(wrong.strategy.said, "stop_loss < limit < take_profit"));

  const Story far([](Once& s) {
    (void)s.bracket({.quantity = Lots{3}},
                    {.take_profit = Ticks{kFarthest}, .stop_loss = Ticks{90}});
  });
  EXPECT_EQ(far.sent(), 0U);
  EXPECT_TRUE(says(far.strategy.said, "within 2^62 ticks"));

  Bracket ids;
  const Story right([&](Once& s) {
    ids = s.bracket({.quantity = Lots{3}},
                    {.take_profit = Ticks{120}, .stop_loss = Ticks{90}});
  });
  EXPECT_EQ(right.sent(), 3U);
  EXPECT_EQ(ids.stop_loss, ids.entry + 2);
  ASSERT_EQ(right.session.order_terms().size(), 2U);
  for (const desk::TermsRecord& row : right.session.order_terms()) {
    EXPECT_EQ(row.entry, ids.entry);
    EXPECT_EQ(row.group, 1U);
  }
}

TEST(Wanted, OnlyWhatIsHeldCanBeProtected) {
  const Exits exits{.take_profit = Ticks{120}, .stop_loss = Ticks{90}};
  const Story nothing([&](Once& s) { (void)s.protect(0, exits); });
  EXPECT_EQ(nothing.sent(), 0U);
  EXPECT_TRUE(says(nothing.strategy.said, "closes what is held: 0"));
  const Story nowhere([&](Once& s) { (void)s.protect(5, exits); });
  EXPECT_TRUE(says(nowhere.strategy.said, "no instrument 5"));
}

TEST(Wanted, TheStopThatIsKeptIsTheOneThatWasAgreed) {
  Reject not_a_stop{};
  OrderId id = 0;
  const Story story([&](Once& s) {
    id = s.submit({.quantity = Lots{1}, .stop = Ticks{150}});
    const OrderId plain = s.submit({.quantity = Lots{1}, .limit = Ticks{50}});
    not_a_stop = s.modify(plain, {.stop = Ticks{140}});
    EXPECT_EQ(s.modify(id, {.stop = Ticks{140}}), Reject::none);
    EXPECT_EQ(s.modify(99, {.stop = Ticks{140}}), Reject::unknown_id);
  });

  EXPECT_EQ(not_a_stop, Reject::terms_not_for_type);
  EXPECT_EQ(story.session.order_terms()[0].stop, 140);
}

TEST(Wanted, AParentIsWorkedAndABadOneRefused) {
  std::uint64_t id = 0;
  const Work wanted{.quantity = 40, .start = 1'000, .end = 3'000, .interval = 400};
  const Story story([&](Once& s) {
    id = s.work(wanted);
    EXPECT_TRUE(s.parent(id).has_value());
    EXPECT_FALSE(s.parent(id + 1).has_value());
    EXPECT_EQ(s.stop_work(id + 1), Reject::unknown_id);
  });
  ASSERT_EQ(id, 1U);
  EXPECT_GT(story.strategy.fills.size(), 1U);
  EXPECT_EQ(story.session.workers().all().size(), 1U);

  const auto bad = [](auto&& change) {
    Work work{.quantity = 40, .start = 1'000, .end = 3'000};
    change(work);
    const Story told([&](Once& s) { (void)s.work(work); });
    EXPECT_EQ(told.session.workers().all().size(), 0U);
    return told.strategy.said;
  };
  EXPECT_TRUE(says(bad([](Work& w) { w.quantity = 0; }), "quantity must lie between"));
  EXPECT_TRUE(says(bad([](Work& w) { w.algorithm = 9; }), "a code from 0 to 7"));
  EXPECT_TRUE(says(bad([](Work& w) { w.algorithm = 1; }), "the course of the volume"));
  EXPECT_TRUE(says(bad([](Work& w) { w.end = 0; }), "start must come before the end"));
  EXPECT_TRUE(says(bad([](Work& w) { w.instrument = 4; }), "no instrument 4"));
}

// Sends whatever the dice say, by the plain calls that a library has.
class Dice final : public Strategy {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  void on_start() override { subscribe_all({.bars = true, .book_every = 3}); }
  void on_book(const feed::Quote&) override { roll(); }
  void on_bar(const feed::Bar&) override { roll(); }

  std::size_t taken{};
  std::size_t refusals{};

 private:
  std::int64_t number(std::int64_t near) {
    switch (random_() % 8) {
      case 0:
        return 0;
      case 1:
        return static_cast<std::int64_t>(random_());
      case 2:
        return kFarthest;
      case 3:
        return std::numeric_limits<std::int64_t>::min();
      default:
        return near + static_cast<std::int64_t>(random_() % 9) - 4;
    }
  }
  std::uint8_t code(std::uint8_t below) {
    return static_cast<std::uint8_t>(random_() % 16 == 0 ? random_()
                                                         : random_() % below);
  }
  // May come round at the other end.
  std::int64_t from_now(std::int64_t near) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(now().n) +
                                     static_cast<std::uint64_t>(number(near)));
  }
  // Mostly nothing, so that some orders have only what belongs to them.
  std::int64_t seldom(std::int64_t value) { return random_() % 5 == 0 ? value : 0; }

  void roll() {
    Order order;
    order.instrument = random_() % 32 == 0 ? 1 : 0;
    order.side = static_cast<Side>(random_() % 2);
    order.quantity = Lots{number(4)};
    if (random_() % 2 == 0) order.limit = Ticks{number(101)};
    if (random_() % 3 == 0) order.stop = Ticks{number(101)};
    order.trail = Ticks{seldom(number(4))};
    order.trail_points = seldom(number(40));
    order.trigger = static_cast<Trigger>(code(4));
    order.post_only = static_cast<PostOnly>(seldom(code(3)));
    order.display = Lots{seldom(number(3))};
    order.hidden = random_() % 8 == 0;
    order.peg = static_cast<Peg>(seldom(code(4)));
    order.offset = Ticks{seldom(number(0))};
    order.time_in_force = static_cast<TimeInForce>(random_() % 2 == 0 ? 0 : code(7));
    order.expires = Nanos{seldom(from_now(200))};
    if (order.stop || order.trail.n != 0 || order.trail_points != 0) {
      // As it stands.
    } else {
      order.trigger = Trigger::usual;
    }
    try {
      if (random_() % 6 == 0) {
        Exits exits{.take_profit = Ticks{number(order.side == Side::buy ? 110 : 92)},
                    .stop_loss = Ticks{number(order.side == Side::buy ? 92 : 110)}};
        if (random_() % 2 == 0) exits.stop_limit = Ticks{number(100)};
        last_ = bracket(order, exits).stop_loss;
      } else if (random_() % 6 == 0) {
        Work work{.quantity = number(9), .start = now().n, .end = from_now(300)};
        work.algorithm = code(8);
        work.interval = number(50);
        work.review = number(40);
        work.display = number(2);
        work.limit = number(101);
        (void)this->work(work);
      } else if (random_() % 4 == 0 && last_ != 0) {
        Change change;
        if (random_() % 2 == 0) change.limit = Ticks{number(100)};
        if (random_() % 2 == 0) change.quantity = Lots{number(4)};
        if (random_() % 2 == 0) change.stop = Ticks{number(101)};
        (void)modify(last_, change);
      } else {
        last_ = submit(order);
      }
      ++taken;
    } catch (const std::invalid_argument& error) {
      EXPECT_FALSE(std::string(error.what()).empty());
      ++refusals;
    }
  }

  std::mt19937_64 random_;
  OrderId last_{};
};

TEST(Wanted, NothingThatIsAskedBringsASessionDown) {
  std::size_t taken = 0;
  std::size_t refusals = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const auto events = market(600);
    OrderSession session({Instrument{}}, settings(), {});
    Crew crew(session, {"ACME"});
    Dice dice(seed);
    crew.add(dice, "dice");
    session.feed(events);
    session.finish_feed();
    while (session.run(100, crew) == Progress::more) {
    }
    taken += dice.taken;
    refusals += dice.refusals;
    for (const desk::OrderRecord& order : session.desk().orders())
      EXPECT_TRUE(is_terminal(static_cast<OrderStatus>(order.status)));
  }
  EXPECT_GT(taken, 500U);
  EXPECT_GT(refusals, 500U);
}

TEST(Wanted, NorOneOverBars) {
  std::vector<feed::Bar> bars(300);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const auto n = static_cast<std::int64_t>(i);
    bars[i].start = n * 100;
    bars[i].timestamp = n * 100 + 100;
    bars[i].open = 100 + n % 3;
    bars[i].close = 100 + n % 5;
    bars[i].high = 106;
    bars[i].low = 97;
    bars[i].volume = 1'000;
  }
  std::size_t taken = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    BarSession session({Instrument{}}, settings(), {}, venue::BarModel{}, bars);
    Crew crew(session, {"ACME"});
    Dice dice(seed);
    crew.add(dice, "dice");
    while (session.run(100, crew) == Progress::more) {
    }
    taken += dice.taken;
  }
  EXPECT_GT(taken, 100U);
}

}  // namespace
}  // namespace ai_trading::sim
