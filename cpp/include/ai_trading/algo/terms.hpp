// What a parent order asks for, and the words between it and whoever sends its children.
//
// Units       ticks, lots, UTC nanoseconds; rates in millionths of the volume seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/base/reject.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/schedule/curve.hpp"

namespace ai_trading::algo {

using ParentId = std::uint64_t;

// How a parent is worked.  Stored in records: append, never renumber.
enum class Algorithm : std::uint8_t {
  twap = 0,       // evenly in time
  vwap = 1,       // along a volume curve
  pov = 2,        // a share of the volume seen
  shortfall = 3,  // early, along the Almgren-Chriss trajectory
  arrival = 4,    // the same, its urgency alone said
  close = 5,      // late, the same trajectory in reverse
  iceberg = 6,    // one displayed piece after the other at one price
  seek = 7,       // only where the other side offers enough at a small spread
};

// What becomes of the rest at the end.
enum class Completion : std::uint8_t {
  report = 0,  // it is not traded, and reported as shortfall
  cross = 1,  // it is sent across the spread; what limit, participation and book do not
              // let trade is reported
};

struct Terms {
  // What every look at a parent reads comes first: two lines of a cache.
  InstrumentIndex instrument{};
  Side side{};
  Algorithm algorithm{};
  std::uint16_t strategy{};
  Lots quantity;
  Nanos start;
  Nanos end;
  Nanos review{5'000'000'000};  // how often a waiting child is looked at again
  std::optional<Ticks> limit;   // no child trades beyond it
  std::optional<Ticks> would;   // where the other side is this good, schedule or not
  std::int64_t min_participation{};  // below it, it crosses; 0: none
  std::int64_t max_participation{};  // filled + working never pass it; 0: none
  std::int64_t urgency = 500'000;  // 0 waits a whole slice before it crosses, 1e6 none
  Lots min_child{1};               // no smaller child, but for the last of a parent
  Lots max_child;                  // no larger one; 0: none
  Nanos interval{60'000'000'000};  // of slices, and of pov's patience
  Completion completion = Completion::cross;
  bool adaptive{};  // vwap and shortfall: follow the volume seen

  std::int64_t rate = 100'000;  // pov
  std::int64_t auction{};  // close: part left for the closing auction, in millionths
  Ticks price_step{1};
  Lots round{1};         // slices are multiples of it
  std::size_t slices{};  // 0: one per `interval`
  double jitter{};       // of twap's slices and iceberg's pieces, 0 .. 1
  std::uint64_t seed{};
  double k{};  // kappa T of shortfall, arrival and close
  // shortfall and arrival: the gain, as a fraction of the arrival price, at which risk
  // is avoided at any cost; 0: prices change nothing.
  double satiation{};
  Lots display;      // iceberg
  Ticks max_spread;  // seek; 0: any
  Lots min_touch;    // seek: what the other side must show
  std::optional<schedule::VolumeForecast> forecast;  // vwap, adaptive

  // Throws std::invalid_argument and names the field.
  void check() const;
};

// The market as the desk sees it; a quantity of zero says that a side is missing.
struct Market {
  Ticks bid, ask, last;
  Lots bid_quantity, ask_quantity;
  bool has_last{};
  bool closing_auction{};  // the venue has one, and takes orders for it

  [[nodiscard]] bool two_sided() const {
    return bid_quantity.n > 0 && ask_quantity.n > 0;
  }
};

// What the market traded since its recording began.
struct Tape {
  Lots volume;
  TickLots value;
};

// What a parent wants done with its child.
struct Action {
  enum class Kind : std::uint8_t { none, submit, replace, cancel };
  Kind kind{};
  OrderType type{};
  TimeInForce time_in_force{};
  OrderId child{};  // of replace and cancel
  Ticks price;
  Lots quantity;  // of the whole child, what it filled included
};

// What came of the part that was left for the closing auction.
enum class Auction : std::uint8_t {
  none = 0,     // nothing was to be left for it, or its time has not come
  sent = 1,     // an at-the-close order was sent
  absent = 2,   // the venue has none: all was scheduled before the end
  refused = 3,  // the venue refused the order: the rest went by `completion`
};

// A child as the desk knows it now.
struct Child {
  OrderId id{};
  OrderStatus status{};
  Reject reason{};
  Ticks price;
  Lots quantity;
  Lots filled;
  TickLots filled_value;
};

// The state of one parent, as it leaves the core.  Prices in ticks, a midpoint times two.
struct WorkRecord {
  std::uint64_t parent_id;
  std::int64_t start;
  std::int64_t end;
  std::int64_t done;  // when nothing more will be sent; 0 until then
  std::int64_t quantity;
  std::int64_t filled;
  std::int64_t filled_value;
  std::int64_t working;
  std::int64_t shortfall;      // quantity - filled - working
  std::int64_t arrival_twice;  // bid + ask when it began; 0 if there was no price
  std::int64_t market_volume;  // traded by the market from start to end
  std::int64_t market_value;   // tick-lots
  std::uint32_t instrument;
  std::uint32_t children;
  std::uint32_t messages;  // submits, replaces and cancels
  std::uint16_t strategy;
  std::uint16_t reason;  // of the last refusal, a Reject
  std::uint8_t side;
  std::uint8_t algorithm;
  std::uint8_t auction;  // an Auction
  std::uint8_t reserved[5];
};
static_assert(sizeof(WorkRecord) == 120);

}  // namespace ai_trading::algo
