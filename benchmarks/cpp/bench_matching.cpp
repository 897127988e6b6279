// What a command costs in the matching engine.
//
// Question   ns per command of a single thread, every feature compiled in, ids checked
//            and a 48-byte report written for each call of the listener.
// Workload   2.0 M commands on one symbol, ids rising from 1, seeds fixed.  static: 20,000
//            orders rest, 45 % new, 45 % cancel, 10 % modify, nothing trades.  normal: the
//            middle walks, 8 % of the new orders take.  crash: in the middle third the
//            price falls by a third and sellers take.
//            "special": 1,000 stops, 1,000 icebergs and 40 pegs (10 groups, 20 ticks behind
//            the touch) rest besides; the crash trades most icebergs and pegs away.
//            "large pegs": the same with pegs that never trade away, so that in the crash
//            they meet nearly every seller.
// Read       processor time, least and median of the rounds, flows interleaved; ratios
//            are medians of the ratios of a round.  floor is the same driver without an
//            engine.  Commands come singly; with "look-ahead" the driver sees those to
//            come, as one that reads a batch does, and has them loaded.  Percentiles come
//            from a run of their own with a clock around each command and hold that
//            clock (its own median is shown).
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/matching/engine.hpp"
#include "measure.hpp"

using namespace ai_trading;
using namespace ai_trading::matching;

namespace {

struct Command {
  OrderId id;
  std::int64_t price;
  std::int32_t quantity;
  Side side;
  enum class Kind : std::uint8_t { add, cancel, modify } kind;
};

struct Report {
  OrderId id, other;
  std::int64_t price, quantity, left;
  std::uint32_t owner;
  std::uint32_t kind;
};

// Writes reports into a ring, as a gateway would.
struct Reporter : Silent {
  static constexpr std::size_t kRing = 1024;
  std::array<Report, kRing> ring{};
  std::size_t next{};

  void put(const Report& report) { ring[next++ % kRing] = report; }
  void accepted(const NewOrder& o) {
    put({o.id, 0, o.price.n, o.quantity.n, o.quantity.n, o.owner, 0});
  }
  void rejected(OrderId id, Reject why) {
    put({id, 0, 0, 0, 0, 0, static_cast<std::uint32_t>(why) << 8 | 1});
  }
  void traded(const Trade& t) {
    put({t.taker, t.maker, t.price.n, t.quantity.n, t.taker_left.n, t.taker_owner, 2});
    put({t.maker, t.taker, t.price.n, t.quantity.n, t.maker_left.n, t.maker_owner, 2});
  }
  void rested(const OrderView& o) {
    put({o.id, 0, o.price.n, o.left.n, o.left.n, o.owner, 3});
  }
  void replenished(const OrderView& o) { rested(o); }
  void replaced(const Replaced& r) {
    put({r.before.id, r.id, r.price.n, r.left.n, r.left.n, r.before.owner, 4});
  }
  void canceled(const OrderView& o, Gone why) {
    put({o.id, 0, o.price.n, o.left.n, 0, o.owner,
         static_cast<std::uint32_t>(why) << 8 | 5});
  }
  void expired(const OrderView& o) { canceled(o, Gone::asked); }
  void triggered(const OrderView& o) { rested(o); }
};

using Bench = Engine<Reporter>;

NewOrder order_of(const Command& c) {
  return {c.id,
          0,
          1,
          c.side,
          OrderType::limit,
          TimeInForce::day,
          Ticks{c.price},
          Lots{c.quantity}};
}

template <class Target>
void apply(Target& engine, const Command& c) {
  switch (c.kind) {
    case Command::Kind::add:
      (void)engine.submit(order_of(c));
      return;
    case Command::Kind::cancel:
      (void)engine.cancel(c.id);
      return;
    case Command::Kind::modify:
      (void)engine.amend(c.id, Ticks{c.price}, Lots{c.quantity});
      return;
  }
}

// The driver alone: reads each command and writes its report.
struct Floor {
  Reporter* out;

  Reject submit(const NewOrder& o) {
    out->accepted(o);
    return Reject::none;
  }
  Reject cancel(OrderId id) {
    out->rejected(id, Reject::none);
    return Reject::none;
  }
  Reject amend(OrderId id, Ticks price, Lots left) {
    out->rested({id, 0, 0, Side::buy, price, left, left});
    return Reject::none;
  }
};

struct Flow {
  std::string name;
  std::vector<Command> before;  // to fill the book
  std::vector<Command> timed;
};

class Maker {
 public:
  Maker(std::string name, std::uint64_t seed) : rng_(seed) {
    flow_.name = std::move(name);
  }

  Flow make(std::size_t commands) {
    const bool still = flow_.name == "static";
    const bool crash = flow_.name == "crash";
    for (int i = 0; i < (still ? 20'000 : 10'000); ++i) send(rest(still), flow_.before);
    for (std::size_t i = 0; i < commands; ++i) {
      const bool falling = crash && i > commands / 3 && i < commands * 2 / 3;
      if (!still && rng_.below(20) == 0) middle_ += rng_.below(2) == 0 ? 1 : -1;
      if (falling && i % 20 == 0) middle_ -= 1;
      const std::uint64_t draw = rng_.below(100);
      if (draw < 45) {
        const bool takes = !still && rng_.below(100) < (falling ? 25 : 8);
        send(takes ? take(falling) : rest(still), flow_.timed);
      } else {
        change(draw < 90, still);
      }
    }
    return std::move(flow_);
  }

 private:
  std::int64_t away(bool still) {
    if (still) return 1 + static_cast<std::int64_t>(rng_.below(500));
    std::int64_t steps = 1;
    while (steps < 200 && rng_.below(8) != 0) ++steps;
    return steps;
  }
  Command rest(bool still) {
    const Side side = rng_.below(2) == 0 ? Side::buy : Side::sell;
    const std::int64_t price = middle_ - sign(side) * away(still);
    return {next_++, price, size(), side, Command::Kind::add};
  }
  Command take(bool falling) {
    const Side side = falling || rng_.below(2) == 0 ? Side::sell : Side::buy;
    return {next_++, middle_ + sign(side) * 2, size(), side, Command::Kind::add};
  }
  std::int32_t size() { return 100 * (1 + static_cast<std::int32_t>(rng_.below(5))); }

  // The maker plays its commands on an engine of its own, so that what it cancels lives.
  void send(const Command& c, std::vector<Command>& out) {
    out.push_back(c);
    apply(engine_, c);
    if (c.kind == Command::Kind::add && engine_.order(c.id)) live_.push_back(c.id);
  }
  void change(bool cancel, bool still) {
    while (!live_.empty()) {
      OrderId& slot = live_[rng_.below(live_.size())];
      const OrderId id = slot;
      const auto order = engine_.order(id);
      if (!order || cancel) {
        slot = live_.back();
        live_.pop_back();
      }
      if (!order) continue;
      if (cancel)
        return send({id, 0, 0, order->side, Command::Kind::cancel}, flow_.timed);
      const std::int64_t price = rng_.below(2) == 0
                                     ? order->price.n
                                     : middle_ - sign(order->side) * away(still);
      const auto left = static_cast<std::int32_t>(order->left.n);
      return send(
          {id, price, std::max(1, left - 50), order->side, Command::Kind::modify},
          flow_.timed);
    }
    send(rest(still), flow_.timed);
  }

  Rng rng_;
  Flow flow_;
  Reporter reporter_;
  Bench engine_{reporter_, 1};
  std::vector<OrderId> live_;
  OrderId next_ = 1;
  std::int64_t middle_ = 100'000;
};

enum class Resting { plain, special, large_pegs };

void add_specials(Bench& engine, Resting resting) {
  const std::int64_t peg_size = resting == Resting::special ? 1'000 : 1'000'000'000;
  OrderId id = OrderId{1} << 40;
  const auto send = [&](Side side, OrderType type, std::int64_t price,
                        std::int64_t size, const Terms& terms) {
    (void)engine.submit(
        {id++, 0, 9, side, type, TimeInForce::day, Ticks{price}, Lots{size}}, terms);
  };
  for (int i = 0; i < 500; ++i) {
    for (const Side side : {Side::buy, Side::sell}) {
      Terms stop;
      stop.stop = Ticks{100'000 + sign(side) * (80'000 + i)};
      send(side, OrderType::stop, 0, 100, stop);
      Terms iceberg;
      iceberg.display = Lots{100};
      send(side, OrderType::iceberg, 100'000 - sign(side) * (1 + i % 100), 1'000,
           iceberg);
    }
  }
  for (int i = 0; i < 10; ++i) {
    for (const Side side : {Side::buy, Side::sell}) {
      Terms peg;
      peg.peg = PegTo::primary;
      peg.offset = Ticks{-20 - i % 3};
      send(side, OrderType::pegged, sign(side) * kMaxPrice, peg_size, peg);
      peg.peg = PegTo::midpoint;
      peg.offset = Ticks{-25 - i % 2};
      send(side, OrderType::pegged, sign(side) * kMaxPrice, peg_size, peg);
    }
  }
}

struct Outcome {
  std::vector<double> runs;
  std::uint64_t hash{};
  std::uint64_t trades{};

  [[nodiscard]] double least() const { return *std::ranges::min_element(runs); }
  [[nodiscard]] double median() {
    std::ranges::sort(runs);
    return runs[runs.size() / 2];
  }
};

void fill(Bench& engine, const Flow& flow, Resting resting) {
  for (const Command& c : flow.before) apply(engine, c);
  if (resting != Resting::plain) add_specials(engine, resting);
}

// Starts loading what the commands to come will touch.
void look_ahead(const Bench& engine, const std::vector<Command>& commands,
                std::size_t at) {
  constexpr std::size_t kIndex = 12, kOrder = 8, kQueue = 4;
  if (at + kIndex >= commands.size()) return;
  engine.prefetch(commands[at + kIndex].id);
  engine.prefetch_order(commands[at + kOrder].id);
  engine.prefetch_queue(commands[at + kQueue].id);
}

template <bool ahead>
void run(const Flow& flow, Resting resting, Outcome& out) {
  auto reporter = std::make_unique<Reporter>();
  Bench engine(*reporter, 1);
  fill(engine, flow, resting);
  const double start = bench::cpu_seconds();
  for (std::size_t i = 0; i < flow.timed.size(); ++i) {
    if constexpr (ahead) look_ahead(engine, flow.timed, i);
    apply(engine, flow.timed[i]);
  }
  const double spent = bench::cpu_seconds() - start;
  out.runs.push_back(spent * 1e9 / static_cast<double>(flow.timed.size()));
  out.hash = engine.state_hash();
  out.trades = engine.trades();
}

void run_floor(const Flow& flow, Outcome& out) {
  auto reporter = std::make_unique<Reporter>();
  Floor floor{reporter.get()};
  const double start = bench::cpu_seconds();
  for (const Command& c : flow.timed) apply(floor, c);
  const double spent = bench::cpu_seconds() - start;
  out.hash = reporter->ring[0].id;
  out.runs.push_back(spent * 1e9 / static_cast<double>(flow.timed.size()));
}

using Clock = std::chrono::steady_clock;

void percentiles(const std::string& name, std::vector<std::int64_t>& took) {
  std::ranges::sort(took);
  const auto at = [&](double q) {
    return static_cast<long long>(
        took[static_cast<std::size_t>(q * static_cast<double>(took.size() - 1))]);
  };
  std::printf("%-40s %7lld %8lld %8lld %10lld\n", name.c_str(), at(0.5), at(0.99),
              at(0.999), at(1.0));
}

void percentiles(const Flow& flow, Resting resting) {
  auto reporter = std::make_unique<Reporter>();
  Bench engine(*reporter, 1);
  fill(engine, flow, resting);
  std::vector<std::int64_t> took;
  took.reserve(flow.timed.size());
  for (const Command& c : flow.timed) {
    const auto start = Clock::now();
    apply(engine, c);
    took.push_back((Clock::now() - start).count());
  }
  percentiles(flow.name + (resting == Resting::plain ? "" : ", special"), took);
}

void clock_alone() {
  std::vector<std::int64_t> took(100'000);
  for (std::int64_t& t : took) {
    const auto start = Clock::now();
    t = (Clock::now() - start).count();
  }
  percentiles("the clock alone", took);
}

// One flow in all its variants.
struct Measured {
  Outcome plain, ahead, special, large, floor;

  void round(const Flow& flow) {
    run<false>(flow, Resting::plain, plain);
    run<true>(flow, Resting::plain, ahead);
    run<false>(flow, Resting::special, special);
    run<false>(flow, Resting::large_pegs, large);
    run_floor(flow, floor);
  }
  [[nodiscard]] double ratio(const Outcome& other) const {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < plain.runs.size(); ++i)
      ratios.push_back(other.runs[i] / plain.runs[i]);
    std::ranges::sort(ratios);
    return ratios[ratios.size() / 2];
  }
  void print(const std::string& name) {
    const double with_special = ratio(special), with_large = ratio(large);
    const auto row = [&](const char* what, Outcome& o, double times, double goal) {
      std::printf("%-40s %7.1f %8.1f", (name + what).c_str(), o.least(), o.median());
      if (times > 0) {
        std::printf(" %8.2f %10.1f\n", times, goal);
      } else if (goal > 0) {
        std::printf(" %8s %10.0f\n", "", goal);
      } else {
        std::printf("\n");
      }
    };
    row("", plain, 0, 45);
    row(", look-ahead", ahead, 0, 45);
    row(", special", special, with_special, 1.5);
    row(", large pegs", large, with_large, 1.5);
    row(", floor", floor, 0, 0);
  }
};

}  // namespace

int main(int count, char** words) {
  const int rounds = count > 1 ? std::atoi(words[1]) : 7;
  const std::size_t commands =
      count > 2 ? std::strtoul(words[2], nullptr, 10) : 2'000'000;
  if (rounds < 1 || commands < 1'000) {
    std::fprintf(stderr, "usage: bench_matching [ROUNDS >= 1] [COMMANDS >= 1000]\n");
    return 2;
  }
  std::vector<Flow> flows;
  std::uint64_t seed = 1;
  for (const char* name : {"static", "normal", "crash"})
    flows.push_back(Maker(name, seed++).make(commands));

  std::vector<Measured> measured(flows.size());
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < flows.size(); ++i) measured[i].round(flows[i]);
  std::printf("%-40s %7s %8s %8s %10s\n", "matching engine, ns/command", "least",
              "median", "x plain", "goal");
  for (std::size_t i = 0; i < flows.size(); ++i) {
    measured[i].print(flows[i].name);
    if (measured[i].plain.hash != measured[i].ahead.hash) {
      std::fprintf(stderr, "look-ahead changed the outcome\n");
      return 1;
    }
  }
  std::printf("\n%-40s %7s %8s %8s %10s\n", "one command with a clock around it, ns",
              "p50", "p99", "p99.9", "max");
  for (const Flow& flow : flows)
    for (const Resting resting : {Resting::plain, Resting::special})
      percentiles(flow, resting);
  clock_alone();
}
