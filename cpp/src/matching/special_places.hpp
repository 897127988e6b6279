// Where a market keeps the special orders of a side, or of what they follow.
#pragma once

#include <cstddef>

#include "ai_trading/matching/engine_state.hpp"

namespace ai_trading::matching {

constexpr std::size_t at(Side side) { return static_cast<std::size_t>(side); }
constexpr std::size_t at(PegTo to) { return static_cast<std::size_t>(to); }
constexpr std::size_t at(TriggerOn on) { return static_cast<std::size_t>(on); }

}  // namespace ai_trading::matching
