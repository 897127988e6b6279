// Buys at the market, and once it holds something a stop at the venue limits what it can lose.
#include <ai_trading/sim/strategy.hpp>
#include <stdexcept>
#include <vector>

class Guarded final : public ai_trading::sim::Strategy {
 public:
  explicit Guarded(const Parameters& given)
      : size_{given.whole("size", 100)}, risk_{given.whole("risk", 3)} {
    if (size_.n < 1 || risk_.n < 1)
      throw std::invalid_argument("size and risk must be 1 or more");
  }

  void on_start() override { busy_.resize(instruments()); }

  void on_quote(const ai_trading::feed::Quote& quote) override {
    const bool both_sides = quote.bid_quantity > 0 && quote.ask_quantity > 0;
    if (busy_[quote.instrument] || !both_sides) return;
    busy_[quote.instrument] = true;
    (void)buy(quote.instrument, size_);
  }

  // Each part of the entry gets its own stop, so many ticks below what it cost.
  void on_fill(const ai_trading::desk::FillRecord& fill) override {
    if (fill.side == static_cast<std::uint8_t>(ai_trading::Side::buy)) {
      (void)submit({.instrument = fill.instrument,
                    .side = ai_trading::Side::sell,
                    .quantity = {fill.quantity},
                    .stop = ai_trading::Ticks{fill.price - risk_.n}});
    } else if (fill.position == 0) {
      busy_[fill.instrument] = false;
    }
  }

 private:
  ai_trading::Lots size_;
  ai_trading::Ticks risk_;
  std::vector<bool> busy_;  // by instrument
};

AI_TRADING_STRATEGY(Guarded)
