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
KELLY = (
    *("bets", "calculator", "covariance", "criterion", "dynamic", "fractional"),
    *("intervals", "limits", "portfolio", "races", "shrinkage"),
)
NAMES = [
    *("assessor", "breakers", "manager", "sizing.compose", "sizing.sizers"),
    *(f"kelly.{name}" for name in KELLY),
    *(f"metrics.{name}" for name in METRICS),
]


@pytest.mark.parametrize("name", NAMES)
def test_examples_run(name):
    outcome = doctest.testmod(import_module(f"ai_trading.risk.{name}"))

    assert outcome.attempted > 0
    assert outcome.failed == 0
