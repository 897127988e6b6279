"""How often a strategy wins, how much it holds and how much it trades.

NaN is rejected, or left out where ``missing="skip"``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.errors import DataError
from ai_trading.risk.metrics.checks import Missing, matrix, positive, series

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Exposure", "HitRates", "exposure", "hit_rates", "turnover"]


@dataclass(frozen=True, slots=True)
class HitRates:
    """Wins and losses of a series; a return of 0 is neither.

    Attributes
    ----------
    hit_rate : float
        Share of all periods that won.
    loss_rate : float
        Share that lost.
    average_win, average_loss : float
        Mean sizes, both positive; NaN where there was none.
    payoff : float
        Average win over average loss; NaN where either is missing.
    profit_factor : float
        Sum of wins over sum of losses; infinite without a loss, NaN without either.
    longest_wins, longest_losses : int
        Most in a row.
    """

    hit_rate: float
    loss_rate: float
    average_win: float
    average_loss: float
    payoff: float
    profit_factor: float
    longest_wins: int
    longest_losses: int


@dataclass(frozen=True, slots=True)
class Exposure:
    """How much was held, as multiples of the portfolio's value.

    Attributes
    ----------
    mean_gross, largest_gross : float
        Long plus short.
    mean_net : float
        Long less short.
    time_in_market : float
        Share of periods with any position.
    """

    mean_gross: float
    largest_gross: float
    mean_net: float
    time_in_market: float


def hit_rates(returns: ArrayLike, *, missing: Missing = "reject") -> HitRates:
    """Return how often and how much was won and lost.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Returns or profits of periods or trades.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Raises
    ------
    DataError
        If `returns` is empty, not one-dimensional or not finite.

    Examples
    --------
    >>> found = hit_rates([0.02, -0.01, 0.0, 0.04])
    >>> found.hit_rate, round(found.payoff, 9), round(found.profit_factor, 9)
    (0.5, 3.0, 6.0)
    """
    values = series(returns, missing=missing)
    won, lost = values[values > 0.0], -values[values < 0.0]
    win = float(won.mean()) if won.size else float("nan")
    loss = float(lost.mean()) if lost.size else float("nan")
    factor = float("nan")
    if lost.size:
        factor = float(won.sum()) / float(lost.sum())
    elif won.size:
        factor = float("inf")
    return HitRates(
        hit_rate=won.size / values.size,
        loss_rate=lost.size / values.size,
        average_win=win,
        average_loss=loss,
        payoff=win / loss,
        profit_factor=factor,
        longest_wins=_longest(values > 0.0),
        longest_losses=_longest(values < 0.0),
    )


def exposure(positions: ArrayLike, values: ArrayLike) -> Exposure:
    """Return how much of the portfolio's value was at stake.

    Parameters
    ----------
    positions : array_like of shape (n_periods, n_assets)
        Signed market values. NaN is rejected.
    values : array_like of shape (n_periods,)
        What the whole portfolio is worth, positive.

    Raises
    ------
    DataError
        If shapes differ, a number is not finite, or a value is not positive.

    Examples
    --------
    >>> exposure([[50, -50], [0, 0]], [100, 100]).mean_gross
    0.5
    """
    table = matrix(positions, name="positions")
    worth = _worth(values, table.shape[0])
    gross = np.abs(table).sum(axis=1) / worth
    net = table.sum(axis=1) / worth
    return Exposure(
        mean_gross=float(gross.mean()),
        largest_gross=float(gross.max()),
        mean_net=float(net.mean()),
        time_in_market=float((gross > 0.0).mean()),
    )


def turnover(traded: ArrayLike, values: ArrayLike, *, periods: float = 252) -> float:
    """Return how often a year the portfolio is bought and sold whole.

    Parameters
    ----------
    traded : array_like of shape (n_periods,)
        Value bought plus value sold in each period. NaN is rejected.
    values : array_like of shape (n_periods,)
        What the whole portfolio is worth, positive.
    periods : float, default 252
        Periods in a year.

    Returns
    -------
    float
        Half of the traded value, so that selling all and buying anew counts once, over
        the portfolio's mean value, per year.

    Raises
    ------
    ArgumentError
        If `periods` is not positive.
    DataError
        If lengths differ, a number is not finite, traded is negative or a value is not
        positive.

    Examples
    --------
    >>> turnover([200, 0], [100, 100], periods=2)
    1.0
    """
    amounts = series(traded, name="traded")
    worth = _worth(values, amounts.size)
    if amounts.min() < 0.0:
        msg = f"traded must not be negative; the least is {amounts.min():g}"
        raise DataError(msg)
    year = positive(periods, "periods")
    per_period = 0.5 * float(amounts.mean()) / float(worth.mean())
    return per_period * year


def _worth(values: ArrayLike, size: int) -> NDArray[np.float64]:
    worth = series(values, name="values")
    if worth.size != size:
        msg = f"values must have one for each of {size} periods; received {worth.size}"
        raise DataError(msg)
    if worth.min() <= 0.0:
        msg = f"values must be positive; the least is {worth.min():g}"
        raise DataError(msg)
    return worth


def _longest(flags: NDArray[np.bool_]) -> int:
    padded = np.concatenate(([False], flags, [False]))
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return int((edges[1::2] - edges[::2]).max(initial=0))
