// Parents that look at the price, and parents that leave a part for the auction.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "ai_trading/algo/workers.hpp"
#include "algo/toy_market.hpp"

namespace ai_trading::algo {
namespace {

using test::ToyMarket;
using test::ToyOrder;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr Nanos kStart{100 * kSecond};
constexpr Nanos kEnd{700 * kSecond};

Terms shortfall(Side side, double satiation) {
  Terms t;
  t.algorithm = Algorithm::shortfall;
  t.side = side;
  t.quantity = Lots{100'000};
  t.start = kStart;
  t.end = kEnd;
  t.slices = 10;
  t.urgency = 1'000'000;
  t.k = 2.0;
  t.satiation = satiation;
  return t;
}

// What the slices trade where every child fills at once and the price moves by
// `per_slice` ticks from each to the next.
std::vector<std::int64_t> traded(const Terms& t, std::int64_t per_slice) {
  ToyMarket market(1, 0.0, 1.0);
  Workers workers(1);
  workers.add(1, t);
  std::vector<std::int64_t> out;
  for (int i = 0; i < 10; ++i) {
    const Nanos now = kStart + Nanos{i * 60 * kSecond};
    market.quote(1'000'000 + i * per_slice);
    std::int64_t sent = 0;
    market.watch = [&](const ToyOrder&, Ticks, Lots quantity) { sent += quantity.n; };
    workers.run(now, market);
    if (!market.orders.empty()) {
      Child& child = market.orders.back().state;
      if (!is_terminal(child.status)) {
        child.filled = child.quantity;
        child.filled_value = TickLots{child.quantity.n * market.now.last.n};
        child.status = OrderStatus::filled;
        workers.on_child(1, child, now);
      }
    }
    out.push_back(sent);
  }
  return out;
}

std::int64_t first_half(const std::vector<std::int64_t>& slices) {
  return slices[0] + slices[1] + slices[2] + slices[3] + slices[4];
}

TEST(PriceAdaptiveShortfall, HurriesAfterAGainAndWaitsAfterALoss) {
  constexpr double kSatiation = 0.01;  // 100 basis points
  for (const Side side : {Side::buy, Side::sell}) {
    const std::int64_t better = side == Side::buy ? -800 : 800;  // 8 bp a slice
    const auto calm = traded(shortfall(side, 0.0), 0);
    const auto gain = traded(shortfall(side, kSatiation), better);
    const auto loss = traded(shortfall(side, kSatiation), -better);
    EXPECT_EQ(gain[0], calm[0]);  // nothing has happened yet
    EXPECT_GT(first_half(gain), first_half(calm) + 1'000);
    EXPECT_LT(first_half(loss), first_half(calm) - 1'000);
    for (const auto& slices : {calm, gain, loss})
      EXPECT_EQ(std::accumulate(slices.begin(), slices.end(), std::int64_t{0}),
                100'000);
  }
}

TEST(PriceAdaptiveShortfall, IsTheStaticTrajectoryWhereThePriceStandsStill) {
  const auto fixed = traded(shortfall(Side::buy, 0.0), 0);
  const auto adaptive = traded(shortfall(Side::buy, 0.01), 0);
  // Planned afresh from whole lots at every slice: off by one lot of rounding each time.
  for (std::size_t i = 0; i < fixed.size(); ++i)
    EXPECT_LE(std::abs(fixed[i] - adaptive[i]), 1 + static_cast<std::int64_t>(i)) << i;
}

TEST(PriceAdaptiveShortfall, TendsToTheStaticTrajectoryAsSatiationRecedes) {
  const auto fixed = traded(shortfall(Side::buy, 0.0), -800);
  double before = 1e300;
  double farthest = 0.0;
  for (const double satiation : {0.01, 0.1, 1.0, 100.0, 1e6}) {
    const auto adaptive = traded(shortfall(Side::buy, satiation), -800);
    double far = 0.0;
    for (std::size_t i = 0; i < fixed.size(); ++i)
      far += std::abs(static_cast<double>(fixed[i] - adaptive[i]));
    EXPECT_LE(far, before);
    before = far;
    farthest = std::max(farthest, far);
  }
  EXPECT_GT(farthest, 2'000.0);
  EXPECT_LE(before, 20.0);  // lots of rounding alone
}

TEST(PriceAdaptiveShortfall, ScalesKappaAsTheQuadraticUtilitySays) {
  // Half of satiation gained before the second slice: kappa is root two times as large
  // for the nine tenths of time that are left.
  Terms t = shortfall(Side::sell, 0.02);
  const auto slices = traded(t, 10'000);  // 1 % up
  const double k = t.k * std::sqrt(2.0) * 0.9;
  const auto left = static_cast<double>(100'000 - slices[0]);
  // The first slice traded at the arrival price: only what is left has gained.
  const double gained = 0.01 * left / 100'000.0;
  const double exact = t.k * std::sqrt(0.02 / (0.02 - gained)) * 0.9;
  EXPECT_LT(exact, k);
  EXPECT_NEAR(static_cast<double>(slices[1]),
              left * schedule::shortfall_share(exact, 1.0 / 9.0), 1.0);
}

Terms closing(std::int64_t auction) {
  Terms t;
  t.algorithm = Algorithm::close;
  t.quantity = Lots{1'000};
  t.start = kStart;
  t.end = kEnd;
  t.slices = 10;
  t.urgency = 1'000'000;
  t.k = 1.0;
  t.auction = auction;
  return t;
}

// Plays to the end of the parent; everything sent for the day fills at once.
void play(Workers& workers, ToyMarket& market) {
  for (std::int64_t second = 100; second <= 700; second += 10) {
    const Nanos now{second * kSecond};
    workers.run(now, market);
    for (ToyOrder& order : market.orders) {
      if (is_terminal(order.state.status)) continue;
      if (order.time_in_force == TimeInForce::at_the_close) {
        order.state.status = OrderStatus::accepted;
      } else {
        order.state.filled = order.state.quantity;
        order.state.status = OrderStatus::filled;
      }
      workers.on_child(1, order.state, now);
    }
    workers.run(now, market);
  }
}

TEST(Closing, LeavesItsPartForTheAuction) {
  ToyMarket market(1, 0.0, 1.0);
  market.quote(10'000);
  market.now.closing_auction = true;
  Workers workers(1);
  workers.add(1, closing(400'000));
  play(workers, market);
  const Worker& worker = *workers.find(1);
  EXPECT_EQ(worker.filled().n, 600);
  EXPECT_EQ(worker.working().n, 400);
  ToyOrder& last = market.orders.back();
  EXPECT_EQ(last.time_in_force, TimeInForce::at_the_close);
  EXPECT_EQ(last.type, OrderType::market);
  EXPECT_FALSE(worker.done());
  last.state.filled = Lots{300};  // the auction had no more
  last.state.status = OrderStatus::expired;
  const Nanos late{900 * kSecond};
  workers.on_child(1, last.state, late);
  workers.run(late, market);
  EXPECT_TRUE(worker.done());
  EXPECT_EQ(worker.shortfall().n, 100);
  EXPECT_EQ(worker.record().auction, static_cast<std::uint8_t>(Auction::sent));
  EXPECT_EQ(market.orders.back().state.id, last.state.id);  // nothing after the close
}

TEST(Closing, SendsALimitOrderForTheCloseWhereItHasALimit) {
  ToyMarket market(1, 0.0, 1.0);
  market.quote(10'000);
  market.now.closing_auction = true;
  Workers workers(1);
  Terms t = closing(1'000'000);
  t.limit = Ticks{10'050};
  workers.add(1, t);
  play(workers, market);
  ASSERT_EQ(market.orders.size(), 1U);  // all of it waits for the auction
  EXPECT_EQ(market.orders[0].type, OrderType::limit);
  EXPECT_EQ(market.orders[0].state.price, Ticks{10'050});
  EXPECT_EQ(market.orders[0].state.quantity, Lots{1'000});
}

TEST(Closing, SchedulesAllBeforeTheEndWhereThereIsNoAuctionAndSaysSo) {
  ToyMarket market(1, 0.0, 1.0);
  market.quote(10'000);
  Workers workers(1);
  workers.add(1, closing(400'000));
  play(workers, market);
  const WorkRecord record = workers.find(1)->record();
  EXPECT_EQ(record.filled, 1'000);
  EXPECT_EQ(record.auction, static_cast<std::uint8_t>(Auction::absent));
}

TEST(Closing, GoesAcrossWhereTheVenueRefusesItsAuctionOrder) {
  ToyMarket market(1, 0.0, 1.0);
  market.quote(10'000);
  market.now.closing_auction = true;
  Workers workers(1);
  workers.add(1, closing(400'000));
  play(workers, market);
  ToyOrder& refused = market.orders.back();
  ASSERT_EQ(refused.time_in_force, TimeInForce::at_the_close);
  refused.state.status = OrderStatus::rejected;
  refused.state.reason = Reject::not_supported_here;
  workers.on_child(1, refused.state, kEnd);
  workers.run(kEnd, market);
  const ToyOrder& after = market.orders.back();
  EXPECT_EQ(after.time_in_force, TimeInForce::day);
  EXPECT_EQ(after.type, OrderType::market);
  EXPECT_EQ(after.state.quantity, Lots{400});
  EXPECT_EQ(workers.find(1)->record().auction,
            static_cast<std::uint8_t>(Auction::refused));
}

TEST(Closing, GivesUpItsAuctionOrderWhenItIsCanceled) {
  ToyMarket market(1, 0.0, 1.0);
  market.quote(10'000);
  market.now.closing_auction = true;
  Workers workers(1);
  workers.add(1, closing(400'000));
  play(workers, market);
  workers.cancel(1, kEnd);
  workers.run(kEnd, market);
  EXPECT_EQ(market.orders.back().state.status, OrderStatus::pending_cancel);
  market.orders.back().state.status = OrderStatus::canceled;
  workers.on_child(1, market.orders.back().state, kEnd);
  workers.run(kEnd, market);
  EXPECT_TRUE(workers.find(1)->done());
  EXPECT_EQ(workers.find(1)->shortfall().n, 400);
}

}  // namespace
}  // namespace ai_trading::algo
