"""How impact builds up and fades: propagator and a book that refills.

Units: shifts in basis points, positive after buying; time in any one unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import one_of
from ai_trading.core.optional import needs_core
from ai_trading.execution.impact.models import MarketState, as_float, bounded
from ai_trading.risk.checks import real_numbers

with needs_core():
    from ai_trading._core import cost as _cost

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Execution", "ObizhaevaWang", "Propagator", "columns"]


def columns(**given: ArrayLike) -> list[NDArray[np.float64]]:
    """Return arrays of one length as float64, refusing NaN and infinity."""
    out: list[NDArray[np.float64]] = []
    for name, values in given.items():
        try:
            array = real_numbers(name, values)
        except (TypeError, ValueError):
            msg = f"{name} must be numbers; received {values!r:.80}"
            raise DataError(msg) from None
        if array.ndim != 1 or not np.all(np.isfinite(array)):
            msg = f"{name} must be one-dimensional and finite; received {array!r}"
            raise DataError(msg)
        array = np.ascontiguousarray(array)
        if out and len(array) != len(out[0]):
            msg = (
                f"{name} must be as long as {next(iter(given))}; received "
                f"{len(array)} and {len(out[0])}"
            )
            raise DataError(msg)
        out.append(array)
    return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Propagator:
    r"""Every trade pushes the price; what is left of the push decays.

    Parameters
    ----------
    scale : float
        Basis points of a trade of size 1 (`path`), or per unit of time at a rate of 1
        (`rate_bps`).
    concavity : float, default 0.5
        Exponent of the size; 0 counts trades alike.
    kernel : {"power", "exponential"}, default "power"
        How the push decays.
    rate : float, default 1
        Of "exponential": :math:`e^{-\rho t}`.
    timescale, exponent : float, default 1, 0.5
        Of "power": :math:`(1 + t / t_0)^{-\beta}`.

    Raises
    ------
    ArgumentError
        If a parameter is not finite or not positive.

    Notes
    -----
    :math:`p_t = \sum_{t_i < t} s\,\mathrm{sgn}(v_i)\,|v_i|^{\delta}\,G(t - t_i)`.
    Round trips make money (the model invites manipulation) unless
    :math:`\delta + \beta \ge 1`, roughly, for a power law, and :math:`\delta = 1` for
    an exponential kernel [2]_.

    References
    ----------
    .. [1] J.-P. Bouchaud, Y. Gefen, M. Potters and M. Wyart, "Fluctuations and response
       in financial markets", Quantitative Finance 4 (2004).
    .. [2] J. Gatheral, "No-dynamic-arbitrage and market impact", Quantitative Finance
       10 (2010).

    Examples
    --------
    >>> model = Propagator(scale=2, kernel="power", timescale=1, exponent=0.5)
    >>> model.path([0.0], [4.0], at=[3.0]).tolist()
    [2.0]
    """

    scale: float
    concavity: float = 0.5
    kernel: Literal["power", "exponential"] = "power"
    rate: float = 1.0
    timescale: float = 1.0
    exponent: float = 0.5

    def __post_init__(self) -> None:
        one_of("kernel", self.kernel, ("power", "exponential"))
        as_float(self, "scale")
        as_float(self, "concavity")
        for name in ("rate", "timescale", "exponent"):
            as_float(self, name, above=0)

    def left(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the share of a push that is left after each time.

        Parameters
        ----------
        time : array_like of shape (n,)
            Since the push, 0 or more.

        Raises
        ------
        DataError
            If a time is negative or not finite.
        """
        (time,) = columns(time=np.atleast_1d(time))
        if np.any(time < 0):
            msg = f"time must be 0 or more; received {float(np.min(time)):g}"
            raise DataError(msg)
        return np.asarray(
            _cost.decay(
                time,
                self.kernel == "power",
                self.rate,
                self.timescale,
                self.exponent,
            )
        )

    def path(
        self, times: ArrayLike, volumes: ArrayLike, *, at: ArrayLike
    ) -> NDArray[np.float64]:
        """Return the shift of the price at some times, in basis points.

        Parameters
        ----------
        times, volumes : array_like of shape (n_trades,)
            When trades happened, rising, and how large they were: buys positive.
        at : array_like of shape (n,)
            Rising; a trade at that very time does not count yet.

        Raises
        ------
        DataError
            If the arrays do not match or hold NaN.
        ArgumentError
            If times do not rise.
        """
        when, size = columns(times=times, volumes=volumes)
        (asked,) = columns(at=at)
        try:
            return _cost.propagate(
                when,
                size,
                asked,
                self.scale,
                self.concavity,
                self.kernel == "power",
                self.rate,
                self.timescale,
                self.exponent,
            )
        except ValueError as error:
            raise ArgumentError(str(error)) from None

    def rate_bps(self, rate: float, duration: float) -> float:
        r"""Return the average cost of trading at a constant rate, in basis points.

        Parameters
        ----------
        rate : float
            Size per unit of time.
        duration : float
            For how long.

        Notes
        -----
        Gatheral's continuous form,
        :math:`\frac{s\,r^{\delta}}{T} \int_0^T \int_0^t G(u)\,du\,dt`.
        """
        size = bounded("rate", rate)
        span = bounded("duration", duration, above=0)
        pushed = float(self.scale * size**self.concavity) if size else 0.0
        if self.kernel == "exponential":
            x = self.rate * span
            # Series where the difference of the closed form would cancel.
            mean = (
                span * (0.5 - x / 6 + x * x / 24)
                if x < 1e-3
                else (1 - (1 - math.exp(-x)) / x) / self.rate
            )
            return pushed * mean
        b, t0 = self.exponent, self.timescale
        x = span / t0
        if x < 1e-4:
            return pushed * span * (0.5 - b * x / 6)
        if abs(b - 1) < 1e-9:
            mean = t0 * ((1 + x) * math.log1p(x) - x) / x
        elif abs(b - 2) < 1e-9:
            mean = t0 * (1 - math.log1p(x) / x)
        else:
            grown = (math.pow(1 + x, 2 - b) - 1) / ((2 - b) * x)
            mean = t0 / (1 - b) * (grown - 1)
        return pushed * mean

    def bps(
        self, quantity: float, market: MarketState, *, duration: float = 1.0
    ) -> float:
        """Return the cost of working an order evenly, in basis points.

        The rate is in parts of the daily volume a day, and the kernel's time in days.
        """
        size = bounded("quantity", quantity)
        days = bounded("duration", duration, above=0)
        return self.rate_bps(size / (market.daily_volume * days), days)


@dataclass(frozen=True, slots=True)
class Execution:
    """How to buy at least cost in a book that refills.

    Attributes
    ----------
    block : float
        Units at the start, and again at the end.
    rate : float
        Units per unit of time between.
    cost : float
        Currency units above buying all at the first price.
    """

    block: float
    rate: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ObizhaevaWang:
    r"""A block-shaped book that refills at an exponential rate.

    Parameters
    ----------
    resilience : float
        :math:`\rho`, per unit of time; the half-life of a push is
        :math:`\ln 2 / \rho`.
    density : float
        :math:`q`, units per currency unit of price.
    permanent : float, default 0
        :math:`\lambda`, currency units of price per unit; at most ``1 / density``.

    Raises
    ------
    ArgumentError
        If a parameter is not allowed.

    Notes
    -----
    Buying :math:`X` over :math:`[0, T]` costs least as blocks of
    :math:`X / (\rho T + 2)` at both ends and a rate of :math:`\rho` times that between;
    the cost above the first price is
    :math:`\frac{\lambda}{2} X^2 + \frac{1/q - \lambda}{\rho T + 2} X^2`. Half the
    spread comes on top.

    References
    ----------
    .. [1] A. Obizhaeva and J. Wang, "Optimal trading strategy and supply/demand
       dynamics", Journal of Financial Markets 16 (2013).

    Examples
    --------
    >>> model = ObizhaevaWang(resilience=2.2231, density=5_000, permanent=1e-4)
    >>> best = model.best(100_000, horizon=1)
    >>> round(best.block, 2), round(best.rate, 2)
    (23679.29, 52641.42)
    """

    resilience: float
    density: float
    permanent: float = 0.0

    def __post_init__(self) -> None:
        as_float(self, "resilience", above=0)
        as_float(self, "density", above=0)
        as_float(self, "permanent")
        if self.permanent * self.density > 1:
            msg = (
                "permanent must not exceed 1 / density, the whole push of a trade; "
                f"received {self.permanent!r} above {1 / self.density!r}"
            )
            raise ArgumentError(msg)

    def best(self, quantity: float, horizon: float) -> Execution:
        """Return the cheapest way to buy a quantity within a horizon."""
        return Execution(
            *_cost.obizhaeva_wang(
                bounded("quantity", quantity),
                bounded("horizon", horizon),
                self.resilience,
                self.density,
                self.permanent,
            )
        )

    def cost(self, times: ArrayLike, quantities: ArrayLike) -> float:
        """Return what buying at some times costs, in currency units.

        Parameters
        ----------
        times, quantities : array_like of shape (n,)
            Rising times; a negative quantity is sold.

        Raises
        ------
        DataError
            If the arrays do not match or hold NaN.
        ArgumentError
            If times do not rise.
        """
        when, size = columns(times=times, quantities=quantities)
        try:
            return _cost.obizhaeva_wang_cost(
                when, size, self.resilience, self.density, self.permanent
            )
        except ValueError as error:
            raise ArgumentError(str(error)) from None

    def bps(
        self, quantity: float, market: MarketState, *, duration: float = 1.0
    ) -> float:
        """Return the cost of the cheapest way, in basis points of the price.

        The unit of time of `resilience` is a day here.
        """
        size = bounded("quantity", quantity)
        if size == 0:
            return 0.0
        cost = self.best(size, bounded("duration", duration, above=0)).cost
        return 1e4 * cost / (size * market.price)
