"""The close algorithm in the closing cross of a replayed ITCH file."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pytest

from ai_trading import load
from ai_trading._core import feed
from ai_trading.backtest.engine import Backtest
from ai_trading.cli.main import main
from ai_trading.core.records import EVENT, EventKind
from ai_trading.core.sessions import local_time_ns
from ai_trading.execution.tca import analyze_run
from ai_trading.market.synthetic import synthetic_day
from ai_trading.strategies.library import ParentTrader

DATE = dt.date(2026, 3, 10)
ZONE = "America/New_York"
CROSS = local_time_ns(DATE, dt.time(16, 0, 0, 250_000), ZONE)
PRICE = Decimal("69.37")  # off the day's touch, so that no other fill has it
WANTED = 2_000


def recorded(path, *, volume=50_000):
    """A made-up day in our own encoding, closed by a cross where there is a volume."""
    events = synthetic_day(["ACME"], date=DATE, events=30_000, seed=3).records
    events = events[events["kind"] != EventKind.STATUS]  # ITCH has no closed
    if volume:
        cross = np.zeros(1, EVENT)
        cross["timestamp"], cross["kind"] = CROSS, EventKind.CROSS
        cross["order_id"], cross["side"] = ord("C"), 2
        cross["price"], cross["quantity"] = int(PRICE * 10_000), volume
        events = np.concatenate([events[events["timestamp"] < CROSS], cross])
    encoder = feed.ItchEncoder(local_time_ns(DATE, dt.time(0), ZONE))
    encoder.add(feed.ItchInstrument("ACME"))
    path.write_bytes(encoder.encode(np.ascontiguousarray(events)))
    return path


@pytest.fixture(scope="module")
def crossed(tmp_path_factory):
    return recorded(tmp_path_factory.mktemp("crossed") / "20260310.itch50")


def worked(path, **terms):
    data = load(path, date=str(DATE))
    trader = ParentTrader(
        "closer",
        quantity=WANTED,
        algorithm="close",
        start="15:30",
        minutes=30,
        **terms,
    )
    result = Backtest(data, strategies=[trader], cash=10**9, rules="us_equities").run()
    fills = result.fills
    return data, trader.parent, result, fills[fills["timestamp"] == CROSS]


def test_what_is_left_for_the_close_fills_in_the_cross_at_its_price(crossed):
    data, parent, result, auction = worked(crossed, auction=0.4)

    assert parent.auction == "sent"
    assert parent.filled == WANTED
    assert auction["price"].tolist() == [int(PRICE * 10_000)]
    in_cross = int(auction["quantity"].sum())
    assert in_cross >= 0.4 * WANTED
    order = result.orders[result.orders["order_id"] == auction["order_id"][0]][0]
    assert (order["price"], order["quantity"]) == (0, in_cross)  # market on close
    before = result.fills[result.fills["timestamp"] < CROSS]
    assert before["quantity"].sum() == WANTED - in_cross
    phases = {g.name: g for g in analyze_run(result, data).by_fill("phase")}
    assert phases["auction"].value == in_cross * PRICE
    assert phases["continuous"].fills == len(before)


def test_a_limit_on_close_beyond_the_price_fills_at_the_price(crossed):
    _, parent, result, auction = worked(crossed, limit=70, auction=1.0)

    assert (parent.auction, parent.filled) == ("sent", WANTED)
    assert auction["price"].tolist() == [int(PRICE * 10_000)]
    assert auction["quantity"].tolist() == [WANTED]
    assert result.orders["price"].tolist() == [700_000]
    assert len(result.fills) == 1


def test_a_limit_on_close_short_of_the_price_is_reported_as_not_done(crossed):
    _, parent, result, auction = worked(crossed, limit=69, auction=1.0)

    assert (parent.auction, parent.filled, parent.shortfall) == ("sent", 0, WANTED)
    assert not len(auction)
    assert not len(result.fills)


def test_the_cross_fills_no_more_than_it_traded(tmp_path):
    path = recorded(tmp_path / "20260310.itch50", volume=300)

    _, parent, _, auction = worked(path, auction=1.0)

    assert auction["quantity"].tolist() == [300]
    assert (parent.filled, parent.shortfall) == (300, WANTED - 300)


WORDS = ("--algo", "close", "--start", "15:30", "--minutes", "30", "--json")


def told(capsys, path):
    code = main(["execute", str(path), "--data-date", str(DATE), *WORDS])
    return code, json.loads(capsys.readouterr().out)


def test_the_command_trades_into_the_cross_and_says_so(crossed, capsys):
    code, report = told(capsys, crossed)

    assert (code, report["auction"]) == (0, "sent")
    assert Decimal(report["filled"]) == 1_000
    assert any("order for the closing auction" in note for note in report["notes"])


def test_the_command_says_that_the_data_has_no_auction(tmp_path, capsys):
    code, report = told(capsys, recorded(tmp_path / "20260310.itch50", volume=0))

    assert (code, report["auction"]) == (0, "absent")
    assert any("no closing auction" in note for note in report["notes"])
