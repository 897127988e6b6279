"""Figures of the costs of parent orders, as Plotly specifications.

Colours and layout are those of `charts`; everything in basis points is a cost.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ai_trading.backtest.report import charts
from ai_trading.backtest.report.charts import Figure
from ai_trading.backtest.sessions import local_time, market_zone
from ai_trading.core.instrument import InstrumentTable
from ai_trading.execution.tca.fills import horizon_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_trading.execution.tca import Group, MarkOut, ParentCosts

__all__ = ["mark_outs", "pace", "price", "waterfall"]

_GREEN = "#009e73"
_PARTS = (
    ("delay_bps", "Delay"),
    ("impact_bps", "Impact"),
    ("timing_bps", "Timing"),
    ("opportunity_bps", "Opportunity"),
    ("fees_bps", "Fees"),
)
_WHOLE_PARTS = (_PARTS[0], ("trading_bps", "Trading"), *_PARTS[3:])


def pace(costs: ParentCosts) -> Figure:
    """Return scheduled against traded against the market's volume, in percent."""
    path = costs.path
    times = _times(costs, path["timestamp"])
    lines = []
    if np.isfinite(path["market"]).any():
        lines.append(
            charts._line(
                times,
                100 * path["market"],
                name="Market volume",
                color="#cfd7df",
                width=0,
                fill="tozeroy",
                fillcolor="rgba(133, 147, 163, 0.22)",
                hovertemplate="%{y:.1f} %",
            )
        )
    if np.isfinite(path["scheduled"]).any():
        lines.append(
            charts._line(
                times,
                100 * path["scheduled"],
                name="Schedule",
                color=charts._INK,
                width=1.2,
                hovertemplate="%{y:.1f} %",
            )
        )
        lines[-1]["line"]["dash"] = "dot"
    lines.append(
        charts._line(
            times,
            100 * path["traded"],
            name="Traded",
            width=2,
            shape="hv",
            hovertemplate="%{y:.1f} %",
        )
    )
    layout = charts._layout(
        300,
        legend=True,
        xaxis=_time_axis(),
        yaxis=charts._y("Share done", [0, 1], ticksuffix=" %"),
    )
    layout["yaxis"]["range"] = [-2, 104]
    return {"data": lines, "layout": _legend_below(layout)}


def price(costs: ParentCosts) -> Figure:
    """Return the middle with the fills on it, and the benchmarks as levels."""
    path, parent = costs.path, costs.parent
    data = [
        charts._line(
            _times(costs, path["timestamp"]),
            path["middle"],
            name="Middle",
            color=charts._GREY,
            width=1.2,
            shape="hv",
            hovertemplate="%{y:,.6~f}",
        )
    ]
    ends = _times(costs, path["timestamp"][[0, -1]])
    for name, title, colour in (
        ("arrival", "Arrival", charts._INK),
        ("vwap", "Interval VWAP", _GREEN),
        ("average", "Average price", charts._BLUE),
    ):
        level = costs.prices[name]
        if math.isfinite(level):
            data.append(
                charts._line(
                    ends,
                    np.array([level, level]),
                    name=title,
                    color=colour,
                    width=1.3,
                    hovertemplate="%{y:,.4f}",
                )
            )
            data[-1]["line"]["dash"] = "solid" if name == "average" else "dash"
    fills = costs.fills
    shown = fills[charts._evenly(len(fills), charts.FILLS_SHOWN)]
    for waited, title, symbol, colour in (
        (True, "Waited", "circle", charts._BLUE),
        (False, "Took", "x", charts._ORANGE),
    ):
        some = shown[shown["passive"] == waited]
        if not len(some):
            continue
        lot = float(parent.instrument.lot_size)
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": title,
                "x": _times(costs, some["timestamp"]),
                "y": charts._array(some["price"]),
                "customdata": charts._array(some["quantity"] * lot),
                "marker": {"symbol": symbol, "size": 6, "color": colour},
                "hovertemplate": "%{customdata:,.6~f} at %{y:,.6~f}",
            }
        )
    return {
        "data": data,
        "layout": _legend_below(
            charts._layout(
                300,
                legend=True,
                xaxis=_time_axis(),
                yaxis=charts._y("Price", [0, 1]),
            )
        ),
    }


def waterfall(values: dict[str, float]) -> Figure:
    """Return how the shortfall comes together from its parts, in basis points."""
    known = math.isfinite(values["impact_bps"])
    parts = _PARTS if known else _WHOLE_PARTS
    heights = [values[name] for name, _ in parts]
    total = values["total_bps"]
    steps = np.cumsum([0.0, *heights])
    low, high = min(*steps, total, 0.0), max(*steps, total, 0.0)
    room = 0.14 * (high - low or 1.0)
    trace: dict[str, Any] = {
        "type": "waterfall",
        "x": [*(title for _, title in parts), "Shortfall"],
        "y": [*heights, total],
        "measure": [*("relative" for _ in parts), "total"],
        "text": [_signed(value) for value in (*heights, total)],
        "textposition": "outside",
        "cliponaxis": False,
        "connector": {"line": {"color": "#b9c4cf", "width": 1}},
        "increasing": {"marker": {"color": charts._ORANGE}},
        "decreasing": {"marker": {"color": charts._BLUE}},
        "totals": {"marker": {"color": charts._INK}},
        "hovertemplate": "%{x}: %{text} bps<extra></extra>",
    }
    layout = charts._layout(
        300,
        xaxis={"type": "category", "linecolor": charts._GRID, "automargin": True},
        yaxis=charts._y("Cost (basis points)", [0, 1]),
    )
    layout["yaxis"]["range"] = [low - room, high + room]
    layout["hovermode"] = "closest"
    return {"data": [trace], "layout": layout}


def mark_outs(curve: Sequence[MarkOut]) -> Figure:
    """Return where the middle stood after the fills, with intervals."""
    shown = [point for point in curve if math.isfinite(point.bps)]
    names = [_when(point.horizon_ns) for point in shown]
    bounds = [point for point in shown if math.isfinite(point.low)]
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": names,
        "y": [point.bps for point in shown],
        "customdata": [
            [f"{point.fills:,}", _between(point), f"{point.missing:,}"]
            for point in shown
        ],
        "line": {"color": charts._BLUE, "width": 1.8},
        "marker": {"size": 8, "color": charts._BLUE},
        "hovertemplate": "%{y:+.2f} bps%{customdata[1]}<br>%{customdata[0]} fills, "
        "%{customdata[2]} too near the end<extra></extra>",
    }
    if len(bounds) == len(shown):
        trace["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [point.high - point.bps for point in shown],
            "arrayminus": [point.bps - point.low for point in shown],
            "color": "#8593a3",
            "thickness": 1.2,
            "width": 4,
        }
    layout = charts._layout(
        300,
        xaxis={
            "type": "category",
            "gridcolor": charts._GRID,
            "linecolor": charts._GRID,
            "title": {"text": "Time after the fill", "font": {"size": 11}},
            "automargin": True,
        },
        yaxis=charts._y("Cost against the middle (bps)", [0, 1]),
    )
    layout["yaxis"]["rangemode"] = "tozero"
    layout["margin"] = {"l": 64, "r": 16, "t": 12, "b": 54}
    layout["hovermode"] = "closest"
    return {"data": [trace], "layout": layout}


def bars(groups: Sequence[Group], title: str) -> Figure:
    """Return the value-weighted mean of one measure by group, with intervals."""
    rows = [group for group in reversed(groups) if math.isfinite(group.weighted)]
    known = all(math.isfinite(group.weighted_low) for group in rows)
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "y": [charts._text(group.name) for group in rows],
        "x": [group.weighted for group in rows],
        "customdata": [group.parents for group in rows],
        "marker": {"size": 9, "color": charts._BLUE},
        "hovertemplate": "%{x:+.2f} bps, %{customdata} parents<extra></extra>",
    }
    if known and rows:
        trace["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": [group.weighted_high - group.weighted for group in rows],
            "arrayminus": [group.weighted - group.weighted_low for group in rows],
            "color": "#8593a3",
            "thickness": 1.2,
            "width": 4,
        }
    layout = charts._layout(
        70 + 30 * max(2, len(rows)),
        xaxis={
            "title": {"text": title, "font": {"size": 11}},
            "gridcolor": charts._GRID,
            "zerolinecolor": "#b9c4cf",
            "rangemode": "tozero",
            "automargin": True,
        },
        yaxis={"type": "category", "gridcolor": charts._GRID, "automargin": True},
    )
    layout["hovermode"] = "closest"
    return {"data": [trace], "layout": layout}


def _times(costs: ParentCosts, timestamps: Any) -> dict[str, str]:
    zone = market_zone(InstrumentTable([costs.parent.instrument]))
    return charts._array(local_time(np.asarray(timestamps), zone) / 1e6)


def _time_axis() -> dict[str, Any]:
    return {
        "type": "date",
        "gridcolor": charts._GRID,
        "linecolor": charts._GRID,
        "zeroline": False,
        "automargin": True,
        "tickformat": "%H:%M",
        "hoverformat": "%H:%M:%S",
    }


def _legend_below(layout: dict[str, Any]) -> dict[str, Any]:
    """Two charts share a line: above, a legend would run into the buttons."""
    layout["margin"] = {"l": 64, "r": 16, "t": 26, "b": 70}
    layout["legend"] = {"orientation": "h", "x": 0, "y": -0.16, "yanchor": "top"}
    return layout


def _when(horizon_ns: int) -> str:
    return "fill" if not horizon_ns else horizon_name(horizon_ns)


def _between(point: MarkOut) -> str:
    if not math.isfinite(point.low):
        return ""
    return f" ({point.low:+.2f} to {point.high:+.2f})"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")
