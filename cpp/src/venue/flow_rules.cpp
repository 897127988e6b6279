#include "ai_trading/venue/flow_rules.hpp"

#include <stdexcept>
#include <string>

#include "ai_trading/venue/flow_terms.hpp"

namespace ai_trading::venue {

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("rules: " + what);
}

constexpr std::uint32_t kMostOrders = 100'000;
constexpr std::size_t kMostDecisions = 100'000;

}  // namespace

void check_flow_rules(const FlowSettings& s) {
  if (!s.rules) return;
  const FlowRules& r = *s.rules;
  if (r.listings.size() != s.symbols.size())
    refuse("they need a listing for each of the " + std::to_string(s.symbols.size()) +
           " symbols; received " + std::to_string(r.listings.size()));
  if (r.market.timetable.empty() ||
      r.market.timetable.back().phase != rules::Phase::closed)
    refuse("the timetable must end with closed");
  if (r.market.midnight + r.market.open != s.open ||
      r.market.midnight + r.market.close != s.close)
    refuse("open and close must be those of the flow, counted from midnight");
  if (r.opening > kMostOrders || r.closing > kMostOrders)
    refuse("an auction has room for " + std::to_string(kMostOrders) +
           " orders of the crowd; received " + std::to_string(r.opening) + " and " +
           std::to_string(r.closing));
  if (r.halts.size() + r.index.size() > kMostDecisions)
    refuse("a day has room for " + std::to_string(kMostDecisions) +
           " halts and index values; received " +
           std::to_string(r.halts.size() + r.index.size()));
  for (const FlowRules::Stop& halt : r.halts) {
    if (halt.instrument >= s.symbols.size())
      refuse("a halt names symbol " + std::to_string(halt.instrument) + " of " +
             std::to_string(s.symbols.size()));
    if (halt.at < s.open || halt.at >= s.close ||
        (halt.until && *halt.until <= halt.at))
      refuse("a halt must begin between open and close and end later than it began");
  }
  for (const FlowRules::Index& index : r.index) {
    if (index.at < s.open || index.at >= s.close)
      refuse("the index must be told between open and close");
    if (index.value < 1)
      refuse("the index must be positive; received " + std::to_string(index.value));
  }
  if (!r.index.empty() && r.market.index_close == 0)
    refuse("index values need the index's previous close");
  // Builds and drops it: what a market asks of its terms stands in market_state.cpp.
  (void)MarketState(r.market, r.listings);
}

}  // namespace ai_trading::venue
