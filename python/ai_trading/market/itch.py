"""NASDAQ TotalView-ITCH 5.0 files: BinaryFILE framing or MoldUDP64 packet captures.

The compiled decoder does the work; here files are opened, days found and instruments
listed. Unfiltered, the n-th event is the n-th message of the file.

An ITCH message tells the time of day and not the day. The day is taken from the file's
name (``20200130``, ``2020-01-30``, or NASDAQ's ``01302020`` and ``S013020``) or from
``date=``; a capture has it in its packets.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import file_path
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.optional import needs_core
from ai_trading.core.records import EventKind
from ai_trading.market.files import blocks
from ai_trading.market.source import CHUNK, EventStream, Policy, Records

with needs_core():
    from ai_trading._core import feed

__all__ = [
    "AUCTION_COLLAR",
    "as_data_error",
    "auction_collars",
    "date_in",
    "day_of",
    "midnight_ns",
    "open_itch",
    "open_moldudp",
    "split",
    "us_equity",
]

NEW_YORK = ZoneInfo("America/New_York")


AUCTION_COLLAR = np.dtype(
    [
        ("timestamp", "i8"),
        ("instrument", "u4"),
        ("reference", "i8"),
        ("lower", "i8"),
        ("upper", "i8"),
        ("extension", "i8"),
    ]
)
"""A collar of a reopening auction; prices in ticks, extensions counted from 0."""


def auction_collars(records: Records) -> Records:
    """Return the collars of reopening auctions after pauses (ITCH J) among events.

    Parameters
    ----------
    records : ndarray
        Of `EVENT` records, as `load` and `open_events` give them.

    Returns
    -------
    ndarray of dtype `AUCTION_COLLAR`
        In the order of the events.

    Examples
    --------
    >>> from ai_trading.market.synthetic import synthetic_day
    >>> day = synthetic_day({"ACME": 42}, events=2_000)
    >>> len(auction_collars(day.records))  # without rules nobody pauses
    0
    """
    told = records[(records["kind"] == EventKind.INFO) & (records["aux"] == ord("J"))]
    out = np.empty(told.size, AUCTION_COLLAR)
    out["timestamp"], out["instrument"] = told["timestamp"], told["instrument"]
    out["reference"], out["upper"] = told["price"], told["quantity"]
    out["lower"] = told["order_id"] & np.uint64(0xFFFFFFFF)
    out["extension"] = told["order_id"] >> np.uint64(32)
    return out


def us_equity(symbol: str) -> Instrument:
    """Return a US share: ticks of 0.0001, orders priced in cents."""
    return Instrument(symbol, price_increment=Decimal("0.01"))


def date_in(name: str) -> date | None:
    """Return the day that a file name states, if it states one.

    Examples
    --------
    >>> date_in("01302020.NASDAQ_ITCH50.gz")
    datetime.date(2020, 1, 30)
    """
    for pattern, form in (
        (r"(?<!\d)((?:19|20)\d\d)-?(\d\d)-?(\d\d)(?!\d)", "ymd"),
        (r"(?<!\d)(\d\d)(\d\d)((?:19|20)\d\d)(?!\d)", "mdy"),
        (r"(?<![A-Za-z\d])S(\d\d)(\d\d)(\d\d)(?!\d)", "mdy"),
    ):
        for match in re.finditer(pattern, name):
            numbers = dict(zip(form, map(int, match.groups()), strict=True))
            year = numbers["y"] + (2000 if numbers["y"] < 100 else 0)
            try:
                return date(year, numbers["m"], numbers["d"])
            except ValueError:
                continue
    return None


def midnight_ns(day: date) -> int:
    """Return the UTC nanoseconds of a day's New York midnight."""
    moment = datetime.combine(day, time(), NEW_YORK)
    return int(moment.timestamp()) * 1_000_000_000


def day_of(path: Path, name: str, given: date | str | None) -> date:
    """Return the day of a file from `given` or its name.

    Raises
    ------
    ArgumentError
        If `given` is not a day.
    DataError
        If neither tells the day.
    """
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    if given is not None:
        try:
            return date.fromisoformat(given)
        except (TypeError, ValueError):
            msg = f"date must be a day such as 2020-01-30; received {given!r}"
            raise ArgumentError(msg) from None
    found = date_in(name)
    if found is None:
        msg = (
            f"{path}: its messages tell the time of day only, and the file name states "
            "no day; pass date='YYYY-MM-DD' (--date on the command line)"
        )
        raise DataError(msg)
    return found


def open_itch(
    path: str | Path,
    *,
    symbols: Iterable[str] | None = None,
    date: date | str | None = None,
    framing: Literal["length", "by_type"] = "length",
    policy: Policy = Policy.RAISE,
    chunk: int = CHUNK,
) -> EventStream:
    """Open a file of ITCH 5.0 messages.

    Parameters
    ----------
    path : path-like
        BinaryFILE, plain or packed.
    symbols : iterable of str, optional
        Only these; all messages by default, the market-wide ones included.
    date : date or str, optional
        The day; by default the one in the file's name.
    framing : {"length", "by_type"}, default "length"
        By type: the length prefixes say nothing (they are zero in some files), and
        lengths are those of the message types.
    policy : Policy, default RAISE
        What happens to a message that cannot be read though its length is right, and
        to one out of time order.
    chunk : int
        Largest number of events in one array.

    Raises
    ------
    DataError
        If the day is not known; while reading, if the file is damaged, with the
        offset. Everything before the damage was yielded.
    """
    path = file_path("path", path)
    midnight = midnight_ns(day_of(path, path.name, date))

    def chunks(stream: EventStream) -> Iterator[Records]:
        decoder = feed.ItchDecoder(midnight, **_options(stream), framing=framing)
        if framing == "by_type":
            stream.report("framing", "length prefixes are zero; lengths are by type")
        with as_data_error(path):
            for block in blocks(path):
                events = decoder.feed(block)
                _tell(stream, decoder)
                yield from split(events, chunk)
            decoder.finish()
        _tell(stream, decoder)

    return EventStream(
        chunks, InstrumentTable(), str(path), policy=policy, symbols=_set(symbols)
    )


def open_moldudp(
    path: str | Path,
    *,
    symbols: Iterable[str] | None = None,
    date: date | str | None = None,
    policy: Policy = Policy.RAISE,
    chunk: int = CHUNK,
) -> EventStream:
    """Open a packet capture (pcap) of MoldUDP64 packets that carry ITCH 5.0.

    Parameters
    ----------
    path : path-like
        Ethernet, IPv4 and UDP; other packets are skipped.
    date : date or str, optional
        The day; by default the first packet's in New York.
    symbols, policy, chunk
        As in `open_itch`.

    Notes
    -----
    Sequence numbers that are missing are reported as ``gap`` with the packet's number.

    Raises
    ------
    DataError
        If the day is not known; while reading, if a packet is damaged or the capture
        cut off, with the packet or the offset. Everything before it was yielded.
    """
    path = file_path("path", path)
    packets, damage = _captured(path)
    if date is None and packets:
        date = datetime.fromtimestamp(packets[0][0], UTC).astimezone(NEW_YORK).date()
    if damage is not None and not packets:
        raise damage
    midnight = midnight_ns(day_of(path, path.name, date))

    def chunks(stream: EventStream) -> Iterator[Records]:
        decoder = feed.ItchDecoder(midnight, **_options(stream))
        made: list[Records] = []
        expected = None
        error = damage
        try:
            with as_data_error(path):
                for number, (_, payload) in enumerate(packets):
                    sequence, messages = _messages(path, number, payload)
                    if expected is not None and sequence > expected:
                        why = "packets are missing before these"
                        stream.report("gap", why, [number])
                    if expected is not None and sequence < expected:
                        continue
                    expected = sequence + len(messages)
                    for body in messages:
                        made.append(decoder.message(body))
        except DataError as found:
            error = found
        _tell(stream, decoder)
        if made:
            yield from split(np.concatenate(made), chunk)
        if error is not None:
            raise error

    return EventStream(
        chunks, InstrumentTable(), str(path), policy=policy, symbols=_set(symbols)
    )


def split(records: Records, chunk: int) -> Iterator[Records]:
    """Yield an array in pieces of at most `chunk`."""
    for start in range(0, records.size, chunk):
        yield records[start : start + chunk]


@contextmanager
def as_data_error(path: Path) -> Iterator[None]:
    """Turn the decoders' error into ours, with the file's name in front."""
    try:
        yield
    except (feed.DataFormatError, ArgumentError) as error:
        msg = f"{path}: {error}"
        raise DataError(msg) from error


def _set(symbols: Iterable[str] | None) -> frozenset[str] | None:
    return None if symbols is None else frozenset(symbols)


def _options(stream: EventStream) -> dict[str, Any]:
    return {
        "symbols": None if stream.symbols is None else sorted(stream.symbols),
        "on_unknown": "raise" if stream.policy is Policy.RAISE else "skip",
    }


def _tell(stream: EventStream, decoder: feed.ItchDecoder) -> None:
    """Bring the stream's instruments, counts and problems up to date."""
    listed = decoder.instruments
    table = stream.instruments
    names = [item.symbol for item in listed]
    if list(table.symbols) != names[: len(table)]:
        # A stock got its name after its first message.
        table = stream.instruments = InstrumentTable()
    for name in names[len(table) :]:
        table.add(us_equity(name))
    stream.counts.update(decoder.counts)
    known = sum(item.count for item in stream.problems if item.code == "unreadable")
    fresh = decoder.skipped - known
    if fresh > 0:
        faults = decoder.problems[-fresh:]
        rows = [fault.message_index or 0 for fault in faults]
        rows += rows[-1:] * (fresh - len(rows))
        stream.report("unreadable", f"messages left out, the first: {faults[0]}", rows)


def _captured(path: Path) -> tuple[list[tuple[float, bytes]], DataError | None]:
    """Return the packets of a capture, and what ended it if that was damage."""
    parts: list[bytes] = []
    packets: list[tuple[float, bytes]] = []
    damage: DataError | None = None
    try:
        for block in blocks(path):
            parts.append(block)
    except DataError as error:
        damage = error
    try:
        for packet in _packets(path, b"".join(parts)):
            packets.append(packet)
    except DataError as error:
        damage = damage or error
    return packets, damage


def _packets(path: Path, data: bytes) -> Iterator[tuple[float, bytes]]:
    """Yield capture time and UDP payload of every UDP packet of a pcap file."""
    order = "<" if data[:1] in {b"\xd4", b"\x4d"} else ">"
    fraction = 1e-9 if data[:4] in {b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d"} else 1e-6
    at = 24
    while at < len(data):
        if at + 16 > len(data):
            msg = f"{path}, offset {at}: the capture ends inside a packet header"
            raise DataError(msg)
        seconds, rest, kept, _ = struct.unpack_from(order + "IIII", data, at)
        frame = data[at + 16 : at + 16 + kept]
        if len(frame) < kept:
            msg = f"{path}, offset {at}: the capture ends inside a packet"
            raise DataError(msg)
        at += 16 + kept
        start = 14
        kind = frame[12:14]
        while kind == b"\x81\x00":  # a VLAN tag
            kind = frame[start + 2 : start + 4]
            start += 4
        if kind != b"\x08\x00" or len(frame) < start + 20 or frame[start + 9] != 17:
            continue
        header = (frame[start] & 15) * 4
        total = int.from_bytes(frame[start + 2 : start + 4], "big")
        yield seconds + rest * fraction, frame[start + header + 8 : start + total]


def _messages(path: Path, number: int, payload: bytes) -> tuple[int, list[bytes]]:
    """Return the sequence number and the messages of one MoldUDP64 packet."""
    if len(payload) < 20:
        msg = f"{path}, packet {number}: {len(payload)} bytes are no MoldUDP64 packet"
        raise DataError(msg)
    sequence, count = struct.unpack_from(">QH", payload, 10)
    messages = []
    at = 20
    for _ in range(0 if count == 0xFFFF else count):
        length = int.from_bytes(payload[at : at + 2], "big")
        body = payload[at + 2 : at + 2 + length]
        if length == 0 or len(body) < length:
            msg = f"{path}, packet {number}, byte {at}: a message is cut off"
            raise DataError(msg)
        messages.append(body)
        at += 2 + length
    return sequence, messages
