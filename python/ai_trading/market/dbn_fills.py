"""Market-by-order fills: which quantity each record takes from the book."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.records import EventKind

__all__ = ["Fills"]


class Fills:
    """Which quantity each market-by-order record takes from the book.

    Per order, the quantity it shows is set by an add or modify; fills take from it at
    once and the cancel that follows takes only what they left. Memory grows with the
    live orders.
    """

    def __init__(self) -> None:
        self.held: NDArray[Any] | None = None
        # (instrument id, order id) to the quantity shown and what of it was filled.
        self.live: dict[tuple[int, int], tuple[int, int]] = {}
        self.unprinted = np.empty(0, np.bool_)

    def complete(
        self, view: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Take records; those of a trade still going on wait for the next call."""
        if self.held is not None:
            view = np.concatenate([self.held, view])
        going = np.isin(view["action"], (b"T", b"F"))
        others = np.flatnonzero(~going)
        end = int(others[-1]) + 1 if others.size else 0
        self.held = view[end:].copy() if end < view.size else None
        return self._resolve(view[:end])

    def flush(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]] | None:
        """Return what was waiting, if anything."""
        if self.held is None:
            return None
        view, self.held = self.held, None
        return self._resolve(view)

    def _resolve(
        self, view: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        action = view["action"]
        size = view["size"].astype(np.int64)
        taken, left, known = self._take(view, action, size)
        kind = np.full(view.size, int(EventKind.INFO), np.uint8)
        quantity = size.copy()
        kind[action == b"A"] = EventKind.ADD
        modify = action == b"M"
        # A modify of an order that fills emptied (an iceberg's next slice) is an add.
        kind[modify] = np.where(
            (left[modify] == 0) & known[modify], EventKind.ADD, EventKind.MODIFY
        )
        kind[action == b"R"] = EventKind.CLEAR
        fill = action == b"F"
        quantity[fill] = taken[fill]
        kind[fill & (taken > 0)] = EventKind.EXECUTE
        cancel = action == b"C"
        quantity[cancel] = taken[cancel]
        empties = cancel & (taken > 0) & ((left == 0) | ~known)
        kind[cancel & (taken > 0)] = EventKind.REDUCE
        kind[empties & known] = EventKind.REMOVE
        self._trades(view, kind, quantity, np.where(fill, taken, 0))
        return view, kind, quantity

    def _take(
        self, view: NDArray[Any], action: NDArray[Any], size: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return what fills and cancels take, what is left, and if it was known.

        Before a modify, ``left`` is what the order still showed.
        """
        taken = [0] * view.size
        left = [0] * view.size
        known = [False] * view.size
        orders = zip(view["id"].tolist(), view["order_id"].tolist(), strict=True)
        columns = zip(orders, action.tolist(), size.tolist(), strict=True)
        live = self.live
        for at, (order, act, amount) in enumerate(columns):
            if act in {b"T", b"N"}:
                continue
            if act == b"R":
                for key in [key for key in live if key[0] == order[0]]:
                    del live[key]
                continue
            shown, filled = live.get(order, (0, 0))
            here = known[at] = order in live
            left[at] = shown - filled
            if act in {b"A", b"M"}:
                live[order] = (amount, 0)
            elif act == b"F":
                taken[at] = min(amount, shown - filled) if here else 0
                left[at] -= taken[at]
                if here:
                    live[order] = (shown, filled + taken[at])
            elif act == b"C":
                taken[at] = max(amount - filled, 0)
                if here:
                    taken[at] = min(taken[at], left[at])
                    left[at] -= taken[at]
                    shown -= amount
                    if shown > 0:
                        live[order] = (shown, max(filled - amount, 0))
                    else:
                        del live[order]
        return np.array(taken, np.int64), np.array(left), np.array(known)

    def _trades(
        self,
        view: NDArray[Any],
        kind: NDArray[Any],
        quantity: NDArray[Any],
        executed: NDArray[Any],
    ) -> None:
        """Give each trade what its fills do not account for."""
        trade = view["action"] == b"T"
        fill = view["action"] == b"F"
        group = np.cumsum(trade) - 1
        starts = np.flatnonzero(trade)
        self.unprinted = np.zeros(view.size, np.bool_)
        if not starts.size:
            return
        owner = starts[np.maximum(group, 0)]
        inside = fill & (group >= 0)
        auction = view["side"][owner] == b"N"
        own = view["order_id"] == view["order_id"][owner]
        self.unprinted = inside & (auction | own)
        counted = np.where(inside & ~own, executed, 0)
        sums = np.bincount(np.maximum(group, 0), weights=counted, minlength=starts.size)
        rest = view["size"][starts].astype(np.int64) - sums.astype(np.int64)
        called = view["side"][starts] == b"N"
        kind[starts] = np.where(
            called,
            int(EventKind.CROSS),
            np.where(rest > 0, int(EventKind.TRADE), int(EventKind.INFO)),
        )
        quantity[starts] = np.where(
            called, view["size"][starts], np.where(rest > 0, rest, view["size"][starts])
        )
