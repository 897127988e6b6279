// Charges for holding positions.
#include "ai_trading/sim/holding.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace ai_trading::sim {
namespace {

constexpr std::int64_t kHour = 3'600'000'000'000;

desk::Ledger ledger_with(std::int64_t lots) {
  desk::Ledger ledger({Instrument{}}, from_nano(0));
  (void)ledger.book(0, lots > 0 ? Side::buy : Side::sell, Ticks{1'000'000},
                    Lots{lots > 0 ? lots : -lots}, Money{});
  ledger.mark(0, Ticks{1'000'000});  // $100.00
  return ledger;
}

TEST(Holding, AShortPositionPaysForEveryHour) {
  // 25 % a year of 360 days on $10,000: $6.944444444 a day, $0.289351852 an hour.
  desk::Ledger ledger = ledger_with(-100);
  HoldingSettings settings;
  settings.instruments = {{250'000'000, {}}};
  settings.every = Nanos{kHour};
  HoldingCosts costs(settings, 1);
  costs.begin(Nanos{kHour / 2});
  const Money before = ledger.cash();

  EXPECT_EQ(costs.next(), Nanos{kHour});
  costs.charge(ledger);
  EXPECT_EQ(costs.next(), Nanos{2 * kHour});
  ASSERT_EQ(costs.charges().size(), 1U);
  EXPECT_EQ(costs.charges()[0].amount, 289'351'852);
  EXPECT_EQ(costs.charges()[0].quantity, -100);
  for (int hour = 2; hour <= 24; ++hour) costs.charge(ledger);
  EXPECT_EQ(to_nano(before - ledger.cash()), 6'944'444'444);
}

TEST(Holding, ALongPositionBorrowsNothingAndPaysFunding) {
  desk::Ledger ledger = ledger_with(100);
  HoldingSettings settings;
  settings.instruments = {{250'000'000, {{Nanos{50}, 100'000}, {Nanos{90}, -300'000}}}};
  settings.every = Nanos{kHour};
  HoldingCosts costs(settings, 1);
  costs.begin(Nanos{0});

  EXPECT_EQ(costs.next(), Nanos{50});
  costs.charge(ledger);  // 0.01 % of $10,000
  EXPECT_EQ(costs.next(), Nanos{90});
  costs.charge(ledger);
  EXPECT_EQ(costs.next(), Nanos{kHour});
  costs.charge(ledger);
  ASSERT_EQ(costs.charges().size(), 2U);
  EXPECT_EQ(costs.charges()[0].amount, 1'000'000'000);
  EXPECT_EQ(costs.charges()[1].amount, -3'000'000'000);
  EXPECT_EQ(to_nano(ledger.balances()[0].costs), 1'000'000'000);
  EXPECT_EQ(to_nano(ledger.balances()[0].income), 3'000'000'000);
}

TEST(Holding, WhatMakesNoSenseIsRefused) {
  HoldingSettings settings;
  settings.instruments = {{-1, {}}};
  EXPECT_THROW(HoldingCosts(settings, 1), std::invalid_argument);
  settings.instruments = {{1, {}}};
  EXPECT_THROW(HoldingCosts(settings, 2), std::invalid_argument);
  settings.every = Nanos{1};
  EXPECT_THROW(HoldingCosts(settings, 1), std::invalid_argument);
  EXPECT_EQ(HoldingCosts({}, 5).next(), kNever);
}

}  // namespace
}  // namespace ai_trading::sim
