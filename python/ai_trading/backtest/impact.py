"""Our own market impact in a replay, where nobody else reacts to us. Off by default.

Every arriving order of ours that takes from the market pushes the prices that our later
orders of that side pay; the push fades. The recorded market is left as it is.

Units: volume in units of quantity a day; volatility as a fraction a day; time in
nanoseconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import instance, one_of
from ai_trading.execution.impact import (
    Almgren2005,
    MarketState,
    ObizhaevaWang,
    Propagator,
    SquareRoot,
    fit_propagator,
)
from ai_trading.execution.impact.dynamic import columns
from ai_trading.execution.impact.models import bounded

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ai_trading.core.instrument import InstrumentTable

__all__ = ["MarketImpact"]

_SECOND = 1_000_000_000
_NODES = 40
"""Exponentials that stand for a power law: within 2e-5 of it."""
_LOST = 1e-5
"""Weight of the power law's far tail that the slowest exponential carries."""
_SLOWEST = -25.0
"""Log of the slowest rate in units of the time scale; what is slower stands still."""
_SESSION = 6.5 * 3600
_GRID = 300
"""Seconds between the prices whose returns give the volatility."""

_OF_DECAY = {"half_life": "exponential", "timescale": "power", "beta": "power"}

PerSymbol: TypeAlias = float | Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketImpact:
    r"""How our aggressive orders move the prices of our later ones.

    Parameters
    ----------
    daily_volume : float or mapping of symbol to float
        Units a day. A symbol that the mapping lacks has no impact.
    volatility : float or mapping of symbol to float
        Standard deviation of a day's returns, as a fraction.
    coefficient : float, default 1
        Of the push: volatilities for a whole day's volume.
    exponent : float, default 0.5
        Of the order's part of the daily volume.
    permanent : float, default 0
        Part of a push that stays, 0 to 1.
    decay : {"exponential", "power"}, default "power"
        How the rest fades.
    half_life : int, default 5 minutes
        Of "exponential", in nanoseconds.
    timescale : int, default 10 seconds
        Of "power", in nanoseconds.
    beta : float, default 0.5
        Of "power": :math:`(1 + t / t_0)^{-\beta}`.

    Raises
    ------
    ArgumentError
        If a value is not allowed, or a term of the other decay is given.

    Notes
    -----
    An order that takes :math:`Q` pushes by :math:`Y \sigma (Q / V)^{\delta}` of the
    price.

    **Accounting**: the shift belongs to a side. Later buys pay what earlier buys
    pushed, later sales what earlier sales pushed, on top of the price in the recorded
    book and rounded up to a tick. Nothing is ever credited, so a round trip cannot live
    off its own impact. An order with a limit reaches only as deep as the limit allows
    after the shift. Quotes, marks and the queue of waiting orders do not move. Within
    an order the recorded depth is what it pays; on bars, which show none, an order pays
    its own push too.

    A power law is carried as 40 exponentials, the quadrature of
    :math:`(1 + t/t_0)^{-\beta} = \int_0^\infty s^{\beta - 1} e^{-s} e^{-s t / t_0} ds /
    \Gamma(\beta)` in :math:`\log s`.

    Examples
    --------
    >>> impact = MarketImpact(daily_volume=1e6, volatility=0.02)
    >>> round(1e4 * impact.push(10_000, "XYZ"), 9)  # basis points
    20.0
    """

    daily_volume: PerSymbol
    volatility: PerSymbol
    coefficient: float = 1.0
    exponent: float = 0.5
    permanent: float = 0.0
    decay: Literal["exponential", "power"] = "power"
    half_life: int = 300 * _SECOND
    timescale: int = 10 * _SECOND
    beta: float = 0.5

    def __post_init__(self) -> None:
        for name in ("daily_volume", "volatility"):
            given = getattr(self, name)
            for value in given.values() if isinstance(given, Mapping) else [given]:
                bounded(name, value, above=0)
        for name in ("coefficient", "exponent"):
            bounded(name, getattr(self, name))
        for name in ("half_life", "timescale", "beta"):
            bounded(name, getattr(self, name), above=0)
        if bounded("permanent", self.permanent) > 1:
            msg = f"permanent must lie between 0 and 1; received {self.permanent!r}"
            raise ArgumentError(msg)
        one_of("decay", self.decay, ("exponential", "power"))
        defaults = {field.name: field.default for field in fields(self)}
        for name, decay in _OF_DECAY.items():
            value = getattr(self, name)
            if decay != self.decay and value != defaults[name]:
                msg = (
                    f"{name}={value!r} would change nothing: it belongs to "
                    f"decay={decay!r} and decay is {self.decay!r}; give that decay "
                    f"or leave out {name}"
                )
                raise ArgumentError(msg)

    def push(self, quantity: float, symbol: str) -> float:
        """Return how far an order that takes a quantity pushes, as a fraction."""
        volume, sigma = self._market(symbol)
        size = bounded("quantity", quantity)
        if not volume or not size:
            return 0.0
        return float(self.coefficient * sigma * (size / volume) ** self.exponent)

    def left(self, seconds: ArrayLike) -> NDArray[np.float64]:
        """Return the part of a push that is left after some times, as it is charged."""
        times = np.asarray(seconds, dtype=np.float64)
        rest = [w * np.exp(-rate * times) for w, rate in self.modes()]
        return np.asarray(self.permanent + sum(rest))

    def modes(self) -> list[tuple[float, float]]:
        """Return the fading part as (weight, rate per second) of exponentials."""
        fading = 1.0 - self.permanent
        if self.decay == "exponential":
            return [(fading, math.log(2) / (self.half_life / _SECOND))]
        b, t0 = float(self.beta), self.timescale / _SECOND
        low = max(math.log(_LOST * math.gamma(1 + b)) / b, _SLOWEST)
        nodes, step = np.linspace(low, math.log(40.0 + 4 * b), _NODES, retstep=True)
        weights = np.exp(b * nodes - np.exp(nodes)) * step / math.gamma(b)
        weights[0] += math.exp(b * (low - step / 2)) / math.gamma(1 + b)
        weights /= weights.sum()
        return [
            (float(fading * weight), float(math.exp(node) / t0))
            for node, weight in zip(nodes, weights, strict=True)
        ]

    def to_core(self, instruments: InstrumentTable) -> dict[str, Any]:
        """Return the settings of a session.

        Raises
        ------
        ArgumentError
            If a symbol has a volume but no volatility, or the run does not have it.
        """
        given = [
            symbol
            for table in (self.daily_volume, self.volatility)
            if isinstance(table, Mapping)
            for symbol in table
        ]
        for symbol in given:
            if symbol not in instruments.symbols:
                msg = (
                    f"impact is given for {symbol}, which the run has not; it has "
                    f"{', '.join(instruments.symbols)}"
                )
                raise ArgumentError(msg)
        markets = []
        for instrument in instruments:
            volume, sigma = self._market(instrument.symbol)
            markets.append((volume / float(instrument.lot_size), sigma))
        return {
            "markets": markets,
            "modes": self.modes(),
            "coefficient": float(self.coefficient),
            "exponent": float(self.exponent),
            "permanent": float(self.permanent),
        }

    def plain(self) -> dict[str, Any]:
        """Return the terms, JSON-able."""
        return {
            name: dict(value) if isinstance(value, Mapping) else value
            for name in self.__slots__
            for value in [getattr(self, name)]
        }

    def _market(self, symbol: str) -> tuple[float, float]:
        def of(table: PerSymbol) -> float | None:
            return table.get(symbol) if isinstance(table, Mapping) else table

        volume, sigma = of(self.daily_volume), of(self.volatility)
        if volume is None:
            return 0.0, 0.0
        if sigma is None:
            msg = f"impact has a daily volume of {symbol} but no volatility"
            raise ArgumentError(msg)
        return float(volume), float(sigma)

    @classmethod
    def of(
        cls,
        model: SquareRoot | Almgren2005 | Propagator | ObizhaevaWang,
        market: MarketState,
        **decay: Any,
    ) -> MarketImpact:
        r"""Return the impact in a run that a model of `execution.impact` states.

        Parameters
        ----------
        model : SquareRoot, Almgren2005, Propagator or ObizhaevaWang
            Times in seconds, sizes in units of quantity. Of `Almgren2005` the permanent
            part: it is linear, so that the pushes of children add up to that of their
            parent. Its temporary part is what the recorded book charges.
        market : MarketState
            Daily volume and volatility; `ObizhaevaWang`, whose pushes are in currency,
            needs the price, `Almgren2005` the shares outstanding.
        **decay
            `decay`, `half_life`, `timescale`, `beta`, `permanent`: for `SquareRoot`,
            which says how far an order pushes and not how that fades.

        Raises
        ------
        ArgumentError
            If the model is none of these, the market lacks what it needs, or a decay is
            given for a model that has its own.

        Examples
        --------
        >>> from ai_trading.execution.impact import MarketState
        >>> market = MarketState(price=50, daily_volume=1e6, volatility=0.02)
        >>> book = ObizhaevaWang(resilience=0.01, density=5_000, permanent=1e-4)
        >>> impact = MarketImpact.of(book, market)
        >>> round(50 * impact.push(1_000, "XYZ"), 9), impact.permanent
        (0.2, 0.5)
        """
        instance("market", market, MarketState)
        volume, sigma = market.daily_volume, market.volatility
        terms: dict[str, Any] = {"daily_volume": volume, "volatility": sigma}
        if isinstance(model, SquareRoot):
            terms |= {"coefficient": model.coefficient, "exponent": model.exponent}
            return cls(**terms, **decay)
        given: object = model
        if not isinstance(given, Almgren2005 | Propagator | ObizhaevaWang):
            msg = (
                "model must be a SquareRoot, Almgren2005, Propagator or ObizhaevaWang, "
                "which say what an order does to later ones; received "
                f"{model!r:.120}"
            )
            raise ArgumentError(msg)
        if decay:
            msg = (
                f"{', '.join(decay)} cannot be given: {type(model).__name__} says "
                "itself what stays of a push and what fades"
            )
            raise ArgumentError(msg)
        if isinstance(model, Almgren2005):
            whole_day = model.permanent(volume, market) / 1e4
            terms |= {"coefficient": whole_day / sigma, "exponent": 1.0}
            return cls(**terms, permanent=1.0)
        if isinstance(model, ObizhaevaWang):
            unit = 1 / (model.density * market.price)
            terms |= {"exponent": 1.0, "coefficient": unit * volume / sigma}
            terms |= {"permanent": model.permanent * model.density}
            rate = model.resilience
        else:
            size = model.scale * volume**model.concavity
            terms |= {"exponent": model.concavity, "coefficient": size / (1e4 * sigma)}
            rate = model.rate
            if model.kernel == "power":
                when = max(round(model.timescale * _SECOND), 1)
                return cls(**terms, timescale=when, beta=model.exponent)
        half = max(round(math.log(2) / rate * _SECOND), 1)
        return cls(**terms, decay="exponential", half_life=half)

    @classmethod
    def calibrate(
        cls,
        times: ArrayLike,
        volumes: ArrayLike,
        prices: ArrayLike,
        *,
        exponent: float = 0.5,
        lags: int = 100,
        daily_volume: float | None = None,
        volatility: float | None = None,
        session: float = _SESSION,
    ) -> MarketImpact:
        r"""Return the impact that the trades of a market show.

        Parameters
        ----------
        times : array_like of shape (n_trades,)
            UTC nanoseconds, rising; trades of one instant by one side count as one.
        volumes : array_like of shape (n_trades,)
            Units, signed by who took: buys positive.
        prices : array_like of shape (n_trades + 1,)
            The middle just before each trade, and after the last.
        exponent : float, default 0.5
            Of the size; estimated poorly by single trades, so fixed.
        lags : int, default 100
            Trades back over which the decay is measured.
        daily_volume, volatility : float, optional
            As above; by default the tape's, its volume and its five-minute variance
            scaled from the time it covers to a whole session.
        session : float, default 23,400
            Seconds of trading a day.

        Returns
        -------
        MarketImpact
            With a power law; nothing of it is permanent, since a power law hardly ends.

        Raises
        ------
        DataError
            If there are too few trades, or they show no impact.

        Notes
        -----
        `fit_propagator` gives the push of a trade of size 1, :math:`s` basis points,
        and its decay in trades. A trade's :math:`s |v|^{\delta}` is read as
        :math:`10^4 Y \sigma (|v| / V)^{\delta}`, so :math:`Y = s V^{\delta} / (10^4
        \sigma)`; the decay's time is multiplied by the mean time between trades.
        Strangers' single trades stand in for ours: large orders of ours lie outside
        what was measured.
        """
        (size,), (price,) = columns(volumes=volumes), columns(prices=prices)
        when = np.asarray(times, dtype=np.int64)
        if not len(size) == len(when) == len(price) - 1 or np.any(np.diff(when) < 0):
            msg = "needs rising times, and one price more than trades"
            raise DataError(msg)
        later = np.diff(when, prepend=when[:1] - 1) != 0
        first = np.flatnonzero(later | (np.diff(np.sign(size), prepend=0) != 0))
        merged = np.add.reduceat(size, first) if len(first) else size
        seconds = float(when[-1] - when[0]) / _SECOND if len(when) else 0.0
        fit, _, _ = fit_propagator(
            merged, np.append(price[first], price[-1]), lags=lags, concavity=exponent
        )
        part = seconds / session
        volume = daily_volume or float(np.abs(size).sum()) / part
        sigma = volatility or _daily_volatility(when, price, session)
        return cls(
            daily_volume=volume,
            volatility=sigma,
            coefficient=fit.model.scale * volume**exponent / (1e4 * sigma),
            exponent=exponent,
            decay="power",
            timescale=max(
                round(fit.model.timescale * seconds / len(first) * _SECOND), 1
            ),
            beta=fit.model.exponent,
        )


def _daily_volatility(
    when: NDArray[np.int64], price: NDArray[np.float64], session: float
) -> float:
    grid = np.arange(when[0], when[-1], _GRID * _SECOND)
    at = np.searchsorted(when, grid, side="right") - 1
    returns = np.diff(np.log(price[at]))
    if len(returns) < 6:
        msg = (
            "the trades cover less than half an hour, too little for a volatility; "
            "give volatility and daily_volume"
        )
        raise DataError(msg)
    sigma = math.sqrt(float(returns @ returns) / len(returns) * session / _GRID)
    if not sigma > 0:
        msg = "the price never moved, so there is no volatility to scale impact with"
        raise DataError(msg)
    return sigma
