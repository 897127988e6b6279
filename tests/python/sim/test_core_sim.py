"""What the compiled session promises to whoever drives it without the engine."""

from __future__ import annotations

import numpy as np
import pytest
from run_samples import BUY, SELL, events

from ai_trading._core.sim import Bar, Session
from ai_trading.core.records import BAR, EventKind

SETTINGS = {
    "cash_micro": 10**12,
    "feed_latency": 0,
    "entry_latency": 0,
    "response_latency": 0,
    "max_notional_micro": 0,
    "collar_ppm": 0,
    "cash_only": False,
    "sample_every": 10**15,
    "session_ends": [],
    "maker_per_unit": 0,
    "maker_of_value": 0,
    "taker_per_unit": 0,
    "taker_of_value": 0,
    "per_order_fee": 0,
    "volume_cap_ppm": 10**6,
    "half_spread": 0,
    "touch_fills": False,
    "path": 0,
}
ROW = ("AAPL", 10**7, 10**9, 10**9, 1, 0, 0)


def session(kind="orders", bars=None, row=ROW, **settings):
    made = Session(kind, [row], SETTINGS | settings, bars)
    made.connect([{}], None, None)
    return made


def test_an_unknown_kind_and_a_foreign_bar_are_refused():
    with pytest.raises(ValueError, match="received 'ticks'"):
        session("ticks")
    rows = np.zeros(1, dtype=BAR)
    rows["instrument"] = 1
    with pytest.raises(ValueError, match="names instrument 1"):
        session("bars", rows)


def test_an_instrument_without_a_tick_is_refused():
    with pytest.raises(ValueError, match="AAPL: tick size"):
        session(row=("AAPL", 0, 1, 1, 1, 0, 0))


def test_running_needs_strategies():
    made = Session("orders", [ROW], SETTINGS)

    with pytest.raises(ValueError, match="connect the strategies"):
        made.run(1)


def test_it_asks_for_data_and_goes_on():
    made = session()
    assert made.run(10) == "need_data"
    made.feed(events((0, EventKind.ADD, 1, BUY, 100, 5)))
    assert made.run(10) == "need_data"
    made.feed(events((1, EventKind.ADD, 2, SELL, 102, 5), (2, 3, 9, 0, 0, 0)))
    assert made.run(1) == "more"
    made.finish_feed()

    assert made.run(10) == "done"
    assert made.events == 3
    assert made.refused_events == 1
    assert made.best(0) == (1.0, 5.0, 1.02, 5.0)


def test_what_is_outside_the_table_is_an_index_error():
    made = session()

    for ask in (made.best, made.position, made.mark):
        with pytest.raises(IndexError, match="instrument 1 is not in the table"):
            ask(1)
    with pytest.raises(ValueError, match="levels must lie"):
        made.depth(0, 0, 0)


def test_prices_at_the_end_of_their_range_are_floats_and_not_garbage():
    made = session()
    made.feed(events((0, EventKind.ADD, 1, BUY, 2**62, 2**62)))
    made.finish_feed()

    assert made.run(10) == "done"
    assert made.best(0)[:2] == (2.0**62 * 0.01, 2.0**62)


def test_stop_ends_a_run_once():
    calls = []
    made = Session("orders", [ROW], SETTINGS)
    made.connect([{}], lambda: calls.append("start"), lambda: calls.append("stop"))
    made.feed(events((0, EventKind.ADD, 1, BUY, 100, 5)))
    made.run(10)

    made.stop()
    made.stop()

    assert calls == ["start", "stop"]
    assert len(made.account) == 1


def test_records_cannot_be_made_by_hand():
    with pytest.raises(TypeError):
        Bar()
