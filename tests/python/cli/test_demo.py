"""The demonstration: what it writes, that it repeats, and that little is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ai_trading.cli.main import main
from ai_trading.core.records import EventKind
from ai_trading.market import Format, load, sniff

SMALL = ["--events", "6000", "--symbols", "ACME,BOLT"]
# Everything that comes with an extra and not with the base install.
EXTRAS = "pandas pyarrow polars databento_dbn exchange_calendars psycopg matplotlib"


def run(folder, capsys, *more):
    assert main(["demo", "--output", str(folder), *SMALL, "--json", *more]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture(name="shown", scope="module")
def shown_fixture(tmp_path_factory):
    """What a person sees, and the folder it was written to."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    program = "from ai_trading.cli import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program, "demo", "--output", folder, *SMALL],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    return done, folder


def test_it_ends_by_saying_where_report_and_database_are(shown):
    done, folder = shown

    (report,) = folder.glob("demo-*.html")
    for file in (report, folder / "backtests.db"):
        assert file.stat().st_size > 10_000
        assert str(file) in done.stdout


def test_it_says_on_standard_error_what_it_is_doing(shown):
    done, _ = shown

    assert [line.split()[0] for line in done.stderr.splitlines()] == [
        "Making",
        "Reading",
        "Replaying",
    ]


def test_the_day_is_a_true_itch_file_of_orders_trades_and_a_session(shown):
    _, folder = shown
    (file,) = folder.glob("*.itch50.gz")

    assert sniff(file) is Format.ITCH
    day = load(file)
    kinds = {int(kind) for kind in np.unique(day.records["kind"])}
    assert {EventKind.ADD, EventKind.EXECUTE, EventKind.STATUS} <= kinds
    assert day.symbols == ("ACME", "BOLT")
    assert 3_000 < len(day) < 12_000


def test_both_strategies_trade(tmp_path, capsys):
    answer = run(tmp_path, capsys)

    assert answer["status"] == "complete"
    assert answer["statistics"]["orders"]["fills"] > 0
    assert not [f for f in answer["findings"] if f["code"] in {"no-fills", "no-orders"}]


def test_a_seed_gives_the_same_state_again_and_another_seed_another(tmp_path, capsys):
    first, again, other = (
        run(tmp_path / name, capsys, "--seed", seed)
        for name, seed in (("a", "5"), ("b", "5"), ("c", "6"))
    )

    assert first["state_hash"] == again["state_hash"] != other["state_hash"]


def test_the_configuration_beside_it_runs_the_same_again(tmp_path, capsys):
    shown = run(tmp_path, capsys)

    assert main(["backtest", str(tmp_path / "demo.toml"), "--no-store", "--json"]) == 0

    again = json.loads(capsys.readouterr().out)
    assert again["state_hash"] == shown["state_hash"]
    assert Path(again["report"]).parent == tmp_path


@pytest.mark.parametrize("symbols", ["", "ACME", "ACME,,BOLT", "A," + "X" * 9])
def test_symbols_that_cannot_be_are_a_wrong_command_line(symbols, tmp_path, capsys):
    folder = tmp_path / "out"

    assert main(["demo", "--output", str(folder), "--symbols", symbols]) == 2
    assert "symbols" in capsys.readouterr().err
    assert not folder.exists()


def test_the_base_install_is_enough(tmp_path):
    program = f"""
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS.split()!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
from ai_trading.cli.main import main
sys.exit(main(["demo", "--output", {str(tmp_path)!r}, *{SMALL!r}]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
