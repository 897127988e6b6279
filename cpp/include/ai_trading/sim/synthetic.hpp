// A desk and a made-up market, joined: orders go out and reports come back at once.
//
// Each instrument has an order flow of its own (venue/order_flow.hpp).  Time moves when it
// is said to; what happens to our orders meanwhile is booked then.  Everything is
// simulated.
//
// Terms       every order type of docs/matching.md; what a market does with one by itself (a
//             stop is triggered, an iceberg shows its next peak) is told as `restated`.
// Reactions   what the desk does about an answer (linked orders) happens at the time of the
//             answer, not at that of the next look.
//
// Gate        each market tells it its best bid, and under rules its halts and calls, its
//             price bands and whether short sales are restricted: before every order,
//             and when a halt or the index was told.
//
// Units       as everywhere.
// Repeatable  the same seeds, times and orders give the same records.
// Threads     one at a time.
// Cost        an order that meets a quiet market: well below a microsecond.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "ai_trading/base/amendment.hpp"
#include "ai_trading/desk/desk.hpp"
#include "ai_trading/matching/orders.hpp"
#include "ai_trading/sim/market_news.hpp"
#include "ai_trading/venue/order_flow.hpp"

namespace ai_trading::sim {

class SyntheticDesk {
 public:
  SyntheticDesk(Money cash, const desk::Terms& terms)
      : desk_({}, cash, {}, terms), news_(desk_.gate(), 0) {}

  // Opens a market in an instrument and returns its index.  `flow` has one symbol.
  InstrumentIndex open(const Instrument& instrument, const risk::Limits& limits,
                       venue::FlowSettings flow);

  // Plays every market on to `now`, and books what happens to our orders.  Time does not
  // go back.
  void advance(Nanos now);

  // As desk::Desk, at `now`; the answer is booked when they return.
  desk::OrderAnswer submit(const desk::NewOrder& order, Nanos now) {
    return take(order, nullptr, now);
  }
  // The same with terms; the price of a peg is its limit.  What the market could only
  // refuse later, of an order that waits for another, is refused now.
  desk::OrderAnswer submit(const desk::NewOrder& order, const matching::Terms& terms,
                           Nanos now) {
    return take(order, &terms, now);
  }
  Reject cancel(OrderId id, Nanos now);
  Reject modify(OrderId id, Ticks price, Lots quantity, Nanos now,
                const Amendment& wanted = {});
  // Where a stop would trigger now; nothing where it waits for no price.
  [[nodiscard]] std::optional<Ticks> stop_price(OrderId id) const;
  // Sends what the desk wants sent by itself, after a call to it that may have.
  void follow_desk();

  // Of a market with rules: a halt by decision, its end, and the index; as of a Market.
  Reject halt(InstrumentIndex instrument, Nanos now);
  Reject resume(InstrumentIndex instrument, Nanos now);
  // The index is told to every market; returns the level that now halts them.
  int index(std::int64_t value, Nanos now);
  [[nodiscard]] std::size_t markets() const { return flows_.size(); }
  // The rules of a market, or null.
  [[nodiscard]] const venue::FlowMarket* rules(InstrumentIndex instrument) const {
    return flows_[instrument]->rules();
  }

  // Half-way between the best prices, or the last such price; in a call books may cross,
  // and the last price before stays.
  [[nodiscard]] Ticks middle(InstrumentIndex instrument) const;
  // What others traded with one another since the last call, outside auctions.
  [[nodiscard]] venue::FlowStage::Traded take_traded(InstrumentIndex instrument) {
    return flows_[instrument]->take_traded();
  }
  [[nodiscard]] std::optional<book::Level> best(InstrumentIndex instrument,
                                                Side side) const {
    return flows_[instrument]->books().best(0, side);
  }
  // The displayed book; its one instrument is number 0.
  [[nodiscard]] matching::ShownBook books(InstrumentIndex instrument) const {
    return flows_[instrument]->books();
  }
  // The middle when an order was submitted; 0 where it was refused unseen.
  [[nodiscard]] std::int64_t arrival(OrderId id) const {
    return id - 1 < arrivals_.size() ? arrivals_[id - 1] : 0;
  }

  // An order that was sent with terms.
  struct Special {
    matching::Terms terms;      // as they are now
    Ticks limit;                // of a peg
    Nanos triggered;            // when its stop became an order; 0: not yet
    std::uint32_t refreshed{};  // how often it showed a new peak
  };
  // Null for any other.
  [[nodiscard]] const Special* special(OrderId id) const {
    const auto at = specials_.find(id);
    return at == specials_.end() ? nullptr : &at->second;
  }

  // Keeps every report from now on, for whoever wants to hear them.
  void listen() { listening_ = true; }
  enum class Note : std::uint8_t { none = 0, triggered = 1, refreshed = 2 };
  struct Heard {
    Report report;
    std::uint64_t fill_id{};
    Note note{};  // of a `restated`
  };
  [[nodiscard]] std::span<const Heard> heard() const { return heard_; }
  void forget_heard() { heard_.clear(); }

  [[nodiscard]] desk::Desk& desk() { return desk_; }
  [[nodiscard]] const desk::Desk& desk() const { return desk_; }

 private:
  desk::OrderAnswer take(const desk::NewOrder& order, const matching::Terms* terms,
                         Nanos now);
  [[nodiscard]] Reject refuses(const desk::NewOrder& order,
                               const matching::Terms* terms) const;
  void execute(const Command& command, const Amendment& wanted = {});
  [[nodiscard]] Reject send(venue::OrderFlow& flow, const Command& command);
  [[nodiscard]] Reject change(venue::OrderFlow& flow, const Command& command,
                              const Amendment& wanted);
  void collect(InstrumentIndex instrument);
  [[nodiscard]] Note restated(const matching::Answer& answer, Report& report);
  void tell(const Report& report, Note note = {});
  void inform(InstrumentIndex instrument);

  // What the gate was told of a market under rules.
  struct Told {
    feed::TradingState state = feed::TradingState::continuous;
    bool restricted{};
    bool banded{};  // there are bands at times
  };

  desk::Desk desk_;
  MarketNews news_;
  std::vector<Told> told_;
  std::vector<std::unique_ptr<venue::OrderFlow>> flows_;
  std::vector<std::int64_t> arrivals_;
  std::vector<Command> commands_;
  std::vector<Heard> reports_;
  std::vector<Heard> heard_;
  std::unordered_map<OrderId, Special> specials_;  // never walked
  Nanos now_;
  Nanos acting_;  // the time at which the desk reacts
  bool listening_{};
};

}  // namespace ai_trading::sim
