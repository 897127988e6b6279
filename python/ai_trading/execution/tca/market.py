"""What the market did around a parent: middles, trades, opens and closes.

From market data of any kind. Order-by-order and level events are replayed into a book
for the touch after every instant; quotes are taken as they are; of bars the close
stands for the middle (the open, after a gap), and there is no spread. A moment with one
side only, or with crossed sides, keeps the last touch that had both.

Everything here looks at the whole of the data, also at what came after a fill: this is
for judging orders afterwards and must never feed one.

Units: prices in ticks (floats where they are means), quantities in lots, times in UTC
nanoseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ai_trading.core.calendars import calendar
from ai_trading.core.errors import DataError
from ai_trading.core.exact import instance
from ai_trading.core.optional import needs_core
from ai_trading.core.records import EventKind, Flag
from ai_trading.execution.curves import session_of
from ai_trading.execution.tca._prints import Prints, of_bars, of_events
from ai_trading.market.source import MarketData

with needs_core():
    from ai_trading._core import book as _book

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.core.instrument import Instrument
    from ai_trading.market.source import Kind

__all__ = ["MarketView", "market_view"]

_DAY: Final = 86_400_000_000_000
_AUCTION: Final = 600_000_000_000  # a cross this long after an open or close is its own
_ADV_SESSIONS: Final = 20


@dataclass(frozen=True, eq=False, kw_only=True)
class MarketView:
    """One instrument's market.

    Attributes
    ----------
    instrument : Instrument
    source : str
        Where it came from.
    kind : {"events", "quotes", "bars"}
    times, bid, ask : ndarray of int64
        The touch from each time on; over bars both are the close, known at the end.
    prints : Prints
        What traded.
    resolution_ns : int
        Length of a bar, 0 for events and quotes: nothing shorter can be seen.
    """

    instrument: Instrument
    source: str
    kind: Kind
    times: NDArray[np.int64]
    bid: NDArray[np.int64]
    ask: NDArray[np.int64]
    prints: Prints
    resolution_ns: int = 0
    _sessions: dict[int, tuple[int, int] | None] = field(default_factory=dict)

    @property
    def has_spread(self) -> bool:
        """Whether the touch is known, and not just a last price."""
        return self.kind != "bars"

    def at(self, moments: Any, *, before: bool = False) -> NDArray[np.int64]:
        """Return the row of the touch at some times, -1 where there was none yet.

        Parameters
        ----------
        moments : array_like of int
        before : bool, default False
            Whether what came at that very instant does not count yet.
        """
        rows = np.searchsorted(self.times, moments, side="left" if before else "right")
        return np.asarray(rows, np.int64) - 1

    def twice_middle(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return bid plus ask in ticks, exact; row -1 gives 0."""
        safe = np.maximum(rows, 0)
        if not len(self.times):
            return np.zeros(len(rows), np.int64)
        return np.where(rows >= 0, self.bid[safe] + self.ask[safe], 0)

    def later(self, moments: NDArray[np.int64], after_ns: int) -> NDArray[np.float64]:
        """Return the middle some time after each of some rising moments, in ticks.

        NaN where that lies beyond the data or the session's close, or where it is
        shorter than a bar.
        """
        then = moments + after_ns
        middle = self.twice_middle(self.at(then)).astype(np.float64) / 2
        ends = self._ends(moments)
        seen = (then <= ends) & (middle > 0)
        if after_ns and after_ns < self.resolution_ns:
            seen[:] = False
        return np.where(seen, middle, np.nan)

    def twap(self, start: int, end: int) -> float:
        """Return the middle averaged over time, in ticks; NaN where none is known.

        Over bars the mean of open, high, low and close of each, by how much of it lies
        in the interval.
        """
        if self.kind == "bars":
            return self.prints.average_over(start, end)
        low, high = np.searchsorted(self.times, (start + 1, end))
        inside = self.times[low : max(low, high)]
        edges = np.concatenate(([start], inside, [end])).astype(np.int64)
        middle = self.twice_middle(self.at(edges[:-1])) / 2
        spans = np.diff(edges).astype(np.float64)
        spans[middle == 0] = 0.0
        total = spans.sum()
        return float(middle @ spans / total) if total > 0 else float("nan")

    def session(self, moment: int) -> tuple[int, int] | None:
        """Return open and close of the session around a moment, None where unknown."""
        day = moment // _DAY
        # A session may span two UTC days, so the day alone is only a first guess.
        known = self._sessions.get(day)
        if known is None or not known[0] <= moment <= known[1]:
            known = self._sessions[day] = session_of(self.instrument, moment)
        return known

    def open_price(self, moment: int) -> float:
        """Return the opening price of a moment's session, in ticks; NaN if not seen.

        The opening cross, or else the first print of a session that the data reaches
        the beginning of, to within a minute.
        """
        bounds = self.session(moment)
        return float("nan") if bounds is None else self.prints.first(*bounds, _AUCTION)

    def close_price(self, moment: int) -> float:
        """Return the closing price of a moment's session, in ticks; NaN if not seen.

        The closing cross, or else the last print of a session that the data reaches
        the end of, to within a bar or a minute.
        """
        bounds = self.session(moment)
        if bounds is None:
            return float("nan")
        return self.prints.last(*bounds, _AUCTION)

    def previous_close(self, moment: int) -> float:
        """Return the close of the session before a moment's, where the data has it."""
        bounds = self.session(moment)
        if bounds is None:
            return float("nan")
        known = calendar(self.instrument.calendar)
        today = known.days_of(np.array([moment], np.int64))
        days = known.sessions(today[0] - np.timedelta64(10, "D"), today[0])
        earlier = np.flatnonzero(days.days < today[0])
        if not earlier.size:
            return float("nan")
        place = earlier[-1]
        return self.prints.last(
            int(days.opens[place]), int(days.closes[place]), _AUCTION
        )

    def daily_volumes(self, before: int) -> NDArray[np.float64]:
        """Return the lots of each session before a moment's, oldest first, at most 20.

        Sessions without a print are left out.
        """
        bounds = self.session(before)
        if bounds is None or not self.prints.size:
            return np.empty(0)
        known = calendar(self.instrument.calendar)
        edges = np.array([self.prints.times[0], bounds[0]], np.int64)
        days = known.days_of(edges)
        if days[0] >= days[1]:
            return np.empty(0)
        sessions = known.sessions(days[0], days[1] - np.timedelta64(1, "D"))
        totals = [
            self.prints.volume(int(first), int(last))
            for first, last in zip(
                sessions.opens[-_ADV_SESSIONS:],
                sessions.closes[-_ADV_SESSIONS:],
                strict=True,
            )
        ]
        return np.array([total for total in totals if total > 0], np.float64)

    def _ends(self, moments: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return until when the middle after each moment means something."""
        last = int(self.times[-1]) if len(self.times) else -1
        ends = np.full(len(moments), last, np.int64)
        row = 0
        while row < len(moments):
            bounds = self.session(int(moments[row]))
            if bounds is None or not bounds[0] <= moments[row] <= bounds[1]:
                row += 1
                continue
            after = int(np.searchsorted(moments, bounds[1], side="right"))
            if bounds[1] - bounds[0] < _DAY:  # others never close
                ends[row:after] = min(last, bounds[1])
            row = after
        return ends


def market_view(data: MarketData, symbol: str) -> MarketView:
    """Return one instrument's market from data of any kind.

    Raises
    ------
    DataError
        If the data does not hold the symbol, or never shows both sides of it.
    """
    instance("data", data, MarketData, "load(path)")
    index = data.instruments.index(symbol)
    records = data.records[data.records["instrument"] == index]
    if not len(records):
        msg = f"{data.source} has no record of {symbol}"
        raise DataError(msg)
    resolution = 0
    if data.kind == "bars":
        records = records[(records["close"] > 0) & (records["open"] > 0)]
        times, bid = _marks(records)
        ask = bid
        lengths = records["timestamp"] - records["start"]
        resolution = int(np.median(lengths)) if len(lengths) else 0
        prints = of_bars(records)
    elif data.kind == "quotes":
        times, bid, ask = _two_sided(
            records["timestamp"],
            (records["bid_price"], records["bid_quantity"]),
            (records["ask_price"], records["ask_quantity"]),
        )
        prints = Prints.none()
    else:
        touch = _touch(records, index)
        times, bid, ask = _two_sided(
            records["timestamp"],
            (touch[:, 2], touch[:, 3]),
            (touch[:, 0], touch[:, 1]),
        )
        prints = of_events(records)
    if not len(times):
        msg = (
            f"{data.source} never shows a bid and an ask of {symbol} at once; costs "
            "need quotes, an order book or bars"
        )
        raise DataError(msg)
    return MarketView(
        instrument=data.instruments[index],
        source=data.source,
        kind=data.kind,
        times=np.ascontiguousarray(times, np.int64),
        bid=np.ascontiguousarray(bid, np.int64),
        ask=np.ascontiguousarray(ask, np.int64),
        prints=prints,
        resolution_ns=resolution,
    )


def _marks(bars: NDArray[np.void]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every close at a bar's end, and the open of a bar that follows a gap."""
    begins = np.append(True, bars["start"][1:] > bars["timestamp"][:-1])
    times = np.concatenate((bars["start"][begins], bars["timestamp"]))
    price = np.concatenate((bars["open"][begins], bars["close"]))
    order = np.argsort(times, kind="stable")
    return times[order], price[order]


def _touch(records: NDArray[np.void], index: int) -> NDArray[np.int64]:
    """Return ask, its size, bid, its size after every event."""
    levels = bool((records["kind"] == EventKind.LEVEL).any())
    books = _book.LevelBook(index + 1) if levels else _book.Books(index + 1)
    rows, _ = books.depth_after_each(np.ascontiguousarray(records), index, 1)
    # Between records of one instant the book is in pieces: the next whole one counts.
    whole = (records["flags"] & int(Flag.MORE)) == 0
    rows = np.asarray(rows, np.int64)
    rows[~whole, 1] = 0
    return rows


def _two_sided(
    times: NDArray[np.int64],
    bids: tuple[NDArray[np.int64], NDArray[np.int64]],
    asks: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the last touch of every instant, where it has both sides uncrossed."""
    (bid, bid_size), (ask, ask_size) = bids, asks
    good = (bid_size > 0) & (ask_size > 0) & (bid > 0) & (bid <= ask)
    times, bid, ask = times[good], bid[good], ask[good]
    if not len(times):
        return times, bid, ask
    last = np.append(times[1:] != times[:-1], True)
    times, bid, ask = times[last], bid[last], ask[last]
    moved = np.append(True, (bid[1:] != bid[:-1]) | (ask[1:] != ask[:-1]))
    moved[-1] = True  # the last says until when the data reaches
    return times[moved], bid[moved], ask[moved]
