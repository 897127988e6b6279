#include "ai_trading/stats/kelly_kernels.hpp"

#include <algorithm>
#include <cstring>

// One copy for each width of register, chosen when the program starts. Sanitizers
// instrument the chooser before they are ready, so there is none under them.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define AI_TRADING_FOR_EVERY_WIDTH \
  __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define AI_TRADING_FOR_EVERY_WIDTH
#endif

namespace ai_trading::stats {
namespace {

using Lanes = double __attribute__((vector_size(kLanes * sizeof(double))));

#define AI_TRADING_LOAD(name, address) \
  Lanes name;                          \
  std::memcpy(&name, address, sizeof name)

// Rows of `a` times rows of `b` are tiled so that a loaded value is used several times.
constexpr std::size_t kTileRows = 2;
constexpr std::size_t kTileColumns = 4;
// Scenarios handled before the next tile: a strip of every column stays in the cache.
constexpr std::size_t kStrip = 256;

double in_order(const double* lanes) {
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
         ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

AI_TRADING_FOR_EVERY_WIDTH void four_sums(const double* const* columns,
                                          const double* weights, std::size_t length,
                                          double* out) {
  Lanes a{}, b{}, c{}, d{};
  for (std::size_t t = 0; t < length; t += kLanes) {
    AI_TRADING_LOAD(w, weights + t);
    AI_TRADING_LOAD(x0, columns[0] + t);
    AI_TRADING_LOAD(x1, columns[1] + t);
    AI_TRADING_LOAD(x2, columns[2] + t);
    AI_TRADING_LOAD(x3, columns[3] + t);
    a += w * x0;
    b += w * x1;
    c += w * x2;
    d += w * x3;
  }
  std::memcpy(out, &a, sizeof a);
  std::memcpy(out + kLanes, &b, sizeof b);
  std::memcpy(out + 2 * kLanes, &c, sizeof c);
  std::memcpy(out + 3 * kLanes, &d, sizeof d);
}

AI_TRADING_FOR_EVERY_WIDTH void add_four(const double* const* columns,
                                         const double* amounts, std::size_t length,
                                         double* out) {
  for (std::size_t t = 0; t < length; t += kLanes) {
    AI_TRADING_LOAD(sum, out + t);
    AI_TRADING_LOAD(x0, columns[0] + t);
    AI_TRADING_LOAD(x1, columns[1] + t);
    AI_TRADING_LOAD(x2, columns[2] + t);
    AI_TRADING_LOAD(x3, columns[3] + t);
    sum += (amounts[0] * x0 + amounts[1] * x1) + (amounts[2] * x2 + amounts[3] * x3);
    std::memcpy(out + t, &sum, sizeof sum);
  }
}

// Adds the products of two and four columns over one strip to eight sums of lanes.
AI_TRADING_FOR_EVERY_WIDTH void tile(const double* const* rows,
                                     const double* const* columns, std::size_t length,
                                     double* sums) {
  Lanes s[kTileRows * kTileColumns];
  std::memcpy(s, sums, sizeof s);
  for (std::size_t t = 0; t < length; t += kLanes) {
    AI_TRADING_LOAD(a, rows[0] + t);
    AI_TRADING_LOAD(b, rows[1] + t);
    AI_TRADING_LOAD(x0, columns[0] + t);
    AI_TRADING_LOAD(x1, columns[1] + t);
    AI_TRADING_LOAD(x2, columns[2] + t);
    AI_TRADING_LOAD(x3, columns[3] + t);
    s[0] += a * x0;
    s[1] += a * x1;
    s[2] += a * x2;
    s[3] += a * x3;
    s[4] += b * x0;
    s[5] += b * x1;
    s[6] += b * x2;
    s[7] += b * x3;
  }
  std::memcpy(sums, s, sizeof s);
}

AI_TRADING_FOR_EVERY_WIDTH void multiply(const double* a, const double* b,
                                         std::size_t length, double* out) {
  for (std::size_t t = 0; t < length; ++t) out[t] = a[t] * b[t];
}

}  // namespace

Columns columns_from_rows(std::span<const double> rows, std::size_t n) {
  const std::size_t t_count = n == 0 ? 0 : rows.size() / n;
  Columns out(n, padded(t_count));
  constexpr std::size_t block = 32;  // a square of these fits the first cache
  for (std::size_t t0 = 0; t0 < t_count; t0 += block) {
    const std::size_t t1 = std::min(t0 + block, t_count);
    for (std::size_t i0 = 0; i0 < n; i0 += block) {
      const std::size_t i1 = std::min(i0 + block, n);
      for (std::size_t i = i0; i < i1; ++i) {
        double* column = out[i];
        for (std::size_t t = t0; t < t1; ++t) column[t] = rows[t * n + i];
      }
    }
  }
  return out;
}

void weighted_sums(const Columns& columns, std::span<const double> weights,
                   std::span<double> out) {
  const std::size_t n = columns.count();
  double lanes[4 * kLanes];
  for (std::size_t i = 0; i < n; i += 4) {
    const double* four[4];
    for (std::size_t k = 0; k < 4; ++k) four[k] = columns[std::min(i + k, n - 1)];
    four_sums(four, weights.data(), columns.length(), lanes);
    for (std::size_t k = 0; k < 4 && i + k < n; ++k) {
      out[i + k] = in_order(lanes + k * kLanes);
    }
  }
}

void add_columns(const Columns& columns, std::span<const std::size_t> which,
                 std::span<const double> amounts, std::span<double> out) {
  for (std::size_t i = 0; i < which.size(); i += 4) {
    const double* four[4];
    double by[4];
    for (std::size_t k = 0; k < 4; ++k) {
      const bool real = i + k < which.size();
      four[k] = columns[which[real ? i + k : i]];
      by[k] = real ? amounts[i + k] : 0.0;
    }
    add_four(four, by, columns.length(), out.data());
  }
}

void gram(const Columns& columns, std::span<double> out) {
  const std::size_t n = columns.count();
  const std::size_t row_tiles = (n + kTileRows - 1) / kTileRows;
  const std::size_t column_tiles = (n + kTileColumns - 1) / kTileColumns;
  constexpr std::size_t per_tile = kTileRows * kTileColumns * kLanes;
  std::vector<double> sums(row_tiles * column_tiles * per_tile);
  const double* rows[kTileRows];
  const double* others[kTileColumns];
  for (std::size_t t = 0; t < columns.length(); t += kStrip) {
    const std::size_t length = std::min(kStrip, columns.length() - t);
    for (std::size_t i = 0; i < row_tiles; ++i) {
      for (std::size_t k = 0; k < kTileRows; ++k) {
        rows[k] = columns[std::min(i * kTileRows + k, n - 1)] + t;
      }
      // The lower triangle: tiles whose first column is not beyond the last row.
      const std::size_t last = std::min(i * kTileRows + kTileRows - 1, n - 1);
      for (std::size_t j = 0; j * kTileColumns <= last; ++j) {
        for (std::size_t k = 0; k < kTileColumns; ++k) {
          others[k] = columns[std::min(j * kTileColumns + k, n - 1)] + t;
        }
        tile(rows, others, length, sums.data() + (i * column_tiles + j) * per_tile);
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const std::size_t which = i / kTileRows * column_tiles + j / kTileColumns;
      const std::size_t within = i % kTileRows * kTileColumns + j % kTileColumns;
      const double sum = in_order(sums.data() + which * per_tile + within * kLanes);
      out[i * n + j] = sum;
      out[j * n + i] = sum;
    }
  }
}

void scale_column(const double* from, std::span<const double> factors, double* to) {
  multiply(from, factors.data(), factors.size(), to);
}

}  // namespace ai_trading::stats
