"""Fills of single orders: seeded, price-aware, never beyond a limit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.errors import ArgumentError
from ai_trading.core.instrument import Instrument
from ai_trading.execution.impact import FixedBps, MarketState
from ai_trading.execution.order import Order
from ai_trading.execution.slippage import FillSimulator, SlippageModel

MARKET = MarketState(price=50, daily_volume=1e6, volatility=0.02, spread=0.02)
CENT = Instrument("XYZ", tick_size=Decimal("0.01"))
prices = st.floats(0.05, 5_000, allow_nan=False)


def test_a_market_order_pays_half_the_spread_and_its_impact():
    fill = FillSimulator().fill(Order("XYZ", "sell", 10_000), MARKET)

    assert fill.quantity == 10_000
    assert fill.price == Decimal("49.89")  # 2 + 20 basis points of 50
    assert fill.slippage_bps == pytest.approx(22)


def test_slippage_is_of_the_price():
    model = SlippageModel(impact=FixedBps(cost=10))

    for price in (0.5, 50, 5_000):
        market = MarketState(price=price, daily_volume=1e6)
        assert model.price("buy", 1, market) == pytest.approx(price * 1.001)
        assert model.price("sell", 1, market) == pytest.approx(price * 0.999)


def test_an_order_takes_no_more_than_its_part_of_the_volume():
    simulator = FillSimulator(participation=0.05, duration=0.5)

    assert simulator.fill(Order("XYZ", "buy", 10**6), MARKET).quantity == 25_000


@given(
    st.sampled_from(["buy", "sell"]),
    st.integers(1, 200_000),
    prices,
    st.floats(-300, 300),
    st.floats(0, 50),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_a_limit_order_never_fills_beyond_its_limit(
    side, quantity, price, distance, noise, seed, on_ticks
):
    limit = Decimal(str(round(price * (1 + distance / 1e4), 2)))
    if limit <= 0:
        return
    market = MarketState(price=price, daily_volume=1e6, volatility=0.02, spread=0.01)
    simulator = FillSimulator(slippage=SlippageModel(noise=noise, seed=seed))

    fill = simulator.fill(
        Order("XYZ", side, quantity, "limit", limit),
        market,
        instrument=CENT if on_ticks else None,
    )

    if fill is not None:
        assert 0 < fill.quantity <= quantity
        assert fill.price <= limit if side == "buy" else fill.price >= limit
        if on_ticks:
            assert fill.price % Decimal("0.01") == 0


def test_a_limit_fills_as_much_as_its_impact_allows_and_not_one_more():
    # 2 + 200 sqrt(q / 1e6) basis points reach 50.05 at 1,600 shares.
    simulator = FillSimulator()

    fill = simulator.fill(Order("XYZ", "buy", 50_000, "limit", "50.05"), MARKET)

    assert fill.quantity == 1_600
    assert fill.price == Decimal("50.05")


def test_a_limit_away_from_the_market_is_not_filled():
    assert FillSimulator().fill(Order("X", "buy", 1, "limit", "49.99"), MARKET) is None
    assert FillSimulator().fill(Order("X", "sell", 1, "limit", "50.01"), MARKET) is None


@given(st.integers(0, 2**62), st.floats(0.1, 30))
def test_the_same_seed_gives_the_same_fill_and_other_symbols_change_nothing(
    seed, noise
):
    def fills(*symbols):
        simulator = FillSimulator(slippage=SlippageModel(noise=noise, seed=seed))
        made = [simulator.fill(Order(s, "buy", 100), MARKET) for s in symbols]
        return [fill for s, fill in zip(symbols, made, strict=True) if s == "A"]

    assert fills("A", "A", "A") == fills("A", "B", "A", "C", "A")


def test_another_seed_gives_another_fill():
    one, two = (SlippageModel(noise=5, seed=seed) for seed in (1, 2))

    assert one.draw_bps(1, MARKET, "k") != two.draw_bps(1, MARKET, "k")
    assert one.draw_bps(1, MARKET, "k") == one.draw_bps(1, MARKET, "k")


def test_the_rest_of_an_order_is_what_fills():
    order = Order("XYZ", "buy", 100)
    order.add_fill(60, 50)

    assert FillSimulator().fill(order, MARKET).quantity == 40


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SlippageModel(impact=5), "must have a method bps"),
        (lambda: SlippageModel(noise=-1), "noise must be"),
        (lambda: FillSimulator(participation=1.5), "participation must not exceed 1"),
        (lambda: FillSimulator(duration=0), "duration must be"),
        (lambda: SlippageModel().price("hold", 1, MARKET), "side must be one of"),
        (
            lambda: FillSimulator().fill(Order("X", "buy", 1, "stop", 5), MARKET),
            "fills market and limit",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, said):
    with pytest.raises(ArgumentError, match=said):
        make()


@pytest.mark.parametrize("seed", [float("nan"), 1.5, "1", None, True])
def test_a_seed_that_is_no_whole_number_is_refused(seed):
    with pytest.raises(ArgumentError, match="seed must be a whole number"):
        SlippageModel(noise=1.0, seed=seed)


@pytest.mark.parametrize("quantity", [None, "x", float("nan"), -1, 1e300])
def test_a_quantity_that_is_none_is_refused(quantity):
    with pytest.raises(ArgumentError, match="quantity must be a finite number"):
        SlippageModel().expected_bps(quantity, MARKET)


def test_an_exact_quantity_costs_as_much_as_a_float():
    exact = SlippageModel().expected_bps(Decimal(10_000), MARKET)

    assert exact == SlippageModel().expected_bps(10_000.0, MARKET)


@pytest.mark.parametrize(
    "terms", [{"time_in_force": "fok"}, {"all_or_none": True}, {"minimum": 100_001}]
)
def test_an_order_that_must_fill_by_more_than_there_is_is_not_filled(terms):
    assert FillSimulator().fill(Order("XYZ", "buy", 10**6, **terms), MARKET) is None
    assert FillSimulator().fill(Order("XYZ", "buy", 10**6), MARKET).quantity == 100_000

    small = Order("XYZ", "buy", 100_001, **terms)
    whole = FillSimulator(participation=0.2).fill(small, MARKET)
    assert whole.quantity == 100_001


def test_the_rest_of_an_order_may_be_less_than_its_minimum():
    order = Order("XYZ", "buy", 100, minimum=60)
    order.add_fill(60, 50)

    assert FillSimulator().fill(order, MARKET).quantity == 40


@pytest.mark.parametrize("force", ["at_the_open", "at_the_close"])
def test_orders_for_an_auction_and_orders_that_are_done_are_refused(force):
    done = Order("XYZ", "buy", 100)
    done.cancel()

    for order in (done, Order("XYZ", "buy", 100, time_in_force=force)):
        with pytest.raises(ArgumentError, match="trade at once and are not done"):
            FillSimulator().fill(order, MARKET)


@pytest.mark.parametrize("slippage", [None, 5, "none"])
def test_a_simulator_without_a_slippage_model_is_refused(slippage):
    with pytest.raises(ArgumentError, match="slippage must be"):
        FillSimulator(slippage=slippage)
