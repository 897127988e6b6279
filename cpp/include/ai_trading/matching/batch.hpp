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

enum class Action : std::uint8_t { submit = 0, cancel = 1, replace = 2, expire = 3 };

struct Request {
  std::int64_t timestamp;
  std::uint64_t order_id;
  std::uint64_t new_id;  // of a replace; equal to order_id keeps the id
  std::int64_t price;
  std::int64_t quantity;     // of a replace: still to trade
  std::uint32_t instrument;  // of a submit and an expire
  std::uint32_t owner;
  std::uint8_t action;
  std::uint8_t side;
  std::uint8_t type;
  std::uint8_t time_in_force;
  std::uint32_t reserved;
};

enum class AnswerKind : std::uint8_t {
  accepted = 0,
  rejected = 1,
  traded = 2,  // order_id took from other_id, which rested on `side`
  rested = 3,
  replaced = 4,  // other_id is the new id; `quantity` was left, `left` is
  canceled = 5,  // `quantity` was left
  expired = 6,   // the same
};

struct Answer {
  std::int64_t timestamp;
  std::uint64_t order_id;
  std::uint64_t other_id;
  std::int64_t price;
  std::int64_t quantity;
  std::int64_t left;        // of order_id, afterwards
  std::int64_t other_left;  // of other_id, afterwards
  std::uint64_t match;
  std::uint32_t instrument;
  std::uint32_t request;  // index of the row that caused it
  std::uint32_t owner;
  std::uint32_t other_owner;
  std::uint16_t reason;  // a Reject code
  std::uint8_t kind;
  std::uint8_t side;
  std::uint32_t reserved;
};

static_assert(sizeof(Request) == 56 && std::is_trivially_copyable_v<Request>);
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

 private:
  Answer& push(AnswerKind kind, OrderId id);
  Answer& push(AnswerKind kind, const OrderView& order);

  std::vector<Answer>* out_{};
  Nanos now_;
  InstrumentIndex instrument_{};
  std::uint32_t request_{};
};

// An engine that writes down its answers and, where asked to, what it publishes.
class BatchEngine {
 public:
  BatchEngine(std::size_t max_instruments, bool publish, std::uint16_t flags = 0);
  BatchEngine(const BatchEngine&) = delete;
  BatchEngine& operator=(const BatchEngine&) = delete;

  // Appends the answers to `out`.  One refused request does not stop the rest.
  void apply(std::span<const Request> requests, std::vector<Answer>& out);

  // The events since the last call; empty unless it publishes.
  [[nodiscard]] std::vector<feed::Event> take_feed();

  [[nodiscard]] const book::Books& books() const { return engine_.books(); }
  [[nodiscard]] std::uint64_t state_hash() const { return engine_.state_hash(); }
  [[nodiscard]] std::uint64_t trades() const { return engine_.trades(); }

 private:
  // Tells both writers.
  struct Scribe {
    bool publish;
    AnswerWriter answers;
    FeedWriter feed;

    void accepted(const NewOrder& order) { answers.accepted(order); }
    void rejected(OrderId id, Reject why) { answers.rejected(id, why); }
    void traded(const Trade& trade);
    void rested(const OrderView& order);
    void replaced(const Replaced& change);
    void canceled(const OrderView& order, Gone why);
    void expired(const OrderView& order);
  };

  void apply_one(const Request& request);

  std::vector<feed::Event> events_;
  Scribe scribe_;
  Engine<Scribe> engine_;
};

}  // namespace ai_trading::matching
