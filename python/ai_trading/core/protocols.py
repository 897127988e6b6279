"""The seams: what each part may expect of another without importing it.

Only `cli` and `live` wire concrete parts together. Every array here has one of the
record dtypes of `core.records`; what a strategy is woken with is one reused object of
`ai_trading._core.sim` each, good until the call returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ai_trading.core.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from ai_trading._core.sim import Bar, Fill, OrderUpdate, Quote, Timer, Trade
    from ai_trading.core.enums import OrderSide, OrderType, TimeInForce
    from ai_trading.core.instrument import InstrumentTable

__all__ = ["Broker", "Clock", "Feed", "Journal", "Sink", "Strategy", "TermsBroker"]


@runtime_checkable
class Strategy(Protocol):
    """What a run wakes; each call may submit, cancel or modify orders.

    The same object runs in a backtest, on paper and live, so it keeps no clock and
    does no input or output of its own.
    """

    name: str

    def on_start(self) -> None:
        """Before the first event; the place to subscribe."""

    def on_bar(self, bar: Bar) -> None:
        """A bar is complete."""

    def on_quote(self, quote: Quote) -> None:
        """The best bid or ask changed."""

    def on_trade(self, trade: Trade) -> None:
        """The market traded."""

    def on_book(self, book: Quote) -> None:
        """The order book changed; what is best in it now."""

    def on_timer(self, timer: Timer) -> None:
        """A timer the strategy set is due."""

    def on_order(self, order: OrderUpdate) -> None:
        """One of its orders changed state."""

    def on_fill(self, fill: Fill) -> None:
        """One of its orders traded."""

    def on_stop(self) -> None:
        """After the last event."""


@runtime_checkable
class Feed(Protocol):
    """A source of market data that yields arrays of bounded size in time order."""

    @property
    def instruments(self) -> InstrumentTable:
        """The table that the records' `instrument` field points into; it may grow."""
        ...

    def __iter__(self) -> Iterator[NDArray[np.void]]:
        """Yield arrays of `EVENT`, `QUOTE` or `BAR`."""
        ...


@runtime_checkable
class Broker(Protocol):
    """Where orders go.

    A call returns when the order was sent, not when it was answered; answers come as
    reports in their own time.
    """

    def submit(
        self,
        symbol: str,
        side: OrderSide,
        quantity: int,
        *,
        client_order_id: str,
        order_type: OrderType,
        price: int | None = None,
        time_in_force: TimeInForce,
    ) -> None:
        """Send an order of `quantity` lots, at `price` ticks where it has a limit.

        Raises
        ------
        OrderRejectedError
            If it is refused before it is sent, as a repeated `client_order_id` is.
        """

    def cancel(self, client_order_id: str) -> None:
        """Ask for what is left of an order to be cancelled."""

    def modify(self, client_order_id: str, *, quantity: int, price: int | None) -> None:
        """Ask for an order to be replaced by one of this quantity and price."""


@runtime_checkable
class TermsBroker(Broker, Protocol):
    """A broker that takes orders with more terms than a limit.

    It gets those that an order has as keywords of `submit`, by the names of
    `core.order_terms.TERM_NAMES`: ``stop``, ``trailing`` (a percentage as text) and
    ``offset`` in ticks, ``display`` and ``minimum`` in lots; and a new ``stop`` as a
    keyword of `modify`. What it does not name is refused before it is sent.
    """

    @property
    def order_terms(self) -> Collection[str]:
        """The names of the terms it takes."""
        ...


@runtime_checkable
class Journal(Protocol):
    """An append-only list of a desk's inputs and outputs: the durable truth."""

    def append(self, record: bytes) -> int:
        """Make one record durable and return its number, one more than the last."""
        ...

    def replay(self, after: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield number and record in order, beginning behind `after`."""
        ...


@runtime_checkable
class Sink(Protocol):
    """Where records that leave the core are put."""

    def write(self, records: NDArray[np.void]) -> None:
        """Take an array of `ORDER`, `FILL` or `ACCOUNT`; it is not kept or changed."""

    def close(self) -> None:
        """Put down everything taken so far; a second call does nothing."""
