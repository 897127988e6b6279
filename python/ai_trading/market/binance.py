"""Binance's raw feed: one line per message, local nanoseconds and then JSON.

Depth differences become `LEVEL` events, trades and aggregate trades `TRADE` events, a
REST snapshot a `CLEAR` and the `LEVEL` events it holds. Best bids and asks
(bookTicker) become quotes with ``kind="quotes"``; among events they are `INFO`, since
they do not fit into the depth stream without making the book wrong.

A snapshot is older than the differences received while it was on its way. Those are
applied again after it, which is what the exchange prescribes. Timestamps are the
local receipt times of the file.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ai_trading.core.enums import AssetClass
from ai_trading.core.errors import DataError
from ai_trading.core.exact import file_path
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import EVENT, QUOTE, EventKind, Flag
from ai_trading.market.decimals import Grid, decimals_of, scaled, step
from ai_trading.market.files import line_batches
from ai_trading.market.rows import Rows
from ai_trading.market.source import CHUNK, EventStream, Kind, Policy, Records, said_by

__all__ = ["crypto_instrument", "open_binance"]

_SYMBOL = re.compile(rb'"s":"([^"]+)"')
_PRICES = re.compile(rb'(?:\["|"[pba]":")\d+\.(\d+)')
_SIZES = re.compile(rb'(?:","|"[qBA]":")\d+\.(\d+)')

# Type codes that `aux` of an INFO event carries.
BOOK_TICKER = ord("B")
OTHER = ord("?")

_QUOTE_CURRENCIES = (
    "USDT",
    "USDC",
    "FDUSD",
    "BUSD",
    "TUSD",
    "USD",
    "EUR",
    "BTC",
    "ETH",
)
_RECENT = 4096


def crypto_instrument(symbol: str, grid: Grid, *, venue: str) -> Instrument:
    """Return a crypto pair whose tick and lot are the finest decimals seen."""
    currency = next((c for c in _QUOTE_CURRENCIES if symbol.endswith(c)), "USD")
    return Instrument(
        symbol,
        tick_size=step(grid.price),
        lot_size=step(grid.size),
        currency=currency,
        venue=venue,
        calendar="24/7",
        asset_class=AssetClass.CRYPTO,
    )


def open_binance(
    path: str | Path,
    *,
    symbols: Iterable[str] | None = None,
    instruments: InstrumentTable | None = None,
    kind: Kind = "events",
    policy: Policy = Policy.RAISE,
    chunk: int = CHUNK,
) -> EventStream:
    """Open a file of Binance messages.

    Parameters
    ----------
    path : path-like
        Lines such as ``1723161253937085768 {"stream": ..., "data": ...}``.
    symbols : iterable of str, optional
        Only these; all by default.
    instruments : InstrumentTable, optional
        Ticks and lots to use. By default the file is read once beforehand and the
        finest decimals of each symbol's prices and sizes are taken.
    kind : {"events", "quotes"}, default "events"
        Quotes are the bookTicker messages alone.
    policy : Policy, default RAISE
        What happens to a line that cannot be read or is out of time order.
    chunk : int
        Largest number of records in one array.

    Raises
    ------
    DataError
        If the file cannot be read or holds no symbol.
    """
    path = file_path("path", path)
    wanted = None if symbols is None else frozenset(symbols)
    table = instruments if instruments is not None else _survey(path, wanted)

    def chunks(stream: EventStream) -> Iterator[Records]:
        rows = Rows(chunk, _dtype(kind))
        reader = _Reader(stream, path, table, rows, quotes=kind == "quotes")
        for number, lines in line_batches(path):
            for offset, line in enumerate(lines):
                if line:
                    reader.line(number + offset, line)
            yield from reader.rows.full()
        yield from reader.rows.rest()

    return EventStream(
        chunks, table, str(path), policy=policy, kind=kind, symbols=wanted
    )


def _dtype(kind: Kind) -> Any:
    return QUOTE if kind == "quotes" else EVENT


def _survey(path: Path, wanted: frozenset[str] | None) -> InstrumentTable:
    grids: dict[bytes, Grid] = {}
    nameless = Grid()
    for _, lines in line_batches(path):
        by_symbol: dict[bytes | None, list[bytes]] = {}
        for line in lines:
            match = _SYMBOL.search(line)
            by_symbol.setdefault(match[1] if match else None, []).append(line)
        for name, own in by_symbol.items():
            grid = nameless if name is None else grids.setdefault(name, Grid())
            text = b"\n".join(own)
            grid.widen(_PRICES.findall(text), _SIZES.findall(text))
    if len(grids) == 1:
        (only,) = grids.values()
        only.price = max(only.price, nameless.price)
        only.size = max(only.size, nameless.size)
    table = InstrumentTable()
    with said_by(path):
        for name, grid in grids.items():
            symbol = name.decode("ascii", "replace")
            if wanted is None or symbol in wanted:
                table.add(crypto_instrument(symbol, grid, venue="BINANCE"))
    if not grids:
        msg = f"{path}: no message names a symbol; is this a Binance feed?"
        raise DataError(msg)
    return table


@dataclass
class _Depth:
    """What is known of one symbol's depth stream."""

    last: int | None = None
    recent: deque[tuple[int, int, list[tuple[int, int, int]]]] = field(
        default_factory=lambda: deque(maxlen=_RECENT)
    )


class _Reader:
    def __init__(
        self,
        stream: EventStream,
        path: Path,
        table: InstrumentTable,
        rows: Rows,
        *,
        quotes: bool,
    ) -> None:
        self.stream = stream
        self.path = path
        self.rows = rows
        self.quotes = quotes
        self.wanted = stream.symbols
        self.table = table
        self.decimals = [decimals_of(item) for item in table]
        self.depths = [_Depth() for _ in table]

    def line(self, number: int, line: bytes) -> None:
        try:
            stamp, _, text = line.partition(b" ")
            message = json.loads(text)
            self._message(number, int(stamp), message)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            what = f"{type(error).__name__}: {error}"
            if self.stream.policy is Policy.RAISE:
                msg = (
                    f"{self.path}, line {number}: not a Binance message ({what}); the "
                    f"line begins with {line[:60]!r}. Pass policy='drop' to leave "
                    "such lines out"
                )
                raise DataError(msg) from error
            self.stream.report("unreadable", "lines left out: " + what, [number])

    def _message(self, number: int, stamp: int, message: dict[str, Any]) -> None:
        if "lastUpdateId" in message:
            self.stream.count("snapshot")
            self._snapshot(number, stamp, message)
            return
        data = message.get("data", message)
        symbol = data.get("s", "")
        if self.wanted is not None and symbol not in self.wanted:
            return
        index = self.table.index(symbol) if symbol in self.table else None
        if index is None:
            msg = f"symbol {symbol!r} is not in the instrument table"
            raise ValueError(msg)
        what = data.get("e") or message.get("stream", "").rpartition("@")[2]
        self.stream.count(what)
        if self.quotes:
            if what == "bookTicker":
                self._quote(stamp, index, data)
        elif what == "depthUpdate":
            self._difference(number, stamp, index, data)
        elif what in {"trade", "aggTrade"}:
            self._trade(stamp, index, data)
        else:
            code = BOOK_TICKER if what == "bookTicker" else OTHER
            self.rows.event(stamp, index, EventKind.INFO, aux=code)

    def _quote(self, stamp: int, index: int, data: dict[str, Any]) -> None:
        price, size = self.decimals[index]
        self.rows.add(
            (
                stamp,
                index,
                0,
                scaled(data["b"], price),
                scaled(data["B"], size),
                scaled(data["a"], price),
                scaled(data["A"], size),
            )
        )

    def _trade(self, stamp: int, index: int, data: dict[str, Any]) -> None:
        price, size = self.decimals[index]
        # `m`: the buyer rested in the book.
        self.rows.event(
            stamp,
            index,
            EventKind.TRADE,
            side=0 if data["m"] else 1,
            price=scaled(data["p"], price),
            quantity=scaled(data["q"], size),
            aux=data["a"] if data["e"] == "aggTrade" else data["t"],
        )

    def _levels(
        self, index: int, bids: list[list[str]], asks: list[list[str]]
    ) -> list[tuple[int, int, int]]:
        price, size = self.decimals[index]
        return [
            (side, scaled(row[0], price), scaled(row[1], size))
            for side, rows in ((0, bids), (1, asks))
            for row in rows
        ]

    def _difference(
        self, number: int, stamp: int, index: int, data: dict[str, Any]
    ) -> None:
        depth = self.depths[index]
        first, last = int(data["U"]), int(data["u"])
        levels = self._levels(index, data["b"], data["a"])
        expected = data["pu"] if "pu" in data else first - 1
        if depth.last is not None and expected != depth.last:
            self.stream.report(
                "gap", "depth updates are missing before these lines", [number]
            )
        depth.last = last
        depth.recent.append((first, last, levels))
        self._emit(stamp, index, levels, 0)

    def _emit(
        self,
        stamp: int,
        index: int,
        levels: list[tuple[int, int, int]],
        flags: int,
        *,
        more: bool = False,
    ) -> None:
        code = int(EventKind.LEVEL)
        marked = int(flags | Flag.MORE)
        final = len(levels) - 1
        for at, (side, price, quantity) in enumerate(levels):
            bits = marked if more or at < final else flags
            self.rows.add((stamp, index, code, side, bits, 0, price, quantity, 0))

    def _snapshot(self, number: int, stamp: int, message: dict[str, Any]) -> None:
        if self.quotes:
            return
        named = message.get("s") or message.get("symbol")
        if named is None and len(self.table) == 1:
            index = 0
        elif named is not None and named in self.table:
            index = self.table.index(named)
        else:
            self.stream.report(
                "snapshot", "snapshots that name no symbol were left out", [number]
            )
            return
        at = int(message["lastUpdateId"])
        depth = self.depths[index]
        newer = [item for item in depth.recent if item[1] > at]
        if newer and newer[0][0] > at + 1 and len(newer) == len(depth.recent):
            self.stream.report(
                "gap", "snapshots older than the first depth update at hand", [number]
            )
        self.rows.event(
            stamp,
            index,
            EventKind.CLEAR,
            flags=Flag.SNAPSHOT | Flag.MORE,
        )
        levels = self._levels(index, message["bids"], message["asks"])
        self._emit(stamp, index, levels, Flag.SNAPSHOT, more=bool(newer))
        for position, (_, _, again) in enumerate(newer):
            self._emit(
                stamp,
                index,
                again,
                Flag.SNAPSHOT,
                more=position < len(newer) - 1,
            )
