// What the fuzz targets share: a loud check, comparison, and pieces of any size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

#include "ai_trading/feed/itch_decoder.hpp"

namespace ai_trading::feed::fuzzed {

inline void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

inline bool same(const Event& a, const Event& b) {
  return a.timestamp == b.timestamp && a.instrument == b.instrument &&
         a.kind == b.kind && a.side == b.side && a.flags == b.flags &&
         a.order_id == b.order_id && a.price == b.price && a.quantity == b.quantity &&
         a.aux == b.aux;
}

inline bool same(const std::vector<Event>& a, const std::vector<Event>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same(a[i], b[i])) return false;
  }
  return true;
}

// Hands `bytes` over in pieces whose sizes follow from `seed`, each in memory of its own
// so that a read beyond its end is seen.
template <class Take>
void in_pieces(std::span<const std::byte> bytes, std::uint8_t seed, Take&& take) {
  std::uint32_t state = seed * 2654435761U + 1;
  while (!bytes.empty()) {
    state = state * 1664525U + 1013904223U;
    std::size_t size = 1 + (state >> 24) % (1U + seed);
    if (size > bytes.size()) size = bytes.size();
    const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(size);
    const std::vector<std::byte> piece(bytes.begin(), end);
    take(std::span<const std::byte>(piece));
    bytes = bytes.subspan(size);
  }
}

}  // namespace ai_trading::feed::fuzzed
