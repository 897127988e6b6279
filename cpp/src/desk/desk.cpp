#include "ai_trading/desk/desk.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace ai_trading::desk {

namespace {

OrderStatus status_of(const OrderRecord& order) {
  return static_cast<OrderStatus>(order.status);
}
void set(OrderRecord& order, OrderStatus status) {
  order.status = static_cast<std::uint8_t>(status);
}

}  // namespace

Desk::Desk(std::vector<Instrument> instruments, Money cash,
           std::vector<risk::Limits> limits, std::int64_t per_order)
    : ledger_(std::move(instruments), cash),
      limits_(std::move(limits)),
      per_order_(per_order),
      working_(ledger_.instruments()) {
  if (limits_.size() != ledger_.instruments()) {
    throw std::invalid_argument(
        "the desk needs one row of limits per instrument; "
        "received " +
        std::to_string(limits_.size()) + " for " +
        std::to_string(ledger_.instruments()));
  }
}

Reject Desk::gate(const NewOrder& order) const {
  if (order.instrument >= ledger_.instruments()) return Reject::unknown_instrument;
  const Position& held = ledger_.position(order.instrument);
  const Working& working = working_[order.instrument];
  risk::Proposal proposal;
  proposal.side = order.side;
  proposal.type = order.type;
  proposal.price = order.price;
  proposal.quantity = order.quantity;
  proposal.reference = held.mark;
  proposal.has_reference = held.marked;
  const risk::Exposure exposure{held.quantity, working.buy, working.sell,
                                ledger_.cash(), working_buy_value_};
  return risk::check(proposal, ledger_.instrument(order.instrument), exposure,
                     limits_[order.instrument]);
}

// Puts `open` lots of an order in place of what it counted for until now.
void Desk::count(const OrderRecord& order, Lots open) {
  Reach& reach = reaches_[order.order_id - 1];
  Working& working = working_[order.instrument];
  const bool buying = static_cast<Side>(order.side) == Side::buy;
  (buying ? working.buy : working.sell) += open - reach.open;
  reach.open = open;
  if (!buying) return;
  working_buy_value_ -= reach.cost;
  reach.cost = ledger_.instrument(order.instrument).value(reach.price, open);
  working_buy_value_ += reach.cost;
}

// Says how far an order may go, and counts it so.
void Desk::reach(const OrderRecord& order, Ticks price, Lots total) {
  Reach& reach = reaches_[order.order_id - 1];
  reach.price = price;
  reach.total = total;
  count(order, std::max(Lots{}, total - Lots{order.filled}));
}

Command Desk::command(const OrderRecord& order, Command::Kind kind) const {
  Command out;
  out.order_id = order.order_id;
  out.instrument = order.instrument;
  out.kind = kind;
  out.side = static_cast<Side>(order.side);
  out.type = static_cast<OrderType>(order.type);
  out.time_in_force = static_cast<TimeInForce>(order.time_in_force);
  out.price = Ticks{order.price};
  out.quantity = Lots{order.quantity};
  return out;
}

Desk::Submitted Desk::take(const NewOrder& order, Reject reason, Nanos now) {
  OrderRecord record{};
  record.order_id = orders_.size() + 1;
  record.parent_id = order.parent;
  record.submitted = now.n;
  record.price = order.type == OrderType::limit ? order.price.n : 0;
  record.quantity = order.quantity.n;
  record.instrument = order.instrument;
  record.side = static_cast<std::uint8_t>(order.side);
  record.type = static_cast<std::uint8_t>(order.type);
  record.time_in_force = static_cast<std::uint8_t>(order.time_in_force);
  record.strategy = order.strategy;
  record.reason = static_cast<std::uint16_t>(reason);
  if (reason != Reject::none) {
    set(record, OrderStatus::rejected);
    record.done = now.n;
  }
  orders_.push_back(record);
  reaches_.emplace_back();
  if (reason != Reject::none) return {record.order_id, reason, std::nullopt};
  ++working_orders_;
  const bool limit = order.type == OrderType::limit;
  reach(record, limit ? order.price : ledger_.position(order.instrument).mark,
        order.quantity);
  return {record.order_id, reason, command(record, Command::Kind::submit)};
}

Desk::Changed Desk::cancel(OrderId id, Nanos) {
  if (!knows(id)) return {Reject::unknown_id, std::nullopt};
  OrderRecord& order = orders_[id - 1];
  if (is_terminal(status_of(order))) return {Reject::order_done, std::nullopt};
  if (status_of(order) == OrderStatus::pending_cancel)
    return {Reject::pending_change, std::nullopt};
  set(order, OrderStatus::pending_cancel);
  return {Reject::none, command(order, Command::Kind::cancel)};
}

Desk::Changed Desk::modify(OrderId id, Ticks price, Lots quantity, Nanos) {
  if (!knows(id)) return {Reject::unknown_id, std::nullopt};
  OrderRecord& order = orders_[id - 1];
  const OrderStatus status = status_of(order);
  if (is_terminal(status)) return {Reject::order_done, std::nullopt};
  if (status == OrderStatus::pending_cancel || status == OrderStatus::pending_replace)
    return {Reject::pending_change, std::nullopt};
  if (static_cast<OrderType>(order.type) != OrderType::limit)
    return {Reject::price_missing, std::nullopt};
  if (quantity.n <= order.filled) return {Reject::quantity_not_positive, std::nullopt};

  // The gate sees the changed order as if the old one were gone.
  const Lots open = reaches_[id - 1].open;
  count(order, Lots{});
  NewOrder changed;
  changed.instrument = order.instrument;
  changed.side = static_cast<Side>(order.side);
  changed.type = OrderType::limit;
  changed.price = price;
  changed.quantity = quantity - Lots{order.filled};
  const Reject reason = gate(changed);
  count(order, open);
  if (reason != Reject::none) return {reason, std::nullopt};
  // Until the venue answers, the order may be the old one or the new one.
  reach(order, std::max(price, Ticks{order.price}),
        std::max(quantity, Lots{order.quantity}));

  set(order, OrderStatus::pending_replace);
  Command out = command(order, Command::Kind::modify);
  out.price = price;
  out.quantity = quantity;
  return {Reject::none, out};
}

void Desk::finish(OrderRecord& order, OrderStatus status, Nanos at) {
  count(order, Lots{});
  set(order, status);
  order.done = at.n;
  --working_orders_;
}

FillRecord Desk::fill(OrderRecord& order, const Report& report) {
  const std::int64_t fee = report.fee + (order.filled == 0 ? per_order_ : 0);
  const Money profit = ledger_.book(order.instrument, static_cast<Side>(order.side),
                                    report.price, report.quantity, from_nano(fee));
  order.filled += report.quantity.n;
  order.filled_value += report.price.n * report.quantity.n;
  order.fee += fee;
  count(order,
        std::max(Lots{}, reaches_[order.order_id - 1].total - Lots{order.filled}));
  if (order.filled >= order.quantity) {
    finish(order, OrderStatus::filled, report.at);
  } else if (status_of(order) == OrderStatus::accepted ||
             status_of(order) == OrderStatus::pending_new) {
    set(order, OrderStatus::partially_filled);
  }

  FillRecord row{};
  row.timestamp = report.at.n;
  row.order_id = order.order_id;
  row.fill_id = fills_.size() + 1;
  row.price = report.price.n;
  row.quantity = report.quantity.n;
  row.fee = fee;
  row.realized = to_micro(profit);
  row.position = ledger_.position(order.instrument).quantity.n;
  row.instrument = order.instrument;
  row.side = order.side;
  row.liquidity = static_cast<std::uint8_t>(report.liquidity);
  row.strategy = order.strategy;
  fills_.push_back(row);
  return row;
}

std::optional<FillRecord> Desk::on_report(const Report& report) {
  OrderRecord& order = orders_[report.order_id - 1];
  const auto settle = [&order] {
    set(order,
        order.filled > 0 ? OrderStatus::partially_filled : OrderStatus::accepted);
  };
  switch (report.kind) {
    case Report::Kind::accepted:
      order.acknowledged = report.at.n;
      if (status_of(order) == OrderStatus::pending_new)
        set(order, OrderStatus::accepted);
      break;
    case Report::Kind::rejected:
      order.reason = static_cast<std::uint16_t>(report.reason);
      finish(order, OrderStatus::rejected, report.at);
      break;
    case Report::Kind::filled:
      return fill(order, report);
    case Report::Kind::canceled:
      order.reason = static_cast<std::uint16_t>(report.reason);
      finish(order, OrderStatus::canceled, report.at);
      break;
    case Report::Kind::expired:
      finish(order, OrderStatus::expired, report.at);
      break;
    case Report::Kind::modified:
      order.price = report.price.n;
      order.quantity = report.quantity.n;
      reach(order, report.price, report.quantity);
      settle();
      break;
    case Report::Kind::change_rejected:
      if (is_terminal(status_of(order))) break;
      if (status_of(order) == OrderStatus::pending_replace)
        reach(order, Ticks{order.price}, Lots{order.quantity});
      settle();
      break;
  }
  return std::nullopt;
}

AccountRecord Desk::account(Nanos now) const {
  const Ledger::Totals totals = ledger_.totals();
  return {now.n,
          to_micro(totals.cash),
          to_micro(totals.value),
          to_micro(totals.realized),
          to_micro(totals.unrealized),
          to_micro(totals.fees),
          to_micro(totals.gross)};
}

std::uint64_t Desk::state_hash() const {
  Digest digest;
  for (const OrderRecord& o : orders_) {
    for (const std::int64_t value : {o.submitted, o.acknowledged, o.done, o.price,
                                     o.quantity, o.filled, o.filled_value, o.fee})
      digest.mix(value);
    digest.mix(std::uint64_t{o.instrument} << 32 | std::uint64_t{o.reason} << 16 |
               std::uint64_t{o.side} << 8 | o.status);
  }
  for (const FillRecord& f : fills_) {
    digest.mix(f.order_id);
    for (const std::int64_t value :
         {f.timestamp, f.price, f.quantity, f.fee, f.position})
      digest.mix(value);
  }
  const Ledger::Totals totals = ledger_.totals();
  for (const Money& money : {totals.cash, totals.value, totals.realized}) {
    digest.mix(static_cast<std::uint64_t>(money.atto));
    digest.mix(static_cast<std::uint64_t>(money.atto >> 64));
  }
  return digest.value();
}

}  // namespace ai_trading::desk
