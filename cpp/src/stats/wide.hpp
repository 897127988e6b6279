// How to compile a stretch of code for processors with AVX2 and FMA.
//
// AI_TRADING_WIDE says whether the compiler can; everything between BEGIN and END is
// then for such a processor, and has_wide() must be asked before it is called.
#pragma once

#if defined(__x86_64__) && defined(__clang__)
#define AI_TRADING_WIDE 1
#define AI_TRADING_WIDE_BEGIN                                                   \
  _Pragma(                                                                      \
      "clang attribute push(__attribute__((target(\"avx2,fma\"))), apply_to = " \
      "function)")
#define AI_TRADING_WIDE_END _Pragma("clang attribute pop")
#elif defined(__x86_64__) && defined(__GNUC__)
#define AI_TRADING_WIDE 1
#define AI_TRADING_WIDE_BEGIN \
  _Pragma("GCC push_options") _Pragma("GCC target(\"avx2,fma\")")
#define AI_TRADING_WIDE_END _Pragma("GCC pop_options")
#else
#define AI_TRADING_WIDE 0
#endif

namespace ai_trading::stats {

#if AI_TRADING_WIDE
[[nodiscard]] inline bool has_wide() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

}  // namespace ai_trading::stats
