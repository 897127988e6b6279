// What the core must know of an instrument: what a tick and a lot are worth.
//
// Units       `tick_nano` is the finest trading increment, `lot_nano` the smallest
//             quantity times the contract multiplier and `unit_nano` that quantity
//             alone, all in 1e-9; a tick-lot is worth tick_nano times lot_nano, exactly,
//             in 1e-18 currency units.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "ai_trading/base/money.hpp"
#include "ai_trading/base/units.hpp"

namespace ai_trading {

struct Instrument {
  std::int64_t tick_nano = 100'000;  // 0.0001
  std::int64_t lot_nano = kNano;     // 1
  std::int64_t unit_nano = kNano;    // 1
  std::int64_t price_step = 1;       // orders are priced in multiples of this, in ticks
  std::uint16_t currency{};          // 0 is the account's own

  // Price times size in money.  Exact: |price * size| stays below 2^63 at the border.
  [[nodiscard]] Money value(Ticks price, Lots size) const {
    return {Int128{price.n} * size.n * tick_nano * lot_nano};
  }

  // Throws std::invalid_argument where a field is not positive.
  void check(const std::string& symbol) const {
    if (tick_nano < 1 || lot_nano < 1 || unit_nano < 1 || price_step < 1) {
      throw std::invalid_argument(
          symbol +
          ": tick size, lot size and price increment must be positive; "
          "received tick_nano " +
          std::to_string(tick_nano) + ", lot_nano " + std::to_string(lot_nano) +
          ", price_step " + std::to_string(price_step));
    }
  }
};

}  // namespace ai_trading
