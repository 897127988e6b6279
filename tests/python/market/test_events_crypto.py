"""Binance and Bitstamp files."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import numpy as np
import pytest

from ai_trading.core.errors import DataError
from ai_trading.core.records import EventKind, Flag
from ai_trading.market import load, open_events

DIFF = (
    '{{"stream":"x@depth","data":{{"e":"depthUpdate","s":"XUSDT","U":{U},"u":{u},'
    '"b":[["{price}","{size}"]],"a":[]}}}}'
)


def diff(first, last, price, size):
    return DIFF.format(U=first, u=last, price=price, size=size)


def write(path, *messages):
    lines = [f"{10**18 + n} {text}\n" for n, text in enumerate(messages)]
    path.write_text("".join(lines))
    return path


def test_ticks_and_lots_are_the_finest_decimals_of_the_file(tmp_path):
    path = write(
        tmp_path / "x", diff(1, 1, "10.5000", "1.00"), diff(2, 2, "10.25000", "0.10")
    )

    data = load(path)

    assert data.instruments[0].tick_size == Decimal("0.01")
    assert data.instruments[0].lot_size == Decimal("0.1")
    assert data.records["price"].tolist() == [1050, 1025]
    assert data.records["quantity"].tolist() == [10, 1]


def test_a_snapshot_is_followed_again_by_the_differences_it_is_older_than(tmp_path):
    snapshot = '{"lastUpdateId":5,"bids":[["10.0","7.0"]],"asks":[["11.0","3.0"]]}'
    path = write(
        tmp_path / "x",
        diff(4, 5, "9.0", "1.0"),
        diff(6, 6, "10.0", "2.0"),
        snapshot,
        diff(7, 7, "9.5", "4.0"),
    )

    data = load(path)

    kinds = [EventKind(kind).name for kind in data.records["kind"]]
    assert kinds == ["LEVEL", "LEVEL", "CLEAR", "LEVEL", "LEVEL", "LEVEL", "LEVEL"]
    restated = data.records[2:6]
    assert restated["quantity"].tolist() == [0, 7, 3, 2]
    assert np.all(restated["flags"] & Flag.SNAPSHOT)
    assert [bool(f & Flag.MORE) for f in restated["flags"]] == [True, True, True, False]
    assert data.problems == ()


def test_missing_updates_are_reported_with_their_line(tmp_path):
    path = write(tmp_path / "x", diff(1, 3, "9.0", "1.0"), diff(5, 6, "9.0", "2.0"))

    (problem,) = load(path).problems

    assert (problem.code, problem.rows) == ("gap", (2,))


def test_a_line_that_is_no_message_is_refused_with_its_number(tmp_path):
    path = write(tmp_path / "x", diff(1, 1, "9.0", "1.0"), '{"data":')

    with pytest.raises(DataError, match=r"x, line 2: not a Binance message"):
        load(path)
    assert len(load(path, policy="drop")) == 1


def test_a_trade_names_the_side_that_rested(tmp_path):
    trade = (
        '{"data":{"e":"trade","s":"XUSDT","t":77,"p":"9.50","q":"2.0","m":%s,"T":1}}'
    )
    path = write(tmp_path / "x", trade % "true", trade % "false")

    data = load(path)

    assert data.records["kind"].tolist() == [EventKind.TRADE] * 2
    assert data.records["side"].tolist() == [0, 1]
    assert data.records["aux"].tolist() == [77, 77]


def test_small_chunks_hold_the_same_records(tmp_path):
    path = write(tmp_path / "x", *(diff(n, n, "9.0", f"{n}.0") for n in range(1, 50)))

    parts = list(open_events(path, chunk=7))

    assert max(part.size for part in parts) <= 7
    assert np.array_equal(np.concatenate(parts), load(path).records)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "lines", "trades", "tickers"),
    [("spot", 41_249, 9_757, 28_040), ("usdm", 93_954, 21_313, 66_089)],
)
def test_real_binance_feeds_read_line_for_line(real_data, name, lines, trades, tickers):
    path = real_data / "crypto" / f"binance_{name}_btcusdt_20240808.gz"

    data = load(path)

    count = Counter(data.records["kind"].tolist())
    ends = np.count_nonzero(
        (data.records["kind"] == EventKind.LEVEL)
        & (data.records["flags"] & Flag.MORE == 0)
    )
    # Every line ends one instant: depth updates and the snapshot, trades, tickers.
    assert ends + trades + tickers == lines
    assert count[EventKind.TRADE] == trades
    assert count[EventKind.INFO] == tickers
    assert count[EventKind.CLEAR] == 1
    assert data.problems == ()


@pytest.mark.realdata
def test_real_depth_and_tickers_agree_on_the_touch(real_data):
    path = real_data / "crypto" / "binance_spot_btcusdt_20240808.gz"
    data = load(path)
    quotes = load(path, kind="quotes").records
    start = int(np.flatnonzero(data.records["kind"] == EventKind.CLEAR)[0])
    book = ({}, {})
    touches = set()
    for number, event in enumerate(data.records[start:].tolist()):
        if event[2] == EventKind.LEVEL:
            side, flags, price, quantity = event[3], event[4], event[6], event[7]
            if quantity:
                book[side][price] = quantity
            else:
                book[side].pop(price, None)
            if not flags & Flag.MORE and number % 10 == 0:
                touches.add((max(book[0]), min(book[1])))

    told = set(
        zip(quotes["bid_price"].tolist(), quotes["ask_price"].tolist(), strict=True)
    )
    crossed = [touch for touch in touches if touch[0] >= touch[1]]
    assert not crossed
    assert len(touches & told) / len(touches) > 0.95


@pytest.mark.realdata
def test_real_bitstamp_day(real_data):
    data = load(real_data / "crypto" / "bitstamp_L3_2015-05-01_orders.csv.xz")

    assert len(data) == 50_414
    assert Counter(data.records["kind"].tolist()) == {
        EventKind.ADD: 24_894,
        EventKind.REMOVE: 24_918,
        EventKind.MODIFY: 602,
    }
    assert data.instruments["BTCUSD"].lot_size == Decimal("1e-8")
    assert [problem.code for problem in data.problems] == ["resting_before"]


@pytest.mark.realdata
def test_real_binance_depth_history(real_data):
    snap = load(real_data / "crypto" / "nautilus_btcusdt-depth-snap.csv")
    update = load(real_data / "crypto" / "nautilus_btcusdt-depth-update.csv")

    assert snap.records["kind"].tolist() == [EventKind.CLEAR] + [EventKind.LEVEL] * 100
    assert update.records["kind"].tolist() == [EventKind.LEVEL] * 100
    assert snap.instruments[0].tick_size == Decimal("0.1")
    assert not snap.records["flags"][-1] & Flag.MORE


def test_a_row_of_another_width_is_refused_with_its_line(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        "id,timestamp,exchange.timestamp,price,volume,action,direction\n"
        "1,1000,1000,2.50,100,created,bid\n"
        '{"error":"rate limit"}\n'
    )

    with pytest.raises(DataError, match=r"x\.csv, line 3: 1 columns"):
        load(path)


def test_an_unknown_action_is_refused_or_dropped(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        "id,timestamp,exchange.timestamp,price,volume,action,direction\n"
        "1,1000,1000,2.50,100,created,bid\n"
        "1,1001,1000,2.50,100,exploded,bid\n"
    )

    with pytest.raises(DataError, match=r"line 3: cannot be read"):
        load(path)
    dropped = load(path, policy="drop")
    assert len(dropped) == 1
    assert dropped.problems[0].rows == (3,)
