"""A broker as the venue of an order manager."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_trading.core.errors import OrderRejectedError
from ai_trading.core.exact import decimal
from ai_trading.core.order_terms import TERM_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from ai_trading.core.instrument import InstrumentTable
    from ai_trading.core.protocols import Broker
    from ai_trading.execution.order import Order
    from ai_trading.execution.reports import VenueReport

__all__ = ["BrokerVenue"]


class BrokerVenue:
    """A broker of `core.protocols` as a venue; its answers come by `on_report`.

    Terms go to a broker that says by `order_terms` which it takes
    (`core.protocols.TermsBroker`), prices in ticks and quantities in lots.
    """

    def __init__(self, broker: Broker, instruments: InstrumentTable) -> None:
        self._broker = broker
        self._instruments = instruments

    def check(self, order: Order) -> None:
        """Refuse an order with terms that the broker does not take.

        Raises
        ------
        OrderRejectedError
            If there is such a term (``not_supported_here``).
        """
        for name in order.terms:
            self._takes(order, name)

    def _takes(self, order: Order, name: str) -> None:
        allowed = tuple(
            word
            for word in TERM_NAMES
            if word in getattr(self._broker, "order_terms", ())
        )
        if name in allowed:
            return
        msg = (
            f"the broker takes no {name} (a {order.order_type} order); it takes "
            f"{', '.join(allowed) or 'market and limit orders without terms'}. Send "
            "another order, or name the term in the broker's order_terms"
        )
        raise OrderRejectedError(
            msg, reason="not_supported_here", order_id=order.order_id
        )

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
            **self._words(order),
        )

    def _words(self, order: Order) -> dict[str, Any]:
        """Return terms as the broker takes them."""
        instrument = self._instruments[order.symbol]
        words: dict[str, Any] = dict(order.terms)
        for name in ("stop", "trailing", "offset"):
            if name in words and not isinstance(words[name], str):
                words[name] = int(decimal(name, words[name]) / instrument.tick_size)
        for name in ("display", "minimum"):
            if name in words:
                words[name] = instrument.to_lots(words[name])
        return words

    def cancel(self, order: Order) -> None:
        """Ask for the end of an order."""
        self._broker.cancel(order.client_order_id)

    def modify(
        self,
        order: Order,
        quantity: Decimal,
        price: Decimal | None,
        *,
        stop: Decimal | None = None,
    ) -> None:
        """Ask for another quantity and price, and perhaps another stop.

        Raises
        ------
        OrderRejectedError
            If the broker takes no stops.
        """
        instrument = self._instruments[order.symbol]
        more: dict[str, Any] = {}
        if stop is not None:
            self._takes(order, "stop")
            more["stop"] = instrument.to_ticks(stop)
        self._broker.modify(
            order.client_order_id,
            quantity=instrument.to_lots(quantity),
            price=None if price is None else instrument.to_ticks(price),
            **more,
        )

    def reports(self) -> Iterable[VenueReport]:
        """Return nothing: a broker calls back."""
        return ()
