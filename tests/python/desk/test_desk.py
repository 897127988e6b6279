"""The compiled desk under any traffic, against a list of what the venue executed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_trading._core.desk import Desk, order_events, step
from ai_trading.core.enums import OrderStatus
from ai_trading.core.records import ORDER_STATUS, order_status_code, reject_name

UNIT = 10**18
ACCEPTED, REJECTED, FILLED, CANCELED, EXPIRED, MODIFIED, CHANGE_REJECTED = range(7)
BUSTED, CORRECTED = 15, 16


def plain_desk(**rules):
    desk = Desk(10**9 * UNIT, **rules)
    desk.add_instrument(tick_nano=10**7, lot_nano=10**9, unit_nano=10**9, price_step=1)
    desk.mark(0, 100)
    return desk


def submit(desk, quantity=10, *, side=0, price=100, now=0, **options):
    return desk.submit(0, side, 1, 0, price, quantity, now, **options)


actions = st.lists(
    st.tuples(
        st.sampled_from(
            ["submit", "fill", "again", "bust", "correct", "cancel", "modify", "say"]
        ),
        st.integers(0, 30),
        st.integers(1, 12),
        st.integers(90, 110),
        st.integers(0, 14),
    ),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(actions)
def test_what_a_venue_executed_is_booked_once_whatever_else_is_said(story):
    desk = plain_desk()
    executions: dict[int, tuple[int, int, int, int]] = {}  # id: order, side, qty, price
    sides: list[int] = []
    restricted = False
    for name, pick, quantity, price, kind in story:
        order = 1 + pick % max(1, len(sides))
        if name == "submit":
            side = pick % 2
            submit(desk, quantity, side=side, price=price)
            sides.append(side)
        elif not sides:
            continue
        elif name == "fill":
            number = len(executions) + 1
            executions[number] = (order, sides[order - 1], quantity, price)
            assert desk.report(
                order, FILLED, 1, price=price, quantity=quantity, execution=number
            )
        elif name == "again" and executions:
            number = 1 + pick % len(executions)
            whose = executions[number][0] or order
            assert not desk.report(
                whose, FILLED, 1, price=1, quantity=1, execution=number
            )
        elif name == "bust" and executions:
            number = 1 + pick % len(executions)
            booked = desk.report(0, BUSTED, 1, corrects=number)
            assert bool(booked) == (executions[number][2] > 0)
            executions[number] = (*executions[number][:2], 0, 0)
        elif name == "correct" and executions:
            number = 1 + pick % len(executions)
            new = len(executions) + 1
            whose, side, was, _ = executions[number]
            desk.report(
                0,
                CORRECTED,
                1,
                corrects=number,
                execution=new,
                price=price,
                quantity=quantity,
            )
            executions[number] = (whose, side, 0, 0)
            executions[new] = (whose, side, quantity, price) if was else (0, side, 0, 0)
            if not was:
                del executions[new]
        elif name == "cancel":
            desk.cancel(order, 1)
        elif name == "modify":
            desk.modify(order, price, quantity, 1)
        elif name == "say" and kind not in (FILLED, BUSTED, CORRECTED):
            desk.report(order, kind, 1, price=price, quantity=quantity)

        live = [e for e in executions.values() if e[2]]
        signed = sum(q * (-1 if side else 1) for _, side, q, _ in live)
        assert desk.position(0)[0] == signed
        cash, value, realized, unrealized, fees, _ = desk.statement()
        spent = sum(q * p * (-1 if side else 1) for _, side, q, p in live)
        assert cash == 10**9 * UNIT - spent * 10**16
        assert fees == 0
        assert value == 10**9 * UNIT + realized + unrealized
        working = 0
        for row, number in zip(desk.orders(), range(1, len(sides) + 1), strict=True):
            mine = [e for e in live if e[0] == number]
            assert row["filled"] == sum(e[2] for e in mine)
            assert row["filled_value"] == sum(e[2] * e[3] for e in mine)
            status = ORDER_STATUS[int(row["status"])]
            working += not status.is_terminal
            if status is OrderStatus.REJECTED:
                continue
            # An order that is over may have been filled in part; a filled one is full.
            assert status is not OrderStatus.FILLED or row["filled"] >= row["quantity"]
        assert desk.working_orders == working
        # Nothing loosens by itself.
        assert not restricted or desk.mode(0)
        restricted = desk.mode(0) != 0
        assert restricted == bool(desk.incidents()["restricted"].any())


def test_the_same_story_gives_the_same_state():
    def run(quantity):
        desk = plain_desk()
        number, _, _ = submit(desk, quantity)
        desk.report(number, ACCEPTED, 5)
        desk.report(number, FILLED, 6, price=100, quantity=1, execution=4)
        return desk.state_hash()

    assert run(10) == run(10)
    assert run(10) != run(11)


def test_python_and_core_have_the_same_states():
    for status in OrderStatus:
        code = order_status_code(status)
        assert "A0126E48C379B"[code] == status.fix
        if status in (OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE):
            continue  # they cover another state
        refused = step(code, False, False, order_events["request_cancel"], False)[4]
        assert (reject_name(refused) == "order_done") == status.is_terminal
    with pytest.raises(ValueError, match="status must be 0 to 12"):
        step(13, False, False, 0, False)


def test_a_client_number_is_taken_once():
    desk = plain_desk()
    number, _, _ = submit(desk, client=77)

    assert reject_name(submit(desk, client=77)[1]) == "duplicate_id"
    assert desk.order_of(77) == number


def test_parents_from_python():
    desk = plain_desk()
    parent, code = desk.open_parent(0, 0, 20, 5)
    assert code == 0
    number, _, _ = submit(desk, 15, parent=parent)

    assert reject_name(submit(desk, 6, parent=parent)[1]) == "parent_overrun"
    assert desk.room(parent) == 5
    assert desk.cancel_parent(parent, 6) == 0
    [(kind, order, *_)] = desk.commands()
    assert (kind, order) == (1, number)
    desk.report(number, CANCELED, 7)
    row = desk.parents()[0]
    assert ORDER_STATUS[int(row["status"])] is OrderStatus.CANCELED
    assert row["quantity"] == 20
    assert row["working"] == 0


def test_incidents_leave_as_rows():
    desk = plain_desk()
    number, _, _ = submit(desk)
    desk.report(number, FILLED, 9, price=100, quantity=12)

    rows = desk.incidents()

    names = [reject_name(int(code)) for code in rows["code"]]
    assert names == ["overfill"]
    assert rows["timestamp"].tolist() == [9]
    assert desk.mode(0) == 1
    desk.enable(0, "B. Officer")
    assert desk.mode(0) == 0
    with pytest.raises(ValueError, match="named person"):
        desk.enable(0, "")


def test_a_margin_account_stops_where_its_equity_does():
    desk = Desk(1_000 * UNIT, margin=True)
    desk.add_instrument(tick_nano=10**9, lot_nano=10**9, unit_nano=10**9, price_step=1)
    desk.mark(0, 100)

    assert reject_name(desk.submit(0, 0, 1, 0, 100, 21, 0)[1]) == "insufficient_margin"
    assert desk.submit(0, 0, 1, 0, 100, 12, 0)[1] == 0
    assert reject_name(desk.submit(0, 0, 1, 0, 100, 9, 0)[1]) == "insufficient_margin"
    assert desk.submit(0, 0, 1, 0, 100, 8, 0)[1] == 0


def test_numbers_that_are_none_are_errors():
    desk = plain_desk()

    with pytest.raises(IndexError, match="no order has the number 1"):
        desk.order(1)
    with pytest.raises(IndexError, match="1 instruments"):
        desk.mark(1, 5)
    with pytest.raises(ValueError, match="side must be"):
        desk.submit(0, 2, 1, 0, 1, 1, 0)
    with pytest.raises(ValueError, match="kind must be"):
        desk.report(1, 17, 0)
    with pytest.raises(ValueError, match="2\\^63"):
        desk.report(1, FILLED, 0, price=2**40, quantity=2**40)
    assert np.array_equal(desk.orders(), desk.orders())
