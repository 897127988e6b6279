// Trees of orders.
#include <algorithm>

#include "ai_trading/desk/desk.hpp"

namespace ai_trading::desk {

namespace {

constexpr Handle kIsParent = Handle{1} << 31;

OrderStatus status_of(const ParentRecord& parent) {
  return static_cast<OrderStatus>(parent.status);
}

}  // namespace

Lots Desk::room(ParentId id) const {
  const ParentRecord& parent = parents_[id - 1];
  const std::int64_t busy = parent.children > 0 ? parent.working : parent.allocated;
  return Lots{std::max<std::int64_t>(0, parent.quantity - parent.filled - busy)};
}

Reject Desk::family(const NewOrder& order) const {
  if (!knows_parent(order.parent)) return Reject::unknown_id;
  const ParentRecord& parent = parents_[order.parent - 1];
  const OrderState state = parent_states_[order.parent - 1];
  if (is_terminal(state.base) || state.cancel_asked) return Reject::parent_done;
  const bool other = parent.instrument != order.instrument ||
                     parent.side != static_cast<std::uint8_t>(order.side);
  const bool has_inner = parent.reserved > 0;
  if (other || has_inner || order.quantity > room(order.parent))
    return Reject::parent_overrun;
  return Reject::none;
}

void Desk::adopt(const OrderRecord& record) {
  ParentRecord& parent = parents_[record.parent_id - 1];
  if (parent.last_child == 0) {
    parent.first_child = record.order_id;
  } else {
    slots_[parent.last_child - 1].next_child = record.order_id;
  }
  parent.last_child = record.order_id;
  ++parent.children;
}

Desk::Opened Desk::open_parent(const NewParent& wanted, Nanos now) {
  if (wanted.instrument >= ledger_.instruments())
    return {0, Reject::unknown_instrument};
  if (wanted.side == Side::none) return {0, Reject::side_missing};
  if (wanted.quantity.n < 1) return {0, Reject::quantity_not_positive};
  if (wanted.quantity.n > kMaxQuantity) return {0, Reject::quantity_too_large};
  if (wanted.client != 0 && client_index_.find(wanted.client) != kNone)
    return {0, Reject::duplicate_id};
  if (wanted.outer != 0) {
    if (!knows_parent(wanted.outer)) return {0, Reject::unknown_id};
    const ParentRecord& outer = parents_[wanted.outer - 1];
    const OrderState state = parent_states_[wanted.outer - 1];
    if (is_terminal(state.base) || state.cancel_asked) return {0, Reject::parent_done};
    const bool other = outer.instrument != wanted.instrument ||
                       outer.side != static_cast<std::uint8_t>(wanted.side);
    if (other || outer.children > 0 || wanted.quantity > room(wanted.outer))
      return {0, Reject::parent_overrun};
    parents_[wanted.outer - 1].allocated += wanted.quantity.n;
    ++parents_[wanted.outer - 1].reserved;
  }
  ParentRecord record{};
  record.parent_id = parents_.size() + 1;
  record.outer_id = wanted.outer;
  record.opened = now.n;
  record.quantity = wanted.quantity.n;
  record.instrument = wanted.instrument;
  record.side = static_cast<std::uint8_t>(wanted.side);
  record.status = static_cast<std::uint8_t>(OrderStatus::accepted);
  record.strategy = wanted.strategy;
  parents_.push_back(record);
  parent_states_.push_back({OrderStatus::accepted, false, false});
  if (wanted.client != 0)
    client_index_.insert(wanted.client,
                         kIsParent | static_cast<Handle>(record.parent_id));
  return {record.parent_id, Reject::none};
}

// Passes an execution, or its undoing, up the tree.
void Desk::tell_parents(ParentId id, const FillRecord& fill, Lots quantity) {
  // By how much less the inner parent lacks.  One that ended before it was filled gave
  // back what it lacked then.
  std::int64_t freed = 0;
  for (; id != 0; id = parents_[id - 1].outer_id) {
    ParentRecord& parent = parents_[id - 1];
    OrderState& state = parent_states_[id - 1];
    const std::int64_t lacked =
        std::max<std::int64_t>(0, parent.quantity - parent.filled);
    parent.filled += quantity.n;
    const std::int64_t lacks =
        std::max<std::int64_t>(0, parent.quantity - parent.filled);
    parent.filled_value += fill.price * quantity.n;
    parent.fee += fill.fee;
    parent.allocated -= freed;
    freed = is_terminal(state.base) && lacked > 0 ? 0 : lacked - lacks;
    const bool full = parent.filled >= parent.quantity;
    OrderEvent event = full ? OrderEvent::fill_all : OrderEvent::fill;
    if (quantity.n < 0)
      event =
          state.base == OrderStatus::filled ? OrderEvent::reinstate : OrderEvent::bust;
    const Verdict verdict = advance(state, event, parent.filled > 0);
    if (verdict.refused != Reject::none) continue;
    const bool reopened = is_terminal(state.base) && !is_terminal(verdict.to.base);
    if (!is_terminal(state.base) && is_terminal(verdict.to.base)) {
      end_parent(parent, verdict.to.base, Nanos{fill.timestamp});
      continue;
    }
    state = verdict.to;
    parent.status = static_cast<std::uint8_t>(state.shown());
    if (reopened) parent.done = 0;
  }
}

void Desk::end_parent(ParentRecord& parent, OrderStatus status, Nanos at) {
  parent_states_[parent.parent_id - 1] = {status, false, false};
  parent.status = static_cast<std::uint8_t>(status);
  parent.done = at.n;
  if (parent.outer_id != 0) {
    parents_[parent.outer_id - 1].allocated -=
        std::max<std::int64_t>(0, parent.quantity - parent.filled);
  }
}

// Ends what was to be canceled once nothing of it works.
void Desk::settle_parent(ParentId id, Nanos at) {
  for (; id != 0; id = parents_[id - 1].outer_id) {
    ParentRecord& parent = parents_[id - 1];
    const OrderState state = parent_states_[id - 1];
    if (state.cancel_asked && !is_terminal(state.base) && parent.working == 0)
      end_parent(parent, OrderStatus::canceled, at);
  }
}

Reject Desk::cancel_parent(ParentId id, Nanos now) {
  if (!knows_parent(id)) return Reject::unknown_id;
  OrderState& state = parent_states_[id - 1];
  const Verdict verdict =
      advance(state, OrderEvent::request_cancel, parents_[id - 1].filled > 0);
  if (verdict.refused != Reject::none) return verdict.refused;
  state = verdict.to;
  parents_[id - 1].status = static_cast<std::uint8_t>(state.shown());
  const bool has_inner = parents_[id - 1].reserved > 0;
  for (ParentId inner = id + 1; has_inner && inner <= parents_.size(); ++inner)
    if (parents_[inner - 1].outer_id == id) (void)cancel_parent(inner, now);
  for (OrderId child = parents_[id - 1].first_child; child != 0;
       child = slots_[child - 1].next_child)
    drop(child, Reject::parent_canceled, now);
  settle_parent(id, now);
  return Reject::none;
}

Reject Desk::finish_parent(ParentId id, Nanos now) {
  if (!knows_parent(id)) return Reject::unknown_id;
  ParentRecord& parent = parents_[id - 1];
  if (is_terminal(status_of(parent))) return Reject::order_done;
  if (parent.working != 0 || parent.allocated != 0) return Reject::pending_change;
  end_parent(parent, OrderStatus::expired, now);
  return Reject::none;
}

}  // namespace ai_trading::desk
