// The boundary between a session and a strategy that was compiled elsewhere.
//
// Plain structs and C functions only, so that a strategy may come from another compiler or
// language: a shared library hands over a `Plugin`, a just-in-time compiler a `Calls`.
// strategy.hpp makes both of a C++ class; write that unless you cannot.
//
// A library has one symbol, `ai_trading_strategy`, that returns its Plugin.  The first
// three fields of a Plugin never move, so that what was built for another interface can
// be told and refused.  Tables grow at their end; what grew, and each change of meaning or
// order, is a new kVersion.
//
// Version 2   added the calls of Host from submit_terms on.
// Version 3   added Host::stop_price, what Terms says of the least to trade at a time, and
//             what Change says of pegs and icebergs.
// Older       libraries still run: all that they know is where it was.  One that is newer
//             than whoever loads it is refused.
//
// Units       prices in ticks, quantities in lots, times in UTC nanoseconds.
// Threads     all calls of one strategy come from one thread at a time.
// Errors      a call returns 1, or 0 where the strategy failed: the run then ends.  Nothing
//             may be thrown across the boundary, in either direction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <type_traits>

#include "ai_trading/desk/records.hpp"
#include "ai_trading/feed/records.hpp"

namespace ai_trading::sim::abi {

inline constexpr std::uint64_t kMagic = 0x5954'4152'5453'4941;  // "AISTRATY"
inline constexpr std::uint32_t kVersion = 3;
inline constexpr const char* kSymbol = "ai_trading_strategy";

// A trade of the market, at the price of the order that rested.
struct Trade {
  std::int64_t timestamp;  // the strategy's time
  std::int64_t price;
  std::int64_t quantity;
  std::uint32_t instrument;
  std::uint8_t aggressor;  // 0 buy, 1 sell, 2 where the source does not tell
  std::uint8_t reserved[3];
};

struct Depth {
  std::int64_t price;
  std::int64_t quantity;
  std::uint64_t orders;  // 0 where the source tells none
};

// What a price and a quantity of an instrument are worth, in 1e-9; see base/instrument.hpp.
struct Scale {
  std::int64_t tick_nano;
  std::int64_t lot_nano;
  std::int64_t unit_nano;
  std::int64_t price_step;  // orders are priced in multiples of this, in ticks
};

// What an order has besides a price; 0 where it has no such term.  A term that its type
// does not use must be 0.
struct Terms {
  std::int64_t stop;       // of a stop: the price it waits for
  std::int64_t peg_limit;  // of a peg: never passed
  std::int64_t trail;      // of a trailing stop: ticks, or hundredths of a per cent
  std::int64_t
      display;          // of an iceberg: shown at a time; of others: the least to trade
                        // at a time
  std::int64_t offset;  // of a peg: so much more aggressive
  std::int64_t expire_at;  // of an order good till a date
  std::uint8_t trigger;   // of a stop: 0 what is usual, 1 last, 2 bid and ask, 3 middle
  std::uint8_t trail_by;  // 0 ticks, 1 hundredths of a per cent
  std::uint8_t peg;       // 1 primary, 2 midpoint, 3 market
  std::uint8_t slide;     // 1: a post-only order that steps back
  std::uint32_t all_or_none;  // 1: all that is left, or nothing
};

// How an entry is to be left: orders that wait for its executions.
struct Exits {
  std::int64_t take_profit;  // limit of the exit with a profit
  std::int64_t stop_loss;    // stop of the exit with a loss
  std::int64_t stop_limit;   // limit of that exit, where `limited`
  std::uint8_t limited;
  std::uint8_t trigger;  // what the stop watches; as in Terms
  std::uint8_t reserved[6];
};

// What an order is to become.
struct Change {
  std::int64_t price;
  std::int64_t quantity;  // in total
  std::int64_t stop;      // of a stop that waits; or one of the two below
  std::uint32_t what;     // which of them: bits 1, 2, 4, 8 and 16
  std::uint32_t reserved;
};
inline constexpr std::uint32_t kPrice = 1;
inline constexpr std::uint32_t kQuantity = 2;
inline constexpr std::uint32_t kStop = 4;
inline constexpr std::uint32_t kOffset =
    8;  // of a peg, in `stop`; its limit is `price`
inline constexpr std::uint32_t kDisplay = 16;  // of an iceberg, in `stop`

inline constexpr std::int64_t kNoPrice = std::numeric_limits<std::int64_t>::min();

// A parent order, which an algorithm of algo/terms.hpp works; the fields are its own.
struct Work {
  std::int64_t quantity{};
  std::int64_t start{};
  std::int64_t end{};
  std::int64_t limit = kNoPrice;
  std::int64_t would = kNoPrice;
  std::int64_t price_step = 1;
  std::int64_t rate = 100'000;
  std::int64_t min_participation{};
  std::int64_t max_participation{};
  std::int64_t urgency = 500'000;
  std::int64_t round = 1;
  std::int64_t min_child = 1;
  std::int64_t max_child{};
  std::int64_t slices{};
  std::int64_t interval = 60'000'000'000;
  std::int64_t review = 5'000'000'000;
  std::int64_t auction{};
  std::int64_t display{};
  std::int64_t max_spread{};
  std::int64_t min_touch{};
  std::uint64_t seed{};
  double jitter{};
  double k{};
  double satiation{};
  // The expected course of the volume: weights of equal bins of a session; none: no curve.
  const double* weights{};
  std::uint64_t bins{};
  std::int64_t open{};
  std::int64_t close{};
  double expected{};  // lots of a session; 0 where it is not known
  double prior = 0.25;
  std::uint32_t instrument{};
  std::uint8_t side{};          // 0 buy, 1 sell
  std::uint8_t algorithm{};     // an algo::Algorithm
  std::uint8_t completion = 1;  // an algo::Completion
  std::uint8_t adaptive{};
};

// What has come of a parent; see algo::WorkRecord.
struct Parent {
  std::int64_t quantity;
  std::int64_t filled;
  std::int64_t filled_value;
  std::int64_t working;
  std::int64_t shortfall;
  std::int64_t done;  // when nothing more will be sent; 0 until then
  std::uint32_t children;
  std::uint32_t messages;
};

// What a strategy may ask and do, `of` being the first field's value.  An instrument or
// order that does not exist ends the run with an error where that can only be a mistake,
// and is otherwise answered by 0.
struct Host {
  void* of;
  std::uint64_t size;  // of this table

  std::int64_t (*now)(void* of);
  std::uint32_t (*instruments)(void* of);
  const char* (*symbol)(void* of, std::uint32_t instrument);
  void (*scale)(void* of, std::uint32_t instrument, Scale* out);

  // Sends an order and returns its id, also where the gate refuses it: that is told
  // later.  `strategy` is filled in.  0: the run is over.
  std::uint64_t (*submit)(void* of, const desk::OrderRequest* order);
  // These return a Reject code, 0 where it was asked for.
  std::uint16_t (*cancel)(void* of, std::uint64_t order);
  std::uint16_t (*modify)(void* of, std::uint64_t order, std::int64_t price,
                          std::int64_t quantity);

  void (*quote)(void* of, std::uint32_t instrument, feed::Quote* out);
  std::uint64_t (*depth)(void* of, std::uint32_t instrument, std::uint8_t side,
                         Depth* out, std::uint64_t levels);
  std::int64_t (*position)(void* of, std::uint32_t instrument);
  // 1 where a price is known.
  std::uint32_t (*mark)(void* of, std::uint32_t instrument, std::int64_t* price);
  // 1 where the order rests and its place is known.
  std::uint32_t (*queue_position)(void* of, std::uint64_t order, std::uint64_t* orders,
                                  std::int64_t* quantity);
  // 1 where the order exists.
  std::uint32_t (*order)(void* of, std::uint64_t id, desk::OrderRecord* out);
  void (*account)(void* of, desk::AccountRecord* out);

  // Bits of `what`: 1 quotes, 2 trades, 4 bars; `every`: on_book after so many events.
  void (*subscribe)(void* of, std::uint32_t instrument, std::uint32_t what,
                    std::uint32_t every);
  std::uint64_t (*set_timer)(void* of, std::int64_t at, std::int64_t repeat);
  void (*cancel_timer)(void* of, std::uint64_t timer);

  // Says why a call is about to return 0.
  void (*fail)(void* of, const char* why);

  // From version 2.  Where they refuse at once they return 0, nothing has been sent, and
  // `why` (not null) points to the reason, until the next call.

  // An order of any type, for an auction, or with other terms; as submit.
  std::uint64_t (*submit_terms)(void* of, const desk::OrderRequest* order,
                                const Terms* terms, const char** why);
  // An entry with the two orders that wait for its executions and reduce each other.
  // Returns the entry's id; those of take-profit and stop-loss are the next two.
  std::uint64_t (*bracket)(void* of, const desk::OrderRequest* entry,
                           const Terms* terms, const Exits* exits, const char** why);
  // The same two orders for a position that is held, or for so much of it; 0: all.
  // Returns the id of the take-profit; that of the stop-loss is the next.
  std::uint64_t (*protect)(void* of, std::uint32_t instrument, std::int64_t quantity,
                           const Exits* exits, const char** why);
  // As modify; what is not named stays.  Only a stop has a stop to change.
  std::uint16_t (*change)(void* of, std::uint64_t order, const Change* wanted);

  // Has a parent order worked and returns its id.
  std::uint64_t (*work)(void* of, const Work* wanted, const char** why);
  // Cancels what works for a parent; a Reject code, 0 where it was asked for.
  std::uint16_t (*stop_work)(void* of, std::uint64_t parent);
  // 1 where the parent exists.
  std::uint32_t (*parent)(void* of, std::uint64_t id, Parent* out);

  // From version 3.

  // 1 and where a stop would trigger now, where the order waits for a price.
  std::uint32_t (*stop_price)(void* of, std::uint64_t order, std::int64_t* price);
};

inline constexpr std::uint32_t kQuotes = 1;
inline constexpr std::uint32_t kTrades = 2;
inline constexpr std::uint32_t kBars = 4;

// What a strategy is told.  Null: it does not want to know.  `self` is its own.
struct Calls {
  std::uint32_t (*start)(void* self, const Host* host);
  std::uint32_t (*quote)(void* self, const feed::Quote* quote);
  std::uint32_t (*book)(void* self, const feed::Quote* quote);
  std::uint32_t (*trade)(void* self, const Trade* trade);
  std::uint32_t (*bar)(void* self, const feed::Bar* bar);
  std::uint32_t (*timer)(void* self, std::uint64_t number);
  std::uint32_t (*order)(void* self, const desk::OrderRecord* order);
  std::uint32_t (*fill)(void* self, const desk::FillRecord* fill);
  std::uint32_t (*stop)(void* self);
};

enum class Kind : std::uint32_t { whole = 0, number = 1, text = 2, truth = 3 };

// The value of one parameter.  A whole number serves where a number is wanted.
struct Value {
  std::int64_t whole;
  double number;
  const char* text;  // lives until create returns
};

// The parameters of a strategy about to be made.
struct Arguments {
  void* of;
  // 1 and the value where the parameter was given.
  std::uint32_t (*find)(void* of, const char* name, Kind kind, Value* out);
  // Says why create is about to return null.
  void (*fail)(void* of, const char* why);
};

struct Plugin {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t size;                           // of this struct
  std::uint64_t layout;                         // kLayout of whoever compiled it
  const char* name;                             // of the strategy
  const char* built;                            // by what, for people
  void* (*create)(const Arguments* arguments);  // null where it refuses to be made
  void (*destroy)(void* self);
  Calls calls;
};

using Entry = const Plugin* (*)();

namespace detail {

constexpr std::uint64_t digest(std::initializer_list<std::size_t> numbers) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const std::size_t n : numbers) {
    hash = (hash ^ n) * 0x9e3779b97f4a7c15ULL;
    hash ^= hash >> 29;
  }
  return hash;
}

}  // namespace detail

namespace detail {

// Of where everything that crosses the boundary in version 1 has its place.
constexpr std::uint64_t first_layout(std::size_t host_size) {
  return digest({
      sizeof(void*),
      sizeof(feed::Quote),
      offsetof(feed::Quote, instrument),
      offsetof(feed::Quote, bid_price),
      offsetof(feed::Quote, bid_quantity),
      offsetof(feed::Quote, ask_price),
      offsetof(feed::Quote, ask_quantity),
      sizeof(feed::Bar),
      offsetof(feed::Bar, start),
      offsetof(feed::Bar, instrument),
      offsetof(feed::Bar, open),
      offsetof(feed::Bar, close),
      offsetof(feed::Bar, volume),
      sizeof(Trade),
      offsetof(Trade, price),
      offsetof(Trade, instrument),
      offsetof(Trade, aggressor),
      sizeof(Depth),
      sizeof(Scale),
      sizeof(desk::OrderRequest),
      offsetof(desk::OrderRequest, parent_id),
      offsetof(desk::OrderRequest, price),
      offsetof(desk::OrderRequest, quantity),
      offsetof(desk::OrderRequest, instrument),
      offsetof(desk::OrderRequest, side),
      offsetof(desk::OrderRequest, time_in_force),
      sizeof(desk::OrderRecord),
      offsetof(desk::OrderRecord, price),
      offsetof(desk::OrderRecord, filled),
      offsetof(desk::OrderRecord, instrument),
      offsetof(desk::OrderRecord, status),
      offsetof(desk::OrderRecord, reason),
      sizeof(desk::FillRecord),
      offsetof(desk::FillRecord, price),
      offsetof(desk::FillRecord, position),
      offsetof(desk::FillRecord, instrument),
      offsetof(desk::FillRecord, liquidity),
      sizeof(desk::AccountRecord),
      offsetof(desk::AccountRecord, value),
      sizeof(Value),
      sizeof(Arguments),
      host_size,
      sizeof(Calls),
      sizeof(Plugin),
  });
}

}  // namespace detail

// The layout of version 1.
inline constexpr std::uint64_t kFirstLayout =
    detail::first_layout(offsetof(Host, submit_terms));

namespace detail {

// Since version 2.
constexpr std::uint64_t layout(std::size_t host_size) {
  return digest({
      first_layout(host_size),
      sizeof(Terms),
      offsetof(Terms, expire_at),
      offsetof(Terms, trigger),
      sizeof(Exits),
      offsetof(Exits, trigger),
      sizeof(Change),
      offsetof(Change, what),
      sizeof(Work),
      offsetof(Work, seed),
      offsetof(Work, weights),
      offsetof(Work, instrument),
      offsetof(Work, adaptive),
      sizeof(Parent),
      offsetof(Parent, children),
  });
}

}  // namespace detail

// The layout of version 2.
inline constexpr std::uint64_t kSecondLayout =
    detail::layout(offsetof(Host, stop_price));

// A digest of where everything that crosses the boundary has its place.
inline constexpr std::uint64_t kLayout = detail::layout(sizeof(Host));

static_assert(std::is_standard_layout_v<Host> && std::is_standard_layout_v<Plugin> &&
              std::is_standard_layout_v<Work>);
static_assert(offsetof(Plugin, magic) == 0 && offsetof(Plugin, version) == 8 &&
              offsetof(Plugin, layout) == 16);

}  // namespace ai_trading::sim::abi
