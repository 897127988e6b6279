"""What went otherwise than it should between a desk and a venue, in words.

A desk books whatever a venue says it executed, and writes an incident where that should
not have been, where a trade was taken back, or where a report was late, repeated or
contradicted another (docs/orders.md). Here the core's rows get names and units.

Units: times in UTC nanoseconds; quantities of the instrument.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ai_trading.core.records import reject_name
from ai_trading.execution.reports import EventType, event_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from ai_trading.core.instrument import InstrumentTable

__all__ = ["Incident", "incidents_of"]


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that went otherwise than it should.

    Attributes
    ----------
    timestamp_ns : int
        When, by the venue.
    symbol : str
    code : str
        What: a name of the list of reject codes, such as ``"overfill"``.
    report : EventType
        The kind of report that brought it.
    quantity : Decimal
        What it is about.
    order_id, fill_id, execution : int or None
        Numbers of our order and of the fill that was booked, and the venue's of the
        execution; None where there is none.
    restricted : bool
        Whether the symbol may only be reduced since, until a named person enables it.
    """

    timestamp_ns: int
    symbol: str
    code: str
    report: EventType
    quantity: Decimal
    order_id: int | None
    fill_id: int | None
    execution: int | None
    restricted: bool


def incidents_of(
    rows: NDArray[np.void], instruments: InstrumentTable
) -> Iterator[Incident]:
    """Yield incidents of the core with their names and units.

    Parameters
    ----------
    rows : ndarray
        Of dtype `ai_trading.core.records.INCIDENT`.
    instruments : InstrumentTable
        What the rows' ``instrument`` points into.
    """
    names = rows.dtype.names or ()
    for values in rows.tolist():
        row = dict(zip(names, values, strict=True))
        instrument = instruments[row["instrument"]]
        yield Incident(
            timestamp_ns=row["timestamp"],
            symbol=instrument.symbol,
            code=reject_name(row["code"]),
            report=event_type(row["report"]),
            quantity=instrument.to_quantity(row["quantity"]),
            order_id=row["order_id"] or None,
            fill_id=row["fill_id"] or None,
            execution=row["execution"] or None,
            restricted=bool(row["restricted"]),
        )
