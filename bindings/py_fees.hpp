// Tables of fees, and market impact, on their way from Python into the core.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <vector>

#include "ai_trading/cost/market_shift.hpp"
#include "ai_trading/cost/tariff.hpp"

namespace ai_trading::bindings {

// Rows as `ai_trading.execution.fees` makes them: dictionaries of whole numbers.
[[nodiscard]] std::vector<cost::FeeLine> fee_lines(const pybind11::list& rows);

// Terms as `ai_trading.backtest.impact` makes them.
[[nodiscard]] cost::ShiftTerms shift_terms(const pybind11::dict& values);

}  // namespace ai_trading::bindings
