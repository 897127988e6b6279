"""Costs of many parents by what they have in common.

A group's mean is given twice: every parent alike, and weighted by value, which is what
the money did: for the parts of the shortfall by the value wanted at the decision, so
that it is the group's whole cost over its whole paper value; for what only fills have,
by the value traded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ai_trading.core.calendars import calendar
from ai_trading.core.clock import ns_to_datetime
from ai_trading.core.errors import DataError
from ai_trading.core.exact import items, one_of, text
from ai_trading.execution.curves import session_of
from ai_trading.execution.tca.bootstrap import (
    RESAMPLES,
    check_bootstrap,
    mean_interval_by_day,
)
from ai_trading.execution.tca.costs import MEASURES, measured

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.execution.tca.costs import ParentCosts

__all__ = ["GROUPINGS", "SIZE_BUCKETS", "Group", "day_of", "group", "weights_of"]

SIZE_BUCKETS: Final = (0.001, 0.01, 0.05, 0.10, 0.25)
"""Edges of the parts of an average day's volume; the lower edge belongs to a bucket."""

_HALF_HOUR: Final = 1_800_000_000_000
_UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One measure over the parents of one group.

    Attributes
    ----------
    name : str
    measure : str
    parents : int
        In the group.
    known : int
        Of these, with the measure.
    mean, low, high : float
        Of the known ones, each alike, with an interval from drawing whole days.
    weighted, weighted_low, weighted_high : float
        The same by value; NaN for a measure that has no weight.
    median : float
    """

    name: str
    measure: str
    parents: int
    known: int
    mean: float
    low: float
    high: float
    weighted: float
    weighted_low: float
    weighted_high: float
    median: float


def _size(costs: ParentCosts) -> str:
    share = costs["adv_share"]
    if math.isnan(share):
        return _UNKNOWN
    edges = [0.0, *SIZE_BUCKETS]
    place = int(np.searchsorted(SIZE_BUCKETS, share, side="right"))
    low = f"{100 * edges[place]:g}"
    if place == len(SIZE_BUCKETS):
        return f"from {low} % of ADV"
    return f"{low}-{100 * edges[place + 1]:g} % of ADV"


def day_of(costs: ParentCosts) -> str:
    """Return the day a parent began, by its exchange's clock, as an ISO date."""
    zone = calendar(costs.parent.instrument.calendar).zone
    return f"{ns_to_datetime(costs.parent.start_ns).astimezone(zone):%Y-%m-%d}"


def _time_of_day(costs: ParentCosts) -> str:
    """First and last half hour of the session, whole hours of its clock between."""
    parent = costs.parent
    bounds = session_of(parent.instrument, parent.start_ns)
    if bounds is None:
        return f"{ns_to_datetime(parent.start_ns):%H}:00 UTC"
    opened, closed = bounds
    zone = calendar(parent.instrument.calendar).zone

    def clock(moment: int) -> str:
        return f"{ns_to_datetime(moment).astimezone(zone):%H:%M}"

    if parent.start_ns < opened + _HALF_HOUR:
        return f"{clock(opened)}-{clock(opened + _HALF_HOUR)}"
    if parent.start_ns >= closed - _HALF_HOUR:
        return f"{clock(closed - _HALF_HOUR)}-{clock(closed)}"
    hour = ns_to_datetime(parent.start_ns).astimezone(zone).hour
    return f"{hour:02d}:00-{hour + 1:02d}:00"


GROUPINGS: Final[Mapping[str, Callable[[ParentCosts], str]]] = MappingProxyType(
    {
        "symbol": lambda c: c.parent.symbol,
        "side": lambda c: str(c.parent.side),
        "algorithm": lambda c: c.parent.algorithm,
        "venue": lambda c: c.parent.instrument.venue,
        "size": _size,
        "time": _time_of_day,
        "all": lambda _: "all",
    }
)
"""What parents can be grouped by."""


def group(
    costs: Sequence[ParentCosts],
    by: str | Sequence[str],
    measures: Sequence[str],
    *,
    seed: int = 0,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> list[Group]:
    """Return measures by group; groups in the order of their names.

    Parameters
    ----------
    costs : sequence of ParentCosts
    by : str or sequence of str
        One of `GROUPINGS`, or several, whose names are joined.
    measures : sequence of str
        Of `MEASURES`; ``"abs:"`` in front takes absolute values.
    seed : int, default 0
        Of the bootstrap; every group and measure begins from it anew.
    level : float, default 0.95
        Of the intervals.
    resamples : int, default 2000

    Raises
    ------
    ArgumentError
        If a grouping or measure is not known, or a term of the bootstrap lies outside
        its domain.
    DataError
        If there are no parents, or values in several currencies would be added.
    """
    check_bootstrap(level, resamples, seed)
    keys = items("by", (by,) if isinstance(by, str) else by, "'symbol'")
    for key in keys:
        one_of("by", key, GROUPINGS)
    asked = items("measures", measures, "['total_bps']")
    for measure in asked:
        text("a measure", measure, "total_bps")
    costs = measured(costs)
    if not costs:
        msg = "there are no parents to group"
        raise DataError(msg)
    members: dict[str, list[ParentCosts]] = {}
    for cost in costs:
        name = ", ".join(GROUPINGS[key](cost) for key in keys)
        members.setdefault(name, []).append(cost)
    return [
        _one(name, members[name], measure, seed=seed, level=level, resamples=resamples)
        for name in sorted(members, key=_order)
        for measure in asked
    ]


def _order(name: str) -> tuple[int, float, str]:
    """Sizes by their lower edge, everything else by name."""
    first = name.removeprefix("from ").split("-")[0].split(" ")[0]
    if name.endswith("% of ADV"):
        return 0, float(first), name
    return 1, 0.0, name


def values_of(costs: Sequence[ParentCosts], measure: str) -> NDArray[np.float64]:
    """Return one measure of every parent, NaN where it is not known."""
    plain = measure.removeprefix("abs:")
    values = np.array([cost[plain] for cost in costs], np.float64)
    return np.abs(values) if plain != measure else values


def weights_of(
    costs: Sequence[ParentCosts], measure: str
) -> NDArray[np.float64] | None:
    """Return what a measure's parents weigh, None where it has no weight.

    Raises
    ------
    DataError
        If the parents are in several currencies.
    """
    known = MEASURES.get(measure.removeprefix("abs:"))
    weight = "traded" if known is None else known.weight
    if weight == "none":
        return None
    currencies = sorted({cost.parent.instrument.currency for cost in costs})
    if len(currencies) > 1:
        msg = (
            f"values in {' and '.join(currencies)} cannot be weighed against each "
            "other; group each currency's parents alone"
        )
        raise DataError(msg)
    if weight == "paper":
        return np.array([float(cost.shortfall.paper) for cost in costs])
    return np.array([float(cost.parent.value) for cost in costs])


def _one(
    name: str,
    costs: Sequence[ParentCosts],
    measure: str,
    **bootstrap: Any,
) -> Group:
    values = values_of(costs, measure)
    weights = weights_of(costs, measure)
    known = np.isfinite(values)
    values = values[known]
    days = [day_of(cost) for cost, there in zip(costs, known, strict=True) if there]
    nothing = math.nan
    found = {"mean": nothing, "low": nothing, "high": nothing, "median": nothing}
    heavy = (nothing, nothing, nothing)
    count = len(values)

    def between(weight: NDArray[np.float64] | None) -> tuple[float, float]:
        return mean_interval_by_day(values, weight, days, **bootstrap)

    if count:
        low, high = between(None)
        found = {
            "mean": float(values.mean()),
            "low": low,
            "high": high,
            "median": float(np.median(values)),
        }
        if weights is not None and weights[known].sum() > 0:
            own = weights[known]
            heavy = (float(own @ values / own.sum()), *between(own))
    return Group(
        name=name,
        measure=measure,
        parents=len(costs),
        known=count,
        weighted=heavy[0],
        weighted_low=heavy[1],
        weighted_high=heavy[2],
        **found,
    )
