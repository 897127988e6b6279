// The matching engine alone: who listens hears what it names, and nothing else is made.
#include <cstdio>

#include "ai_trading/matching/engine.hpp"

using namespace ai_trading;
using namespace ai_trading::matching;

struct Printer : Silent {
  void traded(const Trade& t) {
    std::printf("%d @ %d, maker %d, taker %d\n", static_cast<int>(t.quantity.n),
                static_cast<int>(t.price.n), static_cast<int>(t.maker),
                static_cast<int>(t.taker));
  }
};

int main() {
  Printer printer;
  Engine<Printer> engine(printer, 1);  // instrument 0; ticks and lots
  engine.submit(
      {.id = 1, .side = Side::sell, .price = Ticks{100}, .quantity = Lots{5}});
  Terms terms;
  terms.display = Lots{2};
  engine.submit({.id = 2,
                 .side = Side::sell,
                 .type = OrderType::iceberg,
                 .price = Ticks{100},
                 .quantity = Lots{9}},
                terms);
  engine.submit(
      {.id = 3, .side = Side::buy, .type = OrderType::market, .quantity = Lots{8}});

  Engine<Printer> again(printer, 1);  // goes on where the first one stands
  if (again.restore(engine.snapshot()) != SnapshotError::none) return 1;
  return again.state_hash() == engine.state_hash() ? 0 : 1;
}
