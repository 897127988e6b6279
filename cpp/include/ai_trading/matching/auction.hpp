// The price at which an auction uncrosses: one price for everybody who trades.
//
// Units       price in ticks, quantity in lots.
// Rule        that of a Xetra auction ("Market Model for the Trading Venue Xetra",
//             Deutsche Boerse, price determination in auctions; the London Stock
//             Exchange's MIT201 orders its steps alike).  At a price p, demand is the
//             market buys and the buy limits at p or higher, supply the market sells
//             and the sell limits at p or lower.  Candidates are all multiples of the
//             venue's price step from the lowest limit in the book (rounded down) to
//             the highest (rounded up).  Of these are kept, in turn,
//               1. those with the most volume, min(demand, supply);
//               2. of these, those with the smallest |demand - supply|;
//               3. market pressure: where each of them leaves a surplus of buyers,
//                  only the highest; where each leaves one of sellers, the lowest;
//               4. otherwise the one nearest to the reference price, of two the lower.
//             What step 2 keeps is one unbroken range, so that a reference inside it
//             is the price itself, as at Xetra.
// No limits   market orders alone trade with each other at the reference price, rounded
//             to the nearest step.
// Differs     Xetra's candidates before step 4 are the limits only.  Steps 1 to 3 give
//             the same price either way; step 4 can here come nearer to the reference.
//             Nasdaq's crosses (Rules 4752 to 4754) replace step 3 by the entered price
//             at which shares stay unexecuted, and the reference by the midpoint.
// Limits      a side of more than 2^63 - 1 lots counts as that many.
// Repeatable  whole numbers only.
// Cost        one walk over the levels, no allocation.
#pragma once

#include <optional>
#include <span>

#include "ai_trading/base/units.hpp"

namespace ai_trading::matching {

struct AuctionLevel {
  Ticks price;
  Lots quantity;
};

struct AuctionResult {
  Ticks price;
  Lots volume;     // what trades, counted once
  Lots imbalance;  // demand less supply at the price: positive where buyers are left

  friend bool operator==(const AuctionResult&, const AuctionResult&) = default;
};

// The uncrossing price, or nothing where nobody trades.  Levels come best first:
// buys from the highest price, sells from the lowest.  `step` is one tick or more.
[[nodiscard]] std::optional<AuctionResult> auction_price(
    std::span<const AuctionLevel> buys, std::span<const AuctionLevel> sells,
    Lots market_buys, Lots market_sells, Ticks reference, Ticks step = Ticks{1});

}  // namespace ai_trading::matching
