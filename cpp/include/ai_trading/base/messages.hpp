// What a desk sends to a venue, and what the venue answers.
#pragma once

#include <cstdint>

#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/base/reject.hpp"
#include "ai_trading/base/units.hpp"

namespace ai_trading {

struct Command {
  enum class Kind : std::uint8_t { submit, cancel, modify };

  Nanos arrive;  // when the venue has it in hand
  OrderId order_id{};
  InstrumentIndex instrument{};
  Kind kind{};
  Side side{};
  OrderType type{};
  TimeInForce time_in_force{};
  Ticks price;
  Lots quantity;  // of the whole order, also in a modify
};

struct Report {
  enum class Kind : std::uint8_t {
    accepted,
    rejected,
    filled,
    canceled,
    expired,
    modified,
    change_rejected,  // of a cancel or a modify: the order is as it was
  };

  Nanos at;  // when it happened at the venue
  OrderId order_id{};
  InstrumentIndex instrument{};
  Kind kind{};
  Liquidity liquidity{};
  Reject reason{};
  Ticks price;         // of the fill, or the new one of a modify
  Lots quantity;       // of the fill, or the new total of a modify
  std::int64_t fee{};  // 1e-9 currency units
};

// Constant delays, each way.
struct Latency {
  Nanos feed;      // market data: venue to strategy
  Nanos entry;     // orders: strategy to venue
  Nanos response;  // reports: venue to strategy
};

}  // namespace ai_trading
