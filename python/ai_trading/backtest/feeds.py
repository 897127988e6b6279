"""Which kind of book a source of events needs, and quotes as events of levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ai_trading._core import feed
from ai_trading.core.errors import DataError
from ai_trading.core.records import EVENT, QUOTE, EventKind, Flag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.market.source import EventStream, MarketData

__all__ = ["QuoteLevels", "as_level_events", "book_kind"]

_ORDER_KINDS = (
    EventKind.ADD,
    EventKind.REDUCE,
    EventKind.REMOVE,
    EventKind.EXECUTE,
    EventKind.EXECUTE_AT,
    EventKind.REPLACE,
    EventKind.MODIFY,
)


def book_kind(
    source: MarketData | EventStream, first: NDArray[Any]
) -> Literal["orders", "levels"]:
    """Return which book the events of a source build, judged by its first records.

    Raises
    ------
    DataError
        If orders and levels are mixed: no single book is true to both.
    """
    kinds = feed.survey(first)[3]
    has_orders = any(kinds >> kind & 1 for kind in _ORDER_KINDS)
    has_levels = bool(kinds >> EventKind.LEVEL & 1)
    if has_orders and has_levels:
        msg = (
            f"{source.source} mixes single orders and price levels; one run replays "
            "one of them. Select one kind of event first"
        )
        raise DataError(msg)
    return "orders" if has_orders else "levels"


class QuoteLevels:
    """Turns quotes into events piece by piece, as if they had come in one piece."""

    def __init__(self) -> None:
        self._last = np.zeros(0, dtype=QUOTE)

    def __call__(self, quotes: NDArray[Any]) -> NDArray[Any]:
        """Return the events of the next quotes; see `as_level_events`."""
        told = len(self._last)
        both = np.concatenate([self._last, quotes])
        newest = (
            len(both) - 1 - np.unique(both["instrument"][::-1], return_index=True)[1]
        )
        self._last = both[newest]
        return as_level_events(both, told=told)


def as_level_events(quotes: NDArray[Any], *, told: int = 0) -> NDArray[Any]:
    """Return two-sided quotes as events that move the best level of each side.

    The earlier best level of an instrument is taken out where the new one has another
    price. Every event of a quote but the last carries ``Flag.MORE``, so a strategy sees
    the quote whole. The first quote of an instrument clears its book. A new best level
    comes before the old one goes: what a better one pushes out of view is not gone.

    Parameters
    ----------
    quotes : ndarray of shape (n,), dtype QUOTE
    told : int, default 0
        So many quotes at the front are known already and only say what was before.

    Returns
    -------
    ndarray of dtype EVENT
    """
    n = len(quotes)
    # Five places a quote: clear, bid in, bid out, ask in, ask out; unused ones go.
    rows = np.zeros((n, 5), dtype=EVENT)
    used = np.zeros((n, 5), dtype=bool)
    for name in ("timestamp", "instrument"):
        rows[name] = quotes[name][:, None]
    before = _previous_of_same(quotes["instrument"])
    first = before < 0
    rows["kind"][:, 0] = EventKind.CLEAR
    used[:, 0] = first
    for place, side, price, quantity in (
        (1, 0, "bid_price", "bid_quantity"),
        (3, 1, "ask_price", "ask_quantity"),
    ):
        rows["kind"][:, place : place + 2] = EventKind.LEVEL
        rows["side"][:, place : place + 2] = side
        old_price = quotes[price][before]
        moved = ~first & (old_price != quotes[price])
        rows["price"][:, place] = quotes[price]
        rows["quantity"][:, place] = quotes[quantity]
        same = ~first & ~moved & (quotes[quantity][before] == quotes[quantity])
        used[:, place] = ~same
        rows["price"][:, place + 1] = old_price
        used[:, place + 1] = moved & (quotes[quantity][before] > 0)
    used[:, 3] |= ~used.any(axis=1)
    rows["flags"] = Flag.MORE
    last = 4 - np.argmax(used[:, ::-1], axis=1)
    rows["flags"][np.arange(n), last] = 0
    events: NDArray[Any] = rows[told:].reshape(-1)[used[told:].reshape(-1)]
    return events


def _previous_of_same(instruments: NDArray[Any]) -> NDArray[np.int64]:
    """Return where the instrument of each row stood last, -1 for its first row."""
    order = np.argsort(instruments, kind="stable")
    grouped = instruments[order]
    before = np.full(len(instruments), -1, dtype=np.int64)
    again = np.flatnonzero(grouped[1:] == grouped[:-1]) + 1
    before[order[again]] = order[again - 1]
    return before
