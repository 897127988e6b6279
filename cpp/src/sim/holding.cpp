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

HoldingCosts::HoldingCosts(HoldingSettings settings, std::size_t instruments)
    : settings_(std::move(settings)) {
  const HoldingSettings& s = settings_;
  if (s.instruments.empty()) return;
  if (s.instruments.size() != instruments)
    refuse("there must be a row for each of " + std::to_string(instruments) +
               " instruments",
           static_cast<std::int64_t>(s.instruments.size()));
  if (s.every.n < kSecond || s.every.n % kSecond != 0 || s.every.n > kDay * kSecond)
    refuse("`every` must be whole seconds, up to a day", s.every.n);
  if (s.days_of_year < 1 || s.days_of_year > 1000)
    refuse("days_of_year must lie between 1 and 1000", s.days_of_year);
  for (InstrumentIndex i = 0; i < instruments; ++i) {
    const HoldingTerms& terms = s.instruments[i];
    if (terms.borrow < 0 || terms.borrow > kMostRate)
      refuse("a borrow rate must lie between 0 and 1000", terms.borrow);
    borrows_ = borrows_ || terms.borrow > 0;
    for (const Funding& row : terms.funding) {
      if (row.rate < -kMostRate || row.rate > kMostRate)
        refuse("a funding rate must lie between -1000 and 1000", row.rate);
      funding_.push_back({row.at, i, row.rate});
    }
  }
  std::ranges::stable_sort(funding_, [](const Due& a, const Due& b) {
    return a.at != b.at ? a.at < b.at : a.instrument < b.instrument;
  });
}

void HoldingCosts::begin(Nanos now) {
  if (borrows_) {
    const std::int64_t every = settings_.every.n;
    const std::int64_t whole = now.n / every - (now.n % every < 0 ? 1 : 0);
    borrow_at_ = Nanos{(whole + 1) * every};
  }
  while (funded_ < funding_.size() && funding_[funded_].at <= now) ++funded_;
  find_next();
}

void HoldingCosts::find_next() {
  next_ = borrow_at_;
  if (funded_ < funding_.size()) next_ = std::min(next_, funding_[funded_].at);
}

void HoldingCosts::note(const desk::Ledger& ledger, InstrumentIndex i, ChargeKind kind,
                        Money amount) {
  const desk::Position& held = ledger.position(i);
  charges_.push_back({next_.n, held.quantity.n, held.mark.n, to_nano(amount), i,
                      static_cast<std::uint32_t>(kind)});
}

void HoldingCosts::charge(desk::Ledger& ledger) {
  if (borrow_at_ == next_) {
    const std::int64_t seconds = settings_.every.n / kSecond;
    for (InstrumentIndex i = 0; i < settings_.instruments.size(); ++i) {
      const std::int64_t rate = settings_.instruments[i].borrow;
      const desk::Position& held = ledger.position(i);
      if (rate == 0 || held.quantity.n >= 0 || !held.marked) continue;
      note(ledger, i, ChargeKind::borrow,
           ledger.accrue_borrow(i, rate, seconds, settings_.days_of_year * kDay));
    }
    borrow_at_ = borrow_at_ + settings_.every;
  }
  for (; funded_ < funding_.size() && funding_[funded_].at == next_; ++funded_) {
    const Due& due = funding_[funded_];
    const desk::Position& held = ledger.position(due.instrument);
    if (held.quantity.n == 0 || !held.marked) continue;
    const Money paid = scale(ledger.market_value(due.instrument), due.rate, kNano);
    ledger.interest(ledger.instrument(due.instrument).currency, -paid);
    note(ledger, due.instrument, ChargeKind::funding, paid);
  }
  find_next();
}

}  // namespace ai_trading::sim
