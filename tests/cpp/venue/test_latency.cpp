#include "ai_trading/venue/latency.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace ai_trading::venue {
namespace {

using Kind = DelayLaw::Kind;

DelayLaw law(Kind kind, double a, double b) {
  DelayLaw l;
  l.kind = kind;
  l.a = a;
  l.b = b;
  return l;
}

LatencyTerms entry_only(const DelayLaw& entry, std::uint64_t seed = 1) {
  LatencyTerms terms;
  terms.entry = entry;
  terms.seed = seed;
  return terms;
}

struct Moments {
  double mean{}, deviation{}, log_mean{}, log_deviation{};
};

Moments moments(const DelayLaw& l, int n = 200'000) {
  double sum = 0, squares = 0, logs = 0, log_squares = 0;
  for (int i = 0; i < n; ++i) {
    std::uint64_t state = static_cast<std::uint64_t>(i);
    const auto x = static_cast<double>(l.draw(splitmix64(state), {}).n);
    sum += x;
    squares += x * x;
    logs += std::log(x);
    log_squares += std::log(x) * std::log(x);
  }
  const double mean = sum / n;
  const double log_mean = logs / n;
  return {mean, std::sqrt(squares / n - mean * mean), log_mean,
          std::sqrt(log_squares / n - log_mean * log_mean)};
}

// Tolerances below are four standard errors of 200,000 draws.
TEST(DelayLaw, NormalHasItsMeanAndDeviation) {
  const Moments m = moments(law(Kind::normal, 50'000, 5'000));

  EXPECT_NEAR(m.mean, 50'000, 45);
  EXPECT_NEAR(m.deviation, 5'000, 32);
}

TEST(DelayLaw, LognormalHasItsMedianAndSigma) {
  const Moments m = moments(law(Kind::lognormal, 50'000, 0.5));

  EXPECT_NEAR(m.log_mean, std::log(50'000), 0.0045);
  EXPECT_NEAR(m.log_deviation, 0.5, 0.0032);
}

TEST(DelayLaw, GammaHasItsMeanAndShapeAlsoBelowOne) {
  for (const double shape : {0.5, 1.0, 4.0}) {
    const Moments m = moments(law(Kind::gamma, 1'000'000, shape));

    EXPECT_NEAR(m.mean, 1e6, 4 * 1e6 / std::sqrt(shape * 2e5));
    EXPECT_NEAR(m.deviation, 1e6 / std::sqrt(shape), 1.5e4 / shape);
  }
}

TEST(DelayLaw, StaysWithinItsBoundsAndIsShifted) {
  DelayLaw l = law(Kind::normal, 100, 1'000);
  l.minimum = Nanos{50};
  l.maximum = Nanos{500};
  bool low = false, high = false;
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    const Nanos d = l.draw(seed, {});
    EXPECT_GE(d, Nanos{50});
    EXPECT_LE(d, Nanos{500});
    low = low || d == Nanos{50};
    high = high || d == Nanos{500};
  }
  EXPECT_TRUE(low && high);

  DelayLaw shifted = law(Kind::constant, 10, 0);
  shifted.shift = Nanos{7};
  EXPECT_EQ(shifted.draw(1, {}), Nanos{17});
}

TEST(DelayLaw, DrawsAreTheSameOnEveryMachine) {
  EXPECT_EQ(law(Kind::normal, 50'000, 5'000).draw(7, {}).n, 58370);
  EXPECT_EQ(law(Kind::lognormal, 50'000, 0.5).draw(7, {}).n, 115474);
  EXPECT_EQ(law(Kind::gamma, 50'000, 0.7).draw(7, {}).n, 128552);
}

TEST(DelayLaw, RecordedIsInterpolatedBetweenItsSamples) {
  DelayLaw l;
  l.kind = Kind::recorded;
  l.times = {Nanos{100}, Nanos{200}, Nanos{400}};
  l.delays = {Nanos{10}, Nanos{20}, Nanos{0}};

  EXPECT_EQ(l.draw(0, Nanos{0}), Nanos{10});
  EXPECT_EQ(l.draw(0, Nanos{100}), Nanos{10});
  EXPECT_EQ(l.draw(0, Nanos{150}), Nanos{15});
  EXPECT_EQ(l.draw(0, Nanos{200}), Nanos{20});
  EXPECT_EQ(l.draw(0, Nanos{300}), Nanos{10});
  EXPECT_EQ(l.draw(0, Nanos{400}), Nanos{0});
  EXPECT_EQ(l.draw(0, Nanos{4'000}), Nanos{0});
}

TEST(LatencyModel, MessagesOfOneConnectionNeverOvertake) {
  LatencyTerms terms = entry_only(law(Kind::gamma, 50'000, 0.5));
  terms.response = terms.feed = terms.entry;
  LatencyModel model(terms);
  Nanos out, back, fed;
  int held = 0;
  for (int i = 0; i < 5'000; ++i) {
    const Nanos now{i * 1'000};
    const Nanos arrives = model.arrival(now, 0, static_cast<InstrumentIndex>(i % 3));
    EXPECT_GE(arrives, std::max(out, now));
    held += arrives == out;
    out = arrives;
    const Nanos told = model.delivery(now, 0, 0);
    EXPECT_GE(told, std::max(back, now));
    back = told;
    const Nanos seen = model.seen(now, static_cast<std::uint64_t>(i));
    EXPECT_GE(seen, std::max(fed, now));
    fed = seen;
  }
  EXPECT_GT(held, 100);
}

TEST(LatencyModel, AnOrderAddedElsewhereChangesNothing) {
  const LatencyTerms terms = entry_only(law(Kind::lognormal, 500, 0.5));
  LatencyModel alone(terms);
  LatencyModel shared(terms);
  for (int i = 0; i < 500; ++i) {
    const Nanos now{i * 1'000'000};
    (void)shared.arrival(now, 1, 0);                   // another strategy
    (void)shared.arrival(now - Nanos{500'000}, 0, 0);  // another time
    (void)shared.arrival(now - Nanos{400'000}, 0, 1);  // another instrument
    EXPECT_EQ(shared.arrival(now, 0, 0), alone.arrival(now, 0, 0));
  }
}

TEST(LatencyModel, OrdersSentTogetherAreDrawnApart) {
  LatencyModel model(entry_only(law(Kind::lognormal, 5'000'000, 0.5)));
  const Nanos first = model.arrival({}, 0, 0);
  std::int64_t later = 0;
  for (int i = 0; i < 100; ++i) later += model.arrival({}, 0, 0) > first;

  EXPECT_GT(later, 0);
}

TEST(LatencyModel, AGatewayUnderLoadTakesItsTimeForEveryMessage) {
  LatencyTerms terms = entry_only(law(Kind::constant, 1'000, 0));
  terms.load = {Nanos{10'000}, Nanos{100}, 2};
  LatencyModel model(terms);

  EXPECT_EQ(model.arrival(Nanos{0}, 0, 0), Nanos{1'000});
  EXPECT_EQ(model.arrival(Nanos{10}, 0, 0), Nanos{1'010});
  EXPECT_EQ(model.arrival(Nanos{20}, 0, 0), Nanos{1'020});  // two before it: free
  EXPECT_EQ(model.arrival(Nanos{30}, 0, 0), Nanos{1'130});
  EXPECT_EQ(model.arrival(Nanos{40}, 0, 0), Nanos{1'240});
  EXPECT_EQ(model.arrival(Nanos{40}, 1, 0), Nanos{1'040});       // another connection
  EXPECT_EQ(model.arrival(Nanos{10'025}, 0, 0), Nanos{11'025});  // two in the window
  EXPECT_EQ(model.arrival(Nanos{90'000}, 0, 0), Nanos{91'000});
}

TEST(DelayLaw, RefusesWhatMakesNoSense) {
  const auto refused = [](const DelayLaw& l) {
    EXPECT_THROW(LatencyModel(entry_only(l)), std::invalid_argument);
  };
  refused(law(Kind::constant, -1, 0));
  refused(law(Kind::normal, 1, -1));
  refused(law(Kind::lognormal, 0, 1));
  refused(law(Kind::gamma, 1, 0));
  refused(law(Kind::normal, std::nan(""), 1));
  refused(law(Kind::recorded, 0, 0));
  DelayLaw l = law(Kind::recorded, 0, 0);
  l.times = {Nanos{2}, Nanos{2}};
  l.delays = {Nanos{2}, Nanos{2}};
  refused(l);
  l = law(Kind::constant, 1, 0);
  l.minimum = Nanos{2};
  l.maximum = Nanos{1};
  refused(l);
}

}  // namespace
}  // namespace ai_trading::venue
