// The strategies of a session that need no interpreter: each a table of plain calls.
//
// A Crew is the session's Handler where all its strategies are such, and part of another
// Handler where some are not.  Strategies are told in the order of their index.
//
// Errors      a strategy that fails ends the run: whatever called the session receives
//             StrategyFailed, with the strategy's name and its words.
// Threads     as the session.
// Cost        an event that a strategy wants to see costs a few nanoseconds and two looks
//             at the book.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ai_trading/sim/handler.hpp"
#include "ai_trading/sim/session.hpp"
#include "ai_trading/sim/strategy.hpp"
#include "ai_trading/sim/wanted.hpp"

namespace ai_trading::sim {

struct StrategyFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Crew final : public Handler {
 public:
  // `symbols` has one name per instrument, for strategies that ask.
  Crew(Session& session, std::vector<std::string> symbols)
      : session_(session), symbols_(std::move(symbols)) {}

  // Adds a strategy, which must outlive the run, and returns its index.
  template <class Derived>
  StrategyIndex add(Derived& strategy, std::string name) {
    const auto index = static_cast<StrategyIndex>(seats_.size());
    seat(index, std::move(name), calls_of<Derived>(),
         static_cast<Strategy*>(&strategy));
    return index;
  }
  // Adds the calls of one from elsewhere under an index of the caller's; see has.
  void seat(StrategyIndex index, std::string name, const abi::Calls& calls, void* self);

  // True where the strategy of this index is in the crew.
  [[nodiscard]] bool has(StrategyIndex strategy) const {
    return strategy < seats_.size() && seats_[strategy] != nullptr;
  }
  // What the strategy of an index may ask and do; lives as long as the crew.
  [[nodiscard]] const abi::Host& host(StrategyIndex strategy) const;

  // Says what the data shows, which is asked once, when an order has terms that not all
  // data can honour.  Without it, that is what the session's kind may show.
  void tell_shows(std::function<Shows()> ask) { ask_ = std::move(ask); }

  // Tells one strategy of the start, and subscribes it where it did not.
  void begin(StrategyIndex strategy);
  void finish(StrategyIndex strategy);

  void on_start() override;
  void on_quote(StrategyIndex strategy, InstrumentIndex instrument) override;
  void on_book(StrategyIndex strategy, InstrumentIndex instrument) override;
  void on_trade(StrategyIndex strategy, const feed::Event& trade, Ticks price) override;
  void on_bar(StrategyIndex strategy, const feed::Bar& bar) override;
  void on_timer(StrategyIndex strategy, std::uint64_t timer) override;
  void on_order(const desk::OrderRecord& order) override;
  void on_fill(const desk::FillRecord& fill) override;
  void on_stop() override;

 private:
  friend struct HostCalls;
  struct Seat;
  // unique_ptr to a type that is complete only in crew.cpp.
  struct Release {
    void operator()(Seat* seat) const;
  };

  void check(Seat& seat, std::uint32_t well) const;
  [[nodiscard]] Shows shows();

  Session& session_;
  std::vector<std::string> symbols_;
  std::vector<std::unique_ptr<Seat, Release>> seats_;
  std::function<Shows()> ask_;
  std::optional<Shows> shows_;
};

}  // namespace ai_trading::sim
