from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from ai_trading._core.desk import order_request_dtype
from ai_trading.core.enums import OrderSide, OrderStatus, OrderType
from ai_trading.core.errors import (
    AiTradingError,
    ArgumentError,
    ConfigError,
    OrderRejectedError,
)
from ai_trading.core.instrument import InstrumentTable
from ai_trading.core.records import EVENT, EventKind, reject_name
from ai_trading.core.settings import Settings
from ai_trading.execution.engine import ExecutionEngine
from ai_trading.execution.executors import TWAPExecutor
from ai_trading.execution.manager import EventType, VenueReport
from ai_trading.execution.order import Order
from ai_trading.market.source import MarketData

HOUR = 3_600 * 10**9


def refused(engine, *arguments, **options):
    with pytest.raises(OrderRejectedError) as error:
        engine.execute_order(*arguments, **options)
    order = engine.get_order(error.value.order_id)
    assert order.status is OrderStatus.REJECTED
    assert order.reason == error.value.reason
    return error.value.reason


def test_a_market_order_fills_near_the_reference_price_and_moves_cash():
    engine = ExecutionEngine()

    order = engine.get_order(engine.execute_order("AAPL", OrderSide.BUY, 100))

    assert order.status is OrderStatus.FILLED
    assert order.simulated
    assert abs(order.average_fill_price - 100) < 1
    assert engine.positions == {"AAPL": 100}
    assert engine.cash == 1_000_000 - order.filled_value


def test_the_same_seed_gives_the_same_fills_and_another_gives_others():
    def prices(seed):
        settings = Settings(execution={"simulation_seed": seed})
        engine = ExecutionEngine(settings=settings)
        out = []
        for _ in range(5):
            engine.clock.advance(60 * 10**9)
            order = engine.get_order(engine.execute_order("AAPL", "buy", 90))
            out.append([(f.price, f.quantity, f.timestamp_ns) for f in order.fills])
        return out

    assert prices(1) == prices(1)
    assert prices(1) != prices(2)


def test_a_resting_order_fills_when_the_clock_moves_or_expires_at_the_close():
    engine = ExecutionEngine()
    near = engine.execute_order("X", "buy", 100, "limit", price="100.00")
    far = engine.execute_order("X", "buy", 100, "limit", price="90.50")
    assert engine.get_order(far).status is OrderStatus.ACCEPTED

    engine.clock.advance(7 * HOUR)

    assert engine.get_order(far).status is OrderStatus.EXPIRED
    assert engine.get_order(near).status in (OrderStatus.FILLED, OrderStatus.EXPIRED)
    assert refused(engine, "X", "buy", 1) == "market_closed"


def test_a_canceled_order_stays_canceled():
    engine = ExecutionEngine()
    name = engine.execute_order("X", "sell", 10, "limit", price="105.00")

    assert engine.cancel_order(name)
    assert not engine.cancel_order(name)
    assert engine.get_order(name).status is OrderStatus.CANCELED


def test_the_gate_refuses_with_its_reason_and_keeps_the_order():
    engine = ExecutionEngine()

    assert refused(engine, "X", "buy", 10_001) == "max_quantity"
    assert refused(engine, "X", "buy", 2_000) == "max_notional"
    assert refused(engine, "X", "buy", 1, "limit", price=80) == "price_collar"
    assert refused(engine, "X", "buy", 1, "limit", price="99.995") == (
        "price_off_increment"
    )
    assert refused(engine, "X", "buy", "0.5") == "quantity_off_lot"
    with pytest.raises(ArgumentError, match="a stop order needs stop"):
        engine.execute_order("X", "buy", 1, OrderType.STOP)
    assert engine.positions == {}
    assert engine.cash == 1_000_000


def test_cash_is_enough_for_working_orders_too_and_a_reducing_order_passes():
    settings = Settings(
        execution={"simulation_cash": 25_000},
        risk={"max_position_size": 1.0, "max_sector_concentration": 1.0},
    )
    engine = ExecutionEngine(settings=settings)
    engine.execute_order("X", "buy", 100)
    engine.execute_order("X", "buy", 100, "limit", price="99.00")

    assert refused(engine, "X", "buy", 100) == "insufficient_cash"

    engine.execute_order("X", "sell", 100)
    assert engine.positions == {}


def test_statistics_count_what_happened():
    engine = ExecutionEngine()
    engine.execute_order("X", "buy", 100)
    refused(engine, "X", "buy", 10_001)
    engine.execute_order("X", "sell", 10, "limit", price="105.00")

    stats = engine.get_execution_stats()

    assert stats["total_orders"] == 3
    assert (stats["filled_orders"], stats["rejected_orders"]) == (1, 1)
    assert stats["active_orders"] == 1
    assert stats["total_quantity"] == 100
    assert stats["fill_rate"] == pytest.approx(100 / 110)
    assert stats["average_slippage_bps"] > 0
    assert stats["simulated"] is True


def test_no_data_is_no_statistic():
    stats = ExecutionEngine().get_execution_stats()

    assert stats["fill_rate"] is None
    assert stats["average_slippage_bps"] is None


def one_trade(price_ticks):
    records = np.zeros(1, EVENT)
    records["kind"] = EventKind.TRADE
    records["price"] = price_ticks
    records["quantity"] = 1
    return MarketData(records, InstrumentTable(["AAPL"]), "a trade")


def test_a_feed_decides_what_is_traded_and_around_which_price():
    engine = ExecutionEngine(one_trade(500_000))

    assert refused(engine, "MSFT", "buy", 1) == "unknown_instrument"
    order = engine.get_order(engine.execute_order("AAPL", "buy", 10))

    assert abs(order.average_fill_price - 50) < 1


def test_a_feed_without_a_price_lets_nothing_pass():
    assert refused(ExecutionEngine(one_trade(0)), "AAPL", "buy", 1) == (
        "no_reference_price"
    )


class PaperBroker:
    def __init__(self):
        self.sent = []

    def submit(self, symbol, side, quantity, **options):
        self.sent.append((symbol, side, quantity, options["client_order_id"]))

    def cancel(self, client_order_id):
        self.sent.append(client_order_id)


def test_a_broker_gets_the_order_and_its_records_are_not_simulated():
    broker = PaperBroker()
    engine = ExecutionEngine(one_trade(500_000), broker)

    name = engine.execute_order("AAPL", "buy", 10, client_order_id="c1")

    assert broker.sent == [("AAPL", "buy", 10, "c1")]
    assert not engine.get_order(name).simulated
    assert engine.get_order(name).status is OrderStatus.PENDING


def test_a_broker_without_a_feed_is_a_contradiction():
    with pytest.raises(ConfigError, match="needs a market data feed"):
        ExecutionEngine(None, PaperBroker())


def test_an_option_nobody_knows_is_refused():
    with pytest.raises(ArgumentError, match="algoritm"):
        ExecutionEngine().execute_order("X", "buy", 1, algoritm="vwap")


@pytest.mark.parametrize(
    ("option", "meant"), [("prise", "price"), ("stop_price", "stop"), ("zzz", None)]
)
def test_an_unknown_option_is_named_with_what_was_meant_and_all_there_are(
    option, meant
):
    with pytest.raises(ArgumentError) as error:
        ExecutionEngine().execute_order("X", "buy", 1, **{option: 2})

    assert f"takes no option '{option}'" in str(error.value)
    assert (f"Did you mean {meant}?" in str(error.value)) == (meant is not None)
    assert "time_in_force, stop, trailing" in str(error.value)


def test_the_order_manager_opens_a_symbol_as_the_engine_does():
    engine, other = ExecutionEngine(), ExecutionEngine()
    order = Order("AAPL", "buy", 100)
    name = engine.order_manager.submit_order(order)
    twin = other.get_order(other.execute_order("AAPL", "buy", 100))

    assert engine.get_order(name).status is OrderStatus.FILLED
    assert order.fills[0].price == twin.fills[0].price
    assert order.simulated
    assert engine.market.touch("MSFT") == other.market.touch("MSFT")


def test_the_order_manager_refuses_a_symbol_that_the_feed_does_not_have():
    manager = ExecutionEngine(one_trade(500_000)).order_manager
    order = Order("MSFT", "buy", 1)

    with pytest.raises(OrderRejectedError) as error:
        manager.submit_order(order)
    assert error.value.reason == order.reason == "unknown_instrument"
    with pytest.raises(OrderRejectedError, match="does not have this symbol"):
        TWAPExecutor(manager).execute_twap_order("MSFT", "buy", 100)


def test_an_order_past_the_engine_meets_its_gate_before_the_broker():
    broker = PaperBroker()
    manager = ExecutionEngine(one_trade(500_000), broker).order_manager

    with pytest.raises(OrderRejectedError) as error:
        manager.submit_order(Order("AAPL", "buy", 10, "limit", 90))
    assert error.value.reason == "price_collar"
    assert broker.sent == []
    manager.submit_order(Order("AAPL", "buy", 10, "limit", 50))
    assert len(broker.sent) == 1


def test_cash_is_written_in_cents_or_as_finely_as_it_is():
    engine = ExecutionEngine()
    assert str(engine.cash) == "1000000.00"

    fine = Settings(execution={"simulation_cash": "1000.123456"})
    assert str(ExecutionEngine(settings=fine).cash) == "1000.123456"


def test_a_plain_order_and_one_with_an_object_end_alike():
    def run(**options):
        engine = ExecutionEngine()
        engine.execute_order("X", "buy", 1)
        name = engine.execute_order("X", "buy", 150, "limit", price=100.5, **options)
        engine.clock.advance(60 * 10**9)
        order = engine.get_order(name).to_dict()
        for own in ("order_id", "client_order_id", "strategy_id"):
            order.pop(own)
        return order

    assert run() == run(strategy_id="mine")


def test_an_order_is_replaced_where_it_rests():
    engine = ExecutionEngine()
    name = engine.execute_order("X", "sell", 100, "limit", price=105.0)

    assert engine.modify_order(name, quantity=50, price=104.5)

    order = engine.get_order(name)
    assert (order.quantity, order.price) == (50, 104.5)
    assert order.status is OrderStatus.ACCEPTED


def test_callbacks_hear_of_the_synthetic_session_in_order():
    engine = ExecutionEngine()
    heard = []
    engine.order_manager.add_execution_callback(
        lambda order, event: heard.append((event.kind, order.status))
    )

    engine.execute_order("X", "sell", 10, "limit", price=105.0)
    name = engine.order_manager.get_order_history()[0].order_id
    engine.cancel_order(name)

    assert [kind for kind, _ in heard] == ["submitted", "accepted", "canceled"]
    assert heard[-1][1] is OrderStatus.CANCELED


def test_old_orders_are_given_up_on_the_sessions_clock():
    engine = ExecutionEngine()
    engine.order_manager.start_monitoring()
    name = engine.execute_order("X", "sell", 10, "limit", price=109.0)

    engine.clock.advance(299 * 10**9)
    assert engine.get_order(name).is_active
    engine.clock.advance(10**9)

    assert engine.get_order(name).status is OrderStatus.CANCELED
    assert engine.get_order(name).reason == "order_timeout"


def test_a_batch_passes_the_same_gate_one_by_one():
    engine = ExecutionEngine()
    rows = np.zeros(4, order_request_dtype)
    rows["instrument"] = engine.open_symbol("X")
    rows["type"] = 1
    rows["price"] = [950_000, 800_000, 950_050, 950_000]
    rows["quantity"] = [100, 100, 100, 20_000]

    answers = engine.execute_orders(rows)

    assert [reject_name(int(code)) for code in answers["reason"]] == [
        "none",
        "price_collar",
        "price_off_increment",
        "max_quantity",
    ]
    names = engine.order_ids(answers)
    assert engine.get_order(names[0]).status is OrderStatus.ACCEPTED
    assert engine.get_order(names[1]).reason == "price_collar"
    assert engine.get_execution_stats()["rejected_orders"] == 3
    with pytest.raises(ArgumentError, match="order_request_dtype"):
        engine.execute_orders(np.zeros(1))


def test_as_many_orders_work_as_the_settings_say():
    engine = ExecutionEngine(settings=Settings(limits={"max_concurrent_orders": 2}))
    for _ in range(2):
        engine.execute_order("X", "sell", 1, "limit", price=105.0)

    assert refused(engine, "X", "sell", 1, "limit", price=105.0) == "too_many_working"


def test_a_brokers_overfill_leaves_only_what_reduces():
    engine = ExecutionEngine(one_trade(500_000), PaperBroker())
    name = engine.execute_order("AAPL", "buy", 10)

    engine.on_report(
        VenueReport(name, EventType.FILL, 5, quantity=Decimal(12), price=Decimal(50))
    )

    assert engine.positions == {"AAPL": 12}
    assert engine.cash == 1_000_000 - 600
    assert refused(engine, "AAPL", "buy", 1) == "reduce_only"
    engine.execute_order("AAPL", "sell", 12)


@pytest.mark.parametrize("name", [None, 7, float("nan"), [], b"ORD-1"])
def test_an_id_that_is_no_text_is_refused_by_name(name):
    engine = ExecutionEngine()

    for ask in (
        engine.get_order,
        engine.get_parent,
        engine.cancel_order,
        engine.order_manager.get_order_status,
        engine.order_manager.cancel_order,
    ):
        with pytest.raises(ArgumentError, match="order_id must be a text such as"):
            ask(name)


def test_a_quantity_beyond_64_bits_is_refused_on_every_path():
    engine = ExecutionEngine()
    engine.execute_order("AAPL", "buy", 100)

    for quantity in (2**63, 10**30):
        for options in ({}, {"time_in_force": "ioc"}):
            with pytest.raises(ArgumentError, match=r"64 bits|steps of 1"):
                engine.execute_order("AAPL", "buy", quantity, **options)


@pytest.mark.parametrize("limits", [0, "", []])
def test_limits_that_are_none_do_not_pass_for_no_limits(limits):
    with pytest.raises(AiTradingError):
        ExecutionEngine(limits=limits)


def test_currencies_that_are_no_mapping_are_refused():
    with pytest.raises(ArgumentError, match="currencies must be a mapping"):
        ExecutionEngine(currencies=[])
