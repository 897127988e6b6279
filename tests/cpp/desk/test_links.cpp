#include "desk/desk_samples.hpp"

namespace ai_trading::desk {
namespace {

using Kind = Report::Kind;

NewOrder in(GroupId group, NewOrder order) {
  order.group = group;
  return order;
}

TEST(Links, OneCancelsTheOther) {
  Desk d = plain_desk();
  const GroupId pair = d.link(Link::cancel_others);
  const OrderId one = working(d, in(pair, buying(99, 10)));
  const OrderId two = working(d, in(pair, selling(101, 10)));

  d.on_report(filling(one, 99, 1));

  const auto commands = sent(d);
  ASSERT_EQ(commands.size(), 1U);
  EXPECT_EQ(commands[0].order_id, two);
  EXPECT_EQ(commands[0].kind, Command::Kind::cancel);
  d.on_report(saying(two, Kind::canceled));
  EXPECT_EQ(d.order(two).reason, static_cast<std::uint16_t>(Reject::linked_order));
  EXPECT_EQ(status(d, one), OrderStatus::partially_filled);
}

TEST(Links, OneReducesTheOtherByWhatItExecutes) {
  Desk d = plain_desk();
  const GroupId pair = d.link(Link::reduce_others);
  const OrderId one = working(d, in(pair, selling(101, 10)));
  const OrderId two = working(d, in(pair, selling(102, 10)));

  d.on_report(filling(one, 101, 4));
  auto commands = sent(d);
  ASSERT_EQ(commands.size(), 1U);
  EXPECT_EQ(commands[0].kind, Command::Kind::modify);
  EXPECT_EQ(commands[0].quantity, Lots{6});

  d.on_report(filling(one, 101, 3));  // the first change is not answered yet
  EXPECT_TRUE(sent(d).empty());
  d.on_report(saying(two, Kind::modified, 102, 6));
  commands = sent(d);
  ASSERT_EQ(commands.size(), 1U);
  EXPECT_EQ(commands[0].quantity, Lots{3});

  d.on_report(saying(two, Kind::modified, 102, 3));
  d.on_report(filling(one, 101, 3));
  EXPECT_EQ(sent(d).at(0).kind, Command::Kind::cancel);
}

struct Bracket {
  OrderId entry, profit, loss;
};

Bracket bracket(Desk& d) {
  const OrderId entry = working(d, buying(100, 10));
  const GroupId exits = d.link(Link::reduce_others, entry);
  const auto profit = d.submit(in(exits, selling(110, 10)), kNow);
  const auto loss = d.submit(in(exits, selling(90, 10)), kNow);
  EXPECT_FALSE(profit.command);
  EXPECT_EQ(profit.reason, Reject::none);
  return {entry, profit.id, loss.id};
}

TEST(Brackets, ExitsWaitForTheEntryAndGrowWithIt) {
  Desk d = plain_desk();
  const Bracket b = bracket(d);
  EXPECT_TRUE(d.held(b.profit));
  EXPECT_EQ(d.submit(selling(100, 1), kNow).reason,
            Reject::none);  // they count nothing

  d.on_report(filling(b.entry, 100, 4));
  auto commands = sent(d);
  ASSERT_EQ(commands.size(), 2U);
  for (const Command& command : commands) {
    EXPECT_EQ(command.kind, Command::Kind::submit);
    EXPECT_EQ(command.quantity, Lots{4});
    d.on_report(saying(command.order_id, Kind::accepted));
  }
  d.on_report(filling(b.entry, 100, 6));
  commands = sent(d);
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(commands[0].kind, Command::Kind::modify);
  EXPECT_EQ(commands[0].quantity, Lots{10});
}

TEST(Brackets, AnExitEndsTheOtherAndWhatIsLeftOfTheEntry) {
  Desk d = plain_desk();
  const Bracket b = bracket(d);
  d.on_report(filling(b.entry, 100, 4));
  for (const Command& command : sent(d))
    d.on_report(saying(command.order_id, Kind::accepted));

  d.on_report(filling(b.profit, 110, 4));

  const auto commands = sent(d);
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(commands[0].order_id, b.entry);
  EXPECT_EQ(commands[0].kind, Command::Kind::cancel);
  EXPECT_EQ(commands[1].order_id, b.loss);
  EXPECT_EQ(commands[1].kind, Command::Kind::cancel);
  EXPECT_EQ(d.ledger().position(0).quantity, Lots{0});
}

TEST(Brackets, AnEntryThatEndsUnexecutedTakesItsExitsWithIt) {
  Desk d = plain_desk();
  const Bracket b = bracket(d);

  d.on_report(saying(b.entry, Kind::expired));

  EXPECT_EQ(status(d, b.profit), OrderStatus::canceled);
  EXPECT_EQ(status(d, b.loss), OrderStatus::canceled);
  EXPECT_TRUE(sent(d).empty());
  std::vector<OrderId> news;
  d.take_news(news);
  EXPECT_EQ(news, (std::vector<OrderId>{b.profit, b.loss}));
  EXPECT_EQ(d.working_orders(), 0U);
}

TEST(Brackets, AWaitingExitIsCanceledWithoutAskingTheVenue) {
  Desk d = plain_desk();
  const Bracket b = bracket(d);

  const auto changed = d.cancel(b.profit, kNow);

  EXPECT_EQ(changed.reason, Reject::none);
  EXPECT_FALSE(changed.command);
  EXPECT_EQ(status(d, b.profit), OrderStatus::canceled);
}

TEST(Brackets, TheGateJudgesAnExitWhenItIsReleased) {
  Desk d = plain_desk();
  const Bracket b = bracket(d);
  d.restrict(0, Mode::halted);

  d.on_report(filling(b.entry, 100, 10));

  EXPECT_EQ(status(d, b.profit), OrderStatus::rejected);
  EXPECT_EQ(d.order(b.profit).reason, static_cast<std::uint16_t>(Reject::halted));
}

TEST(Brackets, BothExitsExecutedAreBookedAndCaughtAsWhatTheyAre) {
  Desk d = plain_desk();
  const Bracket b = bracket(d);
  d.on_report(filling(b.entry, 100, 10));
  (void)sent(d);

  d.on_report(filling(b.profit, 110, 10));
  d.on_report(filling(b.loss, 90, 10));  // faster than our cancel

  EXPECT_EQ(d.ledger().position(0).quantity, Lots{-10});
  EXPECT_EQ(status(d, b.loss), OrderStatus::filled);
}

}  // namespace
}  // namespace ai_trading::desk
