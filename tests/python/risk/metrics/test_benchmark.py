"""The benchmark runs, on sizes that take no time; nothing is timed here."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[4] / "benchmarks" / "python"


def test_every_measure_is_printed(monkeypatch, capsys):
    pytest.importorskip("empyrical")
    monkeypatch.syspath_prepend(str(FOLDER))
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    bench = import_module("bench_risk")

    sizes = ["--rounds", "1", "--returns", "30000", "--scenarios", "1000"]
    assert bench.main(sizes) == 0

    printed = capsys.readouterr().out
    for what in ("tear sheet", "rolling drawdown", "VaR and ES", "Monte Carlo"):
        assert what in printed
