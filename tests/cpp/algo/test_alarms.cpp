// Who is woken next, held to the plain ways of keeping the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "ai_trading/algo/alarms.hpp"
#include "ai_trading/algo/sleepers.hpp"
#include "ai_trading/base/growing_block.hpp"
#include "ai_trading/base/rng.hpp"

namespace ai_trading::algo {
namespace {

TEST(Alarms, TheEarliestIsOnTopAndOfSeveralTheFirstOfTheRow) {
  Rng rng(11);
  Alarms alarms;
  std::vector<std::int64_t> twin;
  EXPECT_TRUE(alarms.empty());
  for (int step = 0; step < 30'000; ++step) {
    if (twin.empty() || (twin.size() < 70 && rng.next() % 50 == 0)) {
      alarms.add();
      twin.push_back(kNever.n);
    }
    const std::size_t index = rng.next() % twin.size();
    // Few different times, so that many are equal; now and then none, or before zero.
    const std::uint64_t draw = rng.next();
    const std::int64_t at =
        draw % 9 == 0 ? kNever.n : static_cast<std::int64_t>(draw % 13) - 3;
    alarms.set(index, Nanos{at});
    twin[index] = at;

    const auto first = std::ranges::min_element(twin);
    ASSERT_EQ(alarms.top().at.n, *first);
    ASSERT_EQ(alarms.top().index, static_cast<std::size_t>(first - twin.begin()));
    ASSERT_EQ(alarms.at(index).n, at);
  }
}

TEST(Sleepers, AreRousedPriceByPriceTheWorstFirst) {
  Rng rng(12);
  Sleepers sleepers;
  std::multimap<std::int64_t, std::uint32_t> twin;
  for (std::uint32_t step = 0; step < 20'000; ++step) {
    const auto goodness = static_cast<std::int64_t>(rng.next() % 15) - 7;
    if (rng.next() % 4 != 0) {
      sleepers.add(goodness, step);
      twin.emplace(goodness, step);
      continue;
    }
    std::vector<std::pair<std::int64_t, std::uint32_t>> found;
    sleepers.rouse(goodness, [&](std::int64_t price, std::uint32_t index) {
      found.emplace_back(price, index);
    });
    const auto past = twin.lower_bound(goodness);
    const std::vector<std::pair<std::int64_t, std::uint32_t>> wanted(twin.begin(),
                                                                     past);
    twin.erase(twin.begin(), past);
    ASSERT_EQ(found, wanted);
    ASSERT_EQ(sleepers.empty(), twin.empty());
  }
}

TEST(GrowingBlock, KeepsItsBytesFromTheHeapIntoLargePagesAndOn) {
  GrowingBlock block;
  std::size_t known = 0;
  for (std::size_t bytes = 100; bytes < 20 * GrowingBlock::kLargePage; bytes *= 3) {
    block.grow(bytes);
    ASSERT_GE(block.bytes(), bytes);
    auto* const at = static_cast<unsigned char*>(block.data());
    for (std::size_t i = 0; i < known; i += 97) ASSERT_EQ(at[i], i % 251);
    known = block.bytes();
    for (std::size_t i = 0; i < known; ++i) at[i] = static_cast<unsigned char>(i % 251);
    GrowingBlock moved(std::move(block));
    block = std::move(moved);
    block.grow(1);  // never smaller
    ASSERT_EQ(block.bytes(), known);
  }
}

}  // namespace
}  // namespace ai_trading::algo
