// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/schedule/slices.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "ai_trading/base/rng.hpp"

namespace ai_trading::schedule {

namespace {

constexpr std::int64_t kMostLots = std::int64_t{1} << 52;
constexpr std::size_t kMostSlices = std::size_t{1} << 24;

// The k-th of n equal steps over a stretch, one after the other and without division.
class Steps {
 public:
  Steps(std::int64_t span, std::size_t n)
      : whole_(span / static_cast<std::int64_t>(n)),
        rest_(span % static_cast<std::int64_t>(n)),
        n_(static_cast<std::int64_t>(n)) {}

  [[nodiscard]] std::int64_t at() const { return at_; }
  void next() {
    at_ += whole_;
    left_ += rest_;
    if (left_ >= n_) {
      left_ -= n_;
      ++at_;
    }
  }

 private:
  std::int64_t whole_, rest_, n_;
  std::int64_t at_{}, left_{};
};

// Cuts a plan by `share(k, end)`, what is done by the end of slice k = 0, 1, ...; asked
// in order, never for the last one.
template <class Share>
std::vector<Slice> cut(const Plan& plan, Share&& share) {
  const std::int64_t units = plan.quantity.n / plan.round.n;
  const std::int64_t most = units * plan.round.n;
  const auto scale = static_cast<double>(units);
  std::vector<Slice> out(plan.slices);
  Steps steps(plan.end.n - plan.start.n, plan.slices);
  std::int64_t done = 0;
  for (std::size_t k = 0; k < plan.slices; ++k) {
    const Nanos begin{plan.start.n + steps.at()};
    steps.next();
    std::int64_t target = plan.quantity.n;
    if (k + 1 < plan.slices) {
      const double ideal = share(k, Nanos{plan.start.n + steps.at()}) * scale;
      const auto rounded = static_cast<std::int64_t>(ideal + 0.5);
      target = std::clamp(rounded * plan.round.n, done, most);
    }
    out[k] = {begin, Lots{target - done}};
    done = target;
  }
  return out;
}

// 1 - exp(-x) for x >= 0, without losing digits near zero.
double decayed(double x) {
  if (x < 1e-3) return x * (1.0 - x * (0.5 - x * (1.0 / 6.0 - x * (1.0 / 24.0))));
  return 1.0 - portable_exp(-x);
}

void check_urgency(double k) {
  if (!(k >= 0.0 && k <= 700.0)) {
    throw std::invalid_argument("kappa T must lie between 0 and 700; received " +
                                std::to_string(k));
  }
}

// sinh(k t) / sinh(k) at t = i / n, i asked for in order, up or down: exp(-k (1 - t)) less
// exp(-k (1 + t)), over 1 - exp(-2 k).  Powers are multiplied on, and set right by an
// exponential every kFresh steps.
class Sine {
 public:
  Sine(double k, std::size_t n, bool down)
      : k_(k),
        n_(static_cast<double>(n)),
        step_(portable_exp((down ? -k : k) / n_)),
        inverse_(portable_exp((down ? k : -k) / n_)),
        scale_(1.0 / decayed(2.0 * k)) {}

  [[nodiscard]] double at(std::size_t i) {
    if (age_ == 0) {
      const double t = static_cast<double>(i) / n_;
      rising_ = portable_exp(-k_ * (1.0 - t));
      falling_ = portable_exp(-k_ * (1.0 + t));
      age_ = kFresh;
    } else {
      rising_ *= step_;
      falling_ *= inverse_;
    }
    --age_;
    return (rising_ - falling_) * scale_;
  }

 private:
  static constexpr int kFresh = 64;
  double k_, n_, step_, inverse_, scale_;
  double rising_{}, falling_{};
  int age_{};
};

// Below this the trajectory is straight to within 1e-9 of the parent.
constexpr double kStraight = 1e-4;

}  // namespace

void Plan::check() const {
  const auto refuse = [](const char* what, std::int64_t received) {
    throw std::invalid_argument(std::string(what) + "; received " +
                                std::to_string(received));
  };
  if (quantity.n < 1 || quantity.n > kMostLots)
    refuse("the quantity must lie between 1 and 2^52 lots", quantity.n);
  if (round.n < 1 || round.n > kMostLots)
    refuse("slices must be rounded to 1 .. 2^52 lots", round.n);
  if (start >= end) {
    throw std::invalid_argument("the start must come before the end; received " +
                                std::to_string(start.n) + " and " +
                                std::to_string(end.n));
  }
  if (slices < 1 || slices > kMostSlices)
    refuse("there must be between 1 and 2^24 slices",
           static_cast<std::int64_t>(slices));
  if (static_cast<std::int64_t>(slices) > end.n - start.n)
    refuse("there must not be more slices than nanoseconds",
           static_cast<std::int64_t>(slices));
}

std::vector<Slice> twap(const Plan& plan, double jitter, std::uint64_t seed) {
  plan.check();
  if (!(jitter >= 0.0 && jitter <= 1.0)) {
    throw std::invalid_argument("the jitter must lie between 0 and 1; received " +
                                std::to_string(jitter));
  }
  const double even = 1.0 / static_cast<double>(plan.slices);
  if (jitter == 0.0)
    return cut(plan,
               [&](std::size_t k, Nanos) { return static_cast<double>(k + 1) * even; });

  // The halves of one random word move a slice's target and the next slice's beginning.
  Rng rng(seed);
  const auto centred = [&](std::uint64_t half) {
    return jitter * (static_cast<double>(half) * 0x1p-32 - 0.5);
  };
  const double length = static_cast<double>(plan.end.n - plan.start.n) * even;
  std::vector<std::int64_t> moved(plan.slices);
  auto out = cut(plan, [&](std::size_t k, Nanos) {
    const std::uint64_t word = rng.next();
    moved[k + 1] = static_cast<std::int64_t>(centred(word >> 32) * length);
    return (static_cast<double>(k + 1) + centred(word & 0xffff'ffff)) * even;
  });
  for (std::size_t k = 1; k < out.size(); ++k) out[k].at += Nanos{moved[k]};
  return out;
}

std::vector<Slice> vwap(const Plan& plan, const Curve& curve) {
  plan.check();
  const double before = curve.share(plan.start);
  const double all = curve.share(plan.end) - before;
  if (!(all > 0.0)) return twap(plan);
  const double scale = 1.0 / all;
  return cut(plan, [&](std::size_t, Nanos end) {
    return (curve.share(end) - before) * scale;
  });
}

std::vector<Slice> shortfall(const Plan& plan, double k) {
  plan.check();
  check_urgency(k);
  if (k < kStraight) return twap(plan);
  Sine left(k, plan.slices, true);
  return cut(plan,
             [&](std::size_t i, Nanos) { return 1.0 - left.at(plan.slices - 1 - i); });
}

std::vector<Slice> closing(const Plan& plan, double k) {
  plan.check();
  check_urgency(k);
  if (k < kStraight) return twap(plan);
  Sine done(k, plan.slices, false);
  return cut(plan, [&](std::size_t i, Nanos) { return done.at(i + 1); });
}

double shortfall_share(double k, double t) {
  check_urgency(k);
  if (!(t > 0.0)) return 0.0;
  if (t >= 1.0) return 1.0;
  if (k < kStraight) return t;
  return 1.0 - portable_exp(-k * t) * decayed(2.0 * k * (1.0 - t)) / decayed(2.0 * k);
}

}  // namespace ai_trading::schedule
