"""``ai-trading demo``: a made-up day, written, read back, traded, reported and stored.

The day becomes a true ITCH 5.0 file and the run a configuration beside it, so that all
that follows is what `ai-trading backtest` does with anybody's data.

Progress goes to standard error, results to standard output.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Annotated

import typer

from ai_trading.cli.options import AsJson

if TYPE_CHECKING:
    from ai_trading.market.source import EventStream

__all__ = ["demo"]

_DAY = "2026-01-15"
_SYMBOL = re.compile(r"[A-Z][A-Z.]{0,7}")
_MOST_SYMBOLS = 50

_CONFIG = """\
# What `ai-trading demo` ran. Run it again with: ai-trading backtest demo.toml

[run]
name = "demo"
seed = {seed}
cash = 1_000_000
output = "."

# A made-up day, in the format in which NASDAQ publishes a real one.
[[data]]
path = "{file}"

# Buys in equal slices: each waits at the bid, what is left is bought at the offer.
[[strategy]]
class = "ai_trading.strategies.library:TwapBuyer"
name = "twap"
params = {{ symbol = "{first}", quantity = 3_000, minutes = 300, slices = 60 }}

# Quotes both sides of the others and goes home flat. The account is shared, and it
# sells whatever it finds there: so it leaves the buyer's symbol alone.
[[strategy]]
class = "ai_trading.strategies.library:MarketMaker"
name = "maker"
params = {{ symbols = {others}, size = 100, max_position = 500 }}

[latency]
feed = "20us"
entry = "50us"
response = "50us"

# Per share; negative is a rebate for resting orders.
[fees]
maker_per_share = -0.0020
taker_per_share = 0.0030

[limits]
max_position = 5_000
max_order_notional = 250_000
"""


def demo(
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of everything it writes.")
    ] = Path("out/demo"),
    seed: Annotated[
        int, typer.Option(min=0, help="Another seed makes another day.")
    ] = 1,
    symbols: Annotated[
        str,
        typer.Option(help="Two or more: the first is bought, the others are quoted."),
    ] = "AAPL,MSFT,NVDA",
    events: Annotated[
        int, typer.Option(min=1_000, help="About so many market events in all.")
    ] = 300_000,
    as_json: AsJson = False,
) -> None:
    """Make a day of order flow up, trade it, report it and store it."""
    from ai_trading.backtest.assemble import run_backtest
    from ai_trading.backtest.config import load_config
    from ai_trading.cli.backtest import finish
    from ai_trading.cli.console import ProgressBar
    from ai_trading.market.reading import open_events
    from ai_trading.market.synthetic import write_itch

    names = _symbols(symbols)
    output.mkdir(parents=True, exist_ok=True)
    day = output / f"{_DAY}-seed{seed}.itch50.gz"
    with _step(f"Making up a day of order flow in {', '.join(names)}") as told:
        write_itch(day, names, seed=seed, events=events)
        told.append(f"{day.stat().st_size / 1e6:,.1f} MB of ITCH 5.0")
    with _step("Reading the file back") as told:
        count = _count(open_events(day))
        told.append(f"{count:,} messages")

    file = output / "demo.toml"
    text = _CONFIG.format(
        seed=seed, file=day.name, first=names[0], others=json.dumps(names[1:])
    )
    file.write_text(text, "utf-8")
    config = load_config(file)
    with (
        _step("Replaying it with a TWAP buyer and a market maker") as told,
        ProgressBar(config.name) as bar,
    ):
        result = run_backtest(
            config, progress=lambda done, _, now: bar.advance(done, count, now)
        )
        told.append(f"{result.events / max(result.wall_seconds, 1e-9):,.0f} events/s")
    finish(result, config, as_json=as_json)
    if not as_json:
        _say_more(day, file)
    if result.partial:
        raise typer.Exit(130)


def _symbols(text: str) -> list[str]:
    names = list(dict.fromkeys(part.strip().upper() for part in text.split(",")))
    if not 2 <= len(names) <= _MOST_SYMBOLS or not all(map(_SYMBOL.fullmatch, names)):
        msg = (
            f"must be 2 to {_MOST_SYMBOLS} names of up to eight letters with commas "
            f"between, such as AAPL,MSFT; received {text!r}"
        )
        raise typer.BadParameter(msg, param_hint="--symbols")
    return names


def _count(stream: EventStream) -> int:
    return sum(len(chunk) for chunk in stream)


@contextmanager
def _step(what: str) -> Iterator[list[str]]:
    """Say what is done, and when it is, how long it took and what it told."""
    from ai_trading.cli.console import err

    began = time.perf_counter()
    told: list[str] = []
    yield told
    seconds = time.perf_counter() - began
    err().print(f"{what}: {', '.join([*told, f'{seconds:.1f} s'])}", markup=False)


def _say_more(day: Path, config: Path) -> None:
    from ai_trading.cli.console import out

    console = out()
    program = _program()
    console.print()
    console.print("Next, change what it does, or look into the file it traded:")
    for words in (
        f"backtest {config} --set strategy.1.params.max_position=2000",
        f"data inspect {day}",
    ):
        console.print(f"  {program} {words}", markup=False, soft_wrap=True)


def _program() -> str:
    """How this shell finds the command: by its name, or where it was started from."""
    started = Path(sys.argv[0])
    if started.name == "ai-trading" and which("ai-trading") is None:
        return str(started)
    return "ai-trading"
