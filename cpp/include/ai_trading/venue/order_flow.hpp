// A day of made-up order flow on the real matching engine.
//
// Per symbol, limit orders, market orders and cancellations arrive as a mutually
// exciting point process (Hawkes 1971, exponential kernel; Poisson, that is zero
// intelligence, where `excitation` is 0).  Limit orders join at a power-law distance
// from the touch (Bouchaud, Mézard, Potters 2002) or improve it; cancellations are as
// frequent as there are orders; sizes are mostly round lots.  A latent value walks
// slowly, and flow leans towards it, so that prices move.  Activity bursts at the open
// and at the close.  Nobody reacts to an order of yours but by trading with it.
//
// It is an invention.  Every event carries flag::simulated.
//
// Units       prices in ticks, times in UTC nanoseconds, rates per second.
// Repeatable  the same settings give the same events on every machine.
// Threads     one at a time.
// Memory      the resting orders, and 8 bytes per order ever sent.
// Cost        well below a microsecond per event, O(log symbols).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/feed/records.hpp"
#include "ai_trading/matching/batch.hpp"
#include "ai_trading/matching/engine.hpp"
#include "ai_trading/matching/feed_writer.hpp"

namespace ai_trading::venue {

struct FlowSymbol {
  Ticks price;              // at the open
  Ticks step{100};          // prices are multiples of this
  double volatility{0.01};  // of the latent value over the session, as a fraction
  double activity{1.0};     // share of the events, relative to the other symbols
};

struct FlowSettings {
  std::vector<FlowSymbol> symbols;
  std::uint64_t seed{};
  Nanos open;                  // of the regular session
  Nanos close;                 // the same
  double events{1e6};          // wanted in all; a day comes out within some percent
  double excitation{0.5};      // share of the events that others cause, 0 to 0.9
  double decay{10.0};          // of the excitation, per second
  double depth_exponent{1.3};  // P(distance >= k steps) = k^-exponent
};

class OrderFlow {
 public:
  // Ids of orders sent by submit() begin here.
  static constexpr OrderId kOwnIds = OrderId{1} << 63;

  // Throws std::invalid_argument where a setting is outside its domain.
  explicit OrderFlow(FlowSettings settings);
  OrderFlow(const OrderFlow&) = delete;
  OrderFlow& operator=(const OrderFlow&) = delete;

  // Writes the next events of the public feed; returns how many, 0 after the last.
  std::size_t fill(std::span<feed::Event> out);

  // Plays on until `now` and forgets what was published.
  void advance(Nanos now);

  // An order of yours among theirs, at the time advance() has reached.  Answers to it,
  // now and later, come out of take_answers().  Refuses what the engine refuses, and
  // market_closed outside the session; its id must be kOwnIds or more and its owner
  // not 0 (not_supported_here).
  Reject submit(const matching::NewOrder& order);
  Reject cancel(OrderId id);
  Reject amend(OrderId id, Ticks price, Lots left);
  [[nodiscard]] std::vector<matching::Answer> take_answers();
  // The same without giving up their memory: look, then forget.
  [[nodiscard]] std::span<const matching::Answer> answers() const { return answers_; }
  void forget_answers() { answers_.clear(); }

  [[nodiscard]] matching::ShownBook books() const { return engine_.books(); }
  [[nodiscard]] std::uint64_t state_hash() const { return engine_.state_hash(); }
  [[nodiscard]] Nanos now() const { return now_; }
  [[nodiscard]] bool open() const { return phase_ == Phase::trading; }

 private:
  enum class Phase : std::uint8_t { gathering, trading, done };
  enum Kind : std::size_t {
    limit_buy,
    limit_sell,
    market_buy,
    market_sell,
    cancel_buy,
    cancel_sell,
    kKinds
  };

  // Orders somebody anonymous has resting.  Executed ones are found out when they are
  // drawn, so that no second index of ids is needed.
  struct Crowd {
    std::vector<OrderId> ids;
    std::size_t gone{};

    [[nodiscard]] double live() const { return static_cast<double>(ids.size() - gone); }
  };

  struct Stock {
    FlowSymbol terms;
    Rng rng;
    double value;       // latent, in steps
    double walk;        // of the value, per second
    double rate;        // events per second, before the shape of the day
    double crowd_size;  // resting orders per side in balance
    double time{};      // seconds since the open
    double bin_end{};
    double shape{};  // of the day, in this bin
    double all{};    // excitation by every event, and by market orders of a side
    std::array<double, 2> by_market{};
    Kind next{};
    std::array<Crowd, 2> crowds{};
  };

  struct Listener : matching::Silent {
    OrderFlow* flow;

    explicit Listener(OrderFlow& owner) : flow(&owner) {}
    void accepted(const matching::NewOrder& order);
    void rejected(OrderId id, Reject why);
    void traded(const matching::Trade& trade);
    void rested(const matching::OrderView& order);
    void replaced(const matching::Replaced& change);
    void canceled(const matching::OrderView& order, matching::Gone why);
    void expired(const matching::OrderView& order);
  };

  struct Due {
    double time;
    std::uint32_t stock;
  };

  void check() const;
  bool step();
  void gather();
  void open_session();
  void close_session();
  void trade_once();

  [[nodiscard]] std::array<double, kKinds> intensities(const Stock& stock) const;
  void draw_next(std::uint32_t index);
  void decay(Stock& stock, double until) const;
  void begin_bin(Stock& stock) const;
  void schedule(std::uint32_t index);

  void act(std::uint32_t index);
  void place(std::uint32_t index, Side side);
  void take(std::uint32_t index, Side side);
  void withdraw(std::uint32_t index, Side side);
  OrderId draw_from(Crowd& crowd, Rng& rng);

  [[nodiscard]] std::int64_t touch(std::uint32_t index, Side side) const;
  std::int64_t limit_price(std::uint32_t index, Side side);
  std::int64_t distance(Rng& rng) const;
  static std::int64_t size(Rng& rng);
  void begin(std::uint32_t index, double time);
  void status(std::uint32_t index, feed::TradingState state, char letter);
  [[nodiscard]] Reject admit() const {
    return phase_ == Phase::trading ? Reject::none : Reject::market_closed;
  }

  FlowSettings settings_;
  double length_;  // of the session, in seconds
  std::vector<Stock> stocks_;
  std::vector<feed::Event> pending_;
  std::size_t served_{};
  std::vector<matching::Answer> answers_;
  matching::FeedWriter feed_;
  matching::AnswerWriter writer_;
  Listener listener_;
  matching::Engine<Listener> engine_;
  std::vector<Due> due_;  // a heap, earliest first
  OrderId next_id_ = 1;
  std::size_t gathered_{};
  std::size_t to_gather_{};
  Nanos now_;
  Phase phase_ = Phase::gathering;
};

}  // namespace ai_trading::venue
