"""How far a fraction estimated from a sample can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import one_of, whole
from ai_trading.core.settings import get_settings
from ai_trading.risk import checks
from ai_trading.risk.kelly.bets import growth_rate
from ai_trading.risk.kelly.estimators import ESTIMATORS, Estimator
from ai_trading.risk.kelly.resampling import (
    automatic_block,
    long_run_variance,
    resamples,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["KellyInterval", "kelly_interval"]

METHODS = ("delta", "percentile", "bca")
# Beyond it the bootstrap's estimates alone fill the memory.
_MOST_DRAWS = 10**7


@dataclass(frozen=True, slots=True)
class KellyInterval:
    """An estimated fraction between its bounds.

    Attributes
    ----------
    estimate, lower, upper : float
        Notional for the empirical and the Gaussian fraction, at risk for two points.
    standard_error : float
        By the delta method, or the spread of the bootstrap's estimates.
    growth : float
        Mean log growth the estimate had on the sample; for `two_point` the growth of
        the bet with the sample's mean win and loss.
    growth_at_lower : float
        The same at the lower bound, or at 0 where that is negative: what caution costs.
    confidence : float
    block : float
        Mean length of the blocks, in periods; 1 for independent returns.
    method, fraction : str
    """

    estimate: float
    lower: float
    upper: float
    standard_error: float
    growth: float
    growth_at_lower: float
    confidence: float
    block: float
    method: str
    fraction: str


def kelly_interval(
    returns: ArrayLike,
    *,
    fraction: Literal["empirical", "gaussian", "two_point"] = "empirical",
    method: Literal["delta", "percentile", "bca"] = "bca",
    confidence: float | None = None,
    block: float | Literal["auto"] = 1,
    draws: int = 2000,
    seed: int = 0,
    min_sample_size: int | None = None,
) -> KellyInterval:
    r"""Estimate a fraction and a two-sided interval for it.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns per unit of notional, in excess of the rate; in their order in
        time where `block` is not 1.
    fraction : {"empirical", "gaussian", "two_point"}, default "empirical"
        The notional that maximises the sample's mean log growth; the notional mean
        over variance; or the fraction at risk of `KellyCriterion`.
    method : {"bca", "percentile", "delta"}, default "bca"
        Bootstrap, bias-corrected and accelerated [1]_; bootstrap percentiles; or the
        normal interval of the delta method.
    confidence : float, optional
        Strictly between 0 and 1. Without it, the setting ``kelly.confidence_level``.
    block : float or "auto", default 1
        Mean length of blocks for returns that depend on the past [2]_, in periods; 1
        takes them as independent. "auto" reads it from the influence values [3]_.
    draws : int, default 2000
        Resamples, 100 or more.
    seed : int, default 0
        The same seed gives the same interval.
    min_sample_size : int, optional
        Returns below which nothing is estimated. Without it, the setting
        ``kelly.min_sample_size`` (30).

    Returns
    -------
    KellyInterval

    Raises
    ------
    ArgumentError
        If an option is outside its domain.
    DataError
        If the sample is too small or not finite, or its losses (or gains) are so few
        that resamples without any reach into the interval.

    Notes
    -----
    The delta method takes :math:`\operatorname{var}\hat f = \omega^2/n` with
    :math:`\omega^2` the long-run variance of the influence values, in blocks that of
    the stationary bootstrap in closed form. For the empirical fraction the influence of
    a return is :math:`\psi/\overline{\psi^2}`, :math:`\psi = r/(1 + \hat f r)`. The
    acceleration of BCa is a sixth of the skew of the influence values, by blocks.

    References
    ----------
    .. [1] B. Efron, "Better Bootstrap Confidence Intervals", Journal of the American
       Statistical Association 82(397), 1987.
    .. [2] D. N. Politis and J. P. Romano, "The Stationary Bootstrap", ibid. 89(428),
       1994.
    .. [3] D. N. Politis and H. White, "Automatic Block-Length Selection for the
       Dependent Bootstrap", Econometric Reviews 23(1), 2004.

    Examples
    --------
    >>> returns = [0.02, 0.01, -0.015] * 40
    >>> found = kelly_interval(returns, method="delta")
    >>> round(found.estimate, 2), found.lower < found.estimate < found.upper
    (21.6, True)
    """
    if block != 1:
        checks.ordered(returns)
    values = checks.returns(returns)
    if min_sample_size is None:
        min_sample_size = get_settings().kelly.min_sample_size
    checks.enough(values, max(checks.count("min_sample_size", min_sample_size), 2))
    one_of("fraction", fraction, ESTIMATORS)
    one_of("method", method, METHODS)
    estimator = ESTIMATORS[fraction]
    if confidence is None:
        confidence = get_settings().kelly.confidence_level
    level = checks.inner("confidence", confidence)
    seed = checks.count("seed", seed)
    estimate = float(estimator.estimate(values[np.newaxis])[0])
    _two_sided(values, estimate)
    influence = estimator.influence(values, estimate)
    length = _block(block, influence)
    if method == "delta":
        error = math.sqrt(long_run_variance(influence, length) / values.size)
        half = NormalDist().inv_cdf(0.5 + level / 2) * error
        bounds = estimate - half, estimate + half
    else:
        drawn = _drawn(
            values, estimator, whole("draws", draws, 100, _MOST_DRAWS), length, seed
        )
        shares = 0.5 - level / 2, 0.5 + level / 2
        if method == "bca":
            shares = _corrected(shares, drawn, estimate, influence, length)
        bounds = _quantile(drawn, shares[0]), _quantile(drawn, shares[1])
        error = float(drawn[np.isfinite(drawn)].std())
    return KellyInterval(
        estimate,
        *bounds,
        error,
        _growth_of(estimator, estimate, values),
        _growth_of(estimator, max(bounds[0], 0.0), values),
        level,
        length,
        method,
        fraction,
    )


def _two_sided(values: NDArray[np.float64], estimate: float) -> None:
    gains, losses = int((values > 0).sum()), int((values < 0).sum())
    if min(gains, losses) < 2 or not math.isfinite(estimate):
        msg = (
            f"an interval needs at least two gains and two losses among the returns; "
            f"received {gains} and {losses}"
        )
        raise DataError(msg)


def _block(block: float | str, influence: NDArray[np.float64]) -> float:
    if block == "auto":
        return automatic_block(influence)
    length = checks.finite("block", block)  # type: ignore[arg-type]
    if 1.0 <= length <= influence.size / 2:
        return length
    msg = (
        f"block must lie between 1 and half of the {influence.size} returns, or be "
        f'"auto"; received {block}'
    )
    raise ArgumentError(msg)


def _drawn(
    values: NDArray[np.float64],
    estimator: Estimator,
    draws: int,
    block: float,
    seed: int,
) -> NDArray[np.float64]:
    parts = [estimator.estimate(rows) for rows in resamples(values, draws, block, seed)]
    return np.sort(np.concatenate(parts))


def _corrected(
    shares: tuple[float, float],
    drawn: NDArray[np.float64],
    estimate: float,
    influence: NDArray[np.float64],
    block: float,
) -> tuple[float, float]:
    normal = NormalDist()
    # Ties count half, so that a symmetric discrete estimate is not called biased.
    below = (drawn < estimate).mean() + 0.5 * (drawn == estimate).mean()
    most = 1.0 - 0.5 / drawn.size
    bias = normal.inv_cdf(min(max(float(below), 0.5 / drawn.size), most))
    sums = _block_sums(influence, math.ceil(block))
    square = float(np.sum(sums**2))
    acceleration = float(np.sum(sums**3)) / (6.0 * square**1.5) if square > 0 else 0.0

    def share(z: float) -> float:
        return normal.cdf(bias + (bias + z) / (1.0 - acceleration * (bias + z)))

    return share(normal.inv_cdf(shares[0])), share(normal.inv_cdf(shares[1]))


def _block_sums(values: NDArray[np.float64], block: int) -> NDArray[np.float64]:
    whole: NDArray[np.float64] = np.add.reduceat(
        values, np.arange(0, values.size, block)
    )
    return whole


def _quantile(drawn: NDArray[np.float64], share: float) -> float:
    at = min(max(math.ceil(share * drawn.size) - 1, 0), drawn.size - 1)
    bound = float(drawn[at])
    if math.isfinite(bound):
        return bound
    lacking = float(np.isinf(drawn).mean())
    msg = (
        f"{lacking:.1%} of the resamples have no loss or no gain, and so no best size: "
        "the sample has too few of one kind for this interval. Take a longer sample or "
        "a lower confidence"
    )
    raise DataError(msg)


def _growth_of(
    estimator: Estimator, fraction: float, values: NDArray[np.float64]
) -> float:
    if estimator.notional:
        return growth_rate(fraction, values)
    gains, losses = values[values > 0], -values[values < 0]
    odds = float(gains.mean() / losses.mean())
    p, q = gains.size / values.size, losses.size / values.size
    if not -1.0 / odds < fraction < 1.0:
        return -math.inf
    return p * math.log1p(odds * fraction) + q * math.log1p(-fraction)
