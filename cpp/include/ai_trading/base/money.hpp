// Exact amounts of money.
//
// Units       one `atto` is 1e-18 of a currency unit, held in 128 bits: any product of
//             ticks, lots and a multiplier is exact, and the range is 1.7e20 units.
// Repeatable  whole numbers only; rounding happens in the named functions, half to even.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace ai_trading {

__extension__ using Int128 = __int128;

struct Money {
  Int128 atto{};

  friend constexpr auto operator<=>(Money, Money) = default;
  friend constexpr Money operator+(Money a, Money b) { return {a.atto + b.atto}; }
  friend constexpr Money operator-(Money a, Money b) { return {a.atto - b.atto}; }
  friend constexpr Money operator-(Money a) { return {-a.atto}; }
  constexpr Money& operator+=(Money b) { return *this = *this + b; }
  constexpr Money& operator-=(Money b) { return *this = *this - b; }
};

inline constexpr std::int64_t kNano = 1'000'000'000;
inline constexpr Int128 kAttoPerNano = kNano;
inline constexpr Int128 kAttoPerMicro = Int128{1000} * kNano;

// `value` divided by `step`, to the nearest whole, halves to even.
[[nodiscard]] constexpr Int128 divide_half_even(Int128 value, Int128 step) {
  if (value == 0) return 0;  // the usual profit of a fill; a wide division is slow
  const Int128 whole = value / step;
  const Int128 rest = value - whole * step;
  const Int128 twice = (rest < 0 ? -rest : rest) * 2;
  const bool away = twice > step || (twice == step && whole % 2 != 0);
  if (!away) return whole;
  return value < 0 ? whole - 1 : whole + 1;
}

// `amount` times `part` / `whole`, to the nearest 1e-18, halves to even, without leaving
// 128 bits on the way.  `whole` is positive.
[[nodiscard]] constexpr Money scale(Money amount, std::int64_t part,
                                    std::int64_t whole) {
  if (part == whole) return amount;
  // Where the product fits, one wide division does.
  constexpr Int128 kShort = Int128{1} << 86;
  constexpr std::int64_t kFew = std::int64_t{1} << 40;
  if (amount.atto > -kShort && amount.atto < kShort && part > -kFew && part < kFew)
    return {divide_half_even(amount.atto * part, whole)};
  const Int128 quotient = amount.atto / whole;
  const Int128 rest = amount.atto - quotient * whole;
  // An even number is set apart, so that the rounding sees whether the sum is odd.
  const Int128 odd = (quotient * part) & 1;
  return {quotient * part - odd + divide_half_even(rest * part + odd * whole, whole)};
}

// The amount in 1e-9 and in 1e-6 units, rounded half to even.  Callers keep within
// the 64-bit range: 9.2e9 and 9.2e12 currency units.
[[nodiscard]] constexpr std::int64_t to_nano(Money m) {
  return static_cast<std::int64_t>(divide_half_even(m.atto, kAttoPerNano));
}
[[nodiscard]] constexpr std::int64_t to_micro(Money m) {
  return static_cast<std::int64_t>(divide_half_even(m.atto, kAttoPerMicro));
}
[[nodiscard]] constexpr Money from_nano(std::int64_t nano) {
  return {Int128{nano} * kAttoPerNano};
}
[[nodiscard]] constexpr Money from_micro(std::int64_t micro) {
  return {Int128{micro} * kAttoPerMicro};
}

// Plain decimal text without a trailing zero: "-12.5", "0", "1000000".
[[nodiscard]] std::string to_string(Money m);

}  // namespace ai_trading
