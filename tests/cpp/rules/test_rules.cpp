#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "ai_trading/rules/market_wide.hpp"
#include "ai_trading/rules/price_collar.hpp"
#include "ai_trading/rules/session_clock.hpp"
#include "ai_trading/rules/tick_size.hpp"

namespace ai_trading::rules {
namespace {

constexpr std::int64_t kTick = 100'000;  // 0.0001 in 1e-9

TEST(TickTable, StepsByACentFromOneDollarAndFinerBelow) {
  const TickTable table(rule_612(), kTick);
  EXPECT_EQ(table.step(Ticks{9'999}), Ticks{1});
  EXPECT_EQ(table.step(Ticks{10'000}), Ticks{100});
  EXPECT_TRUE(table.allows(Ticks{9'999}));
  EXPECT_FALSE(table.allows(Ticks{10'050}));
  EXPECT_EQ(table.down(Ticks{10'050}), Ticks{10'000});
  EXPECT_EQ(table.up(Ticks{10'050}), Ticks{10'100});
  EXPECT_EQ(table.passive(Side::buy, Ticks{12'345}), Ticks{12'300});
  EXPECT_EQ(table.passive(Side::sell, Ticks{12'345}), Ticks{12'400});
  EXPECT_EQ(table.down(Ticks{-1}), Ticks{-1});
  const TickTable half(rule_612_half_cent(), kTick);
  EXPECT_TRUE(half.allows(Ticks{10'050}));
}

TEST(TickTable, GoesUpIntoTheNextRow) {
  const std::array rows{TickRow{0, 50 * kTick}, TickRow{200 * kTick, 100 * kTick}};
  const TickTable table(rows, kTick);
  EXPECT_EQ(table.up(Ticks{151}), Ticks{200});
  EXPECT_EQ(table.up(Ticks{201}), Ticks{300});
  EXPECT_EQ(table.down(Ticks{299}), Ticks{200});
}

// Cells of the annex of Regulation 2017/588, in 1e-9.
TEST(TickTable, HasTheCellsOfTheMifidAnnex) {
  const auto step = [](double transactions, double price) {
    const TickTable table(mifid_2(transactions), kTick);
    return static_cast<double>(
               table.step(Ticks{static_cast<std::int64_t>(price * 10'000)}).n) /
           10'000;
  };
  EXPECT_EQ(step(0, 0.05), 0.0005);
  EXPECT_EQ(step(9.99, 15), 0.1);
  EXPECT_EQ(step(10, 15), 0.05);
  EXPECT_EQ(step(80, 15), 0.02);
  EXPECT_EQ(step(600, 15), 0.01);
  EXPECT_EQ(step(2000, 15), 0.005);
  EXPECT_EQ(step(9000, 15), 0.002);
  EXPECT_EQ(step(9000, 0.9), 0.0001);
  EXPECT_EQ(step(9000, 1.0), 0.0002);
  EXPECT_EQ(step(9000, 150), 0.02);
  EXPECT_EQ(step(0, 60'000), 500.0);
  EXPECT_EQ(step(9000, 60'000), 10.0);
  EXPECT_THROW((void)mifid_2(-1), std::invalid_argument);
}

TEST(TickTable, RefusesTablesThatMakeNoSense) {
  const auto make = [](std::vector<TickRow> rows) { return TickTable(rows, kTick); };
  EXPECT_THROW(make({}), std::invalid_argument);
  EXPECT_THROW(make({{0, 0}}), std::invalid_argument);
  EXPECT_THROW(make({{0, kTick / 2}}), std::invalid_argument);
  EXPECT_THROW(make({{0, kTick}, {0, kTick}}), std::invalid_argument);
  EXPECT_THROW(make({{0, kTick}, {150 * kTick, 100 * kTick}}), std::invalid_argument);
  EXPECT_THROW(TickTable(Ticks{0}), std::invalid_argument);
}

// The S&P 500 closed at 4,135.35: 7 % down is 3,845.8755, 13 % 3,597.7545, 20 %
// 3,308.28.
struct MarketWide : testing::Test {
  MarketWideBreaker breaker{MarketWideSettings{413'535}};
};

TEST_F(MarketWide, HasThresholdsRoundedToAHundredth) {
  EXPECT_EQ(breaker.threshold(1), 384'588);
  EXPECT_EQ(breaker.threshold(2), 359'775);
  EXPECT_EQ(breaker.threshold(3), 330'828);
}

TEST_F(MarketWide, HaltsFifteenMinutesOnceForEachOfTheFirstTwoLevels) {
  EXPECT_EQ(breaker.update(clock_time(10, 0), 384'589), 0);
  EXPECT_EQ(breaker.update(clock_time(10, 1), 384'588), 1);
  EXPECT_TRUE(breaker.halted(clock_time(10, 15, 59)));
  EXPECT_FALSE(breaker.halted(clock_time(10, 16)));
  EXPECT_EQ(breaker.update(clock_time(11, 0), 400'000), 0);
  EXPECT_EQ(breaker.update(clock_time(11, 1), 384'000), 0);  // used up
  EXPECT_EQ(breaker.update(clock_time(14, 0), 359'775), 2);
  EXPECT_EQ(breaker.until(), clock_time(14, 15));
  EXPECT_EQ(breaker.update(clock_time(14, 30), 350'000), 0);
  EXPECT_EQ(breaker.update(clock_time(15, 50), 330'828), 3);
  EXPECT_EQ(breaker.until(), kNever);
}

TEST_F(MarketWide, SparesTheFirstTwoLevelsAfterTwentyFivePastThree) {
  MarketWideBreaker edge{MarketWideSettings{413'535}};
  EXPECT_EQ(edge.update(clock_time(15, 25), 384'588), 1);  // up to and including
  EXPECT_EQ(breaker.update(clock_time(15, 25) + Nanos{1}, 359'000), 0);
  EXPECT_EQ(breaker.level(), 0);
  EXPECT_EQ(breaker.update(clock_time(15, 59), 330'000), 3);
}

TEST_F(MarketWide, HasEarlierTimesBeforeAnEarlyClose) {
  const MarketWideSettings early{413'535, clock_time(9, 30), clock_time(13, 0)};
  MarketWideBreaker edge{early}, late{early};
  EXPECT_EQ(edge.update(clock_time(12, 25), 384'588), 1);
  EXPECT_EQ(late.update(clock_time(12, 25) + Nanos{1}, 384'588), 0);
}

TEST_F(MarketWide, CountsOnlyInTheSessionAndSkipsLevelsOnADeepFall) {
  EXPECT_EQ(breaker.update(clock_time(9, 30), 300'000), 0);
  EXPECT_EQ(breaker.update(clock_time(9, 30) + Nanos{1}, 359'000), 2);
  EXPECT_EQ(breaker.update(clock_time(10, 30), 384'000), 0);
  EXPECT_THROW(breaker.update(clock_time(10, 0), 384'000), std::invalid_argument);
  EXPECT_THROW(breaker.update(clock_time(11, 0), 0), std::invalid_argument);
}

TEST(PriceCollar, IsAPercentageButAtLeastFifteenCents) {
  const PriceCollar collar(nyse_trading_collar(), kTick, TickTable(rule_612(), kTick));
  const auto range = [&](std::int64_t reference) {
    const CollarRange r = collar.range(Ticks{reference});
    return std::pair(r.lowest.n, r.highest.n);
  };
  EXPECT_EQ(range(250'000), std::pair(225'000L, 275'000L));  // $25.00: 10 %
  EXPECT_EQ(range(250'100), std::pair(237'600L, 262'600L));  // $25.01: 5 %, 1.2505
  EXPECT_EQ(range(1'000'000), std::pair(970'000L, 1'030'000L));
  EXPECT_EQ(range(10'000), std::pair(8'500L, 11'500L));  // $1.00: 15 cents
  EXPECT_EQ(range(1'000), std::pair(0L, 2'500L));
  EXPECT_EQ(collar.check(Side::buy, Ticks{262'700}, Ticks{250'100}),
            Reject::price_collar);
  EXPECT_EQ(collar.check(Side::buy, Ticks{1}, Ticks{250'100}), Reject::none);
  EXPECT_EQ(collar.check(Side::sell, Ticks{237'500}, Ticks{250'100}),
            Reject::price_collar);
  EXPECT_EQ(collar.check(Side::sell, Ticks{237'600}, Ticks{250'100}), Reject::none);
  EXPECT_THROW((void)collar.range(Ticks{0}), std::invalid_argument);
}

TEST(SessionClock, KnowsThePhaseAndTheNextChange) {
  const SessionClock clock(us_equity_day());
  EXPECT_EQ(clock.phase(clock_time(3, 59, 59)), Phase::closed);
  EXPECT_EQ(clock.phase(clock_time(4, 0)), Phase::pre_open);
  EXPECT_EQ(clock.phase(clock_time(9, 29)), Phase::opening_auction);
  EXPECT_EQ(clock.phase(clock_time(9, 30)), Phase::continuous);
  EXPECT_EQ(clock.next_change(clock_time(9, 30)), clock_time(16, 0));
  EXPECT_EQ(clock.phase(clock_time(16, 0)), Phase::closing_auction);
  EXPECT_EQ(clock.next_change(clock_time(17, 0)), kNever);
}

TEST(SessionClock, DrawsRandomEndsFromItsSeed) {
  const auto ends = [](std::uint64_t seed) {
    return SessionClock(xetra_day(), seed).next_change(clock_time(8, 55));
  };
  EXPECT_EQ(ends(1), ends(1));
  EXPECT_NE(ends(1), ends(2));
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_GE(ends(seed), clock_time(9, 0));
    EXPECT_LE(ends(seed), clock_time(9, 0, 30));
  }
}

TEST(SessionClock, RefusesStepsOutOfOrder) {
  const std::array twice{SessionStep{clock_time(9, 0), Phase::continuous},
                         SessionStep{clock_time(9, 0), Phase::closed}};
  EXPECT_THROW(SessionClock{twice}, std::invalid_argument);
  const std::array overlap{
      SessionStep{clock_time(9, 0), Phase::continuous, seconds(30)},
      SessionStep{clock_time(9, 0, 30), Phase::closed}};
  EXPECT_THROW(SessionClock{overlap}, std::invalid_argument);
  EXPECT_THROW(SessionClock(std::span<const SessionStep>{}), std::invalid_argument);
}

}  // namespace
}  // namespace ai_trading::rules
