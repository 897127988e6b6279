// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/venue/queue_reactive.hpp"

#include <algorithm>
#include <cmath>

namespace ai_trading::venue {

using matching::NewOrder;

namespace {

constexpr double kNanosPerSecond = 1e9;
constexpr std::array<Side, 2> kSides{Side::buy, Side::sell};

double at(const std::vector<double>& rates, std::size_t length) {
  return rates[std::min(length, rates.size() - 1)];
}

double mean(const std::vector<double>& distribution) {
  double sum = 0.0;
  for (std::size_t n = 0; n < distribution.size(); ++n)
    sum += static_cast<double>(n) * distribution[n];
  return sum;
}

}  // namespace

std::vector<QueueRates> QueueReactiveTerms::defaults() {
  // The shapes that the authors find: arrivals that hardly depend on the queue,
  // withdrawals that grow with it ever more slowly, takers that shun a long one.
  constexpr std::size_t kLongest = 40;
  const auto level = [](double arrive, double leave, double take) {
    QueueRates rates;
    for (std::size_t i = 0; i <= kLongest; ++i) {
      const auto n = static_cast<double>(i);
      rates.limit.push_back(i == 0 ? arrive * 1.2 : arrive);
      rates.cancel.push_back(leave * n / (n + 12.0));
      rates.market.push_back(i == 0 ? 0.0 : take / (1.0 + n / 4.0));
    }
    return rates;
  };
  return {level(0.9, 1.6, 0.6), level(0.7, 1.3, 0.3), level(0.5, 0.9, 0.0),
          level(0.4, 0.7, 0.0)};
}

std::vector<double> queue_distribution(const QueueRates& rates, bool nearest) {
  const std::size_t table =
      std::max({rates.limit.size(), rates.cancel.size(), rates.market.size()});
  std::vector<double> weights{1.0};
  double sum = 1.0;
  for (std::size_t n = 0; n < table || weights.back() > 1e-16 * sum; ++n) {
    const double out =
        at(rates.cancel, n + 1) + (nearest ? at(rates.market, n + 1) : 0.0);
    weights.push_back(weights.back() * at(rates.limit, n) / out);
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

QueueReactive::QueueReactive(const FlowSettings& settings,
                             const QueueReactiveTerms& terms, FlowStage& stage)
    : stage_(stage), terms_(terms), levels_(terms.levels.size()) {
  const double length =
      static_cast<double>((settings.close - settings.open).n) / kNanosPerSecond;
  double activity = 0.0;
  for (const FlowSymbol& symbol : settings.symbols) activity += symbol.activity;
  const double stated = events_per_second();
  for (std::size_t level = 0; level < levels_; ++level) {
    up_to_.push_back(queue_distribution(terms_.levels[level], level == 0));
    double sum = 0.0;
    for (double& p : up_to_.back()) p = sum += p;
  }

  Rng rng(settings.seed);
  for (std::uint32_t i = 0; i < settings.symbols.size(); ++i) {
    const FlowSymbol& symbol = settings.symbols[i];
    double clock = symbol.activity;
    if (settings.events)
      clock = *settings.events * symbol.activity / (activity * length * stated);
    Stock stock{rng.split(), clock, symbol.price.n / symbol.step.n, {}, {}, {}};
    for (auto& side : stock.queues) side.resize(levels_);
    stock.rates.resize(2 * levels_ * kKinds);
    stocks_.push_back(std::move(stock));
    for (std::size_t level = 0; level < levels_; ++level) {
      for (const Side side : kSides) {
        for (auto n = draw_length(stocks_.back().rng, level); n > 0; --n)
          first_.push_back({i, side, level});
      }
    }
  }
}

// Of one symbol at the stated rates.  What joins a queue also leaves it; a redrawn book
// goes and comes.
double QueueReactive::events_per_second() const {
  double flow = 0.0;
  double book = 0.0;
  double moves = 0.0;
  for (std::size_t level = 0; level < levels_; ++level) {
    const QueueRates& rates = terms_.levels[level];
    const auto pi = queue_distribution(rates, level == 0);
    for (std::size_t n = 0; n < pi.size(); ++n)
      flow += 4.0 * pi[n] * at(rates.limit, n);
    book += 2.0 * mean(pi);
    if (level == 0)
      moves = 2.0 * pi[1] * (at(rates.cancel, 1) + at(rates.market, 1)) * terms_.move;
  }
  return flow + moves * terms_.redraw * 2.0 * book;
}

void QueueReactive::gather(std::size_t which) {
  const First& order = first_[which];
  send(order.symbol, order.side, OrderType::limit, order.level);
}

std::int64_t QueueReactive::step_of(const Stock& stock, Side side,
                                    std::size_t level) const {
  const auto away = static_cast<std::int64_t>(level);
  return side == Side::buy ? stock.step - away : stock.step + 1 + away;
}

Crowd* QueueReactive::queue_at(std::uint32_t symbol, Side side, Ticks price) {
  Stock& s = stocks_[symbol];
  const std::int64_t step = price.n / stage_.symbol(symbol).step.n;
  const std::int64_t level = side == Side::buy ? s.step - step : step - s.step - 1;
  if (level < 0 || level >= static_cast<std::int64_t>(levels_)) return nullptr;
  return &s.queues[static_cast<std::size_t>(side)][static_cast<std::size_t>(level)];
}

void QueueReactive::rested(const matching::OrderView& order) {
  if (Crowd* queue = queue_at(order.instrument, order.side, order.price))
    queue->add(order.id);
}

void QueueReactive::traded(const matching::Trade& trade) {
  if (trade.maker >= FlowStage::kOwnIds || trade.maker_left.n != 0) return;
  if (Crowd* queue = queue_at(trade.instrument, trade.maker_side, trade.price))
    queue->lost();
}

void QueueReactive::lost(const matching::OrderView& order) {
  if (Crowd* queue = queue_at(order.instrument, order.side, order.price)) queue->lost();
}

void QueueReactive::resumed(std::uint32_t symbol) {
  Stock& s = stocks_[symbol];
  for (auto& side : s.queues) {
    for (Crowd& queue : side) queue.recount(stage_);
  }
  const auto most = static_cast<std::int64_t>(levels_);
  const std::int64_t around = middle(symbol) / 2;
  if (std::abs(around - s.step) <= most || around <= most) return;
  for (auto& side : s.queues) {
    for (Crowd& queue : side) withdraw_all(queue);
  }
  s.step = around;
  for (std::size_t level = 0; level < levels_; ++level) {
    for (const Side side : kSides) refill(symbol, side, level);
  }
}

double QueueReactive::next(std::uint32_t symbol, double now) {
  Stock& s = stocks_[symbol];
  const std::int64_t step = stage_.symbol(symbol).step.n;
  s.total = 0.0;
  std::size_t place = 0;
  for (const Side side : kSides) {
    bool best = true;
    for (std::size_t level = 0; level < levels_; ++level, place += kKinds) {
      const QueueRates& rates = terms_.levels[level];
      const auto lots =
          stage_.books().level(symbol, side, Ticks{step_of(s, side, level) * step});
      const auto n =
          static_cast<std::size_t>((lots.quantity.n + rates.size - 1) / rates.size);
      s.rates[place + limit] = at(rates.limit, n);
      s.rates[place + cancel] = at(rates.cancel, n);
      s.rates[place + market] = best ? at(rates.market, n) : 0.0;
      for (std::size_t kind = 0; kind < kKinds; ++kind)
        s.total += s.rates[place + kind];
      if (n > 0) best = false;
    }
  }
  return now + s.rng.exponential() / (s.total * s.clock);
}

// Twice the middle in steps; a side that is empty counts as just out of view.
std::int64_t QueueReactive::middle(std::uint32_t symbol) const {
  const Stock& s = stocks_[symbol];
  return stage_.best_step(symbol, Side::buy).value_or(step_of(s, Side::buy, levels_)) +
         stage_.best_step(symbol, Side::sell).value_or(step_of(s, Side::sell, levels_));
}

void QueueReactive::act(std::uint32_t symbol) {
  Stock& s = stocks_[symbol];
  const std::int64_t before = middle(symbol);
  double pick = s.rng.uniform() * s.total;
  std::size_t which = 0;
  while (which + 1 < s.rates.size() && (pick -= s.rates[which]) >= 0.0) ++which;
  const Side side = which < levels_ * kKinds ? Side::buy : Side::sell;
  const std::size_t level = which / kKinds % levels_;
  switch (static_cast<Kind>(which % kKinds)) {
    case limit:
      send(symbol, side, OrderType::limit, level);
      break;
    case cancel: {
      Crowd& queue = s.queues[static_cast<std::size_t>(side)][level];
      if (const OrderId id = queue.draw(s.rng, stage_); id != 0)
        (void)stage_.cancel(id);
      break;
    }
    case market:
      send(symbol, opposite(side), OrderType::market, level);
      break;
    case kKinds:
      break;
  }
  const std::int64_t moved = middle(symbol) - before;
  if (moved != 0) follow(symbol, moved > 0 ? Side::buy : Side::sell);
}

// Moves the reference price a step up (buy) or down (sell), perhaps.
void QueueReactive::follow(std::uint32_t symbol, Side toward) {
  Stock& s = stocks_[symbol];
  const Side across = opposite(toward);
  const std::int64_t step = stage_.symbol(symbol).step.n;
  const Ticks crossed{step_of(s, across, 0) * step};
  if (stage_.books().level(symbol, across, crossed).quantity.n != 0) return;
  if (toward == Side::sell && s.step <= static_cast<std::int64_t>(levels_)) return;
  if (!s.rng.chance(terms_.move)) return;

  auto& ahead = s.queues[static_cast<std::size_t>(across)];
  auto& behind = s.queues[static_cast<std::size_t>(toward)];
  withdraw_all(behind.back());
  std::rotate(behind.begin(), behind.end() - 1, behind.end());
  ahead.front().clear();
  std::rotate(ahead.begin(), ahead.begin() + 1, ahead.end());
  s.step += sign(toward);
  if (!s.rng.chance(terms_.redraw)) return refill(symbol, across, levels_ - 1);
  for (const Side side : kSides) {
    for (Crowd& queue : s.queues[static_cast<std::size_t>(side)]) withdraw_all(queue);
  }
  for (std::size_t level = 0; level < levels_; ++level) {
    for (const Side side : kSides) refill(symbol, side, level);
  }
}

std::size_t QueueReactive::draw_length(Rng& rng, std::size_t level) const {
  const auto& up_to = up_to_[level];
  const auto found = std::ranges::upper_bound(up_to, rng.uniform());
  return static_cast<std::size_t>(found - up_to.begin());
}

void QueueReactive::refill(std::uint32_t symbol, Side side, std::size_t level) {
  for (auto n = draw_length(stocks_[symbol].rng, level); n > 0; --n)
    send(symbol, side, OrderType::limit, level);
}

void QueueReactive::withdraw_all(Crowd& queue) {
  for (const OrderId id : queue.ids()) {
    if (stage_.books().order(id)) (void)stage_.cancel(id);
  }
  queue.clear();
}

void QueueReactive::send(std::uint32_t symbol, Side side, OrderType type,
                         std::size_t level) {
  const std::int64_t step = step_of(stocks_[symbol], side, level);
  if (step < 1) return;
  NewOrder order;
  order.instrument = symbol;
  order.side = side;
  order.type = type;
  order.price = Ticks{step * stage_.symbol(symbol).step.n};
  order.quantity = Lots{terms_.levels[level].size};
  (void)stage_.send(order);
}

}  // namespace ai_trading::venue
