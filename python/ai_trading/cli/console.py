"""What the command line shows: errors as panels, progress, and a run as tables.

Results go to standard output, everything else to standard error, so that ``--json``
leaves exactly one object on standard output.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from ai_trading.core.errors import (
    AiTradingError,
    ArgumentError,
    ConfigError,
    DatabaseError,
    DataError,
    MissingExtraError,
    OrderRejectedError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from rich.progress import Progress, TaskID
    from rich.table import Table

    from ai_trading.backtest.result import BacktestResult
    from ai_trading.backtest.statistics import Statistics

__all__ = ["ProgressBar", "err", "facts", "out", "print_json", "show_error", "show_run"]

_WIDTH = 110
_SYMBOLS_SHOWN = 25
_TITLES = {
    ConfigError: "Configuration",
    DataError: "Market data",
    OrderRejectedError: "Order rejected",
    DatabaseError: "Database",
    MissingExtraError: "Missing package",
    ArgumentError: "Argument",
}


def out() -> Console:
    """Return a console on standard output."""
    return _console(Console(highlight=False))


def err() -> Console:
    """Return a console on standard error."""
    return _console(Console(stderr=True, highlight=False))


def _console(console: Console) -> Console:
    """Give a pipe a width that tables fit into; a terminal has its own."""
    if not console.is_terminal:
        console.width = _WIDTH
    return console


def print_json(values: Mapping[str, Any]) -> None:
    """Write one JSON object to standard output."""
    sys.stdout.write(json.dumps(values, indent=2, allow_nan=False) + "\n")
    sys.stdout.flush()


def show_error(error: BaseException, *, as_json: bool = False) -> None:
    """Show an error without its traceback, as a panel and, if asked for, as JSON."""
    if isinstance(error, AiTradingError):
        title = next((t for k, t in _TITLES.items() if isinstance(error, k)), "Error")
        message = str(error)
    elif isinstance(error, OSError):
        title = "System"
        message = (
            f"{error.filename}: {error.strerror}" if error.filename else str(error)
        )
    else:
        title = "Unexpected error"
        message = f"{type(error).__name__}: {error}{_raised_in(error)}"
        message += "\n\nRun the command again with --debug to see where it happened."
    if as_json:
        kind = type(error).__name__
        print_json({"status": "error", "error": {"type": kind, "message": str(error)}})
    notes = getattr(error, "__notes__", [])
    text = Text("\n".join([message, *notes]))
    err().print(Panel(text, title=title, title_align="left", border_style="red"))


def _raised_in(error: BaseException) -> str:
    """Return where code that is not ours raised, such as a user's strategy."""
    own = str(Path(__file__).parents[1])
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((own, "<")):
            return f"\n\nIn {frame.filename}, line {frame.lineno}, {frame.name}."
    return ""


class ProgressBar:
    """A bar on standard error with events a second and simulated time.

    Silent where standard error is not a terminal. Call `advance` as often as you like.
    """

    def __init__(self, description: str, *, shown: bool = True) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        console = err()
        if not shown or not console.is_terminal:
            return
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=28),
            TaskProgressColumn(),
            TextColumn("{task.completed:,.0f} events"),
            TextColumn("{task.fields[rate]}", style="cyan"),
            TextColumn("{task.fields[simulated]}", style="dim"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task(
            Text(description).plain, total=None, rate="", simulated=""
        )

    def advance(self, done: int, total: int, simulated_ns: int) -> None:
        """Show that `done` of `total` events are replayed (0: not known how many)."""
        if self._progress is None or self._task is None:
            return
        from ai_trading.backtest.report.text import instant

        speed = self._progress.tasks[self._task].speed
        self._progress.update(
            self._task,
            completed=done,
            total=total or None,
            rate=f"{speed:,.0f} events/s" if speed else "",
            simulated=instant(simulated_ns) if simulated_ns else "",
        )

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()


def facts() -> Table:
    """Return an empty table of names, figures and remarks."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    table.add_column(style="dim")
    return table


def show_run(
    result: BacktestResult, known: Statistics, places: Mapping[str, str]
) -> None:
    """Print a run: its key figures, symbols, findings, and where the rest is."""
    from rich.table import Table

    from ai_trading.backtest.report import text

    console = out()
    title = Text(result.name, style="bold")
    if result.partial:
        title.append("  partial: interrupted", style="bold yellow")
    rate = result.events / result.wall_seconds if result.wall_seconds > 0 else 0
    console.print()
    console.print(title)
    console.print(
        f"{text.period(result)}, {text.count(result.events)} {result.kind} in "
        f"{result.wall_seconds:,.2f} s ({rate:,.0f} a second)",
        style="dim",
        markup=False,
    )
    console.print()

    figures = facts()
    for name, value, remark in text.key_figures(known):
        tone = _tone(known.profit) if name.startswith("Profit") else ""
        dim = "dim" if value == text.NOT_KNOWN else f"bold {tone}".strip()
        figures.add_row(name, Text(value, style=dim), Text(remark))
    console.print(figures)

    if known.symbols:
        console.print()
        console.print(_symbols(known))
    for finding in result.findings:
        style = "yellow" if finding.severity == "warning" else "cyan"
        line = Text(f"{finding.severity}: ", style=f"bold {style}")
        line.append(finding.message, style="default")
        line.append(f" {finding.advice}", style="dim")
        console.print()
        console.print(line)
    console.print()
    paths = Table.grid(padding=(0, 2))
    paths.add_column()
    paths.add_column(overflow="fold")
    for name, place in places.items():
        paths.add_row(name, Text(place, style="bold"))
    paths.add_row("State hash", Text(result.state_hash))
    console.print(paths)


def _symbols(known: Statistics) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from ai_trading.backtest.report import text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Symbol")
    for name in (
        "Orders",
        "Fills",
        "Traded value",
        "Fees",
        "Position",
        "Profit",
        "Won",
    ):
        table.add_column(name, justify="right")
    order = sorted(known.symbols, key=lambda s: (-s.traded_value, s.symbol))
    for symbol in order[:_SYMBOLS_SHOWN]:
        table.add_row(
            Text(symbol.symbol, style="bold"),
            text.count(symbol.orders),
            text.count(symbol.fills),
            text.money(symbol.traded_value),
            text.money(symbol.fees),
            text.plain(symbol.position),
            Text(text.signed_money(symbol.profit), style=_tone(symbol.profit)),
            text.percent(symbol.win_rate, digits=0),
        )
    left = len(order) - _SYMBOLS_SHOWN
    if left > 0:
        table.add_row(f"and {left} more", "", "", "", "", "", "", "")
    return table


def _tone(amount: Any) -> str:
    return "" if not amount else "green" if amount > 0 else "red"
