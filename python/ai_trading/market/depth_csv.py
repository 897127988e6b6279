"""CSV files of crypto order books: Binance's depth history and Bitstamp's orders.

Binance depth history has one level per row (``update_type`` snap or set). Bitstamp has
one order action per row: created, changed or deleted, with the quantity that is left,
in 1e-8. Bitstamp does not say which order of a matching pair rested, so executions are
not told apart from amendments: a changed order is `MODIFY`, a deleted one `REMOVE`.
Timestamps are milliseconds of UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ai_trading.core.errors import DataError
from ai_trading.core.exact import file_path
from ai_trading.core.instrument import InstrumentTable
from ai_trading.core.records import EventKind, Flag
from ai_trading.market.binance import crypto_instrument
from ai_trading.market.decimals import Grid, decimals_of, scaled
from ai_trading.market.files import line_batches
from ai_trading.market.rows import Rows
from ai_trading.market.source import CHUNK, EventStream, Policy, Records, said_by

__all__ = ["open_binance_depth", "open_bitstamp"]

_MILLION = 1_000_000
_SATOSHI = 8


def open_bitstamp(
    path: str | Path,
    *,
    symbol: str = "BTCUSD",
    symbols: Iterable[str] | None = None,
    instruments: InstrumentTable | None = None,
    policy: Policy = Policy.RAISE,
    chunk: int = CHUNK,
) -> EventStream:
    """Open a file of Bitstamp order actions.

    Parameters
    ----------
    path : path-like
        CSV with columns id, timestamp, exchange.timestamp, price, volume, action,
        direction.
    symbol : str, default "BTCUSD"
        What is traded; the file does not say.
    symbols : iterable of str, optional
        For uniformity with other formats: if given, must hold `symbol`.
    instruments : InstrumentTable, optional
        Tick and lot to use; by default the finest decimals of the prices and 1e-8.
    policy : Policy, default RAISE
        What happens to a line that cannot be read or is out of time order.
    chunk : int
        Largest number of records in one array.

    Notes
    -----
    Actions on orders created before the file begins are passed on and reported as
    ``resting_before``.
    """
    path = file_path("path", path)
    if instruments is None:
        grid = Grid()
        for rows in _tables(path, ("price",)):
            grid.widen([_fraction(row[0]) for _, row in rows], ())
        grid.size = _SATOSHI
        instruments = InstrumentTable(
            [crypto_instrument(symbol, grid, venue="BITSTAMP")]
        )
    index = instruments.index(symbol)
    price_decimals = decimals_of(instruments[index])[0]
    columns = ("id", "timestamp", "price", "volume", "action", "direction")
    kinds = {
        b"created": EventKind.ADD,
        b"changed": EventKind.MODIFY,
        b"deleted": EventKind.REMOVE,
    }
    sides = {b"bid": 0, b"ask": 1}

    def chunks(stream: EventStream) -> Iterator[Records]:
        out = Rows(chunk)
        live: set[int] = set()

        def one(number: int, row: tuple[bytes, ...]) -> None:
            number_id, stamp, price, volume, action, direction = row
            order_id = int(number_id)
            kind = kinds[action]
            stream.count(str(action, "ascii"))
            if kind is EventKind.ADD:
                live.add(order_id)
            elif order_id not in live:
                stream.report(
                    "resting_before",
                    "actions on orders that were created before the file begins",
                    [number],
                )
            if kind is EventKind.REMOVE:
                live.discard(order_id)
            out.event(
                int(stamp) * _MILLION,
                index,
                kind,
                side=sides[direction],
                order_id=order_id,
                price=scaled(price.decode(), price_decimals),
                quantity=int(volume),
            )

        for rows in _tables(path, columns):
            _each(stream, path, rows, one)
            yield from out.full()
        yield from out.rest()

    return EventStream(
        chunks,
        instruments,
        str(path),
        policy=policy,
        symbols=None if symbols is None else frozenset(symbols),
    )


def open_binance_depth(
    path: str | Path,
    *,
    symbols: Iterable[str] | None = None,
    instruments: InstrumentTable | None = None,
    policy: Policy = Policy.RAISE,
    chunk: int = CHUNK,
) -> EventStream:
    """Open a file of Binance's depth history, snapshots or updates.

    Parameters
    ----------
    path : path-like
        CSV with columns symbol, timestamp, first_update_id, last_update_id, side,
        update_type, price, qty, pu.
    symbols, instruments, policy, chunk
        As in `open_binance`.
    """
    path = file_path("path", path)
    wanted = None if symbols is None else frozenset(symbols)
    if instruments is None:
        instruments = InstrumentTable()
        grids: dict[bytes, Grid] = {}
        for rows in _tables(path, ("symbol", "price", "qty")):
            for _, (name, price, quantity) in rows:
                grids.setdefault(name, Grid()).widen(
                    [_fraction(price)], [_fraction(quantity)]
                )
        with said_by(path):
            for name, grid in grids.items():
                if wanted is None or name.decode("utf-8", "replace") in wanted:
                    instruments.add(
                        crypto_instrument(
                            name.decode("utf-8", "replace"), grid, venue="BINANCE"
                        )
                    )
    table = instruments
    decimals = [decimals_of(item) for item in table]
    columns = (
        "symbol", "timestamp", "last_update_id", "side", "update_type", "price", "qty",
    )  # fmt: skip
    sides = {b"b": 0, b"a": 1}

    def chunks(stream: EventStream) -> Iterator[Records]:
        out = Rows(chunk)
        group: tuple[bytes, ...] = ()
        waiting: tuple[int, ...] | None = None

        def one(_: int, row: tuple[bytes, ...]) -> None:
            nonlocal group, waiting
            name, stamp, update, side, what, price, quantity = row
            symbol = name.decode("utf-8", "replace")
            if wanted is not None and symbol not in wanted:
                return
            index = table.index(symbol)
            if what not in {b"snap", b"set"}:
                msg = f"update_type must be snap or set; received {what!r}"
                raise ValueError(msg)
            stream.count("snap" if what == b"snap" else "set")
            snap = Flag.SNAPSHOT if what == b"snap" else 0
            level = (
                int(stamp) * _MILLION,
                index,
                int(EventKind.LEVEL),
                sides[side],
                int(snap),
                0,
                scaled(price.decode(), decimals[index][0]),
                scaled(quantity.decode(), decimals[index][1]),
                0,
            )
            same = (name, stamp, update, what)
            if waiting is not None:
                more = int(Flag.MORE) if same == group else 0
                out.add((*waiting[:4], waiting[4] | more, *waiting[5:]))
            if snap and same != group:
                flags = Flag.SNAPSHOT | Flag.MORE
                out.event(level[0], index, EventKind.CLEAR, flags=flags)
            group, waiting = same, level

        for rows in _tables(path, columns):
            _each(stream, path, rows, one)
            yield from out.full()
        if waiting is not None:
            out.add(waiting)
        yield from out.rest()

    return EventStream(chunks, table, str(path), policy=policy, symbols=wanted)


def _each(
    stream: EventStream,
    path: Path,
    rows: Iterable[tuple[int, tuple[bytes, ...]]],
    one: Callable[[int, tuple[bytes, ...]], None],
) -> None:
    for number, row in rows:
        try:
            one(number, row)
        except (ValueError, KeyError) as error:
            what = f"{type(error).__name__}: {error}"
            shown = b",".join(row)[:80].decode("utf-8", "replace")
            if stream.policy is Policy.RAISE:
                msg = (
                    f"{path}, line {number}: cannot be read ({what}); it says {shown}. "
                    "Pass policy='drop' to leave such lines out"
                )
                raise DataError(msg) from error
            stream.report("unreadable", "lines left out: " + what, [number])


def _tables(
    path: Path, columns: tuple[str, ...]
) -> Iterator[list[tuple[int, tuple[bytes, ...]]]]:
    """Yield the wanted columns of a CSV with a header, with line numbers."""
    where: list[int] | None = None
    width = 0
    for number, lines in line_batches(path):
        start = 0
        if where is None:
            header = lines[0].decode("utf-8-sig", "replace").strip().lower().split(",")
            missing = [name for name in columns if name not in header]
            if missing:
                msg = (
                    f"{path}, line 1: the header lacks {', '.join(missing)}; it has "
                    f"{', '.join(header)}"
                )
                raise DataError(msg)
            where = [header.index(name) for name in columns]
            width = len(header)
            start = 1
        rows = []
        for offset, line in enumerate(lines[start:], start):
            if not line:
                continue
            cells = line.split(b",")
            if len(cells) != width:
                msg = (
                    f"{path}, line {number + offset}: {len(cells)} columns where the "
                    f"header has {width}; the file may be cut off or change format "
                    f"there. It says {line[:60]!r}"
                )
                raise DataError(msg)
            rows.append((number + offset, tuple(cells[at] for at in where)))
        yield rows


def _fraction(number: bytes) -> bytes:
    return number.partition(b".")[2]
