#include "ai_trading/cost/market_shift.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "ai_trading/base/money.hpp"
#include "ai_trading/base/rng.hpp"

namespace ai_trading::cost {
namespace {

ShiftTerms square_root() {
  ShiftTerms terms;
  terms.markets = {{1'000'000, 0.02}, {0, 0.02}};
  terms.permanent = 0.25;
  terms.modes = {{0.75, std::log(2.0)}};  // half of the rest is gone after a second
  return terms;
}

TEST(MarketShift, PushesTheSideThatWasTakenFromAndFades) {
  MarketShift shift(square_root());

  shift.move_to(0, Side::buy, Nanos{0});
  shift.push(0, Side::buy, Lots{10'000});  // 0.02 x sqrt(1 %) = 20 basis points

  EXPECT_NEAR(shift.shift(0, Side::buy), 0.002, 1e-15);
  EXPECT_EQ(shift.shift(0, Side::sell), 0.0);
  EXPECT_EQ(shift.paid(0, Side::buy, Ticks{500'000}), Ticks{501'000});
  EXPECT_EQ(shift.paid(0, Side::sell, Ticks{500'000}), Ticks{500'000});
  shift.move_to(0, Side::buy, Nanos{kNano});
  EXPECT_NEAR(shift.shift(0, Side::buy), 0.0005 + 0.00075, 1e-15);
  shift.move_to(0, Side::buy, Nanos{1'000 * kNano});
  EXPECT_NEAR(shift.shift(0, Side::buy), 0.0005, 1e-15);
}

TEST(MarketShift, OfSalesIsPaidByLaterSales) {
  MarketShift shift(square_root());
  shift.push(0, Side::sell, Lots{10'000});

  EXPECT_EQ(shift.paid(0, Side::sell, Ticks{500'000}), Ticks{499'000});
  EXPECT_EQ(shift.paid(0, Side::buy, Ticks{500'000}), Ticks{500'000});
}

TEST(MarketShift, RoundsAgainstTheOrder) {
  MarketShift shift(square_root());
  shift.push(0, Side::buy, Lots{1});  // 0.2 basis points

  EXPECT_EQ(shift.paid(0, Side::buy, Ticks{10}), Ticks{11});
}

TEST(MarketShift, ReachesAsDeepAsTheLimitAllowsAndNoDeeper) {
  Rng rng(3);
  for (int i = 0; i < 3'000; ++i) {
    MarketShift shift(square_root());
    for (const Side side : {Side::buy, Side::sell}) {
      shift.push(0, side, Lots{1 + static_cast<std::int64_t>(rng.below(3'000'000))});
      const Ticks limit{1 + static_cast<std::int64_t>(rng.below(3'000'000))};

      const Ticks reach = shift.reach(0, side, limit);

      EXPECT_FALSE(better(side, shift.paid(0, side, reach), limit));
      const Ticks next = reach + Ticks{sign(side)};
      EXPECT_TRUE(better(side, shift.paid(0, side, next), limit));
    }
  }
}

TEST(MarketShift, WithoutVolumeThereIsNone) {
  MarketShift shift(square_root());
  shift.push(1, Side::buy, Lots{1'000});

  EXPECT_EQ(shift.shift(1, Side::buy), 0.0);
  EXPECT_EQ(shift.reach(1, Side::buy, Ticks{77}), Ticks{77});
}

TEST(MarketShift, RefusesTermsThatMakeNoSense) {
  const auto refused = [](auto&& change) {
    ShiftTerms terms = square_root();
    change(terms);
    EXPECT_THROW(MarketShift{terms}, std::invalid_argument);
  };
  refused([](ShiftTerms& t) { t.permanent = 0.5; });
  refused([](ShiftTerms& t) { t.permanent = 1.5; });
  refused([](ShiftTerms& t) { t.coefficient = -1.0; });
  refused([](ShiftTerms& t) { t.modes[0].rate = std::nan(""); });
  refused([](ShiftTerms& t) { t.markets[0].volatility = -1.0; });
}

}  // namespace
}  // namespace ai_trading::cost
