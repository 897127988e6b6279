// Loads what the gate reads of a name, as soon as somebody knows that an order comes.
//
// Of many thousand names one seldom is in the cache, and waiting for it takes as long as
// judging.  It changes nothing.
#pragma once

#include "ai_trading/risk/pre_trade.hpp"

namespace ai_trading::risk {

inline void load_for_order(const Name& name) {
  __builtin_prefetch(&name.unit);
  __builtin_prefetch(&name.low_now);
  __builtin_prefetch(&name.bid, 1);
  __builtin_prefetch(&name.recent, 1);
  __builtin_prefetch(&name.counted, 1);
}

inline void look_ahead(const Gate& gate, InstrumentIndex instrument) {
  if (instrument < gate.instruments()) load_for_order(gate.name(instrument));
}

}  // namespace ai_trading::risk
