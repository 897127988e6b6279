#include "ai_trading/schedule/slices.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "ai_trading/base/money.hpp"
#include "ai_trading/base/rng.hpp"

namespace ai_trading::schedule {
namespace {

Plan plan(std::int64_t quantity, std::size_t slices, std::int64_t round = 1) {
  Plan p;
  p.quantity = Lots{quantity};
  p.start = Nanos{1'000};
  p.end = Nanos{1'000'001'003};
  p.slices = slices;
  p.round = Lots{round};
  return p;
}

std::int64_t total(const std::vector<Slice>& slices) {
  return std::accumulate(
      slices.begin(), slices.end(), std::int64_t{0},
      [](std::int64_t sum, const Slice& s) { return sum + s.quantity.n; });
}

// Every kind of schedule of one plan.
std::vector<std::vector<Slice>> all(const Plan& p, Rng& rng) {
  std::vector<double> weights(1 + rng.below(20));
  for (double& weight : weights) weight = rng.uniform();
  weights.front() += 1e-9;
  const Curve curve(Nanos{0}, Nanos{2'000'000'000}, weights);
  const double k = rng.uniform() * 20.0;
  return {twap(p), twap(p, rng.uniform(), rng.next()), vwap(p, curve), shortfall(p, k),
          closing(p, k)};
}

TEST(Slices, SumToTheParentInWholeRoundsForAnyLotSize) {
  Rng rng(7);
  for (int trial = 0; trial < 2'000; ++trial) {
    const auto quantity = static_cast<std::int64_t>(
        1 + rng.below(trial % 3 == 0 ? std::uint64_t{1} << 52 : 100'000));
    const Plan p = plan(quantity, 1 + rng.below(300),
                        static_cast<std::int64_t>(1 + rng.below(500)));
    for (const auto& slices : all(p, rng)) {
      ASSERT_EQ(slices.size(), p.slices);
      ASSERT_EQ(total(slices), quantity);
      for (std::size_t i = 0; i < slices.size(); ++i) {
        ASSERT_GE(slices[i].quantity.n, 0);
        if (i + 1 < slices.size()) {
          ASSERT_EQ(slices[i].quantity.n % p.round.n, 0);
        }
        ASSERT_GE(slices[i].at, p.start);
        ASSERT_LT(slices[i].at, p.end);
        if (i > 0) {
          ASSERT_LE(slices[i - 1].at, slices[i].at);
        }
      }
    }
  }
}

TEST(Slices, StayWithinHalfARoundOfTheIdeal) {
  const Plan p = plan(1'003, 7, 10);
  const auto slices = twap(p);
  std::int64_t done = 0;
  for (std::size_t k = 0; k + 1 < slices.size(); ++k) {
    done += slices[k].quantity.n;
    const double ideal = 1000.0 * static_cast<double>(k + 1) / 7.0;
    EXPECT_LE(std::abs(static_cast<double>(done) - ideal), 5.0);
  }
}

TEST(Slices, OfACaseByHand) {
  const auto slices = twap(plan(10, 4));
  EXPECT_EQ(slices[0].quantity.n, 3);  // 2.5 rounds up
  EXPECT_EQ(slices[1].quantity.n, 2);
  EXPECT_EQ(slices[2].quantity.n, 3);
  EXPECT_EQ(slices[3].quantity.n, 2);
  EXPECT_EQ(slices[0].at.n, 1'000);
  EXPECT_EQ(slices[1].at.n, 1'000 + 250'000'000);
}

TEST(Slices, DrawnOnesKeepTheirStatedBoundAndTheirSeed) {
  const std::int64_t quantity = 100'000'000;
  for (const double jitter : {0.1, 0.5, 1.0}) {
    const auto slices = twap(plan(quantity, 100), jitter, 3);
    const double even = static_cast<double>(quantity) / 100.0;
    const double length = 1'000'000'003.0 / 100.0;
    double done = 0.0;
    for (std::size_t k = 0; k < slices.size(); ++k) {
      const auto q = static_cast<double>(slices[k].quantity.n);
      done += q;
      EXPECT_LE(std::abs(q - even), jitter * even + 1.0);
      EXPECT_LE(std::abs(done - even * static_cast<double>(k + 1)),
                0.5 * jitter * even + 1.0);
      const double begin = 1'000.0 + static_cast<double>(k) * length;
      EXPECT_LE(std::abs(static_cast<double>(slices[k].at.n) - begin),
                0.5 * jitter * length + 1.0);
    }
    EXPECT_EQ(slices, twap(plan(quantity, 100), jitter, 3));
    EXPECT_NE(slices, twap(plan(quantity, 100), jitter, 4));
  }
}

TEST(Slices, FollowAVolumeCurve) {
  Plan p;
  p.quantity = Lots{1'000};
  p.start = Nanos{0};
  p.end = Nanos{400};
  p.slices = 4;
  const Curve curve(Nanos{0}, Nanos{400}, std::vector<double>{4.0, 1.0, 2.0, 3.0});
  const auto slices = vwap(p, curve);
  EXPECT_EQ(slices[0].quantity.n, 400);
  EXPECT_EQ(slices[1].quantity.n, 100);
  EXPECT_EQ(slices[2].quantity.n, 200);
  EXPECT_EQ(slices[3].quantity.n, 300);
}

TEST(Slices, AreEvenWhereTheCurveHasNoVolume) {
  Plan p;
  p.quantity = Lots{100};
  p.start = Nanos{500};
  p.end = Nanos{600};
  p.slices = 10;
  EXPECT_EQ(vwap(p, Curve(Nanos{0}, Nanos{400})), twap(p));
}

TEST(Slices, OfAFlatCurveAreEven) {
  Plan p = plan(123'457, 97);
  const auto even = twap(p);
  const auto flat = vwap(p, Curve(p.start, p.end));
  for (std::size_t k = 0; k < even.size(); ++k)
    EXPECT_LE(std::abs(even[k].quantity.n - flat[k].quantity.n), 1);
}

TEST(Slices, OfTheTrajectoryMatchTheHyperbolicSine) {
  for (const double k : {1e-5, 0.01, 0.5, 3.0, 20.0, 300.0}) {
    const Plan p = plan(1'000'000'000, 1'000);
    const auto early = shortfall(p, k);
    const auto late = closing(p, k);
    double done = 0.0;
    double late_done = 0.0;
    for (std::size_t i = 0; i < 1'000; ++i) {
      const double t = static_cast<double>(i + 1) / 1'000.0;
      const double left = k < 100.0 ? std::sinh(k * (1.0 - t)) / std::sinh(k)
                                    : std::exp(-k * t) - std::exp(-k * (2.0 - t));
      const double mirror =
          k < 100.0 ? std::sinh(k * t) / std::sinh(k) : std::exp(-k * (1.0 - t));
      done += static_cast<double>(early[i].quantity.n);
      late_done += static_cast<double>(late[i].quantity.n);
      // Half a lot of rounding and 1e-9 of the parent.
      EXPECT_NEAR(done, 1e9 * (1.0 - left), 2.0);
      EXPECT_NEAR(late_done, 1e9 * mirror, 2.0);
    }
  }
}

TEST(Slices, RefuseWhatIsNoPlan) {
  EXPECT_THROW((void)twap(plan(0, 3)), std::invalid_argument);
  EXPECT_THROW((void)twap(plan(10, 0)), std::invalid_argument);
  EXPECT_THROW((void)twap(plan(10, 3, 0)), std::invalid_argument);
  EXPECT_THROW((void)twap(plan(10, 3), 1.5), std::invalid_argument);
  EXPECT_THROW((void)shortfall(plan(10, 3), -1.0), std::invalid_argument);
  EXPECT_THROW((void)shortfall(plan(10, 3), std::nan("")), std::invalid_argument);
  Plan backwards = plan(10, 3);
  backwards.end = backwards.start;
  EXPECT_THROW((void)twap(backwards), std::invalid_argument);
}

TEST(Participation, IsExactAndRoundedDown) {
  EXPECT_EQ(participation(Lots{1'000'001}, 100'000).n, 100'000);
  EXPECT_EQ(participation(Lots{9}, 100'000).n, 0);
  EXPECT_EQ(participation(Lots{-5}, 100'000).n, 0);
  EXPECT_EQ(participation(Lots{kMaxQuantity}, 1'000'000).n, kMaxQuantity);
  EXPECT_EQ(participation(Lots{kMaxQuantity}, 5'000'000).n, kMaxQuantity);
  Rng rng(5);
  for (int i = 0; i < 10'000; ++i) {
    const auto volume = static_cast<std::int64_t>(rng.next() >> 3);
    const auto rate = static_cast<std::int64_t>(rng.below(1'000'001));
    const auto exact = static_cast<std::int64_t>(Int128{volume} * rate / 1'000'000);
    EXPECT_EQ(participation(Lots{volume}, rate).n, exact);
  }
}

TEST(Curve, TellsTheShareByTime) {
  const Curve curve(Nanos{100}, Nanos{300}, std::vector<double>{3.0, 1.0});
  EXPECT_EQ(curve.share(Nanos{50}), 0.0);
  EXPECT_DOUBLE_EQ(curve.share(Nanos{150}), 0.375);
  EXPECT_DOUBLE_EQ(curve.share(Nanos{200}), 0.75);
  EXPECT_DOUBLE_EQ(curve.share(Nanos{250}), 0.875);
  EXPECT_EQ(curve.share(Nanos{300}), 1.0);
}

TEST(Curve, RefusesWhatIsNone) {
  const std::vector<double> none;
  const std::vector<double> zero{0.0, 0.0};
  const std::vector<double> negative{1.0, -1.0};
  EXPECT_THROW(Curve(Nanos{1}, Nanos{1}), std::invalid_argument);
  EXPECT_THROW(Curve(Nanos{0}, Nanos{1}, none), std::invalid_argument);
  EXPECT_THROW(Curve(Nanos{0}, Nanos{1}, zero), std::invalid_argument);
  EXPECT_THROW(Curve(Nanos{0}, Nanos{1}, negative), std::invalid_argument);
}

TEST(VolumeForecast, ScalesTheRestByWhatWasSeen) {
  VolumeForecast forecast{Curve(Nanos{0}, Nanos{100}), 1'000.0, 0.5};
  // Half a stretch worth 1000 has come with 700 instead of 500.
  EXPECT_DOUBLE_EQ(forecast.level(Nanos{0}, Nanos{100}, Nanos{50}, 700.0),
                   (500.0 + 700.0) / (500.0 + 500.0));
  EXPECT_DOUBLE_EQ(forecast.level(Nanos{0}, Nanos{100}, Nanos{0}, 0.0), 1.0);
  forecast.prior = 0.0;
  EXPECT_DOUBLE_EQ(forecast.level(Nanos{0}, Nanos{100}, Nanos{50}, 700.0), 1.4);
}

}  // namespace
}  // namespace ai_trading::schedule
