#include "ai_trading/sim/holding.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace ai_trading::sim {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kMostRate = 1000 * kSecond;  // 100,000 %

[[noreturn]] void refuse(const std::string& what, std::int64_t received) {
  throw std::invalid_argument("holding costs: " + what + "; received " +
                              std::to_string(received));
}

}  // namespace

template <class Value>
void HoldingCosts::Dues<Value>::sort() {
  std::ranges::stable_sort(rows, [](const auto& a, const auto& b) {
    return a.at != b.at ? a.at < b.at : a.instrument < b.instrument;
  });
}

HoldingCosts::HoldingCosts(HoldingSettings settings, std::size_t instruments,
                           std::size_t currencies)
    : settings_(std::move(settings)) {
  const HoldingSettings& s = settings_;
  if (s.instruments.empty() && s.interest.empty()) return;
  check(instruments, currencies);
  for (InstrumentIndex i = 0; i < s.instruments.size(); ++i) {
    const HoldingTerms& terms = s.instruments[i];
    accrues_ = accrues_ || terms.borrow > 0;
    for (const Funding& row : terms.funding)
      funding_.rows.push_back({row.at, i, row.rate});
    for (const Dividend& row : terms.dividends)
      dividends_.rows.push_back({row.at, i, row.per_lot});
  }
  for (const InterestTerms& terms : s.interest)
    accrues_ = accrues_ || terms.credit != 0 || terms.debit != 0;
  funding_.sort();
  dividends_.sort();
}

void HoldingCosts::check(std::size_t instruments, std::size_t currencies) const {
  const HoldingSettings& s = settings_;
  if (!s.instruments.empty() && s.instruments.size() != instruments)
    refuse("there must be a row for each of " + std::to_string(instruments) +
               " instruments",
           static_cast<std::int64_t>(s.instruments.size()));
  if (!s.interest.empty() && s.interest.size() != currencies)
    refuse("there must be a row of interest for each of " + std::to_string(currencies) +
               " currencies",
           static_cast<std::int64_t>(s.interest.size()));
  if (s.every.n < kSecond || s.every.n % kSecond != 0 || s.every.n > kDay * kSecond)
    refuse("`every` must be whole seconds, up to a day", s.every.n);
  if (s.days_of_year < 1 || s.days_of_year > 1000)
    refuse("days_of_year must lie between 1 and 1000", s.days_of_year);
  for (const HoldingTerms& terms : s.instruments) {
    if (terms.borrow < 0 || terms.borrow > kMostRate)
      refuse("a borrow rate must lie between 0 and 1000", terms.borrow);
    for (const Funding& row : terms.funding)
      if (row.rate < -kMostRate || row.rate > kMostRate)
        refuse("a funding rate must lie between -1000 and 1000", row.rate);
    for (const Dividend& row : terms.dividends)
      if (row.per_lot < Money{})
        refuse("a dividend must be zero or more", to_nano(row.per_lot));
  }
  for (const InterestTerms& terms : s.interest)
    for (const std::int64_t rate : {terms.credit, terms.debit})
      if (rate < -kMostRate || rate > kMostRate)
        refuse("a rate of interest must lie between -1000 and 1000", rate);
}

void HoldingCosts::begin(Nanos now) {
  if (accrues_) {
    const std::int64_t every = settings_.every.n;
    const std::int64_t whole = now.n / every - (now.n % every < 0 ? 1 : 0);
    accrue_at_ = Nanos{(whole + 1) * every};
  }
  while (funding_.next() <= now && funding_.left()) ++funding_.done;
  while (dividends_.next() <= now && dividends_.left()) ++dividends_.done;
  find_next();
}

void HoldingCosts::find_next() {
  next_ = std::min({accrue_at_, funding_.next(), dividends_.next()});
}

void HoldingCosts::write(HoldingCharge row, Money paid) {
  row.timestamp = next_.n;
  row.amount = to_nano(paid);
  row.rest = static_cast<std::int64_t>((paid - from_nano(row.amount)).atto);
  charges_.push_back(row);
}

void HoldingCosts::note(const desk::Ledger& ledger, InstrumentIndex i, ChargeKind kind,
                        Money amount) {
  const desk::Position& held = ledger.position(i);
  HoldingCharge row{};
  row.quantity = held.quantity.n;
  row.price = held.marked ? held.mark.n : 0;
  row.instrument = i;
  row.kind = static_cast<std::uint16_t>(kind);
  row.currency = ledger.instrument(i).currency;
  write(row, amount);
}

// What is owed and earned on cash, of each currency that has a rate.
void HoldingCosts::charge_interest(desk::Ledger& ledger) {
  const std::int64_t seconds = settings_.every.n / kSecond;
  for (std::size_t c = 0; c < settings_.interest.size(); ++c) {
    const auto currency = static_cast<std::uint16_t>(c);
    const InterestTerms& terms = settings_.interest[c];
    const Money cash = ledger.balances()[c].cash;
    if (cash == Money{} || (cash < Money{} ? terms.debit : terms.credit) == 0) continue;
    const Money booked = ledger.accrue_interest(currency, terms.credit, terms.debit,
                                                seconds, settings_.days_of_year * kDay);
    HoldingCharge row{};
    row.instrument = kNoInstrument;
    row.kind = static_cast<std::uint16_t>(ChargeKind::interest);
    row.currency = currency;
    write(row, -booked);
  }
}

void HoldingCosts::charge(desk::Ledger& ledger) {
  if (accrue_at_ == next_) {
    const std::int64_t seconds = settings_.every.n / kSecond;
    for (InstrumentIndex i = 0; i < settings_.instruments.size(); ++i) {
      const std::int64_t rate = settings_.instruments[i].borrow;
      const desk::Position& held = ledger.position(i);
      if (rate == 0 || held.quantity.n >= 0 || !held.marked) continue;
      note(ledger, i, ChargeKind::borrow,
           ledger.accrue_borrow(i, rate, seconds, settings_.days_of_year * kDay));
    }
    charge_interest(ledger);
    accrue_at_ = accrue_at_ + settings_.every;
  }
  for (; funding_.left() && funding_.next() == next_; ++funding_.done) {
    const auto& due = funding_.rows[funding_.done];
    const desk::Position& held = ledger.position(due.instrument);
    if (held.quantity.n == 0 || !held.marked) continue;
    const Money paid = scale(ledger.market_value(due.instrument), due.value, kNano);
    ledger.interest(ledger.instrument(due.instrument).currency, -paid);
    note(ledger, due.instrument, ChargeKind::funding, paid);
  }
  for (; dividends_.left() && dividends_.next() == next_; ++dividends_.done) {
    const auto& due = dividends_.rows[dividends_.done];
    if (ledger.position(due.instrument).quantity.n == 0) continue;
    note(ledger, due.instrument, ChargeKind::dividend,
         -ledger.dividend(due.instrument, due.value));
  }
  find_next();
}

}  // namespace ai_trading::sim
