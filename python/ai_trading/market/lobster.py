"""LOBSTER: message files as events, order-book files as arrays of levels.

A message file tells seconds since midnight in New York. Day and symbol are taken from
its name (``AMZN_2012-06-21_34200000_57600000_message_5.csv``), also inside a zip
archive. Prices are dollars times 10,000, which are our ticks.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import file_path
from ai_trading.core.instrument import InstrumentTable
from ai_trading.core.optional import needs_core
from ai_trading.market.files import blocks, compression, line_batches, members
from ai_trading.market.itch import (
    as_data_error,
    day_of,
    midnight_ns,
    split,
    us_equity,
)
from ai_trading.market.lobster_book import Restorer, pair
from ai_trading.market.source import CHUNK, EventStream, Policy, Records

with needs_core():
    from ai_trading._core import feed

__all__ = ["NO_ASK", "NO_BID", "open_lobster", "read_lobster_book"]

NO_ASK = 9_999_999_999
"""How LOBSTER marks the price of an ask level that is not there; its size is 0."""

NO_BID = -9_999_999_999
"""The same of a bid."""

_NAME = re.compile(r"(?:^|[^A-Za-z])([A-Z][A-Z.\-]*)_\d{4}-\d\d-\d\d_\d+_\d+_", re.I)


def open_lobster(
    path: str | Path,
    *,
    symbols: Iterable[str] | None = None,
    symbol: str | None = None,
    date: date | str | None = None,
    book: bool | None = None,
    policy: Policy = Policy.RAISE,
    chunk: int = CHUNK,
) -> EventStream:
    """Open a LOBSTER message file, or the one inside a LOBSTER archive.

    Parameters
    ----------
    path : path-like
        A message CSV, plain or packed, or a zip archive that holds one.
    symbols : iterable of str, optional
        For uniformity with other formats: if given, must hold the file's symbol.
    symbol : str, optional
        The symbol; by default the one in the file's name.
    date : date or str, optional
        The day; by default the one in the file's name.
    book : bool, optional
        Whether to restore, from the order-book file, the orders that the messages do
        not show, so that the book is complete (see `lobster_book`). By default if that
        file is there: in the same archive, or beside the message file under its name
        with ``orderbook`` for ``message``.
    policy : Policy, default RAISE
        What happens to a line that cannot be read or is out of time order.
    chunk : int
        Largest number of events in one array.

    Raises
    ------
    DataError
        If day or symbol is not known; while reading, if a line is damaged, with its
        number.

    Notes
    -----
    Without the order-book file there is one event per message, and orders that rested
    before the file begins have no `ADD`. With it, restored orders are added; events
    that are not messages have the flag `SIMULATED`.
    """
    path = file_path("path", path)
    member = _member(path, "message")
    name = Path(member or path.name).name
    if symbol is None:
        match = _NAME.search(name)
        if match is None:
            msg = (
                f"{path}: the file name states no symbol (as AMZN_2012-06-21_34200000_"
                "57600000_message_5.csv does); pass symbol="
            )
            raise DataError(msg)
        symbol = match[1].upper()
    midnight = midnight_ns(day_of(path, name, date))
    beside = _book_of(path, member, book=book)

    def chunks(stream: EventStream) -> Iterator[Records]:
        if beside is None:
            yield from messages(stream)
            return
        restore = Restorer(stream)
        unread: set[int] = set()
        for events, rows in pair(messages(stream, unread), _rows(*beside), unread):
            if events.size != rows.shape[0]:
                more = "more" if rows.size else "fewer"
                msg = (
                    f"{path}: the order-book file has {more} rows than the message "
                    f"file has messages (one of them ends at {restore.line:,}); pass "
                    "book=False to do without it"
                )
                raise DataError(msg)
            yield from split(restore(events, rows), chunk)

    def messages(
        stream: EventStream, unread: set[int] | None = None
    ) -> Iterator[Records]:
        decoder = feed.LobsterDecoder(
            midnight, on_error="raise" if policy is Policy.RAISE else "skip"
        )

        def told(events: Records) -> Iterator[Records]:
            """Yield events after adding the lines left out until then to `unread`."""
            if unread is not None and decoder.skipped > len(unread):
                faults = decoder.problems
                if len(faults) < decoder.skipped:
                    msg = (
                        f"{path}: more than {len(faults)} lines cannot be read, the "
                        f"first: {faults[0]}; rows of the order-book file are not "
                        "matched with so damaged a file, pass book=False to do without"
                    )
                    raise DataError(msg)
                unread.update(fault.line or 0 for fault in faults)
            yield from split(events, chunk)

        with as_data_error(path):
            for block in blocks(path, member=member):
                yield from told(decoder.feed(block))
            yield from told(decoder.finish())
        stream.counts.update({str(kind): n for kind, n in decoder.counts.items()})
        if decoder.skipped:
            faults = decoder.problems
            rows = [fault.line or 0 for fault in faults]
            rows += rows[-1:] * (decoder.skipped - len(rows))
            stream.report("unreadable", f"lines left out, the first: {faults[0]}", rows)

    return EventStream(
        chunks,
        InstrumentTable([us_equity(symbol)]),
        str(path),
        policy=policy,
        symbols=None if symbols is None else frozenset(symbols),
    )


def read_lobster_book(path: str | Path) -> NDArray[np.int64]:
    """Read a LOBSTER order-book file: the levels after each message.

    Parameters
    ----------
    path : path-like
        An order-book CSV, plain or packed, or a zip archive that holds one.

    Returns
    -------
    ndarray of shape (rows, levels, 4), int64
        Ask price, ask size, bid price, bid size, best level first; a level that is not
        there has size 0 and the price `NO_ASK` or `NO_BID`.

    Raises
    ------
    DataError
        If rows differ in width or are not whole numbers.
    """
    path = file_path("path", path)
    parts = list(_rows(path, _member(path, "orderbook")))
    return np.concatenate(parts) if parts else np.empty((0, 0, 4), np.int64)


def _rows(path: Path, member: str | None) -> Iterator[NDArray[np.int64]]:
    width = 0
    for number, lines in line_batches(path, member=member):
        text = b",".join(lines)
        width = width or lines[0].count(b",") + 1
        commas = text.count(b",")
        if width % 4 or commas + 1 != width * len(lines):
            at = next(
                (n for n, line in enumerate(lines) if line.count(b",") + 1 != width), 0
            )
            msg = (
                f"{path}, line {number + at}: {lines[at].count(b',') + 1} columns; an "
                f"order-book file has four per level in every row, the first {width}"
            )
            raise DataError(msg)
        values = _whole_numbers(text)
        if values.size != commas + 1:
            msg = (
                f"{path}, lines {number} to {number + len(lines) - 1}: an order-book "
                "file holds whole numbers only"
            )
            raise DataError(msg)
        yield values.reshape(len(lines), width // 4, 4)


def _whole_numbers(text: bytes) -> NDArray[np.int64]:
    """Return the numbers of a text, or fewer where it holds something else."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return np.fromstring(text.decode("latin-1"), np.int64, sep=",")
        except (ValueError, DeprecationWarning):
            return np.empty(0, np.int64)


def _book_of(
    path: Path, member: str | None, *, book: bool | None
) -> tuple[Path, str | None] | None:
    """Return where the order-book file is, None if it is not there or not wanted."""
    if book is False:
        return None
    if member is not None:
        named = member.replace("_message_", "_orderbook_")
        if named != member and named in members(path):
            return path, named
    else:
        beside = path.with_name(path.name.replace("_message_", "_orderbook_"))
        if beside != path and beside.exists():
            return beside, None
    if book:
        msg = f"{path}: there is no order-book file beside the message file"
        raise DataError(msg)
    return None


def _member(path: Path, what: str) -> str | None:
    if compression(path) != "zip":
        return None
    found = [name for name in members(path) if f"_{what}_" in name]
    if len(found) != 1:
        msg = f"{path} holds {len(found)} LOBSTER {what} files; there must be one"
        raise ArgumentError(msg) if len(found) > 1 else DataError(msg)
    return found[0]
