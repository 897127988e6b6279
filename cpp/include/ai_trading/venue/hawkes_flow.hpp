// Order flow that excites itself, around a value that walks.
//
// Per symbol, limit orders, market orders and cancellations arrive as hawkes_process.hpp
// says; with no excitation they are Poisson.  Limit orders join at a power-law distance
// from the touch (Bouchaud, Mézard, Potters 2002) or improve it; cancellations are as
// frequent as there are orders; sizes are mostly round lots.  A latent value walks slowly,
// and flow leans towards it, so that prices move.  Activity bursts at the open and at the
// close.  Nobody reacts to an order of yours but by trading with it.
//
// Units  prices in steps, times in seconds since the open, rates per second.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/venue/crowd.hpp"
#include "ai_trading/venue/flow_model.hpp"
#include "ai_trading/venue/hawkes_process.hpp"

namespace ai_trading::venue {

class HawkesFlow final : public FlowModel {
 public:
  HawkesFlow(const FlowSettings& settings, const HawkesTerms& terms, FlowStage& stage);

  [[nodiscard]] std::size_t to_gather() const override { return to_gather_; }
  void gather(std::size_t which) override;
  [[nodiscard]] double next(std::uint32_t symbol, double now) override;
  void act(std::uint32_t symbol) override;
  [[nodiscard]] bool reacts() const override { return false; }
  void rested(const matching::OrderView& order) override;
  void traded(const matching::Trade& trade) override;
  void lost(const matching::OrderView& order) override;
  void resumed(std::uint32_t symbol) override;

 private:
  struct Stock {
    Rng rng;
    double value;  // latent, in steps
    double walk;   // of the value, per second
    HawkesProcess arrivals;
    HawkesProcess::Kind next{};
    double bin_end{};
    std::array<Crowd, 2> crowds{};
  };

  void begin_bin(Stock& stock) const;
  void place(std::uint32_t symbol, Side side);
  void take(std::uint32_t symbol, Side side);
  void withdraw(std::uint32_t symbol, Side side);
  [[nodiscard]] std::int64_t touch(std::uint32_t symbol, Side side) const;
  std::int64_t limit_price(std::uint32_t symbol, Side side);
  std::int64_t distance(Rng& rng) const;

  FlowStage& stage_;
  HawkesTerms terms_;
  double length_;
  std::vector<Stock> stocks_;
  std::size_t to_gather_{};
};

}  // namespace ai_trading::venue
