r"""What betting a part of Kelly does to growth and to drawdowns.

All of it is exact for a bet that is small and often, or traded continuously: log wealth
is then a Brownian motion with drift :math:`s^2(c - c^2/2)` and variance
:math:`c^2 s^2` per period, with c the part of Kelly and s the Sharpe ratio of the bet.
Most answers do not even depend on s, since time only scales.

Wealth is told as a multiple of what it is at the start: 0.5 is half of it.

References
----------
.. [1] E. O. Thorp, "The Kelly Criterion in Blackjack, Sports Betting, and the Stock
   Market", Handbook of Asset and Liability Management, vol. 1, 2006, section 7.
.. [2] L. C. MacLean, E. O. Thorp, Y. Zhao and W. T. Ziemba, "How Does the Fortune's
   Formula Kelly Capital Growth Model Perform?", Journal of Portfolio Management 37(4),
   2011.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from ai_trading.core.errors import ArgumentError
from ai_trading.risk import checks

__all__ = [
    "chance_of_drawdown",
    "chance_of_ending_below",
    "chance_of_falling_to",
    "chance_of_reaching_first",
    "growth_kept",
    "part_for_chance_of_falling",
    "time_to_multiply",
]


def growth_kept(part: float) -> float:
    """Return the share of Kelly's growth (above cash) that a part of it keeps.

    Parameters
    ----------
    part : float
        Of the Kelly fraction, not negative; above 1 is overbetting, and at 2 nothing
        is left.

    Notes
    -----
    ``part * (2 - part)`` [1]_: half Kelly keeps three quarters.

    Examples
    --------
    >>> growth_kept(0.5), growth_kept(1), growth_kept(2)
    (0.75, 1.0, 0.0)
    """
    c = checks.not_negative("part", part)
    return c * (2.0 - c)


def chance_of_falling_to(level: float, part: float) -> float:
    """Return the probability that wealth is ever down to a level.

    Parameters
    ----------
    level : float
        Of wealth, strictly between 0 and 1 times that at the start.
    part : float
        Of the Kelly fraction, not negative.

    Returns
    -------
    float
        ``level ** (2 / part - 1)`` [1]_; 1 from twice Kelly on, 0 for no bet.

    Examples
    --------
    >>> chance_of_falling_to(0.5, 1), chance_of_falling_to(0.5, 0.5)
    (0.5, 0.125)
    """
    x = checks.inner("level", level)
    steepness = _steepness(part)
    return 1.0 if steepness <= 0.0 else x**steepness


def part_for_chance_of_falling(level: float, chance: float) -> float:
    """Return the largest part of Kelly that falls to a level no more often than asked.

    Parameters
    ----------
    level : float
        Of wealth, strictly between 0 and 1.
    chance : float
        Strictly between 0 and 1.

    Returns
    -------
    float
        Between 0 and 2; the inverse of `chance_of_falling_to`.

    Examples
    --------
    Lose half with a probability of one in eight: half Kelly.

    >>> round(part_for_chance_of_falling(0.5, 0.125), 12)
    0.5
    """
    x, p = checks.inner("level", level), checks.inner("chance", chance)
    return 2.0 / (1.0 + math.log(p) / math.log(x))


def chance_of_reaching_first(goal: float, floor: float, part: float) -> float:
    """Return the probability that wealth reaches a goal before it falls to a floor.

    Parameters
    ----------
    goal, floor : float
        Multiples of the wealth at the start; the goal above 1, the floor between 0
        and 1.
    part : float
        Of the Kelly fraction, positive.

    Notes
    -----
    With ``k = 2 / part - 1``: ``(1 - floor**-k) / (goal**-k - floor**-k)`` [1]_.

    Examples
    --------
    Double before half: two times in three with Kelly, eight in nine with half of it.

    >>> round(chance_of_reaching_first(2, 0.5, 1), 6)
    0.666667
    >>> round(chance_of_reaching_first(2, 0.5, 0.5), 6)
    0.888889
    """
    low = checks.inner("floor", floor)
    high = checks.size("goal", goal)
    if high <= 1.0:
        msg = f"goal must be above 1, the wealth at the start; received {goal}"
        raise ArgumentError(msg)
    k = _steepness(checks.size("part", part))
    up, down = math.log(high), -math.log(low)
    # As k(up + down) -> 0 both differences vanish; expm1 keeps their ratio.
    if k == 0.0:
        return down / (up + down)
    if k < 0.0:
        # Written with the smaller power, so that neither overflows.
        return math.exp(k * up) * math.expm1(k * down) / math.expm1(k * (up + down))
    return math.expm1(-k * down) / math.expm1(-k * (up + down))


def chance_of_drawdown(depth: float, part: float) -> float:
    """Return how much of the time wealth is that far below its highest so far.

    Parameters
    ----------
    depth : float
        Fraction of the peak, strictly between 0 and 1.
    part : float
        Of the Kelly fraction, not negative.

    Returns
    -------
    float
        ``(1 - depth) ** (2 / part - 1)``: in the long run the log distance from the
        running maximum is exponential with that rate. 1 from twice Kelly on.

    Examples
    --------
    Full Kelly spends half of its time 50 % or more below its peak.

    >>> chance_of_drawdown(0.5, 1)
    0.5
    """
    steepness = _steepness(part)
    left = 1.0 - checks.inner("depth", depth)
    return 1.0 if steepness <= 0.0 else left**steepness


def chance_of_ending_below(
    level: float, part: float, sharpe: float, periods: float
) -> float:
    """Return the probability that wealth is below a level after some time.

    Parameters
    ----------
    level : float
        Multiple of the wealth at the start, positive.
    part : float
        Of the Kelly fraction, positive.
    sharpe : float
        Of the bet per period, in excess of cash.
    periods : float
        Positive.

    Examples
    --------
    A Sharpe ratio of one, full Kelly, a year: down at the end three times in ten.

    >>> round(chance_of_ending_below(1, 1, 1, 1), 4)
    0.3085
    """
    c, s = checks.size("part", part), _sharpe(sharpe)
    t = checks.size("periods", periods)
    drift, width = s * s * (c - c * c / 2) * t, c * s * math.sqrt(t)
    log_level = math.log(checks.size("level", level))
    return NormalDist().cdf((log_level - drift) / width)


def time_to_multiply(goal: float, part: float, sharpe: float) -> float:
    """Return the mean number of periods until wealth has multiplied.

    Parameters
    ----------
    goal : float
        Multiple of the wealth at the start, 1 or more.
    part : float
        Of the Kelly fraction, between 0 and 2, where wealth grows at all.
    sharpe : float
        Of the bet per period, in excess of cash.

    Returns
    -------
    float
        ``log(goal) / growth``; infinite where there is no growth.

    Examples
    --------
    >>> round(time_to_multiply(2, 1, 1), 4)
    1.3863
    """
    goal = checks.size("goal", goal)
    if goal < 1.0:
        msg = f"goal must be 1 or more; received {goal}"
        raise ArgumentError(msg)
    growth = _sharpe(sharpe) ** 2 * growth_kept(part) / 2
    return math.log(goal) / growth if growth > 0.0 else math.inf


def _sharpe(value: float) -> float:
    """The size of a Sharpe ratio: a bet with a negative one is taken the other way."""
    number = checks.size("sharpe", abs(checks.finite("sharpe", value)))
    if number <= checks.LARGEST:
        return number
    msg = f"sharpe must be within {checks.LARGEST:g} in size; received {value}"
    raise ArgumentError(msg)


def _steepness(part: float) -> float:
    c = checks.not_negative("part", part)
    return math.inf if c == 0.0 else 2.0 / c - 1.0
