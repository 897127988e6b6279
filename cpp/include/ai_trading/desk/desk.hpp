// The desk: orders in, venue reports in; commands, records and an account out.
//
// It reads no clock and does no I/O: the caller says what time it is, carries commands
// to a venue and brings its reports back.  The same object serves a backtest and a live
// session.  What an order may become is in lifecycle.hpp.
//
// What a venue says it executed is always booked.  What it should not have executed, or
// what does not fit our books, is an incident (incident.hpp).
//
// Units       as everywhere; times in UTC nanoseconds.
// Refusals    submit returns an order whose status is `rejected`, with the reason; it is
//             recorded like any other and reaches no venue.
// Cost        O(1) per order and report; O(members) for linked orders, O(depth of the
//             tree) for children; O(events of the instrument) to undo an execution.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ai_trading/base/digest.hpp"
#include "ai_trading/base/messages.hpp"
#include "ai_trading/base/rows.hpp"
#include "ai_trading/book/id_index.hpp"
#include "ai_trading/desk/incident.hpp"
#include "ai_trading/desk/ledger.hpp"
#include "ai_trading/desk/lifecycle.hpp"
#include "ai_trading/desk/parents.hpp"
#include "ai_trading/desk/records.hpp"
#include "ai_trading/risk/gate.hpp"

namespace ai_trading::risk {
class Gate;
}

namespace ai_trading::desk {

using GroupId = std::uint32_t;
using RequestId = std::uint64_t;

struct NewOrder {
  InstrumentIndex instrument{};
  Side side{};
  OrderType type = OrderType::market;
  TimeInForce time_in_force = TimeInForce::day;
  Ticks price;
  Lots quantity;
  ParentId parent{};
  std::uint16_t strategy{};
  GroupId group{};    // of linked orders; 0: none
  ClientId client{};  // the client's own id; 0: none
};

// What an execution of one linked order does to the others.
enum class Link : std::uint8_t {
  cancel_others,  // one cancels the other
  reduce_others,  // one takes its quantity from the others
};

// One request of ours to a venue: FIX's ClOrdID chain.
struct Request {
  OrderId order{};
  RequestId original{};  // what it follows; 0 for a new order
  Command::Kind kind{};
};

// How long the desk waits.  Zero: for ever.
struct Patience {
  Nanos order;               // an order is canceled once it is this old
  Nanos answer;              // a request is repeated when it is unanswered this long
  std::uint8_t attempts{3};  // how often it is sent in all
};

// What an account allows as a whole.  Zero: no such rule.
struct House {
  std::size_t max_working{};  // orders at once
  std::int64_t share_ppm{};   // of the account's value that one order may be worth
  bool cash_covers{};         // what opens a position, long or short, needs its cash
};

struct Terms {
  std::int64_t per_order{};  // charged with the first fill, in 1e-9 currency units
  LedgerTerms ledger;
  std::optional<MarginTerms> margin;  // a margin account; none: the gate's cash rules
  Patience patience;
  House house;
};

// What pulling the kill switch did.
struct Killed {
  Mode before{};               // of the scope
  std::vector<OrderId> asked;  // orders whose end was asked for
  std::size_t ended{};         // orders that no venue had
  std::size_t under_way{};     // orders whose end had been asked for before
  std::size_t parents{};       // parents that were at work
};

class Desk {
 public:
  // `limits` has one row per instrument.
  Desk(std::vector<Instrument> instruments, Money cash,
       std::vector<risk::Limits> limits, const Terms& terms);
  Desk(std::vector<Instrument> instruments, Money cash,
       std::vector<risk::Limits> limits, std::int64_t per_order = 0)
      : Desk(std::move(instruments), cash, std::move(limits),
             Terms{per_order, {}, std::nullopt, {}, {}}) {}

  Desk(Desk&&) noexcept;
  ~Desk();

  InstrumentIndex add(const Instrument& instrument, const risk::Limits& limits);

  // Takes an order, checks it and numbers it from 1.  Where it passed, `command` is what
  // the venue must get; an order that waits for another one has none yet.  A client id
  // that was used before is refused as duplicate_id.
  struct Submitted {
    OrderId id{};
    Reject reason{};
    std::optional<Command> command;
  };
  Submitted submit(const NewOrder& order, Nanos now) {
    if (armed_) return submit_armed(order, now);
    return take(order, admit(order), now);
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

  // Orders submitted with the group are linked.  With an `entry` they wait until it
  // executes and may together be as large as what it executed (a bracket; with one
  // member, one triggers the other); its first exit ends what is left of the entry.
  GroupId link(Link kind, OrderId entry = 0);

  // Books what a venue reported and returns the fill, where it was one.  Undoing an
  // execution returns a fill of negative quantity.
  std::optional<FillRecord> on_report(const Report& report);

  // Starts loading what a report about an order, or about a child of a parent, will touch.
  AI_TRADING_ALWAYS_INLINE void expect(OrderId id) const {
    if (!knows(id)) return;
    const char* const order = reinterpret_cast<const char*>(&orders_[id - 1]);
    __builtin_prefetch(order, 1);
    __builtin_prefetch(order + sizeof(OrderRecord) - 1, 1);
    __builtin_prefetch(&slots_[id - 1], 1);
  }
  AI_TRADING_ALWAYS_INLINE void expect_parent(ParentId id) const {
    if (!knows_parent(id)) return;
    const char* const parent = reinterpret_cast<const char*>(&parents_[id - 1]);
    __builtin_prefetch(parent, 1);
    __builtin_prefetch(parent + sizeof(ParentRecord) - 1, 1);
  }

  // Judges what is overdue.  Requests are repeated under their own number.
  void wake(Nanos now);

  // What the desk wants sent by itself, in order; see on_report, wake, cancel_parent.
  [[nodiscard]] bool has_commands() const { return !outbox_.empty(); }
  void take_commands(std::vector<Command>& out) {
    out.insert(out.end(), outbox_.begin(), outbox_.end());
    outbox_.clear();
  }
  // Orders that the desk itself ended or refused since the last call.
  [[nodiscard]] bool has_news() const { return !news_.empty(); }
  void take_news(std::vector<OrderId>& out) {
    out.insert(out.end(), news_.begin(), news_.end());
    news_.clear();
  }

  struct Opened {
    ParentId id{};
    Reject reason{};
  };
  // Opens a parent.  Refuses unknown_instrument, side_missing, quantity_not_positive,
  // quantity_too_large, duplicate_id, and parent_done or parent_overrun of an outer one.
  Opened open_parent(const NewParent& wanted, Nanos now);
  // Cancels a parent and all that works for it; it has ended when that has.
  Reject cancel_parent(ParentId id, Nanos now);
  // Ends a parent for which nothing works (pending_change); what it lacks is shortfall.
  Reject finish_parent(ParentId id, Nanos now);
  // What may still be sent for it.
  [[nodiscard]] Lots room(ParentId id) const;
  [[nodiscard]] bool knows_parent(ParentId id) const {
    return id - 1 < parents_.size();
  }
  [[nodiscard]] const ParentRecord& parent(ParentId id) const {
    return parents_[id - 1];
  }
  [[nodiscard]] std::span<const ParentRecord> parents() const { return parents_; }
  template <class Visit>
  void for_each_child(ParentId id, Visit&& visit) const {
    for (OrderId child = parent(id).first_child; child != 0;
         child = slots_[child - 1].next_child)
      visit(orders_[child - 1]);
  }

  // `at` is when the market said so; not given: now.
  void mark(InstrumentIndex instrument, Ticks price, Nanos at = kNever) {
    ledger_.mark(instrument, price);
    if (armed_) tell_mark(instrument, price, at);
  }

  // The whole pre-trade gate (risk/pre_trade.hpp).  Its states hold at once; its limits
  // hold, and it is told what happens, once it is armed.
  [[nodiscard]] risk::Gate& gate() { return *gate_; }
  [[nodiscard]] const risk::Gate& gate() const { return *gate_; }
  void arm(std::size_t strategies = 1);
  [[nodiscard]] bool armed() const { return armed_; }

  // Halts a scope and asks for the end of all that works in it, parents too.
  Killed kill(risk::Scope scope, const std::string& who, const std::string& reason,
              Nanos now);
  // No order leaves until the connection is back; open ones are canceled where the
  // limits say so.  What it did.
  Killed disconnect(Nanos now);
  void reconnect();
  // Losses and counts of the day begin anew.
  void begin_day();
  // What one unit of a currency is worth in currency 0, in 1e-9, to ledger and gate.
  void set_rate(std::uint16_t currency, std::int64_t rate_nano);

  // What may be done in an instrument, by its own state.  Only a named person loosens it.
  [[nodiscard]] Mode mode(InstrumentIndex instrument) const;
  void restrict(InstrumentIndex instrument, Mode mode);
  void enable(InstrumentIndex instrument, const std::string& who,
              const std::string& reason = "looked into", Nanos now = {});
  [[nodiscard]] std::span<const std::string> enabled_by() const { return enabled_by_; }

  [[nodiscard]] const OrderRecord& order(OrderId id) const { return orders_[id - 1]; }
  [[nodiscard]] bool knows(OrderId id) const { return id - 1 < orders_.size(); }
  [[nodiscard]] OrderState state(OrderId id) const { return slots_[id - 1].state; }
  // True while an order waits for the one it is linked to.
  [[nodiscard]] bool held(OrderId id) const { return slots_[id - 1].held; }
  // The order or parent that a client id names; 0 where there is none.
  [[nodiscard]] OrderId order_of(ClientId client) const;
  // The request by which a venue knows the order now (ClOrdID).
  [[nodiscard]] RequestId current_request(OrderId id) const {
    return slots_[id - 1].current;
  }
  [[nodiscard]] std::span<const Request> requests() const { return requests_; }
  [[nodiscard]] std::span<const OrderRecord> orders() const { return orders_; }
  [[nodiscard]] std::span<const FillRecord> fills() const { return fills_; }
  [[nodiscard]] std::span<const Incident> incidents() const { return incidents_; }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  [[nodiscard]] Ledger& ledger() { return ledger_; }
  [[nodiscard]] const risk::Limits& limits(InstrumentIndex instrument) const {
    return limits_[instrument];
  }
  void set_limits(InstrumentIndex instrument, const risk::Limits& limits) {
    limits_[instrument] = limits;
  }
  [[nodiscard]] std::size_t working_orders() const { return working_orders_; }
  [[nodiscard]] const Terms& terms() const { return terms_; }
  void set_patience(const Patience& patience) { terms_.patience = patience; }

  [[nodiscard]] AccountRecord account(Nanos now) const;

  // A digest of every order, fill, parent, incident and the account.
  [[nodiscard]] std::uint64_t state_hash() const;

 private:
  struct Working {
    Lots buy, sell;
  };
  // What an order may still become, and its open part adds to what is working: the
  // greater of what it is and of what a modify under way asks for.
  struct Slot {
    Money cost;  // of the open part; buys only
    Ticks price;
    Lots total;
    Lots open;
    OrderState state;
    bool held{};  // waits for the order it is linked to
    bool resent{};
    GroupId group{};
    GroupId triggers{};   // the group that waits for it
    RequestId current{};  // by which the venue knows it
    OrderId next_child{};
    RequestId changing{};  // a replace under way
    RequestId ending{};    // a cancel under way
    Ticks wanted_price;    // of the replace
    Lots wanted_quantity;
    Lots asked;       // its quantity as first submitted
    Lots venue_says;  // the greatest CumQty reported
  };
  struct Group {
    Link kind{};
    OrderId entry{};
    std::vector<OrderId> members;
  };
  struct Execution {
    std::size_t fill{};   // index into fills_
    std::size_t entry{};  // of the ledger
    bool undone{};
  };
  struct Overdue {
    Nanos at;
    RequestId request{};
    std::uint8_t attempt{};
  };

  Submitted take(const NewOrder& order, Reject reason, Nanos now);
  [[nodiscard]] Reject admit(const NewOrder& order) const;
  [[nodiscard]] Reject basic_gate(const NewOrder& order) const;
  [[nodiscard]] Reject whole_gate(NewOrder& order, bool replaces, Nanos now);
  Submitted submit_armed(NewOrder order, Nanos now);
  void tell_mark(InstrumentIndex instrument, Ticks price, Nanos at);
  void tell_open(const OrderRecord& order, Lots open);
  void tell_executed(InstrumentIndex instrument, std::uint16_t strategy, Ticks price,
                     Lots quantity, std::int64_t fee, Nanos at);
  void obey(Nanos now);
  void cancel_scope(risk::Scope scope, Reject why, Killed& killed, Nanos now);
  [[nodiscard]] Reject house_rules(const NewOrder& order) const;
  [[nodiscard]] Lots opens(const NewOrder& order) const;
  [[nodiscard]] Reject family(const NewOrder& order) const;
  void adopt(const OrderRecord& record);
  void count(const OrderRecord& order, Lots open);
  void set_aside(const OrderRecord& order, const Slot& slot);
  void take_back(const OrderRecord& order, const Slot& slot, Lots open);
  void reach(const OrderRecord& order, Ticks price, Lots total);
  void show(OrderRecord& order, const OrderState& state, Nanos at) {
    show(order, state.base, state.cancel_asked, state.replace_asked, at);
  }
  // In parts: a state that was just written byte by byte is slow to read as one.
  void show(OrderRecord& order, OrderStatus base, bool cancel_asked, bool replace_asked,
            Nanos at);
  void finish(OrderRecord& order, Nanos at);
  void revive(OrderRecord& order);
  // These write a command where it is to be: who copies what was just written in smaller
  // parts waits until it has left the processor.
  void request(const OrderRecord& order, Command::Kind kind, Nanos now,
               std::optional<Command>& out);
  void repeat(RequestId request, Command& out) const;

  std::optional<FillRecord> executed(const Report& report);
  std::optional<FillRecord> stray(const Report& report);
  std::optional<FillRecord> corrected(const Report& report);
  void heard(const Report& report);
  [[nodiscard]] OrderEvent refused_change(const Slot& slot, const Report& report) const;
  bool seen_before(const Report& report);
  void compare_quantity(const OrderRecord& order, const Report& report, bool ended);
  FillRecord& write(const OrderRecord* order, const Report& report, Lots quantity,
                    std::int64_t fee, Money profit);
  void tell_parents(ParentId id, const FillRecord& fill, Lots quantity);
  void settle_parent(ParentId id, Nanos at);
  void end_parent(ParentRecord& parent, OrderStatus status, Nanos at);
  void note(const Report& report, Reject code, bool restricts,
            std::uint64_t fill_id = 0);

  void balance_of(OrderId id, Nanos at);
  void balance(Group& group, Nanos at);
  void release(OrderId id, Lots quantity, Nanos at);
  void drop(OrderId id, Reject why, Nanos at);
  void resize(OrderId id, Lots total, Nanos at);

  Ledger ledger_;
  std::vector<risk::Limits> limits_;
  Terms terms_;
  std::vector<Working> working_;
  Money working_buy_value_;
  std::size_t working_orders_{};
  Rows<OrderRecord> orders_;
  Rows<Slot> slots_;  // by order
  Rows<FillRecord> fills_;
  Rows<Request> requests_;
  std::vector<ParentRecord> parents_;
  std::vector<OrderState> parent_states_;
  std::vector<Group> groups_;
  std::vector<Incident> incidents_;
  std::vector<Execution> executions_;  // those the venue gave an id
  book::IdIndex execution_index_;      // venue's id to its place in executions_, from 1
  book::IdIndex client_index_;         // client id to order id
  std::vector<Command> outbox_;
  std::vector<OrderId> news_;
  std::deque<Overdue> overdue_;  // requests without an answer, oldest first
  std::deque<OrderId> aging_;    // orders, oldest first
  std::vector<std::string> enabled_by_;
  std::unique_ptr<risk::Gate> gate_;
  bool armed_{};
};

}  // namespace ai_trading::desk
