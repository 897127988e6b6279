#include "ai_trading/rules/tick_size.hpp"

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

namespace ai_trading::rules {

namespace {

constexpr std::int64_t kNanoUnit = 1'000'000'000;

constexpr std::array kRule612{TickRow{0, 100'000}, TickRow{kNanoUnit, 10'000'000}};
constexpr std::array kHalfCent{TickRow{0, 100'000}, TickRow{kNanoUnit, 5'000'000}};

// 1, 2, 5, 10, 20, 50, ... times 1e-4 in 1e-9: steps and, a thousand times that, prices
// of the annex run through this series.
constexpr std::int64_t series(int place) {
  constexpr std::array<std::int64_t, 3> kDigits{1, 2, 5};
  std::int64_t value = 100'000;
  for (int i = place / 3; i > 0; --i) value *= 10;
  return value * kDigits[static_cast<std::size_t>(place % 3)];
}

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("tick table: " + what);
}

}  // namespace

std::span<const TickRow> rule_612() { return kRule612; }
std::span<const TickRow> rule_612_half_cent() { return kHalfCent; }

std::vector<TickRow> mifid_2(double transactions_a_day) {
  if (!(transactions_a_day >= 0.0))
    throw std::invalid_argument("transactions_a_day must be 0 or more; received " +
                                std::to_string(transactions_a_day));
  // The least liquid column begins at 0.0005 and steps up with every row; each more
  // liquid one lags a place behind, and none is finer than 0.0001.
  constexpr std::array<double, 5> kBands{10, 80, 600, 2000, 9000};
  int place = 2;
  for (const double from : kBands) place -= transactions_a_day >= from;
  std::vector<TickRow> rows;
  for (int i = 0; i < 19; ++i, ++place) {
    const std::int64_t from = i == 0 ? 0 : 1000 * series(i - 1);
    rows.push_back({from, series(place < 0 ? 0 : place)});
  }
  return rows;
}

TickTable::TickTable(Ticks step) : rows_{{Ticks{0}, step}} {
  if (step.n < 1)
    refuse("a step must be one tick or more; received " + std::to_string(step.n));
}

TickTable::TickTable(std::span<const TickRow> rows, std::int64_t tick_nano) {
  if (tick_nano < 1)
    refuse("tick_nano must be positive; received " + std::to_string(tick_nano));
  if (rows.empty()) refuse("it needs one row or more");
  for (const TickRow& data : rows) {
    const std::string where = "row " + std::to_string(rows_.size()) + ": ";
    if (data.step_nano < 1) refuse(where + "the step must be positive");
    if (data.from_nano % tick_nano != 0 || data.step_nano % tick_nano != 0)
      refuse(where + "price " + std::to_string(data.from_nano) + " and step " +
             std::to_string(data.step_nano) + " (1e-9) are not multiples of the tick " +
             std::to_string(tick_nano) + "; use a finer tick size");
    const Row made{Ticks{data.from_nano / tick_nano},
                   Ticks{data.step_nano / tick_nano}};
    if (!rows_.empty() && made.from <= rows_.back().from)
      refuse(where + "prices must rise from row to row");
    if (made.from.n % made.step.n != 0 ||
        (!rows_.empty() && made.from.n % rows_.back().step.n != 0))
      refuse(where + "it must begin on its own step and on that of the row before");
    rows_.push_back(made);
  }
}

const TickTable::Row& TickTable::row(Ticks price) const {
  std::size_t i = rows_.size() - 1;
  while (i > 0 && price < rows_[i].from) --i;
  return rows_[i];
}

Ticks TickTable::down(Ticks price) const {
  const std::int64_t step = row(price).step.n;
  const std::int64_t rest = price.n % step;
  return price - Ticks{rest < 0 ? rest + step : rest};
}

// Where that leaves the row it reaches the first price of the next, which is allowed.
Ticks TickTable::up(Ticks price) const {
  const Ticks below = down(price);
  return below == price ? price : below + row(price).step;
}

}  // namespace ai_trading::rules
