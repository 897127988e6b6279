// The rules of a made-up day, and what is decided about it beforehand.
//
// Without them a made-up market trades from open to close at any price.  With them it has
// the phases, auctions, bands, pauses, halts, tick tables and collars of market.hpp.
//
// Units  times in UTC nanoseconds; the index in hundredths of a point; prices in ticks.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ai_trading/base/units.hpp"
#include "ai_trading/venue/market_state.hpp"

namespace ai_trading::venue {

struct FlowRules {
  // Halted from a time on; trading goes on with an auction after another, if one is told.
  struct Stop {
    InstrumentIndex instrument{};
    Nanos at;
    std::optional<Nanos> until;
  };
  // The market-wide index reaches a value.
  struct Index {
    Nanos at;
    std::int64_t value{};
  };

  MarketTerms market;             // its regular session is that of the flow
  std::vector<Listing> listings;  // one for each symbol
  std::uint32_t opening{40};  // orders of the crowd for the opening auction, a symbol
  std::uint32_t closing{80};  // the same for the closing auction
  std::vector<Stop> halts{};
  std::vector<Index> index{};
};

struct FlowSettings;

// Throws std::invalid_argument where the rules do not fit the flow they stand in.
void check_flow_rules(const FlowSettings& settings);

}  // namespace ai_trading::venue
