// _core.matching: made-up order flow on the matching engine, and the terms of its models.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "ai_trading/venue/flow_market.hpp"
#include "ai_trading/venue/order_flow.hpp"
#include "ai_trading/venue/queue_reactive.hpp"
#include "arrays.hpp"
#include "engine_commands.hpp"
#include "exclusive.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;
using namespace pybind11::literals;
using venue::AgentTerms;
using venue::FlowModelTerms;
using venue::FlowRules;
using venue::FlowSettings;
using venue::FlowSymbol;
using venue::HawkesTerms;
using venue::OrderFlow;
using venue::QueueRates;
using venue::QueueReactiveTerms;
using venue::ZeroIntelligenceTerms;

namespace {

using OneFlow = Exclusive<OrderFlow>;

// What each term means stands in venue/flow_terms.hpp and in market/flow_models.py.
void bind_models(py::module_& m) {
  py::class_<HawkesTerms>(m, "HawkesTerms", "Terms of flow that excites itself.")
      .def(py::init<>())
      .def_readwrite("excitation", &HawkesTerms::excitation)
      .def_readwrite("decay", &HawkesTerms::decay)
      .def_readwrite("depth_exponent", &HawkesTerms::depth_exponent);
  using Zero = ZeroIntelligenceTerms;
  py::class_<Zero>(m, "ZeroIntelligenceTerms", "Terms of zero intelligence.")
      .def(py::init<>())
      .def_readwrite("market", &Zero::market)
      .def_readwrite("limit", &Zero::limit)
      .def_readwrite("cancel", &Zero::cancel)
      .def_readwrite("band", &Zero::band)
      .def_readwrite("size", &Zero::size);
  py::class_<QueueRates>(m, "QueueRates", "Rates of one queue by its length.")
      .def(py::init<>())
      .def_readwrite("limit", &QueueRates::limit)
      .def_readwrite("cancel", &QueueRates::cancel)
      .def_readwrite("market", &QueueRates::market)
      .def_readwrite("size", &QueueRates::size);
  using Queues = QueueReactiveTerms;
  py::class_<Queues>(m, "QueueReactiveTerms", "Terms of the queue-reactive model.")
      .def(py::init<>())
      .def_readwrite("levels", &Queues::levels)
      .def_readwrite("move", &Queues::move)
      .def_readwrite("redraw", &Queues::redraw);
  py::class_<AgentTerms>(m, "AgentTerms", "Terms of the market of agents.")
      .def(py::init<>())
      .def_readwrite("speculators", &AgentTerms::speculators)
      .def_readwrite("visits", &AgentTerms::visits)
      .def_readwrite("switching", &AgentTerms::switching)
      .def_readwrite("value_pull", &AgentTerms::value_pull)
      .def_readwrite("value_noise", &AgentTerms::value_noise)
      .def_readwrite("momentum_pull", &AgentTerms::momentum_pull)
      .def_readwrite("momentum_noise", &AgentTerms::momentum_noise)
      .def_readwrite("trend", &AgentTerms::trend)
      .def_readwrite("herding", &AgentTerms::herding)
      .def_readwrite("predisposition", &AgentTerms::predisposition)
      .def_readwrite("misalignment", &AgentTerms::misalignment)
      .def_readwrite("noise_limit", &AgentTerms::noise_limit)
      .def_readwrite("noise_market", &AgentTerms::noise_market)
      .def_readwrite("noise_depth", &AgentTerms::noise_depth)
      .def_readwrite("noise_life", &AgentTerms::noise_life)
      .def_readwrite("makers", &AgentTerms::makers)
      .def_readwrite("maker_visits", &AgentTerms::maker_visits)
      .def_readwrite("maker_spread", &AgentTerms::maker_spread)
      .def_readwrite("maker_fear", &AgentTerms::maker_fear)
      .def_readwrite("maker_size", &AgentTerms::maker_size)
      .def_readwrite("maker_limit", &AgentTerms::maker_limit);
  m.def("check_flow_model", &venue::check_flow_model, "terms"_a,
        "Refuse terms outside their domain with a ValueError.");
  m.def("queue_distribution", &venue::queue_distribution, "rates"_a, "nearest"_a,
        "How long a queue is in the long run: probabilities from none upwards.");
}

py::array_t<feed::Event> next_events(OneFlow& self, std::size_t limit) {
  constexpr std::size_t kMost = std::size_t{1} << 24;
  if (limit < 1 || limit > kMost)
    throw py::value_error("limit must lie between 1 and 2^24; received " +
                          std::to_string(limit));
  std::vector<feed::Event> events;
  {
    const py::gil_scoped_release nogil;
    self.use([&](OrderFlow& flow) {
      events.resize(limit);
      events.resize(flow.fill(events));
    });
  }
  return adopt(std::move(events));
}

matching::NewOrder own_order(OrderId id, InstrumentIndex instrument, int side, int type,
                             int time_in_force, std::int64_t price,
                             std::int64_t quantity) {
  const bool auction = time_in_force == 5 || time_in_force == 6;
  if ((type != 0 && type != 1) ||
      (time_in_force != 0 && time_in_force != 1 && !auction))
    throw py::value_error(
        "type must be 0 (market) or 1 (limit) and time_in_force 0 (day), 1 (immediate "
        "or cancel), 5 (at the open) or 6 (at the close)");
  return {id,
          instrument,
          1,
          side_from(side),
          static_cast<OrderType>(type),
          static_cast<TimeInForce>(time_in_force),
          Ticks{price},
          Lots{quantity}};
}

using Stock = std::tuple<std::int64_t, int, std::int64_t>;
using Stop = std::tuple<InstrumentIndex, std::int64_t, std::optional<std::int64_t>>;
using IndexValue = std::pair<std::int64_t, std::int64_t>;

FlowRules us_equities(const std::vector<Stock>& stocks, std::int64_t midnight,
                      std::int64_t close, std::uint32_t opening, std::uint32_t closing,
                      std::int64_t on_close_until, const std::vector<Stop>& halts,
                      std::int64_t index_close, const std::vector<IndexValue>& index) {
  FlowRules made;
  made.market = venue::us_equities(Nanos{midnight}, Nanos{close});
  made.market.on_close_until = Nanos{on_close_until};
  made.market.index_close = index_close;
  for (const auto& [previous_close, tier, tick_nano] : stocks) {
    if (tier != 1 && tier != 2)
      throw py::value_error("tier must be 1 or 2; received " + std::to_string(tier));
    made.listings.push_back(venue::us_stock(Ticks{previous_close},
                                            static_cast<rules::Tier>(tier), tick_nano));
  }
  made.opening = opening;
  made.closing = closing;
  for (const auto& [instrument, at, until] : halts)
    made.halts.push_back(
        {instrument, Nanos{at}, until ? std::optional(Nanos{*until}) : std::nullopt});
  for (const auto& [at, value] : index) made.index.push_back({Nanos{at}, value});
  return made;
}

// Of a flow with rules; nothing without.
template <class Ask>
auto under_rules(Ask&& ask) {
  return [ask](OneFlow& self, InstrumentIndex i) {
    return self.use([&](OrderFlow& flow) {
      using Told = std::optional<decltype(ask(*flow.rules(), i))>;
      if (flow.rules() == nullptr || i >= flow.symbols()) return Told{};
      return Told{ask(*flow.rules(), i)};
    });
  };
}

void bind_rules_of_flow(py::module_& m) {
  py::class_<FlowRules>(m, "FlowRules", R"(The rules of a made-up day of US stocks.

Parameters
----------
stocks : sequence of (int, int, int)
    Of each symbol the previous close in ticks, the LULD tier, and a tick in 1e-9.
midnight : int
    Of the day in New York, in UTC nanoseconds.
close : int
    Time of day at which the session closes.
opening, closing : int
    Orders of the crowd for the two auctions, a symbol.
on_close_until : int
    Time of day from which no order at the close is taken; 0 for none.
halts : sequence of (int, int, int or None)
    Symbol, begin and end of halts by decision.
index_close : int
    The market-wide index at the previous close, in hundredths; 0 for no breaker.
index : sequence of (int, int)
    Times and values of the index.
)")
      .def(py::init(&us_equities), "stocks"_a, py::kw_only(), "midnight"_a,
           "close"_a = std::int64_t{57'600'000'000'000}, "opening"_a = 40U,
           "closing"_a = 80U, "on_close_until"_a = std::int64_t{0},
           "halts"_a = std::vector<Stop>{}, "index_close"_a = std::int64_t{0},
           "index"_a = std::vector<IndexValue>{});
}

void bind_flow(py::module_& m) {
  bind_rules_of_flow(m);
  py::class_<FlowSymbol>(m, "FlowSymbol", R"(One symbol of an order flow.

Parameters
----------
price : int
    At the open, in ticks.
step : int, default 100
    Prices are multiples of this, in ticks.
volatility : float, default 0.01
    Of the latent value over the session, as a fraction.
activity : float, default 1.0
    Share of the events, relative to the other symbols.
)")
      .def(py::init([](std::int64_t price, std::int64_t step, double volatility,
                       double activity) {
             return FlowSymbol{Ticks{price}, Ticks{step}, volatility, activity};
           }),
           "price"_a, py::kw_only(), "step"_a = std::int64_t{100},
           "volatility"_a = 0.01, "activity"_a = 1.0);

  py::class_<OneFlow>(m, "OrderFlow", R"(A day of made-up order flow.

Parameters
----------
symbols : sequence of FlowSymbol
    The position is the instrument index of the events.
seed : int
start, end : int
    Of the regular session, in UTC nanoseconds.
events : float, optional
    Events wanted, 1e6 by default; a day comes out within some percent.
model : HawkesTerms, ZeroIntelligenceTerms, QueueReactiveTerms or AgentTerms
    Who sends orders when; by default Hawkes. `events` of None means the model's rates
    per second as stated.
rules : FlowRules, optional
    Auctions, bands, pauses and halts; without them trading at any price.
)")
      .def(py::init(
               [](std::vector<FlowSymbol> symbols, std::uint64_t seed,
                  std::int64_t start, std::int64_t end, std::optional<double> events,
                  std::optional<FlowModelTerms> model, std::optional<FlowRules> rules) {
                 FlowSettings settings;
                 settings.symbols = std::move(symbols);
                 settings.seed = seed;
                 settings.open = Nanos{start};
                 settings.close = Nanos{end};
                 settings.events = events;
                 if (model) settings.model = std::move(*model);
                 settings.rules = std::move(rules);
                 return std::make_unique<OneFlow>(std::move(settings));
               }),
           "symbols"_a, py::kw_only(), "seed"_a, "start"_a, "end"_a, "events"_a = 1e6,
           "model"_a = py::none(), "rules"_a = py::none())
      .def("fill", &next_events, "limit"_a,
           "The next events, at most `limit`; empty after the last.")
      .def(
          "advance",
          [](OneFlow& self, std::int64_t now) {
            const py::gil_scoped_release nogil;
            self.use([&](OrderFlow& flow) { flow.advance(Nanos{now}); });
          },
          "now"_a, "Play on until a time and forget what was published.")
      .def(
          "submit",
          [](OneFlow& self, OrderId id, InstrumentIndex instrument, int side, int type,
             int time_in_force, std::int64_t price, std::int64_t quantity) {
            const auto order =
                own_order(id, instrument, side, type, time_in_force, price, quantity);
            return self.use(
                [&](OrderFlow& flow) { return static_cast<int>(flow.submit(order)); });
          },
          "order_id"_a, py::kw_only(), "instrument"_a, "side"_a, "order_type"_a,
          "time_in_force"_a, "price"_a, "quantity"_a,
          "Send an order of yours; return a reject code, 0 where it was accepted.")
      .def(
          "cancel",
          [](OneFlow& self, OrderId id) {
            return self.use(
                [&](OrderFlow& flow) { return static_cast<int>(flow.cancel(id)); });
          },
          "order_id"_a, "Cancel an order of yours; return a reject code.")
      .def(
          "amend",
          [](OneFlow& self, OrderId id, std::int64_t price, std::int64_t left) {
            return self.use([&](OrderFlow& flow) {
              return static_cast<int>(flow.amend(id, Ticks{price}, Lots{left}));
            });
          },
          "order_id"_a, "price"_a, "left"_a,
          "Give an order of yours a price and a quantity still to trade.")
      .def(
          "halt",
          [](OneFlow& self, InstrumentIndex instrument) {
            return self.use([&](OrderFlow& flow) {
              return static_cast<int>(flow.halt(instrument));
            });
          },
          "instrument"_a, "Halt a symbol under rules; return a reject code.")
      .def(
          "resume",
          [](OneFlow& self, InstrumentIndex instrument) {
            return self.use([&](OrderFlow& flow) {
              return static_cast<int>(flow.resume(instrument));
            });
          },
          "instrument"_a, "End such a halt, by an auction; return a reject code.")
      .def(
          "index",
          [](OneFlow& self, std::int64_t value) {
            return self.use([&](OrderFlow& flow) { return flow.index(value); });
          },
          "value"_a, "Tell the market-wide index; return the level that now halts.")
      .def("phase", under_rules([](const venue::FlowMarket& market, InstrumentIndex i) {
             return static_cast<int>(market.phase(i));
           }),
           "instrument"_a, "Place in `rules.phases`, or None without rules.")
      .def("bands", under_rules([](const venue::FlowMarket& market, InstrumentIndex i) {
             const auto bands = market.bands(i);
             return bands ? std::pair(bands->lower.n, bands->upper.n)
                          : std::pair(std::int64_t{0}, std::int64_t{0});
           }),
           "instrument"_a, "(lower, upper) in ticks, zeros where there are none.")
      .def(
          "take_answers",
          [](OneFlow& self) {
            return adopt(self.use([](OrderFlow& flow) { return flow.take_answers(); }));
          },
          "What happened to your orders since the last call, as `answer_dtype` rows.")
      .def(
          "best",
          [](OneFlow& self, InstrumentIndex instrument, int side) {
            const Side on = side_from(side);
            return level_tuple(self.use(
                [&](OrderFlow& flow) { return flow.books().best(instrument, on); }));
          },
          "instrument"_a, "side"_a, "(price, quantity, orders) of the best level.")
      .def(
          "depth",
          [](OneFlow& self, InstrumentIndex instrument, int side, std::size_t levels) {
            const Side on = side_from(side);
            return self.use([&](OrderFlow& flow) {
              return level_list(flow.books(), instrument, on,
                                std::min<std::size_t>(levels, 10'000));
            });
          },
          "instrument"_a, "side"_a, "levels"_a,
          "(price, quantity, orders) of the best levels, best first.")
      .def_property_readonly(
          "now",
          [](OneFlow& self) {
            return self.use([](OrderFlow& flow) { return flow.now().n; });
          },
          "The time reached, in UTC nanoseconds.")
      .def_property_readonly(
          "is_open",
          [](OneFlow& self) {
            return self.use([](OrderFlow& flow) { return flow.open(); });
          },
          "Whether the session is on.")
      .def(
          "state_hash",
          [](OneFlow& self) {
            return self.use([](OrderFlow& flow) { return flow.state_hash(); });
          },
          "A digest of the resting orders, their owners and the number of trades.");
  m.attr("OWN_IDS") = OrderFlow::kOwnIds;
}

}  // namespace

void bind_order_flow(py::module_& m) {
  bind_models(m);
  bind_flow(m);
}
