"""Incidents and undone trades as an engine shows them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import BAR
from ai_trading.execution.engine import ExecutionEngine
from ai_trading.execution.reports import EventType, VenueReport
from ai_trading.market.source import MarketData


class Broker:
    """Takes everything and says nothing."""

    def __init__(self):
        self.ids = []

    def submit(self, symbol, side, quantity, *, client_order_id, **terms):
        del symbol, side, quantity, terms
        self.ids.append(client_order_id)

    def cancel(self, client_order_id):
        del client_order_id

    def modify(self, client_order_id, **terms):
        del client_order_id, terms


@pytest.fixture
def engine():
    rows = np.zeros(1, BAR)
    rows["close"] = rows["open"] = rows["high"] = rows["low"] = 500_000
    table = InstrumentTable([Instrument("ACME", price_increment=Decimal("0.01"))])
    return ExecutionEngine(MarketData(rows, table, "made"), Broker())


def said(engine, order_id, kind, **terms):
    now = engine.clock.now_ns()
    engine.on_report(VenueReport(order_id, kind, now, **terms))


def test_a_quiet_session_has_none(engine):
    order_id = engine.execute_order("ACME", "buy", 100)
    said(engine, order_id, EventType.ACCEPTED)

    assert engine.incidents == ()


def test_a_busted_trade_is_told_and_undone(engine):
    order_id = engine.execute_order("ACME", "buy", 100)
    said(engine, order_id, EventType.ACCEPTED)
    said(
        engine,
        order_id,
        EventType.FILL,
        quantity=Decimal(100),
        price=Decimal(50),
        execution_id="E-1",
    )
    before = engine.cash

    said(engine, order_id, EventType.TRADE_CANCELED, corrects="E-1")

    (incident,) = engine.incidents
    assert incident.code == "trade_busted"
    assert incident.symbol == "ACME"
    assert incident.report is EventType.TRADE_CANCELED
    assert incident.quantity == 100
    assert not incident.restricted
    assert engine.cash == before + 5_000
    assert engine.positions == {}


def test_an_overfill_is_told_with_its_fill_and_restricts_the_symbol(engine):
    order_id = engine.execute_order("ACME", "buy", 100)
    said(engine, order_id, EventType.ACCEPTED)

    for quantity in (100, 30):
        said(
            engine,
            order_id,
            EventType.FILL,
            quantity=Decimal(quantity),
            price=Decimal(50),
        )

    (incident,) = engine.incidents
    assert (incident.code, incident.quantity) == ("overfill", 30)
    assert incident.order_id == 1
    assert incident.fill_id == 2
    assert incident.restricted
