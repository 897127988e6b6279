"""The worked examples of docs/fills.md, row by row."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from ai_trading.backtest.engine import Backtest, BarFills, LevelFills
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import BAR, EVENT, EventKind, Flag
from ai_trading.market import MarketData
from ai_trading.strategies import Strategy

SECOND = 1_000_000_000
START = 1_768_487_400 * SECOND  # 2026-01-15 09:30 New York
BUY, SELL = 0, 1


def ticks(price):
    return round(price * 10_000)


def table():
    made = InstrumentTable()
    made.add(Instrument("ACME", price_increment=Decimal("0.01")))
    return made


def events(*rows):
    """Rows of (seconds, kind, side, order, price, quantity, aux, flags)."""
    out = np.zeros(len(rows), EVENT)
    for row, (at, kind, side, order, price, quantity, aux, flags) in zip(
        out, rows, strict=True
    ):
        row["timestamp"] = START + int(at * SECOND)
        row["kind"], row["side"], row["order_id"] = kind, side, order
        row["price"], row["quantity"] = ticks(price), quantity
        row["aux"], row["flags"] = aux, flags
    return MarketData(out, table(), "by hand")


class JoinAt(Strategy):
    """Bids for a quantity at 10.00 a while after the start."""

    def __init__(self, quantity, after=1.5):
        super().__init__()
        self.quantity, self.after, self.ahead = quantity, after, {}

    def on_start(self):
        self.set_timer(after=int(self.after * SECOND))
        self.set_timer(every=SECOND)

    def on_timer(self, timer):
        if timer.number == 1:
            self.id = self.buy("ACME", self.quantity, 10.00)
        elif self.now > START + self.after * SECOND and (
            place := self.queue_position(self.id)
        ):
            self.ahead[(self.now - START) // SECOND] = place.quantity_ahead


def fills(result):
    return [
        ((f["timestamp"] - START) / SECOND, f["price"] / 10_000, f["quantity"])
        for f in result.fills
    ]


def test_order_by_order():
    add, execute, reduce = EventKind.ADD, EventKind.EXECUTE, EventKind.REDUCE
    a, b, other, seller = 1, 2, 3, 4
    data = events(
        (0, add, BUY, a, 10.00, 300, 0, 0),
        (1, add, SELL, other, 10.05, 100, 0, 0),
        # ours joins at 1.5
        (2, add, BUY, b, 10.00, 100, 0, 0),
        (3, execute, BUY, a, 0, 200, 0, 0),
        (4, EventKind.REMOVE, BUY, a, 0, 0, 0, 0),
        (5, execute, BUY, b, 0, 50, 0, 0),
        (6, EventKind.TRADE, 2, 0, 10.00, 500, 0, Flag.HIDDEN),
        (7, reduce, BUY, b, 0, 50, 0, 0),
        (8, add, SELL, seller, 9.99, 400, 0, 0),
        (9, add, SELL, 9, 10.06, 1, 0, 0),
    )
    strategy = JoinAt(200)

    result = Backtest(data, strategies=[strategy]).run()

    assert fills(result) == [(5, 10.00, 50), (8, 10.00, 150)]
    assert [strategy.ahead[at] for at in (2, 3, 4)] == [300, 100, 0]


def test_levels():
    level, trade = EventKind.LEVEL, EventKind.TRADE
    data = events(
        (0, level, BUY, 0, 10.00, 500, 0, 0),
        (1, level, SELL, 0, 10.05, 500, 0, 0),
        # ours joins at 1.5
        (2, level, BUY, 0, 10.00, 450, 0, 0),
        (3, level, BUY, 0, 10.00, 900, 0, 0),
        (4, trade, BUY, 0, 10.00, 300, 0, 0),
        (5, trade, BUY, 0, 10.00, 200, 0, 0),
        (6, trade, BUY, 0, 9.99, 100, 0, 0),
        (7, level, SELL, 0, 10.06, 1, 0, 0),
    )
    strategy = JoinAt(100)

    result = Backtest(data, strategies=[strategy]).run()

    assert [strategy.ahead[at] for at in (2, 3, 4, 5)] == [450, 450, 150, 0]
    assert fills(result) == [(5, 10.00, 50), (6, 10.00, 50)]


@pytest.mark.parametrize(
    ("fills", "expected"),
    [
        (LevelFills(), 300),
        (LevelFills(queue="trades"), 300),
        (LevelFills(queue="front"), 260),
        (LevelFills(queue="sizes"), 260),
        (LevelFills(queue="power", exponent=1), 270),
        (LevelFills(queue="power"), 262),
        (LevelFills(queue="log"), 278),
    ],
)
def test_queue_models(fills, expected):
    level = EventKind.LEVEL
    data = events(
        (0, level, BUY, 0, 10.00, 300, 0, 0),
        (1, level, SELL, 0, 10.05, 500, 0, 0),
        # ours joins at 1.5
        (2, level, BUY, 0, 10.00, 400, 0, 0),
        (3, level, BUY, 0, 10.00, 360, 0, 0),
        (4, level, SELL, 0, 10.06, 1, 0, 0),
    )
    strategy = JoinAt(80)

    Backtest(data, strategies=[strategy], level_fills=fills).run()

    assert strategy.ahead[3] == expected


@pytest.mark.parametrize(
    ("side", "limit", "touch", "expected"),
    [
        ("buy", None, False, [(60, 50.10)]),
        ("buy", 50.20, False, [(60, 50.10)]),
        ("buy", 50.00, False, [(120, 50.00)]),
        ("buy", 49.90, False, []),
        ("buy", 49.90, True, [(120, 49.90)]),
        ("sell", 50.40, False, []),
    ],
)
def test_bars(side, limit, touch, expected):
    bars = np.zeros(2, BAR)
    bars["start"] = [START, START + 60 * SECOND]
    bars["timestamp"] = bars["start"] + 60 * SECOND
    for name, values in (
        ("open", (50.0, 50.10)),
        ("high", (50.0, 50.40)),
        ("low", (50.0, 49.90)),
        ("close", (50.0, 50.30)),
    ):
        bars[name] = [ticks(value) for value in values]
    bars["volume"] = 1_000

    class Once(Strategy):
        def on_bar(self, bar):
            if bar.timestamp == START + 60 * SECOND:
                self.submit("ACME", side, 100, limit)

    result = Backtest(
        MarketData(bars, table(), "by hand"),
        strategies=[Once()],
        bar_fills=BarFills(touch_fills=touch),
    ).run()

    assert [(at, price) for at, price, _ in fills(result)] == expected


def test_volume_without_a_name_and_history_that_is_taken_or_added_to():
    add, execute, trade = EventKind.ADD, EventKind.EXECUTE, EventKind.TRADE
    data = events(
        (0, add, BUY, 1, 10.00, 100, 0, 0),
        (1, add, SELL, 2, 10.05, 100, 0, 0),
        # ours joins at 1.5
        (3, trade, BUY, 0, 10.00, 60, 0, Flag.DISPLAYED),
        (4, execute, BUY, 1, 0, 100, 0, 0),
        (5, add, SELL, 9, 10.06, 1, 0, 0),
    )
    result = Backtest(data, strategies=[JoinAt(50)]).run()
    assert fills(result) == [(4, 10.00, 50)]

    class Taker(Strategy):
        """Buys 60 at 10.02, and later all that is left there."""

        def on_start(self):
            self.set_timer(after=int(1.5 * SECOND))
            self.set_timer(after=int(5.5 * SECOND))

        def on_timer(self, timer):
            quantity = 60 if timer.number == 1 else 500
            self.submit("ACME", "buy", quantity, 10.02, immediate=True)

    gone = [
        (3, EventKind.REMOVE, SELL, 3, 0, 0, 0, 0),
        (3, add, SELL, 5, 10.02, 200, 0, 0),
    ]
    for happens, left in (
        ([], 40),
        ([(3, execute, SELL, 3, 0, 30, 0, 0)], 10),
        (gone, 200),
    ):
        tape = events(
            (0, add, SELL, 3, 10.02, 100, 0, 0),
            (1, add, BUY, 4, 9.90, 100, 0, 0),
            *happens,
            (7, add, SELL, 9, 10.06, 1, 0, 0),
        )
        taken = Backtest(tape, strategies=[Taker()]).run()
        assert fills(taken) == [(1.5, 10.02, 60), (5.5, 10.02, left)]

    class Better(Strategy):
        def on_start(self):
            self.set_timer(after=int(1.5 * SECOND))

        def on_timer(self, timer):
            self.buy("ACME", 200, 10.01)

    added = events(
        (0, add, BUY, 1, 10.00, 300, 0, 0),
        (1, add, SELL, 2, 10.05, 100, 0, 0),
        (3, execute, BUY, 1, 0, 150, 0, 0),
        (4, add, SELL, 3, 10.01, 80, 0, 0),
        (5, add, SELL, 9, 10.06, 1, 0, 0),
    )
    result = Backtest(added, strategies=[Better()]).run()
    assert fills(result) == [(3, 10.01, 150), (4, 10.01, 50)]


class Sends(Strategy):
    """One order after a while."""

    def __init__(self, name, after, side, quantity, price):
        super().__init__(name)
        self.after, self.order = after, (side, quantity, price)

    def on_start(self):
        self.set_timer(after=int(self.after * SECOND))

    def on_timer(self, timer):
        self.submit("ACME", *self.order)


def test_several_strategies_at_one_venue():
    add, execute = EventKind.ADD, EventKind.EXECUTE

    def trades(first, second, *happens):
        tape = events(
            (0, add, BUY, 1, 10.00, 100, 0, 0),
            (1, add, SELL, 2, 10.05, 100, 0, 0),
            *happens,
            (7, add, SELL, 9, 10.06, 1, 0, 0),
        )
        pair = [Sends("one", 1.5, *first), Sends("two", 1.6, *second)]
        result = Backtest(tape, strategies=pair).run()
        who = [result.strategies[f["strategy"]] for f in result.fills]
        return list(zip(who, fills(result), strict=True))

    bid = ("buy", 50, 10.00)
    assert trades(
        bid,
        bid,
        (3, execute, BUY, 1, 0, 100, 0, 0),
        (5, add, BUY, 4, 10.00, 70, 0, 0),
        (6, execute, BUY, 4, 0, 70, 0, 0),
    ) == [("one", (6, 10.00, 50)), ("two", (6, 10.00, 20))]

    take = ("buy", 60, 10.05)
    assert trades(take, take) == [
        ("one", (1.5, 10.05, 60)),
        ("two", (1.6, 10.05, 40)),
    ]

    across = ("buy", 60, 10.02), ("sell", 60, 10.01)
    assert trades(*across) == []
    assert trades(*across, (3, execute, BUY, 1, 0, 60, 0, 0)) == [
        ("one", (3, 10.02, 60))
    ]


class Plan(Strategy):
    """Orders at their times: (seconds, side, quantity, limit, terms)."""

    def __init__(self, *orders):
        super().__init__()
        self.orders = orders

    def on_start(self):
        self.due = {
            self.set_timer(after=int(order[0] * SECOND)): order[1:]
            for order in self.orders
        }

    def on_timer(self, timer):
        side, quantity, limit, terms = self.due[timer.number]
        self.submit("ACME", side, quantity, limit, **terms)


def test_a_hidden_order():
    add, execute = EventKind.ADD, EventKind.EXECUTE
    tape = events(
        (0, add, BUY, 2, 9.99, 40, 0, 0),
        (1, add, SELL, 3, 10.05, 100, 0, 0),
        # ours joins at 1.5
        (2, add, BUY, 1, 10.00, 20, 0, 0),
        (3, execute, BUY, 1, 0, 20, 0, 0),
        (4, execute, BUY, 2, 0, 40, 0, 0),
        (5, add, SELL, 9, 10.06, 1, 0, 0),
    )

    plan = Plan((1.5, "buy", 10, 10.00, {"hidden": True}))

    assert fills(Backtest(tape, strategies=[plan]).run()) == [(4, 10.00, 10)]


def test_an_order_of_all_or_none():
    add = EventKind.ADD
    tape = events(
        (0, add, BUY, 1, 9.90, 40, 0, 0),
        (1, add, SELL, 2, 10.05, 100, 0, 0),
        # ours come at 1.5 and 1.6
        (3, add, SELL, 3, 10.00, 40, 0, 0),
        (4, add, SELL, 4, 9.99, 45, 0, 0),
        (5, add, SELL, 9, 10.06, 1, 0, 0),
    )

    plan = Plan(
        (1.5, "buy", 50, 10.00, {"all_or_none": True}), (1.6, "buy", 30, 10.00, {})
    )

    assert fills(Backtest(tape, strategies=[plan]).run()) == [
        (3, 10.00, 30),
        (4, 9.99, 45),
        (4, 10.00, 5),
    ]
