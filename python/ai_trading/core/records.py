"""The record layouts of the compiled core, and the words behind their codes.

`EVENT`, `QUOTE`, `BAR`, `ORDER`, `ORDER_TERMS`, `FILL` and `ACCOUNT` are NumPy dtypes
that mirror the C++ structs byte for byte. Prices are ticks, quantities lots, times UTC
nanoseconds; a fee is in 1e-9 and an account's amounts in 1e-6 currency units. What an
order asked for besides a price is a row of `ORDER_TERMS`; most orders have none.

Tables here are the only map between the core's small integers and the string enums of
`core.enums`; a test holds them to the C++ headers and to the extension.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

from ai_trading.core.enums import (
    Liquidity,
    OrderSide,
    OrderStatus,
    OrderType,
    TimeInForce,
)
from ai_trading.core.errors import ArgumentError
from ai_trading.core.optional import needs_core

with needs_core():
    from ai_trading._core import desk as _desk
    from ai_trading._core import feed as _feed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

    import numpy as np

__all__ = [
    "ACCOUNT",
    "AMOUNT_SCALE",
    "BAR",
    "EVENT",
    "FEE_SCALE",
    "FILL",
    "INCIDENT",
    "LIQUIDITY",
    "NO_INSTRUMENT",
    "ORDER",
    "ORDER_STATUS",
    "ORDER_TERMS",
    "ORDER_TYPE",
    "PEG",
    "QUOTE",
    "SIDE",
    "SIDE_NONE",
    "STOP_TYPES",
    "TIME_IN_FORCE",
    "TRIGGER",
    "UNLIMITED_TYPES",
    "EventKind",
    "Flag",
    "TradingState",
    "liquidity_code",
    "order_status_code",
    "order_type_code",
    "reject_name",
    "side_code",
    "time_in_force_code",
]

EVENT: Final[np.dtype[np.void]] = _feed.event_dtype
QUOTE: Final[np.dtype[np.void]] = _feed.quote_dtype
BAR: Final[np.dtype[np.void]] = _feed.bar_dtype
ORDER: Final[np.dtype[np.void]] = _desk.order_dtype
ORDER_TERMS: Final[np.dtype[np.void]] = _desk.order_terms_dtype
FILL: Final[np.dtype[np.void]] = _desk.fill_dtype
ACCOUNT: Final[np.dtype[np.void]] = _desk.account_dtype
INCIDENT: Final[np.dtype[np.void]] = _desk.incident_dtype

FEE_SCALE: Final = 1_000_000_000
AMOUNT_SCALE: Final = 1_000_000
NO_INSTRUMENT: Final = 2**32 - 1
"""In the place of an index: what concerns none, such as interest on cash."""


class EventKind(IntEnum):
    """What a market event says; the C++ header feed/records.hpp defines each."""

    INFO = 0
    ADD = 1
    REDUCE = 2
    REMOVE = 3
    EXECUTE = 4
    EXECUTE_AT = 5
    REPLACE = 6
    MODIFY = 7
    LEVEL = 8
    CLEAR = 9
    TRADE = 10
    CROSS = 11
    IMBALANCE = 12
    STATUS = 13
    BROKEN = 14


class TradingState(IntEnum):
    """What an instrument's market is doing; `aux` of a `STATUS` event."""

    PRE_OPEN = 0
    AUCTION = 1
    CONTINUOUS = 2
    HALTED = 3
    CLOSED = 4
    QUOTATION = 5


class Flag(IntFlag):
    """Bits of a record's `flags`."""

    MORE = 1
    SNAPSHOT = 2
    HIDDEN = 4
    UNPRINTED = 8
    SIMULATED = 16
    DISPLAYED = 32
    RESTORED = 64


# A record's side is buy or sell; a short sale is a sale with a locate, which the
# records do not tell apart.
SIDE_NONE: Final = 2
SIDE: Final[Mapping[int, OrderSide]] = MappingProxyType(
    {0: OrderSide.BUY, 1: OrderSide.SELL}
)
ORDER_STATUS: Final[Mapping[int, OrderStatus]] = MappingProxyType(
    {
        0: OrderStatus.PENDING,
        1: OrderStatus.ACCEPTED,
        2: OrderStatus.PARTIALLY_FILLED,
        3: OrderStatus.FILLED,
        4: OrderStatus.PENDING_CANCEL,
        5: OrderStatus.PENDING_REPLACE,
        6: OrderStatus.CANCELED,
        7: OrderStatus.REJECTED,
        8: OrderStatus.EXPIRED,
        9: OrderStatus.DONE_FOR_DAY,
        10: OrderStatus.STOPPED,
        11: OrderStatus.SUSPENDED,
        12: OrderStatus.CALCULATED,
    }
)
ORDER_TYPE: Final[Mapping[int, OrderType]] = MappingProxyType(
    {
        0: OrderType.MARKET,
        1: OrderType.LIMIT,
        2: OrderType.STOP,
        3: OrderType.STOP_LIMIT,
        4: OrderType.TRAILING_STOP,
        5: OrderType.MARKET_TO_LIMIT,
        6: OrderType.ICEBERG,
        7: OrderType.HIDDEN,
        8: OrderType.POST_ONLY,
        9: OrderType.PEGGED,
    }
)
TIME_IN_FORCE: Final[Mapping[int, TimeInForce]] = MappingProxyType(
    {
        0: TimeInForce.DAY,
        1: TimeInForce.IMMEDIATE_OR_CANCEL,
        2: TimeInForce.GOOD_TILL_CANCEL,
        3: TimeInForce.GOOD_TILL_DATE,
        4: TimeInForce.FILL_OR_KILL,
        5: TimeInForce.AT_THE_OPEN,
        6: TimeInForce.AT_THE_CLOSE,
    }
)
LIQUIDITY: Final[Mapping[int, Liquidity]] = MappingProxyType(
    {0: Liquidity.NONE, 1: Liquidity.MAKER, 2: Liquidity.TAKER}
)
# Orders that wait for a price, and those whose price in a record is no limit.
STOP_TYPES: Final = frozenset(
    {OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP}
)
UNLIMITED_TYPES: Final = frozenset(
    {OrderType.MARKET, OrderType.STOP, OrderType.TRAILING_STOP, OrderType.PEGGED}
)
# What a stop watches, and what a peg follows.
TRIGGER: Final[Mapping[int, str]] = MappingProxyType(
    {0: "last", 1: "bid_ask", 2: "mid"}
)
PEG: Final[Mapping[int, str]] = MappingProxyType(
    {1: "primary", 2: "midpoint", 3: "market"}
)

_SIDE_CODES = {OrderSide.BUY: 0, OrderSide.SELL: 1, OrderSide.SELL_SHORT: 1}
_STATUS_CODES = {word: code for code, word in ORDER_STATUS.items()}
_TYPE_CODES = {word: code for code, word in ORDER_TYPE.items()}
_TIF_CODES = {word: code for code, word in TIME_IN_FORCE.items()}
_LIQUIDITY_CODES = {word: code for code, word in LIQUIDITY.items()}

_Word = TypeVar("_Word", bound="StrEnum")


def side_code(side: OrderSide | str) -> int:
    """Return the core's code of a side; both kinds of sale are 1.

    Raises
    ------
    ArgumentError
        If there is no such side.
    """
    return _code("side", side, _SIDE_CODES)


def order_status_code(status: OrderStatus | str) -> int:
    """Return the core's code of an order status.

    Raises
    ------
    ArgumentError
        If the core has no such status.
    """
    return _code("order status", status, _STATUS_CODES)


def order_type_code(order_type: OrderType | str) -> int:
    """Return the core's code of an order type.

    Raises
    ------
    ArgumentError
        If the core cannot trade that type.

    Examples
    --------
    >>> order_type_code("limit")
    1
    """
    return _code("order type", order_type, _TYPE_CODES)


def time_in_force_code(time_in_force: TimeInForce | str) -> int:
    """Return the core's code of a time in force.

    Raises
    ------
    ArgumentError
        If the core has no such time in force.
    """
    return _code("time in force", time_in_force, _TIF_CODES)


def liquidity_code(liquidity: Liquidity | str) -> int:
    """Return the core's code of a fill's liquidity.

    Raises
    ------
    ArgumentError
        If there is no such word.
    """
    return _code("liquidity", liquidity, _LIQUIDITY_CODES)


def reject_name(code: int) -> str:
    """Return the name of a reject code, as `OrderRejectedError.reason` carries it.

    Raises
    ------
    ArgumentError
        If the core has no such code.

    Examples
    --------
    >>> reject_name(0)
    'none'
    """
    names = _reject_names()
    if code in names:
        return names[code]
    msg = f"the core has no reject code {code}; it has {min(names)} to {max(names)}"
    raise ArgumentError(msg)


@lru_cache(maxsize=1)
def _reject_names() -> dict[int, str]:
    # The core's own list: it grows with the core and is written down only there.
    with needs_core():
        book = import_module("ai_trading._core.book")
    return {code: name for name, code in book.reject_codes.items()}


def _code(what: str, word: str, codes: dict[_Word, int]) -> int:
    # A StrEnum hashes and compares as its string, so a plain string finds it too.
    code = codes.get(word) if isinstance(word, str) else None  # type: ignore[call-overload]
    if isinstance(code, int):
        return code
    allowed = ", ".join(codes)
    msg = f"the core knows the {what} {allowed}; received {str(word)!r}"
    raise ArgumentError(msg)
