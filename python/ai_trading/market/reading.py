"""The two doors to every format: `open_events` reads piece by piece, `load` at once."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import file_path
from ai_trading.market.sniff import Format, examine
from ai_trading.market.source import CHUNK, EventStream, MarketData, Policy

__all__ = ["load", "open_events"]

# Where each format is read; imported when first used, since some need extras.
_READERS = {
    Format.ITCH: "ai_trading.market.itch:open_itch",
    Format.ITCH_UNFRAMED: "ai_trading.market.itch:open_itch",
    Format.MOLDUDP: "ai_trading.market.itch:open_moldudp",
    Format.LOBSTER: "ai_trading.market.lobster:open_lobster",
    Format.BINANCE: "ai_trading.market.binance:open_binance",
    Format.BINANCE_DEPTH: "ai_trading.market.depth_csv:open_binance_depth",
    Format.BITSTAMP: "ai_trading.market.depth_csv:open_bitstamp",
    Format.DBN: "ai_trading.market.dbn:open_dbn",
    Format.RECORDS: "ai_trading.market.native:open_records",
    Format.LEAN: "ai_trading.market.lean:open_lean",
    Format.TABLE: "ai_trading.market.bars:open_table",
    Format.PARQUET: "ai_trading.market.bars:open_table",
    Format.ARROW: "ai_trading.market.bars:open_table",
}

_ADVICE = {
    Format.DBZ: (
        "it is in DBZ, the format Databento used before DBN; update it with their "
        "tool dbn-cli (`dbn FILE.dbz --output FILE.dbn`) or download it again as DBN"
    ),
    Format.LOBSTER_BOOK: (
        "it is a LOBSTER order-book file, which holds results and no events; open the "
        "message file that belongs to it (or read it with read_lobster_book)"
    ),
}


def open_events(
    path: str | Path,
    *,
    format: Format | str | None = None,  # noqa: A002  the word users look for
    symbols: Iterable[str] | None = None,
    policy: Policy | str = Policy.RAISE,
    chunk: int = CHUNK,
    **options: Any,
) -> EventStream:
    """Open a file of market data for reading piece by piece.

    Parameters
    ----------
    path : path-like
        The file, plain or packed (gzip, bzip2, xz, zip, zstd).
    format : Format or str, optional
        Its format; told from its content by default.
    symbols : iterable of str, optional
        Only these; all by default. One that the source does not hold is an error.
    policy : {"raise", "drop", "keep"}, default "raise"
        What happens to records that cannot be right.
    chunk : int, default 262144
        The most records in one array.
    **options
        For the format's own reader: ``date=`` (ITCH), ``kind="quotes"`` (Binance,
        DBN), ``symbol=`` (Bitstamp), columns and time zone (tables).

    Returns
    -------
    EventStream
        Arrays in file order; nothing is read before it is iterated, except what its
        instruments need.

    Raises
    ------
    DataError
        If the file cannot be read, or its format is unknown.
    ArgumentError
        If `format`, `policy`, `chunk` or an option is not one.
    """
    place: object = path
    wanted: object = symbols
    if not isinstance(place, str | os.PathLike):
        msg = f"path must name a file; received {path!r}"
        raise ArgumentError(msg)
    if wanted is not None and not isinstance(wanted, Iterable):
        msg = f"symbols must be a symbol or a list of them; received {symbols!r}"
        raise ArgumentError(msg)
    path = file_path("path", path)
    if chunk < 1:
        msg = f"chunk must be at least 1; received {chunk}"
        raise ArgumentError(msg)
    chosen = examine(path).format if format is None else _format(format)
    if chosen in _ADVICE:
        msg = f"{path}: {_ADVICE[chosen]}"
        raise DataError(msg)
    if chosen not in _READERS:
        msg = f"{path}: no reader for the format {chosen.value}"
        raise DataError(msg)
    module, _, name = _READERS[chosen].partition(":")
    reader = cast("Callable[..., EventStream]", getattr(import_module(module), name))
    if isinstance(symbols, str):
        symbols = [symbols]
    if chosen is Format.ITCH_UNFRAMED:
        options = {"framing": "by_type", **options}
    try:
        return reader(
            path, symbols=symbols, policy=_policy(policy), chunk=chunk, **options
        )
    except TypeError as error:
        known = inspect.signature(reader).parameters
        wrong = [key for key in options if key not in known]
        if "unexpected keyword argument" not in str(error) or not wrong:
            raise
        taken = ", ".join(key for key in known if key not in {"path", "chunk"})
        msg = (
            f"{path}: the reader of {chosen.value} files has no option {wrong[0]}; it "
            f"takes {taken}"
        )
        raise ArgumentError(msg) from error


def load(path: str | Path, **options: Any) -> MarketData:
    """Read a file of market data whole.

    Parameters
    ----------
    path : path-like
        The file.
    **options
        As for `open_events`.

    Returns
    -------
    MarketData
        Events, quotes or bars, whatever the file holds, sorted by timestamp.

    Raises
    ------
    DataError, ArgumentError
        As for `open_events`.

    Examples
    --------
    >>> load("AMZN_2012-06-21_L5.itch50.gz").symbols  # doctest: +SKIP
    ('AMZN',)
    """
    return open_events(path, **options).read()


def _format(name: Format | str) -> Format:
    try:
        return Format(name)
    except ValueError:
        allowed = ", ".join(item.value for item in Format)
        msg = f"format must be one of {allowed}; received {name!r}"
        raise ArgumentError(msg) from None


def _policy(name: Policy | str) -> Policy:
    try:
        return Policy(name)
    except ValueError:
        msg = f"policy must be raise, drop or keep; received {name!r}"
        raise ArgumentError(msg) from None
