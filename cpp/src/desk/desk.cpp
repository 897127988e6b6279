#include "ai_trading/desk/desk.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "ai_trading/risk/pre_trade.hpp"

namespace ai_trading::desk {

namespace {

constexpr Handle kIsParent = Handle{1} << 31;

void mix(Digest& digest, Money money) {
  digest.mix(static_cast<std::uint64_t>(money.atto));
  digest.mix(static_cast<std::uint64_t>(money.atto >> 64));
}

// What an order may cost at worst, as far as that is known: its limit; without one the
// mark, or the stop at which it will buy where that is higher.
Ticks worst_price(const NewOrder& order, Ticks mark) {
  if (has_limit(order.type)) return order.price;
  const bool buys = order.type == OrderType::stop && order.side == Side::buy;
  return buys ? std::max(order.price, mark) : mark;
}

// True where an order can grow too old: it says no end of its own, and is not meant to
// wait for a price or for another order.
bool ages(const NewOrder& order) {
  const bool waits = is_stop(order.type) || order.group != 0;
  const TimeInForce lasts = order.time_in_force;
  return !waits && (lasts == TimeInForce::day || lasts == TimeInForce::ioc ||
                    lasts == TimeInForce::fok);
}

}  // namespace

Desk::Desk(std::vector<Instrument> instruments, Money cash,
           std::vector<risk::Limits> limits, const Terms& terms)
    : ledger_(std::move(instruments), cash, terms.ledger),
      limits_(std::move(limits)),
      terms_(terms),
      working_(ledger_.instruments()),
      gate_(std::make_unique<risk::Gate>(cash)) {
  if (limits_.size() != ledger_.instruments()) {
    throw std::invalid_argument(
        "the desk needs one row of limits per instrument; "
        "received " +
        std::to_string(limits_.size()) + " for " +
        std::to_string(ledger_.instruments()));
  }
  for (InstrumentIndex i = 0; i < ledger_.instruments(); ++i)
    gate_->add(ledger_.instrument(i));
}

Desk::Desk(Desk&&) noexcept = default;
Desk::~Desk() = default;

InstrumentIndex Desk::add(const Instrument& instrument, const risk::Limits& limits) {
  const InstrumentIndex index = ledger_.add(instrument);
  limits_.push_back(limits);
  working_.emplace_back();
  gate_->add(instrument);
  return index;
}

OrderId Desk::order_of(ClientId client) const {
  const Handle found = client == 0 ? kNone : client_index_.find(client);
  return found & kIsParent ? 0 : found;
}

// What an order is checked against before it may leave, whole gate or not.
Reject Desk::basic_gate(const NewOrder& order) const {
  const bool reducing = opens(order).n == 0;
  if (!armed_) {  // else the whole gate looks at the states
    const risk::State state = gate_->states().of(order.strategy, order.instrument);
    if (state.mode == Mode::halted || (state.mode == Mode::reduce_only && !reducing))
      return state.refusal();
  }

  const Position& held = ledger_.position(order.instrument);
  const Working& working = working_[order.instrument];
  risk::Proposal proposal;
  proposal.side = order.side;
  proposal.type = has_limit(order.type) ? OrderType::limit : OrderType::market;
  proposal.price = order.price;
  proposal.quantity = order.quantity;
  proposal.reference = held.mark;
  proposal.has_reference = held.marked;
  const risk::Exposure exposure{held.quantity, working.buy, working.sell,
                                ledger_.cash(), working_buy_value_};
  const Reject reason = risk::check(proposal, ledger_.instrument(order.instrument),
                                    exposure, limits_[order.instrument]);
  if (reason != Reject::none) return reason;
  return reducing ? Reject::none : house_rules(order);
}

// What the account as a whole allows of an order that opens something.
Reject Desk::house_rules(const NewOrder& order) const {
  const House& house = terms_.house;
  if (house.share_ppm == 0 && !house.cash_covers && !terms_.margin) return Reject::none;
  const Instrument& terms = ledger_.instrument(order.instrument);
  const Ticks price = worst_price(order, ledger_.position(order.instrument).mark);
  const auto worth = [&](Lots size) {
    const Money value =
        scale(terms.value(price, size), ledger_.rate(terms.currency), kNano);
    return value < Money{} ? -value : value;
  };
  if (house.share_ppm > 0 &&
      worth(order.quantity) > scale(ledger_.totals().value, house.share_ppm, 1'000'000))
    return Reject::max_notional;
  if (house.cash_covers && worth(opens(order)) > ledger_.cash() - working_buy_value_)
    return Reject::insufficient_cash;
  if (terms_.margin) {
    const Working& working = working_[order.instrument];
    const Lots others = order.side == Side::buy ? working.buy : working.sell;
    const Money needed =
        scale(worth(order.quantity + others), terms_.margin->initial_ppm, 1'000'000);
    if (ledger_.margin(*terms_.margin).excess() < needed)
      return Reject::insufficient_margin;
  }
  return Reject::none;
}

// The part of an order that the position does not cover, working orders served first.
// Of those that it is linked to none is: what one executes the others lose.
Lots Desk::opens(const NewOrder& order) const {
  const bool buying = order.side == Side::buy;
  Working working = working_[order.instrument];
  if (order.group != 0) [[unlikely]] {
    for (const OrderId id : groups_[order.group - 1].members) {
      const OrderRecord& other = orders_[id - 1];
      if (other.instrument != order.instrument) continue;
      (static_cast<Side>(other.side) == Side::buy ? working.buy : working.sell) -=
          slots_[id - 1].open;
    }
  }
  const Lots held = ledger_.position(order.instrument).quantity;
  const std::int64_t covered = std::max<std::int64_t>(
      0, (buying ? -held.n : held.n) - (buying ? working.buy.n : working.sell.n));
  // Nobody has looked at the quantity yet.
  return order.quantity.n > covered ? order.quantity - Lots{covered} : Lots{};
}

Reject Desk::admit(const NewOrder& order) const {
  if (order.instrument >= ledger_.instruments()) return Reject::unknown_instrument;
  if (order.client != 0 && client_index_.find(order.client) != kNone)
    return Reject::duplicate_id;
  if (order.parent != 0) {
    const Reject reason = family(order);
    if (reason != Reject::none) return reason;
  }
  if (order.group != 0) {
    if (order.group > groups_.size()) return Reject::unknown_id;
    const OrderId entry = groups_[order.group - 1].entry;
    if (entry != 0) {  // it meets the gate when it is released
      if (order.side == Side::none) return Reject::side_missing;
      if (order.quantity.n < 1) return Reject::quantity_not_positive;
      const OrderRecord& first = orders_[entry - 1];
      const bool over = is_terminal(slots_[entry - 1].state.base) && first.filled == 0;
      return over ? Reject::order_done : Reject::none;
    }
  }
  const Reject reason = basic_gate(order);
  if (reason != Reject::none) return reason;
  const bool full =
      terms_.house.max_working > 0 && working_orders_ >= terms_.house.max_working;
  return full ? Reject::too_many_working : Reject::none;
}

// Puts `open` lots of an order in place of what it counted for until now.
void Desk::count(const OrderRecord& order, Lots open) {
  Slot& slot = slots_[order.order_id - 1];
  Working& working = working_[order.instrument];
  const bool buying = static_cast<Side>(order.side) == Side::buy;
  if (armed_) tell_open(order, open);
  const Lots change = open - slot.open;
  (buying ? working.buy : working.sell) += change;
  slot.open = open;
  for (ParentId id = order.parent_id; id != 0; id = parents_[id - 1].outer_id)
    parents_[id - 1].working += change.n;
  if (!buying) return;
  working_buy_value_ -= slot.cost;
  slot.cost = ledger_.instrument(order.instrument).value(slot.price, open);
  working_buy_value_ += slot.cost;
}

// Lets the gate judge as if what is open of an order were not.  Without the whole gate,
// which is told of every change, that is all that it looks at; of a linked order each
// slot is looked at, too.
void Desk::set_aside(const OrderRecord& order, const Slot& slot) {
  if (armed_ || slot.group != 0) return count(order, Lots{});
  Working& working = working_[order.instrument];
  const bool buying = static_cast<Side>(order.side) == Side::buy;
  (buying ? working.buy : working.sell) -= slot.open;
  if (buying) working_buy_value_ -= slot.cost;
}

void Desk::take_back(const OrderRecord& order, const Slot& slot, Lots open) {
  if (armed_ || slot.group != 0) return count(order, open);
  Working& working = working_[order.instrument];
  const bool buying = static_cast<Side>(order.side) == Side::buy;
  (buying ? working.buy : working.sell) += slot.open;
  if (buying) working_buy_value_ += slot.cost;
}

// Says how far an order may go, and counts it so.
void Desk::reach(const OrderRecord& order, Ticks price, Lots total) {
  Slot& slot = slots_[order.order_id - 1];
  // The gate knows an open order by its price.
  if (armed_ && price != slot.price) count(order, Lots{});
  slot.price = price;
  slot.total = total;
  count(order, std::max(Lots{}, total - Lots{order.filled}));
}

void Desk::request(const OrderRecord& order, Command::Kind kind, Nanos now,
                   std::optional<Command>& out) {
  Slot& slot = slots_[order.order_id - 1];
  Request& made = requests_.emplace_back();
  made.order = order.order_id;
  made.original = slot.current;
  made.kind = kind;
  const RequestId number = requests_.size();
  switch (kind) {
    case Command::Kind::submit:
      slot.current = number;
      break;
    case Command::Kind::cancel:
      slot.ending = number;
      break;
    case Command::Kind::modify:
      slot.changing = number;
      break;
  }
  if (terms_.patience.answer.n > 0)
    overdue_.push_back({now + terms_.patience.answer, number, 1});
  repeat(number, out.emplace());
}

// What was, or is to be, sent for a request.
void Desk::repeat(RequestId number, Command& out) const {
  const Request& request = requests_[number - 1];
  const OrderRecord& order = orders_[request.order - 1];
  out.order_id = order.order_id;
  out.instrument = order.instrument;
  out.kind = request.kind;
  out.side = static_cast<Side>(order.side);
  out.type = static_cast<OrderType>(order.type);
  out.time_in_force = static_cast<TimeInForce>(order.time_in_force);
  out.price = Ticks{order.price};
  out.quantity = Lots{order.quantity};
  out.request = number;
  out.original = request.original;
  if (request.kind == Command::Kind::modify) {
    const Slot& slot = slots_[request.order - 1];
    out.price = slot.wanted_price;
    out.quantity = slot.wanted_quantity;
  }
}

Desk::Submitted Desk::take(const NewOrder& order, Reject reason, Nanos now) {
  OrderRecord& record = orders_.emplace_back();
  record.order_id = orders_.size();
  record.parent_id = order.parent;
  record.submitted = now.n;
  record.price = has_limit(order.type) ? order.price.n : 0;
  record.quantity = order.quantity.n;
  record.instrument = order.instrument;
  record.side = static_cast<std::uint8_t>(order.side);
  record.type = static_cast<std::uint8_t>(order.type);
  record.time_in_force = static_cast<std::uint8_t>(order.time_in_force);
  record.strategy = order.strategy;
  record.reason = static_cast<std::uint16_t>(reason);
  Slot& slot = slots_.emplace_back();
  slot.asked = order.quantity;
  Submitted out{record.order_id, reason, std::nullopt};
  if (reason != Reject::none) {
    record.status = static_cast<std::uint8_t>(OrderStatus::rejected);
    record.done = now.n;
    slot.state.base = OrderStatus::rejected;
    if (order.client != 0 && reason != Reject::duplicate_id)
      client_index_.insert(order.client, static_cast<Handle>(record.order_id));
    return out;
  }
  ++working_orders_;
  if (order.client != 0)
    client_index_.insert(order.client, static_cast<Handle>(record.order_id));
  if (order.parent != 0) adopt(record);
  if (terms_.patience.order.n > 0 && ages(order)) aging_.push_back(record.order_id);
  slot.price = worst_price(order, ledger_.position(order.instrument).mark);
  if (order.group != 0) {
    slot.group = order.group;
    Group& group = groups_[order.group - 1];
    group.members.push_back(record.order_id);
    if (group.entry != 0) {
      slot.held = true;
      balance(group, now);
      return out;
    }
  }
  reach(record, slot.price, order.quantity);
  request(record, Command::Kind::submit, now, out.command);
  return out;
}

Desk::Changed Desk::cancel(OrderId id, Nanos now) {
  if (!knows(id)) return {Reject::unknown_id, std::nullopt};
  OrderRecord& order = orders_[id - 1];
  Slot& slot = slots_[id - 1];
  if (slot.held) {  // no venue has it
    drop(id, Reject::none, now);
    return {};
  }
  const Verdict verdict =
      advance(slot.state, OrderEvent::request_cancel, order.filled > 0);
  if (verdict.refused != Reject::none) return {verdict.refused, std::nullopt};
  if (armed_) gate_->message(order.strategy, order.instrument, now);
  show(order, verdict.to, now);
  Changed out;
  request(order, Command::Kind::cancel, now, out.command);
  return out;
}

Desk::Changed Desk::modify(OrderId id, Ticks price, Lots quantity, Nanos now) {
  if (!knows(id)) return {Reject::unknown_id, std::nullopt};
  OrderRecord& order = orders_[id - 1];
  Slot& slot = slots_[id - 1];
  if (slot.held) return {Reject::pending_change, std::nullopt};
  const Verdict verdict =
      advance(slot.state, OrderEvent::request_replace, order.filled > 0);
  if (verdict.refused != Reject::none) return {verdict.refused, std::nullopt};
  const auto type = static_cast<OrderType>(order.type);
  const bool limited = has_limit(type);
  if (type == OrderType::market || type == OrderType::market_to_limit)
    return {Reject::price_missing, std::nullopt};
  if (!limited) price = Ticks{order.price};  // it has none: its quantity may change
  if (quantity.n <= order.filled) return {Reject::quantity_not_positive, std::nullopt};

  const Lots grown = quantity - Lots{order.quantity};
  if (price.n != order.price || grown.n > 0) {
    if (order.parent_id != 0 && grown > room(order.parent_id))
      return {Reject::parent_overrun, std::nullopt};
    // The gate sees the changed order as if the old one were gone.
    const Lots open = slot.open;
    set_aside(order, slot);
    NewOrder changed;
    changed.instrument = order.instrument;
    changed.side = static_cast<Side>(order.side);
    changed.type = limited ? OrderType::limit : type;
    changed.price = price;
    changed.quantity = quantity - Lots{order.filled};
    changed.strategy = order.strategy;
    changed.group = slot.group;
    Reject reason = basic_gate(changed);
    if (armed_ && reason == Reject::none) reason = whole_gate(changed, true, now);
    take_back(order, slot, open);
    if (reason != Reject::none) return {reason, std::nullopt};
    quantity = changed.quantity + Lots{order.filled};
  } else if (armed_) {
    risk::Intent smaller;
    smaller.instrument = order.instrument;
    smaller.strategy = order.strategy;
    smaller.side = static_cast<Side>(order.side);
    smaller.has_limit = limited;
    smaller.price = price;
    smaller.quantity = quantity;
    const Reject reason = gate_->judge_smaller(smaller, now);
    if (reason != Reject::none) return {reason, std::nullopt};
  }
  // Until the venue answers, the order may be the old one or the new one.
  const Ticks old{order.price};
  const bool buying = static_cast<Side>(order.side) == Side::buy;
  const Ticks farther = buying ? std::max(price, old) : std::min(price, old);
  reach(order, limited ? farther : slot.price,
        std::max(quantity, Lots{order.quantity}));
  slot.wanted_price = price;
  slot.wanted_quantity = quantity;
  show(order, verdict.to, now);
  Changed out;
  request(order, Command::Kind::modify, now, out.command);
  return out;
}

void Desk::show(OrderRecord& order, OrderStatus base, bool cancel_asked,
                bool replace_asked, Nanos at) {
  OrderState& state = slots_[order.order_id - 1].state;
  const bool was_over = is_terminal(state.base);
  state.base = base;
  state.cancel_asked = cancel_asked;
  state.replace_asked = replace_asked;
  const OrderState shown{base, cancel_asked, replace_asked};
  order.status = static_cast<std::uint8_t>(shown.shown());
  const bool over = is_terminal(base);
  if (over == was_over) return;
  if (over) {
    finish(order, at);
  } else {
    revive(order);
  }
}

void Desk::finish(OrderRecord& order, Nanos at) {
  count(order, Lots{});
  slots_[order.order_id - 1].held = false;
  order.done = at.n;
  --working_orders_;
}

// A venue took back an end: what is left works again.
void Desk::revive(OrderRecord& order) {
  ++working_orders_;
  order.done = 0;
  order.reason = 0;
  count(order, std::max(Lots{}, slots_[order.order_id - 1].total - Lots{order.filled}));
}

void Desk::wake(Nanos now) {
  if (armed_) obey(now);
  const Patience& patience = terms_.patience;
  while (!overdue_.empty() && overdue_.front().at <= now) {
    const Overdue late = overdue_.front();
    overdue_.pop_front();
    const Request& request = requests_[late.request - 1];
    const OrderRecord& order = orders_[request.order - 1];
    Slot& slot = slots_[request.order - 1];
    const OrderState state = slot.state;
    if (is_terminal(state.base)) continue;
    const bool open =
        request.kind == Command::Kind::submit
            ? state.base == OrderStatus::pending_new && !state.cancel_asked
        : request.kind == Command::Kind::cancel
            ? state.cancel_asked && slot.ending == late.request
            : state.replace_asked && slot.changing == late.request;
    if (!open) continue;
    if (late.attempt < patience.attempts) {
      slot.resent = true;
      repeat(late.request, outbox_.emplace_back());
      overdue_.push_back({now + patience.answer, late.request,
                          static_cast<std::uint8_t>(late.attempt + 1)});
      continue;
    }
    Report silence;
    silence.at = now;
    silence.order_id = order.order_id;
    silence.instrument = order.instrument;
    silence.quantity = slot.open;
    note(silence, Reject::unanswered, true);
  }
  while (!aging_.empty()) {
    OrderRecord& oldest = orders_[aging_.front() - 1];
    const bool over = is_terminal(slots_[oldest.order_id - 1].state.base);
    if (!over && Nanos{oldest.submitted} + patience.order > now) break;
    aging_.pop_front();
    if (!over) drop(oldest.order_id, Reject::order_timeout, now);
  }
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
  for (const ParentRecord& p : parents_) {
    for (const std::int64_t value :
         {p.opened, p.done, p.quantity, p.filled, p.filled_value, p.fee, p.working})
      digest.mix(value);
    digest.mix(std::uint64_t{p.instrument} << 16 | std::uint64_t{p.side} << 8 |
               p.status);
  }
  for (const Incident& i : incidents_) {
    digest.mix(i.order_id);
    digest.mix(i.timestamp);
    digest.mix(i.quantity);
    digest.mix(std::uint64_t{i.code});
  }
  const Ledger::Totals totals = ledger_.totals();
  for (const Money& money : {totals.cash, totals.value, totals.realized})
    mix(digest, money);
  if (armed_) gate_->digest(digest);
  return digest.value();
}

}  // namespace ai_trading::desk
