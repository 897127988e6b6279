#include "py_records.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace ai_trading::bindings {

PyTypeObject* quote_type = nullptr;
PyTypeObject* trade_type = nullptr;
PyTypeObject* bar_type = nullptr;
PyTypeObject* fill_type = nullptr;
PyTypeObject* order_type = nullptr;
PyTypeObject* timer_type = nullptr;

namespace {

// Lets go of the first `kObjects` fields, which are the ones that hold objects.
template <class Object, std::size_t kObjects>
void dealloc(PyObject* self) {
  auto** fields =
      reinterpret_cast<PyObject**>(reinterpret_cast<char*>(self) + sizeof(PyObject));
  for (std::size_t i = 0; i < kObjects; ++i) Py_CLEAR(fields[i]);
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

// Quote(symbol='AAPL', timestamp=..., ...)
PyObject* repr(PyObject* self) {
  std::string text = Py_TYPE(self)->tp_name;
  text = text.substr(text.rfind('.') + 1) + "(";
  const char* separator = "";
  for (const PyMemberDef* m = Py_TYPE(self)->tp_members; m && m->name; ++m) {
    const auto value = pybind11::reinterpret_steal<pybind11::object>(
        PyObject_GetAttrString(self, m->name));
    if (!value) return nullptr;
    text += separator + std::string(m->name) + "=" +
            std::string(pybind11::str(pybind11::repr(value)));
    separator = ", ";
  }
  return PyUnicode_FromString((text + ")").c_str());
}

#define OBJECT(Type, field) \
  {#field, T_OBJECT_EX, offsetof(Type, field), READONLY, nullptr}
#define TIME(Type, field) {#field, T_LONGLONG, offsetof(Type, field), READONLY, nullptr}
#define ID(Type, field) {#field, T_ULONGLONG, offsetof(Type, field), READONLY, nullptr}
#define NUMBER(Type, field) {#field, T_DOUBLE, offsetof(Type, field), READONLY, nullptr}
#define END {nullptr, 0, 0, 0, nullptr}

PyMemberDef quote_fields[] = {OBJECT(QuoteObject, symbol),
                              TIME(QuoteObject, timestamp),
                              NUMBER(QuoteObject, bid),
                              NUMBER(QuoteObject, bid_quantity),
                              NUMBER(QuoteObject, ask),
                              NUMBER(QuoteObject, ask_quantity),
                              NUMBER(QuoteObject, mid),
                              NUMBER(QuoteObject, spread),
                              END};
PyMemberDef trade_fields[] = {
    OBJECT(TradeObject, symbol),   OBJECT(TradeObject, aggressor),
    TIME(TradeObject, timestamp),  NUMBER(TradeObject, price),
    NUMBER(TradeObject, quantity), END};
PyMemberDef bar_fields[] = {
    OBJECT(BarObject, symbol), TIME(BarObject, start),    TIME(BarObject, timestamp),
    NUMBER(BarObject, open),   NUMBER(BarObject, high),   NUMBER(BarObject, low),
    NUMBER(BarObject, close),  NUMBER(BarObject, volume), END};
PyMemberDef fill_fields[] = {
    OBJECT(FillObject, symbol),    OBJECT(FillObject, side),
    OBJECT(FillObject, liquidity), TIME(FillObject, timestamp),
    ID(FillObject, order_id),      ID(FillObject, fill_id),
    NUMBER(FillObject, price),     NUMBER(FillObject, quantity),
    NUMBER(FillObject, fee),       NUMBER(FillObject, realized),
    NUMBER(FillObject, position),  END};
PyMemberDef order_fields[] = {OBJECT(OrderObject, symbol),
                              OBJECT(OrderObject, side),
                              OBJECT(OrderObject, status),
                              OBJECT(OrderObject, reason),
                              TIME(OrderObject, submitted),
                              TIME(OrderObject, timestamp),
                              ID(OrderObject, order_id),
                              NUMBER(OrderObject, price),
                              NUMBER(OrderObject, quantity),
                              NUMBER(OrderObject, filled),
                              END};
PyMemberDef timer_fields[] = {TIME(TimerObject, timestamp), ID(TimerObject, number),
                              END};

#undef OBJECT
#undef TIME
#undef ID
#undef NUMBER
#undef END

template <class Object, std::size_t kObjects>
PyTypeObject* make(pybind11::module_& m, const char* full_name, const char* name,
                   const char* doc, PyMemberDef* fields) {
  std::array<PyType_Slot, 5> slots{
      PyType_Slot{Py_tp_members, fields},
      PyType_Slot{Py_tp_doc, const_cast<char*>(doc)},
      PyType_Slot{Py_tp_dealloc, reinterpret_cast<void*>(&dealloc<Object, kObjects>)},
      PyType_Slot{Py_tp_repr, reinterpret_cast<void*>(&repr)}, PyType_Slot{0, nullptr}};
  PyType_Spec spec{full_name, static_cast<int>(sizeof(Object)), 0,
                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                   slots.data()};
  PyObject* type = PyType_FromSpec(&spec);
  if (type == nullptr) throw pybind11::error_already_set();
  m.add_object(name, type);
  return reinterpret_cast<PyTypeObject*>(type);
}

}  // namespace

void add_record_types(pybind11::module_& m) {
  quote_type = make<QuoteObject, 1>(
      m, "ai_trading._core.sim.Quote", "Quote",
      "The two best levels; a side without orders has a price of NaN and quantity 0.",
      quote_fields);
  trade_type = make<TradeObject, 2>(
      m, "ai_trading._core.sim.Trade", "Trade",
      "One trade of the market; `aggressor` is 'buy', 'sell' or None where unknown.",
      trade_fields);
  bar_type = make<BarObject, 1>(m, "ai_trading._core.sim.Bar", "Bar",
                                "One bar, known at `timestamp`, its end.", bar_fields);
  fill_type = make<FillObject, 3>(
      m, "ai_trading._core.sim.Fill", "Fill",
      "One execution of an order of ours; `position` is what we hold after it.",
      fill_fields);
  order_type =
      make<OrderObject, 4>(m, "ai_trading._core.sim.OrderUpdate", "OrderUpdate",
                           "What became of an order of ours.", order_fields);
  timer_type = make<TimerObject, 0>(m, "ai_trading._core.sim.Timer", "Timer",
                                    "A timer that rang.", timer_fields);
}

}  // namespace ai_trading::bindings
