"""Converting and reading back gives the same records."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from ai_trading.core.enums import AssetClass
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import BAR, EVENT, QUOTE, EventKind
from ai_trading.market import EventStream, Format, load, open_events, sniff
from ai_trading.market.convert import convert

SUFFIXES = [".parquet", ".npz", ".csv"]


def random_records(dtype, seed):
    raw = np.random.default_rng(seed).bytes(dtype.itemsize * 1000)
    records = np.frombuffer(raw, dtype).copy()
    records["timestamp"] = np.sort(records["timestamp"])
    records["instrument"] %= 2
    if dtype == EVENT:
        records["kind"] %= 15
    return records


def streamed(records, kind, *, chunk=137):
    table = InstrumentTable(
        [
            Instrument("A", price_increment=Decimal("0.01"), sector="Steel, and so on"),
            Instrument(
                "B\u00fc", tick_size=Decimal("1E-8"), asset_class=AssetClass.CRYPTO
            ),
        ]
    )
    return EventStream(
        lambda _: (records[i : i + chunk] for i in range(0, records.size, chunk)),
        table,
        "random",
        kind=kind,
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("dtype", "kind"), [(EVENT, "events"), (QUOTE, "quotes"), (BAR, "bars")]
)
def test_any_bits_come_back_as_they_were(tmp_path, suffix, dtype, kind):
    records = random_records(dtype, 7)
    path = tmp_path / f"out{suffix}"
    source = streamed(records, kind)

    assert convert(source, path) == 1000

    assert sniff(path) is Format.RECORDS
    data = load(path, chunk=100)
    assert data.kind == kind
    assert np.array_equal(data.records, records)
    assert data.instruments == source.instruments


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_is_left_of_a_write_that_fails(tmp_path, suffix):
    late = random_records(EVENT, 1)[::-1]
    path = tmp_path / f"out{suffix}"

    with pytest.raises(DataError, match="in time order"):
        convert(streamed(late, "events"), path)

    assert list(tmp_path.iterdir()) == []


def test_symbols_can_be_chosen_when_reading_back(tmp_path):
    records = random_records(EVENT, 3)
    path = tmp_path / "x.npz"
    convert(streamed(records, "events"), path)

    data = load(path, symbols="A")

    assert np.array_equal(data.records, records[records["instrument"] == 0])
    with pytest.raises(DataError, match="holds no C"):
        load(path, symbols=["C"])


def test_an_unknown_suffix_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"must end in \.parquet, \.npz, \.csv"):
        convert(streamed(random_records(EVENT, 1), "events"), tmp_path / "x.xls")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda text: text.replace('"version": 1', '"version": 9'), "of version 9"),
        (lambda text: text.replace("timestamp,", "", 1) + "1,2\n", "columns where"),
        (lambda text: text + "a,b\n", "not whole numbers"),
    ],
)
def test_a_csv_that_was_changed_is_refused(tmp_path, change, match):
    path = tmp_path / "x.csv"
    convert(streamed(random_records(EVENT, 1), "events"), path)
    path.write_text(change(path.read_text()))

    with pytest.raises(DataError, match=match):
        load(path)


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["again_20200130.itch50", "again_20200130.itch50.gz"])
def test_itch_written_and_read_back_is_identical(real_data, tmp_path, name):
    source = real_data / "itch" / "AAPL_20200130_first10k.itch50"
    path = tmp_path / name

    assert convert(open_events(source), path) == 10_000

    assert sniff(path) is Format.ITCH
    assert np.array_equal(load(path).records, load(source).records)
    assert load(path).instruments == load(source).instruments


@pytest.mark.realdata
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "name",
    [
        "itch/AAPL_20200130_first10k.itch50",
        "futures/esh4_20231225.mbo.dbn.zst",
        "crypto/bitstamp_L3_2015-05-01_orders.csv.xz",
        "dbn/test_data.mbp-1.dbn",
        "dbn/test_data.ohlcv-1m.dbn",
    ],
)
def test_real_files_come_back_identical(real_data, tmp_path, name, suffix):
    path = tmp_path / f"x{suffix}"
    truth = load(real_data / name)

    convert(open_events(real_data / name), path)

    data = load(path)
    assert np.array_equal(data.records, truth.records)
    assert data.instruments == truth.instruments


@pytest.mark.realdata
def test_lobster_becomes_itch_with_names(real_data, tmp_path):
    source = real_data / "lobster" / "LOBSTER_SampleFile_AMZN_2012-06-21_1.zip"
    path = tmp_path / "AMZN_2012-06-21.itch50"

    convert(open_events(source), path)

    data, truth = load(path), load(source)
    assert data.symbols == ("AMZN",)
    assert np.array_equal(data.records["kind"][1:], truth.records["kind"])
    assert np.array_equal(data.records["timestamp"][1:], truth.records["timestamp"])


def test_itch_refuses_what_it_cannot_say(tmp_path):
    records = np.zeros(1, EVENT)
    records["kind"] = EventKind.LEVEL
    with pytest.raises(DataError, match=r"ticks of 0\.0001; B"):
        convert(streamed(records, "events"), tmp_path / "x.itch50")
    table = InstrumentTable(["A"])
    stream = EventStream(lambda _: iter([records]), table, "one level")
    with pytest.raises(DataError, match=r"one level, after 0 events: events\[1\]"):
        convert(stream, tmp_path / "x.itch50")
    with pytest.raises(ArgumentError, match="ITCH holds events"):
        convert(streamed(np.zeros(1, BAR), "bars"), tmp_path / "x.itch50")
