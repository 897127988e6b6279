"""The mark-out curve: where the middle stood, a while after the fills of many parents.

A mean over fills weighted by their value; positive is a cost, as in `fills`. The
interval is a bootstrap over parents, whose fills are drawn together: those of one
parent are not independent. Fills whose mark-out is not known are left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ai_trading.core.errors import DataError
from ai_trading.execution.tca.bootstrap import RESAMPLES, check_bootstrap, interval
from ai_trading.execution.tca.costs import measured
from ai_trading.execution.tca.fills import horizon_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ai_trading.execution.tca.costs import ParentCosts

__all__ = ["MarkOut", "mark_outs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkOut:
    """The mark-out of all fills at one time after them.

    Attributes
    ----------
    horizon_ns : int
        0 is the fill itself: half the effective spread.
    bps : float
        Mean by value; positive is a cost.
    low, high : float
        Bootstrap interval.
    fills, missing : int
        With that mark-out, and without: too near the end of the data or the session, or
        within a bar.
    """

    horizon_ns: int
    bps: float
    low: float
    high: float
    fills: int
    missing: int


def mark_outs(
    costs: Sequence[ParentCosts],
    *,
    seed: int = 0,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> tuple[MarkOut, ...]:
    """Return the mark-out curve of all fills, from the fill on.

    Raises
    ------
    ArgumentError
        If a term of the bootstrap lies outside its domain.
    DataError
        If there is no fill that the market around is known of, parents were measured
        at different horizons, or values in several currencies would be added.
    """
    check_bootstrap(level, resamples, seed)
    rows, owner = _fills(costs)
    if not len(rows):
        msg = (
            f"the {len(costs)} parents have no fill with market data around it; "
            "mark-outs need both"
        )
        raise DataError(msg)
    worth = _worth(costs, rows, owner)
    found = []
    for horizon in (0, *costs[0].horizons):
        if horizon:
            values = rows[f"markout_{horizon_name(horizon)}"]
        else:
            values = rows["effective_spread"] / 2
        known = np.isfinite(values)
        mean, low, high = _mean(
            (values * worth)[known],
            worth[known],
            owner[known],
            seed=seed,
            level=level,
            resamples=resamples,
        )
        many = int(known.sum())
        found.append(
            MarkOut(
                horizon_ns=horizon,
                bps=mean,
                low=low,
                high=high,
                fills=many,
                missing=len(rows) - many,
            )
        )
    return tuple(found)


def _fills(
    costs: Sequence[ParentCosts],
) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Return all fills and the place of each one's parent."""
    costs = measured(costs)
    if len({cost.horizons for cost in costs}) > 1:
        msg = "the parents were measured at different horizons; analyse them alike"
        raise DataError(msg)
    if not costs:
        return np.empty(0, np.void), np.empty(0, np.int64)
    counts = [len(cost.fills) for cost in costs]
    owner = np.repeat(np.arange(len(costs)), counts)
    return np.concatenate([cost.fills for cost in costs]), owner


def _worth(
    costs: Sequence[ParentCosts], rows: NDArray[np.void], owner: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The value of every fill in currency units."""
    currencies = sorted({cost.parent.instrument.currency for cost in costs})
    if len(currencies) > 1:
        msg = (
            f"fills in {' and '.join(currencies)} cannot be weighed against each "
            "other; analyse each currency alone"
        )
        raise DataError(msg)
    of = [cost.parent.instrument for cost in costs]
    unit = np.array([float(each.lot_size * each.multiplier) for each in of])
    return np.asarray(rows["price"] * rows["quantity"] * unit[owner])


def _mean(
    cost: NDArray[np.float64],
    worth: NDArray[np.float64],
    owner: NDArray[np.int64],
    **bootstrap: Any,
) -> tuple[float, float, float]:
    if not len(cost):
        return float("nan"), float("nan"), float("nan")
    paid, value = np.bincount(owner, cost), np.bincount(owner, worth)
    paid, value = paid[value > 0], value[value > 0]

    def drawn(picks: NDArray[np.intp]) -> NDArray[np.float64]:
        return np.asarray(paid[picks].sum(axis=1) / value[picks].sum(axis=1))

    low, high = interval(drawn, len(value), **bootstrap)
    return float(paid.sum() / value.sum()), low, high
