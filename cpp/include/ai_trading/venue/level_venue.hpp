// An exchange known by its price levels and trades: our place in the queue is estimated.
//
// Model       our place is estimated by a QueueModel (queue_model.hpp); unless another is
//             asked for, the risk-averse one: cancellations count as behind us.
// Fills       a trade at a worse price than ours; a trade at our price beyond what is
//             ahead; a level on the other side that grows across our price, by its
//             growth.  An arriving order takes displayed levels, less what we took of
//             them before.
// View        a source may show only the best levels. Of a price beyond the last one shown
//             nothing is known: an order of ours there trades only when the market goes
//             through it, until its level is shown and we stand behind all of it. A level
//             that vanishes behind the touch has left the view, not the market.
// Trades only where a source shows no levels at all, the queue we join is what the model
//             assumes: unknown unless told, so that only trades beyond our price fill us.
// Bias        that of the queue model: by default pessimistic on queues where others
//             cancel ahead of us, optimistic on nothing that the data shows; we move
//             nobody.
// Cost        O(1) per event near the touch, the same at any depth of queue.
#pragma once

#include <span>
#include <vector>

#include "ai_trading/book/level_book.hpp"
#include "ai_trading/venue/exchange.hpp"

namespace ai_trading::venue {

class LevelVenue : public Exchange<LevelVenue> {
 public:
  using Book = book::LevelBook;
  static constexpr bool kWaits = false;
  static constexpr bool kCrosses = false;

  LevelVenue(std::vector<Instrument> instruments, cost::Fees fees,
             QueueModel model = {})
      : Exchange(std::move(instruments), fees),
        model_(model),
        book_(instruments_.size()),
        taken_(instruments_.size() * 2) {}

  void on_event(const feed::Event& event, std::vector<Report>& out) {
    if (special_) [[unlikely]]
      return watch_event(event, out);
    follow_event(event, out);
  }

  [[nodiscard]] const Book& book() const { return book_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

  // The estimated quantity before an order of ours, where it is known; orders never are.
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
  // Who is not displayed is behind whoever comes: its place is never known.
  void join(InstrumentIndex instrument, Side side, OwnOrder& order) {
    order.place.stand_behind(order.dark() ? kUnknown
                                          : waiting(instrument, side, order.price));
  }

 private:
  void follow_event(const feed::Event& event, std::vector<Report>& out) {
    if (event.instrument >= own_.size() || !acceptable(event)) {
      if (book_.apply(event) != Reject::none) ++refused_;
      return;
    }
    if (rests(event.instrument)) fill_from(event, out);
    if (event.kind == static_cast<std::uint8_t>(feed::EventKind::status))
      states_[event.instrument] = static_cast<feed::TradingState>(event.aux);
    if (taken_rows_ != 0) forget_taken(event);
    if (book_.apply(event) != Reject::none) ++refused_;
  }
  // The same where orders of ours wait for prices.
  void watch_event(const feed::Event& event, std::vector<Report>& out);

  static constexpr Lots kUnknown = QueuePlace::kUnknown;

  struct Taken {
    Ticks price;
    Lots quantity;
  };
  using Takes = std::vector<Taken>;

  [[nodiscard]] Takes& taken(InstrumentIndex instrument, Side side) {
    return taken_[std::size_t{instrument} * 2 + static_cast<std::size_t>(side)];
  }
  [[nodiscard]] const Takes& taken(InstrumentIndex instrument, Side side) const {
    return taken_[std::size_t{instrument} * 2 + static_cast<std::size_t>(side)];
  }
  // False for numbers that no book and no order could hold.
  [[nodiscard]] static bool acceptable(const feed::Event& event) {
    return event.quantity >= 0 && event.quantity <= kMaxQuantity &&
           event.price >= -kMaxPrice && event.price <= kMaxPrice;
  }
  // What is displayed at a price, or kUnknown beyond the last level shown; without any
  // level, what the model assumes.
  [[nodiscard]] Lots waiting(InstrumentIndex instrument, Side side, Ticks price) const;
  void fill_from(const feed::Event& event, std::vector<Report>& out);
  void trade(InstrumentIndex instrument, Side side, Ticks price, Lots& volume, Nanos at,
             std::vector<Report>& out);
  void follow_level(const feed::Event& event, Lots before, std::vector<Report>& out);
  void note_taken(InstrumentIndex instrument, Side side, Ticks price, Lots quantity);
  void forget_taken(const feed::Event& event);

  QueueModel model_;
  Book book_;
  std::vector<Takes> taken_;
  std::size_t taken_rows_{};  // in all of them
  std::uint64_t refused_{};
};

template <class Fill>
void LevelVenue::take(InstrumentIndex instrument, Side side, Ticks limit, Lots wanted,
                      Fill&& fill) {
  const Side other = opposite(side);
  const auto touch = book_.best(instrument, other);
  if (!touch || better(side, touch->price, limit)) return;
  std::vector<book::Level> levels(book_.level_count(instrument, other));
  levels.resize(book_.depth(instrument, other, levels));
  Takes& takes = taken(instrument, other);
  for (const book::Level& level : levels) {
    if (wanted.n == 0 || better(side, level.price, limit)) return;
    const auto before = std::ranges::find(takes, level.price, &Taken::price);
    const Lots open =
        before == takes.end() ? level.quantity : level.quantity - before->quantity;
    if (open.n <= 0) continue;
    const Lots quantity = std::min(open, wanted);
    note_taken(instrument, other, level.price, quantity);
    wanted -= quantity;
    fill(level.price, quantity);
  }
}

}  // namespace ai_trading::venue
