"""Several bets at once: independent ones together, and one race with one winner."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.errors import ArgumentError
from ai_trading.risk import checks
from ai_trading.risk.kelly.limits import PortfolioLimits
from ai_trading.risk.kelly.portfolio import KellyPortfolio, growth_portfolio

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Race", "race", "simultaneous_bets"]

_MOST_BETS = 14


def simultaneous_bets(
    probabilities: ArrayLike,
    gains: ArrayLike = 1.0,
    losses: ArrayLike = 1.0,
    *,
    names: Sequence[str] | None = None,
    limits: PortfolioLimits | None = None,
) -> KellyPortfolio:
    """Size independent bets that are settled together.

    Parameters
    ----------
    probabilities : array_like of shape (n_bets,)
        Of winning each, between 0 and 1; at most 14 bets, since every combination of
        outcomes is a scenario.
    gains, losses : float or array_like of shape (n_bets,), default 1
        Per unit of notional, positive.
    names : sequence of str, optional
    limits : PortfolioLimits, optional
        Without, only ruin limits the stakes.

    Returns
    -------
    KellyPortfolio
        Weights are notionals; each times its loss is at risk.

    Raises
    ------
    ArgumentError
        If a number lies outside its domain or there are too many bets.

    Notes
    -----
    Together each stake is smaller than alone, since other stakes are at risk as well.

    References
    ----------
    .. [1] E. O. Thorp, "The Kelly Criterion in Blackjack, Sports Betting, and the Stock
       Market", 2006, section 5.

    Examples
    --------
    >>> best = simultaneous_bets([0.6, 0.6])
    >>> [round(float(w), 7) for w in best.weights]
    [0.1923077, 0.1923077]
    """
    p = np.atleast_1d(checks.array("probabilities", probabilities, ArgumentError))
    if p.ndim != 1 or not 1 <= p.size <= _MOST_BETS:
        msg = (
            f"probabilities must be 1 to {_MOST_BETS} numbers, one for each bet; "
            f"received shape {p.shape}. For more, draw scenarios and use "
            "growth_portfolio"
        )
        raise ArgumentError(msg)
    for i, value in enumerate(p):
        checks.share(f"probabilities[{i}]", float(value))
    up = checks.vector("gains", gains, p.size)
    down = checks.vector("losses", losses, p.size)
    for i in range(p.size):
        checks.size(f"gains[{i}]", float(up[i]))
        if checks.size(f"losses[{i}]", float(down[i])) > 1.0:
            msg = (
                f"losses[{i}] is {down[i]:g}; a unit of notional cannot lose more than "
                "itself (1). State gain and loss per unit that can be lost"
            )
            raise ArgumentError(msg)
        if p[i] == 1.0:
            msg = f"probabilities[{i}] is 1; a sure win has no best size"
            raise ArgumentError(msg)
    won = (np.arange(2**p.size)[:, np.newaxis] >> np.arange(p.size)) & 1 == 1
    chance = np.where(won, p, 1.0 - p).prod(axis=1)
    outcomes = np.where(won, up, -down)
    if limits is None:
        limits = PortfolioLimits(gross=float((1.0 / down).sum()))
    return growth_portfolio(
        outcomes, probabilities=chance / chance.sum(), symbols=names, limits=limits
    )


@dataclass(frozen=True, slots=True)
class Race:
    """Stakes on the outcomes of one event.

    Attributes
    ----------
    stakes : ndarray of shape (n_outcomes,)
        Fractions of wealth.
    kept : float
        What is not staked.
    growth : float
        Mean log growth.
    """

    stakes: NDArray[np.float64]
    kept: float
    growth: float


def race(probabilities: ArrayLike, odds: ArrayLike) -> Race:
    r"""Split wealth over outcomes of which exactly one comes true.

    Parameters
    ----------
    probabilities : array_like of shape (n_outcomes,)
        They sum to 1.
    odds : array_like of shape (n_outcomes,)
        Gain per unit staked on the outcome that comes true, positive; all others lose
        their stake.

    Returns
    -------
    Race

    Raises
    ------
    ArgumentError
        If a number lies outside its domain.

    Notes
    -----
    Outcomes enter by falling :math:`p_i(1 + b_i)` as long as that exceeds what is kept,
    :math:`k = (1 - \sum p)/(1 - \sum 1/(1 + b))` over those already in; then
    :math:`f_i = p_i - k/(1 + b_i)` [1]_. Odds that would pay more than is staked on
    everything leave nothing unstaked: :math:`f_i = p_i`, Kelly's own rule.

    References
    ----------
    .. [1] P. Smoczynski and D. Tomkins, "An explicit solution to the problem of
       optimizing the allocations of a bettor's wealth when wagering on horse races",
       The Mathematical Scientist 35, 2010.

    Examples
    --------
    >>> best = race([0.5, 0.3, 0.2], [1.1, 2.2, 3.0])
    >>> [round(float(f), 6) for f in best.stakes], round(best.growth, 6)
    ([0.049296, 0.004225, 0.0], 0.001147)
    """
    payouts = checks.array("odds", odds, ArgumentError)
    if payouts.ndim != 1 or not payouts.size:
        msg = (
            f"odds must be one number for each outcome; received shape {payouts.shape}"
        )
        raise ArgumentError(msg)
    for i, b in enumerate(payouts):
        checks.size(f"odds[{i}]", float(b))
    p = checks.probabilities(probabilities, payouts.size)
    payouts = 1.0 + payouts
    staked = np.zeros(p.size, dtype=bool)
    kept = 1.0
    for i in np.argsort(-p * payouts, kind="stable"):
        if p[i] * payouts[i] <= kept:
            break
        staked[i] = True
        left = 1.0 - float((1.0 / payouts[staked]).sum())
        if left <= 0.0:
            staked, kept = p > 0.0, 0.0
            break
        kept = max(1.0 - float(p[staked].sum()), 0.0) / left
    stakes = np.where(staked, np.maximum(p - kept / payouts, 0.0), 0.0)
    cash = 1.0 - math.fsum(stakes)
    growth = float(p[staked] @ np.log((cash + stakes * payouts)[staked]))
    rest = float(p[~staked].sum())
    if rest > 0.0:
        growth += rest * math.log(cash)
    return Race(stakes, cash, growth)
