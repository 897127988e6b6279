#include "ai_trading/matching/auction.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <limits>
#include <map>
#include <vector>

#include "ai_trading/base/rng.hpp"

namespace ai_trading::matching {
namespace {

struct AuctionBook {
  std::vector<AuctionLevel> buys, sells;  // best first
  Lots market_buys, market_sells;

  std::optional<AuctionResult> uncross(std::int64_t reference,
                                       std::int64_t step = 1) const {
    return auction_price(buys, sells, market_buys, market_sells, Ticks{reference},
                         Ticks{step});
  }
};

AuctionLevel at(std::int64_t price, std::int64_t quantity) {
  return {Ticks{price}, Lots{quantity}};
}

std::optional<AuctionResult> result(std::int64_t price, std::int64_t volume,
                                    std::int64_t imbalance) {
  return AuctionResult{Ticks{price}, Lots{volume}, Lots{imbalance}};
}

// The shapes of the examples in the Xetra market model, with numbers of our own.

TEST(Auction, TakesThePriceOfMostVolume) {
  // Demand/supply: 201 20/60, 200 50/60, 199 50/30, 198 70/30.
  const AuctionBook book{
      {at(201, 20), at(200, 30), at(198, 20)}, {at(198, 30), at(200, 30)}, {}, {}};
  EXPECT_EQ(book.uncross(0), result(200, 50, -10));
}

TEST(Auction, TakesTheSmallestSurplusOfEqualVolumes) {
  // Volume 40 from 199 to 201; demand 45 up to 200 and 40 above.
  const AuctionBook book{{at(201, 40), at(200, 5)}, {at(199, 40)}, {}, {}};
  EXPECT_EQ(book.uncross(0), result(201, 40, 0));
}

TEST(Auction, GoesToTheHighestPriceWhereBuyersAreLeftEverywhere) {
  const AuctionBook book{{at(202, 40), at(201, 10)}, {at(199, 30)}, {}, {}};
  // 199 to 201 leave 20 buyers, 202 leaves 10: the smaller surplus goes first.
  EXPECT_EQ(book.uncross(0), result(202, 30, 10));
  const AuctionBook even{{at(202, 40)}, {at(199, 30)}, {}, {}};
  EXPECT_EQ(even.uncross(0), result(202, 30, 10));
  EXPECT_EQ(even.uncross(1'000), result(202, 30, 10));
}

TEST(Auction, GoesToTheLowestPriceWhereSellersAreLeftEverywhere) {
  const AuctionBook book{{at(202, 30)}, {at(199, 40)}, {}, {}};
  EXPECT_EQ(book.uncross(1'000), result(199, 30, -10));
}

TEST(Auction, AsksTheReferenceWhereNobodyIsLeft) {
  const AuctionBook book{{at(202, 30)}, {at(199, 30)}, {}, {}};
  EXPECT_EQ(book.uncross(198), result(199, 30, 0));
  EXPECT_EQ(book.uncross(200), result(200, 30, 0));
  EXPECT_EQ(book.uncross(205), result(202, 30, 0));
}

TEST(Auction, AsksTheReferenceWhereBuyersAreLeftBelowAndSellersAbove) {
  // 200 and below leave 10 buyers, 201 and above 10 sellers, all with volume 30.
  const AuctionBook book{
      {at(202, 30), at(200, 10)}, {at(199, 30), at(201, 10)}, {}, {}};
  EXPECT_EQ(book.uncross(200), result(200, 30, 10));
  EXPECT_EQ(book.uncross(201), result(201, 30, -10));
  EXPECT_EQ(book.uncross(150), result(199, 30, 10));
  EXPECT_EQ(book.uncross(250), result(202, 30, -10));
}

TEST(Auction, TradesMarketOrdersAgainstEachOtherAtTheReference) {
  const AuctionBook book{{}, {}, Lots{70}, Lots{50}};
  EXPECT_EQ(book.uncross(123), result(123, 50, 20));
  EXPECT_EQ(book.uncross(123, 10), result(120, 50, 20));
  EXPECT_EQ(book.uncross(126, 10), result(130, 50, 20));
  EXPECT_EQ(book.uncross(125, 10), result(120, 50, 20));  // of two, the lower
}

TEST(Auction, TradesMarketOrdersAgainstALimitAtTheLimit) {
  const AuctionBook book{{}, {at(200, 10)}, Lots{25}, {}};
  EXPECT_EQ(book.uncross(100), result(200, 10, 15));
  EXPECT_EQ(book.uncross(300), result(200, 10, 15));
}

TEST(Auction, HasNoPriceWhereNobodyTrades) {
  EXPECT_EQ((AuctionBook{{}, {}, Lots{5}, {}}.uncross(100)), std::nullopt);
  EXPECT_EQ((AuctionBook{{at(99, 5)}, {at(100, 5)}, {}, {}}.uncross(100)),
            std::nullopt);
  EXPECT_EQ((AuctionBook{{at(99, 5)}, {}, {}, {}}.uncross(100)), std::nullopt);
}

TEST(Auction, StaysOnThePriceStep) {
  // Nobody is left from 100 to 299; without the step, 299 would be nearest to 1000.
  const AuctionBook book{{at(500, 10)}, {at(100, 10), at(300, 5)}, {}, {}};
  EXPECT_EQ(book.uncross(1'000), result(299, 10, 0));
  EXPECT_EQ(book.uncross(1'000, 100), result(200, 10, 0));
  EXPECT_EQ(book.uncross(151, 100), result(200, 10, 0));
  EXPECT_EQ(book.uncross(150, 100), result(100, 10, 0));
}

TEST(Auction, AddsSidesThatLeave64BitsWithoutOverflow) {
  const std::int64_t huge = kMaxQuantity;
  const AuctionBook book{{at(10, huge), at(9, huge), at(8, huge)},
                         {at(7, huge), at(8, huge), at(9, huge)},
                         Lots{huge},
                         Lots{huge}};
  const auto uncrossed = book.uncross(9);
  ASSERT_TRUE(uncrossed);
  EXPECT_EQ(uncrossed->volume, Lots{std::numeric_limits<std::int64_t>::max()});
}

// The rule read out loud: every step price in the range, kept or dropped step by step.
std::optional<AuctionResult> plain(const AuctionBook& book, std::int64_t reference,
                                   std::int64_t step) {
  const auto demand = [&](std::int64_t p) {
    std::int64_t sum = book.market_buys.n;
    for (const auto& level : book.buys)
      sum += level.price.n >= p ? level.quantity.n : 0;
    return sum;
  };
  const auto supply = [&](std::int64_t p) {
    std::int64_t sum = book.market_sells.n;
    for (const auto& level : book.sells)
      sum += level.price.n <= p ? level.quantity.n : 0;
    return sum;
  };
  std::vector<std::int64_t> limits, prices;
  for (const auto& level : book.buys) limits.push_back(level.price.n);
  for (const auto& level : book.sells) limits.push_back(level.price.n);
  if (limits.empty()) limits.push_back(reference);
  const auto [low, high] = std::ranges::minmax(limits);
  for (std::int64_t p = low - step; p <= high + step; ++p) {
    const bool outside = p <= low - step || p >= high + step;
    if (p % step == 0 && !outside) prices.push_back(p);
  }
  if (book.buys.empty() && book.sells.empty() && prices.size() == 2) {
    const bool up = prices[1] - reference < reference - prices[0];
    prices = {prices[up ? 1 : 0]};
  }
  const auto keep = [&](const std::function<std::int64_t(std::int64_t)>& smallest) {
    std::int64_t best = std::numeric_limits<std::int64_t>::max();
    for (const std::int64_t p : prices) best = std::min(best, smallest(p));
    std::erase_if(prices, [&](std::int64_t p) { return smallest(p) != best; });
  };
  const auto volume = [&](std::int64_t p) { return std::min(demand(p), supply(p)); };
  const auto left = [&](std::int64_t p) { return demand(p) - supply(p); };
  keep([&](std::int64_t p) { return -volume(p); });
  if (prices.empty() || volume(prices[0]) == 0) return std::nullopt;
  keep([&](std::int64_t p) { return std::abs(left(p)); });
  if (std::ranges::all_of(prices, [&](auto p) { return left(p) > 0; }))
    keep([](std::int64_t p) { return -p; });
  else if (std::ranges::all_of(prices, [&](auto p) { return left(p) < 0; }))
    keep([](std::int64_t p) { return p; });
  else
    keep([&](std::int64_t p) { return std::abs(p - reference); });
  const std::int64_t price = prices[0];
  return result(price, volume(price), left(price));
}

AuctionBook random_book(Rng& rng) {
  const auto below = [&](std::uint64_t n) { return std::int64_t(rng.next() % n); };
  const auto side = [&](std::int64_t most) {
    std::map<std::int64_t, std::int64_t> levels;
    for (std::int64_t i = below(6); i > 0; --i)
      levels[below(24) - 8] = 1 + below(std::uint64_t(most));
    std::vector<AuctionLevel> out;
    for (const auto& [price, quantity] : levels) out.push_back(at(price, quantity));
    return out;
  };
  const std::int64_t most = 1 + below(6);  // small sizes make ties
  AuctionBook book{side(most), side(most), {}, {}};
  std::ranges::reverse(book.buys);
  if (below(3) == 0) book.market_buys = Lots{below(8)};
  if (below(3) == 0) book.market_sells = Lots{below(8)};
  return book;
}

TEST(Auction, AgreesWithTheRuleReadOutLoudOnRandomBooks) {
  Rng rng{20260101};
  int traded = 0;
  for (int round = 0; round < 60'000; ++round) {
    const AuctionBook book = random_book(rng);
    const std::int64_t reference = std::int64_t(rng.next() % 40) - 16;
    const std::int64_t step = 1 + std::int64_t(rng.next() % 4);
    const auto expected = plain(book, reference, step);
    ASSERT_EQ(book.uncross(reference, step), expected)
        << "round " << round << " reference " << reference << " step " << step;
    traded += expected.has_value();
  }
  EXPECT_GT(traded, 20'000);
}

}  // namespace
}  // namespace ai_trading::matching
