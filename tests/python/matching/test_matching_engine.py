"""The compiled engine against a slow, obvious twin, over scenarios of hypothesis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_trading._core import book, matching

SUBMIT, CANCEL, REPLACE, EXPIRE = range(4)
KINDS = (
    "accepted",
    "rejected",
    "traded",
    "rested",
    "replaced",
    "canceled",
    "expired",
)
REASONS = {code: name for name, code in book.reject_codes.items()}


class PlainEngine:
    """A list of (id, side, price, left) in arrival order, searched every time."""

    def __init__(self):
        self.orders = []
        self.said = []

    def find(self, order_id):
        return next((o for o in self.orders if o[0] == order_id), None)

    def partner(self, side, price):
        across = [o for o in self.orders if o[1] != side]
        if price is not None:
            across = [
                o for o in across if (o[2] <= price if side == 0 else o[2] >= price)
            ]
        return min(across, key=lambda o: o[2] * (1 if side == 0 else -1), default=None)

    def work(self, order_id, side, price, left, *, rests):
        while left and (maker := self.partner(side, price)):
            size = min(left, maker[3])
            left -= size
            maker[3] -= size
            self.said.append(
                ("traded", order_id, maker[0], maker[2], size, left, maker[3])
            )
            if not maker[3]:
                self.orders.remove(maker)
        if left and rests:
            self.orders.append([order_id, side, price, left])
            self.said.append(("rested", order_id, price, left))
        elif left:
            self.said.append(("canceled", order_id, left))

    def refuse(self, order_id, reason):
        self.said.append(("rejected", order_id, reason))

    def apply(self, action, order_id, new_id, side, kind, tif, price, quantity):
        known = self.find(order_id)
        if action == SUBMIT:
            limit = price if kind == 1 else None
            if quantity < 1:
                self.refuse(order_id, "quantity_not_positive")
            elif known:
                self.refuse(order_id, "duplicate_id")
            elif kind == 0 and not self.partner(side, None):
                self.refuse(order_id, "no_liquidity")
            else:
                self.said.append(("accepted", order_id))
                rests = kind == 1 and tif == 0
                self.work(order_id, side, limit, quantity, rests=rests)
        elif action == EXPIRE:
            for on in (0, 1):
                for order in self.queue(on):
                    self.said.append(("expired", order[0], order[2]))
            self.orders.clear()
        elif not known:
            self.refuse(order_id, "unknown_id")
        elif action == CANCEL:
            self.orders.remove(known)
            self.said.append(("canceled", order_id, known[3]))
        elif quantity < 1:
            self.refuse(order_id, "quantity_not_positive")
        elif new_id != order_id and self.find(new_id):
            self.refuse(order_id, "duplicate_id")
        else:
            self.said.append(("replaced", order_id, new_id, price, quantity))
            if new_id == order_id and price == known[2] and quantity <= known[3]:
                known[3] = quantity
                return
            self.orders.remove(known)
            if self.partner(known[1], price):
                self.work(new_id, known[1], price, quantity, rests=True)
            else:
                self.orders.append([new_id, known[1], price, quantity])

    def queue(self, side):
        mine = [o for o in self.orders if o[1] == side]
        mine.sort(key=lambda o: o[2] * (-1 if side == 0 else 1))
        return [(o[0], o[2], o[3]) for o in mine]


def words(answer):
    kind = KINDS[answer["kind"]]
    name = int(answer["order_id"])
    number = {key: int(answer[key]) for key in ("price", "quantity", "left")}
    if kind == "traded":
        other = int(answer["other_id"])
        return (kind, name, other, *number.values(), int(answer["other_left"]))
    if kind == "rejected":
        return (kind, name, REASONS[int(answer["reason"])])
    if kind == "rested":
        return (kind, name, number["price"], number["left"])
    if kind == "replaced":
        return (kind, name, int(answer["other_id"]), number["price"], number["left"])
    return (kind, name) if kind == "accepted" else (kind, name, number["quantity"])


ids = st.integers(1, 12)
requests = st.tuples(
    st.sampled_from([SUBMIT] * 12 + [CANCEL] * 2 + [REPLACE] * 4 + [EXPIRE]),
    ids,
    ids,
    st.integers(0, 1),
    st.sampled_from([0, 1, 1, 1]),
    st.sampled_from([0, 0, 1]),
    st.integers(-3, 4),
    st.integers(0, 9),
)
FIELDS = [
    "action",
    "order_id",
    "new_id",
    "side",
    "type",
    "time_in_force",
    "price",
    "quantity",
]


def rows(requests):
    out = np.zeros(len(requests), matching.request_dtype)
    for i, request in enumerate(requests):
        for name, value in zip(FIELDS, request, strict=True):
            out[i][name] = value
        out[i]["timestamp"] = i
    return out


@given(st.lists(requests, max_size=60))
@settings(max_examples=300, deadline=None)
def test_it_says_what_the_plain_engine_says(scenario):
    engine = matching.Engine(1, publish=True)
    copy = book.Books(1)
    plain = PlainEngine()
    for row, request in zip(rows(scenario), scenario, strict=True):
        plain.apply(*request)
        answers = engine.apply(row.reshape(1))

        assert [words(answer) for answer in answers] == plain.said
        plain.said.clear()
        for side in (0, 1):
            assert engine.orders(0, side) == plain.queue(side)
        assert not copy.apply(engine.take_feed()).any()
        assert copy.state_hash() == engine.book_hash()


def test_one_batch_equals_many_and_names_the_row():
    scenario = [(SUBMIT, i, 0, i % 2, 1, 0, i % 5, 10) for i in range(1, 40)]
    once, many = matching.Engine(1), matching.Engine(1)

    together = once.apply(rows(scenario))
    for row in rows(scenario):
        many.apply(row.reshape(1))

    assert once.state_hash() == many.state_hash()
    assert together["request"].max() == 38
    assert (np.diff(together["request"].astype(int)) >= 0).all()


def test_another_dtype_is_refused():
    with pytest.raises(TypeError):
        matching.Engine(1).apply(np.zeros(3))
