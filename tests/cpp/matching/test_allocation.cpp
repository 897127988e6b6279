// Once warm, the engine asks the system for no memory: every allocation of this program
// is counted (glibc; elsewhere, and under sanitizers, the test is skipped).
#include <gtest/gtest.h>

#include <cstdlib>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/matching/engine.hpp"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define COUNTS_ALLOCATIONS 1

namespace {
std::size_t allocations = 0;
}

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t n) {
  ++allocations;
  return __libc_malloc(n);
}
void* calloc(std::size_t n, std::size_t size) {
  ++allocations;
  return __libc_calloc(n, size);
}
void* realloc(void* old, std::size_t n) {
  ++allocations;
  return __libc_realloc(old, n);
}
void* aligned_alloc(std::size_t alignment, std::size_t n) {
  ++allocations;
  return __libc_memalign(alignment, n);
}
}
#endif

namespace ai_trading::matching {
namespace {

// Orders of every continuous type; ids come again once they are free.
[[maybe_unused]] void play(Engine<>& engine, Rng& rng, int commands) {
  for (int i = 0; i < commands; ++i) {
    const OrderId id = 1 + rng.below(2'000);
    const auto draw = [&](std::uint64_t n) {
      return static_cast<std::int64_t>(rng.below(n));
    };
    const Side side = draw(2) == 0 ? Side::buy : Side::sell;
    const Ticks price{1'000 - sign(side) * (draw(60) - 4)};
    if (draw(3) == 0) {
      (void)engine.cancel(id);
      continue;
    }
    if (draw(5) == 0) {
      (void)engine.amend(id, price, Lots{1 + draw(50)});
      continue;
    }
    NewOrder order{
        id, 0, 1, side, OrderType::limit, TimeInForce::day, price, Lots{1 + draw(50)}};
    Terms terms;
    switch (draw(8)) {
      case 0:
        order.type = OrderType::iceberg;
        terms.display = Lots{1};
        break;
      case 1:
        order.type = OrderType::stop;
        terms.stop = Ticks{1'000 + sign(side) * draw(40)};
        break;
      case 2:
        order.type = OrderType::pegged;
        terms.peg = PegTo::midpoint;
        terms.offset = Ticks{-draw(4)};
        break;
      case 3:
        order.type = OrderType::hidden;
        terms.minimum = Lots{draw(2)};
        break;
      default:
        break;
    }
    (void)engine.submit(order, terms);
  }
}

TEST(EngineMemory, NothingIsAllocatedOnceWarm) {
#ifdef COUNTS_ALLOCATIONS
  Silent nobody;
  Engine<> engine(nobody, 1);
  Rng rng(3);
  play(engine, rng, 400'000);

  const std::size_t before = allocations;
  play(engine, rng, 200'000);

  EXPECT_EQ(allocations - before, 0U);
#else
  GTEST_SKIP() << "allocations cannot be counted in this build";
#endif
}

}  // namespace
}  // namespace ai_trading::matching
