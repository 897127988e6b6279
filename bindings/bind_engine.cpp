// _core.matching.Engine: the matching engine in batches.
#include "engine_commands.hpp"

using namespace ai_trading;
using namespace ai_trading::bindings;
using matching::BatchEngine;
using matching::Request;

namespace {

using OneEngine = Exclusive<BatchEngine>;

template <std::size_t n>
py::dict codes(const std::array<const char*, n>& names) {
  py::dict out;
  for (std::size_t i = 0; i < n; ++i) out[names[i]] = i;
  return out;
}

// What a market leaves to its rules.
void bind_states(py::class_<OneEngine>& engine) {
  engine
      .def(
          "set_state",
          [](OneEngine& self, InstrumentIndex instrument, std::uint8_t state,
             std::uint8_t auction) {
            Request row = row_of(matching::Action::state, kNoTime);
            row.instrument = instrument;
            row.state = state;
            row.auction = auction;
            return apply_one(self, row);
          },
          "instrument"_a, "state"_a, "auction"_a = std::uint8_t{2},
          "Change the trading state, uncrossing where it does; return the answers.")
      .def(
          "set_bands",
          [](OneEngine& self, InstrumentIndex instrument, std::int64_t low,
             std::int64_t high) {
            Request row = row_of(matching::Action::bands, kNoTime);
            row.instrument = instrument;
            row.price = low;
            row.stop = high;
            return apply_one(self, row);
          },
          "instrument"_a, "low"_a, "high"_a, "Trade inside these prices only.")
      .def(
          "clear_bands",
          [](OneEngine& self, InstrumentIndex instrument) {
            Request row = row_of(matching::Action::clear_bands, kNoTime);
            row.instrument = instrument;
            return apply_one(self, row);
          },
          "instrument"_a, "Trade at any price again.")
      .def(
          "set_reference",
          [](OneEngine& self, InstrumentIndex instrument, std::int64_t price) {
            Request row = row_of(matching::Action::reference, kNoTime);
            row.instrument = instrument;
            row.price = price;
            return apply_one(self, row);
          },
          "instrument"_a, "price"_a, "Set the price that auctions lean to.")
      .def(
          "configure",
          [](OneEngine& self, InstrumentIndex instrument, std::int64_t increment,
             std::uint8_t allocation, std::int64_t least_share) {
            Request row = row_of(matching::Action::configure, kNoTime);
            row.instrument = instrument;
            row.price = increment;
            row.state = allocation;
            row.quantity = least_share;
            return apply_one(self, row);
          },
          "instrument"_a, py::kw_only(), "increment"_a = 1,
          "allocation"_a = std::uint8_t{0}, "least_share"_a = 1,
          "Set price increment and allocation, while no order lives.");
}

std::size_t checked_instruments(std::int64_t count) {
  constexpr std::int64_t kMost = std::int64_t{1} << 24;
  if (count < 1 || count > kMost) {
    throw py::value_error("max_instruments must be 1 to " + std::to_string(kMost) +
                          "; received " + std::to_string(count) +
                          ". Number the instruments from 0 up");
  }
  return static_cast<std::size_t>(count);
}

}  // namespace

void bind_engine(py::module_& m) {
  m.attr("actions") =
      codes(std::array{"submit", "cancel", "replace", "expire", "mass_cancel",
                       "disconnect", "clock", "state", "bands", "clear_bands",
                       "reference", "account", "configure", "halt", "resume", "index"});
  m.attr("answer_kinds") =
      codes(std::array{"accepted", "rejected", "traded", "rested", "replaced",
                       "canceled", "expired", "triggered", "replenished", "decremented",
                       "state", "indicative", "phase", "bands", "market_wide"});
  m.attr("cancel_reasons") =
      codes(std::array{"asked", "unfilled", "self_trade", "mass", "band"});
  m.attr("self_trade_rules") =
      codes(std::array{"inherit", "allow", "cancel_newest", "cancel_oldest",
                       "cancel_both", "decrement"});
  py::class_<OneEngine> engine(m, "Engine", R"(Price-time matching for many instruments.

Parameters
----------
max_instruments : int, default 65536
    Instrument indexes must be below this; up to 16,777,216.
publish : bool, default False
    Keep the public feed for `take_feed`.
flags : int, default 0
    Flags of every published event.
seed : int, default 0
    Draws the peaks of icebergs.
)");
  engine.def(py::init([](std::int64_t instruments, bool publish, std::uint16_t flags,
                         std::uint64_t seed) {
               return std::make_unique<OneEngine>(checked_instruments(instruments),
                                                  publish, flags, seed);
             }),
             "max_instruments"_a = 65'536, py::kw_only(), "publish"_a = false,
             "flags"_a = std::uint16_t{0}, "seed"_a = std::uint64_t{0});
  bind_commands(engine);
  bind_states(engine);
}
