"""Sizers and throttles: worked cases, published numbers, and use from a strategy."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk.breakers import CircuitBreaker, DrawdownThrottle
from ai_trading.risk.kelly import empirical_bet
from ai_trading.risk.sizing import (
    AtrSizer,
    FixedFraction,
    KellySizer,
    Situation,
    VolatilityTarget,
    average_true_range,
    smallest,
)
from ai_trading.strategies.backtest import BacktestEngine
from ai_trading.strategies.base import BaseStrategy
from ai_trading.strategies.signals import StrategySignal

HOUR = 3_600 * 10**9
# 2026-01-15, 15:00 UTC: ten in the morning in New York.
MORNING = 1_768_489_200 * 10**9


def bars(close, spread=0.5):
    close = np.asarray(close, dtype=float)
    return SimpleNamespace(
        timestamp=MORNING + HOUR * np.arange(close.size),
        high=close + spread,
        low=close - spread,
        close=close,
        __len__=None,
    )


def situation(close, value=100_000.0, spread=0.5):
    made = bars(close, spread)
    return Situation(
        portfolio_value=value,
        price=float(made.close[-1]),
        now_ns=int(made.timestamp[-1]),
        high=made.high,
        low=made.low,
        close=made.close,
    )


def walk(seed, size=300, width=0.01):
    steps = np.random.default_rng(seed).normal(0.0005, width, size)
    return 100 * np.cumprod(1 + steps)


def signal(side, strength=1.0):
    return StrategySignal("AAPL", side, strength)


# Sizers.


def test_the_turtles_size_heating_oil():
    # C. M. Faith, "The Original Turtle Trading Rules", 2003, chapter 3: N = .0141, an
    # account of 1,000,000 and 42,000 dollars per point give 16.88 contracts.
    flat = np.full(25, 0.80)
    now = Situation(
        portfolio_value=1e6,
        price=0.80,
        high=flat + 0.0141 / 2,
        low=flat - 0.0141 / 2,
        close=flat,
        multiplier=42_000,
    )

    units = AtrSizer(risk=0.01, multiple=1, period=20, most=10).units(now)

    assert units == pytest.approx(16.88, abs=0.01)


def test_a_stop_that_is_hit_loses_the_risk_that_was_named():
    now = situation(walk(1))
    sizer = AtrSizer(risk=0.005, multiple=3, period=14, most=100)

    span = average_true_range(now.high, now.low, now.close, period=14)

    assert sizer.units(now) * 3 * span == pytest.approx(0.005 * now.portfolio_value)


def test_the_true_range_reaches_to_the_close_before():
    # Bars 10-11 after a close of 8: the range is 3, not 1. Then a plain bar of 2.
    found = average_true_range([9, 11, 11], [7, 10, 9], [8, 10, 10], period=1)

    assert found == 2.0
    assert average_true_range([9, 11, 11], [7, 10, 9], [8, 10, 10], period=2) == 2.5


@given(st.integers(0, 10**6), st.integers(1, 20))
def test_the_average_true_range_is_wilders_recursion(seed, period):
    close = walk(seed, 60)
    rng = np.random.default_rng(seed)
    high, low = close + rng.random(60), close - rng.random(60)

    spans = [
        max(high[i] - low[i], abs(high[i] - close[i - 1]), abs(low[i] - close[i - 1]))
        for i in range(1, 60)
    ]
    slow = sum(spans[:period]) / period
    for span in spans[period:]:
        slow = (slow * (period - 1) + span) / period

    found = average_true_range(high, low, close, period=period)
    assert found == pytest.approx(slow, rel=1e-12)


def test_what_is_held_at_the_target_fluctuates_by_it():
    now = situation(walk(2))
    sizer = VolatilityTarget(target=0.10, lookback=250, most=10)

    returns = now.close[-250:] / now.close[-251:-1] - 1
    held = sizer.fraction(now) * returns

    assert math.sqrt(np.mean(held**2) * 252) == pytest.approx(0.10)


def test_recent_returns_weigh_more_with_decay():
    calm_then_wild = np.concatenate([walk(3, 100, 0.002), walk(3, 60, 0.03)])
    now = situation(calm_then_wild)

    plain = VolatilityTarget(lookback=150).fraction(now)
    recent = VolatilityTarget(lookback=150, decay=0.94).fraction(now)

    assert recent < plain


def test_a_part_of_the_growth_optimal_notional_up_to_the_cap():
    now = situation(walk(4, 300, 0.03))
    returns = now.close[-252:] / now.close[-253:-1] - 1
    whole = empirical_bet(returns).notional

    assert KellySizer(part=0.1, most=9).fraction(now) == pytest.approx(0.1 * whole)
    assert KellySizer(part=1, most=0.05).fraction(now) <= 0.05


def test_the_smallest_of_several_counts():
    now = situation(walk(5))
    each = [VolatilityTarget(target=0.1), AtrSizer(risk=0.01), FixedFraction(0.3)]

    together = smallest(*each).fraction(now)

    assert together == min(sizer.fraction(now) for sizer in each)


@given(st.floats(0.1, 10), st.integers(0, 1000))
def test_the_fraction_does_not_depend_on_the_currency(scale, seed):
    close = walk(seed)
    for sizer in (VolatilityTarget(most=50), AtrSizer(most=50), KellySizer(most=50)):
        one = sizer.fraction(situation(close))
        other = sizer.fraction(situation(close * scale, spread=0.5 * scale))
        assert other == pytest.approx(one, rel=1e-6, abs=1e-9)


# Orders.


@pytest.mark.parametrize(
    ("side", "strength", "held", "size"),
    [
        ("buy", 1.0, 0, 100),
        ("buy", 0.5, 0, 50),
        ("buy", 1.0, 30, 70),
        ("buy", 1.0, 150, 0),
        ("buy", 1.0, -20, 120),
        ("sell", 1.0, 40, 40),
        ("sell", 0.1, 40, 40),
        ("sell", 1.0, -40, 0),
        ("sell_short", 1.0, 0, 100),
        ("sell_short", 1.0, 40, 140),
        ("sell_short", 1.0, -100, 0),
    ],
)
def test_an_order_is_what_is_missing_to_the_target(side, strength, held, size):
    now = Situation(portfolio_value=10_000, price=10.0)  # a tenth is 100 units

    found = FixedFraction(0.1).order_size(signal(side, strength), now, held)

    assert found == pytest.approx(size)


def test_reducing_a_position_needs_no_bars_and_is_never_cut():
    throttle = DrawdownThrottle(0.1)
    throttle.observe(0, 1000.0)
    sizer = VolatilityTarget().then(throttle)
    ruined = Situation(portfolio_value=500.0, price=10.0)

    assert sizer.order_size(signal("sell"), ruined, 30) == 30
    assert sizer.order_size(signal("buy"), ruined, -30) == 30
    assert sizer.order_size(signal("buy"), ruined, 0) == 0


def test_a_portfolio_worth_nothing_buys_nothing():
    for value in (0.0, -50.0):
        now = Situation(portfolio_value=value, price=10.0)
        assert FixedFraction(0.5).order_size(signal("buy"), now, 0) == 0


# Throttles.


def test_the_throttle_cuts_by_the_rule_and_forgets_with_a_new_peak():
    throttle = DrawdownThrottle(0.2)
    left = []
    for value in (100, 90, 80, 70, 100, 110, 99):
        throttle.observe(0, value)
        left.append(throttle.left)

    # (L - d) / (L (1 - d)): at 10 % it is .1/.18.
    assert left == pytest.approx([1, 0.1 / 0.18, 0, 0, 1, 1, 0.1 / 0.18])


def test_throttles_multiply():
    first, second = DrawdownThrottle(0.2), DrawdownThrottle(0.4)
    sizer = FixedFraction(0.5).then(first, second)
    sizer.observe(0, 100.0)
    now = Situation(portfolio_value=90.0, price=1.0)

    assert sizer.fraction(now) == pytest.approx(0.5 * (0.1 / 0.18) * (0.3 / 0.36))


@given(st.lists(st.floats(1, 200), min_size=1, max_size=40))
def test_a_stake_in_proportion_to_the_room_above_the_floor(values):
    throttle = DrawdownThrottle(0.25)
    for value in values:
        throttle.observe(0, value)

    floor = 0.75 * max(values)
    room = max(values[-1] - floor, 0) / 0.25
    assert throttle.left * values[-1] == pytest.approx(room, abs=1e-9)


def test_a_daily_loss_stops_the_day_and_only_the_day():
    breaker = CircuitBreaker(daily_loss=0.03)
    breaker.observe(MORNING, 100.0)
    breaker.observe(MORNING + HOUR, 97.0)
    stopped = breaker.is_open
    breaker.observe(MORNING + 2 * HOUR, 105.0)
    still = breaker.is_open
    breaker.observe(MORNING + 24 * HOUR, 104.0)

    # Measured from the last value of the day before: 104 after 105 is no loss of 3 %.
    assert (stopped, still, breaker.is_open) == (True, True, False)
    breaker.observe(MORNING + 25 * HOUR, 101.8)
    assert breaker.is_open
    assert [trip.rule for trip in breaker.trips] == ["daily_loss", "daily_loss"]
    assert breaker.trips[1].loss == pytest.approx(1 - 101.8 / 105)


def test_a_day_begins_at_midnight_of_its_zone():
    # 04:00 UTC is still yesterday in New York, and 05:00 is today.
    midnight = MORNING - 10 * HOUR
    for zone, stopped in (("America/New_York", False), ("UTC", True)):
        breaker = CircuitBreaker(daily_loss=0.03, zone=zone)
        breaker.observe(midnight - 2 * HOUR, 100.0)
        breaker.observe(midnight - 1, 96.0)
        breaker.observe(midnight, 96.0)
        assert breaker.is_open is stopped, zone


def test_a_rapid_loss_pauses_for_a_while_and_is_counted_once():
    breaker = CircuitBreaker(rapid_loss=0.02, window_s=600, pause_s=1800)
    minute = 60 * 10**9
    breaker.observe(0, 100.0)
    breaker.observe(5 * minute, 97.9)
    assert breaker.is_open
    breaker.observe(34 * minute, 97.9)
    assert breaker.is_open
    breaker.observe(35 * minute, 97.9)
    assert not breaker.is_open
    assert len(breaker.trips) == 1


def test_a_slow_loss_is_no_rapid_one():
    breaker = CircuitBreaker(rapid_loss=0.02, window_s=600)
    minute = 60 * 10**9
    for i in range(12):
        breaker.observe(i * 11 * minute, 100.0 - i)

    assert not breaker.is_open


@given(st.lists(st.floats(50, 150), min_size=1, max_size=60), st.integers(1, 20))
def test_the_rapid_loss_is_from_the_highest_value_in_the_window(values, window):
    breaker = CircuitBreaker(rapid_loss=0.05, window_s=window, pause_s=1e-9)

    tripped_at = None
    for i, value in enumerate(values):
        breaker.observe(i * 10**9, value)
        if breaker.trips and tripped_at is None:
            tripped_at = i
    expected = next(
        (
            i
            for i, value in enumerate(values)
            if 1 - value / max(values[max(0, i - window) : i + 1]) >= 0.05 * (1 - 1e-12)
        ),
        None,
    )

    assert tripped_at == expected


def test_a_drawdown_stays_open_until_somebody_resets_it_with_a_reason():
    breaker = CircuitBreaker(drawdown=0.1)
    breaker.observe(0, 100.0)
    breaker.observe(1, 89.0)
    breaker.observe(30 * 24 * HOUR, 150.0)
    assert breaker.is_open

    breaker.reset("R. Officer", "limits reviewed")

    assert not breaker.is_open
    assert [trip.rule for trip in breaker.trips] == ["drawdown", "reset"]
    assert breaker.trips[1].note == "R. Officer: limits reviewed"
    breaker.observe(30 * 24 * HOUR + 1, 136.0)
    assert not breaker.is_open
    breaker.observe(30 * 24 * HOUR + 2, 134.0)
    assert breaker.is_open


def test_an_open_breaker_leaves_nothing_of_a_size():
    sizer = FixedFraction(0.2).then(CircuitBreaker(daily_loss=0.05))
    before = Situation(portfolio_value=100.0, price=1.0, now_ns=MORNING)
    after = Situation(portfolio_value=94.0, price=1.0, now_ns=MORNING + HOUR)

    assert sizer.fraction(before) == 0.2
    assert sizer.fraction(after) == 0


# From a strategy.


class Trend(BaseStrategy):
    def __init__(self):
        super().__init__("trend")
        self.sizer = smallest(VolatilityTarget(target=0.2), FixedFraction(0.5)).then(
            DrawdownThrottle(0.2), CircuitBreaker(daily_loss=0.1)
        )

    def generate_signals(self, market_data):
        self.bars = market_data
        return [
            StrategySignal(symbol, "buy", 1.0)
            for symbol, window in market_data.items()
            if len(window) > 61 and window.close[-1] > window.close[-20]
        ]

    def calculate_position_size(self, signal, portfolio_value, current_position):
        now = Situation.of(self.bars[signal.symbol], portfolio_value)
        return self.sizer.order_size(signal, now, current_position)


def test_a_strategy_trades_what_its_sizer_says():
    close = np.round(walk(8, 200, 0.008), 2)
    days = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
    bars = {
        "date": days[np.is_busday(days)][:200],
        "open": close,
        "high": close + 0.5,
        "low": close - 0.5,
        "close": close,
        "volume": np.full(200, 1_000_000),
    }

    result = BacktestEngine().run_backtest(Trend(), {"AAPL": bars})

    first = result.orders[0]
    assert len(result.fills) > 0
    assert 0 < first["quantity"] * close[62] <= 0.51 * float(result.initial_cash)


# Bad input.


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: FixedFraction(-1), ArgumentError, "share must not be negative"),
        (lambda: VolatilityTarget(target=0), ArgumentError, "target must be positive"),
        (lambda: VolatilityTarget(decay=1), ArgumentError, "decay must lie"),
        (lambda: AtrSizer(risk=2), ArgumentError, r"Did you mean 0\.02"),
        (lambda: KellySizer(part=-0.5), ArgumentError, "part must lie"),
        (smallest, ArgumentError, "one sizer or more"),
        (lambda: Situation(portfolio_value=1, price=0), ArgumentError, "price must be"),
        (lambda: Situation(portfolio_value=math.nan, price=1), ArgumentError, "finite"),
        (lambda: Situation.of(pandas_free([]), 1), DataError, "bars are empty"),
        (lambda: VolatilityTarget().fraction(situation([1, 2])), DataError,
         "2 bars are too few; at least 61"),
        (lambda: VolatilityTarget().fraction(situation([5] * 70)), DataError, "stale"),
        (lambda: VolatilityTarget().fraction(situation([1.0] * 69 + [-1.0])),
         ArgumentError, "price must be positive"),
        (lambda: AtrSizer().fraction(situation([1.0] * 20, spread=0)), DataError,
         "stale"),
        (lambda: average_true_range([1, 2], [1, 3], [1, 2], period=1), DataError,
         r"high\[1\] is 2, below low\[1\] of 3"),
        (lambda: average_true_range([1], [1, 3], [1, 2], period=1), DataError,
         "of one length"),
        (lambda: average_true_range([1, np.nan], [1, 1], [1, 1], period=1), DataError,
         r"high\[1\] is nan"),
        (lambda: DrawdownThrottle(20), ArgumentError, r"Did you mean 0\.2"),
        (CircuitBreaker, ArgumentError, "one limit at least"),
        (lambda: CircuitBreaker(daily_loss=3), ArgumentError, r"Did you mean 0\.03"),
        (lambda: CircuitBreaker(daily_loss=0.1, zone="Mars"), ArgumentError, "zone"),
        (
            lambda: CircuitBreaker(drawdown=0.1).reset("", "x"),
            ArgumentError,
            "name of who resets",
        ),
        (lambda: CircuitBreaker(drawdown=0.1).reset("x", ""), ArgumentError, "reason"),
    ],
)  # fmt: skip
def test_what_cannot_be_sized_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def pandas_free(close):
    class Window:
        timestamp = high = low = np.empty(0)

        def __init__(self):
            self.close = np.array(close)

        def __len__(self):
            return len(self.close)

    return Window()


def test_a_breaker_refuses_time_that_goes_backwards():
    breaker = CircuitBreaker(daily_loss=0.1)
    breaker.observe(10, 100.0)

    with pytest.raises(ArgumentError, match="must not go backwards; received 9"):
        breaker.observe(9, 100.0)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"window_s": 1e300}, "window_s must be seconds"),
        ({"pause_s": 1e300}, "pause_s must be seconds"),
        ({"zone": None}, "zone must be a name"),
        ({"zone": 3}, "zone must be a name"),
        ({"zone": "Mars"}, "zone must be a name"),
    ],
)
def test_terms_of_a_breaker_outside_their_domain_are_refused(terms, said):
    with pytest.raises(ArgumentError, match=said):
        CircuitBreaker(daily_loss=0.03, **terms)


@pytest.mark.parametrize("now_ns", [math.nan, None, "x", 1e18, True])
def test_a_time_that_is_none_is_refused(now_ns):
    with pytest.raises(
        ArgumentError, match="now_ns must be a whole number of nanoseconds"
    ):
        CircuitBreaker(daily_loss=0.03).observe(now_ns, 100.0)
