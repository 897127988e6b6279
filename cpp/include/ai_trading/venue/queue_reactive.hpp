// The queue-reactive model of Huang, Lehalle and Rosenbaum (JASA 110, 2015), their
// model III on queues as in their model I.
//
// Around a reference price half-way between two steps stand K queues a side.  Orders of
// one size join, leave and are taken from each at rates that depend on how many orders it
// holds: while the reference stays, each queue is a birth and death process with
//
//   pi(n) = pi(0) prod_{j=1..n} limit(j-1) / (cancel(j) + market(j)).
//
// Market orders meet the best queue only.  When the middle of the best prices moves and
// leaves the nearest queue on its way empty, the reference follows by a step with
// probability `move`: every queue becomes its neighbour's, the one that comes into view
// is drawn from its long-run distribution, the one that leaves it is withdrawn; and with
// probability `redraw` the whole book is drawn anew.
//
// An order of yours counts in its queue, and so changes the rates of everybody else.
//
// Units  rates per second; queues in orders of `size` lots, begun ones counted whole.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/venue/crowd.hpp"
#include "ai_trading/venue/flow_model.hpp"

namespace ai_trading::venue {

// How long a queue is in the long run, from none upwards, as long as the nearest queue
// (market orders count) or one behind it (they do not).  Sums to 1; what is left out at
// the end is below 1e-15.
[[nodiscard]] std::vector<double> queue_distribution(const QueueRates& rates,
                                                     bool nearest);

class QueueReactive final : public FlowModel {
 public:
  QueueReactive(const FlowSettings& settings, const QueueReactiveTerms& terms,
                FlowStage& stage);

  [[nodiscard]] std::size_t to_gather() const override { return first_.size(); }
  void gather(std::size_t which) override;
  [[nodiscard]] double next(std::uint32_t symbol, double now) override;
  void act(std::uint32_t symbol) override;
  void rested(const matching::OrderView& order) override;
  void traded(const matching::Trade& trade) override;
  void lost(const matching::OrderView& order) override;
  // Around the price of the auction, where that has left the queues.
  void resumed(std::uint32_t symbol) override;

 private:
  enum Kind : std::size_t { limit, cancel, market, kKinds };
  struct Stock {
    Rng rng;
    double clock;       // times all rates
    std::int64_t step;  // the first below the reference price
    std::array<std::vector<Crowd>, 2> queues;
    std::vector<double> rates;  // by side, level and kind
    double total{};
  };
  struct First {
    std::uint32_t symbol;
    Side side;
    std::size_t level;
  };

  [[nodiscard]] double events_per_second() const;
  [[nodiscard]] std::int64_t step_of(const Stock& stock, Side side,
                                     std::size_t level) const;
  [[nodiscard]] Crowd* queue_at(std::uint32_t symbol, Side side, Ticks price);
  [[nodiscard]] std::size_t draw_length(Rng& rng, std::size_t level) const;
  [[nodiscard]] std::int64_t middle(std::uint32_t symbol) const;
  void send(std::uint32_t symbol, Side side, OrderType type, std::size_t level);
  void refill(std::uint32_t symbol, Side side, std::size_t level);
  void withdraw_all(Crowd& queue);
  void follow(std::uint32_t symbol, Side toward);

  FlowStage& stage_;
  QueueReactiveTerms terms_;
  std::size_t levels_;
  std::vector<std::vector<double>> up_to_;  // by level: P(length <= n)
  std::vector<Stock> stocks_;
  std::vector<First> first_;
};

}  // namespace ai_trading::venue
