// A small dense quadratic program with bounds and rows, by the dual active-set method.
//
//     minimise  1/2 d'Hd - c'd   subject to   lower <= d <= upper,   A d <= b
//
// H must be positive definite. The method starts at the unbounded optimum and adds one
// violated constraint after the other (D. Goldfarb and A. Idnani, "A numerically stable
// dual method for solving strictly convex quadratic programs", Mathematical Programming
// 27, 1983), so it needs no feasible start and recognises limits that contradict
// each other. Infinite bounds are allowed.
//
// Repeatable  the most violated constraint enters, ties by lowest number.
// Threads     each object alone.
// Cost        n^3/2 to begin, then about 4 n^2 for every constraint that enters or leaves.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ai_trading::stats {

struct QuadraticProgram {
  std::size_t n{};               // variables
  std::size_t m{};               // rows of A
  std::vector<double> hessian;   // n x n, row-major, symmetric
  std::vector<double> gradient;  // c
  std::vector<double> lower;     // n
  std::vector<double> upper;     // n
  std::vector<double> rows;      // m x n, row-major
  std::vector<double> limits;    // b
};

enum class QpStatus { solved, contradictory, not_definite, stalled };

class QpSolver {
 public:
  // Leaves `point` and `prices` at the optimum if the answer is `solved`.
  [[nodiscard]] QpStatus solve(const QuadraticProgram& program);

  [[nodiscard]] std::span<const double> point() const { return point_; }
  // Multipliers of the rows, not negative; 0 where a row does not bind.
  [[nodiscard]] std::span<const double> prices() const { return prices_; }

 private:
  struct Constraint {
    double slack;  // below 0: violated
    std::size_t index;
  };
  bool factorise(const QuadraticProgram& p);
  void start(const QuadraticProgram& p);
  [[nodiscard]] Constraint most_violated(const QuadraticProgram& p) const;
  [[nodiscard]] double slack_of(const QuadraticProgram& p, std::size_t index) const;
  void project_normal(const QuadraticProgram& p, std::size_t index);
  void add_to_basis();
  void drop_from_basis(std::size_t position);
  void rotate_columns(std::size_t i, std::size_t j, double c, double s);
  void refine(const QuadraticProgram& p);
  void add_normal(const QuadraticProgram& p, std::size_t index, double times,
                  std::span<double> to) const;
  void finish(const QuadraticProgram& p);
  [[nodiscard]] double normal_dot(const QuadraticProgram& p, std::size_t index,
                                  std::span<const double> v) const;

  std::size_t n_{};
  std::size_t active_count_{};
  std::vector<double> basis_;      // J, column by column: basis_[j * n + i]
  std::vector<double> triangle_;   // R, column by column
  std::vector<double> projected_;  // J'n of the entering constraint
  std::vector<double> step_;       // z, the direction in the variables
  std::vector<double> dual_step_;  // r, the direction in the multipliers
  std::vector<double> dual_;
  std::vector<std::size_t> active_;
  std::vector<char> is_active_;
  std::vector<double> point_;
  std::vector<double> prices_;
};

}  // namespace ai_trading::stats
