// The gate every order passes before it leaves the desk.
//
// It fails closed: without a reference price there is no order.  An order that cannot
// take the position through zero, with all working orders counted, skips the position
// and cash checks; it never skips validity and price checks.
//
// Units       quantities in lots; money exact; the collar in parts per million of the
//             reference price.  A limit of zero means that there is none.
// Cost        O(1), no allocation.
#pragma once

#include "ai_trading/base/instrument.hpp"
#include "ai_trading/base/money.hpp"
#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/base/reject.hpp"
#include "ai_trading/base/units.hpp"

namespace ai_trading::risk {

struct Limits {
  Lots max_quantity;          // of one order
  Money max_notional;         // of one order
  std::int64_t collar_ppm{};  // of a limit price from the reference price
  Lots max_position;          // absolute, working orders included
  bool cash_only{};           // no borrowing and no short selling
};

struct Exposure {
  Lots position;  // signed
  Lots working_buy;
  Lots working_sell;
  Money cash;
  Money working_buy_value;  // of all instruments: what working buys may still cost
};

struct Proposal {
  Side side{};
  OrderType type{};
  Ticks price;  // limit; ignored for a market order
  Lots quantity;
  Ticks reference;  // the last known price
  bool has_reference{};
};

[[nodiscard]] Reject check(const Proposal& order, const Instrument& instrument,
                           const Exposure& exposure, const Limits& limits);

}  // namespace ai_trading::risk
