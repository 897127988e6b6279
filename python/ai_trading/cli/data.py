"""``ai-trading data``: look into files of market data, convert them, write depth.

Results go to standard output, everything else to standard error. Exit codes: 0 done,
1 the data is bad, 2 the command line was wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ai_trading.cli.options import pair
from ai_trading.core.errors import ArgumentError

if TYPE_CHECKING:
    from rich.console import Console

    from ai_trading.market.inspect import Summary
    from ai_trading.market.source import EventStream

__all__ = ["app"]

_SYMBOLS_SHOWN = 25
_WIDTH = 110

app = typer.Typer(
    name="data",
    help="Look into files of market data, convert them, and write depth.",
    no_args_is_help=True,
)


class Rows(StrEnum):
    """Which rows `data depth` writes."""

    CHANGED = "changed"
    ALL = "all"


class Policy(StrEnum):
    """What happens to records that cannot be right."""

    RAISE = "raise"
    DROP = "drop"
    KEEP = "keep"


class Kind(StrEnum):
    """Which records to make of a file that can give several."""

    EVENTS = "events"
    QUOTES = "quotes"


File = Annotated[Path, typer.Argument(help="The file, plain or packed.")]
Symbols = Annotated[
    list[str] | None,
    typer.Option("--symbol", "-s", help="Only this symbol; may be repeated."),
]
Format = Annotated[
    str | None, typer.Option(help="Its format; told from its content by default.")
]
Day = Annotated[
    str | None,
    typer.Option(help="The day (YYYY-MM-DD), where neither file nor name tells it."),
]
Timezone = Annotated[
    str | None, typer.Option(help="Time zone of tables that do not state theirs.")
]
As = Annotated[
    Kind | None,
    typer.Option("--kind", help="Records to make, where there is a choice."),
]
Extra = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        metavar="NAME=VALUE",
        help="Anything else the reader takes, as in --option decimal=, or --option "
        "'columns={close=\"last\"}'. Repeatable.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Bad = Annotated[
    Policy, typer.Option(help="What happens to records that cannot be right.")
]


@app.command()
def inspect(  # noqa: PLR0917  one parameter for each option
    file: File,
    symbol: Symbols = None,
    format: Format = None,  # noqa: A002  the option's name
    date: Day = None,
    timezone: Timezone = None,
    kind: As = None,
    policy: Bad = Policy.KEEP,
    option: Extra = None,
    as_json: Json = False,  # noqa: FBT002  typer's signature
) -> None:
    """Say what is in FILE: symbols, counts, times, spreads, volumes, problems."""
    from ai_trading.market.inspect import summarise
    from ai_trading.market.sniff import examine

    with usage():
        stream = _open(file, symbol, format, date, timezone, kind, policy, option)
        sniffed = examine(file) if format is None else None
        summary = summarise(stream, sniffed)
    if as_json:
        typer.echo(json.dumps(summary.to_dict(), indent=2, allow_nan=False))
    else:
        _show(summary)
    if summary.error is not None:
        _console(stderr=True).print(f"[red]error:[/red] {_plain(summary.error)}")
        raise typer.Exit(1)


@app.command()
def convert(  # noqa: PLR0917  one parameter for each option
    file: File,
    out: Annotated[
        Path, typer.Argument(help="Ends in .parquet, .npz, .csv or .itch50 (.gz).")
    ],
    symbol: Symbols = None,
    format: Format = None,  # noqa: A002  the option's name
    date: Day = None,
    timezone: Timezone = None,
    kind: As = None,
    policy: Bad = Policy.RAISE,
    option: Extra = None,
    as_json: Json = False,  # noqa: FBT002  typer's signature
) -> None:
    """Write the records of FILE to OUT; OUT's name chooses the format."""
    from ai_trading.market.convert import convert as write

    with usage():
        stream = _open(file, symbol, format, date, timezone, kind, policy, option)
        count = write(stream, out)
    problems = [str(problem) for problem in stream.problems]
    if as_json:
        told = {"output": str(out), "records": count, "problems": problems}
        typer.echo(json.dumps({**told, "kind": stream.kind}, indent=2))
    else:
        _console().print(f"{count:,} {stream.kind} written to {_plain(str(out))}")
        _warn(problems)


@app.command()
def depth(  # noqa: PLR0917  one parameter for each option
    file: File,
    output: Annotated[Path, typer.Option(help="Folder for the two files.")],
    symbol: Annotated[
        str | None,
        typer.Option("--symbol", "-s", help="The symbol; optional if there is one."),
    ] = None,
    levels: Annotated[int, typer.Option(min=1, help="Levels per side.")] = 10,
    rows: Annotated[
        Rows,
        typer.Option(help="A row where the top changed, or one for every message."),
    ] = Rows.CHANGED,
    format: Format = None,  # noqa: A002  the option's name
    date: Day = None,
    policy: Bad = Policy.RAISE,
    option: Extra = None,
    as_json: Json = False,  # noqa: FBT002  typer's signature
) -> None:
    """Write LOBSTER-style message and order-book CSV files of one symbol of FILE."""
    from ai_trading.market.depth import write_depth

    with usage():
        stream = _open(file, None, format, date, None, None, policy, option)
        done = write_depth(
            stream, output, symbol=symbol, levels=levels, rows=rows.value
        )
    problems = [str(problem) for problem in stream.problems]
    if as_json:
        told = {
            "messages": str(done.messages),
            "orderbook": str(done.orderbook),
            "rows": done.rows,
            "problems": problems,
        }
        typer.echo(json.dumps(told, indent=2))
    else:
        console = _console()
        console.print(f"{done.rows:,} rows of {levels} levels written to")
        console.print(f"  {_plain(str(done.messages))}")
        console.print(f"  {_plain(str(done.orderbook))}")
        _warn(problems)


@contextmanager
def usage() -> Iterator[None]:
    """Let a wrong argument end as a wrong command line, not as bad data."""
    try:
        yield
    except ArgumentError as error:
        raise typer.BadParameter(str(error)) from error


def _open(  # noqa: PLR0917  what every command hands on
    file: Path,
    symbols: list[str] | None,
    form: str | None,
    date: str | None,
    timezone: str | None,
    kind: Kind | None,
    policy: Policy,
    extra: list[str] | None,
) -> EventStream:
    from ai_trading.market.reading import open_events

    options: dict[str, Any] = {"date": date, "timezone": timezone, "kind": kind}
    given = {name: value for name, value in options.items() if value is not None}
    shape = "NAME=VALUE, such as decimal=,"
    given |= dict(pair(text, option="--option", shape=shape) for text in extra or ())
    if "kind" in given:
        given["kind"] = str(given["kind"])
    return open_events(
        file, format=form, symbols=symbols or None, policy=policy.value, **given
    )


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = _WIDTH
    return console


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _warn(problems: list[str]) -> None:
    for problem in problems:
        _console(stderr=True).print(f"[yellow]note:[/yellow] {_plain(problem)}")


def _show(summary: Summary) -> None:
    from rich.table import Table

    from ai_trading.market.inspect import iso

    console = _console()
    packed = f", {summary.compression}" if summary.compression else ""
    console.print(f"[bold]{_plain(summary.source)}[/bold]")
    if summary.format:
        console.print(
            f"format   {summary.format}{packed} ({_plain(summary.reason or '')})"
        )
    console.print(f"records  {summary.records:,} {summary.kind}")
    console.print(
        f"time     {iso(summary.start_ns) or '-'} to {iso(summary.end_ns) or '-'}"
    )
    if summary.live_orders is not None:
        console.print(f"resting  {summary.live_orders:,} orders at the end")
    for title, counts in (("messages", summary.messages), ("events", summary.kinds)):
        if counts:
            table = Table(title=title, title_justify="left", box=None, pad_edge=False)
            table.add_column("type")
            table.add_column("count", justify="right")
            for name, count in counts.items():
                table.add_row(name, f"{count:,}")
            console.print()
            console.print(table)
    console.print()
    console.print(_symbol_table(summary))
    hidden = len(summary.symbols) - _SYMBOLS_SHOWN
    if hidden > 0:
        console.print(f"and {hidden:,} more symbols; --json lists all")
    console.print()
    if summary.problems:
        console.print("[bold]problems[/bold]")
        for problem in summary.problems:
            console.print(f"  [yellow]{_plain(str(problem))}[/yellow]")
    elif summary.error is None:
        console.print("no problems found")


def _symbol_table(summary: Summary) -> Any:
    from rich.table import Table

    table = Table(title="symbols", title_justify="left", box=None, pad_edge=False)
    table.add_column("symbol")
    for name in ("records", "trades", "volume (lots)", "low", "high", "mean spread"):
        table.add_column(name, justify="right")
    most = sorted(summary.symbols, key=lambda item: -item.records)[:_SYMBOLS_SHOWN]
    for item in most:
        prices = (item.low, item.high, item.spread_mean)
        table.add_row(
            _plain(item.symbol),
            f"{item.records:,}",
            *("-" if n is None else f"{n:,}" for n in (item.trades, item.volume)),
            *("-" if price is None else f"{price:,.6g}" for price in prices),
        )
    return table
