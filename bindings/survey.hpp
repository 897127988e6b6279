// Adds the survey of records to _core.feed; their dtypes must be registered before.
#pragma once

#include <pybind11/pybind11.h>

namespace ai_trading::bindings {

namespace py = pybind11;

void add_survey(py::module_& m);

}  // namespace ai_trading::bindings
