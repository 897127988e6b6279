// The portfolio that grows fastest, within limits.
//
//     maximise  f(x) - price'x   subject to   0 <= x <= upper,   A x <= b
//
// with f one of kelly_growth.hpp and x the amounts of moves. Newton's method on moves
// that matter: each round solves a quadratic program (kelly_qp.hpp) over the moves that
// are in use and those whose slope, after what the limits charge, is steepest. Where few
// of many assets are held, which is the rule with limits, only those few cost anything.
//
// The answer carries its own proof. With multipliers y >= 0 of the rows and
// r = slopes - A'y, no feasible point is better than
//
//     f(x) + y'(b - Ax) + sum over j of max(r_j (upper_j - x_j), -r_j x_j)
//
// since f is concave: all that stands after f(x) is the `gap`.
//
// Repeatable  no randomness, ties by lowest number.
// Threads     a call uses what it is given alone.
// Cost        a round: n t for the slopes and k^2 t / 2 + k^3 for the k moves at work;
//             10 to 20 rounds as a rule.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ai_trading/stats/kelly_growth.hpp"

namespace ai_trading::stats {

struct GrowthLimits {
  std::vector<Move> moves;
  std::vector<double> rows;    // A, m x moves, row-major
  std::vector<double> limits;  // b, which x = start satisfies
  std::vector<double> start;   // amounts to begin with; every scenario has wealth
};

enum class GrowthStatus { solved, stalled };

struct GrowthSolution {
  GrowthStatus status{GrowthStatus::stalled};
  std::vector<double> amounts;
  std::vector<double> prices;  // multipliers of the rows
  double value{};              // f - price'x
  double gap{};
  std::size_t rounds{};
};

// Stops once the gap is within `tolerance`, or nothing better is found in `rounds`.
// Inputs that do not fit together throw std::invalid_argument.
[[nodiscard]] GrowthSolution maximise(LogGrowth& growth, const GrowthLimits& limits,
                                      double tolerance, std::size_t rounds);
[[nodiscard]] GrowthSolution maximise(QuadraticGrowth& growth,
                                      const GrowthLimits& limits, double tolerance,
                                      std::size_t rounds);

}  // namespace ai_trading::stats
