#include "ai_trading/sim/crew.hpp"

#include <array>
#include <exception>

namespace ai_trading::sim {

struct Crew::Seat {
  abi::Host host;
  abi::Calls calls;
  void* self{};
  Crew* crew{};
  StrategyIndex index{};
  bool chosen{};  // it subscribed by itself
  std::string name;
  std::string failure;
  std::string why;  // of the last refusal at once
};

// What strategies may ask and do; `of` is their seat.  Nothing here throws.
struct HostCalls {
  using Seat = Crew::Seat;

  static Seat& seat(void* of) { return *static_cast<Seat*>(of); }
  static Session& session(void* of) { return seat(of).crew->session_; }

  static void fail(void* of, const char* why) {
    // The first word is the cause; what follows may be its consequence.
    if (seat(of).failure.empty()) seat(of).failure = why;
  }
  static bool exists(void* of, std::uint32_t instrument) {
    if (instrument < instruments(of)) return true;
    fail(of, ("the run has no instrument " + std::to_string(instrument) + "; it has " +
              std::to_string(instruments(of)) + ", counted from 0")
                 .c_str());
    return false;
  }

  static std::int64_t now(void* of) { return session(of).now().n; }
  static std::uint32_t instruments(void* of) {
    return static_cast<std::uint32_t>(session(of).desk().ledger().instruments());
  }
  static const char* symbol(void* of, std::uint32_t instrument) {
    const auto& symbols = seat(of).crew->symbols_;
    if (!exists(of, instrument) || instrument >= symbols.size()) return "";
    return symbols[instrument].c_str();
  }
  static void scale(void* of, std::uint32_t instrument, abi::Scale* out) {
    if (!exists(of, instrument)) return;
    const Instrument& known = session(of).desk().ledger().instrument(instrument);
    *out = {known.tick_nano, known.lot_nano, known.unit_nano, known.price_step};
  }

  static std::uint64_t submit(void* of, const desk::OrderRequest* wanted) {
    if (!exists(of, wanted->instrument)) return 0;
    const auto type = static_cast<OrderType>(wanted->type);
    const auto lasts = static_cast<TimeInForce>(wanted->time_in_force);
    if (wanted->side > 1 || (type != OrderType::market && type != OrderType::limit) ||
        (lasts != TimeInForce::day && lasts != TimeInForce::ioc)) {
      fail(of,
           "an order needs a side of 0 (buy) or 1 (sell), a type of 0 (market) or 1 "
           "(limit) and a time in force of 0 (day) or 1 (immediate or cancel)");
      return 0;
    }
    desk::NewOrder order;
    order.instrument = wanted->instrument;
    order.side = static_cast<Side>(wanted->side);
    order.type = type;
    order.time_in_force = lasts;
    order.price = Ticks{type == OrderType::limit ? wanted->price : 0};
    order.quantity = Lots{wanted->quantity};
    order.parent = wanted->parent_id;
    order.strategy = seat(of).index;
    return session(of).submit(order).id;
  }
  // Does what may be refused at once, and says why it was.
  template <class Work>
  static std::uint64_t asked(void* of, const char** why, Work&& work) noexcept {
    Seat& seat = HostCalls::seat(of);
    seat.why.clear();
    std::uint64_t id = 0;
    try {
      id = work(seat);
      if (id == 0 && seat.why.empty())
        seat.why = "the run is over: nothing can be sent";
    } catch (const std::exception& error) {
      seat.why = error.what();
      id = 0;
    }
    *why = id == 0 ? seat.why.c_str() : nullptr;
    return id;
  }
  static bool stands(Seat& seat, std::string why) {
    seat.why = std::move(why);
    return seat.why.empty();
  }
  static std::string no_instrument(const Seat& seat, std::uint32_t instrument) {
    const std::size_t there = seat.crew->session_.desk().ledger().instruments();
    if (instrument < there) return {};
    return "the run has no instrument " + std::to_string(instrument) + "; it has " +
           std::to_string(there) + ", counted from 0";
  }
  static desk::NewOrder order_of(const Seat& seat, const desk::OrderRequest& wanted) {
    desk::NewOrder order;
    order.instrument = wanted.instrument;
    order.side = static_cast<Side>(wanted.side);
    order.type = static_cast<OrderType>(wanted.type);
    order.time_in_force = static_cast<TimeInForce>(wanted.time_in_force);
    if (has_limit(order.type)) order.price = Ticks{wanted.price};
    order.quantity = Lots{wanted.quantity};
    order.parent = wanted.parent_id;
    order.strategy = seat.index;
    return order;
  }
  static OrderId send(Seat& seat, const desk::OrderRequest& wanted,
                      const abi::Terms& terms, const Shows& shows,
                      desk::GroupId group = 0) {
    Session& session = seat.crew->session_;
    desk::NewOrder order = order_of(seat, wanted);
    order.group = group;
    const matching::Terms asked = terms_for_venue(wanted, terms, shows);
    const bool plain = order.type <= OrderType::limit && group == 0 &&
                       order.time_in_force != TimeInForce::fok &&
                       order.time_in_force != TimeInForce::gtc &&
                       order.time_in_force != TimeInForce::gtd && terms.display == 0 &&
                       terms.all_or_none == 0;
    return (plain ? session.submit(order) : session.submit(order, asked)).id;
  }
  static std::uint64_t submit_terms(void* of, const desk::OrderRequest* wanted,
                                    const abi::Terms* terms, const char** why) {
    return asked(of, why, [&](Seat& seat) -> std::uint64_t {
      if (!stands(seat, no_instrument(seat, wanted->instrument))) return 0;
      const Shows shows = seat.crew->shows();
      if (!stands(seat, refusal(*wanted, *terms, shows))) return 0;
      return send(seat, *wanted, *terms, shows);
    });
  }
  static std::uint64_t bracket(void* of, const desk::OrderRequest* entry,
                               const abi::Terms* terms, const abi::Exits* exits,
                               const char** why) {
    return asked(of, why, [&](Seat& seat) -> std::uint64_t {
      if (!stands(seat, no_instrument(seat, entry->instrument))) return 0;
      const Shows shows = seat.crew->shows();
      if (!stands(seat, refusal(*entry, *terms, shows))) return 0;
      if (!stands(seat, refusal(*entry, *exits, shows))) return 0;
      const OrderId first = send(seat, *entry, *terms, shows);
      if (first == 0) return 0;
      (void)send_exits(seat, *entry, *exits, shows, first);
      return first;
    });
  }
  // Sends what is to end a position that `entry` opens; returns the first id.
  static OrderId send_exits(Seat& seat, const desk::OrderRequest& entry,
                            const abi::Exits& exits, const Shows& shows,
                            OrderId waits_for) {
    const desk::GroupId group =
        seat.crew->session_.link(desk::Link::reduce_others, waits_for);
    const ExitOrders made(entry, exits);
    const OrderId profit = send(seat, made.profit, {}, shows, group);
    (void)send(seat, made.loss, made.loss_terms, shows, group);
    return profit;
  }
  static std::uint64_t protect(void* of, std::uint32_t instrument,
                               std::int64_t quantity, const abi::Exits* exits,
                               const char** why) {
    return asked(of, why, [&](Seat& seat) -> std::uint64_t {
      if (!stands(seat, no_instrument(seat, instrument))) return 0;
      const std::int64_t held =
          seat.crew->session_.desk().ledger().position(instrument).quantity.n;
      const std::int64_t most = held < 0 ? -held : held;
      desk::OrderRequest opened{};  // the order that would have opened it
      opened.instrument = instrument;
      opened.side = held < 0 ? 1 : 0;
      opened.quantity = quantity == 0 ? most : quantity;
      if (held == 0 || opened.quantity < 1 || opened.quantity > most) {
        seat.why = "protect closes what is held: " + std::to_string(most) +
                   "; received quantity " + std::to_string(quantity) +
                   ". Use bracket for a position to come";
        return 0;
      }
      const Shows shows = seat.crew->shows();
      if (!stands(seat, refusal(opened, *exits, shows))) return 0;
      return send_exits(seat, opened, *exits, shows, 0);
    });
  }
  static std::uint16_t change(void* of, std::uint64_t id, const abi::Change* wanted) {
    const desk::Desk& desk = session(of).desk();
    if (!desk.knows(id)) return static_cast<std::uint16_t>(Reject::unknown_id);
    const desk::OrderRecord& order = desk.order(id);
    const auto type = static_cast<OrderType>(order.type);
    Amendment terms;
    if (const Reject why = amended(type, *wanted, terms); why != Reject::none)
      return static_cast<std::uint16_t>(why);
    const Ticks price{(wanted->what & abi::kPrice) != 0 ? wanted->price : order.price};
    const Lots quantity{(wanted->what & abi::kQuantity) != 0 ? wanted->quantity
                                                             : order.quantity};
    return static_cast<std::uint16_t>(session(of).modify(id, price, quantity, terms));
  }
  static std::uint64_t work(void* of, const abi::Work* wanted, const char** why) {
    return asked(of, why, [&](Seat& seat) -> std::uint64_t {
      if (!stands(seat, no_instrument(seat, wanted->instrument))) return 0;
      algo::Terms terms = parent_terms(*wanted);
      terms.strategy = seat.index;
      return seat.crew->session_.work(std::move(terms));
    });
  }
  static std::uint16_t stop_work(void* of, std::uint64_t parent) {
    return static_cast<std::uint16_t>(session(of).stop_work(parent));
  }
  static std::uint32_t parent(void* of, std::uint64_t id, abi::Parent* out) {
    const algo::Workers& workers = session(of).workers();
    const algo::Worker* worker = workers.find(id);
    if (worker == nullptr) return 0;
    const algo::WorkRecord row = workers.record(*worker);
    *out = {row.quantity,  row.filled, row.filled_value, row.working,
            row.shortfall, row.done,   row.children,     row.messages};
    return 1;
  }
  static std::uint16_t cancel(void* of, std::uint64_t order) {
    return static_cast<std::uint16_t>(session(of).cancel(order));
  }
  static std::uint16_t modify(void* of, std::uint64_t order, std::int64_t price,
                              std::int64_t quantity) {
    return static_cast<std::uint16_t>(
        session(of).modify(order, Ticks{price}, Lots{quantity}));
  }

  static void quote(void* of, std::uint32_t instrument, feed::Quote* out) {
    if (exists(of, instrument)) *out = session(of).touch(instrument);
  }
  static std::uint64_t depth(void* of, std::uint32_t instrument, std::uint8_t side,
                             abi::Depth* out, std::uint64_t levels) {
    if (!exists(of, instrument) || side > 1 || out == nullptr) return 0;
    std::array<book::Level, 64> few;
    std::vector<book::Level> many(levels > few.size() ? levels : 0);
    const std::span<book::Level> rows =
        many.empty() ? std::span(few).first(levels) : std::span(many);
    const auto found = session(of).depth(instrument, static_cast<Side>(side), rows);
    for (std::size_t i = 0; i < found; ++i)
      out[i] = {rows[i].price.n, rows[i].quantity.n, rows[i].orders};
    return found;
  }
  static std::int64_t position(void* of, std::uint32_t instrument) {
    if (!exists(of, instrument)) return 0;
    return session(of).desk().ledger().position(instrument).quantity.n;
  }
  static std::uint32_t mark(void* of, std::uint32_t instrument, std::int64_t* price) {
    if (!exists(of, instrument)) return 0;
    const auto known = session(of).mark(instrument);
    if (known) *price = known->n;
    return known ? 1 : 0;
  }
  static std::uint32_t queue_position(void* of, std::uint64_t order,
                                      std::uint64_t* orders, std::int64_t* quantity) {
    const auto place = session(of).queue_position(order);
    if (!place) return 0;
    *orders = place->orders_ahead;
    *quantity = place->quantity_ahead.n;
    return 1;
  }
  static std::uint32_t stop_price(void* of, std::uint64_t id, std::int64_t* price) {
    const auto stop = session(of).stop_price(id);
    if (!stop) return 0;
    *price = stop->n;
    return 1;
  }
  static std::uint32_t order(void* of, std::uint64_t id, desk::OrderRecord* out) {
    if (!session(of).desk().knows(id)) return 0;
    *out = session(of).desk().order(id);
    return 1;
  }
  static void account(void* of, desk::AccountRecord* out) {
    session(of).freshen();
    *out = session(of).desk().account(session(of).now());
  }

  static void subscribe(void* of, std::uint32_t instrument, std::uint32_t what,
                        std::uint32_t every) {
    if (!exists(of, instrument)) return;
    seat(of).chosen = true;
    session(of).subscribe({instrument, seat(of).index, (what & abi::kQuotes) != 0,
                           (what & abi::kTrades) != 0, (what & abi::kBars) != 0,
                           every});
  }
  static std::uint64_t set_timer(void* of, std::int64_t at, std::int64_t repeat) {
    return session(of).set_timer(seat(of).index, Nanos{at}, Nanos{repeat});
  }
  static void cancel_timer(void* of, std::uint64_t timer) {
    session(of).cancel_timer(timer);
  }

  static abi::Host table(Seat* seat) {
    return {seat,         sizeof(abi::Host),
            now,          instruments,
            symbol,       scale,
            submit,       cancel,
            modify,       quote,
            depth,        position,
            mark,         queue_position,
            order,        account,
            subscribe,    set_timer,
            cancel_timer, fail,
            submit_terms, bracket,
            protect,      change,
            work,         stop_work,
            parent,       stop_price};
  }
};

void Crew::Release::operator()(Seat* seat) const { delete seat; }

void Crew::seat(StrategyIndex index, std::string name, const abi::Calls& calls,
                void* self) {
  if (seats_.size() <= index) seats_.resize(std::size_t{index} + 1);
  std::unique_ptr<Seat, Release> made(new Seat);
  made->host = HostCalls::table(made.get());
  made->calls = calls;
  made->self = self;
  made->crew = this;
  made->index = index;
  made->name = std::move(name);
  seats_[index] = std::move(made);
}

Shows Crew::shows() {
  if (!shows_) {
    shows_ = ask_ ? ask_()
                  : (session_.shows_book() ? Shows{}
                                           : Shows{Shows::Kind::bars, true, false});
  }
  return *shows_;
}

const abi::Host& Crew::host(StrategyIndex strategy) const {
  return seats_[strategy]->host;
}

void Crew::check(Seat& seat, std::uint32_t well) const {
  if (well != 0 && seat.failure.empty()) [[likely]]
    return;
  const std::string why =
      seat.failure.empty()
          ? "a call failed and did not say why; what numba raises is on "
            "standard error"
          : seat.failure;
  seat.failure.clear();
  throw StrategyFailed("strategy " + seat.name + " ended the run: " + why);
}

void Crew::begin(StrategyIndex strategy) {
  Seat& seat = *seats_[strategy];
  if (seat.calls.start != nullptr) check(seat, seat.calls.start(seat.self, &seat.host));
  if (seat.chosen) return;
  const abi::Calls& calls = seat.calls;
  for (InstrumentIndex i = 0; i < HostCalls::instruments(&seat); ++i) {
    session_.subscribe({i, strategy, calls.quote != nullptr, calls.trade != nullptr,
                        calls.bar != nullptr, calls.book != nullptr ? 1U : 0U});
  }
}

void Crew::finish(StrategyIndex strategy) {
  Seat& seat = *seats_[strategy];
  if (seat.calls.stop != nullptr) check(seat, seat.calls.stop(seat.self));
}

void Crew::on_start() {
  for (StrategyIndex i = 0; i < seats_.size(); ++i)
    if (has(i)) begin(i);
}

void Crew::on_stop() {
  for (StrategyIndex i = 0; i < seats_.size(); ++i)
    if (has(i)) finish(i);
}

void Crew::on_quote(StrategyIndex strategy, InstrumentIndex instrument) {
  Seat& seat = *seats_[strategy];
  if (seat.calls.quote == nullptr) return;
  const feed::Quote quote = session_.touch(instrument);
  check(seat, seat.calls.quote(seat.self, &quote));
}

void Crew::on_book(StrategyIndex strategy, InstrumentIndex instrument) {
  Seat& seat = *seats_[strategy];
  if (seat.calls.book == nullptr) return;
  const feed::Quote quote = session_.touch(instrument);
  check(seat, seat.calls.book(seat.self, &quote));
}

void Crew::on_trade(StrategyIndex strategy, const feed::Event& event, Ticks price) {
  Seat& seat = *seats_[strategy];
  if (seat.calls.trade == nullptr) return;
  abi::Trade trade{};
  trade.timestamp = session_.now().n;
  trade.price = price.n;
  trade.quantity = event.quantity;
  trade.instrument = event.instrument;
  // The record names the side that rested; the aggressor came from the other one.
  trade.aggressor =
      event.side > 1 ? std::uint8_t{2} : static_cast<std::uint8_t>(1 - event.side);
  check(seat, seat.calls.trade(seat.self, &trade));
}

void Crew::on_bar(StrategyIndex strategy, const feed::Bar& bar) {
  Seat& seat = *seats_[strategy];
  if (seat.calls.bar != nullptr) check(seat, seat.calls.bar(seat.self, &bar));
}

void Crew::on_timer(StrategyIndex strategy, std::uint64_t timer) {
  Seat& seat = *seats_[strategy];
  if (seat.calls.timer != nullptr) check(seat, seat.calls.timer(seat.self, timer));
}

void Crew::on_order(const desk::OrderRecord& order) {
  if (!has(order.strategy)) return;
  Seat& seat = *seats_[order.strategy];
  if (seat.calls.order == nullptr) return;
  // A copy: the call may send orders, and the desk's list then moves.
  const desk::OrderRecord now = order;
  check(seat, seat.calls.order(seat.self, &now));
}

void Crew::on_fill(const desk::FillRecord& fill) {
  if (!has(fill.strategy)) return;
  Seat& seat = *seats_[fill.strategy];
  if (seat.calls.fill != nullptr) check(seat, seat.calls.fill(seat.self, &fill));
}

}  // namespace ai_trading::sim
