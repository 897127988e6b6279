#include "ai_trading/risk/exposure.hpp"

#include <cmath>

namespace ai_trading::risk {

void Exposures::move(const Name& name, const Loadings& loadings, const Values& before,
                     const Values& after) {
  const Money worse = after.worst - before.worst;
  gross += worse;
  sectors[name.sector] += worse;
  groups[name.group] += worse;
  asset_classes[name.asset_class] += worse;
  up += after.up - before.up;
  down += after.down - before.down;
  margin += after.margin - before.margin;
  if (loadings.known && after.net != before.net)
    move_risk(loadings, before.net, after.net);
}

void Exposures::resize_name(const Name& name, const Sizes& before, const Sizes& after) {
  const std::int64_t worst_before = before.worst(), worst_after = after.worst();
  const Money worse = value_of(name, worst_after - worst_before);
  gross += worse;
  sectors[name.sector] += worse;
  groups[name.group] += worse;
  asset_classes[name.asset_class] += worse;
  up += value_of(name, after.up - before.up);
  down += value_of(name, after.down - before.down);
  const Money worst = value_of(name, worst_after);
  margin += margin_of(name, worst) - margin_of(name, worst - worse);
  if (!name.loadings.known) return;
  const std::int64_t was = at_risk(name, before.net()), is = at_risk(name, after.net());
  if (is != was) move_risk(name.loadings, was, is);
}

void Exposures::move_risk(const Loadings& loadings, std::int64_t before,
                          std::int64_t after) {
  // Mostly a product stays within 64 bits.
  constexpr std::int64_t kFew = std::int64_t{1} << 31;
  const auto few = [](std::int64_t n) { return n < kFew && n >= -kFew; };
  if (few(before) && few(after)) [[likely]] {
    for (std::size_t k = 0; k < kFactors; ++k) {
      const std::int64_t loading = loadings.factor[k];
      factor[k] +=
          (loading * after >> kLoadingShift) - (loading * before >> kLoadingShift);
    }
  } else {
    for (std::size_t k = 0; k < kFactors; ++k)
      factor[k] +=
          loaded(loadings.factor[k], after) - loaded(loadings.factor[k], before);
  }
  const std::int64_t was = loaded(loadings.own, before);
  const std::int64_t is = loaded(loadings.own, after);
  own += Int128{is - was} * (is + was);
}

Int128 Exposures::variance() const {
  Int128 sum = own;
  for (const std::int64_t amount : factor) sum += Int128{amount} * amount;
  return sum;
}

Int128 Exposures::variance_with(const Loadings& loadings, std::int64_t before,
                                std::int64_t after) const {
  const Int128 was = loaded(loadings.own, before);
  const Int128 is = loaded(loadings.own, after);
  Int128 sum = own + is * is - was * was;
  for (std::size_t k = 0; k < kFactors; ++k) {
    const std::int64_t amount = factor[k] + loaded(loadings.factor[k], after - before);
    sum += Int128{amount} * amount;
  }
  return sum;
}

namespace {

// A share that is beyond what rounding in 53 bits can do.
constexpr double kUp = 1.0 + 1e-9;

}  // namespace

void RiskView::take(const Exposures& exposures) {
  constexpr double kUpper = 18446744073709551616.0;  // 2^64
  double sum =
      static_cast<double>(static_cast<std::int64_t>(exposures.own >> 64)) * kUpper +
      static_cast<double>(static_cast<std::uint64_t>(exposures.own));
  for (const std::int64_t amount : exposures.factor)
    sum += static_cast<double>(amount) * static_cast<double>(amount);
  deviation = std::sqrt(sum) * kUp + 1.0;
  fresh = true;
}

float deviation_of(const Loadings& loadings) {
  if (!loadings.known) return std::numeric_limits<float>::infinity();
  double sum = static_cast<double>(loadings.own) * loadings.own;
  for (const std::int32_t loading : loadings.factor)
    sum += static_cast<double>(loading) * loading;
  const double share = std::sqrt(sum) / (std::int64_t{1} << kLoadingShift);
  return static_cast<float>(share * (1.0 + 1e-6));
}

}  // namespace ai_trading::risk
