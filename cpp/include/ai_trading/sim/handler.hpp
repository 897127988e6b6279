// What a session tells its strategies.
//
// The session is in a consistent state whenever one of these runs, and orders may be
// sent from any of them but on_stop.  What a call causes is told in later calls, never
// inside it.
#pragma once

#include <cstdint>

#include "ai_trading/base/units.hpp"
#include "ai_trading/desk/records.hpp"
#include "ai_trading/feed/records.hpp"

namespace ai_trading::sim {

using StrategyIndex = std::uint16_t;

class Handler {
 public:
  virtual ~Handler() = default;
  virtual void on_start() = 0;
  // The best price or quantity of a side changed.
  virtual void on_quote(StrategyIndex strategy, InstrumentIndex instrument) = 0;
  // The n-th event asked for has passed.
  virtual void on_book(StrategyIndex strategy, InstrumentIndex instrument) = 0;
  virtual void on_trade(StrategyIndex strategy, const feed::Event& trade,
                        Ticks price) = 0;
  virtual void on_bar(StrategyIndex strategy, const feed::Bar& bar) = 0;
  virtual void on_timer(StrategyIndex strategy, std::uint64_t timer) = 0;
  virtual void on_order(const desk::OrderRecord& order) = 0;
  virtual void on_fill(const desk::FillRecord& fill) = 0;
  virtual void on_stop() = 0;
};

}  // namespace ai_trading::sim
