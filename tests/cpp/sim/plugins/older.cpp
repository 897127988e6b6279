// A strategy as the headers of version 1 made them: with their version, the layout that
// they had on 64-bit machines, and nothing of what came later.
#include "ai_trading/sim/strategy.hpp"

namespace abi = ai_trading::sim::abi;

namespace {

class Older final : public ai_trading::sim::Strategy {
 public:
  void on_quote(const ai_trading::feed::Quote& quote) override {
    if (sent_ || quote.bid_quantity == 0) return;
    sent_ = buy(quote.instrument, {2}, ai_trading::Ticks{quote.bid_price + 3}) != 0;
  }

 private:
  bool sent_{};
};

}  // namespace

extern "C" __attribute__((visibility("default"))) const abi::Plugin*
ai_trading_strategy() {
  static abi::Plugin plugin = *ai_trading::sim::plugin_of<Older>("Older");
  plugin.version = 1;
  plugin.layout = 0x9edd'1985'25af'dfc2;
  return &plugin;
}
