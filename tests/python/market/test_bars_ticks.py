"""Tables of quotes and trades, and the examples in the readers' docstrings."""

from __future__ import annotations

import doctest
from decimal import Decimal
from importlib import import_module

import pytest
from table_files import codes, nanos, write

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.instrument import Instrument
from ai_trading.core.records import SIDE_NONE, EventKind
from ai_trading.market import bars_from, load
from ai_trading.market.ticks import load_ticks

QUOTES = (
    "timestamp,bid,bid_size,ask,ask_size\n"
    "2026-01-05T14:30:00Z,10.00,100,10.02,200\n"
    "2026-01-05T14:30:01Z,,,10.03,200\n"
)
TRADES = (
    "time,price,qty,side,symbol\n"
    "2026-01-05T14:30:00Z,10.01,100,buy,A\n"
    "2026-01-05T14:30:01Z,20.5,7,Sell,B\n"
    "2026-01-05T14:30:02Z,10.02,1,?,A\n"
)


def test_quotes_become_quotes_and_a_missing_side_is_empty(tmp_path):
    data = load_ticks(write(tmp_path, QUOTES))

    assert data.kind == "quotes"
    assert data.symbols == ("X",)
    assert data.records["timestamp"][0] == nanos("2026-01-05T14:30")
    assert data.records["bid_price"].tolist() == [100_000, 0]
    assert data.records["bid_quantity"].tolist() == [100, 0]
    assert data.records["ask_price"].tolist() == [100_200, 100_300]


def test_quotes_without_sizes_say_so(tmp_path):
    text = "timestamp,bid,ask\n2026-01-05T14:30:00Z,10.00,10.02\n"

    data = load_ticks(write(tmp_path, text))

    assert data.records["bid_quantity"].tolist() == [0]
    assert "no-size" in codes(data)


def test_trades_become_events_with_the_side_that_rested(tmp_path):
    data = load_ticks(write(tmp_path, TRADES))

    assert data.kind == "events"
    assert data.symbols == ("A", "B")
    assert data.records["kind"].tolist() == [EventKind.TRADE] * 3
    assert data.records["instrument"].tolist() == [0, 1, 0]
    assert data.records["side"].tolist() == [1, 0, SIDE_NONE]
    assert data.records["price"].tolist() == [100_100, 205_000, 100_200]
    assert data.records["aux"].tolist() == [2, 3, 4]


def test_a_resting_buyer_is_told_by_binances_flag(tmp_path):
    text = "time,price,qty,isBuyerMaker\n1767623400000,10,0.5,True\n"

    data = load_ticks(write(tmp_path, text), calendar="24/7")

    assert data.records["side"].tolist() == [0]
    assert data.instruments[0].lot_size == Decimal("0.0001")


def test_a_trade_of_nothing_is_refused_with_its_line_or_left_out(tmp_path):
    path = write(tmp_path, TRADES + "2026-01-05T14:30:03Z,10,0,buy,A\n")

    with pytest.raises(DataError, match=r"X\.csv, line 5: .*no-quantity"):
        load_ticks(path)
    data = load_ticks(path, policy="drop")
    assert len(data) == 3
    assert codes(data)["no-quantity"].rows == (5,)


def test_crossed_quotes_are_reported_and_late_ones_refused(tmp_path):
    late = "2026-01-05T14:29:00Z,10.05,100,10.02,200\n"
    path = write(tmp_path, QUOTES + late)

    with pytest.raises(DataError, match="line 4"):
        load_ticks(path)
    kept = load_ticks(path, policy="keep")
    assert codes(kept)["crossed"].rows == (4,)
    assert kept.records["timestamp"][0] == nanos("2026-01-05T14:29")
    assert len(load_ticks(path, policy="drop")) == 2


def test_zone_instrument_and_columns_can_be_given(tmp_path):
    text = "when,p,n\n2026-01-05 09:30:00,10.00,100\n"
    nickel = Instrument("X", tick_size=Decimal("0.05"))

    data = load_ticks(
        write(tmp_path, text),
        columns={"time": "when", "price": "p", "size": "n"},
        timezone="America/New_York",
        instruments=nickel,
    )

    assert data.records["price"].tolist() == [200]
    assert data.records["timestamp"].tolist() == [nanos("2026-01-05T14:30")]
    assert data.problems == ()


def test_what_is_neither_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="kind='quotes' or 'trades'"):
        load_ticks(write(tmp_path, "a,b\n1,2\n"))


def test_the_one_door_tells_quotes_from_bars(tmp_path):
    assert load(write(tmp_path, QUOTES)).kind == "quotes"


@pytest.mark.parametrize(
    "name",
    [
        "actions",
        "bars",
        "columns",
        "csv_reader",
        "instruments",
        "lean",
        "memory",
        "ticks",
        "times",
    ],
)
def test_examples_run(name):
    module = import_module(f"ai_trading.market.{name}")

    assert doctest.testmod(module).failed == 0


TICKS = {"time": [1_767_623_400_000, 1_767_623_401_000], "symbol": ["B", "A"]}


@pytest.mark.parametrize("name", ["trades.parquet", "trades.feather"])
def test_trades_in_columns_are_those_of_the_same_text(tmp_path, name):
    arrow = pytest.importorskip("pyarrow")
    table = {**TICKS, "price": [10.01, 10.5], "size": [5, 7], "side": ["buy", "sell"]}
    save(arrow.table(table), tmp_path / name)
    rows = ("1767623400000,B,10.01,5,buy", "1767623401000,A,10.5,7,sell")
    text = tmp_path / "trades.csv"
    text.write_text("time,symbol,price,size,side\n" + "\n".join(rows), "utf-8")

    columns, told = load(tmp_path / name), load(text)

    assert columns.kind == "events"
    assert columns.symbols == told.symbols == ("B", "A")
    for field in ("timestamp", "instrument", "kind", "side", "price", "quantity"):
        assert columns.records[field].tolist() == told.records[field].tolist()


def test_quotes_in_columns_and_rows_that_are_none(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    when = arrow.array(TICKS["time"], arrow.timestamp("ms", "UTC"))
    path = tmp_path / "quotes.parquet"
    save(arrow.table({"ts": when, "bid": [10.01, 10.0], "ask": [10.02, 10.03]}), path)

    quotes = load(path)

    assert quotes.kind == "quotes"
    assert quotes.symbols == ("quotes",)
    assert quotes.records["timestamp"].tolist() == [n * 10**6 for n in TICKS["time"]]
    assert quotes.records["ask_price"].tolist() == [100_200, 100_300]

    save(arrow.table({"ts": when, "price": [10.01, None], "size": [1, 2]}), path)
    with pytest.raises(DataError, match=r"row 1: no quote or trade \(no-quantity\)"):
        load(path)


def save(table, path):
    if path.suffix == ".parquet":
        import_module("pyarrow.parquet").write_table(table, path)
    else:
        import_module("pyarrow.feather").write_feather(table, path)


def test_a_series_is_no_table():
    pandas = pytest.importorskip("pandas")

    with pytest.raises(ArgumentError, match="dict of arrays; received Series"):
        bars_from(pandas.Series([1.0, 2.0]), symbol="A")
