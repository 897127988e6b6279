#include "ai_trading/stats/scenarios.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "ai_trading/stats/normals.hpp"
#include "kernels.hpp"

namespace ai_trading::stats {

namespace {

constexpr std::size_t kColumns = 12;  // three packs: with four rows, twelve sums
constexpr std::size_t kTile = 4;
constexpr std::size_t kRows = 64;

// The factor turned and cut into panels of twelve assets, so that it is read in order.
struct Panels {
  explicit Panels(const Simulation& plan) : assets(plan.mean.size()) {
    for (std::size_t first = 0; first < assets; first += kColumns) {
      const std::size_t deep =
          plan.triangular ? std::min(assets, first + kColumns) : assets;
      depth.push_back(deep);
      start.push_back(values.size());
      for (std::size_t k = 0; k < deep; ++k) {
        for (std::size_t j = first; j < first + kColumns; ++j)
          values.push_back(j < assets ? plan.factor[j * assets + k] : 0.0);
      }
      for (std::size_t j = first; j < first + kColumns; ++j)
        mean.push_back(j < assets ? plan.mean[j] : 0.0);
    }
  }

  std::size_t assets;
  std::vector<std::size_t> depth, start;
  std::vector<double> values, mean;
};

// `z` has whole tiles of rows; only the first `rows` are written.
void multiply(const Panels& panels, const double* z, std::size_t rows, double* out) {
  const std::size_t n = panels.assets;
  const Kernels& work = kernels();
  double sums[kTile * kColumns];
  for (std::size_t p = 0; p < panels.depth.size(); ++p) {
    const std::size_t first = p * kColumns;
    const std::size_t width = std::min(kColumns, n - first);
    const double* panel = panels.values.data() + panels.start[p];
    const double* mean = panels.mean.data() + first;
    for (std::size_t i = 0; i < rows; i += kTile) {
      double* to = out + i * n + first;
      if (width == kColumns && i + kTile <= rows) {
        work.tile(z + i * n, n, panel, panels.depth[p], mean, to, n);
        continue;
      }
      work.tile(z + i * n, n, panel, panels.depth[p], mean, sums, kColumns);
      for (std::size_t r = 0; r < std::min(kTile, rows - i); ++r)
        std::copy_n(sums + r * kColumns, width, to + r * n);
    }
  }
}

// Hands out blocks of normals as next(rows, buffer).
template <class Next>
void run(const Simulation& plan, Next&& next, std::span<double> returns,
         std::span<double> earned) {
  const std::size_t n = plan.mean.size();
  const Panels panels(plan);
  const std::size_t drawn = plan.antithetic ? plan.rows / 2 : plan.rows;
  std::vector<double> z(kRows * n);
  for (std::size_t i = 0; i < drawn; i += kRows) {
    const std::size_t rows = std::min(kRows, drawn - i);
    next(i, rows, z);
    double* block = returns.data() + i * n;
    multiply(panels, z.data(), rows, block);
    for (std::size_t r = 0; r < rows; ++r) {
      double* row = block + r * n;
      if (!plan.holdings.empty())
        earned[i + r] = kernels().dot(row, plan.holdings.data(), n);
      if (!plan.antithetic) continue;
      double* mirror = returns.data() + (drawn + i + r) * n;
      for (std::size_t j = 0; j < n; ++j) mirror[j] = 2.0 * plan.mean[j] - row[j];
      if (!plan.holdings.empty())
        earned[drawn + i + r] = kernels().dot(mirror, plan.holdings.data(), n);
    }
  }
}

}  // namespace

void simulate(const Simulation& plan, std::uint64_t seed, std::span<double> returns,
              std::span<double> earned) {
  NormalSource source(seed);
  run(
      plan, [&](std::size_t, std::size_t, std::vector<double>& z) { source.fill(z); },
      returns, earned);
}

void transform(const Simulation& plan, std::span<const double> normals,
               std::span<double> returns, std::span<double> earned) {
  const std::size_t n = plan.mean.size();
  run(
      plan,
      [&](std::size_t first, std::size_t rows, std::vector<double>& z) {
        std::copy_n(normals.data() + first * n, rows * n, z.data());
      },
      returns, earned);
}

void lattice_normals(std::size_t rows, std::uint64_t multiplier,
                     std::span<const double> shift, std::span<double> out) {
  const std::size_t columns = shift.size();
  std::vector<std::uint64_t> step(columns);
  std::uint64_t power = 1;
  for (std::uint64_t& s : step) {
    s = power % rows;
    power = s * multiplier % rows;
  }
  // At least half a cell from the ends, where the normal would be infinite.
  const double edge = 0.25 / static_cast<double>(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < columns; ++k) {
      const double at =
          static_cast<double>(i * step[k] % rows) / static_cast<double>(rows);
      double u = at + shift[k];
      u -= std::floor(u);
      const double folded = 1.0 - std::abs(2.0 * u - 1.0);
      out[i * columns + k] = normal_quantile(std::clamp(folded, edge, 1.0 - edge));
    }
  }
}

}  // namespace ai_trading::stats
