"""Fixtures shared by every Python test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


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
