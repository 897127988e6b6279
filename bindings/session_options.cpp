// From the engine's options to a session: what a run is made with.
#include <pybind11/stl.h>

#include <tuple>
#include <utility>
#include <vector>

#include "py_fees.hpp"
#include "py_latency.hpp"
#include "py_session.hpp"

using namespace pybind11::literals;

namespace ai_trading::bindings {

namespace {

using Pair = std::pair<std::int64_t, std::int64_t>;
using Triple = std::tuple<std::int64_t, std::int64_t, std::int64_t>;

// Rows of (increments, collar, short sales, day ends with the closing cross).
std::vector<venue::OrderRules> order_rules(const py::list& rows,
                                           const std::vector<Instrument>& instruments) {
  std::vector<venue::OrderRules> out;
  for (const auto& item : rows) {
    const auto row = py::reinterpret_borrow<py::tuple>(item);
    if (out.size() == instruments.size())
      throw py::value_error("order_rules has more rows than there are instruments");
    const Instrument& instrument = instruments[out.size()];
    venue::OrderRules rules;
    std::vector<rules::TickRow> steps;
    for (const auto& [from, step] : row[0].cast<std::vector<Pair>>())
      steps.push_back({from, step});
    rules::TickTable table{Ticks{instrument.price_step}};
    if (!steps.empty()) {
      table = rules::TickTable(steps, instrument.tick_nano);
      rules.increments = table;
    }
    std::vector<rules::CollarRow> collar;
    for (const auto& [to, points, least] : row[1].cast<std::vector<Triple>>())
      collar.push_back({to, points, least});
    if (!collar.empty()) rules.collar.emplace(collar, instrument.tick_nano, table);
    rules.short_sales = row[2].cast<bool>();
    rules.day_ends_with_closing_cross = row[3].cast<bool>();
    out.push_back(std::move(rules));
  }
  return out;
}

// Rows of (tier, previous close or 0, calendar or -1), and the sessions of each calendar.
sim::BandSettings price_bands(const py::dict& options) {
  sim::BandSettings out;
  for (const auto& [tier, close, calendar] :
       options["rows"].cast<std::vector<Triple>>()) {
    sim::BandTerms terms;
    terms.tier = tier == 2 ? rules::Tier::two : rules::Tier::one;
    terms.previous_close = Ticks{close};
    if (calendar >= 0) terms.calendar = static_cast<std::uint32_t>(calendar);
    out.rows.push_back(terms);
  }
  for (const auto& hours : options["sessions"].cast<std::vector<std::vector<Pair>>>()) {
    std::vector<sim::TradingHours>& sessions = out.sessions.emplace_back();
    for (const auto& [open, close] : hours)
      sessions.push_back({Nanos{open}, Nanos{close}});
  }
  return out;
}

// A row of (borrow, fundings, dividends) for each instrument, dividends in 1e-9 per lot;
// of (credit, debit) for each currency; when borrow accrues; the day count.
sim::HoldingSettings holding_settings(const py::dict& options) {
  sim::HoldingSettings out;
  out.every = Nanos{options["every"].cast<std::int64_t>()};
  out.days_of_year = options["days_of_year"].cast<std::int64_t>();
  for (const auto& item : options["instruments"].cast<py::list>()) {
    const auto row = py::reinterpret_borrow<py::tuple>(item);
    sim::HoldingTerms terms;
    terms.borrow = row[0].cast<std::int64_t>();
    for (const auto& [at, rate] : row[1].cast<std::vector<Pair>>())
      terms.funding.push_back({Nanos{at}, rate});
    for (const auto& [at, amount] : row[2].cast<std::vector<Pair>>())
      terms.dividends.push_back({Nanos{at}, from_nano(amount)});
    out.instruments.push_back(std::move(terms));
  }
  for (const auto& [credit, debit] : options["interest"].cast<std::vector<Pair>>())
    out.interest.push_back({credit, debit});
  return out;
}

}  // namespace

std::unique_ptr<PySession> PySession::make(const std::string& kind,
                                           const py::list& table,
                                           const py::dict& options,
                                           const py::object& bars) {
  auto made = std::make_unique<PySession>();
  const auto number = [&](const char* name) {
    return options[name].cast<std::int64_t>();
  };
  sim::Settings settings;
  std::vector<Instrument> instruments;
  for (const auto& item : table) {
    const auto row = py::reinterpret_borrow<py::tuple>(item);
    made->vocabulary_.terms.push_back(
        {py::object(row[0]), row[1].cast<std::int64_t>(), row[2].cast<std::int64_t>()});
    Instrument instrument;
    instrument.tick_nano = row[1].cast<std::int64_t>();
    instrument.lot_nano = row[3].cast<std::int64_t>();
    instrument.unit_nano = row[2].cast<std::int64_t>();
    instrument.price_step = row[4].cast<std::int64_t>();
    if (row.size() > 7) instrument.currency = row[7].cast<std::uint16_t>();
    instrument.check(py::str(row[0]));
    instruments.push_back(instrument);
    risk::Limits limits;
    limits.max_quantity = Lots{row[5].cast<std::int64_t>()};
    limits.max_position = Lots{row[6].cast<std::int64_t>()};
    limits.max_notional = from_micro(number("max_notional_micro"));
    limits.collar_ppm = number("collar_ppm");
    limits.cash_only = options["cash_only"].cast<bool>();
    settings.limits.push_back(limits);
  }
  for (const RejectName& row : kRejects) {
    made->vocabulary_.reasons.emplace_back(static_cast<std::uint16_t>(row.code),
                                           py::str(std::string(row.name)));
  }
  settings.cash = from_micro(number("cash_micro"));
  if (options.contains("foreign_cash_micro")) {
    for (const py::handle& cash : options["foreign_cash_micro"])
      settings.foreign_cash.push_back(from_micro(cash.cast<std::int64_t>()));
    using Row = std::tuple<std::int64_t, std::uint16_t, std::int64_t>;
    for (const auto& [at, currency, rate] : options["rates"].cast<std::vector<Row>>())
      settings.rates.push_back({Nanos{at}, currency, rate});
  }
  settings.latency = {Nanos{number("feed_latency")}, Nanos{number("entry_latency")},
                      Nanos{number("response_latency")}};
  if (options.contains("latency"))
    settings.drawn = latency_terms(options["latency"].cast<py::dict>());
  if (options.contains("impact"))
    settings.impact = shift_terms(options["impact"].cast<py::dict>());
  settings.per_order_fee = number("per_order_fee");
  settings.sample_every = Nanos{number("sample_every")};
  for (const std::int64_t at :
       options["session_ends"].cast<std::vector<std::int64_t>>())
    settings.session_ends.push_back(Nanos{at});
  if (options.contains("order_rules"))
    settings.order_rules =
        order_rules(options["order_rules"].cast<py::list>(), instruments);
  if (options.contains("price_bands"))
    settings.price_bands = price_bands(options["price_bands"].cast<py::dict>());
  if (options.contains("holding"))
    settings.holding = holding_settings(options["holding"].cast<py::dict>());
  cost::Fees fees{{number("maker_per_unit"), number("maker_of_value")},
                  {number("taker_per_unit"), number("taker_of_value")}};
  if (options.contains("fee_lines")) {
    fees.lines = fee_lines(options["fee_lines"].cast<py::list>());
    fees.prior = {number("prior_units"), number("prior_value")};
  }

  if (kind == "orders") {
    auto session = std::make_unique<sim::OrderSession>(instruments, settings, fees);
    made->orders_ = session.get();
    made->session_ = std::move(session);
  } else if (kind == "levels") {
    venue::QueueModel model;
    const auto queue = options["queue"].cast<std::string>();
    const auto kind_of_queue = venue::queue_kind(queue);
    if (!kind_of_queue)
      throw py::value_error("no queue model is called '" + queue + "'");
    model.kind = *kind_of_queue;
    model.exponent = options["queue_exponent"].cast<double>();
    if (const std::int64_t assumed = number("assumed_ahead"); assumed >= 0)
      model.assumed_ahead = Lots{assumed};
    auto session =
        std::make_unique<sim::LevelSession>(instruments, settings, fees, model);
    made->levels_ = session.get();
    made->session_ = std::move(session);
  } else if (kind == "bars") {
    venue::BarModel model;
    model.volume_cap = number("volume_cap_ppm");
    model.half_spread = Ticks{number("half_spread")};
    model.touch_fills = options["touch_fills"].cast<bool>();
    model.path = static_cast<venue::BarPath>(number("path"));
    const auto rows = bars.cast<Contiguous<feed::Bar>>();
    for (const feed::Bar& bar : view(rows)) {
      if (bar.instrument >= instruments.size())
        throw py::value_error("a bar names instrument " +
                              std::to_string(bar.instrument) + ", which the table of " +
                              std::to_string(instruments.size()) + " does not have");
    }
    made->bars_ = rows;
    made->session_ = std::make_unique<sim::BarSession>(instruments, settings, fees,
                                                       model, view(rows));
  } else {
    throw py::value_error("kind must be 'orders', 'levels' or 'bars'; received '" +
                          kind + "'");
  }
  return made;
}

}  // namespace ai_trading::bindings
