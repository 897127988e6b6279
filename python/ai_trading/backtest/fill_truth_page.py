"""Fill truth as one HTML page: the models, their errors and the calibration curve.

The page is built as the report of a run is: one file that opens anywhere and loads
nothing.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_trading import __version__
from ai_trading.backtest.report import charts
from ai_trading.backtest.report.parts import _POLICY, _asset, _card, _e, _scripts
from ai_trading.backtest.report.text import count, percent
from ai_trading.core.errors import ConfigError
from ai_trading.core.exact import file_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_trading.backtest.fill_truth import FillTruth, Score

__all__ = ["ahead_of", "fill_truth_page", "score_cells", "share", "write_fill_truth"]

_COLOURS = ("#1c2733", "#0072b2", "#009e73", "#d55e00", "#cc79a7", "#e69f00")
_HEAD = (
    "Model",
    "Same fate",
    "Recall",
    "with patience",
    "Precision",
    "Quantity in common",
    "Bias",
    "Timing, median",
    "90 %",
)


def fill_truth_page(truths: Sequence[FillTruth]) -> str:
    """Return the page for one or more tapes."""
    figures: dict[str, Any] = {}
    sections = "\n".join(
        _tape(truth, number, figures) for number, truth in enumerate(truths)
    )
    names = ", ".join(truth.symbol for truth in truths)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>Fill truth: {_e(names)}</title>
<style>
{_asset("style.css")}</style>
</head>
<body>
<main>
<header><div class="kicker">Fill truth</div><h1>{_e(names)}</h1>
<p class="facts">Real orders are left out of the tape one at a time, ours takes their
place, and what each fill model says is compared with what really happened.</p></header>
{sections}
<footer>ai_trading {_e(__version__)}. Recall: of the orders that really filled, those
that ours did by the moment the real one ended. Precision: of ours that filled, those
that really did. Quantity in common: the lesser of both filled quantities over the
greater, summed. Timing: difference of the first fills, where both filled.</footer>
</main>
{_scripts(figures)}
</body>
</html>
"""


def write_fill_truth(truths: Sequence[FillTruth], path: str | Path) -> Path:
    """Write the page and return its absolute path.

    Raises
    ------
    ConfigError
        If it cannot be written there.
    """
    target = file_path("path", path).expanduser().absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(fill_truth_page(truths), "utf-8")
    except OSError as error:
        msg = f"cannot write the page to {target}: {error.strerror or error}"
        raise ConfigError(msg) from error
    return target


def share(value: float) -> str:
    """Return a share in percent, with a dash for what is not a number."""
    return "-" if math.isnan(value) else percent(value, digits=2)


def milliseconds(nanoseconds: float) -> str:
    """Return a time in milliseconds."""
    if math.isnan(nanoseconds):
        return "-"
    return f"{nanoseconds / 1e6:,.1f} ms" if nanoseconds else "0"


def _tape(truth: FillTruth, number: int, figures: dict[str, Any]) -> str:
    figures[f"errors{number}"] = _errors(truth)
    figures[f"calibration{number}"] = _calibration(truth)
    rows = "".join(_row(score, truth) for score in truth.scores)
    titles = "".join(f"<th>{_e(title)}</th>" for title in _HEAD)
    height = 26 * len(truth.scores) + 104
    body = (
        f"<p>{count(truth.arrivals)} orders arrive; "
        f"{percent(truth.censored, digits=1)} of them leave what the file shows and "
        f"are not scored. {count(truth.scored)} orders were run, "
        f"{count(truth.filled)} of which really traded.</p>"
        f'<div class="chart" data-figure="errors{number}" '
        f'style="height:{height}px"></div>'
        "<h3>Share of orders filled, by the quantity ahead of them on arrival</h3>"
        f'<div class="chart" data-figure="calibration{number}" '
        'style="height:360px"></div>'
        f'<div class="wide"><table><thead><tr>{titles}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
    return _card(f"{truth.symbol} — {Path(truth.source).name}", body, kind="dense long")


def _row(score: Score, truth: FillTruth) -> str:
    best = score.name == truth.best_level_model.name
    name = f"{score.name} (best on levels)" if best else score.name
    cells = "".join(
        f"<td>{_e(text)}</td>"
        for text in (*score_cells(score), milliseconds(score.timing_p90_ns))
    )
    return f"<tr><th>{_e(name)}</th>{cells}</tr>"


def score_cells(score: Score) -> tuple[str, ...]:
    """Return a model's figures as text: agreement to the median of its timing."""
    return (
        share(score.agreement),
        share(score.recall),
        share(score.late_recall),
        share(score.precision),
        share(score.overlap),
        f"{100 * score.bias:+.2f} %",
        milliseconds(score.timing_median_ns),
    )


def _errors(truth: FillTruth) -> dict[str, Any]:
    """Dots of what recall, precision and quantity lack, one line for each model."""
    scores = list(reversed(truth.scores))
    names = [score.name for score in scores]
    series = (
        ("recall", "Recall", _COLOURS[1], "circle"),
        ("precision", "Precision", _COLOURS[3], "diamond"),
        ("overlap", "Quantity in common", _COLOURS[2], "square"),
    )
    data = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": title,
            "y": names,
            "x": [_lacking(getattr(score, field)) for score in scores],
            "marker": {"color": colour, "symbol": symbol, "size": 9, "opacity": 0.85},
            "hovertemplate": "%{x:.2f} % lacking",
        }
        for field, title, colour, symbol in series
    ]
    layout = charts._layout(26 * len(names) + 90, legend=True)
    layout |= {
        "margin": {"l": 190, "r": 16, "t": 32, "b": 58},
        "hovermode": "y unified",
        "xaxis": {
            "title": {
                "text": "percent lacking; left is better, 0.01 or less at the edge"
            },
            "type": "log",
            "range": [-2.05, 2.05],
            "tickvals": [0.01, 0.1, 1, 10, 100],
            "gridcolor": "#e6ebf0",
        },
        "yaxis": {"gridcolor": "#eef2f5", "automargin": True},
    }
    return {"data": data, "layout": layout}


def _calibration(truth: FillTruth) -> dict[str, Any]:
    shown = [
        score
        for score in truth.scores
        if (score.shown == "orders" and not score.plain)
        or score.name
        in {
            truth.best_level_model.name,
            "levels, trades: risk_averse",
            "levels, trades: through",
            "levels, trades: touch",
        }
    ]
    bins = truth.scores[0].calibration
    labels = [ahead_of(low=row.low, high=row.high) for row in bins]
    orders = [count(row.orders) for row in bins]
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "name": "what really happened",
            "x": labels,
            "y": [100 * row.real for row in bins],
            "customdata": orders,
            "marker": {"color": "#dfe6ec"},
            "hovertemplate": "%{y:.2f} % of %{customdata} orders",
        }
    ]
    for score, colour in zip(shown, _COLOURS, strict=False):
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": score.name,
                "x": labels,
                "y": [100 * row.ours for row in score.calibration],
                "line": {"color": colour, "width": 1.6},
                "marker": {"size": 7},
                "hovertemplate": "%{y:.2f} %",
            }
        )
    layout = charts._layout(360, legend=True)
    layout |= {
        "xaxis": {"title": {"text": "shares ahead on arrival"}, "type": "category"},
        "yaxis": {
            "title": {"text": "percent filled"},
            "rangemode": "tozero",
            "gridcolor": "#e6ebf0",
        },
        "margin": {"l": 60, "r": 16, "t": 60, "b": 70},
    }
    return {"data": data, "layout": layout}


def ahead_of(*, low: int, high: int | None) -> str:
    """Return the quantities of a bin of the calibration as text."""
    if high is None:
        return f"{low:,}+"
    return f"{low:,}" if high == low + 1 else f"{low:,}-{high - 1:,}"


def _lacking(value: float) -> float | None:
    """Percent that a share lacks; a logarithm needs it above 0."""
    return None if math.isnan(value) else max(0.01, 100 * (1 - value))
