// What a whole array of records is checked for before it is replayed, in one pass.
//
// Units       places count from 0.
// Cost        O(n), about a nanosecond each: what reading them from memory takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "ai_trading/feed/records.hpp"

namespace ai_trading::feed {

struct Survey {
  std::size_t late{};           // records before the one in front of them
  std::size_t first_late{};     // the place of the first of these
  std::int64_t instrument{-1};  // the highest that a record concerns
  std::uint32_t kinds{};        // a bit for each EventKind that occurs
};

// `count` records, `stride` bytes apart and at any address.  Of messages (EventKind::info)
// the instrument does not count: some concern the market.
template <class Record>
[[nodiscard]] Survey survey(const std::byte* records, std::size_t count,
                            std::ptrdiff_t stride) {
  Survey out;
  std::int64_t before = INT64_MIN;
  for (std::size_t at = 0; at < count; ++at, records += stride) {
    std::int64_t time{};
    std::memcpy(&time, records + offsetof(Record, timestamp), sizeof(time));
    if (time < before) [[unlikely]] {
      if (out.late++ == 0) out.first_late = at;
    }
    before = time;
    std::uint32_t instrument{};
    std::memcpy(&instrument, records + offsetof(Record, instrument),
                sizeof(instrument));
    auto named = static_cast<std::int64_t>(instrument);
    if constexpr (std::is_same_v<Record, Event>) {
      const auto kind = static_cast<std::uint8_t>(records[offsetof(Event, kind)]);
      if (kind == static_cast<std::uint8_t>(EventKind::info)) named = -1;
      if (kind < kEventKinds) out.kinds |= std::uint32_t{1} << kind;
    }
    out.instrument = named > out.instrument ? named : out.instrument;
  }
  return out;
}

}  // namespace ai_trading::feed
