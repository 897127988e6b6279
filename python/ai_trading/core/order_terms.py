"""Terms of an order beyond its limit: one vocabulary for strategies and desks.

The names are those of `core.enums` and of the matching engine (docs/matching.md). What
contradicts itself is refused here, before anything is sent: `plan` is what a strategy
may ask of a replayed venue, as far as the data of the run can show it, `order_terms`
what an `Order` may ask of any.

Units: prices and quantities as they are given; times in UTC nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import (
    Any,
    Generic,
    Literal,
    NamedTuple,
    TypedDict,
    TypeVar,
)

from ai_trading.core.clock import LAST_NS
from ai_trading.core.enums import OrderType, TimeInForce
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import decimal, real, whole
from ai_trading.core.records import PEG, TRIGGER, order_type_code, time_in_force_code

__all__ = [
    "TERM_NAMES",
    "Bracket",
    "DataShows",
    "EntryTerms",
    "Exits",
    "OrderTerms",
    "Plan",
    "check_change",
    "check_exits",
    "check_new_stop",
    "order_terms",
    "plan",
    "time_asked",
]


_Id = TypeVar("_Id")


class EntryTerms(TypedDict, total=False):
    """What the entry of a bracket takes besides a limit."""

    stop: float
    trailing: float | str
    post_only: bool | Literal["slide"]
    display: float
    hidden: bool
    peg: Literal["primary", "midpoint", "market"]
    offset: float
    minimum: float
    all_or_none: bool
    market_to_limit: bool
    time_in_force: TimeInForce | str
    expires: int


class OrderTerms(EntryTerms, total=False):
    """What `Strategy.submit`, `buy` and `sell` take besides a limit."""

    trigger: Literal["last", "bid_ask", "mid"]


class Bracket(NamedTuple, Generic[_Id]):
    """The ids of an entry and of the two exits that wait for it."""

    entry: _Id
    take_profit: _Id
    stop_loss: _Id


class Exits(NamedTuple, Generic[_Id]):
    """The ids of the two exits of a position, of which one ends the other."""

    take_profit: _Id
    stop_loss: _Id


@dataclass(frozen=True, slots=True)
class DataShows:
    """What the data of a run shows of a market."""

    kind: Literal["orders", "levels", "quotes", "trades", "bars"]
    trades: bool = True
    quotes: bool = True

    def to_core(self) -> tuple[int, bool, bool]:
        """Return it as a session takes it."""
        kinds = ("orders", "levels", "quotes", "trades", "bars")
        return kinds.index(self.kind), self.trades, self.quotes


class Plan(NamedTuple):
    """An order as the core takes it."""

    order_type: int
    time_in_force: int
    terms: dict[str, Any]


_NAMES = tuple(OrderTerms.__annotations__)
TERM_NAMES = (
    "stop",
    "trailing",
    "trigger",
    "post_only",
    "display",
    "hidden",
    "peg",
    "offset",
    "minimum",
    "all_or_none",
    "expires",
)
"""What an `Order` takes besides price and time in force."""
_STOPS = (OrderType.STOP, OrderType.STOP_LIMIT)
_NEEDS = {
    OrderType.STOP: "stop",
    OrderType.STOP_LIMIT: "stop and price",
    OrderType.TRAILING_STOP: "trailing",
    OrderType.ICEBERG: "display and price",
    OrderType.HIDDEN: "price",
    OrderType.POST_ONLY: "price",
    OrderType.PEGGED: "peg",
}
_TRIGGERS = {word: code for code, word in TRIGGER.items()}
_PEGS = {word: code for code, word in PEG.items()}
_WORDS = {
    "orders": "order-by-order data",
    "levels": "data of price levels",
    "quotes": "data of quotes without trades",
    "trades": "data of trades without a book",
    "bars": "bars",
}
_TIMES = ("day", "ioc", "fok", "gtc", "gtd")


def plan(
    terms: Mapping[str, Any],
    *,
    limited: bool,
    immediate: bool,
    auction: str | None,
    quantity: float,
    shows: Callable[[], DataShows],
) -> Plan:
    """Return what the core is asked for.

    Parameters
    ----------
    terms : mapping
        Of `OrderTerms`.
    limited : bool
        Whether the order has a limit.
    immediate, auction, quantity
        As `Strategy.submit`.
    shows : callable
        Says what the data of the run shows.

    Raises
    ------
    ArgumentError
        If a term is unknown, outside its domain, does not go with another, or cannot be
        honoured on this kind of data.
    """
    unknown = [name for name in terms if name not in _NAMES]
    if unknown:
        msg = (
            f"an order has no term {unknown[0]!r}; it takes limit, immediate, auction "
            f"and {', '.join(_NAMES)}"
        )
        raise ArgumentError(msg)
    given = {
        name: value
        for name, value in terms.items()
        if value is not None and value is not False
    }
    kind = _kind(given, limited=limited)
    lasts = _lasts(given, kind, immediate=immediate, auction=auction)
    _conditions(given, kind, lasts, quantity)
    known = shows()
    _honoured(given, kind, lasts, known)
    out = _amounts(given, kind, usual="last" if known.trades else "bid_ask")
    return Plan(order_type_code(kind), time_in_force_code(lasts), out)


def order_terms(
    terms: Mapping[str, Any],
    *,
    order_type: OrderType,
    price: Decimal | None,
    lasts: TimeInForce,
    quantity: Decimal,
) -> tuple[OrderType, dict[str, Any]]:
    """Return the type that an order's terms come to, and what the core is told of them.

    Parameters
    ----------
    terms : mapping
        By `TERM_NAMES`; what is None or False counts as absent.
    order_type : OrderType
        As asked for: a market or limit order becomes what its terms say.
    price : Decimal or None
        Its limit.
    lasts : TimeInForce
    quantity : Decimal

    Returns
    -------
    order_type : OrderType
    terms : dict
        As `Plan.terms`, with exact numbers.

    Raises
    ------
    ArgumentError
        If a term is outside its domain, does not go with the type or with another, or
        one that the type needs is absent.
    """
    given = {
        name: value
        for name, value in terms.items()
        if value is not None and value is not False
    }
    if order_type is OrderType.POST_ONLY:
        given.setdefault("post_only", True)
    if order_type is OrderType.HIDDEN:
        given.setdefault("hidden", True)
    kind = _type_asked(given, order_type, price)
    _fits(given, kind, str(lasts), limit="price")
    _conditions(given, kind, lasts, quantity)
    out = _amounts(given, kind, usual="last", exact=True)
    if out.get("display", 1) <= 0 or out.get("display", quantity) > quantity:
        msg = (
            f"display must be above 0 and not above the quantity of {quantity}; "
            f"received {given['display']!r}"
        )
        raise ArgumentError(msg)
    return kind, out


def time_asked(word: TimeInForce | str | None, *, dated: bool) -> TimeInForce | str:
    """Return a time in force; where none is said, the day or until it expires."""
    if word is not None:
        return word
    return TimeInForce.GOOD_TILL_DATE if dated else TimeInForce.DAY


def check_new_stop(kind: OrderType, order: object) -> None:
    """Refuse another stop for an order that has none of its own.

    Raises
    ------
    ArgumentError
        If its type is neither stop nor stop_limit.
    """
    if kind not in _STOPS:
        msg = (
            f"order {order} is not a stop order and has no stop to change; "
            "leave stop out, or cancel it and send another"
        )
        raise ArgumentError(msg)


def check_change(
    kind: OrderType, order: object, *, offset: object = None, display: object = None
) -> None:
    """Refuse a new offset or slice for an order that has none.

    Raises
    ------
    ArgumentError
        If an offset is given and its type is not pegged, or a slice and it is no
        iceberg.
    """
    for name, value, owner in (
        ("offset", offset, OrderType.PEGGED),
        ("display", display, OrderType.ICEBERG),
    ):
        if value is not None and kind is not owner:
            msg = (
                f"order {order} is {_one(kind)} order and has no {name} to change; "
                f"leave {name} out, or cancel it and send another"
            )
            raise ArgumentError(msg)


def check_exits(
    side: object,
    *,
    buys: bool,
    stop_loss: Any,
    take_profit: Any,
    limit: Any = None,
    entry: str | None = None,
) -> None:
    """Refuse exits that do not stand around the price at which a position is opened.

    `entry` is what the `limit` of the order that opens it is called, None where the
    position is held.

    Raises
    ------
    ArgumentError
        If the prices do not rise (of a buy) or fall from the stop to the profit.
    """
    named = {"stop_loss": stop_loss, "take_profit": take_profit}
    if entry is not None:
        named = {"stop_loss": stop_loss, entry: limit, "take_profit": take_profit}
    rising = [
        decimal(name, price) for name, price in named.items() if price is not None
    ]
    if not buys:
        rising.reverse()
    if any(not low < high for low, high in pairwise(rising)):
        what = "a position that is" if entry is None else "a bracket around a"
        order = (" < " if buys else " > ").join(named)
        shown = ", ".join(f"{name}={price!r}" for name, price in named.items())
        msg = f"{what} {side} needs {order}; received {shown}"
        raise ArgumentError(msg)


def _amounts(
    given: Mapping[str, Any], kind: OrderType, *, usual: str, exact: bool = False
) -> dict[str, Any]:
    """Return terms as the core takes them, prices and quantities as they are given."""
    out: dict[str, Any] = {}
    if kind in (*_STOPS, OrderType.TRAILING_STOP):
        out["trigger"] = _one_of("trigger", given.get("trigger", usual), _TRIGGERS)
    for name in ("stop", "display", "offset", "minimum"):
        if name in given:
            out[name] = _number(name, given[name], exact=exact)
    if "trailing" in given:
        out |= _trail(given["trailing"], exact=exact)
    if "peg" in given:
        out["peg"] = _one_of("peg", given["peg"], _PEGS)
    if given.get("post_only") == "slide":
        out["slide"] = True
    if "all_or_none" in given:
        out["all_or_none"] = True
    if "expires" in given:
        out["expire_at"] = _time(given["expires"])
    return out


def _one(kind: OrderType) -> str:
    """Return the type with its article, for a message."""
    return f"{'an' if kind is OrderType.ICEBERG else 'a'} {kind}"


def _type_asked(
    given: Mapping[str, Any], asked: OrderType, price: Decimal | None
) -> OrderType:
    """Return the type, which terms and an explicit word must agree on."""
    if asked.needs_price and price is None:
        msg = f"{_one(asked)} order needs a price; received none"
        raise ArgumentError(msg)
    if asked is OrderType.STOP and price is not None:
        msg = (
            "a stop order becomes a market order and has no limit; leave price out, or "
            "use order_type='stop_limit'"
        )
        raise ArgumentError(msg)
    kind = _kind(given, limited=price is not None, limit="price")
    if kind is asked or (_simple(asked) and not _simple(kind)):
        return kind
    if asked is OrderType.MARKET:  # with a price alone
        msg = (
            f"a market order has no price; received {price}. "
            "Did you mean order_type=OrderType.LIMIT?"
        )
        raise ArgumentError(msg)
    if asked is OrderType.MARKET_TO_LIMIT and kind is OrderType.MARKET:
        return asked
    if asked is OrderType.MARKET_TO_LIMIT:
        msg = (
            "a market_to_limit order takes its limit from the market and has neither "
            "price nor stop, display, peg and the like; leave them out"
        )
        raise ArgumentError(msg)
    wants = _NEEDS.get(asked, "price")
    msg = f"{_one(asked)} order needs {wants}; what was given makes {_one(kind)} order"
    raise ArgumentError(msg)


def _conditions(
    given: Mapping[str, Any],
    kind: OrderType,
    lasts: TimeInForce,
    quantity: Decimal | float,
) -> None:
    """Refuse conditions on the size of executions where nobody could keep them."""
    asked = [name for name in ("minimum", "all_or_none") if name in given]
    if not asked:
        return
    if len(asked) > 1:
        msg = "all_or_none is a minimum of the whole quantity; leave minimum out"
        raise ArgumentError(msg)
    (name,) = asked
    kinds = (OrderType.MARKET, OrderType.LIMIT, OrderType.HIDDEN, OrderType.PEGGED)
    if kind not in kinds:
        msg = f"{name} goes with {', '.join(kinds)} orders; received {_one(kind)} order"
        raise ArgumentError(msg)
    if lasts in (
        TimeInForce.FILL_OR_KILL,
        TimeInForce.AT_THE_OPEN,
        TimeInForce.AT_THE_CLOSE,
    ):
        msg = (
            f"{name} and time_in_force={str(lasts)!r} contradict each other; use 'ioc' "
            "or 'day'"
        )
        raise ArgumentError(msg)
    if name == "all_or_none":
        if given[name] is not True:
            msg = f"all_or_none must be True or False; received {given[name]!r}"
            raise ArgumentError(msg)
        return
    if not 0 < _number(name, given[name], exact=True) <= decimal("quantity", quantity):
        msg = (
            f"minimum must be above 0 and not above the quantity of {quantity}; "
            f"received {given[name]!r}"
        )
        raise ArgumentError(msg)


def _kind(
    given: Mapping[str, Any], *, limited: bool, limit: str = "limit"
) -> OrderType:
    """Return the type that the terms mean together; `limit` is what it is called."""
    kinds = (
        "stop",
        "trailing",
        "post_only",
        "display",
        "hidden",
        "peg",
        "market_to_limit",
    )
    chosen = [name for name in kinds if name in given]
    if len(chosen) > 1:
        msg = (
            f"an order has one of {', '.join(kinds)}; received {' and '.join(chosen)}. "
            "Leave all but one out"
        )
        raise ArgumentError(msg)
    name = chosen[0] if chosen else ""
    if name in ("post_only", "display", "hidden") and not limited:
        msg = (
            f"{name} needs a limit, since an order without one takes what is there; "
            f"add {limit}="
        )
        raise ArgumentError(msg)
    if name == "trailing" and limited:
        msg = (
            "a trailing stop becomes a market order and has no limit; leave "
            f"{limit} out, or use stop= with {limit}="
        )
        raise ArgumentError(msg)
    if name == "market_to_limit" and limited:
        msg = (
            "a market_to_limit order takes its limit from the market; leave "
            f"{limit} out"
        )
        raise ArgumentError(msg)
    for term, needs in (("trigger", ("stop", "trailing")), ("offset", ("peg",))):
        if term in given and name not in needs:
            msg = (
                f"{term} goes with {' or '.join(needs)} only; received "
                f"{given[term]!r} without"
            )
            raise ArgumentError(msg)
    if "post_only" in given and given["post_only"] not in (True, "slide"):
        msg = (
            f"post_only must be True, False or 'slide'; received {given['post_only']!r}"
        )
        raise ArgumentError(msg)
    for flag in ("hidden", "market_to_limit"):
        if flag in given and given[flag] is not True:
            msg = f"{flag} must be True or False; received {given[flag]!r}"
            raise ArgumentError(msg)
    if name == "stop":
        return OrderType.STOP_LIMIT if limited else OrderType.STOP
    return {
        "trailing": OrderType.TRAILING_STOP,
        "post_only": OrderType.POST_ONLY,
        "display": OrderType.ICEBERG,
        "hidden": OrderType.HIDDEN,
        "peg": OrderType.PEGGED,
        "market_to_limit": OrderType.MARKET_TO_LIMIT,
    }.get(name, OrderType.LIMIT if limited else OrderType.MARKET)


def _lasts(
    given: Mapping[str, Any], kind: OrderType, *, immediate: bool, auction: str | None
) -> TimeInForce:
    """Return how long the order works."""
    word = str(given.get("time_in_force", "gtd" if "expires" in given else "day"))
    if word not in _TIMES:
        msg = (
            f"time_in_force must be one of {', '.join(_TIMES)}; received {word!r}. "
            "An auction is asked for by auction="
        )
        raise ArgumentError(msg)
    _dated(given, word)
    if immediate:
        if word != "ioc" and (word != "day" or "time_in_force" in given):
            msg = f"immediate=True and time_in_force={word!r} contradict each other"
            raise ArgumentError(msg)
        word = "ioc"
    simple = _simple(kind)
    asked = [name for name in ("minimum", "all_or_none") if name in given]
    if auction is not None and (not simple or word != "day" or asked):
        msg = (
            "an order for an auction is a plain market or limit order; received a "
            f"{' '.join([str(kind), 'order', *asked])}, {word}, with "
            f"auction={auction!r}"
        )
        raise ArgumentError(msg)
    if word == "gtc" and kind is OrderType.MARKET:
        msg = "a market order ends at once and cannot be 'gtc'; add limit= or stop="
        raise ArgumentError(msg)
    _fits(given, kind, word)
    return TimeInForce(word)


def _simple(kind: OrderType) -> bool:
    return kind in (OrderType.MARKET, OrderType.LIMIT)


def _dated(given: Mapping[str, Any], word: str) -> None:
    if (word == "gtd") != ("expires" in given):
        msg = (
            "an order good till a date (time_in_force='gtd') and expires= go together; "
            f"received time_in_force={word!r}, expires={given.get('expires')!r}"
        )
        raise ArgumentError(msg)


def _fits(
    given: Mapping[str, Any], kind: OrderType, word: str, limit: str = "limit"
) -> None:
    """Refuse a time in force that the type cannot have."""
    _dated(given, word)
    if word in ("ioc", "fok", "at_the_open", "at_the_close") and not _simple(kind):
        msg = (
            f"{_one(kind)} order rests or waits and cannot be {word!r}; use 'day', "
            "'gtc' or 'gtd', or a market or limit order"
        )
        raise ArgumentError(msg)
    if word == "gtd" and kind is OrderType.MARKET:
        msg = f"a market order ends at once and takes no expires; add {limit}= or stop="
        raise ArgumentError(msg)


def _honoured(
    given: Mapping[str, Any], kind: OrderType, lasts: TimeInForce, known: DataShows
) -> None:
    """Refuse what nobody could tell from this kind of data."""
    data = _WORDS[known.kind]
    bookish = (OrderType.POST_ONLY, OrderType.ICEBERG, OrderType.HIDDEN)
    fix = ""
    if not known.quotes:
        if kind in (*bookish, OrderType.PEGGED):
            fix = "use a limit order, or data with a book"
        elif lasts is TimeInForce.FILL_OR_KILL:
            fix = "use time_in_force='ioc', or data with a book"
        elif kind is OrderType.MARKET_TO_LIMIT and known.kind == "trades":
            fix = "use a limit order, or data with a book"
    if fix:
        asked = "a fok" if lasts is TimeInForce.FILL_OR_KILL else _one(kind)
        msg = f"{asked} order cannot be simulated on {data}, which show no book; {fix}"
        raise ArgumentError(msg)
    trigger = given.get("trigger")
    if trigger in ("bid_ask", "mid") and not known.quotes:
        msg = f"trigger={trigger!r} needs quotes, and {data} show none; use 'last'"
        raise ArgumentError(msg)
    if trigger == "last" and not known.trades:
        msg = (
            f"trigger='last' needs trades, and {data} show none; use 'bid_ask' or 'mid'"
        )
        raise ArgumentError(msg)


def _trail(
    value: float | Decimal | str, *, exact: bool = False
) -> dict[str, float | Decimal | int]:
    if not isinstance(value, str):
        amount = _number("trailing", value, exact=exact)
        if amount > 0:
            return {"trail": amount}
    else:
        try:
            points = Decimal(value.strip().removesuffix("%")) * 100
        except InvalidOperation:
            points = Decimal(0)
        whole = points.is_finite() and points == points.to_integral_value()
        if value.strip().endswith("%") and whole and 1 <= points <= 9_999:
            return {"trail_points": int(points)}
    msg = (
        "trailing must be an amount above 0, as 0.25, or a percentage from '0.01%' to "
        f"'99.99%' in hundredths; received {value!r}"
    )
    raise ArgumentError(msg)


def _number(name: str, value: Any, *, exact: bool = False) -> Any:
    """Return a number as a float, or as the decimal that it was written as."""
    return decimal(name, value) if exact else real(name, value)


def _time(value: object) -> int:
    return whole("expires", value, -LAST_NS, LAST_NS, of="nanoseconds, UTC")


def _one_of(name: str, value: object, codes: Mapping[str, int]) -> int:
    code = codes.get(str(value))
    if code is None:
        msg = f"{name} must be one of {', '.join(codes)}; received {value!r}"
        raise ArgumentError(msg)
    return code
