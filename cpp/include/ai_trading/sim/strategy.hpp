// A strategy in C++: what it is told, and what it may do.
//
// Derive from Strategy, override the calls you want, and either hand the object to a
// Crew (crew.hpp) or end the source file with AI_TRADING_STRATEGY(YourClass) and compile
// it into a shared library, which ai_trading loads by its path:
//
//   class Maker final : public ai_trading::sim::Strategy {
//    public:
//     explicit Maker(const Parameters& given) : size_{given.whole("size", 100)} {}
//     void on_quote(const ai_trading::feed::Quote& quote) override { ... }
//   };
//   AI_TRADING_STRATEGY(Maker)
//
// A call that is not overridden is not made.  Without a subscription a strategy hears of
// every instrument; subscribe in on_start to choose.  Nothing that it sends has an effect
// inside the call that sends it: what comes of it is told later.
//
// This header needs no library: all it does goes through strategy_abi.hpp.
//
// Units       prices in ticks, quantities in lots, times in UTC nanoseconds.
// Errors      an exception that leaves a call ends the run with its text.
// Threads     a strategy lives in the thread of its session.
// Cost        a call into the session costs a few nanoseconds more than what it asks.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/base/reject.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/sim/order.hpp"
#include "ai_trading/sim/strategy_abi.hpp"

namespace ai_trading::sim {

using Trade = abi::Trade;
using Depth = abi::Depth;
using Scale = abi::Scale;
using Work = abi::Work;
using Parent = abi::Parent;

// An entry and the two orders that wait for it.
struct Bracket {
  OrderId entry{}, take_profit{}, stop_loss{};
};
// The two orders for a position that is held.
struct Protection {
  OrderId take_profit{}, stop_loss{};
};
// The prices at which an entry is to be left.
struct Exits {
  Ticks take_profit;
  Ticks stop_loss;                    // then a market order
  std::optional<Ticks> stop_limit{};  // or one with this limit
  Trigger trigger{};
};
// What an order is to become; what is not given stays.
struct Change {
  std::optional<Ticks> limit{};
  std::optional<Lots> quantity{};  // in total
  std::optional<Ticks> stop{};
  std::optional<Ticks> offset{};  // of a peg
  std::optional<Lots> display{};  // of an iceberg
};

// What a strategy was given to be made with.  Asking for a name says that it is known:
// whoever gives another is told which there are.
class Parameters {
 public:
  explicit Parameters(const abi::Arguments& given) : given_(&given) {}

  [[nodiscard]] std::int64_t whole(const char* name, std::int64_t otherwise) const {
    abi::Value value{};
    return find(name, abi::Kind::whole, value) ? value.whole : otherwise;
  }
  [[nodiscard]] double number(const char* name, double otherwise) const {
    abi::Value value{};
    return find(name, abi::Kind::number, value) ? value.number : otherwise;
  }
  [[nodiscard]] bool truth(const char* name, bool otherwise) const {
    abi::Value value{};
    return find(name, abi::Kind::truth, value) ? value.whole != 0 : otherwise;
  }
  [[nodiscard]] std::string text(const char* name, std::string otherwise) const {
    abi::Value value{};
    return find(name, abi::Kind::text, value) ? std::string(value.text) : otherwise;
  }

 private:
  [[nodiscard]] bool find(const char* name, abi::Kind kind, abi::Value& out) const {
    return given_->find(given_->of, name, kind, &out) != 0;
  }
  const abi::Arguments* given_;
};

namespace detail {
struct Bridge;
}

class Strategy {
 public:
  using Parameters = sim::Parameters;

  Strategy() = default;
  Strategy(const Strategy&) = delete;
  Strategy& operator=(const Strategy&) = delete;
  virtual ~Strategy() = default;

  // What it is told; keep these public.  A quote has a quantity of 0 where a side is
  // empty.

  // Before the first event: the place to subscribe and to set timers.
  virtual void on_start() {}
  // The best price or quantity of a side changed.
  virtual void on_quote(const feed::Quote&) {}
  // Another so many events have passed at an instrument.
  virtual void on_book(const feed::Quote&) {}
  virtual void on_trade(const Trade&) {}
  // A bar has ended.
  virtual void on_bar(const feed::Bar&) {}
  virtual void on_timer(std::uint64_t /*number*/) {}
  // An order of ours was accepted, changed, refused or ended without a fill.
  virtual void on_order(const desk::OrderRecord&) {}
  // An order of ours traded.
  virtual void on_fill(const desk::FillRecord&) {}
  // After the last event; orders can no longer be sent.
  virtual void on_stop() {}

  // What it may do, from the calls above.  All throw std::logic_error outside a run.

  // Sends an order and returns its id, also where the risk gate refuses it; 0 where the
  // run is over.  Without a limit it is a market order; an immediate one ends with what
  // it could not trade on arrival, others rest until the session ends.
  OrderId buy(InstrumentIndex instrument, Lots quantity,
              std::optional<Ticks> limit = std::nullopt, bool immediate = false) {
    return submit(instrument, Side::buy, quantity, limit, immediate);
  }
  OrderId sell(InstrumentIndex instrument, Lots quantity,
               std::optional<Ticks> limit = std::nullopt, bool immediate = false) {
    return submit(instrument, Side::sell, quantity, limit, immediate);
  }
  OrderId submit(InstrumentIndex instrument, Side side, Lots quantity,
                 std::optional<Ticks> limit = std::nullopt, bool immediate = false) {
    desk::OrderRequest order{};
    order.instrument = instrument;
    order.side = static_cast<std::uint8_t>(side);
    order.quantity = quantity.n;
    const auto type = limit ? OrderType::limit : OrderType::market;
    order.type = static_cast<std::uint8_t>(type);
    order.price = limit ? limit->n : 0;
    const auto lasts = immediate ? TimeInForce::ioc : TimeInForce::day;
    order.time_in_force = static_cast<std::uint8_t>(lasts);
    return host().submit(of_, &order);
  }
  // Sends any order and returns its id.  Throws std::invalid_argument where the terms
  // contradict each other or nobody could honour them on this data: nothing is sent then.
  OrderId submit(const Order& order) {
    const detail::Written wanted = detail::written(order);
    const char* why = nullptr;
    const OrderId id = host().submit_terms(of_, &wanted.request, &wanted.terms, &why);
    return taken(id, why);
  }
  // Sends an entry with a take-profit and a stop-loss, which wait for what it executes and
  // are never larger; what one executes the other loses.  Throws as submit.
  Bracket bracket(const Order& entry, const Exits& exits) {
    const detail::Written wanted = detail::written(entry);
    const abi::Exits out = written(exits);
    const char* why = nullptr;
    const OrderId first =
        host().bracket(of_, &wanted.request, &wanted.terms, &out, &why);
    (void)taken(first, why);
    return {first, first + 1, first + 2};
  }
  // Sends the same two orders for the position that is held, or a part of it; what one
  // executes the other loses.  Throws as submit.
  Protection protect(InstrumentIndex instrument, const Exits& exits,
                     std::optional<Lots> quantity = std::nullopt) {
    const abi::Exits out = written(exits);
    const char* why = nullptr;
    const OrderId first =
        host().protect(of_, instrument, quantity ? quantity->n : 0, &out, &why);
    (void)taken(first, why);
    return {first, first + 1};
  }
  // Has a parent order worked by an algorithm and returns its id; its children are orders
  // of this strategy.  Throws std::invalid_argument where a term is outside its domain.
  std::uint64_t work(const Work& wanted) {
    const char* why = nullptr;
    const std::uint64_t id = host().work(of_, &wanted, &why);
    return taken(id, why);
  }
  // Cancels what works for a parent; Reject::none where it was asked for.
  Reject stop_work(std::uint64_t parent) {
    return static_cast<Reject>(host().stop_work(of_, parent));
  }
  // Asks for the end of an order; Reject::none where it was asked for.
  Reject cancel(OrderId id) { return static_cast<Reject>(host().cancel(of_, id)); }
  // Asks for another limit and total quantity.  Only a smaller quantity at the same
  // price keeps the place in the queue.
  Reject modify(OrderId id, Ticks price, Lots quantity) {
    return static_cast<Reject>(host().modify(of_, id, price.n, quantity.n));
  }
  Reject modify(OrderId id, const Change& wanted) {
    abi::Change out{};
    if ((wanted.stop ? 1 : 0) + (wanted.offset ? 1 : 0) + (wanted.display ? 1 : 0) > 1)
      return Reject::terms_not_for_type;  // no type has two of them
    if (wanted.limit) {
      out.price = wanted.limit->n;
      out.what |= abi::kPrice;
    }
    if (wanted.quantity) {
      out.quantity = wanted.quantity->n;
      out.what |= abi::kQuantity;
    }
    if (wanted.stop) {
      out.stop = wanted.stop->n;
      out.what |= abi::kStop;
    }
    if (wanted.offset) {
      out.stop = wanted.offset->n;
      out.what |= abi::kOffset;
    }
    if (wanted.display) {
      out.stop = wanted.display->n;
      out.what |= abi::kDisplay;
    }
    return static_cast<Reject>(host().change(of_, id, &out));
  }

  struct Wishes {
    bool quotes{};
    bool trades{};
    bool bars{};
    std::uint32_t book_every{};  // on_book after so many events; 0 never
  };
  void subscribe(InstrumentIndex instrument, const Wishes& wishes) {
    const std::uint32_t what = (wishes.quotes ? abi::kQuotes : 0) |
                               (wishes.trades ? abi::kTrades : 0) |
                               (wishes.bars ? abi::kBars : 0);
    host().subscribe(of_, instrument, what, wishes.book_every);
  }
  void subscribe_all(const Wishes& wishes) {
    for (InstrumentIndex i = 0; i < instruments(); ++i) subscribe(i, wishes);
  }
  // Rings at a time, not before now, then every `repeat` nanoseconds if that is positive.
  std::uint64_t set_timer(Nanos at, Nanos repeat = {}) {
    return host().set_timer(of_, at.n, repeat.n);
  }
  void cancel_timer(std::uint64_t number) { host().cancel_timer(of_, number); }

  // What it may ask.

  [[nodiscard]] Nanos now() const { return {host().now(of_)}; }
  [[nodiscard]] InstrumentIndex instruments() const { return host().instruments(of_); }
  [[nodiscard]] const char* symbol(InstrumentIndex instrument) const {
    return host().symbol(of_, instrument);
  }
  [[nodiscard]] Scale scale(InstrumentIndex instrument) const {
    Scale out{};
    host().scale(of_, instrument, &out);
    return out;
  }
  // The two best levels as this strategy sees them.
  [[nodiscard]] feed::Quote quote(InstrumentIndex instrument) const {
    feed::Quote out{};
    host().quote(of_, instrument, &out);
    return out;
  }
  // Writes the best levels of a side, best first; returns how many there were.
  std::size_t depth(InstrumentIndex instrument, Side side, std::span<Depth> out) const {
    return host().depth(of_, instrument, static_cast<std::uint8_t>(side), out.data(),
                        out.size());
  }
  [[nodiscard]] Lots position(InstrumentIndex instrument) const {
    return {host().position(of_, instrument)};
  }
  // Where a stop of ours would trigger now, as its venue holds it; nothing where the
  // order waits for no price.
  [[nodiscard]] std::optional<Ticks> stop_price(OrderId id) const {
    Ticks out;
    if (host().stop_price(of_, id, &out.n) == 0) return std::nullopt;
    return out;
  }
  // The last known price: midpoint, trade or close.
  [[nodiscard]] std::optional<Ticks> price(InstrumentIndex instrument) const {
    Ticks out;
    if (host().mark(of_, instrument, &out.n) == 0) return std::nullopt;
    return out;
  }
  struct QueuePlace {
    std::uint64_t orders_ahead{};
    Lots quantity_ahead;
  };
  // What stands before a resting order.
  [[nodiscard]] std::optional<QueuePlace> queue_position(OrderId id) const {
    QueuePlace out;
    if (host().queue_position(of_, id, &out.orders_ahead, &out.quantity_ahead.n) == 0)
      return std::nullopt;
    return out;
  }
  [[nodiscard]] std::optional<desk::OrderRecord> order(OrderId id) const {
    desk::OrderRecord out{};
    if (host().order(of_, id, &out) == 0) return std::nullopt;
    return out;
  }
  // What has come of a parent order.
  [[nodiscard]] std::optional<Parent> parent(std::uint64_t id) const {
    Parent out{};
    if (host().parent(of_, id, &out) == 0) return std::nullopt;
    return out;
  }
  [[nodiscard]] desk::AccountRecord account() const {
    desk::AccountRecord out{};
    host().account(of_, &out);
    return out;
  }

 private:
  friend struct detail::Bridge;

  [[nodiscard]] const abi::Host& host() const {
    if (host_ == nullptr) throw std::logic_error("the strategy is not part of a run");
    return *host_;
  }

  static abi::Exits written(const Exits& exits) {
    abi::Exits out{};
    out.take_profit = exits.take_profit.n;
    out.stop_loss = exits.stop_loss.n;
    out.stop_limit = exits.stop_limit ? exits.stop_limit->n : 0;
    out.limited = exits.stop_limit ? 1 : 0;
    out.trigger = static_cast<std::uint8_t>(exits.trigger);
    return out;
  }
  static std::uint64_t taken(std::uint64_t id, const char* why) {
    if (id == 0) throw std::invalid_argument(why);
    return id;
  }

  const abi::Host* host_{};
  void* of_{};
};

namespace detail {

// From the plain calls of the boundary to the methods of a class.  Here `self` is always
// the address of the Strategy.
struct Bridge {
  static void attach(Strategy& strategy, const abi::Host* host) {
    strategy.host_ = host;
    strategy.of_ = host == nullptr ? nullptr : host->of;
  }

  template <class Derived, class Work>
  static std::uint32_t guarded(void* self, Work&& work) noexcept {
    auto* strategy = static_cast<Strategy*>(self);
    try {
      work(*static_cast<Derived*>(strategy));
      return 1;
    } catch (const std::exception& error) {
      fail(*strategy, error.what());
    } catch (...) {
      fail(*strategy, "it threw something that is no std::exception");
    }
    return 0;
  }

  // True where Derived, or a class between, has a method of its own.
  template <class Method, class Inherited>
  static constexpr bool own = !std::is_same_v<Method, Inherited>;

  template <class Derived>
  static abi::Calls calls() {
    using D = Derived;
    using S = Strategy;
    abi::Calls out{};
    out.start = [](void* self, const abi::Host* host) -> std::uint32_t {
      attach(*static_cast<Strategy*>(self), host);
      return guarded<D>(self, [](D& d) { d.on_start(); });
    };
    if constexpr (own<decltype(&D::on_quote), decltype(&S::on_quote)>)
      out.quote = [](void* self, const feed::Quote* q) -> std::uint32_t {
        return guarded<D>(self, [q](D& d) { d.on_quote(*q); });
      };
    if constexpr (own<decltype(&D::on_book), decltype(&S::on_book)>)
      out.book = [](void* self, const feed::Quote* q) -> std::uint32_t {
        return guarded<D>(self, [q](D& d) { d.on_book(*q); });
      };
    if constexpr (own<decltype(&D::on_trade), decltype(&S::on_trade)>)
      out.trade = [](void* self, const Trade* t) -> std::uint32_t {
        return guarded<D>(self, [t](D& d) { d.on_trade(*t); });
      };
    if constexpr (own<decltype(&D::on_bar), decltype(&S::on_bar)>)
      out.bar = [](void* self, const feed::Bar* b) -> std::uint32_t {
        return guarded<D>(self, [b](D& d) { d.on_bar(*b); });
      };
    if constexpr (own<decltype(&D::on_timer), decltype(&S::on_timer)>)
      out.timer = [](void* self, std::uint64_t number) -> std::uint32_t {
        return guarded<D>(self, [number](D& d) { d.on_timer(number); });
      };
    if constexpr (own<decltype(&D::on_order), decltype(&S::on_order)>)
      out.order = [](void* self, const desk::OrderRecord* o) -> std::uint32_t {
        return guarded<D>(self, [o](D& d) { d.on_order(*o); });
      };
    if constexpr (own<decltype(&D::on_fill), decltype(&S::on_fill)>)
      out.fill = [](void* self, const desk::FillRecord* f) -> std::uint32_t {
        return guarded<D>(self, [f](D& d) { d.on_fill(*f); });
      };
    out.stop = [](void* self) -> std::uint32_t {
      const std::uint32_t well = guarded<D>(self, [](D& d) { d.on_stop(); });
      attach(*static_cast<Strategy*>(self), nullptr);
      return well;
    };
    return out;
  }

  template <class Derived>
  static void* create(const abi::Arguments* given) noexcept {
    try {
      const Parameters parameters(*given);
      std::unique_ptr<Strategy> made;
      if constexpr (std::is_constructible_v<Derived, const Parameters&>) {
        made = std::make_unique<Derived>(parameters);
      } else {
        made = std::make_unique<Derived>();
      }
      return made.release();
    } catch (const std::exception& error) {
      given->fail(given->of, error.what());
    } catch (...) {
      given->fail(given->of, "it threw something that is no std::exception");
    }
    return nullptr;
  }

 private:
  static void fail(const Strategy& strategy, const char* why) {
    if (strategy.host_ != nullptr) strategy.host_->fail(strategy.of_, why);
  }
};

}  // namespace detail

// The calls that a class wants, for a session.
template <class Derived>
[[nodiscard]] abi::Calls calls_of() {
  static_assert(std::is_base_of_v<Strategy, Derived>);
  return detail::Bridge::calls<Derived>();
}

// What a shared library with this strategy hands over.
template <class Derived>
[[nodiscard]] const abi::Plugin* plugin_of(const char* name) {
  static const abi::Plugin plugin{
      abi::kMagic,
      abi::kVersion,
      sizeof(abi::Plugin),
      abi::kLayout,
      name,
      __VERSION__,
      &detail::Bridge::create<Derived>,
      [](void* self) { delete static_cast<Strategy*>(self); },
      calls_of<Derived>(),
  };
  return &plugin;
}

}  // namespace ai_trading::sim

// The one symbol of a shared library with a strategy.
#define AI_TRADING_STRATEGY(Class)                    \
  extern "C" __attribute__((visibility("default")))   \
  const ai_trading::sim::abi::Plugin*                 \
  ai_trading_strategy() {                             \
    return ai_trading::sim::plugin_of<Class>(#Class); \
  }
