// What a decision about a child order costs, and a thousand parents at once.
//
// Question   how long does one decision take, and how much does each child add when many
//            parents work one instrument on one day?
// Workload   parents of every scheduled kind over six and a half hours with slices of a
//            minute; a made-up market of 250,000 events, a third of them trades; an
//            outlet that accepts at once and fills a waiting child in two of three
//            looks.  What is measured first is the desk's side: decisions, schedules,
//            queues of wakes and accounting, not a venue.  Then the same parents in a
//            whole session over a made-up day of orders: gate, desk, records, delays,
//            and a venue that keeps every child in its place in the queue.
// Read       ns per decision; microseconds per additional child: time with N parents less
//            time with one, by additional children.  Aims: 1 us and 2 us.
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "ai_trading/algo/workers.hpp"
#include "ai_trading/base/rng.hpp"
#include "ai_trading/sim/event_session.hpp"
#include "ai_trading/venue/order_flow.hpp"
#include "measure.hpp"

using namespace ai_trading;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 23'400 * kSecond;
constexpr std::int64_t kEvents = 250'000;

struct Street {
  Rng rng{7};
  algo::Market now;
  struct Order {
    algo::ParentId parent;
    algo::Child state;
  };
  std::vector<Order> orders;
  std::vector<OrderId> fresh;
  std::uint64_t decisions{};

  [[nodiscard]] algo::Market market(InstrumentIndex) {
    ++decisions;
    return now;
  }
  std::pair<OrderId, Reject> submit(const algo::Worker& worker,
                                    const algo::Action& action) {
    algo::Child state;
    state.id = orders.size() + 1;
    state.status = OrderStatus::accepted;
    state.price = action.price;
    state.quantity = action.quantity;
    orders.push_back({worker.id(), state});
    fresh.push_back(state.id);
    return {state.id, Reject::none};
  }
  Reject replace(const algo::Action& action) {
    algo::Child& state = orders[action.child - 1].state;
    state.price = action.price;
    state.quantity = action.quantity;
    fresh.push_back(action.child);
    return Reject::none;
  }
  Reject cancel(const algo::Action& action) {
    orders[action.child - 1].state.status = OrderStatus::canceled;
    fresh.push_back(action.child);
    return Reject::none;
  }
};

struct Cost {
  double seconds{};
  std::uint64_t decisions{};
  std::size_t children{};
  std::uint64_t state{};  // of a session, at its end
};

algo::Terms parent(std::size_t i) {
  algo::Terms t;
  t.algorithm = static_cast<algo::Algorithm>(i % 6);
  t.side = i % 2 == 0 ? Side::buy : Side::sell;
  t.quantity = Lots{100'000};
  t.end = Nanos{kDay};
  t.rate = 20'000;
  t.min_child = Lots{100};
  t.k = 3.0;
  return t;
}

Cost day(std::size_t parents) {
  Street street;
  algo::Workers workers(1);
  for (std::size_t i = 0; i < parents; ++i) workers.add(i + 1, parent(i));
  const double began = bench::cpu_seconds();
  std::int64_t middle = 1'000'000;
  for (std::int64_t i = 0; i < kEvents; ++i) {
    const Nanos now{i * (kDay / kEvents)};
    const std::uint64_t draw = street.rng.next();
    if (draw % 16 == 0) middle += static_cast<std::int64_t>(draw >> 62) - 1;
    street.now.bid = Ticks{middle - 100};
    street.now.ask = Ticks{middle + 100};
    street.now.bid_quantity = street.now.ask_quantity = Lots{500};
    if (draw % 3 == 0) workers.on_trade(0, Ticks{middle}, Lots{100}, now);
    while (workers.next_time() <= now) {
      workers.run(now, street);
      for (const OrderId id : std::exchange(street.fresh, {})) {
        auto& [parent, state] = street.orders[id - 1];
        if (!is_terminal(state.status) && street.rng.next() % 3 != 0) {
          state.filled_value +=
              TickLots{(state.quantity - state.filled).n * state.price.n};
          state.filled = state.quantity;
          state.status = OrderStatus::filled;
        }
        workers.on_child(parent, state, now);
      }
    }
  }
  return {bench::cpu_seconds() - began, street.decisions, street.orders.size(), 0};
}

struct Nobody final : sim::Handler {
  void on_start() override {}
  void on_stop() override {}
  void on_quote(sim::StrategyIndex, InstrumentIndex) override {}
  void on_book(sim::StrategyIndex, InstrumentIndex) override {}
  void on_trade(sim::StrategyIndex, const feed::Event&, Ticks) override {}
  void on_bar(sim::StrategyIndex, const feed::Bar&) override {}
  void on_timer(sim::StrategyIndex, std::uint64_t) override {}
  void on_order(const desk::OrderRecord&) override {}
  void on_fill(const desk::FillRecord&) override {}
};

std::vector<feed::Event> made_up_day(std::int64_t events) {
  venue::FlowSettings flow;
  venue::FlowSymbol symbol;
  symbol.price = Ticks{1'000'000};
  flow.symbols = {symbol};
  flow.open = Nanos{0};
  flow.close = Nanos{kDay};
  flow.events = static_cast<double>(events);
  venue::OrderFlow made(flow);
  std::vector<feed::Event> out(static_cast<std::size_t>(2 * events));
  out.resize(made.fill(out));
  return out;
}

Cost session(const std::vector<feed::Event>& events, std::size_t parents) {
  sim::Settings settings;
  settings.cash = from_micro(1'000'000'000'000'000);
  settings.latency = {Nanos{}, Nanos{50'000}, Nanos{50'000}};
  settings.limits = {risk::Limits{}};
  Instrument terms;
  terms.price_step = 100;
  sim::OrderSession run({terms}, settings, {});
  run.feed(events);
  run.finish_feed();
  for (std::size_t i = 0; i < parents; ++i) {
    algo::Terms t = parent(i);
    t.quantity = Lots{2'000};  // a thousand of them are most of the day's volume
    t.min_child = Lots{10};
    (void)run.work(t);
  }
  Nobody nobody;
  const double began = bench::cpu_seconds();
  while (run.run(1U << 18, nobody) == sim::Progress::more) {
  }
  const double seconds = bench::cpu_seconds() - began;
  return {seconds, 0, run.desk().orders().size(), run.state_hash()};
}

}  // namespace

// With two numbers: events and parents of one whole session alone, for a profiler, and
// the digest that says whether another build did the same.
int main(int count, char** arguments) {
  if (count == 3) {
    const auto events = made_up_day(std::atoll(arguments[1]));
    const auto parents = static_cast<std::size_t>(std::atoll(arguments[2]));
    const Cost one = session(events, parents);
    std::printf("%.4f s, %zu children, state %016llx\n", one.seconds, one.children,
                static_cast<unsigned long long>(one.state));
    return 0;
  }
  for (const std::size_t parents : {10UL, 100UL, 1'000UL}) {
    const Cost alone = day(1);
    const Cost many = day(parents);
    const double more = many.seconds - alone.seconds;
    std::printf(
        "%5zu parents: %.3f s, %zu children, %llu decisions: %.0f ns per "
        "decision, %.2f us per additional child\n",
        parents, many.seconds, many.children,
        static_cast<unsigned long long>(many.decisions),
        1e9 * more / static_cast<double>(many.decisions - alone.decisions),
        1e6 * more / static_cast<double>(many.children - alone.children));
  }
  const auto events = made_up_day(kEvents);
  const Cost alone = session(events, 1);
  for (const std::size_t parents : {10UL, 100UL, 1'000UL}) {
    const Cost many = session(events, parents);
    std::printf(
        "%5zu parents in a whole session: %.3f s, %zu children: %.2f us per additional "
        "child\n",
        parents, many.seconds, many.children,
        1e6 * (many.seconds - alone.seconds) /
            static_cast<double>(many.children - alone.children));
  }
}
