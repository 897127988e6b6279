// _core.feed.survey: one pass over records of any of the three kinds.
#include "ai_trading/feed/survey.hpp"

#include <pybind11/numpy.h>

#include <optional>
#include <string>

#include "survey.hpp"

using namespace ai_trading;
using namespace pybind11::literals;

namespace ai_trading::bindings {

namespace {

template <class Record>
std::optional<feed::Survey> survey_of(const py::array& records) {
  if (!py::isinstance<py::array_t<Record>>(records)) return std::nullopt;
  const auto* first = static_cast<const std::byte*>(records.data());
  const auto count = static_cast<std::size_t>(records.size());
  const auto stride = records.strides(0);
  const py::gil_scoped_release nogil;
  return feed::survey<Record>(first, count, stride);
}

py::tuple survey(const py::array& records) {
  if (records.ndim() != 1)
    throw py::value_error("the array must be one-dimensional; received " +
                          std::to_string(records.ndim()) + " dimensions");
  auto found = survey_of<feed::Event>(records);
  if (!found) found = survey_of<feed::Quote>(records);
  if (!found) found = survey_of<feed::Bar>(records);
  if (!found)
    throw py::type_error("the array must hold events, quotes or bars; received " +
                         std::string(py::str(records.dtype())));
  return py::make_tuple(found->late, found->first_late, found->instrument,
                        found->kinds);
}

}  // namespace

void add_survey(py::module_& m) {
  m.def("survey", &survey, "records"_a,
        R"(Look through records in one pass; they need not be contiguous.

Parameters
----------
records : ndarray of `event_dtype`, `quote_dtype` or `bar_dtype`, shape (n,)

Returns
-------
late : int
    Records with a timestamp before that of the record in front of them.
first_late : int
    The place of the first of these; 0 where there is none.
instrument : int
    The highest that is named, messages left out; -1 where none is.
kinds : int
    Bit k is set where an event of kind k occurs; 0 for quotes and bars.

Raises
------
TypeError
    If the array holds something else.
ValueError
    If it is not one-dimensional.
)");
}

}  // namespace ai_trading::bindings
