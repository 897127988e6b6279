// The survey of records, held to what a person would count.
#include "ai_trading/feed/survey.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace ai_trading::feed {
namespace {

Event event(std::int64_t time, EventKind kind, std::uint32_t instrument) {
  Event e{};
  e.timestamp = time;
  e.kind = static_cast<std::uint8_t>(kind);
  e.instrument = instrument;
  return e;
}

template <class Record>
Survey of(const std::vector<Record>& records) {
  return survey<Record>(reinterpret_cast<const std::byte*>(records.data()),
                        records.size(), sizeof(Record));
}

TEST(Survey, CountsWhatIsLateAndNamesTheFirst) {
  const Survey found =
      of<Event>({event(5, EventKind::add, 2), event(5, EventKind::remove, 0),
                 event(4, EventKind::add, 1), event(6, EventKind::add, 1),
                 event(-9, EventKind::add, 1)});

  EXPECT_EQ(found.late, 2U);
  EXPECT_EQ(found.first_late, 2U);
  EXPECT_EQ(found.instrument, 2);
  EXPECT_EQ(found.kinds, 0b1010U);
}

TEST(Survey, LeavesTheInstrumentsOfMessagesOut) {
  const Survey found =
      of<Event>({event(0, EventKind::info, 0xffff'ffff), event(0, EventKind::info, 7)});

  EXPECT_EQ(found.instrument, -1);
  EXPECT_EQ(found.kinds, 1U);
}

TEST(Survey, TakesTheEarliestTimeAndKindsThatNobodyKnows) {
  Event odd = event(INT64_MIN, EventKind::add, 0xffff'ffff);
  odd.kind = 200;

  const Survey found = of<Event>({odd});

  EXPECT_EQ(found.late, 0U);
  EXPECT_EQ(found.instrument, 0xffff'ffffLL);
  EXPECT_EQ(found.kinds, 0U);
}

TEST(Survey, StepsOverWhatLiesBetweenRecordsAtAnyAddress) {
  std::array<std::byte, 1 + 3 * 64> bytes{};
  for (std::size_t i = 0; i < 3; ++i) {
    Bar bar{};
    bar.timestamp = static_cast<std::int64_t>(10 - i);
    bar.instrument = static_cast<std::uint32_t>(i);
    std::memcpy(bytes.data() + 1 + (2 - i) * sizeof(Bar), &bar, sizeof(bar));
  }

  const Survey backwards = survey<Bar>(bytes.data() + 1 + 2 * sizeof(Bar), 3,
                                       -static_cast<std::ptrdiff_t>(sizeof(Bar)));
  const Survey every_other =
      survey<Bar>(bytes.data() + 1, 2, 2 * static_cast<std::ptrdiff_t>(sizeof(Bar)));

  EXPECT_EQ(backwards.late, 2U);
  EXPECT_EQ(backwards.first_late, 1U);
  EXPECT_EQ(every_other.late, 0U);
  EXPECT_EQ(every_other.instrument, 2);
}

}  // namespace
}  // namespace ai_trading::feed
