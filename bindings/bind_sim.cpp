// _core.sim: sessions, driven from Python and calling strategies back.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <thread>
#include <utility>

#include "ai_trading/sim/bar_session.hpp"
#include "ai_trading/sim/event_session.hpp"
#include "algo_terms.hpp"
#include "arrays.hpp"
#include "exclusive.hpp"
#include "py_fees.hpp"
#include "py_latency.hpp"
#include "py_records.hpp"
#include "quick_call.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;
using namespace pybind11::literals;

namespace {

// Prices and quantities of one instrument as strategies see them.
struct Terms {
  py::object symbol;
  std::int64_t tick_nano{};
  std::int64_t lot_nano{};  // of the quantity, without the multiplier

  // An exact product is divided once, so a decimal price becomes the nearest float.
  [[nodiscard]] double price(Ticks ticks) const { return product(ticks.n, tick_nano); }
  [[nodiscard]] double quantity(std::int64_t lots) const {
    return product(lots, lot_nano);
  }
  [[nodiscard]] static double product(std::int64_t count, std::int64_t nano) {
    std::int64_t exact;
    if (!__builtin_mul_overflow(count, nano, &exact))
      return static_cast<double>(exact) / 1e9;
    return static_cast<double>(count) * (static_cast<double>(nano) / 1e9);
  }
};

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The methods of one strategy that it really has; null where it has none.
struct Callbacks {
  py::object on_quote, on_book, on_trade, on_bar, on_timer, on_order, on_fill;
};

// The interpreter, as one thread's run over a session has it.
//
// Taking and giving it back costs as much as a small callback, so what a callback took
// is kept for the rest of a slice of the run; while callbacks run, the interpreter
// itself lets other threads in.
class Interpreter {
 public:
  // Lets others have it until somebody asks, or until the end.
  void release() {
    if (state_ == nullptr) state_ = PyEval_SaveThread();
  }
  void take() {
    if (state_ != nullptr) PyEval_RestoreThread(std::exchange(state_, nullptr));
  }

 private:
  PyThreadState* state_{};  // of the running thread, while it is released
};

class PySession;

class PyHandler final : public sim::Handler {
 public:
  PyHandler(PySession& owner, std::vector<Callbacks> callbacks, py::object start,
            py::object stop)
      : owner_(owner),
        callbacks_(std::move(callbacks)),
        start_(std::move(start)),
        stop_(std::move(stop)) {}
  ~PyHandler() override {
    for (PyObject* kept : {quote_, trade_, bar_, fill_, order_, timer_})
      Py_XDECREF(kept);
  }
  PyHandler(const PyHandler&) = delete;
  PyHandler& operator=(const PyHandler&) = delete;

  void on_start() override { call_plain(start_); }
  void on_stop() override { call_plain(stop_); }
  void on_quote(sim::StrategyIndex strategy, InstrumentIndex instrument) override {
    tell_touch(callbacks_[strategy].on_quote, instrument);
  }
  void on_book(sim::StrategyIndex strategy, InstrumentIndex instrument) override {
    tell_touch(callbacks_[strategy].on_book, instrument);
  }
  void on_trade(sim::StrategyIndex strategy, const feed::Event& event,
                Ticks price) override;
  void on_bar(sim::StrategyIndex strategy, const feed::Bar& bar) override;
  void on_timer(sim::StrategyIndex strategy, std::uint64_t timer) override;
  void on_order(const desk::OrderRecord& order) override;
  void on_fill(const desk::FillRecord& fill) override;

  Interpreter interpreter;

 private:
  void tell_touch(const py::object& callback, InstrumentIndex instrument);
  static void call(const py::object& callback, PyObject* argument) {
    PyObject* result = PyObject_CallOneArg(callback.ptr(), argument);
    if (result == nullptr) throw py::error_already_set();
    Py_DECREF(result);
  }
  void call_plain(const py::object& callback) {
    if (callback.is_none()) return;
    interpreter.take();
    callback();
  }

  PySession& owner_;
  std::vector<Callbacks> callbacks_;
  py::object start_, stop_;
  PyObject* quote_{};
  PyObject* trade_{};
  PyObject* bar_{};
  PyObject* fill_{};
  PyObject* order_{};
  PyObject* timer_{};
};

// Texts handed out with every record, made once.
struct Words {
  py::str buy{"buy"}, sell{"sell"}, maker{"maker"}, taker{"taker"};
  std::array<py::str, 9> status{
      py::str("pending"),  py::str("accepted"),       py::str("partially_filled"),
      py::str("filled"),   py::str("pending_cancel"), py::str("pending_replace"),
      py::str("canceled"), py::str("rejected"),       py::str("expired")};
  [[nodiscard]] PyObject* side(std::uint8_t code) const {
    return code == 0 ? buy.ptr() : sell.ptr();
  }
};

class PySession {
 private:
  // Runs the session with the interpreter released, and alone.
  template <class Work>
  auto inside(Work&& work) {
    if (!handler_) throw py::value_error("connect the strategies before running");
    if (running_.exchange(true)) {
      throw ConcurrentUse("this session is running already, in this or another thread");
    }
    owner_ = std::this_thread::get_id();
    struct Leave {
      PySession& session;
      ~Leave() {
        session.handler_->interpreter.take();
        session.running_ = false;
      }
    } leave{*this};
    return work();
  }

  // Without callbacks nobody waits for the interpreter longer than this takes: well
  // under a millisecond.
  static constexpr std::size_t kSlice = 4096;

 public:
  static std::unique_ptr<PySession> make(const std::string& kind, const py::list& table,
                                         const py::dict& settings,
                                         const py::object& bars);

  void connect(const py::list& strategies, py::object start, py::object stop) {
    if (running_) throw ConcurrentUse("strategies cannot be connected during a run");
    std::vector<Callbacks> all;
    for (const auto& item : strategies) {
      const auto methods = py::reinterpret_borrow<py::dict>(item);
      Callbacks row;
      const auto get = [&](const char* name) -> py::object {
        return methods.contains(name) ? py::object(methods[name]) : py::none();
      };
      row.on_quote = get("on_quote");
      row.on_book = get("on_book");
      row.on_trade = get("on_trade");
      row.on_bar = get("on_bar");
      row.on_timer = get("on_timer");
      row.on_order = get("on_order");
      row.on_fill = get("on_fill");
      all.push_back(std::move(row));
    }
    handler_ = std::make_unique<PyHandler>(*this, std::move(all), std::move(start),
                                           std::move(stop));
  }

  void feed(const Contiguous<feed::Event>& events) {
    const auto rows = view(events);
    if (rows.empty()) return;
    if (orders_ != nullptr) {
      orders_->feed(rows);
    } else if (levels_ != nullptr) {
      levels_->feed(rows);
    } else {
      throw py::value_error("a session over bars takes its bars when it is made");
    }
    held_.push_back(events);
  }

  void finish_feed() {
    if (orders_ != nullptr) orders_->finish_feed();
    if (levels_ != nullptr) levels_->finish_feed();
  }

  std::string run(std::size_t budget) {
    if (over_) return "done";
    const auto progress = inside([&] {
      for (;;) {
        handler_->interpreter.release();
        const std::size_t slice = std::min(budget, kSlice);
        const auto reached = session_->run(slice, *handler_);
        budget -= slice;
        if (reached != sim::Progress::more || budget == 0) return reached;
      }
    });
    const std::size_t passed = orders_ != nullptr   ? orders_->release_passed()
                               : levels_ != nullptr ? levels_->release_passed()
                                                    : 0;
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(passed));
    switch (progress) {
      case sim::Progress::more:
        return "more";
      case sim::Progress::need_data:
        return "need_data";
      case sim::Progress::done:
        break;
    }
    let_go();
    return "done";
  }

  void stop() {
    if (over_) return;
    inside([&] {
      handler_->interpreter.release();
      session_->stop(*handler_);
      return 0;
    });
    let_go();
  }

  // Orders.  A limit of None is a market order; prices are floats on the tick grid.
  OrderId submit(sim::StrategyIndex strategy, InstrumentIndex instrument, int side,
                 double quantity, std::optional<double> limit, bool immediate,
                 OrderId parent) {
    const Terms& terms = checked(instrument);
    desk::NewOrder order;
    order.instrument = instrument;
    order.side = side == 0 ? Side::buy : Side::sell;
    order.quantity = lots(terms, quantity);
    order.time_in_force = immediate ? TimeInForce::ioc : TimeInForce::day;
    order.parent = parent;
    order.strategy = strategy;
    if (limit) {
      order.type = OrderType::limit;
      order.price = ticks(terms, *limit);
    }
    const auto submitted = mine().submit(order);
    if (submitted.id == 0)
      throw py::value_error("the run is over: no order can be sent");
    return submitted.id;
  }

  algo::ParentId work(const py::dict& terms) {
    const algo::Terms wanted = algo_terms(terms);
    (void)checked(wanted.instrument);
    const algo::ParentId id = mine().work(wanted);
    if (id == 0) throw py::value_error("the run is over: no parent can be sent");
    return id;
  }
  int stop_work(algo::ParentId parent) {
    return static_cast<int>(mine().stop_work(parent));
  }
  py::array parents() const {
    std::vector<algo::WorkRecord> rows;
    for (const algo::Worker& worker : session_->workers().all())
      rows.push_back(worker.record());
    return adopt(std::move(rows));
  }
  [[nodiscard]] const algo::Worker& worker(algo::ParentId id) const {
    const algo::Worker* found = session_->workers().find(id);
    if (found == nullptr)
      throw py::key_error("no parent has the id " + std::to_string(id));
    return *found;
  }
  std::vector<OrderId> children(algo::ParentId id) const {
    return worker(id).children();
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> slices(algo::ParentId id) const {
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    for (const auto& slice : worker(id).slices())
      out.emplace_back(slice.at.n, slice.quantity.n);
    return out;
  }
  py::array parent(algo::ParentId id) const {
    return adopt(std::vector<algo::WorkRecord>{worker(id).record()});
  }

  int cancel(OrderId id) { return static_cast<int>(mine().cancel(id)); }

  int modify(OrderId id, std::optional<double> limit, std::optional<double> quantity) {
    if (!mine().desk().knows(id)) return static_cast<int>(Reject::unknown_id);
    const desk::OrderRecord& order = session_->desk().order(id);
    const Terms& terms = terms_[order.instrument];
    const Ticks price = limit ? ticks(terms, *limit) : Ticks{order.price};
    const Lots total = quantity ? lots(terms, *quantity) : Lots{order.quantity};
    return static_cast<int>(session_->modify(id, price, total));
  }

  py::tuple best(InstrumentIndex instrument) const {
    const Terms& terms = checked(instrument);
    const auto bid = session_->best(instrument, Side::buy);
    const auto ask = session_->best(instrument, Side::sell);
    return py::make_tuple(bid ? terms.price(bid->price) : kNaN,
                          bid ? terms.quantity(bid->quantity.n) : 0.0,
                          ask ? terms.price(ask->price) : kNaN,
                          ask ? terms.quantity(ask->quantity.n) : 0.0);
  }

  py::array_t<double> depth(InstrumentIndex instrument, int side,
                            py::ssize_t levels) const {
    const Terms& terms = checked(instrument);
    if (levels < 1 || levels > 100'000)
      throw py::value_error("levels must lie between 1 and 100000; received " +
                            std::to_string(levels));
    std::vector<book::Level> rows(static_cast<std::size_t>(levels));
    rows.resize(session_->depth(instrument, side == 0 ? Side::buy : Side::sell, rows));
    py::array_t<double> out({static_cast<py::ssize_t>(rows.size()), py::ssize_t{2}});
    auto cells = out.mutable_unchecked<2>();
    for (py::ssize_t i = 0; i < cells.shape(0); ++i) {
      const book::Level& level = rows[static_cast<std::size_t>(i)];
      cells(i, 0) = terms.price(level.price);
      cells(i, 1) = terms.quantity(level.quantity.n);
    }
    return out;
  }

  double position(InstrumentIndex instrument) const {
    return checked(instrument)
        .quantity(session_->desk().ledger().position(instrument).quantity.n);
  }
  std::string cash() const { return to_string(session_->desk().ledger().cash()); }
  std::string value() const {
    return to_string(session_->desk().ledger().totals().value);
  }
  double mark(InstrumentIndex instrument) {
    const Terms& terms = checked(instrument);
    const auto price = session_->mark(instrument);
    return price ? terms.price(*price) : kNaN;
  }
  py::object queue_position(OrderId id) const {
    const auto position = session_->queue_position(id);
    if (!position) return py::none();
    const Terms& terms = terms_[session_->desk().order(id).instrument];
    return py::make_tuple(position->orders_ahead,
                          terms.quantity(position->quantity_ahead.n));
  }
  py::tuple order_state(OrderId id) const {
    if (!session_->desk().knows(id))
      throw py::key_error("no order has the id " + std::to_string(id));
    const desk::OrderRecord& order = session_->desk().order(id);
    const Terms& terms = terms_[order.instrument];
    return py::make_tuple(words_.status[order.status], terms.quantity(order.quantity),
                          terms.quantity(order.filled),
                          terms.price(Ticks{order.price}));
  }

  void subscribe(sim::StrategyIndex strategy, InstrumentIndex instrument, bool quotes,
                 bool trades, bool bars, std::uint32_t every) {
    (void)checked(instrument);
    mine().subscribe({instrument, strategy, quotes, trades, bars, every});
  }

  std::uint64_t set_timer(sim::StrategyIndex strategy, std::int64_t at,
                          std::int64_t repeat) {
    return mine().set_timer(strategy, Nanos{at}, Nanos{repeat});
  }
  void cancel_timer(std::uint64_t timer) { mine().cancel_timer(timer); }

  std::int64_t now() const { return session_->now().n; }

  template <class Row>
  static py::array_t<Row> copy(std::span<const Row> rows) {
    return adopt(std::vector<Row>(rows.begin(), rows.end()));
  }
  py::array orders() const { return copy(session_->desk().orders()); }
  py::array fills() const { return copy(session_->desk().fills()); }
  py::array account() const { return copy(session_->account()); }
  py::array marks() const {
    const auto rows = session_->sampled_marks();
    const auto n = static_cast<py::ssize_t>(terms_.size());
    return copy(rows).reshape(std::array{
        static_cast<py::ssize_t>(rows.size()) / std::max<py::ssize_t>(n, 1), n});
  }
  std::vector<std::int64_t> positions() const {
    std::vector<std::int64_t> out;
    for (InstrumentIndex i = 0; i < terms_.size(); ++i)
      out.push_back(session_->desk().ledger().position(i).quantity.n);
    return out;
  }
  std::uint64_t events() const { return session_->events(); }
  std::uint64_t refused_events() const {
    if (orders_ != nullptr) return orders_->refused_events();
    return levels_ != nullptr ? levels_->refused_events() : 0;
  }
  std::uint64_t state_hash() const { return session_->state_hash(); }

  [[nodiscard]] const Terms& terms(InstrumentIndex i) const { return terms_[i]; }
  [[nodiscard]] const sim::Session& session() const { return *session_; }
  [[nodiscard]] const Words& words() const { return words_; }
  [[nodiscard]] PyObject* reason(std::uint16_t code) const {
    for (const auto& [number, text] : reasons_)
      if (number == code) return text.ptr();
    return Py_None;
  }

 private:
  // Of the strategies, who hold this session and could never be freed otherwise, and of
  // the data.
  void let_go() {
    over_ = true;
    handler_.reset();
    held_.clear();
  }

  // The session, unless another thread is running it.
  [[nodiscard]] sim::Session& mine() const {
    if (running_ && owner_ != std::this_thread::get_id()) {
      throw ConcurrentUse("this session is running in another thread");
    }
    return *session_;
  }

  [[nodiscard]] const Terms& checked(InstrumentIndex instrument) const {
    if (instrument >= terms_.size()) {
      throw py::index_error("instrument " + std::to_string(instrument) +
                            " is not in the table of " + std::to_string(terms_.size()));
    }
    return terms_[instrument];
  }

  static std::int64_t whole(double value, std::int64_t step_nano, const char* what,
                            const Terms& terms) {
    const double steps = value * 1e9 / static_cast<double>(step_nano);
    const double nearest = std::nearbyint(steps);
    if (!(std::abs(nearest) < 4.6e18) ||
        std::abs(steps - nearest) > 1e-6 * std::max(1.0, std::abs(nearest) * 1e-9)) {
      throw py::value_error(std::string(what) + " of " +
                            std::string(py::str(terms.symbol)) +
                            " must be a finite multiple of " +
                            std::to_string(static_cast<double>(step_nano) / 1e9) +
                            "; received " + std::string(py::str(py::float_(value))));
    }
    return static_cast<std::int64_t>(nearest);
  }
  static Ticks ticks(const Terms& terms, double price) {
    return Ticks{whole(price, terms.tick_nano, "the price", terms)};
  }
  static Lots lots(const Terms& terms, double quantity) {
    return Lots{whole(quantity, terms.lot_nano, "the quantity", terms)};
  }

  std::vector<Terms> terms_;
  Words words_;
  std::vector<std::pair<std::uint16_t, py::str>> reasons_;
  std::unique_ptr<sim::Session> session_;
  sim::OrderSession* orders_{};
  sim::LevelSession* levels_{};
  py::object bars_;
  std::unique_ptr<PyHandler> handler_;
  std::vector<py::object> held_;
  std::atomic<bool> running_{};
  bool over_{};
  std::thread::id owner_;
};

void PyHandler::tell_touch(const py::object& callback, InstrumentIndex instrument) {
  if (callback.is_none()) return;
  const auto bid = owner_.session().best(instrument, Side::buy);
  const auto ask = owner_.session().best(instrument, Side::sell);
  const Terms& terms = owner_.terms(instrument);
  interpreter.take();
  auto& row = fresh<QuoteObject>(quote_, quote_type);
  assign(row.symbol, terms.symbol.ptr());
  row.timestamp = owner_.now();
  row.bid = bid ? terms.price(bid->price) : kNaN;
  row.bid_quantity = bid ? terms.quantity(bid->quantity.n) : 0.0;
  row.ask = ask ? terms.price(ask->price) : kNaN;
  row.ask_quantity = ask ? terms.quantity(ask->quantity.n) : 0.0;
  row.mid = (row.bid + row.ask) / 2;
  row.spread = bid && ask ? terms.price(ask->price - bid->price) : kNaN;
  call(callback, quote_);
}

void PyHandler::on_trade(sim::StrategyIndex strategy, const feed::Event& event,
                         Ticks price) {
  const py::object& callback = callbacks_[strategy].on_trade;
  if (callback.is_none()) return;
  const Terms& terms = owner_.terms(event.instrument);
  interpreter.take();
  auto& row = fresh<TradeObject>(trade_, trade_type);
  assign(row.symbol, terms.symbol.ptr());
  // The record names the side that rested; the aggressor came from the other one.
  const Words& words = owner_.words();
  assign(row.aggressor, event.side == 0   ? words.sell.ptr()
                        : event.side == 1 ? words.buy.ptr()
                                          : Py_None);
  row.timestamp = owner_.now();
  row.price = terms.price(price);
  row.quantity = terms.quantity(event.quantity);
  call(callback, trade_);
}

void PyHandler::on_bar(sim::StrategyIndex strategy, const feed::Bar& bar) {
  const py::object& callback = callbacks_[strategy].on_bar;
  if (callback.is_none()) return;
  const Terms& terms = owner_.terms(bar.instrument);
  interpreter.take();
  auto& row = fresh<BarObject>(bar_, bar_type);
  assign(row.symbol, terms.symbol.ptr());
  row.start = bar.start;
  row.timestamp = bar.timestamp;
  row.open = terms.price(Ticks{bar.open});
  row.high = terms.price(Ticks{bar.high});
  row.low = terms.price(Ticks{bar.low});
  row.close = terms.price(Ticks{bar.close});
  row.volume = terms.quantity(bar.volume);
  call(callback, bar_);
}

void PyHandler::on_timer(sim::StrategyIndex strategy, std::uint64_t number) {
  const py::object& callback = callbacks_[strategy].on_timer;
  if (callback.is_none()) return;
  interpreter.take();
  auto& row = fresh<TimerObject>(timer_, timer_type);
  row.timestamp = owner_.now();
  row.number = number;
  call(callback, timer_);
}

void PyHandler::on_order(const desk::OrderRecord& order) {
  const py::object& callback = callbacks_[order.strategy].on_order;
  if (callback.is_none()) return;
  // A copy: the callback may send orders, and the desk's list then moves.
  const desk::OrderRecord now = order;
  const Terms& terms = owner_.terms(now.instrument);
  interpreter.take();
  auto& row = fresh<OrderObject>(order_, order_type);
  assign(row.symbol, terms.symbol.ptr());
  assign(row.side, owner_.words().side(now.side));
  assign(row.status, owner_.words().status[now.status].ptr());
  assign(row.reason, now.reason == 0 ? Py_None : owner_.reason(now.reason));
  row.submitted = now.submitted;
  row.timestamp = owner_.now();
  row.order_id = now.order_id;
  row.price = terms.price(Ticks{now.price});
  row.quantity = terms.quantity(now.quantity);
  row.filled = terms.quantity(now.filled);
  call(callback, order_);
}

void PyHandler::on_fill(const desk::FillRecord& fill) {
  const py::object& callback = callbacks_[fill.strategy].on_fill;
  if (callback.is_none()) return;
  const Terms& terms = owner_.terms(fill.instrument);
  interpreter.take();
  auto& row = fresh<FillObject>(fill_, fill_type);
  assign(row.symbol, terms.symbol.ptr());
  assign(row.side, owner_.words().side(fill.side));
  assign(row.liquidity, fill.liquidity == static_cast<std::uint8_t>(Liquidity::maker)
                            ? owner_.words().maker.ptr()
                            : owner_.words().taker.ptr());
  row.timestamp = fill.timestamp;
  row.order_id = fill.order_id;
  row.fill_id = fill.fill_id;
  row.price = terms.price(Ticks{fill.price});
  row.quantity = terms.quantity(fill.quantity);
  row.fee = static_cast<double>(fill.fee) / 1e9;
  row.realized = static_cast<double>(fill.realized) / 1e6;
  row.position = terms.quantity(fill.position);
  call(callback, fill_);
}

std::unique_ptr<PySession> PySession::make(const std::string& kind,
                                           const py::list& table,
                                           const py::dict& options,
                                           const py::object& bars) {
  auto made = std::make_unique<PySession>();
  const auto number = [&](const char* name) {
    return options[name].cast<std::int64_t>();
  };
  sim::Settings settings;
  std::vector<Instrument> instruments;
  for (const auto& item : table) {
    const auto row = py::reinterpret_borrow<py::tuple>(item);
    made->terms_.push_back(
        {py::object(row[0]), row[1].cast<std::int64_t>(), row[2].cast<std::int64_t>()});
    Instrument instrument;
    instrument.tick_nano = row[1].cast<std::int64_t>();
    instrument.lot_nano = row[3].cast<std::int64_t>();
    instrument.unit_nano = row[2].cast<std::int64_t>();
    instrument.price_step = row[4].cast<std::int64_t>();
    instrument.check(py::str(row[0]));
    instruments.push_back(instrument);
    risk::Limits limits;
    limits.max_quantity = Lots{row[5].cast<std::int64_t>()};
    limits.max_position = Lots{row[6].cast<std::int64_t>()};
    limits.max_notional = from_micro(number("max_notional_micro"));
    limits.collar_ppm = number("collar_ppm");
    limits.cash_only = options["cash_only"].cast<bool>();
    settings.limits.push_back(limits);
  }
  for (const RejectName& row : kRejects) {
    made->reasons_.emplace_back(static_cast<std::uint16_t>(row.code),
                                py::str(std::string(row.name)));
  }
  settings.cash = from_micro(number("cash_micro"));
  settings.latency = {Nanos{number("feed_latency")}, Nanos{number("entry_latency")},
                      Nanos{number("response_latency")}};
  if (options.contains("latency"))
    settings.drawn = latency_terms(options["latency"].cast<py::dict>());
  if (options.contains("impact"))
    settings.impact = shift_terms(options["impact"].cast<py::dict>());
  settings.per_order_fee = number("per_order_fee");
  settings.sample_every = Nanos{number("sample_every")};
  for (const std::int64_t at :
       options["session_ends"].cast<std::vector<std::int64_t>>())
    settings.session_ends.push_back(Nanos{at});
  cost::Fees fees{{number("maker_per_unit"), number("maker_of_value")},
                  {number("taker_per_unit"), number("taker_of_value")}};
  if (options.contains("fee_lines")) {
    fees.lines = fee_lines(options["fee_lines"].cast<py::list>());
    fees.prior = {number("prior_units"), number("prior_value")};
  }

  if (kind == "orders") {
    auto session = std::make_unique<sim::OrderSession>(instruments, settings, fees);
    made->orders_ = session.get();
    made->session_ = std::move(session);
  } else if (kind == "levels") {
    venue::QueueModel model;
    const auto queue = options["queue"].cast<std::string>();
    const auto kind_of_queue = venue::queue_kind(queue);
    if (!kind_of_queue)
      throw py::value_error("no queue model is called '" + queue + "'");
    model.kind = *kind_of_queue;
    model.exponent = options["queue_exponent"].cast<double>();
    if (const std::int64_t assumed = number("assumed_ahead"); assumed >= 0)
      model.assumed_ahead = Lots{assumed};
    auto session =
        std::make_unique<sim::LevelSession>(instruments, settings, fees, model);
    made->levels_ = session.get();
    made->session_ = std::move(session);
  } else if (kind == "bars") {
    venue::BarModel model;
    model.volume_cap = number("volume_cap_ppm");
    model.half_spread = Ticks{number("half_spread")};
    model.touch_fills = options["touch_fills"].cast<bool>();
    model.path = static_cast<venue::BarPath>(number("path"));
    const auto rows = bars.cast<Contiguous<feed::Bar>>();
    for (const feed::Bar& bar : view(rows)) {
      if (bar.instrument >= instruments.size())
        throw py::value_error("a bar names instrument " +
                              std::to_string(bar.instrument) + ", which the table of " +
                              std::to_string(instruments.size()) + " does not have");
    }
    made->bars_ = rows;
    made->session_ = std::make_unique<sim::BarSession>(instruments, settings, fees,
                                                       model, view(rows));
  } else {
    throw py::value_error("kind must be 'orders', 'levels' or 'bars'; received '" +
                          kind + "'");
  }
  return made;
}

// What a strategy sends most.  Whatever is not plain answers None and sends nothing: the
// checked way says what is wrong with it.  Neither keeps the strategy, which keeps them.
struct Send {
  static constexpr const char* kName = "send";
  py::object owner;
  PySession* session;
  sim::StrategyIndex strategy;
  py::dict places;

  PyObject* operator()(PyObject* const* arguments, Py_ssize_t count) {
    if (count == 5) {
      if (const auto id = plain(arguments)) return PyLong_FromUnsignedLongLong(*id);
    }
    Py_RETURN_NONE;
  }

 private:
  // symbol, side, quantity, limit, immediate
  std::optional<OrderId> plain(PyObject* const* arguments) {
    if (!PyUnicode_CheckExact(arguments[0]) || !PyLong_CheckExact(arguments[1]) ||
        !PyBool_Check(arguments[4])) {
      return std::nullopt;
    }
    PyObject* place = PyDict_GetItemWithError(places.ptr(), arguments[0]);
    const auto quantity = plain_number(arguments[2]);
    const auto limit =
        arguments[3] == Py_None ? std::nullopt : plain_number(arguments[3]);
    if (place == nullptr || !quantity || (arguments[3] != Py_None && !limit))
      return std::nullopt;
    try {
      return session->submit(strategy,
                             static_cast<InstrumentIndex>(PyLong_AsUnsignedLong(place)),
                             static_cast<int>(PyLong_AsLong(arguments[1])), *quantity,
                             limit, arguments[4] == Py_True, 0);
    } catch (const std::exception&) {
      return std::nullopt;  // nothing was sent
    }
  }
};

struct Cancel {
  static constexpr const char* kName = "cancel";
  py::object owner;
  PySession* session;

  PyObject* operator()(PyObject* const* arguments, Py_ssize_t count) {
    if (count == 1 && PyLong_CheckExact(arguments[0])) {
      const auto id = PyLong_AsUnsignedLongLong(arguments[0]);
      const bool plain = PyErr_Occurred() == nullptr;
      PyErr_Clear();
      try {
        if (plain) return PyBool_FromLong(session->cancel(id) == 0);
      } catch (const std::exception&) {  // nothing was sent
      }
    }
    Py_RETURN_NONE;
  }
};

}  // namespace

void bind_sim(py::module_& m) {
  add_record_types(m);
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
           "Say which methods of each strategy to call.")
      .def("feed", &PySession::feed, "events"_a.noconvert(),
           "Add events in the order of their time; the array is read in place.")
      .def("finish_feed", &PySession::finish_feed, "No more events will come.")
      .def("run", &PySession::run, "budget"_a,
           "Run over about `budget` events; 'more', 'need_data' or 'done'.")
      .def("stop", &PySession::stop, "End the run here.")
      .def("submit", &PySession::submit, "strategy"_a, "instrument"_a, "side"_a,
           "quantity"_a, "limit"_a = py::none(), "immediate"_a = false, "parent"_a = 0,
           "Send an order; its id. A refused one is told by on_order.")
      .def(
          "quick_submit",
          [](py::object self, sim::StrategyIndex strategy, py::dict places) {
            auto* session = self.cast<PySession*>();
            return quick_function(
                Send{std::move(self), session, strategy, std::move(places)});
          },
          "strategy"_a, "places"_a,
          "A function (symbol, side, quantity, limit, immediate) that sends an order; "
          "None where submit must say what is wrong.")
      .def(
          "quick_cancel",
          [](py::object self) {
            auto* session = self.cast<PySession*>();
            return quick_function(Cancel{std::move(self), session});
          },
          "A function (order_id) that asks for the end of an order: True where it was "
          "asked for; None where cancel must say what is wrong.")
      .def("cancel", &PySession::cancel, "order_id"_a, "Ask for the end of an order.")
      .def("modify", &PySession::modify, "order_id"_a, "limit"_a = py::none(),
           "quantity"_a = py::none(), "Ask for another price or total quantity.")
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
      .def_property_readonly("fills", &PySession::fills, "Every fill, `fill_dtype`.")
      .def_property_readonly("parents", &PySession::parents,
                             "Every parent, `_core.algo.work_dtype`.")
      .def_property_readonly("account", &PySession::account,
                             "The account over time, `account_dtype`.")
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
