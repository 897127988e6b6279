// Every instrument's price levels, where a source tells totals and not orders.
//
// Units       price in ticks, quantity in lots.
// Threads     const members may run together; any other call must run alone.
// Cost        O(1) near the touch, O(log levels) away from it plus the move of the
//             levels that are better.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ai_trading/base/reject.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/book/books.hpp"
#include "ai_trading/book/ladder.hpp"
#include "ai_trading/feed/records.hpp"

namespace ai_trading::book {

class LevelBook {
 public:
  explicit LevelBook(std::size_t max_instruments = std::size_t{1} << 20)
      : max_instruments_(max_instruments) {}

  // The total at a price is now `quantity`; zero removes the level, and removing one
  // that is not there is accepted: sources do it.  Refuses side_missing,
  // quantity_not_positive (below zero), price_out_of_range and unknown_instrument.
  [[nodiscard]] Reject set(InstrumentIndex instrument, Side side, Ticks price,
                           Lots quantity);

  void clear(InstrumentIndex instrument);

  // EventKind::level and clear change the book; order events are refused with
  // not_supported_here; everything else is accepted and changes nothing.
  Reject apply(const feed::Event& event);

  [[nodiscard]] std::optional<Level> best(InstrumentIndex instrument, Side side) const;
  // The level farthest from the touch.
  [[nodiscard]] std::optional<Level> last(InstrumentIndex instrument, Side side) const;
  std::size_t depth(InstrumentIndex instrument, Side side, std::span<Level> out) const;
  [[nodiscard]] Level level(InstrumentIndex instrument, Side side, Ticks price) const;
  [[nodiscard]] std::size_t level_count(InstrumentIndex instrument, Side side) const;
  [[nodiscard]] std::uint64_t state_hash() const;

 private:
  using SideLevels = Ladder<std::int64_t>;
  [[nodiscard]] const SideLevels* side_of(InstrumentIndex instrument, Side side) const {
    const std::size_t at = std::size_t{instrument} * 2 + static_cast<std::size_t>(side);
    return side != Side::none && at < sides_.size() ? &sides_[at] : nullptr;
  }
  [[nodiscard]] static std::int64_t key_of(Side side, std::int64_t price) {
    return side == Side::sell ? -price : price;
  }

  std::size_t max_instruments_;
  std::vector<SideLevels> sides_;
};

}  // namespace ai_trading::book
