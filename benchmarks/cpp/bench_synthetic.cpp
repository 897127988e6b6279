// What an order of a made-up market costs, model and matching together.
//
// Question   how long does each model take to make an order up and have it matched?
// Workload   one symbol, the model's defaults, a day of about 400,000 events; the public
//            feed is written as it is when a day is made.
// Read       processor ns per request that the crowd sends (orders, replacements; a
//            cancellation comes on top of the order it ends, unless its time runs out by
//            itself) and per event published, the least of the rounds.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "ai_trading/venue/order_flow.hpp"
#include "measure.hpp"

using namespace ai_trading;

namespace {

constexpr int kRounds = 5;

void measure(const char* name, const venue::FlowModelTerms& model) {
  venue::FlowSettings s;
  s.symbols = {{Ticks{1'500'000}}};
  s.seed = 1;
  s.open = Nanos{0};
  s.close = Nanos{23'400'000'000'000};
  s.events = 400'000;
  s.model = model;
  std::vector<feed::Event> part(4096);
  double orders = 1e300;
  double events = 1e300;
  for (int round = 0; round < kRounds; ++round) {
    venue::OrderFlow flow(s);
    std::size_t count = 0;
    const double before = bench::cpu_seconds();
    while (const std::size_t n = flow.fill(part)) count += n;
    const double taken = (bench::cpu_seconds() - before) * 1e9;
    orders = std::min(orders, taken / static_cast<double>(flow.orders_sent()));
    events = std::min(events, taken / static_cast<double>(count));
  }
  std::printf("%-24s %10.0f %10.0f\n", name, orders, events);
}

}  // namespace

int main() {
  std::printf("%-24s %10s %10s\n", "made-up market", "ns/order", "ns/event");
  measure("Hawkes", venue::HawkesTerms{});
  measure("zero intelligence", venue::ZeroIntelligenceTerms{});
  measure("queue-reactive", venue::QueueReactiveTerms{});
  measure("agents", venue::AgentTerms{});
}
