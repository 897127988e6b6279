// Normal draws in bulk, and the inverse of the normal distribution.
//
// Four xoshiro256++ streams run side by side, each 2^128 draws from the next, and pairs
// of uniforms become pairs of normals by Box and Muller's transform with polynomials
// instead of libm.
//
// Repeatable  equal seeds give equal draws, bit by bit, on every IEEE 754 platform
//             (normals.cpp is compiled without contraction of products and sums).
// Threads     a NormalSource belongs to one thread.
// Cost        1.5 to 2.5 ns a draw with AVX2, about twice that without.
#pragma once

#include <cstdint>
#include <span>

#include "ai_trading/stats/pack.hpp"

namespace ai_trading::stats {

class NormalSource {
 public:
  explicit NormalSource(std::uint64_t seed);

  // Fills with independent draws of mean 0 and variance 1.  A fill consumes whole
  // groups of 256 draws, so two short fills are not the two halves of a long one.
  void fill(std::span<double> out);

 private:
  BitPack state_[4];
};

// The point below which a share p of a normal distribution lies; minus infinity at 0,
// infinity at 1, NaN outside.  Relative error about 1e-16 (Wichura 1988, PPND16).
[[nodiscard]] double normal_quantile(double p);

}  // namespace ai_trading::stats
