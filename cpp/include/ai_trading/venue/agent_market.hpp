// A small market of agents: noise traders, speculators on value or on momentum, and
// market makers.
//
//   noise        limit orders at random distances that stand for a random time (GTD), and
//                market orders: the background of zero_intelligence.hpp.
//   value        know a value that walks slowly; buy below it and sell above it with
//                limit orders at the far touch, large ones as icebergs.
//   momentum     trade the way the price has gone from its trend, with market orders.
//   makers       quote both sides around the middle, post-only; wider after moves, and
//                leaning against their inventory.
//
// At every visit a speculator demands what its rule says plus noise (Chiarella and Iori
// 2002: value, trend and noise in an order-driven market) and chooses its rule anew, value
// with probability 1 / (1 + exp(-a)) (Brock and Hommes 1998),
//
//   a = predisposition + herding (share on value - share on momentum)
//       + misalignment (mispricing / typical move)^2,
//
// the attractiveness of Franke and Westerhoff (2012), from whom also comes that noise is
// larger in momentum: volatility then follows the slowly changing share of that rule.
//
// Units  rates per second of the model's clock; prices in steps; demands in hundreds of
//        lots; a typical move is the value's standard deviation over `trend` seconds, and
//        at least one step.
#pragma once

#include <cstdint>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/venue/flow_model.hpp"
#include "ai_trading/venue/flow_stage.hpp"

namespace ai_trading::venue {

class AgentMarket final : public FlowModel {
 public:
  // Owners of makers' orders are numbered from here.
  static constexpr matching::OwnerId kMakers = 1'000'000;

  AgentMarket(const FlowSettings& settings, const AgentTerms& terms, FlowStage& stage);

  [[nodiscard]] std::size_t to_gather() const override {
    return stocks_.size() * orders_first_;
  }
  void gather(std::size_t which) override;
  [[nodiscard]] double next(std::uint32_t symbol, double now) override;
  void act(std::uint32_t symbol) override;
  // The rates of visits are constant: nothing drawn depends on the book.
  [[nodiscard]] bool reacts() const override { return false; }
  void idle(std::uint32_t symbol) override { pass(symbol); }
  void traded(const matching::Trade& trade) override;
  void crossed(const matching::Trade& trade) override { traded(trade); }

 private:
  struct Maker {
    OrderId quotes[2]{};
    std::int64_t inventory{};
  };
  struct Stock {
    Rng rng;
    double clock;    // seconds of the model per second
    double value;    // latent, in steps
    double walk;     // of the value, per root of a second of the model
    double typical;  // move, in steps
    double at{};     // the model's time of the last action
    double due{};    // and of the next
    double seen{};   // the middle at the last action, in steps
    double last{};   // price that traded, in steps
    double trend{};  // the middle's moving average
    double swing{};  // recent absolute moves per second, in steps
    std::vector<bool> momentum;
    std::uint32_t on_momentum{};
    std::vector<Maker> makers;
  };

  void pass(std::uint32_t symbol);
  [[nodiscard]] double middle(std::uint32_t symbol) const;
  void noise_limit(std::uint32_t symbol, Side side);
  void noise_market(std::uint32_t symbol);
  void speculate(std::uint32_t symbol);
  void choose_rule(Stock& stock, std::size_t who);
  void trade_value(std::uint32_t symbol, Side side, std::int64_t lots);
  void trade_momentum(std::uint32_t symbol, Side side, std::int64_t lots);
  void quote(std::uint32_t symbol, std::size_t who);
  void quote_side(std::uint32_t symbol, std::size_t who, Side side, double price,
                  std::int64_t lots);
  [[nodiscard]] Nanos expiry(std::uint32_t symbol);
  void send_until(std::uint32_t symbol, Side side, std::int64_t step, std::int64_t lots,
                  Nanos expire_at);

  FlowStage& stage_;
  AgentTerms terms_;
  double rate_;  // of all actions, per second of the model
  std::size_t orders_first_;
  double length_;  // of the session, in seconds
  Nanos close_;
  std::vector<Stock> stocks_;
};

}  // namespace ai_trading::venue
