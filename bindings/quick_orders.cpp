#include "quick_orders.hpp"

#include <structmember.h>

#include <array>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "py_session.hpp"

namespace ai_trading::bindings {

namespace {

struct Orders {
  PyObject ob_base;
  PyObject* owner;   // keeps the session
  PyObject* places;  // instruments by symbol
  PySession* session;
  sim::StrategyIndex strategy;
};

struct Method {
  PyObject ob_base;
  PyObject* function;  // of Python, for whatever is not plain
  PyObject* buys;      // tuples of the words for a side
  PyObject* sells;
  vectorcallfunc call;
};

PyTypeObject* orders_type = nullptr;
PyTypeObject* method_type = nullptr;
PyObject* quick_name = nullptr;

// What an order may be asked for with, in the order of `Strategy.submit`.
enum Place : std::size_t { kSymbol, kSide, kQuantity, kLimit, kImmediate, kAuction };
constexpr std::size_t kPlaces = kAuction + 1;
using Given = std::array<PyObject*, kPlaces>;
std::array<PyObject*, kPlaces> place_names{};

// A float or an int as a double; nothing for anything else.
std::optional<double> plain_number(PyObject* number) {
  if (PyFloat_Check(number)) return PyFloat_AS_DOUBLE(number);
  if (!PyLong_Check(number)) return std::nullopt;
  const double value = PyLong_AsDouble(number);
  if (value == -1.0 && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    return std::nullopt;
  }
  return value;
}

bool among(PyObject* words, PyObject* word) {
  const Py_ssize_t count = PyTuple_GET_SIZE(words);
  for (Py_ssize_t i = 0; i < count; ++i)
    if (PyTuple_GET_ITEM(words, i) == word) return true;
  if (!PyUnicode_CheckExact(word)) return false;
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* known = PyTuple_GET_ITEM(words, i);
    if (PyUnicode_CheckExact(known) && PyUnicode_Compare(known, word) == 0) return true;
  }
  return false;
}

// The instrument of a symbol.
std::optional<InstrumentIndex> plain_place(const Orders& orders, PyObject* symbol) {
  if (symbol == nullptr || !PyUnicode_CheckExact(symbol)) return std::nullopt;
  PyObject* place = PyDict_GetItemWithError(orders.places, symbol);
  if (place == nullptr) return std::nullopt;
  return static_cast<InstrumentIndex>(PyLong_AsUnsignedLong(place));
}

// Sorts arguments by what they are; false where one is not plain, or is given twice.
template <std::size_t kCount>
bool sort(const std::array<Place, kCount>& by_position, PyObject* const* arguments,
          std::size_t count, PyObject* names, Given& given) {
  if (count > kCount) return false;
  for (std::size_t i = 0; i < count; ++i) given[by_position[i]] = arguments[i];
  if (names == nullptr) return true;
  const auto named = static_cast<std::size_t>(PyTuple_GET_SIZE(names));
  for (std::size_t i = 0; i < named; ++i) {
    // Names in a program's text are interned.
    PyObject* name = PyTuple_GET_ITEM(names, static_cast<Py_ssize_t>(i));
    std::size_t place = 0;
    while (place < kPlaces && place_names[place] != name) ++place;
    if (place == kPlaces || given[place] != nullptr) return false;
    given[place] = arguments[count + i];
  }
  return true;
}

// Sends what is plain; 0 where nothing was sent.
OrderId send(const Orders& orders, int side, const Given& given) {
  const auto place = plain_place(orders, given[kSymbol]);
  if (!place || given[kQuantity] == nullptr) return 0;
  const auto quantity = plain_number(given[kQuantity]);
  if (!quantity || (given[kAuction] != nullptr && given[kAuction] != Py_None)) return 0;
  std::optional<double> limit;
  if (given[kLimit] != nullptr && given[kLimit] != Py_None) {
    limit = plain_number(given[kLimit]);
    if (!limit) return 0;
  }
  const PyObject* immediate = given[kImmediate];
  if (immediate != nullptr && immediate != Py_False && immediate != Py_True) return 0;
  return orders.session->submit(orders.strategy, *place, side, *quantity, limit,
                                immediate == Py_True ? 1 : 0, 0);
}

PyObject* id_or_nothing(OrderId id) {
  return id == 0 ? nullptr : PyLong_FromUnsignedLongLong(id);
}

// What quick methods do: a new reference, or null where the function has to be asked.

template <int kCode>
struct SendSide {
  static PyObject* act(const Method&, const Orders& orders, PyObject* const* arguments,
                       std::size_t count, PyObject* names) {
    Given given{};
    constexpr std::array kOrder{kSymbol, kQuantity, kLimit};
    if (!sort(kOrder, arguments, count, names, given) || given[kSide] != nullptr)
      return nullptr;
    return id_or_nothing(send(orders, kCode, given));
  }
};

struct Submit {
  static PyObject* act(const Method& method, const Orders& orders,
                       PyObject* const* arguments, std::size_t count, PyObject* names) {
    Given given{};
    constexpr std::array kOrder{kSymbol, kSide, kQuantity, kLimit};
    if (!sort(kOrder, arguments, count, names, given) || given[kSide] == nullptr)
      return nullptr;
    if (among(method.buys, given[kSide])) return id_or_nothing(send(orders, 0, given));
    if (among(method.sells, given[kSide])) return id_or_nothing(send(orders, 1, given));
    return nullptr;
  }
};

struct Cancel {
  static PyObject* act(const Method&, const Orders& orders, PyObject* const* arguments,
                       std::size_t count, PyObject* names) {
    if (count != 1 || names != nullptr || !PyLong_CheckExact(arguments[0]))
      return nullptr;
    const auto id = PyLong_AsUnsignedLongLong(arguments[0]);
    if (id == static_cast<unsigned long long>(-1) && PyErr_Occurred() != nullptr) {
      PyErr_Clear();
      return nullptr;
    }
    return PyBool_FromLong(orders.session->cancel(id) == 0);
  }
};

struct Position {
  static PyObject* act(const Method&, const Orders& orders, PyObject* const* arguments,
                       std::size_t count, PyObject* names) {
    if (count != 1 || names != nullptr) return nullptr;
    const auto place = plain_place(orders, arguments[0]);
    return place ? PyFloat_FromDouble(orders.session->position(*place)) : nullptr;
  }
};

template <class Action>
PyObject* call(PyObject* self, PyObject* const* arguments, std::size_t flags,
               PyObject* names) {
  const auto* method = reinterpret_cast<Method*>(self);
  const auto count = static_cast<std::size_t>(PyVectorcall_NARGS(flags));
  if (count > 0) {
    PyObject* orders = PyObject_GetAttr(arguments[0], quick_name);
    PyObject* done = nullptr;
    if (orders == nullptr) {
      PyErr_Clear();
    } else {
      if (Py_TYPE(orders) == orders_type) {
        try {
          done = Action::act(*method, *reinterpret_cast<Orders*>(orders), arguments + 1,
                             count - 1, names);
        } catch (const std::exception&) {  // nothing was done: the function says why
        }
      }
      Py_DECREF(orders);
    }
    if (done != nullptr || PyErr_Occurred() != nullptr) return done;
  }
  return PyObject_Vectorcall(method->function, arguments, flags, names);
}

struct Named {
  std::string_view name;
  vectorcallfunc call;
};
constexpr std::array<Named, 5> kActions{{{"buy", &call<SendSide<0>>},
                                         {"sell", &call<SendSide<1>>},
                                         {"submit", &call<Submit>},
                                         {"cancel", &call<Cancel>},
                                         {"position", &call<Position>}}};

py::object quick_method(py::object function, py::tuple buys, py::tuple sells) {
  const auto name = function.attr("__name__").cast<std::string>();
  for (const Named& action : kActions) {
    if (action.name != name) continue;
    PyObject* made = method_type->tp_alloc(method_type, 0);
    if (made == nullptr) throw py::error_already_set();
    auto* method = reinterpret_cast<Method*>(made);
    method->function = function.release().ptr();
    method->buys = buys.release().ptr();
    method->sells = sells.release().ptr();
    method->call = action.call;
    return py::reinterpret_steal<py::object>(made);
  }
  throw py::value_error("there is no quick method " + name);
}

PyObject* bind(PyObject* self, PyObject* instance, PyObject*) {
  if (instance == nullptr || instance == Py_None) return Py_NewRef(self);
  return PyMethod_New(self, instance);
}

// Whoever asks for a name, a signature or documentation is told the function's.
PyObject* attribute(PyObject* self, PyObject* name) {
  auto* function = reinterpret_cast<Method*>(self)->function;
  if (PyUnicode_CompareWithASCIIString(name, "__wrapped__") == 0)
    return Py_NewRef(function);
  if (PyUnicode_CompareWithASCIIString(name, "__class__") == 0)
    return PyObject_GenericGetAttr(self, name);
  return PyObject_GetAttr(function, name);
}

PyObject* shown(PyObject* self) {
  return PyObject_Repr(reinterpret_cast<Method*>(self)->function);
}

void drop_orders(PyObject* self) {
  auto* orders = reinterpret_cast<Orders*>(self);
  Py_CLEAR(orders->owner);
  Py_CLEAR(orders->places);
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

void drop_method(PyObject* self) {
  auto* method = reinterpret_cast<Method*>(self);
  Py_CLEAR(method->function);
  Py_CLEAR(method->buys);
  Py_CLEAR(method->sells);
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

template <class Function>
void* slot(Function* function) {
  return reinterpret_cast<void*>(function);
}

PyTypeObject* make(PyType_Spec& spec) {
  PyObject* type = PyType_FromSpec(&spec);
  if (type == nullptr) throw py::error_already_set();
  return reinterpret_cast<PyTypeObject*>(type);
}

void make_types() {
  static std::array orders_slots{PyType_Slot{Py_tp_dealloc, slot(&drop_orders)},
                                 PyType_Slot{0, nullptr}};
  static PyType_Spec orders_spec{
      "ai_trading._core.sim._QuickOrders", static_cast<int>(sizeof(Orders)), 0,
      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, orders_slots.data()};
  orders_type = make(orders_spec);

  static std::array members{PyMemberDef{"__vectorcalloffset__", T_PYSSIZET,
                                        offsetof(Method, call), READONLY, nullptr},
                            PyMemberDef{nullptr, 0, 0, 0, nullptr}};
  static std::array method_slots{PyType_Slot{Py_tp_members, members.data()},
                                 PyType_Slot{Py_tp_call, slot(&PyVectorcall_Call)},
                                 PyType_Slot{Py_tp_descr_get, slot(&bind)},
                                 PyType_Slot{Py_tp_getattro, slot(&attribute)},
                                 PyType_Slot{Py_tp_repr, slot(&shown)},
                                 PyType_Slot{Py_tp_dealloc, slot(&drop_method)},
                                 PyType_Slot{0, nullptr}};
  static PyType_Spec method_spec{
      "ai_trading._core.sim._QuickMethod", static_cast<int>(sizeof(Method)), 0,
      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION |
          Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
      method_slots.data()};
  method_type = make(method_spec);
}

PyObject* word(const char* text) {
  PyObject* made = PyUnicode_InternFromString(text);
  if (made == nullptr) throw py::error_already_set();
  return made;
}

}  // namespace

py::object quick_orders(py::object owner, PySession& session,
                        sim::StrategyIndex strategy, py::dict places) {
  PyObject* made = orders_type->tp_alloc(orders_type, 0);
  if (made == nullptr) throw py::error_already_set();
  auto* orders = reinterpret_cast<Orders*>(made);
  orders->owner = owner.release().ptr();
  orders->places = places.release().ptr();
  orders->session = &session;
  orders->strategy = strategy;
  return py::reinterpret_steal<py::object>(made);
}

void add_quick_methods(py::module_& m) {
  make_types();
  quick_name = word("_quick");
  place_names = {word("symbol"), word("side"),      word("quantity"),
                 word("limit"),  word("immediate"), word("auction")};
  m.def(
      "quick_method", &quick_method, py::arg("function"), py::arg("buys") = py::tuple(),
      py::arg("sells") = py::tuple(),
      "A method that does what the strategy's method of that name does, at once where "
      "its arguments are plain and a run is on; else it calls it.");
}

}  // namespace ai_trading::bindings
