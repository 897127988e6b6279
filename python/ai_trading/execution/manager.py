"""Who keeps our orders: every one, from its submission to its end.

The manager hands orders to a venue, books what the venue reports and tells whoever
asked. It reads the injected clock, never the wall's, and nothing sleeps: time-outs are
judged when `poll` is called.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from ai_trading.core.clock import Clock, ManualClock
from ai_trading.core.enums import Liquidity, OrderStatus
from ai_trading.core.errors import ArgumentError, OrderRejectedError
from ai_trading.core.log import get_logger
from ai_trading.core.settings import Settings, get_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from ai_trading.execution.order import Order

    ExecutionCallback: TypeAlias = Callable[[Order, "ExecutionEvent"], None]

__all__ = ["EventType", "ExecutionEvent", "OrderManager", "Venue", "VenueReport"]

_log = get_logger(__name__)
_SECOND_NS = 1_000_000_000


class EventType(StrEnum):
    """What happened to an order."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    FILL = "fill"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class VenueReport:
    """What a venue says about one order.

    Attributes
    ----------
    order_id : str
    kind : EventType
    timestamp_ns : int
    quantity, price : Decimal or None
        Of a fill.
    liquidity : Liquidity
    fee : Decimal
    reason : str or None
    """

    order_id: str
    kind: EventType
    timestamp_ns: int
    quantity: Decimal | None = None
    price: Decimal | None = None
    liquidity: Liquidity = Liquidity.NONE
    fee: Decimal = Decimal(0)
    reason: str | None = None


ExecutionEvent = VenueReport
"""What a callback is told: the report itself."""


class Venue(Protocol):
    """Where the manager sends orders."""

    def submit(self, order: Order) -> None:
        """Send an order.

        Raises
        ------
        OrderRejectedError
            If it is refused.
        """

    def cancel(self, order: Order) -> None:
        """Ask for what is left of an order to be cancelled."""

    def reports(self) -> Iterable[VenueReport]:
        """Return what happened since the last call, oldest first."""
        ...


class OrderManager:
    """Keep orders, by id and by the client's own id.

    Parameters
    ----------
    venue : Venue, optional
        Where orders go. Without one they wait for `apply_report`.
    clock : Clock, optional
        A clock at zero by default.
    settings : Settings, optional
        Those of the process by default; `execution.order_timeout_seconds` is used.

    Examples
    --------
    >>> from ai_trading.execution.order import Order
    >>> manager = OrderManager()
    >>> order_id = manager.submit_order(Order("AAPL", "buy", 100))
    >>> manager.get_order_status(order_id)
    <OrderStatus.PENDING: 'pending'>
    """

    def __init__(
        self,
        venue: Venue | None = None,
        *,
        clock: Clock | None = None,
        settings: Settings | None = None,
    ) -> None:
        self._venue = venue
        self._clock = clock or ManualClock()
        timeout = (settings or get_settings()).execution.order_timeout_seconds
        self._timeout_ns = int(timeout * _SECOND_NS)
        self._orders: dict[str, Order] = {}
        self._by_client: dict[str, str] = {}
        self._active: dict[str, int] = {}
        self._callbacks: list[ExecutionCallback] = []
        self._pollers: list[Callable[[], None]] = []
        self._waiting: deque[tuple[Order, VenueReport]] = deque()
        self._telling = False
        self._monitoring = False

    def submit_order(self, order: Order) -> str:
        """Take an order and send it; return its id.

        Raises
        ------
        OrderRejectedError
            If its client order id was used before (``duplicate_id``; the first order
            is untouched), it is not new (``order_done``), or the venue refuses it,
            in which case it is kept as rejected.
        """
        self._register(order)
        self._tell(order, EventType.SUBMITTED)
        if self._venue is None:
            return order.order_id
        try:
            self._venue.submit(order)
        except OrderRejectedError as error:
            if order.is_active:
                self._end_rejected(order, error.reason)
            raise
        finally:
            self.poll()
        return order.order_id

    def record_rejection(self, order: Order, reason: str) -> None:
        """Keep an order that was refused before it could be sent.

        Raises
        ------
        OrderRejectedError
            If its client order id was used before, or it is not new.
        """
        self._register(order)
        self._end_rejected(order, reason)

    def cancel_order(self, order_id: str) -> bool:
        """Ask for an order's cancellation; return whether it is canceled now.

        An order that ended before is left as it is, and the answer is False.

        Raises
        ------
        ArgumentError
            If there is no such order.
        """
        self.poll()
        order = self.get_order(order_id)
        if not order.is_active:
            return False
        if self._venue is None:
            self.apply_report(self._report(order, EventType.CANCELED))
        else:
            self._venue.cancel(order)
            self.poll()
        return order.status is OrderStatus.CANCELED

    def get_order(self, order_id: str) -> Order:
        """Return an order by its id or the client's.

        Raises
        ------
        ArgumentError
            If there is no such order.
        """
        order = self._orders.get(self._by_client.get(order_id, order_id))
        if order is None:
            msg = f"no order has the id {order_id!r}; {len(self._orders)} are known"
            raise ArgumentError(msg)
        return order

    def get_order_status(self, order_id: str) -> OrderStatus:
        """Return the present state of an order.

        Raises
        ------
        ArgumentError
            If there is no such order.
        """
        return self.get_order(order_id).status

    def get_active_orders(self, symbol: str | None = None) -> list[Order]:
        """Return the orders that may still trade, oldest first."""
        active = (self._orders[order_id] for order_id in self._active)
        return [order for order in active if symbol in (None, order.symbol)]

    def get_order_history(
        self, symbol: str | None = None, limit: int = 100
    ) -> list[Order]:
        """Return orders in any state, newest first, `limit` of them at most.

        Raises
        ------
        ArgumentError
            If `limit` is negative.
        """
        if limit < 0:
            msg = f"limit must not be negative; received {limit}"
            raise ArgumentError(msg)
        found: list[Order] = []
        for order in reversed(self._orders.values()):
            if len(found) == limit:
                break
            if symbol in (None, order.symbol):
                found.append(order)
        return found

    def add_execution_callback(self, callback: ExecutionCallback) -> None:
        """Call ``callback(order, event)`` after each change of an order.

        One that raises is logged and blocks no other. Events reach every callback in
        the order in which they happened, also where a callback sends an order.
        """
        self._callbacks.append(callback)

    def add_poller(self, call: Callable[[], None]) -> None:
        """Call ``call()`` at the end of every `poll`: for what is due by the clock."""
        self._pollers.append(call)

    @property
    def clock(self) -> Clock:
        """The clock by which it works."""
        return self._clock

    @property
    def venue(self) -> Venue | None:
        """Where orders go; None where they wait for `apply_report`."""
        return self._venue

    def apply_report(self, report: VenueReport) -> None:
        """Book what a venue said.

        A fill is always booked, and flagged where it should not have happened; any
        other report on an order that has ended is logged and ignored.

        Raises
        ------
        ArgumentError
            If there is no such order.
        """
        order = self.get_order(report.order_id)
        if report.kind is EventType.FILL:
            if report.quantity is None or report.price is None:
                msg = f"a fill needs quantity and price; received {report}"
                raise ArgumentError(msg)
            fill = order.book_execution(
                report.quantity,
                report.price,
                fee=report.fee,
                timestamp_ns=report.timestamp_ns,
                liquidity=report.liquidity,
            )
            if fill.flag is not None:
                _log.warning("fill_flagged", order=order.order_id, flag=fill.flag)
        elif order.status.is_terminal:
            _log.warning("report_after_end", order=order.order_id, kind=report.kind)
            return
        elif report.kind is EventType.ACCEPTED:
            if order.status is not OrderStatus.PENDING:
                return
            order.accept()
        elif report.kind is EventType.CANCELED:
            order.cancel(timestamp_ns=report.timestamp_ns, reason=report.reason)
        elif report.kind is EventType.EXPIRED:
            order.expire(timestamp_ns=report.timestamp_ns)
        elif report.kind is EventType.REJECTED:
            if order.fills:
                _log.warning("reject_after_fill", order=order.order_id)
                return
            order.reject(report.reason or "rejected", timestamp_ns=report.timestamp_ns)
        if not order.is_active:
            self._active.pop(order.order_id, None)
        self._notify(order, report)

    def start_monitoring(self) -> None:
        """From now on, `poll` gives up orders that are older than the time-out."""
        self._monitoring = True

    def stop_monitoring(self) -> None:
        """Let orders work as long as they may."""
        self._monitoring = False

    @property
    def is_monitoring(self) -> bool:
        """Whether old orders are given up."""
        return self._monitoring

    def poll(self) -> None:
        """Book what the venue reported; while monitoring, cancel what is too old."""
        self._take_reports()
        if self._monitoring:
            self._give_up_late()
        for call in tuple(self._pollers):
            call()

    def _give_up_late(self) -> None:
        latest = self._clock.now_ns() - self._timeout_ns
        late = [name for name, since in self._active.items() if since <= latest]
        for name in late:
            if name not in self._active:
                continue
            order = self._orders[name]
            _log.info("order_timed_out", order=name, symbol=order.symbol)
            if self._venue is None:
                self.apply_report(
                    self._report(order, EventType.CANCELED, "order_timeout")
                )
            else:
                self._venue.cancel(order)
                self._take_reports()

    def _take_reports(self) -> None:
        if self._venue is not None:
            for report in self._venue.reports():
                self.apply_report(report)

    def _register(self, order: Order) -> None:
        if order.client_order_id in self._by_client or order.order_id in self._orders:
            msg = (
                f"an order with the client order id {order.client_order_id!r} was "
                "submitted before; give each order its own"
            )
            raise OrderRejectedError(
                msg, reason="duplicate_id", order_id=order.order_id
            )
        if order.status is not OrderStatus.PENDING:
            msg = f"{order.order_id} is {order.status}; only a new order can be sent"
            raise OrderRejectedError(msg, reason="order_done", order_id=order.order_id)
        self._orders[order.order_id] = order
        self._by_client[order.client_order_id] = order.order_id
        self._active[order.order_id] = self._clock.now_ns()

    def _report(
        self, order: Order, kind: EventType, reason: str | None = None
    ) -> VenueReport:
        return VenueReport(order.order_id, kind, self._clock.now_ns(), reason=reason)

    def _end_rejected(self, order: Order, reason: str) -> None:
        self.apply_report(self._report(order, EventType.REJECTED, reason))

    def _tell(self, order: Order, kind: EventType) -> None:
        self._notify(order, self._report(order, kind))

    def _notify(self, order: Order, report: VenueReport) -> None:
        self._waiting.append((order, report))
        if self._telling:
            return
        self._telling = True
        try:
            while self._waiting:
                told, event = self._waiting.popleft()
                for callback in tuple(self._callbacks):
                    try:
                        callback(told, event)
                    except Exception:  # noqa: BLE001 - it must not block the others
                        _log.exception("execution_callback_failed", kind=event.kind)
        finally:
            self._telling = False
