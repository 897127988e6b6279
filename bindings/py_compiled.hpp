// Strategies whose calls need no interpreter, as Python holds them.
#pragma once

#include <pybind11/pybind11.h>

#include <optional>
#include <string>

#include "ai_trading/sim/crew.hpp"
#include "ai_trading/sim/plugin.hpp"

namespace ai_trading::bindings {

namespace py = pybind11;

// One strategy for one run at a time: out of a shared library, or the functions that a
// just-in-time compiler made, with an array as the strategy's own memory.  The first eight
// bytes of that array are the address of its Host while it runs, and zero otherwise.
class CompiledStrategy {
 public:
  CompiledStrategy(std::string name, sim::PluginStrategy&& made)
      : name_(std::move(name)), plugin_(std::move(made)) {
    calls_ = plugin_->calls();
    self_ = plugin_->self();
  }
  CompiledStrategy(std::string name, const sim::abi::Calls& calls, py::buffer memory);

  [[nodiscard]] const std::string& name() const { return name_; }
  void join(sim::Crew& crew, sim::StrategyIndex index);
  void leave();

 private:
  std::string name_;
  std::optional<sim::PluginStrategy> plugin_;
  sim::abi::Calls calls_{};
  void* self_{};
  py::object memory_;
  bool running_{};
};

void add_compiled_strategies(py::module_& m);

// The addresses of what such functions may ask and do; see host_calls.cpp.
py::dict host_calls();

}  // namespace ai_trading::bindings
