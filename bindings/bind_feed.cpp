// _core.feed: record layouts, decoders and encoders.
#include <pybind11/numpy.h>

#include "ai_trading/feed/records.hpp"

namespace py = pybind11;
using namespace ai_trading;

void bind_feed(py::module_& m) {
  PYBIND11_NUMPY_DTYPE(feed::Event, timestamp, instrument, kind, side, flags, order_id,
                       price, quantity, aux);
  PYBIND11_NUMPY_DTYPE(feed::Quote, timestamp, instrument, flags, bid_price,
                       bid_quantity, ask_price, ask_quantity);
  PYBIND11_NUMPY_DTYPE(feed::Bar, timestamp, start, instrument, flags, open, high, low,
                       close, volume);
  m.attr("event_dtype") = py::dtype::of<feed::Event>();
  m.attr("quote_dtype") = py::dtype::of<feed::Quote>();
  m.attr("bar_dtype") = py::dtype::of<feed::Bar>();
}
