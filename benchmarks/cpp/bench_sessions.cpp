// What an event costs in a session, with strategies that are compiled.
//
// Question   how much does a compiled strategy add to what venue and desk cost; what does
//            a stream of many symbols cost; do two sessions in two threads take half the
//            time of one after the other?
// Workload   random adds and cancels of single orders, of one symbol and of thousands;
//            totals of levels.  Strategies sleep, are woken on every event and look at
//            the touch, or besides act once per 100 events (send or cancel a bid).
// Read       processor ns per event, least of the runs; threads: wall seconds.
//
//   bench_sessions [events] [runs]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ai_trading/sim/crew.hpp"
#include "ai_trading/sim/event_session.hpp"
#include "measure.hpp"

namespace {

using namespace ai_trading;
using feed::Event;
using feed::EventKind;

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t n) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33) % n;
  }

 private:
  std::uint64_t state_;
};

// Single orders on twenty prices a side; `live` of them at once from the start.
std::vector<Event> order_flow(std::size_t count, std::uint32_t symbols,
                              std::size_t live, std::uint64_t seed) {
  Draw draw(seed);
  std::vector<Event> events, standing;
  events.reserve(count + live);
  while (events.size() < count + live) {
    Event e{};
    const bool full = standing.size() >= live + live / 20;
    if (standing.size() < live || (!full && draw.below(2) == 0)) {
      e.kind = static_cast<std::uint8_t>(EventKind::add);
      e.instrument = static_cast<std::uint32_t>(draw.below(symbols));
      e.side = static_cast<std::uint8_t>(draw.below(2));
      e.order_id = events.size() + 1;
      const auto away = static_cast<std::int64_t>(1 + draw.below(20));
      e.price = 10'000 + (e.side == 0 ? -away : away);
      e.quantity = static_cast<std::int64_t>(1 + draw.below(9));
      standing.push_back(e);
    } else {
      const std::size_t at = draw.below(standing.size());
      e = standing[at];
      standing[at] = standing.back();
      standing.pop_back();
      const bool trades = draw.below(20) == 0;
      e.kind =
          static_cast<std::uint8_t>(trades ? EventKind::execute : EventKind::remove);
    }
    e.timestamp = static_cast<std::int64_t>(events.size() * 1'000);
    events.push_back(e);
  }
  return events;
}

std::vector<Event> level_flow(std::size_t count, std::uint64_t seed) {
  Draw draw(seed);
  std::vector<Event> events(count);
  for (std::size_t i = 0; i < count; ++i) {
    Event& e = events[i];
    const bool trades = draw.below(20) == 0;
    e.kind = static_cast<std::uint8_t>(trades ? EventKind::trade : EventKind::level);
    e.side = static_cast<std::uint8_t>(draw.below(2));
    const auto away = trades ? 1 : static_cast<std::int64_t>(1 + draw.below(20));
    e.price = 10'000 + (e.side == 0 ? -away : away);
    e.quantity = static_cast<std::int64_t>(1 + draw.below(499));
    e.timestamp = static_cast<std::int64_t>(i * 1'000);
  }
  return events;
}

class Sleeps final : public sim::Strategy {
 public:
  void on_start() override { subscribe_all({}); }
};

class Looks final : public sim::Strategy {
 public:
  void on_start() override { subscribe_all({.book_every = 1}); }
  void on_book(const feed::Quote& q) override { total_ += q.bid_price; }

 private:
  std::int64_t total_{};
};

class Acts final : public sim::Strategy {
 public:
  void on_start() override { subscribe_all({.book_every = 1}); }
  void on_book(const feed::Quote& q) override {
    if (++seen_ % 100 != 0) return;
    if (working_ != 0) {
      (void)cancel(working_);
      working_ = 0;
    } else if (q.bid_quantity > 0) {
      working_ = buy(q.instrument, Lots{1}, Ticks{q.bid_price - 2});
    }
  }

 private:
  std::uint64_t seen_{};
  OrderId working_{};
};

template <class Session, class Strategy>
std::uint64_t run(const std::vector<Event>& events, std::uint32_t symbols) {
  sim::Settings settings;
  settings.cash = from_nano(1'000'000 * kNano);
  settings.limits.assign(symbols, risk::Limits{});
  Session session(std::vector<Instrument>(symbols), settings, cost::Fees{});
  sim::Crew crew(session, {});
  Strategy strategy;
  crew.add(strategy, "bench");
  session.feed(events);
  session.finish_feed();
  while (session.run(1 << 16, crew) == sim::Progress::more) {
  }
  return session.state_hash();
}

template <class Work>
double least(int runs, std::size_t events, Work&& work) {
  double best = 1e300;
  for (int i = 0; i < runs; ++i) {
    const double begin = bench::cpu_seconds();
    work();
    best = std::min(best, bench::cpu_seconds() - begin);
  }
  return best * 1e9 / static_cast<double>(events);
}

template <class Session>
void row(const char* name, const std::vector<Event>& events, std::uint32_t symbols,
         int runs) {
  double sleeps = 1e300;
  double looks = 1e300;
  double acts = 1e300;
  for (int i = 0; i < runs; ++i) {  // interleaved, so that all meet the same neighbours
    sleeps = std::min(sleeps, least(1, events.size(), [&] {
                        (void)run<Session, Sleeps>(events, symbols);
                      }));
    looks = std::min(looks, least(1, events.size(),
                                  [&] { (void)run<Session, Looks>(events, symbols); }));
    acts = std::min(acts, least(1, events.size(),
                                [&] { (void)run<Session, Acts>(events, symbols); }));
  }
  std::printf("%-34s %8.1f %8.1f %8.1f %12.1f\n", name, sleeps, looks, acts,
              acts - sleeps);
}

double wall(const std::vector<const std::vector<Event>*>& flows, bool threads,
            std::vector<std::uint64_t>& hashes) {
  hashes.assign(flows.size(), 0);
  const auto begin = std::chrono::steady_clock::now();
  const auto one = [&](std::size_t i) {
    hashes[i] = run<sim::OrderSession, Acts>(*flows[i], 1);
  };
  if (threads) {
    std::vector<std::thread> running;
    for (std::size_t i = 0; i < flows.size(); ++i) running.emplace_back(one, i);
    for (std::thread& thread : running) thread.join();
  } else {
    for (std::size_t i = 0; i < flows.size(); ++i) one(i);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
      .count();
}

}  // namespace

int main(int count, char** arguments) {
  const std::size_t events =
      count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 400'000;
  const int runs = count > 2 ? std::atoi(arguments[2]) : 5;

  std::printf("%-34s %8s %8s %8s %12s\n", "session, ns/event", "sleeps", "looks",
              "acts", "it adds");
  const auto few = order_flow(events, 1, 800, 1);
  row<sim::OrderSession>("orders, one symbol, 20 per level", few, 1, runs);
  row<sim::LevelSession>("levels, one symbol", level_flow(events, 2), 1, runs);
  row<sim::OrderSession>("orders, 2,000 symbols, 100,000 live",
                         order_flow(events * 2, 2'000, 100'000, 3), 2'000, runs);
  row<sim::OrderSession>("orders, 8,714 symbols, 300,000 live",
                         order_flow(events * 4, 8'714, 300'000, 4), 8'714, runs);

  const auto other = order_flow(events * 4, 1, 800, 5);
  const auto third = order_flow(events * 4, 1, 800, 6);
  const std::vector<const std::vector<Event>*> flows{&other, &third};
  std::vector<std::uint64_t> alone, together;
  double one = 1e300;
  double two = 1e300;
  for (int i = 0; i < runs; ++i) {
    one = std::min(one, wall(flows, false, alone));
    two = std::min(two, wall(flows, true, together));
  }
  std::printf(
      "\ntwo sessions, one after the other %.3f s, in two threads %.3f s: %.2f times "
      "as fast, %s\n",
      one, two, one / two, alone == together ? "same states" : "STATES DIFFER");
  return alone == together ? 0 : 1;
}
