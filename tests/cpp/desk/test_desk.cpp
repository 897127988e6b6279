#include "ai_trading/desk/desk.hpp"

#include <gtest/gtest.h>

namespace ai_trading::desk {
namespace {

constexpr Nanos kNow{1000};

risk::Limits at_most(std::int64_t position) {
  risk::Limits limits;
  limits.max_position = Lots{position};
  return limits;
}

Desk desk(const risk::Limits& limits = {}, std::int64_t per_order = 0) {
  Desk made({Instrument{}}, from_nano(1'000'000 * kNano), {limits}, per_order);
  made.mark(0, Ticks{100});
  return made;
}

NewOrder buy(std::int64_t price, std::int64_t quantity) {
  NewOrder order;
  order.side = Side::buy;
  order.type = OrderType::limit;
  order.price = Ticks{price};
  order.quantity = Lots{quantity};
  return order;
}

Report report(OrderId id, Report::Kind kind, std::int64_t price = 0,
              std::int64_t quantity = 0) {
  Report out;
  out.at = Nanos{2000};
  out.order_id = id;
  out.kind = kind;
  out.price = Ticks{price};
  out.quantity = Lots{quantity};
  out.liquidity = Liquidity::maker;
  return out;
}

OrderStatus status(const Desk& d, OrderId id) {
  return static_cast<OrderStatus>(d.order(id).status);
}

TEST(Desk, FollowsAnOrderFromSubmissionToItsLastFill) {
  Desk d = desk({}, 500);
  const auto sent = d.submit(buy(100, 10), kNow);
  ASSERT_TRUE(sent.command);
  EXPECT_EQ(status(d, sent.id), OrderStatus::pending_new);
  d.on_report(report(1, Report::Kind::accepted));
  EXPECT_EQ(status(d, 1), OrderStatus::accepted);

  const auto first = d.on_report(report(1, Report::Kind::filled, 99, 4));
  EXPECT_EQ(status(d, 1), OrderStatus::partially_filled);
  const auto second = d.on_report(report(1, Report::Kind::filled, 100, 6));

  EXPECT_EQ(status(d, 1), OrderStatus::filled);
  EXPECT_EQ(first->fee, 500);  // the charge per order comes with the first fill
  EXPECT_EQ(second->fee, 0);
  EXPECT_EQ(second->position, 10);
  EXPECT_EQ(d.order(1).filled_value, 99 * 4 + 100 * 6);
  EXPECT_EQ(d.working_orders(), 0U);
}

TEST(Desk, RecordsARefusedOrderAndSendsNothing) {
  Desk d = desk();

  const auto sent = d.submit(buy(100, 0), kNow);

  EXPECT_EQ(sent.reason, Reject::quantity_not_positive);
  EXPECT_FALSE(sent.command);
  EXPECT_EQ(status(d, sent.id), OrderStatus::rejected);
  EXPECT_EQ(d.order(sent.id).done, kNow.n);
  EXPECT_EQ(d.working_orders(), 0U);
}

TEST(Desk, RefusesAnInstrumentItDoesNotKnow) {
  Desk d = desk();
  NewOrder order = buy(100, 1);
  order.instrument = 1;

  EXPECT_EQ(d.submit(order, kNow).reason, Reject::unknown_instrument);
}

TEST(Desk, WorkingOrdersCountUntilTheyEnd) {
  Desk d = desk(at_most(100));
  ASSERT_EQ(d.submit(buy(100, 60), kNow).reason, Reject::none);
  EXPECT_EQ(d.submit(buy(100, 41), kNow).reason, Reject::position_limit);
  d.on_report(report(1, Report::Kind::filled, 100, 10));
  EXPECT_EQ(d.submit(buy(100, 41), kNow).reason, Reject::position_limit);

  ASSERT_EQ(d.cancel(1, kNow).reason, Reject::none);
  EXPECT_EQ(d.submit(buy(100, 41), kNow).reason, Reject::position_limit);
  d.on_report(report(1, Report::Kind::canceled));

  EXPECT_EQ(d.submit(buy(100, 90), kNow).reason, Reject::none);
}

TEST(Desk, AModifyUnderWayCountsAsTheGreaterOfBoth) {
  Desk d = desk(at_most(100));
  ASSERT_EQ(d.submit(buy(100, 50), kNow).reason, Reject::none);
  d.on_report(report(1, Report::Kind::accepted));
  ASSERT_EQ(d.modify(1, Ticks{100}, Lots{100}, kNow).reason, Reject::none);

  // The venue may grant the hundred at any moment.
  EXPECT_EQ(d.submit(buy(100, 50), kNow).reason, Reject::position_limit);
  d.on_report(report(1, Report::Kind::change_rejected));
  EXPECT_EQ(d.submit(buy(100, 50), kNow).reason, Reject::none);

  // Shrinking gives room only once the venue has said so.
  ASSERT_EQ(d.modify(1, Ticks{100}, Lots{20}, kNow).reason, Reject::none);
  EXPECT_EQ(d.submit(buy(100, 30), kNow).reason, Reject::position_limit);
  d.on_report(report(1, Report::Kind::modified, 100, 20));
  EXPECT_EQ(d.submit(buy(100, 30), kNow).reason, Reject::none);
}

TEST(Desk, AModifyBeyondTheLimitIsRefusedAndLeavesTheOrder) {
  Desk d = desk(at_most(100));
  ASSERT_EQ(d.submit(buy(100, 50), kNow).reason, Reject::none);
  d.on_report(report(1, Report::Kind::accepted));

  EXPECT_EQ(d.modify(1, Ticks{100}, Lots{101}, kNow).reason, Reject::position_limit);

  EXPECT_EQ(status(d, 1), OrderStatus::accepted);
  EXPECT_EQ(d.submit(buy(100, 51), kNow).reason, Reject::position_limit);
  EXPECT_EQ(d.submit(buy(100, 50), kNow).reason, Reject::none);
}

TEST(Desk, CashForWorkingBuysIsSetAside) {
  risk::Limits limits;
  limits.cash_only = true;
  Desk d({Instrument{}}, from_nano(kNano), {limits});  // one unit of cash
  d.mark(0, Ticks{100});
  ASSERT_EQ(d.submit(buy(100, 60), kNow).reason, Reject::none);  // 0.60 of it
  EXPECT_EQ(d.submit(buy(100, 41), kNow).reason, Reject::insufficient_cash);

  d.on_report(report(1, Report::Kind::filled, 100, 30));
  EXPECT_EQ(d.submit(buy(100, 41), kNow).reason, Reject::insufficient_cash);
  d.on_report(report(1, Report::Kind::expired));

  EXPECT_EQ(status(d, 1), OrderStatus::expired);
  EXPECT_EQ(d.submit(buy(100, 71), kNow).reason, Reject::insufficient_cash);
  EXPECT_EQ(d.submit(buy(100, 70), kNow).reason, Reject::none);
}

TEST(Desk, ChangesOfWhatIsUnknownDoneOrUnderWayAreRefused) {
  Desk d = desk();
  EXPECT_EQ(d.cancel(0, kNow).reason, Reject::unknown_id);
  EXPECT_EQ(d.cancel(1, kNow).reason, Reject::unknown_id);
  ASSERT_EQ(d.submit(buy(100, 10), kNow).reason, Reject::none);
  ASSERT_EQ(d.cancel(1, kNow).reason, Reject::none);

  EXPECT_EQ(d.cancel(1, kNow).reason, Reject::pending_change);
  EXPECT_EQ(d.modify(1, Ticks{100}, Lots{5}, kNow).reason, Reject::pending_change);
  d.on_report(report(1, Report::Kind::filled, 100, 10));  // the fill was faster
  d.on_report(report(1, Report::Kind::change_rejected));

  EXPECT_EQ(status(d, 1), OrderStatus::filled);
  EXPECT_EQ(d.cancel(1, kNow).reason, Reject::order_done);
}

TEST(Desk, HashTellsRunsApart) {
  Desk one = desk();
  Desk two = desk();
  (void)one.submit(buy(100, 10), kNow);
  (void)two.submit(buy(100, 11), kNow);

  EXPECT_NE(one.state_hash(), two.state_hash());
}

}  // namespace
}  // namespace ai_trading::desk
