// What no account could book: orders of 1e18 lots, marks of 1e18 ticks, instruments of
// which a tick is worth a fortune.  The gate refuses what it could not count, and counts
// whatever it lets pass; under UBSan nothing leaves its type.
#include <gtest/gtest.h>

#include <stdexcept>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/risk/pre_trade.hpp"

namespace ai_trading::risk {
namespace {

constexpr Nanos kNow{1000 * kNano};

// From 1 to `most`, every order of magnitude as likely.
std::int64_t magnitude(Rng& rng, std::int64_t most) {
  const std::int64_t bound = std::max<std::int64_t>(1, most >> rng.below(63));
  return 1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(bound)));
}

std::uint64_t state(const Gate& gate) {
  Digest digest;
  gate.digest(digest);
  return digest.value();
}

TEST(PreTradeExtremes, WhateverPassesCanBeCounted) {
  Rng rng(31);
  int passed = 0;
  for (int i = 0; i < 3000; ++i) {
    Gate gate;
    Instrument instrument;
    instrument.tick_nano = magnitude(rng, 1'000'000 * kNano);
    instrument.lot_nano = magnitude(rng, 1'000'000 * kNano);
    gate.add(instrument, {});
    for (int step = 0; step < 20; ++step) {
      if (rng.below(3) == 0) gate.mark(0, Ticks{magnitude(rng, kMaxPrice - 1)}, kNow);
      if (rng.below(6) == 0) {
        try {
          gate.set_rate(0, magnitude(rng, 10 * kNano));
        } catch (const std::overflow_error&) {
          continue;  // a rate too many
        }
      }
      Intent order;
      order.side = rng.below(2) == 0 ? Side::buy : Side::sell;
      order.has_limit = rng.below(2) == 0;
      order.price = Ticks{magnitude(rng, kMaxPrice)};
      order.quantity = Lots{magnitude(rng, kMaxQuantity)};
      const Verdict said = gate.judge(order, kNow);
      if (said.reason != Reject::none) continue;
      ++passed;
      const Ticks price = order.has_limit ? order.price : gate.name(0).mark;
      const Open none{0, 0, order.side, true, price, Lots{}};
      Open open = none;
      open.quantity = said.quantity;
      ASSERT_NO_THROW(gate.working(none, open));
      if (rng.below(2) == 0) continue;
      const Lots signed_lots = order.side == Side::buy ? said.quantity : -said.quantity;
      ASSERT_NO_THROW(gate.working(open, none));
      ASSERT_NO_THROW(gate.executed(0, 0, price, signed_lots, Money{}, kNow));
      ASSERT_EQ(gate.exposures(), gate.recomputed());
    }
  }
  EXPECT_GT(passed, 5000);
}

TEST(PreTradeExtremes, QuantitiesAreHeldToTheirValueAtTheMarkToo) {
  Gate gate;
  gate.add({}, {});  // a tick and lot of 0.0001
  gate.mark(0, Ticks{1'000'000}, kNow);
  Intent order;
  order.side = Side::sell;
  order.has_limit = true;
  order.price = Ticks{1};
  order.quantity = Lots{10'000'000'000};  // worth 1e12 at the mark
  EXPECT_EQ(gate.judge(order, kNow).reason, Reject::none);
  order.quantity = Lots{10'000'000'001};
  EXPECT_EQ(gate.judge(order, kNow).reason, Reject::quantity_too_large);
  EXPECT_EQ(gate.judge_exactly(order, kNow).reason, Reject::quantity_too_large);
}

TEST(PreTradeExtremes, WhatCannotBeCountedIsRefusedAndChangesNothing) {
  Gate gate(from_micro(1'000'000), 2);
  gate.add({}, {});
  gate.mark(0, Ticks{100}, kNow);
  const Open none{0, 1, Side::buy, true, Ticks{std::int64_t{1} << 61}, Lots{}};
  Open open = none;
  open.quantity = Lots{std::int64_t{1} << 61};
  Open many = none;
  many.price = Ticks{};
  many.quantity = Lots{kMaxQuantity};
  gate.working(none, many);  // worth nothing
  const std::uint64_t before = state(gate);

  EXPECT_THROW(gate.working(none, open), std::overflow_error);
  EXPECT_THROW(gate.working(none, many), std::overflow_error);
  EXPECT_THROW(gate.executed(0, 1, none.price, Lots{1'000'000'000'000}, Money{}, kNow),
               std::overflow_error);
  EXPECT_THROW(gate.hold(0, 1, Lots{kMaxQuantity + 1}), std::overflow_error);
  EXPECT_EQ(state(gate), before);

  Instrument dear;
  dear.tick_nano = dear.lot_nano = std::int64_t{1} << 62;
  EXPECT_THROW(gate.add(dear, {}), std::invalid_argument);
  EXPECT_EQ(gate.instruments(), 1U);
  dear.tick_nano = dear.lot_nano = 1'000'000 * kNano;  // 1e12 units
  const InstrumentIndex index = gate.add(dear, {});
  EXPECT_NO_THROW(gate.set_rate(index, kNano));
  EXPECT_THROW(gate.set_rate(index, kNano + 1), std::overflow_error);
}

TEST(PreTradeExtremes, ARateThatMakesOpenOrdersUncountableIsRefused) {
  Gate gate;
  gate.add({}, {});
  const Open none{0, 0, Side::sell, true, Ticks{1'000'000}, Lots{}};
  Open open = none;
  open.quantity = Lots{10'000'000'000};  // 1e12 units
  gate.working(none, open);
  const std::uint64_t before = state(gate);
  EXPECT_THROW(gate.set_rate(0, 2000 * kNano), std::overflow_error);
  EXPECT_EQ(state(gate), before);
  gate.set_rate(0, 1000 * kNano);
  EXPECT_NO_THROW(gate.working(open, none));
  EXPECT_EQ(gate.counters().open_notional, Money{});
}

}  // namespace
}  // namespace ai_trading::risk
