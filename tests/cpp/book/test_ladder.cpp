// A ladder against a sorted vector, with keys from one end of its range to the other.
#include "ai_trading/book/ladder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace ai_trading::book {
namespace {

using Side = Ladder<Handle>;
constexpr Side::Key kEnd = Side::kBound;

TEST(Ladder, FindsWhatASortedVectorFinds) {
  std::mt19937_64 random(7);
  for (const Side::Key reach : {Side::Key{4}, Side::Key{60}, Side::Key{400}, kEnd}) {
    Side ladder;
    std::vector<Side::Key> plain;
    const auto draw = [&] {
      if (reach == kEnd && random() % 4 == 0) return random() % 2 ? kEnd : -kEnd;
      return std::uniform_int_distribution<Side::Key>(-reach, reach)(random);
    };
    for (int step = 0; step < 4'000; ++step) {
      const Side::Key key = draw();
      const auto place = std::upper_bound(plain.begin(), plain.end(), key);
      const auto upper = static_cast<std::uint32_t>(place - plain.begin());
      ASSERT_EQ(ladder.upper(key), upper);
      const bool there = upper != 0 && plain[upper - 1] == key;
      ASSERT_EQ(ladder.find(key), there ? upper - 1 : Side::kNotFound);
      if (there) {
        ASSERT_EQ(ladder.value(upper - 1), static_cast<Handle>(key & 0xffff));
        ladder.erase(upper - 1);
        plain.erase(place - 1);
      } else if (plain.size() < 200) {
        ladder.insert(upper, key, static_cast<Handle>(key & 0xffff));
        plain.insert(place, key);
      }
      ASSERT_EQ(ladder.count(), plain.size());
    }
  }
}

TEST(Ladder, IsAskedForKeysThatCannotBeInIt) {
  Side ladder;
  for (const Side::Key key : {-kEnd, Side::Key{0}, kEnd})
    ladder.insert(ladder.upper(key), key, 1);

  using Limits = std::numeric_limits<Side::Key>;
  EXPECT_EQ(ladder.upper(-kEnd - 1), 0U);
  EXPECT_EQ(ladder.upper(Limits::min()), 0U);
  EXPECT_EQ(ladder.upper(kEnd + 1), 3U);
  EXPECT_EQ(ladder.upper(Limits::max()), 3U);
}

}  // namespace
}  // namespace ai_trading::book
