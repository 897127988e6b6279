"""Fee lines one term at a time, and simulated fills at the edges of their grid."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from ai_trading.core.errors import ArgumentError, ConfigError
from ai_trading.core.instrument import Instrument
from ai_trading.execution.fees import FeeFill, FeeLine, FeeSchedule
from ai_trading.execution.impact import FixedBps, MarketState
from ai_trading.execution.order import Order
from ai_trading.execution.slippage import FillSimulator, SlippageModel

SHARE = Instrument("XYZ")
CENT = Instrument("XYZ", tick_size=Decimal("0.01"), lot_size=Decimal(100))
DAY = dt.date(2026, 3, 9)


def fill(quantity=100, price=10, *, liquidity="taker", day=DAY, order=1):
    midnight = dt.datetime.combine(day, dt.time(12), dt.UTC)
    return FeeFill(
        order_id=order,
        timestamp=int(midnight.timestamp()) * 10**9,
        side="buy",
        liquidity=liquidity,
        price=price,
        quantity=quantity,
    )


def fees(line, *fills, **schedule):
    made = FeeSchedule(name="t", lines=(FeeLine(name="x", **line),), **schedule)
    return made.charge(fills, SHARE)[0]


def test_a_line_ends_before_the_day_it_is_valid_until():
    line = {"per": "share", "rate": "0.01", "start": DAY}
    line["until"] = DAY + dt.timedelta(2)
    days = [fill(day=DAY + dt.timedelta(n)) for n in (-1, 0, 1, 2)]

    assert fees(line, *days) == [0, 1, 1, 0]


def test_marginal_tiers_charge_each_part_at_its_own_rate():
    line = {"per": "share", "tiers": ((0, "0.02"), (100, "0.01")), "marginal": True}
    flat = {**line, "marginal": False}

    assert fees(line, fill(300)) == [Decimal(4)]  # 100 at 0.02, 200 at 0.01
    assert fees(flat, fill(300), fill(100, order=2)) == [Decimal(6), Decimal(1)]


def test_a_line_for_makers_leaves_takers_alone_and_the_other_way_round():
    both = [fill(liquidity="maker"), fill(liquidity="taker", order=2)]

    assert fees({"per": "share", "rate": 1, "liquidity": "maker"}, *both) == [100, 0]
    assert fees({"per": "share", "rate": 1, "liquidity": "taker"}, *both) == [0, 100]


def test_rounding_up_is_away_from_zero_and_else_to_the_even():
    line = {"per": "share", "rate": "0.005", "round_to": "0.01"}

    assert fees(line, fill(1)) == [0]
    assert fees({**line, "rounding": "up"}, fill(1)) == [Decimal("0.01")]
    rebate = {**line, "rate": "-0.005", "rounding": "up"}
    assert fees(rebate, fill(1)) == [Decimal("-0.01")]


def test_volume_before_the_first_fill_counts_for_tiers():
    tiers = ((0, "0.02"), (1000, "0.01"))
    line = {"per": "share", "tiers": tiers, "window": "month"}

    assert fees(line, fill(1)) == [Decimal("0.02")]
    assert fees(line, fill(1), prior_quantity=5000) == [Decimal("0.01")]
    assert fees(line, fill(1), prior_value=5000) == [Decimal("0.02")]
    by_value = {**line, "volume": "value"}
    assert fees(by_value, fill(1), prior_value=5000) == [Decimal("0.01")]
    assert fees(by_value, fill(1), prior_quantity=5000) == [Decimal("0.02")]


def test_a_schedule_includes_none_of_another_currency(tmp_path):
    file = tmp_path / "fees.toml"
    file.write_text(
        '[euro]\ncurrency = "EUR"\n'
        '[[euro.lines]]\nname = "a"\nper = "share"\nrate = 1\n'
        '[mine]\ninclude = ["euro"]\n'
    )

    with pytest.raises(ConfigError, match="of another currency"):
        FeeSchedule.load(file)


def simulator(bps=0.0, **options):
    return FillSimulator(slippage=SlippageModel(impact=FixedBps(cost=bps)), **options)


def test_prices_are_rounded_against_the_order_on_both_sides():
    market = MarketState(price=10.0, daily_volume=1e6)
    slips = simulator(3)  # 10.003 and 9.997

    bought = slips.fill(Order("XYZ", "buy", 100), market, instrument=CENT)
    sold = slips.fill(Order("XYZ", "sell", 100), market, instrument=CENT)

    assert (bought.price, sold.price) == (Decimal("10.01"), Decimal("9.99"))


def test_a_sale_never_goes_below_one_tick_nor_a_price_below_nothing():
    market = MarketState(price=0.02, daily_volume=1e6)

    sold = simulator(9_999).fill(Order("XYZ", "sell", 100), market, instrument=CENT)

    assert sold.price == Decimal("0.01")
    assert SlippageModel(impact=FixedBps(cost=20_000)).price("sell", 1, market) == 0


def test_quantities_are_whole_lots_and_time_gives_room():
    market = MarketState(price=10.0, daily_volume=10_000)
    order = Order("XYZ", "buy", 5_000)

    day = simulator(1).fill(order, market, instrument=CENT)
    half = simulator(1, duration=0.55).fill(order, market, instrument=CENT)

    assert (day.quantity, half.quantity) == (1000, 500)


def test_two_draws_of_one_seed_differ_by_their_key():
    market = MarketState(price=10.0, daily_volume=1e6)
    model = SlippageModel(impact=FixedBps(cost=5), noise=2.0, seed=1)

    draws = {model.draw_bps(1, market, key) for key in ("a", "b", "a")}

    assert len(draws) == 2


def test_a_line_of_no_kind_is_refused():
    with pytest.raises(ArgumentError, match="rounding must be one of"):
        FeeLine(name="x", per="share", rate=1, rounding="down")
