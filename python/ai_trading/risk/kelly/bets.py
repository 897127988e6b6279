"""The size of a single bet that makes wealth grow fastest.

Every answer is a `KellyBet`, which keeps two numbers apart: the *notional* is what is
bought, as a multiple of wealth, negative where selling short grows faster; the
*fraction at risk* is the share of wealth that the worst outcome takes. For a stake that
is lost whole the two are one number; for a position that loses 2 % at worst they differ
fiftyfold. Growth is the mean of the logarithm of wealth per bet or period, in natural
units. No cap applies here: see `KellyCriterion` for one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.settings import get_settings
from ai_trading.risk import checks
from ai_trading.risk.kelly._one import growth_optimal

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "KellyBet",
    "binary_bet",
    "discrete_bet",
    "empirical_bet",
    "gaussian_bet",
    "growth_rate",
    "two_point_bet",
]


@dataclass(frozen=True, slots=True)
class KellyBet:
    """A size, and what it does.

    Attributes
    ----------
    notional : float
        What is bought, as a multiple of wealth; negative: sold short.
    fraction_at_risk : float
        Share of wealth that the worst outcome takes; NaN where losses have no bound
        (Gaussian).
    growth : float
        Mean log growth per bet at this size.
    edge : float
        Mean return of one unit of notional, in excess of the rate.
    """

    notional: float
    fraction_at_risk: float
    growth: float
    edge: float


def binary_bet(probability: float, odds: float = 1.0) -> KellyBet:
    r"""Size a stake that wins `odds` times itself or is lost.

    Parameters
    ----------
    probability : float
        Of winning, between 0 and 1.
    odds : float, default 1
        Gain per unit staked, positive; 1 is even money.

    Returns
    -------
    KellyBet
        The stake is at once notional and fraction at risk; 0 where there is no edge.

    Raises
    ------
    ArgumentError
        If a number lies outside its domain.

    Notes
    -----
    :math:`f = p - q/b` and
    :math:`g = p\log(1 + bf) + q\log(1 - f)` [1]_.

    References
    ----------
    .. [1] J. L. Kelly, "A New Interpretation of Information Rate", Bell System
       Technical Journal 35(4), 1956.

    Examples
    --------
    >>> bet = binary_bet(0.53)
    >>> round(bet.fraction_at_risk, 4), round(bet.growth, 10)
    (0.06, 0.0018010816)
    """
    p = checks.share("probability", probability)
    b = checks.size("odds", odds)
    stake = max(p - (1.0 - p) / b, 0.0)
    # A sure win stakes everything, and has nothing to lose.
    lost = (1.0 - p) * math.log1p(-stake) if p < 1.0 else 0.0
    return KellyBet(stake, stake, p * math.log1p(b * stake) + lost, p * b - (1.0 - p))


def two_point_bet(probability: float, gain: float, loss: float) -> KellyBet:
    r"""Size a position that gains or loses a part of itself.

    Parameters
    ----------
    probability : float
        Of the gain, strictly between 0 and 1.
    gain, loss : float
        Per unit of notional, both positive; a loss of 1 is the whole stake.

    Returns
    -------
    KellyBet
        Negative notional where selling short grows faster; at risk is then what the
        gain would take.

    Raises
    ------
    ArgumentError
        If a number lies outside its domain.

    Notes
    -----
    The notional is :math:`p/L - q/W`, the fraction at risk :math:`L` times that.

    Examples
    --------
    >>> bet = two_point_bet(0.6, 0.02, 0.01)
    >>> round(bet.notional, 9), round(bet.fraction_at_risk, 9)
    (40.0, 0.4)
    """
    p = checks.inner("probability", probability)
    up, down = checks.size("gain", gain), checks.size("loss", loss)
    x = p / down - (1.0 - p) / up
    # Rounding may take a size next to ruin all the way; what is left is known besides.
    won = math.log1p(x * up) if x * up > -1.0 else math.log(p) + math.log1p(up / down)
    q = 1.0 - p
    lost = math.log1p(-x * down) if x * down < 1.0 else math.log(q * (1.0 + down / up))
    growth = p * won + q * lost
    return KellyBet(x, max(x * down, -x * up), growth, p * up - (1.0 - p) * down)


def discrete_bet(
    probabilities: ArrayLike, returns: ArrayLike, *, short: bool = False
) -> KellyBet:
    r"""Size a bet with any number of outcomes.

    Parameters
    ----------
    probabilities : array_like of shape (n_outcomes,)
        They sum to 1.
    returns : array_like of shape (n_outcomes,)
        Of one unit of notional, simple; -1 loses it all.
    short : bool, default False
        Whether the notional may be negative; without, no edge gives 0.

    Returns
    -------
    KellyBet

    Raises
    ------
    ArgumentError
        If the probabilities are none, or no outcome loses (or, short, none gains):
        then more is always better.
    DataError
        If the returns are not finite or not one for each probability.

    Notes
    -----
    Maximises :math:`\sum_i p_i \log(1 + x r_i)` exactly, over the sizes at which every
    outcome leaves some wealth.

    Examples
    --------
    Of ten tries one pays 3 to 1, three pay 10 %, five give the stake back and one
    loses it:

    >>> bet = discrete_bet([0.1, 0.3, 0.5, 0.1], [3.0, 0.1, 0.0, -1.0])
    >>> round(bet.notional, 6), round(bet.growth, 6)
    (0.396873, 0.039532)
    """
    values = checks.returns(returns)
    weights = checks.probabilities(probabilities, values.size)
    possible = weights > 0.0
    return _best(values[possible], weights[possible], short=short)


def empirical_bet(
    returns: ArrayLike, *, short: bool = False, min_sample_size: int | None = None
) -> KellyBet:
    """Size a bet by the growth it would have had on a sample.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns of one unit of notional, in excess of the rate at which it is
        financed.
    short : bool, default False
        Whether the notional may be negative.
    min_sample_size : int, optional
        Returns below which nothing is estimated. Without it, the setting
        ``kelly.min_sample_size`` (30).

    Returns
    -------
    KellyBet
        Exactly the best for this sample, which is not the best for what comes next: see
        `kelly_interval` and `cautious_part`.

    Raises
    ------
    DataError
        If the sample is too small, not finite, or without a loss (short: a gain).

    See Also
    --------
    discrete_bet : the same with probabilities, and the formula.

    Examples
    --------
    >>> bet = empirical_bet([0.02] * 18 + [-0.01] * 12)
    >>> round(bet.notional, 6), round(bet.fraction_at_risk, 6)
    (40.0, 0.4)
    """
    values = checks.returns(returns)
    if min_sample_size is None:
        min_sample_size = get_settings().kelly.min_sample_size
    checks.enough(values, max(checks.count("min_sample_size", min_sample_size), 1))
    return _best(values, None, short=short)


def gaussian_bet(mean: float, volatility: float, rate: float = 0.0) -> KellyBet:
    r"""Size a position in an asset whose log price diffuses, traded continuously.

    Parameters
    ----------
    mean : float
        Drift of the price per year (or any period), as a fraction.
    volatility : float
        Standard deviation of its return over the same period, positive.
    rate : float, default 0
        At which cash is lent and borrowed.

    Returns
    -------
    KellyBet
        `growth` includes the rate. `fraction_at_risk` is NaN: a Gaussian loss has no
        bound.

    Raises
    ------
    ArgumentError
        If a number is not finite, or the volatility not positive or next to nothing.

    Notes
    -----
    :math:`f = (m - r)/s^2`, :math:`g = r + (m - r)^2/(2 s^2)` [1]_.

    References
    ----------
    .. [1] E. O. Thorp, "The Kelly Criterion in Blackjack, Sports Betting, and the Stock
       Market", Handbook of Asset and Liability Management, vol. 1, 2006, section 7.

    Examples
    --------
    >>> bet = gaussian_bet(0.11, 0.15, rate=0.06)
    >>> round(bet.notional, 5), round(bet.growth, 7)
    (2.22222, 0.1155556)
    """
    s = checks.size("volatility", volatility)
    r = checks.finite("rate", rate)
    edge = checks.finite("mean", mean) - r
    ratio = edge / s
    size = ratio / s
    if not math.isfinite(size):
        msg = (
            f"volatility must be large enough to size by; received {volatility} beside "
            f"an edge of {edge:g}, a size that no double holds"
        )
        raise ArgumentError(msg)
    return KellyBet(size, math.nan, r + ratio * ratio / 2, edge)


def growth_rate(
    notional: float, returns: ArrayLike, probabilities: ArrayLike | None = None
) -> float:
    """Return the mean log growth of any size of bet.

    Parameters
    ----------
    notional : float
        What is bought, as a multiple of wealth.
    returns : array_like of shape (n_outcomes,)
        Simple returns of one unit.
    probabilities : array_like of shape (n_outcomes,), optional
        All alike without.

    Returns
    -------
    float
        Minus infinity where an outcome takes all wealth or more.

    Examples
    --------
    >>> round(growth_rate(0.06, [1, -1], [0.53, 0.47]), 10)
    0.0018010816
    """
    values = checks.returns(returns)
    if not values.size:
        msg = "returns is empty; growth needs at least one outcome"
        raise DataError(msg)
    if probabilities is not None:
        weights = checks.probabilities(probabilities, values.size)
        values, weights = values[weights > 0], weights[weights > 0]
    else:
        weights = np.full(values.size, 1.0 / values.size)
    return _growth(checks.finite("notional", notional), values, weights)


def _growth(
    x: float, values: NDArray[np.float64], weights: NDArray[np.float64]
) -> float:
    moved = x * values
    if float(moved.min()) <= -1.0:
        return -math.inf
    return float(weights @ np.log1p(moved))


def _best(
    values: NDArray[np.float64], weights: NDArray[np.float64] | None, *, short: bool
) -> KellyBet:
    error = DataError if weights is None else ArgumentError
    share = np.full(values.size, 1.0 / values.size) if weights is None else weights
    edge = float(share @ values)
    worst, most = float(values.min()), float(values.max())
    if not short and edge <= 0.0:
        return KellyBet(0.0, 0.0, 0.0, edge)
    if worst >= 0.0 and most > 0.0:
        msg = (
            f"none of {values.size} outcomes loses (the worst is {worst:g}), so no "
            "size is best: more always grows faster. Add the loss that may come"
        )
        raise error(msg)
    if most <= 0.0 and worst < 0.0:
        msg = (
            f"none of {values.size} outcomes gains (the best is {most:g}), so no short "
            "size is best: more always grows faster. Add the gain that may come"
        )
        raise error(msg)
    if worst == most:
        return KellyBet(0.0, 0.0, 0.0, edge)
    x = float(growth_optimal(values[np.newaxis], weights)[0])
    return KellyBet(x, max(-x * worst, -x * most), _growth(x, values, share), edge)
