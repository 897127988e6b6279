// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/base/rng.hpp"

#include <cmath>
#include <limits>

namespace ai_trading {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// ln 2 in two parts; the first has 21 zero bits at its end, so that its product with
// any exponent is exact.
constexpr double kLn2High = 0x1.62e42feep-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kInverseLn2 = 0x1.71547652b82fep+0;

constexpr std::uint64_t kMantissa = (std::uint64_t{1} << 52) - 1;
constexpr std::uint64_t kOneBits = std::uint64_t{1023} << 52;

double power_of_two(int exponent) {  // -1022 .. 1023
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

}  // namespace

// x = 2^k (1 + f) with 1 + f within [0.707, 1.414).  With s = f / (2 + f) the series
// log(1 + f) = 2 (s + s^3/3 + s^5/5 + ...) is f - s (f - p), p = 2 (s^2/3 + s^4/5 +
// ...), whose first part is exact.  |s| < 0.1716: the first term left out is 6e-18.
double portable_log(double x) {
  if (!(x >= 0.0)) return kNaN;
  if (x == 0.0) return -kInfinity;
  if (x == kInfinity) return kInfinity;
  int k = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    k = -54;
  }
  const auto bits = std::bit_cast<std::uint64_t>(x);
  k += static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & kMantissa) | kOneBits);
  if (m >= 0x1.6a09e667f3bcdp+0) {
    m *= 0.5;
    ++k;
  }
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  double p = 2.0 / 23.0;
  for (const double term : {2.0 / 21.0, 2.0 / 19.0, 2.0 / 17.0, 2.0 / 15.0, 2.0 / 13.0,
                            2.0 / 11.0, 2.0 / 9.0, 2.0 / 7.0, 2.0 / 5.0, 2.0 / 3.0}) {
    p = p * z + term;
  }
  p *= z;
  const double small = s * (f - p);
  const double n = k;
  return n * kLn2High + (f - (small - n * kLn2Low));
}

// x = k ln 2 + r with |r| <= 0.347, and a Taylor series of degree 13 for exp(r): the
// first term left out is 4e-18.
double portable_exp(double x) {
  if (x != x) return kNaN;
  if (x > 709.8) return kInfinity;
  if (x < -745.2) return 0.0;
  const int k = static_cast<int>(x * kInverseLn2 + (x < 0.0 ? -0.5 : 0.5));
  const double n = k;
  const double high = x - n * kLn2High;
  const double low = n * kLn2Low;
  const double r = high - low;
  double q = 1.0 / 6227020800.0;
  for (const double term : {1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0,
                            1.0 / 362880.0, 1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0,
                            1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5}) {
    q = q * r + term;
  }
  const double value = 1.0 + (high - (low - r * r * q));
  if (k > 1023) return value * 2.0 * power_of_two(k - 1);
  if (k < -1022) return value * power_of_two(k + 64) * 0x1p-64;
  return value * power_of_two(k);
}

void Rng::advance(const State& polynomial) {
  State sum{};
  for (const std::uint64_t word : polynomial) {
    for (int bit = 0; bit < 64; ++bit) {
      if (word >> bit & 1) {
        for (std::size_t i = 0; i < 4; ++i) sum[i] ^= state_[i];
      }
      (void)next();
    }
  }
  state_ = sum;
}

void Rng::jump() {
  advance({0x180ec6d33cfd0abaULL, 0xd5a61266f0c9392cULL, 0xa9582618e03fc9aaULL,
           0x39abdc4529b1661cULL});
}

void Rng::long_jump() {
  advance({0x76e15d3efefdcbbfULL, 0xc5004e441c522fb3ULL, 0x77710069854ee241ULL,
           0x39109bb02acbe635ULL});
}

// 1 - uniform() lies in (0, 1], so that the logarithm is finite.
double Rng::exponential() { return -portable_log(1.0 - uniform()); }

double Rng::normal() {
  for (;;) {
    const double u = 2.0 * uniform() - 1.0;
    const double v = 2.0 * uniform() - 1.0;
    const double square = u * u + v * v;
    if (square < 1.0 && square > 0.0)
      return u * std::sqrt(-2.0 * portable_log(square) / square);
  }
}

// Counts how many uniform factors it takes to fall below exp(-mean), in pieces small
// enough not to underflow.
std::uint64_t Rng::poisson(double mean) {
  constexpr double kPiece = 32.0;
  std::uint64_t count = 0;
  while (mean > 0.0) {
    const double piece = mean < kPiece ? mean : kPiece;
    const double floor = portable_exp(-piece);
    for (double product = uniform(); product > floor; product *= uniform()) ++count;
    mean -= piece;
  }
  return count;
}

std::uint64_t Rng::geometric(double p) {
  if (!(p > 0.0 && p < 1.0)) return 0;
  const double failures = -exponential() / portable_log(1.0 - p);
  return failures < 0x1p63 ? static_cast<std::uint64_t>(failures)
                           : std::uint64_t{1} << 63;
}

}  // namespace ai_trading
