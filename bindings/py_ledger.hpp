// Accounts in several currencies, for every class that has a ledger.
#pragma once

#include <string>

#include "ai_trading/desk/ledger.hpp"
#include "py_desk.hpp"

namespace ai_trading::bindings {

inline py::dict balance_dict(const desk::Balance& b) {
  py::dict out;
  out["cash"] = to_python(b.cash);
  out["deposits"] = to_python(b.deposits);
  out["exchanged"] = to_python(b.exchanged);
  out["realized"] = to_python(b.realized);
  out["income"] = to_python(b.income);
  out["costs"] = to_python(b.costs);
  return out;
}

inline py::dict statement_dict(const desk::Ledger::Statement& made) {
  py::dict out = balance_dict(made.flows);
  out["positions"] = to_python(made.positions);
  out["unrealized"] = to_python(made.unrealized);
  return out;
}

inline py::dict consolidated_dict(const desk::Ledger::Consolidated& made) {
  py::dict out = balance_dict(made.flows);
  out["positions"] = to_python(made.positions);
  out["unrealized"] = to_python(made.unrealized);
  out["translation"] = to_python(made.translation);
  return out;
}

// One statement per currency, the account's own first.
inline py::list statements(const desk::Ledger& ledger) {
  py::list out;
  for (std::uint16_t c = 0; c < ledger.balances().size(); ++c)
    out.append(statement_dict(ledger.statement(c)));
  return out;
}

inline std::uint16_t currency_of(const desk::Ledger& ledger, std::uint16_t currency) {
  if (currency < ledger.balances().size()) return currency;
  throw py::index_error("the account has " + std::to_string(ledger.balances().size()) +
                        " currencies; received " + std::to_string(currency));
}

// What every class that holds a desk lets Python do with its currencies.
template <class T, class DeskOf>
void bind_currencies(py::class_<Exclusive<T>>& cls, DeskOf desk_of) {
  using One = Exclusive<T>;
  const auto with = [desk_of](One& self, auto&& work) {
    return self.use([&](T& held) { return work(desk_of(held).ledger()); });
  };
  cls.def(
         "add_currency",
         [with](One& self, std::int64_t rate) {
           return with(self, [&](desk::Ledger& l) { return l.add_currency(rate); });
         },
         "rate"_a, "Open an account in a currency worth so many 1e-9; its number.")
      .def(
          "set_rate",
          [with](One& self, std::uint16_t currency, std::int64_t rate) {
            with(self, [&](desk::Ledger& l) { l.set_rate(currency, rate); });
          },
          "currency"_a, "rate"_a, "What a unit is worth in currency 0, in 1e-9.")
      .def(
          "deposit",
          [with](One& self, std::uint16_t currency, const py::int_& amount) {
            const Money in = from_python(amount);
            with(self,
                 [&](desk::Ledger& l) { l.deposit(currency_of(l, currency), in); });
          },
          "currency"_a, "amount"_a, "Cash in; out where it is negative.")
      .def(
          "exchange",
          [with](One& self, std::uint16_t source, const py::int_& sold,
                 std::uint16_t target, const py::int_& bought) {
            const Money out = from_python(sold);
            const Money in = from_python(bought);
            with(self, [&](desk::Ledger& l) {
              l.exchange(currency_of(l, source), out, currency_of(l, target), in);
            });
          },
          "source"_a, "sold"_a, "target"_a, "bought"_a,
          "Pay an amount of one currency for one of another.")
      .def(
          "statements",
          [with](One& self) {
            return with(self, [](desk::Ledger& l) { return statements(l); });
          },
          "Flows, positions and unrealised profit of each currency.")
      .def(
          "consolidated",
          [with](One& self) {
            return consolidated_dict(
                with(self, [](desk::Ledger& l) { return l.consolidated(); }));
          },
          "All of it in currency 0, with the currency translation.");
}

}  // namespace ai_trading::bindings
