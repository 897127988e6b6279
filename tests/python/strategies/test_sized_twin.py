"""Minimum quantities, all or none, market to limit against a twin that walks lists."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from run_samples import BUY, OPEN, SECOND, SELL, bars, events, market

from ai_trading.backtest.engine import Backtest, BarFills, Limits
from ai_trading.core.records import EventKind
from ai_trading.strategies.strategy import Strategy

FREE = Limits(price_collar=None)
ADD, EXECUTE, REMOVE = EventKind.ADD, EventKind.EXECUTE, EventKind.REMOVE


@dataclass
class Wanted:
    at: int  # after which step of the market it is sent
    side: int
    quantity: int
    limit: int | None  # in ticks
    minimum: int  # 0: none
    to_limit: bool = False
    whole: bool = False  # asked for as all_or_none

    def terms(self):
        out = {}
        if self.to_limit:
            out["market_to_limit"] = True
        if self.whole:
            out["all_or_none"] = True
        elif self.minimum:
            out["minimum"] = self.minimum
        return out


@dataclass
class Ours:
    number: int
    side: int
    price: int
    left: int
    minimum: int
    came: int  # its place among all arrivals
    to_limit: bool = False

    @property
    def need(self):
        return min(self.minimum, self.left)

    def rank(self):
        towards = -self.price if self.side == BUY else self.price
        return towards, self.minimum > 0, self.came


@dataclass
class Theirs:
    side: int
    price: int
    left: int
    came: int
    taken: int = 0


@dataclass
class Twin:
    """What the docs say of order-by-order data, by looking at everything each time."""

    theirs: dict = field(default_factory=dict)
    ours: list = field(default_factory=list)
    fills: list = field(default_factory=list)
    clock: int = 0

    def tick(self):
        self.clock += 1
        return self.clock

    def fill(self, order, price, quantity, kind):
        order.left -= quantity
        self.fills.append((order.number, price, quantity, kind))
        self.ours = [each for each in self.ours if each.left > 0]

    def serve(self, side, volume, reached):
        """Let resting orders of ours have some volume; return what they used."""
        used = 0
        for order in sorted((o for o in self.ours if o.side == side), key=Ours.rank):
            if not reached(order) or used == volume:
                break
            if order.minimum and order.need > volume - used:
                continue
            quantity = min(order.left, volume - used)
            used += quantity
            self.fill(order, order.price, quantity, "maker")
        return used

    def open_to(self, side, price):
        """Who can be traded with up to a price, best first."""
        sign = 1 if side == BUY else -1
        found = [
            other
            for other in self.theirs.values()
            if other.side != side
            and other.left > other.taken
            and (price is None or sign * other.price <= sign * price)
        ]
        return sorted(found, key=lambda other: (sign * other.price, other.came))

    def take(self, order, price, need):
        there = self.open_to(order.side, price)
        if sum(other.left - other.taken for other in there) < max(1, need):
            return
        at = {}
        wanted = order.left
        for other in there:
            quantity = min(wanted, other.left - other.taken)
            other.taken += quantity
            wanted -= quantity
            if quantity:
                at[other.price] = at.get(other.price, 0) + quantity
        for level, quantity in at.items():
            self.fill(order, level, quantity, "taker")

    def submit(self, number, wanted):
        order = Ours(
            number, wanted.side, 0, wanted.quantity, wanted.minimum, self.tick()
        )
        price = wanted.limit
        if wanted.to_limit:
            there = self.open_to(order.side, None)
            if not there:
                return
            price = there[0].price
        self.take(order, price, order.need)
        if order.left and price is not None:
            order.price = price
            order.came = self.tick()
            self.ours.append(order)

    def market(self, row):
        kind, number, side, price, quantity = row
        if kind is ADD:
            self.theirs[number] = new = Theirs(side, price, quantity, self.tick())

            def crossed(order):
                return order.price >= price if side == SELL else order.price <= price

            new.taken = self.serve(1 - side, quantity, crossed)
        else:
            hit = self.theirs[number]
            if kind is EXECUTE:

                def before(order):
                    ahead = order.price - hit.price
                    if (ahead if hit.side == BUY else -ahead) > 0:
                        return True
                    level = order.price == hit.price and not order.minimum
                    return level and order.came < hit.came

                self.serve(hit.side, quantity, before)
                hit.left -= quantity
            if kind is REMOVE or hit.left == 0:
                del self.theirs[number]
        self.meet()

    def meet(self):
        while True:
            for order in sorted(
                (o for o in self.ours if o.minimum),
                key=lambda o: (o.side, *o.rank()),
            ):
                there = self.open_to(order.side, order.price)
                if sum(o.left - o.taken for o in there) >= order.need:
                    self.take(order, order.price, order.need)
                    break
            else:
                return


def twin(steps, orders):
    world = Twin()
    for at, row in enumerate(steps):
        world.market(row)
        for number, wanted in enumerate(orders, 1):
            if wanted.at == at:
                world.submit(number, wanted)
    return world.fills


class Sends(Strategy):
    """Sends each order half a step after the step that it names."""

    def __init__(self, orders, step=SECOND):
        super().__init__()
        self.orders, self.step, self.fills = orders, step, []

    def on_start(self):
        self.due = iter(self.orders)
        for wanted in self.orders:
            self.set_timer(at=OPEN + (2 * wanted.at + 1) * self.step // 2)

    def on_timer(self, timer):
        wanted = next(self.due)
        limit = None if wanted.limit is None else wanted.limit / 100
        side = "buy" if wanted.side == BUY else "sell"
        self.submit("AAPL", side, wanted.quantity, limit, **wanted.terms())

    def on_fill(self, fill):
        self.fills.append(
            (
                fill.order_id,
                round(fill.price * 100),
                int(fill.quantity),
                str(fill.liquidity),
            )
        )


def wishes(draw, steps, most=15):
    out = []
    for _ in range(draw(st.integers(1, 10))):
        quantity = draw(st.integers(1, most))
        kind = draw(st.sampled_from(["plain", "minimum", "whole", "to limit"]))
        limited = kind != "to limit" and draw(st.integers(0, 5)) > 0
        minimum = {
            "minimum": draw(st.integers(1, quantity)),
            "whole": quantity,
        }.get(kind, 0)
        out.append(
            Wanted(
                draw(st.integers(0, steps - 1)),
                draw(st.sampled_from([BUY, SELL])),
                quantity,
                draw(st.integers(9_995, 10_005)) if limited else None,
                1 << 62 if kind == "whole" else minimum,
                kind == "to limit",
                kind == "whole",
            )
        )
    return sorted(out, key=lambda wanted: wanted.at)


@st.composite
def days(draw):
    # Somebody on both sides, or the gate knows no price.
    rows = [(ADD, 501, BUY, 9_990, 100), (ADD, 502, SELL, 10_010, 100)]
    live = []
    for at in range(draw(st.integers(3, 40))):
        if live and draw(st.integers(0, 9)) < 4:
            place = draw(st.integers(0, len(live) - 1))
            number, side, price, left = live[place]
            if draw(st.booleans()):
                rows.append((REMOVE, number, side, price, left))
                live.pop(place)
                continue
            quantity = draw(st.integers(1, left))
            rows.append((EXECUTE, number, side, price, quantity))
            live[place] = (number, side, price, left - quantity)
            if quantity == left:
                live.pop(place)
        else:
            side = draw(st.sampled_from([BUY, SELL]))
            away = draw(st.integers(1, 5))
            price = 10_000 + (away if side == SELL else -away)
            live.append((at + 1, side, price, draw(st.integers(1, 10))))
            rows.append((ADD, *live[-1]))
    return rows, [each for each in wishes(draw, len(rows)) if each.at > 0]


@given(days())
def test_orders_fill_what_the_twin_says(day):
    steps, orders = day
    tape = [
        (at, kind, number, side, price, quantity)
        for at, (kind, number, side, price, quantity) in enumerate(steps)
    ]
    end = [(len(steps) + 1, ADD, 999, BUY, 9_000, 1)]
    strategy = Sends(orders)

    Backtest(market(events(*tape, *end)), strategies=[strategy], limits=FREE).run()

    assert strategy.fills == twin(steps, orders)


def bar_twin(rows, volumes, orders):
    """Bars, the low first: who waits is looked at, in order, at the open and inside."""
    fills, waiting = [], []
    for at, ((opens, high, low, _), volume) in enumerate(
        zip(rows, volumes, strict=True)
    ):
        room = volume

        def trade(order, price, kind, at=at):
            nonlocal room
            if order.minimum and order.need > room:
                return
            quantity = min(order.left, room)
            if quantity == 0:
                return
            room -= quantity
            order.left -= quantity
            fills.append((order.number, price, quantity, kind))
            if order.to_limit and order.left:
                order.price, order.to_limit = price, False
                order.came = at * 100 + 99  # a new arrival at its price

        for side in (BUY, SELL):
            for order in queue(waiting, side):
                sign = 1 if side == BUY else -1
                if order.price is None or sign * opens <= sign * order.price:
                    trade(order, opens, "taker")
        for side, extreme in ((BUY, low), (SELL, high)):
            for order in queue(waiting, side):
                sign = 1 if side == BUY else -1
                if order.price is not None and sign * extreme < sign * order.price:
                    trade(order, order.price, "maker")
        for number, wanted in enumerate(orders, 1):
            if wanted.at == at + 1:
                waiting.append(
                    Ours(
                        number,
                        wanted.side,
                        wanted.limit,
                        wanted.quantity,
                        wanted.minimum,
                        at * 100 + number,
                        wanted.to_limit,
                    )
                )
    return fills


def queue(waiting, side):
    best = -(1 << 62) if side == BUY else 0

    def rank(order):
        if order.price is None:
            return best, order.minimum > 0, order.came
        return order.rank()

    return sorted((o for o in waiting if o.side == side and o.left), key=rank)


@st.composite
def bar_days(draw):
    rows, volumes = [], []
    for _ in range(draw(st.integers(2, 12))):
        opens, closes = (draw(st.integers(9_995, 10_005)) for _ in range(2))
        high = max(opens, closes) + draw(st.integers(0, 5))
        low = min(opens, closes) - draw(st.integers(0, 5))
        rows.append((opens, high, low, closes))
        volumes.append(draw(st.integers(0, 20)))
    return rows, volumes, wishes(draw, len(rows))


@given(bar_days())
def test_bars_fill_what_the_twin_says(day):
    rows, volumes, orders = day
    records = bars(*rows)
    records["volume"] = volumes
    # Sent inside the second bar at the earliest: before that no price is known.
    orders = [wanted for wanted in orders if wanted.at > 1]
    strategy = Sends(orders, step=60 * SECOND)
    strategy.on_start = lambda: timers(strategy)

    Backtest(
        market(records), strategies=[strategy], limits=FREE, bar_fills=BarFills()
    ).run()

    assert strategy.fills == bar_twin(rows, volumes, orders)


def timers(strategy):
    strategy.due = iter(strategy.orders)
    for wanted in strategy.orders:
        strategy.set_timer(at=OPEN + wanted.at * strategy.step - SECOND)
