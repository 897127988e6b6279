"""What an order of a size costs, from the state of the market alone.

Units: costs in basis points of the price, positive against the trader; quantities in
units (shares); volatility as a fraction per day; durations in trading days.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Protocol, runtime_checkable

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import instance, is_number, items
from ai_trading.core.optional import needs_core

with needs_core():
    from ai_trading._core import cost as _cost

__all__ = [
    "Almgren2005",
    "Combined",
    "FixedBps",
    "IStar",
    "ImpactModel",
    "MarketState",
    "SpreadShare",
    "SquareRoot",
    "VolumeShare",
    "bounded",
]

_BPS = 1e4
_LARGEST = 1e100


def bounded(
    what: str, value: float, *, above: float = -math.inf, least: float = 0.0
) -> float:
    """Return a number that is `least` or more, above `above`, and 1e100 at most."""
    try:
        number = float(value) if is_number(value) else math.nan
    except OverflowError:
        number = math.inf
    if not (number <= _LARGEST and number >= least and number > above):
        allowed = f"above {above:g}" if above >= least else f"{least:g} or more"
        if number > _LARGEST:
            allowed += f", {_LARGEST:g} at most"
        msg = f"{what} must be a finite number {allowed}; received {value!r}"
        raise ArgumentError(msg)
    return number


def as_float(of: object, name: str, *, above: float = -math.inf) -> None:
    """Make an attribute a bounded float: a `Decimal` price does not multiply floats."""
    object.__setattr__(of, name, bounded(name, getattr(of, name), above=above))


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketState:
    """What a model may know of the market when an order is sent.

    Parameters
    ----------
    price : float
        The price costs are measured from, usually the middle at arrival.
    daily_volume : float
        Expected volume of the day, in units.
    volatility : float, default 0
        Standard deviation of one day's returns, as a fraction: 0.02 is 2 %.
    spread : float, default 0
        Best ask less best bid, in currency units.
    shares_outstanding : float, optional
        Needed by `Almgren2005`.

    Raises
    ------
    ArgumentError
        If a value is not finite or not positive where it must be.
    """

    price: float
    daily_volume: float
    volatility: float = 0.0
    spread: float = 0.0
    shares_outstanding: float | None = None

    def __post_init__(self) -> None:
        as_float(self, "price", above=0)
        as_float(self, "daily_volume", above=0)
        as_float(self, "volatility")
        as_float(self, "spread")
        if self.shares_outstanding is not None:
            as_float(self, "shares_outstanding", above=0)


@runtime_checkable
class ImpactModel(Protocol):
    """Anything that prices an order's impact."""

    def bps(
        self, quantity: float, market: MarketState, *, duration: float = 1.0
    ) -> float:
        """Return the expected cost of an order in basis points of the price.

        Parameters
        ----------
        quantity : float
            Units, 0 or more; the side does not matter.
        market : MarketState
            As it is when the order is sent.
        duration : float, default 1
            Trading days over which it is worked; 1/390 is a minute of a US session.
        """
        ...


class _Model:
    """Checks every parameter of a model to be finite and not negative."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for item in fields(self):  # type: ignore[arg-type]
            as_float(self, item.name)


def _order(
    quantity: float, market: MarketState, duration: float
) -> tuple[float, float]:
    instance("market", market, MarketState)
    return bounded("quantity", quantity), bounded("duration", duration, above=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedBps(_Model):
    """The same for every order.

    Parameters
    ----------
    cost : float, default 5
        Basis points.

    Examples
    --------
    >>> FixedBps(cost=2).bps(100, MarketState(price=50, daily_volume=1e6))
    2.0
    """

    cost: float = 5.0

    def bps(
        self,
        quantity: float,
        market: MarketState,
        *,
        duration: float = 1.0,
    ) -> float:
        """Return `cost`, or 0 for an order of nothing."""
        size, _ = _order(quantity, market, duration)
        return float(self.cost) if size > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadShare(_Model):
    """A share of the quoted spread; one half is crossing it from the middle.

    Parameters
    ----------
    share : float, default 0.5

    Examples
    --------
    >>> market = MarketState(price=50, daily_volume=1e6, spread=0.02)
    >>> SpreadShare().bps(100, market)
    2.0
    """

    share: float = 0.5

    def bps(
        self, quantity: float, market: MarketState, *, duration: float = 1.0
    ) -> float:
        """Return ``share * spread / price`` in basis points."""
        size, _ = _order(quantity, market, duration)
        return _BPS * self.share * market.spread / market.price if size > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeShare(_Model):
    r"""Grows with the order's share of the volume while it is worked.

    Parameters
    ----------
    coefficient : float, default 0.1
        Fraction of the price at a share of 1.
    exponent : float, default 2

    Notes
    -----
    :math:`10^4 c\,(Q / (V T))^{e}`. The defaults are the rule of the Zipline
    backtester (``VolumeShareSlippage``): 0.1 of the squared share.

    Examples
    --------
    >>> market = MarketState(price=50, daily_volume=1e6)
    >>> round(VolumeShare().bps(100_000, market), 9)
    10.0
    """

    coefficient: float = 0.1
    exponent: float = 2.0

    def bps(
        self, quantity: float, market: MarketState, *, duration: float = 1.0
    ) -> float:
        """Return the cost in basis points."""
        size, days = _order(quantity, market, duration)
        share = size / (market.daily_volume * days)
        return float(_BPS * self.coefficient * share**self.exponent) if share else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareRoot(_Model):
    r"""The square-root law: the peak impact of a whole order, however it is worked.

    Parameters
    ----------
    coefficient : float, default 1
        Of the daily volatility; empirically of order one.
    exponent : float, default 0.5

    Notes
    -----
    :math:`10^4\, Y \sigma (Q / V)^{1/2}` with daily volatility and volume. The duration
    does not enter. The average price of an order worked along this path is two thirds
    of it away from the first (one over one plus the exponent).

    References
    ----------
    .. [1] B. Toth et al., "Anomalous price impact and the critical nature of liquidity
       in financial markets", Physical Review X 1 (2011).
    .. [2] R. C. Grinold and R. N. Kahn, "Active Portfolio Management", 2nd ed. (2000).

    Examples
    --------
    >>> market = MarketState(price=50, daily_volume=1e6, volatility=0.02)
    >>> round(SquareRoot().bps(10_000, market), 9)
    20.0
    """

    coefficient: float = 1.0
    exponent: float = 0.5

    def bps(
        self, quantity: float, market: MarketState, *, duration: float = 1.0
    ) -> float:
        """Return the cost in basis points."""
        size, _ = _order(quantity, market, duration)
        return float(
            _cost.power_impact(
                size,
                market.daily_volume,
                market.volatility,
                self.coefficient,
                self.exponent,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Almgren2005(_Model):
    r"""Permanent and temporary impact as Almgren, Thum, Hauptmann and Li estimated it.

    Parameters
    ----------
    gamma : float, default 0.314
        Permanent coefficient; the paper's standard error is 0.041.
    eta : float, default 0.142
        Temporary coefficient; standard error 0.0062.
    beta : float, default 0.6
        Exponent of the temporary impact; estimated as 0.600 with 0.038.
    delta : float, default 0.25
        Exponent of the inverse turnover; estimated as 0.267 with 0.22.

    Notes
    -----
    With :math:`X` units, :math:`V` a day, :math:`\Theta` outstanding, :math:`T` days of
    volume and :math:`\sigma` a day, in fractions of the price:

    .. math::

       I = \gamma \sigma \frac{X}{V} \Bigl(\frac{\Theta}{V}\Bigr)^{\delta}, \quad
       K = \eta \sigma \Bigl(\frac{X}{V T}\Bigr)^{\beta}, \quad
       J = \tfrac12 I + K .

    ``bps`` is :math:`J`, the cost against the arrival price. The estimates are from
    Citigroup's orders in large US shares, 2001 to 2003.

    References
    ----------
    .. [1] R. Almgren, C. Thum, E. Hauptmann and H. Li, "Direct estimation of equity
       market impact", Risk 18 (2005).

    Examples
    --------
    The paper's IBM, 10 % of a day's volume worked over a tenth of a day:

    >>> ibm = MarketState(price=80, daily_volume=6_561_000, volatility=0.0157,
    ...                   shares_outstanding=1_728e6)
    >>> model = Almgren2005()
    >>> round(model.bps(656_100, ibm, duration=0.1), 2)
    32.22
    """

    gamma: float = 0.314
    eta: float = 0.142
    beta: float = 0.6
    delta: float = 0.25

    def permanent(self, quantity: float, market: MarketState) -> float:
        """Return :math:`I` in basis points: what stays after the order.

        Raises
        ------
        ArgumentError
            If the market's `shares_outstanding` is not known.
        """
        instance("market", market, MarketState)
        if market.shares_outstanding is None:
            msg = (
                "Almgren2005 needs shares_outstanding, which the market state does not "
                "have; give it, or use SquareRoot"
            )
            raise ArgumentError(msg)
        return float(
            _cost.almgren_permanent(
                bounded("quantity", quantity),
                market.daily_volume,
                market.volatility,
                market.shares_outstanding,
                self.gamma,
                self.delta,
            )
        )

    def temporary(
        self, quantity: float, market: MarketState, *, duration: float = 1.0
    ) -> float:
        """Return :math:`K` in basis points: what is paid while the order is worked."""
        size, days = _order(quantity, market, duration)
        return float(
            _cost.almgren_temporary(
                size,
                market.daily_volume,
                market.volatility,
                days,
                self.eta,
                self.beta,
            )
        )

    def bps(
        self, quantity: float, market: MarketState, *, duration: float = 1.0
    ) -> float:
        """Return :math:`J` in basis points."""
        return 0.5 * self.permanent(quantity, market) + self.temporary(
            quantity, market, duration=duration
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IStar(_Model):
    r"""Kissell's I-Star.

    Parameters
    ----------
    a1, a2, a3, a4, b1 : float
        Defaults 708, 0.55, 0.71, 0.50 and 0.98: the book's fit to all US shares.
    days : float, default 252
        Trading days of the year that turn daily into annual volatility.

    Notes
    -----
    .. math::

       I^* = a_1 \Bigl(\frac{Q}{\mathrm{ADV}}\Bigr)^{a_2} \sigma^{a_3}, \quad
       \mathrm{MI} = b_1 I^* \,\mathrm{POV}^{a_4} + (1 - b_1) I^*

    with annual volatility :math:`\sigma` and
    :math:`\mathrm{POV} = Q / (Q + V T)`, the order's part of all volume while it is
    worked.

    References
    ----------
    .. [1] R. Kissell, "The Science of Algorithmic Trading and Portfolio Management"
       (2013), chapters 4 and 5.

    Examples
    --------
    >>> market = MarketState(price=50, daily_volume=1e6, volatility=0.02)
    >>> round(IStar().bps(100_000, market, duration=0.5), 2)
    37.12
    """

    a1: float = 708.0
    a2: float = 0.55
    a3: float = 0.71
    a4: float = 0.50
    b1: float = 0.98
    days: float = 252.0

    def __post_init__(self) -> None:
        _Model.__post_init__(self)
        if self.b1 > 1:
            msg = f"b1 must lie between 0 and 1; received {self.b1!r}"
            raise ArgumentError(msg)

    def bps(
        self, quantity: float, market: MarketState, *, duration: float = 1.0
    ) -> float:
        """Return the cost in basis points."""
        size, worked = _order(quantity, market, duration)
        return float(
            _cost.i_star(
                size,
                market.daily_volume,
                market.volatility,
                worked,
                self.a1,
                self.a2,
                self.a3,
                self.a4,
                self.b1,
                self.days,
            )
        )


@dataclass(frozen=True, slots=True)
class Combined:
    """The sum of models, such as half the spread and a square root.

    Parameters
    ----------
    parts : sequence of ImpactModel

    Examples
    --------
    >>> both = Combined((SpreadShare(), FixedBps(cost=1)))
    >>> both.bps(100, MarketState(price=50, daily_volume=1e6, spread=0.02))
    3.0
    """

    parts: tuple[ImpactModel, ...]

    def __post_init__(self) -> None:
        items("parts", self.parts, "(SpreadShare(), FixedBps())")
        if not self.parts or not all(isinstance(p, ImpactModel) for p in self.parts):
            msg = f"parts must be one impact model or more; received {self.parts!r}"
            raise ArgumentError(msg)

    def bps(
        self, quantity: float, market: MarketState, *, duration: float = 1.0
    ) -> float:
        """Return the sum of the parts' costs in basis points."""
        return sum(part.bps(quantity, market, duration=duration) for part in self.parts)
