"""The execution engine on a synthetic session under market rules."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from ai_trading.core.clock import ManualClock
from ai_trading.core.errors import ArgumentError, ConfigError, OrderRejectedError
from ai_trading.core.sessions import local_time_ns
from ai_trading.execution.engine import ExecutionEngine

DATE = dt.date(2026, 1, 15)
SECOND = 10**9
MINUTE = 60 * SECOND


def at(hour, minute, second=0):
    return local_time_ns(DATE, dt.time(hour, minute, second))


def engine_at(hour, minute, **terms):
    clock = ManualClock(at(hour, minute))
    return ExecutionEngine(clock=clock, day=DATE, **{"rules": "us_equities"} | terms)


def to(engine, hour, minute, second=0):
    engine.clock.advance(at(hour, minute, second) - engine.clock.now_ns())


def reason(engine, *order, **options):
    with pytest.raises(OrderRejectedError) as refused:
        engine.execute_order(*order, **options)
    return refused.value.reason


def test_an_order_at_the_open_fills_in_the_opening_cross():
    engine = engine_at(9, 27)
    order_id = engine.execute_order("ACME", "buy", 100, time_in_force="at_the_open")
    assert engine.market.phase("ACME") == "opening_auction"
    assert not engine.get_order(order_id).fills

    to(engine, 9, 31)

    order = engine.get_order(order_id)
    assert order.is_filled
    assert {fill.timestamp_ns for fill in order.fills} == {at(9, 30)}
    assert engine.market.phase("ACME") == "continuous"
    low, high = engine.market.bands("ACME")
    assert low < order.fills[0].price < high
    late = reason(engine, "ACME", "buy", 1, time_in_force="at_the_open")
    assert late == "auction_over"


@pytest.mark.parametrize("limit", [None, Decimal("1.00")])
def test_market_and_limit_orders_on_close_fill_in_the_closing_cross(limit):
    engine = engine_at(15, 0)
    engine.execute_order("ACME", "buy", 500)
    kind = "market" if limit is None else "limit"
    price = None if limit is None else engine.market.touch("ACME")[0] - limit
    order_id = engine.execute_order(
        "ACME", "sell", 300, kind, price=price, time_in_force="at_the_close"
    )

    to(engine, 16, 0)
    assert not engine.get_order(order_id).fills
    to(engine, 16, 0, 1)

    order = engine.get_order(order_id)
    assert order.is_filled
    assert {fill.timestamp_ns for fill in order.fills} == {at(16, 0, 1)}
    assert len({fill.price for fill in order.fills}) == 1
    assert engine.market.phase("ACME") == "closed"


def test_the_close_algorithm_trades_into_the_cross():
    engine = engine_at(15, 30)
    parent_id = engine.execute_order(
        "ACME", "buy", 300, algorithm="close", auction=1.0,
        start=at(15, 30), end=at(15, 45),
    )  # fmt: skip
    for minute in range(30, 60):
        to(engine, 15, minute)
        engine.get_parent(parent_id)
    to(engine, 16, 1)

    parent = engine.get_parent(parent_id)
    children = [engine.get_order(order_id) for order_id in parent]
    assert [child.time_in_force for child in children] == ["at_the_close"]
    assert children[0].is_filled
    assert children[0].fills[0].timestamp_ns == at(16, 0, 1)


def test_it_says_why_it_refuses():
    engine = engine_at(10, 0)
    engine.open_symbol("ACME")
    bid, _ = engine.market.touch("ACME")

    engine.market.halt("ACME")
    assert reason(engine, "ACME", "buy", 1) == "halted"
    engine.market.resume("ACME")
    assert engine.market.phase("ACME") == "reopening_auction"
    assert reason(engine, "ACME", "buy", 1, time_in_force="ioc") == "not_in_this_state"
    resting = engine.execute_order("ACME", "buy", 1, "limit", price=bid)
    to(engine, 10, 6)
    assert engine.market.phase("ACME") == "continuous"
    engine.cancel_order(resting)
    assert engine.market.index_fell(Decimal("0.071")) == 1
    assert reason(engine, "ACME", "buy", 1) == "market_wide_halt"
    to(engine, 15, 55)
    late = reason(engine, "ACME", "buy", 1, time_in_force="at_the_close")
    assert late == "on_close_cutoff"
    to(engine, 16, 1)
    assert reason(engine, "ACME", "buy", 1) == "market_closed"


def test_without_rules_there_are_no_auctions():
    engine = engine_at(10, 0, rules=None)
    late = reason(engine, "ACME", "buy", 1, time_in_force="at_the_close")
    assert late == "not_supported_here"
    assert engine.market.phase("ACME") is None
    assert engine.market.bands("ACME") is None
    with pytest.raises(ArgumentError, match="has no rules"):
        engine.market.halt("ACME")


def test_rules_and_a_broker_do_not_go_together():
    with pytest.raises(ConfigError, match="a broker has its own"):
        ExecutionEngine(object(), object(), rules="us_equities")
