// What lets an order pass without a closer look.
//
// Nearly every order is far from every limit, and a few sums in 64 bits say so.  Limits
// are brought beforehand into the units in which that is asked, rounded to the strict
// side; a limit that is not set is so far away that nothing comes near it.  What is not
// clear of them all by this is judged exactly (pre_trade.cpp): it decides no verdict.
//
// Units       amounts in their upper 64 bits, multiples of 2^64 attos (18.4 units),
//             rounded down: a sum of two is below the sum of theirs and two more.
//             Shares and multiples in 2^-32.
// Cost        no branch that depends on the order; about four lines of the cache.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "ai_trading/base/money.hpp"
#include "ai_trading/risk/limits.hpp"

namespace ai_trading::risk {

// Where a number of 128 bits has its upper half.
inline constexpr std::size_t kUpper =
    std::endian::native == std::endian::little ? 1 : 0;

[[nodiscard]] inline std::int64_t upper(Int128 amount) {
  return std::bit_cast<std::array<std::int64_t, 2>>(amount)[kUpper];
}
[[nodiscard]] inline std::int64_t upper(Money amount) { return upper(amount.atto); }

// A limit as a whole number of so many 2^-32 of something, and so many more.
struct Multiple {
  std::int64_t of_q32{};
  std::int64_t more{};

  // Never more than it is; where it leaves 64 bits, much less.
  [[nodiscard]] std::int64_t of(std::int64_t whole) const {
    const auto part = static_cast<std::uint64_t>((Int128{whole} * of_q32) >> 32);
    return static_cast<std::int64_t>(part + static_cast<std::uint64_t>(more));
  }
};

struct alignas(64) Bounds {
  static constexpr std::int64_t kFar = std::int64_t{1} << 61;

  std::int64_t tolerance = kFar, age = kFar, copies = -kFar;  // times
  std::int64_t quantity = kFar, position = kFar;
  std::int64_t notional = kFar;  // upper
  Multiple collar, window;       // of a price
  Multiple volume, liquidation;  // of the daily volume
  std::int64_t rate{}, full{};   // of the bucket; 0: not counted
  std::int64_t order_to_trade{}, free_messages = kFar >> 12;
  std::int64_t open_orders = kFar;
  std::int64_t open_notional = kFar, gross = kFar, net = kFar;  // upper
  // Shares of the equity in parts per million, which are at most a hundred times it.
  std::int64_t name_share{}, sector_share{}, class_share{}, group_share{}, leverage{};
  double deviation{};                                // of the whole book
  Owner bucket{}, to_trade{}, open{}, open_value{};  // whose counters
  bool never{};        // nothing passes without a closer look
  bool one_counter{};  // all of them are the account's
  bool bands{}, self_trade{}, duplicates{}, short_sale{}, margin{}, flips{},
      cash_only{};
  bool risk{};  // there is a budget

  Bounds() = default;
  explicit Bounds(const Row& row);
};

}  // namespace ai_trading::risk
