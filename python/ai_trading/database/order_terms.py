"""What orders asked for besides a price, to rows of a table and back.

The rows belong to orders, whose instruments say how large a tick and a lot are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ai_trading.core import records
from ai_trading.core.errors import DatabaseError, DataError
from ai_trading.database import columns, models

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from ai_trading.database.columns import Columns, Ints, Units

__all__ = ["read_terms", "terms_columns"]


def terms_columns(
    terms: NDArray[np.void], orders: NDArray[np.void], units: Units
) -> Columns:
    """Turn ORDER_TERMS records into the columns of table ``order_terms``."""
    columns.check(terms, records.ORDER_TERMS, "order_terms")
    own = orders[_order_places(terms["order_id"], orders)]
    place = columns.places(own, units, "orders")
    by_points = terms["trail_by"] == 1
    pegs = terms["peg"] != 0
    stops = np.isin(own["type"], [*map(records.order_type_code, records.STOP_TYPES)])

    def price(name: str, absent: NDArray[np.bool_]) -> columns.Scaled:
        return columns.price(terms, name, place, units, "order_terms", absent=absent)

    def quantity(name: str) -> columns.Scaled:
        whole = columns.quantity(terms, name, place, units, "order_terms")
        return columns.Scaled(whole.units, whole.digits, terms[name] == 0)

    return {
        "order_id": columns.signed(terms["order_id"]),
        "entry_id": columns.or_none(columns.signed(terms["entry"])),
        "link_group": columns.or_none(terms["group"].astype(np.int64)),
        "trigger_on": _words(terms["trigger"], records.TRIGGER, stops, "trigger"),
        "stop": price("stop", ~stops | (terms["stop"] == 0)),
        "trail": price("trail", by_points | (terms["trail"] == 0)),
        "trail_basis_points": columns.or_none(np.where(by_points, terms["trail"], 0)),
        "display": quantity("display"),
        "peg": _words(terms["peg"], records.PEG, pegs, "peg"),
        "peg_offset": price("offset", ~pegs),
        "peg_limit": price("peg_limit", terms["peg_limit"] == 0),
        "slides": (terms["slide"] != 0).tolist(),
        "expires_ns": columns.or_none(terms["expire_at"]),
        "minimum": quantity("minimum"),
        "all_or_none": (terms["all_or_none"] != 0).tolist(),
    }


def read_terms(
    connection: Connection, run: int, orders: NDArray[np.void], units: Units
) -> NDArray[np.void]:
    """Read table ``order_terms`` back into ORDER_TERMS records."""
    read = columns.read(connection, models.OrderTerms.__table__, run)
    terms = np.zeros(len(read["order_id"]), records.ORDER_TERMS)
    terms["order_id"] = columns.ints(read["order_id"]).view(np.uint64)
    terms["entry"] = columns.ints(read["entry_id"]).view(np.uint64)
    terms["group"] = columns.ints(read["link_group"])
    place = orders["instrument"][_order_places(terms["order_id"], orders)]
    for name, column in (
        ("stop", "stop"),
        ("trail", "trail"),
        ("offset", "peg_offset"),
        ("peg_limit", "peg_limit"),
    ):
        terms[name] = columns.divided(
            columns.ints(read[column]), units.tick[place], f"order_terms.{column}"
        )
    points = columns.ints(read["trail_basis_points"])
    terms["trail"] += points
    terms["trail_by"] = points != 0
    for name in ("display", "minimum"):
        terms[name] = columns.divided(
            columns.ints(read[name]), units.lot[place], f"order_terms.{name}"
        )
    terms["trigger"] = _codes(read["trigger_on"], records.TRIGGER)
    terms["peg"] = _codes(read["peg"], records.PEG)
    terms["slide"] = columns.ints(read["slides"])
    terms["all_or_none"] = columns.ints(read["all_or_none"])
    terms["expire_at"] = columns.ints(read["expires_ns"])
    return terms


def _order_places(ids: NDArray[np.uint64], orders: NDArray[np.void]) -> Ints:
    """Return where each order is in the run's orders."""
    if not len(ids):
        return np.empty(0, np.int64)
    by_id = np.argsort(orders["order_id"], kind="stable")
    known = orders["order_id"][by_id]
    found = np.minimum(np.searchsorted(known, ids), max(len(known) - 1, 0))
    bad = np.flatnonzero(known[found] != ids) if len(known) else np.arange(len(ids))
    if bad.size:
        msg = (
            f"order_terms[{bad[0]}] names order {ids[bad[0]]}, which is not among the "
            f"{len(orders)} orders of the run"
        )
        raise DataError(msg)
    places: Ints = by_id[found]
    return places


def _words(
    codes: NDArray[Any], words: Mapping[int, str], told: NDArray[np.bool_], name: str
) -> list[Any]:
    known = {int(code) for code in np.unique(codes[told])}
    if not known <= set(words):
        allowed = ", ".join(f"{code} {word}" for code, word in words.items())
        code = max(known - set(words))
        msg = f"order_terms[].{name} is code {code}; known are {allowed}"
        raise DataError(msg)
    return [
        words[code] if has else None
        for code, has in zip(codes.tolist(), told.tolist(), strict=True)
    ]


def _codes(values: Sequence[str | None], words: Mapping[int, str]) -> list[int]:
    known = {word: code for code, word in words.items()}
    try:
        return [0 if value is None else known[value] for value in values]
    except KeyError as error:
        msg = f"the database holds {error.args[0]!r}, which the core has no code for"
        raise DatabaseError(msg) from None
