// Our own orders as they rest at a simulated venue, best price first, then arrival.
//
// They are kept beside the historical book and never in it, so that the book stays what
// the tape says; what stands before them is asked of that book.
//
// Cost        finding, inserting and erasing are linear in our own orders at the
//             instrument: few.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ai_trading/base/units.hpp"
#include "ai_trading/book/books.hpp"
#include "ai_trading/venue/queue_model.hpp"

namespace ai_trading::venue {

// Beyond every price a book takes: the limit of an order without one.
inline constexpr std::int64_t kAnyPrice = std::int64_t{1} << 62;

struct OwnOrder {
  OrderId id{};
  Ticks price;  // a waiting market order: the best price there is
  Lots total;
  Lots left;
  book::Stamp stamp;  // place in the historical arrival order
  QueuePlace place;   // estimated, where the source tells no orders
  OrderId among{};    // the restored order in which those before us are, if any
  Nanos arrived;
  bool immediate{};  // ends after its first chance to trade
  Side side{};
};

class OwnOrders {
 public:
  using Queue = std::vector<OwnOrder>;

  [[nodiscard]] Queue& side(Side side) { return side == Side::buy ? bids_ : asks_; }
  [[nodiscard]] const Queue& side(Side side) const {
    return side == Side::buy ? bids_ : asks_;
  }
  [[nodiscard]] bool empty() const { return bids_.empty() && asks_.empty(); }

  OwnOrder& insert(Side on, const OwnOrder& order) {
    Queue& queue = side(on);
    const auto at = std::ranges::find_if(
        queue, [&](const OwnOrder& o) { return better(on, order.price, o.price); });
    return *queue.insert(at, order);
  }

  [[nodiscard]] OwnOrder* find(Side on, OrderId id) {
    const auto at = std::ranges::find(side(on), id, &OwnOrder::id);
    return at == side(on).end() ? nullptr : &*at;
  }

  void erase(Side on, OrderId id) {
    std::erase_if(side(on), [id](const OwnOrder& o) { return o.id == id; });
  }

  void drop_filled(Side on) {
    std::erase_if(side(on), [](const OwnOrder& o) { return o.left.n == 0; });
  }

 private:
  Queue bids_;
  Queue asks_;
};

}  // namespace ai_trading::venue
