// A pre-trade gate as Python sees it, on its own or inside a desk.
#pragma once

#include <pybind11/pybind11.h>

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "ai_trading/desk/desk.hpp"
#include "ai_trading/risk/pre_trade.hpp"

namespace ai_trading::bindings {

namespace py = pybind11;

class PyGate {
 public:
  using Work = std::function<void(risk::Gate&)>;

  // `enter` runs work on the gate, alone; `owned` says that it is a desk's.
  PyGate(std::function<void(const Work&)> enter, bool owned)
      : enter_(std::move(enter)), owned_(owned) {}

  template <class F>
  auto use(F&& work) {
    using Result = std::invoke_result_t<F, risk::Gate&>;
    if constexpr (std::is_void_v<Result>) {
      enter_([&](risk::Gate& gate) { work(gate); });
    } else {
      std::optional<Result> out;
      enter_([&](risk::Gate& gate) { out.emplace(work(gate)); });
      return std::move(*out);
    }
  }
  [[nodiscard]] bool owned() const { return owned_; }

 private:
  std::function<void(const Work&)> enter_;
  bool owned_;
};

inline risk::Scope scope_of(int kind, std::uint32_t index) {
  if (kind < 0 || kind > 3)
    throw py::value_error(
        "a scope is 0 (all), 1 (account), 2 (strategy) or 3 (instrument); received " +
        std::to_string(kind));
  return {static_cast<risk::ScopeKind>(kind), index};
}

inline py::tuple killed_tuple(const desk::Killed& killed) {
  py::list asked;
  for (const OrderId id : killed.asked) asked.append(id);
  return py::make_tuple(static_cast<int>(killed.before), asked, killed.ended,
                        killed.under_way, killed.parents);
}

}  // namespace ai_trading::bindings
