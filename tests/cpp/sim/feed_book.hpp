// The displayed book of one instrument as its public feed tells it: a map of orders.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "ai_trading/base/units.hpp"
#include "ai_trading/feed/records.hpp"

namespace ai_trading::sim {

using feed::Event;
using feed::EventKind;

using Touch = std::array<std::optional<Ticks>, 2>;

// A trade as it was printed.
struct Print {
  Side side{};  // the resting order's
  Ticks price;
  std::int64_t quantity{};
  std::uint64_t match{};
  bool shown{};
};

class FeedBook {
 public:
  [[nodiscard]] std::optional<Print> print(const Event& e) const {
    const auto kind = static_cast<EventKind>(e.kind);
    if (kind != EventKind::execute && kind != EventKind::trade) return std::nullopt;
    const bool shown = kind == EventKind::execute;
    return Print{static_cast<Side>(e.side),
                 shown ? orders_.at(e.order_id).price : Ticks{e.price}, e.quantity,
                 e.aux, shown};
  }
  void apply(const Event& e) {
    switch (static_cast<EventKind>(e.kind)) {
      case EventKind::add:
        orders_[e.order_id] = {static_cast<Side>(e.side), Ticks{e.price}, e.quantity};
        return;
      case EventKind::execute:
      case EventKind::reduce: {
        std::int64_t& left = orders_.at(e.order_id).left;
        left -= e.quantity;
        if (left == 0) orders_.erase(e.order_id);
        return;
      }
      case EventKind::remove:
        orders_.erase(e.order_id);
        return;
      case EventKind::replace: {
        const Side side = orders_.at(e.order_id).side;
        orders_.erase(e.order_id);
        orders_[e.aux] = {side, Ticks{e.price}, e.quantity};
        return;
      }
      default:
        return;
    }
  }
  [[nodiscard]] Touch touch() const { return {best(Side::buy), best(Side::sell)}; }

 private:
  struct Row {
    Side side{};
    Ticks price;
    std::int64_t left{};
  };
  [[nodiscard]] std::optional<Ticks> best(Side side) const {
    std::optional<Ticks> found;
    for (const auto& [id, row] : orders_)
      if (row.side == side && (!found || better(side, row.price, *found)))
        found = row.price;
    return found;
  }
  std::map<OrderId, Row> orders_;
};

}  // namespace ai_trading::sim
