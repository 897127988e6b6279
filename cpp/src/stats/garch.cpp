#include "ai_trading/stats/garch.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels.hpp"

namespace ai_trading::stats {

namespace {

constexpr std::size_t kBlock = 256;

struct Start {
  double variance;
  double slope;  // by the mean
};

Start begin(std::span<const double> returns, const Garch& model, double start) {
  if (start > 0.0) return {start, 0.0};
  double first = 0.0, second = 0.0;
  for (std::size_t i = 0; i < returns.size(); i += kBlock) {
    kernels().distances(returns.data() + i, std::min(kBlock, returns.size() - i),
                        model.mean, first, second);
  }
  const double n = static_cast<double>(returns.size());
  return {second / n, -2.0 * first / n};
}

}  // namespace

double garch_likelihood(std::span<const double> returns, const Garch& model,
                        double start) {
  const double typical = begin(returns, model, start).variance;
  double h = model.omega + (model.alpha + model.beta) * typical;
  const GarchStep by{model.mean, model.omega, model.alpha, model.beta};
  double total = 0.0;
  for (std::size_t i = 0; i < returns.size(); i += kBlock) {
    total += kernels().garch_terms(
        returns.data() + i, std::min(kBlock, returns.size() - i), by, 1.0 / typical, h);
  }
  const double n = static_cast<double>(returns.size());
  return -0.5 * (total + n * std::log(2.0 * std::numbers::pi * typical));
}

double garch_slopes(std::span<const double> returns, const Garch& model, double start,
                    GarchSlopes& slopes, std::span<double> scores) {
  const Start first = begin(returns, model, start);
  const double v = first.variance;
  double h = model.omega + (model.alpha + model.beta) * v;
  Pack by = {(model.alpha + model.beta) * first.slope, 1.0, v, v};
  Pack total{};
  double ratios = 0.0, logs = 0.0, product = 1.0;
  const double scale = 1.0 / v;
  for (std::size_t i = 0; i < returns.size(); ++i) {
    const double e = returns[i] - model.mean;
    const double e2 = e * e;
    const double inverse = 1.0 / h;
    ratios += e2 * inverse;
    product *= h * scale;
    if (i % 8 == 7) {
      logs += std::log(product);
      product = 1.0;
    }
    const Pack own = {e * inverse, 0.0, 0.0, 0.0};
    const Pack score = own + by * (0.5 * (e2 * inverse - 1.0) * inverse);
    if (!scores.empty()) store(scores.data() + 4 * i, score);
    total += score;
    const Pack fresh = {-2.0 * model.alpha * e, 1.0, e2, h};
    by = fresh + by * model.beta;
    h = (model.omega + model.alpha * e2) + model.beta * h;
  }
  logs += std::log(product);
  for (std::size_t k = 0; k < 4; ++k) slopes[k] = total[k];
  const double n = static_cast<double>(returns.size());
  return -0.5 * (ratios + logs + n * std::log(2.0 * std::numbers::pi * v));
}

void garch_variances(std::span<const double> returns, const Garch& model, double start,
                     std::span<double> out) {
  const double v = begin(returns, model, start).variance;
  double h = model.omega + (model.alpha + model.beta) * v;
  for (std::size_t i = 0; i < returns.size(); ++i) {
    out[i] = h;
    const double e = returns[i] - model.mean;
    h = (model.omega + model.alpha * e * e) + model.beta * h;
  }
  out[returns.size()] = h;
}

}  // namespace ai_trading::stats
