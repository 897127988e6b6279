// Sending and canceling from Python without pybind11's dispatch.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "py_session.hpp"
#include "quick_call.hpp"

namespace ai_trading::bindings {

// What a strategy sends most.  Whatever is not plain answers None and sends nothing: the
// checked way says what is wrong with it.  Neither keeps the strategy, which keeps them.
struct Send {
  static constexpr const char* kName = "send";
  py::object owner;
  PySession* session;
  sim::StrategyIndex strategy;
  py::dict places;

  PyObject* operator()(PyObject* const* arguments, Py_ssize_t count) {
    if (count == 5) {
      if (const auto id = plain(arguments)) return PyLong_FromUnsignedLongLong(*id);
    }
    Py_RETURN_NONE;
  }

 private:
  // symbol, side, quantity, limit, immediate
  std::optional<OrderId> plain(PyObject* const* arguments) {
    if (!PyUnicode_CheckExact(arguments[0]) || !PyLong_CheckExact(arguments[1]) ||
        !PyBool_Check(arguments[4])) {
      return std::nullopt;
    }
    PyObject* place = PyDict_GetItemWithError(places.ptr(), arguments[0]);
    const auto quantity = plain_number(arguments[2]);
    const auto limit =
        arguments[3] == Py_None ? std::nullopt : plain_number(arguments[3]);
    if (place == nullptr || !quantity || (arguments[3] != Py_None && !limit))
      return std::nullopt;
    try {
      return session->submit(strategy,
                             static_cast<InstrumentIndex>(PyLong_AsUnsignedLong(place)),
                             static_cast<int>(PyLong_AsLong(arguments[1])), *quantity,
                             limit, arguments[4] == Py_True ? 1 : 0, 0);
    } catch (const std::exception&) {
      return std::nullopt;  // nothing was sent
    }
  }
};

struct Cancel {
  static constexpr const char* kName = "cancel";
  py::object owner;
  PySession* session;

  PyObject* operator()(PyObject* const* arguments, Py_ssize_t count) {
    if (count == 1 && PyLong_CheckExact(arguments[0])) {
      const auto id = PyLong_AsUnsignedLongLong(arguments[0]);
      const bool plain = PyErr_Occurred() == nullptr;
      PyErr_Clear();
      try {
        if (plain) return PyBool_FromLong(session->cancel(id) == 0);
      } catch (const std::exception&) {  // nothing was sent
      }
    }
    Py_RETURN_NONE;
  }
};

}  // namespace ai_trading::bindings
