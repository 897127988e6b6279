#include "ai_trading/rules/price_collar.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>

namespace ai_trading::rules {

namespace {

constexpr std::int64_t kDollar = 1'000'000'000;
constexpr std::array kNyse{CollarRow{25 * kDollar, 1000, 150'000'000},
                           CollarRow{50 * kDollar, 500, 150'000'000},
                           CollarRow{kMaxPrice, 300, 150'000'000}};

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("price collar: " + what);
}

}  // namespace

std::span<const CollarRow> nyse_trading_collar() { return kNyse; }

PriceCollar::PriceCollar(std::span<const CollarRow> rows, std::int64_t tick_nano,
                         TickTable increments)
    : rows_(rows.begin(), rows.end()),
      tick_nano_(tick_nano),
      increments_(std::move(increments)) {
  if (tick_nano < 1)
    refuse("tick_nano must be positive; received " + std::to_string(tick_nano));
  if (rows.empty()) refuse("it needs one row or more");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string where = "row " + std::to_string(i) + ": ";
    if (rows[i].basis_points < 0 || rows[i].least_nano < 0)
      refuse(where + "percentage and amount may not be negative");
    if (i > 0 && rows[i].to_nano <= rows[i - 1].to_nano)
      refuse(where + "prices must rise from row to row");
  }
}

CollarRange PriceCollar::range(Ticks reference) const {
  __extension__ using Wide = __int128;
  if (reference.n < 1 || reference.n > kMaxPrice)
    refuse("the reference must be positive; received " + std::to_string(reference.n));
  const Wide nano = Wide{reference.n} * tick_nano_;
  auto row = rows_.begin();
  while (row + 1 != rows_.end() && nano > row->to_nano) ++row;
  const Wide away =
      std::max(nano * row->basis_points / 10'000, Wide{row->least_nano}) / tick_nano_;
  const Wide highest = std::min(Wide{reference.n} + away, Wide{kMaxPrice});
  const Wide lowest = std::max(Wide{reference.n} - away, Wide{0});
  return {increments_.up(Ticks{static_cast<std::int64_t>(lowest)}),
          increments_.down(Ticks{static_cast<std::int64_t>(highest)})};
}

Reject PriceCollar::check(Side side, Ticks price, Ticks reference) const {
  const CollarRange allowed = range(reference);
  const bool outside =
      side == Side::buy ? price > allowed.highest : price < allowed.lowest;
  return outside ? Reject::price_collar : Reject::none;
}

}  // namespace ai_trading::rules
