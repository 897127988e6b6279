// Those who sleep until a best price is better than their own.
//
// They lie price by price, so that a touch that moves rouses a whole price at once and
// looks at nobody else.  Someone who has got up, or lies elsewhere now, may still be found
// where he lay: whoever is roused must know whether that is so.
//
// Repeatable  those at one price are roused in the order in which they lay down.
// Cost        p below is the number of prices.  add() O(log p), and O(p) where the price
//             is new; rouse() O(1) and one call for each who is found.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace ai_trading::algo {

class Sleepers {
 public:
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  // `goodness` is of a price: greater is better, on either side.
  void add(std::int64_t goodness, std::uint32_t index) {
    const auto place = std::ranges::partition_point(
        rows_, [goodness](const Row& row) { return row.goodness > goodness; });
    if (place != rows_.end() && place->goodness == goodness) {
      place->who.push_back(index);
      return;
    }
    Row& row = *rows_.insert(place, {goodness, std::exchange(spare_, {})});
    row.who.push_back(index);
  }

  // Calls `found(goodness, index)` for all whose price is worse than this, worst first.
  template <class Found>
  void rouse(std::int64_t goodness, Found&& found) {
    while (!rows_.empty() && rows_.back().goodness < goodness) {
      Row row = std::move(rows_.back());
      rows_.pop_back();
      for (const std::uint32_t index : row.who) found(row.goodness, index);
      row.who.clear();
      if (row.who.capacity() > spare_.capacity()) spare_ = std::move(row.who);
    }
  }

 private:
  struct Row {
    std::int64_t goodness;
    std::vector<std::uint32_t> who;
  };

  std::vector<Row> rows_;  // the best price first
  std::vector<std::uint32_t> spare_;
};

}  // namespace ai_trading::algo
