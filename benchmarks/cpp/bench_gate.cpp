// What the whole pre-trade gate costs.
//
// Question   how long does the gate take to judge an order with every check on?
// Workload   10,000 instruments in 11 sectors and 50 correlation groups, four strategies,
//            every limit set (some by strategy or instrument, so that rows differ),
//            positions, open orders, bands, bids, locates and a risk model of eight
//            factors; orders in random instruments, one in four reducing.  All pass: a
//            refused order would leave early.  Then the same orders with the gate told of
//            each as open and of its end, and prices at random.
//            A batch asks for the instrument of a later order while it judges one.
// Read       processor ns each, the least of the rounds, and the median.  The goal is 100
//            for judging.  The data is about 5 MB, so that an order finds its instrument
//            in the third-level cache.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/risk/look_ahead.hpp"
#include "measure.hpp"

using namespace ai_trading;
using risk::Limit;

namespace {

constexpr std::size_t kNames = 10'000;
constexpr std::size_t kStrategies = 4;
constexpr std::size_t kOrders = 20'000;
constexpr int kRounds = 60;
constexpr std::size_t kAhead = 4;  // orders of a batch
constexpr std::int64_t kMicro = 1'000'000;

risk::LimitBook limits() {
  risk::LimitBook book;
  risk::LimitSet& all = book.all;
  for (const risk::LimitInfo& info : risk::kLimitTable) {
    switch (info.unit) {
      case risk::Unit::flag:
        if (info.limit != Limit::cash_only) all.set(info.limit, 1);
        break;
      case risk::Unit::flip:
        all.set(info.limit, 0);
        break;
      case risk::Unit::share:
        all.set(info.limit, 500'000);
        break;
      case risk::Unit::time:
        all.set(info.limit, 3600 * kNano);
        break;
      case risk::Unit::count:
        all.set(info.limit, 1'000'000);
        break;
      case risk::Unit::milli:
        all.set(info.limit, 1'000'000'000);
        break;
      case risk::Unit::quantity:
        all.set(info.limit, 1'000'000 * kMicro);
        break;
      case risk::Unit::money:
        all.set(info.limit, 1'000'000'000'000 * kMicro);
        break;
    }
  }
  all.set(Limit::cash_only, 0);  // it is read, and no short sale is refused
  all.set(Limit::leverage, 100'000'000);
  all.set(Limit::duplicate_window, 1);
  book.strategies.resize(kStrategies);
  for (std::size_t s = 0; s < kStrategies; ++s)
    book.strategies[s].set(Limit::max_order_quantity,
                           (500'000 + 1000 * static_cast<std::int64_t>(s)) * kMicro);
  book.instruments.resize(kNames);
  for (std::size_t i = 0; i < kNames; i += 10)
    book.instruments[i].set(
        Limit::max_position,
        (900'000 + 1000 * static_cast<std::int64_t>(i % 70)) * kMicro);
  return book;
}

risk::Gate filled(Rng& rng) {
  risk::Gate gate(from_micro(1'000'000'000'000 * kMicro), kStrategies);
  for (std::size_t i = 0; i < kNames; ++i) {
    risk::NameTerms terms;
    terms.sector = static_cast<std::uint16_t>(1 + i % 11);
    terms.group = static_cast<std::uint16_t>(1 + i % 50);
    terms.asset_class = static_cast<std::uint8_t>(i % 4);
    terms.daily_volume = Lots{5'000'000};
    terms.located = Lots{1'000'000};
    Instrument instrument;
    instrument.price_step = 100;
    const auto index = gate.add(instrument, terms);
    gate.mark(index, Ticks{1'000'000}, Nanos{kNano});
    gate.set_bid(index, Ticks{999'900});
    gate.set_band(index, std::pair{Ticks{900'000}, Ticks{1'100'000}});
    gate.set_price_test(index, i % 8 == 0);
    risk::Loadings loadings;
    for (auto& loading : loadings.factor)
      loading = static_cast<std::int32_t>(rng.below(20'000'000)) - 10'000'000;
    loadings.own = 10'000'000;
    gate.set_loadings(index, loadings);
  }
  gate.apply(limits());
  for (InstrumentIndex i = 0; i < kNames; ++i) {
    const auto lots = static_cast<std::int64_t>(rng.below(20'000)) - 10'000;
    gate.executed(i, static_cast<risk::StrategyIndex>(i % kStrategies),
                  Ticks{1'000'000}, Lots{lots}, Money{}, Nanos{kNano});
    risk::Open open;
    open.instrument = i;
    open.side = i % 2 == 0 ? Side::buy : Side::sell;
    open.rests = true;
    open.price = Ticks{i % 2 == 0 ? 950'000 : 1'050'000};
    gate.working(open, [&] {
      risk::Open is = open;
      is.quantity = Lots{200};
      return is;
    }());
  }
  return gate;
}

std::vector<risk::Intent> orders(const risk::Gate& gate, Rng& rng) {
  std::vector<risk::Intent> out(kOrders);
  for (risk::Intent& order : out) {
    order.instrument = static_cast<InstrumentIndex>(rng.below(kNames));
    order.strategy = static_cast<risk::StrategyIndex>(rng.below(kStrategies));
    const bool long_now = gate.name(order.instrument).position.n >= 0;
    const bool reducing = rng.below(4) == 0;
    order.side = long_now != reducing ? Side::buy : Side::sell;
    order.has_limit = true;
    order.price = Ticks{1'000'100 + 100 * static_cast<std::int64_t>(rng.below(100))};
    order.quantity = Lots{1 + static_cast<std::int64_t>(rng.below(500))};
    order.created = Nanos{2 * kNano};
  }
  return out;
}

struct Times {
  std::vector<double> each;

  void add(double seconds, std::size_t count) {
    each.push_back(seconds / static_cast<double>(count) * 1e9);
  }
  void print(const char* what) {
    std::ranges::sort(each);
    std::printf("%-46s %8.1f %8.1f\n", what, each.front(), each[each.size() / 2]);
  }
};

}  // namespace

int main() {
  Rng rng(7);
  risk::Gate gate = filled(rng);
  const std::vector<risk::Intent> wanted = orders(gate, rng);
  std::uint64_t refused = 0;
  Nanos now{2 * kNano};
  Times judged, ahead, opened, marked;
  for (int round = 0; round < kRounds; ++round) {
    double before = bench::cpu_seconds();
    for (const risk::Intent& order : wanted) {
      now += Nanos{2000};
      const Reject reason = gate.judge(order, now).reason;
      if (reason != Reject::none && refused++ == 0)
        std::printf("refused: %s\n", std::string(name(reason)).c_str());
    }
    judged.add(bench::cpu_seconds() - before, kOrders);

    before = bench::cpu_seconds();
    for (std::size_t i = 0; i < kOrders; ++i) {
      now += Nanos{2000};
      if (i + kAhead < kOrders) risk::look_ahead(gate, wanted[i + kAhead].instrument);
      if (gate.judge(wanted[i], now).reason != Reject::none) ++refused;
    }
    ahead.add(bench::cpu_seconds() - before, kOrders);

    before = bench::cpu_seconds();
    for (const risk::Intent& order : wanted) {
      const risk::Open none{order.instrument, order.strategy, order.side, true,
                            order.price,      Lots{}};
      risk::Open open = none;
      open.quantity = order.quantity;
      gate.working(none, open);
      gate.working(open, none);
    }
    opened.add(bench::cpu_seconds() - before, 2 * kOrders);

    before = bench::cpu_seconds();
    for (const risk::Intent& order : wanted)
      gate.mark(order.instrument, order.price, now);
    marked.add(bench::cpu_seconds() - before, kOrders);
    for (const risk::Intent& order : wanted)
      gate.mark(order.instrument, Ticks{1'000'000}, now);
  }
  std::printf("%-46s %8s %8s   (refused %llu of %zu)\n", "gate", "least", "median",
              static_cast<unsigned long long>(refused), kOrders * kRounds);
  judged.print("judge an order, every check on");
  ahead.print("the same in a batch, looking ahead");
  opened.print("told of an open order, or of its end");
  marked.print("told of a price, position held");
}
