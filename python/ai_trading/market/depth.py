"""The best levels of one instrument after each event, and LOBSTER files of them.

Order-by-order sources keep a book of orders, sources of totals a book of levels; which
one is seen from the events. Whatever the book refuses is reported, not hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TextIO
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.instrument import Instrument
from ai_trading.core.optional import needs_core
from ai_trading.core.records import EVENT, EventKind, Flag, TradingState
from ai_trading.market.lobster import NO_ASK, NO_BID
from ai_trading.market.native import appearing, unwritable
from ai_trading.market.source import EventStream, Records

with needs_core():
    from ai_trading._core import book

__all__ = ["DepthFiles", "depth", "report_refused", "write_depth"]

_PIECE = 1 << 16
_REFUSED = {
    code: (name, words)
    for name, words in (
        ("unknown_id", "events on orders that were never added"),
        ("duplicate_id", "orders added under an id that is in use"),
        ("quantity_too_large", "events that take more than their order has"),
        ("quantity_not_positive", "events without a positive quantity"),
        ("price_out_of_range", "prices out of range"),
        ("side_missing", "orders without a side"),
    )
    for code in [book.reject_codes[name]]
}
_DANGLING = book.reject_codes["unknown_id"]

# LOBSTER's type of each event kind; 0 where LOBSTER has none.
_LOBSTER_TYPE = np.zeros(16, np.int64)
for _kind, _code in (
    (EventKind.ADD, 1),
    (EventKind.REPLACE, 1),
    (EventKind.MODIFY, 1),
    (EventKind.LEVEL, 1),
    (EventKind.REDUCE, 2),
    (EventKind.REMOVE, 3),
    (EventKind.CLEAR, 3),
    (EventKind.EXECUTE, 4),
    (EventKind.EXECUTE_AT, 4),
    (EventKind.TRADE, 5),
    (EventKind.CROSS, 6),
    (EventKind.STATUS, 7),
):
    _LOBSTER_TYPE[_kind] = _code
_HALT_PRICES = {
    int(TradingState.HALTED): -1,
    int(TradingState.QUOTATION): 0,
    int(TradingState.CONTINUOUS): 1,
}


def report_refused(
    stream: EventStream, codes: NDArray[np.uint8], rows: NDArray[np.int64]
) -> None:
    """Report what a book refused: its codes, and the event numbers they belong to."""
    for code in np.unique(codes[codes != 0]).tolist():
        name, words = _REFUSED.get(code, (f"refused_{code}", "events the book refused"))
        name = "dangling" if code == _DANGLING else name
        stream.report(name, words, rows[codes == code].tolist())


def depth(
    stream: EventStream, symbol: str, levels: int
) -> Iterator[tuple[Records, NDArray[np.int64]]]:
    """Yield events and the best levels of one instrument after each.

    Parameters
    ----------
    stream : EventStream
        Order-by-order or level events.
    symbol : str
        The instrument looked at; the events of all are yielded.
    levels : int
        How many levels per side, at least 1.

    Yields
    ------
    events : ndarray of EVENT
        The stream's messages, in order; events that restore what a message revealed
        (flag `SIMULATED`) belong to the message in front of them and are not yielded.
    rows : ndarray of shape (len(events), levels, 4), int64
        Ask price, ask quantity, bid price, bid quantity in ticks and lots, best first.
        A level that is not there has quantity 0.

    Raises
    ------
    ArgumentError
        If `levels` is not positive or the stream holds no events.
    DataError
        If the symbol is unknown, or while reading.
    """
    if levels < 1:
        msg = f"levels must be at least 1; received {levels}"
        raise ArgumentError(msg)
    if stream.kind != "events":
        msg = f"{stream.source} holds {stream.kind}; depth needs order or level events"
        raise ArgumentError(msg)
    books: Any = None
    held = np.empty(0, EVENT)
    number = 0
    for chunk in stream:
        if books is None and np.any(chunk["kind"] == EventKind.LEVEL):
            books = book.LevelBook()
        elif books is None and np.any(_moves_orders(chunk["kind"])):
            books = book.Books()
        for start in range(0, chunk.size, _PIECE):
            events = np.concatenate([held, chunk[start : start + _PIECE]])
            real = np.flatnonzero(events["flags"] & Flag.SIMULATED == 0)
            # Restored levels may follow the last message in the next piece.
            cut = int(real[-1]) if real.size else 0
            held = events[cut:]
            if cut:
                index = _index(stream, symbol)
                yield _apply(books or book.Books(), stream, events[:cut], index, levels,
                             number)  # fmt: skip
                number += cut
    if held.size:
        index = _index(stream, symbol)
        yield _apply(books or book.Books(), stream, held, index, levels, number)
    else:
        _index(stream, symbol)


def _moves_orders(kind: NDArray[np.uint8]) -> NDArray[np.bool_]:
    moves: NDArray[np.bool_] = (kind >= EventKind.ADD) & (kind <= EventKind.MODIFY)
    return moves


def _index(stream: EventStream, symbol: str) -> int:
    if symbol in stream.instruments:
        return stream.instruments.index(symbol)
    # Not named yet: no index of an instrument, so that its book is empty.
    return (1 << 20) - 1


def _apply(  # noqa: PLR0917  one step of depth()
    books: Any,
    stream: EventStream,
    events: Records,
    index: int,
    levels: int,
    number: int,
) -> tuple[Records, NDArray[np.int64]]:
    rows, codes = books.depth_after_each(events, index, levels)
    report_refused(stream, codes, np.arange(number, number + events.size))
    real = np.flatnonzero(events["flags"] & Flag.SIMULATED == 0)
    last = np.append(real[1:] - 1, events.size - 1)
    return events[real], rows.reshape(events.size, levels, 4)[last]


@dataclass(frozen=True, slots=True)
class DepthFiles:
    """What `write_depth` wrote."""

    messages: Path
    orderbook: Path
    rows: int


def write_depth(
    stream: EventStream,
    folder: str | Path,
    *,
    symbol: str | None = None,
    levels: int = 10,
    rows: Literal["changed", "all"] = "changed",
) -> DepthFiles:
    """Write LOBSTER-style message and order-book files.

    Parameters
    ----------
    stream : EventStream
        Order-by-order or level events.
    folder : path-like
        Where the two files go; made if missing.
    symbol : str, optional
        The instrument; may be left out where the source has one.
    levels : int, default 10
        Levels per side in the order-book file.
    rows : {"changed", "all"}, default "changed"
        A row where the best `levels` changed, or one for every message of the source,
        in its order.

    Returns
    -------
    DepthFiles
        The two paths and the number of rows.

    Raises
    ------
    ArgumentError
        If `levels` or `rows` is not one, or `symbol` is missing.
    DataError
        If the symbol is unknown, or a price times 10,000 is not whole.

    Notes
    -----
    Message lines hold seconds since midnight (New York for US instruments, UTC
    otherwise), type, order id, size in lots, price times 10,000 and direction of the
    resting order. Replaced and modified orders are type 1 with their new id, price and
    size; messages that LOBSTER has no type for are type 0, and there only with
    ``rows="all"``.
    """
    if rows not in {"changed", "all"}:
        msg = f"rows must be 'changed' or 'all'; received {rows!r}"
        raise ArgumentError(msg)
    folder = Path(folder)
    if symbol is None:
        symbol = _only_symbol(stream)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    names = (folder / f".{symbol}.message", folder / f".{symbol}.orderbook")
    writer = _Writer(stream, symbol, levels, every=rows == "all")
    with appearing(names[0]) as one, appearing(names[1]) as two:
        with one.open("w") as message_file, two.open("w") as book_file:
            for events, best in depth(stream, symbol, levels):
                writer(events, best, message_file, book_file)
        if symbol not in stream.instruments:
            known = ", ".join(stream.instruments.symbols[:10])
            msg = f"{stream.source} holds no {symbol}; it has {known or 'no symbol'}"
            raise DataError(msg)
    stem = writer.stem()
    paths = (
        folder / f"{stem}_message_{levels}.csv",
        folder / f"{stem}_orderbook_{levels}.csv",
    )
    for name, path in zip(names, paths, strict=True):
        name.replace(path)
    return DepthFiles(*paths, writer.rows)


def _only_symbol(stream: EventStream) -> str:
    if not len(stream.instruments):
        for _ in stream:
            pass
    if len(stream.instruments) == 1:
        return stream.instruments[0].symbol
    shown = ", ".join(stream.instruments.symbols[:10])
    msg = (
        f"{stream.source} has {len(stream.instruments)} symbols ({shown}); say which "
        "with symbol= (--symbol)"
    )
    raise ArgumentError(msg)


class _Writer:
    """Formats rows; follows orders where their events do not repeat price and side."""

    def __init__(
        self, stream: EventStream, symbol: str, levels: int, *, every: bool
    ) -> None:
        self.stream = stream
        self.symbol = symbol
        self.levels = levels
        self.every = every
        self.rows = 0
        self.last = np.zeros((levels, 4), np.int64)
        self.orders: dict[int, tuple[int, int, int]] = {}
        self.midnight: int | None = None
        self.day = ""
        self.first = self.final = 0

    def stem(self) -> str:
        """Return the name of the files as LOBSTER makes it."""
        start = self.first // 1_000_000
        end = -(-self.final // 1_000_000)
        symbol = "".join(c if c.isalnum() or c in ".-" else "-" for c in self.symbol)
        return f"{symbol}_{self.day or '1970-01-01'}_{start}_{end}"

    def __call__(
        self,
        events: Records,
        best: NDArray[np.int64],
        message_file: TextIO,
        book_file: TextIO,
    ) -> None:
        """Write the rows that some events make."""
        known = self.symbol in self.stream.instruments
        instrument = (
            self.stream.instruments[self.symbol] if known else Instrument(self.symbol)
        )
        index = self.stream.instruments.index(self.symbol) if known else -1
        best = best.copy()
        best[best[:, :, 1] == 0, 0] = 0
        best[best[:, :, 3] == 0, 2] = 0
        changed = np.empty(events.size, np.bool_)
        changed[0] = bool(np.any(best[0] != self.last))
        changed[1:] = (best[1:] != best[:-1]).any(axis=(1, 2))
        self.last = best[-1]
        lines = self._messages(events, index, instrument)
        chosen = np.arange(events.size) if self.every else np.flatnonzero(changed)
        message_file.writelines(lines[at] for at in chosen.tolist())
        self._books(best[chosen], instrument, book_file)
        self.rows += chosen.size

    def _scaled(self, prices: NDArray[Any], instrument: Instrument) -> NDArray[Any]:
        factor = Fraction(instrument.tick_size) * 10_000
        scaled, off = np.divmod(prices * factor.numerator, factor.denominator)
        if np.any(off):
            msg = (
                f"{self.stream.source}: a price of {self.symbol} times 10,000 is not "
                f"whole (its tick is {instrument.tick_size}); LOBSTER's format cannot "
                "hold it"
            )
            raise DataError(msg)
        return np.asarray(scaled)

    def _books(
        self, best: NDArray[np.int64], instrument: Instrument, file: TextIO
    ) -> None:
        out = best.copy()
        for column, nothing in ((0, NO_ASK), (2, NO_BID)):
            prices = self._scaled(best[:, :, column], instrument)
            out[:, :, column] = np.where(best[:, :, column + 1] > 0, prices, nothing)
        cells = out.reshape(out.shape[0], 4 * self.levels).tolist()
        file.writelines(",".join(map(str, row)) + "\n" for row in cells)

    def _messages(
        self, events: Records, index: int, instrument: Instrument
    ) -> list[str]:
        if self.midnight is None:
            self._begin(int(events["timestamp"][0]), instrument)
        since = events["timestamp"] - self.midnight
        self.final = int(since[-1])
        told = self._told(events, index)
        prices = self._scaled(told[:, 2], instrument).tolist()
        types = _LOBSTER_TYPE[events["kind"]]
        halted = types == 7
        lines = []
        columns = zip(
            since.tolist(), types.tolist(), told.tolist(), prices, halted.tolist(),
            events["aux"].tolist(), strict=True,
        )  # fmt: skip
        for stamp, kind, (order, size, _, way), price, halt, aux in columns:
            if halt:
                tail = f"7,0,0,{_HALT_PRICES.get(aux, -1)},-1\n"
            else:
                # Ids are unsigned; the array holds their bits.
                tail = f"{kind},{order % (1 << 64)},{size},{price},{way}\n"
            lines.append(f"{stamp // 10**9}.{stamp % 10**9:09d},{tail}")
        return lines

    def _begin(self, stamp: int, instrument: Instrument) -> None:
        zone = ZoneInfo("America/New_York") if instrument.calendar == "XNYS" else UTC
        day = datetime.fromtimestamp(stamp // 10**9, zone).date()
        self.midnight = int(datetime.combine(day, time(), zone).timestamp()) * 10**9
        self.day = day.isoformat()
        self.first = stamp - self.midnight

    def _told(self, events: Records, index: int) -> NDArray[np.int64]:
        """Order id, size, price and direction of each message's line."""
        kinds = events["kind"].tolist()
        rows = zip(
            kinds, events["side"].tolist(), events["order_id"].tolist(),
            events["price"].tolist(), events["quantity"].tolist(),
            events["aux"].tolist(), strict=True,
        )  # fmt: skip
        orders = self.orders
        ours = (events["instrument"] == index).tolist()
        out = []
        for mine, (kind, side, order, price, quantity, aux) in zip(
            ours, rows, strict=True
        ):
            if not mine:
                out.append((0, 0, 0, 0))
                continue
            size = quantity
            if kind == EventKind.ADD:
                orders[order] = (side, price, quantity)
            elif kind == EventKind.REPLACE:
                side = orders.pop(order, (side, 0, 0))[0]  # noqa: PLW2901
                order = aux  # noqa: PLW2901
                orders[order] = (side, price, quantity)
            elif kind == EventKind.MODIFY:
                side = orders.get(order, (side, 0, 0))[0]  # noqa: PLW2901
                orders[order] = (side, price, quantity)
            elif kind in _TAKING and order in orders:
                side, own, left = orders[order]  # noqa: PLW2901
                size = left if kind == EventKind.REMOVE else quantity
                if kind != EventKind.EXECUTE_AT:
                    price = own  # noqa: PLW2901
                if size >= left:
                    del orders[order]
                else:
                    orders[order] = (side, own, left - size)
            elif kind in _NAMELESS:
                order = 0  # noqa: PLW2901
            way = {0: 1, 1: -1}.get(side, 0)
            if kind in _SILENT:
                size, price, way = 0, 0, 0  # noqa: PLW2901
            signed = order - (1 << 64) if order >= 1 << 63 else order
            out.append((signed, size, price, way))
        return np.array(out, np.int64).reshape(-1, 4)


_TAKING = frozenset(
    {EventKind.REDUCE, EventKind.REMOVE, EventKind.EXECUTE, EventKind.EXECUTE_AT}
)
_SILENT = frozenset(
    {EventKind.INFO, EventKind.IMBALANCE, EventKind.STATUS, EventKind.BROKEN}
)
_NAMELESS = _SILENT | {EventKind.TRADE, EventKind.CROSS}
