"""What an execution leaves to the order it names: on which side that order rested.

ITCH tells it once, when the order is added; LOBSTER and DBN tell it in every row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.records import EventKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["resting_sides"]

_EXECUTED = (EventKind.EXECUTE, EventKind.EXECUTE_AT)


def resting_sides(events: NDArray[np.void]) -> NDArray[np.uint8]:
    """Return the side of every row, for executions that of the order they name.

    Parameters
    ----------
    events : ndarray of dtype EVENT
        Of one venue in file order. Ids may be used again after an order's end.

    Returns
    -------
    ndarray of uint8
        0 buy, 1 sell, 2 where neither the row nor an earlier one tells.

    Notes
    -----
    An execution asks the last row before it that named its order. A replacement names a
    new order and asks the same of the old one. O(n log n) in the rows that name orders,
    once for every replacement in the longest chain.

    Examples
    --------
    >>> from ai_trading.core.records import EVENT
    >>> rows = np.zeros(2, EVENT)
    >>> rows["kind"], rows["order_id"], rows["side"] = [1, 4], 7, [1, 2]
    >>> resting_sides(rows).tolist()
    [1, 1]
    """
    kinds = events["kind"]
    sides: NDArray[np.uint8] = events["side"].copy()
    left = np.flatnonzero((sides > 1) & np.isin(kinds, _EXECUTED))
    replaced = kinds == EventKind.REPLACE
    naming = np.flatnonzero((kinds == EventKind.ADD) | replaced)
    if not left.size or not naming.size:
        return sides
    named = np.where(replaced, events["aux"], events["order_id"])[naming]
    ids, which = np.unique(named, return_inverse=True)
    # One number for an order and a row, which rises with the order and then the row.
    keys = which * len(events) + naming
    by_key = np.argsort(keys)
    keys, which, naming = keys[by_key], which[by_key], naming[by_key]
    asked, before = events["order_id"][left], left
    while left.size:
        order = np.minimum(np.searchsorted(ids, asked), ids.size - 1)
        place = np.searchsorted(keys, order * len(events) + before) - 1
        found = (ids[order] == asked) & (place >= 0) & (which[place] == order)
        left, row = left[found], naming[place[found]]
        told = ~replaced[row] | (sides[row] <= 1)
        sides[left[told]] = sides[row[told]]
        left, before = left[~told], row[~told]
        asked = events["order_id"][before]
    return sides
