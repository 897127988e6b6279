// How a parent order is cut: whole slices at whole times.
//
// A schedule says which share of the parent shall be done by the end of each slice.  The
// shares become lots by cumulative rounding: what is done by the end of slice k is
//   round * floor(share_k * (quantity div round) + 1/2),
// and the whole quantity by the end of the last one.  So the slices sum to the parent
// exactly, each is a multiple of `round` but the last, which takes the odd rest, none is
// negative, and what is scheduled is never off the ideal by more than half a `round`
// (and the odd rest).
//
// Units       lots and UTC nanoseconds; a slice begins at `at` and ends where the next
//             one begins.
// Repeatable  exponentials are base/rng's; compiled without contraction.
// Cost        O(slices), 1 to 4 ns each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ai_trading/base/units.hpp"
#include "ai_trading/schedule/curve.hpp"

namespace ai_trading::schedule {

struct Slice {
  Nanos at;
  Lots quantity;

  friend constexpr auto operator<=>(const Slice&, const Slice&) = default;
};

struct Plan {
  Lots quantity;
  Nanos start;
  Nanos end;
  std::size_t slices = 1;
  Lots round{1};

  // Throws std::invalid_argument: quantity and round lie in 1 .. 2^52, start before end,
  // slices in 1 .. 2^24 and not more than there are nanoseconds.
  void check() const;
};

// Even in time.  With `jitter` s above 0 (1 at most) both are drawn: the target at the
// end of a slice moves by up to s/2 of an even slice, so that a slice is at most
// (1 + s) of one and the schedule is never off the straight line by more than s/2 of
// one; and every slice but the first begins up to s/2 of its length early or late.
[[nodiscard]] std::vector<Slice> twap(const Plan& plan, double jitter = 0.0,
                                      std::uint64_t seed = 0);

// In proportion to a volume curve.  Where the curve has no volume between start and end
// the slices are even.
[[nodiscard]] std::vector<Slice> vwap(const Plan& plan, const Curve& curve);

// Early against the arrival price: holdings fall as sinh(k (1 - t)) / sinh(k) over the
// unit stretch, the trajectory of Almgren and Chriss (2000) with k = kappa T.  k = 0 is
// even.  k lies in 0 .. 700.
[[nodiscard]] std::vector<Slice> shortfall(const Plan& plan, double k);

// Late towards the closing price: the same trajectory in reverse, which is the best one
// where the benchmark is the price at the end.
[[nodiscard]] std::vector<Slice> closing(const Plan& plan, double k);

// The share of a parent done by time t of the unit stretch on that trajectory.
[[nodiscard]] double shortfall_share(double k, double t);

// The part of a volume that a rate in millionths allows, rounded down; at most 2^62.
[[nodiscard]] constexpr Lots participation(Lots volume, std::int64_t rate_ppm) {
  if (volume.n <= 0 || rate_ppm <= 0) return Lots{};
  constexpr std::int64_t kUnit = 1'000'000;
  std::int64_t whole;
  if (__builtin_mul_overflow(volume.n / kUnit, rate_ppm, &whole))
    return Lots{kMaxQuantity};
  const std::int64_t rest = volume.n % kUnit * rate_ppm / kUnit;
  if (whole > kMaxQuantity - rest) return Lots{kMaxQuantity};
  return Lots{whole + rest};
}

}  // namespace ai_trading::schedule
