// What trading does to the price: models of market impact and their costs.
//
// Units       costs and shifts in basis points of the price, positive against the
//             trader; volatility as a fraction; time in days unless a model says
//             otherwise; quantities in units of quantity (shares).
// Repeatable  powers and exponentials are those of base/rng: bit-identical everywhere.
// Refusals    arguments are checked by the callers; a quantity that is not positive
//             costs nothing.
#pragma once

#include <span>

namespace ai_trading::cost {

// x to the power y for x > 0; 0 where x is not positive.
[[nodiscard]] double power(double x, double y);

// An order and the market it meets.
struct ImpactOrder {
  double quantity{};
  double daily_volume{};
  double volatility{};          // of one day's returns
  double duration{1.0};         // days over which it is worked
  double shares_outstanding{};  // Almgren 2005 only
};

// Almgren, Thum, Hauptmann and Li, "Direct estimation of equity market impact" (2005).
// With X shares, V volume a day, Theta shares outstanding, T days:
//   permanent I = gamma sigma (X / V) (Theta / V)^delta
//   temporary K = eta sigma (X / (V T))^beta
//   cost      J = I / 2 + K
struct Almgren2005 {
  double gamma = 0.314;
  double eta = 0.142;
  double beta = 0.6;
  double delta = 0.25;

  struct Cost {
    double permanent{}, temporary{}, total{};
  };
  [[nodiscard]] Cost cost(const ImpactOrder& order) const;
};

// Y sigma (X / V)^exponent; the square-root law where the exponent is one half.
struct PowerImpact {
  double coefficient = 1.0;
  double exponent = 0.5;
  [[nodiscard]] double cost(const ImpactOrder& order) const;
};

// Kissell's I-Star, "The Science of Algorithmic Trading" (2013):
//   I* = a1 (Q / ADV)^a2 sigma^a3, cost = b1 I* POV^a4 + (1 - b1) I*
// with annual volatility and POV the order's share of the volume while it is worked,
// its own quantity included.
struct IStar {
  double a1 = 708.0, a2 = 0.55, a3 = 0.71, a4 = 0.50, b1 = 0.98;
  double days = 252.0;  // trading days of a year
  struct Cost {
    double instantaneous{}, temporary{}, permanent{}, total{};
  };
  [[nodiscard]] Cost cost(const ImpactOrder& order) const;
};

// How much of a trade's impact is left after some time: 1 at once.
struct Decay {
  enum class Kind : unsigned char { exponential, power };
  Kind kind = Kind::exponential;
  double rate = 1.0;       // exponential: exp(-rate t)
  double timescale = 1.0;  // power: (1 + t / timescale)^-exponent
  double exponent = 0.5;
  [[nodiscard]] double left(double time) const;
};

// The propagator (Bouchaud, Gefen, Potters and Wyart 2004; Gatheral 2010):
//   shift(t) = sum over trades before t of scale sign(v) |v|^concavity left(t - time)
// Times and decay share any unit.
struct Propagator {
  double scale = 1.0;  // basis points of a trade of size 1
  double concavity = 0.5;
  Decay decay;

  // The shift at each of rising `at`, trades at that very time not included.
  // O(at x times).  Throws std::invalid_argument where times do not rise.
  void path(std::span<const double> times, std::span<const double> volumes,
            std::span<const double> at, std::span<double> out) const;
};

// Obizhaeva and Wang, "Optimal trading strategy and supply/demand dynamics" (2013): a
// block-shaped book of constant density refills at rate rho towards a price that moves
// permanently by lambda per share.  Buying X over [0, T] at least cost is a block at each
// end and a constant rate between.
struct ObizhaevaWang {
  double resilience{};  // rho, per unit of time
  double density{};     // q, shares per currency unit of price
  double permanent{};   // lambda, currency units per share

  struct Strategy {
    double block{};  // at the start, and the same at the end
    double rate{};   // per unit of time between
    double cost{};   // currency units above buying all at the price before, expected
  };
  [[nodiscard]] Strategy best(double quantity, double horizon) const;

  // Cost of buying `quantities` at rising `times`, in currency units as above.
  [[nodiscard]] double cost(std::span<const double> times,
                            std::span<const double> quantities) const;
};

// By how much a sum of volumes that fades at a rate changes over each gap that follows
// a volume.  One of each per gap.
void fading_changes(std::span<const double> volumes, std::span<const double> gaps,
                    double rate, std::span<double> out);

}  // namespace ai_trading::cost
