// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/cost/impact.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

#include "ai_trading/base/rng.hpp"

namespace ai_trading::cost {

namespace {

constexpr double kBps = 1e4;

void check_rising(std::span<const double> times, const char* name) {
  for (std::size_t i = 1; i < times.size(); ++i) {
    if (!(times[i] >= times[i - 1]))
      throw std::invalid_argument(std::string(name) + " must rise; " + name + "[" +
                                  std::to_string(i) + "] is " +
                                  std::to_string(times[i]) + " after " +
                                  std::to_string(times[i - 1]));
  }
}

}  // namespace

double power(double x, double y) {
  if (!(x > 0.0)) return 0.0;
  if (y == 1.0) return x;
  if (y == 0.5) return std::sqrt(x);
  return portable_exp(y * portable_log(x));
}

Almgren2005::Cost Almgren2005::cost(const ImpactOrder& order) const {
  const double size = order.quantity / order.daily_volume;
  const double sigma = kBps * order.volatility;
  Cost cost;
  if (!(size > 0.0)) return cost;
  cost.permanent = gamma * sigma * size *
                   power(order.shares_outstanding / order.daily_volume, delta);
  cost.temporary = eta * sigma * power(size / order.duration, beta);
  cost.total = 0.5 * cost.permanent + cost.temporary;
  return cost;
}

double PowerImpact::cost(const ImpactOrder& order) const {
  return kBps * coefficient * order.volatility *
         power(order.quantity / order.daily_volume, exponent);
}

IStar::Cost IStar::cost(const ImpactOrder& order) const {
  const double annual = order.volatility * std::sqrt(days);
  const double traded = order.daily_volume * order.duration;
  Cost cost;
  if (!(order.quantity > 0.0)) return cost;
  cost.instantaneous =
      a1 * power(order.quantity / order.daily_volume, a2) * power(annual, a3);
  const double share = order.quantity / (order.quantity + traded);
  cost.temporary = b1 * cost.instantaneous * power(share, a4);
  cost.permanent = (1.0 - b1) * cost.instantaneous;
  cost.total = cost.temporary + cost.permanent;
  return cost;
}

double Decay::left(double time) const {
  if (!(time > 0.0)) return 1.0;
  if (kind == Kind::exponential) return portable_exp(-rate * time);
  return power(1.0 + time / timescale, -exponent);
}

void Propagator::path(std::span<const double> times, std::span<const double> volumes,
                      std::span<const double> at, std::span<double> out) const {
  check_rising(times, "times");
  check_rising(at, "at");
  for (std::size_t i = 0; i < at.size(); ++i) {
    double sum = 0.0;
    for (std::size_t k = 0; k < times.size() && times[k] < at[i]; ++k) {
      const double size = volumes[k] < 0.0 ? -volumes[k] : volumes[k];
      const double pushed =
          scale * power(size, concavity) * decay.left(at[i] - times[k]);
      sum += volumes[k] < 0.0 ? -pushed : pushed;
    }
    out[i] = sum;
  }
}

// Proposition 3 of the paper, with kappa = 1 / q - lambda: the rate is rho times the
// block, the blocks and what is traded between them add up to X, and the cost beyond the
// permanent lambda X^2 / 2 is kappa X^2 / (rho T + 2).
ObizhaevaWang::Strategy ObizhaevaWang::best(double quantity, double horizon) const {
  const double span = resilience * horizon + 2.0;
  const double kappa = 1.0 / density - permanent;
  Strategy best;
  best.block = quantity / span;
  best.rate = resilience * best.block;
  best.cost =
      0.5 * permanent * quantity * quantity + kappa * quantity * quantity / span;
  return best;
}

double ObizhaevaWang::cost(std::span<const double> times,
                           std::span<const double> quantities) const {
  check_rising(times, "times");
  const double kappa = 1.0 / density - permanent;
  double cost = 0.0;
  double moved = 0.0;   // permanently
  double pushed = 0.0;  // above that, decaying
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (i > 0) pushed *= portable_exp(-resilience * (times[i] - times[i - 1]));
    const double x = quantities[i];
    cost += x * (moved + pushed) + 0.5 * x * x / density;
    moved += permanent * x;
    pushed += kappa * x;
  }
  return cost;
}

void fading_changes(std::span<const double> volumes, std::span<const double> gaps,
                    double rate, std::span<double> out) {
  double state = 0.0;
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    const double after = (state + volumes[i]) * portable_exp(-rate * gaps[i]);
    out[i] = after - state;
    state = after;
  }
}

}  // namespace ai_trading::cost
