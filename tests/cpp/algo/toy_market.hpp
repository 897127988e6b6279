// A small market with a careless venue, for parents to be worked in.
//
// Prices wander, trades come at random, orders are acknowledged late, filled in parts,
// refused now and then, and changes cross with fills.  Everything is drawn from one seed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "ai_trading/algo/workers.hpp"
#include "ai_trading/base/rng.hpp"

namespace ai_trading::algo::test {

struct ToyOrder {
  ParentId parent{};
  Side side{};
  OrderType type{};
  TimeInForce time_in_force{};
  Child state;
  bool pending_replace{}, pending_cancel{};
  Ticks new_price;
  Lots new_quantity;
};

class ToyMarket {
 public:
  explicit ToyMarket(std::uint64_t seed, double refusals = 0.0, double patience = 0.5)
      : rng(seed), refusals_(refusals), answers_(patience) {}

  Rng rng;
  Market now;
  std::vector<ToyOrder> orders;
  std::int64_t trades_lots{};
  // Called for every order sent and every replace.
  std::function<void(const ToyOrder&, Ticks, Lots)> watch = [](const ToyOrder&, Ticks,
                                                               Lots) {};

  void quote(std::int64_t middle, std::int64_t half = 1) {
    now.bid = Ticks{middle - half};
    now.ask = Ticks{middle + half};
    now.last = Ticks{middle};
    now.has_last = true;
    now.bid_quantity = Lots{static_cast<std::int64_t>(1 + rng.below(300))};
    now.ask_quantity = Lots{static_cast<std::int64_t>(1 + rng.below(300))};
  }

  // The outlet.
  [[nodiscard]] Market market(InstrumentIndex) const { return now; }
  std::pair<OrderId, Reject> submit(const Worker& worker, const Action& action) {
    if (rng.chance(refusals_ * 0.3)) return {0, Reject::market_closed};
    ToyOrder order;
    order.parent = worker.id();
    order.side = worker.terms().side;
    order.type = action.type;
    order.time_in_force = action.time_in_force;
    order.state.id = orders.size() + 1;
    order.state.status = OrderStatus::pending_new;
    order.state.price = action.price;
    order.state.quantity = action.quantity;
    watch(order, action.price, action.quantity);
    orders.push_back(order);
    return {order.state.id, Reject::none};
  }
  Reject replace(const Action& action) {
    ToyOrder& order = orders[action.child - 1];
    if (rng.chance(refusals_ * 0.3)) return Reject::price_collar;
    watch(order, action.price, action.quantity);
    order.pending_replace = true;
    order.new_price = action.price;
    order.new_quantity = action.quantity;
    order.state.status = OrderStatus::pending_replace;
    return Reject::none;
  }
  Reject cancel(const Action& action) {
    orders[action.child - 1].pending_cancel = true;
    orders[action.child - 1].state.status = OrderStatus::pending_cancel;
    return Reject::none;
  }

  // The venue goes on: answers, and trades what can trade.
  void venue(Workers& workers, Nanos at) {
    for (ToyOrder& order : orders) {
      if (is_terminal(order.state.status)) continue;
      if (rng.chance(answers_)) answer(order);
      if (!is_terminal(order.state.status) && trades(order)) fill(order);
      workers.on_child(order.parent, order.state, at);
    }
  }

 private:
  void settle(ToyOrder& order) {
    order.state.status = order.state.filled.n > 0 ? OrderStatus::partially_filled
                                                  : OrderStatus::accepted;
  }
  void answer(ToyOrder& order) {
    Child& state = order.state;
    if (state.status == OrderStatus::pending_new) {
      if (rng.chance(refusals_)) {
        state.status = OrderStatus::rejected;
        state.reason = Reject::max_notional;
        return;
      }
      settle(order);
    } else if (state.status == OrderStatus::pending_cancel) {
      state.status = OrderStatus::canceled;
    } else if (state.status == OrderStatus::pending_replace) {
      if (!rng.chance(refusals_) && order.new_quantity > state.filled) {
        state.price = order.new_price;
        state.quantity = order.new_quantity;
      }
      settle(order);
    }
    if (order.time_in_force == TimeInForce::at_the_close && auction_is_over(order)) {
      if (rng.chance(0.7)) fill(order);
      if (!is_terminal(state.status)) state.status = OrderStatus::expired;
    }
    if (order.time_in_force == TimeInForce::ioc) {
      if (trades(order)) fill(order);
      if (!is_terminal(state.status)) {
        state.status = OrderStatus::canceled;
        state.reason = Reject::no_liquidity;
      }
    }
  }
  // It comes sooner or later; an order for it waits until then.
  [[nodiscard]] bool auction_is_over(const ToyOrder& order) {
    return order.state.status != OrderStatus::pending_new && rng.chance(0.2);
  }
  [[nodiscard]] bool trades(const ToyOrder& order) {
    if (order.state.status == OrderStatus::pending_new) return false;
    if (order.time_in_force == TimeInForce::at_the_close) return false;
    if (order.type == OrderType::market) return true;
    const Ticks far = order.side == Side::buy ? now.ask : now.bid;
    const Ticks near = order.side == Side::buy ? now.bid : now.ask;
    if (!better(order.side, far, order.state.price)) return true;
    return !better(order.side, near, order.state.price) && rng.chance(0.1);
  }
  void fill(ToyOrder& order) {
    Child& state = order.state;
    const std::int64_t left = state.quantity.n - state.filled.n;
    const auto most = static_cast<std::uint64_t>(left);
    const auto lots = static_cast<std::int64_t>(1 + rng.below(most));
    const Ticks price = order.type == OrderType::market ? now.last : state.price;
    state.filled += Lots{lots};
    state.filled_value += TickLots{lots * price.n};
    if (state.filled == state.quantity) {
      state.status = OrderStatus::filled;
    } else if (state.status == OrderStatus::accepted) {
      state.status = OrderStatus::partially_filled;
    }
  }

  double refusals_;
  double answers_;
};

}  // namespace ai_trading::algo::test
