"""How sure a mean over parents is: percentile bootstrap intervals.

Parents are drawn with replacement, `RESAMPLES` times, from NumPy's PCG64 seeded by the
argument, and the quantiles of the resampled statistic are the interval (Efron and
Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13). That treats parents
as independent: parents of one day and symbol share its moves, so true intervals are
wider where many of them overlap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.errors import ArgumentError

__all__ = ["RESAMPLES", "Statistic", "check_bootstrap", "interval", "weighted_mean"]

RESAMPLES: Final = 2_000
_CELLS: Final = 4_000_000  # resampled values at once: memory is bounded

Floats = NDArray[np.float64]
Statistic = Callable[..., Floats]


def check_bootstrap(level: float, resamples: int) -> None:
    """Refuse a level outside (0, 1) or too few resamples.

    Raises
    ------
    ArgumentError
    """
    if not 0 < level < 1:
        msg = f"level must lie strictly between 0 and 1; received {level!r}"
        raise ArgumentError(msg)
    if resamples < 100:
        msg = f"resamples must be 100 or more; received {resamples!r}"
        raise ArgumentError(msg)


def interval(
    statistic: Statistic,
    *counts: int,
    seed: int,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """Return the percentile interval of a statistic.

    Parameters
    ----------
    statistic : callable
        Takes indices of shape (draws, count), an array for each sample, and returns one
        value for each draw.
    *counts : int
        Parents of each sample; with fewer than two in each nothing varies and the
        interval is NaN.
    seed : int
    level : float, default 0.95
    resamples : int, default 2000
    """
    if max(counts) < 2:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    at_once = max(1, _CELLS // sum(counts))
    found = []
    left = resamples
    while left > 0:
        draws = min(left, at_once)
        picks = [rng.integers(count, size=(draws, count)) for count in counts]
        found.append(statistic(*picks))
        left -= draws
    tail = (1 - level) / 2
    low, high = np.quantile(np.concatenate(found), (tail, 1 - tail))
    return float(low), float(high)


def weighted_mean(values: Floats, weights: Floats | None) -> Statistic:
    """Return the statistic that is a mean, weighted or not."""
    if weights is None:
        return lambda picks: np.asarray(values[picks].mean(axis=1))
    heavy = values * weights

    def mean(picks: NDArray[np.intp]) -> Floats:
        total = weights[picks].sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(heavy[picks].sum(axis=1) / total)

    return mean
