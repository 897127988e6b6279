"""One vocabulary for the compiled engine and its twin.

A command is a pair: the name of a method of `Twin` and its keyword arguments. `row`
makes it a request of the extension; `heard` turns the extension's answers into what the
twin says.
"""

from __future__ import annotations

import numpy as np
from twin_orders import TYPES

from ai_trading._core import book, matching

REASONS = {code: name for name, code in book.reject_codes.items()}
TIMES = ("day", "ioc", "gtc", "gtd", "fok", "at_the_open", "at_the_close")
TRIGGERS = ("last", "quote", "midpoint")
TRAILS = ("ticks", "basis_points")
PEGS = ("none", "primary", "midpoint", "market")
SELF_TRADES = (
    "inherit",
    "allow",
    "cancel_newest",
    "cancel_oldest",
    "cancel_both",
    "decrement",
)
STATES = ("pre_open", "auction", "continuous", "halted", "closed")
AUCTIONS = ("opening", "closing", "intraday")
ALLOCATIONS = ("price_time", "pro_rata", "price_size_time")
GONE = ("asked", "unfilled", "self_trade", "mass", "band")
PLACES = ("kept", "back", "none")
KINDS = (
    "accepted",
    "rejected",
    "traded",
    "rested",
    "replaced",
    "canceled",
    "expired",
    "triggered",
    "replenished",
    "decremented",
    "state_changed",
    "indicative",
    "phase",
    "bands",
    "market_wide",
)
ACTIONS = (
    "submit",
    "cancel",
    "replace",
    "expire",
    "mass_cancel",
    "disconnect",
    "advance",
    "set_state",
    "set_bands",
    "clear_bands",
    "set_reference",
    "set_account",
    "configure",
    "halt",
    "resume",
    "index",
)
ALL_OR_NONE, SLIDE, ANY_INSTRUMENT = 1, 2, 8
CHANGED = {"stop": 4, "offset": 16, "display": 32}
CODES = {
    "type": TYPES,
    "time_in_force": TIMES,
    "trigger": TRIGGERS,
    "trail_by": TRAILS,
    "peg": PEGS,
    "self_trade": SELF_TRADES,
}
# Where a command's words are in a request.
FIELDS = {
    "id": "order_id",
    "owner": "owner",
    "instrument": "instrument",
    "tif": "time_in_force",
    "left": "quantity",
    "low": "price",
    "high": "stop",
    "group": "new_id",
    "increment": "price",
    "least": "quantity",
    "kind": "auction",
}


def row(name, words, now=0):
    """Return one request as an array of length one."""
    out = np.zeros(1, matching.request_dtype)
    out["action"] = ACTIONS.index(name)
    out["timestamp"] = now
    if name == "mass_cancel":
        out["side"] = 2
        if words.get("instrument") is None:
            out["flags"] |= ANY_INSTRUMENT
    for key, value in words.items():
        field = FIELDS.get(key, key)
        if value is None:
            continue
        if key == "now":
            out["timestamp"] = value
        elif key == "all_or_none":
            out["flags"] |= ALL_OR_NONE * value
        elif key == "slide":
            out["flags"] |= SLIDE * value
        elif key == "state":
            out["state"] = STATES.index(value)
        elif key == "kind":
            out["auction"] = AUCTIONS.index(value)
        elif key == "allocation":
            out["state"] = ALLOCATIONS.index(value)
        elif field in CODES:
            out[field] = CODES[field].index(value)
        else:
            out[field] = value
            if key in CHANGED and name == "replace":
                out["flags"] |= CHANGED[key]
    return out


def heard(answers):
    return [_said(a) for a in answers]


def _said(a):
    kind = KINDS[a["kind"]]
    order, price, left = int(a["order_id"]), int(a["price"]), int(a["quantity"])
    shown = int(a["other_left"])
    view = (kind, order, price, left, shown)
    if kind == "accepted":
        return kind, order
    if kind == "rejected":
        return kind, order, REASONS[int(a["reason"])]
    if kind == "traded":
        sort = int(a["detail"])
        return (
            kind,
            int(a["match"]),
            int(a["instrument"]),
            int(a["side"]),
            price,
            left,
            int(a["other_id"]),
            order,
            int(a["other_left"]),
            int(a["left"]),
            bool(sort & 4),
            bool(sort & 1),
            bool(sort & 2),
        )
    if kind == "replaced":
        place = PLACES[int(a["detail"])]
        after = (int(a["other_id"]), price, int(a["left"]), shown)
        return (kind, order, left, *after, place)
    if kind == "canceled":
        return (*view, GONE[int(a["detail"])])
    if kind == "decremented":
        return (*view, left - int(a["left"]))
    if kind == "state_changed":
        state = STATES[int(a["detail"])]
        auction = AUCTIONS[int(a["other_id"])] if state == "auction" else ""
        return kind, int(a["instrument"]), state, auction
    if kind == "indicative":
        return kind, int(a["instrument"]), price, left, int(a["left"])
    return view


class Both:
    """The engine and the twin, told the same and compared after every command."""

    def __init__(self, twin, engine):
        self.twin, self.engine = twin, engine
        self.rows = []

    def tell(self, name, **words):
        self.twin.said.clear()
        before = self.engine.state_hash()
        getattr(self.twin, name)(**words)
        now = words.get("now", self.twin.now)
        self.rows.append(row(name, words, now))
        answers = heard(self.engine.apply(self.rows[-1]))
        assert answers == self.twin.said
        if answers and answers[0][0] == "rejected":
            assert self.engine.state_hash() == before
        self.compare_books()
        return answers

    def renew(self):
        """Go on with another engine, made of the bytes of this one."""
        bytes_ = self.engine.snapshot()
        other = matching.Engine(8, seed=99)
        other.apply(row("submit", {"id": 7, "side": 0, "quantity": 1, "price": 5}))
        other.restore(bytes_)
        assert other.state_hash() == self.engine.state_hash()
        assert other.snapshot() == bytes_
        self.engine = other

    def compare_books(self):
        for instrument in self.twin.markets:
            for side in (0, 1):
                sign = -1 if side == 0 else 1
                shown = self.twin.on(instrument, side, "shown")
                shown.sort(key=lambda o: (sign * o.price, o.stamp))
                rows = [(o.id, o.price, o.shown) for o in shown]
                assert self.engine.orders(instrument, side) == rows
