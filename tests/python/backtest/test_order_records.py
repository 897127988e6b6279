"""What a result tells of the orders: all that each asked for, and what became of it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from run_samples import OPEN, SECOND, Maker, bars, busy_day, events, market

from ai_trading import Backtest
from ai_trading.backtest.engine import Limits
from ai_trading.core.records import EventKind
from ai_trading.database import DatabaseManager
from ai_trading.database.runs import load_run, store_run
from ai_trading.strategies.strategy import Strategy

BOOK = events(
    (0, EventKind.ADD, 1, 0, 9_900, 300),
    (0, EventKind.ADD, 2, 1, 10_100, 300),
    (50, EventKind.ADD, 3, 0, 9_000, 1),
)


class Asks(Strategy):
    def on_start(self):
        self.set_timer(after=5 * SECOND)
        self.set_timer(after=9 * SECOND)

    def on_timer(self, timer):
        if timer.number == 2:
            assert self.modify(2, stop=97.5)
            return
        self.buy("AAPL", 10, 99.0)
        self.sell("AAPL", 10, 98.0, stop=98.5, trigger="bid_ask")
        self.sell("AAPL", 10, trailing=0.5)
        self.sell("AAPL", 10, trailing="1.25%")
        self.buy("AAPL", 30, 98.0, display=10, expires=OPEN + 30 * SECOND)
        self.buy("AAPL", 10, 99.5, peg="primary", offset=0.02)
        self.buy("AAPL", 10, 102.0, post_only="slide")
        self.bracket("AAPL", "buy", 10, 97.0, take_profit=105.0, stop_loss=95.0)


@pytest.fixture(scope="module")
def result():
    return Backtest(market(BOOK), strategies=[Asks()]).run()


def test_every_order_tells_what_it_asked_for(result):
    orders = {order.order_id: order for order in result.orders_table()}

    def told(number, *names):
        return tuple(getattr(orders[number], name) for name in names)

    assert len(orders) == 10
    plain = ("limit", "stop", "trailing", "trigger", "display", "peg", "offset")
    assert told(1, "type", *plain) == ("limit", Decimal("99.00"), *[None] * 6)
    # The stop that was agreed to in the end.
    assert told(2, "type", "limit", "stop", "trigger") == (
        "stop_limit",
        Decimal("98.00"),
        Decimal("97.50"),
        "bid_ask",
    )
    assert told(3, "stop", "trailing") == (None, Decimal("0.50"))
    assert told(4, "trailing", "trigger") == ("1.25%", "last")
    assert told(5, "type", "display") == ("iceberg", Decimal(10))
    assert told(5, "expires") == (np.datetime64(OPEN + 30 * SECOND, "ns"),)
    assert told(6, "type", "limit", "peg", "offset") == (
        "pegged",
        Decimal("99.50"),
        "primary",
        Decimal("0.02"),
    )
    assert told(7, "type", "slides") == ("post_only", True)
    assert told(8, "entry") == (None,)
    assert told(9, "entry", "limit") == (8, Decimal("105.00"))
    assert told(10, "entry", "stop") == (8, Decimal("95.00"))


def test_only_orders_with_terms_have_a_row_of_them(result):
    assert result.order_terms["order_id"].tolist() == [2, 3, 4, 5, 6, 7, 9, 10]
    assert result.order_terms["stop"].tolist()[0] == 9_750
    assert set(result.order_terms["group"].tolist()) == {0, 1}
    plain = Backtest(market(busy_day()), strategies=[Maker()]).run()
    assert len(plain.orders) > 10
    assert len(plain.order_terms) == 0


def test_an_order_that_the_gate_refused_tells_it_too():
    class Much(Strategy):
        def on_bar(self, bar):
            self.buy("AAPL", 50, stop=bar.close + 1)

    flat = bars(*[(10_000, 10_000, 10_000, 10_000)] * 2)
    limits = Limits(max_order_notional=4_000)
    run = Backtest(market(flat), strategies=[Much()], limits=limits).run()

    first = next(run.orders_table())
    assert (first.status, first.stop) == ("rejected", Decimal("101.00"))
    assert first.reason is not None


def test_a_table_of_orders_for_pandas(result):
    pytest.importorskip("pandas")

    frame = result.to_frame("orders")

    assert frame["order_id"].tolist() == list(range(1, 11))
    assert frame["stop"].dropna().tolist() == [Decimal("97.50"), Decimal("95.00")]
    assert "97.50" in frame.to_csv()


def test_what_a_run_asked_for_comes_back_from_the_database(result, tmp_path):
    with DatabaseManager(f"sqlite:///{tmp_path / 'runs.db'}").initialize() as manager:
        store_run(manager, result)
        again = load_run(manager, result.run_id)

    np.testing.assert_array_equal(again.orders, result.orders)
    np.testing.assert_array_equal(again.order_terms, result.order_terms)
