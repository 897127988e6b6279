// _core.rules: tick-size tables, price bands, circuit breakers, collars, phases.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <array>
#include <string_view>
#include <tuple>
#include <utility>

#include "ai_trading/rules/luld.hpp"
#include "ai_trading/rules/market_wide.hpp"
#include "ai_trading/rules/price_collar.hpp"
#include "ai_trading/rules/session_clock.hpp"
#include "ai_trading/rules/tick_size.hpp"
#include "exclusive.hpp"

namespace py = pybind11;
using namespace ai_trading;
using namespace ai_trading::bindings;
using namespace ai_trading::rules;
using namespace pybind11::literals;

namespace {

using OneLuld = Exclusive<LimitUpLimitDown>;
using OneBreaker = Exclusive<MarketWideBreaker>;
using Pair = std::pair<std::int64_t, std::int64_t>;
using MaybePrice = std::optional<std::int64_t>;

constexpr std::array<std::string_view, 8> kLuldStates{
    "no_bands", "normal",    "limit_up",    "limit_down",
    "paused",   "reopening", "until_close", "closed"};
constexpr std::array<std::string_view, 8> kPhases{
    "closed",           "pre_open",        "opening_auction", "continuous",
    "intraday_auction", "closing_auction", "halted",          "reopening_auction"};

std::optional<Ticks> ticks(MaybePrice price) {
  return price ? std::optional(Ticks{*price}) : std::nullopt;
}

Side side_from(int side) {
  if (side == 0 || side == 1) return static_cast<Side>(side);
  throw py::value_error("side must be 0 (buy) or 1 (sell); received " +
                        std::to_string(side));
}

Phase phase_from(std::string_view name) {
  for (std::size_t i = 0; i < kPhases.size(); ++i)
    if (kPhases[i] == name) return static_cast<Phase>(i);
  throw py::value_error("phase must be one of `phases`; received " + std::string(name));
}

template <class E, std::size_t N>
std::string_view word(const std::array<std::string_view, N>& names, E value) {
  return names[static_cast<std::size_t>(value)];
}

std::vector<Pair> tick_rows(std::span<const TickRow> rows) {
  std::vector<Pair> out;
  for (const TickRow& row : rows) out.emplace_back(row.from_nano, row.step_nano);
  return out;
}

void bind_ticks(py::module_& m) {
  m.def(
      "rule_612", [] { return tick_rows(rule_612()); },
      "SEC Rule 612 as (from price, step) rows in 1e-9 dollars.");
  m.def(
      "rule_612_half_cent", [] { return tick_rows(rule_612_half_cent()); },
      "The same for a stock with half-cent increments, as amended in 2024.");
  m.def(
      "mifid_2", [](double n) { return tick_rows(mifid_2(n)); }, "transactions_a_day"_a,
      "The tick sizes of MiFID II (RTS 11) for a share with this average daily "
      "number of transactions, as (from price, step) rows in 1e-9.");
  py::class_<TickTable>(m, "TickTable", R"(Price steps that depend on the price.

Parameters
----------
rows : sequence of (int, int)
    From which price on which step, both in 1e-9 of the currency.
tick_nano : int, default 100000
    What a tick is worth, in 1e-9.
)")
      .def(py::init([](const std::vector<Pair>& rows, std::int64_t tick_nano) {
             std::vector<TickRow> table;
             for (const auto& [from, step] : rows) table.push_back({from, step});
             return TickTable(table, tick_nano);
           }),
           "rows"_a, py::kw_only(), "tick_nano"_a = std::int64_t{100'000})
      .def(
          "step", [](const TickTable& t, std::int64_t p) { return t.step({p}).n; },
          "price"_a, "The step at a price, in ticks.")
      .def(
          "allows", [](const TickTable& t, std::int64_t p) { return t.allows({p}); },
          "price"_a, "Whether orders may have this price.")
      .def(
          "down", [](const TickTable& t, std::int64_t p) { return t.down({p}).n; },
          "price"_a, "The nearest allowed price that is not above.")
      .def(
          "up", [](const TickTable& t, std::int64_t p) { return t.up({p}).n; },
          "price"_a, "The nearest allowed price that is not below.");
}

LuldSettings luld_settings(int tier, std::int64_t previous_close,
                           std::int64_t tick_nano, int leverage_percent,
                           std::int64_t open, std::int64_t close) {
  if (tier != 1 && tier != 2)
    throw py::value_error("tier must be 1 or 2; received " + std::to_string(tier));
  return {static_cast<Tier>(tier), Ticks{previous_close}, tick_nano,
          leverage_percent,        Nanos{open},           Nanos{close}};
}

void bind_luld(py::module_& m) {
  py::class_<OneLuld>(m, "LimitUpLimitDown",
                      R"(Price bands and pauses of one US stock on one day.

Times are exchange-local nanoseconds since midnight and may not fall; prices are ticks.

Parameters
----------
tier : int
    1 or 2.
previous_close : int
    On the primary exchange, in ticks: it chooses the width of the bands.
tick_nano : int, default 100000
    What a tick is worth, in 1e-9 dollars.
leverage_percent : int, default 100
    Of a leveraged product of tier 2.
open, close : int
    The regular session; 09:30 to 16:00 by default.
)")
      .def(py::init([](int tier, std::int64_t previous_close, std::int64_t tick_nano,
                       int leverage_percent, std::int64_t open, std::int64_t close) {
             return std::make_unique<OneLuld>(luld_settings(
                 tier, previous_close, tick_nano, leverage_percent, open, close));
           }),
           "tier"_a, "previous_close"_a, py::kw_only(),
           "tick_nano"_a = std::int64_t{100'000}, "leverage_percent"_a = 100,
           "open"_a = clock_time(9, 30).n, "close"_a = clock_time(16, 0).n)
      .def(
          "advance",
          [](OneLuld& self, std::int64_t now) {
            self.use([&](LimitUpLimitDown& l) { l.advance({now}); });
          },
          "now"_a, "Let everything happen that is due.")
      .def(
          "open",
          [](OneLuld& self, std::int64_t now, std::int64_t price) {
            self.use([&](LimitUpLimitDown& l) { l.open({now}, {price}); });
          },
          "now"_a, "price"_a, "The opening price of the primary exchange.")
      .def(
          "trade",
          [](OneLuld& self, std::int64_t now, std::int64_t price) {
            self.use([&](LimitUpLimitDown& l) { l.trade({now}, {price}); });
          },
          "now"_a, "price"_a, "A trade that updates the last sale.")
      .def(
          "quote",
          [](OneLuld& self, std::int64_t now, MaybePrice bid, MaybePrice offer) {
            self.use(
                [&](LimitUpLimitDown& l) { l.quote({now}, ticks(bid), ticks(offer)); });
          },
          "now"_a, "bid"_a, "offer"_a, "The national best bid and offer.")
      .def(
          "reopen",
          [](OneLuld& self, std::int64_t now, MaybePrice price) {
            self.use([&](LimitUpLimitDown& l) { l.reopen({now}, ticks(price)); });
          },
          "now"_a, "price"_a, "The reopening price, or None where nothing traded.")
      .def(
          "extend",
          [](OneLuld& self, std::int64_t now) {
            self.use([&](LimitUpLimitDown& l) { l.extend({now}); });
          },
          "now"_a, "Put the reopening off by five minutes.")
      .def(
          "pause",
          [](OneLuld& self, std::int64_t now) {
            self.use([&](LimitUpLimitDown& l) { l.pause({now}); });
          },
          "now"_a, "The primary exchange pauses the stock.")
      .def_property_readonly(
          "state",
          [](OneLuld& self) {
            return self.use(
                [](LimitUpLimitDown& l) { return word(kLuldStates, l.state()); });
          },
          "One of `luld_states`.")
      .def_property_readonly(
          "bands",
          [](OneLuld& self) {
            return self.use([](LimitUpLimitDown& l) -> std::optional<Pair> {
              const auto bands = l.bands();
              if (!bands) return std::nullopt;
              return Pair{bands->lower.n, bands->upper.n};
            });
          },
          "(lower, upper) in ticks, or None.")
      .def_property_readonly(
          "reference",
          [](OneLuld& self) {
            return self.use([](LimitUpLimitDown& l) -> MaybePrice {
              const auto reference = l.reference();
              return reference ? MaybePrice(reference->n) : std::nullopt;
            });
          },
          "The reference price in ticks, or None.")
      .def_property_readonly(
          "deadline",
          [](OneLuld& self) {
            return self.use([](LimitUpLimitDown& l) -> MaybePrice {
              const Nanos at = l.deadline();
              return at == kNever ? std::nullopt : MaybePrice(at.n);
            });
          },
          "Where a limit state becomes a pause, or a pause ends; None otherwise.")
      .def_property_readonly(
          "straddle",
          [](OneLuld& self) {
            return self.use([](LimitUpLimitDown& l) { return l.straddle(); });
          },
          "Whether the best quote lies beyond a band without a limit state.")
      .def(
          "may_trade",
          [](OneLuld& self, std::int64_t price) {
            return self.use([&](LimitUpLimitDown& l) { return l.may_trade({price}); });
          },
          "price"_a, "Whether continuous trading may happen at a price.")
      .def(
          "may_show",
          [](OneLuld& self, int side, std::int64_t price) {
            const Side on = side_from(side);
            return self.use(
                [&](LimitUpLimitDown& l) { return l.may_show(on, {price}); });
          },
          "side"_a, "price"_a, "Whether a bid (0) or an offer (1) may be shown.");
  m.attr("luld_states") = py::cast(kLuldStates);
}

void bind_breaker(py::module_& m) {
  py::class_<OneBreaker>(m, "MarketWideBreaker",
                         R"(The market-wide circuit breaker on one day.

Parameters
----------
previous_close : int
    Of the S&P 500, in hundredths of a point.
open, close : int
    The regular session; 09:30 to 16:00 by default.
)")
      .def(py::init(
               [](std::int64_t previous_close, std::int64_t open, std::int64_t close) {
                 return std::make_unique<OneBreaker>(
                     MarketWideSettings{previous_close, Nanos{open}, Nanos{close}});
               }),
           "previous_close"_a, py::kw_only(), "open"_a = clock_time(9, 30).n,
           "close"_a = clock_time(16, 0).n)
      .def(
          "update",
          [](OneBreaker& self, std::int64_t now, std::int64_t value) {
            return self.use(
                [&](MarketWideBreaker& b) { return b.update({now}, value); });
          },
          "now"_a, "value"_a,
          "The index is at a value; return the level that now halts the market, or 0.")
      .def(
          "threshold",
          [](OneBreaker& self, int level) {
            return self.use([&](MarketWideBreaker& b) { return b.threshold(level); });
          },
          "level"_a, "The index value at or below which a level is reached.")
      .def(
          "halted",
          [](OneBreaker& self, std::int64_t now) {
            return self.use([&](MarketWideBreaker& b) { return b.halted({now}); });
          },
          "now"_a, "Whether the market is halted.")
      .def_property_readonly(
          "level",
          [](OneBreaker& self) {
            return self.use([](MarketWideBreaker& b) { return b.level(); });
          },
          "The deepest level so far, 0 for none.")
      .def_property_readonly(
          "until",
          [](OneBreaker& self) {
            return self.use([](MarketWideBreaker& b) -> MaybePrice {
              return b.until() == kNever ? std::nullopt : MaybePrice(b.until().n);
            });
          },
          "Where the last halt ends; None after level 3, 0 before any.");
}

using Triple = std::tuple<std::int64_t, std::int64_t, std::int64_t>;

void bind_collar(py::module_& m) {
  m.def(
      "nyse_trading_collar",
      [] {
        std::vector<Triple> out;
        for (const CollarRow& row : nyse_trading_collar())
          out.emplace_back(row.to_nano, row.basis_points, row.least_nano);
        return out;
      },
      "NYSE Rule 7.31: (up to reference, basis points, least amount) rows, in 1e-9.");
  py::class_<PriceCollar>(m, "PriceCollar",
                          R"(How far from a reference an order may be priced.

Parameters
----------
rows : sequence of (int, int, int)
    Up to which reference, how many basis points, and at least which amount; prices
    in 1e-9 of the currency.
increments : TickTable
    The range is rounded inwards to these.
tick_nano : int, default 100000
    What a tick is worth, in 1e-9.
)")
      .def(py::init([](const std::vector<Triple>& rows, const TickTable& increments,
                       std::int64_t tick_nano) {
             std::vector<CollarRow> table;
             for (const auto& [to, points, least] : rows)
               table.push_back({to, points, least});
             return PriceCollar(table, tick_nano, increments);
           }),
           "rows"_a, "increments"_a, py::kw_only(),
           "tick_nano"_a = std::int64_t{100'000})
      .def(
          "range",
          [](const PriceCollar& self, std::int64_t reference) {
            const CollarRange range = self.range({reference});
            return Pair{range.lowest.n, range.highest.n};
          },
          "reference"_a, "(lowest, highest) price in ticks.")
      .def(
          "check",
          [](const PriceCollar& self, int side, std::int64_t price,
             std::int64_t reference) {
            return static_cast<int>(self.check(side_from(side), {price}, {reference}));
          },
          "side"_a, "price"_a, "reference"_a,
          "A reject code: 0, or that of price_collar.");
}

using Step = std::tuple<std::int64_t, std::string_view, std::int64_t>;

std::vector<Step> step_rows(std::span<const SessionStep> steps) {
  std::vector<Step> out;
  for (const SessionStep& step : steps)
    out.emplace_back(step.at.n, word(kPhases, step.phase), step.random.n);
  return out;
}

void bind_clock(py::module_& m) {
  m.def(
      "us_equity_day",
      [](std::int64_t close) { return step_rows(us_equity_day({close})); },
      py::kw_only(), "close"_a = clock_time(16, 0).n,
      "The timetable of a US listing exchange: (time, phase, random end) rows.");
  m.def(
      "xetra_day", [] { return step_rows(xetra_day()); },
      "The timetable of Xetra's blue chips: (time, phase, random end) rows.");
  py::class_<SessionClock>(m, "SessionClock",
                           R"(Which phase of its day a market is in.

Parameters
----------
steps : sequence of (int, str, int)
    Exchange-local nanoseconds since midnight, the phase that begins then, and how
    much later at most, at random.
seed : int, default 0
    Of the random ends.
)")
      .def(py::init([](const std::vector<Step>& rows, std::uint64_t seed) {
             std::vector<SessionStep> steps;
             for (const auto& [at, phase, random] : rows)
               steps.push_back({Nanos{at}, phase_from(phase), Nanos{random}});
             return SessionClock(steps, seed);
           }),
           "steps"_a, py::kw_only(), "seed"_a = std::uint64_t{0})
      .def(
          "phase",
          [](const SessionClock& self, std::int64_t now) {
            return word(kPhases, self.phase({now}));
          },
          "now"_a, "The phase at a time: one of `phases`.")
      .def(
          "next_change",
          [](const SessionClock& self, std::int64_t now) -> MaybePrice {
            const Nanos at = self.next_change({now});
            return at == kNever ? std::nullopt : MaybePrice(at.n);
          },
          "now"_a, "The first change after a time, or None.")
      .def_property_readonly(
          "steps", [](const SessionClock& self) { return step_rows(self.steps()); },
          "The timetable with its random ends drawn.");
  m.attr("phases") = py::cast(kPhases);
}

}  // namespace

void bind_rules(py::module_& m) {
  bind_ticks(m);
  bind_luld(m);
  bind_breaker(m);
  bind_collar(m);
  bind_clock(m);
}
