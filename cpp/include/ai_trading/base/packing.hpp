// Whole numbers as bytes and back, and a seal by which damage and strangers are found.
//
// Layout      a seal is four 64-bit words before the payload: what it is, its format, how
//             long it is, a checksum.  Numbers stand as they lie in memory: little-endian
//             machines read each other's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "ai_trading/base/digest.hpp"

namespace ai_trading {

class Packer {
 public:
  static constexpr bool reads = false;
  explicit Packer(std::vector<std::byte>& out) : out_(&out) {}

  template <class T>
  void operator()(const T& value) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    const auto* from = reinterpret_cast<const std::byte*>(&value);
    out_->insert(out_->end(), from, from + sizeof(T));
  }
  void bytes(std::span<const std::byte> all) {
    (*this)(std::uint64_t{all.size()});
    out_->insert(out_->end(), all.begin(), all.end());
  }

 private:
  std::vector<std::byte>* out_;
};

// What is missing is read as zero, and remembered.
class Unpacker {
 public:
  static constexpr bool reads = true;
  explicit Unpacker(std::span<const std::byte> bytes) : left_(bytes) {}

  template <class T>
  void operator()(T& value) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    value = T{};
    if (left_.size() < sizeof(T)) {
      whole_ = false;
      left_ = {};
      return;
    }
    std::memcpy(&value, left_.data(), sizeof(T));
    left_ = left_.subspan(sizeof(T));
  }
  [[nodiscard]] std::span<const std::byte> bytes() {
    std::uint64_t size{};
    (*this)(size);
    if (size > left_.size()) {
      whole_ = false;
      size = 0;
    }
    const auto all = left_.first(size);
    left_ = left_.subspan(size);
    return all;
  }
  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] bool done() const { return whole_ && left_.empty(); }

 private:
  std::span<const std::byte> left_;
  bool whole_ = true;
};

enum class SealError : std::uint8_t {
  none = 0,
  stranger = 1,
  version = 2,
  damaged = 3
};

namespace detail {

struct Seal {
  std::uint64_t magic, version, length, checksum;
};

[[nodiscard]] inline std::uint64_t checksum(std::span<const std::byte> bytes) {
  Digest digest;
  digest.mix(std::uint64_t{bytes.size()});
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min<std::size_t>(8, bytes.size() - at));
    digest.mix(word);
  }
  return digest.value();
}

}  // namespace detail

// Room for a seal; fill the payload in behind it, then close it with `seal`.
[[nodiscard]] inline std::vector<std::byte> room_for_seal() {
  return std::vector<std::byte>(sizeof(detail::Seal));
}

inline void seal(std::vector<std::byte>& out, std::uint64_t magic,
                 std::uint64_t version) {
  const auto payload = std::span<const std::byte>(out).subspan(sizeof(detail::Seal));
  const detail::Seal made{magic, version, payload.size(), detail::checksum(payload)};
  std::memcpy(out.data(), &made, sizeof(made));
}

// The payload, where the seal is whole.
[[nodiscard]] inline SealError unseal(std::span<const std::byte> bytes,
                                      std::uint64_t magic, std::uint64_t version,
                                      std::span<const std::byte>& payload) {
  detail::Seal found{};
  if (bytes.size() < sizeof(found)) return SealError::stranger;
  std::memcpy(&found, bytes.data(), sizeof(found));
  if (found.magic != magic) return SealError::stranger;
  if (found.version != version) return SealError::version;
  payload = bytes.subspan(sizeof(found));
  if (payload.size() != found.length || detail::checksum(payload) != found.checksum)
    return SealError::damaged;
  return SealError::none;
}

}  // namespace ai_trading
