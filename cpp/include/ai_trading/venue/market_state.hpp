// What the rules of a venue say of its instruments now: phases, halts, price bands.
//
// Market (market.hpp) puts this on a matching engine; here nobody trades.  An instrument
// is in the phase of its timetable, unless something stronger holds, in this order:
//
//   closed by the timetable
//   a market-wide halt of level 3      until the timetable closes it; no closing auction
//   a regulatory halt                  from halt() until resume()
//   a timetable phase that is not continuous
//   a LULD pause into the last ten minutes   orders are collected for the closing auction
//   a pause or halt with an end        halted, and for its last `call` reopening_auction
//
// Rule        LULD pauses: rules/luld.hpp; market-wide halts: rules/market_wide.hpp.
//   opening   with a price from the opening auction that is the first reference; without
//             one it is the previous close [LULD Plan, Amendment 10].
//   reopening after a LULD pause: the primary puts the auction off by five minutes while
//             its price would be outside a collar: from the band that was hit 5 % further
//             ($0.15 up to a price of $3.00) on one side, the opposite band on the other;
//             each time 5 % more on the side of the pressure (Nasdaq Rule 4120(c)(10),
//             Release 34-79876; the numbers from memory).
// Ours        a call of five minutes before a market-wide or regulatory halt ends; of a
//             LULD pause it is all five.  The exchanges extend also where market orders
//             would be left over; here these are canceled.  Level 3 is not followed by a
//             closing auction.
//
// Units       `now` in UTC nanoseconds; timetables, opens and closes in exchange-local
//             time of day (rules/time_of_day.hpp), `midnight` between them; prices in
//             ticks, tables in 1e-9 of the currency.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "ai_trading/base/packing.hpp"
#include "ai_trading/base/reject.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/matching/orders.hpp"
#include "ai_trading/rules/luld.hpp"
#include "ai_trading/rules/market_wide.hpp"
#include "ai_trading/rules/price_collar.hpp"
#include "ai_trading/rules/session_clock.hpp"
#include "ai_trading/rules/tick_size.hpp"

namespace ai_trading::venue {

// Why an instrument is not in the phase of its timetable.  Stored: append only.
enum class Halt : std::uint8_t { none = 0, luld = 1, market_wide = 2, regulatory = 3 };

struct Listing {
  std::int64_t tick_nano = 100'000;
  Ticks previous_close;  // 0: unknown, for whom has neither bands nor a collar
  bool luld{};
  rules::Tier tier = rules::Tier::one;
  int leverage_percent = 100;
  std::vector<rules::TickRow> increments;  // none: every tick
  std::vector<rules::CollarRow> collar;    // none: no collar
  matching::Allocation allocation{};
  Lots least_share{1};
};

struct MarketTerms {
  Nanos midnight;                             // of the exchange's day, in UTC
  std::vector<rules::SessionStep> timetable;  // none: continuous all the time
  Nanos open = rules::clock_time(9, 30);      // of the regular session
  Nanos close = rules::clock_time(16, 0);
  std::int64_t index_close{};      // in hundredths; 0: no market-wide breaker
  Nanos call = rules::minutes(5);  // orders are collected so long before a halt ends
  std::uint64_t seed{};            // of random ends, and of the engine
  // From then on no new order at the close is taken; 0: no such time.
  Nanos on_close_until{};
};

// A US listing exchange on one day: `close` is 16:00, or 13:00 on a short day.
[[nodiscard]] MarketTerms us_equities(Nanos midnight,
                                      Nanos close = rules::clock_time(16, 0));
// One of its stocks.
[[nodiscard]] Listing us_stock(Ticks previous_close, rules::Tier tier,
                               std::int64_t tick_nano = 100'000);

struct PhaseChange {
  InstrumentIndex instrument{};
  rules::Phase phase{};
  Halt halt{};
  Nanos until = kNever;  // of a halt or pause, its call included; kNever: nobody knows

  friend bool operator==(const PhaseChange&, const PhaseChange&) = default;
};

// The bands are others, or a limit state began or ended.
struct BandChange {
  InstrumentIndex instrument{};
  std::optional<rules::PriceBands> bands;  // none: trading at any price
  Ticks reference;                         // of the bands
  rules::LuldState state{};
};

class MarketState {
 public:
  // Throws std::invalid_argument where a term makes no sense.
  MarketState(MarketTerms terms, std::vector<Listing> listings);

  [[nodiscard]] std::size_t size() const { return listed_.size(); }
  [[nodiscard]] const MarketTerms& terms() const { return terms_; }
  [[nodiscard]] const Listing& listing(InstrumentIndex i) const {
    return listed_[i].terms;
  }
  [[nodiscard]] rules::Phase phase(InstrumentIndex i) const { return listed_[i].phase; }
  [[nodiscard]] Halt halt(InstrumentIndex i) const { return listed_[i].cause; }
  [[nodiscard]] std::optional<rules::PriceBands> bands(InstrumentIndex i) const {
    return listed_[i].bands;
  }
  // Of the LULD rule; no_bands where there is none.
  [[nodiscard]] rules::LuldState luld(InstrumentIndex i) const {
    const auto& rule = listed_[i].luld;
    return rule ? rule->state() : rules::LuldState::no_bands;
  }
  [[nodiscard]] std::optional<rules::PriceBands> reopening_collar(
      InstrumentIndex i) const {
    return listed_[i].reopening;
  }
  // The band that was hit, around which that collar lies.
  [[nodiscard]] Ticks reopening_reference(InstrumentIndex i) const {
    const auto& rule = listed_[i].luld;
    return rule && listed_[i].reopening ? rule->hit() : Ticks{};
  }
  [[nodiscard]] int market_wide_level() const {
    return breaker_ ? breaker_->level() : 0;
  }
  // The UTC time of the next thing that the rules do by themselves.
  [[nodiscard]] Nanos next_due() const {
    const Nanos rules = due_.empty() ? kNever : due_.front().at;
    return dated_.empty() ? rules : std::min(rules, dated_.front());
  }
  // The step of auctions, slides and of every order of the instrument at least.
  [[nodiscard]] Ticks least_step(InstrumentIndex i) const;

  // What speaks against the price of an order, now: price_off_increment, price_collar.
  [[nodiscard]] Reject check_price(InstrumentIndex i, Side side, Ticks price) const;
  // What speaks against any new order: market_wide_halt.  Other halts and closed phases
  // are states of the engine, which refuses by itself.
  [[nodiscard]] Reject check_phase(InstrumentIndex i) const;
  // What speaks against one at the open or at the close: auction_over, on_close_cutoff.
  [[nodiscard]] Reject check_auction(InstrumentIndex i, TimeInForce when,
                                     Nanos now) const;

 protected:
  struct Listed {
    Listing terms;
    rules::TickTable increments;
    std::optional<rules::PriceCollar> collar;
    rules::SessionClock clock;
    std::optional<rules::LimitUpLimitDown> luld;

    rules::Phase scheduled = rules::Phase::closed;
    rules::Phase phase = rules::Phase::closed;  // that the engine has been told
    Halt cause{};
    Nanos until = kNever;  // local time; with phase and cause
    Halt why{};            // of the halt that `reopens` ends
    bool halted{};         // by halt()
    bool opened{};         // continuous trading has begun today
    bool pausing{};        // a LULD pause whose auction has not been held
    Nanos reopens{};       // local time; 0: no halt with an end
    Ticks last{};          // trade, or 0
    Nanos due = kNever;    // its entry in the heap
    std::optional<rules::PriceBands> bands{};      // that the engine has been told
    rules::LuldState told{};                       // to the listener, with the bands
    std::optional<rules::PriceBands> reopening{};  // collar of the reopening auction
  };
  struct Wanted {
    rules::Phase phase{};
    Halt cause{};
    Nanos until = kNever;  // local time
  };
  struct Due {
    Nanos at;
    InstrumentIndex instrument{};
  };

  [[nodiscard]] Nanos local(Nanos now) const {
    const Nanos since = now - terms_.midnight;
    return since.n < 0 ? Nanos{0} : since;
  }
  [[nodiscard]] bool driven() const { return !terms_.timetable.empty(); }

  // Lets what is due by `now` become so; `price` is what the reopening auction gives.
  void happen(InstrumentIndex i, Nanos now, std::optional<Ticks> price);
  // True where happen() asks for the price of a reopening auction.
  [[nodiscard]] bool asks_price(InstrumentIndex i, Nanos now) const;
  [[nodiscard]] Wanted wanted(InstrumentIndex i, Nanos now) const;
  [[nodiscard]] std::optional<rules::PriceBands> wanted_bands(InstrumentIndex i) const;
  [[nodiscard]] Ticks reference(InstrumentIndex i) const;

  // What the engine did.
  void traded(InstrumentIndex i, Nanos now, Ticks price);
  void quoted(InstrumentIndex i, Nanos now, std::optional<Ticks> bid,
              std::optional<Ticks> offer);
  // Continuous trading begins, at the price of an auction where there was one.
  void began(InstrumentIndex i, Nanos now, std::optional<Ticks> price);

  void stop(InstrumentIndex i, Nanos now);
  void go_on(InstrumentIndex i, Nanos now);
  // The index is at a value; returns the level that now halts the market, 0 for none.
  int index_at(Nanos now, std::int64_t value);

  void find_due(InstrumentIndex i, Nanos now);
  // Takes the soonest out of the heap; find_due() puts its next one in.
  Due pop_due();
  void drop_stale_due();
  // An order ends by itself then.
  void date(Nanos at);

  void mix(Digest& digest) const;
  static void save(const MarketState& self, Packer& pack);
  // False where something is missing or cannot be.
  [[nodiscard]] static bool load(MarketState& self, Unpacker& read);
  [[nodiscard]] std::uint64_t terms_digest() const;

  MarketTerms terms_;
  std::vector<Listed> listed_;
  std::optional<rules::MarketWideBreaker> breaker_;
  bool stopped_{};            // level 3
  std::vector<Due> due_;      // a heap, soonest first
  std::vector<Nanos> dated_;  // the same: when orders with a date end, or would have

 private:
  void note_pause(Listed& l);
  template <class Visit, class Self>
  static void each_field(Visit& visit, Self& self);
};

}  // namespace ai_trading::venue
