// What went otherwise than it should between the desk and a venue.
//
// Benign things are written down and nothing more: a report said twice, or one that
// others overtook.  Where the venue executed what it should not have, or where its word
// and our books disagree on a quantity, the instrument may only be reduced from then on,
// until a named person enables it again.
#pragma once

#include <cstdint>
#include <type_traits>

#include "ai_trading/risk/states.hpp"

namespace ai_trading::desk {

struct Incident {
  std::int64_t timestamp;   // the venue's
  std::uint64_t order_id;   // 0: none that the desk knows
  std::uint64_t fill_id;    // of what was booked; 0: nothing was
  std::uint64_t execution;  // the venue's id of it; 0: not said
  std::int64_t quantity;    // lots it is about
  std::uint32_t instrument;
  std::uint16_t code;       // a Reject code
  std::uint8_t report;      // Report::Kind
  std::uint8_t restricted;  // 1: the instrument went reduce-only for it
};

static_assert(sizeof(Incident) == 48 && std::is_trivially_copyable_v<Incident>);

// What may be done in an instrument.
using risk::Mode;

}  // namespace ai_trading::desk
