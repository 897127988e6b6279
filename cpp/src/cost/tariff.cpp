#include "ai_trading/cost/tariff.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace ai_trading::cost {

namespace {

constexpr std::int64_t kDay = 86'400 * kNano;
constexpr Int128 kRawPerNano = Int128{kNano} * kNano;  // 1e-27 to 1e-9
constexpr Int128 kAttoPerUnit = Int128{kNano} * kNano;
constexpr Int128 kMost = ~(Int128{1} << 127);

// Beyond 1.7e11 currency units nothing is exact any more, nor fits the result: it stays
// at the end of the range instead of wrapping.
Int128 times(Int128 a, Int128 b) {
  Int128 product;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  return (a < 0) == (b < 0) ? kMost : -kMost;
}

Int128 plus(Int128 a, Int128 b) {
  Int128 sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? -kMost : kMost;
}

std::int64_t narrow(Int128 amount) {
  constexpr Int128 kLargest = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::clamp(amount, -kLargest, kLargest));
}

Int128 round_to_step(Int128 raw, const FeeLine& line) {
  const Int128 step = kRawPerNano * line.step;
  if (!line.up) return divide_half_even(raw, step) * line.step;
  const Int128 whole = raw / step;
  if (whole * step == raw) return whole * line.step;
  return (raw < 0 ? whole - 1 : whole + 1) * line.step;
}

// A bound may not push an amount off its step by more than the bound itself says, so
// bounds come after rounding; where minimum and maximum disagree the maximum wins.
std::int64_t settle(const FeeLine& line, Int128 raw, Int128 value) {
  std::int64_t amount = std::max(narrow(round_to_step(raw, line)), line.minimum);
  amount = std::min(amount, line.maximum);
  if (line.maximum_of_value > 0) {
    const Int128 most =
        divide_half_even(times(value, line.maximum_of_value), kRawPerNano);
    amount = std::min(amount, narrow(most));
  }
  return amount;
}

// Days since 1970-01-01, and months since year 0 (Hinnant's civil-from-days).
std::int64_t day_of(Nanos at) {
  return at.n >= 0 ? at.n / kDay : -((-at.n + kDay - 1) / kDay);
}

std::int64_t month_of(std::int64_t day) {
  const std::int64_t z = day + 719'468;
  const std::int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
  const std::int64_t of_era = z - era * 146'097;
  const std::int64_t year =
      (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const std::int64_t shifted = (5 * of_year + 2) / 153;  // 0 is March
  return (year + era * 400) * 12 + shifted + 2;
}

}  // namespace

Tariff::Tariff(std::vector<FeeLine> lines, PriorVolume prior)
    : lines_(std::move(lines)), totals_(lines_.size()), amounts_(lines_.size()) {
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const FeeLine& line = lines_[i];
    check(line, i);
    const bool counted =
        line.scope == FeeLine::Scope::order || line.of == FeeLine::Of::order;
    slots_.push_back(by_order_);
    if (counted) ++by_order_;
    tiered_ = tiered_ || line.tiers.size() > 1;
  }
  const Volume before{Int128{prior.units} * kNano, Int128{prior.value} * kAttoPerUnit};
  for (Volume& volume : volumes_) volume = before;
  volumes_[static_cast<std::size_t>(FeeLine::Window::day)] = {};
  days_.back() = before;
}

void Tariff::check(const FeeLine& line, std::size_t number) {
  const auto refuse = [number](const std::string& what) {
    throw std::invalid_argument("fee line " + std::to_string(number) + ": " + what);
  };
  if (line.tiers.empty() || line.tiers.front().from != 0)
    refuse("needs a rate from volume 0");
  for (std::size_t i = 1; i < line.tiers.size(); ++i) {
    if (line.tiers[i].from <= line.tiers[i - 1].from)
      refuse("tiers must rise; received " + std::to_string(line.tiers[i].from) +
             " after " + std::to_string(line.tiers[i - 1].from));
  }
  const bool same =
      (line.of == FeeLine::Of::quantity &&
       line.measure == FeeLine::Measure::quantity) ||
      (line.of == FeeLine::Of::value && line.measure == FeeLine::Measure::value);
  if (line.marginal && !same)
    refuse("marginal tiers need a rate and a volume of one measure, quantity or value");
  if (line.of == FeeLine::Of::line && line.line >= number)
    refuse("is a share of line " + std::to_string(line.line) +
           ", which must stand before it");
  if (line.step < 1) refuse("the step must be 1 or more");
  if (line.minimum != FeeLine::kNoMinimum && line.minimum > line.maximum)
    refuse("the minimum " + std::to_string(line.minimum) + " is above the maximum " +
           std::to_string(line.maximum));
  if (line.maximum_of_value < 0)
    refuse("the largest share of value must not be negative");
  if (line.from >= line.until) refuse("ends before it begins");
  if (line.maker + line.taker == 0 || line.buy + line.sell == 0)
    refuse("applies to no fill");
}

// Begins a new day, month or both where `at` lies beyond the present one.
void Tariff::roll(Nanos at) {
  const std::int64_t day = day_of(at);
  const std::int64_t month = month_of(day);
  if (!started_) {
    started_ = true;
    day_ = day;
    month_ = month;
    return;
  }
  if (day <= day_) return;
  auto& today = volumes_[static_cast<std::size_t>(FeeLine::Window::day)];
  auto& last30 = volumes_[static_cast<std::size_t>(FeeLine::Window::days30)];
  for (std::int64_t gone = std::min<std::int64_t>(day - day_, 31); gone > 0; --gone) {
    std::rotate(days_.begin(), days_.begin() + 1, days_.end());
    days_.back() = today;
    today = {};
  }
  last30 = {};
  for (const Volume& past : days_) last30 += past;
  day_ = day;
  if (month != month_) {
    volumes_[static_cast<std::size_t>(FeeLine::Window::month)] = {};
    month_ = month;
  }
}

Int128 Tariff::raw(const FeeLine& line, const Volume& fill, bool first) const {
  std::int64_t rate = line.tiers.front().rate;
  if (line.tiers.size() > 1) {
    const Int128 unit =
        line.measure == FeeLine::Measure::quantity ? Int128{kNano} : kAttoPerUnit;
    const Int128 before = traded(line.window).of(line.measure);
    if (line.marginal) {
      const Int128 after = before + fill.of(line.measure);
      Int128 sum = 0;
      for (std::size_t i = 0; i < line.tiers.size(); ++i) {
        const Int128 low = std::max(before, line.tiers[i].from * unit);
        const Int128 high = i + 1 == line.tiers.size()
                                ? after
                                : std::min(after, line.tiers[i + 1].from * unit);
        if (high > low) sum = plus(sum, times(high - low, line.tiers[i].rate));
      }
      return line.of == FeeLine::Of::quantity ? times(sum, kNano) : sum;
    }
    for (const Tier& tier : line.tiers)
      if (before >= tier.from * unit) rate = tier.rate;
  }
  switch (line.of) {
    case FeeLine::Of::quantity:
      return times(times(fill.units, rate), kNano);
    case FeeLine::Of::value:
      return times(fill.value, rate);
    case FeeLine::Of::order:
      return first ? rate * kRawPerNano : 0;
    case FeeLine::Of::fill:
      return rate * kRawPerNano;
    case FeeLine::Of::line:
      return Int128{amounts_[line.line]} * rate * kNano;
  }
  return 0;
}

std::int64_t Tariff::charge(const Instrument& instrument, const Fill& fill) {
  if (tiered_) roll(fill.at);
  const Money worth =
      instrument.value(fill.price.n < 0 ? -fill.price : fill.price, fill.size);
  const Volume volume{Int128{fill.size.n} * instrument.unit_nano, worth.atto};
  Account* accounts = nullptr;
  if (by_order_ > 0) {
    const auto [found, fresh] = orders_.try_emplace(fill.order, accounts_.size());
    if (fresh) accounts_.resize(accounts_.size() + by_order_);
    accounts = accounts_.data() + found->second;
  }
  std::int64_t total = 0;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const FeeLine& line = lines_[i];
    amounts_[i] = 0;
    const bool liquid = fill.liquidity == Liquidity::maker ? line.maker : line.taker;
    const bool sided = fill.side == Side::buy ? line.buy : line.sell;
    if (!liquid || !sided || fill.at < line.from || fill.at >= line.until) continue;
    if (line.scope == FeeLine::Scope::fill && line.of != FeeLine::Of::order) {
      amounts_[i] = settle(line, raw(line, volume, false), volume.value);
    } else {
      Account& account = accounts[slots_[i]];
      account.raw = plus(account.raw, raw(line, volume, !account.begun));
      account.begun = true;
      account.value = plus(account.value, volume.value);
      const std::int64_t owed = settle(line, account.raw, account.value);
      amounts_[i] = owed - account.paid;
      account.paid = owed;
    }
    totals_[i] += amounts_[i];
    total += amounts_[i];
  }
  if (tiered_) {
    for (const auto window :
         {FeeLine::Window::run, FeeLine::Window::day, FeeLine::Window::month})
      volumes_[static_cast<std::size_t>(window)] += volume;
  }
  return total;
}

}  // namespace ai_trading::cost
