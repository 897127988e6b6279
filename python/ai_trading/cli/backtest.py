"""``ai-trading backtest``: run a configuration, show it, report it, store it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ai_trading.cli.options import AsJson, pair
from ai_trading.core.errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy import URL

    from ai_trading.backtest.config import BacktestConfig
    from ai_trading.backtest.result import BacktestResult
    from ai_trading.backtest.statistics import Statistics
    from ai_trading.execution.tca import CostReport

__all__ = ["backtest", "finish"]


def backtest(
    config: Annotated[
        Path | None,
        typer.Argument(help="What to run, a TOML file.", show_default=False),
    ] = None,
    *,
    template: Annotated[
        bool, typer.Option("--template", help="Print a commented configuration.")
    ] = False,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change a value of the file, as in --set run.seed=3. Repeatable.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of every random draw.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder of the results."),
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="Database: a URL, or a SQLite file.")
    ] = None,
    store: Annotated[
        bool, typer.Option("--store/--no-store", help="Store the run in the database.")
    ] = True,
    report: Annotated[
        bool, typer.Option("--report/--no-report", help="Write the HTML report.")
    ] = True,
    as_json: AsJson = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress bar.")
    ] = False,
) -> None:
    """Run a backtest, print its summary, write its report and store it."""
    if template:
        from ai_trading.backtest.config import template as text

        typer.echo(text(), nl=False)
        return
    if config is None:
        msg = "name a configuration file, or print one with --template"
        raise typer.BadParameter(msg, param_hint="CONFIG")

    from ai_trading.backtest.assemble import run_backtest
    from ai_trading.backtest.config import load_config
    from ai_trading.cli.console import ProgressBar

    changes = [_change(text) for text in change or []]
    if seed is not None:
        changes.append(("run.seed", seed))
    # Paths on the command line are relative to where it is typed, not to the file.
    if output is not None:
        changes.append(("run.output", str(output.absolute())))
    if database is not None:
        changes.append(("run.database", _address(database)))
    if not store:
        changes.append(("run.store", False))
    if not report:
        changes.append(("report.write", False))
    loaded = load_config(config, changes=changes)
    _make_folders(loaded)
    with ProgressBar(loaded.name, shown=not quiet) as bar:
        result = run_backtest(loaded, progress=bar.advance)
    finish(result, loaded, as_json=as_json)
    if result.partial:
        raise typer.Exit(130)


def finish(
    result: BacktestResult, config: BacktestConfig, *, as_json: bool = False
) -> None:
    """Write the report, store the run, and print what came of it.

    A report or a store that fails does not take the other and the summary with it: both
    are there before its error is raised.
    """
    from ai_trading.backtest.report import write_report
    from ai_trading.backtest.statistics import summarize
    from ai_trading.cli.console import print_json, show_run

    known = summarize(result)
    places: dict[str, str] = {}
    failure: Exception | None = None
    if config.report.write:
        result, costs = _parent_costs(result, config)
        target = _report_path(result, config)
        try:
            written = write_report(result, target, statistics=known, costs=costs)
            places["Report"] = str(written)
        except ConfigError as error:
            failure = error
    if config.run.store:
        try:
            places["Database"] = _store(result, config)
        except Exception as error:  # noqa: BLE001  raised again below
            if failure is not None:
                error.add_note(str(failure))
            failure = error
    if failure is None and as_json:
        print_json(_as_json(result, known, places))
    elif not as_json:
        show_run(result, known, places)
    if failure is not None:
        raise failure


def _parent_costs(
    result: BacktestResult, config: BacktestConfig
) -> tuple[BacktestResult, CostReport | None]:
    """Analyse the parents of a run, against its data read once more.

    Where that cannot be done the run's findings say why.
    """
    if not len(result.parents):
        return result, None
    from dataclasses import replace

    from ai_trading.backtest.assemble import read_data
    from ai_trading.backtest.result import Finding
    from ai_trading.core.errors import DataError
    from ai_trading.execution.tca import analyze_run
    from ai_trading.market.source import MarketData, merge

    sources = read_data(config)
    whole = [s if isinstance(s, MarketData) else s.read() for s in sources]
    try:
        return result, analyze_run(
            result, whole[0] if len(whole) == 1 else merge(whole)
        )
    except DataError as error:
        finding = Finding(
            "info",
            "no-parent-costs",
            f"What the parent orders cost could not be told: {error}.",
            "Call ai_trading.execution.tca.analyze_run with data that covers them.",
        )
        return replace(result, findings=(*result.findings, finding)), None


def _make_folders(config: BacktestConfig) -> None:
    """Make the folder of the report now: a run is too dear to find out after it."""
    if not config.report.write:
        return
    named = config.report.file
    folder = config.path(config.run.output if named is None else named)
    folder = folder if named is None else folder.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        key = "run.output" if named is None else "report.file"
        msg = (
            f"{key}: cannot make the folder {folder}: {error.strerror or error}; name "
            "another (--output on the command line), or pass --no-report"
        )
        raise ConfigError(msg) from error


def _change(text: str) -> tuple[str, Any]:
    return pair(text, option="--set", shape="KEY=VALUE, such as run.seed=3")


def _address(text: str) -> str:
    return text if "://" in text else str(Path(text).absolute())


def _report_path(result: BacktestResult, config: BacktestConfig) -> Path:
    if config.report.file is not None:
        return config.path(config.report.file)
    name = re.sub(r"[^\w.-]+", "-", result.name).strip("-.") or "backtest"
    return config.path(config.run.output) / f"{name}-{result.run_id[:8]}.html"


def _store(result: BacktestResult, config: BacktestConfig) -> str:
    from ai_trading.database import DatabaseManager
    from ai_trading.database.runs import store_run

    manager = DatabaseManager(_database_url(config))
    try:
        manager.initialize()
        # The same inputs give the same id: the last run of them is the one meant.
        store_run(manager, result, replace=True)
        info = manager.get_connection_info()
        return str(info["database"] if info["dialect"] == "sqlite" else info["url"])
    finally:
        manager.disconnect()


def _database_url(config: BacktestConfig) -> URL | str | None:
    """The configured database, that of the settings, or a file beside the reports."""
    from sqlalchemy import URL

    from ai_trading.core.settings import get_settings

    named = config.run.database
    if named is None:
        if get_settings().database.url is not None:
            return None
        named = str(config.path(config.run.output) / "backtests.db")
    if "://" in named:
        return named
    file = config.path(named).absolute()
    file.parent.mkdir(parents=True, exist_ok=True)
    return URL.create("sqlite", database=str(file))


def _as_json(
    result: BacktestResult, known: Statistics, places: dict[str, str]
) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "status": "partial" if result.partial else "complete",
        "run_id": result.run_id,
        "name": result.name,
        "kind": result.kind,
        "seed": result.seed,
        "state_hash": result.state_hash,
        "start_ns": result.start_ns,
        "end_ns": result.end_ns,
        "events": result.events,
        "wall_seconds": result.wall_seconds,
        "statistics": known.to_dict(),
        "findings": [asdict(finding) for finding in result.findings],
        "transitions": [
            {**row._asdict(), "before": row.before.name, "after": row.after.name}
            for row in result.transitions
        ],
        "report": places.get("Report"),
        "database": places.get("Database"),
    }
