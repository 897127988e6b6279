#include "py_latency.hpp"

#include <string>

namespace py = pybind11;

namespace ai_trading::bindings {

namespace {

using venue::DelayLaw;

std::vector<Nanos> nanos(const py::handle& values) {
  std::vector<Nanos> out;
  for (const auto n : values.cast<std::vector<std::int64_t>>()) out.push_back(Nanos{n});
  return out;
}

DelayLaw law(const py::dict& row) {
  const auto kind = row["kind"].cast<unsigned>();
  if (kind > 4)
    throw py::value_error("kind must be below 5; received " + std::to_string(kind));
  DelayLaw law;
  law.kind = static_cast<DelayLaw::Kind>(kind);
  law.a = row["a"].cast<double>();
  law.b = row["b"].cast<double>();
  law.shift = Nanos{row["shift"].cast<std::int64_t>()};
  law.minimum = Nanos{row["minimum"].cast<std::int64_t>()};
  if (!row["maximum"].is_none())
    law.maximum = Nanos{row["maximum"].cast<std::int64_t>()};
  law.times = nanos(row["times"]);
  law.delays = nanos(row["delays"]);
  return law;
}

}  // namespace

venue::LatencyTerms latency_terms(const py::dict& values) {
  const auto number = [&](const char* name) {
    return values[name].cast<std::int64_t>();
  };
  venue::LatencyTerms terms;
  terms.feed = law(values["feed"].cast<py::dict>());
  terms.entry = law(values["entry"].cast<py::dict>());
  terms.response = law(values["response"].cast<py::dict>());
  terms.load = {Nanos{number("load_window")}, Nanos{number("load_per_message")},
                number("load_free")};
  terms.seed = values["seed"].cast<std::uint64_t>();
  return terms;
}

}  // namespace ai_trading::bindings
