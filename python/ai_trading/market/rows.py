"""Records collected one at a time and handed on as arrays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ai_trading.core.records import EVENT, SIDE_NONE, EventKind
from ai_trading.market.source import Records

__all__ = ["Rows"]


class Rows:
    """A list of records of one dtype; `take` empties it into an array."""

    __slots__ = ("_dtype", "_limit", "_rows")

    def __init__(self, limit: int, dtype: np.dtype[np.void] = EVENT) -> None:
        self._rows: list[tuple[int, ...]] = []
        self._limit = limit
        self._dtype = dtype

    def event(
        self,
        timestamp: int,
        instrument: int,
        kind: EventKind,
        *,
        side: int = SIDE_NONE,
        flags: int = 0,
        order_id: int = 0,
        price: int = 0,
        quantity: int = 0,
        aux: int = 0,
    ) -> None:
        """Add one event."""
        self._rows.append(
            (
                timestamp,
                instrument,
                int(kind),
                side,
                flags,
                order_id,
                price,
                quantity,
                aux,
            )
        )

    def add(self, row: tuple[int, ...]) -> None:
        """Add one record as its fields in order."""
        self._rows.append(row)

    def full(self) -> Iterator[Records]:
        """Yield an array for every `limit` records that have come together."""
        while len(self._rows) >= self._limit:
            yield np.array(self._rows[: self._limit], self._dtype)
            del self._rows[: self._limit]

    def rest(self) -> Iterator[Records]:
        """Yield what is left."""
        yield from self.full()
        if self._rows:
            yield np.array(self._rows, self._dtype)
            self._rows.clear()
