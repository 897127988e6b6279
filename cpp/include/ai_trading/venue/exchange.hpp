// What every simulated exchange does with our commands, whatever its fills rest on.
//
// `Market` is the part that differs between kinds of data and supplies, by static
// dispatch:
//   take(instrument, side, limit, wanted, fill)  trades an arriving order against what
//       rests on the other side and calls fill(Ticks, Lots) best price first
//   join(instrument, side, OwnOrder&)            gives a resting order its place
//   kWaits                                       true where even market orders wait, as
//       for the next bar
//   kCrosses                                     true where the data shows auctions, so
//       that orders at the open and at the close are taken
//   offered(instrument, side, limit, wanted)     what take would trade; where it does
//       not wait
//   first_price(instrument, side)                the best price at which it would; the
//       same
//
// Types       market and limit orders are handled here, all others, and those that trade
//             only so much at a time, all at once, or last beyond a session, in
//             exchange_special.ipp.
// States      while the tape says halted or closed our orders are refused, and order by
//             order none of ours trades.  In a call (pre-open, auction, quotation) limit
//             orders rest without trading and market orders wait for the cross;
//             immediate ones are refused.
// Crosses     an auction of V shares at price P fills, per side, at most V of ours, at P:
//             first orders at the open or close and waiting market orders (without limit
//             first, then better limits, then by arrival), then what rests; of those with
//             a limit only where it is better than P, since at P itself nobody can tell
//             whose turn it was.  What such an order could not trade is canceled.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ai_trading/base/instrument.hpp"
#include "ai_trading/base/messages.hpp"
#include "ai_trading/cost/fees.hpp"
#include "ai_trading/cost/market_shift.hpp"
#include "ai_trading/feed/records.hpp"
#include "ai_trading/venue/conditional.hpp"
#include "ai_trading/venue/order_rules.hpp"
#include "ai_trading/venue/own_orders.hpp"

namespace ai_trading::venue {

template <class Market>
class Exchange {
 public:
  Exchange(std::vector<Instrument> instruments, cost::Fees fees)
      : instruments_(std::move(instruments)),
        fees_(std::move(fees)),
        own_(instruments_.size()),
        present_(instruments_.size() / 64 + 1),
        crossing_(instruments_.size()),
        states_(instruments_.size(), feed::TradingState::continuous),
        days_(instruments_.size()) {
    if (!fees_.lines.empty()) tariff_.emplace(fees_.lines, fees_.prior);
  }

  // From now on our aggressive orders move the prices at which our later ones trade.
  // Throws std::invalid_argument where the terms make no sense.
  void shift_prices(const cost::ShiftTerms& terms) { shift_.emplace(terms); }

  // From now on our orders keep to these: a row for each instrument.
  void keep_to(std::vector<OrderRules> rules) { rules_ = std::move(rules); }
  // True where the day ends with a closing auction that takes orders.
  [[nodiscard]] bool closes_by_auction(InstrumentIndex instrument) const {
    return Market::kCrosses && !rules_.empty() &&
           rules_[instrument].day_ends_with_closing_cross && !days_[instrument].closed;
  }

  // The terms of an order, and the new ones of a change, that will arrive.  From the
  // first of them on prices are watched; what the market did before must be told.
  [[nodiscard]] bool watches() const { return special_ != nullptr; }
  void watch() { special_ = std::make_unique<Conditional>(instruments_.size()); }
  void tell_last(InstrumentIndex instrument, Ticks price) {
    special_->stops(instrument).last = price;
  }
  void prepare(OrderId id, const matching::Terms& terms, std::uint32_t group = 0) {
    if (!watches()) watch();
    special_->prepare(id, terms);
    // Where a command waits for the next bar, linked orders cannot wait for commands.
    if (Market::kWaits && group != 0) special_->link(group, id);
  }
  void prepare_change(std::uint64_t request, const Amendment& wanted) {
    if (!watches()) watch();
    special_->prepare_change(request, wanted);
  }
  // Where a stop that waits would trigger now; nothing where none with this id waits.
  [[nodiscard]] std::optional<Ticks> stop_price(InstrumentIndex instrument,
                                                OrderId id) const {
    if (!special_) return std::nullopt;
    const WaitingStop* stop = special_->stops(instrument).find(id);
    return stop == nullptr ? std::nullopt : std::optional(stop->stop);
  }

  // Takes a command in hand at its time of arrival and appends the answers.
  void execute(const Command& command, std::vector<Report>& out) {
    if (special_) [[unlikely]]
      expire_due(command.arrive, out);
    switch (command.kind) {
      case Command::Kind::submit:
        return submit(command, out);
      case Command::Kind::cancel:
        return cancel(command, out);
      case Command::Kind::modify:
        return modify(command, out);
    }
  }

  // The session is over: orders of the instrument end.  Those that outlive a session do
  // when the data is over, too.
  void expire(InstrumentIndex instrument, Nanos at, std::vector<Report>& out,
              bool data_over = false) {
    const auto goes = [&](OrderId id) {
      return data_over || !special_ || !special_->outlives_session(id);
    };
    for (const Side side : {Side::buy, Side::sell}) {
      OwnOrders::Queue& queue = own_[instrument].side(side);
      for (const OwnOrder& order : queue)
        if (goes(order.id))
          out.push_back(answer(at, order.id, instrument, Report::Kind::expired));
      queue.erase_if([&](const OwnOrder& order) { return goes(order.id); });
    }
    std::erase_if(crossing_[instrument].all(), [&](const CrossOrder& order) {
      if (!goes(order.id)) return false;
      out.push_back(answer(at, order.id, instrument, Report::Kind::expired));
      return true;
    });
    if (special_) [[unlikely]]
      expire_special(instrument, at, goes, out);
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
    days_[instrument].held += Lots{sign(side) * quantity.n};
    out.push_back(fill);
  }

  // The tape tells an auction.
  void cross(InstrumentIndex instrument, Cross kind, Ticks price, Lots volume, Nanos at,
             std::vector<Report>& out) {
    Day& day = days_[instrument];
    if (kind == Cross::opening) day.opened = true;
    if (kind == Cross::closing) day.closed = true;
    CrossOrders& waiting = crossing_[instrument];
    waiting.sort();
    for (const Side side : {Side::buy, Side::sell}) {
      Lots left = volume;
      for (CrossOrder& order : waiting.all()) {
        if (order.side != side || left.n == 0 || !order.takes_part(kind) ||
            !order.beats(price))
          continue;
        const Lots quantity = std::min(order.left, left);
        order.left -= quantity;
        left -= quantity;
        report_fill(at, order.id, instrument, side, price, quantity, Liquidity::taker,
                    out);
      }
      (void)fill_resting(
          instrument, side, at, left,
          [&](const OwnOrder& order) { return better(side, order.price, price); }, out,
          price);
    }
    for (const CrossOrder& order : waiting.all()) {
      if (order.left.n == 0 || !order.takes_part(kind)) continue;
      if (order.stays && volume.n > 0) [[unlikely]]
        rest_after_cross(instrument, order, price, at, out);
      else
        out.push_back(answer(at, order.id, instrument, Report::Kind::canceled,
                             Reject::no_liquidity));
    }
    std::erase_if(waiting.all(), [kind](const CrossOrder& order) {
      return order.left.n == 0 || order.takes_part(kind);
    });
    if (kind == Cross::closing && !rules_.empty() &&
        rules_[instrument].day_ends_with_closing_cross)
      expire(instrument, at, out);
  }

  // Fills resting orders of ours from the front while `reached(order)` holds and
  // quantity is left; each trades at its own price, or at that of an auction.  Returns
  // what was used.
  template <class Reached>
  Lots fill_resting(InstrumentIndex instrument, Side side, Nanos at, Lots available,
                    Reached&& reached, std::vector<Report>& out,
                    std::optional<Ticks> auction = {}) {
    Lots used;
    OwnOrders::Queue& queue = own_[instrument].side(side);
    while (used < available && !queue.empty() && reached(queue.front())) {
      OwnOrder& order = queue.front();
      if (order.style == Style::choosy) [[unlikely]]
        return used + fill_past_choosy(instrument, side, at, available - used, reached,
                                       out, auction);
      const Lots quantity = std::min(order.left, available - used);
      order.left -= quantity;
      used += quantity;
      report_fill(at, order.id, instrument, side, auction.value_or(order.price),
                  quantity, Liquidity::maker, out);
      if (order.left.n > 0) continue;
      const bool sliced = order.style == Style::sliced;
      const OrderId id = order.id;
      queue.erase(id);
      if (sliced) [[unlikely]]
        show_next(instrument, id);
    }
    return used;
  }

  // The same where some trade only so much at a time: they are passed over where less
  // is left, and in auctions.
  template <class Reached>
  Lots fill_past_choosy(InstrumentIndex instrument, Side side, Nanos at, Lots available,
                        Reached&& reached, std::vector<Report>& out,
                        std::optional<Ticks> auction);
  // True where so much is not enough for an order.
  [[nodiscard]] bool declines(const OwnOrder& order, Lots offered) const {
    return order.style == Style::choosy &&
           offered < std::min(order.left, special_->least(order.id));
  }

  // What exchange_special.ipp does with the market's events.
  // The market traded, or all of an event has been told: stops are looked at, pegs move.
  void follow_market(InstrumentIndex instrument, std::optional<Ticks> traded,
                     bool settled, Nanos at, std::vector<Report>& out);
  void release_stops(InstrumentIndex instrument, Nanos at, std::vector<Report>& out);
  void follow_pegs(InstrumentIndex instrument, Nanos at, std::vector<Report>& out);
  // Orders good till a date that is past end.
  void expire_due(Nanos now, std::vector<Report>& out);
  // An iceberg shows its next slice, at the back; false where there is none.
  bool show_next(InstrumentIndex instrument, OrderId id);
  // The same of all whose slice is gone.
  void refill(InstrumentIndex instrument);
  // What trades through the price of an iceberg meets all of it; then it hides again.
  void unfold(InstrumentIndex instrument, Side side, Ticks through);
  void fold(InstrumentIndex instrument, Side side);
  // What an order asks for once nothing special is left of it.
  [[nodiscard]] static Command plain(Command c) {
    if (c.type == OrderType::stop || c.type == OrderType::trailing_stop ||
        c.type == OrderType::pegged || c.type == OrderType::market_to_limit)
      c.type = OrderType::market;
    else if (c.type != OrderType::market)
      c.type = OrderType::limit;
    return c;
  }
  // A stop that is met, as the order that it becomes.
  [[nodiscard]] static Command order_of(const WaitingStop& stop,
                                        InstrumentIndex instrument, Nanos at) {
    Command c;
    c.arrive = at;
    c.order_id = stop.id;
    c.instrument = instrument;
    c.side = stop.side;
    c.type = stop.type == OrderType::stop_limit ? OrderType::limit : OrderType::market;
    c.price = stop.limit;
    c.quantity = stop.quantity;
    return c;
  }

  void rest(const Command& c, Lots left, Style style = Style::shown) {
    OwnOrder order;
    order.id = c.order_id;
    order.price = limit_of(c);
    order.total = c.quantity;
    order.left = left;
    order.arrived = c.arrive;
    order.immediate = c.time_in_force == TimeInForce::ioc;
    order.side = c.side;
    order.style = style;
    if (style == Style::choosy) [[unlikely]]
      special_->note_choosy(c.instrument, c.order_id, c.side);
    market().join(c.instrument, c.side, order);
    own_[c.instrument].insert(c.side, std::move(order));
    present_[c.instrument / 64] |= std::uint64_t{1} << (c.instrument % 64);
  }

  // What is left of an order gets a limit that it had not, and rests.
  void rest_at(Command c, Ticks price, Lots left, std::vector<Report>& out);

  // True where orders of ours rest.  An instrument without any is told by a bit: theirs
  // come at random among thousands, and would each come from memory.
  [[nodiscard]] bool may_rest(InstrumentIndex instrument) const {
    return ((present_[instrument / 64] >> (instrument % 64)) & 1) != 0;
  }
  [[nodiscard]] bool rests(InstrumentIndex instrument) {
    if (!may_rest(instrument)) [[likely]]
      return false;
    if (!own_[instrument].empty()) return true;
    present_[instrument / 64] &= ~(std::uint64_t{1} << (instrument % 64));
    return false;
  }

  std::vector<Instrument> instruments_;
  cost::Fees fees_;
  std::optional<cost::Tariff> tariff_;
  std::optional<cost::MarketShift> shift_;
  std::unique_ptr<Conditional> special_;  // null until an order needs it
  std::vector<OwnOrders> own_;
  std::vector<std::uint64_t> present_;  // a bit by instrument: orders of ours may rest
  std::vector<CrossOrders> crossing_;
  std::vector<feed::TradingState> states_;
  std::vector<OrderRules> rules_;  // empty: none

  // What a venue remembers of an instrument's day.
  struct Day {
    Lots held;  // bought less sold here
    bool opened{}, closed{};
    bool restricted{};   // short sales, by the tape
    bool interrupted{};  // the venue itself, by the tape
    feed::TradingState told = feed::TradingState::continuous;  // by the tape
  };
  std::vector<Day> days_;

  // The tape tells an instrument's state, or that the venue is interrupted in it.
  void follow(InstrumentIndex instrument) {
    const Day& day = days_[instrument];
    states_[instrument] = day.interrupted && day.told != feed::TradingState::closed
                              ? feed::TradingState::halted
                              : day.told;
  }

  // Nothing trades now.
  [[nodiscard]] bool stopped(InstrumentIndex instrument) const {
    return states_[instrument] != feed::TradingState::continuous;
  }
  [[nodiscard]] bool calls(InstrumentIndex instrument) const {
    const feed::TradingState state = states_[instrument];
    return state == feed::TradingState::pre_open ||
           state == feed::TradingState::auction ||
           state == feed::TradingState::quotation;
  }

 private:
  [[nodiscard]] Market& market() { return static_cast<Market&>(*this); }
  [[nodiscard]] const Market& market() const {
    return static_cast<const Market&>(*this);
  }

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

  [[nodiscard]] static bool for_a_cross(const Command& c) {
    return c.time_in_force == TimeInForce::at_the_open ||
           c.time_in_force == TimeInForce::at_the_close;
  }

  // What speaks against a new order.
  [[nodiscard]] Reject refuses(const Command& c) const {
    if (const Reject why = closed(c.instrument); why != Reject::none) return why;
    if (for_a_cross(c)) {
      if constexpr (!Market::kCrosses) return Reject::not_supported_here;
      const Day& day = days_[c.instrument];
      if (c.time_in_force == TimeInForce::at_the_open ? day.opened : day.closed)
        return Reject::auction_over;
    } else if (c.time_in_force != TimeInForce::day &&
               c.time_in_force != TimeInForce::ioc) {
      return Reject::not_supported_here;
    } else if (calls(c.instrument)) {
      const bool market = c.type != OrderType::limit;
      if (c.time_in_force == TimeInForce::ioc || (market && !Market::kCrosses))
        return Reject::not_in_this_state;
    }
    if (rules_.empty()) [[likely]]
      return Reject::none;
    return breaks_rules(c);
  }

  [[nodiscard]] Reject breaks_rules(const Command& c) const {
    const OrderRules& rules = rules_[c.instrument];
    const bool limited = c.type == OrderType::limit;
    if (limited && rules.increments && !rules.increments->allows(c.price))
      return Reject::price_off_increment;
    if constexpr (requires { market().book().best(c.instrument, c.side); }) {
      const auto& book = market().book();
      if (limited && rules.collar && !for_a_cross(c) && !stopped(c.instrument)) {
        const auto across = book.best(c.instrument, opposite(c.side));
        if (across && across->price.n > 0) {
          const Reject far = rules.collar->check(c.side, c.price, across->price);
          if (far != Reject::none) return far;
        }
      }
      if (c.side == Side::sell && rules.short_sales && days_[c.instrument].restricted &&
          is_short(c)) {
        const auto bid = book.best(c.instrument, Side::buy);
        if (!limited || (bid && c.price <= bid->price))
          return Reject::short_sale_restricted;
      }
    }
    return Reject::none;
  }
  [[nodiscard]] bool is_short(const Command& c) const {
    Lots free = days_[c.instrument].held;
    for (const OwnOrder& order : own_[c.instrument].side(Side::sell))
      if (order.id != c.order_id) free -= order.left;
    return c.quantity > free;
  }

  [[nodiscard]] static bool is_special(const Command& c) {
    return c.type > OrderType::limit || c.time_in_force == TimeInForce::fok ||
           c.time_in_force == TimeInForce::gtc || c.time_in_force == TimeInForce::gtd;
  }
  // exchange_special.ipp
  void submit_special(const Command& c, std::vector<Report>& out);
  [[nodiscard]] Reject refuses_special(const Command& c,
                                       const matching::Terms& terms) const;
  [[nodiscard]] Reject refuses_stop(const Command& c,
                                    const matching::Terms& terms) const;
  [[nodiscard]] std::optional<Ticks> watched(InstrumentIndex instrument, Side side,
                                             matching::TriggerOn what) const;
  [[nodiscard]] std::optional<Ticks> touch(InstrumentIndex instrument, Side side) const;
  [[nodiscard]] bool would_take(const Command& c) const;
  [[nodiscard]] bool offers(const Command& c, Lots quantity);
  [[nodiscard]] Reject refuses_lasting(const Command& c,
                                       const matching::Terms& terms) const;
  [[nodiscard]] Reject refuses_choosy(const Command& c,
                                      const matching::Terms& terms) const;
  [[nodiscard]] Lots trade_enough(const Command& c, Lots wanted,
                                  std::vector<Report>& out);
  [[nodiscard]] Ticks on_step(InstrumentIndex instrument, Side side, Ticks price) const;
  void enter_at_market(const Command& c, std::vector<Report>& out);
  void rest_after_cross(InstrumentIndex instrument, const CrossOrder& order,
                        Ticks price, Nanos at, std::vector<Report>& out);
  void meet(InstrumentIndex instrument, Nanos at, std::vector<Report>& out);
  [[nodiscard]] Ticks step_back(const Command& c) const;
  void wait(const Command& c, const matching::Terms& terms, std::vector<Report>& out);
  void enter(const Command& c, Style style, Lots display, std::vector<Report>& out);
  void move_peg(InstrumentIndex instrument, Peg& peg, Nanos at,
                std::vector<Report>& out);
  void slice(const Command& c, Lots left, Lots display);
  bool cancel_special(const Command& c, std::vector<Report>& out);
  bool modify_special(const Command& c, std::vector<Report>& out);
  void modify_stop(const Command& c, WaitingStop stop, const Amendment& asked,
                   std::vector<Report>& out);
  void modify_peg(const Command& c, Peg& peg, const Amendment& asked,
                  std::vector<Report>& out);
  void modify_resting(const Command& c, OwnOrder& order, const Amendment& asked,
                      std::vector<Report>& out);
  template <class Goes>
  void expire_special(InstrumentIndex instrument, Nanos at, Goes&& goes,
                      std::vector<Report>& out);

  void submit(const Command& c, std::vector<Report>& out) {
    if (is_special(c) || (special_ && special_->choosy(c.order_id))) [[unlikely]]
      return submit_special(c, out);
    if (const Reject why = refuses(c); why != Reject::none) {
      out.push_back(
          answer(c.arrive, c.order_id, c.instrument, Report::Kind::rejected, why));
      return;
    }
    out.push_back(answer(c.arrive, c.order_id, c.instrument, Report::Kind::accepted));
    if (for_a_cross(c) || calls(c.instrument)) [[unlikely]]
      return gather(c, out);
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

  // It waits for an auction, or rests until one.
  void gather(const Command& c, std::vector<Report>&) {
    const bool limited = c.type == OrderType::limit;
    if (limited && !for_a_cross(c)) return rest(c, c.quantity);
    crossing_[c.instrument].add({c.order_id, c.side, c.time_in_force, limited, c.price,
                                 c.quantity, c.quantity});
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

  void cancel(const Command& c, std::vector<Report>& out) {
    if (special_ && cancel_special(c, out)) [[unlikely]]
      return;
    if (crossing_[c.instrument].erase(c.order_id)) {
      out.push_back(answer(c.arrive, c.order_id, c.instrument, Report::Kind::canceled));
      return;
    }
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
    if (special_ && modify_special(c, out)) [[unlikely]]
      return;
    if (CrossOrder* waiting = crossing_[c.instrument].find(c.order_id))
      return modify_waiting(c, *waiting, out);
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
    Reject why = keeps ? Reject::none : closed(c.instrument);
    if (why == Reject::none && !keeps && !rules_.empty()) why = breaks_rules(c);
    if (why != Reject::none) {
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
    const Lots left = calls(c.instrument) ? c.quantity - done
                                          : trade_on_arrival(c, c.quantity - done, out);
    if (left.n > 0) rest(c, left);
  }

  void modify_waiting(const Command& c, CrossOrder& order, std::vector<Report>& out) {
    const auto refused = [&](Reject why) {
      out.push_back(answer(c.arrive, c.order_id, c.instrument,
                           Report::Kind::change_rejected, why));
    };
    if (c.quantity.n < 1) return refused(Reject::quantity_not_positive);
    Reject why = closed(c.instrument);
    if (why == Reject::none && !rules_.empty()) why = breaks_rules(c);
    if (why != Reject::none) return refused(why);
    order.total = order.left = c.quantity;
    if (order.limited) order.price = c.price;
    Report modified =
        answer(c.arrive, c.order_id, c.instrument, Report::Kind::modified);
    modified.price = c.price;
    modified.quantity = c.quantity;
    out.push_back(modified);
  }
};

}  // namespace ai_trading::venue

#include "ai_trading/venue/exchange_special.ipp"
