"""Averages of amounts in a report: cents, and never a nothing that was something."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ai_trading.backtest.report import parts


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("70.781818", "70.78"),
        ("-0.005", "-0.005"),
        ("0.0004", "0.0004"),
        ("12", "12"),
        ("0", "0"),
    ],
)
def test_an_average_is_shown_in_cents_unless_nothing_were_left(amount, shown):
    assert parts._mean(Decimal(amount)) == Decimal(shown)


def test_an_average_of_nothing_is_not_known():
    assert parts._mean(None) is None
