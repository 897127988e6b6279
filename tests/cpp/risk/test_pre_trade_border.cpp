// The gate asks first whether an order is far from a limit, in 64 bits or 53, and is
// exact where it is not: here every limit stands at the very amount of an order, a
// millionth beside it, and about as far away as that first question can tell.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "ai_trading/base/rng.hpp"
#include "ai_trading/risk/pre_trade.hpp"

namespace ai_trading::risk {
namespace {

constexpr Nanos kNow{1000 * kNano};
constexpr std::int64_t kMicro = 1'000'000;
constexpr std::array kAway{0L,          1L,           -1L,         2L,
                           17'000'000L, -17'000'000L, 19'000'000L, -19'000'000L,
                           37'000'000L, -37'000'000L, 80'000'000L, -80'000'000L};

std::int64_t drawn(Rng& rng, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(
                   rng.below(static_cast<std::uint64_t>(high - low + 1)));
}

// Three names with positions and open orders; the first is asked about.
struct Case {
  Gate gate;
  Intent order;

  explicit Case(Rng& rng) : gate(from_micro(drawn(rng, 1, 40'000'000) * kMicro)) {
    for (InstrumentIndex i = 0; i < 3; ++i) {
      Instrument instrument;
      instrument.tick_nano = rng.below(2) == 0 ? kNano : 10'000'000;
      if (rng.below(4) == 0) instrument.lot_nano = 20 * kNano;  // a unit beyond 64 bits
      NameTerms terms;
      terms.sector = static_cast<std::uint16_t>(rng.below(2));
      terms.group = 1;
      terms.daily_volume = Lots{1'000'000};
      terms.margin_ppm = drawn(rng, 0, 1'000'000);
      gate.add(instrument, terms);
      gate.mark(i, Ticks{drawn(rng, 1, 10'000)}, kNow);
      gate.hold(i, 0, Lots{drawn(rng, -300, 300)});
      for (const Side side : {Side::buy, Side::sell}) {
        Open none{i, 0, side, true, Ticks{drawn(rng, 1, 10'000)}, Lots{}};
        Open is = none;
        is.quantity = Lots{drawn(rng, 1, 100)};
        gate.working(none, is);
      }
      Loadings loadings;
      for (std::int32_t& loading : loadings.factor)
        loading = static_cast<std::int32_t>(drawn(rng, -40'000'000, 40'000'000));
      loadings.own = static_cast<std::int32_t>(drawn(rng, 0, 40'000'000));
      gate.set_loadings(i, loadings);
    }
    order.side = rng.below(2) == 0 ? Side::buy : Side::sell;
    order.quantity = Lots{drawn(rng, 700, 3000)};  // never reducing
  }

  [[nodiscard]] Sizes after() const {
    const Name& name = gate.name(0);
    Sizes out = sizes(name);
    const std::int64_t more = order.quantity.n * name.mark.n;
    (order.side == Side::buy ? out.up : out.down) += sign(order.side) * more;
    return out;
  }
  // What the gate says with one limit more.
  [[nodiscard]] Reject ask(Limit limit, std::int64_t value) {
    LimitBook book;
    book.all.set(limit, value);
    gate.apply(book);
    Gate copy = gate;
    return copy.judge(order, kNow).reason;
  }
};

// An amount is refused exactly where it is beyond the limit.
void expect_exact(Case& made, Limit limit, Reject reason, Int128 amount) {
  const auto at = static_cast<std::int64_t>(amount / 1'000'000'000'000);
  for (const std::int64_t away : kAway) {
    const std::int64_t most = at + away;
    if (most < 1) continue;
    const bool beyond = amount > Int128{most} * 1'000'000'000'000;
    ASSERT_EQ(made.ask(limit, most), beyond ? reason : Reject::none)
        << kLimitTable[place(limit)].name << " at " << most;
  }
}

// The same of a share of the equity.
void expect_share(Case& made, Limit limit, Reject reason, Int128 amount) {
  const Int128 equity = std::clamp(made.gate.equity(), Money{}, kMostValue).atto;
  if (equity == 0) return;
  const auto at = static_cast<std::int64_t>(
      std::min<Int128>(amount * 1'000'000 / equity, 99'999'990));
  for (const std::int64_t away : {-3, -1, 0, 1, 2}) {
    if (at + away < 1) continue;
    const bool beyond = amount * 1'000'000 > equity * (at + away);
    ASSERT_EQ(made.ask(limit, at + away), beyond ? reason : Reject::none)
        << kLimitTable[place(limit)].name << " at " << at + away;
  }
}

TEST(PreTradeBorder, EveryLimitOfMoneyIsExact) {
  Rng rng(11);
  for (int i = 0; i < 400; ++i) {
    Case made(rng);
    const Name& name = made.gate.name(0);
    const Sizes before = sizes(name), after = made.after();
    const Exposures& sums = made.gate.exposures();
    const Int128 worse = Int128{after.worst() - before.worst()} * name.unit;
    const Int128 value = Int128{made.order.quantity.n} * name.mark.n * name.unit;

    expect_exact(made, Limit::max_order_notional, Reject::max_notional, value);
    expect_exact(made, Limit::open_notional, Reject::open_notional,
                 made.gate.counters().open_notional.atto + value);
    const Int128 net =
        made.order.side == Side::buy
            ? sums.up.atto + Int128{after.up - before.up} * name.unit
            : -(sums.down.atto + Int128{after.down - before.down} * name.unit);
    expect_exact(made, Limit::net_exposure, Reject::net_exposure, net);
    if (worse <= 0) continue;
    expect_exact(made, Limit::gross_exposure, Reject::gross_exposure,
                 sums.gross.atto + worse);
    expect_share(made, Limit::name_share, Reject::name_concentration,
                 Int128{after.worst()} * name.unit);
    expect_share(made, Limit::sector_share, Reject::sector_concentration,
                 sums.sectors[name.sector].atto + worse);
    expect_share(made, Limit::asset_class_share, Reject::asset_class_concentration,
                 sums.asset_classes[0].atto + worse);
    expect_share(made, Limit::group_share, Reject::group_concentration,
                 sums.groups[1].atto + worse);
    expect_share(made, Limit::leverage, Reject::leverage, sums.gross.atto + worse);
    const Money worst{Int128{after.worst()} * name.unit};
    const Int128 margin =
        sums.margin + margin_of(name, worst) - margin_of(name, worst - Money{worse});
    for (const std::int64_t away : kAway) {
      const Int128 most =
          margin + Int128{away} * 1'000'000'000'000 + (away > 0 ? 0 : 1);
      made.gate.set_cash(Money{most} - made.gate.profit().value);
      ASSERT_EQ(made.ask(Limit::margin, 1),
                margin > most ? Reject::insufficient_margin : Reject::none);
    }
  }
}

TEST(PreTradeBorder, TheBudgetOfRiskIsExact) {
  Rng rng(12);
  int refused = 0, passed = 0;
  for (int i = 0; i < 400; ++i) {
    Case made(rng);
    const Name& name = made.gate.name(0);
    const Int128 variance = made.gate.exposures().variance_with(
        name.loadings, at_risk(name, sizes(name).net()),
        at_risk(name, made.after().net()));
    // The least budget that holds it, found by halving; about it the answer changes.
    std::int64_t low = 1, high = std::int64_t{1} << 60;
    const auto holds = [&](std::int64_t budget) {
      LimitBook book;
      book.all.set(Limit::var_budget, budget);
      return resolve(book, 0, 0, {}, 2326).max_variance >= variance;
    };
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      (holds(middle) ? high : low) = holds(middle) ? middle : middle + 1;
    }
    for (const std::int64_t share : {0L, 1L, -1L, 1000L, -1000L, 100L, -100L}) {
      const std::int64_t budget =
          std::abs(share) <= 1 ? low + share : low + low / share;
      if (budget < 1) continue;
      const bool beyond = !holds(budget) && variance > made.gate.exposures().variance();
      ASSERT_EQ(made.ask(Limit::var_budget, budget),
                beyond ? Reject::var_budget : Reject::none)
          << "case " << i << ", share " << share;
      ++(beyond ? refused : passed);
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(passed, 100);
}

TEST(PreTradeBorder, WhatIsKnownOfANameFollowsWhateverChangesIt) {
  Rng rng(13);
  for (int i = 0; i < 200; ++i) {
    Case made(rng);
    made.gate.mark(0, Ticks{drawn(rng, 1, 20'000)}, kNow);
    made.gate.executed(0, 0, Ticks{7}, Lots{drawn(rng, -50, 50)}, Money{}, kNow);
    made.gate.set_rate(0, drawn(rng, 1, 3 * kNano));
    for (InstrumentIndex n = 0; n < 3; ++n) {
      const Name& name = made.gate.name(n);
      Name fresh = name;
      settle(fresh);
      ASSERT_EQ(name.plain, fresh.plain);
      ASSERT_EQ(name.deviation, deviation_of(name.loadings));
    }
    ASSERT_EQ(made.gate.exposures(), made.gate.recomputed());
  }
}

}  // namespace
}  // namespace ai_trading::risk
