// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/venue/agent_market.hpp"

#include <algorithm>
#include <cmath>

namespace ai_trading::venue {

using matching::NewOrder;

namespace {

constexpr double kNanosPerSecond = 1e9;
constexpr double kSwing = 10.0;             // seconds over which recent moves are taken
constexpr double kLongestLife = 20.0;       // times the mean
constexpr double kHundred = 100.0;          // lots
constexpr std::int64_t kLargest = 100'000;  // lots of one order
constexpr std::int64_t kIceberg = 500;      // lots above which value traders hide some
constexpr std::int64_t kPeak = 200;         // lots of what they show
constexpr double kFarthest = 500.0;         // steps from the touch

std::int64_t whole(double x) {  // the largest integer not above x
  const auto cut = static_cast<std::int64_t>(x);
  return static_cast<double>(cut) > x ? cut - 1 : cut;
}

}  // namespace

AgentMarket::AgentMarket(const FlowSettings& settings, const AgentTerms& terms,
                         FlowStage& stage)
    : stage_(stage),
      terms_(terms),
      rate_(terms.noise_limit + terms.noise_market +
            terms.visits * static_cast<double>(terms.speculators) +
            terms.maker_visits * static_cast<double>(terms.makers)),
      orders_first_(2 * static_cast<std::size_t>(
                            std::max(terms.noise_limit * terms.noise_life / 2.0, 5.0))),
      length_(static_cast<double>((settings.close - settings.open).n) /
              kNanosPerSecond),
      close_(settings.close) {
  double activity = 0.0;
  for (const FlowSymbol& symbol : settings.symbols) activity += symbol.activity;
  // A limit order comes and goes; a quote is moved or not; a speculator trades or not.
  const double stated = 2.0 * terms.noise_limit + 1.5 * terms.noise_market +
                        0.75 * terms.visits * static_cast<double>(terms.speculators) +
                        0.75 * terms.maker_visits * static_cast<double>(terms.makers);

  Rng rng(settings.seed);
  for (const FlowSymbol& symbol : settings.symbols) {
    double clock = symbol.activity;
    if (settings.events)
      clock = *settings.events * symbol.activity / (activity * length_ * stated);
    const double price =
        static_cast<double>(symbol.price.n) / static_cast<double>(symbol.step.n);
    const double walk = price * symbol.volatility / std::sqrt(length_ * clock);
    Stock stock{.rng = rng.split(),
                .clock = clock,
                .value = price + 0.5,
                .walk = walk,
                .typical = std::max(walk * std::sqrt(terms.trend), 1.0),
                .seen = price + 0.5,
                .last = price + 0.5,
                .trend = price + 0.5,
                .momentum = std::vector<bool>(terms.speculators),
                .makers = std::vector<Maker>(terms.makers)};
    for (std::size_t i = 0; i < stock.momentum.size(); i += 2) stock.momentum[i] = true;
    stock.on_momentum = (terms.speculators + 1) / 2;
    stocks_.push_back(std::move(stock));
  }
}

// Noise traders fill the book.
void AgentMarket::gather(std::size_t which) {
  noise_limit(static_cast<std::uint32_t>(which % stocks_.size()),
              which / stocks_.size() % 2 == 0 ? Side::buy : Side::sell);
}

double AgentMarket::next(std::uint32_t symbol, double) {
  Stock& s = stocks_[symbol];
  s.due = s.at + s.rng.exponential() / rate_;
  return s.due / s.clock;
}

void AgentMarket::traded(const matching::Trade& trade) {
  Stock& s = stocks_[trade.instrument];
  s.last = static_cast<double>(trade.price.n) /
           static_cast<double>(stage_.symbol(trade.instrument).step.n);
  const auto book = [&](OrderId id, matching::OwnerId owner, Side side) {
    if (owner < kMakers || id >= FlowStage::kOwnIds) return;
    s.makers[owner - kMakers].inventory += sign(side) * trade.quantity.n;
  };
  book(trade.maker, trade.maker_owner, trade.maker_side);
  book(trade.taker, trade.taker_owner, opposite(trade.maker_side));
}

void AgentMarket::act(std::uint32_t symbol) {
  pass(symbol);
  Stock& s = stocks_[symbol];
  double pick = s.rng.uniform() * rate_;
  if ((pick -= terms_.noise_limit) < 0.0)
    return noise_limit(symbol,
                       pick < terms_.noise_limit * -0.5 ? Side::buy : Side::sell);
  if ((pick -= terms_.noise_market) < 0.0) return noise_market(symbol);
  pick -= terms_.maker_visits * static_cast<double>(terms_.makers);
  if (pick < 0.0) return quote(symbol, s.rng.below(s.makers.size()));
  if (!s.momentum.empty()) speculate(symbol);
}

// Half-way between the best prices, in steps; where a side is missing, as last seen.
double AgentMarket::middle(std::uint32_t symbol) const {
  const auto bid = stage_.books().best(symbol, Side::buy);
  const auto ask = stage_.books().best(symbol, Side::sell);
  if (!bid || !ask) return stocks_[symbol].seen;
  return static_cast<double>((bid->price + ask->price).n) * 0.5 /
         static_cast<double>(stage_.symbol(symbol).step.n);
}

// Time goes on: the value walks, what is remembered of the price fades.
void AgentMarket::pass(std::uint32_t symbol) {
  Stock& s = stocks_[symbol];
  const double gone = s.due - s.at;
  s.at = s.due;
  s.value = std::max(s.value + s.walk * std::sqrt(gone) * s.rng.normal(), 2.0);
  const double now = middle(symbol);
  s.trend += (now - s.trend) * (1.0 - portable_exp(-gone / terms_.trend));
  s.swing = s.swing * portable_exp(-gone / kSwing) + std::abs(now - s.seen) / kSwing;
  s.seen = now;
}

Nanos AgentMarket::expiry(std::uint32_t symbol) {
  Stock& s = stocks_[symbol];
  const double life = terms_.noise_life * std::min(s.rng.exponential(), kLongestLife);
  const double wait = std::min(life / s.clock, length_);
  return std::min(
      stage_.now() + Nanos{1 + static_cast<std::int64_t>(wait * kNanosPerSecond)},
      close_);
}

void AgentMarket::send_until(std::uint32_t symbol, Side side, std::int64_t step,
                             std::int64_t lots, Nanos expire_at) {
  NewOrder order;
  order.instrument = symbol;
  order.side = side;
  order.time_in_force = TimeInForce::gtd;
  order.price = Ticks{std::max<std::int64_t>(step, 1) * stage_.symbol(symbol).step.n};
  order.quantity = Lots{lots};
  matching::Terms terms;
  terms.expire_at = expire_at;
  if (lots > kIceberg) {
    order.type = OrderType::iceberg;
    terms.display = Lots{kPeak};
  }
  (void)stage_.send(order, terms);
}

// Behind the last price, and never across the touch.
void AgentMarket::noise_limit(std::uint32_t symbol, Side side) {
  Stock& s = stocks_[symbol];
  const double away =
      0.5 + std::min(terms_.noise_depth * s.rng.exponential(), kFarthest);
  const std::int64_t lots = 100 * (1 + static_cast<std::int64_t>(s.rng.below(3)));
  std::int64_t step =
      side == Side::buy ? whole(s.last - away + 0.5) : -whole(-s.last - away + 0.5);
  if (const auto passive = stage_.passive_step(symbol, side))
    step = side == Side::buy ? std::min(step, *passive) : std::max(step, *passive);
  send_until(symbol, side, step, lots, expiry(symbol));
}

void AgentMarket::noise_market(std::uint32_t symbol) {
  Stock& s = stocks_[symbol];
  const Side side = s.rng.chance(0.5) ? Side::buy : Side::sell;
  NewOrder order;
  order.instrument = symbol;
  order.side = side;
  order.type = OrderType::market;
  order.quantity = Lots{100 * (1 + static_cast<std::int64_t>(s.rng.below(3)))};
  (void)stage_.send(order);
}

void AgentMarket::choose_rule(Stock& s, std::size_t who) {
  const double momentum =
      static_cast<double>(s.on_momentum) / static_cast<double>(s.momentum.size());
  const double mispriced = (s.seen - s.value) / s.typical;
  const double a = terms_.predisposition + terms_.herding * (1.0 - 2.0 * momentum) +
                   terms_.misalignment * mispriced * mispriced;
  const bool now = !s.rng.chance(1.0 / (1.0 + portable_exp(-a)));
  if (now == s.momentum[who]) return;
  s.momentum[who] = now;
  s.on_momentum += now ? 1U : ~0U;
}

void AgentMarket::speculate(std::uint32_t symbol) {
  Stock& s = stocks_[symbol];
  const std::size_t who = s.rng.below(s.momentum.size());
  if (s.rng.chance(terms_.switching)) choose_rule(s, who);
  const bool momentum = s.momentum[who];
  const double noise = s.rng.normal();
  const double demand = momentum
                            ? terms_.momentum_pull * (s.seen - s.trend) / s.typical +
                                  terms_.momentum_noise * noise
                            : terms_.value_pull * (s.value - s.seen) / s.typical +
                                  terms_.value_noise * noise;
  const Side side = demand > 0.0 ? Side::buy : Side::sell;
  const double size =
      std::min(std::abs(demand), static_cast<double>(kLargest) / kHundred);
  const std::int64_t lots = 100 * whole(size + 0.5);
  if (lots == 0) return;
  momentum ? trade_momentum(symbol, side, lots) : trade_value(symbol, side, lots);
}

// At the far touch: what stands there trades, the rest waits.
void AgentMarket::trade_value(std::uint32_t symbol, Side side, std::int64_t lots) {
  const std::int64_t step =
      stage_.best_step(symbol, opposite(side)).value_or(whole(stocks_[symbol].seen));
  send_until(symbol, side, step, lots, expiry(symbol));
}

// At once or not at all, and not farther than a typical move from the last price.
void AgentMarket::trade_momentum(std::uint32_t symbol, Side side, std::int64_t lots) {
  Stock& s = stocks_[symbol];
  const double worst =
      std::max(s.last + static_cast<double>(sign(side)) * (1.0 + s.typical), 1.0);
  NewOrder order;
  order.instrument = symbol;
  order.side = side;
  order.time_in_force = TimeInForce::ioc;
  order.price = Ticks{whole(worst) * stage_.symbol(symbol).step.n};
  order.quantity = Lots{lots};
  (void)stage_.send(order);
}

// The farther the price has lately gone, the wider and the less.
void AgentMarket::quote(std::uint32_t symbol, std::size_t who) {
  Stock& s = stocks_[symbol];
  const Maker& maker = s.makers[who];
  const double fear = terms_.maker_fear * s.swing;
  const double half = terms_.maker_spread + fear;
  const double lean = std::clamp(
      static_cast<double>(maker.inventory) / static_cast<double>(terms_.maker_limit),
      -1.0, 1.0);
  const auto lots = std::max<std::int64_t>(
      100 * whole(static_cast<double>(terms_.maker_size) / (1.0 + fear) / kHundred),
      100);
  const double centre = 0.5 * (s.seen + s.last) - lean * half;
  quote_side(symbol, who, Side::buy, centre - half, lean < 1.0 ? lots : 0);
  quote_side(symbol, who, Side::sell, centre + half, lean > -1.0 ? lots : 0);
}

void AgentMarket::quote_side(std::uint32_t symbol, std::size_t who, Side side,
                             double price, std::int64_t lots) {
  Stock& s = stocks_[symbol];
  const std::int64_t size = stage_.symbol(symbol).step.n;
  std::int64_t step = side == Side::buy ? whole(price) : -whole(-price);
  if (const auto passive = stage_.passive_step(symbol, side))
    step = side == Side::buy ? std::min(step, *passive) : std::max(step, *passive);
  const Ticks wanted{std::max<std::int64_t>(step, 1) * size};
  OrderId& id = s.makers[who].quotes[static_cast<std::size_t>(side)];
  const auto standing = stage_.books().order(id);
  if (standing && lots == 0) {
    (void)stage_.cancel(id);
  } else if (standing) {
    if (standing->price == wanted && standing->left.n * 2 >= lots) return;
    id = stage_.replace(id, wanted, Lots{lots});
  } else if (lots > 0) {
    NewOrder order;
    order.instrument = symbol;
    order.owner = kMakers + static_cast<matching::OwnerId>(who);
    order.side = side;
    order.type = OrderType::post_only;
    order.price = wanted;
    order.quantity = Lots{lots};
    id = stage_.send(order);
  }
}

}  // namespace ai_trading::venue
