// _core.matching: the rows of requests and answers, the engine and what plays on it.
#include <pybind11/numpy.h>

#include "ai_trading/matching/batch.hpp"

namespace py = pybind11;
using ai_trading::matching::Answer;
using ai_trading::matching::Request;

void bind_engine(py::module_& m);
void bind_order_flow(py::module_& m);

void bind_matching(py::module_& m) {
  PYBIND11_NUMPY_DTYPE(Request, timestamp, order_id, new_id, price, quantity, display,
                       display_random, minimum, stop, trail, offset, expire_at,
                       instrument, owner, flags, action, side, type, time_in_force,
                       trigger, trail_by, peg, self_trade, state, auction, reserved);
  PYBIND11_NUMPY_DTYPE(Answer, timestamp, order_id, other_id, price, quantity, left,
                       other_left, match, instrument, request, owner, other_owner,
                       reason, kind, side, detail);
  m.attr("request_dtype") = py::dtype::of<Request>();
  m.attr("answer_dtype") = py::dtype::of<Answer>();
  bind_engine(m);
  bind_order_flow(m);
}
