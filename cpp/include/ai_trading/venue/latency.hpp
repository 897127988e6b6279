// How long messages take when it is not always the same.
//
// A delay is drawn from a law, or read off recorded samples at the time of sending; what
// the gateway is loaded with comes on top.  Messages of one connection (a strategy's, in
// one direction) never overtake each other: one that would arrive before its
// predecessor arrives together with it.
//
// Every draw has a seed of its own, made of the run's seed, the way (feed, entry,
// response), strategy, instrument, time of sending and its number among the messages of
// that strategy and instrument at that instant.  So an order added at another
// instrument, by another strategy or at another time leaves every other draw as it was,
// which an order's number could not do: it counts all orders.
//
// Units       nanoseconds.
// Repeatable  draws use base/rng and its logarithm and exponential: bit-identical.
// Threads     one model, one run.
// Cost        a draw 20 to 100 ns; recorded samples O(log samples).
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/base/units.hpp"

namespace ai_trading::venue {

// Gamma with mean shape * scale (Marsaglia and Tsang 2000); 0 unless both are positive.
[[nodiscard]] double gamma(Rng& rng, double shape, double scale);

struct DelayLaw {
  enum class Kind : std::uint8_t {
    constant,   // a
    normal,     // mean a, standard deviation b
    lognormal,  // median a, standard deviation b of the logarithm
    gamma,      // mean a, shape b
    recorded,   // samples
  };

  Kind kind = Kind::constant;
  double a{};
  double b{};
  Nanos shift;    // added to what is drawn
  Nanos minimum;  // bounds of the whole
  Nanos maximum = kNever;
  // Recorded: delays of messages sent at these rising times; between two the straight
  // line, before the first and after the last one that one's.
  std::vector<Nanos> times;
  std::vector<Nanos> delays;

  // Throws std::invalid_argument naming what is wrong.
  void check(const char* way) const;
  [[nodiscard]] Nanos draw(std::uint64_t seed, Nanos at) const;
};

// Every message beyond `free` in the window before it waits for this long more: a
// gateway that takes `per_message` for each.
struct Load {
  Nanos window;
  Nanos per_message;
  std::int64_t free{};

  [[nodiscard]] Nanos wait(std::int64_t messages) const {
    const std::int64_t busy = messages - free;
    return busy > 0 ? Nanos{busy * per_message.n} : Nanos{};
  }
};

struct LatencyTerms {
  DelayLaw feed, entry, response;
  Load load;  // of commands, by connection
  std::uint64_t seed{};
};

// What arrives when, over a run.
class LatencyModel {
 public:
  // Throws std::invalid_argument where a law or the load makes no sense.
  explicit LatencyModel(LatencyTerms terms);

  // False where market data is seen as it happens.
  [[nodiscard]] bool delays_feed() const {
    const DelayLaw& feed = terms_.feed;
    return feed.kind != DelayLaw::Kind::constant || feed.a > 0.0 || feed.shift.n > 0 ||
           feed.minimum.n > 0;
  }

  // When market data that happened at `at`, the n-th of the run, reaches the strategies.
  // Calls come in the order of n.
  [[nodiscard]] Nanos seen(Nanos at, std::uint64_t number);

  // When a command sent now has arrived at the venue.
  [[nodiscard]] Nanos arrival(Nanos now, std::uint16_t strategy,
                              InstrumentIndex instrument);

  // When a report of something that happened at `at` has arrived at the strategy.
  [[nodiscard]] Nanos delivery(Nanos at, std::uint16_t strategy,
                               InstrumentIndex instrument);

 private:
  enum class Way : std::uint8_t { feed, entry, response };

  // One strategy's messages in one direction.
  struct Connection {
    Nanos last;                      // arrival of the latest
    std::deque<Nanos> sent;          // within the window
    std::vector<Nanos> at;           // by instrument: time of the latest ...
    std::vector<std::uint32_t> nth;  // ... and how many at that time
  };

  [[nodiscard]] static Connection& of(std::vector<Connection>& connections,
                                      std::uint16_t strategy);
  [[nodiscard]] std::uint64_t seed(Way way, std::uint16_t strategy,
                                   InstrumentIndex instrument, Nanos at,
                                   Connection& connection) const;

  LatencyTerms terms_;
  std::vector<Connection> out_;
  std::vector<Connection> back_;
  Nanos last_seen_;
};

}  // namespace ai_trading::venue
