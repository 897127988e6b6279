// The two things a growth portfolio may maximise: mean log wealth over scenarios, and
// its quadratic approximation.
//
// Both are concave functions of the amounts x of *moves*. A move buys or sells one asset
// away from the holdings at the start: it changes the asset's weight by `sign` times the
// amount, and wealth, in every scenario, by `offset` times the amount besides (what cash
// would have earned, and costs).
//
// Units       wealth as a multiple of what it is now; weights as fractions of it.
// Threads     each object alone.
// Cost        n assets, t scenarios, k assets that take part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ai_trading/stats/kelly_kernels.hpp"

namespace ai_trading::stats {

struct Move {
  std::int64_t asset{};  // kNoAsset: the move touches no asset
  double sign{1.0};
  double offset{};
  double upper{};  // amounts lie between 0 and this
  double price{};  // what an amount of 1 costs the objective itself
};

inline constexpr std::int64_t kNoAsset = -1;

// f(x) = sum over t of p_t log(base_t + moves).
class LogGrowth {
 public:
  // `returns` is t x n by rows. Empty probabilities: all alike. What does not fit
  // together throws std::invalid_argument.
  LogGrowth(std::span<const double> returns, std::size_t n,
            std::span<const double> probabilities, std::span<const double> base);

  [[nodiscard]] std::size_t assets() const { return returns_.count(); }
  // Goes to the amounts x; false where a scenario would leave no wealth.  O(kt).
  [[nodiscard]] bool go_to(std::span<const Move> moves, std::span<const double> x);
  [[nodiscard]] double value() const;
  // Slopes by asset, and by wealth added in every scenario (`constant`).  O(nt).
  void slopes(std::span<double> by_asset, double& constant);
  // Curvature, negated, among the assets named and the constant, which comes last:
  // (k+1) x (k+1), row-major.  O(k^2 t / 2).
  void curvature(std::span<const std::size_t> which, std::span<double> out);
  // The length of a step along d, at most 1, that grows f and ruins no scenario; `gain`
  // is the slope along d.
  [[nodiscard]] double step_length(std::span<const Move> moves,
                                   std::span<const double> d, double gain);

 private:
  void change(std::span<const Move> moves, std::span<const double> x,
              std::span<double> out);

  Columns returns_;
  Columns scaled_;
  std::size_t scenarios_{};
  std::vector<double> probability_;  // padded with 0
  std::vector<double> root_;         // of the probabilities
  std::vector<double> base_;         // padded with 1
  std::vector<double> wealth_;
  std::vector<double> scratch_;
  std::vector<double> amounts_;
  std::vector<double> by_asset_;
  std::vector<std::size_t> which_;
};

// f(x) = base + mean'w - 1/2 w'covariance w, with w the weights after the moves.
class QuadraticGrowth {
 public:
  QuadraticGrowth(std::span<const double> mean, std::span<const double> covariance,
                  std::span<const double> weights, double base);

  [[nodiscard]] std::size_t assets() const { return mean_.size(); }
  [[nodiscard]] bool go_to(std::span<const Move> moves, std::span<const double> x);
  [[nodiscard]] double value() const;
  void slopes(std::span<double> by_asset, double& constant);
  void curvature(std::span<const std::size_t> which, std::span<double> out) const;
  [[nodiscard]] double step_length(std::span<const Move> moves,
                                   std::span<const double> d, double gain);

 private:
  [[nodiscard]] double times_covariance(std::span<const double> v,
                                        std::span<double> out) const;

  std::vector<double> mean_;
  std::vector<double> covariance_;
  std::vector<double> start_;
  std::vector<double> weights_;
  std::vector<double> pull_;  // covariance times weights
  std::vector<double> scratch_;
  double base_;
  double extra_{};  // wealth the moves add in every scenario
};

}  // namespace ai_trading::stats
