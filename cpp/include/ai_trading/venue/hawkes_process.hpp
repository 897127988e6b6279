// Arrivals of six kinds that excite each other: a Hawkes process (Hawkes 1971) with one
// exponential kernel.
//
// What one event causes sums, in the mean over the kinds, to `excitation`, split by their
// long-run shares, except that market orders echo on their own side.  So, with `shape` and
// `resting` at 1, the mean rate is `rate`, and counts have the variance of a process of
// two types (market orders and all others), which the tests hold it to.
//
// Repeatable  draws by thinning (Ogata 1981); no libm.
// Cost        about three draws per arrival.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ai_trading/base/rng.hpp"

namespace ai_trading::venue {

class HawkesProcess {
 public:
  enum Kind : std::size_t {
    limit_buy,
    limit_sell,
    market_buy,
    market_sell,
    cancel_buy,
    cancel_sell,
    kKinds
  };

  HawkesProcess(double rate, double excitation, double decay)
      : rate_(rate), excitation_(excitation), decay_(decay) {}

  // Multiplies the base rate: the time of day.
  double shape{1.0};
  // Cancellations of a side go with `resting` over `in_balance`, at all rates alike.
  std::array<double, 2> resting{1.0, 1.0};
  double in_balance{1.0};

  [[nodiscard]] double time() const { return time_; }
  [[nodiscard]] std::array<double, kKinds> intensities() const;

  // Moves to the next arrival before `end` and returns its kind, kKinds where there is
  // none.  At every `bin_end` it asks begin_bin() to set shape and the next bin_end.
  template <class BeginBin>
  Kind next(Rng& rng, double end, double& bin_end, BeginBin&& begin_bin) {
    double bound = sum(intensities());
    while (time_ < end) {
      const double at = bound > 0.0 ? time_ + rng.exponential() / bound : end;
      if (at >= bin_end) {
        pass(bin_end);
        begin_bin();
        bound = sum(intensities());
        continue;
      }
      pass(at);
      const auto rates = intensities();
      const double total = sum(rates);
      double pick = rng.uniform() * bound;
      bound = total;
      for (std::size_t kind = 0; kind < kKinds; ++kind) {
        if (pick < rates[kind]) return static_cast<Kind>(kind);
        pick -= rates[kind];
      }
    }
    return kKinds;
  }

  // An arrival of a kind at the present time.
  void happened(Kind kind);

 private:
  [[nodiscard]] static double sum(const std::array<double, kKinds>& rates) {
    double total = 0.0;
    for (const double x : rates) total += x;
    return total;
  }
  void pass(double until);

  double rate_;
  double excitation_;
  double decay_;
  double time_{};
  double all_{};  // excitation by every event, and by market orders of a side
  std::array<double, 2> by_market_{};
};

}  // namespace ai_trading::venue
