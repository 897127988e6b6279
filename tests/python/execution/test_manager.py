from __future__ import annotations

from decimal import Decimal

import pytest

from ai_trading.core.clock import ManualClock
from ai_trading.core.enums import OrderStatus
from ai_trading.core.errors import ArgumentError, OrderRejectedError
from ai_trading.core.instrument import InstrumentTable
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
    for bad in (-1, None, "x", 1.5):
        with pytest.raises(ArgumentError, match="limit"):
            manager.get_order_history(limit=bad)


def test_what_is_no_order_and_no_callback_is_refused():
    manager = OrderManager()

    with pytest.raises(ArgumentError, match="Order is needed"):
        manager.submit_order(None)
    with pytest.raises(ArgumentError, match="callable"):
        manager.add_execution_callback(5)
    with pytest.raises(ArgumentError, match="spaces"):
        Order(" AAPL", "buy", 1)


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


class Wire:
    """A venue that says nothing by itself, and notes what it is sent."""

    def __init__(self):
        self.sent = []
        self.answers = []
        self.broken = 0

    def submit(self, order):
        self.sent.append(("submit", order.client_order_id))
        if self.broken:
            self.broken -= 1
            raise ConnectionResetError("gone")

    def cancel(self, order):
        self.sent.append(("cancel", order.client_order_id))

    def modify(self, order, quantity, price):
        self.sent.append(("modify", order.client_order_id, quantity, price))

    def reports(self):
        out, self.answers = self.answers, []
        return out


def said(order, kind, **terms):
    return VenueReport(order.order_id, kind, 9, **terms)


def test_a_fill_with_an_id_is_booked_once():
    manager = OrderManager()
    order = Order("X", "buy", 10)
    manager.submit_order(order)
    heard = []
    manager.add_execution_callback(lambda o, event: heard.append(event.kind))
    report = said(
        order,
        EventType.FILL,
        quantity=Decimal(4),
        price=Decimal(1),
        execution_id="E-1",
    )

    manager.apply_report(report)
    manager.apply_report(report)

    assert order.filled_quantity == 4
    assert heard == ["fill"]


def test_an_overfill_is_flagged_and_the_symbol_may_only_be_reduced():
    manager = OrderManager()
    order = Order("X", "buy", 10)
    manager.submit_order(order)

    manager.apply_report(fill(order, 12))

    assert order.fills[0].flag == "overfill"
    assert manager.is_restricted("X")
    more = Order("X", "buy", 1)
    with pytest.raises(OrderRejectedError) as refused:
        manager.submit_order(more)
    assert refused.value.reason == "reduce_only"
    assert more.status is OrderStatus.REJECTED
    manager.submit_order(Order("X", "sell", 5))
    with pytest.raises(
        ArgumentError, match=r"name of who enables trading.*received ' '"
    ):
        manager.enable("X", " ", "fills agreed")
    with pytest.raises(ArgumentError, match=r"reason to enable trading.*received ''"):
        manager.enable("X", "C. Officer", "")
    manager.enable("X", "C. Officer", "fills agreed")
    assert not manager.is_restricted("X")


def test_a_busted_trade_shows_as_a_negative_fill():
    manager = OrderManager()
    order = Order("X", "buy", 10)
    manager.submit_order(order)
    for name in ("E-1", "E-2"):
        manager.apply_report(
            said(
                order,
                EventType.FILL,
                quantity=Decimal(5),
                price=Decimal(2),
                execution_id=name,
            )
        )
    assert order.is_filled

    manager.apply_report(
        said(order, EventType.TRADE_CANCELED, corrects="E-1", leaves=Decimal(5))
    )

    assert order.filled_quantity == 5
    assert [f.quantity for f in order.fills] == [5, 5, -5]
    assert order.fills[2].flag == "busted"
    assert order.status is OrderStatus.PARTIALLY_FILLED
    assert manager.get_active_orders() == [order]


def test_a_fill_of_nobodys_order_is_booked_where_symbol_and_side_are_named():
    manager = OrderManager()
    report = VenueReport(
        "theirs",
        EventType.FILL,
        1,
        quantity=Decimal(3),
        price=Decimal(10),
        symbol="X",
        side="sell",
    )

    manager.apply_report(report)

    assert manager.is_restricted("X")
    with pytest.raises(ArgumentError, match="no order has the id"):
        manager.apply_report(VenueReport("theirs", EventType.ACCEPTED, 1))


def test_the_states_between_are_shown():
    manager = OrderManager(Wire())
    order = Order("X", "buy", 10, "limit", 5)
    manager.submit_order(order)
    for kind, status in (
        (EventType.ACCEPTED, "accepted"),
        (EventType.SUSPENDED, "suspended"),
        (EventType.RESTATED, "accepted"),
        (EventType.STOPPED, "stopped"),
        (EventType.DONE_FOR_DAY, "done_for_day"),
    ):
        manager.apply_report(said(order, kind))
        assert order.status == status
    assert not manager.cancel_order(order.order_id)
    assert order.status is OrderStatus.PENDING_CANCEL
    manager.apply_report(said(order, EventType.CHANGE_REJECTED))
    assert order.status is OrderStatus.DONE_FOR_DAY


def test_a_replace_is_pending_until_the_venue_grants_it():
    wire = Wire()
    manager = OrderManager(wire)
    order = Order("X", "buy", 10, "limit", 5)
    manager.submit_order(order)
    manager.apply_report(said(order, EventType.ACCEPTED))

    assert not manager.modify_order(order.order_id, quantity=8, price="4.5")
    assert order.status is OrderStatus.PENDING_REPLACE
    assert wire.sent[-1] == ("modify", order.client_order_id, 8, Decimal("4.5"))
    with pytest.raises(OrderRejectedError) as refused:
        manager.modify_order(order.order_id, quantity=7)
    assert refused.value.reason == "pending_change"
    manager.apply_report(
        said(order, EventType.REPLACED, quantity=Decimal(8), price=Decimal("4.5"))
    )

    assert (order.quantity, order.price) == (8, Decimal("4.5"))
    assert order.status is OrderStatus.ACCEPTED


def test_an_unanswered_order_is_repeated_under_its_own_id_and_then_given_up():
    clock, wire = ManualClock(), Wire()
    wire.broken = 1  # the first did not get through, or did it?
    manager = OrderManager(wire, clock=clock)
    manager.start_monitoring()
    order = Order("X", "buy", 10, client_order_id="mine")
    manager.submit_order(order)
    assert order.status is OrderStatus.PENDING

    for _ in range(3):
        clock.advance(60 * 10**9)
        manager.poll()

    assert wire.sent == [("submit", "mine")] * 4
    assert not manager.is_restricted("X")
    clock.advance(60 * 10**9)
    manager.poll()
    assert manager.is_restricted("X")
    clock.advance(60 * 10**9)
    manager.poll()
    assert wire.sent[4:] == [("cancel", "mine")]  # five minutes are over


def test_a_refused_copy_is_the_acknowledgement_of_the_first():
    clock, wire = ManualClock(), Wire()
    manager = OrderManager(wire, clock=clock)
    manager.start_monitoring()
    order = Order("X", "buy", 10)
    manager.submit_order(order)
    clock.advance(60 * 10**9)
    manager.poll()

    manager.apply_report(said(order, EventType.REJECTED, reason="duplicate_id"))

    assert order.status is OrderStatus.ACCEPTED


def test_a_table_of_instruments_is_the_law():
    manager = OrderManager(instruments=InstrumentTable(["X"]))

    for order, reason in (
        (Order("Y", "buy", 1), "unknown_instrument"),
        (Order("X", "buy", "0.5"), "quantity_off_lot"),
        (Order("X", "buy", 1, "limit", "1.00001"), "price_off_increment"),
    ):
        with pytest.raises(OrderRejectedError) as refused:
            manager.submit_order(order)
        assert refused.value.reason == reason
        assert manager.get_order_status(order.order_id) is OrderStatus.REJECTED


def test_a_bracket_waits_for_its_entry_and_one_exit_ends_the_other():
    wire = Wire()
    manager = OrderManager(wire)
    entry = Order("X", "buy", 10, "limit", 100)
    profit = Order("X", "sell", 10, "limit", 110)
    loss = Order("X", "sell", 10, "limit", 90)
    manager.submit_bracket(entry, take_profit=profit, stop_loss=loss)
    assert wire.sent == [("submit", entry.client_order_id)]

    manager.apply_report(fill(entry, 10, 100))
    assert [name for _, name in wire.sent[1:]] == [profit.order_id, loss.order_id]
    manager.apply_report(fill(profit, 10, 110))
    assert wire.sent[3:] == [("cancel", loss.client_order_id)]
    manager.apply_report(said(loss, EventType.CANCELED))

    assert loss.reason == "linked_order"
    assert manager.get_active_orders() == []
    with pytest.raises(ArgumentError, match="must close what"):
        manager.submit_bracket(
            Order("X", "buy", 1),
            take_profit=Order("X", "buy", 1),
            stop_loss=Order("X", "sell", 1),
        )


def test_one_cancels_the_other_without_an_entry():
    manager = OrderManager()
    low = Order("X", "buy", 10, "limit", 90)
    high = Order("X", "sell", 10, "limit", 110)
    manager.submit_linked([low, high], reduce=False)

    manager.apply_report(fill(low, 1, 90))

    assert high.status is OrderStatus.CANCELED
    assert low.status is OrderStatus.PARTIALLY_FILLED


def test_orders_of_a_parent_cannot_be_more_than_it():
    manager = OrderManager()
    manager.submit_order(Order("X", "buy", 1))
    parent = manager.open_parent("X", "buy", 10)
    first = Order("X", "buy", 8)
    manager.submit_order(first, parent=parent)

    with pytest.raises(OrderRejectedError) as refused:
        manager.submit_order(Order("X", "buy", 3), parent=parent)
    assert refused.value.reason == "parent_overrun"
    assert not manager.finish_parent(parent)
    assert manager.cancel_parent(parent)
    assert first.status is OrderStatus.CANCELED
    assert first.reason == "parent_canceled"
    with pytest.raises(OrderRejectedError) as refused:
        manager.submit_order(Order("X", "buy", 1), parent=parent)
    assert refused.value.reason == "parent_done"


@pytest.mark.parametrize("symbol", [7, float("nan"), [], ""])
def test_a_history_of_what_is_no_symbol_is_refused(symbol):
    manager = OrderManager()

    with pytest.raises(ArgumentError, match="symbol must be a text such as"):
        manager.get_order_history(symbol)
    with pytest.raises(ArgumentError, match="symbol must be a text such as"):
        manager.get_active_orders(symbol)
