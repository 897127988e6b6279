// _core.feed: record layouts, decoders and encoders.
//
// Errors in the data are DataFormatError, a ValueError; the Python layers above add the
// file's name and raise their own.  A decoder hands out everything before a problem
// first: the error is raised by the call that has no event to return.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ai_trading/feed/itch_decoder.hpp"
#include "ai_trading/feed/itch_encoder.hpp"
#include "ai_trading/feed/lobster.hpp"
#include "ai_trading/feed/records.hpp"
#include "arrays.hpp"
#include "exclusive.hpp"
#include "survey.hpp"

namespace py = pybind11;
using namespace py::literals;
using namespace ai_trading;
using namespace ai_trading::bindings;

namespace {

// Any contiguous buffer (bytes, memoryview, mmap, array), read in place.
class Bytes {
 public:
  explicit Bytes(const py::buffer& object) {
    if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_SIMPLE) != 0) {
      throw py::error_already_set();
    }
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes() { PyBuffer_Release(&view_); }

  [[nodiscard]] std::span<const std::byte> span() const {
    return {static_cast<const std::byte*>(view_.buf),
            static_cast<std::size_t>(view_.len)};
  }

 private:
  Py_buffer view_{};
};

py::object format_error_type() {
  return py::module_::import("ai_trading._core.feed").attr("DataFormatError");
}

py::object letter(std::uint8_t code) {
  const char c = static_cast<char>(code);
  return py::reinterpret_steal<py::object>(PyUnicode_DecodeLatin1(&c, 1, nullptr));
}

template <std::size_t N>
py::object letters(const std::array<char, N>& text) {
  std::size_t n = N;
  while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\0')) --n;
  return py::reinterpret_steal<py::object>(
      PyUnicode_DecodeLatin1(text.data(), static_cast<py::ssize_t>(n), nullptr));
}

const char* name(feed::ItchFault fault) {
  switch (fault) {
    case feed::ItchFault::none:
      return "none";
    case feed::ItchFault::unknown_type:
      return "unknown_type";
    case feed::ItchFault::wrong_length:
      return "wrong_length";
    case feed::ItchFault::bad_value:
      return "bad_value";
    case feed::ItchFault::truncated:
      return "truncated";
    case feed::ItchFault::after_end:
      return "after_end";
  }
  return "";
}

py::object to_error(const feed::ItchProblem& problem) {
  py::object error = format_error_type()(feed::to_string(problem));
  error.attr("fault") = name(problem.fault);
  error.attr("offset") = problem.offset;
  error.attr("message_index") = problem.message;
  error.attr("type") = problem.type == 0 ? py::none() : letter(problem.type);
  error.attr("length") = problem.length;
  error.attr("line") = py::none();
  return error;
}

py::object to_error(const feed::LobsterProblem& problem) {
  py::object error = format_error_type()(feed::to_string(problem));
  error.attr("fault") = "bad_line";
  error.attr("offset") = problem.offset;
  error.attr("message_index") = py::none();
  error.attr("type") = py::none();
  error.attr("length") = py::none();
  error.attr("line") = problem.line;
  return error;
}

template <class Problem>
[[noreturn]] void raise(const Problem& problem) {
  const py::object error = to_error(problem);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  throw py::error_already_set();
}

template <class Problem>
py::list to_errors(const std::vector<Problem>& problems) {
  py::list errors;
  for (const Problem& problem : problems) errors.append(to_error(problem));
  return errors;
}

// True where `chosen` is `second`; refuses what is neither.
bool pick(const char* argument, const std::string& chosen, const char* first,
          const char* second) {
  if (chosen == second) return true;
  if (chosen == first) return false;
  throw py::value_error(std::string(argument) + " must be '" + first + "' or '" +
                        second + "'; received '" + chosen + "'");
}

using ItchDecoder = Exclusive<feed::ItchDecoder>;
using ItchEncoder = Exclusive<feed::ItchEncoder>;
using LobsterDecoder = Exclusive<feed::LobsterDecoder>;

// ------------------------------------------------------------------ ItchDecoder

std::unique_ptr<ItchDecoder> make_itch_decoder(
    std::int64_t midnight, std::optional<std::vector<std::string>> symbols,
    const std::string& framing, const std::string& on_unknown) {
  if (symbols && symbols->empty()) {
    throw py::value_error(
        "symbols is empty, so that no event could come out; pass None for all");
  }
  feed::ItchDecoder::Options options;
  if (symbols) options.symbols = *std::move(symbols);
  if (pick("framing", framing, "length", "by_type")) {
    options.framing = feed::itch::Framing::by_type;
  }
  if (pick("on_unknown", on_unknown, "raise", "skip")) {
    options.on_problem = feed::ItchDecoder::OnProblem::skip;
  }
  return std::make_unique<ItchDecoder>(Nanos{midnight}, std::move(options));
}

// Few messages are shorter than this with their framing; growth beyond is amortised.
constexpr std::size_t kUsualBytes = 32;

py::array itch_feed(ItchDecoder& self, const py::buffer& data) {
  const Bytes bytes(data);
  std::vector<feed::Event> events;
  feed::ItchProblem problem;
  {
    const py::gil_scoped_release nogil;
    self.use([&](feed::ItchDecoder& decoder) {
      events.reserve(bytes.span().size() / kUsualBytes + 1);
      (void)decoder.decode(bytes.span(), [&](const feed::Event& event, std::uint64_t) {
        events.push_back(event);
      });
      problem = decoder.problem();
    });
  }
  if (problem && events.empty()) raise(problem);
  return adopt(std::move(events));
}

py::tuple itch_feed_indexed(ItchDecoder& self, const py::buffer& data) {
  const Bytes bytes(data);
  std::vector<feed::Event> events;
  std::vector<std::uint64_t> indexes;
  feed::ItchProblem problem;
  {
    const py::gil_scoped_release nogil;
    self.use([&](feed::ItchDecoder& decoder) {
      (void)decoder.decode(bytes.span(),
                           [&](const feed::Event& event, std::uint64_t index) {
                             events.push_back(event);
                             indexes.push_back(index);
                           });
      problem = decoder.problem();
    });
  }
  if (problem && events.empty()) raise(problem);
  return py::make_tuple(adopt(std::move(events)), adopt(std::move(indexes)));
}

py::array itch_message(ItchDecoder& self, const py::buffer& body) {
  const Bytes bytes(body);
  std::vector<feed::Event> events;
  feed::ItchProblem problem;
  self.use([&](feed::ItchDecoder& decoder) {
    (void)decoder.message(bytes.span(), [&](const feed::Event& event, std::uint64_t) {
      events.push_back(event);
    });
    problem = decoder.problem();
  });
  if (problem) raise(problem);
  return adopt(std::move(events));
}

void itch_finish(ItchDecoder& self) {
  const feed::ItchProblem problem =
      self.use([](feed::ItchDecoder& decoder) { return decoder.finish(); });
  if (problem) raise(problem);
}

py::dict itch_counts(ItchDecoder& self) {
  const auto counts = self.use([](feed::ItchDecoder& d) { return d.counts(); });
  py::dict by_type;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) by_type[letter(static_cast<std::uint8_t>(i))] = counts[i];
  }
  return by_type;
}

char one_letter(const char* argument, const std::string& text) {
  if (text.size() != 1) {
    throw py::value_error(std::string(argument) +
                          " must be one letter of the ITCH specification; received '" +
                          text + "'");
  }
  return text[0];
}

feed::ItchInstrument make_instrument(std::string symbol, std::uint16_t locate,
                                     std::uint32_t round_lot,
                                     const std::string& market_category) {
  feed::ItchInstrument instrument{std::move(symbol), locate, true,
                                  feed::ordinary_directory()};
  instrument.directory.round_lot = round_lot;
  instrument.directory.market_category = one_letter("market_category", market_category);
  return instrument;
}

void bind_instrument(py::module_& m) {
  using Row = feed::ItchInstrument;
  const auto code = [](char feed::itch::StockDirectory::* field) {
    return [field](const Row& row) {
      return row.listed ? letter(static_cast<std::uint8_t>(row.directory.*field))
                        : py::str();
    };
  };
  using D = feed::itch::StockDirectory;
  py::class_<Row>(m, "ItchInstrument",
                  R"(A stock of the day, as its directory message describes it.

Letters are those of the ITCH specification, empty where `listed` is False.)")
      .def(py::init(&make_instrument), "symbol"_a, py::kw_only(), "locate"_a = 0,
           "round_lot"_a = 100, "market_category"_a = "Q",
           R"(Describe an ordinary share, for `ItchEncoder`.

Parameters
----------
symbol : str
    One to eight printable letters.
locate : int, default 0
    The day's number of the stock; 0 lets the encoder choose.
round_lot : int, default 100
market_category : str, default "Q"
    Listing market's letter.
)")
      .def_readonly("symbol", &Row::symbol,
                    "Name; '#7' for locate 7 where no message has named it.")
      .def_readonly("locate", &Row::locate, "The day's number of the stock.")
      .def_readonly("listed", &Row::listed, "Whether a directory message was seen.")
      .def_property_readonly(
          "round_lot",
          [](const Row& row) { return row.listed ? row.directory.round_lot : 100; },
          "Shares in a round lot; 100 where not listed.")
      .def_property_readonly("market_category", code(&D::market_category),
                             "Listing market, such as Q, G, S, N, A, P, Z, V.")
      .def_property_readonly("financial_status", code(&D::financial_status),
                             "N normal, D deficient, E delinquent, ...")
      .def_property_readonly("classification", code(&D::classification),
                             "Issue classification, such as C for common stock.")
      .def_property_readonly(
          "sub_type",
          [](const Row& row) {
            return row.listed ? letters(row.directory.sub_type) : py::str();
          },
          "Issue sub-type.")
      .def_property_readonly("authenticity", code(&D::authenticity),
                             "P live or T test.")
      .def_property_readonly("luld_tier", code(&D::luld_tier),
                             "Limit-up limit-down tier, 1 or 2.")
      .def_property_readonly("etp", code(&D::etp), "Y for an exchange-traded product.")
      .def("__repr__", [](const Row& row) {
        return "ItchInstrument(symbol='" + row.symbol +
               "', locate=" + std::to_string(row.locate) + ")";
      });
}

void bind_itch_decoder(py::module_& m) {
  const auto read = [](auto get) {
    return [get](ItchDecoder& self) {
      return self.use([&](feed::ItchDecoder& decoder) { return get(decoder); });
    };
  };
  using Core = feed::ItchDecoder;
  py::class_<ItchDecoder>(m, "ItchDecoder",
                          R"(NASDAQ TotalView-ITCH 5.0 bytes in, events out.

Feed the file in chunks of any size; a message that lies across two chunks is kept.
One event comes out per message, in file order. Messages that move no book are events of
kind `info` with the message's type letter in `aux`; those that concern the market as a
whole (S, V, W) carry instrument 0, which then means nothing.

Instruments are numbered in order of first appearance; `instruments` lists them.

Where a message cannot be read, everything before it comes out first: the call that
has events to return returns them, and the next call raises `DataFormatError`.)")
      .def(py::init(&make_itch_decoder), "midnight"_a, py::kw_only(),
           "symbols"_a = py::none(), "framing"_a = "length", "on_unknown"_a = "raise",
           R"(Start a stream.

Parameters
----------
midnight : int
    The UTC nanoseconds of the day's New York midnight.
symbols : sequence of str, optional
    Let only events of these symbols out. Default: all, and market-wide messages.
framing : {"length", "by_type"}, default "length"
    "length" is BinaryFILE: two bytes of length before each message. "by_type" ignores
    the two bytes and takes the length from the type, for files whose prefixes are zero.
on_unknown : {"raise", "skip"}, default "raise"
    What to do with a message that cannot be read (unknown type, wrong length, impossible
    value) where its frame is intact. Skipped ones are counted and listed.
)")
      .def("feed", &itch_feed, "data"_a,
           R"(Decode the next bytes of the stream.

Parameters
----------
data : bytes-like
    Any contiguous buffer, read in place with the GIL released.

Returns
-------
events : ndarray of shape (n_events,), dtype `event_dtype`

Raises
------
DataFormatError
    If a message cannot be read and no event before it is left to return.
)")
      .def("feed_indexed", &itch_feed_indexed, "data"_a,
           R"(Decode the next bytes, and say which message each event is.

Parameters
----------
data : bytes-like
    Any contiguous buffer, read in place with the GIL released.

Returns
-------
events : ndarray of shape (n_events,), dtype `event_dtype`
indexes : ndarray of shape (n_events,), dtype uint64
    Zero-based index in the stream of each event's message.

Raises
------
DataFormatError
    As `feed`.
)")
      .def("message", &itch_message, "body"_a,
           R"(Decode one message that carries no framing, as packets hold them.

Parameters
----------
body : bytes-like
    The message from its type letter on.

Returns
-------
events : ndarray of shape (n_events,), dtype `event_dtype`
    One event, or none where the message is filtered out or skipped.

Raises
------
DataFormatError
    If the message cannot be read.
)")
      .def("finish", &itch_finish,
           R"(Say that the stream ends here.

Raises
------
DataFormatError
    If that is inside a message, or a problem has stopped the stream before.
)")
      .def_property_readonly(
          "instruments", read([](Core& d) { return d.instruments(); }),
          "list of ItchInstrument: position is an event's `instrument`.")
      .def_property_readonly("counts", &itch_counts,
                             "dict of str to int: messages read by type letter.")
      .def_property_readonly("messages", read([](Core& d) { return d.messages(); }),
                             "int: messages passed, the skipped ones included.")
      .def_property_readonly("offset", read([](Core& d) { return d.offset(); }),
                             "int: bytes of the stream behind the last whole message.")
      .def_property_readonly("skipped", read([](Core& d) { return d.skipped(); }),
                             "int: messages skipped.")
      .def_property_readonly(
          "problems",
          [](ItchDecoder& self) {
            return to_errors(self.use([](Core& d) { return d.problems(); }));
          },
          "list of DataFormatError: the first 100 messages skipped.");
}

// ------------------------------------------------------------------ ItchEncoder

py::bytes to_bytes(const std::vector<std::byte>& out) {
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

py::bytes itch_encode(ItchEncoder& self, const Contiguous<feed::Event>& events) {
  const auto rows = view(events);
  std::vector<std::byte> out;
  auto refusal = feed::EncodeRefusal::none;
  std::size_t row = 0;
  {
    const py::gil_scoped_release nogil;
    self.use([&](const feed::ItchEncoder& encoder) {
      out.reserve(rows.size() * 40);
      for (; row < rows.size() && refusal == feed::EncodeRefusal::none; ++row) {
        refusal = encoder.encode(rows[row], out);
      }
    });
  }
  if (refusal != feed::EncodeRefusal::none) {
    throw py::value_error("events[" + std::to_string(row - 1) +
                          "]: " + std::string(feed::to_string(refusal)));
  }
  return to_bytes(out);
}

void bind_itch_encoder(py::module_& m) {
  py::class_<ItchEncoder>(m, "ItchEncoder",
                          R"(Events in, NASDAQ TotalView-ITCH 5.0 bytes out.

What `ItchDecoder` makes of the bytes is the events again. A directory message is an
event of kind `info` whose `aux` is ``ord("R")``; a system event has ``ord("S")`` there
and its code's letter in `order_id`.)")
      .def(py::init([](std::int64_t midnight) {
             return std::make_unique<ItchEncoder>(Nanos{midnight});
           }),
           "midnight"_a,
           R"(Start a day.

Parameters
----------
midnight : int
    The UTC nanoseconds of the day's New York midnight.
)")
      .def(
          "add",
          [](ItchEncoder& self, const feed::ItchInstrument& instrument) {
            return self.use([&](feed::ItchEncoder& e) { return e.add(instrument); });
          },
          "instrument"_a,
          R"(Make this instrument the next index.

Parameters
----------
instrument : ItchInstrument
    One a decoder has listed, or a new one. Locate 0 becomes the index plus one.

Returns
-------
int
    The index that events use.

Raises
------
ValueError
    If the symbol is not an ITCH symbol or the locate is taken.
)")
      .def("encode", &itch_encode, "events"_a.noconvert(),
           R"(Encode events as framed messages.

Parameters
----------
events : ndarray of shape (n_events,), dtype `event_dtype`
    Read in place; another dtype is a `TypeError`.

Returns
-------
bytes

Raises
------
ValueError
    If ITCH cannot say an event; the row is named and nothing is encoded.
)");
}

// --------------------------------------------------------------- LobsterDecoder

template <class Work>
py::array lobster_events(LobsterDecoder& self, std::size_t expected, Work&& work) {
  std::vector<feed::Event> events;
  feed::LobsterProblem problem;
  {
    const py::gil_scoped_release nogil;
    self.use([&](feed::LobsterDecoder& decoder) {
      events.reserve(expected);
      work(decoder, [&](const feed::Event& event) { events.push_back(event); });
      problem = decoder.problem();
    });
  }
  if (problem && events.empty()) raise(problem);
  return adopt(std::move(events));
}

py::bytes encode_lobster(const Contiguous<feed::Event>& events, std::int64_t midnight) {
  const auto rows = view(events);
  std::string out;
  std::size_t row = 0;
  bool accepted = true;
  {
    const py::gil_scoped_release nogil;
    for (; row < rows.size() && accepted; ++row) {
      accepted = feed::append_lobster(out, rows[row], Nanos{midnight});
    }
  }
  if (!accepted) {
    throw py::value_error(
        "events[" + std::to_string(row - 1) +
        "]: LOBSTER has lines for add, reduce, remove, execute, trade, cross and "
        "halts only, with a side, a positive size and a time within the day");
  }
  return out;
}

void bind_lobster(py::module_& m) {
  using Core = feed::LobsterDecoder;
  const auto read = [](auto get) {
    return [get](LobsterDecoder& self) {
      return self.use([&](Core& decoder) { return get(decoder); });
    };
  };
  py::class_<LobsterDecoder>(m, "LobsterDecoder",
                             R"(LOBSTER message lines in, events out.

Feed the file in chunks of any size. One event comes out per line. Orders that rested
before the window appear without an `add`. Where a line cannot be read, everything
before it comes out first: the call that has events to return returns them, and the
next call raises `DataFormatError`.)")
      .def(py::init([](std::int64_t midnight, InstrumentIndex instrument,
                       const std::string& on_error) {
             const bool skip = pick("on_error", on_error, "raise", "skip");
             return std::make_unique<LobsterDecoder>(
                 Nanos{midnight}, instrument,
                 skip ? Core::OnProblem::skip : Core::OnProblem::stop);
           }),
           "midnight"_a, py::kw_only(), "instrument"_a = 0, "on_error"_a = "raise",
           R"(Start a stream.

Parameters
----------
midnight : int
    The UTC nanoseconds of the day's New York midnight.
instrument : int, default 0
    The instrument index every event gets.
on_error : {"raise", "skip"}, default "raise"
    What to do with a line that cannot be read. Skipped ones are counted and listed.
)")
      .def(
          "feed",
          [](LobsterDecoder& self, const py::buffer& data) {
            const Bytes bytes(data);
            return lobster_events(self, bytes.span().size() / 36 + 1,
                                  [&](Core& decoder, auto&& sink) {
                                    decoder.decode(bytes.span(), sink);
                                  });
          },
          "data"_a,
          R"(Decode the next bytes of the stream.

Parameters
----------
data : bytes-like
    Any contiguous buffer, read in place with the GIL released.

Returns
-------
events : ndarray of shape (n_events,), dtype `event_dtype`

Raises
------
DataFormatError
    If a line cannot be read and no event before it is left to return.
)")
      .def(
          "finish",
          [](LobsterDecoder& self) {
            return lobster_events(
                self, 1, [](Core& decoder, auto&& sink) { decoder.finish(sink); });
          },
          R"(Say that the stream ends here, and read a last line without a newline.

Returns
-------
events : ndarray of shape (n_events,), dtype `event_dtype`
    One event or none.

Raises
------
DataFormatError
    If that line cannot be read, or a problem has stopped the stream before.
)")
      .def_property_readonly("lines", read([](Core& d) { return d.lines(); }),
                             "int: lines passed, empty and skipped ones included.")
      .def_property_readonly("offset", read([](Core& d) { return d.offset(); }),
                             "int: bytes of the stream behind the last whole line.")
      .def_property_readonly("skipped", read([](Core& d) { return d.skipped(); }),
                             "int: lines skipped.")
      .def_property_readonly("counts", read([](Core& d) {
                               py::dict by_type;
                               for (std::size_t i = 1; i < d.counts().size(); ++i) {
                                 if (d.counts()[i] != 0) {
                                   by_type[py::int_(i)] = d.counts()[i];
                                 }
                               }
                               return by_type;
                             }),
                             "dict of int to int: lines read by LOBSTER's type.")
      .def_property_readonly(
          "problems",
          [](LobsterDecoder& self) {
            return to_errors(self.use([](Core& d) { return d.problems(); }));
          },
          "list of DataFormatError: the first 100 lines skipped.");

  m.def("encode_lobster", &encode_lobster, "events"_a.noconvert(), "midnight"_a,
        R"(Encode events as LOBSTER message lines.

Parameters
----------
events : ndarray of shape (n_events,), dtype `event_dtype`
    Read in place; another dtype is a `TypeError`.
midnight : int
    The UTC nanoseconds of the day's New York midnight.

Returns
-------
bytes

Raises
------
ValueError
    If LOBSTER has no line for an event; the row is named.
)");
}

}  // namespace

void bind_feed(py::module_& m) {
  PYBIND11_NUMPY_DTYPE(feed::Event, timestamp, instrument, kind, side, flags, order_id,
                       price, quantity, aux);
  PYBIND11_NUMPY_DTYPE(feed::Quote, timestamp, instrument, flags, bid_price,
                       bid_quantity, ask_price, ask_quantity);
  PYBIND11_NUMPY_DTYPE(feed::Bar, timestamp, start, instrument, flags, open, high, low,
                       close, volume);
  m.attr("event_dtype") = py::dtype::of<feed::Event>();
  m.attr("quote_dtype") = py::dtype::of<feed::Quote>();
  m.attr("bar_dtype") = py::dtype::of<feed::Bar>();

  add_survey(m);

  m.attr("DataFormatError") = py::reinterpret_steal<
      py::object>(PyErr_NewExceptionWithDoc(
      "ai_trading._core.feed.DataFormatError",
      "Market data that cannot be read.\n\n"
      "Attributes: fault (str), offset (int: byte in the stream), message_index, type\n"
      "and length (ITCH, otherwise None), line (LOBSTER, counted from 1, otherwise\n"
      "None).",
      PyExc_ValueError, nullptr));

  bind_instrument(m);
  bind_itch_decoder(m);
  bind_itch_encoder(m);
  bind_lobster(m);
}
