"""Orders, markets and places of the slow twin: who stands where, and at what price."""

from __future__ import annotations

import math
from dataclasses import dataclass

MAX = 2**62
BUY, SELL = 0, 1
TYPES = (
    "market",
    "limit",
    "stop",
    "stop_limit",
    "trailing_stop",
    "market_to_limit",
    "iceberg",
    "hidden",
    "post_only",
    "pegged",
)
RESTING = ("day", "gtc", "gtd")
AT_AUCTION = ("at_the_open", "at_the_close")
TIMES = {
    "market": ("day", "ioc", "fok", *AT_AUCTION),
    "limit": (*RESTING, "ioc", "fok", *AT_AUCTION),
}
TERMS = {
    "market": {"minimum", "all_or_none"},
    "limit": {"minimum", "all_or_none"},
    "stop": {"stop", "trigger"},
    "stop_limit": {"stop", "trigger"},
    "trailing_stop": {"trail", "trail_by", "trigger"},
    "market_to_limit": set(),
    "iceberg": {"display", "display_random"},
    "hidden": {"minimum", "all_or_none"},
    "post_only": {"slide"},
    "pegged": {"peg", "offset", "minimum", "all_or_none"},
}
PRICED = {"limit", "stop_limit", "iceberg", "hidden", "post_only", "pegged"}
STOPS = {"stop", "stop_limit", "trailing_stop"}
NO_TERMS = {
    "display": 0,
    "display_random": 0,
    "minimum": 0,
    "stop": 0,
    "trail": 0,
    "offset": 0,
    "expire_at": 0,
    "trigger": "last",
    "trail_by": "ticks",
    "peg": "none",
    "self_trade": "inherit",
    "all_or_none": False,
    "slide": False,
}
MASK = 2**64 - 1


def splitmix64(state):
    z = (state + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def better(side, price, than):
    """Whether a price is better for somebody on this side who trades at it."""
    return price < than if side == BUY else price > than


@dataclass
class Order:
    id: int
    instrument: int
    owner: int
    side: int
    type: str
    tif: str
    price: int
    left: int
    terms: dict
    where: str = ""  # shown, dark, stop, queue (of an auction) or held (for a close)
    shown: int = 0
    stamp: int = 0  # grows with every place taken anywhere
    peaks: int = 0  # shown so far under this id
    met: bool = False  # a stop on `last`: some trade met it
    best: int | None = None  # a trailing stop: the price that set its stop
    joined: bool = False  # at the close: a closing auction has begun since

    def __getattr__(self, name):
        try:
            return self.__dict__["terms"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def conditional(self):
        return bool(self.minimum or self.all_or_none)

    @property
    def need(self):
        if self.all_or_none or self.tif == "fok":
            return self.left
        return min(self.minimum, self.left)


@dataclass
class Market:
    state: str = "continuous"
    kind: str = "opening"
    bands: tuple | None = None
    increment: int = 1
    allocation: str = "price_time"
    least_share: int = 1
    last: int | None = None
    reference: int = 0
    told: tuple = (0, 0, 0)


class Places:
    """Everything that is live, and how to find it."""

    def __init__(self, seed=0):
        self.seed = seed
        self.now = 0
        self.orders = {}
        self.markets = {}
        self.accounts = {}
        self.stamps = 0
        self.matches = 0
        self.said = []

    def market(self, instrument):
        return self.markets.setdefault(instrument, Market())

    def on(self, instrument, side=None, *where):
        return [
            o
            for o in self.orders.values()
            if o.instrument == instrument
            and (side is None or o.side == side)
            and (not where or o.where in where)
        ]

    def touch(self, instrument):
        """Return the best displayed bid and ask."""
        bids = [o.price for o in self.on(instrument, BUY, "shown")]
        asks = [o.price for o in self.on(instrument, SELL, "shown")]
        return max(bids, default=None), min(asks, default=None)

    def queue(self, instrument, side):
        """Return a displayed side in priority order: price, then the queue."""
        sign = -1 if side == BUY else 1
        shown = self.on(instrument, side, "shown")
        if self.market(instrument).allocation == "price_size_time":
            return sorted(shown, key=lambda o: (sign * o.price, -o.shown, o.stamp))
        return sorted(shown, key=lambda o: (sign * o.price, o.stamp))

    def price_of(self, order, touch):
        """Return the price at which a resting order stands; None where it sleeps."""
        market = self.market(order.instrument)
        sleeps = market.state != "continuous"
        if order.type != "pegged":
            return None if order.conditional and sleeps else order.price
        own, other = touch if order.side == BUY else touch[::-1]
        if sleeps:
            return None
        if order.peg == "midpoint":
            if own is None or other is None:
                return None
            at = (own + other) // 2 if order.side == BUY else -(-(own + other) // 2)
        else:
            at = own if order.peg == "primary" else other
            if at is None:
                return None
        at = at + order.offset if order.side == BUY else at - order.offset
        ends = [order.price, MAX if order.side == BUY else -MAX]
        if market.bands:
            ends.append(market.bands[1 if order.side == BUY else 0])
        return min(at, *ends) if order.side == BUY else max(at, *ends)

    def candidates(self, side, instrument, limit, touch):
        """Return (price, order) that somebody on `side` may trade with, in order."""
        across = 1 - side
        sign = 1 if side == BUY else -1
        rows = []
        for place, order in enumerate(self.queue(instrument, across)):
            rows.append((sign * order.price, 0, place, order.price, order))
        for order in self.on(instrument, across, "dark"):
            price = self.price_of(order, touch)
            if price is not None:
                rows.append((sign * price, 1, order.stamp, price, order))
        rows.sort(key=lambda r: r[:3])
        return [
            (r[3], r[4])
            for r in rows
            if limit is None or r[3] == limit or better(side, r[3], limit)
        ]

    def limit_of(self, order, touch=None):
        """Return the worst price an incoming order takes; None is any."""
        if order.type == "pegged":
            price = self.price_of(order, touch or self.touch(order.instrument))
            if price is not None:
                return price
            return -math.inf if order.side == BUY else math.inf  # it sleeps
        if order.type in {"market", "stop", "trailing_stop"} or (
            order.type == "market_to_limit" and order.price is None
        ):
            bands = self.market(order.instrument).bands
            return bands[1 if order.side == BUY else 0] if bands else None
        return order.price

    def party(self, a, b):
        if a == b:
            return a != 0
        groups = [self.accounts.get(x, (0, "allow"))[0] for x in (a, b)]
        return groups[0] == groups[1] != 0

    def rule(self, order):
        if order.self_trade != "inherit":
            return order.self_trade
        return self.accounts.get(order.owner, (0, "allow"))[1]

    def take_stamp(self, order):
        self.stamps += 1
        order.stamp = self.stamps

    def show_peak(self, order):
        """Show the next peak, at the back."""
        peak = order.display
        if order.display_random:
            s = self.seed ^ ((order.id * 0x9E3779B97F4A7C15) & MASK)
            s = (s + order.peaks * 0xD1342543DE82EF95) & MASK
            r = splitmix64(s) * (2 * order.display_random + 1) >> 64
            peak = order.display - order.display_random + r
        order.peaks += 1
        order.shown = min(peak, order.left)
        self.take_stamp(order)

    def place(self, order):
        """Put what is left of an order where it waits, behind everybody."""
        market = self.market(order.instrument)
        self.orders[order.id] = order
        closing = market.state == "auction" and market.kind == "closing"
        order.joined = order.joined or closing
        order.shown = 0
        if order.tif == "at_the_close" and not order.joined:
            order.where = "held"
        elif order.type in STOPS:
            order.where = "stop"
        elif order.type == "market" or (
            order.type == "market_to_limit" and order.price is None
        ):
            order.where = "queue"
        elif order.type in {"hidden", "pegged"} or order.conditional:
            order.where = "dark"
        else:
            order.where = "shown"
            order.shown = order.left
        if order.type == "iceberg":
            self.show_peak(order)
        else:
            self.take_stamp(order)

    def rest(self, order):
        self.place(order)
        if order.where in {"shown", "dark"}:
            self.said.append(("rested", *self.view(order)))
