#include "ai_trading/algo/terms.hpp"

#include <stdexcept>
#include <string>

namespace ai_trading::algo {

namespace {

template <class Number>
[[noreturn]] void refuse(const char* rule, Number received) {
  throw std::invalid_argument(std::string(rule) + "; received " +
                              std::to_string(received));
}

void between(const char* rule, std::int64_t value, std::int64_t low,
             std::int64_t high) {
  if (value < low || value > high) refuse(rule, value);
}

}  // namespace

void Terms::check() const {
  constexpr std::int64_t kMostLots = std::int64_t{1} << 52;
  constexpr std::int64_t kUnit = 1'000'000;
  constexpr std::int64_t kDay = 86'400'000'000'000;
  if (side == Side::none) throw std::invalid_argument("side must be buy or sell");
  between("the quantity must lie between 1 and 2^52 lots", quantity.n, 1, kMostLots);
  if (start >= end) {
    throw std::invalid_argument("the start must come before the end; received " +
                                std::to_string(start.n) + " and " +
                                std::to_string(end.n));
  }
  between("round must lie between 1 and 2^52 lots", round.n, 1, kMostLots);
  between("min_child must lie between 1 and 2^52 lots", min_child.n, 1, kMostLots);
  between("max_child must lie between 0 (no limit) and 2^52 lots", max_child.n, 0,
          kMostLots);
  if (max_child.n > 0 && max_child < min_child)
    refuse("max_child must not be below min_child", max_child.n);
  between("rate must lie between 1 and 1000000 millionths", rate, 1, kUnit);
  between("min_participation must lie between 0 and 1000000 millionths",
          min_participation, 0, kUnit);
  between("max_participation must lie between 0 (none) and 1000000 millionths",
          max_participation, 0, kUnit);
  if (max_participation > 0 && min_participation > max_participation)
    refuse("min_participation must not be above max_participation", min_participation);
  if (algorithm == Algorithm::pov && max_participation > 0 && rate > max_participation)
    refuse("rate must not be above max_participation", rate);
  between("urgency must lie between 0 and 1000000 millionths", urgency, 0, kUnit);
  between("slices must lie between 0 (one per interval) and 1048576",
          static_cast<std::int64_t>(slices), 0, 1 << 20);
  between("interval must lie between 1 nanosecond and a day", interval.n, 1, kDay);
  between("review must lie between 1 nanosecond and a day", review.n, 1, kDay);
  between("price_step must be 1 tick or more", price_step.n, 1, kMaxPrice);
  if (!(jitter >= 0.0 && jitter <= 1.0))
    refuse("jitter must lie between 0 and 1", jitter);
  if (!(k >= 0.0 && k <= 700.0)) refuse("kappa T must lie between 0 and 700", k);
  if (!(satiation >= 0.0 && satiation <= 1e9))
    refuse("the gain of satiation must be 0 (none) or a fraction up to 1e9", satiation);
  between("auction must lie between 0 and 1000000 millionths", auction, 0, kUnit);
  if (auction > 0 && algorithm != Algorithm::close)
    refuse("only close leaves a part for the auction; auction must be 0", auction);
  for (const auto& price : {limit, would}) {
    if (!price) continue;
    between("prices must lie within 2^62 ticks", price->n, -kMaxPrice + 1,
            kMaxPrice - 1);
    if (price->n % price_step.n != 0)
      refuse("limit and I-would price must be multiples of the price increment",
             price->n);
  }
  if (algorithm == Algorithm::iceberg)
    between("display must lie between 1 lot and the quantity", display.n, 1,
            quantity.n);
  between("max_spread must be 0 (any) or more ticks", max_spread.n, 0, kMaxPrice);
  between("min_touch must be 0 or more lots", min_touch.n, 0, kMaxQuantity);
  if (forecast) {
    if (!(forecast->session >= 0.0))
      refuse("the forecast volume must be 0 or more", forecast->session);
    if (!(forecast->prior >= 0.0))
      refuse("the forecast's prior must be 0 or more", forecast->prior);
  }
}

}  // namespace ai_trading::algo
