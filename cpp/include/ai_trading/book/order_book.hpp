// One instrument's resting limit orders, kept in price-time priority.
//
// A door to Books for those who need a single book: the same rules, units, costs and
// refusals, without the instrument.  See books.hpp.
#pragma once

#include <optional>
#include <span>
#include <utility>

#include "ai_trading/book/books.hpp"

namespace ai_trading::book {

class OrderBook {
 public:
  OrderBook() : books_(1) {}

  [[nodiscard]] Reject add(OrderId id, Side side, Ticks price, Lots quantity) {
    return books_.add(0, id, side, price, quantity);
  }
  [[nodiscard]] Reject reduce(OrderId id, Lots by) { return books_.reduce(id, by); }
  [[nodiscard]] Reject execute(OrderId id, Lots quantity) {
    return books_.execute(id, quantity);
  }
  // Trades at another price than the order's own (an auction, a price improvement):
  // the book changes as in execute, and only the caller's tape differs.
  [[nodiscard]] Reject execute_at(OrderId id, Lots quantity, Ticks) {
    return books_.execute(id, quantity);
  }
  [[nodiscard]] Reject cancel(OrderId id) { return books_.cancel(id); }
  [[nodiscard]] Reject replace(OrderId old_id, OrderId new_id, Ticks price,
                               Lots quantity) {
    return books_.replace(old_id, new_id, price, quantity);
  }
  [[nodiscard]] Reject modify(OrderId id, Ticks price, Lots quantity) {
    return books_.modify(id, price, quantity);
  }
  void clear() { books_.clear(0); }

  [[nodiscard]] std::optional<Level> best(Side side) const {
    return books_.best(0, side);
  }
  std::size_t depth(Side side, std::span<Level> out) const {
    return books_.depth(0, side, out);
  }
  [[nodiscard]] Level level(Side side, Ticks price) const {
    return books_.level(0, side, price);
  }
  [[nodiscard]] std::optional<RestingOrder> order(OrderId id) const {
    return books_.order(id);
  }
  [[nodiscard]] std::optional<QueuePosition> queue_position(OrderId id) const {
    return books_.queue_position(id);
  }
  template <class Visit>
  void for_each(Side side, Visit&& visit) const {
    books_.for_each(0, side, std::forward<Visit>(visit));
  }
  [[nodiscard]] std::size_t order_count() const { return books_.order_count(); }
  [[nodiscard]] std::size_t level_count(Side side) const {
    return books_.level_count(0, side);
  }
  [[nodiscard]] std::uint64_t state_hash() const { return books_.state_hash(); }

 private:
  Books books_;
};

}  // namespace ai_trading::book
