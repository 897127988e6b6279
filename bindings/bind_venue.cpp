// _core.venue: what venues would have done to real orders.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <string>

#include "ai_trading/venue/fill_truth.hpp"
#include "ai_trading/venue/level_tape.hpp"
#include "arrays.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;
using namespace pybind11::literals;

namespace {

constexpr std::array kShown{std::pair{venue::Shown::orders, std::string_view("orders")},
                            std::pair{venue::Shown::levels, std::string_view("levels")},
                            std::pair{venue::Shown::quotes, std::string_view("quotes")},
                            std::pair{venue::Shown::touch, std::string_view("touch")},
                            std::pair{venue::Shown::trades, std::string_view("trades")},
                            std::pair{venue::Shown::bars, std::string_view("bars")}};

[[nodiscard]] venue::Shown shown(const std::string& name) {
  for (const auto& [value, known] : kShown)
    if (known == name) return value;
  throw py::value_error(
      "shown must be one of orders, levels, quotes, touch, trades, bars; received '" +
      name + "'");
}

void check(std::span<const feed::Event> events) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].instrument != 0)
      throw py::value_error("events[" + std::to_string(i) + "] is of instrument " +
                            std::to_string(events[i].instrument) +
                            "; the experiment takes one, numbered 0");
    if (i > 0 && events[i].timestamp < events[i - 1].timestamp)
      throw py::value_error("events[" + std::to_string(i) + "] is out of time order");
  }
}

void check(std::span<const venue::Fate> chosen, std::size_t events) {
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const venue::Fate& fate = chosen[i];
    if (fate.ended >= events || fate.born > fate.ended || fate.side > 1 ||
        (i > 0 && fate.born < chosen[i - 1].born))
      throw py::value_error("fates[" + std::to_string(i) +
                            "] is none of these events, or out of order; take rows of "
                            "fates(events) in their order");
  }
}

py::array_t<venue::Fate> fates(const Contiguous<feed::Event>& events) {
  const auto rows = view(events);
  check(rows);
  std::vector<venue::Fate> found;
  {
    const py::gil_scoped_release nogil;
    found = venue::fates(rows);
  }
  return adopt(std::move(found));
}

py::array_t<feed::Event> trades(const Contiguous<feed::Event>& events) {
  const auto rows = view(events);
  check(rows);
  std::vector<feed::Event> found;
  {
    const py::gil_scoped_release nogil;
    const venue::LevelTape tape(rows);
    for (std::size_t at = 0; at < rows.size(); ++at) {
      for (const venue::LevelMove& move : tape.of(at)) {
        if (move.traded.n == 0) continue;
        feed::Event trade{};
        trade.timestamp = rows[at].timestamp;
        trade.kind = static_cast<std::uint8_t>(feed::EventKind::trade);
        trade.side = static_cast<std::uint8_t>(move.side);
        trade.price = move.traded_at.n;
        trade.quantity = move.traded.n;
        found.push_back(trade);
      }
    }
  }
  return adopt(std::move(found));
}

py::array_t<venue::Outcome> replay(const Contiguous<feed::Event>& events,
                                   const Contiguous<venue::Fate>& chosen,
                                   const std::string& how, const py::dict& model,
                                   std::int64_t patience,
                                   const std::optional<Contiguous<feed::Bar>>& bars) {
  const auto number = [&](const char* name) {
    return model[name].cast<std::int64_t>();
  };
  const auto rows = view(events);
  const auto wanted = view(chosen);
  check(rows);
  check(wanted, rows.size());
  venue::Experiment experiment;
  experiment.shown = shown(how);
  experiment.patience = Nanos{patience};
  if (experiment.shown == venue::Shown::bars) {
    if (!bars) throw py::value_error("bars are needed where bars are shown");
    experiment.bars = view(*bars);
    experiment.fills.volume_cap = number("volume_cap_ppm");
    experiment.fills.half_spread = Ticks{number("half_spread")};
    experiment.fills.touch_fills = model["touch_fills"].cast<bool>();
    experiment.fills.path = static_cast<venue::BarPath>(number("path"));
    for (const feed::Bar& bar : experiment.bars)
      if (bar.instrument != 0) throw py::value_error("bars must be of instrument 0");
  } else if (experiment.shown != venue::Shown::orders) {
    const auto kind = venue::queue_kind(model["queue"].cast<std::string>());
    if (!kind) throw py::value_error("no queue model has this name");
    experiment.queue.kind = *kind;
    experiment.queue.exponent = model["queue_exponent"].cast<double>();
    if (const std::int64_t assumed = number("assumed_ahead"); assumed >= 0)
      experiment.queue.assumed_ahead = Lots{assumed};
  }
  std::vector<venue::Outcome> outcomes;
  {
    const py::gil_scoped_release nogil;
    outcomes = venue::replay(rows, wanted, experiment);
  }
  return adopt(std::move(outcomes));
}

}  // namespace

void bind_venue(py::module_& m) {
  PYBIND11_NUMPY_DTYPE(venue::Fate, order_id, born, ended, submitted, finished, price,
                       quantity, ahead, filled, first_fill, last_fill, side, ending,
                       reserved, instrument);
  PYBIND11_NUMPY_DTYPE(venue::Outcome, filled, late, first_fill, last_fill);
  m.attr("fate_dtype") = py::dtype::of<venue::Fate>();
  m.attr("outcome_dtype") = py::dtype::of<venue::Outcome>();
  m.def("fates", &fates, "events"_a.noconvert(),
        R"(What really happened to every order whose arrival the events show.

Parameters
----------
events : ndarray of shape (n,), dtype `feed.event_dtype`
    Order by order, of one instrument numbered 0, in the order of their time.

Returns
-------
fates : ndarray of dtype `fate_dtype`
    In the order of arrival. `ending` is 0 filled, 1 canceled, 2 left the view, 3 still
    open at the end, 4 took part in an auction.
)");
  m.def("trades", &trades, "events"_a.noconvert(),
        R"(What traded, each with its price, as a source of trades would tell it.

Parameters
----------
events : ndarray of shape (n,), dtype `feed.event_dtype`
    As given to `fates`.

Returns
-------
trades : ndarray of dtype `feed.event_dtype`
    Of kind trade; executions that were not printed are left out.
)");
  m.def("replay", &replay, "events"_a.noconvert(), "fates"_a.noconvert(), "shown"_a,
        "model"_a, "patience"_a = 0, "bars"_a.noconvert() = py::none(),
        R"(What a venue says would have happened to ours in the place of real orders.

Parameters
----------
events : ndarray of shape (n,), dtype `feed.event_dtype`
    As given to `fates`.
fates : ndarray of dtype `fate_dtype`
    Rows of `fates(events)`, in their order.
shown : {"orders", "levels", "quotes", "touch", "trades", "bars"}
    How much of the events the venue sees.
model : dict
    `LevelFills.to_core()`, or `BarFills.to_core()` for bars.
patience : int
    Nanoseconds that ours stands on after the real one was filled.
bars : ndarray of dtype `feed.bar_dtype`, optional
    Where bars are shown.

Returns
-------
outcomes : ndarray of dtype `outcome_dtype`
    One for each fate.
)");
}
