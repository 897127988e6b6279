from __future__ import annotations

from decimal import Decimal

import pytest

from ai_trading.core.clock import ManualClock
from ai_trading.core.enums import OrderStatus
from ai_trading.core.errors import ArgumentError, OrderRejectedError
from ai_trading.execution.manager import EventType, OrderManager, VenueReport
from ai_trading.execution.order import Order


def fill(order, quantity, price=1):
    return VenueReport(
        order.order_id,
        EventType.FILL,
        7,
        quantity=Decimal(quantity),
        price=Decimal(price),
    )


def test_the_same_client_order_id_twice_is_refused():
    manager = OrderManager()
    manager.submit_order(Order("X", "buy", 1, client_order_id="mine"))

    with pytest.raises(OrderRejectedError) as refused:
        manager.submit_order(Order("X", "sell", 1, client_order_id="mine"))

    assert refused.value.reason == "duplicate_id"
    assert len(manager.get_order_history()) == 1
    assert manager.get_order("mine").side == "buy"


def test_history_is_newest_first_limited_and_by_symbol():
    manager = OrderManager()
    ids = [manager.submit_order(Order(s, "buy", 1)) for s in ("A", "B", "A", "A")]

    assert [o.order_id for o in manager.get_order_history(limit=2)] == ids[:1:-1]
    assert [o.order_id for o in manager.get_order_history("A")] == [
        ids[3],
        ids[2],
        ids[0],
    ]
    with pytest.raises(ArgumentError):
        manager.get_order_history(limit=-1)


def test_a_cancel_ends_an_order_once():
    manager = OrderManager()
    name = manager.submit_order(Order("X", "buy", 1))

    assert manager.cancel_order(name)
    assert not manager.cancel_order(name)
    assert manager.get_order_status(name) is OrderStatus.CANCELED
    assert manager.get_active_orders() == []


def test_callbacks_hear_everything_in_order_and_a_failing_one_blocks_none(caplog):
    manager = OrderManager()
    heard = []

    def broken(order, event):
        raise RuntimeError("no")

    manager.add_execution_callback(broken)
    manager.add_execution_callback(lambda order, event: heard.append(event.kind))
    order = Order("X", "buy", 2)
    manager.submit_order(order)
    manager.apply_report(fill(order, 1))
    manager.apply_report(fill(order, 1))

    assert heard == ["submitted", "fill", "fill"]
    assert order.is_filled


def test_a_late_fill_is_booked_and_other_late_reports_are_ignored():
    manager = OrderManager()
    order = Order("X", "buy", 2)
    manager.submit_order(order)
    manager.cancel_order(order.order_id)

    manager.apply_report(fill(order, 1))
    manager.apply_report(VenueReport(order.order_id, EventType.EXPIRED, 8))

    assert order.fills[0].flag == "after_end"
    assert order.status is OrderStatus.CANCELED


def test_only_while_monitoring_are_old_orders_given_up():
    clock = ManualClock()
    manager = OrderManager(clock=clock)
    name = manager.submit_order(Order("X", "buy", 1))
    clock.advance(301 * 10**9)
    manager.poll()
    assert manager.get_order_status(name) is OrderStatus.PENDING

    manager.start_monitoring()
    manager.poll()

    assert manager.get_order_status(name) is OrderStatus.CANCELED
    assert manager.get_order(name).reason == "order_timeout"
    manager.stop_monitoring()
    assert not manager.is_monitoring


def test_an_unknown_order_is_an_error():
    with pytest.raises(ArgumentError, match="no order has the id"):
        OrderManager().get_order_status("nobody")
