// What the gate is told, and the losses it watches.
#include <algorithm>
#include <stdexcept>
#include <string>

#include "ai_trading/risk/pre_trade.hpp"

namespace ai_trading::risk {

namespace {

const std::string kGate = "gate";

// The open part of an order in ticks times lots.
Int128 size_of(const Open& open) { return Int128{open.price.n} * open.quantity.n; }

Int128 magnitude(Int128 n) { return n < 0 ? -n : n; }

}  // namespace

// A name seldom is in the cache: what will be read of it is asked for at once.
void Gate::load(InstrumentIndex instrument) const {
  const Name& name = names_[instrument];
  __builtin_prefetch(&name, 1);
  __builtin_prefetch(&name.low_now, 1);
  __builtin_prefetch(&name.loadings, 1);
  __builtin_prefetch(&name.price_step);
  __builtin_prefetch(&holders_[instrument]);
  __builtin_prefetch(&name_profits_[instrument], 1);
}

// Changes a name, and every sum with it.
template <class Change>
void Gate::change(InstrumentIndex instrument, Change&& change) {
  Name& name = names_[instrument];
  const Values before = values(name);
  change(name);
  name.size = sizes(name);
  exposures_.move(name, names_[instrument].loadings, before, values(name));
  risk_view_.fresh = false;
}

Gate::Holder& Gate::holder(InstrumentIndex instrument, StrategyIndex strategy) {
  Holders& holders = holders_[instrument];
  Holder& first = holders.first;
  if (first.used && first.strategy == strategy) return first;
  Holder made;
  made.strategy = strategy;
  made.used = true;
  if (!first.used) return first = made;
  const auto found = std::ranges::find(holders.others, strategy, &Holder::strategy);
  if (found != holders.others.end()) return *found;
  return holders.others.emplace_back(made);
}

// Puts another price or another worth of a tick-lot in place of the present one.
void Gate::revalue(InstrumentIndex instrument, Ticks price, Int128 unit) {
  Name& name = names_[instrument];
  const Values before = values(name);
  const auto shift = [&](int towards) {
    holders_[instrument].for_each([&](const Holder& held) {
      Money& value = profits_[held.strategy].value;
      const Money now = worth(name, held.quantity.n);
      value += towards > 0 ? now : -now;
    });
  };
  shift(-1);
  name.mark = price;
  if (unit != name.unit) {
    name.unit = unit;
    name.most_tick_lots = static_cast<std::int64_t>(
        std::min<Int128>(kMostValue.atto / unit, kMostTickLots));
  }
  name.size = sizes(name);
  shift(1);
  const Values after = values(name);
  account_.value += after.held - before.held;
  name_profits_[instrument].value += after.held - before.held;
  exposures_.move(name, names_[instrument].loadings, before, after);
  risk_view_.fresh = false;
}

void Gate::mark(InstrumentIndex instrument, Ticks price, Nanos at) {
  load(instrument);
  Name& name = names_[instrument];
  const std::int64_t window = windows_[instrument];
  if (window > 0) {
    const std::int64_t span = at.n / window;
    if (!name.marked || span > name.span + 1) {
      name.low_before = name.high_before = name.low_now = name.high_now = price;
      name.span = span;
    } else if (span > name.span) {
      name.low_before = name.low_now;
      name.high_before = name.high_now;
      name.low_now = name.high_now = price;
      name.span = span;
    } else {
      name.low_now = std::min(name.low_now, price);
      name.high_now = std::max(name.high_now, price);
    }
  }
  name.mark_at = at;
  name.marked = true;
  if (name.mark == price) return;
  if (!holders_[instrument].first.used) {  // nobody has anything in it
    name.mark = price;
    return;
  }
  revalue(instrument, price, name.unit);
  watch(instrument, at);
}

void Gate::working(const Open& was, const Open& is) {
  const InstrumentIndex instrument = is.instrument;
  load(instrument);
  __builtin_prefetch(&ladders_[instrument]);
  const bool buying = is.side == Side::buy;
  change(instrument, [&](Name& name) {
    Lots& open = buying ? name.buys : name.sells;
    open += is.quantity - was.quantity;
  });
  Name& name = names_[instrument];
  const Int128 more = magnitude(size_of(is)) - magnitude(size_of(was));
  Holder& held = holder(instrument, is.strategy);
  held.open += more;
  const Money value{more * name.unit};
  const std::uint32_t opened = is.quantity.n > 0 && was.quantity.n == 0 ? 1 : 0;
  const std::uint32_t closed = is.quantity.n == 0 && was.quantity.n > 0 ? 1 : 0;
  for (Counters* counted :
       {&counted_, &by_strategy_[is.strategy], &names_[instrument].counted}) {
    counted->open_notional += value;
    counted->open_orders += opened;
    counted->open_orders -= closed;
  }
  if (buying) {
    held.open_buys += more;
    open_buys_ += value;
  }
  auto& levels = buying ? ladders_[instrument].buys : ladders_[instrument].sells;
  if (was.rests && was.quantity.n > 0) {
    const auto level = std::ranges::find(levels, was.price, &Level::price);
    if (level != levels.end() && --level->orders == 0) levels.erase(level);
  }
  if (is.rests && is.quantity.n > 0) {
    const auto found = std::ranges::find(levels, is.price, &Level::price);
    if (found != levels.end()) {
      ++found->orders;
    } else {
      const auto next = std::ranges::find_if(levels, [&](const Level& level) {
        return better(is.side, level.price, is.price);
      });
      levels.insert(next, {is.price, 1});
    }
  }
  if (buying) {
    name.own_bid = levels.empty() ? Ticks{std::numeric_limits<std::int64_t>::min()}
                                  : levels.back().price;
  } else {
    name.own_ask = levels.empty() ? Ticks{std::numeric_limits<std::int64_t>::max()}
                                  : levels.back().price;
  }
}

void Gate::hold(InstrumentIndex instrument, StrategyIndex strategy, Lots quantity) {
  change(instrument, [&](Name& name) {
    Holder& held = holder(instrument, strategy);
    const Money before = worth(name, name.position.n);
    const Money own_before = worth(name, held.quantity.n);
    name.position += quantity;
    held.quantity += quantity;
    const Money more = worth(name, name.position.n) - before;
    account_.value += more;
    name_profits_[instrument].value += more;
    profits_[strategy].value += worth(name, held.quantity.n) - own_before;
  });
}

void Gate::executed(InstrumentIndex instrument, StrategyIndex strategy, Ticks price,
                    Lots quantity, Money fee, Nanos at) {
  if (strategy >= strategies()) strategy = 0;
  Name& name = names_[instrument];
  // The first price there is.
  if (!name.marked && name.mark.n == 0) revalue(instrument, price, name.unit);
  const Money paid = Money{Int128{price.n} * quantity.n * name.unit} + fee;
  cash_ -= paid;
  for (Profit* profit : {&account_, &profits_[strategy], &name_profits_[instrument]})
    profit->flow -= paid;
  hold(instrument, strategy, quantity);
  for (Counters* counted :
       {&counted_, &by_strategy_[strategy], &names_[instrument].counted})
    ++counted->trades;

  const Row& row = this->row(strategy, instrument);
  if (row.has(Limit::max_executions)) {
    const Owner owner = row.of(Limit::max_executions);
    Spans& spans = counters_of(owner, strategy, instrument).executions;
    spans.roll(row.has(Limit::execution_window) ? row[Limit::execution_window] : kNano,
               at);
    ++spans.now;
    if (spans.sum() > row[Limit::max_executions]) {
      Scope scope{ScopeKind::all, 0};
      if (owner == Owner::account) scope.kind = ScopeKind::account;
      if (owner == Owner::strategy) scope = {ScopeKind::strategy, strategy};
      if (owner == Owner::instrument) scope = {ScopeKind::instrument, instrument};
      breach(scope, Mode::reduce_only, Reject::execution_throttle, false, at);
    }
  }
  watch(instrument, at);
}

void Gate::set_rate(InstrumentIndex instrument, std::int64_t rate_nano) {
  if (rate_nano < 1) {
    throw std::invalid_argument("a rate of exchange is positive; received " +
                                std::to_string(rate_nano) + " (1e-9)");
  }
  const Instrument& terms = terms_[instrument];
  const Int128 own = Int128{terms.tick_nano} * terms.lot_nano;
  const Int128 unit = std::max<Int128>(1, scale(Money{own}, rate_nano, kNano).atto);
  const Name& name = names_[instrument];
  const Int128 change = unit - name.unit;
  holders_[instrument].for_each([&](const Holder& held) {
    const Money more{held.open * change};
    counted_.open_notional += more;
    by_strategy_[held.strategy].open_notional += more;
    names_[instrument].counted.open_notional += more;
    open_buys_ += Money{held.open_buys * change};
  });
  revalue(instrument, name.mark, unit);
}

void Gate::set_bid(InstrumentIndex instrument, std::optional<Ticks> best) {
  names_[instrument].has_bid = best.has_value();
  names_[instrument].bid = best.value_or(Ticks{});
}

void Gate::set_band(InstrumentIndex instrument,
                    std::optional<std::pair<Ticks, Ticks>> band) {
  if (band && band->first > band->second) {
    throw std::invalid_argument("a price band begins below its end; received " +
                                std::to_string(band->first.n) + " to " +
                                std::to_string(band->second.n) + " ticks");
  }
  Name& name = names_[instrument];
  name.banded = band.has_value();
  name.band_low = band ? band->first : Ticks{};
  name.band_high = band ? band->second : Ticks{};
}

void Gate::set_loadings(InstrumentIndex instrument, const Loadings& loadings) {
  Name& name = names_[instrument];
  const Values now = values(name);
  Values none = now;
  none.net = 0;
  exposures_.move(name, names_[instrument].loadings, now, none);
  names_[instrument].loadings = loadings;
  names_[instrument].loadings.known = true;
  exposures_.move(name, names_[instrument].loadings, none, now);
  risk_view_.fresh = false;
}

void Gate::begin_day() {
  for (Name& name : names_) name.counted.messages = name.counted.trades = 0;
  for (Counters& counted : by_strategy_) counted.messages = counted.trades = 0;
  counted_.messages = counted_.trades = 0;
  for (std::vector<Profit>* profits : {&profits_, &name_profits_})
    for (Profit& profit : *profits) profit.start = profit.now();
  account_.start = account_.now();
}

bool Gate::enable(Scope scope, const std::string& who, const std::string& reason,
                  Nanos at) {
  if (!states_.enable(scope, who, reason, at)) return false;
  // Else the loss that stopped it would stop it again at once.
  Profit* profit = &account_;
  Counters* counted = &counted_;
  if (scope.kind == ScopeKind::strategy) {
    profit = &profits_[scope.index];
    counted = &by_strategy_[scope.index];
  } else if (scope.kind == ScopeKind::instrument) {
    profit = &name_profits_[scope.index];
    counted = &names_[scope.index].counted;
  }
  profit->start = profit->peak = profit->now();
  counted->executions = {};
  return true;
}

void Gate::breach(Scope scope, Mode to, Reject cause, bool cancels, Nanos at) {
  if (!states_.restrict(scope, to, cause, kGate, "", at)) return;
  if (to == Mode::halted && cancels) halted_.push_back(scope);
}

void Gate::watch_one(Scope scope, Profit& profit, const Watched& limits, Nanos at) {
  const Money now = profit.now();
  profit.peak = std::max(profit.peak, now);
  const Money lost = profit.start - now;
  if (limits.hard > 0 && lost >= from_micro(limits.hard)) {
    breach(scope, Mode::halted, Reject::daily_loss_hard, limits.cancel_on_halt, at);
  } else if (limits.soft > 0 && lost >= from_micro(limits.soft)) {
    breach(scope, Mode::reduce_only, Reject::daily_loss, false, at);
  }
  if (limits.drawdown > 0) {
    const Money fall = profit.peak - now;
    if (fall > Money{} && Whole(equity() + fall).exceeded_by(fall, limits.drawdown))
      breach(scope, Mode::reduce_only, Reject::drawdown, false, at);
  }
}

void Gate::watch(InstrumentIndex instrument, Nanos at) {
  watch_one({ScopeKind::account, 0}, account_, account_limits_, at);
  holders_[instrument].for_each([&](const Holder& held) {
    watch_one({ScopeKind::strategy, held.strategy}, profits_[held.strategy],
              strategy_limits_[held.strategy], at);
  });
  if (!name_limits_.empty())
    watch_one({ScopeKind::instrument, instrument}, name_profits_[instrument],
              name_limits_[instrument], at);
}

}  // namespace ai_trading::risk
