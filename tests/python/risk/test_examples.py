"""Every example in a docstring of the risk package runs as it stands."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["kelly", "manager"])
def test_examples_run(name):
    outcome = doctest.testmod(import_module(f"ai_trading.risk.{name}"))

    assert outcome.attempted > 0
    assert outcome.failed == 0
