"""Matching engines of others on one flow of commands, told in lines of JSON.

Runs in the peers' interpreter, without us and without NumPy. `python peer_matching.py
NAME FLOW RESTING SECONDS` reads rows of five whole numbers (what, id, side, price,
quantity), fills the book with the first RESTING of them, and times the rest until they
or SECONDS of processor time are used up. The last line counts; others come before it,
so that something is known of an engine that stops answering. What is timed is what its
user would write: a loop that makes the order and calls the engine.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from array import array
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ADD, CANCEL, MOVE = 0, 1, 2
BUY = 0
CHUNK = 50
FILLING_SECONDS = 5.0


class Loop:
    """No engine: what the loop itself costs."""

    package = ""

    def add(self, order: int, side: int, price: int, quantity: int) -> None:
        pass

    def cancel(self, order: int) -> None:
        pass

    def move(self, order: int, side: int, price: int, quantity: int) -> None:
        """Give a live order another price; it loses its place."""
        self.cancel(order)
        self.add(order, side, price, quantity)

    def volume(self) -> int | None:
        """Return what has traded, None where the engine does not tell."""
        return 0

    def close(self) -> None:
        pass


class Nanobook(Loop):
    package = "nanobook"

    def __init__(self) -> None:
        self.book = importlib.import_module("nanobook").Exchange()
        self.ids: dict[int, int] = {}

    def add(self, order: int, side: int, price: int, quantity: int) -> None:
        word = "buy" if side == BUY else "sell"
        self.ids[order] = self.book.submit_limit(word, price, quantity).order_id

    def cancel(self, order: int) -> None:
        self.book.cancel(self.ids[order])

    def move(self, order: int, side: int, price: int, quantity: int) -> None:  # noqa: ARG002
        made = self.book.modify(self.ids[order], price, quantity)
        self.ids[order] = made.new_order_id

    def volume(self) -> int | None:
        return sum(trade.quantity for trade in self.book.trades())


class LimitOrderBook(Loop):
    package = "limit-order-book"

    def __init__(self) -> None:
        self.book = importlib.import_module("limit_order_book").LimitOrderBook()

    def add(self, order: int, side: int, price: int, quantity: int) -> None:
        if side == BUY:
            self.book.limit_buy(order, quantity, price)
        else:
            self.book.limit_sell(order, quantity, price)

    def cancel(self, order: int) -> None:
        self.book.cancel(order)

    def volume(self) -> int | None:
        return None


class PyOrderBook(Loop):
    package = "pyorderbook"

    def __init__(self) -> None:
        self.module = importlib.import_module("pyorderbook")
        self.book = self.module.Book()
        self.orders: dict[int, Any] = {}
        self.traded = 0

    def add(self, order: int, side: int, price: int, quantity: int) -> None:
        make = self.module.bid if side == BUY else self.module.ask
        made = self.orders[order] = make("X", price, quantity)
        for trade in self.book.match(made).trades:
            self.traded += trade.fill_quantity

    def cancel(self, order: int) -> None:
        self.book.cancel(self.orders.pop(order))

    def volume(self) -> int | None:
        return self.traded


class AkhilOrderBook(Loop):
    package = "akhil4n-orderbook"

    def __init__(self) -> None:
        self.module = importlib.import_module("orderbook")
        self.book = self.module.OrderBook()
        self.orders: dict[int, str] = {}

    def add(self, order: int, side: int, price: int, quantity: int) -> None:
        sides = self.module.OrderSide
        made = self.module.Order(
            sides.BID if side == BUY else sides.ASK, price, quantity
        )
        self.orders[order] = made.order_id
        self.book.add_limit_order(made)

    def cancel(self, order: int) -> None:
        self.book.cancel_order(self.orders.pop(order))

    def volume(self) -> int | None:
        return sum(trade.quantity_filled for trade in self.book.trade_log)


class LightMatchingEngine(Loop):
    package = "lightmatchingengine"

    def __init__(self) -> None:
        name = "lightmatchingengine.lightmatchingengine"
        self.book = importlib.import_module(name).LightMatchingEngine()
        self.ids: dict[int, int] = {}
        self.traded = 0

    def add(self, order: int, side: int, price: int, quantity: int) -> None:
        made, _ = self.book.add_order("X", price, quantity, 1 if side == BUY else 2)
        self.ids[order] = made.order_id
        self.traded += made.cum_qty

    def cancel(self, order: int) -> None:
        self.book.cancel_order(self.ids.pop(order), "X")

    def volume(self) -> int | None:
        return self.traded


class FastLob(Loop):
    package = "fastlob"

    def __init__(self) -> None:
        self.module = importlib.import_module("fastlob")
        self.book = self.module.Orderbook(start=True)
        self.ids: dict[int, str] = {}
        self.traded = 0

    def add(self, order: int, side: int, price: int, quantity: int) -> None:
        sides = self.module.OrderSide
        wanted = sides.BID if side == BUY else sides.ASK
        result = self.book(self.module.OrderParams(wanted, price, quantity))
        self.ids[order] = result.orderid()
        kinds = self.module.ResultType
        if result.kind() in (kinds.MARKET, kinds.PARTIAL_MARKET):
            self.traded += int(sum(result.execprices().values()))

    def cancel(self, order: int) -> None:
        self.book.cancel(self.ids.pop(order))

    def volume(self) -> int | None:
        return self.traded

    def close(self) -> None:
        self.book.stop()


class OrderMatching(Loop):
    package = "order-matching"

    def __init__(self) -> None:
        engine = importlib.import_module("order_matching.matching_engine")
        self.order = importlib.import_module("order_matching.order").LimitOrder
        self.orders = importlib.import_module("order_matching.orders").Orders
        self.side = importlib.import_module("order_matching.enums").Side
        importlib.import_module("loguru").logger.remove()  # it writes every call down
        self.book = engine.MatchingEngine(seed=1)
        self.now = datetime(2026, 1, 1)  # noqa: DTZ001  it wants a plain one
        self.traded = 0

    def add(self, order: int, side: int, price: int, quantity: int) -> None:
        self.now += timedelta(microseconds=1)
        made = self.order(
            side=self.side.BUY if side == BUY else self.side.SELL,
            price=price,
            size=quantity,
            timestamp=self.now,
            order_id=str(order),
            trader_id="x",
        )
        self.book.place(self.orders([made]))
        for trade in self.book.match(self.now).trades:
            self.traded += int(trade.size)

    def cancel(self, order: int) -> None:
        self.book.cancel_order(str(order))

    def volume(self) -> int | None:
        return self.traded


PEERS: tuple[type[Loop], ...] = (
    Nanobook,
    LimitOrderBook,
    PyOrderBook,
    AkhilOrderBook,
    LightMatchingEngine,
    FastLob,
    OrderMatching,
)


def play(
    book: Loop, rows: list[tuple[int, ...]], seconds: float
) -> Iterator[tuple[int, float]]:
    """Send commands; say how many so far, and what processor time they took."""
    spent = 0.0
    for begin in range(0, len(rows), CHUNK):
        part = rows[begin : begin + CHUNK]
        start = time.process_time()
        for what, order, side, price, quantity in part:
            if what == ADD:
                book.add(order, side, price, quantity)
            elif what == CANCEL:
                book.cancel(order)
            else:
                book.move(order, side, price, quantity)
        spent += time.process_time() - start
        yield begin + len(part), spent
        if spent >= seconds:
            return


def measure(kind: type[Loop], flow: str, resting: int, seconds: float) -> None:
    """Write what one engine did and took."""
    installed = version(kind.package) if kind.package else ""
    numbers = array("q")
    numbers.frombytes(Path(flow).read_bytes())
    rows = [tuple(numbers[at : at + 5]) for at in range(0, len(numbers), 5)]
    book = kind()
    try:
        filled = max(n for n, _ in play(book, rows[:resting], FILLING_SECONDS))
        if filled < resting:
            words = f"filled {filled:,} of {resting:,} orders in {FILLING_SECONDS:g} s"
            return tell(version=installed, skipped=words)
        done, spent, told = 0, 0.0, 0.0
        for done, spent in play(book, rows[resting:], seconds):
            if spent - told > seconds / 50 or (done <= 4_000 and done % 250 == 0):
                told = spent
                tell(version=installed, commands=done, ns=1e9 * spent / done)
        tell(
            version=installed,
            commands=done,
            ns=1e9 * spent / done,
            volume=book.volume(),
            finished=True,
        )
    finally:
        book.close()


def tell(**found: Any) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """Measure the engine that the command line names."""
    kinds = {kind.package: kind for kind in (Loop, *PEERS)}
    name, flow, resting, seconds = words
    try:
        measure(kinds[name], flow, int(resting), float(seconds))
    except PackageNotFoundError:
        tell(skipped="not installed")
    except ImportError as error:
        tell(skipped=f"not installed whole: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
