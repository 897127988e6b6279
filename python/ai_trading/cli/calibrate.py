"""``ai-trading calibrate``: parameters of models from recorded data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ai_trading.cli.options import AsJson, OneDay, OneSymbol

if TYPE_CHECKING:
    from ai_trading.backtest.impact_tape import TapeCalibration
    from ai_trading.execution.impact import Fit

__all__ = ["app"]

app = typer.Typer(
    name="calibrate",
    help="Find the parameters of models in recorded data.",
    no_args_is_help=True,
)


@app.callback()
def _group() -> None:
    """Keep `impact` a command of its own while it is the only one."""


@app.command("impact")
def impact(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="DATA", help="Events with trades: ITCH, LOBSTER, DBN mbo, depth."
        ),
    ],
    *,
    symbol: OneSymbol = None,
    day: OneDay = None,
    exponent: Annotated[
        float, typer.Option(help="Of a trade's size, fixed.", min=0.0, max=1.0)
    ] = 0.5,
    lags: Annotated[
        int, typer.Option(help="Trades back over which the decay is measured.", min=4)
    ] = 100,
    session: Annotated[
        float, typer.Option(help="Hours of trading a day.", min=0.1, max=24.0)
    ] = 6.5,
    as_json: AsJson = False,
) -> None:
    """Measure the impact of a market's trades, as terms of a configuration."""
    from ai_trading.backtest.impact_tape import calibrate_tape
    from ai_trading.cli.console import err, print_json
    from ai_trading.market import load

    options: dict[str, Any] = {} if day is None else {"date": day}
    with err().status(f"reading {path.name}") as status:
        data = load(path, **options)
        status.update("fitting")
        found = calibrate_tape(
            data, symbol=symbol, exponent=exponent, lags=lags, session=session * 3600
        )
    if as_json:
        print_json(found.to_dict())
        return
    _show(found)


def _show(found: TapeCalibration) -> None:
    from ai_trading.cli.console import out

    console = out()
    console.print(
        f"{found.symbol}: {found.trades:,} trades told apart by time and side, "
        f"{found.left_out:,} left out (no side, or no book before them)",
        markup=False,
    )
    console.print()
    console.print(_table("Propagator, time in trades, basis points", found.propagator))
    if found.obizhaeva_wang is not None:
        console.print()
        name = "Obizhaeva-Wang, time in seconds"
        console.print(_table(name, found.obizhaeva_wang))
    elif found.refused:
        console.print(f"Obizhaeva-Wang: {found.refused}", markup=False, soft_wrap=True)
    terms = found.impact
    console.print()
    console.print("For a configuration:\n", style="dim")
    for line in (
        "[impact]",
        f"daily_volume = {{ {found.symbol} = {_number(terms.daily_volume, 0)} }}",
        f"volatility = {{ {found.symbol} = {_number(terms.volatility, 6)} }}",
        f"coefficient = {terms.coefficient:.6g}",
        f"exponent = {terms.exponent:g}",
        'decay = "power"',
        f'timescale = "{terms.timescale}ns"',
        f"beta = {terms.beta:.6g}",
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for doubt in found.doubts:
        console.print()
        console.print(f"warning: {doubt}.", style="yellow", markup=False)


def _number(value: Any, digits: int) -> str:
    return f"{float(value):.{digits}f}"


def _table(name: str, fit: Fit[Any]) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(name)
    for head in ("Estimate", "Standard error", "95 % interval"):
        table.add_column(head, justify="right", no_wrap=True)
    for parameter, value in fit.estimates.items():
        low, high = fit.interval(parameter)
        table.add_row(
            parameter,
            f"{value:.4g}",
            f"{fit.standard_errors[parameter]:.2g}",
            f"{low:.4g} to {high:.4g}",
        )
    table.add_row("R squared", f"{fit.r_squared:.3f}", "", "")
    return table
