"""Sides of executions: by hand, a slow twin, and one day in two formats."""

from __future__ import annotations

import datetime as dt
import doctest
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.backtest.impact_tape import signed_trades
from ai_trading.core.records import EVENT, EventKind
from ai_trading.market import load, resting
from ai_trading.market.resting import resting_sides
from ai_trading.market.synthetic import write_itch

ADD, EXECUTE, REPLACE = EventKind.ADD, EventKind.EXECUTE, EventKind.REPLACE
BUY, SELL, UNTOLD = 0, 1, 2


def tape(*rows):
    """Events of (kind, order id, side, aux)."""
    out = np.zeros(len(rows), EVENT)
    for at, (kind, order_id, side, aux) in enumerate(rows):
        out[at]["kind"], out[at]["order_id"] = kind, order_id
        out[at]["side"], out[at]["aux"] = side, aux
    return out


def test_an_execution_has_the_side_of_its_order_through_replacements():
    sides = resting_sides(
        tape(
            (ADD, 5, SELL, 0),
            (ADD, 6, BUY, 0),
            (REPLACE, 5, UNTOLD, 7),
            (REPLACE, 7, UNTOLD, 9),
            (EXECUTE, 9, UNTOLD, 0),
            (EXECUTE, 6, UNTOLD, 0),
        )
    )

    assert sides[-2:].tolist() == [SELL, BUY]


def test_what_the_source_tells_is_kept():
    rows = tape((ADD, 5, SELL, 0), (EXECUTE, 5, BUY, 0))

    assert resting_sides(rows).tolist() == [SELL, BUY]


def test_an_id_that_is_used_again_means_the_latest_order():
    rows = tape(
        (ADD, 5, SELL, 0),
        (EXECUTE, 5, UNTOLD, 0),
        (ADD, 5, BUY, 0),
        (EXECUTE, 5, UNTOLD, 0),
    )

    assert resting_sides(rows).tolist() == [SELL, SELL, BUY, BUY]


def test_an_execution_of_an_order_nobody_named_before_has_no_side():
    rows = tape((EXECUTE, 5, UNTOLD, 0), (ADD, 5, BUY, 0), (EXECUTE, 6, UNTOLD, 0))

    assert resting_sides(rows).tolist() == [UNTOLD, BUY, UNTOLD]


def test_without_orders_nothing_changes():
    assert resting_sides(tape((EXECUTE, 5, UNTOLD, 0))).tolist() == [UNTOLD]
    assert resting_sides(tape()).tolist() == []


def plain_sides(rows):
    """The slow, obvious way: a dictionary walked in time."""
    known, out = {}, []
    for row in rows:
        side = int(row["side"])
        if row["kind"] == ADD:
            known[int(row["order_id"])] = side
        elif row["kind"] == REPLACE:
            known[int(row["aux"])] = known.get(int(row["order_id"]), UNTOLD)
        elif side == UNTOLD:
            side = known.get(int(row["order_id"]), UNTOLD)
        out.append(side)
    return out


ids = st.integers(1, 6)
moves = st.one_of(
    st.tuples(st.just(ADD), ids, st.sampled_from([BUY, SELL]), st.just(0)),
    st.tuples(st.just(EXECUTE), ids, st.sampled_from([UNTOLD, BUY]), st.just(0)),
    st.tuples(st.just(REPLACE), ids, st.just(UNTOLD), ids),
)


@given(st.lists(moves, max_size=40))
def test_agrees_with_a_walk_through_the_tape(rows):
    events = tape(*rows)

    assert resting_sides(events).tolist() == plain_sides(events)


def test_the_example_runs():
    assert doctest.testmod(resting).failed == 0


def executions(path):
    """The side of every execution whose time and quantity no other one has."""
    rows = load(path).records
    sides = resting_sides(rows)
    told = np.isin(rows["kind"], (EXECUTE, EventKind.EXECUTE_AT))
    rows, sides = rows[told], sides[told]
    keys = list(zip(rows["timestamp"].tolist(), rows["quantity"].tolist(), strict=True))
    seen = Counter(keys)
    pairs = zip(keys, sides.tolist(), strict=True)
    return {key: side for key, side in pairs if seen[key] == 1}


@pytest.mark.realdata
def test_a_real_day_as_itch_has_the_sides_that_lobster_tells(real_data):
    name = "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip"
    told = executions(real_data / "lobster" / name)

    found = executions(real_data / "itch_from_lobster" / "AMZN_2012-06-21_L5.itch50.gz")

    both = told.keys() & found.keys()
    assert len(both) > 7_000
    assert [found[key] for key in both] == [told[key] for key in both]


def test_every_trade_of_a_day_in_itch_is_signed(tmp_path):
    path = tmp_path / "2026-01-15.itch50"
    write_itch(path, ["AAPL"], seed=3, date=dt.date(2026, 1, 15), events=5_000)

    trades = signed_trades(load(path))

    assert trades.left_out == 0
    assert len(trades.times) > 100
    assert 0.3 < np.mean(trades.volumes > 0) < 0.7
