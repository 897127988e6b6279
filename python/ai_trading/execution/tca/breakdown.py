"""Costs by what single fills have in common: where, in which phase, and how.

One parent may trade at several venues, in continuous trading and in an auction, waiting
and taking. Grouping parents cannot tell these apart; here every fill counts where it
was made, by its value. A fill's slippage against arrival is
:math:`s (p - P_0) / P_0` of its own price, so that the groups of one parent, weighted
by quantity, add up to the parent's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ai_trading.core.errors import DataError
from ai_trading.core.exact import items, one_of
from ai_trading.execution.tca.bootstrap import check_bootstrap, mean_interval_by_day
from ai_trading.execution.tca.costs import measured
from ai_trading.execution.tca.groups import day_of
from ai_trading.execution.tca.worked import passive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.execution.tca.costs import ParentCosts

__all__ = ["FILL_GROUPINGS", "FillGroup", "fill_groups", "fill_records"]

_BPS: Final = 1e4


@dataclass(frozen=True, slots=True, kw_only=True)
class FillGroup:
    """Fills that have something in common.

    Attributes
    ----------
    name : str
    parts : tuple of str
        Of the name, one for each grouping.
    fills, parents : int
        How many, and of how many parents.
    value : Decimal
        Traded, in currency units.
    share : float
        Of the value of all fills.
    fees_bps : float
        Paid less rebates, of the value.
    arrival_slippage_bps, low, high : float
        Against each parent's arrival, by value, with an interval from drawing whole
        days.
    effective_spread_bps : float
        By value; NaN where no market is known around them.
    passive_share : float
        Of the value, had waited at the venue.
    """

    name: str
    parts: tuple[str, ...]
    fills: int
    parents: int
    value: Decimal
    share: float
    fees_bps: float
    arrival_slippage_bps: float
    low: float
    high: float
    effective_spread_bps: float
    passive_share: float


def _venues(costs: ParentCosts) -> list[str]:
    return list(costs.parent.fill_venues)


def _phases(costs: ParentCosts) -> list[str]:
    """Whether the market data tells of an auction there; continuous without data."""
    if len(costs.fills) != len(costs.parent.fills):
        return ["unknown"] * len(costs.parent.fills)
    return ["auction" if x else "continuous" for x in costs.fills["auction"].tolist()]


def _liquidity(costs: ParentCosts) -> list[str]:
    return ["waited" if x else "took" for x in passive(costs.parent.fills).tolist()]


FILL_GROUPINGS: Final[Mapping[str, Callable[[ParentCosts], list[str]]]] = (
    MappingProxyType({"venue": _venues, "phase": _phases, "liquidity": _liquidity})
)
"""What fills can be grouped by; ``phase`` is unknown without market data."""


def fill_groups(
    costs: Sequence[ParentCosts],
    by: str | Sequence[str] = "venue",
    *,
    seed: int = 0,
    level: float = 0.95,
) -> list[FillGroup]:
    """Return the fills of parents by group, in the order of the groups' names.

    Parameters
    ----------
    costs : sequence of ParentCosts
    by : str or sequence of str, default "venue"
        Of `FILL_GROUPINGS`; names of several are joined.
    seed : int, default 0
        Of the bootstrap; every group begins from it anew.
    level : float, default 0.95
        Of the intervals.

    Raises
    ------
    ArgumentError
        If a grouping is not known.
    DataError
        If nothing was filled, or values in several currencies would be added.
    """
    check_bootstrap(level, 2_000, seed)
    keys = items("by", (by,) if isinstance(by, str) else by, "'venue'")
    for key in keys:
        one_of("by", key, FILL_GROUPINGS)
    costs = measured(costs)
    traded = [cost for cost in costs if len(cost.parent.fills)]
    if not traded:
        msg = f"none of the {len(costs)} parents was filled; there is nothing to group"
        raise DataError(msg)
    currencies = sorted({cost.parent.instrument.currency for cost in traded})
    if len(currencies) > 1:
        msg = (
            f"fills in {' and '.join(currencies)} cannot be weighed against each "
            "other; group each currency's parents alone"
        )
        raise DataError(msg)
    rows = _rows(traded)
    kinds: list[tuple[str, ...]] = []
    for cost in traded:
        found = [FILL_GROUPINGS[key](cost) for key in keys]
        kinds += zip(*found, strict=True)
    named = [", ".join(parts) for parts in kinds]
    names = np.array(named)
    whole = sum(rows["value"])
    return [
        _one(parts, {k: v[names == name] for k, v in rows.items()}, whole, seed, level)
        for name, parts in sorted(dict(zip(named, kinds, strict=True)).items())
    ]


def fill_records(
    costs: Sequence[ParentCosts],
    by: Sequence[str] = ("venue", "phase"),
    *,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Return one mapping per group of fills: its groupings, then its measures.

    Raises
    ------
    ArgumentError, DataError
        As `fill_groups`.
    """
    measures = [item.name for item in fields(FillGroup)][2:]
    return [
        {
            **dict(zip(by, group.parts, strict=True)),
            **{name: getattr(group, name) for name in measures},
        }
        for group in fill_groups(costs, by, seed=seed)
    ]


def _rows(costs: Sequence[ParentCosts]) -> dict[str, NDArray[Any]]:
    """The columns of all fills together."""
    parts: dict[str, list[Any]] = {}

    def put(name: str, values: Any) -> None:
        parts.setdefault(name, []).append(values)

    for place, cost in enumerate(costs):
        parent, fills = cost.parent, cost.parent.fills
        many = len(fills)
        price = fills["price"].astype(np.float64) * float(parent.instrument.tick_size)
        arrival = cost.prices["arrival"]
        pairs = zip(fills["price"].tolist(), fills["quantity"].tolist(), strict=True)
        put("parent", np.full(many, place))
        put("day", np.full(many, day_of(cost)))
        put("value", np.array([p * q * parent.unit for p, q in pairs], object))
        put("fee", fills["fee"].astype(np.float64) / 1e9)
        put("slippage", _BPS * parent.side.sign * (price - arrival) / arrival)
        put("waited", passive(fills))
        known = len(cost.fills) == many
        spread = cost.fills["effective_spread"] if known else np.full(many, math.nan)
        put("spread", spread)
    return {name: np.concatenate(columns) for name, columns in parts.items()}


def _one(
    parts: tuple[str, ...],
    rows: dict[str, NDArray[Any]],
    whole: Decimal,
    seed: int,
    level: float,
) -> FillGroup:
    worth = rows["value"].astype(np.float64)
    total = worth.sum()
    value = sum(rows["value"], Decimal(0))
    low, high = math.nan, math.nan
    if len(set(rows["parent"].tolist())) > 1:
        low, high = mean_interval_by_day(
            *_by_parent(rows, worth), seed=seed, level=level
        )
    known = np.isfinite(rows["spread"])
    seen = worth[known]
    return FillGroup(
        name=", ".join(parts),
        parts=parts,
        fills=len(worth),
        parents=len(set(rows["parent"].tolist())),
        value=value,
        share=float(value / whole),
        fees_bps=float(_BPS * rows["fee"].sum() / total),
        arrival_slippage_bps=float(worth @ rows["slippage"] / total),
        low=low,
        high=high,
        effective_spread_bps=(
            float(seen @ rows["spread"][known] / seen.sum())
            if known.any()
            else math.nan
        ),
        passive_share=float(worth[rows["waited"]].sum() / total),
    )


def _by_parent(
    rows: dict[str, NDArray[Any]], worth: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """Each parent's slippage in the group, its value there and its day."""
    parents, first, place = np.unique(
        rows["parent"], return_index=True, return_inverse=True
    )
    weight = np.zeros(len(parents))
    paid = np.zeros(len(parents))
    np.add.at(weight, place, worth)
    np.add.at(paid, place, worth * rows["slippage"])
    return paid / weight, weight, rows["day"][first].tolist()
