"""Records of the core to columns of tables and back, on whole arrays.

Everything is integers: a price in ticks times the tick size in 1e-9 is the price in
1e-9, which is what SQLite stores and what PostgreSQL's NUMERIC is made of. Each product
is checked against 64 bits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
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
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from ai_trading.core import records
from ai_trading.core.errors import ArgumentError, DatabaseError, DataError
from ai_trading.core.instrument import Instrument, InstrumentTable
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

__all__ = [
    "Columns",
    "Units",
    "account_columns",
    "fill_columns",
    "final_quantities",
    "insert",
    "instrument_ids",
    "order_columns",
    "read_account",
    "read_fills",
    "read_orders",
    "to_instrument",
    "with_ids",
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


# Out of the core


def order_columns(orders: NDArray[np.void], units: Units) -> Columns:
    """Turn ORDER records into the columns of table ``orders``."""
    _check(orders, records.ORDER, "orders")
    place = _places(orders, units, "orders")
    kind = _words(orders["type"], records.ORDER_TYPE, "orders", "type")
    no_price = (orders["price"] == 0) & (
        orders["type"] == records.order_type_code("market")
    )
    return {
        "order_id": _signed(orders["order_id"]),
        "parent_id": _or_none(_signed(orders["parent_id"])),
        "instrument_id": place,
        "strategy": orders["strategy"].astype(np.int64),
        "side": _words(orders["side"], records.SIDE, "orders", "side"),
        "order_type": kind,
        "time_in_force": _words(
            orders["time_in_force"], records.TIME_IN_FORCE, "orders", "time_in_force"
        ),
        "status": _words(orders["status"], records.ORDER_STATUS, "orders", "status"),
        "reason": _or_none(orders["reason"].astype(np.int64)),
        "price": _price(orders, "price", place, units, "orders", absent=no_price),
        "quantity": _quantity(orders, "quantity", place, units, "orders"),
        "filled": _quantity(orders, "filled", place, units, "orders"),
        "filled_units": orders["filled_value"],
        "fee": Scaled(orders["fee"], models.FEE_DIGITS),
        "submitted_ns": orders["submitted"],
        "acknowledged_ns": _or_none(orders["acknowledged"]),
        "done_ns": _or_none(orders["done"]),
    }


def fill_columns(fills: NDArray[np.void], units: Units) -> Columns:
    """Turn FILL records into the columns of table ``fills``."""
    _check(fills, records.FILL, "fills")
    place = _places(fills, units, "fills")
    return {
        "fill_id": _signed(fills["fill_id"]),
        "order_id": _or_none(_signed(fills["order_id"])),
        "instrument_id": place,
        "strategy": fills["strategy"].astype(np.int64),
        "timestamp_ns": fills["timestamp"],
        "side": _words(fills["side"], records.SIDE, "fills", "side"),
        "liquidity": _words(
            fills["liquidity"], records.LIQUIDITY, "fills", "liquidity"
        ),
        "price": _price(fills, "price", place, units, "fills"),
        "quantity": _quantity(fills, "quantity", place, units, "fills"),
        "fee": Scaled(fills["fee"], models.FEE_DIGITS),
        "realized": Scaled(fills["realized"], models.AMOUNT_DIGITS),
        "position": _quantity(fills, "position", place, units, "fills"),
    }


def incident_columns(incidents: NDArray[np.void], units: Units) -> Columns:
    """Turn INCIDENT records into the columns of table ``run_incidents``."""
    _check(incidents, records.INCIDENT, "incidents")
    place = _places(incidents, units, "incidents")
    return {
        "timestamp_ns": incidents["timestamp"],
        "order_id": _or_none(_signed(incidents["order_id"])),
        "fill_id": _or_none(_signed(incidents["fill_id"])),
        "execution": _or_none(_signed(incidents["execution"])),
        "instrument_id": place,
        "quantity": _quantity(incidents, "quantity", place, units, "incidents"),
        "code": incidents["code"].astype(np.int64),
        "report": incidents["report"].astype(np.int64),
        "restricted": (incidents["restricted"] != 0).tolist(),
    }


def account_columns(account: NDArray[np.void]) -> Columns:
    """Turn ACCOUNT records into the columns of table ``equity_points``."""
    _check(account, records.ACCOUNT, "account")
    amounts = {
        name: Scaled(account[name], models.AMOUNT_DIGITS) for name in _ACCOUNT_AMOUNTS
    }
    return {"timestamp_ns": account["timestamp"], **amounts}


_ACCOUNT_AMOUNTS: Final = ("cash", "value", "realized", "unrealized", "fees", "gross")


def final_quantities(positions: Mapping[int, int], units: Units) -> list[Decimal]:
    """Return what is held of every instrument at the end, 0 where none is."""
    held = np.zeros(len(units.table), np.int64)
    for place, lots in positions.items():
        if not 0 <= place < len(held):
            msg = (
                f"final_positions names instrument {place}; the run has {len(held)} "
                f"instruments, counted from 0"
            )
            raise DataError(msg)
        held[place] = lots
    every = np.arange(len(held), dtype=np.int64)
    scaled = _times(held, units.lot, every, "final_positions")
    return [from_units(n, models.QUANTITY_DIGITS) for n in scaled.tolist()]


def _check(array: NDArray[np.void], dtype: np.dtype[np.void], what: str) -> None:
    if array.dtype != dtype or array.ndim != 1:
        msg = (
            f"{what} must be a one-dimensional array of the core's records; received "
            f"shape {array.shape} of {array.dtype}"
        )
        raise DataError(msg)


def _places(array: NDArray[np.void], units: Units, what: str) -> Ints:
    place: Ints = array["instrument"].astype(np.int64)
    bad = np.flatnonzero(place >= len(units.table))
    if bad.size:
        msg = (
            f"{what}[{bad[0]}] names instrument {place[bad[0]]}; the run has "
            f"{len(units.table)} instruments, counted from 0"
        )
        raise DataError(msg)
    return place


def _price(
    array: NDArray[np.void],
    name: str,
    place: Ints,
    units: Units,
    what: str,
    *,
    absent: NDArray[np.bool_] | None = None,
) -> Scaled:
    scaled = _times(array[name], units.tick, place, f"{what}[].{name}")
    return Scaled(scaled, models.PRICE_DIGITS, absent)


def _quantity(
    array: NDArray[np.void], name: str, place: Ints, units: Units, what: str
) -> Scaled:
    scaled = _times(array[name], units.lot, place, f"{what}[].{name}")
    return Scaled(scaled, models.QUANTITY_DIGITS)


def _times(counts: Ints, size: Ints, place: Ints, what: str) -> Ints:
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


def _words(
    codes: NDArray[Any], words: Mapping[int, StrEnum], what: str, name: str
) -> list[Any]:
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


def _signed(ids: NDArray[Any]) -> Ints:
    # The bits of an unsigned id; `Unsigned64` reads them back.
    return np.ascontiguousarray(ids).view(np.int64)


def _or_none(numbers: Ints) -> list[Any]:
    # Zero is the core's word for "none" where this is used.
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


def instrument_ids(connection: Connection, units: Units) -> Ints:
    """Return the database ids of the instruments, adding definitions that are new."""
    if not len(units.table):
        return np.empty(0, np.int64)
    wanted = {_fingerprint(i): _instrument_row(i) for i in units.table}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(models.Instrument).on_conflict_do_nothing(
            index_elements=["fingerprint"]
        ),
        # In one order everywhere, so that two writers cannot wait for each other.
        [{"fingerprint": key, **wanted[key]} for key in sorted(wanted)],
    )
    found: dict[str, int] = {}
    keys = list(wanted)
    for start in range(0, len(keys), 500):
        query = select(models.Instrument.fingerprint, models.Instrument.id).where(
            models.Instrument.fingerprint.in_(keys[start : start + 500])
        )
        found.update((key, number) for key, number in connection.execute(query))
    return np.array([found[_fingerprint(i)] for i in units.table], np.int64)


def _instrument_row(instrument: Instrument) -> dict[str, Any]:
    names = ("symbol", "venue", "calendar", "currency", "asset_class", "sector")
    sizes = ("tick_size", "lot_size", "multiplier", "price_increment")
    return {name: getattr(instrument, name) for name in names + sizes}


def _fingerprint(instrument: Instrument) -> str:
    fields = _instrument_row(instrument)
    exact = {
        name: format(value.normalize(), "f") if isinstance(value, Decimal) else value
        for name, value in fields.items()
    }
    told = "\x1f".join("" if value is None else str(value) for value in exact.values())
    return hashlib.sha256(told.encode()).hexdigest()


def to_instrument(row: models.Instrument) -> Instrument:
    """Return the instrument a row defines."""
    return Instrument(
        row.symbol,
        tick_size=_plain(row.tick_size),
        lot_size=_plain(row.lot_size),
        multiplier=_plain(row.multiplier),
        currency=row.currency,
        venue=row.venue,
        calendar=row.calendar,
        asset_class=row.asset_class,
        sector=row.sector,
        price_increment=(
            None if row.price_increment is None else _plain(row.price_increment)
        ),
    )


def _plain(value: Decimal) -> Decimal:
    # 0.0001 rather than 0.000100000000, 100 rather than 1E+2.
    return Decimal(format(value.normalize(), "f"))


# Back into records


def read_orders(
    connection: Connection, run: int, units: Units, places: Mapping[int, int]
) -> NDArray[np.void]:
    """Read table ``orders`` back into ORDER records, in their old order."""
    table = models.Order.__table__
    read = _read(connection, table, run)
    orders = np.zeros(len(read["order_id"]), records.ORDER)
    place = _to_places(read["instrument_id"], places)
    for name in ("order_id", "parent_id"):
        orders[name] = _ints(read[name]).view(np.uint64)
    for name, column in (
        ("strategy", "strategy"),
        ("reason", "reason"),
        ("filled_value", "filled_units"),
        ("fee", "fee"),
        ("submitted", "submitted_ns"),
        ("acknowledged", "acknowledged_ns"),
        ("done", "done_ns"),
    ):
        orders[name] = _ints(read[column])
    orders["instrument"] = place
    orders["price"] = _divided(_ints(read["price"]), units.tick[place], "orders.price")
    for name in ("quantity", "filled"):
        orders[name] = _divided(_ints(read[name]), units.lot[place], f"orders.{name}")
    orders["side"] = _codes(read["side"], records.SIDE)
    orders["type"] = _codes(read["order_type"], records.ORDER_TYPE)
    orders["time_in_force"] = _codes(read["time_in_force"], records.TIME_IN_FORCE)
    orders["status"] = _codes(read["status"], records.ORDER_STATUS)
    return orders


def read_fills(
    connection: Connection, run: int, units: Units, places: Mapping[int, int]
) -> NDArray[np.void]:
    """Read table ``fills`` back into FILL records, in their old order."""
    read = _read(connection, models.Fill.__table__, run)
    fills = np.zeros(len(read["fill_id"]), records.FILL)
    place = _to_places(read["instrument_id"], places)
    for name in ("fill_id", "order_id"):
        fills[name] = _ints(read[name]).view(np.uint64)
    for name in ("strategy", "fee", "realized"):
        fills[name] = _ints(read[name])
    fills["timestamp"] = _ints(read["timestamp_ns"])
    fills["instrument"] = place
    fills["price"] = _divided(_ints(read["price"]), units.tick[place], "fills.price")
    for name in ("quantity", "position"):
        fills[name] = _divided(_ints(read[name]), units.lot[place], f"fills.{name}")
    fills["side"] = _codes(read["side"], records.SIDE)
    fills["liquidity"] = _codes(read["liquidity"], records.LIQUIDITY)
    return fills


def read_incidents(
    connection: Connection, run: int, units: Units, places: Mapping[int, int]
) -> NDArray[np.void]:
    """Read table ``run_incidents`` back into INCIDENT records, in their old order."""
    read = _read(connection, models.Incident.__table__, run)
    incidents = np.zeros(len(read["code"]), records.INCIDENT)
    place = _to_places(read["instrument_id"], places)
    for name in ("order_id", "fill_id", "execution"):
        incidents[name] = _ints(read[name]).view(np.uint64)
    for name in ("code", "report", "restricted"):
        incidents[name] = _ints(read[name])
    incidents["timestamp"] = _ints(read["timestamp_ns"])
    incidents["instrument"] = place
    incidents["quantity"] = _divided(
        _ints(read["quantity"]), units.lot[place], "run_incidents.quantity"
    )
    return incidents


def read_account(connection: Connection, run: int) -> NDArray[np.void]:
    """Read table ``equity_points`` back into ACCOUNT records."""
    read = _read(connection, models.EquityPoint.__table__, run)
    account = np.zeros(len(read["cash"]), records.ACCOUNT)
    account["timestamp"] = _ints(read["timestamp_ns"])
    for name in _ACCOUNT_AMOUNTS:
        account[name] = _ints(read[name])
    return account


def _read(connection: Connection, table: Any, run: int) -> dict[str, Sequence[Any]]:
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


def _ints(values: Sequence[Any]) -> Ints:
    return np.array([0 if value is None else value for value in values], np.int64)


def _codes(values: Sequence[str], words: Mapping[int, StrEnum]) -> list[int]:
    known = {word.value: code for code, word in words.items()}
    try:
        return [known[value] for value in values]
    except KeyError as error:
        msg = f"the database holds {error.args[0]!r}, which the core has no code for"
        raise DatabaseError(msg) from None


def _to_places(ids: Sequence[int], places: Mapping[int, int]) -> Ints:
    return np.array([places[number] for number in ids], np.int64)


def _divided(units: Ints, size: Ints, what: str) -> Ints:
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
