"""What is in a file of market data: symbols, counts, times, spreads, volumes, problems.

The file is replayed once: order events through a book of orders, level events through
a book of levels, so that what does not fit together is found and reported too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.errors import DataError
from ai_trading.core.optional import needs_core
from ai_trading.core.records import EventKind, Flag
from ai_trading.market.depth import report_refused
from ai_trading.market.sniff import Sniffed
from ai_trading.market.source import EventStream, Problem, Records

with needs_core():
    from ai_trading._core import book

__all__ = ["Summary", "SymbolSummary", "summarise"]

_EXECUTIONS = (EventKind.EXECUTE, EventKind.EXECUTE_AT)
_TRADES = (*_EXECUTIONS, EventKind.TRADE, EventKind.CROSS)


@dataclass(slots=True)
class SymbolSummary:
    """One symbol of a source.

    Parameters
    ----------
    symbol : str
    records : int
        Records that concern it.
    start_ns, end_ns : int or None
        Timestamps of the first and last of them.
    trades : int or None
        Printed executions and trades; None where the source has none to print (bars,
        quotes).
    volume : int or None
        Their quantity in lots; of bars, the sum of their volumes; of quotes None.
    low, high : float or None
        Lowest bid and highest ask that were best; of bars and of trades without a book,
        the extremes.
    spread_mean : float or None
        Best ask less best bid, averaged over the time both were there and not crossed.
    spread_min : float or None
        The smallest of them.
    crossed : int
        Records after which the best bid was above or at the best ask.
    live_orders : int or None
        Orders resting at the end, where orders are known.
    tick_size, lot_size : str
    """

    symbol: str
    tick_size: str
    lot_size: str
    records: int = 0
    start_ns: int | None = None
    end_ns: int | None = None
    trades: int | None = None
    volume: int | None = None
    low: float | None = None
    high: float | None = None
    spread_mean: float | None = None
    spread_min: float | None = None
    crossed: int = 0
    live_orders: int | None = None


@dataclass(slots=True)
class Summary:
    """What a source holds; `to_dict` is what ``--json`` prints.

    Parameters
    ----------
    source : str
    format, compression, reason : str or None
        What the file was taken for, and why.
    kind : str
        ``"events"``, ``"quotes"`` or ``"bars"``.
    records : int
        Records made of it.
    messages : dict of str to int
        The source's own messages by type, where it has types.
    kinds : dict of str to int
        Events by kind.
    start_ns, end_ns : int or None
    live_orders : int or None
        Orders resting at the end, where orders are known.
    symbols : list of SymbolSummary
    problems : list of Problem
    error : str or None
        What ended the reading early; everything else is about what came before.
    """

    source: str
    kind: str
    format: str | None = None
    compression: str | None = None
    reason: str | None = None
    records: int = 0
    messages: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    start_ns: int | None = None
    end_ns: int | None = None
    live_orders: int | None = None
    symbols: list[SymbolSummary] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain types, with times also as ISO text."""
        out = asdict(self)
        for part in (out, *out["symbols"]):
            for name in ("start", "end"):
                part[name] = iso(part[f"{name}_ns"])
        return out


def iso(stamp: int | None) -> str | None:
    """Return a UTC time as text to the nanosecond."""
    if stamp is None:
        return None
    moment = datetime.fromtimestamp(stamp // 10**9, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{stamp % 10**9:09d}Z"


def summarise(stream: EventStream, sniffed: Sniffed | None = None) -> Summary:
    """Read a stream to its end and say what it holds.

    Parameters
    ----------
    stream : EventStream
        Anything `open_events` returns.
    sniffed : Sniffed, optional
        What the file was taken for, for the summary.

    Returns
    -------
    Summary
        If the stream fails on the way, what came before, with `error` set.
    """
    out = Summary(stream.source, stream.kind)
    if sniffed is not None:
        out.format = sniffed.format.value
        out.compression, out.reason = sniffed.compression, sniffed.reason
    survey = _Survey(stream, out)
    try:
        for chunk in stream:
            survey(chunk)
    except DataError as error:
        out.error = str(error)
    survey.finish()
    return out


@dataclass(slots=True)
class _Touch:
    """Time-weighted spread of one symbol, in ticks."""

    time: int = 0
    weighted: int = 0
    last_ns: int | None = None
    spread: int = -1
    least: int | None = None


class _Survey:
    def __init__(self, stream: EventStream, out: Summary) -> None:
        self.stream = stream
        self.out = out
        self.books: Any = None
        self.touches: dict[int, _Touch] = {}
        self.symbols: dict[int, SymbolSummary] = {}

    def __call__(self, chunk: Records) -> None:
        out = self.out
        times = chunk["timestamp"]
        if out.start_ns is None:
            out.start_ns = int(times.min())
        out.end_ns = max(out.end_ns or int(times.max()), int(times.max()))
        if self.stream.kind == "events":
            for kind, n in zip(
                *np.unique(chunk["kind"], return_counts=True), strict=True
            ):
                name = EventKind(int(kind)).name.lower()
                out.kinds[name] = out.kinds.get(name, 0) + int(n)
            self._open(chunk)
        order = np.argsort(chunk["instrument"], kind="stable")
        edges = np.flatnonzero(np.diff(chunk["instrument"][order])) + 1
        for rows in np.split(order, edges):
            self._one(chunk[rows], rows + out.records)
        out.records += int(chunk.size)

    def _open(self, chunk: Records) -> None:
        if self.books is None:
            if np.any(chunk["kind"] == EventKind.LEVEL):
                self.books = book.LevelBook()
            elif np.any((chunk["kind"] >= 1) & (chunk["kind"] <= EventKind.MODIFY)):
                self.books = book.Books()

    def _one(self, records: Records, rows: NDArray[np.int64]) -> None:
        index = int(records["instrument"][0])
        if index >= len(self.stream.instruments):
            return  # market-wide messages before any instrument is named
        instrument = self.stream.instruments[index]
        summary = self.symbols.get(index)
        if summary is None:
            summary = self.symbols[index] = SymbolSummary(
                instrument.symbol, str(instrument.tick_size), str(instrument.lot_size)
            )
        summary.records += int(records.size)
        if summary.start_ns is None:
            summary.start_ns = int(records["timestamp"][0])
        summary.end_ns = int(records["timestamp"][-1])
        if self.stream.kind == "bars":
            self._bars(summary, records, instrument.price)
        elif self.stream.kind == "quotes":
            bid, ask = records["bid_quantity"] > 0, records["ask_quantity"] > 0
            self._spread(
                index,
                records["timestamp"],
                np.where(bid, records["bid_price"], 0),
                np.where(ask, records["ask_price"], 0),
                bid & ask,
            )
        else:
            self._events(index, summary, records, rows)

    def _bars(self, summary: SymbolSummary, records: Records, price: Any) -> None:
        summary.volume = (summary.volume or 0) + int(records["volume"].sum())
        low, high = price(int(records["low"].min())), price(int(records["high"].max()))
        self._range(summary, low, high)

    @staticmethod
    def _range(summary: SymbolSummary, low: float, high: float) -> None:
        summary.low = low if summary.low is None else min(summary.low, low)
        summary.high = high if summary.high is None else max(summary.high, high)

    def _events(
        self,
        index: int,
        summary: SymbolSummary,
        records: Records,
        rows: NDArray[np.int64],
    ) -> None:
        told = np.isin(records["kind"], _TRADES)
        told &= records["flags"] & Flag.UNPRINTED == 0
        printed = int(np.count_nonzero(told))
        summary.trades = (summary.trades or 0) + printed
        volume = int(records["quantity"][told].sum())
        summary.volume = (summary.volume or 0) + volume
        if self.books is None:
            if printed:  # without a book, the range is that of the trades
                prices = records["price"][told]
                price = self.stream.instruments[index].price
                self._range(summary, price(int(prices.min())), price(int(prices.max())))
            return
        best, codes = self.books.depth_after_each(records, index, 1)
        report_refused(self.stream, codes, rows)
        there = (best[:, 1] > 0) & (best[:, 3] > 0)
        # Between records of one instant the book is in pieces.
        whole = records["flags"] & Flag.MORE == 0
        self._spread(
            index,
            records["timestamp"][whole],
            best[whole, 2],
            best[whole, 0],
            there[whole],
        )

    def _spread(
        self,
        index: int,
        times: NDArray[np.int64],
        bid: NDArray[np.int64],
        ask: NDArray[np.int64],
        there: NDArray[np.bool_],
    ) -> None:
        if not times.size:
            return
        touch = self.touches.setdefault(index, _Touch())
        summary = self.symbols[index]
        spread = np.where(there, ask - np.where(there, bid, 0), -1)
        summary.crossed += int(np.count_nonzero(there & (spread <= 0)))
        spread = np.where(spread > 0, spread, -1)
        start = times[0] if touch.last_ns is None else touch.last_ns
        spans = np.diff(np.concatenate([[start], times]))
        held = np.concatenate([[touch.spread], spread[:-1]])
        good = held > 0
        touch.time += int(spans[good].sum())
        touch.weighted += int((spans[good].astype(np.float64) * held[good]).sum())
        touch.last_ns, touch.spread = int(times[-1]), int(spread[-1])
        if np.any(spread > 0):
            least = int(spread[spread > 0].min())
            touch.least = least if touch.least is None else min(touch.least, least)
            price = self.stream.instruments[index].price
            lowest, highest = int(bid[there].min()), int(ask[there].max())
            self._range(summary, price(lowest), price(highest))

    def finish(self) -> None:
        """Fill in what is known only at the end."""
        out = self.out
        for index, touch in self.touches.items():
            tick = float(self.stream.instruments[index].tick_size)
            summary = self.symbols[index]
            if touch.time:
                summary.spread_mean = touch.weighted / touch.time * tick
            if touch.least is not None:
                summary.spread_min = touch.least * tick
        if isinstance(self.books, book.Books):
            out.live_orders = self.books.order_count
            for index, summary in self.symbols.items():
                summary.live_orders = sum(
                    self.books.orders(index, side).size for side in (0, 1)
                )
        out.messages = dict(sorted(self.stream.counts.items()))
        # Symbols of the directory without a record count too.
        for index, instrument in enumerate(self.stream.instruments):
            if index not in self.symbols:
                self.symbols[index] = SymbolSummary(
                    instrument.symbol,
                    str(instrument.tick_size),
                    str(instrument.lot_size),
                )
        out.symbols = [self.symbols[index] for index in sorted(self.symbols)]
        out.problems = list(self.stream.problems)
