#include "kernels.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "wide.hpp"

namespace ai_trading::stats {

namespace {

constexpr std::uint64_t kOne = 0x3ff0000000000000ULL;
constexpr std::uint64_t kFraction = 0x000fffffffffffffULL;
constexpr std::size_t kColumns = 12;

namespace plain {
#include "kernels_body.hpp"
}  // namespace plain

#if AI_TRADING_WIDE
AI_TRADING_WIDE_BEGIN
namespace wide {
#include "kernels_body.hpp"
}  // namespace wide
AI_TRADING_WIDE_END
#endif

}  // namespace

const Kernels& kernels() {
#if AI_TRADING_WIDE
  static const bool here = has_wide();
  return here ? wide::kAll : plain::kAll;
#else
  return plain::kAll;
#endif
}

}  // namespace ai_trading::stats
