// How a child is placed: beside the touch, across, moved, or not at all.
#include <algorithm>

#include "ai_trading/algo/worker.hpp"

namespace ai_trading::algo {

// Bounds what is wanted at work by the largest child, and drops what is too small for
// one.
Lots Worker::within(Lots wanted) const {
  wanted = std::min(wanted, lacking());
  if (terms_.max_child.n > 0) wanted = std::min(wanted, terms_.max_child);
  if (wanted < lacking() && wanted < terms_.min_child) return {};
  return std::max(wanted, Lots{});
}

Ticks Worker::bounded(Ticks price) const {
  if (terms_.limit && better(terms_.side, price, *terms_.limit)) return *terms_.limit;
  return price;
}

bool Worker::tempted(const Market& market) const {
  return terms_.would && state_ == State::working && !pending_ &&
         far_quantity(market).n > 0 && lacking().n > 0 &&
         !better(terms_.side, far(market), *terms_.would) &&
         bounded(far(market)) == far(market);
}

Action Worker::submit(Ticks price, Lots quantity, OrderType type,
                      TimeInForce time_in_force, Nanos now) {
  pending_ = true;
  child_type_ = type;
  child_price_ = price;
  child_quantity_ = quantity;
  child_filled_ = {};
  child_born_ = child_moved_ = now;
  ++messages_;
  Action action;
  action.kind = Action::Kind::submit;
  action.type = type;
  action.time_in_force = time_in_force;
  action.price = price;
  action.quantity = quantity;
  return action;
}

Action Worker::replace(Ticks price, Lots wanted, Nanos now) {
  pending_ = true;
  child_moved_ = now;
  growth_ = std::max(wanted - open(), Lots{});
  ++messages_;
  ending_ = true;  // there are ways to the market that replace by canceling
  Action action;
  action.kind = Action::Kind::replace;
  action.child = child_;
  action.price = price;
  action.quantity = child_filled_ + wanted;
  return action;
}

Action Worker::cancel_child() {
  pending_ = true;
  ++messages_;
  ending_ = true;
  Action action;
  action.kind = Action::Kind::cancel;
  action.child = child_;
  return action;
}

Action Worker::place(const Wish& wish, Nanos now, const Market& market) {
  const Lots wanted = within(wish.open);
  if (!has_child()) {
    if (wanted.n <= 0) return {};
    if (now < blocked_) {
      wake_by(blocked_);
      return {};
    }
    crossed_ = wish.cross;
    const bool at_limit = terms_.algorithm == Algorithm::iceberg && terms_.limit;
    if (market.two_sided() || at_limit) {
      const Ticks price =
          at_limit ? *terms_.limit : bounded(wish.cross ? far(market) : near(market));
      wake_by(now + terms_.review);
      return submit(price, wanted, OrderType::limit, TimeInForce::day, now);
    }
    if (!market.has_last) {  // no price of any kind yet
      wake_by(now + terms_.review);
      return {};
    }
    crossed_ = true;
    return submit(terms_.limit.value_or(Ticks{}), wanted,
                  terms_.limit ? OrderType::limit : OrderType::market, TimeInForce::day,
                  now);
  }

  // A market order cannot be changed; it is as far across as it can be.
  if (child_type_ == OrderType::market) return {};
  if (wish.open.n <= 0) return cancel_child();
  review_by(now + terms_.review);
  const bool fixed = terms_.algorithm == Algorithm::iceberg && terms_.limit;
  Ticks price = child_price_;
  if (market.two_sided() && !fixed) {
    const Ticks across = bounded(far(market));
    const Ticks beside = bounded(near(market));
    const bool left_behind = better(terms_.side, beside, child_price_);
    if (wish.cross && better(terms_.side, across, child_price_)) {
      price = across;
      crossed_ = true;
    } else if (left_behind && now - child_moved_ >= terms_.review) {
      price = beside;
    }
  }
  Lots size = open();
  if (wish.open < size) {
    size = wish.open;  // less is wanted: it keeps its place
  } else if (wanted.n > 2 * size.n && wanted - size >= terms_.min_child) {
    size = wanted;
  } else if (price != child_price_ && wanted > size) {
    size = wanted;  // it moves anyway
  }
  if (price == child_price_ && size == open()) {
    lie_down(wish, market);
    return {};
  }
  return replace(price, size, now);
}

// Whether a review would find the same again until the touch leaves the child.
void Worker::lie_down(const Wish& wish, const Market& market) {
  if (!wish.steady || wish.cross || terms_.would) return;
  const bool fixed = terms_.algorithm == Algorithm::iceberg && terms_.limit;
  const bool at_limit =
      terms_.limit && !better(terms_.side, *terms_.limit, child_price_);
  if (!fixed && !at_limit) {
    const Lots shown =
        terms_.side == Side::buy ? market.bid_quantity : market.ask_quantity;
    if (shown.n > 0 && better(terms_.side, near(market), child_price_)) return;
    rest_.left = child_price_;
  }
  rest_.possible = true;
}

// Takes what the other side shows, where that is enough and near enough.
Action Worker::pursue(Nanos now, const Market& market, Lots seen) {
  wake_by(now + terms_.review);
  if (has_child() || now < blocked_ || !market.two_sided()) return {};
  if (terms_.max_spread.n > 0 && market.ask - market.bid > terms_.max_spread) return {};
  if (far_quantity(market) < terms_.min_touch) return {};
  if (bounded(far(market)) != far(market)) return {};
  const Lots wanted = within(std::min(far_quantity(market), cap(seen) - filled_));
  if (wanted.n <= 0) return {};
  crossed_ = true;
  return submit(far(market), wanted, OrderType::limit, TimeInForce::ioc, now);
}

}  // namespace ai_trading::algo
