"""Measures over a sliding window.

``out[i]`` is the measure of ``returns[i : i + window]``, so there are
``n - window + 1`` of them. NaN is rejected: a window that leaves periods out would mean
another length. Nothing drifts: each answer is built from its window's returns alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ai_trading._core import stats
from ai_trading.core.errors import DataError
from ai_trading.core.exact import function
from ai_trading.risk.metrics.checks import (
    finite,
    ordered,
    pair,
    positive,
    probability,
    returns_above_ruin,
    series,
    whole,
)
from ai_trading.risk.metrics.tails import tail_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "rolling",
    "rolling_beta",
    "rolling_max_drawdown",
    "rolling_mean",
    "rolling_sharpe",
    "rolling_value_at_risk",
    "rolling_volatility",
]


def rolling_sharpe(
    returns: ArrayLike,
    window: int = 252,
    *,
    risk_free: float = 0.0,
    periods: float = 252,
) -> NDArray[np.float64]:
    """Return the annualised Sharpe ratio of each window.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, oldest first.
    window : int, default 252
        Periods, at least 2.
    risk_free : float, default 0.0
        Per period.
    periods : float, default 252
        Periods in a year.

    Returns
    -------
    ndarray of shape (n_periods - window + 1,)
        NaN where a window does not vary.

    Raises
    ------
    ArgumentError
        If an argument lies outside its domain.
    DataError
        If there are fewer returns than a window or they are not finite.

    Notes
    -----
    Rounding does not grow with the length of the series: a window is joined from the
    end of one block and the beginning of the next, each summed from a return of its
    own. The relative error of a variance is about ``window * 1e-16``.

    Examples
    --------
    >>> rolling_sharpe([0.01, -0.01, 0.01, 0.03], 2, periods=1).round(6).tolist()
    [0.0, 0.0, 1.414214]
    """
    size = whole(window, "window", 2)
    values = _long_enough(_dated(returns), size)
    scale = math.sqrt(positive(periods, "periods"))
    return stats.rolling_sharpe(values, size, finite(risk_free, "risk_free"), scale)


def rolling_mean(returns: ArrayLike, window: int = 252) -> NDArray[np.float64]:
    """Return the mean of each window.

    See Also
    --------
    rolling_sharpe : with the parameters and errors.

    Examples
    --------
    >>> rolling_mean([1.0, 2.0, 4.0], 2).tolist()
    [1.5, 3.0]
    """
    size = whole(window, "window")
    return stats.rolling_moments(_long_enough(_dated(returns), size), size)[0]


def rolling_volatility(
    returns: ArrayLike, window: int = 252, *, periods: float = 252
) -> NDArray[np.float64]:
    """Return the annualised deviation (n - 1) of each window.

    See Also
    --------
    rolling_sharpe : with the parameters and errors.

    Examples
    --------
    >>> rolling_volatility([1.0, 3.0, 3.0], 2, periods=1).round(6).tolist()
    [1.414214, 0.0]
    """
    size = whole(window, "window", 2)
    squares = stats.rolling_moments(_long_enough(_dated(returns), size), size)[1]
    scale = positive(periods, "periods") / (size - 1)
    return np.sqrt(squares * scale)


def rolling_max_drawdown(returns: ArrayLike, window: int = 252) -> NDArray[np.float64]:
    """Return the deepest drawdown inside each window, exactly.

    The value before a window's first return counts as a high of that window.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, oldest first, not below -1.
    window : int, default 252
        Periods.

    Raises
    ------
    ArgumentError
        If `window` is not a positive whole number.
    DataError
        If there are fewer returns than a window, or they are not finite or below -1.

    Examples
    --------
    >>> rolling_max_drawdown([-0.5, 0.1, -0.2, 0.3], 2).round(9).tolist()
    [0.5, 0.2, 0.2]
    """
    size = whole(window, "window")
    values = _long_enough(returns_above_ruin(returns), size)
    return stats.rolling_drawdown(values, size)


def rolling_beta(
    returns: ArrayLike, benchmark: ArrayLike, window: int = 252
) -> NDArray[np.float64]:
    """Return the slope on a benchmark in each window; NaN where that does not vary.

    See Also
    --------
    rolling_sharpe : with the parameters and errors.

    Notes
    -----
    The covariance is a quarter of the variance of the sum less that of the difference,
    each of which is found without drift; both series are brought to one scale first.

    Examples
    --------
    >>> rolling_beta([0.02, -0.02, 0.04], [0.01, -0.01, 0.02], 3).round(9).tolist()
    [2.0]
    """
    size = whole(window, "window", 2)
    ordered(returns)
    a, b = pair(returns, benchmark, least=size)
    spread_a, spread_b = float(np.std(a)), float(np.std(b))
    unit_a, unit_b = spread_a or 1.0, spread_b or 1.0
    x, y = a / unit_a, b / unit_b
    apart = (
        stats.rolling_moments(x + y, size)[1] - stats.rolling_moments(x - y, size)[1]
    )
    own = stats.rolling_moments(y, size)[1]
    out = np.full(own.size, math.nan)
    np.divide(0.25 * apart, own, out=out, where=own > 0.0)
    return out * (unit_a / unit_b)


def rolling_value_at_risk(
    returns: ArrayLike, window: int = 252, level: float = 0.99
) -> NDArray[np.float64]:
    """Return the historical value at risk (order statistic) of each window.

    See Also
    --------
    rolling_sharpe : with the parameters and errors.

    Examples
    --------
    >>> rolling_value_at_risk([-0.03, 0.01, -0.02, 0.02], 2, 0.75).tolist()
    [0.03, 0.02, 0.02]
    """
    size = whole(window, "window")
    values = _long_enough(_dated(returns), size)
    rank = min(int(tail_size(size, probability(level))), size - 1)
    views = np.lib.stride_tricks.sliding_window_view(values, size)
    out = np.empty(views.shape[0])
    step = max(1, 2**20 // size)  # 8 MB at a time
    for first in range(0, out.size, step):
        part = np.partition(views[first : first + step], rank, axis=1)
        out[first : first + step] = -part[:, rank]
    return out


def rolling(
    measure: Callable[[NDArray[np.float64]], float], returns: ArrayLike, window: int
) -> NDArray[np.float64]:
    """Return any measure of each window, by calling it.

    Parameters
    ----------
    measure : callable
        Takes the window's returns; what it raises passes through.
    returns : array_like of shape (n_periods,)
        Simple returns, oldest first.
    window : int
        Periods.

    Raises
    ------
    ArgumentError
        If `window` is not a positive whole number.
    DataError
        If there are fewer returns than a window or they are not finite.

    Examples
    --------
    >>> rolling(max, [0.01, 0.03, 0.02], 2).tolist()
    [0.03, 0.03]
    """
    function("measure", measure, "measure(window)")
    size = whole(window, "window")
    values = _long_enough(_dated(returns), size)
    views = np.lib.stride_tricks.sliding_window_view(values, size)
    return np.array([float(measure(view)) for view in views])


def _dated(returns: ArrayLike) -> NDArray[np.float64]:
    ordered(returns)
    return series(returns)


def _long_enough(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    if values.size < window:
        msg = (
            f"returns has {values.size} value(s); a window of {window} needs at least "
            f"{window}. Give a longer history or a shorter window"
        )
        raise DataError(msg)
    return values
