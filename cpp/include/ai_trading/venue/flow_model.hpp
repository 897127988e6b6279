// Who sends which order when: the seam between order_flow.hpp and its models.
//
// A model keeps what it knows of each symbol by the symbol's index, and acts through the
// stage it was given.  Its calls come in the order of time.
//
// Repeatable  a model draws from generators of its own, and does nothing libm decides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "ai_trading/matching/orders.hpp"
#include "ai_trading/venue/flow_terms.hpp"

namespace ai_trading::venue {

class FlowStage;

class FlowModel {
 public:
  FlowModel() = default;
  FlowModel(const FlowModel&) = delete;
  FlowModel& operator=(const FlowModel&) = delete;
  virtual ~FlowModel() = default;

  // Before the open: how many orders fill the books, and placing one of them.
  [[nodiscard]] virtual std::size_t to_gather() const = 0;
  virtual void gather(std::size_t which) = 0;

  // Draws when a symbol's next action is, in seconds since the open, seen from `now`.
  [[nodiscard]] virtual double next(std::uint32_t symbol, double now) = 0;
  // That action.
  virtual void act(std::uint32_t symbol) = 0;

  // True where an order of yours changes what comes next, so that next() must be asked
  // again.  Such a model must have no memory of how long it has waited.
  [[nodiscard]] virtual bool reacts() const { return true; }

  // Its turn passes: there is no continuous trading, and it may send nothing.
  virtual void idle(std::uint32_t) {}

  // What became of the orders it sent.  These are calls in mid-trade: it may send nothing.
  virtual void rested(const matching::OrderView&) {}
  virtual void traded(const matching::Trade&) {}
  // An auction's trade: both stood in the book, and each may have been of the crowd.
  virtual void crossed(const matching::Trade&) {}
  // The venue canceled one, because the price bands moved over it.
  virtual void lost(const matching::OrderView&) {}
  // Continuous trading begins, or goes on after a call in which orders may have gone
  // untold.  Here it may send orders.
  virtual void resumed(std::uint32_t) {}
};

// The model of some settings, which have been checked; the stage must outlive it.
[[nodiscard]] std::unique_ptr<FlowModel> make_flow_model(const FlowSettings& settings,
                                                         FlowStage& stage);

}  // namespace ai_trading::venue
