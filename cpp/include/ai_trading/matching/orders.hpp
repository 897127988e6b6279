// What is asked of the matching engine and what it answers: the words of docs/matching.md.
//
// Units       price, stop, offset in ticks; quantity, display, minimum in lots; times in
//             UTC nanoseconds.  The numbers of an enum are stored: append only.
#pragma once

#include <cstdint>
#include <optional>

#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/base/reject.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/feed/records.hpp"

namespace ai_trading::matching {

using feed::TradingState;

// Who sent an order (one account on one session); 0 is nobody in particular.
using OwnerId = std::uint32_t;
inline constexpr OwnerId kMaxOwner = 0xffff'fffd;

// Owners of one group are one party where self trades are looked for; 0 is no group.
using GroupId = std::uint32_t;

// An order.  What most orders are made of stands here; the rest is in Terms.
struct NewOrder {
  OrderId id{};
  InstrumentIndex instrument{};
  OwnerId owner{};
  Side side = Side::none;
  OrderType type = OrderType::limit;
  TimeInForce time_in_force = TimeInForce::day;
  Ticks price;  // the limit; not looked at where the type has none
  Lots quantity;
};

// What a stop watches.
enum class TriggerOn : std::uint8_t { last = 0, quote = 1, midpoint = 2 };
enum class TrailBy : std::uint8_t { ticks = 0, basis_points = 1 };
enum class PegTo : std::uint8_t { none = 0, primary = 1, midpoint = 2, market = 3 };
// What happens instead of a trade between two orders of one party.
enum class SelfTrade : std::uint8_t {
  inherit = 0,  // what the owner's account says, which is `allow` until set
  allow = 1,
  cancel_newest = 2,
  cancel_oldest = 3,
  cancel_both = 4,
  decrement = 5,
};
enum class AuctionKind : std::uint8_t { opening = 0, closing = 1, intraday = 2 };
enum class Allocation : std::uint8_t {
  price_time = 0,
  pro_rata = 1,
  price_size_time = 2
};

// The terms that most orders do without.  A term that a type does not use must be zero.
struct Terms {
  Lots display;          // of an iceberg: shown at a time
  Lots display_random;   // each peak is drawn from display -/+ this
  Lots minimum;          // least quantity to trade at a time
  Ticks stop;            // of a stop: its trigger price
  std::int64_t trail{};  // of a trailing stop: the distance, in ticks or basis points
  Ticks offset;          // of a peg: this much more aggressive than its reference
  Nanos expire_at;       // of a GTD order
  TriggerOn trigger{};
  TrailBy trail_by{};
  PegTo peg{};
  SelfTrade self_trade{};
  bool all_or_none{};
  bool slide{};  // of a post-only order: step back instead of being refused

  friend bool operator==(const Terms&, const Terms&) = default;
};

// A live order is to have this price and this quantity still to trade.
struct Change {
  OrderId id{};
  OrderId new_id{};  // equal to `id` keeps the id
  Ticks price;
  Lots left;
  std::optional<Ticks> stop{};    // a new trigger price, of a stop that waits
  std::optional<Ticks> offset{};  // of a peg
  std::optional<Lots> display{};  // of an iceberg

  // True where it asks for more than another price and quantity.
  [[nodiscard]] bool special() const {
    return stop.has_value() || offset.has_value() || display.has_value();
  }
};

// Which orders a mass cancel means: those for which everything given holds.
struct CancelFilter {
  OwnerId owner{};  // 0: anybody
  GroupId group{};  // 0: any
  std::optional<InstrumentIndex> instrument;
  Side side = Side::none;  // none: both
};

struct InstrumentSettings {
  Ticks increment{1};  // the step in which orders may be priced
  Allocation allocation{};
  Lots least_share{1};  // pro rata: a share of fewer lots counts as none
};

struct Account {
  GroupId group{};
  SelfTrade self_trade = SelfTrade::allow;
};

// An order, live or just ended, as listeners see it.
struct OrderView {
  OrderId id{};
  InstrumentIndex instrument{};
  OwnerId owner{};
  Side side{};
  Ticks price;  // its limit; of a pegged order too
  Lots left;    // all that is still to trade
  Lots shown;   // of that, what the public book shows

  friend bool operator==(const OrderView&, const OrderView&) = default;
};

struct Trade {
  std::uint64_t match{};  // 1, 2, 3, ... in the whole engine
  InstrumentIndex instrument{};
  Side maker_side{};
  bool auction{};      // both were resting: the buyer stands as taker
  bool maker_shown{};  // the maker's quantity was displayed
  bool taker_shown{};  // the same of the taker; only in auctions
  Ticks price;
  Lots quantity;
  OrderId maker{};
  OrderId taker{};
  OwnerId maker_owner{};
  OwnerId taker_owner{};
  Lots maker_left;
  Lots taker_left;
};

// Why an order was canceled.
enum class Gone : std::uint8_t {
  asked = 0,       // by its id
  unfilled = 1,    // what must not rest could not trade
  self_trade = 2,  // it would have met its own party
  mass = 3,        // a mass cancel, or a disconnect
  band = 4,        // its price is outside the price band
};

enum class Place : std::uint8_t {
  kept = 0,  // only shrunk
  back = 1,  // behind everyone at its price
  none = 2,  // it can trade: it left the book to do so, and may come back to rest
};

struct Replaced {
  OrderView before;
  OrderId id{};
  Ticks price;
  Lots left;
  Lots shown;  // at its place, or 0 where it left the book to trade
  Place place{};
};

// What an auction would do now; volume 0 where nobody would trade.
struct Indicative {
  InstrumentIndex instrument{};
  Ticks price;
  Lots volume;
  Lots imbalance;  // positive where buyers are left

  friend bool operator==(const Indicative&, const Indicative&) = default;
};

struct StateChange {
  InstrumentIndex instrument{};
  TradingState state{};
  AuctionKind auction{};  // of state auction
};

// Hears everything and does nothing: derive and hide what you want to hear.
struct Silent {
  void accepted(const NewOrder&) {}
  void rejected(OrderId, Reject) {}
  void traded(const Trade&) {}
  void rested(const OrderView&) {}       // what is left joined the back of its queue
  void replenished(const OrderView&) {}  // the same of an iceberg's next peak
  void replaced(const Replaced&) {}
  void decremented(const OrderView&, Lots) {}  // by so much, instead of a self trade
  void triggered(const OrderView&) {}          // a stop became an order
  void canceled(const OrderView&, Gone) {}
  void expired(const OrderView&) {}
  void state_changed(const StateChange&) {}
  void indicative(const Indicative&) {}
};

}  // namespace ai_trading::matching
