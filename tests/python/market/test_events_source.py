"""Streams, problems and the two doors."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import zipfile

import numpy as np
import pytest

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import BAR, EVENT, QUOTE, EventKind
from ai_trading.market import EventStream, MarketData, Policy, Problem, load, merge
from ai_trading.market import open_events as open_
from ai_trading.market.convert import convert
from ai_trading.market.decimals import scaled
from ai_trading.market.files import blocks, line_batches
from ai_trading.market.sniff import Format, examine, sniff


def zstd(data: bytes) -> bytes:
    arrow = pytest.importorskip("pyarrow")
    sink = arrow.BufferOutputStream()
    with arrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def events(*times: int, instrument: int = 0) -> np.ndarray:
    made = np.zeros(len(times), EVENT)
    made["timestamp"] = times
    made["kind"] = EventKind.ADD
    made["instrument"] = instrument
    return made


def stream(*chunks: np.ndarray, policy: Policy = Policy.RAISE) -> EventStream:
    return EventStream(
        lambda _: iter(chunks), InstrumentTable(["A"]), "a test", policy=policy
    )


def test_a_late_record_is_refused_with_its_number_across_chunks():
    with pytest.raises(DataError, match="record 3 has timestamp 2, before 5"):
        stream(events(1, 3, 5), events(2, 6)).read()


def test_drop_leaves_out_only_late_records():
    data = stream(events(1, 5), events(2, 5, 6), policy=Policy.DROP).read()

    assert data.records["timestamp"].tolist() == [1, 5, 5, 6]
    assert data.problems[0].code == "unsorted"
    assert data.problems[0].rows == (2,)


def test_keep_moves_late_records_to_their_place():
    data = stream(events(1, 5), events(2, 6), policy=Policy.KEEP).read()

    assert data.records["timestamp"].tolist() == [1, 2, 5, 6]
    assert data.problems[0].count == 1


def test_a_stream_starts_again_and_counts_problems_once():
    again = stream(events(1, 5, 2), policy=Policy.KEEP)

    list(again)
    list(again)

    assert again.problems[0].count == 1


def test_a_symbol_that_the_source_lacks_is_an_error_not_silence():
    empty = stream(events(1))
    empty.symbols = frozenset({"B"})

    with pytest.raises(DataError, match="a test holds no B"):
        list(empty)


def test_problem_counts_all_and_lists_twenty():
    problem = Problem.at("nan", "a price is missing", range(100)).more([500])

    assert problem.count == 101
    assert problem.rows == tuple(range(20))
    assert "101; at 0, 1, 2, 3, 4, …" in str(problem)


def test_market_data_refuses_an_instrument_that_is_not_in_the_table():
    with pytest.raises(DataError, match="instrument 1; the table has 1"):
        MarketData(events(1, instrument=1), InstrumentTable(["A"]), "x")


@pytest.mark.parametrize(
    ("dtype", "kind"), [(EVENT, "events"), (QUOTE, "quotes"), (BAR, "bars")]
)
def test_kind_is_read_off_the_records(dtype, kind):
    assert MarketData(np.empty(0, dtype), InstrumentTable(), "x").kind == kind


def test_merge_interleaves_in_time_and_renumbers_instruments():
    one = MarketData(events(1, 3), InstrumentTable(["A"]), "one")
    two = MarketData(events(2, 3), InstrumentTable(["B"]), "two")

    both = merge([one, two])

    assert both.symbols == ("A", "B")
    assert both.records["timestamp"].tolist() == [1, 2, 3, 3]
    assert both.records["instrument"].tolist() == [0, 1, 0, 1]


def test_merge_refuses_two_meanings_of_one_symbol():
    one = MarketData(events(1), InstrumentTable(["A"]), "one")
    other = InstrumentTable([Instrument("A", currency="EUR")])

    with pytest.raises(ArgumentError, match="A is in the table already"):
        merge([one, MarketData(events(2), other, "two")])


def test_select_takes_a_half_open_time_span_and_symbols():
    table = InstrumentTable(["A", "B"])
    records = events(1, 2, 3, 4)
    records["instrument"] = [0, 1, 0, 1]
    data = MarketData(records, table, "x")

    chosen = data.select(["B"], start_ns=2, end_ns=4)

    assert chosen.records["timestamp"].tolist() == [2]


@pytest.mark.parametrize(
    ("text", "decimals", "number"),
    [("61837.63000000", 2, 6183763), ("5", 3, 5000), ("-1.5", 1, -15), ("0.1", 1, 1)],
)
def test_decimal_text_becomes_an_exact_integer(text, decimals, number):
    assert scaled(text, decimals) == number


@pytest.mark.parametrize("text", ["1.234", "1e5", "", "nan", "1.2.3", "--1"])
def test_decimal_text_that_does_not_fit_is_refused(text):
    with pytest.raises(ValueError, match=r"decimal"):
        scaled(text, 2)


@pytest.mark.parametrize(
    ("name", "pack"),
    [("gz", gzip.compress), ("xz", lzma.compress), ("bz", bz2.compress)],
)
def test_packed_files_are_told_by_content(tmp_path, name, pack):
    path = tmp_path / f"{name}.anything"
    path.write_bytes(pack(b"one\r\ntwo\nthree"))

    assert list(line_batches(path)) == [(1, [b"one", b"two"]), (3, [b"three"])]


def test_a_cut_off_gzip_names_file_and_offset(tmp_path):
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(bytes(range(256)) * 4000, 0)[:500_000])

    seen = []
    with pytest.raises(DataError, match=r"cut\.gz.*cut off after [\d,]+ unpacked"):
        seen.extend(map(len, blocks(path, size=1000)))
    assert sum(seen) > 400_000


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_everything_in_front_of_a_cut_is_read(tmp_path, pack):
    rng = random.Random(5)
    whole = bytes(rng.choice(b"abcdefgh") for _ in range(1_500_000))
    packed = pack(whole)
    path = tmp_path / "cut"
    path.write_bytes(packed[: len(packed) * 2 // 3])

    parts = []
    with pytest.raises(DataError, match=r"cut off after [\d,]+ unpacked") as told:
        parts.extend(blocks(path))
    got = b"".join(parts)
    assert whole.startswith(got)
    assert len(got) > 800_000
    assert f"after {len(got):,} unpacked bytes" in str(told.value)


def test_packed_events_in_front_of_a_cut_are_read(tmp_path):
    made = events(*range(1, 2001))
    made["order_id"] = np.arange(1, 2001)
    made["price"], made["quantity"] = 1_000_000, 100
    whole = tmp_path / "whole_20200130.itch50.gz"
    convert(
        EventStream(lambda _: iter([made]), InstrumentTable(["A"]), "a test"), whole
    )
    path = tmp_path / "cut_20200130.itch50.gz"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    read = []
    with pytest.raises(DataError, match="cut off after"):
        read.extend(open_(path))
    assert sum(chunk.size for chunk in read) > 500


def test_a_file_damaged_in_its_first_bytes_is_a_data_error(tmp_path):
    packed = bytearray(gzip.compress(b"time,open,high,low,close\n" * 100))
    packed[10:30] = b"\xff" * 20
    path = tmp_path / "bars.csv.gz"
    path.write_bytes(packed)

    with pytest.raises(DataError, match=r"bars\.csv\.gz: cannot unpack"):
        sniff(path)


def test_a_missing_file_is_a_data_error(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        sniff(tmp_path / "none")


@pytest.mark.parametrize(
    "content", [b"", b"hello world\n", b"\x00\x01\x02" * 10, b'{"a": 1}', b"<html>\n"]
)
def test_unknown_content_is_refused(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)

    with pytest.raises(DataError, match=r"empty|Known formats: itch"):
        sniff(path)


def test_format_is_told_by_content_not_by_name(tmp_path):
    path = tmp_path / "x.parquet"
    path.write_text('1723161253937085768 {"stream":"a@trade","data":{}}\n')

    found = examine(path)

    assert found.format is Format.BINANCE
    assert "JSON" in found.reason


def test_arguments_of_the_doors_are_checked(tmp_path):
    path = tmp_path / "x"
    path.write_text('1723161253937085768 {"data":{"s":"A"}}\n')

    with pytest.raises(ArgumentError, match="format must be one of itch"):
        open_(path, format="itchy")
    with pytest.raises(ArgumentError, match="policy must be raise, drop or keep"):
        open_(path, policy="ignore")
    with pytest.raises(ArgumentError, match="chunk must be at least 1"):
        open_(path, chunk=0)
    with pytest.raises(ArgumentError, match="path must name a file; received None"):
        load(None)
    with pytest.raises(ArgumentError, match="symbols must be a symbol or a list"):
        load(path, symbols=5)
    with pytest.raises(ArgumentError, match=r"no option colour"):
        load(path, colour="red")


def test_a_zip_of_several_tables_asks_which(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "1,2,3,4\n")
        archive.writestr("b.txt", "1,2,3,4\n")

    with pytest.raises(DataError, match="holds 2 files"):
        sniff(path)
