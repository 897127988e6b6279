"""The strategy of `probes.py` for numba."""

from __future__ import annotations

import numba
import numpy as np

from ai_trading.strategies.compiled import (
    NO_PRICE,
    CompiledStrategy,
    buy,
    cancel,
    cancel_timer,
    cash,
    depth,
    modify,
    order_filled,
    order_limit,
    order_quantity,
    order_status,
    position,
    price,
    queue_position,
    sell,
    value,
)

PRIME = 1_000_003
WAIT = 40_000_000_000


@numba.njit
def mix(me, seen):
    me.seen = (me.seen * 31 + seen % PRIME) % PRIME
    if me.seen % 97 == 0:
        buy(me, 0, 1 + me.seen % 3)


class CompiledProbe(CompiledStrategy):
    fields = {  # noqa: RUF012
        "size": "i8",
        "every": "i8",
        "seen": "i8",
        "resting": "i8",
        "books": "i8",
        "rings": "i8",
        "timer": "i8",
        "rows": ("i8", (3, 3)),
    }

    def __init__(self, size=3, every=5):
        super().__init__("probe", size=size, every=every)

    def on_start(self):
        self.subscribe(
            quotes=True,
            trades=True,
            bars=True,
            book_every=self.parameters["every"],
        )
        self.memory["timer"] = self.set_timer(at=self.now + WAIT, every=WAIT)

    @staticmethod
    def on_quote(me, quote):
        mix(
            me,
            quote.bid_price
            + 3 * quote.bid_quantity
            + 5 * quote.ask_price
            + 7 * quote.ask_quantity,
        )
        if me.resting == 0 and quote.bid_quantity > 0:
            me.resting = buy(me, quote.instrument, me.size, quote.bid_price)

    @staticmethod
    def on_book(me, book):
        mix(me, book.timestamp)
        orders, quantity = queue_position(me, me.resting)
        if orders >= 0:
            mix(me, orders + quantity)
        rows = me.rows
        for i in range(depth(me, book.instrument, 1, rows)):
            mix(me, rows[i, 0] + rows[i, 1])
        if me.resting != 0:
            mix(me, order_status(me, me.resting) + order_filled(me, me.resting))
        me.books += 1
        if me.books % 4 == 0 and book.ask_quantity > 0:
            sell(me, book.instrument, me.size, book.ask_price - 1, True)

    @staticmethod
    def on_trade(me, trade):
        mix(me, trade.price + trade.quantity + trade.aggressor)
        known = price(me, trade.instrument)
        if known != NO_PRICE:
            mix(me, known)

    @staticmethod
    def on_bar(me, bar):
        mix(me, bar.open + bar.high + bar.low + bar.close + bar.volume)
        if bar.close > bar.open:
            buy(me, bar.instrument, me.size)
        elif position(me, bar.instrument) > 0:
            sell(me, bar.instrument, me.size, bar.close)

    @staticmethod
    def on_timer(me, number):
        mix(me, number)
        mix(me, cash(me))
        mix(me, value(me))
        if me.resting != 0:
            if me.rings % 2 == 0:
                cancel(me, me.resting)
            else:
                limit = order_limit(me, me.resting)
                modify(me, me.resting, limit - 1, order_quantity(me, me.resting) + 1)
        me.rings += 1
        if me.rings == 40:
            cancel_timer(me, me.timer)

    @staticmethod
    def on_order(me, order):
        mix(
            me,
            np.int64(order.status)
            + np.int64(order.reason)
            + order.quantity
            + np.int64(order.order_id),
        )
        if np.int64(order.order_id) == me.resting and order.status in (3, 6, 7, 8):
            me.resting = 0

    @staticmethod
    def on_fill(me, fill):
        mix(
            me,
            fill.price + fill.quantity + fill.position + np.int64(fill.liquidity),
        )
        mix(me, position(me, fill.instrument))
        filled = order_filled(me, fill.order_id)
        if np.int64(fill.order_id) == me.resting and filled == order_quantity(
            me, fill.order_id
        ):
            me.resting = 0
