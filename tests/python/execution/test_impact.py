"""Impact models: published numbers, closed forms and their axioms."""

from __future__ import annotations

import doctest
import math
from decimal import Decimal
from importlib import import_module
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.execution.impact import (
    Almgren2005,
    Combined,
    FixedBps,
    ImpactModel,
    IStar,
    MarketState,
    ObizhaevaWang,
    Propagator,
    SpreadShare,
    SquareRoot,
    VolumeShare,
)

MARKET = MarketState(
    price=50, daily_volume=1e6, volatility=0.02, spread=0.02, shares_outstanding=2e8
)
IBM = MarketState(
    price=80, daily_volume=6_561_000, volatility=0.0157, shares_outstanding=1_728e6
)
DRL = MarketState(
    price=35, daily_volume=1_929_000, volatility=0.0226, shares_outstanding=168e6
)
MODELS = [
    FixedBps(),
    SpreadShare(),
    VolumeShare(),
    SquareRoot(),
    Almgren2005(),
    IStar(),
    Propagator(scale=100, concavity=0.8, timescale=0.01),
    ObizhaevaWang(resilience=5, density=1e6),
    Combined((SpreadShare(), SquareRoot())),
]


@pytest.mark.parametrize(
    ("duration", "temporary", "total"),
    [(0.1, 22.29, 32.22), (0.2, 14.71, 24.64), (0.5, 8.49, 18.42)],
)
def test_almgren_gives_the_published_costs_of_ibm(duration, temporary, total):
    model = Almgren2005()

    assert model.permanent(656_100, IBM) == pytest.approx(19.86, abs=0.005)
    assert model.temporary(656_100, IBM, duration=duration) == pytest.approx(
        temporary, abs=0.005
    )
    assert model.bps(656_100, IBM, duration=duration) == pytest.approx(total, abs=0.005)


@pytest.mark.parametrize(
    ("duration", "temporary", "total"),
    [(0.1, 32, 43), (0.2, 21, 32), (0.5, 12, 23)],
)
def test_almgren_gives_the_published_costs_of_drl(duration, temporary, total):
    # The paper prints whole basis points for its second example; I is 22.
    model = Almgren2005()

    assert round(model.permanent(192_900, DRL)) == 22
    assert round(model.temporary(192_900, DRL, duration=duration)) == temporary
    assert round(model.bps(192_900, DRL, duration=duration)) == total


def test_obizhaeva_and_wang_give_their_published_strategy():
    best = ObizhaevaWang(resilience=2.2231, density=5_000).best(100_000, horizon=1)

    assert best.block == pytest.approx(23_679.29, abs=0.005)
    assert best.rate == pytest.approx(52_641.42, abs=0.005)


@given(
    st.floats(0.1, 50),
    st.floats(100, 1e5),
    st.floats(0, 1),
    st.lists(st.floats(-0.2, 0.2), min_size=40, max_size=40),
)
def test_no_other_way_of_buying_is_cheaper_than_the_best(rho, density, share, wiggle):
    model = ObizhaevaWang(resilience=rho, density=density, permanent=share / density)
    best = model.best(1000, horizon=1)
    times = np.linspace(0, 1, 40)
    other = np.maximum(1 + np.array(wiggle), 0)
    other *= 1000 / other.sum()

    assert model.cost(times, other) >= best.cost * (1 - 1e-9)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
def test_every_model_costs_nothing_for_nothing_and_more_for_more(model):
    sizes = np.geomspace(1, 1e6, 40)
    costs = [model.bps(size, MARKET, duration=0.25) for size in sizes]

    assert isinstance(model, ImpactModel)
    assert model.bps(0, MARKET) == 0
    assert all(cost > 0 for cost in costs)
    assert all(a <= b * (1 + 1e-12) for a, b in pairwise(costs))


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("quantity", [-1, float("nan"), float("inf")])
def test_every_model_refuses_a_quantity_that_is_none(model, quantity):
    with pytest.raises(ArgumentError, match="quantity must be a finite number"):
        model.bps(quantity, MARKET)


@pytest.mark.parametrize("model", MODELS[2:], ids=lambda m: type(m).__name__)
def test_no_model_is_cheaper_when_hurried(model):
    slow, fast = (model.bps(50_000, MARKET, duration=d) for d in (1.0, 0.1))

    assert fast >= slow * (1 - 1e-12)


def test_simple_models_by_hand():
    assert FixedBps(cost=3).bps(1, MARKET) == 3
    assert SpreadShare().bps(1, MARKET) == pytest.approx(2)
    # A tenth of the volume of half a day, squared, times a tenth.
    assert VolumeShare().bps(50_000, MARKET, duration=0.5) == pytest.approx(10)
    assert SquareRoot().bps(250_000, MARKET) == pytest.approx(100)
    annual = 0.02 * math.sqrt(252)
    whole = 708 * 0.1**0.55 * annual**0.71
    assert IStar().bps(100_000, MARKET, duration=0.5) == pytest.approx(
        whole * (0.98 * math.sqrt(1 / 6) + 0.02)
    )


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=15),
    st.lists(st.floats(-50, 50), min_size=15, max_size=15),
    st.lists(st.floats(0, 150), min_size=1, max_size=8),
    st.sampled_from(["power", "exponential"]),
    st.floats(0, 1.5),
)
def test_a_path_is_the_sum_of_what_is_left_of_each_trade(
    times, volumes, at, kernel, concavity
):
    times, at = sorted(times), sorted(at)
    volumes = volumes[: len(times)]
    model = Propagator(
        scale=2.5,
        concavity=concavity,
        kernel=kernel,
        rate=0.3,
        timescale=2,
        exponent=0.4,
    )

    def left(t):
        return math.exp(-0.3 * t) if kernel == "exponential" else (1 + t / 2) ** -0.4

    slow = [
        math.fsum(
            2.5 * math.copysign(abs(v) ** concavity, v) * left(t - s)
            for s, v in zip(times, volumes, strict=True)
            if s < t and v
        )
        for t in at
    ]

    np.testing.assert_allclose(
        model.path(times, volumes, at=at), slow, rtol=1e-11, atol=1e-9
    )


@pytest.mark.parametrize(
    "kernel",
    [
        {"kernel": "exponential", "rate": 3.0},
        {"exponent": 0.4, "timescale": 0.2},
        {"exponent": 1.0, "timescale": 0.2},
        {"exponent": 2.0, "timescale": 0.2},
        {"exponent": 0.4, "timescale": 1e6},
        {"kernel": "exponential", "rate": 1e-5},
    ],
)
def test_the_cost_of_a_constant_rate_is_the_double_integral(kernel):
    model = Propagator(scale=2, concavity=0.5, **kernel)
    n = 4000
    at = (np.arange(n) + 0.5) * 1.7 / n
    inner = np.cumsum(model.left(at)) * 1.7 / n

    assert model.rate_bps(9.0, 1.7) == pytest.approx(6 * inner.mean(), rel=1e-3)


def test_an_exponential_propagator_is_the_book_that_refills():
    # With a size counted as it is, both are one model: kappa per unit, decaying.
    book = ObizhaevaWang(resilience=0.7, density=400)
    twin = Propagator(scale=1 / 400, concavity=1, kernel="exponential", rate=0.7)
    times, sizes = np.array([0.0, 0.5, 2.0]), np.array([10.0, 20.0, -5.0])
    before = twin.path(times, sizes, at=times)

    cost = float(sizes @ before + 0.5 * sizes @ sizes / 400)
    assert book.cost(times, sizes) == pytest.approx(cost)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: MarketState(price=0, daily_volume=1), "price must be"),
        (lambda: MarketState(price=1, daily_volume=-1), "daily_volume must be"),
        (lambda: MarketState(price="fifty", daily_volume=1), "price must be"),
        (lambda: MarketState(price=None, daily_volume=1), "price must be"),
        (lambda: SquareRoot().bps("many", MARKET), "quantity must be"),
        (lambda: SquareRoot(coefficient=-1), "coefficient must be"),
        (lambda: IStar(b1=1.5), "b1 must lie"),
        (lambda: Propagator(scale=1, kernel="linear"), "kernel must be"),
        (lambda: Propagator(scale=1, rate=0), "rate must be"),
        (lambda: ObizhaevaWang(resilience=0, density=1), "resilience must be"),
        (lambda: ObizhaevaWang(resilience=1, density=2, permanent=1), "permanent must"),
        (lambda: Combined(()), "parts must be"),
        (
            lambda: Almgren2005().bps(1, MarketState(price=1, daily_volume=1)),
            "needs sh",
        ),
        (lambda: SquareRoot().bps(1, MARKET, duration=0) or Almgren2005(), "duration"),
    ],
)
def test_what_makes_no_sense_is_refused(make, said):
    with pytest.raises(ArgumentError, match=said):
        make()


def test_trades_out_of_order_or_broken_are_refused():
    model = Propagator(scale=1)
    with pytest.raises(ArgumentError, match="times must rise"):
        model.path([1, 0], [1, 1], at=[2])
    with pytest.raises(DataError, match="as long as"):
        model.path([1, 2], [1], at=[2])
    with pytest.raises(DataError, match="finite"):
        model.path([1, np.nan], [1, 1], at=[2])
    with pytest.raises(DataError, match="times must be numbers"):
        model.path(["one"], [1], at=[2])
    with pytest.raises(DataError, match="one-dimensional"):
        model.path(1.0, 1.0, at=2.0)


def test_before_a_push_nothing_is_left_of_it():
    model = Propagator(scale=1)
    for wrong, said in ((-1.0, "0 or more"), (np.nan, "finite")):
        with pytest.raises(DataError, match=said):
            model.left([0.0, wrong])

    assert model.left([0.0, 3.0]).tolist() == [1.0, 0.5]


def test_exact_prices_are_prices():
    market = MarketState(
        price=Decimal(50),
        daily_volume=Decimal(10**6),
        volatility=Decimal("0.02"),
        spread=Decimal("0.02"),
    )

    assert SpreadShare(share=Decimal("0.5")).bps(Decimal(100), market) == 2.0
    assert SquareRoot().bps(10_000, market) == pytest.approx(20.0)


@pytest.mark.parametrize(
    "module",
    ["fees", "slippage", "impact.models", "impact.dynamic", "impact.fit_orders"],
)
def test_examples_in_docstrings_run(module):
    found = doctest.testmod(import_module(f"ai_trading.execution.{module}"))

    assert found.attempted
    assert not found.failed
