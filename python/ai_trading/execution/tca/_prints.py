"""What an instrument traded, as sums that answer for any interval at once.

Units: prices in ticks, quantities in lots, times in UTC nanoseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ai_trading.core.records import EventKind, Flag

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Prints", "of_bars", "of_events"]

_CONTINUOUS: Final = (EventKind.EXECUTE, EventKind.EXECUTE_AT, EventKind.TRADE)
_NAMES_A_PRICE: Final = (EventKind.ADD, EventKind.REPLACE, EventKind.MODIFY)
_MINUTE: Final = 60_000_000_000


@dataclass(frozen=True, eq=False, kw_only=True)
class Prints:
    """Trades, or bars.

    Attributes
    ----------
    times : ndarray of int64
        Of a bar, its end.
    begins : ndarray of int64
        Of a bar, its start; of a trade, its time.
    first_price, last_price, typical, mean : ndarray of float64
        Ticks. Of a trade, its price; of a bar, open, close, (high + low + close) / 3
        in whole ticks, as the core's benchmarks have it, and the mean of all four.
    lots : ndarray of int64
        Auctions count none: an interval's volume is continuous trading.
    cross : ndarray of bool
        Auction prints.
    """

    times: NDArray[np.int64]
    begins: NDArray[np.int64]
    first_price: NDArray[np.float64]
    last_price: NDArray[np.float64]
    typical: NDArray[np.float64]
    mean: NDArray[np.float64]
    lots: NDArray[np.int64]
    cross: NDArray[np.bool_]

    @classmethod
    def none(cls) -> Prints:
        """Return those of data that tells no trades."""
        whole, real = np.empty(0, np.int64), np.empty(0)
        return cls(
            times=whole,
            begins=whole,
            first_price=real,
            last_price=real,
            typical=real,
            mean=real,
            lots=whole,
            cross=np.empty(0, np.bool_),
        )

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.times)

    def inside(self, start: int, end: int) -> slice:
        """Return those in ``(start, end]``: of bars, that became known then."""
        low, high = np.searchsorted(self.times, (start, end), side="right")
        return slice(int(low), int(high))

    def volume(self, start: int, end: int) -> int:
        """Return the lots traded in an interval."""
        return int(self.lots[self.inside(start, end)].sum())

    def vwap(self, start: int, end: int) -> float:
        """Return the average price of an interval's volume; NaN without any."""
        rows = self.inside(start, end)
        lots = self.lots[rows].astype(np.float64)
        total = lots.sum()
        return float(lots @ self.typical[rows] / total) if total > 0 else float("nan")

    def average_over(self, start: int, end: int) -> float:
        """Return the price of an interval averaged over time, from bars."""
        overlap = np.minimum(self.times, end) - np.maximum(self.begins, start)
        weight = np.maximum(overlap, 0).astype(np.float64)
        total = weight.sum()
        return float(weight @ self.mean / total) if total > 0 else float("nan")

    def crossed(
        self, moments: NDArray[np.int64], prices: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Return which trades are of an auction: at its very time and price."""
        rows = np.flatnonzero(self.cross)
        known = set(
            zip(self.times[rows].tolist(), self.first_price[rows].tolist(), strict=True)
        )
        pairs = zip(moments.tolist(), prices.tolist(), strict=True)
        return np.array([pair in known for pair in pairs], np.bool_)

    def first(self, opened: int, closed: int, auction: int) -> float:
        """Return a session's first price, the opening cross if there was one.

        NaN where the data begins later than the session does.
        """
        crossed = self._crossed(opened, opened + auction)
        if crossed is not None:
            return crossed
        inside = (self.begins >= opened) & (self.times <= closed) & ~self.cross
        rows = np.flatnonzero(inside)
        if not rows.size:
            return float("nan")
        row = int(rows[0])
        # Data that begins at noon does not know the open.
        if row == 0 and self.begins[0] > opened + _MINUTE:
            return float("nan")
        return float(self.first_price[row])

    def last(self, opened: int, closed: int, auction: int) -> float:
        """Return a session's last price, the closing cross if there was one."""
        crossed = self._crossed(closed, closed + auction)
        if crossed is not None:
            return crossed
        rows = np.flatnonzero(
            (self.begins >= opened) & (self.times <= closed) & ~self.cross
        )
        if not rows.size:
            return float("nan")
        row = int(rows[-1])
        length = int(self.times[row] - self.begins[row])
        # Data that ends at noon does not know the close.
        if self.size == row + 1 and self.times[row] < closed - max(length, _MINUTE):
            return float("nan")
        return float(self.last_price[row])

    def _crossed(self, start: int, end: int) -> float | None:
        low, high = np.searchsorted(self.times, (start, end))
        rows = np.flatnonzero(self.cross[low:high])
        return float(self.first_price[low + rows[0]]) if rows.size else None


def of_bars(bars: NDArray[np.void]) -> Prints:
    """Return the prints of one instrument's bars."""
    whole = bars["high"] + bars["low"] + bars["close"]
    return Prints(
        times=bars["timestamp"].copy(),
        begins=bars["start"].copy(),
        first_price=bars["open"].astype(np.float64),
        last_price=bars["close"].astype(np.float64),
        typical=(whole // 3).astype(np.float64),
        mean=(whole + bars["open"]) / 4,
        lots=bars["volume"].copy(),
        cross=np.zeros(len(bars), np.bool_),
    )


def of_events(events: NDArray[np.void]) -> Prints:
    """Return the prints of one instrument's events, each at its price."""
    kinds = events["kind"]
    cross = (kinds == EventKind.CROSS) & (events["quantity"] > 0)
    told = np.isin(kinds, _CONTINUOUS)
    told &= (events["flags"] & int(Flag.UNPRINTED)) == 0
    told |= cross
    price = _prices(events, told)[told]
    rows = events[told]
    good = price > 0
    rows = rows[good]
    traded = price[good].astype(np.float64)
    auction = rows["kind"] == EventKind.CROSS
    times = rows["timestamp"].copy()
    return Prints(
        times=times,
        begins=times,
        first_price=traded,
        last_price=traded,
        typical=traded,
        mean=traded,
        lots=np.where(auction, 0, rows["quantity"]).astype(np.int64),
        cross=auction,
    )


def _prices(events: NDArray[np.void], told: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return every print's price; an execution may only name its order."""
    prices: NDArray[np.int64] = events["price"].copy()
    silent = told & (events["kind"] == EventKind.EXECUTE) & (prices <= 0)
    if not silent.any():
        return prices
    named = np.isin(events["kind"], _NAMES_A_PRICE)
    rows = np.flatnonzero(named | silent)
    chosen = events[rows]
    replaced = chosen["kind"] == EventKind.REPLACE
    ids = np.where(replaced, chosen["aux"], chosen["order_id"])
    # By order and then in time; an execution takes the last price before it.
    order = np.lexsort((rows, ids))
    ids, rows = ids[order], rows[order]
    known = named[rows]
    last = np.maximum.accumulate(np.where(known, np.arange(len(rows)), -1))
    same = (last >= 0) & (ids[np.maximum(last, 0)] == ids)
    found = np.where(same, prices[rows[np.maximum(last, 0)]], 0)
    asked = ~known
    prices[rows[asked]] = found[asked]
    return prices
