// A running digest of whole numbers, for state hashes: the same on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

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

// A digest of many bytes, to tell inputs apart quickly; not for secrets.  Four lanes, so
// that the multiplications overlap; words are read as little-endian machines store them.
[[nodiscard]] inline std::uint64_t digest_bytes(std::span<const std::byte> bytes,
                                                std::uint64_t seed = 0) {
  std::array<std::uint64_t, 4> lanes{seed ^ 0x243f6a8885a308d3ULL,
                                     0x13198a2e03707344ULL, 0xa4093822299f31d0ULL,
                                     0x082efa98ec4e6c89ULL};
  const auto stir = [](std::uint64_t lane, std::uint64_t word) {
    lane = (lane ^ word) * 0x9e3779b97f4a7c15ULL;
    return lane ^ (lane >> 32);
  };
  std::size_t at = 0;
  for (; at + 32 <= bytes.size(); at += 32) {
    std::array<std::uint64_t, 4> words;
    std::memcpy(words.data(), bytes.data() + at, 32);
    for (std::size_t i = 0; i < 4; ++i) lanes[i] = stir(lanes[i], words[i]);
  }
  Digest out;
  for (; at < bytes.size(); ++at) out.mix(std::to_integer<std::uint64_t>(bytes[at]));
  for (const std::uint64_t lane : lanes) out.mix(lane);
  out.mix(std::uint64_t{bytes.size()});
  return out.value();
}

}  // namespace ai_trading
