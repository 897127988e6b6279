// Events in, NASDAQ TotalView-ITCH 5.0 bytes out: the inverse of itch_decoder.hpp.
//
// What the decoder makes of the bytes is the event again, for every message type; what
// an event does not carry (tracking numbers, an imbalance's far price) is written as
// zero or space.  Messages in full are written with itch::append.
//
// Units       as the decoder's.
// Threads     const members may run together; any other call must run alone.
// Cost        O(1) per event; `out` grows as a vector does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ai_trading/base/units.hpp"
#include "ai_trading/feed/itch_decoder.hpp"

namespace ai_trading::feed {

enum class EncodeRefusal : std::uint8_t {
  none,
  unknown_instrument,     // its index was not added
  time_outside_day,       // before midnight, or a day or more behind it
  price_out_of_range,     // ITCH holds 0 to 2^32 - 1 ticks
  quantity_out_of_range,  // ITCH holds 0 to 2^32 - 1 shares, 2^63 - 1 in crosses
  side_missing,           // an add or a trade must be of one side
  not_in_itch,            // no ITCH message says that
};

[[nodiscard]] std::string_view to_string(EncodeRefusal refusal);

// What is written of an instrument no R message described: an ordinary share with a
// round lot of 100.
[[nodiscard]] itch::StockDirectory ordinary_directory();

class ItchEncoder {
 public:
  // `midnight` is the UTC instant of the day's New York midnight.
  explicit ItchEncoder(Nanos midnight) : midnight_(midnight.n) {}

  // The next index is this instrument.  Locate 0 asks for the index plus one.  Throws
  // std::invalid_argument where the symbol is not one to eight printable letters, or
  // the locate is taken.
  InstrumentIndex add(ItchInstrument instrument);

  [[nodiscard]] std::span<const ItchInstrument> instruments() const {
    return instruments_;
  }

  // Appends the framed message that says this event; on refusal `out` is unchanged.
  [[nodiscard]] EncodeRefusal encode(const Event& event,
                                     std::vector<std::byte>& out) const;

 private:
  std::int64_t midnight_;
  std::vector<ItchInstrument> instruments_;
  std::vector<bool> taken_ = std::vector<bool>(65'536);  // by locate
};

}  // namespace ai_trading::feed
