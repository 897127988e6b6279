// An order of a compiled strategy, in the words in which one says what one wants.
//
//   submit({.instrument = 0, .side = Side::sell, .quantity = Lots{100},
//           .stop = Ticks{9'900}});
//
// What kind of order it is follows from its terms: with a stop it waits, with a display
// quantity it is an iceberg, and so on; without any it is a limit order, or a market order
// where it has no limit.  Which kind of data can honour what is in docs/fills.md.
//
// This header needs no library.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/sim/strategy_abi.hpp"

namespace ai_trading::sim {

// What a stop watches; usual: trades, or quotes where the data has no trades.
enum class Trigger : std::uint8_t { usual = 0, last = 1, bid_ask = 2, mid = 3 };
// A post-only order that would take is refused, or steps back.
enum class PostOnly : std::uint8_t { no = 0, refuse = 1, slide = 2 };
// What a peg follows: the own best price, the middle, or the other best price.
enum class Peg : std::uint8_t { none = 0, primary = 1, midpoint = 2, market = 3 };

struct Order {
  InstrumentIndex instrument{};
  Side side = Side::buy;
  Lots quantity{};
  std::optional<Ticks> limit{};  // of a peg: never passed
  std::optional<Ticks> stop{};   // wait for this price
  Ticks trail{};                 // a stop that follows at this distance
  std::int64_t trail_points{};   // the same, in hundredths of a per cent
  Trigger trigger{};
  PostOnly post_only{};
  Lots display{};  // an iceberg: shown at a time
  bool hidden{};
  Peg peg{};
  Ticks offset{};  // of a peg, towards the other side
  Lots minimum{};  // the least to trade at a time
  bool all_or_none{};
  bool market_to_limit{};  // what is left rests at the price it traded at
  TimeInForce time_in_force = TimeInForce::day;
  Nanos expires{};  // good till then
};

namespace detail {

// The type that the terms mean together.  Throws std::invalid_argument where they mean
// more than one.
[[nodiscard]] inline OrderType type_of(const Order& order) {
  const std::pair<bool, const char*> kinds[] = {
      {order.stop.has_value(), "stop"},
      {order.trail.n != 0, "trail"},
      {order.trail_points != 0, "trail_points"},
      {order.post_only != PostOnly::no, "post_only"},
      {order.display.n != 0, "display"},
      {order.hidden, "hidden"},
      {order.peg != Peg::none, "peg"},
      {order.market_to_limit, "market_to_limit"},
  };
  std::string chosen;
  int count = 0;
  for (const auto& [given, name] : kinds) {
    if (!given) continue;
    chosen += (count == 0 ? "" : " and ") + std::string(name);
    ++count;
  }
  if (count > 1) {
    throw std::invalid_argument(
        "an order has one of stop, trail, trail_points, post_only, display, hidden, "
        "peg and market_to_limit; received " +
        chosen + ". Leave all but one out");
  }
  const bool limited = order.limit.has_value();
  if (order.market_to_limit) {
    if (limited) {
      throw std::invalid_argument(
          "a market_to_limit order takes its limit from the market; leave limit out");
    }
    return OrderType::market_to_limit;
  }
  if (order.display.n != 0 && (order.minimum.n != 0 || order.all_or_none)) {
    throw std::invalid_argument(
        "minimum and all_or_none go with market, limit, hidden and pegged orders; "
        "received an iceberg order. Leave display out");
  }
  if (order.stop) return limited ? OrderType::stop_limit : OrderType::stop;
  if (order.trail.n != 0 || order.trail_points != 0) {
    if (limited) {
      throw std::invalid_argument(
          "a trailing stop becomes a market order and has no limit; leave limit out, "
          "or "
          "use stop with limit");
    }
    return OrderType::trailing_stop;
  }
  if (order.peg != Peg::none) return OrderType::pegged;
  if (!limited && count == 1) {
    throw std::invalid_argument(chosen +
                                " needs a limit, since an order without one takes what "
                                "is there; add limit");
  }
  if (order.post_only != PostOnly::no) return OrderType::post_only;
  if (order.display.n != 0) return OrderType::iceberg;
  if (order.hidden) return OrderType::hidden;
  return limited ? OrderType::limit : OrderType::market;
}

// An order as it crosses the boundary.
struct Written {
  desk::OrderRequest request{};
  abi::Terms terms{};
};

[[nodiscard]] inline Written written(const Order& order) {
  Written out;
  const OrderType type = type_of(order);
  out.request.instrument = order.instrument;
  out.request.side = static_cast<std::uint8_t>(order.side);
  out.request.type = static_cast<std::uint8_t>(type);
  out.request.quantity = order.quantity.n;
  const bool dated = order.expires.n != 0 && order.time_in_force == TimeInForce::day;
  out.request.time_in_force =
      static_cast<std::uint8_t>(dated ? TimeInForce::gtd : order.time_in_force);
  if (type == OrderType::pegged) {
    out.terms.peg_limit = order.limit ? order.limit->n : 0;
  } else {
    out.request.price = order.limit ? order.limit->n : 0;
  }
  out.terms.stop = order.stop ? order.stop->n : 0;
  out.terms.trail = order.trail.n != 0 ? order.trail.n : order.trail_points;
  out.terms.trail_by = order.trail_points != 0 ? 1 : 0;
  out.terms.trigger = static_cast<std::uint8_t>(order.trigger);
  out.terms.slide = order.post_only == PostOnly::slide ? 1 : 0;
  out.terms.display = type == OrderType::iceberg ? order.display.n : order.minimum.n;
  out.terms.all_or_none = order.all_or_none ? 1 : 0;
  out.terms.peg = static_cast<std::uint8_t>(order.peg);
  out.terms.offset = order.offset.n;
  out.terms.expire_at = order.expires.n;
  return out;
}

}  // namespace detail

}  // namespace ai_trading::sim
