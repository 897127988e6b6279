"""Runs in threads are those of one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from compiling import ROOT, library
from probes import Probe
from run_samples import busy_day, market

from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.together import run_together
from ai_trading.core.errors import ArgumentError
from ai_trading.strategies import NativeStrategy, Strategy


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    return library(ROOT / "tests/python/probe.cpp", tmp_path_factory.mktemp("probe"))


@pytest.fixture(scope="module")
def three_symbols():
    days = [busy_day(1500, seed=seed) for seed in (1, 2, 3)]
    for place, day in enumerate(days):
        day["instrument"] = place
        day["order_id"] += np.uint64(place * 10_000)
    rows = np.concatenate(days)
    return market(rows[np.argsort(rows["timestamp"], kind="stable")], "A", "B", "C")


def records(result):
    return (
        result.run_id,
        result.state_hash,
        result.orders.tobytes(),
        result.fills.tobytes(),
        result.account.tobytes(),
    )


@pytest.mark.parametrize("threads", [2, 3, None])
def test_several_symbols_and_strategies_are_the_same_in_threads(
    threads, probe, three_symbols
):
    def tests():
        return [
            Backtest(
                three_symbols,
                strategies=[
                    NativeStrategy(probe, "one", size=size, every=4),
                    NativeStrategy(probe, "two", size=size + 1),
                    Probe(size=size),
                ],
            )
            for size in (1, 2, 3, 4)
        ]

    alone = [records(test.run()) for test in tests()]
    results = run_together(tests(), threads=threads)

    assert [records(result) for result in results] == alone
    assert len(set(alone)) == 4
    assert set(results[0].fills["instrument"]) == {0, 1, 2}
    assert set(results[0].fills["strategy"]) == {0, 1, 2}


# Where another test compiled the smaller record before, numba tells that it fits.
@pytest.mark.filterwarnings("ignore:.*considered a subtype")
def test_calls_that_numba_compiles_meanwhile_are_those_of_one_thread(three_symbols):
    pytest.importorskip("numba")
    from probe_numba import CompiledProbe

    class Anew(CompiledProbe):  # what is compiled is kept by function: none is shared
        fields = {**CompiledProbe.fields, "more": "i8"}  # noqa: RUF012

    def tests():
        return [Backtest(three_symbols, strategies=[Anew(size=n)]) for n in (1, 2)]

    together = [records(result) for result in run_together(tests(), threads=2)]

    assert together == [records(test.run()) for test in tests()]


def test_a_strategy_belongs_to_one_of_them(three_symbols):
    shared = Probe()
    tests = [Backtest(three_symbols, strategies=[shared]) for _ in range(2)]

    with pytest.raises(ArgumentError, match="'probe' is part of backtests 0 and 1"):
        run_together(tests)


def test_threads_are_at_least_one(three_symbols):
    with pytest.raises(ArgumentError, match="received 0"):
        run_together([Backtest(three_symbols, strategies=[Probe()])], threads=0)
    assert run_together([]) == []


class Fails(Strategy):
    def on_quote(self, quote):
        msg = "on purpose"
        raise RuntimeError(msg)


@pytest.mark.parametrize("threads", [1, 2])
def test_what_one_raises_is_raised(threads, three_symbols):
    tests = [
        Backtest(three_symbols, strategies=[strategy])
        for strategy in (Probe(), Fails(), Probe(size=4))
    ]

    with pytest.raises(RuntimeError, match="on purpose"):
        run_together(tests, threads=threads)
