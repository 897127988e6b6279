"""How sure a mean over parents is: percentile bootstrap intervals.

What is drawn with replacement, `RESAMPLES` times, from NumPy's PCG64 seeded by the
argument, are days with all their parents: parents of one day share its moves and are
not independent. The quantiles of the resampled statistic are the interval (Efron and
Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 8.6 and 13). Where all
parents are of one day single parents are drawn instead; such an interval speaks of that
day only and is too narrow for others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import whole

__all__ = [
    "RESAMPLES",
    "Statistic",
    "check_bootstrap",
    "interval",
    "interval_by_day",
    "mean_interval_by_day",
    "weighted_mean",
]

RESAMPLES: Final = 2_000
_BLOCKS: Final = 2  # with fewer days, parents are drawn
_MOST: Final = 10_000_000
_CELLS: Final = 4_000_000  # resampled values at once: memory is bounded

Floats = NDArray[np.float64]
Statistic = Callable[..., Floats]


def check_bootstrap(level: float, resamples: int, seed: int) -> None:
    """Refuse a level outside (0, 1), too few resamples, or a seed that is none.

    Raises
    ------
    ArgumentError
    """
    if not isinstance(level, int | float) or not 0 < level < 1:
        per_cent = isinstance(level, int | float) and 1 < level < 100
        hint = f". Did you mean {level / 100:g}?" if per_cent else ""
        msg = f"level must lie strictly between 0 and 1; received {level!r}{hint}"
        raise ArgumentError(msg)
    whole("resamples", resamples, 100, _MOST)
    whole("seed", seed)


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
    return _quantiles(np.concatenate(found), level)


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


def interval_by_day(
    statistic: Statistic,
    *days: Sequence[Any],
    seed: int,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """Return the percentile interval of a statistic, whole days drawn.

    Parameters
    ----------
    statistic : callable
        As `interval` takes it.
    *days : sequence
        The day of every parent, a sequence for each sample. The same days are drawn for
        all samples, since a day's moves are in each of them; a draw in which a sample
        has no parent is passed over.
    seed : int
    level : float, default 0.95
    resamples : int, default 2000
    """
    names = sorted({day for sample in days for day in sample})
    terms: dict[str, Any] = {"seed": seed, "level": level, "resamples": resamples}
    if len(names) < _BLOCKS:
        return interval(statistic, *(len(sample) for sample in days), **terms)
    members = [
        [np.flatnonzero([day == name for day in sample]) for name in names]
        for sample in days
    ]
    rng = np.random.default_rng(seed)
    found = []
    for draw in rng.integers(len(names), size=(resamples, len(names))):
        picks = [np.concatenate([rows[day] for day in draw]) for rows in members]
        if all(len(pick) for pick in picks):
            found.append(statistic(*(pick[None, :] for pick in picks)))
    return _quantiles(np.concatenate(found), level)


def mean_interval_by_day(
    values: Floats,
    weights: Floats | None,
    days: Sequence[Any],
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """Return `interval_by_day` of a mean, weighted or not, from the days' sums."""
    names, place = np.unique(np.asarray(days), return_inverse=True)
    if len(names) < _BLOCKS:
        statistic = weighted_mean(values, weights)
        return interval(
            statistic, len(values), seed=seed, level=level, resamples=resamples
        )
    heavy = np.ones(len(values)) if weights is None else weights
    paid, weight = np.bincount(place, values * heavy), np.bincount(place, heavy)
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(names), size=(resamples, len(names)))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = paid[draws].sum(axis=1) / weight[draws].sum(axis=1)
    return _quantiles(found, level)


def _quantiles(found: Floats, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low, high = np.quantile(found, (tail, 1 - tail))
    return float(low), float(high)
