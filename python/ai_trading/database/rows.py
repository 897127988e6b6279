"""Records of the core to rows of tables and back, on whole arrays.

The conversions themselves are in `ai_trading.database.columns`; what a run did in each
currency and what holding positions cost is in `ai_trading.database.money`.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from ai_trading.core import records
from ai_trading.core.errors import DataError
from ai_trading.core.instrument import Instrument
from ai_trading.database import columns, models
from ai_trading.database.types import from_units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from ai_trading.database.columns import Columns, Ints, Units

__all__ = [
    "account_columns",
    "fill_columns",
    "final_quantities",
    "incident_columns",
    "instrument_ids",
    "order_columns",
    "read_account",
    "read_fills",
    "read_incidents",
    "read_orders",
    "to_instrument",
]

# Out of the core


def order_columns(orders: NDArray[np.void], units: Units) -> Columns:
    """Turn ORDER records into the columns of table ``orders``."""
    columns.check(orders, records.ORDER, "orders")
    place = columns.places(orders, units, "orders")
    kind = columns.words(orders["type"], records.ORDER_TYPE, "orders", "type")
    no_price = (orders["price"] == 0) & np.isin(orders["type"], _NO_LIMIT)
    return {
        "order_id": columns.signed(orders["order_id"]),
        "parent_id": columns.or_none(columns.signed(orders["parent_id"])),
        "instrument_id": place,
        "strategy": orders["strategy"].astype(np.int64),
        "side": columns.words(orders["side"], records.SIDE, "orders", "side"),
        "order_type": kind,
        "time_in_force": columns.words(
            orders["time_in_force"], records.TIME_IN_FORCE, "orders", "time_in_force"
        ),
        "status": columns.words(
            orders["status"], records.ORDER_STATUS, "orders", "status"
        ),
        "reason": columns.or_none(orders["reason"].astype(np.int64)),
        "price": columns.price(
            orders, "price", place, units, "orders", absent=no_price
        ),
        "quantity": columns.quantity(orders, "quantity", place, units, "orders"),
        "filled": columns.quantity(orders, "filled", place, units, "orders"),
        "filled_units": orders["filled_value"],
        "fee": columns.Scaled(orders["fee"], models.FEE_DIGITS),
        "submitted_ns": orders["submitted"],
        "acknowledged_ns": columns.or_none(orders["acknowledged"]),
        "done_ns": columns.or_none(orders["done"]),
    }


def fill_columns(fills: NDArray[np.void], units: Units) -> Columns:
    """Turn FILL records into the columns of table ``fills``."""
    columns.check(fills, records.FILL, "fills")
    place = columns.places(fills, units, "fills")
    return {
        "fill_id": columns.signed(fills["fill_id"]),
        "order_id": columns.or_none(columns.signed(fills["order_id"])),
        "instrument_id": place,
        "strategy": fills["strategy"].astype(np.int64),
        "timestamp_ns": fills["timestamp"],
        "side": columns.words(fills["side"], records.SIDE, "fills", "side"),
        "liquidity": columns.words(
            fills["liquidity"], records.LIQUIDITY, "fills", "liquidity"
        ),
        "price": columns.price(fills, "price", place, units, "fills"),
        "quantity": columns.quantity(fills, "quantity", place, units, "fills"),
        "fee": columns.Scaled(fills["fee"], models.FEE_DIGITS),
        "realized": columns.Scaled(fills["realized"], models.AMOUNT_DIGITS),
        "position": columns.quantity(fills, "position", place, units, "fills"),
    }


def incident_columns(incidents: NDArray[np.void], units: Units) -> Columns:
    """Turn INCIDENT records into the columns of table ``run_incidents``."""
    columns.check(incidents, records.INCIDENT, "incidents")
    place = columns.places(incidents, units, "incidents")
    return {
        "timestamp_ns": incidents["timestamp"],
        "order_id": columns.or_none(columns.signed(incidents["order_id"])),
        "fill_id": columns.or_none(columns.signed(incidents["fill_id"])),
        "execution": columns.or_none(columns.signed(incidents["execution"])),
        "instrument_id": place,
        "quantity": columns.quantity(incidents, "quantity", place, units, "incidents"),
        "code": incidents["code"].astype(np.int64),
        "report": incidents["report"].astype(np.int64),
        "restricted": (incidents["restricted"] != 0).tolist(),
    }


def account_columns(account: NDArray[np.void]) -> Columns:
    """Turn ACCOUNT records into the columns of table ``equity_points``."""
    columns.check(account, records.ACCOUNT, "account")
    amounts = {
        name: columns.Scaled(account[name], models.AMOUNT_DIGITS)
        for name in _ACCOUNT_AMOUNTS
    }
    return {"timestamp_ns": account["timestamp"], **amounts}


_NO_LIMIT: Final = sorted(map(records.order_type_code, records.UNLIMITED_TYPES))
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
    scaled = columns.times(held, units.lot, every, "final_positions")
    return [from_units(n, models.QUANTITY_DIGITS) for n in scaled.tolist()]


# Into the database


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
    read = columns.read(connection, table, run)
    orders = np.zeros(len(read["order_id"]), records.ORDER)
    place = columns.to_places(read["instrument_id"], places)
    for name in ("order_id", "parent_id"):
        orders[name] = columns.ints(read[name]).view(np.uint64)
    for name, column in (
        ("strategy", "strategy"),
        ("reason", "reason"),
        ("filled_value", "filled_units"),
        ("fee", "fee"),
        ("submitted", "submitted_ns"),
        ("acknowledged", "acknowledged_ns"),
        ("done", "done_ns"),
    ):
        orders[name] = columns.ints(read[column])
    orders["instrument"] = place
    orders["price"] = columns.divided(
        columns.ints(read["price"]), units.tick[place], "orders.price"
    )
    for name in ("quantity", "filled"):
        orders[name] = columns.divided(
            columns.ints(read[name]), units.lot[place], f"orders.{name}"
        )
    orders["side"] = columns.codes(read["side"], records.SIDE)
    orders["type"] = columns.codes(read["order_type"], records.ORDER_TYPE)
    orders["time_in_force"] = columns.codes(
        read["time_in_force"], records.TIME_IN_FORCE
    )
    orders["status"] = columns.codes(read["status"], records.ORDER_STATUS)
    return orders


def read_fills(
    connection: Connection, run: int, units: Units, places: Mapping[int, int]
) -> NDArray[np.void]:
    """Read table ``fills`` back into FILL records, in their old order."""
    read = columns.read(connection, models.Fill.__table__, run)
    fills = np.zeros(len(read["fill_id"]), records.FILL)
    place = columns.to_places(read["instrument_id"], places)
    for name in ("fill_id", "order_id"):
        fills[name] = columns.ints(read[name]).view(np.uint64)
    for name in ("strategy", "fee", "realized"):
        fills[name] = columns.ints(read[name])
    fills["timestamp"] = columns.ints(read["timestamp_ns"])
    fills["instrument"] = place
    fills["price"] = columns.divided(
        columns.ints(read["price"]), units.tick[place], "fills.price"
    )
    for name in ("quantity", "position"):
        fills[name] = columns.divided(
            columns.ints(read[name]), units.lot[place], f"fills.{name}"
        )
    fills["side"] = columns.codes(read["side"], records.SIDE)
    fills["liquidity"] = columns.codes(read["liquidity"], records.LIQUIDITY)
    return fills


def read_incidents(
    connection: Connection, run: int, units: Units, places: Mapping[int, int]
) -> NDArray[np.void]:
    """Read table ``run_incidents`` back into INCIDENT records, in their old order."""
    read = columns.read(connection, models.Incident.__table__, run)
    incidents = np.zeros(len(read["code"]), records.INCIDENT)
    place = columns.to_places(read["instrument_id"], places)
    for name in ("order_id", "fill_id", "execution"):
        incidents[name] = columns.ints(read[name]).view(np.uint64)
    for name in ("code", "report", "restricted"):
        incidents[name] = columns.ints(read[name])
    incidents["timestamp"] = columns.ints(read["timestamp_ns"])
    incidents["instrument"] = place
    incidents["quantity"] = columns.divided(
        columns.ints(read["quantity"]), units.lot[place], "run_incidents.quantity"
    )
    return incidents


def read_account(connection: Connection, run: int) -> NDArray[np.void]:
    """Read table ``equity_points`` back into ACCOUNT records."""
    read = columns.read(connection, models.EquityPoint.__table__, run)
    account = np.zeros(len(read["cash"]), records.ACCOUNT)
    account["timestamp"] = columns.ints(read["timestamp_ns"])
    for name in _ACCOUNT_AMOUNTS:
        account[name] = columns.ints(read[name])
    return account
