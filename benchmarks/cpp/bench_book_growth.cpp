// How the cost of a book event grows with what the books hold.
//
// Question   does an event cost more with more live orders, more instruments, or longer
//            queues?
// Workload   every event cancels a random live order or adds one at a random price of a
//            random instrument, 50 prices a side; the books are filled before the clock
//            starts, and events are applied with look-ahead as a file's are.  Nothing is
//            clustered: this is the worst a cache can meet, real streams are kinder.
// Read       processor ns per event, one row per point: what,x,ns.  Expected: flat but
//            for the step from "fits the caches" to "does not".
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/book/books.hpp"
#include "measure.hpp"

using namespace ai_trading;
using feed::Event;
using feed::EventKind;

namespace {

constexpr std::size_t kLevels = 50;  // a side

struct Shape {
  std::size_t live;         // orders
  std::size_t instruments;  // which share them evenly
};

class Flow {
 public:
  explicit Flow(Shape shape) : shape_(shape) {}

  Event add() {
    Event e{};
    e.kind = static_cast<std::uint8_t>(EventKind::add);
    e.instrument = static_cast<std::uint32_t>(rng_.below(shape_.instruments));
    e.side = static_cast<std::uint8_t>(rng_.below(2));
    const auto away = static_cast<std::int64_t>(rng_.below(kLevels)) + 1;
    e.price = 100'000 + (e.side == 0 ? -away : away);
    e.quantity = 1 + static_cast<std::int64_t>(rng_.below(500));
    e.order_id = ++last_id_;
    live_.push_back(e);
    return e;
  }

  Event remove() {
    const std::size_t at = rng_.below(live_.size());
    Event e = live_[at];
    live_[at] = live_.back();
    live_.pop_back();
    e.kind = static_cast<std::uint8_t>(EventKind::remove);
    e.side = 2;
    return e;
  }

 private:
  Shape shape_;
  Rng rng_{7};
  std::uint64_t last_id_{};
  std::vector<Event> live_;
};

double nanoseconds(Shape shape, std::size_t events) {
  Flow flow(shape);
  book::Books books(shape.instruments);
  std::vector<Event> ring;
  ring.reserve(events);
  for (std::size_t i = 0; i < shape.live; ++i) {
    ring.push_back(flow.add());
    if (ring.size() == 65'536) {
      (void)books.apply(ring);
      ring.clear();
    }
  }
  (void)books.apply(ring);
  ring.clear();
  for (std::size_t i = 0; i < events / 2; ++i) {
    ring.push_back(flow.remove());
    ring.push_back(flow.add());
  }
  const double begin = bench::cpu_seconds();
  const auto done = books.apply(ring);
  const double seconds = bench::cpu_seconds() - begin;
  if (done.refused != 0 || books.order_count() != shape.live) std::abort();
  return seconds * 1e9 / static_cast<double>(ring.size());
}

}  // namespace

int main(int count, char** arguments) {
  std::size_t events = 2'000'000;
  std::size_t limit = 4'000'000;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    (name == "--limit" ? limit : events) = std::strtoull(arguments[i + 1], nullptr, 10);
  }
  const auto row = [&](const char* what, std::size_t x, Shape shape) {
    std::printf("%s,%zu,%.1f\n", what, x, nanoseconds(shape, events));
    std::fflush(stdout);
  };
  constexpr std::size_t kPrices = 2 * kLevels;
  for (std::size_t x = 1'000; x <= limit; x *= 4) row("live orders", x, {x, 100});
  const std::size_t live = std::min<std::size_t>(819'200, limit);
  for (std::size_t x = 1; x <= 8'192; x *= 8) row("instruments", x, {live, x});
  const std::size_t few = std::min<std::size_t>(51'200, limit);
  for (std::size_t x = 2; x <= 512; x *= 4)
    row("orders per level", x, {few, std::max<std::size_t>(1, few / (kPrices * x))});
}
