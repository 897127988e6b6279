// Settings of made-up order flow out of any bytes: refused with a reason, or played, with
// and without market rules, with orders of ours among the crowd's.
//
// What is played keeps the promises of venue/order_flow.hpp: events in order of time, a
// public book that takes every one of them, nothing crossed while trading is on, an empty
// book at the end; the same bytes give the same day, in steps or at once.
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "ai_trading/base/digest.hpp"
#include "ai_trading/book/books.hpp"
#include "ai_trading/venue/flow_market.hpp"
#include "ai_trading/venue/order_flow.hpp"
#include "fuzzed.hpp"

using namespace ai_trading;
using namespace ai_trading::venue;
using feed::fuzzed::must;

namespace {

constexpr Nanos kMidnight{1'768'453'200'000'000'000};
constexpr double kMostOrders = 3'000.0;  // resting before the open
constexpr std::size_t kMostEvents = 4'000;

// Hands out numbers, zeros where the bytes have ended.
class Bytes {
 public:
  explicit Bytes(std::span<const std::uint8_t> from) : from_(from) {}

  template <class T>
  T take() {
    T value{};
    const std::size_t n = std::min(sizeof value, from_.size());
    std::memcpy(&value, from_.data(), n);
    from_ = from_.subspan(n);
    return value;
  }
  std::int64_t below(std::int64_t most) {
    return take<std::uint16_t>() % std::max<std::int64_t>(most, 1);
  }
  // A default, some multiple of it, or any number at all.
  double near(double usual) {
    const auto how = take<std::uint8_t>();
    if (how < 128) return usual;
    if (how < 240) return usual * static_cast<double>(take<std::uint8_t>()) / 16.0;
    return take<double>();
  }

 private:
  std::span<const std::uint8_t> from_;
};

QueueRates rates(Bytes& in) {
  QueueRates made;
  for (auto n = 1 + in.below(4); n > 0; --n) {
    made.limit.push_back(in.near(0.5));
    made.cancel.push_back(made.cancel.empty() ? in.near(0.0) : in.near(1.0));
    made.market.push_back(made.market.empty() ? in.near(0.0) : in.near(0.3));
  }
  made.size = in.below(200);
  return made;
}

FlowModelTerms model(Bytes& in) {
  switch (in.below(4)) {
    case 0:
      return HawkesTerms{in.near(0.5), in.near(10.0), in.near(1.3)};
    case 1:
      return ZeroIntelligenceTerms{in.near(1.0), in.near(0.15), in.near(0.02),
                                   in.below(200), in.below(2'000)};
    case 2: {
      QueueReactiveTerms t;
      if (in.below(2) == 0) {
        t.levels.clear();
        for (auto n = in.below(5); n > 0; --n) t.levels.push_back(rates(in));
      }
      t.move = in.near(0.7);
      t.redraw = in.near(0.85);
      return t;
    }
    default: {
      AgentTerms t;
      t.speculators = static_cast<std::uint32_t>(in.below(300));
      t.visits = in.near(t.visits);
      t.switching = in.near(t.switching);
      t.momentum_noise = in.near(t.momentum_noise);
      t.trend = in.near(t.trend);
      t.herding = in.near(t.herding);
      t.noise_limit = in.near(t.noise_limit);
      t.noise_market = in.near(t.noise_market);
      t.noise_depth = in.near(t.noise_depth);
      t.noise_life = in.near(t.noise_life);
      t.makers = static_cast<std::uint32_t>(in.below(6));
      t.maker_visits = in.near(t.maker_visits);
      t.maker_size = in.below(5'000);
      t.maker_limit = in.below(30'000);
      return t;
    }
  }
}

FlowSettings settings(Bytes& in) {
  FlowSettings s;
  const std::int64_t length = 1'800 + in.below(22'000);
  s.open = kMidnight + rules::clock_time(9, 30);
  s.close = s.open + Nanos{length * 1'000'000'000};
  s.seed = in.take<std::uint16_t>();
  if (in.below(8) != 0) s.events = in.near(2'000.0);
  for (auto n = in.below(4); n > 0; --n)
    s.symbols.push_back({Ticks{in.take<std::int32_t>()}, Ticks{in.below(300)},
                         in.near(0.2), in.near(1.0)});
  s.model = model(in);
  if (in.below(2) == 0) return s;
  FlowRules r;
  r.market = us_equities(kMidnight, s.close - kMidnight);
  r.market.index_close = in.below(3) * 500'000;
  r.market.call = Nanos{in.below(600) * 1'000'000'000};
  for (const FlowSymbol& symbol : s.symbols)
    r.listings.push_back(
        us_stock(symbol.price, static_cast<rules::Tier>(1 + in.below(2))));
  r.opening = static_cast<std::uint32_t>(in.below(60));
  r.closing = static_cast<std::uint32_t>(in.below(60));
  const auto moment = [&] { return s.open + Nanos{in.below(length) * 1'000'000'000}; };
  for (auto n = in.below(3); n > 0; --n) {
    const Nanos at = moment();
    r.halts.push_back({static_cast<InstrumentIndex>(in.below(4)), at, moment()});
    if (in.below(3) == 0) r.halts.back().until.reset();
  }
  for (auto n = in.below(3); n > 0; --n)
    r.index.push_back({moment(), 390'000 + in.below(60'000) * 2});
  s.rules = std::move(r);
  return s;
}

// Whether playing it is quick enough.
bool small(const FlowSettings& s) {
  if (s.events && *s.events > 20'000.0) return false;
  const auto of = [](const auto& t) -> double {
    using T = std::decay_t<decltype(t)>;
    if constexpr (std::is_same_v<T, ZeroIntelligenceTerms>)
      return 2.0 * static_cast<double>(t.band) * t.limit / t.cancel;
    if constexpr (std::is_same_v<T, AgentTerms>) return t.noise_limit * t.noise_life;
    return static_cast<double>(kMostOrders) - 1.0;
  };
  if (const auto* t = std::get_if<QueueReactiveTerms>(&s.model))
    for (const QueueRates& level : t->levels) {
      const double last = level.limit.back() / (level.cancel.back() + 1e-9);
      if (!(last < 0.9)) return false;
    }
  return std::visit(of, s.model) < kMostOrders;
}

matching::NewOrder order_of(Bytes& in, OrderId id, const FlowSettings& s) {
  matching::NewOrder order;
  order.id = id;
  order.owner = 1;
  order.instrument = static_cast<InstrumentIndex>(
      in.below(static_cast<std::int64_t>(s.symbols.size())));
  order.side = static_cast<Side>(in.below(2));
  order.type = in.below(2) == 0 ? OrderType::market : OrderType::limit;
  constexpr TimeInForce kTimes[] = {TimeInForce::day, TimeInForce::ioc,
                                    TimeInForce::at_the_open,
                                    TimeInForce::at_the_close};
  order.time_in_force = kTimes[in.below(4)];
  const FlowSymbol& symbol = s.symbols[order.instrument];
  const std::int64_t steps = symbol.price.n / symbol.step.n;
  order.price =
      Ticks{std::max<std::int64_t>(1, steps + in.below(41) - 20) * symbol.step.n};
  order.quantity = Lots{1 + in.below(2'000)};
  return order;
}

std::uint64_t watch(const FlowSettings& s) {
  OrderFlow flow(s);
  book::Books books;
  std::vector<bool> trading(s.symbols.size());
  std::vector<feed::Event> part(257);
  std::size_t seen = 0;
  std::int64_t before = 0;
  bool ended = false;
  while (!ended && seen < kMostEvents) {
    const std::size_t n = flow.fill(part);
    ended = n == 0;
    seen += n;
    for (std::size_t k = 0; k < n; ++k) {
      const feed::Event& e = part[k];
      must(e.timestamp >= before, "events come in order of time");
      before = e.timestamp;
      must(books.apply(e) == Reject::none, "a book takes every event");
      if (e.kind == static_cast<std::uint8_t>(feed::EventKind::status))
        trading[e.instrument] =
            e.aux == static_cast<std::uint64_t>(feed::TradingState::continuous);
      if (!trading[e.instrument] || (e.flags & feed::flag::more) != 0) continue;
      const auto bid = books.best(e.instrument, Side::buy);
      const auto ask = books.best(e.instrument, Side::sell);
      must(!bid || !ask || bid->price < ask->price, "nobody rests across another");
    }
  }
  must(!ended || books.order_count() == 0, "a day ends with an empty book");
  return flow.state_hash();
}

void trade(const FlowSettings& s, Bytes& in) {
  OrderFlow flow(s);
  OrderFlow other(s);
  Nanos now = s.open - rules::minutes(3);
  OrderId id = OrderFlow::kOwnIds;
  for (int k = 0; k < 12; ++k) {
    const Nanos middle = now;
    now += Nanos{in.below(3'000) * 200'000'000};
    if (flow.orders_sent() > kMostEvents) return;
    flow.advance(now);
    other.advance(middle + Nanos{(now - middle).n / 2});
    other.advance(now);
    const auto order = order_of(in, id++, s);
    must(flow.submit(order) == other.submit(order), "equal days refuse alike");
    if (in.below(4) == 0) {
      const OrderId which = OrderFlow::kOwnIds + static_cast<OrderId>(in.below(12));
      must(flow.cancel(which) == other.cancel(which), "equal days cancel alike");
    }
    if (in.below(8) == 0) must(flow.halt(0) == other.halt(0), "equal days halt alike");
    if (in.below(8) == 0)
      must(flow.resume(0) == other.resume(0), "equal days resume alike");
    must(flow.state_hash() == other.state_hash(), "steps do not matter");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes in({data, size});
  const FlowSettings s = settings(in);
  try {
    check_flow(s);
  } catch (const std::invalid_argument&) {
    return 0;
  }
  if (!small(s)) return 0;
  must(watch(s) == watch(s), "the same settings, the same day");
  trade(s, in);
  return 0;
}
