// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/venue/order_flow.hpp"

#include <algorithm>
#include <utility>

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
      stage_(settings_.symbols, settings_.open - span(kGathering)),
      model_(make_flow_model(settings_, stage_)),
      turns_(settings_.symbols.size()) {
  stage_.hear(*model_);
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

void OrderFlow::advance(Nanos until) {
  const auto next_at = [&] {
    if (phase_ == Phase::gathering) return settings_.open;
    return due_.empty() ? settings_.close : instant(due_.front().time);
  };
  while (phase_ != Phase::done && next_at() <= until) {
    stage_.events().clear();
    (void)step();
  }
  stage_.begin(until, 0);
  stage_.events().clear();
  served_ = 0;
}

bool OrderFlow::step() {
  switch (phase_) {
    case Phase::gathering:
      if (gathered_ < model_->to_gather()) {
        gather();
      } else {
        open_session();
      }
      return true;
    case Phase::trading:
      if (due_.empty()) {
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

Reject OrderFlow::submit(const NewOrder& order) {
  stage_.begin(stage_.now(), order.instrument);
  Reject bad = admit();
  if (bad == Reject::none && (order.id < kOwnIds || order.owner == 0))
    bad = Reject::not_supported_here;
  if (bad == Reject::none) return told(order.instrument, stage_.submit(order));
  stage_.refuse(order.id, bad);
  return bad;
}

Reject OrderFlow::cancel(OrderId id) {
  stage_.begin(stage_.now(), 0);
  const Reject bad = id < kOwnIds ? Reject::unknown_id : Reject::none;
  const auto order = stage_.books().order(id);
  if (bad == Reject::none)
    return told(order ? order->instrument : 0, stage_.cancel(id));
  stage_.refuse(id, bad);
  return bad;
}

Reject OrderFlow::amend(OrderId id, Ticks price, Lots left) {
  stage_.begin(stage_.now(), 0);
  const Reject bad = id < kOwnIds ? Reject::unknown_id : admit();
  const auto order = stage_.books().order(id);
  if (bad == Reject::none)
    return told(order ? order->instrument : 0, stage_.amend(id, price, left));
  stage_.refuse(id, bad);
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

std::vector<Answer> OrderFlow::take_answers() {
  return std::exchange(stage_.answers(), {});
}

// The day.

Nanos OrderFlow::instant(double seconds) const {
  return settings_.open + span(seconds);
}

// Before the open the books fill without crossing.
void OrderFlow::gather() {
  const double part =
      static_cast<double>(gathered_) / static_cast<double>(model_->to_gather());
  stage_.begin(instant((part - 1.0) * kGathering), 0);
  model_->gather(gathered_++);
}

void OrderFlow::open_session() {
  phase_ = Phase::trading;
  for (std::uint32_t i = 0; i < turns_.size(); ++i) {
    stage_.begin(settings_.open, i);
    stage_.status(i, feed::TradingState::continuous, 'T');
    schedule(i, 0.0);
  }
}

void OrderFlow::close_session() {
  phase_ = Phase::done;
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
  model_->act(due.symbol);
  schedule(due.symbol, due.time);
  drop_stale();
}

}  // namespace ai_trading::venue
