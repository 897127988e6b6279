// Most orders pass the gate without a closer look: the verdict, the quantity and what the
// gate remembers must be those of the exact way, whatever the limits and the market.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <optional>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/risk/pre_trade.hpp"

namespace ai_trading::risk {
namespace {

constexpr InstrumentIndex kNames = 4;
constexpr std::size_t kStrategies = 2;
constexpr std::int64_t kMicro = 1'000'000;

std::int64_t drawn(Rng& rng, std::int64_t low, std::int64_t high) {
  // Unsigned, as the whole range may not fit.
  const auto from = static_cast<std::uint64_t>(low);
  const std::uint64_t width = static_cast<std::uint64_t>(high) - from + 1;
  return static_cast<std::int64_t>(from + rng.below(width));
}
bool one_in(Rng& rng, std::uint64_t n) { return rng.below(n) == 0; }

// A limit about where the orders of this market come to it, or far away.
std::int64_t value_of(Rng& rng, const LimitInfo& info) {
  const bool far = !one_in(rng, 3);
  switch (info.unit) {
    case Unit::flag:
      return drawn(rng, 0, 1);
    case Unit::flip:
      return drawn(rng, 0, 2);
    case Unit::quantity:
      return (far ? 1'000'000 : drawn(rng, 1, 500)) * kMicro;
    case Unit::money:
      return (far ? 1'000'000'000 : drawn(rng, 1, 100'000)) * kMicro;
    case Unit::share:
      return far ? drawn(rng, 1'000'000, 100'000'000) : drawn(rng, 1, 1'000'000);
    case Unit::time:
      return far ? 3600 * kNano : drawn(rng, 1, 100);
    case Unit::count:
      return far ? 1'000'000 : drawn(rng, 1, 40);
    case Unit::milli:
      return far ? 1'000'000'000 : drawn(rng, 1, 100'000);
  }
  return 1;
}

LimitSet limits(Rng& rng, std::uint64_t one_of, bool account) {
  LimitSet set;
  for (const LimitInfo& info : kLimitTable) {
    const bool loss = info.limit == Limit::daily_loss ||
                      info.limit == Limit::daily_loss_soft ||
                      info.limit == Limit::drawdown;
    if (!account &&
        (info.limit == Limit::drawdown || info.limit == Limit::cancel_on_disconnect ||
         info.limit == Limit::collar_window))
      continue;
    if (one_in(rng, loss ? 4 * one_of : one_of))
      set.set(info.limit, value_of(rng, info));
  }
  return set;
}

LimitBook book(Rng& rng) {
  LimitBook out;
  out.all = limits(rng, one_in(rng, 2) ? 2 : 20, true);
  out.strategies = {limits(rng, 30, false), limits(rng, 30, false)};
  out.instruments = {limits(rng, 30, false), limits(rng, 30, false)};
  return out;
}

// The same gate twice: one asked as everybody does, one the exact way.
struct Twins {
  Gate quick, exact;

  explicit Twins(const Gate& gate) : quick(gate), exact(gate) {}
  template <class Tell>
  void both(Tell&& tell) {
    tell(quick);
    tell(exact);
  }
};

Gate opened(Rng& rng) {
  const std::int64_t cash = drawn(rng, -10, one_in(rng, 2) ? 20'000 : 10'000'000);
  Gate gate(from_micro(cash * kMicro), kStrategies);
  for (InstrumentIndex i = 0; i < kNames; ++i) {
    Instrument instrument;
    instrument.tick_nano = one_in(rng, 2) ? kNano : 10'000'000;
    if (one_in(rng, 8)) instrument.lot_nano = 20 * kNano;  // a unit beyond 64 bits
    instrument.price_step = one_in(rng, 4) ? 5 : 1;
    NameTerms terms;
    terms.sector = static_cast<std::uint16_t>(rng.below(3));
    terms.group = static_cast<std::uint16_t>(rng.below(2));
    terms.asset_class = static_cast<std::uint8_t>(rng.below(2));
    terms.easy_to_borrow = one_in(rng, 2);
    terms.lot_step = one_in(rng, 4) ? 10 : 1;
    terms.daily_volume = Lots{one_in(rng, 8) ? 0 : drawn(rng, 1, 1'000'000)};
    terms.located = Lots{drawn(rng, 0, 1000)};
    terms.margin_ppm = drawn(rng, 0, 2'000'000);
    gate.add(instrument, terms);
  }
  gate.apply(book(rng));
  return gate;
}

class Stream {
 public:
  explicit Stream(Rng& rng) : rng_(rng), twins_(opened(rng)) {}

  // Verdicts that were yes.
  int run(int steps) {
    int passed = 0;
    for (int i = 0; i < steps; ++i) {
      now_ = now_ + Nanos{drawn(rng_, 0, 50)};
      if (one_in(rng_, 60)) now_ = now_ - Nanos{drawn(rng_, 0, 500)};
      if (one_in(rng_, 2)) {
        passed += ask() ? 1 : 0;
      } else {
        happen(name());
      }
      if (testing::Test::HasFatalFailure()) return passed;
    }
    Digest quick, exact;
    twins_.quick.digest(quick);
    twins_.exact.digest(exact);
    EXPECT_EQ(quick.value(), exact.value());
    EXPECT_EQ(twins_.quick.exposures(), twins_.quick.recomputed());
    return passed;
  }

 private:
  InstrumentIndex name() { return static_cast<InstrumentIndex>(rng_.below(kNames)); }
  StrategyIndex strategy() {
    return static_cast<StrategyIndex>(rng_.below(kStrategies));
  }
  Side side() { return one_in(rng_, 2) ? Side::buy : Side::sell; }
  Ticks price() {
    if (one_in(rng_, 300)) return Ticks{drawn(rng_, -kMaxPrice, kMaxPrice)};
    if (one_in(rng_, 60)) return Ticks{drawn(rng_, -500, 0)};
    return Ticks{(one_in(rng_, 20) ? drawn(rng_, -5, 300) : drawn(rng_, 95, 105)) * 5};
  }
  Lots quantity() {
    if (one_in(rng_, 100)) return Lots{drawn(rng_, 0, kMaxQuantity)};
    if (one_in(rng_, 100)) return Lots{drawn(rng_, -50, 0)};
    return Lots{drawn(rng_, 1, one_in(rng_, 4) ? 40 : 4) * 10};
  }

  bool ask() {
    Intent order;
    order.instrument = name();
    order.strategy = strategy();
    order.side = one_in(rng_, 200) ? Side::none : side();
    order.has_limit = !one_in(rng_, 6);
    order.replaces = one_in(rng_, 8);
    order.price = price();
    order.quantity = quantity();
    if (one_in(rng_, 2)) order.created = now_ - Nanos{drawn(rng_, -20, 60)};
    const Verdict quick = twins_.quick.judge(order, now_);
    const Verdict exact = twins_.exact.judge_exactly(order, now_);
    EXPECT_EQ(quick.reason, exact.reason) << ai_trading::name(exact.reason);
    EXPECT_EQ(quick.quantity, exact.quantity);
    EXPECT_EQ(twins_.quick.latest(), twins_.exact.latest());
    if (quick.reason != Reject::none) return false;
    if (one_in(rng_, 2)) open(order);
    return true;
  }

  void open(const Intent& order) {
    const Ticks price =
        order.has_limit ? order.price : twins_.quick.name(order.instrument).mark;
    Open was{order.instrument, order.strategy, order.side, true, price, Lots{}};
    Open is = was;
    is.quantity = order.quantity;
    twins_.both([&](Gate& gate) { gate.working(was, is); });
    if (one_in(rng_, 4)) return;  // it rests for good
    const Money fee = from_micro(drawn(rng_, -3, 3));
    const Lots done = one_in(rng_, 2) ? is.quantity : Lots{};
    twins_.both([&](Gate& gate) {
      gate.working(is, was);
      if (done.n > 0)
        gate.executed(order.instrument, order.strategy, price,
                      order.side == Side::buy ? done : -done, fee, now_);
    });
  }

  void happen(InstrumentIndex i) {
    switch (rng_.below(12)) {
      case 0: {
        const LimitBook fresh = book(rng_);
        if (!one_in(rng_, 8)) return;
        return twins_.both([&](Gate& gate) { gate.apply(fresh); });
      }
      case 1: {
        const Ticks low = price();
        const Ticks high{low.n + drawn(rng_, 0, 200)};
        const bool none = one_in(rng_, 3);
        return twins_.both([&](Gate& gate) {
          gate.set_band(i, none ? std::nullopt : std::optional{std::pair{low, high}});
        });
      }
      case 2: {
        const std::optional<Ticks> bid =
            one_in(rng_, 3) ? std::nullopt : std::optional{price()};
        const bool test = one_in(rng_, 2);
        return twins_.both([&](Gate& gate) {
          gate.set_bid(i, bid);
          gate.set_price_test(i, test);
        });
      }
      case 3: {
        const bool halted = one_in(rng_, 3);
        const auto restriction =
            static_cast<Restriction>(one_in(rng_, 2) ? 0 : rng_.below(3));
        return twins_.both([&](Gate& gate) {
          gate.set_halted(i, halted);
          gate.set_restriction(i, restriction);
        });
      }
      case 4: {
        Loadings loadings;
        for (std::int32_t& loading : loadings.factor)
          loading = static_cast<std::int32_t>(drawn(rng_, -40'000'000, 40'000'000));
        loadings.own = static_cast<std::int32_t>(drawn(rng_, 0, 40'000'000));
        return twins_.both([&](Gate& gate) { gate.set_loadings(i, loadings); });
      }
      case 5: {
        const std::int64_t rate = drawn(rng_, 1, 3 * kNano);
        if (!one_in(rng_, 6)) return;
        return twins_.both([&](Gate& gate) { gate.set_rate(i, rate); });
      }
      case 6: {
        const StrategyIndex s = strategy();
        const Lots lots{drawn(rng_, -100, 100)};
        return twins_.both([&](Gate& gate) { gate.hold(i, s, lots); });
      }
      case 7: {
        const Scope scope{static_cast<ScopeKind>(rng_.below(4)),
                          static_cast<std::uint32_t>(rng_.below(kStrategies))};
        const bool tighter = one_in(rng_, 6);
        return twins_.both([&](Gate& gate) {
          if (tighter)
            gate.restrict(scope, Mode::reduce_only, Reject::none, "somebody", "", now_);
          else
            gate.enable(scope, "somebody", "again", now_);
        });
      }
      default: {
        const Ticks at = price();
        const Nanos when = now_ + Nanos{drawn(rng_, -50, 5)};
        return twins_.both([&](Gate& gate) { gate.mark(i, at, when); });
      }
    }
  }

  Rng& rng_;
  Twins twins_;
  Nanos now_{1000 * kNano};
};

TEST(PreTradeClear, VerdictsAndMemoryAreThoseOfTheExactWay) {
  Rng rng(21);
  int passed = 0;
  for (int i = 0; i < 400; ++i) {
    passed += Stream(rng).run(300);
    ASSERT_FALSE(HasFailure()) << "stream " << i;
  }
  EXPECT_GT(passed, 5000);
}

}  // namespace
}  // namespace ai_trading::risk
