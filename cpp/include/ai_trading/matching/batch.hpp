// Requests as rows and answers as rows, for callers that work in batches.
//
// Units       timestamp in UTC nanoseconds, price in ticks, quantity in lots.
// Checked     side, action, type and time in force are looked at row by row; a row that
//             holds anything else is refused with not_supported_here or side_missing.
// Cost        that of the engine; the answers grow as a vector does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "ai_trading/feed/records.hpp"
#include "ai_trading/matching/engine.hpp"
#include "ai_trading/matching/feed_writer.hpp"

namespace ai_trading::matching {

enum class Action : std::uint8_t {
  submit = 0,
  cancel = 1,
  replace = 2,
  expire = 3,
  mass_cancel = 4,
  disconnect = 5,
  clock = 6,  // the timestamp alone counts
  state = 7,
  bands = 8,  // price is the low one, stop the high one
  clear_bands = 9,
  reference = 10,
  account = 11,    // owner, new_id as its group, self_trade
  configure = 12,  // price as increment, quantity as least_share, state as allocation
  // Of a whole market only (venue/market_batch.hpp).
  halt = 13,
  resume = 14,
  index = 15,  // price, in hundredths of a point
};

namespace request {
inline constexpr std::uint16_t all_or_none = 1;
inline constexpr std::uint16_t slide = 2;
inline constexpr std::uint16_t new_stop = 4;        // of a replace: `stop` is meant
inline constexpr std::uint16_t any_instrument = 8;  // of a mass cancel
inline constexpr std::uint16_t new_offset = 16;     // of a replace, as new_stop
inline constexpr std::uint16_t new_display = 32;
}  // namespace request

// A field that an action does not use is not looked at.
struct Request {
  std::int64_t timestamp;
  std::uint64_t order_id;
  std::uint64_t new_id;  // of a replace, equal to order_id keeps the id; or a group
  std::int64_t price;
  std::int64_t quantity;  // of a replace: still to trade
  std::int64_t display;
  std::int64_t display_random;
  std::int64_t minimum;
  std::int64_t stop;
  std::int64_t trail;
  std::int64_t offset;
  std::int64_t expire_at;
  std::uint32_t instrument;
  std::uint32_t owner;
  std::uint16_t flags;
  std::uint8_t action;
  std::uint8_t side;  // of a mass cancel 2 is both
  std::uint8_t type;
  std::uint8_t time_in_force;
  std::uint8_t trigger;
  std::uint8_t trail_by;
  std::uint8_t peg;
  std::uint8_t self_trade;
  std::uint8_t state;  // a TradingState
  std::uint8_t auction;
  std::uint32_t reserved;
};

enum class AnswerKind : std::uint8_t {
  accepted = 0,
  rejected = 1,
  traded = 2,  // order_id took from other_id, which rested on `side`
  rested = 3,
  replaced = 4,  // other_id is the new id; `quantity` was left, `left` is
  canceled = 5,  // `quantity` was left; detail is a Gone
  expired = 6,   // the same
  triggered = 7,
  replenished = 8,
  decremented = 9,  // `quantity` was left, `left` is
  state = 10,       // detail is the TradingState, other_id the AuctionKind
  indicative = 11,  // price, `quantity` the volume, `left` the imbalance
  // Of a whole market only.
  phase = 12,        // detail is the Phase, other_id the Halt, `left` the time until
  bands = 13,        // price the lower, `left` the upper, other_left the reference;
                     // detail is the LuldState, `quantity` 0 where there are none
  market_wide = 14,  // detail is the level, `left` the time until
};

namespace answer {  // detail of a trade
inline constexpr std::uint32_t maker_shown = 1;
inline constexpr std::uint32_t taker_shown = 2;
inline constexpr std::uint32_t auction = 4;
}  // namespace answer

struct Answer {
  std::int64_t timestamp;
  std::uint64_t order_id;
  std::uint64_t other_id;
  std::int64_t price;
  std::int64_t quantity;
  std::int64_t left;        // of order_id, afterwards
  std::int64_t other_left;  // of other_id, afterwards; else what order_id shows
  std::uint64_t match;
  std::uint32_t instrument;
  std::uint32_t request;  // index of the row that caused it
  std::uint32_t owner;
  std::uint32_t other_owner;
  std::uint16_t reason;  // a Reject code
  std::uint8_t kind;
  std::uint8_t side;
  std::uint32_t detail;  // a Gone, a Place, or of what sort a trade was
};

static_assert(sizeof(Request) == 120 && std::is_trivially_copyable_v<Request>);
static_assert(sizeof(Answer) == 88 && std::is_trivially_copyable_v<Answer>);

// Writes down what it hears as rows.
class AnswerWriter : public Silent {
 public:
  // Every answer until the next call goes to `out`, with this time and row number.
  void begin(Nanos now, InstrumentIndex instrument, std::size_t request,
             std::vector<Answer>& out);

  void accepted(const NewOrder& order);
  void rejected(OrderId id, Reject why);
  void traded(const Trade& trade);
  void rested(const OrderView& order);
  void replaced(const Replaced& change);
  void canceled(const OrderView& order, Gone why);
  void expired(const OrderView& order);
  void replenished(const OrderView& order);
  void triggered(const OrderView& order);
  void decremented(const OrderView& before, Lots by);
  void state_changed(const StateChange& change);
  void indicative(const Indicative& now);

  // An answer of another kind.
  Answer& push(AnswerKind kind, OrderId id);

 private:
  Answer& push(AnswerKind kind, const OrderView& order);

  std::vector<Answer>* out_{};
  Nanos now_;
  InstrumentIndex instrument_{};
  std::uint32_t request_{};
};

// Tells both writers.
struct Scribe {
  bool publish;
  AnswerWriter answers;
  FeedWriter feed;

  void accepted(const NewOrder& order) { answers.accepted(order); }
  void rejected(OrderId id, Reject why) { answers.rejected(id, why); }
  void triggered(const OrderView& order) { answers.triggered(order); }
  void traded(const Trade& trade);
  void rested(const OrderView& order);
  void replenished(const OrderView& order);
  void replaced(const Replaced& change);
  void decremented(const OrderView& before, Lots by);
  void canceled(const OrderView& order, Gone why);
  void expired(const OrderView& order);
  void state_changed(const StateChange& change);
  void indicative(const Indicative& now);
};

// What the rows of a submit, a replace and a mass cancel ask for.
[[nodiscard]] NewOrder order_of(const Request& row);
[[nodiscard]] Terms terms_of(const Request& row);
[[nodiscard]] Change change_of(const Request& row);
[[nodiscard]] CancelFilter filter_of(const Request& row);

// An engine that writes down its answers and, where asked to, what it publishes.
class BatchEngine {
 public:
  BatchEngine(std::size_t max_instruments, bool publish, std::uint16_t flags = 0,
              std::uint64_t seed = 0);
  BatchEngine(const BatchEngine&) = delete;
  BatchEngine& operator=(const BatchEngine&) = delete;

  // Appends the answers to `out`.  One refused request does not stop the rest.  A row's
  // time moves the clock before the row itself is looked at.
  void apply(std::span<const Request> requests, std::vector<Answer>& out);

  // The events since the last call; empty unless it publishes.
  [[nodiscard]] std::vector<feed::Event> take_feed();

  [[nodiscard]] ShownBook books() const { return engine_.books(); }
  [[nodiscard]] std::optional<OrderView> order(OrderId id) const {
    return engine_.order(id);
  }
  [[nodiscard]] TradingState state(InstrumentIndex i) const { return engine_.state(i); }
  [[nodiscard]] Indicative indicative(InstrumentIndex i) const {
    return engine_.indicative(i);
  }
  [[nodiscard]] std::uint64_t state_hash() const { return engine_.state_hash(); }
  [[nodiscard]] std::uint64_t trades() const { return engine_.trades(); }

  // As Engine's; what was published and not taken is in neither.
  [[nodiscard]] std::vector<std::byte> snapshot() const { return engine_.snapshot(); }
  [[nodiscard]] SnapshotError restore(std::span<const std::byte> bytes) {
    return engine_.restore(bytes);
  }

 private:
  void apply_one(const Request& request);
  void look_ahead(std::span<const Request> requests, std::size_t at) const;

  std::vector<feed::Event> events_;
  Scribe scribe_;
  Engine<Scribe> engine_;
};

}  // namespace ai_trading::matching
