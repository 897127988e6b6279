// The displayed books of an engine, as the public sees them: a view with the questions
// of book::Books.
//
// An iceberg stands in it with its peak.  The state hash is that of a book::Books made of
// the public feed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "ai_trading/book/books.hpp"
#include "ai_trading/matching/engine_state.hpp"

namespace ai_trading::matching {

class ShownBook {
 public:
  explicit ShownBook(const EngineState& engine) : engine_(&engine) {}

  [[nodiscard]] std::optional<book::Level> best(InstrumentIndex instrument,
                                                Side side) const;
  // Writes the best levels into `out`, best first; returns how many there were.
  std::size_t depth(InstrumentIndex instrument, Side side,
                    std::span<book::Level> out) const;
  // The level at a price; quantity 0 where there is none.
  [[nodiscard]] book::Level level(InstrumentIndex instrument, Side side,
                                  Ticks price) const;
  // A displayed order; `left` is what it shows.
  [[nodiscard]] std::optional<book::RestingOrder> order(OrderId id) const;
  [[nodiscard]] std::size_t level_count(InstrumentIndex instrument, Side side) const;
  [[nodiscard]] std::size_t instruments() const {
    return engine_->store().instruments();
  }
  // O(levels).
  [[nodiscard]] std::size_t order_count() const;
  [[nodiscard]] std::uint64_t state_hash() const;

  // Calls visit(const book::RestingOrder&) for every order of a side in priority order,
  // until it returns false.
  template <class Visit>
  void for_each(InstrumentIndex instrument, Side side, Visit&& visit) const {
    engine_->for_each_shown(instrument, side,
                            [&](Handle h) { return visit(resting(h)); });
  }

 private:
  [[nodiscard]] const PriceLevels* levels(InstrumentIndex instrument, Side side) const;
  [[nodiscard]] book::RestingOrder resting(Handle h) const;

  const EngineState* engine_;
};

}  // namespace ai_trading::matching
