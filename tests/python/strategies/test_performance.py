"""The figures of a run: all computed, none invented."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from ai_trading.backtest.terms import FeeModel, Limits
from ai_trading.strategies import (
    BacktestEngine,
    BaseStrategy,
    PerformanceAnalyzer,
    StrategySignal,
)

GROUPS = ["return_metrics", "risk_metrics", "trade_metrics", "efficiency_metrics"]


class Alternating(BaseStrategy):
    """Buys on one bar and sells on the next."""

    def generate_signals(self, market_data):
        side = "buy" if len(market_data["A"]) % 2 else "sell"
        return [StrategySignal("A", side, 1.0)]

    def calculate_position_size(self, signal, portfolio_value, current_position):
        return 100


def run(opens, **options):
    opens = np.asarray(opens, float)
    days = np.arange("2026-01-01", "2026-12-31", dtype="datetime64[D]")
    days = days[np.is_busday(days)][: len(opens)]
    table = {
        "date": days,
        "open": opens,
        "high": opens,
        "low": opens,
        "close": opens,
        "volume": np.full(len(opens), 10_000),
    }
    engine = BacktestEngine(cash=100_000, limits=Limits(), **options)
    return engine.run_backtest(Alternating(strategy_id="a"), {"A": table})


def analyze(result, **options):
    return PerformanceAnalyzer(**options).analyze_performance(result)


def test_a_run_worked_by_hand():
    # Bought at 11 and sold at 13, bought at 12 and sold at 11; a cent a share in fees.
    result = run([10, 11, 13, 12, 11, 11][:6], fees=FeeModel(taker_per_share="0.01"))

    found = analyze(result)

    assert list(found) == GROUPS
    trades = found["trade_metrics"]
    assert trades["total_trades"] == 2
    assert trades["winning_trades"] == 1
    assert trades["win_rate"] == 0.5
    assert trades["largest_win"] == Decimal(198)
    assert trades["largest_loss"] == Decimal(102)
    assert trades["expectancy"] == Decimal(48)
    assert trades["profit_factor"] == pytest.approx(198 / 102)
    assert found["return_metrics"]["profit"] == result.profit


def test_too_little_data_gives_none_and_not_zero():
    found = analyze(run([10, 11]))

    assert found["return_metrics"]["annual_return"] is None
    assert found["risk_metrics"]["value_at_risk"] is None
    assert found["risk_metrics"]["expected_shortfall"] is None
    assert found["trade_metrics"]["win_rate"] is None
    assert found["efficiency_metrics"]["sharpe"] is None


def test_every_figure_of_a_long_run_is_there():
    rng = np.random.default_rng(3)
    opens = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.01, 120))), 2)

    found = analyze(run(opens))

    for group in GROUPS:
        assert found[group]
        assert not [name for name, value in found[group].items() if value is None]


def test_the_worst_days_are_counted_by_their_share():
    rng = np.random.default_rng(5)
    opens = np.round(100 + np.cumsum(rng.normal(0, 1, 60)), 2)
    result = run(opens)
    from ai_trading.backtest.statistics import daily_returns

    losses = np.sort(-daily_returns(result))[::-1]

    risk = analyze(result, confidence_level=0.95)["risk_metrics"]

    # A twentieth of 60 days is three: the fourth worst is exceeded by just these.
    assert len(losses) == 60
    assert risk["value_at_risk"] == pytest.approx(losses[3])
    assert risk["expected_shortfall"] == pytest.approx(losses[:3].mean())
    assert risk["expected_shortfall"] >= risk["value_at_risk"]
