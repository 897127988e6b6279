// NASDAQ TotalView-ITCH 5.0 bytes in, events out.
//
// One event per message, in file order.  The decoder knows nothing of order books: an
// execution of an order nobody has seen is an event like any other.
//
//   S V W  info; instrument 0, which means nothing here: they concern the market
//   R Y L K J h N O  info        aux is the type letter; order_id the message's own
//                                one-letter code (S Y L W K h N O), otherwise 0.
//                                J has its reference as price, the upper collar as
//                                quantity, the lower and 2^32 times the extension in
//                                order_id; h its market's letter as quantity
//   H      status                order_id is the state's letter
//   A F    add                   aux of F is the participant's four letters
//   E C    execute, execute_at   aux is the match number; unprinted where C says N
//   X D U  reduce, remove, replace
//   P Q B  trade (hidden), cross (order_id is the cross's letter), broken
//   I      imbalance             order_id is the cross's letter
//
// Units       timestamp in UTC nanoseconds: the caller's midnight plus the message's
//             time; price in ticks of 1e-4 dollars; quantity in shares.
// Checked     once per message, before anything changes: type, length, time below 24
//             hours, and the letters and sizes an event is made of.
// Repeatable  instruments are numbered in order of first appearance.
// Threads     one at a time.
// Cost        O(1) per message, no allocation but for a new instrument.  Memory is
//             bounded: a partial message (52 bytes), a table by locate (256 KiB) and the
//             instruments, at most 131,072 of them even in a hostile stream.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ai_trading/base/pool.hpp"
#include "ai_trading/base/units.hpp"
#include "ai_trading/feed/itch.hpp"
#include "ai_trading/feed/records.hpp"

namespace ai_trading::feed {

enum class ItchFault : std::uint8_t {
  none,
  unknown_type,  // no such letter
  wrong_length,  // the frame is not as long as its type
  bad_value,     // a field holds what it cannot
  truncated,     // the input ends inside a message
  after_end,     // bytes follow the empty message that ends a file
};

// What could not be read, and where.
struct ItchProblem {
  ItchFault fault = ItchFault::none;
  std::uint64_t offset = 0;    // of the frame's first byte in the stream
  std::uint64_t message = 0;   // zero-based index of the message
  std::uint8_t type = 0;       // the letter; 0 where none was read
  std::uint32_t length = 0;    // as framed; for `truncated`, the bytes that are there
  std::uint32_t expected = 0;  // of the type; 0 where unknown
  const char* field = "";      // for bad_value: which, and what is allowed
  std::uint64_t value = 0;     // for bad_value: what was there

  explicit operator bool() const { return fault != ItchFault::none; }
};

// One sentence for people: what is wrong, what was found, what is allowed, the fix.
[[nodiscard]] std::string to_string(const ItchProblem& problem);

struct ItchInstrument {
  std::string symbol;  // "#7" for locate 7 as long as no message has named it
  std::uint16_t locate = 0;
  bool listed = false;  // an R message described it: `directory` holds
  itch::StockDirectory directory;
};

class ItchDecoder {
 public:
  enum class OnProblem : std::uint8_t {
    stop,  // the first problem ends the stream
    skip,  // pass over what cannot be read where its frame is intact, and count it
  };

  struct Options {
    // Events come out only for these; empty: all, and the market-wide messages too.
    std::vector<std::string> symbols = {};
    itch::Framing framing = itch::Framing::length;
    OnProblem on_problem = OnProblem::stop;
  };

  // `midnight` is the UTC instant of the day's New York midnight.  Throws
  // std::invalid_argument where midnight plus a day would leave 64 bits.
  explicit ItchDecoder(Nanos midnight, Options options);
  explicit ItchDecoder(Nanos midnight) : ItchDecoder(midnight, Options{}) {}

  // Reads the next bytes of the stream and calls `sink(const Event&, std::uint64_t
  // message_index)` for each event.  A sink that returns false stops after that
  // message.  Returns how many bytes were read: all of them unless the sink stopped
  // (call again with the rest) or `problem()` is set (everything before it has been
  // delivered, and nothing more will be).  The sink must not throw.
  template <class Sink>
  std::size_t decode(std::span<const std::byte> bytes, Sink&& sink);

  // Fills `out` from the front of `bytes`, which shrinks by what was read; returns the
  // number of events.  Fewer than out.size(): the bytes are used up, or a problem.
  std::size_t fill(std::span<const std::byte>& bytes, std::span<Event> out);

  // One message without framing, as packets carry them.  False with problem() set (stop)
  // or counted (skip) where it cannot be read.
  template <class Sink>
  bool message(std::span<const std::byte> body, Sink&& sink);

  // Says that the stream ends here: sets problem() where that is inside a message.
  const ItchProblem& finish();

  // What stopped the stream, if anything did.
  [[nodiscard]] const ItchProblem& problem() const { return problem_; }

  // Under OnProblem::skip: how many messages were passed over, and the first of them.
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }
  [[nodiscard]] const std::vector<ItchProblem>& problems() const { return problems_; }
  static constexpr std::size_t kProblemsKept = 100;

  // In order of first appearance: the position is `Event::instrument`.  With a symbol
  // filter only the chosen ones that appeared.
  [[nodiscard]] const std::vector<ItchInstrument>& instruments() const {
    return instruments_;
  }
  // Messages read by type letter, whether or not the filter let them out.
  [[nodiscard]] const std::array<std::uint64_t, 256>& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  // Bytes of the stream behind the last complete message.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 private:
  // Values of where_ beyond any index.
  static constexpr std::uint32_t kNameless = 0x8000'0000;  // or-ed onto an index
  static constexpr std::uint32_t kUnknown = 0xFFFF'FFFE;
  static constexpr std::uint32_t kDropped = 0xFFFF'FFFF;
  static constexpr std::size_t kLocates = std::size_t{1} << 16;
  static constexpr std::uint64_t kDay = 86'400'000'000'000;

  enum class Step : std::uint8_t { next, stop, bad };

  template <class Sink>
  bool run(const std::byte*& from, const std::byte* end, Sink& sink);
  template <class Sink>
  Step one(const std::byte* body, unsigned type, std::uint64_t index, Sink& sink);
  template <class Sink>
  AI_TRADING_NEVER_INLINE Step rare(const std::byte* body, unsigned type,
                                    std::uint64_t index, Sink& sink);

  // The index of a locate, or what else is known of it.
  [[nodiscard]] std::uint32_t where(std::uint16_t locate) const {
    return where_[locate];
  }

  [[nodiscard]] Step bad(const char* field, std::uint64_t value) {
    bad_field_ = field;
    bad_value_ = value;
    return Step::bad;
  }
  AI_TRADING_NEVER_INLINE bool refuse(ItchProblem problem, bool frame_intact);
  AI_TRADING_NEVER_INLINE std::uint32_t settle(std::uint16_t locate,
                                               const std::byte* stock);
  bool list(const itch::StockDirectory& directory, std::uint32_t& index);
  std::uint32_t enter(std::string symbol, std::uint16_t locate);
  [[nodiscard]] bool chosen(const std::string& symbol) const;

  std::int64_t midnight_;
  itch::Framing framing_;
  OnProblem on_problem_;
  bool filtered_;

  std::uint64_t offset_ = 0;
  std::uint64_t messages_ = 0;
  std::uint32_t skip_ = 0;     // bytes of a refused frame still to come
  std::uint32_t carried_ = 0;  // bytes of a partial frame in carry_
  std::array<std::byte, 2 + itch::kLongest> carry_{};

  const char* bad_field_ = "";
  std::uint64_t bad_value_ = 0;
  ItchProblem problem_;
  std::uint64_t skipped_ = 0;
  std::vector<ItchProblem> problems_;

  std::vector<std::uint32_t> where_;  // by locate: all there can be
  std::array<std::uint64_t, 256> counts_{};
  std::vector<ItchInstrument> instruments_;
  std::unordered_map<std::string, std::uint32_t> by_symbol_;
  std::unordered_set<std::string> symbols_;
};

namespace itch::detail {

// Where a message that becomes an info event holds its one-letter code; 0: nowhere.
inline constexpr std::array<std::uint8_t, 256> kCodeAt = [] {
  std::array<std::uint8_t, 256> at{};
  at['S'] = offset_of<SystemEvent, 0>;
  at['W'] = offset_of<CircuitBreakerStatus, 0>;
  at['Y'] = offset_of<RegSho, 1>;
  at['N'] = offset_of<RetailInterest, 1>;
  at['O'] = offset_of<DirectListing, 1>;
  at['h'] = offset_of<OperationalHalt, 2>;
  at['K'] = offset_of<IpoQuoting, 2>;
  at['L'] = offset_of<ParticipantPosition, 4>;
  return at;
}();

[[nodiscard]] constexpr std::uint8_t side_of(char letter) {
  if (letter == 'B') return static_cast<std::uint8_t>(Side::buy);
  if (letter == 'S') return static_cast<std::uint8_t>(Side::sell);
  return static_cast<std::uint8_t>(Side::none);
}
inline constexpr std::uint8_t kNoSide = static_cast<std::uint8_t>(Side::none);

// A TradingState, or 255 for a letter that is none.
[[nodiscard]] constexpr std::uint8_t state_of(char letter) {
  switch (letter) {
    case 'H':
    case 'P':
      return static_cast<std::uint8_t>(TradingState::halted);
    case 'Q':
      return static_cast<std::uint8_t>(TradingState::quotation);
    case 'T':
      return static_cast<std::uint8_t>(TradingState::continuous);
    default:
      return 255;
  }
}

// How a frequent message becomes an event by the same few loads whatever its type, so
// that the processor has no type to guess.  A field that is missing is read from the
// header and masked away; a missing side is read from the type letter, which is no side.
struct Shape {
  bool simple = false;
  EventKind kind = EventKind::info;
  std::uint16_t flags = 0;
  std::uint8_t sided = 0;  // 1: the side must be one
  std::uint8_t side = 0;   // offsets
  std::uint8_t stock = 0;  // 0: names no stock
  std::uint8_t shares = 1;
  std::uint8_t price = 1;
  std::uint8_t aux = 1;
  std::uint32_t shares_mask = 0;
  std::uint32_t price_mask = 0;
  std::uint64_t aux_mask = 0;
};
inline constexpr std::size_t kOrderIdAt = kHeaderLength;

inline constexpr std::array<Shape, 256> kShapes = [] {
  constexpr auto word = ~std::uint32_t{0};
  constexpr auto words = ~std::uint64_t{0};
  std::array<Shape, 256> shapes{};
  shapes['A'] = {.simple = true,
                 .kind = EventKind::add,
                 .sided = 1,
                 .side = offset_of<AddOrder, 1>,
                 .stock = offset_of<AddOrder, 3>,
                 .shares = offset_of<AddOrder, 2>,
                 .price = offset_of<AddOrder, 4>,
                 .shares_mask = word,
                 .price_mask = word};
  // The four letters of the participant end an eight-byte load that starts at the price.
  shapes['F'] = shapes['A'];
  shapes['F'].aux = offset_of<AddAttributed, 4>;
  shapes['F'].aux_mask = word;
  shapes['D'] = {.simple = true, .kind = EventKind::remove};
  shapes['X'] = {.simple = true,
                 .kind = EventKind::reduce,
                 .shares = offset_of<OrderCancel, 1>,
                 .shares_mask = word};
  shapes['E'] = {.simple = true,
                 .kind = EventKind::execute,
                 .shares = offset_of<OrderExecuted, 1>,
                 .aux = offset_of<OrderExecuted, 2>,
                 .shares_mask = word,
                 .aux_mask = words};
  shapes['U'] = {.simple = true,
                 .kind = EventKind::replace,
                 .shares = offset_of<OrderReplace, 2>,
                 .price = offset_of<OrderReplace, 3>,
                 .aux = offset_of<OrderReplace, 1>,
                 .shares_mask = word,
                 .price_mask = word,
                 .aux_mask = words};
  shapes['P'] = {.simple = true,
                 .kind = EventKind::trade,
                 .flags = flag::hidden,
                 .sided = 1,
                 .side = offset_of<Trade, 1>,
                 .stock = offset_of<Trade, 3>,
                 .shares = offset_of<Trade, 2>,
                 .price = offset_of<Trade, 4>,
                 .aux = offset_of<Trade, 5>,
                 .shares_mask = word,
                 .price_mask = word,
                 .aux_mask = words};
  return shapes;
}();
static_assert(kNoSide == 2);
static_assert(offset_of<AddOrder, 0> == kOrderIdAt &&
              offset_of<AddAttributed, 5> == offset_of<AddAttributed, 4> + 4);

// How long the frame of a type is: no length that a frame can say where there is no such
// type, so that one test refuses both.
inline constexpr std::array<std::uint32_t, 256> kFrames = [] {
  std::array<std::uint32_t, 256> frames{};
  for (std::size_t i = 0; i < 256; ++i)
    frames[i] = kLengths[i] == 0 ? 0x1'0000 : kLengths[i];
  return frames;
}();

inline constexpr std::array<std::uint8_t, 256> kSides = [] {
  std::array<std::uint8_t, 256> sides{};
  for (std::size_t i = 0; i < 256; ++i) sides[i] = side_of(static_cast<char>(i));
  return sides;
}();

template <class Sink>
[[nodiscard]] inline bool hand(Sink& sink, const Event& event, std::uint64_t index) {
  if constexpr (std::is_void_v<decltype(sink(event, index))>) {
    sink(event, index);
    return true;
  } else {
    return static_cast<bool>(sink(event, index));
  }
}

}  // namespace itch::detail

template <class Sink>
inline ItchDecoder::Step ItchDecoder::one(const std::byte* body, unsigned type,
                                          std::uint64_t index, Sink& sink) {
  using namespace itch;
  const Header header = read_header(body);
  if (header.time >= kDay) [[unlikely]] {
    return bad("time must be below 86400000000000 ns, a day", header.time);
  }
  std::uint32_t instrument = where(header.locate);
  if (instrument == kDropped && type != 'R') return Step::next;
  const std::int64_t timestamp = midnight_ + static_cast<std::int64_t>(header.time);

  if (const detail::Shape& shape = detail::kShapes[type]; shape.simple) [[likely]] {
    const auto letter = std::to_integer<std::uint8_t>(body[shape.side]);
    const std::uint8_t side = detail::kSides[letter];
    // One test, not two: whether a message has a side is a toss-up, that it is wrong not.
    if ((shape.sided & (side >> 1)) != 0) [[unlikely]] {
      return bad("side must be B or S", letter);
    }
    if (instrument >= kNameless) [[unlikely]] {
      instrument =
          settle(header.locate, shape.stock == 0 ? nullptr : body + shape.stock);
      if (instrument == kDropped) return Step::next;
    }
    const Event event{timestamp,
                      instrument,
                      static_cast<std::uint8_t>(shape.kind),
                      side,
                      shape.flags,
                      load_big<std::uint64_t>(body + detail::kOrderIdAt),
                      load_big<std::uint32_t>(body + shape.price) & shape.price_mask,
                      load_big<std::uint32_t>(body + shape.shares) & shape.shares_mask,
                      load_big<std::uint64_t>(body + shape.aux) & shape.aux_mask};
    return detail::hand(sink, event, index) ? Step::next : Step::stop;
  }
  return rare(body, type, index, sink);
}

template <class Sink>
ItchDecoder::Step ItchDecoder::rare(const std::byte* body, unsigned type,
                                    std::uint64_t index, Sink& sink) {
  using namespace itch;
  const Header header = read_header(body);
  std::uint32_t instrument = where(header.locate);
  Event event{midnight_ + static_cast<std::int64_t>(header.time),
              0,
              static_cast<std::uint8_t>(EventKind::info),
              detail::kNoSide,
              0,
              0,
              0,
              0,
              0};
  const auto kind = [&event](EventKind k) {
    event.kind = static_cast<std::uint8_t>(k);
  };
  // The instrument of a message with or without a stock field; false: filtered out.
  const auto placed = [&](const std::byte* stock) {
    if (instrument >= kNameless) [[unlikely]] {
      instrument = settle(header.locate, stock);
      if (instrument == kDropped) return false;
    }
    event.instrument = instrument;
    return true;
  };

  switch (type) {
    case 'C': {
      const auto m = read<OrderExecutedAt>(body);
      if (m.printable != 'Y' && m.printable != 'N') [[unlikely]] {
        return bad("printable must be Y or N", static_cast<unsigned char>(m.printable));
      }
      if (!placed(nullptr)) return Step::next;
      kind(EventKind::execute_at);
      if (m.printable == 'N') event.flags = flag::unprinted;
      event.order_id = m.order_id;
      event.price = m.price;
      event.quantity = m.shares;
      event.aux = m.match;
      break;
    }
    case 'Q': {
      const auto m = read<CrossTrade>(body);
      if (m.shares >> 63 != 0) [[unlikely]] {
        return bad("shares must be below 2^63", m.shares);
      }
      if (!placed(body + offset_of<CrossTrade, 1>)) return Step::next;
      kind(EventKind::cross);
      event.order_id = static_cast<unsigned char>(m.cross);
      event.price = m.price;
      event.quantity = static_cast<std::int64_t>(m.shares);
      event.aux = m.match;
      break;
    }
    case 'I': {
      const auto m = read<Imbalance>(body);
      if (m.shares >> 63 != 0) [[unlikely]] {
        return bad("shares must be below 2^63", m.shares);
      }
      if (std::string_view("BSNOP").find(m.direction) == std::string_view::npos)
          [[unlikely]] {
        return bad("direction must be B, S, N, O or P",
                   static_cast<unsigned char>(m.direction));
      }
      if (!placed(body + offset_of<Imbalance, 3>)) return Step::next;
      kind(EventKind::imbalance);
      event.side = detail::side_of(m.direction);
      event.order_id = static_cast<unsigned char>(m.cross);
      event.price = m.reference;
      event.quantity = static_cast<std::int64_t>(m.shares);
      event.aux = m.paired;
      break;
    }
    case 'B': {
      if (!placed(nullptr)) return Step::next;
      kind(EventKind::broken);
      event.aux = read<BrokenTrade>(body).match;
      break;
    }
    case 'H': {
      const auto m = read<TradingAction>(body);
      event.aux = detail::state_of(m.state);
      if (event.aux == 255) [[unlikely]] {
        return bad("trading state must be H, P, Q or T",
                   static_cast<unsigned char>(m.state));
      }
      if (!placed(body + offset_of<TradingAction, 0>)) return Step::next;
      kind(EventKind::status);
      event.order_id = static_cast<unsigned char>(m.state);
      break;
    }
    case 'R': {
      event.aux = type;
      if (!list(read<StockDirectory>(body), instrument)) return Step::bad;
      if (instrument == kDropped) return Step::next;
      event.instrument = instrument;
      break;
    }
    case 'S':
    case 'V':
    case 'W': {
      if (filtered_) return Step::next;
      event.aux = type;
      if (const auto at = detail::kCodeAt[type]) {
        event.order_id = std::to_integer<std::uint8_t>(body[at]);
      }
      break;
    }
    default: {  // Y L K J h N O, which all name their stock
      const auto at = type == 'L' ? offset_of<ParticipantPosition, 1> : kHeaderLength;
      if (!placed(body + at)) return Step::next;
      event.aux = type;
      if (const auto code = detail::kCodeAt[type]) {
        event.order_id = std::to_integer<std::uint8_t>(body[code]);
      }
      if (type == 'J') {
        const auto m = read<AuctionCollar>(body);
        event.price = m.reference;
        event.quantity = m.upper;
        event.order_id = std::uint64_t{m.extension} << 32 | m.lower;
      } else if (type == 'h') {
        event.quantity = static_cast<unsigned char>(read<OperationalHalt>(body).market);
      }
      break;
    }
  }
  return detail::hand(sink, event, index) ? Step::next : Step::stop;
}

// Reads frames from `from` on, which moves; what is left incomplete goes to carry_.  False
// where the sink or a problem stopped it.
template <class Sink>
bool ItchDecoder::run(const std::byte*& from, const std::byte* end, Sink& sink) {
  const bool by_length = framing_ == itch::Framing::length;
  const std::byte* p = from;
  const std::byte* start = p;
  std::uint64_t index = messages_;
  // Brings the members up to date with the locals before anyone looks at them.
  const auto settle_position = [&] {
    offset_ += static_cast<std::uint64_t>(p - start);
    from = start = p;
    messages_ = index;
  };
  // Passes over a refused frame, of which some may be still to come.
  const auto pass_over = [&](std::uint32_t length) {
    const auto here = static_cast<std::uint32_t>(
        std::min<std::ptrdiff_t>(end - p, std::ptrdiff_t{2} + length));
    skip_ = 2 + length - here;
    p += here;
    ++index;
  };

  while (end - p >= 3) {
    const unsigned type = std::to_integer<unsigned>(p[2]);
    const std::uint32_t length =
        by_length ? load_big<std::uint16_t>(p) : itch::kLengths[type];
    if (length != itch::detail::kFrames[type]) [[unlikely]] {
      const std::uint32_t expected = itch::kLengths[type];
      settle_position();
      const auto fault = length == 0 && by_length ? ItchFault::after_end
                         : expected == 0          ? ItchFault::unknown_type
                                                  : ItchFault::wrong_length;
      if (!refuse({fault, offset_, messages_, static_cast<std::uint8_t>(type), length,
                   expected},
                  length != 0)) {
        return false;
      }
      pass_over(length);
      continue;
    }
    if (end - p < std::ptrdiff_t{2} + length) break;
    const Step step = one(p + 2, type, index, sink);
    if (step == Step::bad) [[unlikely]] {
      settle_position();
      if (!refuse(
              {ItchFault::bad_value, offset_, messages_,
               static_cast<std::uint8_t>(type), length, length, bad_field_, bad_value_},
              true)) {
        return false;
      }
      pass_over(length);
      continue;
    }
    ++counts_[type];
    ++index;
    p += 2 + length;
    if (step == Step::stop) [[unlikely]] {
      settle_position();
      return false;
    }
  }
  settle_position();
  carried_ = static_cast<std::uint32_t>(end - p);
  if (carried_ != 0) std::memcpy(carry_.data(), p, carried_);
  from = end;
  return true;
}

template <class Sink>
std::size_t ItchDecoder::decode(std::span<const std::byte> bytes, Sink&& sink) {
  if (problem_ || bytes.empty()) return 0;
  const std::byte* p = bytes.data();
  const std::byte* const end = p + bytes.size();
  const auto done = [&] { return static_cast<std::size_t>(p - bytes.data()); };
  const auto take = [&](std::size_t wanted) {
    const auto n = std::min(wanted, static_cast<std::size_t>(end - p));
    p += n;
    return n;
  };

  // First what the last chunk left: the rest of a refused frame, or part of a frame.
  while (skip_ != 0 || carried_ != 0) {
    if (p == end) return done();
    if (skip_ != 0) {
      const auto n = static_cast<std::uint32_t>(take(skip_));
      skip_ -= n;
      offset_ += n;
      continue;
    }
    const auto known = itch::kLengths[std::to_integer<std::uint8_t>(carry_[2])];
    const std::size_t wanted = carried_ < 3 ? 3 : std::size_t{2} + known;
    const std::byte* from = p;
    const auto n = take(wanted - carried_);
    std::memcpy(carry_.data() + carried_, from, n);
    carried_ += static_cast<std::uint32_t>(n);
    if (carried_ < wanted) return done();

    const auto frame = carry_;
    const std::byte* at = frame.data();
    const std::byte* const frame_end = at + std::exchange(carried_, 0);
    if (!run(at, frame_end, sink)) return done();
  }
  (void)run(p, end, sink);
  return done();
}

template <class Sink>
bool ItchDecoder::message(std::span<const std::byte> body, Sink&& sink) {
  if (problem_) return false;
  const unsigned type = body.empty() ? 0 : std::to_integer<unsigned>(body[0]);
  const std::uint32_t expected = itch::kLengths[type];
  const auto length = static_cast<std::uint32_t>(body.size());
  Step step = Step::bad;
  ItchProblem problem{ItchFault::none, offset_,
                      messages_,       static_cast<std::uint8_t>(type),
                      length,          expected};
  if (expected == 0) {
    problem.fault = ItchFault::unknown_type;
  } else if (length != expected) {
    problem.fault = ItchFault::wrong_length;
  } else if (step = one(body.data(), type, messages_, sink); step == Step::bad) {
    problem.fault = ItchFault::bad_value;
    problem.field = bad_field_;
    problem.value = bad_value_;
  }
  if (step == Step::bad) {
    if (!refuse(problem, true)) return false;
  } else {
    ++counts_[type];
  }
  offset_ += body.size();
  ++messages_;
  return step != Step::bad;
}

}  // namespace ai_trading::feed
