// All parents at work, and when each of them must be asked.
//
// Parents sleep until a time, a traded volume, a touch (the I-would price) or news of
// their child wakes them, so that a market event costs the same however many there are.
// Where the owner tells of the best prices as well (sleeps(true), on_best), a parent whose
// child waits sleeps through its reviews until the touch leaves the child or its schedule
// asks for more.  It decides the same, at the same times, as one that is always asked.
//
// `Outlet`, by static dispatch, is the way to the market:
//   market(InstrumentIndex) -> Market
//   submit(const Worker&, const Action&) -> std::pair<OrderId, Reject>
//       an id of 0 says that nothing was sent; one that the desk refused has an id, and
//       on_child tells of it
//   replace(const Action&) -> Reject,  cancel(const Action&) -> Reject
//   expect(OrderId)  where it has one: a child that will likely be changed soon
//
// Repeatable  parents that are due at one time are asked in the order of their ids.
// Cost        on_trade and on_best O(1) and what they wake; a wake O(log parents).
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "ai_trading/algo/alarms.hpp"
#include "ai_trading/algo/sleepers.hpp"
#include "ai_trading/algo/worker.hpp"

namespace ai_trading::algo {

class Workers {
 public:
  explicit Workers(std::size_t instruments = 0) : places_(instruments) {}

  // Takes a parent whose terms have been checked.  Ids rise.
  void add(ParentId id, const Terms& terms);

  [[nodiscard]] bool any() const { return !workers_.empty(); }
  [[nodiscard]] std::size_t size() const { return workers_.size(); }
  [[nodiscard]] const Worker* find(ParentId id) const;
  [[nodiscard]] const std::deque<Worker>& all() const { return workers_; }
  [[nodiscard]] WorkRecord record(const Worker& worker) const {
    return worker.record(&places_[worker.terms().instrument].tape);
  }

  // The market traded.
  void on_trade(InstrumentIndex instrument, Ticks price, Lots quantity, Nanos now) {
    on_trades(instrument, {quantity, TickLots{price.n * quantity.n}}, now);
  }
  // Several at once.
  void on_trades(InstrumentIndex instrument, const Tape& traded, Nanos now);
  // True where somebody at the instrument waits for a price.
  [[nodiscard]] bool watches_touch(InstrumentIndex instrument) const {
    return instrument < places_.size() && !places_[instrument].tempted.empty();
  }
  void on_touch(InstrumentIndex instrument, const Market& market, Nanos now);
  // From now on the owner tells of every change of the best prices before it next runs
  // the parents, or there are never prices on both sides.
  void sleep_between_reviews(bool may) { may_sleep_ = may; }
  [[nodiscard]] bool sleeps(InstrumentIndex instrument, Side side) const {
    return instrument < places_.size() && !places_[instrument].asleep(side).empty();
  }
  // The best price of a side, for those whose children wait there.
  void on_best(InstrumentIndex instrument, Side side, Ticks best, Nanos now) {
    places_[instrument].asleep(side).rouse(
        sign(side) * best.n, [this, now](std::int64_t goodness, std::size_t index) {
          rouse(goodness, index, now);
        });
  }
  // News of an order.  Returns its parent's machine; null, and nothing happens, where the
  // order is of no parent at work here.
  const Worker* on_child(ParentId parent, const Child& child, Nanos now);
  // Starts loading what news of a parent's child will touch.
  AI_TRADING_ALWAYS_INLINE void expect(ParentId parent) const {
    const std::size_t index = index_of(parent);
    if (index < workers_.size()) look_ahead(index);
  }
  void cancel(ParentId parent, Nanos now);

  // When the next parent is due, kNever if none is.
  [[nodiscard]] Nanos next_time() const { return times_.next(); }

  // Asks everyone who is due.
  template <class Outlet>
  void run(Nanos now, Outlet&& outlet) {
    while (!times_.empty() && times_.next() <= now) {
      asked_ = times_.top().index;
      asked_again_ = kNever;
      look_ahead(asked_);  // its lines at once, not one after the other
      if (const auto next = times_.next_due(asked_, now)) {
        look_further(workers_[*next], outlet);
        if (const auto later = times_.next_due(*next, now)) look_ahead(*later);
      }
      step(asked_, now, outlet);
      times_.set(std::exchange(asked_, kNobody), asked_again_);
    }
  }

 private:
  struct Mark {
    Lots volume;
    std::size_t index{};
    friend bool operator<(const Mark& a, const Mark& b) {
      return a.volume != b.volume ? a.volume > b.volume : a.index > b.index;
    }
  };
  // What is known of a parent's rest.
  struct Bed {
    Nanos asked;              // when it was last
    Lots mark{kMaxQuantity};  // the volume it is woken at
    std::int64_t goodness{};  // of where it lies, if it does
    bool listed{};            // it lies somewhere
    bool used{};              // it sleeps by it
  };
  struct Place {
    Tape tape;
    std::priority_queue<Mark> marks;
    Sleepers bids, asks;
    [[nodiscard]] Sleepers& asleep(Side side) {
      return side == Side::buy ? bids : asks;
    }
    [[nodiscard]] const Sleepers& asleep(Side side) const {
      return side == Side::buy ? bids : asks;
    }
    std::vector<std::size_t> tempted;  // with an I-would price, not done
  };

  template <class Outlet>
  void step(std::size_t index, Nanos now, Outlet& outlet) {
    // Carrying the action out may add parents: of the rows only this one stays in place.
    Worker& worker = workers_[index];
    look_further(worker, outlet);
    const InstrumentIndex instrument = worker.terms().instrument;
    const Action action =
        worker.decide(now, outlet.market(instrument), places_[instrument].tape);
    Reject reason = Reject::none;
    switch (action.kind) {
      case Action::Kind::none:
        break;
      case Action::Kind::submit: {
        const auto [id, why] = outlet.submit(worker, action);
        if (id != 0) {
          worker.sent(id);
        } else {
          reason = why == Reject::none ? Reject::market_closed : why;
        }
        break;
      }
      case Action::Kind::replace:
        reason = outlet.replace(action);
        break;
      case Action::Kind::cancel:
        reason = outlet.cancel(action);
        break;
    }
    if (reason != Reject::none) worker.refused(reason, now);
    settle(index, worker, now, reason != Reject::none);
  }

  template <class Outlet>
  AI_TRADING_ALWAYS_INLINE void look_further(const Worker& worker, Outlet& outlet) {
    worker.look_further();
    if constexpr (requires { outlet.expect(OrderId{}); }) outlet.expect(worker.child());
  }
  AI_TRADING_ALWAYS_INLINE void look_ahead(std::size_t index) const {
    workers_[index].look_ahead();
    __builtin_prefetch(&beds_[index], 1);
  }
  void lie_down(std::size_t index, const Worker& worker);
  void rouse(std::int64_t goodness, std::size_t index, Nanos now);
  void settle(std::size_t index, const Worker& worker, Nanos now, bool refused);
  void wake(std::size_t index, Nanos at);
  // The same, for what happens now.
  void call(std::size_t index, Nanos now);
  [[nodiscard]] std::size_t index_of(ParentId id) const {
    // Nearly always they follow each other without a gap.
    const std::size_t guess = ids_.empty() ? 0 : id - ids_.front();
    if (guess < ids_.size() && ids_[guess] == id) [[likely]]
      return guess;
    return search(id);
  }
  [[nodiscard]] std::size_t search(ParentId id) const;

  std::vector<Place> places_;
  std::deque<Worker> workers_;
  std::vector<ParentId> ids_;
  std::vector<Bed> beds_;
  bool may_sleep_{};
  static constexpr std::size_t kNobody = ~std::size_t{};
  Alarms times_;
  std::size_t asked_ = kNobody;  // the one who is being asked
  Nanos asked_again_;            // and when it will be, as known so far
};

}  // namespace ai_trading::algo
