"""Sizers: constant, by volatility, by the distance to a stop, by growth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ai_trading.core.errors import DataError
from ai_trading.risk import checks
from ai_trading.risk.kelly.bets import empirical_bet
from ai_trading.risk.sizing.compose import Situation, Sizer, known

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "AtrSizer",
    "FixedFraction",
    "KellySizer",
    "VolatilityTarget",
    "average_true_range",
]


@dataclass(frozen=True, slots=True)
class FixedFraction(Sizer):
    """A constant fraction of the portfolio.

    Parameters
    ----------
    share : float
        Not negative; above 1 is leverage.
    """

    share: float

    def __post_init__(self) -> None:
        checks.not_negative("share", self.share)

    def fraction(self, situation: Situation) -> float:
        """Return the constant."""
        known(situation)
        return self.share


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityTarget(Sizer):
    r"""Hold what would have fluctuated by a target.

    Parameters
    ----------
    target : float, default 0.15
        A year's standard deviation of the portfolio from this position.
    lookback : int, default 60
        Returns used, the latest.
    decay : float, optional
        Weight of a return relative to the next, strictly between 0 and 1; all alike
        without.
    periods_per_year : float, default 252
        Of bars.
    most : float, default 1
        Largest fraction.

    Notes
    -----
    The fraction is :math:`\text{target}/(\hat\sigma\sqrt{\text{periods per year}})`,
    with :math:`\hat\sigma` the root of the mean square of close-to-close returns: over
    days their mean is smaller than its own error.

    References
    ----------
    .. [1] A. Moreira and T. Muir, "Volatility-Managed Portfolios", Journal of Finance
       72(4), 2017.

    Examples
    --------
    Returns of plus and minus one percent a day are 15.87 % a year:

    >>> close = 100 * np.cumprod([1.01, 0.99] * 40)
    >>> now = Situation(portfolio_value=1e5, price=float(close[-1]), close=close)
    >>> round(VolatilityTarget(target=0.0793725).fraction(now), 6)
    0.5
    """

    target: float = 0.15
    lookback: int = 60
    decay: float | None = None
    periods_per_year: float = 252.0
    most: float = 1.0

    def __post_init__(self) -> None:
        checks.size("target", self.target)
        checks.count("lookback", self.lookback, 2)
        checks.size("periods_per_year", self.periods_per_year)
        checks.not_negative("most", self.most)
        if self.decay is not None:
            checks.inner("decay", self.decay)

    def fraction(self, situation: Situation) -> float:
        """Return target over volatility, at most `most`.

        Raises
        ------
        DataError
            If there are too few bars, or the price has not moved at all.
        """
        squares = _returns(known(situation).close, self.lookback) ** 2
        weights = (
            np.ones(self.lookback)
            if self.decay is None
            else self.decay ** np.arange(self.lookback)[::-1]
        )
        variance = float(weights @ squares / weights.sum()) * self.periods_per_year
        if variance == 0.0:
            msg = (
                f"the last {self.lookback} closes are all {situation.close[-1]:g}; a "
                "price that does not move has no volatility to size by. Is it stale?"
            )
            raise DataError(msg)
        return min(self.target / math.sqrt(variance), self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtrSizer(Sizer):
    """Lose a given share of the portfolio if the price goes some true ranges against.

    Parameters
    ----------
    risk : float, default 0.01
        Share of the portfolio, between 0 and 1.
    multiple : float, default 2
        Average true ranges to the stop.
    period : int, default 14
        Of the average, in bars.
    most : float, default 1
        Largest fraction.

    References
    ----------
    .. [1] J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
    .. [2] C. M. Faith, "The Original Turtle Trading Rules", 2003, chapter 3.

    Examples
    --------
    The turtles' heating oil: N is 0.0141 dollars, a contract 42,000 gallons.

    >>> flat = np.full(30, 0.80)
    >>> now = Situation(
    ...     portfolio_value=1e6, price=0.80, close=flat, high=flat + 0.00705,
    ...     low=flat - 0.00705, multiplier=42_000)
    >>> sizer = AtrSizer(risk=0.01, multiple=1, period=20, most=10)
    >>> int(sizer.units(now))
    16
    """

    risk: float = 0.01
    multiple: float = 2.0
    period: int = 14
    most: float = 1.0

    def __post_init__(self) -> None:
        checks.share("risk", self.risk)
        checks.size("multiple", self.multiple)
        checks.count("period", self.period, 1)
        checks.not_negative("most", self.most)

    def fraction(self, situation: Situation) -> float:
        """Return risk times price over the distance to the stop, at most `most`.

        Raises
        ------
        DataError
            If there are too few bars, or their range is zero.
        """
        known(situation)
        span = average_true_range(
            situation.high, situation.low, situation.close, period=self.period
        )
        if span == 0.0:
            msg = (
                f"the average true range of the last bars is 0 at a price of "
                f"{situation.price:g}; a price that does not move gives no stop. Is it "
                "stale?"
            )
            raise DataError(msg)
        return min(self.risk * situation.price / (self.multiple * span), self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class KellySizer(Sizer):
    """Hold a part of the notional that would have grown fastest.

    Parameters
    ----------
    part : float, default 0.5
        Of the Kelly fraction, between 0 and 1.
    lookback : int, default 252
        Returns used, the latest.
    most : float, default 0.25
        Largest fraction.

    See Also
    --------
    ai_trading.risk.kelly.empirical_bet : the whole fraction.
    """

    part: float = 0.5
    lookback: int = 252
    most: float = 0.25

    def __post_init__(self) -> None:
        checks.share("part", self.part)
        checks.count("lookback", self.lookback, 2)
        checks.not_negative("most", self.most)

    def fraction(self, situation: Situation) -> float:
        """Return the part, at most `most`; 0 where the returns have no edge.

        Raises
        ------
        DataError
            If there are too few bars, or none of them lost.
        """
        returns = _returns(known(situation).close, self.lookback)
        whole = empirical_bet(returns, min_sample_size=0).notional
        return min(self.part * whole, self.most)


def average_true_range(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, *, period: int = 14
) -> float:
    """Return Wilder's average of true ranges at the last bar.

    Parameters
    ----------
    high, low, close : array_like of shape (n_bars,)
        Oldest first, ``period + 1`` bars or more.
    period : int, default 14
        The first average is plain; each next one is moved a ``1 / period`` of the way
        to the new true range, over all bars given.

    Raises
    ------
    DataError
        If the bars are too few, of different lengths or not finite, or a high is below
        its low.

    Examples
    --------
    >>> average_true_range([2, 3, 5], [1, 2, 4], [1.5, 2.5, 4.5], period=2)
    2.0
    """
    checks.ordered(close, "close")
    top, bottom = checks.returns(high, "high"), checks.returns(low, "low")
    last = checks.returns(close, "close")
    if not top.size == bottom.size == last.size:
        msg = (
            f"high, low and close must be of one length; received {top.size}, "
            f"{bottom.size} and {last.size}"
        )
        raise DataError(msg)
    period = checks.count("period", period, 1)
    _enough(last, period + 1)
    crossed = np.flatnonzero(top < bottom)
    if crossed.size:
        i = crossed[0]
        msg = f"high[{i}] is {top[i]:g}, below low[{i}] of {bottom[i]:g}"
        raise DataError(msg)
    ranges = np.maximum(top[1:], last[:-1]) - np.minimum(bottom[1:], last[:-1])
    average = float(ranges[:period].mean())
    for span in ranges[period:]:
        average += (float(span) - average) / period
    return average


def _returns(close: Sequence[float] | NDArray[Any], many: int) -> NDArray[np.float64]:
    prices = checks.returns(close[-many - 1 :], "close")
    _enough(prices, many + 1)
    if float(prices.min()) <= 0.0:
        i = int(prices.argmin())
        msg = (
            f"close must be positive; received {prices[i]:g} among the last {many + 1}"
        )
        raise DataError(msg)
    found: NDArray[np.float64] = prices[1:] / prices[:-1] - 1.0
    return found


def _enough(values: NDArray[Any], needed: int) -> None:
    if values.size < needed:
        msg = (
            f"{values.size} bars are too few; at least {needed} are needed. Send no "
            "signal before that many are known, or size by fewer"
        )
        raise DataError(msg)
