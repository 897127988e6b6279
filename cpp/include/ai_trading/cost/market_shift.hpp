// The shift of a market's prices by our own aggressive orders, for replays in which
// nobody reacts to them.
//
// Every arriving order that takes Q units pushes the prices on the side it took from by
//   coefficient volatility (Q / daily volume)^exponent
// A part of the push stays; the rest fades as a sum of exponentials, by which a power law
// is approximated as well as one likes.
//
// Accounting  a shift belongs to a side: what our buys push, only our later buys pay, and
//             what our sales push, only our later sales.  It is added to the price of a
//             fill against us and never for us, so a round trip cannot profit from its
//             own impact.  The recorded book is left as it is: quotes, marks and the
//             queue of resting orders do not move.
// Units       pushes in parts of the price; times in nanoseconds.
// Repeatable  powers and exponentials of base/rng, no contraction: bit-identical.
// Threads     one object, one thread.
// Cost        O(exponentials) per arriving order; nothing where it is not used.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ai_trading/base/units.hpp"

namespace ai_trading::cost {

struct ShiftTerms {
  // One instrument's market; all positive, or no shift where the volume is 0.
  struct Market {
    double lots_a_day{};
    double volatility{};  // of a day, as a fraction
  };
  // A part of the transient push, and its rate of decay per second.
  struct Mode {
    double weight{};
    double rate{};
  };

  std::vector<Market> markets;  // by instrument
  double coefficient = 1.0;
  double exponent = 0.5;
  double permanent{};       // part of a push that stays, 0 to 1
  std::vector<Mode> modes;  // weights add up to 1 - permanent, for the whole push

  // Throws std::invalid_argument naming what is wrong.
  void check() const;
};

class MarketShift {
 public:
  // Throws std::invalid_argument where the terms make no sense.
  explicit MarketShift(ShiftTerms terms);

  // What a fill at a price in the book costs now, at or beyond it for the side; `more`
  // is added to the shift.
  [[nodiscard]] Ticks paid(InstrumentIndex instrument, Side side, Ticks price,
                           double more = 0.0) const;

  // How far an order that takes so much pushes, in parts of the price.
  [[nodiscard]] double push_of(InstrumentIndex instrument, Lots taken) const;

  // The worst price in the book that still costs no more than `limit`.
  [[nodiscard]] Ticks reach(InstrumentIndex instrument, Side side, Ticks limit) const;

  // Brings a side to a time; before asking and before pushing.
  void move_to(InstrumentIndex instrument, Side side, Nanos at);

  // What one arriving order has taken in all.
  void push(InstrumentIndex instrument, Side side, Lots taken);

  // The shift of a side in parts of the price, as of its last time.
  [[nodiscard]] double shift(InstrumentIndex instrument, Side side) const {
    return state(instrument, side).now;
  }

 private:
  struct State {
    Nanos at;
    double stays{};
    std::vector<double> fades;  // by mode
    double now{};
  };

  [[nodiscard]] const State& state(InstrumentIndex instrument, Side side) const {
    return states_[2 * std::size_t{instrument} + (side == Side::buy ? 0 : 1)];
  }
  [[nodiscard]] State& state(InstrumentIndex instrument, Side side) {
    return states_[2 * std::size_t{instrument} + (side == Side::buy ? 0 : 1)];
  }

  ShiftTerms terms_;
  std::vector<State> states_;
};

}  // namespace ai_trading::cost
