"""The costs of parents as one HTML page that opens anywhere, offline.

The page is built as the report of a run is: one file that loads nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_trading import __version__
from ai_trading.backtest.report.execution import (
    execution_cards,
    execution_keys,
    notes,
)
from ai_trading.backtest.report.parts import (
    _POLICY,
    _asset,
    _e,
    _many,
    _scripts,
)
from ai_trading.backtest.report.text import instant
from ai_trading.backtest.sessions import market_zone
from ai_trading.core.errors import ConfigError, DataError
from ai_trading.core.exact import file_path
from ai_trading.core.instrument import InstrumentTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_trading.execution.tca import CostReport

__all__ = ["tca_page", "write_tca"]


def tca_page(
    report: CostReport, *, title: str = "", remarks: Sequence[str] = ()
) -> str:
    """Return the page.

    Parameters
    ----------
    report : CostReport
        As `ai_trading.execution.tca.analyze` returns it.
    title : str, optional
        What is analysed; made from the parents by default.
    remarks : sequence of str
        Put under the title, besides what the analysis assumed.

    Raises
    ------
    DataError
        If there is no parent in it.
    """
    if not report.costs:
        msg = "the report has no parents to show"
        raise DataError(msg)
    figures: dict[str, Any] = {}
    sections = "\n".join((execution_keys(report), *execution_cards(report, figures)))
    named = title or _title(report)
    said = dict.fromkeys((*remarks, *notes(report.costs)))
    lines = " ".join(f"{note[:1].upper()}{note[1:]}." for note in said)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>Costs: {_e(named)}</title>
<style>
{_asset("style.css")}</style>
</head>
<body>
<main>
<header><div class="kicker">Transaction-cost analysis</div><h1>{_e(named)}</h1>
<p class="facts">{_facts(report)}</p>
<p class="note">{_e(lines)}</p></header>
{sections}
<footer>ai_trading {_e(__version__)}. Perold's implementation shortfall, parted as by
Wagner and Edwards; bootstrap seed {report.seed}. What came after a fill is looked at to
judge it, and reached no decision. This page is self-contained.</footer>
</main>
{_scripts(figures)}
</body>
</html>
"""


def write_tca(
    report: CostReport,
    path: str | Path,
    *,
    title: str = "",
    remarks: Sequence[str] = (),
) -> Path:
    """Write the page and return its absolute path.

    Raises
    ------
    ConfigError
        If it cannot be written there.
    """
    target = file_path("path", path).expanduser().absolute()
    text = tca_page(report, title=title, remarks=remarks)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    except OSError as error:
        msg = f"cannot write the page to {target}: {error.strerror or error}"
        raise ConfigError(msg) from error
    return target


def _title(report: CostReport) -> str:
    if len(report.costs) == 1:
        parent = report.costs[0].parent
        wanted = parent.instrument.to_quantity(parent.quantity)
        return f"{parent.algorithm} {parent.side} {wanted:,f} {parent.symbol}"
    symbols = sorted({cost.parent.symbol for cost in report.costs})
    shown = ", ".join(symbols[:4]) + (" and others" if len(symbols) > 4 else "")
    return f"{_many(len(report.costs), 'parent')} in {shown}"


def _facts(report: CostReport) -> str:
    first = min(cost.parent.start_ns for cost in report.costs)
    last = max(cost.parent.end_ns for cost in report.costs)
    table = InstrumentTable()
    for cost in report.costs:
        if cost.parent.symbol not in table:
            table.add(cost.parent.instrument)
    zone = market_zone(table)
    facts = (
        f"{instant(first, zone)} to {instant(last, zone)}",
        f"{zone.rpartition('/')[2].replace('_', ' ')} time",
        _many(len(report.costs), "parent"),
    )
    return "".join(f"<span>{_e(fact)}</span>" for fact in facts)
