// _core.venue.Market: an exchange in a box.
#include <tuple>

#include "ai_trading/venue/market_batch.hpp"
#include "engine_commands.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;
using matching::Request;
using rules::clock_time;
using venue::BatchMarket;
using venue::Listing;
using venue::MarketTerms;

namespace {

using OneMarket = Exclusive<BatchMarket>;
using Pair = std::pair<std::int64_t, std::int64_t>;
using Triple = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
using Step = std::tuple<std::int64_t, std::string_view, std::int64_t>;

constexpr std::array<std::string_view, 8> kPhases{
    "closed",           "pre_open",        "opening_auction", "continuous",
    "intraday_auction", "closing_auction", "halted",          "reopening_auction"};
constexpr std::array<std::string_view, 4> kHalts{"none", "luld", "market_wide",
                                                 "regulatory"};
constexpr std::array<std::string_view, 8> kLuldStates{
    "no_bands", "normal",    "limit_up",    "limit_down",
    "paused",   "reopening", "until_close", "closed"};

rules::Phase phase_from(std::string_view name) {
  for (std::size_t i = 0; i < kPhases.size(); ++i)
    if (kPhases[i] == name) return static_cast<rules::Phase>(i);
  throw py::value_error("phase must be one of `rules.phases`; received " +
                        std::string(name));
}

rules::Tier tier_from(int tier) {
  if (tier == 1 || tier == 2) return static_cast<rules::Tier>(tier);
  throw py::value_error("tier must be 1 or 2; received " + std::to_string(tier));
}

void bind_listing(py::module_& m) {
  py::class_<Listing>(m, "Listing", R"(What an instrument of a market keeps to.

Parameters
----------
previous_close : int
    In ticks; 0 is unknown, for instruments without bands and collar.
tick_nano : int, default 100000
    What a tick is worth, in 1e-9.
luld : bool, default False
    Price bands and pauses: see `rules.LimitUpLimitDown`.
tier : int, default 1
    1 or 2.
leverage_percent : int, default 100
    Of a leveraged product of tier 2.
increments : sequence of (int, int), optional
    Rows as of `rules.TickTable`; without them orders are priced in ticks.
collar : sequence of (int, int, int), optional
    Rows as of `rules.PriceCollar`; without them there is none.
)")
      .def(py::init([](std::int64_t previous_close, std::int64_t tick_nano, bool luld,
                       int tier, int leverage_percent,
                       const std::vector<Pair>& increments,
                       const std::vector<Triple>& collar) {
             Listing listing;
             listing.previous_close = Ticks{previous_close};
             listing.tick_nano = tick_nano;
             listing.luld = luld;
             listing.tier = tier_from(tier);
             listing.leverage_percent = leverage_percent;
             for (const auto& [from, step] : increments)
               listing.increments.push_back({from, step});
             for (const auto& [to, points, least] : collar)
               listing.collar.push_back({to, points, least});
             return listing;
           }),
           "previous_close"_a, py::kw_only(), "tick_nano"_a = std::int64_t{100'000},
           "luld"_a = false, "tier"_a = 1, "leverage_percent"_a = 100,
           "increments"_a = std::vector<Pair>{}, "collar"_a = std::vector<Triple>{})
      .def_static(
          "us_stock",
          [](std::int64_t previous_close, int tier, std::int64_t tick_nano) {
            return venue::us_stock(Ticks{previous_close}, tier_from(tier), tick_nano);
          },
          "previous_close"_a, py::kw_only(), "tier"_a = 1,
          "tick_nano"_a = std::int64_t{100'000},
          "A US stock: LULD, the increments of Rule 612, NYSE's collar.");
}

MarketTerms terms_from(std::int64_t midnight, const std::vector<Step>& timetable,
                       std::int64_t open, std::int64_t close, std::int64_t index_close,
                       std::int64_t call, std::uint64_t seed) {
  MarketTerms terms;
  terms.midnight = Nanos{midnight};
  for (const auto& [at, phase, random] : timetable)
    terms.timetable.push_back({Nanos{at}, phase_from(phase), Nanos{random}});
  terms.open = Nanos{open};
  terms.close = Nanos{close};
  terms.index_close = index_close;
  terms.call = Nanos{call};
  terms.seed = seed;
  return terms;
}

InstrumentIndex listed(const BatchMarket& market, InstrumentIndex instrument) {
  if (instrument < market.market().size()) return instrument;
  throw py::index_error("instrument must be below " +
                        std::to_string(market.market().size()) + "; received " +
                        std::to_string(instrument));
}

// A property of one instrument.
template <class Ask>
auto of_instrument(Ask ask) {
  return [ask](OneMarket& self, InstrumentIndex instrument) {
    return self.use([&](BatchMarket& market) {
      return ask(market.market(), listed(market, instrument));
    });
  };
}

std::optional<Pair> pair_of(const std::optional<rules::PriceBands>& bands) {
  if (!bands) return std::nullopt;
  return Pair{bands->lower.n, bands->upper.n};
}

py::array_t<matching::Answer> tell(OneMarket& self, matching::Action action,
                                   InstrumentIndex instrument, std::int64_t price,
                                   std::int64_t timestamp) {
  Request row = row_of(action, timestamp);
  row.instrument = instrument;
  row.price = price;
  return apply_one(self, row);
}

}  // namespace

void bind_market(py::module_& m) {
  bind_listing(m);
  m.attr("halts") = py::cast(kHalts);
  py::class_<OneMarket> market(m, "Market", R"(A matching engine driven by market rules.

docs/market-rules.md says what it does. Times are UTC nanoseconds and move by the
timestamps of commands and by `advance`; what the rules do on the way comes as answers
with the time it happened at.

Parameters
----------
listings : sequence of Listing
    The position is the instrument's index.
midnight : int
    Of the exchange's local day, in UTC nanoseconds.
timetable : sequence of (int, str, int), optional
    Rows as of `rules.SessionClock`; `rules.us_equity_day()` without them.
open, close : int
    The regular session, in nanoseconds since midnight; 09:30 to 16:00 by default.
index_close : int, default 0
    Previous close of the index of the market-wide breaker, in hundredths; 0 is none.
call : int, default 300 s
    How long before the end of a halt orders are collected, in nanoseconds.
seed : int, default 0
    Of random ends, and of the peaks of icebergs.
publish : bool, default False
    Keep the public feed for `take_feed`.
flags : int, default 0
    Flags of every published event.
)");
  market
      .def(py::init([](const std::vector<Listing>& listings, std::int64_t midnight,
                       const std::optional<std::vector<Step>>& timetable,
                       std::int64_t open, std::int64_t close, std::int64_t index_close,
                       std::int64_t call, std::uint64_t seed, bool publish,
                       std::uint16_t flags) {
             MarketTerms terms =
                 terms_from(midnight, timetable.value_or(std::vector<Step>{}), open,
                            close, index_close, call, seed);
             if (!timetable) terms.timetable = rules::us_equity_day(Nanos{close});
             return std::make_unique<OneMarket>(std::move(terms), listings, publish,
                                                flags);
           }),
           "listings"_a, py::kw_only(), "midnight"_a = 0, "timetable"_a = py::none(),
           "open"_a = clock_time(9, 30).n, "close"_a = clock_time(16, 0).n,
           "index_close"_a = 0, "call"_a = rules::minutes(5).n,
           "seed"_a = std::uint64_t{0}, "publish"_a = false,
           "flags"_a = std::uint16_t{0})
      .def(
          "halt",
          [](OneMarket& self, InstrumentIndex instrument, std::int64_t timestamp) {
            return tell(self, matching::Action::halt, instrument, 0, timestamp);
          },
          "instrument"_a, py::kw_only(), "timestamp"_a = kNoTime,
          "Halt an instrument until `resume`; return the answers.")
      .def(
          "resume",
          [](OneMarket& self, InstrumentIndex instrument, std::int64_t timestamp) {
            return tell(self, matching::Action::resume, instrument, 0, timestamp);
          },
          "instrument"_a, py::kw_only(), "timestamp"_a = kNoTime,
          "Lift a halt: orders are collected, then an auction; return the answers.")
      .def(
          "index",
          [](OneMarket& self, std::int64_t value, std::int64_t timestamp) {
            return tell(self, matching::Action::index, 0, value, timestamp);
          },
          "value"_a, py::kw_only(), "timestamp"_a = kNoTime,
          "The market-wide index is at a value, in hundredths; return the answers.")
      .def("phase", of_instrument([](const auto& held, InstrumentIndex i) {
             return kPhases[static_cast<std::size_t>(held.phase(i))];
           }),
           "instrument"_a, "One of `rules.phases`.")
      .def("halted_by", of_instrument([](const auto& held, InstrumentIndex i) {
             return kHalts[static_cast<std::size_t>(held.halt(i))];
           }),
           "instrument"_a, "One of `halts`.")
      .def("luld_state", of_instrument([](const auto& held, InstrumentIndex i) {
             return kLuldStates[static_cast<std::size_t>(held.luld(i))];
           }),
           "instrument"_a, "One of `rules.luld_states`.")
      .def("bands", of_instrument([](const auto& held, InstrumentIndex i) {
             return pair_of(held.bands(i));
           }),
           "instrument"_a, "(lower, upper) in force, in ticks, or None.")
      .def("reopening_collar", of_instrument([](const auto& held, InstrumentIndex i) {
             return pair_of(held.reopening_collar(i));
           }),
           "instrument"_a,
           "(lowest, highest) price of the auction that ends a pause, or None.")
      .def_property_readonly(
          "now",
          [](OneMarket& self) {
            return self.use([](BatchMarket& held) { return held.market().now().n; });
          },
          "The time reached, in UTC nanoseconds.")
      .def_property_readonly(
          "next_due",
          [](OneMarket& self) -> std::optional<std::int64_t> {
            const Nanos due =
                self.use([](BatchMarket& held) { return held.market().next_due(); });
            return due == kNever ? std::nullopt : std::optional(due.n);
          },
          "When the rules next do something by themselves, or None.")
      .def_property_readonly(
          "market_wide_level",
          [](OneMarket& self) {
            return self.use(
                [](BatchMarket& held) { return held.market().market_wide_level(); });
          },
          "The deepest level that halted the market so far, 0 for none.");
  bind_commands(market);
}
