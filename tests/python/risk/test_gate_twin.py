"""The compiled gate agrees with its slow twin on random streams of commands."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import pytest
from gate_twin import Name, Open, Twin
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_trading._core.risk import Gate
from ai_trading.core.records import reject_name
from ai_trading.risk.gate import LIMITS
from ai_trading.risk.gate.values import to_core

SECOND = 10**9
ATTO = 10**18
NAMES, STRATEGIES = 3, 2
# What an order that can only reduce a position is never told.
SKIPPED = {info.reason for info in LIMITS.values() if info.reducing_skips}

shares = st.sampled_from(
    [Fraction(1, 100), Fraction(1, 10), Fraction(3, 10), Fraction(1)]
)
amounts = st.integers(1, 60).map(lambda n: n * 500)
VALUES = {
    "reference_age": st.integers(1, 20).map(lambda n: n * SECOND),
    "max_order_quantity": st.integers(5, 40),
    "max_order_notional": st.integers(500, 4000),
    "price_collar": st.sampled_from([Fraction(1, 100), Fraction(5, 100)]),
    "window_collar": st.sampled_from([Fraction(2, 100), Fraction(5, 100)]),
    "collar_window": st.just(10 * SECOND),
    "volume_share": shares,
    "price_band": st.booleans(),
    "duplicate_window": st.integers(1, 5).map(lambda n: n * SECOND),
    "self_trade": st.booleans(),
    "short_sale": st.booleans(),
    "max_position": st.integers(5, 80),
    "message_rate": st.integers(1, 3),
    "message_burst": st.integers(1, 4),
    "max_executions": st.integers(1, 6),
    "execution_window": st.integers(1, 5).map(lambda n: n * SECOND),
    "order_to_trade": st.integers(1, 5),
    "free_messages": st.integers(1, 10),
    "open_orders": st.integers(1, 5),
    "open_notional": amounts,
    "gross_exposure": amounts,
    "net_exposure": amounts,
    "name_share": shares,
    "sector_share": shares,
    "asset_class_share": shares,
    "group_share": shares,
    "days_to_liquidate": st.integers(1, 5),
    "liquidation_share": shares,
    "leverage": st.sampled_from([Fraction(1, 2), Fraction(2)]),
    "margin": st.booleans(),
    "cash_only": st.booleans(),
    "daily_loss_soft": st.integers(1, 300),
    "daily_loss": st.integers(1, 600),
    "drawdown": st.sampled_from([Fraction(1, 1000), Fraction(1, 100)]),
    "flip": st.sampled_from(["allow", "cut", "refuse"]),
}
ACCOUNT_ONLY = {"drawdown", "collar_window"}


@st.composite
def limit_sets(draw, *, narrow=False):
    names = sorted(set(VALUES) - (ACCOUNT_ONLY if narrow else set()))
    chosen = draw(st.lists(st.sampled_from(names), max_size=5, unique=True))
    lifted = st.none()
    flags = {"price_band", "self_trade", "short_sale", "margin", "cash_only"}
    return {
        name: draw(VALUES[name])
        if name in flags
        else draw(st.one_of(VALUES[name], VALUES[name], VALUES[name], lifted))
        for name in chosen
    }


numbers = st.integers(0, NAMES - 1)
who = st.integers(0, STRATEGIES - 1)
prices = st.integers(92, 108)
lots = st.integers(1, 30)
orders = st.tuples(
    st.just("order"),
    numbers,
    who,
    st.integers(0, 1),
    st.one_of(st.none(), prices),
    lots,
)
steps = st.one_of(
    orders,
    orders,
    orders,
    st.tuples(st.just("mark"), numbers, prices),
    st.tuples(st.just("fill"), st.integers(0, 9), prices, lots),
    st.tuples(st.just("close"), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.integers(1, 4 * SECOND)),
    st.tuples(st.just("fact"), numbers, st.integers(0, 7)),
    st.tuples(st.just("day")),
    st.tuples(st.just("enable"), st.integers(0, 3), st.integers(0, 1)),
    st.tuples(
        st.just("restrict"), st.integers(0, 3), st.integers(0, 1), st.integers(1, 2)
    ),
)
books = st.fixed_dictionaries(
    {
        ("all", 0): limit_sets(),
        ("account", 0): limit_sets(),
        ("strategy", 0): limit_sets(narrow=True),
        ("instrument", 1): limit_sets(narrow=True),
    }
)
KINDS = ("all", "account", "strategy", "instrument")


class Pair:
    """The gate and its twin, told the same."""

    def __init__(self, book, cash: int = 20_000) -> None:
        names = [
            Name(sector=1, group=1, volume=100, located=20),
            Name(sector=1, group=2, asset_class=1, volume=50, margin=Fraction(1, 4)),
            Name(sector=2, group=1, volume=0, located=1000),
        ]
        self.twin = Twin(names, STRATEGIES, cash, book)
        self.gate = Gate(cash * ATTO, STRATEGIES)
        for name in names:
            index = self.gate.add_instrument(
                tick_nano=SECOND, lot_nano=SECOND, unit_nano=SECOND, price_step=1
            )
            self.gate.describe(
                index,
                sector=name.sector,
                group=name.group,
                asset_class=name.asset_class,
                daily_volume=name.volume,
                located=name.located,
                margin_ppm=int(name.margin * 10**6),
            )
        sets = {scope: core_values(values) for scope, values in book.items()}
        self.gate.apply(
            sets["all", 0],
            sets["account", 0],
            {0: sets["strategy", 0]},
            {1: sets["instrument", 1]},
        )
        self.reached: Counter[str] = Counter()
        self.now = 1000 * SECOND
        for i in range(NAMES):
            self.mark(i, 100)

    def mark(self, i: int, price: int) -> None:
        self.gate.mark(i, price, self.now)
        self.twin.mark(i, price, self.now)

    def do(self, step) -> None:
        match step:
            case ("order", i, strategy, side, price, size):
                self.order(i, strategy, side, price, size)
            case ("mark", i, price):
                self.mark(i, price)
            case ("wait", length):
                self.now += length
            case ("close", k) if self.twin.open:
                self.resize(self.twin.open[k % len(self.twin.open)], 0)
            case ("fill", k, price, size) if self.twin.open:
                order = self.twin.open[k % len(self.twin.open)]
                size = min(size, order.lots)
                signed = size if order.side == 0 else -size
                self.gate.executed(
                    order.instrument, order.strategy, price, signed, self.now
                )
                self.twin.execute(
                    order.instrument, order.strategy, price, signed, self.now
                )
                self.resize(order, order.lots - size)
            case ("fact", i, what):
                self.fact(i, what)
            case ("day",):
                self.gate.begin_day()
                self.twin.begin_day()
            case ("enable", kind, index):
                scope = (KINDS[kind], index if kind > 1 else 0)
                self.gate.enable(kind, scope[1], "A", "why", self.now)
                self.twin.enable(scope)
            case ("restrict", kind, index, mode):
                scope = (KINDS[kind], index if kind > 1 else 0)
                self.gate.restrict(kind, scope[1], mode, "A", "why", self.now)
                self.twin.tighten(scope, mode, ("", "reduce_only", "halted")[mode])

    def order(self, i, strategy, side, price, size) -> None:
        code, sent = self.gate.judge(i, strategy, side, price, size, self.now)
        expected, wanted = self.twin.judge(i, strategy, side, price, size, self.now)
        self.reached[expected] += 1
        assert (reject_name(code), sent) == (expected, wanted)
        if expected != "none":
            return
        order = Open(
            i, strategy, side, self.twin.price(i) if price is None else price, 0
        )
        self.twin.open.append(order)
        self.resize(order, sent)

    def resize(self, order: Open, size: int) -> None:
        self.gate.working(
            order.instrument, order.strategy, order.side, order.price, order.lots, size
        )
        order.lots = size
        if size == 0:
            self.twin.open.remove(order)

    def fact(self, i: int, what: int) -> None:
        name = self.twin.names[i]
        if what < 2:
            name.halted = what == 1
            self.gate.set_halted(i, name.halted)
        elif what < 5:
            name.restriction = what - 2
            self.gate.set_restriction(i, name.restriction)
        elif what == 5:
            name.band = (96, 104)
            self.gate.set_band(i, *name.band)
        elif what == 6:
            name.price_test, name.bid = True, 100
            self.gate.set_price_test(i, True)
            self.gate.set_bid(i, 100)
        else:
            name.price_test = False
            self.gate.set_price_test(i, False)


def core_values(values):
    out = {}
    for name, value in values.items():
        exact = value
        if isinstance(value, Fraction):
            exact = float(value)
        out[name] = None if value is None else to_core(name, LIMITS[name].unit, exact)
    return out


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(book=books, stream=st.lists(steps, max_size=60))
def test_gate_and_twin_say_the_same(book, stream):
    pair = Pair(book)

    for step in stream:
        pair.do(step)

    gate, twin = pair.gate, pair.twin
    sums = gate.exposures()
    assert sums == gate.recomputed()
    assert sums["gross"] == twin.gross() * ATTO
    assert sums["sectors"][1] == twin.gross(sector=1) * ATTO
    assert gate.equity == twin.equity() * ATTO
    assert gate.profit(2, 1) == twin.profit(("strategy", 1)) * ATTO
    assert gate.counters()["open_orders"] == len(twin.open)


LOOSE = {
    "reference_age": [8 * SECOND],
    "max_order_quantity": [25],
    "max_order_notional": [2400],
    "price_collar": [Fraction(7, 100)],
    "window_collar": [Fraction(6, 100)],
    "volume_share": [Fraction(28, 100)],
    "price_band": [True],
    "duplicate_window": [3 * SECOND],
    "self_trade": [True],
    "short_sale": [True],
    "max_position": [60],
    "message_rate": [1, 2],
    "max_executions": [3],
    "order_to_trade": [2, 4],
    "open_orders": [6],
    "open_notional": [9_000],
    "gross_exposure": [9_000, 15_000],
    "net_exposure": [6_000],
    "name_share": [Fraction(3, 10)],
    "sector_share": [Fraction(4, 10)],
    "asset_class_share": [Fraction(5, 10)],
    "group_share": [Fraction(4, 10)],
    "days_to_liquidate": [5],
    "leverage": [Fraction(1, 2), Fraction(1)],
    "margin": [True],
    "cash_only": [True],
    "daily_loss_soft": [60],
    "daily_loss": [150],
    "drawdown": [Fraction(1, 200)],
    "flip": ["cut", "refuse"],
}


def random_step(draw: random.Random):
    what = draw.choices(
        ["order", "mark", "fill", "close", "wait", "fact", "day", "enable"],
        [60, 8, 20, 6, 8, 2, 1, 2],
    )[0]
    price, size = draw.randint(95, 105), draw.randint(1, 30)
    i, k = draw.randrange(NAMES), draw.randrange(10)
    match what:
        case "order":
            limit = draw.choice([None, price, price])
            return (what, i, draw.randrange(2), draw.randrange(2), limit, size)
        case "mark":
            return (what, i, price)
        case "fill":
            return (what, k, price, size)
        case "close":
            return (what, k)
        case "wait":
            return (what, draw.randint(1, 4 * SECOND))
        case "fact":
            return (what, i, draw.choice([0, 0, 1, 2, 2, 3, 5, 6, 7]))
        case "enable":
            return (what, draw.randrange(4), draw.randrange(2))
    return ("day",)


def test_long_streams_reach_every_check_and_agree():
    reached: Counter[str] = Counter()
    for seed in range(120):
        draw = random.Random(seed)
        book = {("all", 0): {}, ("account", 0): {}, ("strategy", 0): {}}
        book["instrument", 1] = {}
        for name in draw.sample(sorted(LOOSE), 4):
            scopes = sorted(book)[: 2 if name in ACCOUNT_ONLY else None]
            book[draw.choice(scopes)][name] = draw.choice(LOOSE[name])
        pair = Pair(book, cash=(4_000, 12_000, 28_000)[seed % 3])
        pair.reached = reached
        for _ in range(120):
            pair.do(random_step(draw))
        assert pair.gate.exposures() == pair.gate.recomputed()

    limits = {info.reason for info in LIMITS.values()} - {
        "",
        "clock_skew",
        "var_budget",
    }
    assert limits - set(reached) == set()
    assert reached["none"] > 2000


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    book=books,
    stream=st.lists(steps, max_size=30),
    name=numbers,
    strategy=who,
    part=st.integers(1, 100),
)
def test_no_exposure_loss_or_rate_stops_what_only_reduces(
    book, stream, name, strategy, part
):
    pair = Pair(book)
    for step in stream:
        pair.do(step)
    twin = pair.twin
    position = twin.position(name)
    side = 1 if position > 0 else 0
    free = abs(position) - twin.working(name, side)
    if free < 1:
        return
    size = max(1, free * part // 100)

    code, _ = pair.gate.judge(name, strategy, side, None, size, pair.now)

    reason = reject_name(code)
    halted = [m for m, _ in twin.states.values() if m == 2]
    if not halted:
        assert reason not in SKIPPED | {"reduce_only", "would_flip"}


@pytest.mark.parametrize("kind", range(4))
def test_every_scope_can_halt_and_be_enabled(kind):
    pair = Pair(
        {
            scope: {}
            for scope in [
                ("all", 0),
                ("account", 0),
                ("strategy", 0),
                ("instrument", 1),
            ]
        }
    )
    index = 1 if kind == 3 else 0
    pair.gate.restrict(kind, index, 2, "A", "why", 0)

    assert reject_name(pair.gate.judge(1, 0, 0, 100, 1, pair.now)[0]) == "halted"
    with pytest.raises(ValueError, match="named person"):
        pair.gate.enable(kind, index, "A", " ", 0)
    assert pair.gate.enable(kind, index, "A", "fixed", 0)
    assert pair.gate.judge(1, 0, 0, 100, 1, pair.now)[0] == 0
