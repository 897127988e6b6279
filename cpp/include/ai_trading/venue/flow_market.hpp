// A made-up market under rules: what stands between flow_stage.hpp and the engine.
//
// Orders go to a Market, and what it does is told as a public feed would:
//
//   status      a call before the open or after a halt is quotation ('Q'), a LULD pause
//               halted ('P') and then quotation, other halts 'H', trading 'T'.  The
//               closing call goes unannounced
//   imbalance   what a call would trade, at most once a second
//   execute_at  unprinted, whoever was displayed and traded in an auction; then
//   cross       the whole auction once: its volume and price, the letter O, C, H (after a
//               pause or halt) or I.  An opening or a close without a trade has volume 0
//   info 'J'    the collar of a reopening auction, as itch_decoder.hpp lays it out
//   info 'W'    a market-wide halt; order_id is the level's digit
//
// Orders for an auction only are not displayed; everything else is.
//
// Prices      a limit of the crowd beyond a band is put to the band, as exchanges do;
//             yours is refused, as market.hpp says.
// Units, Repeatable, Threads: as flow_stage.hpp's.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

#include "ai_trading/venue/auction_crowd.hpp"
#include "ai_trading/venue/flow_stage.hpp"
#include "ai_trading/venue/market.hpp"

namespace ai_trading::venue {

class FlowMarket {
 public:
  FlowMarket(FlowStage& stage, const FlowSettings& settings);
  FlowMarket(const FlowMarket&) = delete;
  FlowMarket& operator=(const FlowMarket&) = delete;

  // Plays the rules on: what falls due happens, and is told, at its own time.
  void advance(Nanos now);

  // Orders of the crowd.
  void send(matching::NewOrder order);
  void send(matching::NewOrder order, const matching::Terms& terms);
  Reject replace(OrderId id, OrderId made, Ticks price, Lots left);
  // Anybody's.
  Reject submit(const matching::NewOrder& order, const matching::Terms& terms = {});
  Reject change(const matching::Change& change);
  Reject cancel(OrderId id);
  Reject amend(OrderId id, Ticks price, Lots left);

  Reject halt(InstrumentIndex i);
  Reject resume(InstrumentIndex i);
  int index(std::int64_t value);

  [[nodiscard]] AuctionCrowd& crowd() { return crowd_; }

  [[nodiscard]] rules::Phase phase(InstrumentIndex i) const { return market_.phase(i); }
  [[nodiscard]] Halt halted(InstrumentIndex i) const { return market_.halt(i); }
  [[nodiscard]] std::optional<rules::PriceBands> bands(InstrumentIndex i) const {
    return market_.bands(i);
  }
  [[nodiscard]] bool trading(InstrumentIndex i) const {
    return market_.phase(i) == rules::Phase::continuous;
  }
  [[nodiscard]] bool calling(InstrumentIndex i) const {
    return rules::is_auction(market_.phase(i));
  }
  // The last trade's price, or that at which the day began.
  [[nodiscard]] Ticks last(InstrumentIndex i) const { return told_[i].last; }
  // Rule 201 of Regulation SHO: from the first trade that is 10 % or more below the
  // previous close short sales must be above the best bid.  False where no close is known.
  [[nodiscard]] bool shorts_restricted(InstrumentIndex i) const {
    const Told& told = told_[i];
    const std::int64_t close = told.close.n;
    return close > 0 && told.low.n <= close / 10 * 9 + close % 10 * 9 / 10;
  }
  // When the timetable closes for the day, at the latest.
  [[nodiscard]] Nanos end() const { return end_; }

  [[nodiscard]] matching::ShownBook books() const { return market_.books(); }
  [[nodiscard]] std::optional<matching::OrderView> order(OrderId id) const {
    return market_.order(id);
  }
  [[nodiscard]] std::optional<Ticks> stop_price(OrderId id) const {
    return market_.stop_price(id);
  }
  [[nodiscard]] std::uint64_t state_hash() const { return market_.state_hash(); }
  [[nodiscard]] std::uint64_t trades() const { return market_.trades(); }

 private:
  struct Ear : SilentMarket {
    FlowMarket* market;

    explicit Ear(FlowMarket& owner) : market(&owner) {}
    void accepted(const matching::NewOrder& order);
    void rejected(OrderId id, Reject why);
    void traded(const matching::Trade& trade);
    void rested(const matching::OrderView& order);
    void replenished(const matching::OrderView& order);
    void triggered(const matching::OrderView& order);
    void replaced(const matching::Replaced& change);
    void canceled(const matching::OrderView& order, matching::Gone why);
    void expired(const matching::OrderView& order);
    void state_changed(const matching::StateChange& change);
    void indicative(const matching::Indicative& now);
    void phase_changed(const PhaseChange& change);
    void market_wide(int level, Nanos until);
  };
  // What the public was told of an instrument.
  struct Told {
    rules::Phase phase = rules::Phase::closed;
    Halt cause{};
    feed::TradingState state = feed::TradingState::closed;
    char letter{};
    char uncross{};  // of the auction that is about to trade; 0: none is
    bool opened{};
    Ticks last;
    Ticks low{kMaxPrice};  // of the day's trades
    Ticks close;           // of the day before; 0: unknown
    Ticks price;           // of the auction that trades
    Lots volume;
    std::uint64_t match{};       // of its last trade
    std::int64_t imbalance{-1};  // the second of the last one told
    std::uint32_t extensions{};  // of a reopening auction
  };

  [[nodiscard]] bool unseen(OrderId id) const {
    return id >= FlowStage::kAuctionIds &&
           (id < FlowStage::kOwnIds || unseen_.contains(id));
  }
  void begin(Nanos now);
  void cross(const matching::Trade& trade);
  void tell_cross(InstrumentIndex i);
  void tell_status(InstrumentIndex i, feed::TradingState state, char letter);
  feed::Event& push(feed::EventKind kind, InstrumentIndex i);
  void tell_collar(InstrumentIndex i);
  void to_band(matching::NewOrder& order) const;
  [[nodiscard]] Ticks within_bands(InstrumentIndex i, Side side, Ticks price) const;
  // Whoever waited for trading to go on is told.
  void tell_resumed();

  FlowStage& stage_;
  Ear ear_;
  std::vector<Told> told_;
  std::unordered_set<OrderId> unseen_;  // of yours; never walked
  std::vector<InstrumentIndex> resumed_;
  Market<Ear> market_;
  AuctionCrowd crowd_;
  Nanos end_;
};

}  // namespace ai_trading::venue
