"""Small markets and strategies that other tests run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from ai_trading.backtest.engine import Backtest
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import BAR, EVENT, QUOTE, EventKind
from ai_trading.market.source import MarketData
from ai_trading.strategies.strategy import Strategy

SECOND = 1_000_000_000
OPEN = 1_767_709_800 * SECOND  # 2026-01-06 14:30 UTC
CENT = Decimal("0.01")
BUY, SELL = 0, 1


def table(*symbols: str) -> InstrumentTable:
    return InstrumentTable(
        Instrument(symbol, tick_size=CENT) for symbol in symbols or ("AAPL",)
    )


def market(records: np.ndarray, *symbols: str) -> MarketData:
    return MarketData(records, table(*symbols), source="made up")


def events(*rows: tuple[int, EventKind, int, int, int, int]) -> np.ndarray:
    """Events of (seconds after the open, kind, order id, side, ticks, lots)."""
    out = np.zeros(len(rows), dtype=EVENT)
    for at, (time, kind, order_id, side, price, quantity) in enumerate(rows):
        out[at] = (OPEN + time * SECOND, 0, kind, side, 0, order_id, price, quantity, 0)
    return out


def bars(*rows: tuple[int, int, int, int], volume: int = 1000) -> np.ndarray:
    """Minute bars of (open, high, low, close) in ticks, one after another."""
    out = np.zeros(len(rows), dtype=BAR)
    for at, row in enumerate(rows):
        start = OPEN + at * 60 * SECOND
        out[at] = (start + 60 * SECOND, start, 0, 0, *row, volume)
    return out


def quotes(*rows: tuple[int, int, int, int, int]) -> np.ndarray:
    """Quotes of (seconds, bid, bid quantity, ask, ask quantity)."""
    out = np.zeros(len(rows), dtype=QUOTE)
    for at, (time, *prices) in enumerate(rows):
        out[at] = (OPEN + time * SECOND, 0, 0, *prices)
    return out


def busy_day(n: int = 3000, seed: int = 5) -> np.ndarray:
    """Random order flow around 100.00 that never crosses."""
    rng = np.random.default_rng(seed)
    rows, live = [], []
    for at in range(n):
        if live and rng.random() < 0.45:
            order_id, side, price, left = live.pop(int(rng.integers(len(live))))
            kind = EventKind.EXECUTE if rng.random() < 0.5 else EventKind.REMOVE
            rows.append((at, kind, order_id, side, price, left))
        else:
            side = int(rng.integers(2))
            away = int(rng.integers(1, 8))
            price = 10_000 + (away if side else -away)
            live.append((at + 1, side, price, int(rng.integers(1, 9)) * 100))
            rows.append((at, EventKind.ADD, *live[-1]))
    return events(*rows)


class Diary(Strategy):
    """Writes down what it is told, and does as `plan` says: {line: action}."""

    def __init__(self, plan: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.plan, self.lines = plan or {}, []

    def note(self, line: str) -> None:
        self.lines.append(((self.now - OPEN) / SECOND, line))
        if line in self.plan:
            self.plan[line](self)

    def on_start(self) -> None:
        self.subscribe(quotes=True, trades=True, bars=True)
        self.note("start")

    def on_quote(self, quote: Any) -> None:
        self.note(f"quote {quote.bid:g} {quote.ask:g}")

    def on_trade(self, trade: Any) -> None:
        self.note(f"trade {trade.quantity:g} @ {trade.price:g}")

    def on_bar(self, bar: Any) -> None:
        self.note(f"bar {bar.close:g}")

    def on_timer(self, timer: Any) -> None:
        self.note(f"timer {timer.number}")

    def on_order(self, order: Any) -> None:
        reason = f" {order.reason}" if order.reason else ""
        self.note(f"{order.status} {order.order_id}{reason}")

    def on_fill(self, fill: Any) -> None:
        self.note(f"fill {fill.order_id}: {fill.quantity:g} @ {fill.price:g}")

    def on_stop(self) -> None:
        self.lines.append("stop")


class Maker(Strategy):
    """Joins both sides of the market and cancels after a while; wants many calls."""

    def on_start(self) -> None:
        self.subscribe(quotes=True, trades=True, book_every=7)
        self.mine: list[int] = []
        self.set_timer(every=50 * SECOND)

    def on_quote(self, quote: Any) -> None:
        if len(self.mine) < 6 and quote.bid == quote.bid and quote.ask == quote.ask:
            self.mine.append(self.buy(quote.symbol, 100, quote.bid))
            self.mine.append(self.sell(quote.symbol, 100, quote.ask))

    def on_timer(self, timer: Any) -> None:
        for order_id in self.mine:
            self.cancel(order_id)
        self.mine.clear()

    def on_book(self, book: Any) -> None:
        if book.timestamp // SECOND % 11 == 0:
            self.buy(book.symbol, 100)


def run(records: np.ndarray, *strategies: Strategy, **options: Any) -> Any:
    return Backtest(market(records), strategies=strategies, **options).run()
