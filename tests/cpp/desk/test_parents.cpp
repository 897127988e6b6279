#include <random>

#include "desk/desk_samples.hpp"

namespace ai_trading::desk {
namespace {

using Kind = Report::Kind;

NewParent parent_of(std::int64_t quantity, ParentId outer = 0) {
  NewParent wanted;
  wanted.side = Side::buy;
  wanted.quantity = Lots{quantity};
  wanted.outer = outer;
  return wanted;
}
NewOrder child(ParentId parent, std::int64_t quantity) {
  NewOrder order = buying(100, quantity);
  order.parent = parent;
  return order;
}

TEST(Parents, AddUpTheirChildrenUntilTheyAreFilled) {
  Desk d = plain_desk();
  const ParentId p = d.open_parent(parent_of(10), kNow).id;
  const OrderId one = working(d, child(p, 6));
  EXPECT_EQ(d.parent(p).working, 6);
  EXPECT_EQ(d.room(p), Lots{4});

  d.on_report(filling(one, 99, 6));
  const OrderId two = working(d, child(p, 4));
  d.on_report(filling(two, 100, 4));

  EXPECT_EQ(static_cast<OrderStatus>(d.parent(p).status), OrderStatus::filled);
  EXPECT_EQ(d.parent(p).filled, 10);
  EXPECT_EQ(d.parent(p).filled_value, 6 * 99 + 4 * 100);
  EXPECT_EQ(d.parent(p).done, 2000);
  std::vector<OrderId> children;
  d.for_each_child(p, [&](const OrderRecord& o) { children.push_back(o.order_id); });
  EXPECT_EQ(children, (std::vector<OrderId>{one, two}));
}

TEST(Parents, ChildrenCannotBeMoreThanTheParent) {
  Desk d = plain_desk();
  const ParentId p = d.open_parent(parent_of(10), kNow).id;
  const OrderId one = working(d, child(p, 6));

  EXPECT_EQ(d.submit(child(p, 5), kNow).reason, Reject::parent_overrun);
  EXPECT_EQ(d.modify(one, Ticks{100}, Lots{11}, kNow).reason, Reject::parent_overrun);
  ASSERT_EQ(d.modify(one, Ticks{100}, Lots{9}, kNow).reason, Reject::none);
  EXPECT_EQ(d.submit(child(p, 2), kNow).reason, Reject::parent_overrun);
  d.on_report(saying(one, Kind::change_rejected));
  EXPECT_EQ(d.submit(child(p, 4), kNow).reason, Reject::none);
}

TEST(Parents, AChildOfTheOtherSideOrOfNobodyIsRefused) {
  Desk d = plain_desk();
  const ParentId p = d.open_parent(parent_of(10), kNow).id;
  NewOrder sale = selling(100, 1);
  sale.parent = p;

  EXPECT_EQ(d.submit(sale, kNow).reason, Reject::parent_overrun);
  EXPECT_EQ(d.submit(child(p + 1, 1), kNow).reason, Reject::unknown_id);
}

TEST(Parents, ACancelGoesToAllThatWorksAndEndsWithIt) {
  Desk d = plain_desk();
  const ParentId p = d.open_parent(parent_of(10), kNow).id;
  const OrderId one = working(d, child(p, 4));
  const OrderId two = working(d, child(p, 4));

  ASSERT_EQ(d.cancel_parent(p, kNow), Reject::none);
  EXPECT_EQ(sent(d).size(), 2U);
  EXPECT_EQ(static_cast<OrderStatus>(d.parent(p).status), OrderStatus::pending_cancel);
  EXPECT_EQ(d.submit(child(p, 1), kNow).reason, Reject::parent_done);
  EXPECT_EQ(d.cancel_parent(p, kNow), Reject::pending_change);
  d.on_report(saying(one, Kind::canceled));
  d.on_report(filling(two, 100, 1));
  d.on_report(saying(two, Kind::canceled));

  EXPECT_EQ(static_cast<OrderStatus>(d.parent(p).status), OrderStatus::canceled);
  EXPECT_EQ(d.parent(p).filled, 1);
  EXPECT_EQ(d.parent(p).shortfall(), 9);
  EXPECT_EQ(d.cancel_parent(p, kNow), Reject::order_done);
}

TEST(Parents, FinishReportsTheShortfallOnceNothingWorks) {
  Desk d = plain_desk();
  const ParentId p = d.open_parent(parent_of(10), kNow).id;
  const OrderId one = working(d, child(p, 4));
  EXPECT_EQ(d.finish_parent(p, kNow), Reject::pending_change);
  d.on_report(filling(one, 100, 4));

  EXPECT_EQ(d.finish_parent(p, kNow), Reject::none);

  EXPECT_EQ(d.parent(p).shortfall(), 6);
  EXPECT_EQ(static_cast<OrderStatus>(d.parent(p).status), OrderStatus::expired);
  EXPECT_EQ(d.finish_parent(p, kNow), Reject::order_done);
}

TEST(Parents, MayStandInATree) {
  Desk d = plain_desk();
  const ParentId root = d.open_parent(parent_of(100), kNow).id;
  const ParentId one = d.open_parent(parent_of(60, root), kNow).id;
  EXPECT_EQ(d.open_parent(parent_of(41, root), kNow).reason, Reject::parent_overrun);
  const ParentId two = d.open_parent(parent_of(40, root), kNow).id;
  EXPECT_EQ(d.submit(child(root, 1), kNow).reason, Reject::parent_overrun);
  EXPECT_EQ(d.room(root), Lots{0});

  const OrderId order = working(d, child(one, 50));
  EXPECT_EQ(d.parent(root).working, 50);
  d.on_report(filling(order, 100, 20));
  EXPECT_EQ(d.parent(root).filled, 20);
  d.on_report(saying(order, Kind::canceled));
  ASSERT_EQ(d.finish_parent(one, kNow), Reject::none);
  EXPECT_EQ(d.room(root),
            Lots{40});  // what the first did not do may be done by another

  ASSERT_EQ(d.cancel_parent(root, kNow), Reject::none);
  EXPECT_EQ(static_cast<OrderStatus>(d.parent(two).status), OrderStatus::canceled);
  EXPECT_EQ(static_cast<OrderStatus>(d.parent(root).status), OrderStatus::canceled);
}

TEST(Parents, ABustReopensWhatWasFilled) {
  Desk d = plain_desk();
  const ParentId p = d.open_parent(parent_of(10), kNow).id;
  const OrderId one = working(d, child(p, 10));
  d.on_report(filling(one, 100, 10, 1));

  d.on_report(undoing(1));

  EXPECT_EQ(static_cast<OrderStatus>(d.parent(p).status), OrderStatus::accepted);
  EXPECT_EQ(d.room(p), Lots{10});
  EXPECT_EQ(d.parent(p).done, 0);
}

// Whatever is asked and reported: the parts make the whole, and no child outgrows it.
TEST(Parents, FilledWorkingAndShortfallAreTheParentUnderRandomTraffic) {
  std::mt19937_64 rng{20261};
  for (int run = 0; run < 50; ++run) {
    Desk d = plain_desk();
    const ParentId root = d.open_parent(parent_of(500), kNow).id;
    std::vector<ParentId> leaves;
    for (int i = 0; i < 3; ++i)
      leaves.push_back(
          d.open_parent(parent_of(1 + static_cast<std::int64_t>(rng() % 160), root),
                        kNow)
              .id);
    for (int step = 0; step < 300; ++step) {
      const auto size = 1 + static_cast<std::int64_t>(rng() % 30);
      const OrderId id = d.orders().empty() ? 0 : 1 + rng() % d.orders().size();
      const bool live = id != 0 && !is_terminal(status(d, id));
      switch (rng() % 8) {
        case 0:
        case 1:
          (void)d.submit(child(leaves[rng() % 3], size), kNow);
          break;
        case 2:
          if (live) d.on_report(saying(id, Kind::accepted));
          break;
        case 3:
          if (live) (void)d.modify(id, Ticks{100}, Lots{size}, kNow);
          break;
        case 4:
          if (id != 0 && d.state(id).replace_asked && size > d.order(id).filled)
            d.on_report(
                saying(id, Kind::modified, 100, std::min(size, d.order(id).quantity)));
          break;
        case 5:
          if (live) d.on_report(saying(id, Kind::canceled));
          break;
        case 6:
          if (rng() % 20 == 0) (void)d.cancel_parent(leaves[rng() % 3], kNow);
          break;
        default:
          if (live)
            d.on_report(filling(
                id, 100, std::min(size, d.order(id).quantity - d.order(id).filled)));
      }
      std::int64_t filled = 0;
      std::int64_t open = 0;
      for (const ParentId leaf : leaves) {
        const ParentRecord& p = d.parent(leaf);
        std::int64_t own = 0;
        d.for_each_child(leaf, [&](const OrderRecord& o) { own += o.filled; });
        ASSERT_EQ(p.filled, own);
        ASSERT_GE(p.shortfall(), 0);
        filled += p.filled;
        open += p.working;
      }
      ASSERT_EQ(d.parent(root).filled, filled);
      ASSERT_EQ(d.parent(root).working, open);
      ASSERT_GE(d.parent(root).shortfall(), 0);
    }
  }
}

}  // namespace
}  // namespace ai_trading::desk
