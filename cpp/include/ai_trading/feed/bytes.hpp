// Big-endian numbers in raw bytes.  No bounds are checked here: callers look at a
// message's length once and then read its fields.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ai_trading::feed {

template <std::unsigned_integral T>
[[nodiscard]] constexpr T swap_if_little(T value) {
  if constexpr (sizeof(T) == 1 || std::endian::native == std::endian::big) {
    return value;
  } else if constexpr (sizeof(T) == 2) {
    return __builtin_bswap16(value);
  } else if constexpr (sizeof(T) == 4) {
    return __builtin_bswap32(value);
  } else {
    static_assert(sizeof(T) == 8);
    return __builtin_bswap64(value);
  }
}

template <std::unsigned_integral T>
[[nodiscard]] inline T load_big(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return swap_if_little(value);
}

template <std::unsigned_integral T>
inline void store_big(std::byte* to, T value) {
  value = swap_if_little(value);
  std::memcpy(to, &value, sizeof value);
}

}  // namespace ai_trading::feed
