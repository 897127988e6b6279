// _core.desk: the rows that leave the desk.
#include <pybind11/numpy.h>

#include "ai_trading/desk/records.hpp"

namespace py = pybind11;
using namespace ai_trading;

void bind_desk(py::module_& m) {
  PYBIND11_NUMPY_DTYPE(desk::OrderRecord, order_id, parent_id, submitted, acknowledged,
                       done, price, quantity, filled, filled_value, fee, instrument,
                       side, type, time_in_force, status, reason, strategy, reserved);
  PYBIND11_NUMPY_DTYPE(desk::FillRecord, timestamp, order_id, fill_id, price, quantity,
                       fee, realized, position, instrument, side, liquidity, strategy);
  PYBIND11_NUMPY_DTYPE(desk::AccountRecord, timestamp, cash, value, realized,
                       unrealized, fees, gross);
  m.attr("order_dtype") = py::dtype::of<desk::OrderRecord>();
  m.attr("fill_dtype") = py::dtype::of<desk::FillRecord>();
  m.attr("account_dtype") = py::dtype::of<desk::AccountRecord>();
}
