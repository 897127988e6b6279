// A running digest of whole numbers, for state hashes: the same on every machine.
#pragma once

#include <cstdint>

namespace ai_trading {

class Digest {
 public:
  constexpr void mix(std::uint64_t value) {
    hash_ ^= value;
    hash_ *= 0x9e3779b97f4a7c15ULL;
    hash_ ^= hash_ >> 29;
  }
  constexpr void mix(std::int64_t value) { mix(static_cast<std::uint64_t>(value)); }
  [[nodiscard]] constexpr std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace ai_trading
