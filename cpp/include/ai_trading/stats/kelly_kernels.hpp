// Sums over scenarios, as the growth solver needs them.
//
// Columns are padded with zeros to a whole number of lanes, so no loop has a tail. Every
// sum is taken in eight lanes that are added in a fixed order, and products are not fused
// into sums: the result is the same on every processor, however wide its registers are.
//
// Units       none: returns are fractions, weights of scenarios are probabilities.
// Threads     pure functions.
// Cost        n is the number of columns, t the number of scenarios.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ai_trading::stats {

inline constexpr std::size_t kLanes = 8;

[[nodiscard]] constexpr std::size_t padded(std::size_t scenarios) {
  return (scenarios + kLanes - 1) / kLanes * kLanes;
}

// Columns of equal length, each contiguous.
class Columns {
 public:
  Columns() = default;
  Columns(std::size_t count, std::size_t length)
      : count_(count), length_(length), values_(count * length) {}

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t length() const { return length_; }
  [[nodiscard]] const double* operator[](std::size_t i) const {
    return values_.data() + i * length_;
  }
  [[nodiscard]] double* operator[](std::size_t i) {
    return values_.data() + i * length_;
  }
  // Makes room for `count` columns and keeps the memory; the values are not cleared.
  void resize(std::size_t count, std::size_t length) {
    count_ = count;
    length_ = length;
    if (values_.size() < count * length) values_.resize(count * length);
  }

 private:
  std::size_t count_{};
  std::size_t length_{};
  std::vector<double> values_;
};

// Turns rows of one scenario each (t x n) into padded columns of one asset each.  O(nt).
[[nodiscard]] Columns columns_from_rows(std::span<const double> rows, std::size_t n);

// out[i] = sum over t of weights[t] * column i[t].  O(nt).
void weighted_sums(const Columns& columns, std::span<const double> weights,
                   std::span<double> out);

// out[t] += sum over k of amounts[k] * column which[k][t].  O(kt).
void add_columns(const Columns& columns, std::span<const std::size_t> which,
                 std::span<const double> amounts, std::span<double> out);

// out = the products of all pairs of columns, row-major and symmetric.  O(n^2 t / 2).
void gram(const Columns& columns, std::span<double> out);

// column `to`[t] = column `from`[t] * factors[t].  O(t).
void scale_column(const double* from, std::span<const double> factors, double* to);

}  // namespace ai_trading::stats
