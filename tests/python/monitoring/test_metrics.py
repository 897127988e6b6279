"""What is recorded is summed up exactly, per span of time, and never invented."""

from __future__ import annotations

import datetime as dt
import doctest
import math
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.clock import ManualClock
from ai_trading.core.errors import ArgumentError
from ai_trading.monitoring import metrics as module
from ai_trading.monitoring.metrics import MetricsCollector

HOUR = 3_600 * 10**9
START = 1_768_487_400 * 10**9
amounts = st.floats(-1e12, 1e12)


@pytest.fixture
def clock():
    return ManualClock(START)


@pytest.fixture
def metrics(clock):
    return MetricsCollector(clock=clock)


def trade(metrics, *, symbol="AAPL", side="buy", quantity=100, price=150.0, pnl=50.0):
    metrics.record_trade_metric(symbol, side, quantity, price, pnl, 2.5)


def test_the_example_of_the_public_surface_is_recorded(metrics):
    metrics.record_trade_metric("AAPL", "buy", 100, 150.0, 50.0, 2.5)

    found = metrics.get_metrics_summary()["trade"]
    assert found["count"] == 1
    assert found["total_pnl"] == 50
    assert found["total_notional"] == 15_000
    assert found["average_execution_time"] == 2.5
    assert found["last"] == dt.datetime(2026, 1, 15, 14, 30, tzinfo=dt.UTC)


def test_trades_are_summed_up_as_worked_by_hand(metrics):
    trade(metrics, pnl=30)
    trade(metrics, symbol="MSFT", side="sell", quantity=10, price=300, pnl=-10)
    trade(metrics, symbol="MSFT", side="sell_short", quantity=5, price=310, pnl=0)

    found = metrics.get_metrics_summary("trade")["trade"]

    assert found["total_pnl"] == 20
    assert found["average_pnl"] == Decimal(20) / 3
    assert (found["best_pnl"], found["worst_pnl"]) == (30, -10)
    assert (found["winning_trades"], found["losing_trades"]) == (1, 1)
    assert found["win_rate"] == pytest.approx(1 / 3)
    assert found["profit_factor"] == 3
    assert found["by_side"] == {"buy": 1, "sell": 1, "sell_short": 1}
    assert found["by_symbol"]["MSFT"] == {
        "count": 2,
        "pnl": -10,
        "quantity": 15,
        "notional": 4_550,
    }


def test_ten_dimes_are_a_dollar(metrics):
    for _ in range(10):
        trade(metrics, pnl=0.1)

    assert metrics.get_metrics_summary("trade")["trade"]["total_pnl"] == Decimal(1)


@given(st.lists(amounts, min_size=1, max_size=30))
def test_sums_of_money_are_exact(pnls):
    metrics = MetricsCollector(clock=ManualClock())
    for pnl in pnls:
        trade(metrics, quantity=1e-9, price=1.1e15, pnl=pnl)

    found = metrics.get_metrics_summary("trade")["trade"]

    assert Fraction(found["total_pnl"]) == sum(Fraction(repr(pnl)) for pnl in pnls)
    assert found["total_notional"] == len(pnls) * Decimal("1.1e6")


def test_the_portfolio_shows_its_latest_value_change_and_drawdown(metrics):
    for value in (100, 120, 90, 110):
        metrics.record_portfolio_metric(value, 1, 2, 3)

    found = metrics.get_metrics_summary("portfolio")["portfolio"]

    assert found["latest"] == {
        "total_value": 110,
        "unrealized_pnl": 1,
        "realized_pnl": 2,
        "cash": 3,
    }
    assert (found["highest"], found["lowest"], found["change"]) == (120, 90, 10)
    assert found["change_pct"] == 0.1
    assert found["max_drawdown"] == 0.25


def test_risk_shows_the_latest_and_the_worst(metrics):
    metrics.record_risk_metric(0.02, 0.03, 0.10, 0.04)
    metrics.record_risk_metric(0.01, 0.05, 0.10, 0.01)

    found = metrics.get_metrics_summary("risk")["risk"]

    assert found["latest"]["var_95"] == 0.01
    assert found["worst"] == {
        "var_95": 0.02,
        "var_99": 0.05,
        "max_drawdown": 0.10,
        "current_drawdown": 0.04,
    }


def test_a_fill_time_is_weighted_by_its_fills(metrics):
    metrics.record_execution_metric(10, 9, 1, 1.0)
    metrics.record_execution_metric(10, 1, 4, 11.0)

    found = metrics.get_metrics_summary("execution")["execution"]

    assert found["orders_submitted"] == 20
    assert found["fill_rate"] == 0.5
    assert found["cancel_rate"] == 0.25
    assert found["average_fill_time"] == 2.0


def test_the_system_shows_latest_average_and_highest(metrics):
    metrics.record_system_metric(10, 20, 1)
    metrics.record_system_metric(30, 10, 2)

    found = metrics.get_metrics_summary("system")["system"]

    assert found["latest"] == {"cpu_usage": 30, "memory_usage": 10, "latency": 2}
    assert found["average"] == {"cpu_usage": 20, "memory_usage": 15, "latency": 1.5}
    assert found["highest"] == {"cpu_usage": 30, "memory_usage": 20, "latency": 2}


def test_nothing_recorded_is_no_data_and_not_zero(metrics):
    found = metrics.get_metrics_summary()

    assert list(found) == ["trade", "portfolio", "risk", "execution", "system"]
    for summary in found.values():
        assert summary["count"] == 0
        assert summary["first"] is None
    assert found["trade"]["total_pnl"] is None
    assert found["trade"]["win_rate"] is None
    assert found["portfolio"]["latest"] is None
    assert found["execution"]["fill_rate"] is None
    assert found["system"]["average"] is None


def test_a_day_is_looked_back_on_unless_told_otherwise(metrics, clock):
    trade(metrics)
    clock.advance(24 * HOUR)
    trade(metrics)
    clock.advance(1)

    def trades(*span):
        return metrics.get_metrics_summary("trade", *span)["trade"]["count"]

    assert trades() == 1
    assert trades(timedelta(days=2)) == trades("2d") == trades(172_800) == 2
    assert trades("1s") == 1


def test_a_record_is_dropped_when_it_is_too_old(clock):
    metrics = MetricsCollector(clock=clock, retention=timedelta(hours=1))
    trade(metrics, symbol="OLD")
    clock.advance(HOUR + 1)
    trade(metrics, symbol="NEW")

    found = metrics.get_metrics_summary("trade", "7d")["trade"]

    assert list(found["by_symbol"]) == ["NEW"]


def test_only_the_latest_records_are_kept(clock):
    metrics = MetricsCollector(clock=clock, max_records=3)
    for pnl in range(10):
        trade(metrics, pnl=pnl)

    found = metrics.get_metrics_summary("trade")["trade"]

    assert (found["count"], found["total_pnl"]) == (3, 7 + 8 + 9)


def test_threads_may_record_and_sum_up_at_once(metrics):
    def work(_):
        for _ in range(200):
            trade(metrics, pnl=0.1)
            metrics.get_metrics_summary("trade", "1h") if _ % 50 == 0 else None

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert metrics.get_metrics_summary("trade")["trade"]["total_pnl"] == 80


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"side": "up"}, "side must be one of buy, sell, sell_short; received 'up'"),
        ({"quantity": 0}, "quantity must be positive; received 0"),
        ({"price": -1.0}, "price must be positive"),
        ({"pnl": math.nan}, "pnl must be finite; received nan"),
        ({"price": "dear"}, "price must be a number; received 'dear'"),
    ],
)
def test_a_bad_trade_is_refused_and_not_recorded(metrics, change, message):
    with pytest.raises(ArgumentError, match=message):
        trade(metrics, **change)

    assert metrics.get_metrics_summary("trade")["trade"]["count"] == 0


def test_other_bad_measurements_are_refused(metrics):
    with pytest.raises(ArgumentError, match="orders_filled must be a whole number"):
        metrics.record_execution_metric(1, 0.5, 0, 1)
    with pytest.raises(ArgumentError, match="orders_submitted must be 0 or more"):
        metrics.record_execution_metric(-1, 0, 0, 1)
    with pytest.raises(ArgumentError, match="latency must be finite"):
        metrics.record_system_metric(1, 1, math.inf)
    with pytest.raises(ArgumentError, match="current_drawdown must be 0 or more"):
        metrics.record_risk_metric(0, 0, 0, -0.1)
    with pytest.raises(ArgumentError, match="cash must be a number"):
        metrics.record_portfolio_metric(1, 1, 1, None)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("trades",), "trade, portfolio, risk, execution, system"),
        (("trade", "a while"), "span such as '24h', '30m' or '7d'"),
        (("trade", 0), "time_range must be positive"),
        (("trade", timedelta(-1)), "time_range must be positive"),
        (("trade", 1e30), "longer than a span"),
    ],
)
def test_a_summary_of_nonsense_is_refused(metrics, args, message):
    with pytest.raises(ArgumentError, match=message):
        metrics.get_metrics_summary(*args)


@pytest.mark.parametrize(
    "options", [{"max_records": 0}, {"retention": timedelta(0)}, {"retention": -5}]
)
def test_a_collector_that_could_keep_nothing_is_refused(options):
    with pytest.raises(ArgumentError, match=r"at least 1|must be positive"):
        MetricsCollector(**options)


def test_the_example_runs():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("symbol", [None, 7, "", b"AAPL"])
def test_a_trade_of_what_is_no_symbol_is_refused(metrics, symbol):
    with pytest.raises(ArgumentError, match="symbol must be a text"):
        metrics.record_trade_metric(symbol, "buy", 1, 1.0, 0.0, 0.0)
