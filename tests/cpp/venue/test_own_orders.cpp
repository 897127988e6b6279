// Our orders at a venue, held to a plain list that is searched from end to end.
#include "ai_trading/venue/own_orders.hpp"

#include <gtest/gtest.h>

#include <list>

#include "ai_trading/base/rng.hpp"

namespace ai_trading::venue {
namespace {

using Ids = std::vector<OrderId>;

template <class Orders>
Ids ids(const Orders& orders) {
  Ids out;
  for (const OwnOrder& order : orders) out.push_back(order.id);
  return out;
}

OwnOrder order(OrderId id, std::int64_t price, std::int64_t left = 10) {
  OwnOrder made;
  made.id = id;
  made.price = Ticks{price};
  made.left = Lots{left};
  return made;
}

// The obvious way: one list in the order of priority.
struct Plain {
  Side side;
  std::list<OwnOrder> orders{};

  void insert(const OwnOrder& one) {
    auto at = orders.begin();
    while (at != orders.end() && !better(side, one.price, at->price)) ++at;
    orders.insert(at, one);
  }
  void erase(OrderId id) {
    orders.remove_if([id](const OwnOrder& o) { return o.id == id; });
  }
  [[nodiscard]] Ids at(Ticks price) const {
    Ids out;
    for (const OwnOrder& o : orders)
      if (o.price == price) out.push_back(o.id);
    return out;
  }
};

TEST(OwnQueue, VisitsTheBestPriceFirstAndThenTheEarliest) {
  OwnQueue bids(Side::buy);
  for (const auto& [id, price] :
       {std::pair{1, 100}, {2, 102}, {3, 101}, {4, 102}, {5, 100}})
    bids.insert(order(static_cast<OrderId>(id), price));
  EXPECT_EQ(ids(bids), (Ids{2, 4, 3, 1, 5}));
  EXPECT_EQ(ids(bids.at(Ticks{102})), (Ids{2, 4}));
  EXPECT_TRUE(bids.at(Ticks{99}).empty());
  bids.erase(2);
  EXPECT_EQ(bids.front().id, 4U);
  EXPECT_EQ(bids.find(2), nullptr);
}

TEST(OwnQueue, AgreesWithAPlainListUnderAnyTraffic) {
  for (const Side side : {Side::buy, Side::sell}) {
    Rng rng(side == Side::buy ? 11 : 12);
    OwnQueue queue(side);
    Plain plain{side};
    OrderId next = 1;
    for (int step = 0; step < 20'000; ++step) {
      const std::uint64_t draw = rng.below(100);
      if (draw < 50 || plain.orders.empty()) {
        const auto one = order(next++, 90 + static_cast<std::int64_t>(rng.below(12)),
                               static_cast<std::int64_t>(rng.below(5)));
        queue.insert(one);
        plain.insert(one);
      } else if (draw < 90) {
        auto at = plain.orders.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(rng.below(plain.orders.size())));
        const OrderId id = at->id;
        ASSERT_NE(queue.find(id), nullptr);
        queue.erase(id);
        plain.erase(id);
      } else if (draw < 94) {
        const Ticks price{90 + static_cast<std::int64_t>(rng.below(12))};
        const auto gone = [](const OwnOrder& o) { return o.left.n == 0; };
        queue.erase_at(price, gone);
        plain.orders.remove_if(
            [&](const OwnOrder& o) { return o.price == price && gone(o); });
      } else if (draw < 97) {
        const auto gone = [](const OwnOrder& o) { return o.id % 3 == 0; };
        queue.erase_if(gone);
        plain.orders.remove_if(gone);
      } else if (draw == 99 && rng.chance(0.02)) {
        queue.clear();
        plain.orders.clear();
      }
      ASSERT_EQ(queue.empty(), plain.orders.empty());
      if (step % 7 != 0) continue;
      ASSERT_EQ(ids(queue), ids(plain.orders));
      const Ticks price{90 + static_cast<std::int64_t>(rng.below(12))};
      ASSERT_EQ(ids(std::as_const(queue).at(price)), plain.at(price));
      if (!plain.orders.empty()) {
        ASSERT_EQ(queue.front().id, plain.orders.front().id);
      }
    }
  }
}

}  // namespace
}  // namespace ai_trading::venue
