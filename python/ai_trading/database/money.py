"""What a run did in each currency, and what holding cost and brought, as rows.

Rates and charges are columns like other records; statements are a row for each currency
and one, without a currency, for all of them together.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ai_trading._core import sim
from ai_trading.core.errors import DataError
from ai_trading.core.records import NO_INSTRUMENT
from ai_trading.core.statement import Statement
from ai_trading.database import columns, models

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    "with_ids",
]

# A rate in 1e-9 of the account's currency, from a time on.
RATE: Final = np.dtype([("timestamp", "<i8"), ("rate", "<i8")])
_KINDS: Final = ("borrow", "funding", "dividend", "interest")
_INTEREST: Final = _KINDS.index("interest")
_AMOUNTS: Final = tuple(item.name for item in fields(Statement))


def charge_columns(
    charges: NDArray[np.void], units: Units, codes: Sequence[str]
) -> Columns:
    """Turn dated rows of the ledger into the columns of table ``run_entries``.

    `codes` are the account's currencies in the order of their numbers. The column of
    instruments has their places in the run's table, -1 for interest.
    """
    columns.check(charges, sim.charge_dtype, "charges")
    for name, known in (("kind", _KINDS), ("currency", codes)):
        bad = np.flatnonzero(charges[name] >= len(known))
        if bad.size:
            shown = ", ".join(f"{code} {word}" for code, word in enumerate(known))
            msg = (
                f"charges[{bad[0]}].{name} is code {charges[name][bad[0]]}; known are "
                f"{shown}"
            )
            raise DataError(msg)
    interest = charges["kind"] == _INTEREST
    bad = np.flatnonzero(interest != (charges["instrument"] == NO_INSTRUMENT))
    if bad.size:
        msg = (
            f"charges[{bad[0]}] is {_KINDS[charges['kind'][bad[0]]]} of instrument "
            f"{charges['instrument'][bad[0]]}; interest, and nothing else, is of none "
            f"({NO_INSTRUMENT})"
        )
        raise DataError(msg)
    held = charges.copy()
    held["instrument"][interest] = 0
    place = columns.places(held, units, "charges")
    return {
        "timestamp_ns": charges["timestamp"],
        "instrument_id": np.where(interest, -1, place),
        "currency": [codes[code] for code in charges["currency"].tolist()],
        "kind": [_KINDS[code] for code in charges["kind"].tolist()],
        "quantity": columns.quantity(held, "quantity", place, units, "charges"),
        "price": columns.price(held, "price", place, units, "charges"),
        "amount": columns.Scaled(charges["amount"], models.FEE_DIGITS),
        "amount_rest": columns.Scaled(charges["rest"], models.REST_DIGITS),
    }


def with_ids(charges: Columns, ids: NDArray[np.int64]) -> Columns:
    """Put the database's instrument ids in place of the places, if there is one."""
    places: Any = charges["instrument_id"]
    known = [None if at < 0 else int(ids[at]) for at in places.tolist()]
    return {**charges, "instrument_id": known}


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
    connection: Connection,
    run: int,
    units: Units,
    places: Mapping[int, int],
    codes: Sequence[str],
) -> NDArray[np.void]:
    """Read table ``run_entries`` back into the core's records."""
    read = columns.read(connection, models.LedgerEntry.__table__, run)
    charges = np.zeros(len(read["kind"]), sim.charge_dtype)
    ids = read["instrument_id"]
    place = np.array([0 if at is None else places[at] for at in ids], np.int64)
    charges["timestamp"] = columns.ints(read["timestamp_ns"])
    charges["amount"] = columns.ints(read["amount"])
    charges["rest"] = columns.ints(read["amount_rest"])
    charges["instrument"] = place
    charges["instrument"][[at is None for at in ids]] = NO_INSTRUMENT
    charges["kind"] = [_KINDS.index(word) for word in read["kind"]]
    charges["currency"] = [codes.index(code) for code in read["currency"]]
    charges["quantity"] = columns.divided(
        columns.ints(read["quantity"]), units.lot[place], "run_entries.quantity"
    )
    charges["price"] = columns.divided(
        columns.ints(read["price"]), units.tick[place], "run_entries.price"
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
