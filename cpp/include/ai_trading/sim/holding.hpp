// What it costs to hold positions, charged to the ledger while a run goes on.
//
//   borrow   a short position pays an annual rate of its value, at every whole multiple of
//            `every` since 1970, for the time since the last one: nights and weekends
//            count.  A position opened since then pays for all of it, one closed since
//            then for none.
//   funding  at the times given a long position pays the rate times its value and a short
//            one receives it; the other way round where the rate is negative.
//
// Values are those at the last known price; without one nothing is charged.
//
// Units       rates in 1e-9; times in UTC nanoseconds.
// Exact       as ledger.hpp: one rounding, half to even, for each charge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "ai_trading/base/money.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/desk/ledger.hpp"

namespace ai_trading::sim {

struct Funding {
  Nanos at;
  std::int64_t rate{};
};

// Of one instrument.
struct HoldingTerms {
  std::int64_t borrow{};         // a year
  std::vector<Funding> funding;  // rising in time
};

struct HoldingSettings {
  std::vector<HoldingTerms> instruments;  // one row each; none: nothing is charged
  Nanos every{86'400'000'000'000};        // whole seconds, up to a day
  std::int64_t days_of_year = 360;
};

enum class ChargeKind : std::uint32_t { borrow = 0, funding = 1 };

// One charge; `amount` in 1e-9 of the instrument's currency, positive where it is paid.
struct HoldingCharge {
  std::int64_t timestamp;
  std::int64_t quantity;  // held then, signed, in lots
  std::int64_t price;     // ticks
  std::int64_t amount;
  std::uint32_t instrument;
  std::uint32_t kind;
};
static_assert(sizeof(HoldingCharge) == 40 &&
              std::is_trivially_copyable_v<HoldingCharge>);

class HoldingCosts {
 public:
  // Throws std::invalid_argument where a setting makes no sense.
  HoldingCosts(HoldingSettings settings, std::size_t instruments);

  // Charges fall due after `now`.
  void begin(Nanos now);
  void end() { next_ = kNever; }
  [[nodiscard]] Nanos next() const { return next_; }
  [[nodiscard]] bool holds(InstrumentIndex i) const {
    return i < settings_.instruments.size();
  }

  // Books what falls due at next(); marks must be up to date.
  void charge(desk::Ledger& ledger);

  [[nodiscard]] std::span<const HoldingCharge> charges() const { return charges_; }

 private:
  struct Due {
    Nanos at;
    InstrumentIndex instrument{};
    std::int64_t rate{};
  };
  void find_next();
  void note(const desk::Ledger& ledger, InstrumentIndex i, ChargeKind kind,
            Money amount);

  HoldingSettings settings_;
  bool borrows_{};
  std::vector<Due> funding_;  // by time, then instrument
  std::size_t funded_{};
  Nanos borrow_at_ = kNever;
  Nanos next_ = kNever;
  std::vector<HoldingCharge> charges_;
};

}  // namespace ai_trading::sim
