"""How a size is asked for, and how sizers and throttles are put together."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ai_trading.core.clock import LAST_NS
from ai_trading.core.enums import OrderSide
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import instance, whole
from ai_trading.risk import checks

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Situation", "Sizer", "Throttle", "smallest"]


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
        whole("now_ns", self.now_ns, -LAST_NS, LAST_NS)
        for name in ("high", "low", "close"):
            column: object = getattr(self, name)
            if (
                np.ndim(column) != 1
                if isinstance(column, np.ndarray)
                else not (
                    isinstance(column, Sequence) and not isinstance(column, str | bytes)
                )
            ):
                msg = f"{name} must be numbers in one row; received {column!r:.80}"
                raise ArgumentError(msg)

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


def known(situation: Situation) -> Situation:
    """Return a situation, refusing anything else.

    Raises
    ------
    ArgumentError
    """
    example = "Situation.of(bars, portfolio_value)"
    return instance("situation", situation, Situation, example)


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
        share = checks.share("strength", strength) * self.fraction(known(situation))
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
        >>> from ai_trading.risk.sizing import FixedFraction
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
    >>> from ai_trading.risk.sizing import FixedFraction
    >>> now = Situation(portfolio_value=1000, price=10)
    >>> smallest(FixedFraction(0.3), FixedFraction(0.2)).units(now)
    20.0
    """
    if not sizers:
        msg = "smallest needs one sizer or more; received none"
        raise ArgumentError(msg)
    return _Smallest(sizers)
