// What an order asked for besides its price: a row for each order that has such terms.
//
// Most orders have none, so that these stand beside the records of orders (records.hpp)
// and not in them.
//
// Units       prices and distances in ticks, quantities in lots, times in UTC nanoseconds.
//             0 where an order has no such term.
#pragma once

#include <cstdint>
#include <type_traits>

namespace ai_trading::desk {

struct TermsRecord {
  std::uint64_t order_id;
  std::uint64_t entry;  // the order whose executions it waits for
  std::int64_t stop;    // of a stop: its trigger price, as last agreed; of a trailing
                        // one: where it stood when it ceased to wait
  std::int64_t peg_limit;  // of a peg: the price it does not pass
  std::int64_t trail;      // of a trailing stop: the distance, see trail_by
  std::int64_t display;    // of an iceberg: shown at a time
  std::int64_t offset;     // of a peg: this much more aggressive than what it follows
  std::int64_t expire_at;  // of an order good till a date
  std::uint32_t group;     // of linked orders
  std::uint8_t trigger;    // of a stop: 0 last trade, 1 quote, 2 midpoint
  std::uint8_t trail_by;   // 0 ticks, 1 basis points
  std::uint8_t peg;        // 0 none, 1 primary, 2 midpoint, 3 market
  std::uint8_t slide;      // 1: a post-only order that steps back
  std::int64_t minimum;    // the least to trade at a time
  std::uint8_t all_or_none;
  std::uint8_t reserved[7];
};

static_assert(sizeof(TermsRecord) == 88 && std::is_trivially_copyable_v<TermsRecord>);

}  // namespace ai_trading::desk
