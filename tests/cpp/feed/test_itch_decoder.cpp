#include "ai_trading/feed/itch_decoder.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "ai_trading/feed/itch_encoder.hpp"
#include "itch_samples.hpp"

namespace ai_trading::feed {
namespace {

using samples::Buffer;
using samples::events_of;
using samples::framed;
using samples::hex;
using samples::join;

constexpr Nanos kMidnight{1'580'360'400'000'000'000};
constexpr auto kNone = static_cast<std::uint8_t>(Side::none);

// Locate 1, tracking 0, 5 ns after midnight; and the stock ABC.
constexpr std::string_view kHeader = "0001 0000 000000000005 ";
constexpr std::string_view kStock = "4142432020202020 ";

// The one event of a message whose body is its type, kHeader and `rest`.
Event decoded(char type, const std::string& rest) {
  Buffer body{static_cast<std::byte>(type)};
  join(body, hex(kHeader));
  join(body, hex(rest));
  ItchDecoder decoder(kMidnight);
  const auto events = events_of(decoder, framed(body));
  EXPECT_FALSE(decoder.problem()) << to_string(decoder.problem());
  EXPECT_EQ(events.size(), 1U);
  return events.empty() ? Event{} : events.front();
}

Event expected(EventKind kind, std::uint8_t side, std::uint16_t flags, std::uint64_t id,
               std::int64_t price, std::int64_t quantity, std::uint64_t aux) {
  return {kMidnight.n + 5, 0,  static_cast<std::uint8_t>(kind), side, flags, id, price,
          quantity,        aux};
}

Event info_of(char type, std::uint64_t code = 0) {
  return expected(EventKind::info, kNone, 0, code, 0, 0,
                  static_cast<unsigned char>(type));
}

const std::string kAbc(kStock);

TEST(ItchDecoder, ReadsEveryTypeFromBytesWrittenByHand) {
  using enum EventKind;
  EXPECT_EQ(decoded('A', "00000000000000AA 42 00000064 " + kAbc + "000F4240"),
            expected(add, 0, 0, 0xAA, 1'000'000, 100, 0));
  EXPECT_EQ(decoded('F', "00000000000000AA 53 00000064 " + kAbc + "000F4240 4E495445"),
            expected(add, 1, 0, 0xAA, 1'000'000, 100, 0x4E495445));
  EXPECT_EQ(decoded('E', "00000000000000AA 00000014 0000000000000384"),
            expected(execute, kNone, 0, 0xAA, 0, 20, 900));
  EXPECT_EQ(decoded('C', "00000000000000AA 00000014 0000000000000384 59 000F4241"),
            expected(execute_at, kNone, 0, 0xAA, 1'000'001, 20, 900));
  EXPECT_EQ(decoded('C', "00000000000000AA 00000014 0000000000000384 4E 000F4241"),
            expected(execute_at, kNone, flag::unprinted, 0xAA, 1'000'001, 20, 900));
  EXPECT_EQ(decoded('X', "00000000000000AA 00000014"),
            expected(reduce, kNone, 0, 0xAA, 0, 20, 0));
  EXPECT_EQ(decoded('D', "00000000000000AA"),
            expected(remove, kNone, 0, 0xAA, 0, 0, 0));
  EXPECT_EQ(decoded('U', "00000000000000AA 00000000000000BB 00000032 000F4240"),
            expected(replace, kNone, 0, 0xAA, 1'000'000, 50, 0xBB));
  EXPECT_EQ(decoded('P', "0000000000000000 42 00000005 " + kAbc +
                             "000F4240 0000000000000385"),
            expected(trade, 0, flag::hidden, 0, 1'000'000, 5, 901));
  EXPECT_EQ(decoded('Q', "0000010000000000 " + kAbc + "000F4240 0000000000000386 4F"),
            expected(cross, kNone, 0, 'O', 1'000'000, std::int64_t{1} << 40, 902));
  EXPECT_EQ(decoded('B', "0000000000000386"), expected(broken, kNone, 0, 0, 0, 0, 902));
  EXPECT_EQ(decoded('I', "0000000000000009 0000000000000007 53 " + kAbc +
                             "00000001 00000002 000F4240 43 4C"),
            expected(imbalance, 1, 0, 'C', 1'000'000, 7, 9));
  EXPECT_EQ(decoded('I', "0000000000000009 0000000000000000 4E " + kAbc +
                             "00000001 00000002 000F4240 43 4C"),
            expected(imbalance, kNone, 0, 'C', 1'000'000, 0, 9));
  EXPECT_EQ(decoded('R', kAbc + "51 4E 00000064 4E 43 5A20 50 4E 4E 31 4E 00000000 4E"),
            info_of('R'));
  EXPECT_EQ(decoded('S', "51"), info_of('S', 'Q'));
  EXPECT_EQ(decoded('Y', kAbc + "31"), info_of('Y', '1'));
  EXPECT_EQ(decoded('L', "4E495445 " + kAbc + "59 4E 41"), info_of('L', 'A'));
  EXPECT_EQ(decoded('V', "0000000000000001 0000000000000002 0000000000000003"),
            info_of('V'));
  EXPECT_EQ(decoded('W', "32"), info_of('W', '2'));
  EXPECT_EQ(decoded('K', kAbc + "00008CA0 41 000F4240"), info_of('K', 'A'));
  EXPECT_EQ(
      decoded('J', kAbc + "000F4240 000F4241 000F423F 00000001"),
      expected(info, kNone, 0, OrderId{1} << 32 | 999'999, 1'000'000, 1'000'001, 'J'));
  EXPECT_EQ(decoded('h', kAbc + "51 48"), expected(info, kNone, 0, 'H', 0, 'Q', 'h'));
  EXPECT_EQ(decoded('N', kAbc + "42"), info_of('N', 'B'));
  EXPECT_EQ(decoded('O', kAbc + "59 000F4240 000F4241 000F4242 0000000000000001 "
                                "000F4243 000F4244"),
            info_of('O', 'Y'));
}

TEST(ItchDecoder, ReadsEveryTradingState) {
  const auto state = [](const std::string& letter) {
    return decoded('H', kAbc + letter + "20 20202020");
  };
  const auto status = [](char letter, TradingState s) {
    return expected(EventKind::status, kNone, 0, static_cast<unsigned char>(letter), 0,
                    0, static_cast<std::uint64_t>(s));
  };

  EXPECT_EQ(state("48"), status('H', TradingState::halted));
  EXPECT_EQ(state("50"), status('P', TradingState::halted));
  EXPECT_EQ(state("51"), status('Q', TradingState::quotation));
  EXPECT_EQ(state("54"), status('T', TradingState::continuous));
}

TEST(ItchDecoder, YieldsOneEventPerMessageAndCountsThem) {
  const auto messages = samples::traffic(2, 20);
  const Buffer bytes = samples::encoded(messages);
  ItchDecoder decoder(kMidnight);

  std::vector<std::uint64_t> indexes;
  const auto used = decoder.decode(
      bytes, [&](const Event&, std::uint64_t index) { indexes.push_back(index); });

  EXPECT_EQ(used, bytes.size());
  ASSERT_EQ(indexes.size(), messages.size());
  for (std::size_t i = 0; i < indexes.size(); ++i) ASSERT_EQ(indexes[i], i);
  EXPECT_EQ(decoder.messages(), messages.size());
  EXPECT_EQ(decoder.offset(), bytes.size());
  EXPECT_EQ(decoder.counts()['R'], 22U);
  EXPECT_EQ(decoder.counts()['D'], 20U);
  EXPECT_FALSE(decoder.finish());
  ASSERT_EQ(decoder.instruments().size(), 2U);
  EXPECT_EQ(decoder.instruments()[1].symbol, "TWO");
  EXPECT_EQ(decoder.instruments()[1].locate, 12);
  EXPECT_TRUE(decoder.instruments()[1].listed);
}

TEST(ItchDecoder, GivesTheSameEventsHoweverTheBytesAreCut) {
  const Buffer bytes = samples::encoded(samples::traffic(3, 2));
  ItchDecoder at_once(kMidnight);
  const auto whole = events_of(at_once, bytes);

  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    ItchDecoder decoder(kMidnight);
    auto events = events_of(decoder, std::span(bytes).first(cut));
    const auto rest = events_of(decoder, std::span(bytes).subspan(cut));
    events.insert(events.end(), rest.begin(), rest.end());
    ASSERT_EQ(events, whole) << "cut at " << cut;
    ASSERT_FALSE(decoder.finish());
    ASSERT_EQ(decoder.offset(), bytes.size());
  }

  for (const std::size_t size : {1U, 2U, 3U, 5U, 51U, 52U, 53U}) {
    ItchDecoder decoder(kMidnight);
    std::vector<Event> events;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      const auto part = std::span(bytes).subspan(at, std::min(size, bytes.size() - at));
      const auto more = events_of(decoder, part);
      events.insert(events.end(), more.begin(), more.end());
    }
    ASSERT_EQ(events, whole) << "chunks of " << size;
  }
}

TEST(ItchDecoder, NamesTheMessageInsideWhichTheInputEnds) {
  const auto messages = samples::traffic(4, 1);
  const Buffer bytes = samples::encoded(messages);
  std::vector<std::size_t> starts{0};
  itch::FrameCursor cursor(bytes);
  while (const auto frame = cursor.next()) {
    starts.push_back(starts.back() + 2 + frame->length);
  }

  std::size_t complete = 0;
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    while (starts[complete + 1] <= cut) ++complete;
    ItchDecoder decoder(kMidnight);
    const auto events = events_of(decoder, std::span(bytes).first(cut));
    const ItchProblem problem = decoder.finish();

    ASSERT_EQ(events.size(), complete) << "cut at " << cut;
    if (cut == starts[complete]) {
      ASSERT_FALSE(problem) << "cut at " << cut;
    } else {
      ASSERT_EQ(problem.fault, ItchFault::truncated) << "cut at " << cut;
      ASSERT_EQ(problem.offset, starts[complete]);
      ASSERT_EQ(problem.message, complete);
      ASSERT_EQ(problem.length, cut - starts[complete]);
    }
  }
}

struct Damage {
  const char* name;
  Buffer frame;
  ItchFault fault;
};

std::vector<Damage> damages() {
  Buffer long_delete = hex("0014 44 0001 0000 000000000005 00000000000000AA 00");
  Buffer short_delete = hex("0012 44 0001 0000 000000000005 000000000000AA");
  Buffer no_side = hex("0024 41 0001 0000 000000000005 00000000000000AA 4E 00000064");
  join(no_side, hex(kAbc + "000F4240"));
  Buffer no_state = hex("0019 48 0001 0000 000000000005" + kAbc + "58 20 20202020");
  Buffer no_symbol = hex("0027 52 0001 0000 000000000005 2020202020202020");
  join(no_symbol, hex("51 4E 00000064 4E 43 5A20 50 4E 4E 31 4E 00000000 4E"));
  return {
      {"unknown type", framed(Buffer(300, std::byte{'z'})), ItchFault::unknown_type},
      {"type zero", framed(Buffer(1)), ItchFault::unknown_type},
      {"one byte too long", long_delete, ItchFault::wrong_length},
      {"one byte too short", short_delete, ItchFault::wrong_length},
      {"time of a second day", hex("0013 44 0001 0000 4E94914F0000 00000000000000AA"),
       ItchFault::bad_value},
      {"no side", no_side, ItchFault::bad_value},
      {"no trading state", no_state, ItchFault::bad_value},
      {"no symbol", no_symbol, ItchFault::bad_value},
      {"neither printable nor not",
       hex("0024 43 0001 0000 000000000005 00000000000000AA 00000014 0000000000000384 "
           "20 000F4241"),
       ItchFault::bad_value},
      {"more shares than 63 bits",
       hex("0028 51 0001 0000 000000000005 8000000000000000" + kAbc +
           "000F4240 0000000000000386 4F"),
       ItchFault::bad_value},
  };
}

TEST(ItchDecoder, StopsAtWhatItCannotReadAfterDeliveringWhatIsBefore) {
  const Buffer good = samples::encoded(samples::traffic(5, 1));
  const std::size_t count = 25;
  for (const Damage& damage : damages()) {
    Buffer bytes = good;
    join(bytes, damage.frame);
    join(bytes, good);
    for (const std::size_t cut : {bytes.size(), good.size(), good.size() + 1,
                                  good.size() + 2, good.size() + 3, good.size() + 4}) {
      ItchDecoder decoder(kMidnight);
      const auto events = events_of(decoder, std::span(bytes).first(cut)).size() +
                          events_of(decoder, std::span(bytes).subspan(cut)).size();

      ASSERT_EQ(events, count) << damage.name << " cut at " << cut;
      const ItchProblem& problem = decoder.problem();
      ASSERT_EQ(problem.fault, damage.fault) << damage.name << " cut at " << cut;
      ASSERT_EQ(problem.offset, good.size());
      ASSERT_EQ(problem.message, count);
      ASSERT_EQ(problem.type, std::to_integer<std::uint8_t>(damage.frame[2]));
      ASSERT_EQ(problem.length, damage.frame.size() - 2);
      ASSERT_FALSE(to_string(problem).empty());
      ASSERT_TRUE(events_of(decoder, good).empty());
    }
  }
}

TEST(ItchDecoder, SkipsWhatItCannotReadWhereAskedTo) {
  const Buffer good = samples::encoded(samples::traffic(5, 1));
  Buffer bytes = good;
  for (const Damage& damage : damages()) join(bytes, damage.frame);
  join(bytes, good);

  for (std::size_t size : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
    ItchDecoder decoder(kMidnight, {.on_problem = ItchDecoder::OnProblem::skip});
    std::size_t events = 0;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      const auto part = std::span(bytes).subspan(at, std::min(size, bytes.size() - at));
      events += events_of(decoder, part).size();
    }

    EXPECT_FALSE(decoder.finish());
    EXPECT_EQ(events, 50U);
    EXPECT_EQ(decoder.skipped(), damages().size());
    ASSERT_EQ(decoder.problems().size(), damages().size());
    for (std::size_t i = 0; i < damages().size(); ++i) {
      EXPECT_EQ(decoder.problems()[i].fault, damages()[i].fault) << damages()[i].name;
      EXPECT_EQ(decoder.problems()[i].message, 25 + i);
    }
    EXPECT_EQ(decoder.messages(), 50 + damages().size());
    EXPECT_EQ(decoder.offset(), bytes.size());
  }
}

TEST(ItchDecoder, AnInputThatEndsInsideASkippedFrameIsTruncated) {
  const Buffer bytes = framed(Buffer(300, std::byte{'z'}));
  ItchDecoder decoder(kMidnight, {.on_problem = ItchDecoder::OnProblem::skip});

  (void)events_of(decoder, std::span(bytes).first(100));

  EXPECT_EQ(decoder.finish().fault, ItchFault::truncated);
}

TEST(ItchDecoder, AnEmptyMessageMayEndAFileButNotStandInside) {
  Buffer bytes = samples::encoded(samples::traffic(6, 1));
  const auto end = bytes.size();
  join(bytes, Buffer(2));
  for (const std::size_t cut : {bytes.size(), end + 1}) {
    ItchDecoder decoder(kMidnight);
    (void)events_of(decoder, std::span(bytes).first(cut));
    (void)events_of(decoder, std::span(bytes).subspan(cut));
    EXPECT_FALSE(decoder.finish());
    EXPECT_EQ(decoder.offset(), bytes.size());
  }

  join(bytes, Buffer(1, std::byte{'S'}));
  ItchDecoder decoder(kMidnight, {.on_problem = ItchDecoder::OnProblem::skip});
  (void)events_of(decoder, bytes);
  EXPECT_EQ(decoder.problem().fault, ItchFault::after_end);
  EXPECT_EQ(decoder.problem().offset, end);
}

TEST(ItchDecoder, ByTypeTheLengthPrefixMeansNothing) {
  const auto messages = samples::traffic(7, 3);
  Buffer bytes = samples::encoded(messages);
  ItchDecoder by_length(kMidnight);
  const auto whole = events_of(by_length, bytes);
  itch::FrameCursor cursor(bytes);
  std::size_t at = 0;
  while (const auto frame = cursor.next()) {
    store_big(bytes.data() + at, std::uint16_t{0});
    at += std::size_t{2} + frame->length;
  }

  for (const std::size_t size : {std::size_t{1}, std::size_t{13}, bytes.size()}) {
    ItchDecoder decoder(kMidnight, {.framing = itch::Framing::by_type});
    std::vector<Event> events;
    for (std::size_t i = 0; i < bytes.size(); i += size) {
      const auto part = std::span(bytes).subspan(i, std::min(size, bytes.size() - i));
      const auto more = events_of(decoder, part);
      events.insert(events.end(), more.begin(), more.end());
    }
    EXPECT_EQ(events, whole);
    EXPECT_FALSE(decoder.finish());
  }
  EXPECT_EQ(events_of(by_length, bytes).size(), 0U);
  EXPECT_EQ(by_length.problem().fault, ItchFault::after_end);

  join(bytes, hex("0000 7A"));
  ItchDecoder decoder(kMidnight, {.framing = itch::Framing::by_type,
                                  .on_problem = ItchDecoder::OnProblem::skip});
  EXPECT_EQ(events_of(decoder, bytes).size(), messages.size());
  EXPECT_EQ(decoder.problem().fault, ItchFault::unknown_type);
}

TEST(ItchDecoder, OnlyChosenSymbolsComeOutUnderTheirOwnIndexes) {
  const auto messages = samples::traffic(8, 10);
  const Buffer bytes = samples::encoded(messages);
  ItchDecoder all(kMidnight);
  std::vector<std::pair<Event, std::uint64_t>> wanted;
  (void)all.decode(bytes, [&](Event event, std::uint64_t index) {
    const bool market =
        event.kind == 0 && std::string_view("SVW").find(static_cast<char>(event.aux)) !=
                               std::string_view::npos;
    if (event.instrument != 1 || market) return;
    event.instrument = 0;
    wanted.emplace_back(event, index);
  });

  ItchDecoder decoder(kMidnight, {.symbols = {"TWO", "NEVER"}});
  std::size_t i = 0;
  (void)decoder.decode(bytes, [&](const Event& event, std::uint64_t index) {
    ASSERT_LT(i, wanted.size());
    ASSERT_EQ(event, wanted[i].first);
    ASSERT_EQ(index, wanted[i].second);
    ++i;
  });

  EXPECT_EQ(i, wanted.size());
  EXPECT_EQ(decoder.messages(), messages.size());
  EXPECT_EQ(decoder.counts(), all.counts());
  ASSERT_EQ(decoder.instruments().size(), 1U);
  EXPECT_EQ(decoder.instruments()[0].symbol, "TWO");
}

TEST(ItchDecoder, ALocateNobodyNamedIsCalledByItsNumberUntilSomeoneDoes) {
  const Buffer remove = framed(hex("44 0007 0000 000000000005 00000000000000AA"));
  Buffer add = framed(hex("41 0007 0000 000000000005 00000000000000AA 42 00000064 " +
                          kAbc + "000F4240"));
  ItchDecoder decoder(kMidnight);

  ASSERT_EQ(events_of(decoder, remove).at(0).instrument, 0U);
  EXPECT_EQ(decoder.instruments()[0].symbol, "#7");
  ASSERT_EQ(events_of(decoder, add).at(0).instrument, 0U);
  EXPECT_EQ(decoder.instruments()[0].symbol, "ABC");
  EXPECT_FALSE(decoder.instruments()[0].listed);
  ASSERT_EQ(events_of(decoder, remove).at(0).instrument, 0U);
  EXPECT_EQ(decoder.instruments().size(), 1U);

  ItchDecoder chosen(kMidnight, {.symbols = {"ABC"}});
  EXPECT_EQ(events_of(chosen, remove).size(), 0U);
  EXPECT_EQ(events_of(chosen, add).size(), 1U);
  EXPECT_EQ(events_of(chosen, remove).size(), 1U);

  ItchDecoder number(kMidnight, {.symbols = {"#7"}});
  EXPECT_EQ(events_of(number, remove).size(), 1U);
}

TEST(ItchDecoder, FillsAnArrayAndSaysWhatIsLeft) {
  const Buffer bytes = samples::encoded(samples::traffic(9, 10));
  ItchDecoder at_once(kMidnight);
  const auto whole = events_of(at_once, bytes);
  ItchDecoder decoder(kMidnight);
  std::array<Event, 7> out{};
  std::vector<Event> events;

  std::span<const std::byte> rest = bytes;
  while (const auto n = decoder.fill(rest, out)) {
    events.insert(events.end(), out.begin(), out.begin() + static_cast<int>(n));
  }

  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(events, whole);
}

TEST(ItchDecoder, ReadsSingleMessagesAsPacketsHoldThem) {
  const auto messages = samples::traffic(10, 2);
  const Buffer bytes = samples::encoded(messages);
  ItchDecoder at_once(kMidnight);
  const auto whole = events_of(at_once, bytes);
  ItchDecoder decoder(kMidnight);
  std::vector<Event> events;
  const auto sink = [&](const Event& e, std::uint64_t) { events.push_back(e); };

  itch::FrameCursor cursor(bytes);
  while (const auto frame = cursor.next()) {
    ASSERT_TRUE(decoder.message({frame->body, frame->length}, sink));
  }
  EXPECT_EQ(events, whole);

  EXPECT_FALSE(decoder.message(Buffer(3, std::byte{'D'}), sink));
  EXPECT_EQ(decoder.problem().fault, ItchFault::wrong_length);
  ItchDecoder empty(kMidnight);
  EXPECT_FALSE(empty.message({}, sink));
  EXPECT_EQ(empty.problem().fault, ItchFault::unknown_type);
}

TEST(ItchDecoder, RefusesAMidnightThatLeavesNoRoomForADay) {
  EXPECT_THROW(ItchDecoder(Nanos{std::numeric_limits<std::int64_t>::max()}),
               std::invalid_argument);
}

TEST(ItchEncoder, WritesEventsThatDecodeToThemselves) {
  const Buffer bytes = samples::encoded(samples::traffic(11, 200));
  ItchDecoder decoder(kMidnight);
  const auto events = events_of(decoder, bytes);
  ItchEncoder encoder(kMidnight);
  for (const ItchInstrument& instrument : decoder.instruments()) {
    (void)encoder.add(instrument);
  }

  Buffer out;
  for (const Event& event : events) {
    ASSERT_EQ(encoder.encode(event, out), EncodeRefusal::none);
  }
  ItchDecoder again(kMidnight);

  EXPECT_EQ(out.size(), bytes.size());
  EXPECT_EQ(events_of(again, out), events);
  EXPECT_EQ(again.counts(), decoder.counts());
}

TEST(ItchEncoder, RefusesWhatItchCannotSay) {
  ItchEncoder encoder(kMidnight);
  ASSERT_EQ(encoder.add({"ABC", 0, false, {}}), 0U);
  const auto good = expected(EventKind::add, 0, 0, 1, 10, 10, 0);
  Buffer out;
  const auto refusal = [&](auto change) {
    Event event = good;
    change(event);
    const auto code = encoder.encode(event, out);
    EXPECT_TRUE(out.empty());
    EXPECT_FALSE(to_string(code).empty());
    return code;
  };

  EXPECT_EQ(refusal([](Event& e) { e.instrument = 1; }),
            EncodeRefusal::unknown_instrument);
  EXPECT_EQ(refusal([](Event& e) { e.timestamp = kMidnight.n - 1; }),
            EncodeRefusal::time_outside_day);
  EXPECT_EQ(
      refusal([](Event& e) { e.timestamp = std::numeric_limits<std::int64_t>::min(); }),
      EncodeRefusal::time_outside_day);
  EXPECT_EQ(refusal([](Event& e) { e.price = -1; }), EncodeRefusal::price_out_of_range);
  EXPECT_EQ(refusal([](Event& e) { e.quantity = std::int64_t{1} << 32; }),
            EncodeRefusal::quantity_out_of_range);
  EXPECT_EQ(refusal([](Event& e) { e.side = kNone; }), EncodeRefusal::side_missing);
  EXPECT_EQ(refusal([](Event& e) { e.kind = 7; }), EncodeRefusal::not_in_itch);
  EXPECT_EQ(refusal([](Event& e) { e.kind = 99; }), EncodeRefusal::not_in_itch);
  EXPECT_EQ(refusal([](Event& e) {
              e.kind = static_cast<std::uint8_t>(EventKind::status);
              e.aux = 255;
            }),
            EncodeRefusal::not_in_itch);
  EXPECT_EQ(refusal([](Event& e) { e.kind = 0; }), EncodeRefusal::not_in_itch);
  EXPECT_THROW((void)encoder.add({"NINELONGS", 0, false, {}}), std::invalid_argument);
  EXPECT_THROW((void)encoder.add({"XYZ", 1, false, {}}), std::invalid_argument);
}

}  // namespace
}  // namespace ai_trading::feed
