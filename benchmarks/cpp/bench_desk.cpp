// What an order costs at the desk.
//
// Question   how long does the desk take per order event, gate, ledger and records
//            included, and how much of it is the table of states?
// Workload   one instrument; orders that are accepted and filled in two parts; orders
//            that are replaced and canceled; children of a parent; orders through gate,
//            desk and a made-up market in which they rest, and out of it again.
// Read       processor ns per event (submit, report, cancel and modify count one each),
//            the least of the rounds.  Expected: below 100, most of it memory for the
//            records; the table alone about 1.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "ai_trading/desk/desk.hpp"
#include "ai_trading/sim/synthetic.hpp"
#include "measure.hpp"

using namespace ai_trading;

namespace {

constexpr std::uint64_t kOrders = 20'000;
constexpr int kRounds = 7;

desk::NewOrder order(Side side, std::int64_t price) {
  desk::NewOrder made;
  made.side = side;
  made.type = OrderType::limit;
  made.price = Ticks{price};
  made.quantity = Lots{100};
  return made;
}

Report report(OrderId id, Report::Kind kind, std::int64_t quantity = 0) {
  Report made;
  made.order_id = id;
  made.kind = kind;
  made.price = Ticks{10'000};
  made.quantity = Lots{quantity};
  return made;
}

desk::Desk fresh() {
  desk::Desk made({Instrument{}}, from_micro(1'000'000'000'000), {risk::Limits{}});
  made.mark(0, Ticks{10'000});
  return made;
}

// Runs `work` on a fresh desk in every round; returns the least ns per event.
template <class Work>
double least(std::uint64_t events, Work&& work) {
  double best = 1e300;
  for (int round = 0; round < kRounds; ++round) {
    desk::Desk d = fresh();
    const double before = bench::cpu_seconds();
    work(d);
    best = std::min(best, bench::cpu_seconds() - before);
  }
  return best / static_cast<double>(events) * 1e9;
}

double table() {
  std::uint64_t sum = 0;
  double best = 1e300;
  constexpr std::uint64_t kSteps = 4'000'000;
  for (int round = 0; round < kRounds; ++round) {
    desk::OrderState state;
    const double before = bench::cpu_seconds();
    for (std::uint64_t i = 0; i < kSteps; ++i) {
      const auto event = static_cast<desk::OrderEvent>((i * 7 + sum) % 21);
      state = desk::advance(state, event, (i & 1) != 0).to;
      sum += static_cast<std::uint64_t>(state.base);
      if (is_terminal(state.base)) state = {};
    }
    best = std::min(best, bench::cpu_seconds() - before);
  }
  if (sum == 0) std::puts("");
  return best / kSteps * 1e9;
}

double market() {
  double best = 1e300;
  for (int round = 0; round < kRounds; ++round) {
    sim::SyntheticDesk d(from_micro(1'000'000'000'000), {});
    venue::FlowSettings flow;
    venue::FlowSymbol symbol;
    symbol.price = Ticks{1'000'000};
    flow.symbols = {symbol};
    flow.open = Nanos{0};
    flow.close = Nanos{23'400 * kNano};
    flow.events = 200'000;
    Instrument terms;
    terms.price_step = 100;
    d.open(terms, {}, flow);
    const Nanos now{60 * kNano};
    d.advance(now);
    const double before = bench::cpu_seconds();
    for (std::uint64_t i = 0; i < kOrders; ++i) {
      const auto made = d.submit(order(Side::buy, 990'000), now);
      (void)d.cancel(made.order_id, now);
    }
    best = std::min(best, bench::cpu_seconds() - before);
  }
  return best / (2.0 * kOrders) * 1e9;
}

}  // namespace

int main() {
  std::printf("%-44s %8s\n", "desk", "ns/event");
  std::printf("%-44s %8.1f\n", "table of states alone", table());
  std::printf("%-44s %8.1f\n", "submit, accepted, filled twice",
              least(4 * kOrders, [](desk::Desk& d) {
                for (std::uint64_t i = 0; i < kOrders; ++i) {
                  const auto made =
                      d.submit(order(i % 2 ? Side::buy : Side::sell, 10'000), Nanos{});
                  d.on_report(report(made.id, Report::Kind::accepted));
                  d.on_report(report(made.id, Report::Kind::filled, 40));
                  d.on_report(report(made.id, Report::Kind::filled, 60));
                }
              }));
  std::printf("%-44s %8.1f\n", "submit, accepted, modify, modified, cancel, canceled",
              least(6 * kOrders, [](desk::Desk& d) {
                for (std::uint64_t i = 0; i < kOrders; ++i) {
                  const auto made = d.submit(order(Side::buy, 10'000), Nanos{});
                  d.on_report(report(made.id, Report::Kind::accepted));
                  (void)d.modify(made.id, Ticks{10'001}, Lots{100}, Nanos{});
                  d.on_report(report(made.id, Report::Kind::modified, 100));
                  (void)d.cancel(made.id, Nanos{});
                  d.on_report(report(made.id, Report::Kind::canceled));
                }
              }));
  std::printf("%-44s %8.1f\n", "child of a parent: submit, accepted, filled",
              least(3 * kOrders, [](desk::Desk& d) {
                desk::NewParent wanted;
                wanted.side = Side::buy;
                wanted.quantity = Lots{100 * static_cast<std::int64_t>(kOrders)};
                const auto parent = d.open_parent(wanted, Nanos{}).id;
                desk::NewOrder child = order(Side::buy, 10'000);
                child.parent = parent;
                for (std::uint64_t i = 0; i < kOrders; ++i) {
                  const auto made = d.submit(child, Nanos{});
                  d.on_report(report(made.id, Report::Kind::accepted));
                  d.on_report(report(made.id, Report::Kind::filled, 100));
                }
              }));
  std::printf("%-44s %8.1f\n", "through gate, desk and made-up market", market());
}
