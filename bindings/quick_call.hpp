// Python functions without pybind11's dispatch, for calls made on every event.
//
// A target takes the arguments as they come and returns a new reference, or null with an
// error set.  It is kept by the function and dies with it.
//
// Cost        about 40 ns with five arguments, where a bound method takes 300.
#pragma once

#include <pybind11/pybind11.h>

#include <exception>
#include <optional>
#include <utility>

namespace ai_trading::bindings {

namespace detail {

template <class Target>
PyObject* quick_call(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  auto* target = static_cast<Target*>(PyCapsule_GetPointer(self, nullptr));
  try {
    return (*target)(arguments, count);
  } catch (pybind11::error_already_set& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

}  // namespace detail

template <class Target>
pybind11::object quick_function(Target target) {
  static PyMethodDef definition{
      Target::kName,
      reinterpret_cast<PyCFunction>(
          reinterpret_cast<void (*)()>(&detail::quick_call<Target>)),
      METH_FASTCALL, nullptr};
  const pybind11::capsule self(new Target(std::move(target)),
                               [](void* kept) { delete static_cast<Target*>(kept); });
  return pybind11::reinterpret_steal<pybind11::object>(
      PyCFunction_New(&definition, self.ptr()));
}

// A float or an int as a double; nothing for anything else.
inline std::optional<double> plain_number(PyObject* number) {
  if (PyFloat_Check(number)) return PyFloat_AS_DOUBLE(number);
  if (!PyLong_Check(number)) return std::nullopt;
  const double value = PyLong_AsDouble(number);
  if (value == -1.0 && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    return std::nullopt;
  }
  return value;
}

}  // namespace ai_trading::bindings
