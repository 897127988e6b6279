// What the parts of the gate's binding share.
#pragma once

#include <string>

#include "py_gate.hpp"

namespace ai_trading::bindings {

inline InstrumentIndex known(const risk::Gate& gate, InstrumentIndex instrument) {
  if (instrument < gate.instruments()) return instrument;
  throw py::index_error("the gate has " + std::to_string(gate.instruments()) +
                        " instruments; received index " + std::to_string(instrument));
}

inline std::uint16_t known_strategy(const risk::Gate& gate, std::uint32_t strategy) {
  if (strategy < gate.strategies()) return static_cast<std::uint16_t>(strategy);
  throw py::index_error("the gate has " + std::to_string(gate.strategies()) +
                        " strategies; received " + std::to_string(strategy));
}

// What it is told, and what it says of itself.
void bind_gate_news(py::class_<PyGate>& cls);
void bind_gate_views(py::class_<PyGate>& cls);

}  // namespace ai_trading::bindings
