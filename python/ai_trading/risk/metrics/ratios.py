"""Reward for risk: ratios of a return series alone.

Annual figures take ``periods``, the periods in a year (252 for days, 12 for months).
Annual return is geometric; annual volatility is the deviation (n - 1) times the root of
the periods. A ratio whose denominator is zero is an error that says why, never
infinity. NaN is rejected, or left out where ``missing="skip"``; where returns are
compounded, one below -1 is an error.

References
----------
.. [1] C. Bacon, "Practical Portfolio Performance Measurement and Attribution", 2nd
   edition, 2008.
.. [2] F. A. Sortino and L. N. Price, "Performance Measurement in a Downside Risk
   Framework", Journal of Investing 3, 1994.
.. [3] C. Keating and W. F. Shadwick, "A Universal Performance Measure", Journal of
   Performance Measurement 6(3), 2002.
.. [4] J. Schwager, "Hedge Fund Market Wizards", 2012 (gain to pain).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ai_trading._core import stats
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk.metrics.checks import (
    Missing,
    compounded,
    finite,
    positive,
    probability,
    returns_above_ruin,
    series,
)
from ai_trading.risk.metrics.sharpe import deviation, shape

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "annual_return",
    "annual_volatility",
    "burke_ratio",
    "calmar_ratio",
    "downside_deviation",
    "excess_kurtosis",
    "gain_to_pain",
    "martin_ratio",
    "omega_ratio",
    "pain_ratio",
    "skewness",
    "sortino_ratio",
    "stability",
    "tail_ratio",
    "total_return",
]


def total_return(returns: ArrayLike, *, missing: Missing = "reject") -> float:
    """Return what the whole series compounds to.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, not below -1.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Raises
    ------
    DataError
        If `returns` is empty, not finite, or below -1 somewhere.

    Examples
    --------
    >>> round(total_return([0.1, -0.1]), 9)
    -0.01
    """
    return compounded(_growth(returns_above_ruin(returns, missing=missing)))


def annual_return(
    returns: ArrayLike, *, periods: float = 252, missing: Missing = "reject"
) -> float:
    """Return the constant yearly return with the same end (geometric).

    See Also
    --------
    total_return : with the parameters and errors.

    Examples
    --------
    >>> round(annual_return([0.01] * 12, periods=12), 6)
    0.126825
    """
    values = returns_above_ruin(returns, missing=missing)
    return _annual(values, positive(periods, "periods"))


def annual_volatility(
    returns: ArrayLike, *, periods: float = 252, missing: Missing = "reject"
) -> float:
    """Return the standard deviation (n - 1) times the root of the periods in a year.

    Raises
    ------
    ArgumentError
        If `periods` is not positive.
    DataError
        If there are fewer than 2 returns or they are not finite.

    Examples
    --------
    >>> round(annual_volatility([0.01, -0.01, 0.01, -0.01], periods=12), 6)
    0.04
    """
    values = series(returns, least=2, missing=missing)
    return float(values.std(ddof=1)) * math.sqrt(positive(periods, "periods"))


def downside_deviation(
    returns: ArrayLike,
    *,
    target: float = 0.0,
    periods: float = 1,
    missing: Missing = "reject",
) -> float:
    r"""Return the root of the mean squared shortfall below a target.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns.
    target : float, default 0.0
        Per period.
    periods : float, default 1
        Periods in a year to annualise by; 1 leaves it per period.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Raises
    ------
    ArgumentError
        If `target` is not finite or `periods` not positive.
    DataError
        If `returns` is empty or not finite.

    Notes
    -----
    :math:`\sqrt{\frac1n\sum\min(r - T, 0)^2}`: the mean runs over all n periods [1]_.

    Examples
    --------
    >>> downside_deviation([0.02, -0.02, 0.0, 0.0])
    0.01
    """
    values = series(returns, missing=missing)
    short = np.minimum(values - finite(target, "target"), 0.0)
    root = math.sqrt(float(short @ short) / values.size)
    return root * math.sqrt(positive(periods, "periods"))


def sortino_ratio(
    returns: ArrayLike,
    *,
    target: float = 0.0,
    periods: float = 252,
    missing: Missing = "reject",
) -> float:
    """Return the mean above a target over the downside deviation, annualised [2]_.

    Parameters
    ----------
    returns, target, missing
        See `downside_deviation`.
    periods : float, default 252
        Periods in a year; the ratio is multiplied by its root.

    Raises
    ------
    ArgumentError, DataError
        As `downside_deviation`; also where no return is below the target.

    Examples
    --------
    >>> sortino_ratio([0.02, -0.02, 0.04, 0.0], periods=1)
    1.0
    """
    values = series(returns, missing=missing)
    goal = finite(target, "target")
    risk = downside_deviation(values, target=goal)
    _above_zero(risk, f"no return is below the target of {goal:g}, so there is no")
    return (
        (float(values.mean()) - goal) / risk * math.sqrt(positive(periods, "periods"))
    )


def omega_ratio(
    returns: ArrayLike, *, target: float = 0.0, missing: Missing = "reject"
) -> float:
    """Return gains above a target over losses below it [3]_.

    Parameters
    ----------
    returns, target, missing
        See `downside_deviation`.

    Raises
    ------
    ArgumentError, DataError
        As `downside_deviation`; also where no return is below the target.

    Examples
    --------
    >>> omega_ratio([0.03, -0.01, 0.01, -0.01])
    2.0
    """
    values = series(returns, missing=missing)
    goal = finite(target, "target")
    apart = values - goal
    lost = -float(np.minimum(apart, 0.0).sum())
    _above_zero(lost, f"no return is below the target of {goal:g}, so there is no")
    return float(np.maximum(apart, 0.0).sum()) / lost


def gain_to_pain(returns: ArrayLike, *, missing: Missing = "reject") -> float:
    """Return the sum of all returns over the sum of the losses [4]_.

    See Also
    --------
    omega_ratio : at a target of 0, this plus 1; with the parameters and errors.

    Examples
    --------
    >>> gain_to_pain([0.03, -0.01, 0.01, -0.01])
    1.0
    """
    return omega_ratio(returns, missing=missing) - 1.0


def tail_ratio(
    returns: ArrayLike, *, level: float = 0.95, missing: Missing = "reject"
) -> float:
    """Return a high quantile over the size of the low one, both interpolated.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns.
    level : float, default 0.95
        Of the high quantile; the low one is at ``1 - level``. Above 0.5.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Raises
    ------
    ArgumentError
        If `level` lies outside (0.5, 1).
    DataError
        If `returns` is empty or not finite, or the low quantile is 0.

    Examples
    --------
    >>> round(tail_ratio([-0.02, -0.01, 0.0, 0.02, 0.04], level=0.75), 9)
    2.0
    """
    values = series(returns, missing=missing)
    alpha = probability(level)
    if alpha <= 0.5:
        msg = f"level must be above 0.5, that of the high quantile; received {alpha:g}"
        raise ArgumentError(msg)
    low, high = np.quantile(values, (1.0 - alpha, alpha))
    _above_zero(abs(float(low)), "the low quantile is 0, so there is no")
    return abs(float(high)) / abs(float(low))


def calmar_ratio(
    returns: ArrayLike, *, periods: float = 252, missing: Missing = "reject"
) -> float:
    """Return annual return over the deepest drawdown of the whole series.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, oldest first, not below -1.
    periods : float, default 252
        Periods in a year.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Raises
    ------
    ArgumentError
        If `periods` is not positive.
    DataError
        If `returns` is empty, not finite or below -1, or there was no drawdown.

    Examples
    --------
    >>> round(calmar_ratio([0.5, -0.2], periods=2), 9)
    1.0
    """
    values = returns_above_ruin(returns, missing=missing)
    return _over_drawdown(
        values, periods, 0.0, float(stats.drawdowns(values)["deepest"])
    )


def martin_ratio(
    returns: ArrayLike,
    *,
    risk_free: float = 0.0,
    periods: float = 252,
    missing: Missing = "reject",
) -> float:
    """Return annual return above a yearly rate over the Ulcer index [1]_ (p. 91).

    See Also
    --------
    calmar_ratio : with the parameters and errors; `risk_free` is per year.
    """
    values = returns_above_ruin(returns, missing=missing)
    ulcer = (stats.drawdowns(values)["sum_of_squares"] / values.size) ** 0.5
    return _over_drawdown(values, periods, risk_free, float(ulcer))


def pain_ratio(
    returns: ArrayLike,
    *,
    risk_free: float = 0.0,
    periods: float = 252,
    missing: Missing = "reject",
) -> float:
    """Return annual return above a yearly rate over the pain index [1]_ (p. 91).

    See Also
    --------
    calmar_ratio : with the parameters and errors; `risk_free` is per year.
    """
    values = returns_above_ruin(returns, missing=missing)
    pain = stats.drawdowns(values)["sum"] / values.size
    return _over_drawdown(values, periods, risk_free, float(pain))


def burke_ratio(
    returns: ArrayLike,
    *,
    risk_free: float = 0.0,
    periods: float = 252,
    modified: bool = False,
    missing: Missing = "reject",
) -> float:
    """Return annual return above a yearly rate over the root of squared falls [1]_.

    Parameters
    ----------
    returns, periods, missing
        See `calmar_ratio`.
    risk_free : float, default 0.0
        Per year.
    modified : bool, default False
        Divide the sum of squares by the number of periods first, so that a longer
        series is not punished.

    Raises
    ------
    ArgumentError, DataError
        As `calmar_ratio`.

    Notes
    -----
    Bacon (p. 90) squares the deepest point of each fall. PerformanceAnalytics publishes
    0.74 and 3.65 by another rule: there every run of losses is a drawdown of its own.
    """
    values = returns_above_ruin(returns, missing=missing)
    squares = float(stats.drawdowns(values)["sum_of_deepest_squares"])
    if modified:
        squares /= values.size
    return _over_drawdown(values, periods, risk_free, math.sqrt(squares))


def skewness(returns: ArrayLike, *, missing: Missing = "reject") -> float:
    """Return the third moment over the deviation cubed, dividing by n.

    Raises
    ------
    DataError
        If there are fewer than 3 returns, they are not finite or do not vary.

    Examples
    --------
    >>> skewness([0.01, -0.01, 0.02, -0.02])
    0.0
    """
    values = series(returns, least=3, missing=missing)
    deviation(values)
    return shape(values)[0]


def excess_kurtosis(returns: ArrayLike, *, missing: Missing = "reject") -> float:
    """Return the fourth moment over the variance squared, less 3, dividing by n.

    Raises
    ------
    DataError
        If there are fewer than 4 returns, they are not finite or do not vary.

    Examples
    --------
    >>> excess_kurtosis([0.01, -0.01, 0.01, -0.01])
    -2.0
    """
    values = series(returns, least=4, missing=missing)
    deviation(values)
    return shape(values)[1] - 3.0


def stability(returns: ArrayLike, *, missing: Missing = "reject") -> float:
    """Return R squared of a straight line through the accumulated log returns.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns above -1, oldest first, at least 3.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Raises
    ------
    DataError
        If there are too few, one is not finite or not above -1, or nothing ever moved.

    Examples
    --------
    >>> round(stability([0.01] * 10), 9)
    1.0
    """
    values = returns_above_ruin(returns, least=3, missing=missing)
    found = float(stats.summarize(values)["stability"])
    if math.isnan(found):
        msg = "the value never moved or was lost whole, so no line can be drawn"
        raise DataError(msg)
    return found


def _growth(values: NDArray[np.float64]) -> float:
    return float(stats.log_growth(values).sum())


def _annual(values: NDArray[np.float64], year: float) -> float:
    return compounded(_growth(values) * year / values.size)


def _over_drawdown(
    values: NDArray[np.float64], periods: float, risk_free: float, risk: float
) -> float:
    year = positive(periods, "periods")
    _above_zero(risk, "the value never fell below a former high, so there is no")
    return (_annual(values, year) - finite(risk_free, "risk_free")) / risk


def _above_zero(risk: float, why: str) -> None:
    if not risk > 0.0:
        msg = f"{why} ratio: its denominator is zero"
        raise DataError(msg)
