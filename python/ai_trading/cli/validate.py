"""``ai-trading validate``: measure the simulation against what really happened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ai_trading.cli.options import AsJson, OneDay, OneSymbol

if TYPE_CHECKING:
    from ai_trading.backtest.fill_truth import FillTruth

__all__ = ["app"]

app = typer.Typer(
    name="validate",
    help="Measure the simulation against what really happened.",
    no_args_is_help=True,
)


@app.callback()
def _group() -> None:
    """Keep `fills` a command of its own while it is the only one."""


@app.command("fills")
def fills(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA...", help="Order-by-order files: ITCH, LOBSTER, DBN mbo."
        ),
    ],
    *,
    symbol: OneSymbol = None,
    day: OneDay = None,
    sample: Annotated[
        int | None,
        typer.Option(help="So many orders, drawn at random; all by default.", min=1),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draw.", min=0)] = 0,
    patience: Annotated[
        str,
        typer.Option(help="How long ours stands on after the real one was filled."),
    ] = "60s",
    bars: Annotated[
        list[str] | None,
        typer.Option(help="Width of bars to measure; repeatable. 1s and 1min."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the HTML page here."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Leave real orders out, put ours in their place, compare what became of both."""
    from ai_trading.backtest.fill_truth import fill_models, measure_fills
    from ai_trading.cli.console import err, print_json
    from ai_trading.market import load

    stands = _duration("--patience", patience, least=0)
    widths = [_duration("--bars", text, least=1) for text in bars or ["1s", "1min"]]
    options: dict[str, Any] = {} if day is None else {"date": day}
    if output is not None:
        _make_folder(output)
    truths = []
    console = err()
    for file in files:
        with console.status(f"reading {file.name}") as status:
            data = load(file, **options)
            truths.append(
                measure_fills(
                    data,
                    symbol=symbol,
                    models=fill_models(widths),
                    sample=sample,
                    seed=seed,
                    patience=stands,
                    progress=lambda name: status.update(f"measured {name}"),
                )
            )
    page = None
    if output is not None:
        from ai_trading.backtest.fill_truth_page import write_fill_truth

        page = write_fill_truth(truths, output)
    if as_json:
        values = {"tapes": [truth.to_dict() for truth in truths]}
        print_json(values | {"page": None if page is None else str(page)})
        return
    for truth in truths:
        _show(truth)
    if page is not None:
        console.print(f"page: {page}", soft_wrap=True)


def _duration(option: str, text: str, *, least: int) -> int:
    from ai_trading.backtest.sections import duration as read

    try:
        value = read(int(text) if text.isdigit() else text)
    except ValueError as error:
        msg = f"{error}; received {text!r}"
        raise typer.BadParameter(msg, param_hint=option) from None
    if not isinstance(value, int) or value < least:
        msg = f"must be {least} nanoseconds or more; received {text!r}"
        raise typer.BadParameter(msg, param_hint=option)
    return value


def _make_folder(page: Path) -> None:
    """Make the page's folder now: the experiment is too long to find out after it."""
    folder = page.expanduser().absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = (
            f"cannot make the folder {folder}: {error.strerror or error}; name another"
        )
        raise typer.BadParameter(msg, param_hint="--output") from error
    if page.is_dir():
        msg = f"must be a file, {page} is a folder; name one in it, as in fills.html"
        raise typer.BadParameter(msg, param_hint="--output")


def _show(truth: FillTruth) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from ai_trading.backtest.fill_truth_page import ahead_of, score_cells, share
    from ai_trading.cli.console import out

    console = out()
    console.print()
    console.print(Text(f"Fill truth: {truth.symbol}", style="bold"))
    drawn = f", a sample with seed {truth.seed}" if truth.sample else ""
    console.print(
        f"{truth.scored:,} orders run{drawn}, {truth.filled:,} really traded; "
        f"{100 * truth.censored:.1f} % of {truth.arrivals:,} leave the view and are "
        "not scored",
        style="dim",
        markup=False,
    )
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Model", no_wrap=True)
    for name in (
        "Same fate",
        "Recall",
        f"+{truth.patience_ns / 1e9:g} s",
        "Precision",
        "Common",
        "Bias",
        "Timing",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    best = truth.best_level_model.name
    for score in truth.scores:
        style = "bold" if score.name == best else "dim" if score.plain else ""
        table.add_row(Text(score.name, style=style), *score_cells(score))
    console.print(table)
    console.print(
        "Recall: of the orders that really filled, those that ours did by then. "
        "Precision: of ours that filled, those that really did. Common: the quantity "
        "that both filled. Timing: between the first fills, median.",
        style="dim",
    )
    console.print()
    curve = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    curve.add_column("Ahead on arrival")
    for name in ("Orders", "Really filled", "Order by order", best):
        curve.add_column(name, justify="right")
    exact = truth.scores[0].calibration
    for row, level in zip(exact, truth.best_level_model.calibration, strict=True):
        curve.add_row(
            ahead_of(low=row.low, high=row.high),
            f"{row.orders:,}",
            share(row.real),
            share(row.ours),
            share(level.ours),
        )
    console.print(curve)
