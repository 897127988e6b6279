"""The invented results of the backtest tests, for the command line."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parent.parent / "backtest" / "conftest.py"


@pytest.fixture(name="invented", scope="session")
def invented_fixture():
    spec = importlib.util.spec_from_file_location("invented_results", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
