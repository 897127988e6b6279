"""Every example in a docstring of the strategies runs as it stands."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

MODULES = ["base", "registry", "signals", "window", "backtest", "performance"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    module = import_module(f"ai_trading.strategies.{name}")

    outcome = doctest.testmod(module, optionflags=doctest.ELLIPSIS)

    assert outcome.failed == 0
