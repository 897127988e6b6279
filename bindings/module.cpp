// The extension ai_trading._core: one submodule per core folder.
#include <pybind11/pybind11.h>

#include "exclusive.hpp"

namespace py = pybind11;

void bind_book(py::module_& m);
void bind_feed(py::module_& m);
void bind_kelly(py::module_& m);
void bind_sim(py::module_& m);
void bind_venue(py::module_& m);
void bind_desk(py::module_& m);
void bind_gate(py::module_& m);
void bind_synthetic(py::module_& m);
void bind_market(py::module_& m);
void bind_matching(py::module_& m);
void bind_algo(py::module_& m);
void bind_schedule(py::module_& m);
void bind_cost(py::module_& m);
void bind_rules(py::module_& m);
void bind_stats(py::module_& m);

namespace {

// Makes `import ai_trading._core.feed` work as for any package.
py::module_ submodule(py::module_& parent, const char* name, const char* doc) {
  py::module_ child = parent.def_submodule(name, doc);
  py::module_::import("sys").attr("modules")[child.attr("__name__")] = child;
  return child;
}

}  // namespace

PYBIND11_MODULE(_core, m) {
  m.doc() = "The compiled core of ai_trading.";
  py::register_exception<ai_trading::bindings::ConcurrentUse>(m, "ConcurrentUseError",
                                                              PyExc_RuntimeError);

  auto feed = submodule(m, "feed", "Market data: records, decoders, encoders.");
  bind_feed(feed);
  auto kelly = submodule(m, "kelly", "The portfolio that grows fastest.");
  bind_kelly(kelly);
  auto book = submodule(m, "book", "Order books: orders by time priority, levels.");
  bind_book(book);
  auto desk = submodule(m, "desk", "What the desk tells the outside.");
  bind_desk(desk);
  auto risk = submodule(m, "risk", "The pre-trade gate.");
  bind_gate(risk);
  auto venue = submodule(m, "venue", "What venues would have done to real orders.");
  bind_venue(venue);
  auto sim = submodule(m, "sim", "Simulated sessions.");
  bind_sim(sim);
  bind_synthetic(sim);
  auto matching = submodule(m, "matching", "Matching, and made-up flow on it.");
  bind_matching(matching);
  bind_market(venue);  // after the rows of matching
  auto schedule = submodule(m, "schedule", "How parent orders are cut.");
  bind_schedule(schedule);
  auto cost = submodule(m, "cost", "Fees and market impact.");
  bind_cost(cost);
  auto rules = submodule(m, "rules", "Market rules: tick sizes, bands, halts, phases.");
  bind_rules(rules);
  auto algo = submodule(m, "algo", "Parent orders at work.");
  bind_algo(algo);
  auto stats = submodule(m, "stats", "Kernels under the measures of risk.");
  bind_stats(stats);
}
