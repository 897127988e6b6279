"""Tables in memory and columnar files give the same bars as a CSV."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.instrument import Instrument
from ai_trading.market.bars import load_bars
from ai_trading.market.memory import bars_from

TIMES = np.array(["2026-01-05T14:30", "2026-01-05T14:31"], "datetime64[ns]")
TABLE = {
    "time": TIMES,
    "open": [10.0, 11.0],
    "high": [12.0, 13.0],
    "low": [9.0, 10.0],
    "close": [11.0, 12.5],
    "volume": [100, 200],
}


@pytest.fixture
def expected(tmp_path):
    lines = ["time,open,high,low,close,volume"]
    for row, time in enumerate(TIMES):
        cells = [str(TABLE[name][row]) for name in list(TABLE)[1:]]
        lines.append(",".join([str(time), *cells]))
    path = tmp_path / "X.csv"
    path.write_text("\n".join(lines))
    return load_bars(path, timezone="UTC").records


def same(data, expected):
    return data.records.tolist() == expected.tolist()


def test_no_heavy_library_is_loaded_for_a_csv(tmp_path):
    path = tmp_path / "X.csv"
    path.write_text(
        "Date,Open,High,Low,Close\n2026-01-05,1,1,1,1\n2026-01-07,1,1,1,1\n"
    )
    code = (
        "import sys\nfrom ai_trading.market import load_bars\n"
        f"data = load_bars({str(path)!r})\n"
        "assert any(p.code == 'gap' for p in data.problems)\n"
        "heavy = {'pandas', 'polars', 'pyarrow', 'exchange_calendars'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr


def test_a_dict_of_arrays(expected):
    assert same(bars_from(TABLE, symbol="X", timezone="UTC"), expected)


def test_a_structured_array(expected):
    kinds = [("time", "M8[ns]"), *((name, "f8") for name in list(TABLE)[1:])]
    array = np.empty(2, kinds)
    for name, column in TABLE.items():
        array[name] = column

    assert same(bars_from(array, symbol="X", timezone="UTC"), expected)


def test_pandas_by_column_and_by_index_with_and_without_zone(expected):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(TABLE)
    indexed = frame.set_index("time")
    zoned = indexed.tz_localize("UTC").tz_convert("America/New_York")
    column = zoned.reset_index()

    assert same(bars_from(frame, symbol="X", timezone="UTC"), expected)
    assert same(bars_from(indexed, symbol="X", timezone="UTC"), expected)
    assert same(bars_from(zoned, symbol="X"), expected)
    assert same(bars_from(column, symbol="X"), expected)


def test_a_daily_pandas_frame_with_zoned_midnights_is_daily():
    pandas = pytest.importorskip("pandas")
    days = pandas.to_datetime(["2026-01-05", "2026-01-06"])
    frame = pandas.DataFrame(TABLE).drop(columns="time")
    frame.index = days.tz_localize("America/New_York")

    data = bars_from(frame, symbol="X")

    ends = data.records["timestamp"].view("M8[ns]").astype("M8[m]").astype(str)
    assert ends.tolist() == ["2026-01-05T21:00", "2026-01-06T21:00"]


def test_polars_with_and_without_zone(expected):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(TABLE)
    zoned = frame.with_columns(
        polars.col("time")
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone("America/New_York")
    )

    assert same(bars_from(frame, symbol="X", timezone="UTC"), expected)
    assert same(bars_from(zoned, symbol="X"), expected)


def test_arrow_and_the_files_it_writes(expected, tmp_path):
    arrow = pytest.importorskip("pyarrow")
    feather = pytest.importorskip("pyarrow.feather")
    parquet = pytest.importorskip("pyarrow.parquet")
    times = arrow.array(TIMES, arrow.timestamp("ns", "UTC"))
    table = arrow.table({**TABLE, "time": times})
    parquet.write_table(table, tmp_path / "X.parquet")
    feather.write_feather(table, tmp_path / "X.feather")

    assert same(bars_from(table, symbol="X"), expected)
    assert same(load_bars(tmp_path / "X.parquet"), expected)
    assert same(load_bars(tmp_path / "X.feather"), expected)


def test_a_damaged_parquet_file_is_refused(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "X.parquet"
    path.write_bytes(b"PAR1 and nothing")

    with pytest.raises(DataError, match=r"X\.parquet: cannot be read"):
        load_bars(path)


def test_tables_by_symbol_become_one_run():
    data = bars_from({"A": TABLE, "B": TABLE}, timezone="UTC")

    assert data.symbols == ("A", "B")
    assert data.records["instrument"].tolist() == [0, 1, 0, 1]


def test_a_symbol_column_names_the_rows():
    data = bars_from({**TABLE, "symbol": ["A", "B"]}, timezone="UTC")

    assert data.symbols == ("A", "B")


def test_bad_rows_are_named_by_position():
    bad = {**TABLE, "low": [9.0, 14.0]}

    with pytest.raises(DataError, match=r"row 1: .*crossed \(1; row 1\)"):
        bars_from(bad, symbol="X", timezone="UTC")


def test_what_is_no_table_or_has_no_symbol_is_refused():
    with pytest.raises(ArgumentError, match="received int"):
        bars_from(5, symbol="X")
    with pytest.raises(ArgumentError, match="symbol="):
        bars_from(TABLE)
    with pytest.raises(ArgumentError, match="one length"):
        bars_from({**TABLE, "low": [9.0]}, symbol="X")


@pytest.mark.parametrize(
    "changed",
    [
        {"open": [10.0, 1e300], "high": [12.0, 1e300]},
        {"high": [12.0, 1e18]},
        {"volume": [100, 1e300]},
        {"low": [9.0, 1e-300]},
    ],
)
def test_a_row_that_no_tick_or_lot_can_hold_is_named_or_left_out(changed):
    table = {**TABLE, **changed}

    with pytest.raises(DataError, match=r"table, row 1: not a bar: range \(1; row 1\)"):
        bars_from(table, symbol="X", timezone="UTC")
    for policy in ("drop", "keep"):
        data = bars_from(table, symbol="X", timezone="UTC", policy=policy)
        assert data.records["open"].tolist() == [100_000]
        assert [p.rows for p in data.problems if p.code == "range"] == [(1,)]


def test_the_range_is_that_of_the_instrument_given():
    table = {**TABLE, "high": [12.0, 1e18]}

    data = bars_from(
        table,
        symbol="X",
        timezone="UTC",
        instruments={"X": Instrument("X", tick_size=Decimal(1))},
    )

    assert data.records["high"].tolist() == [12, 10**18]


@pytest.mark.parametrize("timezone", ["Moon/Crater", "", 7])
def test_an_unknown_zone_is_refused_though_the_times_state_theirs(timezone):
    frame = {
        "time": ["2026-03-09T13:30:00Z", "2026-03-09T13:31:00Z"],
        **{name: [10.0, 10.0] for name in ("open", "high", "low", "close")},
    }

    with pytest.raises(ArgumentError, match="timezone must be"):
        bars_from(frame, symbol="AAPL", timezone=timezone)
