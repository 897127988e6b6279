// The price bands of a replayed tape, as the limit-up limit-down plan has them.
//
// A tape of one exchange says when trading pauses, but not where the bands are: they are
// worked out from the trades that the desk has seen (rules/luld.hpp).  The opening and
// the reopening auction begin them anew; halts are the tape's.
//
// Ours        limit states are not followed, since one exchange's quotes are not the
//             national best: the reference moves on through them.  Without a previous
//             close it is that of the session before on the tape, and on the first day
//             the first trade's price.  Outside the session, and where no band is in
//             force (before the first trade, in a pause), any price is within.
// Units       times in UTC; prices in ticks.
// Cost        amortised constant per trade.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ai_trading/base/instrument.hpp"
#include "ai_trading/rules/luld.hpp"

namespace ai_trading::sim {

struct BandTerms {
  rules::Tier tier = rules::Tier::one;
  Ticks previous_close;                   // 0: unknown
  std::optional<std::uint32_t> calendar;  // none: it has no bands
};

struct TradingHours {
  Nanos open, close;
};

struct BandSettings {
  std::vector<BandTerms> rows;                      // by instrument; or none at all
  std::vector<std::vector<TradingHours>> sessions;  // by calendar, rising
};

class TapeBands {
 public:
  // Throws std::invalid_argument where rows do not fit the instruments.
  TapeBands(const std::vector<Instrument>& instruments, BandSettings settings);

  // Times may not fall.  Trades outside the session are passed over.
  void trade(InstrumentIndex instrument, Nanos at, Ticks price);
  void open(InstrumentIndex instrument, Nanos at, Ticks price);
  void reopen(InstrumentIndex instrument, Nanos at, std::optional<Ticks> price);
  void halt(InstrumentIndex instrument, Nanos at);
  // The price of the closing auction.
  void close(InstrumentIndex instrument, Nanos at, Ticks price);

  // The bands at a time; nothing where none are worked out.
  [[nodiscard]] std::optional<rules::PriceBands> at(InstrumentIndex instrument,
                                                    Nanos at);

 private:
  struct One {
    BandTerms terms;
    std::int64_t tick_nano{};
    std::size_t session{};  // the next that is not over
    Ticks last;             // of the session's trades
    bool opened{};          // by an auction
    std::optional<rules::LimitUpLimitDown> rule;
  };

  // The wall clock of an instrument's session, or nothing outside it.
  [[nodiscard]] std::optional<Nanos> clock(One& one, Nanos at) const;
  // The rule of the present session, made at its first price.
  rules::LimitUpLimitDown& rule(One& one, Ticks price) const;

  std::vector<One> all_;
  std::vector<std::vector<TradingHours>> sessions_;
};

}  // namespace ai_trading::sim
