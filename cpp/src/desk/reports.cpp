// What venues say, and what the desk makes of it.
#include <algorithm>
#include <stdexcept>

#include "ai_trading/desk/desk.hpp"
#include "ai_trading/risk/pre_trade.hpp"

namespace ai_trading::desk {

namespace {

using Kind = Report::Kind;

OrderEvent event_of(Kind kind) {
  switch (kind) {
    case Kind::accepted:
      return OrderEvent::accept;
    case Kind::rejected:
      return OrderEvent::reject;
    case Kind::canceled:
      return OrderEvent::cancel;
    case Kind::expired:
      return OrderEvent::expire;
    case Kind::modified:
      return OrderEvent::replace;
    case Kind::pending_new:
      return OrderEvent::pending_new;
    case Kind::done_for_day:
      return OrderEvent::done_for_day;
    case Kind::stopped:
      return OrderEvent::stop;
    case Kind::suspended:
      return OrderEvent::suspend;
    case Kind::calculated:
      return OrderEvent::calculate;
    case Kind::restated:
      return OrderEvent::restate;
    case Kind::pending_cancel:
      return OrderEvent::pending_cancel;
    case Kind::pending_replace:
      return OrderEvent::pending_replace;
    case Kind::change_rejected:
      return OrderEvent::refuse_cancel;
    case Kind::filled:
      return OrderEvent::fill;
    case Kind::trade_canceled:
    case Kind::trade_corrected:
      return OrderEvent::bust;
  }
  return OrderEvent::restate;
}

Money value_of(const FillRecord& fill) { return from_nano(fill.fee); }

}  // namespace

std::optional<FillRecord> Desk::on_report(const Report& said) {
  if (said.kind == Kind::filled && knows(said.order_id)) return executed(said);
  if (said.kind == Kind::trade_canceled || said.kind == Kind::trade_corrected)
    return corrected(said);
  if (knows(said.order_id)) {
    heard(said);
    return std::nullopt;
  }
  Report named = said;
  if (said.order_id == 0 && said.request - 1 < requests_.size())
    named.order_id = requests_[said.request - 1].order;
  if (!knows(named.order_id)) return stray(said);
  return on_report(named);
}

void Desk::note(const Report& report, Reject code, bool restricts,
                std::uint64_t fill_id) {
  if (restricts && report.instrument < ledger_.instruments())
    gate_->restrict({risk::ScopeKind::instrument, report.instrument}, Mode::reduce_only,
                    code, "desk", "", report.at);
  incidents_.push_back({report.at.n, report.order_id, fill_id, report.execution,
                        report.quantity.n, report.instrument,
                        static_cast<std::uint16_t>(code),
                        static_cast<std::uint8_t>(report.kind),
                        static_cast<std::uint8_t>(restricts ? 1 : 0)});
}

bool Desk::seen_before(const Report& report) {
  if (report.execution == 0 || execution_index_.find(report.execution) == kNone)
    return false;
  note(report, Reject::duplicate_report, false);
  return true;
}

FillRecord& Desk::write(const OrderRecord* order, const Report& report, Lots quantity,
                        std::int64_t fee, Money profit) {
  FillRecord& row = fills_.emplace_back();
  row.timestamp = report.at.n;
  row.fill_id = fills_.size();
  row.price = report.price.n;
  row.quantity = quantity.n;
  row.fee = fee;
  row.realized = to_micro(profit);
  row.instrument = order != nullptr ? order->instrument : report.instrument;
  row.position = ledger_.position(row.instrument).quantity.n;
  row.side = order != nullptr ? order->side : static_cast<std::uint8_t>(report.side);
  row.liquidity = static_cast<std::uint8_t>(report.liquidity);
  if (order != nullptr) {
    row.order_id = order->order_id;
    row.strategy = order->strategy;
  }
  if (report.execution != 0 && quantity.n > 0) {
    executions_.push_back(
        {fills_.size() - 1, ledger_.last_entry(row.instrument), false});
    execution_index_.insert(report.execution, static_cast<Handle>(executions_.size()));
  }
  return row;
}

// An execution of an order that the desk does not know, or of another side than ours.
std::optional<FillRecord> Desk::stray(const Report& report) {
  if (report.kind != Kind::filled) {
    note(report, Reject::unknown_id, false);
    return std::nullopt;
  }
  if (report.instrument >= ledger_.instruments() || report.side == Side::none ||
      report.quantity.n < 1) {
    throw std::invalid_argument(
        "an execution of an order that the desk does not know needs an instrument of "
        "its table, a side and a quantity; without them it cannot be booked");
  }
  if (seen_before(report)) return std::nullopt;
  const Money profit = ledger_.book(report.instrument, report.side, report.price,
                                    report.quantity, from_nano(report.fee));
  if (armed_)
    tell_executed(report.instrument, 0, report.price,
                  Lots{sign(report.side) * report.quantity.n}, report.fee, report.at);
  const FillRecord row = write(nullptr, report, report.quantity, report.fee, profit);
  note(report, Reject::fill_unknown_order, true, row.fill_id);
  return row;
}

// Holds what the venue says it executed in all against what was booked.
void Desk::compare_quantity(const OrderRecord& order, const Report& report,
                            bool ended) {
  if (report.executed.n < 0) return;
  Slot& slot = slots_[order.order_id - 1];
  slot.venue_says = std::max(slot.venue_says, report.executed);
  const std::int64_t booked = order.filled;
  if (booked < slot.venue_says.n) {
    // More executions are on their way, or lost; an end makes it certain.
    note(report, Reject::missing_fill, ended);
  } else if (booked > slot.venue_says.n) {
    note(report, Reject::contradiction, true);
  } else if (report.executed.n < booked) {
    note(report, Reject::late_report, false);
  }
}

std::optional<FillRecord> Desk::executed(const Report& report) {
  OrderRecord& order = orders_[report.order_id - 1];
  Slot& slot = slots_[report.order_id - 1];
  if (report.quantity.n < 1) {
    note(report, Reject::contradiction, true);
    return std::nullopt;
  }
  if (report.side != Side::none && static_cast<std::uint8_t>(report.side) != order.side)
    return stray(report);
  if (seen_before(report)) return std::nullopt;

  const OrderState before = slot.state;
  const bool over = is_terminal(before.base);
  const std::int64_t after = order.filled + report.quantity.n;
  const Lots most = std::max(slot.total, Lots{order.quantity});
  const bool expected = over && after <= slot.venue_says.n;
  bool beyond = false;
  if (has_limit(static_cast<OrderType>(order.type))) {
    const auto side = static_cast<Side>(order.side);
    beyond = better(side, report.price, Ticks{order.price}) &&
             !(before.replace_asked && !better(side, report.price, slot.wanted_price));
  }

  const std::int64_t fee = report.fee + (order.filled == 0 ? terms_.per_order : 0);
  const Money profit = ledger_.book(order.instrument, static_cast<Side>(order.side),
                                    report.price, report.quantity, from_nano(fee));
  if (armed_) {
    const std::int64_t towards = sign(static_cast<Side>(order.side));
    tell_executed(order.instrument, order.strategy, report.price,
                  Lots{towards * report.quantity.n}, fee, report.at);
  }
  order.filled = after;
  order.filled_value += report.price.n * report.quantity.n;
  order.fee += fee;
  if (!over) count(order, std::max(Lots{}, slot.total - Lots{after}));
  const Verdict verdict = advance(
      before, after >= order.quantity ? OrderEvent::fill_all : OrderEvent::fill, true);
  if (verdict.refused == Reject::none) {
    show(order, verdict.to, report.at);
    if (verdict.to.base == OrderStatus::filled) order.reason = 0;
  }
  const FillRecord& row = write(&order, report, report.quantity, fee, profit);

  if (after > most.n) {
    note(report, Reject::overfill, true, row.fill_id);
  } else if (over && !expected) {
    note(report, verdict.refused, true, row.fill_id);
  } else if (beyond) {
    note(report, Reject::worse_than_limit, true, row.fill_id);
  } else if (over) {
    note(report, Reject::late_report, false, row.fill_id);
  } else if (before.base == OrderStatus::pending_new) {
    note(report, Reject::fill_before_ack, false, row.fill_id);
  }
  if (report.executed.n >= 0) compare_quantity(order, report, false);
  if (order.parent_id != 0) {
    tell_parents(order.parent_id, row, report.quantity);
    settle_parent(order.parent_id, report.at);
  }
  if (slot.group != 0 || slot.triggers != 0) balance_of(order.order_id, report.at);
  return row;
}

std::optional<FillRecord> Desk::corrected(const Report& report) {
  const Handle found =
      report.corrects == 0 ? kNone : execution_index_.find(report.corrects);
  if (found == kNone) {
    note(report, Reject::contradiction, true);
    return std::nullopt;
  }
  if (seen_before(report)) return std::nullopt;
  if (executions_[found - 1].undone) {
    note(report, Reject::duplicate_report, false);
    return std::nullopt;
  }
  const bool replaced = report.kind == Kind::trade_corrected;
  if (replaced && report.quantity.n < 1) {
    note(report, Reject::contradiction, true);
    return std::nullopt;
  }
  executions_[found - 1].undone = true;
  const std::size_t entry = executions_[found - 1].entry;
  const FillRecord old = fills_[executions_[found - 1].fill];
  OrderRecord* order = old.order_id == 0 ? nullptr : &orders_[old.order_id - 1];

  Report undoing = report;
  undoing.order_id = old.order_id;
  undoing.instrument = old.instrument;
  undoing.side = static_cast<Side>(old.side);
  undoing.price = Ticks{old.price};
  undoing.liquidity = static_cast<Liquidity>(old.liquidity);
  const Money change = ledger_.undo(old.instrument, entry, value_of(old));
  const std::int64_t towards = sign(static_cast<Side>(old.side));
  if (armed_)
    tell_executed(old.instrument, old.strategy, Ticks{old.price},
                  Lots{-towards * old.quantity}, -old.fee, report.at);
  if (order != nullptr) {
    order->filled -= old.quantity;
    order->filled_value -= old.price * old.quantity;
    order->fee -= old.fee;
  }
  undoing.quantity = Lots{old.quantity};
  FillRecord row = write(order, undoing, Lots{-old.quantity}, -old.fee, change);
  if (order != nullptr && order->parent_id != 0)
    tell_parents(order->parent_id, row, Lots{-old.quantity});

  if (replaced) {
    undoing.quantity = report.quantity;
    undoing.price = report.price;
    const Money profit =
        ledger_.book(old.instrument, static_cast<Side>(old.side), report.price,
                     report.quantity, from_nano(report.fee));
    if (armed_)
      tell_executed(old.instrument, old.strategy, report.price,
                    Lots{towards * report.quantity.n}, report.fee, report.at);
    if (order != nullptr) {
      order->filled += report.quantity.n;
      order->filled_value += report.price.n * report.quantity.n;
      order->fee += report.fee;
    }
    row = write(order, undoing, report.quantity, report.fee, profit);
    if (order != nullptr && order->parent_id != 0)
      tell_parents(order->parent_id, row, report.quantity);
  } else if (report.execution != 0) {
    execution_index_.insert(report.execution, found);
  }
  note(undoing, replaced ? Reject::trade_corrected : Reject::trade_busted, false,
       row.fill_id);
  if (order == nullptr) return row;

  Slot& slot = slots_[order->order_id - 1];
  slot.venue_says = std::max(Lots{}, report.executed);
  const bool full = order->filled >= order->quantity;
  const bool works = report.leaves.n > 0;
  const bool ended = is_terminal(slot.state.base);
  OrderEvent event = works ? OrderEvent::reinstate : OrderEvent::bust;
  if (full) event = OrderEvent::fill_all;
  if (!(full && ended)) {
    const Verdict verdict = advance(slot.state, event, order->filled > 0);
    if (verdict.refused == Reject::none) {
      show(*order, verdict.to, report.at);
    } else {
      note(undoing, verdict.refused, true, row.fill_id);
    }
  }
  if (!is_terminal(slot.state.base))
    count(*order, std::max(Lots{}, slot.total - Lots{order->filled}));
  if (order->filled > std::max(slot.total.n, order->quantity))
    note(undoing, Reject::overfill, true, row.fill_id);
  if (order->parent_id != 0) settle_parent(order->parent_id, report.at);
  if (slot.group != 0 || slot.triggers != 0) balance_of(order->order_id, report.at);
  return row;
}

OrderEvent Desk::refused_change(const Slot& slot, const Report& report) const {
  if (report.request != 0) {
    return report.request == slot.changing ? OrderEvent::refuse_replace
                                           : OrderEvent::refuse_cancel;
  }
  // Not said: what was sent first is answered first, and no replace follows a cancel.
  return slot.state.replace_asked ? OrderEvent::refuse_replace
                                  : OrderEvent::refuse_cancel;
}

// Everything a venue says that is not an execution.
void Desk::heard(const Report& report) {
  OrderRecord& order = orders_[report.order_id - 1];
  Slot& slot = slots_[report.order_id - 1];
  OrderEvent event = event_of(report.kind);
  if (report.kind == Kind::change_rejected) event = refused_change(slot, report);
  if (report.kind == Kind::rejected && slot.resent &&
      report.reason == Reject::duplicate_id) {
    event = OrderEvent::accept;  // it has the first copy
  }
  const bool changes = report.kind == Kind::modified || report.kind == Kind::restated;
  if (report.kind == Kind::modified && slot.state.base == OrderStatus::filled &&
      report.quantity.n > order.filled) {
    // Granted before it was filled; the reports came in another order.
    event = OrderEvent::reinstate;
  } else if (report.kind == Kind::modified && !slot.state.replace_asked &&
             !is_terminal(slot.state.base)) {
    // Not asked for, but these are the order's terms now.
    note(report, Reject::unknown_request, false);
    event = OrderEvent::restate;
  }

  Verdict verdict = advance(slot.state, event, order.filled > 0);
  if (event == OrderEvent::accept && order.acknowledged == 0)
    order.acknowledged = report.at.n;
  if (verdict.refused != Reject::none) {
    note(report, verdict.refused, verdict.refused == Reject::contradiction);
    return;
  }
  if (changes && report.quantity.n > 0) {
    order.price = report.price.n;
    order.quantity = report.quantity.n;
    const bool granted = event == OrderEvent::replace || event == OrderEvent::reinstate;
    if (granted && slot.changing != 0) slot.current = slot.changing;
    if (order.filled >= order.quantity && !is_terminal(verdict.to.base))
      verdict.to = {OrderStatus::filled, false, false};
  }
  if (is_terminal(verdict.to.base) && report.reason != Reject::none &&
      event != OrderEvent::refuse_cancel && event != OrderEvent::refuse_replace) {
    order.reason = static_cast<std::uint16_t>(report.reason);
  }
  show(order, verdict.to, report.at);
  if (!is_terminal(verdict.to.base)) {
    if (changes || event == OrderEvent::refuse_replace)
      reach(order,
            Ticks{has_limit(static_cast<OrderType>(order.type)) ? order.price
                                                                : slot.price.n},
            Lots{order.quantity});
  }
  if (report.executed.n >= 0)
    compare_quantity(order, report, is_terminal(verdict.to.base));
  if (order.parent_id != 0) settle_parent(order.parent_id, report.at);
  if (slot.group != 0 || slot.triggers != 0) balance_of(order.order_id, report.at);
}

}  // namespace ai_trading::desk
