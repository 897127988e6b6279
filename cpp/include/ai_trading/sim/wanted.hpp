// What compiled strategies ask for, looked at before anything is sent.
//
// core/order_terms.py does the same for those in Python; a test holds both together.
#pragma once

#include <cstdint>
#include <string>

#include "ai_trading/algo/terms.hpp"
#include "ai_trading/base/amendment.hpp"
#include "ai_trading/matching/orders.hpp"
#include "ai_trading/sim/strategy_abi.hpp"

namespace ai_trading::sim {

// What the data of a run shows of a market.
struct Shows {
  enum class Kind : std::uint8_t {
    orders = 0,
    levels = 1,
    quotes = 2,
    trades = 3,
    bars = 4
  };
  Kind kind = Kind::orders;
  bool trades = true;
  bool quotes = true;
};

// Why an order cannot be sent: terms that contradict each other, or that nobody could
// honour on this data.  Empty where it can.  What only the market or the limits decide is
// not asked here.
[[nodiscard]] std::string refusal(const desk::OrderRequest& order,
                                  const abi::Terms& terms, const Shows& shows);

// The terms as venues take them; `refusal` has been asked.
[[nodiscard]] matching::Terms terms_for_venue(const desk::OrderRequest& order,
                                              const abi::Terms& terms,
                                              const Shows& shows);

// What a change asks for besides limit and quantity; why an order of this type cannot be
// changed so.
[[nodiscard]] Reject amended(OrderType type, const abi::Change& wanted, Amendment& out);

// The two orders that end a position which `entry` opens: the loss has terms.
struct ExitOrders {
  desk::OrderRequest profit, loss;
  abi::Terms loss_terms{};

  ExitOrders(const desk::OrderRequest& entry, const abi::Exits& exits);
};

// Why the exits do not go with their entry; empty where they do.
[[nodiscard]] std::string refusal(const desk::OrderRequest& entry,
                                  const abi::Exits& exits, const Shows& shows);

// The terms of a parent.  Throws std::invalid_argument and names what is wrong.
[[nodiscard]] algo::Terms parent_terms(const abi::Work& wanted);

}  // namespace ai_trading::sim
