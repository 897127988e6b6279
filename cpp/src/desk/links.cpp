// Orders that depend on each other: OCO, OTO, brackets.
#include <algorithm>

#include "ai_trading/desk/desk.hpp"

namespace ai_trading::desk {

GroupId Desk::link(Link kind, OrderId entry) {
  groups_.push_back({kind, entry, {}});
  const auto id = static_cast<GroupId>(groups_.size());
  if (entry != 0) slots_[entry - 1].triggers = id;
  return id;
}

void Desk::balance_of(OrderId id, Nanos at) {
  const Slot& slot = slots_[id - 1];
  const GroupId triggers = slot.triggers;
  if (slot.group != 0) balance(groups_[slot.group - 1], at);
  if (triggers != 0) balance(groups_[triggers - 1], at);
}

// Brings every member to the size that the entry and the other members leave it.
// A member with a change under way is looked at again when that is answered.
void Desk::balance(Group& group, Nanos at) {
  std::int64_t executed = 0;
  for (const OrderId id : group.members) executed += orders_[id - 1].filled;
  bool entry_over = false;
  if (group.entry != 0) {
    entry_over = is_terminal(slots_[group.entry - 1].state.base);
    // An exit has begun: an entry that went on would build what is being closed.
    if (!entry_over && executed > 0) drop(group.entry, Reject::linked_order, at);
  }
  for (const OrderId id : group.members) {
    const OrderRecord& order = orders_[id - 1];
    const Slot& slot = slots_[id - 1];
    if (is_terminal(slot.state.base)) continue;
    const std::int64_t others = executed - order.filled;
    if (group.kind == Link::cancel_others && others > 0) {
      drop(id, Reject::linked_order, at);
      continue;
    }
    std::int64_t total = slot.asked.n;
    if (group.entry != 0) total = std::min(total, orders_[group.entry - 1].filled);
    total -= others;
    if (slot.held) {
      if (total > 0) {
        release(id, Lots{total}, at);
      } else if (entry_over) {
        drop(id, Reject::linked_order, at);
      }
    } else if (total <= order.filled) {
      drop(id, Reject::linked_order, at);
    } else if (total != order.quantity) {
      resize(id, Lots{total}, at);
    }
  }
}

// Sends an order that waited, once the gate lets it.
void Desk::release(OrderId id, Lots quantity, Nanos at) {
  OrderRecord& order = orders_[id - 1];
  Slot& slot = slots_[id - 1];
  NewOrder wanted;
  wanted.instrument = order.instrument;
  wanted.side = static_cast<Side>(order.side);
  wanted.type = static_cast<OrderType>(order.type);
  wanted.price = Ticks{order.price};
  wanted.quantity = quantity;
  wanted.parent = order.parent_id;
  Reject reason = order.parent_id != 0 ? family(wanted) : Reject::none;
  wanted.strategy = order.strategy;
  wanted.group = slot.group;
  if (reason == Reject::none) reason = basic_gate(wanted);
  if (armed_ && reason == Reject::none) reason = whole_gate(wanted, false, at);
  quantity = wanted.quantity;
  order.quantity = quantity.n;
  if (reason != Reject::none) {
    order.reason = static_cast<std::uint16_t>(reason);
    show(order, OrderStatus::rejected, false, false, at);
    news_.push_back(id);
    return;
  }
  slot.held = false;
  reach(order, slot.price, quantity);
  std::optional<Command> sent;
  request(order, Command::Kind::submit, at, sent);
  outbox_.push_back(*sent);
}

// Ends an order on the desk's own account.
void Desk::drop(OrderId id, Reject why, Nanos at) {
  OrderRecord& order = orders_[id - 1];
  Slot& slot = slots_[id - 1];
  if (slot.held) {
    order.reason = static_cast<std::uint16_t>(why);
    show(order, OrderStatus::canceled, false, false, at);
    news_.push_back(id);
    return;
  }
  const Changed changed = cancel(id, at);
  if (!changed.command) return;
  orders_[id - 1].reason = static_cast<std::uint16_t>(why);
  outbox_.push_back(*changed.command);
}

void Desk::resize(OrderId id, Lots total, Nanos at) {
  const Changed changed = modify(id, Ticks{orders_[id - 1].price}, total, at);
  if (changed.command) outbox_.push_back(*changed.command);
}

}  // namespace ai_trading::desk
