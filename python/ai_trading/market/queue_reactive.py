"""Measure the queues of the queue-reactive model in order-by-order data.

A queue is described by how fast orders join, leave and are taken from it, given how
many orders it holds [1]_. All that is needed is the best level of a book after every
event, so files of one level (LOBSTER's smallest) will do.

Units: quantities in orders of the mean size at the touch, rates per second, prices in
price increments.

References
----------
.. [1] W. Huang, C.-A. Lehalle and M. Rosenbaum, "Simulating and analyzing order book
   data: the queue-reactive model", JASA 110, 2015, section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.optional import needs_core
from ai_trading.core.records import EventKind, TradingState
from ai_trading.market.flow_models import QueueRates

with needs_core():
    from ai_trading._core import book as _book

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.market.source import MarketData

__all__ = ["Frame", "QueueFit", "estimate_queues"]

Frame = Literal["reference", "best"]

_MARGIN = 0.95  # of what leaves the longest queues, what joins them at most


@dataclass(frozen=True, eq=False)
class QueueFit:
    """What was seen of the queues nearest to the touch, both sides together.

    Parameters
    ----------
    symbol : str
    frame : {"reference", "best"}
    size : float
        Mean quantity of an order that joined, in lots: the unit of a queue.
    seconds : ndarray of shape (n_lengths,)
        Time for which a queue was 0, 1, 2, ... orders long, summed over the sides.
    limit, cancel, market : ndarray of shape (n_lengths,)
        What joined, left and was taken meanwhile, in orders of the mean size.
    """

    symbol: str
    frame: Frame
    size: float
    seconds: NDArray[np.float64]
    limit: NDArray[np.float64]
    cancel: NDArray[np.float64]
    market: NDArray[np.float64]

    @property
    def distribution(self) -> NDArray[np.float64]:
        """Share of the time for which a queue was 0, 1, 2, ... orders long."""
        share: NDArray[np.float64] = self.seconds / self.seconds.sum()
        return share

    def rates(self, *, least_seconds: float = 60.0) -> QueueRates:
        """Return the most likely intensities, flow over time, as terms of a model.

        Lengths seen for less than `least_seconds` end the table; what comes beyond it
        is kept from growing without bound by withdrawals.

        Raises
        ------
        DataError
            If not even one order was seen for so long.
        """
        seen = self.seconds >= least_seconds
        if self.frame == "best":
            seen[0] = True  # the best queue is never empty; what joins makes it
        last = int(np.argmin(seen)) - 1 if not seen.all() else len(seen) - 1
        if last < 1:
            msg = (
                f"{self.symbol}: no queue of one order stood for {least_seconds} s; "
                "lower least_seconds or take more data"
            )
            raise DataError(msg)
        time = np.maximum(self.seconds[: last + 1], 1e-9)
        if self.frame == "best":
            time[0] = self.seconds.sum()
        limit, cancel, market = (
            (flow[: last + 1] / time).tolist()
            for flow in (self.limit, self.cancel, self.market)
        )
        cancel[0] = market[0] = 0.0
        for n in range(1, last + 1):
            if cancel[n] + market[n] <= 0.0:
                cancel[n] = 1.0 / time[n]  # nothing seen to leave: less than one
        most = limit[last] / _MARGIN
        cancel.append(max(cancel[last], most - market[last]))
        return QueueRates(
            limit=tuple(limit),
            cancel=tuple(cancel),
            market=tuple(market),
            size=max(1, round(self.size)),
        )


def estimate_queues(
    data: MarketData,
    symbol: str | None = None,
    *,
    frame: Frame = "reference",
    longest: int = 100,
    size: float | None = None,
) -> QueueFit:
    """Measure how the queues nearest to the touch are joined, left and taken.

    Parameters
    ----------
    data : MarketData
        Order by order.
    symbol : str, optional
        Which instrument; may be left out where there is one.
    frame : {"reference", "best"}, default "reference"
        What is the nearest queue. ``"reference"`` is the paper's: half a step from the
        reference price, which is the middle where the spread is an odd number of steps
        and the nearer of its neighbours to the last one where it is even; such a queue
        may be empty. ``"best"`` is the best level, whatever the spread, and suits
        instruments whose spread is many steps; there, orders that improve the price
        count as joining an empty queue.
    longest : int, default 100
        Longer queues count as this long.
    size : float, optional
        Lots of an order; by default the mean of those that joined the best level.

    Returns
    -------
    QueueFit

    Raises
    ------
    ArgumentError
        If there is no such symbol or frame, or `longest` or `size` is below one.
    DataError
        If the data are not order by order, or nothing ever stood on both sides.

    Notes
    -----
    With :math:`N(n)` the flow of one kind while a queue was :math:`n` long and
    :math:`T(n)` the time for which it was, the intensity is :math:`N(n)/T(n)`, the
    maximum-likelihood estimate of a jump process whose rates depend on its state. A
    flow of half the mean size counts half. Time counts while the market trades
    continuously, as status events say; without any, from the first to the last event.
    """
    index = _index(data, symbol)
    if frame not in ("reference", "best"):
        msg = f"frame must be 'reference' or 'best'; received {frame!r}"
        raise ArgumentError(msg)
    if longest < 1 or (size is not None and not size >= 1):
        msg = (
            "longest and size must be 1 or more; "
            f"received longest={longest}, size={size}"
        )
        raise ArgumentError(msg)
    events = data.records
    if data.kind != "events" or (events["kind"] == EventKind.LEVEL).any():
        msg = (
            f"{data.source} is not order by order: without executions apart from "
            "cancellations a queue's rates cannot be told"
        )
        raise DataError(msg)
    mine = events["instrument"] == index
    touch, _ = _book.Books().depth_after_each(events, index, 1)
    start, end = _session(events, mine)
    kept = mine & (events["timestamp"] >= start) & (events["timestamp"] <= end)
    before = touch[np.maximum(np.flatnonzero(kept) - 1, 0)]
    after = touch[kept]
    both = (before[:, 1] > 0) & (before[:, 3] > 0)
    if not both.any():
        msg = f"{data.source} never has both a bid and an ask of {_name(data, index)}"
        raise DataError(msg)
    rows = _Rows(
        time=events["timestamp"][kept],
        kind=events["kind"][kept],
        before=before,
        after=after,
        usable=both,
        step=data.instruments[index].increment_ticks,
    )
    unit = rows.mean_size() if size is None else float(size)
    return _tally(rows, _name(data, index), frame, longest, unit)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Events of one instrument with the best level before and after them.

    The columns of `before` and `after` are ask price, ask quantity, bid price, bid
    quantity.
    """

    time: NDArray[np.int64]
    kind: NDArray[np.uint8]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    usable: NDArray[np.bool_]
    step: int

    def mean_size(self) -> float:
        """Return the mean quantity that joins the best level."""
        sizes = []
        for price, quantity in ((0, 1), (2, 3)):
            same = self.before[:, price] == self.after[:, price]
            grown = (self.after - self.before)[:, quantity]
            joins = self.usable & same & (grown > 0) & (self.kind == EventKind.ADD)
            sizes.append(grown[joins])
        joined = np.concatenate(sizes)
        return float(joined.mean()) if joined.size else 1.0


def _tally(
    rows: _Rows, symbol: str, frame: Frame, longest: int, unit: float
) -> QueueFit:
    seconds, limit, cancel, market = np.zeros((4, longest + 1))
    waited = np.diff(rows.time, prepend=rows.time[:1]) / 1e9
    executed = np.isin(rows.kind, (EventKind.EXECUTE, EventKind.EXECUTE_AT))
    # The step below the reference price as it was before each event.
    below = _reference(rows) if frame == "reference" else None
    for side, price, quantity in ((1, 0, 1), (-1, 2, 3)):
        was, now = rows.before[:, quantity], rows.after[:, quantity]
        old, new = rows.before[:, price], rows.after[:, price]
        worse = (new - old) * side > 0
        better = (new - old) * side < 0
        if below is None:
            length = was
            change = np.where(new == old, now - was, np.where(worse, -was, now))
        else:
            place = below * rows.step + (rows.step if side > 0 else 0)
            length = np.where(old == place, was, 0)
            change = np.where(new == place, now, 0) - length
            better = better & (old != place) & (change > 0)
        bins = np.minimum(-(-length // unit), longest).astype(np.int64)
        use = rows.usable
        np.add.at(seconds, bins[use], waited[use])
        joins = use & (change > 0) & ~executed
        into = np.where(better, 0, bins)
        np.add.at(limit, into[joins], change[joins] / unit)
        taken = use & (change < 0) & executed
        np.add.at(market, bins[taken], -change[taken] / unit)
        left = use & (change < 0) & ~executed
        np.add.at(cancel, bins[left], -change[left] / unit)
    return QueueFit(symbol, frame, unit, seconds, limit, cancel, market)


def _reference(rows: _Rows) -> NDArray[np.int64]:
    """Return the step below the reference price, before every event."""
    bid = np.where(rows.usable, rows.before[:, 2], 0) // rows.step
    ask = np.where(rows.usable, rows.before[:, 0], 0) // rows.step
    low = bid + (ask - bid) // 2 - 1 + (ask - bid) % 2
    high = bid + (ask - bid) // 2
    out = []
    last = int(low[np.argmax(rows.usable)])
    for usable, least, most in zip(
        rows.usable.tolist(), low.tolist(), high.tolist(), strict=True
    ):
        if usable:
            last = min(max(last, least), most)
        out.append(last)
    return np.array(out, dtype=np.int64)


def _session(events: NDArray[Any], mine: NDArray[np.bool_]) -> tuple[int, int]:
    """Return when the market begins and ends to trade continuously."""
    status = events[mine & (events["kind"] == EventKind.STATUS)]
    times = events["timestamp"][mine]
    if times.size == 0:
        return 0, -1
    trading = status["aux"] == TradingState.CONTINUOUS
    start = int(status["timestamp"][trading][0]) if trading.any() else int(times[0])
    later = status["timestamp"][~trading]
    later = later[later > start]
    return start, int(later[-1]) - 1 if later.size else int(times[-1])


def _index(data: MarketData, symbol: str | None) -> int:
    if symbol is not None:
        if symbol not in data.instruments.symbols:
            msg = (
                f"{data.source} has no {symbol}; it has "
                f"{', '.join(data.instruments.symbols[:5])}"
            )
            raise ArgumentError(msg)
        return data.instruments.index(symbol)
    if len(data.instruments) != 1:
        msg = (
            f"{data.source} has {len(data.instruments)} instruments: say which with "
            "symbol"
        )
        raise ArgumentError(msg)
    return 0


def _name(data: MarketData, index: int) -> str:
    return data.instruments[index].symbol
