"""What a backtest costs per event, beside hftbacktest on the same events.

Question   how many ns does an event take from the record to the end of the run, with a
           strategy in Python, at any depth of queue?
Workload   see `flows.py`; strategies that do nothing, act once per 100 events (send,
           then cancel a bid two ticks behind the touch) or are woken on every event.
Read       processor ns per event: median of interleaved runs. Ours is the whole of
           `Backtest.run` (checks, digest of the inputs, records of the results); the
           peer's is its loop alone, with a compiled strategy.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from flows import EVENT, FIRST_NS, kept, level_flow, order_flow
from numpy.typing import NDArray

from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.terms import FeeModel, Latency
from ai_trading.backtest.together import run_together
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import BAR
from ai_trading.market.source import MarketData
from ai_trading.strategies import Strategy

HERE = Path(__file__).resolve().parent
PEERS = HERE.parents[1] / "build" / "peers" / "bin" / "python"
WHATS = ("nothing", "one action per 100", "every event")
GOALS = {
    ("orders", "one action per 100"): 150,
    ("orders", "every event"): 400,
    ("levels", "one action per 100"): 50,
    ("levels", "nothing"): 50,
}


class Nothing(Strategy):
    """Sleeps through the run."""


class EveryEvent(Strategy):
    """Looks at the touch after every event."""

    def on_start(self) -> None:
        self.total = 0.0
        self.subscribe(book_every=1)

    def on_book(self, book: Any) -> None:
        self.total += book.bid


class EveryHundred(Strategy):
    """Sends or cancels one order after every 100 events."""

    def on_start(self) -> None:
        self.working = 0
        self.subscribe(book_every=100)

    def on_book(self, book: Any) -> None:
        if self.working:
            self.cancel(self.working)
            self.working = 0
        elif book.bid == book.bid:
            self.working = self.buy(book.symbol, 1, limit=round(book.bid - 0.02, 2))


class Crossover(Strategy):
    """Long above, short below: two running means, and an order where they cross."""

    def __init__(self, short: int, long: int) -> None:
        super().__init__(short=short, long=long)
        self.short, self.long = short, long

    def on_start(self) -> None:
        self.kept = [0.0] * self.long
        self.seen = 0
        self.sum_short = self.sum_long = 0.0
        self.held = 0
        self.subscribe(bars=True)

    def on_bar(self, bar: Any) -> None:
        price, at, kept = bar.close, self.seen, self.kept
        self.sum_long += price - kept[at % self.long]
        if at >= self.short:
            self.sum_short += price - kept[(at - self.short) % self.long]
        else:
            self.sum_short += price
        kept[at % self.long] = price
        self.seen = at + 1
        if at < self.long:
            return
        wanted = 1 if self.sum_short * self.long > self.sum_long * self.short else -1
        if wanted != self.held:
            quantity = 100 if self.held == 0 else 200
            (self.buy if wanted > 0 else self.sell)(bar.symbol, quantity)
            self.held = wanted


STRATEGIES = dict(zip(WHATS, (Nothing, EveryHundred, EveryEvent), strict=True))


class Peer:
    """hftbacktest in an interpreter of its own, or nothing where it is not found."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        chosen = os.environ.get("AI_TRADING_PEER_PYTHON", str(PEERS))
        if not Path(chosen).exists():
            return
        self.process = subprocess.Popen(
            [chosen, str(HERE / "peer_hftbacktest.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **task: Any) -> float:
        """Return ns per event, NaN where there is no peer."""
        if self.process is None or self.process.stdin is None:
            return float("nan")
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline() if self.process.stdout else ""
        return float(json.loads(line)["ns"]) if line else float("nan")

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.communicate()


def table() -> InstrumentTable:
    """Return the one instrument of all flows."""
    cent = Decimal("0.01")
    return InstrumentTable([Instrument("X", tick_size=cent, calendar="24/7")])


def ours(events: NDArray[Any], what: str, latency: Latency | None = None) -> float:
    """Return processor ns per event of one run."""
    data = MarketData(events.astype(EVENT, copy=False), table(), "generated")
    test = Backtest(data, strategies=[STRATEGIES[what]()], latency=latency)
    begin = time.process_time()
    result = test.run()
    seconds = time.process_time() - begin
    if result.events != len(events):
        raise AssertionError(result.events)
    return seconds * 1e9 / len(events)


def event_rows(
    count: int, runs: int, depths: tuple[int, ...]
) -> Iterator[dict[str, Any]]:
    """Yield one measured line after the other for orders and levels."""
    flows: list[tuple[str, int, Path]] = [
        (
            "orders",
            depth,
            kept(f"orders-{depth}-{count}", lambda d=depth: order_flow(count, d)),
        )
        for depth in depths
    ]
    flows.append(("levels", 0, kept(f"levels-{count}", lambda: level_flow(count))))
    peer = Peer()
    try:
        for kind, depth, path in flows:
            events = np.load(path)
            for what in WHATS:
                task = {
                    "path": str(path),
                    "orders": kind == "orders",
                    "what": what,
                }
                peer.ask(**task, head=1_000)  # compiles
                mine, theirs = [], []
                for _ in range(runs):
                    mine.append(ours(events, what))
                    theirs.append(peer.ask(**task))
                yield {
                    "data": kind + (f", {depth} per level" if depth else ""),
                    "strategy": what,
                    "ours": statistics.median(mine),
                    "peer": statistics.median(theirs),
                    "goal": GOALS.get((kind, what)),
                }
            if depth == depths[len(depths) // 2] and kind == "orders":
                delayed = Latency(feed=1_000_000, entry=1_000_000, response=1_000_000)
                mine = [ours(events, WHATS[1], delayed) for _ in range(runs)]
                yield {
                    "data": f"orders, {depth} per level, 1 ms delays",
                    "strategy": WHATS[1],
                    "ours": statistics.median(mine),
                    "peer": float("nan"),
                    "goal": None,
                }
    finally:
        peer.close()


def bars(count: int) -> NDArray[Any]:
    """Return minute bars of a random walk."""
    draw = np.random.default_rng(3)
    close = 1_000_000 + np.cumsum(draw.integers(-50, 51, count))
    rows = np.zeros(count, dtype=BAR)
    rows["start"] = FIRST_NS + 60_000_000_000 * np.arange(count)
    rows["timestamp"] = rows["start"] + 60_000_000_000
    rows["open"] = np.concatenate((close[:1], close[:-1]))
    rows["close"] = close
    rows["high"] = np.maximum(rows["open"], close) + 10
    rows["low"] = np.minimum(rows["open"], close) - 10
    rows["volume"] = 1_000_000
    return rows


class OneBar:
    """A bar that is used again and again."""

    __slots__ = ("close", "symbol")


class Alone(Crossover):
    """The same decisions with nobody to send orders to."""

    def subscribe(self, *_: Any, **__: Any) -> None:
        pass

    def buy(self, *_: Any, **__: Any) -> int:
        return 0

    sell = buy


def alone(closes: list[float], short: int, long: int) -> float:
    """Return processor seconds of a strategy's own Python, without any engine."""
    strategy, bar = Alone(short, long), OneBar()
    strategy.on_start()
    bar.symbol = "X"
    call = strategy.on_bar
    begin = time.process_time()
    for close in closes:
        bar.close = close
        call(bar)
    return time.process_time() - begin


def bar_rows(count: int, runs: int) -> Iterator[dict[str, Any]]:
    """Yield seconds per million bars of crossovers that trade more and more."""
    rows = bars(count)
    instruments = InstrumentTable([Instrument("X", calendar="24/7")])
    data = MarketData(rows, instruments, "generated")
    closes = (rows["close"] / 10_000).tolist()
    for short, long in ((200, 500), (20, 50), (5, 12), (2, 4)):
        seconds, floor, fills = [], [], 0
        for _ in range(runs):
            test = Backtest(
                data,
                strategies=[Crossover(short, long)],
                cash=10**9,
                fees=FeeModel(taker_bps=1),
            )
            begin = time.process_time()
            result = test.run()
            seconds.append(time.process_time() - begin)
            fills = len(result.fills)
            floor.append(alone(closes, short, long))
        yield {
            "crossover": f"{short}/{long}",
            "fills": fills,
            "seconds": statistics.median(seconds) * 1e6 / count,
            "alone": statistics.median(floor) * 1e6 / count,
            "goal": 1.0,
        }


def compiled_rows(events: NDArray[Any], runs: int) -> Iterator[dict[str, Any]]:
    """Yield ns per event of strategies that numba compiles, and two runs in threads."""
    try:
        from ai_trading.strategies.compiled import CompiledStrategy, buy, cancel
    except ImportError:
        return

    class Hundred(CompiledStrategy):
        """Sends or cancels one order after every 100 events, as the peer's does."""

        fields = {"working": "i8"}  # noqa: RUF012

        def on_start(self) -> None:
            self.subscribe(book_every=100)

        @staticmethod
        def on_book(me: Any, book: Any) -> None:
            if me.working:
                cancel(me, me.working)
                me.working = 0
            elif book.bid_quantity > 0:
                me.working = buy(me, book.instrument, 1, book.bid_price - 2)

    class Every(CompiledStrategy):
        """Looks at the touch after every event."""

        fields = {"total": "i8"}  # noqa: RUF012

        def on_start(self) -> None:
            self.subscribe(book_every=1)

        @staticmethod
        def on_book(me: Any, book: Any) -> None:
            me.total += book.bid_price

    data = MarketData(events, table(), "generated")

    def test(kind: Any) -> Backtest:
        return Backtest(data, strategies=[kind()])

    test(Hundred).run()  # compiles
    test(Every).run()
    for kind in (Nothing, Hundred, Every):
        taken = []
        for _ in range(runs):
            begin = time.process_time()
            test(kind).run()
            taken.append(time.process_time() - begin)
        yield {"what": kind.__name__, "ours": min(taken) * 1e9 / len(events)}
    alone, both = [], []
    for _ in range(runs):
        for threads, walls in ((1, alone), (2, both)):
            tests = [test(Every) for _ in range(4)]
            begin = time.perf_counter()
            results = run_together(tests, threads=threads)
            walls.append(time.perf_counter() - begin)
    if len({result.state_hash for result in results}) != 1:
        raise AssertionError(results)
    yield {"what": "two threads", "ours": min(alone) / min(both)}


def main(arguments: list[str] | None = None) -> int:
    """Print the two tables, or JSON lines."""
    parser = argparse.ArgumentParser(description="Backtests, ns per event.")
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--bars", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--depths", default="2,20,130")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    wanted = parser.parse_args(arguments)
    depths = tuple(int(depth) for depth in wanted.depths.split(","))

    def show(row: dict[str, Any], line: str) -> None:
        sys.stdout.write((json.dumps(row) if wanted.json else line) + "\n")
        sys.stdout.flush()

    if not wanted.json:
        sys.stdout.write(
            f"{'backtest, ns/event':40} {'strategy':19} {'ours':>6} "
            f"{'hftbacktest':>11} {'goal':>6}\n"
        )
    for row in event_rows(wanted.events, wanted.runs, depths):
        goal = f"{row['goal']:6}" if row["goal"] else "     -"
        peer = "-" if row["peer"] != row["peer"] else f"{row['peer']:.0f}"
        show(
            row,
            f"{row['data']:40} {row['strategy']:19} {row['ours']:6.0f} "
            f"{peer:>11} {goal}",
        )
    levels = np.load(kept(f"levels-{wanted.events}", lambda: level_flow(wanted.events)))
    for row in compiled_rows(levels.astype(EVENT, copy=False), wanted.runs):
        unit = "times as fast" if row["what"] == "two threads" else "ns/event"
        show(row, f"{'levels, compiled':40} {row['what']:19} {row['ours']:6.1f} {unit}")
    if not wanted.json:
        sys.stdout.write(
            f"\n{'crossover on bars, s/million':40} {'fills':>19} {'ours':>6} "
            f"{'its Python':>11} {'goal':>6}\n"
        )
    for row in bar_rows(wanted.bars, wanted.runs):
        show(
            row,
            f"{row['crossover']:40} {row['fills']:19} {row['seconds']:6.2f} "
            f"{row['alone']:11.2f} {row['goal']:6}",
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
