// The whole pre-trade gate of one account: every check of limits.hpp, with the memory
// that they need.
//
// It fails closed: an unknown instrument, strategy or price, a price that is too old, a
// band, volume or risk model that is not there, and a required limit that nobody set all
// mean no.  Cancels are never asked about.  An order that cannot take the position
// through zero, counting working orders, skips what limits.hpp says it may skip, and
// REDUCE_ONLY.
//
// The gate is told what happens: prices, open orders, executions.  It asks nobody.
//
// Units       as everywhere; money in the account's currency.
// Repeatable  the same calls give the same verdicts, and the same digest.
// Cost        judging O(factors); a price or an execution O(factors + strategies that
//             hold the name); open orders O(our own price levels in the name);
//             new limits O(strategies x instruments).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ai_trading/base/digest.hpp"
#include "ai_trading/base/instrument.hpp"
#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/base/reject.hpp"
#include "ai_trading/risk/activity.hpp"
#include "ai_trading/risk/clear.hpp"
#include "ai_trading/risk/exposure.hpp"
#include "ai_trading/risk/limits.hpp"
#include "ai_trading/risk/states.hpp"

namespace ai_trading::risk {

using StrategyIndex = std::uint16_t;

// What is known of a name beside its terms of trading.
struct NameTerms {
  std::uint16_t sector{};      // 0: unknown, and all unknown ones are one sector
  std::uint16_t group{};       // of names that move together; 0: none
  std::uint8_t asset_class{};  // below 16
  bool easy_to_borrow{};
  std::int64_t lot_step = 1;  // orders are in multiples of so many lots
  Lots daily_volume;          // average; 0: unknown
  Lots located;               // what may be short in all
  std::int64_t margin_ppm = 500'000;
};

// An order as the gate sees it.
struct Intent {
  InstrumentIndex instrument{};
  StrategyIndex strategy{};
  Side side{};
  bool has_limit{};  // it has a limit price; else it is valued at the reference
  bool replaces{};   // it changes an order: it is no copy of itself
  Ticks price;
  Lots quantity;
  Nanos created;  // when it was decided; 0: not said
};

// Tells an order from others by its terms.
[[nodiscard]] inline std::uint64_t fingerprint_of(const Intent& order) {
  Digest digest;
  digest.mix(order.price.n);
  digest.mix(order.quantity.n);
  digest.mix(std::uint64_t{order.strategy} << 16 | std::uint64_t{order.has_limit} << 8 |
             static_cast<std::uint64_t>(order.side));
  return digest.value();
}

struct Verdict {
  Reject reason{};
  Lots quantity;  // what may be sent: less than asked where a flip is cut
};

// Our own order as it rests now.
struct Open {
  InstrumentIndex instrument{};
  StrategyIndex strategy{};
  Side side{};
  bool rests{};  // at a price where another of our orders could meet it
  Ticks price;   // or what it is valued at
  Lots quantity;
};

class Gate {
 public:
  // Throws std::invalid_argument without a strategy.
  explicit Gate(Money cash = {}, std::size_t strategies = 1);

  InstrumentIndex add(const Instrument& instrument, const NameTerms& terms = {});
  void describe(InstrumentIndex instrument, const NameTerms& terms);
  // Throws where there would be fewer than there are.
  void set_strategies(std::size_t count);
  [[nodiscard]] std::size_t strategies() const { return profits_.size(); }
  [[nodiscard]] std::size_t instruments() const { return names_.size(); }

  // Puts other limits in force, all at once.
  void apply(LimitBook book);
  [[nodiscard]] const LimitBook& book() const { return book_; }
  [[nodiscard]] const Row& row(std::size_t strategy, InstrumentIndex instrument) const {
    return rows_[places_[instrument * strategies() + strategy]];
  }
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }

  // Whether an order may leave; where it may, it is counted as sent.
  Verdict judge(const Intent& order, Nanos now);
  // The same verdict and memory, every check made exactly: what judge() asks where an
  // order is not clear of every limit.
  Verdict judge_exactly(const Intent& order, Nanos now);
  // A change that only shrinks an order, to `order`: held to what an order must be, and
  // counted as a message.
  Reject judge_smaller(const Intent& order, Nanos now);
  // A message that passes unasked: a cancel.
  void message(StrategyIndex strategy, InstrumentIndex instrument, Nanos now);

  // What happens.  An order or an execution worth more than 1e15 units, sums beyond
  // 8e19 and positions beyond 2^62 lots cannot be counted exactly: std::overflow_error,
  // and nothing has changed.  No order that judge() lets pass comes near.
  void mark(InstrumentIndex instrument, Ticks price, Nanos at);
  void forget_mark(InstrumentIndex instrument) { names_[instrument].marked = false; }
  // An order's open part, as it was (none where the quantity is 0) and as it is.
  void working(const Open& was, const Open& is);
  // A signed quantity; the fee is what it cost, in the account's currency.
  void executed(InstrumentIndex instrument, StrategyIndex strategy, Ticks price,
                Lots quantity, Money fee, Nanos at);
  // Holds a position that did not come from an execution: at the start, by a split.
  void hold(InstrumentIndex instrument, StrategyIndex strategy, Lots quantity);
  void set_cash(Money cash) { cash_ = cash; }
  // What a unit of the instrument's currency is worth in the account's, in 1e-9.
  // Throws where a tick of a lot were worth more than 1e12 units at it, or as above.
  void set_rate(InstrumentIndex instrument, std::int64_t rate_nano);
  void set_bid(InstrumentIndex instrument, std::optional<Ticks> best);
  void set_band(InstrumentIndex instrument,
                std::optional<std::pair<Ticks, Ticks>> band);
  void set_halted(InstrumentIndex instrument, bool halted) {
    names_[instrument].halted = halted;
  }
  void set_restriction(InstrumentIndex instrument, Restriction to) {
    names_[instrument].restriction = to;
  }
  void set_price_test(InstrumentIndex instrument, bool active) {
    names_[instrument].price_test = active;
  }
  void set_located(InstrumentIndex instrument, Lots lots) {
    names_[instrument].located = lots;
  }
  // Loadings on factors of unit variance and what is the name's own, as deviations of a
  // return in 2^-30.
  void set_loadings(InstrumentIndex instrument, const Loadings& loadings);
  // How many standard deviations the value at risk is, in 1e-3; 2326 (99 %) at first.
  void set_quantile(std::int64_t milli);
  // Counts of the day and losses begin anew.
  void begin_day();
  void set_connected(bool connected) { connected_ = connected; }
  // The latest time at which it judged an order.
  [[nodiscard]] Nanos latest() const { return latest_; }
  [[nodiscard]] bool connected() const { return connected_; }

  // States.  Enabling a scope measures its losses from now on.
  [[nodiscard]] const States& states() const { return states_; }
  bool restrict(Scope scope, Mode to, Reject cause, const std::string& who,
                const std::string& reason, Nanos at) {
    return states_.restrict(scope, to, cause, who, reason, at);
  }
  bool enable(Scope scope, const std::string& who, const std::string& reason, Nanos at);
  // Scopes that a breach halted since the last call, where their orders are to go.
  [[nodiscard]] bool has_halted() const { return !halted_.empty(); }
  [[nodiscard]] std::vector<Scope> take_halted() { return std::exchange(halted_, {}); }
  [[nodiscard]] bool cancels_on_disconnect() const {
    return account_limits_.cancel_on_disconnect;
  }

  [[nodiscard]] const Name& name(InstrumentIndex instrument) const {
    return names_[instrument];
  }
  [[nodiscard]] const Exposures& exposures() const { return exposures_; }
  // What the sums are when they are added up anew; equal to exposures().
  [[nodiscard]] Exposures recomputed() const;
  [[nodiscard]] Money equity() const { return cash_ + account_.value; }
  [[nodiscard]] const Profit& profit() const { return account_; }
  [[nodiscard]] const Profit& profit_of(StrategyIndex strategy) const {
    return profits_[strategy];
  }
  [[nodiscard]] Money profit_in(InstrumentIndex instrument) const;
  [[nodiscard]] const Counters& counters() const { return counted_; }
  [[nodiscard]] const Counters& counters(Scope scope) const;
  // In the account's currency.
  [[nodiscard]] Money value_at_risk() const;  // rounded down

  void digest(Digest& into) const;

 private:
  static constexpr Money kNoLoss{~(Int128{1} << 127)};
  struct Watched {
    Money soft, hard;         // 0: none
    Money least = kNoLoss;    // the lesser of those that there are
    std::int64_t drawdown{};  // ppm
    bool cancel_on_halt{};
    bool cancel_on_disconnect{};
  };
  struct Level {
    Ticks price;
    std::uint32_t orders{};
  };
  // Our open orders on one side of a name; its best price is the name's.
  struct Rungs {
    std::uint32_t at_best{};
    std::vector<Level> behind;  // the best last
  };
  struct alignas(64) Ladder {
    Rungs buys, sells;
  };
  // What a strategy has in a name: its position, and its open orders in ticks times lots.
  struct alignas(64) Holder {
    Int128 open{}, open_buys{};
    Lots quantity;
    std::uint32_t next{};  // of the same name, from 1 up in more_holders_; 0: none
    StrategyIndex strategy{};
    bool used{};
  };
  template <class Visit>
  void each_holder(InstrumentIndex instrument, Visit&& visit) const {
    const Holder* holder = &holders_[instrument];
    if (!holder->used) return;
    for (visit(*holder); holder->next != 0; visit(*holder))
      holder = &more_holders_[holder->next - 1];
  }
  static void add_rung(Rungs& rungs, Side side, Ticks& best, Ticks price);
  static void drop_rung(Rungs& rungs, Side side, Ticks& best, Ticks price);

  [[nodiscard]] static Watched watched(const LimitSet& over, const Watched& under);
  static void check(const LimitBook& book);
  void place_rows(InstrumentIndex from);
  void set_window(InstrumentIndex instrument);
  [[nodiscard]] std::uint32_t intern(const Row& row);
  [[nodiscard]] Holder& holder(InstrumentIndex instrument, StrategyIndex strategy);
  [[nodiscard]] Counters& counters_of(Owner owner, StrategyIndex strategy,
                                      InstrumentIndex instrument);
  [[nodiscard]] Reject terms(const Intent& order, const Name& name) const;
  [[nodiscard]] Reject clocks(const Intent& order, const Name& name, const Row& row,
                              Nanos now) const;
  // `size` is what it finds the order to be in ticks times lots.
  [[nodiscard]] Reject prices(const Intent& order, Lots quantity, std::int64_t& size,
                              const Name& name, const Row& row, std::uint64_t mark,
                              Nanos now) const;
  [[nodiscard]] Reject short_sale(const Intent& order, Lots quantity, const Name& name,
                                  const Row& row) const;
  [[nodiscard]] Reject activity(const Intent& order, std::int64_t size,
                                const Name& name, const Row& row, Nanos now);
  [[nodiscard]] Reject exposure(const Intent& order, Lots quantity, std::int64_t size,
                                const Name& name, const Row& row);
  [[nodiscard]] Reject wider(const Name& name, std::int64_t worst_before,
                             std::int64_t worst_after, const Row& row) const;
  [[nodiscard]] bool pass(const Intent& order, Name& name, const Bounds& within,
                          Nanos now, Counters& by_strategy);
  void count_message(const Row& row, StrategyIndex strategy, InstrumentIndex instrument,
                     Nanos now);
  void load(InstrumentIndex instrument) const;
  template <class Change>
  void change(InstrumentIndex instrument, Change&& change);
  void reprice(InstrumentIndex instrument, Ticks price);
  void reunit(InstrumentIndex instrument, Int128 unit);
  void watch(InstrumentIndex instrument, Nanos at);
  void watch_one(Scope scope, Profit& profit, const Watched& limits, Nanos at);
  void breach(Scope scope, Mode to, Reject cause, bool cancels, Nanos at);

  Money cash_;
  Profit account_;
  Exposures exposures_;
  RiskView risk_view_;
  Counters counted_;
  Money open_buys_;  // value of all open buys
  bool connected_ = true;
  Nanos latest_;
  std::vector<Name> names_;
  std::vector<Counters> by_strategy_;
  std::vector<std::uint32_t> places_;  // of rows, by instrument and strategy
  std::vector<Row> rows_;              // distinct ones
  std::vector<Bounds> bounds_;         // of them
  std::vector<Profit> profits_;        // of strategies
  std::vector<Profit> name_profits_;
  std::vector<Holder> holders_;  // of a name the first, mostly the only one
  std::vector<Holder> more_holders_;
  std::vector<Ladder> ladders_;
  std::vector<Instrument> terms_;
  std::unordered_map<std::uint64_t, std::uint32_t> row_index_;  // looked up only
  LimitBook book_;
  std::int64_t quantile_milli_ = 2326;
  States states_;
  std::vector<Scope> halted_;
  Watched account_limits_;
  std::vector<Watched> strategy_limits_, name_limits_;
};

}  // namespace ai_trading::risk
