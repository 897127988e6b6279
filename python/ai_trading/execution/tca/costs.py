"""The costs of one parent: shortfall, slippage against benchmarks, and how it traded.

Every slippage is in basis points of its benchmark and a **cost**: positive where a buy
paid more, or a sale got less. `MEASURES` says what each figure is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import instance, is_number, items, real, whole
from ai_trading.execution.tca.fills import (
    HORIZONS,
    LONGEST_NS,
    check_horizons,
    fill_dtype,
    horizon_name,
    mean_by_quantity,
    measure_fills,
)
from ai_trading.execution.tca.market import MarketView
from ai_trading.execution.tca.path import PATH, path_of
from ai_trading.execution.tca.pretrade import Estimate
from ai_trading.execution.tca.shortfall import Convention, Shortfall, split
from ai_trading.execution.tca.worked import WorkedParent, passive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


__all__ = ["BENCHMARKS", "MEASURES", "Measure", "ParentCosts", "measure_parent"]

BENCHMARKS: Final = ("arrival", "vwap", "twap", "open", "close", "previous_close")
"""What slippage is measured against; vwap and twap are of the parent's own interval."""

_BPS: Final = 1e4
_SECOND: Final = 1e9

Weight = Literal["paper", "traded", "none"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a parent: its unit, what it says, and what its mean is weighted by.

    Weights are the value wanted at the decision (``paper``), or the value traded.
    """

    unit: str
    says: str
    weight: Weight = "traded"


def _measures() -> dict[str, Measure]:
    parts = {
        "delay": "decision to release, on what was filled",
        "impact": "conceded against the middle just before each fill",
        "timing": "where the middle went between release and the fills",
        "trading": "impact and timing",
        "opportunity": "where the price went, on what was not filled",
        "fees": "fees less rebates",
        "total": "implementation shortfall",
    }
    found = {f"{k}_bps": Measure("bps", v, "paper") for k, v in parts.items()}
    against = {
        "arrival": "the middle at the start",
        "vwap": "the market's average price in the parent's interval",
        "twap": "the middle averaged over the interval's time",
        "open": "the session's opening price",
        "close": "the session's closing price",
        "previous_close": "the close of the session before",
    }
    found |= {
        f"{k}_slippage_bps": Measure("bps", f"average price against {v}")
        for k, v in against.items()
    }
    found |= {
        "quoted_spread_bps": Measure("bps", "ask less bid just before the fills"),
        "effective_spread_bps": Measure("bps", "twice the distance to the middle"),
        "spread_capture": Measure(
            "share", "of the half-spread: 1 all earned, 0 at the middle, -1 all paid"
        ),
    }
    found |= {
        f"markout_{horizon_name(h)}_bps": Measure(
            "bps", f"fill against the middle {horizon_name(h)} later"
        )
        for h in HORIZONS
    }
    found |= {
        f"realised_spread_{horizon_name(h)}_bps": Measure(
            "bps", f"twice the distance to the middle {horizon_name(h)} later"
        )
        for h in HORIZONS
    }
    found |= {
        "reversion_bps": Measure(
            "bps", "how far the middle came back after the last fill; positive: it did"
        ),
        "participation": Measure("share", "filled of the market's volume", "none"),
        "fill_rate": Measure("share", "filled of wanted", "paper"),
        "child_fill_rate": Measure("share", "children that traded, of those sent"),
        "passive_share": Measure("share", "of what traded, had waited at the venue"),
        "queue_seconds": Measure("s", "at the venue before a waiting fill, on average"),
        "adv_share": Measure("share", "wanted, of an average day's volume", "none"),
        "estimate_bps": Measure("bps", "expected before it began"),
        "surprise_bps": Measure("bps", "against arrival, less the estimate"),
        "risk_bps": Measure("bps", "standard deviation expected of its trajectory"),
        "z_score": Measure("", "surprise over risk", "none"),
    }
    return found


MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(_measures())
"""Every figure of a parent, in the order of tables."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParentCosts:
    """What one parent cost.

    Attributes
    ----------
    parent : WorkedParent
    shortfall : Shortfall
        Exact money.
    prices : mapping of str to float
        The benchmarks' prices, and ``average``, ``decision`` and ``end``; NaN where not
        known.
    values : mapping of str to float
        One for each name of `MEASURES`, and mark-outs and realised spreads at other
        horizons; NaN where not known.
    fills : ndarray
        See `measure_fills`; empty where there is no market data.
    horizons : tuple of int
        Of the mark-outs, nanoseconds.
    market_volume : int
        Lots the market traded in the interval; auctions left out.
    path : ndarray of `path.PATH`
        For pictures; empty where there is no market data.
    notes : tuple of str
        What was assumed.
    estimate : Estimate or None
        Made before the parent began.
    """

    parent: WorkedParent
    shortfall: Shortfall
    prices: Mapping[str, float]
    values: Mapping[str, float]
    fills: NDArray[np.void]
    horizons: tuple[int, ...]
    market_volume: int = 0
    path: NDArray[np.void] = field(default_factory=lambda: np.empty(0, PATH))
    notes: tuple[str, ...] = ()
    estimate: Estimate | None = None

    def __getitem__(self, name: str) -> float:
        """Return one of `values`.

        Raises
        ------
        ArgumentError
            If there is no such figure.
        """
        try:
            return self.values[name]
        except KeyError:
            there = ", ".join(self.values)
            msg = f"there is no figure {name!r}; there are {there}"
            raise ArgumentError(msg) from None

    def slippage_bps(self, benchmark: str | float) -> float:
        """Return the slippage against a benchmark, or against any price."""
        if isinstance(benchmark, str):
            if benchmark not in self.prices:
                msg = (
                    f"benchmark must be one of {', '.join(self.prices)} or a price; "
                    f"received {benchmark!r}"
                )
                raise ArgumentError(msg)
            benchmark = self.prices[benchmark]
        elif not is_number(benchmark):
            msg = (
                f"benchmark must be one of {', '.join(self.prices)} or a price; "
                f"received {benchmark!r:.80}"
            )
            raise ArgumentError(msg)
        return slippage(self.parent.side.sign, self.prices["average"], benchmark)


def measured(costs: Iterable[ParentCosts]) -> tuple[ParentCosts, ...]:
    """Return measured parents, refusing anything else."""
    given = items("costs", costs, "report.costs")
    return tuple(instance("one of costs", cost, ParentCosts) for cost in given)


def slippage(sign: int, average: float, benchmark: float) -> float:
    """Return what an average price cost against a benchmark, in basis points of it."""
    if not benchmark > 0:
        return math.nan
    return _BPS * sign * (average - benchmark) / benchmark


def measure_parent(
    parent: WorkedParent,
    view: MarketView | None,
    *,
    horizons: Sequence[int] = HORIZONS,
    reversion_ns: int = HORIZONS[-1],
    average_volume: float | None = None,
    estimate: Estimate | None = None,
    convention: Convention = "filled",
) -> ParentCosts:
    """Return the costs of one parent.

    Parameters
    ----------
    parent : WorkedParent
    view : MarketView, optional
        Without it only what the parent's own record tells: shortfall and slippage
        against arrival.
    horizons : sequence of int
        Of the mark-outs, nanoseconds.
    reversion_ns : int, default 5 minutes
        How long after the last fill reversion is read.
    average_volume : float, optional
        Lots of an average day; estimated by `MarketView.daily_volumes` otherwise.
    estimate : Estimate, optional
        Made before it began.
    convention : {"filled", "wanted"}
        See `ai_trading.execution.tca.shortfall`.

    Raises
    ------
    DataError
        If no market is known around a fill, or no price at all at the start.
    """
    instance("parent", parent, WorkedParent, "one of parents_of(result)")
    if view is not None:
        instance("view", view, MarketView, "market_view(data, 'AAPL')")
    if estimate is not None:
        instance("estimate", estimate, Estimate, "pre_trade(parent, model, market)")
    if average_volume is not None:
        real("average_volume", average_volume)
    whole("reversion_ns", reversion_ns, 1, LONGEST_NS)
    horizons = check_horizons(horizons)
    notes: list[str] = []
    found = _Prices(parent, view, notes)
    up, down = parent.instrument.tick_size.as_integer_ratio()
    rows = np.empty(0, fill_dtype(horizons))
    market = None
    if view is not None:
        rows = measure_fills(parent, view, horizons)
        market = _market_value(rows, parent)
    shortfall = split(
        parent.side,
        parent.instrument.to_quantity(parent.quantity),
        parent.instrument.to_quantity(parent.filled),
        parent.tick_lots * parent.instrument.tick_size * parent.instrument.lot_size,
        decision=found.decision,
        release=found.arrival,
        end=found.end,
        fees=parent.fees,
        market_value=market,
        multiplier=parent.instrument.multiplier,
        convention=convention,
    )
    prices = {
        "average": parent.average_price,
        "decision": float(found.decision),
        "arrival": float(found.arrival),
        "end": math.nan if found.end is None else float(found.end),
    }
    volume = 0
    if view is not None:
        start, end = parent.start_ns, parent.end_ns
        volume = view.prints.volume(start, end)
        prices |= {
            "vwap": view.prints.vwap(start, end) * up / down,
            "twap": view.twap(start, end) * up / down,
            "open": view.open_price(start) * up / down,
            "close": view.close_price(start) * up / down,
            "previous_close": view.previous_close(start) * up / down,
        }
        average_volume = _average_volume(view, parent, average_volume, notes)
    values: dict[str, float] = dict.fromkeys(MEASURES, math.nan)
    values |= _of_shortfall(shortfall)
    for name in BENCHMARKS:
        price = prices.setdefault(name, math.nan)
        values[f"{name}_slippage_bps"] = slippage(
            parent.side.sign, prices["average"], price
        )
    if view is not None and len(rows):
        values |= _of_fills(rows, horizons)
        values["reversion_bps"] = _reversion(parent, view, reversion_ns)
    values |= _of_trading(parent, volume, average_volume)
    if estimate is not None:
        values |= estimate.against(values["arrival_slippage_bps"])
    return ParentCosts(
        parent=parent,
        shortfall=shortfall,
        prices=MappingProxyType(prices),
        values=MappingProxyType(values),
        fills=rows,
        horizons=tuple(horizons),
        market_volume=volume,
        path=np.empty(0, PATH) if view is None else path_of(parent, view),
        notes=tuple(notes),
        estimate=estimate,
    )


class _Prices:
    """Decision, arrival and end of a parent as exact prices."""

    def __init__(
        self, parent: WorkedParent, view: MarketView | None, notes: list[str]
    ) -> None:
        self._parent, self._view = parent, view
        arrival = parent.arrival
        if arrival is None:
            arrival = self._middle(parent.start_ns)
        if arrival is None:
            msg = (
                f"parent {parent.parent_id} ({parent.symbol}) has no arrival price, "
                "and no market data shows one at its start; give arrival=, or data "
                "that begins before the start"
            )
            raise DataError(msg)
        self.arrival = arrival
        decision = parent.decision
        if decision is None and parent.decided_ns is not None:
            decision = self._middle(parent.decided_ns)
            if decision is None:
                msg = (
                    f"parent {parent.parent_id} ({parent.symbol}) was decided before "
                    "the market data begins; give decision=, or earlier data"
                )
                raise DataError(msg)
        if decision is None:
            notes.append("decided when released: no delay")
        self.decision = arrival if decision is None else decision
        self.end = parent.end_price
        if self.end is None:
            self.end = self._middle(min(parent.done_ns, parent.end_ns))

    def _middle(self, moment: int) -> Decimal | None:
        if self._view is None:
            return None
        twice = int(self._view.twice_middle(self._view.at([moment]))[0])
        return twice * self._parent.instrument.tick_size / 2 if twice else None


def _market_value(rows: NDArray[np.void], parent: WorkedParent) -> Decimal:
    """The fills' quantities at the middles before them, exact."""
    twice, lots = rows["twice_middle"].tolist(), rows["quantity"].tolist()
    total = sum(price * many for price, many in zip(twice, lots, strict=True))
    of = parent.instrument
    return Decimal(total) * of.tick_size * of.lot_size / 2


def _average_volume(
    view: MarketView, parent: WorkedParent, given: float | None, notes: list[str]
) -> float | None:
    if given is not None:
        return given
    days = view.daily_volumes(parent.start_ns)
    if len(days):
        return float(np.mean(days))
    bounds = view.session(parent.start_ns)
    if bounds is None or not view.prints.size:
        return None
    notes.append("no earlier session: sizes are set against the volume of the day")
    return float(view.prints.volume(*bounds)) or None


def _of_shortfall(shortfall: Shortfall) -> dict[str, float]:
    names = ("delay", "impact", "timing", "trading", "opportunity", "fees", "total")
    return {f"{name}_bps": shortfall.bps(name) for name in names}


def _of_fills(rows: NDArray[np.void], horizons: Sequence[int]) -> dict[str, float]:
    found = {
        "quoted_spread_bps": mean_by_quantity(rows, "quoted_spread"),
        "effective_spread_bps": mean_by_quantity(rows, "effective_spread"),
        "spread_capture": _capture(rows),
    }
    for horizon in horizons:
        name = horizon_name(horizon)
        mark = mean_by_quantity(rows, f"markout_{name}")
        found[f"markout_{name}_bps"] = mark
        found[f"realised_spread_{name}_bps"] = 2.0 * mark
    waited = rows[rows["passive"] & (rows["rested"] >= 0)]
    lots = waited["quantity"].astype(np.float64)
    if lots.sum() > 0:
        found["queue_seconds"] = float(lots @ waited["rested"] / lots.sum() / _SECOND)
    return found


def _capture(rows: NDArray[np.void]) -> float:
    """Half-spreads earned over half-spreads quoted."""
    lots = rows["quantity"] * rows["middle"]
    quoted = float(lots @ rows["quoted_spread"])
    earned = -float(lots @ rows["effective_spread"])
    return earned / quoted if quoted > 0 else math.nan


def _reversion(parent: WorkedParent, view: MarketView, after_ns: int) -> float:
    last = parent.fills["timestamp"][-1:]
    at_last = view.later(last, 0)
    later = view.later(last, after_ns)
    moved = parent.side.sign * (at_last - later) / at_last
    return float(_BPS * moved[0])


def _of_trading(
    parent: WorkedParent, volume: int, average_volume: float | None
) -> dict[str, float]:
    fills, filled = parent.fills, parent.filled
    found: dict[str, Any] = {"fill_rate": filled / parent.quantity}
    if volume:
        found["participation"] = filled / volume
    if parent.children:
        traded = len(np.unique(fills["child"]))
        found["child_fill_rate"] = traded / parent.children
    if filled:
        waited = fills["quantity"][passive(fills)].sum()
        found["passive_share"] = float(waited) / filled
    if average_volume:
        found["adv_share"] = parent.quantity / average_volume
    return found
