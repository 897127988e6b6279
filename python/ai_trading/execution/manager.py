"""Who keeps our orders: every one, from its submission to its end.

The manager is a Python face of the compiled desk, which is the truth about orders. It
hands orders to a venue, lets the desk judge what the venue reports and tells whoever
asked. It reads the injected clock, never the wall's, and nothing sleeps: time-outs and
repeats are judged when `poll` is called.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from ai_trading.core.clock import LAST_NS, Clock, ManualClock
from ai_trading.core.enums import OrderSide, OrderStatus, OrderType
from ai_trading.core.errors import ArgumentError, OrderRejectedError
from ai_trading.core.exact import instance, items, text, whole
from ai_trading.core.log import get_logger
from ai_trading.core.optional import needs_core
from ai_trading.core.order_terms import check_change, check_new_stop
from ai_trading.core.records import side_code
from ai_trading.core.settings import Settings, get_settings
from ai_trading.execution.blotter import Blotter
from ai_trading.execution.listeners import Listeners
from ai_trading.execution.order import Order, amended
from ai_trading.execution.patience import patience_of
from ai_trading.execution.reports import (
    EventType,
    ExecutionEvent,
    Venue,
    VenueReport,
)
from ai_trading.execution.wire import Wire

with needs_core():
    from ai_trading._core.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ai_trading.core.instrument import InstrumentTable
    from ai_trading.execution.listeners import ExecutionCallback

__all__ = ["EventType", "ExecutionEvent", "OrderManager", "Venue", "VenueReport"]

_log = get_logger(__name__)


class Market(Protocol):
    """A venue that stands inside the core, beside the desk: it answers at once."""

    def advance(self) -> None:
        """Play on to the clock's time."""


class OrderManager:
    """Keep orders, by id and by the client's own id.

    Parameters
    ----------
    venue : Venue, optional
        Where orders go. Without one they wait for `apply_report`.
    clock : Clock, optional
        A clock at zero by default.
    settings : Settings, optional
        Those of the process by default. Of `execution`, ``order_timeout_seconds``,
        ``cancel_threshold_seconds`` (a request without an answer is repeated after it)
        and ``retry_attempts`` (how often) are used.
    instruments : InstrumentTable, optional
        What may be traded. Without one every symbol may be, on a grid fine enough for
        its first order.
    blotter : Blotter, optional
        Of a desk that exists; a desk of its own by default.
    market : Market, optional
        What stands beside that desk in the core.
    strategies : sequence of str, optional
        Who sends orders, in the order of the gate's indexes: an order's `strategy_id`
        is one of them, or nothing for the first. Without them no `strategy_id` counts.

    Notes
    -----
    A request is repeated under its own client order id, so that a venue which has it
    refuses the copy; that refusal is taken as the acknowledgement it is. After the last
    repeat the symbol may only be reduced, until `enable` names a person.

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
        instruments: InstrumentTable | None = None,
        blotter: Blotter | None = None,
        market: Market | None = None,
        strategies: Sequence[str] = (),
    ) -> None:
        names = [
            text("a strategy", name, "momentum")
            for name in items("strategies", strategies, "['momentum']")
        ]
        self._strategies = {name: index for index, name in enumerate(names)}
        if settings is not None:
            instance("settings", settings, Settings, "get_settings()")
        if blotter is not None:
            instance("blotter", blotter, Blotter)
        if clock is not None:
            instance("clock", clock, Clock, "SystemClock()")
        self._strategy_of_parent: dict[int, int] = {}
        if blotter is None:
            patience = patience_of(settings or get_settings())
            blotter = Blotter(Desk(0, **patience), instruments)
        self.blotter: Final = blotter
        self._desk = blotter.desk
        self._market = market
        self._clock = clock or ManualClock()
        listeners = Listeners()
        self.listeners: Final = listeners.calls
        self._wire = Wire(
            blotter, venue, self._clock, listeners, inside=market is not None
        )
        self._pollers: list[Callable[[], None]] = []
        self._monitoring = False

    def submit_order(self, order: Order, *, parent: int = 0) -> str:
        """Take an order and send it; return its id.

        Parameters
        ----------
        order : Order
        parent : int, default 0
            The number of the parent that it works for, from `open_parent`.

        Raises
        ------
        OrderRejectedError
            If its client order id was used before (``duplicate_id``; the first order
            is untouched), it is not new (``order_done``), it is more than is left of
            its parent (``parent_overrun``), or gate or venue refuse it. But for the
            first two it is kept as rejected.
        """
        return self._place(order, parent=parent)

    def submit_linked(
        self,
        orders: Sequence[Order],
        *,
        entry: str | None = None,
        reduce: bool = True,
    ) -> list[str]:
        """Submit orders that depend on each other; return their ids.

        Parameters
        ----------
        orders : sequence of Order
        entry : str, optional
            An order that was submitted. The others wait until it executes, and are
            together as large as what it executed: with two, a bracket.
        reduce : bool, default True
            What one executes is taken from the others; else one execution ends them.

        Raises
        ------
        OrderRejectedError
            As `submit_order`, for the first that is refused; those before it stay.
        """
        given = [
            instance("an order", order, Order, "Order('AAPL', 'buy', 100)")
            for order in items("orders", orders, "[first, second]")
        ]
        number = 0
        if entry is not None:
            number = self.blotter.number(text("entry", entry, "an order id"))
        group = self._desk.link(reduce, number)
        return [self._place(order, group=group) for order in given]

    def submit_bracket(
        self, entry: Order, *, take_profit: Order, stop_loss: Order
    ) -> list[str]:
        """Submit an order with the two that close what it opens; return their ids.

        The exits wait until the entry executes, grow with it, and take from each other
        what they execute.

        Raises
        ------
        ArgumentError
            If an exit is of another symbol, or on the entry's side.
        OrderRejectedError
            As `submit_order`.
        """
        for name, leg in (("take_profit", take_profit), ("stop_loss", stop_loss)):
            if leg.symbol != entry.symbol or leg.side.is_buy == entry.side.is_buy:
                msg = f"{name} must close what {entry!r} opens; received {leg!r}"
                raise ArgumentError(msg)
        self._check_all([entry, take_profit, stop_loss])
        entry_id = self.submit_order(entry)
        return [entry_id, *self.submit_linked([take_profit, stop_loss], entry=entry_id)]

    def submit_exits(self, take_profit: Order, stop_loss: Order) -> list[str]:
        """Submit two orders that close a position that is held; return their ids.

        What one executes the other loses, so that they end together. Both are sent, or
        none works.

        Raises
        ------
        ArgumentError
            If they are of different symbols, sides or quantities.
        OrderRejectedError
            As `submit_order`.
        """
        same = take_profit.symbol == stop_loss.symbol
        alike = take_profit.side.is_buy == stop_loss.side.is_buy
        if not same or not alike or take_profit.quantity != stop_loss.quantity:
            msg = (
                "two exits close the same position: same symbol, side and quantity; "
                f"received {take_profit!r} and {stop_loss!r}"
            )
            raise ArgumentError(msg)
        self._check_all([take_profit, stop_loss])
        try:
            return self.submit_linked([take_profit, stop_loss])
        except OrderRejectedError:
            if self.blotter.knows(take_profit.order_id):
                self.cancel_order(take_profit.order_id)
            raise

    def _check_all(self, orders: Sequence[Order]) -> None:
        """Refuse orders of which one could not be sent, before any is."""
        for order in orders:
            self._check_new(order)
            terms = self.blotter.terms(order)
            if isinstance(terms, str):
                self.record_rejection(order, terms)
                msg = f"{order!r} cannot be sent: {terms}"
                raise OrderRejectedError(msg, reason=terms, order_id=order.order_id)
            self._check_venue(order)

    def open_parent(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float | Decimal | str,
        *,
        strategy_id: str | None = None,
    ) -> int:
        """Open a parent for orders of a symbol that was traded; return its number.

        Orders submitted with ``parent=`` its number cannot together be more than it.
        Those without a `strategy_id` are of the parent's strategy.

        Raises
        ------
        ArgumentError
            If the symbol was never traded, nobody knows the strategy, or an argument is
            outside its domain.
        OrderRejectedError
            If the desk refuses it.
        """
        strategy = self.strategy_index(strategy_id)
        number, code = self._desk.open_parent(
            self.blotter.index(symbol),
            side_code(side),
            self.blotter.lots(symbol, quantity),
            self._clock.now_ns(),
            strategy=strategy,
        )
        if code:
            reason = self.blotter.reason(code)
            msg = f"a parent of {quantity} {symbol} was refused: {reason}"
            raise OrderRejectedError(msg, reason=reason)
        if strategy:
            self._strategy_of_parent[int(number)] = strategy
        return int(number)

    def strategy_index(self, strategy_id: str | None) -> int:
        """Return the gate's index of a strategy, 0 where nothing is said.

        Raises
        ------
        ArgumentError
            If it is no text, or strategies were named and it is none of them.
        """
        if strategy_id is not None:
            text("strategy_id", strategy_id, "momentum")
        if not self._strategies or strategy_id is None:
            return 0
        index = self._strategies.get(strategy_id)
        if index is None:
            msg = (
                f"strategy_id must be one of {', '.join(self._strategies)}; "
                f"received {strategy_id!r}"
            )
            raise ArgumentError(msg)
        return index

    def cancel_parent(self, parent: int) -> bool:
        """Ask for the end of a parent and its orders; return whether it was taken."""
        whole("parent", parent, 0, LAST_NS)
        code = self._desk.cancel_parent(parent, self._clock.now_ns())
        self._wire.hear()
        self._wire.follow()
        self.poll()
        return not code

    def finish_parent(self, parent: int) -> bool:
        """End a parent for which nothing works; return whether it has ended so."""
        return not self._desk.finish_parent(parent, self._clock.now_ns())

    def _place(self, order: Order, *, parent: int = 0, group: int = 0) -> str:
        self._check_new(order)
        self._advance()
        terms = self.blotter.terms(order)
        strategy = self._strategy(order, parent)
        if strategy is None:
            terms = "unknown_strategy"
        if isinstance(terms, str):
            self.record_rejection(order, terms)
            msg = f"{order!r} cannot be sent: {terms}"
            raise OrderRejectedError(msg, reason=terms, order_id=order.order_id)
        self._check_venue(order)
        number, code, goes = self._take(order, terms, parent, group, strategy or 0)
        self.blotter.adopt(order, number)
        error: OrderRejectedError | None = None
        if code:
            self.blotter.refresh(number)
            self._wire.tell(order, EventType.REJECTED, order.reason)
        else:
            self._wire.tell(order, EventType.SUBMITTED)
            if self._market is not None:
                self._wire.hear()
            elif self._wire.venue is not None:
                error = self._wire.send(order) if goes else None
                self.poll()
            else:
                self._wire.follow()
        if order.status is OrderStatus.REJECTED:
            msg = f"{order!r} was refused: {order.reason}"
            raise OrderRejectedError(
                msg, reason=str(order.reason), order_id=order.order_id
            ) from error
        return order.order_id

    def _take(
        self,
        order: Order,
        terms: tuple[int, int, int, int, int, int],
        parent: int,
        group: int,
        strategy: int,
    ) -> tuple[int, int, Any]:
        """Have the desk take an order; return number, code and whether it is sent."""
        now = self._clock.now_ns()
        special = None if self._market is None else self.blotter.special_terms(order)
        taken = (
            self._desk.submit(*terms, now, 0, parent, group, strategy)
            if special is None
            else self._desk.submit_terms(
                *terms, now, 0, parent, group, strategy, special
            )
        )
        return cast("tuple[int, int, Any]", taken)

    def _check_venue(self, order: Order) -> None:
        """Keep an order that the venue says beforehand not to take as rejected."""
        check = getattr(self._wire.venue, "check", None)
        if check is None:
            return
        try:
            check(order)
        except OrderRejectedError as error:
            self.record_rejection(order, str(error.reason))
            raise OrderRejectedError(
                str(error), reason=error.reason, order_id=order.order_id
            ) from None

    def _strategy(self, order: Order, parent: int) -> int | None:
        """Return the index of who sends an order; None where nobody knows it."""
        if not self._strategies or order.strategy_id is None:
            return self._strategy_of_parent.get(parent, 0)
        return self._strategies.get(order.strategy_id)

    def record_rejection(self, order: Order, reason: str) -> None:
        """Keep an order that was refused before it could be sent.

        Raises
        ------
        OrderRejectedError
            If its client order id was used before, or it is not new.
        """
        self._check_new(order)
        self.blotter.refuse(order, reason, self._clock.now_ns())
        self._wire.tell(order, EventType.REJECTED, reason)

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
        number = self.blotter.number(order.order_id)
        now = self._clock.now_ns()
        answer = self._desk.cancel(number, now)
        self.blotter.refresh(number)
        if self._market is not None:
            self._wire.hear()
        elif isinstance(answer, tuple) and answer[1]:
            self._wire.cancel(order)
        self.poll()
        return order.status is OrderStatus.CANCELED

    def modify_order(
        self,
        order_id: str,
        *,
        quantity: float | Decimal | str | None = None,
        price: float | Decimal | str | None = None,
        stop: float | Decimal | str | None = None,
        offset: float | Decimal | str | None = None,
        display: float | Decimal | str | None = None,
    ) -> bool:
        """Ask for another total quantity, price or stop; return whether it has them.

        A peg takes another `offset`, its `price` being what it does not pass, and an
        iceberg another `display`: where the market is simulated. Only a smaller
        quantity with all else as it was keeps the place in the queue.

        Raises
        ------
        ArgumentError
            If there is no such order, a value is off the instrument's grid, or an order
            of this type has no such price.
        OrderRejectedError
            If the order has ended (``order_done``), has a change under way
            (``pending_change``), has no limit price (``price_missing``), or the gate
            refuses what it would become. It is as it was.
        """
        self.poll()
        order = self.get_order(order_id)
        number = self.blotter.number(order.order_id)
        pegged = order.order_type is OrderType.PEGGED
        if price is not None:
            _check_new_limit(order, pegs=self._market is not None)
        if stop is not None:
            check_new_stop(order.order_type, order.order_id)
        check_change(order.order_type, order.order_id, offset=offset, display=display)
        if self._market is None and (offset is not None or display is not None):
            msg = (
                f"the broker of {order.order_id} takes no other offset or display; "
                "cancel it and send another"
            )
            raise ArgumentError(msg)
        if order.price is None and price is None:
            price_ticks = 0
        else:
            price_ticks = self.blotter.ticks(
                order.symbol, order.price if price is None else price
            )
        lots = self.blotter.lots(
            order.symbol, order.quantity if quantity is None else quantity
        )
        trigger = None if stop is None else self.blotter.ticks(order.symbol, stop)
        away = None if offset is None else self.blotter.ticks(order.symbol, offset)
        shown = None if display is None else self.blotter.lots(order.symbol, display)
        now = self._clock.now_ns()
        limit = price_ticks if pegged and price is not None else None
        answer = (
            self._desk.modify(
                number, price_ticks, lots, now, trigger, away, limit, shown
            )
            if self._market is not None
            else self._desk.modify(number, price_ticks, lots, now)
        )
        code = answer[0] if isinstance(answer, tuple) else answer
        if code:
            reason = self.blotter.reason(code)
            msg = f"{order!r} was not changed: {reason}"
            raise OrderRejectedError(msg, reason=reason, order_id=order.order_id)
        self.blotter.refresh(number)
        if self._market is not None:
            self._wire.hear()
        else:
            level = None if trigger is None else self._price(order, trigger)
            self._wire.replace(order, price_ticks, lots, level)
            self.poll()
        given = (limit, away, shown)
        if any(each is not None for each in given):
            now_in_force = self._desk.changed_terms(number)
            if any(
                want not in (None, has)
                for want, has in zip(given, now_in_force, strict=True)
            ):
                return False
            amended(
                order,
                price=None if limit is None else self._price(order, limit),
                offset=None if away is None else self._price(order, away),
                display=(
                    None
                    if shown is None
                    else self.blotter.quantity(order.symbol, shown)
                ),
            )
        return (
            order.quantity == self.blotter.quantity(order.symbol, lots)
            and (price is None or order.price == self._price(order, price_ticks))
            and (trigger is None or order.stop == self._price(order, trigger))
        )

    def stop_price(self, order_id: str) -> Decimal | None:
        """Return where a stop would trigger now; None where it waits for no price.

        Where the market is simulated this is where a trailing stop stands. Elsewhere it
        is the stop as last agreed, and None of a trailing one: only its venue knows.

        Raises
        ------
        ArgumentError
            If there is no such order.
        """
        self.poll()
        order = self.get_order(order_id)
        if self._market is None:
            waits = order.is_active and order.triggered_ns is None
            return order.stop if waits else None
        ticks = self._desk.stop_price(self.blotter.number(order.order_id))
        return None if ticks is None else self._price(order, ticks)

    def _price(self, order: Order, ticks: int) -> Decimal:
        return self.blotter.price(order.symbol, ticks)

    def get_order(self, order_id: str) -> Order:
        """Return an order by its id or the client's.

        Raises
        ------
        ArgumentError
            If there is no such order.
        """
        return self.blotter.order(order_id)

    def get_order_status(self, order_id: str) -> OrderStatus:
        """Return the present state of an order.

        Raises
        ------
        ArgumentError
            If there is no such order.
        """
        return self.get_order(order_id).status

    def __repr__(self) -> str:
        desk = self.blotter.desk
        active = desk.working_orders
        return f"<OrderManager {desk.counts[0]:,} orders, {active:,} active>"

    def get_active_orders(self, symbol: str | None = None) -> list[Order]:
        """Return the orders that may still trade, oldest first.

        Raises
        ------
        ArgumentError
            If `symbol` is no text.
        """
        _symbol_asked(symbol)
        return [o for o in self.blotter.active() if symbol in (None, o.symbol)]

    def get_order_history(
        self, symbol: str | None = None, limit: int = 100
    ) -> list[Order]:
        """Return orders in any state, newest first, `limit` of them at most.

        Raises
        ------
        ArgumentError
            If `limit` is no whole number from 0 on, or `symbol` no text.
        """
        _symbol_asked(symbol)
        limit = whole("limit", limit)
        found: list[Order] = []
        for order in self.blotter.newest_first():
            if len(found) == limit:
                break
            if symbol in (None, order.symbol):
                found.append(order)
        return found

    def add_execution_callback(self, callback: ExecutionCallback) -> None:
        """Call ``callback(order, event)`` after each change of an order.

        One that raises is logged and blocks no other. Events reach every callback in
        the order in which they happened, also where a callback sends an order.

        Raises
        ------
        ArgumentError
            If it cannot be called.
        """
        given: object = callback
        if not callable(given):
            msg = (
                "a callback must be callable as callback(order, event); "
                f"received {callback!r}"
            )
            raise ArgumentError(msg)
        self.listeners.append(callback)
        self.blotter.listen()

    def add_poller(self, call: Callable[[], None]) -> None:
        """Call ``call()`` at the end of every `poll`: for what is due by the clock."""
        self._pollers.append(call)

    @property
    def clock(self) -> Clock:
        """The clock by which it works."""
        return self._clock

    @property
    def venue(self) -> Venue | Market | None:
        """Where orders go; None where they wait for `apply_report`."""
        return self._wire.venue if self._market is None else self._market

    def apply_report(self, report: VenueReport) -> None:
        """Let the desk book what a venue said.

        A fill is always booked, and flagged where it should not have happened; a report
        that contradicts or repeats others is logged and kept as an incident.

        Raises
        ------
        ArgumentError
            If there is no such order, and the report is not a fill that names symbol
            and side; or if a fill lacks quantity or price.
        """
        self._wire.take(report)
        self._wire.follow()

    def enable(self, symbol: str, who: str, reason: str) -> None:
        """Let a named person lift the restriction of a symbol, for a reason.

        Both are kept with the change of state (docs/risk-gate.md).

        Raises
        ------
        ArgumentError
            If name or reason is empty or the symbol was never traded.
        """
        text("the name of who enables trading", who, "A. Smith")
        text("the reason to enable trading", reason, "the venue's report was wrong")
        _log.warning("trading_enabled", symbol=symbol, who=who, reason=reason)
        self._desk.enable(self.blotter.index(symbol), who, reason, self._clock.now_ns())

    def is_restricted(self, symbol: str) -> bool:
        """Return whether a symbol may only be reduced, or not be traded at all.

        Raises
        ------
        ArgumentError
            If the symbol was never traded.
        """
        return int(self._desk.mode(self.blotter.index(symbol))) != 0

    def start_monitoring(self) -> None:
        """From now on, `poll` gives up old orders and repeats unanswered requests."""
        self._monitoring = True

    def stop_monitoring(self) -> None:
        """Let orders work as long as they may."""
        self._monitoring = False

    @property
    def is_monitoring(self) -> bool:
        """Whether old orders are given up."""
        return self._monitoring

    def poll(self) -> None:
        """Book what the venue reported; while monitoring, judge what is overdue."""
        self._advance()
        self._wire.take_reports()
        self._wire.follow()
        if self._monitoring:
            self._desk.wake(self._clock.now_ns())
            self.blotter.pull()
            self._wire.hear()
            self._wire.follow()
            self._wire.take_reports()
        for call in tuple(self._pollers):
            call()

    def _advance(self) -> None:
        if self._market is not None:
            self._market.advance()
            self._wire.hear()

    def _check_new(self, order: object) -> None:
        if not isinstance(order, Order):
            msg = (
                "an Order is needed, such as Order('AAPL', 'buy', 100); "
                f"received {order!r}"
            )
            raise ArgumentError(msg)
        if self.blotter.knows(order.client_order_id) or self.blotter.knows(
            order.order_id
        ):
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


def _symbol_asked(symbol: str | None) -> None:
    if symbol is not None:
        text("symbol", symbol, "AAPL")


def _check_new_limit(order: Order, *, pegs: bool) -> None:
    """Refuse another price for an order whose type has none."""
    if pegs and order.order_type is OrderType.PEGGED:
        return
    if order.price is None and order.order_type in (
        OrderType.STOP,
        OrderType.TRAILING_STOP,
        OrderType.PEGGED,
    ):
        fix = "did you mean stop=?" if order.order_type is OrderType.STOP else ""
        msg = (
            f"{order.order_id} is a {order.order_type} order without a price to change;"
            f" {fix or 'change its quantity, or cancel it and send another'}"
        )
        raise ArgumentError(msg)
    if order.order_type is OrderType.PEGGED:
        msg = (
            f"{order.order_id} is pegged: its price is where the peg ends and stays; "
            "cancel it and send another"
        )
        raise ArgumentError(msg)
