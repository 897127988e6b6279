#include "ai_trading/risk/limits.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include "ai_trading/risk/exposure.hpp"

namespace ai_trading::risk {

namespace {

constexpr bool in_order() {
  for (std::size_t i = 0; i < kLimits; ++i)
    if (place(kLimitTable[i].limit) != i) return false;
  return true;
}
static_assert(in_order());

std::int64_t most(Limit limit) {
  switch (kLimitTable[place(limit)].unit) {
    case Unit::flag:
      return 1;
    case Unit::flip:
      return 2;
    case Unit::share:
      return 100'000'000;  // a hundred times: over_share stays within 128 bits
    case Unit::milli:
      return 1'000'000'000;
    case Unit::count:
      return 1'000'000;  // a full bucket stays within 64 bits
    case Unit::quantity:
    case Unit::money:
    case Unit::time:
      return std::numeric_limits<std::int64_t>::max();
  }
  return 0;
}

// Micro units of quantity as whole lots, rounded down.
std::int64_t in_lots(std::int64_t micro, const Instrument& terms) {
  const Int128 lots = Int128{micro} * 1000 / terms.unit_nano;
  return static_cast<std::int64_t>(std::min<Int128>(lots, kMaxQuantity));
}

}  // namespace

void LimitSet::set(Limit limit, std::int64_t to) {
  const LimitInfo& info = kLimitTable[place(limit)];
  const bool choice = info.unit == Unit::flag || info.unit == Unit::flip;
  if (to < (choice ? 0 : 1) || to > most(limit)) {
    throw std::invalid_argument(std::string(info.name) + " must be " +
                                (choice ? "0" : "1") + " to " +
                                std::to_string(most(limit)) +
                                " in the core's units; received " + std::to_string(to));
  }
  value[place(limit)] = to;
  given |= bit(limit);
  lifted &= ~bit(limit);
}

void LimitSet::lift(Limit limit) {
  value[place(limit)] = 0;
  given &= ~bit(limit);
  lifted |= bit(limit);
}

Row resolve(const LimitBook& book, std::size_t strategy, std::size_t instrument,
            const Instrument& terms, std::int64_t quantile_milli) {
  Row row;
  const auto lay = [&row](const LimitSet& over, Owner owner) {
    row.set &= ~over.lifted;
    row.set |= over.given;
    for (std::size_t i = 0; i < kLimits; ++i) {
      if ((over.lifted >> i & 1) != 0) {
        row.value[i] = 0;
        row.owner[i] = Owner::none;
      }
      if ((over.given >> i & 1) == 0) continue;
      row.value[i] = over.value[i];
      row.owner[i] = owner;
    }
  };
  lay(book.all, Owner::all);
  lay(book.account, Owner::account);
  if (strategy < book.strategies.size())
    lay(book.strategies[strategy], Owner::strategy);
  if (instrument < book.instruments.size())
    lay(book.instruments[instrument], Owner::instrument);

  for (const LimitInfo& info : kLimitTable) {
    std::int64_t& value = row.value[place(info.limit)];
    if (info.unit == Unit::quantity && row.has(info.limit))
      value = in_lots(value, terms);
  }
  if (row.has(Limit::var_budget)) {
    const Int128 budget = from_micro(row[Limit::var_budget]).atto >> kRiskShift;
    const Int128 deviation = budget * 1000 / quantile_milli;
    row.max_variance = deviation * deviation;
  }
  row.incomplete = (row.set & book.required) != book.required;
  return row;
}

}  // namespace ai_trading::risk
