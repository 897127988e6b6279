#include "ai_trading/book/books.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "ai_trading/book/order_book.hpp"
#include "book/plain_books.hpp"

namespace ai_trading::book {
namespace {

using feed::Event;
using feed::EventKind;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

Event event(EventKind kind, OrderId id, std::int64_t price = 0,
            std::int64_t quantity = 0, Side side = Side::buy,
            InstrumentIndex instrument = 0) {
  Event e{};
  e.kind = static_cast<std::uint8_t>(kind);
  e.order_id = id;
  e.price = price;
  e.quantity = quantity;
  e.side = static_cast<std::uint8_t>(side);
  e.instrument = instrument;
  return e;
}

std::vector<RestingOrder> orders_of(const Books& books, InstrumentIndex instrument,
                                    Side side) {
  std::vector<RestingOrder> out;
  books.for_each(instrument, side, [&](const RestingOrder& o) {
    out.push_back(o);
    return true;
  });
  return out;
}

std::vector<Level> depth_of(const Books& books, InstrumentIndex instrument, Side side) {
  std::vector<Level> out(books.level_count(instrument, side) + 3);
  out.resize(books.depth(instrument, side, out));
  return out;
}

// Books filled anew with the same orders: equal books have equal hashes.
std::uint64_t hash_of(const PlainBooks& plain) {
  Books books;
  for (const RestingOrder& o : plain.all())
    EXPECT_EQ(books.add(o.instrument, o.id, o.side, o.price, o.left), Reject::none);
  return books.state_hash();
}

void expect_same(const Books& books, const PlainBooks& plain,
                 InstrumentIndex instruments) {
  ASSERT_EQ(books.order_count(), plain.all().size());
  for (InstrumentIndex i = 0; i < instruments; ++i) {
    for (const Side side : {Side::buy, Side::sell}) {
      const auto levels = plain.depth(i, side);
      ASSERT_EQ(depth_of(books, i, side), levels);
      ASSERT_EQ(orders_of(books, i, side), plain.orders(i, side));
      const auto best = books.best(i, side);
      ASSERT_EQ(best.has_value(), !levels.empty());
      if (best) {
        ASSERT_EQ(*best, levels.front());
      }
    }
  }
  for (const RestingOrder& o : plain.all()) {
    ASSERT_EQ(books.order(o.id), o);
    ASSERT_EQ(books.queue_position(o.id), plain.queue_position(o.id));
  }
  ASSERT_EQ(books.state_hash(), hash_of(plain));
}

// What random traffic is drawn from.
struct Traffic {
  const char* name;
  std::vector<OrderId> ids;
  std::int64_t prices;    // drawn from [-prices/2, prices/2)
  std::int64_t quantity;  // the greatest drawn
  InstrumentIndex instruments;
  int steps;
};

std::vector<OrderId> spread(std::size_t n, OrderId first, OrderId step) {
  std::vector<OrderId> ids(n);
  for (std::size_t i = 0; i < n; ++i) ids[i] = first + i * step;
  return ids;
}

class BooksTwin : public testing::TestWithParam<Traffic> {};

TEST_P(BooksTwin, AgreesWithPlainBooksOverRandomTraffic) {
  const Traffic& traffic = GetParam();
  std::mt19937_64 rng{20260101};
  Books books(traffic.instruments);
  PlainBooks plain(traffic.instruments);
  const auto below = [&](std::uint64_t n) { return rng() % n; };
  for (int step = 0; step < traffic.steps; ++step) {
    SCOPED_TRACE(step);
    const OrderId id = traffic.ids[below(traffic.ids.size())];
    const OrderId other = traffic.ids[below(traffic.ids.size())];
    const Ticks price{
        static_cast<std::int64_t>(below(static_cast<std::uint64_t>(traffic.prices))) -
        traffic.prices / 2};
    const Lots quantity{static_cast<std::int64_t>(
                            below(static_cast<std::uint64_t>(traffic.quantity + 2))) -
                        1};
    const auto instrument =
        static_cast<InstrumentIndex>(below(traffic.instruments + std::uint64_t{1}));
    const Side side = below(16) == 0 ? Side::none : static_cast<Side>(below(2));
    const std::uint64_t before = books.state_hash();
    Reject fast{}, slow{};
    switch (below(11)) {
      case 0:
        fast = books.reduce(id, quantity);
        slow = plain.reduce(id, quantity);
        break;
      case 1:
        fast = books.execute(id, quantity);
        slow = plain.execute(id, quantity);
        break;
      case 2:
        fast = books.cancel(id);
        slow = plain.cancel(id);
        break;
      case 3:
        fast = books.replace(id, other, price, quantity);
        slow = plain.replace(id, other, price, quantity);
        break;
      case 4:
        fast = books.modify(id, price, quantity);
        slow = plain.modify(id, price, quantity);
        break;
      case 5:
        if (below(40) == 0) {
          books.clear(instrument);
          plain.clear(instrument);
        }
        break;
      default:
        fast = books.add(instrument, id, side, price, quantity);
        slow = plain.add(instrument, id, side, price, quantity);
    }
    ASSERT_EQ(fast, slow);
    if (fast != Reject::none) {
      ASSERT_EQ(books.state_hash(), before);
    }
    if (step % 16 == 0 || step + 1 == traffic.steps) {
      expect_same(books, plain, traffic.instruments);
      if (HasFatalFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    , BooksTwin,
    testing::Values(Traffic{"DenseIds", spread(64, 0, 1), 8, 4, 1, 4000},
                    Traffic{"SparseIds", spread(64, 7, 1'000'003), 8, 4, 3, 3000},
                    Traffic{"HugeIds", spread(64, OrderId{1} << 62, OrderId{1} << 57),
                            8, 4, 2, 3000},
                    Traffic{"LastIds", spread(64, ~OrderId{0} - 63, 1), 6, 4, 2, 2000},
                    Traffic{"ManyInstruments", spread(300, 1, 1), 4, 9, 40, 3000},
                    Traffic{"ManyLevels", spread(700, 1, 3), 600, 5, 1, 4000},
                    Traffic{"HugeQuantities", spread(12, 1, 1), 2, kMaxQuantity, 1,
                            3000}),
    [](const auto& row) { return row.param.name; });

TEST(Books, FindsEveryLevelOfADeepLadder) {
  // Several hundred levels: searches that begin far from the touch turn into bisections.
  Books books;
  for (std::int64_t i = 0; i < 500; ++i)
    ASSERT_EQ(
        books.add(0, static_cast<OrderId>(i), Side::sell, Ticks{2 * i}, Lots{i + 1}),
        Reject::none);

  for (std::int64_t i = 0; i < 500; ++i) {
    EXPECT_EQ(books.level(0, Side::sell, Ticks{2 * i}),
              (Level{Ticks{2 * i}, Lots{i + 1}, 1}));
    EXPECT_EQ(books.level(0, Side::sell, Ticks{2 * i + 1}).orders, 0U);
  }
  EXPECT_EQ(books.level(0, Side::sell, Ticks{-1}).orders, 0U);
}

TEST(Books, JoiningADeepLevelStandsBehindThoseThere) {
  Books books;
  for (OrderId id = 0; id < 300; ++id)
    ASSERT_EQ(
        books.add(0, id, Side::buy, Ticks{static_cast<std::int64_t>(id)}, Lots{10}),
        Reject::none);

  ASSERT_EQ(books.add(0, 1000, Side::buy, Ticks{3}, Lots{1}), Reject::none);

  EXPECT_EQ(books.queue_position(1000), (QueuePosition{1, Lots{10}}));
}

TEST(Books, ShrinkingKeepsThePlaceAndGrowingOrReplacingLosesIt) {
  Books books;
  for (const OrderId id : {1U, 2U, 3U})
    ASSERT_EQ(books.add(0, id, Side::buy, Ticks{100}, Lots{10}), Reject::none);

  ASSERT_EQ(books.modify(1, Ticks{100}, Lots{4}), Reject::none);
  EXPECT_EQ(books.queue_position(1), (QueuePosition{0, Lots{0}}));
  ASSERT_EQ(books.modify(1, Ticks{100}, Lots{4}), Reject::none);
  EXPECT_EQ(books.queue_position(1), (QueuePosition{0, Lots{0}}));
  ASSERT_EQ(books.modify(1, Ticks{100}, Lots{5}), Reject::none);
  EXPECT_EQ(books.queue_position(1), (QueuePosition{2, Lots{20}}));
  ASSERT_EQ(books.replace(2, 2, Ticks{100}, Lots{10}), Reject::none);
  EXPECT_EQ(books.queue_position(2), (QueuePosition{2, Lots{15}}));
}

TEST(Books, ALevelHoldsUpTo64BitsAndRefusesMore) {
  Books books;
  ASSERT_EQ(books.add(0, 1, Side::buy, Ticks{1}, Lots{kMaxQuantity}), Reject::none);
  ASSERT_EQ(books.add(0, 2, Side::buy, Ticks{1}, Lots{kMaxQuantity - 2}), Reject::none);
  const std::uint64_t before = books.state_hash();

  EXPECT_EQ(books.add(0, 3, Side::buy, Ticks{1}, Lots{1}), Reject::none);
  EXPECT_EQ(books.add(0, 4, Side::buy, Ticks{1}, Lots{1}), Reject::quantity_overflow);
  EXPECT_EQ(books.best(0, Side::buy)->quantity.n, kMost);

  ASSERT_EQ(books.cancel(3), Reject::none);
  EXPECT_EQ(books.state_hash(), before);
}

TEST(Books, AReplaceThatWouldOverflowItsNewLevelChangesNothing) {
  Books books;
  ASSERT_EQ(books.add(0, 1, Side::sell, Ticks{1}, Lots{kMaxQuantity}), Reject::none);
  ASSERT_EQ(books.add(0, 2, Side::sell, Ticks{1}, Lots{kMaxQuantity - 1}),
            Reject::none);
  ASSERT_EQ(books.add(0, 3, Side::sell, Ticks{2}, Lots{5}), Reject::none);
  const std::uint64_t before = books.state_hash();

  EXPECT_EQ(books.replace(3, 4, Ticks{1}, Lots{5}), Reject::quantity_overflow);
  EXPECT_EQ(books.modify(3, Ticks{1}, Lots{5}), Reject::quantity_overflow);

  EXPECT_EQ(books.state_hash(), before);
  // Its own part of the level does not count against it.
  EXPECT_EQ(books.replace(2, 2, Ticks{1}, Lots{kMaxQuantity - 1}), Reject::none);
}

TEST(Books, RefusesEveryExtremeEventAndStaysAsItWas) {
  Books books(4);
  ASSERT_EQ(books.add(0, 7, Side::buy, Ticks{100}, Lots{5}), Reject::none);
  const std::uint64_t before = books.state_hash();
  const std::int64_t extremes[] = {kLeast, kLeast + 1, -1, 0, kMost};

  for (int kind = 0; kind < 256; ++kind) {
    for (const int side : {0, 1, 2, 255}) {
      for (const std::int64_t quantity : extremes) {
        for (const std::int64_t price : {kLeast, kMost}) {
          Event e = event(static_cast<EventKind>(kind), 7, price, quantity);
          e.side = static_cast<std::uint8_t>(side);
          e.aux = ~std::uint64_t{0};
          if (kind == static_cast<int>(EventKind::remove) ||
              kind == static_cast<int>(EventKind::clear))
            continue;
          const Reject code = books.apply(e);
          const bool silent = kind == 0 || (kind >= 10 && kind <= 14);
          EXPECT_EQ(code == Reject::none, silent) << "kind " << kind;
        }
      }
    }
  }

  EXPECT_EQ(books.state_hash(), before);
}

TEST(Books, HoldsThePricesAtTheEndsOfTheirRange) {
  Books books;
  const Ticks ends[] = {Ticks{-kMaxPrice}, Ticks{kMaxPrice}};
  OrderId id = 0;
  for (const Side side : {Side::buy, Side::sell})
    for (const Ticks price : ends)
      ASSERT_EQ(books.add(0, id++, side, price, Lots{1}), Reject::none);

  EXPECT_EQ(books.best(0, Side::buy)->price, Ticks{kMaxPrice});
  EXPECT_EQ(books.best(0, Side::sell)->price, Ticks{-kMaxPrice});
  EXPECT_EQ(books.add(0, 9, Side::buy, Ticks{kMaxPrice + 1}, Lots{1}),
            Reject::price_out_of_range);
  EXPECT_EQ(books.level(0, Side::sell, Ticks{kLeast}).orders, 0U);
}

TEST(Books, AnInstrumentBeyondTheLastIsRefusedAndReadsAsEmpty) {
  Books books(2);

  EXPECT_EQ(books.add(2, 1, Side::buy, Ticks{1}, Lots{1}), Reject::unknown_instrument);
  books.clear(2);
  books.clear(0xffff'ffff);

  EXPECT_EQ(books.best(2, Side::buy), std::nullopt);
  EXPECT_EQ(books.best(0, Side::none), std::nullopt);
  EXPECT_EQ(books.ahead_of(0xffff'ffff, Side::sell, Ticks{1}, {}), QueuePosition{});
}

TEST(Books, AStampStandsBetweenThoseBeforeAndThoseAfter) {
  Books books;
  ASSERT_EQ(books.add(0, 1, Side::buy, Ticks{100}, Lots{10}), Reject::none);
  const Stamp ours = books.take_stamp();
  ASSERT_EQ(books.add(0, 2, Side::buy, Ticks{100}, Lots{20}), Reject::none);

  EXPECT_EQ(books.ahead_of(0, Side::buy, Ticks{100}, ours),
            (QueuePosition{1, Lots{10}}));

  ASSERT_EQ(books.modify(1, Ticks{100}, Lots{11}), Reject::none);
  EXPECT_EQ(books.ahead_of(0, Side::buy, Ticks{100}, ours), QueuePosition{});
}

std::vector<Event> random_events(int n) {
  std::mt19937_64 rng{7};
  std::vector<Event> events;
  for (int i = 0; i < n; ++i) {
    const auto kind = static_cast<EventKind>(rng() % 12);
    Event e = event(kind == EventKind::clear && rng() % 50 ? EventKind::add : kind,
                    rng() % 400, static_cast<std::int64_t>(rng() % 60),
                    static_cast<std::int64_t>(rng() % 6), static_cast<Side>(rng() % 3),
                    static_cast<InstrumentIndex>(rng() % 3));
    if (rng() % 2) e.kind = static_cast<std::uint8_t>(EventKind::add);
    e.aux = rng() % 400;
    events.push_back(e);
  }
  return events;
}

TEST(Books, APieceAtATimeEqualsOneCall) {
  const std::vector<Event> events = random_events(5000);
  Books whole(3), single(3), pieces(3);
  std::vector<std::uint8_t> codes(events.size()), codes_of_pieces(events.size());
  const Books::Applied all = whole.apply(events, true, codes);

  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Reject code = single.apply(events[i]);
    ASSERT_EQ(codes[i], static_cast<std::uint8_t>(code));
    refused += code != Reject::none;
  }
  // Pieces of every size, those too short to apply anything included.
  std::mt19937_64 rng{3};
  std::size_t done = 0, have = 0;
  while (done < events.size()) {
    have = std::min(events.size(), have + rng() % 100);
    const bool last = have == events.size();
    const auto piece = std::span(events).subspan(done, have - done);
    const auto out = std::span(codes_of_pieces).subspan(done, have - done);
    done += pieces.apply(piece, last, out).events;
  }

  EXPECT_EQ(all.events, events.size());
  EXPECT_EQ(all.refused, refused);
  EXPECT_EQ(codes[all.first_refused], static_cast<std::uint8_t>(all.first_reason));
  EXPECT_EQ(single.state_hash(), whole.state_hash());
  EXPECT_EQ(pieces.state_hash(), whole.state_hash());
  EXPECT_EQ(codes_of_pieces, codes);
}

TEST(Books, HashTellsOrdersOfAQueueApart) {
  Books one, two;
  for (const OrderId id : {1U, 2U})
    ASSERT_EQ(one.add(0, id, Side::buy, Ticks{1}, Lots{5}), Reject::none);
  for (const OrderId id : {2U, 1U})
    ASSERT_EQ(two.add(0, id, Side::buy, Ticks{1}, Lots{5}), Reject::none);

  EXPECT_NE(one.state_hash(), two.state_hash());
}

TEST(OrderBook, RefusesSecondOrderWithSameIdAndKeepsFirst) {
  OrderBook book;
  ASSERT_EQ(book.add(7, Side::buy, Ticks{100}, Lots{5}), Reject::none);

  EXPECT_EQ(book.add(7, Side::buy, Ticks{101}, Lots{9}), Reject::duplicate_id);

  EXPECT_EQ(book.best(Side::buy), (Level{Ticks{100}, Lots{5}, 1}));
  EXPECT_EQ(book.order_count(), 1U);
}

}  // namespace
}  // namespace ai_trading::book
