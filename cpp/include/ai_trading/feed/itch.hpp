// NASDAQ TotalView-ITCH 5.0: what each message holds and where.
//
// Every message is a plain struct that lists its fields once, in wire order; lengths,
// reading and writing all follow from that list.  Turning messages into events is the
// work of feed/itch_decoder.hpp, the way back of feed/itch_encoder.hpp.
//
// Units       time in nanoseconds since New York midnight; price in 1e-4 dollars
//             (MWCB levels in 1e-8); shares whole.  Text is padded with spaces.
// Source      "Nasdaq TotalView-ITCH 5.0", nasdaqtrader.com, with the message types
//             J (2017), h (2018) and O (2023) that were added later.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "ai_trading/feed/bytes.hpp"

namespace ai_trading::feed::itch {

template <std::size_t N>
using Text = std::array<char, N>;
using Stock = Text<8>;

// What every message begins with, after its one-letter type.
struct Header {
  std::uint16_t locate{};    // the day's number of the stock; 0 where none is meant
  std::uint16_t tracking{};  // Nasdaq's own
  std::uint64_t time{};      // 48 bits
  bool operator==(const Header&) const = default;
};
inline constexpr std::size_t kHeaderLength = 11;

struct SystemEvent {
  static constexpr char kType = 'S';
  Header header;
  char code{};  // O S Q M E C: messages, system, market hours begin and end
  static constexpr auto fields(auto& m) { return std::tie(m.code); }
  bool operator==(const SystemEvent&) const = default;
};

struct StockDirectory {
  static constexpr char kType = 'R';
  Header header;
  Stock stock{};
  char market_category{};
  char financial_status{};
  std::uint32_t round_lot{};
  char round_lots_only{};
  char classification{};
  Text<2> sub_type{};
  char authenticity{};  // P live, T test
  char short_sale_threshold{};
  char ipo{};
  char luld_tier{};
  char etp{};
  std::uint32_t etp_leverage{};
  char inverse{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.stock, m.market_category, m.financial_status, m.round_lot,
                    m.round_lots_only, m.classification, m.sub_type, m.authenticity,
                    m.short_sale_threshold, m.ipo, m.luld_tier, m.etp, m.etp_leverage,
                    m.inverse);
  }
  bool operator==(const StockDirectory&) const = default;
};

struct TradingAction {
  static constexpr char kType = 'H';
  Header header;
  Stock stock{};
  char state{};  // H halted, P paused, Q quotation only, T trading
  char reserved{};
  Text<4> reason{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.stock, m.state, m.reserved, m.reason);
  }
  bool operator==(const TradingAction&) const = default;
};

struct RegSho {
  static constexpr char kType = 'Y';
  Header header;
  Stock stock{};
  char action{};  // 0 no test, 1 in effect after a 10 % drop, 2 remains in effect
  static constexpr auto fields(auto& m) { return std::tie(m.stock, m.action); }
  bool operator==(const RegSho&) const = default;
};

struct ParticipantPosition {
  static constexpr char kType = 'L';
  Header header;
  Text<4> mpid{};
  Stock stock{};
  char primary{};
  char mode{};
  char state{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.mpid, m.stock, m.primary, m.mode, m.state);
  }
  bool operator==(const ParticipantPosition&) const = default;
};

struct CircuitBreakerLevels {
  static constexpr char kType = 'V';
  Header header;
  std::uint64_t level1{};  // index value, 8 decimals
  std::uint64_t level2{};
  std::uint64_t level3{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.level1, m.level2, m.level3);
  }
  bool operator==(const CircuitBreakerLevels&) const = default;
};

struct CircuitBreakerStatus {
  static constexpr char kType = 'W';
  Header header;
  char level{};  // 1 2 3
  static constexpr auto fields(auto& m) { return std::tie(m.level); }
  bool operator==(const CircuitBreakerStatus&) const = default;
};

struct IpoQuoting {
  static constexpr char kType = 'K';
  Header header;
  Stock stock{};
  std::uint32_t release_time{};  // seconds since midnight
  char qualifier{};
  std::uint32_t price{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.stock, m.release_time, m.qualifier, m.price);
  }
  bool operator==(const IpoQuoting&) const = default;
};

struct AuctionCollar {
  static constexpr char kType = 'J';
  Header header;
  Stock stock{};
  std::uint32_t reference{};
  std::uint32_t upper{};
  std::uint32_t lower{};
  std::uint32_t extension{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.stock, m.reference, m.upper, m.lower, m.extension);
  }
  bool operator==(const AuctionCollar&) const = default;
};

struct OperationalHalt {
  static constexpr char kType = 'h';
  Header header;
  Stock stock{};
  char market{};  // Q Nasdaq, B BX, X PSX
  char action{};  // H halted, T resumed
  static constexpr auto fields(auto& m) {
    return std::tie(m.stock, m.market, m.action);
  }
  bool operator==(const OperationalHalt&) const = default;
};

struct AddOrder {
  static constexpr char kType = 'A';
  Header header;
  std::uint64_t order_id{};
  char side{};  // B S
  std::uint32_t shares{};
  Stock stock{};
  std::uint32_t price{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.order_id, m.side, m.shares, m.stock, m.price);
  }
  bool operator==(const AddOrder&) const = default;
};

struct AddAttributed {
  static constexpr char kType = 'F';
  Header header;
  std::uint64_t order_id{};
  char side{};
  std::uint32_t shares{};
  Stock stock{};
  std::uint32_t price{};
  Text<4> mpid{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.order_id, m.side, m.shares, m.stock, m.price, m.mpid);
  }
  bool operator==(const AddAttributed&) const = default;
};

struct OrderExecuted {
  static constexpr char kType = 'E';
  Header header;
  std::uint64_t order_id{};
  std::uint32_t shares{};
  std::uint64_t match{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.order_id, m.shares, m.match);
  }
  bool operator==(const OrderExecuted&) const = default;
};

struct OrderExecutedAt {
  static constexpr char kType = 'C';
  Header header;
  std::uint64_t order_id{};
  std::uint32_t shares{};
  std::uint64_t match{};
  char printable{};  // Y N
  std::uint32_t price{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.order_id, m.shares, m.match, m.printable, m.price);
  }
  bool operator==(const OrderExecutedAt&) const = default;
};

struct OrderCancel {
  static constexpr char kType = 'X';
  Header header;
  std::uint64_t order_id{};
  std::uint32_t shares{};  // that leave
  static constexpr auto fields(auto& m) { return std::tie(m.order_id, m.shares); }
  bool operator==(const OrderCancel&) const = default;
};

struct OrderDelete {
  static constexpr char kType = 'D';
  Header header;
  std::uint64_t order_id{};
  static constexpr auto fields(auto& m) { return std::tie(m.order_id); }
  bool operator==(const OrderDelete&) const = default;
};

struct OrderReplace {
  static constexpr char kType = 'U';
  Header header;
  std::uint64_t order_id{};
  std::uint64_t new_order_id{};
  std::uint32_t shares{};
  std::uint32_t price{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.order_id, m.new_order_id, m.shares, m.price);
  }
  bool operator==(const OrderReplace&) const = default;
};

struct Trade {
  static constexpr char kType = 'P';
  Header header;
  std::uint64_t order_id{};  // 0 since 2010
  char side{};               // of the hidden order; B since 2014
  std::uint32_t shares{};
  Stock stock{};
  std::uint32_t price{};
  std::uint64_t match{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.order_id, m.side, m.shares, m.stock, m.price, m.match);
  }
  bool operator==(const Trade&) const = default;
};

struct CrossTrade {
  static constexpr char kType = 'Q';
  Header header;
  std::uint64_t shares{};
  Stock stock{};
  std::uint32_t price{};
  std::uint64_t match{};
  char cross{};  // O opening, C closing, H halt or IPO, I intraday
  static constexpr auto fields(auto& m) {
    return std::tie(m.shares, m.stock, m.price, m.match, m.cross);
  }
  bool operator==(const CrossTrade&) const = default;
};

struct BrokenTrade {
  static constexpr char kType = 'B';
  Header header;
  std::uint64_t match{};
  static constexpr auto fields(auto& m) { return std::tie(m.match); }
  bool operator==(const BrokenTrade&) const = default;
};

struct Imbalance {
  static constexpr char kType = 'I';
  Header header;
  std::uint64_t paired{};
  std::uint64_t shares{};
  char direction{};  // B S; N none, O too few orders, P paused
  Stock stock{};
  std::uint32_t far_price{};
  std::uint32_t near_price{};
  std::uint32_t reference{};
  char cross{};
  char variation{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.paired, m.shares, m.direction, m.stock, m.far_price, m.near_price,
                    m.reference, m.cross, m.variation);
  }
  bool operator==(const Imbalance&) const = default;
};

struct RetailInterest {
  static constexpr char kType = 'N';
  Header header;
  Stock stock{};
  char interest{};  // B S A N
  static constexpr auto fields(auto& m) { return std::tie(m.stock, m.interest); }
  bool operator==(const RetailInterest&) const = default;
};

struct DirectListing {
  static constexpr char kType = 'O';
  Header header;
  Stock stock{};
  char eligible{};  // Y N
  std::uint32_t minimum{};
  std::uint32_t maximum{};
  std::uint32_t near_price{};
  std::uint64_t near_time{};
  std::uint32_t lower_collar{};
  std::uint32_t upper_collar{};
  static constexpr auto fields(auto& m) {
    return std::tie(m.stock, m.eligible, m.minimum, m.maximum, m.near_price,
                    m.near_time, m.lower_collar, m.upper_collar);
  }
  bool operator==(const DirectListing&) const = default;
};

using Message =
    std::variant<SystemEvent, StockDirectory, TradingAction, RegSho,
                 ParticipantPosition, CircuitBreakerLevels, CircuitBreakerStatus,
                 IpoQuoting, AuctionCollar, OperationalHalt, AddOrder, AddAttributed,
                 OrderExecuted, OrderExecutedAt, OrderCancel, OrderDelete, OrderReplace,
                 Trade, CrossTrade, BrokenTrade, Imbalance, RetailInterest,
                 DirectListing>;

// Bytes of a message, its type included, its framing not.
template <class M>
inline constexpr std::size_t length_of =
    []<class... F>(std::type_identity<std::tuple<F&...>>) {
      return kHeaderLength + (sizeof(F) + ...);
    }(std::type_identity<decltype(M::fields(std::declval<M&>()))>{});

namespace detail {
template <class Visit, class... M>
constexpr void each_type(std::type_identity<std::variant<M...>>, Visit&& visit) {
  (visit(std::type_identity<M>{}), ...);
}
}  // namespace detail

// Where in a message its `Nth` field begins, counted in the order of fields().
template <class M, std::size_t Nth>
inline constexpr std::uint8_t offset_of =
    []<class... F>(std::type_identity<std::tuple<F&...>>) {
      constexpr std::array<std::size_t, sizeof...(F)> widths{sizeof(F)...};
      std::size_t at = kHeaderLength;
      for (std::size_t i = 0; i != Nth; ++i) at += widths[i];
      return static_cast<std::uint8_t>(at);
    }(std::type_identity<decltype(M::fields(std::declval<M&>()))>{});

// Calls `visit(std::type_identity<M>{})` for every message type.
template <class Visit>
constexpr void for_each_type(Visit&& visit) {
  detail::each_type(std::type_identity<Message>{}, visit);
}

// Length by type letter; 0 for a letter that is no message.
inline constexpr std::array<std::uint8_t, 256> kLengths = [] {
  std::array<std::uint8_t, 256> lengths{};
  for_each_type([&]<class M>(std::type_identity<M>) {
    lengths[static_cast<unsigned char>(M::kType)] = length_of<M>;
  });
  return lengths;
}();
inline constexpr std::size_t kLongest = 50;

namespace detail {

template <std::unsigned_integral T>
inline void take(const std::byte*& p, T& value) {
  value = load_big<T>(p);
  p += sizeof(T);
}
inline void take(const std::byte*& p, char& value) {
  value = std::to_integer<char>(*p++);
}
template <std::size_t N>
inline void take(const std::byte*& p, Text<N>& value) {
  std::memcpy(value.data(), p, N);
  p += N;
}

template <std::unsigned_integral T>
inline void put(std::byte*& p, T value) {
  store_big(p, value);
  p += sizeof(T);
}
inline void put(std::byte*& p, char value) { *p++ = static_cast<std::byte>(value); }
template <std::size_t N>
inline void put(std::byte*& p, const Text<N>& value) {
  std::memcpy(p, value.data(), N);
  p += N;
}

}  // namespace detail

// The header of the message that begins at `body`, which holds at least 11 bytes.
[[nodiscard]] inline Header read_header(const std::byte* body) {
  return {load_big<std::uint16_t>(body + 1), load_big<std::uint16_t>(body + 3),
          load_big<std::uint64_t>(body + 3) & 0xFFFF'FFFF'FFFF};
}

// The message that begins at `body`, which holds at least length_of<M> bytes and has
// the type of M: whoever framed it has checked.
template <class M>
[[nodiscard]] inline M read(const std::byte* body) {
  M m;
  m.header = read_header(body);
  const std::byte* p = body + kHeaderLength;
  std::apply([&](auto&... field) { (detail::take(p, field), ...); }, M::fields(m));
  return m;
}

// Writes a message to `body`, which has room for length_of<M> bytes.
template <class M>
inline void write(const M& m, std::byte* body) {
  assert(m.header.time >> 48 == 0);
  *body = static_cast<std::byte>(M::kType);
  store_big(body + 1, m.header.locate);
  store_big(body + 3, (std::uint64_t{m.header.tracking} << 48) | m.header.time);
  std::byte* p = body + kHeaderLength;
  std::apply([&](const auto&... field) { (detail::put(p, field), ...); }, M::fields(m));
}

// Any message by its type, or nothing where type and length do not belong together.
[[nodiscard]] std::optional<Message> parse(std::span<const std::byte> body);

// Appends the message behind its two-byte length.
template <class M>
inline void append(std::vector<std::byte>& out, const M& m) {
  const std::size_t at = out.size();
  out.resize(at + 2 + length_of<M>);
  store_big(out.data() + at, static_cast<std::uint16_t>(length_of<M>));
  write(m, out.data() + at + 2);
}
void append(std::vector<std::byte>& out, const Message& m);

// How messages follow one another in a file.
enum class Framing : std::uint8_t {
  length,   // BinaryFILE: two bytes of length before each message
  by_type,  // the two bytes are there but mean nothing: the type tells the length
};

// One message in place.
struct Frame {
  const std::byte* body;  // begins with the type letter
  char type;
  std::uint8_t length;
};

// Walks the messages of a buffer without copying or interpreting them.  Stops before
// the first that is unknown, of a wrong length or incomplete; `rest()` begins there.
// O(1) per message.  Two cursors over one buffer give look-ahead.
class FrameCursor {
 public:
  explicit FrameCursor(std::span<const std::byte> bytes,
                       Framing framing = Framing::length)
      : at_(bytes.data()), end_(at_ + bytes.size()), framing_(framing) {}

  [[nodiscard]] std::optional<Frame> next() {
    if (end_ - at_ < 3) return std::nullopt;
    const std::uint8_t length = kLengths[std::to_integer<std::uint8_t>(at_[2])];
    const bool wrong =
        framing_ == Framing::length && load_big<std::uint16_t>(at_) != length;
    if (length == 0 || wrong || end_ - at_ < 2 + length) return std::nullopt;
    const Frame frame{at_ + 2, std::to_integer<char>(at_[2]), length};
    at_ += 2 + length;
    return frame;
  }

  [[nodiscard]] std::span<const std::byte> rest() const { return {at_, end_}; }

 private:
  const std::byte* at_;
  const std::byte* end_;
  Framing framing_;
};

static_assert(length_of<SystemEvent> == 12 && length_of<StockDirectory> == 39 &&
              length_of<TradingAction> == 25 && length_of<RegSho> == 20 &&
              length_of<ParticipantPosition> == 26 &&
              length_of<CircuitBreakerLevels> == 35 &&
              length_of<CircuitBreakerStatus> == 12 && length_of<IpoQuoting> == 28 &&
              length_of<AuctionCollar> == 35 && length_of<OperationalHalt> == 21 &&
              length_of<AddOrder> == 36 && length_of<AddAttributed> == 40 &&
              length_of<OrderExecuted> == 31 && length_of<OrderExecutedAt> == 36 &&
              length_of<OrderCancel> == 23 && length_of<OrderDelete> == 19 &&
              length_of<OrderReplace> == 35 && length_of<Trade> == 44 &&
              length_of<CrossTrade> == 40 && length_of<BrokenTrade> == 19 &&
              length_of<Imbalance> == 50 && length_of<RetailInterest> == 20 &&
              length_of<DirectListing> == 48);

}  // namespace ai_trading::feed::itch
