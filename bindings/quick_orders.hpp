// Methods of a strategy that act without a frame of Python and without pybind11.
//
// A quick method stands in a class in place of a function of Python.  Asked for something
// plain during a run it acts at once; anything else, and what turns out to be wrong, it
// leaves to that function, which checks everything and says what is wrong.  Everything
// but the call it answers as the function does, its signature and documentation too.
//
// Cost        least, the code in the cache: buy 223 ns (365 from a function of Python that
//             calls such a one), cancel 91 (109), position 83 (343 through pybind11).
#pragma once

#include <pybind11/pybind11.h>

#include "ai_trading/base/units.hpp"
#include "ai_trading/sim/handler.hpp"

namespace ai_trading::bindings {

class PySession;

// Makes the types, and adds the function `quick_method` to the module.
void add_quick_methods(pybind11::module_& m);

// What quick methods find in the attribute `_quick` of a strategy that is in a run:
// whom to ask, as which strategy, and the instruments by symbol.
pybind11::object quick_orders(pybind11::object owner, PySession& session,
                              sim::StrategyIndex strategy, pybind11::dict places);

}  // namespace ai_trading::bindings
