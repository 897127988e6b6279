// Venue reports that come twice, late, in another order, or that cannot be true.
#include "desk/desk_samples.hpp"

namespace ai_trading::desk {
namespace {

using Kind = Report::Kind;

std::int64_t position(const Desk& desk) { return desk.ledger().position(0).quantity.n; }

TEST(Reports, AnExecutionSaidTwiceIsBookedOnce) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));

  EXPECT_TRUE(d.on_report(filling(id, 100, 4, 77)));
  EXPECT_FALSE(d.on_report(filling(id, 100, 4, 77)));

  EXPECT_EQ(position(d), 4);
  EXPECT_EQ(codes(d), Codes{Reject::duplicate_report});
  EXPECT_EQ(d.mode(0), Mode::active);
}

TEST(Reports, AnAcknowledgementSaidTwiceChangesNothing) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  const std::uint64_t orders = d.order(id).acknowledged == 2000 ? 1 : 0;

  d.on_report(saying(id, Kind::accepted));

  EXPECT_EQ(orders, 1U);
  EXPECT_EQ(status(d, id), OrderStatus::accepted);
  EXPECT_EQ(codes(d), Codes{Reject::duplicate_report});
}

TEST(Reports, AFillBeforeTheAcknowledgementImpliesIt) {
  Desk d = plain_desk();
  const OrderId id = d.submit(buying(100, 10), kNow).id;

  d.on_report(filling(id, 100, 4));
  EXPECT_EQ(status(d, id), OrderStatus::partially_filled);
  d.on_report(saying(id, Kind::accepted));

  EXPECT_EQ(status(d, id), OrderStatus::partially_filled);
  EXPECT_EQ(d.order(id).acknowledged, 2000);
  EXPECT_EQ(codes(d), (Codes{Reject::fill_before_ack, Reject::late_report}));
  EXPECT_EQ(d.mode(0), Mode::active);
}

TEST(Reports, AFillWhileACancelIsUnderWayIsAnOrdinaryRace) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  ASSERT_EQ(d.cancel(id, kNow).reason, Reject::none);

  d.on_report(filling(id, 100, 4));
  EXPECT_EQ(status(d, id), OrderStatus::pending_cancel);
  d.on_report(saying(id, Kind::canceled));

  EXPECT_EQ(status(d, id), OrderStatus::canceled);
  EXPECT_EQ(d.order(id).filled, 4);
  EXPECT_EQ(position(d), 4);
  EXPECT_TRUE(codes(d).empty());
}

TEST(Reports, AnOrderFilledWhileACancelIsUnderWayIsFilled) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  ASSERT_EQ(d.cancel(id, kNow).reason, Reject::none);

  d.on_report(filling(id, 100, 10));
  d.on_report(saying(id, Kind::change_rejected));

  EXPECT_EQ(status(d, id), OrderStatus::filled);
  EXPECT_TRUE(codes(d).empty());
}

TEST(Reports, AFillAfterTheEndIsBookedFlaggedAndReducesTheScope) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  ASSERT_EQ(d.cancel(id, kNow).reason, Reject::none);
  d.on_report(saying(id, Kind::canceled));

  const auto fill = d.on_report(filling(id, 100, 3));

  ASSERT_TRUE(fill);
  EXPECT_EQ(position(d), 3);
  EXPECT_EQ(status(d, id), OrderStatus::canceled);
  EXPECT_EQ(codes(d), Codes{Reject::fill_after_end});
  EXPECT_EQ(d.incidents()[0].fill_id, fill->fill_id);
  EXPECT_EQ(d.mode(0), Mode::reduce_only);
  EXPECT_EQ(d.submit(buying(100, 1), kNow).reason, Reject::reduce_only);
  EXPECT_EQ(d.submit(selling(100, 4), kNow).reason, Reject::reduce_only);
  EXPECT_EQ(d.submit(selling(100, 3), kNow).reason, Reject::none);
}

TEST(Reports, OnlyANamedPersonEnablesAgain) {
  Desk d = plain_desk();
  d.restrict(0, Mode::halted);
  EXPECT_EQ(d.submit(selling(100, 1), kNow).reason, Reject::halted);
  d.restrict(0, Mode::active);  // nobody loosens by asking
  EXPECT_EQ(d.mode(0), Mode::halted);

  EXPECT_THROW(d.enable(0, ""), std::invalid_argument);
  d.enable(0, "A. Trader");

  EXPECT_EQ(d.submit(buying(100, 1), kNow).reason, Reject::none);
  EXPECT_EQ(d.enabled_by().size(), 1U);
}

TEST(Reports, AnOverfillIsBookedFlaggedAndReducesTheScope) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  d.on_report(filling(id, 100, 8));

  d.on_report(filling(id, 100, 5));

  EXPECT_EQ(status(d, id), OrderStatus::filled);
  EXPECT_EQ(d.order(id).filled, 13);
  EXPECT_EQ(position(d), 13);
  EXPECT_EQ(d.working_orders(), 0U);
  EXPECT_EQ(codes(d), Codes{Reject::overfill});
  EXPECT_EQ(d.mode(0), Mode::reduce_only);

  d.on_report(filling(id, 100, 1));
  EXPECT_EQ(position(d), 14);
  EXPECT_EQ(codes(d), (Codes{Reject::overfill, Reject::overfill}));
}

TEST(Reports, AFillWorseThanTheLimitIsBookedAndFlagged) {
  Desk d = plain_desk();
  const OrderId id = working(d, selling(100, 10));

  d.on_report(filling(id, 99, 10));

  EXPECT_EQ(position(d), -10);
  EXPECT_EQ(codes(d), Codes{Reject::worse_than_limit});
  EXPECT_EQ(d.mode(0), Mode::reduce_only);
}

TEST(Reports, DuringAReplaceEitherLimitMayTrade) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  ASSERT_EQ(d.modify(id, Ticks{105}, Lots{10}, kNow).reason, Reject::none);

  d.on_report(filling(id, 104, 2));

  EXPECT_TRUE(codes(d).empty());
}

TEST(Reports, ExecutionsMayOvertakeEachOther) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  Report second = filling(id, 100, 6, 2);
  second.executed = Lots{10};
  Report first = filling(id, 100, 4, 1);
  first.executed = Lots{4};

  d.on_report(second);
  EXPECT_EQ(status(d, id), OrderStatus::partially_filled);
  EXPECT_EQ(codes(d), Codes{Reject::missing_fill});
  EXPECT_EQ(d.mode(0), Mode::active);
  d.on_report(first);

  EXPECT_EQ(status(d, id), OrderStatus::filled);
  EXPECT_EQ(codes(d), (Codes{Reject::missing_fill, Reject::late_report}));
  EXPECT_EQ(d.mode(0), Mode::active);
}

TEST(Reports, AnEndThatNamesMoreThanWasReportedIsAGapUntilTheFillComes) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  d.on_report(filling(id, 100, 2));
  Report end = saying(id, Kind::canceled);
  end.executed = Lots{5};

  d.on_report(end);
  EXPECT_EQ(codes(d), Codes{Reject::missing_fill});
  EXPECT_EQ(d.mode(0), Mode::reduce_only);
  d.on_report(filling(id, 100, 3));

  EXPECT_EQ(position(d), 5);
  EXPECT_EQ(codes(d), (Codes{Reject::missing_fill, Reject::late_report}));
}

TEST(Reports, AVenueThatExecutedLessThanItReportedContradictsItself) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  Report fill = filling(id, 100, 5);
  fill.executed = Lots{3};

  d.on_report(fill);

  EXPECT_EQ(position(d), 5);
  EXPECT_EQ(codes(d), Codes{Reject::contradiction});
  EXPECT_EQ(d.mode(0), Mode::reduce_only);
}

TEST(Reports, ARejectionOfWhatHasTradedIsNotBelieved) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  d.on_report(filling(id, 100, 5));

  d.on_report(saying(id, Kind::rejected));

  EXPECT_EQ(status(d, id), OrderStatus::partially_filled);
  EXPECT_EQ(codes(d), Codes{Reject::contradiction});
  EXPECT_EQ(d.mode(0), Mode::reduce_only);
}

TEST(Reports, AnExecutionOfAnUnknownOrderIsBookedWhereItCanBe) {
  Desk d = plain_desk();
  Report fill = filling(99, 100, 5);
  fill.side = Side::sell;

  const auto row = d.on_report(fill);

  ASSERT_TRUE(row);
  EXPECT_EQ(row->order_id, 0U);
  EXPECT_EQ(position(d), -5);
  EXPECT_EQ(codes(d), Codes{Reject::fill_unknown_order});
  EXPECT_EQ(d.mode(0), Mode::reduce_only);
  EXPECT_THROW(d.on_report(filling(99, 100, 5)), std::invalid_argument);
}

TEST(Reports, AnExecutionOnTheOtherSideIsNotTheOrders) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  Report fill = filling(id, 100, 5);
  fill.side = Side::sell;

  d.on_report(fill);

  EXPECT_EQ(d.order(id).filled, 0);
  EXPECT_EQ(position(d), -5);
  EXPECT_EQ(codes(d), Codes{Reject::fill_unknown_order});
}

TEST(Reports, ABustedTradeIsUndoneInOrderPositionAndCash) {
  Desk d = plain_desk(
      {.per_order = 0, .ledger = {}, .margin = {}, .patience = {}, .house = {}});
  const OrderId id = working(d, buying(100, 10));
  Report first = filling(id, 90, 4, 1);
  first.fee = 500;
  d.on_report(first);
  d.on_report(filling(id, 100, 6, 2));
  ASSERT_EQ(status(d, id), OrderStatus::filled);
  const Money before = d.ledger().cash();

  const auto row = d.on_report(undoing(1, 3));

  EXPECT_EQ(row->quantity, -4);
  EXPECT_EQ(row->fee, -500);
  EXPECT_EQ(d.order(id).filled, 6);
  EXPECT_EQ(d.order(id).filled_value, 600);
  EXPECT_EQ(d.order(id).fee, 0);
  EXPECT_EQ(status(d, id), OrderStatus::canceled);  // the venue does not say it works
  EXPECT_EQ(position(d), 6);
  EXPECT_EQ(d.ledger().position(0).cost,
            d.ledger().instrument(0).value(Ticks{100}, Lots{6}));
  EXPECT_EQ(d.ledger().cash() - before,
            d.ledger().instrument(0).value(Ticks{90}, Lots{4}) + from_nano(500));
  EXPECT_EQ(codes(d), Codes{Reject::trade_busted});
  EXPECT_FALSE(d.on_report(undoing(1, 3)));  // said twice
  EXPECT_FALSE(d.on_report(undoing(1, 4)));
  EXPECT_EQ(position(d), 6);
}

TEST(Reports, ABustOfAnOrderThatWorksOnReopensIt) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  d.on_report(filling(id, 100, 10, 1));
  Report bust = undoing(1);
  bust.leaves = Lots{10};

  d.on_report(bust);

  EXPECT_EQ(status(d, id), OrderStatus::accepted);
  EXPECT_EQ(d.working_orders(), 1U);
  EXPECT_EQ(d.order(id).done, 0);
  d.on_report(filling(id, 100, 10, 2));
  EXPECT_EQ(status(d, id), OrderStatus::filled);
  EXPECT_EQ(position(d), 10);
}

TEST(Reports, ABustLeavesLaterProfitsAsIfTheTradeHadNeverBeen) {
  Desk d = plain_desk();
  const OrderId one = working(d, buying(100, 10));
  d.on_report(filling(one, 80, 5, 1));
  d.on_report(filling(one, 100, 5, 2));
  const OrderId two = working(d, selling(100, 5));
  d.on_report(filling(two, 110, 5, 3));  // against an average of 90

  d.on_report(undoing(1));

  const Instrument& terms = d.ledger().instrument(0);
  EXPECT_EQ(d.ledger().position(0).realized, terms.value(Ticks{10}, Lots{5}));
  EXPECT_EQ(position(d), 0);
  std::int64_t realized = 0;
  for (const FillRecord& fill : d.fills()) realized += fill.realized;
  EXPECT_EQ(realized, to_micro(terms.value(Ticks{10}, Lots{5})));
}

TEST(Reports, ACorrectedTradeHasItsNewPriceAndQuantity) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  d.on_report(filling(id, 100, 5, 1));
  Report correction = saying(id, Kind::trade_corrected, 98, 3);
  correction.corrects = 1;
  correction.execution = 2;
  correction.leaves = Lots{7};

  const auto row = d.on_report(correction);

  EXPECT_EQ(row->quantity, 3);
  EXPECT_EQ(d.order(id).filled, 3);
  EXPECT_EQ(d.order(id).filled_value, 3 * 98);
  EXPECT_EQ(status(d, id), OrderStatus::partially_filled);
  EXPECT_EQ(position(d), 3);
  EXPECT_EQ(codes(d), Codes{Reject::trade_corrected});
  EXPECT_EQ(d.fills().size(), 3U);  // the trade, its reversal, the corrected one

  correction.corrects = 2;  // a correction may itself be corrected
  correction.execution = 3;
  correction.quantity = Lots{10};
  d.on_report(correction);
  EXPECT_EQ(status(d, id), OrderStatus::filled);
  EXPECT_EQ(position(d), 10);
}

TEST(Reports, UndoingWhatWasNeverReportedIsAContradiction) {
  Desk d = plain_desk();

  EXPECT_FALSE(d.on_report(undoing(5)));

  EXPECT_EQ(codes(d), Codes{Reject::contradiction});
  EXPECT_EQ(d.mode(0), Mode::reduce_only);
}

TEST(Reports, AReplaceNobodyAskedForIsTakenOver) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));

  d.on_report(saying(id, Kind::modified, 99, 8));

  EXPECT_EQ(d.order(id).quantity, 8);
  EXPECT_EQ(d.order(id).price, 99);
  EXPECT_EQ(codes(d), Codes{Reject::unknown_request});
}

TEST(Reports, AReplaceThatCameBehindItsFillsReopensTheOrder) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  ASSERT_EQ(d.modify(id, Ticks{100}, Lots{15}, kNow).reason, Reject::none);
  d.on_report(filling(id, 100, 12));
  EXPECT_TRUE(codes(d).empty());  // the replace may have been granted

  d.on_report(saying(id, Kind::modified, 100, 15));

  EXPECT_EQ(status(d, id), OrderStatus::partially_filled);
  EXPECT_EQ(d.working_orders(), 1U);
}

TEST(Reports, AReplaceDownToWhatIsFilledEndsTheOrder) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  ASSERT_EQ(d.modify(id, Ticks{100}, Lots{5}, kNow).reason, Reject::none);
  d.on_report(filling(id, 100, 5));

  d.on_report(saying(id, Kind::modified, 100, 5));

  EXPECT_EQ(status(d, id), OrderStatus::filled);
  EXPECT_EQ(d.working_orders(), 0U);
}

TEST(Reports, TheStatesBetweenFollowTheVenue) {
  Desk d = plain_desk();
  const OrderId id = d.submit(buying(100, 10), kNow).id;
  const std::pair<Kind, OrderStatus> story[] = {
      {Kind::pending_new, OrderStatus::pending_new},
      {Kind::accepted, OrderStatus::accepted},
      {Kind::suspended, OrderStatus::suspended},
      {Kind::restated, OrderStatus::accepted},
      {Kind::stopped, OrderStatus::stopped},
      {Kind::done_for_day, OrderStatus::done_for_day},
      {Kind::calculated, OrderStatus::calculated},
      {Kind::restated, OrderStatus::accepted},
      {Kind::expired, OrderStatus::expired}};
  for (const auto& [said, became] : story) {
    d.on_report(saying(id, said));
    EXPECT_EQ(status(d, id), became);
  }
  EXPECT_TRUE(codes(d).empty());
}

TEST(Requests, EachHasItsOwnNumberAndNamesTheOneItFollows) {
  Desk d = plain_desk();
  const auto made = d.submit(buying(100, 10), kNow);
  d.on_report(saying(made.id, Kind::accepted));
  const auto first = d.modify(made.id, Ticks{99}, Lots{10}, kNow);
  EXPECT_EQ(first.command->original, made.command->request);
  d.on_report(saying(made.id, Kind::change_rejected));
  const auto second = d.modify(made.id, Ticks{98}, Lots{10}, kNow);
  EXPECT_EQ(second.command->original,
            made.command->request);  // the first came to nothing
  d.on_report(saying(made.id, Kind::modified, 98, 10));
  const auto last = d.cancel(made.id, kNow);

  EXPECT_EQ(last.command->original, second.command->request);
  EXPECT_EQ(d.current_request(made.id), second.command->request);
  EXPECT_EQ(d.requests().size(), 4U);
}

TEST(Requests, ARefusalNamesWhichOfTwoChangesItAnswers) {
  Desk d = plain_desk();
  const OrderId id = working(d, buying(100, 10));
  const auto change = d.modify(id, Ticks{99}, Lots{10}, kNow);
  const auto end = d.cancel(id, kNow);
  Report refused = saying(id, Kind::change_rejected);
  refused.request = end.command->request;

  d.on_report(refused);
  EXPECT_EQ(status(d, id), OrderStatus::pending_replace);
  refused.request = change.command->request;
  d.on_report(refused);

  EXPECT_EQ(status(d, id), OrderStatus::accepted);
}

TEST(Requests, AReportMayNameTheRequestInsteadOfTheOrder) {
  Desk d = plain_desk();
  const auto made = d.submit(buying(100, 10), kNow);
  Report fill = filling(0, 100, 10);
  fill.request = made.command->request;

  d.on_report(fill);

  EXPECT_EQ(status(d, made.id), OrderStatus::filled);
}

TEST(Requests, AClientIdIsTakenOnce) {
  Desk d = plain_desk();
  NewOrder order = buying(100, 10);
  order.client = 0xfeedfacecafebeefULL;
  const OrderId first = d.submit(order, kNow).id;

  EXPECT_EQ(d.submit(order, kNow).reason, Reject::duplicate_id);
  EXPECT_EQ(d.open_parent({.instrument = 0,
                           .side = Side::buy,
                           .quantity = Lots{1},
                           .outer = 0,
                           .strategy = 0,
                           .client = order.client},
                          kNow)
                .reason,
            Reject::duplicate_id);
  EXPECT_EQ(d.order_of(order.client), first);
}

Terms patient() {
  Terms terms;
  terms.patience = {Nanos{300}, Nanos{60}, 3};
  return terms;
}

TEST(Patience, AnUnansweredOrderIsSentAgainUnderItsOwnNumber) {
  Desk d = plain_desk(patient());
  const auto made = d.submit(buying(100, 10), Nanos{0});
  d.wake(Nanos{59});
  EXPECT_FALSE(d.has_commands());

  d.wake(Nanos{60});
  const auto again = sent(d);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].request, made.command->request);
  EXPECT_EQ(again[0].kind, Command::Kind::submit);

  // The venue has the first copy, and refuses the second.
  Report refused = saying(made.id, Kind::rejected);
  refused.reason = Reject::duplicate_id;
  d.on_report(refused);
  EXPECT_EQ(status(d, made.id), OrderStatus::accepted);
  d.wake(Nanos{200});
  EXPECT_FALSE(d.has_commands());
}

TEST(Patience, SilenceAfterTheLastAttemptReducesTheScope) {
  Desk d = plain_desk(patient());
  (void)d.submit(buying(100, 10), Nanos{0});

  for (const std::int64_t at : {60, 120, 180}) d.wake(Nanos{at});

  EXPECT_EQ(sent(d).size(), 2U);  // three in all
  EXPECT_EQ(codes(d), Codes{Reject::unanswered});
  EXPECT_EQ(d.mode(0), Mode::reduce_only);
}

TEST(Patience, AnOldOrderIsCanceled) {
  Desk d = plain_desk(patient());
  const OrderId old = d.submit(buying(100, 10), Nanos{0}).id;
  d.on_report(saying(old, Kind::accepted));
  const OrderId young = d.submit(buying(100, 10), Nanos{250}).id;
  d.on_report(saying(young, Kind::accepted));

  d.wake(Nanos{300});

  const auto commands = sent(d);
  ASSERT_EQ(commands.size(), 1U);
  EXPECT_EQ(commands[0].kind, Command::Kind::cancel);
  d.on_report(saying(old, Kind::canceled));
  EXPECT_EQ(d.order(old).reason, static_cast<std::uint16_t>(Reject::order_timeout));
  EXPECT_EQ(status(d, young), OrderStatus::accepted);
}

TEST(Patience, WhatIsMeantToWaitDoesNotGrowOld) {
  Desk d = plain_desk(patient());
  NewOrder stop = selling(90, 10), lasting = buying(80, 10), dated = buying(70, 10);
  stop.type = OrderType::stop;
  lasting.time_in_force = TimeInForce::gtc;
  dated.time_in_force = TimeInForce::gtd;
  NewOrder linked = buying(60, 10);
  linked.group = d.link(Link::cancel_others);
  for (const NewOrder& order : {stop, lasting, dated, linked})
    d.on_report(saying(d.submit(order, Nanos{0}).id, Kind::accepted));

  d.wake(Nanos{1'000'000});

  EXPECT_TRUE(sent(d).empty());
}

}  // namespace
}  // namespace ai_trading::desk
