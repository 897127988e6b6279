"""How a parent order is to be worked: typed terms of every algorithm.

Each class names what its algorithm takes and turns it into what the core works with.
The rules themselves are the core's (``algo/worker.hpp``) and the same in a backtest, a
simulated session and live.

Units: quantities and prices of the instrument, rates and shares as fractions, spans in
seconds, times in UTC nanoseconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Final

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import instance
from ai_trading.execution.algorithm import (
    Algorithm,
    Number,
    Span,
    count,
    flat_curve,
    fraction,
    lots,
    ppm,
)
from ai_trading.execution.trajectories import (
    ImpactParameters,
    Trajectory,
    efficient_frontier,
    optimal_liquidation,
    plot_frontier,
)

if TYPE_CHECKING:
    from ai_trading.core.instrument import Instrument
    from ai_trading.execution.curves import VolumeCurve

__all__ = [
    "ALGORITHMS",
    "Algorithm",
    "Arrival",
    "Close",
    "Iceberg",
    "ImpactParameters",
    "LiquiditySeeking",
    "Pov",
    "Shortfall",
    "Trajectory",
    "Twap",
    "Vwap",
    "algorithm",
    "efficient_frontier",
    "optimal_liquidation",
    "plot_frontier",
]

_STEEPEST: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Twap(Algorithm):
    """Evenly in time.

    Parameters
    ----------
    slices : int, default 0
        How many; one per `interval` by default.
    jitter : float, default 0
        Bound of what is drawn: a slice is at most ``1 + jitter`` of an even one and
        begins at most ``jitter / 2`` of its length early or late.
    """

    name: ClassVar[str] = "twap"
    slices: int = 0
    jitter: float = 0.0

    def _own(self, instrument: Instrument, span: Span) -> dict[str, Any]:
        del instrument, span
        return {
            "slices": count(self.slices),
            "jitter": fraction("jitter", self.jitter),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Vwap(Algorithm):
    """Along the volume curve of earlier sessions.

    Parameters
    ----------
    curve : VolumeCurve, optional
        By default a flat one, and the log says so; see
        `ai_trading.execution.curves.estimate_curve`.
    slices : int, default 0
        How many; one per `interval` by default.
    adaptive : bool, default True
        Whether the schedule follows the volume seen today, where the curve says how
        much to expect.
    """

    name: ClassVar[str] = "vwap"
    curve: VolumeCurve | None = None
    slices: int = 0
    adaptive: bool = True

    def _own(self, instrument: Instrument, span: Span) -> dict[str, Any]:
        curve = _given_curve(self.curve)
        if curve is None:
            curve = flat_curve(instrument.symbol)
        return {
            "slices": count(self.slices),
            "adaptive": self.adaptive and curve.session_volume > 0,
            "forecast": curve.forecast(instrument, *span.of_curve),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Pov(Algorithm):
    """A share of the volume as it comes, which is all it knows of it.

    Arrears, as after a time beyond the limit, are worked off at the greater of `rate`
    and `max_participation` of the volume of each `interval`.

    Parameters
    ----------
    rate : float, default 0.1
        Of the volume seen since the start, ours not counted where the data is history.
    """

    name: ClassVar[str] = "pov"
    finishes: ClassVar[bool] = False
    needs_volume: ClassVar[bool] = True
    rate: float = 0.1

    def _own(self, instrument: Instrument, span: Span) -> dict[str, Any]:
        del instrument, span
        if not 0 < self.rate <= 1:
            msg = f"rate must lie above 0 and not above 1; received {self.rate!r}"
            raise ArgumentError(msg)
        return {"rate": max(1, ppm(self.rate))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall(Algorithm):
    r"""Early, weighing impact against the risk of waiting.

    Holdings follow :math:`\sinh(\kappa (T - t)) / \sinh(\kappa T)` [1]_.

    Parameters
    ----------
    risk_aversion : float, optional
        lambda, in one over currency; needs `impact`.
    impact : ImpactParameters, optional
    trade_urgency : float, default 0.5
        Without a risk aversion: :math:`\kappa T = 6 u`. 0 is even in time; 0.5 trades
        four fifths in the first half, 1 nineteen twentieths.
    slices : int, default 0
        How many; one per `interval` by default.
    adaptive : bool, default False
        Whether the rest is planned afresh at every slice, from what is left and with an
        impact as deep as today's volume says: eta goes with one over volume, and kappa
        with the root of one over eta. It is the rolling-horizon form of optimal
        trading under changing liquidity [2]_, and the static one where volume comes as
        expected. Needs `curve`.
    curve : VolumeCurve, optional
    satiation : float, optional
        Follow the price too: the gain, in basis points of the arrival price, at which
        risk would be avoided at any cost. The rest is planned afresh at every slice
        with :math:`\\lambda b / (b - g)`, `b` being this and `g` the parent's gain so
        far, marked at the middle; so it hurries after a gain and waits after a loss
        ("aggressive in the money" [3]_). At ``g = b / 2`` lambda has doubled, at ``-b``
        it is halved; kappa never exceeds four times its beginning. The greater, the
        nearer to the static trajectory.

    Notes
    -----
    Mean and variance of the cost seen from the beginning are one quadratic utility,
    whose absolute risk aversion rises with gains as above; that such a utility makes
    the optimal strategy aggressive in the money is a theorem [4]_. Applying the static
    trajectory of the present risk aversion at each slice is the rule of [3]_ with an
    update per slice; it is not the full dynamic program of [5]_.

    References
    ----------
    .. [1] R. Almgren, N. Chriss, "Optimal execution of portfolio transactions",
       Journal of Risk 3 (2000).
    .. [2] R. Almgren, "Optimal trading with stochastic liquidity and volatility", SIAM
       Journal on Financial Mathematics 3 (2012).
    .. [3] R. Almgren, J. Lorenz, "Adaptive arrival price", Trading (2007).
    .. [4] A. Schied, T. Schöneborn, "Risk aversion and the dynamics of optimal
       liquidation strategies in illiquid markets", Finance and Stochastics 13 (2009).
    .. [5] J. Lorenz, R. Almgren, "Mean-variance optimal adaptive execution", Applied
       Mathematical Finance 18 (2011).
    """

    name: ClassVar[str] = "is"
    risk_aversion: float | None = None
    impact: ImpactParameters | None = None
    trade_urgency: float = 0.5
    slices: int = 0
    adaptive: bool = False
    curve: VolumeCurve | None = None
    satiation: float | None = None

    def kappa_horizon(self, days: float) -> float:
        """Return kappa T for a stretch of so many trading days."""
        if self.risk_aversion is None:
            return _STEEPEST * fraction("trade_urgency", self.trade_urgency)
        if self.impact is None:
            msg = "a risk aversion needs impact=ImpactParameters(...) to weigh it with"
            raise ArgumentError(msg)
        market = self.impact
        if not (self.risk_aversion >= 0 and market.temporary > 0):
            msg = (
                "risk_aversion must be 0 or more and the temporary impact above 0; "
                f"received {self.risk_aversion!r} and {market.temporary!r}"
            )
            raise ArgumentError(msg)
        kappa = market.volatility * math.sqrt(self.risk_aversion / market.temporary)
        return min(kappa * days, 700.0)

    def _own(self, instrument: Instrument, span: Span) -> dict[str, Any]:
        own: dict[str, Any] = {
            "slices": count(self.slices),
            "k": self.kappa_horizon(span.days),
        }
        if self.satiation is not None:
            if not 0 < self.satiation < math.inf:
                msg = (
                    "satiation must be a gain above 0 in basis points, or None to "
                    f"leave prices out; received {self.satiation!r}"
                )
                raise ArgumentError(msg)
            own["satiation"] = min(self.satiation * 1e-4, 1e9)
        curve = _given_curve(self.curve)
        if self.adaptive:
            curve = curve if curve is not None else flat_curve(instrument.symbol)
            own["adaptive"] = curve.session_volume > 0
            own["forecast"] = curve.forecast(instrument, *span.of_curve)
        return own


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival(Shortfall):
    """Against the arrival price: implementation shortfall by urgency alone."""

    name: ClassVar[str] = "arrival"
    trade_urgency: float = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Algorithm):
    r"""Late, against the closing price: the shortfall trajectory, then the auction.

    Where the benchmark is the price at the end, it is what is *traded already* that
    bears risk, so the best trajectory is that of `Shortfall` run backwards. What is
    left for the closing auction goes out at the parent's end as one order at the close,
    with all that was not done before; so the end must lie before the venue's last time
    for such orders. Where the venue has no closing auction everything is scheduled
    before the end, and the parent's ``auction`` says so.

    Parameters
    ----------
    auction : float, default 0.5
        Part of the parent that is left for the closing auction.
    trade_urgency : float, default 0.5
        :math:`\kappa T = 6 u`; how strongly it leans to the end.
    slices : int, default 0
        How many; one per `interval` by default.
    """

    name: ClassVar[str] = "close"
    trade_urgency: float = 0.5
    slices: int = 0
    auction: float = 0.5

    def _own(self, instrument: Instrument, span: Span) -> dict[str, Any]:
        del instrument, span
        urgency = fraction("trade_urgency", self.trade_urgency)
        return {
            "slices": count(self.slices),
            "k": _STEEPEST * urgency,
            "auction": ppm(fraction("auction", self.auction)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Iceberg(Algorithm):
    """One piece after the other, at the limit or beside the touch.

    Parameters
    ----------
    display : number
        Size of a piece.
    jitter : float, default 0
        A piece is drawn within ``1 - jitter`` and ``1 + jitter`` of `display`.
    """

    name: ClassVar[str] = "iceberg"
    finishes: ClassVar[bool] = False
    display: Number = 100
    jitter: float = 0.0

    def _own(self, instrument: Instrument, span: Span) -> dict[str, Any]:
        del span
        return {
            "display": lots(instrument, "display", self.display),
            "jitter": fraction("jitter", self.jitter),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquiditySeeking(Algorithm):
    """Opportunistic: takes what the other side shows, where that is enough.

    Parameters
    ----------
    max_spread : number, optional
        Widest spread it crosses.
    min_touch : number, optional
        What the other side must show at its best price.
    """

    name: ClassVar[str] = "seek"
    finishes: ClassVar[bool] = False
    max_spread: Number | None = None
    min_touch: Number | None = None

    def _own(self, instrument: Instrument, span: Span) -> dict[str, Any]:
        del span
        own = {}
        if self.max_spread is not None:
            own["max_spread"] = instrument.to_ticks(self.max_spread)
        if self.min_touch is not None:
            own["min_touch"] = lots(instrument, "min_touch", self.min_touch)
        return own


ALGORITHMS: Final[dict[str, type[Algorithm]]] = {
    kind.name: kind
    for kind in (
        Twap,
        Vwap,
        Pov,
        Shortfall,
        Arrival,
        Close,
        Iceberg,
        LiquiditySeeking,
    )
}
"""Every algorithm by its name."""


def _given_curve(curve: VolumeCurve | None) -> VolumeCurve | None:
    from ai_trading.execution.curves import VolumeCurve

    if curve is not None:
        instance("curve", curve, VolumeCurve, "estimate_curve(data, 'AAPL')")
    return curve


def algorithm(chosen: str | Algorithm, **options: Any) -> Algorithm:
    """Return an algorithm with its terms, from a name and options.

    Raises
    ------
    ArgumentError
        If there is none of that name, or it does not take an option.

    Examples
    --------
    >>> algorithm("pov", rate=0.05).rate
    0.05
    """
    if isinstance(chosen, Algorithm):
        if options:
            msg = (
                f"the algorithm is made already; {', '.join(options)} belong into "
                f"{type(chosen).__name__}(...)"
            )
            raise ArgumentError(msg)
        return chosen
    kind = ALGORITHMS.get(str(chosen))
    if kind is None:
        msg = f"algorithm must be one of {', '.join(ALGORITHMS)}; received {chosen!r}"
        raise ArgumentError(msg)
    taken = [item.name for item in fields(kind)]
    for name in options:
        if name not in taken:
            msg = (
                f"{chosen} does not take {name!r}; it takes {', '.join(sorted(taken))}"
            )
            raise ArgumentError(msg)
    return kind(**options)
