// Arrays across the border: in by view, out by adoption, never copied.
#pragma once

#include <pybind11/numpy.h>

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace ai_trading::bindings {

namespace py = pybind11;

// Take as `const Contiguous<T>&` with `.noconvert()`: another dtype is a TypeError.
template <class T>
using Contiguous = py::array_t<T, py::array::c_style>;

// The elements of a one-dimensional array, valid while the array lives.
template <class T>
[[nodiscard]] std::span<const T> view(const Contiguous<T>& array) {
  if (array.ndim() != 1) {
    throw py::value_error("the array must be one-dimensional; received " +
                          std::to_string(array.ndim()) + " dimensions");
  }
  return {array.data(), static_cast<std::size_t>(array.size())};
}

// Hands a vector's memory to NumPy.
template <class T>
[[nodiscard]] py::array_t<T> adopt(std::vector<T>&& values) {
  auto owned = std::make_unique<std::vector<T>>(std::move(values));
  const auto* data = owned->data();
  const auto size = static_cast<py::ssize_t>(owned->size());
  const py::capsule keep(owned.release(),
                         [](void* p) { delete static_cast<std::vector<T>*>(p); });
  return py::array_t<T>(size, data, keep);
}

}  // namespace ai_trading::bindings
