// What a model of order flow plays on: the matching engine, its public feed, its clock.
//
// Orders of the crowd have ids from 1 up, yours from kOwnIds up; only yours are answered.
//
// Units    as matching/engine.hpp; steps are whole multiples of a symbol's step.
// Threads  one at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ai_trading/feed/records.hpp"
#include "ai_trading/matching/batch.hpp"
#include "ai_trading/matching/engine.hpp"
#include "ai_trading/matching/feed_writer.hpp"
#include "ai_trading/venue/flow_model.hpp"

namespace ai_trading::venue {

class FlowStage {
 public:
  static constexpr OrderId kOwnIds = OrderId{1} << 63;

  FlowStage(const std::vector<FlowSymbol>& symbols, Nanos now);
  FlowStage(const FlowStage&) = delete;
  FlowStage& operator=(const FlowStage&) = delete;

  void hear(FlowModel& model) { model_ = &model; }

  // Events and answers until the next call are of this time; orders whose time has come
  // expire.
  void begin(Nanos now, InstrumentIndex instrument);
  [[nodiscard]] Nanos now() const { return now_; }

  // Sends an order of the crowd under the next id, which is returned.
  OrderId send(matching::NewOrder order);
  OrderId send(matching::NewOrder order, const matching::Terms& terms);
  Reject cancel(OrderId id) { return engine_.cancel(id); }
  Reject amend(OrderId id, Ticks price, Lots left) {
    return engine_.amend(id, price, left);
  }
  // Returns the new id.
  OrderId replace(OrderId id, Ticks price, Lots left);

  // Yours.
  Reject submit(const matching::NewOrder& order) { return engine_.submit(order); }
  void refuse(OrderId id, Reject why) { writer_.rejected(id, why); }

  void status(InstrumentIndex instrument, feed::TradingState state, char letter);
  void expire(InstrumentIndex instrument) { (void)engine_.expire(instrument); }

  [[nodiscard]] matching::ShownBook books() const { return engine_.books(); }
  [[nodiscard]] const FlowSymbol& symbol(InstrumentIndex i) const {
    return symbols_[i];
  }
  // The best price in steps, where there is one.  One between two steps counts as the
  // next step away from the other side.
  [[nodiscard]] std::optional<std::int64_t> best_step(InstrumentIndex instrument,
                                                      Side side) const;
  // The farthest step at which an order of this side meets nobody.
  [[nodiscard]] std::optional<std::int64_t> passive_step(InstrumentIndex instrument,
                                                         Side side) const;
  [[nodiscard]] std::uint64_t state_hash() const { return engine_.state_hash(); }
  [[nodiscard]] std::uint64_t trades() const { return engine_.trades(); }
  [[nodiscard]] OrderId next_id() const { return next_id_; }

  [[nodiscard]] std::vector<feed::Event>& events() { return events_; }
  [[nodiscard]] std::vector<matching::Answer>& answers() { return answers_; }
  [[nodiscard]] std::span<const matching::Answer> answers() const { return answers_; }

 private:
  struct Listener : matching::Silent {
    FlowStage* stage;

    explicit Listener(FlowStage& owner) : stage(&owner) {}
    void accepted(const matching::NewOrder& order);
    void rejected(OrderId id, Reject why);
    void traded(const matching::Trade& trade);
    void rested(const matching::OrderView& order);
    void replenished(const matching::OrderView& order);
    void replaced(const matching::Replaced& change);
    void canceled(const matching::OrderView& order, matching::Gone why);
    void expired(const matching::OrderView& order);
  };

  std::vector<FlowSymbol> symbols_;
  FlowModel* model_{};
  std::vector<feed::Event> events_;
  std::vector<matching::Answer> answers_;
  matching::FeedWriter feed_;
  matching::AnswerWriter writer_;
  Listener listener_;
  matching::Engine<Listener> engine_;
  OrderId next_id_ = 1;
  Nanos now_;
};

}  // namespace ai_trading::venue
