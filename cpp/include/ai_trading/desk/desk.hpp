// The desk: orders in, venue reports in; commands, records and an account out.
//
// It reads no clock and does no I/O: the caller says what time it is, carries commands
// to a venue and brings its reports back.  The same object serves a backtest and, later,
// a live session.
//
// Units       as everywhere; times in UTC nanoseconds.
// Refusals    submit returns an order whose status is `rejected`, with the reason; it is
//             recorded like any other and reaches no venue.
// Cost        O(1) per order and report.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ai_trading/base/digest.hpp"
#include "ai_trading/base/messages.hpp"
#include "ai_trading/desk/ledger.hpp"
#include "ai_trading/desk/records.hpp"
#include "ai_trading/risk/gate.hpp"

namespace ai_trading::desk {

struct NewOrder {
  InstrumentIndex instrument{};
  Side side{};
  OrderType type = OrderType::market;
  TimeInForce time_in_force = TimeInForce::day;
  Ticks price;
  Lots quantity;
  OrderId parent{};
  std::uint16_t strategy{};
};

class Desk {
 public:
  // `limits` has one row per instrument; `per_order` is charged with the first fill of
  // an order, in 1e-9 currency units.
  Desk(std::vector<Instrument> instruments, Money cash,
       std::vector<risk::Limits> limits, std::int64_t per_order = 0);

  // Takes an order, checks it and numbers it from 1.  Where it passed, `command` is what
  // the venue must get.
  struct Submitted {
    OrderId id{};
    Reject reason{};
    std::optional<Command> command;
  };
  Submitted submit(const NewOrder& order, Nanos now) {
    return take(order, gate(order), now);
  }
  // Records an order that may not go out, whatever the gate says.
  Submitted refuse(const NewOrder& order, Reject reason, Nanos now) {
    return take(order, reason, now);
  }

  struct Changed {
    Reject reason{};
    std::optional<Command> command;
  };
  // Asks for the end of a working order.  Refuses unknown_id, order_done and
  // pending_change.
  Changed cancel(OrderId id, Nanos now);

  // Asks for another price and total quantity.  What grows passes the gate again.
  Changed modify(OrderId id, Ticks price, Lots quantity, Nanos now);

  // Books what a venue reported and returns the fill, where it was one.
  std::optional<FillRecord> on_report(const Report& report);

  void mark(InstrumentIndex instrument, Ticks price) {
    ledger_.mark(instrument, price);
  }

  [[nodiscard]] const OrderRecord& order(OrderId id) const { return orders_[id - 1]; }
  [[nodiscard]] bool knows(OrderId id) const { return id - 1 < orders_.size(); }
  [[nodiscard]] std::span<const OrderRecord> orders() const { return orders_; }
  [[nodiscard]] std::span<const FillRecord> fills() const { return fills_; }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  [[nodiscard]] std::size_t working_orders() const { return working_orders_; }

  [[nodiscard]] AccountRecord account(Nanos now) const;

  // A digest of every order, fill and the account.
  [[nodiscard]] std::uint64_t state_hash() const;

 private:
  struct Working {
    Lots buy, sell;
  };
  // What an order may still become, and its open part adds to what is working: the
  // greater of what it is and of what a modify under way asks for.
  struct Reach {
    Ticks price;
    Lots total;
    Lots open;
    Money cost;  // of the open part; buys only
  };

  Submitted take(const NewOrder& order, Reject reason, Nanos now);
  [[nodiscard]] Reject gate(const NewOrder& order) const;
  void count(const OrderRecord& order, Lots open);
  void reach(const OrderRecord& order, Ticks price, Lots total);
  void finish(OrderRecord& order, OrderStatus status, Nanos at);
  [[nodiscard]] Command command(const OrderRecord& order, Command::Kind kind) const;
  FillRecord fill(OrderRecord& order, const Report& report);

  Ledger ledger_;
  std::vector<risk::Limits> limits_;
  std::int64_t per_order_;
  std::vector<Working> working_;
  Money working_buy_value_;
  std::size_t working_orders_{};
  std::vector<OrderRecord> orders_;
  std::vector<Reach> reaches_;  // by order
  std::vector<FillRecord> fills_;
};

}  // namespace ai_trading::desk
