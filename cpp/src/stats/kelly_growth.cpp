#include "ai_trading/stats/kelly_growth.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace ai_trading::stats {
namespace {

// A whole step that takes at most this part of the wealth of any scenario always grows
// f: with a the slope along a step that is best for the quadratic model, and u the
// relative changes, f gains at least a (1 - 1/(2(1 - max -u))).
constexpr double kSafeLoss = 0.4;
constexpr double kNearRuin = 0.95;
constexpr double kEnough = 1e-4;  // of the gain that the slope promises (Armijo)

}  // namespace

LogGrowth::LogGrowth(std::span<const double> returns, std::size_t n,
                     std::span<const double> probabilities,
                     std::span<const double> base)
    : scenarios_(base.size()) {
  if (returns.size() != n * base.size() || base.empty() || n == 0 ||
      (!probabilities.empty() && probabilities.size() != base.size())) {
    throw std::invalid_argument(
        "returns must be scenarios x assets, base and probabilities one for each "
        "scenario");
  }
  returns_ = columns_from_rows(returns, n);
  const std::size_t length = returns_.length();
  probability_.assign(length, 0.0);
  base_.assign(length, 1.0);
  std::copy(base.begin(), base.end(), base_.begin());
  if (probabilities.empty()) {
    std::fill_n(probability_.begin(), scenarios_,
                1.0 / static_cast<double>(scenarios_));
  } else {
    std::copy(probabilities.begin(), probabilities.end(), probability_.begin());
  }
  root_.resize(length);
  std::transform(probability_.begin(), probability_.end(), root_.begin(),
                 [](double p) { return std::sqrt(p); });
  wealth_ = base_;
  scratch_.resize(length);
  by_asset_.resize(n);
}

// out[t] += what the amounts do to wealth in scenario t.
void LogGrowth::change(std::span<const Move> moves, std::span<const double> x,
                       std::span<double> out) {
  which_.clear();
  amounts_.clear();
  std::fill(by_asset_.begin(), by_asset_.end(), 0.0);
  double constant = 0.0;
  for (std::size_t j = 0; j < moves.size(); ++j) {
    if (x[j] == 0.0) continue;
    constant += moves[j].offset * x[j];
    if (moves[j].asset == kNoAsset) continue;
    by_asset_[static_cast<std::size_t>(moves[j].asset)] += moves[j].sign * x[j];
  }
  for (std::size_t i = 0; i < by_asset_.size(); ++i) {
    if (by_asset_[i] == 0.0) continue;
    which_.push_back(i);
    amounts_.push_back(by_asset_[i]);
  }
  add_columns(returns_, which_, amounts_, out);
  for (std::size_t t = 0; t < scenarios_; ++t) out[t] += constant;
}

bool LogGrowth::go_to(std::span<const Move> moves, std::span<const double> x) {
  wealth_ = base_;
  change(moves, x, wealth_);
  return *std::min_element(wealth_.begin(), wealth_.end()) > 0.0;
}

double LogGrowth::value() const {
  double sum = 0.0;
  for (std::size_t t = 0; t < scenarios_; ++t) {
    sum += probability_[t] * std::log(wealth_[t]);
  }
  return sum;
}

void LogGrowth::slopes(std::span<double> by_asset, double& constant) {
  constant = 0.0;
  for (std::size_t t = 0; t < wealth_.size(); ++t) {
    scratch_[t] = probability_[t] / wealth_[t];
    constant += scratch_[t];
  }
  weighted_sums(returns_, scratch_, by_asset);
}

void LogGrowth::curvature(std::span<const std::size_t> which, std::span<double> out) {
  const std::size_t k = which.size();
  scaled_.resize(k + 1, wealth_.size());
  for (std::size_t t = 0; t < wealth_.size(); ++t) scratch_[t] = root_[t] / wealth_[t];
  for (std::size_t i = 0; i < k; ++i) {
    scale_column(returns_[which[i]], scratch_, scaled_[i]);
  }
  std::copy(scratch_.begin(), scratch_.end(), scaled_[k]);
  gram(scaled_, out);
}

double LogGrowth::step_length(std::span<const Move> moves, std::span<const double> d,
                              double gain) {
  std::fill(scratch_.begin(), scratch_.end(), 0.0);
  change(moves, d, scratch_);
  double worst = 0.0;  // the largest part of its wealth that a scenario loses
  for (std::size_t t = 0; t < scenarios_; ++t) {
    scratch_[t] /= wealth_[t];
    worst = std::min(worst, scratch_[t]);
  }
  if (-worst <= kSafeLoss) return 1.0;
  double length = std::min(1.0, kNearRuin / -worst);
  for (int trial = 0; trial < 60; ++trial, length *= 0.6) {
    double grown = 0.0;
    for (std::size_t t = 0; t < scenarios_; ++t) {
      grown += probability_[t] * std::log1p(length * scratch_[t]);
    }
    if (grown >= kEnough * length * gain || length * -worst <= kSafeLoss) break;
  }
  return length;
}

QuadraticGrowth::QuadraticGrowth(std::span<const double> mean,
                                 std::span<const double> covariance,
                                 std::span<const double> weights, double base)
    : mean_(mean.begin(), mean.end()),
      covariance_(covariance.begin(), covariance.end()),
      start_(weights.begin(), weights.end()),
      weights_(start_),
      pull_(mean.size()),
      scratch_(mean.size()),
      base_(base) {
  if (covariance.size() != mean.size() * mean.size() || weights.size() != mean.size() ||
      mean.empty()) {
    throw std::invalid_argument(
        "covariance must be assets x assets, mean and weights one for each asset");
  }
  (void)times_covariance(weights_, pull_);
}

// out = covariance v; returns v'out.
double QuadraticGrowth::times_covariance(std::span<const double> v,
                                         std::span<double> out) const {
  const std::size_t n = mean_.size();
  std::fill(out.begin(), out.end(), 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    if (v[i] == 0.0) continue;
    const double* row = covariance_.data() + i * n;
    for (std::size_t j = 0; j < n; ++j) out[j] += v[i] * row[j];
  }
  double product = 0.0;
  for (std::size_t i = 0; i < n; ++i) product += v[i] * out[i];
  return product;
}

bool QuadraticGrowth::go_to(std::span<const Move> moves, std::span<const double> x) {
  weights_ = start_;
  extra_ = 0.0;
  for (std::size_t j = 0; j < moves.size(); ++j) {
    extra_ += moves[j].offset * x[j];
    if (moves[j].asset == kNoAsset) continue;
    weights_[static_cast<std::size_t>(moves[j].asset)] += moves[j].sign * x[j];
  }
  (void)times_covariance(weights_, pull_);
  return true;
}

double QuadraticGrowth::value() const {
  double sum = base_ + extra_;
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    sum += weights_[i] * (mean_[i] - 0.5 * pull_[i]);
  }
  return sum;
}

void QuadraticGrowth::slopes(std::span<double> by_asset, double& constant) {
  constant = 1.0;
  for (std::size_t i = 0; i < mean_.size(); ++i) by_asset[i] = mean_[i] - pull_[i];
}

void QuadraticGrowth::curvature(std::span<const std::size_t> which,
                                std::span<double> out) const {
  const std::size_t k = which.size();
  std::fill(out.begin(), out.end(), 0.0);
  for (std::size_t i = 0; i < k; ++i) {
    const double* row = covariance_.data() + which[i] * mean_.size();
    for (std::size_t j = 0; j < k; ++j) out[i * (k + 1) + j] = row[which[j]];
  }
}

double QuadraticGrowth::step_length(std::span<const Move> moves,
                                    std::span<const double> d, double gain) {
  std::vector<double> change(mean_.size());
  for (std::size_t j = 0; j < moves.size(); ++j) {
    if (moves[j].asset == kNoAsset) continue;
    change[static_cast<std::size_t>(moves[j].asset)] += moves[j].sign * d[j];
  }
  const double bend = times_covariance(change, scratch_);
  return gain > 0.0 && bend > gain ? gain / bend : 1.0;
}

}  // namespace ai_trading::stats
