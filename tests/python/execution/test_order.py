from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.enums import OrderStatus, OrderType
from ai_trading.core.errors import ArgumentError, OrderRejectedError
from ai_trading.execution.order import Order


def test_fills_move_it_from_pending_to_filled():
    order = Order("AAPL", "buy", 100, OrderType.LIMIT, 150.25)

    order.add_fill(40, 150.25, timestamp_ns=5)
    assert (order.status, order.fill_percentage) == ("partially_filled", 40.0)
    assert order.is_partially_filled
    assert not order.is_filled
    order.add_fill(60, "150.20", timestamp_ns=9)

    assert order.status is OrderStatus.FILLED
    assert order.remaining_quantity == 0
    assert order.average_fill_price == Decimal("150.22")
    assert order.done_ns == 9


def test_money_is_exact():
    order = Order("X", "sell", "0.3", "limit", 0.1)

    assert order.notional_value == Decimal("0.03")


def test_the_value_counts_fills_at_their_price_and_the_rest_at_the_limit():
    order = Order("X", "buy", 10, "limit", 5)
    order.add_fill(4, 3)

    assert order.notional_value == 4 * 3 + 6 * 5


def test_an_overfill_is_refused_and_nothing_is_booked():
    order = Order("X", "buy", 10)
    order.add_fill(9, 1)

    with pytest.raises(OrderRejectedError, match="would overfill") as refused:
        order.add_fill(2, 1)

    assert refused.value.reason == "quantity_too_large"
    assert order.remaining_quantity == 1


def test_an_ended_order_takes_no_fill_and_does_not_end_again():
    order = Order("X", "buy", 10)
    order.cancel()

    for act in (lambda: order.add_fill(1, 1), order.cancel, order.expire):
        with pytest.raises(OrderRejectedError) as refused:
            act()
        assert refused.value.reason == "order_done"
    assert order.status is OrderStatus.CANCELED


def test_what_a_venue_executed_is_booked_and_flagged():
    order = Order("X", "buy", 10)
    order.cancel()

    late = order.book_execution(4, 1)
    over = order.book_execution(8, 1)

    assert (late.flag, over.flag) == ("after_end", "overfill")
    assert order.filled_quantity == 12
    assert order.remaining_quantity == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", "buy", 1), "symbol must be a name"),
        (("X", "up", 1), "side must be one of"),
        (("X", "buy", 0), "more than zero"),
        (("X", "buy", float("nan")), "finite"),
        (("X", "buy", True), "finite|number"),
        (("X", "buy", 1, "limit"), "needs a price"),
        (("X", "buy", 1, "market", 5), "has no price"),
        (("X", "buy", 1, "limit", -5), "more than zero"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        Order(*arguments)


def test_ids_are_unique_and_the_dictionary_is_plain():
    first, second = Order("X", "buy", 1), Order("X", "buy", 1)

    assert first.order_id != second.order_id
    assert first.to_dict()["quantity"] == "1"
    assert first.to_dict()["status"] == "pending"


@given(st.lists(st.integers(1, 50), max_size=20))
def test_quantity_is_conserved(parts):
    order = Order("X", "buy", 300)
    for part in parts:
        try:
            order.add_fill(part, 1)
        except OrderRejectedError:
            assert part > order.remaining_quantity or not order.is_active
    assert order.filled_quantity + order.remaining_quantity == 300


def test_the_cores_table_rules_it():
    order = Order("X", "buy", 10)

    order.happen("accept")
    order.happen("request_cancel")
    assert order.status is OrderStatus.PENDING_CANCEL
    with pytest.raises(OrderRejectedError) as refused:
        order.happen("request_replace")
    assert refused.value.reason == "pending_change"
    order.add_fill(3, 1)
    assert order.status is OrderStatus.PENDING_CANCEL
    order.happen("refuse_cancel")
    assert order.status is OrderStatus.PARTIALLY_FILLED
    with pytest.raises(OrderRejectedError) as refused:
        order.reject("too late")
    assert refused.value.reason == "contradiction"
    with pytest.raises(ArgumentError, match="event must be one of"):
        order.happen("explode")


@pytest.mark.parametrize("name", ["client_order_id", "strategy_id"])
@pytest.mark.parametrize("value", [7, float("nan"), [], " "])
def test_an_id_that_is_no_text_is_refused(name, value):
    with pytest.raises(ArgumentError, match=f"{name} must be a text such as"):
        Order("AAPL", "buy", 100, **{name: value})
