// Where the matching engine keeps its orders: queues, levels, and what is special.
//
// A plain resting order is one record of 32 bytes.  A level is a record of the same pool
// and closes the ring of its orders, so that joining and leaving a queue asks for no end
// of it.  What a plain order does not have (reserve, stamp, terms) stands in a second
// record, reached through `mark`.
//
// Own book    rather than book::Books: fills go by handle, dark queues and peaks share the
//             records, and deep levels come and go at the same cost as near ones.
// Units       price in ticks, quantity in lots.
// Threads     const members may run together; any other call must run alone.
// Cost        O(1) for an order and a level, see price_levels.hpp; no allocation once
//             warm.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ai_trading/base/pool.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/book/id_index.hpp"
#include "ai_trading/matching/orders.hpp"
#include "ai_trading/matching/price_levels.hpp"

namespace ai_trading::matching {

// An order: id, shown (or, dark and waiting, all) quantity, neighbours, level, mark.
// A level: key, total, last and first order, count, where.
struct Entry {
  std::uint64_t name;
  std::int64_t quantity;
  Handle prev, next;
  Handle level;  // of an order; a level has its number of orders here
  std::uint32_t mark;

  [[nodiscard]] Key key() const { return static_cast<Key>(name); }
};
static_assert(sizeof(Entry) == 32);

// An order's mark: its owner, or a handle to what is special about it.
inline constexpr std::uint32_t kSpecial = 0x8000'0000;
[[nodiscard]] constexpr bool is_special(std::uint32_t mark) {
  return (mark & kSpecial) != 0;
}

// Where an order is.
enum class Where : std::uint8_t {
  shown = 0,
  dark = 1,
  pegged = 2,
  waiting = 3,  // a market order, for the next auction
  stop = 4,
  held = 5,  // for the closing auction
};

// What a level's mark says: instrument, side and book.
[[nodiscard]] constexpr std::uint32_t level_mark(InstrumentIndex instrument, Side side,
                                                 Where where) {
  return instrument << 3 | static_cast<std::uint32_t>(where) << 1 |
         static_cast<std::uint32_t>(side);
}
[[nodiscard]] constexpr Side side_of(std::uint32_t mark) {
  return static_cast<Side>(mark & 1);
}
[[nodiscard]] constexpr Where where_of(std::uint32_t mark) {
  return static_cast<Where>(mark >> 1 & 3);
}
[[nodiscard]] constexpr InstrumentIndex instrument_of(std::uint32_t mark) {
  return mark >> 3;
}

struct Extra {
  Terms terms;
  std::uint64_t stamp;
  std::int64_t reserve;  // of an iceberg: not shown
  Ticks price;           // the limit, where no level tells it
  Ticks trail_from;      // best price a trailing stop has seen
  Handle next;           // of the free ones
  OwnerId owner;
  InstrumentIndex instrument;
  std::uint32_t peaks;  // shown so far
  Side side;
  OrderType type;
  TimeInForce time_in_force;
  Where where;
  bool met;  // of a stop on `last`

  [[nodiscard]] bool conditional() const {
    return terms.all_or_none || terms.minimum.n > 0;
  }
  [[nodiscard]] std::int64_t need(std::int64_t left) const {
    if (terms.all_or_none) return left;
    return terms.minimum.n < left ? terms.minimum.n : left;
  }
};

// Pegged orders that always have the same price, by arrival.
struct PegGroup {
  PegTo to;
  Ticks offset;
  Ticks limit;
  Handle level;
  Key key = kNoKey;  // when pegs were last priced; none while asleep
};

// All peg groups of one side that look at the same reference: bounds of their prices.
struct PegBounds {
  std::uint32_t groups{};
  Ticks offset;  // the most aggressive
  Key limit{};   // the most aggressive
};

// A stop among those of its kind and side; the one to fire first stands last.
struct StopPlace {
  std::int64_t rank;  // grows towards the market
  std::uint64_t stamp;
  Handle order;
};

// Whatever an instrument has beyond displayed orders.  What every command looks at
// stands first and together.
struct Special {
  // Up to here dark orders of a side may go: never less than the best of their keys, at
  // the displayed touch `touch_seen` and until `reach_stale`.  Pegs follow the touch in
  // this bound alone; they are priced one by one when somebody comes as far.
  std::array<Key, 2> touch_seen{kNoKey, kNoKey};
  std::array<Key, 2> reach{kNoKey, kNoKey};
  Ticks calm_low, calm_high;  // trades between these meet no stop and move none
  bool quiet{};               // while the touch is that, nothing that rests stirs
  bool quiet_anywhere{};      // nor at any other touch
  bool tame = true;           // no touch lets a dark order meet one that rests
  bool reach_stale = true;
  bool pegs_priced{};       // at that touch
  bool stops_stale = true;  // traded as far, or a new stop, since stops were looked at
  bool met_before = true;   // perhaps a stop on `last` was met by an older trade
  std::array<std::uint32_t, 2> movers{};       // pegged or conditional
  std::array<std::uint32_t, 2> conditional{};  // of all dark orders
  std::array<std::uint32_t, 2> dark_orders{};
  std::array<Key, 2> best_peg{kNoKey, kNoKey};  // no less than the best when priced
  std::array<Handle, 2> first_peg{};            // the group to trade first, if known
  std::array<Key, 2> first_peg_key{};
  std::array<std::array<PegBounds, 4>, 2> peg_bounds;  // by side and PegTo
  std::array<PriceLevels, 2> dark;
  std::array<std::vector<PegGroup>, 2> pegs;
  std::array<Handle, 2> waiting{};  // levels of market orders
  std::array<std::array<std::vector<StopPlace>, 2>, 3> stops;
  std::array<std::array<std::vector<Handle>, 2>, 3> trailing;
  std::uint32_t stop_count{};
  std::uint32_t quote_stops{};  // of these, those that do not watch trades
  std::array<Key, 2> stops_seen{kNoKey, kNoKey};  // the touch when last looked at
  Ticks high, low;  // of the trades since stops were last looked at that were not calm
  std::vector<Handle> held;
  Indicative said;
  InstrumentSettings settings;
  Ticks band_low{-kMaxPrice}, band_high{kMaxPrice};
  bool banded{};

  // Something rests, or may trade, that did not before.
  void stir() {
    quiet = false;
    reach_stale = true;
  }
};

// Why submitting is not the plain case.
namespace guard {
inline constexpr std::uint8_t state = 1;     // not continuous
inline constexpr std::uint8_t settings = 2;  // increment, allocation, bands
inline constexpr std::uint8_t dark = 4;      // somebody is not displayed
inline constexpr std::uint8_t stops = 8;     // somebody waits for a price
}  // namespace guard

struct Market {
  std::array<PriceLevels, 2> shown;
  std::uint8_t guard{};
  TradingState state = TradingState::continuous;
  AuctionKind auction{};
  bool traded{};  // `last` is a trade's
  Ticks last;
  Ticks reference;
  std::unique_ptr<Special> special;
};

// The orders, by handle and by id, and the queues they stand in.
class Store {
 public:
  explicit Store(std::size_t max_instruments) : max_instruments_(max_instruments) {}

  [[nodiscard]] Handle find(OrderId id) const { return index_.find(id); }
  // The same, to be handed on to take or drop before anything else comes or goes.
  using Place = book::IdIndex::Place;
  [[nodiscard]] Place place(OrderId id) const { return index_.place(id); }
  [[nodiscard]] Entry& at(Handle h) { return entries_[h]; }
  [[nodiscard]] const Entry& at(Handle h) const { return entries_[h]; }
  [[nodiscard]] Extra& extra(const Entry& e) { return extras_[e.mark & ~kSpecial]; }
  [[nodiscard]] const Extra& extra(const Entry& e) const {
    return extras_[e.mark & ~kSpecial];
  }
  [[nodiscard]] bool full() const { return entries_.full(); }

  [[nodiscard]] std::size_t max_instruments() const { return max_instruments_; }
  [[nodiscard]] std::size_t instruments() const { return markets_.size(); }
  [[nodiscard]] AI_TRADING_ALWAYS_INLINE Market& market(InstrumentIndex i) {
    if (i >= opened_) [[unlikely]]
      open(i);
    return markets_.data()[i];
  }
  [[nodiscard]] const Market& known(InstrumentIndex i) const { return markets_[i]; }
  [[nodiscard]] Special& special(Market& m) {
    if (!m.special) m.special = std::make_unique<Special>();
    return *m.special;
  }

  // A new record, known by its id and in no queue.
  [[nodiscard]] Handle take(OrderId id, std::int64_t quantity, std::uint32_t mark) {
    return take(id, quantity, mark, index_.place(id));
  }
  [[nodiscard]] Handle take(OrderId id, std::int64_t quantity, std::uint32_t mark,
                            Place place) {
    const Handle h = entries_.take();
    entries_[h] = {id, quantity, kNone, kNone, kNone, mark};
    index_.insert(id, h, place);
    return h;
  }
  [[nodiscard]] Handle take_extra() { return extras_.take(); }
  void give_back_extra(std::uint32_t mark) {
    extras_[mark & ~kSpecial].owner = 0;
    extras_.give_back(mark & ~kSpecial);
  }
  // An order in no queue is forgotten.
  void drop(Handle h) { drop(h, index_.place(entries_[h].name)); }
  void drop(Handle h, Place place) {
    const Entry& e = entries_[h];
    index_.erase(e.name, place);
    if (is_special(e.mark)) [[unlikely]]
      give_back_extra(e.mark);
    entries_.give_back(h);
  }
  void rename(Handle h, OrderId id) {
    index_.erase(entries_[h].name);
    entries_[h].name = id;
    index_.insert(id, h);
  }

  // A queue without orders.
  [[nodiscard]] Handle take_level(Key key, std::uint32_t mark) {
    const Handle h = entries_.take();
    entries_[h] = {static_cast<std::uint64_t>(key), 0, h, h, 0, mark};
    return h;
  }

  // Joins the back.  The level's total is the caller's affair: dark levels have none.
  void join(Handle level, Handle h) {
    Entry& l = entries_[level];
    Entry& e = entries_[h];
    e.level = level;
    e.prev = l.prev;
    e.next = level;
    entries_[l.prev].next = h;
    l.prev = h;
    ++l.level;
  }

  // Leaves its queue; returns how many are left in it.
  std::uint32_t leave(Handle h) {
    const Entry& e = entries_[h];
    entries_[e.prev].next = e.next;
    entries_[e.next].prev = e.prev;
    return --entries_[e.level].level;
  }

  // Moves to the back of the queue it is in.
  void requeue(Handle h) {
    const Handle level = entries_[h].level;
    (void)leave(h);
    join(level, h);
  }

  void drop_level(Handle level) { entries_.give_back(level); }

  // The shown level at a key, made if need be.
  [[nodiscard]] Handle shown_level(Market& m, InstrumentIndex i, Side side, Key key) {
    PriceLevels& levels = m.shown[static_cast<std::size_t>(side)];
    Handle level = levels.find(key);
    if (level == kNone) {
      level = take_level(key, level_mark(i, side, Where::shown));
      levels.insert(key, level);
    }
    return level;
  }

  // A shown order leaves its queue, and an empty level the book.
  void leave_shown(Market& m, Handle h) {
    const Entry& e = entries_[h];
    const Handle level = e.level;
    Entry& l = entries_[level];
    l.quantity -= e.quantity;
    if (leave(h) == 0) close_level(m, level);
  }
  void close_level(Market& m, Handle level) {
    const Entry& l = entries_[level];
    m.shown[l.mark & 1].erase(l.key());
    entries_.give_back(level);
  }

  // Look-ahead in three steps, each of which needs what the one before brought: where
  // an id leads, its order, and that order's neighbours and level.
  AI_TRADING_ALWAYS_INLINE void prefetch(OrderId id) const { index_.prefetch(id); }
  AI_TRADING_ALWAYS_INLINE void prefetch_order(OrderId id) const {
    __builtin_prefetch(&entries_[find(id)], 1);
  }
  AI_TRADING_ALWAYS_INLINE void prefetch_queue(OrderId id) const {
    const Entry& e = entries_[find(id)];  // of an unknown id the record nobody uses
    __builtin_prefetch(&entries_[e.prev], 1);
    __builtin_prefetch(&entries_[e.next], 1);
    __builtin_prefetch(&entries_[e.level], 1);
  }
  [[nodiscard]] std::size_t bytes() const {
    return entries_.bytes() + extras_.bytes() + index_.bytes();
  }

 private:
  [[gnu::noinline]] void open(InstrumentIndex i) {
    opened_ = std::size_t{i} + 1;
    markets_.resize(opened_);
  }

  std::size_t max_instruments_;
  std::size_t opened_{};  // markets_.size(), which divides by an odd number
  std::vector<Market> markets_;
  Pool<Entry, &Entry::next> entries_;
  Pool<Extra, &Extra::next> extras_;
  book::IdIndex index_;
};

}  // namespace ai_trading::matching
