"""What a venue says, and what callbacks are told: one type for both."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from ai_trading.core.enums import Liquidity, OrderSide

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_trading.execution.order import Order

__all__ = ["EventType", "ExecutionEvent", "Venue", "VenueReport", "event_type"]


class EventType(StrEnum):
    """What happened to an order; FIX 4.4's ExecType in words.

    `TRIGGERED` is ExecType L: a stop has become an order. `REFRESHED` is a restatement
    for a peak refresh (ExecRestatementReason 11): an iceberg shows its next slice.
    """

    SUBMITTED = "submitted"
    PENDING_NEW = "pending_new"
    ACCEPTED = "accepted"
    FILL = "fill"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REPLACED = "replaced"
    CHANGE_REJECTED = "change_rejected"
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    DONE_FOR_DAY = "done_for_day"
    STOPPED = "stopped"
    SUSPENDED = "suspended"
    CALCULATED = "calculated"
    RESTATED = "restated"
    TRADE_CANCELED = "trade_canceled"
    TRADE_CORRECTED = "trade_corrected"
    TRIGGERED = "triggered"
    REFRESHED = "refreshed"


KIND_CODES: Final[dict[EventType, int]] = {
    EventType.ACCEPTED: 0,
    EventType.REJECTED: 1,
    EventType.FILL: 2,
    EventType.CANCELED: 3,
    EventType.EXPIRED: 4,
    EventType.REPLACED: 5,
    EventType.CHANGE_REJECTED: 6,
    EventType.PENDING_NEW: 7,
    EventType.DONE_FOR_DAY: 8,
    EventType.STOPPED: 9,
    EventType.SUSPENDED: 10,
    EventType.CALCULATED: 11,
    EventType.RESTATED: 12,
    EventType.PENDING_CANCEL: 13,
    EventType.PENDING_REPLACE: 14,
    EventType.TRADE_CANCELED: 15,
    EventType.TRADE_CORRECTED: 16,
}
"""The core's codes of report kinds (base/messages.hpp); `SUBMITTED` is ours alone."""

_KINDS: Final = {code: kind for kind, code in KIND_CODES.items()}
NOTES: Final = {1: EventType.TRIGGERED, 2: EventType.REFRESHED}
"""What a market inside the core notes of a restatement."""
# The desk is told that the order works, on the terms that it has.
KIND_CODES.update(dict.fromkeys(NOTES.values(), KIND_CODES[EventType.RESTATED]))


def event_type(code: int, note: int = 0) -> EventType:
    """Return the kind of report that the core means by a code, and a note of it."""
    return NOTES[note] if note else _KINDS[code]


@dataclass(frozen=True, slots=True)
class VenueReport:
    """What a venue says about one order.

    Attributes
    ----------
    order_id : str
        Ours or the client's; empty where the venue names an order that is not ours.
    kind : EventType
    timestamp_ns : int
    quantity, price : Decimal or None
        Of a fill or a corrected trade; the new ones of a replaced or restated order.
    liquidity : Liquidity
    fee : Decimal
    reason : str or None
    execution_id : str or None
        The venue's id of a fill. With it a fill said twice is booked once.
    corrects : str or None
        The execution that a trade cancel or correction is about.
    executed, leaves : Decimal or None
        FIX CumQty and LeavesQty, where the venue says them.
    symbol, side : str or None, OrderSide or None
        Needed to book a fill of an order that is not ours.
    stop : Decimal or None
        The new one of a replaced order.
    """

    order_id: str
    kind: EventType
    timestamp_ns: int
    quantity: Decimal | None = None
    price: Decimal | None = None
    liquidity: Liquidity = Liquidity.NONE
    fee: Decimal = Decimal(0)
    reason: str | None = None
    execution_id: str | None = None
    corrects: str | None = None
    executed: Decimal | None = None
    leaves: Decimal | None = None
    symbol: str | None = None
    side: OrderSide | None = None
    stop: Decimal | None = None


ExecutionEvent = VenueReport
"""What a callback is told: the report itself."""


class Venue(Protocol):
    """Where the manager sends orders.

    A venue that also has ``modify(order, quantity, price)`` can replace orders, with
    ``stop=`` what a stop waits for, too; one that has ``check(order)`` says beforehand
    what it does not take, by an `OrderRejectedError`. A call
    may be repeated for the same order when it was not answered; `client_order_id` tells
    the venue that it is the same.
    """

    def submit(self, order: Order) -> None:
        """Send an order.

        Raises
        ------
        OrderRejectedError
            If it is refused.
        OSError
            If it could not be said whether it arrived; it is sent again later.
        """

    def cancel(self, order: Order) -> None:
        """Ask for what is left of an order to be cancelled."""

    def reports(self) -> Iterable[VenueReport]:
        """Return what happened since the last call, oldest first."""
        ...
