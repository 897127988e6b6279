"""Our own impact in a run: off by default, paid by later orders, calibrated."""

from __future__ import annotations

import numpy as np
import pytest

from ai_trading.backtest.config import BacktestConfig
from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.impact import MarketImpact
from ai_trading.core.errors import ArgumentError, ConfigError, DataError
from ai_trading.execution.impact import (
    Almgren2005,
    FixedBps,
    MarketState,
    ObizhaevaWang,
    Propagator,
    SquareRoot,
)
from ai_trading.market.synthetic import synthetic_day
from ai_trading.strategies import Strategy


class Buyer(Strategy):
    def on_start(self):
        self.subscribe(self.symbols[0], book_every=300)

    def on_book(self, book):
        if np.isfinite(book.ask):
            self.buy(book.symbol, 200)


@pytest.fixture(scope="module", name="day")
def day_fixture():
    return synthetic_day(symbols=("AAA", "BBB"), events=20_000, seed=3)


def run(day, impact):
    return Backtest(day, strategies=[Buyer("b")], impact=impact).run()


def test_without_impact_a_run_is_what_it_was(day):
    plain = run(day, None)
    zero = run(day, MarketImpact(daily_volume=1e6, volatility=0.02, coefficient=0))

    assert plain.fills.tobytes() == zero.fills.tobytes()
    assert plain.state_hash == zero.state_hash
    assert plain.run_id != zero.run_id


def test_every_later_fill_pays_what_is_left_of_the_pushes_before_it(day):
    impact = MarketImpact(daily_volume=1e6, volatility=0.02, timescale=10**9 * 60)
    plain, moved = run(day, None), run(day, impact)

    at, size = plain.fills["timestamp"], plain.fills["quantity"]
    np.testing.assert_array_equal(at, moved.fills["timestamp"])
    for i in range(0, len(at), 7):
        earlier = at < at[i]
        orders = {}
        for when, quantity in zip(at[earlier], size[earlier], strict=True):
            orders[when] = orders.get(when, 0) + int(quantity)
        shift = sum(
            impact.push(quantity, "AAA") * float(impact.left((at[i] - when) / 1e9))
            for when, quantity in orders.items()
        )
        paid = int(moved.fills["price"][i])
        assert paid == pytest.approx(plain.fills["price"][i] * (1 + shift), abs=1.01)
        assert paid >= plain.fills["price"][i]


@pytest.mark.parametrize("beta", [0.1, 0.3, 0.5, 1.0, 1.7])
def test_the_exponentials_are_the_power_law(beta):
    impact = MarketImpact(
        daily_volume=1, volatility=1, permanent=0.2, timescale=10**9 * 3, beta=beta
    )
    times = np.concatenate([[0.0], np.geomspace(1e-3, 86_400, 60)])

    wanted = 0.2 + 0.8 * (1 + times / 3) ** -beta
    np.testing.assert_allclose(impact.left(times), wanted, atol=2e-5)
    assert impact.left(0.0) == pytest.approx(1)


def test_calibration_finds_the_impact_that_trades_were_made_with():
    rng = np.random.default_rng(1)
    n = 30_000
    seconds = np.sort(rng.uniform(0, 23_400, n))
    signs = np.where(rng.random(n) < 0.5, 1.0, -1.0)
    for i in np.flatnonzero(rng.random(n) < 0.7)[1:]:
        signs[i] = signs[i - 1]
    sizes = signs * np.ceil(rng.exponential(100, n))
    push = 0.02 * np.sign(sizes) * np.abs(sizes) ** 0.5
    kernel = (1 + np.arange(n) / 4) ** -0.5
    spectrum = np.fft.rfft(push, 2 * n) * np.fft.rfft(kernel, 2 * n)
    shift = np.concatenate([[0.0], np.fft.irfft(spectrum, 2 * n)[:n]])
    prices = 100 * np.exp((shift + np.cumsum(rng.normal(0, 0.5, n + 1))) / 1e4)
    volume, sigma = float(np.abs(sizes).sum()), 0.015

    impact = MarketImpact.calibrate(
        seconds * 1e9, sizes, prices, daily_volume=volume, volatility=sigma
    )
    loose = MarketImpact.calibrate(seconds * 1e9, sizes, prices)

    assert 1e4 * impact.push(400, "X") == pytest.approx(0.02 * 20, rel=0.1)
    assert impact.beta == pytest.approx(0.5, abs=0.12)
    assert impact.timescale / 1e9 == pytest.approx(4 * 23_400 / n, rel=0.5)
    assert loose.daily_volume == pytest.approx(volume, rel=0.01)
    assert loose.push(400, "X") == pytest.approx(impact.push(400, "X"), rel=1e-6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"daily_volume": 0}, "daily_volume must be"),
        ({"volatility": {"A": -1}}, "volatility must be"),
        ({"permanent": 1.1}, "permanent must lie"),
        ({"decay": "linear"}, "decay must be"),
        ({"beta": 0}, "beta must be"),
        ({"half_life": 7}, "half_life=7 would change nothing.*decay='exponential'"),
        ({"decay": "exponential", "beta": 0.7}, "beta=0.7 would change nothing"),
    ],
)
def test_terms_that_make_no_sense_are_refused(change, said):
    with pytest.raises(ArgumentError, match=said):
        MarketImpact(**{"daily_volume": 1, "volatility": 1, **change})


def test_symbols_are_those_of_the_run(day):
    with pytest.raises(ArgumentError, match="given for CCC"):
        run(day, MarketImpact(daily_volume={"CCC": 1}, volatility=0.1))
    with pytest.raises(ArgumentError, match="AAA but no volatility"):
        run(day, MarketImpact(daily_volume={"AAA": 1}, volatility={"BBB": 0.1}))


def test_a_symbol_without_volume_has_no_impact(day):
    impact = MarketImpact(daily_volume={"BBB": 1e3}, volatility=0.1)

    assert run(day, impact).fills.tobytes() == run(day, None).fills.tobytes()


def test_calibration_refuses_too_little():
    with pytest.raises(DataError, match="rising times"):
        MarketImpact.calibrate([2, 1], [1, 1], [1, 1, 1])
    with pytest.raises(DataError, match="ten times as many trades"):
        MarketImpact.calibrate([1, 2], [1, 1], [1, 1, 1])


def test_a_configuration_names_volume_and_volatility():
    def configured(**impact):
        return BacktestConfig.check(
            {"data": {"path": "x"}, "strategy": {"class": "a:B"}, "impact": impact}
        ).impact

    assert configured(daily_volume={"A": 5}, volatility=0.1, timescale="1m").timescale
    with pytest.raises(ConfigError, match=r"impact\.volatility is missing"):
        configured(daily_volume=1)


MARKET = MarketState(price=50, daily_volume=1e6, volatility=0.02)
SECONDS = np.array([0.0, 1.0, 30.0, 600.0])


def charged(impact, size):
    """What is charged of the push of one order, in parts of the price."""
    return impact.push(size, "X") * impact.left(SECONDS)


def test_the_square_root_in_a_run():
    root = SquareRoot(coefficient=0.8)
    impact = MarketImpact.of(root, MARKET, decay="exponential", half_life=10**9)

    assert 1e4 * impact.push(2_000, "X") == pytest.approx(root.bps(2_000, MARKET))
    assert impact.left(1.0) == pytest.approx(0.5)


@pytest.mark.parametrize("kernel", ["power", "exponential"])
def test_a_propagator_in_a_run(kernel):
    model = Propagator(scale=0.3, kernel=kernel, timescale=20, exponent=0.4, rate=0.01)
    told = model.path([0.0], [2_000.0], at=SECONDS + 1e-9)

    got = 1e4 * charged(MarketImpact.of(model, MARKET), 2_000)

    np.testing.assert_allclose(got, told, rtol=1e-4)


def test_a_book_that_refills_in_a_run():
    book = ObizhaevaWang(resilience=0.02, density=4_000, permanent=1e-4)
    told = 2_000 * (1e-4 + (1 / 4_000 - 1e-4) * np.exp(-0.02 * SECONDS))

    got = 50 * charged(MarketImpact.of(book, MARKET), 2_000)

    np.testing.assert_allclose(got, told, rtol=1e-7)


def test_almgrens_permanent_impact_of_children_is_that_of_their_parent():
    ibm = MarketState(
        price=80, daily_volume=6_561_000, volatility=0.0157, shares_outstanding=1.728e9
    )

    impact = MarketImpact.of(Almgren2005(), ibm)

    children = sum(1e4 * charged(impact, 65_610) for _ in range(10))
    np.testing.assert_allclose(children, [19.86] * 4, atol=0.005)  # as published


def test_a_run_charges_what_stays(day):
    market = MarketState(
        price=100, daily_volume=1e6, volatility=0.02, shares_outstanding=1e8
    )
    impact = MarketImpact.of(Almgren2005(), market)

    plain, moved = run(day, None), run(day, impact)

    at, size = plain.fills["timestamp"], plain.fills["quantity"]
    for i in range(0, len(at), 7):
        before = float(size[at < at[i]].sum())
        shift = impact.push(before, "AAA")
        told = plain.fills["price"][i] * (1 + shift)
        assert int(moved.fills["price"][i]) == pytest.approx(told, abs=1.01)


@pytest.mark.parametrize(
    ("model", "terms", "said"),
    [
        (FixedBps(), {}, "must be a SquareRoot, Almgren2005, Propagator or"),
        (Almgren2005(), {}, "needs shares_outstanding"),
        (Propagator(scale=1), {"beta": 0.4}, "beta cannot be given: Propagator says"),
    ],
)
def test_a_model_that_says_too_little_or_is_told_too_much_is_refused(
    model, terms, said
):
    with pytest.raises(ArgumentError, match=said):
        MarketImpact.of(model, MARKET, **terms)
