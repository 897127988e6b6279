"""What a parent cost, as ``ai-trading execute`` analyses and shows it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ai_trading.backtest.report import text
from ai_trading.backtest.report.text import NOT_KNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from ai_trading.backtest.result import BacktestResult
    from ai_trading.execution.tca import CostReport, ParentCosts
    from ai_trading.market.source import MarketData
    from ai_trading.strategies.library import ParentTrader

__all__ = ["analysed", "show_costs"]

_PARTS = (
    ("delay", "Delay: decision to release"),
    ("impact", "Impact: against the middle at each fill"),
    ("timing", "Timing: where the middle went meanwhile"),
    ("trading", "Trading: from release to the fills"),
    ("opportunity", "Opportunity: on what was not filled"),
    ("fees", "Fees"),
)
_AGAINST = (
    ("arrival", "Arrival"),
    ("vwap", "Interval VWAP"),
    ("twap", "Interval TWAP"),
    ("open", "Open"),
    ("close", "Close"),
    ("previous_close", "Previous close"),
)


def analysed(
    result: BacktestResult,
    trader: ParentTrader,
    data: MarketData,
    *,
    decided: int | None,
    notes: list[str],
) -> CostReport:
    """Analyse the only parent of a run against all the data of its symbol.

    The estimate is half the spread and a square root, where what lies before the
    start is enough to know volume and volatility from; `notes` says so if not.
    """
    from ai_trading.core.errors import DataError
    from ai_trading.execution.impact import Combined, SpreadShare, SquareRoot
    from ai_trading.execution.tca import analyze, market_state, market_view, parents_of

    assert trader.parent is not None
    number, symbol = trader.parent.parent_id, trader.parent.symbol
    when = None if decided is None else {number: decided}
    parents = parents_of(result, decided=when)
    view = market_view(data, symbol)
    known: dict[str, Any] = {}
    try:
        known["states"] = {symbol: market_state(view, parents[0].start_ns)}
        known["model"] = Combined((SpreadShare(), SquareRoot()))
    except DataError:
        notes.append("too little before the start for an estimate of the cost")
    report = analyze(parents, {symbol: view}, **known)
    notes.extend(note for cost in report.costs for note in cost.notes)
    return report


def show_costs(
    report: CostReport, notes: Sequence[str], places: Mapping[str, str]
) -> None:
    """Print the costs of one parent, what was assumed, and where files went."""
    from ai_trading.cli.console import out

    (cost,) = report.costs
    console = out()
    console.print()
    console.print(_shortfall(cost))
    console.print()
    console.print(_slippage(cost))
    console.print()
    console.print(_trading(report, cost))
    if groups := report.fill_rows():
        console.print()
        console.print(_where(groups))
    console.print()
    for note in notes:
        console.print(f"{note[:1].upper()}{note[1:]}.", style="dim")
    for name, place in places.items():
        console.print(f"{name:<6} {place}", soft_wrap=True)


def _shortfall(cost: ParentCosts) -> Any:
    unit = cost.parent.instrument.currency
    table = _table("Implementation shortfall, positive is a cost", unit, "bps")
    whole = cost.shortfall.impact is not None
    for name, title in _PARTS:
        if name in {"impact", "timing"} and not whole:
            continue
        if name == "trading" and whole:
            continue
        amount = getattr(cost.shortfall, name)
        table.add_row(title, _money(amount), _bps(cost[f"{name}_bps"]))
    table.add_section()
    table.add_row("Together", _money(cost.shortfall.total), _bps(cost["total_bps"]))
    return table


def _slippage(cost: ParentCosts) -> Any:
    table = _table("Slippage against", "price", "bps, positive is a cost")
    for name, title in _AGAINST:
        price = cost.prices[name]
        shown = NOT_KNOWN if math.isnan(price) else f"{price:,.4f}"
        table.add_row(title, shown, _bps(cost[f"{name}_slippage_bps"]))
    if cost.estimate is not None:
        table.add_section()
        table.add_row("Estimate before it began", "", _bps(cost["estimate_bps"]))
        table.add_row("Its risk, one deviation", "", f"{cost['risk_bps']:.2f}")
        table.add_row("Deviations from the estimate", "", _bps(cost["z_score"]))
    return table


def _trading(report: CostReport, cost: ParentCosts) -> Any:
    from ai_trading.core.errors import DataError
    from ai_trading.execution.tca.fills import horizon_name

    table = _table("How it traded", "", "")
    for name, title, shown in (
        ("quoted_spread_bps", "Quoted spread, bps", "{:.2f}"),
        ("effective_spread_bps", "Effective spread, bps", "{:+.2f}"),
        ("spread_capture", "Of the half-spread earned", "{:.1%}"),
        ("participation", "Share of the market's volume", "{:.2%}"),
        ("child_fill_rate", "Orders that traded", "{:.1%}"),
        ("queue_seconds", "Waited before a passive fill, s", "{:.2f}"),
        ("reversion_bps", "Came back 5 minutes after, bps", "{:+.2f}"),
    ):
        value = cost[name]
        if not math.isnan(value):
            table.add_row(title, _signed(shown.format(value)), "")
    try:
        curve = report.mark_outs()
    except DataError:  # nothing was filled
        return table
    for point in curve[1:]:
        if point.fills:
            left = f"{point.missing} too near the end" if point.missing else ""
            name = horizon_name(point.horizon_ns)
            table.add_row(f"Mark-out after {name}, bps", _bps(point.bps), left)
    return table


def _where(rows: Sequence[Mapping[str, Any]]) -> Any:
    titles = ("fills", "of the value", "fees, bps", "to arrival, bps", "waited")
    table = _table("Where it traded", *titles)
    for row in rows:
        table.add_row(
            f"{row['venue']}, {row['phase']}",
            f"{row['fills']:,}",
            f"{row['share']:.1%}",
            _bps(row["fees_bps"]),
            _bps(row["arrival_slippage_bps"]),
            f"{row['passive_share']:.1%}",
        )
    return table


def _table(title: str, *columns: str) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(title, style="bold"),
        box=SIMPLE_HEAD,
        title_justify="left",
        show_header=any(columns),
        pad_edge=False,
        show_edge=False,
    )
    table.add_column("")
    for name in columns:
        table.add_column(name, justify="right")
    return table


def _money(amount: Decimal | None) -> str:
    return text.money(amount)


def _bps(value: float) -> str:
    return NOT_KNOWN if math.isnan(value) else _signed(f"{value:+.2f}")


def _signed(figure: str) -> str:
    """Return a figure with the sign that the pages use."""
    return figure.replace("-", "\N{MINUS SIGN}")
