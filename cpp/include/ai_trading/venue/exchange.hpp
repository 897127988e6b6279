// What every simulated exchange does with our commands, whatever its fills rest on.
//
// `Market` is the part that differs between kinds of data and supplies, by static
// dispatch:
//   take(instrument, side, limit, wanted, fill)  trades an arriving order against what
//       rests on the other side and calls fill(Ticks, Lots) best price first
//   join(instrument, side, OwnOrder&)            gives a resting order its place
//   kWaits                                       true where even market orders wait, as
//       for the next bar
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ai_trading/base/instrument.hpp"
#include "ai_trading/base/messages.hpp"
#include "ai_trading/cost/fees.hpp"
#include "ai_trading/cost/market_shift.hpp"
#include "ai_trading/feed/records.hpp"
#include "ai_trading/venue/own_orders.hpp"

namespace ai_trading::venue {

template <class Market>
class Exchange {
 public:
  Exchange(std::vector<Instrument> instruments, cost::Fees fees)
      : instruments_(std::move(instruments)),
        fees_(std::move(fees)),
        own_(instruments_.size()),
        states_(instruments_.size(), feed::TradingState::continuous) {
    if (!fees_.lines.empty()) tariff_.emplace(fees_.lines, fees_.prior);
  }

  // From now on our aggressive orders move the prices at which our later ones trade.
  // Throws std::invalid_argument where the terms make no sense.
  void shift_prices(const cost::ShiftTerms& terms) { shift_.emplace(terms); }

  // Takes a command in hand at its time of arrival and appends the answers.
  void execute(const Command& command, std::vector<Report>& out) {
    switch (command.kind) {
      case Command::Kind::submit:
        return submit(command, out);
      case Command::Kind::cancel:
        return cancel(command, out);
      case Command::Kind::modify:
        return modify(command, out);
    }
  }

  // Every resting order of the instrument ends: the session is over.
  void expire(InstrumentIndex instrument, Nanos at, std::vector<Report>& out) {
    for (const Side side : {Side::buy, Side::sell}) {
      for (const OwnOrder& order : own_[instrument].side(side))
        out.push_back(answer(at, order.id, instrument, Report::Kind::expired));
      own_[instrument].side(side).clear();
    }
  }

  [[nodiscard]] const OwnOrders& own(InstrumentIndex instrument) const {
    return own_[instrument];
  }
  [[nodiscard]] const std::vector<Instrument>& instruments() const {
    return instruments_;
  }
  // What each line of the table of fees has charged.
  [[nodiscard]] std::span<const std::int64_t> fee_totals() const {
    return tariff_ ? tariff_->totals() : std::span<const std::int64_t>{};
  }

 protected:
  [[nodiscard]] static Report answer(Nanos at, OrderId id, InstrumentIndex instrument,
                                     Report::Kind kind, Reject reason = Reject::none) {
    Report report;
    report.at = at;
    report.order_id = id;
    report.instrument = instrument;
    report.kind = kind;
    report.reason = reason;
    return report;
  }

  void report_fill(Nanos at, OrderId id, InstrumentIndex instrument, Side side,
                   Ticks price, Lots quantity, Liquidity liquidity,
                   std::vector<Report>& out) {
    Report fill = answer(at, id, instrument, Report::Kind::filled);
    fill.price = price;
    fill.quantity = quantity;
    fill.liquidity = liquidity;
    fill.fee = fees_.charge(instruments_[instrument], liquidity, price, quantity);
    if (tariff_) [[unlikely]] {
      fill.fee +=
          tariff_->charge(instruments_[instrument],
                          {instrument, id, at, side, liquidity, price, quantity});
    }
    out.push_back(fill);
  }

  // Fills resting orders of ours from the front while `reached(order)` holds and
  // quantity is left; each trades at its own price.  Returns what was used.
  template <class Reached>
  Lots fill_resting(InstrumentIndex instrument, Side side, Nanos at, Lots available,
                    Reached&& reached, std::vector<Report>& out) {
    Lots used;
    for (OwnOrder& order : own_[instrument].side(side)) {
      if (used >= available || !reached(order)) break;
      const Lots quantity = std::min(order.left, available - used);
      order.left -= quantity;
      used += quantity;
      report_fill(at, order.id, instrument, side, order.price, quantity,
                  Liquidity::maker, out);
    }
    if (used.n > 0) own_[instrument].drop_filled(side);
    return used;
  }

  std::vector<Instrument> instruments_;
  cost::Fees fees_;
  std::optional<cost::Tariff> tariff_;
  std::optional<cost::MarketShift> shift_;
  std::vector<OwnOrders> own_;
  std::vector<feed::TradingState> states_;

 private:
  [[nodiscard]] Market& market() { return static_cast<Market&>(*this); }

  [[nodiscard]] static Ticks limit_of(const Command& command) {
    if (command.type == OrderType::limit) return command.price;
    return Ticks{sign(command.side) * kAnyPrice};
  }

  [[nodiscard]] Reject closed(InstrumentIndex instrument) const {
    switch (states_[instrument]) {
      case feed::TradingState::halted:
        return Reject::halted;
      case feed::TradingState::closed:
        return Reject::market_closed;
      default:
        return Reject::none;
    }
  }

  void submit(const Command& c, std::vector<Report>& out) {
    if (const Reject why = closed(c.instrument); why != Reject::none) {
      out.push_back(
          answer(c.arrive, c.order_id, c.instrument, Report::Kind::rejected, why));
      return;
    }
    out.push_back(answer(c.arrive, c.order_id, c.instrument, Report::Kind::accepted));
    const Lots left = trade_on_arrival(c, c.quantity, out);
    if (left.n == 0) return;
    if (Market::kWaits ||
        (c.type == OrderType::limit && c.time_in_force == TimeInForce::day)) {
      rest(c, left);
      return;
    }
    // What a market or an immediate order could not trade at once is gone.
    out.push_back(answer(c.arrive, c.order_id, c.instrument, Report::Kind::canceled,
                         Reject::no_liquidity));
  }

  // As trade_on_arrival, where our earlier orders have moved the prices: an order reaches
  // as deep as its limit allows after the shift, and pays it on every fill.
  Lots trade_shifted(const Command& c, Lots wanted, std::vector<Report>& out) {
    shift_->move_to(c.instrument, c.side, c.arrive);
    const Ticks limit = limit_of(c);
    const bool any = limit.n == kAnyPrice || limit.n == -kAnyPrice;
    const Ticks reach = any ? limit : shift_->reach(c.instrument, c.side, limit);
    const Lots before = wanted;
    market().take(c.instrument, c.side, reach, wanted, [&](Ticks price, Lots quantity) {
      wanted -= quantity;
      report_fill(c.arrive, c.order_id, c.instrument, c.side,
                  shift_->paid(c.instrument, c.side, price), quantity, Liquidity::taker,
                  out);
    });
    shift_->push(c.instrument, c.side, before - wanted);
    return wanted;
  }

  Lots trade_on_arrival(const Command& c, Lots wanted, std::vector<Report>& out) {
    if (shift_) [[unlikely]]
      return trade_shifted(c, wanted, out);
    market().take(c.instrument, c.side, limit_of(c), wanted,
                  [&](Ticks price, Lots quantity) {
                    wanted -= quantity;
                    report_fill(c.arrive, c.order_id, c.instrument, c.side, price,
                                quantity, Liquidity::taker, out);
                  });
    return wanted;
  }

  void rest(const Command& c, Lots left) {
    OwnOrder order;
    order.id = c.order_id;
    order.price = limit_of(c);
    order.total = c.quantity;
    order.left = left;
    order.arrived = c.arrive;
    order.immediate = c.time_in_force == TimeInForce::ioc;
    order.side = c.side;
    market().join(c.instrument, c.side, order);
    own_[c.instrument].insert(c.side, order);
  }

  void cancel(const Command& c, std::vector<Report>& out) {
    if (own_[c.instrument].find(c.side, c.order_id) == nullptr) {
      out.push_back(answer(c.arrive, c.order_id, c.instrument,
                           Report::Kind::change_rejected, Reject::order_done));
      return;
    }
    own_[c.instrument].erase(c.side, c.order_id);
    out.push_back(answer(c.arrive, c.order_id, c.instrument, Report::Kind::canceled));
  }

  // Shrinking at the same price keeps the place; anything else is a new arrival.
  void modify(const Command& c, std::vector<Report>& out) {
    OwnOrder* order = own_[c.instrument].find(c.side, c.order_id);
    if (order == nullptr) {
      out.push_back(answer(c.arrive, c.order_id, c.instrument,
                           Report::Kind::change_rejected, Reject::order_done));
      return;
    }
    const Lots done = order->total - order->left;
    if (c.quantity <= done) {
      out.push_back(answer(c.arrive, c.order_id, c.instrument,
                           Report::Kind::change_rejected,
                           Reject::quantity_not_positive));
      return;
    }
    const bool keeps = c.price == order->price && c.quantity <= order->total;
    if (const Reject why = closed(c.instrument); !keeps && why != Reject::none) {
      out.push_back(answer(c.arrive, c.order_id, c.instrument,
                           Report::Kind::change_rejected, why));
      return;
    }
    Report modified =
        answer(c.arrive, c.order_id, c.instrument, Report::Kind::modified);
    modified.price = c.price;
    modified.quantity = c.quantity;
    out.push_back(modified);
    if (keeps) {
      order->total = c.quantity;
      order->left = c.quantity - done;
      return;
    }
    own_[c.instrument].erase(c.side, c.order_id);
    const Lots left = trade_on_arrival(c, c.quantity - done, out);
    if (left.n > 0) rest(c, left);
  }
};

}  // namespace ai_trading::venue
