// A library whose records have another layout.
#include "ai_trading/sim/strategy.hpp"

namespace abi = ai_trading::sim::abi;

extern "C" __attribute__((visibility("default"))) const abi::Plugin*
ai_trading_strategy() {
  static abi::Plugin plugin =
      *ai_trading::sim::plugin_of<ai_trading::sim::Strategy>("Odd");
  plugin.layout ^= 1;
  return &plugin;
}
