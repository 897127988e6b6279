#include "ai_trading/sim/tape_bands.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace ai_trading::sim {

namespace {

constexpr Nanos kOpen = rules::clock_time(9, 30);
constexpr rules::PriceBands kAnyPrice{Ticks{-kMaxPrice}, Ticks{kMaxPrice}};

bool countable(Ticks price) { return price.n > 0 && price.n <= kMaxPrice; }

}  // namespace

TapeBands::TapeBands(const std::vector<Instrument>& instruments, BandSettings settings)
    : sessions_(std::move(settings.sessions)) {
  if (settings.rows.size() != instruments.size()) {
    throw std::invalid_argument(
        "price bands must have a row for each instrument; received " +
        std::to_string(settings.rows.size()) + " rows for " +
        std::to_string(instruments.size()));
  }
  all_.resize(instruments.size());
  for (std::size_t i = 0; i < instruments.size(); ++i) {
    const BandTerms& terms = settings.rows[i];
    if (terms.calendar && *terms.calendar >= sessions_.size()) {
      throw std::invalid_argument(
          "there are sessions of " + std::to_string(sessions_.size()) +
          " calendars; received calendar " + std::to_string(*terms.calendar));
    }
    all_[i].terms = terms;
    all_[i].tick_nano = instruments[i].tick_nano;
  }
}

std::optional<Nanos> TapeBands::clock(One& one, Nanos at) const {
  const std::vector<TradingHours>& sessions = sessions_[*one.terms.calendar];
  while (one.session < sessions.size() && at >= sessions[one.session].close) {
    // What comes before the next open may still be the closing auction's price.
    if (one.session + 1 == sessions.size() || at < sessions[one.session + 1].open)
      return std::nullopt;
    ++one.session;
    if (one.last.n > 0) one.terms.previous_close = one.last;
    one.rule.reset();
    one.opened = false;
  }
  if (one.session == sessions.size() || at < sessions[one.session].open)
    return std::nullopt;
  return kOpen + (at - sessions[one.session].open);
}

rules::LimitUpLimitDown& TapeBands::rule(One& one, Ticks price) const {
  if (!one.rule) {
    const TradingHours& hours = sessions_[*one.terms.calendar][one.session];
    rules::LuldSettings settings;
    settings.tier = one.terms.tier;
    settings.previous_close =
        one.terms.previous_close.n > 0 ? one.terms.previous_close : price;
    settings.tick_nano = one.tick_nano;
    settings.open = kOpen;
    settings.close = kOpen + (hours.close - hours.open);
    one.rule.emplace(settings);
  }
  return *one.rule;
}

void TapeBands::trade(InstrumentIndex instrument, Nanos at, Ticks price) {
  One& one = all_[instrument];
  if (!one.terms.calendar || !countable(price)) return;
  const auto now = clock(one, at);
  if (!now) return;
  one.last = price;
  rule(one, price).trade(*now, price);
}

void TapeBands::open(InstrumentIndex instrument, Nanos at, Ticks price) {
  One& one = all_[instrument];
  if (!one.terms.calendar || !countable(price)) return;
  const auto now = clock(one, at);
  if (!now) return;
  one.last = price;
  rules::LimitUpLimitDown& rule = this->rule(one, price);
  if (std::exchange(one.opened, true)) return rule.trade(*now, price);
  rule.open(*now, price);
}

void TapeBands::reopen(InstrumentIndex instrument, Nanos at,
                       std::optional<Ticks> price) {
  One& one = all_[instrument];
  if (!one.terms.calendar) return;
  const auto now = clock(one, at);
  if (!now || !one.rule) return price ? trade(instrument, at, *price) : void();
  one.rule->advance(*now);
  if (one.rule->state() != rules::LuldState::reopening)
    return price ? trade(instrument, at, *price) : void();
  if (price && !countable(*price)) price.reset();
  if (price) one.last = *price;
  one.rule->reopen(*now, price);
}

void TapeBands::halt(InstrumentIndex instrument, Nanos at) {
  One& one = all_[instrument];
  if (!one.terms.calendar) return;
  const auto now = clock(one, at);
  if (!now || !one.rule) return;
  one.rule->advance(*now);
  // For how long, the tape says.
  if (one.rule->bands()) one.rule->pause(*now, Nanos{});
}

void TapeBands::close(InstrumentIndex instrument, Nanos at, Ticks price) {
  One& one = all_[instrument];
  if (!one.terms.calendar || !countable(price)) return;
  (void)clock(one, at);
  one.last = price;
}

std::optional<rules::PriceBands> TapeBands::at(InstrumentIndex instrument, Nanos at) {
  One& one = all_[instrument];
  if (!one.terms.calendar) return std::nullopt;
  const auto now = clock(one, at);
  if (!now || !one.rule) return kAnyPrice;
  one.rule->advance(*now);
  return one.rule->bands().value_or(kAnyPrice);
}

}  // namespace ai_trading::sim
