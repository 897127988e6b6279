"""One order of ours: what was asked for, what became of it.

Quantities and prices are exact decimals; times are UTC nanoseconds. What an order may
become is the core's one table of transitions (docs/orders.md); this class asks it. An
order judges fills but sends nothing: `execution.manager` keeps orders, a venue trades
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from ai_trading.core.clock import LAST_NS
from ai_trading.core.enums import (
    Liquidity,
    OrderSide,
    OrderStatus,
    OrderType,
    TimeInForce,
)
from ai_trading.core.errors import ArgumentError, OrderRejectedError
from ai_trading.core.exact import mapping, text, whole
from ai_trading.core.optional import needs_core
from ai_trading.core.order_terms import order_terms, time_asked
from ai_trading.core.records import ORDER_STATUS, reject_name

with needs_core():
    from ai_trading._core.desk import order_events, step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

__all__ = ["Fill", "Order"]

_numbers: Final = count(1)
_NEW: Final = (0, False, False)
_Word = TypeVar("_Word", bound="StrEnum")


def next_order_id() -> str:
    """Return an id that no order of this process has had."""
    return f"ORD-{next(_numbers):010d}"


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of an order.

    Attributes
    ----------
    quantity, price : Decimal
        The quantity is negative where the venue undid an earlier execution.
    fee : Decimal
        Paid; a rebate is negative.
    timestamp_ns : int
        When the venue traded, 0 where nobody said.
    liquidity : Liquidity
    flag : str or None
        Why it should not have happened, as ``"overfill"`` or ``"after_end"``, or what
        undid it; docs/orders.md lists them.
    """

    quantity: Decimal
    price: Decimal
    fee: Decimal = Decimal(0)
    timestamp_ns: int = 0
    liquidity: Liquidity = Liquidity.NONE
    flag: str | None = None

    @property
    def value(self) -> Decimal:
        """Quantity times price."""
        return self.quantity * self.price


class Order:
    """An order and its fills.

    Parameters
    ----------
    symbol : str
    side : OrderSide or str
    quantity : int, float, Decimal or str
        More than zero.
    order_type : OrderType or str, default market
    price : int, float, Decimal or str, optional
        The limit; a type that needs one is refused without it, and a market order
        must not have one. Of an order of type stop without `stop` it is the stop.
    time_in_force : TimeInForce or str, optional
        ``"day"`` by default, ``"gtd"`` where it `expires`.
    stop : number, optional
        Wait at the venue until the price watched is there (for a buy: there or
        higher), then become a market order, or a limit order where there is a price.
    trailing : number or str, optional
        Such a stop that follows the price at a distance: an amount, or a percentage as
        ``"1.5%"``.
    trigger : {"last", "bid_ask", "mid"}, default "last"
        What a stop watches: trades, the best ask (of buys) or bid (of sells), or the
        middle.
    post_only : bool or "slide", default False
        Never take: refused with ``"would_take"`` where the price is marketable on
        arrival, or priced one step behind the touch.
    display : number, optional
        Show so much at a time (an iceberg); the next slice joins the back.
    hidden : bool, default False
        Show nothing; stand behind all that is displayed at the price.
    peg : {"primary", "midpoint", "market"}, optional
        Follow the own side's best price, the middle or the other side's best price,
        unseen; `offset` is added towards the other side, and `price` is never passed.
    offset : number, optional
        Of a peg.
    minimum : number, optional
        Trade at least so much at a time, or what is left if that is less.
    all_or_none : bool, default False
        Trade the whole quantity at once; it may wait for it, unseen.
    expires : int, optional
        When an order good till a date ends, UTC nanoseconds.
    client_order_id : str, optional
        Your name for it; the order's own id by default.
    strategy_id : str, optional
    created_ns : int, default 0
        When it was decided.
    simulated : bool, default False
        True where no real market is behind it.
    metadata : mapping, optional
        Anything else that should travel with it.

    Attributes
    ----------
    terms : mapping
        Those of stop, trailing and so on that were given.
    triggered_ns : int or None
        When its stop became an order.
    refreshed : int
        How often a new slice of an iceberg was shown.

    Raises
    ------
    ArgumentError
        If an argument is outside its domain, or contradicts another.

    Notes
    -----
    The words are those of `Strategy.submit`, which has no `minimum` and `all_or_none`
    and calls `price` ``limit``. Terms say the type: a limit order with `display` is an
    iceberg. Which of them a venue takes is the venue's affair.

    Examples
    --------
    >>> Order("AAPL", "sell", 100, stop=145, price=144.5).order_type
    <OrderType.STOP_LIMIT: 'stop_limit'>
    >>> order = Order("AAPL", "buy", 100, "limit", 150.25)
    >>> _ = order.add_fill(40, 150.25)
    >>> order.remaining_quantity, order.fill_percentage
    (Decimal('60'), 40.0)
    """

    __slots__ = (
        "_fills",
        "_price",
        "_quantity",
        "_reason",
        "_state",
        "_status",
        "_stop",
        "client_order_id",
        "created_ns",
        "done_ns",
        "metadata",
        "order_id",
        "order_type",
        "planned",
        "refreshed",
        "side",
        "simulated",
        "strategy_id",
        "symbol",
        "terms",
        "time_in_force",
        "triggered_ns",
    )

    def __init__(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float | Decimal | str,
        order_type: OrderType | str = OrderType.MARKET,
        price: float | Decimal | str | None = None,
        *,
        time_in_force: TimeInForce | str | None = None,
        stop: float | Decimal | str | None = None,
        trailing: float | Decimal | str | None = None,
        trigger: Literal["last", "bid_ask", "mid"] | None = None,
        post_only: bool | Literal["slide"] = False,
        display: float | Decimal | str | None = None,
        hidden: bool = False,
        peg: Literal["primary", "midpoint", "market"] | None = None,
        offset: float | Decimal | str | None = None,
        minimum: float | Decimal | str | None = None,
        all_or_none: bool = False,
        expires: int | None = None,
        client_order_id: str | None = None,
        strategy_id: str | None = None,
        created_ns: int = 0,
        simulated: bool = False,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        if not isinstance(symbol, str) or not symbol or symbol != symbol.strip():
            msg = f"symbol must be a name without spaces around it; received {symbol!r}"
            raise ArgumentError(msg)
        if client_order_id == "":
            msg = "client_order_id must not be empty; leave it out to have one made"
            raise ArgumentError(msg)
        if client_order_id is not None:
            text("client_order_id", client_order_id, "alpha-17")
        if strategy_id is not None:
            text("strategy_id", strategy_id, "momentum")
        self.symbol: Final = symbol
        self.side: Final = _word(OrderSide, "side", side)
        self._quantity = _positive("quantity", quantity)
        kind = _word(OrderType, "order_type", order_type)
        lasts = time_asked(time_in_force, dated=expires is not None)
        self.time_in_force = _word(TimeInForce, "time_in_force", lasts)
        if kind is OrderType.STOP and stop is None:
            stop, price = price, None
        self._price = None if price is None else _positive("price", price)
        given = {
            "stop": None if stop is None else _positive("stop", stop),
            "trailing": trailing,
            "trigger": trigger,
            "post_only": post_only,
            "display": display,
            "hidden": hidden,
            "peg": peg,
            "offset": offset,
            "minimum": minimum,
            "all_or_none": all_or_none,
            "expires": expires,
        }
        self.order_type, self.planned = order_terms(
            given,
            order_type=kind,
            price=self._price,
            lasts=self.time_in_force,
            quantity=self._quantity,
        )
        if self.order_type is OrderType.POST_ONLY:
            given["post_only"] = post_only or True
        given["hidden"] = self.order_type is OrderType.HIDDEN
        self.terms: Mapping[str, Any] = MappingProxyType(
            {
                name: value
                for name, value in given.items()
                if value is not None and value is not False
            }
        )
        self._stop: Decimal | None = self.planned.get("stop")
        self.triggered_ns: int | None = None
        self.refreshed = 0
        self.order_id = next_order_id()
        self.client_order_id = client_order_id or self.order_id
        self.strategy_id: Final = strategy_id
        self.created_ns: Final = whole("created_ns", created_ns, -LAST_NS, LAST_NS)
        self.simulated = bool(simulated)
        self.metadata: Final = MappingProxyType(dict(mapping("metadata", metadata)))
        self.done_ns: int | None = None
        self._fills: list[Fill] = []
        self._reason: str | None = None
        # Base status, and whether a cancel and a replace are under way.
        self._state: tuple[int, bool, bool] = _NEW
        self._status = OrderStatus.PENDING

    @property
    def quantity(self) -> Decimal:
        """What is to be executed in all."""
        return self._quantity

    @property
    def price(self) -> Decimal | None:
        """The limit; None where it has none."""
        return self._price

    @property
    def stop(self) -> Decimal | None:
        """The price that a stop waits for, as last changed; None of a trailing one."""
        return self._stop

    @property
    def status(self) -> OrderStatus:
        """Its present state."""
        return self._status

    @property
    def reason(self) -> str | None:
        """Why it was rejected, or how it ended early; None otherwise."""
        return self._reason

    @property
    def fills(self) -> tuple[Fill, ...]:
        """Its executions, oldest first."""
        return tuple(self._fills)

    @property
    def filled_quantity(self) -> Decimal:
        """Executed so far."""
        return sum((fill.quantity for fill in self._fills), Decimal(0))

    @property
    def remaining_quantity(self) -> Decimal:
        """Not executed; never below zero, even where the venue overfilled."""
        return max(self._quantity - self.filled_quantity, Decimal(0))

    @property
    def fill_percentage(self) -> float:
        """Executed share, 0 to 100; above only where the venue overfilled."""
        return float(self.filled_quantity * 100 / self._quantity)

    @property
    def is_filled(self) -> bool:
        """True once the whole quantity is executed."""
        return self.filled_quantity >= self._quantity

    @property
    def is_partially_filled(self) -> bool:
        """True where something, but not everything, is executed."""
        return 0 < self.filled_quantity < self._quantity

    @property
    def is_active(self) -> bool:
        """True while it may still trade."""
        return self._status.is_active

    @property
    def average_fill_price(self) -> Decimal | None:
        """Mean price of its fills by quantity; None before the first."""
        filled = self.filled_quantity
        return self.filled_value / filled if filled else None

    @property
    def filled_value(self) -> Decimal:
        """Quantity times price, summed over its fills."""
        return sum((fill.value for fill in self._fills), Decimal(0))

    @property
    def fees(self) -> Decimal:
        """Fees of its fills, rebates taken off."""
        return sum((fill.fee for fill in self._fills), Decimal(0))

    @property
    def notional_value(self) -> Decimal:
        """Value of its fills, plus what is left at the limit price.

        What is left of an order without a price has no value yet and counts nothing.
        """
        return self.filled_value + self.remaining_quantity * (self._price or 0)

    def add_fill(
        self,
        quantity: float | Decimal | str,
        price: float | Decimal | str,
        *,
        fee: float | Decimal | str = 0,
        timestamp_ns: int = 0,
        liquidity: Liquidity | str = Liquidity.NONE,
    ) -> Fill:
        """Book an execution.

        Raises
        ------
        ArgumentError
            If quantity or price is not positive and finite.
        OrderRejectedError
            If the order has ended (``order_done``) or would be overfilled
            (``quantity_too_large``); nothing is booked.
        """
        fill = _fill(quantity, price, fee, timestamp_ns, liquidity)
        if self._status.is_terminal:
            msg = f"{self.order_id} is {self._status} and takes no more fills"
            raise OrderRejectedError(msg, reason="order_done", order_id=self.order_id)
        if fill.quantity > self.remaining_quantity:
            msg = (
                f"{self.order_id} has {self.remaining_quantity} of {self._quantity} "
                f"left; a fill of {fill.quantity} would overfill it"
            )
            raise OrderRejectedError(
                msg, reason="quantity_too_large", order_id=self.order_id
            )
        return self._book(fill)

    def book_execution(
        self,
        quantity: float | Decimal | str,
        price: float | Decimal | str,
        *,
        fee: float | Decimal | str = 0,
        timestamp_ns: int = 0,
        liquidity: Liquidity | str = Liquidity.NONE,
    ) -> Fill:
        """Book what a venue says it executed, whatever the order's state.

        A fill that should not have happened is booked all the same, since the position
        is real; its `flag` says what is wrong with it.
        """
        fill = _fill(quantity, price, fee, timestamp_ns, liquidity)
        flag = None
        if fill.quantity > self.remaining_quantity:
            flag = "overfill"
        elif self._status.is_terminal:
            flag = "after_end"
        if flag is not None:
            fill = Fill(
                fill.quantity,
                fill.price,
                fill.fee,
                fill.timestamp_ns,
                fill.liquidity,
                flag,
            )
        return self._book(fill)

    def happen(
        self, event: str, *, timestamp_ns: int = 0, reason: str | None = None
    ) -> None:
        """Let an event of the core's table happen to the order.

        Parameters
        ----------
        event : str
            A name of `ai_trading._core.desk.order_events`, as ``"suspend"`` or
            ``"request_cancel"``.
        timestamp_ns : int, default 0
        reason : str, optional
            Kept as `reason` where the order ends.

        Raises
        ------
        ArgumentError
            If there is no such event.
        OrderRejectedError
            If the table refuses it from the present state; nothing has changed.
        """
        code = order_events.get(event)
        if code is None:
            allowed = ", ".join(order_events)
            msg = f"event must be one of {allowed}; received {event!r}"
            raise ArgumentError(msg)
        base, cancel, replace, shown, refused = step(
            *self._state, code, bool(self._fills)
        )
        if refused:
            why = reject_name(refused)
            if self._status.is_terminal:
                why = "order_done"
            msg = f"{self.order_id} is {self._status}; {event} is refused: {why}"
            raise OrderRejectedError(msg, reason=why, order_id=self.order_id)
        was = self._status
        self._state = (base, cancel, replace)
        self._status = ORDER_STATUS[shown]
        if self._status.is_terminal and not was.is_terminal:
            self.done_ns = whole("timestamp_ns", timestamp_ns, -LAST_NS, LAST_NS)
            self._reason = reason

    def accept(self) -> None:
        """Note that the venue has it.

        Raises
        ------
        OrderRejectedError
            If it is not pending.
        """
        self.happen("accept")

    def cancel(self, *, timestamp_ns: int = 0, reason: str | None = None) -> None:
        """End it; what is executed stays executed.

        Raises
        ------
        OrderRejectedError
            If it has ended already.
        """
        self.happen("cancel", timestamp_ns=timestamp_ns, reason=reason)

    def expire(self, *, timestamp_ns: int = 0) -> None:
        """End it because its time is over.

        Raises
        ------
        OrderRejectedError
            If it has ended already.
        """
        self.happen("expire", timestamp_ns=timestamp_ns)

    def reject(self, reason: str, *, timestamp_ns: int = 0) -> None:
        """End it unexecuted because somebody refused it.

        Raises
        ------
        OrderRejectedError
            If it has ended already, or something of it is executed.
        """
        self.happen("reject", timestamp_ns=timestamp_ns, reason=reason)

    def to_dict(self) -> dict[str, Any]:
        """Return everything about it in plain values; money as exact text."""
        average = self.average_fill_price
        return {
            "order_id": self.order_id,
            "client_order_id": self.client_order_id,
            "strategy_id": self.strategy_id,
            "symbol": self.symbol,
            "side": str(self.side),
            "order_type": str(self.order_type),
            "time_in_force": str(self.time_in_force),
            "quantity": str(self._quantity),
            "price": None if self._price is None else str(self._price),
            "stop": None if self._stop is None else str(self._stop),
            "terms": {
                name: value if isinstance(value, bool | int) else str(value)
                for name, value in self.terms.items()
            },
            "triggered_ns": self.triggered_ns,
            "refreshed": self.refreshed,
            "status": str(self._status),
            "reason": self._reason,
            "filled_quantity": str(self.filled_quantity),
            "remaining_quantity": str(self.remaining_quantity),
            "fill_percentage": self.fill_percentage,
            "average_fill_price": None if average is None else str(average),
            "notional_value": str(self.notional_value),
            "fees": str(self.fees),
            "created_ns": self.created_ns,
            "done_ns": self.done_ns,
            "simulated": self.simulated,
            "metadata": dict(self.metadata),
            "fills": [
                {
                    "quantity": str(fill.quantity),
                    "price": str(fill.price),
                    "fee": str(fill.fee),
                    "timestamp_ns": fill.timestamp_ns,
                    "liquidity": str(fill.liquidity),
                    "flag": fill.flag,
                }
                for fill in self._fills
            ],
        }

    def __repr__(self) -> str:
        at = "" if self._price is None else f" @ {self._price}"
        return (
            f"<Order {self.order_id} {self.side} {self._quantity} {self.symbol} "
            f"{self.order_type}{at}: {self._status}, {self.filled_quantity} filled>"
        )

    def _book(self, fill: Fill) -> Fill:
        self._fills.append(fill)
        if self._status.is_terminal:
            return fill
        event = "fill_all" if self.is_filled else "fill"
        self.happen(event, timestamp_ns=fill.timestamp_ns)
        return fill


def follow(
    order: Order,
    state: tuple[int, bool, bool],
    *,
    status: OrderStatus,
    quantity: Decimal,
    price: Decimal | None,
    reason: str | None,
    done_ns: int | None,
) -> None:
    """Let an order show what the desk, which is the truth of it, says."""
    order._state = state
    order._status = status
    order._quantity = quantity
    order._price = price
    order._reason = reason
    order.done_ns = done_ns


def treated(
    order: Order, stop: Decimal | None, triggered_ns: int | None, refreshed: int
) -> None:
    """Let an order show what its market did with its terms."""
    if order._stop is not None and stop is not None:
        order._stop = stop
    order.triggered_ns = triggered_ns
    order.refreshed = refreshed


def amended(
    order: Order,
    *,
    price: Decimal | None,
    offset: Decimal | None,
    display: Decimal | None,
) -> None:
    """Let an order show terms that its market has agreed to change."""
    if price is not None:
        order._price = price
    for name, value in (("offset", offset), ("display", display)):
        if value is not None:
            order.planned[name] = value
            order.terms = MappingProxyType({**order.terms, name: value})


def recorded(order: Order, kind: OrderType, lasts: TimeInForce) -> None:
    """Give an order made of a record its type; what else it asked for is not there."""
    order.order_type = kind
    order.time_in_force = lasts


def add(order: Order, fill: Fill) -> None:
    """Show a fill that the desk booked."""
    order._fills.append(fill)


def explain(order: Order, reason: str | None) -> None:
    """Keep a venue's own word for an end that the core has no code for."""
    if order._reason is None:
        order._reason = reason


def rename(order: Order, order_id: str) -> None:
    """Give an order made from a record the id it was submitted under."""
    order.order_id = order.client_order_id = order_id


def _fill(
    quantity: float | Decimal | str,
    price: float | Decimal | str,
    fee: float | Decimal | str,
    timestamp_ns: int,
    liquidity: Liquidity | str,
) -> Fill:
    return Fill(
        _positive("quantity", quantity),
        _positive("price", price),
        _decimal("fee", fee),
        whole("timestamp_ns", timestamp_ns, -LAST_NS, LAST_NS),
        _word(Liquidity, "liquidity", liquidity),
    )


def _word(kind: type[_Word], name: str, value: str) -> _Word:
    try:
        return kind(value)
    except ValueError:
        allowed = ", ".join(kind)
        msg = f"{name} must be one of {allowed}; received {value!r}"
        raise ArgumentError(msg) from None


def _decimal(name: str, value: float | Decimal | str) -> Decimal:
    try:
        exact = isinstance(value, int | Decimal | str) and not isinstance(value, bool)
        number = Decimal(value) if exact else Decimal(repr(float(value)))
    except (InvalidOperation, TypeError, ValueError):
        msg = f"{name} must be a number; received {value!r}"
        raise ArgumentError(msg) from None
    if isinstance(value, bool) or not number.is_finite():
        msg = f"{name} must be a finite number; received {value!r}"
        raise ArgumentError(msg)
    return number


def _positive(name: str, value: float | Decimal | str) -> Decimal:
    number = _decimal(name, value)
    if number > 0:
        return number
    msg = f"{name} must be more than zero; received {value}"
    raise ArgumentError(msg)
