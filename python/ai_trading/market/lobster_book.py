"""Give a LOBSTER message stream the orders that its message file does not show.

A LOBSTER message file begins with orders already resting, and says nothing about
prices outside the levels that were asked for. The order-book file beside it has the
true levels after every message. With both, each message is followed here by events
that restore what became visible: a level that comes into view is added as one order of
its own, and a level that leaves the view is forgotten. An execution or cancel of an
order nobody has seen takes from that order. The book is then the vendor's book after
every message, and the queue behind the restored order is the real one.

An event that a restored order takes in place of an order the file names has the flag
`RESTORED` and the file's id in `aux`. Restored orders have ids from `FIRST_ID` on and
the events that make them the flags `SIMULATED` and `SNAPSHOT`. A level visible before
and after a message changes only by that message; where it does not, the file
contradicts itself, which is reported.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.records import EVENT, EventKind, Flag
from ai_trading.market.source import EventStream, Records

__all__ = ["FIRST_ID", "Restorer"]

FIRST_ID = 1 << 62
_MADE = int(Flag.SIMULATED | Flag.SNAPSHOT)
_ADD, _REDUCE, _REMOVE, _EXECUTE = (
    int(EventKind.ADD),
    int(EventKind.REDUCE),
    int(EventKind.REMOVE),
    int(EventKind.EXECUTE),
)
_TAKES = frozenset({_REDUCE, _REMOVE, _EXECUTE})
_MORE = int(Flag.MORE)
_RESTORED = int(Flag.RESTORED)

_Row = tuple[int, int, int, int, int, int, int, int, int]


class _Level:
    """What rests at one price: its total, known orders by age, and the restored one."""

    __slots__ = ("made", "orders", "total")

    def __init__(self) -> None:
        self.total = 0
        self.orders: dict[int, int] = {}
        self.made: int | None = None


class Restorer:
    """Follows messages and order-book rows side by side.

    Parameters
    ----------
    stream : EventStream
        Where contradictions are reported and rows that needed help are counted.
    """

    def __init__(self, stream: EventStream) -> None:
        self.stream = stream
        self.levels: tuple[dict[int, _Level], dict[int, _Level]] = ({}, {})
        self.prices: NDArray[np.int64] | None = None
        self.next_id = FIRST_ID
        self.out: list[_Row] = []
        self.line = 0

    def __call__(self, events: Records, rows: NDArray[np.int64]) -> Records:
        """Return the events of some messages with what their rows reveal.

        Parameters
        ----------
        events : ndarray of EVENT
            One per message.
        rows : ndarray of shape (len(events), levels, 4)
            The order-book row after each message.
        """
        if not events.size:
            return np.empty(0, EVENT)
        prices = rows[:, :, (0, 2)].reshape(rows.shape[0], -1)
        moved = np.ones(prices.shape[0], np.bool_)
        moved[1:] = (prices[1:] != prices[:-1]).any(axis=1)
        if self.prices is None:
            self._begin(events[0].item(), rows[0].tolist())
        else:
            moved[0] = bool((prices[0] != self.prices).any())
        self.prices = prices[-1]
        columns = zip(events.tolist(), rows.tolist(), moved.tolist(), strict=True)
        for event, row, other in columns:
            self.line += 1
            self._message(event)
            if other:
                self._reveal(event, row)
            elif event[2] in _TAKES or event[2] == _ADD:
                self._check(event, row)
        made = np.array(self.out, EVENT)
        self.out.clear()
        return made

    def _begin(self, event: _Row, row: list[list[int]]) -> None:
        """Add what rested before the first message: its row with it undone."""
        stamp, instrument, kind, side, _, _, price, quantity, _ = event
        before = _visible(row)
        if kind == _ADD:
            before[side][price] = before[side].get(price, quantity) - quantity
        elif kind in _TAKES:
            before[side][price] = before[side].get(price, 0) + quantity
        for code in (0, 1):
            for at, size in before[code].items():
                if size > 0:
                    self._make(stamp, instrument, code, at, size)
        self.out = [(*made[:4], made[4] | _MORE, *made[5:]) for made in self.out]

    def _message(self, event: _Row) -> None:
        stamp, instrument, kind, side, flags, order, price, quantity, aux = event
        if kind == _ADD:
            level = self.levels[side].setdefault(price, _Level())
            level.orders[order] = level.orders.get(order, 0) + quantity
            level.total += quantity
        elif kind in _TAKES:
            found = self.levels[side].get(price)
            own = order if found and order in found.orders else None
            if found and own is None:
                own = found.made
            if found is None or own is None or found.orders[own] < quantity:
                self._contradiction()
                kind = int(EventKind.INFO)
            else:
                if own != order:
                    aux, flags = order, flags | _RESTORED
                left = found.orders[own] - quantity
                if kind != _EXECUTE:
                    kind = _REDUCE if left else _REMOVE
                order = own
                self._take(found, own, left, quantity)
                if not found.total:
                    del self.levels[side][price]
        self.out.append(
            (stamp, instrument, kind, side, flags, order, price, quantity, aux)
        )

    @staticmethod
    def _take(level: _Level, order: int, left: int, quantity: int) -> None:
        level.total -= quantity
        if left:
            level.orders[order] = left
            return
        del level.orders[order]
        if level.made == order:
            level.made = None

    def _reveal(self, event: _Row, row: list[list[int]]) -> None:
        """Make our levels those of the row."""
        start = len(self.out)
        stamp, instrument = event[0], event[1]
        revealed = False
        for side, now in enumerate(_visible(row)):
            levels = self.levels[side]
            for price in [price for price in levels if price not in now]:
                for order, left in levels.pop(price).orders.items():
                    self.out.append(
                        (stamp, instrument, _REMOVE, side, _MADE, order, price, left, 0)
                    )
            for price, size in now.items():
                level = levels.get(price)
                if level is None or (
                    level.total < size and (side, price) == (event[3], event[6])
                    and event[2] == _ADD and level.total == event[7]
                ):  # fmt: skip
                    missing = size - (level.total if level else 0)
                    self._make(stamp, instrument, side, price, missing)
                    revealed = True
                elif level.total != size:
                    self._contradiction()
        self.stream.count("rows with a revealed level", int(revealed))
        if len(self.out) > start:
            for at in range(start - 1, len(self.out) - 1):
                made = self.out[at]
                self.out[at] = (*made[:4], made[4] | _MORE, *made[5:])

    def _make(
        self, stamp: int, instrument: int, side: int, price: int, size: int
    ) -> None:
        level = self.levels[side].setdefault(price, _Level())
        level.made = self.next_id
        level.orders[self.next_id] = size
        level.total += size
        self.out.append(
            (stamp, instrument, _ADD, side, _MADE, self.next_id, price, size, 0)
        )
        self.next_id += 1

    def _check(self, event: _Row, row: list[list[int]]) -> None:
        side, price = event[3], event[6]
        at = 2 if side == 0 else 0
        size = next((level[at + 1] for level in row if level[at] == price), 0)
        ours = self.levels[side].get(price)
        if (ours.total if ours else 0) != size:
            self._contradiction()

    def _contradiction(self) -> None:
        self.stream.report(
            "contradiction",
            "messages that the order-book file contradicts",
            [self.line],
        )


def _visible(row: list[list[int]]) -> tuple[dict[int, int], dict[int, int]]:
    """Return the bids and asks of a row that are there."""
    bids = {level[2]: level[3] for level in row if level[3] > 0}
    asks = {level[0]: level[1] for level in row if level[1] > 0}
    return bids, asks


def pair(
    events: Iterator[Records],
    rows: Iterator[NDArray[np.int64]],
    unread: Collection[int] = (),
) -> Iterator[tuple[Records, NDArray[np.int64]]]:
    """Yield events and rows in arrays of equal length, to the end of the shorter.

    Parameters
    ----------
    events, rows : iterators of arrays
    unread : collection of int
        Lines of the message file that gave no event, counted from one: their rows are
        passed over. It may grow with every array of `events`.
    """
    left: Records = np.empty(0, EVENT)
    right: NDArray[np.int64] = np.empty((0, 0, 4), np.int64)
    lines: NDArray[np.int64] = np.empty(0, np.int64)
    taken = 0
    while True:
        if not left.size:
            left = next(events, left)
        right, lines = _without(right, lines, unread)
        while not right.shape[0] and (fresh := next(rows, None)) is not None:
            lines = np.arange(taken + 1, taken + 1 + fresh.shape[0])
            taken += fresh.shape[0]
            right, lines = _without(fresh, lines, unread)
        n = min(left.size, right.shape[0])
        if n == 0:
            yield left, right
            return
        yield left[:n], right[:n]
        left, right, lines = left[n:], right[n:], lines[n:]


def _without(
    rows: NDArray[np.int64], lines: NDArray[np.int64], unread: Collection[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows, and their lines, that are not of unread messages."""
    if not unread:
        return rows, lines
    kept = ~np.isin(lines, list(unread))
    return rows[kept], lines[kept]
