// The desk with the whole pre-trade gate: what it tells it, and what it does for it.
#include <gtest/gtest.h>

#include <stdexcept>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/risk/pre_trade.hpp"
#include "desk/desk_samples.hpp"

namespace ai_trading::desk {
namespace {

using risk::Limit;
using risk::Scope;
using risk::ScopeKind;

constexpr std::int64_t kMicro = 1'000'000;

Desk armed(const risk::LimitBook& book = {}, std::size_t strategies = 2) {
  Desk made = plain_desk({}, 2);
  made.arm(strategies);
  made.gate().apply(book);
  return made;
}

risk::LimitBook with(Limit limit, std::int64_t value) {
  risk::LimitBook book;
  book.all.set(limit, value);
  return book;
}

TEST(DeskGate, RefusesByTheLimitsOfTheWholeGate) {
  Desk d = armed(with(Limit::open_orders, 1));
  working(d, buying(100, 10));

  const auto second = d.submit(buying(99, 10), kNow);

  EXPECT_EQ(second.reason, Reject::open_orders);
  EXPECT_EQ(status(d, second.id), OrderStatus::rejected);
  EXPECT_FALSE(second.command);
}

TEST(DeskGate, KnowsOpenOrdersPositionsAndProfitAsTheLedgerDoes) {
  Desk d = armed();
  const OrderId id = working(d, buying(100, 10));
  EXPECT_EQ(d.gate().name(0).buys, Lots{10});
  d.on_report(filling(id, 99, 4));
  EXPECT_EQ(d.gate().name(0).buys, Lots{6});
  EXPECT_EQ(d.gate().name(0).position, Lots{4});
  EXPECT_EQ(d.gate().equity(), d.ledger().totals().value);
  d.on_report(saying(id, Report::Kind::canceled));
  EXPECT_EQ(d.gate().name(0).buys, Lots{});
  EXPECT_EQ(d.gate().counters().open_orders, 0U);
}

TEST(DeskGate, ArmedLateItKnowsWhatIsThere) {
  Desk d = plain_desk({}, 2);
  const OrderId id = working(d, buying(100, 10));
  d.on_report(filling(id, 100, 4));

  d.arm(2);

  EXPECT_EQ(d.gate().name(0).position, Lots{4});
  EXPECT_EQ(d.gate().name(0).buys, Lots{6});
  EXPECT_EQ(d.gate().equity(), d.ledger().totals().value);
  d.on_report(filling(id, 100, 6));
  EXPECT_EQ(d.gate().name(0).buys, Lots{});
  EXPECT_EQ(d.gate().exposures(), d.gate().recomputed());
}

TEST(DeskGate, AFlipIsCutWhereItIsToBe) {
  Desk d = armed(with(Limit::flip, 1));
  const OrderId id = working(d, buying(100, 10));
  d.on_report(filling(id, 100, 10));

  const auto made = d.submit(selling(100, 25), kNow);

  EXPECT_EQ(made.reason, Reject::none);
  ASSERT_TRUE(made.command);
  EXPECT_EQ(made.command->quantity, Lots{10});
  EXPECT_EQ(d.order(made.id).quantity, 10);
}

TEST(DeskGate, AChangeThatOnlyShrinksIsHeldToWhatAnOrderMustBeAndToNothingElse) {
  Desk d = armed();
  risk::NameTerms terms;
  terms.lot_step = 10;
  d.gate().describe(0, terms);
  const OrderId id = working(d, buying(100, 50));
  d.gate().apply(with(Limit::max_order_quantity, kMicro));

  EXPECT_EQ(d.modify(id, Ticks{100}, Lots{45}, kNow).reason, Reject::quantity_off_lot);
  const std::uint32_t messages = d.gate().counters().messages;
  EXPECT_EQ(d.modify(id, Ticks{100}, Lots{40}, kNow).reason, Reject::none);
  EXPECT_EQ(d.gate().counters().messages, messages + 1);
}

TEST(DeskGate, AChangedOrderMeetsItAsIfTheOldOneWereGone) {
  Desk d = armed(with(Limit::max_position, 10 * kMicro));
  const OrderId id = working(d, buying(100, 10));
  EXPECT_EQ(d.modify(id, Ticks{101}, Lots{10}, kNow).reason, Reject::none);
  d.on_report(saying(id, Report::Kind::modified, 101, 10));
  EXPECT_EQ(d.modify(id, Ticks{101}, Lots{11}, kNow).reason, Reject::position_limit);
  EXPECT_EQ(d.gate().name(0).buys, Lots{10});
  EXPECT_EQ(d.gate().name(0).own_bid, Ticks{101});
  EXPECT_EQ(d.gate().counters().messages, 2U);
}

TEST(DeskGate, AReplaceUnderWayCountsAtItsMoreAggressivePrice) {
  Desk d = armed(with(Limit::self_trade, 1));
  const OrderId id = working(d, selling(105, 10));
  (void)d.modify(id, Ticks{102}, Lots{10}, kNow);
  EXPECT_EQ(d.submit(buying(103, 1), kNow).reason, Reject::self_trade);
  d.on_report(saying(id, Report::Kind::change_rejected));
  EXPECT_EQ(d.submit(buying(103, 1), kNow).reason, Reject::none);
}

TEST(DeskGate, CancelsAlwaysPass) {
  risk::LimitBook book = with(Limit::message_rate, 1);
  book.all.set(Limit::message_burst, 1);
  Desk d = armed(book);
  const OrderId id = working(d, buying(100, 10));
  EXPECT_EQ(d.submit(buying(100, 1), kNow).reason, Reject::message_rate);
  d.gate().restrict({}, Mode::halted, Reject::none, "A", "stop", kNow);
  d.gate().set_connected(false);
  EXPECT_EQ(d.cancel(id, kNow).reason, Reject::none);
}

TEST(DeskGate, TheKillSwitchCancelsItsScopeAndSaysWhatItDid) {
  Desk d = armed();
  const auto send = [&](std::uint16_t strategy, InstrumentIndex instrument) {
    NewOrder order = buying(100, 10);
    order.strategy = strategy;
    order.instrument = instrument;
    return working(d, order);
  };
  const OrderId a = send(0, 0), b = send(1, 0), c = send(1, 1);
  (void)d.cancel(c, kNow);
  NewParent parent;
  parent.side = Side::buy;
  parent.quantity = Lots{100};
  parent.strategy = 1;
  const auto opened = d.open_parent(parent, kNow);

  const Killed killed = d.kill({ScopeKind::strategy, 1}, "R. Officer", "runaway", kNow);

  EXPECT_EQ(killed.before, Mode::active);
  EXPECT_EQ(killed.asked, std::vector<OrderId>{b});
  EXPECT_EQ(killed.under_way, 1U);
  EXPECT_EQ(killed.parents, 1U);
  const auto commands = sent(d);
  ASSERT_EQ(commands.size(), 1U);
  EXPECT_EQ(commands[0].order_id, b);
  EXPECT_EQ(status(d, a), OrderStatus::accepted);
  EXPECT_EQ(d.parent(opened.id).status,
            static_cast<std::uint8_t>(OrderStatus::canceled));
  NewOrder again = buying(100, 1);
  again.strategy = 1;
  EXPECT_EQ(d.submit(again, kNow).reason, Reject::killed);
  EXPECT_EQ(d.submit(buying(100, 1), kNow).reason, Reject::none);
  ASSERT_EQ(d.gate().states().log().size(), 1U);
  EXPECT_EQ(d.gate().states().log()[0].who, "R. Officer");
  EXPECT_EQ(d.gate().states().log()[0].reason, "runaway");
  EXPECT_THROW((void)d.kill({}, " ", "", kNow), std::invalid_argument);
}

TEST(DeskGate, TheKillSwitchWorksWithoutLimitsToo) {
  Desk d = plain_desk();
  working(d, buying(100, 10));
  const Killed killed = d.kill({}, "A", "stop", kNow);
  EXPECT_EQ(killed.asked.size(), 1U);
  EXPECT_EQ(d.submit(buying(100, 1), kNow).reason, Reject::killed);
}

TEST(DeskGate, AHardLossHaltsAndCancelsWhereItIsTo) {
  risk::LimitBook book = with(Limit::cancel_on_halt, 1);
  // An instrument's tick is 0.0001: 10 lots at 100 are worth 0.1.
  book.all.set(Limit::daily_loss, 50'000);
  Desk d = armed(book);
  const OrderId id = working(d, buying(100, 10));
  d.on_report(filling(id, 100, 10));
  const OrderId rest = working(d, buying(50, 10));

  d.mark(0, Ticks{50}, kNow);

  EXPECT_EQ(sent(d).size(), 1U);
  EXPECT_EQ(status(d, rest), OrderStatus::pending_cancel);
  EXPECT_EQ(d.submit(selling(50, 10), kNow).reason, Reject::daily_loss_hard);
}

TEST(DeskGate, LosingTheConnectionCancelsWhereItIsTo) {
  Desk d = armed(with(Limit::cancel_on_disconnect, 1));
  working(d, buying(100, 10));
  EXPECT_EQ(d.disconnect(kNow).asked.size(), 1U);
  EXPECT_EQ(d.submit(buying(100, 1), kNow).reason, Reject::disconnected);
  d.reconnect();
  EXPECT_EQ(d.submit(buying(100, 1), kNow).reason, Reject::none);

  Desk quiet = armed();
  working(quiet, buying(100, 10));
  EXPECT_EQ(quiet.disconnect(kNow).asked.size(), 0U);
}

TEST(DeskGate, OldReferencesStopOrders) {
  Desk d = armed(with(Limit::reference_age, 5));
  d.mark(0, Ticks{100}, kNow);
  EXPECT_EQ(d.submit(buying(100, 1), kNow + Nanos{5}).reason, Reject::none);
  EXPECT_EQ(d.submit(buying(100, 1), kNow + Nanos{6}).reason, Reject::stale_reference);
}

TEST(DeskGate, ItsStateIsInTheHashOfTheDesk) {
  Desk a = armed(), b = armed();
  EXPECT_EQ(a.state_hash(), b.state_hash());
  b.gate().begin_day();
  EXPECT_EQ(a.state_hash(), b.state_hash());
  b.gate().message(0, 0, kNow);
  EXPECT_NE(a.state_hash(), b.state_hash());
}

TEST(DeskGate, RatesOfExchangeReachTheGate) {
  Instrument own, foreign;
  foreign.currency = 1;
  Terms terms;
  terms.ledger.currencies = 2;
  Desk d({own, foreign}, from_nano(1'000'000 * kNano), std::vector<risk::Limits>(2),
         terms);
  d.set_rate(1, 2 * kNano);
  d.arm();
  d.mark(1, Ticks{100}, kNow);
  NewOrder order = buying(100, 10);
  order.instrument = 1;
  working(d, order);
  const Money before = d.gate().exposures().gross;
  d.set_rate(1, kNano);
  EXPECT_EQ(d.gate().exposures().gross + d.gate().exposures().gross, before);
  EXPECT_EQ(d.gate().exposures(), d.gate().recomputed());
}

// Random traffic: the gate and the ledger agree after every step.
TEST(DeskGate, AgreesWithTheLedgerUnderAnyTraffic) {
  Rng rng(11);
  Desk d = armed();
  std::vector<OrderId> live;
  std::uint64_t execution = 0;
  for (int step = 0; step < 4000; ++step) {
    const auto pick = rng.below(10);
    if (pick < 3 || live.empty()) {
      NewOrder order = limit(rng.below(2) == 0 ? Side::buy : Side::sell,
                             95 + static_cast<std::int64_t>(rng.below(11)),
                             1 + static_cast<std::int64_t>(rng.below(20)));
      order.instrument = static_cast<InstrumentIndex>(rng.below(2));
      order.strategy = static_cast<std::uint16_t>(rng.below(2));
      const auto made = d.submit(order, kNow);
      if (made.reason == Reject::none) live.push_back(made.id);
    } else {
      const OrderId id = live[rng.below(live.size())];
      const OrderRecord& order = d.order(id);
      if (pick < 5) {
        Report fill = filling(id, order.price, 1, ++execution);
        fill.instrument = order.instrument;
        d.on_report(fill);
      } else if (pick == 5) {
        (void)d.modify(id, Ticks{order.price + 1}, Lots{order.quantity + 2}, kNow);
      } else if (pick == 6) {
        Report done =
            saying(id, Report::Kind::modified, order.price + 1, order.quantity + 2);
        if (rng.below(2) == 0) done.kind = Report::Kind::change_rejected;
        d.on_report(done);
      } else if (pick == 7) {
        d.on_report(saying(id, Report::Kind::canceled));
      } else if (pick == 8 && execution > 0) {
        const std::uint64_t undone = 1 + rng.below(execution);
        d.on_report(undoing(undone, 1'000'000 + static_cast<std::uint64_t>(step)));
      } else {
        d.mark(static_cast<InstrumentIndex>(rng.below(2)),
               Ticks{90 + static_cast<std::int64_t>(rng.below(20))}, kNow);
      }
    }
    for (InstrumentIndex i = 0; i < 2; ++i) {
      ASSERT_EQ(d.gate().name(i).position, d.ledger().position(i).quantity);
      if (d.mode(i) != Mode::active) d.enable(i, "A. Trader");
    }
    ASSERT_EQ(d.gate().equity(), d.ledger().totals().value);
  }
  EXPECT_EQ(d.gate().exposures(), d.gate().recomputed());
  for (const OrderId id : live) d.on_report(saying(id, Report::Kind::canceled));
  EXPECT_EQ(d.gate().counters().open_orders, 0U);
  EXPECT_EQ(d.gate().counters().open_notional, Money{});
  EXPECT_EQ(d.gate().name(0).buys, Lots{});
  EXPECT_EQ(d.gate().name(1).sells, Lots{});
}

}  // namespace
}  // namespace ai_trading::desk
