#include "ai_trading/venue/flow_model.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <string>
#include <utility>

#include "ai_trading/venue/agent_market.hpp"
#include "ai_trading/venue/hawkes_flow.hpp"
#include "ai_trading/venue/queue_reactive.hpp"
#include "ai_trading/venue/zero_intelligence.hpp"

namespace ai_trading::venue {

namespace {

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

std::string text(double value) {
  std::array<char, 32> out{};
  const auto end = std::to_chars(out.data(), out.data() + out.size(), value);
  return {out.data(), end.ptr};
}

// The bounds count as allowed.
void between(const std::string& name, double value, double low, double high) {
  if (value >= low && value <= high) return;
  refuse(name + " must lie between " + text(low) + " and " + text(high) +
         "; received " + text(value));
}

void above_zero(const std::string& name, double value, double high) {
  if (value > 0.0 && value <= high) return;
  refuse(name + " must lie above 0 and not above " + text(high) + "; received " +
         text(value));
}

void whole_between(const std::string& name, std::int64_t value, std::int64_t low,
                   std::int64_t high) {
  if (value >= low && value <= high) return;
  refuse(name + " must lie between " + std::to_string(low) + " and " +
         std::to_string(high) + "; received " + std::to_string(value));
}

constexpr double kFastest = 1e6;  // rates per second
constexpr std::int64_t kLargest = 1'000'000'000;

void check(const HawkesTerms& t) {
  between("excitation", t.excitation, 0.0, 0.9);
  if (!(t.decay > 0.0 && t.decay <= 1e6))
    refuse("decay must lie between 0 and 1e6 per second; received " + text(t.decay));
  if (!(t.depth_exponent > 0.0 && t.depth_exponent <= 100.0))
    refuse("depth_exponent must lie between 0 and 100; received " +
           text(t.depth_exponent));
}

void check(const ZeroIntelligenceTerms& t) {
  above_zero("market", t.market, kFastest);
  above_zero("limit", t.limit, kFastest);
  above_zero("cancel", t.cancel, kFastest);
  whole_between("band", t.band, 2, 10'000);
  whole_between("size", t.size, 1, kLargest);
  const double arriving = 2.0 * static_cast<double>(t.band) * t.limit;
  if (t.market > arriving)
    refuse("market must not exceed 2 * band * limit, which is " + text(arriving) +
           ": nothing would ever rest; received " + text(t.market));
  const double resting = arriving / t.cancel;
  if (resting > 1e6)
    refuse(
        "2 * band * limit / cancel is how many orders rest and must not exceed "
        "1000000; received " +
        text(resting) + ". Raise cancel, or lower limit or band");
}

void check(const QueueRates& rates, const std::string& which, bool nearest) {
  const auto list = [&](const char* name, const std::vector<double>& values) {
    if (values.empty() || values.size() > 10'000)
      refuse(which + name +
             " must hold 1 to 10000 rates, for queues from none upwards; "
             "received " +
             std::to_string(values.size()));
    for (const double value : values) between(which + name, value, 0.0, kFastest);
  };
  list("limit", rates.limit);
  list("cancel", rates.cancel);
  list("market", rates.market);
  whole_between(which + "size", rates.size, 1, kLargest);
  if (rates.cancel[0] != 0.0 || rates.market[0] != 0.0)
    refuse(which +
           "cancel and market must begin with 0: nothing leaves an empty queue");
  const auto last = [](const std::vector<double>& values, std::size_t n) {
    return values[std::min(n, values.size() - 1)];
  };
  const std::size_t table =
      std::max({rates.limit.size(), rates.cancel.size(), rates.market.size()});
  for (std::size_t n = 1; n <= table; ++n) {
    const double out = last(rates.cancel, n) + (nearest ? last(rates.market, n) : 0.0);
    if (out > 0.0 && (n < table || last(rates.limit, n) <= 0.98 * out)) continue;
    refuse(which + "queues of " + std::to_string(n) +
           " would grow without bound: limit is " + text(last(rates.limit, n)) +
           " and what leaves is " + text(out) +
           (n < table ? "; it must be above 0"
                      : "; at the end of the lists limit must be 2 % below it"));
  }
}

void check(const QueueReactiveTerms& t) {
  if (t.levels.empty() || t.levels.size() > 50)
    refuse("levels must be 1 to 50; received " + std::to_string(t.levels.size()));
  for (std::size_t i = 0; i < t.levels.size(); ++i) {
    const std::string which = "levels[" + std::to_string(i) + "]";
    check(t.levels[i], which + ".", i == 0);
    double mean = 0.0;
    double length = 0.0;
    for (const double p : queue_distribution(t.levels[i], i == 0)) mean += p * length++;
    if (!(mean <= 1e5))
      refuse(which + " would hold " + text(mean) +
             " orders in the long run, and may hold 100000; raise cancel");
  }
  if (!(t.levels[0].limit[0] > 0.0))
    refuse("levels[0].limit must begin above 0, or an empty book stays empty");
  between("move", t.move, 0.0, 1.0);
  between("redraw", t.redraw, 0.0, 1.0);
}

void check(const AgentTerms& t) {
  whole_between("speculators", t.speculators, 0, 100'000);
  between("visits", t.visits, 0.0, kFastest);
  between("switching", t.switching, 0.0, 1.0);
  for (const auto& [name, value] : {std::pair{"value_pull", t.value_pull},
                                    {"value_noise", t.value_noise},
                                    {"momentum_pull", t.momentum_pull},
                                    {"momentum_noise", t.momentum_noise},
                                    {"misalignment", t.misalignment},
                                    {"maker_spread", t.maker_spread},
                                    {"maker_fear", t.maker_fear}})
    between(name, value, 0.0, 1000.0);
  between("herding", t.herding, -100.0, 100.0);
  between("predisposition", t.predisposition, -100.0, 100.0);
  above_zero("trend", t.trend, 1e6);
  above_zero("noise_limit", t.noise_limit, kFastest);
  between("noise_market", t.noise_market, 0.0, kFastest);
  between("noise_depth", t.noise_depth, 0.0, 1000.0);
  above_zero("noise_life", t.noise_life, 1e6);
  between("noise_limit * noise_life", t.noise_limit * t.noise_life, 0.0, 1e6);
  whole_between("makers", t.makers, 0, 1000);
  between("maker_visits", t.maker_visits, 0.0, kFastest);
  whole_between("maker_size", t.maker_size, 1, kLargest);
  whole_between("maker_limit", t.maker_limit, 1, kLargest);
}

}  // namespace

void check_flow_model(const FlowModelTerms& terms) {
  std::visit([](const auto& t) { check(t); }, terms);
}

void check_flow(const FlowSettings& s) {
  if (s.symbols.empty()) refuse("an order flow needs at least one symbol");
  if (s.symbols.size() > 65'535)
    refuse("an order flow has room for 65535 symbols; received " +
           std::to_string(s.symbols.size()));
  if (!(s.open < s.close)) refuse("the session must open before it closes");
  if (s.events && !(*s.events >= 0.0 && *s.events <= 1e10))
    refuse("events must lie between 0 and 1e10; received " + text(*s.events));
  for (std::size_t i = 0; i < s.symbols.size(); ++i) {
    const FlowSymbol& symbol = s.symbols[i];
    const std::string which = "symbols[" + std::to_string(i) + "]: ";
    if (symbol.step.n < 1 || symbol.step.n > 1'000'000'000)
      refuse(which + "the price step must lie between 1 and 1e9 ticks");
    if (symbol.price.n < 2 * symbol.step.n || symbol.price.n > (std::int64_t{1} << 50))
      refuse(which + "the price must lie between two steps and 2^50 ticks");
    if (!(symbol.volatility >= 0.0 && symbol.volatility <= 1.0))
      refuse(which + "the volatility must lie between 0 and 1");
    if (!(symbol.activity > 0.0 && symbol.activity <= 1e6))
      refuse(which + "the activity must lie between 0 and 1e6");
  }
  check_flow_model(s.model);
  if (std::holds_alternative<HawkesTerms>(s.model)) {
    if (!s.events)
      refuse("a Hawkes flow has its rate from the number of events: state events");
  } else if (s.events && *s.events < 1.0) {
    refuse("events must lie between 1 and 1e10 for this model; received " +
           text(*s.events));
  }
  check_flow_rules(s);
}

namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;  // which clang before 17 does not deduce

}  // namespace

std::unique_ptr<FlowModel> make_flow_model(const FlowSettings& settings,
                                           FlowStage& stage) {
  return std::visit(
      Overloaded{[&](const HawkesTerms& t) -> std::unique_ptr<FlowModel> {
                   return std::make_unique<HawkesFlow>(settings, t, stage);
                 },
                 [&](const ZeroIntelligenceTerms& t) -> std::unique_ptr<FlowModel> {
                   return std::make_unique<ZeroIntelligence>(settings, t, stage);
                 },
                 [&](const QueueReactiveTerms& t) -> std::unique_ptr<FlowModel> {
                   return std::make_unique<QueueReactive>(settings, t, stage);
                 },
                 [&](const AgentTerms& t) -> std::unique_ptr<FlowModel> {
                   return std::make_unique<AgentMarket>(settings, t, stage);
                 }},
      settings.model);
}

}  // namespace ai_trading::venue
