#include "ai_trading/sim/synthetic.hpp"

#include <algorithm>
#include <utility>

#include "ai_trading/venue/flow_market.hpp"

namespace ai_trading::sim {

namespace {

constexpr OrderId kOwn = venue::OrderFlow::kOwnIds;
constexpr InstrumentIndex kTheOne = 0;  // a flow has one symbol

bool ours(OrderId id) { return id >= kOwn; }

bool for_auction(TimeInForce lasts) { return lasts >= TimeInForce::at_the_open; }

feed::TradingState state_of(rules::Phase phase) {
  using feed::TradingState;
  if (phase == rules::Phase::continuous) return TradingState::continuous;
  if (phase == rules::Phase::halted) return TradingState::halted;
  if (phase == rules::Phase::pre_open) return TradingState::pre_open;
  return rules::is_auction(phase) ? TradingState::auction : TradingState::closed;
}

}  // namespace

InstrumentIndex SyntheticDesk::open(const Instrument& instrument,
                                    const risk::Limits& limits,
                                    venue::FlowSettings flow) {
  const Ticks price = flow.symbols.front().price;
  Told told;
  told.banded =
      flow.rules && !flow.rules->listings.empty() && flow.rules->listings[0].luld;
  flow.keeps_steps = true;
  flows_.push_back(std::make_unique<venue::OrderFlow>(std::move(flow)));
  told_.push_back(told);
  const InstrumentIndex index = desk_.add(instrument, limits);
  desk_.mark(index, price, now_);
  flows_.back()->advance(now_);
  desk_.mark(index, middle(index), now_);
  inform(index);
  return index;
}

// Tells the gate what the market says now.  What no market says stays as it was set.
void SyntheticDesk::inform(InstrumentIndex instrument) {
  const auto bid = best(instrument, Side::buy);
  news_.bid(instrument, bid ? std::optional(bid->price) : std::nullopt);
  const venue::FlowMarket* rules = this->rules(instrument);
  if (rules == nullptr) return;
  Told& told = told_[instrument];
  const feed::TradingState state = state_of(rules->phase(kTheOne));
  if (std::exchange(told.state, state) != state) news_.status(instrument, state, now_);
  const bool restricted = rules->shorts_restricted(kTheOne);
  if (std::exchange(told.restricted, restricted) != restricted)
    news_.short_sales(instrument, restricted);
  if (!told.banded) return;
  const auto bands = rules->bands(kTheOne);
  news_.band(instrument, bands ? std::pair{bands->lower, bands->upper}
                               : std::pair{Ticks{-kMaxPrice}, Ticks{kMaxPrice}});
}

Ticks SyntheticDesk::middle(InstrumentIndex instrument) const {
  const auto bid = best(instrument, Side::buy);
  const auto ask = best(instrument, Side::sell);
  if (!bid || !ask || bid->price >= ask->price)
    return desk_.ledger().position(instrument).mark;
  return Ticks{(bid->price.n + ask->price.n) / 2};
}

void SyntheticDesk::advance(Nanos now) {
  if (now <= now_) return;
  now_ = now;
  for (InstrumentIndex i = 0; i < flows_.size(); ++i) {
    while (flows_[i]->advance_to_answer(now)) {
      acting_ = flows_[i]->now();
      desk_.mark(i, middle(i), acting_);
      inform(i);
      collect(i);
      follow_desk();
    }
    desk_.mark(i, middle(i), now_);
  }
  acting_ = now_;
  follow_desk();
}

// What speaks against an order before the desk looks at it.
Reject SyntheticDesk::refuses(const desk::NewOrder& order,
                              const matching::Terms* terms) const {
  if (order.instrument >= flows_.size()) return Reject::none;  // the desk says so
  if (for_auction(order.time_in_force) && rules(order.instrument) == nullptr)
    return Reject::not_supported_here;
  if (terms == nullptr)
    return has_stop_price(order.type) ? Reject::not_supported_here : Reject::none;
  if (order.time_in_force == TimeInForce::gtd && terms->expire_at <= now_)
    return Reject::expiry_not_ahead;
  const Ticks step{desk_.ledger().instrument(order.instrument).price_step};
  if (has_stop_price(order.type) && terms->stop.n % step.n != 0)
    return Reject::price_off_increment;
  if (order.type == OrderType::iceberg &&
      (terms->display.n < 1 || terms->display > order.quantity))
    return Reject::display_out_of_range;
  if (terms->minimum.n < 0 || terms->minimum > order.quantity)
    return Reject::minimum_out_of_range;
  return Reject::none;
}

desk::OrderAnswer SyntheticDesk::take(const desk::NewOrder& order,
                                      const matching::Terms* terms, Nanos now) {
  advance(now);
  const bool known = order.instrument < flows_.size();
  if (known) {
    desk_.mark(order.instrument, middle(order.instrument), now_);
    inform(order.instrument);
  }
  const Reject bad = refuses(order, terms);
  const desk::Desk::Submitted made =
      bad == Reject::none ? desk_.submit(order, now_) : desk_.refuse(order, bad, now_);
  if (terms != nullptr) specials_[made.id] = {*terms, order.price, {}, 0};
  arrivals_.resize(made.id);
  if (known) arrivals_.back() = desk_.ledger().position(order.instrument).mark.n;
  if (made.command) execute(*made.command);
  follow_desk();
  const desk::OrderRecord& record = desk_.order(made.id);
  return {made.id, record.reason, record.status, 0, 0};
}

Reject SyntheticDesk::cancel(OrderId id, Nanos now) {
  advance(now);
  const desk::Desk::Changed changed = desk_.cancel(id, now_);
  if (changed.command) execute(*changed.command);
  follow_desk();
  return changed.reason;
}

Reject SyntheticDesk::modify(OrderId id, Ticks price, Lots quantity, Nanos now,
                             const Amendment& wanted) {
  advance(now);
  if (id - 1 < desk_.orders().size()) inform(desk_.order(id).instrument);
  const desk::Desk::Changed changed = desk_.modify(id, price, quantity, now_);
  if (changed.command) execute(*changed.command, wanted);
  follow_desk();
  return changed.reason;
}

Reject SyntheticDesk::halt(InstrumentIndex instrument, Nanos now) {
  advance(now);
  const Reject bad = flows_[instrument]->halt(kTheOne);
  collect(instrument);
  inform(instrument);
  follow_desk();
  return bad;
}

Reject SyntheticDesk::resume(InstrumentIndex instrument, Nanos now) {
  advance(now);
  const Reject bad = flows_[instrument]->resume(kTheOne);
  collect(instrument);
  inform(instrument);
  follow_desk();
  return bad;
}

int SyntheticDesk::index(std::int64_t value, Nanos now) {
  advance(now);
  int level = 0;
  for (InstrumentIndex i = 0; i < flows_.size(); ++i) {
    level = std::max(level, flows_[i]->index(value));
    collect(i);
    inform(i);
  }
  follow_desk();
  return level;
}

void SyntheticDesk::follow_desk() {
  while (desk_.has_commands()) {
    commands_.clear();
    desk_.take_commands(commands_);
    const std::vector<Command> wanted = commands_;
    for (const Command& command : wanted) execute(command);
  }
}

Reject SyntheticDesk::send(venue::OrderFlow& flow, const Command& command) {
  matching::NewOrder order;
  order.id = kOwn + command.order_id;
  order.owner = 1;
  order.side = command.side;
  order.type = command.type;
  order.time_in_force = command.time_in_force;
  order.price = command.price;
  order.quantity = command.quantity;
  const Special* special = this->special(command.order_id);
  if (special == nullptr) return flow.submit(order);
  if (order.type == OrderType::pegged) order.price = special->limit;
  // Linked orders and gates send less than was asked for.
  matching::Terms terms = special->terms;
  terms.display = std::min(terms.display, order.quantity);
  terms.minimum = std::min(terms.minimum, order.quantity);
  return flow.submit(order, terms);
}

Reject SyntheticDesk::change(venue::OrderFlow& flow, const Command& command,
                             const Amendment& wanted) {
  const OrderId id = kOwn + command.order_id;
  const Lots left = command.quantity - Lots{desk_.order(command.order_id).filled};
  const auto special = specials_.find(command.order_id);
  const bool peg = command.type == OrderType::pegged && special != specials_.end();
  const Ticks price =
      peg ? wanted.peg_limit.value_or(special->second.limit) : command.price;
  const Reject bad =
      flow.change({id, id, price, left, wanted.stop, wanted.offset, wanted.display});
  if (bad != Reject::none || special == specials_.end()) return bad;
  matching::Terms& terms = special->second.terms;
  if (wanted.stop) terms.stop = *wanted.stop;
  if (wanted.offset) terms.offset = *wanted.offset;
  if (wanted.display) terms.display = *wanted.display;
  if (peg) special->second.limit = price;
  return bad;
}

std::optional<Ticks> SyntheticDesk::stop_price(OrderId id) const {
  if (id - 1 >= desk_.orders().size()) return std::nullopt;
  const InstrumentIndex instrument = desk_.order(id).instrument;
  if (instrument >= flows_.size()) return std::nullopt;
  if (const auto there = flows_[instrument]->stop_price(kOwn + id)) return there;
  // It waits for another order.
  const Special* asked = special(id);
  const desk::OrderRecord& order = desk_.order(id);
  if (asked == nullptr || asked->terms.stop.n == 0 || order.acknowledged != 0 ||
      order.done != 0 || !is_stop(static_cast<OrderType>(order.type)))
    return std::nullopt;
  return asked->terms.stop;
}

void SyntheticDesk::execute(const Command& command, const Amendment& wanted) {
  venue::OrderFlow& flow = *flows_[command.instrument];
  // One order may be linked to another whose market has not been played on yet.
  if (flow.now() < acting_) flow.advance(acting_);
  Reject code{};
  switch (command.kind) {
    case Command::Kind::submit:
      code = send(flow, command);
      break;
    case Command::Kind::cancel:
      code = flow.cancel(kOwn + command.order_id);
      break;
    case Command::Kind::modify:
      code = change(flow, command, wanted);
      break;
  }
  if (!flow.answers().empty()) collect(command.instrument);
  if (code == Reject::none) return;
  Report refused;
  refused.at = flow.now();
  refused.order_id = command.order_id;
  refused.instrument = command.instrument;
  refused.kind = command.kind == Command::Kind::submit ? Report::Kind::rejected
                                                       : Report::Kind::change_rejected;
  refused.reason = code;
  refused.request = command.request;
  tell(refused);
}

// Books what a market answered.
void SyntheticDesk::collect(InstrumentIndex instrument) {
  using matching::AnswerKind;
  venue::OrderFlow& flow = *flows_[instrument];
  reports_.clear();
  for (const matching::Answer& answer : flow.answers()) {
    Heard heard;
    Report& report = heard.report;
    report.at = Nanos{answer.timestamp};
    report.instrument = instrument;
    report.order_id = answer.order_id - kOwn;
    report.price = Ticks{answer.price};
    report.quantity = Lots{answer.quantity};
    switch (static_cast<AnswerKind>(answer.kind)) {
      case AnswerKind::accepted:
        report.kind = Report::Kind::accepted;
        break;
      case AnswerKind::traded:
        report.kind = Report::Kind::filled;
        report.execution = 0;
        report.liquidity = Liquidity::taker;
        if (ours(answer.order_id)) reports_.push_back(heard);
        if (!ours(answer.other_id)) continue;
        report.order_id = answer.other_id - kOwn;
        report.liquidity = Liquidity::maker;
        break;
      case AnswerKind::replaced:
        report.kind = Report::Kind::modified;
        report.quantity = Lots{answer.left + desk_.order(report.order_id).filled};
        break;
      case AnswerKind::triggered:
      case AnswerKind::replenished:
        heard.note = restated(answer, report);
        break;
      case AnswerKind::canceled:
        report.kind = Report::Kind::canceled;
        if (answer.detail == static_cast<std::uint32_t>(matching::Gone::band))
          report.reason = Reject::outside_band;
        break;
      case AnswerKind::expired:
        report.kind = Report::Kind::expired;
        if (const Special* special = this->special(report.order_id);
            special != nullptr && special->terms.expire_at.n > 0)
          report.at = std::min(report.at, special->terms.expire_at);
        break;
      default:
        continue;  // rested, and refusals, which execute() has seen
    }
    reports_.push_back(heard);
  }
  flow.forget_answers();
  for (const Heard& heard : reports_) tell(heard.report, heard.note);
}

// What a market did with one of our orders by itself.
SyntheticDesk::Note SyntheticDesk::restated(const matching::Answer& answer,
                                            Report& report) {
  report.kind = Report::Kind::restated;
  report.quantity = {};  // its terms stay
  const auto special = specials_.find(report.order_id);
  if (special == specials_.end()) return Note::none;
  if (static_cast<matching::AnswerKind>(answer.kind) ==
      matching::AnswerKind::replenished) {
    ++special->second.refreshed;
    return Note::refreshed;
  }
  special->second.triggered = report.at;
  return Note::triggered;
}

void SyntheticDesk::tell(const Report& report, Note note) {
  const auto fill = desk_.on_report(report);
  if (listening_) heard_.push_back({report, fill ? fill->fill_id : 0, note});
}

}  // namespace ai_trading::sim
