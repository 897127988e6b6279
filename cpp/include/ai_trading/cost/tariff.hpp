// A schedule of fees as a table: commission by volume, exchange and regulatory fees,
// taxes, each a line with its own conditions and bounds.
//
// A line applies to fills of the sides and liquidities it names, between two instants.
// What it charges for a fill is a rate times a measure of the fill; the rate may depend
// on the volume traded so far.  A line bounded by order is counted over the whole order:
// every fill pays what the order owes by now, less what it has paid, so that a minimum is
// paid once and the parts of an order add up to the order.
//
// Units       rates in 1e-9 currency units per unit of quantity, order or fill, or in
//             parts per billion of value or of another line's amount; bounds in 1e-9
//             currency units.  Positive is paid, negative is a rebate.
// Rounding    a line is exact (1e-27) until it is rounded once, to a multiple of its step.
// Repeatable  whole numbers only; time is that of the fill; no table is walked by hash.
// Threads     one tariff, one thread.
// Cost        charge is linear in the lines, and in a line's tiers; it allocates when it
//             meets an order for the first time, where a line is counted by order.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <unordered_map>
#include <vector>

#include "ai_trading/base/instrument.hpp"
#include "ai_trading/base/order_terms.hpp"
#include "ai_trading/base/units.hpp"

namespace ai_trading::cost {

// A rate from a volume on: whole units of quantity or of currency.
struct Tier {
  std::int64_t from{};
  std::int64_t rate{};
};

struct FeeLine {
  enum class Of : std::uint8_t { quantity, value, order, fill, line };
  enum class Scope : std::uint8_t { fill, order };  // what bounds and rounding apply to
  enum class Window : std::uint8_t { run, day, month, days30 };  // of volume; UTC
  enum class Measure : std::uint8_t { quantity, value };         // of volume

  static constexpr std::int64_t kNoMinimum = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t kNoMaximum = std::numeric_limits<std::int64_t>::max();

  Of of = Of::value;
  Scope scope = Scope::fill;
  bool maker = true, taker = true;  // liquidities it applies to
  bool buy = true, sell = true;     // sides it applies to
  Nanos from{std::numeric_limits<std::int64_t>::min()};
  Nanos until = kNever;  // no longer at this instant

  std::vector<Tier> tiers;  // rising; the first from 0
  // Marginal: each part of the volume pays the rate of its own tier.  Otherwise a fill
  // pays the rate of the volume before it for all of it.
  bool marginal = false;
  Measure measure = Measure::quantity;
  Window window = Window::month;

  std::size_t line{};  // Of::line: an earlier one
  std::int64_t minimum = kNoMinimum;
  std::int64_t maximum = kNoMaximum;
  std::int64_t maximum_of_value{};  // parts per billion of the scope's value; 0: none
  std::int64_t step = 1;            // the amount is a multiple of this
  bool up = false;                  // rounded away from zero instead of half to even
};

// Volume before the first fill; it counts in every window but the day.
struct PriorVolume {
  std::int64_t units{};
  std::int64_t value{};
};

class Tariff {
 public:
  struct Fill {
    InstrumentIndex instrument{};
    OrderId order{};
    Nanos at;
    Side side{};
    Liquidity liquidity{};
    Ticks price;
    Lots size;
  };

  // Throws std::invalid_argument naming the line and what is wrong with it.
  explicit Tariff(std::vector<FeeLine> lines, PriorVolume prior = {});

  // The fee of one fill in 1e-9 currency units; fills come in the order of their time.
  std::int64_t charge(const Instrument& instrument, const Fill& fill);

  // What each line has charged so far.
  [[nodiscard]] std::span<const std::int64_t> totals() const { return totals_; }

 private:
  struct Volume {
    Int128 units{};  // 1e-9 units of quantity
    Int128 value{};  // 1e-18 currency units

    Volume& operator+=(const Volume& more) {
      units += more.units;
      value += more.value;
      return *this;
    }
    [[nodiscard]] Int128 of(FeeLine::Measure measure) const {
      return measure == FeeLine::Measure::quantity ? units : value;
    }
  };
  // What an order owes on one line before bounds, and has paid.
  struct Account {
    Int128 raw{};
    Int128 value{};
    std::int64_t paid{};
    bool begun{};
  };

  static void check(const FeeLine& line, std::size_t number);
  void roll(Nanos at);
  [[nodiscard]] const Volume& traded(FeeLine::Window window) const {
    return volumes_[static_cast<std::size_t>(window)];
  }
  [[nodiscard]] Int128 raw(const FeeLine& line, const Volume& fill, bool first) const;

  std::vector<FeeLine> lines_;
  std::vector<std::int64_t> totals_;
  std::vector<std::int64_t> amounts_;  // of the present fill
  std::vector<std::size_t> slots_;     // of a line among those counted by order
  std::vector<Account> accounts_;      // slots of an order side by side
  std::unordered_map<OrderId, std::size_t> orders_;  // first of its accounts
  std::size_t by_order_{};
  bool tiered_{};
  std::array<Volume, 4> volumes_{};  // by window
  std::array<Volume, 30> days_{};    // ring of the last complete days
  std::int64_t day_{};
  std::int64_t month_{};
  bool started_{};
};

}  // namespace ai_trading::cost
