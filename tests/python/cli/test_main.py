"""The command line as a whole: help, versions, exit codes, errors."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ai_trading import __version__
from ai_trading.cli import run
from ai_trading.cli.main import main
from ai_trading.core.errors import DataError


def test_the_version_is_printed(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ai-trading {__version__}\n"


def test_help_names_the_commands(capsys):
    assert main(["--help"]) == 0
    assert "backtest" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["bakctest"],
        ["backtest", "--sed", "3"],
        ["backtest"],
        ["backtest", "--seed", "x"],
    ],
)
def test_wrong_use_ends_with_two_and_nothing_on_standard_output(arguments, capsys):
    assert main(arguments) == 2

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Usage" in shown.err


def test_an_error_is_a_panel_without_a_traceback(tmp_path, capsys):
    assert main(["backtest", str(tmp_path / "none.toml")]) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Configuration" in shown.err
    assert "Traceback" not in shown.err


def test_an_error_with_json_is_an_object_on_standard_output(tmp_path, capsys):
    assert main(["backtest", str(tmp_path / "none.toml"), "--json"]) == 1

    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "error"
    assert answer["error"]["type"] == "ConfigError"
    assert "none.toml" in answer["error"]["message"]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_debug_shows_where_it_happened_wherever_it_stands(tmp_path, place):
    arguments = ["backtest", str(tmp_path / "none.toml")]
    arguments.insert(place, "--debug")

    with pytest.raises(Exception, match="cannot read the configuration"):
        main(arguments)


def test_brackets_in_a_message_are_not_taken_for_markup(monkeypatch, capsys):
    def fail(*_, **__):
        raise DataError("row 3: [bold]x[/nonsense]")

    monkeypatch.setattr("ai_trading.backtest.config.load_config", fail)

    assert main(["backtest", "x.toml"]) == 1
    assert "[bold]x[/nonsense]" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["typer", "ai_trading.cli.execute"])
def test_an_interruption_while_modules_load_is_one_line_and_130(module):
    code = (
        "import sys\n"
        "class Stop:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {module!r}:\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop())\n"
        "from ai_trading.cli import run\n"
        "run()\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_an_interruption_ends_with_130(monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("ai_trading.backtest.config.load_config", stop)

    assert main(["backtest", "x.toml"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_a_bug_is_an_error_with_advice(monkeypatch, capsys):
    def fail(*_, **__):
        raise RuntimeError("boom")

    monkeypatch.setattr("ai_trading.backtest.config.load_config", fail)

    assert main(["backtest", "x.toml"]) == 1
    shown = capsys.readouterr().err
    assert "RuntimeError: boom" in shown
    assert "--debug" in shown


def test_an_error_in_a_users_strategy_names_its_line(tmp_path, capsys):
    (tmp_path / "bars.csv").write_text(
        "time,open,high,low,close,volume\n2026-03-09T13:30:00Z,1,1,1,1,10\n", "utf-8"
    )
    (tmp_path / "mine.py").write_text(
        "from ai_trading import Strategy\n\n\nclass Mine(Strategy):\n"
        "    def on_start(self):\n        1 / 0\n",
        "utf-8",
    )
    config = tmp_path / "run.toml"
    config.write_text(
        '[[data]]\npath = "bars.csv"\n[[strategy]]\nclass = "mine.py:Mine"\n', "utf-8"
    )

    assert main(["backtest", str(config), "--no-store", "--no-report"]) == 1

    told = "".join(capsys.readouterr().err.replace("│", "").split())
    assert "ZeroDivisionError" in told
    assert "mine.py,line6,on_start" in told


def test_run_leaves_the_process_with_the_code(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["ai-trading", "--version"])

    with pytest.raises(SystemExit) as left:
        run()

    assert left.value.code == 0


def test_help_loads_nothing_heavy():
    script = (
        "import sys; from ai_trading.cli.main import main; main(['--help']);"
        "heavy = {'numpy', 'plotly', 'pandas', 'sqlalchemy', 'pydantic', 'pyarrow',"
        " 'polars'} & set(sys.modules); sys.exit(repr(heavy) if heavy else 0)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
