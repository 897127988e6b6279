// _core.book: order books by time priority, and books of price levels.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <array>

#include "ai_trading/book/books.hpp"
#include "ai_trading/book/level_book.hpp"
#include "ai_trading/book/order_book.hpp"
#include "arrays.hpp"
#include "exclusive.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;
using namespace pybind11::literals;
using book::Books;
using book::Level;
using book::LevelBook;

namespace {

constexpr std::int64_t kNoPrice = std::numeric_limits<std::int64_t>::min();

Side side_from(int side) {
  if (side != 0 && side != 1) {
    throw py::value_error("side must be 0 (buy) or 1 (sell); received " +
                          std::to_string(side));
  }
  return static_cast<Side>(side);
}

std::size_t level_limit(py::ssize_t levels) {
  if (levels < 1 || levels > 100'000) {
    throw py::value_error("levels must lie between 1 and 100000; received " +
                          std::to_string(levels));
  }
  return static_cast<std::size_t>(levels);
}

using Row = py::array_t<std::int64_t>;

Row level_rows(std::span<const Level> levels) {
  Row out({static_cast<py::ssize_t>(levels.size()), py::ssize_t{3}});
  auto cells = out.mutable_unchecked<2>();
  for (py::ssize_t i = 0; i < cells.shape(0); ++i) {
    const Level& level = levels[static_cast<std::size_t>(i)];
    cells(i, 0) = level.price.n;
    cells(i, 1) = level.quantity.n;
    cells(i, 2) = level.orders;
  }
  return out;
}

py::object level_tuple(const std::optional<Level>& level) {
  if (!level) return py::none();
  return py::make_tuple(level->price.n, level->quantity.n, level->orders);
}

template <class Book>
Row depth_of(Exclusive<Book>& self, InstrumentIndex instrument, int side,
             py::ssize_t levels) {
  std::vector<Level> rows(level_limit(levels));
  const Side from = side_from(side);
  self.use([&](Book& book) { rows.resize(book.depth(instrument, from, rows)); });
  return level_rows(rows);
}

// After each event, one row of the best levels: ask price, ask quantity, bid price,
// bid quantity, then the next level.  A missing level has quantity 0 and price kNoPrice.
template <class Book>
py::tuple depth_after_each(Exclusive<Book>& self, const Contiguous<feed::Event>& events,
                           InstrumentIndex instrument, py::ssize_t levels) {
  const std::span<const feed::Event> rows = view(events);
  const std::size_t n = level_limit(levels);
  std::vector<std::int64_t> cells(rows.size() * n * 4);
  std::vector<std::uint8_t> codes(rows.size());
  {
    const py::gil_scoped_release nogil;
    self.use([&](Book& book) {
      std::vector<Level> side(n);
      std::int64_t* row = cells.data();
      const auto write = [&](Side which, std::size_t column) {
        const std::size_t found = book.depth(instrument, which, side);
        for (std::size_t i = 0; i < n; ++i) {
          row[i * 4 + column] = i < found ? side[i].price.n : kNoPrice;
          row[i * 4 + column + 1] = i < found ? side[i].quantity.n : 0;
        }
      };
      for (std::size_t i = 0; i < rows.size(); ++i, row += n * 4) {
        codes[i] = static_cast<std::uint8_t>(book.apply(rows[i]));
        write(Side::sell, 0);
        write(Side::buy, 2);
      }
    });
  }
  const auto shape = std::array{static_cast<py::ssize_t>(rows.size()),
                                static_cast<py::ssize_t>(n * 4)};
  return py::make_tuple(adopt(std::move(cells)).reshape(shape),
                        adopt(std::move(codes)));
}

py::array_t<std::uint8_t> apply_orders(Exclusive<Books>& self,
                                       const Contiguous<feed::Event>& events) {
  const std::span<const feed::Event> rows = view(events);
  std::vector<std::uint8_t> codes(rows.size());
  {
    const py::gil_scoped_release nogil;
    self.use([&](Books& books) { books.apply(rows, true, codes); });
  }
  return adopt(std::move(codes));
}

py::array_t<std::uint8_t> apply_levels(Exclusive<LevelBook>& self,
                                       const Contiguous<feed::Event>& events) {
  const std::span<const feed::Event> rows = view(events);
  std::vector<std::uint8_t> codes(rows.size());
  {
    const py::gil_scoped_release nogil;
    self.use([&](LevelBook& book) {
      for (std::size_t i = 0; i < rows.size(); ++i)
        codes[i] = static_cast<std::uint8_t>(book.apply(rows[i]));
    });
  }
  return adopt(std::move(codes));
}

py::object order_tuple(const std::optional<book::RestingOrder>& order) {
  if (!order) return py::none();
  return py::make_tuple(order->instrument, static_cast<int>(order->side),
                        order->price.n, order->left.n);
}

py::object queue_tuple(const std::optional<book::QueuePosition>& position) {
  if (!position) return py::none();
  return py::make_tuple(position->orders_ahead, position->quantity_ahead.n);
}

// Resting orders of a side, as rows of (order id, price, quantity left).
py::array orders_of(Exclusive<Books>& self, InstrumentIndex instrument, int side) {
  std::vector<feed::Event> rows;
  const Side from = side_from(side);
  self.use([&](Books& books) {
    books.for_each(instrument, from, [&](const book::RestingOrder& order) {
      feed::Event row{};
      row.kind = static_cast<std::uint8_t>(feed::EventKind::add);
      row.flags = feed::flag::snapshot;
      row.instrument = instrument;
      row.side = static_cast<std::uint8_t>(order.side);
      row.order_id = order.id;
      row.price = order.price.n;
      row.quantity = order.left.n;
      rows.push_back(row);
      return true;
    });
  });
  return adopt(std::move(rows));
}

using OneBook = Exclusive<book::OrderBook>;

int code(Reject reject) { return static_cast<int>(reject); }

void bind_order_book(py::module_& m) {
  using book::OrderBook;
  py::class_<OneBook>(m, "OrderBook", R"(One instrument's orders in price-time priority.

Prices are ticks and quantities lots, whole numbers. Every change returns a reject
code, 0 where it was accepted; a refused change has changed nothing.
)")
      .def(py::init<>())
      .def(
          "add",
          [](OneBook& self, OrderId id, int side, std::int64_t price,
             std::int64_t quantity) {
            const Side on = side_from(side);
            return self.use([&](OrderBook& b) {
              return code(b.add(id, on, Ticks{price}, Lots{quantity}));
            });
          },
          "order_id"_a, "side"_a, "price"_a, "quantity"_a,
          "Join the back of the queue at a price.")
      .def(
          "reduce",
          [](OneBook& self, OrderId id, std::int64_t by) {
            return self.use([&](OrderBook& b) { return code(b.reduce(id, Lots{by})); });
          },
          "order_id"_a, "by"_a, "Take `by` off an order, which keeps its place.")
      .def(
          "execute",
          [](OneBook& self, OrderId id, std::int64_t quantity) {
            return self.use(
                [&](OrderBook& b) { return code(b.execute(id, Lots{quantity})); });
          },
          "order_id"_a, "quantity"_a, "Trade `quantity` of an order at its own price.")
      .def(
          "execute_at",
          [](OneBook& self, OrderId id, std::int64_t quantity, std::int64_t price) {
            return self.use([&](OrderBook& b) {
              return code(b.execute_at(id, Lots{quantity}, Ticks{price}));
            });
          },
          "order_id"_a, "quantity"_a, "price"_a,
          "Trade `quantity` of an order at another price than its own.")
      .def(
          "cancel",
          [](OneBook& self, OrderId id) {
            return self.use([&](OrderBook& b) { return code(b.cancel(id)); });
          },
          "order_id"_a, "Take an order out of the book.")
      .def(
          "replace",
          [](OneBook& self, OrderId old_id, OrderId new_id, std::int64_t price,
             std::int64_t quantity) {
            return self.use([&](OrderBook& b) {
              return code(b.replace(old_id, new_id, Ticks{price}, Lots{quantity}));
            });
          },
          "old_id"_a, "new_id"_a, "price"_a, "quantity"_a,
          "Cancel one order and add another on its side, at the back of the queue.")
      .def(
          "modify",
          [](OneBook& self, OrderId id, std::int64_t price, std::int64_t quantity) {
            return self.use([&](OrderBook& b) {
              return code(b.modify(id, Ticks{price}, Lots{quantity}));
            });
          },
          "order_id"_a, "price"_a, "quantity"_a,
          "Give an order a new price and quantity; only a pure reduction keeps its "
          "place.")
      .def(
          "clear", [](OneBook& self) { self.use([](OrderBook& b) { b.clear(); }); },
          "Take every order out.")
      .def(
          "best",
          [](OneBook& self, int side) {
            const Side on = side_from(side);
            return level_tuple(self.use([&](OrderBook& b) { return b.best(on); }));
          },
          "side"_a, "(price, quantity, orders) of the best level, or None.")
      .def(
          "depth",
          [](OneBook& self, int side, py::ssize_t levels) {
            std::vector<Level> rows(level_limit(levels));
            const Side on = side_from(side);
            self.use([&](OrderBook& b) { rows.resize(b.depth(on, rows)); });
            return level_rows(rows);
          },
          "side"_a, "levels"_a,
          "Best levels as an int64 array of (price, quantity, orders) rows.")
      .def(
          "order",
          [](OneBook& self, OrderId id) -> py::object {
            const auto found = self.use([&](OrderBook& b) { return b.order(id); });
            if (!found) return py::none();
            return py::make_tuple(static_cast<int>(found->side), found->price.n,
                                  found->left.n);
          },
          "order_id"_a, "(side, price, quantity left) of an order, or None.")
      .def(
          "queue_position",
          [](OneBook& self, OrderId id) {
            return queue_tuple(
                self.use([&](OrderBook& b) { return b.queue_position(id); }));
          },
          "order_id"_a, "(orders ahead, quantity ahead) of an order, or None.")
      .def(
          "orders",
          [](OneBook& self, int side) {
            std::vector<std::array<std::int64_t, 3>> rows;
            const Side on = side_from(side);
            self.use([&](OrderBook& b) {
              b.for_each(on, [&](const book::RestingOrder& o) {
                rows.push_back({static_cast<std::int64_t>(o.id), o.price.n, o.left.n});
                return true;
              });
            });
            py::list out;
            for (const auto& row : rows)
              out.append(py::make_tuple(static_cast<OrderId>(row[0]), row[1], row[2]));
            return out;
          },
          "side"_a, "(order id, price, quantity left) of a side in priority order.")
      .def_property_readonly(
          "order_count",
          [](OneBook& self) {
            return self.use([](OrderBook& b) { return b.order_count(); });
          },
          "Orders resting.")
      .def(
          "state_hash",
          [](OneBook& self) {
            return self.use([](OrderBook& b) { return b.state_hash(); });
          },
          "A digest of every order in priority order.");
}

void bind_books(py::module_& m) {
  using Many = Exclusive<Books>;
  py::class_<Many>(m, "Books", R"(Every instrument's orders in price-time priority.

Parameters
----------
max_instruments : int, default 1048576
    Instrument indexes must be below this.
)")
      .def(py::init<std::size_t>(), "max_instruments"_a = std::size_t{1} << 20)
      .def("apply", &apply_orders, "events"_a.noconvert(),
           R"(Apply events in order and return a reject code for each.

Parameters
----------
events : ndarray of shape (n_events,), dtype `event_dtype`
    Read in place. Any other dtype or layout is a `TypeError`, not a copy.

Returns
-------
codes : ndarray of shape (n_events,), dtype uint8
    Zero where the event was accepted; a refused event changed nothing.
)")
      .def("depth_after_each", &depth_after_each<Books>, "events"_a.noconvert(),
           "instrument"_a, "levels"_a,
           R"(Apply events and return the best levels of one instrument after each.

Returns
-------
rows : ndarray of shape (n_events, 4 * levels), dtype int64
    Ask price, ask quantity, bid price, bid quantity of the best level, then of the
    next. A missing level has quantity 0 and price `NO_PRICE`.
codes : ndarray of shape (n_events,), dtype uint8
    Reject codes, as from `apply`.
)")
      .def(
          "best",
          [](Many& self, InstrumentIndex instrument, int side) {
            const Side on = side_from(side);
            return level_tuple(
                self.use([&](Books& b) { return b.best(instrument, on); }));
          },
          "instrument"_a, "side"_a, "(price, quantity, orders) of the best level.")
      .def("depth", &depth_of<Books>, "instrument"_a, "side"_a, "levels"_a,
           "Best levels as an int64 array of (price, quantity, orders) rows.")
      .def("orders", &orders_of, "instrument"_a, "side"_a,
           "Resting orders in priority order, as add events marked as snapshot.")
      .def(
          "order",
          [](Many& self, OrderId id) {
            return order_tuple(self.use([&](Books& b) { return b.order(id); }));
          },
          "order_id"_a, "(instrument, side, price, quantity left), or None.")
      .def(
          "queue_position",
          [](Many& self, OrderId id) {
            return queue_tuple(
                self.use([&](Books& b) { return b.queue_position(id); }));
          },
          "order_id"_a, "(orders ahead, quantity ahead) of an order, or None.")
      .def(
          "clear",
          [](Many& self, InstrumentIndex instrument) {
            self.use([&](Books& b) { b.clear(instrument); });
          },
          "instrument"_a, "Take every order of an instrument out.")
      .def_property_readonly(
          "order_count",
          [](Many& self) { return self.use([](Books& b) { return b.order_count(); }); },
          "Orders resting in all books.")
      .def_property_readonly(
          "nbytes",
          [](Many& self) { return self.use([](Books& b) { return b.bytes(); }); },
          "Memory held, in bytes.")
      .def(
          "state_hash",
          [](Many& self) { return self.use([](Books& b) { return b.state_hash(); }); },
          "A digest of every order in priority order.");
}

void bind_level_book(py::module_& m) {
  using Levels = Exclusive<LevelBook>;
  py::class_<Levels>(m, "LevelBook",
                     "Every instrument's price levels, from totals and not orders.")
      .def(py::init<std::size_t>(), "max_instruments"_a = std::size_t{1} << 20)
      .def("apply", &apply_levels, "events"_a.noconvert(),
           "Apply level events in order and return a reject code for each.")
      .def("depth_after_each", &depth_after_each<LevelBook>, "events"_a.noconvert(),
           "instrument"_a, "levels"_a, "As `Books.depth_after_each`.")
      .def(
          "best",
          [](Levels& self, InstrumentIndex instrument, int side) {
            const Side on = side_from(side);
            return level_tuple(
                self.use([&](LevelBook& b) { return b.best(instrument, on); }));
          },
          "instrument"_a, "side"_a, "(price, quantity, 0) of the best level, or None.")
      .def("depth", &depth_of<LevelBook>, "instrument"_a, "side"_a, "levels"_a,
           "Best levels as an int64 array of (price, quantity, 0) rows.")
      .def(
          "state_hash",
          [](Levels& self) {
            return self.use([](LevelBook& b) { return b.state_hash(); });
          },
          "A digest of every level.");
}

}  // namespace

void bind_book(py::module_& m) {
  m.attr("NO_PRICE") = kNoPrice;
  py::dict rejects;
  for (const RejectName& row : kRejects)
    rejects[py::str(std::string(row.name))] = static_cast<int>(row.code);
  m.attr("reject_codes") = rejects;
  bind_order_book(m);
  bind_books(m);
  bind_level_book(m);
}
