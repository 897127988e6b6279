// The records that carry market data, one fixed size for each kind of source.
//
// Every reader ends here and everything above starts here.  The NumPy dtypes in
// `_core.feed` mirror these structs byte for byte.
//
// Units       timestamp in UTC nanoseconds; price in ticks; quantity in lots;
//             instrument is an index into the run's instrument table.
#pragma once

#include <cstdint>
#include <type_traits>

namespace ai_trading::feed {

// What an event says.  `side` is always the side of the resting order; it is
// Side::none where the source does not tell.
enum class EventKind : std::uint8_t {
  info = 0,        // a message that moves no book; aux is the source's type code
  add = 1,         // an order joins the back of its level
  reduce = 2,      // `quantity` leaves an order, which keeps its place
  remove = 3,      // an order leaves whole
  execute = 4,     // `quantity` of an order trades at the order's own price
  execute_at = 5,  // the same, at `price` instead of the order's own
  replace = 6,     // order_id leaves; aux joins the back at `price` with `quantity`
  modify = 7,      // order_id now has `price` and `quantity`; keeps its place only if
                   // the price is unchanged and the quantity not greater
  level = 8,       // the total resting at `price` on `side` is now `quantity`
  clear = 9,       // every order and level of the instrument leaves
  trade = 10,      // a trade against no displayed order; aux is the match number
  cross = 11,      // an auction trade; aux is the match number
  imbalance = 12,  // `quantity` is the imbalance on `side`, aux the paired quantity,
                   // price the reference price
  status = 13,     // trading state: aux is a TradingState
  broken = 14,     // the trade with match number aux never happened
};
inline constexpr std::uint8_t kEventKinds = 15;

enum class TradingState : std::uint8_t {
  pre_open = 0,
  auction = 1,
  continuous = 2,
  halted = 3,
  closed = 4,
  quotation = 5
};

namespace flag {
inline constexpr std::uint16_t more = 1;       // the next record is of the same instant
inline constexpr std::uint16_t snapshot = 2;   // restates what is resting
inline constexpr std::uint16_t hidden = 4;     // against a non-displayed order
inline constexpr std::uint16_t unprinted = 8;  // not to be counted as volume
inline constexpr std::uint16_t simulated = 16;  // made by a model, not by a market
inline constexpr std::uint16_t displayed = 32;  // a trade against displayed orders, of
                                                // which the source does not say which
inline constexpr std::uint16_t restored = 64;   // order_id is a reader's own, since the
                                                // source's order, aux, had been lost

// True for what a reader adds because a price left or came into view: it restates and is
// made up.  A simulated market sets only the flag that it is one.
[[nodiscard]] constexpr bool of_view(std::uint16_t flags) {
  return (flags & simulated) != 0 && (flags & snapshot) != 0;
}
}  // namespace flag

struct Event {
  std::int64_t timestamp;
  std::uint32_t instrument;
  std::uint8_t kind;
  std::uint8_t side;
  std::uint16_t flags;
  std::uint64_t order_id;
  std::int64_t price;
  std::int64_t quantity;
  std::uint64_t aux;
};

// The two best levels; a quantity of zero says that the side is empty.
struct Quote {
  std::int64_t timestamp;
  std::uint32_t instrument;
  std::uint32_t flags;
  std::int64_t bid_price;
  std::int64_t bid_quantity;
  std::int64_t ask_price;
  std::int64_t ask_quantity;
};

// One bar.  It becomes known at `timestamp`, its end; `start` is when it opened.
struct Bar {
  std::int64_t timestamp;
  std::int64_t start;
  std::uint32_t instrument;
  std::uint32_t flags;
  std::int64_t open;
  std::int64_t high;
  std::int64_t low;
  std::int64_t close;
  std::int64_t volume;
};

static_assert(sizeof(Event) == 48 && std::is_trivially_copyable_v<Event>);
static_assert(sizeof(Quote) == 48 && std::is_trivially_copyable_v<Quote>);
static_assert(sizeof(Bar) == 64 && std::is_trivially_copyable_v<Bar>);

}  // namespace ai_trading::feed
