#include "ai_trading/schedule/curve.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace ai_trading::schedule {

namespace {

constexpr double kEven[] = {1.0};

}  // namespace

Curve::Curve(Nanos open, Nanos close) : Curve(open, close, kEven) {}

Curve::Curve(Nanos open, Nanos close, std::span<const double> weights)
    : open_(open), close_(close) {
  if (open >= close) {
    throw std::invalid_argument("a volume curve must open before it closes; received " +
                                std::to_string(open.n) + " and " +
                                std::to_string(close.n));
  }
  double total = 0.0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!std::isfinite(weights[i]) || weights[i] < 0.0) {
      throw std::invalid_argument("weights[" + std::to_string(i) +
                                  "] must be zero or more and finite; received " +
                                  std::to_string(weights[i]));
    }
    total += weights[i];
  }
  if (!(total > 0.0) || !std::isfinite(total)) {
    throw std::invalid_argument(
        "the weights of a volume curve must have a positive finite sum; received " +
        std::to_string(weights.size()) + " weights that sum to " +
        std::to_string(total));
  }
  per_nano_ =
      static_cast<double>(weights.size()) / static_cast<double>(close.n - open.n);
  last_bin_ = static_cast<std::int64_t>(weights.size()) - 1;
  cumulative_.reserve(weights.size() + 1);
  cumulative_.push_back(0.0);
  double sum = 0.0;
  for (const double weight : weights) {
    sum += weight;
    cumulative_.push_back(std::min(sum / total, 1.0));
  }
  cumulative_.back() = 1.0;
}

double VolumeForecast::level(Nanos start, Nanos end, Nanos now, double seen) const {
  const double weight = prior * expected(start, end);
  const double passed = expected(start, std::min(now, end));
  if (!(weight + passed > 0.0)) return 1.0;
  return (weight + seen) / (weight + passed);
}

}  // namespace ai_trading::schedule
