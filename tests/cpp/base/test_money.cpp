#include "ai_trading/base/money.hpp"

#include <gtest/gtest.h>

#include "ai_trading/base/rng.hpp"

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

// Long division, a bit at a time: what the quick ways must agree with.
Int128 slow_scale(Int128 amount, std::int64_t part, std::int64_t whole) {
  // Splits the amount so that no product leaves 128 bits.
  const Int128 high = amount / whole;
  const Int128 rest = (amount - high * whole) * part;
  Int128 quotient = high * part + rest / whole;
  Int128 left = rest % whole;
  if (left < 0) {
    left += whole;
    quotient -= 1;
  }
  if (2 * left > whole || (2 * left == whole && quotient % 2 != 0)) quotient += 1;
  return quotient;
}

TEST(Money, ScalesAlikeWhicheverWayTheSizeOfTheNumbersTakes) {
  Rng rng(5);
  for (int i = 0; i < 20'000; ++i) {
    const auto bits = rng.below(100);
    Int128 amount = (Int128{rng.next()} << 64 | Int128{rng.next() >> 1}) >> (27 + bits);
    if (rng.chance(0.5)) amount = -amount;
    const auto whole =
        static_cast<std::int64_t>(1 + (rng.next() >> (4 + rng.below(58))));
    const auto part = static_cast<std::int64_t>(rng.next() >> (4 + rng.below(58)));
    if (part > whole) continue;
    const Int128 quick = scale(Money{amount}, part, whole).atto;
    ASSERT_TRUE(quick == slow_scale(amount, part, whole));
    ASSERT_TRUE(scale(Money{amount}, whole, whole).atto == amount);
  }
}

}  // namespace
}  // namespace ai_trading
