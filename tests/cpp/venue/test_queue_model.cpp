#include "ai_trading/venue/queue_model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "ai_trading/venue/level_venue.hpp"
#include "venue/venue_samples.hpp"

namespace ai_trading::venue {
namespace {

using Levels = Floor<LevelVenue>;
const Story kNothing;

QueueModel model(QueueKind kind, double exponent = 1.0) {
  QueueModel made;
  made.kind = kind;
  made.exponent = exponent;
  return made;
}

// 300 bid at 100, then ours, then 100 of somebody else.
Levels between(QueueModel queue) {
  Levels floor(queue);
  floor.market(level(Side::buy, 100, 300));
  floor.market(level(Side::sell, 101, 50));
  floor.ours(limit(1, Side::buy, 100, 80));
  floor.told();
  floor.market(level(Side::buy, 100, 400));
  return floor;
}

std::int64_t ahead(const Levels& floor) {
  return floor.venue.queue_position(0, Side::buy, 1)->quantity_ahead.n;
}

TEST(QueueModel, KnowsItselfByName) {
  for (const auto& [kind, name] : kQueueNames) EXPECT_EQ(queue_kind(name), kind);
  EXPECT_EQ(queue_kind("fifo"), std::nullopt);
}

// 40 cancel while 300 stand before us and 100 behind.
TEST(QueueModel, ModelsDifferInWhoseOrdersWereCanceled) {
  const auto after = [](QueueModel queue) {
    Levels floor = between(queue);
    EXPECT_EQ(floor.market(level(Side::buy, 100, 360)), kNothing);
    return ahead(floor);
  };

  EXPECT_EQ(after(model(QueueKind::risk_averse)), 300);
  EXPECT_EQ(after(model(QueueKind::trades)), 300);
  EXPECT_EQ(after(model(QueueKind::front)), 260);
  EXPECT_EQ(after(model(QueueKind::sizes)), 260);  // nobody behind us had 40
  // Evenly: 300/400 of 40 is 30.  Squares: 9/10 of it, 36.  Cubes: 27/28, 38.57.
  EXPECT_EQ(after(model(QueueKind::power, 1)), 270);
  EXPECT_EQ(after(model(QueueKind::power, 2)), 264);
  EXPECT_EQ(after(model(QueueKind::power, 3)), 262);  // 261.43 of them, rounded up
  // log(301) / (log(301) + log(101)) of 40 is 22.12.
  EXPECT_EQ(after(model(QueueKind::log)), 278);
}

TEST(QueueModel, ASizeThatJoinedAfterUsLeavesFromBehindUs) {
  Levels floor = between(model(QueueKind::sizes));

  floor.market(level(Side::buy, 100, 300));  // the 100 that came last
  EXPECT_EQ(ahead(floor), 300);
  floor.market(level(Side::buy, 100, 200));  // another 100: nobody behind had it
  EXPECT_EQ(ahead(floor), 200);
}

TEST(QueueModel, WhatTradedIsNotCountedAsCanceledToo) {
  for (const auto& [kind, name] : kQueueNames) {
    if (kind == QueueKind::through || kind == QueueKind::touch) continue;
    Levels floor = between(model(kind));

    floor.market(hidden_trade(100, 60, Side::buy));
    EXPECT_EQ(ahead(floor), 240) << name;
    floor.market(level(Side::buy, 100, 340));  // says the same
    EXPECT_EQ(ahead(floor), 240) << name;
  }
}

TEST(QueueModel, CancelsThatThoseBehindUsCannotHaveMadeCameFromAhead) {
  for (const QueueKind kind : {QueueKind::power, QueueKind::log}) {
    Levels floor = between(model(kind));
    floor.market(level(Side::buy, 100, 20));  // 380 left, at most 100 from behind
    EXPECT_LE(ahead(floor), 20);
  }
}

TEST(QueueModel, OnlyTradesMoveAnOrderThatTrustsTradesAlone) {
  Levels floor = between(model(QueueKind::trades));

  floor.market(level(Side::buy, 100, 10));
  EXPECT_EQ(ahead(floor), 300);
  EXPECT_EQ(floor.market(hidden_trade(100, 310, Side::buy)),
            Story{"filled 1: 10 @ 100"});
}

TEST(QueueModel, FractionsOfALotAddUp) {
  // A queue of 3 before us and 1 behind; one lot cancels and one joins, over and over:
  // each time 3/4 of the lot was before us, then less as we come forward.
  Levels floor(model(QueueKind::power, 1));
  floor.market(level(Side::buy, 100, 3));
  floor.ours(limit(1, Side::buy, 100, 1));
  double front = 3;
  for (int i = 0; i < 10; ++i) {
    floor.market(level(Side::buy, 100, 4));
    front -= front / 4;
    floor.market(level(Side::buy, 100, 3));
    EXPECT_EQ(ahead(floor), static_cast<std::int64_t>(std::ceil(front)));
  }
}

TEST(QueueModel, PlainRulesKnowNoQueue) {
  Levels touch = between(model(QueueKind::touch));
  EXPECT_EQ(touch.market(hidden_trade(100, 5, Side::buy)), Story{"filled 1: 5 @ 100"});

  Levels through = between(model(QueueKind::through));
  EXPECT_EQ(through.market(hidden_trade(100, 900, Side::buy)), kNothing);
  EXPECT_EQ(through.market(hidden_trade(99, 7, Side::buy)), Story{"filled 1: 7 @ 100"});
}

TEST(QueueModel, QuotesAloneMayCountWhatLeavesAsTraded) {
  Levels floor = between(model(QueueKind::shrink));

  EXPECT_EQ(floor.market(level(Side::buy, 100, 150)), kNothing);
  EXPECT_EQ(ahead(floor), 50);
  EXPECT_EQ(floor.market(level(Side::buy, 100, 90)), Story{"filled 1: 10 @ 100"});
  // A trade that is told does not count again when the level shrinks.
  EXPECT_EQ(floor.market(hidden_trade(100, 20, Side::buy)),
            Story{"filled 1: 20 @ 100"});
  EXPECT_EQ(floor.market(level(Side::buy, 100, 70)), kNothing);
}

// What fills under random trading at one bid, model by model, on the same stream.
class Streams : public testing::TestWithParam<unsigned> {
 protected:
  std::int64_t filled(QueueModel queue) {
    std::mt19937 random(GetParam());
    const auto draw = [&](int most) {
      return static_cast<std::int64_t>(random() % static_cast<unsigned>(most)) + 1;
    };
    Levels floor(queue);
    std::int64_t total = 100 * draw(5);
    floor.market(level(Side::buy, 100, total));
    floor.market(level(Side::sell, 103, 500));
    floor.ours(limit(1, Side::buy, 100, 150));
    floor.told();
    traded = 0;
    std::int64_t ours = 0;
    for (int i = 0; i < 60; ++i) {
      switch (random() % 4) {
        case 0: {
          const std::int64_t volume = std::min(total, draw(60));
          if (volume == 0) break;
          traded += volume;
          floor.venue.on_event(hidden_trade(100, volume, Side::buy), floor.reports);
          total -= volume;
          break;
        }
        case 1:
          total += draw(80);
          break;
        default:
          total -= std::min(total, draw(70));
      }
      floor.venue.on_event(level(Side::buy, 100, total), floor.reports);
      for (const Report& report : floor.reports) {
        EXPECT_EQ(report.price, Ticks{100});
        ours += report.quantity.n;
      }
      floor.reports.clear();
    }
    return ours;
  }

  std::int64_t traded{};
};

TEST_P(Streams, NoModelFillsMoreThanTradedAndTheBoundsHold) {
  const std::int64_t most = filled(model(QueueKind::touch));
  EXPECT_LE(most, traded);
  const std::int64_t front = filled(model(QueueKind::front));
  const std::int64_t careful = filled(model(QueueKind::risk_averse));
  const std::int64_t trades = filled(model(QueueKind::trades));
  EXPECT_LE(front, most);
  EXPECT_LE(trades, careful);
  EXPECT_EQ(filled(model(QueueKind::through)), 0);
  for (const QueueModel between :
       {model(QueueKind::log), model(QueueKind::sizes), model(QueueKind::power, 0.5),
        model(QueueKind::power, 1), model(QueueKind::power, 3)}) {
    const std::int64_t here = filled(between);
    EXPECT_LE(here, front);
    EXPECT_GE(here, careful);
  }
}

INSTANTIATE_TEST_SUITE_P(Random, Streams, testing::Range(1U, 200U));

}  // namespace
}  // namespace ai_trading::venue
