"""Write a stream of market data in another format.

The name's end chooses it: ``.parquet``, ``.npz`` and ``.csv`` hold our records with
their instruments, ``.itch50`` (or ``.itch50.gz``) is NASDAQ TotalView-ITCH 5.0.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import file_path
from ai_trading.core.optional import needs_core
from ai_trading.core.records import EVENT, SIDE_NONE, EventKind
from ai_trading.market.itch import NEW_YORK, midnight_ns
from ai_trading.market.native import appearing, write_records
from ai_trading.market.source import EventStream, Records

with needs_core():
    from ai_trading._core import feed

__all__ = ["convert"]

_TICK = Decimal("0.0001")
_DIRECTORY = ord("R")


def convert(stream: EventStream, path: str | Path) -> int:
    """Write a stream to a file and return the number of records written.

    Parameters
    ----------
    stream : EventStream
        What to write.
    path : path-like
        Where; its name's end chooses the format. The file appears whole or not at all.

    Raises
    ------
    ArgumentError
        If the name's end is none of ours, or the records are no events for ITCH.
    DataError
        If ITCH cannot say an event; the message names it.

    Notes
    -----
    What ITCH does not carry is lost there: the price and quantity of a deleted order,
    flags, and times outside the first event's day in New York are refused.
    """
    path = file_path("path", path)
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".itch50", ".itch", ".bin")):
        return _write_itch(stream, path)
    return write_records(stream, path)


def _write_itch(stream: EventStream, path: Path) -> int:
    if stream.kind != "events":
        msg = f"ITCH holds events; {stream.source} has {stream.kind}"
        raise ArgumentError(msg)
    opener = cast(
        "Callable[..., BinaryIO]", gzip.open if path.suffix == ".gz" else Path.open
    )
    count = 0
    encoder: feed.ItchEncoder | None = None
    named = 0
    with appearing(path) as partial, opener(partial, "wb") as file:
        for chunk in stream:
            events = chunk
            if encoder is None:
                day = datetime.fromtimestamp(
                    int(chunk["timestamp"][0]) // 10**9, NEW_YORK
                )
                encoder = feed.ItchEncoder(midnight_ns(day.date()))
                if not _has_directory(chunk):
                    events = np.concatenate([_directory(stream, chunk), chunk])
            for instrument in list(stream.instruments)[named:]:
                _check_tick(stream, instrument.symbol, instrument.tick_size)
                encoder.add(feed.ItchInstrument(instrument.symbol))
            named = len(stream.instruments)
            try:
                file.write(encoder.encode(np.ascontiguousarray(events)))
            except ValueError as error:
                msg = f"{stream.source}, after {count:,} events: {error}"
                raise DataError(msg) from error
            count += events.size
    return count


def _has_directory(chunk: Records) -> bool:
    info = chunk["kind"] == EventKind.INFO
    return bool(np.any(info & (chunk["aux"] == _DIRECTORY)))


def _directory(stream: EventStream, chunk: Records) -> Records:
    """Make directory messages, without which ITCH names no symbol."""
    out = np.zeros(len(stream.instruments), EVENT)
    out["timestamp"] = chunk["timestamp"][0]
    out["instrument"] = np.arange(out.size)
    out["side"] = SIDE_NONE
    out["aux"] = _DIRECTORY
    return out


def _check_tick(stream: EventStream, symbol: str, tick: Decimal) -> None:
    if tick != _TICK:
        msg = f"{stream.source}: ITCH prices have ticks of {_TICK}; {symbol} has {tick}"
        raise DataError(msg)
