"""The compiled books against slow, obvious twins in Python.

The scenarios are those of `tests/cpp/book`: the twin keeps a list of orders in the
order of their arrival and sums whenever it is asked.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ai_trading._core.book import NO_PRICE, Books, LevelBook, OrderBook, reject_codes
from ai_trading.core.records import EVENT, EventKind

MOST = 2**62
NONE = 0
CODE = reject_codes

ids = st.integers(0, 12) | st.integers(2**62, 2**62 + 4) | st.just(2**64 - 1)
sides = st.sampled_from([0, 1])
prices = st.integers(-3, 3) | st.sampled_from(
    [-MOST, MOST, MOST + 1, -(2**63), 2**63 - 1]
)
quantities = st.integers(-1, 9) | st.sampled_from([MOST, MOST + 1, -(2**63), 2**63 - 1])


class PlainBook:
    """Orders as [id, side, price, left], in the order of their arrival."""

    def __init__(self):
        self.rows = []

    def find(self, order_id):
        return next((row for row in self.rows if row[0] == order_id), None)

    def refusal(self, price, quantity, side=None, without=None):
        if quantity < 1:
            return CODE["quantity_not_positive"]
        if quantity > MOST:
            return CODE["quantity_too_large"]
        if abs(price) > MOST:
            return CODE["price_out_of_range"]
        there = sum(
            r[3] for r in self.rows if r is not without and r[1:3] == [side, price]
        )
        return CODE["quantity_overflow"] if there + quantity >= 2**63 else NONE

    def add(self, order_id, side, price, quantity):
        code = self.refusal(price, quantity, side)
        if code in (NONE, CODE["quantity_overflow"]) and self.find(order_id):
            return CODE["duplicate_id"]
        if code == NONE:
            self.rows.append([order_id, side, price, quantity])
        return code

    def take(self, order_id, by, *, may_end):
        row = self.find(order_id)
        if row is None:
            return CODE["unknown_id"]
        if by < 1:
            return CODE["quantity_not_positive"]
        if by > row[3] or (by == row[3] and not may_end):
            return CODE["quantity_too_large"]
        row[3] -= by
        self.rows = [row for row in self.rows if row[3]]
        return NONE

    def cancel(self, order_id):
        row = self.find(order_id)
        if row is None:
            return CODE["unknown_id"]
        self.rows.remove(row)
        return NONE

    def replace(self, old_id, new_id, price, quantity):
        row = self.find(old_id)
        if row is None:
            return CODE["unknown_id"]
        code = self.refusal(price, quantity, row[1], row)
        taken = new_id != old_id and self.find(new_id)
        if taken and code in (NONE, CODE["quantity_overflow"]):
            return CODE["duplicate_id"]
        if code == NONE:
            self.rows.remove(row)
            self.rows.append([new_id, row[1], price, quantity])
        return code

    def modify(self, order_id, price, quantity):
        row = self.find(order_id)
        if row is None:
            return CODE["unknown_id"]
        if price != row[2] or quantity > row[3]:
            return self.replace(order_id, order_id, price, quantity)
        if quantity < 1:
            return CODE["quantity_not_positive"]
        row[3] = quantity
        return NONE

    def orders(self, side):
        rows = [row for row in self.rows if row[1] == side]
        best_first = -1 if side == 0 else 1
        return [
            (r[0], r[2], r[3]) for r in sorted(rows, key=lambda r: best_first * r[2])
        ]

    def depth(self, side):
        levels = []
        for _, price, left in self.orders(side):
            if not levels or levels[-1][0] != price:
                levels.append([price, 0, 0])
            levels[-1][1] += left
            levels[-1][2] += 1
        return levels

    def ahead(self, order_id):
        row = self.find(order_id)
        before = self.rows[: self.rows.index(row)]
        same = [other[3] for other in before if other[1:3] == row[1:3]]
        return len(same), sum(same)


class BookMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.fast, self.plain = OrderBook(), PlainBook()

    def both(self, name, *arguments, plain=None, **options):
        before = self.fast.state_hash()
        code = getattr(self.fast, name)(*arguments)
        assert code == getattr(self.plain, plain or name)(*arguments, **options)
        if code != NONE:
            assert self.fast.state_hash() == before

    @rule(order_id=ids, side=sides, price=prices, quantity=quantities)
    def add(self, order_id, side, price, quantity):
        self.both("add", order_id, side, price, quantity)

    @rule(order_id=ids, by=quantities)
    def reduce(self, order_id, by):
        self.both("reduce", order_id, by, plain="take", may_end=False)

    @rule(order_id=ids, by=quantities)
    def execute(self, order_id, by):
        self.both("execute", order_id, by, plain="take", may_end=True)

    @rule(order_id=ids)
    def cancel(self, order_id):
        self.both("cancel", order_id)

    @rule(old=ids, new=ids, price=prices, quantity=quantities)
    def replace(self, old, new, price, quantity):
        self.both("replace", old, new, price, quantity)

    @rule(order_id=ids, price=prices, quantity=quantities)
    def modify(self, order_id, price, quantity):
        self.both("modify", order_id, price, quantity)

    @precondition(lambda self: len(self.plain.rows) > 5)
    @rule()
    def clear(self):
        self.fast.clear()
        self.plain.rows = []

    @invariant()
    def is_the_plain_book(self):
        again = OrderBook()
        for order_id, side, price, left in self.plain.rows:
            again.add(order_id, side, price, left)
            assert self.fast.order(order_id) == (side, price, left)
            assert self.fast.queue_position(order_id) == self.plain.ahead(order_id)
        assert self.fast.state_hash() == again.state_hash()
        assert self.fast.order_count == len(self.plain.rows)
        for side in (0, 1):
            depth = self.plain.depth(side)
            assert self.fast.depth(side, 100).tolist() == depth
            assert self.fast.orders(side) == self.plain.orders(side)
            assert self.fast.best(side) == (tuple(depth[0]) if depth else None)


BookMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=40)
TestOrderBook = BookMachine.TestCase


def rows_of(*rows):
    """Events from (kind, instrument, order id, side, price, quantity, aux)."""
    out = np.zeros(len(rows), dtype=EVENT)
    names = ("kind", "instrument", "order_id", "side", "price", "quantity", "aux")
    for name, values in zip(names, zip(*rows, strict=True), strict=True):
        out[name] = values
    return out


@st.composite
def traffic(draw):
    kinds = st.sampled_from([1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 9, 10, 13, 8, 200])
    row = st.tuples(
        kinds,
        st.integers(0, 3),
        st.integers(0, 25),
        st.integers(0, 2),
        st.integers(0, 5),
        st.integers(0, 5),
        st.integers(0, 25),
    )
    return rows_of(*draw(st.lists(row, min_size=1, max_size=200)))


@given(traffic(), st.integers(1, 50))
def test_events_do_what_single_calls_do_in_pieces_of_any_size(events, size):
    whole, pieces = Books(3), Books(3)
    codes = whole.apply(events)

    in_pieces = [
        pieces.apply(events[i : i + size]) for i in range(0, len(events), size)
    ]

    assert np.concatenate(in_pieces).tolist() == codes.tolist()
    assert pieces.state_hash() == whole.state_hash()
    # The same through plain books; every order names its instrument by where it joined.
    books = [PlainBook() for _ in range(3)]
    where = {}
    for row, code in zip(events, codes.tolist(), strict=True):
        kind, order_id = int(row["kind"]), int(row["order_id"])
        price, quantity = int(row["price"]), int(row["quantity"])
        at = where.get(order_id)
        book = None if at is None else books[at]
        if kind == EventKind.ADD:
            free = book is None or book.find(order_id) is None
            if code == NONE:
                assert free
                where[order_id] = int(row["instrument"])
                assert (
                    books[where[order_id]].add(
                        order_id, int(row["side"]), price, quantity
                    )
                    == NONE
                )
        elif kind == EventKind.CLEAR and row["instrument"] < 3:
            books[row["instrument"]].rows = []
        elif code != NONE or book is None:
            continue
        elif kind == EventKind.REDUCE:
            book.take(order_id, quantity, may_end=False)
        elif kind in (EventKind.EXECUTE, EventKind.EXECUTE_AT):
            book.take(order_id, quantity, may_end=True)
        elif kind == EventKind.REMOVE:
            book.cancel(order_id)
        elif kind == EventKind.REPLACE:
            where[int(row["aux"])] = at
            book.replace(order_id, int(row["aux"]), price, quantity)
        elif kind == EventKind.MODIFY:
            book.modify(order_id, price, quantity)
    for instrument, book in enumerate(books):
        for side in (0, 1):
            assert whole.depth(instrument, side, 50).tolist() == book.depth(side)


def test_depth_after_each_event_shows_every_step():
    events = rows_of(
        (1, 0, 1, 0, 100, 5, 0), (1, 1, 2, 0, 999, 1, 0), (1, 0, 3, 1, 102, 7, 0),
        (3, 0, 1, 0, 0, 0, 0), (3, 0, 1, 0, 0, 0, 0),
    )  # fmt: skip

    rows, codes = Books(2).depth_after_each(events, 0, 1)

    assert rows.tolist() == [
        [NO_PRICE, 0, 100, 5],
        [NO_PRICE, 0, 100, 5],
        [102, 7, 100, 5],
        [102, 7, NO_PRICE, 0],
        [102, 7, NO_PRICE, 0],
    ]
    assert codes.tolist() == [0, 0, 0, 0, CODE["unknown_id"]]


def test_orders_of_a_book_rebuild_it():
    events = rows_of(*[(1, 0, i, i % 2, 100 + i % 5, 1 + i, 0) for i in range(40)])
    books, again = Books(1), Books(1)
    books.apply(events)

    for side in (0, 1):
        again.apply(books.orders(0, side))

    assert again.state_hash() == books.state_hash()
    assert books.orders(0, 0)["flags"].tolist() == [2] * 20


@given(st.lists(st.tuples(sides, st.integers(-4, 4), st.integers(0, 5)), max_size=80))
def test_a_level_book_is_a_mapping_of_prices(changes):
    book, plain = LevelBook(1), {}
    rows = [(8, 0, 0, side, price, quantity, 0) for side, price, quantity in changes]
    if rows:
        book.apply(rows_of(*rows))
    for side, price, quantity in changes:
        plain[side, price] = quantity

    for side in (0, 1):
        left = [[p, q, 0] for (s, p), q in plain.items() if s == side and q]
        assert book.depth(0, side, 50).tolist() == sorted(left, reverse=side == 0)


@pytest.mark.parametrize("book", [Books(1), LevelBook(1)])
def test_arrays_of_another_type_or_shape_are_refused(book):
    with pytest.raises(TypeError):
        book.apply(np.zeros(3))
    with pytest.raises(TypeError):
        book.apply(np.zeros(6, dtype=EVENT)[::2])
    with pytest.raises(ValueError, match="one-dimensional"):
        book.apply(np.zeros((2, 2), dtype=EVENT))


def test_sides_and_level_counts_out_of_range_are_refused():
    book = OrderBook()

    with pytest.raises(ValueError, match="side must be 0"):
        book.add(1, 2, 100, 5)
    for levels in (0, -1, 100_001):
        with pytest.raises(ValueError, match="levels must lie between"):
            book.depth(0, levels)
