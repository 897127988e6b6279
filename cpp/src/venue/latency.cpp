// Compiled with -ffp-contract=off: see CMakeLists.txt.
#include "ai_trading/venue/latency.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace ai_trading::venue {

namespace {

constexpr double kLongest = 9.0e18;  // nanoseconds; 285 years

Nanos whole(double nanos) {
  if (!(nanos > 0.0)) return {};
  return {static_cast<std::int64_t>(std::min(nanos, kLongest) + 0.5)};
}

Nanos later(Nanos at, Nanos delay) {
  return checked_add(at, delay).value_or(kNever - Nanos{1});
}

}  // namespace

double gamma(Rng& rng, double shape, double scale) {
  if (!(shape > 0.0) || !(scale > 0.0)) return 0.0;
  if (shape < 1.0) {
    // A gamma of shape + 1 times uniform^(1 / shape).
    const double larger = gamma(rng, shape + 1.0, scale);
    return larger * portable_exp(portable_log(1.0 - rng.uniform()) / shape);
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = rng.normal();
    const double root = 1.0 + c * x;
    if (root <= 0.0) continue;
    const double v = root * root * root;
    const double u = 1.0 - rng.uniform();
    if (portable_log(u) < 0.5 * x * x + d - d * v + d * portable_log(v))
      return d * v * scale;
  }
}

void DelayLaw::check(const char* way) const {
  const auto refuse = [way](const std::string& what) {
    throw std::invalid_argument(std::string(way) + " latency: " + what);
  };
  if (!std::isfinite(a) || !std::isfinite(b)) refuse("parameters must be finite");
  if (minimum.n < 0 || minimum > maximum)
    refuse("the minimum must be 0 or more and not above the maximum");
  switch (kind) {
    case Kind::constant:
      if (a < 0.0) refuse("the delay must be 0 or more");
      break;
    case Kind::normal:
      if (b < 0.0) refuse("the standard deviation must be 0 or more");
      break;
    case Kind::lognormal:
      if (a <= 0.0 || b < 0.0)
        refuse("the median must be above 0 and the log's deviation 0 or more");
      break;
    case Kind::gamma:
      if (a <= 0.0 || b <= 0.0) refuse("mean and shape must be above 0");
      break;
    case Kind::recorded:
      if (times.empty() || times.size() != delays.size())
        refuse("needs as many sample times as delays, at least one");
      for (std::size_t i = 0; i < times.size(); ++i) {
        if (i > 0 && times[i] <= times[i - 1]) refuse("sample times must rise");
        if (delays[i].n < 0) refuse("recorded delays must be 0 or more");
      }
      break;
  }
}

Nanos DelayLaw::draw(std::uint64_t seed, Nanos at) const {
  Nanos drawn;
  Rng rng(seed);
  switch (kind) {
    case Kind::constant:
      drawn = whole(a);
      break;
    case Kind::normal:
      drawn = whole(a + b * rng.normal());
      break;
    case Kind::lognormal:
      drawn = whole(a * portable_exp(b * rng.normal()));
      break;
    case Kind::gamma:
      drawn = whole(gamma(rng, b, a / b));
      break;
    case Kind::recorded: {
      const auto after = std::ranges::upper_bound(times, at);
      const auto place = static_cast<std::size_t>(after - times.begin());
      if (place == 0) {
        drawn = delays.front();
      } else if (place == times.size()) {
        drawn = delays.back();
      } else {
        const double share = static_cast<double>((at - times[place - 1]).n) /
                             static_cast<double>((times[place] - times[place - 1]).n);
        const double from = static_cast<double>(delays[place - 1].n);
        const double to = static_cast<double>(delays[place].n);
        drawn = whole(from + share * (to - from));
      }
      break;
    }
  }
  return std::clamp(later(drawn, shift), minimum, maximum);
}

LatencyModel::LatencyModel(LatencyTerms terms) : terms_(std::move(terms)) {
  terms_.feed.check("feed");
  terms_.entry.check("entry");
  terms_.response.check("response");
  if (terms_.load.window.n < 0 || terms_.load.per_message.n < 0 || terms_.load.free < 0)
    throw std::invalid_argument(
        "load: window, time per message and free messages must "
        "be 0 or more");
}

LatencyModel::Connection& LatencyModel::of(std::vector<Connection>& connections,
                                           std::uint16_t strategy) {
  if (strategy >= connections.size()) connections.resize(strategy + std::size_t{1});
  return connections[strategy];
}

std::uint64_t LatencyModel::seed(Way way, std::uint16_t strategy,
                                 InstrumentIndex instrument, Nanos at,
                                 Connection& connection) const {
  if (instrument >= connection.at.size()) {
    connection.at.resize(instrument + std::size_t{1}, kNever);
    connection.nth.resize(instrument + std::size_t{1});
  }
  std::uint32_t& nth = connection.nth[instrument];
  nth = connection.at[instrument] == at ? nth + 1 : 0;
  connection.at[instrument] = at;
  std::uint64_t state = terms_.seed;
  for (const std::uint64_t part :
       {static_cast<std::uint64_t>(way), std::uint64_t{strategy},
        std::uint64_t{instrument}, static_cast<std::uint64_t>(at.n),
        std::uint64_t{nth}}) {
    state ^= part;
    state = splitmix64(state);
  }
  return state;
}

Nanos LatencyModel::seen(Nanos at, std::uint64_t number) {
  std::uint64_t state = terms_.seed ^ number;
  last_seen_ = std::max(last_seen_, later(at, terms_.feed.draw(splitmix64(state), at)));
  return last_seen_;
}

Nanos LatencyModel::arrival(Nanos now, std::uint16_t strategy,
                            InstrumentIndex instrument) {
  Connection& line = of(out_, strategy);
  Nanos delay =
      terms_.entry.draw(seed(Way::entry, strategy, instrument, now, line), now);
  if (terms_.load.per_message.n > 0) {
    while (!line.sent.empty() && line.sent.front() <= now - terms_.load.window)
      line.sent.pop_front();
    delay = later(delay, terms_.load.wait(static_cast<std::int64_t>(line.sent.size())));
    line.sent.push_back(now);
  }
  line.last = std::max(line.last, later(now, delay));
  return line.last;
}

Nanos LatencyModel::delivery(Nanos at, std::uint16_t strategy,
                             InstrumentIndex instrument) {
  Connection& line = of(back_, strategy);
  const std::uint64_t drawn = seed(Way::response, strategy, instrument, at, line);
  line.last = std::max(line.last, later(at, terms_.response.draw(drawn, at)));
  return line.last;
}

}  // namespace ai_trading::venue
