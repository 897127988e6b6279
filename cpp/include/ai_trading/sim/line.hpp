// A waiting line in one piece of memory: who takes from its front can see who comes
// after, and nothing is allocated once it has been as long as it gets.
//
// Cost        at the back and the front O(1) amortised; inside O(length).
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace ai_trading::sim {

template <class Row>
class Line {
 public:
  using iterator = typename std::vector<Row>::iterator;

  [[nodiscard]] bool empty() const { return first_ == rows_.size(); }
  [[nodiscard]] std::size_t size() const { return rows_.size() - first_; }
  // Counted from the front.
  [[nodiscard]] const Row& operator[](std::size_t at) const {
    return rows_[first_ + at];
  }
  [[nodiscard]] const Row& front() const { return rows_[first_]; }
  [[nodiscard]] iterator begin() {
    return rows_.begin() + static_cast<std::ptrdiff_t>(first_);
  }
  [[nodiscard]] iterator end() { return rows_.end(); }

  Row& push_back(const Row& row) {
    if (rows_.size() == rows_.capacity()) close_up();
    rows_.push_back(row);
    return rows_.back();
  }
  void insert(iterator place, const Row& row) { rows_.insert(place, row); }
  void pop_front() {
    if (++first_ < rows_.size()) return;
    rows_.clear();
    first_ = 0;
  }

 private:
  // Those who wait move up, where that makes room for as many again.
  void close_up() {
    if (first_ < rows_.size() / 2) return;
    rows_.erase(rows_.begin(), begin());
    first_ = 0;
  }

  std::vector<Row> rows_;
  std::size_t first_{};  // those before it are gone
};

}  // namespace ai_trading::sim
