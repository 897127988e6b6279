#include "ai_trading/feed/lobster.hpp"

#include <gtest/gtest.h>

#include "itch_samples.hpp"

namespace ai_trading::feed {
namespace {

constexpr Nanos kMidnight{1'340'251'200'000'000'000};
constexpr auto kNone = static_cast<std::uint8_t>(Side::none);

std::vector<Event> decode(LobsterDecoder& decoder, std::string_view text) {
  std::vector<Event> events;
  decoder.decode(std::as_bytes(std::span(text)),
                 [&](const Event& event) { events.push_back(event); });
  return events;
}

std::vector<Event> decode_all(LobsterDecoder& decoder, std::string_view text) {
  auto events = decode(decoder, text);
  decoder.finish([&](const Event& event) { events.push_back(event); });
  return events;
}

Event expected(std::int64_t time, EventKind kind, Side side, std::uint16_t flags,
               std::uint64_t id, std::int64_t price, std::int64_t quantity,
               std::uint64_t aux) {
  return {kMidnight.n + time,
          4,
          static_cast<std::uint8_t>(kind),
          static_cast<std::uint8_t>(side),
          flags,
          id,
          price,
          quantity,
          aux};
}

constexpr std::string_view kLines =
    "34200.017459617,1,11885113,21,2238100,1\n"
    "34200.1,2,11885113,1,2238100,1\n"
    "34200.2,4,11885113,10,2238100,1\n"
    "34200.3,3,11885113,10,2238100,1\n"
    "34200.4,5,0,5,2238150,-1\n"
    "34201,6,0,500,2238000,-1\n"
    "36023,7,0,0,-1,-1\n"
    "36323,7,0,0,0,-1\n"
    "36723.000000001,7,0,0,1,-1\n";

TEST(LobsterDecoder, ReadsEveryType) {
  LobsterDecoder decoder(kMidnight, 4);

  const auto events = decode(decoder, kLines);

  using enum EventKind;
  const std::vector<Event> wanted{
      expected(34'200'017'459'617, add, Side::buy, 0, 11885113, 2238100, 21, 0),
      expected(34'200'100'000'000, reduce, Side::buy, 0, 11885113, 2238100, 1, 0),
      expected(34'200'200'000'000, execute, Side::buy, 0, 11885113, 2238100, 10, 0),
      expected(34'200'300'000'000, remove, Side::buy, 0, 11885113, 2238100, 10, 0),
      expected(34'200'400'000'000, trade, Side::sell, flag::hidden, 0, 2238150, 5, 0),
      expected(34'201'000'000'000, cross, Side::sell, 0, 0, 2238000, 500, 0),
      expected(36'023'000'000'000, status, Side::none, 0, 0, 0, 0, 3),
      expected(36'323'000'000'000, status, Side::none, 0, 0, 0, 0, 5),
      expected(36'723'000'000'001, status, Side::none, 0, 0, 0, 0, 2)};
  EXPECT_EQ(events, wanted);
  EXPECT_FALSE(decoder.problem());
  EXPECT_EQ(decoder.lines(), 9U);
  EXPECT_EQ(decoder.offset(), kLines.size());
  EXPECT_EQ(decoder.counts()[7], 3U);
}

TEST(LobsterDecoder, GivesTheSameEventsHoweverTheTextIsCut) {
  LobsterDecoder at_once(kMidnight, 4);
  const auto whole = decode(at_once, kLines);

  for (std::size_t cut = 0; cut <= kLines.size(); ++cut) {
    LobsterDecoder decoder(kMidnight, 4);
    auto events = decode(decoder, kLines.substr(0, cut));
    const auto rest = decode_all(decoder, kLines.substr(cut));
    events.insert(events.end(), rest.begin(), rest.end());
    ASSERT_EQ(events, whole) << "cut at " << cut;
    ASSERT_EQ(decoder.offset(), kLines.size());
  }
}

TEST(LobsterDecoder, EndsOfTheInputAreLinesOrErrorsNeverLost) {
  for (std::size_t cut = 0; cut <= 40; ++cut) {
    LobsterDecoder decoder(kMidnight, 4);
    const auto events = decode_all(decoder, kLines.substr(0, cut));
    // Whole at 39 characters, with or without its newline; before, only cut lines.
    ASSERT_EQ(events.size(), cut >= 39 ? 1U : 0U) << "cut at " << cut;
    ASSERT_EQ(static_cast<bool>(decoder.problem()), cut > 0 && cut < 39);
  }
}

TEST(LobsterDecoder, ReadsTimesAsWholeNumbers) {
  const auto time = [](const std::string& text) {
    LobsterDecoder decoder(Nanos{0}, 0);
    const auto events = decode(decoder, text + ",1,1,1,1,1\n");
    return events.empty() ? -1 : events.front().timestamp;
  };

  EXPECT_EQ(time("0"), 0);
  EXPECT_EQ(time("0.000000001"), 1);
  EXPECT_EQ(time("86399.999999999"), 86'399'999'999'999);
  EXPECT_EQ(time("43002.632812672004"), 43'002'632'812'672);  // a real line
  EXPECT_EQ(time("1.0000000015"), 1'000'000'002);
  EXPECT_EQ(time("1.00000000149999999999"), 1'000'000'001);
  EXPECT_EQ(time("86399.9999999999"), -1);  // rounds to the next day
  for (const char* bad : {"86400", "1.", ".5", "-1", "1e3", " 1", "1,5", "", "nan",
                          "99999999999999999999"}) {
    EXPECT_EQ(time(bad), -1) << bad;
  }
}

TEST(LobsterDecoder, NamesLineAndByteOfWhatIsNoLine) {
  for (const std::string dirt :
       {"time,type,id,size,price,direction", "34200.1,1,5,100,2238100",
        "34200.1,1,5,100,2238100,1,null", "34200.1,0,5,100,2238100,1",
        "34200.1,8,5,100,2238100,1", "34200.1,1,5,100,2238100,0",
        "34200.1,1,5,0,2238100,1", "34200.1,1,5,-3,2238100,1",
        "34200.1,1,-5,100,2238100,1", "34200.1,1,5,100,-2238100,1",
        "34200.1,7,0,0,2,-1", "34200.1,1,5,100,2238100.5,1", "34200.1,1,5,100,,1",
        "34200.1,1,5,9999999999999999999,2238100,1", "{\"error\": 429}",
        "34200.1, 1, 5, 100, 2238100, 1"}) {
    LobsterDecoder decoder(kMidnight, 4);
    std::string text(kLines);
    text += dirt + "\n";
    text += kLines;

    const auto events = decode_all(decoder, text);

    EXPECT_EQ(events.size(), 9U) << dirt;
    ASSERT_TRUE(decoder.problem()) << dirt;
    EXPECT_EQ(decoder.problem().line, 10U) << dirt;
    EXPECT_EQ(decoder.problem().offset, kLines.size()) << dirt;
    EXPECT_EQ(decoder.problem().text, dirt);

    LobsterDecoder skipping(kMidnight, 4, LobsterDecoder::OnProblem::skip);
    EXPECT_EQ(decode_all(skipping, text).size(), 18U) << dirt;
    EXPECT_EQ(skipping.skipped(), 1U);
    EXPECT_FALSE(skipping.problem());
  }
}

TEST(LobsterDecoder, TakesWindowsLineEndsAndEmptyLines) {
  LobsterDecoder decoder(kMidnight, 4);

  const auto events = decode_all(decoder, "1,1,1,1,1,1\r\n\r\n\n2,1,2,1,1,1\r");

  EXPECT_EQ(events.size(), 2U);
  EXPECT_EQ(decoder.lines(), 4U);
  EXPECT_FALSE(decoder.problem());
}

TEST(LobsterDecoder, KeepsNoMoreThanALineInMemory) {
  const std::string endless(100'000, '1');
  LobsterDecoder decoder(kMidnight, 4);

  EXPECT_TRUE(decode(decoder, endless).empty());
  EXPECT_TRUE(decoder.problem());
  EXPECT_EQ(decoder.problem().text.size(), 128U);

  LobsterDecoder skipping(kMidnight, 4, LobsterDecoder::OnProblem::skip);
  EXPECT_TRUE(decode(skipping, endless).empty());
  EXPECT_EQ(decode(skipping, "\n" + std::string(kLines)).size(), 9U);
  EXPECT_EQ(skipping.skipped(), 1U);
  EXPECT_EQ(skipping.offset(), endless.size() + 1 + kLines.size());
}

TEST(Lobster, EventsBecomeTheLinesTheyCameFrom) {
  LobsterDecoder decoder(kMidnight, 4);
  const auto events = decode(decoder, kLines);

  std::string out;
  for (const Event& event : events) {
    ASSERT_TRUE(append_lobster(out, event, kMidnight));
  }

  EXPECT_EQ(out, kLines);
}

TEST(Lobster, RefusesEventsThatHaveNoLine) {
  const Event good = expected(5, EventKind::add, Side::buy, 0, 1, 10, 10, 0);
  std::string out;
  const auto accepts = [&](auto change) {
    Event event = good;
    change(event);
    const bool accepted = append_lobster(out, event, kMidnight);
    EXPECT_TRUE(out.empty());
    return accepted;
  };

  EXPECT_FALSE(accepts([](Event& e) { e.kind = 0; }));
  EXPECT_FALSE(accepts([](Event& e) { e.kind = 6; }));
  EXPECT_FALSE(accepts([](Event& e) { e.side = kNone; }));
  EXPECT_FALSE(accepts([](Event& e) { e.quantity = 0; }));
  EXPECT_FALSE(accepts([](Event& e) { e.price = -1; }));
  EXPECT_FALSE(accepts([](Event& e) { e.timestamp -= 6; }));
  EXPECT_FALSE(accepts([](Event& e) { e.kind = 13; }));
}

}  // namespace
}  // namespace ai_trading::feed
