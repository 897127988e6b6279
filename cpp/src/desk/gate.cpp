// The desk and its gate: what the gate is told, and what it makes the desk do.
#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "ai_trading/desk/desk.hpp"
#include "ai_trading/risk/look_ahead.hpp"
#include "ai_trading/risk/pre_trade.hpp"

namespace ai_trading::desk {

namespace {

// True where an open order of this type waits at its price for another.
bool rests(OrderType type) { return has_limit(type) && type != OrderType::stop_limit; }

}  // namespace

void Desk::arm(std::size_t strategies) {
  if (strategies > gate_->strategies()) gate_->set_strategies(strategies);
  if (armed_) return;
  armed_ = true;
  gate_->set_cash(ledger_.totals().cash);
  for (InstrumentIndex i = 0; i < ledger_.instruments(); ++i) {
    const Position& held = ledger_.position(i);
    if (held.marked) gate_->mark(i, held.mark, Nanos{});
    if (held.quantity.n != 0) gate_->hold(i, 0, held.quantity);
    const std::int64_t rate = ledger_.rate(ledger_.instrument(i).currency);
    if (rate != kNano) gate_->set_rate(i, rate);
  }
  for (const OrderRecord& order : orders_) {
    Slot& slot = slots_[order.order_id - 1];
    const Lots open = std::exchange(slot.open, Lots{});
    if (open.n > 0) tell_open(order, open);
    slot.open = open;
  }
}

Reject Desk::whole_gate(NewOrder& order, bool replaces, Nanos now) {
  const Lots held = ledger_.position(order.instrument).quantity;
  const Lots told = gate_->name(order.instrument).position;
  if (held != told) gate_->hold(order.instrument, 0, held - told);  // a split
  if (ledger_.balances().size() == 1) gate_->set_cash(ledger_.cash());
  risk::Intent intent;
  intent.instrument = order.instrument;
  intent.strategy = order.strategy;
  intent.side = order.side;
  intent.has_limit = has_limit(order.type);
  intent.replaces = replaces;
  intent.price = order.price;
  intent.quantity = order.quantity;
  // What it executes, those that it is linked to lose: it is judged without them.
  std::vector<std::pair<OrderId, Lots>> lifted;
  if (order.group != 0) [[unlikely]] {
    for (const OrderId id : groups_[order.group - 1].members) {
      const Lots open = slots_[id - 1].open;
      if (open.n == 0 || orders_[id - 1].instrument != order.instrument) continue;
      lifted.emplace_back(id, open);
      count(orders_[id - 1], Lots{});
    }
  }
  const risk::Verdict verdict = gate_->judge(intent, now);
  for (const auto& [id, open] : lifted) count(orders_[id - 1], open);
  if (verdict.reason == Reject::none) order.quantity = verdict.quantity;
  return verdict.reason;
}

Desk::Submitted Desk::submit_armed(NewOrder order, Nanos now) {
  risk::look_ahead(*gate_, order.instrument);
  Reject reason = admit(order);
  const bool waits =
      reason == Reject::none && order.group != 0 && groups_[order.group - 1].entry != 0;
  // One that waits for another meets the gate when it is released.
  if (reason == Reject::none && !waits) reason = whole_gate(order, false, now);
  return take(order, reason, now);
}

void Desk::tell_mark(InstrumentIndex instrument, Ticks price, Nanos at) {
  gate_->mark(instrument, price, at == kNever ? gate_->latest() : at);
  if (gate_->has_halted()) obey(gate_->latest());
}

void Desk::tell_open(const OrderRecord& order, Lots open) {
  const Slot& slot = slots_[order.order_id - 1];
  if (slot.open == open) return;
  risk::Open was;
  was.instrument = order.instrument;
  was.strategy = order.strategy;
  was.side = static_cast<Side>(order.side);
  was.rests = rests(static_cast<OrderType>(order.type));
  was.price = slot.price;
  was.quantity = slot.open;
  risk::Open is = was;
  is.quantity = open;
  gate_->working(was, is);
}

void Desk::tell_executed(InstrumentIndex instrument, std::uint16_t strategy,
                         Ticks price, Lots quantity, std::int64_t fee, Nanos at) {
  const std::uint16_t currency = ledger_.instrument(instrument).currency;
  gate_->executed(instrument, strategy, price, quantity,
                  scale(from_nano(fee), ledger_.rate(currency), kNano), at);
  if (gate_->has_halted()) obey(at);
}

// Ends what works in scopes that a breach has halted.
void Desk::obey(Nanos now) {
  for (const risk::Scope scope : gate_->take_halted()) {
    Killed killed;
    cancel_scope(scope, gate_->states().of(scope).cause, killed, now);
  }
}

void Desk::cancel_scope(risk::Scope scope, Reject why, Killed& killed, Nanos now) {
  const auto within = [scope](std::uint16_t strategy, InstrumentIndex instrument) {
    if (scope.kind == risk::ScopeKind::strategy) return strategy == scope.index;
    if (scope.kind == risk::ScopeKind::instrument) return instrument == scope.index;
    return true;
  };
  for (std::size_t i = 0; i < orders_.size(); ++i) {
    const OrderRecord& order = orders_[i];
    const Slot& slot = slots_[i];
    if (is_terminal(slot.state.base) || !within(order.strategy, order.instrument))
      continue;
    if (slot.held) {
      ++killed.ended;
    } else if (slot.state.cancel_asked) {
      ++killed.under_way;
      continue;
    } else {
      killed.asked.push_back(order.order_id);
    }
    drop(order.order_id, why, now);
  }
  for (ParentId id = 1; id <= parents_.size(); ++id) {
    const ParentRecord& parent = parents_[id - 1];
    const OrderState state = parent_states_[id - 1];
    if (is_terminal(state.base) || state.cancel_asked ||
        !within(parent.strategy, parent.instrument))
      continue;
    ++killed.parents;
    (void)cancel_parent(id, now);
  }
}

Killed Desk::kill(risk::Scope scope, const std::string& who, const std::string& reason,
                  Nanos now) {
  if (who.find_first_not_of(" \t") == std::string::npos)
    throw std::invalid_argument("the kill switch is pulled by somebody with a name");
  Killed killed;
  killed.before = gate_->states().of(scope).mode;
  gate_->restrict(scope, Mode::halted, Reject::killed, who, reason, now);
  cancel_scope(scope, Reject::killed, killed, now);
  return killed;
}

Killed Desk::disconnect(Nanos now) {
  Killed killed;
  gate_->set_connected(false);
  if (gate_->cancels_on_disconnect())
    cancel_scope({}, Reject::disconnected, killed, now);
  return killed;
}

void Desk::reconnect() { gate_->set_connected(true); }

void Desk::begin_day() {
  if (armed_) gate_->begin_day();
}

void Desk::set_rate(std::uint16_t currency, std::int64_t rate_nano) {
  ledger_.set_rate(currency, rate_nano);
  if (!armed_) return;
  for (InstrumentIndex i = 0; i < ledger_.instruments(); ++i)
    if (ledger_.instrument(i).currency == currency) gate_->set_rate(i, rate_nano);
}

Mode Desk::mode(InstrumentIndex instrument) const {
  return gate_->states().of({risk::ScopeKind::instrument, instrument}).mode;
}

void Desk::restrict(InstrumentIndex instrument, Mode mode) {
  gate_->restrict({risk::ScopeKind::instrument, instrument}, mode, Reject::none, "desk",
                  "", gate_->latest());
}

void Desk::enable(InstrumentIndex instrument, const std::string& who,
                  const std::string& reason, Nanos now) {
  gate_->enable({risk::ScopeKind::instrument, instrument}, who, reason, now);
  enabled_by_.push_back(who);
}

}  // namespace ai_trading::desk
