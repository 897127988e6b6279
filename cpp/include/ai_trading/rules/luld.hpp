// Limit up, limit down: price bands and trading pauses of one US stock on one day.
//
// Rule        the National Market System Plan to Address Extraordinary Market
//             Volatility (SEC File 4-631), as amended up to Amendment 18.  In brackets:
//             its sections.
//   widths    [App. A] by tier and by the previous close on the primary exchange:
//                              Tier 1                     Tier 2
//             over $3.00       5 %                        10 %
//             $0.75 to $3.00   20 %                       20 %
//             under $0.75      the lesser of $0.15 and 75 %, both tiers
//             A leveraged product of Tier 2 has these times its leverage.
//   doubled   [V.A] in the last 25 minutes for Tier 1, and for Tier 2 if the previous
//             close is $3.00 or less.  (Amendment 18 ended the doubling at the open and
//             for Tier 2 above $3.00.)
//   bands     [V.A] the reference price plus and minus the width, each rounded to the
//             nearest cent (half a cent up; not below zero).
//   reference [V.A-C] the opening price; then the plain mean of the eligible trades of
//             the last five minutes, taken over when it is 1 % or more away, but not
//             within 30 seconds of the last change.  Without trades it stays.  Without
//             an opening in the first five minutes it is the mean of the trades so far,
//             or the first one that comes.  After a pause it begins anew with the
//             reopening price, and where there is none with the band that was hit.
//             [Amendment 10] where the primary opens with quotes and no trade, the first
//             reference is the previous close: whoever knows that passes it to open().
//   limit     [VI.B] a limit state begins when the national best offer equals the lower
//             band, or the best bid the upper one, and they do not cross.  It ends when
//             that is no longer so.  Reference and bands stand still meanwhile.
//   pause     [VII.A] a limit state of 15 seconds becomes a pause of five minutes.  The
//             reopening auction follows; the primary may put it off by five minutes.
//   last ten  [VII.C] a stock paused in the last ten minutes does not reopen before the
//             closing auction.
// Ours        the reference is rounded to the nearest tick, half up.  A trade exactly
//             five minutes old has left the mean.
//
// Time        exchange-local (time_of_day.hpp), never falling; what falls due between
//             two calls happens at its own time, so results do not depend on how often
//             this is called.
// Units       prices in ticks, of which a cent must be a whole number.
// Cost        amortised constant per trade; memory for five minutes of trades.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ai_trading/base/units.hpp"
#include "ai_trading/rules/time_of_day.hpp"

namespace ai_trading::rules {

enum class Tier : std::uint8_t { one = 1, two = 2 };

struct PriceBands {
  Ticks lower, upper;

  [[nodiscard]] bool holds(Ticks price) const {
    return lower <= price && price <= upper;
  }
  friend bool operator==(const PriceBands&, const PriceBands&) = default;
};

enum class LuldState : std::uint8_t {
  no_bands = 0,  // before the first reference price
  normal = 1,
  limit_up = 2,
  limit_down = 3,
  paused = 4,
  reopening = 5,  // the pause is over; waiting for the reopening auction
  until_close =
      6,  // paused into the last ten minutes: only the closing auction follows
  closed = 7,
};

struct LuldSettings {
  Tier tier = Tier::one;
  Ticks previous_close;              // on the primary exchange; or its last sale
  std::int64_t tick_nano = 100'000;  // what a tick is worth, in 1e-9
  int leverage_percent = 100;        // of a leveraged product, in Tier 2 only
  Nanos open = clock_time(9, 30);
  Nanos close = clock_time(16, 0);  // 13:00 on a short day; all else follows
};

// How wide the bands are: at most `percent` of the reference and at most `cap`.
struct LuldWidth {
  std::int64_t basis_points{};
  std::optional<std::int64_t> cap_nano;  // in 1e-9 dollars

  friend bool operator==(const LuldWidth&, const LuldWidth&) = default;
};

[[nodiscard]] LuldWidth luld_width(const LuldSettings& settings, Nanos now);

[[nodiscard]] PriceBands luld_bands(Ticks reference, const LuldWidth& width,
                                    std::int64_t tick_nano);

class LimitUpLimitDown {
 public:
  // Throws std::invalid_argument where a setting makes no sense.
  explicit LimitUpLimitDown(const LuldSettings& settings);

  // Each call first lets everything happen that is due by `now`.  They throw
  // std::invalid_argument where time falls or a price is not positive.
  void advance(Nanos now);
  // The primary's opening price; not `traded` where it is the previous close.
  void open(Nanos now, Ticks price, bool traded = true);
  void trade(Nanos now, Ticks price);  // eligible: it updates the last sale
  void quote(Nanos now, std::optional<Ticks> bid, std::optional<Ticks> offer);
  void reopen(Nanos now, std::optional<Ticks> price);
  // The reopening auction cannot be held: five minutes more.
  void extend(Nanos now);
  // The primary exchange pauses the stock, as it may in a straddle state; or trading is
  // halted for another reason, and reopens not before `length` has passed.
  void pause(Nanos now, Nanos length = minutes(5));

  [[nodiscard]] LuldState state() const { return state_; }
  [[nodiscard]] std::optional<PriceBands> bands() const;
  [[nodiscard]] std::optional<Ticks> reference() const;
  // Where a pause ends, or 15 seconds of a limit state; kNever otherwise.
  [[nodiscard]] Nanos deadline() const;
  // When something next changes by itself, a mean that loses a trade included.
  [[nodiscard]] Nanos next_due() const;
  // Of the last limit state: the band that was hit and the bands then; without one, the
  // reference and its bands.
  [[nodiscard]] Ticks hit() const { return hit_; }
  [[nodiscard]] PriceBands last_bands() const { return bands_; }
  // A side of the best quote lies beyond its band and there is no limit state [VII.A].
  [[nodiscard]] bool straddle() const;

  // Continuous trading may happen at this price.
  [[nodiscard]] bool may_trade(Ticks price) const;
  // A bid above the upper band or an offer below the lower may not be shown [VI.A].
  [[nodiscard]] bool may_show(Side side, Ticks price) const;

  // Everything that changes, for snapshots and state hashes: visit(number) for each.  A
  // visitor with `reads` fills them in.
  template <class Visit, class Self>
  static void each_field(Visit& visit, Self& self);

 private:
  struct Print {
    Nanos at;
    Ticks price;
  };
  // A queue in a ring that grows by doubling.
  class Prints {
   public:
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] std::int64_t count() const {
      return static_cast<std::int64_t>(count_);
    }
    [[nodiscard]] const Print& oldest() const { return ring_[first_]; }
    [[nodiscard]] const Print& at(std::size_t i) const {
      return ring_[(first_ + i) % ring_.size()];
    }
    void push(const Print& print);
    void pop();
    void clear() { count_ = 0; }

   private:
    std::vector<Print> ring_;
    std::size_t first_{}, count_{};
  };
  __extension__ using Sum = __int128;

  [[nodiscard]] bool in_limit() const {
    return state_ == LuldState::limit_up || state_ == LuldState::limit_down;
  }
  [[nodiscard]] bool halted() const {
    return state_ == LuldState::paused || state_ == LuldState::reopening;
  }
  void happen();
  void add(Ticks price);
  void begin(Ticks reference);
  void set_reference(Ticks reference);
  void widen();
  void review();
  void judge();
  void stop();
  [[nodiscard]] Ticks mean() const;
  void check(Ticks price) const;

  LuldSettings settings_;
  LuldState state_ = LuldState::no_bands;
  Nanos now_{};
  bool opened_{};
  Ticks reference_;
  Nanos since_;     // of the reference
  bool waiting_{};  // for 30 seconds to pass
  bool doubled_{};  // the last 25 minutes have begun
  PriceBands bands_;
  Nanos entered_;  // a limit state
  Nanos until_;    // the end of a pause
  Ticks hit_;      // the band of the last limit state, or the reference
  std::optional<Ticks> bid_, offer_;
  Prints prints_;
  Sum sum_{};
};

template <class Visit, class Self>
void LimitUpLimitDown::each_field(Visit& visit, Self& self) {
  visit(self.state_);
  visit(self.now_.n);
  visit(self.opened_);
  visit(self.reference_.n);
  visit(self.since_.n);
  visit(self.waiting_);
  visit(self.doubled_);
  visit(self.bands_.lower.n);
  visit(self.bands_.upper.n);
  visit(self.entered_.n);
  visit(self.until_.n);
  visit(self.hit_.n);
  for (auto* quote : {&self.bid_, &self.offer_}) {
    bool known = quote->has_value();
    std::int64_t price = known ? (*quote)->n : 0;
    visit(known);
    visit(price);
    if constexpr (Visit::reads)
      *quote = known ? std::optional(Ticks{price}) : std::nullopt;
  }
  std::int64_t count = self.prints_.count();
  visit(count);
  if constexpr (Visit::reads) {
    self.prints_.clear();
    self.sum_ = 0;
    for (std::int64_t i = 0; i < count && visit.whole(); ++i) {
      Print print{};
      visit(print.at.n);
      visit(print.price.n);
      self.prints_.push(print);
      self.sum_ += print.price.n;
    }
  } else {
    for (std::int64_t i = 0; i < count; ++i) {
      const Print& print = self.prints_.at(static_cast<std::size_t>(i));
      visit(print.at.n);
      visit(print.price.n);
    }
  }
}

}  // namespace ai_trading::rules
