"""Between the desk and a venue: what the desk wants sent goes out, reports come in.

The desk decides and books; here its commands reach whatever venue there is, and what
the venue says reaches the desk, the orders as Python shows them, and the listeners.
Without a venue, changes are granted at once and fills are handed in from outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ai_trading.core.errors import ArgumentError, OrderRejectedError
from ai_trading.core.log import get_logger
from ai_trading.execution.order import explain, treated
from ai_trading.execution.reports import KIND_CODES, EventType, Venue, VenueReport

if TYPE_CHECKING:
    from decimal import Decimal

    from ai_trading.core.clock import Clock
    from ai_trading.execution.blotter import Blotter
    from ai_trading.execution.listeners import Listeners
    from ai_trading.execution.order import Order

__all__ = ["Wire"]

_log = get_logger(__name__)
_SUBMIT, _CANCEL = 0, 1
_TREATED: Final = (EventType.TRIGGERED, EventType.REFRESHED)
_CHANGES: Final = (EventType.REPLACED, EventType.RESTATED, *_TREATED)


class Wire:
    """The way of orders to a venue and of its reports back.

    Parameters
    ----------
    blotter : Blotter
    venue : Venue or None
    clock : Clock
    listeners : Listeners
    inside : bool
        Whether the market stands inside the core, beside the desk: then nothing is
        carried here, only what it reported is shown and told.
    """

    def __init__(
        self,
        blotter: Blotter,
        venue: Venue | None,
        clock: Clock,
        listeners: Listeners,
        *,
        inside: bool,
    ) -> None:
        self._blotter = blotter
        self._desk: Any = blotter.desk
        self._venue = venue
        self._clock = clock
        self._listeners = listeners
        self._inside = inside
        self._executions: dict[str, int] = {}

    @property
    def venue(self) -> Venue | None:
        """Where orders go; None where they wait for reports from outside."""
        return self._venue

    # Reports in.

    def take(self, report: VenueReport) -> None:
        """Let the desk book a report, show what came of it and tell it."""
        if report.kind is EventType.SUBMITTED:
            msg = "a venue does not say 'submitted'; see EventType"
            raise ArgumentError(msg)
        priced = report.kind in (EventType.FILL, EventType.TRADE_CORRECTED)
        if priced and (report.quantity is None or report.price is None):
            msg = f"a fill needs quantity and price; received {report}"
            raise ArgumentError(msg)
        order = self._subject(report)
        symbol = order.symbol if order is not None else str(report.symbol)
        number = 0 if order is None else self._blotter.number(order.order_id)
        before = None if order is None else (order.status, len(order.fills))
        self._desk.report(
            number,
            KIND_CODES[report.kind],
            report.timestamp_ns,
            **self._blotter.report_terms(symbol, report, order),
            execution=self._execution(report.execution_id),
            corrects=self._execution(report.corrects),
        )
        self._blotter.pull()
        if order is None:
            return
        self._blotter.refresh(number)
        self._treat(order, report)
        if before is not None and not before[0].is_terminal and not order.is_active:
            explain(order, report.reason)
        if report.kind in _CHANGES or before != (order.status, len(order.fills)):
            self._listeners.tell(order, report)

    def _treat(self, order: Order, report: VenueReport) -> None:
        """Show what a venue did with an order's terms."""
        at, times = order.triggered_ns, order.refreshed
        if report.kind is EventType.TRIGGERED and at is None:
            at = report.timestamp_ns
        if report.kind is EventType.REFRESHED:
            times += 1
        replaced = report.stop if report.kind is EventType.REPLACED else None
        treated(order, replaced, at, times)

    def _subject(self, report: VenueReport) -> Order | None:
        """Return whose report it is; None where it is nobody's and can be booked."""
        if self._blotter.knows(report.order_id):
            return self._blotter.order(report.order_id)
        trade = report.kind in (EventType.TRADE_CANCELED, EventType.TRADE_CORRECTED)
        if trade and report.symbol is not None:
            return None
        if (
            report.kind is EventType.FILL
            and report.symbol is not None
            and report.side is not None
        ):
            return None
        return self._blotter.order(report.order_id)

    def _execution(self, name: str | None) -> int:
        if name is None:
            return 0
        return self._executions.setdefault(name, len(self._executions) + 1)

    def take_reports(self) -> None:
        """Take what the venue has to say, and send what follows from it."""
        if self._venue is not None:
            for report in self._venue.reports():
                self.take(report)
                self.follow()

    def hear(self) -> None:
        """Show, and tell, what a market inside the core reported."""
        for order, event in self._blotter.hear():
            self._listeners.tell(order, event)

    def tell(self, order: Order, kind: EventType, reason: str | None = None) -> None:
        """Tell what we did, or what the desk did, with an order."""
        self._listeners.tell(order, self._report(order, kind, reason))

    # Commands out.

    def follow(self) -> None:
        """Carry what the desk wants sent by itself, and tell what it ended."""
        if self._inside:
            return
        while commands := self._desk.commands():
            for kind, number, price, quantity, _, _ in commands:
                order = self._blotter.at(number)
                self._blotter.refresh(number)
                if kind == _SUBMIT:
                    self.send(order)
                elif kind == _CANCEL:
                    _log.info("order_given_up", order=order.order_id)
                    self.cancel(order)
                else:
                    self.replace(order, price, quantity)
        for number in self._desk.news():
            order = self._blotter.refresh(number)
            self.tell(order, EventType(str(order.status)), order.reason)

    def send(self, order: Order) -> OrderRejectedError | None:
        """Send an order; return why the venue refused it at once, if it did."""
        if self._venue is None:
            return None
        try:
            self._venue.submit(order)
        except OrderRejectedError as error:
            self.take(self._report(order, EventType.REJECTED, error.reason))
            return error
        except OSError as error:
            # Whether it arrived is not known: it is repeated under its own id.
            _log.warning("order_not_sent", order=order.order_id, error=str(error))
        return None

    def cancel(self, order: Order) -> None:
        """Ask the venue for an order's end."""
        if self._venue is None:
            self.take(self._report(order, EventType.CANCELED))
            return
        try:
            self._venue.cancel(order)
        except OSError as error:
            _log.warning("cancel_not_sent", order=order.order_id, error=str(error))
        self.take_reports()

    def replace(
        self, order: Order, price: int, lots: int, stop: Decimal | None = None
    ) -> None:
        """Ask the venue for another price in ticks, total in lots and perhaps stop.

        Raises
        ------
        OrderRejectedError
            If the venue refuses it at once; the order is as it was.
        """
        quantity = self._blotter.quantity(order.symbol, lots)
        limit = self._blotter.price(order.symbol, price)
        modify = getattr(self._venue, "modify", None)
        if self._venue is None:
            granted = VenueReport(
                order.order_id,
                EventType.REPLACED,
                self._clock.now_ns(),
                quantity=quantity,
                price=limit,
                stop=stop,
            )
            self.take(granted)
        elif modify is None:
            self.take(
                self._report(order, EventType.CHANGE_REJECTED, "not_supported_here")
            )
        else:
            try:
                if stop is None:
                    modify(order, quantity, limit)
                else:
                    modify(order, quantity, limit, stop=stop)
            except OrderRejectedError as error:
                self.take(self._report(order, EventType.CHANGE_REJECTED, error.reason))
                raise
            except OSError as error:
                _log.warning("change_not_sent", order=order.order_id, error=str(error))

    def _report(
        self, order: Order, kind: EventType, reason: str | None = None
    ) -> VenueReport:
        return VenueReport(order.order_id, kind, self._clock.now_ns(), reason=reason)
