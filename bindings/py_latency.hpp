// Laws of delays on their way from Python into the core.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "ai_trading/venue/latency.hpp"

namespace ai_trading::bindings {

// A dictionary as `ai_trading.backtest.latency` makes it.
[[nodiscard]] venue::LatencyTerms latency_terms(const pybind11::dict& values);

}  // namespace ai_trading::bindings
