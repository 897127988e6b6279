// One simulated run as Python holds it: the session, its data and its strategies.
//
// Threads     a run has the session to itself; another thread that asks is refused.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include "ai_trading/sim/bar_session.hpp"
#include "ai_trading/sim/event_session.hpp"
#include "algo_terms.hpp"
#include "arrays.hpp"
#include "exclusive.hpp"
#include "py_gate.hpp"
#include "py_handler.hpp"
#include "py_ledger.hpp"
#include "session_words.hpp"

namespace ai_trading::bindings {

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

  void connect(const py::list& strategies, py::object start, py::object stop,
               py::object shows) {
    if (running_) throw ConcurrentUse("strategies cannot be connected during a run");
    handler_.reset();  // frees compiled strategies to be connected again
    handler_ = std::make_unique<PyHandler>(*session_, vocabulary_, strategies,
                                           std::move(start), std::move(stop));
    if (shows.is_none()) return;
    handler_->crew().tell_shows([ask = std::move(shows)] {
      const py::gil_scoped_acquire gil;
      const auto [kind, trades, quotes] = ask().cast<std::tuple<int, bool, bool>>();
      return sim::Shows{static_cast<sim::Shows::Kind>(kind), trades, quotes};
    });
  }

  // Tell a compiled strategy of the start and the end of the run; from the callables
  // given to connect, which do the same for the others.
  void start_compiled(sim::StrategyIndex strategy) { crew(strategy).begin(strategy); }
  void stop_compiled(sim::StrategyIndex strategy) { crew(strategy).finish(strategy); }

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
                 double quantity, std::optional<double> limit, int time_in_force,
                 OrderId parent) {
    const Terms& terms = checked(instrument);
    const auto lasts = static_cast<TimeInForce>(time_in_force);
    if (time_in_force < 0 || time_in_force >= kTimesInForce ||
        (lasts != TimeInForce::day && lasts != TimeInForce::ioc &&
         lasts != TimeInForce::at_the_open && lasts != TimeInForce::at_the_close))
      throw py::value_error(
          "time_in_force must be that of day, immediate-or-cancel, at-the-open or "
          "at-the-close orders; received " +
          std::to_string(time_in_force));
    desk::NewOrder order;
    order.instrument = instrument;
    order.side = side == 0 ? Side::buy : Side::sell;
    order.quantity = lots(terms, quantity);
    order.time_in_force = lasts;
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

  // Any order.  Those of `terms` that are given: stop (of a peg: its limit), trail and
  // offset as prices, display and minimum as quantities, expire_at in nanoseconds;
  // trail_points, trigger, peg, slide and all_or_none as the core has them.
  OrderId submit_terms(sim::StrategyIndex strategy, InstrumentIndex instrument,
                       int side, double quantity, std::optional<double> limit, int type,
                       int time_in_force, desk::GroupId group, const py::dict& wanted) {
    const Terms& units = checked(instrument);
    if (type < 0 || type >= kOrderTypes || time_in_force < 0 ||
        time_in_force >= kTimesInForce) {
      throw py::value_error("there is no order type " + std::to_string(type) +
                            " with time in force " + std::to_string(time_in_force));
    }
    desk::NewOrder order;
    order.instrument = instrument;
    order.side = side == 0 ? Side::buy : Side::sell;
    order.type = static_cast<OrderType>(type);
    order.time_in_force = static_cast<TimeInForce>(time_in_force);
    order.quantity = lots(units, quantity);
    order.strategy = strategy;
    order.group = group;
    if (limit) order.price = ticks(units, *limit);
    matching::Terms terms;
    const auto number = [&](const char* name) { return wanted[name].cast<double>(); };
    const auto code = [&](const char* name) { return wanted[name].cast<int>(); };
    if (wanted.contains("stop")) terms.stop = ticks(units, number("stop"));
    if (wanted.contains("trail")) terms.trail = ticks(units, number("trail")).n;
    if (wanted.contains("trail_points")) {
      terms.trail = code("trail_points");
      terms.trail_by = matching::TrailBy::basis_points;
    }
    if (wanted.contains("trigger"))
      terms.trigger = static_cast<matching::TriggerOn>(code("trigger"));
    if (wanted.contains("display")) terms.display = lots(units, number("display"));
    if (wanted.contains("peg")) terms.peg = static_cast<matching::PegTo>(code("peg"));
    if (wanted.contains("offset")) terms.offset = ticks(units, number("offset"));
    if (wanted.contains("slide")) terms.slide = wanted["slide"].cast<bool>();
    if (wanted.contains("minimum")) terms.minimum = lots(units, number("minimum"));
    if (wanted.contains("all_or_none"))
      terms.all_or_none = wanted["all_or_none"].cast<bool>();
    if (wanted.contains("expire_at"))
      terms.expire_at = Nanos{wanted["expire_at"].cast<std::int64_t>()};
    const auto submitted = mine().submit(order, terms);
    if (submitted.id == 0)
      throw py::value_error("the run is over: no order can be sent");
    return submitted.id;
  }
  desk::GroupId link(bool reduces, OrderId entry) {
    if (entry != 0 && !mine().desk().knows(entry))
      throw py::key_error("no order has the id " + std::to_string(entry));
    return mine().link(reduces ? desk::Link::reduce_others : desk::Link::cancel_others,
                       entry);
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
      rows.push_back(session_->workers().record(worker));
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
    return adopt(std::vector<algo::WorkRecord>{session_->workers().record(worker(id))});
  }

  // The run's gate, for the thread that may use the session.
  std::unique_ptr<PyGate> gate() {
    return std::make_unique<PyGate>(
        [this](const PyGate::Work& work) { work(mine().gate()); }, true);
  }
  void arm(std::size_t strategies) { mine().arm(strategies); }
  py::tuple kill(int scope, std::uint32_t index, const std::string& who,
                 const std::string& reason) {
    return killed_tuple(mine().kill(scope_of(scope, index), who, reason));
  }

  int cancel(OrderId id) { return static_cast<int>(mine().cancel(id)); }

  int modify(OrderId id, std::optional<double> limit, std::optional<double> quantity,
             std::optional<double> stop, std::optional<double> offset,
             std::optional<double> display) {
    if (!mine().desk().knows(id)) return static_cast<int>(Reject::unknown_id);
    const desk::OrderRecord& order = session_->desk().order(id);
    const Terms& terms = vocabulary_.terms[order.instrument];
    const Ticks price = limit ? ticks(terms, *limit) : Ticks{order.price};
    const Lots total = quantity ? lots(terms, *quantity) : Lots{order.quantity};
    Amendment wanted;
    if (stop) wanted.stop = ticks(terms, *stop);
    if (offset) wanted.offset = ticks(terms, *offset);
    if (display) wanted.display = lots(terms, *display);
    if (limit && static_cast<OrderType>(order.type) == OrderType::pegged)
      wanted.peg_limit = price;
    return static_cast<int>(session_->modify(id, price, total, wanted));
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
    session_->freshen();
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
    const Terms& terms = vocabulary_.terms[session_->desk().order(id).instrument];
    return py::make_tuple(position->orders_ahead,
                          terms.quantity(position->quantity_ahead.n));
  }
  // The type of an order, -1 where there is none.
  int order_type(OrderId id) const {
    const desk::Desk& desk = session_->desk();
    return desk.knows(id) ? desk.order(id).type : -1;
  }
  py::tuple order_state(OrderId id) const {
    if (!session_->desk().knows(id))
      throw py::key_error("no order has the id " + std::to_string(id));
    const desk::OrderRecord& order = session_->desk().order(id);
    const Terms& terms = vocabulary_.terms[order.instrument];
    return py::make_tuple(vocabulary_.words.status[order.status],
                          terms.quantity(order.quantity), terms.quantity(order.filled),
                          terms.price(Ticks{order.price}));
  }
  // Where a stop would trigger now; NaN where the order waits for no price.
  double stop_price(OrderId id) const {
    const auto stop = session_->stop_price(id);
    if (!stop) return kNaN;
    return vocabulary_.terms[session_->desk().order(id).instrument].price(*stop);
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
  py::array order_terms() const { return copy(session_->order_terms()); }
  py::array fills() const { return copy(session_->desk().fills()); }
  py::array incidents() const { return copy(session_->desk().incidents()); }
  py::list balances() const { return statements(session_->desk().ledger()); }
  py::dict consolidated() const {
    return consolidated_dict(session_->desk().ledger().consolidated());
  }
  py::array account() const { return copy(session_->account()); }
  py::array charges() const { return copy(session_->charges()); }
  py::array marks() const {
    const auto rows = session_->sampled_marks();
    const auto n = static_cast<py::ssize_t>(vocabulary_.terms.size());
    return copy(rows).reshape(std::array{
        static_cast<py::ssize_t>(rows.size()) / std::max<py::ssize_t>(n, 1), n});
  }
  std::vector<std::int64_t> positions() const {
    std::vector<std::int64_t> out;
    for (InstrumentIndex i = 0; i < vocabulary_.terms.size(); ++i)
      out.push_back(session_->desk().ledger().position(i).quantity.n);
    return out;
  }
  std::uint64_t events() const { return session_->events(); }
  std::uint64_t refused_events() const {
    if (orders_ != nullptr) return orders_->refused_events();
    return levels_ != nullptr ? levels_->refused_events() : 0;
  }
  std::uint64_t state_hash() const { return session_->state_hash(); }

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
    if (instrument >= vocabulary_.terms.size()) {
      throw py::index_error("instrument " + std::to_string(instrument) +
                            " is not in the table of " +
                            std::to_string(vocabulary_.terms.size()));
    }
    return vocabulary_.terms[instrument];
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

  [[nodiscard]] sim::Crew& crew(sim::StrategyIndex strategy) const {
    (void)mine();
    if (!handler_ || !handler_->crew().has(strategy)) {
      throw py::value_error("strategy " + std::to_string(strategy) +
                            " is not a compiled one");
    }
    return handler_->crew();
  }

  Vocabulary vocabulary_;
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

}  // namespace ai_trading::bindings
