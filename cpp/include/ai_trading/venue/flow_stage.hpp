// What a model of order flow plays on: the matching engine, its public feed, its clock.
//
// Orders of the crowd have ids from 1 up, those it sends for an auction only from
// kAuctionIds up, yours from kOwnIds up; only yours are answered.
//
// Rules    where there are some, flow_market.hpp stands between this and the engine; a
//          stage without them pays one branch for it.
//
// Units    as matching/engine.hpp; steps are whole multiples of a symbol's step.
// Threads  one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ai_trading/feed/records.hpp"
#include "ai_trading/matching/batch.hpp"
#include "ai_trading/matching/engine.hpp"
#include "ai_trading/matching/feed_writer.hpp"
#include "ai_trading/venue/flow_model.hpp"

namespace ai_trading::venue {

class FlowMarket;

class FlowStage {
 public:
  static constexpr OrderId kOwnIds = OrderId{1} << 63;
  static constexpr OrderId kAuctionIds = OrderId{1} << 62;

  FlowStage(const FlowSettings& settings, Nanos now);
  ~FlowStage();
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
  // The same for an auction only, under an id of those.
  OrderId send_to_auction(matching::NewOrder order);
  Reject cancel(OrderId id) {
    if (market_) [[unlikely]]
      return market_cancel(id);
    return engine_.cancel(id);
  }
  Reject amend(OrderId id, Ticks price, Lots left) {
    if (market_) [[unlikely]]
      return market_amend(id, price, left);
    return engine_.amend(id, price, left);
  }
  // Returns the id under which it now stands: the old one where rules refused.
  OrderId replace(OrderId id, Ticks price, Lots left);

  // Yours.
  Reject submit(const matching::NewOrder& order) {
    if (market_) [[unlikely]]
      return market_submit(order);
    return engine_.submit(order);
  }
  Reject submit(const matching::NewOrder& order, const matching::Terms& terms) {
    if (market_) [[unlikely]]
      return market_submit(order, terms);
    return engine_.submit(order, terms);
  }
  // As amend, with all that may change.
  Reject change(const matching::Change& change) {
    if (market_) [[unlikely]]
      return market_change(change);
    return engine_.replace(change);
  }
  // A live order, displayed or not.
  [[nodiscard]] std::optional<matching::OrderView> order(OrderId id) const;
  // Where a stop that waits would trigger now.
  [[nodiscard]] std::optional<Ticks> stop_price(OrderId id) const;
  void refuse(OrderId id, Reject why) { writer_.rejected(id, why); }

  void status(InstrumentIndex instrument, feed::TradingState state, char letter);
  void expire(InstrumentIndex instrument) { (void)engine_.expire(instrument); }

  // The rules, where there are some.
  [[nodiscard]] FlowMarket* market() { return market_.get(); }
  [[nodiscard]] const FlowMarket* market() const { return market_.get(); }

  [[nodiscard]] matching::ShownBook books() const { return books_; }
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
  [[nodiscard]] std::uint64_t state_hash() const;
  [[nodiscard]] std::uint64_t trades() const;
  // What the crowd traded with itself outside auctions since the last call, of all
  // symbols together.
  struct Traded {
    Lots volume;
    TickLots value;
  };
  [[nodiscard]] Traded take_traded() { return std::exchange(traded_, {}); }
  [[nodiscard]] OrderId next_id() const { return next_id_; }

  [[nodiscard]] std::vector<feed::Event>& events() { return events_; }
  [[nodiscard]] std::vector<matching::Answer>& answers() { return answers_; }
  [[nodiscard]] std::span<const matching::Answer> answers() const { return answers_; }

 private:
  friend class FlowMarket;

  Reject market_submit(const matching::NewOrder& order);
  Reject market_submit(const matching::NewOrder& order, const matching::Terms& terms);
  Reject market_change(const matching::Change& change);
  Reject market_cancel(OrderId id);
  Reject market_amend(OrderId id, Ticks price, Lots left);

  void count(const matching::Trade& trade);

  struct Listener : matching::Silent {
    FlowStage* stage;

    explicit Listener(FlowStage& owner) : stage(&owner) {}
    void accepted(const matching::NewOrder& order);
    void rejected(OrderId id, Reject why);
    void traded(const matching::Trade& trade);
    void rested(const matching::OrderView& order);
    void replenished(const matching::OrderView& order);
    void triggered(const matching::OrderView& order);
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
  matching::Engine<Listener> engine_;  // unused where there are rules
  std::unique_ptr<FlowMarket> market_;
  matching::ShownBook books_;
  Traded traded_;
  OrderId next_id_ = 1;
  OrderId next_auction_id_ = kAuctionIds;
  Nanos now_;
};

}  // namespace ai_trading::venue
