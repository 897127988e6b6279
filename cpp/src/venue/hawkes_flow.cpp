// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/venue/hawkes_flow.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ai_trading::venue {

using matching::NewOrder;

namespace {

constexpr double kBin = 1.0;          // seconds in which rates stay
constexpr double kOpenHeight = 5.0;   // bursts: height and length as a fraction
constexpr double kOpenLength = 0.03;  // of the session
constexpr double kCloseHeight = 4.0;
constexpr double kCloseLength = 0.02;
constexpr std::int64_t kFarthest = 200;  // steps from the touch
constexpr double kNanosPerSecond = 1e9;

std::int64_t whole(double x) {  // the largest integer not above x
  const auto cut = static_cast<std::int64_t>(x);
  return static_cast<double>(cut) > x ? cut - 1 : cut;
}

std::int64_t size(Rng& rng) {
  const std::uint64_t draw = rng.below(100);
  if (draw < 15) return 1 + static_cast<std::int64_t>(rng.below(99));
  if (draw < 70) return 100;
  if (draw < 92) return 100 * (2 + static_cast<std::int64_t>(rng.below(4)));
  return 500 * (1 + static_cast<std::int64_t>(rng.below(4)));
}

}  // namespace

HawkesFlow::HawkesFlow(const FlowSettings& settings, const HawkesTerms& terms,
                       FlowStage& stage)
    : stage_(stage),
      terms_(terms),
      length_(static_cast<double>((settings.close - settings.open).n) /
              kNanosPerSecond) {
  double activity = 0.0;
  for (const FlowSymbol& symbol : settings.symbols) activity += symbol.activity;

  Rng rng(settings.seed);
  for (const FlowSymbol& symbol : settings.symbols) {
    const double events = *settings.events * symbol.activity / activity;
    const double crowd = std::clamp(events / 100.0, 20.0, 400.0);
    const double flow = std::max(events - 4.0 * crowd, 0.0);
    const double price =
        static_cast<double>(symbol.price.n) / static_cast<double>(symbol.step.n);
    HawkesProcess arrivals(flow / length_, terms.excitation, terms.decay);
    arrivals.in_balance = crowd;  // resting orders per side
    stocks_.push_back({rng.split(),
                       price + 0.5,
                       price * symbol.volatility / std::sqrt(length_),
                       arrivals,
                       {},
                       {},
                       {}});
    begin_bin(stocks_.back());
    to_gather_ += 2 * static_cast<std::size_t>(crowd);
  }
}

// Each symbol in its turn.
void HawkesFlow::gather(std::size_t which) {
  place(static_cast<std::uint32_t>(which % stocks_.size()),
        which / stocks_.size() % 2 == 0 ? Side::buy : Side::sell);
}

void HawkesFlow::rested(const matching::OrderView& order) {
  stocks_[order.instrument].crowds[static_cast<std::size_t>(order.side)].add(order.id);
}

void HawkesFlow::traded(const matching::Trade& trade) {
  if (trade.maker < FlowStage::kOwnIds && trade.maker_left.n == 0)
    stocks_[trade.instrument].crowds[static_cast<std::size_t>(trade.maker_side)].lost();
}

void HawkesFlow::lost(const matching::OrderView& order) {
  stocks_[order.instrument].crowds[static_cast<std::size_t>(order.side)].lost();
}

void HawkesFlow::resumed(std::uint32_t symbol) {
  for (Crowd& crowd : stocks_[symbol].crowds) crowd.recount(stage_);
}

// Rates stay inside a bin.
void HawkesFlow::begin_bin(Stock& stock) const {
  const double x = stock.arrivals.time() / length_;
  const double burst = kOpenHeight * portable_exp(-x / kOpenLength) +
                       kCloseHeight * portable_exp((x - 1.0) / kCloseLength);
  const double mean = 1.0 + kOpenHeight * kOpenLength + kCloseHeight * kCloseLength;
  stock.arrivals.shape = (1.0 + burst) / mean;
  stock.bin_end = std::min(stock.arrivals.time() + kBin, length_);
}

double HawkesFlow::next(std::uint32_t symbol, double) {
  Stock& s = stocks_[symbol];
  s.arrivals.resting = {s.crowds[0].live(), s.crowds[1].live()};
  s.next = s.arrivals.next(s.rng, length_, s.bin_end, [&] {
    s.value += s.walk * std::sqrt(kBin) * s.rng.normal();
    s.value = std::max(s.value, 2.0);
    begin_bin(s);
  });
  return s.arrivals.time();
}

void HawkesFlow::act(std::uint32_t symbol) {
  Stock& s = stocks_[symbol];
  const HawkesProcess::Kind kind = s.next;
  s.arrivals.happened(kind);
  switch (kind) {
    case HawkesProcess::limit_buy:
    case HawkesProcess::limit_sell:
      return place(symbol, kind == HawkesProcess::limit_buy ? Side::buy : Side::sell);
    case HawkesProcess::market_buy:
    case HawkesProcess::market_sell:
      return take(symbol, kind == HawkesProcess::market_buy ? Side::buy : Side::sell);
    case HawkesProcess::cancel_buy:
    case HawkesProcess::cancel_sell:
      return withdraw(symbol,
                      kind == HawkesProcess::cancel_buy ? Side::buy : Side::sell);
    case HawkesProcess::kKinds:
      return;
  }
}

// The best price of a side in steps; around the value where the side is empty.
std::int64_t HawkesFlow::touch(std::uint32_t symbol, Side side) const {
  if (const auto best = stage_.best_step(symbol, side)) return *best;
  const std::int64_t value = whole(stocks_[symbol].value);
  return side == Side::buy ? value : value + 1;
}

std::int64_t HawkesFlow::distance(Rng& rng) const {
  const double u = 1.0 - rng.uniform();
  const double far = portable_exp(-portable_log(u) / terms_.depth_exponent);
  return far < static_cast<double>(kFarthest) ? whole(far) - 1 : kFarthest - 1;
}

// Behind the touch as a rule, inside a wide spread often, and never beyond the value.
std::int64_t HawkesFlow::limit_price(std::uint32_t symbol, Side side) {
  Stock& s = stocks_[symbol];
  const std::int64_t toward = sign(side);
  const std::int64_t across = touch(symbol, opposite(side));
  std::int64_t own = touch(symbol, side);
  const std::int64_t value = whole(s.value) + (side == Side::sell ? 1 : 0);
  if ((own - value) * toward > 1) own = value;  // the touch is stale
  std::int64_t price = own - toward * distance(s.rng);
  const std::int64_t room = (across - own) * toward - 1;
  if (room > 0 && s.rng.chance(room > 1 ? 0.6 : 0.3)) {
    const std::int64_t inside =
        own + toward * (1 + static_cast<std::int64_t>(
                                s.rng.below(static_cast<std::uint64_t>(room))));
    if ((inside - value) * toward <= 1) price = inside;
  }
  if ((across - price) * toward < 1) price = across - toward;
  return std::max<std::int64_t>(price, 1) * stage_.symbol(symbol).step.n;
}

void HawkesFlow::place(std::uint32_t symbol, Side side) {
  NewOrder order;
  order.instrument = symbol;
  order.side = side;
  order.price = Ticks{limit_price(symbol, side)};
  order.quantity = Lots{size(stocks_[symbol].rng)};
  (void)stage_.send(order);
}

// Leans towards the value, and seldom takes more than the best level holds.
void HawkesFlow::take(std::uint32_t symbol, Side side) {
  Stock& s = stocks_[symbol];
  const double middle =
      static_cast<double>(touch(symbol, Side::buy) + touch(symbol, Side::sell)) * 0.5;
  const double pull = s.value - middle;
  const Side wanted = pull > 0.0 ? Side::buy : Side::sell;
  if (side != wanted && s.rng.chance(std::min(0.9, 0.25 * std::abs(pull))))
    side = wanted;

  const auto best = stage_.books().best(symbol, opposite(side));
  if (!best) return place(symbol, opposite(side));
  std::int64_t quantity = size(s.rng);
  if (!s.rng.chance(0.15)) quantity = std::min(quantity, best->quantity.n);
  NewOrder order;
  order.instrument = symbol;
  order.side = side;
  order.type = OrderType::market;
  order.quantity = Lots{quantity};
  (void)stage_.send(order);
}

void HawkesFlow::withdraw(std::uint32_t symbol, Side side) {
  Stock& s = stocks_[symbol];
  Crowd& crowd = s.crowds[static_cast<std::size_t>(side)];

  // Whoever stands beyond the value is the first to go.
  const std::int64_t beyond = (touch(symbol, side) - whole(s.value)) * sign(side);
  if (beyond > 1 && s.rng.chance(0.5)) {
    OrderId first = 0;
    stage_.books().for_each(symbol, side, [&](const book::RestingOrder& order) {
      first = order.id;
      return false;
    });
    if (first != 0 && first < FlowStage::kOwnIds) {
      crowd.lost();
      (void)stage_.cancel(first);
      return;
    }
  }

  const OrderId id = crowd.draw(s.rng, stage_);
  if (id == 0) return place(symbol, side);
  const auto order = stage_.books().order(id);
  const std::uint64_t draw = s.rng.below(100);
  if (draw < 12) {
    const std::int64_t price = limit_price(symbol, side);
    crowd.add(stage_.replace(id, Ticks{price}, order->left));
  } else if (draw < 16 && order->left.n > 100) {
    crowd.add(id);
    (void)stage_.amend(id, order->price, order->left - Lots{100});
  } else {
    (void)stage_.cancel(id);
  }
}

}  // namespace ai_trading::venue
