"""The study of the algorithms runs, in small, and says what it should."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ai_trading

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.realdata
def test_the_study_of_the_algorithms_runs(real_data):
    done = subprocess.run(
        [
            sys.executable,
            ROOT / "benchmarks" / "studies" / "algorithms.py",
            real_data,
            "--parents",
            "4",
            "--events",
            "2",
        ],
        env={"PYTHONPATH": str(Path(ai_trading.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    for name in ("vwap, static", "pov", "single order", "95 % bootstrap"):
        assert name in done.stdout
