// What the desk tells the outside: rows that leave the core.
//
// Units       times in UTC nanoseconds; price in ticks; quantity in lots; `fee` in 1e-9
//             currency units, a rebate negative; amounts of an account in 1e-6 units.
#pragma once

#include <cstdint>
#include <type_traits>

#include "ai_trading/base/order_terms.hpp"

namespace ai_trading::desk {

// The last state of one order.
struct OrderRecord {
  std::uint64_t order_id;
  std::uint64_t parent_id;    // 0 where there is none
  std::int64_t submitted;     // when the strategy sent it
  std::int64_t acknowledged;  // when the venue took it, 0 if it never did
  std::int64_t done;          // when it ended, 0 while it works
  std::int64_t price;         // limit, 0 for a market order
  std::int64_t quantity;
  std::int64_t filled;
  std::int64_t filled_value;  // sum of price x quantity of its fills, tick-lots
  std::int64_t fee;
  std::uint32_t instrument;
  std::uint8_t side;
  std::uint8_t type;
  std::uint8_t time_in_force;
  std::uint8_t status;
  std::uint16_t reason;  // a Reject code; 0 unless rejected
  std::uint16_t strategy;
  std::uint32_t reserved;
};

struct FillRecord {
  std::int64_t timestamp;  // when the venue traded
  std::uint64_t order_id;
  std::uint64_t fill_id;
  std::int64_t price;
  std::int64_t quantity;
  std::int64_t fee;
  std::int64_t realized;  // profit this fill closed, before fees, 1e-6 units
  std::int64_t position;  // signed lots of the instrument after it
  std::uint32_t instrument;
  std::uint8_t side;
  std::uint8_t liquidity;
  std::uint16_t strategy;
};

// The whole account at one instant.  value = cash + market value of the positions.
struct AccountRecord {
  std::int64_t timestamp;
  std::int64_t cash;
  std::int64_t value;
  std::int64_t realized;  // before fees
  std::int64_t unrealized;
  std::int64_t fees;   // paid so far, rebates taken off
  std::int64_t gross;  // sum of the positions' absolute market values
};

// One order to be sent, for batches.
struct OrderRequest {
  std::uint64_t client_id;  // the client's own; 0: none
  std::uint64_t parent_id;
  std::int64_t price;
  std::int64_t quantity;
  std::uint32_t instrument;
  std::uint32_t group;
  std::uint8_t side;
  std::uint8_t type;
  std::uint8_t time_in_force;
  std::uint8_t reserved;
  std::uint16_t strategy;
  std::uint16_t padding;
};

// What became of it at once.
struct OrderAnswer {
  std::uint64_t order_id;
  std::uint16_t reason;  // a Reject code
  std::uint8_t status;
  std::uint8_t reserved;
  std::uint32_t padding;
};

static_assert(sizeof(OrderRequest) == 48 && sizeof(OrderAnswer) == 16);
static_assert(sizeof(OrderRecord) == 96 && std::is_trivially_copyable_v<OrderRecord>);
static_assert(sizeof(FillRecord) == 72 && std::is_trivially_copyable_v<FillRecord>);
static_assert(sizeof(AccountRecord) == 56 &&
              std::is_trivially_copyable_v<AccountRecord>);

}  // namespace ai_trading::desk
