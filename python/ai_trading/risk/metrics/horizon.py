"""Tail risk over several periods ahead.

NaN is rejected. Losses are positive fractions over the whole horizon.

References
----------
.. [1] J. Danielsson, "Financial Risk Forecasting", 2011, section 4.5.
.. [2] D. N. Politis and J. P. Romano, "The Stationary Bootstrap", Journal of the
   American Statistical Association 89, 1994.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ai_trading._core import stats
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import one_of
from ai_trading.risk.metrics.checks import (
    MOST_DRAWN,
    positive,
    probability,
    returns_above_ruin,
    seed_number,
    whole,
)
from ai_trading.risk.metrics.tails import TailRisk, historical

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["horizon_risk"]

HorizonMethod = Literal["root", "overlapping", "disjoint", "bootstrap"]


def horizon_risk(
    returns: ArrayLike,
    horizon: int,
    level: float = 0.99,
    *,
    method: HorizonMethod = "overlapping",
    paths: int = 10_000,
    block: float = 1.0,
    seed: int = 0,
) -> TailRisk:
    """Return the historical tail over a number of periods.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, oldest first, not below -1; at least `horizon` (for "disjoint",
        twice that).
    horizon : int
        Periods ahead.
    level : float, default 0.99
        Confidence, strictly between 0 and 1.
    method : {"root", "overlapping", "disjoint", "bootstrap"}, default "overlapping"
        One period's risk times the root of the horizon, which holds for independent
        normal returns without a mean [1]_; the sample of all compounded returns over
        the horizon, whose neighbours share periods; of those that share none; or of
        drawn paths (stationary bootstrap [2]_).
    paths : int, default 10000
        Of the bootstrap.
    block : float, default 1.0
        Mean length of the bootstrap's runs of neighbours, at least 1; 1 draws every
        period alone.
    seed : int, default 0
        Of the bootstrap.

    Returns
    -------
    TailRisk

    Raises
    ------
    ArgumentError
        If an argument lies outside its domain.
    DataError
        If there are too few returns, or they are not finite or below -1.

    Examples
    --------
    >>> round(horizon_risk([-0.02, 0.01, -0.01, 0.02], 4, 0.75, method="root")
    ...       .value_at_risk, 9)
    0.02
    """
    ahead = whole(horizon, "horizon")
    alpha = probability(level)
    one_of("method", method, get_args(HorizonMethod))
    draws, number = whole(paths, "paths", 1, MOST_DRAWN), seed_number(seed)
    length = positive(block, "block")
    if length < 1.0:
        msg = f"block must be at least 1 period; received {length:g}"
        raise ArgumentError(msg)
    least = 2 * ahead if method == "disjoint" else ahead
    values = returns_above_ruin(returns, least=least)
    if method == "root":
        one = historical(values, alpha)
        scale = math.sqrt(ahead)
        return TailRisk(
            one.value_at_risk * scale,
            one.expected_shortfall * scale,
            alpha,
            f"historical, root of {ahead} period(s)",
            one.observations,
        )
    if method in {"overlapping", "disjoint"}:
        with np.errstate(invalid="ignore"):
            level_of = np.concatenate(([0.0], np.cumsum(stats.log_growth(values))))
            step = 1 if method == "overlapping" else ahead
            growth = (level_of[ahead:] - level_of[:-ahead])[::step]
        outcomes = np.expm1(np.where(np.isnan(growth), -math.inf, growth))
    else:
        outcomes = _bootstrap(values, ahead, draws, length, number)
    found = historical(outcomes, alpha)
    return TailRisk(
        found.value_at_risk,
        found.expected_shortfall,
        alpha,
        f"historical, {method}, {ahead} period(s)",
        found.observations,
    )


def _bootstrap(
    values: NDArray[np.float64], ahead: int, paths: int, length: float, seed: int
) -> NDArray[np.float64]:
    rng = np.random.Generator(np.random.PCG64(seed))
    at = rng.integers(0, values.size, paths)
    wealth = 1.0 + values[at]
    for _ in range(ahead - 1):
        fresh = rng.random(paths) < 1.0 / length
        at = np.where(fresh, rng.integers(0, values.size, paths), at + 1) % values.size
        wealth = wealth * (1.0 + values[at])
    outcomes: NDArray[np.float64] = wealth - 1.0
    return outcomes
