// A desk with one instrument marked at 100, and reports to it.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "ai_trading/desk/desk.hpp"

namespace ai_trading::desk {

constexpr Nanos kNow{1000};

inline Desk plain_desk(const Terms& terms = {}, std::size_t instruments = 1) {
  Desk made(std::vector<Instrument>(instruments), from_nano(1'000'000 * kNano),
            std::vector<risk::Limits>(instruments), terms);
  for (InstrumentIndex i = 0; i < instruments; ++i) made.mark(i, Ticks{100});
  return made;
}

inline NewOrder limit(Side side, std::int64_t price, std::int64_t quantity) {
  NewOrder order;
  order.side = side;
  order.type = OrderType::limit;
  order.price = Ticks{price};
  order.quantity = Lots{quantity};
  return order;
}
inline NewOrder buying(std::int64_t price, std::int64_t quantity) {
  return limit(Side::buy, price, quantity);
}
inline NewOrder selling(std::int64_t price, std::int64_t quantity) {
  return limit(Side::sell, price, quantity);
}

inline Report saying(OrderId id, Report::Kind kind, std::int64_t price = 0,
                     std::int64_t quantity = 0) {
  Report out;
  out.at = Nanos{2000};
  out.order_id = id;
  out.kind = kind;
  out.price = Ticks{price};
  out.quantity = Lots{quantity};
  return out;
}
inline Report filling(OrderId id, std::int64_t price, std::int64_t quantity,
                      std::uint64_t execution = 0) {
  Report out = saying(id, Report::Kind::filled, price, quantity);
  out.execution = execution;
  return out;
}
inline Report undoing(std::uint64_t execution, std::uint64_t own = 0) {
  Report out = saying(0, Report::Kind::trade_canceled);
  out.corrects = execution;
  out.execution = own;
  return out;
}

inline OrderStatus status(const Desk& desk, OrderId id) {
  return static_cast<OrderStatus>(desk.order(id).status);
}
inline std::vector<Reject> codes(const Desk& desk) {
  std::vector<Reject> out;
  for (const Incident& incident : desk.incidents())
    out.push_back(static_cast<Reject>(incident.code));
  return out;
}
inline std::vector<Command> sent(Desk& desk) {
  std::vector<Command> out;
  desk.take_commands(out);
  return out;
}
// An accepted order.
inline OrderId working(Desk& desk, const NewOrder& order) {
  const auto made = desk.submit(order, kNow);
  EXPECT_EQ(made.reason, Reject::none);
  desk.on_report(saying(made.id, Report::Kind::accepted));
  return made.id;
}

using Codes = std::vector<Reject>;

}  // namespace ai_trading::desk
