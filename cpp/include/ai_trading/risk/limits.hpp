// What may be limited, by whom, and which of several settings counts.
//
// A limit is set for all, for the account, for a strategy or for an instrument; the most
// specific setting wins, in the order instrument, strategy, account, all.  A scope may
// also lift what a wider one sets.  What is counted (messages, open orders, executions)
// is counted in the scope whose setting won: the account where that is the account or
// all.  Losses are watched in each scope that sets them, on its own profit.
//
// Units       `Unit` says what a whole number means: quantities and money in 1e-6, shares
//             in parts per million, times in nanoseconds, rates and days in 1e-3.
// Cost        resolving happens when limits change; an order looks up one row.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "ai_trading/base/instrument.hpp"
#include "ai_trading/base/money.hpp"
#include "ai_trading/base/reject.hpp"

namespace ai_trading::risk {

enum class Limit : std::uint8_t {
  clock_tolerance,
  reference_age,
  max_order_quantity,
  max_order_notional,
  price_collar,
  window_collar,
  collar_window,
  volume_share,
  price_band,
  duplicate_window,
  self_trade,
  short_sale,
  max_position,
  message_rate,
  message_burst,
  max_executions,
  execution_window,
  order_to_trade,
  free_messages,
  open_orders,
  open_notional,
  gross_exposure,
  net_exposure,
  name_share,
  sector_share,
  asset_class_share,
  group_share,
  days_to_liquidate,
  liquidation_share,
  leverage,
  margin,
  cash_only,
  var_budget,
  daily_loss_soft,
  daily_loss,
  drawdown,
  flip,
  cancel_on_halt,
  cancel_on_disconnect,
};
inline constexpr std::size_t kLimits = 39;

enum class Unit : std::uint8_t {
  quantity,
  money,
  share,
  time,
  count,
  milli,
  flag,
  flip
};

// What becomes of an order that would take the position through zero.
enum class Flip : std::uint8_t { allow = 0, cut = 1, refuse = 2 };

struct LimitInfo {
  Limit limit;
  std::string_view name;
  Unit unit;
  Reject reason;        // none: it qualifies another limit
  bool reducing_skips;  // an order that can only reduce is not held to it
  std::string_view meaning;
};

// In the order in which an order meets them.
inline constexpr std::array<LimitInfo, kLimits> kLimitTable{{
    {Limit::clock_tolerance, "clock_tolerance", Unit::time, Reject::clock_skew, false,
     "how far order, market data and desk may disagree on the time"},
    {Limit::reference_age, "reference_age", Unit::time, Reject::stale_reference, false,
     "how old the reference price may be"},
    {Limit::max_order_quantity, "max_order_quantity", Unit::quantity,
     Reject::max_quantity, false, "quantity of one order"},
    {Limit::max_order_notional, "max_order_notional", Unit::money, Reject::max_notional,
     false, "value of one order"},
    {Limit::price_collar, "price_collar", Unit::share, Reject::price_collar, false,
     "distance of a limit price from the reference, as a share of it"},
    {Limit::window_collar, "window_collar", Unit::share, Reject::window_collar, false,
     "a buy above the lowest reference of the collar window, a sale below the highest"},
    {Limit::collar_window, "collar_window", Unit::time, Reject::none, false,
     "length of the collar window, of which one to two are looked back on; a minute if "
     "not set"},
    {Limit::volume_share, "volume_share", Unit::share, Reject::volume_share, false,
     "quantity of one order as a share of the average daily volume"},
    {Limit::price_band, "price_band", Unit::flag, Reject::price_band, false,
     "buys above and sales below the limit-up limit-down band are refused"},
    {Limit::duplicate_window, "duplicate_window", Unit::time, Reject::duplicate_order,
     false, "time in which an order like one of the instrument's last four is a copy"},
    {Limit::self_trade, "self_trade", Unit::flag, Reject::self_trade, false,
     "an order that would trade with an open order of our own is refused"},
    {Limit::short_sale, "short_sale", Unit::flag, Reject::no_locate, true,
     "short sales need a locate, and a price above the bid under a price test"},
    {Limit::max_position, "max_position", Unit::quantity, Reject::position_limit, true,
     "absolute position, open orders included"},
    {Limit::message_rate, "message_rate", Unit::milli, Reject::message_rate, true,
     "messages per second, by a token bucket"},
    {Limit::message_burst, "message_burst", Unit::count, Reject::none, true,
     "messages that the bucket holds; one second's where it is not set"},
    {Limit::max_executions, "max_executions", Unit::count, Reject::execution_throttle,
     true, "executions in the execution window before the scope may only reduce"},
    {Limit::execution_window, "execution_window", Unit::time, Reject::none, true,
     "what executions are counted over, one to two of it; a second if not set"},
    {Limit::order_to_trade, "order_to_trade", Unit::milli, Reject::order_to_trade, true,
     "messages per trade of the day"},
    {Limit::free_messages, "free_messages", Unit::count, Reject::none, true,
     "messages of the day before their ratio to trades counts"},
    {Limit::open_orders, "open_orders", Unit::count, Reject::open_orders, true,
     "open orders at once"},
    {Limit::open_notional, "open_notional", Unit::money, Reject::open_notional, true,
     "value of open orders at once"},
    {Limit::gross_exposure, "gross_exposure", Unit::money, Reject::gross_exposure, true,
     "sum of the names' absolute values"},
    {Limit::net_exposure, "net_exposure", Unit::money, Reject::net_exposure, true,
     "absolute sum of the names' values, all buys or all sales executed"},
    {Limit::name_share, "name_share", Unit::share, Reject::name_concentration, true,
     "one name as a share of the equity"},
    {Limit::sector_share, "sector_share", Unit::share, Reject::sector_concentration,
     true, "one sector's gross exposure as a share of the equity"},
    {Limit::asset_class_share, "asset_class_share", Unit::share,
     Reject::asset_class_concentration, true,
     "one asset class's gross exposure as a share of the equity"},
    {Limit::group_share, "group_share", Unit::share, Reject::group_concentration, true,
     "one correlation group's gross exposure as a share of the equity"},
    {Limit::days_to_liquidate, "days_to_liquidate", Unit::milli,
     Reject::days_to_liquidate, true,
     "days to trade out of a name at the liquidation share of its volume"},
    {Limit::liquidation_share, "liquidation_share", Unit::share, Reject::none, true,
     "share of the daily volume that liquidating takes; a tenth if not set"},
    {Limit::leverage, "leverage", Unit::share, Reject::leverage, true,
     "gross exposure as a multiple of the equity"},
    {Limit::margin, "margin", Unit::flag, Reject::insufficient_margin, true,
     "the equity must cover the initial margin of all names"},
    {Limit::cash_only, "cash_only", Unit::flag, Reject::insufficient_cash, true,
     "buys are paid from cash, and nothing is sold short"},
    {Limit::var_budget, "var_budget", Unit::money, Reject::var_budget, true,
     "value at risk if all open orders execute, where the order raises it"},
    {Limit::daily_loss_soft, "daily_loss_soft", Unit::money, Reject::daily_loss, true,
     "loss of the day at which the scope may only reduce"},
    {Limit::daily_loss, "daily_loss", Unit::money, Reject::daily_loss_hard, false,
     "loss of the day at which the scope is halted"},
    {Limit::drawdown, "drawdown", Unit::share, Reject::drawdown, true,
     "fall from the highest equity beyond which the account may only reduce"},
    {Limit::flip, "flip", Unit::flip, Reject::would_flip, false,
     "an order through zero passes as any other, is cut to zero, or is refused"},
    {Limit::cancel_on_halt, "cancel_on_halt", Unit::flag, Reject::none, false,
     "a scope that is halted by a breach has its open orders canceled"},
    {Limit::cancel_on_disconnect, "cancel_on_disconnect", Unit::flag, Reject::none,
     false, "open orders are canceled when the connection is lost"},
}};

[[nodiscard]] constexpr std::size_t place(Limit limit) {
  return static_cast<std::size_t>(limit);
}
[[nodiscard]] constexpr std::uint64_t bit(Limit limit) {
  return std::uint64_t{1} << place(limit);
}

// What one scope says.
struct LimitSet {
  std::array<std::int64_t, kLimits> value{};
  std::uint64_t given{};   // bits of limits that it sets
  std::uint64_t lifted{};  // bits of limits that it takes away

  // Throws std::invalid_argument where the value cannot be: below 1, or a flag that is
  // not 0 or 1, a flip beyond 2, a burst or a multiple beyond what the gate can count.
  void set(Limit limit, std::int64_t to);
  void lift(Limit limit);
};

struct LimitBook {
  LimitSet all, account;
  std::vector<LimitSet> strategies;   // by strategy; those missing set nothing
  std::vector<LimitSet> instruments;  // by instrument
  std::uint64_t required{};           // bits; without one of them no order passes
};

// Who set a limit, and so whose counters it is held against.
enum class Owner : std::uint8_t { none, all, account, strategy, instrument };

// What an order of one strategy in one instrument is held to.
struct Row {
  std::array<std::int64_t, kLimits> value{};  // quantities in lots
  Int128 max_variance{};                      // in the units of exposure.hpp
  std::uint64_t set{};
  std::array<Owner, kLimits> owner{};
  bool incomplete{};  // a required limit is missing

  [[nodiscard]] bool has(Limit limit) const { return (set & bit(limit)) != 0; }
  [[nodiscard]] std::int64_t operator[](Limit limit) const {
    return value[place(limit)];
  }
  [[nodiscard]] Owner of(Limit limit) const { return owner[place(limit)]; }
  friend bool operator==(const Row&, const Row&) = default;
};

// How many messages a row's bucket holds.
[[nodiscard]] inline std::int64_t burst_of(const Row& row) {
  if (row.has(Limit::message_burst)) return row[Limit::message_burst];
  return std::max<std::int64_t>(1, row[Limit::message_rate] / 1000);
}

// The row of a strategy and an instrument.  `quantile_milli` is how many standard
// deviations the value at risk is, in 1e-3.
[[nodiscard]] Row resolve(const LimitBook& book, std::size_t strategy,
                          std::size_t instrument, const Instrument& terms,
                          std::int64_t quantile_milli);

}  // namespace ai_trading::risk
