// Everything that a tear sheet needs from a series of returns, in few passes.
//
// Units       simple returns per period; -1 loses everything.
// Repeatable  the same series gives the same answer up to the last bits, which depend
//             on whether the processor fuses products and sums.
// Threads     free functions; they share nothing.
// Cost        about 6 ns a return; no memory beyond a block of 2,048.
#pragma once

#include <cstddef>
#include <span>

namespace ai_trading::stats {

// How deep and how long the value was below its former high.  Depths are fractions of
// the high, positive.  The high before the first return is 1.
struct Drawdowns {
  double deepest = 0.0;
  double current = 0.0;
  double sum = 0.0;  // of the depth at the end of every period
  double sum_of_squares = 0.0;
  double sum_of_deepest = 0.0;  // of the deepest point of every fall
  double sum_of_deepest_squares = 0.0;
  std::size_t falls = 0;       // ended by a new high or by the end of the series
  std::size_t under = 0;       // periods below the high
  std::size_t longest = 0;     // most periods below the high in one fall
  std::size_t deepest_at = 0;  // period in which the deepest point was reached
};

struct Summary {
  std::size_t count = 0;
  double mean = 0.0;
  double second = 0.0, third = 0.0, fourth = 0.0;  // sums of powers about the mean
  double lagged = 0.0;  // sum of products of neighbours about the mean
  double smallest = 0.0, largest = 0.0;
  double gained = 0.0, lost = 0.0;  // sums of the positive and of minus the negative
  std::size_t gains = 0, losses = 0;
  // Sums of the distances below and above the target, and of the squares of them.
  double short_of = 0.0, short_of_squares = 0.0;
  double beyond = 0.0, beyond_squares = 0.0;
  double growth = 0.0;     // sum of ln(1 + r)
  double stability = 0.0;  // R^2 of accumulated growth on time; NaN without any
  Drawdowns drawdowns;
};

// All of it.  Every return must be finite and not below -1; at least one.  O(n).
[[nodiscard]] Summary summarize(std::span<const double> returns, double target);

// The drawdowns alone.  O(n).
[[nodiscard]] Drawdowns drawdowns(std::span<const double> returns);

// The depth at the end of every period; `out` is as long.  O(n).
void depths(std::span<const double> returns, std::span<double> out);

// ln(1 + x) of every value above -1; minus infinity at -1.  `out` is as long.
void log_growth(std::span<const double> values, std::span<double> out);

}  // namespace ai_trading::stats
