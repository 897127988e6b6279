// _core.risk: the pre-trade gate.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <memory>
#include <string>
#include <vector>

#include "ai_trading/risk/look_ahead.hpp"
#include "arrays.hpp"
#include "exclusive.hpp"
#include "gate_parts.hpp"
#include "py_desk.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;

namespace {

constexpr std::array kUnits{"quantity", "money", "share", "time",
                            "count",    "milli", "flag",  "flip"};

risk::Limit limit_named(const std::string& name) {
  for (const risk::LimitInfo& info : risk::kLimitTable)
    if (info.name == name) return info.limit;
  throw py::value_error("there is no limit called '" + name + "'");
}

// A limit's name to its value in the core's units; None lifts it.
risk::LimitSet set_from(const py::dict& values) {
  risk::LimitSet set;
  for (const auto& [key, value] : values) {
    const risk::Limit limit = limit_named(py::str(key));
    if (value.is_none()) {
      set.lift(limit);
    } else {
      set.set(limit, value.cast<std::int64_t>());
    }
  }
  return set;
}

std::vector<risk::LimitSet> sets_from(const py::dict& values, std::size_t count,
                                      const char* what) {
  std::vector<risk::LimitSet> sets;
  for (const auto& [key, value] : values) {
    const auto index = key.cast<std::size_t>();
    if (index >= count)
      throw py::index_error("there are " + std::to_string(count) + " " + what +
                            "; received limits of number " + std::to_string(index));
    if (sets.size() <= index) sets.resize(index + 1);
    sets[index] = set_from(py::reinterpret_borrow<py::dict>(value));
  }
  return sets;
}

risk::NameTerms terms_of(std::uint16_t sector, std::uint16_t group, int asset_class,
                         bool easy_to_borrow, std::int64_t lot_step,
                         std::int64_t daily_volume, std::int64_t located,
                         std::int64_t margin_ppm) {
  if (asset_class < 0 || asset_class >= static_cast<int>(risk::kAssetClasses))
    throw py::value_error("asset_class must be 0 to 15; received " +
                          std::to_string(asset_class));
  risk::NameTerms terms;
  terms.sector = sector;
  terms.group = group;
  terms.asset_class = static_cast<std::uint8_t>(asset_class);
  terms.easy_to_borrow = easy_to_borrow;
  terms.lot_step = lot_step;
  terms.daily_volume = Lots{daily_volume};
  terms.located = Lots{located};
  terms.margin_ppm = margin_ppm;
  return terms;
}

risk::Intent intent_of(const risk::Gate& gate, const desk::OrderRequest& row) {
  (void)gate;
  risk::Intent order;
  order.instrument = row.instrument;
  order.strategy = row.strategy;
  order.side = static_cast<Side>(row.side);
  order.has_limit = has_limit(static_cast<OrderType>(row.type));
  order.price = Ticks{row.price};
  order.quantity = Lots{row.quantity};
  return order;
}

py::tuple judge_batch(PyGate& self, const Contiguous<desk::OrderRequest>& orders,
                      std::int64_t now) {
  const auto rows = view(orders);
  std::vector<std::uint16_t> codes(rows.size());
  std::vector<std::int64_t> quantities(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].side > 1 || rows[i].type >= kOrderTypes)
      throw py::value_error("orders[" + std::to_string(i) +
                            "]: side must be 0 or 1 "
                            "and type below " +
                            std::to_string(kOrderTypes) + "; received " +
                            std::to_string(rows[i].side) + " and " +
                            std::to_string(rows[i].type));
  }
  constexpr std::size_t kAhead = 4;
  {
    const py::gil_scoped_release nogil;
    self.use([&](risk::Gate& gate) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i + kAhead < rows.size())
          risk::look_ahead(gate, rows[i + kAhead].instrument);
        const risk::Verdict verdict = gate.judge(intent_of(gate, rows[i]), Nanos{now});
        codes[i] = static_cast<std::uint16_t>(verdict.reason);
        quantities[i] = verdict.quantity.n;
      }
    });
  }
  return py::make_tuple(adopt(std::move(codes)), adopt(std::move(quantities)));
}

}  // namespace

void bind_gate(py::module_& m) {
  py::list table;
  for (const risk::LimitInfo& info : risk::kLimitTable)
    table.append(py::make_tuple(
        std::string(info.name), kUnits[static_cast<std::size_t>(info.unit)],
        static_cast<int>(info.reason), info.reducing_skips, std::string(info.meaning)));
  m.attr("limit_table") = py::tuple(table);
  m.attr("factors") = risk::kFactors;

  py::class_<PyGate> cls(m, "Gate", R"(The pre-trade gate of one account.

Parameters
----------
cash : int, default 0
    In 1e-18 currency units.
strategies : int, default 1
)");
  cls.def(py::init([](const py::int_& cash, std::size_t strategies) {
            auto held =
                std::make_shared<Exclusive<risk::Gate>>(from_python(cash), strategies);
            return std::make_unique<PyGate>(
                [held](const PyGate::Work& work) { held->use(work); }, false);
          }),
          "cash"_a = 0, "strategies"_a = 1)
      .def(
          "add_instrument",
          [](PyGate& self, std::int64_t tick_nano, std::int64_t lot_nano,
             std::int64_t unit_nano, std::int64_t price_step) {
            if (self.owned())
              throw py::value_error(
                  "the gate is a desk's: add the instrument to the desk");
            const Instrument made =
                instrument_from(tick_nano, lot_nano, unit_nano, price_step);
            return self.use([&](risk::Gate& g) { return g.add(made); });
          },
          py::kw_only(), "tick_nano"_a, "lot_nano"_a, "unit_nano"_a, "price_step"_a,
          "Add an instrument and return its index.")
      .def(
          "describe",
          [](PyGate& self, InstrumentIndex instrument, std::uint16_t sector,
             std::uint16_t group, int asset_class, bool easy_to_borrow,
             std::int64_t lot_step, std::int64_t daily_volume, std::int64_t located,
             std::int64_t margin_ppm) {
            const auto terms = terms_of(sector, group, asset_class, easy_to_borrow,
                                        lot_step, daily_volume, located, margin_ppm);
            self.use([&](risk::Gate& g) { g.describe(known(g, instrument), terms); });
          },
          "instrument"_a, py::kw_only(), "sector"_a = 0, "group"_a = 0,
          "asset_class"_a = 0, "easy_to_borrow"_a = false, "lot_step"_a = 1,
          "daily_volume"_a = 0, "located"_a = 0, "margin_ppm"_a = 500'000,
          "What is known of an instrument beside its terms of trading.")
      .def(
          "apply",
          [](PyGate& self, const py::dict& all, const py::dict& account,
             const py::dict& strategies, const py::dict& instruments,
             const std::vector<std::string>& required) {
            risk::LimitBook book;
            book.all = set_from(all);
            book.account = set_from(account);
            for (const std::string& name : required)
              book.required |= risk::bit(limit_named(name));
            self.use([&](risk::Gate& g) {
              book.strategies = sets_from(strategies, g.strategies(), "strategies");
              book.instruments = sets_from(instruments, g.instruments(), "instruments");
              g.apply(std::move(book));
            });
          },
          "all"_a, "account"_a = py::dict(), "strategies"_a = py::dict(),
          "instruments"_a = py::dict(), "required"_a = std::vector<std::string>{},
          "Put other limits in force, all at once; None lifts one.")
      .def(
          "judge",
          [](PyGate& self, InstrumentIndex instrument, std::uint32_t strategy, int side,
             std::optional<std::int64_t> price, std::int64_t quantity, std::int64_t now,
             std::int64_t created, bool replaces) {
            risk::Intent order;
            order.instrument = instrument;
            order.strategy = static_cast<std::uint16_t>(std::min(strategy, 65'535U));
            order.side = side_of(side);
            order.has_limit = price.has_value();
            order.price = Ticks{price.value_or(0)};
            order.quantity = Lots{quantity};
            order.created = Nanos{created};
            order.replaces = replaces;
            const risk::Verdict verdict =
                self.use([&](risk::Gate& g) { return g.judge(order, Nanos{now}); });
            return py::make_tuple(static_cast<int>(verdict.reason), verdict.quantity.n);
          },
          "instrument"_a, "strategy"_a, "side"_a, "price"_a, "quantity"_a, "now"_a,
          "created"_a = 0, "replaces"_a = false,
          "(reject code, lots that may be sent); a price of None is a market order.")
      .def("judge_batch", &judge_batch, "orders"_a.noconvert(), "now"_a,
           "(codes, lots that may be sent) of orders of `order_request_dtype`.");
  bind_gate_news(cls);
  bind_gate_views(cls);
}
