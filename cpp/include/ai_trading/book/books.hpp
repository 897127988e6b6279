// Every instrument's resting orders, kept in price-time priority.
//
// The books store; they do not trade.  Crossing two orders is the work of matching/,
// so a bid above an ask is simply held.  One pool and one id index serve all
// instruments: an order id is unique in the whole set, as it is in an exchange feed.
//
// Units       price in ticks, quantity in lots, both whole.
// Priority    better price first, then earlier arrival.  Shrinking an order keeps its
//             place; growing, repricing or replacing it loses it.
// Repeatable  the same calls in the same order leave the same books and the same state
//             hash on every machine.
// Threads     const members may run together; any other call must run alone.
// Cost        O(1) near the touch, the same with 2 or 200 orders at a price; a call
//             away from the touch adds O(log levels) and moves the levels that are
//             better.  Steady-state calls do not allocate.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ai_trading/base/pool.hpp"
#include "ai_trading/base/reject.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/book/id_index.hpp"
#include "ai_trading/book/touch_ladder.hpp"
#include "ai_trading/feed/records.hpp"

namespace ai_trading::book {

// A price level as its readers see it.
struct Level {
  Ticks price;
  Lots quantity;
  std::uint32_t orders{};

  friend bool operator==(const Level&, const Level&) = default;
};

// A resting order as its readers see it.
struct RestingOrder {
  OrderId id{};
  InstrumentIndex instrument{};
  Side side{};
  Ticks price;
  Lots left;

  friend bool operator==(const RestingOrder&, const RestingOrder&) = default;
};

// What stands before an order at its price.
struct QueuePosition {
  std::uint64_t orders_ahead{};
  Lots quantity_ahead;

  friend bool operator==(const QueuePosition&, const QueuePosition&) = default;
};

// A moment in the arrival order of the whole set; see Books::stamp.
struct Stamp {
  std::uint32_t n{};

  // True where this came before `other`; wraps after 2^31 arrivals between the two.
  [[nodiscard]] bool before(Stamp other) const {
    return static_cast<std::int32_t>(n - other.n) < 0;
  }
};

class Books {
 public:
  // Instruments 0 .. max_instruments - 1 may be used; memory is taken as they appear.
  explicit Books(std::size_t max_instruments = std::size_t{1} << 20);

  // Joins the back of the queue at its price.  Refuses duplicate_id,
  // quantity_not_positive, quantity_too_large, price_out_of_range, side_missing,
  // unknown_instrument, quantity_overflow and too_many_orders.
  [[nodiscard]] Reject add(InstrumentIndex instrument, OrderId id, Side side,
                           Ticks price, Lots quantity);

  // Takes `by` off an order, which keeps its place.  Refuses unknown_id,
  // quantity_not_positive, and quantity_too_large when nothing would be left:
  // removing an order must be asked for by name, with cancel.
  [[nodiscard]] Reject reduce(OrderId id, Lots by);

  // Trades `quantity` of an order, which leaves when nothing is left.  Refuses
  // unknown_id, quantity_not_positive and quantity_too_large.
  [[nodiscard]] Reject execute(OrderId id, Lots quantity);

  // Leaves the book.  Refuses unknown_id.
  [[nodiscard]] Reject cancel(OrderId id);

  // Cancels `old_id` and adds `new_id` on the same side at the back of the queue;
  // the two may be equal.  Refuses what cancel and add refuse, changing nothing.
  [[nodiscard]] Reject replace(OrderId old_id, OrderId new_id, Ticks price,
                               Lots quantity);

  // Gives an order a new price and total quantity under its own id.  It keeps its
  // place only if the price stays and the quantity does not grow.
  [[nodiscard]] Reject modify(OrderId id, Ticks price, Lots quantity);

  // Every order of the instrument leaves.  O(orders).
  void clear(InstrumentIndex instrument);

  // What one event says, checked first.  Kinds that move no order are accepted;
  // EventKind::level is refused with not_supported_here.
  Reject apply(const feed::Event& event);

  struct Applied {
    std::size_t events{};         // looked at
    std::uint64_t refused{};      // of these
    std::size_t first_refused{};  // index of the first one
    Reject first_reason = Reject::none;
  };

  // Applies events in order, loading ahead what the later ones will touch.  A refused
  // event changes nothing and does not stop the rest.  Where `codes` is not empty it
  // receives each event's Reject.  Unless `last`, the final kAhead events are only
  // looked at and not applied: hand them in again at the front of the next call.
  Applied apply(std::span<const feed::Event> events, bool last = true,
                std::span<std::uint8_t> codes = {});
  static constexpr std::size_t kAhead = 32;

  using Ring = std::array<Handle, kAhead>;
  // How far a reader that applies events one by one has looked ahead.
  struct Ahead {
    Ring ring{};
    std::size_t at{};
    const feed::Event* next{};
  };
  // Loads what the events after `next`, up to `end`, will touch; to be called before each
  // event is applied, in order.  Does nothing while the books fit the cache.
  void look_ahead(const feed::Event* next, const feed::Event* end, Ahead& ahead) const {
    if (order_count_ > kSmall && static_cast<std::size_t>(end - next) > kAhead)
      look(next, ahead);
  }

  [[nodiscard]] std::optional<Level> best(InstrumentIndex instrument, Side side) const;

  // Writes the best levels into `out`, best first; returns how many there were.
  std::size_t depth(InstrumentIndex instrument, Side side, std::span<Level> out) const;

  // The level at a price; quantity 0 where there is none.
  [[nodiscard]] Level level(InstrumentIndex instrument, Side side, Ticks price) const;

  [[nodiscard]] std::optional<RestingOrder> order(OrderId id) const;

  // What stands before an order.  O(orders ahead).
  [[nodiscard]] std::optional<QueuePosition> queue_position(OrderId id) const;

  // Moments of arrival: an order of ours, kept outside the books, takes a stamp and so
  // has a place in the queue without being seen in it.
  [[nodiscard]] Stamp take_stamp() { return {next_stamp_++}; }
  [[nodiscard]] std::optional<Stamp> stamp(OrderId id) const;

  // What stands before someone who arrived at `stamp` and waits at this price.
  [[nodiscard]] QueuePosition ahead_of(InstrumentIndex instrument, Side side,
                                       Ticks price, Stamp stamp) const;

  // Calls visit(const RestingOrder&) for every order of a side in priority order,
  // until it returns false.
  template <class Visit>
  void for_each(InstrumentIndex instrument, Side side, Visit&& visit) const;

  [[nodiscard]] std::size_t order_count() const { return order_count_; }
  [[nodiscard]] std::size_t level_count(InstrumentIndex instrument, Side side) const;
  [[nodiscard]] std::size_t instruments() const { return sides_.size() / 2; }

  // A digest of every order in priority order: equal books, equal hashes.
  [[nodiscard]] std::uint64_t state_hash() const;

  // Memory held, in bytes.
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct OrderNode {
    OrderId id;
    std::int64_t left;
    Handle prev, next;
    Handle level;
    std::uint32_t stamp;
  };
  struct LevelNode {
    std::int64_t key;
    std::int64_t quantity;
    Handle head, tail;
    std::uint32_t count;
    std::uint32_t side_index;
  };
  static_assert(sizeof(OrderNode) == 32 && sizeof(LevelNode) == 32);
  using SideLevels = TouchLadder;
  static_assert(sizeof(SideLevels) == 128);

  // Books with fewer orders are quicker without looking ahead: the looks themselves then
  // cost more than what they hide.
  static constexpr std::size_t kSmall = 8'192;
  // So few sides are not looked at: they are in the cache.
  static constexpr std::size_t kFewSides = 64;
  // How many events ahead each of four looks is; see prefetch_slot.
  static constexpr std::size_t kOrderAhead = 20;
  static constexpr std::size_t kLevelAhead = 10;
  static constexpr std::size_t kSideAhead = 5;

  [[nodiscard]] static std::size_t side_index(InstrumentIndex instrument, Side side) {
    return std::size_t{instrument} * 2 + static_cast<std::size_t>(side);
  }
  [[nodiscard]] static std::int64_t key_of(std::size_t side, std::int64_t price) {
    return side & 1 ? -price : price;
  }
  [[nodiscard]] Ticks price_of(const LevelNode& level) const {
    return {key_of(level.side_index, level.key)};
  }
  [[nodiscard]] const SideLevels* side_of(InstrumentIndex instrument, Side side) const {
    const std::size_t at = side_index(instrument, side);
    return side != Side::none && at < sides_.size() ? &sides_[at] : nullptr;
  }
  [[nodiscard]] const LevelNode* find_level(InstrumentIndex instrument, Side side,
                                            Ticks price) const;
  [[nodiscard]] RestingOrder view(const OrderNode& node) const;

  [[nodiscard]] Reject check_new(std::int64_t price, std::int64_t quantity) const;
  [[nodiscard]] Reject link(std::size_t side, OrderId id, std::int64_t price,
                            std::int64_t quantity, IdIndex::Place place);
  void unlink(IdIndex::Place place);
  [[nodiscard]] Reject take_off(OrderId id, std::int64_t by, bool may_end);
  [[nodiscard]] bool open_instrument(InstrumentIndex instrument);
  void look(const feed::Event* next, Ahead& ahead) const;
  template <bool kManySides>
  AI_TRADING_ALWAYS_INLINE void look(const feed::Event* next, Ring& ring,
                                     std::size_t i) const;
  AI_TRADING_ALWAYS_INLINE void prefetch_slot(const feed::Event& event) const;
  AI_TRADING_ALWAYS_INLINE Handle prefetch_order(const feed::Event& event) const;
  AI_TRADING_ALWAYS_INLINE Handle prefetch_level(const feed::Event& event,
                                                 Handle handle) const;
  AI_TRADING_ALWAYS_INLINE void prefetch_neighbours(const OrderNode& node) const;
  AI_TRADING_ALWAYS_INLINE void prefetch_side(const feed::Event& event,
                                              Handle handle) const;

  std::size_t max_instruments_;
  std::vector<SideLevels> sides_;
  Pool<OrderNode, &OrderNode::next> orders_;
  Pool<LevelNode, &LevelNode::head> levels_;
  IdIndex index_;
  std::size_t order_count_{};
  std::uint32_t next_stamp_{};
};

template <class Visit>
void Books::for_each(InstrumentIndex instrument, Side side, Visit&& visit) const {
  const SideLevels* ladder = side_of(instrument, side);
  if (ladder == nullptr) return;
  for (std::uint32_t at = 0; at < ladder->count(); ++at) {
    for (Handle h = levels_[ladder->value(at)].head; h != kNone; h = orders_[h].next)
      if (!visit(view(orders_[h]))) return;
  }
}

}  // namespace ai_trading::book
