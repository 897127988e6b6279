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
  // FIX ClOrdID and OrigClOrdID as numbers: what this request is called, and which one it
  // follows.  A repeated command keeps its request, so that the venue can tell.
  std::uint64_t request{};
  std::uint64_t original{};
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
    // The rest is known to the desk, and not sent by simulated venues.
    pending_new,
    done_for_day,
    stopped,
    suspended,
    calculated,
    restated,  // it works, on terms the venue changed by itself
    pending_cancel,
    pending_replace,
    trade_canceled,   // the execution `corrects` is undone
    trade_corrected,  // the execution `corrects` had this price and quantity
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
  // What a real venue says besides; a simulated one need not.
  Side side = Side::none;     // none: as the order
  std::uint64_t request{};    // which of our requests it answers; 0: not said
  std::uint64_t execution{};  // the venue's id of it; 0: not said
  std::uint64_t corrects{};   // an earlier execution's id
  Lots executed{-1};          // FIX CumQty; negative: not said
  Lots leaves{-1};            // FIX LeavesQty; negative: not said
};

// Constant delays, each way.
struct Latency {
  Nanos feed;      // market data: venue to strategy
  Nanos entry;     // orders: strategy to venue
  Nanos response;  // reports: venue to strategy
};

}  // namespace ai_trading
