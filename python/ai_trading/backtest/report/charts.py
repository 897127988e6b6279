"""The figures of a report as Plotly specifications: plain dictionaries, no Plotly.

Points are thinned before they enter a figure so that a run of any length gives a page
that opens at once; what is left out never hides an extreme. Colours are from the set
of Okabe and Ito, which people with any common colour vision tell apart, and a marker's
shape says the same as its colour.

Times are wall-clock times in the market's zone; Plotly, which knows no zones, is told
that they are UTC.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from ai_trading.backtest.sessions import (
    DAY,
    HOUR,
    changes,
    has_hours,
    in_hours,
    local_time,
    market_zone,
    one_calendar,
)
from ai_trading.backtest.statistics import drawdowns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.backtest.result import BacktestResult
    from ai_trading.core.calendars import Calendar

__all__ = ["FILLS_SHOWN", "POINTS_SHOWN", "costs", "equity", "symbol", "thin"]

POINTS_SHOWN = 3_000
"""Points of one line."""

FILLS_SHOWN = 500
"""Markers of one symbol; of more fills evenly spaced ones are shown."""

_BLUE, _ORANGE, _INK, _GREY, _GRID = (
    "#0072b2",
    "#d55e00",
    "#1c2733",
    "#8593a3",
    "#e6ebf0",
)
_FONT = "Inter, 'Segoe UI', system-ui, 'Helvetica Neue', Arial, sans-serif"

Figure = dict[str, Any]


def thin(values: NDArray[Any], limit: int = POINTS_SHOWN) -> NDArray[np.intp]:
    """Return rising indices of at most `limit` values, extremes among them.

    The series is cut into runs of equal length; of each the lowest and the highest
    value stay, and the first and the last of all.
    """
    if len(values) <= limit:
        return np.arange(len(values))
    step = -(-2 * len(values) // (limit - 2))
    starts = np.arange(0, len(values), step)
    runs = np.split(np.asarray(values), starts[1:])
    low = [start + int(run.argmin()) for start, run in zip(starts, runs, strict=True)]
    high = [start + int(run.argmax()) for start, run in zip(starts, runs, strict=True)]
    return np.unique(np.array([0, *low, *high, len(values) - 1]))


def equity(result: BacktestResult) -> Figure:
    """Return account value above, distance from its high below, over one time axis."""
    axis = _Axis(result)
    rows = axis.rows(result.account["timestamp"])
    account, fall = result.account[rows], drawdowns(result.account)[rows] * 100
    value, low = thin(account["value"]), thin(fall)
    return {
        "data": [
            _line(
                axis.times(account["timestamp"][value]),
                account["value"][value] / 1e6,
                name="Account value",
                hovertemplate="%{y:,.2f} " + _text(result.currency) + "<extra></extra>",
            ),
            _line(
                axis.times(account["timestamp"][low]),
                fall[low],
                name="Drawdown",
                yaxis="y2",
                color=_ORANGE,
                fill="tozeroy",
                fillcolor="rgba(213, 94, 0, 0.15)",
                hovertemplate="%{y:.3f} %<extra></extra>",
            ),
        ],
        "layout": _layout(
            440,
            xaxis=axis.spec(anchor="y2"),
            yaxis=_y(f"Account value ({_text(result.currency)})", [0.36, 1]),
            yaxis2=_y("Drawdown", [0, 0.28], ticksuffix=" %", nticks=4),
        ),
    }


def symbol(result: BacktestResult, index: int) -> Figure:
    """Return one instrument's price with the fills on it, the position below."""
    instrument = result.instruments[index]
    tick = float(instrument.tick_size)
    axis = _Axis(result)
    prices = result.prices.get(index)
    traces = []
    if prices is not None and len(prices):
        prices = prices[axis.rows(prices["timestamp"])]
        kept = thin(prices["price"])
        traces.append(
            _line(
                axis.times(prices["timestamp"][kept]),
                prices["price"][kept] * tick,
                name="Price",
                color=_GREY,
                width=1.2,
                hovertemplate="%{y:,.6~f}<extra></extra>",
            )
        )
    fills = result.fills[result.fills["instrument"] == index]
    shown = fills[_evenly(len(fills), FILLS_SHOWN)]
    for side, name, color, shape in (
        (0, "Buy", _BLUE, "triangle-up"),
        (1, "Sell", _ORANGE, "triangle-down"),
    ):
        of_side = shown[shown["side"] == side]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": axis.times(of_side["timestamp"]),
                "y": _array(of_side["price"] * tick),
                "customdata": _array(of_side["quantity"] * float(instrument.lot_size)),
                "marker": {
                    "symbol": shape,
                    "size": 9 if len(shown) < 150 else 6,
                    "color": color,
                    "line": {"width": 0.5, "color": "#ffffff"},
                },
                "hovertemplate": name
                + " %{customdata:,.6~f} at %{y:,.6~f}<extra></extra>",
            }
        )
    kept = thin(fills["position"])
    held = fills["position"][kept] * float(instrument.lot_size)
    traces.append(
        _line(
            axis.times(
                np.concatenate(
                    (
                        [axis.first],
                        fills["timestamp"][kept],
                        [axis.last],
                    )
                )
            ),
            np.concatenate(([0.0], held, held[-1:] if len(held) else [0.0])),
            name="Position",
            yaxis="y2",
            color=_INK,
            width=0.9,
            shape="hv",
            hovertemplate="%{y:,.6~f}<extra></extra>",
        )
    )
    return {
        "data": traces,
        "layout": _layout(
            360,
            legend=True,
            xaxis=axis.spec(anchor="y2"),
            yaxis=_y("Price", [0.34, 1]),
            yaxis2=_y("Position", [0, 0.25], nticks=6),
        ),
    }


def costs(result: BacktestResult) -> Figure:
    """Return profit before and after fees; what lies between is what trading cost."""
    axis = _Axis(result)
    account = result.account[axis.rows(result.account["timestamp"])]
    start = float(result.initial_cash)
    net = account["value"] / 1e6 - start
    gross = net + account["fees"] / 1e6
    kept = thin(net)
    times = axis.times(account["timestamp"][kept])
    unit = " " + _text(result.currency) + "<extra></extra>"
    return {
        "data": [
            _line(
                times, net[kept], name="After fees", hovertemplate="%{y:,.2f}" + unit
            ),
            _line(
                times,
                gross[kept],
                name="Before fees",
                color=_ORANGE,
                width=1.1,
                fill="tonexty",
                fillcolor="rgba(133, 147, 163, 0.18)",
                hovertemplate="%{y:,.2f}" + unit,
            ),
        ],
        "layout": _layout(
            300,
            legend=True,
            xaxis=axis.spec(anchor="y"),
            yaxis=_y(f"Profit ({_text(result.currency)})", [0, 1]),
        ),
    }


class _Axis:
    """The time axis of a run; nights and weekends are cut out of intraday runs."""

    def __init__(self, result: BacktestResult) -> None:
        self._zone = market_zone(result.instruments)
        self._book = _cut_to(result)
        self.first, self.last = result.start_ns, max(result.end_ns, result.start_ns)
        # A feed may begin hours before its first price and end hours after the last.
        seen = _seen(result)
        if len(seen):
            self.first, self.last = int(seen.min()), int(seen.max())
        room = max((self.last - self.first) // 80, HOUR // 3600)
        ends = np.array([self.first - room, self.last + room])
        shown = local_time(ends, self._zone).astype("datetime64[ns]")
        self._range = [str(end) for end in shown]

    def rows(self, timestamps: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return which instants are on the axis; samples of the night are not."""
        if self._book is None:
            return np.arange(len(timestamps))
        return np.flatnonzero(in_hours(timestamps, self._book))

    def times(self, timestamps: NDArray[np.int64]) -> dict[str, str]:
        return _array(local_time(np.asarray(timestamps), self._zone) / 1e6)

    def spec(self, **options: Any) -> dict[str, Any]:
        breaks = {} if self._book is None else {"rangebreaks": _breaks(self._book)}
        return {
            "type": "date",
            "range": self._range,
            "gridcolor": _GRID,
            "linecolor": _GRID,
            "zeroline": False,
            "automargin": True,
            **breaks,
            **options,
        }


def _cut_to(result: BacktestResult) -> Calendar | None:
    """Return the calendar of an intraday run that lies wholly in regular hours."""
    book = one_calendar(result.instruments)
    if book is None or not has_hours(book) or result.end_ns - result.start_ns < DAY / 2:
        return None
    times = [changes(p) for p in result.prices.values()]
    if not times or any(len(t) < 2 or np.median(np.diff(t)) > 6 * HOUR for t in times):
        return None
    # A price is seen when it is sampled, up to one interval after it was made.
    late = max(int(np.median(np.diff(p["timestamp"]))) for p in result.prices.values())
    seen = _seen(result)
    return book if (in_hours(seen, book) | in_hours(seen - late, book)).all() else None


def _seen(result: BacktestResult) -> NDArray[np.int64]:
    """Every instant at which something happened."""
    times = [changes(prices) for prices in result.prices.values() if len(prices)]
    return np.concatenate([*times, result.fills["timestamp"]])


def _breaks(book: Calendar) -> list[dict[str, Any]]:
    # Two minutes of room on both sides, so that the opening and closing prints show.
    # Holidays stay, as a gap: Plotly folds the axis back on itself where a break for a
    # whole day meets one for hours.
    opens, closes = book.open_at / HOUR - 1 / 30, book.close_at / HOUR + 1 / 30
    return [
        {"bounds": ["sat", "mon"]},
        {"bounds": [closes, opens], "pattern": "hour"},
    ]


def _line(
    x: dict[str, str],
    y: NDArray[Any],
    *,
    color: str = _BLUE,
    width: float = 1.6,
    shape: str = "linear",
    **options: Any,
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": _array(y),
        "line": {"color": color, "width": width, "shape": shape},
        **options,
    }


def _layout(height: int, *, legend: bool = False, **axes: Any) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 64, "r": 16, "t": 28 if legend else 12, "b": 36},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "modebar": {
            "bgcolor": "rgba(0,0,0,0)",
            "color": "#a9b4c0",
            "activecolor": _INK,
        },
        "font": {"family": _FONT, "size": 12, "color": "#4a5765"},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "#ffffff", "bordercolor": _GRID},
        "showlegend": legend,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        **axes,
    }


def _y(title: str, domain: list[float], **options: Any) -> dict[str, Any]:
    return {
        "title": {"text": title, "standoff": 10, "font": {"size": 11}},
        "domain": domain,
        "gridcolor": _GRID,
        "zerolinecolor": "#cfd7df",
        "automargin": True,
        "tickformat": ",~f",
        **options,
    }


def _evenly(length: int, limit: int) -> NDArray[np.intp]:
    if length <= limit:
        return np.arange(length)
    return np.linspace(0, length - 1, limit).round().astype(np.intp)


def _array(values: NDArray[Any]) -> dict[str, str]:
    """Plotly's binary form of an array of doubles."""
    raw = np.ascontiguousarray(values, "<f8").tobytes()
    return {"dtype": "f8", "bdata": base64.b64encode(raw).decode("ascii")}


def _text(value: str) -> str:
    """Plotly reads HTML-like tags and templates in labels; take them literally."""
    plain = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("%{", "% {")
