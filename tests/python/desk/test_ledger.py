"""The compiled ledger against a slow one in fractions, event by event."""

from __future__ import annotations

from collections import deque
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_trading._core.desk import Ledger

UNIT = 10**18
# Tick size, lot value and currency of each instrument; the first is easy to read.
INSTRUMENTS = [(10**9, 10**9, 0), (10**5, 10**9, 0), (7 * 10**6, 50 * 10**9, 1)]
CURRENCIES = 2


class Slow:
    """Positions as lists of single lots' costs, money as fractions of 1e-18."""

    def __init__(self, *, fifo: bool) -> None:
        self.fifo = fifo
        self.lots: list[deque[list[Fraction]]] = [deque() for _ in INSTRUMENTS]
        self.marks = [0] * len(INSTRUMENTS)
        self.flows = [
            dict.fromkeys(
                ("cash", "deposits", "exchanged", "realized", "income", "costs"),
                Fraction(0),
            )
            for _ in range(CURRENCIES)
        ]
        self.rate = Fraction(1)
        self.own = dict.fromkeys(self.flows[0], Fraction(0))
        self.translation = Fraction(0)

    def flow(self, currency: int, kind: str, amount: Fraction) -> None:
        self.flows[currency][kind] += amount
        self.own[kind] += amount * (self.rate if currency else 1)

    def value(self, i: int, price: int, size: Fraction) -> Fraction:
        return Fraction(INSTRUMENTS[i][0] * INSTRUMENTS[i][1] * price) * size

    def held(self, i: int) -> Fraction:
        return sum((lot[0] for lot in self.lots[i]), Fraction(0))

    def cost(self, i: int) -> Fraction:
        return sum((lot[1] for lot in self.lots[i]), Fraction(0))

    def book(self, i: int, side: int, price: int, quantity: int, fee: int) -> None:
        sign = -1 if side else 1
        currency = INSTRUMENTS[i][2]
        lots = self.lots[i]
        left = quantity
        realized = Fraction(0)
        while left and lots and lots[0][0] * sign < 0:
            if not self.fifo:  # one lot at the average
                lots = self.lots[i] = deque([[self.held(i), self.cost(i)]])
            size, cost = lots[0]
            part = min(Fraction(left), abs(size))
            gone = cost * part / abs(size)
            realized += -sign * self.value(i, price, part) - gone
            lots[0] = [size + sign * part, cost - gone]
            if lots[0][0] == 0:
                lots.popleft()
            left -= part
        if left:
            size = Fraction(sign * left)
            lots.append([size, self.value(i, price, size)])
        self.flow(currency, "realized", realized)
        self.flow(currency, "costs", Fraction(fee))
        self.flow(
            currency, "cash", -self.value(i, price, Fraction(sign * quantity)) - fee
        )

    def split(self, i: int, into: int, old: int) -> None:
        held, cost = self.held(i), self.cost(i)
        sign = -1 if held < 0 else 1
        size = int(abs(held) * into / old)
        part = abs(held) * Fraction(into, old) - size
        paid = self.value(i, self.marks[i], sign * part) * old / into
        released = cost * part / (abs(held) * Fraction(into, old)) if held else 0
        self.lots[i] = deque([[Fraction(sign * size), cost - released]] if size else [])
        if held and not size:
            released = cost
        self.flow(INSTRUMENTS[i][2], "cash", paid)
        self.flow(INSTRUMENTS[i][2], "realized", paid - released)
        self.marks[i] = round(Fraction(self.marks[i] * old, into))

    def set_rate(self, rate: Fraction) -> None:
        f = self.flows[1]
        net = f["deposits"] + f["exchanged"] + f["realized"] + f["income"] - f["costs"]
        self.translation += net * (rate - self.rate)
        self.rate = rate


instruments = st.integers(0, len(INSTRUMENTS) - 1)
prices = st.integers(1, 10**6)
amounts = st.integers(-(10**24), 10**24)
events = st.one_of(
    st.tuples(
        st.just("book"),
        instruments,
        st.integers(0, 1),
        prices,
        st.integers(1, 500),
        st.integers(-(10**16), 10**18),
    ),
    st.tuples(st.just("mark"), instruments, prices),
    st.tuples(st.just("dividend"), instruments, st.integers(0, 10**18)),
    st.tuples(st.just("borrow"), instruments, st.integers(0, 10**9), st.integers(0, 9)),
    st.tuples(st.just("deposit"), st.integers(0, 1), amounts),
    st.tuples(st.just("interest"), st.integers(0, 1), amounts),
    st.tuples(
        st.just("accrue"),
        st.integers(0, 1),
        st.integers(0, 10**8),
        st.integers(0, 10**9),
        st.integers(0, 400),
    ),
    st.tuples(st.just("charge"), st.integers(0, 1), st.integers(0, 10**20)),
    st.tuples(st.just("exchange"), st.integers(0, 1), st.integers(0, 10**21), amounts),
    st.tuples(st.just("rate"), st.integers(1, 5 * 10**9)),
    st.tuples(st.just("split"), instruments, st.integers(1, 7), st.integers(1, 7)),
)


def apply(ledger: Ledger, slow: Slow, event: tuple) -> None:
    kind, *rest = event
    if kind == "book":
        ledger.book(*rest)
        slow.book(*rest)
    elif kind == "mark":
        ledger.mark(*rest)
        slow.marks[rest[0]] = rest[1]
    elif kind == "dividend":
        ledger.dividend(*rest)
        i, each = rest
        amount = slow.held(i) * each
        _income(slow, INSTRUMENTS[i][2], amount)
    elif kind == "borrow":
        i, rate, days = rest
        ledger.accrue_borrow(i, rate, days)
        if slow.held(i) < 0:
            worth = abs(slow.value(i, slow.marks[i], slow.held(i)))
            cost = Fraction(round(worth * rate * days / (10**9 * 360)))
            _income(slow, INSTRUMENTS[i][2], -cost)
    elif kind == "deposit":
        ledger.deposit(*rest)
        slow.flow(rest[0], "cash", Fraction(rest[1]))
        slow.flow(rest[0], "deposits", Fraction(rest[1]))
    elif kind == "interest":
        ledger.interest(*rest)
        _income(slow, rest[0], Fraction(rest[1]))
    elif kind == "accrue":
        currency, credit, debit, days = rest
        booked = ledger.accrue_interest(currency, credit, debit, days)
        cash = slow.flows[currency]["cash"]
        exact = cash * (debit if cash < 0 else credit) * days / (10**9 * 360)
        assert abs(booked - exact) < 2
        _income(slow, currency, Fraction(booked))
    elif kind == "charge":
        ledger.charge(*rest)
        _income(slow, rest[0], Fraction(-rest[1]))
    elif kind == "exchange":
        source, sold, bought = rest
        ledger.exchange(source, sold, 1 - source, bought)
        for currency, amount in ((source, -sold), (1 - source, bought)):
            slow.flow(currency, "cash", Fraction(amount))
            slow.flow(currency, "exchanged", Fraction(amount))
    elif kind == "rate":
        ledger.set_rate(1, rest[0])
        slow.set_rate(Fraction(rest[0], 10**9))
    else:
        ledger.split(*rest)
        slow.split(*rest)


def _income(slow: Slow, currency: int, amount: Fraction) -> None:
    slow.flow(currency, "cash", amount)
    kind = "income" if amount >= 0 else "costs"
    slow.flow(currency, kind, abs(amount))


@settings(max_examples=150, deadline=None)
@given(st.booleans(), st.lists(events, max_size=60))
def test_every_event_keeps_the_accounts_and_agrees_with_fractions(fifo, story):
    ledger = Ledger(INSTRUMENTS, currencies=CURRENCIES, fifo=fifo)
    slow = Slow(fifo=fifo)
    for i in range(len(INSTRUMENTS)):
        apply(ledger, slow, ("mark", i, 100))
    splits = 0

    for n, event in enumerate(story, 1):
        if event[0] == "split" and fifo:
            continue  # how a split divides lots has a test of its own
        splits += event[0] == "split"
        apply(ledger, slow, event)

        for currency in range(CURRENCIES):
            s = ledger.statement(currency)
            # The identity, to the last 1e-18.
            assert s["cash"] + s["positions"] == (
                s["deposits"]
                + s["exchanged"]
                + s["realized"]
                + s["unrealized"]
                + s["income"]
                - s["costs"]
            )
            # Each event rounds at most a few times, by half of 1e-18 each.
            for kind, exact in slow.flows[currency].items():
                assert abs(s[kind] - exact) <= 4 * n
        for i in range(len(INSTRUMENTS)):
            lots, cost, _, _ = ledger.position(i)
            assert lots == slow.held(i)
            assert abs(cost - slow.cost(i)) <= 4 * n
            if fifo:
                assert [lot for lot, _ in ledger.lots(i)] == [
                    size for size, _ in slow.lots[i]
                ]
                assert sum(c for _, c in ledger.lots(i)) == cost
        whole = ledger.consolidated()
        assert whole["cash"] + whole["positions"] == (
            whole["deposits"]
            + whole["exchanged"]
            + whole["realized"]
            + whole["unrealized"]
            + whole["income"]
            - whole["costs"]
            + whole["translation"]
        )
        assert abs(whole["translation"] - slow.translation) <= 100 * n


def test_average_and_first_in_first_out_differ_as_they_should():
    def run(fifo):
        ledger = Ledger([(10**9, 10**9, 0)], cash=10_000 * UNIT, fifo=fifo)
        ledger.book(0, 0, 100, 10)
        ledger.book(0, 0, 120, 10)
        return ledger.book(0, 1, 130, 10) // UNIT, ledger.position(0)[1] // UNIT

    assert run(fifo=False) == (200, 1100)
    assert run(fifo=True) == (300, 1200)


def test_a_reverse_split_pays_out_the_part_of_a_lot_and_divides_lots_exactly():
    ledger = Ledger([(10**9, 10**9, 0)], cash=10_000 * UNIT, fifo=True)
    for price in (100, 110, 120):
        ledger.book(0, 0, price, 5)
    ledger.mark(0, 120)

    ledger.split(0, 1, 2)  # 15 become 7 and a half

    assert ledger.position(0)[0] == 7
    assert [lots for lots, _ in ledger.lots(0)] == [2, 3, 2]
    assert sum(cost for _, cost in ledger.lots(0)) == ledger.position(0)[1]
    s = ledger.statement(0)
    assert s["cash"] == (10_000 - 1650 + 120) * UNIT  # half a new lot at 240
    # It cost a fifteenth of 1650.
    assert s["realized"] == (120 - 110) * UNIT
    assert s["cash"] + s["positions"] == (
        s["deposits"] + s["realized"] + s["unrealized"]
    )


@settings(max_examples=60, deadline=None)
@given(
    st.booleans(),
    st.lists(
        st.tuples(st.integers(0, 1), prices, st.integers(1, 99)),
        min_size=1,
        max_size=25,
    ),
    st.data(),
)
def test_undoing_leaves_the_books_as_if_it_had_never_been(fifo, trades, data):
    out = data.draw(st.integers(0, len(trades) - 1))
    with_it = Ledger(INSTRUMENTS[:1], fifo=fifo)
    without = Ledger(INSTRUMENTS[:1], fifo=fifo)
    for n, (side, price, quantity) in enumerate(trades):
        with_it.book(0, side, price, quantity, 10**15)
        if n != out:
            without.book(0, side, price, quantity, 10**15)

    with_it.undo(0, out + 1, 10**15)

    assert with_it.position(0) == without.position(0)
    assert with_it.lots(0) == without.lots(0)
    assert with_it.statement(0) == without.statement(0)
    with pytest.raises(ValueError, match="no execution"):
        with_it.undo(0, out + 1)


def test_interest_and_borrow_by_hand():
    ledger = Ledger([(10**9, 10**9, 0)], cash=36_000 * UNIT)
    assert ledger.accrue_interest(0, 10**7, 5 * 10**7, 1) == UNIT  # 1 % of 36,000 / 360
    ledger.deposit(0, -72_001 * UNIT)
    assert ledger.accrue_interest(0, 10**7, 5 * 10**7, 2) == -10 * UNIT
    ledger.book(0, 1, 100, 360)
    ledger.mark(0, 200)
    assert ledger.accrue_borrow(0, 3 * 10**7, 10) == 60 * UNIT
    assert ledger.dividend(0, UNIT) == -360 * UNIT


def test_a_margin_account_is_called_below_maintenance():
    ledger = Ledger([(10**9, 10**9, 0)], cash=5_000 * UNIT)
    ledger.book(0, 0, 100, 100)  # 10,000 with 5,000 borrowed
    ledger.mark(0, 100)
    at_cost = ledger.margin()
    assert at_cost["excess"] == 0
    assert not at_cost["call"]

    ledger.mark(0, 66)  # equity 1,600 of 6,600: below a quarter

    assert ledger.margin()["call"]


def test_a_split_that_needs_a_price_and_a_rate_that_is_none_are_refused():
    ledger = Ledger([(10**9, 10**9, 0)], cash=UNIT)
    ledger.book(0, 0, 1, 1)

    with pytest.raises(ValueError, match="needs a mark"):
        ledger.split(0, 1, 2)
    with pytest.raises(ValueError, match="rate is positive"):
        ledger.set_rate(0, 10**9)
    with pytest.raises(IndexError, match="1 instruments"):
        ledger.mark(1, 5)
    with pytest.raises(ValueError, match="currency 3"):
        Ledger([(1, 1, 3)])
