"""``ai-trading``: the commands, and how each of them ends.

Exit codes: 0 done, 1 the run, its data or its configuration failed, 2 the command line
was wrong, 130 interrupted (what a run had until then is written).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ai_trading import __version__
from ai_trading.cli import backtest, calibrate, data, demo, execute, validate

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "main"]

_FAILED, _WRONG_USE, _INTERRUPTED = 1, 2, 130
# Newer Typers carry a Click of their own, older ones use the package; this is the
# UsageError of whichever it is.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]

app = typer.Typer(
    name="ai-trading",
    help="A trading desk in C++, a venue simulator under it, and Python around it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("backtest")(backtest.backtest)
app.command("execute")(execute.execute)
app.add_typer(data.app, name="data")
app.add_typer(validate.app, name="validate")
app.add_typer(calibrate.app, name="calibrate")


def _version(wanted: bool) -> None:  # noqa: FBT001  typer's signature
    if wanted:
        typer.echo(f"ai-trading {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version."
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks; may stand anywhere.")
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    if debug:
        words = ["--debug", *(word for word in words if word != "--debug")]
    try:
        command = typer.main.get_command(app)
        code = command.main(words, prog_name="ai-trading", standalone_mode=False)
    except typer.Exit as stop:
        code = stop.exit_code  # Typer also makes one of an interruption
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody to tell.
        sys.stderr.close()
        return _FAILED
    except _UsageError as error:
        error.show()  # type: ignore[attr-defined]
        return _WRONG_USE
    except Exception as error:
        if debug:
            raise
        from ai_trading.cli.console import show_error

        show_error(error, as_json="--json" in words)
        return _FAILED
    if code == _INTERRUPTED:
        sys.stderr.write("interrupted\n")
    return code if isinstance(code, int) else 0
