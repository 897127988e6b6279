#include "ai_trading/rules/luld.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <stdexcept>

#include "ai_trading/base/rng.hpp"

namespace ai_trading::rules {

void PrintTo(const PriceBands& bands, std::ostream* out) {
  *out << bands.lower.n << ".." << bands.upper.n;
}

namespace {

constexpr Ticks dollars(double amount) {  // in ticks of 0.0001
  return Ticks{static_cast<std::int64_t>(amount * 10'000 + 0.5)};
}

constexpr Nanos at(int hours, int minutes, int seconds = 0) {
  return clock_time(hours, minutes, seconds);
}

LuldSettings stock(Tier tier, double previous_close) {
  LuldSettings settings;
  settings.tier = tier;
  settings.previous_close = dollars(previous_close);
  return settings;
}

PriceBands bands(Tier tier, double previous_close, double reference, Nanos now) {
  const LuldSettings settings = stock(tier, previous_close);
  return luld_bands(dollars(reference), luld_width(settings, now), settings.tick_nano);
}

PriceBands between(double lower, double upper) {
  return {dollars(lower), dollars(upper)};
}

constexpr Nanos kNoon = at(12, 0);
constexpr Nanos kLate = at(15, 35);

// Appendix A, worked by hand.
TEST(LuldBands, AreFivePercentInTierOneAndTenInTierTwoAboveThreeDollars) {
  EXPECT_EQ(bands(Tier::one, 50.00, 50.00, kNoon), between(47.50, 52.50));
  EXPECT_EQ(bands(Tier::two, 50.00, 50.00, kNoon), between(45.00, 55.00));
  EXPECT_EQ(bands(Tier::two, 3.01, 3.01, kNoon), between(2.71, 3.31));  // 2.709, 3.311
}

TEST(LuldBands, AreTwentyPercentFromThreeQuartersToThreeDollars) {
  for (const Tier tier : {Tier::one, Tier::two}) {
    EXPECT_EQ(bands(tier, 3.00, 3.00, kNoon), between(2.40, 3.60));
    EXPECT_EQ(bands(tier, 0.75, 0.75, kNoon), between(0.60, 0.90));
  }
}

TEST(LuldBands, AreTheLesserOfFifteenCentsAndThreeQuartersBelow) {
  for (const Tier tier : {Tier::one, Tier::two}) {
    EXPECT_EQ(bands(tier, 0.74, 0.74, kNoon), between(0.59, 0.89));
    EXPECT_EQ(bands(tier, 0.10, 0.10, kNoon), between(0.03, 0.18));  // 0.025, 0.175
    EXPECT_EQ(bands(tier, 0.20, 0.20, kNoon), between(0.05, 0.35));  // equal: 0.15
  }
}

TEST(LuldBands, RoundToTheNearestCentAndHalfACentUp) {
  EXPECT_EQ(bands(Tier::two, 10.05, 10.05, kNoon), between(9.05, 11.06));  // 9.045
  EXPECT_EQ(bands(Tier::one, 10.0049, 10.0049, kNoon), between(9.50, 10.51));
  EXPECT_EQ(bands(Tier::one, 101.50, 101.50, kNoon), between(96.43, 106.58));
}

TEST(LuldBands, FollowThePreviousCloseNotTheReference) {
  EXPECT_EQ(bands(Tier::one, 2.99, 3.20, kNoon), between(2.56, 3.84));
  EXPECT_EQ(bands(Tier::one, 3.01, 2.00, kNoon), between(1.90, 2.10));
}

TEST(LuldBands, DoubleInTheLastTwentyFiveMinutesExceptTierTwoAboveThreeDollars) {
  const Nanos before = kLate - Nanos{1};
  EXPECT_EQ(bands(Tier::one, 50, 50, before), between(47.50, 52.50));
  EXPECT_EQ(bands(Tier::one, 50, 50, kLate), between(45.00, 55.00));
  EXPECT_EQ(bands(Tier::two, 50, 50, kLate), between(45.00, 55.00));
  EXPECT_EQ(bands(Tier::two, 3.00, 3.00, kLate), between(1.80, 4.20));
  EXPECT_EQ(bands(Tier::two, 0.74, 0.74, kLate), between(0.44, 1.04));
  EXPECT_EQ(bands(Tier::two, 0.10, 0.10, kLate), between(0.00, 0.25));  // 150 %
  EXPECT_EQ(bands(Tier::one, 50, 50, at(9, 31)), between(47.50, 52.50));
}

TEST(LuldBands, DoubleTwentyFiveMinutesBeforeAnEarlyClose) {
  LuldSettings settings = stock(Tier::one, 50);
  settings.close = at(13, 0);
  EXPECT_EQ(luld_width(settings, at(12, 34, 59)).basis_points, 500);
  EXPECT_EQ(luld_width(settings, at(12, 35)).basis_points, 1000);
}

TEST(LuldBands, AreMultipliedByLeverageInTierTwo) {
  LuldSettings settings = stock(Tier::two, 20);
  settings.leverage_percent = 300;
  EXPECT_EQ(luld_width(settings, kNoon), (LuldWidth{3000, std::nullopt}));
  settings.tier = Tier::one;
  EXPECT_THROW(LimitUpLimitDown{settings}, std::invalid_argument);
}

// A tier 1 stock that opens at $100.00: bands 95.00 to 105.00.
struct LuldTest : testing::Test {
  LimitUpLimitDown luld{stock(Tier::one, 100)};

  void open(Nanos now = at(9, 30)) { luld.open(now, dollars(100)); }
  void quote(Nanos now, double bid, double offer) {
    luld.quote(now, dollars(bid), dollars(offer));
  }
};

TEST_F(LuldTest, HasNoBandsBeforeTheOpening) {
  luld.trade(at(9, 0), dollars(90));
  EXPECT_EQ(luld.state(), LuldState::no_bands);
  EXPECT_EQ(luld.bands(), std::nullopt);
  EXPECT_FALSE(luld.may_trade(dollars(100)));
  open();
  EXPECT_EQ(luld.bands(), between(95, 105));
  EXPECT_TRUE(luld.may_trade(dollars(105)));
  EXPECT_FALSE(luld.may_trade(dollars(105.01)));
  EXPECT_FALSE(luld.may_show(Side::buy, dollars(105.01)));
  EXPECT_TRUE(luld.may_show(Side::sell, dollars(105.01)));
  EXPECT_FALSE(luld.may_show(Side::sell, dollars(94.99)));
}

TEST_F(LuldTest, TakesTheMeanAfterThirtySecondsWhenItIsOnePercentAway) {
  open();
  luld.trade(at(9, 30, 10), dollars(103));  // mean 101.50 with the opening price
  EXPECT_EQ(luld.reference(), dollars(100));
  luld.advance(at(9, 30, 29));
  EXPECT_EQ(luld.reference(), dollars(100));
  luld.advance(at(9, 30, 30));
  EXPECT_EQ(luld.reference(), dollars(101.50));
  EXPECT_EQ(luld.bands(), between(96.43, 106.58));
  // The opening price leaves the five minutes: 103.00 is 1.48 % from 101.50.
  luld.advance(at(9, 34, 59));
  EXPECT_EQ(luld.reference(), dollars(101.50));
  luld.advance(at(9, 35));
  EXPECT_EQ(luld.reference(), dollars(103));
  // Then the last trade leaves too, and the reference stays.
  luld.advance(at(10, 0));
  EXPECT_EQ(luld.reference(), dollars(103));
}

TEST_F(LuldTest, MovesAtExactlyOnePercent) {
  open();
  luld.trade(at(9, 31), dollars(101.98));  // mean 100.99
  EXPECT_EQ(luld.reference(), dollars(100));
  luld.trade(at(9, 32), dollars(101.02));  // mean 101.00
  EXPECT_EQ(luld.reference(), dollars(101));
}

TEST_F(LuldTest, BeginsWithTheMeanWhereNothingOpensInFiveMinutes) {
  luld.trade(at(9, 31), dollars(100));
  luld.trade(at(9, 33), dollars(102));
  luld.advance(at(9, 34, 59));
  EXPECT_EQ(luld.state(), LuldState::no_bands);
  luld.advance(at(9, 35));
  EXPECT_EQ(luld.reference(), dollars(101));
}

TEST_F(LuldTest, BeginsWithTheFirstTradeWhereNoneCameInFiveMinutes) {
  luld.advance(at(9, 40));
  EXPECT_EQ(luld.state(), LuldState::no_bands);
  luld.trade(at(9, 41), dollars(99));
  EXPECT_EQ(luld.reference(), dollars(99));
}

TEST_F(LuldTest, EntersALimitStateWhenTheBidIsAtTheUpperBandAndLeavesWithIt) {
  open();
  quote(at(10, 0), 105.00, 105.01);
  EXPECT_EQ(luld.state(), LuldState::limit_up);
  EXPECT_EQ(luld.deadline(), at(10, 0, 15));
  EXPECT_TRUE(luld.may_trade(dollars(105)));
  quote(at(10, 0, 14), 104.99, 105.01);
  EXPECT_EQ(luld.state(), LuldState::normal);
  EXPECT_EQ(luld.deadline(), kNever);
  luld.advance(at(10, 1));
  EXPECT_EQ(luld.state(), LuldState::normal);
}

TEST_F(LuldTest, CallsAQuoteBeyondABandAStraddle) {
  open();
  quote(at(10, 0), 94.00, 101.00);
  EXPECT_EQ(luld.state(), LuldState::normal);
  EXPECT_TRUE(luld.straddle());
  luld.pause(at(10, 1));  // the primary may
  EXPECT_EQ(luld.state(), LuldState::paused);
  EXPECT_FALSE(luld.straddle());
}

TEST_F(LuldTest, PausesAfterFifteenSecondsAndReopensAtTheAuctionPrice) {
  open();
  luld.quote(at(10, 0), std::nullopt, dollars(95));
  EXPECT_EQ(luld.state(), LuldState::limit_down);
  luld.advance(at(10, 0, 15));
  EXPECT_EQ(luld.state(), LuldState::paused);
  EXPECT_EQ(luld.bands(), std::nullopt);
  EXPECT_EQ(luld.deadline(), at(10, 5, 15));
  EXPECT_THROW(luld.reopen(at(10, 5), dollars(90)), std::invalid_argument);
  luld.advance(at(10, 5, 15));
  EXPECT_EQ(luld.state(), LuldState::reopening);
  luld.extend(at(10, 6));  // an imbalance: five minutes more
  EXPECT_EQ(luld.state(), LuldState::paused);
  luld.reopen(at(10, 11), dollars(90));
  EXPECT_EQ(luld.state(), LuldState::normal);
  EXPECT_EQ(luld.bands(), between(85.50, 94.50));
}

TEST_F(LuldTest, ReopensWithTheBandThatWasHitWhereNothingTrades) {
  open();
  quote(at(10, 0), 105, 106);
  luld.reopen(at(10, 6), std::nullopt);
  EXPECT_EQ(luld.reference(), dollars(105));
}

TEST_F(LuldTest, StandsStillInALimitStateAndCatchesUpAfterIt) {
  open();
  luld.advance(at(10, 0));  // the opening price has left the mean
  quote(at(10, 0), 105, 105.01);
  luld.trade(at(10, 0, 5), dollars(105));
  EXPECT_EQ(luld.reference(), dollars(100));
  quote(at(10, 0, 10), 104.90, 105.10);
  EXPECT_EQ(luld.state(), LuldState::normal);
  EXPECT_EQ(luld.reference(), dollars(105));
}

TEST_F(LuldTest, DoublesAfterALimitStateThatLastsBeyondTheHour) {
  open();
  quote(at(15, 34, 55), 105, 105.01);
  luld.advance(at(15, 35, 5));
  EXPECT_EQ(luld.bands(), between(95, 105));
  quote(at(15, 35, 6), 104, 105.01);
  EXPECT_EQ(luld.bands(), between(90, 110));
}

TEST_F(LuldTest, DoublesByItself) {
  open();
  luld.advance(kLate - Nanos{1});
  EXPECT_EQ(luld.bands(), between(95, 105));
  luld.advance(kLate);
  EXPECT_EQ(luld.bands(), between(90, 110));
  luld.advance(at(16, 0));
  EXPECT_EQ(luld.state(), LuldState::closed);
  EXPECT_EQ(luld.bands(), std::nullopt);
}

TEST_F(LuldTest, DoesNotReopenInTheLastTenMinutes) {
  open();
  quote(at(15, 49, 50), 110, 110.01);
  luld.advance(at(15, 50, 5));
  EXPECT_EQ(luld.state(), LuldState::until_close);

  LimitUpLimitDown earlier{stock(Tier::one, 100)};
  earlier.open(at(9, 30), dollars(100));
  earlier.quote(at(15, 46), dollars(110), dollars(111));
  earlier.advance(at(15, 49, 59));
  EXPECT_EQ(earlier.state(), LuldState::paused);
  earlier.advance(at(15, 50));
  EXPECT_EQ(earlier.state(), LuldState::until_close);
  EXPECT_THROW(earlier.reopen(at(15, 52), dollars(100)), std::invalid_argument);
}

TEST_F(LuldTest, RefusesTimeThatFallsAndPricesThatAreNone) {
  open();
  EXPECT_THROW(luld.advance(at(9, 29)), std::invalid_argument);
  EXPECT_THROW(luld.trade(at(9, 31), Ticks{0}), std::invalid_argument);
  EXPECT_THROW(open(at(9, 31)), std::invalid_argument);
  LuldSettings coarse = stock(Tier::one, 1);
  coarse.tick_nano = 3;
  EXPECT_THROW(LimitUpLimitDown{coarse}, std::invalid_argument);
}

// What happens between two calls happens at its own time, however often one asks.
TEST(Luld, DoesNotDependOnHowOftenItIsAsked) {
  Rng rng{7};
  for (int day = 0; day < 20; ++day) {
    LimitUpLimitDown busy{stock(Tier::two, 2.5)}, lazy{stock(Tier::two, 2.5)};
    Nanos now = at(9, 30);
    std::int64_t price = 25'000;
    for (int step = 0; step < 3'000 && now < at(16, 0); ++step) {
      for (int i = 0; i < 4; ++i) {
        now += Nanos{static_cast<std::int64_t>(rng.below(4'000'000'000))};
        busy.advance(now);
      }
      price += static_cast<std::int64_t>(rng.below(1'201)) - 600;
      if (price < 5'000) price = 5'000;
      const auto act = [&](LimitUpLimitDown& luld) {
        if (luld.state() == LuldState::reopening) {
          luld.reopen(now, Ticks{price});
        } else if (step % 3 == 0) {
          const auto bands = luld.bands();
          const Ticks bid{bands && step % 9 == 0 ? bands->upper.n : price - 100};
          luld.quote(now, bid, Ticks{bid.n + 200});
        } else {
          luld.trade(now, Ticks{price});
        }
      };
      lazy.advance(now);
      act(busy);
      act(lazy);
      ASSERT_EQ(busy.state(), lazy.state());
      ASSERT_EQ(busy.bands(), lazy.bands());
      ASSERT_EQ(busy.reference(), lazy.reference());
      ASSERT_EQ(busy.deadline(), lazy.deadline());
    }
  }
}

}  // namespace
}  // namespace ai_trading::rules
