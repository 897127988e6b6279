"""What the parents of a run cost, as sections of a page.

Used by the report of a run and by a page of its own; every text goes through `_e` of
`parts`, as there.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ai_trading.backtest.report import execution_charts
from ai_trading.backtest.report.parts import (
    _card,
    _Cell,
    _chart,
    _digits,
    _e,
    _empty,
    _many,
    _pairs,
    _row,
    _table,
    _value,
)
from ai_trading.backtest.report.text import NOT_KNOWN, count, instant, percent, plain
from ai_trading.backtest.sessions import market_zone
from ai_trading.core.errors import DataError
from ai_trading.core.instrument import InstrumentTable
from ai_trading.execution.tca.fills import horizon_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ai_trading.execution.tca import CostReport, FillGroup, Group, ParentCosts

__all__ = ["execution_cards", "execution_keys"]

_DRAWN = 8
"""Parents with pictures of their own; the first two show at once."""

_LISTED = 200
_MINUS = "\N{MINUS SIGN}"
_PARTS = ("delay", "impact", "timing", "opportunity", "fees", "total")
_BENCHMARKS = ("arrival", "vwap", "twap", "open", "close", "previous_close")
_GROUPS = (
    ("algorithm", "Algorithm"),
    ("symbol", "Symbol"),
    ("side", "Side"),
    ("venue", "Venue"),
    ("size", "Size"),
    ("time", "Start"),
)


def execution_keys(report: CostReport) -> str:
    """Return the key figures of the parents together."""
    cost = _overall(report, ("total_bps", "fill_rate"))
    traded = _overall(
        report,
        (
            "arrival_slippage_bps",
            "vwap_slippage_bps",
            "effective_spread_bps",
            "spread_capture",
            "passive_share",
            "participation",
        ),
    )
    keys = [
        ("Implementation shortfall", cost["total_bps"], _money_of(report)),
        ("Against arrival", traded["arrival_slippage_bps"], "weighted by value"),
        ("Against interval VWAP", traded["vwap_slippage_bps"], "weighted by value"),
        (
            "Effective spread",
            traded["effective_spread_bps"],
            f"{_share(traded['spread_capture'])} of the half-spread earned",
        ),
    ]
    shares = [
        ("Filled", cost["fill_rate"], _many(len(report), "parent")),
        ("Waited at the venue", traded["passive_share"], "of what traded"),
        ("Of the market's volume", traded["participation"], "mean over parents"),
    ]
    cells = [(name, _bps_cell(value), note) for name, value, note in keys]
    cells += [(name, _value(_share(value)), note) for name, value, note in shares]
    children = sum(cost.parent.children for cost in report.costs)
    fills = sum(len(cost.parent.fills) for cost in report.costs)
    cells.append(("Children", _e(count(children)), _many(fills, "fill")))
    body = "\n".join(
        f'<div class="key"><div class="name">{_e(name)}</div>'
        f'<div class="value">{value}</div><div class="remark">{_e(note)}</div></div>'
        for name, value, note in cells
    )
    return f'<section class="card keys">\n{body}\n</section>'


def execution_cards(report: CostReport, figures: dict[str, Any]) -> list[str]:
    """Return the sections and put their charts into `figures`."""
    return [
        card
        for card in (
            _shortfall(report, figures),
            _parents(report, figures),
            _where(report),
            _fills(report, figures),
            _benchmarks(report),
            _groups(report, figures),
            _peers(report),
            _estimates(report),
            _list(report),
        )
        if card
    ]


def _overall(report: CostReport, measures: Sequence[str]) -> dict[str, float]:
    """Means over all parents by value, or alike where nothing weighs them."""
    try:
        groups = report.by("all", measures, resamples=100)
    except DataError:  # several currencies
        return dict.fromkeys(measures, math.nan)
    return {
        group.measure: group.mean if math.isnan(group.weighted) else group.weighted
        for group in groups
    }


def _shortfall(report: CostReport, figures: dict[str, Any]) -> str:
    values = _overall(
        report,
        [f"{name}_bps" for name in (*_PARTS, "trading")],
    )
    if not math.isfinite(values["total_bps"]):
        return _card(
            "Implementation shortfall",
            _empty("The parents are in several currencies: see each alone."),
        )
    figures["shortfall"] = execution_charts.waterfall(values)
    head = ("Part", "Cost", "bps")
    rows = []
    for name in _PARTS:
        amounts = [getattr(cost.shortfall, name) for cost in report.costs]
        known = [amount for amount in amounts if amount is not None]
        money = _Cell(_digits(sum(known), signed=False)) if known else NOT_KNOWN
        title = "Shortfall" if name == "total" else name.capitalize()
        rows.append(_row(title, money, _bps(values[f"{name}_bps"])))
    table = _table(head, "".join(rows[:-1]), rows[-1])
    unit = report.costs[0].parent.instrument.currency
    note = (
        '<p class="note">Positive is a cost, for buys and sales alike. Delay: decision '
        "to release, on what was filled. Impact: conceded against the middle just "
        "before each fill. Timing: where the middle went while it was worked. "
        "Opportunity: where the price went, on what was not filled. Amounts in "
        f"{_e(unit)}, exact; basis points of the value wanted at the decision.</p>"
    )
    body = f'<div class="two">{_chart("shortfall", 300, "Cost waterfall")}{table}</div>'
    return _card("Implementation shortfall", body + note)


def _parents(report: CostReport, figures: dict[str, Any]) -> str:
    drawn = [c for c in report.costs if len(c.path)][:_DRAWN]
    if not drawn:
        return ""
    blocks = [_parent(cost, number, figures) for number, cost in enumerate(drawn)]
    body = "\n".join(blocks[:2])
    if blocks[2:]:
        more = f"Show {_many(len(blocks) - 2, 'more parent')}"
        body += f"\n<details><summary>{more}</summary>{''.join(blocks[2:])}</details>"
    left = len(report) - len(drawn)
    if left > 0:
        body += f'<p class="note">{_many(left, "more parent")} without a picture.</p>'
    return _card("Schedule, trading and market", body, kind="long")


def _parent(cost: ParentCosts, number: int, figures: dict[str, Any]) -> str:
    parent = cost.parent
    zone = market_zone(InstrumentTable([parent.instrument]))
    wanted = plain(parent.instrument.to_quantity(parent.quantity))
    title = f"{parent.algorithm} {parent.side} {wanted} {parent.symbol}"
    when = instant(parent.start_ns, zone)
    figures[f"pace-{number}"] = execution_charts.pace(cost)
    figures[f"price-{number}"] = execution_charts.price(cost)
    pace = _chart(f"pace-{number}", 300, f"Schedule and volume of {title}")
    price = _chart(f"price-{number}", 300, f"Price and fills of {title}")
    return (
        f'<h3>{_e(title)} <span class="note">{_e(when)}, '
        f"{_e(_bps(cost['total_bps']))} bps</span></h3>\n"
        f'<div class="two">{pace}{price}</div>'
    )


def _where(report: CostReport) -> str:
    """Where, in which phase and how fills were made."""
    try:
        places = report.by_fill(["venue", "phase"])
        ways = report.by_fill("liquidity")
    except DataError:  # nothing was filled, or several currencies
        return ""
    unit = report.costs[0].parent.instrument.currency
    several = len(report) > 1
    head = ("Fills", *(("Parents",) if several else ()), f"Value, {unit}", "Of all",
            "Fees, bps", "Against arrival", *(("95 % interval",) if several else ()),
            "Effective spread", "Waited")  # fmt: skip
    tables = [
        _table(
            (title, *head),
            "".join(_where_row(group, several=several) for group in groups),
        )
        for title, groups in (("Venue, phase", places), ("How", ways))
    ]
    gap = '<div style="height:18px"></div>'
    note = (
        '<p class="note">Every fill where it was made, by its value: slippage is the '
        "fill's own price against its parent's arrival, the effective spread that "
        "around the fill, both in basis points. A phase is known where the market data "
        "tells auctions; negative fees are rebates.</p>"
    )
    return _card("Where it traded", gap.join(tables) + note, kind="long")


def _where_row(group: FillGroup, *, several: bool) -> str:
    name = {"took": "Took", "waited": "Waited"}.get(group.name, group.name)
    return _row(
        name,
        count(group.fills),
        *((count(group.parents),) if several else ()),
        _Cell(_digits(group.value)),
        _share(group.share),
        _bps(group.fees_bps),
        _bps(group.arrival_slippage_bps),
        *((_range(group.low, group.high),) if several else ()),
        _bps(group.effective_spread_bps),
        _share(group.passive_share),
    )


def _fills(report: CostReport, figures: dict[str, Any]) -> str:
    try:
        curve = report.mark_outs(resamples=1_000)
    except DataError:
        return ""
    if not any(math.isfinite(point.bps) for point in curve):
        return ""
    several = len(report) > 1  # one parent alone has no interval
    figures["mark-outs"] = execution_charts.mark_outs(curve)
    rows = "".join(
        _row(
            "At the fill" if not point.horizon_ns else horizon_name(point.horizon_ns),
            _bps(point.bps),
            *((_range(point.low, point.high),) if several else ()),
            count(point.fills),
            count(point.missing),
        )
        for point in curve
    )
    head = ("After", "bps", *(("95 % interval",) if several else ()), "Fills",
            "Too near the end")  # fmt: skip
    table = _table(head, rows)
    note = (
        '<p class="note">The fill against the middle a while later, by value; '
        "positive is a cost. At the fill it is half the effective spread. "
        + ("The interval draws parents. " if several else "")
        + "What lies beyond the close, or within a bar, is left out and counted.</p>"
    )
    body = f'<div class="two">{_chart("mark-outs", 300, "Mark-out curve")}{table}</div>'
    return _card("After the fill", body + note)


def _benchmarks(report: CostReport) -> str:
    names = [f"{name}_slippage_bps" for name in _BENCHMARKS]
    try:
        groups = report.by("all", names)
    except DataError:
        return ""
    titles = {
        "arrival": "Arrival",
        "vwap": "Interval VWAP",
        "twap": "Interval TWAP",
        "open": "Open",
        "close": "Close",
        "previous_close": "Previous close",
    }
    named = list(zip(_BENCHMARKS, groups, strict=True))
    if len(report) == 1:  # means of one parent are the parent
        head: tuple[str, ...] = ("Against", "Price", "bps")
        prices = report.costs[0].prices
        rows = "".join(
            _row(titles[name], _number(prices[name], 4), _bps(group.mean))
            for name, group in named
        )
        return _card("Slippage, positive is a cost", _table(head, rows))
    head = ("Against", "By value", "95 % interval", "Each alike", "95 % interval",
            "Median", "Parents")  # fmt: skip
    rows = "".join(
        _row(titles[name], *_group_cells(group), count(group.known))
        for name, group in named
    )
    return _card("Slippage, basis points", _table(head, rows))


def _group_cells(group: Group) -> tuple[str, ...]:
    return (
        _bps(group.weighted),
        _range(group.weighted_low, group.weighted_high),
        _bps(group.mean),
        _range(group.low, group.high),
        _bps(group.median),
    )


def _groups(report: CostReport, figures: dict[str, Any]) -> str:
    blocks: list[str] = []
    for by, title in _GROUPS:
        try:
            groups = report.by(by, ["total_bps", "vwap_slippage_bps"])
        except DataError:
            continue
        totals, to_vwap = groups[::2], groups[1::2]
        if len(totals) < 2:
            continue
        head = (title, "Parents", "Shortfall", "95 % interval", "Each alike",
                "To VWAP", "95 % interval", "Each alike")  # fmt: skip
        rows = "".join(
            _row(
                one.name,
                count(one.parents),
                _bps(one.weighted),
                _range(one.weighted_low, one.weighted_high),
                _bps(one.mean),
                _bps(two.weighted),
                _range(two.weighted_low, two.weighted_high),
                _bps(two.mean),
            )
            for one, two in zip(totals, to_vwap, strict=True)
        )
        chart = ""
        if by == "algorithm":
            label = "shortfall, basis points by value"
            figures["by-algorithm"] = execution_charts.bars(totals, label)
            height = figures["by-algorithm"]["layout"]["height"]
            chart = _chart("by-algorithm", height, "Shortfall by algorithm")
        gap = ' style="margin-top:22px"' if blocks else ""
        blocks.append(f"<h3{gap}>{_e(title)}</h3>{chart}{_table(head, rows)}")
    if not blocks:
        return ""
    note = (
        '<p class="note">Basis points by value, with 95 % bootstrap intervals; then '
        "each parent alike.</p>"
    )
    return _card("By what they have in common", "".join(blocks) + note, kind="long")


def _peers(report: CostReport) -> str:
    measures = (
        ("abs:vwap_slippage_bps", "distance to VWAP"),
        ("arrival_slippage_bps", "against arrival"),
    )
    rows = []
    for measure, title in measures:
        for found in report.compare_all(measure):
            share = _share(found.lower_share)
            rows.append(
                _row(
                    f"{found.first} less {found.second}",
                    title,
                    _bps(found.difference),
                    _range(found.low, found.high),
                    "yes" if found.differs else "not shown",
                    f"{count(found.count)} {'pairs' if found.paired else 'parents'}",
                    share if found.paired else NOT_KNOWN,
                )
            )
    if not rows:
        return ""
    head = ("Algorithms", "Mean of", "bps", "95 % interval", "Differ", "Of",
            "First lower")  # fmt: skip
    note = (
        '<p class="note">The same parents are compared in pairs, others apart. '
        "Intervals are not widened for the number of comparisons.</p>"
    )
    return _card("Algorithms against each other", _table(head, "".join(rows)) + note)


def _estimates(report: CostReport) -> str:
    try:
        found = report.accuracy()
    except DataError:
        return ""
    left = [
        ("Mean surprise, bps", _bps(found.bias_bps)),
        ("Its standard error", _number(found.bias_error)),
        ("Correlation of estimate and outcome", _number(found.correlation)),
        ("Parents", count(found.count)),
    ]
    right = [
        ("Mean z-score", _bps(found.z_mean)),
        ("Deviation of z-scores", _number(found.z_deviation)),
        ("Between \N{MINUS SIGN}1.96 and 1.96", _share(found.within)),
    ]
    note = (
        '<p class="note">Outcome against arrival less what the model expected before '
        "the start. Right models have no bias and z-scores of deviation one.</p>"
    )
    body = f'<div class="two">{_pairs(left)}{_pairs(right)}</div>{note}'
    return _card("Estimates before, outcomes after", body)


def _list(report: CostReport) -> str:
    head = ("Parent", "Algorithm", "Start", "Filled", "Average", "Shortfall", "Delay",
            "Impact", "Timing", "Missed", "Fees", "VWAP", "Volume",
            "Waited")  # fmt: skip
    rows = "".join(_list_row(cost) for cost in report.costs[:_LISTED])
    left = len(report) - _LISTED
    note = '<p class="note">Costs in basis points.'
    note += f" {_many(left, 'more parent')} not listed." if left > 0 else ""
    return _card("Parents", f"{_table(head, rows)}{note}</p>", kind="long dense")


def _list_row(cost: ParentCosts) -> str:
    parent = cost.parent
    zone = market_zone(InstrumentTable([parent.instrument]))
    wanted = plain(parent.instrument.to_quantity(parent.quantity))
    parts = ("total", "delay", "impact", "timing", "opportunity", "fees")
    return _row(
        f"{parent.side} {wanted} {parent.symbol}",
        parent.algorithm,
        instant(parent.start_ns, zone)[:16],
        _share(cost["fill_rate"]),
        _number(parent.average_price, 4),
        *(_bps(cost[f"{name}_bps"]) for name in parts),
        _bps(cost["vwap_slippage_bps"]),
        _share(cost["participation"]),
        _share(cost["passive_share"]),
    )


def _money_of(report: CostReport) -> str:
    units = {cost.parent.instrument.currency for cost in report.costs}
    if len(units) > 1:
        return "several currencies"
    total = sum(cost.shortfall.total for cost in report.costs)
    sign = _MINUS if total < 0 else ""
    return f"{sign}{abs(total):,.2f} {units.pop()}"


def _bps(value: float) -> str:
    if not math.isfinite(value):
        return NOT_KNOWN
    return f"{value:+,.2f}".replace("-", _MINUS)


def _bps_cell(value: float) -> str:
    if not math.isfinite(value):
        return _value(NOT_KNOWN)
    return f'{_e(_bps(value))} <span class="unit">bps</span>'


def _range(low: float, high: float) -> str:
    if not (math.isfinite(low) and math.isfinite(high)):
        return NOT_KNOWN
    return f"{_bps(low)} to {_bps(high)}"


def _share(value: float) -> str:
    return percent(value, digits=1) if math.isfinite(value) else NOT_KNOWN


def _number(value: float, digits: int = 2) -> str:
    if not math.isfinite(value):
        return NOT_KNOWN
    return f"{value:,.{digits}f}".replace("-", _MINUS)


def notes(costs: Iterable[ParentCosts]) -> list[str]:
    """Return what was assumed, each once, in the order it came up."""
    return list(dict.fromkeys(note for cost in costs for note in cost.notes))
