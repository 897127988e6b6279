#include "ai_trading/risk/gate.hpp"

namespace ai_trading::risk {

namespace {

Reject check_terms(const Proposal& order, const Instrument& instrument) {
  if (order.side == Side::none) return Reject::side_missing;
  if (order.quantity.n < 1) return Reject::quantity_not_positive;
  if (order.quantity.n > kMaxQuantity) return Reject::quantity_too_large;
  if (order.type == OrderType::limit) {
    if (order.price.n >= kMaxPrice || order.price.n <= -kMaxPrice)
      return Reject::price_out_of_range;
    if (order.price.n % instrument.price_step != 0) return Reject::price_off_increment;
  }
  return Reject::none;
}

bool outside_collar(Ticks price, Ticks reference, std::int64_t ppm) {
  const Int128 away = price.n > reference.n ? Int128{price.n} - reference.n
                                            : Int128{reference.n} - price.n;
  const Int128 base = reference.n < 0 ? -Int128{reference.n} : Int128{reference.n};
  return away * 1'000'000 > base * ppm;
}

}  // namespace

Reject check(const Proposal& order, const Instrument& instrument,
             const Exposure& exposure, const Limits& limits) {
  if (const Reject bad = check_terms(order, instrument); bad != Reject::none)
    return bad;
  if (!order.has_reference) return Reject::no_reference_price;

  const Ticks price = order.type == OrderType::limit ? order.price : order.reference;
  if (!notional(price, order.quantity)) return Reject::quantity_too_large;
  const Money value = instrument.value(price, order.quantity);
  const Money size = value < Money{} ? -value : value;
  if (limits.max_quantity.n > 0 && order.quantity > limits.max_quantity)
    return Reject::max_quantity;
  if (limits.max_notional > Money{} && size > limits.max_notional)
    return Reject::max_notional;
  if (limits.collar_ppm > 0 &&
      outside_collar(price, order.reference, limits.collar_ppm))
    return Reject::price_collar;

  const bool buying = order.side == Side::buy;
  const Lots working = buying ? exposure.working_buy : exposure.working_sell;
  const Lots position = buying ? exposure.position : -exposure.position;
  const Int128 after = Int128{position.n} + working.n + order.quantity.n;
  if (after <= 0) return Reject::none;  // it can only reduce

  if (limits.max_position.n > 0 && after > limits.max_position.n)
    return Reject::position_limit;
  if (after > kMaxQuantity) return Reject::quantity_too_large;
  if (limits.cash_only) {
    if (!buying) return Reject::position_limit;
    if (exposure.working_buy_value + value > exposure.cash)
      return Reject::insufficient_cash;
  }
  return Reject::none;
}

}  // namespace ai_trading::risk
