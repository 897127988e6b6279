#include "ai_trading/risk/gate.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace ai_trading::risk {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

// A limit order for 100 at 50.00, where 50.00 is the last price.
Proposal order() {
  Proposal p;
  p.side = Side::buy;
  p.type = OrderType::limit;
  p.price = Ticks{500'000};
  p.quantity = Lots{100};
  p.reference = Ticks{500'000};
  p.has_reference = true;
  return p;
}

Reject ask(const Proposal& p, const Limits& limits = {}, const Exposure& held = {},
           const Instrument& instrument = {}) {
  return check(p, instrument, held, limits);
}

TEST(Gate, LetsAPlainOrderPass) { EXPECT_EQ(ask(order()), Reject::none); }

TEST(Gate, RefusesWhatIsNoOrder) {
  Proposal p = order();
  p.side = Side::none;
  EXPECT_EQ(ask(p), Reject::side_missing);
  p = order();
  for (const std::int64_t quantity : {std::int64_t{0}, std::int64_t{-1}, kLeast}) {
    p.quantity = Lots{quantity};
    EXPECT_EQ(ask(p), Reject::quantity_not_positive);
  }
  p.quantity = Lots{kMost};
  EXPECT_EQ(ask(p), Reject::quantity_too_large);
  p = order();
  for (const std::int64_t price : {kMost, kLeast, kMaxPrice, -kMaxPrice}) {
    p.price = Ticks{price};
    EXPECT_EQ(ask(p), Reject::price_out_of_range);
  }
}

TEST(Gate, RefusesAPriceBetweenTheIncrements) {
  Instrument cents;
  cents.price_step = 100;
  Proposal p = order();
  EXPECT_EQ(ask(p, {}, {}, cents), Reject::none);

  p.price = Ticks{500'050};

  EXPECT_EQ(ask(p, {}, {}, cents), Reject::price_off_increment);
}

TEST(Gate, FailsClosedWithoutAReferencePrice) {
  Proposal p = order();
  p.has_reference = false;

  EXPECT_EQ(ask(p), Reject::no_reference_price);
  p.type = OrderType::market;
  EXPECT_EQ(ask(p), Reject::no_reference_price);
  // Even where it could only reduce.
  Exposure held;
  held.position = Lots{-1000};
  EXPECT_EQ(ask(p, {}, held), Reject::no_reference_price);
}

TEST(Gate, RefusesAValueThatLeaves64Bits) {
  Proposal p = order();
  p.quantity = Lots{kMaxQuantity};

  EXPECT_EQ(ask(p), Reject::quantity_too_large);
}

TEST(Gate, LimitsQuantityAndValueAndTheEdgePasses) {
  Limits limits;
  limits.max_quantity = Lots{100};
  limits.max_notional = from_nano(5000 * kNano);
  EXPECT_EQ(ask(order(), limits), Reject::none);

  limits.max_quantity = Lots{99};
  EXPECT_EQ(ask(order(), limits), Reject::max_quantity);
  limits.max_quantity = Lots{};
  limits.max_notional = from_nano(5000 * kNano) - Money{1};
  EXPECT_EQ(ask(order(), limits), Reject::max_notional);
}

TEST(Gate, TheCollarHoldsBothWaysAndItsEdgePasses) {
  Limits limits;
  limits.collar_ppm = 100'000;
  Proposal p = order();
  for (const std::int64_t edge : {450'000, 550'000}) {
    p.price = Ticks{edge};
    EXPECT_EQ(ask(p, limits), Reject::none);
  }
  for (const std::int64_t beyond : {449'999, 550'001}) {
    p.price = Ticks{beyond};
    EXPECT_EQ(ask(p, limits), Reject::price_collar);
  }
}

TEST(Gate, CountsWorkingOrdersIntoThePosition) {
  Limits limits;
  limits.max_position = Lots{1000};
  Exposure held;
  held.position = Lots{600};
  held.working_buy = Lots{300};
  held.working_sell = Lots{5000};
  EXPECT_EQ(ask(order(), limits, held), Reject::none);

  held.working_buy = Lots{301};
  EXPECT_EQ(ask(order(), limits, held), Reject::position_limit);

  Proposal sell = order();
  sell.side = Side::sell;
  held = {};
  held.position = Lots{-600};
  held.working_sell = Lots{301};
  EXPECT_EQ(ask(sell, limits, held), Reject::position_limit);
}

TEST(Gate, AReducingOrderSkipsPositionAndCashButNotPrices) {
  Limits limits;
  limits.max_position = Lots{10};
  limits.cash_only = true;
  limits.collar_ppm = 100'000;
  limits.max_quantity = Lots{200};
  Exposure held;
  held.position = Lots{-300};
  held.working_buy = Lots{200};  // with these, buying 100 ends at zero
  EXPECT_EQ(ask(order(), limits, held), Reject::none);

  Proposal far = order();
  far.price = Ticks{600'000};
  EXPECT_EQ(ask(far, limits, held), Reject::price_collar);
  Proposal large = order();
  large.quantity = Lots{201};
  EXPECT_EQ(ask(large, limits, held), Reject::max_quantity);

  held.working_buy = Lots{201};  // one lot through zero
  EXPECT_NE(ask(order(), limits, held), Reject::none);
}

TEST(Gate, CashOnlyRefusesShortsAndWhatCannotBePaid) {
  Limits limits;
  limits.cash_only = true;
  Exposure held;
  held.cash = from_nano(5000 * kNano);
  EXPECT_EQ(ask(order(), limits, held), Reject::none);

  held.working_buy_value = Money{1};
  EXPECT_EQ(ask(order(), limits, held), Reject::insufficient_cash);

  Proposal sell = order();
  sell.side = Side::sell;
  held = {};
  held.position = Lots{100};
  EXPECT_EQ(ask(sell, limits, held), Reject::none);
  held.working_sell = Lots{1};
  EXPECT_EQ(ask(sell, limits, held), Reject::position_limit);
}

TEST(Gate, PositionsBeyond64BitsAreRefusedNotWrapped) {
  Proposal p = order();
  p.price = p.reference = Ticks{1};
  p.quantity = Lots{kMaxQuantity};
  Exposure held;
  held.working_buy = Lots{kMaxQuantity};
  held.position = Lots{kMaxQuantity};

  EXPECT_EQ(ask(p, {}, held), Reject::quantity_too_large);
}

}  // namespace
}  // namespace ai_trading::risk
