// What the gate is told, and the losses it watches.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "ai_trading/risk/pre_trade.hpp"

namespace ai_trading::risk {

namespace {

const std::string kGate = "gate";

// The open part of an order in ticks times lots.
Int128 size_of(const Open& open) { return Int128{open.price.n} * open.quantity.n; }

Int128 magnitude(Int128 n) { return n < 0 ? -n : n; }

// What sums may come to: a half of what 128 bits hold, 8.5e19 units.
constexpr Int128 kMostSum = Int128{1} << 126;
// What happens at once is worth at most 1e15 units: sums stay far from their end.
constexpr Int128 kMostAtOnce = kMostValue.atto * 1000;

[[noreturn]] void too_much(const std::string& what) {
  throw std::overflow_error(what + " is worth more than the gate can count");
}

// So many ticks times lots in money.
Money counted(const Name& name, Int128 size, const char* what) {
  const auto few = static_cast<std::int64_t>(size);
  const auto unit = static_cast<std::int64_t>(name.unit);
  if (few == size && unit == name.unit) [[likely]] {  // no division, then
    const Int128 value = Int128{few} * unit;
    if (magnitude(value) <= kMostAtOnce) [[likely]]
      return {value};
  } else if (magnitude(size) <= kMostAtOnce / name.unit) {
    return {size * name.unit};
  }
  too_much(what);
}

void check_sum(Money sum, const char* what) {
  if (upper(absolute(sum)) >= upper(kMostSum)) too_much(what);
}

Lots counted(Lots a, Lots b) {
  std::int64_t sum;
  if (__builtin_add_overflow(a.n, b.n, &sum) || std::abs(sum) > kMaxQuantity) {
    throw std::overflow_error("a position has at most 2^62 lots; received " +
                              std::to_string(b.n) + " with " + std::to_string(a.n));
  }
  return Lots{sum};
}

}  // namespace

// A name seldom is in the cache: what will be read of it is asked for at once.
void Gate::load(InstrumentIndex instrument) const {
  const Name& name = names_[instrument];
  __builtin_prefetch(&name.unit, 1);
  __builtin_prefetch(&name.low_now, 1);
  __builtin_prefetch(&name.bid, 1);
  __builtin_prefetch(&name.loadings, 1);
  __builtin_prefetch(&holders_[instrument], 1);
}

// Changes a name, and every sum with it.
template <class Change>
void Gate::change(InstrumentIndex instrument, Change&& change) {
  Name& name = names_[instrument];
  const Sizes before = sizes(name);
  change(name);
  exposures_.resize_name(name, before, settle(name));
  risk_view_.fresh = false;
}

Gate::Holder& Gate::holder(InstrumentIndex instrument, StrategyIndex strategy) {
  Holder* held = &holders_[instrument];
  if (!held->used) {
    held->strategy = strategy;
    held->used = true;
  }
  while (held->strategy != strategy) {
    if (held->next == 0) {
      held->next = static_cast<std::uint32_t>(more_holders_.size() + 1);
      Holder& made = more_holders_.emplace_back();  // `held` may have gone
      made.strategy = strategy;
      made.used = true;
      return made;
    }
    held = &more_holders_[held->next - 1];
  }
  return *held;
}

// Puts another price in place of the present one.
void Gate::reprice(InstrumentIndex instrument, Ticks price) {
  Name& name = names_[instrument];
  const Sizes before = sizes(name);
  const Ticks was = std::exchange(name.mark, price);
  const Sizes after = settle(name);
  each_holder(instrument, [&](const Holder& held) {
    const std::int64_t lots = held.quantity.n;
    profits_[held.strategy].value +=
        value_of(name, size_of(name, lots) - size_at(was, lots, name.most_tick_lots));
  });
  const Money more = value_of(name, after.held - before.held);
  account_.value += more;
  name_profits_[instrument].value += more;
  exposures_.resize_name(name, before, after);
  risk_view_.fresh = false;
}

// Puts another worth of a tick and lot in place of the present one.
void Gate::reunit(InstrumentIndex instrument, Int128 unit) {
  Name& name = names_[instrument];
  const Values before = values(name);
  const auto shift = [&](int towards) {
    each_holder(instrument, [&](const Holder& held) {
      const Money now = worth(name, held.quantity.n);
      profits_[held.strategy].value += towards > 0 ? now : -now;
    });
  };
  shift(-1);
  name.set_unit(unit);
  settle(name);
  shift(1);
  const Values after = values(name);
  account_.value += after.held - before.held;
  name_profits_[instrument].value += after.held - before.held;
  exposures_.move(name, name.loadings, before, after);
  risk_view_.fresh = false;
}

void Gate::mark(InstrumentIndex instrument, Ticks price, Nanos at) {
  load(instrument);
  __builtin_prefetch(&name_profits_[instrument], 1);
  if (!name_limits_.empty()) __builtin_prefetch(&name_limits_[instrument].least);
  Name& name = names_[instrument];
  const std::int64_t window = name.window;
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
  if (!holders_[instrument].used) {  // nobody has anything in it
    name.mark = price;
    settle(name);
    return;
  }
  reprice(instrument, price);
  watch(instrument, at);
}

void Gate::working(const Open& was, const Open& is) {
  const InstrumentIndex instrument = is.instrument;
  load(instrument);
  __builtin_prefetch(&names_[instrument].counted, 1);
  __builtin_prefetch(&ladders_[instrument], 1);
  const bool buying = is.side == Side::buy;
  Name& name = names_[instrument];
  const Int128 more = magnitude(size_of(is)) - magnitude(size_of(was));
  const Money value = counted(name, more, "an open order");
  check_sum(counted_.open_notional + value, "what is open in all");
  Lots& open = buying ? name.buys : name.sells;
  const Lots opened_lots = counted(open, is.quantity - was.quantity);
  change(instrument, [&](Name&) { open = opened_lots; });
  Holder& held = holder(instrument, is.strategy);
  held.open += more;
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
  Ladder& ladder = ladders_[instrument];
  Rungs& rungs = buying ? ladder.buys : ladder.sells;
  Ticks& best = buying ? name.own_bid : name.own_ask;
  if (was.rests && was.quantity.n > 0) drop_rung(rungs, is.side, best, was.price);
  if (is.rests && is.quantity.n > 0) add_rung(rungs, is.side, best, is.price);
}

void Gate::add_rung(Rungs& rungs, Side side, Ticks& best, Ticks price) {
  if (rungs.at_best > 0 && price == best) {
    ++rungs.at_best;
    return;
  }
  std::vector<Level>& behind = rungs.behind;
  if (rungs.at_best == 0 || better(side, price, best)) {
    if (rungs.at_best > 0) behind.push_back({best, rungs.at_best});
    best = price;
    rungs.at_best = 1;
    return;
  }
  const auto next = std::ranges::find_if(
      behind, [&](const Level& level) { return !better(side, price, level.price); });
  if (next != behind.end() && next->price == price) {
    ++next->orders;
  } else {
    behind.insert(next, {price, 1});
  }
}

void Gate::drop_rung(Rungs& rungs, Side side, Ticks& best, Ticks price) {
  std::vector<Level>& behind = rungs.behind;
  if (rungs.at_best == 0) return;
  if (price != best) {
    const auto level = std::ranges::find(behind, price, &Level::price);
    if (level != behind.end() && --level->orders == 0) behind.erase(level);
  } else if (--rungs.at_best == 0) {
    if (behind.empty()) {
      best = Ticks{side == Side::buy ? std::numeric_limits<std::int64_t>::min()
                                     : std::numeric_limits<std::int64_t>::max()};
      return;
    }
    best = behind.back().price;
    rungs.at_best = behind.back().orders;
    behind.pop_back();
  }
}

void Gate::hold(InstrumentIndex instrument, StrategyIndex strategy, Lots quantity) {
  const Lots position = counted(names_[instrument].position, quantity);
  Holder& held = holder(instrument, strategy);
  const Lots own = counted(held.quantity, quantity);
  change(instrument, [&](Name& name) {
    const Money before = worth(name, name.position.n);
    const Money own_before = worth(name, held.quantity.n);
    name.position = position;
    held.quantity = own;
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
  const Money paid = counted(name, Int128{price.n} * quantity.n, "an execution") + fee;
  const std::array<Profit*, 3> profits{&account_, &profits_[strategy],
                                       &name_profits_[instrument]};
  check_sum(cash_ - paid, "the cash");
  for (const Profit* profit : profits)
    check_sum(profit->flow - paid, "what was paid in all");
  (void)counted(name.position, quantity);
  // The first price there is.
  if (!name.marked && name.mark.n == 0) reprice(instrument, price);
  cash_ -= paid;
  for (Profit* profit : profits) profit->flow -= paid;
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
  if (rate_nano > kNano && own > kMostValue.atto / rate_nano * kNano)
    too_much("a tick of a lot at this rate");
  const Int128 unit = std::max<Int128>(1, scale(Money{own}, rate_nano, kNano).atto);
  const Name& name = names_[instrument];
  Int128 open = 0;
  each_holder(instrument, [&](const Holder& held) { open += held.open; });
  if (open > kMostAtOnce / unit) too_much("what is open in it at this rate");
  const Int128 change = unit - name.unit;
  check_sum(counted_.open_notional + Money{open * change}, "what is open in all");
  each_holder(instrument, [&](const Holder& held) {
    const Money more{held.open * change};
    counted_.open_notional += more;
    by_strategy_[held.strategy].open_notional += more;
    names_[instrument].counted.open_notional += more;
    open_buys_ += Money{held.open_buys * change};
  });
  reunit(instrument, unit);
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
  name.deviation = deviation_of(name.loadings);
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
  if (lost >= limits.least) [[unlikely]] {
    if (limits.hard > Money{} && lost >= limits.hard) {
      breach(scope, Mode::halted, Reject::daily_loss_hard, limits.cancel_on_halt, at);
    } else if (limits.soft > Money{} && lost >= limits.soft) {
      breach(scope, Mode::reduce_only, Reject::daily_loss, false, at);
    }
  }
  if (limits.drawdown > 0) {
    const Money fall = profit.peak - now;
    if (fall > Money{} && Whole(equity() + fall).exceeded_by(fall, limits.drawdown))
      breach(scope, Mode::reduce_only, Reject::drawdown, false, at);
  }
}

void Gate::watch(InstrumentIndex instrument, Nanos at) {
  watch_one({ScopeKind::account, 0}, account_, account_limits_, at);
  each_holder(instrument, [&](const Holder& held) {
    watch_one({ScopeKind::strategy, held.strategy}, profits_[held.strategy],
              strategy_limits_[held.strategy], at);
  });
  if (!name_limits_.empty())
    watch_one({ScopeKind::instrument, instrument}, name_profits_[instrument],
              name_limits_[instrument], at);
}

}  // namespace ai_trading::risk
