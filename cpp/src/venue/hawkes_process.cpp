// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/venue/hawkes_process.hpp"

namespace ai_trading::venue {

namespace {

// Shares of all events; the two of a pair together with their mirror images make 1.
constexpr double kLimitShare = 0.25;
constexpr double kMarketShare = 0.03;
constexpr double kCancelShare = 0.22;
// Of the excitation, what market orders cause among those of their own side.
constexpr double kEcho = 0.8;

}  // namespace

void HawkesProcess::pass(double until) {
  const double left = portable_exp(-decay_ * (until - time_));
  all_ *= left;
  by_market_[0] *= left;
  by_market_[1] *= left;
  time_ = until;
}

std::array<double, HawkesProcess::kKinds> HawkesProcess::intensities() const {
  const double n = excitation_;
  const double base = rate_ * shape * (1.0 - n);
  const double cause = decay_ * n;
  const double others = all_ - by_market_[0] - by_market_[1];
  const double any = base + cause * all_;
  const double quiet = kMarketShare * base + cause * (1.0 - kEcho) * kMarketShare /
                                                 (1.0 - 2.0 * kMarketShare) * others;
  const double echo = cause * kEcho;
  return {kLimitShare * any,
          kLimitShare * any,
          quiet + echo * by_market_[0],
          quiet + echo * by_market_[1],
          kCancelShare * any * resting[0] / in_balance,
          kCancelShare * any * resting[1] / in_balance};
}

void HawkesProcess::happened(Kind kind) {
  all_ += 1.0;
  if (kind == market_buy || kind == market_sell) by_market_[kind - market_buy] += 1.0;
}

}  // namespace ai_trading::venue
