#include "ai_trading/desk/ledger.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace ai_trading::desk {

namespace {

constexpr std::int64_t kMillion = 1'000'000;

Money absolute(Money m) { return m < Money{} ? -m : m; }
std::int64_t absolute(Lots q) { return q.n < 0 ? -q.n : q.n; }
std::int64_t direction(Lots q) { return q.n < 0 ? -1 : 1; }

// Takes the oldest `closed` lots and returns what they had cost.
Money release(std::deque<Lot>& lots, std::int64_t closed) {
  Money released;
  while (closed > 0) {
    Lot& oldest = lots.front();
    const std::int64_t size = absolute(oldest.quantity);
    const std::int64_t part = std::min(size, closed);
    const Money cost = scale(oldest.cost, part, size);
    released += cost;
    oldest.cost -= cost;
    oldest.quantity -= Lots{direction(oldest.quantity) * part};
    closed -= part;
    if (oldest.quantity.n == 0) lots.pop_front();
  }
  return released;
}

}  // namespace

Ledger::Ledger(std::vector<Instrument> instruments, Money cash, LedgerTerms terms)
    : balances_(std::max<std::size_t>(terms.currencies, 1)),
      own_(1),
      rates_(balances_.size(), kNano),
      terms_(terms) {
  for (const Instrument& instrument : instruments) add(instrument);
  deposit(0, cash);
}

void Ledger::check(const Instrument& instrument) const {
  if (instrument.currency < balances_.size()) return;
  throw std::invalid_argument("an instrument is in currency " +
                              std::to_string(instrument.currency) +
                              "; the account has " + std::to_string(balances_.size()));
}

InstrumentIndex Ledger::add(const Instrument& instrument) {
  check(instrument);
  instruments_.push_back(instrument);
  positions_.emplace_back();
  journals_.emplace_back();
  if (terms_.method == CostMethod::fifo) lots_.emplace_back();
  return static_cast<InstrumentIndex>(instruments_.size() - 1);
}

Money Ledger::in_own(std::uint16_t currency, Money amount) const {
  return currency == 0 ? amount : scale(amount, rates_[currency], kNano);
}

void Ledger::flow(std::uint16_t currency, Money Balance::* kind, Money amount) {
  balances_[currency].*kind += amount;
  if (balances_.size() > 1) own_.front().*kind += in_own(currency, amount);
}

// Changes a position by an execution and returns the profit it closed.
Money Ledger::trade(const Instrument& terms, Position& held, std::deque<Lot>* lots,
                    Ticks price, Lots quantity) const {
  const std::int64_t towards = direction(quantity);
  const std::int64_t size = absolute(held.quantity);
  const std::int64_t wanted = absolute(quantity);
  const bool against = held.quantity.n != 0 && direction(held.quantity) != towards;
  const std::int64_t closed = against ? std::min(size, wanted) : 0;
  Money profit;
  if (closed > 0) {
    const Money released =
        lots != nullptr ? release(*lots, closed) : scale(held.cost, closed, size);
    const Money proceeds = terms.value(price, Lots{closed});
    profit = Money{-towards * proceeds.atto} - released;
    held.cost -= released;
    held.realized += profit;
  }
  const Lots opened{towards * (wanted - closed)};
  const Money cost = terms.value(price, opened);
  held.cost += cost;
  held.quantity += quantity;
  if (lots != nullptr && opened.n != 0) lots->push_back({opened, cost});
  return profit;
}

Money Ledger::book(InstrumentIndex instrument, Side side, Ticks price, Lots quantity,
                   Money fee) {
  const Lots change{sign(side) * quantity.n};
  const Instrument& terms = instruments_[instrument];
  Position& held = positions_[instrument];
  journals_[instrument].push_back({price, change, 0, 0, false});
  std::deque<Lot>* lots =
      terms_.method == CostMethod::fifo ? &lots_[instrument] : nullptr;
  const Money profit = trade(terms, held, lots, price, change);
  held.fees += fee;
  Balance& balance = balances_[terms.currency];
  balance.cash -= terms.value(price, change) + fee;
  balance.realized += profit;
  balance.costs += fee;
  if (balances_.size() > 1) {
    Balance& own = own_.front();
    own.realized += in_own(terms.currency, profit);
    own.costs += in_own(terms.currency, fee);
  }
  return profit;
}

// Applies a split and returns what was paid for parts of a lot.
Money Ledger::cut(const Instrument& terms, Position& held, std::deque<Lot>* lots,
                  const Entry& entry) const {
  const Int128 whole = Int128{absolute(held.quantity)} * entry.into;
  const auto size = static_cast<std::int64_t>(whole / entry.from);
  const auto part = static_cast<std::int64_t>(whole % entry.from);
  const std::int64_t towards = direction(held.quantity);
  // `price` is the mark before the split: one old lot is into/from new ones.
  const Money old_lot = terms.value(entry.price, Lots{towards});
  const Money paid = scale(old_lot, part, entry.into);
  // The parts take their share of the cost: `part` of `whole`, both exact.
  const Money share =
      whole == 0 ? Money{} : scale(held.cost, part, static_cast<std::int64_t>(whole));
  if (lots != nullptr) {
    // Cut so that they add up: each ends where the exact running total ends.
    Int128 before = 0;
    std::int64_t given = 0;
    Money left = share;
    for (Lot& lot : *lots) {
      before += Int128{absolute(lot.quantity)} * entry.into;
      const auto upto = static_cast<std::int64_t>(before / entry.from);
      lot.quantity = Lots{towards * (upto - given)};
      given = upto;
    }
    // The cost of what is paid out leaves with the youngest lots.
    for (auto lot = lots->rbegin(); lot != lots->rend() && left != Money{}; ++lot) {
      const bool all = absolute(left) >= absolute(lot->cost);
      const Money taken = all ? lot->cost : left;
      lot->cost -= taken;
      left -= taken;
    }
    // A lot that became none leaves its cost to its neighbour.
    Money orphan;
    for (auto lot = lots->begin(); lot != lots->end();) {
      lot->cost += orphan;
      orphan = {};
      if (lot->quantity.n != 0) {
        ++lot;
        continue;
      }
      orphan = lot->cost;
      lot = lots->erase(lot);
    }
    if (!lots->empty()) lots->back().cost += orphan;
  }
  held.quantity = Lots{towards * size};
  const Money released = size == 0 ? held.cost : share;
  held.cost -= released;
  held.realized += paid - released;
  return paid;
}

void Ledger::split(InstrumentIndex instrument, std::int64_t into, std::int64_t from) {
  if (into < 1 || from < 1) {
    throw std::invalid_argument("a split makes 1 or more lots of 1 or more; received " +
                                std::to_string(into) + " for " + std::to_string(from));
  }
  Position& held = positions_[instrument];
  const Instrument& terms = instruments_[instrument];
  const Int128 whole = Int128{absolute(held.quantity)} * into;
  if (whole > kMaxQuantity || (whole % from != 0 && !held.marked)) {
    throw std::invalid_argument(
        "a split needs a mark where it leaves parts of a lot, and at most 2^62 lots");
  }
  const Entry entry{held.mark, {}, into, from, false};
  journals_[instrument].push_back(entry);
  const Money before = held.realized;
  const Money paid =
      cut(terms, held, terms_.method == CostMethod::fifo ? &lots_[instrument] : nullptr,
          entry);
  flow(terms.currency, &Balance::cash, paid);
  flow(terms.currency, &Balance::realized, held.realized - before);
  held.mark = Ticks{
      static_cast<std::int64_t>(divide_half_even(Int128{held.mark.n} * from, into))};
}

Ledger::Replayed Ledger::replay(InstrumentIndex instrument) const {
  Replayed out;
  const Instrument& terms = instruments_[instrument];
  std::deque<Lot>* lots = terms_.method == CostMethod::fifo ? &out.lots : nullptr;
  for (const Entry& entry : journals_[instrument]) {
    if (entry.undone) continue;
    if (entry.quantity.n != 0) {
      trade(terms, out.position, lots, entry.price, entry.quantity);
    } else {
      out.paid_out += cut(terms, out.position, lots, entry);
    }
  }
  return out;
}

Money Ledger::undo(InstrumentIndex instrument, std::size_t entry, Money fee) {
  auto& journal = journals_[instrument];
  if (entry == 0 || entry > journal.size() || journal[entry - 1].undone ||
      journal[entry - 1].quantity.n == 0) {
    throw std::invalid_argument("there is no execution " + std::to_string(entry) +
                                " of this instrument to undo; it has " +
                                std::to_string(journal.size()) + " entries");
  }
  const Instrument& terms = instruments_[instrument];
  Entry& undone = journal[entry - 1];
  const Money paid_before = replay(instrument).paid_out;
  undone.undone = true;
  Replayed now = replay(instrument);
  Position& held = positions_[instrument];
  const Money change = now.position.realized - held.realized;
  held.quantity = now.position.quantity;
  held.cost = now.position.cost;
  held.realized = now.position.realized;
  held.fees -= fee;
  if (terms_.method == CostMethod::fifo) lots_[instrument] = std::move(now.lots);
  flow(terms.currency, &Balance::cash,
       terms.value(undone.price, undone.quantity) + fee + now.paid_out - paid_before);
  flow(terms.currency, &Balance::realized, change);
  flow(terms.currency, &Balance::costs, -fee);
  return change;
}

void Ledger::deposit(std::uint16_t currency, Money amount) {
  flow(currency, &Balance::cash, amount);
  flow(currency, &Balance::deposits, amount);
}

void Ledger::exchange(std::uint16_t from, Money sold, std::uint16_t to, Money bought) {
  flow(from, &Balance::cash, -sold);
  flow(from, &Balance::exchanged, -sold);
  flow(to, &Balance::cash, bought);
  flow(to, &Balance::exchanged, bought);
}

void Ledger::charge(std::uint16_t currency, Money amount) {
  flow(currency, &Balance::cash, -amount);
  flow(currency, &Balance::costs, amount);
}

void Ledger::interest(std::uint16_t currency, Money amount) {
  if (amount < Money{}) {
    charge(currency, -amount);
    return;
  }
  flow(currency, &Balance::cash, amount);
  flow(currency, &Balance::income, amount);
}

Money Ledger::accrue_interest(std::uint16_t currency, std::int64_t credit,
                              std::int64_t debit, std::int64_t days,
                              std::int64_t days_of_year) {
  const Money cash = balances_[currency].cash;
  const std::int64_t rate = cash < Money{} ? debit : credit;
  const Money amount = scale(cash, rate * days, kNano * days_of_year);
  interest(currency, amount);
  return amount;
}

Money Ledger::accrue_borrow(InstrumentIndex instrument, std::int64_t rate,
                            std::int64_t days, std::int64_t days_of_year) {
  if (positions_[instrument].quantity.n >= 0) return {};
  const Money cost =
      scale(absolute(market_value(instrument)), rate * days, kNano * days_of_year);
  charge(currency_of(instrument), cost);
  return cost;
}

Money Ledger::dividend(InstrumentIndex instrument, Money per_lot) {
  const Money amount{per_lot.atto * positions_[instrument].quantity.n};
  interest(currency_of(instrument), amount);
  return amount;
}

std::uint16_t Ledger::add_currency(std::int64_t rate_nano) {
  if (balances_.size() > 65'535)
    throw std::invalid_argument("an account has at most 65536 currencies");
  const auto currency = static_cast<std::uint16_t>(balances_.size());
  if (currency == 1) own_.front() = balances_.front();
  balances_.emplace_back();
  rates_.push_back(kNano);
  set_rate(currency, rate_nano);
  return currency;
}

void Ledger::set_rate(std::uint16_t currency, std::int64_t rate_nano) {
  if (currency == 0 || currency >= rates_.size() || rate_nano < 1) {
    throw std::invalid_argument("a rate is positive and of a currency from 1 to " +
                                std::to_string(rates_.size() - 1) + "; received " +
                                std::to_string(rate_nano) + " for currency " +
                                std::to_string(currency));
  }
  rates_[currency] = rate_nano;
}

const std::deque<Lot>& Ledger::lots(InstrumentIndex instrument) const {
  static const std::deque<Lot> none;
  return lots_.empty() ? none : lots_[instrument];
}

Money Ledger::market_value(InstrumentIndex instrument) const {
  const Position& held = positions_[instrument];
  if (held.quantity.n == 0) return {};
  if (!held.marked) return held.cost;
  return instruments_[instrument].value(held.mark, held.quantity);
}

Ledger::Totals Ledger::totals() const {
  Totals totals{};
  for (std::uint16_t c = 0; c < balances_.size(); ++c)
    totals.cash += in_own(c, balances_[c].cash);
  totals.value = totals.cash;
  for (InstrumentIndex i = 0; i < positions_.size(); ++i) {
    const Position& held = positions_[i];
    const std::uint16_t currency = currency_of(i);
    totals.realized += in_own(currency, held.realized);
    totals.fees += in_own(currency, held.fees);
    if (held.quantity.n == 0) continue;
    const Money worth = in_own(currency, market_value(i));
    totals.value += worth;
    totals.unrealized += worth - in_own(currency, held.cost);
    totals.gross += absolute(worth);
  }
  return totals;
}

Ledger::Statement Ledger::statement(std::uint16_t currency) const {
  Statement out;
  out.flows = balances_[currency];
  for (InstrumentIndex i = 0; i < positions_.size(); ++i) {
    if (currency_of(i) != currency) continue;
    const Money worth = market_value(i);
    out.positions += worth;
    out.unrealized += worth - positions_[i].cost;
  }
  return out;
}

Ledger::Consolidated Ledger::consolidated() const {
  Consolidated out;
  out.flows = balances_.size() > 1 ? own_.front() : balances_.front();
  out.flows.cash = {};
  for (std::uint16_t c = 0; c < balances_.size(); ++c) {
    const Statement one = statement(c);
    out.flows.cash += in_own(c, one.flows.cash);
    out.positions += in_own(c, one.positions);
    out.unrealized += in_own(c, one.unrealized);
  }
  const Balance& f = out.flows;
  out.translation = f.cash + out.positions - f.deposits - f.exchanged - f.realized -
                    out.unrealized - f.income + f.costs;
  return out;
}

Ledger::Margin Ledger::margin(const MarginTerms& terms) const {
  Margin out{};
  for (std::uint16_t c = 0; c < balances_.size(); ++c)
    out.equity += in_own(c, balances_[c].cash);
  for (InstrumentIndex i = 0; i < positions_.size(); ++i) {
    const Money worth = in_own(currency_of(i), market_value(i));
    const bool is_short = positions_[i].quantity.n < 0;
    out.equity += worth;
    out.initial += scale(absolute(worth), terms.initial_ppm, kMillion);
    out.maintenance +=
        scale(absolute(worth), is_short ? terms.short_ppm : terms.long_ppm, kMillion);
  }
  return out;
}

}  // namespace ai_trading::desk
