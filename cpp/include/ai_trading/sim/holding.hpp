// What holding positions and cash costs and brings, booked while a run goes on: each
// booking is a dated row beside the totals of the ledger.
//
//   borrow   a short position pays an annual rate of its value, at every whole multiple of
//            `every` since 1970, for the time since the last one: nights and weekends
//            count.  A position opened since then pays for all of it, one closed since
//            then for none.
//   interest the cash of a currency earns an annual rate, or owes one where it is
//            negative, when borrow is charged and for the same time.
//   funding  at the times given a long position pays the rate times its value and a short
//            one receives it; the other way round where the rate is negative.
//   dividend at the times given, when a share begins to trade without it, a long position
//            receives the amount per lot and a short one owes it.
//
// Values are those at the last known price; without one there is no borrow and no
// funding.  At one instant: borrow, interest, funding, dividends, each by instrument or
// currency.
//
// Units       rates in 1e-9; times in UTC nanoseconds.
// Exact       as ledger.hpp: one rounding, half to even, for each row.  Of a currency the
//             rows that were received add up to its income, those that were paid and the
//             fees of the fills to its costs, to the last 1e-18.
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

struct Dividend {
  Nanos at;
  Money per_lot;
};

// Of one instrument.
struct HoldingTerms {
  std::int64_t borrow{};         // a year
  std::vector<Funding> funding;  // rising in time
  std::vector<Dividend> dividends{};
};

// On the cash of one currency, a year.
struct InterestTerms {
  std::int64_t credit{};  // on what is there
  std::int64_t debit{};   // on what is owed
};

struct HoldingSettings {
  std::vector<HoldingTerms> instruments;  // one row each; none: nothing is charged
  std::vector<InterestTerms> interest{};  // one row for each currency, or none
  Nanos every{86'400'000'000'000};        // whole seconds, up to a day
  std::int64_t days_of_year = 360;
};

enum class ChargeKind : std::uint16_t {
  borrow = 0,
  funding = 1,
  dividend = 2,
  interest = 3
};

inline constexpr std::uint32_t kNoInstrument = 0xFFFF'FFFF;

// One booking; positive where it was paid.  `amount` + `rest` is exact.
struct HoldingCharge {
  std::int64_t timestamp;
  std::int64_t quantity;     // held then, signed, in lots; 0 of interest
  std::int64_t price;        // ticks, 0 where there is none and of interest
  std::int64_t amount;       // in 1e-9 of the currency, half to even
  std::int64_t rest;         // in 1e-18, what is beyond it
  std::uint32_t instrument;  // kNoInstrument: interest
  std::uint16_t kind;
  std::uint16_t currency;
};
static_assert(sizeof(HoldingCharge) == 48 &&
              std::is_trivially_copyable_v<HoldingCharge>);

class HoldingCosts {
 public:
  // Throws std::invalid_argument where a setting makes no sense.
  HoldingCosts(HoldingSettings settings, std::size_t instruments,
               std::size_t currencies = 1);

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
  // Something that falls due once: a rate of funding, or a dividend.
  template <class Value>
  struct Due {
    Nanos at;
    InstrumentIndex instrument{};
    Value value{};
  };
  template <class Value>
  struct Dues {
    std::vector<Due<Value>> rows;  // by time, then instrument
    std::size_t done{};

    [[nodiscard]] bool left() const { return done < rows.size(); }
    [[nodiscard]] Nanos next() const { return left() ? rows[done].at : kNever; }
    void sort();
  };
  void find_next();
  void check(std::size_t instruments, std::size_t currencies) const;
  void charge_interest(desk::Ledger& ledger);
  void note(const desk::Ledger& ledger, InstrumentIndex i, ChargeKind kind,
            Money amount);
  void write(HoldingCharge row, Money paid);

  HoldingSettings settings_;
  bool accrues_{};
  Dues<std::int64_t> funding_;
  Dues<Money> dividends_;
  Nanos accrue_at_ = kNever;
  Nanos next_ = kNever;
  std::vector<HoldingCharge> charges_;
};

}  // namespace ai_trading::sim
