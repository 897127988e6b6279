// How the gate judges an order that is not clear of every limit: exactly.
#include "ai_trading/risk/pre_trade.hpp"

#include <algorithm>
#include <cstdlib>

namespace ai_trading::risk {

namespace {

Verdict no(Reject reason) { return {reason, {}}; }

// True where `away` ticks are more than so many millionths of a price.
bool beyond(std::int64_t away, Ticks of, std::int64_t ppm) {
  return Int128{away} * 1'000'000 > Int128{std::abs(of.n)} * ppm;
}

// How far the position may go on a side if all that is open there executes.
std::int64_t reach(Side side, Lots quantity, const Name& name) {
  return side == Side::buy ? plus(plus(name.position.n, name.buys.n), quantity.n)
                           : plus(minus(name.sells.n, name.position.n), quantity.n);
}

// True where so many lots at a price are within what a name may be worth.
bool countable(const Name& name, Ticks price, Lots quantity) {
  std::int64_t size;
  return !__builtin_mul_overflow(price.n, quantity.n, &size) &&
         size <= name.most_tick_lots && size >= -name.most_tick_lots;
}

// Attos of so many micro units.
Int128 atto(std::int64_t micro) { return Int128{micro} * 1'000'000'000'000; }

}  // namespace

Counters& Gate::counters_of(Owner owner, StrategyIndex strategy,
                            InstrumentIndex instrument) {
  if (owner == Owner::instrument) return names_[instrument].counted;
  if (owner == Owner::strategy) return by_strategy_[strategy];
  return counted_;
}

// What is no order, whatever the limits.
Reject Gate::terms(const Intent& order, const Name& name) const {
  if (order.side == Side::none) return Reject::side_missing;
  if (order.quantity.n < 1) return Reject::quantity_not_positive;
  if (order.quantity.n > kMostLots) return Reject::quantity_too_large;
  if (order.quantity.n % name.lot_step != 0) return Reject::quantity_off_lot;
  if (!order.has_limit) return Reject::none;
  if (order.price.n >= kMaxPrice || order.price.n <= -kMaxPrice)
    return Reject::price_out_of_range;
  if (order.price.n % name.price_step != 0) return Reject::price_off_increment;
  return Reject::none;
}

Reject Gate::clocks(const Intent& order, const Name& name, const Row& row,
                    Nanos now) const {
  if (row.has(Limit::clock_tolerance)) {
    const Nanos tolerance{row[Limit::clock_tolerance]};
    const Nanos earliest = now - tolerance;
    const Nanos latest = now + tolerance;
    if (latest_ > latest || (name.marked && name.mark_at > latest) ||
        (order.created.n != 0 && (order.created < earliest || order.created > latest)))
      return Reject::clock_skew;
  }
  if (!name.marked) return Reject::no_reference_price;
  if (row.has(Limit::reference_age) &&
      now - name.mark_at > Nanos{row[Limit::reference_age]})
    return Reject::stale_reference;
  return Reject::none;
}

// Erroneous prices and sizes, copies, and orders that would meet our own.
Reject Gate::prices(const Intent& order, Lots quantity, std::int64_t& size,
                    const Name& name, const Row& row, std::uint64_t mark,
                    Nanos now) const {
  const bool buying = order.side == Side::buy;
  if (row.has(Limit::max_order_quantity) && quantity.n > row[Limit::max_order_quantity])
    return Reject::max_quantity;
  const Ticks price = order.has_limit ? order.price : name.mark;
  if (!countable(name, price, quantity) || !countable(name, name.mark, quantity))
    return Reject::quantity_too_large;
  size = std::abs(price.n * quantity.n);
  if (row.has(Limit::max_order_notional) &&
      value_of(name, size).atto > atto(row[Limit::max_order_notional]))
    return Reject::max_notional;
  if (order.has_limit) {
    if (row.has(Limit::price_collar) &&
        beyond(std::abs(price.n - name.mark.n), name.mark, row[Limit::price_collar]))
      return Reject::price_collar;
    if (row.has(Limit::window_collar)) {
      const Ticks from = buying ? std::min(name.low_now, name.low_before)
                                : std::max(name.high_now, name.high_before);
      if (beyond(buying ? price.n - from.n : from.n - price.n, from,
                 row[Limit::window_collar]))
        return Reject::window_collar;
    }
  }
  if (row.has(Limit::volume_share)) {
    if (name.daily_volume.n < 1) return Reject::volume_unknown;
    if (Int128{quantity.n} * 1'000'000 >
        Int128{name.daily_volume.n} * row[Limit::volume_share])
      return Reject::volume_share;
  }
  if (row.has(Limit::price_band) && row[Limit::price_band] != 0) {
    if (!name.banded) return Reject::price_band_unknown;
    const Ticks at = order.has_limit ? order.price : name.mark;
    if (buying ? at > name.band_high : at < name.band_low) return Reject::price_band;
  }
  if (row.has(Limit::duplicate_window) && !order.replaces) {
    for (const Recent& recent : name.recent) {
      if (recent.mark == mark && now.n - recent.at <= row[Limit::duplicate_window])
        return Reject::duplicate_order;
    }
  }
  if (row.has(Limit::self_trade) && row[Limit::self_trade] != 0) {
    const Ticks ours = buying ? name.own_ask : name.own_bid;
    const bool there = buying ? ours.n != std::numeric_limits<std::int64_t>::max()
                              : ours.n != std::numeric_limits<std::int64_t>::min();
    if (there && (!order.has_limit || !better(order.side, ours, order.price)))
      return Reject::self_trade;
  }
  return Reject::none;
}

Reject Gate::short_sale(const Intent& order, Lots quantity, const Name& name,
                        const Row& row) const {
  if (!row.has(Limit::short_sale) || row[Limit::short_sale] == 0) return Reject::none;
  const std::int64_t short_after = reach(Side::sell, quantity, name);
  if (!name.easy_to_borrow && short_after > name.located.n) return Reject::no_locate;
  if (name.price_test && (!name.has_bid || !order.has_limit || order.price <= name.bid))
    return Reject::short_price;
  return Reject::none;
}

// How much is sent, and how much of it is open.
Reject Gate::activity(const Intent& order, std::int64_t size, const Name& name,
                      const Row& row, Nanos now) {
  const auto of = [&](Limit limit) -> Counters& {
    return counters_of(row.of(limit), order.strategy, order.instrument);
  };
  if (row.has(Limit::message_rate)) {
    Bucket& bucket = of(Limit::message_rate).bucket;
    bucket.fill(row[Limit::message_rate], burst_of(row), now);
    if (!bucket.has_one()) return Reject::message_rate;
  }
  if (row.has(Limit::order_to_trade)) {
    const Counters& counted = of(Limit::order_to_trade);
    const std::int64_t paid =
        std::int64_t{counted.messages} + 1 -
        (row.has(Limit::free_messages) ? row[Limit::free_messages] : 0);
    if (paid > 0 && paid * 1000 > row[Limit::order_to_trade] * counted.trades)
      return Reject::order_to_trade;
  }
  if (row.has(Limit::open_orders) &&
      of(Limit::open_orders).open_orders >= row[Limit::open_orders])
    return Reject::open_orders;
  if (row.has(Limit::open_notional) &&
      of(Limit::open_notional).open_notional.atto + value_of(name, size).atto >
          atto(row[Limit::open_notional]))
    return Reject::open_notional;
  return Reject::none;
}

// What the account would hold if the worst of its open orders executed.
Reject Gate::exposure(const Intent& order, Lots quantity, std::int64_t size,
                      const Name& name, const Row& row) {
  const bool buying = order.side == Side::buy;
  const Sizes before = sizes(name);
  Sizes after = before;
  if (buying) {
    after.up = size_of(name, plus(plus(name.position.n, name.buys.n), quantity.n));
  } else {
    after.down = size_of(name, minus(minus(name.position.n, name.sells.n), quantity.n));
  }
  const std::int64_t worst_before = before.worst();
  const std::int64_t worst_after = after.worst();
  if (worst_after > worst_before) {
    const Reject bad = wider(name, worst_before, worst_after, row);
    if (bad != Reject::none) return bad;
  }
  if (row.has(Limit::net_exposure)) {
    const std::int64_t more = buying ? after.up - before.up : before.down - after.down;
    const Money net = buying ? exposures_.up : -exposures_.down;
    if (net.atto + value_of(name, more).atto > atto(row[Limit::net_exposure]))
      return Reject::net_exposure;
  }
  if (row.has(Limit::days_to_liquidate)) {
    const std::int64_t held = reach(order.side, quantity, name);
    if (name.daily_volume.n < 1) return Reject::volume_unknown;
    const std::int64_t share =
        row.has(Limit::liquidation_share) ? row[Limit::liquidation_share] : 100'000;
    if (Int128{held} * 1'000'000'000 >
        Int128{name.daily_volume.n} * share * row[Limit::days_to_liquidate])
      return Reject::days_to_liquidate;
  }
  if (row.has(Limit::cash_only) && row[Limit::cash_only] != 0) {
    if (!buying) return Reject::position_limit;
    if (open_buys_.atto + value_of(name, size).atto > cash_.atto)
      return Reject::insufficient_cash;
  }
  if (row.has(Limit::var_budget)) {
    const Loadings& loadings = name.loadings;
    if (!loadings.known) return Reject::risk_model_missing;
    const Int128 variance = exposures_.variance_with(
        loadings, at_risk(name, before.net()), at_risk(name, after.net()));
    if (variance > row.max_variance && variance > exposures_.variance())
      return Reject::var_budget;
  }
  return Reject::none;
}

// A name whose worst grows, in ticks times lots: sums of exposures against their limits.
Reject Gate::wider(const Name& name, std::int64_t worst_before,
                   std::int64_t worst_after, const Row& row) const {
  const Whole equity(this->equity());
  const Money worst = value_of(name, worst_after);
  const Money worse = value_of(name, worst_after - worst_before);
  const auto exceeds = [&](Limit limit, Money part) {
    return row.has(limit) && equity.exceeded_by(part, row[limit]);
  };
  if (row.has(Limit::gross_exposure) &&
      exposures_.gross + worse > Money{atto(row[Limit::gross_exposure])})
    return Reject::gross_exposure;
  if (exceeds(Limit::name_share, worst)) return Reject::name_concentration;
  if (exceeds(Limit::sector_share, exposures_.sectors[name.sector] + worse))
    return Reject::sector_concentration;
  if (exceeds(Limit::asset_class_share,
              exposures_.asset_classes[name.asset_class] + worse))
    return Reject::asset_class_concentration;
  if (name.group != 0 &&
      exceeds(Limit::group_share, exposures_.groups[name.group] + worse))
    return Reject::group_concentration;
  if (exceeds(Limit::leverage, exposures_.gross + worse)) return Reject::leverage;
  if (row.has(Limit::margin) && row[Limit::margin] != 0 &&
      exposures_.margin + margin_of(name, worst) - margin_of(name, worst - worse) >
          this->equity().atto)
    return Reject::insufficient_margin;
  return Reject::none;
}

Verdict Gate::judge_exactly(const Intent& order, Nanos now) {
  if (order.instrument >= names_.size()) return no(Reject::unknown_instrument);
  if (order.strategy >= strategies()) return no(Reject::unknown_strategy);
  Name& name = names_[order.instrument];
  const Row& row = this->row(order.strategy, order.instrument);
  const State state = states_.of(order.strategy, order.instrument);
  if (state.mode == Mode::halted) return no(state.refusal());
  if (!connected_) return no(Reject::disconnected);
  if (row.incomplete) return no(Reject::limit_missing);
  if (const Reject bad = terms(order, name); bad != Reject::none) return no(bad);
  if (const Reject bad = clocks(order, name, row, now); bad != Reject::none)
    return no(bad);
  latest_ = std::max(latest_, now);
  if (name.halted) return no(Reject::trading_halt);
  if (name.restriction == Restriction::forbidden) return no(Reject::restricted);

  const bool buying = order.side == Side::buy;
  Lots quantity = order.quantity;
  const std::int64_t covered =
      std::max<std::int64_t>(0, buying ? minus(minus(0, name.position.n), name.buys.n)
                                       : minus(name.position.n, name.sells.n));
  if (covered > 0 && quantity.n > covered && row.has(Limit::flip)) {
    const auto flip = static_cast<Flip>(row[Limit::flip]);
    if (flip == Flip::refuse) return no(Reject::would_flip);
    if (flip == Flip::cut) {
      quantity = Lots{covered};
      quantity -= Lots{quantity.n % name.lot_step};
      if (quantity.n == 0) return no(Reject::would_flip);
    }
  }
  const bool reducing = quantity.n <= covered;
  if (!reducing && state.mode == Mode::reduce_only) return no(state.refusal());
  if (!reducing && name.restriction == Restriction::closing_only)
    return no(Reject::restricted);

  const std::uint64_t mark =
      row.has(Limit::duplicate_window) ? fingerprint_of(order) : 0;
  std::int64_t size = 0;  // in ticks times lots
  if (const Reject bad = prices(order, quantity, size, name, row, mark, now);
      bad != Reject::none)
    return no(bad);
  if (!reducing) {
    if (!buying) {
      const Reject bad = short_sale(order, quantity, name, row);
      if (bad != Reject::none) return no(bad);
    }
    const std::int64_t held = reach(order.side, quantity, name);
    if (row.has(Limit::max_position) && held > row[Limit::max_position])
      return no(Reject::position_limit);
    if (held > kMostLots) return no(Reject::quantity_too_large);
    if (const Reject bad = activity(order, size, name, row, now); bad != Reject::none)
      return no(bad);
    const Reject bad = exposure(order, quantity, size, name, row);
    if (bad != Reject::none) return no(bad);
  }
  count_message(row, order.strategy, order.instrument, now);
  if (row.has(Limit::duplicate_window)) name.remember({mark, now.n});
  return {Reject::none, quantity};
}

void Gate::count_message(const Row& row, StrategyIndex strategy,
                         InstrumentIndex instrument, Nanos now) {
  if (row.has(Limit::message_rate)) {
    Bucket& bucket =
        counters_of(row.of(Limit::message_rate), strategy, instrument).bucket;
    bucket.fill(row[Limit::message_rate], burst_of(row), now);
    bucket.take();
  }
  ++counted_.messages;
  ++by_strategy_[strategy].messages;
  ++names_[instrument].counted.messages;
}

Reject Gate::judge_smaller(const Intent& order, Nanos now) {
  if (order.instrument >= names_.size()) return Reject::unknown_instrument;
  const Reject bad = terms(order, names_[order.instrument]);
  if (bad == Reject::none) message(order.strategy, order.instrument, now);
  return bad;
}

void Gate::message(StrategyIndex strategy, InstrumentIndex instrument, Nanos now) {
  if (instrument >= names_.size() || strategy >= strategies()) return;
  count_message(row(strategy, instrument), strategy, instrument, now);
}

}  // namespace ai_trading::risk
