// What the gate is made of, which limits are in force, and its digest.
#include <algorithm>
#include <stdexcept>
#include <string>

#include "ai_trading/risk/pre_trade.hpp"

namespace ai_trading::risk {

namespace {

constexpr std::int64_t kWindow = 60 * kNano;

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

void mix(Digest& digest, Int128 n) {
  digest.mix(static_cast<std::uint64_t>(n));
  digest.mix(static_cast<std::uint64_t>(n >> 64));
}

void mix(Digest& digest, const Counters& c) {
  mix(digest, c.open_notional.atto);
  digest.mix(c.bucket.level);
  digest.mix(c.bucket.at.n);
  digest.mix(std::uint64_t{c.messages} << 32 | c.trades);
  digest.mix(c.executions.span);
  digest.mix(std::uint64_t{c.executions.now} << 32 | c.executions.before);
  digest.mix(std::uint64_t{c.open_orders});
}

void mix(Digest& digest, const Profit& p) {
  for (const Money& money : {p.flow, p.value, p.start, p.peak}) mix(digest, money.atto);
}

std::uint64_t mark_of(const Row& row) {
  Digest digest;
  digest.mix(row.set);
  for (std::size_t i = 0; i < kLimits; ++i) {
    digest.mix(row.value[i]);
    digest.mix(static_cast<std::uint64_t>(row.owner[i]));
  }
  return digest.value();
}

// The greatest whole number whose square is not more.
Int128 root(Int128 square) {
  Int128 found = 0;
  for (int i = 62; i >= 0; --i) {
    const Int128 next = found + (Int128{1} << i);
    if (next * next <= square) found = next;
  }
  return found;
}

}  // namespace

Gate::Gate(Money cash, std::size_t strategies) : cash_(cash) {
  if (strategies < 1) refuse("the gate needs a strategy at least");
  exposures_.resize(0, 0);
  set_strategies(strategies);
}

void Gate::set_strategies(std::size_t count) {
  if (count < strategies() || count > 65'536) {
    refuse("strategies can be added, up to 65536; there are " +
           std::to_string(strategies()) + ", received " + std::to_string(count));
  }
  profits_.resize(count);
  by_strategy_.resize(count);
  strategy_limits_.resize(count);
  states_.resize(count, names_.size());
  for (std::size_t s = 0; s < count; ++s)
    strategy_limits_[s] = s < book_.strategies.size()
                              ? watched(book_.strategies[s], account_limits_)
                              : Watched{};
  places_.clear();
  place_rows(0);
}

InstrumentIndex Gate::add(const Instrument& instrument, const NameTerms& terms) {
  const auto index = static_cast<InstrumentIndex>(names_.size());
  if (Int128{instrument.tick_nano} * instrument.lot_nano > kMostValue.atto) {
    refuse("a tick of a lot is worth at most 1e12 units; received " +
           to_string({Int128{instrument.tick_nano} * instrument.lot_nano}));
  }
  Name& name = names_.emplace_back();
  name.set_unit(Int128{instrument.tick_nano} * instrument.lot_nano);
  settle(name);
  name.price_step = instrument.price_step;
  terms_.push_back(instrument);
  name_profits_.emplace_back();
  holders_.emplace_back();
  ladders_.emplace_back();
  if (!book_.instruments.empty()) {
    name_limits_.push_back(index < book_.instruments.size()
                               ? watched(book_.instruments[index], account_limits_)
                               : Watched{});
  }
  states_.resize(strategies(), names_.size());
  describe(index, terms);
  place_rows(index);
  return index;
}

void Gate::describe(InstrumentIndex instrument, const NameTerms& terms) {
  if (terms.asset_class >= kAssetClasses || terms.lot_step < 1 ||
      terms.daily_volume.n < 0 || terms.located.n < 0 || terms.margin_ppm < 0 ||
      terms.margin_ppm > 100'000'000) {
    refuse(
        "an instrument has an asset class below 16, a lot step of 1 or more, volume "
        "and "
        "located quantity of 0 or more and a margin of 0 to 100; received " +
        std::to_string(terms.asset_class) + ", " + std::to_string(terms.lot_step) +
        ", " + std::to_string(terms.daily_volume.n) + ", " +
        std::to_string(terms.located.n) + " and " + std::to_string(terms.margin_ppm) +
        " ppm");
  }
  Name& name = names_[instrument];
  exposures_.resize(terms.sector, terms.group);
  const Values now = values(name);
  // The sums of the old sector, class and group lose it, those of the new ones get it.
  exposures_.move(name, {}, now, {});
  name.sector = terms.sector;
  name.group = terms.group;
  name.asset_class = terms.asset_class;
  name.easy_to_borrow = terms.easy_to_borrow;
  name.lot_step = terms.lot_step;
  name.daily_volume = terms.daily_volume;
  name.located = terms.located;
  name.margin_q20 = static_cast<std::int32_t>(
      ((Int128{terms.margin_ppm} << kMarginShift) + 999'999) / 1'000'000);
  exposures_.move(name, {}, {}, values(name));
}

void Gate::check(const LimitBook& book) {
  const std::uint64_t of_the_account =
      bit(Limit::drawdown) | bit(Limit::cancel_on_disconnect);
  for (const LimitSet& set : book.strategies) {
    if ((set.given & (of_the_account | bit(Limit::collar_window))) != 0)
      refuse(
          "drawdown, cancel_on_disconnect and collar_window cannot be a strategy's "
          "own");
  }
  for (const LimitSet& set : book.instruments) {
    if ((set.given & of_the_account) != 0)
      refuse("drawdown and cancel_on_disconnect cannot be an instrument's own");
  }
}

Gate::Watched Gate::watched(const LimitSet& over, const Watched& under) {
  const auto get = [&](Limit limit, std::int64_t otherwise) {
    if ((over.lifted & bit(limit)) != 0) return std::int64_t{0};
    return (over.given & bit(limit)) != 0 ? over.value[place(limit)] : otherwise;
  };
  Watched out;
  out.soft = from_micro(get(Limit::daily_loss_soft, 0));
  out.hard = from_micro(get(Limit::daily_loss, 0));
  for (const Money loss : {out.soft, out.hard})
    if (loss > Money{}) out.least = std::min(out.least, loss);
  out.drawdown = get(Limit::drawdown, 0);
  out.cancel_on_halt = get(Limit::cancel_on_halt, under.cancel_on_halt) != 0;
  out.cancel_on_disconnect =
      get(Limit::cancel_on_disconnect, under.cancel_on_disconnect) != 0;
  return out;
}

void Gate::apply(LimitBook book) {
  check(book);
  book_ = std::move(book);
  // The account's own over everybody's.
  LimitSet both = book_.all;
  for (std::size_t i = 0; i < kLimits; ++i)
    if ((book_.account.given >> i & 1) != 0) both.value[i] = book_.account.value[i];
  both.given = (both.given & ~book_.account.lifted) | book_.account.given;
  both.lifted = (both.lifted & ~book_.account.given) | book_.account.lifted;
  account_limits_ = watched(both, {});
  for (std::size_t s = 0; s < strategies(); ++s)
    strategy_limits_[s] = s < book_.strategies.size()
                              ? watched(book_.strategies[s], account_limits_)
                              : Watched{};
  name_limits_.clear();
  if (!book_.instruments.empty()) {
    name_limits_.resize(names_.size());
    for (std::size_t i = 0; i < std::min(names_.size(), book_.instruments.size()); ++i)
      name_limits_[i] = watched(book_.instruments[i], account_limits_);
  }
  rows_.clear();
  bounds_.clear();
  row_index_.clear();
  places_.clear();
  place_rows(0);
}

std::uint32_t Gate::intern(const Row& row) {
  for (std::uint64_t mark = mark_of(row);; ++mark) {
    const auto [found, fresh] =
        row_index_.try_emplace(mark, static_cast<std::uint32_t>(rows_.size()));
    if (fresh) {
      rows_.push_back(row);
      bounds_.emplace_back(row);
    }
    if (rows_[found->second] == row) return found->second;
  }
}

// Resolves the limits of the names from `from` on.
void Gate::place_rows(InstrumentIndex from) {
  places_.resize(std::size_t{from} * strategies());
  for (InstrumentIndex i = from; i < names_.size(); ++i) {
    for (std::size_t s = 0; s < strategies(); ++s)
      places_.push_back(intern(resolve(book_, s, i, terms_[i], quantile_milli_)));
    set_window(i);
  }
}

void Gate::set_window(InstrumentIndex instrument) {
  const Row& any = row(0, instrument);
  const std::int64_t window =
      any.has(Limit::collar_window) ? any[Limit::collar_window] : kWindow;
  Name& name = names_[instrument];
  if (name.window == window) return;
  name.window = window;
  name.span = name.mark_at.n / window;
  name.low_now = name.high_now = name.low_before = name.high_before = name.mark;
}

void Gate::set_quantile(std::int64_t milli) {
  if (milli < 1 || milli > 100'000) {
    refuse("the quantile is 0.001 to 100 standard deviations, in 1e-3; received " +
           std::to_string(milli));
  }
  if (milli == quantile_milli_) return;
  quantile_milli_ = milli;
  rows_.clear();
  bounds_.clear();
  row_index_.clear();
  places_.clear();
  place_rows(0);
}

Exposures Gate::recomputed() const {
  Exposures out;
  out.resize(exposures_.sectors.size() - 1, exposures_.groups.size() - 1);
  for (std::size_t i = 0; i < names_.size(); ++i)
    out.move(names_[i], names_[i].loadings, {}, values(names_[i]));
  return out;
}

Money Gate::profit_in(InstrumentIndex instrument) const {
  return name_profits_[instrument].now();
}

const Counters& Gate::counters(Scope scope) const {
  if (scope.kind == ScopeKind::strategy) return by_strategy_.at(scope.index);
  if (scope.kind == ScopeKind::instrument) return names_.at(scope.index).counted;
  return counted_;
}

Money Gate::value_at_risk() const {
  return Money{(root(exposures_.variance()) * quantile_milli_ / 1000) << kRiskShift};
}

void Gate::digest(Digest& into) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const Name& name = names_[i];
    for (const std::int64_t value :
         {name.mark.n, name.mark_at.n, name.position.n, name.buys.n, name.sells.n,
          name.own_bid.n, name.own_ask.n, name.low_now.n, name.high_now.n, name.span})
      into.mix(value);
    for (std::size_t back = 0; back < name.recent.size(); ++back) {
      const Recent& recent =
          name.recent[(name.newest - back) % name.recent.size()];  // the latest first
      into.mix(recent.mark);
      into.mix(recent.at);
    }
    mix(into, names_[i].counted);
    mix(into, name_profits_[i]);
  }
  for (std::size_t s = 0; s < strategies(); ++s) {
    mix(into, by_strategy_[s]);
    mix(into, profits_[s]);
  }
  mix(into, counted_);
  mix(into, account_);
  mix(into, cash_.atto);
  mix(into, exposures_.gross.atto);
  into.mix(std::uint64_t{connected_});
  for (const Transition& change : states_.log()) {
    into.mix(change.at.n);
    into.mix(static_cast<std::uint64_t>(change.scope.kind) << 32 | change.scope.index);
    into.mix(static_cast<std::uint64_t>(change.from) << 32 |
             static_cast<std::uint64_t>(change.to) << 16 |
             static_cast<std::uint64_t>(change.cause));
  }
}

}  // namespace ai_trading::risk
