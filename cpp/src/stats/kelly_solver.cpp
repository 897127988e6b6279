#include "ai_trading/stats/kelly_solver.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "ai_trading/stats/kelly_qp.hpp"

namespace ai_trading::stats {
namespace {

constexpr std::size_t kFirstCandidates = 16;
// Added to the curvature, as a part of its mean diagonal, so that assets which move
// alike leave a definite program. The optimum is the same: only the way there bends.
constexpr double kRidge = 1e-9;
constexpr double kMostRidge = 1e-3;
constexpr int kIdleRounds = 8;
constexpr double kNoStep = 1e-16;  // of wealth: the noise of rounding

template <class Growth>
class Ascent {
 public:
  Ascent(Growth& growth, const GrowthLimits& limits)
      : growth_(growth),
        limits_(limits),
        n_(limits.moves.size()),
        m_(limits.limits.size()),
        x_(limits.start),
        prices_(m_),
        by_asset_(growth.assets()),
        slopes_(n_),
        reduced_(n_),
        direction_(n_),
        at_work_(n_) {
    if (limits.rows.size() != n_ * m_ || limits.start.size() != n_) {
      throw std::invalid_argument(
          "rows must be limits x moves, and start one amount for each move");
    }
    for (const Move& move : limits.moves) {
      if (move.asset != kNoAsset &&
          (move.asset < 0 || static_cast<std::size_t>(move.asset) >= growth.assets())) {
        throw std::invalid_argument("a move names an asset that is not there");
      }
    }
  }

  GrowthSolution run(double tolerance, std::size_t rounds) {
    if (!growth_.go_to(limits_.moves, x_)) {
      throw std::invalid_argument("at the start a scenario leaves no wealth");
    }
    GrowthSolution best;
    best.gap = std::numeric_limits<double>::infinity();
    std::size_t candidates = kFirstCandidates;
    double ridge = kRidge;
    for (std::size_t round = 0; round < rounds; ++round) {
      best.rounds = round;
      look_around();
      const double gap = price_and_gap();
      if (gap < best.gap) {
        best.gap = gap;
        best.amounts = x_;
        best.prices = prices_;
      }
      if (gap <= tolerance) break;
      choose(candidates);
      candidates *= 2;
      while (qp_.solve(program(ridge)) != QpStatus::solved) {
        ridge *= 100.0;
        if (ridge > kMostRidge) return finished(best, tolerance);
      }
      if (!advance()) break;
    }
    return finished(best, tolerance);
  }

 private:
  // Slopes of the moves at x.
  void look_around() {
    double constant = 0.0;
    growth_.slopes(by_asset_, constant);
    for (std::size_t j = 0; j < n_; ++j) {
      const Move& move = limits_.moves[j];
      const double of_asset =
          move.asset == kNoAsset
              ? 0.0
              : move.sign * by_asset_[static_cast<std::size_t>(move.asset)];
      slopes_[j] = of_asset + move.offset * constant - move.price;
    }
  }

  double price_and_gap() {
    reduced_ = slopes_;
    double gap = 0.0;
    for (std::size_t k = 0; k < m_; ++k) {
      const double* row = limits_.rows.data() + k * n_;
      double used = 0.0;
      for (std::size_t j = 0; j < n_; ++j) used += row[j] * x_[j];
      room_.resize(m_);
      room_[k] = std::max(limits_.limits[k] - used, 0.0);
      gap += prices_[k] * room_[k];
      if (prices_[k] == 0.0) continue;
      for (std::size_t j = 0; j < n_; ++j) reduced_[j] -= prices_[k] * row[j];
    }
    for (std::size_t j = 0; j < n_; ++j) {
      const double r = reduced_[j];
      gap += r > 0.0 ? r * (limits_.moves[j].upper - x_[j]) : -r * x_[j];
    }
    return gap;
  }

  // The moves at work: those that were before, those in use, and the steepest others, at
  // most `candidates`. Who has come stays, since prices change from round to round and
  // two programs could send each other's moves away for ever.
  void choose(std::size_t candidates) {
    chosen_.clear();
    waiting_.clear();
    for (std::size_t j = 0; j < n_; ++j) {
      const double upper = limits_.moves[j].upper;
      if (upper <= 0.0) continue;
      const bool at_top = x_[j] >= upper && reduced_[j] >= 0.0;
      if (at_work_[j] || (x_[j] > 0.0 && !at_top)) {
        chosen_.push_back(j);
      } else if (x_[j] == 0.0 && reduced_[j] > 0.0) {
        waiting_.push_back(j);
      }
    }
    if (waiting_.size() > candidates) {
      std::stable_sort(
          waiting_.begin(), waiting_.end(),
          [&](std::size_t a, std::size_t b) { return reduced_[a] > reduced_[b]; });
      waiting_.resize(candidates);
    }
    chosen_.insert(chosen_.end(), waiting_.begin(), waiting_.end());
    std::sort(chosen_.begin(), chosen_.end());
    for (const std::size_t j : chosen_) at_work_[j] = 1;
  }

  const QuadraticProgram& program(double ridge) {
    const std::size_t k = chosen_.size();
    curvature_of_assets();
    const std::size_t width = assets_.size() + 1;
    program_.n = k;
    program_.m = m_;
    program_.hessian.resize(k * k);
    program_.gradient.resize(k);
    program_.lower.resize(k);
    program_.upper.resize(k);
    program_.rows.resize(m_ * k);
    program_.limits = room_;
    double diagonal = 0.0;
    for (std::size_t a = 0; a < k; ++a) {
      const Move& one = limits_.moves[chosen_[a]];
      const double* row = curvature_.data() + place_[a] * width;
      const double* last = curvature_.data() + (width - 1) * width;
      const double touches = one.asset == kNoAsset ? 0.0 : one.sign;
      for (std::size_t b = 0; b <= a; ++b) {
        const Move& two = limits_.moves[chosen_[b]];
        const double also = two.asset == kNoAsset ? 0.0 : two.sign;
        const double bend = touches * also * row[place_[b]] +
                            touches * two.offset * row[width - 1] +
                            one.offset * also * last[place_[b]] +
                            one.offset * two.offset * last[width - 1];
        program_.hessian[a * k + b] = bend;
        program_.hessian[b * k + a] = bend;
      }
      diagonal += program_.hessian[a * k + a];
    }
    // In units in which the curvature is about one.
    scale_ = diagonal > 0.0 ? diagonal / static_cast<double>(k) : 1.0;
    for (double& value : program_.hessian) value /= scale_;
    for (std::size_t a = 0; a < k; ++a) {
      const std::size_t j = chosen_[a];
      program_.hessian[a * k + a] += ridge;
      // A move that touches no asset bends nothing. One that its price drives down is
      // bent so that a whole step takes it to 0 and no further than twice that.
      if (limits_.moves[j].asset == kNoAsset && limits_.moves[j].price > 0.0 &&
          x_[j] > 0.0) {
        program_.hessian[a * k + a] += limits_.moves[j].price / (2.0 * x_[j] * scale_);
      }
      program_.gradient[a] = slopes_[j] / scale_;
      program_.lower[a] = -x_[j];
      program_.upper[a] = limits_.moves[j].upper - x_[j];
      for (std::size_t r = 0; r < m_; ++r) {
        program_.rows[r * k + a] = limits_.rows[r * n_ + j];
      }
    }
    return program_;
  }

  void curvature_of_assets() {
    assets_.clear();
    for (const std::size_t j : chosen_) {
      if (limits_.moves[j].asset != kNoAsset) {
        assets_.push_back(static_cast<std::size_t>(limits_.moves[j].asset));
      }
    }
    std::sort(assets_.begin(), assets_.end());
    assets_.erase(std::unique(assets_.begin(), assets_.end()), assets_.end());
    place_.resize(chosen_.size());
    for (std::size_t a = 0; a < chosen_.size(); ++a) {
      const std::int64_t asset = limits_.moves[chosen_[a]].asset;
      place_[a] = asset == kNoAsset
                      ? assets_.size()
                      : static_cast<std::size_t>(
                            std::lower_bound(assets_.begin(), assets_.end(),
                                             static_cast<std::size_t>(asset)) -
                            assets_.begin());
    }
    curvature_.resize((assets_.size() + 1) * (assets_.size() + 1));
    growth_.curvature(assets_, curvature_);
  }

  // Goes where the program points; false where that leads nowhere.
  bool advance() {
    std::fill(direction_.begin(), direction_.end(), 0.0);
    double gain = 0.0;
    bool any = false;
    for (std::size_t a = 0; a < chosen_.size(); ++a) {
      direction_[chosen_[a]] = qp_.point()[a];
      gain += slopes_[chosen_[a]] * qp_.point()[a];
      any = any || std::abs(qp_.point()[a]) > kNoStep;
    }
    for (std::size_t r = 0; r < m_; ++r) prices_[r] = qp_.prices()[r] * scale_;
    // No step, or one that is the noise of rounding: prices may still have changed, and
    // with them who is at work, but not for ever.
    idle_ = any && gain > 0.0 ? 0 : idle_ + 1;
    if (idle_ >= kIdleRounds) return false;
    if (!any) return true;
    const double length = growth_.step_length(limits_.moves, direction_, gain);
    for (std::size_t a = 0; a < chosen_.size(); ++a) {
      const std::size_t j = chosen_[a];
      const double upper = limits_.moves[j].upper;
      const double step = qp_.point()[a];
      // At a bound exactly, not one rounding beside it.
      const double to = length == 1.0 && step == -x_[j] ? 0.0
                        : length == 1.0 && step == upper - x_[j]
                            ? upper
                            : x_[j] + length * step;
      x_[j] = std::clamp(to, 0.0, upper);
    }
    return growth_.go_to(limits_.moves, x_);
  }

  GrowthSolution finished(GrowthSolution& best, double tolerance) {
    if (best.amounts.empty()) best.amounts = x_;
    (void)growth_.go_to(limits_.moves, best.amounts);
    best.value = growth_.value();
    for (std::size_t j = 0; j < n_; ++j) {
      best.value -= limits_.moves[j].price * best.amounts[j];
    }
    best.status = best.gap <= tolerance ? GrowthStatus::solved : GrowthStatus::stalled;
    return best;
  }

  Growth& growth_;
  const GrowthLimits& limits_;
  std::size_t n_;
  std::size_t m_;
  std::vector<double> x_;
  std::vector<double> prices_;
  std::vector<double> by_asset_;
  std::vector<double> slopes_;
  std::vector<double> reduced_;
  std::vector<double> direction_;
  std::vector<double> room_;
  std::vector<double> curvature_;
  std::vector<std::size_t> chosen_;
  std::vector<std::size_t> waiting_;
  std::vector<char> at_work_;
  std::vector<std::size_t> assets_;
  std::vector<std::size_t> place_;
  QuadraticProgram program_;
  QpSolver qp_;
  double scale_{1.0};
  int idle_{};
};

}  // namespace

GrowthSolution maximise(LogGrowth& growth, const GrowthLimits& limits, double tolerance,
                        std::size_t rounds) {
  return Ascent<LogGrowth>(growth, limits).run(tolerance, rounds);
}

GrowthSolution maximise(QuadraticGrowth& growth, const GrowthLimits& limits,
                        double tolerance, std::size_t rounds) {
  return Ascent<QuadraticGrowth>(growth, limits).run(tolerance, rounds);
}

}  // namespace ai_trading::stats
