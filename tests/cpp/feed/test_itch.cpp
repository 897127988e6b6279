#include "ai_trading/feed/itch.hpp"

#include <gtest/gtest.h>

#include "itch_samples.hpp"

namespace ai_trading::feed {
namespace {

using samples::Buffer;
using samples::join;

TEST(Itch, KnowsTheTypesOfTheSpecificationAndNoOthers) {
  std::string known;
  for (int letter = 0; letter < 256; ++letter) {
    if (itch::kLengths[static_cast<std::size_t>(letter)] != 0) {
      known += static_cast<char>(letter);
    }
  }

  EXPECT_EQ(known, "ABCDEFHIJKLNOPQRSUVWXYh");
}

TEST(Itch, ReadsEveryFieldOfAnAddOrder) {
  const Buffer body = samples::hex(
      "41 000D 0002 1A3185C50000 0000000000BC614E 42 00000064 "
      "4141504C20202020 00315FA8");

  const auto m = std::get<itch::AddOrder>(itch::parse(body).value());

  EXPECT_EQ(m.header.locate, 13);
  EXPECT_EQ(m.header.tracking, 2);
  EXPECT_EQ(m.header.time, 0x1A31'85C5'0000U);
  EXPECT_EQ(m.order_id, 12'345'678U);
  EXPECT_EQ(m.side, 'B');
  EXPECT_EQ(m.shares, 100U);
  EXPECT_EQ(m.stock, samples::stock("AAPL"));
  EXPECT_EQ(m.price, 3'235'752U);
}

TEST(Itch, ParsesOnlyWhereTypeAndLengthBelongTogether) {
  Buffer body = samples::hex("44 0001 0000 000000000001 0000000000000007");
  ASSERT_TRUE(itch::parse(body).has_value());

  body.push_back(std::byte{0});
  EXPECT_FALSE(itch::parse(body).has_value());
  body.resize(18);
  EXPECT_FALSE(itch::parse(body).has_value());
  body.resize(19);
  body[0] = std::byte{'z'};
  EXPECT_FALSE(itch::parse(body).has_value());
  EXPECT_FALSE(itch::parse({}).has_value());
}

TEST(Itch, AnyMessageIsTheSameAfterWritingAndReading) {
  samples::Random random(20260101);
  itch::for_each_type([&]<class M>(std::type_identity<M>) {
    for (int i = 0; i < 200; ++i) {
      const M message = random.any<M>();

      Buffer bytes;
      append(bytes, message);

      ASSERT_EQ(bytes.size(), 2 + itch::length_of<M>);
      const auto body = std::span(bytes).subspan(2);
      ASSERT_EQ(std::get<M>(itch::parse(body).value()), message) << M::kType;
    }
  });
}

TEST(Itch, AnyBytesOfATypeAreTheSameAfterReadingAndWriting) {
  samples::Random random(7);
  itch::for_each_type([&]<class M>(std::type_identity<M>) {
    for (int i = 0; i < 200; ++i) {
      Buffer body(itch::length_of<M>);
      for (std::byte& b : body) b = static_cast<std::byte>(random());
      body[0] = static_cast<std::byte>(M::kType);

      Buffer again;
      append(again, itch::parse(body).value());

      ASSERT_EQ(again, samples::framed(body)) << M::kType;
    }
  });
}

TEST(FrameCursor, WalksMessagesAndStopsBeforeWhatIsNone) {
  const auto messages = samples::traffic(1, 3);
  Buffer bytes = samples::encoded(messages);
  const auto whole = bytes.size();
  join(bytes, samples::framed(Buffer(5, std::byte{'z'})));
  itch::FrameCursor cursor(bytes);

  std::size_t count = 0;
  while (const auto frame = cursor.next()) {
    const std::span body(frame->body, frame->length);
    ASSERT_EQ(itch::parse(body).value(), messages[count]);
    ++count;
  }

  EXPECT_EQ(count, messages.size());
  EXPECT_EQ(cursor.rest().size(), bytes.size() - whole);
}

}  // namespace
}  // namespace ai_trading::feed
