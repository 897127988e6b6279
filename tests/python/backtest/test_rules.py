"""Halts, auctions, hours, tick tables, collars and holding costs in a backtest."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_samples import BUY, OPEN, SECOND, SELL, Diary, bars, events, table

from ai_trading.backtest.assemble import _holding, _rules
from ai_trading.backtest.config import BacktestConfig
from ai_trading.backtest.engine import Backtest, Limits
from ai_trading.backtest.rules import HoldingRates, MarketRules
from ai_trading.backtest.terms import FeeModel
from ai_trading.core.errors import ArgumentError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import EventKind, TradingState
from ai_trading.market.source import MarketData

ADD, CROSS, STATUS = EventKind.ADD, EventKind.CROSS, EventKind.STATUS
CLOSE = 23_400  # seconds of a session
HOUR = 3600
FINE = Decimal("0.0001")


def day(*rows: tuple[int, EventKind, int, int, int, int]) -> np.ndarray:
    """Events; of a status the last number is the state."""
    out = events(*rows)
    told = out["kind"] == STATUS
    out["aux"][told] = out["quantity"][told]
    out["quantity"][told] = 0
    return out


def halted(at: int) -> tuple[int, EventKind, int, int, int, int]:
    return (at, STATUS, ord("H"), 2, 0, int(TradingState.HALTED))


def trading(at: int) -> tuple[int, EventKind, int, int, int, int]:
    return (at, STATUS, ord("T"), 2, 0, int(TradingState.CONTINUOUS))


def market(records: np.ndarray, instruments: InstrumentTable | None = None) -> Any:
    return MarketData(records, instruments or table(), source="made up")


def run(records: np.ndarray, diary: Diary, **options: Any) -> Any:
    return Backtest(market(records), strategies=[diary], **options).run()


BOOK = (
    (0, ADD, 1, BUY, 9_900, 300),
    (1, ADD, 2, SELL, 10_100, 200),
)


def test_a_halted_order_is_refused_and_a_resting_one_waits():
    diary = Diary()

    def act(strategy):
        strategy.buy("AAPL", 10, 99.5)
        strategy.set_timer(at=OPEN + 15 * SECOND)

    diary.plan["quote 99 101"] = lambda s: len(diary.lines) == 3 and act(s)
    diary.plan["timer 1"] = lambda s: s.buy("AAPL", 10, 99)
    run(
        day(
            *BOOK,
            halted(10),
            (12, ADD, 3, SELL, 9_900, 50),
            trading(20),
            (30, ADD, 4, SELL, 9_950, 4),
        ),
        diary,
    )

    assert (15, "rejected 2 halted") in diary.lines
    assert (30, "fill 1: 4 @ 99.5") in diary.lines
    assert not any("fill" in line[1] for line in diary.lines[:-1] if line[0] < 30)


def test_the_crosses_fill_orders_for_them():
    diary = Diary()

    def act(strategy):
        strategy.buy("AAPL", 30, auction="open")
        strategy.sell("AAPL", 30, 100.5, auction="close")

    diary.plan["quote 99 101"] = lambda s: len(diary.lines) == 3 and act(s)
    diary.plan["fill 1: 25 @ 100"] = lambda s: s.buy("AAPL", 5, auction="open")
    result = run(
        day(
            *BOOK,
            (5, CROSS, ord("O"), 2, 10_000, 25),
            (6, ADD, 5, SELL, 10_200, 5),
            (CLOSE, CROSS, ord("C"), 2, 10_100, 500),
        ),
        diary,
    )

    told = [
        line[1] for line in diary.lines[:-1] if line[1][:4] in {"fill", "canc", "reje"}
    ]
    assert told == [
        "fill 1: 25 @ 100",
        "canceled 1 no_liquidity",
        "rejected 3 auction_over",
        "fill 2: 30 @ 101",
    ]
    assert result.final_positions == {0: -5}


def test_an_order_for_an_auction_is_refused_where_the_data_shows_none():
    diary = Diary()
    diary.plan["bar 100"] = lambda s: s.buy("AAPL", 10, auction="close")

    run(bars((10_000, 10_000, 10_000, 10_000), (10_100,) * 4), diary)

    assert "rejected 1 not_supported_here" in [line[1] for line in diary.lines[:-1]]
    with pytest.raises(ArgumentError, match="auction must be 'open' or 'close'"):
        diary.buy("AAPL", 1, auction="noon")
    with pytest.raises(ArgumentError, match="not immediate"):
        diary.buy("AAPL", 1, auction="open", immediate=True)


@pytest.mark.parametrize(("cross", "ends"), [(True, CLOSE + 2), (False, CLOSE + 60)])
def test_day_orders_end_with_the_closing_auction(cross, ends):
    diary = Diary()
    diary.plan["quote 99 101"] = lambda s: (
        len(diary.lines) == 3 and s.buy("AAPL", 10, 99)
    )
    closing = [(CLOSE + 2, CROSS, ord("C"), 2, 10_000, 50)] if cross else []
    rows = day(*BOOK, *closing, (CLOSE + 600, ADD, 9, BUY, 9_800, 5))

    run(rows, diary, rules="us_equities")

    assert (ends, "expired 1") in diary.lines


def test_a_short_day_ends_at_one():
    # 2026-11-27, the day after Thanksgiving: 13:00 in New York is 18:00 UTC.
    rules = MarketRules(hours=True)
    days = np.array(["2026-11-27", "2026-11-30", "2026-11-28"], "datetime64[D]")

    ends = rules.session_ends(days.astype(np.int64), table())

    assert [str(np.datetime64(at, "ns"))[:16] for at in ends] == [
        "2026-11-27T18:01",
        "2026-11-30T21:01",
    ]


def test_prices_keep_to_rule_612_and_the_collar():
    diary = Diary()

    def act(strategy):
        strategy.buy("AAPL", 1, 0.9999)
        strategy.buy("AAPL", 1, 50.001)
        strategy.buy("AAPL", 1, 104.04)

    diary.plan["quote 99 101"] = lambda s: len(diary.lines) == 3 and act(s)
    rows = events(
        (0, ADD, 1, BUY, 990_000, 300),
        (1, ADD, 2, SELL, 1_010_000, 200),
        (9, ADD, 3, SELL, 1_020_000, 200),
    )
    fine = InstrumentTable([Instrument("AAPL", tick_size=FINE)])
    Backtest(
        market(rows, fine),
        strategies=[diary],
        rules="us_equities",
        limits=Limits(price_collar=None),
    ).run()

    lines = [line[1] for line in diary.lines[:-1]]
    assert "rejected 2 price_off_increment" in lines
    assert "rejected 3 price_collar" in lines


def test_a_tick_that_does_not_suit_the_table_is_refused():
    coarse = InstrumentTable([Instrument("AAPL", tick_size=Decimal("0.03"))])
    with pytest.raises(ArgumentError, match=r"0.03 of AAPL does not suit rule_612"):
        MarketRules(tick_sizes="rule_612").to_core(coarse)
    with pytest.raises(ArgumentError, match="tick_sizes must be one of rule_612"):
        MarketRules(tick_sizes="cents")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="rules must be one of us_equities"):
        MarketRules.named("mars")


def short(records: np.ndarray, rates: HoldingRates, quantity: float = 100) -> Any:
    diary = Diary()
    diary.plan["bar 100"] = lambda s: len(diary.lines) == 2 and s.sell("AAPL", quantity)
    return run(records, diary, holding=rates)


def hours(count: int) -> np.ndarray:
    """Bars of a minute, one an hour, all at 100.00."""
    rows = bars(*[(10_000,) * 4] * count)
    for at in range(count):
        rows["start"][at] = OPEN + at * HOUR * SECOND
        rows["timestamp"][at] = rows["start"][at] + 60 * SECOND
    return rows


def test_a_short_position_pays_borrow_every_hour():
    rates = HoldingRates(borrow={"AAPL": "0.25"}, accrue="hour")

    plain, charged = short(hours(10), HoldingRates()), short(hours(10), rates)

    # Sold at the second bar, 15:30; the full hours 16:00 to 23:00 are charged.
    assert charged.charges["quantity"].tolist() == [-100] * 8
    assert charged.charges["amount"].tolist() == [289_351_852] * 8
    assert (charged.charges["timestamp"] % (HOUR * SECOND) == 0).all()
    paid = plain.account["value"][-1] - charged.account["value"][-1]
    assert paid == 2_314_815  # 8 x 0.289351851... in 1e-6
    assert plain.charges.size == 0
    assert plain.state_hash != charged.state_hash
    assert plain.run_id != charged.run_id


def test_funding_is_exchanged_at_its_times():
    times = [OPEN + 2 * HOUR * SECOND, OPEN + 3 * HOUR * SECOND]
    rates = HoldingRates(funding={"AAPL": [(times[0], "0.0001"), (times[1], -0.0003)]})

    result = short(hours(6), rates)

    assert result.charges["timestamp"].tolist() == times
    assert result.charges["amount"].tolist() == [-1_000_000_000, 3_000_000_000]
    assert result.charges["kind"].tolist() == [1, 1]


def test_a_short_position_owes_the_dividend_and_cash_earns():
    at = OPEN + 2 * HOUR * SECOND
    rates = HoldingRates(
        dividends={"AAPL": [(at, "0.26")]},
        interest={"USD": ("0.036", "0.072")},
        accrue="hour",
    )

    result = short(hours(4), rates)

    # Sold at the second bar, 15:30.
    half = HOUR * SECOND // 2
    assert result.charges["kind"].tolist() == [3, 3, 2, 3]
    assert result.charges["timestamp"].tolist() == [
        at - 3 * half,
        at - half,
        at,
        at + half,
    ]
    assert result.charges["quantity"].tolist() == [0, 0, -100, 0]
    assert set(result.charges["instrument"][[0, 1, 3]].tolist()) == {2**32 - 1}
    assert result.charges["amount"][2] == 26_000_000_000
    cash = Decimal(1_000_000)
    for row, moved in zip(result.charges[[0, 1, 3]], (10_000, -26, 0), strict=True):
        earned = cash * Decimal("0.036") / (360 * 24)
        assert abs(-exact(row) - earned) <= Decimal("1e-17")
        cash += earned + moved
    assert result.statements["USD"].costs == 26
    assert abs(result.statements["USD"].cash - cash) <= Decimal("1e-16")


def exact(row: Any) -> Decimal:
    """Return what was paid, to the last digit."""
    return Decimal(int(row["amount"]) * 10**9 + int(row["rest"])).scaleb(-18)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 10**9),
    st.integers(-(10**9), 10**9),
    st.integers(0, 10**9),
    st.tuples(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9)),
    st.sampled_from([-300, -7, 1, 12_345]),
    st.sampled_from([360, 365, 7]),
)
def test_the_dated_rows_and_the_fees_are_the_statement(
    borrow, funding, dividend, interest, quantity, days
):
    def nano(number: int) -> Decimal:
        return Decimal(number).scaleb(-9)

    rates = HoldingRates(
        borrow={"AAPL": nano(borrow)},
        funding={"AAPL": [(OPEN + i * HOUR * SECOND, nano(funding)) for i in (1, 3)]},
        dividends={"AAPL": [(OPEN + 2 * HOUR * SECOND, nano(dividend))]},
        interest={"USD": tuple(map(nano, interest))},
        accrue="hour",
        days_of_year=days,
    )
    diary = Diary()
    side = "sell" if quantity < 0 else "buy"
    diary.plan["bar 100"] = lambda s: (
        len(diary.lines) == 2 and s.submit("AAPL", side, abs(quantity))
    )

    result = run(hours(6), diary, holding=rates, fees=FeeModel(taker_bps="1.3"))

    told = result.statements["USD"]
    amounts = [exact(row) for row in result.charges]
    fees = Decimal(int(result.fills["fee"].sum())).scaleb(-9)
    assert (result.charges["timestamp"][1:] >= result.charges["timestamp"][:-1]).all()
    assert told.income == -sum(amount for amount in amounts if amount < 0)
    assert told.costs == fees + sum(amount for amount in amounts if amount > 0)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 10_000).map(lambda n: Decimal(n) / 10_000),
    st.integers(1, 500),
    st.integers(2, 12),
)
def test_borrow_is_the_rate_times_value_times_time(rate, quantity, count):
    rates = HoldingRates(borrow={"AAPL": rate}, accrue="hour", days_of_year=365)

    result = short(hours(count), rates, quantity)

    each = Decimal(quantity) * 100 * rate / (365 * 24)
    for row in result.charges:
        assert abs(Decimal(int(row["amount"])) / 10**9 - each) <= Decimal("1e-9")
    expected = max(0, count - 2) if rate else 0
    assert len(result.charges) == expected


def test_rates_that_make_no_sense_are_refused():
    with pytest.raises(ArgumentError, match="between 0 and 1000"):
        HoldingRates(borrow={"AAPL": -1})
    with pytest.raises(ArgumentError, match="no symbol 'GME'"):
        HoldingRates(borrow={"GME": 1}).to_core(table())
    with pytest.raises(ArgumentError, match="accrue must be one of hour, day"):
        HoldingRates(accrue="week")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="days_of_year"):
        HoldingRates(days_of_year=0)
    with pytest.raises(ArgumentError, match="zero or more; received -1"):
        HoldingRates(dividends={"AAPL": [(1, -1)]})
    with pytest.raises(ArgumentError, match="no symbol 'GME'"):
        HoldingRates(dividends={"GME": [(1, 1)]}).to_core(table())
    with pytest.raises(ArgumentError, match=r"a lot of 1 AAPL must be a multiple"):
        HoldingRates(dividends={"AAPL": [(1, "1e-10")]}).to_core(table())
    with pytest.raises(ArgumentError, match="two annual rates"):
        HoldingRates(interest={"USD": (1,)})  # type: ignore[dict-item]
    with pytest.raises(ArgumentError, match="between -1000 and 1000"):
        HoldingRates(interest={"USD": (0, 1001)})
    with pytest.raises(ArgumentError, match="no currency 'EUR'"):
        HoldingRates(interest={"EUR": (0, 1)}).to_core(table(), ("USD",))


def test_a_configuration_names_rules_and_rates():
    text = """
    [run]
    [[data]]
    path = "x"
    [[strategy]]
    class = "x:Y"
    [rules]
    name = "us_equities"
    collar = "nyse"
    hours = false
    [holding]
    borrow = { AAPL = 0.03 }
    accrue = "hour"
    funding = { AAPL = [[2026-01-06T16:00:00Z, 0.0001]] }
    dividends = { AAPL = [[2026-01-06T17:00:00Z, 0.26]] }
    interest = { USD = [0.03, 0.055] }
    """
    config = BacktestConfig.model_validate(tomllib.loads(text))

    assert _rules(config) == MarketRules(
        tick_sizes="rule_612",
        collar="nyse",
        short_sales=True,
        price_bands="luld",
        hours=False,
    )
    rates = _holding(config)
    assert rates is not None
    assert rates.to_core(table(), ("USD",))["holding"] == {
        "instruments": [
            (
                30_000_000,
                [(1_767_715_200 * SECOND, 100_000)],
                [(1_767_718_800 * SECOND, 260_000_000)],
            )
        ],
        "interest": [(30_000_000, 55_000_000)],
        "every": HOUR * SECOND,
        "days_of_year": 360,
    }
