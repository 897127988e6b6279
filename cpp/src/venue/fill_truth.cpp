#include "ai_trading/venue/fill_truth.hpp"

#include <algorithm>
#include <optional>

#include "ai_trading/book/level_book.hpp"
#include "ai_trading/venue/level_tape.hpp"
#include "ai_trading/venue/level_venue.hpp"
#include "ai_trading/venue/order_venue.hpp"

namespace ai_trading::venue {
namespace {

using feed::Event;
using feed::EventKind;

[[nodiscard]] bool is(const Event& event, EventKind kind) {
  return event.kind == static_cast<std::uint8_t>(kind);
}

[[nodiscard]] Event made(EventKind kind, std::int64_t at, Side side, Ticks price,
                         Lots quantity) {
  Event event{};
  event.timestamp = at;
  event.kind = static_cast<std::uint8_t>(kind);
  event.side = static_cast<std::uint8_t>(side);
  event.price = price.n;
  event.quantity = quantity.n;
  return event;
}

// The real order as it stands while its life is replayed.
struct Left {
  Side side{};
  Ticks price;
  Lots quantity;     // still resting
  bool shown{true};  // false while its price is out of the source's view
};

// True where a reader restores what rests at the real order's price, itself included.
[[nodiscard]] bool restores(const Event& event, const Left& real) {
  return is(event, EventKind::add) && feed::flag::of_view(event.flags) &&
         event.side == static_cast<std::uint8_t>(real.side) &&
         Ticks{event.price} == real.price;
}

// The order that the real one replaced, if it did.
using Gone = std::optional<book::RestingOrder>;

// A venue that is shown every order.
class OrderLane {
 public:
  explicit OrderLane(std::span<const Event> events)
      : venue({Instrument{}}, cost::Fees{}), events_(events) {}

  void begin(const book::Books& market, const Gone& gone, std::int64_t at,
             std::vector<Report>& out) {
    venue.on_event(made(EventKind::clear, at, Side::none, {}, {}), out);
    for (const Side side : {Side::buy, Side::sell}) {
      market.for_each(0, side, [&](const book::RestingOrder& order) {
        if (gone && order.id == gone->id) return true;
        Event event = made(EventKind::add, at, side, order.price, order.left);
        event.order_id = order.id;
        venue.on_event(event, out);
        return true;
      });
    }
  }
  void others(std::size_t at, const Left& real, std::vector<Report>& out) {
    Event event = events_[at];
    if (restores(event, real)) {
      const bool alone = event.quantity <= real.quantity.n;
      event.quantity = std::max(std::int64_t{1}, event.quantity - real.quantity.n);
      if (alone) {  // the price is back in view, and nobody else waits there
        venue.on_event(event, out);
        event.kind = static_cast<std::uint8_t>(EventKind::remove);
        event.flags = 0;
      }
    } else if (is(event, EventKind::reduce)) {
      // Without the real order in it, this may be all that was left of a restored one.
      const auto order = venue.book().order(event.order_id);
      if (order && order->left.n <= event.quantity)
        event.kind = static_cast<std::uint8_t>(EventKind::remove);
    }
    venue.on_event(event, out);
  }
  void lost(std::size_t, const Left&, std::vector<Report>&) {}
  void executed(std::size_t at, const Left& real, std::vector<Report>& out) {
    const Event& event = events_[at];
    const bool own = is(event, EventKind::execute);
    Event trade = made(EventKind::trade, event.timestamp, real.side,
                       own ? real.price : Ticks{event.price}, Lots{event.quantity});
    trade.flags = feed::flag::displayed;
    venue.on_event(trade, out);
  }

  OrderVenue venue;

 private:
  std::span<const Event> events_;
};

// A venue that is shown totals and trades, or part of these.
class LevelLane {
 public:
  LevelLane(std::span<const Event> events, const LevelTape& tape, Shown shown,
            const QueueModel& model)
      : venue({Instrument{}}, cost::Fees{}, model),
        events_(events),
        tape_(tape),
        shown_(shown) {}

  void begin(const book::Books& market, const Gone& gone, std::int64_t at,
             std::vector<Report>& out) {
    venue.on_event(made(EventKind::clear, at, Side::none, {}, {}), out);
    if (shown_ == Shown::trades) return;
    all_.clear(0);
    for (const Side side : {Side::buy, Side::sell}) {
      levels_.resize(market.level_count(0, side));
      levels_.resize(market.depth(0, side, levels_));
      for (book::Level& level : levels_) {
        if (gone && gone->side == side && gone->price == level.price)
          level.quantity -= gone->left;
        (void)all_.set(0, side, level.price, level.quantity);
        if (shown_ == Shown::levels) tell(at, side, level.price, level.quantity, out);
      }
      const auto best = all_.best(0, side);
      if (shown_ != Shown::levels && best)
        tell(at, side, best->price, best->quantity, out);
    }
  }
  void others(std::size_t at, const Left& real, std::vector<Report>& out) {
    const Event& event = events_[at];
    if (is(event, EventKind::clear)) all_.clear(0);
    if (is(event, EventKind::clear) || is(event, EventKind::status))
      venue.on_event(event, out);
    for (const LevelMove& move : tape_.of(at)) {
      trade(move, event.timestamp, out);
      if (move.total.n >= 0) total(move, event.timestamp, real, out);
    }
  }
  void lost(std::size_t at, const Left& real, std::vector<Report>& out) {
    others(at, real, out);
  }
  void executed(std::size_t at, const Left&, std::vector<Report>& out) {
    for (const LevelMove& move : tape_.of(at)) trade(move, events_[at].timestamp, out);
  }

  LevelVenue venue;

 private:
  void trade(const LevelMove& move, std::int64_t at, std::vector<Report>& out) {
    if (move.traded.n > 0 && shown_ != Shown::touch)
      venue.on_event(made(EventKind::trade, at, move.side, move.traded_at, move.traded),
                     out);
  }

  void total(const LevelMove& move, std::int64_t at, const Left& real,
             std::vector<Report>& out) {
    if (shown_ == Shown::trades) return;
    Lots now = move.total;
    if (real.shown && move.side == real.side && move.price == real.price)
      now = std::max(Lots{}, now - real.quantity);
    if (shown_ == Shown::levels) return tell(at, move.side, move.price, now, out);
    const auto before = all_.best(0, move.side);
    (void)all_.set(0, move.side, move.price, now);
    const auto after = all_.best(0, move.side);
    if (before == after) return;
    // The new best price comes before the old one goes, as quotes are replayed.
    if (after) tell(at, move.side, after->price, after->quantity, out);
    if (before && (!after || after->price != before->price))
      tell(at, move.side, before->price, {}, out);
  }

  void tell(std::int64_t at, Side side, Ticks price, Lots total,
            std::vector<Report>& out) {
    venue.on_event(made(EventKind::level, at, side, price, total), out);
  }

  std::span<const Event> events_;
  const LevelTape& tape_;
  Shown shown_;
  book::LevelBook all_{1};  // every level without the real order, to know the best
  std::vector<book::Level> levels_;
};

// A venue that is shown the bars that end after an order came.
class BarLane {
 public:
  BarLane(const BarModel& model, std::span<const feed::Bar> bars)
      : venue({Instrument{}}, cost::Fees{}, model), bars_(bars) {}

  void begin(std::int64_t at) {
    next_ = std::ranges::partition_point(
        bars_, [at](const feed::Bar& bar) { return bar.timestamp <= at; });
    opened_ = next_ != bars_.end() && next_->start < at;
  }
  // What bars tell before a command of this time takes effect.
  void until(std::int64_t at, std::vector<Report>& out) {
    for (; next_ != bars_.end(); ++next_, opened_ = false) {
      if (!opened_) {
        if (next_->start >= at) return;
        venue.on_open(*next_, out);
        opened_ = true;
      }
      if (next_->timestamp > at) return;
      venue.on_end(*next_, out);
    }
  }

  BarVenue venue;

 private:
  std::span<const feed::Bar> bars_;
  std::span<const feed::Bar>::iterator next_;
  bool opened_{};  // the bar at next_
};

// One order of ours in the place of a real one.
template <class Venue>
class Ours {
 public:
  Ours(Venue& venue, const Fate& fate, std::vector<Report>& reports)
      : venue_(venue), fate_(fate), reports_(reports), total_{fate.quantity} {}

  void submit() {
    Command command = about(Command::Kind::submit, fate_.submitted);
    command.type = OrderType::limit;
    venue_.execute(command, reports_);
    read();
  }
  void shrink(Lots by, std::int64_t at) {
    total_ -= by;
    if (total_ <= Lots{outcome_.filled + outcome_.late}) return cancel(at);
    venue_.execute(about(Command::Kind::modify, at), reports_);
    read();
  }
  void cancel(std::int64_t at) {
    venue_.execute(about(Command::Kind::cancel, at), reports_);
    read();
  }
  [[nodiscard]] bool done() const { return venue_.own(0).empty(); }

  // Takes what the venue has said since.
  void read() {
    for (const Report& report : reports_) {
      if (report.kind != Report::Kind::filled) continue;
      std::int64_t& into =
          report.at.n <= fate_.finished ? outcome_.filled : outcome_.late;
      into += report.quantity.n;
      if (outcome_.first_fill == 0) outcome_.first_fill = report.at.n;
      outcome_.last_fill = report.at.n;
    }
    reports_.clear();
  }
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }

 private:
  [[nodiscard]] Command about(Command::Kind kind, std::int64_t at) const {
    Command command;
    command.kind = kind;
    command.arrive = Nanos{at};
    command.order_id = 1;
    command.side = static_cast<Side>(fate_.side);
    command.price = Ticks{fate_.price};
    command.quantity = total_;
    return command;
  }

  Venue& venue_;
  const Fate& fate_;
  std::vector<Report>& reports_;
  Lots total_;
  Outcome outcome_{};
};

// What an event of the real order's own does to it.
struct Step {
  enum class Kind : std::uint8_t { executed, shrunk, lost, gone };
  Kind kind{};
  Lots quantity;
};

[[nodiscard]] std::optional<Step> own_step(const Event& event, OrderId id,
                                           const Left& real) {
  const bool restored = (event.flags & feed::flag::restored) != 0;
  if ((restored ? event.aux : event.order_id) != id) return std::nullopt;
  const Lots quantity{event.quantity};
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::execute:
    case EventKind::execute_at:
      return Step{Step::Kind::executed, quantity};
    case EventKind::reduce:
      if (quantity >= real.quantity) return Step{Step::Kind::gone, {}};
      return Step{Step::Kind::shrunk, quantity};
    case EventKind::modify:
      if (Ticks{event.price} == real.price && quantity <= real.quantity)
        return Step{Step::Kind::shrunk, real.quantity - quantity};
      return Step{Step::Kind::gone, {}};
    case EventKind::remove:
      if (feed::flag::of_view(event.flags)) return Step{Step::Kind::lost, {}};
      if (restored && quantity < real.quantity)
        return Step{Step::Kind::shrunk, quantity};
      return Step{Step::Kind::gone, {}};
    case EventKind::replace:
      return Step{Step::Kind::gone, {}};
    default:
      return std::nullopt;
  }
}

[[nodiscard]] bool really_filled(const Fate& fate) {
  return fate.ending == static_cast<std::uint8_t>(Ending::filled);
}
[[nodiscard]] std::int64_t deadline(const Fate& fate, Nanos patience) {
  return fate.finished + (really_filled(fate) ? patience.n : 0);
}

// The life of one order in a lane of events.
template <class Lane>
Outcome live(std::span<const Event> events, const Fate& fate, Nanos patience,
             Lane& lane, std::vector<Report>& reports) {
  Ours ours(lane.venue, fate, reports);
  Left real{static_cast<Side>(fate.side), Ticks{fate.price}, Lots{fate.quantity}};
  ours.submit();
  const std::int64_t last = deadline(fate, patience);
  std::int64_t now = fate.submitted;
  for (std::size_t at = fate.born + 1; at < events.size() && !ours.done(); ++at) {
    const Event& event = events[at];
    if (at > fate.ended && event.timestamp > last) break;
    now = event.timestamp;
    const auto step =
        at > fate.ended ? std::nullopt : own_step(event, fate.order_id, real);
    if (!step) {
      if (restores(event, real)) real.shown = true;
      lane.others(at, real, reports);
    } else if (step->kind == Step::Kind::gone) {
      break;
    } else if (step->kind == Step::Kind::lost) {
      real.shown = false;
      lane.lost(at, real, reports);
    } else {
      real.quantity -= step->quantity;
      if (step->kind == Step::Kind::shrunk) {
        ours.shrink(step->quantity, now);
      } else {
        lane.executed(at, real, reports);
      }
    }
    ours.read();
  }
  ours.cancel(now);
  return ours.outcome();
}

// The book just before each order came, and the life of ours from there.
template <class Lane>
std::vector<Outcome> in_events(std::span<const Event> events,
                               std::span<const Fate> chosen, Nanos patience,
                               Lane&& lane) {
  std::vector<Outcome> outcomes;
  outcomes.reserve(chosen.size());
  std::vector<Report> reports;
  book::Books market(1);
  Event state = made(EventKind::status, 0, Side::none, {}, {});
  state.aux = static_cast<std::uint64_t>(feed::TradingState::continuous);
  std::size_t at = 0;
  for (const Fate& fate : chosen) {
    for (; at < fate.born; ++at) {
      (void)market.apply(events[at]);
      if (is(events[at], EventKind::status)) state = events[at];
    }
    const Event& birth = events[at];
    const Gone gone = is(birth, EventKind::add) ? Gone{} : market.order(birth.order_id);
    lane.begin(market, gone, birth.timestamp, reports);
    lane.venue.on_event(state, reports);
    reports.clear();
    outcomes.push_back(live(events, fate, patience, lane, reports));
  }
  return outcomes;
}

// The life of one order among bars.
Outcome live_in_bars(std::span<const Event> events, const Fate& fate, Nanos patience,
                     BarLane& lane, std::vector<Report>& reports) {
  Ours ours(lane.venue, fate, reports);
  Left real{static_cast<Side>(fate.side), Ticks{fate.price}, Lots{fate.quantity}};
  lane.begin(fate.submitted);
  ours.submit();
  for (std::size_t at = fate.born + 1; at <= fate.ended; ++at) {
    const auto step = own_step(events[at], fate.order_id, real);
    if (!step || step->kind == Step::Kind::gone || step->kind == Step::Kind::lost)
      continue;
    real.quantity -= step->quantity;
    if (step->kind == Step::Kind::executed) continue;
    lane.until(events[at].timestamp, reports);
    ours.read();
    ours.shrink(step->quantity, events[at].timestamp);
  }
  const std::int64_t last = deadline(fate, patience);
  lane.until(last, reports);
  ours.read();
  ours.cancel(last);
  return ours.outcome();
}

}  // namespace

std::vector<Outcome> replay(std::span<const Event> events, std::span<const Fate> chosen,
                            const Experiment& experiment) {
  if (experiment.shown == Shown::orders)
    return in_events(events, chosen, experiment.patience, OrderLane(events));
  if (experiment.shown != Shown::bars) {
    const LevelTape tape(events);
    return in_events(events, chosen, experiment.patience,
                     LevelLane(events, tape, experiment.shown, experiment.queue));
  }
  std::vector<Outcome> outcomes;
  std::vector<Report> reports;
  BarLane lane(experiment.fills, experiment.bars);
  for (const Fate& fate : chosen)
    outcomes.push_back(live_in_bars(events, fate, experiment.patience, lane, reports));
  return outcomes;
}

}  // namespace ai_trading::venue
