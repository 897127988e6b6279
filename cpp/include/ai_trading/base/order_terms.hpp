// The words of an order that desk, venue and matching share.
//
// The numbers are stored in records and databases: append, never renumber.
#pragma once

#include <cstdint>

namespace ai_trading {

// FIX 4.4 OrdStatus, as a desk sees its own order.
enum class OrderStatus : std::uint8_t {
  pending_new = 0,
  accepted = 1,
  partially_filled = 2,
  filled = 3,
  pending_cancel = 4,
  pending_replace = 5,
  canceled = 6,
  rejected = 7,
  expired = 8,
  done_for_day = 9,
  stopped = 10,
  suspended = 11,
  calculated = 12,
};

[[nodiscard]] constexpr bool is_terminal(OrderStatus status) {
  return status == OrderStatus::filled || status == OrderStatus::canceled ||
         status == OrderStatus::rejected || status == OrderStatus::expired;
}

// What each means is in docs/matching.md.  A venue takes those it says it takes.
enum class OrderType : std::uint8_t {
  market = 0,
  limit = 1,
  stop = 2,
  stop_limit = 3,
  trailing_stop = 4,
  market_to_limit = 5,
  iceberg = 6,
  hidden = 7,
  post_only = 8,
  pegged = 9,
};
inline constexpr std::uint8_t kOrderTypes = 10;

// True where an order of this type has a limit price.
[[nodiscard]] constexpr bool has_limit(OrderType type) {
  return type == OrderType::limit || type == OrderType::stop_limit ||
         type == OrderType::iceberg || type == OrderType::hidden ||
         type == OrderType::post_only;
}

// True where it names the price that triggers it.
[[nodiscard]] constexpr bool has_stop_price(OrderType type) {
  return type == OrderType::stop || type == OrderType::stop_limit;
}

// True where it waits, outside the books, until the market has come to a price.
[[nodiscard]] constexpr bool is_stop(OrderType type) {
  return has_stop_price(type) || type == OrderType::trailing_stop;
}

enum class TimeInForce : std::uint8_t {
  day = 0,
  ioc = 1,
  gtc = 2,
  gtd = 3,
  fok = 4,
  at_the_open = 5,
  at_the_close = 6,
};
inline constexpr std::uint8_t kTimesInForce = 7;

enum class Liquidity : std::uint8_t { none = 0, maker = 1, taker = 2 };

}  // namespace ai_trading
