"""What a run did in each currency, and what holding positions cost, as rows.

Rates and charges are columns like other records; statements are a row for each currency
and one, without a currency, for all of them together.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ai_trading._core import sim
from ai_trading.core.errors import DataError
from ai_trading.core.statement import Statement
from ai_trading.database import columns, models

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from ai_trading.database.columns import Columns, Units

__all__ = [
    "RATE",
    "charge_columns",
    "rate_columns",
    "read_charges",
    "read_rates",
    "read_statements",
    "statement_rows",
]

# A rate in 1e-9 of the account's currency, from a time on.
RATE: Final = np.dtype([("timestamp", "<i8"), ("rate", "<i8")])
_KINDS: Final = ("borrow", "funding")
_AMOUNTS: Final = tuple(item.name for item in fields(Statement))


def charge_columns(charges: NDArray[np.void], units: Units) -> Columns:
    """Turn holding charges into the columns of table ``run_charges``."""
    columns.check(charges, sim.charge_dtype, "charges")
    place = columns.places(charges, units, "charges")
    bad = np.flatnonzero(charges["kind"] >= len(_KINDS))
    if bad.size:
        msg = (
            f"charges[{bad[0]}].kind is code {charges['kind'][bad[0]]}; known are "
            f"0 borrow, 1 funding"
        )
        raise DataError(msg)
    return {
        "timestamp_ns": charges["timestamp"],
        "instrument_id": place,
        "kind": [_KINDS[code] for code in charges["kind"].tolist()],
        "quantity": columns.quantity(charges, "quantity", place, units, "charges"),
        "price": columns.price(charges, "price", place, units, "charges"),
        "amount": columns.Scaled(charges["amount"], models.FEE_DIGITS),
    }


def rate_columns(rates: Mapping[str, NDArray[np.void]]) -> Columns:
    """Turn the rates of currencies into the columns of table ``run_rates``."""
    for code, told in rates.items():
        columns.check(told, RATE, f"rates[{code!r}]")
    every = np.concatenate([np.empty(0, RATE), *rates.values()])
    return {
        "currency": [code for code, told in rates.items() for _ in told],
        "timestamp_ns": every["timestamp"],
        "rate": columns.Scaled(every["rate"], models.RATE_DIGITS),
    }


def statement_rows(
    statements: Mapping[str, Statement], consolidated: Statement | None
) -> list[dict[str, Any]]:
    """Return the rows of table ``run_statements``, without their run."""
    told: list[tuple[str | None, Statement]] = list(statements.items())
    if consolidated is not None:
        told.append((None, consolidated))
    return [
        {
            "sequence": place,
            "currency": currency,
            **{name: getattr(statement, name) for name in _AMOUNTS},
        }
        for place, (currency, statement) in enumerate(told)
    ]


def read_charges(
    connection: Connection, run: int, units: Units, places: Mapping[int, int]
) -> NDArray[np.void]:
    """Read table ``run_charges`` back into the core's records."""
    read = columns.read(connection, models.HoldingCharge.__table__, run)
    charges = np.zeros(len(read["kind"]), sim.charge_dtype)
    place = columns.to_places(read["instrument_id"], places)
    charges["timestamp"] = columns.ints(read["timestamp_ns"])
    charges["amount"] = columns.ints(read["amount"])
    charges["instrument"] = place
    charges["kind"] = [_KINDS.index(word) for word in read["kind"]]
    charges["quantity"] = columns.divided(
        columns.ints(read["quantity"]), units.lot[place], "run_charges.quantity"
    )
    charges["price"] = columns.divided(
        columns.ints(read["price"]), units.tick[place], "run_charges.price"
    )
    return charges


def read_rates(connection: Connection, run: int) -> dict[str, NDArray[np.void]]:
    """Read table ``run_rates`` back, the currencies in their old order."""
    read = columns.read(connection, models.CurrencyRate.__table__, run)
    every = np.zeros(len(read["currency"]), RATE)
    every["timestamp"] = columns.ints(read["timestamp_ns"])
    every["rate"] = columns.ints(read["rate"])
    codes = np.array(read["currency"], object)
    return {code: every[codes == code] for code in dict.fromkeys(read["currency"])}


def read_statements(
    stored: Iterable[models.CurrencyStatement],
) -> tuple[dict[str, Statement], Statement | None]:
    """Return the statements by currency, and the one of them all."""
    told: dict[str, Statement] = {}
    consolidated: Statement | None = None
    for row in stored:
        statement = Statement(**{name: getattr(row, name) for name in _AMOUNTS})
        if row.currency is None:
            consolidated = statement
        else:
            told[row.currency] = statement
    return told, consolidated
