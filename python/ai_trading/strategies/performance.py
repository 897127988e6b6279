"""The figures of a finished backtest, grouped as people ask for them.

Everything is computed from the result by `ai_trading.backtest.statistics`; a figure
that the data cannot carry is None.

Units: money in the account's currency as exact `Decimal`; returns and shares are
fractions; losses are positive.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from ai_trading.backtest.statistics import (
    MINIMUM_DAYS,
    daily_returns,
    summarize,
)
from ai_trading.backtest.trips import round_trips

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.backtest.result import BacktestResult
    from ai_trading.backtest.statistics import Statistics

__all__ = ["PerformanceAnalyzer", "PerformanceMetrics"]

_NANO = 10**9


class PerformanceMetrics(TypedDict):
    """The answer of `PerformanceAnalyzer.analyze_performance`."""

    return_metrics: dict[str, Any]
    risk_metrics: dict[str, Any]
    trade_metrics: dict[str, Any]
    efficiency_metrics: dict[str, Any]


class PerformanceAnalyzer:
    """Analyse what a backtest earned, risked, traded and cost.

    Parameters
    ----------
    risk_free : float, default 0.0
        Yearly risk-free rate as a fraction, for the Sharpe and Sortino ratios.
    confidence_level : float, default 0.95
        Of the value at risk and the expected shortfall.
    """

    def __init__(
        self, *, risk_free: float = 0.0, confidence_level: float = 0.95
    ) -> None:
        self.risk_free = risk_free
        self.confidence_level = confidence_level

    def analyze_performance(self, results: BacktestResult) -> PerformanceMetrics:
        """Return the figures of a run in four groups.

        Parameters
        ----------
        results : BacktestResult
            As `BacktestEngine.run_backtest` returns it.

        Returns
        -------
        PerformanceMetrics
            ``return_metrics``, ``risk_metrics``, ``trade_metrics`` and
            ``efficiency_metrics``, each a mapping of names to figures.
        """
        known = summarize(results, risk_free=self.risk_free)
        daily = daily_returns(results)
        return {
            "return_metrics": _returns(known, daily),
            "risk_metrics": self._risk(known, daily),
            "trade_metrics": _trades(known, results),
            "efficiency_metrics": _efficiency(known),
        }

    def _risk(self, known: Statistics, daily: NDArray[np.float64]) -> dict[str, Any]:
        fall = known.drawdown
        tail = _tail(daily, self.confidence_level)
        return {
            "annual_volatility": known.annual_volatility,
            "max_drawdown": 0.0 if fall is None and known.days else _of(fall, "depth"),
            "max_drawdown_amount": _of(fall, "amount"),
            "max_drawdown_recovered": None if fall is None else fall.end_ns is not None,
            "value_at_risk": tail[0],
            "expected_shortfall": tail[1],
            "confidence_level": self.confidence_level,
            "downside_deviation": _downside(daily),
            "max_exposure": known.maximum_exposure,
        }


def _returns(known: Statistics, daily: NDArray[np.float64]) -> dict[str, Any]:
    return {
        "initial_value": known.initial_cash,
        "final_value": known.final_value,
        "profit": known.profit,
        "realized": known.realized,
        "unrealized": known.unrealized,
        "total_return": known.total_return,
        "annual_return": known.annual_return,
        "days": known.days,
        "average_daily_return": float(daily.mean()) if len(daily) else None,
        "best_day": float(daily.max()) if len(daily) else None,
        "worst_day": float(daily.min()) if len(daily) else None,
        "positive_days": float((daily > 0).mean()) if len(daily) else None,
    }


def _trades(known: Statistics, results: BacktestResult) -> dict[str, Any]:
    trades, orders = known.trades, known.orders
    net = round_trips(results.fills)["net"]
    wins, losses = net[net > 0], net[net <= 0]
    holding = trades.average_holding_ns
    return {
        "total_trades": trades.trips,
        "winning_trades": trades.winners,
        "losing_trades": trades.trips - trades.winners,
        "win_rate": trades.win_rate,
        "profit_factor": trades.profit_factor,
        "average_win": trades.average_win,
        "average_loss": trades.average_loss,
        "largest_win": _nano(wins.max()) if len(wins) else None,
        "largest_loss": _nano(-losses.min()) if len(losses) else None,
        "expectancy": _nano(net.mean()) if len(net) else None,
        "average_holding_seconds": None if holding is None else holding / _NANO,
        "orders": orders.orders,
        "fills": orders.fills,
        "rejected": orders.rejected,
        "fees": known.fees,
    }


def _efficiency(known: Statistics) -> dict[str, Any]:
    fall, traded = known.drawdown, known.traded_value
    calmar = None
    if known.annual_return is not None and fall is not None:
        calmar = known.annual_return / fall.depth
    per_traded = float(known.profit / traded) * 1e4 if traded else None
    return {
        "sharpe": known.sharpe,
        "sortino": known.sortino,
        "calmar": calmar,
        "turnover": known.turnover,
        "exposure": known.exposure,
        "time_in_market": known.time_in_market,
        "profit_per_traded_bps": per_traded,
        "cost_bps": float(known.fees / traded) * 1e4 if traded else None,
        "fill_rate": known.orders.fill_rate,
        "maker_share": known.orders.maker_share,
    }


def _of(value: Any, name: str) -> Any:
    return None if value is None else getattr(value, name)


def _nano(amount: Any) -> Decimal:
    return (Decimal(float(amount)) / _NANO).quantize(Decimal("1e-6"))


def _downside(daily: NDArray[np.float64]) -> float | None:
    if len(daily) < MINIMUM_DAYS:
        return None
    return math.sqrt(float(np.mean(np.minimum(daily, 0.0) ** 2)))


def _tail(
    daily: NDArray[np.float64], level: float
) -> tuple[float | None, float | None]:
    """Daily value at risk and expected shortfall of the sample (Acerbi and Tasche)."""
    count = len(daily)
    if count < MINIMUM_DAYS:
        return None, None
    losses = np.sort(-daily)[::-1]
    beyond = count * (1 - level)
    # A hair below a whole number is that number: 20 * (1 - 0.95) is 1.
    whole = math.floor(beyond + 1e-9)
    at_risk = float(losses[min(whole, count - 1)])
    if beyond <= 0:
        return at_risk, at_risk
    worst = float(losses[:whole].sum()) + max(beyond - whole, 0.0) * at_risk
    return at_risk, worst / beyond
