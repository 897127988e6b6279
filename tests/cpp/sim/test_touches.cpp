// The best prices that a session keeps of many instruments are those of its book.
#include "ai_trading/sim/touches.hpp"

#include <gtest/gtest.h>

#include <random>

#include "ai_trading/sim/crew.hpp"
#include "ai_trading/sim/event_session.hpp"
#include "ai_trading/sim/watches.hpp"

namespace ai_trading::sim {
namespace {

using feed::Event;
using feed::EventKind;

constexpr InstrumentIndex kMany = 300;

// Everything that can happen to an order, now and then said of the wrong instrument, the
// wrong side or an order that is not there.
std::vector<Event> anything(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  const auto below = [&random](std::uint64_t n) { return random() % n; };
  std::vector<Event> events;
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Event e{};
    e.timestamp = static_cast<std::int64_t>(i * 10);
    // Few of them, so that books become empty and full again.
    e.instrument = static_cast<std::uint32_t>(below(8) == 0 ? below(kMany) : below(6));
    e.side = static_cast<std::uint8_t>(below(50) == 0 ? 2 : below(2));
    e.price = (e.side == 0 ? 100 : 104) + static_cast<std::int64_t>(below(7)) - 3;
    e.quantity = static_cast<std::int64_t>(below(60) == 0 ? 0 : 1 + below(9));
    e.order_id = last == 0 ? 1 : last - below(std::min<std::uint64_t>(last, 40));
    switch (below(10)) {
      case 0:
        e.kind = static_cast<std::uint8_t>(EventKind::reduce);
        break;
      case 1:
        e.kind = static_cast<std::uint8_t>(EventKind::execute);
        break;
      case 2:
        e.kind = static_cast<std::uint8_t>(EventKind::modify);
        break;
      case 3:
        e.kind = static_cast<std::uint8_t>(EventKind::replace);
        e.aux = ++last;
        break;
      case 4:
        e.kind = static_cast<std::uint8_t>(below(20) == 0 ? EventKind::clear
                                                          : EventKind::trade);
        break;
      case 5:
      case 6:
        e.kind = static_cast<std::uint8_t>(EventKind::remove);
        break;
      default:
        e.kind = static_cast<std::uint8_t>(EventKind::add);
        e.order_id = below(30) == 0 ? e.order_id : ++last;
    }
    if (below(12) == 0) e.flags = feed::flag::more;
    events.push_back(e);
  }
  return events;
}

feed::Quote of_book(const book::Books& books, InstrumentIndex instrument) {
  feed::Quote out{};
  if (const auto bid = books.best(instrument, Side::buy)) {
    out.bid_price = bid->price.n;
    out.bid_quantity = bid->quantity.n;
  }
  if (const auto ask = books.best(instrument, Side::sell)) {
    out.ask_price = ask->price.n;
    out.ask_quantity = ask->quantity.n;
  }
  return out;
}

bool same(const feed::Quote& a, const feed::Quote& b) {
  return a.bid_price == b.bid_price && a.bid_quantity == b.bid_quantity &&
         a.ask_price == b.ask_price && a.ask_quantity == b.ask_quantity;
}

class Checks final : public Strategy {
 public:
  explicit Checks(const OrderSession*& session, std::uint32_t every)
      : session_(session), every_(every) {}
  void on_start() override { (void)set_timer(Nanos{500}, Nanos{777}); }
  // Late, so that what was before it must be asked of the book.
  void on_timer(std::uint64_t) override {
    if (!subscribed_) subscribe_all({.quotes = every_ == 0, .book_every = every_});
    subscribed_ = true;
    for (InstrumentIndex i = 0; i < 6; ++i) check(quote(i));
  }
  void on_quote(const feed::Quote& q) override { check(q); }
  void on_book(const feed::Quote& q) override { check(q); }

  std::size_t checked{};

 private:
  void check(const feed::Quote& q) {
    ++checked;
    ASSERT_TRUE(same(q, of_book(session_->book(), q.instrument))) << now().n;
  }

  const OrderSession*& session_;
  std::uint32_t every_;
  bool subscribed_{};
};

TEST(Touches, AreThoseOfTheBookWhateverHappens) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const auto events = anything(seed, 4'000);
    Settings settings;
    settings.cash = from_nano(1'000'000 * kNano);
    settings.limits.assign(kMany, risk::Limits{});
    settings.latency.feed = Nanos{seed % 3 == 0 ? 25 : 0};
    OrderSession session(std::vector<Instrument>(kMany), settings, {});
    const OrderSession* there = &session;
    Crew crew(session, {});
    Checks checks(there, static_cast<std::uint32_t>(seed % 2 == 0 ? seed : 0));
    crew.add(checks, "checks");
    session.feed(events);
    session.finish_feed();
    while (session.run(100, crew) == Progress::more) {
    }
    EXPECT_GT(checks.checked, 400U) << seed;
    for (InstrumentIndex i = 0; i < kMany; ++i)
      EXPECT_TRUE(same(session.touch(i), of_book(session.book(), i))) << i;
  }
}

TEST(Watches, OneStandsInPlaceAndMoreElsewhere) {
  Watches watches;
  EXPECT_EQ(watches.size(), 0U);
  EXPECT_EQ(watches.begin(), watches.end());

  watches.of(3).every = 5;
  EXPECT_EQ(watches.size(), 1U);
  EXPECT_EQ(watches.of(3).every, 5U);
  watches.of(7).quotes = true;
  watches.of(1).bars = true;
  ASSERT_EQ(watches.size(), 3U);
  EXPECT_EQ(watches[0].strategy, 3U);
  EXPECT_EQ(watches[0].every, 5U);
  EXPECT_TRUE(watches[1].quotes);
  EXPECT_EQ(watches[2].strategy, 1U);
  EXPECT_TRUE(watches.of(1).bars);
  EXPECT_EQ(watches.size(), 3U);
}

}  // namespace
}  // namespace ai_trading::sim
