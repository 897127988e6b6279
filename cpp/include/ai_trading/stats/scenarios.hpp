// Made-up returns of many assets at once, and what a portfolio earns on them.
//
// Units       returns and amounts as the caller has them; rows are scenarios, columns
//             assets, arrays row-major.
// Repeatable  the same seed gives the same draws everywhere; the products with the
//             factor may differ in their last bits (1e-12) where they are fused.
// Threads     free functions; they share nothing.
// Cost        scenarios * assets normals and half as many products as a square factor
//             would take; memory of 64 rows beside the answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ai_trading::stats {

// How the rows of a simulation come about.
struct Simulation {
  std::size_t rows = 0;
  std::span<const double> mean;      // one for each asset
  std::span<const double> factor;    // assets * assets; its product with its transpose
                                     // is the covariance
  bool triangular = true;            // nothing above the factor's diagonal
  bool antithetic = false;           // the second half of the rows mirrors the first
  std::span<const double> holdings;  // amount in each asset, or empty
};

// Fills `returns` (rows * assets) and, where there are holdings, `earned` (rows) with
// what they earn.  `rows` must be even where it is antithetic.
void simulate(const Simulation& plan, std::uint64_t seed, std::span<double> returns,
              std::span<double> earned);

// The same from normals that are there already (rows * assets), in place of a seed.
void transform(const Simulation& plan, std::span<const double> normals,
               std::span<double> returns, std::span<double> earned);

// Normals at the points of a rank-1 lattice (Korobov): row i and column k have the
// uniform i * multiplier^k / rows + shift[k], folded by the tent map 1 - |2u - 1|, so
// that the periodic continuation has no step.  `out` has rows * shift.size() places.
void lattice_normals(std::size_t rows, std::uint64_t multiplier,
                     std::span<const double> shift, std::span<double> out);

}  // namespace ai_trading::stats
