from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest

from ai_trading._core import sim
from ai_trading.backtest.terms import (
    BarFills,
    FeeModel,
    Latency,
    LevelFills,
    Limits,
    QueueName,
    scaled,
)
from ai_trading.core.errors import ArgumentError


def test_a_float_is_the_decimal_that_people_read():
    assert scaled("x", 0.1, 10) == 1
    assert scaled("x", "0.003", 10**9) == 3_000_000
    assert scaled("x", Decimal("-2.5"), 10) == -25


@pytest.mark.parametrize("value", ["abc", float("nan"), float("inf"), None, [1]])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(ArgumentError, match="x must be a finite number"):
        scaled("x", value, 1)


def test_nothing_is_rounded_in_silence():
    with pytest.raises(
        ArgumentError, match=r"x must be a multiple of 0\.01; .* 0\.015"
    ):
        scaled("x", 0.015, 100)
    with pytest.raises(ArgumentError, match="too large"):
        scaled("x", 2**62, 1)


@pytest.mark.parametrize("name", ["feed", "entry", "response"])
@pytest.mark.parametrize("value", [-1, 1.5, True, "5"])
def test_a_delay_is_a_whole_number_of_nanoseconds(name, value):
    with pytest.raises(ArgumentError, match=f"latency {name} must be a whole number"):
        Latency(**{name: value})


def test_fees_reach_the_core_in_its_units():
    fees = FeeModel(maker_per_share="-0.002", taker_bps="0.5", per_order=1)

    assert fees.to_core() == {
        "maker_per_unit": -2_000_000,
        "taker_per_unit": 0,
        "maker_of_value": 0,
        "taker_of_value": 50_000,
        "per_order_fee": 10**9,
        "fee_lines": [],
        "prior_units": 0,
        "prior_value": 0,
    }


def test_a_fee_finer_than_the_core_counts_is_refused():
    with pytest.raises(ArgumentError, match="taker_per_share"):
        FeeModel(taker_per_share="0.0000000001")


@pytest.mark.parametrize(
    "name", ["max_order_quantity", "max_order_notional", "max_position", "price_collar"]
)
@pytest.mark.parametrize("value", [0, -1, "x", float("nan")])
def test_a_limit_is_above_zero_or_absent(name, value):
    with pytest.raises(ArgumentError, match=name):
        Limits(**{name: value})
    assert getattr(Limits(**{name: None}), name) is None


@pytest.mark.parametrize("cap", [0, -0.1, 1.01, "x"])
def test_a_share_of_volume_lies_above_zero_up_to_one(cap):
    with pytest.raises(ArgumentError, match="volume_cap"):
        BarFills(volume_cap=cap)


def test_a_queue_model_is_chosen_by_name():
    assert LevelFills(queue="power", exponent=2).to_core() == {
        "queue": "power",
        "queue_exponent": 2.0,
        "assumed_ahead": -1,
    }
    with pytest.raises(ArgumentError, match="Did you mean 'risk_averse'"):
        LevelFills(queue="risk-averse")
    with pytest.raises(ArgumentError, match="exponent must lie above 0"):
        LevelFills(exponent=0)
    with pytest.raises(ArgumentError, match="assumed_ahead must be a whole"):
        LevelFills(assumed_ahead=-1)
    with pytest.raises(ArgumentError, match="path must be one of low_first"):
        BarFills(path="random")


def test_the_core_knows_every_queue_model_by_its_name():
    row = ("X", 10**5, 10**9, 10**9, 1, 0, 0)
    settings = {
        **dict.fromkeys(
            ("cash_micro", "feed_latency", "entry_latency", "response_latency",
             "max_notional_micro", "collar_ppm", "sample_every"), 0,
        ),
        "cash_only": False,
        "session_ends": [],
        **FeeModel().to_core(),
    }  # fmt: skip
    for name in get_args(QueueName):
        sim.Session("levels", [row], settings | LevelFills(queue=name).to_core())
    unknown = settings | LevelFills().to_core() | {"queue": "x"}
    with pytest.raises(ValueError, match="no queue model is called 'x'"):
        sim.Session("levels", [row], unknown)


def test_bar_fills_reach_the_core_in_its_units():
    assert BarFills(volume_cap=0.05, half_spread_ticks=2).to_core() == {
        "volume_cap_ppm": 50_000,
        "half_spread": 2,
        "touch_fills": False,
        "path": 0,
    }
    assert BarFills(volume_cap=None).to_core()["volume_cap_ppm"] == 0
    assert BarFills(volume_cap=1e-9).to_core()["volume_cap_ppm"] == 1  # never "no cap"
    with pytest.raises(ArgumentError, match="half_spread_ticks"):
        BarFills(half_spread_ticks=-1)
