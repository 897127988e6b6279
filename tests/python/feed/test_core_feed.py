"""The compiled decoders and encoders, as Python meets them."""

from __future__ import annotations

import gzip
import mmap
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ai_trading._core import feed

MIDNIGHT = 1_580_360_400_000_000_000  # 2020-01-30 00:00 New York
ADD, REDUCE, REMOVE, EXECUTE, EXECUTE_AT, REPLACE = 1, 2, 3, 4, 5, 6
INFO, TRADE, CROSS, IMBALANCE, STATUS, BROKEN = 0, 10, 11, 12, 13, 14


def frame(body: bytes) -> bytes:
    return struct.pack(">H", len(body)) + body


def header(letter: bytes, time: int, locate: int = 7) -> bytes:
    return letter + struct.pack(">HHHI", locate, 3, time >> 32, time & 0xFFFFFFFF)


def add(
    order_id: int, symbol: bytes = b"ABC", *, locate: int = 7, time: int = 5
) -> bytes:
    return header(b"A", time, locate) + struct.pack(
        ">QcI8sI", order_id, b"B", 100, symbol.ljust(8), 1_234_500
    )


def delete(order_id: int, *, locate: int = 7) -> bytes:
    return header(b"D", 6, locate) + struct.pack(">Q", order_id)


def test_an_add_becomes_one_event_with_every_field():
    decoder = feed.ItchDecoder(MIDNIGHT)

    events = decoder.feed(frame(add(42)))
    decoder.finish()

    assert events.dtype == feed.event_dtype
    assert events.tolist() == [(MIDNIGHT + 5, 0, ADD, 0, 0, 42, 1_234_500, 100, 0)]
    assert [i.symbol for i in decoder.instruments] == ["ABC"]
    assert decoder.counts == {"A": 1}
    assert (decoder.messages, decoder.offset) == (1, 38)


@pytest.mark.parametrize(
    "kind", ["bytes", "bytearray", "memoryview", "ndarray", "mmap"]
)
def test_any_contiguous_buffer_is_read(kind, tmp_path):
    data = frame(add(1)) + frame(delete(1))
    if kind == "mmap":
        path = tmp_path / "x"
        path.write_bytes(data)
        with (
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        ):
            events = feed.ItchDecoder(0).feed(mapped)
    else:
        make = {
            "bytes": bytes,
            "bytearray": bytearray,
            "memoryview": memoryview,
            "ndarray": lambda b: np.frombuffer(b, np.uint8),
        }
        events = feed.ItchDecoder(0).feed(make[kind](data))

    assert events["kind"].tolist() == [ADD, REMOVE]


def test_a_buffer_with_gaps_is_refused():
    with pytest.raises((BufferError, ValueError), match="contiguous"):
        feed.ItchDecoder(0).feed(np.zeros(10, np.uint8)[::2])


def test_chunks_of_any_size_give_the_same_events():
    data = b"".join(frame(add(i)) + frame(delete(i)) for i in range(20))
    whole = feed.ItchDecoder(0).feed(data)

    for size in (1, 2, 3, 7, 39, 100):
        decoder = feed.ItchDecoder(0)
        parts = [decoder.feed(data[i : i + size]) for i in range(0, len(data), size)]
        decoder.finish()
        assert np.array_equal(np.concatenate(parts), whole)


def test_only_chosen_symbols_come_out_and_their_messages_are_named():
    data = b"".join(
        map(
            frame,
            [
                header(b"S", 1, 0) + b"O",
                add(1, b"ABC", locate=7),
                add(2, b"XYZ", locate=8),
                delete(1, locate=7),
                delete(2, locate=8),
            ],
        )
    )
    decoder = feed.ItchDecoder(0, symbols=["XYZ"])

    events, indexes = decoder.feed_indexed(data)

    assert events["order_id"].tolist() == [2, 2]
    assert events["instrument"].tolist() == [0, 0]
    assert indexes.tolist() == [2, 4]
    assert [i.symbol for i in decoder.instruments] == ["XYZ"]
    assert decoder.messages == 5


def test_everything_before_a_problem_comes_out_before_the_error():
    decoder = feed.ItchDecoder(0)

    events = decoder.feed(frame(add(1)) + frame(b"z" * 12) + frame(add(2)))

    assert events["order_id"].tolist() == [1]
    with pytest.raises(
        feed.DataFormatError, match=r"message 1 at byte 38.*'z'"
    ) as info:
        decoder.feed(frame(add(3)))
    assert isinstance(info.value, ValueError)
    assert (info.value.fault, info.value.offset) == ("unknown_type", 38)
    assert (info.value.message_index, info.value.type) == (1, "z")
    assert info.value.length == 12
    with pytest.raises(feed.DataFormatError):
        decoder.finish()


def test_unknown_messages_can_be_skipped_and_are_counted():
    decoder = feed.ItchDecoder(0, on_unknown="skip")

    events = decoder.feed(frame(add(1)) + frame(b"z" * 400) + frame(add(2)))
    decoder.finish()

    assert events["order_id"].tolist() == [1, 2]
    assert decoder.skipped == 1
    assert [p.fault for p in decoder.problems] == ["unknown_type"]


def test_a_cut_file_is_an_error_at_the_end():
    decoder = feed.ItchDecoder(0)
    decoder.feed(frame(add(1)) + frame(add(2))[:-1])

    with pytest.raises(feed.DataFormatError, match="cut short") as info:
        decoder.finish()

    assert info.value.offset == 38


def test_zero_prefixes_are_named_and_read_by_type():
    data = b"".join(b"\0\0" + body for body in (add(1), delete(1)))

    with pytest.raises(feed.DataFormatError, match="framing='by_type'"):
        feed.ItchDecoder(0).feed(data)

    assert len(feed.ItchDecoder(0, framing="by_type").feed(data)) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"framing": "soup"}, "framing must be 'length' or 'by_type'; received 'soup'"),
        ({"on_unknown": "ignore"}, "on_unknown must be 'raise' or 'skip'"),
        ({"symbols": []}, "symbols is empty"),
    ],
)
def test_wrong_arguments_say_what_is_allowed(arguments, words):
    with pytest.raises(ValueError, match=words):
        feed.ItchDecoder(0, **arguments)


def every_kind() -> np.ndarray:
    rows = [
        (1, 0, INFO, 2, 0, ord("O"), 0, 0, ord("S")),
        (2, 0, INFO, 2, 0, 0, 0, 0, ord("R")),
        (3, 0, STATUS, 2, 0, ord("T"), 0, 0, 2),
        (4, 0, ADD, 0, 0, 10, 1_000_000, 100, 0),
        (5, 0, ADD, 1, 0, 11, 1_000_100, 50, 0x4E495445),
        (6, 0, REDUCE, 2, 0, 10, 0, 30, 0),
        (7, 0, EXECUTE, 2, 0, 10, 0, 20, 900),
        (8, 0, EXECUTE_AT, 2, 8, 11, 999_900, 10, 901),
        (9, 0, REPLACE, 2, 0, 10, 1_000_050, 60, 12),
        (10, 0, REMOVE, 2, 0, 12, 0, 0, 0),
        (11, 0, TRADE, 0, 4, 0, 1_000_000, 5, 902),
        (12, 0, CROSS, 2, 0, ord("O"), 1_000_000, 2**40, 903),
        (13, 0, IMBALANCE, 1, 0, ord("C"), 1_000_000, 700, 2**41),
        (14, 0, BROKEN, 2, 0, 0, 0, 0, 903),
    ]
    return np.array(rows, feed.event_dtype)


def test_events_survive_encoding_and_decoding():
    events = every_kind()
    encoder = feed.ItchEncoder(0)
    abc = feed.ItchInstrument("ABC", round_lot=10, market_category="G")
    assert encoder.add(abc) == 0

    decoder = feed.ItchDecoder(0)
    again = decoder.feed(encoder.encode(events))
    decoder.finish()

    assert np.array_equal(again, events)
    (instrument,) = decoder.instruments
    assert (instrument.symbol, instrument.round_lot) == ("ABC", 10)
    assert (instrument.market_category, instrument.listed) == ("G", True)


def test_what_itch_cannot_say_is_refused_by_row():
    events = every_kind()
    encoder = feed.ItchEncoder(0)
    encoder.add(feed.ItchInstrument("ABC"))
    events["price"][4] = -1

    with pytest.raises(ValueError, match=r"events\[4\]: the price must lie"):
        encoder.encode(events)
    with pytest.raises(ValueError, match="received 1 for 'XYZ', which is taken"):
        encoder.add(feed.ItchInstrument("XYZ", locate=1))
    with pytest.raises(ValueError, match="one to eight"):
        encoder.add(feed.ItchInstrument("TOOLONGSYMBOL"))
    with pytest.raises(TypeError):
        encoder.encode(np.zeros(3))


LINES = (
    b"34200.017459617,5,0,1,2238200,-1\n"
    b"34200.18960767,1,11885113,21,2238100,1\n"
    b"34200.2,2,11885113,1,2238100,1\n"
    b"34200.3,4,11885113,10,2238100,1\n"
    b"34200.4,3,11885113,10,2238100,1\n"
    b"34201,6,0,500,2238000,-1\n"
    b"34202.5,7,0,0,-1,-1\n"
)


def test_lobster_lines_become_events_and_lines_again():
    for size in (1, 5, 40, 1000):
        decoder = feed.LobsterDecoder(MIDNIGHT, instrument=3)
        parts = [decoder.feed(LINES[i : i + size]) for i in range(0, len(LINES), size)]
        parts.append(decoder.finish())
        events = np.concatenate(parts)

        assert events["kind"].tolist() == [
            TRADE,
            ADD,
            REDUCE,
            EXECUTE,
            REMOVE,
            CROSS,
            STATUS,
        ]
        assert events["timestamp"][0] == MIDNIGHT + 34_200_017_459_617
        assert set(events["instrument"].tolist()) == {3}
        assert feed.encode_lobster(events, MIDNIGHT) == LINES
        assert decoder.counts == dict.fromkeys(range(1, 8), 1)


def test_a_last_line_without_a_newline_comes_from_finish():
    decoder = feed.LobsterDecoder(0)

    assert len(decoder.feed(LINES[:-1])) == 6
    assert len(decoder.finish()) == 1


def test_a_broken_lobster_line_is_named_after_what_came_before():
    decoder = feed.LobsterDecoder(0)

    events = decoder.feed(LINES[:33] + b"oops\n" + LINES)

    assert len(events) == 1
    with pytest.raises(
        feed.DataFormatError, match=r"line 2 at byte 33: .*'oops'"
    ) as info:
        decoder.finish()
    assert (info.value.line, info.value.offset) == (2, 33)


def test_broken_lobster_lines_can_be_skipped():
    decoder = feed.LobsterDecoder(0, on_error="skip")

    events = decoder.feed(LINES[:33] + b"oops\n" + LINES)

    assert len(events) == 8
    assert [p.line for p in decoder.problems] == [2]
    assert decoder.skipped == 1


@pytest.mark.realdata
class TestRealFiles:
    def test_aapl_counts_are_those_of_the_readme(self, real_data):
        decoder = feed.ItchDecoder(MIDNIGHT)

        events = decoder.feed(
            (real_data / "itch/AAPL_20200130_first10k.itch50").read_bytes()
        )
        decoder.finish()

        counts = {"A": 4758, "D": 4083, "E": 849, "P": 240, "L": 52, "U": 7, "X": 6}
        assert decoder.counts == counts | {"F": 2, "R": 1, "H": 1, "Y": 1}
        assert len(events) == 10_000
        assert np.all(np.diff(events["timestamp"]) >= 0)
        assert [i.symbol for i in decoder.instruments] == ["AAPL"]
        assert decoder.instruments[0].locate == 13

    def test_start_of_day_lists_993_symbols(self, real_data):
        decoder = feed.ItchDecoder(0)

        decoder.feed((real_data / "itch/nasdaq_sod_1000msgs.itch50").read_bytes())
        decoder.finish()

        assert decoder.counts["R"] == 993
        assert decoder.messages == 1000
        assert len(decoder.instruments) == 993

    def test_the_file_of_zero_prefixes_is_read_by_type(self, real_data):
        (path,) = (real_data / "itch").glob("ritch_*.gz")
        decoder = feed.ItchDecoder(0, framing="by_type")

        decoder.feed(gzip.decompress(path.read_bytes()))
        decoder.finish()

        assert decoder.messages == 12_012
        assert [i.symbol for i in decoder.instruments] == ["ALC", "BOB", "CHAR"]

    def test_every_packet_of_the_captures_is_read(self, real_data):
        paths = sorted((real_data / "itch/moldudp64_pcap").glob("*.pcap"))
        packets = {path.name: list(mold_messages(path)) for path in paths}
        assert len(packets) == 49

        for name, messages in packets.items():
            decoder = feed.ItchDecoder(0)
            for body in messages:
                assert len(decoder.message(body)) == 1, name
            assert decoder.messages == len(messages)

    @pytest.mark.parametrize("name", ["AAPL_2012-06-21_L1", "AMZN_2012-06-21_L5"])
    def test_encoding_what_was_decoded_gives_the_file_again(self, real_data, name):
        data = gzip.decompress(
            (real_data / f"itch_from_lobster/{name}.itch50.gz").read_bytes()
        )
        decoder = feed.ItchDecoder(0)
        events = decoder.feed(data)
        decoder.finish()
        encoder = feed.ItchEncoder(0)
        for instrument in decoder.instruments:
            encoder.add(instrument)

        again = np.frombuffer(encoder.encode(events), np.uint8)

        # The file gives its four system events the stock's locate instead of none.
        assert np.count_nonzero(again != np.frombuffer(data, np.uint8)) == 4

    @pytest.mark.parametrize(
        ("name", "lines", "inexact"),
        [
            ("AAPL_2012-06-21_1", 118_497, 0),
            ("AMZN_2012-06-21_1", 57_515, 0),
            ("AMZN_2012-06-21_5", 155_935, 1),  # one time has twelve decimals
        ],
    )
    def test_lobster_days_survive_decoding_and_encoding(
        self, real_data, name, lines, inexact
    ):
        with zipfile.ZipFile(
            real_data / f"lobster/LOBSTER_SampleFile_{name}.zip"
        ) as archive:
            (member,) = (n for n in archive.namelist() if "message" in n)
            data = archive.read(member)
        decoder = feed.LobsterDecoder(0)

        events = decoder.feed(data)

        assert len(decoder.finish()) == 0
        assert decoder.lines == len(events) == lines
        pairs = zip(
            feed.encode_lobster(events, 0).splitlines(), data.splitlines(), strict=True
        )
        assert sum(ours != theirs for ours, theirs in pairs) == inexact


def mold_messages(path: Path):
    """Yield the ITCH messages of a capture: Ethernet, IPv4, UDP, MoldUDP64."""
    raw = path.read_bytes()
    order = "<" if raw[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at < len(raw):
        (size,) = struct.unpack_from(order + "I", raw, at + 8)
        packet = raw[at + 16 : at + 16 + size]
        at += 16 + size
        ip = packet.index(b"\x08\x00\x45") + 2
        payload = packet[ip + (packet[ip] & 15) * 4 + 8 :]
        (count,) = struct.unpack_from(">H", payload, 18)
        inside = 20
        for _ in range(count):
            (length,) = struct.unpack_from(">H", payload, inside)
            yield payload[inside + 2 : inside + 2 + length]
            inside += 2 + length
