"""What format a file is in, judged by what it holds and not by its name.

Formats are told apart by their first bytes once unpacked. Names decide only where
content cannot: a LOBSTER order-book file is a table of numbers like many others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ai_trading.core.errors import DataError
from ai_trading.core.exact import file_path
from ai_trading.market.files import compression, fill, members, unpack

__all__ = ["Format", "Sniffed", "examine", "sniff"]

_HEAD = 1 << 16


class Format(StrEnum):
    """The formats that can be told apart.

    ``table`` is any CSV of bars or quotes, ``parquet`` and ``arrow`` are tables in
    columns, ``lean`` is QuantConnect's zipped CSV; ``records`` is what ``ai-trading
    data convert`` writes.
    """

    ITCH = "itch"
    ITCH_UNFRAMED = "itch_unframed"
    MOLDUDP = "moldudp"
    LOBSTER = "lobster"
    LOBSTER_BOOK = "lobster_book"
    DBN = "dbn"
    DBZ = "dbz"
    BINANCE = "binance"
    BINANCE_DEPTH = "binance_depth"
    BITSTAMP = "bitstamp"
    RECORDS = "records"
    LEAN = "lean"
    PARQUET = "parquet"
    ARROW = "arrow"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A format and the reason it was chosen.

    Parameters
    ----------
    format : Format
        What the file holds.
    compression : str or None
        What it is packed in.
    member : str or None
        The file of a zip archive that was looked at.
    reason : str
        Why, as a phrase.
    """

    format: Format
    compression: str | None
    member: str | None
    reason: str


# Length in bytes of every ITCH 5.0 message type, type byte included.
_LENGTHS = (
    "S12 R39 H25 Y20 L26 V35 W12 K28 J35 h21 A36 F40 E31 C36 X23 D19 U35 P44 Q40 B19 "
    "I50 N20 O48"
)
ITCH_LENGTHS = {ord(word[0]): int(word[1:]) for word in _LENGTHS.split()}

# Length in bytes by record type of a DBN stream without its header.
_DBN_SIZES = {
    0x00: {48}, 0x01: {80}, 0x0A: {368}, 0x12: {40}, 0x13: {360, 400, 520},
    0x14: {112}, 0x18: {64, 80}, 0x20: {56}, 0x21: {56}, 0x22: {56}, 0x23: {56},
    0x24: {56}, 0xA0: {56}, 0xB1: {80}, 0xC0: {80}, 0xC1: {80}, 0xC3: {80},
    0xC4: {80},
}  # fmt: skip

_BINANCE = re.compile(rb'\d{16,19} \{"')
_LOBSTER = re.compile(rb"\d{1,5}(\.\d+)?,[1-7],\d+,\d+,-?\d+,-?1(,[^,\n]*)?\r?\n")
_LOBSTER_BOOK = re.compile(rb"(-?\d+,){3}(-?\d+,){0,}-?\d+\r?\n")
_LOBSTER_NAME = re.compile(r"_(message|orderbook)_\d+\.csv", re.IGNORECASE)
_LEAN_NAME = re.compile(
    r"(^\d{8}_\w+|\w+)_(trade|quote|openinterest|tick|second|minute|hour|daily)", re.I
)


def sniff(path: str | Path) -> Format:
    """Return the format of a file.

    Raises
    ------
    DataError
        If the file cannot be read or its format is not known; the message shows its
        first bytes and the formats that are.

    See Also
    --------
    examine : the same with the reason.
    """
    return examine(path).format


def examine(path: str | Path) -> Sniffed:
    """Return the format of a file and why it was taken for that.

    Raises
    ------
    DataError
        As for `sniff`.
    """
    path = file_path("path", path)
    if path.is_dir():
        msg = (
            f"{path} is a folder; name one of its files (a backtest and load_bars take "
            "a folder of bars)"
        )
        raise DataError(msg)
    packed = compression(path)
    member: str | None = None
    if packed == "zip":
        found = _examine_zip(path)
        if isinstance(found, Sniffed):
            return found
        member = found
    with unpack(path, member=member) as stream:
        head, error = fill(stream, _HEAD)
    if error is not None and not head:
        msg = f"{path}: cannot unpack the first bytes ({error}); fetch the file again"
        raise DataError(msg) from error
    if not head:
        msg = f"{path} is empty; there is nothing to read"
        raise DataError(msg)
    found_format = _binary(head) or _text(head, member or path.name)
    if found_format is None:
        raise DataError(_unknown(path, head))
    if found_format[0] is Format.PARQUET and packed is None and _ours(path):
        found_format = Format.RECORDS, "Parquet written by ai_trading"
    return Sniffed(found_format[0], packed, member, found_format[1])


def _ours(path: Path) -> bool:
    """Whether a Parquet file's footer says that we wrote it."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 8, 0))
        length = int.from_bytes(file.read(4), "little")
        file.seek(max(size - 8 - length, 0))
        return b"ai_trading" in file.read(min(length, 1 << 26))


def _examine_zip(path: Path) -> Sniffed | str:
    names = members(path)
    if not names:
        msg = f"{path} is an empty zip archive"
        raise DataError(msg)
    if any(name.endswith(".npy") for name in names):
        return Sniffed(Format.RECORDS, None, None, "a NumPy archive of records")
    messages = [
        name
        for name in names
        if (match := _LOBSTER_NAME.search(name)) and match[1].lower() == "message"
    ]
    if len(messages) == 1:
        why = f"the archive holds {messages[0]}"
        return Sniffed(Format.LOBSTER, "zip", messages[0], why)
    tables = [name for name in names if name.lower().endswith((".csv", ".txt"))]
    if tables and all(_LEAN_NAME.search(Path(name).stem) for name in tables):
        return Sniffed(Format.LEAN, "zip", None, f"LEAN's file name {tables[0]}")
    if len(names) == 1:
        member = names[0]
        with unpack(path, member=member) as stream:
            head, _ = fill(stream, 512)
        if re.match(rb"(19|20)\d{6}( \d\d:\d\d)?,[\d.]", head):
            return Sniffed(Format.LEAN, "zip", None, "LEAN's dates without header")
        return member
    msg = (
        f"{path} holds {len(names)} files ({', '.join(names[:5])}), none of which is "
        "a LOBSTER message file; unpack it and name the one to read"
    )
    raise DataError(msg)


def _binary(head: bytes) -> tuple[Format, str] | None:
    if head[:3] == b"DBN" and len(head) > 3:
        return Format.DBN, f"it begins with DBN, version {head[3]}"
    if head[:2] == b"P*" and head[2:4] == b"M\x18" and head[8:11] == b"DBZ":
        return Format.DBZ, "it begins with DBZ, the format before DBN"
    if head[:4] == b"PAR1":
        return Format.PARQUET, "it begins with PAR1"
    if head[:6] == b"ARROW1":
        return Format.ARROW, "it begins with ARROW1"
    if head[:4] in {b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1"}:
        return Format.MOLDUDP, "it is a packet capture"
    framed = _itch_messages(head, framed=True)
    if framed:
        return Format.ITCH, f"{framed} ITCH 5.0 messages with right length prefixes"
    bare = _itch_messages(head, framed=False)
    if bare:
        return Format.ITCH_UNFRAMED, f"{bare} ITCH 5.0 messages, length prefixes zero"
    if len(head) >= 16 and head[0] * 4 in _DBN_SIZES.get(head[1], ()):
        size = head[0] * 4
        if all(head[at : at + 2] == head[:2] for at in range(0, len(head) - 1, size)):
            return Format.DBN, f"DBN records of type {head[1]:#04x} without a header"
    return None


def _itch_messages(head: bytes, *, framed: bool) -> int:
    """How many of the first 50 frames are messages; 0 where too few are."""
    at = frames = good = 0
    while at + 3 <= len(head) and frames < 50:
        known = ITCH_LENGTHS.get(head[at + 2], 0)
        stated = int.from_bytes(head[at : at + 2], "big")
        length = stated if framed else known
        if not 0 < length <= 50 or (not framed and stated):
            break
        frames += 1
        good += length == known
        at += 2 + length
    # A damaged message among good ones is for the reader to report.
    return good if good > 0.8 * frames else 0


def _text(head: bytes, name: str) -> tuple[Format, str] | None:
    if b"\x00" in head[:4096]:
        return None
    if head.startswith(b"# ai_trading "):
        return Format.RECORDS, "CSV written by ai_trading"
    first = head.split(b"\n", 1)[0].rstrip(b"\r")
    if _BINANCE.match(head):
        return Format.BINANCE, "lines of local time and JSON"
    columns = first.decode("utf-8-sig", "replace").strip().lower().split(",")
    if {"id", "exchange.timestamp", "action", "direction"} <= set(columns):
        return Format.BITSTAMP, "Bitstamp's order columns"
    if {"first_update_id", "last_update_id", "update_type", "qty"} <= set(columns):
        return Format.BINANCE_DEPTH, "Binance's depth history columns"
    match = _LOBSTER_NAME.search(name)
    if _LOBSTER.match(head) and not (match and match[1].lower() == "orderbook"):
        return Format.LOBSTER, "six columns of a LOBSTER message file"
    if match and match[1].lower() == "orderbook" and _LOBSTER_BOOK.match(head):
        return Format.LOBSTER_BOOK, "the name and columns of a LOBSTER order book"
    looks_text = not any(byte < 9 for byte in head[:4096])
    separated = any(
        first.count(mark) >= 3 or (mark in first and _names_ticks(first, mark))
        for mark in (b",", b";", b"\t", b"|")
    )
    if looks_text and separated and not head.lstrip().startswith((b"{", b"<", b"[")):
        return Format.TABLE, "lines of separated columns"
    return None


def _names_ticks(first: bytes, mark: bytes) -> bool:
    """Whether a line names the columns of quotes or trades, which may be only three."""
    from ai_trading.market.ticks import kind_of

    return (
        kind_of(first.decode("utf-8-sig", "replace").split(mark.decode())) is not None
    )


def _unknown(path: Path, head: bytes) -> str:
    start = head[:16]
    shown, where = start.hex(" "), str(path)
    if all(32 <= byte < 127 or byte in b"\r\n\t" for byte in start):
        shown = repr(head[:48].decode("ascii", "replace"))
        where = f"{path}, line 1"
    known = ", ".join(
        item.value
        for item in Format
        if item not in {Format.DBZ, Format.LOBSTER_BOOK, Format.ITCH_UNFRAMED}
    )
    return (
        f"{where}: the format is not known; it begins with {shown}. Known formats: "
        f"{known}. If it is one of them, say so with format, as in format='table'"
    )
