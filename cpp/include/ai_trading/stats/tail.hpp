// The worst part of a sample, found without sorting it.
//
// Units       whatever the sample is in.
// Repeatable  the same sample in the same order gives the same answer; in another order,
//             the same values and a sum that may differ in its last bits.
// Threads     free functions; they share nothing.
// Cost        about one pass over the sample; memory for the tail alone.
#pragma once

#include <cstddef>
#include <span>

namespace ai_trading::stats {

// Position of the first value that is NaN, infinite, or beyond 1.79e100 in size, so that
// sums of squares would leave a double; the size where there is none.
[[nodiscard]] std::size_t first_unusable(std::span<const double> values);

struct Tail {
  double at;     // the value with exactly `rank` values before it in sorted order
  double next;   // the value after it, or `at` again at the end of the sample
  double below;  // the sum of the `rank` values before it
};

// The tail of the smallest values.  `rank` must be less than the size, and every value
// finite.  O(n) expected.
[[nodiscard]] Tail lower_tail(std::span<const double> values, std::size_t rank);

// The same counted from the largest value.
[[nodiscard]] Tail upper_tail(std::span<const double> values, std::size_t rank);

}  // namespace ai_trading::stats
