// Cash and positions, in exact money, for one or several currencies.
//
// Positions are carried at average cost or in first-in-first-out lots.  After every
// event, for each currency and to the last 1e-18,
//   cash + market value = deposits + exchanged + realised + unrealised + income - costs
// since a part of a position takes its cost with it by a single rounding, half to even,
// and the rest keeps what remains.  `exchanged` is what currency dealing brought in;
// deposits and it together are the net deposits of that currency.  Costs are fees, borrow,
// interest paid and dividends owed on short positions.
//
// Currency 0 is the account's own; an instrument's currency is in its terms.  Amounts in
// the own currency translate every flow at the rate of its day and every value at the
// present one; the difference is `translation`.
//
// Cost        booking O(1), with lots amortised; totals O(instruments); undoing an
//             execution O(events of its instrument).
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "ai_trading/base/instrument.hpp"
#include "ai_trading/base/money.hpp"
#include "ai_trading/base/rows.hpp"
#include "ai_trading/base/units.hpp"

namespace ai_trading::desk {

enum class CostMethod : std::uint8_t { average = 0, fifo = 1 };

struct Position {
  Lots quantity;   // signed
  Money cost;      // what it was bought for; negative for a short position
  Money realized;  // profit closed so far, before fees
  Money fees;
  Ticks mark;  // last known price
  bool marked{};
};

// A part of a position that was opened together.  Signs as in `Position`.
struct Lot {
  Lots quantity;
  Money cost;
};

// The flows of one currency so far.
struct Balance {
  Money cash;
  Money deposits;   // less withdrawals
  Money exchanged;  // bought less sold against other currencies
  Money realized;
  Money income;  // dividends and interest received
  Money costs;   // fees, borrow, interest and dividends paid
};

struct LedgerTerms {
  CostMethod method = CostMethod::average;
  std::uint16_t currencies = 1;
};

// What a margin account must hold against its positions, in parts per million of their
// absolute market value.  The defaults are Regulation T and FINRA rule 4210.
struct MarginTerms {
  std::int64_t initial_ppm = 500'000;
  std::int64_t long_ppm = 250'000;   // maintenance
  std::int64_t short_ppm = 300'000;  // maintenance
};

class Ledger {
 public:
  // Throws std::invalid_argument where an instrument is in a currency that `terms` does
  // not have.
  Ledger(std::vector<Instrument> instruments, Money cash, LedgerTerms terms = {});

  // Books one execution and returns the profit it closed, before fees.
  Money book(InstrumentIndex instrument, Side side, Ticks price, Lots quantity,
             Money fee);

  // The number of the last execution or split of an instrument, from 1.
  [[nodiscard]] std::size_t last_entry(InstrumentIndex instrument) const {
    return journals_[instrument].size();
  }
  // Restates an instrument as if an execution had never been: cash, cost, lots and
  // profit.  Returns by how much the realised profit changed.  `fee` is given back.
  // What was paid on the position meanwhile (dividends, borrow) stays.
  Money undo(InstrumentIndex instrument, std::size_t entry, Money fee);

  // Cash in, or out where it is negative.
  void deposit(std::uint16_t currency, Money amount);
  // Pays `sold` of one currency for `bought` of another.
  void exchange(std::uint16_t from, Money sold, std::uint16_t to, Money bought);
  // A charge that belongs to no execution.
  void charge(std::uint16_t currency, Money amount);
  // Received where positive, paid where negative.
  void interest(std::uint16_t currency, Money amount);
  // Interest on the cash of a currency for whole days, at annual rates in 1e-9: `credit`
  // on what is there, `debit` on what is owed.  Returns what was booked.
  Money accrue_interest(std::uint16_t currency, std::int64_t credit, std::int64_t debit,
                        std::int64_t days, std::int64_t days_of_year = 360);
  // What it costs to have borrowed a short position for whole days, at an annual rate in
  // 1e-9 of its market value.  Returns what was booked; zero unless short.
  Money accrue_borrow(InstrumentIndex instrument, std::int64_t rate, std::int64_t days,
                      std::int64_t days_of_year = 360);
  // A cash dividend per lot: a long position receives it, a short one owes it.
  Money dividend(InstrumentIndex instrument, Money per_lot);
  // `from` lots become `into`.  Parts of a lot are paid out at the mark; the mark is
  // moved with the split, to the nearest tick.  Both are 1 or more.
  void split(InstrumentIndex instrument, std::int64_t into, std::int64_t from);

  void mark(InstrumentIndex instrument, Ticks price) {
    positions_[instrument].mark = price;
    positions_[instrument].marked = true;
  }
  // Opens an account in another currency; returns its number.  At most 65535.
  std::uint16_t add_currency(std::int64_t rate_nano);
  // What one unit of a currency is worth in currency 0, in 1e-9.  1 until it is said.
  void set_rate(std::uint16_t currency, std::int64_t rate_nano);

  [[nodiscard]] Money cash() const { return balances_.front().cash; }
  [[nodiscard]] const Position& position(InstrumentIndex instrument) const {
    return positions_[instrument];
  }
  // First-in-first-out lots, oldest first; empty at average cost.
  [[nodiscard]] const std::deque<Lot>& lots(InstrumentIndex instrument) const;
  [[nodiscard]] const Instrument& instrument(InstrumentIndex index) const {
    return instruments_[index];
  }
  [[nodiscard]] std::size_t instruments() const { return instruments_.size(); }
  // Adds an instrument; throws as the constructor does.
  InstrumentIndex add(const Instrument& instrument);
  [[nodiscard]] std::span<const Balance> balances() const { return balances_; }
  [[nodiscard]] std::int64_t rate(std::uint16_t currency) const {
    return rates_[currency];
  }
  [[nodiscard]] CostMethod method() const { return terms_.method; }

  // What the position would fetch at the last known price.
  [[nodiscard]] Money market_value(InstrumentIndex instrument) const;

  struct Totals {
    Money cash, value, realized, unrealized, fees, gross;
  };
  // Of the whole account in currency 0, at present rates.
  [[nodiscard]] Totals totals() const;

  // One currency: value = cash + positions.
  struct Statement {
    Balance flows;
    Money positions;  // market value
    Money unrealized;
  };
  [[nodiscard]] Statement statement(std::uint16_t currency) const;

  // All of it in currency 0: positions + cash = deposits + realised + unrealised + income
  // - costs + translation.
  struct Consolidated {
    Balance flows;  // cash at the present rate, the rest at the rates of their days
    Money positions, unrealized;
    Money translation;
  };
  [[nodiscard]] Consolidated consolidated() const;

  struct Margin {
    Money equity, initial, maintenance;
    [[nodiscard]] Money excess() const { return equity - initial; }
    [[nodiscard]] bool call() const { return equity < maintenance; }
  };
  // In currency 0.
  [[nodiscard]] Margin margin(const MarginTerms& terms) const;

 private:
  // An execution (signed `quantity`), or a split (`quantity` 0, `into` for `from`).
  struct Entry {
    Ticks price;
    Lots quantity;
    std::int64_t into{}, from{};
    bool undone{};
  };
  struct Replayed {
    Position position;
    std::deque<Lot> lots;
    Money paid_out;  // for parts of lots, by splits
  };

  [[nodiscard]] std::uint16_t currency_of(InstrumentIndex instrument) const {
    return instruments_[instrument].currency;
  }
  void check(const Instrument& instrument) const;
  [[nodiscard]] Money in_own(std::uint16_t currency, Money amount) const;
  void flow(std::uint16_t currency, Money Balance::* kind, Money amount);
  Money trade(const Instrument& terms, Position& held, std::deque<Lot>* lots,
              Ticks price, Lots signed_quantity) const;
  Money cut(const Instrument& terms, Position& held, std::deque<Lot>* lots,
            const Entry& entry) const;
  [[nodiscard]] Replayed replay(InstrumentIndex instrument) const;

  std::vector<Instrument> instruments_;
  std::vector<Position> positions_;
  std::vector<std::deque<Lot>> lots_;  // by instrument; empty at average cost
  std::vector<Rows<Entry>> journals_;
  std::vector<Balance> balances_;
  std::vector<Balance> own_;  // one row: all flows at the rates of their days
  std::vector<std::int64_t> rates_;
  LedgerTerms terms_;
};

}  // namespace ai_trading::desk
