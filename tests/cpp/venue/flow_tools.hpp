// What the tests of made-up order flow share.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "ai_trading/base/digest.hpp"
#include "ai_trading/venue/order_flow.hpp"

namespace ai_trading::venue {

constexpr Nanos kOpen{1'768'487'400'000'000'000};  // 2026-01-15 09:30 New York
constexpr Nanos kClose = kOpen + Nanos{23'400'000'000'000};

inline Nanos seconds(double n) { return Nanos{static_cast<std::int64_t>(n * 1e9)}; }

// One symbol at 150 dollars in cents, `length` seconds at the stated rates.
inline FlowSettings at_stated_rates(FlowModelTerms model, double length,
                                    std::uint64_t seed = 1) {
  FlowSettings s;
  s.symbols = {{Ticks{1'500'000}}};
  s.seed = seed;
  s.open = kOpen;
  s.close = kOpen + seconds(length);
  s.events.reset();
  s.model = std::move(model);
  return s;
}

inline std::vector<feed::Event> all_events(const FlowSettings& s,
                                           std::size_t chunk = 4096) {
  OrderFlow flow(s);
  std::vector<feed::Event> all;
  std::vector<feed::Event> part(chunk);
  while (const std::size_t n = flow.fill(part))
    all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(n));
  return all;
}

inline std::uint64_t digest(const std::vector<feed::Event>& events) {
  Digest sum;
  for (const feed::Event& e : events) {
    sum.mix(e.timestamp);
    sum.mix(std::uint64_t{e.instrument} << 32 | std::uint64_t{e.kind} << 24 |
            std::uint64_t{e.side} << 16 | e.flags);
    sum.mix(e.order_id);
    sum.mix(e.price);
    sum.mix(e.quantity);
    sum.mix(e.aux);
  }
  return sum.value();
}

// Looks at the flow every so many seconds between two times after the open.
inline void watch(OrderFlow& flow, double from, double to, double every,
                  const std::function<void(const matching::ShownBook&)>& look) {
  for (double t = from; t <= to; t += every) {
    flow.advance(kOpen + seconds(t));
    look(flow.books());
  }
}

inline double half_l1(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const double x = i < a.size() ? a[i] : 0.0;
    const double y = i < b.size() ? b[i] : 0.0;
    sum += x > y ? x - y : y - x;
  }
  return 0.5 * sum;
}

}  // namespace ai_trading::venue
