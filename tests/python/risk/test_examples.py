"""Every example in a docstring of the risk package runs as it stands."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

METRICS = (
    *("activity", "analyzer", "calculator", "contributions", "drawdowns", "evt"),
    *("garch", "horizon", "parametric", "ratios", "relative", "ruin", "sharpe"),
    *("simulation", "stress", "tails", "tearsheet", "var_tests", "windows"),
)


@pytest.mark.parametrize(
    "name", ["assessor", "kelly", "manager", *(f"metrics.{name}" for name in METRICS)]
)
def test_examples_run(name):
    outcome = doctest.testmod(import_module(f"ai_trading.risk.{name}"))

    assert outcome.attempted > 0
    assert outcome.failed == 0
