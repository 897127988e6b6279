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

Money exact(const HoldingCharge& row) {
  return from_nano(row.amount) + Money{Int128{row.rest}};
}

TEST(Holding, ADividendGoesToWhoHoldsAndIsOwedByWhoIsShort) {
  for (const std::int64_t lots : {100, -40}) {
    desk::Ledger ledger = ledger_with(lots);
    HoldingSettings settings;
    settings.instruments = {{0,
                             {},
                             {{Nanos{90}, from_nano(240'000'000)},
                              {Nanos{30}, from_nano(250'000'000)},
                              {Nanos{10}, from_nano(1)}}}};
    HoldingCosts costs(settings, 1);
    costs.begin(Nanos{10});
    const Money before = ledger.cash();

    EXPECT_EQ(costs.next(), Nanos{30});
    costs.charge(ledger);
    EXPECT_EQ(costs.next(), Nanos{90});
    costs.charge(ledger);
    EXPECT_EQ(costs.next(), kNever);

    ASSERT_EQ(costs.charges().size(), 2U);
    EXPECT_EQ(costs.charges()[0].timestamp, 30);
    EXPECT_EQ(costs.charges()[0].amount, -lots * 250'000'000);
    EXPECT_EQ(costs.charges()[1].amount, -lots * 240'000'000);
    EXPECT_EQ(costs.charges()[0].quantity, lots);
    EXPECT_EQ(costs.charges()[0].price, 1'000'000);
    EXPECT_EQ(costs.charges()[0].kind, 2);
    EXPECT_EQ(to_nano(ledger.cash() - before), lots * 490'000'000);
  }
}

TEST(Holding, CashEarnsAndOwesByItsCurrency) {
  desk::Ledger ledger({Instrument{}}, from_nano(36'000 * kNano),
                      {desk::CostMethod::average, 3});
  ledger.deposit(1, from_nano(-36'000 * kNano));
  HoldingSettings settings;
  settings.interest = {{10'000'000, 50'000'000}, {10'000'000, 50'000'000}, {1, 1}};
  HoldingCosts costs(settings, 1, 3);
  costs.begin(Nanos{0});

  EXPECT_EQ(costs.next(), Nanos{24 * kHour});
  costs.charge(ledger);  // 1 % and 5 % a year of 360 days, for one; nothing of nothing

  ASSERT_EQ(costs.charges().size(), 2U);
  EXPECT_EQ(costs.charges()[0].amount, -1'000'000'000);
  EXPECT_EQ(costs.charges()[0].currency, 0);
  EXPECT_EQ(costs.charges()[0].instrument, kNoInstrument);
  EXPECT_EQ(costs.charges()[1].amount, 5'000'000'000);
  EXPECT_EQ(costs.charges()[1].currency, 1);
  EXPECT_EQ(to_nano(ledger.balances()[0].income), 1'000'000'000);
  EXPECT_EQ(to_nano(ledger.balances()[1].costs), 5'000'000'000);
}

TEST(Holding, TheRowsAddUpToTheTotalsToTheLastDigit) {
  desk::Ledger ledger = ledger_with(-7);
  ledger.deposit(0, from_nano(12'345'678'901'234));
  HoldingSettings settings;
  settings.instruments = {{333'333'333,
                           {{Nanos{7}, 123'457}, {Nanos{3 * kHour}, -98'765}},
                           {{Nanos{5 * kHour}, from_nano(123'456'789)}}}};
  settings.interest = {{43'210'987, 0}};
  settings.every = Nanos{kHour};
  settings.days_of_year = 365;
  HoldingCosts costs(settings, 1);
  costs.begin(Nanos{0});
  for (int i = 0; i < 40; ++i) {
    ledger.mark(0, Ticks{1'000'003 + 7 * i});
    costs.charge(ledger);
  }

  Money income, paid;
  bool odd = false;
  for (const HoldingCharge& row : costs.charges()) {
    const Money amount = exact(row);
    (amount < Money{} ? income : paid) += amount < Money{} ? -amount : amount;
    odd = odd || row.rest != 0;
    EXPECT_LE(row.rest < 0 ? -row.rest : row.rest, 500'000'000);
  }
  EXPECT_TRUE(odd);
  EXPECT_EQ(income, ledger.balances()[0].income);
  EXPECT_EQ(paid, ledger.balances()[0].costs);
}

TEST(Holding, WhatMakesNoSenseIsRefused) {
  HoldingSettings settings;
  settings.instruments = {{-1, {}}};
  EXPECT_THROW(HoldingCosts(settings, 1), std::invalid_argument);
  settings.instruments = {{1, {}}};
  EXPECT_THROW(HoldingCosts(settings, 2), std::invalid_argument);
  settings.every = Nanos{1};
  EXPECT_THROW(HoldingCosts(settings, 1), std::invalid_argument);
  settings = {};
  settings.instruments = {{0, {}, {{Nanos{1}, from_nano(-1)}}}};
  EXPECT_THROW(HoldingCosts(settings, 1), std::invalid_argument);
  settings = {};
  settings.interest = {{1, 1}, {1, 1}};
  EXPECT_THROW(HoldingCosts(settings, 1), std::invalid_argument);
  settings.interest = {{1, 1'000'000'000'001}};
  EXPECT_THROW(HoldingCosts(settings, 1), std::invalid_argument);
  EXPECT_EQ(HoldingCosts({}, 5).next(), kNever);
}

}  // namespace
}  // namespace ai_trading::sim
