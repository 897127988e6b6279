#include "ai_trading/risk/exposure.hpp"

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
  if (!loadings.known || after.net == before.net) return;
  for (std::size_t k = 0; k < kFactors; ++k)
    factor[k] +=
        loaded(loadings.factor[k], after.net) - loaded(loadings.factor[k], before.net);
  const Int128 was = loaded(loadings.own, before.net);
  const Int128 is = loaded(loadings.own, after.net);
  own += is * is - was * was;
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

void RiskView::take(const Exposures& exposures) {
  constexpr std::int64_t kMost = std::int64_t{1} << 50;
  bool known = true;
  for (std::size_t k = 0; k < kFactors; ++k) {
    known = known && std::abs(exposures.factor[k]) < kMost;
    factor[k] = static_cast<double>(exposures.factor[k]);
  }
  // Beyond what 53 bits can tell nothing is clear.
  own = known ? static_cast<double>(exposures.own)
              : std::numeric_limits<double>::infinity();
  fresh = true;
}

}  // namespace ai_trading::risk
