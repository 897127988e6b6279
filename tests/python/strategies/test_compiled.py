"""Compiled strategies see what one in Python sees: the same orders, fills and state."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from compiling import ROOT, library
from probes import Probe
from run_samples import SECOND, busy_day, market, table
from three_markets import MARKETS, minutes

from ai_trading import Backtest, BacktestEngine
from ai_trading.backtest.assemble import load_strategy, run_backtest
from ai_trading.backtest.config import BacktestConfig
from ai_trading.backtest.terms import FeeModel, Latency, LevelFills
from ai_trading.core.errors import AiTradingError, ArgumentError, ConfigError
from ai_trading.market.source import MarketData
from ai_trading.market.synthetic import synthetic_day
from ai_trading.strategies import NativeStrategy

HERE = Path(__file__).parents[1]
PLUGINS = ROOT / "tests" / "cpp" / "sim" / "plugins"
EXAMPLE = ROOT / "examples" / "cpp_strategy"


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("libraries")


@pytest.fixture(scope="session")
def probe(folder):
    return library(HERE / "probe.cpp", folder)


@pytest.fixture(scope="session")
def maker(folder):
    return library(EXAMPLE / "maker.cpp", folder)


TERMS = {
    "at once": {},
    "with delays and fees": {
        "latency": Latency(feed=2 * SECOND, entry=3 * SECOND, response=SECOND),
        "fees": FeeModel(maker_per_share="-0.002", taker_per_share="0.003"),
        "level_fills": LevelFills(queue="power"),
    },
}


def records(result):
    return (
        result.orders.tobytes(),
        result.fills.tobytes(),
        result.account.tobytes(),
        result.state_hash,
    )


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("kind", MARKETS)
def test_one_strategy_written_three_times_does_the_same(kind, terms, probe):
    pytest.importorskip("numba")
    from probe_numba import CompiledProbe

    data = market(MARKETS[kind]())

    def run(strategy):
        return Backtest(data, strategies=[strategy], **TERMS[terms]).run()

    python = run(Probe(size=2, every=3))
    native = run(NativeStrategy(probe, "probe", size=2, every=3))
    compiled = run(CompiledProbe(size=2, every=3))

    assert len(python.orders) > 100
    assert len(python.fills) > 50
    assert records(native) == records(python)
    assert records(compiled) == records(python)


def test_it_depends_on_what_it_was_given(probe):
    data = market(busy_day())
    runs = [
        Backtest(data, strategies=[NativeStrategy(probe, "p", size=size)]).run()
        for size in (2, 2, 3)
    ]

    assert records(runs[0]) == records(runs[1]) != records(runs[2])
    assert runs[0].run_id == runs[1].run_id != runs[2].run_id


def test_strategies_of_all_three_kinds_share_a_run(probe):
    pytest.importorskip("numba")
    from probe_numba import CompiledProbe

    data = market(busy_day())
    python, native, compiled = Probe(), NativeStrategy(probe), CompiledProbe()
    python.name, compiled.name = "python", "compiled"

    def run(*strategies):
        return Backtest(data, strategies=strategies).run()

    one = run(python, native, compiled)
    # Whoever is where, each position is told the same things.
    other = run(native, compiled, python)

    assert set(one.orders["strategy"]) == {0, 1, 2}
    assert records(one) == records(other)


def test_runs_of_compiled_strategies_go_on_in_threads(probe):
    data = [market(busy_day(seed=seed)) for seed in (1, 2)]

    def run(which):
        return Backtest(data[which], strategies=[NativeStrategy(probe)]).run()

    alone = [records(run(0)), records(run(1))]
    together = [None, None]

    def work(which):
        together[which] = records(run(which))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert together == alone


def test_the_example_runs_from_a_configuration(maker):
    data = synthetic_day(["ACME"], seed=1, events=20_000)
    config = BacktestConfig.check(
        {
            "data": {"path": "day.npy"},
            "strategy": {"path": maker.name, "params": {"size": 200}},
        },
        file=maker.parent / "maker.toml",
    )

    strategy = load_strategy(config.strategy[0], config, 0)
    result = Backtest(data, strategies=[strategy]).run()

    assert strategy.name == "Maker"
    assert len(result.fills) > 10
    assert set(result.orders["quantity"]) == {200}
    assert result.config["strategies"]["Maker"]["class"].startswith("libmaker.so:Maker")
    assert result.config["strategies"]["Maker"]["parameters"] == {"size": 200}


def test_the_other_example_stops_each_of_its_losses(folder):
    made = library(EXAMPLE / "guarded.cpp", folder)
    data = synthetic_day(["ACME"], seed=1, events=20_000)

    run = Backtest(data, strategies=[NativeStrategy(made, risk=2)]).run()

    orders = list(run.orders_table())
    kinds = {order.type for order in orders}
    assert kinds == {"market", "stop"}
    entries = {fill.price for fill in run.fills_table() if fill.side == "buy"}
    tick = run.instruments[0].tick_size
    assert {o.stop + 2 * tick for o in orders if o.type == "stop"} <= entries
    assert len(run.order_terms) > 5


def test_a_configuration_names_a_class_or_a_library():
    data = {"path": "day.csv"}
    for strategy in ({}, {"class": "a:B", "path": "x.so"}):
        with pytest.raises(ConfigError, match="must have either class"):
            BacktestConfig.check({"data": data, "strategy": strategy})


def test_the_command_runs_it(maker, tmp_path):
    from typer.testing import CliRunner

    from ai_trading.cli.main import app

    table = tmp_path / "bars.csv"
    lines = ["timestamp,open,high,low,close,volume"]
    lines += [
        f"2026-01-{day:02d}T{hour:02d}:00:00Z,100,101,99,100.5,1000"
        for day in range(5, 10)
        for hour in range(15, 20)
    ]
    table.write_text("\n".join(lines))
    config = tmp_path / "run.toml"
    config.write_text(
        f'[run]\nstore = false\n[[data]]\npath = "bars.csv"\nsymbol = "ACME"\n'
        f'[[strategy]]\npath = "{maker}"\n[report]\nwrite = false\n'
    )

    done = CliRunner().invoke(app, ["backtest", str(config)])

    assert done.exit_code == 0, done.output
    assert "Maker" in run_backtest(config).summary() or done.output


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_symbol", "has no symbol ai_trading_strategy"),
        ("other_version", "was built for version 4 .* this is version 3"),
        ("other_layout", "records of another layout"),
    ],
)
def test_a_library_made_for_something_else_is_refused(name, words, folder):
    made = library(PLUGINS / f"{name}.cpp", folder)

    with pytest.raises(ConfigError, match=words):
        NativeStrategy(made)


def test_what_is_no_library_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        NativeStrategy(tmp_path / "nothing.so")
    text = tmp_path / "text.so"
    text.write_text("not a library")
    with pytest.raises(ConfigError, match="is no shared library"):
        NativeStrategy(text)


def test_parameters_are_checked_when_it_is_made(maker):
    with pytest.raises(ConfigError, match="without a parameter siez; it has size, max"):
        NativeStrategy(maker, siez=1)
    with pytest.raises(ConfigError, match="size must be a whole number"):
        NativeStrategy(maker, size=1.5)
    with pytest.raises(
        ArgumentError, match="must be a number, a text or true or false"
    ):
        NativeStrategy(maker, size=[1])


def test_a_library_that_fails_ends_the_run_with_its_words(folder):
    made = library(PLUGINS / "fails.cpp", folder)
    data = market(busy_day(50))

    with pytest.raises(
        AiTradingError, match="strategy Fails ended the run: on purpose"
    ):
        Backtest(data, strategies=[NativeStrategy(made)]).run()
    with pytest.raises(AiTradingError, match="has no instrument 7; it has 1"):
        Backtest(data, strategies=[NativeStrategy(made, how="instrument")]).run()
    with pytest.raises(ConfigError, match="refused to make Fails: it will not be made"):
        NativeStrategy(made, how="make")


def test_the_engine_of_signals_runs_it_too(probe):
    bars = MarketData(minutes(), table("ACME"), "made up")
    engine = BacktestEngine(cash=1_000_000)

    python = engine.run_backtest(Probe(), bars)
    native = engine.run_backtest(NativeStrategy(probe, "probe"), bars)

    assert len(native.fills) > 50
    assert records(native) == records(python)


def test_numba_says_what_it_cannot_compile():
    pytest.importorskip("numba")
    from ai_trading.strategies.compiled import CompiledStrategy

    class Odd(CompiledStrategy):
        @staticmethod
        def on_quote(me, quote):
            return quote.no_such_field

    class NoField(CompiledStrategy):
        fields = {"size": "i8"}  # noqa: RUF012

    with pytest.raises(ArgumentError, match=r"cannot compile Odd\.on_quote"):
        Backtest(market(busy_day(50)), strategies=[Odd()]).run()
    with pytest.raises(ArgumentError, match="has no field siez; it has size"):
        NoField(siez=1)
    with pytest.raises(ArgumentError, match="size of NoField is int64; received 'big'"):
        NoField(size="big")


def test_a_compiled_call_that_raises_ends_the_run(monkeypatch):
    pytest.importorskip("numba")
    from ai_trading.strategies.compiled import CompiledStrategy

    class Raises(CompiledStrategy):
        fields = {"calls": "i8"}  # noqa: RUF012

        @staticmethod
        def on_quote(me, quote):
            me.calls += 1
            if me.calls == 3:
                raise ValueError("on purpose")

    said = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: said.append(what.exc_value))
    strategy = Raises()

    with pytest.raises(AiTradingError, match="strategy Raises ended the run"):
        Backtest(market(busy_day(50)), strategies=[strategy]).run()

    assert str(said[0]) == "on purpose"
    assert strategy.memory["calls"] == 3


def test_outside_a_run_its_functions_do_nothing():
    pytest.importorskip("numba")
    from probe_numba import CompiledProbe

    from ai_trading.strategies.compiled import NO_PRICE, buy, cancel, price, touch

    strategy = CompiledProbe()
    Backtest(market(busy_day(200)), strategies=[strategy]).run()
    me = strategy.memory[0]

    assert me["host"] == 0
    assert buy(me, 0, 1) == 0
    assert cancel(me, 1) is False
    assert price(me, 0) == NO_PRICE
    assert touch(me, 0) == (NO_PRICE, 0, NO_PRICE, 0)


def test_without_numba_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "ai_trading.strategies.compiled", raising=False)

    with pytest.raises(ImportError, match=r"ai_trading\[numba\]"):
        from ai_trading.strategies import CompiledStrategy  # noqa: F401
