"""Strategies that numba compiles: Python to write, no Python in the loop.

A `CompiledStrategy` is a class whose calls are compiled when it is made. They are given
the strategy's own memory, a record with the `fields` that the class names, and the
record of what happened. What they send goes through the functions of this module.
`on_start` and `on_stop` stay Python, with everything a `Strategy` has.

Needs numba: ``pip install 'ai_trading[numba]'``.

Units: ticks, lots and UTC nanoseconds, all whole; `NO_PRICE` where there is none.
"""

from __future__ import annotations

import ctypes
import inspect
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ai_trading._core import sim
from ai_trading.core.errors import ArgumentError
from ai_trading.core.optional import require
from ai_trading.core.records import BAR, FILL, ORDER, QUOTE
from ai_trading.strategies.strategy import Strategy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ai_trading._core.sim import Session

numba = require("numba", "numba")

__all__ = [
    "NO_PRICE",
    "PEG_MARKET",
    "PEG_MIDPOINT",
    "PEG_PRIMARY",
    "POST_ONLY",
    "POST_ONLY_SLIDE",
    "TRADE",
    "TRIGGER_BID_ASK",
    "TRIGGER_LAST",
    "TRIGGER_MID",
    "TRIGGER_USUAL",
    "CompiledStrategy",
    "bracket",
    "buy",
    "cancel",
    "cancel_timer",
    "cash",
    "change",
    "depth",
    "modify",
    "now",
    "order_filled",
    "order_limit",
    "order_quantity",
    "order_status",
    "position",
    "price",
    "protect",
    "queue_position",
    "sell",
    "set_timer",
    "stop_price",
    "submit",
    "touch",
    "value",
]

NO_PRICE = np.iinfo(np.int64).min
"""What stands for a price that is not known, or not given."""
TRIGGER_USUAL, TRIGGER_LAST, TRIGGER_BID_ASK, TRIGGER_MID = range(4)
"""What a stop watches: trades or, without any, quotes; trades; quotes; the middle."""
PEG_PRIMARY, PEG_MIDPOINT, PEG_MARKET = range(1, 4)
"""What a peg follows."""
POST_ONLY, POST_ONLY_SLIDE = 1, 2
"""What becomes of a post-only order that would take: refused, or one step back."""
TRADE = sim.trade_dtype
"""A trade of the market; `aggressor` is 0 buy, 1 sell, 2 where it is not told."""

_RECORDS: dict[str, np.dtype[Any] | None] = {
    "on_quote": QUOTE,
    "on_book": QUOTE,
    "on_trade": TRADE,
    "on_bar": BAR,
    "on_timer": None,
    "on_order": ORDER,
    "on_fill": FILL,
}


def _c_function(name: str) -> Callable[..., int]:
    address, count = sim.host_calls()[name]
    whole = ctypes.c_int64
    return ctypes.CFUNCTYPE(whole, *[whole] * count)(address)


_now = _c_function("now")
_submit = _c_function("submit")
_submit_terms = _c_function("submit_terms")
_bracket = _c_function("bracket")
_protect = _c_function("protect")
_change = _c_function("change")
_stop_price = _c_function("stop_price")
_cancel = _c_function("cancel")
_modify = _c_function("modify")
_best_price = _c_function("best_price")
_best_quantity = _c_function("best_quantity")
_depth = _c_function("depth")
_position = _c_function("position")
_mark = _c_function("mark")
_orders_ahead = _c_function("orders_ahead")
_quantity_ahead = _c_function("quantity_ahead")
_order_status = _c_function("order_status")
_order_filled = _c_function("order_filled")
_order_limit = _c_function("order_limit")
_order_quantity = _c_function("order_quantity")
_cash = _c_function("cash")
_value = _c_function("value")
_set_timer = _c_function("set_timer")
_cancel_timer = _c_function("cancel_timer")

# The functions below are compiled where they are used. `me` is the record that a call
# is given first.


def _buy(
    me: Any, instrument: Any, quantity: Any, limit: Any = None, immediate: Any = 0
) -> Any:
    """Send a buy order and return its id; a market order without a limit."""
    if limit is None:
        return _submit(me.host, instrument, 0, quantity, 0, 0, int(immediate))
    return _submit(me.host, instrument, 0, quantity, limit, 1, int(immediate))


def _sell(
    me: Any, instrument: Any, quantity: Any, limit: Any = None, immediate: Any = 0
) -> Any:
    """Send a sell order and return its id; a market order without a limit."""
    if limit is None:
        return _submit(me.host, instrument, 1, quantity, 0, 0, int(immediate))
    return _submit(me.host, instrument, 1, quantity, limit, 1, int(immediate))


def _send_order(  # noqa: PLR0917 - numba takes none by keyword only
    me: Any,
    instrument: Any,
    side: Any,
    quantity: Any,
    limit: Any = NO_PRICE,
    stop: Any = NO_PRICE,
    trail: Any = 0,
    trail_points: Any = 0,
    trigger: Any = TRIGGER_USUAL,
    post_only: Any = 0,
    display: Any = 0,
    hidden: Any = 0,
    peg: Any = 0,
    offset: Any = 0,
    time_in_force: Any = 0,
    expires: Any = 0,
    minimum: Any = 0,
    all_or_none: Any = 0,
    market_to_limit: Any = 0,
) -> Any:
    """Send an order of any terms and return its id; `Strategy.submit` has what they do.

    `side` is 0 to buy and 1 to sell; `trail` is a distance in ticks, `trail_points` one
    in hundredths of a per cent; `post_only` is 1, or 2 to slide; `time_in_force` a key
    of `core.records.TIME_IN_FORCE`. Terms that contradict each other end the run.
    """
    return _submit_terms(
        me.host,
        instrument,
        side,
        quantity,
        limit,
        stop,
        trail,
        trail_points,
        trigger,
        post_only,
        display,
        int(hidden),
        peg,
        offset,
        time_in_force,
        expires,
        minimum,
        int(all_or_none),
        int(market_to_limit),
    )


def _send_bracket(  # noqa: PLR0917 - as above
    me: Any,
    instrument: Any,
    side: Any,
    quantity: Any,
    take_profit: Any,
    stop_loss: Any,
    limit: Any = NO_PRICE,
    stop: Any = NO_PRICE,
    stop_limit: Any = NO_PRICE,
    trigger: Any = TRIGGER_USUAL,
) -> Any:
    """Send an entry and two exits that wait for it; return (entry, profit, loss)."""
    first = _bracket(
        me.host,
        instrument,
        side,
        quantity,
        limit,
        stop,
        take_profit,
        stop_loss,
        stop_limit,
        trigger,
    )
    return first, first + 1, first + 2


def _send_exits(  # noqa: PLR0917 - as above
    me: Any,
    instrument: Any,
    take_profit: Any,
    stop_loss: Any,
    stop_limit: Any = NO_PRICE,
    trigger: Any = TRIGGER_USUAL,
    quantity: Any = 0,
) -> Any:
    """Send two exits for what is held, or a part of it; return (profit, loss)."""
    first = _protect(
        me.host, instrument, quantity, take_profit, stop_loss, stop_limit, trigger
    )
    return first, first + 1


def _change_order(  # noqa: PLR0917  as strategies write it
    me: Any,
    order: Any,
    limit: Any = NO_PRICE,
    quantity: Any = NO_PRICE,
    stop: Any = NO_PRICE,
    offset: Any = NO_PRICE,
    display: Any = NO_PRICE,
) -> Any:
    """Ask for another limit, total, stop, offset or slice; False if refused."""
    return (
        _change(me.host, np.int64(order), limit, quantity, stop, offset, display) == 0
    )


def _stop_of(me: Any, order: Any) -> Any:
    """Return where a stop would trigger now; `NO_PRICE` where it waits for none."""
    return _stop_price(me.host, np.int64(order))


def _cancel_order(me: Any, order: Any) -> Any:
    """Ask for the end of an order; False if that was refused at once."""
    return _cancel(me.host, np.int64(order)) == 0


def _modify_order(me: Any, order: Any, limit: Any, quantity: Any) -> Any:
    """Ask for another limit and total quantity; False if that was refused at once."""
    return _modify(me.host, np.int64(order), limit, quantity) == 0


def _now_of(me: Any) -> Any:
    """Return the simulated time as this strategy sees it."""
    return _now(me.host)


def _position_of(me: Any, instrument: Any) -> Any:
    """Return the signed lots held."""
    return _position(me.host, instrument)


def _price_of(me: Any, instrument: Any) -> Any:
    """Return the last known price (midpoint, trade or close), or `NO_PRICE`."""
    return _mark(me.host, instrument)


def _touch_of(me: Any, instrument: Any) -> Any:
    """Return (bid, its quantity, ask, its quantity)."""
    return (
        _best_price(me.host, instrument, 0),
        _best_quantity(me.host, instrument, 0),
        _best_price(me.host, instrument, 1),
        _best_quantity(me.host, instrument, 1),
    )


def _depth_of(me: Any, instrument: Any, side: Any, rows: Any) -> Any:
    """Write (price, quantity, orders) into int64 rows of three; return how many."""
    return _depth(me.host, instrument, side, rows.ctypes.data, len(rows))


def _queue_position_of(me: Any, order: Any) -> Any:
    """Return (orders, quantity) before a resting order, (-1, -1) if it is not known."""
    return (
        _orders_ahead(me.host, np.int64(order)),
        _quantity_ahead(me.host, np.int64(order)),
    )


def _order_status_of(me: Any, order: Any) -> Any:
    """Return the status of an order, a key of `core.records.ORDER_STATUS`, or -1."""
    return _order_status(me.host, np.int64(order))


def _order_filled_of(me: Any, order: Any) -> Any:
    """Return the lots of an order that have traded, or -1."""
    return _order_filled(me.host, np.int64(order))


def _order_quantity_of(me: Any, order: Any) -> Any:
    """Return the total lots of an order, or -1."""
    return _order_quantity(me.host, np.int64(order))


def _order_limit_of(me: Any, order: Any) -> Any:
    """Return the limit of an order, 0 for a market order, -1 where there is none."""
    return _order_limit(me.host, np.int64(order))


def _cash_of(me: Any) -> Any:
    """Return the cash of the account in 1e-6 currency units."""
    return _cash(me.host)


def _value_of(me: Any) -> Any:
    """Return cash and positions at the last known prices in 1e-6 currency units."""
    return _value(me.host)


def _ring(me: Any, at: Any, every: Any = 0) -> Any:
    """Ring at a time, then every so many nanoseconds; return the timer's number."""
    return _set_timer(me.host, at, every)


def _silence(me: Any, number: Any) -> Any:
    """Silence a timer."""
    return _cancel_timer(me.host, np.int64(number))


buy = numba.njit(_buy)
sell = numba.njit(_sell)
submit = numba.njit(_send_order)
bracket = numba.njit(_send_bracket)
protect = numba.njit(_send_exits)
change = numba.njit(_change_order)
stop_price = numba.njit(_stop_of)
cancel = numba.njit(_cancel_order)
modify = numba.njit(_modify_order)
now = numba.njit(_now_of)
position = numba.njit(_position_of)
price = numba.njit(_price_of)
touch = numba.njit(_touch_of)
depth = numba.njit(_depth_of)
queue_position = numba.njit(_queue_position_of)
order_status = numba.njit(_order_status_of)
order_filled = numba.njit(_order_filled_of)
order_limit = numba.njit(_order_limit_of)
order_quantity = numba.njit(_order_quantity_of)
cash = numba.njit(_cash_of)
value = numba.njit(_value_of)
set_timer = numba.njit(_ring)
cancel_timer = numba.njit(_silence)


class CompiledStrategy(Strategy):
    """Base class of strategies whose calls numba compiles.

    Write the calls you want as functions of the strategy's memory and of the record of
    what happened (`core.records` has their fields; `on_timer` is given a number, and
    `on_trade` a record of dtype `TRADE`). They can use what numba can compile, and the
    functions of this module. Every run begins with fresh memory.

    Parameters
    ----------
    name : str, optional
        Name in records and reports; the class name by default.
    **parameters
        First values of fields; the others begin with zeros.

    Attributes
    ----------
    fields : mapping of str to dtype, or to (dtype, shape)
        What the strategy remembers.
    memory : ndarray of one record
        The fields, also after the run.

    Raises
    ------
    MissingExtraError
        On import of this module where numba is not installed.
    ArgumentError
        If a parameter is no field, or numba cannot compile a call.

    Examples
    --------
    >>> class Joins(CompiledStrategy):
    ...     fields = {"working": "i8", "size": "i8"}
    ...
    ...     def __init__(self, size=100):
    ...         super().__init__(size=size)
    ...
    ...     def on_start(self):
    ...         self.subscribe(book_every=100)
    ...
    ...     @staticmethod
    ...     def on_book(me, book):
    ...         if me.working:
    ...             cancel(me, me.working)
    ...         me.working = buy(me, book.instrument, me.size, book.bid_price)
    """

    fields: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, name: str | None = None, **parameters: Any) -> None:
        super().__init__(name, **parameters)
        fields = [
            (field, *(kind if isinstance(kind, tuple) else (kind,)))
            for field, kind in type(self).fields.items()
        ]
        self._dtype = np.dtype([("host", np.int64), *fields])
        self._addresses: dict[str, int] = {}
        for field in parameters:
            if field not in type(self).fields:
                known = ", ".join(type(self).fields) or "none"
                msg = f"{type(self).__name__} has no field {field}; it has {known}"
                raise ArgumentError(msg)
        self.memory = self._fresh()

    def _fresh(self) -> Any:
        memory = np.zeros(1, dtype=self._dtype)
        for field, first in self.parameters.items():
            try:
                memory[field] = first
            except (TypeError, ValueError) as error:
                msg = (
                    f"{field} of {type(self).__name__} is "
                    f"{self._dtype[field]}; received {first!r}"
                )
                raise ArgumentError(msg) from error
        return memory

    def _attach(self, session: Session, index: int, *rest: Any) -> None:
        super()._attach(session, index, *rest)
        self.memory = self._fresh()

    def _told(self) -> sim.CompiledStrategy:
        if not self._addresses:
            self._addresses = {
                name: _compiled(type(self), name, self._dtype)
                for name in self._handlers()
            }
        return sim.compiled_strategy(
            self.name, self._addresses, self.memory.view(np.uint8)
        )


_kept: dict[tuple[Any, ...], Any] = {}
"""What has been compiled; it lives as long as the process, for runs hold addresses."""


def _compiled(kind: type, name: str, memory: np.dtype[Any]) -> int:
    """Return the address of a class's call, compiled once for each layout."""
    found = inspect.getattr_static(kind, name)
    function = found.__func__ if isinstance(found, staticmethod) else found
    key = (function, name, str(memory))
    if key not in _kept:
        # Another thread may have been quicker: its address is in use already.
        _kept.setdefault(key, _compile(kind, name, function, memory))
    return int(_kept[key].address)


def _compile(kind: type, name: str, function: Any, memory: np.dtype[Any]) -> Any:
    if not isinstance(function, FunctionType | numba.core.dispatcher.Dispatcher):
        msg = (
            f"{kind.__name__}.{name} must be a function of (me, "
            f"{'number' if name == 'on_timer' else 'record'}); received {function!r}"
        )
        raise ArgumentError(msg)
    inner = numba.njit(function) if isinstance(function, FunctionType) else function
    carray, types = numba.carray, numba.types
    record = _RECORDS[name]
    if record is None:

        def call(me: Any, number: Any) -> Any:
            inner(carray(me, 1)[0], number)
            return 1

        told = types.int64
    else:

        def call(me: Any, number: Any) -> Any:
            inner(carray(me, 1)[0], carray(number, 1)[0])
            return 1

        told = types.CPointer(numba.from_dtype(record))
    signature = types.uint32(types.CPointer(numba.from_dtype(memory)), told)
    try:
        return numba.cfunc(signature)(call)
    except (numba.core.errors.NumbaError, LookupError, TypeError) as error:
        msg = f"numba cannot compile {kind.__name__}.{name}: {error}"
        raise ArgumentError(msg) from error
