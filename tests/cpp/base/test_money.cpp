#include "ai_trading/base/money.hpp"

#include <gtest/gtest.h>

namespace ai_trading {
namespace {

TEST(Money, PrintsPlainDecimalsWithoutTrailingZeros) {
  EXPECT_EQ(to_string(Money{}), "0");
  EXPECT_EQ(to_string(from_nano(-12'500'000'000)), "-12.5");
  EXPECT_EQ(to_string(from_micro(1'000'000'000'000)), "1000000");
  EXPECT_EQ(to_string(Money{1}), "0.000000000000000001");
  EXPECT_EQ(to_string(from_nano(10 * kNano)), "10");
}

TEST(Money, RoundsHalvesToTheEvenNeighbour) {
  EXPECT_EQ(divide_half_even(5, 10), 0);
  EXPECT_EQ(divide_half_even(15, 10), 2);
  EXPECT_EQ(divide_half_even(-15, 10), -2);
  EXPECT_EQ(divide_half_even(-16, 10), -2);
  EXPECT_EQ(divide_half_even(16, 10), 2);
  EXPECT_EQ(divide_half_even(14, 10), 1);
}

}  // namespace
}  // namespace ai_trading
