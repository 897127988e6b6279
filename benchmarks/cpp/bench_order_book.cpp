// What it costs to keep a book current.
//
// Question   how does add-then-cancel scale with the number of resting orders, and what
//            does a matching engine add?
// Workload   orders uniform over 200 ticks, ids never reused, seed fixed; the book is
//            filled to `resting` orders before the clock starts.  Matching: 45 % limit
//            orders about the touch, 45 % cancels, 10 % marketable.
// Read       ns per add+cancel pair, one random draw included; ns per request.
//            Expected: nearly flat, since only the id table and one ladder of 200 levels
//            are touched.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/book/order_book.hpp"
#include "ai_trading/matching/engine.hpp"

using namespace ai_trading;

namespace {

constexpr std::int64_t kMiddle = 10'000;
constexpr std::int64_t kTicks = 100;  // to either side

[[nodiscard]] Reject add_random(Rng& rng, book::OrderBook& book, OrderId id) {
  const std::uint64_t draw = rng.next();
  const Side side = (draw & 1) != 0 ? Side::sell : Side::buy;
  const auto away = static_cast<std::int64_t>((draw >> 1) % kTicks) + 1;
  return book.add(id, side, Ticks{kMiddle + (side == Side::sell ? away : -away)},
                  Lots{100});
}

void AddCancel(benchmark::State& state) {
  Rng rng{1};
  book::OrderBook book;
  const auto resting = static_cast<OrderId>(state.range(0));
  for (OrderId id = 1; id <= resting; ++id) (void)add_random(rng, book, id);

  OrderId next = resting;
  for (auto _ : state) {
    ++next;
    benchmark::DoNotOptimize(add_random(rng, book, next));
    benchmark::DoNotOptimize(book.cancel(next));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(AddCancel)->ArgName("resting")->RangeMultiplier(16)->Range(16, 65536);

// How many orders rest; the engine would walk its levels to say so.
struct Count : matching::Silent {
  void rested(const matching::OrderView&) { ++resting; }
  void canceled(const matching::OrderView&, matching::Gone) { --resting; }
  void traded(const matching::Trade& trade) { resting -= trade.maker_left.n == 0; }

  std::size_t resting{};
};

void Match(benchmark::State& state) {
  Rng rng{1};
  Count count;
  matching::Engine engine(count, 1);
  const auto resting = static_cast<std::size_t>(state.range(0));
  std::vector<OrderId> sent;
  OrderId next = 0;
  const auto submit = [&](std::int64_t away) {
    matching::NewOrder order;
    order.id = ++next;
    order.side = (next & 1) != 0 ? Side::sell : Side::buy;
    order.price = Ticks{kMiddle + (order.side == Side::sell ? away : -away)};
    order.quantity = Lots{1 + static_cast<std::int64_t>(rng.below(100))};
    benchmark::DoNotOptimize(engine.submit(order));
    sent.push_back(order.id);
  };
  const auto away = [&] { return static_cast<std::int64_t>(rng.below(kTicks)) + 1; };
  while (count.resting < resting) submit(away());

  for (auto _ : state) {
    const std::uint64_t what = rng.below(100);
    if (what < 10) {
      submit(-3);
    } else if (what < 45 || count.resting < resting) {
      submit(away());
    } else {
      const std::size_t at = rng.below(sent.size());
      benchmark::DoNotOptimize(engine.cancel(sent[at]));
      sent[at] = sent.back();
      sent.pop_back();
    }
  }
  if (count.resting != engine.books().order_count())
    state.SkipWithError("orders were miscounted");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Match)->ArgName("resting")->RangeMultiplier(16)->Range(256, 65536);

}  // namespace

BENCHMARK_MAIN();
