#include "ai_trading/stats/tail.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels.hpp"

namespace ai_trading::stats {

namespace {

constexpr std::size_t kBlock = 2048;
constexpr std::size_t kSample = 2048;

// Turned by `kSign`, so that one program serves both ends.
template <int kSign>
double turned(double x) {
  return kSign > 0 ? x : -x;
}

template <int kSign>
Tail of_buffer(std::vector<double>& found, std::size_t rank) {
  const auto at = found.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(found.begin(), at, found.end());
  const auto next = std::min_element(at + 1, found.end());
  double below = 0.0;
  for (auto x = found.begin(); x != at; ++x) below += *x;
  return {turned<kSign>(*at), turned<kSign>(next == found.end() ? *at : *next),
          turned<kSign>(below)};
}

// A value that about `share` of the sample lies below, a little on the safe side.
template <int kSign>
double threshold(std::span<const double> values, double share) {
  std::vector<double> drawn(kSample);
  const double step = static_cast<double>(values.size()) / kSample;
  for (std::size_t i = 0; i < kSample; ++i) {
    const auto at = static_cast<std::size_t>((static_cast<double>(i) + 0.5) * step);
    drawn[i] = turned<kSign>(values[std::min(at, values.size() - 1)]);
  }
  const double margin = 3.0 * std::sqrt(share * (1.0 - share) / kSample);
  const auto rank = static_cast<std::size_t>((share + margin) * kSample) + 2;
  const auto at =
      drawn.begin() + static_cast<std::ptrdiff_t>(std::min(rank, kSample - 1));
  std::nth_element(drawn.begin(), at, drawn.end());
  return *at;
}

// Writes the values not above `limit` to `out`, which has room for all; their number.
template <int kSign>
std::size_t collect(const double* values, std::size_t n, double limit, double* out) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = turned<kSign>(values[i]);
    out[found] = x;
    found += static_cast<std::size_t>(x <= limit);
  }
  return found;
}

template <int kSign>
Tail tail(std::span<const double> values, std::size_t rank) {
  const std::size_t n = values.size();
  std::vector<double> found;
  const double share = static_cast<double>(rank + 2) / static_cast<double>(n);
  if (n >= 8 * kSample && share < 0.4) {
    const double limit = threshold<kSign>(values, share);
    found.resize(rank + 2 + n / 16 + 2 * kBlock);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < n; i += kBlock) {
      if (found.size() < kept + kBlock) found.resize(2 * found.size());
      kept += collect<kSign>(values.data() + i, std::min(kBlock, n - i), limit,
                             found.data() + kept);
    }
    if (kept > rank + 1) {
      found.resize(kept);
      return of_buffer<kSign>(found, rank);
    }
  }
  // A small sample, a large share of it, or a threshold that was too strict.
  found.resize(n);
  std::ranges::transform(values, found.begin(), turned<kSign>);
  return of_buffer<kSign>(found, rank);
}

}  // namespace

std::size_t first_unusable(std::span<const double> values) {
  const std::size_t n = values.size();
  for (std::size_t i = 0; i < n; i += kBlock) {
    const std::size_t end = std::min(n, i + kBlock);
    if (kernels().is_usable(values.data() + i, end - i)) continue;
    for (std::size_t j = i; j < end; ++j) {
      if (!std::isfinite(values[j] * 1e208)) return j;
    }
  }
  return n;
}

Tail lower_tail(std::span<const double> values, std::size_t rank) {
  return tail<1>(values, rank);
}

Tail upper_tail(std::span<const double> values, std::size_t rank) {
  return tail<-1>(values, rank);
}

}  // namespace ai_trading::stats
