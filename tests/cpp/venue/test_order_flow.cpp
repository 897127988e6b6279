#include "ai_trading/venue/order_flow.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "ai_trading/book/books.hpp"
#include "flow_tools.hpp"

namespace ai_trading::venue {
namespace {

using feed::Event;
using feed::EventKind;

FlowSettings settings(double events, std::uint64_t seed = 1) {
  FlowSettings s;
  s.symbols = {{Ticks{1'502'500}}, {Ticks{4'100'000}, Ticks{100}, 0.02, 2.0}};
  s.seed = seed;
  s.open = kOpen;
  s.close = kClose;
  s.events = events;
  return s;
}

TEST(OrderFlow, GivesTheSameDayWhateverTheChunks) {
  const auto one = all_events(settings(30'000));

  EXPECT_EQ(digest(one), digest(all_events(settings(30'000), 7)));
  EXPECT_NE(digest(one), digest(all_events(settings(30'000, 2))));
}

// Also where somebody looks in before the open, while the books fill.
TEST(OrderFlow, GivesTheSameDayWhateverTheSteps) {
  FlowSettings s = settings(10'000);
  s.model = AgentTerms{};
  OrderFlow at_once(s);
  OrderFlow in_steps(s);

  at_once.advance(kOpen + Nanos{600'000'000'000});
  for (const std::int64_t seconds : {-3'000, -20, 0, 17, 300, 600})
    in_steps.advance(kOpen + Nanos{seconds * 1'000'000'000});

  EXPECT_GT(at_once.orders_sent(), 500U);
  EXPECT_EQ(in_steps.state_hash(), at_once.state_hash());
}

// Pinned: the same day on every machine.
TEST(OrderFlow, GivesTheSameDayEverywhere) {
  EXPECT_EQ(digest(all_events(settings(30'000))), 12992166956840487895ULL);
}

TEST(OrderFlow, ABookMadeOfItIsNeverCrossedAndEmptyAtTheEnd) {
  book::Books books;
  std::int64_t before = 0;
  std::uint64_t inverted = 0;
  for (const Event& event : all_events(settings(100'000))) {
    ASSERT_EQ(books.apply(event), Reject::none);
    ASSERT_GE(event.timestamp, before);
    ASSERT_NE(event.flags & feed::flag::simulated, 0);
    before = event.timestamp;
    const auto bid = books.best(event.instrument, Side::buy);
    const auto ask = books.best(event.instrument, Side::sell);
    if (bid && ask && bid->price >= ask->price) ++inverted;
  }

  EXPECT_EQ(inverted, 0U);
  EXPECT_EQ(books.order_count(), 0U);
  EXPECT_EQ(before, kClose.n);
}

TEST(OrderFlow, LooksLikeAMarket) {
  const auto events = all_events(settings(300'000));
  book::Books books;
  double spread = 0.0;
  double queue = 0.0;
  double samples = 0.0;
  std::array<double, 3> thirds{};
  std::array<double, feed::kEventKinds> kinds{};
  double low = 1e18;
  double high = 0.0;
  for (const Event& event : events) {
    (void)books.apply(event);
    ++kinds.at(event.kind);
    if (event.timestamp < kOpen.n || event.timestamp >= kClose.n) continue;
    const auto hour = (event.timestamp - kOpen.n) / 1'800'000'000'000;  // half hours
    if (hour == 0) ++thirds[0];
    if (hour == 6) ++thirds[1];
    if (hour == 12) ++thirds[2];
    const auto bid = books.best(0, Side::buy);
    const auto ask = books.best(0, Side::sell);
    if (!bid || !ask) continue;
    samples += 1.0;
    spread += static_cast<double>((ask->price - bid->price).n) / 100.0;
    queue += bid->orders;
    low = std::min(low, static_cast<double>(bid->price.n));
    high = std::max(high, static_cast<double>(ask->price.n));
  }

  EXPECT_NEAR(static_cast<double>(events.size()), 300'000.0, 45'000.0);
  EXPECT_GT(samples, 0.99 * (thirds[0] + thirds[1] + thirds[2]));
  EXPECT_LT(spread / samples, 4.0);  // steps
  EXPECT_GE(spread / samples, 1.0);
  EXPECT_GT(queue / samples, 2.0);
  EXPECT_LT(queue / samples, 100.0);
  EXPECT_GT(thirds[0], 1.5 * thirds[1]);  // the open and the close are busier
  EXPECT_GT(thirds[2], 1.2 * thirds[1]);
  EXPECT_GT(high / low, 1.001);  // prices move, and not absurdly
  EXPECT_LT(high / low, 1.2);
  for (const EventKind kind : {EventKind::add, EventKind::execute, EventKind::remove,
                               EventKind::reduce, EventKind::replace}) {
    EXPECT_GT(kinds.at(static_cast<std::size_t>(kind)), 1000.0);
  }
}

// Arrivals that excite each other come in clusters: the variance of the count in a
// window exceeds its mean, which it equals without excitation.
TEST(OrderFlow, ExcitationMakesClusters) {
  const auto dispersion = [](double excitation) {
    FlowSettings s = settings(200'000);
    s.model = HawkesTerms{.excitation = excitation};
    std::vector<double> counts(20'000);
    const std::int64_t from = kOpen.n + 9'000'000'000'000;  // quiet midday
    for (const Event& e : all_events(s)) {
      if ((e.flags & feed::flag::more) != 0) continue;
      const std::int64_t window = (e.timestamp - from) / 200'000'000;
      if (e.timestamp >= from && window < 20'000)
        counts[static_cast<std::size_t>(window)] += 1.0;
    }
    double mean = 0.0;
    double square = 0.0;
    for (const double c : counts) {
      mean += c / 20'000.0;
      square += c * c / 20'000.0;
    }
    return (square - mean * mean) / mean;
  };

  EXPECT_NEAR(dispersion(0.0), 1.0, 0.1);
  EXPECT_GT(dispersion(0.6), 1.4);
}

TEST(OrderFlow, YourOrderTradesWithTheCrowdAndIsAnswered) {
  OrderFlow flow(settings(50'000));
  matching::NewOrder order;
  order.id = OrderFlow::kOwnIds;
  order.owner = 1;
  order.side = Side::buy;
  order.type = OrderType::market;
  order.quantity = Lots{100};
  EXPECT_EQ(flow.submit(order), Reject::market_closed);
  flow.advance(kOpen + Nanos{60'000'000'000});
  (void)flow.take_answers();

  EXPECT_EQ(flow.submit(order), Reject::none);

  const auto answers = flow.take_answers();
  ASSERT_GE(answers.size(), 2U);
  EXPECT_EQ(answers[0].kind, static_cast<std::uint8_t>(matching::AnswerKind::accepted));
  EXPECT_EQ(answers.back().kind,
            static_cast<std::uint8_t>(matching::AnswerKind::traded));
  EXPECT_EQ(answers.back().left, 0);
  EXPECT_EQ(answers.back().owner, 1U);
}

TEST(OrderFlow, TellsWhatTheCrowdTradedAndNotWhatYouDid) {
  const auto s = settings(20'000);
  FlowStage::Traded public_tape;
  for (const Event& event : all_events(s)) {
    const auto kind = static_cast<EventKind>(event.kind);
    if (kind != EventKind::execute && kind != EventKind::execute_at) continue;
    public_tape.volume += Lots{event.quantity};
    public_tape.value += TickLots{event.price * event.quantity};
  }
  OrderFlow flow(s);
  flow.advance(kClose);
  const auto traded = flow.take_traded();

  EXPECT_GT(traded.volume.n, 0);
  EXPECT_EQ(traded.volume, public_tape.volume);
  EXPECT_EQ(traded.value, public_tape.value);
  EXPECT_EQ(flow.take_traded().volume.n, 0);

  OrderFlow with_us(s);
  with_us.advance(kOpen + Nanos{60'000'000'000});
  (void)with_us.take_traded();
  matching::NewOrder order;
  order.id = OrderFlow::kOwnIds;
  order.owner = 1;
  order.side = Side::buy;
  order.type = OrderType::market;
  order.quantity = Lots{100};
  ASSERT_EQ(with_us.submit(order), Reject::none);
  EXPECT_EQ(with_us.take_traded().volume.n, 0);
}

TEST(OrderFlow, YourRestingOrderFillsLaterOrExpiresAtTheClose) {
  OrderFlow flow(settings(50'000));
  flow.advance(kOpen + Nanos{60'000'000'000});
  const auto bid = flow.books().best(0, Side::buy);
  const auto ask = flow.books().best(0, Side::sell);
  ASSERT_TRUE(bid && ask);
  matching::NewOrder order;
  order.owner = 1;
  order.quantity = Lots{100};
  order.id = OrderFlow::kOwnIds;
  // Over a day the market comes to one of the two touches at least.
  for (const auto& [side, price] :
       {std::pair{Side::buy, bid->price}, std::pair{Side::sell, ask->price},
        std::pair{Side::buy, Ticks{100}}}) {
    order.side = side;
    order.price = price;
    EXPECT_EQ(flow.submit(order), Reject::none);
    ++order.id;
  }
  (void)flow.take_answers();

  flow.advance(kClose);

  std::int64_t filled = 0;
  std::size_t expired = 0;
  for (const matching::Answer& a : flow.take_answers()) {
    if (a.kind == static_cast<std::uint8_t>(matching::AnswerKind::traded)) {
      filled += a.quantity;
    } else {
      expired += a.order_id == OrderFlow::kOwnIds + 2;
    }
  }
  EXPECT_GE(filled, 100);
  EXPECT_EQ(expired, 1U);
  EXPECT_EQ(flow.submit(order), Reject::market_closed);
}

TEST(OrderFlow, RefusesSettingsOutsideTheirDomain) {
  FlowSettings none = settings(1000);
  none.symbols.clear();
  FlowSettings reversed = settings(1000);
  reversed.close = kOpen;
  FlowSettings explosive = settings(1000);
  explosive.model = HawkesTerms{.excitation = 1.0};
  FlowSettings penny = settings(1000);
  penny.symbols[0].price = Ticks{0};

  for (const FlowSettings& bad : {none, reversed, explosive, penny, settings(NAN)})
    EXPECT_THROW(OrderFlow{bad}, std::invalid_argument);
}

}  // namespace
}  // namespace ai_trading::venue
