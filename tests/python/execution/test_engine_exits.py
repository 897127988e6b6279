"""Brackets and exits of a held position: in a made-up market, and over a broker."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from ai_trading.core.enums import OrderStatus, OrderType
from ai_trading.core.errors import ArgumentError, OrderRejectedError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import BAR
from ai_trading.core.settings import Settings
from ai_trading.execution.engine import ExecutionEngine
from ai_trading.execution.reports import EventType, VenueReport
from ai_trading.market.source import MarketData
from ai_trading.risk.gate import GateLimits

CENT = Decimal("0.01")
HOUR = 3_600 * 10**9
RICH = Settings(execution={"simulation_cash": 10**12, "max_order_size": 10**7})


@pytest.fixture
def engine():
    made = ExecutionEngine(settings=RICH)
    made.execute_order("X", "buy", 1)
    made.execute_order("X", "sell", 1)
    return made


def sweep(engine, side, limit):
    engine.execute_order("X", side, 10**6, "limit", price=limit, time_in_force="ioc")


def states(engine, ids):
    return [str(engine.get_order(name).status) for name in ids]


def test_the_stop_of_a_bracket_closes_what_its_entry_opened(engine):
    bid, ask = engine.market.touch("X")
    ids = engine.execute_bracket(
        "X", "buy", 100, take_profit=ask + 1, stop_loss=bid - 3 * CENT
    )
    assert states(engine, ids) == ["filled", "accepted", "accepted"]
    loss = engine.get_order(ids.stop_loss)
    assert (loss.order_type, loss.stop) == (OrderType.STOP, bid - 3 * CENT)
    assert engine.positions == {"X": 100}

    sweep(engine, "sell", bid - 3 * CENT)

    assert states(engine, ids) == ["filled", "canceled", "filled"]
    assert engine.get_order(ids.take_profit).reason == "linked_order"
    assert engine.get_order(ids.stop_loss).triggered_ns is not None


def test_the_exits_of_a_limit_entry_wait_and_grow_with_its_fills(engine):
    bid, ask = engine.market.touch("X")
    ids = engine.execute_bracket(
        "X",
        "buy",
        100,
        "limit",
        price=ask - CENT / 1 if ask - CENT > bid else bid,
        take_profit=ask + 1,
        stop_loss=bid - 1,
        stop_limit=bid - 2,
        trigger="bid_ask",
    )
    assert states(engine, ids) == ["accepted", "pending", "pending"]
    queue = [row for row in engine._desk.shown(0, 0) if row[1] == int(bid * 10_000)]
    before = sum(left for _, _, left in queue) - 100
    engine.execute_order("X", "sell", before + 40)

    assert engine.get_order(ids.entry).filled_quantity == 40
    assert [engine.get_order(n).quantity for n in ids[1:]] == [40, 40]
    engine.execute_order("X", "sell", 60)
    assert [engine.get_order(n).quantity for n in ids[1:]] == [100, 100]
    assert engine.get_order(ids.stop_loss).price == bid - 2


def test_a_position_is_protected_by_two_exits_of_which_one_ends_the_other(engine):
    engine.execute_order("X", "buy", 100)
    bid, ask = engine.market.touch("X")
    ids = engine.protect("X", take_profit=ask, stop_loss=bid - 5 * CENT)
    assert states(engine, ids) == ["accepted", "accepted"]
    queue = [row for row in engine._desk.shown(0, 1) if row[1] == int(ask * 10_000)]
    before = sum(left for _, _, left in queue) - 100
    engine.execute_order("X", "buy", before + 30)

    # What the profit executed the stop has lost.
    assert engine.get_order(ids.take_profit).filled_quantity == 30
    assert engine.get_order(ids.stop_loss).quantity == 70
    held = engine.positions["X"]
    sweep(engine, "sell", bid - 5 * CENT)
    assert states(engine, ids) == ["canceled", "filled"]
    assert engine.get_order(ids.stop_loss).filled_quantity == 70
    assert held == 100 - 30 + before + 30


def test_a_short_position_is_protected_the_other_way_round(engine):
    engine.execute_order("X", "sell", 100)
    bid, ask = engine.market.touch("X")
    with pytest.raises(ArgumentError, match="short needs stop_loss > take_profit"):
        engine.protect("X", take_profit=ask + 1, stop_loss=bid - 1)
    ids = engine.protect("X", take_profit=bid - 1, stop_loss=ask + 3 * CENT)
    sweep(engine, "buy", ask + 3 * CENT)
    assert states(engine, ids) == ["canceled", "filled"]


def test_all_the_cash_may_be_in_the_position_that_is_protected():
    engine = ExecutionEngine(settings=Settings(execution={"simulation_cash": 100_000}))
    for _ in range(10):
        engine.execute_order("X", "buy", 99)
    assert engine.cash < 2_000
    ids = engine.protect("X", take_profit=105, stop_loss=95)
    assert states(engine, ids) == ["accepted", "accepted"]
    with pytest.raises(OrderRejectedError) as refused:
        engine.execute_order("X", "sell", 99)  # it would be a short sale
    assert refused.value.reason == "insufficient_cash"
    for name in ids:
        with pytest.raises(OrderRejectedError) as refused:
            engine.modify_order(name, quantity=1_090)
        assert refused.value.reason in ("insufficient_cash", "max_notional")


def test_the_whole_gate_judges_two_exits_as_one():
    engine = ExecutionEngine(limits=GateLimits.check({"all": {"cash_only": True}}))
    engine.execute_order("X", "buy", 90)
    ids = engine.protect("X", take_profit=105, stop_loss=95)
    assert states(engine, ids) == ["accepted", "accepted"]
    with pytest.raises(OrderRejectedError) as refused:
        engine.execute_order("X", "sell", 1)
    assert refused.value.reason == "position_limit"
    assert engine.cancel_order(ids.stop_loss)
    assert engine.cancel_order(ids.take_profit)
    engine.execute_order("X", "sell", 90)
    assert engine.positions == {}


def test_exits_react_at_their_time_however_seldom_somebody_looks():
    def run(looks):
        engine = ExecutionEngine()
        bid, ask = (engine.open_symbol("X"), engine.market.touch("X"))[1]
        ids = engine.execute_bracket(
            "X", "buy", 50, take_profit=ask + 4 * CENT, stop_loss=bid - 4 * CENT
        )
        for _ in range(looks):
            engine.clock.advance(4 * HOUR // looks)
            engine.order_manager.poll()
        assert engine.positions == {}
        return [
            (o.status, o.done_ns, o.fills)
            for o in (engine.get_order(name) for name in ids)
        ]

    assert run(1) == run(2) == run(240)


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"take_profit": 90, "stop_loss": 95}, "stop_loss < price < take_profit"),
        ({"take_profit": 110, "stop_loss": 105}, "stop_loss < price < take_profit"),
        ({"take_profit": "x", "stop_loss": 5}, "take_profit must be a finite number"),
        ({"take_profit": 110, "stop_loss": 90, "trigger": "ask"}, "trigger must be"),
    ],
)
def test_a_bracket_that_contradicts_itself_changes_nothing(engine, terms, message):
    before = engine._desk.state_hash()
    with pytest.raises(ArgumentError, match=message):
        engine.execute_bracket("X", "buy", 10, "limit", price=100, **terms)
    assert engine._desk.state_hash() == before


def test_a_bracket_whose_exit_is_off_the_grid_sends_no_entry(engine):
    sent = engine._desk.working_orders
    with pytest.raises(OrderRejectedError) as refused:
        engine.execute_bracket("X", "buy", 10, take_profit=110, stop_loss="95.00001")
    assert refused.value.reason == "price_off_increment"
    assert engine._desk.working_orders == sent
    assert engine.positions == {}


def test_only_what_is_held_can_be_protected(engine):
    with pytest.raises(ArgumentError, match="closes what is held: 0 X"):
        engine.protect("X", take_profit=110, stop_loss=90)
    engine.execute_order("X", "buy", 10)
    with pytest.raises(ArgumentError, match="received quantity=11"):
        engine.protect("X", take_profit=110, stop_loss=90, quantity=11)
    with pytest.raises(ArgumentError, match="long needs stop_loss < take_profit"):
        engine.protect("X", take_profit=90, stop_loss=110)
    ids = engine.protect("X", take_profit=109, stop_loss=91, quantity=4)
    assert [engine.get_order(name).quantity for name in ids] == [4, 4]
    with pytest.raises(OrderRejectedError):
        engine.protect("X", take_profit=150, stop_loss=91, quantity=4)  # the collar
    assert len(engine.order_manager.get_active_orders()) == 2


class Broker:
    """Takes what it says, and says nothing."""

    def __init__(self, *takes):
        self.order_terms = takes
        self.sent = []

    def submit(self, symbol, side, quantity, **terms):
        self.sent.append((symbol, str(side), quantity, terms))

    def cancel(self, client_order_id):
        self.sent.append(("cancel", client_order_id))

    def modify(self, client_order_id, **terms):
        self.sent.append(("modify", client_order_id, terms))


class PlainBroker(Broker):
    """Does not say what it takes."""

    def __init__(self):
        super().__init__()
        del self.order_terms


def with_broker(broker):
    rows = np.zeros(1, BAR)
    rows["close"] = rows["open"] = rows["high"] = rows["low"] = 500_000
    table = InstrumentTable([Instrument("ACME", price_increment=CENT)])
    return ExecutionEngine(MarketData(rows, table, "made"), broker)


def said(engine, order_id, kind, **terms):
    engine.on_report(VenueReport(order_id, kind, engine.clock.now_ns(), **terms))


def test_a_broker_gets_terms_in_ticks_and_lots():
    broker = Broker("stop", "trigger", "trailing", "display")
    engine = with_broker(broker)
    name = engine.execute_order("ACME", "sell", 10, stop=49, price="48.50")
    engine.execute_order("ACME", "sell", 10, trailing="1.5%", trigger="mid")
    engine.execute_order("ACME", "buy", 10, price=49, display=3)
    terms = [row[3] for row in broker.sent]
    assert (terms[0]["stop"], terms[0]["price"]) == (490_000, 485_000)
    assert terms[0]["order_type"] == "stop_limit"
    assert (terms[1]["trailing"], terms[1]["trigger"]) == ("1.5%", "mid")
    assert terms[2]["display"] == 3

    said(engine, name, EventType.ACCEPTED)
    assert not engine.modify_order(name, stop="48.90")  # not answered yet
    assert broker.sent[-1][2] == {"quantity": 10, "price": 485_000, "stop": 489_000}
    granted = {"price": Decimal("48.5"), "quantity": Decimal(10)}
    said(engine, name, EventType.REPLACED, stop=Decimal("48.9"), **granted)
    said(engine, name, EventType.TRIGGERED)
    order = engine.get_order(name)
    assert (order.stop, order.status) == (Decimal("48.9"), OrderStatus.ACCEPTED)
    assert order.triggered_ns == engine.clock.now_ns()
    assert engine.incidents == ()


@pytest.mark.parametrize(
    ("broker", "takes"),
    [
        (PlainBroker(), "market and limit orders without terms"),
        (Broker("hidden"), "hidden"),
    ],
)
def test_a_broker_that_lacks_a_term_is_not_sent_it(broker, takes):
    engine = with_broker(broker)
    with pytest.raises(
        OrderRejectedError, match=f"takes no stop .*it takes {takes}"
    ) as no:
        engine.execute_order("ACME", "sell", 10, stop=49)
    assert no.value.reason == "not_supported_here"
    assert engine.get_order(no.value.order_id).status is OrderStatus.REJECTED
    assert broker.sent == []
    with pytest.raises(OrderRejectedError, match="takes no post_only"):
        engine.execute_order("ACME", "buy", 10, "post_only", price=49)
    with pytest.raises(OrderRejectedError, match="takes no stop"):
        engine.execute_bracket("ACME", "buy", 10, take_profit=54, stop_loss=48)
    assert broker.sent == []
    assert engine.execute_order("ACME", "buy", 10, "limit", price=49)


def test_a_brokers_position_is_protected_by_the_desk():
    broker = Broker("stop")
    engine = with_broker(broker)
    entry = engine.execute_order("ACME", "buy", 10)
    said(engine, entry, EventType.FILL, quantity=Decimal(10), price=Decimal(50))
    ids = engine.protect("ACME", take_profit=54, stop_loss=48)
    for name in ids:
        said(engine, name, EventType.ACCEPTED)

    said(engine, ids.stop_loss, EventType.TRIGGERED)
    said(engine, ids.stop_loss, EventType.FILL, quantity=Decimal(10), price=Decimal(48))

    assert broker.sent[-1] == ("cancel", ids.take_profit)
