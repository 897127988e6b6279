"""Delays: laws, samples and load, as a run over bars and events sees them."""

from __future__ import annotations

import pytest

from ai_trading.backtest.config import BacktestConfig
from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.latency import Delay, Latency, Load
from ai_trading.backtest.terms import BarFills, Limits
from ai_trading.core.errors import ArgumentError, ConfigError, DataError
from ai_trading.market.synthetic import synthetic_day
from ai_trading.strategies import Strategy


class Every(Strategy):
    """Sends an order on every 200th event, and more where it is told to."""

    def __init__(self, name="every", *, extra=False):
        super().__init__(name)
        self.extra = extra
        self.count = 0
        self.seen = []
        self.told = []

    def on_start(self):
        self.subscribe(self.symbols[0], book_every=200)
        if self.extra:
            self.subscribe(self.symbols[1], book_every=333)

    def on_book(self, book):
        self.seen.append(book.timestamp)
        self.buy(book.symbol, 1, limit=round(book.bid - 0.50, 2))

    def on_order(self, order):
        if order.status == "accepted":
            self.told.append((order.symbol, order.submitted, order.timestamp, self.now))


@pytest.fixture(scope="module", name="day")
def day_fixture():
    return synthetic_day(symbols=("AAA", "BBB"), events=20_000, seed=3)


def run(day, latency, *, strategies=None, seed=5):
    return Backtest(
        day, strategies=strategies or [Every()], latency=latency, seed=seed
    ).run()


def test_a_constant_law_gives_what_a_constant_does(day):
    plain = run(day, Latency(feed=1000, entry=70_000, response=30_000))
    law = run(
        day,
        Latency(
            feed=Delay(law="constant", delay=1000),
            entry=Delay(law="normal", mean=70_000, deviation=0),
            response=Delay(law="constant", delay=20_000, shift=10_000),
        ),
    )

    assert plain.orders.tobytes() == law.orders.tobytes()
    assert plain.state_hash == law.state_hash
    assert plain.run_id != law.run_id


@pytest.mark.parametrize(
    "law",
    [
        Delay(law="normal", mean=50_000, deviation=20_000),
        Delay(law="lognormal", median=50_000, sigma=0.5, maximum=10**6),
        Delay(law="gamma", mean=50_000, shape=0.7),
    ],
)
def test_drawn_delays_repeat_with_the_seed_and_change_with_it(day, law):
    latency = Latency(feed=law, entry=law, response=law)

    first, again, other = (run(day, latency, seed=seed) for seed in (5, 5, 6))

    assert first.state_hash == again.state_hash
    assert first.state_hash != other.state_hash


def test_another_strategy_leaves_the_delays_of_this_one_as_they_were(day):
    law = Delay(law="gamma", mean=300_000, shape=0.7)
    latency = Latency(entry=law, response=law)

    alone, beside = Every(), Every()

    run(day, latency, strategies=[alone])
    run(day, latency, strategies=[beside, Every("other", extra=True)])

    assert len(alone.told) > 10
    assert alone.told == beside.told


def test_recorded_delays_are_interpolated_at_the_time_of_sending(day, tmp_path):
    start, end = int(day.records["timestamp"][0]), int(day.records["timestamp"][-1])
    file = tmp_path / "latency.csv"
    file.write_text(f"time,entry,response\n{start},100000,0\n{end},200000,0\n", "utf-8")

    strategy = Every()

    run(day, Latency.recorded(file), strategies=[strategy])

    assert len(strategy.told) > 10
    for _, sent, accepted, told in strategy.told:
        wanted = 100_000 + 100_000 * (sent - start) / (end - start)
        assert accepted - sent == pytest.approx(wanted, abs=1)
        assert told == accepted


def test_load_slows_a_burst_down(day):
    class Burst(Every):
        def on_book(self, book):
            for _ in range(5):
                self.buy(book.symbol, 1)

        def on_fill(self, fill):
            self.seen.append(fill.timestamp)

    load = Load(window=10**9, per_message=1_000_000, free=1)
    burst, slow = Burst(), Burst()

    run(day, Latency(), strategies=[burst])
    run(day, Latency(load=load), strategies=[slow])

    assert len(set(slow.seen)) > 2 * len(set(burst.seen))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"law": "poisson"}, "law must be one of"),
        ({"law": "normal", "mean": 1}, "deviation is missing"),
        ({"law": "normal", "mean": 1, "deviation": -1}, "must lie between"),
        ({"law": "constant", "delay": 1, "mean": 1}, "received mean"),
        ({"law": "gamma", "mean": 0, "shape": 1}, "mean above 0"),
        ({"law": "lognormal", "median": 0, "sigma": 1}, "median above 0"),
        ({"law": "constant", "delay": 1, "minimum": 2, "maximum": 1}, "not above"),
        ({"law": "constant", "delay": 1, "shift": -1}, "shift must be"),
        ({"law": "constant", "delay": 1, "times": (1,)}, "takes no times"),
        ({"law": "recorded"}, "at least one"),
        ({"law": "recorded", "times": (2, 2), "delays": (1, 1)}, "times must rise"),
        ({"law": "recorded", "times": (2,), "delays": (-1,)}, "clocks of both ends"),
        (
            {"law": "normal", "mean": float("nan"), "deviation": 1},
            "mean must be finite",
        ),
    ],
)
def test_a_law_that_makes_no_sense_is_refused(values, said):
    with pytest.raises(ArgumentError, match=said):
        Delay(**values)


@pytest.mark.parametrize("change", [{"window": 0}, {"per_message": 0}, {"free": -1}])
def test_a_load_that_makes_no_sense_is_refused(change):
    with pytest.raises(ArgumentError, match=f"load {next(iter(change))}"):
        Load(**{"window": 1, "per_message": 1, **change})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the first row must name"),
        ("time,entry\n1,2\n", "the first row must name"),
        ("time,entry,response\n1,2\n", "row 2: needs 3 whole numbers"),
        ("time,entry,response\n1,2,x\n", "row 2: needs 3 whole numbers"),
        ("time,entry,response\n5,2,2\n4,2,2\n", "times must rise"),
        ("time,entry,response\n5,-2,2\n", "clocks of both ends"),
        ("time,entry,response\n", "at least one"),
    ],
)
def test_a_malformed_file_of_samples_is_named(tmp_path, text, said):
    file = tmp_path / "latency.csv"
    file.write_text(text, "utf-8")

    with pytest.raises(DataError, match=said):
        Latency.recorded(file)


def configured(**latency):
    return BacktestConfig.check(
        {"data": {"path": "x"}, "strategy": {"class": "a:B"}, "latency": latency}
    )


def test_a_configuration_takes_a_duration_or_a_law():
    section = configured(
        feed="5us", entry={"law": "gamma", "mean": "50us", "shape": 2}
    ).latency

    assert section.feed == 5_000
    assert section.entry.mean == 50_000


@pytest.mark.parametrize(
    ("latency", "said"),
    [
        ({"entry": "5 parsecs"}, "latency.entry must be a number and one of"),
        ({"entry": {"law": "normal", "meen": 1}}, r"latency.entry.meen.*mean"),
        ({"entry": {"law": "poisson"}}, "latency.entry.law must be"),
        ({"load": {"window": "1ms"}}, "latency.load.per_message is missing"),
    ],
)
def test_a_mistake_in_a_configuration_is_named_where_it_stands(latency, said):
    with pytest.raises(ConfigError, match=said):
        configured(**latency)


@pytest.mark.parametrize("load", [0, "5us", {"window": 1}])
def test_a_load_that_is_none_is_refused(load):
    with pytest.raises(ArgumentError, match="latency load must be"):
        Latency(load=load)


@pytest.mark.parametrize("value", ["false", 0, None])
def test_a_switch_takes_true_or_false_alone(value):
    with pytest.raises(ArgumentError, match="cash_only must be"):
        Limits(cash_only=value)
    with pytest.raises(ArgumentError, match="touch_fills must be"):
        BarFills(touch_fills=value)
