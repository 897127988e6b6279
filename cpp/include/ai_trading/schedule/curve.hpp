// When a session's volume trades: a cumulative curve over equal bins of its hours.
//
// The curve says which share of the volume has traded by a time; inside a bin volume is
// even.  Where it comes from is told in docs/algorithms.md; here it is only read.
//
// Units       times in UTC nanoseconds; shares between 0 and 1.
// Repeatable  products, sums and quotients of doubles, compiled without contraction: the
//             same on every machine.
// Cost        share() O(1); making one O(bins).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ai_trading/base/units.hpp"

namespace ai_trading::schedule {

class Curve {
 public:
  // Even volume from open to close.
  Curve(Nanos open, Nanos close);

  // `weights` are proportional to the volume of equal bins.  Throws
  // std::invalid_argument where open is not before close, or the weights are empty, not
  // finite, negative or all zero.
  Curve(Nanos open, Nanos close, std::span<const double> weights);

  [[nodiscard]] Nanos open() const { return open_; }
  [[nodiscard]] Nanos close() const { return close_; }
  [[nodiscard]] std::size_t bins() const { return cumulative_.size() - 1; }

  // The share that has traded by a time; 0 before the open, 1 after the close.
  [[nodiscard]] double share(Nanos at) const {
    if (at <= open_) return 0.0;
    if (at >= close_) return 1.0;
    const double place = static_cast<double>(at.n - open_.n) * per_nano_;
    const auto bin = std::min(static_cast<std::int64_t>(place), last_bin_);
    const double inside = std::min(place - static_cast<double>(bin), 1.0);
    const double* const edge = cumulative_.data() + bin;
    return edge[0] + (edge[1] - edge[0]) * inside;
  }

 private:
  Nanos open_, close_;
  double per_nano_{};  // bins in a nanosecond
  std::int64_t last_bin_{};
  std::vector<double> cumulative_;  // from 0 to 1, one more than there are bins
};

// A curve with the volume it leads to, and how sure one is of that.
//
// Intraday the forecast is scaled by a ratio rule.  With expected volume e of the part of
// a stretch that has passed, seen volume v, and a prior worth `prior` of the stretch's
// expected volume W, the rest of the stretch is multiplied by
//   m = (prior W + v) / (prior W + e),
// the posterior mean of the day's volume level where it is Gamma distributed about 1 and
// what trades is Poisson about level times curve.  prior = 0 believes only today.
struct VolumeForecast {
  Curve curve;
  double session{};  // expected lots of a whole session; 0 where it is not known
  double prior = 0.25;

  // Expected lots between two times, before anything is seen.
  [[nodiscard]] double expected(Nanos from, Nanos to) const {
    return session * (curve.share(to) - curve.share(from));
  }
  // The multiplier m above for a stretch of which `now` has come.
  [[nodiscard]] double level(Nanos start, Nanos end, Nanos now, double seen) const;
};

}  // namespace ai_trading::schedule
