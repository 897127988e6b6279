// A strategy as the headers of version 2 made them: with their version, the layout that
// they had on 64-bit machines, and nothing of what came later.
#include "ai_trading/sim/strategy.hpp"

namespace abi = ai_trading::sim::abi;

namespace {

class Second final : public ai_trading::sim::Strategy {
 public:
  void on_quote(const ai_trading::feed::Quote& quote) override {
    if (sent_ || quote.bid_quantity == 0) return;
    sent_ = submit({.instrument = quote.instrument,
                    .quantity = {2},
                    .limit = ai_trading::Ticks{quote.bid_price + 3},
                    .display = {1}}) != 0;
  }

 private:
  bool sent_{};
};

}  // namespace

extern "C" __attribute__((visibility("default"))) const abi::Plugin*
ai_trading_strategy() {
  static abi::Plugin plugin = *ai_trading::sim::plugin_of<Second>("Second");
  plugin.version = 2;
  plugin.layout = 0xc948'e016'a2de'e1f9;
  return &plugin;
}
