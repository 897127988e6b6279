"""The last price that a feed of market data shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from ai_trading.core.records import EventKind

if TYPE_CHECKING:
    from decimal import Decimal

    from ai_trading.core.instrument import InstrumentTable

__all__ = ["Feed", "last_price"]

# Kinds of events whose price is that of a trade in every source.
_TRADES: Final = (EventKind.EXECUTE, EventKind.EXECUTE_AT, EventKind.TRADE)


class Feed(Protocol):
    """Market data that names its instruments."""

    @property
    def instruments(self) -> InstrumentTable:
        """The instruments it tells of."""


def last_price(feed: Any, symbol: str) -> Decimal | None:
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
