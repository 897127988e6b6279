// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/stats/normals.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "ai_trading/base/rng.hpp"
#include "wide.hpp"

namespace ai_trading::stats {

namespace {

constexpr std::size_t kGroup = 256;
constexpr std::uint64_t kOne = 0x3ff0000000000000ULL;
constexpr std::uint64_t kFraction = 0x000fffffffffffffULL;
constexpr std::uint64_t kSignBit = 0x8000000000000000ULL;

namespace plain {
#include "normals_body.hpp"
}  // namespace plain

#if AI_TRADING_WIDE
AI_TRADING_WIDE_BEGIN
namespace wide {
#include "normals_body.hpp"
}  // namespace wide
AI_TRADING_WIDE_END
#endif

using FillGroup = void (*)(BitPack (&)[4], double*);

FillGroup fill_group() {
#if AI_TRADING_WIDE
  static const bool here = has_wide();
  return here ? wide::fill_group : plain::fill_group;
#else
  return plain::fill_group;
#endif
}

template <std::size_t kTerms>
double horner(const std::array<double, kTerms>& terms, double x) {
  double value = terms[0];
  for (std::size_t i = 1; i < kTerms; ++i) value = value * x + terms[i];
  return value;
}

}  // namespace

NormalSource::NormalSource(std::uint64_t seed) {
  Rng stream(seed);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const Rng::State words = stream.state();
    for (std::size_t i = 0; i < 4; ++i) state_[i][lane] = words[i];
    stream.jump();
  }
}

void NormalSource::fill(std::span<double> out) {
  const FillGroup group = fill_group();
  std::size_t i = 0;
  for (; i + kGroup <= out.size(); i += kGroup) group(state_, out.data() + i);
  if (i == out.size()) return;
  double last[kGroup];
  group(state_, last);
  std::copy_n(last, out.size() - i, out.data() + i);
}

double normal_quantile(double p) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (!(p >= 0.0 && p <= 1.0)) return std::numeric_limits<double>::quiet_NaN();
  if (p == 0.0) return -kInfinity;
  if (p == 1.0) return kInfinity;
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q *
           horner<8>(
               {2509.0809287301226727, 33430.575583588128105, 67265.770927008700853,
                45921.953931549871457, 13731.693765509461125, 1971.5909503065514427,
                133.14166789178437745, 3.387132872796366608},
               r) /
           horner<8>({5226.495278852854561, 28729.085735721942674, 39307.89580009271061,
                      21213.794301586595867, 5394.1960214247511077,
                      687.1870074920579083, 42.313330701600911252, 1.0},
                     r);
  }
  const double tail = q < 0.0 ? p : 1.0 - p;
  double r = std::sqrt(-portable_log(tail));
  double value = 0.0;
  if (r <= 5.0) {
    r -= 1.6;
    value = horner<8>(
                {7.7454501427834140764e-4, 0.0227238449892691845833,
                 0.24178072517745061177, 1.27045825245236838258, 3.64784832476320460504,
                 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734},
                r) /
            horner<8>({1.05075007164441684324e-9, 5.475938084995344946e-4,
                       0.0151986665636164571966, 0.14810397642748007459,
                       0.68976733498510000455, 1.6763848301838038494,
                       2.05319162663775882187, 1.0},
                      r);
  } else {
    r -= 5.0;
    value = horner<8>({2.01033439929228813265e-7, 2.71155556874348757815e-5,
                       0.0012426609473880784386, 0.026532189526576123093,
                       0.29656057182850489123, 1.7848265399172913358,
                       5.4637849111641143699, 6.6579046435011037772},
                      r) /
            horner<8>({2.04426310338993978564e-15, 1.4215117583164458887e-7,
                       1.8463183175100546818e-5, 7.868691311456132591e-4,
                       0.0148753612908506148525, 0.13692988092273580531,
                       0.59983220655588793769, 1.0},
                      r);
  }
  return q < 0.0 ? -value : value;
}

}  // namespace ai_trading::stats
