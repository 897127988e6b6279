// The slow, obvious books: a list of orders in arrival order, summed whenever asked.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include "ai_trading/book/books.hpp"

namespace ai_trading::book {

class PlainBooks {
 public:
  explicit PlainBooks(std::size_t max_instruments)
      : max_instruments_(max_instruments) {}

  Reject add(InstrumentIndex instrument, OrderId id, Side side, Ticks price,
             Lots quantity) {
    if (side == Side::none) return Reject::side_missing;
    if (const Reject bad = check(price, quantity); bad != Reject::none) return bad;
    if (instrument >= max_instruments_) return Reject::unknown_instrument;
    if (find(id) != orders_.end()) return Reject::duplicate_id;
    if (overflows(instrument, side, price, quantity, orders_.end()))
      return Reject::quantity_overflow;
    orders_.push_back({id, instrument, side, price, quantity});
    return Reject::none;
  }

  Reject reduce(OrderId id, Lots by) { return take_off(id, by, false); }
  Reject execute(OrderId id, Lots by) { return take_off(id, by, true); }

  Reject cancel(OrderId id) {
    if (find(id) == orders_.end()) return Reject::unknown_id;
    orders_.erase(find(id));
    return Reject::none;
  }

  Reject replace(OrderId old_id, OrderId new_id, Ticks price, Lots quantity) {
    const auto old = find(old_id);
    if (old == orders_.end()) return Reject::unknown_id;
    if (const Reject bad = check(price, quantity); bad != Reject::none) return bad;
    if (new_id != old_id && find(new_id) != orders_.end()) return Reject::duplicate_id;
    RestingOrder next = *old;
    if (overflows(next.instrument, next.side, price, quantity, old))
      return Reject::quantity_overflow;
    next.id = new_id;
    next.price = price;
    next.left = quantity;
    orders_.erase(old);
    orders_.push_back(next);
    return Reject::none;
  }

  Reject modify(OrderId id, Ticks price, Lots quantity) {
    const auto order = find(id);
    if (order == orders_.end()) return Reject::unknown_id;
    if (order->price != price || quantity > order->left)
      return replace(id, id, price, quantity);
    if (quantity.n < 1) return Reject::quantity_not_positive;
    order->left = quantity;
    return Reject::none;
  }

  void clear(InstrumentIndex instrument) {
    std::erase_if(orders_,
                  [&](const RestingOrder& o) { return o.instrument == instrument; });
  }

  [[nodiscard]] std::vector<RestingOrder> orders(InstrumentIndex instrument,
                                                 Side side) const {
    std::vector<RestingOrder> out;
    for (const RestingOrder& o : orders_)
      if (o.instrument == instrument && o.side == side) out.push_back(o);
    std::ranges::stable_sort(out, [&](const RestingOrder& a, const RestingOrder& b) {
      return better(side, a.price, b.price);
    });
    return out;
  }

  [[nodiscard]] std::vector<Level> depth(InstrumentIndex instrument, Side side) const {
    std::vector<Level> out;
    for (const RestingOrder& o : orders(instrument, side)) {
      if (out.empty() || out.back().price != o.price) out.push_back({o.price, {}, 0});
      out.back().quantity += o.left;
      ++out.back().orders;
    }
    return out;
  }

  [[nodiscard]] std::optional<QueuePosition> queue_position(OrderId id) const {
    QueuePosition position;
    const auto ours = std::ranges::find(orders_, id, &RestingOrder::id);
    if (ours == orders_.end()) return std::nullopt;
    for (auto o = orders_.begin(); o != ours; ++o) {
      if (o->instrument != ours->instrument || o->side != ours->side ||
          o->price != ours->price)
        continue;
      ++position.orders_ahead;
      position.quantity_ahead += o->left;
    }
    return position;
  }

  [[nodiscard]] const std::vector<RestingOrder>& all() const { return orders_; }

 private:
  using At = std::vector<RestingOrder>::iterator;

  At find(OrderId id) { return std::ranges::find(orders_, id, &RestingOrder::id); }

  static Reject check(Ticks price, Lots quantity) {
    if (quantity.n < 1) return Reject::quantity_not_positive;
    if (quantity.n > kMaxQuantity) return Reject::quantity_too_large;
    if (price.n > kMaxPrice || price.n < -kMaxPrice) return Reject::price_out_of_range;
    return Reject::none;
  }

  bool overflows(InstrumentIndex instrument, Side side, Ticks price, Lots quantity,
                 At without) {
    __extension__ __int128 total = quantity.n;
    for (At o = orders_.begin(); o != orders_.end(); ++o)
      if (o != without && o->instrument == instrument && o->side == side &&
          o->price == price)
        total += o->left.n;
    return total > std::numeric_limits<std::int64_t>::max();
  }

  Reject take_off(OrderId id, Lots by, bool may_end) {
    const auto order = find(id);
    if (order == orders_.end()) return Reject::unknown_id;
    if (by.n < 1) return Reject::quantity_not_positive;
    if (by > order->left || (by == order->left && !may_end))
      return Reject::quantity_too_large;
    order->left -= by;
    if (order->left.n == 0) orders_.erase(order);
    return Reject::none;
  }

  std::size_t max_instruments_;
  std::vector<RestingOrder> orders_;
};

}  // namespace ai_trading::book
