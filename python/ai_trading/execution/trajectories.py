"""Optimal liquidation after Almgren and Chriss (2000), and its efficient frontier.

Units: quantities in units, times in days, money in currency.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ai_trading.core.errors import ArgumentError
from ai_trading.core.optional import needs_core, require

with needs_core():
    from ai_trading._core import schedule as _schedule

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ImpactParameters",
    "Trajectory",
    "efficient_frontier",
    "optimal_liquidation",
    "plot_frontier",
]


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
