// The experiment that measures fills: what really happened to orders, and what a venue
// says would have happened to ours in their place.
//
// One real order at a time is left out of an order-by-order tape.  Ours is submitted in
// its place at the same instant, price and quantity, shrinks when it shrank and is
// canceled when it was.  Its executions reach the venue as anonymous volume.  Every order
// is run through the venue that a backtest uses, alone, from the book as it stood; only
// the events of its own life are replayed, so tens of thousands of orders are quick.
//
// The same tape can be shown to the venue with less in it: totals per price, the best
// prices, only trades, or bars.  The real order is left out of all of them but its
// trades.
//
// Units       timestamps in UTC nanoseconds, prices in ticks, quantities in lots; 0 is
//             the time of a fill that there is not.
// Input       events of one instrument, numbered 0, in the order of their time.
// Repeatable  the same input gives the same output.
// Cost        for each order, the book at its arrival and the events of its life.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "ai_trading/feed/records.hpp"
#include "ai_trading/venue/bar_venue.hpp"
#include "ai_trading/venue/queue_model.hpp"

namespace ai_trading::venue {

// How the tape says that a real order ended.
enum class Ending : std::uint8_t {
  filled = 0,
  canceled = 1,  // or replaced, or moved: its place is gone
  left = 2,      // it left what the source shows; its end is not known
  open = 3,      // the tape ended first
  auction = 4,   // an execution that was not printed: it took part in a cross
};

// What really happened to an order.  The NumPy dtype `fate_dtype` mirrors it.
struct Fate {
  std::uint64_t order_id;
  std::uint64_t born;   // index of the event that added it
  std::uint64_t ended;  // index of the event that ended it
  std::int64_t submitted;
  std::int64_t finished;
  std::int64_t price;
  std::int64_t quantity;
  std::int64_t ahead;  // resting at its price when it came
  std::int64_t filled;
  std::int64_t first_fill;
  std::int64_t last_fill;
  std::uint8_t side;
  std::uint8_t ending;
  std::uint16_t reserved;
  std::uint32_t instrument;  // 0
};

// What a venue says happened to ours.  `outcome_dtype` mirrors it.
struct Outcome {
  std::int64_t filled;  // by the time the real one ended
  std::int64_t late;    // after that, within the patience
  std::int64_t first_fill;
  std::int64_t last_fill;
};

static_assert(sizeof(Fate) == 96 && std::is_trivially_copyable_v<Fate>);
static_assert(sizeof(Outcome) == 32 && std::is_trivially_copyable_v<Outcome>);

// How much of the tape a venue is shown.
enum class Shown : std::uint8_t {
  orders,  // every order
  levels,  // the total at every price, and trades
  quotes,  // the best prices, and trades
  touch,   // the best prices
  trades,  // trades
  bars,    // bars of what traded
};

struct Experiment {
  Shown shown = Shown::orders;
  QueueModel queue;  // of levels, quotes, touch and trades
  BarModel fills;    // of bars
  std::span<const feed::Bar> bars;
  Nanos patience;  // how long ours stands on after the real one was filled
};

// Every order whose arrival the tape shows, in that order.  Orders that a reader made to
// complete a book (flag::of_view, or an id from 2^62 on) are not among them.
[[nodiscard]] std::vector<Fate> fates(std::span<const feed::Event> events);

// An outcome for each of `chosen`, which must be fates of these events, in their order.
[[nodiscard]] std::vector<Outcome> replay(std::span<const feed::Event> events,
                                          std::span<const Fate> chosen,
                                          const Experiment& experiment);

}  // namespace ai_trading::venue
