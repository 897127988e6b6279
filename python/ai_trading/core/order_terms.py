"""Terms of an order beyond its limit: what a strategy may ask of a replayed venue.

The names are those of `core.enums` and of the matching engine (docs/matching.md). What
the data of a run cannot show is refused here, before anything is sent.

Units: prices and quantities as a strategy gives them; times in UTC nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NamedTuple, SupportsIndex, TypedDict

from ai_trading.core.enums import OrderType, TimeInForce
from ai_trading.core.errors import ArgumentError
from ai_trading.core.records import PEG, TRIGGER, order_type_code, time_in_force_code

__all__ = ["DataShows", "EntryTerms", "OrderTerms", "Plan", "plan"]


class EntryTerms(TypedDict, total=False):
    """What the entry of a bracket takes besides a limit."""

    stop: float
    trailing: float | str
    post_only: bool | Literal["slide"]
    display: float
    hidden: bool
    peg: Literal["primary", "midpoint", "market"]
    offset: float
    time_in_force: TimeInForce | str
    expires: int


class OrderTerms(EntryTerms, total=False):
    """What `Strategy.submit`, `buy` and `sell` take besides a limit."""

    trigger: Literal["last", "bid_ask", "mid"]


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
_TRIGGERS = {word: code for code, word in TRIGGER.items()}
_PEGS = {word: code for code, word in PEG.items()}
_WORDS = {
    "orders": "order-by-order data",
    "levels": "data of price levels",
    "quotes": "data of quotes without trades",
    "trades": "data of trades without a book",
    "bars": "bars",
}
_TIMES = ("day", "ioc", "fok", "gtd")


def plan(
    terms: Mapping[str, Any],
    *,
    limited: bool,
    immediate: bool,
    auction: str | None,
    shows: Callable[[], DataShows],
) -> Plan:
    """Return what the core is asked for.

    Parameters
    ----------
    terms : mapping
        Of `OrderTerms`.
    limited : bool
        Whether the order has a limit.
    immediate, auction
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
    known = shows()
    _honoured(given, kind, lasts, known)
    out: dict[str, Any] = {}
    if kind in (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP):
        out["trigger"] = _trigger(given, known)
    for name in ("stop", "display", "offset"):
        if name in given:
            out[name] = _number(name, given[name])
    if "trailing" in given:
        out |= _trail(given["trailing"])
    if "peg" in given:
        out["peg"] = _one_of("peg", given["peg"], _PEGS)
    if given.get("post_only") == "slide":
        out["slide"] = True
    if lasts is TimeInForce.GOOD_TILL_DATE:
        out["expire_at"] = _time(given["expires"])
    return Plan(order_type_code(kind), time_in_force_code(lasts), out)


def _kind(given: Mapping[str, Any], *, limited: bool) -> OrderType:
    """Return the type that the terms mean together."""
    kinds = ("stop", "trailing", "post_only", "display", "hidden", "peg")
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
            "add limit="
        )
        raise ArgumentError(msg)
    if name == "trailing" and limited:
        msg = (
            "a trailing stop becomes a market order and has no limit; leave limit out, "
            "or use stop= with limit="
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
    if "hidden" in given and given["hidden"] is not True:
        msg = f"hidden must be True or False; received {given['hidden']!r}"
        raise ArgumentError(msg)
    if name == "stop":
        return OrderType.STOP_LIMIT if limited else OrderType.STOP
    return {
        "trailing": OrderType.TRAILING_STOP,
        "post_only": OrderType.POST_ONLY,
        "display": OrderType.ICEBERG,
        "hidden": OrderType.HIDDEN,
        "peg": OrderType.PEGGED,
    }.get(name, OrderType.LIMIT if limited else OrderType.MARKET)


def _lasts(
    given: Mapping[str, Any], kind: OrderType, *, immediate: bool, auction: str | None
) -> TimeInForce:
    """Return how long the order works."""
    word = str(given.get("time_in_force", "gtd" if "expires" in given else "day"))
    if word not in _TIMES:
        msg = (
            f"time_in_force must be one of {', '.join(_TIMES)}; received {word!r}. "
            "Orders of a replayed venue end with its session at the latest; an auction "
            "is asked for by auction="
        )
        raise ArgumentError(msg)
    if (word == "gtd") != ("expires" in given):
        msg = (
            "an order good till a date (time_in_force='gtd') and expires= go together; "
            f"received time_in_force={word!r}, expires={given.get('expires')!r}"
        )
        raise ArgumentError(msg)
    if immediate:
        if word != "ioc" and (word != "day" or "time_in_force" in given):
            msg = f"immediate=True and time_in_force={word!r} contradict each other"
            raise ArgumentError(msg)
        word = "ioc"
    simple = kind in (OrderType.MARKET, OrderType.LIMIT)
    if auction is not None and (not simple or word != "day"):
        msg = (
            "an order for an auction is a plain market or limit order; received a "
            f"{kind} order, {word}, with auction={auction!r}"
        )
        raise ArgumentError(msg)
    if word in ("ioc", "fok") and not simple:
        msg = (
            f"a {kind} order rests or waits and cannot be {word!r}; use 'day' or "
            "'gtd', or a market or limit order"
        )
        raise ArgumentError(msg)
    if word == "gtd" and kind is OrderType.MARKET:
        msg = "a market order ends at once and takes no expires; add limit= or stop="
        raise ArgumentError(msg)
    return TimeInForce(word)


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
    if fix:
        asked = "a fok" if lasts is TimeInForce.FILL_OR_KILL else f"a {kind}"
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


def _trigger(given: Mapping[str, Any], known: DataShows) -> int:
    """Return what a stop watches: trades where there are any, unless told."""
    usual = "last" if known.trades else "bid_ask"
    return _one_of("trigger", given.get("trigger", usual), _TRIGGERS)


def _trail(value: float | str) -> dict[str, float | int]:
    if not isinstance(value, str):
        amount = _number("trailing", value)
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


def _number(name: str, value: object) -> float:
    if not isinstance(value, bool):
        try:
            return float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            pass
    msg = f"{name} must be a number; received {value!r}"
    raise ArgumentError(msg)


def _time(value: object) -> int:
    if isinstance(value, SupportsIndex) and not isinstance(value, bool):
        return int(value)
    msg = f"expires must be a time in UTC nanoseconds; received {value!r}"
    raise ArgumentError(msg)


def _one_of(name: str, value: object, codes: Mapping[str, int]) -> int:
    code = codes.get(str(value))
    if code is None:
        msg = f"{name} must be one of {', '.join(codes)}; received {value!r}"
        raise ArgumentError(msg)
    return code
