// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/cost/market_shift.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/cost/impact.hpp"

namespace ai_trading::cost {

namespace {

constexpr double kMost = 0.5;  // of the price: beyond it no model means anything

// A tick against us for any part of one: rounding must not make impact disappear.
std::int64_t ticks_of(std::int64_t price, double shift) {
  const double size = static_cast<double>(price < 0 ? -price : price);
  return static_cast<std::int64_t>(std::ceil(size * std::min(shift, 1.0)));
}

}  // namespace

void ShiftTerms::check() const {
  const auto refuse = [](const std::string& what) {
    throw std::invalid_argument("market impact: " + what);
  };
  const auto fine = [](double x) { return std::isfinite(x) && x >= 0.0; };
  if (!fine(coefficient) || !fine(exponent))
    refuse("coefficient and exponent must be finite and 0 or more");
  if (!fine(permanent) || permanent > 1.0) refuse("permanent must lie between 0 and 1");
  double sum = permanent;
  for (const Mode& mode : modes) {
    if (!fine(mode.weight) || !fine(mode.rate))
      refuse("weights and rates must be finite and 0 or more");
    sum += mode.weight;
  }
  if (std::abs(sum - 1.0) > 1e-9)
    refuse("permanent and the weights must add up to 1; they add up to " +
           std::to_string(sum));
  for (const Market& market : markets) {
    if (!fine(market.lots_a_day) || !fine(market.volatility))
      refuse("daily volume and volatility must be finite and 0 or more");
  }
}

MarketShift::MarketShift(ShiftTerms terms) : terms_(std::move(terms)) {
  terms_.check();
  State fresh;
  fresh.fades.resize(terms_.modes.size());
  states_.resize(2 * terms_.markets.size(), fresh);
}

Ticks MarketShift::paid(InstrumentIndex instrument, Side side, Ticks price,
                        double more) const {
  const double shift = state(instrument, side).now + more;
  if (shift == 0.0) return price;
  return {price.n + sign(side) * ticks_of(price.n, std::min(shift, kMost))};
}

// paid() rises with the price, so the answer lies where it crosses the limit; the guess
// is off by the rounding only.
Ticks MarketShift::reach(InstrumentIndex instrument, Side side, Ticks limit) const {
  const double shift = state(instrument, side).now;
  if (shift == 0.0) return limit;
  const auto fits = [&](Ticks price) {
    return !better(side, paid(instrument, side, price), limit);
  };
  const Ticks step{sign(side)};
  const double capped = std::min(shift, kMost);
  const double part = capped / (1.0 + static_cast<double>(step.n) * capped);
  Ticks price{limit.n - step.n * ticks_of(limit.n, part)};
  while (!fits(price)) price -= step;
  while (fits(price + step)) price += step;
  return price;
}

void MarketShift::move_to(InstrumentIndex instrument, Side side, Nanos at) {
  State& s = state(instrument, side);
  if (s.now != 0.0 && at > s.at) {
    const double seconds = static_cast<double>((at - s.at).n) / 1e9;
    s.now = s.stays;
    for (std::size_t i = 0; i < s.fades.size(); ++i) {
      s.fades[i] *= portable_exp(-terms_.modes[i].rate * seconds);
      s.now += s.fades[i];
    }
  }
  s.at = std::max(s.at, at);
}

double MarketShift::push_of(InstrumentIndex instrument, Lots taken) const {
  const ShiftTerms::Market& market = terms_.markets[instrument];
  if (taken.n <= 0 || !(market.lots_a_day > 0.0)) return 0.0;
  return terms_.coefficient * market.volatility *
         power(static_cast<double>(taken.n) / market.lots_a_day, terms_.exponent);
}

void MarketShift::push(InstrumentIndex instrument, Side side, Lots taken) {
  const double push = push_of(instrument, taken);
  if (push == 0.0) return;
  State& s = state(instrument, side);
  s.stays += terms_.permanent * push;
  s.now = s.stays;
  for (std::size_t i = 0; i < s.fades.size(); ++i) {
    s.fades[i] += terms_.modes[i].weight * push;
    s.now += s.fades[i];
  }
}

}  // namespace ai_trading::cost
