// An order-by-order tape told as what changes at price levels, and what trades.
//
// For each event, in its order, the levels whose total it changes and the trade it
// prints: what a source of totals would have shown.
//
// Cost        one pass with a book of orders; 40 bytes for each change.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ai_trading/book/books.hpp"
#include "ai_trading/feed/records.hpp"

namespace ai_trading::venue {

struct LevelMove {
  Ticks price;
  Lots total;  // now at the price; below 0 where only a trade is told
  Lots traded;
  Ticks traded_at;
  Side side{};
};

class LevelTape {
 public:
  // `events` are of instrument 0.
  explicit LevelTape(std::span<const feed::Event> events);

  [[nodiscard]] std::span<const LevelMove> of(std::size_t event) const {
    return std::span(moves_).subspan(first_[event], first_[event + 1] - first_[event]);
  }

 private:
  void level(const book::Books& books, Side side, Ticks price);
  void see(const feed::Event& event, book::Books& books);

  std::vector<LevelMove> moves_;
  std::vector<std::size_t> first_;
};

}  // namespace ai_trading::venue
