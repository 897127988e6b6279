// Zero intelligence: orders at random (Smith, Farmer, Gillemot, Krishnamurthy 2003;
// Farmer, Patelli, Zovko 2005).
//
// Orders of one size arrive as independent Poisson processes: market orders at one rate,
// bought and sold alike; limit orders at one rate per price step, at every step of their
// side from the opposite best price outwards (here as far as `band` steps); each resting
// order is withdrawn at one rate.  In the papers' letters, per step and second,
//
//   mu = market * size    alpha = limit * size    delta = cancel    sigma = size
//
// and far from the touch a queue holds Poisson many orders of mean limit / cancel, while
// the spread is (mu / alpha) f(sigma delta / mu) with f(u) = a + b u^(3/4).  Without market
// orders the spread is geometric: each step more is exp(-limit / cancel) times as likely.
//
// Units  rates per second; prices in steps.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/venue/crowd.hpp"
#include "ai_trading/venue/flow_model.hpp"

namespace ai_trading::venue {

class ZeroIntelligence final : public FlowModel {
 public:
  ZeroIntelligence(const FlowSettings& settings, const ZeroIntelligenceTerms& terms,
                   FlowStage& stage);

  [[nodiscard]] std::size_t to_gather() const override { return first_.size(); }
  void gather(std::size_t which) override;
  [[nodiscard]] double next(std::uint32_t symbol, double now) override;
  void act(std::uint32_t symbol) override;
  void rested(const matching::OrderView& order) override;
  void traded(const matching::Trade& trade) override;
  void lost(const matching::OrderView& order) override;
  void resumed(std::uint32_t symbol) override;

 private:
  struct Stock {
    Rng rng;
    double clock;                          // times all rates
    std::array<std::int64_t, 2> farthest;  // passive step when a side was last there
    std::array<Crowd, 2> crowds{};
  };
  struct First {
    std::uint32_t symbol;
    Side side;
    std::int64_t step;
  };

  void place(std::uint32_t symbol, Side side);
  void send(std::uint32_t symbol, Side side, OrderType type, std::int64_t step);

  FlowStage& stage_;
  ZeroIntelligenceTerms terms_;
  double limits_;  // arrivals per second of one side
  std::vector<Stock> stocks_;
  std::vector<First> first_;
};

}  // namespace ai_trading::venue
