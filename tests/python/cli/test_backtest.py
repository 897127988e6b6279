"""`ai-trading backtest` around a run that is invented: files, tables, JSON, codes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from ai_trading.cli.main import main
from ai_trading.core.errors import ConfigError, DatabaseError
from ai_trading.database import DatabaseManager
from ai_trading.database.runs import load_run


@pytest.fixture(name="run")
def run_fixture(invented, monkeypatch, tmp_path):
    """Run the command with an invented result; return its code."""
    file = tmp_path / "run.toml"
    file.write_text(
        '[run]\nname = "a / b"\n[data]\npath = "x"\n[[strategy]]\nclass = "a:B"\n',
        "utf-8",
    )
    seen = []

    def invent(config, *, progress=None, **changes):
        seen.append(config)
        progress(500, 1_000, 1_767_709_800 * 10**9)
        progress(1_000, 1_000, 1_767_709_900 * 10**9)
        return invented.random_result(per_day=40, name=config.name, **changes)

    def run(*arguments, **changes):
        monkeypatch.setattr(
            "ai_trading.backtest.assemble.run_backtest",
            lambda config, *, progress: invent(config, progress=progress, **changes),
        )
        return main(["backtest", str(file), *arguments])

    run.configs = seen
    return run


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def test_a_run_is_shown_reported_and_stored(run, tmp_path, capsys):
    assert run() == 0

    results = tmp_path / "results"
    shown = capsys.readouterr().out
    report = only(results, "*.html")
    assert report.name == "a-b-01234567.html"
    assert "a / b" in report.read_text("utf-8")
    assert "Profit after fees" in shown
    assert str(report) in shown.replace("\n", "")
    assert str(results / "backtests.db") in shown.replace("\n", "")
    with DatabaseManager(f"sqlite:///{results / 'backtests.db'}") as manager:
        stored = load_run(manager, "0123456789abcdef")
    assert stored.name == "a / b"


def test_json_is_the_only_thing_on_standard_output(run, capsys):
    assert run("--json") == 0

    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "complete"
    assert answer["run_id"] == "0123456789abcdef"
    assert answer["statistics"]["orders"]["fills"] > 0
    assert Path(answer["report"]).is_file()
    assert Path(answer["database"]).is_file()


def test_an_interrupted_run_is_written_and_ends_with_130(run, tmp_path, capsys):
    assert run(partial=True) == 130

    assert "partial" in capsys.readouterr().out
    assert "partial: interrupted" in only(tmp_path, "results/*.html").read_text("utf-8")


def test_an_interrupted_run_says_so_in_json(run, capsys):
    assert run("--json", partial=True) == 130
    assert json.loads(capsys.readouterr().out)["status"] == "partial"


def test_nothing_is_written_that_was_not_wanted(run, tmp_path, capsys):
    assert run("--no-store", "--no-report", "--json") == 0

    answer = json.loads(capsys.readouterr().out)
    assert (answer["report"], answer["database"]) == (None, None)
    assert [path.name for path in tmp_path.iterdir()] == ["run.toml"]


def test_places_on_the_command_line_are_relative_to_the_caller(
    run, tmp_path, monkeypatch
):
    caller = tmp_path / "caller"
    caller.mkdir()
    monkeypatch.chdir(caller)

    assert run("-o", "out", "--database", "runs.db") == 0

    assert only(caller, "out/*.html")
    assert (caller / "runs.db").is_file()


def test_values_of_the_file_are_changed_for_one_run(run):
    assert run("--no-store", "--no-report", "--seed", "9", "--set", "run.cash=5") == 0
    assert run("--no-store", "--no-report", "--set", "run.currency=EUR") == 0

    first, second = run.configs
    assert (first.run.seed, first.run.cash) == (9, 5)
    assert second.run.currency == "EUR"


def test_a_store_that_fails_leaves_report_and_summary(
    run, tmp_path, capsys, monkeypatch
):
    def fail(*_, **__):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr("ai_trading.database.runs.store_run", fail)

    assert run() == 1

    shown = capsys.readouterr()
    assert "Profit after fees" in shown.out
    assert "the disk is full" in shown.err
    assert only(tmp_path, "results/*.html")


def test_a_report_that_cannot_be_written_leaves_store_and_summary(
    run, tmp_path, capsys, monkeypatch
):
    def full(*_, **__):
        msg = "cannot write the report: No space left on device"
        raise ConfigError(msg)

    monkeypatch.setattr("ai_trading.backtest.report.write_report", full)

    assert run() == 1

    shown = capsys.readouterr()
    assert "Profit after fees" in shown.out
    assert "backtests.db" in shown.out
    assert "No space left" in shown.err


def test_a_folder_that_cannot_be_is_told_before_the_run(run, tmp_path, capsys):
    (tmp_path / "taken").write_text("", "utf-8")

    assert run("--output", str(tmp_path / "taken")) == 1

    assert run.configs == []
    assert "run.output: cannot make the folder" in capsys.readouterr().err


def test_running_again_replaces_what_was_stored(run):
    assert run() == 0
    assert run(state_hash="0000000000000001") == 0


def test_the_template_is_toml(capsys):
    assert main(["backtest", "--template"]) == 0
    assert set(tomllib.loads(capsys.readouterr().out)) >= {"run", "data", "strategy"}
