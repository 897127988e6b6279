"""How many units to hold: sizers that say a fraction, and throttles that cut it.

A *sizer* answers with the notional to hold, as a fraction of the portfolio's value. A
*throttle* (`ai_trading.risk.breakers`) answers with a factor from 0 to 1. They are put
together as sentences are::

    sizer = smallest(
        VolatilityTarget(0.15), AtrSizer(risk=0.01), FixedFraction(0.25)
    ).then(DrawdownThrottle(0.20), CircuitBreaker(daily_loss=0.03))

and asked from `BaseStrategy.calculate_position_size` with `order_size`. Prices are
those of bars known now, oldest first, and nothing later is looked at. Fractions are
never negative: which way to trade is the signal's affair.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ai_trading.core.enums import OrderSide
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk.kelly import _checks as checks
from ai_trading.risk.kelly.bets import empirical_bet

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "AtrSizer",
    "FixedFraction",
    "KellySizer",
    "Situation",
    "Sizer",
    "Throttle",
    "VolatilityTarget",
    "average_true_range",
    "smallest",
]


class _Bars(Protocol):
    @property
    def timestamp(self) -> NDArray[Any]: ...
    @property
    def high(self) -> NDArray[Any]: ...
    @property
    def low(self) -> NDArray[Any]: ...
    @property
    def close(self) -> NDArray[Any]: ...
    def __len__(self) -> int: ...


class _Signal(Protocol):
    @property
    def side(self) -> OrderSide: ...
    @property
    def strength(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known when a size is asked for.

    Attributes
    ----------
    portfolio_value : float
        Cash and positions at the last known prices. At 0 or below nothing is bought.
    price : float
        Of one unit, positive.
    now_ns : int, default 0
        UTC nanoseconds.
    high, low, close : ndarray of shape (n_bars,)
        Of the bars known so far, oldest first; empty where a sizer needs none.
    multiplier : float, default 1
        Of a contract: what a unit is worth per unit of price.

    Raises
    ------
    ArgumentError
        If a number is not finite or the price not positive.
    """

    portfolio_value: float
    price: float
    now_ns: int = 0
    high: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    low: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    close: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    multiplier: float = 1.0

    def __post_init__(self) -> None:
        checks.finite("portfolio_value", self.portfolio_value)
        checks.size("price", self.price)
        checks.size("multiplier", self.multiplier)

    @classmethod
    def of(
        cls, bars: _Bars, portfolio_value: float, *, multiplier: float = 1.0
    ) -> Situation:
        """Return the situation at the end of the last of some bars.

        Parameters
        ----------
        bars : BarWindow
            Or anything with the columns timestamp, high, low and close.
        portfolio_value : float
        multiplier : float, default 1

        Raises
        ------
        DataError
            If there is no bar.
        """
        if len(bars) == 0:
            msg = "bars are empty; a size needs the price of one bar at least"
            raise DataError(msg)
        return cls(
            portfolio_value=portfolio_value,
            price=float(bars.close[-1]),
            now_ns=int(bars.timestamp[-1]),
            high=bars.high,
            low=bars.low,
            close=bars.close,
            multiplier=multiplier,
        )


class Throttle(Protocol):
    """Cuts what a sizer says."""

    def observe(self, now_ns: int, portfolio_value: float) -> None:
        """Take note of the portfolio's value."""

    def factor(self, situation: Situation) -> float:
        """Return what is left of a size, 0 to 1."""


class Sizer(ABC):
    """Says what fraction of the portfolio to hold."""

    @abstractmethod
    def fraction(self, situation: Situation) -> float:
        """Return the notional to hold, as a fraction of the portfolio's value."""

    def observe(self, now_ns: int, portfolio_value: float) -> None:  # noqa: B027
        """Tell throttles what the portfolio is worth, besides when asked a size.

        A sizer without throttles has nothing to note.
        """

    def then(self, *throttles: Throttle) -> Sizer:
        """Return this sizer cut by throttles, whose factors multiply."""
        return _Throttled(self, throttles)

    def units(self, situation: Situation, *, strength: float = 1.0) -> float:
        """Return how many units to hold; what is no whole lot is left to the caller."""
        share = checks.share("strength", strength) * self.fraction(situation)
        worth = max(situation.portfolio_value, 0.0)
        return share * worth / (situation.price * situation.multiplier)

    def order_size(
        self, signal: _Signal, situation: Situation, current_position: float
    ) -> float:
        """Return how many units to trade on the side of a signal.

        Parameters
        ----------
        signal : StrategySignal
            ``buy`` aims at the sizer's units times the signal's strength,
            ``sell_short`` at as many short, ``sell`` at none: it closes what is long.
        situation : Situation
        current_position : float
            Units held, negative where short.

        Returns
        -------
        float
            Not negative. What reduces a position is never cut: at a factor of 0 a
            ``buy`` still closes a short position.

        Raises
        ------
        ArgumentError
            If a number lies outside its domain.
        DataError
            If there are fewer bars than the sizer needs.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> now = Situation(portfolio_value=100_000, price=50.0)
        >>> buy = SimpleNamespace(side=OrderSide.BUY, strength=0.5)
        >>> FixedFraction(0.1).order_size(buy, now, 20)
        80.0
        """
        held = checks.finite("current_position", current_position)
        side = OrderSide(signal.side)
        if side is OrderSide.SELL:
            return max(held, 0.0)
        wanted = self.units(situation, strength=signal.strength)
        if side is OrderSide.BUY:
            return max(wanted - held, 0.0)
        return max(wanted + held, 0.0)


@dataclass(frozen=True, slots=True)
class _Throttled(Sizer):
    base: Sizer
    throttles: tuple[Throttle, ...]

    def observe(self, now_ns: int, portfolio_value: float) -> None:
        self.base.observe(now_ns, portfolio_value)
        for throttle in self.throttles:
            throttle.observe(now_ns, portfolio_value)

    def fraction(self, situation: Situation) -> float:
        self.observe(situation.now_ns, situation.portfolio_value)
        left = math.prod(throttle.factor(situation) for throttle in self.throttles)
        # Without anything left there is no need for the bars of a base.
        return left * self.base.fraction(situation) if left > 0.0 else 0.0


@dataclass(frozen=True, slots=True)
class _Smallest(Sizer):
    sizers: tuple[Sizer, ...]

    def observe(self, now_ns: int, portfolio_value: float) -> None:
        for sizer in self.sizers:
            sizer.observe(now_ns, portfolio_value)

    def fraction(self, situation: Situation) -> float:
        return min(sizer.fraction(situation) for sizer in self.sizers)


def smallest(*sizers: Sizer) -> Sizer:
    """Return a sizer that says the smallest of what others say.

    Examples
    --------
    >>> now = Situation(portfolio_value=1000, price=10)
    >>> smallest(FixedFraction(0.3), FixedFraction(0.2)).units(now)
    20.0
    """
    if not sizers:
        msg = "smallest needs one sizer or more; received none"
        raise ArgumentError(msg)
    return _Smallest(sizers)


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

    def fraction(self, situation: Situation) -> float:  # noqa: ARG002 - constant
        """Return the constant."""
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
        squares = _returns(situation.close, self.lookback) ** 2
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
        returns = _returns(situation.close, self.lookback)
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
    top, bottom = checks.returns(high, "high"), checks.returns(low, "low")
    last = checks.returns(close, "close")
    if not top.size == bottom.size == last.size:
        msg = (
            f"high, low and close must be of one length; received {top.size}, "
            f"{bottom.size} and {last.size}"
        )
        raise DataError(msg)
    _enough(last, checks.count("period", period, 1) + 1)
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
