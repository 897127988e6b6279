// A waiting line, held to a deque.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/sim/line.hpp"

namespace ai_trading::sim {
namespace {

TEST(Line, IsADeque) {
  Rng rng(5);
  Line<std::uint64_t> line;
  std::deque<std::uint64_t> twin;
  for (int step = 0; step < 50'000; ++step) {
    const std::uint64_t draw = rng.next() >> 8;
    // Long times of growing and of shrinking, so that it empties now and then.
    const bool grows = (step / 700) % 2 == 0 ? draw % 5 != 0 : draw % 5 == 0;
    if (!grows) {
      if (!twin.empty()) {
        line.pop_front();
        twin.pop_front();
      }
    } else if (draw % 3 == 0) {
      const auto place = static_cast<std::ptrdiff_t>(draw / 16 % (twin.size() + 1));
      line.insert(line.begin() + place, draw);
      twin.insert(twin.begin() + place, draw);
    } else {
      EXPECT_EQ(line.push_back(draw), draw);
      twin.push_back(draw);
    }
    ASSERT_EQ(line.size(), twin.size());
    ASSERT_EQ(line.empty(), twin.empty());
    if (twin.empty()) continue;
    ASSERT_EQ(line.front(), twin.front());
    const std::size_t at = draw / 32 % twin.size();
    ASSERT_EQ(line[at], twin[at]);
    if (step % 500 == 0) {
      ASSERT_TRUE(std::ranges::equal(line, twin));
    }
  }
}

}  // namespace
}  // namespace ai_trading::sim
