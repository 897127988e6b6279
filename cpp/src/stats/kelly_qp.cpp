#include "ai_trading/stats/kelly_qp.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ai_trading::stats {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
// A slack within this is none: the variables are fractions of wealth, of order one.
constexpr double kSlack = 1e-13;
// A point this close to its active bound is put on it.
constexpr double kClose = 1e-9;
constexpr double kNothing = 1e-14;  // a direction shorter than this part of its normal

void snap(double& value, double bound) {
  if (std::abs(value - bound) <= kClose) value = bound;
}

}  // namespace

// Constraint numbers: 0 .. n-1 lower bounds, n .. 2n-1 upper bounds, then the rows.
// Each reads normal'd >= right-hand side.

QpStatus QpSolver::solve(const QuadraticProgram& p) {
  n_ = p.n;
  if (!factorise(p)) return QpStatus::not_definite;
  start(p);
  const std::size_t patience = 50 * (p.n + p.m) + 200;
  bool refined = false;
  for (std::size_t round = 0; round < patience;) {
    const Constraint worst = most_violated(p);
    if (worst.slack >= -kSlack) {
      if (!refined) {
        refine(p);
        refined = true;
        ++round;
        continue;
      }
      finish(p);
      return QpStatus::solved;
    }
    refined = false;
    const std::size_t entering = worst.index;
    double slack = worst.slack;
    double entering_dual = 0.0;
    for (;; ++round) {
      if (round >= patience) return QpStatus::stalled;
      project_normal(p, entering);
      const double along = normal_dot(p, entering, step_);
      double scale = 0.0;
      for (const double v : projected_) scale += v * v;
      double partial = kInfinite;
      std::size_t leaving = 0;
      for (std::size_t k = 0; k < active_count_; ++k) {
        if (dual_step_[k] <= 0.0) continue;
        const double until = dual_[k] / dual_step_[k];
        if (until < partial) partial = until, leaving = k;
      }
      const bool moves = along > kNothing * scale;
      const double full = moves ? -slack / along : kInfinite;
      const double length = std::min(partial, full);
      if (length == kInfinite) return QpStatus::contradictory;
      for (std::size_t k = 0; k < active_count_; ++k) {
        dual_[k] -= length * dual_step_[k];
      }
      entering_dual += length;
      if (moves) {
        for (std::size_t i = 0; i < n_; ++i) point_[i] += length * step_[i];
      }
      if (moves && full <= partial) {
        add_to_basis();
        active_[active_count_ - 1] = entering;
        dual_[active_count_ - 1] = entering_dual;
        is_active_[entering] = 1;
        ++round;
        break;
      }
      drop_from_basis(leaving);
      slack = slack_of(p, entering);
    }
  }
  return QpStatus::stalled;
}

bool QpSolver::factorise(const QuadraticProgram& p) {
  const std::size_t n = n_;
  std::vector<double> lower(p.hessian);  // becomes L, row-major
  for (std::size_t i = 0; i < n; ++i) {
    double* row = lower.data() + i * n;
    for (std::size_t j = 0; j <= i; ++j) {
      const double* other = lower.data() + j * n;
      double sum = row[j];
      for (std::size_t k = 0; k < j; ++k) sum -= row[k] * other[k];
      if (j < i) {
        row[j] = sum / other[j];
      } else {
        if (!(sum > 0.0) || !std::isfinite(sum)) return false;
        row[j] = std::sqrt(sum);
      }
    }
  }
  // J = inverse of L', whose column j is the solution of L'x = e_j: zero below j.
  basis_.assign(n * n, 0.0);
  for (std::size_t j = 0; j < n; ++j) {
    double* x = basis_.data() + j * n;
    x[j] = 1.0;
    for (std::size_t i = j + 1; i-- > 0;) {
      const double* row = lower.data() + i * n;
      x[i] /= row[i];
      const double xi = x[i];
      for (std::size_t k = 0; k < i; ++k) x[k] -= row[k] * xi;
    }
  }
  return true;
}

void QpSolver::start(const QuadraticProgram& p) {
  const std::size_t n = n_;
  active_count_ = 0;
  triangle_.assign(n * n, 0.0);
  projected_.assign(n, 0.0);
  step_.assign(n, 0.0);
  dual_step_.assign(n, 0.0);
  dual_.assign(n + 1, 0.0);
  active_.assign(n + 1, 0);
  is_active_.assign(2 * n + p.m, 0);
  prices_.assign(p.m, 0.0);
  point_.assign(n, 0.0);
  for (std::size_t j = 0; j < n; ++j) {
    const double* column = basis_.data() + j * n;
    double along = 0.0;
    for (std::size_t i = 0; i < n; ++i) along += column[i] * p.gradient[i];
    for (std::size_t i = 0; i < n; ++i) point_[i] += column[i] * along;
  }
}

double QpSolver::slack_of(const QuadraticProgram& p, std::size_t index) const {
  if (index < n_) return point_[index] - p.lower[index];
  if (index < 2 * n_) return p.upper[index - n_] - point_[index - n_];
  const double* row = p.rows.data() + (index - 2 * n_) * n_;
  double sum = 0.0;
  for (std::size_t i = 0; i < n_; ++i) sum += row[i] * point_[i];
  return p.limits[index - 2 * n_] - sum;
}

QpSolver::Constraint QpSolver::most_violated(const QuadraticProgram& p) const {
  Constraint worst{0.0, 0};
  for (std::size_t index = 0; index < is_active_.size(); ++index) {
    if (is_active_[index]) continue;
    const double slack = slack_of(p, index);
    if (slack < worst.slack) worst = {slack, index};
  }
  return worst;
}

double QpSolver::normal_dot(const QuadraticProgram& p, std::size_t index,
                            std::span<const double> v) const {
  if (index < n_) return v[index];
  if (index < 2 * n_) return -v[index - n_];
  const double* row = p.rows.data() + (index - 2 * n_) * n_;
  double sum = 0.0;
  for (std::size_t i = 0; i < n_; ++i) sum -= row[i] * v[i];
  return sum;
}

void QpSolver::project_normal(const QuadraticProgram& p, std::size_t index) {
  const std::size_t n = n_;
  for (std::size_t j = 0; j < n; ++j) {
    projected_[j] = normal_dot(p, index, {basis_.data() + j * n, n});
  }
  std::fill(step_.begin(), step_.end(), 0.0);
  for (std::size_t j = active_count_; j < n; ++j) {
    const double by = projected_[j];
    const double* column = basis_.data() + j * n;
    for (std::size_t i = 0; i < n; ++i) step_[i] += by * column[i];
  }
  for (std::size_t k = active_count_; k-- > 0;) {
    double sum = projected_[k];
    for (std::size_t j = k + 1; j < active_count_; ++j) {
      sum -= triangle_[j * n + k] * dual_step_[j];
    }
    dual_step_[k] = sum / triangle_[k * n + k];
  }
}

void QpSolver::rotate_columns(std::size_t i, std::size_t j, double c, double s) {
  double* a = basis_.data() + i * n_;
  double* b = basis_.data() + j * n_;
  for (std::size_t k = 0; k < n_; ++k) {
    const double u = a[k];
    const double v = b[k];
    a[k] = c * u + s * v;
    b[k] = c * v - s * u;
  }
}

void QpSolver::add_to_basis() {
  for (std::size_t j = n_ - 1; j > active_count_; --j) {
    if (projected_[j] == 0.0) continue;
    const double u = projected_[j - 1];
    const double v = projected_[j];
    const double length = std::hypot(u, v);
    projected_[j - 1] = length;
    projected_[j] = 0.0;
    rotate_columns(j - 1, j, u / length, v / length);
  }
  for (std::size_t k = 0; k <= active_count_; ++k) {
    triangle_[active_count_ * n_ + k] = projected_[k];
  }
  ++active_count_;
}

void QpSolver::drop_from_basis(std::size_t position) {
  is_active_[active_[position]] = 0;
  for (std::size_t k = position; k + 1 < active_count_; ++k) {
    active_[k] = active_[k + 1];
    dual_[k] = dual_[k + 1];
    for (std::size_t i = 0; i <= k + 1; ++i) {
      triangle_[k * n_ + i] = triangle_[(k + 1) * n_ + i];
    }
  }
  --active_count_;
  for (std::size_t k = position; k < active_count_; ++k) {
    const double u = triangle_[k * n_ + k];
    const double v = triangle_[k * n_ + k + 1];
    if (v == 0.0) continue;
    const double length = std::hypot(u, v);
    const double c = u / length;
    const double s = v / length;
    triangle_[k * n_ + k] = length;
    triangle_[k * n_ + k + 1] = 0.0;
    for (std::size_t j = k + 1; j < active_count_; ++j) {
      double& above = triangle_[j * n_ + k];
      double& below = triangle_[j * n_ + k + 1];
      const double was = above;
      above = c * was + s * below;
      below = c * below - s * was;
    }
    rotate_columns(k, k + 1, c, s);
  }
}

// Takes back what rounding did on a long way from the start: twice, the residuals of the
// active constraints and of the slopes are put through the factors once more.
void QpSolver::refine(const QuadraticProgram& p) {
  const std::size_t n = n_;
  const std::size_t q = active_count_;
  std::vector<double> slope(n);
  std::vector<double> along(n);
  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t k = 0; k < q; ++k) {  // R'y = -slack
      double sum = -slack_of(p, active_[k]);
      for (std::size_t j = 0; j < k; ++j) sum -= triangle_[k * n + j] * along[j];
      along[k] = sum / triangle_[k * n + k];
    }
    for (std::size_t i = 0; i < n; ++i) {
      const double* row = p.hessian.data() + i * n;
      double sum = p.gradient[i];
      for (std::size_t j = 0; j < n; ++j) sum -= row[j] * point_[j];
      slope[i] = sum;
    }
    for (std::size_t k = 0; k < q; ++k) add_normal(p, active_[k], dual_[k], slope);
    for (std::size_t j = 0; j < n; ++j) {
      const double* column = basis_.data() + j * n;
      double sum = 0.0;
      for (std::size_t i = 0; i < n; ++i) sum += column[i] * slope[i];
      if (j < q) {
        projected_[j] = along[j] - sum;
      } else {
        along[j] = sum;
      }
    }
    for (std::size_t j = 0; j < n; ++j) {
      const double* column = basis_.data() + j * n;
      for (std::size_t i = 0; i < n; ++i) point_[i] += along[j] * column[i];
    }
    for (std::size_t k = q; k-- > 0;) {
      double sum = projected_[k];
      for (std::size_t j = k + 1; j < q; ++j) {
        sum -= triangle_[j * n + k] * dual_step_[j];
      }
      dual_step_[k] = sum / triangle_[k * n + k];
      dual_[k] = std::max(dual_[k] + dual_step_[k], 0.0);
    }
  }
}

void QpSolver::add_normal(const QuadraticProgram& p, std::size_t index, double times,
                          std::span<double> to) const {
  if (index < n_) {
    to[index] += times;
  } else if (index < 2 * n_) {
    to[index - n_] -= times;
  } else {
    const double* row = p.rows.data() + (index - 2 * n_) * n_;
    for (std::size_t i = 0; i < n_; ++i) to[i] -= times * row[i];
  }
}

void QpSolver::finish(const QuadraticProgram& p) {
  for (std::size_t k = 0; k < active_count_; ++k) {
    const std::size_t index = active_[k];
    if (index < n_) {
      snap(point_[index], p.lower[index]);
    } else if (index < 2 * n_) {
      snap(point_[index - n_], p.upper[index - n_]);
    } else {
      prices_[index - 2 * n_] = std::max(dual_[k], 0.0);
    }
  }
}

}  // namespace ai_trading::stats
