"""Parents over an order manager and an engine, at the injected clock."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_trading import ExecutionEngine, OrderSide
from ai_trading.core.clock import ManualClock
from ai_trading.core.enums import OrderStatus
from ai_trading.core.errors import ArgumentError
from ai_trading.execution.curves import VolumeCurve
from ai_trading.execution.executors import (
    ImplementationShortfall,
    ParentDesk,
    TWAPExecutor,
    VWAPExecutor,
)
from ai_trading.execution.manager import EventType, OrderManager, VenueReport

MINUTE = 60_000_000_000
NOON = 1_768_500_000_000_000_000  # 2026-01-15, in the session


def manager():
    return OrderManager(clock=ManualClock(NOON))


def fill(orders, order_id, price="150"):
    order = orders.get_order(order_id)
    orders.apply_report(
        VenueReport(
            order_id,
            EventType.FILL,
            orders.clock.now_ns(),
            quantity=order.remaining_quantity,
            price=Decimal(price),
        )
    )


def live_through(orders, minutes, *, filling=True):
    """Move the clock a minute at a time, filling what was sent."""
    for _ in range(minutes):
        if filling:
            for order in orders.get_active_orders():
                fill(orders, order.order_id)
        orders.clock.advance(MINUTE)
        orders.poll()
    if filling:
        for order in orders.get_active_orders():
            fill(orders, order.order_id)


class TestTwap:
    def test_works_on_the_manager_of_a_fresh_engine(self):
        engine = ExecutionEngine()
        orders = engine.order_manager
        parent = TWAPExecutor(orders).execute_twap_order("AAPL", "buy", 1_001, 10)
        for _ in range(12):
            engine.clock.advance(MINUTE)
            orders.poll()

        assert parent.filled == 1_001
        assert engine.positions == {"AAPL": 1_001}
        assert all(orders.get_order(child).simulated for child in parent)

    def test_sends_each_slice_at_its_time_and_no_earlier(self):
        orders = manager()

        parent = TWAPExecutor(orders).execute_twap_order("AAPL", "buy", 1_000)

        assert len(parent) == 1
        for k, (at, quantity) in enumerate(parent.slices):
            assert at == NOON + k * 6 * MINUTE
            assert quantity == 100
        fill(orders, parent[0])
        orders.clock.advance(6 * MINUTE - 1)
        orders.poll()
        assert len(parent) == 1
        orders.clock.advance(1)
        orders.poll()
        assert len(parent) == 2

    def test_children_sum_exactly_to_the_parent(self):
        orders = manager()

        parent = TWAPExecutor(orders).execute_twap_order(
            "AAPL", "sell", 1_003, duration_minutes=20, min_child=1, slices=7
        )
        live_through(orders, 22)

        assert len(parent) == 7
        sent = [orders.get_order(order_id).quantity for order_id in parent]
        assert sum(sent) == 1_003
        assert parent.filled == 1_003
        assert parent.shortfall == parent.working == 0
        assert parent.is_done
        assert parent.average_price == 150.0

    @settings(max_examples=30, deadline=None)
    @given(
        quantity=st.integers(1, 5_000),
        slices=st.integers(1, 20),
        jitter=st.floats(0, 1),
        fills=st.lists(st.booleans(), min_size=30, max_size=30),
    )
    def test_all_of_a_parent_is_accounted_for_at_any_time(
        self, quantity, slices, jitter, fills
    ):
        orders = manager()
        parent = TWAPExecutor(orders).execute_twap_order(
            "AAPL", "buy", quantity, 25, slices=slices, jitter=jitter, min_child=1
        )

        for filling in fills:
            live_through(orders, 1, filling=filling)
            assert parent.filled + parent.working + parent.shortfall == quantity
            assert parent.shortfall >= 0

    def test_what_does_not_fill_is_not_sent_twice(self):
        orders = manager()

        parent = TWAPExecutor(orders).execute_twap_order("AAPL", "buy", 1_000)
        live_through(orders, 30, filling=False)

        assert len(parent) == 1
        assert parent.working == 100


class TestVwap:
    def test_follows_the_curve_it_is_given(self):
        orders = manager()
        curve = VolumeCurve((3.0, 1.0), 0.0, 1)

        parent = VWAPExecutor(orders).execute_vwap_order(
            "AAPL", "buy", 1_000, curve=curve, slices=10, min_child=1
        )
        live_through(orders, 62)

        assert parent.filled == 1_000
        # The whole hour lies in the second half of the day: even.
        assert {quantity for _, quantity in parent.slices} == {Decimal(100)}

    def test_works_without_one(self):
        parent = VWAPExecutor(manager()).execute_vwap_order("AAPL", "buy", 500)

        assert sum(quantity for _, quantity in parent.slices) == 500


class TestImplementationShortfall:
    def test_trades_earlier_the_more_urgent_it_is(self):
        firsts = []
        for urgency in (0.0, 0.5, 1.0):
            parent = ImplementationShortfall(manager()).execute_is_order(
                "AAPL", "buy", 6_000, 150.0, urgency=urgency
            )
            firsts.append(parent.slices[0][1])

        assert firsts == sorted(firsts)
        assert firsts[0] == 100 < firsts[1] < firsts[2]

    def test_knows_the_price_it_was_decided_at(self):
        orders = manager()
        parent = ImplementationShortfall(orders).execute_is_order(
            "AAPL", OrderSide.BUY, 200, 149.0
        )
        live_through(orders, 62)

        assert parent.benchmark == 149
        assert parent.slippage_bps(149.0) == pytest.approx(1e4 / 149)
        with pytest.raises(ArgumentError, match="benchmark_price"):
            ImplementationShortfall(orders).execute_is_order("AAPL", "buy", 200, 0)


class TestEngine:
    @pytest.mark.parametrize("algorithm", ["twap", "vwap", "is", "arrival", "close"])
    def test_works_a_parent_in_the_synthetic_session(self, algorithm):
        engine = ExecutionEngine()

        order_id = engine.execute_order(
            "AAPL", "buy", 60, algorithm=algorithm, minutes=20, min_child=10
        )
        for _ in range(21):
            engine.clock.advance(MINUTE)
            engine.order_manager.poll()

        parent = engine.get_parent(order_id)
        assert parent.is_done
        assert parent.filled == 60
        assert sum(engine.get_order(child).filled_quantity for child in parent) == 60
        assert engine.positions == {"AAPL": 60}

    def test_children_pass_the_gate(self):
        engine = ExecutionEngine()

        order_id = engine.execute_order(
            "AAPL", "buy", 10**6, algorithm="twap", slices=1, minutes=10
        )

        parent = engine.get_parent(order_id)
        assert len(parent) == 1
        assert engine.get_order(parent[0]).status is OrderStatus.REJECTED
        assert parent.shortfall == 10**6

    def test_an_iceberg_shows_one_piece_at_a_time(self):
        engine = ExecutionEngine()

        order_id = engine.execute_order(
            "AAPL", "buy", 50, algorithm="iceberg", display=10, minutes=30, min_child=1
        )
        for _ in range(31):
            engine.clock.advance(MINUTE)
            engine.order_manager.poll()
            active = engine.order_manager.get_active_orders()
            assert sum(order.remaining_quantity for order in active) <= 10

        parent = engine.get_parent(order_id)
        assert parent.filled + parent.shortfall == 50

    def test_a_parent_can_be_canceled(self):
        engine = ExecutionEngine()
        order_id = engine.execute_order("AAPL", "buy", 60, algorithm="twap")

        parent = engine.get_parent(order_id)
        parent.cancel()

        assert parent.is_done
        assert parent.working == 0

    def test_what_needs_volume_is_refused_where_nobody_tells_it(self):
        with pytest.raises(ArgumentError, match="goes by the market's volume"):
            ParentDesk(manager()).execute("AAPL", "buy", 60, "pov")

    def test_unknown_parents_and_algorithms_are_refused(self):
        engine = ExecutionEngine()

        with pytest.raises(ArgumentError, match="one of twap"):
            engine.execute_order("AAPL", "buy", 60, algorithm="magic")
        with pytest.raises(ArgumentError, match="no parent"):
            engine.get_parent("parent-9")


class TestVolumeFed:
    def test_pov_goes_by_the_volume_it_is_told(self):
        orders = manager()
        desk = ParentDesk(orders, volume=True)

        parent = desk.execute("AAPL", "buy", 10_000, "pov", rate=0.1, min_child=10)
        assert len(parent) == 0
        desk.on_trade("AAPL", 150.0, 1_050)

        assert len(parent) == 1
        assert orders.get_order(parent[0]).quantity == 105

    def test_a_made_up_market_tells_its_own(self):
        clock = ManualClock(NOON)
        engine = ExecutionEngine(clock=clock)
        name = engine.execute_order(
            "AAPL", "buy", 5_000, algorithm="pov", rate=0.1, minutes=120, min_child=10
        )
        parent = engine.get_parent(name)
        assert parent.market_volume == 0

        for _ in range(60):
            clock.advance(MINUTE)
            engine.order_manager.poll()
            done = parent.filled + parent.working
            assert done <= parent.market_volume * Decimal("0.1") + 1

        assert parent.market_volume > 1_000
        assert parent.filled > parent.market_volume / 20
        assert (
            abs(parent.interval_vwap / float(engine.market.touch("AAPL")[0]) - 1) < 0.05
        )

    def test_the_market_is_asked_while_a_parent_works_and_no_longer(self, monkeypatch):
        clock = ManualClock(NOON)
        engine = ExecutionEngine(clock=clock)
        name = engine.execute_order(
            "AAPL", "buy", 500, algorithm="pov", rate=0.1, minutes=5, min_child=10
        )
        asked = []
        tell = engine._parent_desk._traded
        monkeypatch.setattr(
            engine._parent_desk, "_traded", lambda s: asked.append(s) or tell(s)
        )
        clock.advance(MINUTE)
        engine.order_manager.poll()
        assert asked
        clock.advance(9 * MINUTE)
        engine.order_manager.poll()
        assert engine.get_parent(name).is_done
        asked.clear()

        engine.order_manager.poll()
        assert not asked
        later = engine.execute_order(
            "AAPL", "buy", 500, algorithm="pov", rate=0.1, minutes=5, min_child=10
        )
        assert engine.get_parent(later).market_volume == 0


def test_a_refusal_names_what_was_wrong():
    with pytest.raises(ArgumentError, match="side must be one of"):
        TWAPExecutor(manager()).execute_twap_order("AAPL", "hold", 10)
    with pytest.raises(ArgumentError):
        TWAPExecutor(manager()).execute_twap_order("AAPL", "buy", 0)
    for bad in ("x", float("nan"), 1e300):
        with pytest.raises(ArgumentError):
            TWAPExecutor(manager()).execute_twap_order("AAPL", "buy", 10, bad)
    with pytest.raises(ArgumentError, match="does not take"):
        TWAPExecutor(manager()).execute_twap_order("AAPL", "buy", 10, speed=3)


@pytest.mark.parametrize("curve", ["flat", 1, [0.5, 0.5]])
def test_what_is_no_curve_is_refused_by_name(curve):
    orders = OrderManager(clock=ManualClock(NOON))

    with pytest.raises(ArgumentError, match="curve must be"):
        VWAPExecutor(orders).execute_vwap_order("AAPL", "buy", 100, curve=curve)
    with pytest.raises(ArgumentError, match="curve must be"):
        ImplementationShortfall(orders).execute_is_order(
            "AAPL", "buy", 100, 150, curve=curve
        )


@pytest.mark.parametrize("options", [{"slices": 10**30}, {"strategy_id": 7}])
def test_slices_without_end_and_a_strategy_without_a_name_are_refused(options):
    orders = OrderManager(clock=ManualClock(NOON))

    with pytest.raises(ArgumentError, match=next(iter(options))):
        TWAPExecutor(orders).execute_twap_order("AAPL", "buy", 100, **options)


def test_a_parent_says_why_its_children_were_refused():
    engine = ExecutionEngine(clock=ManualClock(NOON))
    executor = TWAPExecutor(engine.order_manager)
    parent = executor.execute_twap_order("AAPL", "buy", 50_030, 10)  # over a limit
    fits = executor.execute_twap_order("AAPL", "buy", 500, 10)
    for _ in range(12):
        engine.order_manager.clock.advance(MINUTE)
        engine.order_manager.poll()

    reasons = [engine.order_manager.get_order(child).reason for child in parent]
    assert parent.refused == {r: reasons.count(r) for r in set(reasons)}
    assert set(parent.refused) == {"max_notional", "max_quantity"}
    assert f"{parent.refused['max_quantity']} max_quantity" in repr(parent)
    assert parent.to_dict()["refused"] == parent.refused
    assert fits.filled == 500
    assert fits.refused == {}
    assert "refused" not in repr(fits)
    assert repr(engine).startswith("<ExecutionEngine simulated: ")
    assert repr(engine.order_manager).endswith(" orders, 0 active>")
