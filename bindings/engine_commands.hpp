// What the bindings of the matching engine and of a whole market share.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ai_trading/matching/batch.hpp"
#include "ai_trading/venue/market.hpp"
#include "arrays.hpp"
#include "exclusive.hpp"

namespace ai_trading::bindings {

using namespace pybind11::literals;

inline Side side_from(int side) {
  if (side == 0 || side == 1) return static_cast<Side>(side);
  throw py::value_error("side must be 0 (buy) or 1 (sell); received " +
                        std::to_string(side));
}

inline py::object level_tuple(const std::optional<book::Level>& level) {
  if (!level) return py::none();
  return py::make_tuple(level->price.n, level->quantity.n, level->orders);
}

inline py::list level_list(const matching::ShownBook& books, InstrumentIndex instrument,
                           Side side, std::size_t levels) {
  std::vector<book::Level> rows(levels);
  rows.resize(books.depth(instrument, side, rows));
  py::list out;
  for (const book::Level& row : rows) out.append(level_tuple(row));
  return out;
}

inline py::list order_list(const matching::ShownBook& books, InstrumentIndex instrument,
                           Side side) {
  py::list out;
  books.for_each(instrument, side, [&](const book::RestingOrder& order) {
    out.append(py::make_tuple(order.id, order.price.n, order.left.n));
    return true;
  });
  return out;
}

template <class Batch>
py::array_t<matching::Answer> apply_requests(
    Exclusive<Batch>& self, const Contiguous<matching::Request>& requests) {
  const auto rows = view(requests);
  std::vector<matching::Answer> answers;
  {
    const py::gil_scoped_release nogil;
    self.use([&](Batch& engine) {
      answers.reserve(rows.size() * 2);
      engine.apply(rows, answers);
    });
  }
  return adopt(std::move(answers));
}

// One command as a row of its own.
template <class Batch>
py::array_t<matching::Answer> apply_one(Exclusive<Batch>& self,
                                        const matching::Request& row) {
  std::vector<matching::Answer> answers;
  self.use([&](Batch& engine) { engine.apply({&row, 1}, answers); });
  return adopt(std::move(answers));
}

inline matching::Request row_of(matching::Action action, std::int64_t timestamp) {
  matching::Request row{};
  row.action = static_cast<std::uint8_t>(action);
  row.timestamp = timestamp;
  return row;
}

inline constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

template <class Batch>
py::array_t<matching::Answer> submit_one(
    Exclusive<Batch>& self, OrderId id, std::uint8_t side, std::int64_t quantity,
    std::int64_t price, std::uint8_t type, std::uint8_t time_in_force,
    InstrumentIndex instrument, std::uint32_t owner, std::int64_t display,
    std::int64_t display_random, std::int64_t minimum, bool all_or_none,
    std::int64_t stop, std::uint8_t trigger, std::int64_t trail, std::uint8_t trail_by,
    std::uint8_t peg, std::int64_t offset, bool slide, std::uint8_t self_trade,
    std::int64_t expire_at, std::int64_t timestamp) {
  matching::Request row = row_of(matching::Action::submit, timestamp);
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

// Why bytes were not taken, or nothing.
inline const char* refusal(matching::SnapshotError error) {
  switch (error) {
    case matching::SnapshotError::none:
      return nullptr;
    case matching::SnapshotError::not_a_snapshot:
      return "these bytes are no snapshot of an engine";
    case matching::SnapshotError::version:
      return "the snapshot is of another version of the format; take one with this "
             "version, or replay the commands";
    case matching::SnapshotError::damaged:
      return "the snapshot is damaged: its length or checksum is wrong";
    case matching::SnapshotError::too_many_instruments:
      return "the snapshot has more instruments than this engine; make the engine with "
             "a greater max_instruments";
  }
  return "the snapshot cannot be read";
}
inline const char* refusal(venue::MarketSnapshotError error) {
  switch (error) {
    case venue::MarketSnapshotError::none:
      return nullptr;
    case venue::MarketSnapshotError::not_a_snapshot:
      return "these bytes are no snapshot of a market";
    case venue::MarketSnapshotError::version:
      return "the snapshot is of another version of the format; take one with this "
             "version, or replay the commands";
    case venue::MarketSnapshotError::damaged:
      return "the snapshot is damaged: its length or checksum is wrong";
    case venue::MarketSnapshotError::other_terms:
      return "the snapshot is of a market with other terms or listings; make the "
             "market with those it had";
  }
  return "the snapshot cannot be read";
}

// What an engine and a whole market have alike.
template <class Batch>
void bind_commands(py::class_<Exclusive<Batch>>& engine) {
  using OneEngine = Exclusive<Batch>;
  using matching::Request;

  engine
      .def("submit", &submit_one<Batch>, "order_id"_a, py::kw_only(), "side"_a,
           "quantity"_a, "price"_a = 0, "order_type"_a = std::uint8_t{1},
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
             std::optional<std::int64_t> offset, std::optional<std::int64_t> display,
             std::int64_t timestamp) {
            Request row = row_of(matching::Action::replace, timestamp);
            row.order_id = id;
            row.new_id = new_id.value_or(id);
            row.price = price;
            row.quantity = left;
            row.stop = stop.value_or(0);
            if (stop) row.flags |= matching::request::new_stop;
            row.offset = offset.value_or(0);
            if (offset) row.flags |= matching::request::new_offset;
            row.display = display.value_or(0);
            if (display) row.flags |= matching::request::new_display;
            return apply_one(self, row);
          },
          "order_id"_a, py::kw_only(), "price"_a, "left"_a, "new_id"_a = py::none(),
          "stop"_a = py::none(), "offset"_a = py::none(), "display"_a = py::none(),
          "timestamp"_a = kNoTime,
          "Give a live order a price and a quantity still to trade, and a stop, the "
          "offset of a peg or the slice of an iceberg; return the answers.")
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
          "order",
          [](OneEngine& self, OrderId id) -> py::object {
            const auto order = self.use([&](Batch& e) { return e.order(id); });
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
                [&](Batch& e) { return static_cast<int>(e.state(instrument)); });
          },
          "instrument"_a, "The trading state.")
      .def(
          "indicative",
          [](OneEngine& self, InstrumentIndex instrument) {
            const auto now =
                self.use([&](Batch& e) { return e.indicative(instrument); });
            return py::make_tuple(now.price.n, now.volume.n, now.imbalance.n);
          },
          "instrument"_a, "(price, volume, imbalance) of an uncross now.")
      .def("apply", &apply_requests<Batch>, "requests"_a.noconvert(),
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
            return adopt(self.use([](Batch& e) { return e.take_feed(); }));
          },
          "Return the events published since the last call.")
      .def(
          "best",
          [](OneEngine& self, InstrumentIndex instrument, int side) {
            const Side on = side_from(side);
            return level_tuple(
                self.use([&](Batch& e) { return e.books().best(instrument, on); }));
          },
          "instrument"_a, "side"_a, "(price, quantity, orders) of the best level.")
      .def(
          "depth",
          [](OneEngine& self, InstrumentIndex instrument, int side,
             std::uint16_t levels) {
            const Side on = side_from(side);
            return self.use([&](Batch& e) {
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
                [&](Batch& e) { return order_list(e.books(), instrument, on); });
          },
          "instrument"_a, "side"_a,
          "(order id, price, quantity left) of a side in priority order.")
      .def_property_readonly(
          "order_count",
          [](OneEngine& self) {
            return self.use([](Batch& e) { return e.books().order_count(); });
          },
          "Orders resting.")
      .def_property_readonly(
          "trades",
          [](OneEngine& self) { return self.use([](Batch& e) { return e.trades(); }); },
          "Trades so far.")
      .def(
          "book_hash",
          [](OneEngine& self) {
            return self.use([](Batch& e) { return e.books().state_hash(); });
          },
          "A digest of the resting orders: that of `book.Books` made of the feed.")
      .def(
          "state_hash",
          [](OneEngine& self) {
            return self.use([](Batch& e) { return e.state_hash(); });
          },
          "A digest of every live order with its terms and of all else that decides.")
      .def(
          "snapshot",
          [](OneEngine& self) {
            const auto bytes = self.use([](Batch& e) { return e.snapshot(); });
            return py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size());
          },
          "Everything that decides what happens next, as bytes.")
      .def(
          "restore",
          [](OneEngine& self, const py::bytes& bytes) {
            const auto text = static_cast<std::string_view>(bytes);
            const auto error = self.use([&](Batch& e) {
              return e.restore(std::as_bytes(std::span(text.data(), text.size())));
            });
            if (const char* why = refusal(error); why != nullptr)
              throw py::value_error("restore: " + std::string(why) + "; received " +
                                    std::to_string(text.size()) +
                                    " bytes. Nothing has changed");
          },
          "bytes"_a,
          "Become what `snapshot` has said; ValueError leaves all as it was.");
}

}  // namespace ai_trading::bindings
