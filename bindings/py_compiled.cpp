#include "py_compiled.hpp"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstring>
#include <utility>
#include <vector>

namespace ai_trading::bindings {

using namespace pybind11::literals;
namespace abi = sim::abi;

namespace {

template <class Call>
void take(const py::dict& addresses, const char* name, Call& into) {
  if (!addresses.contains(name)) return;
  into = reinterpret_cast<Call>(addresses[name].cast<std::uintptr_t>());
}

abi::Calls calls_at(const py::dict& addresses) {
  abi::Calls calls{};
  take(addresses, "on_quote", calls.quote);
  take(addresses, "on_book", calls.book);
  take(addresses, "on_trade", calls.trade);
  take(addresses, "on_bar", calls.bar);
  take(addresses, "on_timer", calls.timer);
  take(addresses, "on_order", calls.order);
  take(addresses, "on_fill", calls.fill);
  return calls;
}

std::vector<sim::Parameter> parameters_of(const py::dict& given) {
  std::vector<sim::Parameter> out;
  for (const auto& [key, value] : given) {
    const auto name = key.cast<std::string>();
    if (py::isinstance<py::bool_>(value)) {
      out.emplace_back(name, value.cast<bool>());
    } else if (py::isinstance<py::int_>(value)) {
      out.emplace_back(name, value.cast<std::int64_t>());
    } else if (py::isinstance<py::float_>(value)) {
      out.emplace_back(name, value.cast<double>());
    } else if (py::isinstance<py::str>(value)) {
      out.emplace_back(name, value.cast<std::string>());
    } else {
      throw py::type_error("the parameter " + name +
                           " of a compiled strategy must be a number, a text or true "
                           "or false; received " +
                           std::string(py::str(py::type::of(value))));
    }
  }
  return out;
}

}  // namespace

CompiledStrategy::CompiledStrategy(std::string name, const abi::Calls& calls,
                                   py::buffer memory)
    : name_(std::move(name)), calls_(calls), memory_(memory) {
  const py::buffer_info info = memory.request(true);
  if (info.size * info.itemsize < 8)
    throw py::value_error("a strategy's memory needs 8 bytes at its front");
  self_ = info.ptr;
}

void CompiledStrategy::join(sim::Crew& crew, sim::StrategyIndex index) {
  if (running_) {
    throw py::value_error("strategy " + name_ +
                          " is in another run; make one for each");
  }
  crew.seat(index, name_, calls_, self_);
  running_ = true;
  if (plugin_) return;
  const abi::Host* host = &crew.host(index);
  std::memcpy(self_, &host, sizeof host);
}

void CompiledStrategy::leave() {
  running_ = false;
  if (!plugin_) std::memset(self_, 0, sizeof(void*));
}

void add_compiled_strategies(py::module_& m) {
  py::register_exception<sim::PluginError>(m, "PluginError", PyExc_ValueError);
  py::register_exception<sim::StrategyFailed>(m, "StrategyFailedError",
                                              PyExc_RuntimeError);
  PYBIND11_NUMPY_DTYPE(abi::Trade, timestamp, price, quantity, instrument, aggressor);
  m.attr("trade_dtype") = py::dtype::of<abi::Trade>();
  py::class_<CompiledStrategy>(m, "CompiledStrategy",
                               "A strategy that runs without the interpreter.")
      .def_property_readonly("name", &CompiledStrategy::name,
                             "As records and errors name it.");
  m.def(
      "plugin_name",
      [](const std::string& path) { return sim::Plugin::load(path).name(); }, "path"_a,
      "The class of the strategy in a shared library.");
  m.def(
      "load_strategy",
      [](const std::string& path, const std::string& name, const py::dict& parameters) {
        return std::make_unique<CompiledStrategy>(
            name, sim::Plugin::load(path).make(parameters_of(parameters)));
      },
      "path"_a, "name"_a, "parameters"_a, "Make the strategy of a shared library.");
  m.def(
      "compiled_strategy",
      [](const std::string& name, const py::dict& addresses, const py::buffer& memory) {
        return std::make_unique<CompiledStrategy>(name, calls_at(addresses), memory);
      },
      "name"_a, "addresses"_a, "memory"_a,
      "A strategy of C functions (self, record) at addresses by call; `memory` is "
      "self.");
  m.def("host_calls", &host_calls,
        "Addresses of the C functions with which such a strategy acts, by name.");
}

}  // namespace ai_trading::bindings
