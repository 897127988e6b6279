"""What other threads and failing callbacks may expect of a running session."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from ai_trading.backtest.engine import Backtest
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import EVENT, EventKind
from ai_trading.market.source import MarketData
from ai_trading.strategies import Strategy

COUNT = 200_000


@pytest.fixture(scope="module")
def data() -> MarketData:
    rows = np.zeros(COUNT, dtype=EVENT)
    rows["timestamp"] = 1_700_000_000_000_000_000 + 1_000 * np.arange(COUNT)
    rows["kind"] = EventKind.LEVEL
    rows["price"] = 1_000
    rows["quantity"] = 1 + np.arange(COUNT) % 7
    return MarketData(rows, InstrumentTable([Instrument("X")]), "generated")


class Counter(Strategy):
    def __init__(self, every: int) -> None:
        super().__init__(every=every)
        self.every = every
        self.seen = 0

    def on_start(self) -> None:
        self.subscribe(book_every=self.every)

    def on_book(self, book: Any) -> None:
        self.seen += 1


@pytest.mark.parametrize("every", [1, 5_000])
def test_other_threads_run_meanwhile(data: MarketData, every: int) -> None:
    strategy = Counter(every)
    running, ticks = threading.Event(), []

    def tick() -> None:
        while running.is_set():
            ticks.append(strategy.seen)
            pause.wait(0.0005)

    pause = threading.Event()
    running.set()
    other = threading.Thread(target=tick)
    other.start()
    try:
        for _ in range(5):
            result = Backtest(data, strategies=[strategy]).run()
    finally:
        running.clear()
        pause.set()
        other.join()
    assert result.events == COUNT
    assert strategy.seen == 5 * (COUNT // every)
    # It saw the run from inside, not only before and after.
    assert len(set(ticks)) > 2


class Fails(Strategy):
    def on_start(self) -> None:
        self.subscribe(book_every=10)

    def on_book(self, book: Any) -> None:
        msg = "on purpose"
        raise RuntimeError(msg)


def test_a_failing_callback_leaves_the_interpreter_as_it_was(data: MarketData) -> None:
    for _ in range(3):
        with pytest.raises(RuntimeError, match="on purpose"):
            Backtest(data, strategies=[Fails()]).run()
    strategy = Counter(1_000)
    Backtest(data, strategies=[strategy]).run()
    assert strategy.seen == COUNT // 1_000


class Meddles(Strategy):
    def on_start(self) -> None:
        self.subscribe(book_every=10)

    def on_book(self, book: Any) -> None:
        assert self._session is not None
        self._session.connect([], None, None)


def test_strategies_are_not_exchanged_during_a_run(data: MarketData) -> None:
    with pytest.raises(RuntimeError, match="during a run"):
        Backtest(data, strategies=[Meddles()]).run()
