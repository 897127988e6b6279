"""From parents and market data to a report of what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import instance, items, mapping, whole
from ai_trading.execution.impact.models import (
    Combined,
    SpreadShare,
    SquareRoot,
    bounded,
)
from ai_trading.execution.tca.costs import measure_parent
from ai_trading.execution.tca.fills import HORIZONS, LONGEST_NS, check_horizons
from ai_trading.execution.tca.market import MarketView, market_view
from ai_trading.execution.tca.pretrade import Estimate, market_state, pre_trade
from ai_trading.execution.tca.report import CostReport
from ai_trading.execution.tca.sources import RunRecords, parents_of
from ai_trading.execution.tca.worked import WorkedParent

if TYPE_CHECKING:
    from ai_trading.execution.impact.models import ImpactModel, MarketState
    from ai_trading.execution.tca.shortfall import Convention
    from ai_trading.market.source import MarketData

__all__ = ["analyze", "analyze_run"]


def analyze(
    parents: Iterable[WorkedParent],
    data: MarketData | Mapping[str, MarketView] | None,
    *,
    horizons: Sequence[int] = HORIZONS,
    reversion_ns: int = HORIZONS[-1],
    average_volumes: Mapping[str, float] | None = None,
    model: ImpactModel | None = None,
    states: Mapping[str, MarketState]
    | Callable[[WorkedParent], MarketState]
    | None = None,
    convention: Convention = "filled",
    seed: int = 0,
) -> CostReport:
    """Measure what parents cost.

    Parameters
    ----------
    parents : iterable of WorkedParent
    data : MarketData, mapping of str to MarketView, or None
        The market around them, by symbol; without it only what the parents' own
        records tell.
    horizons : sequence of int, default `HORIZONS`
        Of the mark-outs, nanoseconds.
    reversion_ns : int, default 5 minutes
        How long after the last fill reversion is read.
    average_volumes : mapping of str to float, optional
        Quantity of an average day by symbol; from the data's earlier sessions
        otherwise.
    model : ImpactModel, optional
        Estimates each parent before it begins; with `states` alone half the spread and
        a square root.
    states : mapping of str to MarketState, or callable, optional
        What was known of the market then, by symbol or for a parent; by default
        `market_state` of the data before the parent's start.
    convention : {"filled", "wanted"}
        See `ai_trading.execution.tca.shortfall`.
    seed : int, default 0
        Of bootstrap intervals.

    Raises
    ------
    DataError
        If there are no parents, or the data does not cover them.
    ArgumentError
        If an argument is outside its domain.
    """
    given = [
        instance("a parent", one, WorkedParent, "one of parents_of(result)")
        for one in items("parents", parents, "parents_of(result)")
    ]
    if not given:
        msg = "there are no parents to analyse; parents_of(result) gives those of a run"
        raise DataError(msg)
    marks = check_horizons(horizons)
    whole("reversion_ns", reversion_ns, 1, LONGEST_NS, of="nanoseconds")
    whole("seed", seed)
    volumes = _checked_volumes(average_volumes)
    views = _Views(data)
    out = []
    for parent in given:
        view = views.of(parent.symbol)
        volume = None
        if parent.symbol in volumes:
            lot = float(parent.instrument.lot_size)
            volume = volumes[parent.symbol] / lot
        estimate = None
        if model is not None or states is not None:
            estimate = _estimate(parent, view, model, states)
        out.append(
            measure_parent(
                parent,
                view,
                horizons=marks,
                reversion_ns=reversion_ns,
                average_volume=volume,
                estimate=estimate,
                convention=convention,
            )
        )
    return CostReport(tuple(out), seed)


def analyze_run(
    run: RunRecords,
    data: MarketData | Mapping[str, MarketView] | None,
    *,
    decided: Mapping[int, int] | None = None,
    **options: Any,
) -> CostReport:
    """Measure what the parents of a run cost: `analyze` of `parents_of`.

    Examples
    --------
    >>> report = analyze_run(result, data)  # doctest: +SKIP
    >>> report.by("algorithm")  # doctest: +SKIP
    """
    return analyze(parents_of(run, decided=decided), data, **options)


def _checked_volumes(given: Mapping[str, float] | None) -> dict[str, float]:
    if given is None:
        return {}
    if not hasattr(given, "items"):
        msg = (
            "average_volumes must map symbols to quantities of an average day; "
            f"received {given!r:.80}"
        )
        raise ArgumentError(msg)
    return {
        symbol: bounded(f"average_volumes[{symbol!r}]", volume, above=0.0)
        for symbol, volume in given.items()
    }


class _Views:
    """Markets by symbol, each built once."""

    def __init__(self, data: MarketData | Mapping[str, MarketView] | None) -> None:
        self._data = data
        self._made: dict[str, MarketView] = {}

    def of(self, symbol: str) -> MarketView | None:
        if self._data is None:
            return None
        if isinstance(self._data, Mapping):
            view = self._data.get(symbol)
            if view is None:
                there = ", ".join(self._data)
                msg = f"there is no market of {symbol}; there are {there or 'none'}"
                raise DataError(msg)
            return view
        if symbol not in self._made:
            self._made[symbol] = market_view(self._data, symbol)
        return self._made[symbol]


def _estimate(
    parent: WorkedParent,
    view: MarketView | None,
    model: ImpactModel | None,
    states: Any,
) -> Estimate:
    if callable(states):
        market = states(parent)
    elif states is not None:
        known = mapping("states", states)
        market = known.get(parent.symbol)
        if market is None:
            names = ", ".join(map(str, known))
            msg = f"states has none for {parent.symbol}; it has {names}"
            raise DataError(msg)
    elif view is not None:
        market = market_state(view, parent.start_ns)
    else:
        msg = "a pre-trade estimate needs market data, or states="
        raise ArgumentError(msg)
    session = None if view is None else view.session(parent.start_ns)
    length = {} if session is None else {"session_ns": session[1] - session[0]}
    chosen = model or Combined((SpreadShare(), SquareRoot()))
    return pre_trade(parent, chosen, market, **length)
