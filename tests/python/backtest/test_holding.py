"""Borrow and funding of a run's positions, by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.holding import holding_costs
from ai_trading.core.errors import ArgumentError
from ai_trading.market.bars import load_bars
from ai_trading.strategies import Strategy

# Thursday, Friday and Monday, two bars each, in New York hours.
BARS = "time,open,high,low,close,volume\n" + "".join(
    f"2026-03-{day:02d}T{hour}:00:00Z,{price},{price + 1},{price - 1},{price},100000\n"
    for day, price in ((5, 50), (6, 52), (9, 54))
    for hour in (15, 18)
)


class Once(Strategy):
    def __init__(self, quantity):
        super().__init__("once")
        self.quantity, self.done = quantity, False

    def on_bar(self, bar):
        if not self.done:
            self.done = True
            send = self.buy if self.quantity > 0 else self.sell
            send(bar.symbol, abs(self.quantity))


@pytest.fixture(name="run")
def run_fixture(tmp_path):
    file = tmp_path / "XYZ.csv"
    file.write_text(BARS, "utf-8")
    data = load_bars(file)

    def run(quantity):
        return Backtest(data, strategies=[Once(quantity)]).run()

    return run


def at(day, hour=16):
    moment = dt.datetime(2026, 3, day, hour, tzinfo=dt.UTC)
    return int(moment.timestamp()) * 10**9


def test_a_short_pays_for_every_calendar_day_until_the_next_session(run):
    result = run(-1000)

    costs = holding_costs(result, borrow={"XYZ": "0.036"})

    # 0.036 / 360 a day: 50,000 for the night to Friday, 52,000 for three to Monday.
    assert [cost.amount for cost in costs] == [Decimal(5), Decimal("15.6")]
    assert [cost.quantity for cost in costs] == [-1000, -1000]
    assert [cost.price for cost in costs] == [50, 52]


def test_a_long_position_borrows_nothing(run):
    assert holding_costs(run(1000), borrow={"XYZ": 1}) == []


@pytest.mark.parametrize(("quantity", "paid"), [(1000, "5.2"), (-1000, "-5.2")])
def test_longs_pay_a_positive_funding_rate_and_shorts_receive_it(run, quantity, paid):
    rates = [(at(4), "0.01"), (at(9, 8), "0.0001"), (at(9, 8), "0")]

    costs = holding_costs(run(quantity), funding={"XYZ": rates})

    assert [cost.amount for cost in costs] == [Decimal(paid), 0]


def test_costs_come_in_the_order_of_time(run):
    result = run(-10)

    costs = holding_costs(
        result, borrow={"XYZ": "0.1"}, funding={"XYZ": [(at(9), 1), (at(6), 1)]}
    )

    assert [cost.kind for cost in costs] == ["borrow", "funding", "borrow", "funding"]
    assert costs == sorted(costs, key=lambda cost: cost.timestamp)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"borrow": {"ABC": 1}}, "no symbol 'ABC'"),
        ({"borrow": {"XYZ": "x"}}, "the borrow rate of XYZ must be a finite number"),
        ({"funding": {"XYZ": [(0, float("nan"))]}}, "the funding rate of XYZ"),
        ({"borrow": {"XYZ": 1}, "days_of_year": 0}, "days_of_year must be"),
    ],
)
def test_terms_that_make_no_sense_are_refused(run, terms, said):
    with pytest.raises(ArgumentError, match=said):
        holding_costs(run(-1), **terms)
