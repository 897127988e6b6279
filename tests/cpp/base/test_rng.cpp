#include "ai_trading/base/rng.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>
#include <limits>
#include <vector>

namespace ai_trading {
namespace {

TEST(Rng, GivesThePublishedReferenceOutputs) {
  Rng rng(Rng::State{1, 2, 3, 4});
  const std::array<std::uint64_t, 10> expected{41943041ULL,
                                               58720359ULL,
                                               3588806011781223ULL,
                                               3591011842654386ULL,
                                               9228616714210784205ULL,
                                               9973669472204895162ULL,
                                               14011001112246962877ULL,
                                               12406186145184390807ULL,
                                               15849039046786891736ULL,
                                               10450023813501588000ULL};

  for (const std::uint64_t value : expected) EXPECT_EQ(rng.next(), value);
}

TEST(Rng, SeedsThroughThePublishedSplitmix) {
  std::uint64_t state = 1234567;
  const std::array<std::uint64_t, 5> expected{
      6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL,
      4593380528125082431ULL, 16408922859458223821ULL};

  for (const std::uint64_t value : expected) EXPECT_EQ(splitmix64(state), value);
}

// The slow, obvious jump: the generator is linear over bits, so that 2^n steps are n
// squarings of its 256 x 256 matrix.
using Row = std::bitset<256>;

Row as_bits(const Rng::State& state) {
  Row row;
  for (std::size_t i = 0; i < 256; ++i) row[i] = state[i / 64] >> (i % 64) & 1;
  return row;
}

Rng::State as_state(const Row& row) {
  Rng::State state{};
  for (std::size_t i = 0; i < 256; ++i)
    state[i / 64] |= std::uint64_t{row[i]} << (i % 64);
  return state;
}

std::vector<Row> one_step() {  // image of each unit vector
  std::vector<Row> images;
  for (std::size_t i = 0; i < 256; ++i) {
    Row unit;
    unit.set(i);
    Rng rng(as_state(unit));
    (void)rng.next();
    images.push_back(as_bits(rng.state()));
  }
  return images;
}

Row times(const std::vector<Row>& matrix, const Row& vector) {
  Row sum;
  for (std::size_t i = 0; i < 256; ++i)
    if (vector[i]) sum ^= matrix[i];
  return sum;
}

Rng::State after_squarings(const Rng::State& from, int squarings) {
  std::vector<Row> matrix = one_step();
  for (int n = 0; n < squarings; ++n) {
    std::vector<Row> next;
    for (const Row& image : matrix) next.push_back(times(matrix, image));
    matrix = std::move(next);
  }
  return as_state(times(matrix, as_bits(from)));
}

TEST(Rng, JumpsByTwoToThe128AndTwoToThe192) {
  Rng near(7);
  Rng far(7);
  const Rng::State start = near.state();

  near.jump();
  far.long_jump();

  EXPECT_EQ(near.state(), after_squarings(start, 128));
  EXPECT_EQ(far.state(), after_squarings(start, 192));
}

TEST(Rng, SplitGoesOnWhereItWasAndMovesTheParentAway) {
  Rng parent(3);
  Rng same(3);

  Rng child = parent.split();

  EXPECT_EQ(child.next(), same.next());
  EXPECT_NE(parent.state(), child.state());
}

// Pinned: a change here changes every simulation anybody has recorded.
TEST(Rng, DrawsTheSameBitsEverywhere) {
  Rng rng(42);

  EXPECT_EQ(rng.next(), 15021278609987233951ULL);
  EXPECT_EQ(rng.below(1000), 318U);
  EXPECT_EQ(rng.uniform(), 0x1.f7c0f9f61849dp-1);
  EXPECT_EQ(rng.exponential(), 0x1.35301b8c8b7dep+0);
  EXPECT_EQ(rng.normal(), 0x1.571f94d19c30ap+0);
  EXPECT_EQ(rng.poisson(100.0), 106U);
  EXPECT_EQ(rng.geometric(0.01), 66U);
}

// Distance in units of the last place of the better-known value.
double ulps(double value, double exact) {
  const double next = std::nextafter(std::abs(exact), HUGE_VAL);
  return std::abs(value - exact) / (next - std::abs(exact));
}

TEST(PortableLog, StaysWithinTwoUlp) {
  Rng rng(1);
  double worst = 0.0;
  for (int i = 0; i < 200'000; ++i) {
    const double near_one = 0.5 + rng.uniform();
    const double wide = std::exp2(2000.0 * rng.uniform() - 1000.0);
    for (const double x : {near_one, wide, rng.uniform() + 0x1p-53})
      worst = std::max(worst, ulps(portable_log(x), std::log(x)));
  }

  EXPECT_LE(worst, 2.0);
}

TEST(PortableExp, StaysWithinTwoUlp) {
  Rng rng(2);
  double worst = 0.0;
  for (int i = 0; i < 200'000; ++i) {
    for (const double x : {2.0 * rng.uniform() - 1.0, 1400.0 * rng.uniform() - 700.0})
      worst = std::max(worst, ulps(portable_exp(x), std::exp(x)));
  }

  EXPECT_LE(worst, 2.0);
}

TEST(PortableLog, KnowsTheEdges) {
  EXPECT_EQ(portable_log(1.0), 0.0);
  EXPECT_EQ(portable_log(0.0), -HUGE_VAL);
  EXPECT_EQ(portable_log(HUGE_VAL), HUGE_VAL);
  EXPECT_TRUE(std::isnan(portable_log(-1.0)));
  EXPECT_DOUBLE_EQ(portable_log(5e-324), std::log(5e-324));
}

TEST(PortableExp, KnowsTheEdges) {
  EXPECT_EQ(portable_exp(0.0), 1.0);
  EXPECT_EQ(portable_exp(1000.0), HUGE_VAL);
  EXPECT_EQ(portable_exp(-1000.0), 0.0);
  EXPECT_TRUE(std::isnan(portable_exp(std::numeric_limits<double>::quiet_NaN())));
  EXPECT_DOUBLE_EQ(portable_exp(709.7), std::exp(709.7));
  EXPECT_NEAR(portable_exp(-740.0) / std::exp(-740.0), 1.0, 0.01);
}

struct Moments {
  double mean{};
  double variance{};
};

template <class Draw>
Moments moments(int n, Draw draw) {
  double sum = 0.0;
  double squares = 0.0;
  for (int i = 0; i < n; ++i) {
    const double x = static_cast<double>(draw());
    sum += x;
    squares += x * x;
  }
  const double mean = sum / n;
  return {mean, squares / n - mean * mean};
}

// Bounds are five standard errors of a million draws.
TEST(Rng, HasTheMomentsOfEachDistribution) {
  Rng rng(11);
  constexpr int n = 1'000'000;

  const Moments uniform = moments(n, [&] { return rng.uniform(); });
  const Moments exponential = moments(n, [&] { return rng.exponential(); });
  const Moments normal = moments(n, [&] { return rng.normal(); });
  const Moments poisson = moments(n, [&] { return rng.poisson(3.5); });
  const Moments geometric = moments(n, [&] { return rng.geometric(0.25); });

  EXPECT_NEAR(uniform.mean, 0.5, 0.0015);
  EXPECT_NEAR(uniform.variance, 1.0 / 12.0, 0.0004);
  EXPECT_NEAR(exponential.mean, 1.0, 0.005);
  EXPECT_NEAR(exponential.variance, 1.0, 0.015);
  EXPECT_NEAR(normal.mean, 0.0, 0.005);
  EXPECT_NEAR(normal.variance, 1.0, 0.0075);
  EXPECT_NEAR(poisson.mean, 3.5, 0.0095);
  EXPECT_NEAR(poisson.variance, 3.5, 0.03);
  EXPECT_NEAR(geometric.mean, 3.0, 0.018);
  EXPECT_NEAR(geometric.variance, 12.0, 0.19);
}

TEST(Rng, LargePoissonMeansKeepTheirMoments) {
  Rng rng(12);

  const Moments seen = moments(20'000, [&] { return rng.poisson(200.0); });

  EXPECT_NEAR(seen.mean, 200.0, 0.5);       // five standard errors
  EXPECT_NEAR(seen.variance, 200.0, 10.1);  // the same
}

TEST(Rng, BoundedDrawsAreEvenAndInRange) {
  Rng rng(13);
  std::array<int, 6> seen{};
  for (int i = 0; i < 600'000; ++i) ++seen.at(rng.below(6));

  for (const int count : seen) EXPECT_NEAR(count, 100'000, 1450);  // five sigma
  EXPECT_EQ(rng.below(1), 0U);
  EXPECT_EQ(rng.below(0), 0U);
}

}  // namespace
}  // namespace ai_trading
