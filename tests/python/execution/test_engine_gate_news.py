"""What a made-up market tells the gate by itself, and whose limits children meet."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from ai_trading.core.clock import ManualClock
from ai_trading.core.errors import ArgumentError, OrderRejectedError
from ai_trading.core.sessions import local_time_ns
from ai_trading.execution.engine import ExecutionEngine
from ai_trading.market.day_rules import DayRules
from ai_trading.risk.gate import GateLimits

DATE = dt.date(2026, 1, 15)
CENT = Decimal("0.01")


def at(hour, minute):
    return local_time_ns(DATE, dt.time(hour, minute))


def gated(limits, rules="us_equities", strategies=(), **tables):
    clock = ManualClock(at(10, 0))
    engine = ExecutionEngine(
        clock=clock,
        day=DATE,
        rules=rules,
        limits=GateLimits.check({"all": limits, **tables}),
        strategies=strategies,
    )
    engine.open_symbol("ACME")
    return engine


def reason(engine, *order, **options):
    with pytest.raises(OrderRejectedError) as refused:
        engine.execute_order(*order, **options)
    return refused.value.reason


def test_the_gate_knows_of_halts_and_calls():
    engine = gated({"max_order_quantity": 1_000_000})
    bid, _ = engine.market.touch("ACME")
    engine.market.halt("ACME")
    assert reason(engine, "ACME", "buy", 1) == "trading_halt"
    engine.market.resume("ACME")
    waiting = engine.execute_order("ACME", "buy", 1, "limit", price=bid)
    assert not engine.get_order(waiting).fills  # it waits for the auction
    engine.clock.advance(at(10, 6) - engine.clock.now_ns())
    engine.cancel_order(waiting)
    assert engine.market.index_fell(Decimal("0.071")) == 1
    assert reason(engine, "ACME", "buy", 1) == "trading_halt"


def test_the_gate_knows_the_bands():
    engine = gated({"price_band": True})
    low, high = engine.market.bands("ACME")
    assert reason(engine, "ACME", "buy", 1, "limit", price=high + CENT) == "price_band"
    assert reason(engine, "ACME", "sell", 1, "limit", price=low - CENT) == "price_band"
    engine.execute_order("ACME", "buy", 1, "limit", price=low + CENT)


def test_without_rules_bands_stay_unknown_until_somebody_says_them():
    engine = gated({"price_band": True}, rules=None)
    assert reason(engine, "ACME", "buy", 1) == "price_band_unknown"
    bid, ask = engine.market.touch("ACME")
    engine.gate.set_band("ACME", bid - 1, ask + 1)
    engine.execute_order("ACME", "buy", 1)


@pytest.mark.parametrize("fallen", [True, False])
def test_short_sales_must_be_above_the_bid_once_a_price_has_fallen_by_a_tenth(fallen):
    close = 200 if fallen else 100
    engine = gated(
        {"short_sale": True},
        rules=DayRules(previous_close={"ACME": close}),
        facts={"ACME": {"easy_to_borrow": True}},
    )
    bid, _ = engine.market.touch("ACME")
    assert bid < 150
    if fallen:
        refused = reason(engine, "ACME", "sell", 1, "limit", price=bid)
        assert refused == "short_price"
    engine.execute_order("ACME", "sell", 1, "limit", price=bid + (CENT * fallen))


def test_children_of_an_algorithm_meet_the_limits_of_their_strategy():
    engine = gated(
        {"max_order_quantity": 1_000_000},
        strategies=("slow", "fast"),
        strategy={"fast": {"max_order_quantity": 5}},
    )

    def children(strategy):
        parent_id = engine.execute_order(
            "ACME", "buy", 100, algorithm="twap", strategy_id=strategy,
            start=engine.clock.now_ns(), end=engine.clock.now_ns() + 2 * 10**9,
            slices=2,
        )  # fmt: skip
        return [engine.get_order(child) for child in engine.get_parent(parent_id)]

    (passed, *_), (refused, *_) = children("slow"), children("fast")
    assert (passed.strategy_id, passed.reason) == ("slow", None)
    assert (refused.strategy_id, refused.reason) == ("fast", "max_quantity")
    with pytest.raises(ArgumentError, match="slow, fast; received 'none'"):
        children("none")


def test_orders_for_a_parent_are_of_its_strategy():
    engine = gated(
        {"max_order_quantity": 1_000_000},
        strategies=("slow", "fast"),
        strategy={"fast": {"max_order_quantity": 5}},
    )
    from ai_trading.execution.order import Order

    orders = engine.order_manager
    orders.submit_order(Order("ACME", "buy", 10))
    parent = orders.open_parent("ACME", "buy", 100, strategy_id="fast")
    with pytest.raises(OrderRejectedError, match="max_quantity"):
        orders.submit_order(Order("ACME", "buy", 10), parent=parent)
    orders.submit_order(Order("ACME", "buy", 10, strategy_id="slow"), parent=parent)
    assert list(engine.order_manager._desk.parents()["strategy"]) == [1]
    with pytest.raises(ArgumentError, match="strategy_id must be one of slow, fast"):
        orders.open_parent("ACME", "buy", 100, strategy_id="quick")
