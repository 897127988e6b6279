// Inner loops that are worth compiling for the processor at hand.
//
// kernels() gives the set for it.  The functions work on a block that fits the nearest
// cache; lengths that are not whole packs are the callers' work where a comment says so.
#pragma once

#include <cstddef>

#include "ai_trading/stats/pack.hpp"

namespace ai_trading::stats {

// Lanes of everything that is a sum over the returns.
struct Sums {
  Pack second{}, third{}, fourth{}, lagged{};
  Pack positive{}, negative{}, gains{}, losses{};
  Pack low{}, low2{}, high{}, high2{};
  Pack smallest{}, largest{};
};

// Sums of distances over the ends of one block of `window` returns (entry j begins at its
// return j) and over the beginnings of the next (entry j has j returns), with the
// reciprocals of their lengths.  Arrays reach to the next whole pack.
struct WindowParts {
  const double *end_sum, *end_squares, *begin_sum, *begin_squares;
  const double *per_end, *per_begin;
  std::size_t window;
  double end_from, begin_from;
};

struct GarchStep {
  double mean, omega, alpha, beta;
};

struct Kernels {
  bool (*is_usable)(const double* values, std::size_t n);
  double (*sum)(const double* values, std::size_t n);
  // Whole packs only; `values[-1]` must be readable.
  void (*sums)(Sums& sums, const double* values, std::size_t n, double mean,
               double target);
  // Whole packs only, of values above -1.
  void (*log1p)(const double* values, std::size_t n, double* out);
  // Adds to `first` the distances from a point, to `second` their squares.
  void (*distances)(const double* values, std::size_t n, double from, double& first,
                    double& second);
  // At most 256 returns; `variance` is the first h and becomes the one after the last.
  double (*garch_terms)(const double* values, std::size_t n, const GarchStep& by,
                        double scale, double& variance);
  // Four rows of twelve: see scenarios.cpp.
  void (*tile)(const double* z, std::size_t stride, const double* panel,
               std::size_t depth, const double* mean, double* out,
               std::size_t out_stride);
  double (*dot)(const double* a, const double* b, std::size_t n);
  void (*ratios)(std::size_t count, const double* means, const double* squares,
                 double hurdle, double scale, double* out);
  // Writes whole packs.
  void (*join)(const WindowParts& parts, std::size_t count, double* means,
               double* squares);
};

// The set for this processor, found when first asked for.
[[nodiscard]] const Kernels& kernels();

}  // namespace ai_trading::stats
