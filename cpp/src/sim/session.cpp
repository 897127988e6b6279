#include "ai_trading/sim/session.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace ai_trading::sim {

namespace {

// How many reports ahead their orders and parents are loaded.
constexpr std::size_t kOrderAhead = 6;
constexpr std::size_t kParentAhead = 3;

// The row of what an order asked for, or null.
template <class Rows>
auto* row_of(Rows& rows, OrderId id) {
  const auto row = std::ranges::lower_bound(rows, id, {}, &desk::TermsRecord::order_id);
  return row != rows.end() && row->order_id == id ? &*row : nullptr;
}

}  // namespace

Session::Session(std::vector<Instrument> instruments, const Settings& settings)
    : desk_(instruments, settings.cash, settings.limits,
            {settings.per_order_fee,
             {desk::CostMethod::average,
              static_cast<std::uint16_t>(1 + settings.foreign_cash.size())},
             std::nullopt,
             {},
             {}}),
      latency_(settings.latency),
      watches_(instruments.size()),
      workers_(instruments.size()),
      rates_(settings.rates),
      session_ends_(settings.session_ends),
      sample_every_(settings.sample_every),
      holding_(settings.holding, instruments.size(), settings.foreign_cash.size() + 1) {
  if (!settings.order_rules.empty() &&
      settings.order_rules.size() != instruments.size())
    throw std::invalid_argument(
        "order rules must have a row for each instrument; received " +
        std::to_string(settings.order_rules.size()) + " rows for " +
        std::to_string(instruments.size()));
  workers_.sleep_between_reviews(settings.parents_sleep);
  if (settings.drawn) drawn_ = std::make_unique<venue::LatencyModel>(*settings.drawn);
  begin_currencies(settings);
}

// The first rate of each currency holds from the start, and its cash came in at it.
void Session::begin_currencies(const Settings& settings) {
  for (std::size_t i = 0; i < settings.foreign_cash.size(); ++i) {
    const auto currency = static_cast<std::uint16_t>(i + 1);
    const auto first = std::ranges::find(rates_, currency, &RateChange::currency);
    if (first != rates_.end()) desk_.set_rate(currency, first->rate_nano);
    desk_.ledger().deposit(currency, settings.foreign_cash[i]);
  }
}

void Session::follow_rates() {
  for (; next_rate_ < rates_.size() && rates_[next_rate_].at <= now_; ++next_rate_)
    desk_.set_rate(rates_[next_rate_].currency, rates_[next_rate_].rate_nano);
}

void Session::find_due() {
  due_ = std::min(next_sample_, holding_.next());
  if (!commands_.empty()) due_ = std::min(due_, commands_.front().arrive);
  if (!reports_.empty()) due_ = std::min(due_, report_due());
  if (next_session_end_ < session_ends_.size())
    due_ = std::min(due_, session_ends_[next_session_end_]);
  if (!timers_.empty()) due_ = std::min(due_, timers_.top().at);
  if (!refused_.empty()) due_ = std::min(due_, now_);
  if (next_rate_ < rates_.size()) due_ = std::min(due_, rates_[next_rate_].at);
  due_ = std::min(due_, workers_.next_time());
}

bool Session::message_due(Nanos at) const {
  return (!commands_.empty() && commands_.front().arrive == at) ||
         (!reports_.empty() && report_due() == at) ||
         (next_session_end_ < session_ends_.size() &&
          session_ends_[next_session_end_] == at) ||
         !refused_.empty();
}

void Session::send(const Command& command) {
  if (drawn_) return send_drawn(command);
  const Nanos arrive = now_ + latency_.entry;
  commands_.push_back(command).arrive = arrive;
  due_ = std::min(due_, arrive);
}

void Session::send_drawn(Command command) {
  const std::uint16_t strategy = desk_.order(command.order_id).strategy;
  command.arrive = drawn_->arrival(now_, strategy, command.instrument);
  const auto place =
      std::ranges::upper_bound(commands_, command.arrive, {}, &Command::arrive);
  commands_.insert(place, command);
  due_ = std::min(due_, command.arrive);
}

void Session::carry_drawn() {
  for (const Report& report : answers_) {
    const std::uint16_t strategy = desk_.order(report.order_id).strategy;
    const Nanos due = drawn_->delivery(report.at, strategy, report.instrument);
    const auto place = std::ranges::upper_bound(report_dues_, due);
    reports_.insert(reports_.begin() + (place - report_dues_.begin()), report);
    report_dues_.insert(place, due);
  }
  answers_.clear();
  due_ = std::min(due_, report_due());
}

desk::Desk::Submitted Session::submit(const desk::NewOrder& order) {
  if (over_) return {0, Reject::market_closed, std::nullopt};
  if (order.instrument < watches_.size()) refresh_mark(order.instrument);
  desk::Desk::Submitted submitted =
      closed_ ? desk_.refuse(order, Reject::market_closed, now_)
              : desk_.submit(order, now_);
  if (submitted.command) {
    send(*submitted.command);
  } else if (submitted.reason == Reject::none) {
    follow_desk();  // it waits for another order, or has just stopped to
  } else {
    refused_.push_back(submitted.id);
    due_ = std::min(due_, now_);
    follow_desk();  // a refusal may come of a halt that cancels
  }
  return submitted;
}

Reject Session::cancel(OrderId id) {
  if (closed_) return Reject::market_closed;
  const desk::Desk::Changed changed = desk_.cancel(id, now_);
  if (changed.command) send(*changed.command);
  follow_desk();  // one that waited for another order has ended at once
  return changed.reason;
}

desk::Desk::Submitted Session::submit(const desk::NewOrder& order,
                                      const matching::Terms& terms) {
  desk::NewOrder judged = order;
  if (order.type == OrderType::stop) judged.price = terms.stop;  // what it may cost
  const desk::Desk::Submitted submitted = submit(judged);
  if (submitted.id != 0) note_terms(submitted.id, order, terms);
  if (submitted.reason == Reject::none) prepare(submitted.id, terms, order.group);
  return submitted;
}

Reject Session::modify(OrderId id, Ticks price, Lots quantity,
                       const Amendment& wanted) {
  if (closed_) return Reject::market_closed;
  if (workers_.any() && desk_.knows(id)) refresh_mark(desk_.order(id).instrument);
  const desk::Desk::Changed changed = desk_.modify(id, price, quantity, now_);
  if (changed.command) {
    if (!wanted.empty()) {
      prepare_change(changed.command->request, wanted);
      asked_.emplace_back(id, wanted);
    }
    send(*changed.command);
  }
  return changed.reason;
}

void Session::note_terms(OrderId id, const desk::NewOrder& order,
                         const matching::Terms& terms) {
  if (order.group == 0 && terms == matching::Terms{}) return;
  desk::TermsRecord row{};
  row.order_id = id;
  row.group = order.group;
  if (order.group != 0) row.entry = entries_[order.group - 1];
  (order.type == OrderType::pegged ? row.peg_limit : row.stop) = terms.stop.n;
  row.trail = terms.trail;
  row.display = terms.display.n;
  row.offset = terms.offset.n;
  row.expire_at = terms.expire_at.n;
  row.trigger = static_cast<std::uint8_t>(terms.trigger);
  row.trail_by = static_cast<std::uint8_t>(terms.trail_by);
  row.peg = static_cast<std::uint8_t>(terms.peg);
  row.slide = terms.slide ? 1 : 0;
  row.minimum = terms.minimum.n;
  row.all_or_none = terms.all_or_none ? 1 : 0;
  terms_.push_back(row);
}

desk::TermsRecord* Session::terms_of(OrderId id) { return row_of(terms_, id); }

void Session::settle_terms(const Report& report) {
  using Kind = Report::Kind;
  const bool over = report.kind == Kind::canceled || report.kind == Kind::expired ||
                    (report.kind == Kind::restated && report.quantity.n == 0);
  if (over) {
    desk::TermsRecord* row = terms_of(report.order_id);
    if (row != nullptr && row->trail != 0 && report.price.n != 0)
      row->stop = report.price.n;  // where it stood last
    return;
  }
  const bool agreed = report.kind == Kind::modified;
  if (!agreed && report.kind != Kind::change_rejected) return;
  const auto asked =
      std::ranges::find(asked_, report.order_id, &std::pair<OrderId, Amendment>::first);
  if (asked == asked_.end()) return;
  desk::TermsRecord* row = terms_of(report.order_id);
  if (agreed && row != nullptr) {
    const Amendment& wanted = asked->second;
    if (wanted.stop) row->stop = wanted.stop->n;
    if (wanted.offset) row->offset = wanted.offset->n;
    if (wanted.peg_limit) row->peg_limit = wanted.peg_limit->n;
    if (wanted.display) row->display = wanted.display->n;
  }
  asked_.erase(asked);
}

std::optional<Ticks> Session::stop_price(OrderId id) const {
  if (terms_.empty() || !desk_.knows(id)) return std::nullopt;
  const desk::OrderRecord& order = desk_.order(id);
  if (const auto there = waiting_stop(order.instrument, id)) return there;
  // It waits for another order, or is on its way.
  if (order.acknowledged != 0 || order.done != 0) return std::nullopt;
  const desk::TermsRecord* row = row_of(terms_, id);
  if (row == nullptr || row->stop == 0) return std::nullopt;
  return Ticks{row->stop};
}

desk::Killed Session::kill(risk::Scope scope, const std::string& who,
                           const std::string& reason) {
  desk::Killed killed = desk_.kill(scope, who, reason, now_);
  for (const algo::Worker& worker : workers_.all()) {
    const desk::ParentRecord& parent = desk_.parent(worker.id());
    const bool within =
        scope.kind == risk::ScopeKind::strategy     ? parent.strategy == scope.index
        : scope.kind == risk::ScopeKind::instrument ? parent.instrument == scope.index
                                                    : true;
    if (within && !worker.done()) (void)stop_work(worker.id());
  }
  follow_desk();
  return killed;
}

struct Session::Street {
  Session& session;
  // Commands arrive later, so that the market stands still while parents are asked.
  InstrumentIndex seen = ~InstrumentIndex{};
  algo::Market there{};

  [[nodiscard]] const algo::Market& market(InstrumentIndex instrument) {
    if (instrument != seen) {
      seen = instrument;
      there = session.market(instrument);
    }
    return there;
  }
  std::pair<OrderId, Reject> submit(const algo::Worker& worker,
                                    const algo::Action& action) {
    const algo::Terms& terms = worker.terms();
    desk::NewOrder order;
    order.instrument = terms.instrument;
    order.side = terms.side;
    order.type = action.type;
    order.time_in_force = action.time_in_force;
    order.price = action.price;
    order.quantity = action.quantity;
    order.parent = worker.id();
    order.strategy = terms.strategy;
    const auto submitted = session.submit(order);
    return {submitted.id, submitted.reason};
  }
  Reject replace(const algo::Action& action) {
    return session.modify(action.child, action.price, action.quantity);
  }
  Reject cancel(const algo::Action& action) { return session.cancel(action.child); }
  AI_TRADING_ALWAYS_INLINE void expect(OrderId child) const {
    session.desk_.expect(child);
  }
};

algo::Market Session::market(InstrumentIndex instrument) {
  algo::Market out;
  if (const auto bid = best(instrument, Side::buy)) {
    out.bid = bid->price;
    out.bid_quantity = bid->quantity;
  }
  if (const auto ask = best(instrument, Side::sell)) {
    out.ask = ask->price;
    out.ask_quantity = ask->quantity;
  }
  if (const auto last = mark(instrument)) {
    out.last = *last;
    out.has_last = true;
  }
  out.closing_auction = closes_by_auction(instrument);
  return out;
}

algo::ParentId Session::work(algo::Terms terms) {
  if (over_) return 0;
  const auto opened = desk_.open_parent(
      {terms.instrument, terms.side, terms.quantity, 0, terms.strategy, 0}, now_);
  if (opened.reason != Reject::none) return 0;
  workers_.add(opened.id, terms);
  due_ = std::min(due_, workers_.next_time());
  return opened.id;
}

// The desk's parent ends with the machine that worked it.
void Session::finish_parent(const algo::Worker& worker) {
  if (worker.done()) (void)desk_.finish_parent(worker.id(), now_);
}

Reject Session::stop_work(algo::ParentId parent) {
  const algo::Worker* worker = workers_.find(parent);
  if (worker == nullptr) return Reject::unknown_id;
  if (worker->done()) return Reject::order_done;
  workers_.cancel(parent, now_);
  due_ = std::min(due_, workers_.next_time());
  return Reject::none;
}

void Session::ask_parents() { workers_.run(now_, Street{*this}); }

void Session::tell_parent(const desk::OrderRecord& order) {
  if (order.parent_id == 0 || !workers_.any()) return;
  algo::Child child;
  child.id = order.order_id;
  child.status = static_cast<OrderStatus>(order.status);
  child.reason = static_cast<Reject>(order.reason);
  child.price = Ticks{order.price};
  child.quantity = Lots{order.quantity};
  child.filled = Lots{order.filled};
  child.filled_value = TickLots{order.filled_value};
  if (const algo::Worker* worker = workers_.on_child(order.parent_id, child, now_))
    finish_parent(*worker);
}

std::uint64_t Session::set_timer(StrategyIndex strategy, Nanos at, Nanos repeat) {
  timers_.push({std::max(at, now_), ++timers_set_, repeat, strategy});
  due_ = std::min(due_, timers_.top().at);
  return timers_set_;
}

void Session::cancel_timer(std::uint64_t timer) { stopped_timers_.push_back(timer); }

void Session::subscribe(const Subscription& wanted) {
  Watch& watch = watches_[wanted.instrument].of(wanted.strategy);
  watch.quotes = wanted.quotes;
  watch.trades = wanted.trades;
  watch.bars = wanted.bars;
  watch.every = wanted.every;
  touch_wanted_ = touch_wanted_ || wanted.quotes || wanted.every != 0;
}

std::optional<Ticks> Session::mark(InstrumentIndex instrument) {
  refresh_mark(instrument);
  const desk::Position& held = desk_.ledger().position(instrument);
  if (!held.marked) return std::nullopt;
  return held.mark;
}

void Session::freshen() {
  if (!workers_.any() || desk_.armed()) return;
  for (const algo::Worker& worker : workers_.all())
    if (!worker.done()) refresh_mark(worker.terms().instrument);
}

void Session::carry_reports() {
  if (answers_.empty()) return;
  if (drawn_) return carry_drawn();
  const bool few = answers_.size() <= kOrderAhead;
  for (const Report& report : answers_) {
    reports_.push_back(report);
    if (few) desk_.expect(report.order_id);
  }
  answers_.clear();
  due_ = std::min(due_, reports_.front().at + latency_.response);
}

// Sends what the desk wants sent by itself, and has told what it ended.
void Session::obey_desk() {
  std::vector<Command> wanted;
  desk_.take_commands(wanted);
  for (const Command& command : wanted) send(command);
  desk_.take_news(refused_);
  if (!refused_.empty()) due_ = std::min(due_, now_);
}

// Loads what the reports after the next few will touch.  Among many parents each is about
// an order and a parent that nobody has looked at for a while.
void Session::expect_report(std::size_t order, std::size_t parent) {
  if (order < reports_.size()) desk_.expect(reports_[order].order_id);
  if (parent >= reports_.size() || !workers_.any()) return;
  const OrderId soon = reports_[parent].order_id;
  if (!desk_.knows(soon)) return;
  if (const algo::ParentId id = desk_.order(soon).parent_id; id != 0) {
    desk_.expect_parent(id);
    workers_.expect(id);
  }
}

void Session::deliver(Handler& handler) {
  const Report report = reports_.front();
  reports_.pop_front();
  if (drawn_) report_dues_.pop_front();
  const auto fill = desk_.on_report(report);
  if (!terms_.empty()) [[unlikely]]
    settle_terms(report);
  tell_parent(desk_.order(report.order_id));
  follow_desk();
  if (fill) {
    handler.on_fill(*fill);
  } else {
    handler.on_order(desk_.order(report.order_id));
  }
}

void Session::tell_refused(Handler& handler) {
  const std::vector<OrderId> refused = std::exchange(refused_, {});
  for (const OrderId id : refused) {
    tell_parent(desk_.order(id));
    handler.on_order(desk_.order(id));
  }
}

void Session::ring(Handler& handler) {
  Timer timer = timers_.top();
  timers_.pop();
  const auto stopped = std::ranges::find(stopped_timers_, timer.number);
  if (stopped != stopped_timers_.end()) {
    stopped_timers_.erase(stopped);
    return;
  }
  if (timer.repeat.n > 0) {
    timers_.push({timer.at + timer.repeat, timer.number, timer.repeat, timer.strategy});
  }
  handler.on_timer(timer.strategy, timer.number);
}

void Session::sample(Nanos at) {
  for (InstrumentIndex i = 0; i < watches_.size(); ++i) {
    refresh_mark(i);
    marks_.push_back(desk_.ledger().position(i).mark.n);
  }
  account_.push_back(desk_.account(at));
  follow_desk();  // prices may have halted something
}

void Session::charge_holding() {
  for (InstrumentIndex i = 0; i < watches_.size(); ++i)
    if (holding_.holds(i)) refresh_mark(i);
  holding_.charge(desk_.ledger());
}

void Session::handle_due(Handler& handler) {
  const Nanos at = due_;
  now_ = std::max(now_, at);
  if (command_due(at)) {
    do {
      const Command command = commands_.front();
      commands_.pop_front();
      execute(command);
    } while (command_due(at));
    carry_reports();
  } else if (next_session_end_ < session_ends_.size() &&
             session_ends_[next_session_end_] == at) {
    ++next_session_end_;
    desk_.begin_day();
    expire_all(at, false);
    carry_reports();
  } else if (!reports_.empty() && report_due() == at) {
    for (std::size_t i = 0; i < kParentAhead; ++i) expect_report(kOrderAhead, i);
    do {
      expect_report(kOrderAhead, kParentAhead);
      deliver(handler);
    } while (!reports_.empty() && report_due() == at && !command_due(at));
  } else if (!refused_.empty()) {
    tell_refused(handler);
  } else if (holding_.next() == at) {
    charge_holding();
  } else if (next_rate_ < rates_.size() && rates_[next_rate_].at <= at) {
    follow_rates();
  } else if (next_sample_ == at) {
    sample(at);
    next_sample_ += sample_every_;
  } else if (!timers_.empty() && timers_.top().at == at) {
    ring(handler);
  } else if (workers_.next_time() <= at) {
    ask_parents();
  }
  find_due();
}

void Session::handle_until(Nanos until, Handler& handler) {
  while (due_ <= until && due_ != kNever) handle_due(handler);
}

void Session::begin(Handler& handler) {
  started_ = true;
  next_sample_ = sample_every_.n > 0 ? now_ : kNever;
  holding_.begin(now_);
  handler.on_start();
  find_due();
}

void Session::end(Handler& handler) {
  if (over_) return;
  next_sample_ = kNever;
  find_due();
  handle_until(now_, handler);
  holding_.end();
  timers_ = {};
  // Parents that were to work longer than the data lasts give up.
  for (const algo::Worker& worker : workers_.all())
    if (!worker.done()) workers_.cancel(worker.id(), now_);
  find_due();
  handle_until(now_, handler);
  while (!commands_.empty() || !reports_.empty() || !refused_.empty())
    handle_due(handler);
  closed_ = true;
  expire_all(now_, true);
  carry_reports();
  while (!reports_.empty()) deliver(handler);
  // Told once: who answers a refusal with another order would never end.
  tell_refused(handler);
  ask_parents();
  for (const algo::Worker& worker : workers_.all()) finish_parent(worker);
  if (!account_.empty() && account_.back().timestamp == now_.n) {
    account_.pop_back();  // taken before the last things of this instant
    marks_.resize(marks_.size() - watches_.size());
  }
  sample(now_);
  over_ = true;
  handler.on_stop();
}

}  // namespace ai_trading::sim
