// A whole market, its requests as rows and its answers as rows (matching/batch.hpp).
//
// A row's timestamp moves the market's time first; what the rules do on the way answers
// under that row, each with the time it happened at.  Setting states, bands, references
// or increments is the rules' business: such rows are refused with not_supported_here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ai_trading/matching/batch.hpp"
#include "ai_trading/venue/market.hpp"

namespace ai_trading::venue {

class BatchMarket {
 public:
  // Throws std::invalid_argument where a term makes no sense.
  BatchMarket(MarketTerms terms, std::vector<Listing> listings, bool publish = false,
              std::uint16_t flags = 0);
  BatchMarket(const BatchMarket&) = delete;
  BatchMarket& operator=(const BatchMarket&) = delete;

  // Appends the answers to `out`.  One refused request does not stop the rest.
  void apply(std::span<const matching::Request> requests,
             std::vector<matching::Answer>& out);

  // The events since the last call; empty unless it publishes.
  [[nodiscard]] std::vector<feed::Event> take_feed();

  [[nodiscard]] matching::ShownBook books() const { return market_.books(); }
  [[nodiscard]] std::optional<matching::OrderView> order(OrderId id) const {
    return market_.order(id);
  }
  [[nodiscard]] matching::TradingState state(InstrumentIndex i) const {
    return market_.state(i);
  }
  [[nodiscard]] matching::Indicative indicative(InstrumentIndex i) const {
    return market_.indicative(i);
  }
  [[nodiscard]] std::uint64_t state_hash() const { return market_.state_hash(); }
  [[nodiscard]] std::uint64_t trades() const { return market_.trades(); }
  [[nodiscard]] std::vector<std::byte> snapshot() const { return market_.snapshot(); }
  [[nodiscard]] MarketSnapshotError restore(std::span<const std::byte> bytes) {
    return market_.restore(bytes);
  }

  struct Scribe : matching::Scribe {
    void phase_changed(const PhaseChange& change);
    void bands_changed(const BandChange& change);
    void market_wide(int level, Nanos until);
  };
  [[nodiscard]] const Market<Scribe>& market() const { return market_; }

 private:
  void apply_one(const matching::Request& request);

  std::vector<feed::Event> events_;
  Scribe scribe_;
  Market<Scribe> market_;
};

}  // namespace ai_trading::venue
