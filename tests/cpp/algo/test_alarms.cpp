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

// What stands on top, and who soon after somebody is due, by looking at everybody.
void compare(const Alarms& alarms, const std::vector<std::int64_t>& twin) {
  const auto first = std::ranges::min_element(twin);
  ASSERT_EQ(alarms.next().n, *first);
  ASSERT_EQ(alarms.top().at.n, *first);
  ASSERT_EQ(alarms.top().index, static_cast<std::size_t>(first - twin.begin()));
}

TEST(Alarms, TheEarliestIsOnTopAndOfSeveralTheFirstOfTheRow) {
  Rng rng(11);
  Alarms alarms;
  std::vector<std::int64_t> twin;
  EXPECT_TRUE(alarms.empty());
  EXPECT_EQ(alarms.next(), kNever);
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
    compare(alarms, twin);
    ASSERT_EQ(alarms.at(index).n, at);
  }
}

TEST(Alarms, WhoIsCalledStandsWhereOneWouldWhoseTimeWasSet) {
  Rng rng(13);
  Alarms alarms;
  std::vector<std::int64_t> twin;
  std::int64_t now = 0;
  int called = 0;
  for (int step = 0; step < 60'000; ++step) {
    if (twin.empty() || (twin.size() < 200 && rng.next() % 50 == 0)) {
      alarms.add();
      twin.push_back(kNever.n);
    }
    const std::size_t index = rng.next() % twin.size();
    const std::uint64_t draw = rng.next();
    // Now and then time goes on although not all who were called have been asked.
    if (draw % 16 == 0) now += 1 + static_cast<std::int64_t>(draw >> 61);
    if (draw % 3 == 0) {
      const auto first = static_cast<std::size_t>(alarms.top().index);
      twin[first] =
          draw % 5 == 0 ? kNever.n : now + static_cast<std::int64_t>(draw >> 60);
      alarms.set(first, Nanos{twin[first]});
    } else if (now < twin[index]) {
      alarms.call(index, Nanos{now});
      twin[index] = now;
      ++called;
    }
    compare(alarms, twin);
    ASSERT_EQ(alarms.at(index).n, twin[index]);
  }
  EXPECT_GT(called, 5'000);
}

TEST(Alarms, TheNextInTheRowWhoIsDueIsOneOfTheTwoBeside) {
  Alarms alarms;
  for (int i = 0; i < 8; ++i) alarms.add();  // all leaves taken
  for (const std::size_t due : {1UL, 3UL, 7UL}) alarms.set(due, Nanos{5});
  EXPECT_EQ(alarms.next_due(0, Nanos{5}), 1U);
  EXPECT_EQ(alarms.next_due(1, Nanos{5}), 3U);
  EXPECT_EQ(alarms.next_due(1, Nanos{4}), std::nullopt);
  EXPECT_EQ(alarms.next_due(3, Nanos{5}), std::nullopt);
  EXPECT_EQ(alarms.next_due(6, Nanos{9}), 7U);
  EXPECT_EQ(alarms.next_due(7, Nanos{9}), std::nullopt);
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
