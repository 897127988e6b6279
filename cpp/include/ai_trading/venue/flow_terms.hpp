// What made-up order flow is told: symbols, session, and the terms of one of the models.
//
// Every model states its rates per second of the session.  Where a number of events is
// wanted, the model's clock runs faster or slower by one factor, so that a day comes out
// with about as many; what does not depend on the clock (queues, spreads, depths, the
// sizes of moves) stays.
//
// Units  prices in ticks, steps are multiples of a symbol's `step`, quantities in lots,
//        times in seconds unless they are Nanos.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "ai_trading/base/units.hpp"
#include "ai_trading/venue/flow_rules.hpp"

namespace ai_trading::venue {

struct FlowSymbol {
  Ticks price;              // at the open
  Ticks step{100};          // prices are multiples of this
  double volatility{0.01};  // of the latent value over the session, as a fraction
  double activity{1.0};     // share of the events, relative to the other symbols
};

// hawkes_flow.hpp
struct HawkesTerms {
  double excitation{0.5};      // share of the events that others cause, 0 to 0.9
  double decay{10.0};          // of the excitation, per second
  double depth_exponent{1.3};  // P(distance >= k steps) = k^-exponent
};

// zero_intelligence.hpp
struct ZeroIntelligenceTerms {
  double market{1.0};      // market orders per second, both sides together
  double limit{0.15};      // limit orders per second and price step, on each side
  double cancel{0.02};     // share of the resting orders withdrawn per second
  std::int64_t band{50};   // steps from the opposite best price in which orders arrive
  std::int64_t size{100};  // lots of every order
};

// The flow into and out of one queue by the number of orders in it, from none upwards;
// the last of a list holds for all longer queues.
struct QueueRates {
  std::vector<double> limit;   // arrivals per second
  std::vector<double> cancel;  // withdrawals per second; the first is 0
  std::vector<double> market;  // market orders per second; the first is 0
  std::int64_t size{100};  // lots of an order, the unit in which a queue is measured
};

// queue_reactive.hpp
struct QueueReactiveTerms {
  std::vector<QueueRates> levels = defaults();  // from the touch outwards, both sides
  double move{0.7};     // P(the reference price follows a move of the middle)
  double redraw{0.85};  // P(the whole book is drawn anew when it does)

  [[nodiscard]] static std::vector<QueueRates> defaults();
};

// agent_market.hpp.  Seconds are those of the model's clock.
struct AgentTerms {
  std::uint32_t speculators{100};  // who change between value and momentum
  double visits{0.05};             // of a speculator, per second
  double switching{0.1};           // P(a visitor thinks its rule over)
  double value_pull{0.5};          // hundreds of lots per typical move from the value
  double value_noise{0.8};         // hundreds of lots, one standard deviation
  double momentum_pull{0.2};       // hundreds of lots per typical move from the trend
  double momentum_noise{4.0};      // hundreds of lots, one standard deviation
  double trend{60.0};              // seconds over which the trend is taken
  double herding{2.1};             // attraction of the more numerous rule
  double predisposition{0.0};      // towards value where positive
  double misalignment{0.05};      // attraction of value by the square of the mispricing
  double noise_limit{6.0};        // limit orders of noise traders per second
  double noise_market{0.3};       // their market orders per second
  double noise_depth{4.0};        // steps behind the touch at which they stand, mean
  double noise_life{30.0};        // seconds for which they stand, mean
  std::uint32_t makers{3};        // market makers
  double maker_visits{0.5};       // of a maker, per second
  double maker_spread{1.0};       // steps from the middle in a calm market
  double maker_fear{0.5};         // steps more per typical step of the last seconds
  std::int64_t maker_size{1000};  // lots of a quote
  std::int64_t maker_limit{20000};  // lots of inventory at which a maker stops quoting
};

using FlowModelTerms =
    std::variant<HawkesTerms, ZeroIntelligenceTerms, QueueReactiveTerms, AgentTerms>;

struct FlowSettings {
  std::vector<FlowSymbol> symbols;
  std::uint64_t seed{};
  Nanos open;                         // of the regular session
  Nanos close;                        // the same
  std::optional<double> events{1e6};  // wanted in all; nothing: rates as stated
  FlowModelTerms model;
  std::optional<FlowRules> rules{};  // nothing: trading at any price, no auctions
  // Without rules: orders are refused off the steps of their symbol, and what the venue
  // prices by itself stands on them.  The crowd keeps to them anyhow.
  bool keeps_steps{};
};

// Throw std::invalid_argument where a setting is outside its domain.
void check_flow_model(const FlowModelTerms& terms);
void check_flow(const FlowSettings& settings);

}  // namespace ai_trading::venue
