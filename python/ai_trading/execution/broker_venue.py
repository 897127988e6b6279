"""A broker as the venue of an order manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from ai_trading.core.instrument import InstrumentTable
    from ai_trading.core.protocols import Broker
    from ai_trading.execution.order import Order
    from ai_trading.execution.reports import VenueReport

__all__ = ["BrokerVenue"]


class BrokerVenue:
    """A broker of `core.protocols` as a venue; its answers come by `on_report`."""

    def __init__(self, broker: Broker, instruments: InstrumentTable) -> None:
        self._broker = broker
        self._instruments = instruments

    def submit(self, order: Order) -> None:
        """Send an order."""
        instrument = self._instruments[order.symbol]
        self._broker.submit(
            order.symbol,
            order.side,
            instrument.to_lots(order.quantity),
            client_order_id=order.client_order_id,
            order_type=order.order_type,
            price=None if order.price is None else instrument.to_ticks(order.price),
            time_in_force=order.time_in_force,
        )

    def cancel(self, order: Order) -> None:
        """Ask for the end of an order."""
        self._broker.cancel(order.client_order_id)

    def modify(self, order: Order, quantity: Decimal, price: Decimal | None) -> None:
        """Ask for another quantity and price."""
        instrument = self._instruments[order.symbol]
        self._broker.modify(
            order.client_order_id,
            quantity=instrument.to_lots(quantity),
            price=None if price is None else instrument.to_ticks(price),
        )

    def reports(self) -> Iterable[VenueReport]:
        """Return nothing: a broker calls back."""
        return ()
