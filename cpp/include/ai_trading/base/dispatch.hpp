// A hot function compiled twice: for any x86-64 processor and for those of about 2013 on
// (AVX2, BMI, MOVBE), chosen when the library is loaded.  Elsewhere it is compiled once.
// Only for whole numbers: with floating point the two might round differently.  What it
// calls is inlined, so that it is compiled twice as well, but for what says not to be:
// what allocates, or is rare.
#pragma once

#include <climits>  // says which C library it is

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && \
    !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&          \
    !defined(__SANITIZE_THREAD__)
#define AI_TRADING_DISPATCH \
  [[gnu::target_clones("arch=haswell", "default"), gnu::flatten]]
#else
#define AI_TRADING_DISPATCH
#endif
