// The resting orders of nobody in particular, to draw one from.
//
// Orders that were executed stay in the list until they are drawn, so that no second index
// of ids is needed.
//
// Cost  O(1) on average while no more of them are gone than stand.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/venue/flow_stage.hpp"

namespace ai_trading::venue {

class Crowd {
 public:
  void add(OrderId id) { ids_.push_back(id); }
  // One of them was executed, or canceled without having been drawn.
  void lost() { ++gone_; }
  [[nodiscard]] double live() const { return static_cast<double>(ids_.size() - gone_); }
  [[nodiscard]] bool empty() const { return ids_.size() == gone_; }
  [[nodiscard]] const std::vector<OrderId>& ids() const { return ids_; }
  void clear() {
    ids_.clear();
    gone_ = 0;
  }
  // Forgets who is gone, after an auction in which nobody was followed.  O(orders).
  void recount(const FlowStage& stage) {
    std::erase_if(ids_, [&](OrderId id) { return !stage.books().order(id); });
    gone_ = 0;
  }

  // One at random, taken out of the list; 0 where nobody is left.
  OrderId draw(Rng& rng, const FlowStage& stage) {
    while (!ids_.empty()) {
      OrderId& slot = ids_[rng.below(ids_.size())];
      const OrderId id = std::exchange(slot, ids_.back());
      ids_.pop_back();
      if (stage.books().order(id)) return id;
      --gone_;
    }
    return 0;
  }

 private:
  std::vector<OrderId> ids_;
  std::size_t gone_{};
};

}  // namespace ai_trading::venue
