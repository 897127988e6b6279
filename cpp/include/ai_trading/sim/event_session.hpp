// A run over market events: order by order, or level by level.
//
// The venue applies each event at its time; the strategy sees it `latency.feed` later in
// a book of its own.  Without feed latency the two books are one.
#pragma once

#include <deque>
#include <memory>
#include <numeric>
#include <type_traits>
#include <unordered_map>
#include <variant>

#include "ai_trading/sim/market_news.hpp"
#include "ai_trading/sim/session.hpp"
#include "ai_trading/sim/touches.hpp"
#include "ai_trading/venue/level_venue.hpp"
#include "ai_trading/venue/order_venue.hpp"

namespace ai_trading::sim {

template <class Venue>
class EventSession final : public Session {
 public:
  using Book = typename Venue::Book;

  // `model` is what the venue takes besides instruments and fees.
  template <class... Model>
  EventSession(std::vector<Instrument> instruments, const Settings& settings,
               cost::Fees fees, const Model&... model)
      : Session(instruments, settings),
        venue_(instruments, fees, model...),
        news_(desk_.gate(), instruments.size()),
        touches_(instruments.size()),
        told_(instruments.size()),
        kept_(kLooks && instruments.size() >= kCrowd ? instruments.size() : 0),
        marked_(instruments.size(), kNever.n) {
    if (latency_.feed.n > 0 || (drawn_ && drawn_->delays_feed()))
      view_ = std::make_unique<Book>(instruments.size());
    if (settings.impact) venue_.shift_prices(*settings.impact);
    if (!settings.order_rules.empty()) venue_.keep_to(settings.order_rules);
    if (!settings.price_bands.rows.empty())
      news_.work_out_bands(instruments, settings.price_bands);
  }

  // Adds events in the order of their time; they must stay where they are until the
  // session has passed them.
  void feed(std::span<const feed::Event> events) {
    if (!events.empty()) chunks_.push_back(events);
  }
  void finish_feed() { final_ = true; }

  Progress run(std::size_t budget, Handler& handler) override;

  // Chunks that both the venue and the strategy have passed since the last call.
  [[nodiscard]] std::size_t release_passed() {
    const auto behind = [](const Place& place) {
      return place.chunk - (place.at == place.end ? 0U : 1U);
    };
    std::size_t passed = behind(at_venue_);
    if (view_) passed = std::min(passed, behind(at_view_));
    chunks_.erase(chunks_.begin(),
                  chunks_.begin() + static_cast<std::ptrdiff_t>(passed));
    at_venue_.chunk -= passed;
    if (view_) at_view_.chunk -= passed;
    return passed;
  }

  [[nodiscard]] std::uint64_t refused_events() const { return venue_.refused(); }
  [[nodiscard]] const Book& book() const { return view_ ? *view_ : venue_.book(); }

  [[nodiscard]] std::uint64_t state_hash() const override {
    Digest digest;
    digest.mix(desk_.state_hash());
    digest.mix(venue_.book().state_hash());
    return digest.value();
  }
  [[nodiscard]] std::optional<book::Level> best(InstrumentIndex instrument,
                                                Side side) const override {
    return look(instrument, side);
  }
  [[nodiscard]] feed::Quote touch(InstrumentIndex instrument) const override {
    feed::Quote out{};
    out.timestamp = now_.n;
    out.instrument = instrument;
    if (const auto bid = look(instrument, Side::buy)) {
      out.bid_price = bid->price.n;
      out.bid_quantity = bid->quantity.n;
    }
    if (const auto ask = look(instrument, Side::sell)) {
      out.ask_price = ask->price.n;
      out.ask_quantity = ask->quantity.n;
    }
    return out;
  }
  std::size_t depth(InstrumentIndex instrument, Side side,
                    std::span<book::Level> out) const override {
    return book().depth(instrument, side, out);
  }
  [[nodiscard]] std::optional<book::QueuePosition> queue_position(
      OrderId id) const override {
    if (!desk_.knows(id)) return std::nullopt;
    const desk::OrderRecord& order = desk_.order(id);
    return venue_.queue_position(order.instrument, static_cast<Side>(order.side), id);
  }
  [[nodiscard]] bool closes_by_auction(InstrumentIndex instrument) const override {
    if constexpr (requires { venue_.closes_by_auction(instrument); }) {
      return venue_.closes_by_auction(instrument);
    }
    return false;
  }

 protected:
  void execute(const Command& command) override { venue_.execute(command, answers_); }
  void prepare(OrderId id, const matching::Terms& terms, desk::GroupId) override {
    if (!venue_.watches()) begin_watching();
    venue_.prepare(id, terms);
  }
  void prepare_change(std::uint64_t request, const Amendment& wanted) override {
    venue_.prepare_change(request, wanted);
  }
  [[nodiscard]] std::optional<Ticks> waiting_stop(InstrumentIndex instrument,
                                                  OrderId id) const override {
    return venue_.stop_price(instrument, id);
  }
  void expire_all(Nanos at, bool data_over) override {
    for (InstrumentIndex i = 0; i < touches_.size(); ++i)
      venue_.expire(i, at, answers_, data_over);
  }
  void refresh_mark(InstrumentIndex instrument) override {
    // Nothing has happened since: many orders may be sent at one instant.
    if (std::exchange(marked_[instrument], static_cast<std::int64_t>(events_)) ==
        static_cast<std::int64_t>(events_))
      return;
    const auto bid = book().best(instrument, Side::buy);
    const auto ask = book().best(instrument, Side::sell);
    news_.look(instrument, bid ? std::optional(bid->price) : std::nullopt, now_);
    if (bid && ask) {
      desk_.mark(instrument, Ticks{std::midpoint(bid->price.n, ask->price.n)},
                 touches_[instrument].at);
    } else if (touches_[instrument].traded) {
      desk_.mark(instrument, touches_[instrument].last, touches_[instrument].at);
    }
  }

 private:
  // Where a reader stands in the chunks.
  struct Place {
    const feed::Event* at{};
    const feed::Event* end{};
    std::size_t chunk{};  // of the one after the present
  };
  struct Touch {
    Ticks last;
    Nanos at;  // of the last event
    bool traded{};
  };
  // The best levels of which strategies have been told last.
  struct Told {
    std::optional<book::Level> bid, ask;
  };

  // The next event, or nothing where none has come yet.
  [[nodiscard]] const feed::Event* peek(Place& place) const {
    if (place.at != place.end) return place.at;
    if (place.chunk == chunks_.size()) return nullptr;
    const std::span<const feed::Event> chunk = chunks_[place.chunk++];
    place.at = chunk.data();
    place.end = place.at + chunk.size();
    return place.at;
  }

  // When the next event for the strategy reaches it.
  [[nodiscard]] Nanos seen(const feed::Event& event) {
    if (!drawn_) return Nanos{event.timestamp} + latency_.feed;
    if (drawn_for_ != viewed_ + 1) {
      drawn_for_ = viewed_ + 1;
      seen_at_ = drawn_->seen(Nanos{event.timestamp}, viewed_);
    }
    return seen_at_;
  }

  // What comes next at the venue, of which many instruments' would have left the cache.
  static constexpr bool kLooks = requires(Venue& venue, const feed::Event* event) {
    venue.look_ahead(event, event);
  };
  static constexpr std::size_t kCrowd = 256;
  static constexpr std::ptrdiff_t kWatchAhead = 20;
  static constexpr std::ptrdiff_t kToldAhead = 10;
  void look_ahead(const Place& place) {
    if constexpr (kLooks) {
      venue_.look_ahead(place.at, place.end);
      if (watches_.size() < kCrowd || place.end - place.at <= kWatchAhead) return;
      const InstrumentIndex coming = place.at[kWatchAhead].instrument;
      if (coming >= watches_.size()) return;
      __builtin_prefetch(&watches_[coming], 1);
      __builtin_prefetch(&touches_[coming].at, 1);
      if (!touch_wanted_) return;
      kept_.prefetch(coming);
      const InstrumentIndex soon = place.at[kToldAhead].instrument;
      if (soon < watches_.size() && watches_[soon].begin()->quotes)
        __builtin_prefetch(&told_[soon], 1);
    }
  }

  // Of many instruments the best prices are kept, once somebody wants them.
  [[nodiscard]] bool keeps_touch() const {
    return kLooks && touch_wanted_ && watches_.size() >= kCrowd;
  }
  void follow_touch(const feed::Event& event) {
    if constexpr (kLooks) {
      if (keeps_touch()) kept_.follow(book(), event);
    }
  }
  [[nodiscard]] std::optional<book::Level> look(InstrumentIndex instrument,
                                                Side side) const {
    if (keeps_touch()) return kept_.best(book(), instrument, side);
    return book().best(instrument, side);
  }

  // Tells the venue at which prices the market has traded last.
  void begin_watching();
  void happen(const feed::Event& event, Handler& handler);
  void observe(const feed::Event& event, bool traded, Ticks price, Handler& handler);
  void hear_trade(const feed::Event& event, Ticks price, Handler& handler);
  // Tells those who watch the instrument, from the first whose turn it is, that an event
  // has passed.
  void wake(InstrumentIndex instrument, std::size_t first, Handler& handler);
  // At what price an event trades, if it does; asked before it is applied.
  [[nodiscard]] Ticks trade_price(const feed::Event& event, const Book& book) const;
  [[nodiscard]] static bool trades(const feed::Event& event) {
    using feed::EventKind;
    constexpr auto bit = [](EventKind kind) {
      return std::uint32_t{1} << static_cast<unsigned>(kind);
    };
    constexpr std::uint32_t kTrades = bit(EventKind::execute) |
                                      bit(EventKind::execute_at) |
                                      bit(EventKind::trade) | bit(EventKind::cross);
    return event.kind < feed::kEventKinds && ((kTrades >> event.kind) & 1) != 0 &&
           (event.flags & feed::flag::unprinted) == 0;
  }

  Venue venue_;
  MarketNews news_;
  std::unique_ptr<Book> view_;
  std::deque<std::span<const feed::Event>> chunks_;
  Place at_venue_;
  Place at_view_;
  std::vector<Touch> touches_;
  std::vector<Told> told_;
  mutable Touches kept_;
  std::vector<std::int64_t> marked_;  // by instrument: events when it was last marked
  std::conditional_t<kLooks, book::Books::Ahead, std::monostate> seen_ahead_;
  std::uint64_t viewed_{};     // events the strategy has seen
  std::uint64_t drawn_for_{};  // the one, counted from 1, that seen_at_ is of
  Nanos seen_at_;
  bool final_{};
};

template <class Venue>
Ticks EventSession<Venue>::trade_price(const feed::Event& event,
                                       const Book& book) const {
  if constexpr (requires { book.order(event.order_id); }) {
    if (event.kind == static_cast<std::uint8_t>(feed::EventKind::execute)) {
      const auto order = book.order(event.order_id);
      return order ? order->price : Ticks{event.price};
    }
  }
  return Ticks{event.price};
}

template <class Venue>
void EventSession<Venue>::begin_watching() {
  venue_.watch();
  for (InstrumentIndex i = 0; i < touches_.size(); ++i)
    if (touches_[i].traded) venue_.tell_last(i, touches_[i].last);
  if (!view_) return;
  // What the venue has passed and the strategy has not seen yet.
  std::unordered_map<OrderId, Ticks> prices;  // of orders that the view does not know
  for (Place place = at_view_; place.at != at_venue_.at;) {
    const feed::Event* next = peek(place);
    if (next == nullptr || next == at_venue_.at) break;
    ++place.at;
    const feed::Event& event = *next;
    if (event.instrument >= touches_.size()) continue;
    using feed::EventKind;
    const auto kind = static_cast<EventKind>(event.kind);
    if (kind == EventKind::add || kind == EventKind::modify) {
      prices[event.order_id] = Ticks{event.price};
    } else if (kind == EventKind::replace) {
      prices[event.aux] = Ticks{event.price};
    } else if (trades(event) && event.quantity > 0) {
      const auto known = prices.find(event.order_id);
      const bool named = kind == EventKind::execute && known != prices.end();
      venue_.tell_last(event.instrument,
                       named ? known->second : trade_price(event, *view_));
    }
  }
}

template <class Venue>
void EventSession<Venue>::hear_trade(const feed::Event& event, Ticks price,
                                     Handler& handler) {
  const InstrumentIndex instrument = event.instrument;
  touches_[instrument].last = price;
  touches_[instrument].traded = true;
  // Auctions are no volume that a parent could have taken part in.
  if (event.kind != static_cast<std::uint8_t>(feed::EventKind::cross)) {
    record_trade(instrument, price, Lots{event.quantity});
    news_.trade(instrument, price, now_);
  }
  Watches& watches = watches_[instrument];
  for (std::size_t i = 0; i < watches.size(); ++i)
    if (watches[i].trades) handler.on_trade(watches[i].strategy, event, price);
}

template <class Venue>
void EventSession<Venue>::wake(InstrumentIndex instrument, std::size_t first,
                               Handler& handler) {
  auto& watches = watches_[instrument];
  bool looked = false;
  bool moved = false;
  for (std::size_t i = first; i < watches.size(); ++i) {
    if (watches[i].quotes) {
      if (!looked) {
        looked = true;
        Told& told = told_[instrument];
        const auto bid = look(instrument, Side::buy);
        const auto ask = look(instrument, Side::sell);
        moved = bid != told.bid || ask != told.ask;
        told.bid = bid;
        told.ask = ask;
      }
      if (moved) handler.on_quote(watches[i].strategy, instrument);
    }
    if (watches[i].every != 0 && ++watches[i].seen >= watches[i].every) {
      watches[i].seen = 0;
      handler.on_book(watches[i].strategy, instrument);
    }
  }
}

template <class Venue>
void EventSession<Venue>::observe(const feed::Event& event, bool traded, Ticks price,
                                  Handler& handler) {
  const InstrumentIndex instrument = event.instrument;
  touches_[instrument].at = Nanos{event.timestamp};
  if (MarketNews::tells(event)) [[unlikely]]
    news_.follow(event, now_);
  if (traded) hear_trade(event, price, handler);
  record_best(instrument, [&](Side side) { return book().best(instrument, side); });
  if (event.flags & feed::flag::more) return;
  record_touch(instrument);
  // Mostly they only count.
  auto& watches = watches_[instrument];
  std::size_t first = 0;
  for (; first < watches.size(); ++first) {
    Watch& watch = watches[first];
    if (watch.quotes || (watch.every != 0 && watch.seen + 1 >= watch.every)) break;
    watch.seen += watch.every != 0 ? 1 : 0;
  }
  if (first < watches.size()) wake(instrument, first, handler);
}

// One event where venue and strategy see it at once.
template <class Venue>
void EventSession<Venue>::happen(const feed::Event& event, Handler& handler) {
  if (event.instrument >= watches_.size()) return;
  if (Nanos{event.timestamp} > now_) now_ = Nanos{event.timestamp};
  ++events_;
  const bool traded = trades(event);
  const Ticks price = traded ? trade_price(event, book()) : Ticks{};
  follow_touch(event);
  venue_.on_event(event, answers_);
  if (!answers_.empty()) carry_reports();
  observe(event, traded, price, handler);
}

template <class Venue>
Progress EventSession<Venue>::run(std::size_t budget, Handler& handler) {
  if (!started_) {
    const feed::Event* first = peek(at_venue_);
    if (first == nullptr && !final_) return Progress::need_data;
    if (first != nullptr) now_ = Nanos{first->timestamp};
    begin(handler);
  }
  while (budget > 0) {
    const feed::Event* at_venue = peek(at_venue_);
    if (at_venue == nullptr && !final_) return Progress::need_data;

    if (!view_) {
      if (at_venue == nullptr) {
        end(handler);
        return Progress::done;
      }
      for (; at_venue_.at != at_venue_.end && budget > 0; --budget) {
        if (Nanos{at_venue_.at->timestamp} > next_due()) {
          handle_due(handler);
          break;
        }
        look_ahead(at_venue_);
        happen(*at_venue_.at++, handler);
      }
      continue;
    }

    const feed::Event* at_view = peek(at_view_);
    const Nanos seen_at = at_view == nullptr ? kNever : seen(*at_view);
    if (at_venue != nullptr &&
        Nanos{at_venue->timestamp} <= std::min(next_due(), seen_at)) {
      ++at_venue_.at;
      --budget;
      if constexpr (kLooks) venue_.look_ahead(at_venue, at_venue_.end);
      if (at_venue->instrument >= watches_.size()) continue;
      venue_.on_event(*at_venue, answers_);
      if (!answers_.empty()) carry_reports();
    } else if (at_view != nullptr &&
               (seen_at < next_due() ||
                (seen_at == next_due() && !message_due(seen_at)))) {
      ++at_view_.at;
      ++viewed_;
      if (at_view->instrument >= watches_.size()) continue;
      now_ = std::max(now_, seen_at);
      ++events_;
      const bool traded = trades(*at_view);
      const Ticks price = traded ? trade_price(*at_view, *view_) : Ticks{};
      if constexpr (kLooks) view_->look_ahead(at_view, at_view_.end, seen_ahead_);
      follow_touch(*at_view);
      (void)view_->apply(*at_view);
      observe(*at_view, traded, price, handler);
    } else if (at_venue == nullptr && at_view == nullptr) {
      end(handler);
      return Progress::done;
    } else {
      handle_due(handler);
    }
  }
  return Progress::more;
}

using OrderSession = EventSession<venue::OrderVenue>;
using LevelSession = EventSession<venue::LevelVenue>;

}  // namespace ai_trading::sim
