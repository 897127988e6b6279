// A running digest of whole numbers, for state hashes: the same on every machine.
#pragma once

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

// A digest of records that is the same however they are cut into pieces: add up what the
// pieces give.  Each record counts with its place, `first` being that of the first one.
// To tell inputs apart; not for secrets.  `record_size` is a multiple of 8.
[[nodiscard]] inline std::uint64_t digest_records(std::span<const std::byte> bytes,
                                                  std::size_t record_size,
                                                  std::uint64_t first) {
  std::uint64_t total = 0;
  for (std::size_t at = 0; at + record_size <= bytes.size(); at += record_size) {
    std::uint64_t hash = ++first * 0xd6e8feb86659fd93ULL;
    for (std::size_t i = 0; i < record_size; i += 8) {
      std::uint64_t word;
      std::memcpy(&word, bytes.data() + at + i, 8);
      hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
      hash ^= hash >> 32;
    }
    total += hash;
  }
  return total;
}

}  // namespace ai_trading
