// Terms of a parent order from Python: a dict of whole numbers, as
// execution/algorithms.py makes it.
#pragma once

#include <pybind11/pybind11.h>

#include "ai_trading/algo/terms.hpp"

namespace ai_trading::bindings {

// Throws ValueError where a key is unknown or missing, or the terms contradict each other.
[[nodiscard]] algo::Terms algo_terms(const pybind11::dict& given);

}  // namespace ai_trading::bindings
