// Four doubles at once, on any processor.
//
// The compiler turns a Pack into whatever registers there are.  What works on packs is
// compiled twice on x86-64, plainly and for processors with AVX2 and FMA (wide.hpp), and
// chosen when it is first used.
//
// Repeatable  lanes never depend on the processor; only where products and sums are
//             fused may the last bits differ (files compiled with -ffp-contract=off
//             are the same everywhere).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#define AI_TRADING_INLINE [[gnu::always_inline]] inline

namespace ai_trading::stats {

inline constexpr std::size_t kLanes = 4;

using Pack = double __attribute__((vector_size(32)));
using BitPack = std::uint64_t __attribute__((vector_size(32)));
using MaskPack = std::int64_t __attribute__((vector_size(32)));

AI_TRADING_INLINE void load(Pack& out, const double* from) {
  std::memcpy(&out, from, sizeof(Pack));
}
AI_TRADING_INLINE void store(double* to, const Pack& value) {
  std::memcpy(to, &value, sizeof(Pack));
}
AI_TRADING_INLINE double sum(const Pack& p) { return (p[0] + p[1]) + (p[2] + p[3]); }

}  // namespace ai_trading::stats
