"""Ticks and lots for data that comes without an instrument."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.errors import DataError
from ai_trading.market.grid import choose_lot, choose_tick, to_steps


@pytest.mark.parametrize(
    ("price", "tick"),
    [
        (133.49, "0.0001"),
        (0.0001, "0.0001"),
        (1.31927, "0.000001"),
        (0.00001234, "0.00000001"),
        (float(np.float32(133.49)), "0.0001"),
        (133.4900054931641, "0.0001"),  # a single cut to sixteen digits
        (float(np.float32(173.95695)), "0.000001"),
    ],
)
def test_the_coarsest_tick_that_holds_the_price_is_taken(price, tick):
    grid = choose_tick([np.array([price, 100.0])])

    assert grid.step == Decimal(tick)
    assert grid.exact


def test_prices_without_a_common_step_are_rounded_by_a_millionth_at_most():
    prices = 1 + np.random.default_rng(1).random(1000)

    grid = choose_tick([prices])

    assert not grid.exact
    assert grid.error <= 1e-6


def test_volumes_are_whole_or_get_a_finer_lot():
    assert choose_lot(np.array([0.0, 5.0])).step == 1
    assert choose_lot(np.array([0.5])).step == Decimal("0.0001")
    assert choose_lot(np.array([31.115892870000003])).step == Decimal("0.00000001")


@given(st.lists(st.integers(1, 10**9), min_size=1))
def test_prices_on_the_grid_come_back_as_they_were(ticks):
    prices = np.array([tick / 10_000 for tick in ticks])

    assert to_steps(prices, Decimal("0.0001"), what="price").tolist() == ticks


def test_what_does_not_fit_is_refused():
    with pytest.raises(DataError, match="too large"):
        to_steps(np.array([1e18]), Decimal("0.0001"), what="price")
