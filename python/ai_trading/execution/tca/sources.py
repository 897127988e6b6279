"""Worked parents from the records of a run, or from an order manager."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ai_trading.core.errors import DataError
from ai_trading.core.exact import scaled
from ai_trading.core.optional import needs_core
from ai_trading.core.records import FEE_SCALE, SIDE, liquidity_code
from ai_trading.execution.tca.worked import EXECUTION, WorkedParent

with needs_core():
    from ai_trading._core import algo as _algo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from ai_trading.core.instrument import InstrumentTable
    from ai_trading.execution.order import Order
    from ai_trading.execution.parents import ParentOrder

__all__ = ["RunRecords", "parent_of_orders", "parents_of"]

_ALGORITHMS = {code: name for name, code in _algo.algorithm_codes.items()}


class RunRecords(Protocol):
    """What `parents_of` reads of a run, such as a `BacktestResult`."""

    @property
    def instruments(self) -> InstrumentTable:
        """What the records point into."""
        ...

    @property
    def orders(self) -> NDArray[np.void]:
        """Dtype ORDER."""
        ...

    @property
    def fills(self) -> NDArray[np.void]:
        """Dtype FILL."""
        ...

    @property
    def parents(self) -> NDArray[np.void]:
        """Dtype ``_core.algo.work_dtype``."""
        ...

    @property
    def schedules(self) -> Mapping[int, Sequence[tuple[int, int]]]:
        """Time and lots of every slice, by the parent's number."""
        ...


def parents_of(
    run: RunRecords,
    *,
    prefix: str = "",
    decided: Mapping[int, int] | None = None,
    schedules: Mapping[int, Sequence[tuple[int, int]]] | None = None,
) -> list[WorkedParent]:
    """Return the parents of a run with the fills of their children.

    Parameters
    ----------
    run : RunRecords
        Such as a `BacktestResult`.
    prefix : str, optional
        Put in front of each parent's id, to tell several runs apart.
    decided : mapping of int to int, optional
        When a parent was decided, by its number.
    schedules : mapping of int to sequence, optional
        Instead of those of the run, by the parent's number.

    Raises
    ------
    DataError
        If there are no parents, or the records do not fit each other.
    """
    if not len(run.parents):
        msg = (
            f"the run has {len(run.orders)} orders but no parent order; costs are told "
            "per parent. Send one with Strategy.execute, or build WorkedParent.of "
            "your fills"
        )
        raise DataError(msg)
    kept = run.schedules if schedules is None else schedules
    fills, owner = _fills(run)
    # By parent and then in time, so that each one's fills are a slice.
    order = np.argsort(owner, kind="stable")
    fills, owner = fills[order], owner[order]
    found = []
    for row in run.parents:
        number = int(row["parent_id"])
        low, high = np.searchsorted(owner, (number, number + 1))
        found.append(
            _worked(
                row,
                fills[low:high],
                run,
                parent_id=f"{prefix}{number}",
                decided_ns=None if decided is None else decided.get(number),
                schedule=tuple(
                    (int(at), int(lots)) for at, lots in kept.get(number, ())
                ),
            )
        )
    return found


def _fills(run: RunRecords) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Return fills that belong to a parent, with their parents' numbers."""
    orders = run.orders[np.argsort(run.orders["order_id"], kind="stable")]
    fills = run.fills
    if not len(fills):
        return np.empty(0, [*_FILL_PARTS]), np.empty(0, np.int64)
    place = np.searchsorted(orders["order_id"], fills["order_id"])
    place = np.minimum(place, len(orders) - 1) if len(orders) else place * 0
    if not len(orders) or (orders["order_id"][place] != fills["order_id"]).any():
        msg = "a fill names an order that is not among the run's orders"
        raise DataError(msg)
    order = orders[place]
    rows = np.empty(len(fills), [*_FILL_PARTS])
    for name in ("timestamp", "price", "quantity", "fee", "liquidity", "instrument"):
        rows[name] = fills[name]
    rows["child"] = fills["order_id"]
    known = order["acknowledged"] > 0
    rows["rested"] = np.where(known, fills["timestamp"] - order["acknowledged"], -1)
    owner = order["parent_id"].astype(np.int64)
    return rows[owner > 0], owner[owner > 0]


_FILL_PARTS = [
    *((name, EXECUTION[name].str) for name in EXECUTION.names or ()),
    ("instrument", "u4"),
]


def _worked(
    row: Any, fills: NDArray[np.void], run: RunRecords, **more: Any
) -> WorkedParent:
    number = int(row["parent_id"])
    instrument = run.instruments[int(row["instrument"])]
    if (fills["instrument"] != row["instrument"]).any():
        other = fills["instrument"][fills["instrument"] != row["instrument"]][0]
        msg = (
            f"parent {number} is in {instrument.symbol}, but a child of it traded "
            f"{run.instruments[int(other)].symbol}; a parent has one symbol"
        )
        raise DataError(msg)
    own = np.empty(len(fills), EXECUTION)
    for name in EXECUTION.names or ():
        own[name] = fills[name]
    twice = int(row["arrival_twice"])
    return WorkedParent(
        instrument=instrument,
        side=SIDE[int(row["side"])],
        quantity=int(row["quantity"]),
        algorithm=_ALGORITHMS[int(row["algorithm"])],
        start_ns=int(row["start"]),
        end_ns=int(row["end"]),
        done_ns=int(row["done"]),
        fills=own,
        arrival=twice * instrument.tick_size / 2 if twice else None,
        children=int(row["children"]),
        **more,
    )


def parent_of_orders(
    parent: ParentOrder[str], orders: Iterable[Order], **more: Any
) -> WorkedParent:
    """Return a parent worked through an order manager.

    Parameters
    ----------
    parent : ParentOrder
        As `ParentDesk.execute` and the executors return it.
    orders : iterable of Order
        Among them its children; others are passed over.
    **more
        Terms of `WorkedParent` to set, such as `decided_ns`.

    Raises
    ------
    DataError
        If a child of it is missing, or trades another symbol.
    """
    known = {order.order_id: order for order in orders}
    missing = [child for child in parent if child not in known]
    if missing:
        msg = f"child {missing[0]} of parent {parent.parent_id} is not among the orders"
        raise DataError(msg)
    instrument = parent.instrument
    rows = []
    for number, child in enumerate(parent):
        order = known[child]
        if order.symbol != instrument.symbol:
            msg = (
                f"parent {parent.parent_id} is in {instrument.symbol}, but its child "
                f"{child} in {order.symbol}; a parent has one symbol"
            )
            raise DataError(msg)
        rows += [
            (
                fill.timestamp_ns,
                instrument.to_ticks(fill.price),
                instrument.to_lots(fill.quantity),
                scaled("fee", fill.fee, FEE_SCALE),
                fill.timestamp_ns - order.created_ns,
                number,
                liquidity_code(fill.liquidity),
            )
            for fill in order.fills
        ]
    plain = parent.to_dict()
    fills = np.array(rows, EXECUTION)
    worked = WorkedParent(
        parent_id=str(parent.parent_id),
        instrument=instrument,
        side=parent.side,
        quantity=instrument.to_lots(parent.quantity),
        algorithm=parent.algorithm,
        start_ns=plain["start_ns"],
        end_ns=plain["end_ns"],
        done_ns=plain["done_ns"],
        fills=fills[np.argsort(fills["timestamp"], kind="stable")],
        decision=parent.benchmark,
        arrival=_exact_arrival(parent),
        children=len(parent),
        schedule=tuple((at, instrument.to_lots(size)) for at, size in parent.slices),
    )
    return replace(worked, **more) if more else worked


def _exact_arrival(parent: ParentOrder[str]) -> Decimal | None:
    price = parent.arrival_price
    if price is None:
        return None
    half = parent.instrument.tick_size / 2
    return (Decimal(repr(price)) / half).to_integral_value() * half
