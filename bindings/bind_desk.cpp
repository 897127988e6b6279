// _core.desk: the desk, its ledger, and the rows that leave it.
#include "ai_trading/desk/order_terms.hpp"
#include "py_desk.hpp"
#include "py_ledger.hpp"

#include <pybind11/stl.h>

using namespace ai_trading;
using namespace ai_trading::bindings;

namespace {

using OneLedger = Exclusive<desk::Ledger>;
using OneDesk = Exclusive<desk::Desk>;

void bind_records(py::module_& m) {
  PYBIND11_NUMPY_DTYPE(desk::OrderRecord, order_id, parent_id, submitted, acknowledged,
                       done, price, quantity, filled, filled_value, fee, instrument,
                       side, type, time_in_force, status, reason, strategy, reserved);
  PYBIND11_NUMPY_DTYPE(desk::TermsRecord, order_id, entry, stop, peg_limit, trail,
                       display, offset, expire_at, group, trigger, trail_by, peg, slide,
                       minimum, all_or_none);
  PYBIND11_NUMPY_DTYPE(desk::FillRecord, timestamp, order_id, fill_id, price, quantity,
                       fee, realized, position, instrument, side, liquidity, strategy);
  PYBIND11_NUMPY_DTYPE(desk::AccountRecord, timestamp, cash, value, realized,
                       unrealized, fees, gross);
  PYBIND11_NUMPY_DTYPE(desk::ParentRecord, parent_id, outer_id, opened, done, quantity,
                       filled, filled_value, fee, working, allocated, first_child,
                       last_child, children, instrument, side, status, strategy,
                       reserved);
  PYBIND11_NUMPY_DTYPE(desk::Incident, timestamp, order_id, fill_id, execution,
                       quantity, instrument, code, report, restricted);
  PYBIND11_NUMPY_DTYPE(desk::OrderRequest, client_id, parent_id, price, quantity,
                       instrument, group, side, type, time_in_force, reserved, strategy,
                       padding);
  PYBIND11_NUMPY_DTYPE(desk::OrderAnswer, order_id, reason, status, reserved, padding);
  m.attr("order_dtype") = py::dtype::of<desk::OrderRecord>();
  m.attr("order_terms_dtype") = py::dtype::of<desk::TermsRecord>();
  m.attr("fill_dtype") = py::dtype::of<desk::FillRecord>();
  m.attr("account_dtype") = py::dtype::of<desk::AccountRecord>();
  m.attr("parent_dtype") = py::dtype::of<desk::ParentRecord>();
  m.attr("incident_dtype") = py::dtype::of<desk::Incident>();
  m.attr("order_request_dtype") = py::dtype::of<desk::OrderRequest>();
  m.attr("order_answer_dtype") = py::dtype::of<desk::OrderAnswer>();
}

constexpr std::array kEventNames{"request_cancel",
                                 "request_replace",
                                 "pending_new",
                                 "accept",
                                 "reject",
                                 "fill",
                                 "fill_all",
                                 "cancel",
                                 "expire",
                                 "done_for_day",
                                 "stop",
                                 "suspend",
                                 "calculate",
                                 "restate",
                                 "replace",
                                 "pending_cancel",
                                 "pending_replace",
                                 "refuse_cancel",
                                 "refuse_replace",
                                 "bust",
                                 "reinstate"};
static_assert(kEventNames.size() == desk::kOrderEvents);

py::tuple step(int status, bool cancel_asked, bool replace_asked, int event,
               bool executed) {
  if (status < 0 || status >= static_cast<int>(desk::kOrderStatuses) || event < 0 ||
      event >= static_cast<int>(desk::kOrderEvents)) {
    throw py::value_error("status must be 0 to 12 and event 0 to 20; received " +
                          std::to_string(status) + " and " + std::to_string(event));
  }
  const auto verdict =
      desk::advance({static_cast<OrderStatus>(status), cancel_asked, replace_asked},
                    static_cast<desk::OrderEvent>(event), executed);
  return py::make_tuple(static_cast<int>(verdict.to.base), verdict.to.cancel_asked,
                        verdict.to.replace_asked, static_cast<int>(verdict.to.shown()),
                        static_cast<int>(verdict.refused));
}

void bind_lifecycle(py::module_& m) {
  py::dict events;
  for (std::size_t i = 0; i < kEventNames.size(); ++i)
    events[kEventNames[i]] = static_cast<int>(i);
  m.attr("order_events") = events;
  m.def("step", &step, "status"_a, "cancel_asked"_a, "replace_asked"_a, "event"_a,
        "executed"_a,
        "(status, cancel asked, replace asked, status shown, reject code) after an "
        "event; the state is unchanged where the code is not 0.");
}

template <class Work>
auto checked(OneLedger& self, InstrumentIndex instrument, Work&& work) {
  return self.use([&](desk::Ledger& ledger) {
    if (instrument >= ledger.instruments())
      throw py::index_error("the ledger has " + std::to_string(ledger.instruments()) +
                            " instruments; received index " +
                            std::to_string(instrument));
    return work(ledger);
  });
}

template <class Work>
auto in_currency(OneLedger& self, std::uint16_t currency, Work&& work) {
  return self.use([&](desk::Ledger& ledger) {
    if (currency >= ledger.balances().size())
      throw py::index_error("the ledger has " +
                            std::to_string(ledger.balances().size()) +
                            " currencies; received " + std::to_string(currency));
    return work(ledger);
  });
}

void bind_ledger(py::module_& m) {
  py::class_<OneLedger>(m, "Ledger", R"(Cash and positions in exact money.

Amounts are whole numbers of 1e-18 currency units; prices ticks, quantities lots.

Parameters
----------
instruments : sequence of tuple
    (tick size, lot value, currency) each, the first two in 1e-9.
cash : int, default 0
    Deposited in currency 0.
currencies : int, default 1
fifo : bool, default False
    First-in-first-out lots; else average cost.
)")
      .def(py::init([](const std::vector<std::tuple<std::int64_t, std::int64_t,
                                                    std::uint16_t>>& instruments,
                       const py::int_& cash, std::uint16_t currencies, bool fifo) {
             std::vector<Instrument> table;
             for (const auto& [tick, lot, currency] : instruments) {
               Instrument made;
               made.tick_nano = tick;
               made.lot_nano = lot;
               made.currency = currency;
               made.check("instrument " + std::to_string(table.size()));
               table.push_back(made);
             }
             return std::make_unique<OneLedger>(
                 std::move(table), from_python(cash),
                 desk::LedgerTerms{
                     fifo ? desk::CostMethod::fifo : desk::CostMethod::average,
                     currencies});
           }),
           "instruments"_a, py::kw_only(), "cash"_a = 0, "currencies"_a = 1,
           "fifo"_a = false)
      .def(
          "book",
          [](OneLedger& self, InstrumentIndex instrument, int side, std::int64_t price,
             std::int64_t quantity, const py::int_& fee) {
            const Side on = side_of(side);
            const Money paid = from_python(fee);
            return to_python(checked(self, instrument, [&](desk::Ledger& ledger) {
              check_size(price, quantity);
              return ledger.book(instrument, on, Ticks{price}, Lots{quantity}, paid);
            }));
          },
          "instrument"_a, "side"_a, "price"_a, "quantity"_a, "fee"_a = 0,
          "Book an execution; return the profit it closed, before fees.")
      .def(
          "last_entry",
          [](OneLedger& self, InstrumentIndex instrument) {
            return checked(self, instrument, [&](desk::Ledger& ledger) {
              return ledger.last_entry(instrument);
            });
          },
          "instrument"_a, "The number of the last execution or split, from 1.")
      .def(
          "undo",
          [](OneLedger& self, InstrumentIndex instrument, std::size_t entry,
             const py::int_& fee) {
            const Money back = from_python(fee);
            return to_python(checked(self, instrument, [&](desk::Ledger& ledger) {
              return ledger.undo(instrument, entry, back);
            }));
          },
          "instrument"_a, "entry"_a, "fee"_a = 0,
          "Restate an instrument without an execution; return how the realised profit "
          "changed.")
      .def(
          "deposit",
          [](OneLedger& self, std::uint16_t currency, const py::int_& amount) {
            const Money in = from_python(amount);
            in_currency(self, currency,
                        [&](desk::Ledger& ledger) { ledger.deposit(currency, in); });
          },
          "currency"_a, "amount"_a, "Cash in; out where it is negative.")
      .def(
          "exchange",
          [](OneLedger& self, std::uint16_t source, const py::int_& sold,
             std::uint16_t target, const py::int_& bought) {
            const Money out = from_python(sold);
            const Money in = from_python(bought);
            in_currency(self, source, [&](desk::Ledger& ledger) {
              if (target >= ledger.balances().size())
                throw py::index_error("there is no currency " + std::to_string(target));
              ledger.exchange(source, out, target, in);
            });
          },
          "source"_a, "sold"_a, "target"_a, "bought"_a,
          "Pay an amount of one currency for one of another.")
      .def(
          "charge",
          [](OneLedger& self, std::uint16_t currency, const py::int_& amount) {
            const Money out = from_python(amount);
            in_currency(self, currency,
                        [&](desk::Ledger& ledger) { ledger.charge(currency, out); });
          },
          "currency"_a, "amount"_a, "A charge that belongs to no execution.")
      .def(
          "interest",
          [](OneLedger& self, std::uint16_t currency, const py::int_& amount) {
            const Money in = from_python(amount);
            in_currency(self, currency,
                        [&](desk::Ledger& ledger) { ledger.interest(currency, in); });
          },
          "currency"_a, "amount"_a, "Received where positive, paid where negative.")
      .def(
          "accrue_interest",
          [](OneLedger& self, std::uint16_t currency, std::int64_t credit,
             std::int64_t debit, std::int64_t days, std::int64_t days_of_year) {
            check_accrual(std::max(credit, debit), days, days_of_year);
            return to_python(in_currency(self, currency, [&](desk::Ledger& ledger) {
              return ledger.accrue_interest(currency, credit, debit, days,
                                            days_of_year);
            }));
          },
          "currency"_a, "credit"_a, "debit"_a, "days"_a, "days_of_year"_a = 360,
          "Interest on cash at annual rates in 1e-9; return what was booked.")
      .def(
          "accrue_borrow",
          [](OneLedger& self, InstrumentIndex instrument, std::int64_t rate,
             std::int64_t days, std::int64_t days_of_year) {
            check_accrual(rate, days, days_of_year);
            return to_python(checked(self, instrument, [&](desk::Ledger& ledger) {
              return ledger.accrue_borrow(instrument, rate, days, days_of_year);
            }));
          },
          "instrument"_a, "rate"_a, "days"_a, "days_of_year"_a = 360,
          "What a borrowed short position costs; return what was booked.")
      .def(
          "dividend",
          [](OneLedger& self, InstrumentIndex instrument, const py::int_& per_lot) {
            const Money each = from_python(per_lot);
            return to_python(checked(self, instrument, [&](desk::Ledger& ledger) {
              return ledger.dividend(instrument, each);
            }));
          },
          "instrument"_a, "per_lot"_a,
          "A cash dividend: a long position receives it, a short one owes it.")
      .def(
          "split",
          [](OneLedger& self, InstrumentIndex instrument, std::int64_t into,
             std::int64_t old) {
            checked(self, instrument,
                    [&](desk::Ledger& ledger) { ledger.split(instrument, into, old); });
          },
          "instrument"_a, "into"_a, "old"_a,
          "`old` lots become `into`; parts of a lot are paid out at the mark.")
      .def(
          "mark",
          [](OneLedger& self, InstrumentIndex instrument, std::int64_t price) {
            checked(self, instrument, [&](desk::Ledger& ledger) {
              ledger.mark(instrument, Ticks{price});
            });
          },
          "instrument"_a, "price"_a, "The last known price.")
      .def(
          "set_rate",
          [](OneLedger& self, std::uint16_t currency, std::int64_t rate) {
            self.use([&](desk::Ledger& ledger) { ledger.set_rate(currency, rate); });
          },
          "currency"_a, "rate"_a, "What a unit is worth in currency 0, in 1e-9.")
      .def(
          "position",
          [](OneLedger& self, InstrumentIndex instrument) {
            const desk::Position held = checked(
                self, instrument,
                [&](desk::Ledger& ledger) { return ledger.position(instrument); });
            return py::make_tuple(held.quantity.n, to_python(held.cost),
                                  to_python(held.realized), to_python(held.fees));
          },
          "instrument"_a, "(lots, cost, realised profit, fees).")
      .def(
          "lots",
          [](OneLedger& self, InstrumentIndex instrument) {
            const auto lots = checked(self, instrument, [&](desk::Ledger& ledger) {
              return ledger.lots(instrument);
            });
            py::list out;
            for (const desk::Lot& lot : lots)
              out.append(py::make_tuple(lot.quantity.n, to_python(lot.cost)));
            return out;
          },
          "instrument"_a, "(lots, cost) each, oldest first; empty at average cost.")
      .def(
          "statement",
          [](OneLedger& self, std::uint16_t currency) {
            const auto made = in_currency(self, currency, [&](desk::Ledger& ledger) {
              return ledger.statement(currency);
            });
            return statement_dict(made);
          },
          "currency"_a,
          "Flows of a currency, market value of its positions and unrealised profit.")
      .def(
          "consolidated",
          [](OneLedger& self) {
            const auto made =
                self.use([](desk::Ledger& ledger) { return ledger.consolidated(); });
            return consolidated_dict(made);
          },
          "All of it in currency 0, with the currency translation.")
      .def(
          "margin",
          [](OneLedger& self, std::int64_t initial, std::int64_t long_rate,
             std::int64_t short_rate) {
            const auto made = self.use([&](desk::Ledger& ledger) {
              return ledger.margin({initial, long_rate, short_rate});
            });
            py::dict out;
            out["equity"] = to_python(made.equity);
            out["initial"] = to_python(made.initial);
            out["maintenance"] = to_python(made.maintenance);
            out["excess"] = to_python(made.excess());
            out["call"] = made.call();
            return out;
          },
          py::kw_only(), "initial"_a = 500'000, "long_rate"_a = 250'000,
          "short_rate"_a = 300'000,
          "What a margin account must hold, at rates in parts per million.");
}

}  // namespace

void bind_desk(py::module_& m) {
  bind_records(m);
  bind_lifecycle(m);
  bind_ledger(m);
  py::class_<OneDesk> desk_class(m, "Desk",
                                 R"(Orders, positions and limits of an account.

Parameters
----------
cash : int
    In 1e-18 currency units.
order_timeout, answer_timeout : int, default 0
    Nanoseconds after which an order is canceled, and after which a request without an
    answer is repeated; 0 is never.
attempts : int, default 3
    How often a request is sent in all.
max_working : int, default 0
    Orders at once; 0 is no limit.
share_ppm : int, default 0
    Of the account's value that an opening order may be worth, in parts per million.
cash_covers : bool, default False
    What opens a position, long or short, needs its cash.
margin : bool, default False
    A margin account by Regulation T.
fifo : bool, default False
    First-in-first-out lots; else average cost.
)");
  bind_desk_constructor(desk_class, [](Money cash, const desk::Terms& terms) {
    return std::make_unique<OneDesk>(std::vector<Instrument>{}, cash,
                                     std::vector<risk::Limits>{}, terms);
  });
  desk_class
      .def(
          "add_instrument",
          [](OneDesk& self, std::int64_t tick_nano, std::int64_t lot_nano,
             std::int64_t unit_nano, std::int64_t price_step, std::int64_t max_quantity,
             std::int64_t collar_ppm, std::uint16_t currency) {
            Instrument made =
                instrument_from(tick_nano, lot_nano, unit_nano, price_step);
            made.currency = currency;
            return self.use([&](desk::Desk& d) {
              return d.add(made, limits_from(max_quantity, collar_ppm));
            });
          },
          py::kw_only(), "tick_nano"_a, "lot_nano"_a, "unit_nano"_a, "price_step"_a,
          "max_quantity"_a = 0, "collar_ppm"_a = 0, "currency"_a = 0,
          "Add an instrument and return its index.")
      .def(
          "submit",
          [](OneDesk& self, InstrumentIndex instrument, int side, int order_type,
             int time_in_force, std::int64_t price, std::int64_t quantity,
             std::int64_t now, std::uint64_t client, std::uint64_t parent,
             std::uint32_t group, std::uint16_t strategy) {
            desk::NewOrder order =
                order_from(instrument, side, order_type, time_in_force, price, quantity,
                           client, parent, group);
            order.strategy = strategy;
            const auto made =
                self.use([&](desk::Desk& d) { return d.submit(order, Nanos{now}); });
            return py::make_tuple(made.id, static_cast<int>(made.reason),
                                  made.command.has_value());
          },
          "instrument"_a, "side"_a, "order_type"_a, "time_in_force"_a, "price"_a,
          "quantity"_a, "now"_a, "client"_a = 0, "parent"_a = 0, "group"_a = 0,
          "strategy"_a = 0,
          "Take an order; return (id, reject code, whether it is to be sent).");
  desk_class
      .def(
          "cancel",
          [](OneDesk& self, OrderId order_id, std::int64_t now) {
            const auto made =
                self.use([&](desk::Desk& d) { return d.cancel(order_id, Nanos{now}); });
            return py::make_tuple(static_cast<int>(made.reason),
                                  made.command.has_value());
          },
          "order_id"_a, "now"_a,
          "Ask for an order's end; return (reject code, whether it is to be sent).")
      .def(
          "modify",
          [](OneDesk& self, OrderId order_id, std::int64_t price, std::int64_t quantity,
             std::int64_t now) {
            const auto made = self.use([&](desk::Desk& d) {
              return d.modify(order_id, Ticks{price}, Lots{quantity}, Nanos{now});
            });
            return py::make_tuple(static_cast<int>(made.reason),
                                  made.command.has_value());
          },
          "order_id"_a, "price"_a, "quantity"_a, "now"_a,
          "Ask for another price and total; return (reject code, whether to send).");
  bind_currencies<desk::Desk>(desk_class,
                              [](desk::Desk& d) -> desk::Desk& { return d; });
  bind_desk_api<desk::Desk>(
      desk_class, [](desk::Desk& d) -> desk::Desk& { return d; }, [](desk::Desk&) {});
}
