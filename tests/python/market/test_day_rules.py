"""Made-up days under market rules, from Python."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from ai_trading.core.errors import ArgumentError
from ai_trading.core.records import EventKind, Flag
from ai_trading.core.sessions import local_time_ns
from ai_trading.market.day_rules import DayRules, day_rules, index_value
from ai_trading.market.itch import auction_collars
from ai_trading.market.reading import open_events
from ai_trading.market.synthetic import synthetic_day, write_itch

DATE = dt.date(2026, 1, 15)
STOCKS = {"ONE": 150, "TWO": "41.00"}


def at(hour, minute, second=0):
    return local_time_ns(DATE, dt.time(hour, minute, second))


def rows(day, kind, symbol=None):
    found = day.records[day.records["kind"] == kind]
    if symbol is not None:
        found = found[found["instrument"] == day.instruments.index(symbol)]
    return found


def letters(day, symbol):
    told = rows(day, EventKind.STATUS, symbol)
    return [
        (int(t), chr(code))
        for t, code in zip(told["timestamp"], told["order_id"].tolist(), strict=True)
        if code
    ]


@pytest.mark.parametrize(
    "model", ["hawkes", "zero_intelligence", "queue_reactive", "agents"]
)
def test_a_day_opens_and_closes_with_an_auction(model):
    day = synthetic_day(STOCKS, events=10_000, model=model, rules="us_equities")

    for symbol in STOCKS:
        crosses = rows(day, EventKind.CROSS, symbol)
        assert bytes(crosses["order_id"].astype(np.uint8)) == b"OC"
        assert crosses["timestamp"].tolist() == [at(9, 30), at(16, 0, 1)]
        assert (crosses["quantity"] > 0).all()
        assert letters(day, symbol) == [(at(4, 0), "Q"), (at(9, 30), "T")]
    assert (day.records["flags"] & Flag.SIMULATED).all()


def test_halts_and_falls_of_the_index_come_as_decided():
    rules = DayRules(
        halts=[("ONE", "11:00", dt.time(11, 10))], index_falls=[("14:00", 0.071)]
    )
    day = synthetic_day(STOCKS, events=10_000, rules=rules)

    end = [(at(14, 0), "H"), (at(14, 10), "Q"), (at(14, 15), "T")]
    assert letters(day, "TWO")[2:] == end
    halt = [(at(11, 0), "H"), (at(11, 10), "Q"), (at(11, 15), "T")]
    assert letters(day, "ONE")[2:] == halt + end
    wide = rows(day, EventKind.INFO)
    assert wide["order_id"].tolist() == [ord("1")]


def test_an_early_close_ends_at_one():
    day = synthetic_day(STOCKS, events=5_000, rules=DayRules(early_close=True))

    assert day.records["timestamp"].max() == at(13, 0, 1)


def test_the_itch_file_of_a_wild_day_reads_as_the_day(tmp_path):
    rules = {"name": "us_equities", "halts": [["ONE", "11:00", "11:10"]]}
    terms = {"events": 30_000, "volatility": 0.6, "seed": 3, "rules": rules}
    day = synthetic_day(STOCKS, **terms)
    stream = open_events(write_itch(tmp_path / "01152026.itch50", STOCKS, **terms))
    read = stream.read()

    def of(data):
        kept = data.records[
            (data.records["kind"] != EventKind.INFO)
            & ~((data.records["kind"] == EventKind.STATUS) & (data.records["aux"] == 4))
        ]
        return kept[["timestamp", "instrument", "kind", "order_id"]]

    assert (of(read) == of(day)).all()
    collars = auction_collars(read.records)
    assert (collars == auction_collars(day.records)).all()
    assert len(collars) > 0
    assert (collars["lower"] < collars["reference"]).all()
    assert (collars["reference"] < collars["upper"]).all()
    assert not stream.problems


def test_rules_come_from_a_name_or_a_table():
    assert day_rules(None) is None
    assert day_rules("us_equities") == DayRules()
    assert day_rules({"tier": 2}) == DayRules(tier=2)
    assert index_value(0.2) == 800_000


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"tier": 3}, "tier must be 1 or 2; received 3"),
        ({"opening_orders": -1}, "opening_orders must be a whole number"),
        ({"on_close_cutoff": 0}, "on_close_cutoff must be 1 to 120 minutes"),
        ({"halts": [("ONE", "9:99", None)]}, "a time of day must be like 10:30"),
        ({"halts": [("ONE", "16:00", None)]}, r"from 09:30 up to 16:00, the close"),
        ({"halts": [("ONE", "11:00", "10:00")]}, "must end after it began"),
        ({"halts": [("ONE", "11:00")]}, "a halt is"),
        ({"index_falls": [("11:00",)]}, "a fall of the index is"),
        ({"index_falls": [("11:00", 7)]}, r"Did you mean 0\.07"),
        ({"halts": [("ELSE", "11:00", None)]}, "rules name ELSE; the day has ONE, TWO"),
        ({"previous_close": {"ONE": -1}}, "previous close"),
    ],
)
def test_bad_rules_are_refused(terms, why):
    with pytest.raises(ArgumentError, match=why):
        synthetic_day(STOCKS, events=1_000, rules=terms)


def test_unknown_names_are_refused():
    with pytest.raises(ArgumentError, match="rules must be one of us_equities"):
        day_rules("lunar")
    with pytest.raises(ArgumentError, match="rules have no lunch; they have name"):
        day_rules({"lunch": 1})
