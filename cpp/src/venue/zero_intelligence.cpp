// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/venue/zero_intelligence.hpp"

#include <algorithm>
#include <cmath>

namespace ai_trading::venue {

using matching::NewOrder;

namespace {

constexpr double kNanosPerSecond = 1e9;

// About the mean spread in steps, to begin with: the papers' form with constants measured
// here.
double usual_spread(const ZeroIntelligenceTerms& terms) {
  const double u = terms.cancel / terms.market;
  return terms.market / terms.limit *
         (0.22 + 0.95 * portable_exp(0.75 * portable_log(u)));
}

}  // namespace

ZeroIntelligence::ZeroIntelligence(const FlowSettings& settings,
                                   const ZeroIntelligenceTerms& terms, FlowStage& stage)
    : stage_(stage),
      terms_(terms),
      limits_(terms.limit * static_cast<double>(terms.band)) {
  const double length =
      static_cast<double>((settings.close - settings.open).n) / kNanosPerSecond;
  double activity = 0.0;
  for (const FlowSymbol& symbol : settings.symbols) activity += symbol.activity;
  const auto gap = static_cast<std::int64_t>(
      std::min(usual_spread(terms) * 0.5, static_cast<double>(terms.band / 2)));

  Rng rng(settings.seed);
  for (std::uint32_t i = 0; i < settings.symbols.size(); ++i) {
    const FlowSymbol& symbol = settings.symbols[i];
    double clock = symbol.activity;
    if (settings.events) {
      // An order that comes is one event, and what ends it another.
      const double wanted = *settings.events * symbol.activity / activity;
      clock = wanted / (length * 4.0 * limits_);
    }
    const std::int64_t bid = symbol.price.n / symbol.step.n;
    stocks_.push_back({rng.split(), clock, {bid, bid + 1}, {}});
    // Every queue away from the touch as it is in the long run.
    Rng& draws = stocks_.back().rng;
    for (std::int64_t away = gap; away < terms.band; ++away) {
      for (const Side side : {Side::buy, Side::sell}) {
        const std::int64_t step = side == Side::buy ? bid - away : bid + 1 + away;
        if (step < 1) continue;
        for (auto n = draws.poisson(terms.limit / terms.cancel); n > 0; --n)
          first_.push_back({i, side, step});
      }
    }
  }
}

void ZeroIntelligence::gather(std::size_t which) {
  const First& order = first_[which];
  send(order.symbol, order.side, OrderType::limit, order.step);
}

void ZeroIntelligence::rested(const matching::OrderView& order) {
  stocks_[order.instrument].crowds[static_cast<std::size_t>(order.side)].add(order.id);
}

void ZeroIntelligence::traded(const matching::Trade& trade) {
  if (trade.maker < FlowStage::kOwnIds && trade.maker_left.n == 0)
    stocks_[trade.instrument].crowds[static_cast<std::size_t>(trade.maker_side)].lost();
}

void ZeroIntelligence::lost(const matching::OrderView& order) {
  stocks_[order.instrument].crowds[static_cast<std::size_t>(order.side)].lost();
}

void ZeroIntelligence::resumed(std::uint32_t symbol) {
  for (Crowd& crowd : stocks_[symbol].crowds) crowd.recount(stage_);
}

double ZeroIntelligence::next(std::uint32_t symbol, double now) {
  Stock& s = stocks_[symbol];
  const double rate =
      s.clock * (terms_.market + 2.0 * limits_ +
                 terms_.cancel * (s.crowds[0].live() + s.crowds[1].live()));
  return now + s.rng.exponential() / rate;
}

void ZeroIntelligence::act(std::uint32_t symbol) {
  Stock& s = stocks_[symbol];
  const double bids = terms_.cancel * s.crowds[0].live();
  const double asks = terms_.cancel * s.crowds[1].live();
  double pick = s.rng.uniform() * (terms_.market + 2.0 * limits_ + bids + asks);
  if ((pick -= limits_) < 0.0) return place(symbol, Side::buy);
  if ((pick -= limits_) < 0.0) return place(symbol, Side::sell);
  if ((pick -= terms_.market) < 0.0)
    return send(symbol, pick < terms_.market * -0.5 ? Side::buy : Side::sell,
                OrderType::market, 0);
  Crowd& crowd = s.crowds[pick < bids ? 0 : 1];
  if (const OrderId id = crowd.draw(s.rng, stage_); id != 0) (void)stage_.cancel(id);
}

// Anywhere in the band behind the opposite best price, as last seen.
void ZeroIntelligence::place(std::uint32_t symbol, Side side) {
  Stock& s = stocks_[symbol];
  std::int64_t& farthest = s.farthest[static_cast<std::size_t>(side)];
  farthest = stage_.passive_step(symbol, side).value_or(farthest);
  const auto away =
      static_cast<std::int64_t>(s.rng.below(static_cast<std::uint64_t>(terms_.band)));
  const std::int64_t step = farthest - sign(side) * away;
  if (step >= 1) send(symbol, side, OrderType::limit, step);
}

void ZeroIntelligence::send(std::uint32_t symbol, Side side, OrderType type,
                            std::int64_t step) {
  NewOrder order;
  order.instrument = symbol;
  order.side = side;
  order.type = type;
  order.price = Ticks{step * stage_.symbol(symbol).step.n};
  order.quantity = Lots{terms_.size};
  (void)stage_.send(order);
}

}  // namespace ai_trading::venue
