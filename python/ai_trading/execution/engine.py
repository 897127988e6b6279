"""One call that checks an order, sends it and follows it.

`ExecutionEngine` joins a gate, an `OrderManager` and a venue. Without arguments the
venue is a seeded synthetic session on the real matching engine, and every record says
that it is simulated. Nothing sleeps: time moves when the injected clock does.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import numpy as np

from ai_trading.core.clock import Clock, ManualClock
from ai_trading.core.enums import OrderSide, OrderStatus, OrderType, TimeInForce
from ai_trading.core.errors import ArgumentError, ConfigError, OrderRejectedError
from ai_trading.core.log import get_logger
from ai_trading.core.records import EventKind
from ai_trading.core.settings import Settings, get_settings
from ai_trading.execution.manager import (
    EventType,
    ExecutionEvent,
    OrderManager,
    VenueReport,
)
from ai_trading.execution.order import Order
from ai_trading.execution.synthetic import (
    SyntheticVenue,
    default_instrument,
    session_bounds,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_trading.core.instrument import Instrument, InstrumentTable
    from ai_trading.core.protocols import Broker
    from ai_trading.execution.executors import ParentDesk
    from ai_trading.execution.parents import ParentOrder

__all__ = ["ExecutionEngine"]

_log = get_logger(__name__)
_DAY: Final = dt.date(2026, 1, 15)
# Kinds of events whose price is that of a trade in every source.
_TRADES: Final = (EventKind.EXECUTE, EventKind.EXECUTE_AT, EventKind.TRADE)
_MINUTE_NS: Final = 60_000_000_000
_COLLAR: Final = Decimal("0.10")
_MEANING: Final = {
    "unknown_instrument": "the market data feed does not have this symbol",
    "not_supported_here": "the venue does not trade this type of order",
    "max_quantity": "more than the largest single order",
    "max_notional": "worth more than one order may be",
    "too_many_orders": "as many orders work already as may at once",
    "price_collar": "too far from the reference price",
    "price_off_increment": "the price is not a multiple of the price increment",
    "quantity_off_lot": "the quantity is not a multiple of the lot size",
    "no_reference_price": "no price is known to check it against",
    "insufficient_cash": "the account cannot pay for it",
}


class _Feed(Protocol):
    @property
    def instruments(self) -> InstrumentTable: ...


class _BrokerVenue:
    """A broker of `core.protocols` as a venue; its answers come by `on_report`."""

    def __init__(self, broker: Broker, instruments: InstrumentTable) -> None:
        self._broker = broker
        self._instruments = instruments

    def submit(self, order: Order) -> None:
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
        self._broker.cancel(order.client_order_id)

    def reports(self) -> Iterable[VenueReport]:
        return ()


class ExecutionEngine:
    """Execute orders against a synthetic session or a broker.

    Parameters
    ----------
    market_data_feed : MarketData or Feed, optional
        What may be traded, and the reference prices: the last price of each symbol.
        Without one any symbol may be, around `execution.simulation_price`.
    broker_interface : Broker, optional
        Where orders go; needs a feed. Its answers are handed to `on_report`.
    clock : Clock, optional
        By default a clock that stands one minute after the open of a session on
        2026-01-15; move it with ``engine.clock.advance``.
    settings : Settings, optional
        Those of the process by default: seed, reference price, cash and limits.
    day : datetime.date, optional
        Date of the synthetic session; 2026-01-15 by default.

    Raises
    ------
    ConfigError
        If a broker is given without a feed.

    Notes
    -----
    The gate refuses, in this order, an unknown symbol, an order type the venue does not
    trade, too large a quantity, an off-grid price or quantity, too many orders at once,
    a missing reference price, a limit price more than 10 % away from it, too large a
    notional (`risk.max_position_size` of the account's value) and an order that cash
    cannot pay, working orders counted; an uncovered sale needs the cash a purchase of
    it would. An order that only reduces the position skips the last two.

    Examples
    --------
    >>> engine = ExecutionEngine()
    >>> order_id = engine.execute_order("AAPL", OrderSide.BUY, 100)
    >>> engine.get_order(order_id).simulated
    True
    """

    def __init__(
        self,
        market_data_feed: _Feed | None = None,
        broker_interface: Broker | None = None,
        *,
        clock: Clock | None = None,
        settings: Settings | None = None,
        day: dt.date = _DAY,
    ) -> None:
        self._settings = settings or get_settings()
        self._feed = market_data_feed
        if broker_interface is not None and market_data_feed is None:
            msg = (
                "a broker needs a market data feed: without one there is neither an "
                "instrument nor a price to check an order against"
            )
            raise ConfigError(msg)
        self.clock: Final[Clock] = clock or ManualClock(
            session_bounds(day)[0] + _MINUTE_NS
        )
        self._synthetic: SyntheticVenue | None = None
        venue: SyntheticVenue | _BrokerVenue
        if broker_interface is None:
            seed = self._settings.execution.simulation_seed
            venue = self._synthetic = SyntheticVenue(self.clock, day, seed)
        else:
            venue = _BrokerVenue(
                broker_interface, cast("_Feed", market_data_feed).instruments
            )
        self.order_manager: Final = OrderManager(
            venue, clock=self.clock, settings=self._settings
        )
        self.order_manager.add_execution_callback(self._account)
        self._cash = self._settings.execution.simulation_cash
        self._positions: dict[str, Decimal] = {}
        self._last_prices: dict[str, Decimal] = {}
        self._arrival: dict[str, Decimal] = {}
        self._desk: ParentDesk | None = None
        self._parents: dict[str, ParentOrder[str]] = {}

    def execute_order(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float | Decimal | str,
        order_type: OrderType | str = OrderType.MARKET,
        **options: Any,
    ) -> str:
        """Check an order, send it and return its id.

        Parameters
        ----------
        symbol, side, quantity, order_type
            As `Order`.
        **options
            Further arguments of `Order`: price, time_in_force, client_order_id,
            strategy_id, metadata. With ``algorithm="twap"``, ``"vwap"``, ``"is"`` or
            another of `ai_trading.execution.algorithms` it is a parent whose children
            pass the gate one by one as time goes on; then the options are start, end,
            minutes and the algorithm's terms, the id returned is the parent's, and
            `get_parent` has it.

        Raises
        ------
        ArgumentError
            If an argument is outside its domain; no order came about.
        OrderRejectedError
            If gate or venue refuse it; ``reason`` says why, and the order is kept as
            rejected under ``order_id``.
        """
        if "algorithm" in options:
            return self._work(symbol, side, quantity, options)
        options.setdefault("created_ns", self.clock.now_ns())
        try:
            order = Order(
                symbol,
                side,
                quantity,
                order_type,
                simulated=self._synthetic is not None,
                **options,
            )
        except TypeError as error:
            msg = f"execute_order: {error}; Order names the options there are"
            raise ArgumentError(msg) from None
        return self._send(order)

    def get_parent(self, order_id: str) -> ParentOrder[str]:
        """Return a parent that `execute_order` took with an algorithm.

        Raises
        ------
        ArgumentError
            If there is no such parent.
        """
        self.order_manager.poll()
        if order_id not in self._parents:
            msg = f"no parent has the id {order_id!r}; {len(self._parents)} are known"
            raise ArgumentError(msg)
        return self._parents[order_id]

    def _work(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float | Decimal | str,
        options: dict[str, Any],
    ) -> str:
        from ai_trading.execution.executors import ParentDesk

        self.order_manager.poll()
        instrument = self._instrument(symbol)
        if instrument is None:
            reason = "unknown_instrument"
            msg = f"{symbol} was refused: {_MEANING[reason]} ({reason})"
            raise OrderRejectedError(msg, reason=reason)
        self._reference(symbol, instrument)  # opens the market of a synthetic session
        if self._desk is None:
            self._desk = ParentDesk(
                self.order_manager, instrument=self._instrument_of, send=self._send
            )
        chosen = options.pop("algorithm")
        parent = self._desk.execute(symbol, side, quantity, chosen, **options)
        order_id = f"parent-{parent.parent_id}"
        self._parents[order_id] = parent
        return order_id

    def _instrument_of(self, symbol: str) -> Instrument:
        found = self._instrument(symbol)
        assert found is not None
        return found

    def _send(self, order: Order) -> str:
        symbol = order.symbol
        self.order_manager.poll()
        reason = self._refusal(order)
        if reason is not None:
            self.order_manager.record_rejection(order, reason)
            _log.info("order_refused", symbol=symbol, reason=reason)
            at = "" if order.price is None else f" at {order.price}"
            msg = (
                f"{order.order_type} {order.side} {order.quantity} {symbol}{at} was "
                f"refused: {_MEANING[reason]} ({reason})"
            )
            raise OrderRejectedError(msg, reason=reason, order_id=order.order_id)
        return self.order_manager.submit_order(order)

    def cancel_order(self, order_id: str) -> bool:
        """Ask for an order's cancellation; return whether it is canceled now."""
        return self.order_manager.cancel_order(order_id)

    def get_order(self, order_id: str) -> Order:
        """Return an order as it stands at the clock's time.

        Raises
        ------
        ArgumentError
            If there is no such order.
        """
        self.order_manager.poll()
        return self.order_manager.get_order(order_id)

    def on_report(self, report: VenueReport) -> None:
        """Book what a broker said."""
        self.order_manager.apply_report(report)

    @property
    def cash(self) -> Decimal:
        """Cash at the clock's time."""
        self.order_manager.poll()
        return self._cash

    @property
    def positions(self) -> dict[str, Decimal]:
        """Signed quantity held of each symbol, flat ones left out."""
        self.order_manager.poll()
        return {symbol: held for symbol, held in self._positions.items() if held}

    def get_execution_stats(self) -> dict[str, Any]:
        """Return counts, quantities and costs of every order so far.

        Returns
        -------
        dict
            ``total_orders``, ``filled_orders``, ``partially_filled_orders``,
            ``canceled_orders``, ``rejected_orders``, ``expired_orders``,
            ``active_orders``, ``total_fills``, ``total_quantity``, ``total_notional``,
            ``total_fees``, ``fill_rate`` (filled share of the quantity of the orders
            that were not rejected) and ``average_slippage_bps`` (against the middle
            price at submission, positive where it cost, weighted by value); the last
            two are None without data. ``simulated`` says whether a market was real.
        """
        self.order_manager.poll()
        orders = self.order_manager.get_order_history(limit=2**62)
        states = [order.status for order in orders]
        traded = [order for order in orders if order.fills]
        asked = sum(
            (o.quantity for o in orders if o.status is not OrderStatus.REJECTED),
            Decimal(0),
        )
        filled = sum((order.filled_quantity for order in traded), Decimal(0))
        return {
            "total_orders": len(orders),
            "filled_orders": states.count(OrderStatus.FILLED),
            "partially_filled_orders": sum(o.is_partially_filled for o in orders),
            "canceled_orders": states.count(OrderStatus.CANCELED),
            "rejected_orders": states.count(OrderStatus.REJECTED),
            "expired_orders": states.count(OrderStatus.EXPIRED),
            "active_orders": sum(status.is_active for status in states),
            "total_fills": sum(len(order.fills) for order in traded),
            "total_quantity": filled,
            "total_notional": sum((o.filled_value for o in traded), Decimal(0)),
            "total_fees": sum((o.fees for o in traded), Decimal(0)),
            "fill_rate": float(filled / asked) if asked else None,
            "average_slippage_bps": self._slippage(traded),
            "simulated": self._synthetic is not None,
        }

    def _slippage(self, orders: list[Order]) -> float | None:
        cost = value = Decimal(0)
        for order in orders:
            arrival = self._arrival.get(order.order_id)
            if arrival is not None:
                expected = arrival * order.filled_quantity
                cost += order.side.sign * (order.filled_value - expected)
                value += expected
        return float(cost / value * 10_000) if value else None

    def _refusal(self, order: Order) -> str | None:
        instrument = self._instrument(order.symbol)
        if instrument is None:
            return "unknown_instrument"
        if not _tradable(order) and self._synthetic is not None:
            return "not_supported_here"
        if order.quantity > self._settings.execution.max_order_size:
            return "max_quantity"
        off = _off_grid(order, instrument)
        if off is not None:
            return off
        active = self.order_manager.get_active_orders()
        if len(active) >= self._settings.limits.max_concurrent_orders:
            return "too_many_orders"
        reference = self._reference(order.symbol, instrument)
        if reference is None:
            return "no_reference_price"
        self._arrival[order.order_id] = reference
        if (
            order.price is not None
            and abs(order.price - reference) > _COLLAR * reference
        ):
            return "price_collar"
        unit = (order.price or reference) * instrument.multiplier
        return self._unaffordable(order, unit, active)

    def _unaffordable(
        self, order: Order, unit: Decimal, active: list[Order]
    ) -> str | None:
        position = self._positions.get(order.symbol, Decimal(0))
        working = {OrderSide.BUY: Decimal(0), OrderSide.SELL: Decimal(0)}
        pledged = Decimal(0)
        for other in active:
            side = OrderSide.BUY if other.side.is_buy else OrderSide.SELL
            if other.symbol == order.symbol:
                working[side] += other.remaining_quantity
            if other.side.is_buy:
                price = other.price or self._last_prices.get(other.symbol, Decimal(0))
                at = price * self._multiplier(other.symbol)
                pledged += other.remaining_quantity * at
        side = OrderSide.BUY if order.side.is_buy else OrderSide.SELL
        # What the other side's position covers, after working orders had their share.
        covered = max(-position * order.side.sign - working[side], Decimal(0))
        opening = max(order.quantity - covered, Decimal(0))
        if not opening:
            return None
        value = self._cash + sum(
            (
                held
                * self._last_prices.get(symbol, Decimal(0))
                * self._multiplier(symbol)
                for symbol, held in self._positions.items()
            ),
            Decimal(0),
        )
        share = Decimal(str(self._settings.risk.max_position_size))
        if order.quantity * unit > share * value:
            return "max_notional"
        if opening * unit > self._cash - pledged:
            return "insufficient_cash"
        return None

    def _instrument(self, symbol: str) -> Instrument | None:
        if self._feed is None:
            return default_instrument(symbol)
        table = self._feed.instruments
        if symbol not in table:
            return None
        return table[symbol]

    def _multiplier(self, symbol: str) -> Decimal:
        instrument = self._instrument(symbol)
        return Decimal(1) if instrument is None else instrument.multiplier

    def _reference(self, symbol: str, instrument: Instrument) -> Decimal | None:
        """Return the present middle price, and remember it."""
        if self._synthetic is None:
            price = _last_price(self._feed, symbol)
        else:
            opening = (
                self._settings.execution.simulation_price
                if self._feed is None
                else _last_price(self._feed, symbol)
            )
            if opening is None:
                return None
            self._synthetic.open(instrument, opening)
            price = self._synthetic.middle(symbol) or self._last_prices.get(symbol)
            if price is None:
                price = opening
        if price is not None:
            self._last_prices[symbol] = price
        return price

    def _account(self, order: Order, event: ExecutionEvent) -> None:
        if event.kind is not EventType.FILL:
            return
        assert event.quantity is not None
        assert event.price is not None
        signed = event.quantity * order.side.sign
        multiplier = self._multiplier(order.symbol)
        held = self._positions.get(order.symbol, Decimal(0))
        self._positions[order.symbol] = held + signed
        self._cash -= signed * event.price * multiplier + event.fee
        self._last_prices[order.symbol] = event.price


def _tradable(order: Order) -> bool:
    return order.order_type in (
        OrderType.MARKET,
        OrderType.LIMIT,
    ) and order.time_in_force in (TimeInForce.DAY, TimeInForce.IMMEDIATE_OR_CANCEL)


def _off_grid(order: Order, instrument: Instrument) -> str | None:
    if order.quantity % instrument.lot_size:
        return "quantity_off_lot"
    step = instrument.price_increment or instrument.tick_size
    if order.price is not None and order.price % step:
        return "price_off_increment"
    return None


def _last_price(feed: Any, symbol: str) -> Decimal | None:
    """Return the last price a feed shows for a symbol, or None."""
    index = feed.instruments.index(symbol)
    last: int | None = None
    chunks = (feed.records,) if hasattr(feed, "records") else feed
    for records in chunks:
        rows = records[records["instrument"] == index]
        names = rows.dtype.names or ()
        if "close" in names:
            prices = rows["close"]
        elif "bid_price" in names:
            both = rows[(rows["bid_quantity"] > 0) & (rows["ask_quantity"] > 0)]
            prices = (both["bid_price"] + both["ask_price"]) // 2
        else:
            prices = rows["price"][(rows["price"] > 0) & np.isin(rows["kind"], _TRADES)]
        if prices.size:
            last = int(prices[-1])
    return None if last is None else feed.instruments[index].to_price(last)
