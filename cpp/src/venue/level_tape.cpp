#include "ai_trading/venue/level_tape.hpp"

namespace ai_trading::venue {

using feed::Event;
using feed::EventKind;

LevelTape::LevelTape(std::span<const Event> events) {
  book::Books books(1);
  first_.reserve(events.size() + 1);
  first_.push_back(0);
  for (const Event& event : events) {
    see(event, books);
    first_.push_back(moves_.size());
  }
}

void LevelTape::level(const book::Books& books, Side side, Ticks price) {
  moves_.push_back({price, books.level(0, side, price).quantity, {}, {}, side});
}

void LevelTape::see(const Event& event, book::Books& books) {
  const auto before = books.order(event.order_id);
  if (books.apply(event) != Reject::none) return;
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::add:
      return level(books, static_cast<Side>(event.side), Ticks{event.price});
    case EventKind::reduce:
    case EventKind::remove:
      return level(books, before->side, before->price);
    case EventKind::execute:
    case EventKind::execute_at: {
      level(books, before->side, before->price);
      if (event.flags & feed::flag::unprinted) return;
      const bool own = event.kind == static_cast<std::uint8_t>(EventKind::execute);
      moves_.back().traded = Lots{event.quantity};
      moves_.back().traded_at = own ? before->price : Ticks{event.price};
      return;
    }
    case EventKind::replace:
    case EventKind::modify:
      if (before->price != Ticks{event.price})
        level(books, before->side, before->price);
      return level(books, before->side, Ticks{event.price});
    case EventKind::trade:
      moves_.push_back({{},
                        Lots{-1},
                        Lots{event.quantity},
                        Ticks{event.price},
                        static_cast<Side>(event.side)});
      return;
    default:
      return;
  }
}

}  // namespace ai_trading::venue
