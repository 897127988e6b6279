r"""What a parent was expected to cost before it began, and how far off that was.

The expectation is an impact model's (`ai_trading.execution.impact`) for the quantity
over the planned time. The outcome is slippage against arrival, so the difference is
noise of the market plus what the model has wrong. The noise has a size: a trader who
still had to trade the part :math:`x(t)` of the parent bore

.. math::  \sigma \sqrt{\int x(t)^2\,dt}

of risk against arrival (Almgren and Chriss [1]_), with :math:`\sigma` per root of a
trading day and time in trading days. Outcome less expectation over that is a z-score:
over many parents its mean tests the model's bias, and its deviation should be near one.

The state of the market must be one that was known at the start: `market_state` looks
at nothing later.

References
----------
.. [1] R. Almgren and N. Chriss, "Optimal execution of portfolio transactions", Journal
   of Risk 3, 2000.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ai_trading.core.clock import LAST_NS
from ai_trading.core.errors import DataError
from ai_trading.core.exact import instance, whole
from ai_trading.execution.impact.models import ImpactModel, MarketState
from ai_trading.execution.tca.market import MarketView
from ai_trading.execution.tca.worked import WorkedParent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ai_trading.execution.tca.costs import ParentCosts

__all__ = ["Accuracy", "Estimate", "accuracy", "market_state", "pre_trade"]

_SECOND: Final = 1_000_000_000
_STEP: Final = 300 * _SECOND
_STEP_OF_A_DAY: Final = 60 * _SECOND
_LEAST_RETURNS: Final = 12
_USUAL_SESSION: Final = int(6.5 * 3600) * _SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An expectation, in basis points of the arrival price.

    Attributes
    ----------
    model : str
        The model's name.
    bps : float
        Expected slippage against arrival.
    risk_bps : float
        Standard deviation of the slippage along the trajectory that was traded.
    market : MarketState
        What was known at the start.
    days : float
        Trading days the parent was to take.
    """

    model: str
    bps: float
    risk_bps: float
    market: MarketState
    days: float

    def against(self, outcome_bps: float) -> dict[str, float]:
        """Return estimate, surprise, risk and z-score as figures of a parent."""
        surprise = outcome_bps - self.bps
        z = surprise / self.risk_bps if self.risk_bps > 0 else math.nan
        return {
            "estimate_bps": self.bps,
            "surprise_bps": surprise,
            "risk_bps": self.risk_bps,
            "z_score": z,
        }


def market_state(
    view: MarketView,
    before_ns: int,
    *,
    shares_outstanding: float | None = None,
) -> MarketState:
    """Return what was known of a market at a moment.

    Parameters
    ----------
    view : MarketView
    before_ns : int
        Nothing after it is looked at.
    shares_outstanding : float, optional
        Handed on; `Almgren2005` needs it.

    Returns
    -------
    MarketState
        Price and spread at the moment; daily volume, the mean of the latest twenty
        earlier sessions; volatility from 5-minute returns of those sessions, nights
        left out. Without an earlier session both come from the same day so far: the
        volume scaled to a whole session, and returns of one minute.

    Raises
    ------
    DataError
        If nothing, or too little, lies before the moment.
    """
    instance("view", view, MarketView, "market_view(data, 'AAPL')")
    whole("before_ns", before_ns, 0, LAST_NS, of="nanoseconds, UTC")
    row = view.at([before_ns])
    twice = int(view.twice_middle(row)[0])
    bounds = view.session(before_ns)
    if not twice or bounds is None:
        msg = (
            f"{view.source} shows no price of {view.instrument.symbol} before the "
            "parent begins; bring data that begins earlier"
        )
        raise DataError(msg)
    tick = float(view.instrument.tick_size)
    volumes = view.daily_volumes(before_ns)
    begin = int(view.times[0]) if len(volumes) else bounds[0]
    step = _STEP if len(volumes) else _STEP_OF_A_DAY
    sigma = _volatility(view, begin, before_ns, step, bounds[1] - bounds[0])
    if len(volumes):
        lots = float(np.mean(volumes))
    else:
        seen = max(before_ns - bounds[0], 1)
        lots = view.prints.volume(bounds[0], before_ns) * (bounds[1] - bounds[0]) / seen
    if not lots > 0 or math.isnan(sigma):
        msg = (
            f"{view.source} has too little of {view.instrument.symbol} before the "
            "parent begins to know volume and volatility; bring an earlier session, "
            "or give states="
        )
        raise DataError(msg)
    return MarketState(
        price=twice / 2 * tick,
        daily_volume=lots * float(view.instrument.lot_size),
        volatility=sigma,
        spread=float(view.ask[row[0]] - view.bid[row[0]]) * tick,
        shares_outstanding=shares_outstanding,
    )


def _volatility(
    view: MarketView, begin: int, before: int, step: int, session: int
) -> float:
    """Per root of a session, from returns over steps that lie in one session."""
    edges = np.arange(begin, before + 1, step, dtype=np.int64)
    # Only steps at whose end the market was open and moving; nights have no changes.
    rows = view.at(edges)
    middle = view.twice_middle(rows).astype(np.float64)
    fresh = rows[1:] > rows[:-1]
    good = fresh & (middle[1:] > 0) & (middle[:-1] > 0)
    # The step after a night holds the night's return.
    good[1:] &= fresh[:-1]
    returns = np.diff(np.log(np.where(middle > 0, middle, 1.0)))[good]
    if len(returns) < _LEAST_RETURNS:
        return math.nan
    return float(np.sqrt(np.mean(returns**2) * session / step))


def pre_trade(
    parent: WorkedParent,
    model: ImpactModel,
    market: MarketState,
    *,
    session_ns: int = _USUAL_SESSION,
) -> Estimate:
    """Return what a parent was expected to cost.

    Parameters
    ----------
    parent : WorkedParent
        Its fills count only for the risk of the trajectory, not for the expectation.
    model : ImpactModel
    market : MarketState
        As it was at the start.
    session_ns : int, default 6.5 hours
        Length of a trading day.
    """
    instance("parent", parent, WorkedParent, "one of parents_of(result)")
    instance("model", model, ImpactModel, "SquareRoot()")
    instance("market", market, MarketState, "market_state(view, before_ns)")
    whole("session_ns", session_ns, 1, LAST_NS)
    days = max(parent.end_ns - parent.start_ns, 1) / session_ns
    size = float(parent.instrument.to_quantity(parent.quantity))
    return Estimate(
        model=type(model).__name__,
        bps=model.bps(size, market, duration=days),
        risk_bps=1e4 * market.volatility * math.sqrt(_exposure(parent, session_ns)),
        market=market,
        days=days,
    )


def _exposure(parent: WorkedParent, session_ns: int) -> float:
    """The integral of the squared part still to trade of what was traded, in days."""
    fills = parent.fills
    if not len(fills):
        return 0.0
    done = np.cumsum(fills["quantity"]) / parent.filled
    left = 1.0 - np.concatenate(([0.0], done[:-1]))
    times = np.concatenate(([parent.start_ns], fills["timestamp"])).astype(np.float64)
    return float(left**2 @ np.diff(times) / session_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """How good estimates were over many parents.

    Attributes
    ----------
    count : int
        Parents with an estimate and a fill.
    bias_bps, bias_error : float
        Mean surprise and its standard error; positive: costs were underestimated.
    z_mean, z_deviation : float
        Of the z-scores; 0 and 1 where model and risk are right.
    within : float
        Share of z-scores between -1.96 and 1.96; 0.95 where they are normal.
    correlation : float
        Of estimate and outcome.
    """

    count: int
    bias_bps: float
    bias_error: float
    z_mean: float
    z_deviation: float
    within: float
    correlation: float


def accuracy(costs: Sequence[ParentCosts]) -> Accuracy:
    """Return how estimates and outcomes agree.

    Raises
    ------
    DataError
        If fewer than two parents have both.
    """
    table = np.array(
        [
            (c["estimate_bps"], c["arrival_slippage_bps"], c["surprise_bps"])
            for c in costs
        ]
    ).reshape(-1, 3)
    table = table[np.isfinite(table).all(axis=1)]
    if len(table) < 2:
        msg = (
            f"{len(table)} parents have an estimate and an outcome; two are needed. "
            "Analyse with model="
        )
        raise DataError(msg)
    z = np.array([c["z_score"] for c in costs])
    z = z[np.isfinite(z)]
    surprise = table[:, 2]
    return Accuracy(
        count=len(table),
        bias_bps=float(surprise.mean()),
        bias_error=float(surprise.std(ddof=1) / math.sqrt(len(surprise))),
        z_mean=float(z.mean()) if len(z) else math.nan,
        z_deviation=float(z.std(ddof=1)) if len(z) > 1 else math.nan,
        within=float((np.abs(z) <= 1.96).mean()) if len(z) else math.nan,
        correlation=_correlation(table[:, 0], table[:, 1]),
    )


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    if a.std() == 0 or b.std() == 0:
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])
