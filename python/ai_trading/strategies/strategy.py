"""The event-driven strategy: what it is told, and what it may do.

A strategy is woken only for what it answers to: a class without `on_quote` costs
nothing when quotes change. What it sends travels to the venue and comes back as
`on_order` and `on_fill`; nothing happens inside the call that sends.

Units: prices and quantities in currency units and units of quantity, as floats that lie
on the instrument's grid; times in UTC nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    Unpack,
    cast,
)

from ai_trading._core.sim import quick_method
from ai_trading.core.clock import LAST_NS
from ai_trading.core.enums import OrderSide, OrderStatus
from ai_trading.core.errors import AiTradingError, ArgumentError
from ai_trading.core.exact import instance, whole
from ai_trading.core.order_terms import (
    Bracket,
    DataShows,
    EntryTerms,
    Exits,
    OrderTerms,
    Plan,
    check_change,
    check_exits,
    check_new_stop,
    plan,
)
from ai_trading.core.records import ORDER_TYPE, reject_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ai_trading._core.sim import (
        Bar,
        CompiledStrategy,
        Fill,
        OrderUpdate,
        Quote,
        Session,
        Timer,
        Trade,
    )
    from ai_trading.core.instrument import Instrument, InstrumentTable
    from ai_trading.execution.algorithms import Algorithm
    from ai_trading.execution.parents import ParentOrder

__all__ = ["Bracket", "Exits", "OrderState", "QueuePosition", "Strategy", "Touch"]

_PEGGED = 9

_BUY, _SELL = 0, 1
_SIDES = {"buy": _BUY, "sell": _SELL, "sell_short": _SELL}
_AUCTIONS = {"open": 5, "close": 6}
"""How long an order for an auction lasts, as the core's time in force."""
_CALLS = (
    "on_quote",
    "on_book",
    "on_trade",
    "on_bar",
    "on_timer",
    "on_order",
    "on_fill",
)


_Shows = Callable[[], DataShows]
_Method = TypeVar("_Method", bound=Callable[..., object])


def _quickly(method: _Method) -> _Method:
    """Answer plain calls during a run without a frame of Python."""
    return quick_method(
        method,
        buys=("buy", OrderSide.BUY),
        sells=("sell", "sell_short", OrderSide.SELL, OrderSide.SELL_SHORT),
    )


def _shows_orders() -> DataShows:
    return DataShows("orders")


class Touch(NamedTuple):
    """The two best levels; a side without orders has a price of NaN and quantity 0."""

    bid: float
    bid_quantity: float
    ask: float
    ask_quantity: float


class QueuePosition(NamedTuple):
    """What stands before a resting order; orders are 0 where the data tells none."""

    orders_ahead: int
    quantity_ahead: float


class OrderState(NamedTuple):
    """An order now; `limit` is 0 for a market order."""

    status: OrderStatus
    quantity: float
    filled: float
    limit: float


class _Parents:
    """The parents of a session, for `ParentOrder`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def children(self, parent: int) -> list[int]:
        return self._session.children(parent)

    def record(self, parent: int) -> Any:
        return self._session.parent(parent)[0]

    def slices(self, parent: int) -> list[tuple[int, int]]:
        return self._session.slices(parent)

    def refusals(self, parent: int) -> list[str]:
        state = self._session.order_state
        children = self.children(parent)
        rejected = [n for n in children if state(n)[0] == OrderStatus.REJECTED]
        if not rejected:
            return []
        reasons = self._session.orders["reason"]  # a copy of them all
        return [reject_name(int(reasons[number - 1])) for number in rejected]

    def stop(self, parent: int) -> None:
        self._session.stop_work(parent)


class Strategy:
    """Base class of event-driven strategies.

    Override the calls you want; each is made only if it is overridden. By default a
    strategy hears of every instrument of the run; call `subscribe` in `on_start` to
    choose.

    Parameters
    ----------
    name : str, optional
        Name in records and reports; the class name by default.
    **parameters
        Kept as `parameters` and recorded with the run.

    Examples
    --------
    >>> class BuyOnce(Strategy):
    ...     def on_start(self):
    ...         self.sent = False
    ...
    ...     def on_bar(self, bar):
    ...         if not self.sent:
    ...             self.buy(bar.symbol, 100)
    ...             self.sent = True
    """

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Warn of methods that look like a misspelt call, which nobody would make."""
        super().__init_subclass__(**arguments)
        calls = ("on_start", "on_stop", *_CALLS)
        others = [n for n in vars(cls) if n.startswith("on_") and n not in calls]
        if not others:
            return
        import difflib
        import warnings

        for name in others:
            if close := difflib.get_close_matches(name, calls, n=1, cutoff=0.85):
                text = (
                    f"{cls.__name__}.{name} is never called by a run; did you mean "
                    f"{close[0]}? Give it another name if you call it yourself"
                )
                warnings.warn(text, UserWarning, stacklevel=2)

    def __init__(self, name: str | None = None, **parameters: Any) -> None:
        self.name = name or type(self).__name__
        self.parameters: dict[str, Any] = parameters
        self._session: Session | None = None
        self._index = 0
        self._table: InstrumentTable | None = None
        self._places: dict[str, int] = {}
        self._quick: object = None
        self._shows: _Shows = _shows_orders
        self._chosen = False

    def __repr__(self) -> str:
        own = type(self).__name__
        return f"<{own} {getattr(self, 'name', own)!r}>"

    # What it is told

    def on_start(self) -> None:
        """Before the first event: the place to subscribe and to set timers."""

    def on_bar(self, bar: Bar) -> None:
        """A bar has ended."""

    def on_quote(self, quote: Quote) -> None:
        """The best price or quantity of a side changed."""

    def on_trade(self, trade: Trade) -> None:
        """The market traded."""

    def on_book(self, book: Quote) -> None:
        """Another `book_every` events have passed at an instrument."""

    def on_timer(self, timer: Timer) -> None:
        """A timer rang."""

    def on_order(self, order: OrderUpdate) -> None:
        """An order of ours was accepted, changed, refused or ended without a fill."""

    def on_fill(self, fill: Fill) -> None:
        """An order of ours traded."""

    def on_stop(self) -> None:
        """After the last event; orders can no longer be sent."""

    # What it may do

    @_quickly
    def buy(
        self,
        symbol: str,
        quantity: float,
        limit: float | None = None,
        *,
        immediate: bool = False,
        auction: Literal["open", "close"] | None = None,
        **terms: Unpack[OrderTerms],
    ) -> int:
        """Send a buy order; see `submit`."""
        if terms:
            return self._submit_terms(
                symbol,
                _BUY,
                quantity,
                limit,
                terms,
                immediate=immediate,
                auction=auction,
            )
        lasts = _lasts(immediate, auction)
        return self._submit_checked(symbol, _BUY, quantity, limit, lasts)

    @_quickly
    def sell(
        self,
        symbol: str,
        quantity: float,
        limit: float | None = None,
        *,
        immediate: bool = False,
        auction: Literal["open", "close"] | None = None,
        **terms: Unpack[OrderTerms],
    ) -> int:
        """Send a sell order; see `submit`."""
        if terms:
            return self._submit_terms(
                symbol,
                _SELL,
                quantity,
                limit,
                terms,
                immediate=immediate,
                auction=auction,
            )
        lasts = _lasts(immediate, auction)
        return self._submit_checked(symbol, _SELL, quantity, limit, lasts)

    @_quickly
    def submit(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float,
        limit: float | None = None,
        *,
        immediate: bool = False,
        auction: Literal["open", "close"] | None = None,
        **terms: Unpack[OrderTerms],
    ) -> int:
        """Send an order and return its id.

        Parameters
        ----------
        symbol : str
            An instrument of the run.
        side : OrderSide or str
            ``"buy"`` or ``"sell"`` (or ``"sell_short"``, which the venue treats alike).
        quantity : float
            Above zero, a multiple of the lot size.
        limit : float, optional
            Limit price, a multiple of the tick size; a market order without it.
        immediate : bool, default False
            What cannot trade on arrival is canceled (immediate or cancel); otherwise a
            limit order rests until the end of the session.
        auction : {"open", "close"}, optional
            Trade in the opening or the closing auction only; refused where the data
            shows none.
        stop : float, optional
            Wait at the venue until the price watched is there (for a buy: there or
            higher), then become a market order, or a limit order where `limit` is
            given.
        trailing : float or str, optional
            Such a stop that follows the price at a distance: an amount, or a percentage
            as ``"1.5%"``.
        trigger : {"last", "bid_ask", "mid"}, optional
            What a stop watches: trades, the best ask (of buys) or bid (of sells), or
            the middle. By default trades, or quotes where the data has no trades.
        post_only : bool or "slide", default False
            Never take: refused with ``"would_take"`` where the limit is marketable on
            arrival, or priced one step behind the touch.
        display : float, optional
            Show so much at a time (an iceberg); the next slice joins the back.
        hidden : bool, default False
            Show nothing; stand behind all that is displayed at the price.
        peg : {"primary", "midpoint", "market"}, optional
            Follow the own side's best price, the middle or the other side's best price,
            unseen; `offset` is added towards the other side, and `limit` is never
            passed.
        offset : float, optional
            Of a peg.
        minimum : float, optional
            Trade only where so much can be had at once, or all that is left if that is
            less; until then rest unseen, behind all that is displayed at the price. Of
            market, limit, hidden and pegged orders.
        all_or_none : bool, default False
            The same with the whole quantity as the minimum.
        market_to_limit : bool, default False
            A market order that trades at one price; what is left rests there as a limit
            order.
        time_in_force : str, optional
            ``"day"``, ``"ioc"`` (as `immediate`), ``"fok"`` (all at once or nothing),
            ``"gtc"`` (until canceled) or ``"gtd"``. Those good till canceled, or till a
            date, outlive the end of a session.
        expires : int, optional
            When an order good till a date ends, UTC nanoseconds.

        Returns
        -------
        int
            The order's id, also where the risk gate refuses it: then `on_order` tells
            of its status ``"rejected"`` and the reason.

        Raises
        ------
        ArgumentError
            If the symbol or the side is unknown, price or quantity is no finite number
            on the instrument's grid, terms contradict each other, or the run's data
            cannot show what they ask for.
        """
        code = _SIDES.get(str(side))
        if code is None:
            msg = f"side must be one of {', '.join(_SIDES)}; received {side!r}"
            raise ArgumentError(msg)
        if terms:
            return self._submit_terms(
                symbol,
                code,
                quantity,
                limit,
                terms,
                immediate=immediate,
                auction=auction,
            )
        lasts = _lasts(immediate, auction)
        return self._submit_checked(symbol, code, quantity, limit, lasts)

    def bracket(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float,
        limit: float | None = None,
        *,
        take_profit: float,
        stop_loss: float,
        stop_limit: float | None = None,
        trigger: Literal["last", "bid_ask", "mid"] | None = None,
        **entry: Unpack[EntryTerms],
    ) -> Bracket[int]:
        """Send an entry with a take-profit and a stop-loss that wait for it.

        The exits are held back until the entry executes and are never larger than what
        it executed; what one of them executes the other loses, and an exit that begins
        ends what is left of the entry.

        Parameters
        ----------
        symbol, side, quantity, limit
            Of the entry, as `submit`.
        take_profit : float
            Limit of the exit with a profit.
        stop_loss : float
            Stop of the exit with a loss.
        stop_limit : float, optional
            Limit of the exit with a loss, which is a market order without it.
        trigger : {"last", "bid_ask", "mid"}, optional
            What the stop-loss watches, and the entry if it is a stop; as `submit`.
        **entry
            Other terms of the entry.

        Returns
        -------
        Bracket
            The ids of the three orders.

        Raises
        ------
        ArgumentError
            If the prices do not stand in the order that the side asks for, or as
            `submit`.
        """
        buys = _SIDES.get(str(side)) == _BUY
        check_exits(
            side,
            buys=buys,
            stop_loss=stop_loss,
            limit=limit,
            take_profit=take_profit,
            entry="limit",
        )
        loss = self._loss(symbol, take_profit, stop_loss, stop_limit, trigger)
        terms = cast("OrderTerms", {**entry})
        if trigger is not None and ("stop" in entry or "trailing" in entry):
            terms["trigger"] = trigger
        first = self.submit(symbol, side, quantity, limit, **terms)
        group = self._running.link(reduces=True, entry=first)
        away = _SELL if buys else _BUY
        profit = self._submit_terms(
            symbol, away, quantity, take_profit, {}, group=group
        )
        stop = self._submit_terms(symbol, away, quantity, stop_limit, loss, group=group)
        return Bracket(first, profit, stop)

    def protect(
        self,
        symbol: str,
        *,
        take_profit: float,
        stop_loss: float,
        stop_limit: float | None = None,
        trigger: Literal["last", "bid_ask", "mid"] | None = None,
        quantity: float | None = None,
    ) -> Exits[int]:
        """Send a take-profit and a stop-loss for a position that is held.

        What one of them executes the other loses: one fill of the whole ends both.

        Parameters
        ----------
        symbol : str
        take_profit, stop_loss, stop_limit, trigger
            As `bracket`.
        quantity : float, optional
            The whole position by default.

        Returns
        -------
        Exits
            The ids of the two orders.

        Raises
        ------
        ArgumentError
            If nothing, or less, is held, the prices stand the wrong way round, or as
            `submit`.
        """
        held = self.position(symbol)
        size = abs(held) if quantity is None else quantity
        if not held or not 0 < size <= abs(held):
            msg = (
                f"protect closes what is held: {abs(held):g} {symbol}; received "
                f"quantity={quantity!r}. Use bracket for a position to come"
            )
            raise ArgumentError(msg)
        check_exits(
            "long" if held > 0 else "short",
            buys=held > 0,
            stop_loss=stop_loss,
            take_profit=take_profit,
        )
        loss = self._loss(symbol, take_profit, stop_loss, stop_limit, trigger)
        group = self._running.link(reduces=True, entry=0)
        away = _SELL if held > 0 else _BUY
        return Exits(
            self._submit_terms(symbol, away, size, take_profit, {}, group=group),
            self._submit_terms(symbol, away, size, stop_limit, loss, group=group),
        )

    def _loss(
        self,
        symbol: str,
        take_profit: float,
        stop_loss: float,
        stop_limit: float | None,
        trigger: Literal["last", "bid_ask", "mid"] | None,
    ) -> OrderTerms:
        """Return the terms of an exit with a loss, once every price is checked."""
        loss: OrderTerms = {"stop": stop_loss}
        if trigger is not None:
            loss["trigger"] = trigger
        self._checked(loss, limited=stop_limit is not None)
        on_grid = self.instrument(symbol).to_ticks
        for price in (take_profit, stop_loss, stop_limit):
            if price is not None:
                on_grid(price)
        return loss

    def execute(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float,
        algorithm: str | Algorithm = "twap",
        *,
        start: int | None = None,
        end: int | None = None,
        minutes: float | None = None,
        **options: Any,
    ) -> ParentOrder[int]:
        """Have a parent order worked by an algorithm.

        Its children are orders of this strategy: they pass the risk gate, and
        `on_order` and `on_fill` tell of them.

        Parameters
        ----------
        symbol, side, quantity
            As `submit`.
        algorithm : str or Algorithm, default "twap"
            ``"twap"``, ``"vwap"``, ``"pov"``, ``"is"``, ``"arrival"``, ``"close"``,
            ``"iceberg"`` or ``"seek"``, or one made with its terms; see
            `ai_trading.execution.algorithms`.
        start, end : int, optional
            UTC nanoseconds; by default now, and `minutes` after it.
        minutes : float, default 60
            How long it takes, where no end is given.
        **options
            Terms of the algorithm.

        Returns
        -------
        ParentOrder
            A sequence of the children's ids that grows; it knows what is filled, at
            work and short.

        Raises
        ------
        ArgumentError
            If a term is outside its domain.
        """
        from ai_trading.execution.algorithms import algorithm as chosen_algorithm
        from ai_trading.execution.curves import session_of
        from ai_trading.execution.parents import ParentOrder, span_ns

        place = self._place(symbol)
        code = _SIDES.get(str(side))
        if code is None:
            msg = f"side must be one of {', '.join(_SIDES)}; received {side!r}"
            raise ArgumentError(msg)
        chosen = chosen_algorithm(algorithm, **options)
        instrument = self.instrument(symbol)
        first, last = span_ns(self.now, start, end, minutes)
        direction = OrderSide.BUY if code == _BUY else OrderSide.SELL
        terms = chosen.to_core(
            instrument,
            index=place,
            side=direction,
            quantity=quantity,
            start_ns=first,
            end_ns=last,
            session=session_of(instrument, first),
        )
        terms["strategy"] = self._index
        source = _Parents(self._running)
        try:
            number = self._running.work(terms)
        except ValueError as error:
            raise ArgumentError(str(error)) from None
        lots = instrument.to_lots(quantity)
        return ParentOrder(
            source,
            number,
            instrument,
            side=direction,
            quantity=instrument.to_quantity(lots),
            algorithm=chosen.name,
        )

    @_quickly
    def cancel(self, order_id: int) -> bool:
        """Ask for the end of an order; False if it ended or a change is under way."""
        try:
            return self._running.cancel(order_id) == 0
        except TypeError:
            raise _no_numbers(order_id=order_id) from None

    def modify(
        self,
        order_id: int,
        *,
        limit: float | None = None,
        quantity: float | None = None,
        stop: float | None = None,
        offset: float | None = None,
        display: float | None = None,
    ) -> bool:
        """Ask for another limit or total quantity; False if it was refused at once.

        Only a smaller quantity, with all else as it was, keeps the place in the queue.
        A stop that waits takes another `stop`, too, an iceberg another `display`, and
        a peg another `offset`, its `limit` being the price that it does not pass.

        Raises
        ------
        ArgumentError
            If a price or quantity is off the grid, or an order is given a term that its
            type has not.
        """
        try:
            if stop is not None or offset is not None or display is not None:
                kind = ORDER_TYPE[self._running.order_type(order_id)]
                if stop is not None:
                    check_new_stop(kind, order_id)
                check_change(kind, order_id, offset=offset, display=display)
            return (
                self._running.modify(order_id, limit, quantity, stop, offset, display)
                == 0
            )
        except TypeError:
            raise _no_numbers(
                order_id=order_id,
                limit=limit,
                quantity=quantity,
                stop=stop,
                offset=offset,
                display=display,
            ) from None
        except ValueError as error:
            raise ArgumentError(str(error)) from None

    def subscribe(
        self,
        symbol: str | None = None,
        *,
        bars: bool = False,
        quotes: bool = False,
        trades: bool = False,
        book_every: int = 0,
    ) -> None:
        """Choose what wakes this strategy at an instrument, or at all of them.

        Parameters
        ----------
        symbol : str, optional
            All instruments of the run by default.
        bars, quotes, trades : bool, default False
            Wake `on_bar`, `on_quote`, `on_trade`.
        book_every : int, default 0
            Wake `on_book` after so many events of the instrument; 0 never.

        Raises
        ------
        ArgumentError
            If a wish is neither true nor false, or `book_every` no number of events.
        """
        for name, wanted in (("bars", bars), ("quotes", quotes), ("trades", trades)):
            instance(name, wanted, bool, "True")
        whole("book_every", book_every, 0, 2**31 - 1, of="events")
        self._chosen = True
        places = range(len(self.symbols)) if symbol is None else [self._place(symbol)]
        for place in places:
            self._running.subscribe(
                self._index, place, quotes, trades, bars, book_every
            )

    def set_timer(
        self,
        *,
        at: int | None = None,
        after: int | None = None,
        every: int | None = None,
    ) -> int:
        """Ring once at a time or after a while, or again and again; the timer's number.

        Parameters
        ----------
        at : int, optional
            UTC nanoseconds.
        after : int, optional
            Nanoseconds from now.
        every : int, optional
            Nanoseconds between rings, the first one `after` or one interval from now.

        Raises
        ------
        ArgumentError
            If nothing is given, both `at` and `after` are, or a span is not positive.
        """
        if (at is None and after is None and every is None) or (
            at is not None and after is not None
        ):
            msg = "a timer needs at, after or every, and not both at and after"
            raise ArgumentError(msg)
        for name, span in (("after", after), ("every", every)):
            if span is not None:
                whole(name, span, 1, LAST_NS, of="nanoseconds")
        if at is not None:
            whole("at", at, -LAST_NS, LAST_NS, of="nanoseconds, UTC")
        if at is None:
            at = self.now + (after if after is not None else every or 0)
        return self._running.set_timer(self._index, at, every or 0)

    def cancel_timer(self, number: int) -> None:
        """Silence a timer."""
        self._running.cancel_timer(number)

    # What it may ask

    @property
    def now(self) -> int:
        """Simulated time as this strategy sees it, UTC nanoseconds."""
        return self._running.now

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every instrument of the run."""
        return tuple(self._places)

    @property
    def cash(self) -> Decimal:
        """Cash of the account, exact."""
        return Decimal(self._running.cash())

    @property
    def value(self) -> Decimal:
        """Cash and positions at the last known prices, exact."""
        return Decimal(self._running.value())

    def instrument(self, symbol: str) -> Instrument:
        """Return an instrument of the run."""
        if self._table is None:
            raise self._not_running()
        return self._table[symbol]

    @_quickly
    def position(self, symbol: str) -> float:
        """Return the signed quantity held."""
        return self._running.position(self._place(symbol))

    def price(self, symbol: str) -> float:
        """Return the last known price (midpoint, trade or close); NaN before any."""
        return self._running.mark(self._place(symbol))

    def touch(self, symbol: str) -> Touch:
        """Return the two best levels as this strategy sees them."""
        return Touch(*self._running.best(self._place(symbol)))

    def depth(
        self, symbol: str, side: OrderSide | str, levels: int = 10
    ) -> NDArray[np.float64]:
        """Return the best levels of a side, shape (n, 2): price and quantity."""
        code = _SIDES.get(str(side))
        if code is None:
            msg = f"side must be one of {', '.join(_SIDES)}; received {side!r}"
            raise ArgumentError(msg)
        return self._running.depth(self._place(symbol), code, levels)

    def order(self, order_id: int) -> OrderState:
        """Return what is known of an order of this run.

        Raises
        ------
        ArgumentError
            If no order has this id.
        """
        try:
            status, quantity, filled, limit = self._running.order_state(order_id)
        except (KeyError, TypeError):
            msg = (
                f"no order of this run has the id {order_id!r}; ids are what buy, sell "
                "and submit return, and what on_order and on_fill carry"
            )
            raise ArgumentError(msg) from None
        return OrderState(OrderStatus(status), quantity, filled, limit)

    def stop_price(self, order_id: int) -> float:
        """Return where a stop would trigger now; NaN if it waits for no price.

        A trailing stop follows the market at the venue, whatever the delay of market
        data. One that is on its way there has none yet.

        Raises
        ------
        ArgumentError
            If no order has this id.
        """
        self.order(order_id)
        return self._running.stop_price(order_id)

    def queue_position(self, order_id: int) -> QueuePosition | None:
        """Return what stands before a resting order; None if it does not rest."""
        try:
            found = self._running.queue_position(order_id)
        except TypeError:
            raise _no_numbers(order_id=order_id) from None
        return None if found is None else QueuePosition(*found)

    # For the engine

    def _attach(
        self,
        session: Session,
        index: int,
        table: InstrumentTable,
        shows: _Shows = _shows_orders,
    ) -> None:
        self._session, self._index, self._table = session, index, table
        self._shows = shows
        self._places = {symbol: place for place, symbol in enumerate(table.symbols)}
        self._chosen = False
        self._quick = session.quick_orders(index, self._places)

    def _submit_checked(
        self,
        symbol: str,
        side: int,
        quantity: float,
        limit: float | None,
        lasts: int,
    ) -> int:
        session, place = self._running, self._place(symbol)
        try:
            return session.submit(self._index, place, side, quantity, limit, lasts)
        except TypeError:
            raise _no_numbers(quantity=quantity, limit=limit) from None
        except ValueError as error:
            raise ArgumentError(str(error)) from None

    def _checked(
        self,
        terms: OrderTerms,
        *,
        limited: bool,
        quantity: float = 0,
        immediate: bool = False,
        auction: str | None = None,
    ) -> Plan:
        return plan(
            terms,
            limited=limited,
            quantity=quantity,
            immediate=immediate,
            auction=auction,
            shows=self._shows,
        )

    def _submit_terms(
        self,
        symbol: str,
        side: int,
        quantity: float,
        limit: float | None,
        terms: OrderTerms,
        *,
        immediate: bool = False,
        auction: str | None = None,
        group: int = 0,
    ) -> int:
        session, place = self._running, self._place(symbol)
        wanted = self._checked(
            terms,
            limited=limit is not None,
            quantity=quantity,
            immediate=immediate,
            auction=auction,
        )
        if auction is not None:
            lasts = _lasts(immediate, auction)
            return self._submit_checked(symbol, side, quantity, limit, lasts)
        if wanted.order_type == _PEGGED and limit is not None:
            wanted.terms["stop"], limit = limit, None  # it is where the peg ends
        try:
            return session.submit_terms(
                self._index,
                place,
                side,
                quantity,
                limit,
                wanted.order_type,
                wanted.time_in_force,
                group,
                wanted.terms,
            )
        except TypeError:
            raise _no_numbers(quantity=quantity, limit=limit, **wanted.terms) from None
        except ValueError as error:
            raise ArgumentError(str(error)) from None

    def _begin(self) -> None:
        self.on_start()
        if self._chosen:
            return
        wanted = self._handlers()
        self.subscribe(
            bars="on_bar" in wanted,
            quotes="on_quote" in wanted,
            trades="on_trade" in wanted,
            book_every=1 if "on_book" in wanted else 0,
        )

    def _handlers(self) -> dict[str, Any]:
        """Return the calls that this class or object overrides.

        Nothing here may ask for the object's `__dict__`: once it has been asked for,
        CPython 3.11 looks up every attribute of the strategy slowly, for ever.
        """
        found = {name: getattr(self, name) for name in _CALLS}
        return {
            name: call
            for name, call in found.items()
            if getattr(call, "__func__", call) is not getattr(Strategy, name)
        }

    def _told(self) -> dict[str, Any] | CompiledStrategy:
        """Return what the session calls: methods by name, or compiled ones."""
        return self._handlers()

    @property
    def _running(self) -> Session:
        if self._session is None:
            raise self._not_running()
        return self._session

    def _not_running(self) -> AiTradingError:
        msg = (
            f"strategy {self.name} is not part of a run; use this from on_start or a "
            "later call, after handing the strategy to Backtest"
        )
        return AiTradingError(msg)

    def _place(self, symbol: str) -> int:
        try:
            place = self._places.get(symbol)
        except TypeError:  # unhashable
            place = None
        if place is not None:
            return place
        if self._session is None:
            raise self._not_running()
        known = ", ".join(list(self._places)[:10])
        msg = f"the run has no instrument {symbol!r}; it has {known}"
        raise ArgumentError(msg)


def _no_numbers(**given: object) -> ArgumentError:
    """Return the error of a call with something else where numbers belong."""
    shown = ", ".join(f"{name}={value!r}" for name, value in given.items())
    return ArgumentError(
        f"order ids are whole numbers, prices and quantities numbers; received {shown}"
    )


def _lasts(immediate: bool, auction: str | None) -> int:  # noqa: FBT001
    """Return the core's time in force."""
    if auction is None:
        return int(immediate)
    if immediate or auction not in _AUCTIONS:
        msg = (
            f"auction must be 'open' or 'close', and not immediate; received "
            f"{auction!r}" + (" with immediate=True" if immediate else "")
        )
        raise ArgumentError(msg)
    return _AUCTIONS[auction]
