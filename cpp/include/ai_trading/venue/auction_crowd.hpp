// Whoever of the crowd trades in auctions only, beside any model of order flow.
//
// Ours        before the open and in the session's last hour a stated number of orders
//             for the auction comes in a symbol, six of ten at the market, the others
//             limited up to 5 steps either way of the last price; in the call that ends
//             a pause or a halt one turn in ten of the model's goes to a limit up to 10
//             steps either way.  Sides are tossed for; sizes are 100 to 1000 lots.
// Ends        orders for the open and the close with their auction, by the venue; those
//             of a call are canceled when trading goes on.
// Repeatable  draws are its own: a model's do not depend on it.
#pragma once

#include <cstdint>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/matching/orders.hpp"
#include "ai_trading/venue/flow_terms.hpp"

namespace ai_trading::venue {

class FlowStage;

class AuctionCrowd {
 public:
  AuctionCrowd(FlowStage& stage, const FlowSettings& settings);

  void send_to_open(std::uint32_t symbol);
  void send_to_close(std::uint32_t symbol);
  // A turn of the model's in a call.
  void turn(std::uint32_t symbol);
  // The call is over.
  void leave(std::uint32_t symbol);

  // When the orders for the closing auction come: by time, then by symbol.
  struct Arrival {
    Nanos at;
    std::uint32_t symbol{};
  };
  [[nodiscard]] std::vector<Arrival> closing_arrivals(const FlowSettings& settings);

 private:
  struct Stock {
    Rng rng;
    std::vector<OrderId> called{};  // still to be canceled
  };

  void send(std::uint32_t symbol, TimeInForce until);
  [[nodiscard]] matching::NewOrder limited(std::uint32_t symbol, std::uint64_t steps);

  FlowStage& stage_;
  std::vector<Stock> stocks_;
};

}  // namespace ai_trading::venue
