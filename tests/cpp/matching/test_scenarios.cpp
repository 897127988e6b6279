// Tells the stories of tests/scenarios to the engine; the grammar is in the README there.
#include <gtest/gtest.h>

#include "matching/story.hpp"
#include "places.hpp"

namespace ai_trading::matching {
namespace {

using testing_places::kScenarios;

class Scenario : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Scenario, IsToldAsWritten) {
  const std::vector<std::string> lines = lines_of(GetParam());
  ASSERT_FALSE(lines.empty());
  Teller teller;
  Engine<Teller> engine(teller, 8);
  (void)engine.advance(Nanos{0});
  EXPECT_EQ(Story(engine, teller).retell(lines), lines);
}

INSTANTIATE_TEST_SUITE_P(Stories, Scenario, testing::ValuesIn(stories_in(kScenarios)),
                         [](const auto& story) { return story.param.stem().string(); });

TEST(Scenarios, AreMany) { EXPECT_GT(stories_in(kScenarios).size(), 40U); }

}  // namespace
}  // namespace ai_trading::matching
