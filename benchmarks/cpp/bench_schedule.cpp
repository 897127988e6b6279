// What it costs to cut a parent order.
//
// Question   how long does a schedule of 10,000 slices take?
// Workload   10 million lots over six and a half hours, a curve of 78 bins; each kind of
//            schedule many times, the vector made anew each time.
// Read       microseconds per schedule: least and median of the repetitions, processor
//            time.  The aim is 50.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "ai_trading/schedule/slices.hpp"
#include "measure.hpp"

using namespace ai_trading;

namespace {

template <class Work>
void time(const char* name, Work&& work) {
  constexpr int kRuns = 400;
  std::vector<double> took;
  std::int64_t sum = 0;
  for (int i = 0; i < kRuns; ++i) {
    const double began = bench::cpu_seconds();
    const auto slices = work();
    took.push_back(1e6 * (bench::cpu_seconds() - began));
    sum += slices.back().quantity.n;
  }
  std::ranges::sort(took);
  std::printf("%-22s least %6.1f us   median %6.1f us   (%lld)\n", name, took.front(),
              took[took.size() / 2], static_cast<long long>(sum % 1000));
}

}  // namespace

int main() {
  schedule::Plan plan;
  plan.quantity = Lots{10'000'000};
  plan.end = Nanos{23'400'000'000'000};
  plan.slices = 10'000;
  std::vector<double> weights(78);
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] = 1.0 + static_cast<double>(i % 13);
  const schedule::Curve curve(plan.start, plan.end, weights);
  time("twap", [&] { return schedule::twap(plan); });
  time("twap, drawn", [&] { return schedule::twap(plan, 0.5, 7); });
  time("vwap", [&] { return schedule::vwap(plan, curve); });
  time("shortfall", [&] { return schedule::shortfall(plan, 3.0); });
  time("closing", [&] { return schedule::closing(plan, 3.0); });
}
