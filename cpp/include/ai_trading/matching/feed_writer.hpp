// What a venue publishes of its books: a listener that turns calls into events.
//
// A book that applies these events equals the engine's displayed book, state hash
// included.  Dark orders are not told; a trade with one is an event `trade`, flagged
// hidden.  What an auction trades is `execute_at` for whoever was displayed (the second of
// a pair unprinted) and `cross` where nobody was.
// Events of one request carry the same time, and all but the last of them flag::more.
//
// Units       as feed/records.hpp; an execution's aux is the match number.
// Cost        O(1) per event; `out` grows as a vector does and keeps its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ai_trading/feed/records.hpp"
#include "ai_trading/matching/orders.hpp"

namespace ai_trading::matching {

class FeedWriter : public Silent {
 public:
  explicit FeedWriter(std::vector<feed::Event>& out, std::uint16_t flags = 0)
      : out_(&out), flags_(flags), begin_(out.size()) {}

  // Every event until the next call is of this time and request.
  void begin(Nanos now) {
    now_ = now;
    begin_ = out_->size();
  }

  void traded(const Trade& trade);
  void rested(const OrderView& order);
  void replenished(const OrderView& order) { rested(order); }
  void replaced(const Replaced& change);
  void decremented(const OrderView& before, Lots by);
  void canceled(const OrderView& order, Gone why);
  void expired(const OrderView& order);
  void state_changed(const StateChange& change);
  void indicative(const Indicative& now);

 private:
  feed::Event& push(feed::EventKind kind, InstrumentIndex instrument, Side side,
                    OrderId id);
  void crossed(const Trade& trade);
  void reduced(const OrderView& before, Lots shown);
  void remove(const OrderView& order);

  std::vector<feed::Event>* out_;
  std::uint16_t flags_;
  std::size_t begin_;
  Nanos now_;
};

}  // namespace ai_trading::matching
