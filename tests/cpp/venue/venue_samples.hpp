// Words to tell stories about a venue with: events of the market, commands of ours.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "ai_trading/base/messages.hpp"
#include "ai_trading/feed/records.hpp"

namespace ai_trading {

inline void PrintTo(Ticks t, std::ostream* out) { *out << t.n << " ticks"; }
inline void PrintTo(Lots l, std::ostream* out) { *out << l.n << " lots"; }

namespace venue {

using feed::Event;
using feed::EventKind;

inline Event event(EventKind kind, Side side, std::int64_t price, std::int64_t quantity,
                   OrderId id = 0, OrderId aux = 0) {
  Event e{};
  e.timestamp = 10;
  e.kind = static_cast<std::uint8_t>(kind);
  e.side = static_cast<std::uint8_t>(side);
  e.price = price;
  e.quantity = quantity;
  e.order_id = id;
  e.aux = aux;
  return e;
}

inline Event add(OrderId id, Side side, std::int64_t price, std::int64_t quantity) {
  return event(EventKind::add, side, price, quantity, id);
}
inline Event executed(OrderId id, std::int64_t quantity, std::uint16_t flags = 0) {
  Event e = event(EventKind::execute, Side::none, 0, quantity, id);
  e.flags = flags;
  return e;
}
inline Event hidden_trade(std::int64_t price, std::int64_t quantity,
                          Side side = Side::none) {
  return event(EventKind::trade, side, price, quantity);
}
inline Event level(Side side, std::int64_t price, std::int64_t quantity) {
  return event(EventKind::level, side, price, quantity);
}
inline Event status(feed::TradingState state) {
  return event(EventKind::status, Side::none, 0, 0, 0, static_cast<OrderId>(state));
}

inline Command limit(OrderId id, Side side, std::int64_t price, std::int64_t quantity,
                     Nanos at = Nanos{5}) {
  Command c;
  c.arrive = at;
  c.order_id = id;
  c.kind = Command::Kind::submit;
  c.side = side;
  c.type = OrderType::limit;
  c.price = Ticks{price};
  c.quantity = Lots{quantity};
  return c;
}
inline Command market(OrderId id, Side side, std::int64_t quantity,
                      Nanos at = Nanos{5}) {
  Command c = limit(id, side, 0, quantity, at);
  c.type = OrderType::market;
  return c;
}
inline Command ioc(Command c) {
  c.time_in_force = TimeInForce::ioc;
  return c;
}
inline Command cancel(OrderId id, Side side) {
  Command c = limit(id, side, 0, 0);
  c.kind = Command::Kind::cancel;
  return c;
}
inline Command modify(OrderId id, Side side, std::int64_t price,
                      std::int64_t quantity) {
  Command c = limit(id, side, price, quantity);
  c.kind = Command::Kind::modify;
  return c;
}

// "filled 1: 50 @ 100", one text per report, so that a story ends in plain words.
inline std::string words(const Report& r) {
  const std::string id = std::to_string(r.order_id);
  const std::string why =
      r.reason == Reject::none ? "" : " (" + std::string(name(r.reason)) + ")";
  switch (r.kind) {
    case Report::Kind::accepted:
      return "accepted " + id;
    case Report::Kind::rejected:
      return "rejected " + id + why;
    case Report::Kind::filled:
      return "filled " + id + ": " + std::to_string(r.quantity.n) + " @ " +
             std::to_string(r.price.n);
    case Report::Kind::canceled:
      return "canceled " + id + why;
    case Report::Kind::expired:
      return "expired " + id;
    case Report::Kind::modified:
      return "modified " + id;
    case Report::Kind::change_rejected:
      return "change rejected " + id + why;
    case Report::Kind::restated:
      if (r.quantity.n == 0) return "triggered " + id;
      return "restated " + id + ": " + std::to_string(r.quantity.n) + " @ " +
             std::to_string(r.price.n);
    default:
      break;
  }
  return "?";
}

using Story = std::vector<std::string>;

// A venue with one instrument, and what it said since it was last asked.
template <class Venue>
class Floor {
 public:
  template <class... More>
  explicit Floor(More... more) : venue({Instrument{}}, cost::Fees{}, more...) {}

  Story market(const Event& e) {
    venue.on_event(e, reports);
    return told();
  }
  Story ours(const Command& c) {
    venue.execute(c, reports);
    return told();
  }
  Story told() {
    Story out;
    for (const Report& r : reports) out.push_back(words(r));
    reports.clear();
    return out;
  }

  Venue venue;
  std::vector<Report> reports;
};

}  // namespace venue
}  // namespace ai_trading
