#include "ai_trading/base/rows.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ai_trading/base/rng.hpp"

namespace ai_trading {
namespace {

struct Row {
  std::int64_t a{7};
  std::int32_t b{};
  friend bool operator==(const Row&, const Row&) = default;
};

TEST(Rows, HoldWhatAVectorHoldsHoweverTheyGrowAndMove) {
  Rng rng(4);
  Rows<Row> rows;
  std::vector<Row> twin;
  for (int i = 0; i < 400'000; ++i) {
    const Row row{static_cast<std::int64_t>(rng.next()), i};
    rows.push_back(row);
    twin.push_back(row);
    if (i % 39'973 == 0) {
      Rows<Row> moved(std::move(rows));
      rows = Rows<Row>();
      rows = moved;
    }
  }
  const std::span<const Row> seen(rows);
  EXPECT_TRUE(std::equal(seen.begin(), seen.end(), twin.begin(), twin.end()));
  EXPECT_EQ(rows.back(), twin.back());
}

TEST(Rows, ACopyIsItsOwn) {
  Rows<Row> rows;
  rows.emplace_back().b = 1;
  Rows<Row> copy = rows;
  copy[0].b = 2;
  copy = rows;
  rows[0].b = 3;

  EXPECT_EQ(copy[0], (Row{7, 1}));
  EXPECT_TRUE(Rows<Row>(Rows<Row>()).empty());
}

TEST(Rows, ARowOfItsOwnMayBeAddedWhileItGrows) {
  Rows<Row> rows;
  rows.push_back({5, 1});
  for (int i = 0; i < 1'000; ++i) rows.push_back(rows[0]);

  EXPECT_EQ(rows.back(), (Row{5, 1}));
}

}  // namespace
}  // namespace ai_trading
