"""Market rules through the extension: numbers by hand, and a plain reference price."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_trading._core import book, rules

SECOND = 1_000_000_000


def clock(hours, minutes, seconds=0):
    return ((hours * 60 + minutes) * 60 + seconds) * SECOND


def cents(amount):
    return Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("tier", "close", "now", "percent"),
    [
        (1, "3.01", clock(12, 0), "0.05"),
        (2, "3.01", clock(12, 0), "0.10"),
        (1, "3.01", clock(15, 35), "0.10"),
        (2, "3.01", clock(15, 35), "0.10"),
        (1, "3.00", clock(12, 0), "0.20"),
        (2, "3.00", clock(15, 34, 59), "0.20"),
        (2, "3.00", clock(15, 35), "0.40"),
        (2, "0.75", clock(15, 35), "0.40"),
    ],
)
@given(reference=st.integers(1_000, 10_000_000))
def test_bands_are_the_percentage_of_the_plan(tier, close, now, percent, reference):
    luld = rules.LimitUpLimitDown(tier, int(Decimal(close) * 10_000))
    luld.open(clock(9, 30), reference)
    luld.advance(now)
    price = Decimal(reference) / 10_000
    expected = [cents(price * (1 + sign * Decimal(percent))) for sign in (-1, 1)]

    lower, upper = luld.bands

    assert [Decimal(lower) / 10_000, Decimal(upper) / 10_000] == expected


class PlainReference:
    """The reference price by the letter of the plan, looked at once a second."""

    def __init__(self, price):
        self.prints = [(clock(9, 30), price)]
        self.reference, self.since = price, clock(9, 30)

    def look(self, now):
        recent = [p for at, p in self.prints if now - 300 * SECOND < at <= now]
        if not recent:
            return
        total, n = sum(recent), len(recent)
        moved = abs(total - self.reference * n) * 100 >= self.reference * n
        if moved and now - self.since >= 30 * SECOND:
            self.reference, self.since = (2 * total + n) // (2 * n), now


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 90), st.integers(9_000, 11_000)),
        min_size=1,
        max_size=60,
    )
)
def test_reference_follows_the_plan_second_by_second(steps):
    luld = rules.LimitUpLimitDown(2, 10_000)
    luld.open(clock(9, 30), 10_000)
    plain = PlainReference(10_000)
    now = clock(9, 30)
    for pause, price in steps:
        for _ in range(pause):
            now += SECOND
            plain.look(now)
        plain.prints.append((now, price))
        plain.look(now)
        luld.trade(now, price)

        assert luld.reference == plain.reference


def test_limit_state_pause_and_reopening():
    luld = rules.LimitUpLimitDown(1, 1_000_000)
    assert (luld.state, luld.bands, luld.reference) == ("no_bands", None, None)
    luld.open(clock(9, 30), 1_000_000)
    luld.quote(clock(10, 0), 1_050_000, None)
    assert (luld.state, luld.deadline) == ("limit_up", clock(10, 0, 15))
    luld.advance(clock(10, 0, 15))
    assert (luld.state, luld.deadline) == ("paused", clock(10, 5, 15))
    luld.reopen(clock(10, 5, 15), 1_070_000)
    assert (luld.state, luld.bands) == ("normal", (1_016_500, 1_123_500))
    assert luld.may_trade(1_123_500)
    assert not luld.may_show(0, 1_123_600)
    assert not luld.straddle
    luld.pause(clock(11, 0))
    luld.extend(clock(11, 6))
    assert luld.state == "paused"
    assert luld.state in rules.luld_states


def test_wrong_input_is_refused_with_what_was_received():
    with pytest.raises(ValueError, match="tier must be 1 or 2; received 3"):
        rules.LimitUpLimitDown(3, 10_000)
    with pytest.raises(ValueError, match="previous close must be positive; received 0"):
        rules.LimitUpLimitDown(1, 0)
    luld = rules.LimitUpLimitDown(1, 10_000)
    luld.advance(10)
    with pytest.raises(ValueError, match="time may not fall from 10; received 9"):
        luld.advance(9)
    with pytest.raises(ValueError, match="phase must be one of `phases`; received x"):
        rules.SessionClock([(0, "x", 0)])


tables = st.sampled_from(
    [rules.rule_612(), rules.rule_612_half_cent()]
    + [rules.mifid_2(n) for n in (0, 10, 80, 600, 2000, 9000)]
)


@given(tables, st.integers(0, 600_000_000))
def test_rounded_prices_are_the_nearest_allowed_ones(rows, price):
    table = rules.TickTable(rows)
    step = next(s for p, s in reversed(rows) if p <= price * 100_000) // 100_000

    assert table.step(price) == step
    assert table.allows(price) == (price % step == 0)
    assert table.down(price) == price - price % step
    assert table.up(price) == -(-price // step) * step
    assert table.allows(table.up(price))
    assert table.allows(table.down(price))


def test_breaker_collar_and_timetable():
    breaker = rules.MarketWideBreaker(413_535)
    assert [breaker.threshold(n) for n in (1, 2, 3)] == [384_588, 359_775, 330_828]
    assert breaker.update(clock(10, 0), 384_588) == 1
    assert breaker.halted(clock(10, 14))
    assert (breaker.level, breaker.until) == (1, clock(10, 15))
    assert breaker.update(clock(15, 30), 330_000) == 3
    assert breaker.until is None

    increments = rules.TickTable(rules.rule_612())
    collar = rules.PriceCollar(rules.nyse_trading_collar(), increments)
    assert collar.range(250_000) == (225_000, 275_000)
    assert collar.check(0, 275_100, 250_000) == book.reject_codes["price_collar"]
    assert collar.check(0, 275_000, 250_000) == 0

    day = rules.SessionClock(rules.us_equity_day(close=clock(13, 0)))
    assert day.phase(clock(12, 59)) == "continuous"
    assert day.next_change(clock(12, 59)) == clock(13, 0)
    assert day.next_change(clock(14, 0)) is None
    assert {phase for _, phase, _ in day.steps} <= set(rules.phases)
    xetra = rules.SessionClock(rules.xetra_day(), seed=3)
    assert xetra.phase(clock(13, 1)) == "intraday_auction"
