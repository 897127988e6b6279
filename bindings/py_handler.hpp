// Carries a session's calls to its strategies: to methods in Python, which need the
// interpreter, and to compiled ones, which do not.
#pragma once

#include <pybind11/pybind11.h>

#include <utility>
#include <vector>

#include "ai_trading/sim/crew.hpp"
#include "session_words.hpp"

namespace ai_trading::bindings {

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

class PyHandler final : public sim::Handler {
 public:
  // `strategies` has one entry for each: a dict of its methods, or a CompiledStrategy.
  PyHandler(sim::Session& session, const Vocabulary& vocabulary,
            const py::list& strategies, py::object start, py::object stop);
  ~PyHandler() override;
  PyHandler(const PyHandler&) = delete;
  PyHandler& operator=(const PyHandler&) = delete;

  void on_start() override { call_plain(start_); }
  void on_stop() override { call_plain(stop_); }
  void on_quote(sim::StrategyIndex strategy, InstrumentIndex instrument) override {
    if (crew_.has(strategy)) return crew_.on_quote(strategy, instrument);
    tell_touch(callbacks_[strategy].on_quote, instrument);
  }
  void on_book(sim::StrategyIndex strategy, InstrumentIndex instrument) override {
    if (crew_.has(strategy)) return crew_.on_book(strategy, instrument);
    tell_touch(callbacks_[strategy].on_book, instrument);
  }
  void on_trade(sim::StrategyIndex strategy, const feed::Event& event,
                Ticks price) override;
  void on_bar(sim::StrategyIndex strategy, const feed::Bar& bar) override;
  void on_timer(sim::StrategyIndex strategy, std::uint64_t timer) override;
  void on_order(const desk::OrderRecord& order) override;
  void on_fill(const desk::FillRecord& fill) override;

  // Those without Python, of which the session tells only through start and stop.
  [[nodiscard]] sim::Crew& crew() { return crew_; }

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

  sim::Session& session_;
  const Vocabulary& vocabulary_;
  sim::Crew crew_;
  std::vector<py::object> compiled_;  // keeps those in the crew
  std::vector<Callbacks> callbacks_;
  py::object start_, stop_;
  PyObject* quote_{};
  PyObject* trade_{};
  PyObject* bar_{};
  PyObject* fill_{};
  PyObject* order_{};
  PyObject* timer_{};
};

}  // namespace ai_trading::bindings
