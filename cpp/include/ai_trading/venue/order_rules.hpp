// What a replayed venue asks of our orders, and those of them that wait for an auction.
//
// Tick table  a limit is a multiple of the step at its price: price_off_increment.
// Collar      a buy may not be priced too far above the best offer, nor a sell too far
//             below the best bid (NYSE Rule 7.31(a)(1)(B)): price_collar.
// Short sales where the tape says that Rule 201 restricts them (ITCH Y), a sale of more
//             than we hold, sales at work counted, must be priced above the best bid:
//             short_sale_restricted.  We begin with nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/rules/price_collar.hpp"
#include "ai_trading/rules/tick_size.hpp"

namespace ai_trading::venue {

// Of one instrument.
struct OrderRules {
  std::optional<rules::TickTable> increments;
  std::optional<rules::PriceCollar> collar;
  bool short_sales{};  // restrictions of the tape are kept
  bool day_ends_with_closing_cross{};
};

enum class Cross : std::uint8_t { opening = 0, closing = 1, other = 2 };

// Of ours: it takes part in a cross only.
struct CrossOrder {
  OrderId id{};
  Side side{};
  TimeInForce time_in_force{};
  bool limited{};
  Ticks price;  // its limit, if it has one
  Lots total, left;
  bool stays{};  // what is left of it rests at the price of the cross

  [[nodiscard]] bool takes_part(Cross cross) const {
    if (time_in_force == TimeInForce::at_the_open) return cross == Cross::opening;
    if (time_in_force == TimeInForce::at_the_close) return cross == Cross::closing;
    return true;  // a market order that came while trading was halted
  }
  // It comes before whoever was filled for certain only with a better limit.
  [[nodiscard]] bool beats(Ticks at) const {
    return !limited || better(side, price, at);
  }
};

// By arrival.
class CrossOrders {
 public:
  [[nodiscard]] bool empty() const { return orders_.empty(); }
  [[nodiscard]] std::vector<CrossOrder>& all() { return orders_; }
  void add(const CrossOrder& order) { orders_.push_back(order); }
  [[nodiscard]] CrossOrder* find(OrderId id) {
    const auto at = std::ranges::find(orders_, id, &CrossOrder::id);
    return at == orders_.end() ? nullptr : &*at;
  }
  bool erase(OrderId id) {
    return std::erase_if(orders_, [id](const CrossOrder& o) { return o.id == id; }) > 0;
  }
  // Who trades first in a cross: those without a limit, then the better limit, then
  // whoever came first.
  void sort() {
    std::ranges::stable_sort(orders_, [](const CrossOrder& a, const CrossOrder& b) {
      if (a.side != b.side) return a.side < b.side;
      if (a.limited != b.limited) return b.limited;
      return a.limited && better(a.side, a.price, b.price);
    });
  }

 private:
  std::vector<CrossOrder> orders_;
};

}  // namespace ai_trading::venue
