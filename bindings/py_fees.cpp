#include "py_fees.hpp"

#include <string>

namespace py = pybind11;

namespace ai_trading::bindings {

namespace {

using cost::FeeLine;

template <class Enum>
Enum chosen(const py::dict& row, const char* name, unsigned count) {
  const auto code = row[name].cast<unsigned>();
  if (code >= count)
    throw py::value_error(std::string(name) + " must be below " +
                          std::to_string(count) + "; received " + std::to_string(code));
  return static_cast<Enum>(code);
}

FeeLine fee_line(const py::dict& row) {
  const auto number = [&](const char* name) { return row[name].cast<std::int64_t>(); };
  const auto yes = [&](const char* name) { return row[name].cast<bool>(); };
  FeeLine line;
  line.of = chosen<FeeLine::Of>(row, "of", 5);
  line.scope = chosen<FeeLine::Scope>(row, "scope", 2);
  line.window = chosen<FeeLine::Window>(row, "window", 4);
  line.measure = chosen<FeeLine::Measure>(row, "measure", 2);
  line.maker = yes("maker");
  line.taker = yes("taker");
  line.buy = yes("buy");
  line.sell = yes("sell");
  line.from = Nanos{number("from")};
  line.until = Nanos{number("until")};
  line.marginal = yes("marginal");
  line.up = yes("up");
  for (const auto& item : row["tiers"].cast<py::list>()) {
    const auto tier = item.cast<std::pair<std::int64_t, std::int64_t>>();
    line.tiers.push_back({tier.first, tier.second});
  }
  line.line = row["line"].cast<std::size_t>();
  if (!row["minimum"].is_none()) line.minimum = number("minimum");
  if (!row["maximum"].is_none()) line.maximum = number("maximum");
  line.maximum_of_value = number("maximum_of_value");
  line.step = number("step");
  return line;
}

}  // namespace

std::vector<FeeLine> fee_lines(const py::list& rows) {
  std::vector<FeeLine> lines;
  for (const auto& row : rows) lines.push_back(fee_line(row.cast<py::dict>()));
  return lines;
}

cost::ShiftTerms shift_terms(const py::dict& values) {
  using Pairs = std::vector<std::pair<double, double>>;
  cost::ShiftTerms terms;
  for (const auto& [lots, volatility] : values["markets"].cast<Pairs>())
    terms.markets.push_back({lots, volatility});
  for (const auto& [weight, rate] : values["modes"].cast<Pairs>())
    terms.modes.push_back({weight, rate});
  terms.coefficient = values["coefficient"].cast<double>();
  terms.exponent = values["exponent"].cast<double>();
  terms.permanent = values["permanent"].cast<double>();
  return terms;
}

}  // namespace ai_trading::bindings
