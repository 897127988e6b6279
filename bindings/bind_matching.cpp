// _core.matching: the matching engine in batches, and made-up order flow on it.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "ai_trading/matching/batch.hpp"
#include "ai_trading/venue/order_flow.hpp"
#include "arrays.hpp"
#include "exclusive.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;
using namespace pybind11::literals;
using matching::Answer;
using matching::BatchEngine;
using matching::Request;
using venue::FlowSettings;
using venue::FlowSymbol;
using venue::OrderFlow;

namespace {

using OneEngine = Exclusive<BatchEngine>;
using OneFlow = Exclusive<OrderFlow>;

Side side_from(int side) {
  if (side == 0 || side == 1) return static_cast<Side>(side);
  throw py::value_error("side must be 0 (buy) or 1 (sell); received " +
                        std::to_string(side));
}

py::object level_tuple(const std::optional<book::Level>& level) {
  if (!level) return py::none();
  return py::make_tuple(level->price.n, level->quantity.n, level->orders);
}

py::list level_list(const matching::ShownBook& books, InstrumentIndex instrument,
                    Side side, std::size_t levels) {
  std::vector<book::Level> rows(levels);
  rows.resize(books.depth(instrument, side, rows));
  py::list out;
  for (const book::Level& row : rows) out.append(level_tuple(row));
  return out;
}

py::list order_list(const matching::ShownBook& books, InstrumentIndex instrument,
                    Side side) {
  py::list out;
  books.for_each(instrument, side, [&](const book::RestingOrder& order) {
    out.append(py::make_tuple(order.id, order.price.n, order.left.n));
    return true;
  });
  return out;
}

py::array_t<Answer> apply_requests(OneEngine& self,
                                   const Contiguous<Request>& requests) {
  const auto rows = view(requests);
  std::vector<Answer> answers;
  {
    const py::gil_scoped_release nogil;
    self.use([&](BatchEngine& engine) {
      answers.reserve(rows.size() * 2);
      engine.apply(rows, answers);
    });
  }
  return adopt(std::move(answers));
}

// One command as a row of its own.
py::array_t<Answer> apply_one(OneEngine& self, const Request& row) {
  std::vector<Answer> answers;
  self.use([&](BatchEngine& engine) { engine.apply({&row, 1}, answers); });
  return adopt(std::move(answers));
}

Request row_of(matching::Action action, std::int64_t timestamp) {
  Request row{};
  row.action = static_cast<std::uint8_t>(action);
  row.timestamp = timestamp;
  return row;
}

constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

py::array_t<Answer> submit_one(
    OneEngine& self, OrderId id, std::uint8_t side, std::int64_t quantity,
    std::int64_t price, std::uint8_t type, std::uint8_t time_in_force,
    InstrumentIndex instrument, std::uint32_t owner, std::int64_t display,
    std::int64_t display_random, std::int64_t minimum, bool all_or_none,
    std::int64_t stop, std::uint8_t trigger, std::int64_t trail, std::uint8_t trail_by,
    std::uint8_t peg, std::int64_t offset, bool slide, std::uint8_t self_trade,
    std::int64_t expire_at, std::int64_t timestamp) {
  Request row = row_of(matching::Action::submit, timestamp);
  row.order_id = id;
  row.side = side;
  row.quantity = quantity;
  row.price = price;
  row.type = type;
  row.time_in_force = time_in_force;
  row.instrument = instrument;
  row.owner = owner;
  row.display = display;
  row.display_random = display_random;
  row.minimum = minimum;
  row.stop = stop;
  row.trigger = trigger;
  row.trail = trail;
  row.trail_by = trail_by;
  row.peg = peg;
  row.offset = offset;
  row.self_trade = self_trade;
  row.expire_at = expire_at;
  if (all_or_none) row.flags |= matching::request::all_or_none;
  if (slide) row.flags |= matching::request::slide;
  return apply_one(self, row);
}

void bind_commands(py::class_<OneEngine>& engine) {
  engine
      .def("submit", &submit_one, "order_id"_a, py::kw_only(), "side"_a, "quantity"_a,
           "price"_a = 0, "order_type"_a = std::uint8_t{1},
           "time_in_force"_a = std::uint8_t{0}, "instrument"_a = 0U, "owner"_a = 0U,
           "display"_a = 0, "display_random"_a = 0, "minimum"_a = 0,
           "all_or_none"_a = false, "stop"_a = 0, "trigger"_a = std::uint8_t{0},
           "trail"_a = 0, "trail_by"_a = std::uint8_t{0}, "peg"_a = std::uint8_t{0},
           "offset"_a = 0, "slide"_a = false, "self_trade"_a = std::uint8_t{0},
           "expire_at"_a = 0, "timestamp"_a = kNoTime,
           "Send one order; return the answers. docs/matching.md says what terms mean.")
      .def(
          "cancel",
          [](OneEngine& self, OrderId id, std::int64_t timestamp) {
            Request row = row_of(matching::Action::cancel, timestamp);
            row.order_id = id;
            return apply_one(self, row);
          },
          "order_id"_a, py::kw_only(), "timestamp"_a = kNoTime,
          "Cancel one order; return the answers.")
      .def(
          "replace",
          [](OneEngine& self, OrderId id, std::int64_t price, std::int64_t left,
             std::optional<OrderId> new_id, std::optional<std::int64_t> stop,
             std::int64_t timestamp) {
            Request row = row_of(matching::Action::replace, timestamp);
            row.order_id = id;
            row.new_id = new_id.value_or(id);
            row.price = price;
            row.quantity = left;
            row.stop = stop.value_or(0);
            if (stop) row.flags |= matching::request::new_stop;
            return apply_one(self, row);
          },
          "order_id"_a, py::kw_only(), "price"_a, "left"_a, "new_id"_a = py::none(),
          "stop"_a = py::none(), "timestamp"_a = kNoTime,
          "Give a live order a price and a quantity still to trade; return the "
          "answers.")
      .def(
          "mass_cancel",
          [](OneEngine& self, std::uint32_t owner, std::uint32_t group,
             std::optional<InstrumentIndex> instrument, std::uint8_t side) {
            Request row = row_of(matching::Action::mass_cancel, kNoTime);
            row.owner = owner;
            row.new_id = group;
            row.instrument = instrument.value_or(0);
            if (!instrument) row.flags |= matching::request::any_instrument;
            row.side = side;
            return apply_one(self, row);
          },
          py::kw_only(), "owner"_a = 0U, "group"_a = 0U, "instrument"_a = py::none(),
          "side"_a = std::uint8_t{2},
          "Cancel every order for which all that is given holds; return the answers.")
      .def(
          "disconnect",
          [](OneEngine& self, std::uint32_t owner) {
            Request row = row_of(matching::Action::disconnect, kNoTime);
            row.owner = owner;
            return apply_one(self, row);
          },
          "owner"_a, "Cancel an owner's orders but GTC and GTD ones.")
      .def(
          "expire",
          [](OneEngine& self, InstrumentIndex instrument) {
            Request row = row_of(matching::Action::expire, kNoTime);
            row.instrument = instrument;
            return apply_one(self, row);
          },
          "instrument"_a, "End the day of an instrument; return the answers.")
      .def(
          "advance",
          [](OneEngine& self, std::int64_t now) {
            return apply_one(self, row_of(matching::Action::clock, now));
          },
          "now"_a, "Move the clock; return what expired.")
      .def(
          "set_state",
          [](OneEngine& self, InstrumentIndex instrument, std::uint8_t state,
             std::uint8_t auction) {
            Request row = row_of(matching::Action::state, kNoTime);
            row.instrument = instrument;
            row.state = state;
            row.auction = auction;
            return apply_one(self, row);
          },
          "instrument"_a, "state"_a, "auction"_a = std::uint8_t{2},
          "Change the trading state, uncrossing where it does; return the answers.")
      .def(
          "set_bands",
          [](OneEngine& self, InstrumentIndex instrument, std::int64_t low,
             std::int64_t high) {
            Request row = row_of(matching::Action::bands, kNoTime);
            row.instrument = instrument;
            row.price = low;
            row.stop = high;
            return apply_one(self, row);
          },
          "instrument"_a, "low"_a, "high"_a, "Trade inside these prices only.")
      .def(
          "clear_bands",
          [](OneEngine& self, InstrumentIndex instrument) {
            Request row = row_of(matching::Action::clear_bands, kNoTime);
            row.instrument = instrument;
            return apply_one(self, row);
          },
          "instrument"_a, "Trade at any price again.")
      .def(
          "set_reference",
          [](OneEngine& self, InstrumentIndex instrument, std::int64_t price) {
            Request row = row_of(matching::Action::reference, kNoTime);
            row.instrument = instrument;
            row.price = price;
            return apply_one(self, row);
          },
          "instrument"_a, "price"_a, "Set the price that auctions lean to.")
      .def(
          "set_account",
          [](OneEngine& self, std::uint32_t owner, std::uint32_t group,
             std::uint8_t self_trade) {
            Request row = row_of(matching::Action::account, kNoTime);
            row.owner = owner;
            row.new_id = group;
            row.self_trade = self_trade;
            return apply_one(self, row);
          },
          "owner"_a, py::kw_only(), "group"_a = 0U, "self_trade"_a = std::uint8_t{1},
          "Set an owner's group and self-trade rule.")
      .def(
          "configure",
          [](OneEngine& self, InstrumentIndex instrument, std::int64_t increment,
             std::uint8_t allocation, std::int64_t least_share) {
            Request row = row_of(matching::Action::configure, kNoTime);
            row.instrument = instrument;
            row.price = increment;
            row.state = allocation;
            row.quantity = least_share;
            return apply_one(self, row);
          },
          "instrument"_a, py::kw_only(), "increment"_a = 1,
          "allocation"_a = std::uint8_t{0}, "least_share"_a = 1,
          "Set price increment and allocation, while no order lives.")
      .def(
          "order",
          [](OneEngine& self, OrderId id) -> py::object {
            const auto order = self.use([&](BatchEngine& e) { return e.order(id); });
            if (!order) return py::none();
            return py::make_tuple(order->instrument, order->owner,
                                  static_cast<int>(order->side), order->price.n,
                                  order->left.n, order->shown.n);
          },
          "order_id"_a,
          "(instrument, owner, side, price, left, shown) of a live order, or None.")
      .def(
          "state",
          [](OneEngine& self, InstrumentIndex instrument) {
            return self.use(
                [&](BatchEngine& e) { return static_cast<int>(e.state(instrument)); });
          },
          "instrument"_a, "The trading state.")
      .def(
          "indicative",
          [](OneEngine& self, InstrumentIndex instrument) {
            const auto now =
                self.use([&](BatchEngine& e) { return e.indicative(instrument); });
            return py::make_tuple(now.price.n, now.volume.n, now.imbalance.n);
          },
          "instrument"_a, "(price, volume, imbalance) of an uncross now.");
}

template <std::size_t n>
py::dict codes(const std::array<const char*, n>& names) {
  py::dict out;
  for (std::size_t i = 0; i < n; ++i) out[names[i]] = i;
  return out;
}

void bind_engine(py::module_& m) {
  m.attr("actions") = codes(std::array{
      "submit", "cancel", "replace", "expire", "mass_cancel", "disconnect", "clock",
      "state", "bands", "clear_bands", "reference", "account", "configure"});
  m.attr("answer_kinds") = codes(std::array{
      "accepted", "rejected", "traded", "rested", "replaced", "canceled", "expired",
      "triggered", "replenished", "decremented", "state", "indicative"});
  m.attr("cancel_reasons") =
      codes(std::array{"asked", "unfilled", "self_trade", "mass", "band"});
  m.attr("self_trade_rules") =
      codes(std::array{"inherit", "allow", "cancel_newest", "cancel_oldest",
                       "cancel_both", "decrement"});
  py::class_<OneEngine> engine(m, "Engine", R"(Price-time matching for many instruments.

Parameters
----------
max_instruments : int, default 65536
    Instrument indexes must be below this.
publish : bool, default False
    Keep the public feed for `take_feed`.
flags : int, default 0
    Flags of every published event.
seed : int, default 0
    Draws the peaks of icebergs.
)");
  bind_commands(engine);
  engine
      .def(py::init<std::size_t, bool, std::uint16_t, std::uint64_t>(),
           "max_instruments"_a = std::size_t{65'536}, py::kw_only(),
           "publish"_a = false, "flags"_a = std::uint16_t{0},
           "seed"_a = std::uint64_t{0})
      .def("apply", &apply_requests, "requests"_a.noconvert(),
           R"(Apply requests in order and return what the engine answered.

Parameters
----------
requests : ndarray of shape (n_requests,), dtype `request_dtype`
    Read in place. Any other dtype or layout is a `TypeError`, not a copy.

Returns
-------
answers : ndarray of dtype `answer_dtype`
    One row or more for each request; `request` is its index.
)")
      .def(
          "take_feed",
          [](OneEngine& self) {
            return adopt(self.use([](BatchEngine& e) { return e.take_feed(); }));
          },
          "Return the events published since the last call.")
      .def(
          "best",
          [](OneEngine& self, InstrumentIndex instrument, int side) {
            const Side on = side_from(side);
            return level_tuple(self.use(
                [&](BatchEngine& e) { return e.books().best(instrument, on); }));
          },
          "instrument"_a, "side"_a, "(price, quantity, orders) of the best level.")
      .def(
          "depth",
          [](OneEngine& self, InstrumentIndex instrument, int side,
             std::uint16_t levels) {
            const Side on = side_from(side);
            return self.use([&](BatchEngine& e) {
              return level_list(e.books(), instrument, on, levels);
            });
          },
          "instrument"_a, "side"_a, "levels"_a,
          "(price, quantity, orders) of the best levels.")
      .def(
          "orders",
          [](OneEngine& self, InstrumentIndex instrument, int side) {
            const Side on = side_from(side);
            return self.use(
                [&](BatchEngine& e) { return order_list(e.books(), instrument, on); });
          },
          "instrument"_a, "side"_a,
          "(order id, price, quantity left) of a side in priority order.")
      .def_property_readonly(
          "order_count",
          [](OneEngine& self) {
            return self.use([](BatchEngine& e) { return e.books().order_count(); });
          },
          "Orders resting.")
      .def_property_readonly(
          "trades",
          [](OneEngine& self) {
            return self.use([](BatchEngine& e) { return e.trades(); });
          },
          "Trades so far.")
      .def(
          "book_hash",
          [](OneEngine& self) {
            return self.use([](BatchEngine& e) { return e.books().state_hash(); });
          },
          "A digest of the resting orders: that of `book.Books` made of the feed.")
      .def(
          "state_hash",
          [](OneEngine& self) {
            return self.use([](BatchEngine& e) { return e.state_hash(); });
          },
          "A digest of every live order with its terms and of all else that decides.");
}

py::array_t<feed::Event> next_events(OneFlow& self, std::size_t limit) {
  constexpr std::size_t kMost = std::size_t{1} << 24;
  if (limit < 1 || limit > kMost)
    throw py::value_error("limit must lie between 1 and 2^24; received " +
                          std::to_string(limit));
  std::vector<feed::Event> events;
  {
    const py::gil_scoped_release nogil;
    self.use([&](OrderFlow& flow) {
      events.resize(limit);
      events.resize(flow.fill(events));
    });
  }
  return adopt(std::move(events));
}

matching::NewOrder own_order(OrderId id, InstrumentIndex instrument, int side, int type,
                             int time_in_force, std::int64_t price,
                             std::int64_t quantity) {
  if ((type != 0 && type != 1) || (time_in_force != 0 && time_in_force != 1))
    throw py::value_error(
        "type must be 0 (market) or 1 (limit) and time_in_force 0 "
        "(day) or 1 (immediate or cancel)");
  return {id,
          instrument,
          1,
          side_from(side),
          static_cast<OrderType>(type),
          static_cast<TimeInForce>(time_in_force),
          Ticks{price},
          Lots{quantity}};
}

void bind_flow(py::module_& m) {
  py::class_<FlowSymbol>(m, "FlowSymbol", R"(One symbol of an order flow.

Parameters
----------
price : int
    At the open, in ticks.
step : int, default 100
    Prices are multiples of this, in ticks.
volatility : float, default 0.01
    Of the latent value over the session, as a fraction.
activity : float, default 1.0
    Share of the events, relative to the other symbols.
)")
      .def(py::init([](std::int64_t price, std::int64_t step, double volatility,
                       double activity) {
             return FlowSymbol{Ticks{price}, Ticks{step}, volatility, activity};
           }),
           "price"_a, py::kw_only(), "step"_a = std::int64_t{100},
           "volatility"_a = 0.01, "activity"_a = 1.0);

  py::class_<OneFlow>(m, "OrderFlow", R"(A day of made-up order flow.

Parameters
----------
symbols : sequence of FlowSymbol
    The position is the instrument index of the events.
seed : int
start, end : int
    Of the regular session, in UTC nanoseconds.
events : float, default 1e6
    Events wanted; a day comes out within some percent.
excitation : float, default 0.5
    Share of the events that others cause; 0 is zero intelligence.
)")
      .def(py::init([](std::vector<FlowSymbol> symbols, std::uint64_t seed,
                       std::int64_t start, std::int64_t end, double events,
                       double excitation) {
             FlowSettings settings;
             settings.symbols = std::move(symbols);
             settings.seed = seed;
             settings.open = Nanos{start};
             settings.close = Nanos{end};
             settings.events = events;
             settings.excitation = excitation;
             return std::make_unique<OneFlow>(std::move(settings));
           }),
           "symbols"_a, py::kw_only(), "seed"_a, "start"_a, "end"_a, "events"_a = 1e6,
           "excitation"_a = 0.5)
      .def("fill", &next_events, "limit"_a,
           "The next events, at most `limit`; empty after the last.")
      .def(
          "advance",
          [](OneFlow& self, std::int64_t now) {
            const py::gil_scoped_release nogil;
            self.use([&](OrderFlow& flow) { flow.advance(Nanos{now}); });
          },
          "now"_a, "Play on until a time and forget what was published.")
      .def(
          "submit",
          [](OneFlow& self, OrderId id, InstrumentIndex instrument, int side, int type,
             int time_in_force, std::int64_t price, std::int64_t quantity) {
            const auto order =
                own_order(id, instrument, side, type, time_in_force, price, quantity);
            return self.use(
                [&](OrderFlow& flow) { return static_cast<int>(flow.submit(order)); });
          },
          "order_id"_a, py::kw_only(), "instrument"_a, "side"_a, "order_type"_a,
          "time_in_force"_a, "price"_a, "quantity"_a,
          "Send an order of yours; return a reject code, 0 where it was accepted.")
      .def(
          "cancel",
          [](OneFlow& self, OrderId id) {
            return self.use(
                [&](OrderFlow& flow) { return static_cast<int>(flow.cancel(id)); });
          },
          "order_id"_a, "Cancel an order of yours; return a reject code.")
      .def(
          "amend",
          [](OneFlow& self, OrderId id, std::int64_t price, std::int64_t left) {
            return self.use([&](OrderFlow& flow) {
              return static_cast<int>(flow.amend(id, Ticks{price}, Lots{left}));
            });
          },
          "order_id"_a, "price"_a, "left"_a,
          "Give an order of yours a price and a quantity still to trade.")
      .def(
          "take_answers",
          [](OneFlow& self) {
            return adopt(self.use([](OrderFlow& flow) { return flow.take_answers(); }));
          },
          "What happened to your orders since the last call, as `answer_dtype` rows.")
      .def(
          "best",
          [](OneFlow& self, InstrumentIndex instrument, int side) {
            const Side on = side_from(side);
            return level_tuple(self.use(
                [&](OrderFlow& flow) { return flow.books().best(instrument, on); }));
          },
          "instrument"_a, "side"_a, "(price, quantity, orders) of the best level.")
      .def_property_readonly(
          "now",
          [](OneFlow& self) {
            return self.use([](OrderFlow& flow) { return flow.now().n; });
          },
          "The time reached, in UTC nanoseconds.")
      .def_property_readonly(
          "is_open",
          [](OneFlow& self) {
            return self.use([](OrderFlow& flow) { return flow.open(); });
          },
          "Whether the session is on.")
      .def(
          "state_hash",
          [](OneFlow& self) {
            return self.use([](OrderFlow& flow) { return flow.state_hash(); });
          },
          "A digest of the resting orders, their owners and the number of trades.");
  m.attr("OWN_IDS") = OrderFlow::kOwnIds;
}

}  // namespace

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
  bind_flow(m);
}
