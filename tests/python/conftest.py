"""Fixtures shared by every Python test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

PROJECT = Path(__file__).resolve().parents[2]
sys.path.append(str(Path(__file__).parent))  # run_samples, for the tests of any folder

# How long an example takes depends on who else uses the machine, so time is no verdict
# here. Continuous integration draws the same examples every time.
settings.register_profile(
    "ai_trading",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("ai_trading")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for real data, so that ``-m "not realdata"`` leaves it out."""
    for item in items:
        if "real_data" in getattr(item, "fixturenames", ()):
            item.add_marker("realdata")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real market data; a test that asks for it skips without it."""
    named = os.environ.get("AI_TRADING_TEST_DATA")
    folder = Path(named) if named else PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(
            f"no real market data at {folder}; set AI_TRADING_TEST_DATA to its folder"
        )
    return folder
