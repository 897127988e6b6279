"""The benchmarks run, on sizes that take no time; nothing is timed here."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [str(ROOT / "benchmarks"), str(ROOT / "benchmarks" / "python")]


def module(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for folder in FOLDERS:
        monkeypatch.syspath_prepend(folder)
    return import_module(name)


def test_backtests_are_measured_and_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flows = module("flows", monkeypatch)
    bench = module("bench_backtest", monkeypatch)
    monkeypatch.setattr(flows, "DATA", tmp_path)
    monkeypatch.setattr(bench, "PEERS", tmp_path / "none")
    monkeypatch.delenv("AI_TRADING_PEER_PYTHON", raising=False)

    sizes = ["--events", "1000", "--bars", "600", "--runs", "1", "--depths", "2"]
    assert bench.main([*sizes, "--json"]) == 0

    text = capsys.readouterr().out
    rows = [json.loads(line) for line in text.splitlines()]
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    assert len(list(import_module("benchmark_table").backtests(text))) == len(rows)
    backtests = [row for row in rows if "strategy" in row]
    assert len(backtests) == 3 + 1 + 3
    assert all(row["ours"] > 0 for row in backtests)
    fills = [row["fills"] for row in rows if "fills" in row]
    assert fills == sorted(fills)
    assert fills[-1] > 50
    assert bench.main(sizes) == 0
    assert "one action per 100" in capsys.readouterr().out


@pytest.mark.parametrize("per_level", [2, 20])
def test_the_flow_keeps_its_queues_and_no_book_refuses_it(
    per_level: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    flows = module("flows", monkeypatch)
    records = import_module("ai_trading.core.records")
    books = import_module("ai_trading._core.book")

    events = flows.order_flow(5_000, per_level)

    assert flows.EVENT == records.EVENT
    book = books.Books(1)
    codes = book.apply(events)
    assert not np.any(codes)
    assert book.order_count == pytest.approx(2 * flows.LEVELS * per_level, rel=0.1)


def test_growth_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = module("itch_book", monkeypatch)
    rows = [("live orders", 10**n, 20.0 + n) for n in range(3, 7)]
    beside = [{"ours": 40.0, "yardstick": 30.0 + n} for n in range(len(bench.SYMBOLS))]
    bench.plot([*rows, ("instruments", 1, 30.0)], beside, tmp_path / "plot.svg")
    text = (tmp_path / "plot.svg").read_text()
    assert text.count("<polyline") == 4
    assert "ns per event by live orders" in text


def test_books_from_a_file_do_not_depend_on_how_it_is_read() -> None:
    program = ROOT / "build" / "bench" / "benchmarks" / "cpp" / "bench_itch_book"
    data = ROOT.parent / "shared" / "data" / "itch" / "AAPL_20200130_first10k.itch50"
    if not program.exists() or not data.exists():
        pytest.skip("needs `make bench` once, and ../shared/data")
    hashes = set()
    for options in (
        ["--source", "map"],
        ["--source", "read", "--ring", "100"],
        ["--source", "memory", "--repeat", "2"],
    ):
        text = subprocess.check_output([program, data, *options], text=True)
        hashes.add(text.split("statehash ")[1])
    assert len(hashes) == 1


def test_the_runner_knows_what_the_package_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    runner = import_module("run_benchmarks")
    needed = runner._needed("pytest")
    assert {"iniconfig", "pluggy"} <= needed
    assert runner._disk("pytest") > 0
    assert sys.version_info >= (3, 11)


def test_growth_portfolios_are_measured_with_their_gap(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = module("bench_kelly", monkeypatch)

    sizes = ["--assets", "6", "--scenarios", "120", "--runs", "1", "--gross", "1"]
    assert bench.main([*sizes, "--slow", "--json"]) == 0

    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["solver"] for row in rows} == {"ours", "SLSQP", "Clarabel"}
    assert all(row["gap"] <= 1e-9 for row in rows if row["solver"] == "ours")
    assert bench.main(sizes) == 0
    assert "shorts" in capsys.readouterr().out


def test_orders_are_measured_and_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = module("bench_orders", monkeypatch)

    assert bench.main(["--orders", "20", "--rounds", "1", "--json"]) == 0

    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["goal"] for row in rows] == [5.0, 5.0, 2.0, 1.0]
    assert all(row["us"] > 0 for row in rows)


def test_every_benchmark_becomes_rows_of_one_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    table = import_module("benchmark_table")
    engine = "\n".join(
        (
            f"{'matching engine, ns/command':40}   least   median  x plain       goal",
            f"{'crash':40}    38.4     43.8                  45",
            f"{'crash, special':40}    74.8     77.4     1.73        1.5",
            f"{'crash, floor':40}     6.1      6.9",
            f"{'one command with a clock around it, ns':40}     p50      p99",
            f"{'crash, special':40}      70      801     1202   24510342",
        )
    )
    peers = "\n".join(
        json.dumps(row)
        for row in (
            {"what": "ours, batched", "ours": True, "ns": 70.0},
            {"what": "one", "ours": False, "goal": 10, "ns": 1400.0, "volume": "same"},
            {"what": "two", "ours": False, "goal": 10, "skipped": "not installed"},
        )
    )

    text = table.table(
        [("engine", list(table.matching(engine))), ("peers", list(table.peers(peers)))]
    )

    lines = text.splitlines()
    assert len(lines) == 1 + 5 + 4
    assert "1.73 times the plain flow, goal 1.5" in lines[3]
    assert "p99 801, p99.9 1,202" in lines[5]
    assert "20.0x  same trades" in lines[8]
    assert lines[9].endswith("not installed")


def test_what_no_interpreter_has_is_said_and_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = module("bench_matching_peers", monkeypatch)
    monkeypatch.setattr(bench, "DATA", tmp_path)
    monkeypatch.setattr(bench, "RESTING", 50)
    monkeypatch.setenv("AI_TRADING_PEER_PYTHON", str(tmp_path / "none"))

    assert bench.main(["--commands", "200", "--rounds", "1"]) == 0

    printed = capsys.readouterr().out
    assert "ours, batched" in printed
    assert "fastlob" in printed
    assert "not installed" in printed
    assert "build/peers/bin/pip install nanobook" in " ".join(printed.split())
