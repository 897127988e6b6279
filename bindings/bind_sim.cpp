// _core.sim: sessions, driven from Python and calling strategies back.
#include "ai_trading/base/digest.hpp"
#include "py_compiled.hpp"
#include "py_records.hpp"
#include "py_session.hpp"
#include "quick_orders.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;
using namespace pybind11::literals;

void bind_sim(py::module_& m) {
  add_record_types(m);
  PYBIND11_NUMPY_DTYPE(sim::HoldingCharge, timestamp, quantity, price, amount, rest,
                       instrument, kind, currency);
  m.attr("charge_dtype") = py::dtype::of<sim::HoldingCharge>();
  add_compiled_strategies(m);
  add_quick_methods(m);
  m.def(
      "digest",
      [](const py::buffer& data, std::size_t record_size, std::uint64_t first) {
        const py::buffer_info info = data.request();
        if (!PyBuffer_IsContiguous(info.view(), 'C'))
          throw py::value_error("digest needs a C-contiguous buffer");
        if (record_size == 0 || record_size % 8 != 0)
          throw py::value_error("record_size must be a multiple of 8; received " +
                                std::to_string(record_size));
        const auto* bytes = static_cast<const std::byte*>(info.ptr);
        const auto size = static_cast<std::size_t>(info.size * info.itemsize);
        const py::gil_scoped_release nogil;
        // Of a known size, a record takes no loop.
        if (record_size == sizeof(feed::Event))
          return digest_records({bytes, size}, sizeof(feed::Event), first);
        return digest_records({bytes, size}, record_size, first);
      },
      "data"_a, "record_size"_a, "first"_a,
      "A 64-bit digest of records; those of the pieces of an array add up to its own.");
  py::class_<PySession>(m, "Session", R"(One simulated run, driven chunk by chunk.

`ai_trading.backtest.Backtest` is the door for people; this is the machine behind it.
)")
      .def(py::init(&PySession::make), "kind"_a, "instruments"_a, "settings"_a,
           "bars"_a = py::none())
      .def("connect", &PySession::connect, "strategies"_a, "start"_a, "stop"_a,
           "shows"_a = py::none(),
           "Say which methods of each strategy to call; a compiled one stands for its "
           "own. `shows` returns (kind, trades, quotes) of the data.")
      .def("start_compiled", &PySession::start_compiled, "strategy"_a,
           "Tell a compiled strategy of the start.")
      .def("stop_compiled", &PySession::stop_compiled, "strategy"_a,
           "Tell a compiled strategy of the end.")
      .def("feed", &PySession::feed, "events"_a.noconvert(),
           "Add events in the order of their time; the array is read in place.")
      .def("finish_feed", &PySession::finish_feed, "No more events will come.")
      .def("run", &PySession::run, "budget"_a,
           "Run over about `budget` events; 'more', 'need_data' or 'done'.")
      .def("stop", &PySession::stop, "End the run here.")
      .def("submit", &PySession::submit, "strategy"_a, "instrument"_a, "side"_a,
           "quantity"_a, "limit"_a = py::none(), "time_in_force"_a = 0, "parent"_a = 0,
           "Send an order; its id. A refused one is told by on_order.")
      .def(
          "quick_orders",
          [](py::object self, sim::StrategyIndex strategy, py::dict places) {
            auto& session = self.cast<PySession&>();
            return quick_orders(std::move(self), session, strategy, std::move(places));
          },
          "strategy"_a, "places"_a,
          "What quick methods of a strategy look for in its attribute `_quick`.")
      .def_property_readonly("gate",
                             py::cpp_function(&PySession::gate, py::keep_alive<0, 1>()),
                             "The pre-trade gate of this run.")
      .def("arm", &PySession::arm, "strategies"_a = 1,
           "Have the gate hold its limits from now on.")
      .def("kill", &PySession::kill, "scope"_a, "index"_a, "who"_a, "reason"_a,
           "Halt a scope and cancel all in it; as `desk.Desk.kill`.")
      .def("cancel", &PySession::cancel, "order_id"_a, "Ask for the end of an order.")
      .def("submit_terms", &PySession::submit_terms, "strategy"_a, "instrument"_a,
           "side"_a, "quantity"_a, "limit"_a, "order_type"_a, "time_in_force"_a,
           "group"_a, "terms"_a,
           "Send an order of any type; its id. A refused one is told by on_order.")
      .def("link", &PySession::link, "reduces"_a, "entry"_a = 0,
           "Link the orders sent with the group returned; with an entry they wait for "
           "its executions.")
      .def("modify", &PySession::modify, "order_id"_a, "limit"_a = py::none(),
           "quantity"_a = py::none(), "stop"_a = py::none(), "offset"_a = py::none(),
           "display"_a = py::none(),
           "Ask for another price, total quantity or price to watch for, offset of a "
           "peg or slice of an iceberg.")
      .def("stop_price", &PySession::stop_price, "order_id"_a,
           "Where a stop would trigger now; NaN where the order waits for no price.")
      .def("order_type", &PySession::order_type, "order_id"_a,
           "The type of an order, -1 where there is none.")
      .def("work", &PySession::work, "terms"_a, "Work a parent order; its id.")
      .def("stop_work", &PySession::stop_work, "parent"_a,
           "Cancel what works for a parent.")
      .def("children", &PySession::children, "parent"_a,
           "Order ids of a parent's children, oldest first.")
      .def("slices", &PySession::slices, "parent"_a,
           "(time, lots) of a parent's schedule; empty before it begins.")
      .def("parent", &PySession::parent, "parent"_a,
           "One parent as an array of one `work_dtype` record.")
      .def("best", &PySession::best, "instrument"_a,
           "(bid, bid quantity, ask, ask quantity) as the strategy sees them.")
      .def("depth", &PySession::depth, "instrument"_a, "side"_a, "levels"_a,
           "Best levels as a float64 array of (price, quantity) rows.")
      .def("position", &PySession::position, "instrument"_a, "Signed quantity held.")
      .def("cash", &PySession::cash, "Cash, as exact decimal text.")
      .def("value", &PySession::value, "Cash and positions, as exact decimal text.")
      .def("mark", &PySession::mark, "instrument"_a, "The last known price, or NaN.")
      .def("queue_position", &PySession::queue_position, "order_id"_a,
           "(orders ahead, quantity ahead) of a resting order of ours, or None.")
      .def("order_state", &PySession::order_state, "order_id"_a,
           "(status, quantity, filled, limit price) of an order.")
      .def("subscribe", &PySession::subscribe, "strategy"_a, "instrument"_a, "quotes"_a,
           "trades"_a, "bars"_a, "every"_a, "Say what wakes a strategy.")
      .def("set_timer", &PySession::set_timer, "strategy"_a, "at"_a, "repeat"_a = 0,
           "Ring at a time, then every `repeat` nanoseconds; the timer's number.")
      .def("cancel_timer", &PySession::cancel_timer, "timer"_a, "Silence a timer.")
      .def_property_readonly("now", &PySession::now, "The strategy's time.")
      .def_property_readonly("orders", &PySession::orders,
                             "Every order, `order_dtype`.")
      .def_property_readonly("order_terms", &PySession::order_terms,
                             "What orders asked for besides a price, "
                             "`desk.order_terms_dtype`, by order id.")
      .def_property_readonly("fills", &PySession::fills, "Every fill, `fill_dtype`.")
      .def("statements", &PySession::balances,
           "Flows, positions and unrealised profit of each currency.")
      .def("consolidated", &PySession::consolidated,
           "All of it in currency 0, with the currency translation.")
      .def_property_readonly("incidents", &PySession::incidents,
                             "Every incident, `desk.incident_dtype`.")
      .def_property_readonly("parents", &PySession::parents,
                             "Every parent, `_core.algo.work_dtype`.")
      .def_property_readonly("account", &PySession::account,
                             "The account over time, `account_dtype`.")
      .def_property_readonly("charges", &PySession::charges,
                             "What holding positions cost, `charge_dtype`.")
      .def_property_readonly("marks", &PySession::marks,
                             "Ticks by account sample and instrument.")
      .def_property_readonly("positions", &PySession::positions,
                             "Signed lots by instrument.")
      .def_property_readonly("events", &PySession::events, "Events seen so far.")
      .def_property_readonly("refused_events", &PySession::refused_events,
                             "Events that no book could take.")
      .def("state_hash", &PySession::state_hash,
           "A digest of orders, fills, account and book.");
}
