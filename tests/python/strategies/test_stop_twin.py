"""Triggers of stops against a twin that looks at every price for every stop."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from run_samples import OPEN, SECOND, events, market, quotes

from ai_trading.backtest.engine import Backtest, Limits
from ai_trading.core.records import EventKind
from ai_trading.strategies.strategy import Strategy

FREE = Limits(price_collar=None)
KINDS = {"last": 0, "bid_ask": 1, "mid": 2}


@dataclass
class Wanted:
    at: int  # after which step of the tape it is sent
    side: str
    trigger: str
    stop: int | None  # in ticks
    trail: int | str | None


@dataclass
class Waiting:
    number: int
    wanted: Wanted
    stop: int = 0
    best: int = 0

    def follow(self, price):
        trail = self.wanted.trail
        if isinstance(trail, str):
            part = Fraction(trail.rstrip("%")) / 100 * abs(price)
            trail = max(1, int(part))
        self.best = price
        self.stop = price + trail if self.wanted.side == "buy" else price - trail

    def met(self, price):
        buys = self.wanted.side == "buy"
        return price >= self.stop if buys else price <= self.stop

    def better(self, price):
        return price < self.best if self.wanted.side == "buy" else price > self.best


def watched(step, wanted):
    """The price of a step that a stop looks at."""
    if wanted.trigger == "last":
        return step
    bid, ask = step
    if wanted.trigger == "mid":
        return (bid + ask) // 2
    return ask if wanted.side == "buy" else bid


def twin(steps, orders):
    """(step, order number) of every trigger."""
    waiting, found = [], []

    def release(at, met):
        met.sort(
            key=lambda w: (
                KINDS[w.wanted.trigger],
                w.wanted.side == "sell",
                w.stop if w.wanted.side == "buy" else -w.stop,
                w.number,
            )
        )
        for one in met:
            waiting.remove(one)
            found.append((at, one.number))

    for at, step in enumerate(steps):
        met = []
        for one in waiting:
            price = watched(step, one.wanted)
            if one.met(price):
                met.append(one)
            elif one.wanted.trail is not None and one.better(price):
                one.follow(price)
        release(at, met)
        for number, wanted in enumerate(orders, 1):
            if wanted.at != at:
                continue
            one = Waiting(number, wanted)
            if wanted.trail is None:
                one.stop = wanted.stop
            else:
                one.follow(watched(step, wanted))
            waiting.append(one)
            if one.met(watched(step, wanted)):
                release(at, [one])
    return found


class Sends(Strategy):
    """Sends each order half a second after the step that it names."""

    def __init__(self, orders):
        super().__init__()
        self.orders, self.fills = orders, []

    def on_start(self):
        self.due = iter(self.orders)
        for wanted in self.orders:
            self.set_timer(at=OPEN + (2 * wanted.at + 1) * SECOND // 2)

    def on_timer(self, timer):
        wanted = next(self.due)
        trail = wanted.trail
        self.submit(
            "AAPL",
            wanted.side,
            1,
            stop=None if wanted.stop is None else wanted.stop / 100,
            trailing=trail / 100 if isinstance(trail, int) else trail,
            trigger=wanted.trigger,
        )

    def on_fill(self, fill):
        # On arrival: at the half second after a step.
        self.fills.append(((fill.timestamp - OPEN) // SECOND, fill.order_id))


def orders_for(draw, steps, triggers):
    out = []
    for _ in range(draw(st.integers(1, 12))):
        trails = draw(st.booleans())
        out.append(
            Wanted(
                draw(st.integers(0, steps - 1)),
                draw(st.sampled_from(["buy", "sell"])),
                draw(st.sampled_from(triggers)),
                None if trails else draw(st.integers(9_980, 10_020)),
                draw(st.one_of(st.integers(1, 15), st.sampled_from(["0.01%", "0.1%"])))
                if trails
                else None,
            )
        )
    return sorted(out, key=lambda wanted: wanted.at)


@st.composite
def trade_days(draw):
    steps = draw(st.lists(st.integers(9_980, 10_020), min_size=2, max_size=40))
    return steps, orders_for(draw, len(steps), ["last"])


@st.composite
def quote_days(draw):
    one = st.tuples(st.integers(9_980, 10_010), st.integers(1, 15))
    steps = [(b, b + d) for b, d in draw(st.lists(one, min_size=2, max_size=30))]
    return steps, orders_for(draw, len(steps), ["bid_ask", "mid"])


def found(records, orders):
    strategy = Sends(orders)
    Backtest(market(records), strategies=[strategy], limits=FREE).run()
    return strategy.fills


@given(trade_days())
def test_trades_trigger_what_the_twin_says(day):
    steps, orders = day
    # A market that always takes, far from the trades.
    book = [
        (0, EventKind.LEVEL, 0, side, 5_000 + 10_000 * side, 1000) for side in (0, 1)
    ]
    tape = [(at, EventKind.TRADE, 0, 2, price, 1) for at, price in enumerate(steps)]
    end = [(len(steps) + 1, EventKind.LEVEL, 0, 0, 4_000, 1)]

    assert found(events(*book, *tape, *end), orders) == twin(steps, orders)


@given(quote_days())
def test_quotes_trigger_what_the_twin_says(day):
    steps, orders = day
    tape = [(at, bid, 1000, ask, 1000) for at, (bid, ask) in enumerate(steps)]
    tape.append((len(steps), *tape[-1][1:]))  # the same once more

    assert found(quotes(*tape), orders) == twin(steps, orders)
