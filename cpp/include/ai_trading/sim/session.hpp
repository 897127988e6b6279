// One run: a desk, the messages on their way to and from a venue, timers and samples.
//
// A session moves time.  Whatever is due is handled in the order of its time; at one
// instant in this order: market data at the venue, commands arriving there, the end of a
// trading session, reports arriving at the desk, market data arriving at the strategy,
// charges for holding positions, exchange rates, account samples, timers, parents at
// work.  So an order never trades against the past, and one that
// arrives together with a market event comes after it.  Without feed latency market data
// is at the strategy as soon as it is at the venue, before all else of that instant.
//
// Repeatable  the same inputs give the same records and the same state hash.
// Threads     one session, one thread; sessions are independent of each other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "ai_trading/algo/workers.hpp"
#include "ai_trading/base/amendment.hpp"
#include "ai_trading/base/messages.hpp"
#include "ai_trading/book/books.hpp"
#include "ai_trading/cost/market_shift.hpp"
#include "ai_trading/desk/desk.hpp"
#include "ai_trading/desk/order_terms.hpp"
#include "ai_trading/matching/orders.hpp"
#include "ai_trading/sim/handler.hpp"
#include "ai_trading/sim/holding.hpp"
#include "ai_trading/sim/line.hpp"
#include "ai_trading/sim/tape_bands.hpp"
#include "ai_trading/sim/watches.hpp"
#include "ai_trading/venue/latency.hpp"
#include "ai_trading/venue/order_rules.hpp"

namespace ai_trading::sim {

// What a strategy wants to be woken for at an instrument.
struct Subscription {
  InstrumentIndex instrument{};
  StrategyIndex strategy{};
  bool quotes{};
  bool trades{};
  bool bars{};
  std::uint32_t every{};  // on_book after so many events; 0 never
};

// What a unit of a currency is worth in the account's own, in 1e-9, from a time on.
struct RateChange {
  Nanos at;
  std::uint16_t currency{};
  std::int64_t rate_nano{};
};

struct Settings {
  Money cash;
  std::vector<Money> foreign_cash{};  // of currencies 1, 2 ...; one row each
  std::vector<RateChange> rates{};    // rising; the first of each holds from the start
  Latency latency;
  std::optional<venue::LatencyTerms> drawn{};  // instead of constant delays
  std::optional<cost::ShiftTerms> impact{};    // of our orders on our later ones
  std::vector<risk::Limits> limits;            // one row per instrument
  std::int64_t per_order_fee{};                // 1e-9 currency units
  Nanos sample_every{60 * kNano};
  std::vector<Nanos> session_ends;             // rising; day orders expire there
  std::vector<venue::OrderRules> order_rules;  // a row for each instrument, or none
  BandSettings price_bands;
  HoldingSettings holding;
  bool parents_sleep = true;  // false: they look at every review, and decide the same
};

enum class Progress : std::uint8_t { more, need_data, done };

class Session {
 public:
  Session(std::vector<Instrument> instruments, const Settings& settings);
  virtual ~Session() = default;

  // Runs over at most about `budget` events.
  virtual Progress run(std::size_t budget, Handler& handler) = 0;
  // Ends a run before its data does.
  void stop(Handler& handler) { end(handler); }

  // The strategy's time.
  [[nodiscard]] Nanos now() const { return now_; }

  desk::Desk::Submitted submit(const desk::NewOrder& order);
  // The same with terms that the venue is told when the order gets there.
  desk::Desk::Submitted submit(const desk::NewOrder& order,
                               const matching::Terms& terms);
  Reject cancel(OrderId id);
  Reject modify(OrderId id, Ticks price, Lots quantity, const Amendment& wanted = {});

  // Links orders that will be sent with the group; as desk::Desk::link.
  desk::GroupId link(desk::Link kind, OrderId entry) {
    entries_.push_back(entry);
    return desk_.link(kind, entry);
  }

  // Works a parent order from now on and returns its id; its children pass the gate like
  // any order.  The terms have been checked.  0 where the run is over.
  algo::ParentId work(algo::Terms terms);
  // Cancels what works for a parent; the rest of it is reported as shortfall.
  Reject stop_work(algo::ParentId parent);
  [[nodiscard]] const algo::Workers& workers() const { return workers_; }

  // Wakes a strategy at a time (not before now), then every `repeat` nanoseconds if that
  // is positive.  Returns the timer's number, from 1.
  std::uint64_t set_timer(StrategyIndex strategy, Nanos at, Nanos repeat);
  void cancel_timer(std::uint64_t timer);

  void subscribe(const Subscription& subscription);

  [[nodiscard]] const desk::Desk& desk() const { return desk_; }
  // For limits, states and facts of the gate.
  [[nodiscard]] risk::Gate& gate() { return desk_.gate(); }
  // Arms the gate for so many strategies.  It judges losses by the prices that parents'
  // looks tell it, too: no parent sleeps then.
  void arm(std::size_t strategies) {
    desk_.arm(strategies);
    workers_.sleep_between_reviews(false);
  }
  desk::Killed kill(risk::Scope scope, const std::string& who,
                    const std::string& reason);
  [[nodiscard]] std::span<const desk::AccountRecord> account() const {
    return account_;
  }
  // One row of marks per account sample, an instrument per column.
  [[nodiscard]] std::span<const std::int64_t> sampled_marks() const { return marks_; }
  // What holding positions has cost so far.
  [[nodiscard]] std::span<const HoldingCharge> charges() const {
    return holding_.charges();
  }
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] virtual std::uint64_t state_hash() const { return desk_.state_hash(); }

  // What orders asked for besides a price, by order id; those without are not here.
  [[nodiscard]] std::span<const desk::TermsRecord> order_terms() const {
    return terms_;
  }
  // False where there is no book in the data.
  [[nodiscard]] virtual bool shows_book() const { return true; }

  // Best prices as the strategy sees them; nothing where the data has none.
  [[nodiscard]] virtual std::optional<book::Level> best(InstrumentIndex instrument,
                                                        Side side) const = 0;
  // Both of them; quantity 0 where there is none.
  [[nodiscard]] virtual feed::Quote touch(InstrumentIndex instrument) const {
    feed::Quote out{};
    out.timestamp = now_.n;
    out.instrument = instrument;
    return out;
  }
  virtual std::size_t depth(InstrumentIndex instrument, Side side,
                            std::span<book::Level> out) const = 0;
  [[nodiscard]] virtual std::optional<book::QueuePosition> queue_position(
      OrderId id) const = 0;
  // Where a stop would trigger as its venue holds it now; nothing where it waits no more.
  [[nodiscard]] std::optional<Ticks> stop_price(OrderId id) const;
  // True where the venue has a closing auction and takes orders for it.
  [[nodiscard]] virtual bool closes_by_auction(InstrumentIndex) const { return false; }
  // A price to check orders and value positions with.
  [[nodiscard]] std::optional<Ticks> mark(InstrumentIndex instrument);
  // Where parents sleep, their looks no longer bring marks up to date: this does.
  void freshen();

 protected:
  virtual void execute(const Command& command) = 0;
  // Terms of an order, or of a change, that is on its way to the venue.
  virtual void prepare(OrderId id, const matching::Terms& terms,
                       desk::GroupId group) = 0;
  virtual void prepare_change(std::uint64_t request, const Amendment& wanted) = 0;
  [[nodiscard]] virtual std::optional<Ticks> waiting_stop(InstrumentIndex instrument,
                                                          OrderId id) const = 0;
  // A session is over, or all data: orders end.
  virtual void expire_all(Nanos at, bool data_over) = 0;
  // Tells the desk the last known price of an instrument.
  virtual void refresh_mark(InstrumentIndex instrument) = 0;

  // The time of the next thing that is due without market data.
  [[nodiscard]] Nanos next_due() const { return due_; }
  // True where something is due at `at` that comes before market data at the strategy.
  [[nodiscard]] bool message_due(Nanos at) const;
  // Handles one thing that is due, and moves the time to it.
  void handle_due(Handler& handler);
  // Handles all that is due up to `until`, including it.
  void handle_until(Nanos until, Handler& handler);
  // Puts what the venue just answered on its way to the desk.
  void carry_reports();
  void sample(Nanos at);
  void charge_holding();
  void begin(Handler& handler);
  // No more data: what is on its way arrives, orders expire, strategies are told.
  void end(Handler& handler);

  // The market traded: parents at work go by it.
  void record_trade(InstrumentIndex instrument, Ticks price, Lots quantity) {
    if (!workers_.any()) return;
    workers_.on_trade(instrument, price, quantity, now_);
    due_ = std::min(due_, workers_.next_time());
  }
  // The touch may have moved: somebody may wait for it.
  void record_touch(InstrumentIndex instrument) {
    if (!workers_.any()) [[likely]]
      return;
    if (!workers_.watches_touch(instrument)) return;
    workers_.on_touch(instrument, market(instrument), now_);
    due_ = std::min(due_, workers_.next_time());
  }

  // Best prices of a side, for parents whose children wait at one.
  template <class Best>
  void record_best(InstrumentIndex instrument, Best&& best) {
    if (!workers_.any()) [[likely]]
      return;
    for (const Side side : {Side::buy, Side::sell}) {
      if (!workers_.sleeps(instrument, side)) continue;
      const auto level = best(side);
      if (!level) continue;
      workers_.on_best(instrument, side, level->price, now_);
      due_ = std::min(due_, workers_.next_time());
    }
  }

  desk::Desk desk_;
  Latency latency_;
  std::unique_ptr<venue::LatencyModel> drawn_;  // null: the constant ones
  std::vector<Watches> watches_;                // by instrument
  std::vector<Report> answers_;                 // of the venue, not yet on their way
  Nanos now_;
  std::uint64_t events_{};
  bool started_{};
  bool touch_wanted_{};  // by a strategy, when an event has passed

 private:
  struct Timer {
    Nanos at;
    std::uint64_t number{};
    Nanos repeat;
    StrategyIndex strategy{};

    // The earliest is on top of the queue; at one instant, the first one set.
    friend bool operator<(const Timer& a, const Timer& b) {
      return a.at != b.at ? a.at > b.at : a.number > b.number;
    }
  };

  struct Street;  // the way of parents' children to the desk

  [[nodiscard]] algo::Market market(InstrumentIndex instrument);
  void ask_parents();
  void tell_parent(const desk::OrderRecord& order);
  void finish_parent(const algo::Worker& worker);
  void find_due();
  void begin_currencies(const Settings& settings);
  void follow_rates();
  void send(const Command& command);
  // Where delays are drawn, each strategy's messages keep their order and others may
  // overtake them.
  void send_drawn(Command command);
  void carry_drawn();
  [[nodiscard]] bool command_due(Nanos at) const {
    return !commands_.empty() && commands_.front().arrive == at;
  }
  [[nodiscard]] Nanos report_due() const {
    return drawn_ ? report_dues_.front() : reports_.front().at + latency_.response;
  }
  void follow_desk() {
    if (desk_.has_commands() || desk_.has_news()) [[unlikely]]
      obey_desk();
  }
  void obey_desk();
  void expect_report(std::size_t order, std::size_t parent);
  void deliver(Handler& handler);
  void tell_refused(Handler& handler);
  void note_terms(OrderId id, const desk::NewOrder& order,
                  const matching::Terms& terms);
  [[nodiscard]] desk::TermsRecord* terms_of(OrderId id);
  // A change of terms has been answered, or a stop has ceased to wait.
  void settle_terms(const Report& report);
  void ring(Handler& handler);

  algo::Workers workers_;
  Line<Command> commands_;
  Line<Report> reports_;
  Line<Nanos> report_dues_;  // of the reports, where delays are drawn
  std::vector<OrderId> refused_;
  std::priority_queue<Timer> timers_;
  std::vector<std::uint64_t> stopped_timers_;
  std::uint64_t timers_set_{};
  std::vector<RateChange> rates_;
  std::size_t next_rate_{};
  std::vector<Nanos> session_ends_;
  std::size_t next_session_end_{};
  Nanos sample_every_;
  Nanos next_sample_ = kNever;
  HoldingCosts holding_;
  std::vector<desk::AccountRecord> account_;
  std::vector<std::int64_t> marks_;
  std::vector<desk::TermsRecord> terms_;
  std::vector<OrderId> entries_;  // of the desk's groups, from 1; 0: none
  std::vector<std::pair<OrderId, Amendment>> asked_;  // of changes under way
  Nanos due_ = kNever;
  bool closed_{};  // the last orders have expired: new ones are refused
  bool over_{};    // strategies have been told to stop: nothing can be sent
};

}  // namespace ai_trading::sim
