"""The words of the desk as string enums.

``str(member) == member.value``, a lower-case string that is stored and sent as it
stands. The compiled core speaks in small integers instead; `core.records` holds the
one table between the two.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NoReturn

from ai_trading.core.errors import ArgumentError

__all__ = [
    "AssetClass",
    "Liquidity",
    "OrderSide",
    "OrderStatus",
    "OrderType",
    "RiskLevel",
    "TimeFrame",
    "TimeInForce",
]


class _Words(StrEnum):
    """Words that refuse another word as the rest of the library does."""

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        from difflib import get_close_matches

        words = [str(member.value) for member in cls]
        low = value.lower() if isinstance(value, str) else ""
        close = get_close_matches(low, words, n=1)
        hint = f". Did you mean {close[0]!r}?" if close else ""
        msg = f"{cls.__name__} is one of {', '.join(words)}; received {value!r}{hint}"
        raise ArgumentError(msg)


class OrderSide(_Words):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"
    SELL_SHORT = "sell_short"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for either kind of sale."""
        return 1 if self is OrderSide.BUY else -1

    @property
    def is_buy(self) -> bool:
        """True for `BUY`."""
        return self is OrderSide.BUY

    @property
    def opposite(self) -> OrderSide:
        """The side that closes what this one opened."""
        return OrderSide.SELL if self is OrderSide.BUY else OrderSide.BUY


class OrderType(_Words):
    """How an order is priced and shown.

    An order for an auction is a `MARKET` or `LIMIT` order whose time in force is
    `TimeInForce.AT_THE_OPEN` or `AT_THE_CLOSE`. Which types a venue takes is the
    venue's affair: `core.records.order_type_code` refuses what the core cannot trade.
    """

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"
    MARKET_TO_LIMIT = "market_to_limit"
    ICEBERG = "iceberg"
    HIDDEN = "hidden"
    POST_ONLY = "post_only"
    PEGGED = "pegged"

    @property
    def needs_price(self) -> bool:
        """True where the order cannot stand without a limit price."""
        return self in _PRICED


_PRICED = frozenset(
    {
        OrderType.LIMIT,
        OrderType.STOP_LIMIT,
        OrderType.ICEBERG,
        OrderType.HIDDEN,
        OrderType.POST_ONLY,
    }
)


class TimeInForce(_Words):
    """How long an order works."""

    DAY = "day"
    GOOD_TILL_CANCEL = "gtc"
    GOOD_TILL_DATE = "gtd"
    IMMEDIATE_OR_CANCEL = "ioc"
    FILL_OR_KILL = "fok"
    AT_THE_OPEN = "at_the_open"
    AT_THE_CLOSE = "at_the_close"


class OrderStatus(_Words):
    """The state of an order, after FIX 4.4 tag 39 (OrdStatus).

    `PENDING` is FIX's Pending New: sent and not yet answered. `ACCEPTED` is FIX's New:
    the venue has it.
    """

    PENDING = "pending"
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    DONE_FOR_DAY = "done_for_day"
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    STOPPED = "stopped"
    SUSPENDED = "suspended"
    CALCULATED = "calculated"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"

    @property
    def is_terminal(self) -> bool:
        """True where nothing more can happen to the order."""
        return self in _TERMINAL

    @property
    def is_active(self) -> bool:
        """True while the order may still trade or be changed."""
        return self not in _TERMINAL

    @property
    def fix(self) -> str:
        """The character FIX 4.4 sends in tag 39."""
        return _FIX_STATUS[self]


_TERMINAL = frozenset(
    {
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.REJECTED,
        OrderStatus.EXPIRED,
    }
)
_FIX_STATUS = {
    OrderStatus.PENDING: "A",
    OrderStatus.ACCEPTED: "0",
    OrderStatus.PARTIALLY_FILLED: "1",
    OrderStatus.FILLED: "2",
    OrderStatus.DONE_FOR_DAY: "3",
    OrderStatus.CANCELED: "4",
    OrderStatus.PENDING_CANCEL: "6",
    OrderStatus.STOPPED: "7",
    OrderStatus.REJECTED: "8",
    OrderStatus.SUSPENDED: "9",
    OrderStatus.CALCULATED: "B",
    OrderStatus.EXPIRED: "C",
    OrderStatus.PENDING_REPLACE: "E",
}


class Liquidity(_Words):
    """Whether a fill gave liquidity or took it."""

    NONE = "none"
    MAKER = "maker"
    TAKER = "taker"


class RiskLevel(_Words):
    """An appetite for risk, with the two limits that define it."""

    CONSERVATIVE = "conservative"
    MODERATE = "moderate"
    AGGRESSIVE = "aggressive"

    @property
    def max_position_size(self) -> float:
        """Largest share of the portfolio's value that one position may be."""
        return _MAX_POSITION_SIZE[self]

    @property
    def max_drawdown_threshold(self) -> float:
        """Fall from the peak, as a fraction of it, at which trading must shrink."""
        return _MAX_DRAWDOWN[self]


_MAX_POSITION_SIZE = {
    RiskLevel.CONSERVATIVE: 0.02,
    RiskLevel.MODERATE: 0.05,
    RiskLevel.AGGRESSIVE: 0.10,
}
_MAX_DRAWDOWN = {
    RiskLevel.CONSERVATIVE: 0.05,
    RiskLevel.MODERATE: 0.10,
    RiskLevel.AGGRESSIVE: 0.15,
}


class TimeFrame(_Words):
    """The length of a bar."""

    MINUTE_1 = "1m"
    MINUTE_5 = "5m"
    MINUTE_15 = "15m"
    MINUTE_30 = "30m"
    HOUR_1 = "1h"
    HOUR_4 = "4h"
    DAY_1 = "1d"
    WEEK_1 = "1w"

    @property
    def seconds(self) -> int:
        """Length in seconds; a day is 24 hours and a week seven of them."""
        return int(self.value[:-1]) * _UNIT_SECONDS[self.value[-1]]

    @property
    def nanoseconds(self) -> int:
        """Length in nanoseconds, the unit of every timestamp."""
        return self.seconds * 1_000_000_000


_UNIT_SECONDS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


class AssetClass(_Words):
    """What kind of thing an instrument is."""

    EQUITY = "equity"
    BOND = "bond"
    COMMODITY = "commodity"
    CURRENCY = "currency"
    CRYPTO = "crypto"
    FUTURE = "future"
    OPTION = "option"
