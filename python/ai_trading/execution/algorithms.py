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
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

from ai_trading.core.errors import ArgumentError
from ai_trading.core.log import get_logger
from ai_trading.core.optional import needs_core, require

with needs_core():
    from ai_trading._core import algo as _algo
    from ai_trading._core import schedule as _schedule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_trading.core.enums import OrderSide
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

_log = get_logger(__name__)
_SECOND: Final = 1_000_000_000
_PPM: Final = 1_000_000
_STEEPEST: Final = 6.0

_Number = float | int | Decimal | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """What every algorithm takes.

    Parameters
    ----------
    limit : number, optional
        No child trades beyond it.
    would : number, optional
        The "I would" price: wherever the other side is this good, what it shows is
        taken, schedule or not.
    min_participation, max_participation : float, default 0
        Fractions of the volume seen since the start; 0 for none. Below the first it
        crosses; filled and working together never pass the second.
    urgency : float, default 0.5
        How soon a child that waits at the touch crosses: once the parent is behind its
        schedule by ``1 - urgency`` of a slice. 1 crosses at once.
    completion : {"cross", "report"}
        What happens to the rest at the end; by default it is sent across, and for
        pov, iceberg and seek reported as shortfall.
    min_child, max_child : number, optional
        Smallest child, but for the last (one lot), and largest one (no bound).
    round_lot : number, optional
        Slices are multiples of it; one lot.
    interval : float, default 60
        Seconds between slices.
    review : float, default 5
        Seconds before a waiting child may be moved again.
    seed : int, default 0
        Of whatever is drawn.
    """

    name: ClassVar[str] = ""
    finishes: ClassVar[bool] = True
    needs_volume: ClassVar[bool] = False

    limit: _Number | None = None
    would: _Number | None = None
    min_participation: float = 0.0
    max_participation: float = 0.0
    urgency: float = 0.5
    completion: str | None = None
    min_child: _Number | None = None
    max_child: _Number | None = None
    round_lot: _Number | None = None
    interval: float = 60.0
    review: float = 5.0
    seed: int = 0

    def __post_init__(self) -> None:
        for what in ("min_participation", "max_participation", "urgency"):
            _fraction(what, getattr(self, what))
        for what in ("interval", "review"):
            if not 0 < getattr(self, what) <= 86_400:
                msg = (
                    f"{what} must lie above 0 and not above 86400 seconds; received "
                    f"{getattr(self, what)!r}"
                )
                raise ArgumentError(msg)
        if self.completion not in (None, "cross", "report"):
            msg = f"completion must be cross or report; received {self.completion!r}"
            raise ArgumentError(msg)

    @property
    def watches_volume(self) -> bool:
        """Whether it cannot be worked without the market's volume."""
        return bool(
            self.needs_volume or self.min_participation or self.max_participation
        )

    def to_core(
        self,
        instrument: Instrument,
        *,
        index: int,
        side: OrderSide,
        quantity: _Number,
        start_ns: int,
        end_ns: int,
        session: tuple[int, int] | None = None,
    ) -> dict[str, Any]:
        """Return the terms as whole numbers, for ``_core.algo``.

        Parameters
        ----------
        session : tuple of int, optional
            Open and close of the day, which a volume curve spans; start and end of the
            parent by default.

        Raises
        ------
        ArgumentError
            If a price or quantity is off the instrument's grid.
        """
        finish = self.completion or ("cross" if self.finishes else "report")
        given: dict[str, Any] = {
            "instrument": index,
            "side": 0 if side.is_buy else 1,
            "algorithm": _algo.algorithm_codes[self.name],
            "quantity": instrument.to_lots(quantity),
            "start": start_ns,
            "end": end_ns,
            "price_step": instrument.increment_ticks,
            "completion": 1 if finish == "cross" else 0,
            "min_participation": _ppm(self.min_participation),
            "max_participation": _ppm(self.max_participation),
            "urgency": _ppm(self.urgency),
            "interval": round(self.interval * _SECOND),
            "review": round(self.review * _SECOND),
            "seed": self.seed,
        }
        for name, value in (("limit", self.limit), ("would", self.would)):
            if value is not None:
                given[name] = instrument.to_ticks(value)
        for name, key, value in (
            ("min_child", "min_child", self.min_child),
            ("max_child", "max_child", self.max_child),
            ("round_lot", "round", self.round_lot),
        ):
            if value is not None:
                given[key] = _lots(instrument, name, value)
        given.update(self._own(instrument, session or (start_ns, end_ns)))
        return given

    def _own(self, instrument: Instrument, session: tuple[int, int]) -> dict[str, Any]:
        del instrument, session
        return {}


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

    def _own(self, instrument: Instrument, session: tuple[int, int]) -> dict[str, Any]:
        del instrument, session
        return {
            "slices": _count(self.slices),
            "jitter": _fraction("jitter", self.jitter),
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

    def _own(self, instrument: Instrument, session: tuple[int, int]) -> dict[str, Any]:
        curve = self.curve
        if curve is None:
            curve = _flat(instrument.symbol)
        return {
            "slices": _count(self.slices),
            "adaptive": self.adaptive and curve.session_volume > 0,
            "forecast": curve.forecast(instrument, *session),
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

    def _own(self, instrument: Instrument, session: tuple[int, int]) -> dict[str, Any]:
        del instrument, session
        if not 0 < self.rate <= 1:
            msg = f"rate must lie above 0 and not above 1; received {self.rate!r}"
            raise ArgumentError(msg)
        return {"rate": max(1, _ppm(self.rate))}


@dataclass(frozen=True, slots=True)
class ImpactParameters:
    """The market of Almgren and Chriss (2000).

    Attributes
    ----------
    volatility : float
        Of the price, in currency per square root of a day.
    temporary : float
        eta: currency per unit, for each unit per day of trading rate.
    permanent : float
        gamma: currency per unit, for each unit traded.
    fixed : float
        epsilon: half the spread and fees, in currency per unit.
    """

    volatility: float
    temporary: float
    permanent: float = 0.0
    fixed: float = 0.0


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
            return _STEEPEST * _fraction("trade_urgency", self.trade_urgency)
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

    def _own(self, instrument: Instrument, session: tuple[int, int]) -> dict[str, Any]:
        own: dict[str, Any] = {"slices": _count(self.slices)}
        if self.satiation is not None:
            if not 0 < self.satiation < math.inf:
                msg = (
                    "satiation must be a gain above 0 in basis points, or None to "
                    f"leave prices out; received {self.satiation!r}"
                )
                raise ArgumentError(msg)
            own["satiation"] = min(self.satiation * 1e-4, 1e9)
        if self.adaptive:
            curve = self.curve if self.curve is not None else _flat(instrument.symbol)
            own["adaptive"] = curve.session_volume > 0
            own["forecast"] = curve.forecast(instrument, *session)
        return own

    def to_core(
        self,
        instrument: Instrument,
        *,
        index: int,
        side: OrderSide,
        quantity: _Number,
        start_ns: int,
        end_ns: int,
        session: tuple[int, int] | None = None,
    ) -> dict[str, Any]:
        """Return the terms as whole numbers; a trading day is as long as `session`."""
        given = Algorithm.to_core(
            self,
            instrument,
            index=index,
            side=side,
            quantity=quantity,
            start_ns=start_ns,
            end_ns=end_ns,
            session=session,
        )
        first, last = session or (0, int(6.5 * 3600 * _SECOND))
        given["k"] = self.kappa_horizon((end_ns - start_ns) / (last - first))
        return given


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

    def _own(self, instrument: Instrument, session: tuple[int, int]) -> dict[str, Any]:
        del instrument, session
        urgency = _fraction("trade_urgency", self.trade_urgency)
        return {
            "slices": _count(self.slices),
            "k": _STEEPEST * urgency,
            "auction": _ppm(_fraction("auction", self.auction)),
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
    display: _Number = 100
    jitter: float = 0.0

    def _own(self, instrument: Instrument, session: tuple[int, int]) -> dict[str, Any]:
        del session
        return {
            "display": _lots(instrument, "display", self.display),
            "jitter": _fraction("jitter", self.jitter),
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
    max_spread: _Number | None = None
    min_touch: _Number | None = None

    def _own(self, instrument: Instrument, session: tuple[int, int]) -> dict[str, Any]:
        del session
        own = {}
        if self.max_spread is not None:
            own["max_spread"] = instrument.to_ticks(self.max_spread)
        if self.min_touch is not None:
            own["min_touch"] = _lots(instrument, "min_touch", self.min_touch)
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


@dataclass(frozen=True, slots=True)
class Trajectory:
    """The optimal liquidation of Almgren and Chriss (2000).

    Attributes
    ----------
    risk_aversion : float
    kappa : float
        Per unit of time.
    holdings : tuple of float
        At the beginning, after each period, and 0 at the end.
    expected_cost, deviation : float
        In currency.
    """

    risk_aversion: float
    kappa: float
    holdings: tuple[float, ...]
    expected_cost: float
    deviation: float


def optimal_liquidation(
    quantity: float,
    impact: ImpactParameters,
    *,
    risk_aversion: float,
    horizon: float,
    periods: int,
) -> Trajectory:
    r"""Return the trajectory that is best for a risk aversion.

    Parameters
    ----------
    quantity : float
        X, to be traded.
    impact : ImpactParameters
    risk_aversion : float
        lambda of :math:`E + \lambda V`.
    horizon : float
        T, in days.
    periods : int
        N, in which trading is even.

    Raises
    ------
    ArgumentError
        If the problem has no optimum.

    Notes
    -----
    The discrete solution of the paper: :math:`2 (\cosh \kappa\tau - 1) = \lambda
    \sigma^2 \tau^2 / (\eta - \gamma\tau/2)`.

    Examples
    --------
    >>> market = ImpactParameters(0.95, 2.5e-6, 2.5e-7, 0.0625)
    >>> best = optimal_liquidation(1e6, market, risk_aversion=1e-6, horizon=5,
    ...                            periods=5)
    >>> round(best.kappa, 7), round(best.expected_cost, 2)
    (0.6070762, 911226.99)
    """
    try:
        kappa, holdings, cost, variance = _schedule.optimal_liquidation(
            float(quantity),
            float(horizon),
            periods,
            float(impact.volatility),
            float(impact.fixed),
            float(impact.permanent),
            float(impact.temporary),
            float(risk_aversion),
        )
    except ValueError as error:
        raise ArgumentError(str(error)) from None
    path = tuple(float(x) for x in holdings)
    return Trajectory(risk_aversion, kappa, path, cost, math.sqrt(variance))


def efficient_frontier(
    quantity: float,
    impact: ImpactParameters,
    *,
    horizon: float,
    periods: int,
    risk_aversions: Sequence[float],
) -> tuple[Trajectory, ...]:
    """Return the optimal trajectory for each risk aversion, in their order."""
    return tuple(
        optimal_liquidation(
            quantity, impact, risk_aversion=value, horizon=horizon, periods=periods
        )
        for value in risk_aversions
    )


def plot_frontier(frontier: Sequence[Trajectory]) -> Any:
    """Return a plotly figure of cost against risk, and of the trajectories.

    Raises
    ------
    ArgumentError
        If there is nothing to plot.
    MissingExtraError
        If plotly is not installed (``pip install 'ai_trading[charts]'``).
    """
    if not frontier:
        msg = "the frontier is empty; pass what efficient_frontier returns"
        raise ArgumentError(msg)
    figure = require("plotly.subplots", "charts").make_subplots(
        rows=1, cols=2, subplot_titles=("Efficient frontier", "Holdings")
    )
    figure.add_scatter(
        x=[t.deviation for t in frontier],
        y=[t.expected_cost for t in frontier],
        text=[f"λ = {t.risk_aversion:g}, κ = {t.kappa:.4g}" for t in frontier],
        mode="lines+markers",
        name="frontier",
        row=1,
        col=1,
    )
    for found in frontier:
        figure.add_scatter(
            y=list(found.holdings),
            mode="lines",
            name=f"λ = {found.risk_aversion:g}",
            row=1,
            col=2,
        )
    figure.update_xaxes(title_text="standard deviation of cost", row=1, col=1)
    figure.update_yaxes(title_text="expected cost", row=1, col=1)
    figure.update_xaxes(title_text="period", row=1, col=2)
    return figure


def _flat(symbol: str) -> VolumeCurve:
    from ai_trading.execution.curves import VolumeCurve

    _log.warning("flat_volume_curve", symbol=symbol)
    return VolumeCurve.flat()


def _fraction(name: str, value: float) -> float:
    if not 0 <= value <= 1:
        msg = f"{name} must lie between 0 and 1; received {value!r}"
        raise ArgumentError(msg)
    return float(value)


def _ppm(value: float) -> int:
    return round(value * _PPM)


def _count(value: int) -> int:
    if value < 0:
        msg = f"slices must be 0 (one per interval) or more; received {value!r}"
        raise ArgumentError(msg)
    return int(value)


def _lots(instrument: Instrument, name: str, value: _Number) -> int:
    lots = instrument.to_lots(value)
    if lots < 1:
        msg = f"{name} must be one lot or more; received {value!r}"
        raise ArgumentError(msg)
    return lots
