// What is at risk: the value of every name with its open orders, and the sums over them.
//
// A name's exposure is the worst that its open orders can make of it: the greater of
// |position + open buys| and |position - open sales|, at the reference price.  `up` and
// `down` are the two signed values, the net exposure at either end.  Until a price is
// said, the last execution's stands in.  Sums are kept as names change and are at any
// time equal to what adding up all names would give, to the last 1e-18.
//
// Value at risk is that of a factor model: with B the loadings of the names on factors
// of unit variance and d what is their own, the variance of the book x is
// |B'x|^2 + sum (d x)^2.  Amounts are whole multiples of 2^54 attos (0.018 units) there,
// loadings of 2^-30, so that sums do not depend on their order.
//
// Units       money in the account's currency.  A name's value saturates at 1e12 units.
// Cost        a change of a name O(factors), whatever the number of names.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "ai_trading/base/money.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/risk/activity.hpp"

namespace ai_trading::risk {

inline constexpr std::size_t kFactors = 8;
inline constexpr int kRiskShift = 54;     // of an amount in the risk model, in bits
inline constexpr int kLoadingShift = 30;  // of a loading
inline constexpr int kMarginShift = 20;   // of a margin rate
inline constexpr std::size_t kAssetClasses = 16;
inline constexpr Money kMostValue{Int128{1'000'000'000'000} * kNano * kNano};
// Of a name in ticks times lots: three of them stay within 64 bits.
inline constexpr std::int64_t kMostTickLots = std::int64_t{1} << 60;
// An order's lots, and those a position may grow to.
inline constexpr std::int64_t kMostLots = std::int64_t{1} << 60;
inline constexpr std::int64_t kMostAtRisk = std::int64_t{1} << 44;

[[nodiscard]] constexpr Money absolute(Money m) { return m < Money{} ? -m : m; }

// A whole that shares are taken of.  A part beyond 1e13 units is always too much, and
// the whole counts for 0 to 1e12, so that nothing leaves 128 bits.
class Whole {
 public:
  explicit constexpr Whole(Money whole)
      : counted_(std::clamp(whole, Money{}, kMostValue).atto) {}
  // True where a part is more than so many millionths.
  [[nodiscard]] constexpr bool exceeded_by(Money part, std::int64_t ppm) const {
    if (part.atto > kMostValue.atto * 10) return true;
    // Mostly it is far from it, and the upper bits say so.
    const auto bound = static_cast<std::int64_t>(part.atto >> 40) + 1;
    if (Int128{bound} * 1'000'000 <= Int128{coarse_} * ppm) return false;
    return part.atto * 1'000'000 > counted_ * ppm;
  }

 private:
  Int128 counted_;
  std::int64_t coarse_ = static_cast<std::int64_t>(counted_ >> 40);
};

// What a name is worth, with orders open.
struct Values {
  Money held;          // the position alone
  Money up, down;      // with all buys, with all sales
  Money worst;         // the greater of the two magnitudes
  Int128 margin{};     // attos
  std::int64_t net{};  // all open orders executed, in the risk model's amounts
};

enum class Restriction : std::uint8_t { none = 0, closing_only = 1, forbidden = 2 };

struct Recent {
  std::uint64_t mark{};  // of an order's terms
  std::int64_t at{};
};

// Loadings of one name on the factors, in 2^-30 of its value.
struct Loadings {
  std::array<std::int32_t, kFactors> factor{};
  std::int32_t own{};
  bool known{};
};

// What a name amounts to in ticks times lots: held, with all buys, with all sales.
struct Sizes {
  std::int64_t held{}, up{}, down{};

  [[nodiscard]] std::int64_t worst() const {
    return std::max(std::abs(up), std::abs(down));
  }
  // All open orders executed.
  [[nodiscard]] std::int64_t net() const { return up + down - held; }
};

// One name, a line of the cache for each thing that happens.  An order that passes
// without a closer look (clear.hpp) reads the first three and adds to the two after them;
// the last one is for what changes the name.
struct alignas(64) Name {
  Int128 unit{};  // attos per tick and lot
  Ticks mark;
  Nanos mark_at;
  Lots position;
  Lots buys, sells;           // open
  std::int32_t margin_q20{};  // initial margin of its value, in 2^-20
  float deviation = std::numeric_limits<float>::infinity();  // of its value; see settle

  Ticks low_now, high_now, low_before, high_before;         // references of the window
  Ticks own_bid{std::numeric_limits<std::int64_t>::min()};  // best open order of ours
  Ticks own_ask{std::numeric_limits<std::int64_t>::max()};
  Ticks band_low, band_high;

  Ticks bid;  // the market's best
  Lots located;
  Lots daily_volume;  // 0: unknown
  std::int64_t price_step = 1;
  std::int64_t lot_step = 1;
  std::uint16_t sector{};
  std::uint16_t group{};
  std::uint8_t asset_class{};
  bool marked{};
  bool banded{};
  bool halted{};
  Restriction restriction{};
  bool price_test{};
  bool has_bid{};
  bool easy_to_borrow{};
  bool plain{};           // see settle
  std::uint8_t newest{};  // of the recent orders
  Nanos latest_recent;    // of their times, and of those before them

  std::array<Recent, 4> recent;  // the last orders that passed

  Counters counted;

  Loadings loadings;
  std::int64_t most_tick_lots{};
  std::int64_t window{};  // of the collar
  std::int64_t span{};

  void set_unit(Int128 attos) {
    unit = attos;
    most_tick_lots = static_cast<std::int64_t>(
        std::min<Int128>(kMostValue.atto / attos, kMostTickLots));
  }
  void remember(const Recent& order) {
    newest = static_cast<std::uint8_t>((newest + 1) % recent.size());
    recent[newest] = order;
    latest_recent = std::max(latest_recent, Nanos{order.at});
  }
};
static_assert(sizeof(Name) == 384);

[[nodiscard]] inline std::int64_t loaded(std::int32_t loading, std::int64_t amount) {
  return static_cast<std::int64_t>((Int128{loading} * amount) >> kLoadingShift);
}

// Sum and difference that stay within 64 bits.
[[nodiscard]] inline std::int64_t plus(std::int64_t a, std::int64_t b) {
  std::int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? -kMaxQuantity : kMaxQuantity;
}
[[nodiscard]] inline std::int64_t minus(std::int64_t a, std::int64_t b) {
  std::int64_t rest;
  if (!__builtin_sub_overflow(a, b, &rest)) return rest;
  return b < 0 ? kMaxQuantity : -kMaxQuantity;
}

// So many lots at a price in ticks times lots, within a bound.
[[nodiscard]] inline std::int64_t size_at(Ticks price, std::int64_t lots,
                                          std::int64_t most) {
  std::int64_t size;
  if (__builtin_mul_overflow(lots, price.n, &size))
    size = (lots < 0) == (price.n < 0) ? most : -most;
  return std::clamp(size, -most, most);
}
[[nodiscard]] inline std::int64_t size_of(const Name& name, std::int64_t lots) {
  return size_at(name.mark, lots, name.most_tick_lots);
}
// What a size in ticks times lots is worth.
[[nodiscard]] inline Money value_of(const Name& name, std::int64_t size) {
  const auto unit = static_cast<std::int64_t>(name.unit);
  if (name.unit == unit) [[likely]]  // one multiplication instead of three
    return {Int128{size} * unit};
  return {Int128{size} * name.unit};
}
[[nodiscard]] inline Money worth(const Name& name, std::int64_t lots) {
  return value_of(name, size_of(name, lots));
}
// In the risk model's amounts.
[[nodiscard]] inline std::int64_t at_risk(const Name& name, std::int64_t size) {
  const Int128 amount = value_of(name, size).atto >> kRiskShift;
  return std::clamp(static_cast<std::int64_t>(amount), -kMostAtRisk, kMostAtRisk);
}

[[nodiscard]] inline Sizes sizes(const Name& name) {
  return {size_of(name, name.position.n),
          size_of(name, plus(name.position.n, name.buys.n)),
          size_of(name, minus(name.position.n, name.sells.n))};
}

// What a name amounts to now.  It is plain where nothing had to be held within bounds:
// the mark is not negative, no size is beyond what may be, and the unit has 64 bits.
inline Sizes settle(Name& name) {
  constexpr std::int64_t kMany = std::int64_t{1} << 60;
  const auto few = [](std::int64_t n) { return n < kMany && n > -kMany; };
  const Sizes now = sizes(name);
  const std::int64_t most = name.most_tick_lots;
  name.plain = name.mark.n >= 0 && name.mark.n < kMany && few(name.position.n) &&
               few(name.buys.n) && few(name.sells.n) && now.worst() < most &&
               name.unit == static_cast<std::int64_t>(name.unit);
  return now;
}

[[nodiscard]] inline Int128 margin_of(const Name& name, Money worst) {
  return (worst.atto >> kMarginShift) * name.margin_q20;
}

[[nodiscard]] inline Values values(const Name& name) {
  const Sizes of = sizes(name);
  Values out;
  out.held = value_of(name, of.held);
  out.up = value_of(name, of.up);
  out.down = value_of(name, of.down);
  out.worst = value_of(name, of.worst());
  out.margin = margin_of(name, out.worst);
  out.net = at_risk(name, of.net());
  return out;
}

struct Exposures {
  Money gross, up, down;
  Int128 margin{};
  std::array<std::int64_t, kFactors> factor{};  // B'x
  Int128 own{};                                 // sum of (d x)^2
  std::array<Money, kAssetClasses> asset_classes{};
  std::vector<Money> sectors, groups;

  void resize(std::size_t sector, std::size_t group) {
    if (sectors.size() <= sector) sectors.resize(sector + 1);
    if (groups.size() <= group) groups.resize(group + 1);
  }
  // Takes a name's old values out and puts its new ones in.
  void move(const Name& name, const Loadings& loadings, const Values& before,
            const Values& after);
  // The same where a unit is still worth what it was: only the differences are valued.
  void resize_name(const Name& name, const Sizes& before, const Sizes& after);
  [[nodiscard]] Int128 variance() const;
  // As if a name's net amount were changed; to a unit of the model's in each factor.
  [[nodiscard]] Int128 variance_with(const Loadings& loadings, std::int64_t before,
                                     std::int64_t after) const;

  friend bool operator==(const Exposures&, const Exposures&) = default;

 private:
  void move_risk(const Loadings& loadings, std::int64_t before, std::int64_t after);
};

// What the book deviates by, taken when it is asked for: never below the exact one.
struct RiskView {
  double deviation{};
  bool fresh{};

  void take(const Exposures& exposures);
};

// What a name deviates by, as a share of its value: never below the exact one, and
// without bound where its loadings are not known.
[[nodiscard]] float deviation_of(const Loadings& loadings);

}  // namespace ai_trading::risk
