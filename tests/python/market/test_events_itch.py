"""ITCH files: real ones, damaged ones, and the book they lead to."""

from __future__ import annotations

import gzip
import re
import struct
from collections import Counter
from datetime import date

import numpy as np
import pytest

from ai_trading._core import book
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.records import EventKind
from ai_trading.market import Format, load, open_events, sniff
from ai_trading.market.depth import depth
from ai_trading.market.inspect import summarise
from ai_trading.market.itch import date_in, midnight_ns, open_moldudp
from ai_trading.market.lobster import read_lobster_book


def present(rows):
    """Rows in which a level that is not there has price 0 on both sides."""
    rows = rows.copy()
    for column in (0, 2):
        rows[rows[:, :, column + 1] == 0, column] = 0
    return rows


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("AAPL_20200130_first10k.itch50", date(2020, 1, 30)),
        ("x_2012-06-21_y.gz", date(2012, 6, 21)),
        ("01302020.NASDAQ_ITCH50.gz", date(2020, 1, 30)),
        ("S071321-v50.txt.gz", date(2021, 7, 13)),
        ("ritch_artificial_12012msgs.itch50", None),
        ("x_20201399_y", None),
    ],
)
def test_the_day_is_found_in_usual_file_names(name, day):
    assert date_in(name) == day


def test_midnight_is_new_yorks_in_summer_and_winter():
    assert midnight_ns(date(2020, 1, 30)) % (24 * 3600 * 10**9) == 5 * 3600 * 10**9
    assert midnight_ns(date(2012, 6, 21)) % (24 * 3600 * 10**9) == 4 * 3600 * 10**9


@pytest.fixture(scope="module")
def apple(real_data):
    return real_data / "itch" / "AAPL_20200130_first10k.itch50"


@pytest.mark.realdata
def test_real_counts_by_type_and_live_orders(apple):
    summary = summarise(open_events(apple))

    assert summary.messages == {
        "A": 4758, "D": 4083, "E": 849, "P": 240, "L": 52, "U": 7, "X": 6, "F": 2,
        "R": 1, "H": 1, "Y": 1,
    }  # fmt: skip
    assert summary.records == 10_000
    assert summary.live_orders == 215
    assert summary.problems == []
    assert [item.symbol for item in summary.symbols] == ["AAPL"]


@pytest.mark.realdata
def test_event_index_is_message_index_whatever_the_chunk(apple):
    parts = list(open_events(apple, chunk=37))

    assert max(part.size for part in parts) <= 37
    assert np.array_equal(np.concatenate(parts), load(apple).records)


@pytest.mark.realdata
def test_a_file_without_a_day_says_what_to_do(real_data):
    path = real_data / "itch" / "nasdaq_sod_1000msgs.itch50"

    with pytest.raises(DataError, match=r"pass date='YYYY-MM-DD' \(--date"):
        load(path)
    with pytest.raises(ArgumentError, match="date must be a day"):
        load(path, date="yesterday")
    data = load(path, date="2019-12-30")
    assert len(data) == 1000
    assert len(data.instruments) == 993


@pytest.mark.realdata
def test_zero_length_prefixes_are_recognised_and_dangling_orders_reported(real_data):
    path = real_data / "itch" / "ritch_artificial_12012msgs_zero_len_prefix.itch50.gz"

    assert sniff(path) is Format.ITCH_UNFRAMED
    summary = summarise(open_events(path, date="2010-12-24"))

    assert summary.records == 12_012
    problems = {problem.code: problem.count for problem in summary.problems}
    assert problems == {"framing": 1, "dangling": 117}


@pytest.mark.realdata
def test_symbols_filter_and_an_unknown_symbol_is_refused(real_data):
    path = real_data / "itch" / "ritch_artificial_12012msgs_zero_len_prefix.itch50.gz"

    data = load(path, date="2010-12-24", symbols="BOB")

    assert data.symbols == ("BOB",)
    assert 0 < len(data) < 12_012
    with pytest.raises(DataError, match="holds no ZZZ"):
        load(path, date="2010-12-24", symbols=["ZZZ"])


@pytest.mark.realdata
@pytest.mark.parametrize("cut", [3, 50_000, 307_640])
def test_a_cut_off_file_keeps_everything_before_and_names_the_offset(
    apple, tmp_path, cut
):
    path = tmp_path / "AAPL_20200130.itch50"
    path.write_bytes(apple.read_bytes()[:cut])
    whole = load(apple).records
    stream = open_events(path, format="itch")
    seen = []

    def read():
        seen.extend(stream)

    with pytest.raises(DataError, match=r"AAPL_20200130\.itch50: .*(offset|byte) \d+"):
        read()
    got = np.concatenate(seen) if seen else whole[:0]
    assert np.array_equal(got, whole[: got.size])
    assert got.size >= cut // 44 - 2


@pytest.mark.realdata
def test_an_unknown_type_is_refused_or_left_out_and_reported(apple, tmp_path):
    raw = bytearray(apple.read_bytes())
    raw[41 + 2] = ord("~")  # the type of the second message
    path = tmp_path / "AAPL_20200130.itch50"
    path.write_bytes(raw)

    with pytest.raises(DataError, match=r"AAPL_20200130\.itch50"):
        load(path)
    data = load(path, policy="drop")
    assert len(data) == 9_999
    assert [problem.code for problem in data.problems] == ["unreadable"]


@pytest.mark.realdata
def test_every_packet_capture_decodes(real_data):
    counts = Counter()
    for path in sorted((real_data / "itch" / "moldudp64_pcap").iterdir()):
        stream = open_events(path)
        stream.read()
        counts.update(stream.counts)

    assert sum(counts.values()) == 87
    assert len(counts) == 16


def capture(*packets: bytes) -> bytes:
    """A pcap file of UDP payloads on 2026-01-15."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for payload in packets:
        udp = bytes(4) + struct.pack(">HH", 8 + len(payload), 0) + payload
        ip = bytes([0x45, 0]) + struct.pack(">H", 20 + len(udp)) + bytes(5)
        frame = bytes(12) + b"\x08\x00" + ip + bytes([17]) + bytes(10) + udp
        out += struct.pack("<IIII", 1_768_489_200, 0, len(frame), len(frame)) + frame
    return out


def mold(sequence: int, *messages: bytes) -> bytes:
    body = b"".join(struct.pack(">H", len(m)) + m for m in messages)
    return bytes(10) + struct.pack(">QH", sequence, len(messages)) + body


SYSTEM = b"S" + bytes(4) + (34_200 * 10**9).to_bytes(6, "big") + b"Q"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (mold(3, SYSTEM)[:-4], "packet 2, byte 20: a message is cut off"),
        (b"noise", "packet 2: 5 bytes are no MoldUDP64 packet"),
        (mold(3, SYSTEM[:-3]), "day.pcap: "),
    ],
    ids=["cut", "noise", "message"],
)
def test_packets_in_front_of_a_bad_one_are_read(tmp_path, bad, said):
    path = tmp_path / "day.pcap"
    path.write_bytes(capture(mold(1, SYSTEM), mold(2, SYSTEM), bad, mold(4, SYSTEM)))

    parts = []
    with pytest.raises(DataError, match=re.escape(said)):
        parts.extend(open_moldudp(path))

    assert sum(part.size for part in parts) == 2


def test_packets_in_front_of_a_cut_are_read(tmp_path):
    path = tmp_path / "day.pcap"
    path.write_bytes(capture(mold(1, SYSTEM), mold(2, SYSTEM))[:-3])

    parts = []
    with pytest.raises(
        DataError, match=r"offset \d+: the capture ends inside a packet"
    ):
        parts.extend(open_moldudp(path))

    assert sum(part.size for part in parts) == 1


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "archive", "levels", "expected"),
    [
        ("AMZN_2012-06-21_L5", "AMZN_2012-06-21_5", 5, 155_935),
        ("AAPL_2012-06-21_L1", "AAPL_2012-06-21_1", 1, 118_497),
    ],
)
def test_the_book_equals_lobsters_after_every_marked_message(
    real_data, name, archive, levels, expected
):
    folder = real_data / "itch_from_lobster"
    truth = read_lobster_book(
        real_data / "lobster" / f"LOBSTER_SampleFile_{archive}.zip"
    )
    with gzip.open(folder / f"{name}.rowmarks.csv.gz") as file:
        marks = np.array(file.read().split(), np.int64)
    stream = open_events(folder / f"{name}.itch50.gz")

    rows = np.concatenate([best for _, best in depth(stream, name[:4], levels)])

    assert stream.problems == ()
    assert marks.size == expected
    mismatches = (present(rows[marks]) != present(truth)).any(axis=(1, 2))
    assert np.count_nonzero(mismatches) == 0


@pytest.mark.realdata
def test_two_readings_lead_to_the_same_book(apple):
    hashes = set()
    for chunk in (1000, 1 << 18):
        books = book.Books()
        for events in open_events(apple, chunk=chunk):
            books.apply(events)
        hashes.add(books.state_hash())

    assert len(hashes) == 1


def test_market_wide_messages_need_no_instrument(tmp_path):
    path = tmp_path / "x_20200130.itch50"
    message = b"S" + bytes(4) + (10**12).to_bytes(6, "big") + b"O"
    path.write_bytes(len(message).to_bytes(2, "big") + message)

    data = load(path)

    assert data.records["kind"].tolist() == [EventKind.INFO]
    assert data.symbols == ()
