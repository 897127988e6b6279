// What a market says of its instruments, on its way to the gate: halts and reopenings,
// price bands, restrictions of short sales, and the best bid they are priced by.
//
// A replay hands on the events of its tape (`follow`); a market that is simulated says
// the same outright (`status`, `short_sales`, `band`, `bid`).  The gate learns of it when
// the desk does, not when it happens at the venue.  It is told whether it is armed or
// not: what it knows is then there when it is.
//
// Halts       the gate refuses orders while trading is halted.  In a call they may leave,
//             to wait for the auction; closed, the venue refuses them.
// Cost        O(1); a market-wide halt O(instruments).
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "ai_trading/feed/records.hpp"
#include "ai_trading/risk/pre_trade.hpp"
#include "ai_trading/sim/tape_bands.hpp"

namespace ai_trading::sim {

class MarketNews {
 public:
  MarketNews(risk::Gate& gate, std::size_t instruments)
      : gate_(gate), states_(instruments, feed::TradingState::continuous) {}

  // From now on the bands follow from the tape's trades.
  void work_out_bands(const std::vector<Instrument>& instruments,
                      const BandSettings& settings) {
    bands_ = std::make_unique<TapeBands>(instruments, settings);
  }

  void status(InstrumentIndex instrument, feed::TradingState state, Nanos now) {
    if (instrument >= states_.size())
      states_.resize(std::size_t{instrument} + 1, feed::TradingState::continuous);
    const bool halted = state == feed::TradingState::halted;
    const feed::TradingState before = std::exchange(states_[instrument], state);
    gate_.set_halted(instrument, halted);
    if (!bands_ || before == state) return;
    if (halted) bands_->halt(instrument, now);
    if (state == feed::TradingState::continuous)
      bands_->reopen(instrument, now, std::nullopt);
  }
  void short_sales(InstrumentIndex instrument, bool restricted) {
    gate_.set_price_test(instrument, restricted);
  }
  void band(InstrumentIndex instrument, std::optional<std::pair<Ticks, Ticks>> band) {
    gate_.set_band(instrument, band);
  }
  void bid(InstrumentIndex instrument, std::optional<Ticks> best) {
    gate_.set_bid(instrument, best);
  }

  [[nodiscard]] static bool tells(const feed::Event& event) {
    const auto kind = static_cast<feed::EventKind>(event.kind);
    return kind == feed::EventKind::status || kind == feed::EventKind::cross ||
           kind == feed::EventKind::info;
  }
  // An event that tells something, of an instrument that there is.
  void follow(const feed::Event& event, Nanos now) {
    const InstrumentIndex instrument = event.instrument;
    const Ticks price{event.price};
    switch (static_cast<feed::EventKind>(event.kind)) {
      case feed::EventKind::status:
        return status(instrument, static_cast<feed::TradingState>(event.aux), now);
      case feed::EventKind::cross:
        if (!bands_) return;
        if (event.order_id == 'O') return bands_->open(instrument, now, price);
        if (event.order_id == 'C') return bands_->close(instrument, now, price);
        return bands_->reopen(instrument, now, price);
      case feed::EventKind::info:
        return info(event, now);
      default:
        return;
    }
  }
  // A trade that is no auction.
  void trade(InstrumentIndex instrument, Ticks price, Nanos now) {
    if (bands_) bands_->trade(instrument, now, price);
  }
  // Before an order: what it is priced by.
  void look(InstrumentIndex instrument, std::optional<Ticks> best_bid, Nanos now) {
    bid(instrument, best_bid);
    if (!bands_) return;
    if (const auto now_in_force = bands_->at(instrument, now))
      band(instrument, std::pair{now_in_force->lower, now_in_force->upper});
  }

 private:
  void info(const feed::Event& event, Nanos now) {
    switch (event.aux) {  // the source's type code
      case 'Y':
        return short_sales(event.instrument,
                           event.order_id == '1' || event.order_id == '2');
      case 'W':
        for (InstrumentIndex i = 0; i < states_.size(); ++i)
          status(i, feed::TradingState::halted, now);
        return;
      case 'J':
      case 'K':
        if (states_[event.instrument] == feed::TradingState::continuous)
          status(event.instrument, feed::TradingState::halted, now);
        return;
      default:
        return;
    }
  }

  risk::Gate& gate_;
  std::vector<feed::TradingState> states_;
  std::unique_ptr<TapeBands> bands_;  // null: nobody works them out
};

}  // namespace ai_trading::sim
