// Every instrument's price levels, where a source tells totals and not orders.
//
// Units       price in ticks, quantity in lots.
// Threads     const members may run together; any other call must run alone.
// Cost        O(1) for a level that is there; to add or remove one O(log levels) and the
//             move of those that are better.  80 bytes a side besides the levels.
#pragma once

#include <algorithm>
#include <array>
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
                           Lots quantity) {
    // Nearly always the level is there and stays.
    const std::size_t at = std::size_t{instrument} * 2 + static_cast<std::size_t>(side);
    if (side != Side::none && at < sides_.size() && quantity.n > 0) [[likely]] {
      Levels& levels = sides_[at].levels;
      const std::uint32_t place = sides_[at].guess(key_of(side, price.n));
      if (place < levels.count()) [[likely]] {
        levels.value(place) = quantity.n;
        return Reject::none;
      }
    }
    return change(instrument, side, price, quantity);
  }

  void clear(InstrumentIndex instrument);

  // EventKind::level and clear change the book; order events are refused with
  // not_supported_here; everything else is accepted and changes nothing.
  Reject apply(const feed::Event& event) {
    if (event.kind == static_cast<std::uint8_t>(feed::EventKind::level) &&
        event.side <= 1) [[likely]]
      return set(event.instrument, static_cast<Side>(event.side), Ticks{event.price},
                 Lots{event.quantity});
    return apply_other(event);
  }

  [[nodiscard]] std::optional<Level> best(InstrumentIndex instrument, Side side) const;
  // The level farthest from the touch.
  [[nodiscard]] std::optional<Level> last(InstrumentIndex instrument, Side side) const;
  std::size_t depth(InstrumentIndex instrument, Side side, std::span<Level> out) const;
  [[nodiscard]] Level level(InstrumentIndex instrument, Side side, Ticks price) const;
  [[nodiscard]] std::size_t level_count(InstrumentIndex instrument, Side side) const;
  [[nodiscard]] std::uint64_t state_hash() const;

 private:
  using Levels = Ladder<std::int64_t>;

  // One side, with where some keys stood when they were last set: totals change as
  // readily at the tenth level as at the touch, and how deep a search would have to go
  // cannot be predicted.
  struct SideLevels {
    Levels levels;
    std::array<std::uint8_t, 64> places{};  // the last eight bits of them

    [[nodiscard]] static std::size_t row(std::int64_t key) {
      return (static_cast<std::uint64_t>(key) * 0x9e3779b97f4a7c15ULL) >> 58;
    }
    // Where `key` stands, or no place at all: then it must be searched.
    [[nodiscard]] std::uint32_t guess(std::int64_t key) const {
      const std::uint32_t last = levels.count() - 1;
      const std::uint32_t place = last - ((last - places[row(key)]) & 0xff);
      return place < levels.count() && levels.key(place) == key ? place
                                                                : Levels::kNotFound;
    }
    void note(std::int64_t key, std::uint32_t place) {
      places[row(key)] = static_cast<std::uint8_t>(place);
    }
  };

  [[nodiscard]] const Levels* side_of(InstrumentIndex instrument, Side side) const {
    const std::size_t at = std::size_t{instrument} * 2 + static_cast<std::size_t>(side);
    return side != Side::none && at < sides_.size() ? &sides_[at].levels : nullptr;
  }
  // Of any price, also one that no level can have.  Without a branch: which side is next
  // cannot be predicted.
  [[nodiscard]] static std::int64_t key_of(Side side, std::int64_t price) {
    const std::uint64_t flip = 0 - static_cast<std::uint64_t>(side == Side::sell);
    return static_cast<std::int64_t>((static_cast<std::uint64_t>(price) ^ flip) - flip);
  }
  // As set, for levels that come and go.
  Reject change(InstrumentIndex instrument, Side side, Ticks price, Lots quantity);
  Reject apply_other(const feed::Event& event);

  std::size_t max_instruments_;
  std::vector<SideLevels> sides_;
};

}  // namespace ai_trading::book
