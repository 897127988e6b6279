// A day of made-up order flow on the real matching engine.
//
// One session in which a model (FlowSettings::model, docs/synthetic-markets.md) sends the
// crowd's orders to matching/engine.hpp and yours stand among them: they trade with the
// crowd, and the crowd with them, by the rules of the venue.  Before the open the books
// fill, symbol by symbol; at the close what rests expires.
//
// Rules       where the settings have some, the day is driven by them: calls and crosses
//             at open and close, bands and pauses, halts (docs/synthetic-markets.md).
//             You may then send orders in every phase that takes them, at the open and at
//             the close among them.  Where there is no continuous trading the model's
//             turn passes; in a call after a halt others may use it (auction_crowd.hpp).
//
// It is an invention.  Every event carries flag::simulated.
//
// Units       prices in ticks, times in UTC nanoseconds, rates per second.
// Repeatable  the same settings give the same events on every machine.
// Threads     one at a time.
// Memory      the resting orders, and 8 bytes per order ever sent.
// Cost        well below a microsecond per event, O(log symbols).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ai_trading/base/units.hpp"
#include "ai_trading/feed/records.hpp"
#include "ai_trading/venue/flow_model.hpp"
#include "ai_trading/venue/flow_stage.hpp"
#include "ai_trading/venue/flow_terms.hpp"

namespace ai_trading::venue {

class OrderFlow {
 public:
  // Ids of orders sent by submit() begin here.
  static constexpr OrderId kOwnIds = FlowStage::kOwnIds;

  // Throws std::invalid_argument where a setting is outside its domain.
  explicit OrderFlow(FlowSettings settings);
  OrderFlow(const OrderFlow&) = delete;
  OrderFlow& operator=(const OrderFlow&) = delete;

  // Writes the next events of the public feed; returns how many, 0 after the last.
  std::size_t fill(std::span<feed::Event> out);

  // Plays on until `now` and forgets what was published.
  void advance(Nanos now);
  // The same, but no farther than to the first answer to an order of yours; true where
  // there is one.  Take it before the next call.
  bool advance_to_answer(Nanos now);

  // An order of yours among theirs, at the time advance() has reached.  Answers to it,
  // now and later, come out of take_answers().  Refuses what the engine or the rules
  // refuse, and market_closed outside the session; its id must be kOwnIds or more and its owner
  // not 0 (not_supported_here).
  Reject submit(const matching::NewOrder& order);
  Reject submit(const matching::NewOrder& order, const matching::Terms& terms);
  Reject cancel(OrderId id);
  Reject amend(OrderId id, Ticks price, Lots left);
  // The same with all that may change; the id stays.
  Reject change(const matching::Change& change);
  // Under rules: as of a Market.  Without: not_supported_here, and no level.
  Reject halt(InstrumentIndex symbol);
  Reject resume(InstrumentIndex symbol);
  int index(std::int64_t value);

  [[nodiscard]] std::vector<matching::Answer> take_answers();
  // The same without giving up their memory: look, then forget.
  [[nodiscard]] std::span<const matching::Answer> answers() const {
    return stage_.answers();
  }
  void forget_answers() { stage_.answers().clear(); }

  [[nodiscard]] matching::ShownBook books() const { return stage_.books(); }
  // A live order, displayed or not.
  [[nodiscard]] std::optional<matching::OrderView> order(OrderId id) const {
    return stage_.order(id);
  }
  // Where a stop that waits would trigger now.
  [[nodiscard]] std::optional<Ticks> stop_price(OrderId id) const {
    return stage_.stop_price(id);
  }
  [[nodiscard]] std::uint64_t state_hash() const { return stage_.state_hash(); }
  [[nodiscard]] Nanos now() const { return stage_.now(); }
  [[nodiscard]] bool open() const { return phase_ == Phase::trading; }
  [[nodiscard]] std::size_t symbols() const { return settings_.symbols.size(); }
  // The rules at work, or null.
  [[nodiscard]] const FlowMarket* rules() const { return stage_.market(); }
  // Orders the crowd has sent, and matches made.
  [[nodiscard]] std::uint64_t orders_sent() const { return stage_.next_id() - 1; }
  [[nodiscard]] std::uint64_t trades() const { return stage_.trades(); }
  // What the crowd traded with itself outside auctions since the last call.
  [[nodiscard]] FlowStage::Traded take_traded() { return stage_.take_traded(); }

 private:
  enum class Phase : std::uint8_t { gathering, trading, done };

  // An action that is due; one whose turn was drawn anew since is stale.
  struct Due {
    double time;
    std::uint32_t symbol;
    std::uint32_t turn;
  };

  // What was decided beforehand: orders for the close, halts, the index.
  struct Scripted {
    enum class Act : std::uint8_t { to_close, halt, resume, index };
    Nanos at;
    Act act{};
    InstrumentIndex symbol{};
    std::int64_t value{};
  };

  bool step();
  void reach(Nanos now);
  [[nodiscard]] Reject admit(const matching::NewOrder& order);
  [[nodiscard]] InstrumentIndex symbol_of(OrderId id) const;
  void write_script();
  void play_script();
  void take_turn(std::uint32_t symbol);
  [[nodiscard]] bool scripted_first() const {
    if (script_at_ == script_.size()) [[likely]]
      return false;
    return due_.empty() || script_[script_at_].at <= instant(due_.front().time);
  }
  [[nodiscard]] std::size_t to_gather() const;
  [[nodiscard]] Nanos gather_time() const;
  [[nodiscard]] Nanos next_at() const;
  void gather();
  void open_session();
  void close_session();
  void trade_once();
  void schedule(std::uint32_t symbol, double now);
  void drop_stale();
  // After an order of yours: what was drawn without it is drawn again.
  Reject told(InstrumentIndex symbol, Reject code);
  [[nodiscard]] Nanos instant(double seconds) const;
  [[nodiscard]] Reject admit() const {
    if (stage_.market() != nullptr && phase_ != Phase::done) return Reject::none;
    return phase_ == Phase::trading ? Reject::none : Reject::market_closed;
  }

  FlowSettings settings_;
  double length_;  // of the session, in seconds
  FlowStage stage_;
  std::unique_ptr<FlowModel> model_;
  std::vector<Due> due_;  // a heap, earliest first; the first is never stale
  std::vector<std::uint32_t> turns_;
  std::vector<Scripted> script_;
  std::size_t script_at_{};
  std::size_t served_{};
  std::size_t gathered_{};
  Phase phase_ = Phase::gathering;
};

}  // namespace ai_trading::venue
