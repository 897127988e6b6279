// Parents: orders that no venue sees, worked by their children.
//
// Units       as everywhere.  Invariant, after every call to the desk:
//             filled + working + shortfall = quantity, none of them negative unless a
//             venue overfilled.
#pragma once

#include <cstdint>
#include <type_traits>

#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/base/units.hpp"

namespace ai_trading::desk {

using ParentId = std::uint64_t;
using ClientId = std::uint64_t;

struct NewParent {
  InstrumentIndex instrument{};
  Side side{};
  Lots quantity;
  ParentId outer{};  // the parent's own parent; 0 where there is none
  std::uint16_t strategy{};
  ClientId client{};  // 0: none
};

// The last state of one parent.
struct ParentRecord {
  std::uint64_t parent_id;
  std::uint64_t outer_id;  // 0 where there is none
  std::int64_t opened;
  std::int64_t done;  // 0 while it works
  std::int64_t quantity;
  std::int64_t filled;
  std::int64_t filled_value;  // sum of price x quantity of its fills, tick-lots
  std::int64_t fee;
  std::int64_t working;       // open parts of its children
  std::int64_t allocated;     // to inner parents, less what they gave back
  std::uint64_t first_child;  // order ids; 0 where there is none
  std::uint64_t last_child;
  std::uint32_t children;
  std::uint32_t instrument;
  std::uint8_t side;
  std::uint8_t status;
  std::uint16_t strategy;
  std::uint32_t reserved;

  [[nodiscard]] std::int64_t shortfall() const { return quantity - filled - working; }
};

static_assert(sizeof(ParentRecord) == 112 &&
              std::is_trivially_copyable_v<ParentRecord>);

}  // namespace ai_trading::desk
