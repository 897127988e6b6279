// The best prices of many instruments, each in a cache line of its own.
//
// A book has its touch in three or four places, none of which an event in its depth goes
// by: with thousands of instruments each of them would come from memory.  Whether an
// event can have moved the touch is told by its price, so that the book is only asked
// where the event has just been.
//
// Threads     as the session that has it.
// Cost        O(1); a look at an order's record, which the event is about to change.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "ai_trading/book/books.hpp"
#include "ai_trading/feed/records.hpp"

namespace ai_trading::sim {

class Touches {
 public:
  explicit Touches(std::size_t instruments) : rows_(instruments) {}

  void prefetch(InstrumentIndex instrument) const {
    if (instrument < rows_.size()) __builtin_prefetch(&rows_[instrument], 1);
  }

  // The best level of a side, of a book of which every event was told.
  template <class Book>
  [[nodiscard]] std::optional<book::Level> best(const Book& book,
                                                InstrumentIndex instrument, Side side) {
    Row& row = rows_[instrument];
    const auto at = static_cast<std::size_t>(side);
    if ((row.stale & bit(at)) != 0) {
      const auto found = book.best(instrument, side);
      row.there =
          static_cast<std::uint8_t>(found ? row.there | bit(at) : row.there & ~bit(at));
      if (found) {
        row.price[at] = found->price.n;
        row.quantity[at] = found->quantity.n;
        row.orders[at] = found->orders;
      }
      row.stale = static_cast<std::uint8_t>(row.stale & ~bit(at));
    }
    if ((row.there & bit(at)) == 0) return std::nullopt;
    return book::Level{Ticks{row.price[at]}, Lots{row.quantity[at]}, row.orders[at]};
  }

  // An event is about to be applied to the book.
  void follow(const book::Books& book, const feed::Event& event) {
    using feed::EventKind;
    switch (static_cast<EventKind>(event.kind)) {
      case EventKind::add:
        return change(event.instrument, event.side, event.price);
      case EventKind::reduce:
      case EventKind::remove:
      case EventKind::execute:
      case EventKind::execute_at:
        if (const auto order = book.order(event.order_id))
          change(order->instrument, static_cast<std::uint8_t>(order->side),
                 order->price.n);
        return;
      case EventKind::replace:
      case EventKind::modify:
        if (const auto order = book.order(event.order_id)) {
          const auto side = static_cast<std::uint8_t>(order->side);
          change(order->instrument, side, order->price.n);
          change(order->instrument, side, event.price);
        }
        return;
      case EventKind::info:
      case EventKind::trade:
      case EventKind::cross:
      case EventKind::imbalance:
      case EventKind::status:
      case EventKind::broken:
        return;  // these move no order
      default:
        if (event.instrument < rows_.size()) rows_[event.instrument].stale = kBoth;
    }
  }

 private:
  static constexpr std::uint8_t kBoth = 3;
  struct alignas(64) Row {
    std::array<std::int64_t, 2> price{};
    std::array<std::int64_t, 2> quantity{};
    std::array<std::uint32_t, 2> orders{};
    std::uint8_t stale = kBoth;  // bits by side: the book must be asked
    std::uint8_t there{};
  };
  static_assert(sizeof(Row) == 64);

  [[nodiscard]] static unsigned bit(std::size_t side) { return 1U << side; }

  // Something at a price of a side: behind the best one it changes nothing there.
  void change(InstrumentIndex instrument, std::uint8_t side, std::int64_t price) {
    if (instrument >= rows_.size() || side > 1) return;
    Row& row = rows_[instrument];
    const bool there = (row.there & bit(side)) != 0;
    const bool behind =
        there && (side == 0 ? price < row.price[side] : price > row.price[side]);
    if (!behind) row.stale = static_cast<std::uint8_t>(row.stale | bit(side));
  }

  std::vector<Row> rows_;
};

}  // namespace ai_trading::sim
