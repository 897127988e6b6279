#include "ai_trading/book/level_book.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>

namespace ai_trading::book {
namespace {

using feed::Event;
using feed::EventKind;

Event level(Side side, std::int64_t price, std::int64_t quantity,
            InstrumentIndex instrument = 0) {
  Event e{};
  e.kind = static_cast<std::uint8_t>(EventKind::level);
  e.side = static_cast<std::uint8_t>(side);
  e.price = price;
  e.quantity = quantity;
  e.instrument = instrument;
  return e;
}

TEST(LevelBook, AgreesWithAMapOverRandomTraffic) {
  std::mt19937_64 rng{5};
  LevelBook book(3);
  std::map<std::tuple<InstrumentIndex, Side, std::int64_t>, std::int64_t> plain;
  for (int step = 0; step < 20'000; ++step) {
    const auto instrument = static_cast<InstrumentIndex>(rng() % 3);
    const auto side = static_cast<Side>(rng() % 2);
    if (rng() % 2000 == 0) {
      Event clear = level(side, 0, 0, instrument);
      clear.kind = static_cast<std::uint8_t>(EventKind::clear);
      ASSERT_EQ(book.apply(clear), Reject::none);
      std::erase_if(
          plain, [&](const auto& row) { return std::get<0>(row.first) == instrument; });
      continue;
    }
    // The last one is searched as books of few levels are; ends of the range are too.
    const std::uint64_t reach = instrument == 2 ? 20 : 200;
    auto price = static_cast<std::int64_t>(rng() % (reach * 2) - reach);
    if (rng() % 100 == 0) price = rng() % 2 == 0 ? kMaxPrice : -kMaxPrice;
    const auto quantity = static_cast<std::int64_t>(rng() % 5);
    ASSERT_EQ(book.apply(level(side, price, quantity, instrument)), Reject::none);
    if (quantity == 0) {
      plain.erase({instrument, side, price});
    } else {
      plain[{instrument, side, price}] = quantity;
    }
    ASSERT_EQ(book.level(instrument, side, Ticks{price}).quantity.n, quantity);
    if (step % 500 != 0) continue;

    LevelBook again(3);
    for (InstrumentIndex i = 0; i < 3; ++i) {
      for (const Side s : {Side::buy, Side::sell}) {
        std::vector<Level> expected;
        for (const auto& [key, total] : plain) {
          if (std::get<0>(key) != i || std::get<1>(key) != s) continue;
          expected.push_back({Ticks{std::get<2>(key)}, Lots{total}, 0});
          ASSERT_EQ(again.apply(level(s, std::get<2>(key), total, i)), Reject::none);
        }
        if (s == Side::buy) std::ranges::reverse(expected);
        std::vector<Level> seen(book.level_count(i, s) + 2);
        seen.resize(book.depth(i, s, seen));
        ASSERT_EQ(seen, expected);
      }
    }
    ASSERT_EQ(book.state_hash(), again.state_hash());
  }
}

TEST(LevelBook, RefusesWhatNoLevelCanBeAndChangesNothing) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  LevelBook book(2);
  ASSERT_EQ(book.apply(level(Side::buy, 100, 5)), Reject::none);
  const std::uint64_t before = book.state_hash();

  EXPECT_EQ(book.apply(level(Side::none, 100, 5)), Reject::side_missing);
  EXPECT_EQ(book.apply(level(Side::buy, 100, -1)), Reject::quantity_not_positive);
  EXPECT_EQ(book.apply(level(Side::buy, 100, kLeast)), Reject::quantity_not_positive);
  EXPECT_EQ(book.apply(level(Side::sell, kLeast, 1)), Reject::price_out_of_range);
  EXPECT_EQ(book.apply(level(Side::sell, kMost, 1)), Reject::price_out_of_range);
  EXPECT_EQ(book.apply(level(Side::buy, 100, 5, 2)), Reject::unknown_instrument);
  Event add = level(Side::buy, 100, 5);
  add.kind = static_cast<std::uint8_t>(EventKind::add);
  EXPECT_EQ(book.apply(add), Reject::not_supported_here);
  add.kind = 200;
  EXPECT_EQ(book.apply(add), Reject::not_supported_here);
  EXPECT_EQ(book.apply(level(Side::buy, 99, 0)), Reject::none);  // was not there

  EXPECT_EQ(book.state_hash(), before);
}

TEST(LevelBook, PricesAtBothEndsOfTheirRangeKeepTheirOrder) {
  for (const Side side : {Side::buy, Side::sell}) {
    LevelBook book;
    const std::vector<std::int64_t> prices{-kMaxPrice,    -1,       0, 1,
                                           kMaxPrice - 1, kMaxPrice};
    // Few levels are scanned, many are searched in blocks and then by halves.
    for (std::int64_t extra = 0; extra < 200; extra += 10) {
      for (std::int64_t i = extra; i < extra + 10; ++i)
        ASSERT_EQ(book.set(0, side, Ticks{1'000 + i}, Lots{1}), Reject::none);
      for (const std::int64_t price : prices)
        ASSERT_EQ(book.set(0, side, Ticks{price}, Lots{2}), Reject::none);
      std::vector<Level> rows(400);
      rows.resize(book.depth(0, side, rows));
      ASSERT_EQ(rows.size(), prices.size() + static_cast<std::size_t>(extra) + 10);
      for (std::size_t i = 1; i < rows.size(); ++i)
        ASSERT_TRUE(side == Side::buy ? rows[i].price < rows[i - 1].price
                                      : rows[i - 1].price < rows[i].price);
      for (const std::int64_t price : prices) {
        ASSERT_EQ(book.level(0, side, Ticks{price}).quantity, Lots{2});
        ASSERT_EQ(book.set(0, side, Ticks{price}, Lots{0}), Reject::none);
      }
    }
  }
}

}  // namespace
}  // namespace ai_trading::book
