"""Parents over an order manager: the algorithms outside a simulated backtest.

The machines that decide are the core's, the very ones a backtest runs. Here they are
asked whenever the manager is polled, at the injected clock's time: nothing is sent
before its time, and nothing sleeps. A waiting child that must move is canceled and sent
again, since a manager knows no replace.

Units: quantities and prices of the instrument, times in UTC nanoseconds.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from ai_trading.core.enums import OrderSide, OrderStatus, OrderType
from ai_trading.core.errors import ArgumentError, OrderRejectedError
from ai_trading.core.exact import instance, real
from ai_trading.core.instrument import InstrumentTable
from ai_trading.core.optional import needs_core
from ai_trading.core.records import TIME_IN_FORCE, order_status_code
from ai_trading.core.settings import get_settings
from ai_trading.execution.algorithms import Algorithm, algorithm
from ai_trading.execution.curves import session_of
from ai_trading.execution.manager import OrderManager
from ai_trading.execution.order import Order
from ai_trading.execution.parents import ParentOrder, span_ns
from ai_trading.execution.synthetic import default_instrument

with needs_core():
    from ai_trading._core import algo as _algo
    from ai_trading._core import book as _book

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from ai_trading.core.instrument import Instrument
    from ai_trading.execution.manager import ExecutionEvent

    Touch = Callable[[str], tuple[Decimal | None, Decimal | None]]
    Traded = Callable[[str], tuple[Decimal, Decimal]]

__all__ = [
    "ImplementationShortfall",
    "ParentDesk",
    "TWAPExecutor",
    "VWAPExecutor",
]

_MARKET: Final = 0
_ENOUGH: Final = 1 << 40  # a touch whose size nobody tells
_CANCELED_INSTEAD: Final = 0
_MOST_INSTRUMENTS: Final = 4096
_NEVER: Final = 2**63 - 1  # when nobody is at work


class ParentDesk:
    """Works parents through an order manager.

    Parameters
    ----------
    orders : OrderManager
        Its clock says what time it is.
    instrument : callable, optional
        From a symbol to its `Instrument`; a US share by default.
    touch : callable, optional
        From a symbol to the best bid and ask, None where one is missing. By default
        what the manager's venue shows; without a price children are market orders.
    send : callable, optional
        Sends an `Order`; `OrderManager.submit_order` by default. An engine puts its
        gate here.
    volume : bool, default False
        Whether `on_trade` will be told what the market trades. A venue that has
        `take_traded` is asked instead; algorithms that go by volume are refused where
        nobody tells it.
    """

    def __init__(
        self,
        orders: OrderManager,
        *,
        instrument: Callable[[str], Instrument] | None = None,
        touch: Touch | None = None,
        send: Callable[[Order], str] | None = None,
        volume: bool = False,
    ) -> None:
        instance("orders", orders, OrderManager)
        self._orders = orders
        self._instrument = instrument or default_instrument
        self._touch = touch or getattr(orders.venue, "touch", None)
        self._send = send or orders.submit_order
        self._auctions: Callable[[str], bool] = getattr(
            orders.venue, "closes_by_auction", _no_auction
        )
        tells: Traded | None = getattr(orders.venue, "take_traded", None)
        self._traded = None if volume else tells
        self._volume = volume or tells is not None
        self._workers = _algo.Workers(_MOST_INSTRUMENTS)
        self._table = InstrumentTable([])
        self._sides: list[OrderSide] = []
        self._strategies: list[str | None] = []
        self._places: list[int] = []
        self._children: list[Order] = []
        self._parents: list[int] = []
        self._numbers: dict[str, int] = {}
        self._news: list[int] = []
        self._busy = False
        orders.add_execution_callback(self._heard)
        orders.add_poller(self.pump)

    _all: Final[WeakKeyDictionary[OrderManager, ParentDesk]] = WeakKeyDictionary()

    @classmethod
    def of(cls, orders: OrderManager) -> ParentDesk:
        """Return the manager's parent desk; one is made where there is none."""
        instance("orders", orders, OrderManager)
        found = cls._all.get(orders)
        if found is None:
            found = cls._all[orders] = cls(orders)
        return found

    def execute(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float | Decimal | str,
        chosen: str | Algorithm = "twap",
        *,
        start: int | None = None,
        end: int | None = None,
        minutes: float | None = None,
        strategy_id: str | None = None,
        **options: Any,
    ) -> ParentOrder[str]:
        """Have a parent worked; see `Strategy.execute` for the arguments.

        Without `min_child` the smallest slice is `execution.min_order_size` of the
        settings. The children are orders of `strategy_id`, whose limits hold for them.

        Raises
        ------
        ArgumentError
            If a term is outside its domain, the algorithm needs the market's volume
            and nobody tells it, or the manager knows other strategies.
        """
        strategy = self._orders.strategy_index(strategy_id)
        terms = algorithm(chosen, **options)
        if terms.watches_volume and not self._volume:
            msg = (
                f"{terms.name} goes by the market's volume, which this session does "
                "not tell; use a backtest, or a ParentDesk with volume=True that "
                "on_trade feeds"
            )
            raise ArgumentError(msg)
        try:
            direction = OrderSide(side)
        except ValueError:
            msg = f"side must be one of {', '.join(OrderSide)}; received {side!r}"
            raise ArgumentError(msg) from None
        instrument = self._instrument(symbol)
        now = self._orders.clock.now_ns()
        first, last = span_ns(now, start, end, minutes)
        place = self._table.add(instrument)
        given = terms.to_core(
            instrument,
            index=place,
            side=direction,
            quantity=quantity,
            start_ns=first,
            end_ns=last,
            session=session_of(instrument, first),
        )
        given["strategy"] = strategy
        if terms.min_child is None:
            smallest = get_settings().execution.min_order_size
            given["min_child"] = max(1, int(smallest / instrument.lot_size))
            if "max_child" in given:
                given["min_child"] = min(given["min_child"], given["max_child"])
        try:
            number = self._workers.add(given)
        except ValueError as error:
            raise ArgumentError(str(error)) from None
        self._sides.append(direction)
        self._strategies.append(strategy_id)
        self._places.append(place)
        parent = ParentOrder(
            _Window(self),
            number,
            instrument,
            side=direction,
            quantity=instrument.to_quantity(given["quantity"]),
            algorithm=terms.name,
        )
        self.pump()
        return parent

    def on_trade(
        self, symbol: str, price: float | Decimal, quantity: float | Decimal
    ) -> None:
        """Tell what the market traded."""
        if symbol not in self._table:
            return
        instrument = self._table[symbol]
        self._workers.on_trade(
            self._table.index(symbol),
            instrument.round_to_ticks(price),
            instrument.to_lots(quantity),
            self._orders.clock.now_ns(),
        )
        self.pump()

    def pump(self) -> None:
        """Ask every parent that is due at the clock's time."""
        if self._busy:
            return
        self._busy = True
        try:
            now = self._orders.clock.now_ns()
            if self._workers.next_time != _NEVER:
                self._hear_trades(now)
            while self._workers.next_time <= now or self._news:
                self._workers.run(
                    now, self._market, self._submit, self._replace, self._cancel
                )
                news, self._news = self._news, []
                for number in news:
                    self._tell(number)
        finally:
            self._busy = False

    def _hear_trades(self, now: int) -> None:
        if self._traded is None:
            return
        for place, instrument in enumerate(self._table):
            volume, value = self._traded(instrument.symbol)
            unit = instrument.tick_size * instrument.lot_size
            if volume:
                lots = instrument.to_lots(volume)
                self._workers.on_trades(place, lots, round(value / unit), now)

    def _market(self, place: int) -> tuple[int, int, int, int, int | None, bool]:
        instrument = self._table[place]
        if self._touch is None:
            return 0, 0, 0, 0, 0, self._auctions(instrument.symbol)
        bid, ask = self._touch(instrument.symbol)
        buy = 0 if bid is None else instrument.round_to_ticks(bid)
        sell = 0 if ask is None else instrument.round_to_ticks(ask)
        last = None
        if bid is not None or ask is not None:
            known = [ticks for ticks, there in ((buy, bid), (sell, ask)) if there]
            last = sum(known) // len(known) if known else None
        return (
            buy,
            _ENOUGH if bid is not None else 0,
            sell,
            _ENOUGH if ask is not None else 0,
            last,
            self._auctions(instrument.symbol),
        )

    def _submit(self, parent: int, kind: int, tif: int, price: int, lots: int) -> int:
        instrument = self._table[self._places[parent - 1]]
        limit = kind != _MARKET
        order = Order(
            instrument.symbol,
            self._sides[parent - 1],
            instrument.to_quantity(lots),
            OrderType.LIMIT if limit else OrderType.MARKET,
            instrument.to_price(price) if limit else None,
            time_in_force=TIME_IN_FORCE[tif],
            created_ns=self._orders.clock.now_ns(),
            strategy_id=self._strategies[parent - 1],
            simulated=getattr(self._orders.venue, "simulated", False),
            metadata={"parent": parent},
        )
        self._children.append(order)
        self._parents.append(parent)
        number = len(self._children)
        self._numbers[order.order_id] = number
        with suppress(OrderRejectedError):  # the order says so itself
            self._send(order)
        # What happened to it already is told once the parent knows its number.
        self._news.append(number)
        return number

    def _replace(self, number: int, price: int, lots: int) -> int:
        del price, lots  # it is sent again, as the parent then sees fit
        return self._cancel(number)

    def _cancel(self, number: int) -> int:
        order = self._children[number - 1]
        self._orders.cancel_order(order.order_id)
        if not order.is_active:
            self._news.append(number)
        return _CANCELED_INSTEAD

    def _heard(self, order: Order, event: ExecutionEvent) -> None:
        del event
        number = self._numbers.get(order.order_id)
        if number is None:
            return
        if self._busy:
            self._news.append(number)
        else:
            self._tell(number)

    def _tell(self, number: int) -> None:
        order = self._children[number - 1]
        parent = self._parents[number - 1]
        instrument = self._table[self._places[parent - 1]]
        unit = instrument.tick_size * instrument.lot_size
        self._workers.on_child(
            parent,
            number,
            order_status_code(order.status),
            _book.reject_codes.get(order.reason or "none", 0),
            0 if order.price is None else instrument.to_ticks(order.price),
            instrument.to_lots(order.quantity),
            instrument.to_lots(order.filled_quantity),
            round(order.filled_value / unit),
            self._orders.clock.now_ns(),
        )


class _Window:
    """A parent desk as `ParentOrder` looks at it."""

    def __init__(self, desk: ParentDesk) -> None:
        self._desk = desk

    def children(self, parent: int) -> list[str]:
        desk = self._desk
        numbers = desk._workers.children(parent)
        return [desk._children[number - 1].order_id for number in numbers]

    def record(self, parent: int) -> Any:
        return self._desk._workers.records()[parent - 1]

    def slices(self, parent: int) -> list[tuple[int, int]]:
        return self._desk._workers.slices(parent)

    def refusals(self, parent: int) -> list[str]:
        desk = self._desk
        numbers = desk._workers.children(parent)
        orders = (desk._children[number - 1] for number in numbers)
        rejected = (o for o in orders if o.status is OrderStatus.REJECTED)
        return [order.reason or "none" for order in rejected]

    def stop(self, parent: int) -> None:
        desk = self._desk
        desk._workers.cancel(parent, desk._orders.clock.now_ns())
        desk.pump()


class TWAPExecutor:
    """Parents in equal slices.

    Parameters
    ----------
    orders : OrderManager
        Poll it as time moves: children go out then.

    Examples
    --------
    >>> from ai_trading.core.clock import ManualClock
    >>> from ai_trading.execution.manager import OrderManager
    >>> clock = ManualClock()
    >>> orders = OrderManager(clock=clock)
    >>> parent = TWAPExecutor(orders).execute_twap_order("AAPL", "buy", 1000)
    >>> len(parent), len(parent.slices)
    (1, 10)
    """

    def __init__(self, orders: OrderManager) -> None:
        self._desk = ParentDesk.of(orders)

    def execute_twap_order(
        self,
        symbol: str,
        side: OrderSide | str,
        total_quantity: float | Decimal | str,
        duration_minutes: float = 60,
        **options: Any,
    ) -> ParentOrder[str]:
        """Work a parent evenly in time; options are those of `Twap`, start and end."""
        return self._desk.execute(
            symbol, side, total_quantity, "twap", **_timed(duration_minutes, options)
        )


class VWAPExecutor:
    """Parents along a volume curve.

    Parameters
    ----------
    orders : OrderManager
        Poll it as time moves: children go out then.
    """

    def __init__(self, orders: OrderManager) -> None:
        self._desk = ParentDesk.of(orders)

    def execute_vwap_order(
        self,
        symbol: str,
        side: OrderSide | str,
        total_quantity: float | Decimal | str,
        duration_minutes: float = 60,
        **options: Any,
    ) -> ParentOrder[str]:
        """Work a parent along ``curve``, a `VolumeCurve`; options are those of `Vwap`.

        Without a curve it is flat, and the log says so.
        """
        return self._desk.execute(
            symbol, side, total_quantity, "vwap", **_timed(duration_minutes, options)
        )


class ImplementationShortfall:
    """Parents against the price at which they were decided.

    Parameters
    ----------
    orders : OrderManager
        Poll it as time moves: children go out then.
    """

    def __init__(self, orders: OrderManager) -> None:
        self._desk = ParentDesk.of(orders)

    def execute_is_order(
        self,
        symbol: str,
        side: OrderSide | str,
        total_quantity: float | Decimal | str,
        benchmark_price: float | Decimal | str,
        urgency: float = 0.5,
        **options: Any,
    ) -> ParentOrder[str]:
        """Work a parent early, the more urgent the earlier.

        Parameters
        ----------
        symbol, side, total_quantity
            As `Order`.
        benchmark_price : number
            The price it was decided at; the parent's ``benchmark``.
        urgency : float, default 0.5
            Becomes `trade_urgency` of `Shortfall`: kappa T is six times it.
        **options
            Those of `Shortfall`, start and end, and ``duration_minutes`` (60).
        """
        instrument = self._desk._instrument(symbol)
        benchmark = instrument.to_price(instrument.round_to_ticks(benchmark_price))
        if benchmark <= 0:
            msg = f"benchmark_price must be above 0; received {benchmark_price!r}"
            raise ArgumentError(msg)
        minutes = options.pop("duration_minutes", 60)
        terms = {"trade_urgency": urgency, **options}
        parent = self._desk.execute(
            symbol, side, total_quantity, "is", **_timed(minutes, terms)
        )
        parent.benchmark = benchmark
        return parent


def _no_auction(symbol: str) -> bool:
    del symbol
    return False


def _timed(minutes: float, options: dict[str, Any]) -> dict[str, Any]:
    if "minutes" in options:
        msg = (
            "an executor takes duration_minutes; received minutes="
            f"{options['minutes']!r}. (minutes is a word of Strategy.execute and of "
            "execute_order with an algorithm)"
        )
        raise ArgumentError(msg)
    if "end" in options:
        return options
    return {"minutes": real("duration_minutes", minutes), **options}
