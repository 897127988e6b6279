"""The measures behind one object that remembers the conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, get_args

from ai_trading.core.exact import one_of
from ai_trading.risk.metrics import drawdowns, parametric, ratios, relative, tails
from ai_trading.risk.metrics.checks import (
    Missing,
    finite,
    positive,
    probability,
    series,
)
from ai_trading.risk.metrics.evt import peaks_over_threshold
from ai_trading.risk.metrics.garch import filtered_historical
from ai_trading.risk.metrics.sharpe import sharpe_ratio
from ai_trading.risk.metrics.tearsheet import tear_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from ai_trading.risk.metrics.tails import TailRisk

__all__ = ["RiskMetricsCalculator", "tail_risk"]


def tail_risk(returns: ArrayLike, level: float, method: str) -> TailRisk:
    """Return value at risk and expected shortfall by the name of a method.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, oldest first. NaN is rejected.
    level : float
        Confidence, strictly between 0 and 1.
    method : {"historical", "interpolated", "ewma", "gaussian", "student_t", \
"cornish_fisher", "evt", "garch"}

    Raises
    ------
    ArgumentError
        If there is no such method, or as the method.
    DataError
        As the method.
    """
    methods: dict[str, Callable[[ArrayLike, float], TailRisk]] = {
        "historical": tails.historical,
        "interpolated": lambda r, a: tails.historical(r, a, estimator="interpolation"),
        "ewma": tails.historical_ewma,
        "gaussian": parametric.gaussian,
        "student_t": parametric.student_t,
        "cornish_fisher": parametric.cornish_fisher,
        "evt": peaks_over_threshold,
        "garch": filtered_historical,
    }
    return methods[one_of("method", method, methods)](returns, level)


class RiskMetricsCalculator:
    """Measure return series under one set of conventions.

    Parameters
    ----------
    risk_free : float, default 0.0
        Per period.
    periods : float, default 252
        Periods in a year.
    confidence_level : float, default 0.95
        Of value at risk and expected shortfall.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Raises
    ------
    ArgumentError
        If an argument lies outside its domain.

    Examples
    --------
    >>> calculator = RiskMetricsCalculator(periods=12)
    >>> round(calculator.calculate_metrics([0.02, -0.01, 0.03])["max_drawdown"], 9)
    0.01
    """

    def __init__(
        self,
        risk_free: float = 0.0,
        periods: float = 252,
        confidence_level: float = 0.95,
        *,
        missing: Missing = "reject",
    ) -> None:
        self.risk_free = finite(risk_free, "risk_free")
        self.periods = positive(periods, "periods")
        self.confidence_level = probability(confidence_level, "confidence_level")
        self.missing = cast("Missing", one_of("missing", missing, get_args(Missing)))

    def calculate_metrics(
        self, returns: ArrayLike, benchmark: ArrayLike | None = None
    ) -> dict[str, Any]:
        """Return the tear sheet by name, and with a benchmark what compares to it.

        Parameters
        ----------
        returns : array_like of shape (n_periods,)
            Simple returns, oldest first, at least 2.
        benchmark : array_like of shape (n_periods,), optional
            Adds beta, alpha, tracking_error, information_ratio, treynor_ratio,
            m_squared.

        Raises
        ------
        DataError
            If the series cannot be measured; see `tear_sheet` and `relative`.
        """
        found = tear_sheet(
            returns,
            risk_free=self.risk_free,
            periods=self.periods,
            level=self.confidence_level,
            missing=self.missing,
        ).to_dict()
        if benchmark is None:
            return found
        year, missing, rate = self.periods, self.missing, self.risk_free
        alpha, beta = relative.alpha_beta(
            returns, benchmark, risk_free=rate, periods=year, missing=missing
        )
        found["alpha"], found["beta"] = alpha, beta
        found["tracking_error"] = relative.tracking_error(
            returns, benchmark, periods=year, missing=missing
        )
        found["information_ratio"] = self.calculate_information_ratio(
            returns, benchmark
        )
        found["treynor_ratio"] = relative.treynor_ratio(
            returns, benchmark, risk_free=rate, periods=year, missing=missing
        )
        found["m_squared"] = relative.m_squared(
            returns, benchmark, risk_free=rate, periods=year, missing=missing
        )
        return found

    def calculate_var(self, returns: ArrayLike, method: str = "historical") -> float:
        """Return value at risk; the methods are those of `tail_risk`."""
        return tail_risk(
            self._kept(returns), self.confidence_level, method
        ).value_at_risk

    def calculate_expected_shortfall(
        self, returns: ArrayLike, method: str = "historical"
    ) -> float:
        """Return expected shortfall; the methods are those of `tail_risk`."""
        found = tail_risk(self._kept(returns), self.confidence_level, method)
        return found.expected_shortfall

    def calculate_sharpe_ratio(self, returns: ArrayLike) -> float:
        """Return the annualised Sharpe ratio."""
        return sharpe_ratio(
            returns,
            risk_free=self.risk_free,
            periods=self.periods,
            missing=self.missing,
        )

    def calculate_sortino_ratio(self, returns: ArrayLike) -> float:
        """Return the annualised Sortino ratio at the risk-free rate."""
        return ratios.sortino_ratio(
            returns, target=self.risk_free, periods=self.periods, missing=self.missing
        )

    def calculate_calmar_ratio(self, returns: ArrayLike) -> float:
        """Return annual return over the deepest drawdown."""
        return ratios.calmar_ratio(returns, periods=self.periods, missing=self.missing)

    def calculate_volatility(self, returns: ArrayLike) -> float:
        """Return the annualised deviation, n - 1."""
        return ratios.annual_volatility(
            returns, periods=self.periods, missing=self.missing
        )

    def calculate_max_drawdown(self, returns: ArrayLike) -> float:
        """Return the deepest drawdown, a positive fraction."""
        return drawdowns.max_drawdown(returns, missing=self.missing)

    def calculate_beta(self, returns: ArrayLike, benchmark: ArrayLike) -> float:
        """Return the slope of excess returns on the benchmark's."""
        return relative.beta(
            returns, benchmark, risk_free=self.risk_free, missing=self.missing
        )

    def calculate_information_ratio(
        self, returns: ArrayLike, benchmark: ArrayLike
    ) -> float:
        """Return the mean active return over its deviation, annualised."""
        return relative.information_ratio(
            returns, benchmark, periods=self.periods, missing=self.missing
        )

    def _kept(self, returns: ArrayLike) -> ArrayLike:
        return series(returns, missing=self.missing)
