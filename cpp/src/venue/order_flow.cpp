// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/venue/order_flow.hpp"

#include <algorithm>
#include <utility>

#include "ai_trading/venue/flow_market.hpp"

namespace ai_trading::venue {

using feed::Event;
using matching::Answer;
using matching::NewOrder;

namespace {

constexpr double kGathering = 120.0;  // seconds before the open
constexpr double kNanosPerSecond = 1e9;

FlowSettings checked(FlowSettings settings) {
  check_flow(settings);
  return settings;
}

Nanos span(double seconds) {
  return Nanos{static_cast<std::int64_t>(seconds * kNanosPerSecond)};
}

}  // namespace

OrderFlow::OrderFlow(FlowSettings settings)
    : settings_(checked(std::move(settings))),
      length_(static_cast<double>((settings_.close - settings_.open).n) /
              kNanosPerSecond),
      stage_(settings_, settings_.open - span(kGathering)),
      model_(make_flow_model(settings_, stage_)),
      turns_(settings_.symbols.size()) {
  stage_.hear(*model_);
  if (stage_.market() != nullptr) write_script();
}

// Serving.

std::size_t OrderFlow::fill(std::span<Event> out) {
  std::vector<Event>& events = stage_.events();
  std::size_t written = 0;
  while (written < out.size()) {
    if (served_ == events.size()) {
      events.clear();
      served_ = 0;
      if (!step()) break;
      continue;
    }
    const std::size_t n = std::min(out.size() - written, events.size() - served_);
    std::copy_n(events.begin() + static_cast<std::ptrdiff_t>(served_), n,
                out.begin() + static_cast<std::ptrdiff_t>(written));
    written += n;
    served_ += n;
  }
  return written;
}

Nanos OrderFlow::next_at() const {
  if (phase_ == Phase::gathering)
    return gathered_ < to_gather() ? gather_time() : settings_.open;
  if (scripted_first()) return script_[script_at_].at;
  if (!due_.empty()) return instant(due_.front().time);
  return stage_.market() != nullptr ? stage_.market()->end() : settings_.close;
}

void OrderFlow::advance(Nanos until) {
  while (phase_ != Phase::done && next_at() <= until) {
    stage_.events().clear();
    (void)step();
  }
  reach(until);
}

bool OrderFlow::advance_to_answer(Nanos until) {
  while (phase_ != Phase::done && next_at() <= until) {
    stage_.events().clear();
    served_ = 0;
    (void)step();
    if (!stage_.answers().empty()) return true;
  }
  reach(until);
  return !stage_.answers().empty();
}

void OrderFlow::reach(Nanos now) {
  stage_.begin(now, 0);
  stage_.events().clear();
  served_ = 0;
}

bool OrderFlow::step() {
  switch (phase_) {
    case Phase::gathering:
      if (gathered_ < to_gather()) {
        gather();
      } else {
        open_session();
      }
      return true;
    case Phase::trading:
      if (scripted_first()) [[unlikely]] {
        play_script();
      } else if (due_.empty()) {
        close_session();
      } else {
        trade_once();
      }
      return true;
    case Phase::done:
      return false;
  }
  return false;
}

// Your orders.

Reject OrderFlow::admit(const NewOrder& order) {
  stage_.begin(stage_.now(), order.instrument);
  Reject bad = admit();
  if (bad == Reject::none && (order.id < kOwnIds || order.owner == 0))
    bad = Reject::not_supported_here;
  if (bad != Reject::none) stage_.refuse(order.id, bad);
  return bad;
}

Reject OrderFlow::submit(const NewOrder& order) {
  const Reject bad = admit(order);
  return bad == Reject::none ? told(order.instrument, stage_.submit(order)) : bad;
}

Reject OrderFlow::submit(const NewOrder& order, const matching::Terms& terms) {
  const Reject bad = admit(order);
  return bad == Reject::none ? told(order.instrument, stage_.submit(order, terms))
                             : bad;
}

InstrumentIndex OrderFlow::symbol_of(OrderId id) const {
  const auto order = stage_.order(id);
  return order ? order->instrument : 0;
}

Reject OrderFlow::cancel(OrderId id) {
  stage_.begin(stage_.now(), 0);
  const Reject bad = id < kOwnIds ? Reject::unknown_id : Reject::none;
  const InstrumentIndex symbol = symbol_of(id);
  if (bad == Reject::none) return told(symbol, stage_.cancel(id));
  stage_.refuse(id, bad);
  return bad;
}

Reject OrderFlow::amend(OrderId id, Ticks price, Lots left) {
  return change({id, id, price, left, {}});
}

Reject OrderFlow::change(const matching::Change& change) {
  stage_.begin(stage_.now(), 0);
  const Reject bad = change.id < kOwnIds ? Reject::unknown_id : admit();
  const InstrumentIndex symbol = symbol_of(change.id);
  if (bad == Reject::none) return told(symbol, stage_.change(change));
  stage_.refuse(change.id, bad);
  return bad;
}

Reject OrderFlow::told(InstrumentIndex symbol, Reject code) {
  if (code == Reject::none && phase_ == Phase::trading && model_->reacts()) {
    schedule(symbol,
             static_cast<double>((stage_.now() - settings_.open).n) / kNanosPerSecond);
    drop_stale();
  }
  return code;
}

Reject OrderFlow::halt(InstrumentIndex symbol) {
  if (stage_.market() == nullptr) return Reject::not_supported_here;
  stage_.begin(stage_.now(), symbol);
  return stage_.market()->halt(symbol);
}

Reject OrderFlow::resume(InstrumentIndex symbol) {
  if (stage_.market() == nullptr) return Reject::not_supported_here;
  stage_.begin(stage_.now(), symbol);
  return stage_.market()->resume(symbol);
}

int OrderFlow::index(std::int64_t value) {
  if (stage_.market() == nullptr) return 0;
  stage_.begin(stage_.now(), 0);
  return stage_.market()->index(value);
}

std::vector<Answer> OrderFlow::take_answers() {
  return std::exchange(stage_.answers(), {});
}

// The day.

Nanos OrderFlow::instant(double seconds) const {
  return settings_.open + span(seconds);
}

// The model's orders first, then those for the opening auction, symbol by symbol.
std::size_t OrderFlow::to_gather() const {
  const std::size_t opening =
      settings_.rules ? settings_.rules->opening * settings_.symbols.size() : 0;
  return model_->to_gather() + opening;
}

Nanos OrderFlow::gather_time() const {
  const double part = static_cast<double>(gathered_) / static_cast<double>(to_gather());
  return instant((part - 1.0) * kGathering);
}

// Before the open the books fill; but for the orders of an auction without crossing.
void OrderFlow::gather() {
  stage_.begin(gather_time(), 0);
  const std::size_t which = gathered_++;
  if (which < model_->to_gather()) return model_->gather(which);
  const std::size_t place = which - model_->to_gather();
  stage_.market()->crowd().send_to_open(
      static_cast<std::uint32_t>(place % settings_.symbols.size()));
}

void OrderFlow::open_session() {
  phase_ = Phase::trading;
  for (std::uint32_t i = 0; i < turns_.size(); ++i) {
    stage_.begin(settings_.open, i);
    if (stage_.market() == nullptr)
      stage_.status(i, feed::TradingState::continuous, 'T');
    schedule(i, 0.0);
  }
}

void OrderFlow::close_session() {
  phase_ = Phase::done;
  if (stage_.market() != nullptr) return stage_.begin(stage_.market()->end(), 0);
  for (std::uint32_t i = 0; i < turns_.size(); ++i) {
    stage_.begin(settings_.close, i);
    stage_.expire(i);
    stage_.status(i, feed::TradingState::closed, 0);
  }
}

namespace {

constexpr auto kLater = [](const auto& a, const auto& b) {
  return a.time != b.time ? a.time > b.time : a.symbol > b.symbol;
};

}  // namespace

void OrderFlow::schedule(std::uint32_t symbol, double now) {
  const std::uint32_t turn = ++turns_[symbol];
  const double time = model_->next(symbol, now);
  if (time >= length_) return;
  due_.push_back({time, symbol, turn});
  std::ranges::push_heap(due_, kLater);
}

void OrderFlow::drop_stale() {
  while (!due_.empty() && due_.front().turn != turns_[due_.front().symbol]) {
    std::ranges::pop_heap(due_, kLater);
    due_.pop_back();
  }
}

void OrderFlow::trade_once() {
  std::ranges::pop_heap(due_, kLater);
  const Due due = due_.back();
  due_.pop_back();
  stage_.begin(instant(due.time), due.symbol);
  if (stage_.market() == nullptr) [[likely]] {
    model_->act(due.symbol);
  } else {
    take_turn(due.symbol);
  }
  schedule(due.symbol, due.time);
  drop_stale();
}

// Under rules.
void OrderFlow::take_turn(std::uint32_t symbol) {
  FlowMarket& market = *stage_.market();
  if (market.trading(symbol)) return model_->act(symbol);
  if (market.calling(symbol)) market.crowd().turn(symbol);
  model_->idle(symbol);
}

void OrderFlow::write_script() {
  using Act = Scripted::Act;
  for (const AuctionCrowd::Arrival& one :
       stage_.market()->crowd().closing_arrivals(settings_))
    script_.push_back({one.at, Act::to_close, one.symbol, 0});
  for (const FlowRules::Stop& halt : settings_.rules->halts) {
    script_.push_back({halt.at, Act::halt, halt.instrument, 0});
    if (halt.until) script_.push_back({*halt.until, Act::resume, halt.instrument, 0});
  }
  for (const FlowRules::Index& index : settings_.rules->index)
    script_.push_back({index.at, Act::index, 0, index.value});
  std::ranges::stable_sort(script_, {}, &Scripted::at);
}

void OrderFlow::play_script() {
  const Scripted& now = script_[script_at_++];
  stage_.begin(now.at, now.symbol);
  FlowMarket& market = *stage_.market();
  switch (now.act) {
    case Scripted::Act::to_close:
      return market.crowd().send_to_close(now.symbol);
    case Scripted::Act::halt:
      (void)market.halt(now.symbol);
      return;
    case Scripted::Act::resume:
      (void)market.resume(now.symbol);
      return;
    case Scripted::Act::index:
      (void)market.index(now.value);
      return;
  }
}

}  // namespace ai_trading::venue
