"""One strategy written three times: `probe.cpp`, and here in Python and for numba.

It uses every call and asks for everything; a digest of what it saw decides some of its
orders, so that a difference in anything shows in the records.
"""

from __future__ import annotations

from typing import Any

from ai_trading._core.book import reject_codes
from ai_trading.core.records import order_status_code
from ai_trading.strategies import Strategy

PRIME = 1_000_003
WAIT = 40_000_000_000
AGGRESSOR = {"buy": 0, "sell": 1, None: 2}


def ticks(price: float) -> int:
    return round(price * 100) if price == price else 0


class Probe(Strategy):
    """In Python, as anybody writes one."""

    def __init__(self, size: int = 3, every: int = 5) -> None:
        super().__init__("probe", size=size, every=every)

    def on_start(self) -> None:
        self.size, self.every = self.parameters["size"], self.parameters["every"]
        self.seen = self.resting = self.books = self.rings = 0
        self.subscribe(quotes=True, trades=True, bars=True, book_every=self.every)
        self.timer = self.set_timer(at=self.now + WAIT, every=WAIT)

    def mix(self, seen: int) -> None:
        self.seen = (self.seen * 31 + seen % PRIME) % PRIME
        if self.seen % 97 == 0:
            self.buy(self.symbols[0], 1 + self.seen % 3)

    def on_quote(self, quote: Any) -> None:
        self.mix(
            ticks(quote.bid)
            + 3 * int(quote.bid_quantity)
            + 5 * ticks(quote.ask)
            + 7 * int(quote.ask_quantity)
        )
        if self.resting == 0 and quote.bid_quantity > 0:
            self.resting = self.buy(quote.symbol, self.size, limit=quote.bid)

    def on_book(self, book: Any) -> None:
        self.mix(book.timestamp)
        symbol, ask = book.symbol, book.ask
        there = book.ask_quantity
        place = self.queue_position(self.resting) if self.resting else None
        if place is not None:
            self.mix(place.orders_ahead + int(place.quantity_ahead))
        for price, quantity in self.depth(symbol, "sell", 3).tolist():
            self.mix(ticks(price) + int(quantity))
        if self.resting:
            known = self.order(self.resting)
            self.mix(order_status_code(known.status) + int(known.filled))
        self.books += 1
        if self.books % 4 == 0 and there > 0:
            limit = (ticks(ask) - 1) / 100
            self.sell(symbol, self.size, limit=limit, immediate=True)

    def on_trade(self, trade: Any) -> None:
        self.mix(ticks(trade.price) + int(trade.quantity) + AGGRESSOR[trade.aggressor])
        price = self.price(trade.symbol)
        if price == price:
            self.mix(ticks(price))

    def on_bar(self, bar: Any) -> None:
        prices = bar.open, bar.high, bar.low, bar.close
        self.mix(sum(ticks(price) for price in prices) + int(bar.volume))
        if bar.close > bar.open:
            self.buy(bar.symbol, self.size)
        elif self.position(bar.symbol) > 0:
            self.sell(bar.symbol, self.size, limit=bar.close)

    def on_timer(self, timer: Any) -> None:
        self.mix(timer.number)
        self.mix(int(self.cash * 10**6))
        self.mix(int(self.value * 10**6))
        if self.resting:
            if self.rings % 2 == 0:
                self.cancel(self.resting)
            else:
                known = self.order(self.resting)
                self.modify(
                    self.resting,
                    limit=(ticks(known.limit) - 1) / 100,
                    quantity=known.quantity + 1,
                )
        self.rings += 1
        if self.rings == 40:
            self.cancel_timer(self.timer)

    def on_order(self, order: Any) -> None:
        status = order_status_code(order.status)
        reason = reject_codes[order.reason] if order.reason else 0
        order_id = order.order_id
        self.mix(status + reason + int(order.quantity) + order_id)
        if order_id == self.resting and status in (3, 6, 7, 8):
            self.resting = 0

    def on_fill(self, fill: Any) -> None:
        maker = 1 if fill.liquidity == "maker" else 2
        order_id, symbol = fill.order_id, fill.symbol
        self.mix(ticks(fill.price) + int(fill.quantity) + int(fill.position) + maker)
        self.mix(int(self.position(symbol)))
        if order_id == self.resting:
            known = self.order(order_id)
            if known.filled == known.quantity:
                self.resting = 0
