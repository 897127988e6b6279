#include "ai_trading/risk/clear.hpp"

#include <algorithm>
#include <cmath>

#include "ai_trading/risk/activity.hpp"
#include "ai_trading/risk/exposure.hpp"

namespace ai_trading::risk {

namespace {

constexpr std::int64_t kFar = Bounds::kFar;

// So many of `unit` as a multiple, rounded down.
Multiple multiple(bool there, Int128 of, Int128 unit) {
  if (!there) return {0, kFar};
  return {static_cast<std::int64_t>(std::min<Int128>((of << 32) / unit, kFar)), 0};
}

}  // namespace

Bounds::Bounds(const Row& row) {
  const auto number = [&](Limit limit, std::int64_t otherwise) {
    return row.has(limit) ? std::min(row[limit], kFar) : otherwise;
  };
  // Below it an amount cannot be more than so many millionths.
  const auto money = [&](Limit limit) {
    return row.has(limit) ? upper(from_micro(row[limit])) : kFar;
  };
  const auto share = [&](Limit limit) { return number(limit, 100'000'000); };
  const auto flag = [&](Limit limit) { return row.has(limit) && row[limit] != 0; };
  constexpr Int128 kPpm = 1'000'000;

  tolerance = number(Limit::clock_tolerance, kFar);
  age = number(Limit::reference_age, kFar);
  copies = number(Limit::duplicate_window, -kFar);
  quantity = number(Limit::max_order_quantity, kFar);
  position = number(Limit::max_position, kFar);
  notional = money(Limit::max_order_notional);
  collar = multiple(row.has(Limit::price_collar), row[Limit::price_collar], kPpm);
  window = multiple(row.has(Limit::window_collar), row[Limit::window_collar], kPpm);
  volume = multiple(row.has(Limit::volume_share), row[Limit::volume_share], kPpm);
  const Int128 days = row[Limit::days_to_liquidate];
  liquidation = multiple(row.has(Limit::days_to_liquidate),
                         days * number(Limit::liquidation_share, 100'000), kPpm * 1000);
  rate = row.has(Limit::message_rate) ? row[Limit::message_rate] : 0;
  full = burst_of(row) * Bucket::kOne;
  if (row.has(Limit::order_to_trade)) {
    order_to_trade = row[Limit::order_to_trade];
    free_messages = number(Limit::free_messages, 0);
  }
  open_orders = number(Limit::open_orders, kFar);
  open_notional = money(Limit::open_notional);
  gross = money(Limit::gross_exposure);
  net = money(Limit::net_exposure);
  name_share = share(Limit::name_share);
  sector_share = share(Limit::sector_share);
  class_share = share(Limit::asset_class_share);
  group_share = share(Limit::group_share);
  leverage = share(Limit::leverage);
  // Each of nine roundings down takes up to a unit from what an order moves.
  if (row.has(Limit::var_budget))
    deviation = std::sqrt(static_cast<double>(row.max_variance)) * (1.0 - 1e-9) - 4.0;
  bucket = row.of(Limit::message_rate);
  to_trade = row.of(Limit::order_to_trade);
  open = row.of(Limit::open_orders);
  open_value = row.of(Limit::open_notional);
  const auto account = [](Owner owner) { return owner < Owner::strategy; };
  one_counter =
      account(bucket) && account(to_trade) && account(open) && account(open_value);
  never = row.incomplete;
  cash_only = flag(Limit::cash_only);
  bands = flag(Limit::price_band);
  self_trade = flag(Limit::self_trade);
  duplicates = row.has(Limit::duplicate_window);
  short_sale = flag(Limit::short_sale);
  margin = flag(Limit::margin);
  flips = row.has(Limit::flip) && static_cast<Flip>(row[Limit::flip]) != Flip::allow;
  risk = row.has(Limit::var_budget);
}

}  // namespace ai_trading::risk
