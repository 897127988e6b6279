// The small objects that strategies are handed, as plain Python types whose fields are
// read straight from memory.
//
// One object per kind is used again and again; where a strategy kept a reference to it,
// a fresh one is made, so that what was kept never changes.
#pragma once

#include <Python.h>
#include <pybind11/pybind11.h>
#include <structmember.h>

namespace ai_trading::bindings {

struct QuoteObject {
  PyObject ob_base;
  PyObject* symbol;
  long long timestamp;
  double bid, bid_quantity, ask, ask_quantity, mid, spread;
};

struct TradeObject {
  PyObject ob_base;
  PyObject* symbol;
  PyObject* aggressor;
  long long timestamp;
  double price, quantity;
};

struct BarObject {
  PyObject ob_base;
  PyObject* symbol;
  long long start, timestamp;
  double open, high, low, close, volume;
};

struct FillObject {
  PyObject ob_base;
  PyObject* symbol;
  PyObject* side;
  PyObject* liquidity;
  long long timestamp;
  unsigned long long order_id, fill_id;
  double price, quantity, fee, realized, position;
};

struct OrderObject {
  PyObject ob_base;
  PyObject* symbol;
  PyObject* side;
  PyObject* status;
  PyObject* reason;
  long long submitted, timestamp;
  unsigned long long order_id;
  double price, quantity, filled;
};

struct TimerObject {
  PyObject ob_base;
  long long timestamp;
  unsigned long long number;
};

// Makes the types and adds them to the module under their public names.
void add_record_types(pybind11::module_& m);

extern PyTypeObject* quote_type;
extern PyTypeObject* trade_type;
extern PyTypeObject* bar_type;
extern PyTypeObject* fill_type;
extern PyTypeObject* order_type;
extern PyTypeObject* timer_type;

// An object of `type` that nobody else holds: `kept` itself, or a new one in its place.
template <class Object>
Object& fresh(PyObject*& kept, PyTypeObject* type) {
  if (kept == nullptr || Py_REFCNT(kept) != 1) {
    PyObject* made = type->tp_alloc(type, 0);
    if (made == nullptr) throw pybind11::error_already_set();
    Py_XSETREF(kept, made);
  }
  return *reinterpret_cast<Object*>(kept);
}

inline void assign(PyObject*& field, PyObject* value) {
  if (field == value) return;
  Py_XINCREF(value);
  Py_XSETREF(field, value);
}

}  // namespace ai_trading::bindings
