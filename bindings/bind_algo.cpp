// _core.algo: parents at work outside a simulated session, driven from Python.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ai_trading/algo/workers.hpp"
#include "algo_terms.hpp"
#include "arrays.hpp"
#include "exclusive.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;
using namespace pybind11::literals;

namespace ai_trading::bindings {

algo::Terms algo_terms(const py::dict& given) {
  algo::Terms t;
  bool quantity = false;
  const auto whole = [](const py::handle& value) { return value.cast<std::int64_t>(); };
  for (const auto& [key, value] : given) {
    const auto name = key.cast<std::string>();
    if (name == "instrument") {
      t.instrument = value.cast<InstrumentIndex>();
    } else if (name == "side") {
      t.side = whole(value) == 0 ? Side::buy : Side::sell;
    } else if (name == "algorithm") {
      const auto code = whole(value);
      if (code < 0 || code > static_cast<int>(algo::Algorithm::seek))
        throw py::value_error("algorithm must be a code from 0 to 7; received " +
                              std::to_string(code));
      t.algorithm = static_cast<algo::Algorithm>(code);
    } else if (name == "completion") {
      t.completion =
          whole(value) == 0 ? algo::Completion::report : algo::Completion::cross;
    } else if (name == "strategy") {
      t.strategy = value.cast<std::uint16_t>();
    } else if (name == "adaptive") {
      t.adaptive = value.cast<bool>();
    } else if (name == "quantity") {
      t.quantity = Lots{whole(value)};
      quantity = true;
    } else if (name == "start") {
      t.start = Nanos{whole(value)};
    } else if (name == "end") {
      t.end = Nanos{whole(value)};
    } else if (name == "limit") {
      t.limit = Ticks{whole(value)};
    } else if (name == "would") {
      t.would = Ticks{whole(value)};
    } else if (name == "price_step") {
      t.price_step = Ticks{whole(value)};
    } else if (name == "rate") {
      t.rate = whole(value);
    } else if (name == "min_participation") {
      t.min_participation = whole(value);
    } else if (name == "max_participation") {
      t.max_participation = whole(value);
    } else if (name == "urgency") {
      t.urgency = whole(value);
    } else if (name == "round") {
      t.round = Lots{whole(value)};
    } else if (name == "min_child") {
      t.min_child = Lots{whole(value)};
    } else if (name == "max_child") {
      t.max_child = Lots{whole(value)};
    } else if (name == "slices") {
      t.slices = value.cast<std::size_t>();
    } else if (name == "interval") {
      t.interval = Nanos{whole(value)};
    } else if (name == "review") {
      t.review = Nanos{whole(value)};
    } else if (name == "jitter") {
      t.jitter = value.cast<double>();
    } else if (name == "seed") {
      t.seed = value.cast<std::uint64_t>();
    } else if (name == "k") {
      t.k = value.cast<double>();
    } else if (name == "satiation") {
      t.satiation = value.cast<double>();
    } else if (name == "auction") {
      t.auction = whole(value);
    } else if (name == "display") {
      t.display = Lots{whole(value)};
    } else if (name == "max_spread") {
      t.max_spread = Ticks{whole(value)};
    } else if (name == "min_touch") {
      t.min_touch = Lots{whole(value)};
    } else if (name == "forecast") {
      // (curve, expected lots of a session, weight of what was expected)
      const auto parts = py::reinterpret_borrow<py::object>(value).cast<py::tuple>();
      t.forecast =
          schedule::VolumeForecast{parts[0].cast<const schedule::Curve&>(),
                                   parts[1].cast<double>(), parts[2].cast<double>()};
    } else {
      throw py::value_error("a parent has no term '" + name + "'");
    }
  }
  if (!quantity) throw py::value_error("a parent needs a quantity");
  t.check();
  return t;
}

}  // namespace ai_trading::bindings

namespace {

// Order ids are the caller's own numbers, from 1.
struct PyStreet {
  py::object market_, submit_, replace_, cancel_;

  algo::Market market(InstrumentIndex instrument) {
    const auto row = market_(instrument).cast<py::tuple>();
    algo::Market m;
    m.bid = Ticks{row[0].cast<std::int64_t>()};
    m.bid_quantity = Lots{row[1].cast<std::int64_t>()};
    m.ask = Ticks{row[2].cast<std::int64_t>()};
    m.ask_quantity = Lots{row[3].cast<std::int64_t>()};
    m.has_last = !row[4].is_none();
    if (m.has_last) m.last = Ticks{row[4].cast<std::int64_t>()};
    m.closing_auction = row.size() > 5 && row[5].cast<bool>();
    return m;
  }
  std::pair<OrderId, Reject> submit(const algo::Worker& worker,
                                    const algo::Action& action) {
    const auto id = submit_(worker.id(), static_cast<int>(action.type),
                            static_cast<int>(action.time_in_force), action.price.n,
                            action.quantity.n)
                        .cast<OrderId>();
    return {id, Reject::none};
  }
  Reject replace(const algo::Action& action) {
    const auto code =
        replace_(action.child, action.price.n, action.quantity.n).cast<std::uint16_t>();
    return static_cast<Reject>(code);
  }
  Reject cancel(const algo::Action& action) {
    return static_cast<Reject>(cancel_(action.child).cast<std::uint16_t>());
  }
};

const algo::Worker& known(const algo::Workers& workers, algo::ParentId id) {
  const algo::Worker* found = workers.find(id);
  if (found == nullptr)
    throw py::key_error("no parent has the id " + std::to_string(id));
  return *found;
}

}  // namespace

void bind_algo(py::module_& m) {
  PYBIND11_NUMPY_DTYPE(algo::WorkRecord, parent_id, start, end, done, quantity, filled,
                       filled_value, working, shortfall, arrival_twice, market_volume,
                       market_value, instrument, children, messages, strategy, reason,
                       side, algorithm, auction);
  m.attr("work_dtype") = py::dtype::of<algo::WorkRecord>();
  m.attr("algorithm_codes") = std::map<std::string, int>{
      {"twap", 0},    {"vwap", 1},  {"pov", 2},     {"is", 3},
      {"arrival", 4}, {"close", 5}, {"iceberg", 6}, {"seek", 7}};

  py::class_<algo::Workers>(m, "Workers", R"(Parents at work, asked from outside.

`ai_trading.execution.algorithms` is the door for people.
)")
      .def(py::init<std::size_t>(), "instruments"_a)
      .def(
          "add",
          [](algo::Workers& w, const py::dict& terms) {
            const algo::ParentId id = w.size() + 1;
            w.add(id, algo_terms(terms));
            return id;
          },
          "terms"_a, "Take a parent; its id.")
      .def(
          "on_trade",
          [](algo::Workers& w, InstrumentIndex instrument, std::int64_t price,
             std::int64_t quantity, std::int64_t now) {
            w.on_trade(instrument, Ticks{price}, Lots{quantity}, Nanos{now});
          },
          "instrument"_a, "price"_a, "quantity"_a, "now"_a, "The market traded.")
      .def(
          "on_trades",
          [](algo::Workers& w, InstrumentIndex instrument, std::int64_t volume,
             std::int64_t value, std::int64_t now) {
            w.on_trades(instrument, {Lots{volume}, TickLots{value}}, Nanos{now});
          },
          "instrument"_a, "volume"_a, "value"_a, "now"_a,
          "The market traded several times: lots, and ticks times lots.")
      .def(
          "on_child",
          [](algo::Workers& w, algo::ParentId parent, OrderId id, int status,
             int reason, std::int64_t price, std::int64_t quantity, std::int64_t filled,
             std::int64_t filled_value, std::int64_t now) {
            algo::Child child;
            child.id = id;
            child.status = static_cast<OrderStatus>(status);
            child.reason = static_cast<Reject>(reason);
            child.price = Ticks{price};
            child.quantity = Lots{quantity};
            child.filled = Lots{filled};
            child.filled_value = TickLots{filled_value};
            w.on_child(parent, child, Nanos{now});
          },
          "parent"_a, "order_id"_a, "status"_a, "reason"_a, "price"_a, "quantity"_a,
          "filled"_a, "filled_value"_a, "now"_a, "News of a child.")
      .def(
          "run",
          [](algo::Workers& w, std::int64_t now, py::object market, py::object submit,
             py::object replace, py::object cancel) {
            w.run(Nanos{now}, PyStreet{std::move(market), std::move(submit),
                                       std::move(replace), std::move(cancel)});
          },
          "now"_a, "market"_a, "submit"_a, "replace"_a, "cancel"_a,
          "Ask every parent that is due.")
      .def(
          "cancel",
          [](algo::Workers& w, algo::ParentId parent, std::int64_t now) {
            (void)known(w, parent);
            w.cancel(parent, Nanos{now});
          },
          "parent"_a, "now"_a, "Ask for the end of a parent.")
      .def(
          "children",
          [](const algo::Workers& w, algo::ParentId parent) {
            return known(w, parent).children();
          },
          "parent"_a, "Order ids of a parent's children, oldest first.")
      .def(
          "slices",
          [](const algo::Workers& w, algo::ParentId parent) {
            std::vector<std::pair<std::int64_t, std::int64_t>> out;
            for (const auto& slice : known(w, parent).slices())
              out.emplace_back(slice.at.n, slice.quantity.n);
            return out;
          },
          "parent"_a, "(time, lots) of its schedule; empty before it begins.")
      .def(
          "records",
          [](const algo::Workers& w) {
            std::vector<algo::WorkRecord> out;
            for (const auto& worker : w.all()) out.push_back(worker.record());
            return adopt(std::move(out));
          },
          "Every parent, `work_dtype`.")
      .def_property_readonly(
          "next_time", [](const algo::Workers& w) { return w.next_time().n; },
          "When the next parent is due, UTC nanoseconds.")
      .def("__len__", &algo::Workers::size);
}
