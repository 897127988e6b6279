#include "ai_trading/desk/ledger.hpp"

#include <gtest/gtest.h>

#include <random>

namespace ai_trading::desk {
namespace {

// One tick and one lot are worth one unit of currency, so cases read as whole numbers.
Instrument plain() {
  Instrument i;
  i.tick_nano = kNano;
  return i;
}

Money units(std::int64_t n) { return from_nano(n * kNano); }

Ledger ledger(std::int64_t cash = 10'000) { return {{plain()}, units(cash)}; }

TEST(Ledger, BuyingAndSellingAtAverageCost) {
  Ledger book = ledger();
  book.book(0, Side::buy, Ticks{100}, Lots{10}, units(1));
  book.book(0, Side::buy, Ticks{110}, Lots{10}, units(1));

  const Money profit = book.book(0, Side::sell, Ticks{120}, Lots{5}, units(1));

  EXPECT_EQ(profit, units(5 * 120 - 5 * 105));
  EXPECT_EQ(book.position(0).quantity, Lots{15});
  EXPECT_EQ(book.position(0).cost, units(15 * 105));
  EXPECT_EQ(book.cash(), units(10'000 - 1000 - 1100 + 600 - 3));
  EXPECT_EQ(book.position(0).fees, units(3));
}

TEST(Ledger, AShortGainsWhenThePriceFalls) {
  Ledger book = ledger();
  book.book(0, Side::sell, Ticks{100}, Lots{10}, {});
  EXPECT_EQ(book.position(0).cost, units(-1000));
  book.mark(0, Ticks{90});
  EXPECT_EQ(book.totals().unrealized, units(100));
  EXPECT_EQ(book.totals().value, units(10'100));
  EXPECT_EQ(book.totals().gross, units(900));

  EXPECT_EQ(book.book(0, Side::buy, Ticks{80}, Lots{10}, {}), units(200));

  EXPECT_EQ(book.position(0).quantity, Lots{0});
  EXPECT_EQ(book.position(0).cost, Money{});
  EXPECT_EQ(book.cash(), units(10'200));
}

TEST(Ledger, OneFillMayGoThroughZero) {
  Ledger book = ledger();
  book.book(0, Side::buy, Ticks{100}, Lots{10}, {});

  EXPECT_EQ(book.book(0, Side::sell, Ticks{105}, Lots{25}, {}), units(50));

  EXPECT_EQ(book.position(0).quantity, Lots{-15});
  EXPECT_EQ(book.position(0).cost, units(-15 * 105));
}

TEST(Ledger, APartOfACostThatDoesNotDivideLeavesTheRestToTheRest) {
  Instrument fine;
  fine.tick_nano = 1;
  fine.lot_nano = 1;  // one tick-lot is the finest money there is
  Ledger book{{fine}, {}};
  book.book(0, Side::buy, Ticks{1}, Lots{2}, {});
  book.book(0, Side::buy, Ticks{2}, Lots{1}, {});  // three lots cost 4

  EXPECT_EQ(book.book(0, Side::sell, Ticks{1}, Lots{1}, {}).atto, 1 - 1);
  EXPECT_EQ(book.position(0).cost.atto, 3);
  EXPECT_EQ(book.book(0, Side::sell, Ticks{1}, Lots{1}, {}).atto, 1 - 2);  // 1.5, even
  EXPECT_EQ(book.position(0).cost.atto, 1);
}

TEST(Ledger, WithoutAMarkAPositionIsWorthWhatItCost) {
  Ledger book = ledger();

  book.book(0, Side::buy, Ticks{100}, Lots{1}, {});

  EXPECT_EQ(book.totals().value, units(10'000));
}

TEST(Ledger, CashAndCostEqualDepositsAndProfitLessFeesAfterEveryFill) {
  std::mt19937_64 rng{2026};
  for (int run = 0; run < 20; ++run) {
    const Money deposit = from_micro(static_cast<std::int64_t>(rng() % 1'000'000'000));
    Instrument a;
    a.tick_nano = 1 + static_cast<std::int64_t>(rng() % 1'000'000);
    a.lot_nano = 1 + static_cast<std::int64_t>(rng() % 1'000'000'000);
    Ledger book{{a, Instrument{}}, deposit};
    Money realized;
    for (int step = 0; step < 1000; ++step) {
      const auto i = static_cast<InstrumentIndex>(rng() % 2);
      const Lots before = book.position(i).quantity;
      const Side side = static_cast<Side>(rng() % 2);
      const Lots quantity{1 + static_cast<std::int64_t>(rng() % 17)};
      const Ticks price{static_cast<std::int64_t>(rng() % 2'000'000) - 1000};
      const Money fee{static_cast<Int128>(rng() % 1'000'000'000) - 300'000'000};

      realized += book.book(i, side, price, quantity, fee);

      const Ledger::Totals totals = book.totals();
      const Money cost = book.position(0).cost + book.position(1).cost;
      ASSERT_EQ(book.cash() + cost, deposit + totals.realized - totals.fees);
      ASSERT_EQ(totals.realized, realized);
      ASSERT_EQ(book.position(i).quantity.n, before.n + sign(side) * quantity.n);
      if (book.position(i).quantity.n == 0) {
        ASSERT_EQ(book.position(i).cost, Money{});
      }
    }
  }
}

}  // namespace
}  // namespace ai_trading::desk
