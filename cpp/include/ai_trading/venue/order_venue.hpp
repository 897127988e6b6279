// An exchange replayed order by order, with our orders standing in the true queue.
//
// History is never altered: the book is what the tape says it was.  Our orders stand
// beside it, each with the moment it arrived, so who is ahead of one is exactly who was.
// Every share of volume serves us at most once:
//
//   the tape executes X for q     ours that X's aggressor would have met before X (better
//                                 price, or same price and earlier) trade, q in all
//   the tape adds X, crossing us  ours trade up to X's quantity; that part of X cannot
//                                 be bought by us again
//   a hidden trade at p           ours trade only where p is strictly worse than our
//                                 price, since a displayed order goes first only then
//                                 for certain
//   a trade at p against displayed orders that are not named (flag displayed): ours trade
//                                 where p is worse than our price, and at our price what
//                                 gets past who stands before us; where one of these
//                                 trades only later, we trade then in its stead
//   our order crosses the book    it takes resting orders in priority order, less what
//                                 we took of each of them before; a repriced or replaced
//                                 order does not get that back
//
// View        a source may show only the best levels.  An order that a reader takes out
//             because its price left the view (flag::of_view) is still believed to be
//             before us; what the reader restores when the price is back is theirs first
//             and others' behind us after that.
// Bias        we move nobody: others neither react to our orders nor lose what we took
//             from the queue.  Orders small against the level are described truly,
//             large ones too well.
// Stops       trading status (ITCH H) and a market-wide halt (W) stop our orders until the
//             status says that trading is on again; so do an auction collar (J) and an
//             IPO's quotation period (K), which are told only of stocks that do not trade.
//             An operational halt (h) does while it lasts, where it is of the market
//             that is replayed; other markets' are passed over.  Auctions fill us as
//             Exchange says.
// Cost        what Books costs, and O(1) more per event without orders of ours at the
//             instrument; with them, O(log p + ours at the event's price) where it can
//             concern one of them (own_orders.hpp).
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "ai_trading/base/digest.hpp"
#include "ai_trading/book/books.hpp"
#include "ai_trading/venue/exchange.hpp"

namespace ai_trading::venue {

class OrderVenue : public Exchange<OrderVenue> {
 public:
  using Book = book::Books;
  static constexpr bool kWaits = false;
  static constexpr bool kCrosses = true;

  OrderVenue(std::vector<Instrument> instruments, cost::Fees fees)
      : Exchange(std::move(instruments), fees), books_(instruments_.size()) {}

  // One market event at the venue.
  void on_event(const feed::Event& event, std::vector<Report>& out) {
    if (special_) [[unlikely]]
      return watch_event(event, out);
    follow_event(event, out);
  }

  // Whose operational halts are ours, by the letter of ITCH: Q Nasdaq, B BX, X PSX.
  void at_market(char letter) { market_ = static_cast<unsigned char>(letter); }

  // Loads what the events after `next` will touch; called before each of them.
  void look_ahead(const feed::Event* next, const feed::Event* end) {
    books_.look_ahead(next, end, ahead_);
    if (own_.size() < kCrowd || end - next <= kOwnAhead) return;
    const InstrumentIndex coming = next[kOwnAhead].instrument;
    if (coming < own_.size() && may_rest(coming)) __builtin_prefetch(&own_[coming]);
  }

  [[nodiscard]] const Book& book() const { return books_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

  // What stands before an order of ours: the market's and our own.
  [[nodiscard]] std::optional<book::QueuePosition> queue_position(
      InstrumentIndex instrument, Side side, OrderId id) const;

  // For Exchange.
  template <class Fill>
  void take(InstrumentIndex instrument, Side side, Ticks limit, Lots wanted,
            Fill&& fill);
  [[nodiscard]] Lots offered(InstrumentIndex instrument, Side side, Ticks limit,
                             Lots wanted) const;
  [[nodiscard]] std::optional<Ticks> first_price(InstrumentIndex instrument,
                                                 Side side) const;
  void join(InstrumentIndex, Side, OwnOrder& order) {
    order.stamp = books_.take_stamp();
    if (order.dark()) order.stamp.n += kAfterAll;
  }

 private:
  // Who is not displayed comes after everybody who is, for so many arrivals.
  static constexpr std::uint32_t kAfterAll = 1U << 30;

  void follow_event(const feed::Event& event, std::vector<Report>& out) {
    const bool known = event.instrument < own_.size();
    const bool ours = known && rests(event.instrument);
    const Before before = ours ? look(event) : Before{};
    if (books_.apply(event) != Reject::none) {  // what never happened serves nobody
      ++refused_;
      return;
    }
    if (!taken_.empty()) follow_taken(event);
    if (ours) fill_from(event, before, out);
    if (known && tells_state(event)) [[unlikely]]
      follow_state(event, out);
  }
  // The same where orders of ours wait for prices.
  void watch_event(const feed::Event& event, std::vector<Report>& out);
  // At what price an event trades, if it does; asked before it is applied.
  [[nodiscard]] std::optional<Ticks> trade_price(const feed::Event& event) const;

  // The order that an event is about, as it stood before it.
  struct Before {
    std::optional<book::RestingOrder> order;
    book::Stamp stamp;
  };

  [[nodiscard]] static bool tells_state(const feed::Event& event) {
    const auto kind = static_cast<feed::EventKind>(event.kind);
    return kind == feed::EventKind::status || kind == feed::EventKind::cross ||
           kind == feed::EventKind::info;
  }
  // Trading status, auctions, and what else a tape tells of an instrument.
  void follow_state(const feed::Event& event, std::vector<Report>& out);
  [[nodiscard]] Before look(const feed::Event& event) const;
  void fill_from(const feed::Event& event, const Before& before,
                 std::vector<Report>& out);
  void leave_view(const feed::Event& event, const Before& before);
  void return_to_view(const feed::Event& event);
  void follow_restored(const feed::Event& event);
  [[nodiscard]] Lots past_restored(const feed::Event& event, const Before& before);
  void pass_on(const feed::Event& event, const Before& before,
               std::vector<Report>& out);
  void anonymous(const feed::Event& event, std::vector<Report>& out);
  void arriving(InstrumentIndex instrument, OrderId id, Side side, Ticks price,
                Lots quantity, Nanos at, std::vector<Report>& out);
  void follow_taken(const feed::Event& event);

  // From so many instruments on, what we have at one may have left the cache.
  static constexpr std::size_t kCrowd = 256;
  static constexpr std::ptrdiff_t kOwnAhead = 12;

  Book books_;
  Book::Ahead ahead_;
  // Where an order that came back to the view stands, while one of ours may be in it.
  struct Restored {
    Side side{};
    Ticks price;
  };

  std::unordered_map<OrderId, std::int64_t> taken_;  // of orders still in the book
  std::unordered_map<OrderId, Restored> restored_;   // where ours stood at the price
  bool passed_{};  // unnamed volume has traded that one before us did not get
  std::uint64_t refused_{};
  std::int64_t market_ = 'Q';
};

template <class Fill>
void OrderVenue::take(InstrumentIndex instrument, Side side, Ticks limit, Lots wanted,
                      Fill&& fill) {
  Ticks level{};
  Lots at_level;
  books_.for_each(instrument, opposite(side), [&](const book::RestingOrder& resting) {
    if (wanted.n == 0 || better(side, resting.price, limit)) return false;
    if (at_level.n > 0 && resting.price != level) {
      fill(level, at_level);
      at_level = {};
    }
    level = resting.price;
    Lots open = resting.left;
    const auto before = taken_.find(resting.id);
    if (before != taken_.end()) open -= {before->second};
    if (open.n <= 0) return true;
    const Lots quantity = std::min(open, wanted);
    taken_[resting.id] += quantity.n;
    at_level += quantity;
    wanted -= quantity;
    return true;
  });
  if (at_level.n > 0) fill(level, at_level);
}

}  // namespace ai_trading::venue
