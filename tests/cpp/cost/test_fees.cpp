#include "ai_trading/cost/fees.hpp"

#include <gtest/gtest.h>

namespace ai_trading::cost {
namespace {

Instrument share() { return {}; }  // ticks of 0.0001, lots of one share

TEST(Fees, PerShareByLiquidityWithARebateForMakers) {
  const Fees fees{{-2'000'000, 0}, {3'000'000, 0}};

  EXPECT_EQ(fees.charge(share(), Liquidity::maker, Ticks{1'000'000}, Lots{300}),
            -600'000'000);
  EXPECT_EQ(fees.charge(share(), Liquidity::taker, Ticks{1'000'000}, Lots{300}),
            900'000'000);
}

TEST(Fees, OfValueInPartsPerBillion) {
  // 300 at 100.00 is 30,000; one basis point (100,000 parts per billion) of it is 3.
  const Fees fees{{}, {0, 100'000}};

  EXPECT_EQ(fees.charge(share(), Liquidity::taker, Ticks{1'000'000}, Lots{300}),
            3 * kNano);
  EXPECT_EQ(fees.charge(share(), Liquidity::taker, Ticks{-1'000'000}, Lots{300}),
            3 * kNano);
}

TEST(Fees, PerShareOfAFractionalLotRoundsHalfToEven) {
  Instrument coin;
  coin.unit_nano = 500'000'000;  // half a unit to the lot
  const Fees fees{{}, {3, 0}};

  // 1.5, 4.5 and 7.5 of 1e-9.
  EXPECT_EQ(fees.charge(coin, Liquidity::taker, Ticks{1}, Lots{1}), 2);
  EXPECT_EQ(fees.charge(coin, Liquidity::taker, Ticks{1}, Lots{3}), 4);
  EXPECT_EQ(fees.charge(coin, Liquidity::taker, Ticks{1}, Lots{5}), 8);
}

TEST(Fees, OfValueRoundsOnlyOnce) {
  Instrument coin;
  coin.tick_nano = 10'000'000;  // 0.01
  coin.lot_nano = 10;           // 0.00000001
  const Fees fees{{}, {0, 400'000'000}};

  // 35 tick-lots are worth 3.5e-9 and 40 % of it is 1.4e-9; rounding the value first, to
  // 4e-9, would end at 2e-9.
  EXPECT_EQ(fees.charge(coin, Liquidity::taker, Ticks{35}, Lots{1}), 1);
}

TEST(Fees, OfAVeryLargeValueStaysExact) {
  const Fees fees{{}, {0, 1}};
  const std::int64_t size = std::int64_t{1} << 40;

  // 2^40 shares at 100.0000 are 2^40 x 100 units; one part per billion of each.
  EXPECT_EQ(fees.charge(share(), Liquidity::taker, Ticks{1'000'000}, Lots{size}),
            size * 100);
}

}  // namespace
}  // namespace ai_trading::cost
