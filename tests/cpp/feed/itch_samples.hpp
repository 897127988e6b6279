// Messages to test with: one of every type, random ones, and helpers to frame them.
#pragma once

#include <algorithm>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "ai_trading/feed/itch_decoder.hpp"

namespace ai_trading::feed::samples {

using Buffer = std::vector<std::byte>;

// Bytes from pairs of hexadecimal digits; spaces are for the reader.
inline Buffer hex(std::string_view digits) {
  Buffer out;
  int high = -1;
  for (const char c : digits) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<std::byte>(high * 16 + digit));
      high = -1;
    }
  }
  return out;
}

inline Buffer framed(const Buffer& body) {
  Buffer out(2 + body.size());
  store_big(out.data(), static_cast<std::uint16_t>(body.size()));
  std::copy(body.begin(), body.end(), out.begin() + 2);
  return out;
}

inline void join(Buffer& to, const Buffer& from) {
  to.insert(to.end(), from.begin(), from.end());
}

inline itch::Stock stock(std::string_view name) {
  itch::Stock out;
  out.fill(' ');
  std::copy(name.begin(), name.end(), out.begin());
  return out;
}

// Random bytes in every field.
class Random {
 public:
  explicit Random(std::uint64_t seed) : rng_(seed) {}

  template <class M>
  M any() {
    M m;
    m.header = {static_cast<std::uint16_t>(rng_()), static_cast<std::uint16_t>(rng_()),
                rng_() & 0xFFFF'FFFF'FFFF};
    std::apply([this](auto&... field) { (this->fill(field), ...); }, M::fields(m));
    return m;
  }

  // A message that a decoder accepts, of the stock whose locate is given.
  template <class M>
  M valid(std::uint16_t locate, std::string_view name) {
    M m = any<M>();
    m.header.locate = locate;
    m.header.time = rng_() % 86'400'000'000'000;
    if constexpr (requires { m.stock; }) m.stock = stock(name);
    if constexpr (requires { m.side; }) m.side = "BS"[rng_() % 2];
    if constexpr (requires { m.printable; }) m.printable = "YN"[rng_() % 2];
    if constexpr (requires { m.direction; }) m.direction = "BSNOP"[rng_() % 5];
    if constexpr (std::is_same_v<M, itch::TradingAction>) m.state = "HPQT"[rng_() % 4];
    if constexpr (requires { m.cross; }) m.shares >>= 1;
    return m;
  }

  std::uint64_t operator()() { return rng_(); }

 private:
  void fill(char& field) { field = static_cast<char>(rng_()); }
  template <std::size_t N>
  void fill(itch::Text<N>& field) {
    for (char& c : field) fill(c);
  }
  template <std::unsigned_integral T>
  void fill(T& field) {
    field = static_cast<T>(rng_());
  }

  std::mt19937_64 rng_;
};

// `rounds` valid messages of every type in random order, all of two stocks; the first
// two are their directories.
inline std::vector<itch::Message> traffic(std::uint64_t seed, int rounds) {
  Random random(seed);
  std::vector<itch::Message> out;
  for (int i = 0; i < rounds; ++i) {
    itch::for_each_type([&]<class M>(std::type_identity<M>) {
      const bool first = random() % 2 == 0;
      out.push_back(random.valid<M>(first ? 11 : 12, first ? "ONE" : "TWO"));
    });
  }
  std::shuffle(out.begin(), out.end(), std::mt19937_64(seed));
  out.insert(out.begin(), {random.valid<itch::StockDirectory>(11, "ONE"),
                           random.valid<itch::StockDirectory>(12, "TWO")});
  return out;
}

inline Buffer encoded(const std::vector<itch::Message>& messages) {
  Buffer out;
  for (const itch::Message& m : messages) append(out, m);
  return out;
}

inline std::vector<Event> events_of(ItchDecoder& decoder,
                                    std::span<const std::byte> bytes) {
  std::vector<Event> events;
  (void)decoder.decode(
      bytes, [&](const Event& event, std::uint64_t) { events.push_back(event); });
  return events;
}

}  // namespace ai_trading::feed::samples

namespace ai_trading::feed {

inline bool operator==(const Event& a, const Event& b) {
  return a.timestamp == b.timestamp && a.instrument == b.instrument &&
         a.kind == b.kind && a.side == b.side && a.flags == b.flags &&
         a.order_id == b.order_id && a.price == b.price && a.quantity == b.quantity &&
         a.aux == b.aux;
}

inline void PrintTo(const Event& e, std::ostream* out) {
  *out << "{" << e.timestamp << " i" << e.instrument << " kind " << int{e.kind}
       << " side " << int{e.side} << " flags " << e.flags << " id " << e.order_id
       << " price " << e.price << " qty " << e.quantity << " aux " << e.aux << "}";
}

}  // namespace ai_trading::feed
