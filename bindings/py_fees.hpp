// Tables of fees on their way from Python into the core.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <vector>

#include "ai_trading/cost/tariff.hpp"

namespace ai_trading::bindings {

// Rows as `ai_trading.execution.fees` makes them: dictionaries of whole numbers.
[[nodiscard]] std::vector<cost::FeeLine> fee_lines(const pybind11::list& rows);

}  // namespace ai_trading::bindings
