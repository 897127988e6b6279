// What a change asks for besides a limit and a quantity; what is not given stays.
#pragma once

#include <optional>

#include "ai_trading/base/units.hpp"

namespace ai_trading {

struct Amendment {
  std::optional<Ticks> stop{};       // of a stop that waits
  std::optional<Ticks> offset{};     // of a peg
  std::optional<Ticks> peg_limit{};  // of a peg: the price it does not pass
  std::optional<Lots> display{};     // of an iceberg: shown at a time

  [[nodiscard]] bool empty() const { return *this == Amendment{}; }
  friend bool operator==(const Amendment&, const Amendment&) = default;
};

}  // namespace ai_trading
