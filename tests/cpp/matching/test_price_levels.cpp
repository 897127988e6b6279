// Price levels against a sorted map, where the window moves and grows, at the borders of
// its words and groups, and far outside of it.
#include "ai_trading/matching/price_levels.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <iterator>
#include <map>

#include "ai_trading/base/rng.hpp"

namespace ai_trading::matching {
namespace {

class Twin {
 public:
  explicit Twin(std::int64_t step) : step_(step) { levels_.set_step(step); }

  // Steps, not prices.
  void insert(std::int64_t at) {
    levels_.insert(at * step_, next_);
    plain_.emplace(at * step_, next_++);
  }
  void erase(std::int64_t at) {
    levels_.erase(at * step_);
    plain_.erase(at * step_);
  }
  void toggle(std::int64_t at) { plain_.contains(at * step_) ? erase(at) : insert(at); }

  [[nodiscard]] std::int64_t best() const { return plain_.rbegin()->first / step_; }
  [[nodiscard]] bool empty() const { return plain_.empty(); }

  void expect_same_best() const {
    ASSERT_EQ(levels_.empty(), plain_.empty());
    ASSERT_EQ(levels_.count(), plain_.size());
    if (plain_.empty()) return;
    ASSERT_EQ(levels_.best_key(), plain_.rbegin()->first);
    ASSERT_EQ(levels_.best(), plain_.rbegin()->second);
  }
  void expect_same_at(std::int64_t at) const {
    const Key key = at * step_;
    const auto here = plain_.lower_bound(key);
    const bool there = here != plain_.end() && here->first == key;
    ASSERT_EQ(levels_.find(key), there ? here->second : kNone);
    ASSERT_EQ(levels_.below(key),
              here == plain_.begin() ? kNoKey : std::prev(here)->first);
  }
  void expect_same_walk() const {
    Key key = levels_.best_key();
    for (auto row = plain_.rbegin(); row != plain_.rend(); ++row) {
      ASSERT_EQ(key, row->first);
      ASSERT_EQ(levels_.find(key), row->second);
      key = levels_.below(key);
    }
    ASSERT_EQ(key, kNoKey);
  }

 private:
  std::int64_t step_;
  PriceLevels levels_;
  std::map<Key, Handle> plain_;
  Handle next_ = 1;
};

constexpr std::int64_t kSteps[] = {1, 100, std::int64_t{1} << 40};

TEST(PriceLevels, HoldWhatASortedMapHoldsWhileTheTouchWandersAndFalls) {
  for (const std::int64_t step : kSteps) {
    for (const std::int64_t reach : {8, 70, 5'000, 70'000, 400'000}) {
      Rng rng(static_cast<std::uint64_t>(step + reach));
      const auto draw = [&](std::int64_t n) {
        return static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(n)));
      };
      Twin twin(step);
      std::int64_t touch = 0;
      for (int i = 0; i < 6'000; ++i) {
        touch += draw(64) - 32;
        if (draw(400) == 0) touch += draw(2) == 0 ? -reach : reach;
        // Most near the touch, others anywhere behind it.
        const std::int64_t behind = draw(3) == 0 ? draw(reach) : draw(8);
        twin.toggle(touch - behind);
        if (!twin.empty() && draw(4) == 0) twin.erase(twin.best());
        twin.expect_same_best();
        twin.expect_same_at(touch - draw(reach));
        twin.expect_same_at(touch + draw(reach));
        if (HasFatalFailure()) return;
      }
      twin.expect_same_walk();
    }
  }
}

TEST(PriceLevels, FindTheNextOneAcrossTheBordersOfWordsGroupsAndTheWindow) {
  for (const std::int64_t step : kSteps) {
    Twin twin(step);
    twin.insert(0);
    // Enough of them behind the touch, and the window takes its largest size.
    for (std::int64_t at = 13; at < 70'000; at += 13) twin.insert(-at);
    twin.expect_same_walk();
    for (std::int64_t at = 0; at < 70'000; at += 13) twin.erase(-at);
    ASSERT_TRUE(twin.empty());
    twin.expect_same_best();

    for (const std::int64_t width : {1, 63, 64, 65, 4'095, 4'096, 4'097, 65'537}) {
      for (std::int64_t at = 0; at < 3; ++at) twin.insert(-at * width);
      twin.expect_same_walk();
      for (std::int64_t at = 0; at < 3; ++at) {
        twin.expect_same_best();
        twin.expect_same_at(-at * width - 1);
        twin.expect_same_at(-at * width + 1);
        twin.erase(-at * width);
      }
      twin.expect_same_best();
      if (HasFatalFailure()) return;
    }
  }
}

TEST(PriceLevels, KeepFarStragglersWhenTheTouchComesBackToThem) {
  Twin twin(1);
  for (const std::int64_t at : {-kMaxPrice, std::int64_t{-1'000'000}, std::int64_t{5}})
    twin.insert(at);
  for (std::int64_t at = 6; at < 100'000; at += 7) twin.insert(at);
  for (std::int64_t at = 6; at < 100'000; at += 7) twin.erase(at);
  twin.expect_same_walk();

  twin.erase(5);
  twin.expect_same_best();
  twin.insert(kMaxPrice);
  twin.expect_same_walk();
  twin.erase(kMaxPrice);
  twin.erase(-1'000'000);

  twin.expect_same_walk();
}

}  // namespace
}  // namespace ai_trading::matching
