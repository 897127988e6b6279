"""Orders with terms in a made-up market: one story for each.

The market stands still while the clock does; our own orders make it move.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from ai_trading._core.desk import order_request_dtype
from ai_trading.core.clock import ManualClock
from ai_trading.core.enums import OrderStatus, OrderType
from ai_trading.core.errors import ArgumentError, OrderRejectedError
from ai_trading.core.records import reject_name
from ai_trading.core.sessions import local_time_ns
from ai_trading.core.settings import Settings
from ai_trading.execution.engine import ExecutionEngine
from ai_trading.execution.manager import EventType
from ai_trading.execution.order import Order

SECOND = 10**9
# Enough to take every order of the other side.
RICH = Settings(execution={"simulation_cash": 10**12, "max_order_size": 10**7})
CENT = Decimal("0.01")


@pytest.fixture
def engine():
    made = ExecutionEngine(settings=RICH)
    made.execute_order("X", "buy", 1)  # so that there is a last trade
    return made


def touch(engine):
    return engine.market.touch("X")


def sweep(engine, side, limit):
    """Take everything up to a price, with an order of our own."""
    size = 10**6
    engine.execute_order("X", side, size, "limit", price=limit, time_in_force="ioc")


def there(engine, side, limit):
    """Return what is displayed of a side up to a price."""
    sign = 1 if side else -1
    rows = engine._desk.shown(0, side)
    return sum(left for _, at, left in rows if sign * at <= sign * int(limit * 10_000))


def reason(engine, *order, **options):
    with pytest.raises(OrderRejectedError) as refused:
        engine.execute_order(*order, **options)
    assert engine.get_order(refused.value.order_id).status is OrderStatus.REJECTED
    return refused.value.reason


def listen(engine):
    heard = []
    engine.order_manager.add_execution_callback(
        lambda order, event: heard.append((order.order_id, str(event.kind)))
    )
    return heard


def test_a_stop_waits_then_sells_to_whoever_is_there(engine):
    bid, _ = touch(engine)
    stop = engine.execute_order("X", "sell", 50, "stop", stop=bid - 3 * CENT)
    order = engine.get_order(stop)
    assert (order.status, order.triggered_ns) == (OrderStatus.ACCEPTED, None)
    assert (order.price, order.stop) == (None, bid - 3 * CENT)

    sweep(engine, "sell", bid - 3 * CENT)

    order = engine.get_order(stop)
    assert order.is_filled
    assert order.triggered_ns == engine.clock.now_ns()
    assert all(fill.price <= bid - 3 * CENT for fill in order.fills)


def test_a_stop_limit_rests_at_its_limit_once_triggered(engine):
    _, ask = touch(engine)
    name = engine.execute_order(
        "X", "buy", 50, price=ask - 5 * CENT, stop=ask + CENT, time_in_force="gtc"
    )
    assert engine.get_order(name).order_type is OrderType.STOP_LIMIT

    sweep(engine, "buy", ask + CENT)

    order = engine.get_order(name)
    assert (order.status, order.fills) == (OrderStatus.ACCEPTED, ())
    assert order.triggered_ns is not None
    with pytest.raises(OrderRejectedError, match="was not changed") as refused:
        engine.modify_order(name, quantity=0)
    assert refused.value.reason == "quantity_not_positive"
    assert not engine.modify_order(name, stop=ask)  # too late: it is a limit order
    assert engine.modify_order(name, price=ask - 6 * CENT)
    assert engine.cancel_order(name)


@pytest.mark.parametrize("trailing", ["0.05", Decimal("0.05"), "0.05%"])
def test_a_trailing_stop_follows_and_does_not_go_back(engine, trailing):
    if trailing == "0.05":
        with pytest.raises(ArgumentError, match="trailing must be an amount"):
            engine.execute_order("X", "sell", 10, trailing=trailing)
        return
    start = engine.get_order(engine.execute_order("X", "sell", 1)).fills[0].price
    name = engine.execute_order("X", "sell", 10, trailing=trailing)
    assert engine.get_order(name).order_type is OrderType.TRAILING_STOP

    sweep(engine, "buy", start + 20 * CENT)
    high = engine.get_order(engine.execute_order("X", "buy", 1)).fills[0].price
    assert high > start + 2 * CENT
    assert engine.get_order(name).is_active
    # The market comes back by the distance, still above where it started.
    fallen = high - 5 * CENT
    engine.execute_order("X", "sell", 1, "limit", price=fallen)
    engine.execute_order("X", "buy", 1, "limit", price=fallen, time_in_force="ioc")

    order = engine.get_order(name)
    assert order.triggered_ns is not None
    assert order.is_filled


def test_a_stop_may_watch_quotes_and_takes_another_stop(engine):
    bid, _ = touch(engine)
    name = engine.execute_order("X", "sell", 5, stop=bid - CENT, trigger="bid_ask")
    assert engine.modify_order(name, stop=bid - 4 * CENT, quantity=6)
    order = engine.get_order(name)
    assert (order.stop, order.quantity) == (bid - 4 * CENT, 6)

    sweep(engine, "sell", bid - CENT)
    assert engine.get_order(name).triggered_ns is None
    sweep(engine, "sell", bid - 4 * CENT)
    assert engine.get_order(name).is_filled

    limit = engine.execute_order("X", "buy", 5, "limit", price=bid - 9 * CENT)
    with pytest.raises(ArgumentError, match="is not a stop order"):
        engine.modify_order(limit, stop=bid)
    waits = engine.execute_order("X", "sell", 5, stop=bid - 30 * CENT)
    with pytest.raises(ArgumentError, match="did you mean stop="):
        engine.modify_order(waits, price=bid)


def test_an_iceberg_shows_a_slice_and_then_the_next(engine):
    heard = listen(engine)
    _, ask = touch(engine)
    before = there(engine, 1, ask)
    name = engine.execute_order("X", "sell", 100, "limit", price=ask, display=30)
    order = engine.get_order(name)
    assert (order.order_type, order.terms["display"]) == ("iceberg", 30)
    assert there(engine, 1, ask) == before + 30

    engine.execute_order("X", "buy", before + 40)

    order = engine.get_order(name)
    kinds = [kind for who, kind in heard if who == name]
    assert (order.status, order.filled_quantity) == ("partially_filled", 40)
    assert order.refreshed == 1
    assert there(engine, 1, ask) == 20  # of the second slice
    assert kinds == ["submitted", "accepted", "fill", "refreshed", "fill"]


def test_a_hidden_order_is_not_in_the_book_but_trades(engine):
    bid, _ = touch(engine)
    rows = engine._desk.shown(0, 0)
    name = engine.execute_order("X", "buy", 40, price=bid, hidden=True)
    assert engine._desk.shown(0, 0) == rows

    sweep(engine, "sell", bid)

    assert engine.get_order(name).is_filled


def test_post_only_is_refused_or_slides(engine):
    _, ask = touch(engine)
    assert reason(engine, "X", "buy", 5, "post_only", price=ask) == "would_take"
    name = engine.execute_order("X", "buy", 5, price=ask, post_only="slide")
    order = engine.get_order(name)
    assert (order.status, order.fills) == (OrderStatus.ACCEPTED, ())
    assert touch(engine)[0] == ask - CENT  # a whole price step behind


def test_a_peg_follows_the_bid_and_ends_at_its_limit(engine):
    bid, ask = touch(engine)
    name = engine.execute_order(
        "X", "buy", 10, peg="primary", offset=-CENT, price=bid + 5 * CENT
    )
    assert engine.get_order(name).price == bid + 5 * CENT
    sweep(engine, "sell", bid)
    order = engine.get_order(name)
    assert not order.fills  # it stands a cent below
    assert engine.modify_order(name, price=bid, offset=-2 * CENT)
    order = engine.get_order(name)
    assert (order.price, order.terms["offset"]) == (bid, -2 * CENT)
    with pytest.raises(ArgumentError, match="has no display to change"):
        engine.modify_order(name, display=5)
    assert engine.modify_order(name, quantity=5)
    assert engine.cancel_order(name)

    middle = engine.execute_order("X", "sell", 10, peg="midpoint")
    bid, ask = touch(engine)
    taken = engine.get_order(engine.execute_order("X", "buy", 10))
    assert engine.get_order(middle).is_filled
    assert taken.average_fill_price == (bid + ask) / 2


def test_a_minimum_and_all_or_none_wait_for_enough(engine):
    _, ask = touch(engine)
    size = there(engine, 1, ask)
    # Nobody sees them, and they stand behind what is displayed.
    whole = engine.execute_order("X", "sell", 300, "limit", price=ask, all_or_none=True)
    least = engine.execute_order("X", "sell", 100, "limit", price=ask, minimum=60)
    assert there(engine, 1, ask) == size
    few = engine.get_order(engine.execute_order("X", "buy", size + 50))
    assert (few.fills[-1].quantity, few.fills[-1].price > ask) == (50, True)

    enough = engine.get_order(engine.execute_order("X", "buy", 70))

    assert enough.average_fill_price == ask
    assert engine.get_order(least).filled_quantity == 70
    assert engine.get_order(whole).fills == ()
    engine.execute_order("X", "buy", 330)
    assert engine.get_order(whole).is_filled
    assert engine.get_order(least).is_filled


def test_fill_or_kill_trades_all_or_nothing(engine):
    _, ask = touch(engine)
    size = there(engine, 1, ask)
    killed = engine.get_order(
        engine.execute_order(
            "X", "buy", size + 1, "limit", price=ask, time_in_force="fok"
        )
    )
    assert (killed.status, killed.fills) == (OrderStatus.CANCELED, ())
    filled = engine.get_order(
        engine.execute_order("X", "buy", size, "limit", price=ask, time_in_force="fok")
    )
    assert filled.is_filled


def test_market_to_limit_leaves_the_rest_at_the_price_it_traded(engine):
    _, ask = touch(engine)
    size = there(engine, 1, ask)
    name = engine.execute_order("X", "buy", size + 7, "market_to_limit")
    order = engine.get_order(name)
    assert order.status is OrderStatus.PARTIALLY_FILLED
    assert {fill.price for fill in order.fills} == {ask}
    assert touch(engine)[0] == ask


@pytest.mark.parametrize("looks", [1, 7])
def test_good_till_a_date_ends_then_however_often_somebody_looks(engine, looks):
    heard = listen(engine)
    bid, _ = touch(engine)
    end = engine.clock.now_ns() + 700 * 10**6
    name = engine.execute_order("X", "buy", 5, price=bid - 2, order_type="limit",
                                expires=end)  # fmt: skip
    assert engine.get_order(name).time_in_force == "gtd"
    for _ in range(looks):
        engine.clock.advance(2 * SECOND // looks)
        engine.order_manager.poll()

    order = engine.get_order(name)
    assert (order.status, order.done_ns) == (OrderStatus.EXPIRED, end)
    assert heard[-1] == (name, "expired")
    past = engine.clock.now_ns() - 1
    late = reason(engine, "X", "buy", 5, "limit", price=bid - 2, expires=past)
    assert late == "expiry_not_ahead"


def test_good_till_canceled_outlives_the_day_and_a_day_order_does_not(engine):
    bid, _ = touch(engine)
    terms = {"order_type": "limit", "price": bid - 8}
    kept = engine.execute_order("X", "buy", 5, time_in_force="gtc", **terms)
    gone = engine.execute_order("X", "buy", 5, **terms)
    engine.clock.advance(8 * 3600 * SECOND)
    assert engine.get_order(kept).status is OrderStatus.ACCEPTED
    assert engine.get_order(gone).status is OrderStatus.EXPIRED
    assert engine.cancel_order(kept)


def test_terms_at_the_close_and_under_rules():
    day = dt.date(2026, 1, 15)
    clock = ManualClock(local_time_ns(day, dt.time(10, 0)))
    engine = ExecutionEngine(clock=clock, day=day, rules="us_equities")
    bid, _ = engine.market.touch("X") if engine.open_symbol("X") == 0 else (0, 0)
    stop = engine.execute_order("X", "sell", 5, stop=bid - CENT)
    with pytest.raises(ArgumentError, match="cannot be 'at_the_close'"):
        engine.execute_order("X", "sell", 5, stop=bid, time_in_force="at_the_close")
    hidden = engine.execute_order("X", "buy", 5, price=bid - CENT, hidden=True)
    clock.advance(local_time_ns(day, dt.time(16, 1)) - clock.now_ns())
    assert engine.get_order(stop).triggered_ns is not None
    assert engine.get_order(stop).is_filled
    assert engine.get_order(hidden).status in (OrderStatus.FILLED, OrderStatus.EXPIRED)


BAD = [
    ({"stop": 99, "display": 5}, "an order has one of stop, trailing"),
    ({"display": 5}, "display needs a limit.*add price="),
    ({"display": 11, "price": 99}, "not above the quantity of 10; received 11"),
    ({"display": 0, "price": 99}, "display must be above 0"),
    ({"trailing": "150%"}, "trailing must be an amount"),
    ({"trailing": 1, "price": 99}, "a trailing stop becomes a market order"),
    ({"trigger": "mid"}, "trigger goes with stop or trailing only"),
    ({"stop": 99, "trigger": "ask"}, "trigger must be one of last, bid_ask, mid"),
    ({"offset": 1}, "offset goes with peg only"),
    ({"peg": "best"}, "peg must be one of primary, midpoint, market"),
    ({"order_type": "pegged"}, "a pegged order needs peg"),
    ({"order_type": "iceberg", "price": 9}, "an? iceberg order needs display"),
    ({"order_type": "stop_limit", "price": 9}, "a stop_limit order needs stop"),
    ({"order_type": "stop", "stop": 9, "price": 9}, "has no limit; leave price out"),
    ({"order_type": "market_to_limit", "stop": 9}, "takes its limit from the market"),
    ({"order_type": "market_to_limit", "price": 9}, "takes its limit from the market"),
    ({"stop": 99, "time_in_force": "ioc"}, "cannot be 'ioc'"),
    ({"stop": 99, "time_in_force": "at_the_open"}, "cannot be 'at_the_open'"),
    ({"time_in_force": "gtd", "stop": 9}, "go together"),
    ({"expires": 5, "time_in_force": "day", "stop": 9}, "go together"),
    ({"expires": 5}, "a market order ends at once.*add price= or stop="),
    ({"expires": "soon", "stop": 9}, "expires must be a whole number of nanoseconds"),
    ({"minimum": 5, "all_or_none": True}, "leave minimum out"),
    ({"minimum": 11}, "minimum must be above 0 and not above"),
    ({"minimum": 5, "stop": 9}, "minimum goes with market, limit, hidden, pegged"),
    ({"all_or_none": True, "time_in_force": "fok"}, "contradict each other"),
    ({"all_or_none": "yes"}, "all_or_none must be True or False"),
    ({"hidden": "yes", "price": 9}, "hidden must be True or False"),
    ({"post_only": "never", "price": 9}, "post_only must be True, False or 'slide'"),
    ({"stop": -1}, "stop must be more than zero"),
    ({"stop": True}, "stop must be a"),
    ({"price": 99}, "Did you mean order_type=OrderType.LIMIT"),
]


@pytest.mark.parametrize(("terms", "message"), BAD)
def test_what_contradicts_itself_is_refused_before_anything_changes(terms, message):
    engine = ExecutionEngine()
    before = engine._desk.state_hash()
    with pytest.raises(ArgumentError, match=message):
        engine.execute_order("X", "sell", 10, **terms)
    assert engine._desk.state_hash() == before
    assert engine.order_manager.get_order_history() == []


def test_a_stop_off_the_price_steps_is_refused(engine):
    low = reason(engine, "X", "sell", 5, stop="99.005")
    assert low == "price_off_increment"
    assert reason(engine, "X", "sell", 5, stop="99.00001") == "price_off_increment"
    assert reason(engine, "X", "sell", 5, price=99, display="0.5") == "quantity_off_lot"


def test_the_gate_judges_a_stop_by_the_price_it_may_cost():
    cash = Settings(
        execution={"simulation_cash": 105_000}, risk={"max_position_size": "0.1"}
    )
    engine = ExecutionEngine(settings=cash)
    name = engine.execute_order("X", "buy", 100, stop=103)
    engine.cancel_order(name)
    assert reason(engine, "X", "buy", 100, stop=108) == "max_notional"
    assert reason(engine, "X", "buy", 100, price=106, stop=103) == "max_notional"


def test_what_an_order_asks_for_is_in_its_dictionary(engine):
    bid, _ = touch(engine)
    name = engine.execute_order("X", "sell", 5, stop=bid - 1, trigger="mid")
    told = engine.get_order(name).to_dict()
    assert told["terms"] == {"stop": str(bid - 1), "trigger": "mid"}
    assert (told["stop"], told["triggered_ns"]) == (str(bid - 1), None)
    assert EventType.TRIGGERED == "triggered"
    assert Order("X", "sell", 5, "stop", 90).stop == 90  # a stop's price is its stop


def test_a_batch_takes_what_needs_no_terms(engine):
    rows = np.zeros(4, order_request_dtype)
    rows["type"] = [7, 2, 6, 1]  # hidden, stop, iceberg, limit
    rows["time_in_force"] = [0, 0, 0, 2]
    rows["price"] = 980_000
    rows["quantity"] = 10
    answers = engine.execute_orders(rows)
    assert [reject_name(int(code)) for code in answers["reason"]] == [
        "none",
        "not_supported_here",
        "display_out_of_range",
        "none",
    ]
    orders = [engine.get_order(name) for name in engine.order_ids(answers)]
    assert [str(order.order_type) for order in orders] == [
        "hidden",
        "stop",
        "iceberg",
        "limit",
    ]
    assert orders[3].time_in_force == "gtc"
    assert engine.cancel_order(orders[0].order_id)


def test_an_iceberg_takes_another_slice(engine):
    bid, _ = touch(engine)
    name = engine.execute_order("X", "buy", 50, display=10, price=bid - 9 * CENT)

    assert engine.modify_order(name, display=20)
    assert engine.get_order(name).terms["display"] == 20
    assert not engine.modify_order(name, display=60)
    assert engine.get_order(name).terms["display"] == 20


def test_a_trailing_stop_says_where_it_stands(engine):
    bid, _ = touch(engine)
    fixed = engine.execute_order("X", "sell", 10, stop=bid - 40 * CENT)
    name = engine.execute_order("X", "sell", 10, trailing=9 * CENT, trigger="bid_ask")

    assert engine.stop_price(fixed) == bid - 40 * CENT
    assert engine.stop_price(name) == bid - 9 * CENT
    assert engine.get_order(name).stop is None
    sweep(engine, "sell", bid - 9 * CENT)
    assert engine.get_order(name).triggered_ns
    assert engine.stop_price(name) is None
