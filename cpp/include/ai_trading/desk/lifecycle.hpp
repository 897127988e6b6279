// The life of an order: FIX 4.4 OrdStatus as one table of transitions.
//
// A state is what the order is (`base`) and which of our requests about it are under way.
// What happens while a cancel or replace is pending happens to the base, by the same
// table, and shows once the request is answered: pending cancel goes before pending
// replace, and both before the base, as FIX 4.4 orders them.  The one deviation from
// FIX's order of precedence: an order that is filled, or has otherwise ended, shows so at
// once, also while a request is unanswered, since nothing of it can trade any more.
//
// Terminal are filled, canceled, rejected and expired: nothing of such an order trades
// again, unless the venue undoes a trade and says that the order works again.  Done for
// day and calculated are not terminal: an order good till canceled is restated next day.
// `replaced` is something that happens (an ExecType), not a state.
//
// Repeatable  constants only.  Cost: one load.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/base/reject.hpp"

namespace ai_trading::desk {

// What can happen to an order.  Two are ours, the others are what a venue reports.
enum class OrderEvent : std::uint8_t {
  request_cancel,
  request_replace,
  pending_new,      // ExecType A: the venue has it, and does not say more yet
  accept,           // 0
  reject,           // 8
  fill,             // F, and something is left
  fill_all,         // F, and nothing is left
  cancel,           // 4
  expire,           // C
  done_for_day,     // 3
  stop,             // 7: a price is guaranteed
  suspend,          // 9
  calculate,        // B
  restate,          // D: it works, on terms the venue changed by itself
  replace,          // 5
  pending_cancel,   // 6: the cancel is being looked at
  pending_replace,  // E
  refuse_cancel,    // 35=9, tag 434=1
  refuse_replace,   // 35=9, tag 434=2
  bust,             // H: a trade is undone
  reinstate,        // H with something left: a trade is undone and the order works
};
inline constexpr std::size_t kOrderEvents = 21;
inline constexpr std::size_t kOrderStatuses = 13;

struct OrderState {
  OrderStatus base = OrderStatus::pending_new;
  bool cancel_asked = false;
  bool replace_asked = false;

  friend constexpr bool operator==(OrderState, OrderState) = default;

  // What a desk shows, and FIX sends in tag 39.
  [[nodiscard]] constexpr OrderStatus shown() const {
    if (is_terminal(base)) return base;
    if (cancel_asked) return OrderStatus::pending_cancel;
    return replace_asked ? OrderStatus::pending_replace : base;
  }
};

namespace lifecycle {

struct Cell {
  OrderStatus to{};
  bool working{};  // `to` is accepted or partially filled, as something is executed
  Reject refused{};
};

constexpr Cell to(OrderStatus status) { return {status, false, Reject::none}; }
constexpr Cell works() { return {OrderStatus::accepted, true, Reject::none}; }
constexpr Cell no(Reject reason) { return {{}, false, reason}; }

// An order that is where the venue may still trade it.
constexpr Cell live(OrderStatus from, OrderEvent event) {
  using enum OrderStatus;
  const bool plain =
      from == pending_new || from == accepted || from == partially_filled;
  switch (event) {
    case OrderEvent::request_cancel:
    case OrderEvent::request_replace:
    case OrderEvent::pending_cancel:
    case OrderEvent::pending_replace:
    case OrderEvent::refuse_cancel:
    case OrderEvent::refuse_replace:
      return to(from);
    case OrderEvent::pending_new:
      return from == pending_new ? to(from) : no(Reject::late_report);
    case OrderEvent::accept:
      if (from == pending_new) return to(accepted);
      return no(from == accepted ? Reject::duplicate_report : Reject::late_report);
    case OrderEvent::reject:
      // FIX lets a venue refuse what it had accepted, as long as nothing traded.
      return from == pending_new || from == accepted ? to(rejected)
                                                     : no(Reject::contradiction);
    case OrderEvent::fill:
      return to(plain ? partially_filled : from);
    case OrderEvent::fill_all:
      return to(filled);
    case OrderEvent::cancel:
      return to(canceled);
    case OrderEvent::expire:
      return to(expired);
    case OrderEvent::done_for_day:
      if (from == done_for_day) return no(Reject::duplicate_report);
      return from == calculated ? no(Reject::late_report) : to(done_for_day);
    case OrderEvent::stop:
      if (from == stopped) return no(Reject::duplicate_report);
      return plain || from == suspended ? to(stopped) : no(Reject::contradiction);
    case OrderEvent::suspend:
      if (from == suspended) return no(Reject::duplicate_report);
      return plain || from == stopped ? to(suspended) : no(Reject::contradiction);
    case OrderEvent::calculate:
      if (from == calculated) return no(Reject::duplicate_report);
      return from == done_for_day ? to(calculated) : no(Reject::contradiction);
    case OrderEvent::restate:
      return works();
    case OrderEvent::replace:
      return plain ? works() : to(from);
    case OrderEvent::bust:
    case OrderEvent::reinstate:
      if (from == pending_new) return no(Reject::contradiction);
      return from == partially_filled || from == accepted ? works() : to(from);
  }
  return no(Reject::contradiction);
}

constexpr Cell ended(OrderStatus from, OrderEvent event) {
  using enum OrderStatus;
  switch (event) {
    case OrderEvent::request_cancel:
    case OrderEvent::request_replace:
      return no(Reject::order_done);
    case OrderEvent::refuse_cancel:
    case OrderEvent::refuse_replace:
      return to(from);  // too late for the change: the usual end of a race
    case OrderEvent::pending_new:
    case OrderEvent::accept:
    case OrderEvent::pending_cancel:
    case OrderEvent::pending_replace:
    case OrderEvent::done_for_day:
      return no(Reject::late_report);
    case OrderEvent::reject:
      if (from == rejected) return no(Reject::duplicate_report);
      return no(Reject::contradiction);
    case OrderEvent::fill:
    case OrderEvent::fill_all:
      // Also where our books had it filled: a fill more is too many.
      return no(from == filled ? Reject::overfill : Reject::fill_after_end);
    case OrderEvent::cancel:
      if (from == canceled) return no(Reject::duplicate_report);
      return no(from == expired ? Reject::late_report : Reject::contradiction);
    case OrderEvent::expire:
      if (from == expired) return no(Reject::duplicate_report);
      return no(from == canceled ? Reject::late_report : Reject::contradiction);
    case OrderEvent::calculate:
      return from == rejected ? no(Reject::contradiction) : to(from);
    case OrderEvent::stop:
    case OrderEvent::suspend:
    case OrderEvent::restate:
    case OrderEvent::replace:
      return no(Reject::contradiction);
    case OrderEvent::bust:
      return to(from == filled ? canceled : from);
    case OrderEvent::reinstate:
      return from == rejected ? no(Reject::contradiction) : works();
  }
  return no(Reject::contradiction);
}

using Table = std::array<std::array<Cell, kOrderEvents>, kOrderStatuses>;

constexpr Table make() {
  Table table{};
  for (std::size_t from = 0; from < kOrderStatuses; ++from) {
    const auto status = static_cast<OrderStatus>(from);
    for (std::size_t event = 0; event < kOrderEvents; ++event) {
      const auto what = static_cast<OrderEvent>(event);
      table[from][event] =
          is_terminal(status) ? ended(status, what) : live(status, what);
    }
  }
  return table;
}

inline constexpr Table kTable = make();

}  // namespace lifecycle

struct Verdict {
  OrderState to;  // where it may; else what it was
  Reject refused{};
};

// What an order becomes.  `executed`: something of it is executed, this event counted.
// Refuses what the table refuses, and order_done, pending_change and unknown_request.
[[nodiscard]] constexpr Verdict advance(OrderState from, OrderEvent event,
                                        bool executed) {
  const lifecycle::Cell& cell = lifecycle::kTable[static_cast<std::size_t>(from.base)]
                                                 [static_cast<std::size_t>(event)];
  if (cell.refused != Reject::none) return {from, cell.refused};
  OrderState next = from;
  next.base = cell.working && executed ? OrderStatus::partially_filled : cell.to;
  if (is_terminal(next.base)) return {{next.base, false, false}, Reject::none};
  switch (event) {
    case OrderEvent::request_cancel:
      if (from.cancel_asked) return {from, Reject::pending_change};
      next.cancel_asked = true;
      break;
    case OrderEvent::request_replace:
      if (from.cancel_asked || from.replace_asked)
        return {from, Reject::pending_change};
      next.replace_asked = true;
      break;
    case OrderEvent::pending_cancel:
      if (!from.cancel_asked) return {from, Reject::unknown_request};
      break;
    case OrderEvent::pending_replace:
      if (!from.replace_asked) return {from, Reject::unknown_request};
      break;
    case OrderEvent::refuse_cancel:
      if (!from.cancel_asked) return {from, Reject::unknown_request};
      next.cancel_asked = false;
      break;
    case OrderEvent::refuse_replace:
      if (!from.replace_asked) return {from, Reject::unknown_request};
      next.replace_asked = false;
      break;
    case OrderEvent::replace:
      if (!from.replace_asked) return {from, Reject::unknown_request};
      next.replace_asked = false;
      break;
    default:
      break;
  }
  return {next, Reject::none};
}

}  // namespace ai_trading::desk
