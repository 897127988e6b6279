#include "ai_trading/risk/pre_trade.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <utility>

namespace ai_trading::risk {
namespace {

constexpr Nanos kNow{1000 * kNano};
constexpr std::int64_t kMicro = 1'000'000;

Money units(std::int64_t n) { return from_micro(n * kMicro); }

// One instrument at 100 (ticks of a unit, so that a lot at price 1 is worth 1), equity
// 1,000,000, volume 10,000 a day, two strategies and a second instrument like the first.
Instrument whole() {
  Instrument out;
  out.tick_nano = kNano;
  return out;
}
NameTerms plain() {
  NameTerms out;
  out.sector = 1;
  out.group = 1;
  out.daily_volume = Lots{10'000};
  return out;
}

struct Bench {
  Gate gate{units(1'000'000), 2};
  LimitBook book;

  Bench() {
    for (int i = 0; i < 2; ++i) {
      gate.add(whole(), plain());
      gate.mark(static_cast<InstrumentIndex>(i), Ticks{100}, kNow);
    }
  }
  Bench& set(Limit limit, std::int64_t value) {
    book.all.set(limit, value);
    gate.apply(book);
    return *this;
  }
  void hold(std::int64_t lots, InstrumentIndex instrument = 0) {
    gate.executed(instrument, 0, Ticks{100}, Lots{lots}, Money{}, kNow);
  }
  void open(Side side, std::int64_t lots, std::int64_t price = 100,
            InstrumentIndex instrument = 0, StrategyIndex strategy = 0) {
    Open none{instrument, strategy, side, true, Ticks{price}, Lots{}};
    Open is = none;
    is.quantity = Lots{lots};
    gate.working(none, is);
  }
};

Intent limit(Side side, std::int64_t lots, std::int64_t price = 100) {
  Intent out;
  out.side = side;
  out.has_limit = true;
  out.price = Ticks{price};
  out.quantity = Lots{lots};
  return out;
}
Intent buy(std::int64_t lots, std::int64_t price = 100) {
  return limit(Side::buy, lots, price);
}
Intent sell(std::int64_t lots, std::int64_t price = 100) {
  return limit(Side::sell, lots, price);
}
Reject ask(Bench& bench, const Intent& order, Nanos now = kNow) {
  return bench.gate.judge(order, now).reason;
}

TEST(PreTrade, LetsAPlainOrderPassWhole) {
  Bench b;
  const Verdict verdict = b.gate.judge(buy(10), kNow);

  EXPECT_EQ(verdict.reason, Reject::none);
  EXPECT_EQ(verdict.quantity, Lots{10});
}

TEST(PreTrade, KnowsWhoAndWhat) {
  Bench b;
  Intent order = buy(1);
  order.instrument = 2;
  EXPECT_EQ(ask(b, order), Reject::unknown_instrument);
  order = buy(1);
  order.strategy = 2;
  EXPECT_EQ(ask(b, order), Reject::unknown_strategy);
}

TEST(PreTrade, RefusesWhatIsNoOrder) {
  Bench b;
  Instrument cents = whole();
  cents.price_step = 5;
  NameTerms lots = plain();
  lots.lot_step = 10;
  const auto index = b.gate.add(cents, lots);
  b.gate.mark(index, Ticks{100}, kNow);
  const auto of = [&](Intent order) {
    order.instrument = index;
    return ask(b, order);
  };
  EXPECT_EQ(of(buy(10)), Reject::none);
  EXPECT_EQ(of(limit(Side::none, 10)), Reject::side_missing);
  EXPECT_EQ(of(buy(0)), Reject::quantity_not_positive);
  EXPECT_EQ(of(buy(15)), Reject::quantity_off_lot);
  EXPECT_EQ(of(buy(10, 101)), Reject::price_off_increment);
  EXPECT_EQ(of(buy(10, kMaxPrice)), Reject::price_out_of_range);
  EXPECT_EQ(of(buy(kMostLots)), Reject::quantity_off_lot);
  EXPECT_EQ(ask(b, buy(kMostLots)), Reject::quantity_too_large);
}

TEST(PreTrade, FailsClosedWithoutAFreshReference) {
  Bench b;
  b.set(Limit::reference_age, 10 * kNano);
  EXPECT_EQ(ask(b, buy(1), kNow + Nanos{10 * kNano}), Reject::none);
  EXPECT_EQ(ask(b, buy(1), kNow + Nanos{10 * kNano + 1}), Reject::stale_reference);
  b.gate.forget_mark(0);
  EXPECT_EQ(ask(b, buy(1)), Reject::no_reference_price);
  b.hold(-5);  // even where it could only reduce
  EXPECT_EQ(ask(b, buy(1)), Reject::no_reference_price);
}

TEST(PreTrade, FailsClosedWithoutALimitThatMustBeSet) {
  Bench b;
  b.book.required = bit(Limit::max_order_notional);
  b.set(Limit::price_collar, 100'000);
  EXPECT_EQ(ask(b, buy(1)), Reject::limit_missing);
  b.set(Limit::max_order_notional, 1000 * kMicro);
  EXPECT_EQ(ask(b, buy(1)), Reject::none);
}

TEST(PreTrade, ClocksMayDisagreeOnlySoFar) {
  Bench b;
  b.set(Limit::clock_tolerance, 1000);
  Intent order = buy(1);
  order.created = kNow - Nanos{1000};
  EXPECT_EQ(ask(b, order), Reject::none);
  order.created = kNow - Nanos{1001};
  EXPECT_EQ(ask(b, order), Reject::clock_skew);
  order.created = kNow + Nanos{1001};
  EXPECT_EQ(ask(b, order), Reject::clock_skew);
  order = buy(1);
  EXPECT_EQ(ask(b, order, kNow - Nanos{1001}), Reject::clock_skew);  // time went back
  b.gate.mark(0, Ticks{100}, kNow + Nanos{2000});  // a price from the future
  EXPECT_EQ(ask(b, order), Reject::clock_skew);
}

TEST(PreTrade, TradingHaltsAndTheRestrictedListHold) {
  Bench b;
  b.hold(10);
  b.gate.set_halted(0, true);
  EXPECT_EQ(ask(b, sell(1)), Reject::trading_halt);
  b.gate.set_halted(0, false);
  b.gate.set_restriction(0, Restriction::closing_only);
  EXPECT_EQ(ask(b, sell(10)), Reject::none);
  EXPECT_EQ(ask(b, sell(11)), Reject::restricted);
  b.gate.set_restriction(0, Restriction::forbidden);
  EXPECT_EQ(ask(b, sell(1)), Reject::restricted);
}

TEST(PreTrade, SizesOfOneOrderAreLimitedAndTheEdgePasses) {
  Bench b;
  b.set(Limit::max_order_quantity, 50 * kMicro).set(Limit::volume_share, 4'000);
  EXPECT_EQ(ask(b, buy(40)), Reject::none);
  EXPECT_EQ(ask(b, buy(41)), Reject::volume_share);
  EXPECT_EQ(ask(b, buy(51)), Reject::max_quantity);
  b.set(Limit::max_order_notional, 3'900 * kMicro);
  EXPECT_EQ(ask(b, buy(39)), Reject::none);
  EXPECT_EQ(ask(b, buy(40)), Reject::max_notional);
  NameTerms unknown = plain();
  unknown.daily_volume = Lots{};
  b.gate.describe(0, unknown);
  EXPECT_EQ(ask(b, buy(1)), Reject::volume_unknown);
}

TEST(PreTrade, TheCollarHoldsBothWays) {
  Bench b;
  b.set(Limit::price_collar, 100'000);
  EXPECT_EQ(ask(b, buy(1, 110)), Reject::none);
  EXPECT_EQ(ask(b, buy(1, 111)), Reject::price_collar);
  EXPECT_EQ(ask(b, sell(1, 89)), Reject::price_collar);
}

TEST(PreTrade, TheWindowRemembersWherePricesWere) {
  Bench b;
  b.set(Limit::window_collar, 100'000).set(Limit::collar_window, 10 * kNano);
  b.gate.mark(0, Ticks{100}, kNow);
  b.gate.mark(0, Ticks{130}, kNow + Nanos{kNano});
  EXPECT_EQ(ask(b, buy(1, 110)), Reject::none);
  EXPECT_EQ(ask(b, buy(1, 111)), Reject::window_collar);
  EXPECT_EQ(ask(b, sell(1, 117)), Reject::none);
  EXPECT_EQ(ask(b, sell(1, 116)), Reject::window_collar);
  b.gate.mark(0, Ticks{130}, kNow + Nanos{11 * kNano});  // still looked back on
  EXPECT_EQ(ask(b, buy(1, 130)), Reject::window_collar);
  b.gate.mark(0, Ticks{130}, kNow + Nanos{21 * kNano});
  EXPECT_EQ(ask(b, buy(1, 130)), Reject::none);
}

TEST(PreTrade, TheBandHoldsAndMustBeKnown) {
  Bench b;
  b.set(Limit::price_band, 1);
  EXPECT_EQ(ask(b, buy(1)), Reject::price_band_unknown);
  b.gate.set_band(0, std::pair{Ticks{95}, Ticks{105}});
  EXPECT_EQ(ask(b, buy(1, 105)), Reject::none);
  EXPECT_EQ(ask(b, buy(1, 106)), Reject::price_band);
  EXPECT_EQ(ask(b, buy(1, 90)), Reject::none);  // it would only rest too low
  EXPECT_EQ(ask(b, sell(1, 94)), Reject::price_band);
}

TEST(PreTrade, ACopyWithinTheWindowIsRefused) {
  Bench b;
  b.set(Limit::duplicate_window, kNano);
  EXPECT_EQ(ask(b, buy(7)), Reject::none);
  EXPECT_EQ(ask(b, buy(7), kNow + Nanos{kNano}), Reject::duplicate_order);
  EXPECT_EQ(ask(b, buy(8), kNow + Nanos{kNano}), Reject::none);
  EXPECT_EQ(ask(b, buy(7), kNow + Nanos{kNano + 1}), Reject::none);
  Intent change = buy(7);
  change.replaces = true;
  EXPECT_EQ(ask(b, change, kNow + Nanos{kNano + 1}), Reject::none);
  b.hold(-100);  // what reduces is no exception
  EXPECT_EQ(ask(b, buy(7), kNow + Nanos{kNano + 2}), Reject::duplicate_order);
}

TEST(PreTrade, OurOrdersDoNotMeet) {
  Bench b;
  b.set(Limit::self_trade, 1);
  b.open(Side::sell, 5, 103);
  b.open(Side::sell, 5, 102);
  EXPECT_EQ(ask(b, buy(1, 101)), Reject::none);
  EXPECT_EQ(ask(b, buy(1, 102)), Reject::self_trade);
  Intent market = buy(1);
  market.has_limit = false;
  EXPECT_EQ(ask(b, market), Reject::self_trade);
  Open is{0, 0, Side::sell, true, Ticks{102}, Lots{5}};
  Open none = is;
  none.quantity = Lots{};
  b.gate.working(is, none);
  EXPECT_EQ(ask(b, buy(1, 102)), Reject::none);
  EXPECT_EQ(ask(b, buy(1, 103)), Reject::self_trade);
}

TEST(PreTrade, ShortSalesNeedALocateAndAPriceAboveTheBid) {
  Bench b;
  b.set(Limit::short_sale, 1);
  b.hold(10);
  EXPECT_EQ(ask(b, sell(10)), Reject::none);
  EXPECT_EQ(ask(b, sell(11)), Reject::no_locate);
  b.gate.set_located(0, Lots{5});
  EXPECT_EQ(ask(b, sell(15)), Reject::none);
  EXPECT_EQ(ask(b, sell(16)), Reject::no_locate);
  b.gate.set_price_test(0, true);
  EXPECT_EQ(ask(b, sell(15)), Reject::short_price);  // no bid is known
  b.gate.set_bid(0, Ticks{100});
  EXPECT_EQ(ask(b, sell(15, 100)), Reject::short_price);
  EXPECT_EQ(ask(b, sell(15, 101)), Reject::none);
  EXPECT_EQ(ask(b, sell(10, 100)), Reject::none);  // not short
}

TEST(PreTrade, PositionsCountWhatIsOpen) {
  Bench b;
  b.set(Limit::max_position, 100 * kMicro);
  b.hold(60);
  b.open(Side::buy, 30);
  b.open(Side::sell, 500, 101);
  EXPECT_EQ(ask(b, buy(10)), Reject::none);
  EXPECT_EQ(ask(b, buy(11)), Reject::position_limit);
}

TEST(PreTrade, MessagesAreRationedByATokenBucket) {
  Bench b;
  b.set(Limit::message_rate, 1000).set(Limit::message_burst, 2);  // one a second
  EXPECT_EQ(ask(b, buy(1)), Reject::none);
  EXPECT_EQ(ask(b, buy(1)), Reject::none);
  EXPECT_EQ(ask(b, buy(1)), Reject::message_rate);
  EXPECT_EQ(ask(b, buy(1), kNow + Nanos{kNano - 1}), Reject::message_rate);
  EXPECT_EQ(ask(b, buy(1), kNow + Nanos{kNano}), Reject::none);
  b.hold(-5);
  EXPECT_EQ(ask(b, buy(5), kNow + Nanos{kNano}), Reject::none);  // reduces
}

TEST(PreTrade, AStrategysOwnRateIsItsOwnBucket) {
  Bench b;
  b.book.strategies.resize(2);
  b.book.strategies[1].set(Limit::message_rate, 1000);
  b.set(Limit::message_rate, 5000);
  Intent fast = buy(1);
  fast.strategy = 1;
  EXPECT_EQ(ask(b, fast), Reject::none);
  EXPECT_EQ(ask(b, fast), Reject::message_rate);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(b, buy(1)), Reject::none);
  EXPECT_EQ(ask(b, buy(1)), Reject::message_rate);
}

TEST(PreTrade, RepeatedExecutionsStopAScope) {
  Bench b;
  b.book.strategies.resize(1);
  b.book.strategies[0].set(Limit::max_executions, 2);
  b.set(Limit::execution_window, kNano);
  b.hold(1);
  b.hold(1);
  EXPECT_EQ(ask(b, buy(1)), Reject::none);
  b.hold(1);
  EXPECT_EQ(ask(b, buy(1)), Reject::execution_throttle);
  EXPECT_EQ(ask(b, sell(3)), Reject::none);  // reduces
  Intent other = buy(1);
  other.strategy = 1;
  EXPECT_EQ(ask(b, other), Reject::none);
  ASSERT_EQ(b.gate.states().log().size(), 1U);
  const Transition& said = b.gate.states().log()[0];
  EXPECT_EQ(said.scope, (Scope{ScopeKind::strategy, 0}));
  EXPECT_EQ(said.to, Mode::reduce_only);
  EXPECT_EQ(said.who, "gate");
  b.gate.enable({ScopeKind::strategy, 0}, "R. Officer", "looked at it", kNow);
  EXPECT_EQ(ask(b, buy(1)), Reject::none);
}

TEST(PreTrade, MessagesMustLeadToTrades) {
  Bench b;
  b.set(Limit::order_to_trade, 2000).set(Limit::free_messages, 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(b, buy(1)), Reject::none);
  EXPECT_EQ(ask(b, buy(1)), Reject::order_to_trade);
  b.hold(1);
  EXPECT_EQ(ask(b, buy(1)), Reject::none);
  b.gate.message(0, 0, kNow);  // a cancel counts, and passes
  EXPECT_EQ(ask(b, buy(1)), Reject::order_to_trade);
  b.gate.begin_day();
  EXPECT_EQ(ask(b, buy(1)), Reject::none);
}

TEST(PreTrade, OpenOrdersAreLimitedByNumberAndValue) {
  Bench b;
  b.set(Limit::open_orders, 2).set(Limit::open_notional, 2'500 * kMicro);
  b.open(Side::buy, 10);
  EXPECT_EQ(ask(b, buy(15)), Reject::none);
  EXPECT_EQ(ask(b, buy(16)), Reject::open_notional);
  b.open(Side::buy, 1, 100, 1);
  EXPECT_EQ(ask(b, buy(1)), Reject::open_orders);
}

TEST(PreTrade, GrossAndNetExposureAreLimited) {
  Bench b;
  b.hold(-50, 1);
  b.set(Limit::gross_exposure, 15'000 * kMicro);
  EXPECT_EQ(ask(b, buy(100)), Reject::none);
  EXPECT_EQ(ask(b, buy(101)), Reject::gross_exposure);
  b.set(Limit::net_exposure, 4'000 * kMicro);
  EXPECT_EQ(ask(b, buy(90)), Reject::none);
  EXPECT_EQ(ask(b, buy(91)), Reject::net_exposure);
  EXPECT_EQ(ask(b, sell(1)), Reject::net_exposure);  // from -5,000 further down
}

TEST(PreTrade, ConcentrationIsLimitedByNameSectorClassAndGroup) {
  Bench b;
  b.set(Limit::name_share, 10'000);  // of 1,000,000
  EXPECT_EQ(ask(b, buy(100)), Reject::none);
  EXPECT_EQ(ask(b, buy(101)), Reject::name_concentration);
  b.hold(-60, 1);
  b.set(Limit::sector_share, 15'000);
  EXPECT_EQ(ask(b, buy(90)), Reject::none);
  EXPECT_EQ(ask(b, buy(91)), Reject::sector_concentration);
  b.set(Limit::asset_class_share, 14'000);
  EXPECT_EQ(ask(b, buy(81)), Reject::asset_class_concentration);
  b.set(Limit::group_share, 13'000).set(Limit::asset_class_share, 15'000);
  EXPECT_EQ(ask(b, buy(70)), Reject::none);
  EXPECT_EQ(ask(b, buy(71)), Reject::group_concentration);
  NameTerms other = plain();
  other.sector = 2;
  other.group = 0;
  other.asset_class = 1;
  b.gate.describe(0, other);
  EXPECT_EQ(ask(b, buy(100)), Reject::none);
  EXPECT_EQ(b.gate.exposures(), b.gate.recomputed());
}

TEST(PreTrade, APositionMustNotTakeTooLongToLeave) {
  Bench b;
  b.set(Limit::days_to_liquidate, 500).set(Limit::liquidation_share, 200'000);
  EXPECT_EQ(ask(b, buy(1000)), Reject::none);  // half a day at a fifth of 10,000
  EXPECT_EQ(ask(b, buy(1001)), Reject::days_to_liquidate);
}

TEST(PreTrade, LeverageMarginAndCashAreLimited) {
  Bench b;
  b.set(Limit::leverage, 2'000'000);
  EXPECT_EQ(ask(b, buy(20'000)), Reject::none);
  EXPECT_EQ(ask(b, buy(20'001)), Reject::leverage);
  b.set(Limit::leverage, 9'000'000).set(Limit::margin, 1);  // half of the value
  EXPECT_EQ(ask(b, sell(20'000)), Reject::none);
  EXPECT_EQ(ask(b, sell(20'001)), Reject::insufficient_margin);
  b.set(Limit::margin, 0).set(Limit::cash_only, 1);
  EXPECT_EQ(ask(b, buy(10'000)), Reject::none);
  EXPECT_EQ(ask(b, buy(10'001)), Reject::insufficient_cash);
  EXPECT_EQ(ask(b, sell(1)), Reject::position_limit);
}

TEST(PreTrade, ValueAtRiskHasABudgetThatHedgesMayUse) {
  Bench b;
  const auto one = std::int32_t{1} << kLoadingShift;
  Loadings factor;
  factor.factor[0] = one / 64;  // 1.5625 % a day, all of it common
  b.gate.set_quantile(2000);
  b.set(Limit::var_budget, 3'125 * kMicro);  // two deviations of 100,000
  EXPECT_EQ(ask(b, buy(1)), Reject::risk_model_missing);
  b.gate.set_loadings(0, factor);
  b.gate.set_loadings(1, factor);
  EXPECT_EQ(ask(b, buy(999)), Reject::none);
  EXPECT_EQ(ask(b, buy(1001)), Reject::var_budget);
  b.hold(-2000, 1);  // beyond the budget now
  EXPECT_EQ(ask(b, sell(1)), Reject::var_budget);
  EXPECT_EQ(ask(b, buy(1)), Reject::none);  // it lowers what is at risk
  EXPECT_NEAR(static_cast<double>(to_micro(b.gate.value_at_risk())) / 1e6, 6250.0, 1.0);
  EXPECT_EQ(b.gate.exposures(), b.gate.recomputed());
}

TEST(PreTrade, LossesOfTheDayAndFallsFromThePeakTightenTheState) {
  Bench b;
  b.book.all.set(Limit::daily_loss_soft, 1'000 * kMicro);
  b.set(Limit::daily_loss, 2'000 * kMicro).set(Limit::cancel_on_halt, 1);
  b.hold(100);
  b.gate.mark(0, Ticks{91}, kNow);
  EXPECT_EQ(ask(b, buy(1, 91)), Reject::none);
  b.gate.mark(0, Ticks{90}, kNow);
  EXPECT_EQ(ask(b, buy(1, 90)), Reject::daily_loss);
  EXPECT_EQ(ask(b, sell(100, 90)), Reject::none);
  EXPECT_FALSE(b.gate.has_halted());
  b.gate.mark(0, Ticks{80}, kNow);
  EXPECT_EQ(ask(b, sell(1, 80)), Reject::daily_loss_hard);
  EXPECT_EQ(b.gate.take_halted().size(), 1U);
  b.gate.mark(0, Ticks{100}, kNow);
  EXPECT_EQ(ask(b, sell(1)), Reject::daily_loss_hard);  // nobody enabled it
  EXPECT_THROW(b.gate.enable({ScopeKind::account, 0}, "A", " ", kNow),
               std::invalid_argument);
  EXPECT_TRUE(b.gate.enable({ScopeKind::account, 0}, "A. Officer", "recovered", kNow));
  EXPECT_EQ(ask(b, buy(1)), Reject::none);

  Bench c;
  c.set(Limit::drawdown, 10'000);
  c.hold(1000);
  c.gate.mark(0, Ticks{200}, kNow);  // peak 1,100,000
  c.gate.mark(0, Ticks{189}, kNow);  // 11,000 below it
  EXPECT_EQ(ask(c, buy(1, 189)), Reject::none);
  c.gate.mark(0, Ticks{188}, kNow);
  EXPECT_EQ(ask(c, buy(1, 188)), Reject::drawdown);
}

TEST(PreTrade, AStrategyLosesByItself) {
  Bench b;
  b.book.strategies.resize(2);
  b.book.strategies[1].set(Limit::daily_loss, 100 * kMicro);
  b.gate.apply(b.book);
  b.gate.executed(0, 1, Ticks{100}, Lots{10}, Money{}, kNow);
  b.gate.executed(0, 0, Ticks{100}, Lots{-10}, Money{}, kNow);
  b.gate.mark(0, Ticks{90}, kNow);
  EXPECT_EQ(b.gate.profit_of(1).now(), -units(100));
  EXPECT_EQ(b.gate.profit_of(0).now(), units(100));
  EXPECT_EQ(b.gate.profit().now(), Money{});
  Intent its = sell(1, 90);
  its.strategy = 1;
  EXPECT_EQ(ask(b, its), Reject::daily_loss_hard);
  EXPECT_EQ(ask(b, sell(1, 90)), Reject::none);
}

TEST(PreTrade, AFlipPassesIsCutOrIsRefused) {
  Bench b;
  b.hold(10);
  EXPECT_EQ(ask(b, sell(15)), Reject::none);
  b.set(Limit::flip, 2);
  EXPECT_EQ(ask(b, sell(15)), Reject::would_flip);
  b.set(Limit::flip, 1);
  const Verdict cut = b.gate.judge(sell(15), kNow);
  EXPECT_EQ(cut.reason, Reject::none);
  EXPECT_EQ(cut.quantity, Lots{10});
  b.gate.restrict({}, Mode::reduce_only, Reject::none, "A", "look", kNow);
  EXPECT_EQ(b.gate.judge(sell(15), kNow).quantity, Lots{10});
  EXPECT_EQ(ask(b, buy(1)), Reject::reduce_only);
}

TEST(PreTrade, TheMostSpecificSettingWins) {
  LimitBook book;
  book.all.set(Limit::open_orders, 1);
  book.account.set(Limit::open_orders, 2);
  book.strategies.resize(2);
  book.strategies[1].set(Limit::open_orders, 3);
  book.instruments.resize(2);
  book.instruments[1].set(Limit::open_orders, 4);
  const auto of = [&](std::size_t s, std::size_t i) {
    return resolve(book, s, i, whole(), 2326);
  };
  EXPECT_EQ(of(0, 0)[Limit::open_orders], 2);
  EXPECT_EQ(of(0, 0).of(Limit::open_orders), Owner::account);
  EXPECT_EQ(of(1, 0)[Limit::open_orders], 3);
  EXPECT_EQ(of(1, 1)[Limit::open_orders], 4);
  EXPECT_EQ(of(1, 1).of(Limit::open_orders), Owner::instrument);
  book.strategies[1].lift(Limit::open_orders);
  EXPECT_FALSE(of(1, 0).has(Limit::open_orders));
  EXPECT_TRUE(of(1, 1).has(Limit::open_orders));
}

TEST(PreTrade, NewLimitsCountAtOnceAndWrongOnesChangeNothing) {
  Bench b;
  b.set(Limit::max_order_quantity, 10 * kMicro);
  EXPECT_THROW(b.book.all.set(Limit::max_order_quantity, 0), std::invalid_argument);
  EXPECT_THROW(b.book.all.set(Limit::flip, 3), std::invalid_argument);
  LimitBook wrong;
  wrong.strategies.resize(1);
  wrong.strategies[0].set(Limit::drawdown, 1);
  EXPECT_THROW(b.gate.apply(wrong), std::invalid_argument);
  EXPECT_EQ(ask(b, buy(11)), Reject::max_quantity);
}

TEST(PreTrade, WithoutAConnectionNothingLeaves) {
  Bench b;
  b.hold(5);
  b.gate.set_connected(false);
  EXPECT_EQ(ask(b, sell(5)), Reject::disconnected);
  b.gate.set_connected(true);
  EXPECT_EQ(ask(b, sell(5)), Reject::none);
}

TEST(PreTrade, RatesRevalueWhatIsHeldAndOpen) {
  Bench b;
  b.hold(10);
  b.open(Side::buy, 5);
  b.gate.set_rate(0, kNano / 2);
  EXPECT_EQ(b.gate.exposures().gross, units(750));
  EXPECT_EQ(b.gate.counters().open_notional, units(250));
  EXPECT_EQ(b.gate.equity(), units(999'500));
  EXPECT_EQ(b.gate.exposures(), b.gate.recomputed());
}

TEST(PreTrade, ExtremesSaturateAndDoNotWrap) {
  Bench b;
  b.gate.hold(0, 0, Lots{kMaxQuantity});
  b.gate.mark(0, Ticks{kMaxPrice - 1}, kNow);
  EXPECT_EQ(b.gate.exposures().gross, kMostValue);
  EXPECT_EQ(ask(b, buy(kMaxQuantity)), Reject::quantity_too_large);
  b.gate.hold(0, 0, Lots{-kMaxQuantity});
  EXPECT_EQ(b.gate.exposures().gross, Money{});
  EXPECT_EQ(b.gate.exposures(), b.gate.recomputed());
}

TEST(PreTrade, TheDigestTellsStatesApart) {
  const auto digest = [](const Gate& gate) {
    Digest out;
    gate.digest(out);
    return out.value();
  };
  Bench a, b;
  EXPECT_EQ(digest(a.gate), digest(b.gate));
  b.gate.message(0, 0, kNow);
  EXPECT_NE(digest(a.gate), digest(b.gate));
}

}  // namespace
}  // namespace ai_trading::risk
