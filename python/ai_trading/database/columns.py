"""Columns of a table, made from arrays and read back into them.

Everything is integers: a price in ticks times the tick size in 1e-9 is the price in
1e-9, which is what SQLite stores and what PostgreSQL's NUMERIC is made of. Each product
is checked against 64 bits. Which record becomes which column is said in
`ai_trading.database.rows`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Numeric,
    cast,
    select,
    type_coerce,
)
from sqlalchemy.exc import DBAPIError

from ai_trading.core.errors import ArgumentError, DatabaseError, DataError
from ai_trading.database import models
from ai_trading.database.types import (
    INT64_MAX,
    ExactDecimal,
    from_units,
    to_units,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from enum import StrEnum

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from ai_trading.core.instrument import Instrument, InstrumentTable

__all__ = [
    "Columns",
    "Ints",
    "Scaled",
    "Units",
    "check",
    "codes",
    "divided",
    "insert",
    "ints",
    "or_none",
    "places",
    "price",
    "quantity",
    "read",
    "signed",
    "times",
    "to_places",
    "with_ids",
    "words",
]

# Rows of one statement: enough to make its cost per row vanish, few enough to keep
# their Python objects within some megabytes.
CHUNK: Final = 10_000

Ints: TypeAlias = "NDArray[np.int64]"


@dataclass(frozen=True, slots=True)
class Scaled:
    """Decimals as whole numbers of ``10**-digits``, some of them absent.

    Attributes
    ----------
    units : ndarray of int64, shape (n,)
    digits : int
    absent : ndarray of bool, shape (n,), optional
    """

    units: Ints
    digits: int
    absent: NDArray[np.bool_] | None = None


Columns: TypeAlias = "dict[str, Ints | Scaled | list[Any]]"


@dataclass(frozen=True, slots=True)
class Units:
    """The instruments of a run, and their tick and lot in stored units.

    Attributes
    ----------
    table : InstrumentTable
    tick : ndarray of int64, shape (instruments,)
        The tick size in units of the price column.
    lot : ndarray of int64, shape (instruments,)
        The lot size in units of the quantity column.
    """

    table: InstrumentTable
    tick: Ints
    lot: Ints

    @classmethod
    def of(cls, table: InstrumentTable) -> Units:
        """Convert the sizes of every instrument.

        Raises
        ------
        ArgumentError
            If a size is finer than its column.
        """
        tick = [_size(i, "tick_size", models.PRICE_DIGITS) for i in table]
        lot = [_size(i, "lot_size", models.QUANTITY_DIGITS) for i in table]
        return cls(table, np.array(tick, np.int64), np.array(lot, np.int64))


def _size(instrument: Instrument, name: str, digits: int) -> int:
    try:
        return to_units(getattr(instrument, name), digits)
    except ArgumentError as error:
        msg = f"{name} of {instrument.symbol}: {error}"
        raise ArgumentError(msg) from None


# From records to columns


def check(array: NDArray[np.void], dtype: np.dtype[np.void], what: str) -> None:
    """Refuse an array that does not hold these records."""
    if array.dtype != dtype or array.ndim != 1:
        msg = (
            f"{what} must be a one-dimensional array of the core's records; received "
            f"shape {array.shape} of {array.dtype}"
        )
        raise DataError(msg)


def places(array: NDArray[np.void], units: Units, what: str) -> Ints:
    """Return the place of each record's instrument in the run's table."""
    place: Ints = array["instrument"].astype(np.int64)
    bad = np.flatnonzero(place >= len(units.table))
    if bad.size:
        msg = (
            f"{what}[{bad[0]}] names instrument {place[bad[0]]}; the run has "
            f"{len(units.table)} instruments, counted from 0"
        )
        raise DataError(msg)
    return place


def price(
    array: NDArray[np.void],
    name: str,
    place: Ints,
    units: Units,
    what: str,
    *,
    absent: NDArray[np.bool_] | None = None,
) -> Scaled:
    """Return prices in ticks as the price column counts them."""
    scaled = times(array[name], units.tick, place, f"{what}[].{name}")
    return Scaled(scaled, models.PRICE_DIGITS, absent)


def quantity(
    array: NDArray[np.void], name: str, place: Ints, units: Units, what: str
) -> Scaled:
    """Return quantities in lots as the quantity column counts them."""
    scaled = times(array[name], units.lot, place, f"{what}[].{name}")
    return Scaled(scaled, models.QUANTITY_DIGITS)


def times(counts: Ints, size: Ints, place: Ints, what: str) -> Ints:
    """Multiply counts of ticks or lots by their size, within 64 bits."""
    bound = (INT64_MAX // size)[place]
    bad = np.flatnonzero((counts > bound) | (counts < -bound))
    if bad.size:
        row = bad[0]
        msg = (
            f"{what} is {counts[row]} ticks or lots in row {row}; at most "
            f"{bound[row]} fit the column"
        )
        raise DataError(msg)
    product: Ints = counts * size[place]
    return product


def words(
    codes: NDArray[Any], words: Mapping[int, StrEnum], what: str, name: str
) -> list[Any]:
    """Return the words that the database keeps for the core's codes."""
    known = np.full(256, None, object)
    for code, word in words.items():
        known[code] = word.value
    found: list[Any] = known[codes].tolist()
    if None in found:
        row = found.index(None)
        allowed = ", ".join(f"{code} {word}" for code, word in words.items())
        msg = f"{what}[{row}].{name} is code {codes[row]}; known are {allowed}"
        raise DataError(msg)
    return found


def signed(ids: NDArray[Any]) -> Ints:
    """Return the bits of unsigned ids; `Unsigned64` reads them back."""
    return np.ascontiguousarray(ids).view(np.int64)


def or_none(numbers: Ints) -> list[Any]:
    """Return numbers with None for zero, which is the core's word for it."""
    return [number or None for number in numbers.tolist()]


# Into the database


def with_ids(columns: Columns, ids: Ints) -> Columns:
    """Put the database's instrument ids in place of the run's own indices."""
    place = columns["instrument_id"]
    assert isinstance(place, np.ndarray)
    return {**columns, "instrument_id": ids[place]}


def insert(connection: Connection, name: str, run: int, columns: Columns) -> None:
    """Append a run's rows to a table, `CHUNK` at a time.

    The values are already what the driver takes, so they go to it directly, by COPY on
    PostgreSQL: the column types would only check again, one Python call per value, what
    arrays have checked.
    """
    quote = connection.dialect.identifier_preparer.quote
    native = connection.dialect.name == "sqlite"
    names = ("run_id", "sequence", *columns)
    into = f"{quote(name)} ({', '.join(map(quote, names))})"
    total = _length(columns)
    for start in range(0, total, CHUNK):
        stop = min(start + CHUNK, total)
        values = [
            _slice(column, start, stop, native=native) for column in columns.values()
        ]
        rows = zip(repeat(run), range(start, stop), *values, strict=False)
        if native:
            marks = ", ".join("?" * len(names))
            connection.exec_driver_sql(
                f"INSERT INTO {into} VALUES ({marks})",  # noqa: S608 - our own names
                list(rows),
            )
        else:
            _copy(connection, f"COPY {into} FROM STDIN", rows)


def _copy(connection: Connection, statement: str, rows: Iterable[Any]) -> None:
    cursor: Any = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError(statement, None, error) from error
    finally:
        cursor.close()


def _length(columns: Columns) -> int:
    first = next(iter(columns.values()))
    return len(first.units if isinstance(first, Scaled) else first)


def _slice(
    column: Ints | Scaled | list[Any], start: int, stop: int, *, native: bool
) -> list[Any]:
    if isinstance(column, list):
        return column[start:stop]
    if isinstance(column, np.ndarray):
        numbers: list[Any] = column[start:stop].tolist()
        return numbers
    values: list[Any] = column.units[start:stop].tolist()
    if not native:
        values = [from_units(n, column.digits) for n in values]
    if column.absent is not None:
        for row in np.flatnonzero(column.absent[start:stop]).tolist():
            values[row] = None
    return values


# Back into arrays


def read(connection: Connection, table: Any, run: int) -> dict[str, Sequence[Any]]:
    """Return a run's rows of a table, column by column, in their old order."""
    names = [c.name for c in table.columns if c.name not in {"run_id", "sequence"}]
    query = (
        select(*(_raw(connection, table.c[name]).label(name) for name in names))
        .where(table.c.run_id == run)
        .order_by(table.c.sequence)
    )
    found = connection.execute(query).all()
    if not found:
        return dict.fromkeys(names, ())
    return dict(zip(names, zip(*found, strict=True), strict=True))


def _raw(connection: Connection, column: Any) -> ColumnElement[Any]:
    """Return the column as the integer or text it is made of."""
    kind = column.type
    if isinstance(kind, ExactDecimal):
        if connection.dialect.name == "sqlite":
            return type_coerce(column, BigInteger())
        # NUMERIC times a power of ten is exact, and whole by the column's scale.
        return cast(type_coerce(column, Numeric()) * 10**kind.scale, BigInteger())
    return type_coerce(column, getattr(kind, "impl", kind))


def ints(values: Sequence[Any]) -> Ints:
    """Return integers, zero where there is none."""
    return np.array([0 if value is None else value for value in values], np.int64)


def codes(values: Sequence[str], words: Mapping[int, StrEnum]) -> list[int]:
    """Return the core's codes for the words that the database keeps."""
    known = {word.value: code for code, word in words.items()}
    try:
        return [known[value] for value in values]
    except KeyError as error:
        msg = f"the database holds {error.args[0]!r}, which the core has no code for"
        raise DatabaseError(msg) from None


def to_places(ids: Sequence[int], places: Mapping[int, int]) -> Ints:
    """Return the places in the run's table of instruments' ids."""
    return np.array([places[number] for number in ids], np.int64)


def divided(units: Ints, size: Ints, what: str) -> Ints:
    """Return counts of ticks or lots; what is no whole number is refused."""
    counts, rest = np.divmod(units, size)
    bad = np.flatnonzero(rest)
    if bad.size:
        msg = (
            f"{what} in row {bad[0]} is no whole number of ticks or lots; was it "
            f"changed by hand?"
        )
        raise DatabaseError(msg)
    whole: Ints = counts
    return whole
