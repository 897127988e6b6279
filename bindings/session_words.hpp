// What a session's strategies in Python see of instruments, sides and reasons.
//
// Units       prices and quantities as floats on the instrument's grid.
#pragma once

#include <pybind11/pybind11.h>

#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "ai_trading/base/units.hpp"

namespace ai_trading::bindings {

namespace py = pybind11;

// Prices and quantities of one instrument as strategies see them.
struct Terms {
  py::object symbol;
  std::int64_t tick_nano{};
  std::int64_t lot_nano{};  // of the quantity, without the multiplier

  // An exact product is divided once, so a decimal price becomes the nearest float.
  [[nodiscard]] double price(Ticks ticks) const { return product(ticks.n, tick_nano); }
  [[nodiscard]] double quantity(std::int64_t lots) const {
    return product(lots, lot_nano);
  }
  [[nodiscard]] static double product(std::int64_t count, std::int64_t nano) {
    std::int64_t exact;
    if (!__builtin_mul_overflow(count, nano, &exact))
      return static_cast<double>(exact) / 1e9;
    return static_cast<double>(count) * (static_cast<double>(nano) / 1e9);
  }
};

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Texts handed out with every record, made once.
struct Words {
  py::str buy{"buy"}, sell{"sell"}, maker{"maker"}, taker{"taker"};
  std::array<py::str, 9> status{
      py::str("pending"),  py::str("accepted"),       py::str("partially_filled"),
      py::str("filled"),   py::str("pending_cancel"), py::str("pending_replace"),
      py::str("canceled"), py::str("rejected"),       py::str("expired")};
  [[nodiscard]] PyObject* side(std::uint8_t code) const {
    return code == 0 ? buy.ptr() : sell.ptr();
  }
};

// Everything that turns a session's numbers into what Python is told.
struct Vocabulary {
  std::vector<Terms> terms;  // by instrument
  Words words;
  std::vector<std::pair<std::uint16_t, py::str>> reasons;

  [[nodiscard]] PyObject* reason(std::uint16_t code) const {
    for (const auto& [number, text] : reasons)
      if (number == code) return text.ptr();
    return Py_None;
  }
};

}  // namespace ai_trading::bindings
