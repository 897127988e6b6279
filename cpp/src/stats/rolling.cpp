#include "ai_trading/stats/rolling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ai_trading/stats/pack.hpp"
#include "kernels.hpp"

namespace ai_trading::stats {

namespace {

// The parts of the windows that begin in one block: entry j belongs to the window that
// begins at the block's return j and holds the next block's first j returns.
class Parts {
 public:
  explicit Parts(std::size_t window)
      : window_(window),
        end_sum_(window + kLanes),
        end_squares_(window + kLanes),
        begin_sum_(window + kLanes),
        begin_squares_(window + kLanes),
        per_end_(window + kLanes),
        per_begin_(window + kLanes) {
    for (std::size_t j = 0; j < window; ++j)
      per_end_[j] = 1.0 / static_cast<double>(window - j);
    for (std::size_t j = 1; j < window; ++j)
      per_begin_[j] = 1.0 / static_cast<double>(j);
  }

  // `block` has a window of returns, `after` the first `used` of the next block.
  void build(const double* block, const double* after, std::size_t used) {
    const std::size_t last = window_ - 1;
    end_from_ = block[last];
    // Where nothing follows, the part has no weight, and any point will do.
    begin_from_ = used == 0 ? end_from_ : after[0];
    double* __restrict end_sum = end_sum_.data();
    double* __restrict end_squares = end_squares_.data();
    double* __restrict begin_sum = begin_sum_.data();
    double* __restrict begin_squares = begin_squares_.data();
    double a = 0.0, a2 = 0.0, b = 0.0, b2 = 0.0;
    const auto step_end = [&](std::size_t j) {
      const double x = block[last - j] - end_from_;
      a += x;
      a2 += x * x;
      end_sum[last - j] = a;
      end_squares[last - j] = a2;
    };
    const std::size_t both = std::min(used, last);
    // Both chains of sums in one loop, so that neither waits for the other.
    for (std::size_t j = 0; j < both; ++j) {
      step_end(j);
      const double y = after[j] - begin_from_;
      b += y;
      b2 += y * y;
      begin_sum[j + 1] = b;
      begin_squares[j + 1] = b2;
    }
    for (std::size_t j = both; j <= last; ++j) step_end(j);
  }

  [[nodiscard]] WindowParts view() const {
    return {
        end_sum_.data(), end_squares_.data(), begin_sum_.data(), begin_squares_.data(),
        per_end_.data(), per_begin_.data(),   window_,           end_from_,
        begin_from_};
  }

 private:
  std::size_t window_;
  std::vector<double> end_sum_, end_squares_, begin_sum_, begin_squares_;
  std::vector<double> per_end_, per_begin_;
  double end_from_ = 0.0, begin_from_ = 0.0;
};

// Calls use(first window, number of windows, means, squares) block by block.
template <class Use>
void for_each_block(std::span<const double> returns, std::size_t window, Use&& use) {
  const std::size_t total = windows(returns.size(), window);
  Parts parts(window);
  std::vector<double> means(window + kLanes), squares(window + kLanes);
  for (std::size_t first = 0; first < total; first += window) {
    const std::size_t count = std::min(window, total - first);
    parts.build(returns.data() + first, returns.data() + first + window, count - 1);
    kernels().join(parts.view(), count, means.data(), squares.data());
    use(first, count, means.data(), squares.data());
  }
}

AI_TRADING_INLINE double smaller(double a, double b) { return a < b ? a : b; }

}  // namespace

void rolling_moments(std::span<const double> returns, std::size_t window,
                     std::span<double> means, std::span<double> squares) {
  for_each_block(
      returns, window,
      [&](std::size_t first, std::size_t count, const double* m, const double* s) {
        std::copy_n(m, count, means.data() + first);
        std::copy_n(s, count, squares.data() + first);
      });
}

void rolling_sharpe(std::span<const double> returns, std::size_t window, double hurdle,
                    double scale, std::span<double> out) {
  const double adjusted = scale * std::sqrt(static_cast<double>(window) - 1.0);
  for_each_block(
      returns, window,
      [&](std::size_t first, std::size_t count, const double* m, const double* s) {
        kernels().ratios(count, m, s, hurdle, adjusted, out.data() + first);
      });
}

// With e the value at the end of the block over that at a point in it, the high of the
// window's first part, seen from the block's end, is 1 / min e.  The window's lowest
// share of a high is the least of: that inside the first part, that inside the second,
// and the second part's low times min e.
void rolling_drawdown(std::span<const double> returns, std::size_t window,
                      std::span<double> out) {
  const std::size_t total = windows(returns.size(), window);
  std::vector<double> inside(window), to_high(window);
  for (std::size_t first = 0; first < total; first += window) {
    const std::size_t count = std::min(window, total - first);
    const double* block = returns.data() + first;
    const double* after = block + window;
    double to_end = 1.0, least_to_end = 1.0;  // e, and the least of it so far
    double lowest = 1.0;                      // least later value over this one
    double worst = 1.0;
    for (std::size_t j = window; j-- > 0;) {
      const double step = 1.0 + block[j];
      lowest = smaller(lowest, 1.0) * step;
      worst = smaller(worst, lowest);
      to_end = smaller(to_end, 1e300) * step;
      least_to_end = smaller(least_to_end, to_end);
      inside[j] = worst;
      to_high[j] = least_to_end;
    }
    out[first] = 1.0 - inside[0];
    double value = 1.0, low = 1.0, share = 1.0, worst_after = 1.0;
    for (std::size_t j = 1; j < count; ++j) {
      const double step = 1.0 + after[j - 1];
      value = smaller(value * step, 1e300);
      low = smaller(low, value);
      share = smaller(share * step, 1.0);
      worst_after = smaller(worst_after, share);
      out[first + j] = 1.0 - smaller(smaller(inside[j], worst_after), low * to_high[j]);
    }
  }
}

}  // namespace ai_trading::stats
