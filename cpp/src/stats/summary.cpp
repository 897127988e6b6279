#include "ai_trading/stats/summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels.hpp"

namespace ai_trading::stats {

namespace {

constexpr std::size_t kBlock = 2048;

// The value as a share of its high; a new high begins at 1 again.
class Fall {
 public:
  AI_TRADING_INLINE void add(double one_plus, std::size_t at) {
    share_ *= one_plus;
    if (share_ >= 1.0) {
      if (length_ != 0) end();
      share_ = 1.0;
      return;
    }
    ++length_;
    const double depth = 1.0 - share_;
    d.sum += depth;
    d.sum_of_squares += depth * depth;
    if (share_ < lowest_) {
      lowest_ = share_;
      lowest_at_ = at;
    }
  }

  Drawdowns finish() {
    d.current = 1.0 - share_;
    if (length_ != 0) end();
    return d;
  }

 private:
  void end() {
    const double depth = 1.0 - lowest_;
    d.sum_of_deepest += depth;
    d.sum_of_deepest_squares += depth * depth;
    ++d.falls;
    d.under += length_;
    d.longest = std::max(d.longest, length_);
    if (depth > d.deepest) {
      d.deepest = depth;
      d.deepest_at = lowest_at_;
    }
    length_ = 0;
    lowest_ = 1.0;
  }

  Drawdowns d;
  double share_ = 1.0;
  double lowest_ = 1.0;
  std::size_t lowest_at_ = 0;
  std::size_t length_ = 0;
};

// R^2 of accumulated growth on time.  Time is counted from the middle; growth keeps a
// running mean, so that a long series loses no digits.
class Trend {
 public:
  explicit Trend(std::size_t n) : middle_(0.5 * (static_cast<double>(n) - 1.0)) {}

  AI_TRADING_INLINE void add(double step, double at) {
    level_ += step;
    sum_ += level_;
    squares_ += level_ * level_;
    product_ += (at - middle_) * level_;
  }

  [[nodiscard]] double level() const { return level_; }

  [[nodiscard]] double r_squared(std::size_t count) const {
    const double n = static_cast<double>(count);
    const double time = n * (n * n - 1.0) / 12.0;
    const double spread = squares_ - sum_ * (sum_ / n);
    if (!(time > 0.0) || !(spread > 0.0))
      return std::numeric_limits<double>::quiet_NaN();
    return product_ * product_ / (time * spread);
  }

 private:
  double middle_;
  double level_ = 0.0, sum_ = 0.0, squares_ = 0.0, product_ = 0.0;
};

}  // namespace

void log_growth(std::span<const double> values, std::span<double> out) {
  const std::size_t whole = values.size() / kLanes * kLanes;
  kernels().log1p(values.data(), whole, out.data());
  for (std::size_t i = whole; i < values.size(); ++i) out[i] = std::log1p(values[i]);
  // The bits of 1 + x at -1 say nothing; the library's answer is minus infinity.
  for (std::size_t i = 0; i < whole; ++i) {
    if (values[i] <= -1.0) out[i] = std::log1p(values[i]);
  }
}

void depths(std::span<const double> returns, std::span<double> out) {
  double share = 1.0;
  for (std::size_t i = 0; i < returns.size(); ++i) {
    share = std::min(1.0, share * (1.0 + returns[i]));
    out[i] = 1.0 - share;
  }
}

Drawdowns drawdowns(std::span<const double> returns) {
  Fall fall;
  for (std::size_t i = 0; i < returns.size(); ++i) fall.add(1.0 + returns[i], i);
  return fall.finish();
}

Summary summarize(std::span<const double> returns, double target) {
  const std::size_t n = returns.size();
  Summary out;
  out.count = n;
  double total = 0.0;
  for (std::size_t i = 0; i < n; i += kBlock)
    total += kernels().sum(returns.data() + i, std::min(kBlock, n - i));
  out.mean = total / static_cast<double>(n);

  Sums sums;
  sums.smallest = sums.smallest + returns[0];
  sums.largest = sums.largest + returns[0];
  double logs[kBlock];
  double padded[kLanes + 1];
  Fall fall;
  Trend trend(n);
  for (std::size_t i = 0; i < n; i += kBlock) {
    const std::size_t size = std::min(kBlock, n - i);
    const double* x = returns.data() + i;
    // The very first return has no neighbour: its mean stands in, a product of zero.
    std::size_t begin = 0;
    if (i == 0) {
      begin = std::min(kLanes, size);
      padded[0] = out.mean;
      std::copy_n(x, begin, padded + 1);
      if (begin == kLanes) kernels().sums(sums, padded + 1, kLanes, out.mean, target);
    }
    const std::size_t whole = begin + (size - begin) / kLanes * kLanes;
    if (begin == kLanes || i != 0)
      kernels().sums(sums, x + begin, whole - begin, out.mean, target);
    log_growth({x, size}, {logs, size});
    for (std::size_t j = 0; j < size; ++j) {
      trend.add(logs[j], static_cast<double>(i + j));
      fall.add(1.0 + x[j], i + j);
    }
  }

  const auto least = [](const Pack& p) {
    return std::min(std::min(p[0], p[1]), std::min(p[2], p[3]));
  };
  out.smallest = least(sums.smallest);
  out.largest = -least(-sums.largest);
  out.second = sum(sums.second);
  out.third = sum(sums.third);
  out.fourth = sum(sums.fourth);
  out.lagged = sum(sums.lagged);
  out.gained = sum(sums.positive);
  out.lost = -sum(sums.negative);
  double gains = sum(sums.gains), losses = sum(sums.losses);
  out.short_of = -sum(sums.low);
  out.short_of_squares = sum(sums.low2);
  out.beyond = sum(sums.high);
  out.beyond_squares = sum(sums.high2);
  // What did not fill a pack: the end, and all of a series shorter than one.
  const std::size_t done = n < kLanes ? 0 : n / kLanes * kLanes;
  for (std::size_t i = done; i < n; ++i) {
    const double x = returns[i];
    const double d = x - out.mean, t = x - target;
    out.second += d * d;
    out.third += d * d * d;
    out.fourth += d * d * d * d;
    if (i > 0) out.lagged += d * (returns[i - 1] - out.mean);
    out.gained += std::max(x, 0.0);
    out.lost += std::max(-x, 0.0);
    gains += x > 0.0 ? 1.0 : 0.0;
    losses += x < 0.0 ? 1.0 : 0.0;
    out.short_of += std::max(-t, 0.0);
    out.short_of_squares += t < 0.0 ? t * t : 0.0;
    out.beyond += std::max(t, 0.0);
    out.beyond_squares += t > 0.0 ? t * t : 0.0;
    out.smallest = std::min(out.smallest, x);
    out.largest = std::max(out.largest, x);
  }
  out.gains = static_cast<std::size_t>(gains);
  out.losses = static_cast<std::size_t>(losses);
  out.growth = trend.level();
  out.stability = trend.r_squared(n);
  out.drawdowns = fall.finish();
  return out;
}

}  // namespace ai_trading::stats
