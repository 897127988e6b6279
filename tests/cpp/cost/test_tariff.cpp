#include "ai_trading/cost/tariff.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <stdexcept>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/cost/fees.hpp"

namespace ai_trading::cost {
namespace {

constexpr std::int64_t kCent = kNano / 100;
constexpr std::int64_t kDayNanos = 86'400 * kNano;
const Instrument kShare{};  // ticks of 0.0001, lots of one share

FeeLine line(FeeLine::Of of, std::int64_t rate) {
  FeeLine l;
  l.of = of;
  l.tiers = {{0, rate}};
  return l;
}

Tariff::Fill sold(std::int64_t shares, std::int64_t ticks, OrderId order = 1,
                  Nanos at = {}) {
  return {0, order, at, Side::sell, Liquidity::taker, Ticks{ticks}, Lots{shares}};
}
Tariff::Fill bought(std::int64_t shares, std::int64_t ticks, OrderId order = 1,
                    Nanos at = {}) {
  return {0, order, at, Side::buy, Liquidity::taker, Ticks{ticks}, Lots{shares}};
}

FeeLine section31() {  // 27.80 per million of sales
  FeeLine l = line(FeeLine::Of::value, 27'800);
  l.buy = false;
  return l;
}

FeeLine activity_fee() {  // 0.000166 per share sold, at most 8.30 per trade
  FeeLine l = line(FeeLine::Of::quantity, 166'000);
  l.buy = false;
  l.maximum = 830 * kCent;
  return l;
}

// Tiered commission: 0.0035 to 300,000 shares a month, then less; at least 0.35 and at
// most 1 % of the value of an order.
FeeLine tiered(bool bounded = true) {
  FeeLine l = line(FeeLine::Of::quantity, 0);
  l.tiers = {{0, 3'500'000},
             {300'000, 2'000'000},
             {3'000'000, 1'500'000},
             {20'000'000, 1'000'000},
             {100'000'000, 500'000}};
  l.marginal = true;
  l.scope = FeeLine::Scope::order;
  if (bounded) {
    l.minimum = 35 * kCent;
    l.maximum_of_value = 10'000'000;
  }
  return l;
}

TEST(Tariff, RegulatoryFeesAreForSellsAndTheActivityFeeIsCapped) {
  Tariff tariff({section31(), activity_fee()});

  EXPECT_EQ(tariff.charge(kShare, bought(1'000, 1'000'000)), 0);
  // 100,000.00 x 27.80 per million = 2.78; 1,000 x 0.000166 = 0.166.
  EXPECT_EQ(tariff.charge(kShare, sold(1'000, 1'000'000)), 2'946'000'000);
  // 50,000 shares would pay 8.30, more of them no more.
  EXPECT_EQ(tariff.charge(kShare, sold(50'000, 10'000, 2)), 139 * kCent + 830 * kCent);
  EXPECT_EQ(tariff.charge(kShare, sold(500'000, 10'000, 3)),
            1'390 * kCent + 830 * kCent);
  EXPECT_EQ(tariff.totals()[1], 166'000'000 + 2 * 830 * kCent);
}

TEST(Tariff, MarginalTiersGiveTheBrokersPublishedExample) {
  // Interactive Brokers' example of 30,000,000 shares at 5.00: 1,050 + 5,400 + 25,500 +
  // 10,000.
  Tariff tariff({tiered()});

  EXPECT_EQ(tariff.charge(kShare, sold(30'000'000, 50'000)), 41'950 * kNano);
}

TEST(Tariff, AMinimumIsPaidOncePerOrderAndACapOfValueWinsOverIt) {
  Tariff tariff({tiered()});

  EXPECT_EQ(tariff.charge(kShare, bought(50, 250'000)), 35 * kCent);
  EXPECT_EQ(tariff.charge(kShare, bought(40, 250'000)), 0);  // 90 shares: still below
  EXPECT_EQ(tariff.charge(kShare, bought(110, 250'000)), 35 * kCent);  // 200: 0.70
  // Ten shares at 0.20 are worth 2.00: one percent is 0.02.
  EXPECT_EQ(tariff.charge(kShare, bought(10, 2'000, 2)), 2 * kCent);
}

TEST(Tariff, ARateOfTheVolumeBeforeHoldsForTheWholeFill) {
  FeeLine l = line(FeeLine::Of::value, 0);  // 10 bp, from 1,000,000 in 30 days 8 bp
  l.tiers = {{0, 1'000'000}, {1'000'000, 800'000}};
  l.measure = FeeLine::Measure::value;
  l.window = FeeLine::Window::days30;
  Tariff tariff({l}, {0, 900'000});

  EXPECT_EQ(tariff.charge(kShare, bought(10'000, 1'000'000, 1)), 1'000 * kNano);
  // Today's volume counts from tomorrow on.
  EXPECT_EQ(tariff.charge(kShare, bought(10'000, 1'000'000, 2)), 1'000 * kNano);
  EXPECT_EQ(tariff.charge(kShare, bought(10'000, 1'000'000, 3, Nanos{kDayNanos})),
            800 * kNano);
  // After 40 quiet days nothing counts any more.
  EXPECT_EQ(tariff.charge(kShare, bought(10'000, 1'000'000, 4, Nanos{41 * kDayNanos})),
            1'000 * kNano);
}

TEST(Tariff, AMonthOfVolumeEndsWithTheMonth) {
  FeeLine l = tiered(false);
  Tariff tariff({l});
  const Nanos last{1'706'745'599 * kNano};   // 2024-01-31 23:59:59
  const Nanos first{1'706'745'600 * kNano};  // 2024-02-01
  const Nanos leap{1'709'164'800 * kNano};   // 2024-02-29

  EXPECT_EQ(tariff.charge(kShare, sold(300'000, 50'000, 1, last)), 1'050 * kNano);
  EXPECT_EQ(tariff.charge(kShare, sold(1'000, 50'000, 2, last)), 2 * kNano);
  EXPECT_EQ(tariff.charge(kShare, sold(300'000, 50'000, 3, first)), 1'050 * kNano);
  EXPECT_EQ(tariff.charge(kShare, sold(1'000, 50'000, 4, leap)), 2 * kNano);
}

TEST(Tariff, AShareOfAnotherLineFollowsItsBounds) {
  FeeLine share = line(FeeLine::Of::line, 560'000);  // 0.00056 of the commission
  share.line = 0;
  Tariff tariff({tiered(), share});

  EXPECT_EQ(tariff.charge(kShare, bought(1, 1'000'000)), 35 * kCent + 196'000);
}

TEST(Tariff, PerOrderIsPaidWithTheFirstFillAndPerFillWithEvery) {
  Tariff tariff({line(FeeLine::Of::order, kNano), line(FeeLine::Of::fill, 5)});

  EXPECT_EQ(tariff.charge(kShare, bought(1, 1)), kNano + 5);
  EXPECT_EQ(tariff.charge(kShare, bought(1, 1)), 5);
  EXPECT_EQ(tariff.charge(kShare, bought(1, 1, 2)), kNano + 5);
}

TEST(Tariff, RoundsUpToTheCentOverTheOrder) {
  FeeLine l = section31();
  l.scope = FeeLine::Scope::order;
  l.step = kCent;
  l.up = true;
  Tariff tariff({l});

  EXPECT_EQ(tariff.charge(kShare, sold(10, 1'000'000)), 3 * kCent);  // 0.0278
  EXPECT_EQ(tariff.charge(kShare, sold(1, 1'000'000)), 1 * kCent);   // 0.03058 in all
  EXPECT_EQ(tariff.charge(kShare, sold(1, 1'000'000)), 0);
}

TEST(Tariff, LinesHoldBetweenTheirDates) {
  FeeLine old = section31();
  old.until = Nanos{100};
  FeeLine now = line(FeeLine::Of::value, 8'000);
  now.from = Nanos{100};
  Tariff tariff({old, now});

  EXPECT_EQ(tariff.charge(kShare, sold(1'000, 1'000'000, 1, Nanos{99})), 278 * kCent);
  EXPECT_EQ(tariff.charge(kShare, sold(1'000, 1'000'000, 2, Nanos{100})), 80 * kCent);
}

TEST(Tariff, PlainRatesAsLinesChargeWhatPlainFeesDo) {
  const Fees plain{{-2'000'000, 7}, {3'000'000, 12'345}, {}, {}};
  FeeLine maker_unit = line(FeeLine::Of::quantity, -2'000'000);
  FeeLine maker_value = line(FeeLine::Of::value, 7);
  FeeLine taker_unit = line(FeeLine::Of::quantity, 3'000'000);
  FeeLine taker_value = line(FeeLine::Of::value, 12'345);
  maker_unit.taker = maker_value.taker = false;
  taker_unit.maker = taker_value.maker = false;
  Tariff tariff({maker_unit, maker_value, taker_unit, taker_value});
  Rng rng(7);
  Instrument odd;
  odd.tick_nano = 3;
  odd.lot_nano = odd.unit_nano = 1'234'567;

  for (int i = 0; i < 2'000; ++i) {
    Tariff::Fill fill = bought(1 + static_cast<std::int64_t>(rng.below(1'000'000)),
                               1 + static_cast<std::int64_t>(rng.below(100'000'000)));
    fill.liquidity = rng.chance(0.5) ? Liquidity::maker : Liquidity::taker;
    EXPECT_EQ(tariff.charge(odd, fill),
              plain.charge(odd, fill.liquidity, fill.price, fill.size));
  }
}

TEST(Tariff, PartsOfAnOrderAddUpToTheOrder) {
  Rng rng(11);
  for (int run = 0; run < 300; ++run) {
    FeeLine tax = line(FeeLine::Of::value, 5'000'000);
    tax.scope = FeeLine::Scope::order;
    tax.step = kCent;
    const std::vector<FeeLine> lines{tiered(), tax};
    Tariff parts(lines, {299'000, 0});
    Tariff whole(lines, {299'000, 0});
    std::int64_t sum = 0;
    std::int64_t shares = 0;
    for (int fills = 0; fills < 5; ++fills) {
      const auto size = 1 + static_cast<std::int64_t>(rng.below(1'000));
      sum += parts.charge(kShare, bought(size, 123'400));
      shares += size;
    }
    EXPECT_EQ(sum, whole.charge(kShare, bought(shares, 123'400)));
  }
}

TEST(Tariff, RefusesATableThatMakesNoSense) {
  const auto refused = [](FeeLine l) {
    EXPECT_THROW(Tariff({std::move(l)}), std::invalid_argument);
  };
  FeeLine l;
  refused(l);
  l = line(FeeLine::Of::value, 1);
  l.tiers = {{0, 1}, {5, 1}, {5, 2}};
  refused(l);
  l = line(FeeLine::Of::value, 1);
  l.marginal = true;
  refused(l);
  l = line(FeeLine::Of::line, 1);
  refused(l);
  l = line(FeeLine::Of::value, 1);
  l.minimum = 2;
  l.maximum = 1;
  refused(l);
  l = line(FeeLine::Of::value, 1);
  l.buy = l.sell = false;
  refused(l);
  l = line(FeeLine::Of::value, 1);
  l.step = 0;
  refused(l);
}

}  // namespace
}  // namespace ai_trading::cost
