#include "ai_trading/sim/synthetic.hpp"

#include <algorithm>
#include <utility>

#include "ai_trading/venue/flow_market.hpp"

namespace ai_trading::sim {

namespace {

constexpr OrderId kOwn = venue::OrderFlow::kOwnIds;
constexpr InstrumentIndex kTheOne = 0;  // a flow has one symbol

bool ours(OrderId id) { return id >= kOwn; }

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
    flows_[i]->advance(now);
    desk_.mark(i, middle(i), now_);
    if (!flows_[i]->answers().empty()) collect(i);
  }
  follow_desk();
}

desk::OrderAnswer SyntheticDesk::submit(const desk::NewOrder& order, Nanos now) {
  advance(now);
  const bool known = order.instrument < flows_.size();
  if (known) {
    desk_.mark(order.instrument, middle(order.instrument), now_);
    inform(order.instrument);
  }
  const bool auctions = known && rules(order.instrument) != nullptr;
  const bool takes =
      (order.type == OrderType::market || order.type == OrderType::limit) &&
      (order.time_in_force == TimeInForce::day ||
       order.time_in_force == TimeInForce::ioc ||
       (auctions && order.time_in_force >= TimeInForce::at_the_open));
  const desk::Desk::Submitted made =
      takes ? desk_.submit(order, now_)
            : desk_.refuse(order, Reject::not_supported_here, now_);
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

Reject SyntheticDesk::modify(OrderId id, Ticks price, Lots quantity, Nanos now) {
  advance(now);
  if (id - 1 < desk_.orders().size()) inform(desk_.order(id).instrument);
  const desk::Desk::Changed changed = desk_.modify(id, price, quantity, now_);
  if (changed.command) execute(*changed.command);
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

void SyntheticDesk::execute(const Command& command) {
  venue::OrderFlow& flow = *flows_[command.instrument];
  const OrderId id = kOwn + command.order_id;
  Reject code{};
  switch (command.kind) {
    case Command::Kind::submit: {
      matching::NewOrder order;
      order.id = id;
      order.owner = 1;
      order.side = command.side;
      order.type = command.type;
      order.time_in_force = command.time_in_force;
      order.price = command.price;
      order.quantity = command.quantity;
      code = flow.submit(order);
      break;
    }
    case Command::Kind::cancel:
      code = flow.cancel(id);
      break;
    case Command::Kind::modify:
      code = flow.amend(id, command.price,
                        command.quantity - Lots{desk_.order(command.order_id).filled});
      break;
  }
  if (code != Reject::none) {
    flow.forget_answers();  // the refusal; nothing else can have happened
    Report refused;
    refused.at = now_;
    refused.order_id = command.order_id;
    refused.instrument = command.instrument;
    refused.kind = command.kind == Command::Kind::submit
                       ? Report::Kind::rejected
                       : Report::Kind::change_rejected;
    refused.reason = code;
    refused.request = command.request;
    tell(refused);
    return;
  }
  collect(command.instrument);
}

// Books what a market answered.
void SyntheticDesk::collect(InstrumentIndex instrument) {
  venue::OrderFlow& flow = *flows_[instrument];
  reports_.clear();
  for (const matching::Answer& answer : flow.answers()) {
    Report report;
    report.at = Nanos{answer.timestamp};
    report.instrument = instrument;
    report.order_id = answer.order_id - kOwn;
    report.price = Ticks{answer.price};
    report.quantity = Lots{answer.quantity};
    switch (static_cast<matching::AnswerKind>(answer.kind)) {
      case matching::AnswerKind::accepted:
        report.kind = Report::Kind::accepted;
        break;
      case matching::AnswerKind::traded:
        report.kind = Report::Kind::filled;
        report.execution = 0;
        report.liquidity = Liquidity::taker;
        if (ours(answer.order_id)) reports_.push_back(report);
        if (!ours(answer.other_id)) continue;
        report.order_id = answer.other_id - kOwn;
        report.liquidity = Liquidity::maker;
        break;
      case matching::AnswerKind::replaced:
        report.kind = Report::Kind::modified;
        report.quantity = Lots{answer.left + desk_.order(report.order_id).filled};
        break;
      case matching::AnswerKind::canceled:
        report.kind = Report::Kind::canceled;
        if (answer.detail == static_cast<std::uint32_t>(matching::Gone::band))
          report.reason = Reject::outside_band;
        break;
      case matching::AnswerKind::expired:
        report.kind = Report::Kind::expired;
        break;
      default:
        continue;  // rested, and refusals, which execute() has seen
    }
    reports_.push_back(report);
  }
  flow.forget_answers();
  for (const Report& report : reports_) tell(report);
}

void SyntheticDesk::tell(const Report& report) {
  const auto fill = desk_.on_report(report);
  if (listening_) heard_.push_back({report, fill ? fill->fill_id : 0});
}

}  // namespace ai_trading::sim
