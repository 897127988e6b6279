"""Drawdowns of portfolio values, in the words of a dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

from ai_trading.risk.metrics.checks import finite
from ai_trading.risk.metrics.drawdowns import falls, positive_values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["DrawdownAnalyzer", "DrawdownPeriod", "Drawdowns"]


class DrawdownPeriod(TypedDict):
    """One fall: from the last value at the high to the first that is back at it."""

    start_idx: int
    end_idx: int
    duration: int
    magnitude: float


class Drawdowns(TypedDict):
    """The answer of `DrawdownAnalyzer.calculate_drawdowns`."""

    max_drawdown: float
    max_drawdown_start: int | None
    max_drawdown_end: int | None
    max_drawdown_duration: int
    drawdown_periods: list[DrawdownPeriod]
    num_drawdown_periods: int
    average_drawdown: float
    average_recovery_time: float | None


class DrawdownAnalyzer:
    """Find the falls in a series of portfolio values.

    Values are positive, oldest first; drawdowns are positive fractions of the former
    high; times are positions in the series and numbers of periods. NaN is rejected.

    Examples
    --------
    >>> found = DrawdownAnalyzer().calculate_drawdowns([100, 120, 90, 130, 117])
    >>> found["max_drawdown"], found["max_drawdown_start"], found["max_drawdown_end"]
    (0.25, 1, 2)
    >>> [round(period["magnitude"], 9) for period in found["drawdown_periods"]]
    [0.25, 0.1]
    """

    def calculate_drawdowns(self, values: ArrayLike) -> Drawdowns:
        """Return every fall and what they have in common.

        Parameters
        ----------
        values : array_like of shape (n_periods,)
            Portfolio values.

        Returns
        -------
        Drawdowns
            `max_drawdown` with the position of its high (`max_drawdown_start`), of its
            deepest point (`max_drawdown_end`, None where nothing ever fell) and the
            periods between; `drawdown_periods` in order of time, each with the position
            of its high, the one where the high was seen again (or the last), the
            periods between, and the depth of its deepest point;
            `num_drawdown_periods`; `average_drawdown`, the mean of those depths; and
            `average_recovery_time`, the mean number of periods from the deepest point
            to the high of those that recovered, None where none did.

        Raises
        ------
        DataError
            If there is no value, or one is not positive and finite.
        """
        depths = _depths(values)
        found = falls(depths)
        if not found:
            return _nothing()
        deepest = found[0]
        recovered = [f.to_recovery for f in found if f.to_recovery is not None]
        periods: list[DrawdownPeriod] = []
        for fall in sorted(found, key=lambda fall: int(fall.trough)):
            start = int(fall.start)
            end = depths.size - 1 if fall.recovery is None else int(fall.recovery)
            periods.append(
                {
                    "start_idx": start,
                    "end_idx": end,
                    "duration": end - start,
                    "magnitude": fall.depth,
                }
            )
        return {
            "max_drawdown": deepest.depth,
            "max_drawdown_start": int(deepest.start),
            "max_drawdown_end": int(deepest.trough),
            "max_drawdown_duration": deepest.to_trough,
            "drawdown_periods": periods,
            "num_drawdown_periods": len(periods),
            "average_drawdown": sum(fall.depth for fall in found) / len(found),
            "average_recovery_time": (
                sum(recovered) / len(recovered) if recovered else None
            ),
        }

    def is_in_drawdown(self, values: ArrayLike, threshold: float = 0.0) -> bool:
        """Return whether the last value is below the high by more than a share.

        Parameters
        ----------
        values : array_like of shape (n_periods,)
            Portfolio values.
        threshold : float, default 0.0
            Share of the high.

        Raises
        ------
        ArgumentError
            If `threshold` is not finite.
        DataError
            If there is no value, or one is not positive and finite.

        Examples
        --------
        >>> DrawdownAnalyzer().is_in_drawdown([100, 90])
        True
        """
        limit = finite(threshold, "threshold")
        return bool(_depths(values)[-1] > limit)

    def calculate_recovery_time(self, values: ArrayLike) -> int | None:
        """Return the periods from the deepest point of all back to the former high.

        Returns
        -------
        int or None
            0 where nothing ever fell, None where the high was not seen again.

        Raises
        ------
        DataError
            If there is no value, or one is not positive and finite.

        Examples
        --------
        >>> DrawdownAnalyzer().calculate_recovery_time([100, 80, 90, 100])
        2
        """
        found = falls(_depths(values))
        return found[0].to_recovery if found else 0


def _depths(values: ArrayLike) -> NDArray[np.float64]:
    array = positive_values(values)
    depths: NDArray[np.float64] = 1.0 - array / np.maximum.accumulate(array)
    return depths


def _nothing() -> Drawdowns:
    return {
        "max_drawdown": 0.0,
        "max_drawdown_start": None,
        "max_drawdown_end": None,
        "max_drawdown_duration": 0,
        "drawdown_periods": [],
        "num_drawdown_periods": 0,
        "average_drawdown": 0.0,
        "average_recovery_time": None,
    }
