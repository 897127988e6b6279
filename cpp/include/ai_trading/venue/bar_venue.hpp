// An exchange known by its bars: every order waits for the next one.
//
// Model       an order that has arrived by a bar's start may trade at its open: a market
//             order always, a limit order where the open is at its limit or better.
//             Later in the bar a limit order trades at its limit if the bar went through
//             it (or, where `touch_fills`, reached it).
// Volume      all our fills in a bar stay within `volume_cap` of its volume, in parts
//             per million; what is left waits for the next bar.  0: no cap, and no need
//             of volume.
// Path        a bar does not tell whether its high or its low came first.  It matters
//             where buys and sells of ours wait for the same bar: who is reached first
//             is reported first and has the first claim on the volume.
// Stops       watch the prices of bars that begin after they came. A bar that opens at or
//             through the stop triggers it at the open, others where the path
//             open - first end - second end - close reaches it: a market order trades
//             there at the stop, a limit order if its limit allows, or later on the path.
//             A trailing stop follows the same path. What else is to watch, show or follow
//             a quote is refused, since a bar has none.
// Links       an execution of one of several linked orders takes its quantity from the
//             others at once, as the path has it: a command would come a bar late.
// At a time   an order with a minimum quantity, or all or none, trades where what the cap
//             leaves of a bar is enough for it.
// To a limit  a market-to-limit order has the price of its first execution as its limit
//             from then on.
// Ends        an order good till a date inside a bar may trade at its open, not later: the
//             bar does not tell when.
// Bias        the spread is what `half_spread` says, in ticks, paid by orders that trade
//             at the open and gone through, too, by the bar that fills a waiting limit
//             order; impact is none unless shift_prices says so.  A limit order's
//             fill is stamped with the end of its bar, since the bar does not tell when.
#pragma once

#include <vector>

#include "ai_trading/venue/exchange.hpp"

namespace ai_trading::venue {

// Which end of a bar the price is taken to have visited first.
enum class BarPath : std::uint8_t {
  low_first,
  high_first,
  nearest_first,  // the end nearer to the open; the low where both are as near
};

struct BarModel {
  std::int64_t volume_cap = 1'000'000;
  Ticks half_spread;
  bool touch_fills = false;
  BarPath path = BarPath::low_first;
};

class BarVenue : public Exchange<BarVenue> {
 public:
  static constexpr bool kWaits = true;
  static constexpr bool kCrosses = false;

  BarVenue(std::vector<Instrument> instruments, cost::Fees fees, BarModel model)
      : Exchange(std::move(instruments), fees),
        model_(model),
        volume_left_(instruments_.size()) {}

  // The bar begins: what waits may trade at the open.
  void on_open(const feed::Bar& bar, std::vector<Report>& out);
  // The bar is over: what waits may have traded on its way.
  void on_end(const feed::Bar& bar, std::vector<Report>& out);

  // For Exchange.
  template <class Fill>
  void take(InstrumentIndex, Side, Ticks, Lots, Fill&&) {}
  void join(InstrumentIndex, Side, OwnOrder&) {}

 private:
  [[nodiscard]] bool high_first(const feed::Bar& bar) const;
  void fill_shifted(OwnOrder& order, const feed::Bar& bar, Nanos at, Ticks price,
                    std::vector<Report>& out);
  void trade_at_open(const feed::Bar& bar, Side side, std::vector<Report>& out);
  // The price went from better ones to this.
  void trade_inside(const feed::Bar& bar, Side side, Ticks extreme,
                    std::vector<Report>& out);
  void walk(const feed::Bar& bar, std::vector<Report>& out);
  void walk_to(const feed::Bar& bar, Side reached, Ticks price,
               std::vector<Report>& out);
  void trigger_at_open(const feed::Bar& bar, std::vector<Report>& out);
  void trigger_inside(const feed::Bar& bar, const WaitingStop& stop,
                      std::vector<Report>& out);
  // Market-to-limit orders that have traded get their limits.
  void give_limits(InstrumentIndex instrument, Nanos at, std::vector<Report>& out);
  void spend_links(InstrumentIndex instrument, OrderId id, Lots quantity);
  [[nodiscard]] Lots fill(OwnOrder& order, const feed::Bar& bar, Nanos at, Ticks price,
                          Liquidity liquidity, std::vector<Report>& out);

  struct Priced {
    OrderId id{};
    Side side{};
    Ticks price;
  };

  BarModel model_;
  std::vector<Lots> volume_left_;
  std::vector<Priced> priced_;  // those whose first execution this was
};

}  // namespace ai_trading::venue
