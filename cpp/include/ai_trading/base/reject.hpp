// Why something was refused: one list for book, venue, gate and desk.
//
// A refusal is a value; whoever returns one has changed nothing.  The numbers are
// stored in records and databases: append, never renumber.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ai_trading {

enum class Reject : std::uint16_t {
  none = 0,
  // book
  duplicate_id = 1,
  unknown_id = 2,
  quantity_not_positive = 3,
  quantity_too_large = 4,
  price_out_of_range = 5,
  unknown_instrument = 6,
  side_missing = 7,
  quantity_overflow = 8,
  not_supported_here = 9,
  too_many_orders = 10,
  // desk and venue
  price_off_increment = 20,
  price_missing = 21,
  order_done = 22,
  market_closed = 23,
  no_liquidity = 24,
  pending_change = 25,
  // risk gate
  max_quantity = 40,
  max_notional = 41,
  price_collar = 42,
  position_limit = 43,
  no_reference_price = 44,
  insufficient_cash = 45,
  halted = 46,
  reduce_only = 47,
  // matching
  terms_not_for_type = 60,
  time_in_force_not_for_type = 61,
  display_out_of_range = 62,
  minimum_out_of_range = 63,
  trail_out_of_range = 64,
  expiry_not_ahead = 65,
  would_take = 66,
  no_reference = 67,
  not_in_this_state = 68,
  outside_band = 69,
  // orders and what venues report about them
  duplicate_report = 150,
  late_report = 151,
  contradiction = 152,
  unknown_request = 153,
  overfill = 154,
  fill_after_end = 155,
  fill_before_ack = 156,
  fill_unknown_order = 157,
  missing_fill = 158,
  worse_than_limit = 159,
  trade_busted = 160,
  trade_corrected = 161,
  parent_done = 162,
  parent_overrun = 163,
  linked_order = 164,
  unanswered = 165,
  order_timeout = 166,
  insufficient_margin = 167,
  parent_canceled = 168,
  too_many_working = 169,
  quantity_off_lot = 170,
};

struct RejectName {
  Reject code;
  std::string_view name;
  std::string_view meaning;
};

inline constexpr std::array kRejects{
    RejectName{Reject::none, "none", "accepted"},
    RejectName{Reject::duplicate_id, "duplicate_id", "an order with this id is live"},
    RejectName{Reject::unknown_id, "unknown_id", "no live order has this id"},
    RejectName{Reject::quantity_not_positive, "quantity_not_positive",
               "the quantity must be one lot or more"},
    RejectName{Reject::quantity_too_large, "quantity_too_large",
               "more than the order, or the book, can hold"},
    RejectName{Reject::price_out_of_range, "price_out_of_range",
               "the price leaves plus or minus 2^62 ticks"},
    RejectName{Reject::unknown_instrument, "unknown_instrument",
               "the instrument is not in the table"},
    RejectName{Reject::side_missing, "side_missing", "the side must be buy or sell"},
    RejectName{Reject::quantity_overflow, "quantity_overflow",
               "the level's total would leave 64 bits"},
    RejectName{Reject::not_supported_here, "not_supported_here",
               "this book does not take such an event"},
    RejectName{Reject::too_many_orders, "too_many_orders",
               "the pool's 2^32 - 2 orders are in use"},
    RejectName{Reject::price_off_increment, "price_off_increment",
               "the price is not a multiple of the price increment"},
    RejectName{Reject::price_missing, "price_missing", "a limit order needs a price"},
    RejectName{Reject::order_done, "order_done", "the order has already ended"},
    RejectName{Reject::market_closed, "market_closed", "the market is not open"},
    RejectName{Reject::no_liquidity, "no_liquidity",
               "nothing rests on the other side at an acceptable price"},
    RejectName{Reject::pending_change, "pending_change",
               "a cancel or replace of this order is already on its way"},
    RejectName{Reject::max_quantity, "max_quantity", "more than the order size limit"},
    RejectName{Reject::max_notional, "max_notional", "more than the order value limit"},
    RejectName{Reject::price_collar, "price_collar",
               "too far from the reference price"},
    RejectName{Reject::position_limit, "position_limit",
               "the position with all working orders would pass its limit"},
    RejectName{Reject::no_reference_price, "no_reference_price",
               "no price is known to check the order against"},
    RejectName{Reject::insufficient_cash, "insufficient_cash",
               "the account cannot pay for the order"},
    RejectName{Reject::halted, "halted", "trading is halted"},
    RejectName{Reject::reduce_only, "reduce_only", "only reducing orders may pass"},
    RejectName{Reject::terms_not_for_type, "terms_not_for_type",
               "a term is set that an order of this type does not use"},
    RejectName{Reject::time_in_force_not_for_type, "time_in_force_not_for_type",
               "an order of this type cannot have this time in force"},
    RejectName{
        Reject::display_out_of_range, "display_out_of_range",
        "display must be 1 to the quantity, and display_random less than display"},
    RejectName{Reject::minimum_out_of_range, "minimum_out_of_range",
               "the minimum must lie between 0 and the quantity"},
    RejectName{Reject::trail_out_of_range, "trail_out_of_range",
               "the trail must be 1 to 2^62 ticks or 1 to 9999 basis points"},
    RejectName{Reject::expiry_not_ahead, "expiry_not_ahead",
               "a good-till-date order must expire later than now"},
    RejectName{Reject::would_take, "would_take",
               "a post-only order would trade on arrival"},
    RejectName{Reject::no_reference, "no_reference",
               "the price that the order follows is not known"},
    RejectName{Reject::not_in_this_state, "not_in_this_state",
               "the trading state does not allow it"},
    RejectName{Reject::outside_band, "outside_band",
               "the limit is outside the price band"},
    RejectName{Reject::duplicate_report, "duplicate_report",
               "the venue said so before; nothing is booked twice"},
    RejectName{Reject::late_report, "late_report",
               "the order was past that when the report came"},
    RejectName{Reject::contradiction, "contradiction",
               "the report does not fit what the venue said before"},
    RejectName{Reject::unknown_request, "unknown_request",
               "it answers a request that was not made or is answered"},
    RejectName{Reject::overfill, "overfill",
               "the venue executed more than the order's quantity"},
    RejectName{Reject::fill_after_end, "fill_after_end",
               "the venue executed an order that had ended"},
    RejectName{Reject::fill_before_ack, "fill_before_ack",
               "the execution came before the acknowledgement"},
    RejectName{Reject::fill_unknown_order, "fill_unknown_order",
               "the venue executed an order that the desk does not know"},
    RejectName{Reject::missing_fill, "missing_fill",
               "the venue executed more than it has reported"},
    RejectName{Reject::worse_than_limit, "worse_than_limit",
               "the venue executed beyond the order's limit price"},
    RejectName{Reject::trade_busted, "trade_busted", "the venue undid an execution"},
    RejectName{Reject::trade_corrected, "trade_corrected",
               "the venue changed price or quantity of an execution"},
    RejectName{Reject::parent_done, "parent_done", "the parent has ended"},
    RejectName{Reject::parent_overrun, "parent_overrun",
               "more than what is left of the parent"},
    RejectName{Reject::linked_order, "linked_order",
               "an order linked to it executed or ended"},
    RejectName{Reject::unanswered, "unanswered",
               "the venue did not answer, however often it was asked"},
    RejectName{Reject::order_timeout, "order_timeout",
               "it worked as long as an order may"},
    RejectName{Reject::insufficient_margin, "insufficient_margin",
               "the account's equity does not carry the position"},
    RejectName{Reject::parent_canceled, "parent_canceled", "its parent was canceled"},
    RejectName{Reject::too_many_working, "too_many_working",
               "as many orders work already as may at once"},
    RejectName{Reject::quantity_off_lot, "quantity_off_lot",
               "the quantity is not a multiple of the lot size"},
};

// The name of a code, or "unknown".
[[nodiscard]] constexpr std::string_view name(Reject code) {
  for (const RejectName& row : kRejects)
    if (row.code == code) return row.name;
  return "unknown";
}

}  // namespace ai_trading
