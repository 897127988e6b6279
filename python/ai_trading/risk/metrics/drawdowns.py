"""How deep and how long a portfolio was below its former high.

A drawdown is a positive fraction of the high. Returns are compounded from a value of 1
before the first of them, which counts as a high: a first loss is a drawdown. NaN is
rejected, or left out where ``missing="skip"``; a return below -1 is an error.

References
----------
.. [1] C. Bacon, "Practical Portfolio Performance Measurement and Attribution", 2nd
   edition, 2008, pp. 88-91.
.. [2] A. Chekhlov, S. Uryasev and M. Zabarankin, "Drawdown Measure in Portfolio
   Optimization", International Journal of Theoretical and Applied Finance 8(1), 2005.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ai_trading._core import stats
from ai_trading.core.errors import DataError
from ai_trading.risk.metrics.checks import (
    Missing,
    returns_above_ruin,
    series,
    whole,
)
from ai_trading.risk.metrics.tails import expected_shortfall

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Fall",
    "conditional_drawdown_at_risk",
    "drawdown_series",
    "drawdown_table",
    "max_drawdown",
    "pain_index",
    "returns_of",
    "ulcer_index",
]


@dataclass(frozen=True, slots=True)
class Fall:
    """One fall from a high, up to the next.

    Attributes
    ----------
    depth : float
        Greatest drawdown within it.
    start, trough, recovery : Any
        Labels (or positions) of the last period at the high, of the deepest, and of the
        first at the high again; recovery is None where there was none. A fall from the
        value before the first return starts at None (position -1).
    length : int
        Periods below the high.
    to_trough : int
        Periods from the high to the deepest.
    to_recovery : int or None
        Periods from the deepest to the high.
    """

    depth: float
    start: Any
    trough: Any
    recovery: Any
    length: int
    to_trough: int
    to_recovery: int | None


def drawdown_series(
    returns: ArrayLike, *, missing: Missing = "reject"
) -> NDArray[np.float64]:
    """Return the drawdown at the end of every period.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, oldest first.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Returns
    -------
    ndarray of shape (n_periods,)

    Raises
    ------
    DataError
        If `returns` is empty, not finite, or below -1 somewhere.

    Examples
    --------
    >>> drawdown_series([0.1, -0.5, 1.0, 0.1]).tolist()
    [0.0, 0.5, 0.0, 0.0]
    """
    return stats.depths(returns_above_ruin(returns, missing=missing))


def max_drawdown(returns: ArrayLike, *, missing: Missing = "reject") -> float:
    """Return the deepest drawdown, a positive fraction; 0 where there was none.

    See Also
    --------
    drawdown_series : with the parameters and errors.

    Examples
    --------
    >>> round(max_drawdown([0.1, -0.2, 0.05, -0.1]), 9)
    0.244
    """
    values = returns_above_ruin(returns, missing=missing)
    return float(stats.drawdowns(values)["deepest"])


def ulcer_index(returns: ArrayLike, *, missing: Missing = "reject") -> float:
    """Return the root of the mean squared drawdown, over all periods [1]_.

    See Also
    --------
    drawdown_series : with the parameters and errors.

    Examples
    --------
    >>> round(ulcer_index([0.1, -0.5, 1.0, 0.1]), 9)
    0.25
    """
    values = returns_above_ruin(returns, missing=missing)
    return float((stats.drawdowns(values)["sum_of_squares"] / values.size) ** 0.5)


def pain_index(returns: ArrayLike, *, missing: Missing = "reject") -> float:
    """Return the mean drawdown over all periods [1]_.

    See Also
    --------
    drawdown_series : with the parameters and errors.

    Examples
    --------
    >>> round(pain_index([0.1, -0.5, 1.0, 0.1]), 9)
    0.125
    """
    values = returns_above_ruin(returns, missing=missing)
    return float(stats.drawdowns(values)["sum"] / values.size)


def conditional_drawdown_at_risk(
    returns: ArrayLike, level: float = 0.95, *, missing: Missing = "reject"
) -> float:
    """Return the mean of the worst ``1 - level`` of drawdowns over time [2]_.

    It lies between the mean drawdown (as `level` goes to 0) and the deepest.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, oldest first.
    level : float, default 0.95
        Confidence, strictly between 0 and 1.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Raises
    ------
    ArgumentError
        If `level` lies outside (0, 1).
    DataError
        As `drawdown_series`.

    Examples
    --------
    >>> round(conditional_drawdown_at_risk([0.1, -0.5, 1.0, 0.1], 0.5), 9)
    0.25
    """
    return expected_shortfall(-drawdown_series(returns, missing=missing), level)


def drawdown_table(
    returns: ArrayLike, *, labels: Sequence[Any] | None = None, top: int | None = 10
) -> list[Fall]:
    """Return the falls from former highs, the deepest first.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, oldest first. NaN is rejected.
    labels : sequence, optional
        Date or other name of each period, rising; without it, positions are given.
    top : int, optional
        How many at most; None for all.

    Returns
    -------
    list of Fall

    Raises
    ------
    DataError
        If there is not one label for each return, labels do not rise, or as
        `drawdown_series`.

    Examples
    --------
    >>> fall = drawdown_table([0.1, -0.5, 1.0, 0.1])[0]
    >>> round(fall.depth, 9), fall.start, fall.trough, fall.recovery
    (0.5, 0, 1, 2)
    """
    values = returns_above_ruin(returns)
    names = _names(labels, values.size)
    most = None if top is None else whole(top, "top", 0)
    return falls(stats.depths(values), names)[:most]


def falls(
    depths: NDArray[np.float64], names: Sequence[Any] | None = None
) -> list[Fall]:
    """Return the falls in a series of drawdowns, the deepest first."""
    below = np.concatenate(([False], depths > 0.0, [False]))
    edges = np.flatnonzero(below[1:] != below[:-1])
    found = []
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        trough = first + int(np.argmax(depths[first:after]))
        recovered = after < depths.size
        found.append(
            Fall(
                depth=float(depths[trough]),
                start=_name(names, first - 1),
                trough=_name(names, trough),
                recovery=_name(names, after) if recovered else None,
                length=after - first,
                to_trough=trough - first + 1,
                to_recovery=after - trough if recovered else None,
            )
        )
    found.sort(key=lambda fall: -fall.depth)
    return found


def returns_of(values: ArrayLike, *, name: str = "values") -> NDArray[np.float64]:
    """Return the simple returns between portfolio values or prices.

    Parameters
    ----------
    values : array_like of shape (n_periods + 1,)
        Positive, oldest first, at least 2. NaN is rejected.
    name : str, default "values"
        What an error calls them.

    Raises
    ------
    DataError
        If there are fewer than 2, or one is not positive and finite.

    Examples
    --------
    >>> returns_of([100, 110, 99]).round(9).tolist()
    [0.1, -0.1]
    """
    array = positive_values(values, name=name, least=2)
    change: NDArray[np.float64] = array[1:] / array[:-1] - 1.0
    return change


def positive_values(
    values: ArrayLike, *, name: str = "values", least: int = 1
) -> NDArray[np.float64]:
    """Return checked portfolio values or prices."""
    array = series(values, name=name, least=least)
    if array.min() <= 0.0:
        at = int(np.argmax(array <= 0.0))
        msg = (
            f"{name}[{at}] is {array[at]:g}; values must be positive, or a return has "
            "no meaning"
        )
        raise DataError(msg)
    return array


def _names(labels: Sequence[Any] | None, size: int) -> Sequence[Any] | None:
    if labels is None:
        return None
    if not hasattr(labels, "__len__"):
        msg = f"labels must be a sequence, one for each return; received {labels!r:.80}"
        raise DataError(msg)
    if len(labels) != size:
        msg = f"labels must name each of {size} returns; received {len(labels)}"
        raise DataError(msg)
    for at in range(1, size):
        if not labels[at - 1] < labels[at]:
            msg = (
                f"labels must rise: {labels[at]!r} follows {labels[at - 1]!r} at "
                f"position {at}. Sort the returns by date and drop duplicates"
            )
            raise DataError(msg)
    return labels


def _name(names: Sequence[Any] | None, at: int) -> Any:
    if names is None:
        return at
    return names[at] if at >= 0 else None
