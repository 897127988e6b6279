// Measures over a window that slides by one return.
//
// A window is the end of one block of `window` returns and the beginning of the next.
// Both parts are built up from returns of the window itself, never by taking an old
// return out again, so nothing drifts: an answer depends on its window alone, and its
// rounding error does not grow with the length of the series.
//
// Units       simple returns per period.
// Repeatable  up to the last bits, which depend on fused products and sums.
// Threads     free functions; they share nothing.
// Cost        3 to 6 ns a return; memory of a few windows beside the answer.
#pragma once

#include <cstddef>
#include <span>

namespace ai_trading::stats {

// Number of windows: 0 where the series is shorter than one.
[[nodiscard]] constexpr std::size_t windows(std::size_t size, std::size_t window) {
  return window == 0 || size < window ? 0 : size - window + 1;
}

// Mean and sum of squares about it, of each window.  The outputs have windows() places.
// Relative error of the second about window * 1e-16: each part is measured from a
// return of its own, and the sum of squares about a member is at most (k + 1) times
// that about the mean.
void rolling_moments(std::span<const double> returns, std::size_t window,
                     std::span<double> means, std::span<double> squares);

// Mean over standard deviation (divisor window - 1) times `scale`; NaN where a window
// does not vary.  window >= 2.
void rolling_sharpe(std::span<const double> returns, std::size_t window, double hurdle,
                    double scale, std::span<double> out);

// The deepest fall from a high inside each window, whose value begins at 1: a fraction
// of the high, positive.  Exact unless values within a window differ by a factor of
// 1e300.  Returns must not be below -1.
void rolling_drawdown(std::span<const double> returns, std::size_t window,
                      std::span<double> out);

}  // namespace ai_trading::stats
