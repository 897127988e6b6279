// A side of a book against a sorted vector: near the touch, behind it, and at both ends of
// the range of keys.
#include "ai_trading/book/touch_ladder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace ai_trading::book {
namespace {

using Key = TouchLadder::Key;
constexpr Key kEnd = TouchLadder::kBound;

Handle value_of(Key key) { return static_cast<Handle>(key & 0xffff) | 0x10000; }

// The keys, best first, as the ladder tells them one by one.
std::vector<Key> told(const TouchLadder& ladder) {
  std::vector<Key> keys;
  for (std::uint32_t i = 0; i < ladder.count(); ++i) {
    keys.push_back(ladder.key(i));
    EXPECT_EQ(ladder.value(i), value_of(keys.back()));
  }
  return keys;
}

class TouchLadders : public testing::TestWithParam<std::tuple<Key, std::size_t>> {};

TEST_P(TouchLadders, HoldWhatASortedVectorHolds) {
  const auto [reach, most] = GetParam();
  std::mt19937_64 random(static_cast<std::uint64_t>(reach) + most);
  TouchLadder ladder;
  std::vector<Key> plain;  // best first
  const auto draw = [&, reach = reach] {
    if (reach == kEnd && random() % 4 == 0) return random() % 2 ? kEnd : -kEnd;
    return std::uniform_int_distribution<Key>(-reach, reach)(random);
  };
  for (int step = 0; step < 6'000; ++step) {
    // Now a random key, now one that is there, now the touch as in a crash.
    const auto kind = random() % 8;
    const Key key = plain.empty() || kind < 5 ? draw()
                    : kind < 7                ? plain[random() % plain.size()]
                                              : plain.front();
    const auto at = std::lower_bound(plain.begin(), plain.end(), key, std::greater<>());
    const bool there = at != plain.end() && *at == key;
    const TouchLadder::Place place = ladder.place(key);
    ASSERT_EQ(place.there, there) << key;
    if (there) {
      ASSERT_EQ(place.value, value_of(key));
      ladder.erase(key);
      plain.erase(at);
    } else if (plain.size() < most) {
      ladder.insert(place, key, value_of(key));
      plain.insert(at, key);
    }
    ASSERT_EQ(ladder.count(), plain.size());
    ASSERT_EQ(ladder.empty(), plain.empty());
    if (step % 16 == 0 || reach < 20) {
      ASSERT_EQ(told(ladder), plain);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ranges, TouchLadders,
                         testing::Combine(testing::Values(Key{4}, Key{12}, Key{60},
                                                          Key{400}, kEnd),
                                          testing::Values(3U, 8U, 9U, 40U, 200U)));

TEST(TouchLadder, GuessesTheLevelThatAnOrderJoins) {
  TouchLadder ladder;
  EXPECT_EQ(ladder.near(5), kNone);
  for (const Key key : {10, 20, 30})
    ladder.insert(ladder.place(key), key, value_of(key));
  EXPECT_EQ(ladder.near(30), value_of(30));
  EXPECT_EQ(ladder.near(25), value_of(20));
  for (Key key = 40; key <= 90; key += 10)
    ladder.insert(ladder.place(key), key, value_of(key));
  EXPECT_EQ(ladder.near(95), value_of(90));
}

// Every order in which nine levels can be pushed out and taken back from the touch.
TEST(TouchLadder, KeepsTheOrderThroughPushingOutAndPullingIn) {
  for (Key late = 0; late <= 9; ++late) {
    TouchLadder ladder;
    std::vector<Key> plain;
    for (Key key = 9; key >= 0; --key)
      if (key != late) {
        ladder.insert(ladder.place(key), key, value_of(key));
        plain.push_back(key);
      }
    ladder.insert(ladder.place(late), late, value_of(late));
    plain.insert(std::lower_bound(plain.begin(), plain.end(), late, std::greater<>()),
                 late);
    while (!plain.empty()) {
      ASSERT_EQ(told(ladder), plain) << late;
      ladder.erase(plain.front());
      plain.erase(plain.begin());
    }
    EXPECT_TRUE(ladder.empty());
  }
}

}  // namespace
}  // namespace ai_trading::book
