"""The strategy of `terms_probe.py` for numba."""

from __future__ import annotations

import numba
import numpy as np

from ai_trading.strategies.compiled import (
    NO_PRICE,
    PEG_MARKET,
    PEG_MIDPOINT,
    PEG_PRIMARY,
    POST_ONLY,
    POST_ONLY_SLIDE,
    TRIGGER_BID_ASK,
    TRIGGER_MID,
    CompiledStrategy,
    bracket,
    change,
    now,
    position,
    price,
    protect,
    stop_price,
    submit,
)

PRIME = 1_000_003
GTC, FOK, AT_THE_CLOSE = 2, 4, 6


@numba.njit
def mix(me, seen):
    me.seen = (me.seen * 31 + seen % PRIME) % PRIME


@numba.njit
def step(me, instrument):
    p = price(me, instrument)
    if p == NO_PRICE:
        return
    me.sent += 1
    s = 1 if me.sent % 2 == 0 else -1
    side = 0 if s > 0 else 1
    q = me.size + me.seen % 3
    soon = now(me) + 150_000_000_000
    kind = me.kind
    if kind == 0:
        submit(me, instrument, side, q, stop=p + s)
    elif kind == 1:
        submit(me, instrument, side, q, limit=p + 3 * s, stop=p + s)
    elif kind == 2:
        submit(me, instrument, side, q, trail=2)
    elif kind == 3:
        submit(me, instrument, side, q, trail_points=2)
    elif kind == 4:
        submit(me, instrument, side, q, stop=p + s, trigger=TRIGGER_BID_ASK)
    elif kind == 5:
        submit(me, instrument, side, q, stop=p + s, trigger=TRIGGER_MID)
    elif kind == 6:
        submit(me, instrument, side, q, limit=p - s, post_only=POST_ONLY)
    elif kind == 7:
        submit(me, instrument, side, q, limit=p + 2 * s, post_only=POST_ONLY_SLIDE)
    elif kind == 8:
        submit(me, instrument, side, q, limit=p - s, display=2)
    elif kind == 9:
        submit(me, instrument, side, q, limit=p + s, hidden=True)
    elif kind == 10:
        submit(me, instrument, side, q, peg=PEG_PRIMARY, offset=1)
    elif kind == 11:
        submit(me, instrument, side, q, limit=p + 2 * s, peg=PEG_MIDPOINT)
    elif kind == 12:
        submit(me, instrument, side, q, peg=PEG_MARKET, offset=-1)
    elif kind == 13:
        submit(me, instrument, side, q, limit=p + 2 * s, time_in_force=FOK)
    elif kind == 14:
        submit(me, instrument, side, q, limit=p - s, expires=soon)
    elif kind == 15:
        bracket(me, instrument, side, q, p + 6 * s, p - 6 * s)
    elif kind == 16:
        bracket(
            me,
            instrument,
            side,
            q,
            p + 8 * s,
            p - 5 * s,
            limit=p + s,
            stop_limit=p - 7 * s,
        )
    elif kind == 17:
        if me.last != 0 and me.sent % 3 == 0:
            mix(me, np.int64(change(me, me.last, quantity=q + 1, stop=p)))
        else:
            me.last = submit(me, instrument, side, q, stop=p + 9 * s)
    elif kind == 18:
        submit(me, instrument, side, q, limit=p + s, time_in_force=AT_THE_CLOSE)
    elif kind == 19:
        submit(me, instrument, side, q, stop=p + s, expires=soon)
    elif kind == 20:
        held = position(me, instrument)
        if held == 0:
            submit(me, instrument, side, q)
        else:
            t = 1 if held > 0 else -1
            protect(me, instrument, p + 2 * t, p - 2 * t)
    elif kind == 21:
        submit(me, instrument, side, q, limit=p + 2 * s, minimum=2)
    elif kind == 22:
        submit(me, instrument, side, q, limit=p + 2 * s, all_or_none=True)
    elif kind == 23:
        submit(me, instrument, side, q, limit=p + s, hidden=True, minimum=2)
    elif kind == 24:
        submit(me, instrument, side, 100 * q, market_to_limit=True)
    elif kind == 25:
        submit(me, instrument, side, q, limit=p - s, time_in_force=GTC)
    elif kind == 26:
        if me.last != 0 and me.sent % 3 == 0:
            shown = 1 + me.sent % 4
            mix(me, np.int64(change(me, me.last, display=shown)))
        else:
            me.last = submit(me, instrument, side, q, limit=p - s, display=2)
    elif kind == 27:
        if me.last != 0 and me.sent % 3 == 0:
            mix(me, np.int64(change(me, me.last, limit=p + 4 * s, offset=2)))
        else:
            me.last = submit(me, instrument, side, q, peg=PEG_PRIMARY, offset=1)
    elif kind == 28:
        if me.last != 0:
            stop = stop_price(me, me.last)
            mix(me, np.int64(7) if stop == NO_PRICE else stop)
        me.last = submit(me, instrument, side, q, trail=2)


class CompiledTerms(CompiledStrategy):
    fields = {  # noqa: RUF012
        "kind": "i8",
        "size": "i8",
        "seen": "i8",
        "sent": "i8",
        "last": "i8",
    }

    def __init__(self, kind, size=3):
        super().__init__("terms", kind=kind, size=size)

    def on_start(self):
        self.subscribe(bars=True, book_every=7)

    @staticmethod
    def on_book(me, book):
        step(me, book.instrument)

    @staticmethod
    def on_bar(me, bar):
        step(me, bar.instrument)

    @staticmethod
    def on_order(me, order):
        mix(
            me,
            np.int64(order.status)
            + np.int64(order.reason)
            + order.quantity
            + order.price
            + np.int64(order.order_id),
        )

    @staticmethod
    def on_fill(me, fill):
        mix(me, fill.price + fill.quantity + fill.position + np.int64(fill.liquidity))
