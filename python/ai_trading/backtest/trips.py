"""Fills cut into round trips, from flat to flat.

Amounts are the core's whole numbers: realised profit in 1e-6 currency units, fees and
net profit in 1e-9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.errors import ArgumentError
from ai_trading.core.records import FILL

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ROUND_TRIP", "round_trips", "rows_of"]

ROUND_TRIP = np.dtype(
    [
        ("opened", "i8"),
        ("closed", "i8"),
        ("quantity", "i8"),
        ("realized", "i8"),
        ("fee", "i8"),
        ("net", "i8"),
        ("instrument", "u4"),
        ("fills", "u4"),
        ("direction", "i1"),
    ]
)
"""One trip from flat to flat: times in ns, lots bought or sold to open it, profit
before fees in 1e-6, fee and net profit in 1e-9 currency units, +1 long and -1 short."""


def rows_of(name: str, rows: object, dtype: np.dtype[np.void]) -> NDArray[np.void]:
    """Return an array of records, refusing what has another dtype or shape."""
    if isinstance(rows, np.ndarray) and rows.ndim == 1 and rows.dtype == dtype:
        return rows
    received = rows.dtype if isinstance(rows, np.ndarray) else f"{rows!r:.80}"
    msg = f"{name} must be a row of records as a result has them; received {received}"
    raise ArgumentError(msg)


def round_trips(fills: NDArray[np.void]) -> NDArray[np.void]:
    """Cut the fills into closed trips from flat to flat, dtype `ROUND_TRIP`.

    A fill that takes a position through zero ends one trip and begins the next; its fee
    is divided by quantity. A trip still open at the end is left out. Ordered by close.
    """
    rows_of("fills", fills, FILL)
    parts = [
        _trips_of_one(fills[fills["instrument"] == instrument], int(instrument))
        for instrument in np.unique(fills["instrument"])
    ]
    if not parts:
        return np.empty(0, ROUND_TRIP)
    trips: NDArray[np.void] = np.concatenate(parts)
    return trips[np.argsort(trips["closed"], kind="stable")]


def _trips_of_one(fills: NDArray[np.void], instrument: int) -> NDArray[np.void]:
    signed = np.where(fills["side"] == 0, fills["quantity"], -fills["quantity"])
    after = np.cumsum(signed)
    before = after - signed
    through = np.sign(before) * np.sign(after) < 0
    row = np.repeat(np.arange(len(fills)), 1 + through)
    second = np.append(False, row[1:] == row[:-1])
    first = np.append(row[1:] == row[:-1], False)
    part_before = np.where(second, 0, before[row])
    part_after = np.where(first, 0, after[row])
    realized = np.where(second, 0, fills["realized"][row])
    fee = _split_fees(fills, before, row, first, second)

    start = np.flatnonzero(part_before == 0)
    if not len(start):
        return np.empty(0, ROUND_TRIP)
    end = np.append(start[1:], len(row)) - 1
    step = np.abs(part_after) - np.abs(part_before)
    trips = np.empty(len(start), ROUND_TRIP)
    trips["opened"] = fills["timestamp"][row[start]]
    trips["closed"] = fills["timestamp"][row[end]]
    trips["quantity"] = np.add.reduceat(np.maximum(step, 0), start)
    trips["realized"] = np.add.reduceat(realized, start)
    trips["fee"] = np.add.reduceat(fee, start)
    trips["net"] = trips["realized"] * 1000 - trips["fee"]
    trips["instrument"] = instrument
    trips["fills"] = end - start + 1
    trips["direction"] = np.sign(part_after[start])
    closed: NDArray[np.void] = trips[part_after[end] == 0]
    return closed


def _split_fees(
    fills: NDArray[np.void],
    before: NDArray[np.int64],
    row: NDArray[np.int64],
    first: NDArray[np.bool_],
    second: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Divide the fee of a fill through zero by quantity, losing nothing."""
    fee: NDArray[np.int64] = fills["fee"][row]
    for part in np.flatnonzero(first):
        whole, quantity = int(fee[part]), int(fills["quantity"][row[part]])
        fee[part] = whole * abs(int(before[row[part]])) // quantity
    fee[second] -= fee[np.flatnonzero(second) - 1]
    return fee
