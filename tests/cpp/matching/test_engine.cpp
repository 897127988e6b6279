#include "ai_trading/matching/engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/matching/batch.hpp"
#include "ai_trading/matching/feed_writer.hpp"

namespace ai_trading::matching {
namespace {

// Everything a listener hears, as lines that compare.
struct Diary : Silent {
  std::vector<std::string> lines;

  template <class... Parts>
  void write(const char* what, Parts... parts) {
    std::string line = what;
    ((line += ' ', line += std::to_string(parts)), ...);
    lines.push_back(line);
  }
  void accepted(const NewOrder& o) { write("accepted", o.id); }
  void rejected(OrderId id, Reject why) {
    lines.push_back("rejected " + std::to_string(id) + " " + std::string(name(why)));
  }
  void traded(const Trade& t) {
    write("traded", t.maker, t.taker, t.maker_owner, t.taker_owner, t.price.n,
          t.quantity.n, t.maker_left.n, t.taker_left.n);
  }
  void rested(const OrderView& o) { write("rested", o.id, o.price.n, o.left.n); }
  void replaced(const Replaced& r) {
    write("replaced", r.before.id, r.id, r.price.n, r.left.n,
          static_cast<int>(r.place));
  }
  void canceled(const OrderView& o, Gone why) {
    write("canceled", o.id, o.left.n, static_cast<int>(why));
  }
  void expired(const OrderView& o) { write("expired", o.id, o.left.n); }
};

using Lines = std::vector<std::string>;

NewOrder limit(OrderId id, Side side, std::int64_t price, std::int64_t quantity,
               TimeInForce tif = TimeInForce::day, OwnerId owner = 0) {
  return {id, 0, owner, side, OrderType::limit, tif, Ticks{price}, Lots{quantity}};
}

NewOrder market(OrderId id, Side side, std::int64_t quantity) {
  return {id, 0, 0, side, OrderType::market, TimeInForce::day, Ticks{}, Lots{quantity}};
}

struct EngineTest : testing::Test {
  Diary diary;
  Engine<Diary> engine{diary, 4};

  // What was heard of a request, after checking how it ended.
  Lines hear(Reject seen, Reject expected = Reject::none) {
    EXPECT_EQ(expected, seen);
    return std::exchange(diary.lines, {});
  }
};

TEST_F(EngineTest, TradesAtTheMakersPriceBestAndEarliestFirst) {
  hear(engine.submit(limit(1, Side::sell, 101, 5, TimeInForce::day, 7)));
  hear(engine.submit(limit(2, Side::sell, 100, 3)));
  hear(engine.submit(limit(3, Side::sell, 100, 4)));

  EXPECT_EQ(hear(engine.submit(limit(9, Side::buy, 101, 10, TimeInForce::day, 8))),
            (Lines{"accepted 9", "traded 2 9 0 8 100 3 0 7", "traded 3 9 0 8 100 4 0 3",
                   "traded 1 9 7 8 101 3 2 0"}));
  EXPECT_EQ(engine.books().order(1)->left, Lots{2});
  EXPECT_EQ(engine.trades(), 3U);
}

TEST_F(EngineTest, RestsWhatIsLeftOfADayOrderAndCancelsTheRestOfAnIoc) {
  hear(engine.submit(limit(1, Side::sell, 100, 3)));

  EXPECT_EQ(hear(engine.submit(limit(2, Side::buy, 100, 5))),
            (Lines{"accepted 2", "traded 1 2 0 0 100 3 0 2", "rested 2 100 2"}));
  EXPECT_EQ(hear(engine.submit(limit(3, Side::sell, 100, 5, TimeInForce::ioc))),
            (Lines{"accepted 3", "traded 2 3 0 0 100 2 0 3", "canceled 3 3 1"}));
  EXPECT_EQ(engine.books().order_count(), 0U);
}

TEST_F(EngineTest, AnIocThatFindsNothingLeavesAgain) {
  EXPECT_EQ(hear(engine.submit(limit(3, Side::sell, 100, 5, TimeInForce::ioc))),
            (Lines{"accepted 3", "canceled 3 5 1"}));
}

TEST_F(EngineTest, AMarketOrderSweepsAndNeverRests) {
  hear(engine.submit(limit(1, Side::buy, 100, 3)));
  hear(engine.submit(limit(2, Side::buy, -50, 3)));

  EXPECT_EQ(hear(engine.submit(market(3, Side::sell, 10))),
            (Lines{"accepted 3", "traded 1 3 0 0 100 3 0 7", "traded 2 3 0 0 -50 3 0 4",
                   "canceled 3 4 1"}));
  EXPECT_EQ(hear(engine.submit(market(4, Side::sell, 1)), Reject::no_liquidity),
            (Lines{"rejected 4 no_liquidity"}));
}

TEST_F(EngineTest, ShrinkingKeepsThePlaceAndGrowingLosesIt) {
  for (const OrderId id : {1U, 2U, 3U})
    hear(engine.submit(limit(id, Side::buy, 100, 5)));

  hear(engine.amend(1, Ticks{100}, Lots{2}));
  hear(engine.amend(2, Ticks{100}, Lots{6}));

  std::vector<OrderId> ids;
  engine.books().for_each(0, Side::buy, [&](const book::RestingOrder& o) {
    ids.push_back(o.id);
    return true;
  });
  EXPECT_EQ(ids, (std::vector<OrderId>{1, 3, 2}));
}

TEST_F(EngineTest, AnAmendThatCrossesTradesAndMayRestAgain) {
  hear(engine.submit(limit(1, Side::buy, 100, 5, TimeInForce::day, 4)));
  hear(engine.submit(limit(2, Side::sell, 102, 3)));

  EXPECT_EQ(
      hear(engine.amend(1, Ticks{103}, Lots{5})),
      (Lines{"replaced 1 1 103 5 2", "traded 2 1 0 4 102 3 0 2", "rested 1 103 2"}));
  EXPECT_EQ(engine.owner(1), 4U);
}

TEST_F(EngineTest, ARenamedOrderIsKnownByItsNewIdOnly) {
  hear(engine.submit(limit(1, Side::buy, 100, 5, TimeInForce::day, 4)));

  EXPECT_EQ(hear(engine.replace(1, 8, Ticks{100}, Lots{4})),
            (Lines{"replaced 1 8 100 4 1"}));
  EXPECT_EQ(hear(engine.cancel(1), Reject::unknown_id),
            (Lines{"rejected 1 unknown_id"}));
  EXPECT_EQ(engine.owner(8), 4U);
  EXPECT_EQ(engine.owner(1), 0U);
  EXPECT_EQ(hear(engine.cancel(8)), (Lines{"canceled 8 4 0"}));
}

TEST_F(EngineTest, TheDayEndsForEveryRestingOrder) {
  hear(engine.submit(limit(1, Side::sell, 103, 5)));
  hear(engine.submit(limit(2, Side::buy, 100, 3)));
  hear(engine.submit(limit(3, Side::buy, 101, 4)));

  EXPECT_EQ(engine.expire(0), 3U);

  EXPECT_EQ(diary.lines, (Lines{"expired 3 4", "expired 2 3", "expired 1 5"}));
}

// Each is refused before anything trades, although the book could fill it.
TEST_F(EngineTest, RefusesBadRequestsAndStaysAsItWas) {
  constexpr auto kHuge = std::numeric_limits<std::int64_t>::max();
  constexpr auto kMost = std::int64_t{1} << 62;
  hear(engine.submit(limit(1, Side::sell, 100, 5)));
  hear(engine.submit(limit(2, Side::buy, 90, kMost)));
  const std::uint64_t before = engine.state_hash();

  EXPECT_EQ(engine.submit(limit(1, Side::buy, 100, 5)), Reject::duplicate_id);
  EXPECT_EQ(engine.submit(limit(3, Side::none, 100, 5)), Reject::side_missing);
  EXPECT_EQ(engine.submit(limit(3, Side::buy, 100, 0)), Reject::quantity_not_positive);
  EXPECT_EQ(engine.submit(limit(3, Side::buy, 100, -5)), Reject::quantity_not_positive);
  EXPECT_EQ(engine.submit(limit(3, Side::buy, 100, kHuge)), Reject::quantity_too_large);
  EXPECT_EQ(engine.submit(limit(3, Side::buy, kHuge, 5)), Reject::price_out_of_range);
  EXPECT_EQ(engine.submit(limit(3, Side::buy, 90, kMost)), Reject::quantity_overflow);
  NewOrder elsewhere = limit(3, Side::buy, 100, 5);
  elsewhere.instrument = 4;
  EXPECT_EQ(engine.submit(elsewhere), Reject::unknown_instrument);
  EXPECT_EQ(engine.cancel(3), Reject::unknown_id);
  EXPECT_EQ(engine.amend(3, Ticks{100}, Lots{1}), Reject::unknown_id);
  EXPECT_EQ(engine.amend(2, Ticks{100}, Lots{0}), Reject::quantity_not_positive);
  EXPECT_EQ(engine.replace(2, 1, Ticks{100}, Lots{1}), Reject::duplicate_id);

  EXPECT_EQ(engine.state_hash(), before);
  for (const std::string& line : diary.lines) EXPECT_EQ(line.substr(0, 8), "rejected");
}

TEST_F(EngineTest, TheStateHashKnowsOwners) {
  Diary other_diary;
  Engine<Diary> other{other_diary, 4};
  hear(engine.submit(limit(1, Side::buy, 100, 5, TimeInForce::day, 1)));
  (void)other.submit(limit(1, Side::buy, 100, 5, TimeInForce::day, 2));

  EXPECT_EQ(engine.books().state_hash(), other.books().state_hash());
  EXPECT_NE(engine.state_hash(), other.state_hash());
}

// The slow, obvious engine: a list of orders in arrival order, searched every time.
class PlainEngine {
 public:
  Diary diary;

  Reject submit(const NewOrder& o) {
    if (o.quantity.n < 1) return refuse(o.id, Reject::quantity_not_positive);
    if (find(o.id) != orders_.end()) return refuse(o.id, Reject::duplicate_id);
    if (o.type == OrderType::market && !best(o)) {
      return refuse(o.id, Reject::no_liquidity);
    }
    diary.accepted(o);
    work(o);
    return Reject::none;
  }

  Reject cancel(OrderId id) {
    const auto at = find(id);
    if (at == orders_.end()) return refuse(id, Reject::unknown_id);
    const NewOrder gone = *at;
    orders_.erase(at);
    diary.canceled(view(gone), Gone::asked);
    return Reject::none;
  }

  Reject replace(OrderId id, OrderId new_id, Ticks price, Lots left) {
    const auto at = find(id);
    if (at == orders_.end()) return refuse(id, Reject::unknown_id);
    if (left.n < 1) return refuse(id, Reject::quantity_not_positive);
    if (new_id != id && find(new_id) != orders_.end())
      return refuse(id, Reject::duplicate_id);
    const NewOrder old = *at;
    if (id == new_id && price == old.price && left <= old.quantity) {
      at->quantity = left;
      diary.replaced({view(old), new_id, price, left, left, Place::kept});
      return Reject::none;
    }
    NewOrder changed = old;
    changed.id = new_id;
    changed.price = price;
    changed.quantity = left;
    orders_.erase(at);
    const bool crosses = best(changed).has_value();
    const Place place = crosses ? Place::none : Place::back;
    diary.replaced({view(old), new_id, price, left, crosses ? Lots{} : left, place});
    if (crosses) {
      work(changed);
    } else {
      orders_.push_back(changed);
    }
    return Reject::none;
  }

  [[nodiscard]] std::vector<std::pair<OrderId, Lots>> queue(Side side) const {
    std::vector<NewOrder> out;
    for (const NewOrder& o : orders_)
      if (o.side == side) out.push_back(o);
    std::ranges::stable_sort(out, [&](const NewOrder& a, const NewOrder& b) {
      return better(side, a.price, b.price);
    });
    std::vector<std::pair<OrderId, Lots>> rows;
    for (const NewOrder& o : out) rows.emplace_back(o.id, o.quantity);
    return rows;
  }

 private:
  using List = std::vector<NewOrder>;

  static OrderView view(const NewOrder& o) {
    return {o.id, o.instrument, o.owner, o.side, o.price, o.quantity, o.quantity};
  }
  List::iterator find(OrderId id) {
    return std::ranges::find(orders_, id, &NewOrder::id);
  }
  Reject refuse(OrderId id, Reject why) {
    diary.rejected(id, why);
    return why;
  }

  // Whom this order would trade with next.
  [[nodiscard]] std::optional<std::size_t> best(const NewOrder& o) const {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < orders_.size(); ++i) {
      const NewOrder& other = orders_[i];
      if (other.side == o.side) continue;
      const bool buys = o.side == Side::buy;
      const bool agrees = buys ? other.price <= o.price : other.price >= o.price;
      if (o.type != OrderType::market && !agrees) continue;
      if (!found) {
        found = i;
      } else if (buys ? other.price < orders_[*found].price
                      : other.price > orders_[*found].price) {
        found = i;
      }
    }
    return found;
  }

  void work(NewOrder o) {
    while (o.quantity.n > 0) {
      const auto at = best(o);
      if (!at) break;
      NewOrder& maker = orders_[*at];
      const Lots quantity = std::min(maker.quantity, o.quantity);
      maker.quantity -= quantity;
      o.quantity -= quantity;
      diary.traded({.match = ++matches_,
                    .maker_side = maker.side,
                    .maker_shown = true,
                    .price = maker.price,
                    .quantity = quantity,
                    .maker = maker.id,
                    .taker = o.id,
                    .maker_owner = maker.owner,
                    .taker_owner = o.owner,
                    .maker_left = maker.quantity,
                    .taker_left = o.quantity});
      if (maker.quantity.n == 0)
        orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(*at));
    }
    if (o.quantity.n == 0) return;
    if (o.type == OrderType::market || o.time_in_force == TimeInForce::ioc) {
      diary.canceled(view(o), Gone::unfilled);
    } else {
      orders_.push_back(o);
      diary.rested(view(o));
    }
  }

  List orders_;
  std::uint64_t matches_{};
};

// One random request; small id and price ranges make every case happen.
template <class Target>
Reject drive(Rng rng, OrderId ids, Target& target) {
  const OrderId id = 1 + rng.below(ids);
  const Ticks price{static_cast<std::int64_t>(rng.below(12)) - 3};
  const Lots quantity{static_cast<std::int64_t>(rng.below(20))};
  switch (rng.below(10)) {
    case 0:
    case 1:
      return target.cancel(id);
    case 2:
      return target.replace(id, id, price, quantity);
    case 3:
      return target.replace(id, 1 + rng.below(ids), price, quantity);
    default:
      break;
  }
  NewOrder order =
      limit(id, rng.below(2) == 0 ? Side::buy : Side::sell, price.n, quantity.n);
  order.owner = static_cast<OwnerId>(rng.below(3));
  if (rng.below(5) == 0) order.type = OrderType::market;
  if (rng.below(4) == 0) order.time_in_force = TimeInForce::ioc;
  return target.submit(order);
}

std::vector<std::pair<OrderId, Lots>> queue(const ShownBook& books, Side side) {
  std::vector<std::pair<OrderId, Lots>> rows;
  books.for_each(0, side, [&](const book::RestingOrder& o) {
    rows.emplace_back(o.id, o.left);
    return true;
  });
  return rows;
}

TEST(Engine, AgreesWithThePlainEngineOverRandomTraffic) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    Diary diary;
    Engine<Diary> fast{diary, 1};
    PlainEngine plain;
    for (int step = 0; step < 1500; ++step) {
      const Rng draw(rng.next());
      ASSERT_EQ(drive(draw, 60, fast), drive(draw, 60, plain)) << step;
      ASSERT_EQ(diary.lines, plain.diary.lines) << "seed " << seed << " step " << step;
      diary.lines.clear();
      plain.diary.lines.clear();

      const auto bid = fast.books().best(0, Side::buy);
      const auto ask = fast.books().best(0, Side::sell);
      ASSERT_FALSE(bid && ask && bid->price >= ask->price) << "crossed at " << step;
      for (const Side side : {Side::buy, Side::sell})
        ASSERT_EQ(queue(fast.books(), side), plain.queue(side)) << seed << " " << step;
    }
  }
}

TEST(FeedWriter, ABookMadeOfTheFeedEqualsTheEnginesOwn) {
  Rng rng(5);
  std::vector<feed::Event> events;
  FeedWriter writer(events);
  Engine<FeedWriter> engine{writer, 1};
  book::Books copy;
  for (int step = 0; step < 20'000; ++step) {
    events.clear();
    writer.begin(Nanos{step});
    (void)drive(Rng(rng.next()), 200, engine);
    for (std::size_t i = 0; i < events.size(); ++i) {
      ASSERT_EQ(copy.apply(events[i]), Reject::none) << step;
      ASSERT_EQ((events[i].flags & feed::flag::more) != 0, i + 1 < events.size());
    }
    ASSERT_EQ(copy.state_hash(), engine.books().state_hash()) << step;
  }
}

TEST(BatchEngine, RefusesRowsThatHoldNoRequestAndGoesOn) {
  BatchEngine engine(1, true);
  std::vector<Answer> answers;
  Request good{};
  good.timestamp = 1;
  good.order_id = 5;
  good.price = 100;
  good.quantity = 10;
  good.type = 1;
  std::vector<Request> rows(5, good);
  rows[0].action = 99;
  rows[1].side = 2;
  rows[2].type = 77;
  rows[3].time_in_force = 33;

  engine.apply(rows, answers);

  ASSERT_EQ(answers.size(), 6U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(answers[i].kind, static_cast<std::uint8_t>(AnswerKind::rejected));
    EXPECT_EQ(answers[i].request, i);
  }
  EXPECT_EQ(answers[5].kind, static_cast<std::uint8_t>(AnswerKind::rested));
  EXPECT_EQ(engine.take_feed().size(), 1U);
  EXPECT_TRUE(engine.take_feed().empty());
}

}  // namespace
}  // namespace ai_trading::matching
