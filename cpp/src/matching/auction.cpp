#include "ai_trading/matching/auction.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <functional>
#include <limits>

namespace ai_trading::matching {

namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// Wide sums: a side may hold more levels than 64 bits can add up.
__extension__ using Wide = __int128;

std::int64_t clamped(Wide lots) { return lots > kMost ? kMost : std::int64_t(lots); }

std::int64_t step_down(std::int64_t price, std::int64_t step) {
  const std::int64_t rest = price % step;
  return price - (rest < 0 ? rest + step : rest);
}

std::int64_t step_up(std::int64_t price, std::int64_t step) {
  const std::int64_t down = step_down(price, step);
  return down == price ? price : down + step;
}

// The multiple of `step` nearest to `price`, of two the lower.
std::int64_t step_near(std::int64_t price, std::int64_t step) {
  const std::int64_t down = step_down(price, step);
  return price - down > step / 2 ? down + step : down;
}

// Candidates from low to high that are equal in volume and in the size of the surplus.
struct Best {
  std::int64_t low{}, high{};
  std::int64_t volume{};
  std::int64_t surplus{};         // without its sign
  bool buyers{}, sellers{};       // somewhere in the range, a surplus of these
  std::int64_t last_of_buyers{};  // the highest candidate with a surplus of buyers

  void offer(std::int64_t from, std::int64_t to, std::int64_t demand,
             std::int64_t supply) {
    const std::int64_t trades = std::min(demand, supply);
    const std::int64_t left = std::max(demand, supply) - trades;
    if (trades == 0 || trades < volume || (trades == volume && left > surplus)) return;
    if (trades > volume || left < surplus) *this = {from, to, trades, left, {}, {}, {}};
    high = to;
    buyers |= demand > supply;
    sellers |= supply > demand;
    if (demand > supply) last_of_buyers = to;
  }

  // The third and the fourth step.
  [[nodiscard]] std::int64_t pick(std::int64_t reference, std::int64_t step) const {
    if (buyers && !sellers) return high;
    if (sellers && !buyers) return low;
    return step_near(std::clamp(reference, low, high), step);
  }
};

}  // namespace

std::optional<AuctionResult> auction_price(std::span<const AuctionLevel> buys,
                                           std::span<const AuctionLevel> sells,
                                           Lots market_buys, Lots market_sells,
                                           Ticks reference, Ticks step) {
  assert(step.n >= 1 && market_buys.n >= 0 && market_sells.n >= 0);
  assert(std::ranges::is_sorted(buys, std::ranges::greater{}, &AuctionLevel::price));
  assert(std::ranges::is_sorted(sells, std::ranges::less{}, &AuctionLevel::price));

  Wide demand = market_buys.n;
  Wide supply = market_sells.n;
  if (buys.empty() && sells.empty()) {
    const Lots volume = std::min(market_buys, market_sells);
    if (volume.n == 0) return std::nullopt;
    return AuctionResult{Ticks{step_near(reference.n, step.n)}, volume,
                         market_buys - market_sells};
  }

  std::int64_t low = kMost, high = -kMost;
  for (const auto side : {buys, sells}) {
    if (side.empty()) continue;
    low = std::min({low, side.front().price.n, side.back().price.n});
    high = std::max({high, side.front().price.n, side.back().price.n});
  }
  low = step_down(low, step.n);
  high = step_up(high, step.n);

  for (const AuctionLevel& level : buys) demand += level.quantity.n;
  auto buy = buys.rbegin();   // the lowest buy limit not below the price walked to
  auto sell = sells.begin();  // the lowest sell limit above it

  // From low to high in segments in which demand and supply stay what they are.
  Best best;
  for (std::int64_t price = low; price <= high;) {
    for (; buy != buys.rend() && buy->price.n < price; ++buy) demand -= buy->quantity.n;
    for (; sell != sells.end() && sell->price.n <= price; ++sell)
      supply += sell->quantity.n;
    std::int64_t last = high;
    if (buy != buys.rend()) last = std::min(last, buy->price.n);
    if (sell != sells.end()) last = std::min(last, sell->price.n - 1);
    const std::int64_t from = step_up(price, step.n), to = step_down(last, step.n);
    if (from <= to) best.offer(from, to, clamped(demand), clamped(supply));
    price = last + 1;
  }
  if (best.volume == 0) return std::nullopt;
  const std::int64_t price = best.pick(reference.n, step.n);
  const bool bought = best.buyers && price <= best.last_of_buyers;
  return AuctionResult{Ticks{price}, Lots{best.volume},
                       Lots{bought ? best.surplus : -best.surplus}};
}

}  // namespace ai_trading::matching
