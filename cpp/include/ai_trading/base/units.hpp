// The quantities of trading as types that cannot be mixed.
//
// Units       Ticks: whole multiples of an instrument's finest trading increment.
//             Lots: whole multiples of its smallest quantity.  Nanos: UTC nanoseconds
//             since 1970, or a span of them.  TickLots: price times size.
// Repeatable  whole numbers only; there is no floating point in this file.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>

namespace ai_trading {

template <class Tag>
struct Count {
  std::int64_t n{};

  friend constexpr auto operator<=>(Count, Count) = default;
  friend constexpr Count operator+(Count a, Count b) { return {a.n + b.n}; }
  friend constexpr Count operator-(Count a, Count b) { return {a.n - b.n}; }
  friend constexpr Count operator-(Count a) { return {-a.n}; }
  constexpr Count& operator+=(Count b) { return *this = *this + b; }
  constexpr Count& operator-=(Count b) { return *this = *this - b; }
};

using Ticks = Count<struct TicksTag>;
using Lots = Count<struct LotsTag>;
using Nanos = Count<struct NanosTag>;
using TickLots = Count<struct TickLotsTag>;

inline constexpr Nanos kNever{std::numeric_limits<std::int64_t>::max()};

// Price times size, or nothing if the product leaves 64 bits.
// 2^63 tick-lots is a 9.2e18 range: a 1e9-tick price still takes 9.2e9 lots.
[[nodiscard]] constexpr std::optional<TickLots> notional(Ticks price, Lots size) {
  TickLots product;
  if (__builtin_mul_overflow(price.n, size.n, &product.n)) return std::nullopt;
  return product;
}

// Sum, or nothing if it leaves 64 bits.
template <class Tag>
[[nodiscard]] constexpr std::optional<Count<Tag>> checked_add(Count<Tag> a,
                                                              Count<Tag> b) {
  Count<Tag> sum;
  if (__builtin_add_overflow(a.n, b.n, &sum.n)) return std::nullopt;
  return sum;
}

// What a book and an order may hold.
inline constexpr std::int64_t kMaxPrice = std::int64_t{1} << 62;
inline constexpr std::int64_t kMaxQuantity = std::int64_t{1} << 62;

enum class Side : std::uint8_t { buy = 0, sell = 1, none = 2 };

[[nodiscard]] constexpr Side opposite(Side side) {
  if (side == Side::none) return Side::none;
  return side == Side::buy ? Side::sell : Side::buy;
}

// +1 for a buy, -1 for a sell, 0 for neither.
[[nodiscard]] constexpr std::int64_t sign(Side side) {
  if (side == Side::none) return 0;
  return side == Side::buy ? 1 : -1;
}

// True where price `a` is better than `b` for someone resting on `side`.
[[nodiscard]] constexpr bool better(Side side, Ticks a, Ticks b) {
  return side == Side::buy ? a > b : a < b;
}

using OrderId = std::uint64_t;
using InstrumentIndex = std::uint32_t;

}  // namespace ai_trading
