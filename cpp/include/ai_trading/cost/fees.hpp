// What a venue charges for a fill: two plain rates, and on top of them a table of lines
// (cost/tariff.hpp) where there is one.
//
// Units       per unit of quantity (a share) in 1e-9 currency units; of value in parts per billion (0.1 basis
//             point is 10,000).  Positive is paid, negative is a rebate.
#pragma once

#include <cstdint>
#include <vector>

#include "ai_trading/base/instrument.hpp"
#include "ai_trading/base/money.hpp"
#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/cost/tariff.hpp"

namespace ai_trading::cost {

struct FeeRate {
  std::int64_t per_unit = 0;
  std::int64_t of_value = 0;
};

struct Fees {
  FeeRate maker;
  FeeRate taker;
  std::vector<FeeLine> lines{};  // charged by a Tariff, besides the rates
  PriorVolume prior{};

  // The plain fee of one fill in 1e-9 currency units, rounded half to even.
  [[nodiscard]] std::int64_t charge(const Instrument& instrument, Liquidity liquidity,
                                    Ticks price, Lots size) const {
    const FeeRate& rate = liquidity == Liquidity::maker ? maker : taker;
    std::int64_t fee = 0;
    if (rate.per_unit != 0) {
      const Int128 units = Int128{size.n} * instrument.unit_nano;
      fee = static_cast<std::int64_t>(divide_half_even(units * rate.per_unit, kNano));
    }
    if (rate.of_value != 0) {
      const Money value = instrument.value(price.n < 0 ? -price : price, size);
      // Whole units apart, so that no product leaves 128 bits and one rounding is made.
      constexpr Int128 kUnit = Int128{kNano} * kNano;
      const Int128 whole = value.atto / kUnit;
      const Int128 rest = value.atto % kUnit;
      fee += static_cast<std::int64_t>(whole * rate.of_value +
                                       divide_half_even(rest * rate.of_value, kUnit));
    }
    return fee;
  }
};

}  // namespace ai_trading::cost
